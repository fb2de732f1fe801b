"""Takes files and the archives of other crawlers in as evidence, and reads them as if they had been harvested.

Nothing is asked of the network. What is an annual report of a known body becomes a capture of a run of its site, with its
own bytes and its own time, and where it came from stands beside it in the archive; the files that a page links to come
with it where they are among those given. Everything else is told and left where it is. What the store has already is not
taken twice, so that importing again changes nothing.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import quote, unquote, urljoin, urlsplit
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from archive.account import BEGUN, ENDED, LEDGER, untold_runs
from archive.exchange import to_the_millisecond, utc_text
from archive.fixity import NOT_THERE, REQUEST_FIELD
from archive.foreign import Foreign, Source, Trouble, payload_agrees, read_path
from archive.recovery import recover
from archive.text.confined import Confined
from archive.text.document import Document
from archive.text.refusal import NotReadable
from archive.warc import Origin, RevisitTarget, WarcWriter
from crawler.found import Aside, Judged, Wanted, is_page_part, judge_found, title_of, whose
from crawler.intake import Intake, Kept, Narrowing, is_attachment
from crawler.lock import site_lock
from crawler.manners import TOOL
from crawler.replaying import adopt, end_content, read_pages, register, run_content
from crawler.rereading import keep_told, sources
from crawler.settings import Settings
from crawler.sites import LoadedSite
from crawler.vantage import REPLICA_VANTAGE, refuse_mixture
from gxstore import catalogue, evidence, regions, runs
from gxstore.comparing import compare_reports
from gxstore.database import shown, working_on
from gxstore.evidence import CaptureEntry
from gxstore.ledgers import ledger_content
from gxstore.models import Run
from gxstore.runs import Item, Ledger, State

log = logging.getLogger(__name__)

_FILE_URL = "file:///sha256-"
_LONGEST_VANTAGE = 200
# Named in a summary at most so often.
_MOST_NAMED = 200


class NothingToImport(Exception):
    """What was to be imported cannot be: the sentence says why."""


@dataclass(frozen=True, slots=True)
class Means:
    """What an import needs from outside: settings, clock, ids, who imports, and a display that is told how many of how
    many things found are done."""

    settings: Settings
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    who: str
    tell: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was given, and its place in the folder that was given, if it was one."""

    path: Path
    within: str | None = None
    folder: str = ""


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
            entry = {"url": found.url, "path": _place(found), "reason": aside.reason, "why": aside.why}
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


def files_given(paths: Sequence[Path]) -> list[Given]:
    """The files to be looked at: those given, and those of the folders given, hidden ones left out.

    Raises:
        NothingToImport: one of the paths does not exist, or a folder holds no file.
    """
    given: list[Given] = []
    for path in paths:
        if not path.exists():
            raise NothingToImport(f"{path} does not exist. Nothing was imported. Check the path.")
        if not path.is_dir():
            given.append(Given(path))
            continue
        inside = sorted(file for file in path.rglob("*") if file.is_file())
        own = [file.relative_to(path) for file in inside]
        visible = [place for place in own if not any(part.startswith(".") for part in place.parts)]
        if not visible:
            raise NothingToImport(f"The folder {path} holds no file. Nothing was imported.")
        given += [Given(path / place, place.as_posix(), str(path)) for place in visible]
    return given


def import_files(
    given: Sequence[Given], wanted: Wanted, sites: Sequence[LoadedSite], means: Means
) -> Imported:
    """Import files.

    Args:
        given: the files.
        wanted: what was said of them.
        sites: every site that has a file.
        means: what is needed from outside.

    Raises:
        StoreError: the store cannot be used.
        MixedStore: the store holds the replica and the files do not, or the other way round.
        SiteLocked: another process harvests a site that a file belongs to.
        CannotWrite: the archive folder cannot be written.
    """
    clock = means.now
    means = replace(means, now=lambda: to_the_millisecond(clock()))
    with (
        TemporaryFile(prefix="gxcrawl-") as waiting,
        Confined(means.settings.reading_limits) as reader,
        working_on(means.settings.database, "an import", create=True) as engine,
        ExitStack() as held,
    ):
        done = Imported()
        things = _things(given, wanted, waiting, done)
        with Session(engine) as session:
            refuse_mixture(session, shown(means.settings.database), replica=wanted.replica)
        importer = _Importer(engine, reader, wanted, sites, means, done, things, held)
        importer.take_all()
        importer.close()
        return done


def _things(given: Sequence[Given], wanted: Wanted, waiting: IO[bytes], done: Imported) -> list[Foreign]:
    """What the files hold, oldest first; what has no time of its own comes last."""
    found: list[Foreign] = []
    for one in given:
        for thing in read_path(one.path, str(one.path), waiting):
            match thing:
                case Source():
                    done.sources.append(thing)
                case Trouble(path, why, damage):
                    if damage:
                        done.damaged.append(f"{path}: {why}")
                    else:
                        done.aside["too_large"] += 1
                        done.named.append({"url": "", "path": path, "reason": "too_large", "why": why})
                case Foreign(url="warcinfo"):
                    _refuse_the_replicas(thing, wanted)
                case Foreign(kind="file"):
                    found.append(replace(thing, url=_url_of(one, thing, wanted), date=wanted.date))
                case Foreign() if wanted.url in (None, thing.url):
                    found.append(thing)
                case Foreign():
                    done.aside["other_url"] += 1
    return sorted(found, key=lambda thing: (thing.date is None, thing.date or 0))


def _refuse_the_replicas(info: Foreign, wanted: Wanted) -> None:
    if info.head.decode("utf-8", "replace").startswith(REPLICA_VANTAGE) and not wanted.replica:
        raise NothingToImport(
            f"{_place(info)} was harvested from the replica, whose figures are made up. Nothing was imported. "
            "If that is what you want, add --replica."
        )


def _url_of(given: Given, thing: Foreign, wanted: Wanted) -> str:
    """Where a plain file stood. Nobody may know: then its own digest and name stand for that (a `file:` URL without a host,
    RFC 8089), which no other file has and which does not depend on where it lies now."""
    if wanted.url is not None:
        if given.within is None:
            return wanted.url
        return urljoin(wanted.url.rstrip("/") + "/", quote(given.within))
    name = given.within or given.path.name
    return f"{_FILE_URL}{thing.source.sha256}/{quote(name)}"


def _place(found: Foreign) -> str:
    return f"{found.source.path}!/{found.member}" if found.member else found.source.path


class _Importer:
    """Takes one thing after the other. Of each site that has something to take a run is begun, under the site's lock."""

    def __init__(
        self,
        engine: Engine,
        reader: Confined,
        wanted: Wanted,
        sites: Sequence[LoadedSite],
        means: Means,
        done: Imported,
        things: list[Foreign],
        held: ExitStack,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._wanted = wanted
        self._sites = sites
        self._means = means
        self._done = done
        self._things = things
        self._held = held
        self._catalogue = catalogue.load()
        self._gazetteer = regions.load()
        self._runs: dict[str, _SiteRun] = {}
        self._used: set[int] = set()
        self._by_url: dict[str, list[Foreign]] = defaultdict(list)
        self._by_id: dict[str, Foreign] = {}
        self._in_folder: dict[tuple[str, str], Foreign] = {}
        for thing in things:
            self._by_url[thing.url].append(thing)
            self._by_id.setdefault(thing.record_id, thing)

    def take_all(self) -> None:
        """Take pages first, so that what they link to comes with them; then what is left."""
        total = len(self._things)
        for pages in (True, False):
            for number, thing in enumerate(self._things):
                self._means.tell(number if pages else total, total)
                if id(thing) not in self._used:
                    self._consider(thing, pages=pages)

    def close(self) -> None:
        """End the runs."""
        for run in self._runs.values():
            if (said := run.close(self._done)) is not None:
                self._done.runs.append(said)

    # ---- one thing

    def _consider(self, thing: Foreign, *, pages: bool) -> None:
        original = self._original(thing) if thing.kind == "revisit" else thing
        if original is None:
            self._end(thing, Aside("no_original", "it is a revisit of something that is not among the files"))
            return
        if is_page_part(original):
            if not pages:
                self._end(thing, Aside("page_part", "a part of a page"))
            return
        judged = judge_found(
            replace(original, head=thing.head or original.head),
            self._hosts(thing.url),
            self._means.settings.max_body,
        )
        if judged.is_page != pages:
            return
        if judged.verdict.code != "ok":
            self._end(thing, Aside(judged.verdict.code, judged.verdict.reason))
            return
        document = self._document(original, judged)
        if isinstance(document, NotReadable):
            self._end(thing, Aside("not_readable", str(document)))
            return
        title = title_of(thing, self._wanted)
        found = whose(document, thing.url, title, self._wanted, self._sites, self._catalogue, self._gazetteer)
        if isinstance(found, Aside):
            self._end(thing, found)
            return
        loaded, agency = found
        context = {
            "portal": urlsplit(thing.url).netloc,
            "column": "import",
            "title": title,
            "agency": agency.slug,
            "listed": True,
        }
        item = Item(thing.url, "report", urlsplit(thing.url).netloc, context)
        self._take(self._run_of(loaded), item, thing, original, judged, document)

    def _take(
        self,
        run: "_SiteRun",
        item: Item,
        thing: Foreign,
        original: Foreign,
        judged: Judged,
        text: Document | NotReadable,
    ) -> None:
        self._used.add(id(thing))
        kept = run.keep(item, thing, original, judged)
        if kept is None:
            self._done.known += 1
            if item.kind == "attachment":
                run.finish(item, "done", "ok", "it was there already")
            else:
                self._take_linked(run, item, text)
            return
        self._done.taken += 1
        run.ledger.add([item])
        for further in run.intake.take(item, kept, text):
            self._take_attachment(run, further)

    def _take_linked(self, run: "_SiteRun", item: Item, text: Document | NotReadable) -> None:
        """The page is there already: what it links to may not be."""
        with Session(self._engine) as session:
            page = evidence.document_at(session, item.url)
        if not isinstance(text, Document) or page is None:
            return
        for link in text.links:
            target = urljoin(item.url, link.target).partition("#")[0]
            if is_attachment(target) and self.there(target):
                context = {**item.context, "title": link.text, "parent": page.id, "page_url": item.url}
                self._take_attachment(run, Item(target, "attachment", urlsplit(target).netloc, context))

    def _take_attachment(self, run: "_SiteRun", item: Item) -> None:
        for thing in self.there(item.url):
            if id(thing) in self._used:
                run.finish(item, "left_aside", "known", "it stands at another place among the files too")
                continue
            self._used.add(id(thing))
            original = self._original(thing) if thing.kind == "revisit" else thing
            if original is None:
                run.finish(item, "left_aside", "no_original", "a revisit of what is not among the files")
                continue
            judged = judge_found(original, self._hosts(item.url), self._means.settings.max_body)
            if judged.verdict.code != "ok":
                run.finish(item, "left_aside", judged.verdict.code, judged.verdict.reason)
                continue
            here = replace(thing, url=item.url)
            self._take(run, item, here, original, judged, self._document(original, judged))

    def there(self, url: str) -> list[Foreign]:
        """What was found at a URL; of a plain page in a folder, the file beside it."""
        if url in self._by_url:
            return self._by_url[url]
        if not url.startswith(_FILE_URL):
            return []
        digest, _, within = unquote(url.removeprefix(_FILE_URL)).partition("/")
        page = next((known for known in self._things if known.source.sha256 == digest), None)
        if page is None:
            return []
        at = Path(page.source.path)
        own = unquote(urlsplit(page.url).path).partition("/sha256-" + digest + "/")[2]
        folder = str(at).removesuffix(own)
        return [
            known for known in self._things if known.kind == "file" and known.source.path == folder + within
        ]

    def _end(self, thing: Foreign, aside: Aside) -> None:
        self._used.add(id(thing))
        self._done.leave(thing, aside)

    def _document(self, original: Foreign, judged: Judged) -> Document | NotReadable:
        hint = original.fields.get("content-type", "") if original.head else original.content_type
        try:
            return self._reader.extract(judged.body, charset_hint=hint)
        except NotReadable as error:
            return error

    def _original(self, revisit: Foreign) -> Foreign | None:
        """What a revisit is a revisit of, by its id, by URL and time, or by URL and digest."""
        record_id, url, date = revisit.refers_to
        if record_id and (known := self._by_id.get(record_id)) is not None and known.kind != "revisit":
            return known
        here = [known for known in self._by_url.get(url or revisit.url, []) if known.kind != "revisit"]
        for known in here:
            if date and known.date is not None and utc_text(known.date)[:19] == date[:19]:
                return known
        same = [known for known in here if payload_agrees(revisit.payload_digest, known.body.data)]
        return same[0] if same else None

    def _hosts(self, url: str) -> frozenset[str]:
        return next((loaded.site.hosts for loaded in self._sites if loaded.site.portal_of(url)), frozenset())

    def _run_of(self, loaded: LoadedSite) -> "_SiteRun":
        name = loaded.site.name
        if name not in self._runs:
            lock = site_lock(
                self._means.settings.data / "locks", name, self._means.now(), doing="imported into"
            )
            self._held.enter_context(lock)
            self._runs[name] = _SiteRun(
                self._engine, self._reader, loaded, self._wanted, self._means, self._done, self.there
            )
            self._held.callback(self._runs[name].abandon)
        return self._runs[name]


class _ImportIntake(Intake):
    """The intake of an import: what is not among the files is not asked for anywhere."""

    there: Callable[[str], list[Foreign]]

    def _way_to(self, target: str) -> tuple[str, tuple[str, str] | None]:
        host = urlsplit(target).netloc
        return host, None if self.there(target) else ("not_there", "linked, and not among the files")

    def _requisites_of_page(self, item: Item, kept: Kept) -> list[Item]:  # noqa: ARG002
        return []


class _SiteRun:
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
        return self.intake._ledger

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
            if held is None and item.url.startswith(f"{_FILE_URL}{thing.source.sha256}/"):
                held = evidence.held_under(
                    session, f"{_FILE_URL}{thing.source.sha256}/", original.body.sha256
                )
            whole = held is not None and evidence.has_showing(session, held.id)
            if held is not None:
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
                return None if whole else known
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
        assert self._writer is not None
        fetched_at = to_the_millisecond(thing.date or moment)
        stored = self._writer.write_found(thing, item.url, fetched_at, revisit_of=target)
        self._writer.write_metadata(
            stored.record_id, {"verdict": judged.verdict.code, **self._provenance(thing)}, at=moment
        )
        with Session(self._engine) as session, session.begin():
            capture_id = evidence.add_capture(
                session,
                intake._ledger.run_id,
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
            "source": _place(thing),
            "source-sha256": thing.source.sha256,
        }
        if thing.record_id:
            said["source-record"] = thing.record_id
        if thing.date is None:
            said["date"] = "that of the import: when it was fetched is not known"
        elif thing.kind == "file":
            said["date"] = "as told by who imported it"
        if thing.unchunked:
            said["transfer-encoding"] = "chunked in the source, taken off"
        if not thing.request:
            said[REQUEST_FIELD] = NOT_THERE
        return said

    def _begin(self) -> None:
        settings, site = self._means.settings, self._loaded.site
        recover(settings.archive)
        adopt(self._engine, settings.archive, site, settings.reading_limits)
        names = [source.path for source in self._done.sources]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        first = f"{REPLICA_VANTAGE}, imported" if self._wanted.replica else "imported"
        vantage = f"{first} by {self._means.who} from {names[0]}{more}"[:_LONGEST_VANTAGE]
        with Session(self._engine) as session, session.begin():
            site_id = register(session, site)
            started = self._means.now()
            runs.close_killed(session, site.name, started)
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
            run_id, said = run.id, run_content(run, site.name)
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
        self._intake = _ImportIntake(
            self._engine,
            self._writer,
            self._loaded,
            site_id=site_id,
            ledger=Ledger(self._engine, run_id),
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
            self._writer.write_statement(LEDGER, ledger_content(session, run.id))
            self._writer.write_statement(ENDED, end_content(run, moment), at=finished)
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
