"""南方网 gkmlpt / NFCMS, all over 广东: `/gkmlpt/index#2811`, a catalogue drawn from JSON.

The page holds the site's number (`SID: "755031"`), the fragment of the column's address is the column's number, and
`/gkmlpt/api/all/2811?page=1&sid=755031` gives a hundred articles a page. See docs/families.md.
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from crawler.families.json_lists import is_json, json_in, links_of, stated_number
from crawler.families.listing import FULL_PAGE, NO_OPTIONS, Ask, ListPage, Served
from crawler.families.paging import given_at_once, later_pages, next_page, pages_filled, too_many

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
    address = urljoin(served.start, f"{root}/gkmlpt/api/all/{number}?page=1&sid={sid[1]}")
    return ListPage((), (Ask(address, page=2),), is_entry=True)


def _read_reply(served: Served) -> ListPage:
    reply = json_in(served.text)
    rows, classify = reply.get("articles") or [], reply.get("classify") or {}
    links = links_of(
        rows, served.start, url="url post_url", title="title", shown="date first_publish_time created_at"
    )
    name, total = classify.get("name"), stated_number(reply, "total")
    if total is None:
        # `post_count` counts what the list no longer shows as well: it ends no list.
        further = next_page(served.asked, "page") if len(rows) >= FULL_PAGE else ()
        return ListPage(links, further, name, None, stated_number(classify, "post_count"))
    pages = pages_filled(total, given_at_once(total, _AT_ONCE, len(rows)))
    return ListPage(links, later_pages(served.asked, "page", pages), name, pages, total, too_many(pages))
