"""Lonsun 龙讯 (安徽, 绵阳, 青海): `/public/column/24601?type=4&action=list…` lists `/public/6981/146422691.html`.

Three forms of a column of annual reports:

- A list as HTML, `table.r_xh_b` or `ul.doc_list`, paged with `pageIndex=2` (kjt.ah.gov.cn, jyt.ah.gov.cn).
- A list that a script fetches: `POST /site/label/8888` with `labelName=publicInfoList&siteId=…&organId=…&catIds=…&
  pageSize=15&pageIndex=1&file=…`, whose reply is the HTML of the rows, or 暂无相关信息 after the last page (hrss.ah.gov.cn,
  sthjt.ah.gov.cn, mpa.ah.gov.cn, xsxxgk.huaibei.gov.cn). The column's page has these fields in its script, as an address
  or as an object. Where it does not, the column's path is that of the label, and the option `form` gives them.
- One URL a year: the column's own address with `timeFrame=2021` or `title=2020` *is* the report, and its page links to
  the other years.
"""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from bs4 import BeautifulSoup

from crawler.families.anchors import column_name, listed_links, merged, soup_of, total_said
from crawler.families.going_on import stated_pages
from crawler.families.listing import NO_OPTIONS, Ask, ListedLink, ListPage, Served, ask_form

_ARTICLE = re.compile(r"^/(?:public|content)/(?:\w+/)*\d+\.html$")
_YEAR = re.compile(r"20\d\d")
_LABEL = re.compile(r"[\"'](/(?:\w+/)*site/label/\d+)")
_LABEL_ADDRESS = re.compile(r"[\"'?]([^\"'?\s]*labelName=publicInfoList[^\"'\s]*)")
_LABEL_OBJECT = re.compile(r"\{([^{}]*labelName[\"']?\s*:\s*[\"']publicInfoList[\"'][^{}]*)\}")
_FIELD = re.compile(r"[\"']?(\w+)[\"']?\s*:\s*(?:[\"']([^\"']*)[\"']|(\w+))")
_LIST = "ul.doc_list, table.r_xh_b, .gk_list, .xxgk_list, .listnews, .xxgk_navli"


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """A column of the public catalogue by its address, or a page whose script asks for a list of it."""
    by_address = re.match(r"/(?:public|content)/column/\d+", urlsplit(url).path)
    return NO_OPTIONS if by_address or _label_asked(page, url) else None


def first(start: str, options: Mapping[str, str]) -> Ask:
    """The column's page, or the label with the fields that the site file gives."""
    if "form" not in options:
        return Ask(start)
    return ask_form(start, dict(parse_qsl(options["form"], keep_blank_values=True)), 1)


def read_list(served: Served) -> ListPage:
    """The rows of a list or the years of a column, and the next page."""
    soup = soup_of(served.text)
    links = _rows(soup, served.asked.url)
    years = _years(soup, served.asked.url)
    if served.asked.method == "POST":
        return ListPage(links, _next_by_form(served.asked) if links else ())
    # A link beside the years must not stand for them, where no element is known for a list's.
    if years and (not links or (len(links) < len(years) and not soup.select(_LIST))):
        return ListPage(merged((*years, *links)), (), column_name(soup))
    if not links and (asked := _label_asked(served.text, served.asked.url)):
        return ListPage((), (asked,), column_name(soup), is_entry=True)
    further = _next_by_link(soup, served.asked)
    return ListPage(links, further, column_name(soup), stated_total=total_said(soup))


def _label_asked(text: str, url: str) -> Ask | None:
    """The first request that the script of a page makes for its list."""
    label = _LABEL.search(text)
    if label and (found := _LABEL_ADDRESS.search(text)):
        fields = dict(parse_qsl(unescape(found[1]), keep_blank_values=True))
    elif label and (found := _LABEL_OBJECT.search(text)):
        fields = {name: quoted or plain for name, quoted, plain in _FIELD.findall(found[1])}
    else:
        return None
    return ask_form(urljoin(url, label[1]), {**fields, "pageIndex": 1}, 2)


def _rows(soup: BeautifulSoup, url: str) -> tuple[ListedLink, ...]:
    """The articles of the list's own element where it has a known one, else of the page."""
    parts = soup.select(_LIST) or [soup]
    return merged(
        link
        for part in parts
        for link in listed_links(part, url, lambda target: bool(_ARTICLE.match(urlsplit(target).path)))
    )


def _years(soup: BeautifulSoup, url: str) -> tuple[ListedLink, ...]:
    """The column's own address with a year, once a year."""
    own = urlsplit(url).path
    found: dict[str, ListedLink] = {}
    for link in listed_links(soup, url, lambda target: urlsplit(target).path == own):
        query = dict(parse_qsl(urlsplit(link.url).query))
        year = query.get("timeFrame") or query.get("title") or ""
        if _YEAR.fullmatch(year):
            title = link.title if "报告" in link.title or "年报" in link.title else ""
            found.setdefault(year, ListedLink(link.url, title or f"{year}年政府信息公开工作年度报告"))
    return tuple(found.values())


def _next_by_form(asked: Ask) -> tuple[Ask, ...]:
    fields = dict(parse_qsl(asked.body, keep_blank_values=True))
    following = int(fields.get("pageIndex", "1")) + 1
    return (ask_form(asked.url, {**fields, "pageIndex": following}, asked.page + 1),)


def _next_by_link(soup: BeautifulSoup, asked: Ask) -> tuple[Ask, ...]:
    """The next page, where the page links to a higher number than its own."""
    parts = urlsplit(asked.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    current = int(query.get("pageIndex") or 1)
    numbers = [
        int(number)
        for anchor in soup.find_all("a", href=True)
        if urlsplit(target := urljoin(asked.url, str(anchor["href"]))).path == parts.path
        and (number := dict(parse_qsl(urlsplit(target).query)).get("pageIndex", "")).isdecimal()
    ]
    said = stated_pages(soup, current)
    if said and said[0] <= current:
        numbers.append(said[1])  # a pager by script names no address, and the address takes the same number
    if max(numbers, default=0) <= current:
        return ()
    following = urlencode({**query, "pageIndex": current + 1})
    return (Ask(urlunsplit(parts._replace(query=following)), page=asked.page + 1),)
