"""A page of a list understood for a site: candidates, what is left aside, and what to ask next. Pure.

A family knows the entries of its lists. Two things that a page shows beside them are looked for here, for all families: files
(a report published as a PDF straight in the list), which are entries too, and links named like a report of the column's
own body that are no entries, which the judge of the run holds against what was found. And whatever a family makes of a
pager: a page that says itself that its list goes on is never taken for its end (crawler.families.going_on).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from archive.exchange import asked_url
from crawler.families import Ask, ListPage, Served, recognise
from crawler.families.anchors import as_the_column, full_title, is_file, listed_links, soup_of
from crawler.families.going_on import entries_of_the_list, goes_on, total_of
from crawler.families.json_lists import is_json
from crawler.families.listing import MOST_PAGES, ListedLink
from crawler.families.sublists import (
    gathers_older,
    older_elsewhere,
    shown_by_script,
    sublists_of,
    years_named,
)
from crawler.links import Aside, Candidate, judge_found, judge_link
from crawler.missed import PART, TAB
from crawler.sites import Column, Portal, Site
from gxstore.frontier import Item

_MOST_BESIDE = 20
# A list for a year of which nothing has been published yet.
_NOTHING_YET = re.compile(r"暂无|没有(?:找到)?(?:相关|符合)?(?:数据|内容|信息|记录)|无相关|建设中")


@dataclass(frozen=True, slots=True)
class TakenList:
    """What a page of a list gives.

    Attributes:
        source: what the store calls the list.
        page: its number in the order of asking, from 1.
        listed: every URL that it names, and whether it is taken for a report.
        candidates: the reports to fetch.
        aside: what is not fetched, with the reason's code and a detail.
        understood: the page as its family understands it, with the files that are reports.
        beside: links named like reports of the column's body that are no entries: URL, agency, year.
        useless: a sentence where a column's first page gives nothing at all.
    """

    source: str
    page: int
    listed: Mapping[str, bool]
    candidates: tuple[Item, ...]
    aside: tuple[tuple[Item, str, str], ...]
    understood: ListPage
    beside: tuple[tuple[str, str, int], ...]
    useless: str | None
    sublists: tuple[tuple[str, str], ...] = ()
    """Further lists that the column's page leads to: URL and words."""
    elsewhere: tuple[tuple[str, str], ...] = ()
    """Links named like older reports that are not followed, since they lead out of the column: URL and words."""
    by_script: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """What shows years, or the older reports, by a script that is not followed, and of which the page lists no report: words and
    years."""
    of_list: int = 0
    """How many of the links stand in the list itself, and not beside it: these count against what it states."""

    @property
    def told(self) -> dict[str, Any]:
        """What the list says of itself, as the ledger keeps it."""
        page = self.understood
        told: dict[str, Any] = {
            "links": len(page.links),
            "of_list": self.of_list,
            "pages": page.stated_pages,
            "total": page.stated_total,
        }
        for name, links in (("beside", self.beside), ("elsewhere", self.elsewhere)):
            if links:
                told[name] = [list(link) for link in links]
        if self.by_script:
            told["by_script"] = [[words, list(years)] for words, years in self.by_script]
        return told


def take_list(item: Item, text: str, site: Site) -> TakenList:
    """Understand a page of a list.

    Args:
        item: the request that brought it; its context names portal and column.
        text: the decoded body.
        site: the site, whose agencies and hosts are known.
    """
    portal, column = column_of(item, site)
    family, number = portal.family_of(column), int(item.context.get("page", 1))
    asked = Ask(item.url, item.method, item.body, item.headers, number)  # type: ignore[arg-type]
    page = family.read(Served(text, asked, portal.start_url(column), column.options))
    others = _others(text, asked.url, page, portal, column, site)
    own = urljoin(portal.start_url(column), "./")
    is_part = bool(
        item.context.get(PART)
    )  # it may be a page of text that links to the column's older entries
    files = tuple(link for link, _ in others if is_file(link.url) or (is_part and link.url.startswith(own)))
    page = replace(page, links=(*page.links, *files))
    is_first = number == 1 and family.way == "column" and not is_json(text)
    sublists: tuple[tuple[str, str], ...] = ()
    scripts: Mapping[str, tuple[int, ...]] = {}
    elsewhere: tuple[tuple[str, str], ...] = ()
    soup = None if is_json(text) else soup_of(text)
    if soup is not None and is_first and not is_part:
        sublists = tuple(sublists_of(soup, asked.url, {link.url for link in page.links}).items())
        scripts = shown_by_script(soup, asked.url)
        columns = {there.start_url(own) for there in site.portal for own in there.column}
        elsewhere = tuple(link for link in older_elsewhere(soup, asked.url).items() if link[0] not in columns)
    useless = None
    if not page.links and is_first and not page.is_entry and not sublists:
        if not is_part:
            useless = page.trouble or _no_list(text, item.url, column.family or portal.family)
        elif not _NOTHING_YET.search(text):
            page = replace(page, trouble="a list that the column leads to holds no link to any article")

    def is_part_of_it(link: ListedLink) -> bool:
        parts = soup is not None and is_first and not is_part
        if not parts or is_file(link.url) or site.portal_of(link.url) is None:
            return False
        return gathers_older(link.title)

    candidates: list[Item] = []
    aside: list[tuple[Item, str, str]] = []
    listed: dict[str, bool] = {}
    for link in page.links:
        judged = _judge(link, portal, column, site)
        listed[link.url] = isinstance(judged, Candidate)
        match judged:
            case Aside("not_a_report", _) | Candidate(_, None) if is_part_of_it(link):
                sublists += ((link.url, link.title),)
            case Aside(reason, detail):
                aside.append((_found(item, link, page, site), reason, f"{link.title}: {detail}"))
            case Candidate(agency, year, doubtful):
                doubt = {"doubtful": True} if doubtful else {}
                candidates.append(_found(item, link, page, site, agency=agency, year=year, **doubt))
    beside = tuple(
        (asked_url(link.url), found.agency, found.year)
        for link, found in others
        if link.url not in listed and found.agency and found.year
    )
    if soup is not None and family.way == "column":
        beside += tuple(_under_two_years(soup, asked.url, candidates, column, site))
    here = {found.context["year"] for found in candidates}
    by_script = tuple((words, years) for words, years in scripts.items() if not years or set(years) - here)
    page, of_list = _held_against_itself(item, soup, asked.url, page, listed, family.way == "column")
    source = portal.source(column)
    return TakenList(
        source,
        number,
        listed,
        tuple(candidates),
        tuple(aside),
        page,
        beside[:_MOST_BESIDE],
        useless,
        sublists,
        elsewhere[:_MOST_BESIDE],
        by_script,
        of_list,
    )


def _under_two_years(
    soup: BeautifulSoup, url: str, candidates: Sequence[Item], column: Column, site: Site
) -> Iterator[tuple[str, str, int]]:
    """The reports that a page lists under an address which another of its rows, of another year, leads to as well: one of the
    rows is mistaken, and what it names is given by none."""
    taken = {item.url: item.context.get("year") for item in candidates}
    for anchor in soup.find_all("a", href=True):
        try:
            target = as_the_column(urljoin(url, str(anchor["href"]).strip()).partition("#")[0], url)
        except ValueError:
            continue
        year = taken.get(asked := asked_url(target))
        if year is None:
            continue
        judged = judge_link(full_title(anchor), column, site)
        if not isinstance(judged, Candidate) or judged.doubtful or not judged.agency:
            continue
        if judged.year and judged.year != year:
            yield asked, judged.agency, judged.year


def _no_list(text: str, url: str, family: str) -> str:
    """What is said of a column's page that holds no entry: whether it is one that another family reads."""
    said = "the list holds no link to any article: has the portal been rebuilt?"
    known = None if is_json(text) else recognise(text, url)
    if known is None or known[0] == family:
        return said
    return f"{said} Its page is not one of the family {family}, but of {known[0]}"


def _held_against_itself(
    item: Item,
    soup: BeautifulSoup | None,
    url: str,
    page: ListPage,
    listed: Mapping[str, bool],
    is_column: bool,
) -> tuple[ListPage, int]:
    """The page with what it states itself where its family could not read it, and how many of its links stand in the list."""
    if soup is None or not is_column or page.is_entry or not page.links:
        return page, len(listed)
    of_list = entries_of_the_list(soup, url, listed.keys(), lambda link: listed[link])
    # Fewer than the page itself lists are pages, or another list's.
    if page.stated_total is None and (total := total_of(soup)) is not None and total >= of_list:
        page = replace(page, stated_total=total)
    number = int(item.context.get("page", 1))
    if page.further or page.trouble or number < item.context.get("last_page", 0):
        return page, of_list
    if sign := goes_on(soup, url, number, of_list):
        trouble = f"page {number} of the list is not its last, for {sign}, and its family knows no way there"
        page = replace(page, trouble=trouble)
    return page, of_list


def _others(
    text: str, url: str, page: ListPage, portal: Portal, column: Column, site: Site
) -> list[tuple[ListedLink, Candidate]]:
    """The links of a page that its family does not count among the entries, and that are named like a report which the
    column may hold."""
    if portal.family_of(column).way != "column" or is_json(text) or "<a" not in text:
        return []
    entries = {link.url for link in page.links}
    found = []
    for link in listed_links(soup_of(text), url, lambda target: target not in entries):
        if (
            link.title
            and isinstance(judged := judge_link(link.title, column, site), Candidate)
            and judged.year
            and (not judged.doubtful or is_file(link.url))
        ):
            found.append((link, judged))
    return found


def further_pages(item: Item, taken: TakenList, fresh: int, site: Site) -> tuple[list[Item], str | None]:
    """The further pages that are asked for, and a sentence where the list is not followed to its end.

    A list that states no total and gives again what its earlier pages gave has no more to give. Where the second page
    that gave entries does so already, the portal may not heed the number of the page, and the sentence says it.

    What a page holds and the interface behind it gives again is no repetition: only pages that come in the same way are compared.

    Args:
        item: the request that brought the page.
        taken: the page.
        fresh: how many of its URLs no earlier page of the list had named.
        site: the site.
    """
    page = taken.understood
    if item.context.get("announced") and not fresh:
        gives = "only what earlier pages gave" if page.links else "no link to any article"
        return [], (
            f"page {taken.page}, which the list announces itself, gives {gives}: does the portal heed the page's number?"
        )
    if taken.page > MOST_PAGES and page.further:
        return [], f"the list goes on after {MOST_PAGES} pages: is it a trap?"
    gave = int(item.context.get("gave", taken.page - 1))
    column_itself = _same_page(item.url, column_of(item, site))
    expected = page.further or (column_itself and taken.page >= item.context.get("last_page", 0))
    if gave and page.links and expected and not fresh and page.stated_total is None:
        doubt = (
            "the second page of the list gives what the first gave: does the portal heed the page's number?"
        )
        return [], doubt if gave == 1 else page.trouble
    portal, column = column_of(item, site)
    context = {
        **item.context,
        "page_url": portal.start_url(column),  # many portals answer only to who comes from the column's page
        "column_name": page.column_name or item.context.get("column_name"),
        # Where the list states its entries, these are held against what came; else each page must bring some.
        "announced": page.stated_pages is not None and page.stated_total is None,
        "gave": gave + bool(page.links and page.further and page.further[0].method == item.method),
        "last_page": max((ask.page for ask in page.further), default=0),
    }
    further = [
        Item(
            ask.url,
            "column",
            item.host,
            {**context, "page": ask.page},
            ask.method,
            ask.body,
            ask.headers,
        )
        for ask in page.further
    ]
    start = {key: value for key, value in context.items() if key not in ("gave", "last_page", "announced")}
    for part, (url, words) in enumerate(taken.sublists, 1):
        years = years_named(words)
        tab = {TAB: years[0]} if len(years) == 1 else {}
        further.append(Item(url, "column", item.host, {**start, "page": 1, PART: part, **tab}))
    return further, page.trouble


def _same_page(url: str, of: tuple[Portal, Column]) -> bool:
    """Whether a further page is served by the column's own page, which may then give itself again."""
    portal, column = of
    return urlsplit(url).path == urlsplit(portal.start_url(column)).path


def _judge(link: ListedLink, portal: Portal, column: Column, site: Site) -> Aside | Candidate:
    searched = portal.family_of(column).way == "search"
    judged = judge_found(link.title, site) if searched else judge_link(link.title, column, site)
    if isinstance(judged, Candidate) and site.portal_of(link.url) is None:
        return Aside("off_site", "it leads to a host that is not the site's")
    return judged


def _found(item: Item, link: ListedLink, page: ListPage, site: Site, **settled: Any) -> Item:
    """A link of a list as an item, with what the list says of it."""
    own = ("page", "page_url", "redirects", "announced", "gave", "last_page", PART, TAB)
    context = {
        **{key: value for key, value in item.context.items() if key not in own},
        "title": link.title,
        "shown": link.shown.isoformat() if link.shown else None,
        "column_name": page.column_name or item.context.get("column_name"),
        "listed": True,
        **settled,
    }
    there = site.portal_of(link.url)
    return Item(link.url, "report", there.host if there else urlsplit(link.url).netloc, context)


def column_of(item: Item, site: Site) -> tuple[Portal, Column]:
    """The portal and the column of it that list an item of this run."""
    portal = next(portal for portal in site.portal if portal.host == item.context["portal"])
    column = next(
        column
        for column in portal.column
        if column.path == item.context["column"] and column.area == item.context.get("area")
    )
    return portal, column
