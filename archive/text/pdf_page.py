"""One page of a PDF: what its drawing operators amount to, as lines of text and ruled tables.

Characters are placed one by one, since writers break text wherever they like; a line is drawn as a stroke, as a thin
filled box or as many dashes. What a reader of the page would not see as a line (white, a shade behind a cell) is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from archive.text.document import LOST_TABLE, PICTURE, Box, stand_in
from archive.text.pdf_glyphs import Glyph, TextLine, glyphs_of, lines_of, without_foreign_figures
from archive.text.pdf_layers import UNSEEN
from archive.text.pdf_ruling import ruling_of, shaded_tables
from archive.text.ruled import RuledCell, RuledTable, find_tables

_WHOLE_PAGE = 0.6
_GARBAGE = 0.05
_TOUCHING, _AT_EDGE = 0.06, 4.0
# A picture that may be a table: of the width and of the area of the page; what happens by accident.
_WIDE_PICTURE, _LEAST_PICTURE, _FEW = 0.35, 0.03, 2
_UNREADABLE = "\ufffd"
_WIDEST_PADDING = 6.0
# In points: writers reckon in units of their own.
_ROUNDING = 0.1


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell with its lines of text, from top to bottom."""

    ruled: RuledCell
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class PageTable:
    """A ruled table of one page."""

    ruled: RuledTable
    cells: tuple[TableCell, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its number from 1, its size in points, and what stands on it. `unread` says why its text could not be
    taken, where it holds any: it is a picture of a page, or its fonts do not say which characters they draw.
    """

    number: int
    width: float
    height: float
    lines: tuple[TextLine, ...] = ()
    tables: tuple[PageTable, ...] = ()
    unread: str | None = None
    remarks: tuple[str, ...] = ()


def read_page(page: Any) -> Page:
    """A page of pdfplumber as lines and tables.

    Raises:
        TooManyLines: it draws more lines than any table has.
    """
    number, width, height = page.page_number, float(page.width), float(page.height)
    across, down = ruling_of(page)
    everywhere = glyphs_of(page, across)
    on_page = [glyph for glyph in everywhere if _is_on(glyph, width, height)]
    # Words that nobody sees were not printed; a figure leaves its place, since a number may be what is left of one.
    glyphs = [glyph for glyph in on_page if glyph.is_figure or glyph.fault != "unseen"]
    if page.images and sum(glyph.fault == "unseen" for glyph in on_page) * 2 > len(on_page):
        return Page(number, width, height, unread="it is a picture with a hidden text over it")
    if not glyphs:
        blank = not page.images and not across and not down and not page.curves
        return Page(number, width, height, unread=None if blank else "it is a picture")
    if not (across and down) and _is_picture(page):
        return Page(number, width, height, unread="it is a picture with a hidden text over it")
    if sum(_UNREADABLE in glyph.text for glyph in glyphs) > _GARBAGE * len(glyphs):
        return Page(number, width, height, unread="its fonts do not say which characters they draw")
    if len(everywhere) * 2 < len(page.chars):
        return Page(number, width, height, unread="its text is set at an angle")
    figures = [glyph.middle for glyph in glyphs if glyph.is_figure]
    tables: list[PageTable] = []
    running_over = 0
    for ruled in find_tables(across, down) or shaded_tables(page, figures):
        taken = [glyph for glyph in glyphs if _holds(ruled.box, glyph)]
        ids = set(map(id, taken))
        glyphs = [glyph for glyph in glyphs if id(glyph) not in ids]
        inside = without_foreign_figures(taken)
        held = _held(ruled, inside)
        torn = _torn(ruled, held, everywhere, width)
        running_over += _running_over(held, inside)
        tables.append(PageTable(ruled, tuple(_cell(cell, held[cell], torn=cell in torn) for cell in held)))
    remarks = [
        f"a table on page {number} has cells that are no rectangles; they were taken apart"
        for table in tables
        if not table.ruled.whole
    ]
    if running_over > _FEW:
        remarks.append(f"{LOST_TABLE} on page {number} words run over the borders of their cells")
    if _shows_a_picture(page, on_page):
        remarks.append(f"{PICTURE} on page {number}")
    return Page(number, width, height, tuple(lines_of(glyphs)), tuple(tables), remarks=tuple(remarks))


def _shows_a_picture(page: Any, glyphs: Sequence[Glyph]) -> bool:
    """Whether something that may be a table stands on the page as a picture, whole or in strips: nothing is printed over it,
    and it is no seal or badge."""
    whole = float(page.width) * float(page.height)
    shown = 0.0
    for image in page.images:
        box = tuple(float(image[side]) for side in ("x0", "top", "x1", "bottom"))
        if image.get("tag") != UNSEEN and box[2] - box[0] > _WIDE_PICTURE * float(page.width):
            over = sum(_holds(box, glyph) for glyph in glyphs if glyph.fault != "unseen")  # type: ignore[arg-type]
            shown += (box[2] - box[0]) * (box[3] - box[1]) if over <= _FEW else 0.0
    return shown > _LEAST_PICTURE * whole


def _is_on(glyph: Glyph, width: float, height: float) -> bool:
    """Whether a character is on the page, at least in part."""
    box = glyph.box
    return not (box[2] < 0 or box[3] < 0 or box[0] > width or box[1] > height)


def _torn(
    table: RuledTable, held: Mapping[RuledCell, Sequence[Glyph]], glyphs: Sequence[Glyph], width: float
) -> set[RuledCell]:
    """The cells whose text goes on outside them: a number that the edge of the page cuts off, or that runs over the border
    into the next cell, is none of which a part may be read."""
    _, top, _, bottom = table.box
    beside = [g for g in glyphs if top <= g.middle[1] <= bottom and not g.text.isspace()]
    place = {id(glyph): cell for cell, inside in held.items() for glyph in inside}
    torn: set[RuledCell | None] = set()
    figures = sorted((g for g in beside if g.is_of_number), key=lambda g: (round(g.middle[1]), g.box[0]))
    for one, other in pairwise(figures):
        touching = abs(other.box[0] - one.box[2]) < _TOUCHING * one.size
        if touching and abs(one.middle[1] - other.middle[1]) <= 1:
            holders = place.get(id(one)), place.get(id(other))
            if holders[0] != holders[1]:
                torn.update(holders)
    for glyph in beside:
        if glyph.box[2] >= 0 and glyph.box[0] <= width:
            continue
        # A cell that reaches the edge shows nothing of what stands beyond it.
        for cell in table.cells:
            left, upper, right, lower = cell.box
            reaches = right > width - _AT_EDGE if glyph.box[0] > width else left < _AT_EDGE
            if reaches and upper <= glyph.middle[1] <= lower:
                torn.add(cell)
    return {cell for cell in torn if cell is not None}


def _running_over(held: Mapping[RuledCell, Sequence[Glyph]], glyphs: Sequence[Glyph]) -> int:
    """How often a word goes on in the next cell: its characters are drawn one after the other, and touch."""
    place = {id(glyph): cell for cell, inside in held.items() for glyph in inside}
    return sum(
        place.get(id(one)) != place.get(id(other))
        and abs(other.box[0] - one.box[2]) < _TOUCHING * one.size
        and abs(one.middle[1] - other.middle[1]) <= 1
        and not (one.is_of_number or other.is_of_number or one.text.isspace() or other.text.isspace())
        for one, other in pairwise(glyphs)
    )


def _is_picture(page: Any) -> bool:
    whole = float(page.width) * float(page.height)
    return any(float(image["width"]) * float(image["height"]) > _WHOLE_PAGE * whole for image in page.images)


def _holds(box: Box, glyph: Glyph) -> bool:
    x, y = glyph.middle
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _held(table: RuledTable, glyphs: Sequence[Glyph]) -> dict[RuledCell, list[Glyph]]:
    held: dict[RuledCell, list[Glyph]] = {cell: [] for cell in table.cells}
    for glyph in glyphs:
        for cell in table.cells:
            if _holds(cell.box, glyph):
                held[cell].append(glyph)
                break
    return held


def _cell(cell: RuledCell, glyphs: Sequence[Glyph], *, torn: bool) -> TableCell:
    lines = lines_of(glyphs)
    if torn:
        x, y = (cell.box[0] + cell.box[2]) / 2, (cell.box[1] + cell.box[3]) / 2
        at = lines[-1] if lines else TextLine("", (x, y, x, y), 0.0)
        lines.append(replace(at, text=stand_in("cut off")))
    return TableCell(cell, tuple(lines))


def padding_of(table: PageTable) -> float:
    """What is left free between a cell's border and its text, at least, in points."""
    gaps = (
        min(line.box[0] - cell.ruled.box[0], cell.ruled.box[2] - line.box[2])
        for cell in table.cells
        for line in cell.lines
    )
    return min(_WIDEST_PADDING, max(0.0, min(gaps, default=0.0)))


def joined(lines: Sequence[TextLine], room: float) -> str:
    """The text of lines that stand below each other, where a line has `room` points.

    A line that is full was broken for want of room, and goes on without a blank; two figures below each other that are
    not full lines are two figures.
    """
    text = ""
    before: TextLine | None = None
    for line in lines:
        if before is not None:
            first, last = line.text[0], before.text[-1]
            if (first.isascii() and first.isalnum()) and (last.isascii() and last.isalnum()):
                is_number = first.isdigit() and last.isdigit()
                text += "" if is_number and is_full(before, room, 0.6 * line.size) else " "
        text += line.text
        before = line
    return text


def is_full(line: TextLine, room: float, more: float) -> bool:
    """Whether `more` points would not have found room on the line any more."""
    return line.box[2] - line.box[0] + more > room - _ROUNDING
