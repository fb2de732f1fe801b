"""TRS with a search behind the list (福建): the page holds the newest entries, and its script asks for the rest.

The script tells the search its arguments, `listModel({listArgs: {channelid, classsql, sortfield}, pagebar: {recordCount …}})`,
and the rest comes from `POST /fjdzapp/search` with these, `page` and `prepage`. On other portals of the province the whole list is
`/was5/web/search?channelid=…&templet=docs.jsp&classsql=…&prepage=75&page=1`, and that is the column's address. See docs/families.md.
"""

from collections.abc import Mapping
from urllib.parse import urljoin

from crawler.families import trs
from crawler.families.json_lists import is_json, json_in, links_of, stated_number
from crawler.families.listing import NO_OPTIONS, ListPage, Served, ask_form
from crawler.families.paging import later_pages, next_page, number_asked, too_many
from crawler.families.trs_script import search_arguments

# What the portals' own spiders ask for at once; the page itself asks for ten.
_AT_ONCE = 75
_ENDPOINT = "/fjdzapp/search"
_WAS = "/was5/web/search"
# The last row of a reply of WAS5 is none.
_NO_ENTRY = "文章标题"


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """A page whose script asks a search for the rest of its list, or the reply of such a search."""
    return NO_OPTIONS if search_arguments(page) or (is_json(page) and _WAS in url) else None


def read_list(served: Served) -> ListPage:
    """The page gives its static links and the first request to the search; a reply gives the entries of its page."""
    if is_json(served.text):
        return _read_reply(served)
    page = trs.read_list(served)
    fields = search_arguments(served.text)
    if fields is None:
        trouble = "the page names no search behind its list: has the portal been rebuilt, or is it of the family trs?"
        return ListPage(
            page.links, page.further, page.column_name, page.stated_pages, page.stated_total, trouble
        )
    endpoint = urljoin(served.asked.url, served.options.get("endpoint", _ENDPOINT))
    ask = ask_form(endpoint, {**fields, "page": 1, "prepage": _AT_ONCE}, 2)
    return ListPage(page.links, (ask,), page.column_name, None, page.stated_total)


def _read_reply(served: Served) -> ListPage:
    reply, asked = json_in(served.text), served.asked
    rows = [row for row in reply.get("data") or reply.get("docs") or [] if row.get("title") != _NO_ENTRY]
    links = links_of(
        rows,
        served.start,
        url="chnldocurl docpuburl url",
        title="doctitle title",
        shown="docreltime pubtime time pubdate",
    )
    total = stated_number(reply, "recordCount", "totalCount", "count")
    last, number = stated_number(reply, "pageCount", "pagenum"), number_asked(asked, "page")
    if last is None:
        trouble = None if links or number > 1 else "the search behind the list gives nothing that can be read"
        return ListPage(links, next_page(asked, "page") if links else (), None, None, total, trouble)
    if number >= last and links and total is not None and number * len(links) < total:
        further = next_page(asked, "page")  # it states fewer pages than its entries fill
    else:
        further = later_pages(asked, "page", last)
    return ListPage(links, further, None, None, total, too_many(last))
