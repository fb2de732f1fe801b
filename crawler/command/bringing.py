"""The command that takes in files and archives of other crawlers: import."""

import difflib
import getpass
import socket
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress as RichProgress

from crawler import display
from crawler.command.terminal import (
    DONE,
    PARTIAL,
    USAGE,
    JsonOption,
    err,
    now,
    open_settings,
    out,
    print_json,
    say,
)
from crawler.found import Wanted
from crawler.import_run import Imported, Means
from crawler.importing import NothingToImport, files_given, import_files
from crawler.schedule import SHANGHAI
from crawler.sites import Agency, LoadedSite, SiteError, load_site, site_names


def add_to(app: typer.Typer) -> None:
    """Enter this command."""
    app.command(name="import")(import_command)


def import_command(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders, WARC and WACZ files.")
    ],
    agency: Annotated[
        str | None,
        typer.Option(
            "--agency", help="Whose the reports are: slug or name. Their own words decide otherwise."
        ),
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(
            "--year", min=2003, max=2100, help="Of which year they are; those of others are left aside."
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", help="Where a plain file (or folder) stood; of a web archive, take this URL alone."
        ),
    ] = None,
    date: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
            help="When plain files were fetched (Asia/Shanghai); a file's own time is not believed.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="Who imports them, kept as provenance; your user name otherwise."),
    ] = None,
    replica: Annotated[
        bool, typer.Option("--replica", help="They are of the bundled replica, whose figures are made up.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take files and archives of other crawlers in as evidence, and read them. Exits 3 where something was left that may be
    a report, or is damaged."""
    settings = open_settings()
    sites, problems = _all_sites()
    for problem in problems:
        err.print(f"gxcrawl: {escape(problem)}", soft_wrap=True)
    site, body = _agency_called(agency, sites) if agency is not None else (None, None)
    if url is not None and "://" not in url:
        say(f"{url} is no URL. Give --url the form http://HOST/PATH.", USAGE)
    try:
        given = files_given(paths)
        with RichProgress(console=err, transient=True) as progress:
            task = progress.add_task("reading what is to be imported")
            done = import_files(
                given,
                Wanted(body, site, year, url, date.replace(tzinfo=SHANGHAI) if date else None, replica),
                sites,
                Means(
                    settings,
                    now,
                    uuid.uuid4,
                    by or f"{getpass.getuser()}@{socket.gethostname()}",
                    lambda number, total: progress.update(task, completed=number, total=total),
                ),
            )
    except NothingToImport as error:
        say(str(error), USAGE)
    if as_json:
        print_json(done.to_json())
    else:
        display.imported(out, done)
    raise typer.Exit(_exit_of(done))


def _exit_of(done: Imported) -> int:
    """Whether all is done: nothing damaged, no report left, and something taken or there already."""
    left = set(done.aside) - {
        "not_a_report",
        "page_part",
        "other_year",
        "other_url",
        "moved",
        "not_found",
        "known",
    }
    return DONE if (done.taken or done.known) and not done.damaged and not left else PARTIAL


def _all_sites() -> tuple[list[LoadedSite], list[str]]:
    sites: list[LoadedSite] = []
    problems: list[str] = []
    for name in site_names():
        try:
            sites.append(load_site(name))
        except SiteError as error:
            problems.append(str(error))
    return sites, problems


def _agency_called(text: str, sites: Sequence[LoadedSite]) -> tuple[LoadedSite, Agency]:
    """The agency of that slug or name, and its site; ends the command where there is none."""
    names: dict[str, tuple[LoadedSite, Agency]] = {}
    for loaded in sites:
        for agency in loaded.site.agency:
            for name in (agency.slug, *agency.names()):
                names.setdefault(name, (loaded, agency))
    if text not in names:
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
        hint = (
            f" Did you mean {near[0]!r}?"
            if near
            else " gxcrawl sites list shows the sites; their files name the agencies."
        )
        say(f"No site file has an agency {text!r}.{hint}", USAGE)
    return names[text]
