"""The key under which an index of a web archive files a URL: host turned round, case and session ids taken off (SURT).

Written after the rules that replay tools share (the Internet Archive's URL canonicalization, of which pywb and
cdxj-indexer use the Python port); that port cannot be used here for its licence. The tests hold both against each other.
"""

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

_DEFAULT_PORTS = {b"http": b"80", b"https": b"443"}
_KEPT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PARTS = re.compile(rb"([a-zA-Z][a-zA-Z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.DOTALL)
_PATH_SESSIONS = (
    re.compile(rb"^(.*/)(\((?:[a-z]\([0-9a-z]{24}\))+\)/)([^?]+\.aspx.*)$", re.IGNORECASE),
    re.compile(rb"^(.*/)(\([0-9a-z]{24}\)/)([^?]+\.aspx.*)$", re.IGNORECASE),
)
_QUERY_SESSIONS = tuple(
    re.compile(rb"^(.*)(?:" + name + rb")(?:&(.*))?$", re.IGNORECASE)
    for name in (
        rb"jsessionid=[0-9a-zA-Z]{32}",
        rb"phpsessid=[0-9a-zA-Z]{32}",
        rb"sid=[0-9a-zA-Z]{32}",
        rb"ASPSESSIONID[a-zA-Z]{8}=[a-zA-Z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)


def surt(url: str) -> str:
    """The key of an http or https URL: `http://www.nx.gov.cn/A/?b=2&a=1` is `cn,gov,nx)/a?a=1&b=2`.

    What is no such URL is its own key.
    """
    found = _PARTS.fullmatch(url.strip().encode("utf-8", "surrogatepass"))
    if found is None or found[1].lower() not in _DEFAULT_PORTS:
        return url
    host, _, port = found[2].rpartition(b"@")[2].partition(b":")
    host = _unescaped(host)
    if not host.isascii():
        host = host.decode("utf-8", "ignore").encode("idna")
    host = _quoted(host.replace(b"..", b".").strip(b".")).lower()
    host = re.sub(rb"^www\d*\.", b"", host)
    key = b",".join(reversed(host.split(b".")))
    if port and port != _DEFAULT_PORTS[found[1].lower()]:
        key += b":" + port
    key += b")" + _path(found[3]) + _query(found[4])
    return key.decode("utf-8", "replace")


def _path(path: bytes) -> bytes:
    kept: list[bytes] = []
    for part in _unescaped(path).split(b"/")[1:]:
        if part == b".." and kept:
            kept.pop()
        elif part != b".":
            kept.append(part)
    # several slashes in a row are one, but a last one stays until it is taken off below
    joined = b"/" + b"".join(part + b"/" for part in kept[:-1] if part) + (kept[-1] if kept else b"")
    path = _quoted(joined).lower()
    for pattern in _PATH_SESSIONS:
        path = pattern.sub(rb"\1\3", path)
    return path[:-1] if path.endswith(b"/") and len(path) > 1 else path


def _query(query: bytes | None) -> bytes:
    if not query or query == b"?":
        return b""
    query = _escaped(query[1:])
    for pattern in _QUERY_SESSIONS:
        query = pattern.sub(lambda found: found[1] + (found[2] or b""), query)
    parts = sorted(tuple(part.split(b"=", 1)) for part in query.lower().split(b"&"))
    ordered = b"&".join(b"=".join(part) for part in parts)
    return b"?" + ordered if ordered else b""


def _escaped(text: bytes) -> bytes:
    return _quoted(_unescaped(text))


def _unescaped(text: bytes) -> bytes:
    while (plain := unquote_to_bytes(text)) != text:
        text = plain
    return text


def _quoted(text: bytes) -> bytes:
    return quote_from_bytes(text, safe=_KEPT).encode("ascii")
