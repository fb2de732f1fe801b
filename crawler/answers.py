"""From a question on the command line to the answer's shape: what is looked up, and what JSON or table comes of it."""

import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from archive.text.confined import Confined
from archive.text.kind import kind_of
from archive.text.refusal import NotReadable
from crawler import display, indicators
from crawler.sites import LoadedSite, load_site
from crawler.tables import show_table
from gxstore import catalogue, query, regions
from gxstore.catalogue import Indicator
from gxstore.query import AgencyRow, Point
from gxstore.reading.attribution import attribute
from gxstore.reading.bundled import MIXED, reports_in
from gxstore.reading.json_form import to_json
from gxstore.reading.read import read

_LARGEST_FILE = 200_000_000


class NoFile(Exception):
    """There is no file to read at a path; the sentence says what is there instead."""


# ---- parse


def parse_file(path: Path, reader: Confined) -> list[dict[str, Any]]:
    """Read one file without a store: the object that `gxcrawl parse --json` prints for it, or one for each report of an
    archive that holds several.

    Raises:
        NoFile: the path is absent, a folder, or cannot be read.
    """
    if path.is_dir():
        raise NoFile(f"{path} is a folder. Name the files in it, for instance {path}/*.html")
    if not path.exists():
        raise NoFile(f"{path} does not exist. Check the path.")
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise NoFile(f"{path} is larger than {_LARGEST_FILE:,} bytes, which no report is.")
        data = path.read_bytes()
    except OSError as error:
        raise NoFile(f"{path} cannot be read: {error.strerror}.") from error
    source: dict[str, Any] = {
        "path": str(path),
        "sha256": hashlib.sha256(data).hexdigest(),
        "media_type": kind_of(data).media_type,
        "charset": None,
    }
    try:
        document = reader.extract(data)
    except NotReadable as error:
        return [_no_report(source, "file.not_readable", str(error))]
    source["charset"] = document.charset
    known = catalogue.load()
    reports = reports_in(document, known)
    if not reports:
        return [_no_report(source, "file.several_reports", MIXED)]
    found = []
    for report in reports:
        reading = read([report], known)
        found.append(to_json(source, reading, attribute([report], reading, regions.load(), known, None)))
    return found


def _no_report(source: Mapping[str, Any], rule: str, message: str) -> dict[str, Any]:
    finding: dict[str, Any] = {
        "rule": rule,
        "severity": "error",
        "codes": [],
        "printed": None,
        "expected": None,
        "message": message,
    }
    empty: dict[str, Any] = {key: [] for key in ("tables", "sections", "values", "local", "facts")}
    return {"source": source, "report": None, **empty, "findings": [finding]}


def show_parsed(console: Console, found: Mapping[str, Any]) -> None:
    """What a file says, for a person."""
    path = found["source"]["path"]
    report = found["report"]
    if report is None:
        console.print(f"[bold]{escape(path)}[/]: no annual report")
        for finding in found["findings"]:
            console.print(f"  {escape(finding['message'])}", soft_wrap=True)
        return
    console.print(f"[bold]{escape(report['title'] or path)}[/]")
    lines = [
        ("file", path),
        ("agency", f"{report['agency']} (from the {report['agency_source']})"),
        ("region", report["region"]),
        ("year", f"{report['year']} (from the {report['year_source']})"),
        ("form", f"{report['edition'] or 'no table'}; its year asks for {report['edition_expected']}"),
        ("signed", report["signed"]),
    ]
    for label, text in lines:
        if text:
            console.print(f"  {label:<8} {escape(str(text))}", soft_wrap=True)
    table = Table("indicator", "label", "value", "unit", "printed", "where")
    labels = {indicator.code: indicator.label for indicator in catalogue.load().indicators}
    for value in found["values"]:
        by_labels = value["placed_by"] == "labels"
        if value["value"] in (0, None) and value["status"] in ("reported", "missing") and by_labels:
            continue
        where = value["where"]
        place = f"table {where['table']}, row {where['row']}, column {where['column']}" if where else ""
        if where and where["page"]:
            place = f"page {where['page']}, {place}"
        if not by_labels:
            place += ", placed by identities"
        shown = value["status"] if value["value"] is None else str(value["value"])
        table.add_row(
            value["code"],
            labels[value["code"]],
            shown,
            value["unit"] or "",
            escape(value["raw"] or ""),
            place,
        )
    if table.row_count:
        show_table(console, table)
    zeros = sum(value["value"] == 0 for value in found["values"])
    whys = Counter(value["why"] for value in found["values"] if value["status"] == "missing")
    reasons = ", ".join(f"{number} {why}" for why, number in whys.most_common())
    missing = f"{whys.total()} missing" + (f" ({reasons})" if reasons else "")
    console.print(f"  {len(found['values'])} cells: {zeros} printed as zero, {missing}")
    for fact in found["facts"]:
        approx = "about " if fact["approx"] else ""
        console.print(
            f"  fact    {fact['code']}: {approx}{escape(_fact(fact['value']))} 「{escape(str(fact['quote']))}」",
            soft_wrap=True,
        )
    for finding in found["findings"]:
        console.print(
            f"  {finding['severity']:<7} {finding['rule']}: {escape(finding['message'])}", soft_wrap=True
        )


def _fact(value: object) -> str:
    """What a fact says, in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_fact(number)}" for name, number in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# ---- query


def year_span(text: str | None) -> tuple[int, int] | str | None:
    """A year or a span of years; a sentence where it is neither."""
    if text is None:
        return None
    found = re.fullmatch(r"(20\d\d)(?:-(20\d\d))?", text.strip())
    if not found or (found[2] and found[2] < found[1]):
        return f"{text!r} is no year and no span of years. Write 2021 or 2019-2025."
    return int(found[1]), int(found[2] or found[1])


def chosen_agencies(session: Session, names: Sequence[str] | None, site: str | None) -> list[AgencyRow] | str:
    """The agencies asked for, by slug or name and by site; a sentence where there are none."""
    chosen: dict[AgencyRow, None] = {}
    for name in names or [None]:  # type: ignore[list-item]
        found = query.find_agencies(session, name)
        if not found and name is not None:
            return _unknown_agency(session, name)
        chosen.update(dict.fromkeys(found))
    if site is not None:
        own = query.agencies_of_site(session, site)
        if not own:
            load_site(site)  # an unknown name is said to be unknown
            return f"No report of {site} is held. Harvest it first: gxcrawl run --site {site}"
        chosen = {agency: None for agency in chosen if agency.id in own}
        if not chosen:
            return f"None of these agencies is of the site {site}. Leave out --site, or name one of its own."
    return list(chosen) or "No agency is known yet. Harvest a site first: gxcrawl run --site NAME"


def one_agency(session: Session, name: str) -> AgencyRow | str:
    """The one agency of that slug or name; a sentence where there is none, or more than one."""
    found = query.find_agencies(session, name)
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{agency.name} ({agency.slug})" for agency in found[:8])
        return f"{name!r} fits {len(found)} agencies: {listed}. Give the slug of one."
    return _unknown_agency(session, name)


def _unknown_agency(session: Session, name: str) -> str:
    everyone = query.find_agencies(session, None)
    words = {word: agency for agency in everyone for word in (agency.slug, agency.name)}
    near = difflib.get_close_matches(name, words, n=3, cutoff=0.3)
    hint = (
        " The nearest are: " + ", ".join(f"{words[w].name} ({words[w].slug})" for w in near) + "."
        if near
        else ""
    )
    return f"There is no agency {name!r} in the store.{hint}"


def series_json(indicator: Indicator, points: Sequence[Point]) -> dict[str, Any]:
    """A series for machines. A number that is no whole number is given as text, so that it stays exact."""
    return {
        "code": indicator.code,
        "label": indicator.label,
        "unit": indicator.unit,
        "points": [
            {
                "agency": point.agency.slug,
                "name": point.agency.name,
                "region": point.agency.region,
                "year": point.year,
                "scope": point.scope,
                "status": point.status,
                "why": point.why,
                "value": None
                if point.value is None
                else int(point.value)
                if point.value == point.value.to_integral_value()
                else str(point.value),
                "raw": point.raw,
                "unit": point.unit,
                "placed_by": point.placed_by,
                "edition": point.edition,
                "findings": list(point.findings),
                "title": point.title,
                "signed": point.signed.isoformat() if point.signed else None,
                "published": point.published.isoformat() if point.published else None,
                "confidence": point.confidence,
                "path": {**asdict(point.path), "fetched_at": point.path.fetched_at.isoformat()},
            }
            for point in points
        ],
    }


# ---- sites


def show_site(console: Console, loaded: LoadedSite) -> None:
    """A site file, for a person."""
    site = loaded.site
    console.print(f"[bold]{site.name}[/] {site.title} ({loaded.path})", soft_wrap=True)
    console.print(escape(site.publisher.strip()), soft_wrap=True)
    console.print(escape(site.notes.strip()), soft_wrap=True)
    console.print(
        f"floor: {site.expect.reports} reports, from {site.expect.first_year}; {site.manners.delay} s between requests; "
        f"agencies from: {escape(site.agencies.source)} ({site.agencies.date})",
        soft_wrap=True,
    )
    names = {agency.slug: agency.name for agency in site.agency}
    table = Table("portal", "family", "column", "agency", "evidence")
    for portal in site.portal:
        for column in portal.column:
            agency = names[column.agency] if column.agency else "several"
            path = column.path + (f"?area={column.area}" if column.area else "")
            table.add_row(portal.host, column.family or portal.family, path, agency, column.evidence)
    show_table(console, table)
    for known in site.known:
        console.print(
            f"known until {known.until}: {known.verdict} at {known.url or known.host}: {escape(known.why)}",
            soft_wrap=True,
        )


# ---- demo


def show_report(console: Console, session: Session, agency: str, year: int) -> None:
    """One report with the table of section 二."""
    console.print(f"\n[bold]{agency} {year}[/]")
    found = query.find_agencies(session, agency)
    cells = query.report_cells(session, found[0], year) if found else []
    if not cells:
        console.print("It is not held.")
        return
    console.print(f"{cells[0].path.url}\nform {cells[0].edition}, {len(cells)} cells read", soft_wrap=True)
    by_code = {indicator.code: indicator for indicator in catalogue.load().indicators}
    table = Table("indicator", "value", "unit", "printed", title="二、主动公开政府信息情况")
    for point in cells:
        indicator = by_code[point.code]
        if indicator.table == "t2":
            value = display.number(point.value, point.status)
            table.add_row(indicator.label, value, point.unit or "", escape(point.raw or ""))
    show_table(console, table)


def show_series(console: Console, session: Session, code: str, site: str) -> None:
    """One series over all agencies of a site."""
    indicator = indicators.find_indicator(code)
    assert isinstance(indicator, Indicator)
    agencies = chosen_agencies(session, None, site)
    assert not isinstance(agencies, str), agencies
    points = query.series(session, code, agencies)
    display.series_table(console, f"{indicator.code} {indicator.label}", points, indicator.unit)
