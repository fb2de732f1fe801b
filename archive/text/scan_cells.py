"""The cells of a ruled table read: text, and how far it can be trusted.

Words are read once. Whatever may be a value is read twice, from two different pictures of it, and judged by its shapes
(`scan_glyphs`). Nothing is corrected by that: the text stays what the network read first, and its confidence says
whether the judges agree. A cell is blank only where there is no ink in it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from archive.text import recogniser, scan_glyphs
from archive.text.recogniser import Line
from archive.text.scan_glyphs import Figures, Shape, Typeface, Vector
from archive.text.scan_lines import RuledCell

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

# What the judges leave of the confidence where they speak against a reading.
NO_AGREEMENT, NO_SHAPE, NO_LIKENESS, BORDER_IN_DOUBT = 0.2, 0.4, 0.3, 0.3
_NUMBER = re.compile(r"[+\-−–—]?\d[\d.,，]*")
_SHORT = 14
_WORDS = re.compile(r"[\u4e00-\u9fff]{2,}|^\d+[.、．]\s*[\u4e00-\u9fff]")
SURE_SIGN = 0.95
# How much darker than the paper print is, of 255: common and faint, and the least trace of any.
_INK, _FAINT_INK, _TRACE = 60.0, 22.0, 16.0


@dataclass(slots=True)
class CellRead:
    """A cell while it is read. `faint` says that there is a trace of ink beside what can be read."""

    cell: RuledCell
    crops: tuple[Grey, ...]
    faint: bool = False
    lines: list[Line] = field(default_factory=list)
    again: Line | None = None
    figures: Figures | None = None
    shapes: tuple[Shape, ...] | None = None
    looks: tuple[tuple[str, Vector], ...] = ()

    @property
    def text(self) -> str:
        """The lines joined without anything between."""
        return "".join(line.text for line in self.lines).strip()

    @property
    def is_number(self) -> bool:
        """Whether it was read as figures and nothing but their signs, in one line."""
        return len(self.lines) == 1 and bool(_NUMBER.fullmatch(self.text))

    @property
    def may_be_value(self) -> bool:
        """Whether it may hold a value rather than words."""
        return len(self.lines) == 1 and len(self.text) <= _SHORT and not _WORDS.search(self.text)


def read_cells(page: Grey, lines: Mask, cells: Iterable[RuledCell]) -> list[CellRead]:
    """The cells of one table with what the network reads in them; `lines` is the mask of the ruled lines."""
    clean = page.copy()
    # What a line leaves beside it, blurred, is no print.
    clean[cv2.dilate(lines.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = 255
    inks = [_ink(clean, cell) for cell in cells]
    heights = sorted(stop - start for ink in inks for start, stop in ink.rows)
    letter = heights[len(heights) * 9 // 10] if heights else 0
    reads = [CellRead(ink.cell, tuple(_crops(ink, letter)), ink.faint) for ink in inks]
    flat = [(read, crop) for read in reads for crop in read.crops]
    for (read, _), line in zip(
        flat, recogniser.read_lines([recogniser.framed(crop, 0.2) for _, crop in flat]), strict=True
    ):
        read.lines.append(line)
    values = [read for read in reads if read.crops and read.may_be_value]
    second = recogniser.read_lines([recogniser.other_picture(read.crops[0]) for read in values])
    for read, line in zip(values, second, strict=True):
        read.again = line
        if read.lines[0].as_value is not None and line.as_value is not None:
            read.lines, read.again = [read.lines[0].as_value], line.as_value
    _look_at_shapes(reads)
    return reads


@dataclass(frozen=True, slots=True)
class _Ink:
    """What is dark in a cell: the rows of pixels that its pieces of print fill, and whether there is a trace beside."""

    cell: RuledCell
    area: Grey
    dark: Mask
    rows: tuple[tuple[int, int], ...]
    faint: bool


def _ink(page: Grey, cell: RuledCell) -> _Ink:
    left, top, right, bottom = cell.box
    area = page[top + 2 : bottom - 1, left + 2 : right - 1]
    if area.size == 0:
        return _Ink(cell, area, np.zeros_like(area, bool), (), faint=True)
    # Faint print is looked for at a lower contrast: it must not be read in pieces.
    soft = cv2.blur(area, (3, 3)).astype(np.float32)
    paper = float(np.median(area))
    dark = soft < paper - min(max(0.3 * (paper - float(soft.min())), _FAINT_INK), _INK)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    pieces = [
        (int(y), int(y + h)) for x, y, w, h, size in boxes[1:count].tolist() if _is_print(h, w, size, page)
    ]
    trace = cv2.blur(area, (5, 5)).astype(np.float32) < paper - _TRACE
    trace[:, :3] = trace[:, -3:] = trace[:3] = trace[-3:] = False
    if pieces:
        ys, xs = np.nonzero(dark)
        trace[max(ys.min() - 4, 0) : ys.max() + 5, max(xs.min() - 4, 0) : xs.max() + 5] = False
    faint = bool(trace.any())
    rows: list[tuple[int, int]] = []
    for start, stop in sorted(pieces):
        if rows and start < rows[-1][1]:
            rows[-1] = rows[-1][0], max(rows[-1][1], stop)
        else:
            rows.append((start, stop))
    return _Ink(cell, area, dark, tuple(rows), faint)


def _crops(ink: _Ink, letter: int) -> Iterator[Grey]:
    """A picture of each line of text in a cell; `letter` is how high the letters of the table are."""
    lines: list[tuple[int, int]] = []
    for start, stop in ink.rows:
        # Parts of one line: strokes above or below a letter, a sign for nothing.
        if lines and stop - lines[-1][0] <= letter * 1.1:
            lines[-1] = lines[-1][0], stop
        else:
            lines.append((start, stop))
    for start, stop in lines:
        columns = np.nonzero(ink.dark[start:stop].any(axis=0))[0]
        first, last = max(int(columns[0]) - 1, 0), int(columns[-1]) + 2
        yield ink.area[max(start - 1, 0) : stop + 1, first:last]


def _is_print(height: int, width: int, size: int, page: Grey) -> bool:
    """Whether a piece of ink is more than a speck: a point of the smallest print is as large."""
    return size >= 4 and max(height, width) >= max(page.shape[1] // 800, 2)


def _settle_sign(read: CellRead, tall: float) -> None:
    """A lone flat stroke in the middle of a cell is a dash and a lone slanting one a slash, whatever they are read for:
    the network knows neither well where nothing stands beside it."""
    assert read.again is not None
    if len(read.text) > 2 or len(read.again.text) > 2:
        return
    if sign := scan_glyphs.lone_sign(read.crops[0], tall):
        read.lines = [Line(sign, (SURE_SIGN,))]
        read.again = read.lines[0]


def _look_at_shapes(reads: Sequence[CellRead]) -> None:
    """The shapes of all numbers of a table, and which of them agree with what was read."""
    numbers = [read for read in reads if read.is_number]
    plain = [read.crops[0].shape[0] - 2 for read in numbers if read.text.isdigit()]
    if not plain:
        return
    tall = float(median(plain))
    for read in reads:
        if read.again is not None:
            _settle_sign(read, tall)
    for read in numbers:
        read.figures = scan_glyphs.shapes_of(recogniser.framed(read.crops[0], 0.1), tall)
    pitch = scan_glyphs.pitch_of((read.text, read.figures) for read in numbers if read.figures is not None)
    for read in numbers:
        assert read.figures is not None
        read.shapes = scan_glyphs.agree(read.text, read.figures, pitch)
        if read.shapes is not None:
            read.looks = tuple(
                (character, scan_glyphs.look(read.figures, shape))
                for character, shape in zip(read.text, read.shapes, strict=True)
                if character.isdigit()
            )


def _surely_read(read: CellRead) -> bool:
    return (
        read.again is not None
        and read.again.text == read.text
        and min(read.lines[0].confidence, read.again.confidence) > 0.9
    )


def typeface_of(reads: Iterable[CellRead]) -> Typeface:
    """How the figures of a document look, from the cells whose two readings and shapes agree."""
    return scan_glyphs.collect(look for read in reads if _surely_read(read) for look in read.looks)


def confidence_of(read: CellRead, typeface: Typeface) -> float:
    """How far the text of a cell can be trusted, 0 to 1: what the network says, cut down by each judge against it."""
    if not read.lines:
        sure = 0.0 if read.faint else 1.0
        return sure if read.cell.certain else min(sure, BORDER_IN_DOUBT)
    sure = min(line.confidence for line in read.lines)
    if len(read.lines) > 1 and not _WORDS.search(read.text):
        return round(min(sure, NO_SHAPE), 3)  # a number over two lines, or two numbers whose line is lost
    if not read.may_be_value:
        return round(sure, 3)
    if read.again is not None:
        sure = min(sure, read.again.confidence)
        if read.again.text != read.lines[0].text:
            sure = min(sure, NO_AGREEMENT)
    if not read.cell.certain or read.faint:
        sure = min(sure, BORDER_IN_DOUBT)
    if read.is_number:
        if read.shapes is None:
            sure = min(sure, NO_SHAPE)
        elif not all(_is_like(read, look, typeface) for look in read.looks):
            sure = min(sure, NO_LIKENESS)
    return round(sure, 3)


def _is_like(read: CellRead, look: tuple[str, Vector], typeface: Typeface) -> bool:
    found = typeface.likeness(*look, seen=_surely_read(read))
    return found is None or found[0] > found[1]
