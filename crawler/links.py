"""Decides what a listed link is, from its title and its column alone: a report to fetch, or something to leave aside.

A report column also holds what is no annual report (解读, 制度, 自查报告, conference news) and the reports of other
agencies. What the title cannot settle is fetched, and the page itself decides (gxstore.reading.attribution).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from crawler.sites import Agency, Column, Site

Reason = Literal["not_a_report", "other_agency", "other_year", "off_site", "over_limit"]

_REPORT = re.compile(r"信息公开.{0,12}?(?:年度)?(?:工作)?(?:年度)?(?:报告|年报)|信息公开年报|年度报告")
# Words that make a title something else, even beside 年度报告: an interpretation of it, a notice about it, half a year.
# What a body is called says nothing of the kind: 调查队, 考核办, 培训中心, 政府法制办.
_NO_REPORT = re.compile(
    r"解读|自查|制度|办法(?!制)|规定|指南|目录|方案|要点|通知|复函|答复|的函$|半年|季度|月报|统计表$|"
    r"培训(?!中心|学校|学院|基地)|会议(?!中心)|召开|考核(?!办|中心|委|局)|情况通报|图解|测评(?!中心)|"
    r"调查(?!队|总队|支队|大队|局|院|中心)|公告栏|法治政府|预算|决算|工作计划|读懂"
)
_YEAR = re.compile(r"(?<!\d)(?:20)?(20[0-3]\d)(?!\d)")
_CHINESE_YEAR = re.compile(r"二[〇○零Oo0]([一二三〇○零])([一二三四五六七八九〇○零])年")
_DIGITS = {"〇": "0", "○": "0", "零": "0"} | dict(zip("一二三四五六七八九", "123456789", strict=True))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A link worth fetching: the agency's slug and the report year where title and column settle them."""

    agency: str | None
    year: int | None


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
    """The agency that a body's name stands for: one of its names exactly (a former one in its years), or its full name
    behind a longer place (宁夏回族自治区灵武市司法局). An alias is never looked for inside a name: 市司法局 stands in that
    of every city."""
    plain = normalise(body)
    known = list(agencies)
    for agency in known:
        if plain in map(normalise, agency.names(year)):
            return agency
    longer = [agency for agency in known if plain.endswith(normalise(agency.name))]
    return max(longer, key=lambda agency: len(agency.name), default=None)


def names_report(title: str) -> bool:
    """Whether a title names an annual report, and nothing about one."""
    plain = normalise(title)
    return bool(_REPORT.search(plain)) and not _NO_REPORT.search(plain)


def body_named(title: str) -> str | None:
    """The part of a title that names a public body, whatever body it is; None where it names none."""
    plain = re.sub(r"^[关於于]+|^关于", "", normalise(title))
    plain = re.sub(r"(?:20)?20\d\d(?:年度|年)?", "", plain)
    before = re.split(r"政府信息公开|政务公开|信息公开", plain, maxsplit=1)[0]
    before = re.sub(r"(?:关于|发布|公布|的|\d+年?|年度|度)$", "", before).strip("《》【】()（）:：-—")
    return before if len(before) >= 2 else None


def judge_link(title: str, column: Column, site: Site) -> Candidate | Aside:
    """Judge a listed link.

    Args:
        title: the full title of the link.
        column: the column that lists it.
        site: the site, whose agencies are known by name and alias.
    """
    plain = normalise(title)
    if found := _NO_REPORT.search(plain):
        return Aside("not_a_report", f"the title says {found.group()}")
    if not _REPORT.search(plain):
        return Aside("not_a_report", "the title names no annual report")
    owner = site.agency_by_slug(column.agency) if column.agency else None
    return _whose(plain, owner, column.also, site)


def judge_found(title: str, site: Site) -> Candidate | Aside:
    """Judge what the search of a portal found, which may be of any body that the portal has room for: a report whose
    title names a body that is not the site's is left aside, one whose title names none is a candidate."""
    plain = normalise(title)
    if found := _NO_REPORT.search(plain):
        return Aside("not_a_report", f"the title says {found.group()}")
    if not _REPORT.search(plain):
        return Aside("not_a_report", "the title names no annual report")
    body, year = body_named(plain), year_in(plain)
    named = agency_named(body, site.agency, year) if body else None
    if body is None or named is not None:
        return Candidate(named.slug if named else None, year)
    return Aside("other_agency", f"the title names {body}")


def _whose(plain: str, owner: Agency | None, also: tuple[str, ...], site: Site) -> Candidate | Aside:
    """Whose report a title names, held against the column's owner and the other bodies that it has room for."""
    year = year_in(plain)
    body = body_named(plain)
    named = agency_named(body, site.agency, year) if body else None
    if owner is None or (named is not None and named.slug in also):
        return Candidate(named.slug if named else None, year)
    if body is None or agency_named(body, [owner], year) is not None or short_form(body, owner):
        return Candidate(owner.slug, year)
    return Aside("other_agency", f"the title names {named.name if named else body}")


def short_form(body: str, owner: Agency) -> bool:
    """Whether a body's name is a shorter form of the owner's: without its place (司法局 for 济源市司法局), a government
    by its place alone (灵武市 for 灵武市人民政府), or 本局, 我局."""
    name = normalise(owner.name)
    if re.fullmatch(r"[本我][局委办厅县市区乡镇]|本单位", body) or name.endswith(body):
        return True
    # 银川市 stands for its government, not for its 人民政府国有资产监督管理委员会.
    rest = name.removeprefix(body)
    return rest != name and bool(re.fullmatch(r"[^府]*?(?:人民政府|(?<!监督)管理委员会|管委会)", rest))
