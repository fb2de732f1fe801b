"""A request to the replica, and what goes back, as plain data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: status, body before any content-encoding, and headers beside Content-Type and Content-Length;
    `modified` is when a page was last changed, where that is known."""

    status: int
    body: bytes
    media_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    modified: datetime | None = None
    transfer: Literal["plain", "gzip", "chunked"] = "plain"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the URL as asked for, the how many-th visit of that URL this is, from 1, and what a list may need."""

    url: str
    visit: int = 1
    method: str = "GET"
    body: str = ""
    referer: str = ""
    if_none_match: str = ""
    if_modified_since: str = ""
