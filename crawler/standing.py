"""How the sites of a store stand: their last runs, what is under way, what is due, and when the archive was verified."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler import display
from crawler.display import local, plural
from crawler.schedule import Due
from crawler.tables import show_table
from gxstore.audits import Audits
from gxstore.frontier import LedgerRow
from gxstore.models import Run
from gxstore.query import SiteStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """A site as it stands: what the store knows of it, when it is due, and who harvests it at this moment."""

    entry: SiteStatus
    due: Due | None
    under_way: str | None


def status_json(standing: Standing, audits: Audits, rows: Iterable[LedgerRow] | None) -> dict[str, Any]:
    """How a site stands, for machines. With `rows`, the links of its last whole run, what that left aside is told too."""
    entry, due = standing.entry, standing.due
    told = {
        "site": entry.site,
        "portals": entry.portals,
        "documents": entry.documents,
        "reports": entry.reports,
        "captures": entry.captures,
        "last_run": _run_json(entry.last_run),
        "under_way": standing.under_way,
        "narrowed_since": entry.narrowed_since,
        "last_narrowed": _run_json(entry.last_narrowed),
        "last_ok": entry.last_ok.isoformat() if entry.last_ok else None,
        "due": due.due if due else None,
        "due_why": due.why if due else "there is no site file",
        "verified": _audit_json(audits),
    }
    if rows is not None:
        told["left_aside"] = [{"url": row.url, "reason": row.reason} for row in rows if _is_aside(row)]
    return told


def _run_json(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "run": run.id,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
        "outcome": run.outcome,
        "summary": run.summary,
    }


def _audit_json(audits: Audits) -> dict[str, Any] | None:
    told = audits.telling
    if told is None:
        return None
    return {
        "audit": told.id,
        "finished": told.finished.isoformat(),
        "damages": told.damaged,
        "whole": bool(told.scope.get("whole")),
        "counts": told.counts,
        "last_whole": audits.whole.finished.isoformat() if audits.whole else None,
    }


def audit_said(audits: Audits) -> str:
    """How archive and store were found when they were last looked at, in a sentence or two."""
    told = audits.telling
    if told is None:
        return "Archive and store have not been verified yet. Type: gxcrawl verify"
    when = local(told.finished)
    if told.damaged:
        return (
            f"[red]{plural(told.damaged, 'damage')} {_was(told.damaged)} found on {when}[/] and not seen mended since. "
            "Type: gxcrawl verify"
        )
    seen = looked_at(told.counts)
    if told.scope.get("whole"):
        return f"Archive and store were verified on {when}, and sound: {seen}."
    before = f"on {local(audits.whole.finished)}" if audits.whole else "never yet"
    return (
        f"Archive and store were looked at in part on {when}, and what was looked at is sound: {seen}. All of it was last "
        f"looked at {before}."
    )


def looked_at(counts: Mapping[str, Any]) -> str:
    """What an audit looked at, in numbers."""
    return ", ".join(
        (
            plural(counts.get("files", 0), "file"),
            f"{plural(counts.get('records', 0), 'record')} that the store knows",
            plural(counts.get("rows", 0), "sealed row"),
            f"{plural(counts.get('readings', 0), 'report')} read again",
        )
    )


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def show_status(console: Console, standings: Sequence[Standing]) -> None:
    """How the sites stand, for a person."""
    if not standings:
        console.print("Nothing has been harvested yet. Begin with: gxcrawl run --site NAME --limit 5")
        return
    table = Table("site", "last whole run", "outcome", "reports", "documents", "captures", "last ok", "due")
    for standing in standings:
        entry, due = standing.entry, standing.due
        run = entry.last_run
        outcome = _outcome(run, standing.under_way)
        style = display.OUTCOME_STYLE.get(outcome, "yellow")
        table.add_row(
            entry.site,
            (f"{run.id}, {local(run.started)}" if run else "none yet")
            + (f" (+{entry.narrowed_since} narrowed or imported)" if entry.narrowed_since else ""),
            f"[{style}]{outcome}[/]",
            str(entry.reports),
            str(entry.documents),
            str(entry.captures),
            local(entry.last_ok) if entry.last_ok else "never",
            ("now: " if due.due else "") + due.why if due else "no site file",
        )
    show_table(console, table)
    for standing in standings:
        if standing.under_way:
            console.print(f"{standing.entry.site} is being {escape(standing.under_way)}.", soft_wrap=True)


def _outcome(run: Run | None, under_way: str | None) -> str:
    if under_way:
        return "under way"
    if run is None:
        return ""
    return run.outcome or "not finished"


def show_last_runs(console: Console, standing: Standing, rows: Iterable[LedgerRow]) -> None:
    """What the last whole run of a site came to, link by link where something was left aside, and how the narrowed runs and
    imports since then ended."""
    run, entry = standing.entry.last_run, standing.entry
    if run is not None and run.summary and "run" not in run.summary:
        # it was killed, and came to nothing that was counted
        console.print(f"run {run.id}: {run.outcome}", soft_wrap=True)
        for reason in run.summary.get("reasons", ()):
            console.print(f"  {escape(reason)}", soft_wrap=True)
    elif run is not None and run.summary:
        display.run_summary(console, run.summary)
        for row in rows:
            if _is_aside(row):
                said = f"  left aside: {row.reason or ''} {row.url}"
                console.print(escape(said), soft_wrap=True, highlight=False)
    elif run is not None and not standing.under_way:
        console.print(
            f"Run {run.id} was begun on {local(run.started)} and has not ended, and no process of this machine is at it: it was "
            f"stopped. What it fetched is kept. To go on: gxcrawl run --site {entry.site}",
            soft_wrap=True,
        )
    if (late := entry.last_narrowed) is not None:
        kind = "an import" if late.narrowed.get("import") else f"narrowed to {_narrowed_to(late)}"
        console.print(f"run {late.id}, {kind}: {late.outcome or 'not ended'}", soft_wrap=True)
        for reason in (late.summary or {}).get("reasons", ()):
            console.print(f"  {escape(reason)}", soft_wrap=True)


def _narrowed_to(run: Run) -> str:
    return escape(", ".join(f"{key} {value}" for key, value in run.narrowed.items() if value))


def _is_aside(row: LedgerRow) -> bool:
    return row.state == "left_aside"
