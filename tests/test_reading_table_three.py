"""Table three with columns, rows and labels that the form does not have."""

from decimal import Decimal

import pytest

from gxstore.reading.read import read
from gxstore.reading.report import Reading
from tests.forms import (
    BLANK,
    CATALOGUE,
    COLUMNS,
    E2,
    E3,
    LAYOUTS,
    Change,
    Drawn,
    Truth,
    render,
    silently_wrong,
    truth,
)

CELLS = truth(E3, 5)
ROWS = [row.code for row in CATALOGUE.rows if E3 in row.editions]


def _read(layout: str, cells: Truth, change: Change) -> Reading:
    return read([render(layout, E3, cells, {"t3": change})], CATALOGUE)


def _statuses(reading: Reading, rows: list[str]) -> set[str]:
    found = {value.code: value.status for value in reading.values}
    return {found[f"ar.t3.{row}.{column}"] for row in rows for column in COLUMNS}


def _without(cells: Truth, column: str) -> Truth:
    """The numbers of offices where nobody of this kind asked: its cells are blank, the totals hold."""
    left = {
        code: number for code, number in cells.items() if not code.startswith("ar.t3.") or column not in code
    }
    for row in ROWS:
        total, gone = cells[f"ar.t3.{row}.total"], cells[f"ar.t3.{row}.{column}"]
        left[f"ar.t3.{row}.total"] = int(total) - int(gone)
    return left


def _beside(head: str, text: str) -> Change:
    def change(table: Drawn) -> Drawn:
        first, *rest = table[:3]
        return [[*first, (head, 3, 1)], *rest, *([*row, (text, 1, 1)] for row in table[3:])]

    return change


@pytest.mark.parametrize("text", ["/", "—", "无", "87%", "4711"])
@pytest.mark.parametrize("head", ["备注", "占比", "说明", "同比", ""])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_column_beside_the_seven_moves_no_number(layout: str, head: str, text: str) -> None:
    cells = _without(CELLS, "natural_person")
    reading = _read(layout, cells, _beside(head, text))
    assert silently_wrong(reading, cells) == []
    if layout == "html" and head:
        assert _statuses(reading, ROWS) == {"reported", "blank"}


def _applicants(*labels: str) -> Change:
    def change(table: Drawn) -> Drawn:
        return [*table[:2], [(label, 1, 1) for label in labels], *table[3:]]

    return change


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "labels",
    [
        ("商业企业", "科研机构", "社会公益组织", "其他", "事业单位"),
        ("国有企业", "商业企业", "科研机构", "社会公益组织", "其他"),
        ("商业企业", "科研机构", "村民小组", "社会公益组织", "其他"),
    ],
)
def test_an_applicant_that_the_form_does_not_know_takes_no_other_s_place(
    layout: str, labels: tuple[str, ...]
) -> None:
    reading = _read(layout, CELLS, _applicants(*labels))
    assert _statuses(reading, ROWS) == {"unreadable"}


def _numbers_above(table: Drawn) -> Drawn:
    rows = list(table[:3])
    for row in table[3:]:
        rows += [[*([BLANK] * len(row[:-7])), *row[-7:]], [*row[:-7], *([BLANK] * 7)]]
    return rows


@pytest.mark.parametrize("layout", ["html without spans", "tabs", "pipes", "one cell a line"])
def test_numbers_that_stand_a_row_above_their_labels_are_given_up(layout: str) -> None:
    reading = _read(layout, CELLS, _numbers_above)
    # The last label of a stream has no number behind it: its row is told as lost.
    assert _statuses(reading, ROWS) <= {"unreadable", "missing"}
    assert silently_wrong(reading, CELLS) == []


def test_the_numerals_of_the_columns_are_no_numbers_of_the_first_row() -> None:
    def numbered(table: Drawn) -> Drawn:
        numerals = [("栏次", 1, 3), *((str(number), 1, 1) for number in range(1, 8))]
        return [*table[:3], numerals, *table[3:]]

    for layout in ("html", "tabs", "one cell a line"):
        assert _statuses(_read(layout, CELLS, numbered), ROWS) == {"reported"}, layout


def _relabelled(old: str, new: str) -> Change:
    return lambda table: [[(new if text == old else text, d, a) for text, d, a in row] for row in table]


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ("一、本年新收政府信息公开申请数量", "一、本年新收政府信息公开申请数量（上年）", "new_received"),
        ("一、本年新收政府信息公开申请数量", "一、本年新收政府信息公开申请数量（2022年）", "new_received"),
        ("（一）予以公开", "（一）予以公开（其中线上）", "outcome.granted"),
        ("（一）予以公开", "其中：予以公开", "outcome.granted"),
        ("（一）予以公开", "（一）予以公开（网上申请）", "outcome.granted"),
    ],
)
def test_a_part_of_a_row_or_another_year_s_is_not_the_row(old: str, new: str, row: str) -> None:
    for layout in ("html", "tabs"):
        reading = _read(layout, CELLS, _relabelled(old, new))
        assert "reported" not in _statuses(reading, [row])
        assert silently_wrong(reading, CELLS) == []


@pytest.mark.parametrize("comment", ["（单位：件）", "（件）", "（含网上申请）", "（）"])
def test_a_comment_that_says_what_is_counted_leaves_the_row_what_it_is(comment: str) -> None:
    reading = _read("html", CELLS, _relabelled("（一）予以公开", f"（一）予以公开{comment}"))
    value = reading.value("ar.t3.outcome.granted.total")
    assert value is not None
    assert value.number == Decimal(str(CELLS["ar.t3.outcome.granted.total"]))


# The first row of （六）其他处理

_SIX = "outcome.other_handling"


def _labelled(label: str, at: int = 0) -> Change:
    """One of the three rows under （六） with another label."""
    official = [row.label for row in CATALOGUE.rows if row.code.startswith(f"{_SIX}.")][at]

    def change(table: Drawn) -> Drawn:
        return [[(label if cell[0] == official else cell[0], *cell[1:]) for cell in row] for row in table]

    return change


def _filled(table: Drawn) -> Drawn:
    """The table without spans, what a cell spans filled with its text."""
    grid: dict[tuple[int, int], str] = {}
    for y, row in enumerate(table):
        x = 0
        for text, down, across in row:
            while (y, x) in grid:
                x += 1
            grid |= {(y + dy, x + dx): text for dy in range(down) for dx in range(across)}
    width = max(x for _, x in grid) + 1
    return [[(grid[y, x], 1, 1) for x in range(width)] for y in range(len(table))]


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("layout", ["html", "html without spans", "tabs", "tabs in place", "pipes"])
@pytest.mark.parametrize("label", ["1.申请人主动撤回", "撤回申请", "便民答复", ""])
def test_an_unknown_first_row_under_six_is_not_the_one_row_of_the_2019_form(
    label: str, layout: str, filled: bool
) -> None:
    def change(table: Drawn) -> Drawn:
        changed = _labelled(label)(table)
        return _filled(changed) if filled else changed

    reading = _read(layout, CELLS, change)
    assert [value.code for value in reading.values if value.code.startswith(f"ar.t3.{_SIX}.natural")] == []
    assert silently_wrong(reading, CELLS) == []
    first = reading.value(f"ar.t3.{_SIX}.overdue_correction.natural_person")
    assert first is not None
    assert (first.status, first.number, first.why) == ("missing", None, "lost_in_extraction")
    aside = [f.message for f in reading.findings if f.rule == "read.row_aside" and f.severity == "warning"]
    assert len(aside) == 1
    assert str(CELLS[f"ar.t3.{_SIX}.overdue_correction.natural_person"]) in aside[0]
    others = [row for row in ROWS if row != f"{_SIX}.overdue_correction"]
    assert _statuses(reading, others) == {"reported"}


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("layout", ["tabs", "pipes"])
def test_an_unknown_second_or_third_row_under_six_is_not_the_one_row_either_where_the_spans_are_filled(
    layout: str, at: int
) -> None:
    reading = _read(layout, CELLS, lambda table: _filled(_labelled("便民答复", at)(table)))
    assert silently_wrong(reading, CELLS) == []
    assert [value.code for value in reading.values if value.code.startswith(f"ar.t3.{_SIX}.natural")] == []


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("layout", ["html", "tabs", "pipes", "one cell a line"])
def test_the_one_row_of_2019_is_read_as_before(layout: str, filled: bool) -> None:
    cells = truth(E2, 5)
    changes = {"t3": _filled} if filled and layout != "one cell a line" else {}
    reading = read([render(layout, E2, cells, changes)], CATALOGUE)
    numbers = {value.code: value.number for value in reading.values}
    for column in COLUMNS:
        code = f"ar.t3.{_SIX}.{column}"
        assert numbers[code] == cells[code]


def test_a_sum_of_the_three_rows_beside_six_is_left_aside_and_takes_nothing_from_them() -> None:
    def with_sum(table: Drawn) -> Drawn:
        rows: Drawn = []
        for row in table:
            texts = [text for text, _, _ in row]
            if "（六）其他处理" in texts:
                sums = [
                    sum(int(CELLS[f"ar.t3.{r}.{c}"]) for r in ROWS if r.startswith(f"{_SIX}."))
                    for c in COLUMNS
                ]
                rows.append([("（六）其他处理", 1, 2), *((str(number), 1, 1) for number in sums)])
                row = [cell for cell in row if cell[0] != "（六）其他处理"]
                row[0] = (row[0][0], 1, 2)
            rows.append([(t, d + 1, a) if t == "三、本年度办理结果" else (t, d, a) for t, d, a in row])
        return rows

    for layout in ("html", "tabs", "pipes", "one cell a line"):
        reading = _read(layout, CELLS, with_sum)
        assert silently_wrong(reading, CELLS) == [], layout
        assert _statuses(reading, ROWS) == {"reported"}, layout


# A row that sums up its group


def _summed_up(group: str, word: str, more: int = 0) -> Change:
    """A row behind the last one of a group, with the sums of its rows, and `more` than that."""
    rows = [row for row in CATALOGUE.rows if row.code in ROWS and row.code.startswith(f"{group}.")]
    last = rows[-1].label if group != _SIX else "3.其他"

    def change(table: Drawn) -> Drawn:
        changed: Drawn = []
        for row in table:
            changed.append(row)
            if any(text == last for text, _, _ in row):
                sums = [sum(int(CELLS[f"ar.t3.{r.code}.{c}"]) for r in rows) + more for c in COLUMNS]
                changed.append([(word, 1, 1), *((str(number), 1, 1) for number in sums)])
        at = next(i for i, row in enumerate(changed) if row[0][0] == word)
        reaching = [next(i for i, row in enumerate(changed[:at]) if row[0][0] == "三、本年度办理结果")]
        reaching.append(
            max(i for i, row in enumerate(changed[:at]) if any(c[1] > 1 for c in row[:2]) and i > 2)
        )
        for index in set(reaching):
            changed[index] = [(t, d + 1 if d > 1 else d, a) for t, d, a in changed[index]]
        return changed

    return change


@pytest.mark.parametrize("layout", ["html", "tabs", "pipes", "one cell a line"])
@pytest.mark.parametrize("word", ["小计", "合计", "总计"])
@pytest.mark.parametrize(
    "group", ["outcome.refused", "outcome.unable", "outcome.not_handled", "outcome.other_handling"]
)
def test_the_sum_of_a_group_is_left_aside_and_takes_nothing_from_the_total(
    group: str, word: str, layout: str
) -> None:
    reading = _read(layout, CELLS, _summed_up(group, word))
    assert silently_wrong(reading, CELLS) == []
    assert _statuses(reading, ROWS) == {"reported"}
    assert any(aside.table == "t3" and word in aside.text for aside in reading.aside)


@pytest.mark.parametrize("layout", ["html", "tabs"])
def test_a_second_total_that_is_no_sum_of_its_group_leaves_the_total_in_doubt(layout: str) -> None:
    reading = _read(layout, CELLS, _summed_up(_SIX, "合计", more=1))
    assert silently_wrong(reading, CELLS) == []
    assert _statuses(reading, ["outcome.total"]) == {"unreadable"}
    assert _statuses(reading, [row for row in ROWS if row != "outcome.total"]) == {"reported"}


def test_a_total_that_is_printed_again_alike_is_no_sum_of_its_group() -> None:
    cells = {code: 0 if code.startswith("ar.t3.") else number for code, number in CELLS.items()}

    def doubled(table: Drawn) -> Drawn:
        at = next(i for i, row in enumerate(table) if row[0][0] == "（七）总计")
        return [*table[: at + 1], table[at], *table[at + 1 :]]

    reading = _read("tabs", cells, doubled)
    assert _statuses(reading, ROWS) == {"reported"}
    assert not reading.aside


@pytest.mark.parametrize("text", ["O", "暂无", "(0)", "*", "见附件"])
@pytest.mark.parametrize("column", ["natural_person", "research_institution", "total"])
def test_a_word_in_the_place_of_a_number_takes_no_other_cell_of_a_drawn_row(column: str, text: str) -> None:
    code = f"ar.t3.outcome.granted.{column}"
    reading = _read("html", {**CELLS, code: text}, lambda table: table)
    found = {value.code: value.status for value in reading.values if value.code.startswith("ar.t3.")}
    assert {key for key, status in found.items() if status != "reported"} == {code}
    assert found[code] == "unreadable"
    assert silently_wrong(reading, {**CELLS, code: text}) == []


@pytest.mark.parametrize("layout", ["html", "tabs", "pipes"])
def test_a_head_printed_again_with_an_applicant_that_the_form_does_not_know_is_another_head(
    layout: str,
) -> None:
    again = [("", 1, 3)] + [
        (label, 1, 1)
        for label in ("自然人", "商业企业", "科研机构", "社会公益组织", "事业单位", "其他", "总计")
    ]

    def change(table: Drawn) -> Drawn:
        at = next(i for i, row in enumerate(table) if row[0][0].startswith("（五）"))
        rows = [[(t, 1 if d > 2 else d, a) for t, d, a in row] for row in table]
        return [*rows[:at], again, *rows[at:]]

    reading = _read(layout, CELLS, change)
    below = [row for row in ROWS if row.startswith("outcome.not_handled")]
    assert "reported" not in {
        value.status
        for value in reading.values
        if value.code.endswith(".legal_service_organisation") and any(row in value.code for row in below)
    }


def test_seven_numbers_that_stand_one_place_further_than_their_head_says_are_not_the_seven() -> None:
    """The first cell is blank, and a stray number behind the last makes up for it."""

    def change(table: Drawn) -> Drawn:
        at = next(i for i, row in enumerate(table) if any(cell[0] == "（一）予以公开" for cell in row))
        row = [*table[at][:-7], BLANK, *table[at][-6:], ("9", 1, 1)]
        return [*table[:at], row, *table[at + 1 :]]

    reading = _read("html", CELLS, change)
    assert "reported" not in _statuses(reading, ["outcome.granted"])
    assert _statuses(reading, [row for row in ROWS if row != "outcome.granted"]) == {"reported"}


_NAMES = [column.label for column in CATALOGUE.columns]
_ABOVE, _FIVE, _FIRST, _LAST = "法人或其他组织", _NAMES[1:6], _NAMES[0], _NAMES[6]
# A text without lines tells in which order the labels of the head were met, seldom how they were drawn.
_HEADS = {
    "the label over the five comes first": [[_ABOVE], _NAMES],
    "it comes first, below the applicants": [["申请人情况"], [_ABOVE], ["项目", *_NAMES]],
    "it comes first, beside blank cells": [["", _ABOVE], ["", *_NAMES]],
    "it comes last": [_NAMES, [_ABOVE]],
    "the two beside it stand between it and the five": [[_ABOVE], [_FIRST, _LAST], _FIVE],
    "only the first stands with the five": [[_ABOVE, _LAST], [_FIRST, *_FIVE]],
    "only the last stands with the five": [[_FIRST, _ABOVE], [*_FIVE, _LAST]],
    "all stand in one row": [["申请人情况", _FIRST, _ABOVE, _LAST, *_FIVE]],
    "the five come first": [_FIVE, [_FIRST, _ABOVE, _LAST]],
    "it is lost and the five come first": [_FIVE, [_FIRST, _LAST]],
    "it is lost, the five come first below the applicants": [["申请人情况"], _FIVE, [_FIRST, _LAST]],
    "it comes first and the two beside it last": [[_ABOVE], _FIVE, [_FIRST, _LAST]],
    "it is met between the five and the two beside it": [
        ["项目", "申请人情况"],
        _FIVE,
        [_ABOVE],
        [_FIRST, _LAST],
    ],
    "it is lost and each stands alone": [[_FIRST], _FIVE, [_LAST]],
    "all are met before the five": [[_ABOVE], [_FIRST], _FIVE, [_LAST]],
}


@pytest.mark.parametrize("head", _HEADS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_however_the_labels_of_the_head_are_met_no_column_is_another(layout: str, head: str) -> None:
    def change(table: Drawn) -> Drawn:
        return [*([(text, 1, 1) for text in row] for row in _HEADS[head]), *table[3:]]

    reading = _read(layout, CELLS, change)
    assert silently_wrong(reading, CELLS) == []
    if layout in ("tabs", "pipes") and head != "all are met before the five":
        assert _statuses(reading, ["new_received"]) == {"reported"}
