"""TrueCMS (南通, 连云港): `/ntsjyj/gggs/gggs.html` lists `/ntsjyj/gggs/content/<uuid>.html`.

The page holds the first records (up to sixty) in a hidden `#initData`; the rest comes by JSONP, from `startrecord` to
`endrecord`, twenty at once, which all of its servers give. Some have the interface switched off. See docs/families.md.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from crawler.families.anchors import column_name, listed_links, soup_of
from crawler.families.datastore import datastore_in, window
from crawler.families.json_lists import json_in
from crawler.families.listing import NO_OPTIONS, Ask, ListPage, Served

_TOTAL = re.compile(r"totalRecord\s*[:=]\s*[\"']?(\d+)", re.IGNORECASE)
_COLUMN = re.compile(r"columnId\s*[:=]\s*[\"']([\w-]+)", re.IGNORECASE)
_PROXY = re.compile(r"proxyUrl\s*[:=]\s*[\"']([^\"']+)", re.IGNORECASE)
_WRAPPED = re.compile(r"^\s*[\w$.]*\s*\((?P<json>.*)\)\s*;?\s*$", re.DOTALL)
_AT_ONCE = 20


def recognises(page: str, url: str) -> Mapping[str, str] | None:  # noqa: ARG001
    """A page whose script names the interface of the messages."""
    return NO_OPTIONS if _PROXY.search(page) and "truecms" in page and _COLUMN.search(page) else None


def read_list(served: Served) -> ListPage:
    """The page gives its records and the first request for all of them; a reply gives its records and the next."""
    if "getMessage.do" in urlsplit(served.asked.url).path:
        return _read_reply(served)
    soup = soup_of(served.text)
    links = listed_links(soup.select_one("#initData") or soup, served.start, _is_article)
    said, column, proxy = (pattern.search(served.text) for pattern in (_TOTAL, _COLUMN, _PROXY))
    total = int(said[1]) if said else None
    if column is None or proxy is None:
        return ListPage(links, (), column_name(soup), None, total)
    if total is not None and len(links) >= total:
        return ListPage(links, (), column_name(soup), None, total)
    address = urljoin(served.start, urlsplit(proxy[1]).path)
    return ListPage(links, (_ask(address, column[1], 1, 2),), column_name(soup), None, total)


def _is_article(url: str) -> bool:
    return "/content/" in urlsplit(url).path


def _ask(address: str, column: str, start: int, number: int) -> Ask:
    query = {**window(start, _AT_ONCE), "contentTemplate": "", "columnId": column, "callback": "cb"}
    return Ask(f"{address}?{urlencode(query)}", page=number)


def _read_reply(served: Served) -> ListPage:
    wrapped = _WRAPPED.match(served.text)
    result = json_in(wrapped["json"] if wrapped else served.text).get("result") or ""
    found = datastore_in(str(result), served.start, _is_article)
    if found is None:
        return ListPage((), trouble="the reply holds no datastore: is the interface switched off?")
    query = dict(parse_qsl(urlsplit(served.asked.url).query))
    following = int(query["startrecord"]) + found.records
    more = following <= found.total if found.total is not None else found.records >= _AT_ONCE
    address = served.asked.url.partition("?")[0]
    further = (
        (_ask(address, query["columnId"], following, served.asked.page + 1),)
        if found.records and more
        else ()
    )
    return ListPage(found.links, further, None, None, found.total)
