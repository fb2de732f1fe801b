"""Puts captures and readings into a store as a harvest or an import does, at times of the test's choosing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from gxstore import evidence, readings
from gxstore.evidence import CaptureEntry
from gxstore.models import EARLIEST, Agency, AgencyName, Run, Site, Version
from gxstore.models import Document as DocumentRow
from gxstore.reading.report import Attribution, Checks, Finding, Reading, Signature, Value, Where

CODE = "ar.t3.new_received.total"


class Keeper:
    """Writes into one store. Ids of records are made from URL and time, so that they do not depend on the order of entry."""

    def __init__(self, engine: Engine, agencies: Sequence[str] = ("a", "b")) -> None:
        self.engine = engine
        with Session(engine) as session, session.begin():
            session.add(Site(id=1, name="site", title="site"))
            session.add_all(Agency(slug=slug, level="county", function="司法") for slug in agencies)
            session.flush()
            for number, slug in session.execute(select(Agency.id, Agency.slug)).all():
                name = AgencyName(name=f"{slug}局", region="640100", agency_id=number, main=True)
                name.valid_from = EARLIEST
                session.add(name)

    def run(self, started: datetime) -> int:
        """A run that began then."""
        with Session(self.engine) as session, session.begin():
            row = Run(
                site_id=1,
                started=started,
                narrowed={},
                tool_version="t",
                config_digest="0" * 64,
                vantage="not stated",
            )
            session.add(row)
            session.flush()
            return row.id

    def _capture(
        self, session: Session, run: int, url: str, at: datetime, body: str, status: int, verdict: str
    ) -> int:
        digest = sha256(body.encode()).hexdigest()
        before = evidence.original_capture(session, url, digest, status)
        return evidence.add_capture(
            session,
            run,
            CaptureEntry(
                record_id=f"urn:{sha256(f'{url} {at.isoformat()}'.encode()).hexdigest()[:40]}",
                url=url,
                fetched_at=at,
                status=status,
                verdict=verdict,
                payload_sha256=digest,
                payload_length=len(body),
                truncated=None,
                warc_file="f.warc.gz",
                warc_offset=0,
                revisit_of=before.id if before else None,
            ),
        )

    def answers(self, run: int, url: str, at: datetime, status: int, verdict: str) -> None:
        """A reply that is no report."""
        with Session(self.engine) as session, session.begin():
            self._capture(session, run, url, at, f"{status} {verdict}", status, verdict)

    def gone(self, url: str, since: datetime) -> None:
        """What a whole run says of a document that answers 404 and that no list names."""
        with Session(self.engine) as session, session.begin():
            document = evidence.document_at(session, url)
            assert document is not None
            document.gone_since = since

    def shows(
        self,
        run: int,
        url: str,
        at: datetime,
        text: str,
        numbers: Mapping[str, int],
        *,
        agency: str = "a",
        year: int = 2021,
        kind: str = "report",
        parent: int | None = None,
        body: str | None = None,
        extractor_version: str = "1",
        read_at: datetime | None = None,
        reader: str = "1",
        findings: tuple[Finding, ...] = (),
    ) -> str | None:
        """A capture that shows a text, read as a report with these numbers; returns new, changed or unchanged."""
        with Session(self.engine) as session, session.begin():
            capture = self._capture(session, run, url, at, body or text, 200, "ok")
            row = evidence.see_document(session, 1, kind, url, at, parent)
            digest = sha256(text.encode()).hexdigest()
            before = evidence.shown_before(session, row.id, run, at)
            version = evidence.version_of_text(session, row.id, digest) or evidence.add_version(
                session,
                row.id,
                text_sha256=digest,
                extractor="html",
                extractor_version=extractor_version,
                record_id=f"urn:text:{row.id}:{digest[:30]}",
                warc_file="t.warc.gz",
                warc_offset=0,
            )
            evidence.add_showing(session, capture, row.id, version.id)
            if numbers:
                self._read(session, [version.id], numbers, agency, year, read_at or at, reader, findings)
            return None if before is None else "changed" if before.text_sha256 != digest else "unchanged"

    def read(
        self,
        texts: Sequence[str],
        numbers: Mapping[str, int],
        at: datetime,
        *,
        agency: str = "a",
        year: int = 2021,
        reader: str = "1",
    ) -> None:
        """A reading of texts that are in the store already, the page first."""
        with Session(self.engine) as session, session.begin():
            versions = [
                session.scalars(
                    select(Version).where(Version.text_sha256 == sha256(text.encode()).hexdigest())
                ).first()
                for text in texts
            ]
            ids = [version.id for version in versions if version is not None]
            self._read(session, ids, numbers, agency, year, at, reader, ())

    def document(self, url: str) -> int:
        """The id of the document at a URL."""
        with Session(self.engine) as session:
            row: DocumentRow | None = evidence.document_at(session, url)
            assert row is not None
            return row.id

    def _read(
        self,
        session: Session,
        versions: list[int],
        numbers: Mapping[str, int],
        agency: str,
        year: int,
        at: datetime,
        reader: str,
        findings: tuple[Finding, ...],
    ) -> None:
        values = tuple(
            Value(code, "reported", str(number), Decimal(number), "件", where=Where(1, row, 2, line=row))
            for row, (code, number) in enumerate(numbers.items(), 1)
        )
        digest = readings.digest_of([sorted(numbers.items()), reader])
        reading = Reading(
            "title", (), (), "e3_2021", values, (), (), None, Signature(), None, None, (), findings, Checks(), reader,
            "c" * 64, (), digest,
        )  # fmt: skip
        attribution = Attribution(
            True, None, "annual", agency, "title", None, None, year, "title", "e3_2021", None, None, "unknown", (), (),
            None, "",
        )  # fmt: skip
        readings.keep(session, versions, reading, attribution, agency, at)
