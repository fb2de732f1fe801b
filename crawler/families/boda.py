"""博达 Boda / VSB: `list.jsp?urltype=tree.TreeTempUrl&wbtreeid=1029` lists `content.jsp?urltype=news.NewsContentUrl&…`.

Dynamic lists page with `?totalpage=236&PAGENUM=2&urltype=…&wbtreeid=1029`; static ones (`xyyw.htm`, articles `info/1034/
57393.htm`) count backwards, page 2 of 240 being `xyyw/239.htm`, and only their link 下页 says so. See docs/families.md.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urljoin, urlsplit

from bs4 import BeautifulSoup

from crawler.families.anchors import column_name, listed_links, soup_of, total_said
from crawler.families.going_on import next_link
from crawler.families.listing import NO_OPTIONS, Ask, ListPage, Served
from crawler.families.paging import later_pages, next_by_link, too_many

_STATIC = re.compile(r"/info/\d+/\d+\.html?$")


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """A page with the addresses or the marks of the system."""
    return (
        NO_OPTIONS
        if "wbtreeid=" in page
        or "_vsb_" in page
        or "wbtreeid=" in url
        or re.search(r"info/\d+/\d+\.html?[\"']", page)
        else None
    )


def read_list(served: Served) -> ListPage:
    """The articles of a list page, and its further pages."""
    url = served.asked.url
    soup = soup_of(served.text)
    links = listed_links(soup, url, _is_article)
    pages, first = _numbered(soup, url)
    if pages and first:
        is_later = "PAGENUM" in parse_qs(urlsplit(url).query)
        further = () if is_later else later_pages(first, "PAGENUM", pages)
        return ListPage(links, further, column_name(soup), pages, total_said(soup), too_many(pages))
    further = next_link(soup, served.asked) or next_by_link(soup, served.asked, "PAGENUM")
    return ListPage(links, further, column_name(soup), stated_total=total_said(soup))


def _is_article(url: str) -> bool:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return bool(_STATIC.search(parts.path)) or (
        "wbnewsid" in query and query.get("urltype", ["news.NewsContentUrl"]) == ["news.NewsContentUrl"]
    )


def _numbered(soup: BeautifulSoup, url: str) -> tuple[int | None, Ask | None]:
    """The number of pages that a link of the paging states, and the request for the first as that link would have it."""
    for anchor in soup.find_all("a", href=True):
        target = urljoin(url, str(anchor["href"]))
        query = parse_qs(urlsplit(target).query)
        if "PAGENUM" in query and query.get("totalpage", [""])[0].isdecimal():
            return int(query["totalpage"][0]), Ask(re.sub(r"PAGENUM=\d+", "PAGENUM=1", target))
    return None, None
