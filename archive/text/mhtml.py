"""MHTML (RFC 2557) to `Document`: the page in it is read like any other. Word and WPS save such files as .doc."""

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from typing import cast

from archive.text import html
from archive.text.document import Document
from archive.text.refusal import NotReadable

EXTRACTOR = "gxcrawl-mhtml"
VERSION = "1"
MEDIA_TYPE = "multipart/related"
_FEWEST = 20


def to_document(data: bytes) -> Document:
    """The first page of text in the file, its charset taken from the part's own header and its bytes.

    Raises:
        NotReadable: the file holds no page of HTML.
    """
    # A header may be folded or misspelt in any way; the lenient policy never raises while it parses.
    message = cast(EmailMessage, email.message_from_bytes(data.lstrip(), policy=email.policy.compat32))
    for part in message.walk():
        if part.get_content_type() != "text/html":
            continue
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes) or len(body) < _FEWEST:
            continue
        charset = part.get_param("charset")
        document = html.to_document(body, charset_hint=charset if isinstance(charset, str) else None)
        if document.blocks:
            return replace(
                document,
                media_type=MEDIA_TYPE,
                extractor=EXTRACTOR,
                extractor_version=f"{VERSION}+{document.extractor_version}",
            )
    raise NotReadable("This is an MHTML page without any text of HTML in it: look at it by hand.")
