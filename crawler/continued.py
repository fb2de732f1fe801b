"""The further pages of an article that goes on over several: `t20160120_99.html`, `t20160120_99_1.html`. Pure.

TRS parts a long text this way and writes the pager by the same script as that of a list, other systems by links. Whatever
writes them, their addresses are that of the page with a number behind its name.
"""

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.families.anchors import as_the_column, soup_of
from crawler.families.page_calls import paging_of

_MOST = 20
_NAME = re.compile(r"(?P<stem>[^/]*[^/_-])\.(?P<ending>s?html?|jhtml)$", re.IGNORECASE)
_PAGER = re.compile(r"createPageHTML|下一?页|分页|[_-]\d{1,2}\.", re.IGNORECASE)


def further_pages_of(text: str, url: str) -> tuple[str, ...]:
    """The addresses of the pages on which an article goes on, in their order; none where the page is not its first.

    Args:
        text: the page.
        url: where it was served.
    """
    parts = urlsplit(url)
    folder, _, file = parts.path.rpartition("/")
    name = _NAME.match(file)
    if name is None or parts.query or not _PAGER.search(text):
        return ()
    # what counts from 1 has its second page in _2, what counts from 0 in _1
    own = re.compile(
        rf"{re.escape(folder)}/{re.escape(name['stem'])}(?P<mark>[_-])(?P<number>\d{{1,2}})\.{re.escape(name['ending'])}",
        re.IGNORECASE,
    )
    paging = paging_of(text, url)
    written = [ask.url for ask in paging.further] if paging else []
    for anchor in soup_of(text).find_all("a", href=True):
        try:
            written.append(as_the_column(urljoin(url, str(anchor["href"]).strip()), url))
        except ValueError:
            continue
    found = {
        int(match["number"]): match["mark"]
        for target in written
        if (match := own.fullmatch(urlsplit(target).path)) and int(match["number"])
    }
    if not found:
        return ()
    numbers = range(min(found), min(max(found), _MOST) + 1)
    mark = found[min(found)]
    return tuple(
        urlunsplit(
            parts._replace(path=f"{folder}/{name['stem']}{mark}{number}.{name['ending']}", fragment="")
        )
        for number in numbers
    )
