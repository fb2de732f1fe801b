"""Finds what was seen of reports and stands in no answer, since it has no reading, or a reading that is of no report.

A version of a report page is entered with its reading, and a reading with whose report it is, each in one transaction. So where one of
them is missing with its seal, no seal tells it, and the report would be gone from every answer without a word.
"""

from collections.abc import Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from gxstore.models import Attribution, Document, DocumentUrl, Reading, ReadingSource, Version


def unread(session: Session) -> Iterator[str]:
    """The versions of report pages without a reading, and the readings without a report, a sentence each."""
    read = exists().where(ReadingSource.version_id == Version.id)
    versions = (
        select(Version.document_id, Version.number)
        .join(Document, Document.id == Version.document_id)
        .where(Document.kind == "report", ~read)
        .order_by(Version.id)
    )
    for document, number in session.execute(versions).all():
        url = session.scalar(select(DocumentUrl.url).where(DocumentUrl.document_id == document).limit(1))
        yield f"version {number} of the report at {url or f'document {document}'} has no reading: type gxcrawl reparse."
    attributed = exists().where(Attribution.reading_id == Reading.id)
    for reading in session.scalars(select(Reading.id).where(~attributed).order_by(Reading.id)):
        yield f"reading {reading} is of no report: type gxcrawl reparse, or restore the store from a copy."
