"""What a listed link is, from its title and column alone."""

import pytest

from crawler.families.anchors import full_title, soup_of
from crawler.links import Aside, Candidate, judge_found, judge_link, names_report, year_in
from crawler.sites import Column, load_site

SITE = load_site("ningxia").site
OWN = Column(path="/x/", agency="nx-lingwu-sfj", evidence="seen")
SHARED_COLUMN = Column(path="/y/", evidence="seen")


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("灵武市司法局2018年政府信息公开工作年度报告", 2018),
        ("灵武市司法局 2018 年政府信息公开工作 年度报告", 2018),
        ("2013年灵武市司法局政府信息公开工作年度报告", 2013),
        ("灵武市司法局2020年度政府信息公开年报", 2020),
        ("灵武市司法局２０２１年政府信息公开工作年度报告", 2021),
        ("关于灵武市司法局2019年度政府信息公开工作年度报告", 2019),
        ("二〇一七年灵武市司法局政府信息公开工作年度报告", 2017),
        ("灵武市司法局202020年政府信息公开工作年度报告", 2020),
        ("灵武市司法局二〇一五年政府信息公开年度报告", 2015),
        ("灵武市司法局二0一四年度政府信息公开年度报告", 2014),
        ("灵武市司法局2016年1月1日至2016年12月31日政府信息公开年度报告", 2016),
        ("灵武市司法局2012年度(1月1日至12月31日)政府信息公开年度报告", 2012),
        ("灵武司法局2016年政府信息公开工作年度报告", 2016),
        ("灵武市司法局（行政复议局）2018年政府信息公开工作年度报告", 2018),
        ("灵武市司法局本级2018年政府信息公开工作年度报告", 2018),
        ("灵武市司法局2018年度政府信息主动公开工作年度报告", 2018),
        ("2018年度报告", 2018),
        ("年度报告（2018）", 2018),
        ("灵武市司法局历年政府信息公开年报", None),
        ("灵武市司法局政府信息公开工作年度报告", None),
        ("2016年至2017年灵武市司法局政府信息公开工作年度报告", None),
    ],
)
def test_titles_of_annual_reports_are_candidates_with_their_year(title: str, year: int | None) -> None:
    assert judge_link(title, OWN, SITE) == Candidate("nx-lingwu-sfj", year)


@pytest.mark.parametrize(
    "title",
    [
        "一图读懂灵武市司法局2020年政府信息公开工作年度报告",
        "《灵武市司法局2020年政府信息公开工作年度报告》解读",
        "灵武市司法局2024年政府信息公开工作年度报告图解",
        "灵武市司法局2017年政府信息公开自查报告",
        "灵武市司法局政府信息公开制度",
        "灵武市司法局2021年上半年政府信息公开统计表",
        "关于2014年政府信息公开工作要点落实情况的函",
        "灵武市司法局召开2020年度工作会议",
        "灵武市司法局政府信息公开指南",
        "恩格贝生态示范区：栽下梧桐引凤来",
        "灵武市司法局2022年法治政府建设年度报告",
    ],
)
def test_titles_of_something_else_are_left_aside_with_the_reason(title: str) -> None:
    found = judge_link(title, OWN, SITE)
    assert isinstance(found, Aside)
    assert found.reason == "not_a_report"
    assert found.detail


@pytest.mark.parametrize(
    "title",
    [
        "灵武市教育局2020年政府信息公开工作年度报告",
        "内蒙古自治区2018年政府信息公开工作年度报告",
        "灵武市司法局（东塔司法所）2020年政府信息公开工作年度报告",
        "灵武教育局2020年政府信息公开工作年度报告",
    ],
)
def test_another_agencys_report_in_the_column_is_left_aside(title: str) -> None:
    found = judge_link(title, OWN, SITE)
    assert isinstance(found, Aside)
    assert found.reason == "other_agency"


@pytest.mark.parametrize("whose", ["司法局", "我局", "本部门", "本机关", "本单位", ""])
def test_a_title_without_the_place_belongs_to_the_columns_agency(whose: str) -> None:
    assert judge_link(f"{whose}2019年政府信息公开工作年度报告", OWN, SITE) == Candidate("nx-lingwu-sfj", 2019)


def test_in_a_shared_column_the_title_names_the_agency_and_else_the_page_must() -> None:
    assert judge_link("灵武市司法局2018年政府信息公开工作年度报告", SHARED_COLUMN, SITE) == Candidate(
        "nx-lingwu-sfj", 2018
    )
    assert judge_link("2018年政府信息公开工作年度报告", SHARED_COLUMN, SITE) == Candidate(None, 2018)


def test_a_folder_number_is_no_year() -> None:
    assert year_in("第20180号") is None


@pytest.mark.parametrize(
    ("owner", "title"),
    [
        ("nx-yinchuan-smw", "石嘴山市民委2020年政府信息公开工作年度报告"),
        ("nx-yinchuan-bgs", "吴忠市人民政府办公室2020年政府信息公开工作年度报告"),
        ("nx-lingwu-sfj", "中卫市司法局2020年政府信息公开工作年度报告"),
    ],
)
def test_an_alias_inside_another_bodys_name_makes_it_not_the_owners(owner: str, title: str) -> None:
    found = judge_link(title, Column(path="/x/", agency=owner, evidence="seen"), SITE)
    assert isinstance(found, Aside)
    assert found.reason == "other_agency"


def test_a_full_name_behind_a_longer_place_is_the_owners() -> None:
    title = "宁夏回族自治区灵武市司法局2020年政府信息公开工作年度报告"
    assert judge_link(title, OWN, SITE) == Candidate("nx-lingwu-sfj", 2020)


# ---- one body under several names, several bodies in one column

SHENZHEN = load_site("guangdong").site
JRJ = Column(path="/gkmlpt/index#2823", agency="gd-shenzhen-jrj", evidence="inferred")


def test_a_former_name_is_the_bodys_in_the_years_that_it_bore_it_and_no_others() -> None:
    old = "深圳市地方金融监督管理局{}年政府信息公开工作年度报告"
    assert judge_link(old.format(2022), JRJ, SHENZHEN) == Candidate("gd-shenzhen-jrj", 2022)
    assert isinstance(judge_link(old.format(2024), JRJ, SHENZHEN), Aside)
    # Without a year the title cannot tell; the page decides.
    unsaid = judge_link("深圳市地方金融监督管理局政府信息公开工作年度报告", JRJ, SHENZHEN)
    assert unsaid == Candidate("gd-shenzhen-jrj", None)


def test_a_column_has_room_for_the_bodies_that_it_names_beside_its_own() -> None:
    pingtan = load_site("fujian").site
    (column,) = [column for column in pingtan.portal[0].column if column.also]
    title = "平潭县财政局2012年政府信息公开工作年度报告"
    assert judge_link(title, column, pingtan) == Candidate("fj-pingtan-xczj", 2012)
    alone = column.model_copy(update={"also": ()})
    assert isinstance(judge_link(title, alone, pingtan), Aside)
    short = judge_link("财金局2016年政府信息公开年度报告", column, pingtan)
    assert short == Candidate("fj-pingtan-czj", 2016)


@pytest.mark.parametrize(
    ("title", "agency"),
    [
        ("安顺市司法局2021年度政府信息公开工作年度报告", "gz-anshun-sfj"),
        ("2021年政府信息公开工作年度报告", None),
    ],
)
def test_what_a_search_finds_of_the_sites_bodies_or_of_none_is_a_candidate(
    title: str, agency: str | None
) -> None:
    assert judge_found(title, load_site("guizhou").site) == Candidate(agency, 2021)


@pytest.mark.parametrize(
    "title", ["安顺市教育局2021年政府信息公开工作年度报告", "图解安顺市司法局2021年政府信息公开工作年度报告"]
)
def test_what_a_search_finds_of_others_is_left_aside(title: str) -> None:
    assert isinstance(judge_found(title, load_site("guizhou").site), Aside)


# ---- titles that settle nothing are fetched, and the page decides


@pytest.mark.parametrize(
    ("title", "year", "doubtful"),
    [
        ("灵武市司法局2014年度政府信息公开年度报告及情况统计表", 2014, False),
        ("灵武市司法局2024年度政府信息公开工作年度报告(含解读)", 2024, False),
        ("2013年政府信息公开制度建设及年度报告", 2013, False),
        ("2014年灵武市司法局政务公开工作年报", 2014, False),
        ("灵武市司法局关于2010年贯彻《政府信息公开条例》执行情况的年度报告", 2010, False),
        ("关于印发《灵武市司法局2014年政府信息公开工作年度报告》的通知", 2014, True),
        ("灵武市司法局关于印发2014年政府信息公开工作年度报告的通知", 2014, True),
        ("灵武市司法局2009年政府信息公开工作总结", 2009, True),
        ("灵武市司法局2012年度依申请公开和主动公开工作情况报告", 2012, True),
        ("灵武市司法局2014年政府信息公开工…", 2014, True),
        ("灵武市司法局2014年...", 2014, True),
        ("2014年", 2014, True),
    ],
)
def test_a_title_that_could_be_a_reports_is_fetched(title: str, year: int, doubtful: bool) -> None:
    assert judge_link(title, OWN, SITE) == Candidate("nx-lingwu-sfj", year, doubtful)


@pytest.mark.parametrize(
    "title",
    [
        "关于报送2020年政府信息公开年度报告的通知",
        "灵武市2020年放假安排",
        "灵武市司法局召开2020年…",
        "灵武市司法局政府信息公开规定",
        "灵武市司法局2021年部门预算公开",
    ],
)
def test_a_title_that_is_clearly_something_else_is_not_fetched(title: str) -> None:
    found = judge_link(title, OWN, SITE)
    assert isinstance(found, Aside)
    assert found.reason == "not_a_report"


def test_the_name_of_an_evaluation_centre_for_budgets_does_not_make_its_report_one_of_a_budget() -> None:
    title = "灵武市财政局预算评审中心2014年政府信息公开年度报告"
    assert judge_link(title, SHARED_COLUMN, SITE) == Candidate(None, 2014)


@pytest.mark.parametrize(
    ("text", "attribute", "title"),
    [
        (
            "2014年",
            "灵武市司法局2014年政府信息公开工作年度报告",
            "灵武市司法局2014年政府信息公开工作年度报告",
        ),
        (
            "灵武市司法局2014年政府信息…",
            "灵武市司法局2014年政府信息公开工…",
            "灵武市司法局2014年政府信息公开工…",
        ),
        ("灵武市司法局2014年年报", "点击查看灵武市的这一篇文章全文", "灵武市司法局2014年年报"),
        ("灵武市司法局2014年政府信息公开工作年度报告", "x", "灵武市司法局2014年政府信息公开工作年度报告"),
    ],
)
def test_of_text_and_title_of_a_link_the_one_that_tells_more_is_its_title(
    text: str, attribute: str, title: str
) -> None:
    anchor = soup_of(f'<a href="x" title="{attribute}">{text}</a>').a
    assert anchor is not None
    assert full_title(anchor) == title


@pytest.mark.parametrize(
    "title",
    [
        "灵武市人民医院2022年信息公开年报",
        "灵武市第一中学2022年信息公开年度报告",
        "灵武市自来水公司2022年度信息公开年度报告",
        "宁夏师范学院2022年信息公开年度报告",
        "企业年度报告2022",
        "2022年双随机一公开抽查企业年度报告公示",
        "灵武市司法局2022年法治政府建设年度报告",
        "灵武市司法局2022年度部门决算报告",
        "政府信息公开工作年度报告格式模板",
    ],
)
def test_reports_of_others_than_offices_and_on_other_things_are_no_sign_of_a_column(title: str) -> None:
    assert not names_report(title)


@pytest.mark.parametrize(
    "title",
    [
        "2022年度报告",
        "灵武市司法局2022年度报告",
        "灵武市2022年度报告",
        "宁夏行政学院2022年政府信息公开年度报告",
        "灵武市疾病预防控制中心2022年政府信息公开年报",
        "关于灵武市司法局2022年年度报告",
    ],
)
def test_reports_of_offices_are_a_sign_of_a_column_however_short_their_titles(title: str) -> None:
    assert names_report(title)


def test_reports_of_businesses_and_the_empty_form_are_left_aside() -> None:
    for title in ("企业年度报告2022", "政府信息公开工作年度报告格式模板"):
        assert isinstance(judge_link(title, OWN, SITE), Aside)


@pytest.mark.parametrize(
    "part", ["法律援助中心", "灵武市第一中学", "灵武市人民医院", "殡仪馆", "临河司法所", "临港镇"]
)
def test_what_is_under_a_body_is_not_its_second_name(part: str) -> None:
    judged = judge_link(f"灵武市司法局（{part}）2019年政府信息公开工作年度报告", OWN, SITE)
    assert isinstance(judged, Aside)
    assert judged.reason == "other_agency"
