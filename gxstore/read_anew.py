"""What a later reader made of texts that another had read before: the same sources, so whatever differs is our doing."""

from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from gxstore.models import Capture, Reading, ReadingSource, Showing


def reading_before(session: Session, reading_id: int) -> int | None:
    """The newest reading of the same sources that another reader, or one with another catalogue, had made before a
    reading; None where there is none."""
    own = session.get_one(Reading, reading_id)
    sources = _sources(session, reading_id)
    first = (
        select(Reading.id)
        .join(ReadingSource, ReadingSource.reading_id == Reading.id)
        .where(
            ReadingSource.version_id == sources[0],
            ReadingSource.position == 0,
            Reading.id < reading_id,
            or_(
                Reading.reader_version != own.reader_version,
                Reading.catalogue_digest != own.catalogue_digest,
            ),
        )
        .order_by(Reading.id.desc())
    )
    return next((one for one in session.scalars(first) if _sources(session, one) == sources), None)


def _sources(session: Session, reading_id: int) -> list[int]:
    return list(
        session.scalars(
            select(ReadingSource.version_id)
            .where(ReadingSource.reading_id == reading_id)
            .order_by(ReadingSource.position)
        )
    )


def read_anew_in(session: Session, run_id: int, started: datetime) -> int:
    """How many texts that a run saw it read first with a reader that had not read them, though another had."""
    now, before = aliased(Reading), aliased(Reading)
    own, other = aliased(ReadingSource), aliased(ReadingSource)
    by_another = exists().where(
        other.version_id == own.version_id,
        other.position == 0,
        before.id == other.reading_id,
        before.made_at < started,
        or_(
            before.reader_version != now.reader_version,
            before.catalogue_digest != now.catalogue_digest,
        ),
    )
    seen = (
        select(Showing.version_id)
        .join(Capture, Capture.id == Showing.capture_id)
        .where(Capture.run_id == run_id)
    )
    query = (
        select(func.count(own.version_id.distinct()))
        .join(now, now.id == own.reading_id)
        .where(own.position == 0, own.version_id.in_(seen), now.made_at >= started, by_another)
    )
    return session.scalar(query) or 0
