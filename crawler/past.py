"""How the past of a report is told: its history in words, as tables and as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.display import local
from crawler.tables import show_table
from crawler.vantage import is_replica
from gxstore.as_of import AsOf
from gxstore.history import DocumentHeld, History, VersionHeld
from gxstore.query import AgencyRow
from gxstore.timeline import Absence, Event, Interval, Move, Sighting


def not_held_by(agency: AgencyRow, year: int, held: History, dates: AsOf) -> str:
    """Why a report that is held now was not held by some dates, in a sentence."""
    first = min(v.first_observed for d in held.documents for v in d.versions)
    read = min((r.made_at for d in held.documents for v in d.versions for r in v.readings), default=None)
    if dates.observed_by is not None and first > dates.observed_by:
        return (
            f"The report of {agency.name} for {year} had not been observed by {local(dates.observed_by)}: it was seen first "
            f"on {local(first)}."
        )
    when = f": it was read first on {local(read)}" if read else ""
    bound = local(dates.read_by) if dates.read_by else ""
    return f"The report of {agency.name} for {year} had not been read by {bound}{when}."


def bounds_said(dates: AsOf) -> str:
    """What an answer leaves out, in a sentence; empty where it leaves out nothing."""
    said = []
    if dates.observed_by is not None:
        said.append(f"what the portals had shown by {local(dates.observed_by)}")
    if dates.read_by is not None:
        said.append(f"what our readers had made of it by {local(dates.read_by)}")
    return f"Only {' and '.join(said)} (Asia/Shanghai)." if said else ""


def bounds_json(dates: AsOf) -> dict[str, str | None]:
    """The two dates of an answer, as the last moment that counts."""
    return {"observed_by": _iso(dates.observed_by), "read_by": _iso(dates.read_by)}


# ---- history


def history_json(agency: AgencyRow, year: int, held: History, dates: AsOf) -> dict[str, Any]:
    """The history of a report, for machines. Numbers of rows are left out: they say nothing outside of one store."""
    labels = held.labels()
    return {
        "agency": agency.slug,
        "name": agency.name,
        "year": year,
        **bounds_json(dates),
        "vantages": sorted(held.vantages),
        "documents": [_document_json(document, labels) for document in held.documents],
        "events": [
            {
                **asdict(event),
                "at": _iso(event.at),
                "since": _iso(event.since),
                "document": labels[event.document],
                "says": said(event, held),
            }
            for event in held.events
        ],
        "moves": [
            {
                "at": _iso(move.at),
                "document": labels[move.old],
                "to_document": labels[move.new],
                "before": move.before,
                "url": move.url,
                "last_good": _iso(move.last_good),
                "record_id": move.record_id,
                "says": moved_said(move, labels),
            }
            for move in held.moves
        ],
        "captures": [_capture_json(capture, labels) for capture in held.captures],
    }


def _document_json(document: DocumentHeld, labels: Mapping[int, str]) -> dict[str, Any]:
    gone, sent_on = document.timeline.gone, document.timeline.sent_on
    return {
        "document": document.label,
        "kind": document.kind,
        "attached_to": labels.get(document.parent) if document.parent is not None else None,
        "default": document.default,
        "moved_to": labels.get(document.moved_to) if document.moved_to is not None else None,
        "gone": _absence_json(gone) if gone else None,
        "sent_on": {"since": _iso(sent_on.fetched_at), "to": sent_on.sent_to} if sent_on else None,
        "shows_another_report": document.shows_another_report,
        "absences": [_absence_json(absence) for absence in document.timeline.absences],
        "urls": [
            {"url": url, "first_seen": _iso(first), "last_seen": _iso(last)}
            for url, first, last in document.timeline.urls
        ],
        "versions": [
            {
                "version": version.number,
                "text_sha256": version.text_sha256,
                "extractor": version.extractor,
                "bodies": version.bodies,
                "signed": _iso(version.signed),
                "claimed": _iso(version.claimed),
                "of_url": _iso(version.of_url),
                "first_observed": _iso(version.first_observed),
                "intervals": [
                    {
                        "first": _iso(interval.first),
                        "last": _iso(interval.last),
                        "sightings": interval.sightings,
                        "until": _iso(interval.until),
                    }
                    for interval in version.intervals
                ],
                "readings": [
                    {
                        **{key: value for key, value in asdict(r).items() if key != "id"},
                        "made_at": _iso(r.made_at),
                        "signed": _iso(r.signed),
                        "claimed": _iso(r.claimed),
                    }
                    for r in version.readings
                ],
            }
            for version in document.versions
        ],
    }


def _absence_json(absence: Absence) -> dict[str, Any]:
    return {
        "last_good": _iso(absence.last_good),
        "since": _iso(absence.since),
        "tries": absence.tries,
        "last_try": _iso(absence.last_try),
        "back": _iso(absence.back),
    }


def _capture_json(capture: Sighting, labels: Mapping[int, str]) -> dict[str, Any]:
    document = labels.get(capture.document) if capture.document is not None else None
    return {**asdict(capture), "fetched_at": _iso(capture.fetched_at), "document": document}


def said(event: Event, held: History) -> str:
    """What happened, in words."""
    since = f"seen otherwise last on {local(event.since)}" if event.since else ""
    match event.what:
        case "first_seen":
            version = f"version {event.version}" if event.version else "no text can be taken from it"
            return f"seen first: {version}, at {event.url}"
        case "changed":
            return f"changed: version {event.version} ({since})"
        case "changed_back":
            return f"changed back: version {event.version} again ({since})"
        case "read_otherwise":
            return f"version {event.version}: our extractor takes another text from the very same bytes; the portal changed nothing"
        case "unreadable":
            return f"changed, and no text can be taken from what is there now ({since})"
        case "other_report":
            return f"shows another report now: version {event.version} ({since})"
        case "this_report":
            return f"shows this report now: version {event.version}; before it showed another ({since})"
        case "moved":
            return f"moved to {event.url} from {event.before}, where it was seen last on {_on(event.since)}"
        case "sent_elsewhere":
            return f"{event.url} sends the reader {_elsewhere(event.sent_to, held)}; seen last on {_on(event.since)}"
        case "vanished":
            return (
                f"vanished: {event.url} answers that there is no such page; last good capture on {_on(event.since)}; "
                + (_tries(event, held))
            )
        case "restored":
            tries = (
                f", not there on {event.tries} {_plural('try', event.tries)} before" if event.tries else ""
            )
            return f"restored: it is there again{tries}"
        case "replaced":
            return f"{event.url} answers, but what it shows is no report; seen last on {_on(event.since)}"


def _elsewhere(target: str | None, held: History) -> str:
    """Where a redirect leads to, and which document of the report that is, if it is one."""
    if target is None:
        return "elsewhere"
    there = [
        document.label
        for document in held.documents
        if target in {url for url, _, _ in document.timeline.urls}
    ]
    return f"on to {target}, which is {there[0]}" if there else f"to {target}, where the report is not found"


def _tries(event: Event, held: History) -> str:
    for document in held.documents:
        for absence in document.timeline.absences:
            if document.id == event.document and absence.since == event.at:
                tries = f"{absence.tries} {_plural('try', absence.tries)}"
                if absence.back is not None:
                    return f"{tries} until it was back on {local(absence.back)}"
                return f"still gone after {tries}, the last on {local(absence.last_try)}"
    return ""


def moved_said(move: Move, labels: Mapping[int, str]) -> str:
    """A move from one document to another, in words."""
    return (
        f"moved, as it seems: {labels[move.new]} shows the same text at {move.url}, while {labels[move.old]} is no longer at "
        f"{move.before} (seen there last on {local(move.last_good)})"
    )


def _plural(word: str, number: int) -> str:
    return word if number == 1 else "tries" if word == "try" else f"{word}s"


def _on(moment: datetime | None) -> str:
    return local(moment) if moment else "an unknown day"


def show_history(console: Console, agency: AgencyRow, year: int, held: History, dates: AsOf) -> None:
    """The history of a report, for a person."""
    labels = held.labels()
    console.print(f"[bold]{escape(agency.name)} {year}[/] ({agency.slug}); times are Asia/Shanghai")
    if dates.is_bounded:
        console.print(bounds_said(dates))
    if any(map(is_replica, held.vantages)):
        console.print("[yellow]From the bundled replica: most of its figures are made up.[/]")
    for document in held.documents:
        _show_document(console, document, labels)
    console.print("\n[bold]what happened[/]")
    lines = [(event.at, event.record_id, labels[event.document], said(event, held)) for event in held.events]
    lines += [(move.at, move.record_id, labels[move.new], moved_said(move, labels)) for move in held.moves]
    for at, _, label, words in sorted(lines, key=lambda line: line[:2]):
        console.print(f"  {local(at)}  {label}  {escape(words)}", soft_wrap=True, highlight=False)
    console.print()
    show_table(console, _versions_table(held))
    show_table(console, _captures_table(held, labels))
    changed = {event.what for event in held.events} & {"changed", "changed_back", "read_otherwise"}
    if changed:
        console.print(f"What changed: gxcrawl diff {agency.slug} {year}", soft_wrap=True)


def _show_document(console: Console, document: DocumentHeld, labels: Mapping[int, str]) -> None:
    kind = "page" if document.kind == "report" else "file"
    told = []
    if document.parent is not None and document.parent in labels:
        told.append(f"attached to {labels[document.parent]}")
    told += ["queries answer with it"] if document.default else []
    if document.moved_to is not None:
        told.append(f"moved to {labels[document.moved_to]}, as it seems")
    gone = document.timeline.gone
    if gone is not None:
        told.append(f"gone since {local(gone.since)}")
    if (sent_on := document.timeline.sent_on) is not None:
        told.append(f"sends the reader on since {local(sent_on.fetched_at)}")
    if document.shows_another_report:
        told.append("shows another report now")
    console.print(f"[bold]{document.label}[/]  {kind}{', ' if told else ''}{', '.join(told)}")
    for url, first, last in document.timeline.urls:
        console.print(f"   {escape(url)}  seen {_span(first, last)}", soft_wrap=True, highlight=False)


def _span(first: datetime, last: datetime) -> str:
    return local(first) if local(first) == local(last) else f"{local(first)} to {local(last)}"


def _versions_table(held: History) -> Table:
    table = Table(
        "version", "shown", "signed", "claimed", "of the URL", "first observed", "read", title="versions"
    )
    for document in held.documents:
        for version in document.versions:
            table.add_row(
                f"{document.label}{version.number}",
                "\n".join(_interval(interval) for interval in version.intervals),
                str(version.signed or ""),
                str(version.claimed or ""),
                str(version.of_url or ""),
                local(version.first_observed),
                "\n".join(_readings(version)),
            )
    return table


def _interval(interval: Interval) -> str:
    times = "once" if interval.sightings == 1 else f"{interval.sightings} times"
    until = f"; not any more on {local(interval.until)}" if interval.until else ""
    return f"{_span(interval.first, interval.last)} ({times}){until}"


def _readings(version: VersionHeld) -> Iterator[str]:
    for reading in version.readings:
        files = (
            f" with {reading.with_files} {_plural('file', reading.with_files)}" if reading.with_files else ""
        )
        other = "" if reading.of_this_report else ", as another report"
        shown = ", shown" if reading.shown else ""
        yield f"{local(reading.made_at)} by reader {reading.reader_version}{files}{other}{shown}"


def _captures_table(held: History, labels: Mapping[int, str]) -> Table:
    table = Table("fetched", "run", "what", "status", "verdict", "bytes", "record", "URL", title="captures")
    for capture in held.captures:
        what = "not taken as a report"
        if capture.document is not None:
            version = capture.version if capture.version is not None else " (no text)"
            what = f"{labels[capture.document]}{version}"
        table.add_row(
            local(capture.fetched_at),
            f"{capture.run}{' (import)' if capture.entered_late else ''}",
            what,
            str(capture.status),
            capture.verdict,
            "as before" if capture.revisit else "kept",
            capture.record_id,
            escape(capture.url),
        )
    return table


def _iso(moment: datetime | date | None) -> str | None:
    return moment.isoformat() if moment is not None else None
