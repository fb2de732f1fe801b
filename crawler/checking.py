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

from crawler.sites import SiteError, Slug
from crawler.tables import show_table
from gxstore.frontier import LedgerRow

SUFFIX = ".check.toml"
_SHOWN_TITLES = 2


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
    """What does not hold of the reports that must be listed, a sentence each.

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
        for key, wanted in (("agency", report.agency), ("year", report.year)):
            taken = row.context.get(key)
            if wanted is not None and taken is not None and taken != wanted:
                found.append(
                    f"understood otherwise: {report.url} is of {key} {taken}, the check file says {wanted}"
                )
    return found


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
            f"{years[0]}-{years[-1]}" if years else "",
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
