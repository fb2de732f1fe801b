"""Scanned reports: the same numbers as the report that was printed, or none; never another number that nothing names."""

import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from archive.text import allowance, picture, wire
from archive.text.confined import Confined, Limits
from archive.text.document import Cell, Document, Paragraph, Picture, Place, Table
from archive.text.extract import extract
from archive.text.refusal import NoPage, NotReadable
from archive.text.scan_glyphs import Figures, Shape, agree
from archive.text.scan_lines import find_tables
from gxstore.reading.grid import SURE_FROM
from gxstore.reading.read import read
from gxstore.reading.report import Value
from tests import forms
from tests.forms import CATALOGUE, E1, E2, E3, YEARS, silently_wrong
from tests.rendered import rendered
from tests.scanned import HAN, SANS, SERIF, Scanner, cells_of, document_of, drawn

ROW = "行政许可"


def sure(cell: Cell) -> bool:
    assert cell.confidence is not None
    return cell.confidence >= SURE_FROM


# Whole reports


def share_right(values: Sequence[Value], cells: forms.Truth) -> float:
    got = {value.code: value.number for value in values}
    return sum(got.get(code) == Decimal(str(number)) for code, number in cells.items()) / len(cells)


def judge_report(edition: str, scanner: Scanner, seed: int) -> None:
    cells = forms.truth(edition)
    reading = read([document_of(scanner.pages(rendered(f"{edition}-portrait"), seed))], CATALOGUE)
    assert silently_wrong(reading, cells) == []
    assert share_right(reading.values, cells) >= 0.98
    assert reading.title_year == YEARS[edition]
    assert reading.recognised
    assert all(v.confidence is not None for v in reading.values if v.status == "reported")
    assert all(v.where is not None and v.where.page and v.where.box for v in reading.values if v.number)


@pytest.mark.parametrize(("edition", "dpi"), [(E1, 150), (E2, 200), (E3, 300)])
def test_a_scanned_report_gives_its_numbers_and_none_that_is_wrong(edition: str, dpi: int) -> None:
    judge_report(edition, Scanner(dpi), seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("edition", [E1, E2, E3])
@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("noise", [0.0, 10.0, 16.0])
@pytest.mark.parametrize("skew", [-1.0, 0.0, 1.0, 2.5])
def test_reports_scanned_in_many_ways(edition: str, dpi: int, noise: float, skew: float) -> None:
    judge_report(edition, Scanner(dpi, skew, noise), seed=int(dpi + noise + 10 * skew))


# Cells


def test_what_a_cell_prints_is_read_and_a_blank_one_is_blank() -> None:
    rows = [
        [ROW, "0", "1", "7", "11", "+7", "-3"],
        [ROW, "1,234", "12.5", "3809.909", "/", "——", "无"],
        [ROW, "", "", "100", "0", "1", ""],
        [ROW, "117", "2046", "3589", "4671", "998", "20"],
    ]
    cells = cells_of(Scanner().scan(drawn(rows), 3))
    assert {place: cell.text for place, cell in cells.items()} == {
        (y, x): text.replace("——", "—") for y, row in enumerate(rows) for x, text in enumerate(row)
    }
    assert all(sure(cell) for (_, x), cell in cells.items() if x)


NUMBERS = [ROW, "2046", "3589", "4671", "1998", "2350", "1746"]


@pytest.mark.parametrize("font", [SERIF, HAN])
def test_a_decimal_point_that_was_lost_is_missed(font: Path) -> None:
    # a blank is as wide as a point: that is what stays where the point is gone
    lost = ["12 5", "38 25", "4 75", "106 2", "7 5", "61 38"]
    cells = cells_of(Scanner().scan(drawn([NUMBERS, [ROW, *lost]], font=font), 5))
    assert [cells[1, x].text for x in range(1, 7) if sure(cells[1, x])] == []


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("lowered", [False, True])
def test_a_small_figure_above_or_below_the_line_is_no_digit(dpi: int, lowered: bool) -> None:
    printed = ["3809", "2412", "1125", "746", "8023", "59"]
    page = drawn([NUMBERS, [ROW, *printed], NUMBERS])
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(str(SERIF), 28)
    for x, (number, share) in enumerate(zip(printed, [0.83, 0.75, 0.7, 0.83, 0.65, 0.58], strict=True)):
        behind = 100 + 420 + 170 * x + 85 + font.getlength(number) / 2 + 1
        mark = ImageFont.truetype(str(SERIF), round(28 * share))
        pen.text((behind, 284 + (8 if lowered else -9)), str(x + 1), font=mark, fill=0, anchor="lm")
    size = round(page.width * dpi / 200), round(page.height * dpi / 200)
    cells = cells_of(Scanner(noise=6).scan(page.resize(size, Image.Resampling.LANCZOS), 9))
    # As a superscript (2412²) it may be sure: that is no figure of a number.
    read_as = {x: cells[1, x].text for x in range(1, 7) if sure(cells[1, x])}
    assert {x: text for x, text in read_as.items() if text.isdecimal()} == {}
    assert all(sure(cells[2, x]) for x in range(1, 7))


def figures(*boxes: tuple[float, float, float, float], kinds: str = "") -> Figures:
    marks = kinds.split() or ["figure"] * len(boxes)
    shapes = tuple(Shape(kind, *box) for kind, box in zip(marks, boxes, strict=True))
    return Figures(np.full((44, 120), 255, np.uint8), shapes)


def test_a_figure_that_noise_broke_is_one_and_two_figures_are_never_one() -> None:
    broken = figures((6, 6, 24, 36), (28, 6, 34, 35), (35, 5, 47, 36))
    found = agree("63", broken, 22.5)
    assert found is not None
    assert [(shape.left, shape.right) for shape in found] == [(6, 24), (28, 47)]
    foot = figures((6, 28, 12, 34), (8, 5, 25, 35), (31, 5, 45, 35), kinds="dot figure figure")
    assert agree("51", foot, 22.5) is not None
    assert agree("6", broken, 22.5) is None
    assert agree("1", figures((6, 6, 12, 36), (28, 6, 34, 36)), 22.5) is None
    point = figures((6, 6, 24, 36), (26, 30, 31, 36), (37, 6, 55, 36), kinds="figure dot figure")
    assert agree("63", point, 22.5) is None


def test_a_speck_between_two_figures_is_no_decimal_point() -> None:
    page = drawn([NUMBERS, [ROW, "3809", "2412", "1125", "1746", "8023", "5391"]])
    pen = ImageDraw.Draw(page)
    for x in range(6):
        middle = 100 + 420 + 170 * x + 85
        pen.ellipse(
            (middle - 1, 294, middle + 2, 297), fill=0
        )  # on the line of writing, in the middle of the number
    cells = cells_of(Scanner().scan(page, 6))
    for x, number in enumerate(["3809", "2412", "1125", "1746", "8023", "5391"], 1):
        assert cells[1, x].text == number or not sure(cells[1, x])


def test_two_numbers_whose_line_is_lost_are_not_one() -> None:
    page = drawn(
        [NUMBERS, [ROW, "3809", "2412", "1125", "1746", "8023", "5391"], NUMBERS], missing=[(1, 1), (1, 4)]
    )
    cells = cells_of(Scanner().scan(page, 7))
    assert cells[1, 1].colspan == 2
    assert not sure(cells[1, 1])
    assert not sure(cells[1, 4])


def test_a_faint_number_is_not_blank() -> None:
    cells = cells_of(Scanner(noise=4).scan(drawn([NUMBERS, ["一"] * 1 + ["24"] * 6], grey=205), 8))
    assert all(cells[1, x].text == "24" or not sure(cells[1, x]) for x in range(1, 7))


# Rows that a page break cuts

LABEL = "1.申请人无正当理由逾期不补正"
HALF = [LABEL, "11", "12", "13", "14", "15", "65"]


def open_at(page: Image.Image, row: int) -> Image.Image:
    """The page without the line above a row: as a browser prints the end of a table that goes on over the page."""
    y = 200 + 56 * row
    pen = ImageDraw.Draw(page)
    for left in range(522, 1540, 170):
        pen.rectangle((left, y - 2, left + 166, y + 3), fill=255)
    pen.rectangle((103, y - 2, 517, y + 3), fill=255)
    return page


@pytest.mark.parametrize("is_open", [False, True])
def test_a_row_that_the_page_break_cuts_is_whole_and_the_next_page_begins_with_the_next(
    is_open: bool,
) -> None:
    upper = drawn([NUMBERS, NUMBERS, HALF])
    lower = drawn(
        [["不再处理", "", "", "", "", "", ""], ["2.其他", "21", "22", "23", "24", "25", "115"], NUMBERS]
    )
    if is_open:
        upper, lower = open_at(upper, 3), open_at(lower, 0)
    above, below = document_of([Scanner().scan(upper, 1), Scanner().scan(lower, 2)]).tables()
    assert [cell.text for cell in above.rows()[2]] == [f"{LABEL}不再处理", *HALF[1:]]
    assert all(sure(cell) and cell.place.page == 1 for cell in above.rows()[2][1:])
    assert [[cell.text for cell in row] for row in below.rows()] == [
        ["2.其他", "21", "22", "23", "24", "25", "115"],
        NUMBERS,
    ]


def test_figures_below_the_break_make_a_row_of_their_own() -> None:
    lower = drawn([["不再处理", "", "31", "", "", "", ""], ["2.其他", "21", "22", "23", "24", "25", "115"]])
    above, below = document_of([Scanner().scan(drawn([NUMBERS, HALF]), 1), Scanner().scan(lower, 2)]).tables()
    assert (above.height, below.height) == (2, 2)
    assert above.rows()[1][0].text == LABEL


def test_a_line_that_begins_at_the_open_end_of_a_table_is_found() -> None:
    page = Image.new("L", (1654, 700), 255)
    pen = ImageDraw.Draw(page)
    for x in (100, 520, 700, 880, 1060):
        pen.line((x, 150, x, 500), fill=0, width=2)
    pen.line((310, 150, 310, 400), fill=0, width=2)
    for left, y in ((520, 260), (310, 320), (100, 400), (100, 500)):
        pen.line((left, y, 1060, y), fill=0, width=2)
    (table,) = find_tables(np.asarray(page)).tables
    assert [(cell.rowspan, cell.colspan) for cell in table.cells if cell.row == 1][:2] == [(3, 1), (2, 1)]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(24))
def test_numbers_of_every_kind_are_right_or_not_sure(seed: int) -> None:
    chance = random.Random(seed)
    makers: list[Callable[[], str]] = [
        lambda: str(chance.randrange(10)),
        lambda: str(chance.randrange(10, 100_000)),
        lambda: f"{chance.randrange(1, 999)}.{chance.randrange(1, 99)}",
        lambda: f"{chance.randrange(1000, 99_999):,}",
        lambda: chance.choice("+-") + str(chance.randrange(1, 60)),
        lambda: chance.choice(["111", "77", "1717", "88888", "1000"]),
        lambda: "",
    ]
    rows = [[ROW, *(chance.choice(makers)() for _ in range(6))] for _ in range(12)]
    page = drawn(rows, font=chance.choice([SERIF, SANS, HAN]), size=chance.choice([24, 28, 32]))
    cells = cells_of(Scanner(chance.choice([150, 200, 300]), chance.uniform(-2, 2), 12).scan(page, seed))
    wrong = [
        (rows[y][x], cell.text, cell.confidence)
        for (y, x), cell in cells.items()
        if x and sure(cell) and cell.text != rows[y][x]
    ]
    assert wrong == []


# Pages


def saved(image: Image.Image, format: str, **how: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **how)
    return file.getvalue()


SMALL = [["信息内容", "本年处理决定数量"], [ROW, "529"], ["行政处罚", "646"]]


def small_page() -> Image.Image:
    return drawn(SMALL, widths=(500, 500))


def test_pictures_of_every_kind_are_the_same_page() -> None:
    page = small_page()
    turned = page.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise when shown
    for data in (
        saved(page, "PNG"),
        saved(page.convert("CMYK"), "JPEG", quality=95),
        saved(page.convert("1"), "TIFF", compression="group4"),
        saved(turned, "JPEG", exif=exif, quality=95),
        saved(page.convert("RGBA"), "PNG"),
        saved(page, "GIF", save_all=True, append_images=[Image.new("L", page.size, 255)]),
        saved(page, "BMP"),
        saved(Image.fromarray(np.asarray(page, np.uint16) * 256), "PNG"),
    ):
        (read_page,) = picture.pages_of(data)
        assert read_page.pixels.shape == (page.height, page.width)
        assert np.abs(read_page.pixels.astype(int) - np.asarray(page, int)).mean() < 2


@pytest.mark.parametrize("turn", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180])
def test_a_page_laid_on_its_side_or_its_head_is_turned(turn: Image.Transpose) -> None:
    page = small_page()
    document = extract(saved(page.transpose(turn), "PNG"))
    assert [[cell.text for cell in row] for table in document.tables() for row in table.rows()] == SMALL
    (table,) = document.tables()
    last = table.cells[-1].place.box
    assert last is not None
    middle = ((last[0] + last[2]) / 2, (last[1] + last[3]) / 2)
    x, y = 850, 340  # of the cell 646 on the page as drawn
    width, height = page.size
    expected = {
        Image.Transpose.ROTATE_90: (y, width - x),
        Image.Transpose.ROTATE_180: (width - x, height - y),
    }[turn]
    assert middle == pytest.approx(expected, abs=6)


def test_a_page_with_light_on_dark_is_read_as_the_other_way_round() -> None:
    light = Image.fromarray(255 - np.asarray(small_page(), np.uint8))
    (table,) = extract(saved(light, "PNG")).tables()
    assert [[cell.text for cell in row] for row in table.rows()] == SMALL


def test_two_pages_scanned_side_by_side_are_read_one_after_the_other() -> None:
    page = small_page()
    both = Image.new("L", (2 * page.width, page.height), 255)
    font = ImageFont.truetype(str(HAN), 36)
    for left, heading in ((0, "一、总体情况"), (page.width, "二、主动公开情况")):
        both.paste(page, (left, 0))
        ImageDraw.Draw(both).text((left + 120, 60), heading, font=font, fill=0)
    blocks = extract(saved(both, "PNG")).blocks
    assert [type(block) for block in blocks] == [Paragraph, Table, Paragraph, Table]
    first, second = (block for block in blocks if isinstance(block, Table))
    for table in (first, second):
        assert [[cell.text for cell in row] for row in table.rows()] == SMALL
    moved = [b.place.box[0] - a.place.box[0] for a, b in zip(first.cells, second.cells, strict=True)]  # type: ignore[index]
    assert moved == pytest.approx([page.width] * len(moved), abs=6)


def test_a_table_over_the_middle_of_a_wide_page_is_one() -> None:
    rows = [[ROW, "529", "75", "802", "31", "47", "210"] for _ in range(3)]
    page = drawn(rows)
    (table,) = extract(saved(page.crop((0, 0, page.width, page.width // 2)), "PNG")).tables()
    assert (table.height, table.width) == (3, 7)


@pytest.mark.parametrize("of_table", [False, True])
def test_a_table_whose_words_were_not_surely_read_is_not_said_to_be_unpublished(of_table: bool) -> None:
    """Thin lines, or a narrow table: its rows are found, its labels are guesses that no form has."""
    title = Paragraph("青溪县司法局2023年政府信息公开工作年度报告", confidence=0.97)
    words = ("中青奏情星", "58", "走或比他贝", "46", "1")
    cells = tuple(Cell(text, 1, at, confidence=0.2) for at, text in enumerate(words, 1))
    garbled = Table(1, cells, drawn=True) if of_table else Paragraph("第一项加Φ项中青奏情星", confidence=0.2)
    heading = Paragraph("三、收到和处理政府信息公开申请情况", confidence=0.9)
    for unsure, why in ((True, "lost_in_extraction"), (False, "table_not_published")):
        blocks = (title, heading, garbled) if unsure else (title, heading)
        found = read([Document(blocks, "image/png", None, "", "")], CATALOGUE)
        assert {value.why for value in found.values} == {why}


def test_all_pages_of_a_tiff_are_read_and_told_apart() -> None:
    data = saved(small_page(), "TIFF", save_all=True, append_images=[small_page()])
    document = extract(data)
    assert [table.place.page for table in document.tables()] == [1, 2]
    assert [table.index for table in document.tables()] == [1, 2]


def test_a_pdf_of_pictures_is_read_page_by_page() -> None:
    page = small_page().convert("RGB")
    document = extract(saved(page, "PDF", resolution=200, save_all=True, append_images=[page]))
    assert [(t.index, t.place.page) for t in document.tables()] == [(1, 1), (2, 2)]
    assert [[c.text for c in row] for t in document.tables() for row in t.rows()] == SMALL * 2
    assert next(document.tables()).place.box == pytest.approx((36, 72, 396, 132.5), abs=3)  # in points
    assert document.remarks == ()


def test_a_pdf_of_pictures_says_what_to_install_where_the_extra_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picture, "find_spec", lambda name: None if name == "rapidocr" else find_spec(name))
    document = extract(saved(small_page().convert("RGB"), "PDF", resolution=200))
    assert [type(block) for block in document.blocks] == [Picture]
    assert "gxcrawl[ocr]" in document.remarks[0]
    assert document.remarks[1:] == ("the text of page 1 was not taken: it is a picture",)


def test_what_is_recognised_comes_out_of_the_reading_process_with_its_confidence() -> None:
    data = saved(small_page(), "PNG")
    document = extract(data)
    assert wire.from_bytes(wire.to_bytes(document)) == document
    with Confined() as confined:
        assert confined.extract(data) == document


def test_the_same_bytes_give_the_same_text() -> None:
    data = Scanner().scan(small_page(), 9)
    code = (
        "import sys; from archive.text.extract import extract; print(extract(sys.stdin.buffer.read()).digest)"
    )
    run = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert run.stdout.decode().strip() == extract(data).digest == extract(data).digest


def test_recognition_asks_no_network() -> None:
    data = saved(small_page(), "PNG")
    code = (
        "import sys\n"
        "def refuse(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'): raise SystemExit('network: ' + event)\n"
        "sys.addaudithook(refuse)\n"
        "from archive.text.extract import extract\n"
        "print(len(list(extract(sys.stdin.buffer.read()).tables())))"
    )
    run = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=False)
    assert run.stdout.decode().strip() == "1", run.stderr.decode()


def _huge_png() -> bytes:
    """A PNG whose header says 50,000 by 50,000."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_a_picture_that_no_page_can_be_is_refused_with_a_sentence() -> None:
    whole = saved(small_page(), "JPEG")
    with pytest.raises(NotReadable, match=r"more than 60,000,000 pixels"):
        extract(_huge_png())
    with pytest.raises(NotReadable, match=r"damaged or cut off"):
        extract(whole[: len(whole) // 2])
    with pytest.raises(NotReadable, match=r"20 by 20 pixels only"):
        extract(saved(Image.new("L", (20, 20)), "PNG"))


def test_all_pages_are_read_that_time_allows_and_the_others_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = small_page()
    data = saved(page, "TIFF", save_all=True, append_images=[page] * 11)
    assert [table.place.page for table in extract(data).tables()] == list(range(1, 13))
    left = iter([True, True, False])
    monkeypatch.setattr(allowance, "allows", lambda _: next(left))
    document = extract(data)
    assert [table.place.page for table in document.tables()] == [1, 2]
    assert [picture.place.page for picture in document.pictures()] == [3]
    assert "page 3 and what follows it were not read" in document.remarks[0]
    assert "reading_cpu" in document.remarks[0]


def test_the_scanned_pages_of_a_pdf_that_time_did_not_last_for_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = small_page().convert("RGB")
    data = saved(page, "PDF", resolution=200, save_all=True, append_images=[page] * 4)
    left = iter([True, True, False])
    monkeypatch.setattr(allowance, "allows", lambda _: next(left))
    document = extract(data)
    assert [table.place.page for table in document.tables()] == [1, 2]
    assert [picture.place.page for picture in document.pictures()] == [3, 4, 5]
    assert [remark[:47] for remark in document.remarks] == ["the scanned pages 3 to 5 were not read, since r"]


def test_a_scan_of_many_pages_gives_what_there_was_time_for_and_is_not_given_up() -> None:
    page = small_page()
    data = saved(page, "TIFF", save_all=True, append_images=[page] * 80)
    with Confined(Limits(cpu=14, time=200)) as confined:
        document = confined.extract(data)
    read_pages = len(list(document.tables()))
    assert 1 <= read_pages < 81
    assert f"page {read_pages + 1} and what follows it were not read" in document.remarks[0]


def test_rows_on_a_page_that_was_not_read_are_not_said_to_be_absent() -> None:
    three = forms.as_html(E3, forms.tables_of(E3, forms.truth(E3), {}))
    tables = [block for block in three.blocks if isinstance(block, Table)]
    cut = replace(tables[1], cells=tuple(cell for cell in tables[1].cells if cell.row < 12))
    title = Paragraph("青溪县司法局2023年政府信息公开工作年度报告")
    found = read([Document((title, cut, Picture()), "application/pdf", None, "", "")], CATALOGUE)
    assert {value.why for value in found.values if value.status == "missing"} == {"table_is_image"}
    assert any(value.status == "reported" for value in found.values)


def test_a_line_that_a_figure_touches_still_parts_two_columns() -> None:
    rows = [[ROW, "529", "75", "802", "31", "47", "210"] for _ in range(8)]
    page = drawn(rows)
    pen = ImageDraw.Draw(page)
    edge = 100 + 420 + 170 * 3
    pen.line((edge, 200 + 56 * 3 + 20, edge, 200 + 56 * 3 + 28), fill=255, width=6)
    cells = cells_of(Scanner(noise=4, skew=0.3).scan(page, 4))
    assert {place: cell.text for place, cell in cells.items()} == {
        (y, x): text for y, row in enumerate(rows) for x, text in enumerate(row)
    }


@pytest.mark.parametrize("size", [(8, 8), (60, 60), (258, 258), (430, 425)])
def test_a_picture_of_the_size_of_an_icon_or_a_code_is_no_page(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = saved(Image.new("L", size, 200), "PNG")
    for can in (True, False):
        monkeypatch.setattr(picture, "can_recognise", lambda can=can: can)
        with pytest.raises(NoPage, match=f"{size[0]} by {size[1]} pixels"):
            extract(data)


def test_an_empty_page_says_that_a_picture_stands_there() -> None:
    document = extract(saved(Image.new("L", (1240, 1754), 255), "PNG"))
    assert document.text() == ""
    assert [p.place.page for p in document.pictures()] == [1]


# The reader


def test_without_the_extra_the_cells_are_missing_since_the_table_is_a_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picture, "find_spec", lambda name: None if name == "rapidocr" else find_spec(name))
    document = extract(saved(small_page(), "PNG"))
    title = Paragraph("青溪县司法局2023年政府信息公开工作年度报告")
    reading = read(
        [Document((title, *document.blocks), "image/png", None, "", "", remarks=document.remarks)], CATALOGUE
    )
    assert {(value.status, value.why) for value in reading.values} == {("missing", "table_is_image")}
    assert any("gxcrawl[ocr]" in finding.message for finding in reading.findings)


def stat_table(number: str, confidence: float) -> Document:
    head = [Cell(text, 1, column) for column, text in enumerate(("统计指标", "单位", "统计数"), 1)]
    row = [
        Cell("（一）主动公开政府信息数", 2, 1),
        Cell("条", 2, 2),
        Cell(number, 2, 3, confidence=confidence),
    ]
    return Document((Table(1, (*head, *row), drawn=True),), "image/png", None, "", "")


def test_a_cell_that_is_not_surely_read_gives_no_number_and_keeps_its_text() -> None:
    for text, confidence, status in (
        ("138", 0.95, "reported"),
        ("138", 0.3, "unreadable"),
        ("", 0.0, "unreadable"),
    ):
        value = read([stat_table(text, confidence)], CATALOGUE).value("st.proactive.items")
        assert value is not None
        assert (value.status, value.raw, value.confidence) == (status, text, confidence)
        assert (value.number is not None) == (status == "reported")


def test_nothing_is_taken_from_text_that_is_not_surely_read() -> None:
    told = "全年通过网站公开政府信息91条。"
    for confidence, codes in ((0.9, {"nar.website"}), (0.3, set())):
        blocks = (
            Paragraph("青溪县司法局2023年政府信息公开工作年度报告", Place(page=1), confidence),
            Paragraph(told, Place(page=1), confidence),
        )
        reading = read([Document(blocks, "image/png", None, "", "")], CATALOGUE)
        assert {fact.code for fact in reading.facts} == codes
        assert (reading.title is not None) == (confidence == 0.9)
        assert any(finding.rule == "read.unsure_text" for finding in reading.findings) == (
            confidence < SURE_FROM
        )
