"""Lonsun 龙讯 (安徽, 绵阳, 青海): `/public/column/24601?type=4&action=list…` lists `/public/6981/146422691.html`.

The list stands in the page and is paged by `pageIndex`; or a script of the page fetches it from `/site/label/8888`, as the option
`form` can say where the page does not; or the column's own address with a year *is* the report. See docs/families.md.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from bs4 import BeautifulSoup

from crawler.families.anchors import column_name, listed_links, merged, soup_of, total_said
from crawler.families.going_on import stated_pages
from crawler.families.listing import NO_OPTIONS, Ask, ListedLink, ListPage, Served, ask_form
from crawler.families.lonsun_label import label_asked
from crawler.families.paging import next_by_link, next_page, number_asked

_ARTICLE = re.compile(r"^/(?:public|content)/(?:\w+/)*\d+\.html$")
_YEAR = re.compile(r"20\d\d")
_LIST = "ul.doc_list, table.r_xh_b, .gk_list, .xxgk_list, .listnews, .xxgk_navli"


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """A column of the public catalogue by its address, or a page whose script asks for a list of it."""
    by_address = re.match(r"/(?:public|content)/column/\d+", urlsplit(url).path)
    return NO_OPTIONS if by_address or label_asked(page, url) else None


def first(start: str, options: Mapping[str, str]) -> Ask:
    """The column's page, or the label with the fields that the site file gives."""
    if "form" not in options:
        return Ask(start)
    return ask_form(start, dict(parse_qsl(options["form"], keep_blank_values=True)), 1)


def read_list(served: Served) -> ListPage:
    """The rows of a list or the years of a column, and the next page."""
    soup = soup_of(served.text)
    links = _rows(soup, served.asked.url)
    years = _years(soup, served.asked.url)
    if served.asked.method == "POST":
        return ListPage(links, next_page(served.asked, "pageIndex") if links else ())
    # A link beside the years must not stand for them, where no element is known for a list's.
    if years and (not links or (len(links) < len(years) and not soup.select(_LIST))):
        return ListPage(merged((*years, *links)), (), column_name(soup))
    if not links and (asked := label_asked(served.text, served.asked.url)):
        return ListPage((), (asked,), column_name(soup), is_entry=True)
    # A pager by script names no address, and the address takes the same number.
    current = number_asked(served.asked, "pageIndex")
    now, pages = stated_pages(soup, current) or (current, 0)
    further = next_by_link(soup, served.asked, "pageIndex", pages if now <= current else 0)
    return ListPage(links, further, column_name(soup), stated_total=total_said(soup))


def _rows(soup: BeautifulSoup, url: str) -> tuple[ListedLink, ...]:
    """The articles of the list's own element where it has a known one, else of the page."""
    parts = soup.select(_LIST) or [soup]
    return merged(link for part in parts for link in listed_links(part, url, _is_article))


def _is_article(url: str) -> bool:
    return bool(_ARTICLE.match(urlsplit(url).path))


def _years(soup: BeautifulSoup, url: str) -> tuple[ListedLink, ...]:
    """The column's own address with a year, once a year."""
    own = urlsplit(url).path
    found: dict[str, ListedLink] = {}
    for link in listed_links(soup, url, lambda target: urlsplit(target).path == own):
        query = dict(parse_qsl(urlsplit(link.url).query))
        year = query.get("timeFrame") or query.get("title") or ""
        if _YEAR.fullmatch(year):
            title = link.title if "报告" in link.title or "年报" in link.title else ""
            found.setdefault(year, ListedLink(link.url, title or f"{year}年政府信息公开工作年度报告"))
    return tuple(found.values())
