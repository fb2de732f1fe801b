"""Reads the archive again with the present reader, on all cores, and says which values came out otherwise.

Evidence is never touched: readings are added, and the older ones stay reachable.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, aliased

from archive.reader import UnreadableBody, UnreadableRecord, read_record
from archive.text.confined import Confined, Limits
from archive.text.refusal import NotReadable
from crawler.sites import Site, load_site
from crawler.understanding import Understood, understand
from gxstore import catalogue, readings, regions
from gxstore.comparing import compare_reports
from gxstore.models import Agency, Capture, Document, Frontier, Showing, Version
from gxstore.models import Site as SiteRow
from gxstore.readings import Cell

# How many versions wait for a worker at once: enough to keep them busy, few enough to keep memory flat.
_AHEAD = 32


@dataclass(frozen=True, slots=True)
class Source:
    """A version to read again: the capture that holds its bytes, and what the list said of it."""

    version_id: int
    site: str
    archive: Path
    file: str
    offset: int
    url: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Erratum:
    """A cell that the present reader reads otherwise than the newest reading before."""

    agency: str
    year: int
    code: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Reparsed:
    """What it came to: versions read, readings added, what could not be read, and the cells that changed."""

    versions: int
    added: int
    failed: tuple[str, ...]
    errata: tuple[Erratum, ...]


def reparse(
    engine: Engine,
    archive: Path,
    *,
    site: str | None,
    since: datetime | None,
    jobs: int,
    limits: Limits,
    now: Callable[[], datetime],
    tell: Callable[[int, int], None],
) -> Reparsed:
    """Read the report pages of the archive again.

    Args:
        engine: the store.
        archive: the folder of the WARC files.
        site: only this site's; None for all.
        since: only versions first captured at or after this time.
        jobs: how many processes read.
        limits: what reading one file may take.
        now: the clock, in UTC.
        tell: is told how many of how many versions are done.

    Raises:
        SiteError: a site of the store has no site file any more.
    """
    with Session(engine) as session:
        found_sources = sources(session, archive, site, since)
    for name in sorted({source.site for source in found_sources}):
        load_site(name)
    failed: list[str] = []
    errata: list[Erratum] = []
    touched: set[int] = set()
    added = 0
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for done, (source, found) in enumerate(_read_all(pool, iter(found_sources), limits), 1):
            tell(done, len(found_sources))
            if isinstance(found, str):
                failed.append(f"{source.url}: {found}")
                continue
            with Session(engine) as session, session.begin():
                changed = _keep(session, source, found, now())
                if changed is not None:
                    added += 1
                    errata.extend(changed)
                assert found.agency is not None
                touched.update(session.scalars(select(Agency.id).where(Agency.slug == found.agency.slug)))
    with Session(engine) as session, session.begin():
        compare_reports(session, touched, catalogue.load())
    return Reparsed(len(found_sources), added, tuple(failed), tuple(errata))


def sources(session: Session, archive: Path, site: str | None, since: datetime | None) -> list[Source]:
    """Every version of every report page, with the first capture that holds its bytes."""
    first = (
        select(Showing.version_id, func.min(Capture.id).label("capture_id"))
        .join(Capture, Capture.id == Showing.capture_id)
        .where(Capture.revisit_of.is_(None))
        .group_by(Showing.version_id)
        .subquery()
    )
    listed = aliased(Frontier)
    query = (
        select(Version.id, SiteRow.name, Capture, listed.context)
        .join(Document, Document.id == Version.document_id)
        .join(SiteRow, SiteRow.id == Document.site_id)
        .join(first, first.c.version_id == Version.id)
        .join(Capture, Capture.id == first.c.capture_id)
        .join(listed, (listed.run_id == Capture.run_id) & (listed.url == Capture.url))
        .where(Document.kind == "report")
        .order_by(Version.id)
    )
    if site is not None:
        query = query.where(SiteRow.name == site)
    if since is not None:
        query = query.where(Capture.fetched_at >= since)
    return [
        Source(version, name, archive, capture.warc_file, capture.warc_offset, capture.url, context)
        for version, name, capture, context in session.execute(query)
    ]


def _read_all(
    pool: ProcessPoolExecutor, waiting_for: Iterator[Source], limits: Limits
) -> Iterator[tuple[Source, Understood | str]]:
    """Each source with what was understood of it, or a sentence on why nothing was, in the order of the sources."""
    waiting: deque[tuple[Source, Future[Understood | str]]] = deque()
    for source in islice(waiting_for, _AHEAD):
        waiting.append((source, pool.submit(_read, source, limits)))
    while waiting:
        source, future = waiting.popleft()
        yield source, future.result()
        for following in islice(waiting_for, 1):
            waiting.append((following, pool.submit(_read, following, limits)))


def _read(source: Source, limits: Limits) -> Understood | str:
    """Read one version, in a worker of the pool."""
    return read_source(source, _reader(limits))


def read_source(source: Source, reader: Confined) -> Understood | str:
    """Read one version. Nothing is raised, so that one bad record does not end the rest."""
    try:
        record = read_record(source.archive, source.file, source.offset)
        content_type = record.http_header("content-type") or ""
        document = reader.extract(record.decoded(), charset_hint=content_type)
        found = understand(
            document,
            source.url,
            source.context,
            _site(source.site),
            catalogue.load(),
            regions.load(),
        )
    except (OSError, UnreadableRecord, UnreadableBody, NotReadable) as error:
        return str(error)
    if not found.attribution.is_annual_report:
        return f"the present reader takes it for no annual report: {found.attribution.reason}"
    if found.agency is None or found.attribution.year is None:
        return "the present reader cannot say whose report it is, or of which year"
    return found


@cache
def _reader(limits: Limits) -> Confined:
    return Confined(limits)  # one in each worker; it ends with the worker


@cache
def _site(name: str) -> Site:
    return load_site(name).site


def _keep(session: Session, source: Source, found: Understood, now: datetime) -> list[Erratum] | None:
    """Add the reading; returns the cells that differ from the newest one before, None where nothing was added."""
    assert found.agency is not None
    assert found.attribution.year is not None
    newest = readings.newest_reading(session, source.version_id)
    kept = readings.keep(
        session, [source.version_id], found.reading, found.attribution, found.agency.slug, now
    )
    if not kept.added:
        return None
    before = readings.cells_of(session, newest) if newest is not None else {}
    after = readings.cells_of(session, kept.reading_id)
    return [
        Erratum(
            found.agency.slug, found.attribution.year, code, _said(before.get(key)), _said(after.get(key))
        )
        for key in sorted(before.keys() | after.keys())
        if _said(before.get(key)) != _said(after.get(key))
        for code in (key[0] + (f" ({key[1]})" if key[1] else ""),)
    ]


def _said(cell: Cell | None) -> str:
    """A cell as an erratum names it: its number, or the word for what stands in its place."""
    if cell is None:
        return "no such cell"
    if cell.value is not None:
        return f"{cell.value:f}" + (f" {cell.unit}" if cell.unit else "")
    return cell.status + (f" ({cell.why})" if cell.why else "")
