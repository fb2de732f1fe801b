"""What a page of an OFD draws (GB/T 33190-2016), in the words in which a page of a PDF is told: characters, lines, filled
boxes and pictures in the order of drawing, so that both are read by the same rules.

Lengths are millimetres from the top left in the file, and points here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml.etree import _Element as Element

from archive.text.package import attribute, child, children, local
from archive.text.pdf_layers import CLEAR, UNSEEN
from archive.text.refusal import NotReadable

POINTS = 72 / 25.4
_MOST_GLYPHS = 400_000
_STRAIGHT = 0.01
_OPERATOR = re.compile(r"([A-Za-z])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_BLACK = (0.0, 0.0, 0.0)
# Of an alpha of 255: what is not seen, and what covers.
_NOTHING, _ALL = 12, 242

Matrix = tuple[float, float, float, float, float, float]
_PLAIN: Matrix = (1, 0, 0, 1, 0, 0)
Colour = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Resources:
    """What the objects of a file refer to by number: parameters of drawing, and pictures that hide what is beneath."""

    parameters: Mapping[str, Element] = field(default_factory=dict)
    opaque: frozenset[str] = frozenset()


@dataclass
class DrawnPage:
    """A page as `archive.text.pdf_page.read_page` wants it."""

    page_number: int
    width: float
    height: float
    resources: Resources = field(default_factory=Resources)
    chars: list[dict[str, Any]] = field(default_factory=list)
    rects: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    curves: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    composite: bool = False
    _order: int = 0

    def draw(self, parent: Element | None, parameter: str | None = None) -> None:
        """Draws what stands in a layer, a block or the content of a page."""
        for element in parent if parent is not None else ():
            name = local(element)
            if attribute(element, "Visible") == "false":
                continue
            self._order += 1
            if name == "TextObject":
                self._text(element, parameter)
            elif name == "PathObject":
                self._path(element, parameter)
            elif name == "ImageObject":
                self._image(element)
            elif name == "CompositeObject":
                self.composite = True
            elif name in ("Layer", "PageBlock"):
                self.draw(element, attribute(element, "DrawParam") or parameter)

    def _text(self, element: Element, parameter: str | None) -> None:
        box = numbers_of(attribute(element, "Boundary"))
        size = _number(attribute(element, "Size"))
        if len(box) != 4 or size <= 0:
            return
        matrix = _matrix(element)
        scale = abs(matrix[0]) or abs(matrix[1]) or 1.0
        high = size * (abs(matrix[3]) or abs(matrix[2]) or 1.0)
        stretch = _number(attribute(element, "HScale")) or 1.0
        filled = attribute(element, "Fill") != "false"
        colour, tag = self._paint(element, "FillColor" if filled else "StrokeColor", parameter)
        if not filled and attribute(element, "Stroke") != "true":
            tag = UNSEEN
        x = y = 0.0
        for code in children(element, "TextCode"):
            text = code.text or ""
            x = _number(attribute(code, "X")) if attribute(code, "X") is not None else x
            y = _number(attribute(code, "Y")) if attribute(code, "Y") is not None else y
            right = _steps(attribute(code, "DeltaX"), len(text))
            below = _steps(attribute(code, "DeltaY"), len(text))
            at_x, at_y = x, y
            for index, letter in enumerate(text):
                if len(self.chars) >= _MOST_GLYPHS:
                    raise NotReadable(
                        "This is an OFD document with more text than any report: it is not read."
                    )
                wide = size * stretch * (0.5 if letter.isascii() else 1.0)
                step = right[index] if index < len(right) else 0.0 if below else wide
                left, base = _apply(matrix, at_x, at_y)
                left, base = left + box[0], base + box[1]
                drawn = min(wide, step) * scale if step > 0 else wide * scale
                self.chars.append(
                    _placed(left, base - 0.85 * high, left + drawn, base + 0.15 * high)
                    | {
                        "text": letter,
                        "size": high * POINTS,
                        # Of a PDF, where y grows upwards.
                        "matrix": (matrix[0], -matrix[1], -matrix[2], matrix[3], 0.0, 0.0),
                        "non_stroking_color": colour,
                        "mcid": self._order,
                        "tag": tag,
                    }
                )
                at_x += step
                at_y += below[index] if index < len(below) else 0.0

    def _path(self, element: Element, parameter: str | None) -> None:
        """The straight lines of a path, where it is stroked; where it is filled, the box or the shape that it fills."""
        box = numbers_of(attribute(element, "Boundary"))
        data = child(element, "AbbreviatedData")
        if len(box) != 4 or data is None:
            return
        matrix = _matrix(element)
        placed = []
        for segment in _segments(data.text or ""):
            (x1, y1), (x2, y2) = (_apply(matrix, *point) for point in segment)
            placed.append((x1 + box[0], y1 + box[1], x2 + box[0], y2 + box[1]))
        if not placed:
            return
        colour, tag = self._paint(element, "FillColor", parameter)
        if attribute(element, "Fill") == "true" and tag != UNSEEN:
            xs, ys = [x for line in placed for x in line[::2]], [y for line in placed for y in line[1::2]]
            straight = all(abs(x1 - x2) < _STRAIGHT or abs(y1 - y2) < _STRAIGHT for x1, y1, x2, y2 in placed)
            shape = _placed(min(xs), min(ys), max(xs), max(ys))
            shape |= {
                "fill": True,
                "stroke": False,
                "non_stroking_color": colour,
                "mcid": self._order,
                "tag": tag,
            }
            corners = [(shape["x0"], shape["top"]), (shape["x1"], shape["bottom"])]
            if straight and len(placed) >= 3:
                self.rects.append({**shape, "object_type": "rect", "pts": corners})
            else:
                self.curves.append({**shape, "object_type": "curve", "pts": corners * 4})
        colour, tag = self._paint(element, "StrokeColor", parameter)
        if attribute(element, "Stroke") != "false" and tag != UNSEEN:
            for x1, y1, x2, y2 in placed:
                line = _placed(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
                line |= {"fill": False, "stroke": True, "stroking_color": colour, "object_type": "line"}
                ends = [(x1 * POINTS, y1 * POINTS), (x2 * POINTS, y2 * POINTS)]
                self.lines.append({**line, "pts": ends})

    def _image(self, element: Element) -> None:
        box = numbers_of(attribute(element, "Boundary"))
        if len(box) == 4:
            opaque = attribute(element, "ResourceID") in self.resources.opaque
            shape = _placed(box[0], box[1], box[0] + box[2], box[1] + box[3])
            self.images.append(
                {**shape, "imagemask": not opaque, "mcid": self._order, "tag": _seen(element, None)}
            )

    def _paint(self, element: Element, name: str, parameter: str | None) -> tuple[Colour, str | None]:
        """The colour that an object is painted in, and whether it is seen."""
        own = attribute(element, "DrawParam") or parameter or ""
        colour = child(element, name)
        if colour is None:
            colour = child(self.resources.parameters.get(own), name)
        parts = [part / 255 for part in numbers_of(attribute(colour, "Value"))]
        return (tuple(parts) if len(parts) in (1, 3, 4) else _BLACK), _seen(element, colour)


def _seen(element: Element, colour: Element | None) -> str | None:
    alphas = [_number(alpha) for of in (element, colour) if (alpha := attribute(of, "Alpha")) is not None]
    least = min(alphas, default=255.0)
    return UNSEEN if least <= _NOTHING else CLEAR if least < _ALL else None


def _placed(left: float, top: float, right: float, bottom: float) -> dict[str, Any]:
    x0, y0, x1, y1 = (side * POINTS for side in (left, top, right, bottom))
    return {"x0": x0, "top": y0, "x1": x1, "bottom": y1, "width": x1 - x0, "height": y1 - y0}


def _segments(data: str) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The straight pieces of a path (9.2): S and M begin, L draws, C closes; curves only move on."""
    operands = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
    operator, held = "", list[float]()
    start = at = (0.0, 0.0)
    for match in _OPERATOR.finditer(data):
        if match[1]:
            operator, held = match[1], []
        else:
            held.append(float(match[2]))
        if operator not in operands or len(held) < operands[operator]:
            continue
        if operator == "C":
            if at != start:
                yield at, start
            at = start
        elif operator in ("S", "M"):
            start = at = (held[0], held[1])
        else:
            if operator == "L":
                yield at, (held[0], held[1])
            at = (held[-2], held[-1])
        if operator == "C":
            operator = ""
        held = []


def _steps(written: str | None, most: int) -> list[float]:
    """The distances between characters; `g 3 4.5` stands for three times 4.5 (11.3)."""
    out: list[float] = []
    words = iter((written or "").split())
    for word in words:
        if word == "g":
            count, value = _number(next(words, None)), _number(next(words, None))
            out.extend([value] * min(int(count), most))
        else:
            out.append(_number(word))
        if len(out) >= most:
            break
    return out[:most]


def _matrix(element: Element) -> Matrix:
    found = numbers_of(attribute(element, "CTM"))
    return (found[0], found[1], found[2], found[3], found[4], found[5]) if len(found) == 6 else _PLAIN


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def numbers_of(text: str | None) -> list[float]:
    """The numbers of an attribute."""
    return [_number(word) for word in (text or "").split()]


def _number(text: str | None) -> float:
    """A number of the file; what is none counts as 0, as viewers have it."""
    try:
        found = float(text or "")
    except ValueError:
        return 0.0
    return found if abs(found) < 1e6 else 0.0
