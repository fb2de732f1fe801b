"""The key under which replay tools file a reply to a POST: its URL with the method and what was sent as a query.

Written after the rules that they share (specs.webrecorder.net, request body canonicalization): a list that is asked for
page by page has one URL, and only so does each page have a key of its own.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus, urlencode

_LONGEST = 4096
METHODS = frozenset({"POST", "PUT"})


def posted_query(media_type: str, body: bytes) -> str:
    """What was sent, as a query: the fields of a form or of a JSON text as they are, all else in base64.

    Args:
        media_type: the request's Content-Type; may be empty.
        body: its body.
    """
    try:
        if media_type.startswith("application/x-www-form-urlencoded"):
            return unquote_plus(body.decode())[:_LONGEST]
        if media_type.startswith("application/json"):
            return urlencode(_flat(json.loads(body)))[:_LONGEST]
    except ValueError:
        if media_type.startswith("application/json"):
            return ""
    return f"__wb_post_data={base64.b64encode(body).decode()}"[:_LONGEST] if body else ""


def url_of_posted(url: str, method: str, query: str) -> str:
    """The URL whose key files the reply."""
    return f"{url}{'&' if '?' in url else '?'}__wb_method={method}{'&' if query else ''}{query}"


def _flat(value: Any) -> dict[str, str]:
    """The fields of a JSON text, however deep; the second of one name is `name.2_`."""
    found: dict[str, str] = {}
    times: dict[str, int] = {}
    for name, said in _fields(value, ""):
        times[name] = times.get(name, 0) + 1
        found[name if times[name] == 1 else f"{name}.{times[name]}_"] = said
    return found


def _fields(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _fields(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _fields(part, name)
    elif name:
        yield name, value if isinstance(value, str) else _number(value)


def _number(value: Any) -> str:
    """A number, a truth or nothing as JavaScript writes it."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else json.dumps(value)
