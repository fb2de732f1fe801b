"""Holds what the archive says of the runs against what the store says of them: how they began and ended, and what their
captures showed. Whoever edits a row and its seal together is found out by it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from json import dumps, loads
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.account import BEGUN, ENDED, GONE, LEDGER, SHOWN, run_of_file, statement
from archive.reader import UnreadableRecord, read_record
from archive.scan import Scanned, bare_id, header_fields
from archive.warc import STATED, statement_block
from gxstore.ledgers import ledger_text, without_parent, wrong_parents
from gxstore.models import Capture, Document, Frontier, Run, Showing, Site, Version
from gxstore.sightings import Gone, wrong_sightings

_BEGINS = ("started", "narrowed", "tool_version", "config_digest", "vantage")
_ENDS = ("finished", "outcome", "summary")


class Heard:
    """Hears metadata records, in whatever order, and keeps what they say of runs, showings and pages that were gone.

    Args:
        archive: the folder of the WARC files.
    """

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._began: dict[int, Mapping[str, Any]] = {}
        self._ended: dict[int, Mapping[str, Any]] = {}
        self._ledgers: dict[int, tuple[str, Scanned]] = {}
        self._shown: dict[str, Mapping[str, str]] = {}
        self._gone: list[Gone] = []

    @property
    def began(self) -> Mapping[int, Mapping[str, Any]]:
        """What each run that was heard said when it began, by its number."""
        return self._began

    def hear(self, file: str, seen: Scanned) -> str | None:
        """Take in a metadata record of a file; says what is wrong with it where it cannot be understood."""
        try:
            return self._hear(file, seen)
        except (UnreadableRecord, ValueError) as error:
            return str(error).rstrip(".")

    def _hear(self, file: str, seen: Scanned) -> str | None:
        fields = dict(header_fields(seen.told))
        beside = bare_id(seen.headers.get("warc-concurrent-to", ""))
        if (said := statement(self._archive, file, seen)) is not None:
            run = run_of_file(file)
            if said.get("run", run) != run and run is not None:
                return f"it speaks of run {said['run']}, and lies in a file of run {run}"
            if said[STATED] == LEDGER and run is not None:
                self._ledgers[run] = file, replace(seen, told=b"")
            about = {BEGUN: self._began, ENDED: self._ended}.get(said[STATED])
            if about is not None:
                about[said["run"]] = said
        elif SHOWN in fields:
            if not isinstance(loads(fields.get("context", "{}")), dict):
                return "the context of what was shown is no object"
            self._shown[beside] = fields
        elif GONE in fields:
            self._gone.append(
                Gone(beside, fields[GONE], datetime.fromisoformat(seen.headers.get("warc-date", "")))
            )
        return None

    def against(
        self,
        session: Session,
        opened: Collection[int | None],
        ended_before: Collection[int],
        filed: Collection[int | None],
    ) -> Iterator[tuple[str, str]]:
        """What the store says otherwise: a code and a sentence each.

        Args:
            session: the store.
            opened: the runs all of whose files were heard.
            ended_before: the runs that the store called ended when hearing began, by no clock. Something can only be
                missing of these, if all their files were heard.
            filed: the runs that have a file in the archive, or had one that the manifest still names.
        """
        opened = set(ended_before) & set(opened)
        for run in session.scalars(select(Run).order_by(Run.id)):
            began, ended = self._began.get(run.id), self._ended.get(run.id)
            yield from _differing(run, began, _BEGINS)
            if run.finished is not None:
                yield from _differing(run, ended, _ENDS)
            if run.id in opened and began and not ended and run.outcome not in (None, "failed"):
                yield "record_missing", f"run {run.id} ended, and its archive does not say so any more."
            if run.id in ended_before and run.id not in filed and run.outcome not in (None, "failed"):
                yield (
                    "record_missing",
                    f"run {run.id} ended, and the archive has no file of it: gxcrawl did not make it.",
                )
            if run.id in opened and ended and not began:
                yield "record_missing", f"the archive does not say any more how run {run.id} began."
            site = session.get(Site, run.site_id)
            if site is None:
                yield "store_differs", f"the store does not know the site of run {run.id} any more."
            elif began and began["site"] != site.name:
                yield "store_differs", f"run {run.id} says site {began['site']}, the store says {site.name}."
            if ended and run.finished is not None:
                yield from self._ledger(session, run.id)
        yield from self._showings(session, opened)
        yield from self._contexts(session)
        if set(session.scalars(select(Capture.run_id).distinct())) <= self._began.keys() & set(opened):
            shown = {record: fields["url"] for record, fields in self._shown.items() if "url" in fields}
            for sentence in wrong_sightings(session, shown, self._gone):
                yield "store_differs", sentence

    def _ledger(self, session: Session, run: int) -> Iterator[tuple[str, str]]:
        """Whether the ledger of a run that ended is still what it was then."""
        if run not in self._ledgers:
            yield "record_missing", f"the archive does not say any more what the ledger of run {run} was."
            return
        for url in wrong_parents(session, run):
            yield "store_differs", f"the ledger of run {run} says of {url} that it belongs to another page."
        file, seen = self._ledgers[run]
        stored = ledger_text(session, run)
        if sha256(statement_block(LEDGER, stored)).hexdigest() == seen.block_sha256:
            return
        kept = read_record(self._archive, file, seen.offset).body
        held, said = loads(stored), loads(dict(header_fields(kept))["content"])
        for table in held:
            # another database sorts otherwise, and an earlier gxcrawl wrote numbers of documents
            ours, theirs = (sorted(map(_in_short, one[table])) for one in (held, said))
            if ours != theirs:
                differing = len(set(ours) ^ set(theirs))
                yield (
                    "store_differs",
                    f"the ledger of run {run} ({table}) is not what its archive says, in {differing} rows.",
                )

    def _contexts(self, session: Session) -> Iterator[tuple[str, str]]:
        """Whether the archive says of what was shown what the ledger says of it."""
        rows = session.execute(
            select(Capture.record_id, Capture.run_id, Capture.url)
            .join(Showing, Showing.capture_id == Capture.id)
            .order_by(Capture.id)
        ).all()
        for record_id, run, captured_url in rows:
            fields = self._shown.get(record_id)
            if fields is None:
                continue
            row = session.get(Frontier, (run, fields.get("url", captured_url), ""))
            if row is None:
                continue
            listed = {key: value for key, value in without_parent(row.context).items() if value is not None}
            if loads(fields.get("context", "{}")) != listed:
                message = f"what is said of {record_id} beforehand is not what the ledger of run {run} says."
                yield "store_differs", message
            session.expunge(row)

    def _showings(self, session: Session, opened: Collection[int | None]) -> Iterator[tuple[str, str]]:
        rows = session.execute(
            select(
                Capture.record_id,
                Capture.run_id,
                Capture.revisit_of,
                Document.kind,
                Version.conversion_record_id,
            )
            .join(Showing, Showing.capture_id == Capture.id)
            .join(Document, Document.id == Showing.document_id)
            .outerjoin(Version, Version.id == Showing.version_id)
            .order_by(Capture.id)
            .execution_options(yield_per=1000)
        )
        for record_id, run, revisit_of, kind, text in rows:
            said = self._shown.get(record_id)
            if said is None:
                if revisit_of is None and run in opened and run in self._began:
                    yield "record_missing", f"the archive does not say any more what {record_id} showed."
            elif (said[SHOWN], said.get("text")) != (kind, text):
                by_archive = f"{said[SHOWN]} {said.get('text', 'without text')}"
                by_store = f"{kind} {text or 'without text'}"
                yield "store_differs", f"{record_id} showed {by_archive}, the store says {by_store}."


def _in_short(row: Mapping[str, Any]) -> str:
    context = {"context": without_parent(row["context"])} if "context" in row else {}
    return dumps({**row, **context}, sort_keys=True)


def _differing(run: Run, said: Mapping[str, Any] | None, names: Collection[str]) -> Iterator[tuple[str, str]]:
    if said is None:
        return
    for name in names:
        value = getattr(run, name)
        stored = value.isoformat() if hasattr(value, "isoformat") else value
        if said.get(name) != stored:
            yield "store_differs", f"run {run.id} says {name} {said.get(name)}, the store says {stored}."
