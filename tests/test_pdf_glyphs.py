"""Characters of a PDF: of a number are those alone that stand on its line, upright, in its size and colour, and are seen."""

import unicodedata

import pytest

from archive.text.document import Document
from archive.text.extract import extract
from archive.text.radicals import with_ideographs
from crawler.replica.pdf import Sheet, assemble, show
from tests.test_pdf import HIGH, ROWS, WIDTHS, _pdf, _ruled, _text

# Where the first figure of a row of `_ruled` stands: the 12 of ROWS.
LEFT, BASE = 183.0, HIGH - 110


def _cell(more: str) -> str:
    """The cell of ROWS that holds 12, with more drawn on the page behind it."""
    [table] = extract(_pdf(_ruled(ROWS, WIDTHS, 100) + "\n" + more)).tables()
    assert [[cell.text for cell in row] for row in table.rows()][1:] == ROWS[1:]
    return table.rows()[0][1].text


def _turned(text: str, x: float, y: float, cos: float, sin: float, size: float = 9) -> str:
    shown = text.encode("utf-16-be").hex()
    return f"BT /F1 {size} Tf {cos} {sin} {-sin} {cos} {x} {y} Tm <{shown}> Tj ET"


# Marks of notes


@pytest.mark.parametrize(("rise", "name"), [(4, "sup"), (-2.5, "sub"), (0.5, "small")])
def test_a_smaller_figure_behind_a_number_is_none_of_it(rise: float, name: str) -> None:
    assert _cell(show("3", LEFT + 9, BASE + rise, 5.4)) == f"12\ufffc[{name} 3]"


def test_a_mark_of_two_figures_is_no_part_of_the_number_either() -> None:
    assert _cell(show("34", LEFT + 9, BASE + 3.5, 7)) == "12\ufffc[sup 3]\ufffc[sup 4]"


def test_a_smaller_figure_that_begins_a_number_is_none_of_it() -> None:
    assert _cell(show("3", LEFT - 2.7, BASE + 4, 5.4)) == "\ufffc[sup 3]12"


def test_a_whole_number_in_small_type_is_a_number() -> None:
    document = extract(
        _pdf(_ruled([["规章", ""], ["文件", "9"]], WIDTHS, 100) + "\n" + show("345", LEFT, BASE, 5))
    )
    assert next(document.tables()).rows()[0][1].text == "345"


def test_a_year_of_which_a_figure_was_set_anew_in_a_size_near_to_it_is_a_year() -> None:
    content = (
        show("全年202", 60, BASE, 10.5)
        + "\n"
        + show("3", 96.75, BASE, 9)
        + "\n"
        + show("件", 101.5, BASE, 10.5)
    )
    assert extract(_pdf(content)).text() == "全年2023件\n"


# Watermarks


@pytest.mark.parametrize(("cos", "sin"), [(0.966, 0.259), (0.707, 0.707), (-0.707, 0.707), (-1, 0)])
@pytest.mark.parametrize("size", [7, 9, 40])
def test_text_set_at_an_angle_is_no_part_of_a_cell(cos: float, sin: float, size: float) -> None:
    assert _cell(_turned("20260451", LEFT + 5, BASE - 2, cos, sin, size)) == "12"


def test_figures_on_their_side_make_a_cell_unreadable() -> None:
    assert "\ufffc[turned 7]" in _cell(_turned("7", LEFT + 15, BASE, 0, 1))


@pytest.mark.parametrize(("colour", "size"), [("0.8 0 0", 9), ("0.6 g", 12)])
def test_figures_of_another_colour_are_none_of_the_number(colour: str, size: float) -> None:
    paint = colour if colour.endswith("g") else f"{colour} rg"
    assert "\ufffc" in _cell(f"{paint} {show('7', LEFT + 9, BASE, size)} 0 g")


def test_a_large_figure_over_an_empty_cell_is_no_value() -> None:
    rows = [["规章", "12", ""], *ROWS[1:]]
    content = _ruled(rows, WIDTHS, 100) + "\n" + show("7", 250, HIGH - 118, 20)
    assert next(extract(_pdf(content)).tables()).rows()[0][2].text == "\ufffc[over 7]"


def test_figures_printed_over_each_other_are_no_number() -> None:
    assert _cell(show("7", LEFT + 5.5, BASE, 9)) == "12\ufffc[over 7]"


def test_a_shadow_is_no_second_number() -> None:
    assert _cell(show("12", LEFT + 0.6, BASE - 0.6, 9)) == "12"


# What is struck through, and what nobody sees


@pytest.mark.parametrize("way", ["0.5 w {x} {y} m {z} {y} l S", "{x} {y} 4.5 0.5 re f"])
def test_a_figure_that_a_line_goes_through_is_none_of_the_number(way: str) -> None:
    line = way.format(x=LEFT, y=BASE + 3, z=LEFT + 4.5)
    assert _cell(line) == "\ufffc[del 1]2"


def test_an_underlined_number_is_a_number() -> None:
    assert _cell(f"0.5 w {LEFT} {BASE - 1} m {LEFT + 9} {BASE - 1} l S") == "12"


def test_a_figure_in_the_colour_of_the_page_is_none_of_the_number() -> None:
    assert _cell(f"1 g {show('7', LEFT + 9, BASE, 9)} 0 g") == "12\ufffc[unseen 7]"


def test_white_figures_on_a_dark_ground_are_read() -> None:
    ground = f"0.2 0.3 0.6 rg 182 {HIGH - 122} 55 20 re f 1 g\n"
    document = extract(_pdf(ground + _ruled([["", "34"], ["文件", "9"]], WIDTHS, 100)))
    assert next(document.tables()).rows()[0][1].text == "34"


# Pages that lie on their side or stand on their head


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_page_shown_turned_is_read_as_if_it_stood_upright(rotate: int) -> None:
    content = _text("一、总体情况", 80) + "\n" + _ruled(ROWS, WIDTHS, 100)
    found, upright = (
        extract(assemble([Sheet(content.encode(), entries=entries)]))
        for entries in (f"/Rotate {rotate}".encode(), b"")
    )
    assert _shape(found) == _shape(upright)
    assert found.text() == upright.text()


def _shape(document: Document) -> list[list[list[str]]]:
    return [[[cell.text for cell in row] for row in table.rows()] for table in document.tables()]


# Radicals


def test_every_radical_is_read_as_the_character_that_it_looks_like() -> None:
    radicals = [chr(code) for code in (*range(0x2E80, 0x2EF4), *range(0x2F00, 0x2FD6))]
    left = [radical for radical in radicals if with_ideographs(radical) == radical]
    assert left == ["\u2e80", "\u2e9a"]  # 々 has no equivalent, and U+2E9A is no character
    found = with_ideographs("".join(radicals))
    assert all(unicodedata.name(c).startswith("CJK UNIFIED") for c in found if c not in left)
    assert with_ideographs("⻘⻄⺠⻓⻔⻢⻬⻛⻰⺟⻋⻚⻅⻉") == "青西民长门马齐风龙母车页见贝"


def test_a_font_that_names_radicals_gives_the_name_of_the_office() -> None:
    names = (
        b"begincmap 1 begincodespacerange <0000><ffff> endcodespacerange "
        b"3 beginbfchar <9752><2ed8><6c11><2ea0><6c34><2f54> endbfchar endcmap"
    )
    stream = b"<</Length %d>>stream\n%s\nendstream" % (len(names), names)
    content = _text("青山县人民政府水务局", 100)
    data = assemble([Sheet(content.encode())], objects={8: stream})
    data = data.replace(b"/Encoding/UniGB-UCS2-H", b"/ToUnicode 8 0 R/Encoding/UniGB-UCS2-H")
    assert extract(data).text() == "青山县人民政府水务局\n"
