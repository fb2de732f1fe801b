"""What real pages put among the rows of a form: never a wrong number in silence, and the rest stays read."""

from decimal import Decimal

import pytest

from archive.text.document import Document
from archive.text.extract import extract
from archive.text.plain import to_document
from gxstore.reading.read import read
from gxstore.reading.report import Reading
from tests.accuracy import disturbed, tallies
from tests.disturbances import DISTURBANCES, html_table
from tests.forms import (
    CATALOGUE,
    COLUMNS,
    E1,
    E3,
    Drawn,
    as_page,
    drawn_tables,
    one_a_line,
    render,
    truth,
)

# Heads that do not say what stands below leave little to be read.
_LITTLE_LEFT = ("head lost", "legal persons merged", "legal persons in one column", "some columns only")
# One of the syntaxes only has these.
_OF_A_STREAM = ("page number for a blank", "page mark beside a blank")
TWO, THREE = "ar.t2.art20_5.administrative_licensing.decisions", "ar.t3.new_received."


@pytest.mark.parametrize("kind", DISTURBANCES)
def test_what_stands_among_the_rows_makes_no_number_wrong_in_silence(kind: str) -> None:
    _assert_sound(kind, 24 if kind in _OF_A_STREAM else 3, 0.85)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", DISTURBANCES)
def test_many_pages_with_other_things_among_the_rows_make_no_number_wrong_in_silence(kind: str) -> None:
    _assert_sound(kind, 300, 0.95)


def _assert_sound(kind: str, cases: int, share: float) -> None:
    (tally,) = tallies(disturbed(cases, [kind])).values()
    assert tally.wrong == []
    assert tally.every["silently wrong"] == 0
    if kind not in _LITTLE_LEFT:
        assert tally.share(tally.untouched) >= share, tally.untouched


def _text(*lines: str) -> Document:
    return to_document("\n".join(["青溪县司法局2023年政府信息公开工作年度报告", "", *lines]))


def _two(*rows: str) -> list[str]:
    """Table two of 2021 as a stream, with other rows of its second block."""
    return [
        "第二十条第（五）项",
        "信息内容",
        "本年处理决定数量",
        *rows,
        "第二十条第（六）项",
        "信息内容",
        "本年处理决定数量",
        "行政处罚",
        "41",
        "行政强制",
        "52",
    ]


def _status(reading: Reading, code: str) -> tuple[str, Decimal | None]:
    value = reading.value(code)
    assert value is not None
    return value.status, value.number


# Page numbers and running heads


def test_a_number_that_the_end_of_a_page_cut_off_its_row_is_no_blank() -> None:
    rows = (("第二十条第（五）项", ""), ("信息内容", "本年处理决定数量"), ("行政许可", "{}"))
    cut = "".join(f"<tr><td>{label}</td><td>{text}</td></tr>" for label, text in rows)
    cut = f"<table>{cut}</table><p>{{}}</p>"
    for behind, status in (("1371", "unreadable"), ("- 3 -", "blank"), ("以上为全部决定。", "blank")):
        reading = read([extract(f"<html><body>{cut.format('', behind)}</body></html>".encode())], CATALOGUE)
        assert _status(reading, TWO) == (status, None), behind
    reading = read([extract(f"<html><body>{cut.format('86', '3')}</body></html>".encode())], CATALOGUE)
    assert _status(reading, TWO) == ("reported", Decimal(86))


def test_the_head_of_a_page_with_a_number_behind_it_puts_the_number_before_it_in_doubt() -> None:
    lines = _two("行政许可", "7", "青溪县司法局2023年政府信息公开工作年度报告", "871")
    reading = read([_text(*lines)], CATALOGUE)
    assert _status(reading, TWO) == ("unreadable", None)
    assert _status(reading, "ar.t2.art20_6.administrative_penalty.decisions") == ("reported", Decimal(41))


@pytest.mark.parametrize(
    ("before", "number", "behind", "status"),
    [
        ("- 2 -", "3", "", "unreadable"),
        ("2", "3", "", "unreadable"),
        ("第2页", "3", "- 4 -", "unreadable"),
        ("- 2 -", "3", "- 3 -", "reported"),
        ("- 2 -", "7", "", "reported"),
        ("", "3", "", "reported"),
    ],
)
def test_in_a_stream_a_number_that_is_missing_among_those_of_the_pages_may_be_one(
    before: str, number: str, behind: str, status: str
) -> None:
    sentence = "本局把公开当作日常工作来做，专人负责。"
    lines = [sentence, "", before, "", "二、主动公开政府信息情况", "", *_two("行政许可", number)]
    reading = read([_text(*lines, "", sentence, "", behind, "", sentence)], CATALOGUE)
    assert _status(reading, TWO)[0] == status


# Captions inside tables


@pytest.mark.parametrize(
    "caption",
    ["上年度数据", "下属单位数据", "去年同期数据", "附件2：青溪县公证处2023年政府信息公开情况统计表"],
)
@pytest.mark.parametrize("stream", [True, False])
def test_a_caption_between_two_tables_in_one_disowns_the_second(caption: str, stream: bool) -> None:
    cells, others = truth(E3), truth(E3, 7)
    own, other = (drawn_tables(E3, numbers)[0][1] for numbers in (cells, others))
    if stream:
        document = _text("二、主动公开政府信息情况", "", *one_a_line(own), caption, *one_a_line(other))
    else:
        rows: Drawn = [*own, [(caption, 1, 4)], *other]
        title = "<h1>青溪县司法局2023年政府信息公开工作年度报告</h1>"
        document = extract(f"<html><body>{title}{html_table(rows, 'html')}</body></html>".encode())
    reading = read([document], CATALOGUE)
    for cell in CATALOGUE.of_edition(E3, "t2"):
        assert _status(reading, cell.code) == ("reported", Decimal(str(cells[cell.code]))), cell.code
    assert [f.rule for f in reading.findings if f.severity == "warning"] == ["read.foreign_table"]


def test_the_years_of_columns_in_a_stream_are_no_captions() -> None:
    lines = ["统计指标", "单位", "2016年度", "2015年度", "一、主动公开情况", "——"]
    lines += ["制发规范性文件总数", "件", "17", "23", "2.政府网站公开政府信息数", "条", "318", "402"]
    title = "青溪县司法局2016年政府信息公开工作年度报告"
    reading = read([to_document("\n".join([title, "", *lines]))], CATALOGUE)
    assert _status(reading, "st.proactive.normative_documents_issued") == ("reported", Decimal(17))


# Columns of table three


def _drawn_three(kept: tuple[int, ...], legal: bool = False) -> tuple[Reading, dict[str, int | str]]:
    cells = truth(E3)
    table = [list(row) for row in drawn_tables(E3, cells)[1][1]]
    names = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
    head: Drawn = [[("申请人情况", 1, 3), *((names[x], 1, 1) for x in kept)]]
    if legal:
        head[0].insert(2, ("法人或其他组织", 1, 1))
    rows = head
    for row in table[3:]:
        values = [row[-7:][x] for x in kept]
        if legal:
            values.insert(1, (str(sum(int(text) for text, _, _ in row[-6:-1])), 1, 1))
        rows.append([*row[:-7], *values])
    page = f"<html><body><h2>三、收到和处理政府信息公开申请情况</h2>{html_table(rows, 'html with spans')}</body></html>"
    return read([extract(page.encode())], CATALOGUE), cells


@pytest.mark.parametrize("kept", [(0, 6), (0, 1, 2, 3, 5, 6), (6,), (0, 5, 6)])
def test_a_drawn_table_three_with_some_of_its_columns_is_read_as_far_as_it_goes(
    kept: tuple[int, ...],
) -> None:
    reading, cells = _drawn_three(kept)
    for at, column in enumerate(COLUMNS):
        printed = ("reported", Decimal(str(cells[THREE + column]))) if at in kept else ("missing", None)
        assert _status(reading, THREE + column) == printed, column


@pytest.mark.parametrize(
    "layout", ["tabs", "tabs in place", "pipes", "one cell a line", "alternating stream"]
)
@pytest.mark.parametrize("broken", [0, 1, 9])
def test_a_flattened_table_three_without_one_column_is_read_where_its_rows_add_up(
    layout: str, broken: int
) -> None:
    cells = truth(E3)

    def without(table: Drawn) -> Drawn:
        head = [[("申请人情况", 1, 6)], [*table[1][:1], ("法人或其他组织", 1, 4), *table[1][2:]]]
        names = [cell for cell in table[2] if cell[0] != "法律服务机构"]
        rows = []
        for number, row in enumerate(table[3:]):
            six = [*row[-7:-3], row[-2]]
            total = sum(int(text) for text, _, _ in six) + (number < broken)
            rows.append([*row[:-7], *six, (str(total), 1, 1)])
        return [*head, names, *rows]

    reading = read([render(layout, E3, cells, {"t3": without})], CATALOGUE)
    for at, row in enumerate(row for row in CATALOGUE.rows if E3 in row.editions):
        for column in COLUMNS[:-1]:
            code = f"ar.t3.{row.code}.{column}"
            if column == "legal_service_organisation" and broken < 9 and at >= broken:
                assert _status(reading, code) == ("missing", None)
            elif at < broken or broken == 9:
                assert _status(reading, code)[0] in ("unreadable", "missing"), code
            else:
                assert _status(reading, code) == ("reported", Decimal(cells[code])), code


def test_one_number_for_all_legal_persons_is_none_of_their_five() -> None:
    reading, cells = _drawn_three((0, 6), legal=True)
    for at, column in enumerate(COLUMNS):
        printed = ("reported", Decimal(str(cells[THREE + column]))) if at in (0, 6) else ("missing", None)
        assert _status(reading, THREE + column) == printed, column


def test_a_number_that_spanned_the_five_columns_of_legal_persons_is_not_taken_for_that_of_the_first_in_silence() -> (
    None
):
    def merged(table: Drawn) -> Drawn:
        return [
            *table[:3],
            *([*row[:-6], (str(sum(int(t) for t, _, _ in row[-6:-1])), 1, 5), row[-1]] for row in table[3:]),
        ]

    for layout in ("html without spans", "tabs in place"):
        reading = read([render(layout, E3, truth(E3), {"t3": merged})], CATALOGUE)
        named = {code for f in reading.findings if f.severity == "warning" for code in f.codes}
        taken = [
            v.code
            for v in reading.values
            if v.code.endswith(".commercial_enterprise") and v.number is not None
        ]
        assert len(taken) > 3
        assert named.issuperset(taken)


# Two columns of the statistics table


@pytest.mark.parametrize("name", ["合计", "总计"])
def test_a_total_beside_the_number_of_the_form_is_kept_under_its_name_and_told(name: str) -> None:
    cells, others = truth(E1), truth(E1, 14)

    def with_total(table: Drawn) -> Drawn:
        rows = [[*table[0], (name, 1, 1)]]
        for cell, row in zip(CATALOGUE.of_edition(E1), table[1:], strict=True):
            rows.append([*row, (str(others.get(cell.code, "")), 1, 1)])
        return rows

    reading = read([render("html", E1, cells, {"stat": with_total})], CATALOGUE)
    code = "st.proactive.items"
    assert {v.scope: v.number for v in reading.values if v.code == code} == {
        None: cells[code],
        name: others[code],
    }
    (finding,) = (f for f in reading.findings if f.severity == "warning")
    assert finding.rule == "read.two_totals"
    assert code in finding.codes


# Labels in parts


@pytest.mark.parametrize("layout", ["html", "tabs", "one cell a line"])
def test_a_word_of_a_label_in_a_cell_of_its_own_moves_no_number(layout: str) -> None:
    def parted(table: Drawn) -> Drawn:
        return [
            [("其中：", 1, 1), (row[0][0].removeprefix("其中："), 1, 1), *row[1:]]
            if row[0][0].startswith("其中：")
            else [("一、", 1, 1), (row[0][0].removeprefix("一、"), 1, 1), *row[1:]]
            if row[0][0].startswith("一、")
            else [(row[0][0], 1, 2), *row[1:]]
            for row in table
        ]

    cells = truth(E1)
    reading = read([render(layout, E1, cells, {"stat": parted})], CATALOGUE)
    for code, number in cells.items():
        assert _status(reading, code) == ("reported", Decimal(str(number))), code


@pytest.mark.parametrize(
    "remark", ["说明：其中3件为上年转来", "注：统计口径与上年一致", "备注：含2022年结转情况"]
)
def test_a_remark_in_a_table_is_no_caption_of_another(remark: str) -> None:
    def remarked(table: Drawn) -> Drawn:
        return [*table[:4], [(remark, 1, 10)], *table[4:]]

    cells = truth(E3)
    for layout in ("html", "pipes", "one cell a line"):
        reading = read([render(layout, E3, cells, {"t3": remarked})], CATALOGUE)
        assert _status(reading, THREE + "total") == ("reported", Decimal(cells[THREE + "total"])), layout


def test_a_page_number_among_the_rows_of_table_four_takes_nothing_from_its_fifteen() -> None:
    def numbered(table: Drawn) -> Drawn:
        return [*table, [("3", 1, 1)]]

    cells = truth(E3)
    for layout in ("html", "tabs", "pipes", "one cell a line"):
        reading = read([render(layout, E3, cells, {"t4": numbered})], CATALOGUE)
        code = "ar.t4.reconsideration.upheld"
        assert _status(reading, code)[0] in ("reported", "unreadable")
        assert layout == "one cell a line" or _status(reading, code) == ("reported", Decimal(cells[code])), (
            layout
        )


def test_three_decimals_of_an_amount_are_decimals() -> None:
    page = as_page(
        E1,
        [
            (
                "附表",
                [
                    [("统计指标", 1, 1), ("单位", 1, 1), ("统计数", 1, 1)],
                    [("七、依申请公开信息收取的费用", 1, 1), ("万元", 1, 1), ("1.628", 1, 1)],
                    [("（四）政府信息公开专项经费", 1, 1), ("万元", 1, 1), ("12.5", 1, 1)],
                ],
            )
        ],
    )
    assert _status(read([extract(page)], CATALOGUE), "st.fees") == ("reported", Decimal("1.628"))
