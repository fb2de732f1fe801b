"""What every CMS family is given, and what it gives back: pages and replies in, links and further requests out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlencode

Method = Literal["GET", "POST"]
Way = Literal["column", "search"]

NO_OPTIONS: Mapping[str, str] = MappingProxyType({})

MOST_PAGES = 200
"""A list that states more pages than this is a trap or a mistake; the oldest report is of 2008."""

FULL_PAGE = 10
"""From so many entries on, a page whose list states no total may be a full one, and the next is asked for: no server that
gives fewer at once than it was asked for is known to give less than ten."""

SEARCHED_FOR = "政府信息公开工作年度报告"
"""What the search of a portal is asked for, where the site file does not say it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a page of a list.

    `page` counts the pages of one list in the order in which they are asked for, from 1; it is no part of what the
    portal is sent.
    """

    url: str
    method: Method = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    page: int = 1


def ask_form(url: str, fields: Mapping[str, str | int], page: int) -> Ask:
    """A POST of form fields, as a script of the page sends it."""
    kind = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
    return Ask(url, "POST", urlencode(fields), (kind, _BY_SCRIPT), page)


def ask_json(url: str, value: Any, page: int) -> Ask:
    """A POST of a JSON body, as a script of the page sends it."""
    kind = ("Content-Type", "application/json;charset=UTF-8")
    return Ask(url, "POST", json.dumps(value, ensure_ascii=False), (kind, _BY_SCRIPT), page)


_BY_SCRIPT = ("X-Requested-With", "XMLHttpRequest")


@dataclass(frozen=True, slots=True)
class Served:
    """A reply as a family sees it.

    Attributes:
        text: the decoded body.
        asked: the request that brought it; relative links are resolved against its URL.
        start: the URL where reading the column begins, as the site file gives it (with fragment).
        options: what the site file says beside, for families that take options.
    """

    text: str
    asked: Ask
    start: str
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link of the list itself: absolute URL, full title, and the date shown beside it."""

    url: str
    title: str
    shown: date | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """One list page understood.

    Attributes:
        links: the links of the list on this page.
        further: what to ask next of the same list.
        column_name: the name of the column, if shown.
        stated_pages: the number of pages that the list itself states.
        stated_total: the number of entries that the list itself states, over all its pages.
        trouble: a sentence where the list could not be read as its family should be.
        is_entry: a page that only leads to the list and need not hold any link itself.
    """

    links: tuple[ListedLink, ...]
    further: tuple[Ask, ...] = ()
    column_name: str | None = None
    stated_pages: int | None = None
    stated_total: int | None = None
    trouble: str | None = None
    is_entry: bool = False


ReadList = Callable[[Served], ListPage]
Recognise = Callable[[str, str], Mapping[str, str] | None]
"""From a page's text and its URL (with fragment): the options that its column needs, None where it is not of the family."""
FirstAsk = Callable[[str, Mapping[str, str]], Ask]


def get_first(start: str, options: Mapping[str, str]) -> Ask:  # noqa: ARG001
    """The first request of most families: the column's page."""
    return Ask(start)


def never(page: str, url: str) -> None:
    """A family that nothing on a page gives away."""


@dataclass(frozen=True, slots=True)
class Family:
    """How one CMS lists its articles.

    Attributes:
        read: a page or reply understood. Pure.
        first: the first request for a column, from its URL and options.
        options: the options that a column of the family may have in its site file.
        needed: those that it must have.
        recognises: whether a page of a portal is a list of the family. Pure.
        way: whether the list is a column, or a search over the whole portal that finds what columns miss.
    """

    read: ReadList
    first: FirstAsk = get_first
    options: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    recognises: Recognise = never
    way: Way = "column"
