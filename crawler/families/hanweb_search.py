"""Hanweb 大汉 xxgk module as a list: `/col/col1229116546/index.html`, drawn by `POST /module/xxgk/search.jsp`.

The column's page leads to `/module/xxgk/tree.jsp?area=…&divid=div1686`, and the script of that asks for the list with

    infotypeId=B001G001&jdid=2&divid=div1686&area=1115000001151201XD&currpage=2&sortfield=createdatetime:0&fbtime=-1&texttype=0&
        vc_title=&vc_number=&vc_filenumber=&vc_all=

whose reply is rows of a table, `tr.tr_main_value_odd` and `tr.tr_main_value_even`, the date in the third cell, the title in `mc`
or `title`, and 共N页 in the pager. Known from public crawlers for www.hangzhou.gov.cn, wsjkw.hangzhou.gov.cn,
sthjt.zj.gov.cn, www.zj.gov.cn, xxgk.harbin.gov.cn, scjgj.jiangsu.gov.cn, fgw.shandong.gov.cn and districts of 江苏.

The search does not heed the column: it gives all that a body (`area`) has published, or what it has of one kind
(`infotypeId`, an option where the page does not say it). What is no report is left aside by its title.
"""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import parse_qsl, urljoin

from bs4 import Tag

from crawler.families.anchors import column_name, date_beside, soup_of, total_said
from crawler.families.listing import ListedLink, ListPage, Served, ask_form
from crawler.families.paging import later_pages, next_page, too_many

_MODULE = re.compile(r"/module/xxgk/(?:tree|search)\.jsp\?([^\"'<>\s]+)")
_PAGES = re.compile(r"共\s*(\d+)\s*页")
_FIELDS = ("infotypeId", "jdid", "divid", "area", "sortfield")
_REST = {"fbtime": "-1", "texttype": "0", "vc_title": "", "vc_number": "", "vc_filenumber": "", "vc_all": ""}


def recognises(page: str, url: str) -> Mapping[str, str] | None:  # noqa: ARG001
    """A page that leads to the module, and to no other list of the same maker."""
    return {} if _MODULE.search(page) and "dataproxy.jsp" not in page and "fbtime" not in page else None


def read_list(served: Served) -> ListPage:
    """The column's page gives the first request; a reply gives its rows and, the first, the further pages."""
    if served.asked.method == "POST":
        return _read_reply(served)
    said = dict(pair for found in _MODULE.finditer(served.text) for pair in parse_qsl(unescape(found[1])))
    fields = {key: served.options.get(key, said.get(key, "")) for key in _FIELDS}
    if not fields["area"] and not fields["infotypeId"]:
        trouble = "the page names neither area nor infotypeId: give them to the column as options"
        return ListPage((), trouble=trouble)
    endpoint = urljoin(served.start, "/module/xxgk/search.jsp")
    ask = ask_form(endpoint, {**fields, **_REST, "currpage": 1}, 2)
    return ListPage((), (ask,), column_name(soup_of(served.text)), is_entry=True)


def _read_reply(served: Served) -> ListPage:
    soup = soup_of(served.text)
    rows = soup.select("tr.tr_main_value_odd, tr.tr_main_value_even")
    links = tuple(link for row in rows if (link := _link(row, served.start)))
    found = _PAGES.search(soup.get_text(" "))
    pages = int(found[1]) if found else None
    if pages is None:
        # No pager: on to the next page, until one is empty.
        following = next_page(served.asked, "currpage") if links else ()
        return ListPage(links, following, stated_total=total_said(soup))
    further = later_pages(served.asked, "currpage", pages)
    return ListPage(links, further, None, pages, total_said(soup), too_many(pages))


def _link(row: Tag, start: str) -> ListedLink | None:
    anchor = row.find("a", href=True)
    if not isinstance(anchor, Tag):
        return None
    title = str(anchor.get("mc") or anchor.get("title") or anchor.get_text())
    return ListedLink(urljoin(start, str(anchor["href"])), " ".join(title.split()), date_beside(anchor))
