"""A table that a page break has cut is put together again: the row that the break went through, the labels that span
it, and without the head that is printed anew.

Two rows are made one only where the words of a label go on below, or where all words stand on one side of the break
and all figures on the other: figures on both sides of a column are two rows, or none that can be read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archive.text.document import Cell, Place, Table, stand_in, without_stand_ins
from archive.text.pdf_glyphs import TextLine
from archive.text.pdf_page import PageTable, is_full, joined, padding_of

# Borders of a column on two pages, in points.
_SAME_BORDER = 3.0
_MOST_HEAD = 4
_LEFT_FREE = 2.2
# What begins a label of its own, and never the second half of one.
NUMBERING = re.compile(
    r"(?:[（(][一二三四五六七八九十\d]+[)）]|\d+[.．、]|[一二三四五六七八九十]+[、.．]|[①-⑳])"
)
_WORDS = re.compile(r"[\u4e00-\u9fff]{2}")
_FIGURE = re.compile(r"[+\-−－]?[\d,，.．]+\D{0,3}|[/／—–-]+|无")
# `1.属于`, the first line of a label that a break has cut, is no figure with a unit behind it.
_NUMBERED = re.compile(r"\d{1,2}[.．、,，]\D")


@dataclass(frozen=True, slots=True)
class Part:
    """A cell on its way into a table: its row from 0, its left and right border from the table's left border, its text
    with the last line of it, and the room that a line of it has."""

    row: int
    rowspan: int
    left: float
    right: float
    text: str
    last: TextLine | None
    room: float
    place: Place

    @property
    def bottom(self) -> int:
        """The row behind its last."""
        return self.row + self.rowspan


@dataclass(frozen=True, slots=True)
class Piece:
    """A table as far as it has been put together: its cells, its rows, its width, and the page that it ends on."""

    parts: tuple[Part, ...]
    height: int
    width: float
    last_page: int

    def borders(self) -> list[float]:
        """The borders of its columns from left to right."""
        places: list[float] = []
        for side in sorted({side for part in self.parts for side in (part.left, part.right)}):
            if not places or side - places[-1] > _SAME_BORDER:
                places.append(side)
        return places


def piece_of(table: PageTable, page: int) -> Piece:
    """The table of one page."""
    left, padding = table.ruled.xs[0], padding_of(table)
    parts = []
    for cell in table.cells:
        box = cell.ruled.box
        room = box[2] - box[0] - 2 * padding
        own = (round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1))
        parts.append(
            Part(
                cell.ruled.row,
                cell.ruled.rowspan,
                box[0] - left,
                box[2] - left,
                joined(cell.lines, room),
                cell.lines[-1] if cell.lines else None,
                room,
                Place(page=page, box=own),
            )
        )
    return Piece(tuple(parts), len(table.ruled.ys) - 1, table.ruled.xs[-1] - left, page)


def continued(upper: Piece, lower: Piece) -> Piece | None:
    """Two pieces on pages that follow each other as one table; None where the second is another table."""
    lower = _with_open_column(upper, lower)
    if abs(upper.width - lower.width) > _SAME_BORDER or not _columns_agree(upper, lower):
        return None
    lower = _without_head(upper, lower)
    pairs = _facing(upper, lower)
    if pairs and _has_cut_figures(pairs):
        return _sewn(upper, lower, [(a, _spoilt(b)) for a, b in pairs])
    if pairs and _is_cut(pairs):
        return _sewn(upper, lower, pairs)
    return _stacked(upper, lower)


def cut_row(upper: Piece, lower: Piece) -> list[tuple[Part, Part]]:
    """The cells of the row that the break between two pieces went through, above and below; none if it went through none."""
    if abs(upper.width - lower.width) > _SAME_BORDER:
        return []
    pairs = _facing(upper, lower)
    return pairs if pairs and _is_cut(pairs) else []


def table_of(piece: Piece, index: int) -> Table:
    """The table that a piece has become."""
    borders = piece.borders()

    def column(side: float) -> int:
        return min(range(len(borders)), key=lambda place: abs(borders[place] - side))

    cells = []
    for part in sorted(piece.parts, key=lambda part: (part.row, part.left)):
        left, right = column(part.left), column(part.right)
        cells.append(Cell(part.text, part.row + 1, left + 1, part.rowspan, max(1, right - left), part.place))
    return Table(index, tuple(cells), drawn=True, place=cells[0].place)


def _columns_agree(upper: Piece, lower: Piece) -> bool:
    """Whether the borders of one are found among those of the other."""

    def within(some: list[float], others: list[float]) -> bool:
        return all(any(abs(side - other) <= _SAME_BORDER for other in others) for side in some)

    above, below = upper.borders(), lower.borders()
    return within(above, below) or within(below, above)


def _same_columns(one: Part, other: Part) -> bool:
    return abs(one.left - other.left) <= _SAME_BORDER and abs(one.right - other.right) <= _SAME_BORDER


def _without_head(upper: Piece, lower: Piece) -> Piece:
    """The second piece without the rows of head that are printed again after a break."""
    again = 0
    for row in range(min(_MOST_HEAD, upper.height, lower.height - 1)):
        figures = any(_is_figure(part.text) for part in lower.parts if part.row == row)
        if figures or not _same_row(upper, lower, row):
            break
        again = row + 1
    head = [part for part in lower.parts if part.row < again]
    if sum(bool(part.text) for part in head) < 2 or any(part.bottom > again for part in head):
        return lower
    parts = tuple(replace(part, row=part.row - again) for part in lower.parts if part.row >= again)
    return Piece(parts, lower.height - again, lower.width, lower.last_page)


def _with_open_column(upper: Piece, lower: Piece) -> Piece:
    """The second piece with the column that a label spans over its whole page: without a line above, below or between,
    no cell is found there."""
    at, below = _left_of(upper), _left_of(lower)
    if at is None or below is None:
        return lower
    missing = below - at
    spans = any(
        part.bottom == upper.height
        and part.rowspan > 1
        and part.left <= _SAME_BORDER
        and abs(part.right - missing) <= _SAME_BORDER
        for part in upper.parts
    )
    if missing <= _SAME_BORDER or not spans or abs(upper.width - lower.width - missing) > _SAME_BORDER:
        return lower
    moved = (replace(part, left=part.left + missing, right=part.right + missing) for part in lower.parts)
    label = Part(0, lower.height, 0.0, missing, "", None, missing, Place(page=lower.last_page))
    return Piece((label, *moved), lower.height, lower.width + missing, lower.last_page)


def _left_of(piece: Piece) -> float | None:
    """Where the left border of a piece stands on its last page, in points."""
    return next(
        (
            part.place.box[0] - part.left
            for part in piece.parts
            if part.place.box is not None and part.place.page == piece.last_page
        ),
        None,
    )


def _same_row(upper: Piece, lower: Piece, row: int) -> bool:
    above = [part for part in upper.parts if part.row == row]
    below = [part for part in lower.parts if part.row == row]
    return len(above) == len(below) and all(
        a.text == b.text and a.rowspan == b.rowspan and _same_columns(a, b)
        for a, b in zip(above, below, strict=True)
    )


def _facing(upper: Piece, lower: Piece) -> list[tuple[Part, Part]]:
    """The cells on both sides of the break, two by two; none where their borders differ."""
    above = sorted((part for part in upper.parts if part.bottom == upper.height), key=lambda part: part.left)
    below = sorted((part for part in lower.parts if part.row == 0), key=lambda part: part.left)
    if len(above) != len(below) or not all(map(_same_columns, above, below)):
        return []
    return list(zip(above, below, strict=True))


def _is_figure(text: str) -> bool:
    """Whether a cell holds a number, be it one that cannot be read."""
    bare = without_stand_ins(text)
    if bare != text and not bare:
        return True
    return bool(_FIGURE.fullmatch(bare)) and not _NUMBERED.match(bare)


def _is_cut(pairs: Sequence[tuple[Part, Part]]) -> bool:
    """Whether the break goes through a row."""
    both = [(a, b) for a, b in pairs if a.text and b.text]
    if both:
        return all(_goes_on_below(a, b) for a, b in both)
    above, below = [a for a, _ in pairs if a.text], [b for _, b in pairs if b.text]
    if not above or not below:
        return not above and all(a.rowspan == 1 for a, _ in pairs)  # the row was begun, and nothing fitted in
    # Words above with nothing but figures below them, each in a column of its own: figures set in the middle.
    return all(_WORDS.search(a.text) for a in above) and all(_is_figure(b.text) for b in below)


def _has_cut_figures(pairs: Sequence[tuple[Part, Part]]) -> bool:
    """Whether the break goes through the figures of a row: the row below has some under those above, and no label where
    the row above has its own. 16 set in two lines is neither 1 nor 6."""
    figures = [(a, b) for a, b in pairs if _is_figure(b.text)]
    labels = [(a, b) for a, b in pairs if _WORDS.search(a.text) and not _is_figure(a.text)]
    own = [(a, b) for a, b in labels if a.rowspan == 1 and b.rowspan == 1]
    return (
        any(_is_figure(a.text) for a, _ in figures)
        and bool(own)
        and not any(b.text for _, b in own)
        and all(_is_figure(b.text) or not b.text or b.rowspan > 1 for _, b in pairs)
    )


def _spoilt(below: Part) -> Part:
    """A part of a number."""
    return replace(below, text=stand_in("cut off", below.text)) if _is_figure(below.text) else below


def _goes_on_below(above: Part, below: Part) -> bool:
    """Whether the words of a cell go on behind the break: its last line is full, and no label begins below it."""
    if above.last is None or NUMBERING.match(below.text):
        return False
    if _is_figure(above.text) or _is_figure(below.text):
        return False
    return is_full(above.last, above.room, _LEFT_FREE * above.last.size)


def _with(above: Part, below: Part, rows: int) -> Part:
    """A cell with what stands behind the break, over so many rows."""
    return replace(
        above,
        rowspan=rows,
        text=above.text + below.text,
        last=below.last or above.last,
        place=above.place if above.text or not below.text else below.place,
    )


def _sewn(upper: Piece, lower: Piece, pairs: Sequence[tuple[Part, Part]]) -> Piece:
    """The last row above and the first below as one."""
    shift = upper.height - 1
    parts = [part for part in upper.parts if part.bottom != upper.height]
    parts += [_with(a, b, a.rowspan + b.rowspan - 1) for a, b in pairs]
    parts += [replace(part, row=part.row + shift) for part in lower.parts if part.row > 0]
    return Piece(tuple(parts), shift + lower.height, upper.width, lower.last_page)


def _stacked(upper: Piece, lower: Piece) -> Piece:
    """The second piece below the first; a label that spans rows on both sides is one."""
    spanning = dict(_spanning(upper, lower))
    parts = [
        _with(part, lower.parts[spanning[index]], part.rowspan + lower.parts[spanning[index]].rowspan)
        if index in spanning
        else part
        for index, part in enumerate(upper.parts)
    ]
    taken = set(spanning.values())
    parts += [
        replace(part, row=part.row + upper.height)
        for index, part in enumerate(lower.parts)
        if index not in taken
    ]
    return Piece(tuple(parts), upper.height + lower.height, upper.width, lower.last_page)


def _spanning(upper: Piece, lower: Piece) -> Iterator[tuple[int, int]]:
    """The labels, by their index in both pieces, that span rows above and below the break."""
    in_head = _is_in_head(upper, lower)
    for below, part in enumerate(lower.parts):
        for above, other in enumerate(upper.parts):
            if (
                part.row == 0
                and other.bottom == upper.height
                and _same_columns(other, part)
                and (other.rowspan > 1 or part.rowspan > 1 or in_head)
                and not _is_figure(other.text)
                and (not part.text or _goes_on_below(other, part))
            ):
                yield above, below


def _is_in_head(upper: Piece, lower: Piece) -> bool:
    """Whether the break goes through a head of several rows: a label above is parted into labels below, and there are no
    figures. A label beside it with nothing below spans both rows."""
    above = [part for part in upper.parts if part.bottom == upper.height]
    below = [part for part in lower.parts if part.row == 0]
    if any(_is_figure(part.text) for part in (*above, *below)):
        return False
    return any(
        len(own) > 1 and all(part.text for part in own)
        for label in above
        if label.text
        for own in (
            [
                part
                for part in below
                if part.left >= label.left - _SAME_BORDER and part.right <= label.right + _SAME_BORDER
            ],
        )
    )
