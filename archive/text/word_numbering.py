"""The automatic numbers of a Word file (自动编号): they are in no paragraph's text, and stand before it on paper.

ISO/IEC 29500-1, 17.9. A number is given back only where its format is one of those below; a list in another format
keeps its paragraphs without number, and that is remarked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml.etree import _Element as Element

from archive.text.package import attribute, child, children

_HAN = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_LEVELS = 9


def _han(number: int, digits: str = _HAN, ten: str = "十", *, leading_one: bool = False) -> str | None:
    """一 to 九十九: beyond that the counting systems differ, and no report counts so far."""
    if not 0 < number < 100:
        return None
    tens, ones = divmod(number, 10)
    head = "" if not tens else ten if tens == 1 and not leading_one else digits[tens] + ten
    return head + (digits[ones] if ones else "")


def _letters(number: int) -> str | None:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if 0 < number <= 260 else None


def _roman(number: int) -> str | None:
    if not 0 < number < 400:
        return None
    signs = (
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    )
    out = ""
    for value, sign in signs:
        count, number = divmod(number, value)
        out += sign * count
    return out


def _from(first: str, last: int) -> Callable[[int], str | None]:
    return lambda number: chr(ord(first) + number - 1) if 0 < number <= last else None


def _upper(write: Callable[[int], str | None]) -> Callable[[int], str | None]:
    return lambda number: (text := write(number)) and text.upper()


def _ideographs(number: int) -> str | None:
    return "".join(_HAN[int(digit)] for digit in str(number)) if number >= 0 else None


_FORMATS: dict[str, Callable[[int], str | None]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": lambda number: "".join(chr(ord("０") + int(digit)) for digit in str(number)),
    "chineseCounting": _han,
    "chineseCountingThousand": _han,
    "taiwaneseCounting": _han,
    "taiwaneseCountingThousand": _han,
    "japaneseCounting": _han,
    "chineseLegalSimplified": lambda number: _han(number, _LEGAL, "拾", leading_one=True),
    "ideographDigital": _ideographs,
    "japaneseDigitalTenThousand": _ideographs,
    "taiwaneseDigital": _ideographs,
    "ideographTraditional": lambda number: "甲乙丙丁戊己庚辛壬癸"[number - 1] if 0 < number <= 10 else None,
    "decimalEnclosedCircle": _from("①", 20),
    "decimalEnclosedCircleChinese": _from("①", 20),
    "decimalEnclosedParen": _from("⑴", 20),
    "decimalEnclosedFullstop": _from("⒈", 20),
    "ideographEnclosedCircle": _from("㊀", 10),
    "lowerLetter": _letters,
    "upperLetter": _upper(_letters),
    "lowerRoman": _roman,
    "upperRoman": _upper(_roman),
    "none": lambda _: "",
}
_UNNUMBERED = ("bullet",)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    kind: str
    text: str
    legal: bool
    restart_after: int | None


class Numbering:
    """Counts the paragraphs of one document, in their order.

    Args:
        root: the root of the numbering part, None where the file has none.
        style_number: the numbering id that a numbering style has, for lists that are made by one.
    """

    def __init__(self, root: Element | None, style_number: Callable[[str], str | None]) -> None:
        self._lists = {attribute(e, "abstractNumId") or "": e for e in children(root, "abstractNum")}
        self._numbers = {attribute(e, "numId") or "": e for e in children(root, "num")}
        self._style_number = style_number
        self._counts: dict[str, list[int | None]] = {}
        self._restarted: set[tuple[str, int]] = set()
        self.unknown: set[str] = set()

    def next(self, number_id: str, level: int) -> str:
        """The number of the next paragraph of that list and level, empty where it bears none that is known."""
        element = self._numbers.get(number_id)
        if element is None or not 0 <= level < _LEVELS:
            return ""
        key, levels = self._levels(element)
        if level not in levels:
            return ""
        counts = self._counts.setdefault(key, [None] * _LEVELS)
        override = next(
            (e for e in children(element, "lvlOverride") if attribute(e, "ilvl") == str(level)), None
        )
        start = _whole(attribute(child(override, "startOverride")))
        if start is not None and (number_id, level) not in self._restarted:
            self._restarted.add((number_id, level))
            counts[level] = start
        else:
            held = counts[level]
            counts[level] = levels[level].start if held is None else held + 1
        for deeper in range(level + 1, _LEVELS):
            after = levels[deeper].restart_after if deeper in levels else None
            if after is None or (after and level < after):
                counts[deeper] = None
        return self._written(levels, counts, level)

    def _written(self, levels: dict[int, _Level], counts: list[int | None], level: int) -> str:
        own = levels[level]
        if own.kind in _UNNUMBERED:
            return ""
        out = own.text
        for place in re.findall(r"%([1-9])", own.text):
            at = levels.get(int(place) - 1)
            count = counts[int(place) - 1]
            kind = "decimal" if own.legal and at is not None else at.kind if at is not None else ""
            write = _FORMATS.get(kind)
            written = write(count if count is not None or at is None else at.start) if write else None  # type: ignore[arg-type]
            if written is None:
                self.unknown.add(kind or "none that is defined")
                return ""
            out = out.replace(f"%{place}", written)
        return out

    def _levels(self, element: Element) -> tuple[str, dict[int, _Level]]:
        """The list that a number refers to, through a numbering style if need be, and its levels."""
        key = attribute(child(element, "abstractNumId")) or ""
        found = self._lists.get(key)
        if (style := attribute(child(found, "numStyleLink"))) is not None:
            linked = self._numbers.get(self._style_number(style) or "")
            key = attribute(child(linked, "abstractNumId")) or ""
            found = self._lists.get(key)
        levels = {
            number: _level(e)
            for e in children(found, "lvl")
            if (number := _whole(attribute(e, "ilvl"))) is not None
        }
        for override in children(element, "lvlOverride"):
            number = _whole(attribute(override, "ilvl"))
            if number is not None and (own := child(override, "lvl")) is not None:
                levels[number] = _level(own)
        return key, levels


def _level(element: Element) -> _Level:
    start = _whole(attribute(child(element, "start")))
    kind = attribute(child(element, "numFmt"))
    legal = child(element, "isLgl")
    return _Level(
        start=1 if start is None else start,
        # A format that only newer programs know stands in mc:AlternateContent, and is none of ours.
        kind=kind
        if kind is not None
        else "decimal"
        if child(element, "AlternateContent") is None
        else "custom",
        text=attribute(child(element, "lvlText")) or "",
        legal=legal is not None and attribute(legal) not in ("0", "false"),
        restart_after=_whole(attribute(child(element, "lvlRestart"))),
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\d{1,9}", text) else None
