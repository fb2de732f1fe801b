"""What changed in a report between two times: the cells and the sentences, with the captures that prove either side, and
whether the portal changed it or only our reading did."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from gxstore.as_of import ALL, AsOf
from gxstore.copies import Copy, candidates, copies
from gxstore.history import History
from gxstore.models import Capture, Indicator, Reading, Showing, Value, Version
from gxstore.readings import Cell, decode_value
from gxstore.text_changes import TextChanges, compare_texts

Cause = Literal["none", "portal", "other_page", "files", "extractor", "undetermined"]
ReadText = Callable[[str, int], str]
"""Gives the text of a conversion record, by WARC file and offset."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A version that a side rests on, with the first and the last capture that showed it in the time spoken of."""

    document_id: int
    version_id: int
    number: int
    text_sha256: str
    extractor: str
    warc_file: str
    warc_offset: int
    url: str
    first_seen: datetime
    first_record: str
    last_seen: datetime
    last_record: str
    payloads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who read: the version of the reader, the digest of the catalogue, and when."""

    version: str
    catalogue_digest: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Side:
    """The report at one time: what it was read from, the page first, and by which reader."""

    reading_id: int
    proofs: tuple[Proof, ...]
    reader: Reader

    @property
    def texts(self) -> tuple[str, ...]:
        """The digests of its texts."""
        return tuple(proof.text_sha256 for proof in self.proofs)


@dataclass(frozen=True, slots=True)
class CellAt:
    """A cell of one side: what it says, and where it stands: in which of the texts (from 0), table, row and column."""

    cell: Cell
    source: int | None
    table: int | None
    row: int | None
    column: int | None
    line: int | None
    page: int | None


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that says something else than before; None where a side's form does not have it."""

    code: str
    scope: str | None
    before: CellAt | None
    after: CellAt | None


@dataclass(frozen=True, slots=True)
class ReaderChange:
    """The same text, read otherwise by a later reader: nothing that the portal did."""

    before: Reader
    after: Reader
    cells: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One side held against another.

    `cause` says who changed the text: nobody; the portal; nobody, but another page answers in the place of the one before;
    nobody, but the page is read with other files (put there since, or had since); our extractor (the very same bytes gave
    both texts); or it cannot be told apart, since bytes and extractor are both others. `one_reader` is false where no reader
    has read both sides, so that a cell may differ because of the reader.
    `by_reader` lists what later readers read otherwise in the text of either side.
    """

    before: Side
    after: Side
    cause: Cause
    one_reader: bool
    cells: tuple[CellChange, ...]
    text: TextChanges
    by_reader: tuple[ReaderChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the portal shows the same on both sides."""
        return self.cause == "none" and not self.cells

    @property
    def is_backwards(self) -> bool:
        """Whether the page of the side after was shown for the last time before the one of the side before was shown at
        all: the portal made the opposite change."""
        return self.after.proofs[0].last_seen < self.before.proofs[0].first_seen


def states(session: Session, agency_id: int, year: int, held: History, as_of: AsOf = ALL) -> list[Side]:
    """What the report was after each time that it may have changed, in order; two that follow each other differ in text.

    A page and its files are fetched one after the other, so a run counts as one time; a capture that was imported counts
    for its own.
    """
    ends: dict[object, datetime] = {}
    for one in held.captures:
        if one.document is not None:
            own: object = one.record_id if one.entered_late else one.run
            ends[own] = max(one.fetched_at, ends.get(own, one.fetched_at))
    found: list[Side] = []
    for moment in sorted(set(ends.values())):
        side = state_at(session, agency_id, year, replace(as_of, observed_by=moment))
        if side is not None and (not found or found[-1].texts != side.texts):
            found.append(side)
    return found


def state_at(session: Session, agency_id: int, year: int, as_of: AsOf) -> Side | None:
    """The report as a query answers with it, by two dates; None where nothing was held by then."""
    own = copies(session, [agency_id], (year, year), as_of).get((agency_id, year))
    return _side(session, own[0], as_of) if own else None


def state_of_version(
    session: Session, agency_id: int, year: int, version_id: int, as_of: AsOf
) -> Side | None:
    """The report as a version of a page or file gives it, with the files that it was shown with last; None where that
    version was never read as this report by then."""
    own = [
        copy
        for _, copy in candidates(session, [agency_id], (year, year), as_of)
        if copy.versions[0] == version_id
    ]
    return _side(session, max(own, key=lambda copy: copy.newness), as_of) if own else None


def compare(
    session: Session, agency_id: int, year: int, before: Side, after: Side, as_of: AsOf, text_of: ReadText
) -> Comparison:
    """Hold two sides against each other, as one reader has read them where there is one that has read both.

    Raises:
        OSError, UnreadableRecord: as `text_of`, where the texts differ and a conversion record cannot be read.
    """
    alike: dict[tuple[int, ...], list[Copy]] = {}
    for _, copy in candidates(session, [agency_id], (year, year), replace(as_of, observed_by=None)):
        alike.setdefault(copy.versions, []).append(copy)
    readers = _readers(session, [copy.reading_id for own in alike.values() for copy in own])
    of_before, of_after = (_by_reader(side, alike, readers) for side in (before, after))
    common = [who for who in of_after if who in of_before]
    if common:
        newest = max(common, key=lambda who: of_after[who][0].made_at)
        before = replace(before, reader=of_before[newest][0], reading_id=of_before[newest][1])
        after = replace(after, reader=of_after[newest][0], reading_id=of_after[newest][1])
    cause = _cause(before, after)
    text = TextChanges((), ())
    if cause != "none":
        text = compare_texts(
            *("".join(text_of(p.warc_file, p.warc_offset) for p in s.proofs) for s in (before, after))
        )
    by_reader = [
        change
        for texts in dict.fromkeys((_ids(before), _ids(after)))
        for change in _read_otherwise(session, alike.get(texts, []), readers)
    ]
    cells = _changed_cells(session, before.reading_id, after.reading_id)
    return Comparison(before, after, cause, bool(common), cells, text, tuple(by_reader))


def _ids(side: Side) -> tuple[int, ...]:
    return tuple(proof.version_id for proof in side.proofs)


def _by_reader(
    side: Side, alike: dict[tuple[int, ...], list[Copy]], readers: dict[int, Reader]
) -> dict[tuple[str, str], tuple[Reader, int]]:
    """The newest reading of a side's texts by each reader that has read them."""
    found: dict[tuple[str, str], tuple[Reader, int]] = {}
    for copy in sorted(alike.get(_ids(side), []), key=lambda one: (one.made_at, one.reading_id)):
        who = readers[copy.reading_id]
        found[who.version, who.catalogue_digest] = (who, copy.reading_id)
    return found


def _readers(session: Session, readings: Sequence[int]) -> dict[int, Reader]:
    rows = session.execute(
        select(Reading.id, Reading.reader_version, Reading.catalogue_digest, Reading.made_at).where(
            Reading.id.in_(readings)
        )
    )
    return {reading: Reader(version, digest, made_at) for reading, version, digest, made_at in rows}


def _read_otherwise(
    session: Session, own: Iterable[Copy], readers: dict[int, Reader]
) -> Iterable[ReaderChange]:
    """Each time that a later reading of the same texts differs from the one before it."""
    ordered = sorted(own, key=lambda one: (one.made_at, one.reading_id))
    for earlier, later in pairwise(ordered):
        cells = _changed_cells(session, earlier.reading_id, later.reading_id)
        if cells:
            yield ReaderChange(readers[earlier.reading_id], readers[later.reading_id], cells)


def _cause(before: Side, after: Side) -> Cause:
    if before.texts == after.texts:
        return "none"
    same_page = before.proofs[0].document_id == after.proofs[0].document_id
    changed: Cause = "portal" if same_page else "other_page"
    if len(before.proofs) != len(after.proofs):
        return "files" if before.texts[0] == after.texts[0] else changed
    pairs = [
        (b, a) for b, a in zip(before.proofs, after.proofs, strict=True) if b.text_sha256 != a.text_sha256
    ]
    if all(b.payloads & a.payloads for b, a in pairs):
        return "extractor"
    return "undetermined" if any(b.extractor != a.extractor for b, a in pairs) else changed


def _side(session: Session, copy: Copy, as_of: AsOf) -> Side:
    reading = session.get_one(Reading, copy.reading_id)
    proofs = tuple(_proof(session, version, as_of) for version in copy.versions)
    reader = Reader(reading.reader_version, reading.catalogue_digest, reading.made_at)
    return Side(reading.id, proofs, reader)


def _proof(session: Session, version_id: int, as_of: AsOf) -> Proof:
    version = session.get_one(Version, version_id)
    shown = list(
        session.scalars(
            select(Capture)
            .join(Showing, Showing.capture_id == Capture.id)
            .where(Showing.version_id == version_id, *as_of.observed())
            .order_by(Capture.fetched_at, Capture.record_id)
        )
    )
    return Proof(
        version.document_id,
        version.id,
        version.number,
        version.text_sha256,
        f"{version.extractor} {version.extractor_version}",
        version.warc_file,
        version.warc_offset,
        shown[-1].url,
        shown[0].fetched_at,
        shown[0].record_id,
        shown[-1].fetched_at,
        shown[-1].record_id,
        frozenset(capture.payload_sha256 for capture in shown),
    )


def _changed_cells(session: Session, before: int, after: int) -> tuple[CellChange, ...]:
    """The cells that say something else: another number, unit, status or print. Where a cell stands is no change of it."""
    if before == after:
        return ()
    cells: dict[int, dict[tuple[str, str], CellAt]] = {before: {}, after: {}}
    order: dict[tuple[str, str], int] = {}
    rows = session.execute(
        select(Indicator.code, Value)
        .join(Indicator, Indicator.id == Value.indicator_id)
        .where(Value.reading_id.in_((before, after)))
        .order_by(Value.indicator_id, Value.scope)
    )
    for code, row in rows:
        key = (code, row.scope)
        order.setdefault(key, row.indicator_id)
        cells[row.reading_id][key] = CellAt(
            decode_value(row), row.source, row.table_no, row.row_no, row.column_no, row.line, row.page
        )
    return tuple(
        CellChange(key[0], key[1] or None, old, new)
        for key in sorted(order, key=lambda key: (order[key], key[1]))
        if _says(old := cells[before].get(key)) != _says(new := cells[after].get(key))
    )


def _says(at: CellAt | None) -> object:
    return at and (at.cell.status, at.cell.why, at.cell.value, at.cell.raw, at.cell.unit)


def unexplained_rows(found: Comparison) -> tuple[tuple[str, str], ...]:
    """Rows of tables that changed in something else than the cells listed: a label, a heading, a cell of no indicator."""
    known = {
        (c.before.cell.raw or "" if c.before else "", c.after.cell.raw or "" if c.after else "")
        for c in found.cells
    }
    rows: list[tuple[str, str]] = []
    for change in found.text.rows:
        if len(change.before) != len(change.after):
            rows.append((" / ".join(change.before), " / ".join(change.after)))
            continue
        for old, new in zip(change.before, change.after, strict=True):
            before, after = old.split("\t"), new.split("\t")
            others = {(b, a) for b, a in zip(before, after, strict=False) if b != a}
            if len(before) != len(after) or not others <= known:
                rows.append((old, new))
    return tuple(rows)
