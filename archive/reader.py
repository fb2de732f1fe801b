"""Reads WARC files back: one record by its place, all records of a file, and the streaming scan behind the audit.

Files are gzip members, one record each (ISO 28500 annex D). A file in progress bears the suffix `.open`; whoever
asks for its final name gets it all the same, since rows in the store name the final one.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedRandom, BufferedReader
from pathlib import Path
from types import MappingProxyType

OPEN_SUFFIX = ".open"
MAX_RECORD = 1 << 30
MAX_BODY = 256 << 20
HTTP_TYPES = frozenset({"request", "response", "revisit"})
_CHUNK = 1 << 16
_MAX_HEADER = 1 << 18
_HEADER_END = b"\r\n\r\n"
_GZIP_MAGIC = b"\x1f\x8b\x08"


class UnreadableRecord(Exception):
    """There is no sound record where one was asked for."""


class UnreadableBody(Exception):
    """A record is sound, but its body is absent, undecodable or larger than allowed."""


@dataclass(frozen=True, slots=True)
class Record:
    """One WARC record. `headers` are the WARC fields by lower-case name, `body` is the payload as served.

    `http_headers` keeps the fields of the HTTP message in their order; `http_status` is null for a request and for
    records that are no HTTP message.
    """

    file: str
    offset: int
    length: int
    headers: Mapping[str, str]
    http_start: str | None
    http_headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def type(self) -> str:
        """`response`, `revisit`, `request`, `metadata`, `conversion` or `warcinfo`."""
        return self.headers.get("warc-type", "")

    @property
    def record_id(self) -> str:
        """The id as written, without angle brackets: `urn:uuid:…`."""
        return bare_id(self.headers.get("warc-record-id", ""))

    @property
    def url(self) -> str | None:
        """The target URI."""
        return self.headers.get("warc-target-uri")

    @property
    def http_status(self) -> int | None:
        """The status of a response or revisit."""
        words = (self.http_start or "").split(" ", 2)
        return (
            int(words[1]) if len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit() else None
        )

    def http_header(self, name: str) -> str | None:
        """The first HTTP field of that name, whatever its case."""
        return next((value for key, value in self.http_headers if key.lower() == name.lower()), None)

    def fields(self) -> dict[str, str]:
        """The fields of an `application/warc-fields` block (warcinfo, metadata)."""
        return dict(_fields(self.body))

    def decoded(self, max_bytes: int = MAX_BODY) -> bytes:
        """The body with its content-encoding taken off; see `decoded_body`."""
        if self.type == "revisit":
            raise UnreadableBody(
                f"{self.record_id} is a revisit and holds no body: read the record it refers to, "
                f"{bare_id(self.headers.get('warc-refers-to', ''))}."
            )
        return decode(self.body, self.http_header("content-encoding"), max_bytes)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the streaming scan saw at one place: the fields, the digests computed, or what is wrong there.

    `length` is the number of bytes of the gzip member; where it is damaged, of what could be told to belong to it.
    """

    offset: int
    length: int
    headers: Mapping[str, str]
    block_sha256: str | None
    payload_sha256: str | None
    problem: str | None

    @property
    def record_id(self) -> str | None:
        """The record's id, if its header could be read."""
        written = self.headers.get("warc-record-id")
        return bare_id(written) if written else None


def open_file(folder: Path, file: str) -> BufferedReader:
    """Opens a WARC file by its final name, or its `.open` file while the harvest runs.

    Raises:
        FileNotFoundError: neither exists.
    """
    try:
        return (folder / file).open("rb")
    except FileNotFoundError:
        try:
            return (folder / (file + OPEN_SUFFIX)).open("rb")
        except FileNotFoundError:
            return (folder / file).open("rb")  # the file may have been sealed between the two looks


def read_record(folder: Path, file: str, offset: int) -> Record:
    """The record that begins at `offset` of `file`.

    Raises:
        FileNotFoundError: the file is not there.
        UnreadableRecord: no whole record begins there.
    """
    with open_file(folder, file) as stream:
        stream.seek(offset)
        data, length = _member(stream, f"{file} at offset {offset}")
    return _record(data, file, offset, length)


def payload(folder: Path, file: str, offset: int) -> bytes:
    """The body of a record, byte for byte as it was served (content-encoding not taken off).

    Raises:
        FileNotFoundError, UnreadableRecord: as `read_record`.
        UnreadableBody: the record is a revisit.
    """
    record = read_record(folder, file, offset)
    if record.type == "revisit":
        record.decoded()
    return record.body


def decoded_body(folder: Path, file: str, offset: int, *, max_bytes: int = MAX_BODY) -> bytes:
    """The body of a record with its content-encoding (gzip, deflate) taken off, at most `max_bytes` long.

    Raises:
        FileNotFoundError, UnreadableRecord: as `read_record`.
        UnreadableBody: a revisit, an unknown or broken encoding, or a body that swells beyond `max_bytes`.
    """
    return read_record(folder, file, offset).decoded(max_bytes)


def iter_records(path: Path) -> Iterator[Record]:
    """All records of one WARC file in order, each held in memory while it is looked at.

    Raises:
        UnreadableRecord: at the first place where there is no whole record.
    """
    with path.open("rb") as stream:
        offset, size = 0, path.stat().st_size
        while offset < size:
            stream.seek(offset)
            data, length = _member(stream, f"{path.name} at offset {offset}")
            yield _record(data, path.name, offset, length)
            offset += length


def decode(body: bytes, content_encoding: str | None, max_bytes: int = MAX_BODY) -> bytes:
    """Takes the content-encodings named in an HTTP header off a body.

    A body that is labelled gzip and does not begin like gzip was never encoded (servers do that): it is returned
    as it is.

    Raises:
        UnreadableBody: an encoding we cannot take off, broken data, or a result beyond `max_bytes`.
    """
    names = [name.strip().lower() for name in (content_encoding or "").split(",")]
    for name in reversed(names):
        if name in ("", "identity"):
            continue
        if name in ("gzip", "x-gzip"):
            if body.startswith(b"\x1f\x8b"):
                body = _inflate(body, 31, max_bytes)
        elif name == "deflate":
            body = _inflate_deflate(body, max_bytes)
        else:
            raise UnreadableBody(
                f"The content-encoding {name!r} cannot be taken off: only gzip and deflate are asked for."
            )
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def digest_hex(written: str) -> str | None:
    """A `sha256:` digest as written in a record (base32 or hex) as lower-case hex; null for any other."""
    algorithm, _, value = written.strip().partition(":")
    if algorithm.lower() not in ("sha256", "sha-256"):
        return None
    try:
        raw = bytes.fromhex(value) if len(value) == 64 else base64.b32decode(value.upper())
    except (ValueError, binascii.Error):
        return None
    return raw.hex() if len(raw) == 32 else None


def bare_id(written: str) -> str:
    """A record id without its angle brackets."""
    return written.strip().removeprefix("<").removesuffix(">")


def scan(stream: BufferedReader | BufferedRandom) -> Iterator[Scanned]:
    """Walks through a WARC file without holding a record in memory, and goes on after damage.

    Never raises on what the file holds. After a damaged place the walk resumes at the next place where a gzip
    member that holds a WARC record begins.
    """
    offset = 0
    while True:
        stream.seek(offset)
        if not stream.read(1):
            return
        seen = _scan_one(stream, offset)
        if seen.problem is None:
            yield seen
            offset += seen.length
            continue
        following = _next_member(stream, offset + 1)
        end = stream.seek(0, 2) if following is None else following
        yield Scanned(
            offset, end - offset, seen.headers, seen.block_sha256, seen.payload_sha256, seen.problem
        )
        offset = end


class _RecordWalk:
    """Takes one record's bytes in pieces and digests its block and payload."""

    def __init__(self) -> None:
        self.headers: Mapping[str, str] = MappingProxyType({})
        self.problem: str | None = None
        self.block = hashlib.sha256()
        self.payload = hashlib.sha256()
        self._head = bytearray()
        self._in_block = False
        self._left = 0
        self._http = bytearray()
        self._in_payload = False
        self._tail = bytearray()

    def feed(self, data: bytes) -> None:
        if self.problem:
            return
        if not self._in_block:
            self._head += data
            end = self._head.find(_HEADER_END)
            if end < 0:
                if len(self._head) > _MAX_HEADER:
                    self.problem = "the WARC header has no end"
                return
            data = bytes(self._head[end + 4 :])
            if not self._begin(bytes(self._head[:end])):
                return
        block, rest = data[: self._left], data[self._left :]
        self._left -= len(block)
        self.block.update(block)
        self._feed_payload(block)
        self._tail += rest[: 5 - len(self._tail)]

    def _begin(self, head: bytes) -> bool:
        first, _, rest = head.partition(b"\r\n")
        if not first.startswith(b"WARC/1."):
            self.problem = "the record does not begin with WARC/1"
            return False
        self.headers = MappingProxyType({key.lower(): value for key, value in _fields(rest)})
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            self.problem = "the record says no length"
            return False
        self._in_block, self._left = True, int(length)
        self._in_payload = self.headers.get("warc-type") not in HTTP_TYPES
        return True

    def _feed_payload(self, block: bytes) -> None:
        if self._in_payload:
            self.payload.update(block)
            return
        self._http += block
        end = self._http.find(_HEADER_END)
        if end >= 0:
            self._in_payload = True
            self.payload.update(self._http[end + 4 :])
            self._http.clear()
        elif len(self._http) > _MAX_HEADER:
            self.problem = "the HTTP header has no end"

    def finish(self) -> str | None:
        if self.problem is None:
            if not self._in_block:
                self.problem = "the WARC header has no end"
            elif self._left:
                self.problem = "the record is shorter than it says"
            elif self._tail != _HEADER_END:
                self.problem = "the record does not end where it says"
        return self.problem


def _scan_one(stream: BufferedReader | BufferedRandom, offset: int) -> Scanned:
    """One gzip member at `offset`; its length is 0 where it is damaged."""
    walk = _RecordWalk()
    inflater = zlib.decompressobj(31)
    stream.seek(offset)
    read = 0
    problem: str | None = None
    try:
        while not inflater.eof:
            piece = stream.read(_CHUNK)
            if not piece:
                problem = "the file ends inside the record"
                break
            read += len(piece)
            while piece and not inflater.eof:
                walk.feed(inflater.decompress(piece, _CHUNK))
                piece = inflater.unconsumed_tail
    except zlib.error as error:
        problem = f"the gzip data is damaged ({error})"
    if problem is None:
        problem = walk.finish()
    sound = problem is None
    return Scanned(
        offset,
        read - len(inflater.unused_data) if sound else 0,
        walk.headers,
        walk.block.hexdigest() if sound else None,
        walk.payload.hexdigest() if sound else None,
        problem,
    )


def _next_member(stream: BufferedReader | BufferedRandom, start: int) -> int | None:
    """The next offset at which a gzip member holding a WARC record begins."""
    base = start
    stream.seek(base)
    window = b""
    while True:
        piece = stream.read(_CHUNK)
        window += piece
        at = window.find(_GZIP_MAGIC)
        while at >= 0:
            if len(window) - at < 512 and piece:
                break
            try:
                if zlib.decompressobj(31).decompress(window[at : at + 512], 7).startswith(b"WARC/1."):
                    return base + at
            except zlib.error:
                pass
            at = window.find(_GZIP_MAGIC, at + 1)
        if not piece:
            return None
        keep = len(window) - at if at >= 0 else min(len(window), len(_GZIP_MAGIC) - 1)
        base += len(window) - keep
        window = window[len(window) - keep :]


def _member(stream: BufferedReader, where: str) -> tuple[bytes, int]:
    """The gzip member at the stream's position: its data and the number of bytes it takes in the file."""
    inflater = zlib.decompressobj(31)
    parts: list[bytes] = []
    read = size = 0
    try:
        while not inflater.eof:
            piece = stream.read(_CHUNK)
            if not piece:
                raise UnreadableRecord(f"{where}: the file ends inside the record. Run gxcrawl verify.")
            read += len(piece)
            while piece and not inflater.eof:
                parts.append(inflater.decompress(piece, 16 * _CHUNK))
                size += len(parts[-1])
                if size > MAX_RECORD:
                    raise UnreadableRecord(f"{where}: the record is larger than {MAX_RECORD >> 20} MB.")
                piece = inflater.unconsumed_tail
    except zlib.error as error:
        raise UnreadableRecord(f"{where}: no sound gzip member ({error}). Run gxcrawl verify.") from error
    return b"".join(parts), read - len(inflater.unused_data)


def _record(data: bytes, file: str, offset: int, length: int) -> Record:
    where = f"{file} at offset {offset}"
    head, found, rest = data.partition(_HEADER_END)
    if not found or not head.startswith(b"WARC/1."):
        raise UnreadableRecord(f"{where}: no WARC record begins here. Run gxcrawl verify.")
    headers = {key.lower(): value for key, value in _fields(head.partition(b"\r\n")[2])}
    size = headers.get("content-length", "")
    if not (size.isascii() and size.isdigit()) or rest[int(size) :] != _HEADER_END:
        raise UnreadableRecord(f"{where}: the record does not end where it says. Run gxcrawl verify.")
    block = rest[: int(size)]
    start: str | None = None
    http: tuple[tuple[str, str], ...] = ()
    if headers.get("warc-type") in HTTP_TYPES:
        http_head, _, block = block.partition(_HEADER_END)
        first, _, lines = http_head.partition(b"\r\n")
        start = first.decode("latin-1")
        http = tuple(_fields(lines, "latin-1"))
    return Record(file, offset, length, MappingProxyType(headers), start, http, block)


def _fields(block: bytes, charset: str = "utf-8") -> Iterator[tuple[str, str]]:
    for line in block.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            yield name.decode(charset, "replace").strip(), value.decode(charset, "replace").strip()


def _inflate(body: bytes, window_bits: int, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:
        inflater = zlib.decompressobj(window_bits)
        try:
            parts.append(inflater.decompress(body, max_bytes - size + 1))
        except zlib.error as error:
            raise UnreadableBody(
                f"The compressed body is damaged ({error}): fetch the page again."
            ) from error
        size += len(parts[-1])
        if size > max_bytes:
            raise _too_large(max_bytes)
        if not inflater.eof:
            raise UnreadableBody("The compressed body is cut off: fetch the page again.")
        body = inflater.unused_data
        if not body.startswith(b"\x1f\x8b"):
            break  # bytes after the last member are padding
    return b"".join(parts)


def _inflate_deflate(body: bytes, max_bytes: int) -> bytes:
    """`deflate` means zlib (RFC 9110, 8.4.1.2), but some servers send the bare stream."""
    try:
        return _inflate(body, 15, max_bytes)
    except UnreadableBody as first:
        if isinstance(first.__cause__, zlib.error):
            return _inflate(body, -15, max_bytes)
        raise


def _too_large(max_bytes: int) -> UnreadableBody:
    return UnreadableBody(
        f"The body is larger than {max_bytes} bytes once decompressed: it is kept as served and not read."
    )
