"""Which indicators there are: found by code or words, listed, and what the forms of other years print in their place."""

import difflib
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.missed import spans
from crawler.tables import show_table
from gxstore import catalogue
from gxstore.catalogue import Indicator
from gxstore.query import Point


def find_indicator(text: str) -> Indicator | str:
    """The indicator of that code or short name; else a sentence that names the nearest codes."""
    indicators = catalogue.load().indicators
    for indicator in indicators:
        if text in (indicator.code, indicator.short):
            return indicator
    codes = [indicator.code for indicator in indicators]
    near = difflib.get_close_matches(text, codes, n=3, cutoff=0.3)
    near = near or [indicator.code for indicator in indicators_with(text)[:3]]
    hint = f" The nearest are: {', '.join(near)}." if near else ""
    return f"There is no indicator {text!r}.{hint} gxcrawl query --list [WORD] shows which there are."


def indicators_with(text: str) -> list[Indicator]:
    """The indicators whose code, short name or label, Chinese or English, holds every word of a text, totals first; without
    a text all of them, in the order of the forms."""
    words = text.casefold().split()
    found = [
        one
        for one in catalogue.load().indicators
        if all(word in f"{one.code} {one.short} {one.label} {one.en}".casefold() for word in words)
    ]
    return sorted(found, key=lambda one: not one.code.endswith(".total")) if words else found


def indicator_json(indicator: Indicator) -> dict[str, Any]:
    """An indicator for machines."""
    return {
        "code": indicator.code,
        "short": indicator.short,
        "label": indicator.label,
        "en": indicator.en,
        "unit": indicator.unit,
        "editions": list(indicator.editions),
    }


def show_indicators(console: Console, found: Sequence[Indicator]) -> None:
    """Indicators, for a person, and which forms print them."""
    table = Table("code", "short name", "label", "unit", "forms")
    for one in found:
        table.add_row(one.code, one.short, escape(one.label), one.unit or "", " ".join(one.editions))
    show_table(console, table)
    used = {code for one in found for code in one.editions}
    for edition in catalogue.load().editions:
        if edition.code in used:
            first, last = edition.years
            years = f"of {first}-{last}" if last else f"from {first} on"
            said = f"{edition.code}: {edition.name}, reports {years}, {edition.legal_basis}"
            console.print(escape(said), soft_wrap=True)


def years_absent(span: tuple[int, int] | None, points: Sequence[Point]) -> list[int]:
    """Of the years asked for, those of which no point is held."""
    held = {point.year for point in points}
    return [year for year in range(span[0], span[1] + 1) if year not in held] if span else []


def other_forms(indicator: Indicator, span: tuple[int, int] | None) -> list[str]:
    """A sentence for each form of the years asked for that does not print the cell: what it prints of the same matter, by
    the catalogue's crosswalk."""
    if span is None:
        return []
    known = catalogue.load()
    said = []
    for edition in known.editions:
        first = max(edition.years[0], span[0])
        last = min(edition.years[1] or span[1], span[1])
        if edition.code in indicator.editions or first > last:
            continue
        near = [
            f"{' + '.join(there.codes)} ({line.relation}{part})"
            for line in known.crosswalk
            for here, there in ((line.source, line.to), (line.to, line.source))
            if here and there and indicator.code in here.codes and edition.code in there.edition.split(",")
            for part in [f", of {' + '.join(here.codes)}" if len(here.codes) > 1 else ""]
        ]
        of_it = f" Of the same matter it has {', '.join(dict.fromkeys(near))}." if near else ""
        said.append(
            f"The form of {spans(range(first, last + 1))} ({edition.code}) does not print this cell.{of_it}"
        )
    return said
