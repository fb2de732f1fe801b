"""The commands that fetch and read: run, demo, parse, reparse."""

import os
import sys
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress as RichProgress
from sqlalchemy.orm import Session

from archive.text.confined import Confined
from crawler import answers, display
from crawler.command.terminal import (
    DONE,
    FAILED,
    OUTCOME_EXIT,
    PARTIAL,
    USAGE,
    JsonOption,
    ReplicaOption,
    SiteOption,
    err,
    now,
    open_settings,
    out,
    print_json,
    say,
)
from crawler.display import Progress
from crawler.harvest import Surroundings, harvest
from crawler.lock import hosts_to_oneself
from crawler.narrowing import Narrowing
from crawler.reparse import reparse
from crawler.replica.server import Replica
from crawler.replica.world import sites_answering
from crawler.schedule import SHANGHAI, due_sites, harvest_in_process
from crawler.settings import Settings
from crawler.sites import LoadedSite, load_site, load_sites, site_names
from gxstore.database import open_store, working_on


def add_to(app: typer.Typer) -> None:
    """Enter these commands."""
    app.command()(run)
    app.command()(demo)
    app.command()(parse)
    app.command(name="reparse")(reparse_command)


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
    settings = open_settings()
    if due:
        if dry_run or portal is not None or year is not None or limit is not None:
            say("--due harvests whole sites: leave out --portal, --year, --limit and --dry-run.", USAGE)
        _run_due(settings, site, replica=replica, as_json=as_json)
        return
    if site is None:
        say(f"Say which site: --site NAME, where NAME is one of {', '.join(site_names())}.", USAGE)
    loaded = load_site(site)
    if portal is not None and portal not in loaded.site.hosts:
        hosts = ", ".join(entry.host for entry in loaded.site.portal)
        say(f"{portal} is no host of the site {site}. Its portals are: {hosts}.", USAGE)
    narrowing = Narrowing(portal, year, limit, lists_only=dry_run)
    alone = hosts_to_oneself(settings, narrowing.hosts_of(loaded.site), now(), f"dry run of {site}")
    with (
        alone if dry_run else nullcontext(),
        TemporaryDirectory(prefix="gxcrawl-") if dry_run else nullcontext(settings.data) as folder,
    ):
        summary = harvest_site(
            settings.moved_to(Path(folder)) if dry_run else settings, loaded, narrowing, replica=replica
        )
    if dry_run:
        # it stands in no store, and its number would be another run's
        summary |= {"run": None, "dry_run": True}
    _print_summary(summary, as_json=as_json)
    raise typer.Exit(OUTCOME_EXIT[summary["outcome"]])


def _print_summary(summary: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
    else:
        display.run_summary(out, summary)


def harvest_site(
    settings: Settings, loaded: LoadedSite, narrowing: Narrowing, *, replica: bool
) -> dict[str, Any]:
    hosts = [portal.host for portal in loaded.site.portal if narrowing.portal in (None, *portal.hosts)]
    with (
        replica_for(loaded.site.name, loaded.site.hosts, replica=replica) as proxy,
        Progress(err, hosts) as progress,
    ):
        around = Surroundings(settings, now, uuid.uuid4, progress.tell, proxy)
        return harvest(loaded, narrowing, around)


@contextmanager
def replica_for(name: str, hosts: Collection[str], *, replica: bool) -> Iterator[str | None]:
    """The replica that stands for a site's portals while the block runs: the one of that name, else of those that
    answer for its hosts; gives its proxy's URL, None where none is wanted."""
    if not replica:
        yield None
        return
    with Replica(*sites_answering(name, hosts)) as server:
        yield server.proxy_url


def _run_due(settings: Settings, only: str | None, *, replica: bool, as_json: bool) -> None:
    """Harvest every due site, each in a process of its own; the worst of their exit codes is ours."""
    sites, problems = ([load_site(only).site], []) if only else load_sites(site_names())
    codes = [DONE]
    for problem in problems:
        err.print(f"gxcrawl: {escape(problem)}", soft_wrap=True)
        codes.append(PARTIAL)
    engine = open_store(settings.database, create=True)
    for entry in due_sites(engine, sites, now()):
        if not entry.due:
            err.print(f"{entry.site}: not due, {entry.why}")
            continue
        err.print(f"{entry.site}: due, {entry.why}")
        arguments = ["--site", entry.site, *(["--json"] if as_json else [])]
        codes.append(harvest_in_process(arguments, replica=replica))
    raise typer.Exit(max(codes, key=(DONE, PARTIAL, USAGE, FAILED).index))


def demo(
    folder: Annotated[Path, typer.Option("--data", help="Where the demo's archive and store lie.")] = Path(
        "demo"
    ),
) -> None:
    """Harvest the bundled replica of the Ningxia portals on loopback, then show it."""
    settings = open_settings(folder)
    out.print(f"Harvesting the bundled replica of the Ningxia portals on loopback into {folder}/ …")
    out.print(
        "Its pages and most of its figures are made up; the reports of 灵武 2018, 隆德 2023 and 中卫 2020 have theirs."
    )
    summary = harvest_site(settings, load_site("ningxia"), Narrowing(), replica=True)
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
    raise typer.Exit(OUTCOME_EXIT[summary["outcome"]])


def parse(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Report files: pages, PDF, Word, Excel, scans, archives."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Read files without a store, and show what they say."""
    worst = DONE
    with Confined(open_settings().reading_limits) as reader:
        for path in files:
            try:
                reports = answers.parse_file(path, reader)
            except answers.NoFile as error:
                err.print(f"gxcrawl: {escape(str(error))}", soft_wrap=True)
                worst = FAILED
                continue
            for found in reports:
                if found["report"] is None and worst == DONE:
                    worst = PARTIAL
                if as_json:
                    print_json(found)
                else:
                    answers.show_parsed(out, found)
    raise typer.Exit(worst)


def reparse_command(
    site: SiteOption = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was captured since.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes read.")] = os.cpu_count() or 1,
    as_json: JsonOption = False,
) -> None:
    """Read the archive again with the present reader; exits 3 where something could not be read."""
    settings = open_settings()
    if site:
        load_site(site)
    with (
        working_on(settings.database, "reading again") as engine,
        RichProgress(console=err, transient=True) as progress,
    ):
        task = progress.add_task("reading the archive again")
        done = reparse(
            engine,
            settings.archive,
            site=site,
            since=since.replace(tzinfo=SHANGHAI) if since else None,
            jobs=jobs,
            limits=settings.reading_limits,
            now=now,
            tell=lambda number, total: progress.update(task, completed=number, total=total),
        )
    if as_json:
        print_json(asdict(done))
    else:
        display.reparsed(out, done)
    raise typer.Exit(PARTIAL if done.failed else DONE)
