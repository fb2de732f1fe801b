"""The commands that answer: query, status."""

from typing import Annotated

import typer
from rich.markup import escape
from sqlalchemy.orm import Session

from crawler import answers, display, past
from crawler.command.dates import ObservedBy, ReadBy, as_of
from crawler.command.terminal import (
    FAILED,
    PARTIAL,
    USAGE,
    JsonOption,
    SiteOption,
    err,
    now,
    open_settings,
    out,
    print_json,
    say,
)
from crawler.schedule import due_sites
from crawler.sites import load_site, load_sites, site_names
from gxstore import query
from gxstore.audits import last_audit
from gxstore.database import open_store
from gxstore.frontier import Ledger

# What can be said of doubts by an earlier day: those of a reading are as old as it, those between reports have no age.
_DOUBTS_BY_THEN = (
    "Doubts between reports (copies, years) are those of the readings of these dates, by the present rules."
)


def add_to(app: typer.Typer) -> None:
    """Enter these commands."""
    app.command(name="query")(query_command)
    app.command()(status)


def query_command(
    indicator: Annotated[str, typer.Argument(help="An indicator's code or short name.")],
    agency: Annotated[list[str] | None, typer.Option(help="Slug or name, again for more.")] = None,
    site: SiteOption = None,
    years: Annotated[str | None, typer.Option(help="For instance 2019-2025.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the way from each number to its cell.")
    ] = False,
    observed_by: ObservedBy = None,
    read_by: ReadBy = None,
    as_json: JsonOption = False,
) -> None:
    """One indicator over agencies and years."""
    settings = open_settings()
    dates = as_of(observed_by, read_by)
    known = answers.find_indicator(indicator)
    if isinstance(known, str):
        say(known, USAGE)
    span = answers.year_span(years)
    if isinstance(span, str):
        say(span, USAGE)
    with Session(open_store(settings.database)) as session:
        agencies = answers.chosen_agencies(session, agency, site)
        if isinstance(agencies, str):
            say(agencies, USAGE)
        points = query.series(session, known.code, agencies, span, dates)
    if as_json:
        print_json({**answers.series_json(known, points), **past.bounds_json(dates)})
    else:
        display.series_table(out, f"{known.code} {known.label}", points, known.unit)
        if dates.is_bounded:
            out.print(f"{past.bounds_said(dates)} {_DOUBTS_BY_THEN}", soft_wrap=True)
        if explain:
            for point in points:
                display.explanation(out, point)
    if not points:
        by_then = " by then" if dates.is_bounded else ""
        err.print(f"No report that is held{by_then} has this cell. gxcrawl status shows what is held.")
        raise typer.Exit(FAILED)


def status(
    site: Annotated[str | None, typer.Argument(help="A site, to see its last run in full.")] = None,
    as_json: JsonOption = False,
) -> None:
    """How every site stands. Exits 3 where the last run was not ok, 1 where it failed or damage was found."""
    settings = open_settings()
    engine = open_store(settings.database)
    with Session(engine) as session:
        found = [entry for entry in query.site_status(session) if site in (None, entry.site)]
    if site and not found:
        load_site(site)  # an unknown name is said to be unknown
        say(f"{site} has not been harvested yet. Type: gxcrawl run --site {site}", FAILED)
    sites, problems = load_sites(name for name in site_names() if name in {entry.site for entry in found})
    for problem in problems:
        err.print(f"gxcrawl: {escape(problem)}", soft_wrap=True)
    with Session(engine) as session:
        checked = last_audit(session)
    dues = {due.site: due for due in due_sites(engine, sites, now())}
    if as_json:
        print_json([answers.status_json(entry, dues.get(entry.site), checked) for entry in found])
    else:
        answers.show_status(out, found, dues)
        out.print(answers.audit_said(checked), soft_wrap=True)
        if site is None and (never := [name for name in site_names() if name not in {e.site for e in found}]):
            out.print(f"Never harvested, though they have a file: {', '.join(never)}.", soft_wrap=True)
        if site and (run := found[0].last_run):
            display.run_summary(out, run.summary or {})
            display.left_aside(out, Ledger(engine, run.id).rows())
    outcomes = [entry.last_run.outcome if entry.last_run else None for entry in found]
    if "failed" in outcomes or (checked and checked.damaged):
        raise typer.Exit(FAILED)
    if problems or not outcomes or any(outcome != "ok" for outcome in outcomes):
        raise typer.Exit(PARTIAL)
