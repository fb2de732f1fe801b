"""A list may be asked for by POST: the frontier's identity takes in method and body, and what each list named is kept."""

import sqlalchemy as sa

from alembic import op

revision = "0003_frontier_request"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("frontier", recreate="auto") as batch:
        batch.add_column(sa.Column("asked", sa.String(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("request", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("told", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("rounds", sa.SmallInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("frontier", recreate="auto") as batch:
        batch.drop_constraint("pk_frontier", type_="primary")
        batch.create_primary_key("pk_frontier", ["run_id", "url", "asked"])
    op.create_table(
        "listing",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("source", sa.String(length=400), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("report", sa.Boolean(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_listing_run_id")),
        sa.PrimaryKeyConstraint("run_id", "source", "url", name=op.f("pk_listing")),
    )
    _enter_listings()


def _enter_listings() -> None:
    """What the lists of earlier runs named, so that a column which shrinks now is seen to."""
    frontier = sa.table(
        "frontier",
        sa.column("run_id", KEY),
        sa.column("url", sa.String),
        sa.column("kind", sa.String),
        sa.column("state", sa.String),
        sa.column("context", sa.JSON),
    )
    listing = sa.table(
        "listing",
        sa.column("run_id", KEY),
        sa.column("source", sa.String),
        sa.column("url", sa.String),
        sa.column("report", sa.Boolean),
        sa.column("page", sa.Integer),
    )
    bind = op.get_bind()
    rows = bind.execute(
        sa.select(frontier.c.run_id, frontier.c.url, frontier.c.state, frontier.c.context).where(
            frontier.c.kind == "report"
        )
    ).all()
    entries = [
        {
            "run_id": row.run_id,
            "source": _source_of(row.context),
            "url": row.url,
            "report": row.state != "left_aside",
            "page": 1,
        }
        for row in rows
        if row.context.get("listed")
    ]
    if entries:
        bind.execute(sa.insert(listing), entries)


def _source_of(context: dict[str, str | None]) -> str:
    area = context.get("area")
    return f"{context['portal']}{context['column']}" + (f"?area={area}" if area else "")
