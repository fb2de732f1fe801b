"""Chooses what an export holds: the captures of a site, an agency or a run, with the originals that their revisits
refer to, and the texts taken from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from gxstore.models import (
    Attribution,
    Capture,
    Document,
    DocumentUrl,
    Frontier,
    Reading,
    ReadingSource,
    Report,
    Run,
    Showing,
    Site,
    Version,
)
from gxstore.parts import in_parts


@dataclass(frozen=True, slots=True)
class Page:
    """A report page that was captured: where, when, under which title, by which record."""

    url: str
    fetched_at: datetime
    title: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What an export holds: record ids by WARC file (captures, and the texts taken from them), the report pages among
    them, the newest time of a capture, and where the captures were made from."""

    records: dict[str, frozenset[str]]
    captures: int
    pages: tuple[Page, ...]
    newest: datetime
    vantages: tuple[str, ...]


def select_captures(
    session: Session, *, site: str | None = None, agency: int | None = None, run: int | None = None
) -> Selection | None:
    """The selection for a site (by name), an agency or a run (by id), as many of them as are given; None if it is empty.

    Of an agency these are the captures of every page and file that published one of its reports, gone or not. Originals,
    and what the portal's pages need to be shown, may come from an earlier run than the one asked for.
    """
    conditions: list[ColumnElement[bool]] = []
    if site is not None:
        conditions.append(
            Capture.run_id.in_(select(Run.id).join(Site, Site.id == Run.site_id).where(Site.name == site))
        )
    if run is not None:
        conditions.append(Capture.run_id == run)
    if agency is not None:
        conditions.append(Capture.url.in_(_urls_of_agency(agency)))
    chosen = {capture.id: capture for capture in session.scalars(select(Capture).where(*conditions))}
    if (agency is not None or run is not None) and chosen:
        for some in in_parts(_requisites(session, {capture.url for capture in chosen.values()})):
            more = session.scalars(select(Capture).where(Capture.id.in_(some)))
            chosen |= {capture.id: capture for capture in more}
    if not chosen:
        return None
    originals = {row.revisit_of for row in chosen.values() if row.revisit_of is not None} - chosen.keys()
    for some in in_parts(originals):
        chosen |= {
            capture.id: capture for capture in session.scalars(select(Capture).where(Capture.id.in_(some)))
        }
    records: dict[str, set[str]] = {}
    for capture in chosen.values():
        records.setdefault(capture.warc_file, set()).add(capture.record_id)
    pages: list[Page] = []
    for some in in_parts(chosen):
        for file, record_id in session.execute(_texts().where(Showing.capture_id.in_(some))):
            records.setdefault(file, set()).add(record_id)
        pages += _pages(session, some)
    vantages = session.scalars(
        select(Run.vantage).distinct().where(Run.id.in_({capture.run_id for capture in chosen.values()}))
    )
    return Selection(
        {file: frozenset(ids) for file, ids in sorted(records.items())},
        len(chosen),
        tuple(sorted(pages, key=lambda page: (page.url, page.fetched_at, page.record_id))),
        max(capture.fetched_at for capture in chosen.values()),
        tuple(sorted(vantages)),
    )


def runs_of(session: Session) -> dict[int, str]:
    """The site of every run, by the run's number."""
    rows = session.execute(select(Run.id, Site.name).join(Site, Site.id == Run.site_id))
    return {run: site for run, site in rows}  # noqa: C416 - a row is no pair


def _urls_of_agency(agency: int) -> Select[str]:
    documents = (
        select(Version.document_id)
        .join(ReadingSource, ReadingSource.version_id == Version.id)
        .join(Attribution, Attribution.reading_id == ReadingSource.reading_id)
        .join(Report, Report.id == Attribution.report_id)
        .where(Report.agency_id == agency)
    )
    files = select(Document.id).where(Document.parent_id.in_(documents))
    return select(DocumentUrl.url).where(
        or_(DocumentUrl.document_id.in_(documents), DocumentUrl.document_id.in_(files))
    )


def _requisites(session: Session, pages: set[str]) -> set[int]:
    """The captures of what the portals of some pages need to be shown."""
    # captured once for a portal: whichever of its pages came first is the one that named it
    hosts = {urlsplit(page).netloc.lower() for page in pages}
    named = session.scalars(
        select(Frontier.url).where(Frontier.kind == "requisite", Frontier.host.in_(hosts))
    )
    urls = set(named)
    if not urls:
        return set()
    rows = session.execute(select(Capture.id, Capture.url).where(Capture.status == 200))
    return {capture for capture, url in rows if url in urls}


def _texts() -> Select[str, str]:
    return (
        select(Version.warc_file, Version.conversion_record_id)
        .join(Showing, Showing.version_id == Version.id)
        .order_by(Version.id)
    )


def _pages(session: Session, captures: list[int]) -> Iterable[Page]:
    """The report pages among some captures, each under the title that was read first."""
    rows = session.execute(
        select(Capture, Reading.title)
        .join(Showing, Showing.capture_id == Capture.id)
        .join(Document, Document.id == Showing.document_id)
        .join(ReadingSource, ReadingSource.version_id == Showing.version_id)
        .join(Reading, Reading.id == ReadingSource.reading_id)
        .where(Capture.id.in_(captures), Document.kind == "report", ReadingSource.position == 0)
        .order_by(Reading.id)
    )
    found: dict[int, Page] = {}
    for capture, title in rows:
        page = Page(capture.url, capture.fetched_at, title or capture.url, capture.record_id)
        found.setdefault(capture.id, page)
    return found.values()
