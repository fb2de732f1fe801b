"""Tables as published: label variants, misprints, scopes, units, repeated and foreign rows, rows over page breaks."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from archive.text import html
from archive.text.document import Cell, Document, Table
from archive.text.plain import to_document
from gxstore import catalogue
from gxstore.reading.grid import rows_of
from gxstore.reading.read import read
from gxstore.reading.report import Reading, Value
from tests.forms import BLANK, E1, Drawn, render, silently_wrong, truth

CATALOGUE = catalogue.load()


def _text(*rows: str) -> Reading:
    return read([to_document("\n".join(rows))], CATALOGUE)


def _drawn(rows: Sequence[Sequence[str | tuple[str, int, int]]]) -> Reading:
    """Reads a drawn table; a cell may be (text, rowspan, colspan)."""
    cells = []
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(rows, 1):
        x = 1
        for cell in row:
            text, down, across = cell if isinstance(cell, tuple) else (cell, 1, 1)
            while (y, x) in taken:
                x += 1
            taken |= {(y + dy, x + dx) for dy in range(down) for dx in range(across)}
            cells.append(Cell(text, y, x, down, across))
    table = Table(1, tuple(cells), drawn=True)
    return read([Document((table,), "text/html", "utf-8", "test", "1")], CATALOGUE)


def _value(reading: Reading, code: str, scope: str | None = None) -> Value:
    value = reading.value(code, scope)
    assert value is not None
    return value


def _row(label: str, *numbers: int) -> str:
    return "\t".join([label, *map(str, numbers)])


_HEAD = "\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计"
_NEW = _row("一、本年新收政府信息公开申请数量", 11, 12, 13, 14, 15, 16, 81)


@pytest.mark.parametrize(
    ("label", "row"),
    [
        ("2.其他法律法规禁止公开", "outcome.refused.other_law_prohibits"),
        ("2.其他法律行政止公开", "outcome.refused.other_law_prohibits"),
        ('3.危及"三安全一稳定"', "outcome.refused.three_securities_one_stability"),
        ("1、属于国家秘密", "outcome.refused.state_secret"),
        ("(二) 部分公开(区分处理的, 只计这一情形, 不计其他情形)", "outcome.partly_granted"),
        ("四、结转下一年度继续办理", "carried_forward"),
        ("1.逾期不补正", "outcome.other_handling.overdue_correction"),
        ("2.逾期不缴费", "outcome.other_handling.unpaid_fee"),
    ],
)
def test_variants_and_misprints_of_a_label_find_their_row(label: str, row: str) -> None:
    reading = _text(_HEAD, _NEW, _row(label, 21, 22, 23, 24, 25, 26, 141))
    assert _value(reading, f"ar.t3.{row}.commercial_enterprise").number == 22
    assert _value(reading, f"ar.t3.{row}.total").number == 141


def test_a_misprint_between_two_labels_is_left_aside_and_said() -> None:
    reading = _text(
        "统计指标\t单位\t统计数", "3.政务微博公开政府信息数\t条\t5", "政务微公开政府信息数\t条\t7"
    )
    assert [aside.text for aside in reading.aside] == ["政务微公开政府信息数 | 条 | 7"]
    assert all(value.number != 7 for value in reading.values)


def test_labels_printed_twice_belong_to_the_row_above() -> None:
    reading = _text(
        "统计指标\t单位\t统计数",
        "四、行政复议数量\t件\t9",
        "（二）被依法纠错数\t件\t4",
        "五、行政诉讼数量\t件\t8",
        "（二）被依法纠错数\t件\t3",
    )
    assert _value(reading, "st.reconsideration.corrected").number == 4
    assert _value(reading, "st.litigation.corrected").number == 3


def test_three_number_columns_are_kept_as_scopes() -> None:
    reading = _drawn(
        [
            ["统计指标", "单位", "区政府", "区直单位", "乡镇街道"],
            ["（一）收到申请数", "件", "3", "", "5"],
            ["1.当面申请数", "件", "1", "2", "4"],
        ]
    )
    code = "st.application.received"
    assert [_value(reading, code, scope).number for scope in ("区政府", "乡镇街道")] == [3, 5]
    assert _value(reading, code, "区直单位").status == "blank"
    assert reading.value(code) is None


def test_rows_of_a_province_s_own_are_left_aside_with_their_text() -> None:
    reading = _text(
        "统计指标\t单位\t统计数",
        "一、主动公开情况\t——\t",
        "主动公开机构领导信息\t条\t6",
        "制发规范性文件总数\t件\t2",
    )
    assert [(a.table, a.text) for a in reading.aside] == [("stat", "主动公开机构领导信息 | 条 | 6")]
    assert [f.severity for f in reading.findings if f.rule == "read.row_aside"] == ["info"]
    assert _value(reading, "st.proactive.normative_documents_issued").number == 2


def test_one_row_of_other_handling_in_a_2021_form_stands_for_its_three() -> None:
    reading = _text(
        "第二十条第（一）项",
        "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
        "规章\t3\t1\t9",
        "",
        _HEAD,
        _NEW,
        "\t".join(["（六）其他处理", "1", "2", "3", "4", "5", "6", "21"]),
    )
    assert reading.edition == "e3_2021"
    assert _value(reading, "ar.t3.outcome.other_handling.total").number == 21
    sub = _value(reading, "ar.t3.outcome.other_handling.other.total")
    assert (sub.status, sub.why) == ("missing", "row_absent")


_PERSONS = _HEAD.split("\t")[1:]
_OTHER_HANDLING = "outcome.other_handling"


def test_the_one_row_of_other_handling_in_a_2019_form_may_be_blank() -> None:
    reading = _drawn(
        [
            ["", *_PERSONS],
            _NEW.split("\t"),
            ["（六）其他处理", *[""] * 7],
            ["（七）总计", "11", "12", "13", "14", "15", "16", "81"],
        ]
    )
    found = [v for v in reading.values if v.code.startswith(f"ar.t3.{_OTHER_HANDLING}.")]
    assert {(v.code.count("."), v.status) for v in found} == {(4, "blank")}
    assert (len(found), reading.edition) == (7, "e2_2019")


def test_a_blank_row_above_the_three_of_other_handling_is_their_heading() -> None:
    reading = _drawn(
        [
            ["", *_PERSONS],
            _NEW.split("\t"),
            ["（六）其他处理", *[""] * 7],
            ["3.其他", "1", "2", "3", "4", "5", "6", "21"],
        ]
    )
    assert reading.value(f"ar.t3.{_OTHER_HANDLING}.total") is None
    assert _value(reading, f"ar.t3.{_OTHER_HANDLING}.other.total").number == 21


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ("| 4 | | | | | | 4 |", "reported"),
        ("| | | | | | | 0 |", "reported"),
        ("| 4 | | | | | | 5 |", "unreadable"),  # not its own total
        ("| 4 | | | | | 4 | |", "unreadable"),  # filled up at its end, or a blank total
        ("| 4 | | | | | 4 |", "unreadable"),  # a place is lost
    ],
)
def test_a_piped_row_with_blanks_stands_where_seven_places_end_in_its_total(cells: str, status: str) -> None:
    reading = _text(
        "自然人 | 法人或其他组织 | 总计 |",
        "商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |",
        f"一、本年新收政府信息公开申请数量 {cells}",
        "三、本年度办理结果 | （一）予以公开 | | | | | | | 0 |",
        "| （三）不予公开 | 1.属于国家秘密 | | | | | | | 0 |",
        "| | 2.其他法律行政法规禁止公开 | | | | | | | 0 |",
    )
    assert _value(reading, "ar.t3.new_received.total").status == status


def test_the_edition_is_that_of_the_labels_whatever_the_year() -> None:
    reading = read(
        [
            to_document(
                "青溪县司法局2023年政府信息公开工作年度报告\n\n第二十条第（一）项\n信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量\n规章\t3\t2\t9"
            )
        ],
        CATALOGUE,
    )
    assert (reading.edition, reading.title_year) == ("e2_2019", 2023)


def test_a_total_printed_first_is_found_by_its_column() -> None:
    reading = _drawn(
        [
            [
                ("勾稽关系", 1, 1),
                "总计",
                "自然人",
                "商业企业",
                "科研机构",
                "社会公益组织",
                "法律服务机构",
                "其他",
            ],
            ["一、本年新收政府信息公开申请数量", "81", "11", "12", "13", "14", "15", "16"],
        ]
    )
    assert _value(reading, "ar.t3.new_received.total").number == 81
    assert _value(reading, "ar.t3.new_received.natural_person").number == 11
    assert reading.findings == ()


def test_a_label_cut_over_two_lines_of_a_page_break_is_one_row() -> None:
    reading = _text(
        _HEAD,
        _NEW,
        "5.要求行政机关确认或重新\t\t\t\t\t\t\t",
        "",
        _row("出具已获取信息", 21, 22, 23, 24, 25, 26, 141),
    )
    assert _value(reading, "ar.t3.outcome.not_handled.confirm_or_reissue.total").number == 141


def test_a_row_one_cell_short_is_unreadable() -> None:
    reading = _text(_HEAD, _NEW, _row("二、上年结转政府信息公开申请数量", 1, 2, 3, 4, 5, 15))
    value = _value(reading, "ar.t3.carried_in.total")
    assert (value.status, value.number, value.raw) == ("unreadable", None, "1 2 3 4 5 15")
    assert "ar.t3.carried_in.total" in next(f.codes for f in reading.findings if f.rule == "read.unreadable")


def test_a_run_of_glued_numbers_is_unreadable() -> None:
    reading = _text(_HEAD, _NEW, "二、上年结转政府信息公开申请数量\t0 0 0 0 0 00")
    assert _value(reading, "ar.t3.carried_in.natural_person").status == "unreadable"


def test_a_cell_printed_twice_alike_is_taken_once_and_differently_not_at_all() -> None:
    assert _value(_text(_HEAD, _NEW, _NEW), "ar.t3.new_received.total").number == 81
    other = _row("一、本年新收政府信息公开申请数量", 11, 12, 13, 14, 15, 17, 82)
    reading = _text(_HEAD, _NEW, other)
    assert _value(reading, "ar.t3.new_received.total").raw == "81 / 82"
    assert _value(reading, "ar.t3.new_received.total").status == "unreadable"
    assert _value(reading, "ar.t3.new_received.natural_person").number == 11


def test_a_printed_total_that_is_wrong_stays_as_printed_with_a_finding() -> None:
    reading = _text(
        "行政复议\t\t\t\t\t行政诉讼",
        "结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t未经复议直接起诉\t\t\t\t\t复议后起诉",
        "\t\t\t\t\t结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t结果维持\t结果纠正\t其他结果\t尚未审结\t总计",
        "10\t1\t0\t0\t0\t2\t3\t4\t5\t14\t5\t0\t0\t0\t0",
    )
    assert _value(reading, "ar.t4.reconsideration.total").number == 0
    found = [(f.rule, f.severity, f.printed, f.expected) for f in reading.findings]
    assert found == [
        ("t4.reconsideration.total", "error", 0, 11),
        ("t4.litigation_after_reconsideration.total", "error", 0, 5),
    ]
    assert reading.findings[0].codes[0] == "ar.t4.reconsideration.total"
    assert len(reading.findings[0].codes) == 5


def test_blank_columns_are_never_zeros() -> None:
    reading = _drawn(
        [
            ["", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"],
            ["一、本年新收政府信息公开申请数量", "26", "", "", "/", "—", "无", "26"],
        ]
    )
    row = [_value(reading, f"ar.t3.new_received.{c.code}") for c in CATALOGUE.columns]
    assert [v.status for v in row] == [
        "reported",
        "blank",
        "blank",
        "not_applicable",
        "not_applicable",
        "none",
        "reported",
    ]
    assert [v.number for v in row if v.number is not None] == [26, 26]
    assert reading.findings == ()
    assert reading.checks.failed == 0


def test_a_misclassified_applicant_shows_in_its_column_though_the_total_balances() -> None:
    rows = [
        _HEAD,
        _NEW,
        _row("二、上年结转政府信息公开申请数量", 1, 1, 1, 1, 1, 1, 6),
        _row("（七）总计", 10, 12, 13, 14, 15, 16, 80),
        _row("四、结转下年度继续办理", 1, 1, 1, 1, 1, 2, 7),
    ]
    found = [(f.rule, f.severity, f.codes[0]) for f in _text(*rows).findings]
    assert found == [
        ("t3.balance", "error", "ar.t3.new_received.natural_person"),
        ("t3.balance", "error", "ar.t3.new_received.other_organisation"),
    ]


def test_a_unit_in_the_head_of_a_column_is_the_unit_of_its_cells() -> None:
    reading = _text(
        "第二十条第（九）项", "信息内容\t采购项目数量\t采购总金额(万元)", "政府集中采购\t3\t477.35"
    )
    value = _value(reading, "ar.t2.art20_9.centralised_procurement.amount")
    assert (value.number, value.unit) == (Decimal("477.35"), "万元")


def test_a_remark_in_a_cell_is_kept_beside_the_number() -> None:
    reading = _text(
        "第二十条第（一）项",
        "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
        "行政规范性文件\t22（其中修订 16 件）\t55（含自然失效 29 件）\t80",
    )
    code = "ar.t2.art20_1.normative_documents"
    issued = _value(reading, f"{code}.issued")
    assert issued.number == 22
    assert issued.note == "（其中修订 16 件）"
    assert _value(reading, f"{code}.repealed").number == 55


def test_a_count_that_is_no_whole_number_is_kept_and_named() -> None:
    reading = _text("第二十条第（六）项", "信息内容\t本年处理决定数量", "行政处罚\t3.5", "行政强制\t-2")
    assert _value(reading, "ar.t2.art20_6.administrative_penalty.decisions").number == Decimal("3.5")
    assert [f.rule for f in reading.findings if f.severity == "error"] == ["count.integer", "count.integer"]


def test_a_heading_row_keeps_its_number_with_a_finding() -> None:
    reading = _text("统计指标\t单位\t统计数", "一、主动公开情况\t——\t79", "二、回应解读情况\t——\t——")
    assert _value(reading, "st.proactive").number == 79
    assert _value(reading, "st.response").status == "blank"
    assert [f.rule for f in reading.findings] == ["st.heading_empty"]


def test_tables_in_two_documents_make_one_reading() -> None:
    narrative = to_document("青溪县司法局2016年政府信息公开工作年度报告\n\n一、概述\n\n按月更新。")
    annex = to_document("统计指标\t单位\t统计数\n制发规范性文件总数\t件\t2")
    reading = read([narrative, annex], CATALOGUE)
    value = _value(reading, "st.proactive.normative_documents_issued")
    assert value.where is not None
    assert value.number == 2
    assert (value.where.document, reading.title_year) == (1, 2016)
    assert len(reading.values) == 65


def test_a_table_missing_beside_others_speaks_of_the_agency() -> None:
    reading = _text(
        "第二十条第（一）项", "信息内容\t本年制发件数\t本年废止件数\t现行有效件数", "规章\t3\t1\t9"
    )
    absent = _value(reading, "ar.t4.reconsideration.total")
    assert (absent.status, absent.why) == ("missing", "table_not_published")
    row = _value(reading, "ar.t2.art20_1.normative_documents.issued")
    assert (row.status, row.why) == ("missing", "row_absent")


def test_a_row_that_lost_its_label_makes_the_absent_one_our_doubt() -> None:
    reading = _text(_HEAD, _NEW, "\t1\t2\t3\t4\t5\t6\t21")
    value = _value(reading, "ar.t3.carried_in.total")
    assert (value.status, value.why) == ("missing", "lost_in_extraction")


def test_a_table_of_absurd_spans_is_read_in_bounds() -> None:
    cells = (Cell("自然人", 1, 1, 99_999_999, 99_999_999), Cell("5", 2, 1))
    document = Document((Table(1, cells, drawn=True),), "text/html", "utf-8", "test", "1")
    assert len(list(rows_of([document]))) == 2


def _page(table: str, hidden: str = "", narrative: str = "") -> Reading:
    title = "青溪县司法局2023年政府信息公开工作年度报告"
    text = f"<h1>{title}</h1><p>一、总体情况</p><p>专人负责，按月清点，遇有疑问随时答复。{narrative}</p>"
    body = f"<div id=zoom>{text}<p>三、收到和处理政府信息公开申请情况</p>{table}</div>{hidden}"
    return read([html.to_document(f"<meta charset=utf-8><title>{title}</title>{body}".encode())], CATALOGUE)


def _markup(*cells: str, label: str = "一、本年新收政府信息公开申请数量") -> str:
    heads = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    rows = (("申请人情况", *heads), (label, *cells))
    return "<table>" + "".join("<tr><td>" + "<td>".join(row) + "</tr>" for row in rows) + "</table>"


@pytest.mark.parametrize(
    "cell",
    [
        "<img src=n.png>",
        "<svg><text>13</text></svg>",
        "13<sup>2</sup>",
        "13<del>31</del>",
        "<script>n(13)</script>",
    ],
)
def test_a_cell_that_shows_something_else_than_text_is_unreadable_and_tells_what_stood_there(
    cell: str,
) -> None:
    reading = _page(_markup("11", "12", cell, "14", "15", "16", "81"))
    value = _value(reading, "ar.t3.new_received.research_institution")
    assert (value.status, value.number) == ("unreadable", None)
    assert value.raw
    assert _value(reading, "ar.t3.new_received.total").number == 81
    assert any(value.code in finding.codes for finding in reading.findings if finding.severity == "warning")


def test_a_label_is_the_same_with_a_note_a_picture_or_a_correction_in_it() -> None:
    for label in (
        "一、本年新收政府信息公开申请数量<sup>1</sup>",
        "<img src=dot.png>一、本年新收政府信息公开申请数量<s>数</s>",
    ):
        reading = _page(_markup("11", "12", "13", "14", "15", "16", "81", label=label))
        assert _value(reading, "ar.t3.new_received.research_institution").number == 13


@pytest.mark.parametrize("around", ["<div style='display:none'>{}</div>", "<section hidden>{}</section>"])
def test_tables_in_a_part_that_is_not_shown_are_lost_and_not_left_unpublished(around: str) -> None:
    extra = "<tr><td>本年新收政府信息公开申请数量<td>1<tr><td>结转下年度继续办理<td>2</table>"
    table = _markup("11", "12", "13", "14", "15", "16", "81").removesuffix("</table>") + extra
    reading = _page(around.format(table))
    hidden = [value for value in reading.values if value.code.startswith("ar.t3.")]
    assert hidden
    assert {(value.status, value.why) for value in hidden} == {("missing", "lost_in_extraction")}
    assert any(f.rule == "read.document" and "Table t3" in f.message for f in reading.findings)
    others = {value.why for value in reading.values if value.code.startswith("ar.t4.")}
    assert others == {"table_not_published"}


@pytest.mark.parametrize(
    ("channels", "found"),
    [
        ("全年发布信息50条，其中，门户网站发布20条，新媒体发布25条。", [(50, 45)]),
        ("全年发布信息50条，其中，门户网站发布20条，新媒体发布30条。", []),
        ("全年主动公开政府信息50条。门户网站发布20条。新媒体发布90条。", []),  # posts, counted on their own
    ],
)
def test_channels_are_held_against_the_total_that_they_are_told_with(
    channels: str, found: list[tuple[int, int]]
) -> None:
    reading = _text("一、总体情况", "", channels, "", _HEAD, _NEW)
    sums = [f for f in reading.findings if f.rule == "nar.proactive_sum"]
    assert [(f.printed, f.expected) for f in sums] == found


_CHANNELS = [
    ["统计指标", "单位", "统计数"],
    ["三、依申请公开政府信息情况", "——", ""],
    ["（一）收到申请数", "件", "1415"],
    ["1.当面申请数", "件", "311"],
    ["2.传真申请数", "件", "312"],
    ["3.网络申请数", "件", "313"],
    ["4.信函申请数", "件", "479"],
]
_ENFORCED = [
    ["第二十条第（六）项", ""],
    ["信息内容", "本年处理决定数量"],
    ["行政处罚", "103"],
    ["行政强制", "207"],
]


def test_a_number_over_several_rows_of_the_form_is_that_of_none() -> None:
    rows: list[list[str | tuple[str, int, int]]] = [list(row) for row in _CHANNELS]
    rows[3:] = [["1.当面申请数", "件", ("1415", 4, 1)], *(row[:2] for row in rows[4:])]
    reading = _drawn(rows)
    assert _value(reading, "st.application.received").number == 1415
    channels = [v for v in reading.values if v.code.startswith("st.application.received.")]
    assert [(v.status, v.raw, v.number) for v in channels] == [("unreadable", "1415", None)] * 4
    doubted = {code for f in reading.findings if f.severity == "warning" for code in f.codes}
    assert doubted >= {v.code for v in channels}


@pytest.mark.parametrize("label", ["行政处罚", "行政强制"])
def test_a_number_over_two_rows_of_table_two_is_that_of_neither(label: str) -> None:
    rows: list[list[str | tuple[str, int, int]]] = [list(row) for row in _ENFORCED]
    rows[2:] = [["行政处罚", ("103", 2, 1)], ["行政强制"]]
    code = {"行政处罚": "penalty", "行政强制": "compulsion"}[label]
    value = _value(_drawn(rows), f"ar.t2.art20_6.administrative_{code}.decisions")
    assert (value.status, value.raw) == ("unreadable", "103")


def test_a_number_over_two_rows_of_table_three_is_that_of_neither() -> None:
    new, carried = (
        ["一、本年新收政府信息公开申请数量", *"1234567"],
        ["二、上年结转政府信息公开申请数量", *"2345689"],
    )
    new[1:] = ["11", "12", "13", "14", "15", "16", "81"]
    rows: list[list[str | tuple[str, int, int]]] = [
        [*_HEAD.split("\t")],
        [*new[:3], ("13", 2, 1), *new[4:]],
        [*carried[:3], *carried[4:]],
    ]
    reading = _drawn(rows)
    for row in ("new_received", "carried_in"):
        value = _value(reading, f"ar.t3.{row}.research_institution")
        assert (value.status, value.number) == ("unreadable", None)
        assert value.raw is not None
        assert "13" in value.raw
    assert _value(reading, "ar.t3.new_received.natural_person").number == 11


@pytest.mark.parametrize("below", [["", ""], []])
def test_a_number_over_its_row_and_a_blank_one_is_that_of_its_row(below: list[str]) -> None:
    rows: list[list[str | tuple[str, int, int]]] = [list(row) for row in _ENFORCED]
    label: str | tuple[str, int, int] = "行政处罚" if below else ("行政处罚", 2, 1)
    rows[2:3] = [[label, ("103", 2, 1)], [*below[:1]]]
    reading = _drawn(rows)
    assert _value(reading, "ar.t2.art20_6.administrative_penalty.decisions").number == 103
    assert _value(reading, "ar.t2.art20_6.administrative_compulsion.decisions").number == 207


def test_a_number_over_two_columns_of_table_two_is_that_of_neither() -> None:
    rows: list[list[str | tuple[str, int, int]]] = [
        ["第二十条第（一）项", "", "", ""],
        ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
        ["规章", "255", ("617", 1, 2)],
        ["行政规范性文件", "220", "389", "632"],
    ]
    reading = _drawn(rows)
    for column in ("repealed", "in_force"):
        assert _value(reading, f"ar.t2.art20_1.rules.{column}").status == "unreadable"
    assert _value(reading, "ar.t2.art20_1.normative_documents.repealed").number == 389


def test_a_number_over_two_columns_of_the_statistics_table_is_that_of_neither() -> None:
    rows: list[list[str | tuple[str, int, int]]] = [
        ["统计指标", "单位", "统计数", "合计"],
        ["三、依申请公开政府信息情况", "——", "", ""],
        ["（一）收到申请数", "件", ("1415", 1, 2)],
        ["1.当面申请数", "件", "311", "318"],
    ]
    reading = _drawn(rows)
    received = [v for v in reading.values if v.code == "st.application.received"]
    assert {(v.status, v.raw) for v in received} == {("unreadable", "1415")}
    assert _value(reading, "st.application.received.in_person").number == 311


@pytest.mark.parametrize("separator", [" | ", "\t"])
@pytest.mark.parametrize(
    ("head", "row"),
    [
        (("上年数", "本年制发件数", "本年废止件数", "现行有效件数"), ("966", "202", "951", "")),
        (("本年制发件数", "本年废止件数", "现行有效件数", "备注"), ("", "202", "951", "966")),
    ],
)
def test_a_column_of_the_office_s_own_in_table_two_moves_no_number(
    separator: str, head: tuple[str, ...], row: tuple[str, ...]
) -> None:
    lines = [
        "青溪县司法局2023年政府信息公开工作年度报告",
        "",
        "二、主动公开政府信息情况",
        "",
        *(
            separator.join(cells)
            for cells in (
                ("第二十条第（一）项", "", "", "", ""),
                ("信息内容", *head),
                ("规章", "11", "12", "13", "14"),
                ("行政规范性文件", *row),
            )
        ),
    ]
    reading = read([to_document("\n".join(lines))], CATALOGUE)
    documents = [value for value in reading.values if ".normative_documents." in value.code]
    assert {(value.status, value.number) for value in documents} == {("unreadable", None)}
    assert {value.code for value in documents} <= {code for f in reading.findings for code in f.codes}


@pytest.mark.parametrize("layout", ["html", "html without spans", "tabs", "pipes"])
def test_two_halves_of_the_statistics_table_side_by_side_are_read_one_after_the_other(layout: str) -> None:
    cells = truth(E1, 9)

    def beside(table: Drawn) -> Drawn:
        head, *rows = table
        half = (len(rows) + 1) // 2
        right = [*rows[half:], *([[BLANK] * len(head)] * (2 * half - len(rows)))]
        return [[*head, *head], *([*a, *b] for a, b in zip(rows[:half], right, strict=True))]

    reading = read([render(layout, E1, cells, {"stat": beside})], CATALOGUE)
    assert silently_wrong(reading, cells) == []
    read_ = {value.code: value.number for value in reading.values if value.number is not None}
    assert read_ == {code: Decimal(str(number)) for code, number in cells.items()}
