"""What is printed in a cell: a number, nothing, a sign for nothing, or something that cannot be read.

A number is taken as printed or not at all. Whatever could be two numbers, or part of one, is unreadable.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from archive.text.document import STAND_IN, without_stand_ins
from gxstore.reading.report import Status

# A report prints the same few texts in hundreds of cells: what was understood of one is remembered, within bounds.
_REMEMBERED = 4096
COUNT_UNITS = (
    *(
        "件次",
        "人次",
        "件",
        "条",
        "项",
        "次",
        "篇",
        "个",
        "人",
        "份",
        "宗",
        "起",
        "部",
        "户",
        "场",
        "家",
        "期",
    ),
    *("例", "批", "台", "所", "笔"),
)
MONEY_UNITS = {
    "万元": Decimal(10_000),
    "亿元": Decimal(100_000_000),
    "元": Decimal(1),
    "千元": Decimal(1_000),
    "百万元": Decimal(1_000_000),
}
_UNIT = "|".join((*MONEY_UNITS, *COUNT_UNITS))
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_DASHES = "—–―‒−－﹣⸺-─━ー"
_NUMBER = re.compile(
    r"(?P<sign>[+\-])?\s*(?P<digits>(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.\d+)?)"
    rf"\s*(?P<unit>{_UNIT})?"
    r"\s*(?P<note>\(.*\))?"
)
_HAN = re.compile(rf"(?P<digits>[零〇两一二三四五六七八九十百千]+)(?P<unit>{_UNIT})?")
_HAN_OPEN = re.compile(r"[百千][两一二三四五六七八九]$")
_HAN_DIGIT = {"零": 0, "〇": 0, "两": 2} | {c: n for n, c in enumerate("一二三四五六七八九", 1)}
_HAN_PLACE = {"十": 10, "百": 100, "千": 1000}
# A circle is a value, and not surely a zero.
_CIRCLE = "○"
_MEASURE = rf"[十百千万亿]*[美港欧日]?元|[百千万亿]+(?:{'|'.join(COUNT_UNITS)})"
_MEASURES = re.compile(_MEASURE)
_UNIT_NOTE = re.compile(
    rf"(?:(?:计量|金额|货币)?单位:?)?(?:人民币)?(?P<unit>{_MEASURE}|{'|'.join(COUNT_UNITS)}|[百千万亿]+)整?"
)
_STATES_A_UNIT = re.compile(r"(?:计量|金额|货币)?单位")
# What makes another number of a number: a fall is no rise, last year's is not this year's.
_TURNS = re.compile(
    r"(?:同比|比上年|较上年|比去年|较去年)?(?:减少?|下降|降低?|负|-|↓|▼|▽)了?"
    r"|(?:上一?年度?|去年|往年|历年)(?:同期|累计)?数?|累计数?|预计数?|计划数?|大?约|左右"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.000)+")
_NOT_APPLICABLE = {"/", "\\", "//", "不适用", "不涉及", "N/A", "NA", "n/a"}
_NONE = {"无"}
_LONGEST_VALUE = 80
# Nothing that a form counts has more; the store keeps a number, in its smallest unit, in 64 bits.
_MOST_DIGITS = 14


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
    if text.isascii() and text.isdecimal():
        return text
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
        header_unit: a unit printed in the head of the column or row, where it is not the form's own.

    A unit that is not of the cell's kind (an amount where things are counted, things where money is) says that the
    number is not this cell's: it is unreadable. So is a number whose remark turns it into another: 3（减）.
    """
    clean = plain(text)
    if not clean:
        return Printed("blank", unit=unit)
    if STAND_IN in clean:
        return Printed("unreadable", unit=unit)
    if clean in _NOT_APPLICABLE or not clean.strip("-"):
        return Printed("not_applicable", unit=unit)
    if clean in _NONE:
        return Printed("none", unit=unit)
    if any(unicodedata.category(char) == "No" for char in text):
        # A footnote mark (22①, 22²) is no figure of the number, though NFKC makes it one.
        return Printed("unreadable", unit=unit)
    found = _number(clean)
    if found is None:
        return Printed("unreadable", unit=unit)
    number, own_unit = found
    note = _note(text) if clean.endswith(")") else None
    remark = "".join(plain(note or "").strip("()").split())
    noted = _noted_unit(remark)
    printed_unit = own_unit or noted or header_unit
    if _TURNS.fullmatch(remark) or (own_unit and noted and own_unit != noted):
        return Printed("unreadable", None, unit, printed_unit, note)
    if money:
        return _amount(number, unit, printed_unit, note)
    if (printed_unit is not None and printed_unit not in COUNT_UNITS) or _THOUSANDS.fullmatch(clean):
        # 1.000 may be a thousand.
        return Printed("unreadable", None, unit, printed_unit, note)
    return Printed("reported", number, unit, own_unit, note)


def unit_named(words: str) -> str | None:
    """The measure that a head, a label or a caption names: money, or a multiple of what is counted (万件).

    Where it names several, they are returned together, which is no unit that a number can be read in.
    """
    found = dict.fromkeys(_MEASURES.findall("".join(plain(words).split())))
    return "/".join(found) or None


def _noted_unit(remark: str) -> str | None:
    """The unit that a remark behind the number states, as printed; a remark that is about something else has none."""
    if match := _UNIT_NOTE.fullmatch(remark):
        return match["unit"]
    return remark if _STATES_A_UNIT.match(remark) else None


def _number(clean: str) -> tuple[Decimal, str | None] | None:
    """The number and the unit behind it, in figures or in Chinese numerals."""
    match = _NUMBER.fullmatch(clean)
    if match is None:
        return _han(clean)
    digits = match["digits"].replace(",", "")
    if len(digits.replace(".", "")) > _MOST_DIGITS:
        return None
    number = Decimal(digits)
    return (-number if match["sign"] == "-" else number), match["unit"]


def _amount(number: Decimal, unit: str | None, printed: str | None, note: str | None) -> Printed:
    if printed is None or printed == unit:
        return Printed("reported", number, unit, printed, note)
    if printed not in MONEY_UNITS:
        return Printed("unreadable", None, unit, printed, note)
    if unit is None:
        return Printed("reported", number, printed, printed, note)
    return Printed("reported", number * MONEY_UNITS[printed] / MONEY_UNITS[unit], unit, printed, note)


def _note(text: str) -> str:
    starts = [at for at in (text.find("（"), text.find("(")) if at >= 0]
    return text[min(starts) :].strip() if starts else text.strip()


def _han(clean: str) -> tuple[Decimal, str | None] | None:
    """Chinese numerals up to the thousands. A lone 一 may be a dash, 一百五 is 105 or 150: neither is read."""
    match = _HAN.fullmatch(clean)
    if not match or match["digits"] in ("一", "十十") or _HAN_OPEN.search(match["digits"]):
        return None
    total, digit, last_place = 0, 0, 10_000
    for char in match["digits"]:
        if char in _HAN_PLACE:
            if _HAN_PLACE[char] >= last_place:
                return None
            last_place = _HAN_PLACE[char]
            total += (digit or 1) * last_place
            digit = 0
        elif digit:
            return None
        else:
            digit = _HAN_DIGIT[char]
    return Decimal(total + digit), match["unit"]


@lru_cache(_REMEMBERED)
def looks_like_value(text: str) -> bool:
    """Whether a cell holds a value or nothing, rather than a label."""
    if text.isascii() and text.isdecimal():
        return len(text) < _LONGEST_VALUE
    clean = plain(without_stand_ins(text))
    if not clean:
        return True
    if parse(clean).status != "unreadable" or clean == _CIRCLE:
        return True
    if (han := _HAN.fullmatch(clean)) and _HAN_OPEN.search(han["digits"]):
        return True
    return (
        bool(re.match(r"[约近]?[+\-]?\d", clean))
        and not re.match(r"\d+\s*[.、)]\s*\D|(?:19|20)\d\d年", clean)
        and len(clean) < _LONGEST_VALUE
    )


def json_number(number: Decimal | None) -> int | float | None:
    """A JSON integer where the number is whole, else a JSON number."""
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
