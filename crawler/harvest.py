"""One harvest of one site, from the site file to the run's outcome."""

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from scrapy.crawler import CrawlerProcess
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from archive.account import BEGUN, ENDED, LEDGER, runs_told, untold_runs
from archive.exchange import to_the_millisecond
from archive.recovery import recover
from archive.text.confined import Confined
from archive.warc import Origin, WarcWriter
from crawler.conditions import Conditions
from crawler.families.listing import Way
from crawler.intake import Intake
from crawler.judging import Listed, judge_run
from crawler.killed import close_killed
from crawler.lock import SiteLocked, hosts_lock, site_lock
from crawler.manners import HARVEST_MIDDLEWARES, TOOL, scrapy_settings
from crawler.missed import hollow_pages, is_listed
from crawler.narrowing import Narrowing
from crawler.registering import Registration
from crawler.replaying import (
    adopt,
    end_content,
    read_pages,
    run_content,
)
from crawler.rereading import keep_told, sources
from crawler.settings import Settings
from crawler.sites import LoadedSite, Site
from crawler.spider import HarvestSpider
from crawler.vantage import REPLICA_VANTAGE, refuse_mixture
from gxstore import catalogue, evidence, regions, runs
from gxstore.comparing import compare_reports
from gxstore.database import shown, working_on
from gxstore.ledgers import ledger_text
from gxstore.models import Frontier, Run
from gxstore.moved import moved_in
from gxstore.occupancy import reserved
from gxstore.read_anew import read_anew_in
from gxstore.runs import Item, Kind, Ledger, LedgerRow

log = logging.getLogger(__name__)

# A killed run that is older than this is not gone on with: the portals are asked anew.
_RESUMED_WITHIN = timedelta(days=7)


# Failures that may be gone a while later; a robots.txt that could not be had and a reply without a word among them.
_MAY_PASS = ("server_error", "unreachable", "truncated", "robots", "empty")
_READ_ANEW = (
    "texts that an earlier reader had read were read by the present one: gxcrawl reparse lists every cell that it reads "
    "otherwise"
)


class HarvestStopped(Exception):
    """The harvest was stopped before its end; the sentence says how to go on."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a harvest needs from outside: settings, clock, ids, a display, and the replica's proxy where it is used."""

    settings: Settings
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    tell: Callable[[str, str, str | None], None]
    replica: str | None = None


def harvest(loaded: LoadedSite, narrowing: Narrowing, around: Surroundings) -> dict[str, Any]:
    """Harvest a site; returns the object that `gxcrawl run --json` ends with (DESIGN.md, "The public face").

    A run that was killed is gone on with, if it was narrowed in the same way.

    Raises:
        StoreError: the store cannot be used.
        MixedStore: the replica is to be harvested into a store of real portals, or the other way round.
        SiteLocked: another process harvests the site.
        CannotWrite: the archive folder cannot be written.
        HarvestStopped: it was interrupted; the same command goes on.
    """
    site, settings = loaded.site, around.settings
    # what the store holds must be what the archive can say, which is told to the millisecond
    clock = around.now
    around = replace(around, now=lambda: to_the_millisecond(clock()))
    with (
        site_lock(settings.data / "locks", site.name, around.now()),
        hosts_lock(settings.data / "locks", narrowing.hosts_of(site), around.now()),
        working_on(settings.database, f"harvest of {site.name}", create=True) as engine,
        reserved(engine, _kept_to_itself(site, narrowing), f"harvest of {site.name}") as taken,
    ):
        if taken is not None:
            raise SiteLocked(
                f"{taken[0]} is being harvested ({taken[1]}). Wait until that has finished, then try again."
            )
        damage = []
        for done in recover(settings.archive):
            log.warning(
                "sealed %s, left by a killed process: %d torn bytes put aside, %d records damaged",
                done.file,
                done.torn_bytes,
                done.damaged,
            )
            if done.damaged:
                damage.append(
                    f"damaged: {done.file} holds {done.damaged} damaged records; gxcrawl verify names them"
                )
        adopt(engine, settings.archive, site, settings.reading_limits)
        site_id, run_id = _begin(engine, loaded, narrowing, around)
        untold = not any(run.began for run in runs_told(settings.archive, site=site.name, run=run_id))
        ledger = Ledger(engine, run_id)
        ledger.add(_lists(site, narrowing, "column"))
        vantage = _vantage(around)
        with (
            Confined(settings.reading_limits) as reader,
            WarcWriter(
                settings.archive,
                site=site.name,
                run=run_id,
                origin=Origin(TOOL, loaded.digest, vantage),
                clock=around.now,
                new_id=around.new_id,
                max_bytes=settings.warc_size,
            ) as writer,
        ):
            if untold:
                _tell_begun(engine, writer, site, run_id)
            with Session(engine) as session:
                turn = runs.whole_runs_before(session, site_id, run_id)
            conditions = Conditions(engine, settings.archive, site, ledger=ledger, turn=turn)
            intake = Intake(
                engine,
                writer,
                loaded,
                site_id=site_id,
                ledger=ledger,
                conditions=conditions,
                narrowing=narrowing,
                catalogue=catalogue.load(),
                gazetteer=regions.load(),
                reader=reader,
                now=around.now,
                tell=around.tell,
                max_body=settings.max_body,
                untold=untold_runs(settings.archive, site.name),
            )
            _crawl(
                site,
                intake,
                ledger,
                around,
                lambda: (
                    _later(engine, ledger, site_id, site, narrowing)
                    or ledger.open_doubted(conditions.doubted)
                ),
            )
            moment = around.now()
            with Session(engine) as session:
                pages = sources(session, settings.archive, run_id=run_id)
            for told in read_pages(pages, settings.reading_limits):
                with Session(engine) as session, session.begin():
                    keep_told(session, told, moment)
            return _finish(engine, writer, ledger, site, narrowing, moment, around.now(), damage)


def _tell_begun(engine: Engine, writer: WarcWriter, site: Site, run_id: int) -> None:
    """Say in the archive what the run is, before anything that it captures."""
    with Session(engine) as session:
        run = session.get_one(Run, run_id)
        said = run_content(run, site.name, Registration.of(site))
        writer.write_statement(BEGUN, said, at=run.started)


def _kept_to_itself(site: Site, narrowing: Narrowing) -> list[str]:
    """What no other process may harvest meanwhile, wherever it runs: the site, and the hosts that are asked."""
    return [site.name, *sorted(narrowing.hosts_of(site))]


def _begin(engine: Engine, loaded: LoadedSite, narrowing: Narrowing, around: Surroundings) -> tuple[int, int]:
    """Register the site and begin a run, or go on with the one that was killed; one that cannot be gone on with is closed."""
    site, registration = loaded.site, Registration.of(loaded.site)
    wanted = {
        "portal": narrowing.portal,
        "year": narrowing.year,
        "limit": narrowing.limit,
        "lists_only": narrowing.lists_only,
    }
    with Session(engine) as session, session.begin():
        refuse_mixture(session, shown(around.settings.database), replica=around.replica is not None)
        killed = runs.unfinished_run(session, site.name)
        if killed is not None:
            same = (killed.narrowed, killed.config_digest, killed.tool_version) == (
                wanted,
                loaded.digest,
                TOOL,
            )
            if same and around.now() - killed.started < _RESUMED_WITHIN:
                return registration.enter(session, site.name), killed.id
    close_killed(engine, around.settings, loaded, around.now, around.new_id)
    with Session(engine) as session, session.begin():
        # with the run, by whose beginning the archive tells it
        site_id = registration.enter(session, site.name)
        run = Run(
            site_id=site_id,
            started=around.now(),
            narrowed=wanted,
            tool_version=TOOL,
            config_digest=loaded.digest,
            vantage=_vantage(around),
        )
        session.add(run)
        session.flush()
        return site_id, run.id


def _vantage(around: Surroundings) -> str:
    if around.replica:
        return REPLICA_VANTAGE
    proxy = f", through the proxy {around.settings.proxy_url}" if around.settings.proxy_url else ""
    return f"{around.settings.vantage}{proxy}"


def _lists(site: Site, narrowing: Narrowing, way: Way) -> Iterable[Item]:
    """The first request for each list of a site: of its columns, or of the searches of its portals."""
    for portal in site.portal:
        if narrowing.portal and narrowing.portal not in portal.hosts:
            continue
        for column in portal.column:
            if portal.family_of(column).way != way:
                continue
            ask = portal.first_ask(column)
            context = {
                "portal": portal.host,
                "column": column.path,
                "area": column.area,
                "agency": column.agency,
            }
            yield Item(ask.url, "column", portal.host, context, ask.method, ask.body, ask.headers)


def _later(engine: Engine, ledger: Ledger, site_id: int, site: Site, narrowing: Narrowing) -> list[Item]:
    """What is asked for when nothing is left to do: the searches, which must not come before the columns (a column
    knows whose its reports are); then once more what failed for a reason that may have passed; then the documents of
    earlier runs that no list named."""
    return (
        ledger.add(_lists(site, narrowing, "search"))
        or ledger.open_again(_MAY_PASS)
        or _leftovers(engine, ledger, site_id, site, narrowing)
    )


def _leftovers(engine: Engine, ledger: Ledger, site_id: int, site: Site, narrowing: Narrowing) -> list[Item]:
    """Documents of earlier runs that no list named in this one: asked for by their URL, so that what has gone is
    seen to be gone, what is merely unlisted is not lost, and what had gone is seen to be back."""
    if not narrowing.is_whole:
        return []
    items: list[Item] = []
    with Session(engine) as session:
        for url, found_as, gone_since in evidence.unasked_documents(session, site_id, ledger.run_id):
            portal = site.portal_of(url)
            last = session.scalar(
                select(Frontier)
                .where(Frontier.url == url, Frontier.run_id < ledger.run_id)
                .order_by(Frontier.run_id.desc())
                .limit(1)
            )
            if portal is None or last is None:
                continue
            kind: Kind = "attachment" if found_as == "attachment" else "report"
            shown = (last.told or {}).get("shows") or {}
            told = {**last.context, "listed": False, "gone": gone_since is not None}
            if shown:
                told["year"] = shown["year"]  # what was read there, whatever the list named
            items.append(Item(url, kind, portal.host, told))
    return ledger.add(items)


def _crawl(
    site: Site, intake: Intake, ledger: Ledger, around: Surroundings, later: Callable[[], list[Item]]
) -> None:
    settings = around.settings
    process = CrawlerProcess(
        scrapy_settings(site.networks, settings, delay=site.manners.delay, replica=around.replica)
        | {"DOWNLOADER_MIDDLEWARES": dict(HARVEST_MIDDLEWARES)}
    )
    crawler = process.create_crawler(HarvestSpider)
    with ThreadPoolExecutor(1, "keeper") as keeper:
        process.crawl(
            crawler,
            intake=intake,
            ledger=ledger,
            site=site,
            later=later,
            now=around.now,
            proxy=around.replica or settings.proxy_url,
            keeper=keeper,
        )
        process.start()
    assert isinstance(crawler.spider, HarvestSpider)
    assert crawler.stats is not None
    if (broken := crawler.spider.broken) is not None:
        raise HarvestStopped(
            f"The harvest of {site.name} cannot go on, since archive or store cannot be written: {_plainly(broken)}. What "
            f"was fetched before is kept. Look at {settings.archive} and {shown(settings.database)}, then type the same "
            "command again."
        ) from broken
    reason = crawler.stats.get_value("finish_reason")
    if reason != "finished":
        raise HarvestStopped(
            f"The harvest of {site.name} was stopped before its end ({reason or 'at once'}). What it has fetched is kept; "
            "type the same command again to go on."
        )


def _plainly(error: Exception) -> str:
    """What an error says, without the statement and the link that the database library adds."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause).strip().splitlines()[0].rstrip(".") if str(cause).strip() else type(cause).__name__


def _finish(
    engine: Engine,
    writer: WarcWriter,
    ledger: Ledger,
    site: Site,
    narrowing: Narrowing,
    read_at: datetime,
    now: datetime,
    damage: list[str],
) -> dict[str, Any]:
    """Judge the run, make its summary, and close it: in the archive, then in the store. `read_at` is when the pages were
    read together with their attachments."""
    with Session(engine) as session:
        moves = moved_in(session, ledger.run_id)
    ledger.tell_moved(moves)
    with Session(engine) as session, session.begin():
        run = session.get_one(Run, ledger.run_id)
        compare_reports(session, runs.agencies_read(session, run.id), catalogue.load())
        run.summary = _summary(session, run, ledger, site, narrowing, now, damage)
        run.finished, run.outcome = now, run.summary["outcome"]
        session.flush()
        writer.write_statement(LEDGER, ledger_text(session, run.id))
        writer.write_statement(ENDED, end_content(run, read_at), at=now)
        return run.summary


def _summary(
    session: Session,
    run: Run,
    ledger: Ledger,
    site: Site,
    narrowing: Narrowing,
    now: datetime,
    damage: list[str],
) -> dict[str, Any]:
    """Judge the run and make its summary. The ledger is held here alone: a run may have a hundred thousand rows."""
    rows = ledger.rows()
    captures = runs.capture_counts(session, run.id)
    hollow = hollow_pages(rows)
    listed_urls = {row.url for row in rows if is_listed(row) and row.url not in hollow}
    found_years = runs.years_found(session, run.id, listed_urls)
    listed = Listed(ledger.listings(), runs.most_listed(session, run.site_id, run.id))
    judged = judge_run(site, narrowing, rows, found_years, listed, now.date(), damage)
    anew = read_anew_in(session, run.id, run.started)
    return {
        "run": run.id,
        "site": site.name,
        "outcome": judged.outcome,
        **runs.counts(rows),
        "captures": sum(number for number, _ in captures.values()),
        "bytes": sum(size for _, size in captures.values()),
        "started": run.started.isoformat(timespec="seconds"),
        "finished": now.isoformat(timespec="seconds"),
        "portals": _by_portal(site, rows, captures),
        "reasons": judged.reasons,
        "acknowledged": [
            *(f"{row.url}: {row.verdict}, {row.reason}" for row in rows if row.state == "known"),
            *judged.acknowledged,
        ],
        "notes": [*([f"{anew} {_READ_ANEW}"] if anew else []), *judged.notes],
    }


def _by_portal(
    site: Site, rows: Iterable[LedgerRow], captures: Mapping[str, tuple[int, int]]
) -> list[dict[str, Any]]:
    portals = []
    for portal in site.portal:
        own = [row for row in rows if row.host in portal.hosts]
        if not own:
            continue
        sums = [captures.get(host, (0, 0)) for host in portal.hosts]
        portals.append(
            {
                "host": portal.host,
                **runs.counts(own),
                "captures": sum(number for number, _ in sums),
                "bytes": sum(size for _, size in sums),
            }
        )
    return portals
