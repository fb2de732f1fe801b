"""Takes chosen records out of the archive, byte for byte, into WARC files of their own."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from archive.index import index_line
from archive.posted import METHODS, posted_query
from archive.reader import open_file, read_record
from archive.scan import Scanned, bare_id, scan

_EXCERPT = "-excerpt.warc.gz"
_LEDGER = b"gxcrawl: ledger"


class DamagedRecord(Exception):
    """What is to be taken out of the archive is damaged or gone; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The members of one WARC file that are taken out of it: places as (offset, length), in their order, the name of
    the file that they make, and its index lines; in `replayed` the replies to POSTs have keys of their own too, as a WACZ file
    has them. A file that is taken whole keeps its name."""

    source: str
    name: str
    places: tuple[tuple[int, int], ...]
    index: tuple[str, ...]
    replayed: tuple[str, ...]


def excerpts(folder: Path, records: Mapping[str, Set[str]]) -> list[Excerpt]:
    """Where the chosen records lie, file by file, with what belongs to them: request and metadata beside a capture, the
    `warcinfo` of the file, and how the run began and ended.

    Args:
        folder: the archive.
        records: the ids (`urn:uuid:…`) of the captures and conversions wanted, by file.

    Raises:
        DamagedRecord: one of them is damaged or not there.
    """
    return [_excerpt(folder, file, records[file]) for file in sorted(records)]


def pieces(folder: Path, excerpt: Excerpt) -> Iterator[bytes]:
    """The bytes of an excerpt, a record at a time."""
    with open_file(folder, excerpt.source) as stream:
        for offset, length in excerpt.places:
            stream.seek(offset)
            left = length
            while left:
                piece = stream.read(min(left, 1 << 20))
                if not piece:
                    raise DamagedRecord(f"{excerpt.source} has become shorter: run gxcrawl verify.")
                left -= len(piece)
                yield piece


def _excerpt(folder: Path, file: str, wanted: Set[str]) -> Excerpt:
    try:
        with open_file(folder, file) as stream:
            found = list(_chosen(stream, file, wanted))
    except FileNotFoundError as error:
        raise DamagedRecord(f"{file} is gone from {folder}: run gxcrawl verify.") from error
    lost = wanted - {seen.record_id for seen, taken in found if taken}
    if lost:
        raise DamagedRecord(f"{file} does not hold {min(lost)}: run gxcrawl verify.")
    whole = all(taken or _is_ledger(seen) for seen, taken in found)
    name = file if whole else file.removesuffix(".warc.gz") + _EXCERPT
    posted = dict(_posted(folder, file, (seen for seen, taken in found if taken or whole)))
    places, index, replayed, size = [], [], [], 0
    for seen, taken in found:
        if not (taken or whole):
            continue
        places.append((seen.offset, seen.length))
        if (line := index_line(name, seen, offset=size)) is not None:
            index.append(line)
            sent = posted.get(seen.record_id or "")
            if sent is not None:
                replayed.append(index_line(name, seen, offset=size, posted=sent) or line)
            # a revisit names its original by URL and time alone, whatever was sent for it
            if sent is None or seen.headers.get("warc-type") == "response":
                replayed.append(line)
        size += seen.length
    return Excerpt(file, name, tuple(places), tuple(index), tuple(replayed))


def _posted(folder: Path, file: str, records: Iterable[Scanned]) -> Iterator[tuple[str, tuple[str, str]]]:
    """By the id of each reply to a POST: the method and what was sent."""
    for seen in records:
        method = seen.http_head.partition(b" ")[0].decode("latin-1")
        if seen.headers.get("warc-type") == "request" and method in METHODS:
            asked = read_record(folder, file, seen.offset)
            query = posted_query(seen.http_field("content-type") or "", asked.body)
            yield bare_id(seen.headers.get("warc-concurrent-to", "")), (method, query)


def _is_ledger(seen: Scanned) -> bool:
    return seen.told.startswith(_LEDGER)


def _chosen(stream: BufferedReader, file: str, wanted: Set[str]) -> Iterator[tuple[Scanned, bool]]:
    """Every record of a file, and whether it is taken."""
    for seen in scan(stream):
        kind = seen.headers.get("warc-type", "")
        beside = bare_id(seen.headers.get("warc-concurrent-to", ""))
        # what the run says of itself; its ledger names everybody's reports, and goes with the whole file alone
        stated = kind == "metadata" and not beside and not _is_ledger(seen)
        taken = kind == "warcinfo" or stated or seen.record_id in wanted or beside in wanted
        if taken and seen.problem is not None:
            raise DamagedRecord(f"{file}, offset {seen.offset}: {seen.problem}. Run gxcrawl verify.")
        if seen.block_sha256 is None and not seen.unfinished:
            raise DamagedRecord(f"{file}, offset {seen.offset}: {seen.problem}. Run gxcrawl verify.")
        yield seen, taken
