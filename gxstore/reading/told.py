"""What the narrative tells, sentence by sentence: numbers as written, of which time, and the words that tell them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gxstore.reading.report import Fact, FactValue

COUNT = r"(?<![\d,])(?P<n>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)\s*(?P<wan>万)?\s*(?P<approx>余|多)?\s*"
# The words that say of which time a number is; the last one before it counts.
_TIMES = re.compile(
    r"(?P<span>(?P<from>20[0-4]\d)年?度?(?:\d+月(?:\d+日)?)?[-—~～至到、和与及]+(?!(?P=from))20[0-4]\d年)|"
    r"(?P<now_since>(?:今年|本年度?|年初)以来)|(?P<since>以来|近[两二三四五六七八九十几数\d]*年[来间]?|[两二三四五六七八九十几多数\d]年[来间])|"
    r"(?P<past>去年|上年(?!结转)|上一年(?!项目)|往年|历年|(?:与|较|比)(?:20\d\d年|去年|上年))|"
    r"(?P<part>第?[一二三四]季度|前[两三]季度|[上下]半年|\d+月份"
    r"|(?<!\d)(?!1月(?:份|1日)?[-—~～至到]+(?:20\d\d年)?12月)\d{1,2}月(?:份|\d+日)?[-—~～至到]+(?:20\d\d年)?\d{1,2}月)|"
    r"(?P<future>计划|预计|力争|拟于|将于|明年|下一年)|"
    r"(?P<now>今年|本年|全年|年内|(?P<year>20[0-4]\d)年)"
)
# A goal is no count, and neither is a mean or a share.
_NO_COUNT = re.compile(
    r"计划|预计|力争|拟于|将于|目标|指标|日均|月均|年均|人均|平均|每[天日周月季年个]|占比|比例|同比|环比"
)
# 截至2023年底累计公开15600条: what there is, of all years. 截至2023年底，全年累计公开… is of the year.
_STOCK = re.compile(
    r"截[至止]到?(?:目前|今|(?:20\d\d年|本年|今年)?(?:年?底|年?末|\d+月(?:\d+日|底|末)?)?)(?P<gap>[^。]*)$"
)
_OF_ALL_YEARS = re.compile(r"累计|历年|总计|总量|总数|已有|存量")
_OF_THE_YEAR = re.compile(r"今年|本年|全年|年内|当年|年度|20[0-4]\d年|年初")
_YEAR_OF_STOCK = re.compile(
    r"[^。]{0,40}?(?:其中[，,：:]?(?:20[0-4]\d年|本年|今年|当年|全年)|(?:本年|今年|当年|年内)度?新增)"
)
_EXCEPT = re.compile(r"除[^。；;]*外[，,]?[^，。；;]{0,8}$")
_YEARS = re.compile(r"(?<!\d)(20[0-4]\d)年(?!\d)(?![^，。；;]{0,6}(?:计划|将|打算|力争|目标|预计|起))")
_RISEN = re.compile(r"[条篇件则份][^，。；;\d]{0,3}(?:增|升|提|降|减)[^，。；;\d]{0,4}[至到为]" + COUNT)
# Some bodies are not all: 各镇街未收到…，区直部门收到12件.
SOME_BODIES = re.compile(
    r"(?<![全我][省市州县区旗镇乡局])"
    r"(?:各(?:相关|有关|职能|级)?(?:部门|单位|乡镇|镇街|街道|镇|乡|科室|县|区|局|委办局|股室)|"
    r"[省市县区州旗](?:直|级)(?:各)?(?:机关|部门|单位))"
    r"|(?<![及和与])(?:所属|下属|直属)的?\d*个?(?:事业)?(?:单位|部门|机构|企业)"
)
# 全市司法行政系统公开6000条 is no bureau's own.
OF_A_SYSTEM = re.compile(r"全[省市州县区旗盟][^，。；;]{0,8}系统")
# 398条（2022年）、412条（2023年）: the year stands behind its number.
_YEAR_BEHIND = re.compile(r"[\d,.]+\s*(?:余|多)?[条篇件则份][（(](20[0-4]\d)年度?[）)]")
_SENTENCE = re.compile(r"[^。！？!?]*[。！？!?]|[^。！？!?]+$")
_BLANK = re.compile(r"\s")
# `2019 年`, `118 条`, and between two Chinese characters.
_BLANK_BY_A_NUMBER = re.compile(
    r"(?<=[^\x00-\x7f])\s+(?=\d)|(?<=\d)\s+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])"
)
_LONGEST_QUOTE = 240
_LEAD = 60
_FAR = 400


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of the narrative; `before` is how its paragraph begins and what stands right before it."""

    text: str
    before: str

    def so_far(self, at: int) -> str:
        """The text up to a place, as far back as it can matter. A sentence of megabytes is not read over and over."""
        return self.text[max(0, at - _FAR) : at]


def sentences(paragraph: str) -> Iterator[Told]:
    """The sentences of a paragraph, white space around figures taken away."""
    text = _BLANK_BY_A_NUMBER.sub("", paragraph) if _BLANK.search(paragraph) else paragraph
    at = 0
    for match in _SENTENCE.finditer(text):
        if match[0].strip():
            before = text[:at] if at <= 2 * _FAR else text[:_FAR] + text[at - _FAR : at]
            yield Told(match[0].strip(), before)
        at = match.end()


def telling(told: Sequence[Told], *words: str) -> Iterator[Told]:
    """The sentences that hold one of the words: what a rule looks for is told in no other, and most hold none."""
    for sentence in told:
        for word in words:
            if word in sentence.text:
                yield sentence
                break


def number(match: re.Match[str]) -> int | float:
    """The number of a match on `COUNT`."""
    value = Decimal(match["n"].replace(",", "")) * (10_000 if match.groupdict().get("wan") else 1)
    return int(value) if value == value.to_integral_value() else float(value)


def fact(
    code: str,
    value: FactValue,
    sentence: Told,
    match: re.Match[str],
    *,
    approx: bool = False,
    detail: Mapping[str, object] | None = None,
) -> Fact:
    """A fact with its sentence; of a very long sentence the part around the words that tell it."""
    return Fact(code, value, approx, _quote(sentence.text, match), detail or {})


def _quote(text: str, match: re.Match[str]) -> str:
    if len(text) <= _LONGEST_QUOTE:
        return text
    start = max(0, min(match.start() - _LEAD, len(text) - _LONGEST_QUOTE + 2))
    cut = text[start : start + _LONGEST_QUOTE - 2]
    return ("…" if start else "") + cut + ("…" if start + len(cut) < len(text) else "")


def approx(match: re.Match[str]) -> bool:
    """Whether the number of a match on `COUNT` is about right only: 350余条, 突破4万人."""
    lead = match.string[max(0, match.start("n") - 4) : match.start("n")]
    return (
        bool(match["approx"])
        or bool(re.search(r"(?:突破|超过?|将?近|约|逾|多达)$", lead))
        or match.string[match.end() - 1] == "余"
    )


def clause_to(text: str, at: int) -> str:
    """The text from the last mark before `at` up to it."""
    return re.split(r"[，,；;：:]", text[max(0, at - _FAR) : at])[-1]


def year_told(sentence: Told, at: int) -> int | None:
    """The year that the number at that place is told of, 0 where none is named, None where it is another time.

    `2019年以来` and `去年` are another time, and so is what follows `与2022年…相比`.
    """
    if _NO_COUNT.search(clause_to(sentence.text, at)):
        return None
    if _is_stock(sentence, at):
        return None
    times = list(_TIMES.finditer(sentence.so_far(at)))
    behind = _YEAR_BEHIND.match(sentence.text, at)
    if not times and behind is None:
        return 0
    if behind:
        year = int(behind[1])
    else:
        last = times[-1]
        if last["span"] or last["since"] or last["past"] or last["part"] or last["future"]:
            return None
        year = int(last["year"]) if last["year"] else 0
    return None if _comes_to_a_later(year, sentence, at) else year


def of_an_earlier_year(sentence: Told, at: int) -> bool:
    """Whether what is said at that place is of a year before another that the sentence comes to: 2022年未收到…，2023年收到1件."""
    times = list(_TIMES.finditer(sentence.so_far(at)))
    return bool(times and times[-1]["year"]) and _comes_to_a_later(int(times[-1]["year"]), sentence, at)


def _comes_to_a_later(year: int, sentence: Told, at: int) -> bool:
    """2022年公开…，2023年未统计: the sentence comes to a later year, and that is the report's."""
    later = (int(other[1]) for other in _YEARS.finditer(sentence.text, at, at + _FAR))
    return bool(year) and any(other > year for other in later)


def _is_stock(sentence: Told, at: int) -> bool:
    """Whether the number at that place is of what was published up to a day, whatever the year."""
    match = _STOCK.search(sentence.so_far(at))
    if match is None or _OF_THE_YEAR.search(match["gap"]):
        return False
    return bool(_OF_ALL_YEARS.search(match["gap"])) or bool(_YEAR_OF_STOCK.match(sentence.text, at))


def with_exceptions(sentence: Told, at: int) -> bool:
    """Whether what is said at that place has exceptions: 除1起外，未发生…."""
    return bool(_EXCEPT.search(sentence.so_far(at)))


def risen(match: re.Match[str]) -> re.Match[str]:
    """The number that a count rose or fell to, where the match is on the one it came from (由85条增加至91条); else itself."""
    lead = clause_to(match.string, match.start("n"))
    if not re.search(r"[由从][^，。；;]{0,10}$", lead):
        return match
    return _RISEN.search(match.string, match.start("n"), match.end("n") + 24) or match


def of_its_year(found: Sequence[tuple[int, Fact]]) -> Iterator[Fact]:
    """The first of what was found, or that of the last year where several years are told beside each other."""
    if found:
        years = {year for year, _ in found if year}
        yield next(told for year, told in found if len(years) < 2 or year == max(years))
