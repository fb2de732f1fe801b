"""开普云 search5, the search of a whole portal: a second way to find what columns miss.

`POST /search5/search/s` (on a host of its own: `/search/s`) with the number of the portal (`siteCode`), which its home page has in
the form of its search. Pages are counted from 0. See docs/families.md.
"""

from collections.abc import Mapping

from crawler.families.json_lists import json_in, links_of, stated_number
from crawler.families.listing import SEARCHED_FOR, Ask, ListPage, Served, ask_form
from crawler.families.paging import given_at_once, later_pages, next_page, pages_filled, too_many

_AT_ONCE = 20


def first(start: str, options: Mapping[str, str]) -> Ask:
    """The search for the reports by their title."""
    fields: dict[str, str | int] = {
        "siteCode": options["site_code"],
        "searchWord": options.get("words", SEARCHED_FOR),
        "column": "",
        "uc": 1,
        "left_right_index": "",
        "pageSize": _AT_ONCE,
        "pageNum": 0,
    }
    if place := options.get("place"):
        fields["wordPlace"] = place
    return ask_form(start, fields, 1)


def read_list(served: Served) -> ListPage:
    """The hits of a reply and, from the first, the further pages."""
    reply = json_in(served.text)
    found = reply.get("searchResultAll")
    if not isinstance(found, dict):
        said = reply.get("msg") or reply.get("message") or "nothing that can be read"
        return ListPage((), trouble=f"the search answers: {said}")
    rows = found.get("searchTotal") or []
    links = links_of(rows, served.start, url="url", title="title", shown="pubDate cwrq")
    total = stated_number(found, "total")
    if total is None:
        return ListPage(links, next_page(served.asked, "pageNum") if links else ())
    # A server that counts from 1 gives page 1 for 0 as well, or nothing: so the numbers go one further.
    pages = pages_filled(total, given_at_once(total, _AT_ONCE, len(rows)))
    further = later_pages(served.asked, "pageNum", pages, first=0)
    return ListPage(links, further, None, None, total, too_many(pages))
