"""Answers questions: a series of one indicator, the history of one report, and the way from a number to its cell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from gxstore.models import (
    Agency,
    AgencyName,
    Attribution,
    Capture,
    Document,
    DocumentUrl,
    Finding,
    Indicator,
    Portal,
    Reading,
    ReadingSource,
    Report,
    Run,
    Showing,
    Site,
    Value,
    Version,
)
from gxstore.readings import decode_value


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency as an answer names it."""

    id: int
    slug: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Path:
    """The way from a number back to the archived cell."""

    url: str
    fetched_at: datetime
    vantage: str
    warc_file: str
    warc_offset: int
    record_id: str
    payload_sha256: str
    version: int
    text_sha256: str
    conversion_offset: int
    conversion_file: str
    extractor: str
    reader_version: str
    catalogue_digest: str
    table: int | None
    row: int | None
    column: int | None
    line: int | None
    page: int | None
    box: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Point:
    """One cell of a series: agency and year, the number as printed with its status, the doubts, and the way back.

    `edition` is what the report's tables show. `findings` are the rules that this very cell breaks.
    """

    agency: AgencyRow
    year: int
    code: str
    scope: str | None
    status: str
    why: str | None
    value: Decimal | None
    raw: str | None
    unit: str | None
    placed_by: str | None
    edition: str | None
    findings: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Shown:
    """One capture in the history of a report: when, where, what came back, and which version it showed."""

    fetched_at: datetime
    url: str
    kind: str
    status: int
    verdict: str
    version: int | None
    revisit: bool
    run: int
    record_id: str


def find_agencies(session: Session, text: str | None) -> list[AgencyRow]:
    """The agencies with this slug or exactly this name; if there is none, those whose name holds the text.

    With None, all of them. Ordered by region, then slug.
    """
    query = (
        select(Agency.id, Agency.slug, AgencyName.name, AgencyName.region)
        .join(AgencyName, and_(AgencyName.agency_id == Agency.id, AgencyName.main))
        .order_by(AgencyName.region, Agency.slug)
    )
    if text is None:
        return [AgencyRow(*row) for row in session.execute(query)]
    own = select(AgencyName.agency_id).where(AgencyName.name == text)
    exact = [
        AgencyRow(*row) for row in session.execute(query.where(or_(Agency.slug == text, Agency.id.in_(own))))
    ]
    if exact:
        return exact
    like = select(AgencyName.agency_id).where(AgencyName.name.contains(text, autoescape=True))
    return [AgencyRow(*row) for row in session.execute(query.where(Agency.id.in_(like)))]


def agencies_of_site(session: Session, site: str) -> set[int]:
    """The ids of the agencies that have a report published on a portal of a site."""
    return set(
        session.scalars(
            select(Report.agency_id)
            .join(Attribution, Attribution.report_id == Report.id)
            .join(ReadingSource, ReadingSource.reading_id == Attribution.reading_id)
            .join(Version, Version.id == ReadingSource.version_id)
            .join(Document, Document.id == Version.document_id)
            .join(Site, Site.id == Document.site_id)
            .where(Site.name == site)
        )
    )


@dataclass(frozen=True, slots=True)
class Copy:
    """One published copy of a report: the page or file, and the reading of the version that it showed last."""

    report_id: int
    reading_id: int
    document_id: int
    url: str


def copies(
    session: Session, agencies: Iterable[int], years: tuple[int, int] | None = None
) -> dict[tuple[int, int], list[Copy]]:
    """Every copy of the reports of some agencies, by (agency id, year); the one shown by default comes first.

    The stated rule: pages before attachments; then the document with the most numbers read; then the one first seen;
    of each document the version shown last, and of that version the newest reading. A reading of a page with its annexes
    is one copy, that of the page.
    """
    filled = (
        select(func.count(Value.number))
        .where(Value.reading_id == Reading.id)
        .correlate(Reading)
        .scalar_subquery()
    )
    query = (
        select(Report, Document, Reading.id, ReadingSource.position, filled, func.max(Capture.id))
        .join(Attribution, Attribution.report_id == Report.id)
        .join(Reading, Reading.id == Attribution.reading_id)
        .join(ReadingSource, ReadingSource.reading_id == Reading.id)
        .join(Version, Version.id == ReadingSource.version_id)
        .join(Document, Document.id == Version.document_id)
        .join(Showing, Showing.version_id == Version.id)
        .join(Capture, Capture.id == Showing.capture_id)
        .where(Report.agency_id.in_(list(agencies)))
        .group_by(Report.id, Document.id, Reading.id, ReadingSource.position)
        .order_by(Reading.id, ReadingSource.position)
    )
    if years is not None:
        query = query.where(Report.year.between(*years))
    # A reading is as new as its sources, the page first: of two that share the page, the one whose annex came last.
    read: dict[tuple[int, int], tuple[Report, Document, int, list[int]]] = {}
    for report, document, reading, _, numbers, capture in session.execute(query):
        read.setdefault((report.id, reading), (report, document, numbers, []))[3].append(capture)
    latest: dict[tuple[int, int], tuple[Report, Document, int, int, list[int]]] = {}
    for (_, reading), (report, document, numbers, shown) in read.items():
        known = latest.get((report.id, document.id))
        if known is None or (shown, reading) > (known[4], known[2]):
            latest[report.id, document.id] = (report, document, reading, numbers, shown)
    ranked: dict[tuple[int, int], list[tuple[tuple[bool, int, int], Copy]]] = {}
    for report, document, reading, numbers, _ in latest.values():
        rank = (document.kind != "report", -numbers, document.id)
        copy = Copy(report.id, reading, document.id, _last_url(session, document.id))
        ranked.setdefault((report.agency_id, report.year), []).append((rank, copy))
    return {
        key: [copy for _, copy in sorted(found, key=lambda pair: pair[0])] for key, found in ranked.items()
    }


def _last_url(session: Session, document_id: int) -> str:
    return session.scalars(
        select(DocumentUrl.url)
        .where(DocumentUrl.document_id == document_id)
        .order_by(DocumentUrl.last_seen.desc(), DocumentUrl.url)
        .limit(1)
    ).one()


def series(
    session: Session, code: str, agencies: Sequence[AgencyRow], years: tuple[int, int] | None = None
) -> list[Point]:
    """One indicator over agencies and years, one point for each report held; ordered by agency, year, scope.

    A report whose form does not have the cell gives no point.
    """
    return _points(session, agencies, years, code)


def report_cells(session: Session, agency: AgencyRow, year: int) -> list[Point]:
    """Every cell of the report that is shown by default, in the order of the form."""
    return _points(session, [agency], (year, year), None)


def _points(
    session: Session, agencies: Sequence[AgencyRow], years: tuple[int, int] | None, code: str | None
) -> list[Point]:
    by_id = {agency.id: agency for agency in agencies}
    chosen = {found[0].reading_id: key for key, found in copies(session, by_id, years).items()}
    rows = session.execute(
        select(Value, Reading, Indicator.code)
        .join(Reading, Reading.id == Value.reading_id)
        .join(Indicator, Indicator.id == Value.indicator_id)
        .where(Value.reading_id.in_(list(chosen)), *([] if code is None else [Indicator.code == code]))
        .order_by(Value.indicator_id)
    ).all()
    broken = _broken(session, chosen)
    sources: dict[tuple[int, int], tuple[Version, Capture, str]] = {}
    points = []
    for value, reading, value_code in rows:
        agency, year = chosen[reading.id]
        source = (reading.id, value.source or 0)
        if source not in sources:
            sources[source] = _source(session, *source)
        cell = decode_value(value)
        points.append(
            Point(
                by_id[agency],
                year,
                value_code,
                cell.scope,
                cell.status,
                cell.why,
                cell.value,
                cell.raw,
                cell.unit,
                cell.placed_by,
                reading.edition,
                tuple(broken.get((reading.id, value_code), ())),
                _path(*sources[source], reading, value),
            )
        )
    order = {agency.id: position for position, agency in enumerate(agencies)}
    return sorted(points, key=lambda point: (order[point.agency.id], point.year, point.scope or ""))


def _broken(session: Session, chosen: Mapping[int, tuple[int, int]]) -> dict[tuple[int, str], list[str]]:
    """What is doubtful about each cell of some readings: their own findings, and those of their reports."""
    rows = session.execute(
        select(Attribution.report_id, Attribution.reading_id).where(Attribution.reading_id.in_(list(chosen)))
    )
    report_of = {report: reading for report, reading in rows}  # noqa: C416 - a result is no plain iterable of pairs
    found: dict[tuple[int, str], list[str]] = {}
    for finding in session.scalars(
        select(Finding)
        .where(or_(Finding.reading_id.in_(list(chosen)), Finding.report_id.in_(list(report_of))))
        .order_by(Finding.id)
    ):
        reading = finding.reading_id or report_of[finding.report_id or 0]
        for cell in finding.codes:
            found.setdefault((reading, cell), []).append(f"{finding.rule}: {finding.message}")
    return found


def _source(session: Session, reading_id: int, position: int) -> tuple[Version, Capture, str]:
    """The version that a reading was made of, the first capture that held its bytes, and from where it was made."""
    row = session.execute(
        select(Version, Capture, Run.vantage)
        .join(ReadingSource, ReadingSource.version_id == Version.id)
        .join(Showing, Showing.version_id == Version.id)
        .join(Capture, Capture.id == Showing.capture_id)
        .join(Run, Run.id == Capture.run_id)
        .where(
            ReadingSource.reading_id == reading_id,
            ReadingSource.position == position,
            Capture.revisit_of.is_(None),
        )
        .order_by(Capture.id)
        .limit(1)
    ).one()
    return row[0], row[1], row[2]


def _path(version: Version, capture: Capture, vantage: str, reading: Reading, value: Value) -> Path:
    return Path(
        url=capture.url,
        fetched_at=capture.fetched_at,
        vantage=vantage,
        warc_file=capture.warc_file,
        warc_offset=capture.warc_offset,
        record_id=capture.record_id,
        payload_sha256=capture.payload_sha256,
        version=version.number,
        text_sha256=version.text_sha256,
        conversion_file=version.warc_file,
        conversion_offset=version.warc_offset,
        extractor=f"{version.extractor} {version.extractor_version}",
        reader_version=reading.reader_version,
        catalogue_digest=reading.catalogue_digest,
        table=value.table_no,
        row=value.row_no,
        column=value.column_no,
        line=value.line,
        page=value.page,
        box=tuple(value.box) if value.box else None,
    )


def history(session: Session, agency_id: int, year: int) -> list[Shown]:
    """Every capture of every document that published the report of an agency for a year, in order of time."""
    documents = (
        select(Version.document_id)
        .join(ReadingSource, ReadingSource.version_id == Version.id)
        .join(Attribution, Attribution.reading_id == ReadingSource.reading_id)
        .join(Report, Report.id == Attribution.report_id)
        .where(Report.agency_id == agency_id, Report.year == year)
    )
    urls = select(DocumentUrl.url).where(
        or_(
            DocumentUrl.document_id.in_(documents),
            DocumentUrl.document_id.in_(select(Document.id).where(Document.parent_id.in_(documents))),
        )
    )
    rows = session.execute(
        select(Capture, Version.number, Document.kind)
        .outerjoin(Showing, Showing.capture_id == Capture.id)
        .outerjoin(Document, Document.id == Showing.document_id)
        .outerjoin(Version, Version.id == Showing.version_id)
        .where(Capture.url.in_(urls))
        .order_by(Capture.fetched_at, Capture.id)
    )
    return [
        Shown(
            capture.fetched_at,
            capture.url,
            kind or "",
            capture.status,
            capture.verdict,
            number,
            capture.revisit_of is not None,
            capture.run_id,
            capture.record_id,
        )
        for capture, number, kind in rows
    ]


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """How a site stands in the store. `last_run` is the newest whole run: a narrowed one cannot say that all is well."""

    site: str
    title: str
    portals: int
    documents: int
    reports: int
    captures: int
    last_run: Run | None
    last_ok: datetime | None
    narrowed_since: int


def site_status(session: Session) -> list[SiteStatus]:
    """How every site of the store stands, by name."""
    found = []
    for site in session.scalars(select(Site).order_by(Site.name)):
        runs = list(session.scalars(select(Run).where(Run.site_id == site.id).order_by(Run.id.desc())))
        whole = [run for run in runs if not any(run.narrowed.values())]
        reports = session.scalar(
            select(func.count(func.distinct(Attribution.report_id)))
            .join(ReadingSource, ReadingSource.reading_id == Attribution.reading_id)
            .join(Version, Version.id == ReadingSource.version_id)
            .join(Document, Document.id == Version.document_id)
            .where(Document.site_id == site.id)
        )
        found.append(
            SiteStatus(
                site.name,
                site.title,
                session.scalar(select(func.count(Portal.id)).where(Portal.site_id == site.id)) or 0,
                session.scalar(select(func.count(Document.id)).where(Document.site_id == site.id)) or 0,
                reports or 0,
                session.scalar(
                    select(func.count(Capture.id))
                    .join(Run, Run.id == Capture.run_id)
                    .where(Run.site_id == site.id)
                )
                or 0,
                whole[0] if whole else None,
                next((run.finished for run in whole if run.outcome == "ok"), None),
                sum(run.id > (whole[0].id if whole else 0) for run in runs),
            )
        )
    return found
