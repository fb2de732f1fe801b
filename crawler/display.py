"""How answers look on a terminal: plain words, tables, and live progress. Nothing is decided or fetched here."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from crawler.import_run import Imported
from crawler.rebuilding import Rebuilt
from crawler.reparse import Reparsed
from crawler.schedule import SHANGHAI
from crawler.vantage import is_replica
from gxstore.query import Point
from gxstore.runs import LedgerRow

OUTCOME_STYLE = {"ok": "green", "partial": "yellow", "failed": "red"}
_NOT_NUMBERS = {
    "blank": "blank",
    "not_applicable": "/",
    "none": "无",
    "unreadable": "unreadable",
    "missing": "missing",
}
_MOST_SHOWN = 20
_COUNTS = ("found", "new", "changed", "unchanged", "gone", "known", "blocked", "failed", "captures", "bytes")


def local(moment: datetime) -> str:
    """A time as it is shown: Asia/Shanghai, to the minute."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


class Progress:
    """Live progress by portal. On no terminal it stays silent: the summary says it all."""

    def __init__(self, console: Console, hosts: Sequence[str]) -> None:
        self._counts: dict[str, Counter[str]] = {host: Counter() for host in hosts}
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._shown = console.is_terminal

    def __enter__(self) -> "Progress":
        if self._shown:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._live.stop()

    def tell(self, host: str, state: str, result: str | None) -> None:
        """One item has ended."""
        self._counts.setdefault(host, Counter())[result or state] += 1
        if self._shown:
            self._live.update(self._table())

    def _table(self) -> Table:
        columns = ("new", "changed", "unchanged", "left_aside", "known", "blocked", "failed")
        table = Table("portal", *[name.replace("_", " ") for name in columns], title="harvest under way")
        for host, counts in self._counts.items():
            table.add_row(host, *[str(counts[name] or "") for name in columns])
        return table


def run_summary(console: Console, summary: Mapping[str, Any]) -> None:
    """The end of a run: what was found on each portal, what was left aside, and why it is not all well."""
    shown = [name for name in _COUNTS if summary[name]]
    table = Table(title=f"run {summary['run']} of {summary['site']}, counted in documents")
    table.add_column("portal", no_wrap=True)
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)
    for portal in summary["portals"]:
        table.add_row(portal["host"], *[_count(portal[name]) for name in shown])
    table.add_section()
    table.add_row("together", *[_count(summary[name]) for name in shown], style="bold")
    console.print(table)
    if summary["left_aside"]:
        parts = ", ".join(
            f"{number} {reason.replace('_', ' ')}" for reason, number in summary["left_aside"].items()
        )
        console.print(f"left aside: {parts}")
    if unsent := summary.get("not_modified"):
        console.print(
            f"not sent again: {unsent:,} of {summary['unchanged']:,} unchanged, of which their portals say so (HTTP 304)"
        )
    for trouble in summary["acknowledged"]:
        console.print(f"known: {escape(trouble)}", soft_wrap=True)
    for note in summary["notes"]:
        console.print(f"note: {escape(note)}", soft_wrap=True)
    style = OUTCOME_STYLE[summary["outcome"]]
    console.print(f"outcome: [{style}]{summary['outcome']}[/]")
    for reason in summary["reasons"]:
        console.print(f"  {escape(reason)}", soft_wrap=True)


def left_aside(console: Console, rows: Iterable[LedgerRow]) -> None:
    """What a run left aside, link by link, with the reason."""
    for row in rows:
        if row.state == "left_aside":
            console.print(f"  left aside: {escape(row.reason or '')} {row.url}", soft_wrap=True)


def _count(number: int) -> str:
    return f"{number:,}" if number else "·"


def number(value: Decimal | None, status: str) -> str:
    """A cell's number as printed in a table, or the word for what stands in its place."""
    if value is None:
        return _NOT_NUMBERS.get(status, status)
    return f"{value:f}"


def series_table(console: Console, title: str, points: Iterable[Point], unit: str | None) -> None:
    """A series: one line an agency, one column a year."""
    points = list(points)
    years = sorted({point.year for point in points})
    console.print(escape(title), style="bold")
    table = Table("agency", *map(str, years))
    for column in table.columns[1:]:
        column.justify = "right"
    lines: dict[tuple[str, str], dict[int, Point]] = {}
    for point in points:
        name = point.agency.name + (f" ({point.scope})" if point.scope else "")
        lines.setdefault((point.agency.slug, name), {})[point.year] = point
    for (_, name), cells in lines.items():
        table.add_row(name, *[_cell(cells.get(year)) for year in years])
    console.print(table)
    notes = [
        f"unit: {unit}" if unit else "unit: as printed",
        "· no report of that year with this cell is held",
    ]
    if any(point.findings for point in points):
        notes.append("! the cell breaks a rule of the form (--explain says which)")
    if any(point.placed_by == "identities" for point in points):
        notes.append("~ placed with the help of the form's identities")
    console.print("; ".join(notes))
    if any(is_replica(point.path.vantage) for point in points):
        console.print("[yellow]From the bundled replica: most of these figures are made up.[/]")


def _cell(point: Point | None) -> str:
    if point is None:
        return "·"
    mark = ("!" if point.findings else "") + ("~" if point.placed_by == "identities" else "")
    return escape(number(point.value, point.status)) + mark


def explanation(console: Console, point: Point) -> None:
    """The way from a number back to its cell."""
    path = point.path
    why = f" ({point.why})" if point.why else ""
    raw = f", printed as {point.raw!r}" if point.raw is not None else ""
    shown = number(point.value, point.status)
    unit = f" {point.unit}" if point.unit and point.value is not None else ""
    console.print(
        f"[bold]{point.agency.name} {point.year}[/]: [bold]{escape(shown)}{unit}[/] ({point.status}{why}{escape(raw)})"
    )
    lines = [
        ("report form", point.edition or "no table"),
        ("page", path.url),
        ("fetched", f"{local(path.fetched_at)} Asia/Shanghai, from: {path.vantage}"),
        ("WARC file", f"{path.warc_file}, offset {path.warc_offset}"),
        ("record", f"{path.record_id}, SHA-256 {path.payload_sha256}"),
        (
            "text",
            (
                f"version {path.version}, SHA-256 {path.text_sha256}, by {path.extractor}, "
                f"in {path.conversion_file}, offset {path.conversion_offset}"
            ),
        ),
        ("cell", _place(point)),
        *(
            [("placed by", "the identities of the form: it stands in a run of numbers")]
            if point.placed_by == "identities"
            else []
        ),
        ("read by", f"reader {path.reader_version}, catalogue {path.catalogue_digest[:12]}"),
        *[("finding", finding) for finding in point.findings],
    ]
    for label, text in lines:
        console.print(f"  {label:<11} {escape(text)}", soft_wrap=True, highlight=False)


def _place(point: Point) -> str:
    path = point.path
    if path.table is None:
        return "no cell: " + (point.why or point.status).replace("_", " ")
    places = [f"table {path.table}", f"row {path.row}", f"column {path.column}"]
    if path.line is not None:
        places.append(f"line {path.line} of the source")
    if path.page is not None:
        places.append(f"page {path.page}")
    if path.box is not None:
        left, top, right, bottom = path.box
        places.append(f"from {left:g}, {top:g} to {right:g}, {bottom:g} points of it")
    return ", ".join(places) + " (tables that only lay out the page are not counted)"


_ASIDE_WORDS = {
    "page_part": "parts of pages (style sheets, scripts, pictures) and notes of the crawler",
    "not_a_report": "no annual report",
    "other_agency": "of a body that no site file knows, or of none that could be told",
    "other_year": "of another year",
    "other_url": "at another URL",
    "no_year": "of no year that could be told",
    "not_readable": "not readable",
    "no_original": "revisits of what is not among the files",
    "too_large": "too large",
    "moved": "redirects",
    "not_found": "not found (404)",
    "not_there": "linked from a report, and not among the files",
}
_NOT_NAMED = ("page_part", "moved", "not_found", "other_url")


def imported(console: Console, done: Imported) -> None:
    """What an import came to: what was taken, what was there already, what was left aside and why, and what is damaged."""
    for run in done.runs:
        console.print(
            f"run {run['run']} of {escape(run['site'])}: {run['captures']} captures taken, outcome {run['outcome']}"
        )
    if done.taken:
        counts = ", ".join(f"{done.results[name]} {name}" for name in ("new", "changed", "unchanged"))
        console.print(f"documents: {counts}")
    if done.known:
        console.print(f"there already, and left as it is: {done.known} captures")
    if not done.taken:
        console.print("Nothing was added: archive and store are as they were.")
    for reason, number in sorted(done.aside.items()):
        console.print(f"left aside: {number} {_ASIDE_WORDS.get(reason, reason)}")
        named = [one for one in done.named if one["reason"] == reason and reason not in _NOT_NAMED]
        for one in named[:_MOST_SHOWN]:
            both = f"{one['url']} ({one['path']})"
            where = both if one["path"] and one["url"][:5] not in ("", "file:") else one["path"] or one["url"]
            console.print(f"  {escape(where)}: {escape(one['why'])}", soft_wrap=True)
        if len(named) > _MOST_SHOWN:
            console.print(f"  and {len(named) - _MOST_SHOWN} more: --json names them")
    for damage in done.damaged[:_MOST_SHOWN]:
        console.print(f"[red]trouble[/]: {escape(damage)}", soft_wrap=True)
    if len(done.damaged) > _MOST_SHOWN:
        console.print(f"  and {len(done.damaged) - _MOST_SHOWN} more: --json names them")


def rebuilt(console: Console, store: str, done: Rebuilt) -> None:
    """What a rebuilt store holds, and what the archive did not tell."""
    console.print(
        f"The store {escape(store)} was made of the archive: {done.runs} runs, {done.captures} captures, {done.readings} "
        "readings. Sites, agencies and the catalogue are those of the config folder.",
        soft_wrap=True,
    )
    for trouble in done.troubles[:_MOST_SHOWN]:
        console.print(f"  not told: {escape(trouble)}", soft_wrap=True)
    if len(done.troubles) > _MOST_SHOWN:
        console.print(f"  and {len(done.troubles) - _MOST_SHOWN} more: --json lists them all")


def reparsed(console: Console, done: Reparsed) -> None:
    """What reading the archive again came to: the erratum list, and what could not be read."""
    console.print(
        f"{done.versions} versions read again, {done.added} readings added, {len(done.errata)} cells read otherwise than before."
    )
    if done.errata:
        table = Table("agency", "year", "cell", "before", "now", title="errata")
        for erratum in done.errata:
            table.add_row(erratum.agency, str(erratum.year), erratum.code, erratum.before, erratum.after)
        console.print(table)
    for failure in done.failed:
        console.print(f"  not read: {escape(failure)}", soft_wrap=True)
