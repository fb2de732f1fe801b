"""Text from outside has no length: PostgreSQL refused what was longer, where SQLite has never looked at it.

The upgrade seals reports and findings besides, which bore no seal before (`gxstore.seals.seal_unsealed_kinds`).
"""

import sqlalchemy as sa

from alembic import op

revision = "0009_text_from_outside"
down_revision = "0005_audit"
branch_labels = None
depends_on = None

COLUMNS = {
    "site": ("title",),
    "portal": ("host",),
    "agency": ("slug", "function"),
    "agency_name": ("name",),
    "run": ("vantage",),
    "frontier": ("host", "reason", "verdict"),
    "listing": ("source",),
    "reading": ("title",),
    "attribution": ("agency_printed", "publisher"),
    "value": ("scope", "unit", "printed_unit"),
    "section": ("number", "heading"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # a length is no more than a word there
    for table, columns in COLUMNS.items():
        for column in columns:
            # a change of the catalogue alone: neither rows nor indexes are written anew
            op.alter_column(table, column, type_=sa.String())
