"""Tries a site file: what each column gave, and whether it lists the reports that are known to be there.

Known reports stand beside the site file, in `<name>.check.toml`: a few of each column, as they were seen. A portal that is
rebuilt, or a column that goes to somebody else, no longer lists them, and the check says so before a harvest does.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.discovery.skeleton import SKELETON
from crawler.missed import spans
from crawler.sites import Site, SiteError, Slug
from crawler.tables import show_table
from gxstore.frontier import LedgerRow

SUFFIX = ".check.toml"
_SHOWN_TITLES = 2
_NO_PLACE = "000000"


class Expected(BaseModel):
    """A report that a column must list: its URL, and whose and of which year its title must be understood to be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    agency: Slug | None = None
    year: int | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    report: tuple[Expected, ...] = ()


def expected_of(site_file: Path) -> tuple[Expected, ...]:
    """The reports that must be listed, from the file beside a site file; none where there is no such file.

    Raises:
        SiteError: the file is not TOML, or a key is wrong.
    """
    path = site_file.with_name(site_file.stem + SUFFIX)
    if not path.is_file():
        return ()
    try:
        return _File.model_validate(tomllib.loads(path.read_text("utf-8"))).report
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SiteError(f"{path} is not valid TOML: {error}. Mend the file and try again.") from error
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise SiteError(f"{path}: key {key}: {problem['msg']}. Mend the file and try again.") from error


def not_as_expected(expected: Iterable[Expected], rows: Sequence[LedgerRow]) -> list[str]:
    """What does not hold of the reports that must be listed, a sentence for each of them.

    Args:
        expected: the known reports.
        rows: the ledger of a run that read the lists alone.
    """
    listed = {row.url: row for row in rows if row.kind == "report"}
    found = []
    for report in expected:
        row = listed.get(report.url)
        if row is None:
            found.append(f"not listed: {report.url}, which the check file expects")
            continue
        if row.verdict != "not_fetched":
            found.append(f"left aside: {report.url}, which the check file expects: {row.reason}")
            continue
        taken = {"agency": row.context.get("agency"), "year": row.context.get("year")}
        wanted = {"agency": report.agency, "year": report.year}
        other = [key for key in wanted if None not in (wanted[key], taken[key]) and wanted[key] != taken[key]]
        if other:
            is_of = " and ".join(f"{key} {taken[key]}" for key in other)
            says = " and ".join(str(wanted[key]) for key in other)
            found.append(f"understood otherwise: {report.url} is of {is_of}, the check file says {says}")
    return found


def not_filled_in(site: Site, expected: Iterable[Expected]) -> list[str]:
    """What of a site file is still as `sites new` wrote it, and which bodies of its check file it does not have, a sentence each.

    Args:
        site: the site file.
        expected: the reports of its check file.
    """
    skeleton = Site.model_validate(tomllib.loads(SKELETON.format(name=site.name, day=site.checked)))
    written = {
        "title": site.title == skeleton.title,
        "publisher": site.publisher == skeleton.publisher,
        "notes": site.notes == skeleton.notes,
        "agencies.source": site.agencies.source == skeleton.agencies.source,
        "agency.name": any(agency.name == skeleton.agency[0].name for agency in site.agency),
        "portal.host": any(portal.host == skeleton.portal[0].host for portal in site.portal),
    }
    sentences = [
        f"not filled in: {key} is as gxcrawl sites new wrote it" for key, left in written.items() if left
    ]
    slugs = {agency.slug for agency in site.agency}
    unknown = dict.fromkeys(report.agency for report in expected if report.agency not in {None, *slugs})
    return sentences + [
        f"the check file names the agency {slug}, which the site file does not have" for slug in unknown
    ]


def without_place(site: Site) -> list[str]:
    """The keys of a site file that name no place, a sentence where there are any: the code 000000 stands for one not known."""
    bare = [f"agency {agency.slug}" for agency in site.agency if agency.region == _NO_PLACE]
    where = [*(["the site"] if site.region == _NO_PLACE else []), *bare]
    return [f"the region of {', '.join(where)} is {_NO_PLACE}: enter the code of its place"] if where else []


def columns_checked(rows: Iterable[LedgerRow]) -> list[dict[str, Any]]:
    """What each column of a site gave when its lists were read: pages, reports to fetch with their newest titles, links
    left aside and why, and what the list says of itself."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row.context["portal"], row.context["column"], row.context.get("area") or "")
        entry = found.setdefault(
            key,
            {
                "host": key[0],
                "column": key[1] + (f"?area={key[2]}" if key[2] else ""),
                "pages": 0,
                "stated": None,
                "reports": 0,
                "years": [],
                "titles": [],
                "left_aside": 0,
                "aside_as": Counter(),
                "verdict": "ok",
                "reason": None,
            },
        )
        if row.kind == "column":
            entry["pages"] += row.state == "done"
            entry["stated"] = entry["stated"] or (row.told or {}).get("total")
            if row.state != "done":
                entry["verdict"], entry["reason"] = row.verdict or row.state, row.reason
        elif row.verdict == "not_fetched":
            entry["reports"] += 1
            entry["titles"].append(row.context.get("title") or row.url)
            if year := row.context.get("year"):
                entry["years"] = sorted({*entry["years"], year})
        else:
            entry["left_aside"] += 1
            entry["aside_as"][row.verdict or row.state] += 1
    return list(found.values())


def show_columns(
    console: Console, name: str, columns: Sequence[Mapping[str, Any]], reasons: Sequence[str]
) -> None:
    """What each column gave, for a person."""
    heads = ("portal", "column", "pages", "reports", "stated", "years", "left aside", "verdict")
    table = Table(*heads, title=f"columns of {name}")
    for entry in columns:
        years = entry["years"]
        table.add_row(
            entry["host"],
            entry["column"],
            str(entry["pages"]),
            str(entry["reports"]),
            str(entry["stated"] or ""),
            spans(years),
            ", ".join(f"{number} {why}" for why, number in entry["aside_as"].items()),
            entry["verdict"],
        )
    show_table(console, table)
    for entry in columns:
        console.print(f"{entry['host']}{entry['column']}", style="bold", soft_wrap=True)
        for title in entry["titles"][:_SHOWN_TITLES]:
            console.print(f"  {escape(title)}", soft_wrap=True)
        if entry["reason"]:
            console.print(f"  {escape(entry['reason'])}", soft_wrap=True)
    for reason in reasons:
        console.print(f"  {escape(reason)}", soft_wrap=True)
