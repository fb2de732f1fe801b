"""PDF: the same values as from HTML, whatever page, writer and page break; and nothing said of what cannot be read."""

import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import pdfplumber
import pytest

from archive.text import scan_pdf
from archive.text.confined import Confined, Limits
from archive.text.document import LOST_TABLE, Cell, Document, Heading, Paragraph, Picture, Table
from archive.text.extract import extract
from archive.text.pdf_page import read_page
from archive.text.refusal import GivenUp, NotReadable
from crawler.replica.article import Grid, Line
from crawler.replica.forms import FormCell
from crawler.replica.pdf import Sheet, assemble, pdf, show, width_of
from gxstore.reading.read import read
from tests import forms
from tests.forms import CATALOGUE, E1, E2, E3
from tests.rendered import EDITIONS, FOOTER, NAMES, edition_of, page, printed_by_lot, rendered

HIGH = 841.9
Row = Sequence[str]


def _ruled(
    rows: Sequence[Row], widths: Sequence[float], top: float, *, high: float = 24.0, way: str = "line"
) -> str:
    """A table drawn from its top left corner at 60 points: each cell at its left border, lines of a cell parted by |."""
    xs = [60.0]
    for width in widths:
        xs.append(xs[-1] + width)
    out = []
    for y in range(len(rows) + 1):
        out.append(_line(xs[0], top + y * high, xs[-1], top + y * high, way))
    out += [_line(x, top, x, top + len(rows) * high, way) for x in xs]
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            for number, line in enumerate(text.split("|")):
                out.append(show(line, xs[x] + 3, HIGH - top - y * high - 10 - 10 * number, 9))
    return "\n".join(out)


def _line(x0: float, y0: float, x1: float, y1: float, way: str) -> str:
    y0, y1 = HIGH - y0, HIGH - y1
    if way == "line":
        return f"0.5 w {x0} {y0} m {x1} {y1} l S"
    if way == "box":  # as Word and WPS draw a border
        return f"{min(x0, x1) - 0.24} {min(y0, y1) - 0.24} {abs(x1 - x0) + 0.48} {abs(y1 - y0) + 0.48} re f"
    if way == "white":
        return f"1 1 1 RG 0.5 w {x0} {y0} m {x1} {y1} l S 0 0 0 RG"
    dashes = []
    length = max(abs(x1 - x0), abs(y1 - y0))
    if way == "dots":  # as browsers draw them: squares
        places = [step / length for step in range(0, int(length) + 1, 2)]
        return " ".join(f"{x0 + (x1 - x0) * a} {y0 + (y1 - y0) * a} 0.7 0.7 re f" for a in places)
    if way == "filled dashes":  # as browsers draw them: figures of four corners
        wide, high = (2.2, 0.7) if y0 == y1 else (0.7, 2.2)
        corners = [
            (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a) for a in (s / length for s in range(0, int(length), 4))
        ]
        return " ".join(
            f"{x} {y} m {x + wide} {y} l {x + wide} {y + high} l {x} {y + high} l f" for x, y in corners
        )
    for step in range(0, int(length), 4):
        a, b = step / length, min(step + 2.5, length) / length
        dashes.append(
            f"{x0 + (x1 - x0) * a} {y0 + (y1 - y0) * a} m {x0 + (x1 - x0) * b} {y0 + (y1 - y0) * b} l S"
        )
    return "0.5 w " + " ".join(dashes)


def _text(text: str, top: float, *, left: float = 60.0, size: float = 10.5) -> str:
    return show(text, left, HIGH - top, size)


def _pdf(*contents: str, **more: bytes) -> bytes:
    return assemble([Sheet(content.encode()) for content in contents], **more)  # type: ignore[arg-type]


def _grid(document: Document) -> list[list[list[str]]]:
    return [[[cell.text for cell in row] for row in table.rows()] for table in document.tables()]


ROWS = [["规章", "12", "7"], ["行政规范性文件", "34", "9"], ["行政许可", "5", "611"]]
WIDTHS = [120.0, 60.0, 60.0]


# Reports as LibreOffice prints them


@pytest.mark.parametrize("name", NAMES)
def test_a_report_printed_by_libreoffice_gives_every_cell_and_word_of_its_page(name: str) -> None:
    found, source = extract(rendered(name)), extract(page(name).encode())
    assert found.text() == source.text().removesuffix(f"{FOOTER}\n1\n")
    shapes = [
        [
            [(cell.text, cell.row, cell.column, cell.rowspan, cell.colspan) for cell in table.cells]
            for table in document.tables()
        ]
        for document in (found, source)
    ]
    assert shapes[0] == shapes[1]
    reading, truth = read([found], CATALOGUE), forms.truth(edition_of(name))
    assert {v.code: str(v.number) for v in reading.values if v.code in truth} == {
        code: str(number) for code, number in truth.items()
    }
    assert not reading.findings
    assert all(v.where is not None for v in reading.values if v.status == "reported")


def test_the_layouts_break_tables_between_rows_and_inside_a_row() -> None:
    cut, between = 0, 0
    for name in NAMES:
        tables = list(extract(rendered(name)).tables())
        between += sum(len({cell.place.page for cell in table.cells}) > 1 for table in tables)
        with pdfplumber.open(io.BytesIO(rendered(name))) as pdf:
            pieces = [table for own in pdf.pages for table in read_page(own).tables]
        cut += sum(len(piece.ruled.ys) - 1 for piece in pieces) - sum(table.height for table in tables)
    assert between > 6
    assert cut > 2


def test_two_extractions_give_one_digest() -> None:
    digests = set()
    for _ in range(2):
        with Confined() as reader:
            digests.add(reader.extract(rendered(f"{E2}-narrow")).digest)
    assert len(digests) == 1


def test_every_place_has_its_page_and_box() -> None:
    document = extract(rendered(f"{E3}-narrow"))
    for table in document.tables():
        for cell in table.cells:
            assert cell.place.page is not None
            assert cell.place.box is not None
            left, top, right, bottom = cell.place.box
            assert 0 <= left < right <= 596
            assert 0 <= top < bottom <= 422
    assert [cell.place.page for cell in list(document.tables())[1].cells][-1] == 6


def test_the_edition_does_not_matter_to_the_test() -> None:
    assert {edition_of(name) for name in NAMES} == set(EDITIONS) == {E1, E2, E3}


# Writers


@pytest.mark.parametrize("way", ["line", "box", "dashes", "filled dashes", "dots"])
def test_lines_are_lines_however_they_are_drawn(way: str) -> None:
    assert _grid(extract(_pdf(_ruled(ROWS, WIDTHS, 100, way=way)))) == [ROWS]


def test_lines_that_nobody_sees_are_none() -> None:
    document = extract(_pdf(_ruled(ROWS, WIDTHS, 100, way="white")))
    assert not list(document.tables())
    assert "34" in document.text()


def test_a_shade_behind_a_cell_is_no_border() -> None:
    shade = f"0.9 g 62 {HIGH - 120} 50 18 re f 0 g\n"
    assert _grid(extract(_pdf(shade + _ruled(ROWS, WIDTHS, 100)))) == [ROWS]


def _shades(*, bare: tuple[int, int] | None = None) -> str:
    out = []
    for y in range(len(ROWS)):
        for x, (left, wide) in enumerate(zip((60, 180, 240), WIDTHS, strict=True)):
            if (y, x) != bare:
                out.append(f"0.9 g {left} {HIGH - 124 - 24 * y} {wide} 24 re f 0 g")
    return "\n".join(out) + "\n"


def test_cells_that_are_shades_side_by_side_are_a_table_without_lines() -> None:
    white = _ruled(ROWS, WIDTHS, 100, way="white")
    assert _grid(extract(_pdf(_shades() + white))) == [ROWS]
    assert _grid(extract(_pdf(_shades(bare=(0, 0)) + white))) == [ROWS]
    assert (
        _grid(extract(_pdf(_shades(bare=(1, 1)) + white))) == []
    )  # two cells may be one where no shade says so


def test_text_set_glyph_by_glyph_is_words_and_numbers() -> None:
    def apart(text: str, left: float, top: float) -> str:
        out, x = [], left
        for character in text:
            out.append(show(character, x, HIGH - top, 9))
            x += width_of(character, 9)
        return "\n".join(out)

    table = _ruled([["", ""], ["", ""]], [150.0, 60.0], 100)
    content = "\n".join([table, apart("行政规范性文件", 64, 112), apart("1204", 214, 112)])
    assert _grid(extract(_pdf(content)))[0][0] == ["行政规范性文件", "1204"]


def test_bold_type_made_by_printing_twice_is_read_once() -> None:
    content = _ruled(ROWS, WIDTHS, 100)
    twice = content + "\n" + show("12", 183.3, HIGH - 110, 9) + "\n" + show("规章", 63.3, HIGH - 110, 9)
    assert _grid(extract(_pdf(twice))) == [ROWS]


def test_an_underline_and_a_frame_are_no_table() -> None:
    frame = f"40 60 515 720 re S\n{_line(60, 132, 160, 132, 'line')}\n"
    document = extract(_pdf(frame + _text("一、总体情况", 130) + "\n" + _text("全年公开12件。", 160)))
    assert document.blocks
    assert not list(document.tables())


def test_merged_cells_are_those_without_a_line_between() -> None:
    lines = [
        _line(60, 100, 260, 100, "line"), _line(110, 124, 260, 124, "line"), _line(60, 148, 260, 148, "line"),
        _line(60, 100, 60, 148, "line"), _line(110, 100, 110, 148, "line"), _line(180, 124, 180, 148, "line"),
        _line(260, 100, 260, 148, "line"),
    ]  # fmt: skip
    texts = [
        _text("总计", 124),
        _text("申请人情况", 112, left=115),
        _text("7", 138, left=115),
        _text("8", 138, left=185),
    ]
    [table] = extract(_pdf("\n".join([*lines, *texts]))).tables()
    assert [(c.text, c.row, c.column, c.rowspan, c.colspan) for c in table.cells] == [
        ("总计", 1, 1, 2, 1),
        ("申请人情况", 1, 2, 1, 2),
        ("7", 2, 2, 1, 1),
        ("8", 2, 3, 1, 1),
    ]


def test_a_table_open_at_both_sides_has_its_outer_columns() -> None:
    across = [_line(60, y, 300, y, "line") for y in (100, 124, 148)]
    down = [_line(180, 100, 180, 148, "line"), _line(240, 100, 240, 148, "line")]
    texts = [
        _text(text, y, left=x)
        for text, x, y in (
            ("规章", 63, 112),
            ("12", 183, 112),
            ("7", 243, 112),
            ("文件", 63, 136),
            ("34", 183, 136),
            ("9", 243, 136),
        )
    ]
    assert _grid(extract(_pdf("\n".join([*across, *down, *texts])))) == [
        [["规章", "12", "7"], ["文件", "34", "9"]]
    ]


def test_a_low_row_that_a_page_break_leaves_open_is_a_row() -> None:
    """A browser draws no line along the break: rows of 6 point type are 9 points high."""
    ys = [60.0, 69.0, 78.0, 87.0]
    lines = [_line(60, y, 300, y, "line") for y in ys[1:]] + [
        _line(x, 60, x, 87, "line") for x in (60, 180, 240, 300)
    ]
    texts = [
        show(text, x + 3, HIGH - y - 7, 6)
        for y, row in zip(ys, ROWS, strict=False)
        for x, text in zip((60, 180, 240), row, strict=True)
    ]
    assert _grid(extract(_pdf("\n".join([*lines, *texts])))) == [ROWS]


# Figures


def test_two_figures_below_each_other_in_a_cell_are_not_one() -> None:
    rows = [["规章", "12|34"], ["行政规范性文件", "9"]]
    assert _grid(extract(_pdf(_ruled(rows, [120.0, 60.0], 100))))[0][0] == ["规章", "12 34"]


def test_a_figure_broken_for_want_of_room_is_one() -> None:
    rows = [["规章", "1234|5"], ["文件", "9"]]
    assert _grid(extract(_pdf(_ruled(rows, [60.0, 25.0], 100))))[0][0] == ["规章", "12345"]


def test_two_figures_beside_each_other_in_a_cell_are_not_one() -> None:
    table = _ruled([["规章", ""], ["文件", "9"]], [60.0, 80.0], 100)
    content = "\n".join([table, _text("12", 110, left=124, size=9), _text("34", 110, left=142, size=9)])
    assert _grid(extract(_pdf(content)))[0][0] == ["规章", "12 34"]


# Page breaks


def _broken(
    upper: Sequence[Row], lower: Sequence[Row], *, between: str = "", widths: Sequence[float] = WIDTHS
) -> list[list[list[str]]]:
    top = HIGH - 60 - 24 * len(upper)
    return _grid(extract(_pdf(_ruled(upper, widths, top), between + _ruled(lower, widths, 60))))


NARROW = [48.0, 40.0, 40.0]


def test_a_break_between_rows_joins_the_table_and_no_rows() -> None:
    assert _broken(ROWS, ROWS) == [ROWS + ROWS]


def test_a_label_that_spans_whole_pages_without_a_line_above_or_below_keeps_its_column() -> None:
    pages = []
    for number, top in enumerate((720.0, 60.0, 60.0)):
        bottom = top + 24.0 * len(ROWS)
        parts = [_ruled(ROWS, WIDTHS, top), _line(20, top, 20, bottom, "line")]
        if number == 0:
            parts += [_line(20, top, 60, top, "line"), _text("办理", top + 40, left=24)]
        if number == 2:
            parts.append(_line(20, bottom, 60, bottom, "line"))
        pages.append("\n".join(parts))
    (table,) = extract(_pdf(*pages)).tables()
    assert [(c.text, c.row, c.rowspan) for c in table.cells if c.column == 1] == [("办理", 1, 9)]
    assert [[c.text for c in row if c.column > 1] for row in table.rows()] == ROWS * 3


def test_a_break_inside_a_row_joins_the_row() -> None:
    found = _broken(
        [["规章", "1", "2"], ["行政规范", "34", "9"]], [["性文件", "", ""], ["许可", "5", "6"]], widths=NARROW
    )
    assert found == [[["规章", "1", "2"], ["行政规范性文件", "34", "9"], ["许可", "5", "6"]]]


def test_a_numbered_label_that_begins_with_one_word_above_the_break_joins_its_row() -> None:
    """`1.属于` was taken for a number with its unit, and the row lost its seven values."""
    found = _broken(
        [["规章", "1", "2"], ["1.属于", "34", "9"]], [["国家秘密", "", ""], ["许可", "5", "6"]], widths=NARROW
    )
    assert found == [[["规章", "1", "2"], ["1.属于国家秘密", "34", "9"], ["许可", "5", "6"]]]


def test_a_number_that_the_break_cuts_is_not_read_in_part() -> None:
    """16 and 27 in two lines each, of which the second lies behind the break."""
    found = _broken(
        [["规章", "3", "8"], ["行政许可", "1", "2"]], [["", "", "7"], ["处罚", "5", "6"]], widths=WIDTHS
    )
    assert found == [[["规章", "3", "8"], ["行政许可", "1", "2\ufffc[cut off 7]"], ["处罚", "5", "6"]]]


def test_a_row_of_figures_with_marks_behind_a_break_is_no_head() -> None:
    marks = "\n".join(show("2", x + 7.5, HIGH - 66, 5.4) for x in (60, 84, 164))
    upper = _ruled([["总计", "复议后起诉"]], [24.0, 160.0], HIGH - 84)
    lower = _ruled([["5", "6", "7"], ["3", "8", "9"]], [24.0, 80.0, 80.0], 60) + "\n" + marks
    assert _grid(extract(_pdf(upper, lower)))[0][1:] == [
        [f"{n}\ufffc[sup 2]" for n in "567"],
        ["3", "8", "9"],
    ]


def test_figures_set_in_the_middle_of_a_cut_row_are_its_figures() -> None:
    found = _broken([["规章", "1", "2"], ["行政许可", "", ""]], [["", "34", "9"], ["处罚", "5", "6"]])
    assert found == [[["规章", "1", "2"], ["行政许可", "34", "9"], ["处罚", "5", "6"]]]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (["行政规范", "34", "9"], ["行政许可", "5", "6"]),  # figures on both sides
        (["行政规范", "34", "9"], ["性文件", "5", ""]),
        (["2.重复申", "34", "9"], ["3.其他", "", ""]),  # a label of its own
        (["规章", "34", "9"], ["行政许可", "", ""]),  # the words above had room to go on
        (["", "34", "9"], ["", "5", "6"]),
        (["规章", "", ""], ["行政许可", "", ""]),
    ],
)
def test_two_rows_at_a_break_are_never_made_one(last: Row, first: Row) -> None:
    widths = NARROW if len(last[0]) > 3 else WIDTHS
    assert _broken([["许可", "1", "2"], last], [first, ["处罚", "5", "6"]], widths=widths) == [
        [["许可", "1", "2"], list(last), list(first), ["处罚", "5", "6"]]
    ]


def test_a_row_of_one_cell_alone_on_its_page_belongs_to_the_table() -> None:
    upper = (
        _text("二、主动公开政府信息情况", HIGH - 100)
        + "\n"
        + _ruled([["第二十条第（一）项"]], [240.0], HIGH - 84)
    )
    lower = _ruled(ROWS, WIDTHS, 60)
    assert _grid(extract(_pdf(upper, lower))) == [[["第二十条第（一）项"], *ROWS]]
    box = _ruled([["本报告自发布之日起公开"]], [240.0], 200)
    assert [type(block) for block in extract(_pdf(box)).blocks] == [Paragraph]


def test_a_head_printed_again_is_left_out() -> None:
    head = ["统计指标", "单位", "统计数"]
    assert _broken([head, *ROWS], [head, *ROWS]) == [[head, *ROWS, *ROWS]]


def test_a_first_row_of_figures_that_comes_again_is_no_head() -> None:
    assert _broken(ROWS, ROWS) == [ROWS + ROWS]


def test_a_heading_between_two_tables_keeps_them_apart() -> None:
    top = HIGH - 60 - 24 * len(ROWS)
    lower = _text("三、收到和处理政府信息公开申请情况", 80) + "\n" + _ruled(ROWS, WIDTHS, 100)
    assert _grid(extract(_pdf(_ruled(ROWS, WIDTHS, top), lower))) == [ROWS, ROWS]


def test_tables_of_other_width_or_columns_are_two() -> None:
    other = [["甲", "1", "2", "3"]] * 2
    upper = _ruled(ROWS, WIDTHS, HIGH - 160)
    assert len(_grid(extract(_pdf(upper, _ruled(other, [60.0, 60.0, 60.0, 90.0], 60))))) == 2
    assert len(_grid(extract(_pdf(upper, _ruled(other, [50.0, 50.0, 70.0, 70.0], 60))))) == 2


def test_headers_footers_and_page_numbers_are_left_out() -> None:
    pages = [
        "\n".join(
            [
                _text("海原县水务局文件", 40, left=250),
                _text(f"本年办理的第{number + 40}件写在这里。", 120),
                _text(f"— {number} —", 800, left=280),
            ]
        )
        for number in (1, 2, 3)
    ]
    assert extract(_pdf(*pages)).text() == "".join(f"本年办理的第{n + 40}件写在这里。\n" for n in (1, 2, 3))


def test_a_paragraph_goes_on_over_lines_and_pages() -> None:
    full = "政府信息公开工作" * 6  # 48 characters of 9.8 points fill the line
    first = _text("　　" + full[:43], 760, size=11)
    assert extract(_pdf(first, _text("到此为止。", 60, size=11))).text() == full[:43] + "到此为止。\n"


# Pages without text


def _image(number: int) -> bytes:
    data = zlib.compress(bytes(64))
    return (
        b"<</Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
        b"/Length %d>>stream\n%s\nendstream" % (len(data), data)
    )


def _with_picture(*contents: str) -> bytes:
    number = 6 + 2 * len(contents)
    sheets = [Sheet(content.encode(), resources=b"/XObject<</Im1 %d 0 R>>" % number) for content in contents]
    return assemble(sheets, objects={number: _image(number)})


SCANNED = "q 595 0 0 842 0 0 cm /Im1 Do Q"


def test_a_scanned_page_among_pages_of_text_may_hold_any_table() -> None:
    title = _text("海原县水务局2021年政府信息公开工作年度报告", 100, size=15)
    document = extract(
        _with_picture(title + "\n" + _text("全年没有遗漏，群众评价良好，专人负责，按月清点。", 140), SCANNED)
    )
    assert [type(block) for block in document.blocks] == [Heading, Paragraph, Picture]
    assert document.blocks[-1].place.page == 2
    assert "page 2" in document.remarks[0]
    reading = read([document], CATALOGUE)
    assert {value.why for value in reading.values} == {"table_is_image"}


def test_a_hidden_text_over_a_scan_is_not_taken_for_print() -> None:
    document = extract(_with_picture(SCANNED + "\n3 Tr\n" + _text("一、总体情况 1204", 140)))
    assert [type(block) for block in document.blocks] == [Picture]
    assert "hidden text" in document.remarks[0]


def test_a_blank_page_is_no_picture() -> None:
    assert extract(_pdf(_text("一、总体情况", 100), "")).text() == "一、总体情况\n"
    assert not extract(_pdf("")).blocks


def test_fonts_that_do_not_say_what_they_draw_give_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_pdf, "can_recognise", lambda: False)  # what such a page shows may be recognised
    data = (
        _pdf(_ruled(ROWS, WIDTHS, 100))
        .replace(b"/Encoding/UniGB-UCS2-H", b"/Encoding/Identity-H   ")
        .replace(b"(GB1)", b"(Identity)")
    )
    document = extract(data)
    assert [type(block) for block in document.blocks] == [Picture]
    assert "do not say which characters" in document.remarks[-1]


# Hostile files


def test_a_file_cut_off_is_refused() -> None:
    whole = rendered(f"{E3}-portrait")
    for share in (0.2, 0.6, 0.99):
        with pytest.raises(NotReadable, match="cut off"):
            extract(whole[: int(len(whole) * share)])


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.4\n" + b"x" * 3000 + b"%%EOF",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    ],
)
def test_a_file_that_is_a_pdf_by_name_alone_is_refused(data: bytes) -> None:
    with pytest.raises(NotReadable):
        extract(data)


def test_an_encrypted_file_is_refused() -> None:
    encrypted = _pdf(_text("一、总体情况", 100)).replace(
        b"/Root 1 0 R",
        b"/Root 1 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"
        + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>",
    )  # fmt: skip
    with pytest.raises(NotReadable, match="password"):
        extract(encrypted)


def test_two_thousand_pages_are_refused() -> None:
    with pytest.raises(NotReadable, match="more than 300 pages"):
        extract(_pdf(*[_text("一", 100)] * 2000))


def test_a_stream_that_inflates_beyond_all_bounds_is_given_up() -> None:
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(b" " * (1 << 20)) for _ in range(400)) + packed.flush()
    assert len(data) < 1_000_000
    hostile = _pdf("MARK").replace(
        b"<</Length 4>>stream\nMARK", b"<</Length %d/Filter/FlateDecode>>stream\n%s" % (len(data), data)
    )
    with Confined(Limits(memory=400_000_000)) as reader:
        with pytest.raises(GivenUp, match="memory"):
            reader.extract(hostile)
        assert reader.extract(_pdf(_text("一、总体情况", 100))).text() == "一、总体情况\n"


def test_actions_and_scripts_are_not_executed(tmp_path: Path) -> None:
    note = tmp_path / "executed"
    action = (
        f"/OpenAction<</S/Launch/F(/bin/sh)/Unix<</F(/usr/bin/touch)/P({note})>>/Next<</S/JavaScript/JS(app.launchURL"
        f"\\('file://{note}'\\))>>>>"
    ).encode()
    assert extract(_pdf(_text("一、总体情况", 100), catalog=action)).text() == "一、总体情况\n"
    assert not note.exists()


def test_a_page_of_countless_lines_is_refused() -> None:
    lines = "".join(f"{x} 0 m {x} 800 l S 0 {x} m 500 {x} l S\n" for x in (n * 0.3 for n in range(4000)))
    with pytest.raises(NotReadable, match="more than any table"):
        extract(_pdf(lines + _text("一", 100)))


def test_a_cell_keeps_its_place_on_the_page() -> None:
    [table] = extract(_pdf(_ruled(ROWS, WIDTHS, 100))).tables()
    assert isinstance(table, Table)
    cell = table.cells[4]
    assert cell == Cell("34", 2, 2, place=cell.place)
    assert (cell.place.page, cell.place.box) == (1, (180.0, 124.0, 240.0, 148.0))


def test_a_number_that_the_edge_of_the_page_cuts_off_is_not_read_in_part() -> None:
    wide = [180.0, 120.0, 120.0, 115.3]  # up to the edge, at 595.3 points
    rows = [["信息内容", "甲", "乙", "丙"], ["行政许可", "529", "646", "1234567890123456789012345678"]]
    (table,) = extract(_pdf(_ruled(rows, wide, 100))).tables()
    assert [cell.text for cell in table.rows()[1]][:3] == ["行政许可", "529", "646"]
    assert table.rows()[1][3].text.endswith("\ufffc[cut off]")
    beyond = (
        _ruled([*rows[:1], ["行政许可", "529", "646", ""]], wide, 100) + "\n" + _text("817", 134, left=600)
    )
    (table,) = extract(_pdf(beyond)).tables()
    assert [cell.text for cell in table.rows()[1]] == ["行政许可", "529", "646", "\ufffc[cut off]"]


def test_a_number_that_runs_over_the_border_is_not_read_as_two() -> None:
    rows = [["信息内容", "甲", "乙"], ["行政许可", "1234567890123", ""], ["行政处罚", "46", "58"]]
    (table,) = extract(_pdf(_ruled(rows, [120.0, 40.0, 60.0], 100))).tables()
    torn = table.rows()[1]
    assert all(cell.text.endswith("\ufffc[cut off]") for cell in torn[1:])
    assert [cell.text for cell in table.rows()[2]] == ["行政处罚", "46", "58"]


def test_a_table_whose_words_run_over_its_borders_is_not_said_to_be_unpublished() -> None:
    rows = [["本年新收政府信息公开申请数量", "3", "5"], ["上年结转政府信息公开申请数量", "4", "8"]]
    parts = [_text("海原县水务局2021年政府信息公开工作年度报告", 60, size=15)]
    parts.append(_text("三、收到和处理政府信息公开申请情况", 90))
    once = _ruled([rows[0], ["规章", "4", "8"]], [40.0, 60.0, 40.0], 100)
    assert extract(_pdf("\n".join([*parts, once]))).remarks == ()
    document = extract(_pdf("\n".join([*parts, _ruled(rows, [40.0, 60.0, 40.0], 100)])))
    assert document.remarks[0].startswith(LOST_TABLE)
    whys = {value.why for value in read([document], CATALOGUE).values if value.code.startswith("ar.t3.")}
    assert whys == {"lost_in_extraction"}


@pytest.mark.parametrize("seed", [223, 236])
def test_a_head_of_merged_labels_that_the_break_cuts_is_put_together(seed: int) -> None:
    judge_layout(seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
def test_reports_printed_in_any_layout_give_their_numbers(seed: int) -> None:
    judge_layout(seed)


def judge_layout(seed: int) -> None:
    """A report printed by LibreOffice in a layout drawn by lot: all cells right, but where the paper cuts the table off."""
    edition, truth, printed = printed_by_lot(seed)
    reading = read([extract(printed)], CATALOGUE)
    assert forms.silently_wrong(reading, truth) == []
    with pdfplumber.open(io.BytesIO(printed)) as opened:
        fits = all(char["x1"] <= page.width for page in opened.pages for char in page.chars)
    wrong = forms.wrong_cells(reading, edition, truth)
    assert wrong == [] if fits else all(value is None or value.status != "reported" for _, value, _ in wrong)


def test_a_figure_that_had_nearly_room_on_its_line_belongs_to_the_number_above() -> None:
    judge_layout(133)


def test_a_page_turned_to_landscape_is_read_as_it_is_seen() -> None:
    turned = "q 0 1 -1 0 595.3 0 cm 1 0 0 1 0 -246.6 cm\n" + _ruled(ROWS, WIDTHS, 100) + "\nQ"
    document = extract(assemble([Sheet(turned.encode(), entries=b"/Rotate 90")]))
    assert _grid(document) == [ROWS]
    assert next(document.tables()).cells[1].place.box == (180.0, 100.0, 240.0, 124.0)


@pytest.mark.parametrize("seed", range(6))
def test_wherever_the_pages_break_every_cell_is_read(seed: int) -> None:
    _breaks_anywhere(seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(6, 120))
def test_wherever_the_pages_break_every_cell_is_read_at_length(seed: int) -> None:
    _breaks_anywhere(seed)


def _breaks_anywhere(seed: int) -> None:
    edition = EDITIONS[seed % 3]
    truth = forms.truth(edition, 500 + seed)
    blocks: list[Line | Grid] = [Line(forms._title(edition), "centre"), Line("一、总体情况", "heading")]
    blocks += [Line(forms._NARRATIVE)] * (seed * 7 % 23)
    for heading, table in forms.tables_of(edition, truth, {}):
        rows = tuple(tuple(FormCell(text, across, down) for text, down, across in row) for row in table)
        blocks += [Line(heading, "heading"), Grid(rows)]
    reading = read([extract(pdf(blocks))], CATALOGUE)
    found = {value.code: str(value.number) for value in reading.values if value.code in truth}
    assert found == {code: str(number) for code, number in truth.items()}


def test_tables_drawn_without_lines_were_published_and_are_said_to_be_lost() -> None:
    """Labels in two lines each, as narrow columns break them: no label of the form stands whole in the text."""
    rows = [
        ["", "自然", "商业", "科研", "公益", "法律", "其他", ""],  # nothing says what the last column is
        ["", "人", "企业", "机构", "组织", "服务", "", ""],
        ["一、本年新收申请", "3", "5", "7", "11", "13", "17", "56"],
        ["（一）予以公开", "2", "4", "6", "8", "9", "12", "41"],
    ]
    counts = [["16", "25", "10", "14", "65", "12", "20", "6", "3", "41"]]
    content = "\n".join(
        [
            _text("海原县水务局2021年政府信息公开工作年度报告", 60, size=15),
            _text("三、收到和处理政府信息公开申请情况", 90),
            _ruled(rows, [100.0, *[45.0] * 7], 100, way="white"),
            _text("四、政府信息公开行政复议、行政诉讼情况", 230),
            _text("未经复议直接起诉", 250) + "\n" + _text("复议后起诉", 250, left=200),
            _ruled(counts, [40.0] * 10, 260, way="white"),
        ]
    )
    document = extract(_pdf(content))
    assert not list(document.tables())
    reading = read([document], CATALOGUE)
    why = {
        (CATALOGUE.by_code[value.code].table, value.why)
        for value in reading.values
        if CATALOGUE.by_code[value.code].table in ("t3", "t4")
    }
    assert why == {("t3", "lost_in_extraction"), ("t4", "lost_in_extraction")}
    told = ["read.table_lost", "read.table_in_text", "read.table_in_text"]
    assert [f.rule for f in reading.findings if f.severity == "warning"] == told
