"""The `gxcrawl` command: everything a person does.

Exit codes: 0 done, 1 failed, 2 bad usage, 3 done in part. Errors are sentences without a traceback; the traceback
goes to the log in the data folder.
"""

import json
import logging
import os
import sys
import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as RichProgress
from rich.table import Table
from sqlalchemy.orm import Session

from archive.fixity import audit
from archive.warc import CannotWrite
from crawler import answers, display
from crawler.display import Progress
from crawler.harvest import HarvestStopped, MixedStore, Surroundings, harvest
from crawler.intake import Narrowing
from crawler.lock import SiteLocked, site_lock
from crawler.reparse import reparse
from crawler.replica.server import Replica
from crawler.schedule import (
    SHANGHAI,
    blocking_scheduler,
    due_sites,
    harvest_in_process,
    plan,
    planned,
    sweep,
)
from crawler.settings import Settings, SettingsError, load_settings
from crawler.sites import LoadedSite, Site, SiteError, load_site, load_sites, site_names
from gxstore import query
from gxstore.catalogue import CatalogueError
from gxstore.database import StoreError, open_store, shown, upgrade_store
from gxstore.evidence import expected_records
from gxstore.resources import ResourceMissing
from gxstore.runs import Ledger

log = logging.getLogger(__name__)

DONE, FAILED, USAGE, PARTIAL = 0, 1, 2, 3
_OUTCOME_EXIT = {"ok": DONE, "partial": PARTIAL, "failed": FAILED}
# What a person can mend; everything else is a fault of the program and leaves its traceback in the log.
_MENDABLE = (
    SettingsError,
    StoreError,
    SiteLocked,
    HarvestStopped,
    MixedStore,
    CannotWrite,
    CatalogueError,
    ResourceMissing,
)

app = typer.Typer(
    help="Finds, keeps and reads 政府信息公开工作年度报告.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
sites_app = typer.Typer(help="Site files: list, show, and try against the portals.", no_args_is_help=True)
schedule_app = typer.Typer(help="The yearly refetch.", no_args_is_help=True)
db_app = typer.Typer(help="The store itself.", no_args_is_help=True)
app.add_typer(sites_app, name="sites")
app.add_typer(schedule_app, name="schedule")
app.add_typer(db_app, name="db")

# A table that goes into a file or a pipe is not squeezed into eighty columns.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, highlight=False)

SiteOption = Annotated[str | None, typer.Option("--site", help="Name of a site file, for instance ningxia.")]
ReplicaOption = Annotated[
    bool, typer.Option("--replica", help="Harvest the bundled replica on loopback instead.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def main() -> NoReturn:
    """Run the command; never shows a traceback."""
    try:
        app()
    except SiteError as error:
        _say(str(error), USAGE)
    except _MENDABLE as error:
        _say(str(error), FAILED)
    except KeyboardInterrupt:
        _say("Stopped. What was fetched is kept; type the same command again to go on.", FAILED)
    except BrokenPipeError:
        sys.exit(FAILED)
    except Exception as error:
        log.exception("the command failed")
        _say(_unexpected(error), FAILED)
    raise AssertionError("typer exits by itself")


def _say(sentence: str, code: int) -> NoReturn:
    err.print(f"gxcrawl: {escape(sentence)}", soft_wrap=True)
    sys.exit(code)


def _unexpected(error: Exception) -> str:
    logs = [
        handler.baseFilename
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.FileHandler)
    ]
    where = f"The details are in {logs[0]}." if logs else ""
    return f"Something went wrong that should not: {type(error).__name__}: {error}. {where}"


def _settings(data: Path | None = None) -> Settings:
    """The settings, with the log opened in the data folder (or in another one, for the demo)."""
    settings = load_settings()
    if data is not None:
        settings = settings.moved_to(data)
    folder = settings.data / "log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.FileHandler(folder / "gxcrawl.log", encoding="utf-8", delay=True)
    except OSError as error:
        raise SettingsError(
            f"The data folder {settings.data} cannot be written: {error.strerror}. Name another with GXCRAWL_DATA."
        ) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("scrapy", "twisted", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return settings


def _now() -> datetime:
    return datetime.now(UTC)


# ---- harvest


@app.command()
def run(
    site: SiteOption = None,
    portal: Annotated[str | None, typer.Option(help="Only this host of the site.")] = None,
    year: Annotated[int | None, typer.Option(min=2003, max=2100, help="Only reports of this year.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many report pages.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Harvest what the store says is due; for cron.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read the lists, fetch no report, keep nothing.")
    ] = False,
    replica: ReplicaOption = False,
    as_json: JsonOption = False,
) -> None:
    """Harvest a site: find its reports, keep them, read them."""
    settings = _settings()
    if due:
        if dry_run or portal is not None or year is not None or limit is not None:
            _say("--due harvests whole sites: leave out --portal, --year, --limit and --dry-run.", USAGE)
        _run_due(settings, site, replica=replica, as_json=as_json)
        return
    if site is None:
        _say(f"Say which site: --site NAME, where NAME is one of {', '.join(site_names())}.", USAGE)
    loaded = load_site(site)
    if portal is not None and portal not in loaded.site.hosts:
        hosts = ", ".join(entry.host for entry in loaded.site.portal)
        _say(f"{portal} is no host of the site {site}. Its portals are: {hosts}.", USAGE)
    narrowing = Narrowing(portal, year, limit, lists_only=dry_run)
    with TemporaryDirectory(prefix="gxcrawl-") if dry_run else nullcontext(settings.data) as folder:
        summary = _harvest(
            settings.moved_to(Path(folder)) if dry_run else settings, loaded, narrowing, replica=replica
        )
    _print_summary(summary, as_json=as_json)
    raise typer.Exit(_OUTCOME_EXIT[summary["outcome"]])


def _print_summary(summary: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        _print_json(summary)
    else:
        display.run_summary(out, summary)


def _harvest(
    settings: Settings, loaded: LoadedSite, narrowing: Narrowing, *, replica: bool
) -> dict[str, Any]:
    hosts = [portal.host for portal in loaded.site.portal if narrowing.portal in (None, *portal.hosts)]
    with (
        Replica(loaded.site.name) if replica else nullcontext() as server,
        Progress(err, hosts) as progress,
    ):
        around = Surroundings(settings, _now, uuid.uuid4, progress.tell, server.proxy_url if server else None)
        return harvest(loaded, narrowing, around)


def _run_due(settings: Settings, only: str | None, *, replica: bool, as_json: bool) -> None:
    """Harvest every due site, each in a process of its own; the worst of their exit codes is ours."""
    sites, problems = ([load_site(only).site], []) if only else load_sites(site_names())
    codes = [DONE]
    for problem in problems:
        err.print(f"gxcrawl: {escape(problem)}", soft_wrap=True)
        codes.append(PARTIAL)
    engine = open_store(settings.database, create=True)
    for entry in due_sites(engine, sites, _now()):
        if not entry.due:
            err.print(f"{entry.site}: not due, {entry.why}")
            continue
        err.print(f"{entry.site}: due, {entry.why}")
        arguments = ["--site", entry.site, *(["--json"] if as_json else [])]
        codes.append(harvest_in_process(arguments, replica=replica))
    raise typer.Exit(max(codes, key=(DONE, PARTIAL, USAGE, FAILED).index))


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--data", help="Where the demo's archive and store lie.")] = Path(
        "demo"
    ),
) -> None:
    """Harvest the bundled replica of the Ningxia portals on loopback, then show it."""
    settings = _settings(folder)
    out.print(f"Harvesting the bundled replica of the Ningxia portals on loopback into {folder}/ …")
    out.print(
        "Its pages and most of its figures are made up; the reports of 灵武 2018, 隆德 2023 and 中卫 2020 have theirs."
    )
    summary = _harvest(settings, load_site("ningxia"), Narrowing(), replica=True)
    display.run_summary(out, summary)
    engine = open_store(settings.database)
    with Session(engine) as session:
        answers.show_report(out, session, "中卫市司法局", 2020)
        answers.show_series(out, session, "ar.t3.new_received.total", "ningxia")
    command = "gxcrawl" if Path(sys.argv[0]).name != "gxcrawl" else sys.argv[0]
    prefix = f"GXCRAWL_DATA={folder} {command}"
    out.print("\n[bold]Try next:[/]")
    out.print(f"  {prefix} query ar.t3.new_received.total --agency 中卫市司法局 --explain", soft_wrap=True)
    out.print(f"  {prefix} history 灵武市司法局 2018", soft_wrap=True)
    out.print(f"  {prefix} verify", soft_wrap=True)
    raise typer.Exit(_OUTCOME_EXIT[summary["outcome"]])


# ---- reading


@app.command()
def parse(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Report files: HTML or text.")],
    as_json: JsonOption = False,
) -> None:
    """Read files without a store, and show what they say."""
    _settings()
    worst = DONE
    for path in files:
        try:
            found = answers.parse_file(path)
        except answers.NoFile as error:
            err.print(f"gxcrawl: {escape(str(error))}", soft_wrap=True)
            worst = FAILED
            continue
        if found["report"] is None and worst == DONE:
            worst = PARTIAL
        if as_json:
            _print_json(found)
        else:
            answers.show_parsed(out, found)
    raise typer.Exit(worst)


@app.command(name="reparse")
def reparse_command(
    site: SiteOption = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was captured since.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes read.")] = os.cpu_count() or 1,
    as_json: JsonOption = False,
) -> None:
    """Read the archive again with the present reader; exits 3 where something could not be read."""
    settings = _settings()
    if site:
        load_site(site)
    engine = open_store(settings.database)
    with RichProgress(console=err, transient=True) as progress:
        task = progress.add_task("reading the archive again")
        done = reparse(
            engine,
            settings.archive,
            site=site,
            since=since.replace(tzinfo=SHANGHAI) if since else None,
            jobs=jobs,
            now=_now,
            tell=lambda number, total: progress.update(task, completed=number, total=total),
        )
    if as_json:
        _print_json(asdict(done))
    else:
        display.reparsed(out, done)
    raise typer.Exit(PARTIAL if done.failed else DONE)


# ---- answers


@app.command(name="query")
def query_command(
    indicator: Annotated[str, typer.Argument(help="An indicator's code or short name.")],
    agency: Annotated[list[str] | None, typer.Option(help="Slug or name, again for more.")] = None,
    site: SiteOption = None,
    years: Annotated[str | None, typer.Option(help="For instance 2019-2025.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the way from each number to its cell.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """One indicator over agencies and years."""
    settings = _settings()
    known = answers.find_indicator(indicator)
    if isinstance(known, str):
        _say(known, USAGE)
    span = answers.year_span(years)
    if isinstance(span, str):
        _say(span, USAGE)
    with Session(open_store(settings.database)) as session:
        agencies = answers.chosen_agencies(session, agency, site)
        if isinstance(agencies, str):
            _say(agencies, USAGE)
        points = query.series(session, known.code, agencies, span)
    if as_json:
        _print_json(answers.series_json(known, points))
    else:
        display.series_table(out, f"{known.code} {known.label}", points, known.unit)
        if explain:
            for point in points:
                display.explanation(out, point)
    if not points:
        err.print("No report that is held has this cell. gxcrawl status shows what is held.")
        raise typer.Exit(FAILED)


@app.command()
def history(
    agency: Annotated[str, typer.Argument(help="Slug or name.")],
    year: Annotated[int, typer.Argument(help="The report year.")],
    as_json: JsonOption = False,
) -> None:
    """When the report of an agency was fetched, and which version it showed."""
    settings = _settings()
    with Session(open_store(settings.database)) as session:
        found = answers.one_agency(session, agency)
        if isinstance(found, str):
            _say(found, USAGE)
        captures = query.history(session, found.id, year)
    if not captures:
        _say(f"No report of {found.name} for {year} is held. gxcrawl status shows what is held.", FAILED)
    if as_json:
        _print_json(
            {
                "agency": found.slug,
                "year": year,
                "captures": [{**asdict(c), "fetched_at": c.fetched_at.isoformat()} for c in captures],
            }
        )
    else:
        display.history_table(out, f"{found.name} {year}", captures)


@app.command()
def status(
    site: Annotated[str | None, typer.Argument(help="A site, to see its last run in full.")] = None,
    as_json: JsonOption = False,
) -> None:
    """How every site stands. Exits 3 where the last run was not ok, 1 where it failed."""
    settings = _settings()
    engine = open_store(settings.database)
    with Session(engine) as session:
        found = [entry for entry in query.site_status(session) if site in (None, entry.site)]
    if site and not found:
        load_site(site)  # an unknown name is said to be unknown
        _say(f"{site} has not been harvested yet. Type: gxcrawl run --site {site}", FAILED)
    sites, problems = load_sites(name for name in site_names() if name in {entry.site for entry in found})
    for problem in problems:
        err.print(f"gxcrawl: {escape(problem)}", soft_wrap=True)
    dues = {due.site: due for due in due_sites(engine, sites, _now())}
    if as_json:
        _print_json([answers.status_json(entry, dues.get(entry.site)) for entry in found])
    else:
        answers.show_status(out, found, dues)
        if site and (run := found[0].last_run):
            display.run_summary(out, run.summary or {})
            display.left_aside(out, Ledger(engine, run.id).rows())
    outcomes = [entry.last_run.outcome if entry.last_run else None for entry in found]
    if "failed" in outcomes:
        raise typer.Exit(FAILED)
    if problems or not outcomes or any(outcome != "ok" for outcome in outcomes):
        raise typer.Exit(PARTIAL)


@app.command()
def verify(as_json: JsonOption = False) -> None:
    """Re-hash every file and record of the archive and compare them with manifest and store."""
    settings = _settings()
    with Session(open_store(settings.database)) as session:
        expected = list(expected_records(session))
    damages = audit(settings.archive, expected)
    if as_json:
        _print_json({"records": len(expected), "damages": [asdict(damage) for damage in damages]})
    elif damages:
        table = Table("what", "file", "offset", "record", "said plainly", title=f"{len(damages)} damages")
        for damage in damages:
            offset = "" if damage.offset is None else str(damage.offset)
            table.add_row(
                damage.kind.replace("_", " "),
                damage.file,
                offset,
                damage.record_id or "",
                escape(damage.message),
            )
        out.print(table)
    else:
        out.print(f"All is sound: {len(expected)} records that the store knows, in {settings.archive}.")
    raise typer.Exit(FAILED if damages else DONE)


# ---- sites


@sites_app.command("list")
def sites_list(as_json: JsonOption = False) -> None:
    """The sites that have a file."""
    sites, problems = load_sites(site_names())
    for problem in problems:
        err.print(f"gxcrawl: {escape(problem)}", soft_wrap=True)
    if as_json:
        _print_json([{"name": site.name, "title": site.title, "portals": len(site.portal)} for site in sites])
    else:
        _print_sites(sites)
    if problems:
        raise typer.Exit(PARTIAL)


def _print_sites(sites: Sequence[Site]) -> None:
    table = Table("site", "title", "portals", "agencies", "floor", "evidence seen", "last checked")
    for site in sites:
        columns = [column for portal in site.portal for column in portal.column]
        seen = sum(column.evidence == "seen" for column in columns)
        floor = f"{site.expect.reports} from {site.expect.first_year}"
        agencies = str(sum(agency.expected for agency in site.agency))
        portals = str(len(site.portal))
        table.add_row(
            site.name, site.title, portals, agencies, floor, f"{seen} of {len(columns)}", str(site.checked)
        )
    out.print(table)


@sites_app.command("show")
def sites_show(name: str) -> None:
    """One site file: its portals, columns and acknowledged troubles."""
    answers.show_site(out, load_site(name))


@sites_app.command("check")
def sites_check(name: str, replica: ReplicaOption = False, as_json: JsonOption = False) -> None:
    """Try a site file against its portals: read every column's lists, fetch no report, keep nothing."""
    settings = _settings()
    loaded = load_site(name)
    with TemporaryDirectory(prefix="gxcrawl-") as folder:
        there = settings.moved_to(Path(folder))
        summary = _harvest(there, loaded, Narrowing(lists_only=True), replica=replica)
        columns = answers.columns_checked(open_store(there.database), summary["run"])
    if as_json:
        _print_json(
            {"site": name, "outcome": summary["outcome"], "columns": columns, "reasons": summary["reasons"]}
        )
    else:
        answers.show_columns(out, name, columns, summary["reasons"])
    raise typer.Exit(_OUTCOME_EXIT[summary["outcome"]])


# ---- schedule


@schedule_app.command("start")
def schedule_start(replica: ReplicaOption = False) -> None:
    """Run the scheduler until it is stopped: one yearly job a site, and a look every hour at what is due."""
    settings = _settings()
    sites = _sites_or_say()
    with site_lock(settings.data / "locks", "scheduler", _now(), doing="run"):
        scheduler = blocking_scheduler(open_store(settings.database, create=True))
        scheduler.add_jobstore("memory", "sweep")
        plan(scheduler, sites, replica=replica)
        scheduler.add_job(
            sweep,
            "interval",
            hours=1,
            args=[replica],
            id="sweep",
            jobstore="sweep",
            next_run_time=_now(),
            misfire_grace_time=None,
            coalesce=True,
        )
        err.print(f"The scheduler runs, with {len(sites)} sites. Stop it with Ctrl-C.")
        try:
            scheduler.start()
        except (KeyboardInterrupt, SystemExit):
            err.print("The scheduler has stopped.")


@schedule_app.command("list")
def schedule_list(as_json: JsonOption = False) -> None:
    """The jobs that the scheduler has entered in the store."""
    settings = _settings()
    jobs = planned(open_store(settings.database))
    if as_json:
        _print_json([{"job": name, "next": moment.isoformat() if moment else None} for name, moment in jobs])
    elif not jobs:
        out.print("No jobs yet: gxcrawl schedule start enters them.")
    else:
        table = Table("job", "next time (Asia/Shanghai)")
        for name, moment in jobs:
            table.add_row(name, display.local(moment) if moment else "paused")
        out.print(table)


@schedule_app.command("next")
def schedule_next(as_json: JsonOption = False) -> None:
    """What is due now, and when the rest will be, by what the store knows."""
    settings = _settings()
    sites = _sites_or_say()
    entries = due_sites(open_store(settings.database, create=True), sites, _now())
    if as_json:
        _print_json([{**asdict(entry), "moment": entry.moment.isoformat()} for entry in entries])
        return
    table = Table("site", "due", "why")
    for entry in entries:
        table.add_row(entry.site, "now" if entry.due else "no", entry.why)
    out.print(table)


def _sites_or_say() -> list[Site]:
    """All sites whose file can be used; a broken one is named and left out."""
    sites, problems = load_sites(site_names())
    for problem in problems:
        err.print(f"gxcrawl: {escape(problem)}", soft_wrap=True)
    return sites


# ---- store


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the store's schema up to date; a new store is made where there is none."""
    settings = _settings()
    before, after = upgrade_store(settings.database)
    where = shown(settings.database)
    if before == after:
        out.print(f"The store {where} is up to date ({after}).")
    else:
        out.print(f"The store {where} was brought from {before or 'nothing'} to {after}.")


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
