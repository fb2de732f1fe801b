"""拓尔思 IGS, the search of a whole portal: a second way to find what columns miss.

`POST /irs/front/search` with JSON; `orderBy` and `searchBy` must be there, or the answer is 排序方式不能为空. The reply is

    {"success": true, "data": {"middle": {"listAndBox": [{"data": {"title", "title_no_tag", "url", "time", "docDate"}}]},
        "pager": {"pageNo": 1, "pageSize": 20, "pageCount": 4, "total": 63}}}

with `list` (no inner `data`) for `listAndBox` on some portals. Known from public crawlers for www.nx.gov.cn,
www.yinchuan.gov.cn, www.shaanxi.gov.cn, www.anshun.gov.cn, haiyun.jl.gov.cn and mfa.gov.cn. The numbers of search and data
type (`code`, `dataTypeId`, at some also `tenantId`) are the portal's own and stand in its site file.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from crawler.families.anchors import as_the_column, date_in
from crawler.families.listing import MOST_PAGES, Ask, ListedLink, ListPage, Served, ask_json, json_in
from crawler.families.page_calls import too_many

WORDS = "政府信息公开工作年度报告"
_AT_ONCE = 20


def first(start: str, options: Mapping[str, str]) -> Ask:
    """The search for the reports by their title."""
    body = {
        "code": options["code"],
        "configCode": "",
        "codes": "",
        "searchWord": options.get("words", WORDS),
        "historySearchWords": [],
        "dataTypeId": options["data_type"],
        "orderBy": "time",
        "searchBy": "title",
        "appendixType": "",
        "granularity": "ALL",
        "beginDateTime": "",
        "endDateTime": "",
        "isSearchForced": 0,
        "filters": [],
        "pageNo": 1,
        "pageSize": _AT_ONCE,
    }
    if tenant := options.get("tenant"):
        body["tenantId"] = tenant
    return ask_json(start, body, 1)


def read_list(served: Served) -> ListPage:
    """The hits of a reply and, from the first, the further pages."""
    reply = json_in(served.text)
    data = reply.get("data") or {}
    if not isinstance(data, dict) or not data.get("pager"):
        trouble = (
            f"the search answers: {reply.get('msg') or reply.get('message') or 'nothing that can be read'}"
        )
        return ListPage((), trouble=trouble)
    middle = data.get("middle") or {}
    rows = middle.get("listAndBox") or middle.get("list") or []
    links = tuple(link for row in rows if (link := _link(row.get("data") or row, served.start)))
    asked = json.loads(served.asked.body)
    pages, total = int(data["pager"].get("pageCount") or 1), data["pager"].get("total")
    further: tuple[Ask, ...] = ()
    if asked["pageNo"] == 1:
        further = tuple(
            ask_json(served.asked.url, {**asked, "pageNo": page}, page)
            for page in range(2, min(pages, MOST_PAGES) + 1)
        )
    return ListPage(links, further, None, pages, int(total) if total is not None else None, too_many(pages))


def _link(row: Mapping[str, Any], start: str) -> ListedLink | None:
    url = str(row.get("url") or "").strip()
    title = str(row.get("title_no_tag") or row.get("titleO") or row.get("title") or "")
    if not url:
        return None
    shown = date_in(str(row.get("time") or row.get("docDate") or ""))
    return ListedLink(as_the_column(urljoin(start, url), start), re.sub(r"<[^>]+>", "", title).strip(), shown)
