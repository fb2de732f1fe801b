"""拓尔思 IGS, the search of a whole portal: a second way to find what columns miss.

`POST /irs/front/search` with JSON; `orderBy` and `searchBy` must be there, or the answer is 排序方式不能为空. The numbers of
search and data type (`code`, `dataTypeId`, at some also `tenantId`) are the portal's own and stand in its site file. See
docs/families.md.
"""

from collections.abc import Mapping

from crawler.families.json_lists import json_in, links_of
from crawler.families.listing import SEARCHED_FOR, Ask, ListPage, Served, ask_json
from crawler.families.paging import later_pages, too_many

_AT_ONCE = 20


def first(start: str, options: Mapping[str, str]) -> Ask:
    """The search for the reports by their title."""
    body = {
        "code": options["code"],
        "configCode": "",
        "codes": "",
        "searchWord": options.get("words", SEARCHED_FOR),
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
    middle, pager = data.get("middle") or {}, data["pager"]
    rows = [row.get("data") or row for row in middle.get("listAndBox") or middle.get("list") or []]
    links = links_of(rows, served.start, url="url", title="title_no_tag titleO title", shown="time docDate")
    pages, total = int(pager.get("pageCount") or 1), pager.get("total")
    further = later_pages(served.asked, "pageNo", pages)
    return ListPage(links, further, None, pages, int(total) if total is not None else None, too_many(pages))
