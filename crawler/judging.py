"""Judges a run when it has ended: the outcome, and the reasons for it in plain sentences. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from crawler.families.listing import Way
from crawler.hollow import emptied
from crawler.misled import astray, other_years
from crawler.missed import (
    PART,
    Trouble,
    by_script,
    elsewhere,
    gaps,
    hollow_pages,
    is_listed,
    named,
    out_of_reach,
    source_of,
    under_other_names,
    unknown_bodies,
    untaken,
    years_given,
)
from crawler.narrowing import Narrowing
from crawler.sites import Column, Portal, Site
from gxstore.runs import LedgerRow

# Named in reasons at most so often; the ledger has them all.
_MOST_REASONS = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """What the lists of a site named: in this run (list -> URL -> whether it was taken for a report), and per list the
    most reports that it named in any whole run before."""

    now: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    most_before: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome of a run, the reasons for it, troubles that the site file acknowledges, and what else is worth
    knowing but is no trouble of the harvest."""

    outcome: str
    reasons: list[str]
    acknowledged: list[str]
    notes: list[str]


def judge_run(
    site: Site,
    narrowing: Narrowing,
    rows: Iterable[LedgerRow],
    found: Mapping[str, set[int]],
    listed: Listed,
    today: date,
    damage: Sequence[str] = (),
) -> Judged:
    """The outcome of a run and the reasons for it, in plain sentences.

    Only what the portals list themselves counts for floor and expectations: reports of earlier years that still answer
    by their URL must not hide that a column has been rebuilt.

    Args:
        site: the site file with its floor.
        narrowing: a narrowed run judges no floor.
        rows: the run's ledger.
        found: per agency slug the years of the reports that were listed and read in this run.
        listed: what the lists named.
        today: troubles are acknowledged until a day.
        damage: what was found damaged in the archive when the run began, a sentence each.
    """
    rows = list(rows)
    reasons: list[str] = list(damage)
    acknowledged: list[str] = []
    notes = _moved(rows)
    for state in ("failed", "blocked", "gone", "open", "leased"):
        reasons.extend(f"{state}: {named(row)}: {_why(row)}" for row in rows if row.state == state)
    reasons.extend(f"changed: {named(row)}: {row.reason}" for row in rows if row.verdict == "tables_lost")
    troubles = [
        Trouble("incomplete", row.url, f"{named(row)}: {row.reason}")
        for row in rows
        if row.verdict == "incomplete"
    ]
    troubles.extend(_not_believed(rows))
    troubles.extend(astray(rows))
    for weigh in (other_years, emptied):
        doubts, remarks = weigh(rows)
        troubles.extend(doubts)
        notes.extend(remarks)
    years = {year for own in found.values() for year in own}
    given = years_given(rows, found)
    hollow = hollow_pages(rows)
    number = sum(
        row.kind == "report" and row.result is not None and is_listed(row) and row.url not in hollow
        for row in rows
    )
    below = False
    troubles.extend(_shortfalls(site, rows, listed))
    if narrowing.is_whole:
        for look in (_shrunken, _two_ways):
            doubts, remarks = look(site, rows, listed)
            troubles.extend(doubts)
            notes.extend(remarks)
        troubles.extend(out_of_reach(rows, given))
        troubles.extend(untaken(rows, given))
        troubles.extend(under_other_names(site, rows, given))
        troubles.extend(by_script(site, rows, given, today))
        notes.extend(unknown_bodies(site, rows))
        notes.extend(elsewhere(rows))
        notes.extend(gaps(site, given, today))
    for trouble in troubles:
        known = any(known.covers(trouble.url, trouble.code, today) for known in site.known)
        (acknowledged if known else reasons).append(str(trouble))
    if narrowing.is_whole:
        for agency in site.agency:
            if agency.expected and agency.slug not in found and not _is_known(agency.slug, rows):
                reasons.append(
                    f"missing: no report of {agency.name} ({agency.slug}) is listed, which the site file expects"
                )
        if number < site.expect.reports:
            below = True
            reasons.append(
                f"below the floor: {number} reports listed, at least {site.expect.reports} expected"
            )
        if years and min(years) > site.expect.first_year:
            below = True
            reasons.append(
                f"below the floor: the earliest report listed is of {min(years)}, expected is {site.expect.first_year}"
            )
    elif number == 0 and not narrowing.lists_only:
        reasons.append("nothing found: no report matches what this run was narrowed to")
    if len(reasons) > _MOST_REASONS:
        reasons = [
            *reasons[:_MOST_REASONS],
            f"and {len(reasons) - _MOST_REASONS} more: gxcrawl status {site.name}",
        ]
    outcome = "failed" if below else "partial" if reasons else "ok"
    return Judged(outcome, reasons, acknowledged, notes[:_MOST_REASONS])


def _not_believed(rows: Sequence[LedgerRow]) -> Iterator[Trouble]:
    """Hosts whose word that a page has not changed was found to be worth nothing, each with the first page that shows it."""
    seen: set[str] = set()
    for row in rows:
        same = (row.told or {}).get("same_validator")
        if same is None or row.host in seen:
            continue
        seen.add(row.host)
        yield Trouble(
            "lied",
            row.url,
            f"{row.host} cannot be believed when it says that a page has not changed: {named(row)} has another text "
            f"under the same {same}. From then on it was asked for whole pages, once more for those that it had said so "
            "of; with `conditional = false` under its [portal.network] it always is",
        )


def _lists(
    site: Site, rows: Sequence[LedgerRow], way: Way
) -> Iterator[tuple[Portal, Column, list[LedgerRow]]]:
    """Each list of a way whose every page was had, with its pages; of one that failed the failure itself is named."""
    pages: dict[str, list[LedgerRow]] = {}
    for row in rows:
        if row.kind == "column":
            pages.setdefault(source_of(row), []).append(row)
    for portal in site.portal:
        for column in portal.column:
            own = pages.get(portal.source(column), [])
            if portal.family_of(column).way == way and own and all(row.state == "done" for row in own):
                yield portal, column, own


def _shortfalls(site: Site, rows: Sequence[LedgerRow], listed: Listed) -> Iterator[Trouble]:
    """Columns that state more entries than their pages gave, or gave none. A search counts a document once for each place
    that it stands at, so its total proves nothing."""
    for portal, column, pages in _lists(site, rows, "column"):
        named_there = len(listed.now.get(portal.source(column), {}))
        short = list(_short_parts(portal, column, pages, named_there))
        if named_there == 0:
            sentence = f"the column {portal.source(column)} gave no entry at all: is it the right one?"
            yield Trouble("empty", portal.start_url(column), sentence)
        elif short:
            yield from short
        elif not any(listed.now[portal.source(column)].values()):
            sentence = f"the column {portal.source(column)} lists {named_there} entries, none named like a report of its body"
            yield Trouble("no_report", portal.start_url(column), sentence)


def _short_parts(
    portal: Portal, column: Column, pages: Sequence[LedgerRow], named_there: int
) -> Iterator[Trouble]:
    """The column, and each list that it is parted into, that states more entries than its own pages gave: another part must
    not make up for what one lacks."""
    parts: dict[int, list[LedgerRow]] = {}
    for row in pages:
        parts.setdefault(int(row.context.get(PART, 0)), []).append(row)
    for part, own in parts.items():
        stated = max((int((row.told or {}).get("total") or 0) for row in own), default=0)
        gave = sum(_of_list(row, named_there) for row in own)
        if not part and not gave:  # all that the column lists stands in its parts
            gave = sum(_of_list(row, named_there) for row in pages)
        # What stands beside the list on its pages counts nothing against its total.
        if (had := min(named_there, gave)) < stated:
            start = portal.start_url(column) if not part else min(own, key=_page_of).url
            name = f"the column {portal.source(column)}" if not part else f"the list {start}"
            yield Trouble("shortfall", start, f"{name} states {stated} entries, and its pages gave {had}")


def _page_of(row: LedgerRow) -> int:
    return int(row.context.get("page", 1))


def _of_list(row: LedgerRow, unknown: int) -> int:
    """How many links of a page stand in its list; a page that was read before this was kept is as good as all."""
    told = (row.told or {}).get("of_list")
    return unknown if told is None else int(told)


def _shrunken(site: Site, rows: Sequence[LedgerRow], listed: Listed) -> tuple[list[Trouble], list[str]]:
    """Columns that list fewer reports than they ever did. The most ever counts, not the last run: what has shrunk once
    stays named until the site file acknowledges it.

    Some portals prune their lists. It is that, and a remark, where every report that the column no longer lists still
    answers as one and is of an earlier year than all that it lists; a column that was rebuilt begins anew."""
    shrunken: list[Trouble] = []
    pruned: list[str] = []
    for portal, column, _ in _lists(site, rows, "column"):
        source = portal.source(column)
        now, before = sum(listed.now.get(source, {}).values()), listed.most_before.get(source, 0)
        if now >= before:
            continue
        own = [row for row in rows if row.kind == "report" and source_of(row) == source]
        held = [row.context.get("year") for row in own if not is_listed(row) and row.result is not None]
        kept = [year for row in own if is_listed(row) and row.result and (year := row.context.get("year"))]
        if len(held) >= before - now and all(year and year < min(kept, default=0) for year in held):
            pruned.append(
                f"the column {source} listed {before} reports before and {now} now; the {len(held)} older ones still "
                "answer by their address"
            )
        else:
            sentence = f"the column {source} listed {before} reports before and {now} now"
            shrunken.append(Trouble("fewer", portal.start_url(column), sentence))
    return shrunken, pruned


def _two_ways(site: Site, rows: Sequence[LedgerRow], listed: Listed) -> tuple[list[Trouble], list[str]]:
    """Reports that only the search of a portal found, and those of its columns that its search did not find."""
    taken = {row.url: row for row in rows if row.kind == "report" and row.result is not None}
    in_columns = {
        url
        for portal in site.portal
        for column in portal.column
        if portal.family_of(column).way == "column"
        for url, is_report in listed.now.get(portal.source(column), {}).items()
        if is_report
    }
    unlisted: list[Trouble] = []
    notes: list[str] = []
    for portal, column, _ in _lists(site, rows, "search"):
        hits = listed.now.get(portal.source(column), {})
        unlisted.extend(
            Trouble(
                "unlisted",
                url,
                f"only the search of {portal.host} found {named(taken[url])}; no column lists it",
            )
            for url in sorted(hits)
            if url in taken and url not in in_columns
        )
        notes.extend(
            f"the search of {portal.host} does not find {named(taken[url])}, which a column lists"
            for url in sorted(in_columns)
            if url in taken and url not in hits and taken[url].host in portal.hosts
        )
    return unlisted, notes


def _moved(rows: Sequence[LedgerRow]) -> list[str]:
    """What stands at another address than before, in a sentence."""
    moved = [
        (row.told["moved_from"], row.url) for row in rows if "moved_from" in (row.told or {}) and row.told
    ]
    if not moved:
        return []
    (old, new), *more = moved
    others = f", and {len(more)} more likewise" if more else ""
    return [f"moved, with the same text: {old} stands at {new} now{others}"]


def _why(row: LedgerRow) -> str:
    verdict = row.verdict or "not fetched"
    return verdict + (f", {row.reason}" if row.reason else "")


def _is_known(slug: str, rows: Iterable[LedgerRow]) -> bool:
    """Whether every column of an agency met a trouble that the site file acknowledges."""
    own = [row for row in rows if row.kind == "column" and row.context.get("agency") == slug]
    return bool(own) and all(row.state == "known" for row in own)
