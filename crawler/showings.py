"""Enters what captures showed: the document, the version of its text, and what was read in it."""

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from archive.account import NOTHING, SHOWN, shown_fields
from archive.text.document import Document
from archive.warc import WarcWriter
from crawler.keeping import Kept
from crawler.understanding import Understood
from gxstore import evidence, readings
from gxstore.frontier import Item, Result
from gxstore.models import Version


class Showings:
    """Enters what the captures of one run showed.

    Args:
        engine: the store.
        writer: the run's WARC writer.
        site_id, run_id: the site and the run in the store.
        untold: earlier runs of which the archive does not tell what their captures showed.
    """

    def __init__(
        self, engine: Engine, writer: WarcWriter, *, site_id: int, run_id: int, untold: frozenset[int]
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._site_id = site_id
        self._run_id = run_id
        self._untold = untold

    def enter(
        self,
        session: Session,
        item: Item,
        kept: Kept,
        document: Document | None,
        kind: str,
        parent_id: int | None,
        understood: Understood | None,
        moment: datetime,
    ) -> tuple[Result, int]:
        """Enter what a capture showed: document, version (with its conversion record), reading and values.

        The archive is told before the store has it for good, and is not told what follows by itself: that a revisit shows
        what its body showed before, and that nothing new is read in it.
        """
        fresh = False
        row = evidence.see_document(session, self._site_id, kind, item.url, kept.fetched_at, parent_id)
        before = self._before(session, item, row.id, kept.fetched_at)
        result: Result = "unchanged" if before else "new"
        version_id: int | None = None
        if document is not None:
            version = evidence.version_of_text(session, row.id, document.digest)
            if version is None:
                stored = self._writer.write_conversion(
                    kept.record_id,
                    item.url,
                    document.text(),
                    extractor=document.extractor,
                    version=document.extractor_version,
                )
                version = evidence.add_version(
                    session,
                    row.id,
                    text_sha256=document.digest,
                    extractor=document.extractor,
                    extractor_version=document.extractor_version,
                    record_id=stored.record_id,
                    warc_file=stored.file,
                    warc_offset=stored.offset,
                )
            version_id = version.id
        # A text that comes back (A, B, A) is a change like any other; the same bytes with another text are a change of
        # our extractor, not of the portal.
        if (
            before
            and before.payload_sha256 != kept.payload_sha256
            and (document is None or before.text_sha256 != document.digest)
        ):
            result = "changed"
        same = evidence.shows_the_same(session, kept.capture_id, self._untold)
        follows = same == (row.id, version_id)
        evidence.add_showing(session, kept.capture_id, row.id, version_id)
        if understood and understood.agency and version_id is not None:
            read = readings.keep(
                session,
                [version_id],
                understood.reading,
                understood.attribution,
                understood.agency.slug,
                moment,
            )
            fresh = read.added or read.attributed
        if fresh or not follows or item.url != kept.url:
            text = session.get_one(Version, version_id).conversion_record_id if version_id else None
            said = shown_fields(kind, text, item.url, kept.url, item.context)
            self._writer.write_metadata(kept.record_id, said, at=moment)
        return result, row.id

    def _before(
        self, session: Session, item: Item, document_id: int, moment: datetime
    ) -> evidence.ShownBefore | None:
        """What was shown there last; where nothing was, what was shown last at the URL that sends the reader here."""
        before = evidence.shown_before(session, document_id, self._run_id, moment)
        origin = item.context.get("moved_from")
        if before is None and origin and (left := evidence.document_at(session, origin)) is not None:
            return evidence.shown_before(session, left.id, self._run_id, moment)
        return before

    def deny(self, kept: Kept) -> None:
        """Say in the archive that a revisit shows nothing: where nothing is said, it shows what that body showed before."""
        with Session(self._engine) as session:
            known = evidence.has_showing(session, kept.capture_id)
            if known or evidence.shows_the_same(session, kept.capture_id, self._untold) is None:
                return
        self._writer.write_metadata(kept.record_id, {SHOWN: NOTHING})
