"""What is made of one reply that is kept: understood, entered, and put on the ledger.

The spider only carries requests and replies; every decision is taken here, where it can be tested without a network.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from archive.account import GONE
from archive.exchange import asked_url
from archive.text.charset import decode as decode_text
from archive.text.confined import Confined
from archive.text.document import Document
from archive.text.refusal import GivenUp, NotReadable, NotYetReadable
from archive.warc import CannotWrite, WarcWriter
from crawler import requisites
from crawler.attachments import AS_PAGE, files_of, why_unread
from crawler.conditions import Conditions
from crawler.continued import further_pages_of
from crawler.gathered import gathered
from crawler.keeping import Keeper, Kept
from crawler.lists import column_of, further_pages, take_list
from crawler.missed import PAGE_IS_OF, PART, TAB, is_due
from crawler.narrowing import Narrowing
from crawler.showings import Showings
from crawler.sites import LoadedSite, Portal
from crawler.understanding import SEVERAL, Understood, understand
from crawler.verdict import BLOCKED, Verdict
from gxstore import evidence, readings
from gxstore.catalogue import Catalogue
from gxstore.copies import NOT_THERE
from gxstore.frontier import Item, Ledger, Result
from gxstore.reading.bundled import reports_in
from gxstore.regions import Gazetteer
from gxstore.storable import named_url, trouble_of_url

log = logging.getLogger(__name__)

# Archive or store cannot be written: no fault of a page, and nothing can be kept any more.
UNWRITABLE = (CannotWrite, OSError, SQLAlchemyError)
# The store can be written, and refuses what was read of one page.
_REFUSED = (DataError, IntegrityError)

_MOST_REDIRECTS = 5
_DEEPEST_STYLE = 2
_INDEX = re.compile(r"/(?:index|default|home|main)\w*(?:\.\w+)?$", re.IGNORECASE)
# What was taken out of a reply: its document, or why there is none; None where there was nothing to take.
Text = Document | NotReadable | None


class Intake:
    """Takes replies in, for one run of one site.

    Args:
        engine: the store.
        writer: the run's WARC writer.
        site: the site file.
        site_id, ledger: the site and the run in the store.
        conditions: which pages are asked for only if they have changed.
        narrowing: what the operator asked for.
        catalogue, gazetteer: the data that reading and attribution need.
        reader: takes the text out of what was served.
        now: the clock, in UTC.
        tell: is told each item that has ended, for the display: host, state, result.
        max_body: the most bytes that a body may have, once decompressed.
        untold: earlier runs of which the archive does not tell what their captures showed.
    """

    def __init__(
        self,
        engine: Engine,
        writer: WarcWriter,
        site: LoadedSite,
        *,
        site_id: int,
        ledger: Ledger,
        conditions: Conditions,
        narrowing: Narrowing,
        catalogue: Catalogue,
        gazetteer: Gazetteer,
        reader: Confined,
        now: Callable[[], datetime],
        tell: Callable[[str, str, str | None], None],
        max_body: int,
        untold: frozenset[int] = frozenset(),
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._site = site.site
        self.ledger = ledger
        self.conditions = conditions
        self._narrowing = narrowing
        self._catalogue = catalogue
        self._gazetteer = gazetteer
        self._reader = reader
        self._now = now
        self._tell = tell
        self.keeper = Keeper(
            engine,
            writer,
            run_id=ledger.run_id,
            conditions=conditions,
            hosts=self._site.hosts,
            max_body=max_body,
        )
        self._showings = Showings(engine, writer, site_id=site_id, run_id=ledger.run_id, untold=untold)
        self._reports_taken = ledger.reports_taken()

    # ---- the ledger

    def text_of(self, item: Item, kept: Kept) -> Text:
        """The text of a page or a file, or why there is none; None where the reply holds no text to take.

        May take minutes and touches neither store nor archive, so it is called beside the reactor.
        """
        if kept.verdict.code != "ok" or item.kind == "column":
            return None
        try:
            return self._reader.extract(kept.body, charset_hint=kept.content_type)
        except NotReadable as error:
            return error
        except Exception as error:  # a fault of ours: named in the run, and the traceback goes to the log
            log.exception("taking the text of %s failed", item.url)
            return GivenUp(f"Taking its text failed: {type(error).__name__}: {error}")

    def take(self, item: Item, kept: Kept, text: Text) -> list[Item]:
        """Understand a kept reply; ends the item on the ledger and returns what is to be fetched next.

        `text` is what `text_of` gave for it.
        """
        further = self._take(item, kept, text)
        if kept.revisit:
            self._showings.deny(kept)
        return further

    def _take(self, item: Item, kept: Kept, text: Text) -> list[Item]:
        verdict = kept.verdict
        if item.kind == "requisite" and verdict.code == "ok":
            return self._take_requisite(item, kept)
        if verdict.code == "moved" and item.kind != "requisite":
            return self._follow(item, kept)
        if verdict.code != "ok":
            self._refuse(item, verdict, kept)
            return []
        try:
            if item.kind == "column":
                return self._take_list(item, kept)
            if item.kind == "attachment":
                return self._take_attachment(item, kept, text)
            return self._take_page(item, kept, text)
        except Exception as error:  # one bad page must not end a harvest; the traceback goes to the log
            if isinstance(error, UNWRITABLE) and not isinstance(error, _REFUSED):
                raise
            log.exception("reading %s failed", item.url)
            self.end(item, "failed", "ok", f"reading it failed: {type(error).__name__}: {error}")
            return []

    def miss(self, item: Item, verdict: Verdict) -> None:
        """End an item that brought no reply at all (no connection, time out, forbidden by robots.txt)."""
        self._refuse(item, verdict)

    def end(
        self,
        item: Item,
        state: str,
        verdict: str,
        reason: str | None = None,
        result: Result | None = None,
        told: Mapping[str, Any] | None = None,
        within: Session | None = None,
    ) -> None:
        """End an item on the ledger and tell the display. A page that had gone before and has not come back is no trouble of
        this run."""
        if item.context.get("gone") and state in ("failed", "blocked", "gone"):
            state, verdict, reason = "left_aside", "still_gone", f"it had gone before: {reason or verdict}"
        self.ledger.finish(
            item,
            state,  # type: ignore[arg-type]
            verdict=verdict,
            reason=reason,
            result=result,
            told=told,
            within=within,
        )
        self._tell(item.host, state, result)

    def _refuse(self, item: Item, verdict: Verdict, kept: Kept | None = None) -> None:
        if item.kind == "requisite":  # no report is the worse for it
            self.end(item, "left_aside", "requisite", f"{verdict.code}: {verdict.reason or ''}")
            return
        today = self._now().date()
        if any(known.covers(item.url, verdict.code, today) for known in self._site.known):
            state = "known"
        elif verdict.code in BLOCKED:
            state = "blocked"
        elif verdict.code in NOT_THERE and not item.context.get("listed", True) and self._narrowing.is_whole:
            state = "gone"
            self._enter_gone(item, kept)
        else:
            state = "failed"
        target = verdict.target if verdict.code == "moved" else None
        told = {"sent_to": named_url(target)} if target else None
        self.end(item, state, verdict.code, verdict.reason, told=told)

    def _enter_gone(self, item: Item, kept: Kept | None) -> None:
        moment = self._now()
        with Session(self._engine) as session, session.begin():
            document = evidence.document_at(session, item.url)
            if document is None or document.gone_since is not None:
                return
            if kept is not None:
                self._writer.write_metadata(kept.record_id, {GONE: item.url}, at=moment)
            document.gone_since = moment

    def _follow(self, item: Item, kept: Kept) -> list[Item]:
        target = asked_url(urljoin(item.url, kept.verdict.target or "").partition("#")[0])
        portal = self._site.portal_of(target)
        hops = int(item.context.get("redirects", 0)) + 1
        if portal is None:
            reason = f"it sends the reader to {target}, which is no host of this site"
            self.end(item, "failed", "moved", reason, told={"sent_to": named_url(target)})
            return []
        if item.kind != "column" and _is_front_door(portal, item.url, target):
            reason = f"it sends the reader to {target}, which is no report but a page of lists"
            self._refuse(item, Verdict("moved", reason, target), kept)
            return []
        if target == item.url:
            reason = "it sends the reader to itself, as portals do that must be given back a cookie"
            self._refuse(item, Verdict("moved", reason, target), kept)
            return []
        if hops > _MOST_REDIRECTS:
            self.end(item, "failed", "moved", f"more than {_MOST_REDIRECTS} redirects in a row")
            return []
        context = {**item.context, "redirects": hops, "moved_from": item.url}
        # Where it leads is not known before that page is read: a target that the ledger has already is judged at the end.
        with self.ledger.transaction() as session:
            added = self.ledger.add([replace(item, url=target, host=portal.host, context=context)], session)
            if not added and item.kind == "column":
                reason = f"it sends the reader to {target}, which is another page of a list"
            else:
                told = {"moved_to": named_url(target), **({"brought": True} if added else {})}
                self.end(item, "done", "moved", kept.verdict.reason, told=told, within=session)
                return added
        self._refuse(item, Verdict("moved", reason, target), kept)
        return []

    # ---- lists

    def _take_list(self, item: Item, kept: Kept) -> list[Item]:
        taken = take_list(item, decode_text(kept.body, kept.content_type)[0], self._site)
        if taken.useless:
            self.end(item, "failed", "ok", taken.useless)
            return []
        with self.ledger.transaction() as session:
            for found, reason, detail in taken.aside:
                self.ledger.leave_aside(found, reason, detail, session)
                self._tell(item.context["portal"], "left_aside", None)
            admitted = [found for candidate in taken.candidates for found in self._admit(candidate, session)]
            part = int(item.context.get(PART, 0))
            fresh = self.ledger.list_links(taken.source, taken.page, taken.listed, session, part)
            further, trouble = further_pages(item, taken, fresh, self._site)
            if not taken.listed and self._is_early(item):
                trouble = None
            added = self.ledger.add([*further, *admitted], session)
            verdict, reason = ("incomplete", trouble) if trouble else ("ok", f"{len(taken.listed)} links")
            self.end(item, "done", verdict, reason, told=taken.told, within=session)
        return added

    def _is_early(self, item: Item) -> bool:
        """Whether a list is that of a year whose report is not due yet: a portal has its tab before it has the report."""
        year, slug = item.context.get(TAB), item.context.get("agency")
        return year is not None and not is_due(year, slug, self._site, self._now().date())

    def _admit(self, found: Item, session: Session) -> list[Item]:
        """A candidate, unless the run was narrowed to leave it out."""
        year = found.context["year"]
        if self._narrowing.lists_only:
            self.ledger.leave_aside(
                found, "not_fetched", f"{found.context['title']}: only the lists are read", session
            )
            return []
        if self._narrowing.year and year and year != self._narrowing.year:
            self.ledger.leave_aside(found, "other_year", f"{found.context['title']}: of {year}", session)
            return []
        if self._narrowing.limit is not None and self._reports_taken >= self._narrowing.limit:
            self.ledger.leave_aside(
                found, "over_limit", f"{found.context['title']}: over the limit asked for", session
            )
            return []
        self._reports_taken += 1
        return [found]

    # ---- reports

    def _take_page(self, item: Item, kept: Kept, text: Text) -> list[Item]:
        if not isinstance(text, Document):
            self._refuse(item, _unread(text))
            return []
        if len(reports_in(text, self._catalogue)) != 1:
            self._refuse(item, Verdict("not_a_report", SEVERAL))
            return []
        found = understand([text], item.url, item.context, self._site, self._catalogue, self._gazetteer)
        problem = self._not_taken(item, found)
        is_another_s = found.agency is None and found.attribution.agency is not None
        if problem and item.context.get("listed") and not is_another_s:
            _, column = column_of(item, self._site)
            files, aside = gathered(item, text, column, self._site)
            if files or aside:
                return self._take_gathered(item, files, aside)
        if problem and problem[:2] == ("failed", "not_a_report"):
            self._refuse(item, Verdict("not_a_report", problem[2]))
            return []
        if problem:
            self.end(item, problem[0], problem[1], problem[2])
            return []
        requisites_of_it = self._requisites_of_page(item, kept)
        with self.ledger.transaction() as session:
            result, document_id = self._showings.enter(
                session, item, kept, found.document, "report", None, found, self._now()
            )
            verdict, reason = "ok", None
            if not found.reading.tables and self._had_tables(session, item, document_id):
                # Worth a look, whoever is to blame.
                verdict, reason = "tables_lost", "its tables were there before and are gone now"
            attached = self._attachments(item, kept, found.document, document_id, session)
            added = self.ledger.add([*attached, *requisites_of_it], session)
            told = {"shows": self._shown(item, found), **(self._told_of_change(item, kept, result) or {})}
            self.end(item, "done", verdict, reason, result, told, session)
        return added

    def _take_gathered(self, item: Item, files: list[Item], aside: list[tuple[Item, str, str]]) -> list[Item]:
        with self.ledger.transaction() as session:
            for found, why, detail in aside:
                self.ledger.leave_aside(found, why, detail, session)
                self._tell(item.context["portal"], "left_aside", None)
            added = self.ledger.add([own for file in files for own in self._admit(file, session)], session)
            reason = f"it gathers the reports of several years: {len(files)} files"
            self.end(item, "done", "ok", reason, within=session)
        return added

    def _shown(self, item: Item, found: Understood) -> dict[str, Any]:
        """Which report a page is, as the ledger keeps it, to be held against what the list named; and the files that hold the
        report, where the page holds nothing but these."""
        assert found.agency is not None
        shown: dict[str, Any] = {
            "agency": found.agency.slug,
            "year": found.attribution.year,
            "title_year": found.reading.title_year,
            "text": found.document.digest[:16],
        }
        if self._is_in_files(item, found):
            shown["files"] = [named_url(file.url) for file in files_of(item, found.document, 0)]
        return shown

    def _is_in_files(self, item: Item, found: Understood) -> bool:
        """Whether a page is a report by its files and pictures alone."""
        parts = {section.key for section in found.reading.sections} - {"preamble", "unknown"}
        if found.reading.tables or len(parts) >= 2:
            return False
        bare = replace(found.document, links=(), remarks=())
        alone = understand([bare], item.url, item.context, self._site, self._catalogue, self._gazetteer)
        return not alone.attribution.is_annual_report

    def _had_tables(self, session: Session, item: Item, document_id: int) -> bool:
        """Whether the page had tables before, here or where it sent the reader on from."""
        origin = item.context.get("moved_from")
        left = evidence.document_at(session, origin) if origin else None
        places = (document_id, left.id) if left else (document_id,)
        return any(readings.had_tables(session, place) for place in places)

    def _told_of_change(self, item: Item, kept: Kept, result: Result) -> dict[str, Any] | None:
        """What a page's portal says, or would have said, of whether it has changed: for the ledger."""
        if kept.not_modified:
            return {"not_modified": True}
        if result != "changed" or kept.validators is None:
            return None
        same = self.conditions.proved_wrong(item, kept.url, kept.fetched_at, kept.validators)
        return {"same_validator": same} if same else None

    def _not_taken(self, item: Item, found: Understood) -> tuple[str, str, str] | None:
        """Why a page that came back well is not taken as a report: state, code and detail; None where it is."""
        title = item.context.get("title") or item.url
        attribution = found.attribution
        if not attribution.is_annual_report:
            with Session(self._engine) as session:
                was_report = evidence.document_at(session, item.url) is not None
            if was_report:
                return "failed", "ok", f"{title}: it was an annual report before and is none now"
            if item.context.get("year") and not item.context.get("doubtful"):
                # The list names a report of a year, and the page is none: a front door, or a page put in its place.
                return "failed", "not_a_report", f"the list names a report, but {attribution.reason}"
            return "left_aside", "not_a_report", f"{title}: {attribution.reason}"
        if found.agency is None:
            body = attribution.agency or "an unnamed body"
            return "left_aside", "other_agency", f"{title}{PAGE_IS_OF}{body}"
        if attribution.year is None:
            return "failed", "ok", f"{title}: neither title nor page says the report year"
        if self._narrowing.year and attribution.year != self._narrowing.year:
            return "left_aside", "other_year", f"{title}: of {attribution.year}"
        return None

    def _attachments(
        self, item: Item, kept: Kept, document: Document, document_id: int, session: Session
    ) -> Iterable[Item]:
        """The files that belong to a report page, and the pages on which it goes on, as far as they are in reach."""
        further = further_pages_of(decode_text(kept.body, kept.content_type)[0], item.url)
        for found in files_of(item, document, document_id, further):
            host, out_of_reach = self._way_to(found.url)
            found = replace(found, host=host)
            if out_of_reach is not None:
                detail = f"{found.context['title']}: {out_of_reach[1]}"
                self.ledger.leave_aside(found, out_of_reach[0], detail, session)
            else:
                yield found

    def _way_to(self, target: str) -> tuple[str, tuple[str, str] | None]:
        """The host that a file which a page links to is asked of; why it is not, as a short code and a detail, where it is
        out of reach."""
        portal = self._site.portal_of(target)
        if portal is None:
            return urlsplit(target).netloc, ("off_site", "on a host that is not the site's")
        return portal.host, None

    def _take_attachment(self, item: Item, kept: Kept, text: Text) -> list[Item]:
        unread = None if item.context.get(AS_PAGE) else why_unread(kept.body, text)
        document = text if isinstance(text, Document) and unread is None else None
        parent = item.context.get("parent")
        lost = isinstance(text, GivenUp)  # nothing is known of what it holds: never in silence
        with self.ledger.transaction() as session:
            result, _ = self._showings.enter(
                session, item, kept, document, "attachment", parent, None, self._now()
            )
            # the report is in its files where the page has no tables; a picture in a page may be anything
            is_file = not item.context.get("picture") and not isinstance(text, NotYetReadable)
            if unread and is_file and not (parent and readings.had_tables(session, parent)):
                lost = True
            if not lost:
                told = self._told_of_change(item, kept, result) or {}
                told |= {"unread": unread} if unread else {}
                reason = unread or (None if document else str(text))
                self.end(item, "done", "ok", reason, result, told, session)
        if lost:
            self._refuse(
                item, _unread(text) if isinstance(text, NotReadable) else Verdict("wrong_type", unread or "")
            )
        return []

    # ---- what a page needs to be shown

    def _requisites_of_page(self, item: Item, kept: Kept) -> list[Item]:
        if not self._site.requisites.keep:
            return []
        text = decode_text(kept.body, kept.content_type)[0]
        return self._requisites(requisites.of_page(text, item.url), item.url, 0)

    def _take_requisite(self, item: Item, kept: Kept) -> list[Item]:
        """A style sheet may name images and further style sheets, to a depth of two; nothing else is looked into."""
        self.end(item, "done", "ok")
        depth = int(item.context["depth"]) + 1
        if depth > _DEEPEST_STYLE or "css" not in kept.content_type.lower():
            return []
        text = decode_text(kept.body, kept.content_type)[0]
        return self.ledger.add(self._requisites(requisites.of_style(text, item.url), item.url, depth))

    def _requisites(self, urls: list[str], page: str, depth: int) -> list[Item]:
        """Those of the site's own hosts that are not held yet; others are never asked for."""
        own = [url for url in urls if trouble_of_url(url) is None and self._site.portal_of(url) is not None]
        with Session(self._engine) as session:
            held = evidence.held_urls(session, own)
        context = {"page_url": page, "depth": depth, "max_bytes": self._site.requisites.max_bytes}
        return [
            Item(url, "requisite", urlsplit(url).netloc.lower(), context) for url in own if url not in held
        ]


def _is_front_door(portal: Portal, asked: str, target: str) -> bool:
    """Whether a URL is a portal's home page, one of its columns, or a folder above a column or above the page asked
    for, by whatever name: where portals send what they no longer have."""
    parts = urlsplit(target)
    path = _INDEX.sub("/", parts.path) or "/"
    address = path + (f"?{parts.query}" if parts.query else "")
    columns = [portal.source(column).removeprefix(portal.host).partition("#")[0] for column in portal.column]
    if address in columns or path == "/":
        return True
    above = (urlsplit(asked).path, *(urlsplit(column).path for column in columns))
    return not parts.query and path.endswith("/") and any(place.startswith(path) for place in above)


def _unread(error: NotReadable | None) -> Verdict:
    return Verdict("given_up" if isinstance(error, GivenUp) else "wrong_type", str(error))
