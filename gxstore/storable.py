"""Text from outside, as both databases can hold it: no NUL, no lone surrogate, no address longer than an index takes."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

# PostgreSQL holds neither, UTF-8 only the first.
_UNFIT = re.compile("[\0\ud800-\udfff]")
# What stands in a request as it is; everything else takes three bytes for one.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
# An index of PostgreSQL takes 2,704 bytes in all, and servers seldom take longer addresses either.
LONGEST_URL = 2000
_NAMED = re.compile(r"… \(\d+ characters, SHA-256 [0-9a-f]{64}\)\Z")
_LONGEST_SCOPE = 200


def storable(text: str) -> str:
    """The text with U+FFFD for what no database holds, as a decoder writes what it cannot read."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNFIT.sub("\ufffd", text)


def storable_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose texts can be entered. What a JSON column holds is left: JSON escapes what it must."""
    return {name: storable(value) if isinstance(value, str) else value for name, value in row.items()}


def storable_scope(name: str) -> str:
    """The printed name of a column as part of a key: one that is too long for that is cut and told apart by its digest."""
    if not name:
        return name
    name = storable(name)
    if len(name) <= _LONGEST_SCOPE:
        return name
    return f"{name[: _LONGEST_SCOPE - 20]}… {sha256(name.encode()).hexdigest()[:16]}"


def trouble_of_url(url: str) -> str | None:
    """Why an address cannot be asked for and kept, in a few words; None where it can."""
    if _UNFIT.search(url):
        return "its address holds characters that no address can have"
    if 3 * len(url.encode()) <= LONGEST_URL:
        return None
    size = sum(1 if _PLAIN.match(char) else 3 * len(char.encode()) for char in url)
    return (
        f"its address is {size} bytes long, {LONGEST_URL} at most are asked for"
        if size > LONGEST_URL
        else None
    )


def is_only_named(url: str) -> bool:
    """Whether it is the name of an address that cannot be kept, as `named_url` gives it."""
    return _NAMED.search(url) is not None


def named_url(url: str) -> str:
    """An address as the ledger can name it: itself, or the beginning and the digest of one that cannot be kept."""
    if trouble_of_url(url) is None:
        return url
    digest = sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{storable(url)[:200]}… ({len(url)} characters, SHA-256 {digest})"
