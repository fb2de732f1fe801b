"""The searches of whole portals: 拓尔思 IGS and 开普云 search5."""

import json
from collections.abc import Sequence

from crawler.replica.listing import JSON, Answer, Column, Sent
from crawler.replica.world import Page, Portal


def _hits(columns: Sequence[Column], word: str) -> list[tuple[Column, Page]]:
    """What has the words of the search in its title, but for pages that the index has missed."""
    return [
        (column, page)
        for column in columns
        for page in column.pages
        if word in page.title and "unsearched" not in page.traits
    ]


def igs(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """拓尔思 IGS, which insists on an order and on where to search."""
    if sent.path != "/irs/front/search" or sent.method != "POST":
        return None
    asked = json.loads(sent.body)
    if not asked.get("orderBy") or not asked.get("searchBy"):
        return Answer(json.dumps({"success": False, "msg": "排序方式不能为空", "data": None}), JSON)
    if asked.get("code") != portal.search:
        return Answer(json.dumps({"success": False, "msg": "检索配置不存在", "data": None}), JSON)
    word = asked["searchWord"]
    hits = _hits(columns, word)
    size, number = int(asked["pageSize"]), int(asked["pageNo"])
    rows = [
        {
            "data": {
                "title": page.title.replace(word, f"<em>{word}</em>"),
                "title_no_tag": page.title,
                "url": column.url(page),
                "time": f"{page.published} 10:00:00",
            }
        }
        for column, page in hits[(number - 1) * size : number * size]
    ]
    pager = {
        "pageNo": number,
        "pageSize": size,
        "pageCount": max(1, -(-len(hits) // size)),
        "total": len(hits),
    }
    return Answer(
        json.dumps({"success": True, "data": {"middle": {"listAndBox": rows}, "pager": pager}}), JSON
    )


def search5(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """开普云 search5, whose pages are counted from 0 and which gives ten entries at once, whatever was asked for."""
    if sent.path != "/search5/search/s":
        return None
    if sent.form.get("siteCode") != portal.search:
        return Answer(json.dumps({"code": 500, "msg": "未找到站点信息"}), JSON)
    word = sent.form.get("searchWord", "")
    hits = _hits(columns, word)
    size = min(int(sent.form.get("pageSize", "10")), 10)
    rows = [
        {
            "title": page.title.replace(word, f"<span>{word}</span>"),
            "url": column.url(page),
            "pubDate": f"{page.published} 10:00:00",
            "siteName": portal.title,
        }
        for column, page in hits[int(sent.form.get("pageNum", "0")) * size :][:size]
    ]
    found = {"total": len(hits), "searchTotal": rows}
    return Answer(json.dumps({"siteName": portal.title, "searchResultAll": found}), JSON)
