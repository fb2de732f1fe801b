"""The commands that tell the past of a report: history, diff."""

import re
from itertools import pairwise
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from archive.reader import UnreadableRecord, read_record
from crawler import answers, changes, past
from crawler.command.dates import ObservedBy, ReadBy, as_of, moment_or_say, span_of
from crawler.command.terminal import FAILED, USAGE, JsonOption, open_settings, out, print_json, say
from crawler.settings import Settings
from gxstore import diff
from gxstore.as_of import AsOf
from gxstore.copies import copies
from gxstore.database import open_store
from gxstore.diff import Side
from gxstore.history import History, VersionHeld, history
from gxstore.query import AgencyRow

AgencyArgument = Annotated[str, typer.Argument(help="Slug or name.")]
YearArgument = Annotated[int, typer.Argument(help="The report year.")]
_VERSION = re.compile(r"(?P<label>[A-Za-z]{0,2})(?P<number>\d{1,3})")


def add_to(app: typer.Typer) -> None:
    """Enter these commands."""
    app.command(name="history")(history_command)
    app.command(name="diff")(diff_command)


def history_command(
    agency: AgencyArgument,
    year: YearArgument,
    observed_by: ObservedBy = None,
    read_by: ReadBy = None,
    as_json: JsonOption = False,
) -> None:
    """What became of a report: its pages and files, every capture, the versions they showed, and what happened when."""
    settings = open_settings()
    dates = as_of(observed_by, read_by)
    with Session(open_store(settings.database)) as session:
        found = _agency(session, agency)
        held = _history_or_say(session, found, year, dates)
        if as_json:
            print_json(past.history_json(found, year, held, dates))
        else:
            past.show_history(out, found, year, held, dates)


def diff_command(
    agency: AgencyArgument,
    year: YearArgument,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DATE|VERSION", help="A day, or a version as history names it (2, B1)."
        ),
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE|VERSION", help="The same.")] = None,
    observed_by: ObservedBy = None,
    read_by: ReadBy = None,
    as_json: JsonOption = False,
) -> None:
    """Which cells and sentences of a report changed. Without --from and --to: every change, one after the other."""
    settings = open_settings()
    dates = as_of(observed_by, read_by)
    with Session(open_store(settings.database)) as session:
        found = _agency(session, agency)
        held = _history_or_say(session, found, year, dates)
        _refuse_backwards(since, until)
        steps = diff.states(session, found.id, year, held, dates)
        if since is None and until is None:
            pairs = list(pairwise(steps)) or [(steps[0], steps[0])]
        else:
            before = _side(session, "--from", since, found, year, held, dates) if since else steps[0]
            after = _side(session, "--to", until, found, year, held, dates) if until else steps[-1]
            pairs = [(before, after)]
        try:
            compared = [
                diff.compare(session, found.id, year, one, other, dates, _text_of(settings))
                for one, other in pairs
            ]
        except (OSError, UnreadableRecord) as error:
            say(f"The text of a version cannot be read: {error} Type: gxcrawl verify", FAILED)
        if as_json:
            print_json(changes.diff_json(found, year, held, compared, dates))
        else:
            changes.show_diff(out, found, year, held, compared, dates)


def _agency(session: Session, name: str) -> AgencyRow:
    found = answers.one_agency(session, name)
    if isinstance(found, str):
        say(found, USAGE)
    return found


def _history_or_say(session: Session, agency: AgencyRow, year: int, dates: AsOf) -> History:
    held = history(session, agency.id, year, dates)
    if held is None:
        later = history(session, agency.id, year) if dates.is_bounded else None
        if later is not None:
            say(past.not_held_by(agency, year, later, dates), FAILED)
        years = ", ".join(str(own) for _, own in sorted(copies(session, [agency.id]))) or "none"
        say(f"No report of {agency.name} for {year} is held. Years held: {years}.", FAILED)
    return held


def _refuse_backwards(since: str | None, until: str | None) -> None:
    """End the command where both sides are days and the second is the earlier one."""
    days = [text for text in (since, until) if text and span_of(text) and not _VERSION.fullmatch(text)]
    if len(days) == 2 and moment_or_say("--from", days[0]) > moment_or_say("--to", days[1]):
        say(f"--from {days[0]} lies after --to {days[1]}, and nothing changes backwards. Swap them.", USAGE)


def _side(
    session: Session, option: str, text: str, agency: AgencyRow, year: int, held: History, dates: AsOf
) -> Side:
    if named := _VERSION.fullmatch(text):
        version = _version(option, text, named, held)
        side = diff.state_of_version(session, agency.id, year, version.id, dates)
        if side is None:
            say(
                f"{option} {text}: that version was never read as the report of {agency.name} for {year}.",
                FAILED,
            )
        return side
    if span_of(text) is None:
        say(
            f"{option} {text!r} is neither a date nor a version. Write 2026-01-31, or a version as "
            f"gxcrawl history {agency.slug} {year} names it: 2, or B1.",
            USAGE,
        )
    moment = moment_or_say(option, text)
    bound = moment if dates.observed_by is None else min(moment, dates.observed_by)
    side = diff.state_at(session, agency.id, year, AsOf(bound, dates.read_by))
    if side is None:
        say(past.not_held_by(agency, year, held, AsOf(bound, dates.read_by)), FAILED)
    return side


def _version(option: str, text: str, named: re.Match[str], held: History) -> VersionHeld:
    label, number = named["label"].upper().removeprefix("V"), int(named["number"])
    fitting = [
        version
        for document in held.documents
        if document.label == label or (not label and document.default)
        for version in document.versions
        if version.number == number
    ]
    if not fitting:
        known = ", ".join(f"{d.label}{v.number}" for d in held.documents for v in d.versions)
        say(f"{option} {text}: there is no such version. There are: {known}.", USAGE)
    return fitting[0]


def _text_of(settings: Settings) -> diff.ReadText:
    return lambda file, offset: read_record(settings.archive, file, offset).body.decode(
        "utf-8", "surrogatepass"
    )
