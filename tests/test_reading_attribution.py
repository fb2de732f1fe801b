"""Whose report it is and of which year, and what is no report."""

import re
from datetime import date

import pytest

from archive.text.document import Cell, Document, Link, Paragraph, Table
from archive.text.plain import to_document
from gxstore import catalogue, regions
from gxstore.reading.agency import agency_in
from gxstore.reading.attribution import attribute
from gxstore.reading.json_form import to_json
from gxstore.reading.read import read
from gxstore.reading.report import Attribution, Hint

_BODY = (
    "\n\n一、总体情况\n\n{year}年，本局按月更新栏目，专人负责主动公开。\n\n三、收到和处理政府信息公开申请情况\n\n没有申请。"
    "\n\n五、存在的主要问题及改进情况\n\n栏目仍要充实。\n\n{end}"
)


def _attribute(document: Document, hint: Hint | None = None) -> Attribution:
    c = catalogue.load()
    return attribute([document], read([document], c), regions.load(), c, hint)


def _report(title: str, year: int = 2020, end: str = "") -> Document:
    return to_document(title + _BODY.format(year=year, end=end))


def _with_meta(title: str, meta: dict[str, str], year: int = 2020) -> Document:
    plain = _report(title, year)
    return Document(plain.blocks, "text/html", "utf-8", "test", "1", title=None, meta=meta)


@pytest.mark.parametrize(
    ("title", "agency"),
    [
        ("灵武市司法局2018年政府信息公开工作年度报告", "灵武市司法局"),
        ("2013年静安区司法局政府信息公开年度报告", "静安区司法局"),
        ("2022年度广元市利州区审计局政府信息公开工作年度报告", "广元市利州区审计局"),
        ("2025年度阳新县枫林镇人民政府信息公开工作年度报告", "阳新县枫林镇人民政府"),
        ("微山县人民政府2019年政府信息公开工作年度报告", "微山县人民政府"),
        ("隆德县司法局202020年政府信息公开工作年度报告", "隆德县司法局"),
        ("固原市目录管理办公室政府信息公开年度报告2021", "固原市目录管理办公室"),
        ("大武口区司法局二〇一九年政府信息公开工作年度报告", "大武口区司法局"),
        ("青溪市政府信息公开办公室2020年政府信息公开工作年度报告", "青溪市政府信息公开办公室"),
        ("青溪市政府信息公开办2020年信息公开年报", "青溪市政府信息公开办"),
        ("青溪县财政局关于2014年度政府信息公开工作年度报告", "青溪县财政局"),
        ("2025年政府信息公开工作年度报告", None),
        ("关于2014年度政府信息公开工作年度报告", None),
        ("一份别的文件", None),
        ("桃源县林业局2021-2022年政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局转发省林业局2022年政府信息公开工作年度报告", None),
        ("桃源县林业局关于2023年1月公布2022年度政府信息公开工作年度报告的通知", "桃源县林业局"),
        ("桃源县林业局22年政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局２０２２年政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局（2022年）政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局[2022]政府信息公开工作年度报告", "桃源县林业局"),
        ("2022 桃源县林业局 政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局2022年1月1日至12月31日政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局2022年1月-12月政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局2022.1-2022.12政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局2022年全年政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局—2022年政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局政务信息公开年报2022", "桃源县林业局"),
        ("附件2：桃源县林业局2022年政府信息公开工作年度报告", "桃源县林业局"),
        ("【年度报告】桃源县林业局2022年政府信息公开工作年度报告", "桃源县林业局"),
        ("★（部门）1.桃源县林业局2022年政府信息公开工作年度报告", "桃源县林业局"),
        ("公示：桃源县林业局2022年政府信息公开工作年度报告", "桃源县林业局"),
        ("关于公布桃源县林业局2022年政府信息公开工作年度报告的公告", "桃源县林业局"),
        ("桃源县林业局：关于2022年度政府信息公开工作年度报告", "桃源县林业局"),
        ("桃源县林业局（原桃源县园林处）2022年政府信息公开工作年度报告", "桃源县林业局（原桃源县园林处）"),
    ],
)
def test_the_agency_is_read_from_the_title(title: str, agency: str | None) -> None:
    assert agency_in(title) == agency


def test_agency_year_and_region_come_from_a_whole_title() -> None:
    found = _attribute(_report("隆德县司法局2020年政府信息公开工作年度报告"))
    assert (found.agency, found.agency_source, found.region) == ("隆德县司法局", "title", "640423")
    assert (found.year, found.year_source, found.edition_expected) == (2020, "title", "e2_2019")
    assert found.is_annual_report
    assert found.findings == ()


@pytest.mark.parametrize("label", ["标题: ", "标 题：", "信息名称：", "公文名称:"])
def test_the_label_of_the_particulars_is_no_part_of_the_title(label: str) -> None:
    title = "灵武市司法局2018年政府信息公开工作年度报告"
    found = _attribute(_report(f"{label}{title}\n\n发布时间: 2019-01-28\n\n发布机构: ", 2018))
    assert (found.agency, found.region, found.year) == ("灵武市司法局", "640181", 2018)


def test_a_title_without_a_place_is_completed_by_the_signature() -> None:
    found = _attribute(_report("司法局2020年政府信息公开工作年度报告", end="隆德县司法局\n\n2021年1月20日"))
    assert (found.agency, found.agency_source, found.signed) == (
        "隆德县司法局",
        "signature",
        date(2021, 1, 20),
    )
    assert [f.rule for f in found.findings] == ["attribution.agency_from_elsewhere"]


@pytest.mark.parametrize(
    ("named", "signed", "doubted"),
    [
        ("隆德县司法局", "隆德县财政局", True),
        ("隆德县司法局", "彭阳县司法局", True),
        ("司法局", "隆德县财政局", True),
        ("隆德县司法局", "隆德县司法局", False),
        ("隆德县司法局", "隆德县司法局办公室", False),
        ("隆德县司法局", "司法局", False),
        ("隆德县卫健委", "隆德县卫生健康委员会", False),
        ("隆德县人民政府", "隆德县审批服务管理局", False),
    ],
)
def test_a_report_signed_by_another_department_is_told(named: str, signed: str, doubted: bool) -> None:
    found = _attribute(_report(f"{named}2020年政府信息公开工作年度报告", end=f"{signed}\n\n2021年1月20日"))
    warnings = [f for f in found.findings if f.rule == "attribution.signed_by_another"]
    assert [(f.printed, f.expected) for f in warnings] == ([(named, signed)] if doubted else [])
    assert all(f.severity == "warning" for f in warnings)


@pytest.mark.parametrize(
    ("printed", "signed", "agency"),
    [
        ("财金局", "平潭综合实验区财政金融局", "平潭综合实验区财政金融局"),
        ("发改局", "隆德县发展和改革局", "隆德县发展和改革局"),
        ("财金局", "隆德县司法局", "财金局"),
        ("金财局", "隆德县财政金融局", "金财局"),
        ("政融局", "隆德县财政金融局", "政融局"),
        ("财局", "隆德县财政局", "财局"),
    ],
)
def test_an_abbreviated_agency_is_completed_by_the_signature_that_it_abbreviates(
    printed: str, signed: str, agency: str
) -> None:
    found = _attribute(_report(f"{printed}2020年政府信息公开工作年度报告", end=f"{signed}\n\n2021年1月20日"))
    assert found.agency == agency


def test_a_title_without_an_agency_takes_the_column_or_the_page_s_own_word() -> None:
    title = "2020年政府信息公开工作年度报告"
    column = _attribute(_report(title), Hint(column_agency="隆德县司法局"))
    assert (column.agency, column.agency_source) == ("隆德县司法局", "list")
    meta = _attribute(_with_meta(title, {"发布机构": "隆德县司法局"}))
    assert (meta.agency, meta.agency_source, meta.publisher) == ("隆德县司法局", "meta", "隆德县司法局")


def test_a_government_s_report_published_by_its_office_keeps_both() -> None:
    found = _attribute(
        _with_meta("隆德县人民政府2020年政府信息公开工作年度报告", {"发布机构": "隆德县人民政府办公室"})
    )
    assert (found.agency, found.publisher) == ("隆德县人民政府", "隆德县人民政府办公室")


def test_the_frame_of_a_page_that_carries_the_site_s_name_names_nobody() -> None:
    document = _report("", year=2019, end="微山县司法局\n\n2020年1月20日")
    framed = Document(
        document.blocks,
        "text/html",
        "utf-8",
        "test",
        "1",
        title="微山县人民政府 政府信息公开年报",
        meta={"SiteName": "微山县人民政府", "发布机构": "微山县司法局"},
    )
    found = _attribute(framed, Hint(column_agency="微山县司法局"))
    assert (found.agency, found.year) == ("微山县司法局", 2019)


def test_a_report_of_the_site_s_own_government_is_still_its_own() -> None:
    document = _report(
        "微山县人民政府2019年政府信息公开工作年度报告", year=2019, end="微山县人民政府\n\n2020年3月20日"
    )
    titled = Document(
        document.blocks,
        "text/html",
        "utf-8",
        "test",
        "1",
        title="微山县人民政府2019年政府信息公开工作年度报告",
        meta={"SiteName": "微山县人民政府"},
    )
    assert _attribute(titled, Hint(column_agency="微山县人民政府")).agency == "微山县人民政府"


def test_an_alias_known_to_the_site_is_given_its_full_name() -> None:
    hint = Hint(site_agencies={"平潭综合实验区财政金融局": ("平潭综合实验区财政金融局", "财金局")})
    found = _attribute(_report("财金局2016年政府信息公开工作年度报告", 2016), hint)
    assert (found.agency, found.region) == ("平潭综合实验区财政金融局", "35Z001")


def test_a_stale_year_in_the_text_does_not_beat_the_title() -> None:
    assert _attribute(_report("隆德县司法局2020年政府信息公开工作年度报告", 2019)).year == 2020


def test_the_year_of_another_document_that_the_text_names_is_no_year_of_the_report() -> None:
    text = "桃源县林业局2021年政府信息公开工作年度报告\n\n一、总体情况\n\n去年在网站公开了《桃源县林业局2020年度部门决算公开报告》等。"
    found = _attribute(to_document(text + "\n\n五、存在的主要问题及改进情况\n\n栏目仍要充实。"))
    assert found.year == 2021
    assert [f.rule for f in found.findings if f.rule == "attribution.year"] == []


def test_a_stale_title_is_overruled_by_the_weight_of_the_rest_and_said() -> None:
    end = "本报告统计数据从2020年1月1日至12月31日。\n\n隆德县司法局\n\n2021年1月20日"
    found = _attribute(_report("隆德县司法局2019年政府信息公开工作年度报告", 2020, end))
    assert (found.year, found.year_source) == (2020, "period")
    assert [(f.rule, f.printed, f.expected) for f in found.findings] == [("attribution.year", 2019, 2020)]


def test_an_impossible_year_leaves_the_rest_to_decide() -> None:
    found = _attribute(_report("隆德县司法局202020年政府信息公开工作年度报告", 2020))
    assert (found.year, found.year_source) == (2020, "body")
    assert found.values is not None
    assert len(found.values) == 198


@pytest.mark.parametrize(
    ("printed", "year"), [("202020", "202020"), ("2102", "2102"), ("1020", "1020"), ("20200", "20200")]
)
def test_an_impossible_year_that_was_settled_is_said(printed: str, year: str) -> None:
    found = _attribute(_report(f"隆德县司法局{printed}年政府信息公开工作年度报告", 2020))
    assert [(f.rule, f.severity, f.printed, f.expected) for f in found.findings] == [
        ("attribution.year_impossible", "warning", year, 2020)
    ]


@pytest.mark.parametrize(
    ("title", "body", "signed", "year", "printed"),
    [
        # The text and the signature together outweigh a title that was copied from the year before.
        ("2018年", 2019, "2020年1月9日", 2019, [2018]),
        # No report is signed before its year.
        ("2031年", 2021, "2022年1月9日", 2021, ["2031"]),
        ("2031年", 0, "2022年1月9日", 2021, ["2031"]),
        # One part of the report alone leaves the title's year, and a warning.
        ("2020年", 2020, "2022年1月9日", 2020, [2021]),
        ("2021年", 0, "2021年1月9日", 2021, [2020]),
        ("2021年", 2019, "", 2021, [2019]),
        ("2020-2021年", 2021, "2022年1月9日", 2021, ["2020-2021"]),
        ("２０２１年", 2021, "2022年1月9日", 2021, []),
    ],
)
def test_parts_of_a_report_that_name_different_years_leave_a_warning(
    title: str, body: int, signed: str, year: int, printed: list[int | str]
) -> None:
    end = f"隆德县司法局\n\n{signed}"
    found = _attribute(_report(f"隆德县司法局{title}政府信息公开工作年度报告", body, end))
    assert found.year == year
    assert [f.printed for f in found.findings if f.severity == "warning"] == printed


def test_the_link_that_repeats_a_stale_title_gives_it_no_more_weight() -> None:
    title = "隆德县司法局2018年政府信息公开工作年度报告"
    report = _report(title, 2019, "隆德县司法局\n\n2020年1月9日")
    assert _attribute(report, Hint(link_text=title)).year == 2019


def test_chinese_years_are_read_in_title_text_and_signature() -> None:
    titled = _attribute(_report("大武口区司法局二〇一九年政府信息公开工作年度报告", 2019))
    assert (titled.year, titled.year_source, titled.findings) == (2019, "title", ())
    signed = _attribute(
        _report("隆德县司法局政府信息公开工作年度报告", 0, end="隆德县司法局\n\n二〇二〇年一月二十日")
    )
    assert (signed.year, signed.year_source, signed.signed) == (2019, "signature", date(2020, 1, 20))


def test_nobody_and_no_year_are_findings_of_their_own() -> None:
    nobody = _attribute(_report("2020年政府信息公开工作年度报告"))
    assert [(f.rule, f.severity) for f in nobody.findings] == [("attribution.no_agency", "warning")]
    no_year = _attribute(_report("隆德县司法局政府信息公开工作年度报告", 0))
    assert [(f.rule, f.severity) for f in no_year.findings] == [("attribution.no_year", "warning")]


@pytest.mark.parametrize(
    ("url", "weight"),
    [
        ("http://x.test/nb/202101/t20210125_80589.htm", "2020"),
        ("http://x.test/nb/2021-01/25/content.htm", "2020"),
        ("http://x.test/nb/202109/index.htm", None),
    ],
)
def test_the_date_of_a_folder_is_evidence_and_settles_nothing_alone(url: str, weight: str | None) -> None:
    found = _attribute(_report("隆德县司法局政府信息公开工作年度报告", 0), Hint(url=url))
    assert found.year is None
    assert next((e.says for e in found.evidence if e.source == "url"), None) == weight


def test_a_year_before_the_regulations_settles_nothing() -> None:
    # The 政府信息公开条例 of 2007 came into force in 2008.
    found = _attribute(_report("隆德县司法局2005年政府信息公开工作年度报告", 2005))
    assert (found.year, [f.rule for f in found.findings]) == (None, ["attribution.no_year"])


def test_a_folder_date_tips_the_scale_between_equal_votes() -> None:
    document = _report("隆德县司法局政府信息公开工作年度报告", 2019)
    title = "隆德县司法局2020年政府信息公开工作年度报告"
    tipped = _attribute(document, Hint(link_text=title, url="http://x.test/nb/202101/1.htm"))
    assert tipped.year == 2020


def _with_form(title: str, form: str) -> Attribution:
    tables = {
        "e2": "行政许可\t3\t0\t12\n其他对外管理服务事项\t4\t+1\t9\n",
        "e3": "规章\t1\t2\t3\n行政规范性文件\t4\t5\t6\n",
    }
    head = {
        "e2": "信息内容\t上一年项目数量\t本年增/减\t处理决定数量\n",
        "e3": "信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n",
    }
    number = {"e2": "第二十条第（五）项", "e3": "第二十条第（一）项"}[form]
    body = (
        f"{title}\n\n一、总体情况\n\n按月更新。\n\n二、主动公开政府信息情况\n\n{number}\n"
        f"{head[form]}{tables[form]}\n六、其他需要报告的事项\n\n无。"
    )
    return _attribute(to_document(body))


@pytest.mark.parametrize(
    ("year", "form", "differs"),
    [
        (2020, "e2", None),
        (2022, "e3", None),
        (2022, "e2", ("e2_2019", "e3_2021")),
        (2020, "e3", ("e3_2021", "e2_2019")),
    ],
)
def test_a_form_of_another_year_is_said(year: int, form: str, differs: tuple[str, str] | None) -> None:
    found = _with_form(f"隆德县司法局{year}年政府信息公开工作年度报告", form)
    said = [
        (f.severity, f.printed, f.expected) for f in found.findings if f.rule == "attribution.edition_differs"
    ]
    assert said == ([("warning", *differs)] if differs else [])


def test_the_subject_of_a_report_without_agency_is_the_government_and_not_its_office() -> None:
    text = "现公布隆德县人民政府年度报告，统计期限为全年。"
    document = _report("2020年政府信息公开工作年度报告", end=text)
    page = Document(document.blocks, "text/html", "utf-8", "t", "1", meta={"来源": "隆德县人民政府办公室"})
    found = _attribute(page)
    assert (found.agency, found.agency_source, found.publisher) == (
        "隆德县人民政府",
        "body",
        "隆德县人民政府办公室",
    )
    own = _report("2020年政府信息公开工作年度报告")
    page = Document(own.blocks, "text/html", "utf-8", "t", "1", meta={"来源": "隆德县人民政府办公室"})
    assert _attribute(page).agency == "隆德县人民政府办公室"


def test_the_office_that_signs_another_s_report_is_its_publisher() -> None:
    end = "隆德县人民政府办公室\n\n2021年3月20日"
    found = _attribute(_report("隆德县2020年政府信息公开工作年度报告", end=end))
    assert (found.agency, found.publisher) == ("隆德县", "隆德县人民政府办公室")
    assert ("publisher", "page", "隆德县人民政府办公室") in [
        (e.about, e.source, e.says) for e in found.evidence
    ]
    alone = _attribute(
        _report("隆德县司法局2020年政府信息公开工作年度报告", end="隆德县司法局\n\n2021年1月5日")
    )
    assert alone.publisher is None


@pytest.mark.parametrize("source", ["本站", "原创", "admin", "互联网", "http://x.test/司法局"])
def test_a_source_that_is_no_body_is_no_publisher(source: str) -> None:
    found = _attribute(_with_meta("隆德县司法局2020年政府信息公开工作年度报告", {"来源": source}))
    assert found.publisher is None


def test_an_information_table_in_the_text_says_who_published_and_when() -> None:
    rows = (("索引号", "1234"), ("发布机构：", "隆德县司法局"), ("生成日期", "2021-01-25"))
    cells = tuple(
        Cell(text, row, column) for row, pair in enumerate(rows, 1) for column, text in enumerate(pair, 1)
    )
    plain = _report("2020年政府信息公开工作年度报告")
    page = Document((Table(1, cells, drawn=True), *plain.blocks), "text/html", "utf-8", "t", "1")
    found = _attribute(page)
    assert (found.agency, found.publisher, found.published) == (
        "隆德县司法局",
        "隆德县司法局",
        date(2021, 1, 25),
    )


def test_fields_on_lines_of_the_text_are_read_too() -> None:
    found = _attribute(
        to_document(
            "发布机构：隆德县司法局 生成日期：2021-01-25\n\n"
            "2020年政府信息公开工作年度报告" + _BODY.format(year=2020, end="")
        )
    )
    assert (found.publisher, found.published) == ("隆德县司法局", date(2021, 1, 25))


def test_no_year_anywhere_is_said_as_none() -> None:
    found = _attribute(
        to_document(
            "隆德县司法局政府信息公开工作年度报告\n\n一、概述\n\n按月更新。\n\n二、主动公开情况\n\n已公开。"
        )
    )
    assert (found.year, found.year_source, found.edition_expected) == (None, None, None)


def test_dates_claimed_signed_and_seen_stay_apart() -> None:
    found = _attribute(
        _with_meta("隆德县司法局2020年政府信息公开工作年度报告", {"PubDate": "2021-02-26 10:00"})
    )
    assert (found.published, found.signed) == (date(2021, 2, 26), None)
    assert [(f.rule, f.severity, f.expected) for f in found.findings] == [
        ("meta.deadline", "info", "2021-01-31")
    ]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("《隆德县司法局2020年政府信息公开工作年度报告》解读", "解读"),
        ("隆德县司法局2020年政府信息公开工作自查报告", "自查"),
        ("隆德县司法局2020年上半年政府信息公开工作报告", "less than a year"),
        ("隆德县司法局政府信息公开制度", "rule"),
        ("关于2014年政府信息公开工作要点落实情况的函", "none|plan|letter"),
        ("隆德县司法局2020年政府信息公开工作要点", "plan"),
        ("隆德县司法局2020年法治政府建设年度报告", "title"),
    ],
)
def test_what_is_no_annual_report_says_why(title: str, words: str) -> None:
    found = _attribute(_report(title), Hint(link_text=title))
    assert not found.is_annual_report
    assert found.reason
    assert re.search(words, found.reason)
    assert "attribution.not_a_report" in [f.rule for f in found.findings]


_PARTS = (
    "\n\n一、总体情况\n\n2020年按月更新。\n\n二、主动公开政府信息情况\n\n公开79条。"
    "\n\n三、收到和处理政府信息公开申请情况\n\n没有申请。\n\n五、存在的主要问题及改进情况\n\n栏目仍要充实。"
)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("隆德县司法局2020年法治政府建设年度报告", "another document"),
        ("隆德县司法局2020年工作总结", "another document"),
        ("隆德县司法局2020年政府信息公开指南", "rule or a guide"),
        ("隆德县司法局2020年政务公开工作要点", "plan"),
    ],
)
def test_a_text_headed_otherwise_is_no_report_though_it_has_the_parts_of_one(head: str, words: str) -> None:
    found = _attribute(to_document(head + _PARTS))
    assert not found.is_annual_report
    assert words in (found.reason or "")


def test_a_text_without_a_title_passes_on_its_parts() -> None:
    assert _attribute(to_document("根据条例编制本报告。" + _PARTS)).is_annual_report
    without = _PARTS.replace("收到和处理政府信息公开申请情况", "行政复议情况")
    assert not _attribute(to_document("根据条例编制本报告。" + without)).is_annual_report


@pytest.mark.parametrize("end", [",结合实际,编制本报告", "，编制本报告如下", ",现公布如下:"])
def test_a_sentence_that_leads_in_is_no_title(end: str) -> None:
    document = to_document(f"根据政府信息公开条例的规定{end}\n\n" + _PARTS)
    assert _attribute(document).is_annual_report


@pytest.mark.parametrize(
    "text", ["现汇报本镇2022年政府信息公开工作。", "截止2022年12月31日，网站更新消息3条。"]
)
def test_the_year_may_be_told_without_a_title(text: str) -> None:
    parts = _PARTS.replace("2020年按月更新。", f"按月更新。{text}")
    found = _attribute(to_document("根据条例编制本报告。" + parts))
    assert (found.year, found.year_source) == (2022, "body")


def test_a_text_without_title_and_parts_passes_on_two_tables_of_the_form() -> None:
    tables = (
        "第二十条第（一）项\n信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n规章\t1\t2\t3\n\n文字。\n\n"
        "一、本年新收政府信息公开申请数量\t1\t2\t3\t4\t5\t6\t21\n"
        "二、上年结转政府信息公开申请数量\t1\t2\t3\t4\t5\t6\t21\n"
    )
    document = to_document("现公布如下。\n\n" + tables)
    assert len(read([document], catalogue.load()).tables) == 2
    assert _attribute(document).is_annual_report
    assert not _attribute(to_document("现公布如下。\n\n" + tables.split("文字。")[0])).is_annual_report


def test_a_notice_that_prints_the_report_is_the_report_and_one_that_sends_it_is_not() -> None:
    title = "关于印发《隆德县2020年政府信息公开工作年度报告》的通知"
    printed = _attribute(to_document(title + _PARTS), Hint(link_text=title))
    assert (printed.is_annual_report, printed.agency, printed.year) == (True, "隆德县", 2020)
    sent = _attribute(to_document(title + "\n\n各单位：现将报告印发给你们。"), Hint(link_text=title))
    assert sent.reason == "it is a letter or a notice"


def test_a_title_with_a_line_of_text_is_no_report() -> None:
    title = "隆德县司法局2020年政府信息公开工作年度报告"
    short = _attribute(to_document(title + "\n\n本局全年主动公开政府信息12条。"))
    assert short.reason == "the page holds a title and no report"
    long = _attribute(to_document(title + "\n\n" + "本局全年主动公开政府信息，按月更新栏目。" * 12))
    assert long.is_annual_report


@pytest.mark.parametrize(
    "lines",
    [
        "2012年，我局主动公开政府信息35条。\n\n未收到政府信息公开申请。\n\n未发生行政复议。",
        "全年共公开信息十二条，无依申请公开事项的申请。",
        "2012年公开信息8条。全年收到申请2件，均已答复。",
    ],
)
def test_a_report_may_have_three_lines(lines: str) -> None:
    found = _attribute(to_document(f"青溪县司法局2012年政府信息公开年度报告\n\n{lines}"))
    assert (found.is_annual_report, found.agency, found.year) == (True, "青溪县司法局", 2012)


def test_a_list_of_reports_is_none() -> None:
    document = to_document(
        "\n\n".join(f"隆德县司法局{year}年政府信息公开工作年度报告" for year in range(2015, 2022))
    )
    assert _attribute(document).reason == "it is a list of reports"


def test_a_title_alone_is_no_report_unless_it_has_attachments() -> None:
    title = "隆德县司法局2020年政府信息公开工作年度报告"
    alone = Document((Paragraph(title),), "text/html", "utf-8", "test", "1")
    attached = Document(
        (Paragraph(title),), "text/html", "utf-8", "test", "1", links=(Link("P0202101.docx", "附件"),)
    )
    assert not _attribute(alone).is_annual_report
    found = _attribute(attached)
    assert found.is_annual_report
    reading = read([attached], catalogue.load())
    assert {value.why for value in reading.values} == {"attachment_not_captured"}


def test_a_report_that_is_none_prints_null_with_a_finding() -> None:
    document = _report("隆德县司法局2020年政府信息公开工作自查报告")
    reading = read([document], catalogue.load())
    shown = to_json({"path": "x.txt"}, reading, _attribute(document))
    assert shown["report"] is None
    assert shown["values"] == []
    assert [f["rule"] for f in shown["findings"]] == ["attribution.not_a_report"]


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("统计范围限于本单位。", "own_body"),
        ("本报告由各乡镇、县直部门报送的数据汇总编制。", "government_with_departments"),
        ("本局按月更新。", "unknown"),
        ("本报告主要根据县政府、县各相关部门、各乡镇人民政府的年度报告编制。", "government_with_departments"),
        ("本报告汇总隆德县各有关单位工作情况编制而成。", "government_with_departments"),
        ("统计范围为全市各级行政机关。", "jurisdiction"),
        ("本报告由全市各级行政机关报送的数据汇总。", "jurisdiction"),
        ("本报告数据不含下属单位。", "own_body"),
    ],
)
def test_the_scope_is_never_assumed(text: str, scope: str) -> None:
    assert _attribute(_report("隆德县司法局2020年政府信息公开工作年度报告", end=text)).scope == scope


@pytest.mark.parametrize(
    "behind", ["上一篇：青溪县财政局2019年政府信息公开工作年度报告", "【下一篇】没有了", "相关链接"]
)
def test_what_a_page_prints_behind_the_signature_is_none_of_the_report(behind: str) -> None:
    end = f"隆德县司法局\n\n2021年1月20日\n\n{behind}\n\n2020年1月5日"
    found = _attribute(_report("隆德县司法局2020年政府信息公开工作年度报告", end=end))
    assert (found.signed, found.year) == (date(2021, 1, 20), 2020)
    assert not any(finding.rule == "attribution.year" for finding in found.findings)


@pytest.mark.parametrize("written", ["2021-1-20", "2021.01.20", "2021/1/20"])
def test_a_signature_may_give_its_date_in_figures_beside_the_agency(written: str) -> None:
    title = "隆德县司法局2020年政府信息公开工作年度报告"
    signed = date(2021, 1, 20)
    assert _attribute(_report(title, end=f"隆德县司法局\n\n{written}")).signed == signed
    assert _attribute(_report(title, end=f"隆德县司法局{written}")).signed == signed
    assert _attribute(_report(title, end=f"打印\n\n{written}")).signed is None


@pytest.mark.parametrize(
    ("period", "told"),
    [
        ("2020年1月1日至2020年12月31日", False),
        ("2020年1月1日至2020年11月30日", True),
        ("2019年1月1日至2020年12月31日", True),
    ],
)
def test_figures_that_are_of_more_or_less_than_the_year_are_told(period: str, told: bool) -> None:
    document = _report(
        "隆德县司法局2020年政府信息公开工作年度报告", end=f"本报告所列数据的统计期限自{period}。"
    )
    rules = {finding.rule for finding in _attribute(document).findings}
    assert ("attribution.period" in rules) is told


@pytest.mark.parametrize(
    "title",
    [
        "一图读懂隆德县司法局2020年政府信息公开工作年度报告",
        "图解隆德县司法局2020年政府信息公开工作年度报告",
        "隆德县司法局2020年政府信息公开工作年度报告编制说明",
        "关于更正隆德县司法局2020年政府信息公开工作年度报告的说明",
        "隆德县司法局2020年政府信息公开工作年度报告勘误",
        "隆德县司法局2020年政府信息公开工作年度报告模板",
        "隆德县司法局2020年政府信息公开工作年度报告评议结果",
    ],
)
def test_what_tells_of_a_report_is_none(title: str) -> None:
    assert not _attribute(_report(title)).is_annual_report


def test_a_report_that_was_put_right_is_one() -> None:
    title = "隆德县司法局2020年政府信息公开工作年度报告（更正说明附后）"
    assert _attribute(_report(title)).is_annual_report
