"""Lists that are pages of their own: 湖南, 开普云, 博达, ASP.NET; and 开普云 behind JSON."""

import json
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from crawler.replica.listing import JSON, Answer, Column, Sent, item, page_count, page_of
from crawler.replica.world import Portal


def from_one(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """createPageHTML counted from 1: 湖南 under `index`, 开普云 under the list's own name."""
    folder, _, name = sent.path.rpartition("/")
    for column in columns:
        path = urlsplit(column.key).path
        own_folder, _, own = path.rpartition("/")
        stem, extension = (own.removesuffix(".shtml"), "shtml") if own else ("index", "html")
        if folder != own_folder:
            continue
        numbered = name.removeprefix(f"{stem}_").removesuffix(f".{extension}")
        if name in ("", f"{stem}.{extension}"):
            number = 1
        elif name.startswith(f"{stem}_") and numbered.isdecimal() and int(numbered) > 1:
            number = int(numbered)
        else:
            continue
        count = page_count(column.pages, portal.per_page)
        if number > count:
            return None
        rows = "".join(item(column, page, '"') for page in page_of(column.pages, number, portal.per_page))
        call = f"createPageHTML('page_div',{count},{number},'{stem}','{extension}',{len(column.pages)});"
        return Answer(
            f'<ul class="list">{rows}</ul><div id="page_div"></div><script>{call}</script>', is_page=True
        )
    return None


def ucap_json(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """开普云: the JSON list, at most twenty entries a page."""
    for column in columns:
        if column.is_page_of(sent):
            size, number = min(20, portal.per_page), int(sent.query.get("page", "1"))
            rows = [
                {
                    "title": page.title,
                    "url": "//" + column.url(page).partition("://")[2],
                    "publishedTimeStr": f"{page.published} 17:18:49",
                    "channelName": column.name,
                }
                for page in page_of(column.pages, number, size)
            ]
            data = {"total": len(column.pages), "rows": size, "page": number, "results": rows}
            return Answer(json.dumps({"data": data}), JSON)
    return None


# ---- 博达


def boda(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """博达: lists by PAGENUM, and static ones that count backwards."""
    for column in columns:
        parts = urlsplit(column.key)
        count = page_count(column.pages, portal.per_page)
        if parts.query:
            if not column.is_page_of(sent):
                continue
            number = int(sent.query.get("PAGENUM", "1"))
            pager = "".join(
                f'<a href="?totalpage={count}&amp;PAGENUM={n}&amp;{escape(parts.query)}">{label}</a>'
                for n, label in ((number + 1, "下页"), (count, "尾页"))
                if n <= count and n > number
            )
        else:
            stem = parts.path.removesuffix(".htm")
            numbered = sent.path.removeprefix(f"{stem}/").removesuffix(".htm")
            if sent.path == parts.path:
                number = 1
            elif sent.path.startswith(f"{stem}/") and numbered.isdecimal():
                number = count - int(numbered) + 1
            else:
                continue
            pager = (
                f'<a href="{stem}/{count - number}.htm">下页</a>' if number < count else "<span>下页</span>"
            )
        rows = "".join(item(column, page, '"') for page in page_of(column.pages, number, portal.per_page))
        return Answer(
            f"<ul>{rows}</ul><div>共{len(column.pages)}条 {number}/{count} {pager}</div>", is_page=True
        )
    return None


# ---- ASP.NET


def aspnet(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """ASP.NET: pages by address, or by postback that must bring the page's own state."""
    for column in columns:
        if not column.is_page_of(sent):
            continue
        count = page_count(column.pages, portal.per_page)
        state = f"/wEPDwUK{column.number}=="
        number = int(sent.query.get("page") or 1)
        if sent.method == "POST":
            if sent.form.get("__VIEWSTATE") != state or sent.form.get("__EVENTTARGET") != "List1$Pager":
                return Answer("<h1>Validation of viewstate MAC failed</h1>", status=500)
            number = int(sent.form["__EVENTARGUMENT"])
        rows = "".join(
            f'<tr><td><a href="{escape(urlsplit(column.url(page)).path)}?{escape(urlsplit(column.url(page)).query)}">'
            f"{escape(page.title)}</a></td><td>{page.published}</td></tr>"
            for page in page_of(column.pages, number, portal.per_page)
        )
        if portal.quirk == "postback":
            links = "".join(
                f"<a href=\"javascript:__doPostBack('List1$Pager','{n}')\">{n}</a>"
                for n in range(1, count + 1)
                if n != number
            )
        else:
            base = escape(column.key.replace("page=1", "page={}"))
            links = "".join(f'<a href="{base.format(n)}">{n}</a>' for n in range(1, count + 1) if n != number)
        return Answer(
            f'<form method="post" action="{escape(column.key)}"><input type="hidden" name="__VIEWSTATE" value="{state}" />'
            f'<input type="hidden" name="__EVENTVALIDATION" value="/wEW" /><table>{rows}</table>'
            f"<div>总记录：{len(column.pages)} {links}</div></form>",
            is_page=True,
        )
    return None
