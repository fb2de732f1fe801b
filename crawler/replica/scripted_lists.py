"""Lists that a script of the page fetches: TRS with a search, Hanweb, 南方网, Lonsun, Epoint, TrueCMS."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zlib import crc32

from crawler.replica.listing import JSON, REFUSED, Answer, Column, Sent, item, page_count, page_of
from crawler.replica.world import Page, Portal

# ---- TRS with a search behind the list; 湖南


def trs_search(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """福建: the newest ten in the page, the rest from POST /fjdzapp/search; or WAS5."""
    if portal.quirk == "was5":
        return _was5(columns, sent)
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
            for page in page_of(column.pages, number, size)
        ]
        return Answer(json.dumps({"data": rows, "pageCount": page_count(column.pages, size)}), JSON)
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


def _was5(columns: Sequence[Column], sent: Sent) -> Answer | None:
    """The list is the reply, with lines broken within its strings, and a last row that is no entry."""
    wanted = {dict(parse_qsl(urlsplit(column.key).query))["classsql"]: column for column in columns}
    column = wanted.get(sent.query.get("classsql", ""))
    if sent.path != "/was5/web/search" or column is None:
        return None
    size, number = int(sent.query.get("prepage", "10")), int(sent.query.get("page", "1"))
    rows = [
        f'{{"title":"{page.title}",\n"url":"{column.url(page)}","time":"{page.published}","content":"一、概述\n二、",'
        '"chnl":"政府信息公开年报","fileno":""}'
        for page in page_of(column.pages, number, size)
    ]
    docs = ",\n".join([*rows, '{"title":"文章标题","url":"","time":"","content":"","chnl":"","fileno":""}'])
    pages = page_count(column.pages, size)
    return Answer(f'{{"count":"{len(column.pages)}","pagenum":"{pages}",\n"docs":[{docs}]}}', JSON)


# ---- Hanweb


def records(column: Column, pages: Sequence[Page]) -> str:
    return "".join(f"<record><![CDATA[\n{item(column, page)}]]></record>\n" for page in pages)


def jpage(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """Hanweb jpage: records in the page, the rest from dataproxy.jsp, which wants a Referer."""
    if sent.path == "/module/web/jpage/dataproxy.jsp":
        if not sent.referer:
            return REFUSED
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
            f"<datastore><totalrecord>{len(column.pages)}</totalrecord><totalpage>{page_count(column.pages, size)}</totalpage>"
            f"{_next_group(column)}<recordset>{records(column, rows)}</recordset></datastore>",
            "text/xml;charset=UTF-8",
        )
    for column in columns:
        if column.is_page_of(sent):
            first = records(column, column.pages[: portal.per_page])
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


def xxgk_search(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """Hanweb xxgk as a list: what a body has published, whatever the column, by POST."""
    if sent.path == "/module/xxgk/search.jsp":
        wanted = {f"11{column.number}": column for column in columns}
        column = wanted.get(sent.form.get("area", ""))
        if sent.method != "POST" or column is None:
            return Answer("<table></table>")
        number, size = int(sent.form.get("currpage") or 1), portal.per_page
        everything = [
            *((column.url(page), page.title, str(page.published)) for page in column.pages),
            *(
                (f"/art/2019/3/{day}/art_77_{day}00.html", f"关于做好第{day}项工作的意见", f"2019-03-{day}")
                for day in (11, 12, 13)
            ),
        ]
        rows = "".join(
            f'<tr class="tr_main_value_{"even" if row % 2 else "odd"}"><td>{row + 1}</td><td><a class="bt_link" '
            f'href="{escape(url)}" mc="{escape(title)}" syh="0027/{row}" rq="{day}" target="_blank">{escape(title[:14])}…</a>'
            f"</td><td>{day}</td></tr>"
            for row, (url, title, day) in enumerate(everything[(number - 1) * size : number * size])
        )
        pager = f'<td class="tb_title">&nbsp;&nbsp;共{page_count(everything, size)}页&nbsp;第{number}页</td>'
        return Answer(f'<table width="100%">{rows}<tr>{pager}</tr></table>')
    for column in columns:
        if column.is_page_of(sent):
            tree = f"/module/xxgk/tree.jsp?standardXxgk=1&amp;area=11{column.number}&amp;divid=div1686"
            return Answer(f'<iframe src="{tree}"></iframe><div id="div1686"></div>', is_page=True)
    return None


_UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"


def jpaas(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """Hanweb jpaas: the units of a page, one of which is the list."""
    if sent.path == _UNIT:
        wanted = {str(column.number): column for column in columns}
        column = wanted.get(sent.query.get("pageId", ""))
        if column is None or sent.query.get("tagId") != "当前栏目list":
            return Answer(json.dumps({"success": True, "data": {"html": ""}}), JSON)
        # A bare pageNo is ignored.
        number = int(json.loads(sent.query.get("paramJson", "{}")).get("pageNo", 1))
        rows = "".join(item(column, page) for page in page_of(column.pages, number, portal.per_page))
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


def gkmlpt(_: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """南方网: the catalogue and its JSON."""
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
                for page in page_of(column.pages, number, 100)
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


_LABEL = "/site/label/8888"


def lonsun(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """Lonsun in its three forms."""
    for column in columns:
        if portal.quirk == "label" and sent.path == _LABEL:
            if sent.method != "POST" or sent.form.get("labelName") != "publicInfoList":
                return REFUSED
            if sent.form.get("organId") != str(column.number):
                continue
            number, size = int(sent.form.get("pageIndex", "1")), int(sent.form.get("pageSize", "15"))
            rows = page_of(column.pages, number, size)
            return Answer(_rows(column, rows) if rows else "暂无相关信息")
        if sent.path != urlsplit(column.key).path:
            continue
        if portal.quirk == "label":
            script = (
                f'$.ajax({{type: "POST", url: "{_LABEL}?IsAjax=1&dataType=html&_=" + Math.random(), data: {{'
                f'labelName: "publicInfoList", siteId: "6784211", pageSize: 5, pageIndex: 1, action: "list", isDate: true, '
                f'dateFormat: "yyyy-MM-dd", organId: "{column.number}", type: 4, catIds: "34482303", cId: "", '
                'result: "暂无相关信息", file: "/jh2/publicInfoList"}});'
            )
            return Answer(f'<div id="publicInfoList"></div><script>{script}</script>', is_page=True)
        if portal.quirk == "years":
            years = "".join(
                f'<li><a href="{escape(page.path)}">{page.year}年</a></li>'
                for page in column.pages
                if page.year
            )
            return None if "timeFrame" in sent.query else Answer(f"<ul>{years}</ul>", is_page=True)
        number = int(sent.query.get("pageIndex") or 1)
        count = page_count(column.pages, portal.per_page)
        base = escape(column.key)
        pager = "".join(
            f'<a href="{base}&amp;pageIndex={n}">{n}</a>' for n in range(1, count + 1) if n != number
        )
        rows = page_of(column.pages, number, portal.per_page)
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


def epoint(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """Epoint: a shell, the script that names the site, the JSON list, of a catalogue or of a category."""
    project = {"params": "EWB_YK_Mid", "category": "EpointWebBuilder"}.get(portal.quirk, "EWB-FRONT")
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
            for page in page_of(column.pages, number, int(fields["pageSize"]))
        ]
        return Answer(json.dumps({"custom": {"total": len(column.pages), "data": rows}}), JSON)
    if sent.path == f"/{project}/rest/frontAppCustomAction/getPageInfoListNew":
        fields = json.loads(sent.form.get("params", "{}"))
        status = {"code": 1, "top": False, "text": "操作成功", "url": ""}
        known = [column for column in columns if f"/{fields['categoryNum']}/" in column.key]
        if fields.get("siteGuid") != guid or not known:
            return Answer(json.dumps({"custom": {"count": 0, "infodata": []}, "status": status}), JSON)
        size = int(fields["pageSize"])
        infos = [
            {
                "categorynum": fields["categoryNum"],
                "title": page.title,
                "infourl": urlsplit(known[0].url(page)).path,
                "customtitle": None,
                "infodate": str(page.published),
            }
            for page in page_of(known[0].pages, int(fields["pageIndex"]) + 1, size)
        ]
        custom = {"count": len(known[0].pages), "infodata": infos}
        return Answer(json.dumps({"controls": [], "custom": custom, "status": status}), JSON)
    for column in columns:
        if column.is_page_of(sent):
            script = '<script src="/js/webBuilderCommon.js"></script>' if portal.quirk == "category" else ""
            return Answer(f'<div id="govinfolist" class="EWB-FRONT"></div>{script}', is_page=True)
    return None


# ---- TrueCMS


def truecms(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """TrueCMS: the first records in the page, the rest by JSONP, which wants a Referer."""
    if sent.path == "/truecms/messageController/getMessage.do":
        wanted = {column.uuid: column for column in columns}
        column = wanted.get(sent.query.get("columnId", ""))
        if not sent.referer or column is None or portal.quirk == "off":
            return REFUSED
        size, start = int(sent.query["perpage"]), int(sent.query["startrecord"]) - 1
        rows = column.pages[start : start + size] if size <= 20 else []
        store = f"<datastore><totalrecord>{len(column.pages)}</totalrecord><recordset>{records(column, rows)}</recordset></datastore>"
        return Answer(
            f"{sent.query.get('callback', 'cb')}({json.dumps({'result': store})});", "text/javascript"
        )
    for column in columns:
        if column.is_page_of(sent):
            first = column.pages if portal.quirk == "off" else column.pages[: portal.per_page]
            items = "".join(item(column, page, '"') for page in first)
            script = (
                f"$('#msgList').jpage({{totalRecord:\"{len(column.pages)}\",perPage:20,"
                f"proxyUrl:'/truecms/messageController/getMessage.do',ajaxParam:{{columnId:'{column.uuid}'}}}});"
            )
            return Answer(
                f'<div id="initData" style="display:none"><ul>{items}</ul></div><div id="msgList"></div><script>{script}</script>',
                is_page=True,
            )
    return None
