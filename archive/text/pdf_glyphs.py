"""What a page of a PDF draws as characters, one by one: which they are, where they stand, and which of them no number
may be made of.

A figure that is struck through, that nobody can see, that stands above or below its line or on its side, or that
something else was printed over, leaves a stand-in (`stand_in`): a cell with one is not read as a number.
"""

import math
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from archive.text.document import Box, stand_in
from archive.text.pdf_layers import UNSEEN
from archive.text.radicals import with_ideographs
from archive.text.ruled import Line

# Of a character's size: what is left between two of them by accident, and what is a blank.
_BLANK = 0.4
_BLANK_OF_FIGURES = 0.3
_SAME_PLACE, _SAME_PLACE_OF_FIGURES = 0.2, 0.12
# Set over the character before for more than so much of its width.
_OVER = 0.5
_WATERMARK = 1.5
# Of a size: what two figures of one number differ by at most; and what a mark of a note is off its line by at least.
_SAME_SIZE = 0.08
# What they may differ by on one line: the year of a title that somebody put right in a size near to it.
_EDITED = 0.25
_OFF_THE_LINE = 0.05
_DESCENT = 0.35
# In degrees: what is set straight.
_STRAIGHT = 5.0
# Where a line goes through a character, from its top and of its height; and for how much of its width.
_STRUCK = (0.25, 0.75)
_STRUCK_WIDTH = 0.6
_SAME_COLOUR = 0.03
# Of shapes, in points: what is a line and no ground; and the height of the bands of the page by which they are looked up.
_THIN_SHAPE, _BAND, _MOST_BANDS = 3.0, 8.0, 5000
_UNREADABLE = "\ufffd"

Colour = tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character: its text (U+FFFD where the font does not say), its box, its size in points and its colour (red, green
    and blue from 0 to 1; None where it is not plain). `fault` says why a figure is none of a number."""

    text: str
    box: Box
    size: float
    colour: Colour = None
    fault: str = ""

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def is_figure(self) -> bool:
        """Whether it is a digit."""
        return self.text[-1:].isdecimal()

    @property
    def is_of_number(self) -> bool:
        """Whether it may be part of a number as it is written."""
        return self.is_figure or self.text in (".", ",", "-", "+", "，")


@dataclass(frozen=True, slots=True)
class Word:
    """Characters of a line without a blank between them, and their box."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text: its box, the size of its characters in points, and its words."""

    text: str
    box: Box
    size: float
    words: tuple[Word, ...] = ()


def turn_of(chars: Sequence[Mapping[str, Any]]) -> int:
    """By how many degrees, 0, 90, 180 or 270 counterclockwise, most characters of a page are turned."""
    if not chars:
        return 0
    quarters = [round(_angle(char) / 90) % 4 for char in chars]
    return max(range(4), key=quarters.count) * 90


def glyphs_of(page: Any, across: Iterable[Line]) -> list[Glyph]:
    """The characters that a page draws, those beyond its edges too, but no text set at an angle: it is a watermark. Of what
    nobody can see words have a `fault` like figures.

    `across` are the horizontal lines that it draws, any of which may strike something out.
    """
    chars = page.chars
    usual = median(char["size"] for char in chars) if chars else 0.0
    struck, ground = _Strikes(across), _Ground(page)
    found = []
    for char in chars:
        angle = _angle(char)
        on_its_side = abs(abs(angle) - 90) <= _STRAIGHT
        if abs(angle) > _STRAIGHT and (not on_its_side or char["size"] > _WATERMARK * usual):
            continue
        box = tuple(round(float(char[side]), 2) for side in ("x0", "top", "x1", "bottom"))
        glyph = Glyph(_text(char["text"]), box, round(float(char["size"]), 2), _colour_of(char))  # type: ignore[arg-type]
        if ground.hides(glyph, char):
            glyph = replace(glyph, fault="unseen")
        elif glyph.is_figure:
            fault = (
                "turned"
                if on_its_side
                else "del"
                if struck.through(box)  # type: ignore[arg-type]
                else "cut off"
                if ground.leaves_out(glyph)
                else ""
            )
            glyph = replace(glyph, fault=fault) if fault else glyph
        found.append(glyph)
    return found


def _angle(char: Mapping[str, Any]) -> float:
    """The direction that the character is set in, in degrees from -180 to 180, counterclockwise."""
    matrix = char.get("matrix")
    if not matrix:
        return 0.0 if char.get("upright", True) else 90.0
    a, b, c, d = (float(part) for part in matrix[:4])
    if a * d - b * c < 0 and abs(a) > abs(
        b
    ):  # mirrored, as the whole page is: its direction is that of its feet
        a, b = abs(a), b if a > 0 else -b
    return math.degrees(math.atan2(b, a))


def _text(text: str) -> str:
    if text.startswith("(cid:") or any(_says_nothing(c) for c in text):
        return _UNREADABLE
    return with_ideographs(text)


def _says_nothing(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) in ("Co", "Cn", "Cs", "Cc")


class _Strikes:
    """The horizontal lines of a page, by their height."""

    def __init__(self, across: Iterable[Line]) -> None:
        self._lines = sorted(across, key=lambda line: line.at)
        self._at = [line.at for line in self._lines]

    def through(self, box: Box) -> bool:
        """Whether one of them strikes out what stands in the box."""
        left, top, right, bottom = box
        first, last = (top + share * (bottom - top) for share in _STRUCK)
        near = self._lines[bisect_left(self._at, first) : bisect_right(self._at, last)]
        least = _STRUCK_WIDTH * (right - left)
        return any(min(right, line.end) - max(left, line.start) > least for line in near)


class _Ground:
    """What characters are printed on, and what is laid over them: filled boxes and pictures in the order of drawing
    (`archive.text.pdf_layers`). Where a picture or a shape lies beneath, or something that is half transparent, the colour
    of the ground is not known."""

    def __init__(self, page: Any) -> None:
        self._bands: dict[int, list[tuple[int, Box, Colour, bool]]] = {}
        crop = getattr(page, "cropbox", None)
        self._shown: Box | None = tuple(float(side) for side in crop) if crop else None  # type: ignore[assignment]
        for shape in page.rects:
            if shape.get("fill") and min(shape["width"], shape["height"]) > _THIN_SHAPE:
                plain = shape.get("tag") is None
                colour = _plain(shape.get("non_stroking_color"), shape.get("ncs")) if plain else None
                self._lay(shape, colour, covers=colour is not None)
        for shape in page.curves:
            if shape.get("fill"):
                self._lay(shape, None, covers=False)
        for shape in page.images:
            self._lay(shape, None, covers=shape.get("tag") is None and _is_opaque(shape))

    def _lay(self, shape: Mapping[str, Any], colour: Colour, *, covers: bool) -> None:
        if shape.get("tag") == UNSEEN:
            return
        box = _box_of(shape)
        first, last = (min(_MOST_BANDS, max(0, int(side // _BAND))) for side in (box[1], box[3]))
        for band in range(first, last + 1):
            self._bands.setdefault(band, []).append((shape.get("mcid") or 0, box, colour, covers))

    def hides(self, glyph: Glyph, char: Mapping[str, Any]) -> bool:
        """Whether nobody can see a character: it is not painted, something was laid over it, or it has the
        colour of what it is printed on."""
        x, y = glyph.middle
        if char.get("tag") == UNSEEN:
            return True
        order = char.get("mcid") or 0
        ground: Colour = (1.0, 1.0, 1.0)
        highest = -1
        for place, box, colour, covers in self._bands.get(int(y // _BAND), ()):
            if _within(box, x, y):
                if place > order and covers:
                    return True
                if highest < place <= order:
                    highest, ground = place, colour
        return ground is not None and glyph.colour is not None and _same_colour(ground, glyph.colour)

    def leaves_out(self, glyph: Glyph) -> bool:
        """Whether a character stands where the page is not shown (its CropBox)."""
        return self._shown is not None and not _within(self._shown, *glyph.middle)


def _is_opaque(image: Mapping[str, Any]) -> bool:
    """Whether a picture shows nothing of what lies beneath it."""
    attributes = getattr(image.get("stream"), "attrs", {})
    return not image.get("imagemask") and not any(
        name in attributes for name in ("SMask", "Mask", "ImageMask")
    )


def _box_of(shape: Mapping[str, Any]) -> Box:
    return float(shape["x0"]), float(shape["top"]), float(shape["x1"]), float(shape["bottom"])


def _within(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _colour_of(char: Mapping[str, Any]) -> Colour:
    return _plain(char.get("non_stroking_color"), char.get("ncs"))


def _plain(colour: Any, space: Any) -> Colour:
    """A colour as red, green and blue; None of a spot colour, a pattern, and whatever else is not plain."""
    parts = colour if isinstance(colour, list | tuple) else (colour,)
    if not parts or not all(isinstance(part, int | float) for part in parts):
        return None
    if len(parts) == 1 and str(space or "Gray").strip("/").startswith(
        ("Separation", "Indexed", "Pattern", "DeviceN")
    ):
        return None
    values = [min(1.0, max(0.0, float(part))) for part in parts]
    if len(values) == 1:
        return (values[0],) * 3
    if len(values) == 3:
        return tuple(values)
    if len(values) == 4:
        return tuple((1 - ink) * (1 - values[3]) for ink in values[:3])
    return None


def _same_colour(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= _SAME_COLOUR for a, b in zip(one, other, strict=True))


def without_foreign_figures(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The characters of a table, figures among them that are set much larger than the others, or larger or smaller in
    another colour, said to be none of its own: they belong to what is printed over it."""
    figures = [glyph for glyph in glyphs if glyph.is_figure]
    if not figures:
        return list(glyphs)
    usual = median(glyph.size for glyph in figures)
    colours = [glyph.colour for glyph in figures]
    common = max(set(colours), key=colours.count)

    def is_foreign(glyph: Glyph) -> bool:
        if not glyph.is_figure or glyph.fault:
            return False
        of_other_colour = (
            glyph.colour is not None and common is not None and not _same_colour(glyph.colour, common)
        )
        return glyph.size > _WATERMARK * usual or (
            of_other_colour and abs(glyph.size - usual) > _SAME_SIZE * usual
        )

    return [replace(glyph, fault="over") if is_foreign(glyph) else glyph for glyph in glyphs]


def lines_of(glyphs: Iterable[Glyph]) -> list[TextLine]:
    """Characters as lines, from top to bottom, each read from left to right."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda glyph: (glyph.middle[1], glyph.box[0])):
        row = rows[-1] if rows else None
        if row is not None and _same_line(row, glyph):
            row.append(glyph)
        else:
            rows.append([glyph])
    return [line for row in rows if (line := _line(row))]


def _same_line(row: Sequence[Glyph], glyph: Glyph) -> bool:
    """Whether a character overlaps the line for more than half of the lower of the two."""
    top, bottom = min(g.box[1] for g in row), max(g.box[3] for g in row)
    shared = min(bottom, glyph.box[3]) - max(top, glyph.box[1])
    return shared > 0.5 * min(bottom - top, glyph.box[3] - glyph.box[1])


def _line(row: Sequence[Glyph]) -> TextLine | None:
    seen = [glyph for glyph in row if not glyph.text.isspace()]
    if not seen:
        return None
    text = " ".join("".join(map(_read, _of_numbers(word))) for word in _words(seen, _BLANK))
    words = tuple(
        Word("".join(map(_read, _of_numbers(word))), _around(word))
        for word in _words(seen, _BLANK_OF_FIGURES)
    )
    return TextLine(text, _around(seen), median(g.size for g in seen), words)


def _around(glyphs: Sequence[Glyph]) -> Box:
    return (
        min(g.box[0] for g in glyphs),
        min(g.box[1] for g in glyphs),
        max(g.box[2] for g in glyphs),
        max(g.box[3] for g in glyphs),
    )


def _words(seen: Sequence[Glyph], blank: float) -> list[list[Glyph]]:
    """The characters of a line from left to right, in groups with a blank (of their size) between them; none twice that
    was printed twice."""
    words: list[list[Glyph]] = []
    for glyph in sorted(seen, key=lambda glyph: (glyph.box[0], glyph.box[2])):
        before = words[-1][-1] if words else None
        if before is None:
            words.append([glyph])
            continue
        figures = before.is_figure and glyph.is_figure
        near = (_SAME_PLACE_OF_FIGURES if figures else _SAME_PLACE) * glyph.size
        if glyph.text == before.text and glyph.box[0] - before.box[0] < near:
            continue  # bold type made by printing twice
        gap = (_BLANK_OF_FIGURES if figures else blank) * min(before.size, glyph.size)
        if glyph.box[0] - before.box[2] > gap:
            words.append([])
        words[-1].append(glyph)
    return words


def _of_numbers(word: Sequence[Glyph]) -> Iterator[Glyph]:
    """The characters of a word; those of a number that are not of one size, colour and line with it are said to be none
    of it."""
    for number in _parted(word):
        figures = [glyph for glyph in number if glyph.is_figure]
        if len(figures) < 2:
            yield from number
            continue
        own = max(figures, key=lambda glyph: glyph.size)
        before: Glyph | None = None
        for glyph in number:
            fault = glyph.fault or (_stray(glyph, own, before) if glyph.is_figure else "")
            yield replace(glyph, fault=fault) if fault else glyph
            before = glyph


def _parted(word: Sequence[Glyph]) -> list[list[Glyph]]:
    parts: list[list[Glyph]] = []
    for glyph in word:
        if parts and parts[-1][-1].is_of_number and glyph.is_of_number:
            parts[-1].append(glyph)
        else:
            parts.append([glyph])
    return parts


def _stray(glyph: Glyph, own: Glyph, before: Glyph | None) -> str:
    """Why a figure is none of the number that `own` is the largest figure of."""
    smaller = own.size - glyph.size
    if smaller > _SAME_SIZE * own.size:
        if own.box[3] - glyph.box[3] > _DESCENT * smaller + _OFF_THE_LINE * own.size:
            return "sup"
        if glyph.box[3] - own.box[3] > _OFF_THE_LINE * own.size:
            return "sub"
        if smaller > _EDITED * own.size:
            return "small"
    if own.colour is not None and glyph.colour is not None and not _same_colour(own.colour, glyph.colour):
        return "over"
    if before is not None and before.is_figure:
        width = before.box[2] - before.box[0]
        if width > 0 and glyph.box[0] - before.box[0] < (1 - _OVER) * width:
            return "over"
    return ""


def _read(glyph: Glyph) -> str:
    return stand_in(glyph.fault, glyph.text) if glyph.fault else glyph.text
