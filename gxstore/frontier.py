"""The ledger of a run: what a harvest has to do, and what became of it.

The ledger is the frontier table. Scrapy's queue is fed from it and never trusted: a killed run goes on from the rows
that are still open.
"""

import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from archive.exchange import asked_url
from gxstore.models import Frontier, Listing
from gxstore.storable import is_only_named, named_url, storable, trouble_of_url

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
        if self.kind != "column" and not is_only_named(self.url):
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


_PART = "\t"
"""Stands in the source of a listing before the number of the part of the list that named the URL."""
OF_THE_WHOLE = Listing.source.not_like(f"%{_PART}%")
_NO_PAGE = 1_000_000
"""The page of a URL that only a part of the list has named yet: after every page of the list itself."""


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
            Listing.run_id == self.run_id, OF_THE_WHOLE
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
