"""Epoint EWB: `/dynamic/zwgk/govInfoPub.html?deptcode=…&categorynum=003002` lists `/003/003002/20210113/<uuid>.html`.

The page is a shell, `/js/webBuilderCommon.js` says which site it is, and the list is `getgovinfolist` (which wants its fields bare or
in `params`), or `getPageInfoListNew` of one category. All pages from 0 on are asked for, since some count from 1. See docs/families.md.
"""

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urljoin, urlsplit

from crawler.families import paging
from crawler.families.json_lists import json_in, links_of, stated_number
from crawler.families.listing import NO_OPTIONS, Ask, ListPage, Served, ask_form, ask_json

_GUID = re.compile(r"siteGuid[\"']?\s*[:=]\s*[\"']([\w-]+)")
_PROJECT = re.compile(r"projectName[\"']?\s*[:=]\s*[\"']([\w/-]+)")
_CATEGORY = re.compile(r"/(\d{6,})/[^/]*$")
_SCRIPT = "/js/webBuilderCommon.js"
_AT_ONCE = 20


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """The shell of a catalogue, or that of the list of one category, whose number is the folder it lies in."""
    if re.search(r"[?&]categorynum=\w+", url):
        return NO_OPTIONS
    if "webBuilderCommon.js" not in page:
        return None
    folder = _CATEGORY.search(urlsplit(url).path)
    return {"category": folder[1]} if folder else NO_OPTIONS


def read_list(served: Served) -> ListPage:
    """The shell gives the script, the script the first request, and a reply its entries."""
    asked, options = served.asked, served.options
    if asked.method == "POST":
        return _read_reply(served)
    guid, project = options.get("site_guid"), options.get("project")
    if guid is None and urlsplit(asked.url).path != _SCRIPT:
        return ListPage((), (Ask(urljoin(served.start, _SCRIPT), page=2),), is_entry=True)
    if guid is None:
        said = [name.search(served.text) for name in (_GUID, _PROJECT)]
        guid, project = (found[1] if found else None for found in said)
    if guid is None:
        trouble = f"{_SCRIPT} names no siteGuid: give the column the options site_guid and project"
        return ListPage((), trouble=trouble)
    return ListPage((), (_ask(served, project, guid),), is_entry=True)


def _ask(served: Served, project: str | None, guid: str) -> Ask:
    """The first page of the list: of a category that the site file names, or of the one that the shell's address does."""
    start, page = served.start, served.asked.page + 1
    window = {"pageIndex": 0, "pageSize": _AT_ONCE, "siteGuid": guid}
    if category := served.options.get("category"):
        rest = f"/{(project or 'EpointWebBuilder').strip('/')}/rest/frontAppCustomAction/getPageInfoListNew"
        fields = {"categoryNum": category, "kw": "", **window}
        return ask_form(urljoin(start, rest), {"params": json.dumps(fields)}, page)
    rest = f"/{(project or 'EWB-FRONT').strip('/')}/rest/lightfrontaction/getgovinfolist"
    column = dict(parse_qsl(urlsplit(start).query))
    fields = {"deptcode": column.get("deptcode", ""), "categorynum": column.get("categorynum", ""), **window}
    return ask_json(urljoin(start, rest), {"token": "", "params": fields, **fields}, page)


def _read_reply(served: Served) -> ListPage:
    asked, custom = served.asked, json_in(served.text).get("custom") or {}
    if isinstance(custom, str):
        custom = json.loads(custom)
    field = "pageIndex" if asked.body.startswith("{") else "params.pageIndex"
    rows = custom.get("data") or custom.get("infodata") or []
    links = links_of(rows, served.start, url="infourl", title="realtitle title", shown="infodate pubdate")
    total = stated_number(custom, "total", "count", "totalNum", "totalCount", "totalcount", "recordCount")
    if total is None:
        index = paging.number_asked(asked, field)
        # Page 0 may be page 1 again, or nothing: what follows is told from page 2.
        following = (1, 2) if index == 0 else (index + 1,) if links and index > 1 else ()
        return ListPage(links, tuple(paging.page_asked(asked, field, number) for number in following))
    # A server that counts from 1 gives page 1 for 0 as well, or nothing: so the numbers go one further.
    pages = paging.pages_filled(total, paging.given_at_once(total, _AT_ONCE, len(rows)))
    further = paging.later_pages(asked, field, pages, first=0)
    return ListPage(links, further, None, None, total, paging.too_many(pages))
