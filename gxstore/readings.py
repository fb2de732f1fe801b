"""Keeps readings: what a reader understood, with every cell, and whose report it is.

A cell's number is stored as an exact scaled integer, its status and the other closed vocabularies as small numbers
(positions in the tuples below, to which words are only ever added), and its raw text only where that is not simply
the number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from json import dumps, loads
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from gxstore import models
from gxstore.bulk import enter_row, enter_rows
from gxstore.reading.report import Attribution, Finding, Reading, Value
from gxstore.seals import seal_of, seal_of_findings
from gxstore.storable import storable, storable_row, storable_scope

STATUSES = ("reported", "blank", "not_applicable", "none", "unreadable", "missing")
WHYS = (
    "table_not_published",
    "row_absent",
    "table_is_image",
    "attachment_not_captured",
    "lost_in_extraction",
)
PLACED_BY = ("labels", "identities")
_TABLES = models.Base.metadata.tables
_AGENCIES, _REPORTS, _READINGS = (_TABLES[name].c for name in ("agency", "report", "reading"))
_WHAT_IS_KNOWN = (
    select(
        _AGENCIES.id,
        _REPORTS.id,
        select(_READINGS.id).where(_READINGS.digest == bindparam("digest")).scalar_subquery(),
    )
    .select_from(
        _TABLES["agency"].outerjoin(
            _TABLES["report"],
            (_REPORTS.agency_id == _AGENCIES.id)
            & (_REPORTS.year == bindparam("year"))
            & (_REPORTS.kind == bindparam("kind")),
        )
    )
    .where(_AGENCIES.slug == bindparam("slug"))
)
# The rules by which reports are attributed; a new number makes new attribution rows, never changed ones.
ATTRIBUTION_RULES = "1"


@dataclass(frozen=True, slots=True)
class KeptReading:
    """A reading in the store: its id, its report's id, whether it was added just now, and whether it is of a report that
    it was not of before."""

    reading_id: int
    report_id: int
    added: bool
    attributed: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A stored value, in words again."""

    status: str
    why: str | None
    value: Decimal | None
    raw: str | None
    unit: str | None
    placed_by: str | None
    scope: str | None
    note: str | None


def scaled(number: Decimal) -> tuple[int, int]:
    """An exact decimal as integer and number of decimals: 121.2505 is (1212505, 4).

    Raises:
        ValueError: it is no finite number.
    """
    if (text := str(number)).isdecimal():
        return int(text), 0
    if not number.is_finite():
        raise ValueError(f"{number} is no finite number")
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    return (whole * 10**exponent, 0) if exponent > 0 else (whole, -exponent)


def unscaled(number: int, scale: int) -> Decimal:
    """The decimal that integer and number of decimals stand for, with its trailing zeros."""
    return Decimal(number).scaleb(-scale)


def encode_value(reading_id: int, indicator_id: int, value: Value) -> dict[str, Any]:
    """A cell as a row of the table `value`."""
    number, scale = scaled(value.number) if value.number is not None else (None, None)
    plain = str(unscaled(number, scale) if scale else number) if number is not None else None
    where = value.where
    return {
        "reading_id": reading_id,
        "indicator_id": indicator_id,
        "scope": storable_scope(value.scope) if value.scope else "",
        "status": STATUSES.index(value.status),
        "why": WHYS.index(value.why) if value.why else None,
        "number": number,
        "scale": scale,
        "raw": storable(value.raw) if value.raw is not None and value.raw != plain else None,
        "unit": value.unit,
        "printed_unit": storable(value.printed_unit) if value.printed_unit else value.printed_unit,
        "note": storable(value.note) if value.note else value.note,
        "placed_by": PLACED_BY.index(value.placed_by) if where else None,
        "confidence": round(value.confidence * 1000) if value.confidence is not None else None,
        "source": where.document if where else None,
        "line": where.line if where else None,
        "page": where.page if where else None,
        "table_no": where.table if where else None,
        "row_no": where.row if where else None,
        "column_no": where.column if where else None,
        "box": list(where.box) if where and where.box else None,
    }


def decode_value(row: models.Value) -> Cell:
    """A row of the table `value` in words."""
    value = unscaled(row.number, row.scale) if row.number is not None and row.scale is not None else None
    return Cell(
        STATUSES[row.status],
        WHYS[row.why] if row.why is not None else None,
        value,
        row.raw if row.raw is not None else str(value) if value is not None else None,
        row.unit,
        PLACED_BY[row.placed_by] if row.placed_by is not None else None,
        row.scope or None,
        row.note,
    )


def keep(
    session: Session,
    version_ids: Iterable[int],
    reading: Reading,
    attribution: Attribution,
    agency_slug: str,
    now: datetime,
) -> KeptReading:
    """Enter a reading of some versions, and whose report it is; what is there already is not entered again.

    Args:
        version_ids: the versions read, in the order of the reading's documents.
        reading, attribution: what was understood; the attribution's year must be known.
        agency_slug: the agency as the store knows it.
        now: when it was read.
    """
    assert attribution.year is not None
    versions = list(version_ids)
    digest = _identity(versions, reading, attribution)
    session.flush()  # what is entered here goes past the session, and may refer to what it holds
    seals: list[dict[str, Any]] = []
    agency_id, report_id, reading_id = _known(session, agency_slug, attribution, digest)
    added = reading_id is None
    if reading_id is None:
        reading_id = _add_reading(session, versions, reading, attribution, digest, now, seals)
    if report_id is None:
        report_id = _add_report(session, agency_id, attribution, seals)
    attributed = _add_attribution(session, reading_id, report_id, attribution, now, seals, added=added)
    enter_rows(session, _TABLES["seal"], seals)
    return KeptReading(reading_id, report_id, added, attributed)


def newest_reading(session: Session, version_id: int) -> int | None:
    """The id of the newest reading that a version is the first source of."""
    return session.scalar(
        select(func.max(models.ReadingSource.reading_id)).where(
            models.ReadingSource.version_id == version_id, models.ReadingSource.position == 0
        )
    )


def had_tables(session: Session, document_id: int) -> bool:
    """Whether any version of a document, read alone, had a table."""
    further = aliased(models.ReadingSource)
    return any(
        session.scalars(
            select(models.Reading.tables)
            .join(models.ReadingSource, models.ReadingSource.reading_id == models.Reading.id)
            .join(models.Version, models.Version.id == models.ReadingSource.version_id)
            .outerjoin(further, (further.reading_id == models.Reading.id) & (further.position == 1))
            .where(models.Version.document_id == document_id, further.reading_id.is_(None))
        )
    )


def cells_of(session: Session, reading_id: int) -> dict[tuple[str, str], Cell]:
    """Every cell of a reading, by code and scope (empty for the report's own)."""
    rows = session.execute(
        select(models.Indicator.code, models.Value)
        .join(models.Indicator, models.Indicator.id == models.Value.indicator_id)
        .where(models.Value.reading_id == reading_id)
    )
    return {(code, value.scope): decode_value(value) for code, value in rows}


def _add_reading(
    session: Session,
    versions: list[int],
    reading: Reading,
    attribution: Attribution,
    digest: str,
    now: datetime,
    seals: list[dict[str, Any]],
) -> int:
    """Enter a reading with all that hangs on it; returns its id, and puts the seals to be entered beside those there are."""
    contact = reading.contact
    row: dict[str, Any] = {
        "digest": digest,
        "reader_version": reading.reader_version,
        "catalogue_digest": reading.catalogue_digest,
        "made_at": now,
        "title": reading.title[:400] if reading.title else None,
        "edition": reading.edition,
        "tables": [[table.key, table.edition] for table in reading.tables],
        "signed": attribution.signed,
        "published": attribution.published,
        "period_from": reading.period[0] if reading.period else None,
        "period_to": reading.period[1] if reading.period else None,
        "contact": {key: getattr(contact, key) for key in ("office", "address", "postcode", "phone", "email")}
        if contact
        else None,
        "local": [
            [e.label, e.unit, e.column, e.raw, e.where.table, e.where.row, e.where.column, e.where.line]
            for e in reading.local
        ],
    }
    row = storable_row(row)
    # straight to the tables: a report has hundreds of rows, and none of them is looked at again here
    reading_id = enter_row(session, _TABLES["reading"], row)
    sources = [
        {"reading_id": reading_id, "position": position, "version_id": version_id}
        for position, version_id in enumerate(versions)
    ]
    parts = {"reading_source": sources, **_parts(session, reading_id, reading, attribution)}
    findings = [
        finding_columns(finding, digest, reading_id=reading_id)
        for finding in (*reading.findings, *attribution.findings)
    ]
    for table, rows in (*parts.items(), ("finding", findings)):
        enter_rows(session, _TABLES[table], rows)
    seals.append(seal_of("reading", reading_id, {"id": reading_id, **row}, parts))
    seals += seal_of_findings(reading_id, findings)
    return reading_id


def _add_attribution(
    session: Session,
    reading_id: int,
    report_id: int,
    attribution: Attribution,
    now: datetime,
    seals: list[dict[str, Any]],
    *,
    added: bool,
) -> bool:
    """Enter whose report a reading is; False where the same stands (of one just `added`, nothing does)."""
    evidence = [[e.about, e.source, e.says] for e in attribution.evidence]
    # Of what was concluded and why, not of all that was looked at: a page's visit counter makes no new attribution.
    concluded = digest_of(
        [
            attribution.agency,
            attribution.year,
            attribution.publisher,
            attribution.scope,
            ATTRIBUTION_RULES,
            evidence,
        ]
    )
    digest = concluded if added else _to_be_entered(session, reading_id, report_id, concluded)
    if digest is None:
        return False
    row = storable_row(
        {
            "reading_id": reading_id,
            "report_id": report_id,
            "rules_version": ATTRIBUTION_RULES,
            "digest": digest,
            "made_at": now,
            "agency_printed": attribution.agency,
            "agency_source": attribution.agency_source,
            "year_source": attribution.year_source,
            "publisher": attribution.publisher,
            "scope": attribution.scope,
            "edition_expected": attribution.edition_expected,
            "evidence": evidence,
        }
    )
    made = enter_row(session, _TABLES["attribution"], row)
    seals.append(seal_of("attribution", made, {"id": made, **row}, {}))
    return True


def _to_be_entered(session: Session, reading_id: int, report_id: int, concluded: str) -> str | None:
    """The digest under which a conclusion about a reading is entered; None where it is entered and stands.

    A reading counts for the report that it was attributed to last. So a conclusion that comes back after another (A, B, A
    again) is entered once more, and its digest covers what came between.
    """
    table = _TABLES["attribution"]
    known = session.execute(
        select(table.c.report_id, table.c.digest)
        .where(table.c.reading_id == reading_id)
        .order_by(table.c.made_at, table.c.id)
    ).all()
    if (report_id, concluded) not in [tuple(row) for row in known]:
        return concluded
    last_report, last_digest = known[-1]
    return None if last_report == report_id else digest_of([concluded, "again after", last_digest])


def _parts(
    session: Session, reading_id: int, reading: Reading, attribution: Attribution
) -> dict[str, list[dict[str, Any]]]:
    """The rows that hang on a reading, by table: values, sections and facts."""
    numbers = _numbers_once(session)
    values = reading.values if attribution.values is None else attribution.values
    sections = [
        {
            "reading_id": reading_id,
            "position": position,
            "key": section.key,
            "number": section.number,
            "heading": section.heading[:400] if section.heading else None,
            "chars": section.chars,
        }
        for position, section in enumerate(reading.sections)
    ]
    facts = [
        {
            "reading_id": reading_id,
            "code": fact.code,
            "position": position,
            "value": {
                "value": dict(fact.value) if isinstance(fact.value, Mapping) else fact.value,
                **fact.detail,
            },
            "approx": fact.approx,
            "quote": fact.quote,
        }
        for position, fact in enumerate(reading.facts)
    ]
    return {
        "value": [encode_value(reading_id, numbers[value.code], value) for value in values],
        "section": [storable_row(section) for section in sections],
        "fact": [storable_row(fact) for fact in facts],
    }


def _identity(versions: Sequence[int], reading: Reading, attribution: Attribution) -> str:
    """The digest of what a reading was made of."""
    # The cells of a report without tables are those that its year asks for, so the year is an input there.
    asked_for = attribution.edition_expected if attribution.values is not None else None
    return digest_of([reading.digest, list(versions), asked_for])


def same_reading(
    session: Session, versions: Sequence[int], reading: Reading, attribution: Attribution
) -> int | None:
    """The id of the reading that the store has of these versions by this reader and catalogue; None where it has none."""
    digest = _identity(versions, reading, attribution)
    return session.scalar(select(models.Reading.id).where(models.Reading.digest == digest))


def with_several_bodies(session: Session, version_ids: Sequence[int]) -> set[int]:
    """Those of these versions that were seen in several bodies: the frame of the page changed and its text did not."""
    query = (
        select(models.Showing.version_id)
        .join(models.Capture, models.Capture.id == models.Showing.capture_id)
        .where(models.Showing.version_id.in_(version_ids))
        .group_by(models.Showing.version_id)
        .having(func.count(models.Capture.payload_sha256.distinct()) > 1)
    )
    return {version for version in session.scalars(query) if version is not None}


def differences(
    session: Session, reading_id: int, reading: Reading, attribution: Attribution, *, lines: bool = True
) -> Iterator[str]:
    """What the store says of a reading otherwise than the same reader says now, a few words for each row; without the
    lines of the source, where they are of another body with the same text (their seals hold them)."""
    for table, rows in _parts(session, reading_id, reading, attribution).items():
        columns = models.Base.metadata.tables[table].columns
        keys = [column.name for column in columns if column.primary_key and column.name != "reading_id"]
        query = select(*columns).where(columns["reading_id"] == reading_id)
        stored = {tuple(row[key] for key in keys): dict(row) for row in session.execute(query).mappings()}
        fresh = {tuple(row[key] for key in keys): row for row in rows}
        if not lines and "line" in columns:
            for row in (*stored.values(), *fresh.values()):
                row["line"] = None
        for key in sorted(stored.keys() | fresh.keys()):
            if stored.get(key) != loads(dumps(fresh.get(key), default=str)):
                yield f"{table} {', '.join(map(str, key))}"


def indicator_numbers(session: Session) -> dict[str, int]:
    """The small number of every indicator code that the store knows."""
    rows = session.execute(select(models.Indicator.code, models.Indicator.id))
    return {code: number for code, number in rows}  # noqa: C416 - a row is no pair


# Read once for each store that this process works on: numbers are only ever added, by an upgrade, which nobody may work beside.
_NUMBERS: WeakKeyDictionary[Engine, dict[str, int]] = WeakKeyDictionary()


def _numbers_once(session: Session) -> dict[str, int]:
    engine = session.connection().engine
    if engine not in _NUMBERS:
        _NUMBERS[engine] = indicator_numbers(session)
    return _NUMBERS[engine]


def finding_row(
    finding: Finding, inputs: str, *, reading_id: int | None = None, report_id: int | None = None
) -> models.Finding:
    """A finding as a row, owned by a reading or a report; `inputs` is the digest of what it was made of."""
    return models.Finding(**finding_columns(finding, inputs, reading_id=reading_id), report_id=report_id)


def finding_columns(finding: Finding, inputs: str, *, reading_id: int | None) -> dict[str, Any]:
    """The columns of a finding."""
    row = {
        "reading_id": reading_id,
        "rule": finding.rule,
        "severity": finding.severity,
        "codes": list(finding.codes),
        "printed": _plain(finding.printed),
        "expected": _plain(finding.expected),
        "message": finding.message,
        "digest": inputs,
    }
    return storable_row(row)


def _plain(value: Decimal | int | str | None) -> int | str | None:
    """A finding's figure as JSON can hold it exactly: a decimal that is no whole number as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value


def _known(
    session: Session, agency_slug: str, attribution: Attribution, digest: str
) -> tuple[int, int | None, int | None]:
    """The ids of the agency, of its report and of the reading of a digest, of the last two where the store has them."""
    asked = {"slug": agency_slug, "year": attribution.year, "kind": attribution.kind, "digest": digest}
    agency_id, report_id, reading_id = session.connection().execute(_WHAT_IS_KNOWN, asked).one()
    return agency_id, report_id, reading_id


def _add_report(
    session: Session, agency_id: int, attribution: Attribution, seals: list[dict[str, Any]]
) -> int:
    row = {"agency_id": agency_id, "year": attribution.year, "kind": attribution.kind}
    report_id = enter_row(session, _TABLES["report"], row)
    seals.append(seal_of("report", report_id, {"id": report_id, **row}, {}))
    return report_id


def digest_of(parts: object) -> str:
    """SHA-256 of anything that JSON can hold, as lower-case hex."""
    text = dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
