"""Hanweb 大汉 xxgk module: `/module/xxgk/xxgkAnnualReport.jsp?area=<code>&fbtime=<year>`.

One URL per agency and year, and the body of the reply *is* the report. The page without a year shows a form whose
`<select name="fbtime">` lists the years. The order of the parameters varies between portals.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from bs4 import Tag

from crawler.families.anchors import soup_of
from crawler.families.listing import NO_OPTIONS, ListedLink, ListPage, Served


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """The form of the module, with its years."""
    return NO_OPTIONS if urlsplit(url).path.endswith("xxgkAnnualReport.jsp") and "fbtime" in page else None


def read_list(served: Served) -> ListPage:
    """One link a year of the form, with the `area` of the page kept; the title is that of any report of the year."""
    select = soup_of(served.text).find("select", attrs={"name": "fbtime"})
    if not isinstance(select, Tag):
        return ListPage(())
    parts = urlsplit(served.asked.url)
    area = parse_qs(parts.query).get("area", [""])[0]
    # An option without a value is sent as its text, as a browser does.
    sent = [str(option.get("value", option.get_text())).strip() for option in select.find_all("option")]
    years = [(found[1], value) for value in sent if (found := re.fullmatch(r"(20\d\d)\s*年?度?", value))]
    links = tuple(
        ListedLink(
            urlunsplit(
                (parts.scheme, parts.netloc, parts.path, urlencode({"area": area, "fbtime": value}), "")
            ),
            f"{year}年政府信息公开工作年度报告",
        )
        for year, value in years
    )
    return ListPage(links, (), "政府信息公开年报")
