"""The further lists that the page of a column leads to: one a year, the older years, or the list itself in a frame. Pure.

Portals of every system part a column of reports this way (`./2019/` named 2019年, 历年年报, 2008-2015年年报, a choice of years, an
`<iframe>` that holds the list), so what leads there is looked for in one place, beside the pager of each family. Where nothing
but a script leads there (`getYear(2015)`), it is not followed, and what it is called is told.
"""

import re
from collections.abc import Collection
from itertools import islice
from urllib.parse import parse_qsl, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from crawler.families.anchors import NOWHERE, as_the_column, is_file, same_host

MOST = 40
"""A column has a list for each year at most, and bodies have published since 2008."""
NO_LIST = re.compile(
    r"count(?!r?y)|login|(?<!s)tree|share|foot|head|(?<!desk)top\.|nav|menu|weather|search|visit|banner|float",
    re.IGNORECASE,
)
"""What portals put into frames beside a list or a text."""
_OF_REPORTS = r"(?:政府)?(?:信息公开)?(?:工作)?(?:年度)?(?:年报|报告)?"
_YEAR = r"20[0-3]\d年?度?"
# 历史文化, 历史沿革 and 历史人物 stand in the menu of every town.
_PAST = r"历史(?=年|信息|数据|报告|公开|资料|文件|记录|归档|政府|$)"
_OLDER = re.compile(
    rf"(?:历年|往年|{_PAST}|以往|以前年度|早期)[^,，。]{{0,4}}{_OF_REPORTS}|更早|更多年份"
    rf"|{_YEAR}[-—–－~～至到]+{_YEAR}{_OF_REPORTS}|{_YEAR}(?:及其?|含)?(?:以前|之前)(?:年度)?的?{_OF_REPORTS}"
)
_NAMED = re.compile(rf"(?:{_YEAR}|{_OLDER.pattern})")
_CALLERS = frozenset({"a", "button", "dd", "div", "em", "i", "li", "option", "p", "span", "td"})
_FIRST_YEAR = 2008
_GATHERS = re.compile(rf"(?:历年|往年|{_PAST}|以往|以前年度|各年度?)[^,，。]{{0,12}}(?:年度?报告|年报)")
# What is about such reports and gathers none.
_ABOUT_THEM = re.compile(r"通知|解读|复函|的函|方案|制度|办法|规定")
_IN_BRACKETS = re.compile(r"[（(][^（）()]*[）)]|>>|[»›>]")


def sublists_of(soup: BeautifulSoup, url: str, entries: Collection[str]) -> dict[str, str]:
    """Target -> words of the further lists of a column, in their order, at most `MOST`.

    Args:
        soup: the first page of the column.
        url: where it was served.
        entries: the entries that its family took: none of them is a list.
    """
    folder = urljoin(url, "./")
    found: dict[str, str] = {}
    for element in soup.find_all(("a", "option", "iframe", "frame")):
        framed = element.name in ("iframe", "frame")
        words = "".join(element.get_text().split())
        if not framed and not _NAMED.fullmatch(words):
            continue
        target = _target(element, url)
        if target is None or target in entries:
            continue
        if not (framed and not entries) and not _is_within(target, url, words):
            continue
        if framed and NO_LIST.search(target):
            continue
        found.setdefault(target, words)
    for own in (url.partition("#")[0], folder):
        found.pop(own, None)
    return dict(islice(found.items(), MOST))


def gathers_older(title: str) -> bool:
    """Whether an entry of a list is named like a page that gathers the links to older reports: 历年政府信息公开年度报告汇总."""
    words = "".join(title.split())
    return bool(_GATHERS.search(words)) and not _ABOUT_THEM.search(words)


def older_elsewhere(soup: BeautifulSoup, url: str) -> dict[str, str]:
    """Target -> words of the links of a column that are named like its older reports and lead out of its folder, or to another
    host: another column, or the older half of this one. They are not followed, since they may be another body's."""
    folder = urljoin(url, "./")
    return {
        target: words
        for anchor in soup.find_all("a")
        if _OLDER.fullmatch(_IN_BRACKETS.sub("", words := "".join(anchor.get_text().split())))
        and (target := _address(anchor, url)) is not None
        and not is_file(target)
        and not target.startswith(folder)
    }


def shown_by_script(soup: BeautifulSoup, url: str) -> dict[str, tuple[int, ...]]:
    """Words -> years of the elements of a column that show years or its older reports by a script which names no address. The
    years are none where the words name none; years before there were any reports are no sign of one."""
    found = {
        words: years_named(words)
        for element in soup.find_all(_calls_a_script)
        if _NAMED.fullmatch(words := "".join(element.get_text().split())) and _target(element, url) is None
    }
    told = {
        words: tuple(year for year in years if year >= _FIRST_YEAR)
        for words, years in found.items()
        if not years or max(years) >= _FIRST_YEAR
    }
    return dict(islice(told.items(), MOST))


def years_named(words: str) -> tuple[int, ...]:
    """The years that the words of a list name: 2019年, 2008-2015年年报, 2015年以前."""
    years = [int(year) for year in re.findall(r"20[0-3]\d", words)]
    if len(years) == 1 and words.find("前") > 0:
        years.append(_FIRST_YEAR)
    return tuple(range(min(years), max(years) + 1)) if years else ()


def _calls_a_script(element: Tag) -> bool:
    if element.name not in _CALLERS:
        return False
    if element.name == "option":
        choice = element.find_parent("select")
        return element.has_attr("onclick") or (choice is not None and choice.has_attr("onchange"))
    if element.name != "a":
        return any(key == "onclick" or key.startswith("data-") for key in element.attrs)
    href = str(element.get("href") or "").strip()
    return bool(NOWHERE.match(href)) or href.lower().startswith("javascript:")


def _target(element: Tag, url: str) -> str | None:
    target = _address(element, url)
    return target if target is not None and same_host(target, url) and not is_file(target) else None


def _address(element: Tag, url: str) -> str | None:
    written = str(element.get("href") or element.get("src") or element.get("value") or "").strip()
    if not re.search(r"[/.?]", written) or written.lower().startswith(("javascript:", "about:", "data:")):
        return None
    try:
        return as_the_column(urljoin(url, written).partition("#")[0], url)
    except ValueError:
        return None


def _is_within(target: str, url: str, words: str) -> bool:
    """Whether a target lies in the column's folder, and its query, where it has one, adds to that of the column only the year
    that its words name."""
    own, asked = parse_qsl(urlsplit(url).query), parse_qsl(urlsplit(target).query)
    added = {value for key, value in asked if (key, value) not in own}
    return target.startswith(urljoin(url, "./")) and (not asked or added == {words[:4]})
