"""The paging of static lists: what the script at the foot of a page says of its further pages.

Four forms are seen, two of them under one name:

    createPageHTML(3, 0, "index", "html")                       TRS: total, current from 0; page 2 = index_1.html
    createPageHTML(7, 0, "index", "shtml", "black2", 136)       the same with a style and the number of entries
    createPageHTML('paging', 25, 1, 'index', 'html', 500)       湖南: current from 1; page 2 = index_2.html
    createPageHTML('page_div', 10, 1, 'dezlist', 'shtml', 149)  开普云, Sohu CMS: page 2 = dezlist_2.shtml

and the inline variables `var currentPage = 0; var countPage = 2` (TRS).
"""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from crawler.families.listing import MOST_PAGES, Ask

_STRING = r"[\"']([\w-]*)[\"']"
_FROM_ZERO = re.compile(
    rf"createPageHTML\(\s*(\d+)\s*,\s*(\d+)\s*,\s*{_STRING}\s*,\s*{_STRING}(?:\s*,\s*{_STRING})?(?:\s*,\s*(\d+))?"
)
_FROM_ONE = re.compile(
    rf"createPageHTML\(\s*{_STRING}\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*{_STRING}\s*,\s*{_STRING}(?:\s*,\s*(\d+))?"
)
_INLINE = re.compile(r"var\s+countPage\s*=\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Paging:
    """What a list says of itself: its pages, its entries where it says so, and the requests for the further pages
    (none on a later page)."""

    pages: int
    total: int | None
    further: tuple[Ask, ...]

    @property
    def trouble(self) -> str | None:
        """A sentence where not all stated pages are asked for."""
        return too_many(self.pages)


def too_many(pages: int | None) -> str | None:
    """The sentence for a list that states more pages than any list of reports has."""
    if pages is None or pages <= MOST_PAGES:
        return None
    return f"the list states {pages} pages, of which the first {MOST_PAGES} are asked for: is it a trap?"


def paging_of(text: str, url: str) -> Paging | None:
    """The paging that a page's script states, None where it states none.

    Args:
        text: the page.
        url: where it was served.
    """
    if found := _FROM_ONE.search(text):
        pages, current, total = int(found[2]), int(found[3]), found[6]
        names = [f"{found[4]}_{number}.{found[5]}" for number in range(2, min(pages, MOST_PAGES) + 1)]
        first = current <= 1
    elif found := _FROM_ZERO.search(text):
        pages, current, total = int(found[1]), int(found[2]), found[6]
        names = [f"{found[3]}_{number}.{found[4]}" for number in range(1, min(pages, MOST_PAGES))]
        first = current == 0
    elif found := _INLINE.search(text):
        pages, total = int(found[1]), None
        names = [f"index_{number}.html" for number in range(1, min(pages, MOST_PAGES))]
        first = urlsplit(url).path.rpartition("/")[2] in ("", "index.html")
    else:
        return None
    further = tuple(Ask(urljoin(url, name), page=page) for page, name in enumerate(names, 2)) if first else ()
    return Paging(pages, int(total) if total else None, further)
