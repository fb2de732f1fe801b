"""Proves that the archive holds what was put into it: the manifest of whole files, and the audit of every record.

Record digests alone miss a flip in a gzip header and a record cut out whole; the manifest alone does not say which
record suffered; neither says what is missing beside what the store knows. The audit looks at all three.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from io import BufferedReader
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from archive.reader import OPEN_SUFFIX, TORN_SUFFIX, open_file
from archive.scan import Scanned, bare_id, digest_hex, scan

MANIFEST = "manifest-sha256.txt"

Kind = Literal[
    "file_missing",
    "file_unlisted",
    "file_changed",
    "file_unreadable",
    "manifest_damaged",
    "record_damaged",
    "record_missing",
    "record_unknown",
    "record_duplicate",
    "digest_weak",
]
_CAPTURES = frozenset({"response", "revisit"})
_WITH_PAYLOAD_DIGEST = _CAPTURES | {"conversion"}


@dataclass(frozen=True, slots=True)
class ExpectedRecord:
    """A record that the store knows: id (`urn:uuid:…`), final file name, offset, SHA-256 (hex) of its payload, and
    its WARC-Type."""

    record_id: str
    file: str
    offset: int
    payload_digest: str
    kind: str


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong, where it is, and a sentence for a person."""

    kind: Kind
    file: str
    offset: int | None
    record_id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The digests of the sealed files by name; `broken` counts the lines that are no manifest lines, `torn` is the
    number of bytes of a last line that was never finished."""

    digests: Mapping[str, str]
    broken: int = 0
    torn: int = 0


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder; an absent one is empty. Of two lines for one file the first holds."""
    try:
        data = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return Manifest(MappingProxyType({}))
    *lines, last = data.split(b"\n")
    digests: dict[str, str] = {}
    broken = 0
    for line in lines:
        found = re.fullmatch(r"([0-9a-f]{64})  ([^/\\]+)", line.decode("utf-8", "replace"))
        if found is None or digests.get(found[2], found[1]) != found[1]:
            broken += 1
        else:
            digests[found[2]] = found[1]
    return Manifest(MappingProxyType(digests), broken, len(last))


def add_to_manifest(folder: Path, file: str, digest: str) -> None:
    """Appends one line and puts it on disk; a file listed already with this digest is left as it is.

    A last line that a killed process did not finish is cut off first.
    """
    with (folder / MANIFEST).open("a+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        known = read_manifest(folder)
        if known.torn:
            stream.truncate(stream.seek(0, os.SEEK_END) - known.torn)
        if known.digests.get(file) != digest:
            stream.write(f"{digest}  {file}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())


def seal(folder: Path, file: str, digest: str) -> None:
    """Gives a file in progress its line in the manifest and its final name.

    The manifest first: were the process killed between the two steps, a file listed and still `.open` is known to
    be whole, while a file under its final name that no line vouches for is always damage. A file that is listed
    keeps its line, whatever `digest` is.
    """
    if file not in read_manifest(folder).digests:
        add_to_manifest(folder, file, digest)
    (folder / (file + OPEN_SUFFIX)).rename(folder / file)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def audit(folder: Path, expected: Iterable[ExpectedRecord] = (), *, complete: bool = True) -> list[Damage]:
    """Re-hashes every file and every record of the archive and compares them with manifest and store.

    `complete` says that `expected` names every capture the store knows: then a response or revisit that it does not
    name is damage too. Files are read as streams; what is held in memory grows with the number of records only.
    Never raises on what the archive holds. A file in progress (`.open`) is no damage, nor is an unfinished record at
    its end, but what is damaged before that, or at the end in another way, is, and records expected in it must be
    there.
    """
    wanted: dict[str, dict[str, ExpectedRecord]] = {}
    for record in expected:
        wanted.setdefault(record.file, {})[bare_id(record.record_id)] = record
    found: list[Damage] = []
    manifest = read_manifest(folder)
    if manifest.broken:
        found.append(
            _of_file(
                "manifest_damaged", MANIFEST, f"{manifest.broken} lines of {MANIFEST} are no manifest lines."
            )
        )
    if manifest.torn:
        found.append(
            _of_file(
                "manifest_damaged", MANIFEST, f"The last line of {MANIFEST} is torn: run the harvest again."
            )
        )
    present = {path.name for path in folder.glob("*.warc.gz")} if folder.is_dir() else set()
    running = {
        path.name.removesuffix(OPEN_SUFFIX) for path in folder.glob(f"*.warc.gz{OPEN_SUFFIX}")
    } - present
    seen_ids: dict[str, str] = {}
    for file in sorted(present | running | manifest.digests.keys() | wanted.keys()):
        asked = wanted.get(file, {})
        if file in present or file in running:
            sealed = file in present
            digest = manifest.digests.get(file)
            found.extend(
                _audit_file(
                    folder, file, digest, asked, seen_ids, sealed=sealed, complete=complete and sealed
                )
            )
        else:
            aside = _put_aside(folder, file)
            found.append(_of_file("file_missing", file, f"{file} is gone{aside}: restore it from a copy."))
            found.extend(_missing(file, asked.values(), f"its file is gone{aside}"))
    return found


def _audit_file(
    folder: Path,
    file: str,
    digest: str | None,
    asked: Mapping[str, ExpectedRecord],
    seen_ids: dict[str, str],
    *,
    sealed: bool,
    complete: bool,
) -> Iterator[Damage]:
    if sealed and digest is None:
        yield _of_file(
            "file_unlisted", file, f"{file} has no line in {MANIFEST}: it was not sealed by a harvest."
        )
    left = dict(asked)
    by_offset = {record.offset: record for record in asked.values()}
    try:
        with open_file(folder, file) as stream:
            if digest is not None and (actual := _file_digest(stream)) != digest:
                yield _of_file(
                    "file_changed", file, f"{file} has SHA-256 {actual}, the manifest says {digest}."
                )
            for seen in scan(stream):
                yield from _audit_record(
                    file, seen, left, by_offset, seen_ids, sealed=sealed, complete=complete
                )
    except OSError as error:
        yield _of_file("file_unreadable", file, f"{file} cannot be read: {error.strerror or error}.")
    yield from _missing(
        file, left.values(), f"it is not where the store says{_put_aside(folder, file) if left else ''}"
    )


def _audit_record(
    file: str,
    seen: Scanned,
    left: dict[str, ExpectedRecord],
    by_offset: Mapping[int, ExpectedRecord],
    seen_ids: dict[str, str],
    *,
    sealed: bool,
    complete: bool,
) -> Iterator[Damage]:
    here = by_offset.get(seen.offset)
    record_id = seen.record_id or (bare_id(here.record_id) if here else None)

    def damage(kind: Kind, what: str) -> Damage:
        return Damage(kind, file, seen.offset, record_id, f"{file}, offset {seen.offset}: {what}.")

    if seen.problem is not None and (sealed or here is not None or not seen.unfinished):
        yield damage("record_damaged", seen.problem)
    if seen.block_sha256 is None:
        if here is not None:
            left.pop(bare_id(here.record_id), None)
        return
    if record_id is None:
        yield damage("record_damaged", "the record has no id")
        return
    if (other := seen_ids.get(record_id)) is not None:
        yield damage("record_duplicate", f"{record_id} stands in {other} too")
    seen_ids.setdefault(record_id, file)
    kind = seen.headers.get("warc-type", "")
    yield from (damage(*wrong) for wrong in _digest_troubles(kind, seen))
    known = left.pop(record_id, None)
    if known is None:
        if complete and kind in _CAPTURES:
            yield damage("record_unknown", f"the store does not know this {kind}, {record_id}")
    elif known.offset != seen.offset:
        yield damage("record_missing", f"{record_id} stands here, the store says offset {known.offset}")
    elif known.kind != kind:
        yield damage("record_damaged", f"{record_id} is a {kind}, the store says {known.kind}")
    elif digest_hex(seen.headers.get("warc-payload-digest", "")) != known.payload_digest:
        yield damage("record_damaged", f"{record_id} has another payload digest than the store")


def _digest_troubles(kind: str, seen: Scanned) -> Iterator[tuple[Kind, str]]:
    checks = [("block", seen.headers.get("warc-block-digest"), seen.block_sha256)]
    written = seen.headers.get("warc-payload-digest")
    if kind in _WITH_PAYLOAD_DIGEST or written is not None:
        # the payload digest of a revisit is that of the body it refers to, which is not here
        checks.append(("payload", written, None if kind == "revisit" else seen.payload_sha256))
    for name, says, actual in checks:
        promised = digest_hex(says or "")
        if promised is None:
            yield "digest_weak", f"the {name} digest is {'absent' if says is None else 'no SHA-256'}"
        elif actual is not None and promised != actual:
            yield "record_damaged", f"the {name} has SHA-256 {actual}, the record says {promised}"


def _missing(file: str, records: Iterable[ExpectedRecord], why: str) -> Iterator[Damage]:
    for record in sorted(records, key=lambda record: record.offset):
        record_id = bare_id(record.record_id)
        message = f"{file}, offset {record.offset}: {record_id} is missing, {why}."
        yield Damage("record_missing", file, record.offset, record_id, message)


def _put_aside(folder: Path, file: str) -> str:
    """Where the torn end of a file may be found, as the end of a sentence; empty where none was put aside."""
    names = sorted(path.name for path in folder.glob(escape(file + TORN_SUFFIX) + "*"))
    return f", and what was torn off the file's end lies beside in {', '.join(names)}" if names else ""


def _of_file(kind: Kind, file: str, message: str) -> Damage:
    return Damage(kind, file, None, None, message)


def _file_digest(stream: BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()
