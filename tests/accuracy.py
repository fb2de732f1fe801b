"""How the reader fares on forms of known numbers, layout by layout; writes docs/accuracy.md (`make accuracy`).

Every case is made from a seed, so a run can be repeated. A cell counts as `right` (the number printed, at its place),
`abstained` (unreadable or missing, no number given), `flagged` (a wrong number or a wrong blank that a warning or an
error names) or `silently wrong`.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path

from archive.text.document import Document
from archive.text.picture import can_recognise
from gxstore.reading.read import read
from gxstore.reading.report import Value
from tests import disturbances
from tests.forms import (
    CATALOGUE,
    COLUMNS,
    E1,
    E2,
    E3,
    LAYOUTS,
    RUNS,
    SPOILS,
    SYNTAXES,
    Change,
    after_reconsideration_first,
    few_requests,
    litigation_first,
    misprinted,
    pending_before_other,
    persons_last,
    render,
    run_together,
    spoilt,
    swapped,
    total_first,
    total_of_the_outcomes_first,
    truth,
)

OUTCOMES = ("right", "abstained", "flagged", "silently wrong")
_EDITIONS = (E1, E2, E3)
_TRUTHS = {(edition, seed): truth(edition, seed) for edition in _EDITIONS for seed in (1, 2, 3)}
ORDERS: tuple[dict[str, Change], ...] = (
    {"t3": swapped(0, 1)},
    {"t3": swapped(1, 4)},
    {"t3": total_first},
    {"t3": persons_last},
    {"t4": litigation_first},
    {"t4": after_reconsideration_first},
    {"t4": pending_before_other},
    {"t4": total_of_the_outcomes_first},
)


TROUBLES = ("nothing else", "one misprint", "blanks for zeros", "blanks and a misprint", "larger numbers")
RUN_SYNTAXES = ("html", "tabs", "tabs in place", "pipes", "one cell a line")


@dataclass
class Tally:
    """Cells by outcome: all of them, and those that the mutation left as they were."""

    every: Counter[str] = field(default_factory=Counter)
    untouched: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, Value]] = field(default_factory=list)
    touched: int = 0
    by_identities: Counter[str] = field(default_factory=Counter)

    def share(self, of: Counter[str]) -> float:
        """The share of right cells."""
        return of["right"] / of.total() if of else 1.0


@dataclass(frozen=True)
class Case:
    """A report with known numbers, and the cells that its mutation touched."""

    name: str
    edition: str
    cells: Mapping[str, int | str | None]
    document: Document
    touched: frozenset[str] = frozenset()
    scoped: Mapping[str, Mapping[str, int | str | None]] = field(default_factory=dict)


def layouts(cases: int) -> Iterator[tuple[str, Case]]:
    """Each layout as the form is drawn, then with columns and groups in other orders."""
    for layout in LAYOUTS:
        for (edition, seed), cells in list(_TRUTHS.items())[:cases]:
            yield layout, Case(f"{edition}/{seed}", edition, cells, render(layout, edition, cells))
        for number, changes in enumerate(ORDERS):
            cells = _TRUTHS[E3, 1 + number % 3]
            yield f"{layout}, reordered", Case(str(number), E3, cells, render(layout, E3, cells, changes))


def mutations(cases: int, syntaxes: Iterable[str] = SYNTAXES) -> Iterator[tuple[str, Case]]:
    """Each syntax with each kind of damage, `cases` times; the truth stays as it is."""
    for syntax in syntaxes:
        for kind in SPOILS:
            for case in range(cases):
                name = f"{syntax}/{kind}/{case}"
                chance = random.Random(name)
                edition = _EDITIONS[case % 3]
                cells = _TRUTHS[edition, 1 + chance.randrange(3)]
                made = spoilt(edition, cells, syntax, kind, chance)
                yield f"{syntax}: {kind}", Case(name, edition, cells, made.document, made.touched)


def runs(cases: int, troubles: Iterable[str] = TROUBLES) -> Iterator[tuple[str, Case]]:
    """Reports with one row of table three run together, `cases` times for each kind, syntax and trouble beside it.

    A misprint is of one number: of the run, of another row in its columns, or of any total. `blanks` prints no zero
    in some cells of the row, and they leave nothing in the run.
    """
    for trouble in troubles:
        for kind in RUNS:
            for syntax in RUN_SYNTAXES:
                for case in range(cases):
                    name = f"{trouble}/{kind}/{syntax}/{case}"
                    yield f"{kind}, {trouble}", _run_case(name, trouble, kind, syntax, case)


def _run_case(name: str, trouble: str, kind: str, syntax: str, case: int) -> Case:
    chance = random.Random(name)
    edition = chance.choice((E2, E3))
    cells = dict(truth(edition, 1) if trouble == "larger numbers" else few_requests(edition, case % 50))
    rows = [row.code for row in CATALOGUE.rows if edition in row.editions]
    y = chance.randrange(len(rows))
    run = [f"ar.t3.{rows[y]}.{column}" for column in COLUMNS]
    if "blanks" in trouble:
        cells |= {code: "" for code in run if cells[code] == 0 and chance.random() < 0.3}
    if "misprint" in trouble:
        totals = [f"ar.t3.{row}.total" for row in rows]
        beside = [f"ar.t3.{row}.{column}" for row in rows for column in COLUMNS]
        near = [c for c in (chance.choice((run, run, totals, beside))) if cells[c] != ""] or beside
        code = chance.choice([c for c in near if cells[c] != ""])
        cells[code] = int(misprinted(str(cells[code]), chance))
    document = render(syntax, edition, cells, {"t3": run_together(y, kind, chance)})
    return Case(name, edition, cells, document, frozenset(run))


def disturbed(cases: int, kinds: Iterable[str] = ()) -> Iterator[tuple[str, Case]]:
    """Pages with what stands among the rows of real ones, `cases` times for each kind and syntax."""
    for kind, _, name, made in disturbances.cases(cases, kinds):
        document = disturbances.document(made)
        yield kind, Case(name, made.edition, made.cells, document, frozenset(made.touched), made.scoped)


def scans(cases: int) -> Iterator[tuple[str, Case]]:
    """Reports printed by LibreOffice and scanned askew, with noise, as JPEG of quality 60; none without the extra `ocr`."""
    if not can_recognise():
        return
    from tests.rendered import rendered
    from tests.scanned import Scanner, document_of

    for dpi in (150, 200, 300):
        for edition in _EDITIONS:
            pdf = rendered(f"{edition}-portrait")
            for seed in range(cases):
                chance = random.Random(f"{edition}/{dpi}/{seed}")
                scanner = Scanner(dpi, chance.choice((-1.0, 1.0)), chance.uniform(4.0, 14.0))
                document = document_of(scanner.pages(pdf, seed))
                yield f"scan, {dpi} dpi", Case(f"{edition}/{seed}", edition, truth(edition), document)


def judge(case: Case, tally: Tally) -> None:
    """Reads a case and counts its cells."""
    reading = read([case.document], CATALOGUE)
    named = {c for f in reading.findings if f.severity in ("warning", "error") for c in f.codes}
    values = {(value.code, value.scope): value for value in reading.values}
    printed: dict[tuple[str, str | None], int | str | None] = {(c, None): t for c, t in case.cells.items()}
    for name, cells in case.scoped.items():
        printed |= {(code, name): text for code, text in cells.items()}
    # A number that is not printed at all is as wrong as another than is printed.
    others = [key for key, value in values.items() if value.number is not None and key not in printed]
    for code, scope in (*printed, *others):
        value = values.get((code, scope))
        outcome = _outcome(value, printed.get((code, scope)), named)
        if outcome == "silently wrong" and value is not None:
            tally.wrong.append((case.name, value))
        tally.every[outcome] += 1
        tally.touched += code in case.touched
        if code not in case.touched:
            tally.untouched[outcome] += 1
        if value is not None and value.placed_by == "identities":
            tally.by_identities["right" if outcome == "right" else "wrong"] += 1


def _outcome(value: Value | None, printed: int | str | None, named: set[str]) -> str:
    """What became of a cell; `printed` is None where no number may be given."""
    if value is None or value.status in ("unreadable", "missing"):
        return "abstained" if printed is not None else "right"
    if printed is not None and (value.number, value.status) == _as_printed(printed):
        return "right"
    return "flagged" if value.code in named else "silently wrong"


def _as_printed(printed: int | str) -> tuple[Decimal | None, str]:
    return (None, "blank") if printed == "" else (Decimal(str(printed)), "reported")


def tallies(cases: Iterator[tuple[str, Case]]) -> dict[str, Tally]:
    """The tally of each layout."""
    found: dict[str, Tally] = {}
    for name, case in cases:
        judge(case, found.setdefault(name, Tally()))
    return found


def _table(found: dict[str, Tally]) -> list[str]:
    lines = [
        "| layout | cells | right | abstained | flagged | silently wrong | right of the untouched |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, tally in found.items():
        counts = " | ".join(f"{tally.every[outcome]:,}" for outcome in OUTCOMES)
        share = f"{100 * tally.share(tally.untouched):.2f} %"
        lines.append(f"| {name} | {tally.every.total():,} | {counts} | {share} |")
    return lines


def _runs_table(found: dict[str, Tally]) -> list[str]:
    lines = [
        "| run | cells in runs | placed | placed wrongly | silently wrong |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, tally in found.items():
        placed, wrong = tally.by_identities.total(), tally.by_identities["wrong"]
        silent = tally.every["silently wrong"]
        lines.append(f"| {name} | {tally.touched:,} | {placed:,} | {wrong} | {silent} |")
    return lines


_RUNS = """
## Runs of numbers

One row of table three of a small office (figures below ten for the most part) has lost what stood between its numbers:
all of it (*glued*), one blank, the line between two cells, or the label too. It is placed where the row's own sum and
the sum of every column agree on one split (`placed_by: identities`), and is `unreadable` else. A misprint is of one
number near the run: such a run is placed only where what was misprinted touches none of its identities. Larger numbers
without a blank between them are never cut.
"""
_HEAD = """# How the reader fares

Made by `make accuracy` from seeds; `tests/accuracy.py` says how. The numbers of each form are all different and not
zero, and every identity holds, so a mix-up of rows or columns shows.

A cell is *right* (the number printed), *abstained* (`unreadable` or `missing`), *flagged* (wrong, and named by a
warning or an error) or *silently wrong*. *Untouched* are the cells whose row and whose head are there as they were.

## Layouts

As the form is drawn (2014, 2019 and 2021), then (*reordered*) with columns of table three and groups and outcomes of
table four exchanged. Where 总计 leads the columns, a stream of cells is given up: the official head that prints 总计 in its
first row gives the same stream.
"""


_DISTURBED = """
## What stands among the rows

{} pages of each kind in each of six syntaxes (HTML with spans and without, tabs, tabs in place, pipes, one cell a line), as
`tests/disturbances.py` makes them: page breaks with numbers and running heads, comments, rows, columns and tables that are not the
form's, columns exchanged, merged or left out, lost heads, marks, units and markup in cells. Four in ten have a second trouble beside
the first. Where a page means no number by what it prints (`22（减）`, `12-9`), abstaining is *right*.
"""
_LIMIT = """
## The one limit that is known

In a text of one cell a line a blank cell leaves no line. Where the bare number of a page stands in a row that lost a blank so, and no
other page number stands in the text, the row has as many numbers as it should. In tables three and four the sums name such a
row. Table two has no sums, and most rows of the statistics table are in none: there the number of the page is taken for that of
the cell, and nothing on the page says otherwise. No other layout has this limit; where other page numbers stand in the text, they tell.
"""
_SCANS = """## Scans

Reports of 2014, 2019 and 2021 printed by LibreOffice, scanned askew by one degree with noise of 4 to 14 (of 255), saved as JPEG of
quality 60. A cell whose readings do not agree is *abstained*.
"""


def report(cases: int) -> str:
    """The page docs/accuracy.md, made on all cores."""
    half = max(1, cases // 2)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        scanned = [pool.submit(_part, scans, max(1, cases // 20))]
        whole = [pool.submit(_part, layouts, 9)]
        damaged = [pool.submit(_part, mutations, cases, [syntax]) for syntax in SYNTAXES]
        among = [pool.submit(_part, disturbed, half, [kind]) for kind in disturbances.DISTURBANCES]
        run = [pool.submit(_part, runs, half, [trouble]) for trouble in TROUBLES]
        lines = [_HEAD, *_table(_joined(whole)), "", "## Damaged layouts", ""]
        lines += [f"{cases} reports of each; one table is damaged once or twice in the way named.", ""]
        lines += [*_table(_joined(damaged)), _DISTURBED.format(half), *_table(_joined(among)), _LIMIT]
        lines += [*_scans_section(_joined(scanned)), _RUNS]
        return "\n".join([*lines, *_runs_table(_joined(run)), ""])


def _part(cases: Callable[..., Iterator[tuple[str, Case]]], *asked: object) -> dict[str, Tally]:
    return tallies(cases(*asked))


def _joined(parts: Iterable[Future[dict[str, Tally]]]) -> dict[str, Tally]:
    return {name: tally for part in parts for name, tally in part.result().items()}


def _scans_section(found: dict[str, Tally]) -> list[str]:
    """The part on scans, none where the extra is not installed."""
    return ["", _SCANS, *_table(found)] if found else []


if __name__ == "__main__":
    page = Path(__file__).resolve().parents[1] / "docs" / "accuracy.md"
    page.write_text(report(int(sys.argv[1]) if len(sys.argv) > 1 else 60), encoding="utf-8")
