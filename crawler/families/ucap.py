"""Ucap 开普云 and Sohu CMS: `.shtml` lists, `/gknb/201802/<32 hex>.shtml`, `/dfq/c100092/202301/c04_75158.shtml`.

Static: the script at the foot names the pages (`createPageHTML('page_div',10,1,'dezlist','shtml',149)`: ten pages, page 2
is `dezlist_2.shtml`, 149 entries; seen on zjt.hainan.gov.cn, csrc.gov.cn, 邵阳). Behind JSON: the column's address is that
of the list itself, `/common/search/<32 hex>?_isAgg=true&_isJson=true&_pageSize=50&_template=index&page=1` (also
`/searchList/…`, `/search/…`), whose reply is

    {"data": {"total": 63, "rows": 20, "results": [{"title", "url", "publishedTimeStr", "channelName", …}]}}

where the server gives at most twenty a page whatever was asked for (csrc.gov.cn, sthj.hlj.gov.cn, www.klmy.gov.cn,
nhc.gov.cn). A `url` may begin with `//`.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from crawler.families.anchors import as_the_column, column_name, date_in, listed_links, soup_of
from crawler.families.going_on import next_link
from crawler.families.listing import (
    FULL_PAGE,
    MOST_PAGES,
    NO_OPTIONS,
    Ask,
    ListedLink,
    ListPage,
    Served,
    is_json,
    json_in,
    stated_number,
)
from crawler.families.page_calls import paging_of, too_many

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
    links = tuple(link for row in rows if (link := _link(row, served.start)))
    total = stated_number(data, "total", "totalCount", "totalNum", "recordCount")
    stated = stated_number(data, "pageCount", "totalPages")
    parts = urlsplit(served.asked.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    name = str(rows[0].get("channelName") or "") or None if rows else None
    number = int(query.get("page", 1))
    if total is None and stated is None:
        # On to the next page, until one is no full page.
        following = urlunsplit(parts._replace(query=urlencode({**query, "page": number + 1})))
        return ListPage(
            links, (Ask(following, page=number + 1),) if len(rows) >= FULL_PAGE else (), name, None, None
        )
    if number > 1 or not rows:
        return ListPage(links, (), name, stated_total=total)
    pages = max(stated or 1, -(-total // len(rows)) if total else 1)
    further = tuple(
        Ask(urlunsplit(parts._replace(query=urlencode({**query, "page": page}))), page=page)
        for page in range(2, min(pages, MOST_PAGES) + 1)
    )
    return ListPage(links, further, name, pages, total, too_many(pages))


def _link(row: Mapping[str, Any], start: str) -> ListedLink | None:
    url = str(row.get("url") or "").strip()
    if not url:
        return None
    title = re.sub(r"<[^>]+>", "", str(row.get("title") or "")).strip()
    shown = date_in(str(row.get("publishedTimeStr") or ""))
    return ListedLink(as_the_column(urljoin(start, url), start), title, shown)
