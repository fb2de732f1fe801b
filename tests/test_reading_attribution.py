"""Whose report it is and of which year, and what is no report."""

import re
from datetime import date

import pytest

from archive.text.document import Document, Link, Paragraph
from archive.text.plain import to_document
from gxstore import catalogue, regions
from gxstore.reading.attribution import agency_in, attribute
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
        ("2025年政府信息公开工作年度报告", None),
        ("关于2014年度政府信息公开工作年度报告", None),
        ("一份别的文件", None),
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


def test_a_title_without_a_place_is_completed_by_the_signature() -> None:
    found = _attribute(_report("司法局2020年政府信息公开工作年度报告", end="隆德县司法局\n\n2021年1月20日"))
    assert (found.agency, found.agency_source, found.signed) == (
        "隆德县司法局",
        "signature",
        date(2021, 1, 20),
    )
    assert [f.rule for f in found.findings] == ["attribution.agency_from_elsewhere"]


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
    ],
)
def test_the_scope_is_never_assumed(text: str, scope: str) -> None:
    assert _attribute(_report("隆德县司法局2020年政府信息公开工作年度报告", end=text)).scope == scope
