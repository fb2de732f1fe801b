"""What the WARC files of the runs tell, run by run and in the order in which it was written: how a run began, what it
captured and how that was judged, what each capture showed, what was gone, its ledger, and how it ended.

The store is made of this alone: a harvest enters each event when it has written it, whoever comes after a kill enters
those that were left, and `gxcrawl db rebuild` enters them all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import islice
from json import dumps, loads
from pathlib import Path
from typing import Any

from archive.fixity import RUN_FILE, UNJUDGED, warc_files
from archive.framing import STATED
from archive.reader import Record, UnreadableRecord, open_file, read_record
from archive.scan import Scanned, bare_id, digest_hex, header_fields, scan

CAPTURES = frozenset({"response", "revisit", "resource"})

# What a statement is about (`WarcWriter.write_statement`).
BEGUN, LEDGER, ENDED = "run begun", "ledger", "run ended"
_STATEMENT = f"{STATED}: ".encode()
# What a statement must say, and of what kind it is.
_SAID: Mapping[str, Mapping[str, type]] = {
    BEGUN: {
        "site": str,
        "run": int,
        "started": str,
        "narrowed": dict,
        "tool_version": str,
        "config_digest": str,
        "vantage": str,
    },
    LEDGER: {"frontier": list, "listing": list},
    ENDED: {"run": int, "finished": str, "outcome": str, "read_together": str, "summary": dict},
}
_TIMES = {"started", "finished", "read_together"}
# The fields of a metadata record about what a capture showed, or that its page was gone.
SHOWN, GONE, NOTHING = "shown", "gone", "nothing"


@dataclass(frozen=True, slots=True)
class Began:
    """A run began. `content` is what it said of itself; empty in archives of a gxcrawl that did not say it: then
    `warcinfo` holds what there is."""

    content: Mapping[str, Any]
    warcinfo: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Captured:
    """A response, a revisit or a resource, and the fields of what was said of it at once (its verdict, its source)."""

    record: Record
    fields: Mapping[str, str]
    later: bool
    """Whether the run says further on what it showed, or that it showed nothing."""

    @property
    def verdict(self) -> str:
        """How it was judged; a kill can come before that."""
        return self.fields.get("verdict") or UNJUDGED


@dataclass(frozen=True, slots=True)
class Showed:
    """What a capture (by its record id) showed."""

    record_id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vanished:
    """A capture (by its record id) said that the document at a URL is gone."""

    record_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement of the run: its ledger, or its end."""

    about: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a run tells, when it happened, and where it stands among what other runs tell: not before what the
    same run told last, whatever the clock did."""

    site: str
    run: int
    at: datetime
    order: datetime
    what: Began | Captured | Showed | Vanished | Stated


@dataclass(frozen=True, slots=True)
class TextRecord:
    """A conversion record: its place, the capture that it was taken from, digest of the text, extractor and version."""

    record_id: str
    file: str
    offset: int
    text_sha256: str
    extractor: str
    extractor_version: str
    of: str
    url: str


@dataclass
class RunAccount:
    """One run's files, looked through once: which of its records tell what, and what is damaged."""

    site: str
    run: int
    files: list[str]
    began: Mapping[str, Any] = field(default_factory=dict)
    beginnings: set[str] = field(default_factory=set)
    """The moments at which it says that it began: of two of them, two runs bear its number."""
    warcinfo: Mapping[str, str] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    ended: bool = False
    texts: dict[str, TextRecord] = field(default_factory=dict)
    told_of: set[str] = field(default_factory=set)
    captures: int = 0
    damages: list[str] = field(default_factory=list)


def runs_told(folder: Path, *, site: str | None = None, run: int | None = None) -> list[RunAccount]:
    """The runs whose files lie in a folder, by number. Files whose names no harvest gave are not looked at.

    Args:
        folder: the archive.
        site, run: only this site's, only this one.
    """
    accounts = []
    for (number, of_site), files in sorted(run_files(folder).items()):
        if site in (None, of_site) and run in (None, number):
            ordered = sorted(files, key=lambda file: RUN_FILE.fullmatch(file)["when"])  # type: ignore[index]
            accounts.append(_looked_through(folder, RunAccount(of_site, number, ordered)))
    return accounts


def run_files(folder: Path) -> dict[tuple[int, str], list[str]]:
    """The WARC files of each run, by its number and site, as their names say it; none is opened."""
    found: dict[tuple[int, str], list[str]] = {}
    for file in warc_files(folder):
        if name := RUN_FILE.fullmatch(file):
            found.setdefault((int(name["run"]), name["site"]), []).append(file)
    return found


def strange_files(folder: Path) -> list[str]:
    """The WARC files of a folder whose names no harvest gave: they belong to no run."""
    return sorted(file for file in warc_files(folder) if not RUN_FILE.fullmatch(file))


def untold_runs(folder: Path, site: str) -> frozenset[int]:
    """The runs of a site whose archive does not begin with what the run is: a gxcrawl wrote them that told less, so nothing
    may be left unsaid on their account."""
    first: dict[int, str] = {}
    for file in sorted(warc_files(folder), key=lambda file: file.rpartition("-run")[2]):
        name = RUN_FILE.fullmatch(file)
        if name and name["site"] == site:
            first.setdefault(int(name["run"]), file)
    return frozenset(run for run, file in first.items() if not _tells_its_beginning(folder, file))


def _tells_its_beginning(folder: Path, file: str) -> bool:
    try:
        with open_file(folder, file) as stream:
            for seen in islice(scan(stream), 2):
                if (stated := statement(folder, file, seen)) is not None:
                    return bool(stated[STATED] == BEGUN)
    except (OSError, UnreadableRecord):
        pass  # what cannot be read tells nothing
    return False


def run_of_file(file: str) -> int | None:
    """The number of the run that a file is of, by its name; None for a file of no run."""
    name = RUN_FILE.fullmatch(file)
    return int(name["run"]) if name else None


def _looked_through(folder: Path, account: RunAccount) -> RunAccount:
    for file in account.files:
        for seen, stated in _scanned(folder, file, account.damages):
            kind = seen.headers.get("warc-type", "")
            if kind in ("warcinfo", "metadata"):  # an imported capture bears the time of its own fetch
                moment = _moment(seen)
                account.first = min(account.first or moment, moment)
                account.last = max(account.last or moment, moment)
            account.captures += kind in CAPTURES
            if kind == "warcinfo" and not account.warcinfo:
                account.warcinfo = dict(header_fields(read_record(folder, file, seen.offset).body))
            elif kind == "conversion":
                text = _text(file, seen)
                account.texts[text.record_id] = text
            elif stated is not None:
                account.ended |= stated[STATED] == ENDED
                if stated[STATED] == BEGUN:
                    account.began = stated
                    account.beginnings.add(stated["started"])
            elif kind == "metadata" and SHOWN in dict(header_fields(seen.told)):
                account.told_of.add(bare_id(seen.headers.get("warc-concurrent-to", "")))
    return account


def events(folder: Path, account: RunAccount) -> Iterator[Event]:
    """What a run tells, in order. A capture is told when its verdict is, as it was entered.

    Raises:
        UnreadableRecord: a record became unreadable since the files were looked through.
    """
    latest = account.first
    if latest is None:
        return

    def event(what: Began | Captured | Showed | Vanished | Stated, at: datetime | None = None) -> Event:
        assert latest is not None
        return Event(account.site, account.run, at or latest, latest, what)

    yield event(Began(account.began, account.warcinfo))
    for file in account.files:
        waiting: dict[str, Record] = {}
        for seen, stated in _scanned(folder, file, []):
            kind = seen.headers.get("warc-type", "")
            latest = max(latest, _moment(seen)) if kind == "metadata" else latest
            beside = bare_id(seen.headers.get("warc-concurrent-to", ""))
            if kind in CAPTURES:
                record = read_record(folder, file, seen.offset)
                waiting[record.record_id] = record
            elif stated is not None:
                if stated[STATED] in (LEDGER, ENDED):
                    yield event(Stated(stated[STATED], stated))
            elif kind == "metadata":
                fields = dict(header_fields(seen.told))
                if "verdict" in fields and beside in waiting:
                    yield event(Captured(waiting.pop(beside), fields, beside in account.told_of))
                if SHOWN in fields:
                    yield event(Showed(beside, fields), _moment(seen))
                if GONE in fields:
                    yield event(Vanished(beside, fields[GONE]), _moment(seen))
        for record_id, record in waiting.items():
            yield event(Captured(record, {}, record_id in account.told_of))


def in_order(folder: Path, accounts: Iterable[RunAccount]) -> Iterator[Event]:
    """What several runs tell, in the order in which it happened; of each run in the order in which it was written."""
    waiting = [account for account in accounts if account.first is not None]
    waiting.sort(key=lambda account: (account.first, account.run), reverse=True)
    telling: list[tuple[datetime, int, Event, Iterator[Event]]] = []

    def hear(teller: Iterator[Event]) -> None:
        for event in teller:
            heappush(telling, (event.order, event.run, event, teller))
            return

    while waiting or telling:
        while waiting and (not telling or (waiting[-1].first, waiting[-1].run) <= telling[0][:2]):
            hear(events(folder, waiting.pop()))
        if telling:
            _, _, event, teller = heappop(telling)
            yield event
            hear(teller)


def _scanned(folder: Path, file: str, damages: list[str]) -> Iterator[tuple[Scanned, dict[str, Any] | None]]:
    """The records of a file that can be read, each with what it states if it is a statement; what cannot be read is named
    in `damages`."""
    try:
        with open_file(folder, file) as stream:
            for seen in scan(stream):
                if seen.block_sha256 is not None:
                    try:
                        _moment(seen)
                        stated = statement(folder, file, seen)
                        if seen.headers.get("warc-type") in CAPTURES:
                            _has_digest(seen)
                    except UnreadableRecord as error:
                        damages.append(f"{file}, offset {seen.offset}: {str(error).rstrip('.')}")
                    else:
                        yield seen, stated
                elif not seen.unfinished:
                    damages.append(f"{file}, offset {seen.offset}: {seen.problem}")
    except OSError as error:
        damages.append(f"{file} cannot be read: {error.strerror}")


def _has_digest(seen: Scanned) -> None:
    if digest_hex(seen.headers.get("warc-payload-digest", "")) is None:
        raise UnreadableRecord("the capture bears no SHA-256 of its payload.")


def _moment(seen: Scanned) -> datetime:
    try:
        return datetime.fromisoformat(seen.headers.get("warc-date", ""))
    except ValueError as error:
        raise UnreadableRecord(f"The record at offset {seen.offset} bears no time: {error}.") from error


def statement(folder: Path, file: str, seen: Scanned) -> dict[str, Any] | None:
    """What a statement says, with what it is about under `gxcrawl`; None for a record that is no statement. It is read
    again whole, since the scan keeps the beginning of a long one.

    Raises:
        UnreadableRecord: it cannot be understood; the message says why.
    """
    if seen.headers.get("warc-type") != "metadata" or not seen.told.startswith(_STATEMENT):
        return None
    fields = dict(header_fields(read_record(folder, file, seen.offset).body))
    about = fields[STATED]
    try:
        said = loads(fields.get("content", ""))
        _is_complete(about, said)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnreadableRecord(f"what is stated ({about}) cannot be understood: {error}.") from error
    return {**said, STATED: about}


def _is_complete(about: str, said: Any) -> None:
    """Raises ValueError, TypeError or KeyError where a statement lacks what whoever enters it counts on."""
    if not isinstance(said, dict):
        raise TypeError("it is no object")
    kinds = _SAID.get(about, {})
    for name, kind in kinds.items():
        if not isinstance(said[name], kind):
            raise TypeError(f"{name} is {said[name]!r:.60}")
    for name in _TIMES & kinds.keys():
        if datetime.fromisoformat(said[name]).tzinfo is None:
            raise ValueError(f"{name} has no time zone")


def _text(file: str, seen: Scanned) -> TextRecord:
    extractor, _, version = seen.headers.get("x-extractor", "").rpartition("/")
    return TextRecord(
        bare_id(seen.headers.get("warc-record-id", "")),
        file,
        seen.offset,
        seen.payload_sha256 or "",
        extractor,
        version,
        bare_id(seen.headers.get("warc-refers-to", "")),
        bare_id(seen.headers.get("warc-target-uri", "")),
    )


def shown_fields(
    kind: str, text: str | None, url: str, captured_url: str, context: Mapping[str, Any]
) -> dict[str, str]:
    """The fields that say what a capture showed.

    Args:
        kind: of the document, `report` or `attachment`.
        text: the id of the conversion record that holds its text; None where none could be taken.
        url: where the document stands; said only if it is not just `captured_url`.
        context: what was known of it beforehand. The key `parent`, a number of the store, is left out: `page_url` names
            the page that an attachment belongs to, and `moved_from` the URL that led here.
    """
    known = {key: value for key, value in context.items() if key != "parent" and value is not None}
    return {
        SHOWN: kind,
        **({"text": text} if text else {}),
        **({"url": url} if url != captured_url else {}),
        "context": dumps(known, ensure_ascii=False, separators=(",", ":")),
    }


def texts_of(accounts: Iterable[RunAccount]) -> dict[str, TextRecord]:
    """Every text that the runs took out of what they captured, by the id of its record."""
    return {record_id: text for account in accounts for record_id, text in account.texts.items()}
