"""What a run of text of a Word file looks like, as far as it decides whether a figure is one of a number: its own
properties, else those of its style, of its paragraph's style, of the document (ISO/IEC 29500-1, 17.7.2).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element as Element

from archive.text.document import raised, stand_in
from archive.text.package import attribute, child, local
from archive.text.word_styles import Styles, is_on

_WHITE = "FFFFFF"
_WHITE_OF_THEMES = ("background1", "light1")
_PAPER = (None, "auto", _WHITE)
# Of the size of the number that it stands beside: a figure that is smaller is the mark of a note, as in a PDF.
_SMALLER = 0.75


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is set: `size` in half points (None where nothing says it), `rise` in half points above the line."""

    hidden: bool = False
    struck: bool = False
    raised: bool = False
    white: bool = False
    size: float | None = None
    rise: float = 0.0


class Looks:
    """Answers for the runs of a file."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._known: dict[tuple[str, str], Mapping[str, Element]] = {}

    def of(self, run: Element | None, paragraph: Element | None) -> Look:
        """The look of a run by its properties (`rPr`) and those of its paragraph (`pPr`)."""
        names = attribute(child(run, "rStyle")) or "", attribute(child(paragraph, "pStyle")) or ""
        if names not in self._known:
            self._known[names] = _first(self._styles.looks(*names))
        found = self._known[names]
        if run is not None and len(run):
            found = {**found, **{local(part): part for part in run}}
        return Look(
            hidden=is_on(found.get("vanish")),
            struck=is_on(found.get("strike")) or is_on(found.get("dstrike")),
            raised=attribute(found.get("vertAlign")) in ("superscript", "subscript"),
            white=_is_white(found.get("color")) and not has_ground(found),
            size=_number(attribute(found.get("sz"))),
            rise=_number(attribute(found.get("position"))) or 0.0,
        )


def has_ground(properties: Mapping[str, Element] | Element | None) -> bool:
    """Whether a run, a paragraph or a cell has a colour behind it: white on it can be seen."""
    if properties is None:
        return False
    found = properties if isinstance(properties, Mapping) else {local(part): part for part in properties}
    shade = found.get("shd")
    drawn = shade is not None and (
        attribute(shade, "fill") not in _PAPER
        or attribute(shade, "themeFill") not in (None, *_WHITE_OF_THEMES)
        or attribute(shade) not in (None, "clear", "nil")
    )
    return drawn or attribute(found.get("highlight")) not in (None, "none", "white")


def of_one_number(pieces: Sequence[tuple[str, Look | None]]) -> Iterator[str]:
    """The texts of a cell's pieces; figures that touch a number and are set smaller, or above or below its line, are said
    to be none of it."""
    start = 0
    for end in range(1, len(pieces) + 1):
        if end < len(pieces) and pieces[end - 1][0][-1:].isdecimal() and pieces[end][0][:1].isdecimal():
            continue
        yield from _marked(pieces[start:end])
        start = end


def _marked(number: Sequence[tuple[str, Look | None]]) -> Iterator[str]:
    sized = [look for _, look in number if look is not None and look.size is not None]
    own = max(sized, key=lambda look: look.size or 0.0, default=None)
    for text, look in number:
        if own is None or look is None or not text.strip().isdecimal():
            yield text
        elif look.rise != own.rise:
            yield raised(text)
        elif look.size is not None and look.size < _SMALLER * (own.size or 0.0):
            yield stand_in("small", text)
        else:
            yield text


def _first(properties: Sequence[Element]) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for own in properties:
        for part in own:
            found.setdefault(local(part), part)
    return found


def _is_white(colour: Element | None) -> bool:
    if attribute(colour, "themeColor") is not None:
        return attribute(colour, "themeColor") in _WHITE_OF_THEMES and attribute(colour, "themeShade") is None
    return (attribute(colour) or "").upper() == _WHITE


def _number(written: str | None) -> float | None:
    try:
        return float(written or "")
    except ValueError:
        return None
