"""One truth, many layouts: every cell of every edition comes back from each of them, or is given up, never mixed up."""

import random
from decimal import Decimal

import pytest

from gxstore.reading.read import read
from tests.forms import CATALOGUE, E1, E2, E3, LAYOUTS, SPOILS, Truth, render, spoilt, truth, wrong_cells


@pytest.mark.parametrize("edition", [E1, E2, E3])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_cell_comes_back_from_every_layout(layout: str, edition: str, seed: int) -> None:
    cells = truth(edition, seed)
    reading = read([render(layout, edition, cells)], CATALOGUE)
    assert wrong_cells(reading, edition, cells) == []
    assert reading.edition == edition
    assert len(reading.values) == len(CATALOGUE.of_edition(edition))
    assert [f for f in reading.findings if f.severity != "info"] == []
    assert reading.checks.failed == 0


@pytest.mark.parametrize("edition", [E1, E2, E3])
def test_a_clean_report_has_no_finding_at_all(edition: str) -> None:
    for layout in ("html", "tabs", "pipes", "one cell a line"):
        assert read([render(layout, edition, truth(edition))], CATALOGUE).findings == ()


@pytest.mark.parametrize("edition", [E1, E2, E3])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_headings_around_tables_stay_sections(layout: str, edition: str) -> None:
    reading = read([render(layout, edition, truth(edition))], CATALOGUE)
    keys = [section.key for section in reading.sections]
    tables = ["appendix"] if edition == E1 else ["proactive", "applications", "review_litigation"]
    assert keys == ["preamble", "overview", *tables, "problems"]


def _blanked(edition: str, share: float, seed: int) -> tuple[Truth, set[str]]:
    cells = truth(edition)
    chosen = random.Random(f"blank/{seed}")
    gone = {code for code in cells if chosen.random() < share}
    return {code: number for code, number in cells.items() if code not in gone}, gone


@pytest.mark.parametrize("edition", [E1, E2, E3])
@pytest.mark.parametrize("seed", range(5))
def test_blank_cells_of_a_drawn_table_are_blank_and_move_nothing(edition: str, seed: int) -> None:
    cells, gone = _blanked(edition, 0.2, seed)
    reading = read([render("html", edition, cells)], CATALOGUE)
    for value in reading.values:
        if CATALOGUE.by_code[value.code].heading_row:
            continue
        if value.code in gone:
            assert (value.status, value.number) == ("blank", None), value
        else:
            assert value.number == Decimal(str(cells[value.code])), value


@pytest.mark.parametrize("edition", [E1, E2, E3])
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "html"])
@pytest.mark.parametrize("seed", range(3))
def test_blank_cells_never_make_a_neighbour_wrong(layout: str, edition: str, seed: int) -> None:
    cells, _ = _blanked(edition, 0.1, seed)
    reading = read([render(layout, edition, cells)], CATALOGUE)
    for value in reading.values:
        if value.number is not None:
            assert value.number == Decimal(str(cells.get(value.code))), (value, cells.get(value.code))


@pytest.mark.parametrize("syntax", ["tabs", "pipes", "padded pipes", "one cell a line", "html"])
@pytest.mark.parametrize("kind", SPOILS)
def test_a_spoilt_layout_never_gives_a_wrong_number_in_silence(syntax: str, kind: str) -> None:
    right = untouched = 0
    for case in range(9):
        chance = random.Random(f"{syntax}/{kind}/{case}")
        edition = (E1, E2, E3)[case % 3]
        cells = truth(edition)
        reading = read([spoilt(edition, cells, syntax, kind, chance).document], CATALOGUE)
        named = {c for f in reading.findings if f.severity in ("warning", "error") for c in f.codes}
        for value in reading.values:
            if CATALOGUE.by_code[value.code].heading_row:
                continue
            untouched += 1
            if value.number == Decimal(str(cells[value.code])):
                right += 1
            else:
                given_up = value.status in ("unreadable", "missing") and value.number is None
                assert given_up or value.code in named, (value, cells[value.code], case)
    assert right / untouched > 0.8
