"""南方网 gkmlpt / NFCMS, all over 广东: `/gkmlpt/index#2811`, a catalogue drawn from JSON.

The page holds the site's number (`SID: "755031"`), the fragment of the column's address is the column's number, and
`/gkmlpt/api/all/2811?page=1&sid=755031` gives

    {"classify": {"id", "name", "post_count", …}, "total": 203, "articles": [{"id", "title", "url", "post_url",
        "date" (Unix time), "created_at", "first_publish_time", "publisher", "identifier", …}]}

with a hundred articles a page, counted from 1. Known from public crawlers for www.gd.gov.cn, rsj.gz.gov.cn,
jr.sz.gov.cn, im.dg.gov.cn and the districts of 深圳. An entry may lead to mp.weixin.qq.com.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.families.anchors import as_the_column, date_in, date_of_seconds
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
from crawler.families.page_calls import too_many

_SID = re.compile(r"[\"']?\bSID[\"']?\s*[:=]\s*[\"']?(\d+)")
_AT_ONCE = 100


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """The catalogue's page, under an address that names a column."""
    return (
        NO_OPTIONS if "/gkmlpt/" in url and urlsplit(url).fragment.isdecimal() and _SID.search(page) else None
    )


def read_list(served: Served) -> ListPage:
    """The catalogue's page gives the first request for the column; a reply gives its articles."""
    if is_json(served.text):
        return _read_reply(served)
    sid, number = _SID.search(served.text), urlsplit(served.start).fragment
    if not sid:
        return ListPage((), trouble="the page holds no SID: has the portal been rebuilt?")
    if not number.isdecimal():
        trouble = f"the column's address {served.start} has no number: write it as /gkmlpt/index#2811"
        return ListPage((), trouble=trouble)
    root = urlsplit(served.start).path.partition("/gkmlpt/")[0]
    return ListPage((), (_ask(urljoin(served.start, root + "/"), number, sid[1], 1),), is_entry=True)


def _ask(root: str, column: str, sid: str, page: int) -> Ask:
    return Ask(f"{root}gkmlpt/api/all/{column}?page={page}&sid={sid}", page=page + 1)


def _read_reply(served: Served) -> ListPage:
    reply = json_in(served.text)
    classify = reply.get("classify") or {}
    links = tuple(link for row in reply.get("articles") or [] if (link := _link(row, served.start)))
    further: tuple[Ask, ...] = ()
    rows = len(reply.get("articles") or [])
    total = stated_number(reply, "total")
    if total is None:
        # `post_count` counts what the list no longer shows as well: it ends no list.
        if rows >= FULL_PAGE:
            further = (_following(served.asked),)
        counted = stated_number(classify, "post_count")
        return ListPage(links, further, classify.get("name"), None, counted)
    # Some portals give fewer at once than a hundred.
    size = rows if FULL_PAGE <= rows < min(total, _AT_ONCE) else _AT_ONCE
    pages = max(1, -(-total // size))
    if "page=1&" in served.asked.url:
        further = tuple(
            Ask(served.asked.url.replace("page=1&", f"page={page}&", 1), page=page + 1)
            for page in range(2, min(pages, MOST_PAGES) + 1)
        )
    return ListPage(links, further, classify.get("name"), pages, total, too_many(pages))


def _following(asked: Ask) -> Ask:
    found = re.search(r"page=(\d+)&", asked.url)
    number = int(found[1]) + 1 if found else 2
    return Ask(re.sub(r"page=\d+&", f"page={number}&", asked.url, count=1), page=asked.page + 1)


def _link(row: Mapping[str, Any], start: str) -> ListedLink | None:
    url = str(row.get("url") or row.get("post_url") or "").strip()
    if not url:
        return None
    shown = date_of_seconds(row.get("date") or row.get("first_publish_time")) or date_in(
        str(row.get("created_at") or "")
    )
    title = re.sub(r"<[^>]+>|\s+", " ", str(row.get("title") or "")).strip()
    return ListedLink(as_the_column(urljoin(start, url), start), title, shown)
