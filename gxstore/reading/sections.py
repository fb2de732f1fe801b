"""The parts of the narrative, found by the words of their headings and not by their numbers.

Outlines differ: nine parts, seven, twelve, the six of 国办公开办函〔2021〕30号, restarted and unnumbered ones. A heading is
a short numbered line on its own; a numbered line inside a part counts as one only if its number goes on or its words
name a part.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.text.document import Document, Heading, Paragraph
from gxstore.reading.report import Section

_NUMBER = re.compile(r"^\s*(?:第?([一二三四五六七八九十]{1,3})\s*(?:[、.．]|部分)|([—–―-])\s*、)\s*(?=\S)")
_BRACKET = re.compile(r"^\s*(?:[（(]\s*[一二三四五六七八九十\d]+\s*[)）]|\d+\s*[.．、])")
_LONGEST_HEADING = 60
_LONGEST_PLAIN_HEADING = 30
# In this order: the first that fits names the part.
_KEYS: tuple[tuple[str, str], ...] = (
    ("proposals", r"(?:建议|议案).{0,8}提案|提案.{0,6}(?:办理|答复)"),
    ("affiliated", r"所属(?:事业|单位|机构)|下属"),
    ("review_litigation", r"复议|诉讼"),
    ("fees", r"收费|费用|减免"),
    ("key_areas", r"重点领域|重点工作"),
    ("secrecy", r"保密|监督检查"),
    ("problems", r"问题|不足|改进|打算"),
    ("other", r"其[他它]需要|需要报告|需要说明|其[他它]事项|其[他它]有关"),
    ("accountability", r"考核|社会评议|责任追究"),
    ("applications", r"依?申请|不予公开"),
    ("interpretation", r"解读|回应|互动"),
    ("proactive", r"主动公开|公开平台|平台建设"),
    ("organisation", r"组织领导|制度建设|组织机构|机构建设"),
    ("overview", r"概述|概况|总体|基本情况|工作情况|推进情况"),
    ("appendix", r"附[表件]|统计表"),
)
_PLAIN = re.compile(
    r"^(?:总体情况|概述|主动公开政府信息情况|收到和处理政府信息公开申请情况|政府信息公开行政复议、?行政诉讼情况|"
    r"存在的?主要问题及改进(?:情况|措施)|其[他它]需要报告的?事项)[:：]?$"
)
_APPENDIX = re.compile(r"(?:情况|信息公开).{0,6}统计表$|^附[表件]|^统计表$")
_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九", 1)}


@dataclass(frozen=True, slots=True)
class Line:
    """A heading or paragraph of the narrative."""

    text: str
    number: int | None
    document: int
    marked: bool


def lines_of(documents: Sequence[Document]) -> list[Line | None]:
    """The narrative in reading order; None stands for each table."""
    return [
        Line(block.text.strip(), block.place.line, number, isinstance(block, Heading))
        if isinstance(block, Heading | Paragraph)
        else None
        for number, document in enumerate(documents)
        for block in document.blocks
    ]


def read_sections(lines: Sequence[Line | None], titles: frozenset[int]) -> tuple[Section, ...]:
    """The parts in order, the text before the first heading as `preamble`.

    Args:
        lines: the narrative.
        titles: indices of the lines that are the report's title; they belong to no part.
    """
    sections: list[Section] = []
    key, number, heading, line = "preamble", None, None, None
    held: list[str] = []
    last = 0
    index = 0

    def close() -> None:
        text = "\n".join(held)
        sections.append(Section(key, number, heading, _chars(text), text, line))

    while index < len(lines):
        at = lines[index]
        if at is None or index in titles:
            if at is not None and line is None and index in titles:
                line = at.number
            index += 1
            continue
        following = lines[index + 1] if index + 1 < len(lines) else None
        taken, found = _heading(at, following, last)
        if found is None:
            held.append(at.text)
            line = line if line is not None else at.number
            index += 1
            continue
        close()
        key, number, heading = found
        line, held = at.number, []
        last = _ordinal(number) if number else last
        index += taken
    close()
    return tuple(sections)


def _heading(at: Line, following: Line | None, last: int) -> tuple[int, tuple[str, str | None, str] | None]:
    """Whether a heading begins here: the lines it takes, and its key, number and words."""
    text = at.text
    if _is_appendix(text, following):
        whole = text if _APPENDIX.search(text) else text + (following.text if following else "")
        return (1 if whole == text else 2), ("appendix", None, whole)
    if len(text) > _LONGEST_HEADING or _BRACKET.match(text) or re.search(r"[。；;!！?？]", text):
        return 1, None
    if match := _NUMBER.match(text):
        number = match[1] or "一"
        key = key_of(text[match.end() :])
        goes_on = _ordinal(number) == last + 1
        fits = key != "unknown" and len(text) <= 45
        if (goes_on and not re.search(r"[，,]", text)) or (fits and not re.search(r"[，,：:]\S", text)):
            return 1, (key, number, text)
        return 1, None
    if len(text) <= _LONGEST_PLAIN_HEADING and _PLAIN.match(text):
        return 1, (key_of(text), None, text)
    return 1, None


def _is_appendix(text: str, following: Line | None) -> bool:
    if len(text) > _LONGEST_HEADING or re.search(r"[。；，,]", text) or _NUMBER.match(text):
        return False
    if _APPENDIX.search(text) and not _BRACKET.match(text):
        return True
    return following is not None and following.text.strip() == "统计表"


def key_of(heading: str) -> str:
    """The key of the part that a heading names, `unknown` if it fits none."""
    words = "".join(heading.split())
    for key, pattern in _KEYS:
        if re.search(pattern, words):
            return key
    return "unknown"


def _ordinal(number: str) -> int:
    tens, _, ones = number.rpartition("十")
    if "十" not in number:
        return _DIGITS.get(number, 0)
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)


def _chars(text: str) -> int:
    return len("".join(text.split()))
