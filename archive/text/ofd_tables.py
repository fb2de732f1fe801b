"""Ruled lines and the text between them as a table: what a page of fixed layout has instead of one.

Pure geometry: the lines are grouped into grids, places between which no line stands are one cell, and each character goes
to the cell that its middle stands in.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archive.text.document import Box, Cell, Place, Table
from archive.text.white_space import fold

# In points. Lines drawn twice, or a little short of each other, are one line that meets.
_SAME = 2.0
_SHORTEST = 4.0
_MOST_LINES = 20_000
_MOST_EDGES = 500


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line along an axis: from `start` to `end` along it, `at` across it."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Glyph:
    """A piece of text, mostly one character, and its box: left, top, right, bottom, in points from the top left."""

    text: str
    box: Box

    @property
    def middle(self) -> tuple[float, float]:
        """The point that says in which cell it stands."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True, slots=True)
class Grid:
    """A group of lines that meet: the places of its columns and rows, and which lines are drawn between them."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    across: tuple[Stroke, ...]
    down: tuple[Stroke, ...]

    def holds(self, glyph: Glyph) -> bool:
        """Whether a character stands inside."""
        x, y = glyph.middle
        return self.xs[0] < x < self.xs[-1] and self.ys[0] < y < self.ys[-1]


def grids(across: Iterable[Stroke], down: Iterable[Stroke]) -> list[Grid]:
    """The grids that the lines of a page make, from top to bottom; lines that meet no other make none."""
    flat, tall = _joined(across), _joined(down)
    if len(flat) + len(tall) > _MOST_LINES:
        return []
    group = list(range(len(flat) + len(tall)))

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for i, line in enumerate(flat):
        for j, post in enumerate(tall, len(flat)):
            if _within(line.at, post.start, post.end) and _within(post.at, line.start, line.end):
                group[root(i)] = root(j)
    found: dict[int, tuple[list[Stroke], list[Stroke]]] = {}
    for at in range(len(group)):
        rows, columns = found.setdefault(root(at), ([], []))
        (rows if at < len(flat) else columns).append(flat[at] if at < len(flat) else tall[at - len(flat)])
    made = []
    for rows, columns in found.values():
        xs, ys = _edges(line.at for line in columns), _edges(line.at for line in rows)
        if len(xs) > 1 and len(ys) > 1 and max(len(xs), len(ys)) <= _MOST_EDGES:
            made.append(Grid(xs, ys, tuple(rows), tuple(columns)))
    return sorted(made, key=lambda grid: (grid.ys[0], grid.xs[0]))


def table(grid: Grid, glyphs: Sequence[Glyph], *, index: int, page: int | None) -> Table:
    """The table of a grid with the characters that stand in it."""
    height, width = len(grid.ys) - 1, len(grid.xs) - 1
    owner = {(row, column): (row, column) for row in range(height) for column in range(width)}

    def open_right(row: int, column: int) -> bool:
        middle = (grid.ys[row] + grid.ys[row + 1]) / 2
        return not any(
            _near(s.at, grid.xs[column + 1]) and _within(middle, s.start, s.end) for s in grid.down
        )

    def open_below(row: int, column: int) -> bool:
        middle = (grid.xs[column] + grid.xs[column + 1]) / 2
        return not any(_near(s.at, grid.ys[row + 1]) and _within(middle, s.start, s.end) for s in grid.across)

    cells: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    for row, column in owner:
        if (row, column) in taken:
            continue
        wide = 1
        while (
            column + wide < width and (row, column + wide) not in taken and open_right(row, column + wide - 1)
        ):
            wide += 1
        high = 1
        while row + high < height and all(open_below(row + high - 1, column + k) for k in range(wide)):
            high += 1
        taken.update((row + i, column + k) for i in range(high) for k in range(wide))
        box = (grid.xs[column], grid.ys[row], grid.xs[column + wide], grid.ys[row + high])
        cells.append(Cell("", row + 1, column + 1, high, wide, Place(page=page, box=_rounded(box))))
    inside: dict[int, list[Glyph]] = {}
    places = {
        (c.row + i, c.column + k): n
        for n, c in enumerate(cells)
        for i in range(c.rowspan)
        for k in range(c.colspan)
    }
    for glyph in glyphs:
        if grid.holds(glyph):
            x, y = glyph.middle
            at = (bisect_right(grid.ys, y), bisect_right(grid.xs, x))
            inside.setdefault(places[at], []).append(glyph)
    filled = [
        replace(cell, text=" ".join(lines(inside.get(n, []), wrapped=True))) for n, cell in enumerate(cells)
    ]
    whole = _rounded((grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1]))
    return Table(index, tuple(filled), drawn=True, place=Place(page=page, box=whole))


def lines(glyphs: Iterable[Glyph], *, wrapped: bool = False) -> list[str]:
    """The text of characters line by line, from top to bottom.

    With `wrapped` a line that goes on in the next is joined to it: words of a cell break wherever its side is. Two lines
    of figures are two numbers, though: which of both it is cannot be known, so they stay apart.
    """
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda glyph: (glyph.middle[1], glyph.box[0])):
        if (
            rows
            and glyph.middle[1] < rows[-1][0].box[3]
            and glyph.middle[1] - rows[-1][0].middle[1] < _height(glyph) / 2
        ):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    texts = [text for row in rows if (text := fold(_line(sorted(row, key=lambda glyph: glyph.box[0]))))]
    if not wrapped:
        return texts
    out: list[str] = []
    for text in texts:
        if out and not (out[-1][-1].isascii() and text[0].isascii()):
            out[-1] += text
        else:
            out.append(text)
    return out


def _line(row: Sequence[Glyph]) -> str:
    """Characters side by side; a gap wider than a third of the type is a blank."""
    out = ""
    right = row[0].box[0]
    for glyph in row:
        if out and glyph.box[0] - right > _height(glyph) / 3:
            out += " "
        out += glyph.text
        right = glyph.box[2]
    return out


def _height(glyph: Glyph) -> float:
    return glyph.box[3] - glyph.box[1]


def _joined(strokes: Iterable[Stroke]) -> list[Stroke]:
    """Pieces of one line put together: a form draws the lines of each cell for itself."""
    out: list[Stroke] = []
    for stroke in sorted(strokes, key=lambda s: (round(s.at / _SAME), s.start, s.end)):
        last = out[-1] if out else None
        if last is not None and _near(last.at, stroke.at) and stroke.start <= last.end + _SAME:
            out[-1] = Stroke(last.at, last.start, max(last.end, stroke.end))
        else:
            out.append(stroke)
    return [stroke for stroke in out if stroke.end - stroke.start >= _SHORTEST]


def _edges(places: Iterable[float]) -> tuple[float, ...]:
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > _SAME:
            found.append(place)
    return tuple(found)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME


def _within(place: float, start: float, end: float) -> bool:
    return start - _SAME <= place <= end + _SAME


def _rounded(box: Box) -> Box:
    left, top, right, bottom = (round(edge, 1) for edge in box)
    return left, top, right, bottom
