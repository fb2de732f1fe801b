"""Hanweb 大汉 jpaas (集约化): the list is a unit of the page, `/zwgk/…/art/2023/art_<32 hex>.html` its articles.

The address of the unit (crawler.families.hanweb_units) with `paramJson={"pageNo":2,"pageSize":15}` gives page 2 as JSON; a
bare `pageNo` is ignored by many portals, and an empty page is the end. A list that needs no second page may stand in its
page and name no unit. See docs/families.md.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from crawler.families import paging
from crawler.families.anchors import column_name, listed_links, soup_of
from crawler.families.hanweb_units import list_among, units_of
from crawler.families.json_lists import is_json, json_in
from crawler.families.listing import NO_OPTIONS, ListedLink, ListPage, Served

_ARTICLE = re.compile(r"/art_[0-9A-Za-z_]+\.html?$")
_COUNT = re.compile(r"\bcount\s*[=:]\s*[\"'\\]*(\d+)")
_ROWS = re.compile(r"\brows\s*[=:]\s*[\"'\\]*(\d+)")
_PAGE, _SIZE = "paramJson.pageNo", "paramJson.pageSize"


def recognises(page: str, url: str) -> Mapping[str, str] | None:  # noqa: ARG001
    """A page that names units of the publishing server."""
    return NO_OPTIONS if "jpaas-publish-server" in page else None


def read_list(served: Served) -> ListPage:
    """The page gives the request for its list; a reply gives the entries of its page and, the first, the further pages."""
    if is_json(served.text):
        return _read_reply(served)
    soup = soup_of(served.text)
    units = units_of(soup, served.start)
    if unit := list_among(units, served.options.get("tag")):
        return ListPage((), (unit.ask,), column_name(soup), is_entry=True)
    links = () if units else _links(soup, served.start, _is_below(served.start))
    trouble = None if links else "the page names no unit of a list: has the portal been rebuilt?"
    return ListPage(links, (), column_name(soup), trouble=trouble)


def _links(soup: BeautifulSoup, start: str, is_of: Callable[[str], bool]) -> tuple[ListedLink, ...]:
    return listed_links(soup, start, lambda url: bool(_ARTICLE.search(urlsplit(url).path)) and is_of(url))


def _is_below(start: str) -> Callable[[str], bool]:
    """Whether an article is the column's by its address: in its folder, or `/art/2026/3/17/art_12345_6.html`."""
    folder, number = urljoin(start, "./"), re.search(r"/col/col(\d+)/", start)
    of_the_number = f"/art_{number[1]}_" if number else None
    return lambda url: url.startswith(folder) or (of_the_number is not None and of_the_number in url)


def _read_reply(served: Served) -> ListPage:
    asked, reply = served.asked, json_in(served.text)
    data = reply.get("data") or {}
    markup = str(data.get("html") or "") if isinstance(data, dict) else str(data)
    links = _links(soup_of(markup), served.start, lambda _: True)
    if reply.get("success") is False:
        trouble = f"the portal's publishing server answers: {reply.get('message') or reply.get('msg') or 'no success'}"
        return ListPage(links, trouble=trouble)
    count, rows = _COUNT.search(markup), _ROWS.search(markup)
    if count is None:
        return ListPage(links, paging.next_page(asked, _PAGE) if links else ())
    total = int(count[1])
    size = int(rows[1]) if rows and int(rows[1]) else paging.number_asked(asked, _SIZE)
    if paging.number_asked(asked, _PAGE) == 1:
        size = paging.given_at_once(total, size, len(links))
    pages = paging.pages_filled(total, size)
    further = paging.later_pages(paging.with_number(asked, _SIZE, size), _PAGE, pages)
    return ListPage(links, further, None, pages, total, paging.too_many(pages))
