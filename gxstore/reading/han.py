"""Chinese numerals in running text: 二〇一九年 and 二○二一年一月二十五日 written in figures.

Counts in cells are read by `numbers.parse`, and so are the numerals here; only the two things that a cell does not
know are added: a year is spelt digit by digit, and a lone 一 in a date is no dash.
"""

import re

from gxstore.reading.numbers import parse

_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_HAS_FULL_WIDTH = re.compile("[０-９]")
_ZERO = str.maketrans("○OＯoｏ0０", "〇" * 7)
_DIGIT = "二〇○零一三四五六七八九OＯoｏ0０"
_YEAR = re.compile(rf"([二一][{_DIGIT}]{{3}})(?=年)")
_MONTH = re.compile(r"(?<=[年至到—])(元|正|[一二三四五六七八九十]{1,3})(?=月)")
_DAY = re.compile(r"(?<=月)([一二三四五六七八九十]{1,3})(?=日)")


def numeral(text: str) -> int | None:
    """The number that Chinese numerals up to the thousands give (十二 is 12), None where they give none."""
    if text == "一":
        return 1
    number = parse(text).number
    return int(number) if number is not None else None


def in_figures(text: str) -> str:
    """The text with its Chinese years, the months and days behind them and full-width figures in plain ones."""
    if _HAS_FULL_WIDTH.search(text):
        text = text.translate(_FULL_WIDTH)
    if "年" in text:
        text = _YEAR.sub(_spelt, text)
    if "月" in text:
        text = _DAY.sub(_figures, _MONTH.sub(_figures, text))
    return text


def _spelt(match: re.Match[str]) -> str:
    digits = [numeral(char) for char in match[1].translate(_ZERO)]
    return "".join(map(str, digits)) if None not in digits else match[0]


def _figures(match: re.Match[str]) -> str:
    number = 1 if match[1] in "元正" else numeral(match[1])
    return match[0] if number is None else str(number)
