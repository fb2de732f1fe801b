"""The streaming scan of a WARC file, on which the audit and the recovery stand: what is at each place, and is it whole.

A record is never held in memory, and the walk goes on after damage.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BufferedRandom, BufferedReader
from types import MappingProxyType

HTTP_TYPES = frozenset({"request", "response", "revisit"})
HEADER_END = b"\r\n\r\n"
# The end of the profile's URI, in WARC/1.0 and 1.1 alike.
NOT_MODIFIED = "/revisit/server-not-modified"
CHUNK = 1 << 16
# How every member begins: deflate, no flags, no time, best compression, Unix (RFC 1952). No checksum covers these
# bytes, so the writer writes always the same and a flip in them can be told.
GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03"
_MAX_HEADER = 1 << 18
_WARC = b"WARC/1."
_GZIP_MAGIC = GZIP_HEADER[:3]
# More than a gzip member ends with, be its checksum zero and what is in it short.
_ZEROS_OF_NO_RECORD = 16


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the streaming scan saw at one place: the fields, the digests computed, or what is wrong there.

    `length` is the number of bytes of the gzip member; where it is damaged, of what could be told to belong to it.
    The digests are null where the record cannot be read; a problem beside digests is one of the gzip header alone.
    `http_head` is the HTTP start line with its fields, `told` the block of a metadata record; `payload_length` counts
    the bytes of the payload that is here.
    `unfinished` says that the file ends inside the record and that nothing but its end is missing: so a killed
    process leaves it; and so, where nothing is there but zeros, does a power cut, after which a file may have its new
    length and not what was written last. A record that was whole and then was damaged is not unfinished, though it be the
    last.
    """

    offset: int
    length: int
    headers: Mapping[str, str]
    block_sha256: str | None
    payload_sha256: str | None
    problem: str | None
    unfinished: bool = False
    payload_length: int = 0
    http_head: bytes = b""
    told: bytes = b""

    @property
    def http_status(self) -> int | None:
        """The status of a response or revisit; 304 where a revisit says no more than that the server said so."""
        if not self.http_head and self.headers.get("warc-profile", "").endswith(NOT_MODIFIED):
            return 304
        words = self.http_head.partition(b"\r\n")[0].split(b" ", 2)
        return (
            int(words[1]) if words[0].startswith(b"HTTP/") and len(words) > 1 and words[1].isdigit() else None
        )

    def http_field(self, name: str) -> str | None:
        """The first HTTP field of that name (lower case)."""
        fields = header_fields(self.http_head.partition(b"\r\n")[2], "latin-1")
        return next((value for key, value in fields if key.lower() == name), None)

    @property
    def record_id(self) -> str | None:
        """The record's id, if its header could be read."""
        written = self.headers.get("warc-record-id")
        return bare_id(written) if written else None


def scan(stream: BufferedReader | BufferedRandom) -> Iterator[Scanned]:
    """Walks through a WARC file without holding a record in memory, and goes on after damage.

    Never raises on what the file holds. After a damaged place the walk resumes at the next place where a gzip
    member that holds a WARC record begins. What is appended while the walk goes on is left out.
    """
    offset, size = 0, stream.seek(0, 2)
    while offset < size:
        seen = _scan_one(stream, offset, size)
        if seen.length == 0:
            following = _next_member(stream, offset + 1, size)
            seen = replace(
                seen,
                length=(size if following is None else following) - offset,
                unfinished=following is None and (seen.unfinished or _ends_in_zeros(stream, offset, size)),
            )
        yield seen
        offset += seen.length


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


def header_fields(block: bytes, charset: str = "utf-8") -> Iterator[tuple[str, str]]:
    """The fields of a header block, name and value, in order."""
    for line in block.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            yield name.decode(charset, "replace").strip(), value.decode(charset, "replace").strip()


class _RecordWalk:
    """Takes one record's bytes in pieces and digests its block and payload."""

    def __init__(self) -> None:
        self.headers: Mapping[str, str] = MappingProxyType({})
        self.problem: str | None = None
        self.block = hashlib.sha256()
        self.payload = hashlib.sha256()
        self.payload_length = 0
        self.http_head = b""
        self.told = bytearray()
        self._head = bytearray()
        self._in_block = False
        self._left = self._size = 0
        self._http = bytearray()
        self._in_payload = False
        self._tail = bytearray()

    def feed(self, data: bytes) -> None:
        if self.problem:
            return
        if not self._in_block:
            self._head += data
            end = self._head.find(HEADER_END)
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
        if not first.startswith(_WARC):
            self.problem = "the record does not begin with WARC/1"
            return False
        self.headers = MappingProxyType({key.lower(): value for key, value in header_fields(rest)})
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            self.problem = "the record says no length"
            return False
        self._in_block, self._left = True, int(length)
        self._size = len(head) + self._left + 2 * len(HEADER_END)
        self._in_payload = self.headers.get("warc-type") not in HTTP_TYPES
        return True

    def _feed_payload(self, block: bytes) -> None:
        if self._in_payload:
            self._count(block)
            return
        self._http += block
        end = self._http.find(HEADER_END)
        if end >= 0:
            self._in_payload = True
            self.http_head = bytes(self._http[:end])
            self._count(bytes(self._http[end + 4 :]))
            self._http.clear()
        elif len(self._http) > _MAX_HEADER:
            self.problem = "the HTTP header has no end"

    def _count(self, payload: bytes) -> None:
        self.payload.update(payload)
        self.payload_length += len(payload)
        if self.headers.get("warc-type") == "metadata" and len(self.told) < _MAX_HEADER:
            self.told += payload

    def could_go_on(self) -> bool:
        """Whether all that was fed is the beginning of a sound record."""
        begun = self._in_block or self._head.startswith(_WARC) or _WARC.startswith(self._head)
        return self.problem is None and begun and HEADER_END.startswith(self._tail)

    @property
    def size(self) -> int | None:
        """How many bytes the record says it has in all; null before its header is read."""
        return self._size if self._in_block else None

    def finish(self) -> str | None:
        if self.problem is None:
            if not self._in_block:
                self.problem = "the WARC header has no end"
            elif self._left:
                self.problem = "the record is shorter than it says"
            elif self._tail != HEADER_END:
                self.problem = "the record does not end where it says"
        return self.problem


def _scan_one(stream: BufferedReader | BufferedRandom, offset: int, size: int) -> Scanned:
    """One gzip member at `offset` of a file of `size` bytes; its length is 0 where the record cannot be read."""
    walk = _RecordWalk()
    inflater = zlib.decompressobj(31)
    stream.seek(offset)
    header = stream.read(min(len(GZIP_HEADER), size - offset))
    stream.seek(offset)
    read = 0
    problem: str | None = None
    unfinished = False
    try:
        while not inflater.eof:
            piece = stream.read(min(CHUNK, size - offset - read))
            if not piece:
                problem = "the file ends inside the record"
                unfinished = (
                    GZIP_HEADER.startswith(header)
                    and walk.could_go_on()
                    and not _ends_with_size(stream, size, walk.size)
                )
                break
            read += len(piece)
            while piece and not inflater.eof:
                walk.feed(inflater.decompress(piece, CHUNK))
                piece = inflater.unconsumed_tail
    except zlib.error as error:
        problem = f"the gzip data is damaged ({error})"
    if problem is None:
        problem = walk.finish()
    if problem is not None:
        return Scanned(offset, 0, walk.headers, None, None, problem, unfinished)
    if header != GZIP_HEADER:
        problem = "the gzip header is not as it was written, though the record in it is whole"
    length = read - len(inflater.unused_data)
    return Scanned(
        offset,
        length,
        walk.headers,
        walk.block.hexdigest(),
        walk.payload.hexdigest(),
        problem,
        payload_length=walk.payload_length,
        http_head=walk.http_head,
        told=bytes(walk.told),
    )


def _ends_with_size(stream: BufferedReader | BufferedRandom, file_size: int, record_size: int | None) -> bool:
    """Whether the file ends as the record would: a gzip member's last four bytes are the size of what is in it.

    A flip can make the inflater read past the end of the last record, which then looks unfinished.
    """
    if record_size is None:
        return False
    stream.seek(file_size - 4)
    return stream.read(4) == (record_size % (1 << 32)).to_bytes(4, "little")


def _ends_in_zeros(stream: BufferedReader | BufferedRandom, offset: int, size: int) -> bool:
    """Whether what stands at `offset` is nothing but zeros, or the beginning of a record with zeros up to the end of the file
    in the place of the rest."""
    end = _without_zeros(stream, offset, size)
    if end == offset:
        return True
    return size - end >= _ZEROS_OF_NO_RECORD and _scan_one(stream, offset, end).unfinished


def _without_zeros(stream: BufferedReader | BufferedRandom, offset: int, size: int) -> int:
    """The end of what stands at `offset`, less the zeros that the file ends with."""
    while size > offset:
        start = max(offset, size - CHUNK)
        stream.seek(start)
        if piece := stream.read(size - start).rstrip(b"\0"):
            return start + len(piece)
        size = start
    return offset


def _next_member(stream: BufferedReader | BufferedRandom, start: int, size: int) -> int | None:
    """The next offset before `size` at which a gzip member holding a WARC record begins."""
    base = start
    stream.seek(base)
    window = b""
    while True:
        piece = stream.read(max(0, min(CHUNK, size - base - len(window))))
        window += piece
        at = window.find(_GZIP_MAGIC)
        while at >= 0:
            if len(window) - at < 512 and piece:
                break
            try:
                if zlib.decompressobj(31).decompress(window[at : at + 512], 7).startswith(_WARC):
                    return base + at
            except zlib.error:
                pass
            at = window.find(_GZIP_MAGIC, at + 1)
        if not piece:
            return None
        keep = len(window) - at if at >= 0 else min(len(window), len(_GZIP_MAGIC) - 1)
        base += len(window) - keep
        window = window[len(window) - keep :]
