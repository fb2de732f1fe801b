"""Lists that come as JSON: the object of a reply, what it states in numbers, and its entries. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urljoin

from crawler.families.anchors import as_the_column, date_in, date_of_seconds
from crawler.families.listing import ListedLink

_TAG = re.compile(r"<[^>]+>")
_SECONDS = re.compile(r"\d{10}")


def is_json(text: str) -> bool:
    """Whether a reply is a JSON object rather than a page."""
    return text.lstrip("\ufeff \r\n\t").startswith("{")


def json_in(text: str) -> dict[str, Any]:
    """The JSON object of a reply, with a byte order mark before it and lines broken within its strings or without. Raises
    ValueError where it is none."""
    found = json.loads(text.lstrip("\ufeff"), strict=False)
    if not isinstance(found, dict):
        raise ValueError("the reply is no JSON object")
    return found


def stated_number(holder: Mapping[str, Any], *names: str) -> int | None:
    """The first of several fields of a reply that holds a number above zero; None where none does."""
    said = (str(holder.get(name) or "") for name in names)
    return next((int(number) for number in said if number.isdecimal() and int(number)), None)


def links_of(
    rows: Iterable[Mapping[str, Any]], start: str, *, url: str, title: str, shown: str
) -> tuple[ListedLink, ...]:
    """The entries of a list; a row without an address is none.

    Args:
        rows: the objects of the reply.
        start: the column's address, which relative ones are resolved against.
        url: the names, the surest first, of the field that holds the address.
        title: those of the title, which may come with the words of a search marked in it.
        shown: those of the date, which is text or a Unix time.
    """
    return tuple(
        ListedLink(
            as_the_column(urljoin(start, address), start),
            " ".join(unescape(_TAG.sub("", _said(row, title))).split()),
            next((day for name in shown.split() if (day := _day(str(row.get(name) or "")))), None),
        )
        for row in rows
        if (address := _said(row, url).strip())
    )


def _said(row: Mapping[str, Any], names: str) -> str:
    return next((str(row[name]) for name in names.split() if row.get(name)), "")


def _day(text: str) -> date | None:
    return date_of_seconds(text) if _SECONDS.fullmatch(text) else date_in(text)
