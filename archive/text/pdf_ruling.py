"""Which lines of a table a page of a PDF draws: strokes, thin filled boxes, dashes and dots; or none, where cells are
shades that lie side by side.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from archive.text.document import Box
from archive.text.ruled import Line, RuledTable, TooManyLines, find_tables

_THIN = 3.0
_STRAIGHT = 1.0
# Dots of a line: how large at most, how far apart, and how long the line is at least, in points.
_DOT, _DOT_GAP, _DOTTED = 1.6, 4.0, 12.0
# Of a grid made of shades: the share of cells without one at most, and how many there are at least.
_BARE = 0.06
_FEWEST_SHADES = 6


def ruling_of(page: Any) -> tuple[list[Line], list[Line]]:
    """The horizontal and the vertical lines of a page of pdfplumber that a reader would see."""
    across: list[Line] = []
    down: list[Line] = []
    dots: list[tuple[float, float]] = []

    def add(x0: float, y0: float, x1: float, y1: float) -> None:
        if abs(y1 - y0) <= _STRAIGHT and abs(x1 - x0) > abs(y1 - y0):
            across.append(Line((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= _STRAIGHT:
            down.append(Line((x0 + x1) / 2, min(y0, y1), max(y0, y1)))

    def add_thin(x0: float, y0: float, x1: float, y1: float) -> None:
        if max(x1 - x0, y1 - y0) <= _DOT:
            dots.append(((x0 + x1) / 2, (y0 + y1) / 2))
        middle = (x0 + x1) / 2 if x1 - x0 < y1 - y0 else (y0 + y1) / 2
        add(*((middle, y0, middle, y1) if x1 - x0 < y1 - y0 else (x0, middle, x1, middle)))

    for shape in page.rects:
        x0, y0, x1, y1 = _box_of(shape)
        filled, stroked = _is_seen(shape, "fill"), _is_seen(shape, "stroke")
        if min(x1 - x0, y1 - y0) <= _THIN:
            if filled or stroked:
                add_thin(x0, y0, x1, y1)
        elif stroked:
            for side in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
                add(*side)
    for shape in (*page.lines, *page.curves):
        points = [(float(x), float(y)) for x, y in shape["pts"]]
        if _is_seen(shape, "stroke"):
            for (x0, y0), (x1, y1) in pairwise(points):
                add(x0, y0, x1, y1)
        elif shape["object_type"] == "curve" and _is_seen(shape, "fill"):  # a dash, as browsers draw it
            x0, y0, x1, y1 = _box_of(shape)
            if min(x1 - x0, y1 - y0) <= _STRAIGHT and len(points) <= 5:
                add_thin(x0, y0, x1, y1)
    across += _dotted([(y, x) for x, y in dots])
    down += _dotted(dots)
    return across, down


def _dotted(dots: Iterable[tuple[float, float]]) -> Iterator[Line]:
    """Dots in a row as the line that they make: each by its place across the line and along it."""
    rows: dict[int, list[tuple[float, float]]] = {}
    for at, along in dots:
        rows.setdefault(round(at * 2), []).append((along, at))
    for row in rows.values():
        row.sort()
        start = 0
        for end in range(1, len(row) + 1):
            if end < len(row) and row[end][0] - row[end - 1][0] <= _DOT_GAP:
                continue
            if row[end - 1][0] - row[start][0] >= _DOTTED:
                yield Line(row[start][1], row[start][0], row[end - 1][0])
            start = end


def shaded_tables(page: Any, figures: Sequence[tuple[float, float]]) -> list[RuledTable]:
    """The tables of a page that draws no lines, whose cells are filled boxes side by side; `figures` are the places of the
    digits of the page. A cell or two may lack its shade, as behind a page break, but none that holds a figure."""
    found = {
        tuple(round(side, 1) for side in _box_of(shape)) for shape in page.rects if _is_seen(shape, "fill")
    }
    shades = [box for box in sorted(found) if _is_high(box)]  # type: ignore[arg-type]
    if len(shades) < _FEWEST_SHADES:
        return []
    across = [Line(y, x0, x1) for x0, y0, x1, y1 in shades for y in (y0, y1)]
    down = [Line(x, y0, y1) for x0, y0, x1, y1 in shades for x in (x0, x1)]
    try:
        tables = find_tables(across, down)
    except TooManyLines:
        return []
    made = [table for table in tables if _is_made_of(table, shades, figures)]  # type: ignore[arg-type]
    # Every other row of a table has a shade: the rows between them are none of these.
    striped = sum(len(table.ys) == 2 for table in made) > 1
    return [] if striped else made


def _is_made_of(table: RuledTable, shades: Sequence[Box], figures: Sequence[tuple[float, float]]) -> bool:
    own = [box for box in shades if _is_in(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), table.box)]
    bare = [cell.box for cell in table.cells if not any(_is_same(cell.box, shade) for shade in own)]
    return (
        table.whole
        and len(own) + len(bare) == len(table.cells)
        and len(bare) <= max(1, _BARE * len(table.cells))
        and not any(_is_in(figure, box) for figure in figures for box in bare)
    )


def _is_same(one: Box, other: Box) -> bool:
    return all(abs(a - b) <= _THIN for a, b in zip(one, other, strict=True))


def _is_in(place: tuple[float, float], box: Box) -> bool:
    return box[0] <= place[0] <= box[2] and box[1] <= place[1] <= box[3]


def _is_high(box: Box) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) > _THIN


def _box_of(shape: Mapping[str, Any]) -> Box:
    return float(shape["x0"]), float(shape["top"]), float(shape["x1"]), float(shape["bottom"])


def _is_seen(shape: Mapping[str, Any], way: str) -> bool:
    colour = shape.get("non_stroking_color" if way == "fill" else "stroking_color")
    return bool(shape.get(way)) and not _is_white(colour)


def _is_white(colour: Any) -> bool:
    parts = colour if isinstance(colour, list | tuple) else (colour,)
    numbers = [part for part in parts if isinstance(part, int | float)]
    if not numbers:
        return False
    return all(n <= 0.02 for n in numbers) if len(numbers) == 4 else all(n >= 0.98 for n in numbers)
