"""Judges a run when it has ended: the outcome, and the reasons for it in plain sentences. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from crawler.intake import Narrowing
from crawler.sites import Site
from gxstore.models import Frontier

# Named in reasons at most so often; the ledger has them all.
_MOST_REASONS = 50


def judge_run(
    site: Site,
    narrowing: Narrowing,
    rows: Iterable[Frontier],
    found: Mapping[str, set[int]],
    listed_before: Mapping[str, int],
    damage: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """The outcome of a run and the reasons for it, in plain sentences.

    Only what the portals list themselves counts for floor and expectations: reports of earlier years that still answer
    by their URL must not hide that a column has been rebuilt.

    Args:
        site: the site file with its floor.
        narrowing: a narrowed run judges no floor.
        rows: the run's ledger.
        found: per agency slug the years of the reports that were listed and read in this run.
        listed_before: per column the number of reports that it listed in the whole run before.
        damage: what was found damaged in the archive when the run began, a sentence each.
    """
    rows = list(rows)
    reasons: list[str] = list(damage)
    for state in ("failed", "blocked", "gone", "open", "leased"):
        reasons.extend(f"{state}: {_named(row)}: {_why(row)}" for row in rows if row.state == state)
    reasons.extend(f"changed: {_named(row)}: {row.reason}" for row in rows if row.verdict == "tables_lost")
    years = {year for own in found.values() for year in own}
    listed = listed_by_column(rows)
    number = sum(row.kind == "report" and row.result is not None and is_listed(row) for row in rows)
    below = False
    if narrowing.is_whole:
        failed_columns = {_column_of(row) for row in rows if row.kind == "column" and row.state != "done"}
        for column, before in sorted(listed_before.items()):
            now = listed.get(column, 0)
            if now < before and column not in failed_columns:
                reasons.append(f"fewer: the column {column} listed {before} reports before and {now} now")
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
    if below:
        return "failed", reasons
    return ("partial" if reasons else "ok"), reasons


def _named(row: Frontier) -> str:
    title = row.context.get("title")
    return f"{row.url} ({title})" if title else row.url


def _why(row: Frontier) -> str:
    verdict = row.verdict or "not fetched"
    return verdict + (f", {row.reason}" if row.reason else "")


def is_listed(row: Frontier) -> bool:
    return bool(row.context.get("listed", False))


def _column_of(row: Frontier) -> str:
    area = row.context.get("area")
    return f"{row.context['portal']}{row.context['column']}" + (f"?area={area}" if area else "")


def listed_by_column(rows: Iterable[Frontier]) -> Counter[str]:
    """Per column the number of reports that it lists."""
    return Counter(
        _column_of(row)
        for row in rows
        if row.kind == "report" and is_listed(row) and row.state != "left_aside"
    )


def _is_known(slug: str, rows: Iterable[Frontier]) -> bool:
    """Whether every column of an agency met a trouble that the site file acknowledges."""
    own = [row for row in rows if row.kind == "column" and row.context.get("agency") == slug]
    return bool(own) and all(row.state == "known" for row in own)
