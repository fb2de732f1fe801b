"""Decides what a listed link is, from its title and its column alone: a report to fetch, or something to leave aside.

A report column also holds what is no annual report (解读, 制度, 自查报告, conference news) and the reports of other
agencies. What the title cannot settle is fetched, and the page itself decides (gxstore.reading.attribution).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from crawler.sites import Agency, Column, Site

Reason = Literal["not_a_report", "other_agency", "other_year", "off_site", "over_limit"]

_REPORT = re.compile(
    r"信息公开.{0,12}?(?:年度)?(?:工作)?(?:年度)?(?:报告|年报)|信息公开年报|政务公开.{0,8}?年报|年度报告"
)
# What a report is called too, or what its title begins with: with a year the page decides.
_COULD_BE = re.compile(r"公开|年报|年度报告|工作(?:报告|总结)")
_CUT = re.compile(r"(?:\.{2,}|…|。{2,})$")
_BARE_YEAR = re.compile(r"^\D{0,12}20[0-3]\d年?度?$")
# Words that make a title something else, even beside 年度报告: an interpretation of it, a notice about it, half a year.
# What a body is called says nothing of the kind: 调查队, 考核办, 培训中心, 政府法制办.
_NO_REPORT = re.compile(
    r"解读|自查|制度(?!建设及)|办法(?!制)|(?<!信息公开)规定|指南|目录|方案|要点|通知|复函|答复|的函$|半年|季度|月报|统计表$|"
    r"培训(?!中心|学校|学院|基地)|会议(?!中心)|召开|考核(?!办|中心|委|局)|情况通报|图解|测评(?!中心)|"
    r"调查(?!队|总队|支队|大队|局|院|中心)|公告栏|模板|样表|范本|填报说明|法治政府|预算(?!评审)|决算(?!评审)|工作计划|读懂"
)
# A notice that publishes a report and a title that names what comes with it speak of the report itself.
# Bodies that report under other rules, of what they do for the public (公共企事业单位信息公开): no office of a government.
_NO_OFFICE = re.compile(
    r"(?:医院|卫生院|[大中小]学|(?<!党)学校|(?<!行政)(?<!社会主义)学院|幼儿园|公司|集团|水厂|电厂|银行)$"
)
_OFFICE = re.compile(
    r"(?:局|厅|委|委员会|办|办公室|政府|镇|乡|街道|处|署|队|中心|院|所|会|[省市县区州盟旗])$"
)
_COMES_WITH_IT = re.compile(
    r"[(（【\[](?:含|附|及|和)[^)）】\]]*[)）】\]]$|(?<=报告)[及和、与附](?:情况)?统计表$|(?<=年报)[及和、与附](?:情况)?统计表$"
)
_PUBLISHES = re.compile(
    r"^(?P<by>.*?)(?:关于)?(?:印发|公布|发布)(?P<what>[《〈]?.*(?:报告|年报)[》〉]?)的(?:通知|公告)$"
)
_YEAR = re.compile(r"(?<!\d)(?:20)?(20[0-3]\d)(?!\d)")
_CHINESE_YEAR = re.compile(r"二[〇○零Oo0]([一二三〇○零])([一二三四五六七八九〇○零])年")
# A title may give the period of the report for its year: 2015年1月1日至2015年12月31日.
_PERIOD = re.compile(
    r"(?<=年)(?:度)?[(（]?0?1月0?1日(?:起)?[至到—\-~～]+(?:(?:20\d\d|同|当)年)?12月31日(?:止)?(?:期间)?[)）]?"
)
# 灵武市司法局(行政复议局), cut off or not; 灵武市司法局本级. A school, a hospital or a team under a body is another.
_SECOND_NAME = re.compile(
    r"\((?![^()]*(?:分局|中心|公司|集团|街道|办事处|[所站队学校院园馆场厂社镇乡村])\)?$)[^()]*\)?$"
    r"|(?<=[局厅委办府])(?:本级|机关)$"
)
_IS_OF_A_PLACE = re.compile(
    r"(?<=^[\u4e00-\u9fff]{2})[省市县区旗州盟](?=..)|(?<=^[\u4e00-\u9fff]{3})[省市县区旗州盟](?=..)"
)
# What is left of a title that names nobody: 2018年度报告.
_OF_THE_REPORT = re.compile(r"(?:年度?)?(?:工作)?(?:年度)?(?:报告|年报)$")
_OWN_WORDS = re.compile(
    r"[本我](?:[局委办厅县市区乡镇院署处队]|单位|部门|机关|街道|中心|政府|管委会|委员会|办公室)"
)
_DIGITS = {"〇": "0", "○": "0", "零": "0"} | dict(zip("一二三四五六七八九", "123456789", strict=True))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A link worth fetching: the agency's slug and the report year where title and column settle them. `doubtful`: its title
    may be that of a report, which the page alone can tell."""

    agency: str | None
    year: int | None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Aside:
    """A link left aside: the reason's code, and a plain detail."""

    reason: Reason
    detail: str


def normalise(text: str) -> str:
    """NFKC without white space: for matching only, never for showing."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def year_in(title: str) -> int | None:
    """The report year that a title names; None where it names none, or several."""
    plain = normalise(title)
    years = {int(found) for found in _YEAR.findall(plain)}
    for tens, ones in _CHINESE_YEAR.findall(plain):
        years.add(int(f"20{_DIGITS[tens]}{_DIGITS[ones]}"))
    return years.pop() if len(years) == 1 else None


def agency_named(body: str, agencies: Iterable[Agency], year: int | None = None) -> Agency | None:
    """The agency that a body's name stands for: one of its names exactly (a former one in its years), its full name
    behind a longer place (宁夏回族自治区灵武市司法局), or without what its place is (灵武司法局) if that is no other's. A second
    name in brackets and 本级 are no part of a name. An alias is never looked for inside a name: 市司法局 stands in that of
    every city."""
    plain = normalise(body)
    known = list(agencies)
    for name in dict.fromkeys((plain, _SECOND_NAME.sub("", plain))):
        for agency in known:
            if name in map(normalise, agency.names(year)):
                return agency
        longer = [agency for agency in known if name.endswith(normalise(agency.name))]
        if longer:
            return max(longer, key=lambda agency: len(agency.name))
        shorter = [
            agency for agency in known if _IS_OF_A_PLACE.sub("", normalise(agency.name), count=1) == name
        ]
        if len(shorter) == 1:
            return shorter[0]
    return None


def names_report(title: str) -> bool:
    """Whether a title names an annual report of an office, and nothing about one."""
    plain = _itself(title)
    body = body_named(plain)
    return _kind_of_title(plain) is True and not (body and _NO_OFFICE.search(body))


def body_named(title: str) -> str | None:
    """The part of a title that names a public body, whatever body it is; None where it names none."""
    plain = re.sub(r"^[关於于]+|^关于", "", normalise(title))
    plain = re.sub(f"{_CHINESE_YEAR.pattern}度?", "", _PERIOD.sub("", plain))
    plain = re.sub(r"(?:20)?20\d\d(?:年度|年)?", "", plain)
    before = re.split(
        r"(?:关于)?贯彻|政府信息(?:主动)?公开|政务公开|信息公开|依申请公开|主动公开", plain, maxsplit=1
    )[0]
    before = re.sub(r"(?:关于|发布|公布|的|\d+年?|年度|度|历年|往年|各年度?)$", "", before)
    before = _OF_THE_REPORT.sub("", before.strip("《》【】()（）:：-—"))
    return before if len(before) >= 2 else None


def judge_link(title: str, column: Column, site: Site) -> Candidate | Aside:
    """Judge a listed link.

    Args:
        title: the full title of the link.
        column: the column that lists it.
        site: the site, whose agencies are known by name and alias.
    """
    plain = _itself(title)
    sure = _kind_of_title(plain)
    if isinstance(sure, Aside):
        return sure
    owner = site.agency_by_slug(column.agency) if column.agency else None
    found = _whose(plain, owner, column.also, site)
    # a notice may print the report, or send it along
    doubtful = not sure or "通知" in normalise(title)
    return replace(found, doubtful=doubtful) if isinstance(found, Candidate) else found


def judge_found(title: str, site: Site) -> Candidate | Aside:
    """Judge what the search of a portal found, which may be of any body that the portal has room for: a report whose
    title names a body that is not the site's is left aside, one whose title names none is a candidate."""
    plain = _itself(title)
    sure = _kind_of_title(plain)
    if isinstance(sure, Aside):
        return sure
    if not sure:  # a search finds whatever speaks of disclosure
        return Aside("not_a_report", "the title names no annual report")
    body, year = body_named(plain), year_in(plain)
    named = agency_named(body, site.agency, year) if body else None
    if body is None or named is not None:
        return Candidate(named.slug if named else None, year)
    return Aside("other_agency", f"the title names {body}")


def _itself(title: str) -> str:
    """What a title says of the report itself, normalised: without what comes with it, and without the notice around it."""
    plain = _COMES_WITH_IT.sub("", normalise(title))
    if found := _PUBLISHES.match(plain):
        inner = found["what"].strip("《》〈〉")
        return inner if body_named(inner) else found["by"] + inner
    return plain


def _kind_of_title(plain: str) -> bool | Aside:
    """Whether a title names an annual report, or may be that of one (False), or why it is none."""
    if found := _NO_REPORT.search(plain):
        return Aside("not_a_report", f"the title says {found.group()}")
    cut, year = _CUT.search(plain) is not None, bool(_YEAR.search(plain) or _CHINESE_YEAR.search(plain))
    if _REPORT.search(plain) and _is_of_disclosure(plain):
        return True
    if _BARE_YEAR.match(plain) or ((cut or _COULD_BE.search(plain)) and (year or (cut and "公开" in plain))):
        return False
    return Aside("not_a_report", "the title names no annual report")


def _is_of_disclosure(plain: str) -> bool:
    """Whether a report is one on disclosure: it says so, or says nothing but whose it is and of which year (司法局2019年度报告),
    and is not that of all businesses of a place, or on something else."""
    if "公开" in plain.replace("一公开", ""):  # 双随机、一公开 is another matter
        return True
    rest = re.sub(r"年度?(?:工作)?报告|年报|关于|[《》()（）的]|工作", "", plain)
    rest = re.sub(r"(?:20)?20\d\d年?度?", "", rest)
    return not rest or bool(_OFFICE.search(rest) or _CUT.search(rest))


def _whose(plain: str, owner: Agency | None, also: tuple[str, ...], site: Site) -> Candidate | Aside:
    """Whose report a title names, held against the column's owner and the other bodies that it has room for."""
    year = year_in(plain)
    # before it names disclosure, a cut title may break off within the body's name
    unsaid = _REPORT.search(plain) is None and "公开" not in plain
    body = None if unsaid else body_named(plain)
    named = agency_named(body, site.agency, year) if body else None
    if owner is None or (named is not None and named.slug in also):
        return Candidate(named.slug if named else None, year)
    if body is None or agency_named(body, [owner], year) is not None or short_form(body, owner):
        return Candidate(owner.slug, year)
    return Aside("other_agency", f"the title names {named.name if named else body}")


def short_form(body: str, owner: Agency) -> bool:
    """Whether a body's name is a shorter form of the owner's: without its place (司法局 for 济源市司法局), a government
    by its place alone (灵武市 for 灵武市人民政府), or 本局, 我局, 本部门."""
    name = normalise(owner.name)
    if _OWN_WORDS.fullmatch(body) or name.endswith(body):
        return True
    # 银川市 stands for its government, not for its 人民政府国有资产监督管理委员会.
    rest = name.removeprefix(body)
    return rest != name and bool(re.fullmatch(r"[^府]*?(?:人民政府|(?<!监督)管理委员会|管委会)", rest))
