"""What a listed link is, from its title and column alone."""

import pytest

from crawler.links import Aside, Candidate, judge_link, year_in
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
    "title", ["灵武市教育局2020年政府信息公开工作年度报告", "内蒙古自治区2018年政府信息公开工作年度报告"]
)
def test_another_agencys_report_in_the_column_is_left_aside(title: str) -> None:
    found = judge_link(title, OWN, SITE)
    assert isinstance(found, Aside)
    assert found.reason == "other_agency"


@pytest.mark.parametrize("whose", ["司法局", "我局", ""])
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
