"""The shapes of a printed number: how many figures stand there, where its dots and commas are, and what they look like.

This is the second judge beside the network, and knows nothing of it. The figures of a typeface stand at equal
distances, so their number can be counted even where two touch; a decimal point needs room of its own, so one that was lost
and one that is a speck of dust both show; and every figure of a document must look most like the others of its kind.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Vector = npt.NDArray[np.float32]

# Every number is looked at with its figures this many pixels high; all lengths below are in such pixels.
TALL = 32
_SPECK = 10
_WIDTH, _FRAME = 28, (40, 32)
_FEWEST = 3
# How far the tops or bases of the figures of a number lie apart at most, and how wide a figure is, of their distance.
_UNEVEN, _NARROWER = 0.18, 0.94
_MARKS = {
    ".": "dot",
    ",": "comma",
    "，": "comma",
    "+": "plus",
    "-": "dash",
    "−": "dash",
    "–": "dash",
    "—": "dash",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece of ink: what it can be (`figure`, `dot`, `comma`, `plus`, `dash`, `odd`) and its box."""

    kind: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """The centre from left to right."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Figures:
    """The shapes of one number from left to right, in a picture whose figures are `TALL` pixels high."""

    picture: Grey
    shapes: tuple[Shape, ...]


def shapes_of(crop: Grey, tall: float) -> Figures:
    """The shapes of the ink in a crop (dark on light), where `tall` is the height of a figure in its pixels."""
    scale = TALL / tall
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    picture = np.asarray(cv2.resize(crop, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    ink = ink_of(picture)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    pieces = [
        (float(x), float(y), float(x + w), float(y + h))
        for x, y, w, h, area in boxes[1:count].tolist()
        if area >= _SPECK
    ]
    merged = _over_each_other(pieces)
    figures = [box for box in merged if box[3] - box[1] >= TALL * 0.75]
    if figures:
        top = median(box[1] for box in figures)
        base = median(box[3] for box in figures)
    else:
        top, base = 0.0, float(picture.shape[0])
    return Figures(picture, tuple(Shape(_kind(box, top, base), *box) for box in merged))


def ink_of(picture: Grey) -> npt.NDArray[np.bool_]:
    """The dark pixels: darker than halfway from the paper to the ink of this picture."""
    paper = float(np.percentile(picture, 90))
    dark = float(np.percentile(picture, 2))
    return picture < min((paper + dark) / 2 + 8, paper - 40)


def _over_each_other(
    boxes: Iterable[tuple[float, float, float, float]],
) -> list[tuple[float, float, float, float]]:
    """Pieces that stand one above the other are one shape: a figure broken by a faint stroke."""
    found: list[tuple[float, float, float, float]] = []
    for box in sorted(boxes):
        if found:
            last = found[-1]
            shared = min(last[2], box[2]) - max(last[0], box[0])
            if shared > 0.6 * min(last[2] - last[0], box[2] - box[0]):
                found[-1] = (
                    min(last[0], box[0]),
                    min(last[1], box[1]),
                    max(last[2], box[2]),
                    max(last[3], box[3]),
                )
                continue
        found.append(box)
    return found


def _kind(box: tuple[float, float, float, float], top: float, base: float) -> str:
    left, upper, right, lower = box
    width, height = right - left, lower - upper
    centre = (upper + lower) / 2
    middle = (top + base) / 2
    if height >= TALL * 0.75:
        return "figure"
    if upper >= base - TALL * 0.4 and height <= TALL * 0.5 and width <= TALL * 0.35:
        if lower > base + TALL * 0.1 or height > width * 1.7:
            return "comma"
        return "dot" if lower <= base + TALL * 0.07 and height <= TALL * 0.28 else "odd"
    if abs(centre - middle) <= TALL * 0.25:
        if height <= width * 0.75 and height <= TALL * 0.25:
            return "dash"
        if height >= TALL * 0.35 and 0.7 <= width / height <= 1.4:
            return "plus"
    return "odd"


def lone_sign(crop: Grey, tall: float) -> str | None:
    """The sign that one stroke is, by its shape: `—` for a flat one, `/` for a slanting one; None for anything else.

    A figure 1 has an upright stem, a figure 7 a bar on top. The Chinese 一 is a flat stroke too: nobody writes it in a
    column of numbers, and a dash is no number in any case.
    """
    ink = ink_of(crop)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    pieces = [label for label in range(1, count) if boxes[label][cv2.CC_STAT_AREA] >= 6]
    if not pieces or not len(crop):
        return None
    height, width = crop.shape[0] - 2, crop.shape[1] - 2
    if height <= tall * 0.3 and width >= max(height * 2, tall * 0.25):
        return "—"
    if len(pieces) > 1 or height < tall * 0.6:
        return None
    ys, xs = np.nonzero(labels == pieces[0])
    lean = float(np.polyfit(ys, xs, 1)[0])
    off = float(np.std(xs - np.polyval(np.polyfit(ys, xs, 1), ys)))
    return "/" if lean < -0.2 and off < tall * 0.09 else None


def pitch_of(numbers: Iterable[tuple[str, Figures]]) -> float | None:
    """The distance between two figures of the typeface, None where the numbers do not show it."""
    steps = [
        other.middle - one.middle
        for text, figures in numbers
        if text.isdigit() and len(figures.shapes) == len(text)
        for one, other in pairwise(figures.shapes)
    ]
    return median(steps) if len(steps) >= _FEWEST else None


def agree(text: str, figures: Figures, pitch: float | None) -> tuple[Shape, ...] | None:
    """The shapes of the characters of a number as read, one each, None where the ink speaks against it.

    `pitch` is the distance between two figures (`pitch_of`).
    """
    shapes = figures.shapes
    if pitch is not None:
        shapes = tuple(part for shape in shapes for part in _parted(shape, pitch))
        if len(shapes) > len(text):
            shapes = _mended(shapes, pitch)
    if len(shapes) != len(text):
        return None
    for character, shape in zip(text, shapes, strict=True):
        wanted = "figure" if character.isdigit() else _MARKS.get(character)
        if shape.kind != wanted:
            return None
    return shapes if _on_one_line(shapes) and _room_is_right(text, shapes, pitch) else None


def _on_one_line(shapes: Sequence[Shape]) -> bool:
    """Whether all figures reach from one line to another: a smaller one above or below is the mark of a note."""
    tops = [shape.top for shape in shapes if shape.kind == "figure"]
    bases = [shape.bottom for shape in shapes if shape.kind == "figure"]
    return not tops or max(max(tops) - min(tops), max(bases) - min(bases)) <= TALL * _UNEVEN


def _parted(shape: Shape, pitch: float) -> list[Shape]:
    """A shape as wide as several figures that touch, cut at equal distances."""
    width = shape.right - shape.left
    count = round((width + pitch * 0.15) / pitch) if shape.kind == "figure" else 1
    if count < 2:
        return [shape]
    step = width / count
    return [
        Shape("figure", shape.left + i * step, shape.top, shape.left + (i + 1) * step, shape.bottom)
        for i in range(count)
    ]


def _mended(shapes: Sequence[Shape], pitch: float) -> tuple[Shape, ...]:
    """The shapes, the two pieces of a figure that noise broke made one.

    Together they are narrower than the distance of two figures, so they are not two; and a point has room of its own.
    """
    found: list[Shape] = []
    for shape in shapes:
        last = found[-1] if found else None
        if last is not None and "figure" in (last.kind, shape.kind):
            gap = shape.left - last.right
            width = max(last.right, shape.right) - last.left
            whole = last.kind == shape.kind
            if width <= pitch * _NARROWER and gap <= (TALL * 0.07 if whole else -TALL * 0.06):
                found[-1] = Shape(
                    "figure",
                    last.left,
                    min(last.top, shape.top),
                    max(last.right, shape.right),
                    max(last.bottom, shape.bottom),
                )
                continue
        found.append(shape)
    return tuple(found)


def _room_is_right(text: str, shapes: Sequence[Shape], pitch: float | None) -> bool:
    """Whether figures stand next to each other at their distance, and farther where a mark stands between them."""
    places = [i for i, character in enumerate(text) if character.isdigit()]
    if pitch is None:
        return len(places) < 2 or (len(text) == len(places) and len(places) == 2)
    for one, other in pairwise(places):
        step = (shapes[other].middle - shapes[one].middle) / pitch
        if other - one == 1 and not 0.72 <= step <= 1.28:
            return False
        if other - one == 2 and not 1.2 <= step <= 2.1:
            return False
        if other - one > 2:
            return False
    return True


def look(figures: Figures, shape: Shape) -> Vector:
    """A figure as a vector of length one that can be compared with others."""
    high, wide = _FRAME
    centre = np.array([shape.middle, (shape.top + shape.bottom) / 2], np.float32)
    patch = cv2.getRectSubPix(
        _padded(figures.picture), (wide, high), (float(centre[0] + wide), float(centre[1] + high))
    )
    dark: Vector = 255.0 - patch.astype(np.float32)
    half = min((shape.right - shape.left) / 2 + 2, wide / 2)
    columns = np.abs(np.arange(wide) - (wide - 1) / 2) > half
    dark[:, columns] = 0.0
    dark = np.asarray(cv2.GaussianBlur(dark, (0, 0), 1.2), np.float32)
    dark -= dark.mean()
    length = float(np.linalg.norm(dark))
    return np.asarray((dark / length if length else dark).ravel(), np.float32)


def _padded(picture: Grey) -> Grey:
    high, wide = _FRAME
    return np.asarray(cv2.copyMakeBorder(picture, high, high, wide, wide, cv2.BORDER_CONSTANT, value=(255,)))


class Typeface:
    """How the figures 0 to 9 look in one document, from all that were read there beyond doubt."""

    def __init__(self, seen: Mapping[str, Sequence[Vector]]) -> None:
        self._sums = {figure: np.sum(looks, axis=0) for figure, looks in seen.items() if looks}
        self._counts = {figure: len(looks) for figure, looks in seen.items() if looks}

    def likeness(self, figure: str, vector: Vector, *, seen: bool) -> tuple[float, float] | None:
        """How like the others of its kind a figure is, and how like the nearest other kind (-1 to 1).

        `seen` says that the figure itself is among those that were seen; it is taken out first. None where too few of its
        kind were seen.
        """
        others = self._counts.get(figure, 0) - seen
        if others < _FEWEST:
            return None
        own = _like(self._sums[figure] - vector if seen else self._sums[figure], vector)
        rest = [
            _like(total, vector)
            for other, total in self._sums.items()
            if other != figure and self._counts[other] >= _FEWEST
        ]
        return own, max(rest, default=-1.0)


def _like(total: Vector, vector: Vector) -> float:
    length = float(np.linalg.norm(total))
    return float(total @ vector) / length if length else 0.0


def collect(found: Iterable[tuple[str, Vector]]) -> Typeface:
    """The typeface of the figures found."""
    seen: dict[str, list[Vector]] = defaultdict(list)
    for figure, vector in found:
        seen[figure].append(vector)
    return Typeface(seen)
