"""Ruling lines become the grid of a table: merged cells are those between which no line is drawn.

Pure geometry, whatever the lines were drawn in. Coordinates in points from the top left of the page; y grows downwards.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from archive.text.document import Box

# Lines that are nearer to each other than this are one: a border is often drawn twice, or as a thin filled box.
_NEAR = 2.5
# A dashed line is many short ones.
_GAP = 4.0
_OPEN = 6.0
# The only row of a table that fits on a page may be one cell; a frame around text is higher.
_LOWEST_FRAME = 60.0
# The largest table of a report has some 70 rows and 16 columns.
_MOST_DRAWN = 50_000
_MOST_PLACES = 20_000


class TooManyLines(Exception):
    """More lines on a page than any table has."""


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal or vertical line: where it lies across its direction, and from where to where it runs along it."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class RuledCell:
    """A cell of a grid: row and column from 0, its spans, and its box."""

    row: int
    column: int
    rowspan: int
    colspan: int
    box: Box


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A grid: the places of its rows and columns from border to border, and its cells in reading order.

    `whole` is false where a cell is no rectangle; the places that it takes are cells of their own then.
    """

    ys: tuple[float, ...]
    xs: tuple[float, ...]
    cells: tuple[RuledCell, ...]
    whole: bool = True

    @property
    def box(self) -> Box:
        """The outer border."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]


def find_tables(across: Iterable[Line], down: Iterable[Line]) -> list[RuledTable]:
    """The tables that horizontal and vertical lines draw, from top to bottom.

    A frame around text is none, and neither is what lies inside a cell of another table. A single low cell may be
    what a page break has cut off a table.

    Raises:
        TooManyLines: no table has so many.
    """
    across, down = list(across), list(down)
    if len(across) + len(down) > _MOST_DRAWN:
        raise TooManyLines(f"{len(across) + len(down):,} lines")
    rows, columns = _merged(across), _merged(down)
    if len(rows) * len(columns) > _MOST_PLACES:
        raise TooManyLines(f"{len(rows):,} horizontal and {len(columns):,} vertical lines")
    tables = []
    for own_rows, own_columns in _connected(rows, columns):
        table = _grid(own_rows, own_columns)
        if table is not None and (len(table.cells) > 1 or table.ys[-1] - table.ys[0] < _LOWEST_FRAME):
            tables.append(table)
    outer = [t for t in tables if not any(o is not t and _inside(t.box, o.box) for o in tables)]
    return sorted(outer, key=lambda table: (table.box[1], table.box[0]))


def _merged(lines: Iterable[Line]) -> list[Line]:
    """Lines drawn in pieces or twice as one, in order."""
    found: list[Line] = []
    for place in _clustered(sorted(lines, key=lambda line: line.at), lambda line: line.at):
        at = sum(line.at * (line.end - line.start + 0.1) for line in place)
        at /= sum(line.end - line.start + 0.1 for line in place)
        start: float | None = None
        end = 0.0
        for line in sorted(place, key=lambda line: line.start):
            if start is None:
                start, end = line.start, line.end
            elif line.start <= end + _GAP:
                end = max(end, line.end)
            else:
                found.append(Line(at, start, end))
                start, end = line.start, line.end
        if start is not None:
            found.append(Line(at, start, end))
    return [line for line in found if line.end - line.start > _NEAR]


def _clustered(ordered: Sequence[Line], key: Callable[[Line], float]) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for line in ordered:
        if groups and key(line) - key(groups[-1][0]) <= _NEAR:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _connected(rows: list[Line], columns: list[Line]) -> list[tuple[list[Line], list[Line]]]:
    """Lines in groups that touch each other. A line that meets none at right angles is no part of a table."""
    parent = list(range(len(rows) + len(columns)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, row in enumerate(rows):
        for j, column in enumerate(columns, len(rows)):
            if (
                row.start - _NEAR <= column.at <= row.end + _NEAR
                and column.start - _NEAR <= row.at <= column.end + _NEAR
            ):
                parent[root(i)] = root(j)
    groups: dict[int, tuple[list[Line], list[Line]]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(root(i), ([], []))[0].append(row)
    for j, column in enumerate(columns, len(rows)):
        groups.setdefault(root(j), ([], []))[1].append(column)
    return [(own_rows, own_columns) for own_rows, own_columns in groups.values() if own_rows and own_columns]


def _grid(rows: list[Line], columns: list[Line]) -> RuledTable | None:
    ys = _places([row.at for row in rows], [(c.start, c.end) for c in columns])
    xs = _places([column.at for column in columns], [(r.start, r.end) for r in rows])
    high, wide = len(ys) - 1, len(xs) - 1
    if high < 1 or wide < 1:
        return None

    def walled(lines: list[Line], at: float, start: float, end: float) -> bool:
        drawn = sum(
            max(0.0, min(end, line.end) - max(start, line.start))
            for line in lines
            if abs(line.at - at) <= _NEAR
        )
        return drawn * 2 > end - start

    owner = list(range(high * wide))

    def root(index: int) -> int:
        while owner[index] != index:
            index = owner[index]
        return index

    for r in range(high):
        for c in range(wide):
            if c + 1 < wide and not walled(columns, xs[c + 1], ys[r], ys[r + 1]):
                owner[root(r * wide + c + 1)] = root(r * wide + c)
            if r + 1 < high and not walled(rows, ys[r + 1], xs[c], xs[c + 1]):
                owner[root((r + 1) * wide + c)] = root(r * wide + c)
    parts: dict[int, list[tuple[int, int]]] = {}
    for r in range(high):
        for c in range(wide):
            parts.setdefault(root(r * wide + c), []).append((r, c))
    cells: list[RuledCell] = []
    whole = True
    for places in parts.values():
        top, left = min(r for r, _ in places), min(c for _, c in places)
        down, across = max(r for r, _ in places) - top + 1, max(c for _, c in places) - left + 1
        if down * across == len(places):
            box = (xs[left], ys[top], xs[left + across], ys[top + down])
            cells.append(RuledCell(top, left, down, across, box))
        else:
            whole = False
            cells.extend(RuledCell(r, c, 1, 1, (xs[c], ys[r], xs[c + 1], ys[r + 1])) for r, c in places)
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return RuledTable(tuple(ys), tuple(xs), tuple(cells), whole)


def _places(at: list[float], extents: list[tuple[float, float]]) -> list[float]:
    """Where the lines lie; a table whose outer border is not drawn ends where its other lines end."""
    places: list[float] = []
    for place in sorted(at):
        if not places or place - places[-1] > _NEAR:
            places.append(place)
    first, last = min(start for start, _ in extents), max(end for _, end in extents)
    if first < places[0] - _OPEN:
        places.insert(0, first)
    if last > places[-1] + _OPEN:
        places.append(last)
    return places


def _inside(inner: Box, outer: Box) -> bool:
    return (
        outer[0] <= inner[0] + _NEAR
        and outer[1] <= inner[1] + _NEAR
        and outer[2] >= inner[2] - _NEAR
        and outer[3] >= inner[3] - _NEAR
    )
