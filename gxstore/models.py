"""The store: typed tables for SQLite and PostgreSQL alike.

Evidence (captures, versions, readings and what hangs on a reading) is append-only: triggers made by the migrations
refuse UPDATE and DELETE. Two identities are kept apart on purpose: bytes (did anything change: `Capture`) and text
(did the report change: `Version`). Times are UTC. Text has a length only where it is made here: what comes from
outside has none, since PostgreSQL refuses a text that is too long, and one page must not end a harvest.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# A 64-bit key on PostgreSQL; on SQLite the rowid itself, which is one already.
Key = BigInteger().with_variant(Integer, "sqlite")


# The date from which something holds where no better is known.
EARLIEST = date(1949, 10, 1)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC. A naive one is refused, so that no local time slips in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database: in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database: SQLite forgets the zone, which is always UTC here."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables, with names for every constraint so that migrations can refer to them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012


class Site(Base):
    """A site file."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str]


class Portal(Base):
    """A host of a site."""

    __tablename__ = "portal"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    host: Mapped[str] = mapped_column(unique=True)
    family: Mapped[str] = mapped_column(String(32))


class Region(Base):
    """A division (GB/T 2260, six digits) or a zone with a code of ours."""

    __tablename__ = "region"
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name: Mapped[str] = mapped_column(String(100))
    parent: Mapped[str | None] = mapped_column(String(16))


class Agency(Base):
    """A public body, known by a slug that never changes."""

    __tablename__ = "agency"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    level: Mapped[str] = mapped_column(String(16))
    function: Mapped[str]
    credit_code: Mapped[str | None] = mapped_column(String(18))
    superior_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))


class AgencyName(Base):
    """A name that an agency bore, in a region, from a date on (the earliest date where it is not known)."""

    __tablename__ = "agency_name"
    name: Mapped[str] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(String(16), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    main: Mapped[bool]


class Run(Base):
    """One harvest of one site. `finished` is null while it goes on, or when it was killed."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    started: Mapped[datetime]
    finished: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    narrowed: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any] | None]
    tool_version: Mapped[str] = mapped_column(String(32))
    config_digest: Mapped[str] = mapped_column(String(64))
    vantage: Mapped[str]


class Frontier(Base):
    """A request that a run has to make, or has made: the run's ledger. A killed run goes on from here.

    `asked` is empty for a plain GET, else the SHA-256 of method and body: the pages of one list may differ in their
    body alone. `request` then holds method, body and headers. `told` is what a list said of itself, or of a page that its
    host says it has not changed (`not_modified`), or would have said so of another text (`same_validator`).
    """

    __tablename__ = "frontier"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    url: Mapped[str] = mapped_column(String(2000), primary_key=True)
    asked: Mapped[str] = mapped_column(String(64), primary_key=True, default="")
    kind: Mapped[str] = mapped_column(String(16))
    host: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    lease_until: Mapped[datetime | None]
    reason: Mapped[str | None]
    verdict: Mapped[str | None]
    result: Mapped[str | None] = mapped_column(String(16))
    context: Mapped[dict[str, Any]]
    request: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    rounds: Mapped[int] = mapped_column(SmallInteger, default=0)
    __table_args__ = (Index("ix_frontier_run_id_state", "run_id", "state"),)


class Listing(Base):
    """That a list of a run named a URL: the column's page or one of its further pages, or the search of a portal.

    `report` says that the link was taken for a report, `page` which page of the list named it first.
    """

    __tablename__ = "listing"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000), primary_key=True)
    report: Mapped[bool]
    page: Mapped[int]


class Document(Base):
    """A place where a report is published: a page, or an attachment of one."""

    __tablename__ = "document"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    gone_since: Mapped[datetime | None]


class DocumentUrl(Base):
    """The URL where a document stands, first and last seen there; two where an earlier gxcrawl took two places for one."""

    __tablename__ = "document_url"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    url: Mapped[str] = mapped_column(String(2000), primary_key=True, index=True)
    first_seen: Mapped[datetime] = mapped_column(primary_key=True)
    last_seen: Mapped[datetime]


class Capture(Base):
    """One fetch, kept. The row is written once the WARC records are on disk, and never touched again."""

    __tablename__ = "capture"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    record_id: Mapped[str] = mapped_column(String(64), unique=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    fetched_at: Mapped[datetime]
    status: Mapped[int] = mapped_column(SmallInteger)
    verdict: Mapped[str] = mapped_column(String(16))
    payload_sha256: Mapped[str] = mapped_column(String(64))
    payload_length: Mapped[int] = mapped_column(BigInteger)
    truncated: Mapped[str | None] = mapped_column(String(16))
    warc_file: Mapped[str] = mapped_column(String(255))
    warc_offset: Mapped[int] = mapped_column(BigInteger)
    revisit_of: Mapped[int | None] = mapped_column(ForeignKey("capture.id"))
    __table_args__ = (Index("ix_capture_url_payload_sha256", "url", "payload_sha256"),)


class Version(Base):
    """A distinct text of a document. When it was shown is derived from the captures that showed it."""

    __tablename__ = "version"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    text_sha256: Mapped[str] = mapped_column(String(64))
    extractor: Mapped[str] = mapped_column(String(32))
    extractor_version: Mapped[str] = mapped_column(String)
    conversion_record_id: Mapped[str] = mapped_column(String(64), unique=True)
    warc_file: Mapped[str] = mapped_column(String(255))
    warc_offset: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (UniqueConstraint("document_id", "number"),)


class Showing(Base):
    """Which document a capture is of, and which version of it the capture showed (none where it holds no text that
    this version of gxcrawl can take). Apart from `capture`, so that a capture is written before anything can fail."""

    __tablename__ = "showing"
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"), index=True)


class Report(Base):
    """The report of one agency for one year."""

    __tablename__ = "report"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(16))
    __table_args__ = (UniqueConstraint("agency_id", "year", "kind"),)


class Reading(Base):
    """What one reader version with one catalogue understood of one or more versions."""

    __tablename__ = "reading"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    reader_version: Mapped[str] = mapped_column(String(16))
    catalogue_digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    title: Mapped[str | None]
    edition: Mapped[str | None] = mapped_column(String(16))
    tables: Mapped[list[Any]]
    signed: Mapped[date | None]
    published: Mapped[date | None]
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
    contact: Mapped[dict[str, Any] | None]
    local: Mapped[list[Any]]


class ReadingSource(Base):
    """A version that a reading was made of; `position` is the order in which they were read."""

    __tablename__ = "reading_source"
    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)


class Attribution(Base):
    """Whose report a reading is, and of which year, with the evidence."""

    __tablename__ = "attribution"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    rules_version: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    agency_printed: Mapped[str | None]
    agency_source: Mapped[str | None] = mapped_column(String(32))
    year_source: Mapped[str | None] = mapped_column(String(32))
    publisher: Mapped[str | None]
    scope: Mapped[str] = mapped_column(String(32))
    edition_expected: Mapped[str | None] = mapped_column(String(16))
    evidence: Mapped[list[Any]]
    __table_args__ = (UniqueConstraint("reading_id", "report_id", "digest"),)


class Indicator(Base):
    """The small number that stands for an indicator's code in `value`; numbers are only ever added."""

    __tablename__ = "indicator"
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    code: Mapped[str] = mapped_column(String(128), unique=True)


class Value(Base):
    """A cell of a reading. The number is `number / 10**scale`, exact; `raw` is kept where it differs from it."""

    __tablename__ = "value"
    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id"), primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[int] = mapped_column(SmallInteger)
    why: Mapped[int | None] = mapped_column(SmallInteger)
    number: Mapped[int | None] = mapped_column(BigInteger)
    scale: Mapped[int | None] = mapped_column(SmallInteger)
    raw: Mapped[str | None] = mapped_column(Text)
    unit: Mapped[str | None]
    printed_unit: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(Text)
    placed_by: Mapped[int | None] = mapped_column(SmallInteger)
    confidence: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[int | None] = mapped_column(SmallInteger)
    line: Mapped[int | None]
    page: Mapped[int | None] = mapped_column(SmallInteger)
    table_no: Mapped[int | None] = mapped_column(SmallInteger)
    row_no: Mapped[int | None]
    column_no: Mapped[int | None] = mapped_column(SmallInteger)
    box: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    __table_args__ = (
        Index("ix_value_indicator_id_reading_id", "indicator_id", "reading_id"),
        {"sqlite_with_rowid": False},
    )


class Section(Base):
    """A part of the narrative, in reading order."""

    __tablename__ = "section"
    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    number: Mapped[str | None]
    heading: Mapped[str | None]
    chars: Mapped[int]


class Fact(Base):
    """A fact taken from the narrative, with the words that it was taken from."""

    __tablename__ = "fact"
    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    approx: Mapped[bool]
    quote: Mapped[str | None] = mapped_column(Text)


class Finding(Base):
    """A check that failed, or a doubt, owned by a reading, a report or a run."""

    __tablename__ = "finding"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    reading_id: Mapped[int | None] = mapped_column(ForeignKey("reading.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    rule: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(8))
    codes: Mapped[list[Any]]
    printed: Mapped[Any] = mapped_column(JSON)
    expected: Mapped[Any] = mapped_column(JSON)
    message: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


class Seal(Base):
    """What a row of evidence was when it was entered: the SHA-256 of all its columns (gxstore/seals.py). `kind` is the
    table's place in `seals.KINDS`; a reading's seal covers its sources, values, sections and facts, and its findings
    bear one by its number."""

    __tablename__ = "seal"
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    row_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    __table_args__ = ({"sqlite_with_rowid": False},)


class Audit(Base):
    """One run of `gxcrawl verify`: what was looked at, and what was wrong (`damages` holds the first thousand)."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    started: Mapped[datetime]
    finished: Mapped[datetime]
    tool_version: Mapped[str] = mapped_column(String(32))
    scope: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    damages: Mapped[list[Any]]
    damaged: Mapped[int]


# Tables whose rows may be added but never changed or removed; the migrations put triggers on them.
APPEND_ONLY = (
    "capture",
    "version",
    "showing",
    "reading",
    "reading_source",
    "attribution",
    "value",
    "section",
    "fact",
    "seal",
    "audit",
)
