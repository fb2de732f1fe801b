"""TRS WCM / 海云: static list pages, `index.html`, `index_1.html` (= page 2) …

Seen on the portals of Ningxia, 济源, 鄂尔多斯 and many more; on those of 湖南 page 2 is `index_2.html`. A list page names
its further pages only in a script (crawler.families.page_calls). Report pages lie at or below the column's own path;
links to elsewhere are the page's chrome.

A page whose list goes on behind a search (crawler.families.trs_search) states here what its script says of its entries
(`recordCount: '20'`), and where that says nothing it is a trouble: a column under the wrong family must not seem whole.
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from crawler.families.anchors import column_name, listed_links, soup_of
from crawler.families.going_on import next_link
from crawler.families.listing import NO_OPTIONS, Ask, ListPage, Served
from crawler.families.page_calls import paging_of
from crawler.families.trs_script import names_search, stated_records

_ARTICLE = re.compile(r"(?:^|/)t(?:\d{8}_)?\d+\.s?html?$")


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """A page with the paging of the system, or with links to articles named as it names them, in or below its own folder."""
    return (
        NO_OPTIONS
        if paging_of(page, url) is not None or read_list(Served(page, Ask(url), url)).links
        else None
    )


def read_list(served: Served) -> ListPage:
    """Links, further pages and column name of a TRS list page."""
    url = served.asked.url
    soup = soup_of(served.text)
    folder = urljoin(url, "./")
    links = listed_links(
        soup,
        url,
        lambda target: target.startswith(folder) and bool(_ARTICLE.search(urlsplit(target).path)),
    )
    paging = paging_of(served.text, url)
    total = stated_records(served.text)
    if paging is None:
        searched = total is None and names_search(served.text)
        trouble = (
            "a search behind the page has the rest of the list: its family is trs_search"
            if searched
            else None
        )
        further = () if searched else next_link(soup, served.asked)
        return ListPage(links, further, column_name(soup), stated_total=total, trouble=trouble)
    return ListPage(
        links, paging.further, column_name(soup), paging.pages, paging.total or total, paging.trouble
    )
