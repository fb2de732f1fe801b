"""What every dialect of the replica is given and gives back: a request to a list, a column with its pages, an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID
from zlib import crc32

from crawler.replica.world import Page

JSON = "application/json;charset=UTF-8"
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to a list: method, path, query and body as given, and the Referer."""

    method: str
    path: str
    query: Mapping[str, str]
    body: str
    referer: str

    @property
    def form(self) -> Mapping[str, str]:
        """Query and form fields together, as a servlet sees them."""
        return {**self.query, **dict(parse_qsl(self.body, keep_blank_values=True))}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a list answers: text of a media type, or the main part of a page of the portal (`is_page`)."""

    text: str
    media_type: str = _HTML
    is_page: bool = False
    status: int = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its pages, newest first, and the way to write the URL of one."""

    key: str
    name: str
    pages: Sequence[Page]
    url: Callable[[Page], str]

    @property
    def number(self) -> int:
        """A number of its own, as CMSs give one."""
        return 1000 + crc32(self.key.encode()) % 90_000

    @property
    def uuid(self) -> str:
        """A name of 32 hexadecimal digits of its own."""
        return str(UUID(int=crc32(self.key.encode()) << 96 | 0x4B64_BCB5_BF74_24B8_EC29_1008))

    def is_page_of(self, sent: Sent) -> bool:
        """Whether a request is for the column's own page."""
        parts = urlsplit(self.key)
        wanted = dict(parse_qsl(parts.query, keep_blank_values=True))
        return sent.path.removesuffix("index.html") == parts.path.removesuffix("index.html") and all(
            sent.query.get(name) == value
            for name, value in wanted.items()
            if name not in ("page", "pageIndex")
        )


REFUSED = Answer("<html><body><h1>404 Not Found</h1></body></html>", status=404)


def item(column: Column, page: Page, quote: str = "'") -> str:
    """A list item with link, title and date, quoted in either way."""
    href = urlsplit(column.url(page))
    address = href.path + (f"?{escape(href.query)}" if href.query else "")
    title = escape(page.title)
    q = quote
    return f"<li><a href={q}{address}{q} title={q}{title}{q} target={q}_blank{q}>{title}</a><span>{page.published}</span></li>"


def page_of(pages: Sequence[Page], number: int, size: int) -> Sequence[Page]:
    """The page of that number, counted from 1."""
    return pages[(number - 1) * size : number * size]


def page_count(pages: Sequence[object], size: int) -> int:
    """How many pages of that size a list has."""
    return max(1, -(-len(pages) // size))
