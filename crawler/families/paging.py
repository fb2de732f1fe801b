"""Lists whose pages have numbers: which page a request asks for, and the requests for its other pages. Pure.

The number stands in a field of the address, of the form or of the JSON that is posted (`page`, `pageIndex`, `currpage` …), or
in JSON within such a field: `params.pageIndex`. All else of a request stays as it is, to the letter: portals have fields in
other charsets and in an order of their own.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote_plus, urljoin, urlsplit, urlunsplit

from bs4 import BeautifulSoup

from crawler.families.listing import FULL_PAGE, MOST_PAGES, Ask


def number_asked(asked: Ask, field: str) -> int:
    """The number that a field of a request holds, that of the page as a rule; 1 where it holds none."""
    said = _value(asked, field)
    return int(said) if said.isdecimal() else 1


def with_number(asked: Ask, field: str, number: int) -> Ask:
    """The same request with another number in a field."""
    if _is_json(asked):
        body = _with_field(json.loads(asked.body), field, number)
        return replace(asked, body=json.dumps(body, ensure_ascii=False))
    outer, _, inner = field.partition(".")
    value = str(number)
    if inner:
        held = json.loads(_value(asked, outer)) | {inner: number}
        value = quote_plus(json.dumps(held, ensure_ascii=False, separators=(",", ":")))
    if asked.body:
        return replace(asked, body=_with_pair(asked.body, outer, value))
    parts = urlsplit(asked.url)
    return replace(asked, url=urlunsplit(parts._replace(query=_with_pair(parts.query, outer, value))))


def page_asked(asked: Ask, field: str, number: int) -> Ask:
    """The same request for the page with another number."""
    step = number - number_asked(asked, field)
    return replace(with_number(asked, field, number), page=asked.page + step)


def next_page(asked: Ask, field: str) -> tuple[Ask, ...]:
    """The request for the page after the one asked for."""
    return (page_asked(asked, field, number_asked(asked, field) + 1),)


def later_pages(asked: Ask, field: str, last: int, first: int = 1) -> tuple[Ask, ...]:
    """The requests for all pages after this one, at most `MOST_PAGES`, where it is the first; from a later one none."""
    own = number_asked(asked, field)
    numbers = range(own + 1, min(last, MOST_PAGES) + 1) if own <= first else ()
    return tuple(page_asked(asked, field, number) for number in numbers)


def next_by_link(soup: BeautifulSoup, asked: Ask, field: str, stated: int = 0) -> tuple[Ask, ...]:
    """The next page, where the page links to its own address with a higher number.

    Args:
        soup: the page.
        asked: the request that brought it.
        field: the field of the address that holds the number.
        stated: the number of pages that it states beside: a pager by script names no address.
    """
    own = Ask(asked.url, page=asked.page)
    last = max((stated, *_numbers_linked(soup, asked.url, field)))
    return next_page(own, field) if last > number_asked(own, field) else ()


def _numbers_linked(soup: BeautifulSoup, url: str, field: str) -> Iterator[int]:
    own = urlsplit(url).path
    for anchor in soup.find_all("a", href=True):
        target = urlsplit(urljoin(url, str(anchor["href"])))
        number = parse_qs(target.query).get(field, [""])[0]
        if target.path == own and number.isdecimal():
            yield int(number)


def given_at_once(total: int, asked_for: int, came: int) -> int:
    """How many entries of `total` a server gives at once: as many as were asked for, or as came with the first page where these
    were fewer and yet a full page."""
    return came if FULL_PAGE <= came < min(total, asked_for) else asked_for


def pages_filled(total: int, at_once: int) -> int:
    """How many pages a list fills, one at least."""
    return max(1, -(-total // at_once))


def too_many(pages: int | None) -> str | None:
    """The sentence for a list that states more pages than any list of reports has."""
    if pages is None or pages <= MOST_PAGES:
        return None
    return f"the list states {pages} pages, of which the first {MOST_PAGES} are asked for: is it a trap?"


def _is_json(asked: Ask) -> bool:
    return asked.body.startswith("{")


def _value(asked: Ask, field: str) -> str:
    if _is_json(asked):
        return str(json.loads(asked.body).get(field, ""))
    outer, _, inner = field.partition(".")
    said = parse_qs(asked.body or urlsplit(asked.url).query).get(outer, [""])[0]
    return str(json.loads(said).get(inner, "")) if inner else said


def _with_field(value: dict[str, Any], field: str, number: int) -> dict[str, Any]:
    """A JSON object with another number in a field, which some servers look for further in."""
    changed = {
        key: _with_field(inner, field, number) if isinstance(inner, dict) else inner
        for key, inner in value.items()
    }
    return changed | {field: number} if field in value else changed


def _with_pair(query: str, field: str, value: str) -> str:
    """A query or form with another value, which is put last where it named none."""
    pairs = [pair for pair in query.split("&") if pair]
    if not any(pair.partition("=")[0] == field for pair in pairs):
        pairs.append(field)
    return "&".join(f"{field}={value}" if pair.partition("=")[0] == field else pair for pair in pairs)
