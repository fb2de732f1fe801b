"""The parts of the narrative, found by the words of their headings and not by their numbers.

Outlines differ: nine parts, seven, twelve, the six of 国办公开办函〔2021〕30号, restarted, nested and unnumbered ones. A
heading is a short numbered line on its own; a numbered line inside a part counts as one only if its number goes on or
its words name a part. Which numbers head parts is the outline's own choice: 一、 where there are such, else 1、 or （一）.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from archive.text.document import Document, Heading, Paragraph, Picture
from gxstore.reading.grid import SURE_FROM
from gxstore.reading.han import numeral
from gxstore.reading.report import Finding, Section

_Outline = Literal["han", "arabic", "bracket", "plain"]
_HAN = re.compile(r"^\s*(?:第?([一二三四五六七八九十]{1,3})\s*(?:[、.．]|部分)|([—–―-])\s*、)\s*(?=\S)")
_ARABIC = re.compile(r"^\s*(\d{1,2})\s*(?:[、．]|[.](?!\d))\s*(?=\S)")
_BRACKETED = re.compile(r"^\s*[（(]\s*([一二三四五六七八九十]{1,3})\s*[)）]\s*、?\s*(?=\S)")
_NUMBERS: dict[_Outline, re.Pattern[str]] = {"han": _HAN, "arabic": _ARABIC, "bracket": _BRACKETED}
_BRACKET = re.compile(r"^\s*(?:[（(]\s*[一二三四五六七八九十\d]+\s*[)）]|\d+\s*[.．、])")
_ENDS_A_SENTENCE = re.compile(r"[。；;!！?？]")
_IN_A_SENTENCE = re.compile(r"[。；，,]")
_FEWEST_PARTS = 3
_LONGEST_HEADING = 60
_LONGEST_FITTING = 45
_LONGEST_PLAIN_HEADING = 30
_LONGEST_SENTENCE = 2000
_NO_PROSE = re.compile(rf"[^。！？!?；;]{{{_LONGEST_SENTENCE}}}|[\d,，.]{{100}}")
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
# The mark behind the numeral may be lost or another: 一总体情况, 一，总体情况, 1 总体情况.
_PLAIN = re.compile(
    r"^(?:[一二三四五六七八九十]{1,2}|\d{1,2})?\s?[，,]?(?:总体情况|概述|主动公开政府信息情况|收到和处理政府信息公开申请情况|政府信息公开行政复议、?行政诉讼情况|"
    r"存在的?主要问题及改进(?:情况|措施)|其[他它]需要报告的?事项)[:：]?$"
)
_PLAIN_OUTLINE = re.compile(
    r"^(?:政府信息公开)?(?:工作)?(?:总体|基本|总的)?(?:概述|概况|情况|工作情况)[:：]?$|"
    r"^(?:主动公开|依申请公开|政府信息依申请公开|政府信息公开申请(?:办理)?|公开平台建设|政府信息公开平台建设|"
    r"收费及减免|政府信息公开的?收费及减免|因?政府信息公开申请提起行政复议、?(?:提起)?行政诉讼的?|"
    r"行政复议、?(?:和|及)?行政诉讼|组织领导和制度建设)(?:工作)?(?:的)?情况[:：]?$|"
    r"^(?:存在的?)?(?:主要)?(?:问题|不足)(?:和|及|与)(?:下一步)?改进(?:情况|措施|打算)?[:：]?$"
)
_ANNEX_NUMBER = re.compile(r"^附[表件]\s*[\d一二三四五]?\s*[:：]?$")
_APPENDIX = re.compile(r"(?:情况|信息公开).{0,6}统计表$|^附[表件]|^统计表$")


@dataclass(frozen=True, slots=True)
class Line:
    """A heading or paragraph of the narrative. `sure` is False where a scan was not surely read: it shows the text,
    and nothing is taken from it."""

    text: str
    number: int | None
    document: int
    marked: bool
    sure: bool = True


def lines_of(documents: Sequence[Document]) -> list[Line | None]:
    """The narrative in reading order; None stands for each table."""
    lines: list[Line | None] = []
    for number, document in enumerate(documents):
        for block in document.blocks:
            if isinstance(block, Paragraph):
                sure = block.confidence is None or block.confidence >= SURE_FROM
                lines.append(Line(block.text.strip(), block.place.line, number, marked=False, sure=sure))
            elif isinstance(block, Heading):
                lines.append(Line(block.text.strip(), block.place.line, number, marked=True))
            elif not isinstance(block, Picture):
                lines.append(None)
    return lines


def prose_of(lines: Sequence[Line | None], titles: frozenset[int]) -> tuple[list[str], list[Finding]]:
    """The lines that may tell something, titles left out, and a finding for each that is no prose.

    Nobody writes a sentence of thousands of characters or a number of a hundred digits; looking for facts in such a line
    would cost its length squared.
    """
    kept: list[str] = []
    findings: list[Finding] = []
    for index, line in enumerate(lines):
        if line is None or index in titles:
            continue
        if len(line.text) > _LONGEST_SENTENCE and _NO_PROSE.search(line.text):
            text = (
                f"A text of {len(line.text):,} characters without sentences was not read: {line.text[:40]}…"
            )
            findings.append(Finding("read.no_prose", "warning", (), None, None, text))
        else:
            kept.append(line.text)
    return kept, findings


@dataclass(frozen=True, slots=True)
class _Found:
    """A heading that was found: the lines it takes, and what of its part follows on the same line."""

    key: str
    number: str | None
    heading: str
    lines: int = 1
    rest: str = ""


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
    outline = _outline(lines, titles)
    nested = _nested(lines) if outline == "han" else frozenset()

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
        found = None if index in nested else _heading(at, following, last, outline)
        if found is None:
            held.append(at.text)
            line = line if line is not None else at.number
            index += 1
            continue
        close()
        key, number, heading = found.key, found.number, found.heading
        line, held = at.number, [found.rest] if found.rest else []
        last = _ordinal(number) if number else last
        index += found.lines
    close()
    return tuple(sections)


def _outline(lines: Sequence[Line | None], titles: frozenset[int]) -> _Outline:
    """How the parts are numbered. 1、 and （一） number parts only where no 一、 does, and where they name several."""
    keys: dict[_Outline, set[str]] = {name: set() for name in _NUMBERS}
    for index, line in enumerate(lines):
        if line is None or index in titles:
            continue
        for name, pattern in _NUMBERS.items():
            if match := pattern.match(line.text):
                words = re.split(r"[。：:]", line.text[match.end() :], maxsplit=1)[0]
                if len(words) <= _LONGEST_PLAIN_HEADING and not re.search(r"[，,；;]", words):
                    keys[name].add(key_of(words))
    if keys["han"] - {"unknown"}:
        return "han"
    others: tuple[_Outline, ...] = ("arabic", "bracket")
    best = max(others, key=lambda name: len(keys[name] - {"unknown"}))
    return best if len(keys[best] - {"unknown"}) >= _FEWEST_PARTS else "plain"


def _nested(lines: Sequence[Line | None]) -> frozenset[int]:
    """The lines of a second count 一、二、三、 inside a part: behind it the outer count goes on where it stopped."""
    counted = [
        (index, _ordinal(match[1] or "一"))
        for index, line in enumerate(lines)
        if line is not None
        and len(line.text) <= _LONGEST_HEADING
        and not _ENDS_A_SENTENCE.search(line.text)
        and (match := _HAN.match(line.text))
    ]
    inner: set[int] = set()
    last = at = 0
    while at < len(counted):
        ordinal = counted[at][1]
        end = at + 1
        if ordinal == 1 and last >= 1:
            while end < len(counted) and counted[end][1] == end - at + 1:
                end += 1
            if end < len(counted) and counted[end][1] == last + 1:
                inner.update(place for place, _ in counted[at:end])
                at = end
                continue
        last = ordinal
        at += 1
    return frozenset(inner)


def _heading(at: Line, following: Line | None, last: int, outline: _Outline) -> _Found | None:
    """The heading that begins here, None where none does."""
    text = at.text
    if _is_appendix(text, following):
        alone = _APPENDIX.search(text) and not (following and _names_an_appendix(text, following.text))
        whole = text if alone else text + (following.text if following else "")
        return _Found("appendix", None, whole, 1 if alone else 2)
    pattern = _NUMBERS.get(outline, _HAN)
    match = pattern.match(text)
    if len(text) > _LONGEST_HEADING or _ENDS_A_SENTENCE.search(text):
        return _run_in(text, match, last) if match else None
    if match:
        number = match[1] or "一"
        key = key_of(text[match.end() :])
        goes_on = _ordinal(number) == last + 1
        fits = key != "unknown" and len(text) <= _LONGEST_FITTING
        if outline == "han":
            is_one = (goes_on and not re.search(r"[，,]", text)) or (
                fits and not re.search(r"[，,：:]\S", text)
            )
        else:
            is_one = fits and not re.search(r"[，,]", text) and (goes_on or not re.search(r"[：:]\S", text))
        return _Found(key, number, text) if is_one else _run_in(text, match, last)
    if len(text) > _LONGEST_PLAIN_HEADING:
        return None
    if _PLAIN.match(text) or (outline == "plain" and _PLAIN_OUTLINE.match(text)):
        return _Found(key_of(text), None, text)
    if outline == "plain" and at.marked and key_of(text) != "unknown" and not re.search(r"[，,]", text):
        return _Found(key_of(text), None, text)
    return None


def _run_in(text: str, match: re.Match[str], last: int) -> _Found | None:
    """A heading with its part on the same line: 一、总体情况。2023年，…. Only where its number goes on."""
    number = match[1] or "一"
    cut = re.search(r"[。：:]", text[match.end() :])
    if cut is None or _ordinal(number) != last + 1:
        return None
    words = text[match.end() : match.end() + cut.start()]
    if len(words) > _LONGEST_PLAIN_HEADING or re.search(r"[，,；;]", words) or key_of(words) == "unknown":
        return None
    rest = text[match.end() + cut.end() :].strip()
    return _Found(key_of(words), number, text[: match.end() + cut.start()], rest=rest)


def _is_appendix(text: str, following: Line | None) -> bool:
    if len(text) > _LONGEST_HEADING or _IN_A_SENTENCE.search(text) or _HAN.match(text):
        return False
    if _APPENDIX.search(text) and not _BRACKET.match(text):
        return True
    return following is not None and following.text.strip() == "统计表"


def _names_an_appendix(text: str, following: str) -> bool:
    """附件1： with the name of the annex on the next line."""
    return bool(_ANNEX_NUMBER.match(text) and _APPENDIX.search(following.strip()))


def key_of(heading: str) -> str:
    """The key of the part that a heading names, `unknown` if it fits none."""
    words = "".join(heading.split())
    for key, pattern in _KEYS:
        if re.search(pattern, words):
            return key
    return "unknown"


def _ordinal(number: str) -> int:
    return int(number) if number.isdecimal() else numeral(number) or 0


def _chars(text: str) -> int:
    return len("".join(text.split()))
