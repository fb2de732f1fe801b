"""One harvest of one site, from the site file to the run's outcome."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from scrapy.crawler import CrawlerProcess
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from archive.reader import iter_records
from archive.recovery import recover
from archive.scan import bare_id
from archive.warc import Origin, WarcWriter
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
# A killed run that is older than this is not gone on with: the portals are asked anew.
_RESUMED_WITHIN = timedelta(days=7)
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
        _adopt(engine, settings.archive, site.name)
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


def _adopt(engine: Engine, archive: Path, site: str) -> None:
    """Enter the captures of a run that did not end which reached the archive but not the store.

    At most the last one before a kill is concerned, or one whose entry the store refused; its URL is fetched again all
    the same, since nothing was understood of it.
    """
    with Session(engine) as session, session.begin():
        run = runs.unfinished_run(session, site)
        if run is None:
            return
        for path in sorted(archive.glob(f"{site}-run{run.id}-*.warc.gz")):
            records = list(iter_records(path))
            told = {
                bare_id(record.headers.get("warc-concurrent-to", "")): record.fields().get("verdict", "")
                for record in records
                if record.type == "metadata"
            }
            for record in records:
                if record.type in ("response", "revisit"):
                    evidence.adopt_capture(session, run.id, record, told.get(record.record_id) or "unjudged")


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
        killed = runs.unfinished_run(session, site.name)
        if killed is not None:
            same = (killed.narrowed, killed.config_digest, killed.tool_version) == (
                wanted,
                loaded.digest,
                TOOL,
            )
            if same and around.now() - killed.started < _RESUMED_WITHIN:
                return site_id, killed.id
            killed.finished, killed.outcome = around.now(), "failed"
            killed.summary = {"reasons": ["it was killed, and too much has changed since to go on with it"]}
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
    proxy = f", through the proxy {around.settings.proxy_url}" if around.settings.proxy_url else ""
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


def scrapy_settings(site: Site, settings: Settings, *, polite: bool) -> dict[str, Any]:
    """How Scrapy is set for a harvest: our manners, and nothing that would act behind the ledger's back.

    Args:
        site: its delay between two requests to a host.
        settings: contact and limits.
        polite: False for the replica alone, which needs no sparing.
    """
    contact = f" (+{settings.contact})" if settings.contact else ""
    return {
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
        # Only the proxy of gxcrawl.toml is used, since only that one is recorded.
        "HTTPPROXY_ENABLED": False,
        # The ledger knows what was asked for; a second filter in memory would lose redirects.
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawler.spider.RobotsMiddleware": 100,
            "crawler.spider.KeepMiddleware": 990,
        },
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9",
            # What can be undone again when the archive is read.
            "Accept-Encoding": "gzip, deflate",
        },
        "TELNETCONSOLE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "LOG_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        "LOG_INSTALL_ROOT_HANDLER": False,
    }


def _crawl(
    site: Site, intake: Intake, ledger: Ledger, around: Surroundings, leftovers: Callable[[], list[Item]]
) -> None:
    settings = around.settings
    process = CrawlerProcess(scrapy_settings(site, settings, polite=around.replica is None))
    crawler = process.create_crawler(HarvestSpider)
    process.crawl(
        crawler,
        intake=intake,
        ledger=ledger,
        hosts=site.hosts,
        leftovers=leftovers,
        now=around.now,
        proxy=around.replica or settings.proxy_url,
        proxy_authorization=None if around.replica else settings.proxy_authorization,
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
    engine: Engine, ledger: Ledger, site: Site, narrowing: Narrowing, now: datetime
) -> dict[str, Any]:
    """Judge the run, close it in the store, and make its summary."""
    rows = ledger.rows()
    with Session(engine) as session, session.begin():
        run = session.get_one(Run, ledger.run_id)
        captures = runs.capture_counts(session, run.id)
        found_years = runs.years_found(session, run.id, {row.url for row in rows if _is_listed(row)})
        compare_reports(session, runs.agencies_read(session, run.id), catalogue.load())
        earlier = runs.last_whole_run(session, run.site_id, run.id)
        listed_before = _listed(Ledger(engine, earlier.id).rows()) if earlier else Counter[str]()
        outcome, reasons = judge_run(site, narrowing, rows, found_years, listed_before)
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
    site: Site,
    narrowing: Narrowing,
    rows: Iterable[Frontier],
    found: Mapping[str, set[int]],
    listed_before: Mapping[str, int],
) -> tuple[str, list[str]]:
    """The outcome of a run and the reasons for it, in plain sentences.

    Only what the portals list themselves counts for floor and expectations: reports of earlier years that still answer
    by their URL must not hide that a column has been rebuilt.

    Args:
        site: the site file with its floor.
        narrowing: a narrowed run judges no floor.
        rows: the run's ledger.
        found: per agency slug the years of the reports that were listed and read in this run.
        listed_before: per column the number of reports that it listed in the whole run before.
    """
    rows = list(rows)
    reasons: list[str] = []
    for state in ("failed", "blocked", "gone", "open", "leased"):
        reasons.extend(f"{state}: {_named(row)}: {_why(row)}" for row in rows if row.state == state)
    reasons.extend(f"changed: {_named(row)}: {row.reason}" for row in rows if row.verdict == "tables_lost")
    years = {year for own in found.values() for year in own}
    listed = _listed(rows)
    number = sum(row.kind == "report" and row.result is not None and _is_listed(row) for row in rows)
    below = False
    if narrowing.is_whole:
        failed_columns = {_column_of(row) for row in rows if row.kind == "column" and row.state != "done"}
        for column, before in sorted(listed_before.items()):
            now = listed.get(column, 0)
            if now < before and column not in failed_columns:
                reasons.append(f"fewer: the column {column} listed {before} reports before and {now} now")
        for agency in site.agency:
            if agency.expected and agency.slug not in found and not _is_known(agency.slug, rows):
                reasons.append(
                    f"missing: no report of {agency.name} ({agency.slug}) is listed, which the site file expects"
                )
        if number < site.expect.reports:
            below = True
            reasons.append(
                f"below the floor: {number} reports listed, at least {site.expect.reports} expected"
            )
        if years and min(years) > site.expect.first_year:
            below = True
            reasons.append(
                f"below the floor: the earliest report listed is of {min(years)}, expected is {site.expect.first_year}"
            )
    elif number == 0 and not narrowing.lists_only:
        reasons.append("nothing found: no report matches what this run was narrowed to")
    if len(reasons) > _MOST_REASONS:
        reasons = [
            *reasons[:_MOST_REASONS],
            f"and {len(reasons) - _MOST_REASONS} more: gxcrawl status {site.name}",
        ]
    if below:
        return "failed", reasons
    return ("partial" if reasons else "ok"), reasons


def _named(row: Frontier) -> str:
    title = row.context.get("title")
    return f"{row.url} ({title})" if title else row.url


def _why(row: Frontier) -> str:
    verdict = row.verdict or "not fetched"
    return verdict + (f", {row.reason}" if row.reason else "")


def _is_listed(row: Frontier) -> bool:
    return bool(row.context.get("listed", False))


def _column_of(row: Frontier) -> str:
    area = row.context.get("area")
    return f"{row.context['portal']}{row.context['column']}" + (f"?area={area}" if area else "")


def _listed(rows: Iterable[Frontier]) -> Counter[str]:
    """Per column the number of reports that it lists."""
    return Counter(
        _column_of(row)
        for row in rows
        if row.kind == "report" and _is_listed(row) and row.state != "left_aside"
    )


def _is_known(slug: str, rows: Iterable[Frontier]) -> bool:
    """Whether every column of an agency met a trouble that the site file acknowledges."""
    own = [row for row in rows if row.kind == "column" and row.context.get("agency") == slug]
    return bool(own) and all(row.state == "known" for row in own)
