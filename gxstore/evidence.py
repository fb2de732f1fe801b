"""Writes down what was fetched: captures, documents, versions. Rows are only ever added."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Any, Literal

from sqlalchemy import and_, exists, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from archive.exchange import uri_text, utc_text
from archive.fixity import UNJUDGED, ExpectedRecord
from archive.reader import Record
from archive.scan import bare_id, digest_hex
from gxstore.models import Capture, Document, DocumentUrl, Frontier, Showing, Site, Version
from gxstore.seals import seal


@dataclass(frozen=True, slots=True)
class CaptureEntry:
    """A fetch as the archive has stored it."""

    record_id: str
    url: str
    fetched_at: datetime
    status: int
    verdict: str
    payload_sha256: str
    payload_length: int
    truncated: str | None
    warc_file: str
    warc_offset: int
    revisit_of: int | None


def original_capture(session: Session, url: str, payload_sha256: str, status: int) -> Capture | None:
    """The earliest capture that holds this body of this URL already, and is no revisit itself: what a revisit refers to."""
    return session.scalar(
        select(Capture)
        .where(
            Capture.url == url,
            Capture.payload_sha256 == payload_sha256,
            Capture.status == status,
            Capture.revisit_of.is_(None),
            Capture.truncated.is_(None),
        )
        .order_by(Capture.fetched_at, Capture.record_id)
        .limit(1)
    )


def last_whole(session: Session, url: str, before: datetime | None = None) -> tuple[Capture, Capture] | None:
    """The newest capture of a URL that is more than the word that nothing has changed, and the capture that holds its
    body; None where it was not whole and well, or nothing was understood of it.

    Args:
        session: the store.
        url: the URL.
        before: only what was fetched before this moment.
    """
    query = select(Capture).where(
        Capture.url == url, not_(and_(Capture.status == 304, Capture.verdict == "ok"))
    )
    if before is not None:
        query = query.where(Capture.fetched_at < before)
    last = session.scalar(query.order_by(Capture.fetched_at.desc(), Capture.record_id.desc()).limit(1))
    if last is None or (last.status, last.verdict, last.truncated) != (200, "ok", None):
        return None
    if session.get(Showing, last.id) is None:
        return None
    return last, last if last.revisit_of is None else session.get_one(Capture, last.revisit_of)


def add_capture(session: Session, run_id: int, entry: CaptureEntry) -> int:
    """Add a capture; returns its id."""
    row = Capture(
        run_id=run_id,
        record_id=entry.record_id,
        url=entry.url,
        fetched_at=entry.fetched_at,
        status=entry.status,
        verdict=entry.verdict,
        payload_sha256=entry.payload_sha256,
        payload_length=entry.payload_length,
        truncated=entry.truncated,
        warc_file=entry.warc_file,
        warc_offset=entry.warc_offset,
        revisit_of=entry.revisit_of,
    )
    session.add(row)
    session.flush()
    seal(session, "capture", row.id)
    return row.id


def held_urls(session: Session, urls: Sequence[str]) -> set[str]:
    """Those of some URLs whose body is held already, by a capture that found it there."""
    found: set[str] = set()
    for at in range(0, len(urls), 500):
        some = select(Capture.url).where(Capture.url.in_(urls[at : at + 500]), Capture.status == 200)
        found.update(session.scalars(some))
    return found


def held_capture(
    session: Session, url: str, payload_sha256: str, status: int | None, fetched_at: datetime | None
) -> Capture | None:
    """The capture of this body at this URL at this time, which an archive tells to the millisecond; with any status or at
    any time, where none is given. One beside which nothing was said, for a kill came between, is none."""
    same = select(Capture).where(
        Capture.url == url, Capture.payload_sha256 == payload_sha256, Capture.verdict != UNJUDGED
    )
    if status is not None:
        same = same.where(Capture.status == status)
    for capture in session.scalars(same.order_by(Capture.id)):
        if fetched_at is None or utc_text(capture.fetched_at) == utc_text(fetched_at):
            return capture
    return None


def is_captured(session: Session, url: str) -> bool:
    """Whether anything was ever captured at a URL, if only that there is no such page."""
    return session.scalar(select(Capture.id).where(Capture.url == url).limit(1)) is not None


def held_under(session: Session, prefix: str, payload_sha256: str) -> Capture | None:
    """The first capture of this body at a URL that begins so."""
    same = select(Capture).where(
        Capture.url.startswith(prefix, autoescape=True),
        Capture.payload_sha256 == payload_sha256,
        Capture.verdict != UNJUDGED,
    )
    return session.scalar(same.order_by(Capture.id).limit(1))


def capture_of(session: Session, record_id: str) -> Capture | None:
    """The capture that bears a record's id."""
    return session.scalar(select(Capture).where(Capture.record_id == record_id))


def adopt_capture(session: Session, run_id: int, record: Record, verdict: str) -> int | None:
    """Enter a capture that the archive holds and the store does not know; returns its id. One that it knows is left as it
    is, and None returned."""
    if capture_of(session, record.record_id) is not None:
        return None
    refers_to = bare_id(record.headers.get("warc-refers-to", ""))
    original = capture_of(session, refers_to) if refers_to else None
    digest = digest_hex(record.headers.get("warc-payload-digest", ""))
    assert digest is not None, f"{record.record_id} has no SHA-256 digest of its payload"
    return add_capture(
        session,
        run_id,
        CaptureEntry(
            record_id=record.record_id,
            url=record.url or "",
            fetched_at=datetime.fromisoformat(record.headers["warc-date"]),
            status=record.http_status or 0,
            verdict=verdict,
            payload_sha256=digest,
            payload_length=original.payload_length if original else len(record.body),
            truncated=record.headers.get("warc-truncated"),
            warc_file=record.file,
            warc_offset=record.offset,
            revisit_of=original.id if original else None,
        ),
    )


def document_at(session: Session, url: str) -> Document | None:
    """The document that stands at a URL.

    A store of an earlier gxcrawl may have one document under two URLs, of which the first had sent the reader on to the
    second: it stands where it was seen last, and whatever answers at the first again is another.
    """
    elsewhere = aliased(DocumentUrl)
    left = exists().where(
        elsewhere.document_id == DocumentUrl.document_id,
        elsewhere.url != DocumentUrl.url,
        elsewhere.last_seen > DocumentUrl.last_seen,
    )
    return session.scalar(
        select(Document)
        .join(DocumentUrl, DocumentUrl.document_id == Document.id)
        .where(DocumentUrl.url == url, ~left)
        .order_by(DocumentUrl.last_seen.desc(), DocumentUrl.document_id)
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document was seen: its site and kind, and what was said of it beforehand when it was asked for last."""

    site: str
    kind: Literal["report", "attachment"]
    context: Mapping[str, Any]


def place_at(session: Session, url: str) -> Place | None:
    """What is known of a URL at which a document was seen; None where none was."""
    document = document_at(session, url)
    if document is None:
        return None
    said = session.scalar(
        select(Frontier.context).where(Frontier.url == url).order_by(Frontier.run_id.desc()).limit(1)
    )
    site = session.get_one(Site, document.site_id)
    kind: Literal["report", "attachment"] = "attachment" if document.kind == "attachment" else "report"
    return Place(site.name, kind, said or {})


def see_document(
    session: Session, site_id: int, kind: str, url: str, seen: datetime, parent_id: int | None = None
) -> Document:
    """The document at a URL, made where it is new; its sightings there are widened, and one that was gone before is back.

    A document is a place, whatever led to it: where one URL sends the reader on to another, what is shown there is the other's,
    and both may answer for themselves again. An older sighting that comes in late is put at its place in time, and brings
    back nothing that has gone since.
    """
    document = document_at(session, url)
    if document is None:
        document = Document(site_id=site_id, kind=kind, parent_id=parent_id)
        session.add(document)
        session.flush()
        session.add(DocumentUrl(document_id=document.id, url=url, first_seen=seen, last_seen=seen))
    else:
        row = session.scalar(
            select(DocumentUrl)
            .where(DocumentUrl.document_id == document.id, DocumentUrl.url == url)
            .order_by(DocumentUrl.first_seen)
            .limit(1)
        )
        assert row is not None
        row.first_seen, row.last_seen = min(row.first_seen, seen), max(row.last_seen, seen)
    if document.gone_since is not None and seen > document.gone_since:
        document.gone_since = None
    session.flush()
    return document


def version_of_text(session: Session, document_id: int, text_sha256: str) -> Version | None:
    """The version of a document that has this text, if any: A, B, A again is two versions, shown three times."""
    return session.scalar(
        select(Version)
        .where(Version.document_id == document_id, Version.text_sha256 == text_sha256)
        .order_by(Version.number)
        .limit(1)
    )


def add_version(
    session: Session,
    document_id: int,
    *,
    text_sha256: str,
    extractor: str,
    extractor_version: str,
    record_id: str,
    warc_file: str,
    warc_offset: int,
) -> Version:
    """Add the next version of a document; its text is the conversion record named."""
    last = session.scalar(select(func.max(Version.number)).where(Version.document_id == document_id)) or 0
    version = Version(
        document_id=document_id,
        number=last + 1,
        text_sha256=text_sha256,
        extractor=extractor,
        extractor_version=extractor_version,
        conversion_record_id=record_id,
        warc_file=warc_file,
        warc_offset=warc_offset,
    )
    session.add(version)
    session.flush()
    seal(session, "version", version.id)
    return version


def add_showing(session: Session, capture_id: int, document_id: int, version_id: int | None) -> None:
    """Say what a capture showed."""
    session.add(Showing(capture_id=capture_id, document_id=document_id, version_id=version_id))
    seal(session, "showing", capture_id)
    session.flush()


def shows_the_same(
    session: Session, capture_id: int, untold: Collection[int] = ()
) -> tuple[int, int | None] | None:
    """What a revisit shows unless the archive says otherwise: document and version that the newest capture of the same
    body showed, those of `untold` runs aside, of which the archive does not tell it. None for what is no revisit, or where
    none of them showed anything."""
    revisit = session.get_one(Capture, capture_id)
    if revisit.revisit_of is None:
        return None
    row = session.execute(
        select(Showing.document_id, Showing.version_id)
        .join(Capture, Capture.id == Showing.capture_id)
        .where(
            or_(Capture.id == revisit.revisit_of, Capture.revisit_of == revisit.revisit_of),
            Capture.id != capture_id,
            Capture.run_id.not_in(untold),
        )
        .order_by(Capture.id.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def has_showing(session: Session, capture_id: int) -> bool:
    """Whether it was entered what a capture showed."""
    return session.get(Showing, capture_id) is not None


@dataclass(frozen=True, slots=True)
class ShownBefore:
    """What a document showed last before a moment, outside one run; the text is null where none could be taken."""

    text_sha256: str | None
    payload_sha256: str


def shown_before(session: Session, document_id: int, run_id: int, moment: datetime) -> ShownBefore | None:
    """What a document showed last before a moment, by when it was fetched and whenever it came into the store; None where
    it was not seen before. What the run itself has fetched is left out, since one that was killed may fetch a page twice."""
    row = session.execute(
        select(Version.text_sha256, Capture.payload_sha256)
        .select_from(Showing)
        .join(Capture, Capture.id == Showing.capture_id)
        .outerjoin(Version, Version.id == Showing.version_id)
        .where(Showing.document_id == document_id, Capture.run_id != run_id, Capture.fetched_at < moment)
        .order_by(Capture.fetched_at.desc(), Capture.record_id.desc())
        .limit(1)
    ).first()
    return ShownBefore(*row) if row else None


def unasked_documents(
    session: Session, site_id: int, run_id: int
) -> Iterator[tuple[str, str, datetime | None]]:
    """URL, kind and the time since when it is gone (None where it is not) of each document of a site that a run has not asked
    for, those that are gone too, at the URL where it was last seen. A harvest has met most of its documents by then, so the
    store leaves them out."""
    place = func.row_number().over(
        partition_by=DocumentUrl.document_id, order_by=[DocumentUrl.last_seen.desc(), DocumentUrl.url.desc()]
    )
    newest = (
        select(DocumentUrl.url, DocumentUrl.document_id, place.label("place"))
        .join(Document, Document.id == DocumentUrl.document_id)
        .where(Document.site_id == site_id)
        .subquery()
    )
    is_asked = exists().where(
        Frontier.run_id == run_id,
        Frontier.url == newest.c.url,
        Frontier.asked == "",
        # one that the column of another body left aside unfetched is asked for all the same (Ledger.add)
        func.coalesce(Frontier.verdict, "") != "other_agency",
    )
    rows = session.execute(
        select(newest.c.url, Document.kind, Document.gone_since)
        .join(Document, Document.id == newest.c.document_id)
        .where(newest.c.place == 1, ~is_asked)
        .order_by(newest.c.url)
    )
    return (tuple(row) for row in rows)


def expected_records(session: Session) -> Iterator[ExpectedRecord]:
    """Every record that the store knows: captures and conversions, with all that the store says of them, as the audit
    of the archive wants them."""
    # there are as many as the archive has captures: what many of them say alike is held once
    original = aliased(Capture)
    captures = select(Capture, original.record_id).outerjoin(original, original.id == Capture.revisit_of)
    for capture, refers_to in session.execute(
        captures.order_by(Capture.id).execution_options(yield_per=1000)
    ):
        told = {
            "url": uri_text(capture.url),
            "fetched_at": utc_text(capture.fetched_at),
            "status": intern(str(capture.status)),
            "truncated": intern(capture.truncated or ""),
            "length": str(capture.payload_length),
            "verdict": intern(capture.verdict),
        }
        if capture.revisit_of is not None:
            told["refers_to"] = refers_to or ""
        yield ExpectedRecord(
            capture.record_id,
            intern(capture.warc_file),
            capture.warc_offset,
            capture.payload_sha256,
            "revisit" if capture.revisit_of is not None else "response" if capture.status else "resource",
            told,
        )
    for version in session.scalars(select(Version).order_by(Version.id).execution_options(yield_per=1000)):
        yield ExpectedRecord(
            version.conversion_record_id,
            intern(version.warc_file),
            version.warc_offset,
            version.text_sha256,
            "conversion",
            {"extractor": intern(f"{version.extractor}/{version.extractor_version}")},
        )
