"""The ruled lines of a scanned page as tables: cells with their spans, from the lines that are there and those that are not.

Two neighbouring places with no line between them are one merged cell. Where a line is there in part only, the cells
on both sides are in doubt: a faint line read as none would make one number out of two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_MOST_LINES = 400
_THERE, _ABSENT = 0.85, 0.25
_FEWEST_CELLS = 2
_FEWEST_CROSSED = 3
# How much darker than the paper on both sides a line is at least, of 255; how much of a line has to be.
_CONTRAST, _DENSE = 18, 0.7


@dataclass(frozen=True, slots=True)
class RuledCell:
    """A cell between lines: grid position from 1, spans, box in pixels (left, top, right, bottom), and whether its
    borders are beyond doubt."""

    row: int
    column: int
    rowspan: int
    colspan: int
    box: tuple[int, int, int, int]
    certain: bool


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A ruled table: its box in pixels and its cells in reading order."""

    box: tuple[int, int, int, int]
    cells: tuple[RuledCell, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The tables of a page from top to bottom, and the mask of all line pixels."""

    tables: tuple[RuledTable, ...]
    lines: Mask


def even_out(grey: Grey) -> Grey:
    """The page with its background made white: shadows, yellowed paper and uneven light divided away."""
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    size = max(15, (min(small.shape) // 20) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    paper = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), min(size, 31))
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    evened = cv2.divide(grey, np.maximum(paper, 1), scale=255)
    return np.asarray(evened, np.uint8)


def find_tables(page: Grey) -> Ruling:
    """The ruled tables of an upright page whose background is white (`even_out`)."""
    unit = max(page.shape[1] // 200, 4)
    across, down = _line_mask(page, unit, along=1), _line_mask(page, unit, along=0)
    down = _joined(down, _long(across, unit * 16), unit)
    across = _joined(across, down, unit)
    down = _touching(page, _joined(down, across, unit), across, unit * 9)
    across = _touching(page.T, across.T, down.T, unit * 16).T
    both = across | down
    near = cv2.dilate(both.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    tables = []
    drawn = np.zeros_like(both)
    for label in range(1, count):
        left, top, width, height = (int(n) for n in boxes[label][:4])
        if width < unit * 8 or height < unit * 3:
            continue
        area = (slice(top, top + height), slice(left, left + width))
        own = labels[area] == label
        cells = _cells(across[area] & own, down[area] & own, unit, (left, top))
        if len(cells) >= _FEWEST_CELLS:
            tables.append(RuledTable((left, top, left + width, top + height), cells))
            drawn[area] |= both[area] & own
    tables.sort(key=lambda table: (table.box[1], table.box[0]))
    return Ruling(tuple(_outermost(tables)), drawn)


def _outermost(tables: Sequence[RuledTable]) -> list[RuledTable]:
    """The tables that do not stand inside another's box."""

    def inside(one: RuledTable, other: RuledTable) -> bool:
        return one is not other and all(
            (a >= b) if i < 2 else (a <= b) for i, (a, b) in enumerate(zip(one.box, other.box, strict=True))
        )

    return [table for table in tables if not any(inside(table, other) for other in tables)]


def _line_mask(page: Grey, unit: int, *, along: int) -> Mask:
    """The pixels of lines that run along an axis (1: across, 0: down).

    A pixel of a line is darker than the paper on both sides of it, and so are most of its neighbours along the line:
    noise breaks no line, and the strokes of letters are too short to be one.
    """
    smooth = cv2.blur(page, (5, 1) if along else (1, 5)).astype(np.int16)
    reach = unit // 2 + 1
    beyond = np.full_like(smooth, 255)
    if along:
        beyond[reach:-reach] = np.minimum(smooth[: -2 * reach], smooth[2 * reach :])
    else:
        beyond[:, reach:-reach] = np.minimum(smooth[:, : -2 * reach], smooth[:, 2 * reach :])
    ridge = (beyond - smooth > _CONTRAST).astype(np.float32)
    length = unit * 6 if along else unit * 5 // 2
    run = length * 2 // 3
    dense = (cv2.blur(ridge, (run, 1) if along else (1, run)) >= _DENSE).astype(np.uint8)
    kernel = np.ones((1, length - run // 2) if along else (length - run // 2, 1), np.uint8)
    kept = cv2.morphologyEx(dense, cv2.MORPH_OPEN, kernel)
    ends = np.ones((1, run // 2) if along else (run // 2, 1), np.uint8)
    return np.asarray(cv2.dilate(kept, ends) > 0)


def _joined(pieces: Mask, others: Mask, unit: int) -> Mask:
    """The pieces of lines that reach from one crossing line to another, or cross several: strokes of letters do neither.
    Upright ones may reach from a crossing line to where the others end, too.

    A line that a figure touches is broken there, between two crossings.
    """
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(pieces.astype(np.uint8), connectivity=8)
    crossing = cv2.dilate(others.astype(np.uint8), np.ones((2 * unit + 1, 2 * unit + 1), np.uint8)) > 0
    kept = np.zeros(count, bool)
    one_sided: list[tuple[int, bool]] = []
    for label in range(1, count):
        left, top, width, height = (int(n) for n in boxes[label][:4])
        if width > height:
            first, last = crossing[top : top + height, left], crossing[top : top + height, left + width - 1]
        else:
            first, last = crossing[top, left : left + width], crossing[top + height - 1, left : left + width]
        kept[label] = (first.any() and last.any()) or _crosses(others, (left, top, width, height))
        if not kept[label] and first.any() != last.any() and height >= max(unit * 4, width):
            one_sided.append((label, bool(last.any())))
    # A table that a page break cut is open there: all its vertical lines end at one height.
    ends = (
        boxes[kept][:, cv2.CC_STAT_TOP],
        boxes[kept][:, cv2.CC_STAT_TOP] + boxes[kept][:, cv2.CC_STAT_HEIGHT],
    )
    for label, above in one_sided:
        top, height = int(boxes[label][cv2.CC_STAT_TOP]), int(boxes[label][cv2.CC_STAT_HEIGHT])
        others_end = np.abs(ends[0] - top) if above else np.abs(ends[1] - (top + height))
        kept[label] = np.count_nonzero(others_end <= unit) >= _FEWEST_CROSSED
    return np.asarray(kept[labels])


def _crosses(others: Mask, box: tuple[int, int, int, int]) -> bool:
    """Whether a piece crosses so many lines that it is one."""
    left, top, width, height = box
    met = np.asarray(others[top : top + height, left : left + width].any(axis=0 if width > height else 1))
    begins = np.count_nonzero(met[1:] & ~met[:-1]) + bool(met[0])
    return bool(begins >= _FEWEST_CROSSED)


def _touching(page: Grey, down: Mask, across: Mask, short: int) -> Mask:
    """The vertical pieces without the short ones that leave a gap to the line above or below: in a narrow row the
    stroke of a letter nearly reaches both, in a narrow column a dash."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(down.astype(np.uint8), connectivity=8)
    kept = np.ones(count, bool)
    for label in range(1, count):
        left, top, width, height = (int(n) for n in boxes[label][:4])
        if height > short:
            continue
        first = max(top - short // 4, 0)
        area = (slice(first, top + height + short // 4), slice(left, left + width))
        crossed = np.nonzero(across[area].any(axis=1))[0]
        middle = top - first + height // 2
        above, below = crossed[crossed < middle], crossed[crossed > middle]
        if not len(above) or not len(below):
            kept[label] = False
            continue
        profile = page[area].min(axis=1).astype(float)[int(above[-1]) + 1 : int(below[0])]
        if len(profile):
            limit = np.median(profile) + (255.0 - np.median(profile)) * 0.55
            kept[label] = bool((profile < limit).all())
    kept[0] = False
    return np.asarray(kept[labels])


def _long(pieces: Mask, length: int) -> Mask:
    """The pieces that are at least so many pixels long."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(pieces.astype(np.uint8), connectivity=8)
    kept = np.array([i > 0 and max(boxes[i][2], boxes[i][3]) >= length for i in range(count)])
    return np.asarray(kept[labels])


def _cells(across: Mask, down: Mask, unit: int, origin: tuple[int, int]) -> tuple[RuledCell, ...]:
    ys, xs = _places(across, unit, axis=1), _places(down, unit, axis=0)
    height, width = across.shape
    ys, xs = _with_ends(ys, height, unit), _with_ends(xs, width, unit)
    if not 2 <= len(ys) <= _MOST_LINES or not 2 <= len(xs) <= _MOST_LINES:
        return ()
    over = _cover(across, ys, xs, unit)
    beside = _cover(down.T, xs, ys, unit).T
    return _merged(over, beside, ys, xs, origin)


def _places(mask: Mask, unit: int, axis: int) -> list[int]:
    """Where lines stand: the centres of their pieces, those nearer than a letter is thick taken together."""
    count, _, boxes, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    found = sorted(
        (float(centres[i][axis]), float(boxes[i][cv2.CC_STAT_WIDTH if axis else cv2.CC_STAT_HEIGHT]))
        for i in range(1, count)
    )
    groups: list[list[tuple[float, float]]] = []
    for at, length in found:
        if groups and at - groups[-1][-1][0] <= unit * 0.8:
            groups[-1].append((at, length))
        else:
            groups.append([(at, length)])
    return [round(sum(at * length for at, length in g) / sum(length for _, length in g)) for g in groups]


def _with_ends(places: list[int], size: int, unit: int) -> list[int]:
    """The places with both ends of the table: an open side is closed there."""
    if not places or places[0] > unit * 2:
        places = [0, *places]
    if places[-1] < size - 1 - unit * 2:
        places = [*places, size - 1]
    return places


def _cover(lines: Mask, places: Sequence[int], ends: Sequence[int], unit: int) -> npt.NDArray[np.float64]:
    """How much of each piece of each line is drawn, 0 to 1: one row a line, one column a piece."""
    reach = max(unit // 2 + 1, 3)
    cover = np.zeros((len(places), len(ends) - 1))
    for i, at in enumerate(places):
        seen = np.asarray(lines[max(at - reach, 0) : at + reach + 1].any(axis=0), bool)
        for j, (start, stop) in enumerate(pairwise(ends)):
            inner = seen[start + 2 : max(stop - 1, start + 3)]
            cover[i, j] = inner.mean() if inner.size else 0.0
    return cover


def _merged(
    over: npt.NDArray[np.float64],
    beside: npt.NDArray[np.float64],
    ys: Sequence[int],
    xs: Sequence[int],
    origin: tuple[int, int],
) -> tuple[RuledCell, ...]:
    """The places between the lines, those with no line between them taken together. A group that is no rectangle
    stays apart, place by place, and is in doubt."""
    rows, columns = len(ys) - 1, len(xs) - 1
    over[0, :] = over[rows, :] = 1.0
    beside[:, 0] = beside[:, columns] = 1.0
    limit = (_THERE + _ABSENT) / 2
    group = np.arange(rows * columns).reshape(rows, columns)

    def join(one: int, other: int) -> None:
        group[group == other] = one

    for y in range(rows):
        for x in range(columns):
            if y and over[y, x] < limit:
                join(int(group[y - 1, x]), int(group[y, x]))
            if x and beside[y, x] < limit:
                join(int(group[y, x - 1]), int(group[y, x]))
    doubt_over = (over > _ABSENT) & (over < _THERE)
    doubt_beside = (beside > _ABSENT) & (beside < _THERE)
    cells = []
    for label in np.unique(group):
        at_rows, at_columns = np.nonzero(group == label)
        y0, y1 = int(at_rows.min()), int(at_rows.max()) + 1
        x0, x1 = int(at_columns.min()), int(at_columns.max()) + 1
        whole = (y1 - y0) * (x1 - x0) == len(at_rows)
        spans = (
            [(y0, x0, y1, x1)]
            if whole
            else [(y, x, y + 1, x + 1) for y, x in zip(at_rows.tolist(), at_columns.tolist(), strict=True)]
        )
        for top, left, bottom, right in spans:
            doubt = (
                not whole
                or doubt_over[top : bottom + 1, left:right].any()
                or doubt_beside[top:bottom, left : right + 1].any()
            )
            box = (
                origin[0] + xs[left],
                origin[1] + ys[top],
                origin[0] + xs[right],
                origin[1] + ys[bottom],
            )
            cells.append(RuledCell(top + 1, left + 1, bottom - top, right - left, box, not doubt))
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return tuple(cells)
