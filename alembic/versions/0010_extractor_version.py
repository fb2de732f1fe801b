"""What took a text names the recogniser too, where one was at work (`4/scan 4 (rapidocr 3.10.0)`): PostgreSQL refused
every scan and picture for its length."""

import sqlalchemy as sa

from alembic import op

revision = "0010_extractor_version"
down_revision = "0009_text_from_outside"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # a length is no more than a word there
    # a change of the catalogue alone: neither rows nor indexes are written anew
    op.alter_column("version", "extractor_version", type_=sa.String())
