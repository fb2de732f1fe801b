"""Takes files and the archives of other crawlers in as evidence, and reads them as if they had been harvested.

Nothing is asked of the network. What is an annual report of a known body becomes a capture of a run of its site, with its
own bytes and its own time, and where it came from stands beside it in the archive; the files that a page links to come
with it where they are among those given. Everything else is told and left where it is. What the store has already is not
taken twice, so that importing again changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import quote, unquote, urljoin, urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from archive.exchange import to_the_millisecond, utc_text
from archive.foreign import Foreign, Source, Trouble, is_revisit_of, payload_agrees, plain_url, read_path
from archive.text.confined import Confined
from archive.text.document import Document
from archive.text.refusal import NotReadable
from crawler.attachments import files_of
from crawler.found import Aside, Judged, Wanted, is_page_part, judge_found, title_of, whose
from crawler.import_run import FILE_URL, Imported, Means, SiteRun, place_of
from crawler.lock import SiteLocked, site_lock
from crawler.sites import LoadedSite
from crawler.vantage import REPLICA_VANTAGE, refuse_mixture
from gxstore import catalogue, evidence, regions
from gxstore.copies import NOT_THERE
from gxstore.database import shown, working_on
from gxstore.occupancy import reserved
from gxstore.runs import Item

# No page can have been fetched before there were any; and clocks differ.
_FIRST = datetime(1991, 8, 6, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(days=1)
_NO_ORIGINAL = "it is a revisit of something that is not among the files"
_FIT_IN_A_PATH = "/!$&'()*+,;=:@~"  # RFC 3986, 3.3
_UNDATED = (
    "the store knows what that address showed on other days, and nothing says when this was fetched: it may be older than all "
    "of it. Say --date"
)


class NothingToImport(Exception):
    """What was to be imported cannot be: the sentence says why."""


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was given, and its place in the folder that was given, if it was one."""

    path: Path
    within: str | None = None


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
        given += [Given(path / place, place.as_posix()) for place in visible]
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
        things = _things(given, wanted, waiting, done, means.now() + _CLOCKS_DIFFER)
        with Session(engine) as session:
            refuse_mixture(session, shown(means.settings.database), replica=wanted.replica)
        importer = _Importer(engine, reader, wanted, sites, means, done, things, held)
        importer.take_all()
        importer.close()
        return done


def _things(
    given: Sequence[Given], wanted: Wanted, waiting: IO[bytes], done: Imported, latest: datetime
) -> list[Foreign]:
    """What the files hold, oldest first; what has no time of its own comes last. What says that it was fetched later than
    `latest` or before there was a web is not taken: it would be what every question is answered with, or never."""
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
                case Foreign() if wanted.url is None or plain_url(wanted.url) == thing.url:
                    found.append(thing)
                case Foreign():
                    done.aside["other_url"] += 1
    for thing in found:
        if thing.date is not None and not _FIRST <= thing.date <= latest:
            why = f"it says that it was fetched on {thing.date:%Y-%m-%d}, which cannot be"
            done.damaged.append(f"{place_of(thing)}: {thing.url}: {why}")
    possible = [thing for thing in found if thing.date is None or _FIRST <= thing.date <= latest]
    return sorted(possible, key=lambda thing: (thing.date is None, thing.date or 0))


def _refuse_the_replicas(info: Foreign, wanted: Wanted) -> None:
    if info.head.decode("utf-8", "replace").startswith(REPLICA_VANTAGE) and not wanted.replica:
        raise NothingToImport(
            f"{place_of(info)} was harvested from the replica, whose figures are made up. Nothing was imported. "
            "If that is what you want, add --replica."
        )


def _url_of(given: Given, thing: Foreign, wanted: Wanted) -> str:
    """Where a plain file stood. Nobody may know: then its own digest and name stand for that (a `file:` URL without a host,
    RFC 8089), which no other file has and which does not depend on where it lies now."""
    if wanted.url is not None:
        if given.within is None:
            return plain_url(wanted.url)
        return urljoin(plain_url(wanted.url).rstrip("/") + "/", quote(given.within, _FIT_IN_A_PATH))
    name = given.within or given.path.name
    return f"{FILE_URL}{thing.source.sha256}/{quote(name)}"


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
        self._runs: dict[str, SiteRun] = {}
        self._used: set[int] = set()
        self._absent: list[tuple[Foreign, Foreign, Judged]] = []
        self._by_url: dict[str, list[Foreign]] = defaultdict(list)
        self._by_id: dict[str, Foreign] = {}
        self._in_folder: dict[tuple[str, str], Foreign] = {}
        for thing in things:
            self._by_url[thing.url].append(thing)
            self._by_id.setdefault(thing.record_id, thing)

    def take_all(self) -> None:
        """Take pages first, so that what they link to comes with them; then what is left; then what says of pages that are known
        by now that they were not there."""
        total = len(self._things)
        for pages in (True, False):
            for number, thing in enumerate(self._things):
                self._means.tell(number if pages else total, total)
                if id(thing) not in self._used:
                    self._consider(thing, pages=pages)
        for absent in self._absent:
            self._take_absence(*absent)

    def close(self) -> None:
        """End the runs."""
        for run in self._runs.values():
            if (said := run.close(self._done)) is not None:
                self._done.runs.append(said)

    # ---- one thing

    def _consider(self, thing: Foreign, *, pages: bool) -> None:
        original = self._original(thing) if thing.kind == "revisit" else thing
        if original is None:
            self._end(thing, Aside("no_original", _NO_ORIGINAL))
            return
        if is_page_part(original):
            if not pages:
                self._end(thing, Aside("page_part", "a part of a page"))
            return
        # a server's word that nothing has changed (304) is judged by what it speaks of
        head = original.head if thing.not_modified else thing.head or original.head
        judged = judge_found(
            replace(original, head=head), self._hosts(thing.url), self._means.settings.max_body
        )
        if judged.is_page != pages:
            return
        if judged.verdict.code in NOT_THERE:
            self._used.add(id(thing))
            self._absent.append((thing, original, judged))
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
        if self._may_be_older(thing, thing.url):
            self._end(thing, Aside("undated", _UNDATED))
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
        run: "SiteRun",
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

    def _take_absence(self, thing: Foreign, original: Foreign, judged: Judged) -> None:
        """That a page was not found, or sent its reader on, is evidence where a report was seen there; of any other page it says
        nothing that is asked."""
        with Session(self._engine) as session:
            known = evidence.place_at(session, thing.url)
        loaded = next((one for one in self._sites if known and one.site.name == known.site), None)
        if known is None or loaded is None:
            self._done.leave(thing, Aside(judged.verdict.code, judged.verdict.reason or ""))
            return
        host = urlsplit(thing.url).netloc
        context = {"title": None, "agency": None, **known.context, "portal": host, "column": "import"}
        item = Item(thing.url, known.kind, host, context)
        if self._run_of(loaded).keep(item, thing, original, judged) is None:
            self._done.known += 1
        else:
            self._done.taken += 1

    def _take_linked(self, run: "SiteRun", item: Item, text: Document | NotReadable) -> None:
        """The page is there already: what it links to may not be."""
        with Session(self._engine) as session:
            page = evidence.document_at(session, item.url)
        if not isinstance(text, Document) or page is None:
            return
        for further in files_of(item, text, page.id):
            if self.there(further.url):
                self._take_attachment(run, further)

    def _take_attachment(self, run: "SiteRun", item: Item) -> None:
        for thing in self.there(item.url):
            if id(thing) in self._used:
                run.finish(item, "left_aside", "known", "it stands at another place among the files too")
                continue
            self._used.add(id(thing))
            original = self._original(thing) if thing.kind == "revisit" else thing
            if original is None:
                run.finish(item, "left_aside", "no_original", _NO_ORIGINAL)
                continue
            judged = judge_found(original, self._hosts(item.url), self._means.settings.max_body)
            if judged.verdict.code != "ok":
                run.finish(item, "left_aside", judged.verdict.code, judged.verdict.reason)
                continue
            if self._may_be_older(thing, item.url):
                run.finish(item, "left_aside", "undated", _UNDATED)
                continue
            here = replace(thing, url=item.url)
            self._take(run, item, here, original, judged, self._document(original, judged))

    def _may_be_older(self, thing: Foreign, url: str) -> bool:
        """Whether it is a plain file of unknown time, with another body than any that was captured at its address: taken as of
        today it would be what the portal shows now, whatever a harvest has seen there since."""
        if thing.kind != "file" or thing.date is not None or url.startswith(FILE_URL):
            return False
        with Session(self._engine) as session:
            held = evidence.held_capture(session, url, thing.body.sha256, None, None)
            return held is None and evidence.is_captured(session, url)

    def there(self, url: str) -> list[Foreign]:
        """What was found at a URL; of a plain page in a folder, the file beside it."""
        if url in self._by_url:
            return self._by_url[url]
        if not url.startswith(FILE_URL):
            return []
        digest, _, within = unquote(url.removeprefix(FILE_URL)).partition("/")
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
        """What a revisit is a revisit of, by its id, by URL and time, or by URL and digest; never a body that has another
        digest than the one it names."""
        record_id, url, date = revisit.refers_to
        known = self._by_id.get(record_id) if record_id else None
        if known is not None and known.kind != "revisit":
            return known if is_revisit_of(revisit, known) else None
        here = [known for known in self._by_url.get(url or revisit.url, []) if known.kind != "revisit"]
        then = [
            known
            for known in here
            if known.date is not None and utc_text(known.date)[:19] == (date or "-")[:19]
        ]
        same = [known for known in here if payload_agrees(revisit.payload_digest, known.body.data)]
        return next((known for known in (*then, *same) if is_revisit_of(revisit, known)), None)

    def _hosts(self, url: str) -> frozenset[str]:
        return next((loaded.site.hosts for loaded in self._sites if loaded.site.portal_of(url)), frozenset())

    def _run_of(self, loaded: LoadedSite) -> "SiteRun":
        name = loaded.site.name
        if name not in self._runs:
            lock = site_lock(
                self._means.settings.data / "locks", name, self._means.now(), doing="imported into"
            )
            self._held.enter_context(lock)
            taken = self._held.enter_context(reserved(self._engine, [name], f"import into {name}"))
            if taken is not None:
                raise SiteLocked(
                    f"{name} is being harvested ({taken[1]}). Wait until that has finished, then try again."
                )
            self._runs[name] = SiteRun(
                self._engine, self._reader, loaded, self._wanted, self._means, self._done, self.there
            )
            self._held.callback(self._runs[name].abandon)
            self._runs[name].settle()
        return self._runs[name]
