"""A number of a worksheet as its cell shows it: the format decides what stands on paper (ISO/IEC 29500-1, 18.8.30/31).

A stored 0 may be shown as `0`, as `-` or as nothing at all, and 12.0 as `12`, so the stored number alone is not what
was published. A format that is not understood gives a text that nobody takes for a number.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

# The formats that a file names by number alone; 14-22, 27-36, 45-47 and 50-58 are dates and times.
BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"¥"#,##0;"¥"-#,##0',
    6: '"¥"#,##0;"¥"-#,##0',
    7: '"¥"#,##0.00;"¥"-#,##0.00',
    8: '"¥"#,##0.00;"¥"-#,##0.00',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    37: "#,##0 ;-#,##0 ",
    38: "#,##0 ;-#,##0 ",
    39: "#,##0.00 ;-#,##0.00 ",
    40: "#,##0.00 ;-#,##0.00 ",
    41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ',
    42: '_ "¥"* #,##0_ ;_ "¥"* -#,##0_ ;_ "¥"* "-"_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    44: '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
    48: "##0.0E+0",
    49: "@",
} | dict.fromkeys((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)), "yyyy-mm-dd")
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*](?P<space>.)|\[(?P<bracket>[^\]]*)\]|(?P<general>General)|'
    r"(?P<number>[0#?](?:[0#?,]*[0#?])?(?:\.[0#?]*)?|\.[0#?]+)|(?P<scale>,)|(?P<percent>%)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_COLOUR = re.compile(
    r"(?:black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|黑色|蓝色|红色|绿色|白色|黄色)", re.I
)
_CURRENCY = re.compile(r"\$(?P<sign>[^-]*)(?:-[0-9A-Fa-f]+)?")
_PLAIN = " -+/():￥¥$元件条项人次个年月日，,。、"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number knows no zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the sections of a format: what stands before and behind the number, and the number's own pattern."""

    before: str
    number: str | None
    behind: str
    percents: int


def shown(value: float, code: str, *, since_1904: bool = False) -> str:
    """The text that a cell shows.

    Args:
        value: the stored number.
        code: the format as the file writes it.
        since_1904: whether the file counts its days from 1904.

    Returns:
        The text without padding. A date is given as `2021-12-31`; where the format is not understood, the number
        stands before it in brackets.
    """
    if is_date(code):
        return _date(value, since_1904)
    sections = _sections(code)
    chosen = _chosen(sections, value) if sections is not None else None
    number = None if chosen is None or chosen.number is None else chosen.number
    if chosen is None:
        return f"{plain(value)} [{code}]"
    if number is None:
        return (chosen.before + chosen.behind).strip()
    # With a section of its own a negative number is written without its sign.
    signed = value < 0 and (len(sections or ()) < 2 or chosen is (sections or (chosen,))[0])
    exact = abs(_exact(value)) * 100**chosen.percents
    digits = plain(float(exact)) if number.lower() == "general" else _digits(exact, number)
    sign = "-" if signed and re.search(r"[1-9]", digits) else ""
    return (sign + chosen.before + digits + chosen.behind).strip()


def plain(value: float) -> str:
    """A number without any format: 12.0 is `12`, with at most the 15 figures that such a file keeps."""
    text = f"{_exact(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(1024)
def is_date(code: str) -> bool:
    """Whether a format shows a day or a time."""
    bare = re.sub(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]|[_*].|General', "", code, flags=re.IGNORECASE)
    return bool(re.search(r"[ymdhs]", bare, re.IGNORECASE)) and not re.search(r"[0#?]", bare.split(".")[0])


def _exact(value: float) -> Decimal:
    return Decimal(f"{value:.15g}")


def _date(value: float, since_1904: bool) -> str:
    try:
        day = (_EPOCH_1904 if since_1904 else _EPOCH) + timedelta(days=value)
    except (OverflowError, ValueError):
        return f"{plain(value)} [date]"
    if value < 1:
        return f"{day:%H:%M:%S}"
    return f"{day:%Y-%m-%d}" if value == int(value) else f"{day:%Y-%m-%d %H:%M:%S}"


def _chosen(sections: tuple[_Section, ...], value: float) -> _Section:
    if value < 0 and len(sections) > 1:
        return sections[1]
    if value == 0 and len(sections) > 2:
        return sections[2]
    return sections[0]


@lru_cache(1024)
def _sections(code: str) -> tuple[_Section, ...] | None:
    """The sections of a format, None where there is something in it that is not understood."""
    parts = [""]
    for match in _TOKEN.finditer(code):
        if match["other"] == ";":
            parts.append("")
        else:
            parts[-1] += match[0]
    # In a single section @ and nothing at all stand for the plain number.
    if code in ("", "@"):
        parts = ["General"]
    found = [_section(part) for part in parts[:4]]
    known = [section for section in found if section is not None]
    return tuple(known) if len(known) == len(found) else None


def _section(text: str) -> _Section | None:
    before, behind, number, percents = "", "", None, 0
    for match in _TOKEN.finditer(text):
        literal = ""
        if match["quoted"] is not None or match["escaped"] is not None:
            literal = match["quoted"] if match["quoted"] is not None else match["escaped"]
        elif match["bracket"] is not None:
            currency = _CURRENCY.fullmatch(match["bracket"])
            if currency is None and not _COLOUR.fullmatch(match["bracket"]):
                return None  # a condition, Chinese numerals, a length of time
            literal = currency["sign"] if currency else ""
        elif match["general"] or match["number"]:
            if number is not None:
                return None  # a fraction, or figures in two places
            number = match["number"] or "General"
        elif match["percent"]:
            percents += 1
            literal = "%"
        elif match["scale"]:
            return None  # shown in thousands
        elif match["other"] == "@":
            continue
        elif match["other"] is not None:
            if match["other"] not in _PLAIN:
                return None
            literal = match["other"]
        if number is None:
            before += literal
        else:
            behind += literal
    return _Section(before, number, behind, percents)


def _digits(number: Decimal, pattern: str) -> str:
    """The digits of a number that is not negative: as many decimals as the pattern has, rounded half up."""
    whole, _, decimals = pattern.partition(".")
    rounded = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    left, _, right = f"{rounded:f}".partition(".")
    while right and decimals[len(right) - 1] != "0" and right[-1] == "0":
        right = right[:-1]
    left = left.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole and left:
        left = f"{int(left):,}".rjust(len(left), "0")
    return left + ("." + right if right or (decimals == "" and "." in pattern) else "")
