"""MHTML (RFC 2557) to `Document`: the page in it is read like any other. Word and WPS save such files as .doc."""

import email
import email.policy
import re
from collections.abc import Sequence
from dataclasses import replace
from email.message import EmailMessage
from typing import cast

from archive.text import html
from archive.text.document import Block, Document, Table
from archive.text.refusal import NotReadable

EXTRACTOR = "gxcrawl-mhtml"
VERSION = "2"
MEDIA_TYPE = "multipart/related"
_FEWEST = 20
_FRAMES = re.compile(rb"<frameset[\s>]", re.IGNORECASE)


def to_document(data: bytes) -> Document:
    """The first page of text in the file, its charset taken from the part's own header and its bytes; of a page that is a set
    of frames, as Excel saves a workbook, all frames that hold tables, one after the other.

    Raises:
        NotReadable: the file holds no page of HTML.
    """
    # A header may be folded or misspelt in any way; the lenient policy never raises while it parses.
    message = cast(EmailMessage, email.message_from_bytes(data.lstrip(), policy=email.policy.compat32))
    pages: list[Document] = []
    framed = False
    for part in message.walk():
        if part.get_content_type() != "text/html":
            continue
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes) or len(body) < _FEWEST:
            continue
        framed = framed or _FRAMES.search(body) is not None
        charset = part.get_param("charset")
        document = html.to_document(body, charset_hint=charset if isinstance(charset, str) else None)
        if document.blocks:
            pages.append(document)
            if not framed:
                break
    if pages:
        return _as_one([page for page in pages if any(page.tables())] or pages[:1])
    raise NotReadable("This is an MHTML page without any text of HTML in it: look at it by hand.")


def _as_one(pages: Sequence[Document]) -> Document:
    blocks: list[Block] = []
    tables = 0
    for page in pages:
        for block in page.blocks:
            if isinstance(block, Table):
                tables += 1
                block = replace(block, index=tables)
            blocks.append(block)
    return replace(
        pages[0],
        blocks=tuple(blocks),
        links=tuple(link for page in pages for link in page.links),
        remarks=tuple(remark for page in pages for remark in page.remarks),
        media_type=MEDIA_TYPE,
        extractor=EXTRACTOR,
        extractor_version=f"{VERSION}+{pages[0].extractor_version}",
    )
