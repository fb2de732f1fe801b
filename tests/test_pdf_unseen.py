"""What a PDF draws and nobody sees: figures that something was laid over, that are not painted, or that lie in a layer which
is switched off; text under the picture of a page; tables that are pictures."""

import zlib

import pytest

from archive.text import scan_pdf
from archive.text.document import PICTURE, Document, Picture
from archive.text.extract import extract
from crawler.replica.pdf import Sheet, assemble, show
from gxstore.reading.read import read
from tests.forms import CATALOGUE
from tests.test_pdf import HIGH, ROWS, WIDTHS, _grid, _ruled, _text

LEFT, BASE = 183.0, HIGH - 110  # where the first figure of the 12 of ROWS stands
_OBJECTS = 10  # the first number that is free for more


def _drawn(content: str, resources: bytes = b"", catalog: bytes = b"", **objects: bytes) -> Document:
    sheet = Sheet(content.encode(), resources=resources)
    more = {int(name.removeprefix("o")): body for name, body in objects.items()}
    missing = dict.fromkeys(range(8, max(more, default=7)), b"null")
    return extract(assemble([sheet], catalog, missing | more))


def _picture(mask: bytes = b"") -> bytes:
    data = zlib.compress(bytes([200] * 64))
    return (
        b"<</Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
        b"%s/Length %d>>stream\n%s\nendstream" % (mask, len(data), data)
    )


def _cell(content: str, resources: bytes = b"", catalog: bytes = b"", **objects: bytes) -> str:
    """The cell of ROWS that holds 12, with more on the page."""
    document = _drawn(_ruled(ROWS, WIDTHS, 100) + "\n" + content, resources, catalog, **objects)
    [rows] = _grid(document)
    assert rows[1:] == ROWS[1:]
    return rows[0][1]


PAINT = f"{LEFT + 4.4} {BASE - 2} 6 11 re f"


@pytest.mark.parametrize("colour", ["1 1 1 rg", "0.9 g", "0 g"])
def test_a_figure_that_a_box_was_laid_over_is_none_that_is_seen(colour: str) -> None:
    assert _cell(f"{colour} {PAINT} 0 g") == "1\ufffc[unseen 2]"


def test_a_box_beneath_a_figure_hides_it_only_in_its_own_colour() -> None:
    for colour, seen in (("0.9 g", True), ("0 g", False)):
        content = f"{colour} {LEFT - 1} {BASE - 2} 12 11 re f 0 g {_ruled(ROWS, WIDTHS, 100)}"
        assert (_grid(_drawn(content))[0][0][1] == "12") is seen


def test_a_shade_that_lets_what_is_beneath_show_through_hides_nothing() -> None:
    half = b"/ExtGState<</G1<</ca 0.4>>/G2<</BM/Multiply>>>>"
    for state in ("G1", "G2"):
        assert _cell(f"q /{state} gs 1 1 0 rg {PAINT} Q", half) == "12"


def test_a_picture_over_a_figure_hides_it_unless_it_can_be_seen_through() -> None:
    over = f"q 8 0 0 12 {LEFT + 4.2} {BASE - 2} cm /Im1 Do Q"
    named = b"/XObject<</Im1 %d 0 R>>" % _OBJECTS
    assert _cell(over, named, o10=_picture()) == "1\ufffc[unseen 2]"
    assert _cell(over, named, o10=_picture(b"/SMask 11 0 R"), o11=_picture()) == "12"


@pytest.mark.parametrize(("state", "end"), [("/G1 gs", ""), ("3 Tr", "0 Tr")])
def test_a_figure_that_is_not_painted_is_none_of_the_number(state: str, end: str) -> None:
    content = f"q {state} {show('7', LEFT + 9, BASE, 9)} {end} Q {show('', 0, 0)}"
    assert _cell(content, b"/ExtGState<</G1<</ca 0>>>>") == "12\ufffc[unseen 7]"


@pytest.mark.parametrize(
    ("layer", "shown"),
    [
        (b"/Properties<</L 10 0 R>>", False),
        (b"/Properties<</L 11 0 R>>", True),
        (b"/Properties<</L 12 0 R>>", True),  # of two layers one is on
    ],
)
def test_a_figure_in_a_layer_that_is_switched_off_is_none_of_the_number(layer: bytes, shown: bool) -> None:
    found = _cell(
        f"/OC /L BDC {show('7', LEFT + 9, BASE, 9)} EMC",
        layer,
        b"/OCProperties<</OCGs[10 0 R 11 0 R]/D<</OFF[10 0 R]>>>>",
        o10=b"<</Type/OCG/Name(off)>>",
        o11=b"<</Type/OCG/Name(on)>>",
        o12=b"<</Type/OCMD/OCGs[10 0 R 11 0 R]>>",
    )
    assert found == ("127" if shown else "12\ufffc[unseen 7]")


def test_text_under_the_picture_of_a_page_is_not_taken_for_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """A searchable scan may be drawn as text, with the picture laid over it; its lines and numbers are a guess."""
    monkeypatch.setattr(scan_pdf, "can_recognise", lambda: False)
    document = _drawn(
        _text("一、总体情况", 60) + _ruled(ROWS, WIDTHS, 100) + "\nq 595 0 0 842 0 0 cm /Im1 Do Q",
        b"/XObject<</Im1 %d 0 R>>" % _OBJECTS,
        o10=_picture(),
    )
    assert [type(block) for block in document.blocks] == [Picture]
    assert "hidden text" in document.remarks[-1]


@pytest.mark.parametrize("strips", [1, 5])
def test_a_table_that_is_a_picture_in_a_page_of_text_is_not_said_to_be_unpublished(strips: int) -> None:
    parts = [
        _text("海原县水务局2021年政府信息公开工作年度报告", 60, size=15),
        _text("一、总体情况", 100),
        _text("全年没有遗漏，群众评价良好，专人负责，按月清点，及时答复。", 120),
        _text("三、收到和处理政府信息公开申请情况", 150),
    ]
    high = 250 / strips
    parts += [f"q 400 0 0 {high} 90 {400 + high * strip} cm /Im1 Do Q" for strip in range(strips)]
    document = _drawn("\n".join(parts), b"/XObject<</Im1 %d 0 R>>" % _OBJECTS, o10=_picture())
    assert document.remarks == (f"{PICTURE} on page 1",)
    whys = {value.code.split(".")[1]: value.why for value in read([document], CATALOGUE).values}
    assert whys["t3"] == "table_is_image"


def test_a_seal_and_a_picture_with_text_on_it_are_no_tables() -> None:
    parts = [_text("一、总体情况", 100), f"q 120 0 0 120 380 {HIGH - 800} cm /Im1 Do Q"]
    parts += [f"q 500 0 0 300 40 {HIGH - 400} cm /Im1 Do Q", _text("全年没有遗漏，群众评价良好。", 200)]
    document = _drawn("\n".join(parts), b"/XObject<</Im1 %d 0 R>>" % _OBJECTS, o10=_picture())
    assert document.remarks == ()


def test_a_page_that_does_not_begin_at_nought_is_read_as_it_is_seen() -> None:
    moved = "q 1 0 0 1 100 200 cm\n" + _text("一、总体情况", 60) + _ruled(ROWS, WIDTHS, 100) + "\nQ"
    sheet = Sheet(moved.encode(), entries=b"/MediaBox[100 200 695.3 1041.9]")
    document = extract(assemble([sheet]))
    assert _grid(document) == [ROWS]
    assert next(document.tables()).place.box is not None
    assert next(document.tables()).cells[1].place.box == (180.0, 100.0, 240.0, 124.0)


def test_figures_beyond_the_part_of_the_page_that_is_shown_are_not_read() -> None:
    sheet = Sheet(_ruled(ROWS, WIDTHS, 100).encode(), entries=b"/CropBox[0 0 236 841.9]")
    [rows] = _grid(extract(assemble([sheet])))
    assert [row[:2] for row in rows] == [row[:2] for row in ROWS]
    assert all("\ufffc[cut off" in row[2] for row in rows)
