"""Ucap 开普云 and Sohu CMS: `.shtml` lists, `/gknb/201802/<32 hex>.shtml`, `/dfq/c100092/202301/c04_75158.shtml`.

Static: the script at the foot names the pages (crawler.families.page_calls). Behind JSON: the column's address is that of
the list itself, `/common/search/<32 hex>?_isAgg=true&_isJson=true&_pageSize=50&_template=index&page=1`. See docs/families.md.
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from crawler.families.anchors import column_name, listed_links, soup_of
from crawler.families.going_on import next_link
from crawler.families.json_lists import is_json, json_in, links_of, stated_number
from crawler.families.listing import FULL_PAGE, NO_OPTIONS, ListPage, Served
from crawler.families.page_calls import paging_of
from crawler.families.paging import later_pages, next_page, number_asked, pages_filled, too_many

_ARTICLE = re.compile(r"^(?:\d{6}/)?(?:[0-9a-f]{32}|\w*\d{2,}\w*|content)\.shtml$")


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """A list in .shtml with its paging, or the JSON list itself."""
    return (
        NO_OPTIONS
        if (page.lstrip().startswith("{") and '"results"' in page)
        or (urlsplit(url).path.endswith(".shtml") and paging_of(page, url) is not None)
        else None
    )


def read_list(served: Served) -> ListPage:
    """A static list page, or a reply of the JSON list."""
    if is_json(served.text):
        return _read_reply(served)
    url = served.asked.url
    folder, paging = urljoin(url, "./"), paging_of(served.text, url)
    stem = urlsplit(served.start).path.rpartition("/")[2].removesuffix(".shtml")
    page_of_list = re.compile(rf"{re.escape(stem)}(?:_\d+)?\.shtml")
    soup = soup_of(served.text)
    links = listed_links(
        soup,
        url,
        lambda target: (
            target.startswith(folder)
            and not page_of_list.fullmatch(target.removeprefix(folder))
            and bool(_ARTICLE.match(target.removeprefix(folder)))
        ),
    )
    if paging is None:
        return ListPage(links, next_link(soup, served.asked), column_name(soup))
    return ListPage(links, paging.further, column_name(soup), paging.pages, paging.total, paging.trouble)


def _read_reply(served: Served) -> ListPage:
    data = json_in(served.text).get("data") or {}
    rows = data.get("results") or []
    links = links_of(rows, served.start, url="url", title="title", shown="publishedTimeStr")
    name = str(rows[0].get("channelName") or "") or None if rows else None
    total = stated_number(data, "total", "totalCount", "totalNum", "recordCount")
    stated = stated_number(data, "pageCount", "totalPages")
    if total is None and stated is None:
        further = next_page(served.asked, "page") if len(rows) >= FULL_PAGE else ()
        return ListPage(links, further, name)
    if number_asked(served.asked, "page") > 1 or not rows:
        return ListPage(links, (), name, stated_total=total)
    # The server gives at most twenty at once, whatever was asked for.
    pages = max(stated or 1, pages_filled(total or 0, len(rows)))
    return ListPage(links, later_pages(served.asked, "page", pages), name, pages, total, too_many(pages))
