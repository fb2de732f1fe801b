"""Seals on the rows of evidence, and the record of every audit."""

import sqlalchemy as sa

from alembic import op
from gxstore.models import UtcTime

revision = "0005_audit"
down_revision = "0003_frontier_request"
branch_labels = None
depends_on = None

# A 64-bit key on PostgreSQL; on SQLite the rowid itself.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("row_id", KEY, nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kind", "row_id", name=op.f("pk_seal")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("started", UtcTime(), nullable=False),
        sa.Column("finished", UtcTime(), nullable=False),
        sa.Column("tool_version", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("damages", sa.JSON(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    for table in ("seal", "audit"):
        _forbid_changes(table)


def _forbid_changes(table: str) -> None:
    """Refuse UPDATE and DELETE: what was vouched for stays as it was."""
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
