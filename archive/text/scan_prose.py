"""The text around the tables of a scanned page: its lines put together to paragraphs as they were set.

A paragraph's confidence is that of its least sure line. Every line is read twice, like the numbers of tables: where the
two readings differ in a figure, or in a short line at all, nothing can be taken from it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from archive.text import recogniser

Grey = npt.NDArray[np.uint8]
Pixels = tuple[float, float, float, float]

DIFFERENT = 0.2
_SHORT_LINE = 40
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*|[〇零一二三四五六七八九十百千万]+")
_PAGE_NUMBER = re.compile(r"[\-—–－一·•.\s]*(?:第\s*)?\d{1,4}(?:\s*[页/]\s*共?\s*\d*\s*页?)?[\-—–－一·•.\s]*")
_BEGINS = re.compile(r"^(?:[一二三四五六七八九十]+\s*[、.．]|[（(][一二三四五六七八九十]+[)）]|附[:：表件])")
_FEWEST = 0.3


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of running text: its box in pixels, text and confidence (0 to 1)."""

    box: Pixels
    text: str
    confidence: float

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph: its box in pixels, text and confidence (0 to 1)."""

    box: Pixels
    text: str
    confidence: float


def read_prose(page: Grey, taken: Sequence[Pixels]) -> list[TextBlock]:
    """The paragraphs of an upright page from top to bottom, but for what stands in the boxes `taken` (the tables)."""
    free = page.copy()
    for left, top, right, bottom in taken:
        free[max(int(top) - 3, 0) : int(bottom) + 4, max(int(left) - 3, 0) : int(right) + 4] = 255
    if int(free.min()) > 200:
        return []
    lines = _lines(page, [box for box in recogniser.find_lines(free) if not _inside(box, taken)])
    lines = [line for line in lines if not _is_page_number(line, page.shape[0])]
    return _paragraphs(lines, [box[1] for box in taken])


def _inside(box: Pixels, taken: Sequence[Pixels]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in taken)


def _lines(page: Grey, boxes: Sequence[Pixels]) -> list[TextLine]:
    """The lines from top to bottom, the parts of one line put together."""
    crops = [
        page[max(int(top) - 1, 0) : int(bottom) + 2, max(int(left) - 1, 0) : int(right) + 2]
        for left, top, right, bottom in boxes
    ]
    kept = [i for i, crop in enumerate(crops) if crop.shape[0] >= 6 and crop.shape[1] >= 6]
    read = recogniser.read_lines([crops[i] for i in kept])
    again = recogniser.read_lines([recogniser.other_picture(crops[i]) for i in kept])
    parts = [
        TextLine(boxes[i], one.text.strip(), _confidence(one, other))
        for i, one, other in zip(kept, read, again, strict=True)
        if one.text.strip() and float(np.mean(one.sure)) >= _FEWEST
    ]
    rows: list[list[TextLine]] = []
    for part in sorted(parts, key=lambda line: (line.box[1] + line.box[3]) / 2):
        if rows and _same_row(rows[-1][-1], part):
            rows[-1].append(part)
        else:
            rows.append([part])
    return [_joined(sorted(row, key=lambda line: line.box[0])) for row in rows]


def _same_row(one: TextLine, other: TextLine) -> bool:
    shared = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return shared > 0.5 * min(one.height, other.height)


def _joined(row: Sequence[TextLine]) -> TextLine:
    text = row[0].text
    for one, other in pairwise(row):
        apart = other.box[0] - one.box[2] > max(one.height, other.height)
        text += (" " if apart else "") + other.text
    return TextLine(_around([line.box for line in row]), text, min(line.confidence for line in row))


def _around(boxes: Sequence[Pixels]) -> Pixels:
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def _confidence(one: recogniser.Line, other: recogniser.Line) -> float:
    """Of a short line (a title, a name, a date) that of the weakest character; of a longer one the mean over the words
    and the least over the figures. Little where the two readings differ in what counts."""
    if len(one.text) <= _SHORT_LINE:
        return round(one.confidence, 3) if _plain(one.text) == _plain(other.text) else DIFFERENT
    if _FIGURES.findall(one.text) != _FIGURES.findall(other.text):
        return DIFFERENT
    figures = [sure for character, sure in zip(one.text, one.sure, strict=True) if character.isdigit()]
    return round(min([float(np.mean(one.sure)), *figures]), 3)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _is_page_number(line: TextLine, height: int) -> bool:
    at_edge = line.box[3] < height * 0.08 or line.box[1] > height * 0.9
    return at_edge and bool(_PAGE_NUMBER.fullmatch(line.text))


def _paragraphs(lines: Sequence[TextLine], tables: Sequence[float]) -> list[TextBlock]:
    if not lines:
        return []
    tall = median(line.height for line in lines)
    left, right = min(line.box[0] for line in lines), max(line.box[2] for line in lines)
    groups: list[list[TextLine]] = []
    for line in lines:
        before = groups[-1][-1] if groups else None
        between = before is not None and any(before.box[1] < top < line.box[1] for top in tables)
        if (
            before is None
            or between
            or line.box[0] > left + tall * 1.2  # set in, or centred
            or before.box[2] < right - tall * 2  # the line before ended early
            or before.box[0] > left + tall * 4  # centred: a title
            or line.box[1] - before.box[3] > tall * 1.8
            or _BEGINS.match(line.text)
        ):
            groups.append([line])
        else:
            groups[-1].append(line)
    blocks = []
    for number, group in enumerate(groups):
        sure = min(line.confidence for line in group)
        if number == 0 and group[0].text[0].isdigit() and group[0].box[0] <= left + tall:
            sure = min(sure, DIFFERENT)  # the number may have begun on the page before
        text = "".join(line.text for line in group)
        blocks.append(TextBlock(_around([line.box for line in group]), text, sure))
    return blocks
