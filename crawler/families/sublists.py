"""The further lists that the page of a column leads to: one a year, the older years, or the list itself in a frame. Pure.

Portals of every system part a column of reports this way (`./2019/` named 2019年, 历年年报, a choice of years, an `<iframe>`
that holds the list), so what leads there is looked for in one place, beside the pager of each family.
"""

import re
from collections.abc import Collection
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
_OLDER = re.compile(
    r"(?:历年|往年|历史|以往|以前年度|早期)[^,，。]{0,4}(?:信息公开)?(?:工作)?(?:年度)?(?:年报|报告)?|更早|更多年份"
)
_NAMED = re.compile(rf"(?:20[0-3]\d年?度?|{_OLDER.pattern})")
_YEAR = re.compile(r"(20[0-3]\d)年?度?")
_GATHERS = re.compile(r"(?:历年|往年|历史|以往|以前年度|各年度?)[^,，。]{0,12}(?:年度?报告|年报)")
_IN_BRACKETS = re.compile(r"[（(][^（）()]*[）)]|>>|[»›>]")
_CHOICES = ("a", "li", "span", "option", "div", "button", "em", "td")


def sublists_of(soup: BeautifulSoup, url: str, entries: Collection[str]) -> tuple[str, ...]:
    """The addresses of further lists of a column, in their order, at most `MOST`.

    Args:
        soup: the first page of the column.
        url: where it was served.
        entries: the entries that its family took: none of them is a list.
    """
    folder = urljoin(url, "./")
    found: dict[str, None] = {}
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
        found[target] = None
    own = url.partition("#")[0]
    return tuple(target for target in found if target not in (own, folder))[:MOST]


def gathers_older(title: str) -> bool:
    """Whether an entry of a list is named like a page that gathers the links to older reports: 历年政府信息公开年度报告汇总."""
    return bool(_GATHERS.search("".join(title.split())))


def years_by_script(soup: BeautifulSoup, titles: Collection[str], *, is_whole: bool) -> tuple[int, ...]:
    """The years that a page offers, of which its list shows nothing, and to which no address leads: tabs that a script fills.
    A `<select>` of years, or a tab beside a list that goes on, only narrows what is shown, unless that is of one year.

    Args:
        soup: the first page of the column.
        titles: the titles of the entries that its family took.
        is_whole: whether its family knows of no further page.
    """
    tabs: set[int] = set()
    choices: set[int] = set()
    for element in soup.find_all(_CHOICES):
        found = _YEAR.fullmatch("".join(element.get_text().split()))
        if found and not element.find(_CHOICES) and _is_called(element):
            (choices if element.name == "option" else tabs).add(int(found[1]))
    for offered, narrows in ((tabs, not is_whole), (choices, True)):
        shown = {year for year in offered if any(str(year) in title for title in titles)}
        alone = len(shown) <= 1 and (is_whole or offered is tabs)
        if len(offered) > 1 and (alone or not narrows) and offered != shown:
            return tuple(sorted(offered - shown))
    return ()


def _is_called(element: Tag) -> bool:
    """Whether a tab or choice leads to no address, and a script waits for it."""
    href = str(element.get("href") or "").strip()
    if href:
        return href.lower().startswith("javascript:") or (bool(NOWHERE.match(href)) and _has_script(element))
    if element.name == "option":
        value = str(element.get("value") or "")
        return (
            not re.search(r"[/.?]", value)
            and (choice := element.find_parent("select")) is not None
            and _has_script(choice)
        )
    return _has_script(element)


def _has_script(element: Tag) -> bool:
    return any(key.startswith(("on", "data-", "@", "ng-", "v-")) for key in element.attrs)


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
