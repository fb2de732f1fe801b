"""A number belongs to the labels that stand over it and before it, wherever they stand; without them it is given up."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from archive.text.document import Cell, Document, Paragraph, Table
from archive.text.extract import extract
from archive.text.plain import to_document
from gxstore.reading.findings import check
from gxstore.reading.grid import rows_of
from gxstore.reading.labels import for_catalogue
from gxstore.reading.read import read
from gxstore.reading.report import Reading, TableSeen, Value
from tests.forms import (
    BLANK,
    CATALOGUE,
    E1,
    E2,
    E3,
    FLAT,
    LAYOUTS,
    Drawn,
    after_reconsideration_first,
    litigation_first,
    pending_before_other,
    persons_last,
    render,
    silently_wrong,
    swapped,
    total_first,
    total_of_the_outcomes_first,
    truth,
    wrong_cells,
)


def _warned(reading: Reading) -> set[str]:
    return {code for f in reading.findings if f.severity in ("warning", "error") for code in f.codes}


def _value(reading: Reading, code: str, scope: str | None = None) -> Value:
    value = reading.value(code, scope)
    assert value is not None, code
    return value


def _text(*lines: str) -> Reading:
    return read([to_document("\n".join(lines))], CATALOGUE)


def _page(*rows: str) -> Reading:
    table = "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
    return read([extract(f"<html><body><div id='zoom'>{table}</div></body></html>".encode())], CATALOGUE)


def _copy(table: Drawn) -> Drawn:
    return [list(row) for row in table]


# Table four: groups and outcomes


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "change",
    [litigation_first, after_reconsideration_first, pending_before_other, total_of_the_outcomes_first],
)
def test_the_numbers_of_table_four_go_with_their_group_and_outcome(
    layout: str, change: Callable[[Drawn], Drawn]
) -> None:
    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t4": change})], CATALOGUE)
    assert wrong_cells(reading, E3, cells) == []
    assert [f for f in reading.findings if f.severity != "info"] == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_groups_of_table_four_that_disagree_in_order_are_given_up(layout: str) -> None:
    def mixed(table: Drawn) -> Drawn:
        head, names, outcomes, values = _copy(table)
        outcomes[5], outcomes[6] = outcomes[6], outcomes[5]
        values[10], values[11] = values[11], values[10]
        return [head, names, outcomes, values]

    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t4": mixed})], CATALOGUE)
    assert silently_wrong(reading, cells) == []
    if layout == "html":
        assert wrong_cells(reading, E3, cells) == []
    else:
        assert {v.status for v in reading.values if v.code.startswith("ar.t4.")} == {"unreadable"}


@pytest.mark.parametrize("layout", list(FLAT))
@pytest.mark.parametrize("first", ["outcomes", "suits"])
def test_the_lost_label_of_a_group_is_known_only_where_its_outcomes_stand_first(
    layout: str, first: str
) -> None:
    def without(table: Drawn) -> Drawn:
        table = litigation_first(table) if first == "suits" else table
        return [
            [("" if text == "行政复议" else text, down, across) for text, down, across in row]
            for row in table
        ]

    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t4": without})], CATALOGUE)
    if first == "outcomes":
        assert wrong_cells(reading, E3, cells) == []
    else:
        assert {v.status for v in reading.values if v.code.startswith("ar.t4.")} == {"unreadable"}


@pytest.mark.parametrize("layout", ["tabs", "tabs in place", "pipes", "open pipes"])
@pytest.mark.parametrize("change", [litigation_first, lambda table: table])
def test_two_rows_of_a_head_that_contradict_each_other_are_given_up(
    layout: str, change: Callable[[Drawn], Drawn]
) -> None:
    def contradicting(table: Drawn) -> Drawn:
        head, *rest = change(table)
        return [head[::-1], *rest]

    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t4": contradicting})], CATALOGUE)
    assert {v.status for v in reading.values if v.code.startswith("ar.t4.")} == {"unreadable"}


def test_numbers_beside_the_labels_of_table_four_are_left_aside() -> None:
    reading = _text(
        "未经复议直接起诉\t复议后起诉\t3\t4",
        "第二十条第（六）项",
        "信息内容\t本年处理决定数量",
        "行政处罚\t5",
    )
    assert [(aside.table, aside.text) for aside in reading.aside] == [
        ("t4", "未经复议直接起诉 | 复议后起诉 | 3 | 4")
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("lost", ["groups", "outcomes", "an outcome", "a group"])
def test_table_four_with_a_head_in_pieces_is_given_up(layout: str, lost: str) -> None:
    def cut(table: Drawn) -> Drawn:
        head, names, outcomes, values = _copy(table)
        if lost == "groups":
            names[5:] = [("", 1, 5), ("", 1, 5)]
        elif lost == "outcomes":
            names[:5], outcomes = [("", 2, 1)] * 5, [BLANK] * 10
        elif lost == "an outcome":
            outcomes[3] = BLANK
        else:
            names[6] = ("", 1, 5)
        return [head, names, outcomes, values]

    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t4": cut})], CATALOGUE)
    assert silently_wrong(reading, cells) == []
    given_up = {v.status for v in reading.values if v.code.startswith("ar.t4.")}
    assert given_up <= {"unreadable", "missing"}


def test_two_different_rows_of_numbers_in_table_four_are_given_up() -> None:
    def twice(table: Drawn) -> Drawn:
        return [*table, [("9", 1, 1)] * 15]

    for layout in ("html", "tabs"):
        reading = read([render(layout, E3, truth(E3), {"t4": twice})], CATALOGUE)
        assert {v.status for v in reading.values if v.code.startswith("ar.t4.")} == {"unreadable"}


@pytest.mark.parametrize("at", range(15))
@pytest.mark.parametrize("padded", ["before", "behind"])
def test_a_cell_lost_from_table_four_and_padded_again_shows(at: int, padded: str) -> None:
    def lost(table: Drawn) -> Drawn:
        values = [cell for x, cell in enumerate(table[3]) if x != at]
        return [*table[:3], [BLANK, *values] if padded == "before" else [*values, BLANK]]

    cells = truth(E3)
    reading = read([render("html", E3, cells, {"t4": lost})], CATALOGUE)
    assert silently_wrong(reading, cells) == []
    if (at < 10) if padded == "behind" else (at >= 5):
        # A group beside it is whole and does not add up: nothing in the row stands where it did.
        assert {v.status for v in reading.values if v.code.startswith("ar.t4.")} == {"unreadable"}


@pytest.mark.parametrize("layout", ["html without spans", "tabs", "tabs in place", "pipes", "open pipes"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_head_of_table_four_printed_twice_says_nothing_new(layout: str, at: int) -> None:
    cells = truth(E3)

    def twice(table: Drawn) -> Drawn:
        return [*table[:at], *table[:3], *table[at:]]

    reading = read([render(layout, E3, cells, {"t4": twice})], CATALOGUE)
    assert silently_wrong(reading, cells) == []
    if layout != "html without spans":
        assert wrong_cells(reading, E3, cells) == []


def test_a_total_at_the_edge_that_is_blank_beside_fitting_groups_is_kept_with_a_warning() -> None:
    cells = truth(E3)
    del cells["ar.t4.litigation_after_reconsideration.total"]
    reading = read([render("html", E3, cells)], CATALOGUE)
    assert _value(reading, "ar.t4.reconsideration.total").number == cells["ar.t4.reconsideration.total"]
    assert _value(reading, "ar.t4.litigation_after_reconsideration.total").status == "blank"
    doubts = [f for f in reading.findings if f.rule == "read.blank_in_doubt"]
    assert [len(f.codes) for f in doubts] == [5]
    assert doubts[0].codes[0] == "ar.t4.litigation_after_reconsideration.upheld"


# Table three: the order of the columns

STREAMS = ("one cell a line", "one cell a line, spaced", "alternating stream")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("change", [swapped(0, 1), swapped(1, 4), total_first, persons_last])
def test_the_columns_of_table_three_stand_in_the_order_of_their_head(
    layout: str, change: Callable[[Drawn], Drawn]
) -> None:
    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t3": change})], CATALOGUE)
    if change in (total_first, persons_last) and layout in STREAMS:
        # 总计 before 自然人 in a stream is also what the official head gives that prints 总计 in its first row, and
        # 自然人 behind 法人或其他组织 what it gives where the two beside the five were met halfway.
        assert {v.status for v in reading.values if v.code.startswith("ar.t3.")} == {"unreadable"}
        return
    assert wrong_cells(reading, E3, cells) == []
    assert [f for f in reading.findings if f.severity != "info"] == []


@pytest.mark.parametrize("layout", list(FLAT))
def test_table_three_without_a_head_is_given_up(layout: str) -> None:
    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t3": lambda table: table[3:]})], CATALOGUE)
    assert {v.status for v in reading.values if v.code.startswith("ar.t3.")} <= {"unreadable", "missing"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_lost_label_of_a_head_in_order_loses_no_number(layout: str) -> None:
    def without_the_total(table: Drawn) -> Drawn:
        table = _copy(table)
        table[1][2] = ("", 2, 1)
        return table

    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t3": without_the_total})], CATALOGUE)
    assert wrong_cells(reading, E3, cells) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_head_that_lost_the_label_over_its_five_kinds_is_read(layout: str) -> None:
    def without(table: Drawn) -> Drawn:
        table = _copy(table)
        table[1][1] = ("", 1, 5)
        return table

    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t3": without})], CATALOGUE)
    assert wrong_cells(reading, E3, cells) == []


@pytest.mark.parametrize("layout", list(FLAT))
@pytest.mark.parametrize("lost", ["one, out of order", "two"])
def test_a_head_in_pieces_that_does_not_say_the_order_gives_the_table_up(layout: str, lost: str) -> None:
    def cut(table: Drawn) -> Drawn:
        table = swapped(0, 1)(table) if lost == "one, out of order" else _copy(table)
        table[1][2] = ("", 2, 1)
        if lost == "two":
            table[2][3] = BLANK
        return table

    cells = truth(E3)
    reading = read([render(layout, E3, cells, {"t3": cut})], CATALOGUE)
    assert {v.status for v in reading.values if v.code.startswith("ar.t3.")} <= {"unreadable", "missing"}


def test_the_head_of_one_document_says_nothing_of_the_next() -> None:
    first = to_document(f"{_HEAD}\n一、本年新收政府信息公开申请数量\t11\t12\t13\t14\t15\t16\t81")
    second = to_document(
        "二、上年结转政府信息公开申请数量\t1\t2\t3\t4\t5\t6\t21\n四、结转下年度继续办理\t1\t2\t3\t4\t5\t6\t21"
    )
    reading = read([first, second], CATALOGUE)
    assert _value(reading, "ar.t3.new_received.total").number == 81
    assert _value(reading, "ar.t3.carried_in.total").status == "unreadable"


def test_blanks_beside_numbers_that_are_not_their_total_are_named() -> None:
    head = "<td></td>" + "".join(f"<td>{label}</td>" for label in _HEAD.split("\t")[1:])
    rows = {
        "一、本年新收政府信息公开申请数量": ("11", "12", "13", "14", "15", "65", ""),
        "二、上年结转政府信息公开申请数量": ("", "12", "13", "14", "15", "16", "70"),
        "四、结转下年度继续办理": ("", "11", "12", "13", "14", "15", "81"),
    }
    reading = _page(
        head, *("".join(f"<td>{text}</td>" for text in (label, *row)) for label, row in rows.items())
    )
    doubted = [f.codes[0].split(".")[2] for f in reading.findings if f.rule == "read.blank_in_doubt"]
    assert doubted == ["new_received", "carried_forward"]
    assert _value(reading, "ar.t3.carried_in.natural_person").status == "blank"


def _totals_left_blank(moved: str | None = None) -> Reading:
    """A page whose outcome rows leave their totals blank; in the row `moved`, two numbers stand in each other's place."""
    cells = {
        code: number
        for code, number in truth(E2).items()
        if not (code.startswith("ar.t3.outcome.") and code.endswith(".total"))
        or code == "ar.t3.outcome.total.total"
    }
    if moved:
        one, other = f"ar.t3.{moved}.natural_person", f"ar.t3.{moved}.commercial_enterprise"
        cells[one], cells[other] = cells[other], cells[one]
    return read([render("html", E2, cells)], CATALOGUE)


def test_a_total_left_blank_is_no_doubt_where_the_sums_of_the_columns_answer_for_its_row() -> None:
    reading = _totals_left_blank()
    assert _value(reading, "ar.t3.outcome.granted.total").status == "blank"
    assert [f for f in reading.findings if f.severity != "info"] == []


def test_a_number_that_moved_beside_a_total_left_blank_is_a_doubt_still() -> None:
    doubted = [
        f.codes[0] for f in _totals_left_blank("outcome.granted").findings if f.rule == "read.blank_in_doubt"
    ]
    assert "ar.t3.outcome.granted.natural_person" in doubted


def test_table_four_that_is_printed_and_left_blank_is_blank_and_not_missing() -> None:
    cells = {code: number for code, number in truth(E3).items() if not code.startswith("ar.t4.")}
    reading = read([render("html", E3, cells)], CATALOGUE)
    assert {v.status for v in reading.values if v.code.startswith("ar.t4.")} == {"blank"}
    assert [f for f in reading.findings if f.severity != "info"] == []


@pytest.mark.parametrize("rows", [3, 2])
def test_a_head_of_table_four_without_its_row_says_nothing_of_blanks(rows: int) -> None:
    cells = truth(E3)
    reading = read([render("html", E3, cells, {"t4": lambda table: table[:rows]})], CATALOGUE)
    assert {v.status for v in reading.values if v.code.startswith("ar.t4.")} == {"missing"}


@pytest.mark.parametrize("layout", list(FLAT))
def test_a_column_of_an_office_s_own_is_no_applicant(layout: str) -> None:
    def numbered_without_totals(table: Drawn) -> Drawn:
        table = _copy(table)
        table[0].insert(1, ("序号", 3, 1))
        rows = [
            [*row[:-7], (str(number), 1, 1), *row[-7:-1], BLANK] for number, row in enumerate(table[3:], 1)
        ]
        return [*table[:3], *rows]

    cells = {k: v for k, v in truth(E3).items() if not (k.startswith("ar.t3.") and k.endswith(".total"))}
    reading = read([render(layout, E3, cells, {"t3": numbered_without_totals})], CATALOGUE)
    assert silently_wrong(reading, cells) == []
    assert {v.status for v in reading.values if v.code.startswith("ar.t3.")} <= {
        "unreadable",
        "missing",
        "blank",
    }


def test_the_order_of_a_head_goes_on_over_a_page_break() -> None:
    cells = truth(E3)
    for layout in ("tabs over a page break", "pipes over a page break"):
        reading = read([render(layout, E3, cells, {"t3": total_first})], CATALOGUE)
        assert wrong_cells(reading, E3, cells) == []


_HEAD = "\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计"
_OTHER_HEAD = "\t自然人\t科研机构\t商业企业\t社会公益组织\t法律服务机构\t其他\t总计"


def test_a_head_printed_again_in_another_order_counts_from_there() -> None:
    reading = _text(
        _HEAD,
        "一、本年新收政府信息公开申请数量\t11\t12\t13\t14\t15\t16\t81",
        "",
        _OTHER_HEAD,
        "二、上年结转政府信息公开申请数量\t21\t22\t23\t24\t25\t26\t141",
    )
    assert _value(reading, "ar.t3.new_received.commercial_enterprise").number == 12
    assert _value(reading, "ar.t3.carried_in.commercial_enterprise").number == 23


def test_a_head_printed_again_in_pieces_that_contradict_the_first_gives_its_rows_up() -> None:
    reading = _text(
        _HEAD,
        "一、本年新收政府信息公开申请数量\t11\t12\t13\t14\t15\t16\t81",
        "",
        "\t科研机构\t商业企业",
        "二、上年结转政府信息公开申请数量\t21\t22\t23\t24\t25\t26\t141",
    )
    assert _value(reading, "ar.t3.new_received.commercial_enterprise").number == 12
    assert _value(reading, "ar.t3.carried_in.commercial_enterprise").status == "unreadable"


@pytest.mark.parametrize(
    "head",
    [
        ["商业\t科研\t社会公益\t法律服务\t其他", "企业\t机构\t组织\t机构"],
        ["科研\t商业\t社会公益\t法律服务\t其他", "机构\t企业\t组织\t机构"],
    ],
)
def test_labels_of_the_head_that_are_cut_over_two_rows_are_found(head: list[str]) -> None:
    reading = _text(
        "\t自然人\t法人或其他组织\t\t\t\t\t总计",
        *(f"\t\t{row}" for row in head),
        "一、本年新收政府信息公开申请数量\t11\t12\t13\t14\t15\t16\t81",
    )
    first = 12 if head[0].startswith("商业") else 13
    assert _value(reading, "ar.t3.new_received.commercial_enterprise").number == first


@pytest.mark.parametrize("joint", ["\t", "\n"])
def test_a_label_of_the_head_that_is_torn_from_its_row_says_no_order(joint: str) -> None:
    head = ["科研", *_HEAD.split("\t")[1:3], "机构", *_HEAD.split("\t")[4:]]
    rows = ["申请人情况\t科研", joint.join(head[1:])] if joint == "\t" else ["申请人情况", *head]
    numbers = ["一、本年新收政府信息公开申请数量", *map(str, (11, 12, 13, 14, 15, 16, 81))]
    reading = _text(*rows, joint.join(numbers))
    assert _value(reading, "ar.t3.new_received.research_institution").status == "unreadable"
    whole = ["自然人", "商业", "企业", "科研", "机构", *_HEAD.split("\t")[4:]]
    assert _value(_text(*whole, *numbers), "ar.t3.new_received.research_institution").number == 13


def test_a_flattened_row_whose_blank_is_padding_is_unreadable() -> None:
    reading = _text(
        _HEAD,
        "一、本年新收政府信息公开申请数量\t11\t12\t13\t14\t15\t16\t81",
        "二、上年结转政府信息公开申请数量\t21\t22\t23\t\t24\t25\t141",
        "四、结转下年度继续办理\t21\t22\t23\t\t24\t25\t115",
    )
    assert _value(reading, "ar.t3.carried_in.total").status == "unreadable"
    assert _value(reading, "ar.t3.carried_forward.total").number == 115
    assert _value(reading, "ar.t3.carried_forward.public_welfare_organisation").status == "blank"


def test_a_number_that_spans_two_columns_is_no_number_of_one() -> None:
    head = "<td></td>" + "".join(f"<td>{label}</td>" for label in _HEAD.split("\t")[1:])
    row = "<td>一、本年新收政府信息公开申请数量</td><td>11</td><td colspan='2'>12</td>" + "".join(
        f"<td>{number}</td>" for number in (14, 15, 16, 68)
    )
    reading = _page(head, row)
    assert {v.status for v in reading.values if "new_received" in v.code} == {"unreadable"}


# Spans that a page draws as it likes


@pytest.mark.parametrize("wide", ["head", "numbers"])
def test_spans_that_differ_between_head_and_rows_lose_no_number(wide: str) -> None:
    def change(table: Drawn) -> Drawn:
        rows: Drawn = []
        for row in table:
            is_head = row[0][0] == "信息内容"
            if len(row) == 4 and is_head == (wide == "head"):
                row = [row[0], row[1], (row[2][0], 1, 2), row[3]]
            elif len(row) == 4:
                row = [row[0], (row[1][0], 1, 2), *row[2:]]
            rows.append(row)
        return rows

    cells = truth(E2)
    reading = read([render("html", E2, cells, {"t2": change})], CATALOGUE)
    assert wrong_cells(reading, E2, cells) == []


def test_a_number_of_table_three_that_spans_a_padding_column_is_read() -> None:
    def change(table: Drawn) -> Drawn:
        table = _copy(table)
        row = table[8]
        table[8] = [*row[:-7], (row[-7][0], 1, 2), *row[-6:]]
        return table

    cells = truth(E3)
    reading = read([render("html", E3, cells, {"t3": change})], CATALOGUE)
    assert wrong_cells(reading, E3, cells) == []


def test_columns_of_table_two_that_are_not_those_of_a_row_give_it_up() -> None:
    reading = _text(
        "第二十条第（一）项",
        "信息内容\t本年制发件数\t现行有效件数",
        "规章\t3\t9",
        "第二十条第（六）项",
        "信息内容\t本年处理决定数量",
        "行政处罚\t5",
    )
    issued = _value(reading, "ar.t2.art20_1.rules.issued")
    assert (issued.status, issued.raw) == ("unreadable", "3 9")
    assert _value(reading, "ar.t2.art20_6.administrative_penalty.decisions").number == 5


def test_a_head_of_table_two_that_is_cut_in_two_and_a_row_cut_alike_are_given_up() -> None:
    rows = (
        ("第二十条第（六）项", ""),
        ("信息内容", "上一年项目数量"),
        ("本年增/减", "处理决定数量"),
        ("行政处罚", "191"),
        ("579", "192"),
    )
    reading = _page(*("".join(f"<td>{text}</td>" for text in row) for row in rows))
    penalty = [v.status for v in reading.values if "administrative_penalty" in v.code]
    assert set(penalty) == {"unreadable"}


# The statistics table: its columns


def _with_column(at: int, name: str, number: Callable[[int], str]) -> Callable[[Drawn], Drawn]:
    def change(table: Drawn) -> Drawn:
        rows = _copy(table)
        for index, row in enumerate(rows):
            row.insert(at, (name if index == 0 else number(index), 1, 1))
        return rows

    return change


_SPARE: dict[str, tuple[int, str, Callable[[int], str]]] = {
    "序号 first": (0, "序号", str),
    "序号 behind the unit": (2, "序号", str),
    "代码 behind the label": (1, "代码", lambda n: f"{n:02d}"),
    "备注 last": (3, "备注", lambda n: "7" if n == 9 else ""),
    "历年累计 last": (3, "历年累计", lambda n: str(9000 + n)),
    "上年数 first": (2, "上年数", lambda n: str(9000 + n)),
    "another year": (2, "2015年", lambda n: str(9000 + n)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("spare", list(_SPARE))
def test_a_column_beside_the_numbers_is_no_scope_and_no_number(layout: str, spare: str) -> None:
    cells = truth(E1)
    reading = read([render(layout, E1, cells, {"stat": _with_column(*_SPARE[spare])})], CATALOGUE)
    assert {value.scope for value in reading.values} <= {None}
    assert silently_wrong(reading, cells) == []
    if layout in ("html", "html without spans", "tabs", "tabs in place", "pipes"):
        assert wrong_cells(reading, E1, cells) == []


@pytest.mark.parametrize("layout", ["html", "tabs", "pipes", "one cell a line"])
def test_of_two_years_the_report_s_own_is_read(layout: str) -> None:
    def years(table: Drawn) -> Drawn:
        rows = _with_column(2, "2015年度", lambda n: str(9000 + n))(table)
        rows[0][3] = ("2016年度", 1, 1)
        return rows

    cells = truth(E1)
    reading = read([render(layout, E1, cells, {"stat": years})], CATALOGUE)
    assert silently_wrong(reading, cells) == []
    assert {value.scope for value in reading.values} == {None}
    if layout != "one cell a line":
        assert wrong_cells(reading, E1, cells) == []
    assert "2015年度" in next(f.message for f in reading.findings if f.rule == "read.other_column")


def test_a_number_under_another_year_than_the_report_s_is_kept_with_a_warning() -> None:
    cells = truth(E1)

    def stale(table: Drawn) -> Drawn:
        return [[*table[0][:2], ("2015年", 1, 1)], *table[1:]]

    reading = read([render("html", E1, cells, {"stat": stale})], CATALOGUE)
    assert wrong_cells(reading, E1, cells) == []
    found = [(f.printed, f.expected) for f in reading.findings if f.rule == "read.stale_column"]
    assert found == [("2015年", 2016)]


def test_two_years_of_which_neither_is_known_to_be_the_report_s_are_given_up() -> None:
    reading = _text("统计指标\t单位\t2015年\t2016年", "（一）收到申请数\t件\t3\t4", "1.当面申请数\t件\t1\t2")
    assert _value(reading, "st.application.received").status == "unreadable"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_columns_of_bodies_are_scopes_in_every_layout(layout: str) -> None:
    def bodies(table: Drawn) -> Drawn:
        rows = _with_column(3, "乡镇街道", lambda n: "" if not table[n][2][0] else str(9000 + n))(table)
        rows[0][2] = ("区政府", 1, 1)
        return rows

    cells = truth(E1)
    reading = read([render(layout, E1, cells, {"stat": bodies})], CATALOGUE)
    own = [v for v in reading.values if v.scope == "区政府" and not CATALOGUE.by_code[v.code].heading_row]
    assert [v.number for v in own] == [Decimal(str(cells[v.code])) for v in own]
    assert len(own) == 58
    towns = [v for v in reading.values if v.scope == "乡镇街道" and not CATALOGUE.by_code[v.code].heading_row]
    assert all(v.number is not None and v.number > 9000 for v in towns)
    assert {v.scope for v in reading.values} == {"区政府", "乡镇街道"}


# The statistics table: labels, units and numbers


@pytest.mark.parametrize("layout", ["one cell a line", "one cell a line, spaced", "alternating stream"])
@pytest.mark.parametrize("at", range(4, 60, 5))
def test_a_page_number_among_the_cells_is_never_a_value(layout: str, at: int) -> None:
    cells = truth(E1)
    table = render(layout, E1, cells)
    lines = table.text().split("\n")
    start = next(n for n, line in enumerate(lines) if line == "统计指标")
    lines[start + at : start + at] = ["12"]
    reading = read([to_document("\n".join(lines))], CATALOGUE)
    assert silently_wrong(reading, cells) == []


def test_a_number_between_label_and_unit_makes_the_cell_unreadable() -> None:
    reading = _text(
        "统计指标",
        "单位",
        "统计数",
        "（一）收到申请数",
        "件",
        "9",
        "1.当面申请数",
        "12",
        "件",
        "4",
        "2.传真申请数",
        "件",
        "5",
    )
    value = _value(reading, "st.application.received.in_person")
    assert (value.status, value.raw) == ("unreadable", "12 件 | 4")
    assert value.code in _warned(reading)
    assert _value(reading, "st.application.received.fax").number == 5
    row = _text("统计指标\t单位", "1.当面申请数\t12\t件\t4", "2.传真申请数\t件\t5")
    assert _value(row, "st.application.received.in_person").status == "unreadable"


def test_a_column_of_numbers_left_of_the_unit_is_read_where_the_head_says_so() -> None:
    for document in (
        _text("统计指标\t统计数\t单位", "1.当面申请数\t12\t件", "2.传真申请数\t5\t件"),
        _page(
            "<td>统计指标</td><td>统计数</td><td>单位</td>",
            "<td>1.当面申请数</td><td>12</td><td>件</td>",
            "<td>2.传真申请数</td><td>5</td><td>件</td>",
        ),
    ):
        assert _value(document, "st.application.received.in_person").number == 12
        assert _value(document, "st.application.received.fax").number == 5


def test_a_number_that_two_rows_share_is_the_number_of_neither_s_blank() -> None:
    reading = _page(
        "<td>统计指标</td><td>单位</td><td>统计数</td>",
        "<td>（一）收到申请数</td><td>件</td><td rowspan='2'>7</td>",
        "<td>1.当面申请数</td><td>件</td>",
        "<td>2.传真申请数</td><td>件</td><td>5</td>",
    )
    second = _value(reading, "st.application.received.in_person")
    assert (second.status, second.number) == ("unreadable", None)
    assert second.code in _warned(reading)
    assert _value(reading, "st.application.received.fax").number == 5


def test_the_unit_of_the_row_is_the_unit_of_its_amount() -> None:
    value = _value(_text("统计指标\t单位\t统计数", "七、依申请公开信息收取的费用\t元\t25000"), "st.fees")
    assert (value.number, value.unit, value.printed_unit) == (Decimal("2.5"), "万元", "元")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1.当面申请数\t万元\t3", "st.application.received.in_person"),
        ("1.当面申请数\t件\t3万元", "st.application.received.in_person"),
        ("七、依申请公开信息收取的费用\t件\t3", "st.fees"),
        ("七、依申请公开信息收取的费用\t万元\t三件", "st.fees"),
    ],
)
def test_a_unit_of_another_kind_than_the_cell_makes_it_unreadable(row: str, code: str) -> None:
    value = _value(_text("统计指标\t单位\t统计数", row), code)
    assert (value.status, value.number) == ("unreadable", None)


def test_words_between_label_and_number_make_the_row_unreadable() -> None:
    reading = _text("统计指标\t单位\t统计数", "1.当面申请数\t件\t含电话咨询\t3", "2.传真申请数\t件\t5")
    assert _value(reading, "st.application.received.in_person").status == "unreadable"
    assert _value(reading, "st.application.received.fax").number == 5


def test_a_row_that_ends_with_its_unit_is_blank() -> None:
    reading = _text("统计指标\t单位\t统计数", "1.当面申请数\t件", "2.传真申请数\t件\t5")
    value = _value(reading, "st.application.received.in_person")
    assert (value.status, value.raw) == ("blank", "")
    no_unit = _text("统计指标\t单位\t统计数", "1.当面申请数", "2.传真申请数\t件\t5")
    assert _value(no_unit, "st.application.received.in_person").status == "missing"


# Labels that look alike


@pytest.mark.parametrize(
    ("table", "kind", "text"),
    [
        ("t3", "row", "本年结转政府信息公开申请数量"),
        ("t3", "row", "上年新收政府信息公开申请数量"),
        ("t3", "row", "1.属于四类内部事务信息"),
        ("t3", "row", "2.属于三类过程性信息"),
        ("t3", "row", "四、结转上年度继续办理"),
        ("t2", "column", "上年制发件数"),
        ("stat", "row", "五、其他情形数二"),
    ],
)
def test_a_label_with_another_meaning_is_no_misprint(table: str, kind: str, text: str) -> None:
    assert for_catalogue(CATALOGUE).find(table, kind, text) == ()


def test_a_misprint_is_taken_for_its_label_with_a_note() -> None:
    reading = _text(
        _HEAD,
        "一、本年新收政府信息公开申请数量\t11\t12\t13\t14\t15\t16\t81",
        "二、上年结转政府信息公申请数量\t21\t22\t23\t24\t25\t26\t141",
    )
    assert _value(reading, "ar.t3.carried_in.total").number == 141
    notes = [(f.severity, f.printed, f.expected) for f in reading.findings if f.rule == "read.label_taken"]
    assert notes == [("note", "二、上年结转政府信息公申请数量", "carried_in")]
    again = _text(_HEAD, *["二、上年结转政府信息公申请数量\t21\t22\t23\t24\t25\t26\t141"] * 2)
    assert [f.rule for f in again.findings] == ["read.label_taken"]


def test_a_row_under_another_name_is_our_doubt_and_not_the_agency_s_silence() -> None:
    def renamed(table: Drawn) -> Drawn:
        return [
            [(row[0][0].replace("2.政府网站公开政府信息数", "政府网站公开数"), 1, 1), *row[1:]]
            for row in table
        ]

    for layout in ("html", "tabs", "one cell a line"):
        reading = read([render(layout, E1, truth(E1), {"stat": renamed})], CATALOGUE)
        value = _value(reading, "st.proactive.by_channel.website")
        assert (value.status, value.why) == ("missing", "lost_in_extraction")
        assert value.code in _warned(reading)
        assert [aside.text.split(" | ")[0] for aside in reading.aside] == ["政府网站公开数"]


# Lists that are not the form

_LIST = [
    ("指标名称", "计量单位", "年末统计"),
    ("主动公开信息数", "条", "138"),
    ("其中：1、网站公开", "条", "131"),
    ("2、政府公报公开", "条", "7"),
    ("受理依申请公开信息总数", "条", "9"),
    ("其中：1、当面申请数", "条", "4"),
    ("2、传真申请数", "条", "5"),
    ("3、电子邮件申请数", "条", "3"),
]


@pytest.mark.parametrize("layout", ["html", "tabs", "one cell a line"])
def test_a_list_of_an_office_s_own_is_kept_as_printed_and_not_forced_into_the_form(layout: str) -> None:
    title = "青溪县财政局2012年政府信息公开工作年度报告"
    if layout == "html":
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in _LIST)
        page = f"<html><body><div id='zoom'><h1>{title}</h1><table>{rows}</table></div></body></html>"
        reading = read([extract(page.encode())], CATALOGUE)
    else:
        joint = "\t" if layout == "tabs" else "\n"
        reading = _text(title, "", *(joint.join(row) for row in _LIST))
    assert (reading.edition, reading.values, reading.tables) == (None, (), ())
    assert [(e.label, e.unit, e.raw) for e in reading.local] == _LIST[1:]
    assert [f.rule for f in reading.findings] == ["read.local_table"]


def test_the_columns_of_a_local_list_are_kept_by_name() -> None:
    reading = _text(
        "指标名称\t计量单位\t2012年度\t历年累计",
        "主动公开文件数\t条\t3460\t85376",
        "受理依申请公开信息总数\t条\t2\t9",
    )
    assert [(e.label, e.column, e.raw) for e in reading.local] == [
        ("主动公开文件数", "2012年度", "3460"),
        ("主动公开文件数", "历年累计", "85376"),
        ("受理依申请公开信息总数", "2012年度", "2"),
        ("受理依申请公开信息总数", "历年累计", "9"),
    ]


@pytest.mark.parametrize(
    ("official", "foreign", "is_form"),
    [
        # Labels of the form's own length or a heading's dashes: a province's rows may be three times as many.
        (["一、主动公开情况\t——\t", "制发规范性文件总数\t件\t41"], 6, True),
        (["一、主动公开情况\t——\t", "制发规范性文件总数\t件\t41"], 7, False),
        # Short labels may be alike by chance: they must be more than the others.
        (["1.当面申请数\t件\t42", "2.传真申请数\t件\t43"], 1, True),
        (["1.当面申请数\t件\t42", "2.传真申请数\t件\t43"], 2, False),
    ],
)
def test_rows_of_an_office_s_own_make_a_list_of_its_own_only_where_they_are_too_many(
    official: list[str], foreign: int, is_form: bool
) -> None:
    rows = [f"{name}养护里程\t公里\t{500 + at}" for at, name in enumerate("甲乙丙丁戊己庚"[:foreign])]
    reading = _text("统计指标\t单位\t统计数", *official, *rows)
    numbers = {int(value.number) for value in reading.values if value.number is not None}
    assert numbers == (
        {int(row.split("\t")[2]) for row in official if row[-1].isdigit()} if is_form else set()
    )
    assert len(reading.local) == (0 if is_form else foreign + sum(row[-1].isdigit() for row in official))
    assert ("read.local_table" in {f.rule for f in reading.findings}) == (not is_form)


def test_an_old_form_in_a_later_year_is_read_as_it_is_with_a_note() -> None:
    cells = truth(E2)
    text = render("tabs", E2, cells).text().replace("2020年", "2023年", 1)
    reading = read([to_document(text)], CATALOGUE)
    assert wrong_cells(reading, E2, cells) == []
    assert [(f.rule, f.severity, f.printed, f.expected) for f in reading.findings] == [
        ("read.other_edition", "note", E2, E3)
    ]


# What two tables say of each other


def test_table_four_has_the_edition_of_table_three() -> None:
    cells = truth(E3)
    other = truth(E2)
    mixed = render("tabs", E3, cells).text()
    two = render("tabs", E2, other).text()
    first = two[two.index("二、主动公开") : two.index("三、收到和处理")]
    text = mixed[: mixed.index("二、主动公开")] + first + mixed[mixed.index("三、收到和处理") :]
    reading = read([to_document(text)], CATALOGUE)
    assert [(t.key, t.edition) for t in reading.tables] == [("t2", E2), ("t3", E3), ("t4", E3)]


def test_a_table_printed_twice_with_other_numbers_is_one_warning() -> None:
    one, other = truth(E3), truth(E3, 2)

    def both(table: Drawn) -> Drawn:
        return table

    text = render("tabs", E3, one, {"t3": both}).text()
    second = render("tabs", E3, other).text()
    second = second[second.index("三、收到和处理") : second.index("四、政府信息公开")]
    cut = text.index("四、政府信息公开")
    reading = read([to_document(text[:cut] + "\n" + second + text[cut:])], CATALOGUE)
    twice = [f for f in reading.findings if f.rule == "read.unreadable"]
    assert len(twice) == 1
    assert len(twice[0].codes) == 175
    assert silently_wrong(reading, one) == []


def test_a_half_row_without_a_label_takes_the_blanks_of_the_row_before_with_it() -> None:
    reading = _text(
        "第二十条第（一）项",
        "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
        "规章\t\t\t",
        "\t3\t1\t9",
    )
    value = _value(reading, "ar.t2.art20_1.rules.issued")
    assert (value.status, value.raw) == ("unreadable", "3 | 1 | 9")
    assert value.code in _warned(reading)


def test_spans_beyond_all_measure_are_not_laid_out() -> None:
    cells = [Cell("自然人", 1, 1, 99_999_999, 50)]
    cells += [Cell("5", row, 1) for row in range(2, 20_002)]
    document = Document((Table(1, tuple(cells), drawn=True),), "text/html", "utf-8", "test", "1")
    assert sum(len(row.slots) for row in rows_of([document])) < 100_000


def test_a_number_that_identities_have_placed_is_not_judged_by_them() -> None:
    group = "ar.t4.reconsideration"
    names = ("upheld", "corrected", "other", "pending", "total")
    tables = (TableSeen("t4", E3),)

    def judged(placed_by: str) -> tuple[int, int]:
        values = [Value(f"{group}.{name}", "reported", "9", Decimal(9)) for name in names[1:]]
        values.append(Value(f"{group}.upheld", "reported", "9", Decimal(9), placed_by=placed_by))  # type: ignore[arg-type]
        findings, checks = check(values, (), tables, CATALOGUE)
        return len(findings), checks.failed

    assert judged("labels") == (1, 1)
    assert judged("identities") == (0, 0)


# Rows cut or moved, columns of another time, units beside the number

_DECISIONS = "ar.t2.art20_6.administrative_penalty.decisions"
_COERCION = "ar.t2.art20_6.administrative_compulsion.decisions"
_BLOCK = ("第二十条第（六）项", "信息内容\t本年处理决定数量")


def _states(reading: Reading, *codes: str) -> list[tuple[str, str | None]]:
    found = [_value(reading, code) for code in codes]
    warned = _warned(reading)
    return [(value.status, "warned" if value.code in warned else None) for value in found]


def test_a_number_cut_in_two_rows_is_unreadable() -> None:
    reading = _text(*_BLOCK, "行政处罚\t46", "\t81", "行政强制\t57")
    assert _states(reading, _DECISIONS) == [("unreadable", "warned")]
    assert _value(reading, _COERCION).number == 57


def test_numbers_one_row_above_their_labels_are_no_blanks() -> None:
    two = _text(*_BLOCK, "\t46", "行政处罚\t", "\t57", "行政强制\t")
    assert _states(two, _DECISIONS, _COERCION) == [("unreadable", "warned")] * 2
    stat = _text("统计指标\t单位\t统计数", "\t\t46", "1.当面申请数\t件\t", "\t\t57", "2.传真申请数\t件\t")
    received = "st.application.received"
    assert _states(stat, f"{received}.in_person", f"{received}.fax") == [("unreadable", "warned")] * 2


def test_a_label_cut_in_two_whose_number_stands_in_its_first_half_is_no_blank() -> None:
    reading = _text(
        "统计指标\t单位\t统计数",
        "（一）主动公开政\t条\t64",
        "府信息数（不同渠道和方式公开相同信息计1条）\t\t",
    )
    assert _states(reading, "st.proactive.items") == [("unreadable", "warned")]


@pytest.mark.parametrize("value", ["（27）", "(4)", "一", "六、", "三九"])
def test_a_value_like_a_numeral_is_no_blank(value: str) -> None:
    reading = _text("统计指标\t单位\t统计数", f"1.当面申请数\t件\t{value}", "2.传真申请数\t件\t5")
    assert _states(reading, "st.application.received.in_person") == [("unreadable", "warned")]
    assert _value(reading, "st.application.received.fax").number == 5


@pytest.mark.parametrize(
    "head", ["历年累计", "上年数", "1-9月", "二季度", "上半年", "目标值", "占比", "2008年以来"]
)
def test_a_column_of_another_time_or_a_ratio_is_not_the_report_s(head: str) -> None:
    reading = _text(f"统计指标\t单位\t{head}", "1.当面申请数\t件\t12", "2.传真申请数\t件\t5")
    received = "st.application.received"
    assert _states(reading, f"{received}.in_person", f"{received}.fax") == [("unreadable", "warned")] * 2


@pytest.mark.parametrize("head", ["1-12月", "1月至12月", "全年累计", "数据", "填报数"])
def test_a_column_of_the_whole_year_is_the_report_s(head: str) -> None:
    reading = _text(f"统计指标\t单位\t{head}", "1.当面申请数\t件\t12", "2.传真申请数\t件\t5")
    assert _value(reading, "st.application.received.in_person").number == 12


_FEE = "ar.t2.art20_8.administrative_charges.amount"


@pytest.mark.parametrize(
    ("over", "head", "label", "number"),
    [
        ("", "本年收费金额（单位：千元）", "行政事业性收费", "6.4"),
        ("", "本年收费金额（单位：百万元）", "行政事业性收费", "6400"),
        ("", "本年收费金额", "行政事业性收费（元）", "0.0064"),
        ("单位：元", "本年收费金额", "行政事业性收费", "0.0064"),
        ("单位：件、元", "本年收费金额", "行政事业性收费", "0.0064"),
        ("填报单位：某局", "本年收费金额（单位：万元）", "行政事业性收费", "64"),
        ("单位：元", "本年收费金额（单位：万元）", "行政事业性收费", None),
        ("", "本年收费金额（人民币）", "行政事业性收费", None),
        ("", "本年收费金额（单位：万美元）", "行政事业性收费", None),
    ],
)
def test_the_unit_of_an_amount_is_that_of_head_label_or_caption(
    over: str, head: str, label: str, number: str | None
) -> None:
    block = [["第二十条第（八）项", ""], ["信息内容", head], [label, "64"]]

    def table(rows: list[list[str]]) -> Table:
        cells = [Cell(text, y, x) for y, row in enumerate(rows, 1) for x, text in enumerate(row, 1)]
        return Table(1, tuple(cells), drawn=True)

    for blocks in ((Paragraph(over), table(block)), (table([[over, ""], *block]),)):
        reading = read([Document(blocks, "text/html", "utf-8", "test", "1")], CATALOGUE)
        value = _value(reading, _FEE)
        assert value.number == (None if number is None else Decimal(number)), blocks
        assert value.status == ("unreadable" if number is None else "reported")


def test_a_label_in_tens_of_thousands_is_no_count() -> None:
    reading = _text(*_BLOCK, "行政处罚（万件）\t46", "行政强制（件）\t57")
    assert _value(reading, _DECISIONS).number is None
    assert _value(reading, _COERCION).number == 57


@pytest.mark.parametrize("label", ["行政处罚（上年）", "其中：行政处罚"])
def test_a_part_or_another_year_is_no_row_of_table_two(label: str) -> None:
    assert _value(_text(*_BLOCK, f"{label}\t46", "行政强制\t57"), _DECISIONS).number is None


def test_in_a_stream_a_number_behind_the_head_puts_its_block_in_doubt() -> None:
    head = ["信息内容", "本年处理决定数量"]
    stream = [
        "第二十条第（五）项",
        *head,
        "31",
        "行政许可",
        "第二十条第（六）项",
        *head,
        "46",
        "行政处罚",
        "57",
        "行政强制",
    ]
    assert _value(_text(*stream), _DECISIONS).number is None


def test_in_a_stream_a_column_of_an_office_s_own_puts_the_numbers_in_doubt() -> None:
    stream = [
        "第二十条第（六）项",
        "信息内容",
        "本年处理决定数量",
        "备注",
        "行政处罚",
        "57",
        "行政强制",
        "4",
        "8",
    ]
    reading = _text(*stream)
    assert (_value(reading, _DECISIONS).number, _value(reading, _COERCION).number) == (None, None)


def test_in_a_stream_a_number_behind_a_heading_puts_the_rows_below_it_in_doubt() -> None:
    reading = _text(
        "统计指标",
        "单位",
        "统计数",
        "三、依申请公开情况",
        "——",
        "9",
        "（一）收到申请数",
        "件",
        "4",
        "1.当面申请数",
        "件",
        "2",
    )
    received = "st.application.received"
    assert _states(reading, received, f"{received}.in_person") == [("unreadable", "warned")] * 2
