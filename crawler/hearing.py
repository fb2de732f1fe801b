"""Holds what the archive says of the runs against what the store says of them: how they began and ended, and what their
captures showed. Whoever edits a row and its seal together is found out by it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.account import BEGUN, ENDED, SHOWN, statement_of
from archive.scan import Scanned, bare_id, header_fields
from archive.warc import STATED
from gxstore.models import Capture, Document, Run, Showing, Version

_BEGINS = ("started", "narrowed", "tool_version", "config_digest", "vantage")
_ENDS = ("finished", "outcome", "summary")


class Heard:
    """Hears metadata records, in whatever order, and keeps what they say of runs and showings."""

    def __init__(self) -> None:
        self._began: dict[int, Mapping[str, Any]] = {}
        self._ended: dict[int, Mapping[str, Any]] = {}
        self._shown: dict[str, Mapping[str, str]] = {}

    def hear(self, seen: Scanned) -> None:
        """Take in a metadata record that can be read."""
        fields = dict(header_fields(seen.told))
        if STATED in fields:
            about = {BEGUN: self._began, ENDED: self._ended}.get(fields[STATED])
            if about is not None:  # of a ledger the scan keeps the beginning alone
                said = statement_of(seen.told)
                about[said["run"]] = said
        elif SHOWN in fields:
            self._shown[bare_id(seen.headers.get("warc-concurrent-to", ""))] = fields

    def against(
        self, session: Session, opened: Collection[int | None], ended_before: Collection[int]
    ) -> Iterator[tuple[str, str]]:
        """What the store says otherwise: a code and a sentence each.

        Args:
            session: the store.
            opened: the runs all of whose files were heard.
            ended_before: the runs that the store called ended when hearing began, by no clock. Something can only be
                missing of these, if all their files were heard.
        """
        opened = set(ended_before) & set(opened)
        for run in session.scalars(select(Run).order_by(Run.id)):
            began, ended = self._began.get(run.id), self._ended.get(run.id)
            yield from _differing(run, began, _BEGINS)
            if run.finished is not None:
                yield from _differing(run, ended, _ENDS)
            if run.id in opened and began and not ended and run.outcome not in (None, "failed"):
                yield "record_missing", f"run {run.id} ended, and its archive does not say so any more."
            if run.id in opened and ended and not began:
                yield "record_missing", f"the archive does not say any more how run {run.id} began."
        yield from self._showings(session, opened)

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


def _differing(run: Run, said: Mapping[str, Any] | None, names: Collection[str]) -> Iterator[tuple[str, str]]:
    if said is None:
        return
    for name in names:
        value = getattr(run, name)
        stored = value.isoformat() if hasattr(value, "isoformat") else value
        if said.get(name) != stored:
            yield "store_differs", f"run {run.id} says {name} {said.get(name)}, the store says {stored}."
