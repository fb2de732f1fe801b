"""Hanweb 大汉 jpaas (集约化): the list is a unit of the page, `/zwgk/…/art/2023/art_<32 hex>.html` its articles.

The page names its units in scripts, with single quotes where JSON has double ones:

    <script url="/api-gateway/jpaas-publish-server/front/page/build/unit" queryData="{'webId':'3630','tplSetId':'…',
        'pageType':'column','tagId':'当前栏目list','editType':'null','pageId':'…','parseType':'bulidstatic'}">

The same address with `paramJson={"pageNo":2,"pageSize":15}` gives page 2 as JSON, `{"success":true,"data":{"html":
"<ul>…<div class='pagination' rows='15' count='403'>"}}`; a bare `pageNo` is ignored by many portals, and an empty page
is the end. Other pages (miit.gov.cn, the departments of 浙江) come with the first entries in them, and name their unit in
that division alone: `<div class="pagination" querydata="{…}" uniturl="…" rows="24" count="386">`; a list that needs no
second page has neither. Known from public crawlers for samr.gov.cn, miit.gov.cn, mohurd.gov.cn, mofcom.gov.cn, www.hhtz.gov.cn,
hyj.yantai.gov.cn and thirteen portals of 泰州.
"""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup

from crawler.families.anchors import column_name, listed_links, soup_of
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
)
from crawler.families.page_calls import too_many

_ARTICLE = re.compile(r"/art_[0-9A-Za-z_]+\.html?$")
# The tag of a list, the surest sign first; 头部内容 and 页脚信息 are no lists.
_LIST_TAGS = (re.compile(r"list|列表|分页", re.IGNORECASE), re.compile(r"当前栏目|信息|内容"))
_COUNT = re.compile(r"\bcount\s*[=:]\s*[\"'\\]*(\d+)")
_ROWS = re.compile(r"\brows\s*[=:]\s*[\"'\\]*(\d+)")
_AT_ONCE = 15
_SIZE = re.compile(r"[1-9]\d{0,2}")

# Address and query of a unit, and how many entries its page holds.
_Unit = tuple[str, Mapping[str, str], int]


def recognises(page: str, url: str) -> Mapping[str, str] | None:  # noqa: ARG001
    """A page that names units of the publishing server."""
    return NO_OPTIONS if "jpaas-publish-server" in page else None


def read_list(served: Served) -> ListPage:
    """The page gives the request for its list; a reply gives the entries of its page and, the first, the further pages."""
    if is_json(served.text):
        return _read_reply(served)
    soup = soup_of(served.text)
    units = _units(soup)
    unit = _list_unit(units, served.options.get("tag"))
    if unit is None:
        links = () if units else _links(soup, served.start, _is_below(served.start))
        trouble = None if links else "the page names no unit of a list: has the portal been rebuilt?"
        return ListPage(links, (), column_name(soup), trouble=trouble)
    address, query, size = unit
    ask = _ask(urljoin(served.start, address), query, 1, 2, size)
    return ListPage((), (ask,), column_name(soup), is_entry=True)


def _links(soup: BeautifulSoup, start: str, is_of: Callable[[str], bool]) -> tuple[ListedLink, ...]:
    return listed_links(soup, start, lambda url: bool(_ARTICLE.search(urlsplit(url).path)) and is_of(url))


def _is_below(start: str) -> Callable[[str], bool]:
    """Whether an article is the column's by its address: in its folder, or `/art/2026/3/17/art_12345_6.html`."""
    folder, number = urljoin(start, "./"), re.search(r"/col/col(\d+)/", start)
    of_the_number = f"/art_{number[1]}_" if number else None
    return lambda url: url.startswith(folder) or (of_the_number is not None and of_the_number in url)


def _units(soup: BeautifulSoup) -> list[_Unit]:
    """Every unit of a column that the page names, in scripts or in the division that turns the pages of its list."""
    units: list[_Unit] = []
    for element in soup.select("[querydata]"):
        try:
            query = json.loads(str(element["querydata"]).replace("'", '"'))
        except ValueError:
            continue
        address, rows = element.get("url") or element.get("uniturl"), str(element.get("rows") or "")
        if isinstance(query, dict) and query.get("pageType") == "column" and address:
            named = {key: str(value) for key, value in query.items()}
            units.append((str(address), named, int(rows) if _SIZE.fullmatch(rows) else _AT_ONCE))
    return units


def _list_unit(units: list[_Unit], tag: str | None) -> _Unit | None:
    """The unit that is the list: the one that the site file names, else the first whose tag says so, else the first."""
    if tag is not None:
        return next((unit for unit in units if unit[1].get("tagId") == tag), None)
    for sign in _LIST_TAGS:
        if named := [unit for unit in units if sign.search(unit[1].get("tagId", ""))]:
            return named[0]
    return units[0] if units else None


def _ask(address: str, query: Mapping[str, str], page: int, number: int, size: int) -> Ask:
    parameters = json.dumps({"pageNo": page, "pageSize": size}, separators=(",", ":"))
    return Ask(f"{address}?{urlencode({**query, 'paramJson': parameters})}", page=number)


def _read_reply(served: Served) -> ListPage:
    reply = json_in(served.text)
    data = reply.get("data") or {}
    markup = str(data.get("html") or "") if isinstance(data, dict) else str(data)
    links = _links(soup_of(markup), served.start, lambda _: True)
    if reply.get("success") is False:
        trouble = f"the portal's publishing server answers: {reply.get('message') or reply.get('msg') or 'no success'}"
        return ListPage(links, trouble=trouble)
    address, _, _ = served.asked.url.partition("?")
    query = dict(parse_qsl(urlsplit(served.asked.url).query))
    asked = json.loads(query.pop("paramJson"))
    page, size = asked["pageNo"], asked["pageSize"]
    count, rows = _COUNT.search(markup), _ROWS.search(markup)
    total = int(count[1]) if count else None
    if total is None:
        # No total: on to the next page, until one is empty.
        return ListPage(
            links, (_ask(address, query, page + 1, served.asked.page + 1, size),) if links else ()
        )
    size = int(rows[1]) if rows and int(rows[1]) else size
    if page == 1 and FULL_PAGE <= len(links) < min(size, total):
        size = len(links)  # the server gives no more at once
    pages = -(-total // size)
    further = (
        tuple(_ask(address, query, n, n + 1, size) for n in range(2, min(pages, MOST_PAGES) + 1))
        if page == 1
        else ()
    )
    return ListPage(links, further, None, pages, total, too_many(pages))
