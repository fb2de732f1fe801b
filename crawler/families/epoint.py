"""Epoint EWB: `/dynamic/zwgk/govInfoPub.html?deptcode=…&categorynum=003002` lists `/003/003002/20210113/<uuid>.html`.

The page is a shell. `/js/webBuilderCommon.js` says which site it is (`var siteInfo={"siteGuid":"…","projectName":
"/EWB-FRONT",…}`), and the list is `POST <project>/rest/lightfrontaction/getgovinfolist` with `{"deptcode",
"categorynum", "siteGuid", "pageIndex", "pageSize"}`, whose reply is `{"custom": {"total": 63, "data": [{"infourl",
"title", "realtitle", "infodate", …}]}}`. Known from public crawlers for ws.xz.gov.cn, dpc.xz.gov.cn, www.yingkou.gov.cn,
kjj.yingkou.gov.cn and sthj.fushun.gov.cn. Some projects (EWB_YK_Mid) want the fields inside `params`; some count pages
from 0, some from 1. So a request has them in both places, and all numbers from 0 to the last are asked for.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from crawler.families.anchors import as_the_column, date_in
from crawler.families.listing import (
    FULL_PAGE,
    MOST_PAGES,
    NO_OPTIONS,
    Ask,
    ListedLink,
    ListPage,
    Served,
    ask_json,
    json_in,
    stated_number,
)
from crawler.families.page_calls import too_many

_SITE = re.compile(r"siteInfo\s*=\s*(\{.*?\})", re.DOTALL)
_SCRIPT = "/js/webBuilderCommon.js"
_AT_ONCE = 20


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """The shell of a catalogue of the lists by category."""
    return NO_OPTIONS if re.search(r"[?&]categorynum=\w+", url) or "webBuilderCommon.js" in page else None


def read_list(served: Served) -> ListPage:
    """The shell gives the script, the script the first request, and a reply its entries."""
    if served.asked.method == "POST":
        return _read_reply(served)
    if urlsplit(served.asked.url).path == _SCRIPT:
        return _read_script(served)
    if guid := served.options.get("site_guid"):
        project = served.options.get("project", "/EWB-FRONT")
        return ListPage((), (_ask(served.start, project, guid, 0, 2),), is_entry=True)
    return ListPage((), (Ask(urljoin(served.start, _SCRIPT), page=2),), is_entry=True)


def _read_script(served: Served) -> ListPage:
    found = _SITE.search(served.text)
    try:
        site = json.loads(found[1]) if found else {}
    except ValueError:
        site = {}
    if not site.get("siteGuid"):
        trouble = f"{_SCRIPT} names no siteGuid: give the column the options site_guid and project"
        return ListPage((), trouble=trouble)
    project = str(site.get("projectName") or "/EWB-FRONT")
    return ListPage((), (_ask(served.start, project, str(site["siteGuid"]), 0, 3),), is_entry=True)


def _ask(start: str, project: str, guid: str, index: int, number: int) -> Ask:
    column = {key: values[0] for key, values in parse_qs(urlsplit(start).query).items()}
    fields = {
        "deptcode": column.get("deptcode", ""),
        "categorynum": column.get("categorynum", ""),
        "pageIndex": index,
        "pageSize": _AT_ONCE,
        "siteGuid": guid,
    }
    address = urljoin(start, f"/{project.strip('/')}/rest/lightfrontaction/getgovinfolist")
    return ask_json(address, {"token": "", "params": fields, **fields}, number)


def _read_reply(served: Served) -> ListPage:
    custom = json_in(served.text).get("custom") or {}
    if isinstance(custom, str):
        custom = json.loads(custom)
    links = tuple(link for row in custom.get("data") or [] if (link := _link(row, served.start)))
    total = stated_number(custom, "total", "count", "totalNum", "totalCount", "totalcount", "recordCount")
    asked = json.loads(served.asked.body)
    further: tuple[Ask, ...] = ()
    if total is None:
        index = asked["pageIndex"]
        # Page 0 may be page 1 again, or nothing: what follows is told from page 2.
        following = (1, 2) if index == 0 else (index + 1,) if links and index > 1 else ()
        return ListPage(links, tuple(_numbered(served.asked, asked, number) for number in following))
    rows = len(custom.get("data") or [])
    size = rows if FULL_PAGE <= rows < min(total, _AT_ONCE) else _AT_ONCE  # some give fewer than asked for
    pages = -(-total // size)
    if asked["pageIndex"] == 0:
        # A server that counts from 1 gives page 1 for 0 as well, or nothing.
        further = tuple(
            _numbered(served.asked, asked, index) for index in range(1, min(pages, MOST_PAGES) + 1)
        )
    return ListPage(links, further, None, None, total, too_many(pages))


def _numbered(asked: Ask, body: dict[str, Any], index: int) -> Ask:
    fields = {**body["params"], "pageIndex": index}
    step = index - int(body["pageIndex"])
    return ask_json(asked.url, {"token": "", "params": fields, **fields}, asked.page + step)


def _link(row: Mapping[str, Any], start: str) -> ListedLink | None:
    url = str(row.get("infourl") or "").strip()
    if not url:
        return None
    title = re.sub(r"<[^>]+>", "", str(row.get("realtitle") or row.get("title") or "")).strip()
    shown = date_in(str(row.get("infodate") or row.get("pubdate") or ""))
    return ListedLink(as_the_column(urljoin(start, url), start), title, shown)
