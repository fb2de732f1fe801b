"""Whose a table is and of which year: what the headings, captions and titles over it say.

A report can carry tables that are not its own: last year's report as an annex, the numbers of another body for
comparison. Only short lines that name a table or a report are asked; a sentence about last year over a table, or a
heading about plans, disowns nothing. What an annexed report prints under its title stays that report's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from archive.text.document import Document, Picture, Table
from gxstore.reading.agency import agency_in, same_body
from gxstore.reading.grid import bundles
from gxstore.reading.han import in_figures, numeral
from gxstore.reading.particulars import read_period
from gxstore.reading.sections import Line, lines_of
from gxstore.reading.titles import find_titles, squeeze

_LONGEST = 60
# A year, but none of a date (2024年1月15日): 2022年1月1日至12月31日 is a time that numbers are told of.
_YEAR = re.compile(
    r"(?<!\d)(20[0-4]\d)(?:年(?!版|\d{1,2}月(?:\d{1,2}日)?(?:起|始)?(?![起始至到—–~-]))|"
    r"(?=度|[)）]|数据|政府信息|信息公开|$))|(?<=[至到—–~-])(20[0-4]\d)年"
)
_LAST_YEAR = re.compile(r"去年|上年(?!结转)|上一?年度(?!结转)|往年|历年")
# Part of the year is not the year: 2023年上半年统计表, 1—6月, 第四季度.
_PART_OF_A_YEAR = re.compile(
    r"[上下]半年|第?[一二三四]季度|(?<!\d)(?:0?[1-9]|10)月份|截[至止][^，。；]{0,8}(?<!\d)(?:0?[1-9]|10)月"
    r"|(?<!\d)0?1(?:月份?|月1日)?[-—–~～至到]+(?:20\d\d年)?(?:0?[2-9]|10)月(?!1日)"
)
_NOTHING_ELSE = r"^[(（]?(?:20\d\d年度?)?(?:{})份?(?:\d{{1,2}}日)?[)）]?$"
_COMPARED = re.compile(
    r"相比|同比|环比|(?:与|较|比|同|和)(?:20\d\d年度?|去年|上年|上一年)|增[长加减]|减少|下降|上升"
)
# What is told of another year without a table: plans, what was put right, where a rule comes from.
_NO_TABLE = re.compile(
    r"计划|打算|措施|改进|安排|思路|展望|下一步|目标|部署|问题|整改|以来|修订|条例|上一篇|下一篇|相关|链接|通知|"
    r"转发|来源|发布时间|发布日期|公开日期|成文日期"
)
_REPORT = re.compile(r"信息公开.{0,12}?(?:报告|年报)[)）]?$|信息公开.{0,12}?(?:报告|年报)[(（-]")
_ANNEX = re.compile(r"^[(（【]?附(?:[件表录]|[:：]|\d|[一二三四五])")
_ANNEX_WORDS = re.compile(r"^[(（【]?附[件表录]?\s*[\d一二三四五]*\s*[:：.、]?\s*[】)）]?")
_ANNEX_OR_STATISTICS = re.compile(r"统计表$|情况表$")
_NUMBERED = re.compile(r"^第?([一二三四五六七八九十]{1,3})(?:[、.．]|部分)")
_NUMERAL = re.compile(r"^(?:[(（]?[一二三四五六七八九十\d]{1,3}[)）]?[、.．]?|表[一二三四五\d]*[:：]?)")
_ORGAN = (
    r"(?:局|厅|委员会|委|人民政府|办公室|法院|检察院|街道办事处|街道|镇|乡|中心|公证处|管理处|办事处|管理所|研究院"
    r"|支队|大队|总队|学院|大学|学校|医院|公司|集团)"
)
_BODY = re.compile(
    rf"^(?P<name>[\u4e00-\u9fff]{{2,30}}?{_ORGAN})(?:20\d\d|的?主动公开|的?政府信息|的?依申请|的?行政复议|的?情况|的?数据|[(（:：]|$)"
)
_NO_BODY = re.compile(r"公开|申请|处理|提起|信息|平台|工作")
_FILLED_IN_BY = re.compile(
    r"^[(（]?(?:填报|填表|报送|上报)(?:单位|机关|部门)(?:名称)?(?:[(（]盖?章[)）])?[:：](?P<name>[\u4e00-\u9fff]{3,30})"
)
_BELOW = re.compile(
    r"(?:下属|所属|直属|各)(?:事业)?(?:单位|机构|部门|街道|镇街|乡镇|学校|医院|科室|镇|乡|县|区)"
)
_TOGETHER = re.compile(r"含|及|和|与|汇总|合计|总计|包括|本级")
_OF_ALL = re.compile(r"^全[省市州县区旗]")
_GOVERNMENT = re.compile(r"政府|管委会|管理委员会|[省市州县区旗镇乡]$")
# In a table a row of words may be a remark: 说明：其中3件为上年转来.
_REMARK = re.compile(r"^[(（]?(?:备?注|说明|其中|含|附注|填表|以上)")
_CAPTION = re.compile(r"表|报告|年报|情况|数据|统计|^附")
_STOP = "。"
_A_SENTENCE = re.compile(r"；|[，,].*[，,]")
_LONGEST_FURNITURE = 40
_FURNITURE_NOT = re.compile(r"[。；;]|[：:]$")


@dataclass
class Whose:
    """Follows the report line by line and says whether what stands now is its own.

    Args:
        years: the years that the report may be of, empty where it does not say: then no year is another.
        body: the body that its title names, None where it names none: then no body is another.
    """

    years: frozenset[int]
    body: str | None
    foreign: str | None = None
    annexed: bool = False
    _last: int = field(default=0, repr=False)
    _document: int = field(default=0, repr=False)

    def begin(self, document: int, title: str | None = None) -> None:
        """Begins a further document; `title` is the one it has beside its text."""
        self.foreign, self.annexed, self._last, self._document = None, False, 0, document
        if title is not None:
            self.line(title)

    def line(self, printed: str, *, title: bool = False) -> None:
        """Reads one paragraph or heading; `title` says that it is the report's own title."""
        if title:
            self.foreign, self.annexed = None, False
            return
        text = _caption_in(printed)
        if not text:
            if self.foreign and not self.annexed and _STOP in printed:
                self.foreign = None  # a sentence stands between the caption and what follows
            return
        if self._is_another(text):
            annexed = bool(_ANNEX.match(text) or _REPORT.search(text))
            self.annexed = annexed or (self.annexed and self.foreign is not None)
            self.foreign = printed.strip()
        elif self.foreign is None:
            if number := _NUMBERED.match(text):
                self._last = numeral(number[1]) or self._last
        elif self._is_own(text):
            self.foreign, self.annexed = None, False
            if number := _NUMBERED.match(text):
                self._last = numeral(number[1]) or self._last

    def turns(self, printed: str) -> bool:
        """Whether a line in a table is a caption that disowns what follows, or takes up the report again."""
        text = _caption_in(printed)
        if not text or _REMARK.match(text):
            return False
        if not (_CAPTION.search(text) or _YEAR.search(text) or _BODY.match(text)):
            return False
        return self._is_another(text) if self.foreign is None else self._is_own(text)

    def _named(self, text: str) -> set[int]:
        return {int(found[1] or found[2]) for found in _YEAR.finditer(text)}

    def _is_another(self, text: str) -> bool:
        if _NO_TABLE.search(text) or _COMPARED.search(text):
            return False
        years = self._named(text)
        if self.years and years and not years & self.years:
            return True
        if not years and _LAST_YEAR.search(text):
            return True
        if part := _PART_OF_A_YEAR.search(text):
            alone = re.match(_NOTHING_ELSE.format(re.escape(part[0])), text)
            if alone or _ANNEX.match(text) or re.search(r"[表据]$|[表据][)）]$", text):
                return True
        return self._of_another_body(text)

    def _of_another_body(self, text: str) -> bool:
        words = _ANNEX_WORDS.sub("", text)
        annex = words != text
        words = _NUMERAL.sub("", words)
        if _BELOW.search(words) and not _TOGETHER.search(words):
            return True
        if self.body is None:
            return False
        filled = _FILLED_IN_BY.match(text)
        # The report of a government may be filled in by any of its offices.
        if filled and re.search(f"{_ORGAN}$", filled["name"]) and not _GOVERNMENT.search(self.body):
            return not same_body(filled["name"], self.body)
        if annex and _OF_ALL.match(words) and not _GOVERNMENT.search(self.body):
            return True
        if not (annex or _REPORT.search(text) or _ANNEX_OR_STATISTICS.search(text)):
            return False
        words = re.sub(r"^20\d\d年度?", "", words)
        name = agency_in(words) if _REPORT.search(words) else None
        if name is None:
            found = _BODY.match(words)
            name = found["name"] if found else None
        if name is None or _NO_BODY.search(name) or not re.search(f"{_ORGAN}$", name):
            return False
        return not same_body(name, self.body)

    def _is_own(self, text: str) -> bool:
        """Whether a line takes up the report again behind what is not its own."""
        if self._named(text) & self.years and not _NO_TABLE.search(text) and not _COMPARED.search(text):
            return bool(_ANNEX.match(text) or re.search(r"报告|年报|表|数据|情况|公开", text))
        if self.annexed:
            # An annexed report has parts of its own, and annexes.
            number = None if _REPORT.search(squeeze(self.foreign or "")) else _NUMBERED.match(text)
        elif _ANNEX.match(text) or _ANNEX_OR_STATISTICS.search(text):
            return True
        else:
            number = _NUMBERED.match(text)
        began = self._last > 0 or self._document == 0
        return number is not None and began and (numeral(number[1]) or 0) > self._last


def _caption_in(printed: str) -> str:
    """A line without white space, its years in figures, where it may be a caption: short, and no sentence. Else empty."""
    if _STOP in printed:
        return ""
    text = squeeze(printed)
    if len(text) > 2 * _LONGEST or _A_SENTENCE.search(text):
        return ""
    text = in_figures(text)
    return text if len(text) <= _LONGEST else ""


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of the report itself: the years that it may be of, its body, and the lines of its first document
    that are its title."""

    years: frozenset[int]
    body: str | None
    titles: frozenset[int]

    def follow(self) -> Whose:
        """Follows the report from its beginning."""
        return Whose(self.years, self.body)


@dataclass(frozen=True, slots=True)
class Over:
    """The lines that stand between a table and the one before it, and whether each is the report's own title."""

    lines: tuple[tuple[str, bool], ...]


def own(documents: Sequence[Document], year: int | None, title: str | None) -> Own:
    """What is known of the report itself: its year by its title and its statistics period, its body by its title."""
    lines = lines_of(documents[:1])
    titles = _titles(lines)
    known = Whose(frozenset({year} if year else ()), agency_in(title) if title else None)
    told: list[str] = []
    for index, line in enumerate(lines):
        if line is not None:
            known.line(line.text, title=index in titles)
            if known.annexed:
                break
            told.append(line.text)
    # The title may print the year of publication: the year that the report says its numbers are of is none of another.
    period = read_period("\n".join(told))
    return Own(known.years | ({period[1].year} if period else set()), known.body, titles)


def lines_over(documents: Sequence[Document], own: Own) -> dict[tuple[int, int], Over]:
    """(document, table) -> what stands over it, for every table that has cells."""
    over: dict[tuple[int, int], Over] = {}
    for number, document in enumerate(documents):
        held: list[tuple[str, bool]] = []
        index = 0
        for block in document.blocks:
            if isinstance(block, Table):
                index += 1
                if block.cells:
                    over[(number, block.index)] = Over(tuple(held))
                    held = []
            elif not isinstance(block, Picture):
                held.append((block.text, number == 0 and index in own.titles))
                index += 1
    return over


def title_beside(document: Document) -> str | None:
    """The title that a file has beside its text, where its text has none that says the year."""
    lines = lines_of([document])
    own = find_titles(lines, None)
    return None if own.title and _YEAR.search(in_figures(own.title)) else document.title


def disowned(documents: Sequence[Document], lines: Sequence[Line | None], own: Own) -> frozenset[int]:
    """The lines (those of the documents) that belong to a report of another year or body annexed to this one."""
    known = own.follow()
    found: set[int] = set()
    first = bundles(documents)
    bundle = 0
    for index, line in enumerate(lines):
        if line is None:
            continue
        if first[line.document] != bundle:
            bundle = first[line.document]
            known.begin(bundle, title_beside(documents[bundle]))
        known.line(line.text, title=line.document == 0 and index in own.titles)
        if known.foreign and known.annexed:
            found.add(index)
    return frozenset(found)


def apart(over: Over) -> bool:
    """Whether text of the report stands between a table and the one before: more than a page's head and foot."""
    return any(
        len(text) > _LONGEST_FURNITURE or _FURNITURE_NOT.search(text) or _NUMBERED.match(text)
        for text in (squeeze(line) for line, _ in over.lines)
    )


def _titles(lines: Sequence[Line | None]) -> frozenset[int]:
    """The lines of the title with which a document begins. A title behind 附 is that of an annex."""
    own: set[int] = set()
    for index in sorted(find_titles(lines, None).lines):
        line = lines[index]
        if own and index != max(own) + 1:
            break
        if line is not None and _ANNEX.match(squeeze(line.text)):
            break
        own.add(index)
    return frozenset(own)
