"""How the lists of the CMS families other than plain TRS are served: pages, replies, and what each server insists on.

Pure. The shapes are those that crawler/families names its sources for; what a server does beside (ignoring a parameter,
capping a page, wanting a Referer) stands in `quirk` of the portal (data/<site>/portals.toml).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID
from zlib import crc32

from crawler.replica.world import Page, Portal

JSON = "application/json;charset=UTF-8"
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to a list: method, path, query and body as given, and the Referer."""

    method: str
    path: str
    query: Mapping[str, str]
    body: str
    referer: str

    @property
    def form(self) -> Mapping[str, str]:
        """Query and form fields together, as a servlet sees them."""
        return {**self.query, **dict(parse_qsl(self.body, keep_blank_values=True))}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a list answers: text of a media type, or the main part of a page of the portal (`is_page`)."""

    text: str
    media_type: str = _HTML
    is_page: bool = False
    status: int = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its pages, newest first, and the way to write the URL of one."""

    key: str
    name: str
    pages: Sequence[Page]
    url: Callable[[Page], str]

    @property
    def number(self) -> int:
        """A number of its own, as CMSs give one."""
        return 1000 + crc32(self.key.encode()) % 90_000

    @property
    def uuid(self) -> str:
        """A name of 32 hexadecimal digits of its own."""
        return str(UUID(int=crc32(self.key.encode()) << 96 | 0x4B64_BCB5_BF74_24B8_EC29_1008))

    def is_page_of(self, sent: Sent) -> bool:
        """Whether a request is for the column's own page."""
        parts = urlsplit(self.key)
        wanted = dict(parse_qsl(parts.query, keep_blank_values=True))
        return sent.path.removesuffix("index.html") == parts.path.removesuffix("index.html") and all(
            sent.query.get(name) == value
            for name, value in wanted.items()
            if name not in ("page", "pageIndex")
        )


Serve = Callable[[Portal, Sequence[Column], Sent], Answer | None]


def serve_list(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """The answer of a portal's lists to a request, None where it is for no list."""
    for name in (portal.family, "igs" if portal.search else ""):
        if (serve := _DIALECTS.get(name)) and (answer := serve(portal, columns, sent)):
            return answer
    return None


_REFUSED = Answer("<html><body><h1>404 Not Found</h1></body></html>", status=404)


def _item(column: Column, page: Page, quote: str = "'") -> str:
    href = urlsplit(column.url(page))
    address = href.path + (f"?{escape(href.query)}" if href.query else "")
    title = escape(page.title)
    q = quote
    return f"<li><a href={q}{address}{q} title={q}{title}{q} target={q}_blank{q}>{title}</a><span>{page.published}</span></li>"


def _slice(pages: Sequence[Page], number: int, size: int) -> Sequence[Page]:
    """The page of that number, counted from 1."""
    return pages[(number - 1) * size : number * size]


def _count(pages: Sequence[Page], size: int) -> int:
    return max(1, -(-len(pages) // size))


# ---- TRS with a search behind the list; 湖南


def _trs_search(_: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    if sent.path == "/fjdzapp/search":
        if sent.method != "POST":
            return Answer("<h1>405</h1>", status=405)
        wanted = {f"chnlid={column.number}": column for column in columns}
        column = wanted.get(sent.form.get("classsql", ""))
        if column is None or sent.form.get("channelid") != "200210":
            return Answer(json.dumps({"data": [], "pageCount": 0}), JSON)
        size, number = int(sent.form.get("prepage", "10")), int(sent.form.get("page", "1"))
        rows = [
            {
                "doctitle": page.title,
                "docpuburl": column.url(page),
                "chnldocurl": column.url(page),
                "docreltime": f"{page.published} 09:30:00",
            }
            for page in _slice(column.pages, number, size)
        ]
        return Answer(json.dumps({"data": rows, "pageCount": _count(column.pages, size)}), JSON)
    for column in columns:
        if column.is_page_of(sent):
            rows_shown = "".join(
                f'<dl><dd class="trt-col-sm-24"><a href="./{page.href}" target="_blank" title="{escape(page.title)}">'
                f'{escape(page.title)}</a></dd><dd class="trt-col-4">{page.published}</dd></dl>'
                for page in column.pages[:10]
            )
            script = (
                "<script>var SiteInfo = { searchId: 200210, //默认的文档检索频道的ID\n};</script><script>"
                'require(["list2.trsapi", "tools"], function(listModel, tools) { listModel({ quickMode: "动静结合", '
                "maxStaticIndex: 1, listArgs: { channelid: SiteInfo.searchId, "
                f'classsql: "" || "chnlid={column.number}", sortfield: "-docorderpri,-docreltime" }}, '
                f"pagebar: {{ prepage: 10, recordCount: '{len(column.pages)}', pgTemp: \"pgBar_xxgk.html\", "
                'pgCountMode: "recordCount", displayNum: 2 } }); });</script>'
            )
            template = (
                '<div ms-visible="!showStatic" style="display: none"><dl ms-repeat="list"><dd>'
                '<a ms-attr-href="el.chnldocurl" ms-text="el.doctitle|html"></a></dd></dl></div>'
            )
            return Answer(f'<div class="rules_tabs_01">{rows_shown}</div>{template}{script}', is_page=True)
    return None


def _from_one(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
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
        count = _count(column.pages, portal.per_page)
        if number > count:
            return None
        rows = "".join(_item(column, page, '"') for page in _slice(column.pages, number, portal.per_page))
        call = f"createPageHTML('page_div',{count},{number},'{stem}','{extension}',{len(column.pages)});"
        return Answer(
            f'<ul class="list">{rows}</ul><div id="page_div"></div><script>{call}</script>', is_page=True
        )
    return None


def _ucap_json(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
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
                for page in _slice(column.pages, number, size)
            ]
            data = {"total": len(column.pages), "rows": size, "page": number, "results": rows}
            return Answer(json.dumps({"data": data}), JSON)
    return None


# ---- Hanweb


def _records(column: Column, pages: Sequence[Page]) -> str:
    return "".join(f"<record><![CDATA[\n{_item(column, page)}]]></record>\n" for page in pages)


def _jpage(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    if sent.path == "/module/web/jpage/dataproxy.jsp":
        if not sent.referer:
            return _REFUSED
        wanted = {str(column.number): column for column in columns}
        column = wanted.get(sent.form.get("columnid", ""))
        if column is None:
            return Answer("<datastore><totalrecord>0</totalrecord><recordset></recordset></datastore>")
        asked = int(sent.form.get("perpage", "15"))
        size = min(asked, portal.per_page) if portal.quirk == "capped" else asked
        by_page = (int(sent.form.get("page", "1")) - 1) * size
        start = by_page if portal.quirk == "page" else int(sent.form.get("startrecord", "1")) - 1
        rows = column.pages[start : start + size]
        return Answer(
            f"<datastore><totalrecord>{len(column.pages)}</totalrecord><totalpage>{_count(column.pages, size)}</totalpage>"
            f"{_next_group(column)}<recordset>{_records(column, rows)}</recordset></datastore>",
            "text/xml;charset=UTF-8",
        )
    for column in columns:
        if column.is_page_of(sent):
            first = _records(column, column.pages[: portal.per_page])
            store = f"<datastore>{_next_group(column)}<recordset>{first}</recordset></datastore>"
            script = (
                f"$('#{column.number}').jpage({{totalRecord:{len(column.pages)},perPage:5,"
                "proxyUrl:'/module/web/jpage/dataproxy.jsp'});"
            )
            return Answer(
                f'<div id="{column.number}"><script type="text/xml">{store}</script></div><script>{script}</script>',
                is_page=True,
            )
    return None


def _next_group(column: Column) -> str:
    address = (
        f"/module/web/jpage/dataproxy.jsp?page=1&appid=1&appid=1&webid=39&path=/&columnid={column.number}"
        f"&unitid={column.number + 7}&webname=x&permissiontype=0"
    )
    return f'<nextgroup><![CDATA[<a href="{address}"></a>]]></nextgroup>'


_UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"


def _jpaas(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    if sent.path == _UNIT:
        wanted = {str(column.number): column for column in columns}
        column = wanted.get(sent.query.get("pageId", ""))
        if column is None or sent.query.get("tagId") != "当前栏目list":
            return Answer(json.dumps({"success": True, "data": {"html": ""}}), JSON)
        # A bare pageNo is ignored.
        number = int(json.loads(sent.query.get("paramJson", "{}")).get("pageNo", 1))
        rows = "".join(_item(column, page) for page in _slice(column.pages, number, portal.per_page))
        pager = f"<div class='pagination' rows='{portal.per_page}' count='{len(column.pages)}'></div>"
        if portal.quirk == "no_count":
            pager = ""
        reply = {"success": True, "code": "200", "data": {"html": f"<ul>{rows}</ul>{pager}"}}
        return Answer(json.dumps(reply, ensure_ascii=False), JSON)
    for column in columns:
        if column.is_page_of(sent):
            units = "".join(
                f'<script type="text/javascript" src="/AuthorizedRead/unitbuild.js" url="{_UNIT}" queryData="'
                f"{{'webId':'3630','tplSetId':'quSyqDUrFfjv1nGRQhEEH','pageType':'column','tagId':'{tag}',"
                f"'editType':'null','pageId':'{column.number}','parseType':'bulidstatic'}}\"></script>"
                for tag in ("页头", "当前栏目list", "页脚")
            )
            return Answer(units, is_page=True)
    return None


# ---- 南方网


def _gkmlpt(_: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    for column in columns:
        parts = urlsplit(column.key)
        root = parts.path.partition("/gkmlpt/")[0]
        if sent.path == f"{root}/gkmlpt/api/all/{parts.fragment}":
            number = int(sent.query.get("page", "1"))
            rows = [
                {
                    "id": crc32(page.href.encode()),
                    "title": page.title,
                    "url": column.url(page),
                    "post_url": column.url(page),
                    "date": int(datetime.combine(page.published, time(4), UTC).timestamp()),
                    "created_at": f"{page.published} 12:00:00",
                    "publisher": column.name,
                }
                for page in _slice(column.pages, number, 100)
            ]
            classify = {"id": int(parts.fragment), "name": column.name, "post_count": len(column.pages) + 1}
            reply = {"classify": classify, "total": len(column.pages), "articles": rows}
            return Answer(json.dumps(reply), JSON)
        if sent.path == parts.path:
            tree = json.dumps([{"id": 1, "name": "政府信息公开", "children": [int(parts.fragment)]}])
            return Answer(
                f'<div id="app"></div><script>window._CONFIG = {{ SID: "755031", TREE: {tree} }};</script>',
                is_page=True,
            )
    return None


# ---- Lonsun


def _lonsun(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    for column in columns:
        if sent.path != urlsplit(column.key).path:
            continue
        if portal.quirk == "label":
            if sent.method != "POST" or "labelName" not in sent.form:
                return _REFUSED
            number, size = int(sent.form.get("pageIndex", "1")), int(sent.form.get("pageSize", "15"))
            rows = _slice(column.pages, number, size)
            return Answer(_rows(column, rows) if rows else "暂无相关信息")
        if portal.quirk == "years":
            years = "".join(
                f'<li><a href="{escape(page.path)}">{page.year}年</a></li>'
                for page in column.pages
                if page.year
            )
            return None if "timeFrame" in sent.query else Answer(f"<ul>{years}</ul>", is_page=True)
        number = int(sent.query.get("pageIndex") or 1)
        count = _count(column.pages, portal.per_page)
        base = escape(column.key)
        pager = "".join(
            f'<a href="{base}&amp;pageIndex={n}">{n}</a>' for n in range(1, count + 1) if n != number
        )
        rows = _slice(column.pages, number, portal.per_page)
        return Answer(f"{_rows(column, rows)}<div>共{len(column.pages)}条 {pager}</div>", is_page=True)
    return None


def _rows(column: Column, pages: Sequence[Page]) -> str:
    rows = "".join(
        f'<tr><td><div class="title"><a href="{escape(column.url(page))}" title="{escape(page.title)}" target="_blank">'
        f'{escape(page.title)}</a></div><p class="subTitle"><span>文号：</span><span>成文日期：{page.published}</span></p>'
        "</td></tr>"
        for page in pages
    )
    return f'<table class="r_xh_b clearfix"><tbody><tr class="title"><td>名称</td></tr>{rows}</tbody></table>'


# ---- Epoint


def _epoint(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    project = "EWB_YK_Mid" if portal.quirk == "params" else "EWB-FRONT"
    guid = "3373428a-5c73-4318-83c9-32cf98fea0d3"
    if sent.path == "/js/webBuilderCommon.js":
        site = json.dumps({"siteGuid": guid, "projectName": f"/{project}", "siteName": portal.title})
        return Answer(f"var siteInfo={site};\nvar webBuilder={{}};", "application/javascript")
    if sent.path == f"/{project}/rest/lightfrontaction/getgovinfolist":
        body: dict[str, Any] = json.loads(sent.body or "{}")
        fields = body.get("params", {}) if portal.quirk == "params" else body
        if fields.get("siteGuid") != guid:
            return Answer(json.dumps({"custom": {"total": 0, "data": []}}), JSON)
        wanted = {dict(parse_qsl(urlsplit(column.key).query))["categorynum"]: column for column in columns}
        column = wanted[fields["categorynum"]]
        index = int(fields["pageIndex"])
        number = max(index, 1) if portal.quirk == "from_one" else index + 1
        rows = [
            {
                "infourl": urlsplit(column.url(page)).path,
                "title": page.title[:20],
                "realtitle": page.title,
                "infodate": str(page.published),
            }
            for page in _slice(column.pages, number, int(fields["pageSize"]))
        ]
        return Answer(json.dumps({"custom": {"total": len(column.pages), "data": rows}}), JSON)
    for column in columns:
        if column.is_page_of(sent):
            return Answer('<div id="govinfolist" class="EWB-FRONT"></div>', is_page=True)
    return None


# ---- TrueCMS


def _truecms(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    if sent.path == "/truecms/messageController/getMessage.do":
        wanted = {column.uuid: column for column in columns}
        column = wanted.get(sent.query.get("columnId", ""))
        if not sent.referer or column is None or portal.quirk == "off":
            return _REFUSED
        size, start = int(sent.query["perpage"]), int(sent.query["startrecord"]) - 1
        rows = column.pages[start : start + size] if size <= 20 else []
        store = f"<datastore><totalrecord>{len(column.pages)}</totalrecord><recordset>{_records(column, rows)}</recordset></datastore>"
        return Answer(
            f"{sent.query.get('callback', 'cb')}({json.dumps({'result': store})});", "text/javascript"
        )
    for column in columns:
        if column.is_page_of(sent):
            first = column.pages if portal.quirk == "off" else column.pages[: portal.per_page]
            items = "".join(_item(column, page, '"') for page in first)
            script = (
                f"$('#msgList').jpage({{totalRecord:\"{len(column.pages)}\",perPage:20,"
                f"proxyUrl:'/truecms/messageController/getMessage.do',ajaxParam:{{columnId:'{column.uuid}'}}}});"
            )
            return Answer(
                f'<div id="initData" style="display:none"><ul>{items}</ul></div><div id="msgList"></div><script>{script}</script>',
                is_page=True,
            )
    return None


# ---- 博达


def _boda(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    for column in columns:
        parts = urlsplit(column.key)
        count = _count(column.pages, portal.per_page)
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
        rows = "".join(_item(column, page, '"') for page in _slice(column.pages, number, portal.per_page))
        return Answer(
            f"<ul>{rows}</ul><div>共{len(column.pages)}条 {number}/{count} {pager}</div>", is_page=True
        )
    return None


# ---- ASP.NET


def _aspnet(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    for column in columns:
        if not column.is_page_of(sent):
            continue
        count = _count(column.pages, portal.per_page)
        state = f"/wEPDwUK{column.number}=="
        number = int(sent.query.get("page") or 1)
        if sent.method == "POST":
            if sent.form.get("__VIEWSTATE") != state or sent.form.get("__EVENTTARGET") != "List1$Pager":
                return Answer("<h1>Validation of viewstate MAC failed</h1>", status=500)
            number = int(sent.form["__EVENTARGUMENT"])
        rows = "".join(
            f'<tr><td><a href="{escape(urlsplit(column.url(page)).path)}?{escape(urlsplit(column.url(page)).query)}">'
            f"{escape(page.title)}</a></td><td>{page.published}</td></tr>"
            for page in _slice(column.pages, number, portal.per_page)
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


# ---- the search of a portal


def _igs(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    if sent.path != "/irs/front/search" or sent.method != "POST":
        return None
    asked = json.loads(sent.body)
    if not asked.get("orderBy") or not asked.get("searchBy"):
        return Answer(json.dumps({"success": False, "msg": "排序方式不能为空", "data": None}), JSON)
    if asked.get("code") != portal.search:
        return Answer(json.dumps({"success": False, "msg": "检索配置不存在", "data": None}), JSON)
    word = asked["searchWord"]
    hits = [
        (column, page)
        for column in columns
        for page in column.pages
        if word in page.title and "unsearched" not in page.traits
    ]
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


_DIALECTS: Mapping[str, Serve] = {
    "trs_search": _trs_search,
    "hunan": _from_one,
    "ucap": _from_one,
    "ucap_json": _ucap_json,
    "hanweb_jpage": _jpage,
    "hanweb_jpaas": _jpaas,
    "gkmlpt": _gkmlpt,
    "lonsun": _lonsun,
    "epoint": _epoint,
    "truecms": _truecms,
    "boda": _boda,
    "aspnet": _aspnet,
    "igs": _igs,
}
