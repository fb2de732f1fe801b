"""Which files and pictures belong to a report page, and whether what was served for one is that. Pure: no request is made here."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from archive.text.document import Document
from archive.text.files import leads_to_annex, leads_to_file
from archive.text.kind import HTML, TEXT, kind_of
from archive.text.refusal import NoPage, NotReadable
from crawler.families.anchors import same_host
from crawler.families.sublists import NO_LIST
from crawler.understanding import absolute
from gxstore.frontier import Item

# A page scanned in colour at 300 dpi has 1 to 3 MB.
_LARGEST_PICTURE = 20_000_000
_PICTURES = (".jpg", ".jpeg", ".png")
AS_PAGE = "as_page"
"""In an item's context: what belongs to the page is a page itself, and judged as one."""
# A portal that has lost a file often says so in a few words (file error, 文件不存在, JSON), under HTTP 200.
_FEW_WORDS = 600


def files_of(item: Item, document: Document, document_id: int, further: Sequence[str] = ()) -> Iterable[Item]:
    """What a report page has beside its text: the files that it links to (copies, annexes), pages that are annexes or stand in a
    frame of it, the pages on which it goes on, and the pictures in it that may be pages or tables of the report.

    Args:
        item: the page.
        document: what was taken out of it.
        document_id: its document in the store.
        further: the addresses of the pages on which it goes on.
    """
    told: list[tuple[str, str, dict[str, Any]]] = []
    for link in document.links:
        target = absolute(item.url, link.target)
        if target is None or target == item.url:
            continue
        if leads_to_file(target, link.text) or urlsplit(target).path.lower().endswith(_PICTURES):
            told.append((target, link.text, {}))
        elif leads_to_annex(target, link.text):
            told.append((target, link.text, {AS_PAGE: True}))
    for address in document.framed():
        target = absolute(item.url, address)
        if target and same_host(target, item.url) and not NO_LIST.search(target):
            told.append((target, "a frame of the page", {AS_PAGE: True}))
    told += [(target, "a further page of the text", {AS_PAGE: True}) for target in further]
    for address in document.pictured():
        if target := absolute(item.url, address):
            said = item.context.get("title") or "a picture in the page"
            told.append((target, said, {"max_bytes": _LARGEST_PICTURE, "picture": True}))
    for target, title, more in told:
        context = {**item.context, "title": title, "parent": document_id, "page_url": item.url, **more}
        yield Item(target, "attachment", urlsplit(target).netloc, context)


def why_unread(body: bytes, text: Document | NotReadable | None) -> str | None:
    """Why what was served for a file is not the file that its name promises, a sentence; None where it is, and for a picture
    that is no page by what it measures.

    Args:
        body: what was served, content-encoding taken off.
        text: what was taken out of it.
    """
    if isinstance(text, NotReadable):
        return None if isinstance(text, NoPage) else str(text)
    if text is None or kind_of(body).media_type not in (TEXT, HTML):
        return None
    words = " ".join(text.text().split())
    if len(words) >= _FEW_WORDS:
        return None
    return f"No file was served, but the words: {words[:80]}"
