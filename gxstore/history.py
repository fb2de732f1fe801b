"""The history of one report: the documents that published it, every capture of them, the versions that they showed and
when, what was read of each, and what happened, in order of time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from gxstore.as_of import ALL, AsOf
from gxstore.copies import Copy, attributed_otherwise_since, copies
from gxstore.models import (
    Attribution,
    Capture,
    Document,
    DocumentUrl,
    Frontier,
    Reading,
    ReadingSource,
    Run,
    Showing,
    Version,
)
from gxstore.timeline import Event, Interval, Move, Sighting, Timeline, moves, timeline
from gxstore.url_date import date_in_url

_MOST_HOPS = 10


@dataclass(frozen=True, slots=True)
class ReadingHeld:
    """What a reader made of a version, alone or with the files attached to it (`with_files` of them).

    `of_this_report` says whether the report that it was attributed to last is the one asked for, `shown` whether it is what
    a query answers with.
    """

    id: int
    made_at: datetime
    reader_version: str
    catalogue_digest: str
    edition: str | None
    signed: date | None
    claimed: date | None
    with_files: int
    of_this_report: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class VersionHeld:
    """A text of a document: when it was shown, what was read of it, and its four dates.

    `signed` (落款) and `claimed` (as the page says that it was published) are of the newest reading, `of_url` is the day that
    the URL carries, `first_observed` the first capture that showed it. `bodies` counts the distinct bytes with this text.
    """

    id: int
    number: int
    text_sha256: str
    extractor: str
    intervals: tuple[Interval, ...]
    readings: tuple[ReadingHeld, ...]
    bodies: int
    signed: date | None
    claimed: date | None
    of_url: date | None
    first_observed: datetime

    @property
    def of_this_report(self) -> bool:
        """Whether any reading of it is of the report asked for."""
        return any(reading.of_this_report for reading in self.readings)


@dataclass(frozen=True, slots=True)
class DocumentHeld:
    """A page or file. `label` (A, B, …) is by which of them was seen first; `default` says that queries answer with it."""

    id: int
    label: str
    kind: str
    parent: int | None
    default: bool
    versions: tuple[VersionHeld, ...]
    timeline: Timeline
    moved_to: int | None = None

    @property
    def shows_another_report(self) -> bool:
        """Whether the version shown last is of another report."""
        last = self.timeline.intervals[-1].version if self.timeline.intervals else None
        return any(v.number == last and v.readings and not v.of_this_report for v in self.versions)


@dataclass(frozen=True, slots=True)
class History:
    """All of it; `captures` and `events` in order of time."""

    documents: tuple[DocumentHeld, ...]
    captures: tuple[Sighting, ...]
    events: tuple[Event, ...]
    moves: tuple[Move, ...]
    vantages: frozenset[str]

    def labels(self) -> dict[int, str]:
        """The label of each document, by id."""
        return {document.id: document.label for document in self.documents}


def history(session: Session, agency_id: int, year: int, as_of: AsOf = ALL) -> History | None:
    """The history of the report of an agency for a year, as far as it was known by two dates; None where nothing of it had
    been observed, or read, by then."""
    chosen = copies(session, [agency_id], (year, year), as_of).get((agency_id, year), [])
    if not chosen:
        return None
    report = chosen[0].report_id
    kinds = _documents(session, report, as_of)
    sightings = _sightings(session, kinds, as_of)
    kinds = {document: kind for document, kind in kinds.items() if document in sightings}
    readings = _readings(session, kinds, report, chosen[0], as_of)
    versions = {document: _versions(session, document, sightings[document], readings) for document in kinds}
    moved = moves(
        sightings,
        {(document, one.number): one.text_sha256 for document, own in versions.items() for one in own},
    )
    moved_to = {move.old: move.new for move in moved}
    found = []
    by_first = sorted(kinds, key=lambda one: (kinds[one][0] != "report", _first(sightings[one])))
    for position, document in enumerate(by_first):
        kind, parent = kinds[document]
        own = versions[document]
        # a file that is read with its page has no reading of its own
        of_report = {one.number for one in own if one.of_this_report or not one.readings}
        line = timeline(document, sightings[document], of_report)
        held = tuple(_with_intervals(one, line.intervals) for one in own)
        default = document == chosen[0].document_id
        found.append(
            DocumentHeld(
                document, _label(position), kind, parent, default, held, line, moved_to.get(document)
            )
        )
    captures = {one.record_id: one for own in sightings.values() for one in own}
    events = [event for document in found for event in document.timeline.events]
    return History(
        tuple(found),
        tuple(sorted(captures.values(), key=lambda one: (one.fetched_at, one.record_id))),
        tuple(sorted(events, key=lambda event: (event.at, event.record_id))),
        tuple(moved),
        frozenset(session.scalars(select(Run.vantage).where(Run.id.in_({c.run for c in captures.values()})))),
    )


def _label(position: int) -> str:
    """A, B, … Z, AA, AB, …"""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _first(own: Sequence[Sighting]) -> tuple[datetime, str]:
    return min((one.fetched_at, one.record_id) for one in own if one.document is not None)


def _of_report(report: int, as_of: AsOf) -> Select[int]:
    return (
        select(Version.document_id)
        .join(ReadingSource, ReadingSource.version_id == Version.id)
        .join(Reading, Reading.id == ReadingSource.reading_id)
        .join(Attribution, Attribution.reading_id == Reading.id)
        .where(
            Attribution.report_id == report,
            *as_of.read(Reading.made_at),
            *as_of.read(Attribution.made_at),
            ~attributed_otherwise_since(as_of),
        )
    )


def _documents(session: Session, report: int, as_of: AsOf) -> dict[int, tuple[str, int | None]]:
    """Kind and parent of the documents that published a report, and of what is attached to them."""
    own = _of_report(report, as_of)
    rows = session.execute(
        select(Document.id, Document.kind, Document.parent_id).where(
            or_(Document.id.in_(own), Document.parent_id.in_(own))
        )
    )
    return {document: (kind, parent) for document, kind, parent in rows}


def _sightings(session: Session, documents: Mapping[int, object], as_of: AsOf) -> dict[int, list[Sighting]]:
    """The captures of each document that was seen by then, with the replies at its URLs that were not taken for it."""
    own = list(documents)
    shown = (
        select(Capture, Showing.document_id, Document.kind, Version.number, Run.started)
        .join(Run, Run.id == Capture.run_id)
        .join(Showing, Showing.capture_id == Capture.id)
        .join(Document, Document.id == Showing.document_id)
        .outerjoin(Version, Version.id == Showing.version_id)
        .where(Showing.document_id.in_(own), *as_of.observed())
    )
    found: dict[int, list[Sighting]] = defaultdict(list)
    for capture, document, kind, number, started in session.execute(shown):
        found[document].append(_sighting(capture, document, kind, number, started))
    ledger = (Frontier.run_id == Capture.run_id) & (Frontier.url == Capture.url) & (Frontier.asked == "")
    others = (
        select(Capture, DocumentUrl.document_id, Run.started, Frontier.told)
        .join(Run, Run.id == Capture.run_id)
        .join(DocumentUrl, DocumentUrl.url == Capture.url)
        .outerjoin(Frontier, ledger)
        .where(
            DocumentUrl.document_id.in_(own),
            ~exists().where(Showing.capture_id == Capture.id),
            *as_of.observed(),
        )
    )
    for capture, document, started, told in session.execute(others):
        if document in found:
            target = _target(session, capture, told or {}) if capture.verdict == "moved" else None
            found[document].append(_sighting(capture, None, "", None, started, target))
    return dict(found)


def _target(session: Session, capture: Capture, told: Mapping[str, Any]) -> str | None:
    """Where a redirect led to in the end, as the ledger of its run tells; None where it does not."""
    target: str | None = told.get("sent_to")
    for _ in range(_MOST_HOPS):
        further: str | None = told.get("moved_to")
        if further is None:
            break
        target = further
        row = session.get(Frontier, (capture.run_id, further, ""))
        told = (row.told if row is not None else None) or {}
        target = told.get("sent_to", target)
    return target


def _sighting(
    capture: Capture,
    document: int | None,
    kind: str,
    version: int | None,
    started: datetime,
    sent_to: str | None = None,
) -> Sighting:
    return Sighting(
        capture.fetched_at,
        capture.url,
        kind,
        capture.status,
        capture.verdict,
        version,
        capture.revisit_of is not None,
        capture.run_id,
        capture.record_id,
        capture.payload_sha256,
        document,
        capture.fetched_at < started,
        sent_to,
    )


def _readings(
    session: Session, documents: Mapping[int, object], report: int, shown: Copy, as_of: AsOf
) -> dict[int, list[ReadingHeld]]:
    """What was made of each version of some documents, oldest first, by the id of the version that was read first."""
    rows = session.execute(
        select(Version.id, Reading, Attribution.report_id)
        .join(ReadingSource, ReadingSource.version_id == Version.id)
        .join(Reading, Reading.id == ReadingSource.reading_id)
        .join(Attribution, Attribution.reading_id == Reading.id)
        .where(
            Version.document_id.in_(list(documents)),
            ReadingSource.position == 0,
            *as_of.read(Reading.made_at),
            *as_of.read(Attribution.made_at),
            ~attributed_otherwise_since(as_of),
        )
        .order_by(Reading.made_at, Reading.id)
    ).all()
    asked = {reading.id for _, reading, _ in rows}
    sources: dict[int, list[int]] = defaultdict(list)
    for reading_id, version_id in session.execute(
        select(ReadingSource.reading_id, ReadingSource.version_id).where(ReadingSource.reading_id.in_(asked))
    ):
        sources[reading_id].append(version_id)
    found: dict[int, dict[int, ReadingHeld]] = defaultdict(dict)
    for version, reading, attributed in rows:
        found[version][reading.id] = ReadingHeld(
            reading.id,
            reading.made_at,
            reading.reader_version,
            reading.catalogue_digest,
            reading.edition,
            reading.signed,
            reading.published,
            len(sources[reading.id]) - 1,
            attributed == report,
            reading.id == shown.reading_id,
        )
    return {version: list(own.values()) for version, own in found.items()}


def _versions(
    session: Session,
    document: int,
    sightings: Sequence[Sighting],
    readings: Mapping[int, list[ReadingHeld]],
) -> list[VersionHeld]:
    """The versions of a document that had been shown by then, in the order in which they were shown first."""
    seen: dict[int, list[Sighting]] = defaultdict(list)
    for one in sorted(sightings, key=lambda one: (one.fetched_at, one.record_id)):
        if one.version is not None:
            seen[one.version].append(one)
    found = []
    for row in session.scalars(select(Version).where(Version.document_id == document)):
        if row.number not in seen:
            continue
        own = seen[row.number]
        read = readings.get(row.id, [])
        newest = next((one for one in reversed(read) if one.of_this_report), None)
        found.append(
            VersionHeld(
                row.id,
                row.number,
                row.text_sha256,
                f"{row.extractor} {row.extractor_version}",
                (),
                tuple(read),
                len({one.payload_sha256 for one in own}),
                newest.signed if newest else None,
                newest.claimed if newest else None,
                date_in_url(own[0].url),
                own[0].fetched_at,
            )
        )
    return sorted(found, key=lambda one: (one.first_observed, one.number))


def _with_intervals(version: VersionHeld, intervals: Sequence[Interval]) -> VersionHeld:
    return replace(version, intervals=tuple(one for one in intervals if one.version == version.number))
