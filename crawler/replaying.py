"""Enters into the store what the archive tells of runs: what a killed harvest left unentered, and everything where the
store is made anew.

The archive is told first and the store after it, so whatever the store has of a run, the archive has too; what it has
not is entered here in the same way, and what it has already is left as it is.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from json import loads
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archive.account import (
    ENDED,
    LEDGER,
    NOTHING,
    SHOWN,
    Began,
    Captured,
    Event,
    Showed,
    Stated,
    TextRecord,
    Vanished,
    events,
    runs_told,
    texts_of,
    untold_runs,
)
from archive.fixity import UNJUDGED
from archive.reader import UnreadableBody, UnreadableRecord, read_record
from archive.text.confined import Confined, Limits
from archive.text.refusal import NotReadable
from crawler.registering import Registration
from crawler.rereading import Source, Told, keep_told, read_source, sources
from crawler.sites import Site, load_site
from crawler.understanding import understand
from crawler.vantage import is_replica
from gxstore import catalogue, evidence, readings, regions, runs
from gxstore.comparing import compare_reports
from gxstore.ledgers import restore_ledger
from gxstore.models import Capture, Document, Frontier, Run, Showing, Version
from gxstore.reading.read import READER_VERSION

log = logging.getLogger(__name__)


def run_content(run: Run, site: str, registered: Registration | None) -> dict[str, Any]:
    """What a run says of itself in the archive when it begins, with the reader and catalogue that it reads by, and what it
    registered of its site, if that is known."""
    return {
        "site": site,
        "run": run.id,
        "started": run.started.isoformat(),
        "narrowed": run.narrowed,
        "tool_version": run.tool_version,
        "config_digest": run.config_digest,
        "vantage": run.vantage,
        "replica": is_replica(run.vantage),
        "reader": READER_VERSION,
        "catalogue": catalogue.load().digest,
        **({"registered": registered.content()} if registered else {}),
    }


def end_content(run: Run, read_at: datetime) -> dict[str, Any]:
    """What a run says of itself in the archive when it ends; `read_at` is when the pages were read together with their
    attachments."""
    assert run.finished is not None
    return {
        "run": run.id,
        "finished": run.finished.isoformat(),
        "outcome": run.outcome,
        "read_together": read_at.isoformat(),
        "summary": run.summary,
    }


def read_pages(pages: Iterable[Source], limits: Limits) -> Iterator[Told]:
    """Read pages together with their attachments; one that is no report any more is told to the log."""
    for page in pages:
        found = read_source(page, limits)
        if isinstance(found, str):
            log.warning("%s: read with its attachments it is no report: %s", page.page.url, found)
        else:
            yield from found


def adopt(engine: Engine, archive: Path, site: Site, limits: Limits) -> None:
    """Enter what a run that did not end has told the archive and could not enter any more.

    At most the last capture before a kill is concerned, or one whose entry the store refused, what it showed, and the end
    of the run. A capture of which nothing was understood yet is fetched again all the same.
    """
    with Session(engine) as session:
        run = runs.unfinished_run(session, site.name)
        number = run.id if run is not None else None
    if number is None:
        return
    with Confined(limits) as reader, Session(engine) as session, session.begin():
        for account in runs_told(archive, site=site.name, run=number):
            untold = untold_runs(archive, site.name)
            replay = Replay(
                archive, reader, limits, texts_of([account]), untold=untold, ledgers=account.ended
            )
            for event in events(archive, account):
                replay.enter(session, event)


class Replay:
    """Enters events, one after the other.

    Args:
        archive: the folder of the WARC files.
        reader: takes the text out of what was served.
        limits: what reading one file may take.
        texts: the conversion records that events may name, by id.
        anew: whether the store is made of the archive: then runs are entered too, and what lists said of their pages.
        ledgers: whether ledgers are entered: of a run that has not ended the store knows more.
        untold: runs of which the archive does not tell what their captures showed.
    """

    def __init__(
        self,
        archive: Path,
        reader: Confined,
        limits: Limits,
        texts: Mapping[str, TextRecord],
        *,
        anew: bool = False,
        ledgers: bool = False,
        untold: frozenset[int] = frozenset(),
    ) -> None:
        self._archive = archive
        self._reader = reader
        self._limits = limits
        self._texts = texts
        self._anew = anew
        self._ledgers = anew or ledgers
        self._untold = untold
        self._told: dict[int, Mapping[str, Any]] = {}
        self._sites: dict[str, Site] = {}
        self._catalogue = catalogue.load()
        self._gazetteer = regions.load()
        self.troubles: list[str] = []

    def enter(self, session: Session, event: Event) -> None:
        """Enter one event; what is entered already is left as it is.

        Raises:
            SiteError: there is no site file, or a broken one, of the site that the event is about.
        """
        match event.what:
            case Began():
                self._began(session, event, event.what)
            case Captured():
                self._captured(session, event, event.what)
            case Showed():
                self._showed(session, event, event.what)
            case Vanished():
                self._vanished(session, event, event.what)
            case Stated(about, content) if about == LEDGER:
                if self._ledgers:
                    self._ledger(session, event.run, content)
            case Stated(about, content) if about == ENDED:
                self._ended(session, event, content)
        session.flush()

    def _ledger(self, session: Session, run: int, content: Mapping[str, Any]) -> None:
        try:
            with session.begin_nested():
                restore_ledger(session, run, content)
        except (SQLAlchemyError, AttributeError, TypeError, ValueError) as error:
            self.troubles.append(f"the ledger of run {run} in the archive cannot be entered: {error}")

    def reads(self, run: int) -> bool:
        """Whether a run read by the present reader and catalogue, so that what it read is read so again."""
        told = self._told.get(run, {})
        return (told.get("reader"), told.get("catalogue")) == (READER_VERSION, self._catalogue.digest)

    def _site(self, name: str) -> Site:
        if name not in self._sites:
            self._sites[name] = load_site(name).site
        return self._sites[name]

    def _began(self, session: Session, event: Event, began: Began) -> None:
        self._told[event.run] = began.content
        if not self._anew:
            return
        told, info = began.content, began.warcinfo
        try:
            registration = Registration.told(told)
        except ValueError as error:
            self.troubles.append(f"run {event.run} began, and {error}; the site file was taken instead")
            registration = None
        registration = registration or Registration.of(self._site(event.site))
        site_id = registration.enter(session, event.site)
        started = datetime.fromisoformat(told["started"]) if told else event.at
        runs.fail_killed(session, event.site, started)
        session.add(
            Run(
                id=event.run,
                site_id=site_id,
                started=started,
                narrowed=told.get("narrowed", {}),
                tool_version=told.get("tool_version", info.get("software", "not stated")),
                config_digest=told.get("config_digest", info.get("config-digest", "")),
                vantage=told.get("vantage", info.get("vantage", "not stated")),
            )
        )

    def _captured(self, session: Session, event: Event, captured: Captured) -> None:
        evidence.adopt_capture(session, event.run, captured.record, captured.verdict)
        if captured.later or captured.verdict == UNJUDGED or not self._told.get(event.run):
            return
        capture = evidence.capture_of(session, captured.record.record_id)
        assert capture is not None
        same = evidence.shows_the_same(session, capture.id, self._untold)
        if same is None or evidence.has_showing(session, capture.id):
            return
        document = session.get_one(Document, same[0])
        evidence.see_document(
            session, document.site_id, document.kind, capture.url, capture.fetched_at, document.parent_id
        )
        evidence.add_showing(session, capture.id, *same)

    def _showed(self, session: Session, event: Event, showed: Showed) -> None:
        capture = evidence.capture_of(session, showed.record_id)
        if capture is None:
            self.troubles.append(f"it is told what {showed.record_id} showed, but that capture is not there")
            return
        fields = showed.fields
        if fields[SHOWN] == NOTHING or evidence.has_showing(session, capture.id):
            return
        url = fields.get("url", capture.url)
        try:
            context = loads(fields.get("context", "{}"))
            if fields[SHOWN] == "attachment":
                context["page_url"]
        except (ValueError, TypeError, KeyError) as error:
            self.troubles.append(f"what {showed.record_id} showed is told and cannot be understood: {error}")
            return
        parent = None
        if fields[SHOWN] == "attachment" and (page := evidence.document_at(session, context["page_url"])):
            parent = page.id
            context["parent"] = parent
        run = session.get_one(Run, event.run)
        document = evidence.see_document(session, run.site_id, fields[SHOWN], url, capture.fetched_at, parent)
        version = self._version(session, document.id, fields.get("text"), url)
        evidence.add_showing(session, capture.id, document.id, version.id if version else None)
        if self._anew:
            self._list(session, event.run, url, fields[SHOWN], context)
        if version is not None and fields[SHOWN] == "report" and self.reads(event.run):
            self._read(session, event, capture, version.id, url, context)

    def _version(self, session: Session, document: int, record_id: str | None, url: str) -> Version | None:
        if record_id is None:
            return None
        known = session.scalar(select(Version).where(Version.conversion_record_id == record_id))
        if known is not None:
            return known
        text = self._texts.get(record_id)
        if text is None:
            self.troubles.append(f"the text {record_id} of {url} is not there")
            return None
        return evidence.add_version(
            session,
            document,
            text_sha256=text.text_sha256,
            extractor=text.extractor,
            extractor_version=text.extractor_version,
            record_id=record_id,
            warc_file=text.file,
            warc_offset=text.offset,
        )

    def _list(self, session: Session, run: int, url: str, kind: str, context: dict[str, Any]) -> None:
        """Put on the ledger what a list said of a page: a run that never ended has told no ledger of its own."""
        if session.get(Frontier, (run, url, "")) is None:
            host = url.split("/")[2]
            row = Frontier(run_id=run, url=url, asked="", kind=kind, host=host, context=context)
            row.state, row.verdict = "done", "ok"
            session.add(row)
            session.flush()

    def _read(
        self,
        session: Session,
        event: Event,
        capture: Capture,
        version: int,
        url: str,
        context: Mapping[str, Any],
    ) -> None:
        held = session.get_one(Capture, capture.revisit_of) if capture.revisit_of else capture
        try:
            record = read_record(self._archive, held.warc_file, held.warc_offset)
            hint = record.content_type
            document = self._reader.extract(record.decoded(), charset_hint=hint)
            found = understand(
                [document], url, context, self._site(event.site), self._catalogue, self._gazetteer
            )
        except (OSError, UnreadableRecord, UnreadableBody, NotReadable) as error:
            self.troubles.append(f"{url} cannot be read again: {error}")
            return
        except KeyError as error:
            self.troubles.append(f"{url}: the site file {event.site} has no agency {error} any more")
            return
        if not found.is_settled or found.agency is None:
            self.troubles.append(
                f"{url}: it was an annual report when it was captured and is read as none now"
            )
            return
        readings.keep(session, [version], found.reading, found.attribution, found.agency.slug, event.at)

    def _vanished(self, session: Session, event: Event, vanished: Vanished) -> None:
        document = evidence.document_at(session, vanished.url)
        if document is None or document.gone_since is not None:
            return
        later = select(Showing.capture_id).join(Capture, Capture.id == Showing.capture_id)
        later = later.where(Showing.document_id == document.id, Capture.fetched_at > event.at).limit(1)
        if session.scalar(later) is None:
            document.gone_since = event.at

    def _ended(self, session: Session, event: Event, content: Mapping[str, Any]) -> None:
        run = session.get_one(Run, event.run)
        if run.finished is not None:
            return
        if self.reads(event.run):
            moment = datetime.fromisoformat(content["read_together"])
            for told in read_pages(sources(session, self._archive, run_id=run.id), self._limits):
                keep_told(session, told, moment)
            compare_reports(session, runs.agencies_read(session, run.id), self._catalogue)
        run.finished = datetime.fromisoformat(content["finished"])
        run.outcome, run.summary = content["outcome"], content["summary"]
