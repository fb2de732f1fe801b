"""Reads WARC files back: one record by its place, or all records of a file.

Files are gzip members, one record each (ISO 28500 annex D). A file in progress bears the suffix `.open`; whoever
asks for its final name gets it all the same, since rows in the store name the final one.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from types import MappingProxyType

from archive.scan import CHUNK, HEADER_END, HTTP_TYPES, NOT_MODIFIED, bare_id, header_fields, scan

OPEN_SUFFIX = ".open"
TORN_SUFFIX = ".torn"
MAX_RECORD = 1 << 30
MAX_BODY = 256 << 20
# The codings of the IANA registry that are never asked for; any other name was never applied.
_OTHER_CODINGS = frozenset(
    {"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm"}
)


class UnreadableRecord(Exception):
    """There is no sound record where one was asked for."""


class UnreadableBody(Exception):
    """A record is sound, but its body is absent, undecodable or larger than allowed."""


class TooLarge(UnreadableBody):
    """A body that swells beyond what is allowed once decompressed."""


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
        """The status of a response or revisit; 304 where a revisit says no more than that the server said so."""
        if not self.http_start and self.headers.get("warc-profile", "").endswith(NOT_MODIFIED):
            return 304
        words = (self.http_start or "").split(" ", 2)
        return (
            int(words[1]) if len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit() else None
        )

    def http_header(self, name: str) -> str | None:
        """The first HTTP field of that name, whatever its case."""
        return next((value for key, value in self.http_headers if key.lower() == name.lower()), None)

    @property
    def content_type(self) -> str:
        """What was said of the body's type: by the server, or by the record of what nobody served (a resource)."""
        if self.type == "resource":
            return self.headers.get("content-type", "")
        return self.http_header("content-type") or ""

    def fields(self) -> dict[str, str]:
        """The fields of an `application/warc-fields` block (warcinfo, metadata)."""
        return dict(header_fields(self.body))

    def decoded(self, max_bytes: int = MAX_BODY) -> bytes:
        """The body with its content-encoding taken off; see `decoded_body`."""
        if self.type == "revisit":
            raise UnreadableBody(
                f"{self.record_id} is a revisit and holds no body: read the record it refers to, "
                f"{bare_id(self.headers.get('warc-refers-to', ''))}."
            )
        return decode(self.body, self.http_header("content-encoding"), max_bytes)


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
    """All records of one WARC file that can be read, in order, each held in memory while it is looked at.

    Damaged places are passed over: naming them is for the audit.

    Raises:
        UnreadableRecord: a record is too large to be held in memory.
    """
    with path.open("rb") as stream:
        for seen in scan(stream):
            if seen.block_sha256 is not None:
                stream.seek(seen.offset)
                data, length = _member(stream, f"{path.name} at offset {seen.offset}")
                yield _record(data, path.name, seen.offset, length)


def decode(body: bytes, content_encoding: str | None, max_bytes: int = MAX_BODY) -> bytes:
    """Takes the content-encodings named in an HTTP header off a body.

    A body that is labelled gzip and does not begin like gzip was never encoded (servers do that): it is returned
    as it is, and so is one under a name that is no coding (`Content-Encoding: UTF-8`), as browsers do.

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
        elif name in _OTHER_CODINGS:
            raise UnreadableBody(
                f"The content-encoding {name!r} cannot be taken off: only gzip and deflate are asked for."
            )
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def stops_short(body: bytes, content_encoding: str | None) -> bool:
    """Whether a body in gzip stops before its stream does: it was cut off on its way, whatever was said of its length.

    What is damaged, or swells beyond all bounds, is no matter of being asked for again.
    """
    name = (content_encoding or "").rpartition(",")[2].strip().lower()
    if name not in ("gzip", "x-gzip") or not body.startswith(b"\x1f\x8b"):
        return False
    inflater = zlib.decompressobj(31)
    size = 0
    try:
        while body and size <= MAX_BODY:
            size += len(inflater.decompress(body, 16 * CHUNK))
            if inflater.eof:
                return False
            body = inflater.unconsumed_tail
    except zlib.error:
        return False
    return size <= MAX_BODY


def _member(stream: BufferedReader, where: str) -> tuple[bytes, int]:
    """The gzip member at the stream's position: its data and the number of bytes it takes in the file."""
    inflater = zlib.decompressobj(31)
    parts: list[bytes] = []
    read = size = 0
    try:
        while not inflater.eof:
            piece = stream.read(CHUNK)
            if not piece:
                raise UnreadableRecord(f"{where}: the file ends inside the record. Run gxcrawl verify.")
            read += len(piece)
            while piece and not inflater.eof:
                parts.append(inflater.decompress(piece, 16 * CHUNK))
                size += len(parts[-1])
                if size > MAX_RECORD:
                    raise UnreadableRecord(f"{where}: the record is larger than {MAX_RECORD >> 20} MB.")
                piece = inflater.unconsumed_tail
    except zlib.error as error:
        raise UnreadableRecord(f"{where}: no sound gzip member ({error}). Run gxcrawl verify.") from error
    return b"".join(parts), read - len(inflater.unused_data)


def _record(data: bytes, file: str, offset: int, length: int) -> Record:
    where = f"{file} at offset {offset}"
    head, found, rest = data.partition(HEADER_END)
    if not found or not head.startswith(b"WARC/1."):
        raise UnreadableRecord(f"{where}: no WARC record begins here. Run gxcrawl verify.")
    headers = {key.lower(): value for key, value in header_fields(head.partition(b"\r\n")[2])}
    size = headers.get("content-length", "")
    if not (size.isascii() and size.isdigit()) or rest[int(size) :] != HEADER_END:
        raise UnreadableRecord(f"{where}: the record does not end where it says. Run gxcrawl verify.")
    block = rest[: int(size)]
    start: str | None = None
    http: tuple[tuple[str, str], ...] = ()
    if headers.get("warc-type") in HTTP_TYPES:
        http_head, _, block = block.partition(HEADER_END)
        first, _, lines = http_head.partition(b"\r\n")
        start = first.decode("latin-1")
        http = tuple(header_fields(lines, "latin-1"))
    return Record(file, offset, length, MappingProxyType(headers), start, http, block)


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


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {max_bytes} bytes once decompressed: it is kept as served and not read."
    )
