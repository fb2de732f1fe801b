"""What the attributes of a page's elements say: what they are called, and which of them a browser does not show as plain text.

All elements are looked at in one walk, and every style is understood once: a word processor writes the same few a thousand times.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

from lxml.etree import _Element as Element

# What a style does, in lower case.
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all")
_NO_SIZE = re.compile(r"font-size\s*:\s*0(?:\.0+)?(?![\d.])")
_STRIKES = re.compile(r"text-decoration[^;]*line-through")
_RAISES = re.compile(r"vertical-align\s*:\s*(?:super|sub)\b")
_TURNED = re.compile(r"direction\s*:\s*rtl")
_MAY_BE_UNSEEN = re.compile(r"opacity|-\d{3}|clip|scale|collapse")
_UNSEEN = re.compile(
    r"(?<![\w-])opacity\s*:\s*\.?0(?:\.0*)?(?![\d.])|text-indent\s*:\s*-\d{3}"
    r"|(?<![\w-])(?:left|top|right|bottom|margin|margin-left|margin-top)\s*:\s*-\d{3}"
    r"|(?<![\w-])clip\s*:\s*rect\((?:\s*[01](?:px)?[\s,]*){4}\)|clip-path\s*:\s*inset\(\s*(?:100|50)%"
    r"|scale[xy]?\(\s*0(?:\.0+)?\s*[,)]|visibility\s*:\s*collapse",
)
_OF_NO_WIDTH = re.compile(
    r"(?<![\w-])(?:max-)?(?:width|height)\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:!important\s*)?(?:;|$)",
)
_CUT = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)")
_WHITE = re.compile(
    r"(?<![\w-])color\s*:\s*(?:#fff(?:f|fff|fffff)?(?![0-9a-f])|white\b|transparent|#[0-9a-f]{6}00(?![0-9a-f])"
    r"|rgba?\(\s*255\s*,\s*255\s*,\s*255|rgba\([^)]*,\s*0(?:\.0+)?\s*\))",
)
_FLOATS = re.compile(r"float\s*:\s*(?:left|right)|position\s*:\s*(?:absolute|fixed)")
_RELATIVE = re.compile(r"position\s*:\s*relative")
_OFFSET = re.compile(r"(?<![\w-])(?:top|bottom|left|right)\s*:\s*[+-]?(\d*\.?\d+)")
# Points or pixels; Word sets whole runs higher by less.
_HIGHER = 2


@dataclass(frozen=True, slots=True)
class Style:
    """What a style does to the text of its element. `moved` says that a figure does not stand, or is not seen, where it is
    written: `hidden`, `colour`, `moved`, `raised` or `turned` (the order of its parts is)."""

    hides: bool = False
    no_size: bool = False
    strikes: bool = False
    raises: bool = False
    turns: bool = False
    moved: str | None = None


_PLAIN = Style()
# A gap in the stubs: names and values are text.
_items = cast(Callable[[Element], list[tuple[str, str]]], Element.items)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the elements of a page say of themselves, in the order of the page.

    `styled` are those whose style does something to their text, `named` those with a class or an id, with these.
    """

    styled: Sequence[tuple[Element, Style]]
    named: Sequence[tuple[Element, str]]

    def styled_in(self, part: Element) -> Iterator[tuple[Element, Style]]:
        """Those of `styled` that are a part of the page or stand in it now."""
        return ((element, style) for element, style in self.styled if is_in(element, part))


def attributes_of(root: Element) -> Attributes:
    """Looks at all elements below a root, and at the root."""
    styled: list[tuple[Element, Style]] = []
    named: list[tuple[Element, str]] = []
    known: dict[str, Style] = {}
    for element in root.iter("*"):
        names = ""
        style = _PLAIN
        hidden = turned = False
        for name, value in _items(element):
            if name == "style":
                if (found := known.get(value)) is None:
                    found = known[value] = style_of(value)
                style = found
            elif name in ("class", "id"):
                names = f"{names} {value}" if names else value
            elif name == "hidden":
                hidden = True
            elif name == "dir":
                turned = value.lower() == "rtl"
        if hidden or turned:
            style = replace(style, hides=hidden or style.hides, turns=turned or style.turns)
        if names:
            named.append((element, names))
        if style is not _PLAIN:
            styled.append((element, style))
    return Attributes(styled, named)


def is_in(element: Element, part: Element) -> bool:
    """Whether an element is the part of a page, or stands in it."""
    return element is part or part in element.iterancestors()


@lru_cache(maxsize=4096)
def style_of(written: str) -> Style:
    """What a style does, always the same object where it does nothing."""
    said = written.lower()
    style = Style(
        hides=_HIDES.search(said) is not None,
        no_size=_NO_SIZE.search(said) is not None,
        strikes=_STRIKES.search(said) is not None,
        raises=_RAISES.search(said) is not None,
        turns=_TURNED.search(said) is not None,
        moved=_moved(said),
    )
    return _PLAIN if style == _PLAIN else style


def _moved(said: str) -> str | None:
    if _MAY_BE_UNSEEN.search(said) and _UNSEEN.search(said):
        return "hidden"
    if _CUT.search(said) and _OF_NO_WIDTH.search(said):
        return "hidden"
    if "color" in said and _WHITE.search(said):
        return "colour"
    if "-reverse" in said:
        return "turned"
    if _FLOATS.search(said):
        return "moved"
    if _RELATIVE.search(said) and any(float(size) >= _HIGHER for size in _OFFSET.findall(said)):
        return "raised"
    return None
