"""Hanweb 大汉 jcms, jpage: `/col/col1229214366/index.html` lists `/art/2021/1/31/art_9965_1345322.html`.

The first entries stand in the page in a `<datastore>` (crawler.families.datastore), the rest comes from `dataproxy.jsp`. Some
servers honour `page` alone and ignore `startrecord`, some do the opposite, some give fewer records than were asked for. So
each request says the same thing in both ways, and the next one follows from what came back. See docs/families.md.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from crawler.families.anchors import column_name, soup_of
from crawler.families.datastore import Datastore, datastore_in, window
from crawler.families.listing import FULL_PAGE, NO_OPTIONS, Ask, ListPage, Served, ask_form
from crawler.families.page_calls import fields_in

_TOTAL = re.compile(r"totalRecord\s*:\s*[\"']?(\d+)")
_PROXY = re.compile(r"proxyUrl\s*:\s*[\"']([^\"']+)")
_FIELDS = re.compile(r"ajaxParam\s*:\s*\{([^{}]*)\}")
_ARTICLE = re.compile(r"/art/\d{4}/|/art_\w+\.html?$")
# More than about 300 at once is cut short by the servers.
_AT_ONCE = 100
_WINDOW = ("page", "startrecord", "endrecord", "perpage")


def recognises(page: str, url: str) -> Mapping[str, str] | None:  # noqa: ARG001
    """A page with a datastore and the proxy that gives the rest."""
    return NO_OPTIONS if "dataproxy.jsp" in page and "<datastore" in page else None


def read_list(served: Served) -> ListPage:
    """The column's page gives its records and the first request to the proxy; a reply gives its records and the next."""
    found = datastore_in(served.text, served.start, lambda url: bool(_ARTICLE.search(urlsplit(url).path)))
    if found is None:
        return ListPage((), trouble="the page holds no datastore: has the portal been rebuilt?")
    if "startrecord=" in served.asked.url:
        return _read_reply(served.asked, found)
    said, proxy = _TOTAL.search(served.text), _PROXY.search(served.text)
    total = int(said[1]) if said else found.total
    name = column_name(soup_of(served.text))
    following = found.next_group or _by_script(served.text, proxy[1] if proxy else None)
    if following is None or (total is not None and len(found.links) >= total):
        full = total is None and found.records >= FULL_PAGE
        trouble = "the page states no total and names no next group: is the list longer?" if full else None
        return ListPage(found.links, (), name, stated_total=total, trouble=trouble)
    group = urljoin(served.start, following)
    endpoint = (urljoin(served.start, proxy[1]) if proxy else group).partition("?")[0]
    fields = {key: value for key, value in parse_qsl(urlsplit(group).query) if key not in _WINDOW}
    ask = ask_form(_records_asked(endpoint, 1, _AT_ONCE), {"col": "1", **fields, "sourceContentType": "1"}, 2)
    return ListPage(found.links, (ask,), name, stated_total=total)


def _by_script(text: str, proxy: str | None) -> str | None:
    """The address of the proxy with the column's fields, where the page names no next group: in the address itself, or beside
    it in the script (`ajaxParam: {columnid: 77278, unitid: 303271 …}`)."""
    if proxy is None or "columnid=" in proxy.lower():
        return proxy
    said = _FIELDS.search(text)
    fields = fields_in(said[1]) if said else {}
    return f"{proxy}?{urlencode(fields)}" if "columnid" in fields else None


def _read_reply(asked: Ask, found: Datastore) -> ListPage:
    query = dict(parse_qsl(urlsplit(asked.url).query))
    page, size = int(query["page"]), int(query["perpage"])
    # A first reply that states no total and is shorter than asked for may be as much as the server gives at once.
    full = found.records >= (min(size, FULL_PAGE) if page == 1 else size)
    more = full if found.total is None else (page - 1) * size + found.records < found.total
    if not found.records or not more:
        return ListPage(found.links, stated_total=found.total)
    size = min(size, found.records) if page == 1 else size
    following = _records_asked(asked.url.partition("?")[0], page + 1, size)
    ask = replace(asked, url=following, page=asked.page + 1)
    return ListPage(found.links, (ask,), stated_total=found.total)


def _records_asked(endpoint: str, page: int, size: int) -> str:
    """The address of the proxy with a part of the list, named in both ways that servers understand."""
    return f"{endpoint}?{urlencode({'page': page, **window((page - 1) * size + 1, size)})}"
