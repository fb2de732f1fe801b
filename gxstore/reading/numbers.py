"""What is printed in a cell: a number, nothing, a sign for nothing, or something that cannot be read.

A number is taken as printed or not at all. Whatever could be two numbers, or part of one, is unreadable.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from gxstore.reading.report import Status

# A report prints the same few texts in hundreds of cells: what was understood of one is remembered, within bounds.
_REMEMBERED = 4096
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_DASHES = "—–―‒−－﹣⸺-─━ー"
_NUMBER = re.compile(
    r"(?P<sign>[+\-])?\s*(?P<digits>(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.\d+)?)"
    r"\s*(?P<unit>万元|亿元|元|件次|人次|[件条项次篇个人份宗起部户场家期例批台所])?"
    r"\s*(?P<note>\(.*\))?"
)
_HAN = re.compile(r"(?P<digits>[零〇○两一二三四五六七八九十百千]+)(?P<unit>[件条项次篇个人份])?")
_HAN_DIGIT = {"零": 0, "〇": 0, "○": 0, "两": 2} | {c: n for n, c in enumerate("一二三四五六七八九", 1)}
_HAN_PLACE = {"十": 10, "百": 100, "千": 1000}
_NOT_APPLICABLE = {"/", "\\", "//", "不适用", "不涉及", "N/A", "NA", "n/a"}
_NONE = {"无"}
_MONEY = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}


@dataclass(frozen=True, slots=True)
class Printed:
    """A cell's text understood. `number` is in `unit` where money is in question, else as printed."""

    status: Status
    number: Decimal | None = None
    unit: str | None = None
    printed_unit: str | None = None
    note: str | None = None


@lru_cache(_REMEMBERED)
def plain(text: str) -> str:
    """The text for reading numbers: NFKC, invisible characters dropped, white space folded, one kind of dash."""
    folded = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    return " ".join("".join("-" if c in _DASHES else c for c in folded).split())


@lru_cache(_REMEMBERED)
def parse(
    text: str, unit: str | None = None, *, money: bool = False, header_unit: str | None = None
) -> Printed:
    """Reads a cell.

    Args:
        text: the cell as published.
        unit: the unit of the form, None where it prints none.
        money: whether the cell holds an amount, which is converted to `unit`.
        header_unit: a unit printed in the head of the column, where it is not the form's own.
    """
    clean = plain(text)
    if not clean:
        return Printed("blank", unit=unit)
    if clean in _NOT_APPLICABLE or not clean.strip("-"):
        return Printed("not_applicable", unit=unit)
    if clean in _NONE:
        return Printed("none", unit=unit)
    if any(unicodedata.category(char) == "No" for char in text):
        # A footnote mark (22①, 22²) is no figure of the number, though NFKC makes it one.
        return Printed("unreadable", unit=unit)
    match = _NUMBER.fullmatch(clean)
    if not match:
        return _han(clean, unit)
    number = Decimal(match["digits"].replace(",", ""))
    if match["sign"] == "-":
        number = -number
    printed_unit = match["unit"]
    note = _note(text) if match["note"] else None
    if money:
        return _amount(number, unit, printed_unit or header_unit, note)
    return Printed("reported", number, unit, printed_unit, note)


def _amount(number: Decimal, unit: str | None, printed: str | None, note: str | None) -> Printed:
    if printed is None or printed == unit:
        return Printed("reported", number, unit, printed, note)
    if printed not in _MONEY:
        return Printed("unreadable", None, unit, printed, note)
    if unit is None:
        return Printed("reported", number, printed, printed, note)
    return Printed("reported", number * _MONEY[printed] / _MONEY[unit], unit, printed, note)


def _note(text: str) -> str:
    starts = [at for at in (text.find("（"), text.find("(")) if at >= 0]
    return text[min(starts) :].strip() if starts else text.strip()


def _han(clean: str, unit: str | None) -> Printed:
    """Chinese numerals up to the thousands. A lone 一 may be a dash and is not read."""
    match = _HAN.fullmatch(clean)
    if not match or match["digits"] in ("一", "十十"):
        return Printed("unreadable", unit=unit)
    total, digit, last_place = 0, 0, 10_000
    for char in match["digits"]:
        if char in _HAN_PLACE:
            if _HAN_PLACE[char] >= last_place:
                return Printed("unreadable", unit=unit)
            last_place = _HAN_PLACE[char]
            total += (digit or 1) * last_place
            digit = 0
        elif digit:
            return Printed("unreadable", unit=unit)
        else:
            digit = _HAN_DIGIT[char]
    return Printed("reported", Decimal(total + digit), unit, match["unit"])


@lru_cache(_REMEMBERED)
def looks_like_value(text: str) -> bool:
    """Whether a cell holds a value or nothing, rather than a label."""
    clean = plain(text)
    if not clean:
        return True
    if parse(clean).status != "unreadable":
        return True
    return (
        bool(re.match(r"[约近]?[+\-]?\d", clean))
        and not re.match(r"\d+\s*[.、)]\s*\D", clean)
        and len(clean) < 80
    )


def json_number(number: Decimal | None) -> int | float | None:
    """A JSON integer where the number is whole, else a JSON number."""
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
