"""Scanned pages become blocks: turned upright, straightened, their ruled tables read cell by cell, the rest as text.

All pages of a document are read before a cell is judged, since the figures of one page are compared with those of
the others. Boxes are given in points of the page as it came, however it was turned.
"""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from archive.text import allowance, recogniser, scan_cells, scan_lines, scan_prose
from archive.text.document import Block, Box, Cell, Paragraph, Picture, Place, Table
from archive.text.scan_break import ScannedTable, made_whole
from archive.text.scan_glyphs import Typeface

Grey = npt.NDArray[np.uint8]

VERSION = "4"
# The width that pages are read at: A4 at 200 dpi, upright and on its side.
_UPRIGHT, _ON_ITS_SIDE = 1654, 2339
_MOST_PIXELS = 40_000_000
_STEEPEST = 5.0
_LARGEST_SCALE = 4.0
# A page whose lightest and darkest pixels differ by less is blank paper.
_BLANK = 40
# Of a page with light on dark, the usual pixel. Of two pages side by side, the width for their height at least, how far to
# both sides of the middle nothing stands, and how many pixels are specks.
_DARK = 100
_WIDE, _GUTTER, _SPECKS = 1.2, 0.015, 0.0005
# A page costs 2 to 9 seconds of a core; the next one may cost more than any before it.
_LIKELY_SECONDS, _PRUDENCE = 4.0, 1.5
# Pixels of straightened pages that are kept until all are judged: about 150 pages of A4.
_MOST_KEPT = 600_000_000
# Where the heads and feet of pages stand, of their height.
_EDGE = 0.1
_SAMPLE, _SURE_SAMPLE = 6, 0.8


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as a picture: grey pixels (0 black to 255 white), its number from 1, and the size of a pixel in points; of a
    part of one, how many pixels are to the left of it."""

    pixels: Grey
    number: int
    points: float = 1.0
    left: int = 0


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A page upright and straight on white, and the way back from its pixels to those of the page as it came."""

    number: int
    points: float
    grey: Grey
    back: npt.NDArray[np.float64]

    def place(self, box: scan_prose.Pixels) -> Place:
        """A box of the straightened page as a place on the page as it came."""
        left, top, right, bottom = box
        corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]], float)
        points = (corners @ self.back.T)[:, :2] * self.points
        low, high = points.min(axis=0), points.max(axis=0)
        found: Box = tuple(round(float(n), 1) for n in (*low, *high))  # type: ignore[assignment]
        return Place(page=self.number, box=found)


@dataclass(frozen=True, slots=True)
class _Read:
    prepared: _Prepared
    tables: list[tuple[scan_lines.RuledTable, list[scan_cells.CellRead]]]
    prose: list[scan_prose.TextBlock]


def read_pages(pages: Iterable[PageImage]) -> list[tuple[Block, ...]]:
    """The blocks of each page in reading order; tables are counted over all pages from 1.

    A page on which nothing is found to read gives a `Picture`. Pages are taken as long as time and memory allow
    (`archive.text.allowance`): the list is shorter than `pages` where they do not, and those after it were not read.
    """
    reads = list(_as_many_as_allowed(pages))
    cells = [read for page in reads for _, table in page.tables for read in table]
    typeface = scan_cells.typeface_of(cells)
    index = 0
    pages_read: list[list[tuple[float, Block | ScannedTable]]] = []
    for page in reads:
        found: list[tuple[float, Block | ScannedTable]] = []
        for table, table_cells in page.tables:
            index += 1
            made = _table(page.prepared, index, table, table_cells, typeface)
            found.append((table.box[1], ScannedTable(table, table_cells, made)))
        for text in page.prose:
            paragraph = Paragraph(text.text, page.prepared.place(text.box), text.confidence)
            found.append((text.box[1], paragraph))
        found.sort(key=lambda block: block[0])
        pages_read.append(found)
    _make_cut_rows_whole(reads, pages_read)
    blocks: dict[int, list[Block]] = {}
    for page, found in zip(reads, pages_read, strict=True):
        own = blocks.setdefault(page.prepared.number, [])
        own.extend(block.table if isinstance(block, ScannedTable) else block for _, block in found)
    return [tuple(these) or (Picture(place=Place(page=number)),) for number, these in blocks.items()]


def _make_cut_rows_whole(
    reads: Sequence[_Read], pages: Sequence[list[tuple[float, Block | ScannedTable]]]
) -> None:
    """Makes whole the row that the break between two pages went through: the last table of one, the first of the next."""
    for (one, upper), (other, lower) in pairwise(zip(reads, pages, strict=True)):
        high = one.prepared.grey.shape[0] * (1 - _EDGE), other.prepared.grey.shape[0] * _EDGE
        last = next((i for i, (y, _) in reversed(list(enumerate(upper))) if y < high[0]), None)
        first = next(
            (i for i, (y, block) in enumerate(lower) if y > high[1] or isinstance(block, ScannedTable)), None
        )
        if last is None or first is None:
            continue
        (top, above), (start, below) = upper[last], lower[first]
        if not isinstance(above, ScannedTable) or not isinstance(below, ScannedTable):
            continue
        if whole := made_whole(above, below):
            upper[last] = top, replace(above, table=whole[0])
            lower[first] = start, replace(below, table=whole[1])


def _as_many_as_allowed(pages: Iterable[PageImage]) -> Iterator[_Read]:
    longest, kept = _LIKELY_SECONDS, 0
    for page in pages:
        if not allowance.allows(longest) or kept > _MOST_KEPT:
            return
        begun = time.process_time()
        reads = [_read(part) for part in _parts(_on_white(page))]
        longest = max(longest, _PRUDENCE * (time.process_time() - begun))
        kept += sum(read.prepared.grey.size for read in reads)
        yield from reads


def _on_white(page: PageImage) -> PageImage:
    """The page with dark on light: some are scanned the other way round."""
    dark = float(np.median(page.pixels)) < _DARK
    return replace(page, pixels=np.asarray(255 - page.pixels, np.uint8)) if dark else page


def _parts(page: PageImage) -> list[PageImage]:
    """Two pages that were scanned side by side, from left to right; else the page. Nothing crosses the middle between two
    pages, not even the line of a table."""
    height, width = page.pixels.shape
    if width < _WIDE * height:
        return [page]
    middle = page.pixels[:, round(width * (0.5 - _GUTTER)) : round(width * (0.5 + _GUTTER))]
    paper = float(np.median(page.pixels))
    if float(np.percentile(page.pixels, 1)) > paper - _BLANK or (middle < paper - _BLANK).mean() > _SPECKS:
        return [page]
    half = width // 2
    sides = (page.pixels[:, :half], 0), (page.pixels[:, half:], half)
    if any((pixels < paper - _BLANK).mean() < _SPECKS for pixels, _ in sides):
        return [page]
    return [replace(page, pixels=pixels, left=left) for pixels, left in sides]


def _read(page: PageImage) -> _Read:
    prepared = _prepare(page)
    ruling = scan_lines.find_tables(prepared.grey)
    tables = [
        (table, scan_cells.read_cells(prepared.grey, ruling.lines, table.cells)) for table in ruling.tables
    ]
    prose = scan_prose.read_prose(prepared.grey, [table.box for table in ruling.tables])
    return _Read(prepared, tables, prose)


def _table(
    page: _Prepared,
    index: int,
    table: scan_lines.RuledTable,
    cells: Sequence[scan_cells.CellRead],
    typeface: Typeface,
) -> Table:
    made = tuple(
        Cell(
            text=read.text,
            row=read.cell.row,
            column=read.cell.column,
            rowspan=read.cell.rowspan,
            colspan=read.cell.colspan,
            place=page.place(read.cell.box),
            confidence=scan_cells.confidence_of(read, typeface),
        )
        for read in cells
    )
    return Table(index, made, drawn=True, place=page.place(table.box))


# Upright and straight


def _prepare(page: PageImage) -> _Prepared:
    best: tuple[float, _Prepared] | None = None
    if int(page.pixels.max()) - int(page.pixels.min()) < _BLANK:
        return _straightened(page, 0)
    for quarter in (0, 2, 1, 3):
        turned = _straightened(page, quarter)
        sure = _how_upright(turned.grey)
        if best is None or sure > best[0]:
            best = sure, turned
        if sure >= _SURE_SAMPLE:
            break
    assert best is not None
    return best[1]


def _straightened(page: PageImage, quarter: int) -> _Prepared:
    """The page turned by quarters (counter-clockwise), brought to the usual size, and straightened."""
    turned = np.rot90(page.pixels, quarter)
    height, width = turned.shape
    scale = (_ON_ITS_SIDE if width > height else _UPRIGHT) / width
    scale = min(scale, _LARGEST_SCALE, math.sqrt(_MOST_PIXELS / (height * width)))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    scaled = np.asarray(cv2.resize(np.ascontiguousarray(turned), size, interpolation=way), np.uint8)
    angle = _slant(scaled)
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), angle, 1.0)
    paper = int(np.percentile(scaled, 80))
    straight = cv2.warpAffine(scaled, turn, size, flags=cv2.INTER_CUBIC, borderValue=(paper,))
    grey = scan_lines.even_out(np.asarray(straight, np.uint8))
    unturned = np.vstack([turn, [0, 0, 1]])
    shrunk = np.diag([size[0] / width, size[1] / height, 1.0])
    forward = unturned @ shrunk @ _quarters(quarter, page.pixels.shape)
    moved = np.array([[1.0, 0, page.left], [0, 1, 0], [0, 0, 1]])
    back = np.asarray(moved @ np.linalg.inv(forward), np.float64)
    return _Prepared(page.number, page.points, grey, back)


def _quarters(quarter: int, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """The matrix of `np.rot90`, from pixels of the page as it came to pixels of the turned page."""
    height, width = shape
    return {
        0: np.eye(3),
        1: np.array([[0.0, 1, 0], [-1, 0, width], [0, 0, 1]]),
        2: np.array([[-1.0, 0, width], [0, -1, height], [0, 0, 1]]),
        3: np.array([[0.0, -1, height], [1, 0, 0], [0, 0, 1]]),
    }[quarter]


def _slant(page: Grey) -> float:
    """The angle in degrees that the page must be turned by (counter-clockwise) for its lines to lie straight.

    Tried in steps: at the right angle the ink lies in the fewest rows of pixels.
    """
    small = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    local = cv2.blur(small, (31, 31))
    ys, xs = np.nonzero(small.astype(np.int16) < local.astype(np.int16) - 25)
    if len(ys) < 200:
        return 0.0
    every = len(ys) // 200_000 + 1
    ys, xs = ys[::every], xs[::every]
    reach = small.shape[1]

    def evenness(angle: float) -> float:
        rows = np.round(ys - xs * math.tan(math.radians(angle)) + reach).astype(np.int64)
        counts = np.bincount(np.maximum(rows, 0))
        return float((counts.astype(np.float64) ** 2).sum())

    best = 0.0
    for step, span in ((0.5, _STEEPEST), (0.1, 0.5), (0.02, 0.1)):
        count = round(span / step)
        tried = [best + step * i for i in range(-count, count + 1)]
        best = max(tried, key=lambda angle: (evenness(angle), -abs(angle)))
    return best


def _how_upright(page: Grey) -> float:
    """How surely a few lines of the page are read as it stands, 0 to 1."""
    width = 900
    small = cv2.resize(
        page, (width, max(round(page.shape[0] * width / page.shape[1]), 1)), interpolation=cv2.INTER_AREA
    )
    ratio = page.shape[1] / width
    boxes = recogniser.find_lines(np.asarray(small, np.uint8))
    level = [box for box in boxes if box[2] - box[0] > 1.5 * (box[3] - box[1])]
    level.sort(key=lambda box: (box[2] - box[0]) / (box[3] - box[1]), reverse=True)
    crops = [
        page[int(top * ratio) : int(bottom * ratio) + 1, int(left * ratio) : int(right * ratio) + 1]
        for left, top, right, bottom in level[:_SAMPLE]
    ]
    # A letter is about as wide as its line is high: what has no more letters than half of that was not read.
    room = sum(max(crop.shape[1] / crop.shape[0] * 0.7, 1.0) for crop in crops)
    sure = sum(sum(line.sure) for line in recogniser.read_lines(crops))
    return min(sure / room, 1.0) if crops else 0.0
