"""The commands that hand the archive on: export, index."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from archive.bagit import write_bag
from archive.excerpt import DamagedRecord, excerpts
from archive.exchange import utc_text
from archive.index import mend_indexes
from archive.wacz import write_wacz
from crawler import answers
from crawler.command.terminal import FAILED, USAGE, SiteOption, open_settings, out, say
from crawler.display import plural
from crawler.manners import TOOL
from crawler.sites import load_site
from gxstore.database import working_on
from gxstore.selection import Selection, runs_of, select_captures

archive_app = typer.Typer(help="The archive's files: hand them on, index them.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Enter this group of commands."""
    app.add_typer(archive_app, name="archive")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be exported, in words, and what was found for it."""

    title: str
    found: Selection

    @property
    def description(self) -> str:
        return (
            f"{plural(self.found.captures, 'capture')} of {self.title} with the originals that revisits refer to, "
            f"as served; captured from: {'; '.join(self.found.vantages)}"
        )


@archive_app.command("export")
def export(
    wacz: Annotated[
        Path | None, typer.Option("--wacz", help="Write one WACZ file, for replay tools.")
    ] = None,
    bagit: Annotated[
        Path | None,
        typer.Option("--bagit", help="Write a bag (RFC 8493), for keeping: a folder that is not there yet."),
    ] = None,
    site: SiteOption = None,
    agency: Annotated[str | None, typer.Option(help="Slug or name.")] = None,
    run: Annotated[int | None, typer.Option(help="A run's number.")] = None,
) -> None:
    """Hand on the captures of a site, an agency or a run, byte for byte, with all that they refer to."""
    if (wacz is None) == (bagit is None):
        say("Say in which form: --wacz FILE or --bagit FOLDER.", USAGE)
    if site is None and agency is None and run is None:
        say("Say what is to be exported: --site NAME, --agency NAME or --run NUMBER.", USAGE)
    settings = open_settings()
    target = wacz or bagit
    assert target is not None
    if target.exists():
        say(f"{target} is there already. Nothing was written. Name another.", FAILED)
    with working_on(settings.database, "export") as engine, Session(engine) as session:
        wanted = _wanted(session, site, agency, run)
    about = {
        "title": wanted.title,
        "description": wanted.description,
        "created": utc_text(wanted.found.newest),
        "software": TOOL,
    }
    try:
        chosen = excerpts(settings.archive, wanted.found.records)
        target.parent.mkdir(parents=True, exist_ok=True)
        if wacz:
            pages = [
                {"id": page.record_id, "url": page.url, "ts": utc_text(page.fetched_at), "title": page.title}
                for page in wanted.found.pages
            ]
            write_wacz(wacz, settings.archive, chosen, pages, about)
        else:
            write_bag(target, settings.archive, chosen, _bag_info(about))
    except DamagedRecord as error:
        say(f"Nothing was exported: {error}", FAILED)
    except OSError as error:
        say(f"{target} cannot be written: {error.strerror or error}. Nothing of it is left.", FAILED)
    records = sum(len(excerpt.places) for excerpt in chosen)
    out.print(
        f"{plural(wanted.found.captures, 'capture')} ({plural(records, 'record')} of {plural(len(chosen), 'file')}): {target}",
        soft_wrap=True,
    )


@archive_app.command("index")
def index() -> None:
    """Write the CDXJ index of every closed file that has none, or one that does not say what the file holds."""
    settings = open_settings()
    if not settings.archive.is_dir():
        say(
            f"There is no archive at {settings.archive} yet. A first harvest makes it: gxcrawl run --site NAME",
            FAILED,
        )
    for name in mend_indexes(settings.archive):
        out.print(f"indexed: {name}", soft_wrap=True)
    out.print(f"Every closed file in {settings.archive} has its index.", soft_wrap=True)


def _wanted(session: Session, site: str | None, agency: str | None, run: int | None) -> _Wanted:
    words, agency_id = [], None
    if run is not None:
        runs = runs_of(session)
        if run not in runs:
            say(f"There is no run {run}. The newest is {max(runs, default='none')}.", USAGE)
        words.append(f"run {run} of {runs[run]}")
    if agency is not None:
        known = answers.one_agency(session, agency)
        if isinstance(known, str):
            say(known, USAGE)
        agency_id = known.id
        words.append(f"{known.name} ({known.slug})")
    if site is not None:
        words.append(load_site(site).site.title)
    title = ", ".join(words)
    found = select_captures(session, site=site, agency=agency_id, run=run)
    if found is None:
        say(f"Nothing of {title} is held. gxcrawl status shows what is.", FAILED)
    return _Wanted(title, found)


def _bag_info(about: dict[str, str]) -> dict[str, str]:
    return {
        "Source-Organization": "gxcrawl",
        "External-Description": about["description"],
        "External-Identifier": about["title"],
        "Bagging-Date": about["created"][:10],
        "Bag-Software-Agent": about["software"],
    }
