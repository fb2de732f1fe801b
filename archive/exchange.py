"""One fetch as plain data: the request that was sent, the response as it came off the wire, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json import dumps
from typing import Any, Literal

from w3lib.url import safe_url_string

Header = tuple[bytes | str, bytes | str]
"""A header field, name and value, as the HTTP library gives it; text is read as ISO 8859-1."""

Truncation = Literal["length", "time", "disconnect", "unspecified"]
"""Why a body was cut off, in the words of ISO 28500, WARC-Truncated."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent: method, absolute URL, headers, body."""

    method: str
    url: str
    headers: Sequence[Header] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `body` is content-encoded as served; the HTTP library has taken the transfer-encoding off."""

    status: int
    reason: str
    headers: Sequence[Header] = ()
    body: bytes = b""
    http_version: str = "HTTP/1.1"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with its response; `fetched_at` is in UTC, `ip` the server's address where it is known.

    Raises:
        ValueError: `fetched_at` bears no time zone or another than UTC.
    """

    request: Request
    response: Response
    fetched_at: datetime
    ip: str | None = None
    truncated: Truncation | None = None

    def __post_init__(self) -> None:
        offset = self.fetched_at.utcoffset()
        if offset is None or offset.total_seconds() != 0:
            raise ValueError(f"fetched_at is {self.fetched_at!r}; give an aware datetime in UTC.")


def header_lines(headers: Sequence[Header], *, without: frozenset[bytes] = frozenset()) -> Iterator[bytes]:
    """The header fields as lines of a message, each ended by CRLF; names in `without` (lower case) are left out.

    A line break inside a value (an obsolete fold, or an attack) becomes a blank, so that no field can be forged.
    """
    for name, value in headers:
        name, value = _octets(name), _octets(value)
        if name.strip().lower() not in without:
            yield b"%s: %s\r\n" % (_one_line(name), _one_line(value))


def json_octets(value: Any) -> bytes:
    """A value as JSON in UTF-8, without blanks, as it stands in a statement of the archive."""
    return dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def utc_text(moment: datetime) -> str:
    """A moment as WARC/1.1 writes it, to the millisecond: `2026-11-21T03:00:00.125Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def to_the_millisecond(moment: datetime) -> datetime:
    """A moment as a WARC record can say it: what the store holds must be what the archive says."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def asked_url(url: str) -> str:
    """An address as it is asked for: what may not stand in one (blanks, Chinese, `[`, `\\`) percent-encoded as a browser does, in
    UTF-8. One that cannot be asked for stays as it is."""
    try:
        return safe_url_string(url)
    except ValueError:
        return url


def uri_text(url: str) -> str:
    """A URL as WARC writes it, fit for a header field: white space and control characters percent-encoded."""
    return "".join(char if char > " " and char != "\x7f" else f"%{ord(char):02X}" for char in url)


def _octets(part: bytes | str) -> bytes:
    return part if isinstance(part, bytes) else part.encode("latin-1", "replace")


def _one_line(part: bytes) -> bytes:
    return b" ".join(part.replace(b"\r", b"\n").replace(b"\x00", b"").split(b"\n")).strip()
