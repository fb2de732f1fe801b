"""Runs and their ledger: what a harvest has to do, has done, and how it ended.

The ledger is the frontier table. Scrapy's queue is fed from it and never trusted: a killed run goes on from the rows
that are still open.
"""

import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, case, func, select, update
from sqlalchemy.orm import Session

from archive.exchange import asked_url
from gxstore.models import (
    EARLIEST,
    Agency,
    AgencyName,
    Attribution,
    Capture,
    Frontier,
    Listing,
    Portal,
    ReadingSource,
    Report,
    Run,
    Showing,
    Site,
)
from gxstore.storable import named_url, storable, trouble_of_url

Kind = Literal["column", "report", "attachment", "requisite"]
State = Literal["open", "leased", "done", "left_aside", "blocked", "failed", "known", "gone"]
Result = Literal["new", "changed", "unchanged"]

# A leased row whose lease has run out belongs to a process that died.
LEASE = timedelta(minutes=10)
# Rows read from the store at a time.
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """A request to make: what it should bring, the host that serves it, and what is known of it beforehand.

    Method, body and headers are those of a list that is asked for by POST; all else is a plain GET.
    """

    url: str
    kind: Kind
    host: str
    context: Mapping[str, Any] = field(default_factory=dict)
    method: str = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        # the one way to write an address, so that ledger, document and capture name the same however a page wrote its link; a
        # list's is the site file's own
        if self.kind != "column":
            object.__setattr__(self, "url", asked_url(self.url))

    @property
    def asked(self) -> str:
        """What tells this request from others to the same URL: empty for a plain GET, else a digest."""
        if (self.method, self.body) == ("GET", ""):
            return ""
        return hashlib.sha256(f"{self.method}\n{self.body}".encode()).hexdigest()

    @classmethod
    def of(cls, row: Frontier) -> "Item":
        """The request that a row of the ledger stands for."""
        sent = row.request or {}
        return cls(
            row.url,
            row.kind,  # type: ignore[arg-type]
            row.host,
            row.context,
            sent.get("method", "GET"),
            sent.get("body", ""),
            tuple((name, value) for name, value in sent.get("headers", [])),
        )


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the ledger as it is judged (`models.Frontier`), small: a run may have a hundred thousand."""

    url: str
    kind: str
    host: str
    state: str
    context: Mapping[str, Any]
    asked: str = ""
    verdict: str | None = None
    reason: str | None = None
    result: str | None = None
    told: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AgencyEntry:
    """An agency as the site file lists it; `formerly` holds names with their first and last report year."""

    slug: str
    name: str
    aliases: tuple[str, ...]
    region: str
    level: str
    function: str
    superior: str | None
    formerly: tuple[tuple[str, int | None, int | None], ...] = ()


def register_site(
    session: Session, name: str, title: str, portals: Mapping[str, str], agencies: Iterable[AgencyEntry]
) -> int:
    """Bring site, portals (host -> family) and agencies of a site file into the store; returns the site's id.

    An agency is known by its slug; names are added, never removed.
    """
    site = session.scalar(select(Site).where(Site.name == name))
    if site is None:
        site = Site(name=name, title=title)
        session.add(site)
    site.title = title
    session.flush()
    for host, family in portals.items():
        portal = session.scalar(select(Portal).where(Portal.host == host))
        if portal is None:
            session.add(Portal(site_id=site.id, host=host, family=family))
        else:
            portal.site_id, portal.family = site.id, family
    entries = list(agencies)
    rows: dict[str, Agency] = {}
    for entry in entries:
        agency = session.scalar(select(Agency).where(Agency.slug == entry.slug))
        if agency is None:
            agency = Agency(slug=entry.slug, level=entry.level, function=entry.function)
            session.add(agency)
        agency.level, agency.function = entry.level, entry.function
        session.flush()
        rows[entry.slug] = agency
        session.execute(update(AgencyName).where(AgencyName.agency_id == agency.id).values(main=False))
        for (text, region, since), (until, main) in names_of(entry).items():
            known = session.get(AgencyName, (text, region, since))
            if known is None:
                known = AgencyName(name=text, region=region, valid_from=since, main=False)
                session.add(known)
            known.agency_id, known.valid_to, known.main = agency.id, until, main
        session.flush()
    for entry in entries:
        if entry.superior:
            rows[entry.slug].superior_id = rows[entry.superior].id
    return site.id


def names_of(entry: AgencyEntry) -> dict[tuple[str, str, date], tuple[date | None, bool]]:
    """The names of a body as the store keeps them: name, region and first day -> last day, and whether it is the main one."""
    names: dict[tuple[str, str, date], tuple[date | None, bool]] = {}
    for position, text in enumerate((entry.name, *entry.aliases)):
        names.setdefault((text, entry.region, EARLIEST), (None, position == 0))
    for text, first, last in entry.formerly:
        key = text, entry.region, date(first, 1, 1) if first else EARLIEST
        names[key] = date(last, 12, 31) if last else None, names.get(key, (None, False))[1]
    return names


def unfinished_run(session: Session, site: str) -> Run | None:
    """The newest run of a site if it was never finished: it was killed, or could not go on."""
    newest = session.scalar(
        select(Run)
        .join(Site, Site.id == Run.site_id)
        .where(Site.name == site)
        .order_by(Run.id.desc())
        .limit(1)
    )
    return newest if newest is not None and newest.finished is None else None


def close_killed(session: Session, site: str, moment: datetime) -> None:
    """Close the run of a site that was killed and is not gone on with."""
    killed = unfinished_run(session, site)
    if killed is not None:
        killed.finished, killed.outcome = moment, "failed"
        killed.summary = {"reasons": ["it was killed, and was not gone on with"]}


_PART = "\t"
"""Stands in the source of a listing before the number of the part of the list that named the URL."""
_OF_THE_WHOLE = Listing.source.not_like(f"%{_PART}%")
_NO_PAGE = 1_000_000
"""The page of a URL that only a part of the list has named yet: after every page of the list itself."""


def most_listed(session: Session, site_id: int, before: int) -> dict[str, int]:
    """Per list the most reports that it named in any whole run of a site before another one."""
    rows = session.execute(
        select(Run.id, Run.narrowed).where(Run.site_id == site_id, Run.id < before, Run.finished.is_not(None))
    )
    whole = [run_id for run_id, narrowed in rows if not any(narrowed.values())]
    most: dict[str, int] = {}
    for source, number in session.execute(
        select(Listing.source, func.count())
        .where(Listing.run_id.in_(whole), Listing.report, _OF_THE_WHOLE)
        .group_by(Listing.run_id, Listing.source)
    ):
        most[source] = max(number, most.get(source, 0))
    return most


def whole_runs_before(session: Session, site_id: int, run_id: int) -> int:
    """How many finished runs of a site that were not narrowed came before a run."""
    narrowings = session.scalars(
        select(Run.narrowed).where(Run.site_id == site_id, Run.id < run_id, Run.finished.is_not(None))
    )
    return sum(not any(narrowed.values()) for narrowed in narrowings)


def _is_judged(context: Mapping[str, Any]) -> bool:
    """Whether a list took a link for a report: then it says which year's, or that it cannot tell."""
    return "year" in context


class Ledger:
    """The frontier of one run. Every method is one transaction, or part of the one that it is given: what follows from
    one reply is entered as a whole or not at all."""

    def __init__(self, engine: Engine, run_id: int) -> None:
        self._engine = engine
        self.run_id = run_id

    @contextmanager
    def transaction(self, within: Session | None = None) -> Iterator[Session]:
        """A transaction of its own, or the one given."""
        if within is not None:
            yield within
            return
        with Session(self._engine) as session, session.begin():
            yield session

    def add(self, items: Iterable[Item], within: Session | None = None) -> list[Item]:
        """Put items on the ledger; returns those that are to be made: all that were not there yet.

        A report that the column of another body named first, and left aside unfetched, is taken up when a list knows
        whose it is. One whose address cannot be asked for is entered as failed, by as much of its address as can be
        kept, and is not returned; what a page needs to be shown is left aside then.
        """
        fresh: list[Item] = []
        with self.transaction(within) as session:
            for item in items:
                if (trouble := trouble_of_url(item.url)) is not None:
                    self._enter_unusable(session, item, trouble)
                    continue
                row = session.get(Frontier, (self.run_id, item.url, item.asked))
                if row is None:
                    session.add(self._row(item))
                    session.flush()
                elif (
                    row.verdict == "other_agency" and _is_judged(item.context) and not _is_judged(row.context)
                ):
                    row.state, row.verdict, row.reason, row.context = "open", None, None, dict(item.context)
                else:
                    continue
                fresh.append(item)
        return fresh

    def _enter_unusable(self, session: Session, item: Item, trouble: str) -> None:
        named = replace(item, url=named_url(item.url))
        if session.get(Frontier, (self.run_id, named.url, named.asked)) is None:
            row = self._row(named)
            row.state = "left_aside" if item.kind == "requisite" else "failed"
            row.verdict, row.reason = "unusable_url", trouble
            session.add(row)
            session.flush()

    def _row(self, item: Item) -> Frontier:
        plain = not item.asked and not item.headers
        sent = {"method": item.method, "body": item.body, "headers": list(item.headers)}
        return Frontier(
            run_id=self.run_id,
            url=item.url,
            asked=item.asked,
            kind=item.kind,
            host=storable(item.host)[:255],
            state="open",
            context=dict(item.context),
            request=None if plain else sent,
        )

    def lease(self, items: Iterable[Item], now: datetime) -> None:
        """Say that this process makes these requests from now on."""
        with self.transaction() as session:
            for item in items:
                self._set(session, item, state="leased", lease_until=now + LEASE)

    def reopen(self) -> list[Item]:
        """All items still to do, after a kill those that the dead process held too (one process holds a site)."""
        with Session(self._engine) as session, session.begin():
            session.execute(
                update(Frontier)
                .where(Frontier.run_id == self.run_id, Frontier.state == "leased")
                .values(state="open", lease_until=None)
            )
            rows = session.scalars(
                select(Frontier)
                .where(Frontier.run_id == self.run_id, Frontier.state == "open")
                .order_by(Frontier.url)
            )
            return [Item.of(row) for row in rows]

    def open_again(self, verdicts: Collection[str]) -> list[Item]:
        """Open once more what failed or was blocked with one of these verdicts, each request at most once in a run."""
        with Session(self._engine) as session, session.begin():
            rows = list(
                session.scalars(
                    select(Frontier)
                    .where(
                        Frontier.run_id == self.run_id,
                        Frontier.state.in_(("failed", "blocked")),
                        Frontier.verdict.in_(verdicts),
                        Frontier.rounds == 0,
                    )
                    .order_by(Frontier.url)
                )
            )
            for row in rows:
                row.state, row.rounds = "open", 1
            return [Item.of(row) for row in rows]

    def told(self, what: str) -> list[Item]:
        """The items of which something was told, by its name."""
        with Session(self._engine) as session:
            rows = session.scalars(
                select(Frontier).where(Frontier.run_id == self.run_id, Frontier.told.is_not(None))
            )
            return [Item.of(row) for row in rows if what in (row.told or {})]

    def open_doubted(self, hosts: Collection[str]) -> list[Item]:
        """Open once more what was said to be unchanged by hosts whose word is not to be trusted."""
        with Session(self._engine) as session, session.begin():
            rows = session.scalars(
                select(Frontier)
                .where(
                    Frontier.run_id == self.run_id,
                    Frontier.host.in_(hosts),
                    Frontier.state == "done",
                    Frontier.rounds == 0,
                    Frontier.told.is_not(None),
                )
                .order_by(Frontier.url)
            )
            doubted = [row for row in rows if "not_modified" in (row.told or {})]
            for row in doubted:
                row.state, row.rounds = "open", 1
            return [Item.of(row) for row in doubted]

    def finish(
        self,
        item: Item,
        state: State,
        *,
        verdict: str | None = None,
        reason: str | None = None,
        result: Result | None = None,
        told: Mapping[str, Any] | None = None,
        within: Session | None = None,
    ) -> None:
        """Say how an item ended; `told` is what a list said of itself, or a page's host of whether it has changed."""
        with self.transaction(within) as session:
            self._set(
                session,
                item,
                state=state,
                verdict=verdict,
                reason=storable(reason[:400]) if reason else None,
                result=result,
                told=dict(told) if told else None,
                lease_until=None,
            )

    def list_links(
        self,
        source: str,
        page: int,
        links: Mapping[str, bool],
        within: Session | None = None,
        part: int = 0,
    ) -> int:
        """Keep what a page of a list named (URL -> whether it was taken for a report); returns how many of them no
        earlier page of the list had named.

        A list may be parted into further ones (`part`, from 1), which often name again what the list itself names: what one
        of them gave is nothing that another one repeats."""
        own = f"{source}{_PART}{part}" if part else source
        with self.transaction(within) as session:
            links = {asked_url(url): report for url, report in links.items()}
            fresh = sum(self._name(session, own, page, url, report) for url, report in links.items())
            if part:
                for url, report in links.items():
                    self._name(session, source, _NO_PAGE, url, report)
        return fresh

    def _name(self, session: Session, source: str, page: int, url: str, report: bool) -> bool:
        """Enter that a page of a list names a URL; whether no earlier page of it did."""
        named = named_url(url)
        row = session.get(Listing, (self.run_id, source, named))
        if row is None:
            session.add(Listing(run_id=self.run_id, source=source, url=named, report=report, page=page))
            return True
        fresh, row.page = row.page >= page, min(row.page, page)
        return fresh

    def listings(self) -> dict[str, dict[str, bool]]:
        """What each list of the run named: URL -> whether it was taken for a report."""
        found: dict[str, dict[str, bool]] = defaultdict(dict)
        query = select(Listing.source, Listing.url, Listing.report).where(
            Listing.run_id == self.run_id, _OF_THE_WHOLE
        )
        with Session(self._engine) as session:
            for source, url, report in session.execute(query.execution_options(yield_per=_AT_ONCE)):
                found[source][url] = report
        return dict(found)

    def leave_aside(self, item: Item, reason: str, detail: str, within: Session | None = None) -> None:
        """Put an item that is not fetched at all on the ledger, with the reason (a short code) and a detail."""
        named = replace(item, url=named_url(item.url))
        with self.transaction(within) as session:
            if self.add([named], session):
                self.finish(named, "left_aside", verdict=reason, reason=detail, within=session)

    def tell_moved(self, moves: Mapping[str, str]) -> None:
        """Say what is known of moves (new URL -> old one) once the run is over: a report at another address is neither new
        nor gone."""
        with self.transaction() as session:
            for new, old in moves.items():
                row = self._plain_row(session, new)
                if row is None or row.result is None:
                    continue
                row.result = "unchanged" if row.result == "new" else row.result
                row.told = {**(row.told or {}), "moved_from": named_url(old)}
                left = self._plain_row(session, old)
                if left is not None and left.state == "gone":
                    left.state = "done"
                    left.reason = storable(
                        f"{left.reason or left.verdict}; the same text stands at {new} now"[:400]
                    )

    def _plain_row(self, session: Session, url: str) -> Frontier | None:
        return session.get(Frontier, (self.run_id, named_url(url), ""))

    def rows(self) -> list[LedgerRow]:
        """The whole ledger, in the order of URLs."""
        columns = [getattr(Frontier, field.name) for field in fields(LedgerRow)]
        query = select(*columns).where(Frontier.run_id == self.run_id).order_by(Frontier.url)
        with Session(self._engine) as session:
            found = session.execute(query.execution_options(yield_per=_AT_ONCE))
            return [LedgerRow(*(_shared(value) for value in row)) for row in found]

    def reports_taken(self) -> int:
        """How many reports are on the ledger that were not left aside; a report that moved counts once."""
        query = select(func.count()).where(
            Frontier.run_id == self.run_id,
            Frontier.kind == "report",
            Frontier.state != "left_aside",
            func.coalesce(Frontier.verdict, "") != "moved",
        )
        with Session(self._engine) as session:
            return session.scalar(query) or 0

    def _set(self, session: Session, item: Item, **values: Any) -> None:
        session.execute(
            update(Frontier)
            .where(Frontier.run_id == self.run_id, Frontier.url == item.url, Frontier.asked == item.asked)
            .values(**values)
        )


def _shared(value: Any) -> Any:
    """A value of a row, with the texts that most rows have in common held once: names of columns and agencies, keys."""
    if isinstance(value, dict):
        return {sys.intern(key): _shared(part) for key, part in value.items()}
    return sys.intern(value) if isinstance(value, str) else value


def counts(rows: Iterable[LedgerRow]) -> dict[str, Any]:
    """The counts of a ledger, in documents: the middle of the object that `gxcrawl run --json` ends with."""
    rows = list(rows)
    results = Counter(
        row.result for row in rows if row.state == "done" and row.kind != "column" and row.result
    )
    states = Counter(row.state for row in rows)
    aside = Counter(row.verdict or "other" for row in rows if row.state == "left_aside")
    return {
        "found": sum(results.values()),
        "new": results["new"],
        "changed": results["changed"],
        "unchanged": results["unchanged"],
        "moved": sum("moved_from" in (row.told or {}) for row in rows),
        "gone": states["gone"],
        "left_aside": dict(sorted(aside.items())),
        "blocked": states["blocked"],
        "failed": states["failed"] + states["open"] + states["leased"],
        "known": states["known"],
        "not_modified": sum("not_modified" in (row.told or {}) for row in rows),
    }


def capture_counts(session: Session, run_id: int) -> dict[str, tuple[int, int]]:
    """Per host: the number of captures of a run, and of the bytes of their bodies as served; a 304 served none."""
    found: dict[str, tuple[int, int]] = {}
    served = case((Capture.status == 304, 0), else_=Capture.payload_length)
    query = select(Capture.url, served).where(Capture.run_id == run_id)
    for url, length in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        host = url.split("/")[2]
        number, size = found.get(host, (0, 0))
        found[host] = (number + 1, size + length)
    return found


def years_found(session: Session, run_id: int, urls: Collection[str]) -> dict[str, set[int]]:
    """Per agency slug: the years of the reports whose text a capture of this run showed at one of these URLs."""
    rows = session.execute(
        select(Agency.slug, Report.year, Capture.url)
        .distinct()
        .join(Report, Report.agency_id == Agency.id)
        .join(Attribution, Attribution.report_id == Report.id)
        .join(ReadingSource, ReadingSource.reading_id == Attribution.reading_id)
        .join(Showing, Showing.version_id == ReadingSource.version_id)
        .join(Capture, Capture.id == Showing.capture_id)
        .where(Capture.run_id == run_id)
    )
    found: dict[str, set[int]] = {}
    for slug, year, url in rows:
        if url in urls:
            found.setdefault(slug, set()).add(year)
    return found


def agencies_read(session: Session, run_id: int) -> set[int]:
    """The agencies of whose reports a capture of this run showed a text."""
    return set(
        session.scalars(
            select(Report.agency_id)
            .join(Attribution, Attribution.report_id == Report.id)
            .join(ReadingSource, ReadingSource.reading_id == Attribution.reading_id)
            .join(Showing, Showing.version_id == ReadingSource.version_id)
            .join(Capture, Capture.id == Showing.capture_id)
            .where(Capture.run_id == run_id)
        )
    )
