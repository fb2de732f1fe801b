"""The store: all tables, and the triggers that keep evidence append-only."""

import sqlalchemy as sa

from alembic import op
from gxstore.models import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A 64-bit key on PostgreSQL; on SQLite the rowid itself.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# As the models name them in this revision; a migration never follows later changes of the models.
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
)


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("function", sa.String(length=32), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("superior_id", KEY, nullable=True),
        sa.Column("predecessor_id", KEY, nullable=True),
        sa.Column("successor_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["predecessor_id"], ["agency.id"], name=op.f("fk_agency_predecessor_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["agency.id"], name=op.f("fk_agency_successor_id")),
        sa.ForeignKeyConstraint(["superior_id"], ["agency.id"], name=op.f("fk_agency_superior_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("slug", name=op.f("uq_agency_slug")),
    )
    op.create_table(
        "indicator",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("code", name=op.f("uq_indicator_code")),
    )
    op.create_table(
        "reading",
        sa.Column("id", KEY, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reader_version", sa.String(length=16), nullable=False),
        sa.Column("catalogue_digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=True),
        sa.Column("edition", sa.String(length=16), nullable=True),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.Column("signed", sa.Date(), nullable=True),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_to", sa.Date(), nullable=True),
        sa.Column("contact", sa.JSON(), nullable=True),
        sa.Column("local", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint("digest", name=op.f("uq_reading_digest")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("parent", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_region")),
    )
    op.create_table(
        "site",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("name", name=op.f("uq_site_name")),
    )
    op.create_table(
        "agency_name",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("agency_id", KEY, nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_name_agency_id")),
        sa.PrimaryKeyConstraint("name", "region", "valid_from", name=op.f("pk_agency_name")),
    )
    with op.batch_alter_table("agency_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agency_name_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", KEY, nullable=False),
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("parent_id", KEY, nullable=True),
        sa.Column("gone_since", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["document.id"], name=op.f("fk_document_parent_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_document_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_site_id"), ["site_id"], unique=False)

    op.create_table(
        "fact",
        sa.Column("reading_id", KEY, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("approx", sa.Boolean(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_fact_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", "code", "position", name=op.f("pk_fact")),
    )
    op.create_table(
        "portal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_portal_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal")),
        sa.UniqueConstraint("host", name=op.f("uq_portal_host")),
    )
    op.create_table(
        "report",
        sa.Column("id", KEY, nullable=False),
        sa.Column("agency_id", KEY, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_report_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("agency_id", "year", "kind", name=op.f("uq_report_agency_id_year_kind")),
    )
    op.create_table(
        "run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("started", UtcTime(), nullable=False),
        sa.Column("finished", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("narrowed", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=True),
        sa.Column("tool_version", sa.String(length=32), nullable=False),
        sa.Column("config_digest", sa.String(length=64), nullable=False),
        sa.Column("vantage", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_run_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_site_id"), ["site_id"], unique=False)

    op.create_table(
        "section",
        sa.Column("reading_id", KEY, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("heading", sa.String(length=400), nullable=True),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_section_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", "position", name=op.f("pk_section")),
    )
    op.create_table(
        "value",
        sa.Column("reading_id", KEY, nullable=False),
        sa.Column("indicator_id", sa.SmallInteger(), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("why", sa.SmallInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("scale", sa.SmallInteger(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("unit", sa.String(length=8), nullable=True),
        sa.Column("printed_unit", sa.String(length=8), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("placed_by", sa.SmallInteger(), nullable=True),
        sa.Column("confidence", sa.SmallInteger(), nullable=True),
        sa.Column("source", sa.SmallInteger(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("page", sa.SmallInteger(), nullable=True),
        sa.Column("table_no", sa.SmallInteger(), nullable=True),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("column_no", sa.SmallInteger(), nullable=True),
        sa.Column("box", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_value_indicator_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_value_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", "indicator_id", "scope", name=op.f("pk_value")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("value", schema=None) as batch_op:
        batch_op.create_index(
            "ix_value_indicator_id_reading_id", ["indicator_id", "reading_id"], unique=False
        )

    op.create_table(
        "attribution",
        sa.Column("id", KEY, nullable=False),
        sa.Column("reading_id", KEY, nullable=False),
        sa.Column("report_id", KEY, nullable=False),
        sa.Column("rules_version", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("agency_printed", sa.String(length=200), nullable=True),
        sa.Column("agency_source", sa.String(length=32), nullable=True),
        sa.Column("year_source", sa.String(length=32), nullable=True),
        sa.Column("publisher", sa.String(length=200), nullable=True),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("edition_expected", sa.String(length=16), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_attribution_reading_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_attribution_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribution")),
        sa.UniqueConstraint(
            "reading_id", "report_id", "digest", name=op.f("uq_attribution_reading_id_report_id_digest")
        ),
    )
    with op.batch_alter_table("attribution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attribution_reading_id"), ["reading_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attribution_report_id"), ["report_id"], unique=False)

    op.create_table(
        "capture",
        sa.Column("id", KEY, nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("fetched_at", UtcTime(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("payload_length", sa.BigInteger(), nullable=False),
        sa.Column("truncated", sa.String(length=16), nullable=True),
        sa.Column("warc_file", sa.String(length=255), nullable=False),
        sa.Column("warc_offset", sa.BigInteger(), nullable=False),
        sa.Column("revisit_of", KEY, nullable=True),
        sa.ForeignKeyConstraint(["revisit_of"], ["capture.id"], name=op.f("fk_capture_revisit_of")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_capture_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
        sa.UniqueConstraint("record_id", name=op.f("uq_capture_record_id")),
    )
    with op.batch_alter_table("capture", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_capture_run_id"), ["run_id"], unique=False)
        batch_op.create_index("ix_capture_url_payload_sha256", ["url", "payload_sha256"], unique=False)

    op.create_table(
        "document_url",
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("last_seen", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_url_document_id")),
        sa.PrimaryKeyConstraint("document_id", "url", "first_seen", name=op.f("pk_document_url")),
    )
    with op.batch_alter_table("document_url", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_url_url"), ["url"], unique=False)

    op.create_table(
        "finding",
        sa.Column("id", KEY, nullable=False),
        sa.Column("reading_id", KEY, nullable=True),
        sa.Column("report_id", KEY, nullable=True),
        sa.Column("run_id", KEY, nullable=True),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("printed", sa.JSON(), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_finding_reading_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_finding_report_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_finding_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_reading_id"), ["reading_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_finding_report_id"), ["report_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_finding_run_id"), ["run_id"], unique=False)

    op.create_table(
        "frontier",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_frontier_run_id")),
        sa.PrimaryKeyConstraint("run_id", "url", name=op.f("pk_frontier")),
    )
    with op.batch_alter_table("frontier", schema=None) as batch_op:
        batch_op.create_index("ix_frontier_run_id_state", ["run_id", "state"], unique=False)

    op.create_table(
        "version",
        sa.Column("id", KEY, nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("extractor", sa.String(length=32), nullable=False),
        sa.Column("extractor_version", sa.String(length=16), nullable=False),
        sa.Column("conversion_record_id", sa.String(length=64), nullable=False),
        sa.Column("warc_file", sa.String(length=255), nullable=False),
        sa.Column("warc_offset", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_version_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("conversion_record_id", name=op.f("uq_version_conversion_record_id")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_version_document_id_number")),
    )
    op.create_table(
        "reading_source",
        sa.Column("reading_id", KEY, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_reading_source_reading_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_reading_source_version_id")),
        sa.PrimaryKeyConstraint("reading_id", "position", name=op.f("pk_reading_source")),
    )
    with op.batch_alter_table("reading_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reading_source_version_id"), ["version_id"], unique=False)

    op.create_table(
        "showing",
        sa.Column("capture_id", KEY, nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name=op.f("fk_showing_capture_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_showing_document_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_showing_version_id")),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("pk_showing")),
    )
    with op.batch_alter_table("showing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_showing_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_showing_version_id"), ["version_id"], unique=False)
    for table in APPEND_ONLY:
        _forbid_changes(table)


def _forbid_changes(table: str) -> None:
    """Refuse UPDATE and DELETE on a table of evidence: what was seen and read stays as it was."""
    sentence = f"rows of {table} are evidence and are never changed"
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
    else:
        op.execute(
            f"CREATE FUNCTION {table}_is_evidence() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{sentence}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_refuses_changes BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_is_evidence()"
        )
