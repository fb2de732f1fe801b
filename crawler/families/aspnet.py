"""ASP.NET: `InfoPublic.aspx?cid=1019&pid=971&page=1&kw=`, or one address whose pages are asked for by postback.

A postback is the page's own form sent back with its hidden fields, the pager's name in `__EVENTTARGET` and the page in
`__EVENTARGUMENT`. A pager shows ten numbers at a time, so each page leads to the next one. See docs/families.md.
"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from crawler.families.anchors import column_name, listed_links, soup_of, total_said
from crawler.families.going_on import is_off, names_next, next_link
from crawler.families.listing import NO_OPTIONS, Ask, ListPage, Served, ask_form
from crawler.families.paging import next_by_link

_POSTBACK = re.compile(
    r"(?:__doPostBack|WebForm_PostBackOptions)\s*\(\s*[\"']([^\"']+)[\"']\s*,\s*[\"'](Page\$)?(\d+|Next)?[\"']",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"\.aspx\?(?:.*&)?(?:id|aid|nid|infoid|newsid|articleid)=\w+|/\d{3,}\.(?:html?|aspx)$", re.IGNORECASE
)


def recognises(page: str, url: str) -> Mapping[str, str] | None:
    """A page with a form that is posted back, or an address of the system."""
    return NO_OPTIONS if "__VIEWSTATE" in page or urlsplit(url).path.lower().endswith(".aspx") else None


def read_list(served: Served) -> ListPage:
    """The articles of a list page, and the next page by address or by postback."""
    url = served.asked.url
    soup = soup_of(served.text)
    wanted = re.compile(served.options["link"]) if "link" in served.options else _ARTICLE
    own = urlsplit(url).path
    links = listed_links(
        soup, url, lambda target: bool(wanted.search(target)) and urlsplit(target).path != own
    )
    asked = served.asked
    further = next_by_link(soup, asked, "page") or _by_postback(soup, asked) or next_link(soup, asked)
    return ListPage(links, further, column_name(soup), stated_total=total_said(soup))


def _by_postback(soup: BeautifulSoup, asked: Ask) -> tuple[Ask, ...]:
    """The next page, where a link of the pager posts back a higher number than this page's."""
    numbered: list[tuple[int, str, str]] = []
    following: list[tuple[int, str, str]] = []
    for anchor in soup.find_all("a"):
        found = _POSTBACK.search(f"{anchor.get('href') or ''} {anchor.get('onclick') or ''}")
        if found is None or is_off(anchor):
            continue
        target, prefix, number = found[1], found[2] or "", found[3] or ""
        if number.isdecimal() and int(number) > asked.page:
            numbered.append((int(number), target, f"{prefix}{asked.page + 1}"))
        elif not number.isdecimal() and (number or names_next(anchor)):
            following.append((0, target, prefix + number))
    if not numbered and not following:
        return ()
    _, target, argument = (numbered or following)[-1]
    state = soup.find("input", attrs={"name": "__VIEWSTATE"})
    form = state.find_parent("form") if isinstance(state, Tag) else None
    if form is None:
        return ()
    hidden = form.find_all("input", attrs={"type": "hidden", "name": True})
    fields = {str(field["name"]): str(field.get("value") or "") for field in hidden}
    fields |= {"__EVENTTARGET": target, "__EVENTARGUMENT": argument}
    return (ask_form(urljoin(asked.url, str(form.get("action") or "")), fields, asked.page + 1),)
