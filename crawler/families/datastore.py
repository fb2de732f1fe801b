"""The `<datastore>` in which jpage lists come, in a page and in the replies of Hanweb 大汉 and TrueCMS alike.

    <datastore><totalrecord>6163</totalrecord><totalpage>309</totalpage>
    <nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&…"></a>]]></nextgroup>
    <recordset><record><![CDATA[<li><a href='…' title='…'>…</a><span>2026-06-01</span></li>]]></record>…

A record is a scrap of HTML of the portal's own: a list item, a row of a table, with quotes of either kind.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from crawler.families.anchors import listed_links, merged, soup_of
from crawler.families.listing import ListedLink

_RECORD = re.compile(r"<record>\s*<!\[CDATA\[(.*?)\]\]>\s*</record>", re.DOTALL | re.IGNORECASE)
_NEXT = re.compile(r"<nextgroup>\s*<!\[CDATA\[(.*?)\]\]>", re.DOTALL | re.IGNORECASE)
_TOTAL = re.compile(r"<totalrecord>\s*(\d+)\s*</totalrecord>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Datastore:
    """Its links, the number of its records, the total it states, and the address of the next group."""

    links: tuple[ListedLink, ...]
    records: int
    total: int | None
    next_group: str | None


def window(start: int, size: int) -> dict[str, int]:
    """The fields by which a server is asked for the records from one on, counted from 1."""
    return {"startrecord": start, "endrecord": start + size - 1, "perpage": size}


def datastore_in(text: str, base: str, accept: Callable[[str], bool]) -> Datastore | None:
    """The datastore of a page or reply, None where there is none.

    Args:
        text: the page or reply.
        base: the URL that links are resolved against.
        accept: whether an absolute URL is an article's.
    """
    if "<recordset" not in text.lower() and "<datastore" not in text.lower():
        return None
    records = [record.group(1) for record in _RECORD.finditer(text)]
    links = merged(link for record in records for link in listed_links(soup_of(record), base, accept))
    total, following = _TOTAL.search(text), _NEXT.search(text)
    anchor = soup_of(following[1]).find("a", href=True) if following else None
    return Datastore(
        links,
        len(records),
        int(total[1]) if total else None,
        str(anchor["href"]) if anchor else None,
    )
