"""The units of a page of Hanweb 大汉 jpaas: which parts of it the publishing server builds, and which of them is the list. Pure.

A page names its units in scripts, with single quotes where JSON has double ones:

    <script url="/api-gateway/jpaas-publish-server/front/page/build/unit" queryData="{'webId':'3630','tplSetId':'…',
        'pageType':'column','tagId':'当前栏目list','editType':'null','pageId':'…','parseType':'bulidstatic'}">

Other pages come with the first entries in them, and name their unit in the division that turns the pages alone:
`<div class="pagination" querydata="{…}" uniturl="…" rows="24" count="386">`.
"""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

from bs4 import BeautifulSoup

from crawler.families.listing import Ask

# The tag of a list, the surest sign first; 头部内容 and 页脚信息 are no lists.
_LIST_TAGS = (re.compile(r"list|列表|分页", re.IGNORECASE), re.compile(r"当前栏目|信息|内容"))
_AT_ONCE = 15
_SIZE = re.compile(r"[1-9]\d{0,2}")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its tag, and the request for the first page of what it holds."""

    tag: str
    ask: Ask


def units_of(soup: BeautifulSoup, base: str) -> list[Unit]:
    """Every unit of a column that a page names.

    Args:
        soup: the page.
        base: the URL that its addresses are resolved against.
    """
    units = []
    for element in soup.select("[querydata]"):
        try:
            query = json.loads(str(element["querydata"]).replace("'", '"'))
        except ValueError:
            continue
        address, rows = element.get("url") or element.get("uniturl"), str(element.get("rows") or "")
        if isinstance(query, dict) and query.get("pageType") == "column" and address:
            size = int(rows) if _SIZE.fullmatch(rows) else _AT_ONCE
            window = json.dumps({"pageNo": 1, "pageSize": size}, separators=(",", ":"))
            asked = urlencode({**query, "paramJson": window})
            ask = Ask(f"{urljoin(base, str(address))}?{asked}", page=2)
            units.append(Unit(str(query.get("tagId", "")), ask))
    return units


def list_among(units: list[Unit], tag: str | None) -> Unit | None:
    """The unit that is the list: the one that the site file names, else the first whose tag says so, else the first."""
    if tag is not None:
        return next((unit for unit in units if unit.tag == tag), None)
    for sign in _LIST_TAGS:
        if named := [unit for unit in units if sign.search(unit.tag)]:
            return named[0]
    return units[0] if units else None
