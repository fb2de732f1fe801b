"""The run of one site that an import is: begun when the first thing is taken that was not there, ended in the archive and then
in the store like any other."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from archive.account import BEGUN, ENDED, LEDGER, untold_runs
from archive.exchange import to_the_millisecond
from archive.fixity import NOT_THERE, REQUEST_FIELD
from archive.foreign import Foreign, Source
from archive.recovery import recover
from archive.text.confined import Confined
from archive.warc import Origin, RevisitTarget, WarcWriter
from crawler.conditions import Conditions
from crawler.found import Aside, Judged, Wanted
from crawler.intake import Intake
from crawler.keeping import Kept
from crawler.killed import close_killed
from crawler.manners import TOOL
from crawler.narrowing import Narrowing
from crawler.registering import Registration
from crawler.replaying import adopt, end_content, read_pages, run_content
from crawler.rereading import keep_told, sources
from crawler.settings import Settings
from crawler.sites import LoadedSite
from crawler.vantage import REPLICA_VANTAGE
from gxstore import catalogue, evidence, regions, runs
from gxstore.comparing import compare_reports
from gxstore.copies import NOT_THERE as ABSENT
from gxstore.evidence import CaptureEntry
from gxstore.ledgers import ledger_text
from gxstore.models import Run
from gxstore.runs import Item, Ledger, State

log = logging.getLogger(__name__)

FILE_URL = "file:///sha256-"
_LONGEST_VANTAGE = 200
# Named in a summary at most so often.
_MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Means:
    """What an import needs from outside: settings, clock, ids, who imports, and a display that is told how many of how
    many things found are done."""

    settings: Settings
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    who: str
    tell: Callable[[int, int], None]


@dataclass
class Imported:
    """What it came to, counted in captures but for `reports`, which counts the documents that were new, changed or not."""

    sources: list[Source] = field(default_factory=list)
    taken: int = 0
    known: int = 0
    results: Counter[str] = field(default_factory=Counter)
    aside: Counter[str] = field(default_factory=Counter)
    named: list[dict[str, str]] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)

    def leave(self, found: Foreign, aside: Aside) -> None:
        """Leave something aside, and say why."""
        self.aside[aside.reason] += 1
        if aside.reason != "page_part" and len(self.named) < _MOST_NAMED:
            entry = {"url": found.url, "path": place_of(found), "reason": aside.reason, "why": aside.why}
            self.named.append(entry)

    def to_json(self) -> dict[str, Any]:
        """The object that `gxcrawl import --json` prints."""
        return {
            "captures": self.taken,
            "known": self.known,
            **{name: self.results[name] for name in ("new", "changed", "unchanged")},
            "left_aside": dict(sorted(self.aside.items())),
            "aside": self.named,
            "damaged": self.damaged,
            "runs": self.runs,
            "sources": [
                {"path": source.path, "sha256": source.sha256, "bytes": source.size, "kind": source.kind}
                for source in self.sources
            ],
        }


def place_of(found: Foreign) -> str:
    return f"{found.source.path}!/{found.member}" if found.member else found.source.path


class _ImportIntake(Intake):
    """The intake of an import: what is not among the files is not asked for anywhere."""

    there: Callable[[str], list[Foreign]]

    def _way_to(self, target: str) -> tuple[str, tuple[str, str] | None]:
        host = urlsplit(target).netloc
        return host, None if self.there(target) else ("not_there", "linked, and not among the files")

    def _requisites_of_page(self, item: Item, kept: Kept) -> list[Item]:  # noqa: ARG002
        return []


class SiteRun:
    """The import's run of one site. It is begun when the first thing is taken that was not there."""

    def __init__(
        self,
        engine: Engine,
        reader: Confined,
        loaded: LoadedSite,
        wanted: Wanted,
        means: Means,
        done: Imported,
        there: Callable[[str], list[Foreign]],
    ) -> None:
        self._engine = engine
        self._loaded = loaded
        self._means = means
        self._wanted = wanted
        self._reader = reader
        self._done = done
        self._there = there
        self._writer: WarcWriter | None = None
        self._run_id: int | None = None
        self._intake: _ImportIntake | None = None
        self._kept = 0
        self._bytes = 0

    def settle(self) -> None:
        """End an import into the site that was killed, so that what it took is known as what it took."""
        with Session(self._engine) as session:
            killed = runs.unfinished_run(session, self._loaded.site.name)
            if killed is not None and killed.narrowed.get("import"):
                self._close_killed()

    def _close_killed(self) -> None:
        settings, site = self._means.settings, self._loaded.site
        recover(settings.archive)
        adopt(self._engine, settings.archive, site, settings.reading_limits)
        close_killed(self._engine, settings, self._loaded, self._means.now, self._means.new_id)

    @property
    def intake(self) -> _ImportIntake:
        """The intake of the run, which is begun if it was not."""
        if self._intake is None:
            self._begin()
        assert self._intake is not None
        return self._intake

    @property
    def ledger(self) -> Ledger:
        """The run's ledger."""
        return self.intake.ledger

    def finish(self, item: Item, state: State, verdict: str, reason: str) -> None:
        """Say on the ledger how an item ended, if the run was begun at all."""
        if self._intake is not None:
            self.ledger.finish(item, state, verdict=verdict, reason=reason)

    def keep(self, item: Item, thing: Foreign, original: Foreign, judged: Judged) -> Kept | None:
        """Write something found to the archive and enter it as a capture, with where it came from; None where the store
        holds it already, together with what it showed."""
        with Session(self._engine) as session:
            held = evidence.held_capture(
                session,
                item.url,
                original.body.sha256,
                # of a file of unknown time nothing is new if the body stands there already, whoever brought it
                None if thing.kind == "file" and thing.date is None else thing.status,
                thing.date,
            )
            if held is None and item.url.startswith(f"{FILE_URL}{thing.source.sha256}/"):
                held = evidence.held_under(session, f"{FILE_URL}{thing.source.sha256}/", original.body.sha256)
            if held is not None:
                understood = judged.verdict.code in ABSENT or evidence.has_showing(session, held.id)
                known = Kept(
                    held.id,
                    held.record_id,
                    item.url,
                    held.fetched_at,
                    judged.verdict,
                    judged.body,
                    _type_of(original),
                    held.payload_sha256,
                    revisit=held.revisit_of is not None,
                )
                return None if understood else known
            target, target_id = None, None
            if thing is not original and thing.kind == "revisit":
                first = evidence.held_capture(
                    session, original.url, original.body.sha256, original.status, original.date
                )
                if first is None:
                    log.warning("%s: the original of a revisit is not kept", item.url)
                    return None
                target = RevisitTarget(first.record_id, first.url, first.fetched_at, first.payload_sha256)
                target_id = first.id
        intake, moment = self.intake, self._means.now()
        # first, as in a harvest: what is captured stands on a ledger, which says what was known of it, however soon a kill comes
        fresh = intake.ledger.add([item])
        assert self._writer is not None
        fetched_at = to_the_millisecond(thing.date or moment)
        stored = self._writer.write_found(thing, item.url, fetched_at, revisit_of=target)
        self._writer.write_metadata(
            stored.record_id, {"verdict": judged.verdict.code, **self._provenance(thing)}, at=moment
        )
        with Session(self._engine) as session, session.begin():
            capture_id = evidence.add_capture(
                session,
                intake.ledger.run_id,
                CaptureEntry(
                    record_id=stored.record_id,
                    url=item.url,
                    fetched_at=fetched_at,
                    status=thing.status,
                    verdict=judged.verdict.code,
                    payload_sha256=original.body.sha256,
                    payload_length=original.body.size,
                    truncated=thing.truncated,
                    warc_file=stored.file,
                    warc_offset=stored.offset,
                    revisit_of=target_id,
                ),
            )
        if fresh and judged.verdict.code in ABSENT:  # nothing more is to be understood
            self.finish(item, "done", judged.verdict.code, judged.verdict.reason or "")
        self._kept += 1
        self._bytes += original.body.size
        return Kept(
            capture_id,
            stored.record_id,
            item.url,
            fetched_at,
            judged.verdict,
            judged.body,
            _type_of(original),
            original.body.sha256,
            revisit=target is not None,
        )

    def _provenance(self, thing: Foreign) -> dict[str, str]:
        """Where it came from, as the metadata record says it."""
        said = {
            "imported-by": self._means.who,
            "source": place_of(thing),
            "source-sha256": thing.source.sha256,
        }
        if thing.record_id:
            said["source-record"] = thing.record_id
        if thing.date is None:
            said["date"] = "that of the import: when it was fetched is not known"
        elif thing.kind == "file":
            said["date"] = "as told by who imported it"
        if thing.not_modified and thing.head:  # as a harvest says it
            said["http-status"] = thing.head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")[2]
            said |= {f"http-{name}": value for name, value in thing.fields.items()}
        if thing.as_sent is not None:
            said["transfer-encoding"] = "chunked in the source, taken off"
        if not thing.request:
            said[REQUEST_FIELD] = NOT_THERE
        return said

    def _begin(self) -> None:
        settings, site = self._means.settings, self._loaded.site
        self._close_killed()
        names = [source.path for source in self._done.sources]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        first = f"{REPLICA_VANTAGE}, imported" if self._wanted.replica else "imported"
        vantage = f"{first} by {self._means.who} from {names[0]}{more}"[:_LONGEST_VANTAGE]
        registration = Registration.of(site)
        with Session(self._engine) as session, session.begin():
            site_id = registration.enter(session, site.name)
            started = self._means.now()
            run = Run(
                site_id=site_id,
                started=started,
                narrowed={"import": True},
                tool_version=TOOL,
                config_digest=self._loaded.digest,
                vantage=vantage,
            )
            session.add(run)
            session.flush()
            run_id, said = run.id, run_content(run, site.name, registration)
        self._run_id = run_id
        self._writer = WarcWriter(
            settings.archive,
            site=site.name,
            run=run_id,
            origin=Origin(TOOL, self._loaded.digest, vantage),
            clock=self._means.now,
            new_id=self._means.new_id,
            max_bytes=settings.warc_size,
        )
        self._writer.write_statement(BEGUN, said, at=started)
        ledger = Ledger(self._engine, run_id)
        self._intake = _ImportIntake(
            self._engine,
            self._writer,
            self._loaded,
            site_id=site_id,
            ledger=ledger,
            conditions=Conditions(self._engine, settings.archive, site, ledger=ledger, turn=0),
            narrowing=Narrowing(year=self._wanted.year),
            catalogue=catalogue.load(),
            gazetteer=regions.load(),
            reader=self._reader,
            now=self._means.now,
            tell=lambda *_: None,
            max_body=settings.max_body,
            untold=untold_runs(settings.archive, site.name),
        )
        self._intake.there = self._there

    def close(self, done: Imported) -> dict[str, Any] | None:
        """Read pages together with their files, and end the run: in the archive, then in the store. None where it was never
        begun."""
        if self._intake is None or self._writer is None or self._run_id is None:
            return None
        settings, moment = self._means.settings, self._means.now()
        with Session(self._engine) as session:
            pages = sources(session, settings.archive, run_id=self._run_id)
        for told in read_pages(pages, settings.reading_limits):
            with Session(self._engine) as session, session.begin():
                keep_told(session, told, moment)
        rows = self.ledger.rows()
        with Session(self._engine) as session, session.begin():
            run = session.get_one(Run, self._run_id)
            compare_reports(session, runs.agencies_read(session, run.id), catalogue.load())
            finished = self._means.now()
            counts = runs.counts(rows)
            reasons = [
                f"{row.state}: {row.url}: {row.verdict}, {row.reason}"
                for row in rows
                if row.state == "failed"
            ]
            outcome = "partial" if reasons or done.damaged else "ok"
            summary = {
                "run": run.id,
                "site": self._loaded.site.name,
                "outcome": outcome,
                **counts,
                "captures": self._kept,
                "bytes": self._bytes,
                "started": run.started.isoformat(timespec="seconds"),
                "finished": finished.isoformat(timespec="seconds"),
                "portals": [],
                "reasons": [*reasons, *done.damaged],
                "imported_by": self._means.who,
                "sources": done.to_json()["sources"],
            }
            run.finished, run.outcome, run.summary = finished, outcome, summary
            session.flush()
            self._writer.write_statement(LEDGER, ledger_text(session, run.id))
            self._writer.write_statement(ENDED, end_content(run, moment), at=finished)
        for row in rows:
            if row.state != "done" and len(done.named) < _MOST_NAMED:
                aside = {
                    "url": row.url,
                    "path": "",
                    "reason": row.verdict or row.state,
                    "why": row.reason or "",
                }
                done.named.append(aside)
                done.aside[aside["reason"]] += 1
        for name in ("new", "changed", "unchanged"):
            done.results[name] += counts[name]
        done.damaged += reasons
        self._writer.close()
        return {key: summary[key] for key in ("run", "site", "outcome", "captures")}

    def abandon(self) -> None:
        """Seal the files, however the import ends."""
        if self._writer is not None:
            self._writer.close()


def _type_of(found: Foreign) -> str:
    return found.fields.get("content-type", "") if found.head else found.content_type
