"""Writes captures to WARC/1.1 files (ISO 28500:2017), one set of files a run, each record on disk before the call
returns.

A file in progress is named `<final name>.open` and locked; closing it writes its line in the manifest and gives it
its final name. No file is ever opened again for writing: what a killed process left is sealed by `archive.recovery`.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.exchange import Exchange, Request, Response, header_lines, json_octets, uri_text, utc_text
from archive.foreign import Foreign
from archive.index import index_line, sorted_index, write_index
from archive.manifest import read_manifest, seal, sync_folder
from archive.reader import OPEN_SUFFIX
from archive.scan import GZIP_HEADER, NOT_MODIFIED, Scanned, bare_id
from archive.text.kind import kind_of

VERSION = "WARC/1.1"
PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
PROFILE_NOT_MODIFIED = f"http://netpreserve.org/warc/1.1{NOT_MODIFIED}"
CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
MAX_FILE = 1 << 30
EXTRACTOR_FIELD = "X-Extractor"
# The field of a metadata record by which a run speaks of itself, and not of a capture.
STATED = "gxcrawl"
_NOT_RECORDED = frozenset({b"transfer-encoding"})
_NOTE = (
    "Bodies are byte for byte as served, content-encoding left on. The order and case of header fields are as the "
    "HTTP library gives them. Transfer-Encoding is removed from headers, since the library has decoded it."
)


class CannotWrite(Exception):
    """A record could not be put on disk; the file holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file says of the run that wrote it: software and version, digest of the configuration, from where
    and through which proxy it ran, and how it treats robots.txt (`obey` or `ignore`)."""

    software: str
    config_digest: str
    vantage: str
    robots: str = "obey"


@dataclass(frozen=True, slots=True)
class RevisitTarget:
    """The earlier response whose body was served again, or was said to be unchanged: record id, URL, time of fetch,
    SHA-256 (hex) of the body."""

    record_id: str
    url: str
    date: datetime
    payload_digest: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a record lies: final file name, offset and length of its gzip member in bytes, its id (`urn:uuid:…`),
    SHA-256 (hex) of its payload (for a response and a revisit: of the body as served)."""

    file: str
    offset: int
    length: int
    record_id: str
    payload_digest: str
    revisit: bool = False


class WarcWriter:
    """Writes the captures of one run. Files are opened when first needed and closed at `max_bytes`.

    `clock` gives the present in UTC, `new_id` a fresh UUID: both are passed in, so that a test can repeat itself.
    """

    def __init__(
        self,
        folder: Path,
        *,
        site: str,
        run: int,
        origin: Origin,
        clock: Callable[[], datetime],
        new_id: Callable[[], UUID],
        max_bytes: int = MAX_FILE,
    ) -> None:
        self._folder = folder
        self._stem = f"{site}-run{run}"
        self._origin = origin
        self._clock = clock
        self._new_id = new_id
        self._max_bytes = max_bytes
        self._serial = 0
        self._out: FileIO | None = None
        self._name = ""
        self._size = 0
        self._records = 0
        self._sha256 = hashlib.sha256()
        self._index: list[str] = []
        self._capture = ""
        self._siblings = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def bytes_written(self) -> int:
        """The size of the file in progress; 0 where none is."""
        return self._size if self._out else 0

    def write_exchange(self, exchange: Exchange, *, revisit_of: RevisitTarget | None = None) -> Stored:
        """Writes the response (or, given `revisit_of`, a revisit without the body) and the request.

        Both are on disk when the call returns. Returns the place of the response or revisit.

        A 304 that refers to an earlier body is a revisit by the profile `server-not-modified` (ISO 28500:2017, 6.7.3);
        its payload is that earlier body. The record has no block: replay tools would show the reader a 304, which is
        an empty page, where without one they show the earlier body. What the 304 said goes into its metadata.

        Raises:
            CannotWrite: the disk is full or failing; nothing of the exchange is left in the file.
            ValueError: the body is not the one that `revisit_of` names.
        """
        request, response = exchange.request, exchange.response
        digest = hashlib.sha256(response.body).hexdigest()
        not_modified = (
            revisit_of is not None
            and response.status == 304
            and not response.body
            and revisit_of.payload_digest != digest
        )
        if revisit_of is not None and not_modified:
            digest = revisit_of.payload_digest
        if revisit_of is not None and revisit_of.payload_digest != digest:
            raise ValueError(
                f"The body served by {request.url} is not that of {revisit_of.record_id}: no revisit."
            )
        record_id = self._capture = self._fresh_id()
        self._siblings = 0
        common = {"WARC-Target-URI": uri_text(request.url), "WARC-Date": utc_text(exchange.fetched_at)}
        fields = {"WARC-Record-ID": _angle(record_id), **common}
        if exchange.ip:
            fields["WARC-IP-Address"] = exchange.ip
        if exchange.truncated:
            fields["WARC-Truncated"] = exchange.truncated
        head = b"" if not_modified else _response_head(response)
        if revisit_of is None:
            kind, block = "response", head + response.body
        else:
            kind, block = "revisit", head
            fields["WARC-Profile"] = PROFILE_NOT_MODIFIED if not_modified else PROFILE
            fields["WARC-Refers-To"] = _angle(revisit_of.record_id)
            fields["WARC-Refers-To-Target-URI"] = uri_text(revisit_of.url)
            fields["WARC-Refers-To-Date"] = utc_text(revisit_of.date)
        answer = _frame(kind, fields, "application/http;msgtype=response", block, digest)
        asked = _frame(
            "request",
            {
                "WARC-Record-ID": _angle(self._sibling_id(record_id)),
                **common,
                "WARC-Concurrent-To": _angle(record_id),
            },
            "application/http;msgtype=request",
            _request_block(request),
            hashlib.sha256(request.body).hexdigest() if request.body else None,  # a GET has no payload
        )
        return self._put_capture(kind, fields, answer, asked, record_id, digest, head)

    def write_found(
        self, found: Foreign, url: str, date: datetime, *, revisit_of: RevisitTarget | None = None
    ) -> Stored:
        """Writes what another crawler captured, or a plain file: with its own time, head and body, and its request where it
        had one. A file and a `resource` become a resource record (ISO 28500:2017, 6.5); what is to be known of where it
        came from belongs into the metadata record.

        Args:
            found: what was found.
            url: where it stands.
            date: when it was fetched, in UTC; of a plain file nothing better may be known than when it was imported.
            revisit_of: the capture here that holds the body of a revisit.

        Raises:
            CannotWrite: the disk is full or failing; nothing of it is left in the file.
        """
        record_id = self._capture = self._fresh_id()
        self._siblings = 0
        common = {"WARC-Target-URI": uri_text(url), "WARC-Date": utc_text(date)}
        fields = {"WARC-Record-ID": _angle(record_id), **common}
        if found.ip:
            fields["WARC-IP-Address"] = found.ip
        if found.truncated:
            fields["WARC-Truncated"] = found.truncated
        # a 304 has no block, for the reason that `write_exchange` gives
        head = found.head + b"\r\n\r\n" if found.head and not found.not_modified else b""
        digest = found.body.sha256
        content_type = "application/http;msgtype=response"
        if revisit_of is not None:
            kind, block, digest = "revisit", head, revisit_of.payload_digest
            fields["WARC-Profile"] = PROFILE_NOT_MODIFIED if found.not_modified else PROFILE
            fields["WARC-Refers-To"] = _angle(revisit_of.record_id)
            fields["WARC-Refers-To-Target-URI"] = uri_text(revisit_of.url)
            fields["WARC-Refers-To-Date"] = utc_text(revisit_of.date)
        elif head:
            kind, block = "response", head + found.body.data
        else:
            kind, block = "resource", found.body.data
            content_type = found.content_type or kind_of(found.body.data).media_type
        answer = _frame(kind, fields, content_type, block, digest)
        asked = b""
        if found.request:
            asked = _frame(
                "request",
                {
                    "WARC-Record-ID": _angle(self._sibling_id(record_id)),
                    **common,
                    "WARC-Concurrent-To": _angle(record_id),
                },
                "application/http;msgtype=request",
                found.request,
                None,
            )
        fields["Content-Type"] = content_type
        return self._put_capture(kind, fields, answer, asked, record_id, digest, head)

    def _put_capture(
        self,
        kind: str,
        fields: Mapping[str, str],
        answer: bytes,
        asked: bytes,
        record_id: str,
        digest: str,
        head: bytes,
    ) -> Stored:
        """Puts a capture and its request on disk together, and its line into the index."""
        file, offset = self._append(answer + asked, roll=True)
        written = {name.lower(): value for name, value in fields.items()}
        written |= {"warc-type": kind, "warc-payload-digest": f"sha256:{digest}"}
        seen = Scanned(offset, len(answer), written, digest, digest, None, http_head=head)
        if (line := index_line(file, seen)) is not None:
            self._index.append(line)
        return Stored(file, offset, len(answer), record_id, digest, revisit=kind == "revisit")

    def write_metadata(
        self, concurrent_to: str, fields: Mapping[str, str | int], *, at: datetime | None = None
    ) -> Stored:
        """Writes what was found out about a capture (its verdict, what it showed) beside it, as `application/warc-fields`.

        The URL is that of the record it is concurrent to: repeating it would cost a quarter of the record. `at` is when
        it was found out: now, if it is left out.
        """
        record_id = self._sibling_id(concurrent_to)
        block = b"".join(header_lines([(name, _utf8(value)) for name, value in fields.items()]))
        headers = {
            "WARC-Record-ID": _angle(record_id),
            "WARC-Date": utc_text(at or self._clock()),
            "WARC-Concurrent-To": _angle(concurrent_to),
        }
        return self._alone(
            "metadata", headers, "application/warc-fields", block, record_id, payload_digest=False
        )

    def write_statement(
        self, about: str, content: Mapping[str, Any] | bytes, *, at: datetime | None = None
    ) -> Stored:
        """Writes what is to be known of the run itself (how it began, its ledger, how it ended) as a metadata record that is
        beside no capture, with two fields: `gxcrawl`, what it is about, and `content`, an object of JSON, or its text where
        that is too long to be held as an object (`json_octets`)."""
        record_id = self._fresh_id()
        headers = {"WARC-Record-ID": _angle(record_id), "WARC-Date": utc_text(at or self._clock())}
        block = statement_block(about, content)
        return self._alone(
            "metadata", headers, "application/warc-fields", block, record_id, payload_digest=False
        )

    def write_conversion(
        self, refers_to: str, url: str, text: str, *, extractor: str, version: str
    ) -> Stored:
        """Writes the text taken out of a response, in UTF-8; its payload digest is that of `Document.digest`."""
        record_id = self._fresh_id()
        headers = {
            "WARC-Record-ID": _angle(record_id),
            "WARC-Target-URI": uri_text(url),
            "WARC-Date": utc_text(self._clock()),
            "WARC-Refers-To": _angle(refers_to),
            EXTRACTOR_FIELD: f"{extractor}/{version}",
        }
        block = text.encode("utf-8", "surrogatepass")
        return self._alone(
            "conversion", headers, "text/plain;charset=utf-8", block, record_id, payload_digest=True
        )

    def close(self) -> None:
        """Seals the file in progress: its index and its line in the manifest first, then its final name. Twice does no
        harm.

        Raises:
            CannotWrite: it cannot be sealed; it is left in progress, and sealed before the next harvest.
        """
        if self._out is None:
            return
        out, self._out = self._out, None
        try:
            os.fsync(out.fileno())
            write_index(self._folder, self._name, sorted_index(self._index))
            seal(self._folder, self._name, self._sha256.hexdigest())
        except OSError as error:
            raise CannotWrite(
                f"{self._folder / self._name} cannot be closed ({error.strerror}): free some space, then run again."
            ) from error
        finally:
            out.close()

    def _alone(
        self,
        kind: str,
        headers: dict[str, str],
        content_type: str,
        block: bytes,
        record_id: str,
        *,
        payload_digest: bool,
    ) -> Stored:
        digest = hashlib.sha256(block).hexdigest()
        member = _frame(kind, headers, content_type, block, digest if payload_digest else None)
        file, offset = self._append(member, roll=False)
        return Stored(file, offset, len(member), record_id, digest)

    def _append(self, members: bytes, *, roll: bool) -> tuple[str, int]:
        """Puts whole gzip members on disk and returns file and offset. Only an exchange begins a new file, so that
        what belongs to it stays beside it."""
        if self._out is not None and roll and self._size + len(members) > self._max_bytes and self._records:
            self.close()
        if self._out is None:
            self._begin()
        offset = self._size
        self._put(members)
        self._records += 1
        return self._name, offset

    def _begin(self) -> None:
        now = self._clock()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._open_new(now)
        except OSError as error:
            raise CannotWrite(
                f"No file can be made in {self._folder} ({error.strerror}): see that it is a folder which you may "
                f"write to, or name another one, then run again."
            ) from error
        self._size = self._records = 0
        self._sha256 = hashlib.sha256()
        self._index = []
        self._put(self._warcinfo_record(now))

    def _open_new(self, now: datetime) -> None:
        while True:
            self._serial += 1
            self._name = f"{self._stem}-{now:%Y%m%d%H%M%S}-{self._serial:05d}.warc.gz"
            if (self._folder / self._name).exists() or self._name in read_manifest(self._folder).digests:
                continue
            path = self._folder / (self._name + OPEN_SUFFIX)
            try:
                # unbuffered: what is written is in the hands of the system at once, and fsync puts it on disk
                out = path.open("xb", buffering=0)
            except FileExistsError:
                continue
            try:
                fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists():
                    break
            except BlockingIOError:
                pass
            out.close()  # another harvest took the file, empty and not locked yet, for one that was left, and removes it
        sync_folder(self._folder)
        self._out = out

    def _put(self, data: bytes) -> None:
        assert self._out is not None
        try:
            view = memoryview(data)
            while view:
                view = view[self._out.write(view) :]
            os.fsync(self._out.fileno())
        except OSError as error:
            path = self._folder / (self._name + OPEN_SUFFIX)
            try:
                self._out.truncate(self._size)
                self._out.seek(self._size)
            except OSError:
                self._out.close()
                self._out = None
            raise CannotWrite(
                f"{path} cannot be written ({error.strerror}): free some space, then run again."
            ) from error
        self._size += len(data)
        self._sha256.update(data)

    def _warcinfo_record(self, now: datetime) -> bytes:
        lines = {
            "software": self._origin.software,
            "format": "WARC File Format 1.1",
            "conformsTo": CONFORMS_TO,
            "robots": self._origin.robots,
            "config-digest": self._origin.config_digest,
            "vantage": self._origin.vantage,
            "note": _NOTE,
        }
        headers = {
            "WARC-Record-ID": _angle(self._fresh_id()),
            "WARC-Date": utc_text(now),
            "WARC-Filename": self._name,
        }
        block = b"".join(header_lines([(name, _utf8(value)) for name, value in lines.items()]))
        return _frame("warcinfo", headers, "application/warc-fields", block, None)

    def _fresh_id(self) -> str:
        return f"urn:uuid:{self._new_id()}"

    def _sibling_id(self, capture: str) -> str:
        """An id for a record that belongs to a capture. It differs from the capture's in its first two digits only,
        which makes it as unique and the record smaller: a fresh one is a tenth of a record about a revisit."""
        if bare_id(capture) != self._capture or self._siblings == 255:
            return self._fresh_id()
        self._siblings += 1
        return f"urn:uuid:{UUID(int=UUID(self._capture).int ^ (self._siblings << 120))}"


def _frame(
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


def _response_head(response: Response) -> bytes:
    reason = response.reason.encode("latin-1", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
    first = b"%s %d %s" % (response.http_version.encode("ascii", "replace"), response.status, reason)
    return (
        first.rstrip() + b"\r\n" + b"".join(header_lines(response.headers, without=_NOT_RECORDED)) + b"\r\n"
    )


def _request_block(request: Request) -> bytes:
    """The request with the target in origin form: path and query."""
    _, _, after = request.url.partition("://")
    host, slash, path = after.partition("/")
    target = slash + path if slash else "/" + (host[host.find("?") :] if "?" in host else "")
    first = b"%s %s HTTP/1.1\r\n" % (_utf8(request.method), _utf8(uri_text(target.partition("#")[0])))
    return first + b"".join(header_lines(request.headers, without=_NOT_RECORDED)) + b"\r\n" + request.body


def _utf8(value: str | int) -> bytes:
    return str(value).encode("utf-8", "replace")


def _angle(record_id: str) -> str:
    return f"<{bare_id(record_id)}>"


def statement_block(about: str, content: Mapping[str, Any] | bytes) -> bytes:
    """The block of a statement, as `WarcWriter.write_statement` writes it."""
    said = content if isinstance(content, bytes) else json_octets(content)
    return b"".join(header_lines([(STATED, _utf8(about)), ("content", said)]))
