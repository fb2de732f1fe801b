"""Which pages and files a harvest found at another address than before: the same text at a place that is new, while the
place that showed it last is not there any more."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from hashlib import sha256

from sqlalchemy import ScalarSelect, exists, func, select
from sqlalchemy.orm import Session, aliased

from gxstore.copies import NOT_THERE
from gxstore.models import Attribution, Capture, Document, DocumentUrl, ReadingSource, Showing, Version
from gxstore.parts import in_parts

_Text = tuple[str, int, str]
"""Whether it is a page or a file, the report that the page is, and the digest of the text."""
# A scan or a picture of which nothing could be read: all of these have the same text, which proves nothing.
_NO_TEXT = sha256(b"").hexdigest()


def moved_in(session: Session, run_id: int) -> dict[str, str]:
    """The moves that a run saw: the new URL -> the one where the same text of the same report was shown last, which that run
    found to be no more (404, or a redirect). While both answer they are two copies. Of several places with one text each
    has moved to one at most. A text alone proves nothing: pages of several years say no more than that a file is attached,
    and the files of several bodies are one empty form."""
    left: dict[_Text, list[str]] = defaultdict(list)
    for text, url in _left(session, run_id):
        left[text].append(url)
    found: dict[str, str] = {}
    if left:
        for text, url in sorted(_first_seen(session, run_id)):
            if left[text]:
                found[url] = left[text].pop()
    return found


def _left(session: Session, run_id: int) -> Iterator[tuple[_Text, str]]:
    """What was shown last at the places that were not there in a run, each once; the last in the order of URLs first."""
    query = (
        select(DocumentUrl.document_id, func.max(Capture.fetched_at))
        .join(Capture, Capture.url == DocumentUrl.url)
        .where(Capture.run_id == run_id, Capture.verdict.in_(NOT_THERE))
        .group_by(DocumentUrl.document_id)
    )
    absent = {document: when for document, when in session.execute(query)}  # noqa: C416 - a row is no pair
    place = func.row_number().over(
        partition_by=Showing.document_id, order_by=[Capture.fetched_at.desc(), Capture.record_id.desc()]
    )
    told: list[tuple[str, _Text]] = []
    for some in in_parts(absent):
        last = (
            select(
                Showing.document_id,
                Showing.version_id,
                Capture.url,
                Capture.fetched_at,
                Capture.run_id,
                place.label("place"),
            )
            .join(Capture, Capture.id == Showing.capture_id)
            .where(Showing.document_id.in_(some))
            .subquery()
        )
        for document, kind, report, text, url, seen, run in session.execute(
            select(
                Document.id,
                Document.kind,
                _report(),
                Version.text_sha256,
                last.c.url,
                last.c.fetched_at,
                last.c.run_id,
            )
            .join(last, last.c.document_id == Document.id)
            .join(Version, Version.id == last.c.version_id)
            .where(last.c.place == 1, Version.text_sha256 != _NO_TEXT)
        ):
            if report is not None and run != run_id and seen < absent[document]:
                told.append((url, (kind, report, text)))
    for url, shown in sorted(told, reverse=True):
        yield shown, url


def _first_seen(session: Session, run_id: int) -> Collection[tuple[_Text, str]]:
    """What a run saw at places where no other run has seen anything."""
    other, elsewhere = aliased(Showing), aliased(Capture)
    known = exists().where(
        other.document_id == Showing.document_id,
        elsewhere.id == other.capture_id,
        elsewhere.run_id != run_id,
    )
    rows = session.execute(
        select(Document.kind, _report(), Version.text_sha256, Capture.url)
        .join(Showing, Showing.document_id == Document.id)
        .join(Capture, Capture.id == Showing.capture_id)
        .join(Version, Version.id == Showing.version_id)
        .where(Capture.run_id == run_id, Version.text_sha256 != _NO_TEXT, ~known)
    )
    return {((kind, report, text), url) for kind, report, text, url in rows if report is not None}


def _report() -> ScalarSelect[int | None]:
    """The report that a document was last taken for, or the page that it is a file of; of several the newest."""
    read = aliased(Version)
    return (
        select(func.max(Attribution.report_id))
        .join(ReadingSource, ReadingSource.reading_id == Attribution.reading_id)
        .join(read, read.id == ReadingSource.version_id)
        .where(
            read.document_id == func.coalesce(Document.parent_id, Document.id), ReadingSource.position == 0
        )
        .correlate(Document)
        .scalar_subquery()
    )
