"""How the changes of a report are told: cells and sentences before and after, with their evidence, and whose change it is."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.display import local, number
from crawler.past import bounds_json, bounds_said
from crawler.vantage import is_replica
from gxstore import catalogue
from gxstore.as_of import AsOf
from gxstore.diff import CellAt, CellChange, Comparison, Proof, Reader, Side, unexplained_rows
from gxstore.history import History
from gxstore.query import AgencyRow
from gxstore.text_changes import TextChange

_CAUSES = {
    "none": "the portal shows the same text",
    "portal": "the portal changed the text",
    "other_page": "another page of the report answers than before, and its text is another; no page was seen to change",
    "files": "the page shows the same text, and is read with other files than before",
    "extractor": "the portal changed nothing: our extractor takes another text from the very same bytes",
    "undetermined": (
        "bytes and extractor are both others, so what the portal changed cannot be told from what our extractor changed"
    ),
}


def diff_json(
    agency: AgencyRow, year: int, held: History, compared: Sequence[Comparison], dates: AsOf
) -> dict[str, Any]:
    """What changed, for machines."""
    labels, names = held.labels(), _names()
    return {
        "agency": agency.slug,
        "name": agency.name,
        "year": year,
        **bounds_json(dates),
        "changed": any(not one.is_empty for one in compared),
        "other_documents_changed": [held.labels()[document] for document in _others(compared, held)],
        "comparisons": [
            {
                "from": _side_json(one.before, labels),
                "to": _side_json(one.after, labels),
                "cause": one.cause,
                "backwards": one.is_backwards,
                "one_reader": one.one_reader,
                "cells": [_cell_json(cell, names) for cell in one.cells],
                "sentences": [_text_json(change) for change in one.text.sentences],
                "rows": [_text_json(change) for change in one.text.rows],
                "by_reader": [
                    {
                        "from": _reader_json(change.before),
                        "to": _reader_json(change.after),
                        "cells": [_cell_json(cell, names) for cell in change.cells],
                    }
                    for change in one.by_reader
                ],
            }
            for one in compared
        ],
    }


def _names() -> dict[str, str]:
    return {indicator.code: indicator.label for indicator in catalogue.load().indicators}


def _side_json(side: Side, labels: dict[int, str]) -> dict[str, Any]:
    return {
        "reader": _reader_json(side.reader),
        "versions": [
            {
                "document": labels.get(proof.document_id),
                "version": proof.number,
                "url": proof.url,
                "text_sha256": proof.text_sha256,
                "extractor": proof.extractor,
                "first_seen": proof.first_seen.isoformat(),
                "first_record": proof.first_record,
                "last_seen": proof.last_seen.isoformat(),
                "last_record": proof.last_record,
            }
            for proof in side.proofs
        ],
    }


def _reader_json(reader: Reader) -> dict[str, str]:
    return {
        "reader_version": reader.version,
        "catalogue_digest": reader.catalogue_digest,
        "made_at": reader.made_at.isoformat(),
    }


def _cell_json(change: CellChange, names: dict[str, str]) -> dict[str, Any]:
    return {
        "code": change.code,
        "label": names.get(change.code),
        "scope": change.scope,
        "before": _at_json(change.before),
        "after": _at_json(change.after),
    }


def _at_json(at: CellAt | None) -> dict[str, Any] | None:
    if at is None:
        return None
    value = at.cell.value
    whole = value is not None and value == value.to_integral_value()
    return {
        "status": at.cell.status,
        "why": at.cell.why,
        "value": None if value is None else int(value) if whole else str(value),
        "raw": at.cell.raw,
        "unit": at.cell.unit,
        "where": None
        if at.table is None
        else {
            "source": at.source,
            "table": at.table,
            "row": at.row,
            "column": at.column,
            "line": at.line,
            "page": at.page,
        },
    }


def _text_json(change: TextChange) -> dict[str, Any]:
    return {**asdict(change), "before": list(change.before), "after": list(change.after)}


# ---- on a terminal


def show_diff(
    console: Console, agency: AgencyRow, year: int, held: History, compared: Sequence[Comparison], dates: AsOf
) -> None:
    """What changed, for a person."""
    console.print(f"[bold]{escape(agency.name)} {year}[/] ({agency.slug}); times are Asia/Shanghai")
    if dates.is_bounded:
        console.print(bounds_said(dates))
    if any(map(is_replica, held.vantages)):
        console.print("[yellow]From the bundled replica: most of its figures are made up.[/]")
    labels, names = held.labels(), _names()
    told: set[tuple[Reader, Reader]] = set()
    for one in compared:
        _show_comparison(console, one, labels, names)
        if one.is_empty and (between := _between(one, held)):
            console.print(
                f"In between it showed another text {_times(between)}: gxcrawl diff {agency.slug} {year} lists every change.",
                soft_wrap=True,
            )
        for change in one.by_reader:
            if (change.before, change.after) not in told:
                told.add((change.before, change.after))
                console.print(
                    f"\n[bold]read otherwise by us[/], from the same text: {_reader(change.before)}, then "
                    f"{_reader(change.after)}",
                    soft_wrap=True,
                )
                console.print(_cells_table(change.cells, names))

    for document in _others(compared, held):
        console.print(
            f"Another copy changed too, {labels[document]}: --from and --to with its versions ({labels[document]}1, …) show "
            f"how; gxcrawl history {agency.slug} {year} names them.",
            soft_wrap=True,
        )


def _others(compared: Sequence[Comparison], held: History) -> list[int]:
    """The documents that changed and are not among those compared: further copies of the report."""
    own = {proof.document_id for one in compared for side in (one.before, one.after) for proof in side.proofs}
    changed = {event.document for event in held.events if event.what in ("changed", "changed_back")}
    return [document.id for document in held.documents if document.id in changed - own]


def _between(one: Comparison, held: History) -> int:
    """How often a document of either side was seen to change between the two."""
    own = {proof.document_id for side in (one.before, one.after) for proof in side.proofs}
    first = min(proof.first_seen for proof in one.before.proofs)
    last = max(proof.last_seen for proof in one.after.proofs)
    changed = [event for event in held.events if event.what == "changed" and event.document in own]
    return sum(first < event.at < last for event in changed)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _show_comparison(
    console: Console, one: Comparison, labels: dict[int, str], names: dict[str, str]
) -> None:
    console.print()
    for word, side in (("before", one.before), ("after", one.after)):
        if word == "after" and one.after == one.before:
            continue
        for proof in side.proofs:
            console.print(
                f"[bold]{word:<6}[/] {escape(_proof(proof, labels))}", soft_wrap=True, highlight=False
            )
        console.print(f"       read by {_reader(side.reader)}", soft_wrap=True, highlight=False)
    if one.is_empty and one.after == one.before:
        console.print("[bold]Nothing changed[/]: both sides are one version, so there is nothing to compare.")
        return
    if one.is_empty:
        console.print(
            "[bold]Nothing changed[/]: the text is the same, and so is every cell as one reader reads it."
        )
        return
    if one.is_backwards:
        console.print(
            "[yellow]Backwards in time[/]: the text after was shown before the other. Swap --from and --to for what was done.",
            soft_wrap=True,
        )
    if one.cause == "none":
        console.print("[bold]Nothing changed at the portal[/]: the text is the same.")
    else:
        console.print(f"[bold]Changed[/]: {_CAUSES[one.cause]}.")
    if not one.one_reader and one.cells:
        console.print(
            "No reader has read both sides, so that a cell may differ because of the reader. gxcrawl reparse reads both with "
            "the present one.",
            soft_wrap=True,
        )
    if one.cells:
        console.print(_cells_table(one.cells, names))
    else:
        console.print("No cell changed.")
    for change in one.text.sentences:
        console.print(f"line {change.line_before} of the text before, {change.line_after} of the text after:")
        for sign, style, sentences in (("-", "red", change.before), ("+", "green", change.after)):
            for sentence in sentences:
                console.print(f"  [{style}]{sign} {escape(sentence)}[/]", soft_wrap=True, highlight=False)
    if not one.text.sentences and one.cause != "none":
        console.print("No sentence of the narrative changed.")
    for before, after in unexplained_rows(one):
        console.print("row of a table that changed beside the cells above:")
        for sign, style, row in (("-", "red", before), ("+", "green", after)):
            if row:
                console.print(
                    f"  [{style}]{sign} {escape(row.replace(chr(9), ' | '))}[/]",
                    soft_wrap=True,
                    highlight=False,
                )


def _cells_table(cells: Sequence[CellChange], names: dict[str, str]) -> Table:
    table = Table("label", "code", "before", "after", "where")
    for change in cells:
        scope = f" ({change.scope})" if change.scope else ""
        table.add_row(
            escape(names.get(change.code, "") + scope),
            change.code,
            escape(_cell(change.before)),
            escape(_cell(change.after)),
            _where(change.after if change.after and change.after.table is not None else change.before),
        )
    return table


def _cell(at: CellAt | None) -> str:
    if at is None:
        return "not in the form"
    cell = at.cell
    why = f" ({cell.why.replace('_', ' ')})" if cell.why else ""
    plain = f"{cell.value:f}" if cell.value is not None else None
    raw = f" (printed {cell.raw!r})" if cell.raw and cell.raw != plain else ""
    unit = f" {cell.unit}" if cell.unit and cell.value is not None else ""
    return number(cell.value, cell.status) + unit + why + raw


def _where(at: CellAt | None) -> str:
    if at is None or at.table is None:
        return ""
    source = f"file {at.source}, " if at.source else ""
    line = f", line {at.line}" if at.line is not None else ""
    page = f", page {at.page}" if at.page is not None else ""
    return f"{source}table {at.table}, row {at.row}, column {at.column}{line}{page}"


def _proof(proof: Proof, labels: dict[int, str]) -> str:
    label = f"{labels.get(proof.document_id, '')}{proof.number}"
    if proof.first_record == proof.last_record:
        return f"{label}  captured {local(proof.first_seen)} ({proof.first_record})  {proof.url}"
    return (
        f"{label}  captured {local(proof.first_seen)} ({proof.first_record}) to {local(proof.last_seen)} "
        f"({proof.last_record})  {proof.url}"
    )


def _reader(reader: Reader) -> str:
    return f"reader {reader.version}, catalogue {reader.catalogue_digest[:12]}, on {local(reader.made_at)}"
