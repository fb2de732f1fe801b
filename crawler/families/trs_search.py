"""TRS with a search behind the list: the page holds the newest entries, and its script asks for the rest.

Seen on www.pingtan.gov.cn (two stored list pages of the archive changwu/pingtan-gov-zwgk-archive) and on the portals
of 福建 (spiders for yjj.scjgj.fujian.gov.cn, www.fujian.gov.cn, sthjt.fujian.gov.cn). The page (`index.htm`,
`nlist.htm`) holds `dl > dd > a` for the newest ten, and a script:

    searchId: 200210 …
    listModel({quickMode: "动静结合", listArgs: {channelid: SiteInfo.searchId, classsql: "" || "chnlid=1813",
        sortfield: "-docorderpri,-docreltime"}, pagebar: {prepage: 10, recordCount: '20', …}})

The rest comes from `POST /fjdzapp/search` with these arguments and `page`, `prepage`; the reply is JSON,
`{"data": [{"doctitle", "docpuburl", "chnldocurl", "docreltime"}], "pageCount": N}`, with `docs` for `data` under the
template docs.jsp.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urljoin

from crawler.families import trs
from crawler.families.anchors import as_the_column, date_in
from crawler.families.listing import (
    MOST_PAGES,
    NO_OPTIONS,
    ListedLink,
    ListPage,
    Served,
    ask_form,
    is_json,
    json_in,
)
from crawler.families.page_calls import too_many

_KEY = (
    r"{key}\s*:\s*(?:[\"'][\"']\s*\|\|\s*)?[\"']?(?P<value>[^\"',}}\s][^\"'}}]*?)[\"']?\s*(?:,\s*\w+\s*:|$)"
)
_SEARCH_ID = re.compile(r"searchId\s*:\s*[\"']?(\d+)")
# What the portals' own spiders ask for at once; the page itself asks for ten.
_AT_ONCE = 75
_ENDPOINT = "/fjdzapp/search"


def recognises(page: str, url: str) -> Mapping[str, str] | None:  # noqa: ARG001
    """A page whose script asks a search for the rest of its list."""
    return NO_OPTIONS if trs.SEARCHED.search(page) and _fields(page) else None


def read_list(served: Served) -> ListPage:
    """The page gives its static links and the first request to the search; a reply gives the entries of its page."""
    if is_json(served.text):
        return _read_reply(served)
    page = trs.read_list(served)
    fields = _fields(served.text)
    if fields is None:
        trouble = "the page names no search behind its list: has the portal been rebuilt, or is it of the family trs?"
        return ListPage(
            page.links, page.further, page.column_name, page.stated_pages, page.stated_total, trouble
        )
    endpoint = urljoin(served.asked.url, served.options.get("endpoint", _ENDPOINT))
    ask = ask_form(endpoint, {**fields, "page": 1, "prepage": _AT_ONCE}, 2)
    return ListPage(page.links, (ask,), page.column_name, None, page.stated_total)


def _fields(text: str) -> dict[str, str] | None:
    """The arguments of the search as the page's script gives them."""
    found = trs.SEARCHED.search(text)
    if not found:
        return None
    fields = {}
    for key in ("channelid", "classsql", "sortfield"):
        if value := re.search(_KEY.format(key=key), found["body"].strip()):
            fields[key] = value["value"].strip()
    if not fields.get("channelid", "").isdigit():
        search = _SEARCH_ID.search(text)
        if not search:
            return None
        fields["channelid"] = search[1]
    return fields if "classsql" in fields else None


def _read_reply(served: Served) -> ListPage:
    reply = json_in(served.text)
    rows = reply.get("data") or reply.get("docs") or []
    links = tuple(link for row in rows if (link := _link(row, served.start)))
    fields = dict(parse_qsl(served.asked.body))
    number, stated = int(fields.get("page", 1)), str(reply.get("pageCount") or "")
    if not stated.isdecimal():
        trouble = None if links or number > 1 else "the search behind the list gives nothing that can be read"
        following = ask_form(served.asked.url, {**fields, "page": number + 1}, number + 2)
        return ListPage(links, (following,) if links else (), None, None, _total(reply), trouble)
    last = int(stated)
    total = _total(reply)
    if number >= last and links and total is not None and number * len(links) < total:
        numbers: Iterable[int] = (number + 1,)  # it states fewer pages than its entries fill
    else:
        numbers = range(2, min(last, MOST_PAGES) + 1) if number == 1 else ()
    further = tuple(ask_form(served.asked.url, {**fields, "page": page}, page + 1) for page in numbers)
    return ListPage(links, further, None, None, total, too_many(last))


def _link(row: Mapping[str, Any], start: str) -> ListedLink | None:
    url = str(row.get("chnldocurl") or row.get("docpuburl") or "").strip()
    title = re.sub(r"<[^>]+>", "", str(row.get("doctitle") or "")).strip()
    if not url:
        return None
    return ListedLink(
        as_the_column(urljoin(start, url), start), title, date_in(str(row.get("docreltime") or ""))
    )


def _total(reply: Mapping[str, Any]) -> int | None:
    for key in ("recordCount", "totalCount", "count"):
        if str(reply.get(key) or "").isdigit():
            return int(reply[key])
    return None
