"""A page of a list understood for a site: candidates, what is left aside, and what to ask next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from crawler.families import Ask, ListPage, Served
from crawler.families.listing import MOST_PAGES, ListedLink
from crawler.links import Aside, Candidate, judge_found, judge_link
from crawler.sites import Column, Portal, Site
from gxstore.runs import Item


@dataclass(frozen=True, slots=True)
class TakenList:
    """What a page of a list gives.

    Attributes:
        source: what the store calls the list.
        page: its number in the order of asking, from 1.
        listed: every URL that it names, and whether it is taken for a report.
        candidates: the reports to fetch.
        aside: what is not fetched, with the reason's code and a detail.
        understood: the page as its family understands it.
        useless: a sentence where a column's first page gives nothing at all.
    """

    source: str
    page: int
    listed: Mapping[str, bool]
    candidates: tuple[Item, ...]
    aside: tuple[tuple[Item, str, str], ...]
    understood: ListPage
    useless: str | None

    @property
    def told(self) -> dict[str, Any]:
        """What the list says of itself, as the ledger keeps it."""
        page = self.understood
        return {"links": len(page.links), "pages": page.stated_pages, "total": page.stated_total}


def take_list(item: Item, text: str, site: Site) -> TakenList:
    """Understand a page of a list.

    Args:
        item: the request that brought it; its context names portal and column.
        text: the decoded body.
        site: the site, whose agencies and hosts are known.
    """
    portal, column = _column(item, site)
    family, number = portal.family_of(column), int(item.context.get("page", 1))
    asked = Ask(item.url, item.method, item.body, item.headers, number)  # type: ignore[arg-type]
    page = family.read(Served(text, asked, portal.start_url(column), column.options))
    useless = None
    if not page.links and number == 1 and not page.is_entry and family.way == "column":
        useless = page.trouble or "the list holds no link to any article: has the portal been rebuilt?"
    candidates: list[Item] = []
    aside: list[tuple[Item, str, str]] = []
    listed: dict[str, bool] = {}
    for link in page.links:
        judged = _judge(link, portal, column, site)
        listed[link.url] = isinstance(judged, Candidate)
        match judged:
            case Aside(reason, detail):
                aside.append((_found(item, link, page, site), reason, f"{link.title}: {detail}"))
            case Candidate(agency, year):
                candidates.append(_found(item, link, page, site, agency=agency, year=year))
    source = portal.source(column)
    return TakenList(source, number, listed, tuple(candidates), tuple(aside), page, useless)


def further_pages(item: Item, taken: TakenList, fresh: int, site: Site) -> tuple[list[Item], str | None]:
    """The further pages that are asked for, and a sentence where the list is not followed to its end.

    A list that states no total and gives again what its earlier pages gave has no more to give. Where its second page
    does so already, the portal may not heed the number of the page, and the sentence says it.

    Args:
        item: the request that brought the page.
        taken: the page.
        fresh: how many of its URLs no earlier page of the list had named.
        site: the site.
    """
    page = taken.understood
    if taken.page > MOST_PAGES and page.further:
        return [], f"the list goes on after {MOST_PAGES} pages: is it a trap?"
    if taken.page > 1 and page.links and page.further and not fresh and page.stated_total is None:
        doubt = (
            "the second page of the list gives what the first gave: does the portal heed the page's number?"
        )
        return [], doubt if taken.page == 2 else page.trouble
    portal, column = _column(item, site)
    context = {
        **item.context,
        "page_url": portal.start_url(column),  # many portals answer only to who comes from the column's page
        "column_name": page.column_name or item.context.get("column_name"),
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
    return further, page.trouble


def _judge(link: ListedLink, portal: Portal, column: Column, site: Site) -> Aside | Candidate:
    if site.portal_of(link.url) is None:
        return Aside("off_site", "it leads to a host that is not the site's")
    if portal.family_of(column).way == "search":
        return judge_found(link.title, site)
    return judge_link(link.title, column, site)


def _found(item: Item, link: ListedLink, page: ListPage, site: Site, **settled: Any) -> Item:
    """A link of a list as an item, with what the list says of it."""
    own = ("page", "page_url", "redirects")
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


def _column(item: Item, site: Site) -> tuple[Portal, Column]:
    portal = next(portal for portal in site.portal if portal.host == item.context["portal"])
    column = next(
        column
        for column in portal.column
        if column.path == item.context["column"] and column.area == item.context.get("area")
    )
    return portal, column
