"""Reads WARC and WACZ files that other crawlers wrote, and plain files: what they hold, byte for byte, and where it is from.

WARC/1.0 and 1.1 (ISO 28500:2009, 2017), with or without gzip, records in members of their own or not; a chunked
transfer-encoding left on a body is taken off. Of a damaged file everything before the damage is given. Nothing of a file
is believed before its digests were looked at, block and payload; nothing is ever fetched.
"""

import base64
import binascii
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal
from zipfile import BadZipFile, ZipFile

from archive.exchange import asked_url
from archive.scan import NOT_MODIFIED, bare_id, header_fields

Kind = Literal["response", "resource", "revisit", "file"]

# No report comes near this; what is larger is told and passed over.
LARGEST = 256 << 20
_LONGEST_HEAD = 1 << 18
_TAKEN = ("response", "resource", "revisit")
_PIECE = 1 << 20
_KINDS = frozenset({"warcinfo", "request", "metadata", "conversion", "continuation", *_TAKEN})
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha-256": hashlib.sha256, "md5": hashlib.md5}


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was given: its path as it was given, the SHA-256 and size of its bytes, and what it is."""

    path: str
    sha256: str
    size: int
    kind: Literal["warc", "wacz", "file"]


@dataclass(frozen=True, slots=True)
class Body:
    """A body that waits in a file of its own until it is asked for: a crawl has more of them than fit into memory."""

    waits_in: IO[bytes]
    at: int
    size: int
    sha256: str

    @property
    def data(self) -> bytes:
        """The bytes."""
        self.waits_in.seek(self.at)
        return self.waits_in.read(self.size)


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something that a file holds. `head` is the HTTP start line with its fields as it stands in the record, without a
    chunked transfer-encoding that was `unchunked`; empty for a resource or a plain file. `date` is None for a plain file,
    whose own time says nothing of when it was fetched; `revisit` has no body, and says by `refers_to` (record id, URL, date)
    and `payload_digest` which it was. `request` is the block of the request record beside it; `as_sent` the body in its chunks,
    where it came so; `not_modified` says of a revisit that it is a server's word for it (304)."""

    kind: Kind
    url: str
    date: datetime | None
    head: bytes
    body: Body
    content_type: str
    source: Source
    member: str = ""
    record_id: str = ""
    truncated: str | None = None
    ip: str | None = None
    request: bytes = b""
    as_sent: Body | None = None
    payload_digest: str = ""
    refers_to: tuple[str, str, str] = ("", "", "")
    not_modified: bool = False

    @property
    def status(self) -> int:
        """The HTTP status; 0 for what is no HTTP message."""
        if self.not_modified:
            return 304
        words = self.head.split(b"\r\n", 1)[0].split(b" ", 2)
        return int(words[1]) if words[0].startswith(b"HTTP/") and len(words) > 1 and words[1].isdigit() else 0

    @property
    def fields(self) -> dict[str, str]:
        """The HTTP fields by lower-case name; of several of one name the last."""
        lines = self.head.partition(b"\r\n")[2]
        return {name.lower(): value for name, value in header_fields(lines, "latin-1")}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that could not be taken: in which file, and a sentence on why. `damage` says that it is there and broken,
    rather than of a kind that is not taken."""

    path: str
    why: str
    damage: bool = True


class _Broken(Exception):
    """A file cannot be read on; the words say why."""


def read_path(path: Path, shown: str, waiting: IO[bytes]) -> Iterator[Source | Foreign | Trouble]:
    """What a file holds: first the file itself, then its records, or itself where it is no web archive.

    Args:
        path: the file.
        shown: its path as it is to be told.
        waiting: a file in which the bodies wait until they are asked for.
    """
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.seek(0, 2)
    except OSError as error:
        yield Trouble(shown, f"it cannot be read: {error.strerror}")
        return
    if size == 0:
        yield Trouble(shown, "it is empty")
        return
    kind = _kind_of(path)
    source = Source(shown, digest, size, kind)
    yield source
    if kind == "warc":
        with path.open("rb") as stream:
            yield from _records(stream, source, "", waiting)
    elif kind == "wacz":
        yield from _package(path, source, waiting)
    elif path.suffix.lower() == ".wacz":
        yield Trouble(
            shown, "it is called .wacz and is none: no ZIP file with a datapackage.json and an archive/ in it"
        )
    elif _is_arc(path):
        yield Trouble(
            shown,
            "it is an ARC file, the format before WARC: make a WARC file of it (warcio recompress), and import that",
        )
    elif path.name.lower().endswith((".warc", ".warc.gz")):
        yield Trouble(shown, "it is called .warc and is none: no WARC record begins in it")
    elif size > LARGEST:
        yield Trouble(shown, f"it has {size:,} bytes, which no report has", damage=False)
    else:
        yield Foreign("file", "", None, b"", _put(path.read_bytes(), waiting), "", source)


def _digest_of(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _put(data: bytes, waiting: IO[bytes]) -> Body:
    at = waiting.seek(0, 2)
    waiting.write(data)
    return Body(waiting, at, len(data), hashlib.sha256(data).hexdigest())


def _kind_of(path: Path) -> Literal["warc", "wacz", "file"]:
    with path.open("rb") as stream:
        begins = stream.read(1 << 16)
    if begins.startswith(b"WARC/"):
        return "warc"
    if begins.startswith(b"\x1f\x8b"):
        try:
            return "warc" if zlib.decompressobj(31).decompress(begins, 5) == b"WARC/" else "file"
        except zlib.error:
            return "file"
    if begins.startswith(b"PK"):
        try:
            with ZipFile(path) as package:
                names = package.namelist()
        except (BadZipFile, OSError, NotImplementedError):
            return "file"
        if "datapackage.json" in names and any(name.startswith("archive/") for name in names):
            return "wacz"
    return "file"


def _is_arc(path: Path) -> bool:
    with path.open("rb") as stream:
        begins = stream.read(1 << 16)
    if begins.startswith(b"\x1f\x8b"):
        try:
            begins = zlib.decompressobj(31).decompress(begins, 16)
        except zlib.error:
            return False
    return begins.startswith(b"filedesc://")


def _package(path: Path, source: Source, waiting: IO[bytes]) -> Iterator[Foreign | Trouble]:
    """The records of a WACZ's WARC files, each held against the digest that its datapackage gives."""
    try:
        with ZipFile(path) as package:
            listed = json.loads(package.read("datapackage.json")).get("resources", [])
            promised = {str(entry.get("path")): str(entry.get("hash", "")) for entry in listed}
            for name in sorted(package.namelist()):
                if name.lower().endswith((".arc", ".arc.gz")):
                    yield Trouble(
                        source.path, f"{name} in it is an ARC file, the format before WARC, and is not read"
                    )
                if not name.lower().endswith((".warc", ".warc.gz")):
                    continue
                with package.open(name) as stream:
                    digest = _digest_of(stream)
                if promised.get(name, "").removeprefix("sha256:") not in ("", digest):
                    yield Trouble(
                        source.path, f"{name} in it is not what its datapackage.json says: another SHA-256"
                    )
                with package.open(name) as stream:
                    yield from _records(stream, source, name, waiting)
    except (BadZipFile, KeyError, ValueError, OSError, NotImplementedError, zlib.error, EOFError) as error:
        yield Trouble(source.path, f"the package is damaged: {error}")


def _records(
    stream: IO[bytes], source: Source, member: str, waiting: IO[bytes]
) -> Iterator[Foreign | Trouble]:
    """What the records of one WARC file hold, each capture with the request beside it."""
    where = f"{source.path}, {member}" if member else source.path
    requests: dict[str, bytes] = {}
    held: list[tuple[Foreign, str]] = []
    others: set[str] = set()
    try:
        for number, (headers, block) in enumerate(_blocks(stream), 1):
            kind = headers.get("warc-type", "")
            if block is None:
                size = headers.get("content-length", "")
                yield Trouble(where, f"record {number} has {size} bytes, which no report has", damage=False)
                continue
            if kind == "warcinfo":
                vantage = dict(header_fields(block)).get("vantage", "")
                yield Foreign(
                    "file", "warcinfo", None, vantage.encode(), _put(b"", waiting), "", source, member
                )
                continue
            if kind not in (*_TAKEN, "request"):
                others.add(kind if kind in _KINDS else "unknown")
                continue
            if not _agrees(headers.get("warc-block-digest", ""), block) and not _is_wgets(headers):
                yield Trouble(
                    where,
                    f"record {number} ({headers.get('warc-record-id', 'no id')}) has another block digest than it says",
                )
                continue
            if kind == "request":
                # It names its response, or its response names it.
                requests[bare_id(headers.get("warc-concurrent-to", ""))] = block
                requests[bare_id(headers.get("warc-record-id", ""))] = block
                continue
            if "warc-segment-number" in headers:
                yield Trouble(
                    where, f"record {number} is the first of several segments, which are not put together"
                )
                continue
            taken = _taken(headers, block, source, member, waiting)
            if isinstance(taken, str):
                yield Trouble(where, f"record {number}: {taken}")
            else:
                held.append((taken, bare_id(headers.get("warc-concurrent-to", ""))))
    except (_Broken, OSError, EOFError, zlib.error) as error:
        yield Trouble(where, f"it is damaged, and was taken as far as it goes: {error}")
    if not held and others:
        yield Trouble(where, f"it holds no capture: its records are of the kinds {', '.join(sorted(others))}")
    for foreign, beside in held:
        request = requests.get(foreign.record_id) or (requests.get(beside, b"") if beside else b"")
        yield replace(foreign, request=request)


def _blocks(stream: IO[bytes]) -> Iterator[tuple[dict[str, str], bytes | None]]:
    """The WARC fields (lower-case names) and the block of each record; None for a block that is too large to be held."""
    begins = stream.read(2)
    stream.seek(0)
    data: IO[bytes] = gzip.GzipFile(fileobj=stream) if begins == b"\x1f\x8b" else stream  # type: ignore[assignment]
    count = 0
    while True:
        line = data.readline(_LONGEST_HEAD)
        while line in (b"\r\n", b"\n"):
            line = data.readline(_LONGEST_HEAD)
        if not line:
            if count == 0:
                raise _Broken("it holds no record")
            return
        if not line.startswith(b"WARC/"):
            raise _Broken(f"after {count} records there stands something that is no record")
        head = b""
        while (field := data.readline(_LONGEST_HEAD)) not in (b"\r\n", b"\n"):
            if not field or len(head) > _LONGEST_HEAD:
                raise _Broken(f"it ends inside the header of record {count + 1}")
            head += field.rstrip(b"\r\n") + b"\r\n"
        headers = {name.lower(): value for name, value in header_fields(head)}
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            raise _Broken(f"record {count + 1} says no length")
        block = _read(data, int(length), count + 1)
        count += 1
        yield headers, block


def _read(data: IO[bytes], length: int, number: int) -> bytes | None:
    parts: list[bytes] = []
    left = length
    while left:
        piece = data.read(min(left, _PIECE))
        if not piece:
            raise _Broken(f"it ends inside record {number}")
        left -= len(piece)
        if length <= LARGEST:
            parts.append(piece)
    return b"".join(parts) if length <= LARGEST else None


def _taken(
    headers: Mapping[str, str], block: bytes, source: Source, member: str, waiting: IO[bytes]
) -> Foreign | str:
    """A capture, or why it is none."""
    kind: Kind = headers["warc-type"]  # type: ignore[assignment]
    url = plain_url(bare_id(headers.get("warc-target-uri", "")))
    moment = _moment(headers.get("warc-date", ""))
    if not url or moment is None:
        return "it has no WARC-Target-URI" if not url else "its WARC-Date is no time"
    found = Foreign(
        kind,
        url,
        moment,
        b"",
        _put(b"", waiting),
        headers.get("content-type", ""),
        source,
        member,
        bare_id(headers.get("warc-record-id", "")),
        # of a revisit it says that the body was left away, which is what makes it one
        truncated=headers.get("warc-truncated") if kind != "revisit" else None,
        ip=headers.get("warc-ip-address"),
        payload_digest=headers.get("warc-payload-digest", ""),
        refers_to=(
            bare_id(headers.get("warc-refers-to", "")),
            plain_url(bare_id(headers.get("warc-refers-to-target-uri", ""))),
            headers.get("warc-refers-to-date", ""),
        ),
        not_modified=kind == "revisit" and headers.get("warc-profile", "").endswith(NOT_MODIFIED),
    )
    if kind == "resource" or not found.content_type.lower().replace(" ", "").startswith("application/http"):
        if kind != "revisit" and not _agrees(found.payload_digest, block):
            return "it is not what its WARC-Payload-Digest names"
        return replace(found, body=_put(block, waiting)) if kind != "revisit" else found
    head, body = _message(block)
    if kind == "revisit":
        found = replace(found, head=head)
        return replace(found, not_modified=found.not_modified or found.status == 304)
    if not head.startswith(b"HTTP/"):
        return "it is no HTTP message"
    found = replace(found, head=head)
    chunked = "chunked" in found.fields.get("transfer-encoding", "").lower()
    plain, ended = _unchunked(body) if chunked else (None, True)
    # Some crawlers take the digest before the chunks are put together.
    if not any(_agrees(found.payload_digest, one) for one in (body, plain) if one is not None):
        return "its body is not the one that its WARC-Payload-Digest names"
    if not chunked:
        return replace(found, body=_put(body, waiting), truncated=found.truncated or _cut_short(found, body))
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"transfer-encoding:")]
    found = replace(found, head=b"\r\n".join(lines))
    if plain is None:
        return replace(found, body=_put(body, waiting))
    cut = None if ended else "unspecified"
    return replace(
        found, body=_put(plain, waiting), as_sent=_put(body, waiting), truncated=found.truncated or cut
    )


def _cut_short(found: Foreign, body: bytes) -> str | None:
    """`unspecified` where a body has fewer bytes than its Content-Length says; a body that had its content-encoding taken off
    has more."""
    length = found.fields.get("content-length", "").strip()
    return "unspecified" if length.isascii() and length.isdigit() and len(body) < int(length) else None


def _message(block: bytes) -> tuple[bytes, bytes]:
    """The head of an HTTP message, its lines ended by CRLF, and its body."""
    ends = [(at, len(end)) for end in (b"\r\n\r\n", b"\n\n") if (at := block.find(end)) >= 0]
    at, size = min(ends) if ends else (len(block), 0)
    return b"\r\n".join(block[:at].replace(b"\r\n", b"\n").split(b"\n")), block[at + size :]


def _unchunked(body: bytes) -> tuple[bytes | None, bool]:
    """A body with its chunks put together (RFC 9112, 7.1), as far as they go, and whether they come to their end; None where
    it is in no chunks: many tools take the encoding off and leave the field."""
    parts: list[bytes] = []
    at = 0
    while True:
        line, found, _ = body[at : at + 1024].partition(b"\r\n")
        size = line.partition(b";")[0].strip()
        if not found or not size or any(digit not in b"0123456789abcdefABCDEF" for digit in size):
            return (b"".join(parts), False) if parts else (None, True)
        length = int(size, 16)
        at += len(line) + 2
        if length == 0:
            return b"".join(parts), True
        parts.append(body[at : at + length])
        at += length + 2
        if at > len(body):
            return b"".join(parts), False


def _moment(written: str) -> datetime | None:
    """A WARC-Date (to the second in WARC/1.0, finer in 1.1), in UTC."""
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _agrees(written: str, data: bytes) -> bool:
    """Whether data has the digest that a record says; one that is absent, or of a kind unknown here, says nothing."""
    name, _, value = written.partition(":")
    make = _HASHES.get(name.strip().lower())
    if make is None:
        return True
    digest = make(data).digest()
    try:
        raw = (
            bytes.fromhex(value) if len(value) == 2 * len(digest) else base64.b32decode(value.strip().upper())
        )
    except (ValueError, binascii.Error):
        return True
    return raw == digest


def _is_wgets(headers: Mapping[str, str]) -> bool:
    """Whether the block digest of a record is that of nothing, as wget writes it into every revisit; the payload digest
    beside it is right, and is looked at."""
    digest = headers.get("warc-block-digest", "")
    return "warc-payload-digest" in headers and headers["warc-type"] == "revisit" and _agrees(digest, b"")


def is_revisit_of(revisit: Foreign, original: Foreign) -> bool:
    """Whether a revisit speaks of the body of a capture, by all that it says of it. A server's word that nothing has changed
    (304) comes with no body, so that a payload digest beside it is of nothing."""
    says = "" if revisit.head and revisit.not_modified else revisit.payload_digest
    bodies = [body for body in (original.body, original.as_sent) if body is not None]
    return not says or says == original.payload_digest or any(_agrees(says, body.data) for body in bodies)


def plain_url(url: str) -> str:
    """A URL as it is asked for: without its fragment, scheme and host in lower case, no port that its scheme has anyway
    (RFC 3986, 6.2.2.1 and 6.2.3). What is no URL stays as it is."""
    scheme, found, rest = url.partition("://")
    default = {"http": ":80", "https": ":443"}.get(scheme.lower())
    if not found or default is None:
        return url
    rest = asked_url(f"{scheme.lower()}://{rest.partition('#')[0]}").partition("://")[2]
    end = min((at for mark in "/?" if (at := rest.find(mark)) >= 0), default=len(rest))
    return f"{scheme.lower()}://{rest[:end].lower().removesuffix(default)}{rest[end:] or '/'}"


def payload_agrees(written: str, body: bytes) -> bool:
    """Whether a body is the one that a payload digest names, by any of the digests in use."""
    return (
        bool(written)
        and ":" in written
        and _agrees(written, body)
        and written.partition(":")[0].lower() in _HASHES
    )
