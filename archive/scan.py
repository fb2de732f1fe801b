"""The streaming scan of a WARC file, on which the audit and the recovery stand: what is at each place, and is it whole.

A record is never held in memory, and the walk goes on after damage.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedRandom, BufferedReader
from types import MappingProxyType

HTTP_TYPES = frozenset({"request", "response", "revisit"})
HEADER_END = b"\r\n\r\n"
CHUNK = 1 << 16
_MAX_HEADER = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b\x08"


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
        if not first.startswith(b"WARC/1."):
            self.problem = "the record does not begin with WARC/1"
            return False
        self.headers = MappingProxyType({key.lower(): value for key, value in header_fields(rest)})
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
        end = self._http.find(HEADER_END)
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
            elif self._tail != HEADER_END:
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
            piece = stream.read(CHUNK)
            if not piece:
                problem = "the file ends inside the record"
                break
            read += len(piece)
            while piece and not inflater.eof:
                walk.feed(inflater.decompress(piece, CHUNK))
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
        piece = stream.read(CHUNK)
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
