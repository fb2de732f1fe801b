"""The commands that answer: query, status."""

from typing import Annotated

import typer
from rich.markup import escape
from sqlalchemy.orm import Session

from crawler import answers, display, indicators, past, standing
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
from crawler.lock import harvested_by
from crawler.missed import spans
from crawler.schedule import due_sites
from crawler.sites import load_site, load_sites, site_names
from crawler.standing import Standing
from gxstore import query
from gxstore.audits import audits_told
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
    indicator: Annotated[
        str, typer.Argument(help="An indicator's code or short name; with --list, words to look for.")
    ] = "",
    agency: Annotated[list[str] | None, typer.Option(help="Slug or name, again for more.")] = None,
    site: SiteOption = None,
    years: Annotated[str | None, typer.Option(help="For instance 2019-2025.")] = None,
    list_codes: Annotated[
        bool, typer.Option("--list", help="List the indicators instead: their codes, labels and forms.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the way from each number to its cell.")
    ] = False,
    observed_by: ObservedBy = None,
    read_by: ReadBy = None,
    as_json: JsonOption = False,
) -> None:
    """One indicator over agencies and years."""
    if list_codes:
        _list_indicators(indicator, as_json=as_json)
        return
    settings = open_settings()
    dates = as_of(observed_by, read_by)
    if not indicator:
        say("Name an indicator by its code. gxcrawl query --list shows them all.", USAGE)
    known = indicators.find_indicator(indicator)
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
        held = {point.agency.slug for point in points}
        without = [one.slug for one in agencies if agency and one.slug not in held]
        print_json(
            {
                **answers.series_json(known, points),
                "agencies_without": without,
                "years_without": indicators.years_absent(span, points),
                "other_forms": indicators.other_forms(known, span),
                **past.bounds_json(dates),
            }
        )
    else:
        if points:
            named = agencies if agency else ()
            display.series_table(out, f"{known.code} {known.label}", points, known.unit, named)
        if points and (absent := indicators.years_absent(span, points)):
            out.print(f"No report with this cell is held for {spans(absent)}.", soft_wrap=True)
        for elsewhere in indicators.other_forms(known, span):
            out.print(escape(elsewhere), soft_wrap=True)
        if points and dates.is_bounded:
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
        audits = audits_told(session)
    dues = {due.site: due for due in due_sites(engine, sites, now())}
    locks = settings.data / "locks"
    standings = [Standing(entry, dues.get(entry.site), harvested_by(locks, entry.site)) for entry in found]
    rows = None
    if site is not None:
        rows = Ledger(engine, found[0].last_run.id).rows() if found[0].last_run else []
    never = [name for name in site_names() if name not in {entry.site for entry in found}]
    if as_json:
        print_json([standing.status_json(one, audits, rows) for one in standings])
    else:
        standing.show_status(out, standings)
        out.print(standing.audit_said(audits), soft_wrap=True)
        if site is None and never:
            out.print(f"Never harvested, though they have a file: {', '.join(never)}.", soft_wrap=True)
        if rows is not None:
            standing.show_last_runs(out, standings[0], rows)
    outcomes = [entry.last_run.outcome if entry.last_run else None for entry in found]
    if "failed" in outcomes or (audits.telling and audits.telling.damaged):
        raise typer.Exit(FAILED)
    if problems or not outcomes or any(outcome != "ok" for outcome in outcomes):
        raise typer.Exit(PARTIAL)


def _list_indicators(text: str, *, as_json: bool) -> None:
    found = indicators.indicators_with(text)
    if as_json:
        print_json([indicators.indicator_json(indicator) for indicator in found])
    elif found:
        indicators.show_indicators(out, found)
    if not found:
        say(f"No indicator has {text!r} in its code or label. gxcrawl query --list shows them all.", USAGE)
