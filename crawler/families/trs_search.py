"""TRS with a search behind the list (福建): the page holds the newest entries, and its script asks for the rest.

The script tells the search its arguments, `listModel({listArgs: {channelid, classsql, sortfield}, pagebar: {recordCount …}})`,
and the rest comes from `POST /fjdzapp/search` with these, `page` and `prepage`. See docs/families.md.
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin

from crawler.families import trs
from crawler.families.json_lists import is_json, json_in, links_of, stated_number
from crawler.families.listing import NO_OPTIONS, ListPage, Served, ask_form
from crawler.families.paging import later_pages, next_page, number_asked, too_many

_KEY = (
    r"{key}\s*:\s*(?:[\"'][\"']\s*\|\|\s*)?[\"']?(?P<value>[^\"',}}\s][^\"'}}]*?)[\"']?\s*(?:,\s*\w+\s*:|$)"
)
_SEARCH_ID = re.compile(r"searchId\s*:\s*[\"']?(\d+)")
# What the portals' own spiders ask for at once; the page itself asks for ten.
_AT_ONCE = 75
_ENDPOINT = "/fjdzapp/search"


def recognises(page: str, url: str) -> Mapping[str, str] | None:  # noqa: ARG001
    """A page whose script asks a search for the rest of its list."""
    return NO_OPTIONS if trs.SEARCHED.search(page) and _fields(page) else None


def read_list(served: Served) -> ListPage:
    """The page gives its static links and the first request to the search; a reply gives the entries of its page."""
    if is_json(served.text):
        return _read_reply(served)
    page = trs.read_list(served)
    fields = _fields(served.text)
    if fields is None:
        trouble = "the page names no search behind its list: has the portal been rebuilt, or is it of the family trs?"
        return ListPage(
            page.links, page.further, page.column_name, page.stated_pages, page.stated_total, trouble
        )
    endpoint = urljoin(served.asked.url, served.options.get("endpoint", _ENDPOINT))
    ask = ask_form(endpoint, {**fields, "page": 1, "prepage": _AT_ONCE}, 2)
    return ListPage(page.links, (ask,), page.column_name, None, page.stated_total)


def _fields(text: str) -> dict[str, str] | None:
    """The arguments of the search as the page's script gives them."""
    found = trs.SEARCHED.search(text)
    if not found:
        return None
    fields = {}
    for key in ("channelid", "classsql", "sortfield"):
        if value := re.search(_KEY.format(key=key), found["body"].strip()):
            fields[key] = value["value"].strip()
    if not fields.get("channelid", "").isdigit():
        search = _SEARCH_ID.search(text)
        if not search:
            return None
        fields["channelid"] = search[1]
    return fields if "classsql" in fields else None


def _read_reply(served: Served) -> ListPage:
    reply, asked = json_in(served.text), served.asked
    rows = reply.get("data") or reply.get("docs") or []
    links = links_of(rows, served.start, url="chnldocurl docpuburl", title="doctitle", shown="docreltime")
    total, last = (
        stated_number(reply, "recordCount", "totalCount", "count"),
        str(reply.get("pageCount") or ""),
    )
    number = number_asked(asked, "page")
    if not last.isdecimal():
        trouble = None if links or number > 1 else "the search behind the list gives nothing that can be read"
        return ListPage(links, next_page(asked, "page") if links else (), None, None, total, trouble)
    if number >= int(last) and links and total is not None and number * len(links) < total:
        further = next_page(asked, "page")  # it states fewer pages than its entries fill
    else:
        further = later_pages(asked, "page", int(last))
    return ListPage(links, further, None, None, total, too_many(int(last)))
