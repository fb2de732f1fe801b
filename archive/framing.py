"""Frames a WARC/1.1 record (ISO 28500:2017) as a gzip member, with what stands in its block."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.exchange import Request, Response, header_lines, json_octets, uri_text
from archive.scan import GZIP_HEADER, bare_id

VERSION = "WARC/1.1"
# The field of a metadata record by which a run speaks of itself, and not of a capture.
STATED = "gxcrawl"
_NOT_RECORDED = frozenset({b"transfer-encoding"})


def frame(
    kind: str, fields: Mapping[str, str], content_type: str, block: bytes, payload_sha256: str | None
) -> bytes:
    """One record as a gzip member, written by warcio.

    The block is handed over as bytes and the digests are set here: warcio would parse and rewrite the HTTP headers,
    and would compute SHA-1.
    """
    headers = [("WARC-Type", kind), *fields.items()]
    if payload_sha256 is not None:
        headers.append(("WARC-Payload-Digest", "sha256:" + payload_sha256))
    headers.append(("WARC-Block-Digest", "sha256:" + hashlib.sha256(block).hexdigest()))
    headers = [(name, value.replace("\r", " ").replace("\n", " ")) for name, value in headers]
    # warcio withholds the block of what it takes for a revisit, unless it has parsed the headers itself: so it is
    # told `response`, while the record says what it is
    record = ArcWarcRecord(
        "warc",
        "response" if kind == "revisit" else kind,
        StatusAndHeaders("", headers, protocol=VERSION),
        BytesIO(block),
        None,
        content_type,
        len(block),
    )
    out = BytesIO()
    # without a payload digest of ours, warcio would add its own: the digests are present, so it must add none
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    writer.ensure_digest = _digests_are_set
    writer.write_record(record)
    return GZIP_HEADER + out.getvalue()[len(GZIP_HEADER) :]


def _digests_are_set(record: ArcWarcRecord, **_: bool) -> None:
    digest = record.rec_headers.get_header("WARC-Block-Digest")
    assert digest is not None, "a record has no digest"
    assert digest.startswith("sha256:"), "a record has a digest that is not SHA-256"


def response_head(response: Response) -> bytes:
    """The status line and the fields of a reply, less those that the HTTP library has undone."""
    reason = response.reason.encode("latin-1", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
    first = b"%s %d %s" % (response.http_version.encode("ascii", "replace"), response.status, reason)
    return (
        first.rstrip() + b"\r\n" + b"".join(header_lines(response.headers, without=_NOT_RECORDED)) + b"\r\n"
    )


def request_block(request: Request) -> bytes:
    """The request with the target in origin form: path and query."""
    _, _, after = request.url.partition("://")
    host, slash, path = after.partition("/")
    target = slash + path if slash else "/" + (host[host.find("?") :] if "?" in host else "")
    first = b"%s %s HTTP/1.1\r\n" % (utf8(request.method), utf8(uri_text(target.partition("#")[0])))
    return first + b"".join(header_lines(request.headers, without=_NOT_RECORDED)) + b"\r\n" + request.body


def utf8(value: str | int) -> bytes:
    """A value of a field, as WARC has it."""
    return str(value).encode("utf-8", "replace")


def angle(record_id: str) -> str:
    """A record id as a field has it."""
    return f"<{bare_id(record_id)}>"


def statement_block(about: str, content: Mapping[str, Any] | bytes) -> bytes:
    """The block of a statement, as `WarcWriter.write_statement` writes it."""
    said = content if isinstance(content, bytes) else json_octets(content)
    return b"".join(header_lines([(STATED, utf8(about)), ("content", said)]))
