"""Reads the archive again with the present reader, on all cores, and says which values came out otherwise.

Evidence is never touched: readings are added, and the older ones stay reachable.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from archive.text.confined import Limits
from crawler.rereading import Source, Told, keep_told, read_source, sources
from crawler.sites import load_site
from gxstore import catalogue, readings
from gxstore.comparing import compare_reports
from gxstore.models import Agency
from gxstore.read_anew import reading_before
from gxstore.readings import Cell

# How many versions wait for a worker at once: enough to keep them busy, few enough to keep memory flat.
_AHEAD = 32


@dataclass(frozen=True, slots=True)
class Erratum:
    """A cell that the present reader reads otherwise than the newest reading before, whichever command had it read."""

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
        found_sources = sources(session, archive, site=site, since=since)
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
                failed.append(f"{source.page.url}: {found}")
                continue
            with Session(engine) as session, session.begin():
                for told in found:
                    fresh, changed = _keep(session, told, now())
                    added += fresh
                    errata.extend(changed)
                    assert told.found.agency is not None
                    slug = told.found.agency.slug
                    touched.update(session.scalars(select(Agency.id).where(Agency.slug == slug)))
    with Session(engine) as session, session.begin():
        compare_reports(session, touched, catalogue.load())
    return Reparsed(len(found_sources), added, tuple(failed), tuple(errata))


def _read_all(
    pool: ProcessPoolExecutor, waiting: Iterator[Source], limits: Limits
) -> Iterator[tuple[Source, list[Told] | str]]:
    """Each source with what was understood of it, or a sentence on why nothing was, in the order of the sources."""
    under_way: deque[tuple[Source, Future[list[Told] | str]]] = deque()
    for source in islice(waiting, _AHEAD):
        under_way.append((source, pool.submit(read_source, source, limits)))
    while under_way:
        source, future = under_way.popleft()
        yield source, future.result()
        for following in islice(waiting, 1):
            under_way.append((following, pool.submit(read_source, following, limits)))


def _keep(session: Session, told: Told, now: datetime) -> tuple[bool, list[Erratum]]:
    """Add a reading that is not there; returns whether it was added, and the cells that differ from the newest one before. A
    harvest since the reader changed may have added it: then from what another reader had made of the same sources."""
    found = told.found
    assert found.agency is not None
    assert found.attribution.year is not None
    newest = readings.newest_reading(session, told.version_ids[0])
    kept = keep_told(session, told, now)
    if not kept.added:
        newest = reading_before(session, kept.reading_id)
        if newest is None:
            return False, []
    before = readings.cells_of(session, newest) if newest is not None else {}
    after = readings.cells_of(session, kept.reading_id)
    return kept.added, [
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
