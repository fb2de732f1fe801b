"""博达 Boda / VSB: `list.jsp?urltype=tree.TreeTempUrl&wbtreeid=1029` lists `content.jsp?urltype=news.NewsContentUrl&…`.

Dynamic lists page with `?totalpage=236&PAGENUM=2&urltype=…&wbtreeid=1029`; static ones (`xyyw.htm`, articles `info/1034/
57393.htm`) count backwards, page 2 of 240 being `xyyw/239.htm`, and only their link 下页 says so. Seen in 盐池 2017
(`ycxxxgkptcontent.jsp?urltype=news.NewsContentUrl&wbtreeid=1225&wbnewsid=23160`) and 眉山, and known from public
crawlers of universities, which use the same system.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urljoin, urlsplit

from bs4 import BeautifulSoup

from crawler.families.anchors import column_name, listed_links, soup_of, total_said
from crawler.families.going_on import next_link
from crawler.families.listing import MOST_PAGES, NO_OPTIONS, Ask, ListPage, Served
from crawler.families.page_calls import too_many

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
    pages, pattern = _numbered(soup, url)
    if pages and pattern:
        first = "PAGENUM" not in parse_qs(urlsplit(url).query)
        further = (
            tuple(
                Ask(re.sub(r"PAGENUM=\d+", f"PAGENUM={page}", pattern), page=page)
                for page in range(2, min(pages, MOST_PAGES) + 1)
            )
            if first
            else ()
        )
        return ListPage(links, further, column_name(soup), pages, total_said(soup), too_many(pages))
    further = next_link(soup, served.asked) or _next_number(soup, served.asked)
    return ListPage(links, further, column_name(soup), stated_total=total_said(soup))


def _is_article(url: str) -> bool:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return bool(_STATIC.search(parts.path)) or (
        "wbnewsid" in query and query.get("urltype", ["news.NewsContentUrl"]) == ["news.NewsContentUrl"]
    )


def _numbered(soup: BeautifulSoup, url: str) -> tuple[int | None, str | None]:
    """The number of pages that a link of the paging states, and that link as a pattern for the others."""
    for anchor in soup.find_all("a", href=True):
        target = urljoin(url, str(anchor["href"]))
        query = parse_qs(urlsplit(target).query)
        if "PAGENUM" in query and query.get("totalpage", [""])[0].isdecimal():
            return int(query["totalpage"][0]), target
    return None, None


def _next_number(soup: BeautifulSoup, asked: Ask) -> tuple[Ask, ...]:
    """The next page, where the pager has numbers alone."""
    current = parse_qs(urlsplit(asked.url).query).get("PAGENUM", ["1"])[0]
    following = int(current) + 1 if current.isdecimal() else 0
    for anchor in soup.find_all("a", href=True):
        target = urljoin(asked.url, str(anchor["href"]))
        parts = urlsplit(target)
        same = parts.path == urlsplit(asked.url).path
        if same and parse_qs(parts.query).get("PAGENUM") == [str(following)]:
            return (Ask(target, page=asked.page + 1),)
    return ()
