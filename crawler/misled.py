"""Links that led to another page than the list promised: to the page of another report, or to that of another year. Pure.

A page is read as what it says it is. That a list named something else under its address is said here, link by link, so that
a report which is lost behind the page of another is never taken for one that was had.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from crawler.links import body_named, normalise
from crawler.missed import Trouble, is_listed, named, source_of
from gxstore.frontier import LedgerRow

_MOST_HOPS = 10
# Left aside by the operator's wish alone: the page itself is as good as any.
_ONLY_NARROWED = ("over_limit", "other_year")
_TROUBLES = ("failed", "blocked", "gone")


def astray(rows: Sequence[LedgerRow]) -> Iterator[Trouble]:
    """Links that send their reader to an address which the run had on its ledger for another reason, unless what is there
    is the very report or file that the link was for. Each is named by its own URL: the trouble of a page that many go to
    (`/404.html`) speaks for the first of them alone.

    Args:
        rows: the run's ledger.
    """
    by_url = {row.url: row for row in rows if not row.asked}
    for row in rows:
        moved_to = (row.told or {}).get("moved_to")
        if not moved_to or row.state != "done" or row.context.get("gone"):
            continue
        there = _end_of(moved_to, by_url)
        brought = bool((row.told or {}).get("brought"))
        # what it brought to the ledger is judged there, unless the site file acknowledges the trouble of it
        if brought and not (there is not None and there.state == "known"):
            continue
        if there is not None and _is_the_same(row, there):
            continue
        origin = _first_of(row, by_url)
        yield Trouble("moved", origin.url, f"{named(origin)}: {_where(row, moved_to, there)}")


def other_years(rows: Sequence[LedgerRow]) -> tuple[list[Trouble], list[str]]:
    """Pages of another year than that under which a list names them, and pages that serve one report under several
    addresses; with remarks where nothing is lost.

    A page that prints the listed year in its own title, and is taken for another by the weight of its text, is the agency's
    slip (a finding of the report). A list all of whose titles name the year after is one that names years of publication.
    """
    off: dict[str, list[tuple[LedgerRow, int, int]]] = defaultdict(list)
    agreed: set[str] = set()
    same: dict[tuple[str, str, int, str], list[LedgerRow]] = defaultdict(list)
    for row in rows:
        shows = (row.told or {}).get("shows")
        if row.kind != "report" or row.state != "done" or not shows:
            continue
        listed, year = row.context.get("year"), shows["year"]
        if is_listed(row):
            same[source_of(row), shows["agency"], year, shows["text"]].append(row)
        if listed is None or listed in (year, shows["title_year"]):
            if listed is not None and is_listed(row):
                agreed.add(source_of(row))
            continue
        off[source_of(row)].append((row, listed, year))
    troubles: list[Trouble] = []
    notes: list[str] = []
    for source, pages in off.items():
        if len(pages) > 1 and source not in agreed and all(listed == year + 1 for _, listed, year in pages):
            notes.append(
                f"the titles of {source} name the year after that of each report, that of its publication as it seems: "
                "the reports are kept under the year that they say"
            )
            continue
        troubles.extend(
            Trouble(
                "other_year_shown",
                row.url,
                f"{named(row)}: named as of {listed}, and the page is that of {year}, as which it was read",
            )
            for row, listed, year in pages
        )
    for (source, _, year, _), alike in same.items():
        unsaid = [row for row in alike if row.context.get("year") is None]
        if len(alike) == 1:
            continue
        addresses = ", ".join(row.url for row in alike)
        if unsaid:
            sentence = f"{source} names {addresses}, and each gives the same report of {year}: which reports are lost?"
            troubles.append(Trouble("same_report", unsaid[0].url, sentence))
        elif all(row.context.get("year") == year for row in alike):
            notes.append(f"{source} names the report of {year} under several addresses: {addresses}")
    return troubles, notes


def _end_of(url: str, by_url: Mapping[str, LedgerRow]) -> LedgerRow | None:
    """Where a reader who is sent on comes to in the end."""
    row = by_url.get(url)
    for _ in range(_MOST_HOPS):
        further = (row.told or {}).get("moved_to") if row is not None else None
        if not further:
            return row
        row = by_url.get(further)
    return None


def _first_of(row: LedgerRow, by_url: Mapping[str, LedgerRow]) -> LedgerRow:
    """The row from which a reader set out."""
    for _ in range(_MOST_HOPS):
        before = by_url.get(str(row.context.get("moved_from")))
        if before is None or (before.told or {}).get("moved_to") != row.url:
            break
        row = before
    return row


def _is_the_same(row: LedgerRow, there: LedgerRow) -> bool:
    """Whether a row of the ledger holds what a link was for."""
    if row.kind != there.kind:
        return False
    if row.kind != "report":
        return there.state == "done" and there.url.rpartition("/")[2] == row.url.rpartition("/")[2]
    if there.state in _TROUBLES:
        # its trouble is named; two addresses of one report need not be
        return _names_the_same(row, there)
    if there.state != "done" and not (there.state == "left_aside" and there.verdict in _ONLY_NARROWED):
        return False
    shows = (there.told or {}).get("shows") or {}
    agency, year = row.context.get("agency"), row.context.get("year")
    if year is None or year not in (shows.get("year"), there.context.get("year")):
        return False
    if agency is None:
        return _body(row) == _body(there)
    return agency in (shows.get("agency"), there.context.get("agency"))


def _names_the_same(row: LedgerRow, there: LedgerRow) -> bool:
    keys = ("agency", "year", "title")
    known = row.context.get("year") is not None
    return (
        known
        and is_listed(there)
        and not there.context.get("moved_from")
        and all(row.context.get(key) == there.context.get(key) for key in keys)
    )


def _body(row: LedgerRow) -> str | None:
    return body_named(normalise(str(row.context.get("title") or "")))


def _where(row: LedgerRow, target: str, there: LedgerRow | None) -> str:
    if there is None or row.kind != "report":
        return f"it sends the reader to {target}, which stands for something else"
    shows = (there.told or {}).get("shows")
    if shows:
        return f"it sends the reader to the page of another report, {there.url}, that of {shows['agency']} for {shows['year']}"
    said = f"{there.verdict or there.state}" + (f", {there.reason}" if there.reason else "")
    return f"it sends the reader to {there.url}, where other links lead too ({said})"
