"""Runs of a site: which was killed, and what a run and those before it came to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from gxstore.frontier import OF_THE_WHOLE
from gxstore.models import (
    Agency,
    Attribution,
    Capture,
    Listing,
    ReadingSource,
    Report,
    Run,
    Showing,
    Site,
)

# Rows read from the store at a time.
_AT_ONCE = 1000


def unfinished_run(session: Session, site: str) -> Run | None:
    """The newest run of a site if it was never finished: it was killed, or could not go on."""
    newest = session.scalar(
        select(Run)
        .join(Site, Site.id == Run.site_id)
        .where(Site.name == site)
        .order_by(Run.id.desc())
        .limit(1)
    )
    return newest if newest is not None and newest.finished is None else None


def fail_killed(session: Session, site: str, moment: datetime) -> None:
    """Close the run of a site that was killed and is not gone on with."""
    killed = unfinished_run(session, site)
    if killed is not None:
        killed.finished, killed.outcome = moment, "failed"
        killed.summary = {"reasons": ["it was killed, and was not gone on with"]}


def most_listed(session: Session, site_id: int, before: int) -> dict[str, int]:
    """Per list the most reports that it named in any whole run of a site before another one."""
    rows = session.execute(
        select(Run.id, Run.narrowed).where(Run.site_id == site_id, Run.id < before, Run.finished.is_not(None))
    )
    whole = [run_id for run_id, narrowed in rows if not any(narrowed.values())]
    most: dict[str, int] = {}
    for source, number in session.execute(
        select(Listing.source, func.count())
        .where(Listing.run_id.in_(whole), Listing.report, OF_THE_WHOLE)
        .group_by(Listing.run_id, Listing.source)
    ):
        most[source] = max(number, most.get(source, 0))
    return most


def whole_runs_before(session: Session, site_id: int, run_id: int) -> int:
    """How many finished runs of a site that were not narrowed came before a run."""
    narrowings = session.scalars(
        select(Run.narrowed).where(Run.site_id == site_id, Run.id < run_id, Run.finished.is_not(None))
    )
    return sum(not any(narrowed.values()) for narrowed in narrowings)


def capture_counts(session: Session, run_id: int) -> dict[str, tuple[int, int]]:
    """Per host: the number of captures of a run, and of the bytes of their bodies as served; a 304 served none."""
    found: dict[str, tuple[int, int]] = {}
    served = case((Capture.status == 304, 0), else_=Capture.payload_length)
    query = select(Capture.url, served).where(Capture.run_id == run_id)
    for url, length in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        host = url.split("/")[2]
        number, size = found.get(host, (0, 0))
        found[host] = (number + 1, size + length)
    return found


def years_found(session: Session, run_id: int, urls: Collection[str]) -> dict[str, set[int]]:
    """Per agency slug: the years of the reports whose text a capture of this run showed at one of these URLs."""
    rows = session.execute(
        select(Agency.slug, Report.year, Capture.url)
        .distinct()
        .join(Report, Report.agency_id == Agency.id)
        .join(Attribution, Attribution.report_id == Report.id)
        .join(ReadingSource, ReadingSource.reading_id == Attribution.reading_id)
        .join(Showing, Showing.version_id == ReadingSource.version_id)
        .join(Capture, Capture.id == Showing.capture_id)
        .where(Capture.run_id == run_id)
    )
    found: dict[str, set[int]] = {}
    for slug, year, url in rows:
        if url in urls:
            found.setdefault(slug, set()).add(year)
    return found


def agencies_read(session: Session, run_id: int) -> set[int]:
    """The agencies of whose reports a capture of this run showed a text."""
    return set(
        session.scalars(
            select(Report.agency_id)
            .join(Attribution, Attribution.report_id == Report.id)
            .join(ReadingSource, ReadingSource.reading_id == Attribution.reading_id)
            .join(Showing, Showing.version_id == ReadingSource.version_id)
            .join(Capture, Capture.id == Showing.capture_id)
            .where(Capture.run_id == run_id)
        )
    )
