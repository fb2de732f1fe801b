"""Proves that the archive holds what was put into it, file by file and record by record.

Record digests alone miss a flip in a gzip header and a record cut out whole; the manifest alone does not say which
record suffered; neither says what is missing beside what the store knows. The audit looks at all three.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from glob import escape
from io import BufferedReader
from pathlib import Path
from typing import Literal

from archive.index import INDEX_SUFFIX, UNFINISHED_SUFFIX, index_line, sorted_index
from archive.manifest import MANIFEST, read_manifest
from archive.reader import OPEN_SUFFIX, TORN_SUFFIX, open_file
from archive.scan import Scanned, bare_id, digest_hex, header_fields, scan

Kind = Literal[
    "file_missing",
    "file_unlisted",
    "file_changed",
    "file_unreadable",
    "file_unknown",
    "manifest_damaged",
    "record_damaged",
    "record_missing",
    "record_unknown",
    "record_duplicate",
    "digest_weak",
    "index_missing",
    "index_wrong",
    "store_differs",
]
# How the files of a run are called.
RUN_FILE = re.compile(r"(?P<site>.+)-run(?P<run>\d+)-(?P<when>\d{14}-\d{5})\.warc\.gz")
EXTRACTOR_FIELD = "x-extractor"
# A capture that was imported without the request that brought it says so.
REQUEST_FIELD, NOT_THERE = "request", "not there"
# The verdict of a capture that reached the archive in the moment of a kill.
UNJUDGED = "unjudged"
_CAPTURES = frozenset({"response", "revisit", "resource"})
_WITH_PAYLOAD_DIGEST = _CAPTURES | {"conversion"}


Hear = Callable[[str, Scanned], str | None]


@dataclass(frozen=True, slots=True)
class ExpectedRecord:
    """A record that the store knows: id (`urn:uuid:…`), final file name, offset, SHA-256 (hex) of its payload, and
    its WARC-Type.

    `told` is what else the store says of it, as the record writes it: `url`, `fetched_at`, `status`, `truncated`,
    `refers_to`, `length` (of the body), `extractor`, and `verdict` (of the metadata record beside it); what is not
    named is not compared.
    """

    record_id: str
    file: str
    offset: int
    payload_digest: str
    kind: str
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong, where it is, and a sentence for a person."""

    kind: Kind
    file: str
    offset: int | None
    record_id: str | None
    message: str


def warc_files(folder: Path) -> set[str]:
    """The final names of all files that are there or ought to be: closed, in progress, and listed in the manifest."""
    running = {path.name.removesuffix(OPEN_SUFFIX) for path in folder.glob(f"*.warc.gz{OPEN_SUFFIX}")}
    return running | {path.name for path in folder.glob("*.warc.gz")} | read_manifest(folder).digests.keys()


def audit(
    folder: Path,
    expected: Iterable[ExpectedRecord] = (),
    *,
    complete: bool = True,
    closed: Collection[str] | None = None,
    only: Collection[str] | None = None,
    hear: Hear = lambda *_: None,
) -> list[Damage]:
    """Re-hashes every file and every record of the archive and compares them with manifest and store.

    `complete` says that `expected` names every capture the store knows: then a response or revisit that it does not
    name is damage too, in the files that were `closed` when the store was asked (None: all that are now). `only` names
    the files to be opened; of the others it is only seen whether they are there. `hear` is given every metadata record that
    can be read, with the name of its file, for whoever holds what it says against the store; where it cannot be understood
    it says why, in a few words, and the record is named as damaged.
    Files are read as streams; what is held in memory grows with the number of records only.
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
    found.extend(_strangers(folder, present | running | manifest.digests.keys() | wanted.keys()))
    seen_ids: dict[str, str] = {}
    for file in sorted(present | running | manifest.digests.keys() | wanted.keys()):
        asked = wanted.get(file, {})
        if file in present or file in running:
            if only is not None and file not in only:
                continue
            sealed = file in present
            digest = manifest.digests.get(file)
            told_all = complete and sealed and (closed is None or file in closed)
            found.extend(
                _audit_file(
                    folder,
                    file,
                    digest,
                    asked,
                    seen_ids,
                    sealed=sealed,
                    complete=told_all,
                    hear=hear,
                )
            )
        else:
            aside = _put_aside(folder, file)
            found.append(_of_file("file_missing", file, f"{file} is gone{aside}: restore it from a copy."))
            found.extend(_missing(file, asked.values(), f"its file is gone{aside}"))
    return found


def _strangers(folder: Path, files: Collection[str]) -> Iterator[Damage]:
    """What lies in the folder and belongs to none of its WARC files, by their final names."""
    beside = ("", OPEN_SUFFIX, INDEX_SUFFIX, INDEX_SUFFIX + UNFINISHED_SUFFIX)
    known = {MANIFEST, "lost+found", *(file + suffix for file in files for suffix in beside)}
    for name in sorted(path.name for path in folder.iterdir()) if folder.is_dir() else ():
        torn = name.rpartition(TORN_SUFFIX)[0]  # of a file torn off altogether nothing else is left
        if name not in known and not RUN_FILE.fullmatch(torn):
            yield _of_file(
                "file_unknown",
                name,
                f"{name} is none of the archive's files: gxcrawl did not leave it there. See what it is, and move it elsewhere.",
            )
    for file in sorted(files):
        # in this order: a file that is being closed leaves one name as it takes the other
        if (folder / file).exists() and (folder / (file + OPEN_SUFFIX)).exists():
            name = file + OPEN_SUFFIX
            message = f"{name} stands beside {file}, which is closed: gxcrawl did not leave both. See what it is, and move it elsewhere."
            yield _of_file("file_unknown", name, message)


def _audit_file(
    folder: Path,
    file: str,
    digest: str | None,
    asked: Mapping[str, ExpectedRecord],
    seen_ids: dict[str, str],
    *,
    sealed: bool,
    complete: bool,
    hear: Hear,
) -> Iterator[Damage]:
    if sealed and digest is None:
        yield _of_file(
            "file_unlisted", file, f"{file} has no line in {MANIFEST}: it was not sealed by a harvest."
        )
    left = dict(asked)
    by_offset = {record.offset: record for record in asked.values()}
    verdicts: dict[str, str] = {}
    requests: set[str] = set()
    index: list[str] = []
    sound = True
    try:
        with open_file(folder, file) as stream:
            if digest is not None and (actual := _file_digest(stream)) != digest:
                sound = False
                yield _of_file(
                    "file_changed", file, f"{file} has SHA-256 {actual}, the manifest says {digest}."
                )
            for seen in scan(stream):
                concurrent_to = bare_id(seen.headers.get("warc-concurrent-to", ""))
                if seen.headers.get("warc-type") == "request":
                    requests.add(concurrent_to)
                elif seen.told and "verdict" in (fields := dict(header_fields(seen.told))):
                    verdicts[concurrent_to] = fields["verdict"]
                    if fields.get(REQUEST_FIELD) == NOT_THERE:  # what was imported may never have had one
                        requests.add(concurrent_to)
                if seen.told and (what := hear(file, seen)) is not None:
                    sound = False
                    where = f"{file}, offset {seen.offset}"
                    yield Damage("record_damaged", file, seen.offset, seen.record_id, f"{where}: {what}.")
                if (line := index_line(file, seen)) is not None:
                    index.append(line)
                for damage in _audit_record(
                    file, seen, left, by_offset, seen_ids, sealed=sealed, complete=complete
                ):
                    sound = False
                    yield damage
    except OSError as error:
        yield _of_file("file_unreadable", file, f"{file} cannot be read: {error.strerror or error}.")
    yield from _missing(
        file, left.values(), f"it is not where the store says{_put_aside(folder, file) if left else ''}"
    )
    yield from _companions([asked[known] for known in asked if known not in left], requests, verdicts)
    if sealed and sound and not left:
        # an index of a damaged file is bound to differ: the damage itself has been named
        yield from _audit_index(folder, file, sorted_index(index))


def _companions(
    captures: Iterable[ExpectedRecord], requests: Collection[str], verdicts: Mapping[str, str]
) -> Iterator[Damage]:
    """A capture that was judged has its request and its verdict beside it. One that a kill kept from being judged has
    neither, perhaps."""
    for record in captures:
        says = record.told.get("verdict")
        if says is None or says == UNJUDGED:
            continue
        record_id = bare_id(record.record_id)
        where = f"{record.file}, offset {record.offset}: {record_id}"
        found = verdicts.get(record_id)
        if record_id not in requests:
            yield Damage(
                "record_missing", record.file, record.offset, record_id, f"{where} has lost its request."
            )
        if found is None:
            yield Damage(
                "record_missing", record.file, record.offset, record_id, f"{where} has lost its verdict."
            )
        elif found != says:
            message = f"{where} has the verdict {found}, the store says {says}."
            yield Damage("store_differs", record.file, record.offset, record_id, message)


def _audit_index(folder: Path, file: str, right: str) -> Iterator[Damage]:
    try:
        there = (folder / (file + INDEX_SUFFIX)).read_bytes()
    except OSError:
        message = f"{file} has no index: gxcrawl archive index makes it."
        yield _of_file("index_missing", file, message)
        return
    if there != right.encode():
        message = (
            f"The index of {file} does not say what the file holds: gxcrawl archive index makes it anew."
        )
        yield _of_file("index_wrong", file, message)


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
    else:
        facts = _facts(seen)
        for name, says in known.told.items():
            if name in facts and facts[name] != says:
                yield damage(
                    "store_differs",
                    f"{record_id} says {name} {facts[name] or 'none'}, the store says {says or 'none'}",
                )


def _facts(seen: Scanned) -> dict[str, str]:
    """What a record says of itself, by the names of `ExpectedRecord.told`; an empty text stands for nothing said."""
    headers = seen.headers
    facts = {
        "url": bare_id(headers.get("warc-target-uri", "")),
        "fetched_at": headers.get("warc-date", ""),
        "status": str(seen.http_status or 0),
        "truncated": headers.get("warc-truncated", ""),
        "refers_to": bare_id(headers.get("warc-refers-to", "")),
        "extractor": headers.get(EXTRACTOR_FIELD, ""),
    }
    return facts if headers.get("warc-type") == "revisit" else facts | {"length": str(seen.payload_length)}


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
