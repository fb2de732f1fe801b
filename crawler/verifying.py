"""Proves that archive and store are as they were left: every file, record and row, and a share of the readings anew."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from sqlalchemy import Engine, exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archive.account import run_of_file
from archive.fixity import Damage, audit, warc_files
from archive.manifest import MANIFEST, first_lines, read_manifest
from archive.text.confined import Limits
from crawler import rereading
from crawler.hearing import Heard
from crawler.manners import TOOL
from crawler.registered import wrongly_registered
from gxstore import catalogue, readings
from gxstore.audits import Seen, add_audit, last_seen, seen_content
from gxstore.database import broken_pages
from gxstore.evidence import expected_records
from gxstore.models import Capture, Frontier, Reading, Run, Showing
from gxstore.reading.read import READER_VERSION
from gxstore.seals import RowDamage, broken_seals, sealed_rows
from gxstore.unread import unread

Some = TypeVar("Some")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at. Manifest, file names and the store's rows always are, all of them.

    files: the share of the WARC files that is opened and hashed, 0 to 1.
    readings: the share of the reports that is read again and held against the stored cells.
    since: only files with captures from then on, and only reports first captured from then on.
    seed: of the choice, where a share is less than 1; with the same one the same are chosen.
    """

    files: float = 1.0
    readings: float = 1.0
    since: datetime | None = None
    seed: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every file is opened; readings are read again on top of that, since their rows are sealed."""
        return self.files >= 1 and self.since is None

    def told(self) -> dict[str, Any]:
        """The scope as the audit's record keeps it."""
        return {
            **asdict(self),
            "since": self.since.isoformat() if self.since else None,
            "whole": self.is_whole,
        }


@dataclass(frozen=True, slots=True)
class Verified:
    """What it came to: the number of the audit's record, what was looked at, and what is wrong."""

    audit: int
    counts: dict[str, int]
    damages: list[dict[str, Any]]


def verify(
    engine: Engine,
    archive: Path,
    scope: Scope,
    *,
    limits: Limits,
    now: Callable[[], datetime],
    tell: Callable[[str], None],
) -> Verified:
    """Look at the archive, at the store, and at both beside each other, and enter what was found in the store.

    Args:
        engine: the store.
        archive: the folder of the WARC files.
        scope: how much of it.
        limits: what reading one file again may take.
        now: the clock, in UTC.
        tell: is told what is being looked at, in a few words.

    Raises:
        SiteError: a report is to be read again whose site has no site file any more.
        sqlalchemy.exc.DBAPIError: the record of the audit cannot be entered.
    """
    started = now()
    chance = Random(scope.seed)
    damages: list[dict[str, Any]] = []
    # what is closed now has all its captures in the store; a harvest may close others meanwhile
    closed = read_manifest(archive).digests.keys()
    lines, manifest = first_lines(archive)
    counts = {"files": 0, "records": 0, "rows": 0, "readings": 0, "read_otherwise": 0}
    tell("the store")
    damages += [_of_store("store_damaged", sentence) for sentence in broken_pages(engine)]
    expected = []
    ended: set[int] = set()
    seals: dict[str, int] = {}
    try:
        with Session(engine) as session:
            # asked before the archive is: of these runs the archive has said already how they ended
            ended = set(session.scalars(select(Run.id).where(Run.finished.is_not(None))))
            expected = list(expected_records(session))
            since = _files_since(session, scope.since)
            seals = sealed_rows(session)
            counts["rows"] = sum(seals.values())
            if (seen := last_seen(session)) is not None:
                damages += [_of_manifest(sentence) for sentence in _manifest_changed(seen, archive)]
                damages += [_of_store("row_missing", sentence) for sentence in _seals_gone(seen, seals)]
            damages += [_of_row(row) for row in broken_seals(session)]
            damages += [_of_store("store_differs", sentence) for sentence in _renumbered(session)]
            damages += [_of_store("reading_missing", sentence) for sentence in unread(session)]
        complete = True
    except (SQLAlchemyError, ValueError, TypeError) as error:
        since, complete = None, False
        damages.append(_of_store("store_damaged", f"the store cannot be read to its end: {error}"))
    tell("the archive")
    files = sorted(name for name in warc_files(archive) if since is None or name in since)
    chosen = _share(files, scope.files, chance)
    counts["files"] = len(chosen)
    counts["records"] = sum(record.file in set(chosen) for record in expected)
    heard = Heard(archive)
    damages += [
        _of_archive(damage)
        for damage in audit(
            archive, expected, complete=complete, closed=closed, only=set(chosen), hear=heard.hear
        )
    ]
    if complete:
        every = warc_files(archive)
        filed = {run_of_file(file) for file in every}
        opened = {run_of_file(file) for file in chosen} - {run_of_file(file) for file in every - set(chosen)}
        try:
            with Session(engine) as session:
                for kind, message in heard.against(session, opened, ended, filed):
                    damages.append(_of_store(kind, message))
                for sentence in wrongly_registered(session, heard.began):
                    damages.append(_of_store("store_differs", sentence))
        except (SQLAlchemyError, ValueError, TypeError) as error:
            damages.append(_of_store("store_damaged", f"the store cannot be read to its end: {error}"))
    if complete and scope.readings > 0:
        tell("the readings")
        with Session(engine) as session:
            damages += [_of_store("store_differs", sentence) for sentence in _ledgers_gone(session)]
        for kind, message in _read_again(engine, archive, scope, limits, chance, counts):
            damages.append(_of_store(kind, message))
    with Session(engine) as session, session.begin():
        number = add_audit(
            session,
            started=started,
            finished=now(),
            tool_version=TOOL,
            # the next one is held against it: whoever edits a file and its line together is found out by it, and whoever
            # takes rows away together with their seals
            scope=scope.told() | ({} if damages else seen_content(lines, manifest, seals)),
            counts=counts,
            damages=damages,
        )
    return Verified(number, counts, damages)


def _manifest_changed(seen: Seen, archive: Path) -> Iterator[str]:
    """Whether the manifest still begins with the lines that the last audit which found nothing wrong saw."""
    if first_lines(archive, seen.manifest_lines) != (seen.manifest_lines, seen.manifest_sha256):
        yield (
            f"{MANIFEST} does not begin with the {seen.manifest_lines} lines any more that audit {seen.audit} saw: compare it, and "
            "the files whose lines are others, with a copy."
        )


def _seals_gone(seen: Seen, seals: Mapping[str, int]) -> Iterator[str]:
    """Where fewer rows are sealed than the last audit which found nothing wrong saw."""
    for kind, number in seen.seals.items():
        if (left := seals.get(kind, 0)) < number:
            yield (
                f"the seals of {number - left} rows of {kind} are gone since audit {seen.audit}, and the rows with them: restore "
                "the store from a copy."
            )


def _renumbered(session: Session) -> Iterator[str]:
    """The indicators whose number in the store is not the catalogue's: then every value of them says something else."""
    numbers = readings.indicator_numbers(session)
    for indicator in catalogue.load().indicators:
        if numbers.get(indicator.code) != indicator.id:
            yield f"the store does not number {indicator.code} {indicator.id}, as the catalogue does: restore it from a copy."


def _ledgers_gone(session: Session) -> Iterator[str]:
    """The runs whose ledger holds nothing, though they ended and showed something: what they captured cannot be read again,
    since the ledger says what the lists said of it."""
    kept = exists().where(Frontier.run_id == Run.id)
    showed = exists().where(Showing.capture_id == Capture.id, Capture.run_id == Run.id)
    ended = Run.finished.is_not(None) & (Run.outcome != "failed")
    for run in session.scalars(select(Run.id).where(~kept, showed, ended).order_by(Run.id)):
        yield f"the ledger of run {run} is empty, so that its reports cannot be read again: restore the store from a copy."


def _files_since(session: Session, since: datetime | None) -> set[str] | None:
    if since is None:
        return None
    return set(session.scalars(select(Capture.warc_file).where(Capture.fetched_at >= since).distinct()))


def _share(found: Sequence[Some], share: float, chance: Random) -> list[Some]:
    """So large a share of some things, at least one of them, in their order."""
    wanted = min(len(found), math.ceil(len(found) * share))
    return [found[at] for at in sorted(chance.sample(range(len(found)), wanted))]


def _read_again(
    engine: Engine, archive: Path, scope: Scope, limits: Limits, chance: Random, counts: dict[str, int]
) -> Iterator[tuple[str, str]]:
    """Hold stored readings against what the present reader reads. Those of another reader or catalogue are counted and
    left: what they differ in is an erratum, which `gxcrawl reparse` lists, and no damage."""
    digest = catalogue.load().digest
    with Session(engine) as session:
        sources = rereading.sources(session, archive, since=scope.since)
        for source in _share(sources, scope.readings, chance):
            url = source.page.url
            newest = readings.newest_reading(session, source.version_id)
            row = session.get(Reading, newest) if newest is not None else None
            if row is None:  # that it has none is told of every report, read again or not
                continue
            if (row.reader_version, row.catalogue_digest) != (READER_VERSION, digest):
                counts["read_otherwise"] += 1
                continue
            found = rereading.read_source(source, limits)
            if isinstance(found, str):
                yield "reading_differs", f"The report at {url} cannot be read again: {found}"
                continue
            for told in found:
                counts["readings"] += 1
                own = told.found
                stored = readings.same_reading(session, told.version_ids, own.reading, own.attribution)
                if stored is None:
                    message = f"reading {row.id} of {url} is not what the same reader reads now."
                    yield "reading_differs", message
                    continue
                lines = not readings.with_several_bodies(session, told.version_ids)
                for words in readings.differences(session, stored, own.reading, own.attribution, lines=lines):
                    yield "reading_differs", f"reading {stored} of {url}: {words} is not what was read."


def _of_archive(damage: Damage) -> dict[str, Any]:
    return asdict(damage)


def _of_manifest(message: str) -> dict[str, Any]:
    return {**_of_store("manifest_damaged", message), "file": MANIFEST}


def _of_row(damage: RowDamage) -> dict[str, Any]:
    return {
        **_of_store(damage.kind, damage.message),
        "table": damage.table,
        "row": damage.row,
    }


def _of_store(kind: str, message: str) -> dict[str, Any]:
    return {"kind": kind, "file": None, "offset": None, "record_id": None, "message": message}
