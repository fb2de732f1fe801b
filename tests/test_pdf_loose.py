"""Tables of a PDF without lines, or with some of them: cells are placed by where their words stand, or the table is lost."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from archive.text.document import LOST_TABLE, Document
from archive.text.extract import extract
from crawler.replica.pdf import show, width_of
from gxstore.reading.read import read
from tests import forms
from tests.forms import CATALOGUE
from tests.rendered import printed_by_lot
from tests.test_pdf import HIGH, _line, _pdf, _text

HEAD = ["", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
ROWS = [
    ["一、本年新收政府信息公开申请数量", "23", "5", "7", "11", "13", "17", "76"],
    ["（一）予以公开", "12", "4", "6", "8", "9", "31", "70"],
    ["1.属于国家秘密", "41", "2", "1", "3", "14", "15", "76"],
]
EDGES = [60.0, 230.0, 270.0, 320.0, 370.0, 430.0, 490.0, 520.0, 555.0]


def _drawn(
    rows: Sequence[Sequence[str]], *, high: float = 26.0, align: str = "middle", lines: str = ""
) -> Document:
    """Rows of words without lines, or with those `across` or `down`; the lines of a cell are parted by |."""
    top, size, out = 150.0, 8.0, [_text("海原县水务局2021年政府信息公开工作年度报告", 60, size=15)]
    out += [_text("三、收到和处理政府信息公开申请情况", 90)]
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            parts = text.split("|") if text else []
            for number, part in enumerate(parts):
                left, right = EDGES[x] + 2, EDGES[x + 1] - 2
                room = right - left - width_of(part, size)
                at = left + (room / 2 if align == "middle" else room if align == "right" else 0)
                first = top + y * high + high / 2 - (len(parts) - 1) * 4.5 + 3
                out.append(_text(part, first + 9 * number, left=at, size=size))
        if lines == "across":
            out.append(_line(60, top + y * high, 555, top + y * high, "line"))
    if lines == "down":
        out += [_line(x, top, x, top + len(rows) * high, "line") for x in EDGES]
    return extract(_pdf("\n".join(out)))


def _rows(document: Document) -> list[list[str]]:
    [table] = document.tables()
    assert not table.drawn  # the reader judges the columns by what it knows of the form
    return [[cell.text for cell in row] for row in table.rows()]


@pytest.mark.parametrize("align", ["left", "middle", "right"])
@pytest.mark.parametrize("lines", ["", "across", "down"])
def test_numbers_in_columns_under_a_head_are_a_table(align: str, lines: str) -> None:
    document = _drawn([HEAD, *ROWS], align=align, lines=lines)
    assert _rows(document) == [HEAD, *ROWS]
    assert document.remarks == ()
    numbers = {str(value.number) for value in read([document], CATALOGUE).values if value.number is not None}
    assert numbers == {number for row in ROWS for number in row[1:]}


def test_a_label_in_several_lines_belongs_to_the_numbers_beside_it() -> None:
    rows = [
        HEAD,
        ROWS[0],
        ["（二）部分公开（区分处理的，|只计这一情形，|不计其他情形）", *ROWS[1][1:]],
        ROWS[2],
    ]
    whole = ["（二）部分公开（区分处理的，只计这一情形，不计其他情形）", *ROWS[1][1:]]
    assert _rows(_drawn(rows, high=34)) == [HEAD, ROWS[0], whole, ROWS[2]]


def test_a_blank_cell_stays_blank_in_its_column() -> None:
    rows = [HEAD, *ROWS, ["2.重复申请", "", "4", "", "6", "", "", "10"]]
    assert _rows(_drawn(rows)) == rows


def test_a_word_over_several_columns_is_the_head_of_none() -> None:
    over = ["", "", "", "法人或其他组织", "", "", "", ""]
    assert _rows(_drawn([over, HEAD, *ROWS])) == [HEAD, *ROWS]


def _changed(row: int, column: int, text: str) -> list[list[str]]:
    rows = [list(each) for each in (HEAD, *ROWS)]
    rows[row][column] = text
    return rows


@pytest.mark.parametrize(
    "rows",
    [
        _changed(0, 3, ""),  # a column without a head
        _changed(0, 3, "自然人科研机构其"),  # a head that stands over two
        _changed(2, 0, ""),  # a row without a label
        _changed(2, 3, "6 6"),  # two numbers in one place
        _changed(3, 0, "3.属于国家秘密"),  # items that are not counted from 1
        [HEAD, *[[*row[:2], "9", *row[3:]] for row in ROWS]],  # sums that do not hold
    ],
)
def test_where_anything_might_be_read_in_two_ways_the_table_is_lost(rows: list[list[str]]) -> None:
    document = _drawn(rows)
    assert not list(document.tables())
    assert document.remarks[0].startswith(LOST_TABLE)
    reading = read([document], CATALOGUE)
    assert {(value.number, value.why) for value in reading.values if ".t3." in value.code} == {
        (None, "lost_in_extraction")
    }


def test_running_text_with_numbers_is_no_table() -> None:
    lines = [
        "全年公开信息 417 条，其中 58 条在网站，",
        "召开会议 6 次，培训 113 人次，",
        "答复申请 23 件，没有 1 件超期。",
    ]
    document = extract(_pdf("\n".join(_text(line, 100 + 20 * at) for at, line in enumerate(lines))))
    assert not list(document.tables())
    assert document.remarks == ()


def test_few_numbers_stand_under_the_nearest_head() -> None:
    rows = [["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]]
    rows += [["规章", "12", "", "34"], ["行政规范性文件", "5", "7", "61"]]
    global_edges, EDGES[:] = list(EDGES), [60.0, 180.0, 270.0, 360.0, 450.0, 460, 470, 480, 490]
    try:
        assert _rows(_drawn(rows)) == rows
    finally:
        EDGES[:] = global_edges


def test_rows_that_are_not_found_where_a_table_was_lost_are_lost_too() -> None:
    document = _drawn([HEAD, *ROWS])
    whys = {value.why for value in read([document], CATALOGUE).values if value.code.startswith("ar.t3.")}
    assert whys >= {"row_absent"}
    torn = replace(document, remarks=(f"{LOST_TABLE} on page 1",))
    whys = {value.why for value in read([torn], CATALOGUE).values if value.code.startswith("ar.t3.")}
    assert whys == {None, "lost_in_extraction"}


def test_the_mark_of_a_note_in_a_table_without_lines_is_no_figure() -> None:
    rows = [["信息内容", "本年处理决定数量"], ["行政许可", "46"], ["行政处罚", "91"]]
    parts = [
        show(text, 60 + 100 * x, HIGH - 100 - 20 * y, 9)
        for y, row in enumerate(rows)
        for x, text in enumerate(row)
    ]
    parts.append(show("3", 169, HIGH - 116, 5))
    assert _rows(extract(_pdf("\n".join(parts))))[1] == ["行政许可", "46\ufffc[sup 3]"]


RULINGS = ("", "border-bottom: 1px solid #000", "border-left: 1px solid #000", "vertical-align: top")


def judge_loose(seed: int) -> int:
    """A report without lines printed by LibreOffice in a layout drawn by lot: no cell is wrong in silence, none is said to be
    unpublished. Gives how many are right."""
    edition, truth, printed = printed_by_lot(seed, RULINGS[seed % len(RULINGS)])
    reading = read([extract(printed)], CATALOGUE)
    assert forms.silently_wrong(reading, truth) == []
    assert not [value for value in reading.values if value.why in ("table_not_published", "row_absent")]
    return len(truth) - len(forms.wrong_cells(reading, edition, truth))


@pytest.mark.parametrize(("seed", "right"), [(304, 58), (320, 198)])
def test_reports_printed_without_lines_give_their_numbers(seed: int, right: int) -> None:
    assert judge_loose(seed) == right


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(300, 400))
def test_reports_printed_without_lines_are_never_wrong_in_silence(seed: int) -> None:
    judge_loose(seed)


def test_a_report_of_which_the_last_table_alone_was_read_says_that_the_others_are_lost() -> None:
    """The last table is the same in two editions: it says nothing of what the others should have been."""
    _, _, printed = printed_by_lot(307, RULINGS[2])
    reading = read([extract(printed)], CATALOGUE)
    assert [table.key for table in reading.tables] == ["t4"]
    asked = {cell.code for cell in CATALOGUE.of_edition("e3_2021") if not cell.heading_row}
    assert {value.code for value in reading.values} >= asked
    assert {v.why for v in reading.values if not v.code.startswith("ar.t4.")} == {"lost_in_extraction"}
