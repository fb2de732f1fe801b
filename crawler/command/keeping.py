"""The commands that look after things: schedule, db."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as RichProgress
from rich.table import Table

from crawler import display
from crawler.command.sites import sites_or_say
from crawler.command.terminal import (
    DONE,
    PARTIAL,
    USAGE,
    JsonOption,
    ReplicaOption,
    err,
    now,
    open_settings,
    out,
    print_json,
    say,
)
from crawler.lock import site_lock
from crawler.rebuilding import place_beside, rebuild
from crawler.schedule import blocking_scheduler, due_sites, plan, planned, sweep
from crawler.tables import show_table
from gxstore.backup import back_up, restore
from gxstore.database import open_store, shown, upgrade_store

schedule_app = typer.Typer(help="The yearly refetch.", no_args_is_help=True)
db_app = typer.Typer(help="The store itself.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Enter these groups of commands."""
    app.add_typer(schedule_app, name="schedule")
    app.add_typer(db_app, name="db")


@schedule_app.command("start")
def schedule_start(replica: ReplicaOption = False) -> None:
    """Run the scheduler until it is stopped: one yearly job a site, and a look every hour at what is due."""
    settings = open_settings()
    sites, _ = sites_or_say()
    with site_lock(settings.data / "locks", "scheduler", now(), doing="run"):
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
            next_run_time=now(),
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
    settings = open_settings()
    jobs = planned(open_store(settings.database))
    if as_json:
        print_json([{"job": name, "next": moment.isoformat() if moment else None} for name, moment in jobs])
    elif not jobs:
        out.print("No jobs yet: gxcrawl schedule start enters them.")
    else:
        table = Table("job", "next time (Asia/Shanghai)")
        for name, moment in jobs:
            table.add_row(name, display.local(moment) if moment else "paused")
        show_table(out, table)


@schedule_app.command("next")
def schedule_next(as_json: JsonOption = False) -> None:
    """What is due now, and when the rest will be, by what the store knows. Exits 3 beside a broken site file."""
    settings = open_settings()
    sites, problems = sites_or_say()
    entries = due_sites(open_store(settings.database, create=True), sites, now())
    if as_json:
        print_json([{**asdict(entry), "moment": entry.moment.isoformat()} for entry in entries])
    else:
        table = Table("site", "due", "why")
        for entry in entries:
            table.add_row(entry.site, "now" if entry.due else "no", entry.why)
        show_table(out, table)
    if problems:
        raise typer.Exit(PARTIAL)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the store's schema up to date; a new store is made where there is none."""
    settings = open_settings()
    before, after = upgrade_store(settings.database)
    where = shown(settings.database)
    if before == after:
        out.print(f"The store {where} is up to date ({after}).")
    else:
        out.print(f"The store {where} was brought from {before or 'nothing'} to {after}.")


@db_app.command("backup")
def db_backup(
    file: Annotated[Path, typer.Argument(help="Where the copy is to lie; it must not be there yet.")],
) -> None:
    """Copy the store into one file, also while a harvest runs. The archive is not in it: copy its folder too."""
    settings = open_settings()
    size = back_up(settings.database, file)
    out.print(f"The store {shown(settings.database)} is copied to {file} ({size} bytes).", soft_wrap=True)


@db_app.command("rebuild")
def db_rebuild(
    archive: Annotated[
        Path | None,
        typer.Option("--from", help="The folder of the WARC files; that of the settings otherwise."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a store anew of the WARC files alone, beside the one that is there; exits 3 where something was not told."""
    settings = open_settings()
    folder = archive or settings.archive
    if not folder.is_dir():
        say(f"There is no folder {folder}. Name the folder of the WARC files with --from.", USAGE)
    alone = site_lock(settings.data / "locks", "db-rebuild", now(), doing="made anew", name="the store")
    with alone, RichProgress(console=err, transient=True) as progress:
        target = place_beside(settings.database)
        task = progress.add_task("reading the archive")
        done = rebuild(
            target,
            folder,
            limits=settings.reading_limits,
            now=now,
            tell=lambda number, total: progress.update(task, completed=number, total=total),
        )
    if as_json:
        print_json({"store": shown(target), **asdict(done)})
    else:
        display.rebuilt(out, shown(target), done)
        if target != settings.database:
            out.print(
                f"The store {shown(settings.database)} is as it was. To use the new one, move the old one aside while no "
                "gxcrawl runs and give the new one its name.",
                soft_wrap=True,
            )
    raise typer.Exit(PARTIAL if done.troubles else DONE)


@db_app.command("restore")
def db_restore(file: Annotated[Path, typer.Argument(help="A copy that gxcrawl db backup made.")]) -> None:
    """Make a store of a copy, where there is none."""
    settings = open_settings()
    revision = restore(settings.database, file)
    out.print(
        f"The store {shown(settings.database)} is restored from {file} (schema {revision}). Type gxcrawl verify to see "
        "whether it agrees with the archive.",
        soft_wrap=True,
    )
