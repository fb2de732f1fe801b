"""TRS WCM / 海云: static list pages, `index.html`, `index_1.html` (= page 2) …

Seen on the portals of Ningxia, 济源, 鄂尔多斯 and many more. A list page names its further pages only in a script:
either `createPageHTML(total, current, "index", "html")` (pages counted from 0) or inline variables
`var currentPage = 0; var countPage = 2`. Report pages lie at or below the column's own path; links to elsewhere are
the page's chrome.
"""

import re
from datetime import date
from urllib.parse import urljoin, urlsplit, urlunsplit

from bs4 import BeautifulSoup, Tag

from crawler.families.listing import ListedLink, ListPage

_ARTICLE = re.compile(r"(?:^|/)t(?:\d{8}_)?\d+\.s?html?$")
_PAGES_CALL = re.compile(
    r"createPageHTML\(\s*(?P<total>\d+)\s*,\s*(?P<current>\d+)\s*,\s*[\"'](?P<stem>[\w-]+)[\"']\s*,\s*[\"'](?P<ext>\w+)[\"']"
)
_PAGES_INLINE = re.compile(r"var\s+countPage\s*=\s*(?P<total>\d+)")
_DATE = re.compile(r"(?P<year>20\d\d)\s*[-./年]\s*(?P<month>\d{1,2})\s*[-./月]\s*(?P<day>\d{1,2})")
# A list that states more pages than this is a trap or a mistake; the oldest report is of 2008.
_MOST_PAGES = 200


def read_list(page: str, url: str) -> ListPage:
    """Links, further pages and column name of a TRS list page.

    Args:
        page: the decoded text of the page.
        url: where it was served; relative links are resolved against it.
    """
    soup = BeautifulSoup(page, "lxml")
    folder = urljoin(url, "./")
    links: dict[str, ListedLink] = {}
    for anchor in soup.find_all("a", href=True):
        target = _as_the_column(urljoin(url, str(anchor["href"]).strip()).partition("#")[0], url)
        if not target.startswith(folder) or not _ARTICLE.search(urlsplit(target).path):
            continue
        listed = ListedLink(target, _full_title(anchor), _date_beside(anchor))
        seen = links.get(target)
        if seen is None or len(seen.title) < len(listed.title):
            links[target] = listed
    total, pages = _further_pages(page, url)
    return ListPage(tuple(links.values()), pages, _column_name(soup), total)


def _as_the_column(target: str, column: str) -> str:
    """A target on the column's own host, written with or without www and with either scheme (both seen on one page of
    银川 and 兴庆), as the column writes it; any other target as it is."""
    there, here = urlsplit(target), urlsplit(column)
    if there.netloc.removeprefix("www.") == here.netloc.removeprefix("www."):
        return urlunsplit(there._replace(scheme=here.scheme, netloc=here.netloc))
    return target


def _full_title(anchor: Tag) -> str:
    """The title of a listed link: the `title` attribute where the text was cut short, else the longer of both."""
    text = re.sub(r"\s+", " ", anchor.get_text()).strip()
    attribute = re.sub(r"\s+", " ", str(anchor.get("title") or "")).strip()
    if text.endswith(("…", "...", "..")):
        return attribute or text
    return text or attribute


def _date_beside(anchor: Tag) -> date | None:
    """The date in the smallest surrounding element that holds this link and no other."""
    node: Tag | None = anchor
    while node is not None and node.name not in ("body", "html"):
        if len(node.find_all("a", href=True)) > 1:
            return None
        outside = node.get_text(" ").replace(anchor.get_text(" "), " ", 1)
        if found := _DATE.search(outside):
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                return None
        node = node.parent
    return None


def _further_pages(page: str, url: str) -> tuple[int | None, tuple[str, ...]]:
    """The number of pages that the script states, and the URLs of all but the first; none on a later page."""
    name = urlsplit(url).path.rpartition("/")[2]
    if found := _PAGES_CALL.search(page):
        total, stem, extension = int(found["total"]), found["stem"], found["ext"]
        first = int(found["current"]) == 0
    elif found := _PAGES_INLINE.search(page):
        total, stem, extension = int(found["total"]), "index", "html"
        first = name in ("", "index.html")
    else:
        return None, ()
    if not first:
        return total, ()
    further = range(1, min(total, _MOST_PAGES))
    return total, tuple(urljoin(url, f"{stem}_{number}.{extension}") for number in further)


def _column_name(soup: BeautifulSoup) -> str | None:
    """The column's name from its meta tag, else the last crumb of the breadcrumb."""
    meta = soup.find("meta", attrs={"name": re.compile("^ColumnName$", re.IGNORECASE)})
    if isinstance(meta, Tag) and (content := str(meta.get("content") or "").strip()):
        return content
    crumbs = soup.select("a.CurrChnlCls")
    return crumbs[-1].get_text().strip() if crumbs else None
