"""One harvest of one site, from the site file to the run's outcome."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from scrapy.crawler import CrawlerProcess
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from archive.reader import iter_records
from archive.scan import bare_id
from archive.warc import Origin, WarcWriter, recover
from crawler.intake import Intake, Narrowing
from crawler.lock import site_lock
from crawler.settings import Settings
from crawler.sites import LoadedSite, Site
from crawler.spider import HarvestSpider
from gxstore import catalogue, evidence, regions, runs
from gxstore.comparing import compare_reports
from gxstore.database import open_store, shown
from gxstore.models import Frontier, Run
from gxstore.runs import AgencyEntry, Item, Kind, Ledger

log = logging.getLogger(__name__)

TOOL = f"gxcrawl/{version('gxcrawl')}"
# Named in reasons at most so often; the ledger has them all.
_MOST_REASONS = 50


# What a run of the replica says of where it was made. Its figures are made up, but for a few published ones.
REPLICA_VANTAGE = "the bundled replica on loopback"


class MixedStore(Exception):
    """Figures of the replica and figures of real portals would come into one store; the sentence says which way out."""


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
    with site_lock(settings.data / "locks", site.name, around.now()):
        engine = open_store(settings.database, create=True)
        for done in recover(settings.archive):
            log.warning(
                "sealed %s, left by a killed process, %d torn bytes put aside", done.file, done.torn_bytes
            )
            if done.sealed:
                _adopt(engine, settings.archive, done.file)
        site_id, run_id = _begin(engine, loaded, narrowing, around)
        ledger = Ledger(engine, run_id)
        ledger.add(_columns(site, narrowing))
        vantage = _vantage(around)
        with WarcWriter(
            settings.archive,
            site=site.name,
            run=run_id,
            origin=Origin(TOOL, loaded.digest, vantage),
            clock=around.now,
            new_id=around.new_id,
            max_bytes=settings.warc_size,
        ) as writer:
            intake = Intake(
                engine,
                writer,
                loaded,
                site_id=site_id,
                ledger=ledger,
                narrowing=narrowing,
                catalogue=catalogue.load(),
                gazetteer=regions.load(),
                now=around.now,
                tell=around.tell,
            )
            _crawl(site, intake, ledger, around, lambda: _leftovers(engine, ledger, site_id, site, narrowing))
        return _finish(engine, ledger, site, narrowing, around.now())


def _adopt(engine: Engine, archive: Path, file: str) -> None:
    """Enter the captures of a killed process that reached the archive but not the store.

    At most the last one is concerned; its URL is fetched again all the same, since nothing was understood of it.
    """
    run = re.search(r"-run(\d+)-", file)
    if run is None:
        return
    records = list(iter_records(archive / file))
    told = {
        bare_id(record.headers.get("warc-concurrent-to", "")): record.fields().get("verdict", "")
        for record in records
        if record.type == "metadata"
    }
    with Session(engine) as session, session.begin():
        if session.get(Run, int(run[1])) is None:
            return
        for record in records:
            if record.type in ("response", "revisit"):
                evidence.adopt_capture(session, int(run[1]), record, told.get(record.record_id) or "unjudged")


def _begin(engine: Engine, loaded: LoadedSite, narrowing: Narrowing, around: Surroundings) -> tuple[int, int]:
    """Register the site and begin a run, or go on with the one that was killed."""
    site = loaded.site
    wanted = {
        "portal": narrowing.portal,
        "year": narrowing.year,
        "limit": narrowing.limit,
        "lists_only": narrowing.lists_only,
    }
    with Session(engine) as session, session.begin():
        _refuse_mixture(session, around)
        site_id = runs.register_site(
            session,
            site.name,
            site.title,
            {host: portal.family for portal in site.portal for host in portal.hosts},
            [
                AgencyEntry(a.slug, a.name, a.aliases, a.region, a.level, a.function, a.superior)
                for a in site.agency
            ],
        )
        killed = runs.unfinished_run(session, site_id)
        if killed is not None and killed.narrowed == wanted:
            return site_id, killed.id
        if killed is not None:
            killed.finished, killed.outcome = around.now(), "failed"
            killed.summary = {"reasons": ["it was killed, and another run was asked for"]}
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


def _refuse_mixture(session: Session, around: Surroundings) -> None:
    """A store holds either the replica or real portals: made-up figures must never stand beside evidence."""
    vantages = set(session.scalars(select(Run.vantage).distinct()))
    where = shown(around.settings.database)
    if around.replica and vantages - {REPLICA_VANTAGE}:
        raise MixedStore(
            f"The store {where} holds harvests of real portals. The replica's figures are made up and must not stand "
            "beside them: name another folder, for instance GXCRAWL_DATA=demo gxcrawl run --replica …"
        )
    if not around.replica and REPLICA_VANTAGE in vantages:
        raise MixedStore(
            f"The store {where} holds harvests of the replica, whose figures are made up. Name another folder for real "
            "portals with GXCRAWL_DATA, or remove this one."
        )


def _vantage(around: Surroundings) -> str:
    if around.replica:
        return REPLICA_VANTAGE
    proxy = f", through the proxy {around.settings.proxy}" if around.settings.proxy else ""
    return f"{around.settings.vantage}{proxy}"


def _columns(site: Site, narrowing: Narrowing) -> Iterable[Item]:
    for portal in site.portal:
        if narrowing.portal and narrowing.portal not in portal.hosts:
            continue
        for column in portal.column:
            context = {
                "portal": portal.host,
                "column": column.path,
                "area": column.area,
                "agency": column.agency,
            }
            yield Item(portal.start_url(column), "column", portal.host, context)


def _leftovers(engine: Engine, ledger: Ledger, site_id: int, site: Site, narrowing: Narrowing) -> list[Item]:
    """Documents of earlier runs that no list named in this one: asked for by their URL, so that what has gone is
    seen to be gone, and what is merely unlisted is not lost."""
    if not narrowing.is_whole:
        return []
    items: list[Item] = []
    with Session(engine) as session:
        for url, document in evidence.documents_of_site(session, site_id).items():
            portal = site.portal_of(url)
            last = session.scalar(
                select(Frontier)
                .where(Frontier.url == url, Frontier.run_id < ledger.run_id)
                .order_by(Frontier.run_id.desc())
                .limit(1)
            )
            if portal is None or last is None:
                continue
            kind: Kind = "attachment" if document.kind == "attachment" else "report"
            items.append(Item(url, kind, portal.host, {**last.context, "listed": False}))
    return ledger.add(items)


def _crawl(
    site: Site, intake: Intake, ledger: Ledger, around: Surroundings, leftovers: Callable[[], list[Item]]
) -> None:
    settings = around.settings
    contact = f" (+{settings.contact})" if settings.contact else ""
    polite = around.replica is None
    process = CrawlerProcess(
        {
            "USER_AGENT": f"{TOOL}{contact}",
            "ROBOTSTXT_OBEY": True,
            "ROBOTSTXT_USER_AGENT": "gxcrawl",
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": site.manners.delay if polite else 0,
            "AUTOTHROTTLE_ENABLED": polite,
            "AUTOTHROTTLE_START_DELAY": max(site.manners.delay, 0.1),
            "DOWNLOAD_TIMEOUT": settings.timeout,
            "DOWNLOAD_MAXSIZE": settings.max_body,
            "DOWNLOAD_FAIL_ON_DATALOSS": False,
            "RETRY_TIMES": 2,
            "COOKIES_ENABLED": False,
            "METAREFRESH_ENABLED": False,
            "HTTPERROR_ALLOW_ALL": True,
            # The ledger knows what was asked for; a second filter in memory would lose redirects.
            "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
            "DOWNLOADER_MIDDLEWARES": {"crawler.spider.KeepMiddleware": 990},
            "DEFAULT_REQUEST_HEADERS": {
                "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
                "Accept-Language": "zh-CN,zh;q=0.9",
                # What can be undone again when the archive is read.
                "Accept-Encoding": "gzip, deflate",
            },
            "TELNETCONSOLE_ENABLED": False,
            "LOGSTATS_INTERVAL": 0,
            "LOG_ENABLED": False,
            "LOG_INSTALL_ROOT_HANDLER": False,
        }
    )
    crawler = process.create_crawler(HarvestSpider)
    process.crawl(
        crawler,
        intake=intake,
        ledger=ledger,
        hosts=site.hosts,
        leftovers=leftovers,
        now=around.now,
        proxy=around.replica or settings.proxy or None,
    )
    process.start()
    assert isinstance(crawler.spider, HarvestSpider)
    assert crawler.stats is not None
    if (broken := crawler.spider.broken) is not None:
        raise HarvestStopped(
            f"The harvest of {site.name} cannot go on, since archive or store cannot be written: {broken}. What was "
            f"fetched before is kept. Look at {settings.archive} and {shown(settings.database)}, then type the same "
            "command again."
        ) from broken
    reason = crawler.stats.get_value("finish_reason")
    if reason != "finished":
        raise HarvestStopped(
            f"The harvest of {site.name} was stopped ({reason or 'it did not start'}). What it has fetched is kept; "
            "type the same command again to go on."
        )


def _finish(
    engine: Engine, ledger: Ledger, site: Site, narrowing: Narrowing, now: datetime
) -> dict[str, Any]:
    """Judge the run, close it in the store, and make its summary."""
    rows = ledger.rows()
    with Session(engine) as session, session.begin():
        run = session.get_one(Run, ledger.run_id)
        captures = runs.capture_counts(session, run.id)
        found_years = runs.years_found(session, run.id)
        compare_reports(session, runs.agencies_read(session, run.id), catalogue.load())
        outcome, reasons = judge_run(site, narrowing, rows, found_years)
        summary = {
            "run": run.id,
            "site": site.name,
            "outcome": outcome,
            **runs.counts(rows),
            "captures": sum(number for number, _ in captures.values()),
            "bytes": sum(size for _, size in captures.values()),
            "started": run.started.isoformat(timespec="seconds"),
            "finished": now.isoformat(timespec="seconds"),
            "portals": _by_portal(site, rows, captures),
            "reasons": reasons,
            "acknowledged": [
                f"{row.url}: {row.verdict}, {row.reason}" for row in rows if row.state == "known"
            ],
        }
        run.finished, run.outcome, run.summary = now, outcome, summary
    return summary


def _by_portal(
    site: Site, rows: Iterable[Frontier], captures: Mapping[str, tuple[int, int]]
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


def judge_run(
    site: Site, narrowing: Narrowing, rows: Iterable[Frontier], found: Mapping[str, set[int]]
) -> tuple[str, list[str]]:
    """The outcome of a run and the reasons for it, in plain sentences.

    Args:
        site: the site file with its floor.
        narrowing: a narrowed run judges no floor.
        rows: the run's ledger.
        found: per agency slug the report years seen in this run.
    """
    rows = list(rows)
    reasons: list[str] = []
    for state in ("failed", "blocked", "gone", "open", "leased"):
        for row in rows:
            if row.state == state:
                title = row.context.get("title")
                name = f"{row.url} ({title})" if title else row.url
                verdict = row.verdict or "not fetched"
                reasons.append(f"{state}: {name}: {verdict}" + (f", {row.reason}" if row.reason else ""))
    years = {year for own in found.values() for year in own}
    number = sum(row.kind == "report" and row.state == "done" and row.result is not None for row in rows)
    below = False
    if narrowing.is_whole:
        for agency in site.agency:
            if agency.expected and agency.slug not in found and not _is_known(agency.slug, rows):
                reasons.append(
                    f"missing: no report of {agency.name} ({agency.slug}), which the site file expects"
                )
        if number < site.expect.reports:
            below = True
            reasons.append(
                f"below the floor: {number} reports found, at least {site.expect.reports} expected"
            )
        if years and min(years) > site.expect.first_year:
            below = True
            reasons.append(
                f"below the floor: the earliest report found is of {min(years)}, expected is {site.expect.first_year}"
            )
    elif number == 0 and not narrowing.lists_only:
        reasons.append("nothing found: no report matches what this run was narrowed to")
    if len(reasons) > _MOST_REASONS:
        reasons = [
            *reasons[:_MOST_REASONS],
            f"and {len(reasons) - _MOST_REASONS} more: gxcrawl status {site.name}",
        ]
    if below or (number == 0 and narrowing.is_whole):
        return "failed", reasons
    return ("partial" if reasons else "ok"), reasons


def _is_known(slug: str, rows: Iterable[Frontier]) -> bool:
    """Whether every column of an agency met a trouble that the site file acknowledges."""
    own = [row for row in rows if row.kind == "column" and row.context.get("agency") == slug]
    return bool(own) and all(row.state == "known" for row in own)
