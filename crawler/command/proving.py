"""The command that proves that archive and store are as they were left: verify."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from crawler.command.terminal import (
    DONE,
    FAILED,
    USAGE,
    JsonOption,
    err,
    now,
    open_settings,
    out,
    print_json,
    say,
)
from crawler.display import plural
from crawler.schedule import SHANGHAI
from crawler.standing import looked_at
from crawler.tables import show_table
from crawler.verifying import Scope, Verified
from crawler.verifying import verify as prove
from gxstore.database import working_on

# So many damages of one kind are shown: a lost file alone has thousands of lost records.
_MOST_OF_A_KIND = 10


def add_to(app: typer.Typer) -> None:
    """Enter this command."""
    app.command()(verify)


def verify(
    sample: Annotated[
        float, typer.Option(min=0, max=100, help="Open and hash so many percent of the files, chosen by lot.")
    ] = 100,
    reread: Annotated[
        float,
        typer.Option(
            min=0, max=100, help="Read so many percent of the reports again, and compare each cell."
        ),
    ] = 5,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only files with captures since.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the lot; the audit's record names the one that was used.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Re-hash files and records, hold them against manifest, index and store, and every row of the store against its
    seal. What was looked at and found is kept; exits 1 where anything is damaged."""
    settings = open_settings()
    if since is not None and since.replace(tzinfo=SHANGHAI) > now():
        say(f"--since {since:%Y-%m-%d} lies in the future: no file would be looked at.", USAGE)
    scope = Scope(
        files=sample / 100,
        readings=reread / 100,
        since=since.replace(tzinfo=SHANGHAI) if since else None,
        seed=int(now().timestamp()) if seed is None else seed,
    )
    with working_on(settings.database, "verify") as engine, Status("looking", console=err) as shown:
        found = prove(
            engine,
            settings.archive,
            scope,
            limits=settings.reading_limits,
            now=now,
            tell=lambda what: shown.update(f"looking at {what}"),
        )
    if as_json:
        print_json(
            {
                "audit": found.audit,
                "records": found.counts["records"],
                "counts": found.counts,
                "scope": scope.told(),
                "damages": found.damages,
            }
        )
    else:
        _show(found, str(settings.archive), scope)
    raise typer.Exit(FAILED if found.damages else DONE)


def _show(found: Verified, archive: str, scope: Scope) -> None:
    counts = found.counts
    looked = looked_at(counts)
    if otherwise := counts["read_otherwise"]:
        looked += f", {otherwise} not compared, since an earlier reader read them: type gxcrawl reparse"
    if not found.damages:
        nothing = not (counts["files"] or counts["records"] or counts["readings"])
        much = "All is sound" if scope.is_whole else "What was looked at is sound"
        if nothing and scope.is_whole:
            much = "Nothing is held yet, so there was nothing to look at"
        elif nothing:
            much = "No file and no report was looked at, since none fits"
        out.print(f"{much}: {looked}, in {archive} (audit {found.audit}).", soft_wrap=True)
        return
    kinds = Counter(damage["kind"] for damage in found.damages)
    shown = Counter[str]()
    table = Table("what", "file", "offset", "record", "said plainly")
    table.title = plural(len(found.damages), "damage")
    for damage in found.damages:
        shown[damage["kind"]] += 1
        if shown[damage["kind"]] <= _MOST_OF_A_KIND:
            table.add_row(*_cells(damage))
    show_table(out, table)
    for kind, number in kinds.items():
        if number > _MOST_OF_A_KIND:
            more = number - _MOST_OF_A_KIND
            out.print(
                f"and {more:,} more of the kind {kind.replace('_', ' ')}: --json lists all", soft_wrap=True
            )
    out.print(f"Looked at: {looked}, in {archive} (audit {found.audit}).", soft_wrap=True)


def _cells(damage: dict[str, Any]) -> tuple[str, ...]:
    offset = damage["offset"]
    return (
        damage["kind"].replace("_", " "),
        damage["file"] or "store",
        "" if offset is None else str(offset),
        damage["record_id"] or "",
        escape(damage["message"]),
    )
