"""Runs and their ledger: what a harvest has to do, has done, and how it ended.

The ledger is the frontier table. Scrapy's queue is fed from it and never trusted: a killed run goes on from the rows
that are still open.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

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
        for position, text in enumerate((entry.name, *entry.aliases)):
            known = session.get(AgencyName, (text, entry.region, EARLIEST))
            if known is not None:
                known.agency_id, known.main = agency.id, position == 0
            else:
                session.add(
                    AgencyName(
                        agency_id=agency.id,
                        name=text,
                        region=entry.region,
                        valid_from=EARLIEST,
                        main=position == 0,
                    )
                )
        for text, first, last in entry.formerly:
            since = date(first, 1, 1) if first else EARLIEST
            until = date(last, 12, 31) if last else None
            old = session.get(AgencyName, (text, entry.region, since))
            if old is None:
                old = AgencyName(name=text, region=entry.region, valid_from=since, main=False)
                session.add(old)
            old.agency_id, old.valid_to = agency.id, until
        session.flush()
    for entry in entries:
        if entry.superior:
            rows[entry.slug].superior_id = rows[entry.superior].id
    return site.id


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
    """Close the run of a site that was killed and is not gone on with: another one begins at that moment."""
    killed = unfinished_run(session, site)
    if killed is not None:
        killed.finished, killed.outcome = moment, "failed"
        killed.summary = {"reasons": ["it was killed, and too much has changed since to go on with it"]}


def most_listed(session: Session, site_id: int, before: int) -> dict[str, int]:
    """Per list the most reports that it named in any whole run of a site before another one."""
    rows = session.execute(
        select(Run.id, Run.narrowed).where(Run.site_id == site_id, Run.id < before, Run.finished.is_not(None))
    )
    whole = [run_id for run_id, narrowed in rows if not any(narrowed.values())]
    most: dict[str, int] = {}
    for source, number in session.execute(
        select(Listing.source, func.count())
        .where(Listing.run_id.in_(whole), Listing.report)
        .group_by(Listing.run_id, Listing.source)
    ):
        most[source] = max(number, most.get(source, 0))
    return most


def _is_judged(context: Mapping[str, Any]) -> bool:
    """Whether a list took a link for a report: then it says which year's, or that it cannot tell."""
    return "year" in context


class Ledger:
    """The frontier of one run. Every method is one transaction."""

    def __init__(self, engine: Engine, run_id: int) -> None:
        self._engine = engine
        self.run_id = run_id

    def add(self, items: Iterable[Item]) -> list[Item]:
        """Put items on the ledger; returns those that are to be made: all that were not there yet.

        A report that the column of another body named first, and left aside unfetched, is taken up when a list knows
        whose it is. One whose address cannot be asked for is entered as failed, by as much of its address as can be
        kept, and is not returned; what a page needs to be shown is left aside then.
        """
        fresh: list[Item] = []
        with Session(self._engine) as session, session.begin():
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

    def lease(self, item: Item, now: datetime) -> None:
        """Say that this process makes a request now."""
        self._set(item, state="leased", lease_until=now + LEASE)

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

    def finish(
        self,
        item: Item,
        state: State,
        *,
        verdict: str | None = None,
        reason: str | None = None,
        result: Result | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        """Say how an item ended; `told` is what a list said of itself."""
        self._set(
            item,
            state=state,
            verdict=verdict,
            reason=storable(reason[:400]) if reason else None,
            result=result,
            told=dict(told) if told else None,
            lease_until=None,
        )

    def list_links(self, source: str, page: int, links: Mapping[str, bool]) -> int:
        """Keep what a page of a list named (URL -> whether it was taken for a report); returns how many of them no
        earlier page of the list had named."""
        fresh = 0
        with Session(self._engine) as session, session.begin():
            for url, report in links.items():
                named = named_url(url)
                row = session.get(Listing, (self.run_id, source, named))
                if row is None:
                    session.add(
                        Listing(run_id=self.run_id, source=source, url=named, report=report, page=page)
                    )
                fresh += row is None or row.page >= page
        return fresh

    def listings(self) -> dict[str, dict[str, bool]]:
        """What each list of the run named: URL -> whether it was taken for a report."""
        found: dict[str, dict[str, bool]] = defaultdict(dict)
        with Session(self._engine) as session:
            for row in session.scalars(select(Listing).where(Listing.run_id == self.run_id)):
                found[row.source][row.url] = row.report
        return dict(found)

    def leave_aside(self, item: Item, reason: str, detail: str) -> None:
        """Put an item that is not fetched at all on the ledger, with the reason (a short code) and a detail."""
        named = replace(item, url=named_url(item.url))
        if self.add([named]):
            self.finish(named, "left_aside", verdict=reason, reason=detail)

    def rows(self) -> list[Frontier]:
        """The whole ledger, detached, in the order of URLs."""
        with Session(self._engine, expire_on_commit=False) as session:
            rows = list(
                session.scalars(select(Frontier).where(Frontier.run_id == self.run_id).order_by(Frontier.url))
            )
            session.expunge_all()
            return rows

    def _set(self, item: Item, **values: Any) -> None:
        with Session(self._engine) as session, session.begin():
            session.execute(
                update(Frontier)
                .where(Frontier.run_id == self.run_id, Frontier.url == item.url, Frontier.asked == item.asked)
                .values(**values)
            )


def counts(rows: Iterable[Frontier]) -> dict[str, Any]:
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
        "gone": states["gone"],
        "left_aside": dict(sorted(aside.items())),
        "blocked": states["blocked"],
        "failed": states["failed"] + states["open"] + states["leased"],
        "known": states["known"],
    }


def capture_counts(session: Session, run_id: int) -> dict[str, tuple[int, int]]:
    """Per host: the number of captures of a run, and of the bytes of their bodies as served."""
    found: dict[str, tuple[int, int]] = {}
    for url, length in session.execute(
        select(Capture.url, Capture.payload_length).where(Capture.run_id == run_id)
    ):
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
