"""Hanweb 大汉 jcms, jpage: `/col/col1229214366/index.html` lists `/art/2021/1/31/art_9965_1345322.html`.

The first entries stand in the page in a `<datastore>` (crawler.families.datastore), the rest comes from
`dataproxy.jsp`. Known from public spiders for www.jiangsu.gov.cn, fzggw.jiangsu.gov.cn, www.zj.gov.cn, kw.beijing.gov.cn,
dongtai.yancheng.gov.cn and kjt.shandong.gov.cn, and from stored replies of 定西 and 南通. Servers differ: some honour
`page` alone and ignore `startrecord`, some do the opposite, some give fewer records than were asked for, most want
the column's page as Referer. So each request says the same thing in both ways, and the next one follows from what
came back.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from crawler.families.anchors import column_name, soup_of
from crawler.families.datastore import datastore_in
from crawler.families.listing import FULL_PAGE, NO_OPTIONS, Ask, ListPage, Served, ask_form

_TOTAL = re.compile(r"totalRecord\s*:\s*[\"']?(\d+)")
_PROXY = re.compile(r"proxyUrl\s*:\s*[\"']([^\"']+)")
_FIELDS = re.compile(r"ajaxParam\s*:\s*\{([^{}]*)\}")
_FIELD = re.compile(r"[\"']?(\w+)[\"']?\s*:\s*[\"']?([^\"',}]*)")
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
    asked = dict(parse_qsl(urlsplit(served.asked.url).query))
    if "startrecord" in asked:
        return _read_reply(served, asked)
    said = _TOTAL.search(served.text)
    total = int(said[1]) if said else found.total
    name = column_name(soup_of(served.text))
    if total is not None and len(found.links) >= total:
        return ListPage(found.links, (), name, stated_total=total)
    proxy = _PROXY.search(served.text)
    following = found.next_group or _by_script(served.text, proxy[1] if proxy else None)
    if following is None:
        full = total is None and found.records >= FULL_PAGE
        trouble = "the page states no total and names no next group: is the list longer?" if full else None
        return ListPage(found.links, (), name, stated_total=total, trouble=trouble)
    group = urljoin(served.start, following)
    endpoint = (urljoin(served.start, proxy[1]) if proxy else group).partition("?")[0]
    fields = {key: value for key, value in parse_qsl(urlsplit(group).query) if key not in _WINDOW}
    fields = {"col": "1", **fields, "sourceContentType": "1"}
    return ListPage(found.links, (_window(endpoint, fields, 1, _AT_ONCE, 2),), name, stated_total=total)


def _by_script(text: str, proxy: str | None) -> str | None:
    """The address of the proxy with the column's fields, where the page names no next group: in the address itself, or beside
    it in the script (`ajaxParam: {columnid: 77278, unitid: 303271 …}`)."""
    if proxy is None or "columnid=" in proxy.lower():
        return proxy
    said = _FIELDS.search(text)
    fields = dict(_FIELD.findall(said[1])) if said else {}
    return f"{proxy}?{urlencode(fields)}" if "columnid" in fields else None


def _read_reply(served: Served, asked: dict[str, str]) -> ListPage:
    found = datastore_in(served.text, served.start, lambda url: bool(_ARTICLE.search(urlsplit(url).path)))
    assert found is not None
    page, size = int(asked["page"]), int(asked["perpage"])
    last = (page - 1) * size + found.records
    further: tuple[Ask, ...] = ()
    # A first reply that states no total and is shorter than asked for may be as much as the server gives at once.
    full = found.records >= (min(size, FULL_PAGE) if page == 1 else size)
    if found.records and (full if found.total is None else last < found.total):
        if page == 1 and found.records < size:
            size = found.records  # the server gives no more at once
        endpoint = served.asked.url.partition("?")[0]
        further = (
            _window(endpoint, dict(parse_qsl(served.asked.body)), page + 1, size, served.asked.page + 1),
        )
    return ListPage(found.links, further, stated_total=found.total)


def _window(endpoint: str, fields: dict[str, str], page: int, size: int, number: int) -> Ask:
    window = {
        "page": page,
        "startrecord": (page - 1) * size + 1,
        "endrecord": page * size,
        "perpage": size,
    }
    return ask_form(f"{endpoint}?{urlencode(window)}", fields, number)
