"""Which files and pictures belong to a report page. Pure: no request is made here."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from archive.text.document import Document
from crawler.understanding import absolute
from gxstore.runs import Item

# A page scanned in colour at 300 dpi has 1 to 3 MB.
_LARGEST_PICTURE = 20_000_000
_ATTACHMENT = (
    ".doc",
    ".docx",
    ".pdf",
    ".xls",
    ".xlsx",
    ".wps",
    ".et",
    ".ofd",
    ".zip",
    ".rar",
    ".jpg",
    ".jpeg",
    ".png",
)


def files_of(item: Item, document: Document, document_id: int) -> Iterable[Item]:
    """The files that a report page links to in its text (copies, annexes), and the pictures in it that may be pages or
    tables of the report."""
    told: list[tuple[str, str, dict[str, Any]]] = []
    for link in document.links:
        target = absolute(item.url, link.target)
        if target and urlsplit(target).path.lower().endswith(_ATTACHMENT):
            told.append((target, link.text, {}))
    for address in document.pictured():
        if target := absolute(item.url, address):
            said = item.context.get("title") or "a picture in the page"
            told.append((target, said, {"max_bytes": _LARGEST_PICTURE}))
    for target, title, more in told:
        context = {**item.context, "title": title, "parent": document_id, "page_url": item.url, **more}
        yield Item(target, "attachment", urlsplit(target).netloc, context)
