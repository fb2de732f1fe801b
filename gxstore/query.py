"""Answers questions: a series of one indicator, the cells of one report, and the way from a number to its cell."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from gxstore import catalogue
from gxstore.as_of import ALL, AsOf
from gxstore.comparing import findings_otherwise
from gxstore.copies import Key, copies
from gxstore.models import (
    Agency,
    AgencyName,
    Attribution,
    Capture,
    Document,
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
from gxstore.parts import in_parts
from gxstore.reading.report import Finding as Doubt
from gxstore.readings import decode_value, with_several_bodies


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

    `edition` is what the report's tables show. `findings` are the rules that this very cell breaks. `title`, `signed` and
    `published` are the report's own words, `confidence` (0 to 1) is that of a number read off a scan.
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
    title: str | None = None
    signed: date | None = None
    published: date | None = None
    confidence: float | None = None


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


def series(
    session: Session,
    code: str,
    agencies: Sequence[AgencyRow],
    years: tuple[int, int] | None = None,
    as_of: AsOf = ALL,
) -> list[Point]:
    """One indicator over agencies and years, one point for each report held; ordered by agency, year, scope.

    A report whose form does not have the cell gives no point. The number of statements does not grow with that of reports.
    `as_of` bounds what had been shown and what had been read.
    """
    return _points(session, agencies, years, code, as_of)


def report_cells(session: Session, agency: AgencyRow, year: int, as_of: AsOf = ALL) -> list[Point]:
    """Every cell of the report that is shown by default, in the order of the form."""
    return _points(session, [agency], (year, year), None, as_of)


def _points(
    session: Session,
    agencies: Sequence[AgencyRow],
    years: tuple[int, int] | None,
    code: str | None,
    as_of: AsOf,
) -> list[Point]:
    by_id = {agency.id: agency for agency in agencies}
    chosen = {found[0].reading_id: key for key, found in copies(session, by_id, years, as_of).items()}
    broken = _broken(session, chosen, by_id, years, as_of)
    points = []
    for some in in_parts(chosen):
        rows = session.execute(
            select(Value, Reading, Indicator.code)
            .join(Reading, Reading.id == Value.reading_id)
            .join(Indicator, Indicator.id == Value.indicator_id)
            .where(Value.reading_id.in_(some), *([] if code is None else [Indicator.code == code]))
            .order_by(Value.indicator_id)
        ).all()
        sources = _sources(session, some, as_of)
        several = with_several_bodies(session, [version.id for version, _, _ in sources.values()])
        for value, reading, value_code in rows:
            agency, year = chosen[reading.id]
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
                    _path(
                        *(source := sources[reading.id, value.source or 0]),
                        reading,
                        value,
                        several=source[0].id in several,
                    ),
                    reading.title,
                    reading.signed,
                    reading.published,
                    None if value.confidence is None else value.confidence / 1000,
                )
            )
    order = {agency.id: position for position, agency in enumerate(agencies)}
    return sorted(points, key=lambda point: (order[point.agency.id], point.year, point.scope or ""))


def _broken(
    session: Session,
    chosen: Mapping[int, Key],
    agencies: Collection[int],
    years: tuple[int, int] | None,
    as_of: AsOf,
) -> dict[tuple[int, str], list[str]]:
    """What is doubtful about each cell of some readings: their own findings, and those of their reports.

    A reading's own findings are as old as the reading. Those of a report are kept for all that is known; by an earlier
    day they are worked out from the readings of that day.
    """
    otherwise = (
        findings_otherwise(session, agencies, years, as_of, catalogue.load()) if as_of.is_bounded else {}
    )
    reading_of = {key: reading for reading, key in chosen.items()}
    found: dict[tuple[int, str], list[str]] = defaultdict(list)

    def enter(reading: int, finding: Finding | Doubt) -> None:
        for cell in finding.codes:
            found[reading, cell].append(f"{finding.rule}: {finding.message}")

    for some in in_parts(chosen):
        own = select(Finding).where(Finding.reading_id.in_(some)).order_by(Finding.id)
        for finding in session.scalars(own):
            enter(finding.reading_id or 0, finding)
    between = [] if years is None else [Report.year.between(*years)]
    for some in in_parts(agencies):
        for finding, agency, year in session.execute(
            select(Finding, Report.agency_id, Report.year)
            .join(Report, Report.id == Finding.report_id)
            .where(Report.agency_id.in_(some), *between)
            .order_by(Finding.id)
        ):
            if (agency, year) in reading_of and (agency, year) not in otherwise:
                enter(reading_of[agency, year], finding)
    for key, doubts in otherwise.items():
        for doubt in doubts:
            if key in reading_of:
                enter(reading_of[key], doubt)
    return found


def _sources(
    session: Session, readings: Sequence[int], as_of: AsOf
) -> dict[tuple[int, int], tuple[Version, Capture, str]]:
    """By reading and position: the version that it was made of, the first capture that held its bytes (else, the first that
    showed them again), and from where that was made."""
    place = func.row_number().over(
        partition_by=[ReadingSource.reading_id, ReadingSource.position],
        order_by=[Capture.revisit_of.is_not(None), Capture.fetched_at, Capture.record_id],
    )
    first = (
        select(
            ReadingSource.reading_id,
            ReadingSource.position,
            ReadingSource.version_id,
            Capture.id.label("capture_id"),
            place.label("place"),
        )
        .join(Showing, Showing.version_id == ReadingSource.version_id)
        .join(Capture, Capture.id == Showing.capture_id)
        .where(ReadingSource.reading_id.in_(readings), *as_of.observed())
        .subquery()
    )
    rows = session.execute(
        select(first.c.reading_id, first.c.position, Version, Capture, Run.vantage)
        .join(Version, Version.id == first.c.version_id)
        .join(Capture, Capture.id == first.c.capture_id)
        .join(Run, Run.id == Capture.run_id)
        .where(first.c.place == 1)
    )
    return {
        (reading, position): (version, capture, vantage)
        for reading, position, version, capture, vantage in rows
    }


def _path(
    version: Version, capture: Capture, vantage: str, reading: Reading, value: Value, *, several: bool
) -> Path:
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
        # of the body that was read: where the text was seen in several, this may be another
        line=value.line if not several else None,
        page=value.page,
        box=tuple(value.box) if value.box else None,
    )


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """How a site stands in the store. `last_run` is the newest whole run: a narrowed one cannot say that all is well.
    `last_narrowed` is the newest narrowed run (or import) where it is newer than that."""

    site: str
    title: str
    portals: int
    documents: int
    reports: int
    captures: int
    last_run: Run | None
    last_ok: datetime | None
    narrowed_since: int
    last_narrowed: Run | None


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
                runs[0] if runs and runs[0] not in whole else None,
            )
        )
    return found
