"""A page that ends within a row of one cell a line: its number takes no blank cell's place in silence."""

from decimal import Decimal

import pytest

from archive.text.plain import to_document
from gxstore.reading.page_marks import is_page_mark
from gxstore.reading.read import read
from gxstore.reading.report import Reading
from tests.forms import CATALOGUE, E1, E3, Drawn, DrawnCell, drawn_tables, render, truth

_MARKS = (
    "—3—",
    "－３－",
    "-3-",
    "— 3 —",
    "3/9",
    "3 / 9",
    "3／9",
    "3页",
    "3.",
    "3、",
    "③",
    "3 of 9",
    "3-",
    "第3页",
)
_ROWS = {
    "t2": [f"ar.t2.art20_1.normative_documents.{column}" for column in ("issued", "repealed", "in_force")],
    "t3": [
        cell.code for cell in CATALOGUE.of_edition(E3, "t3") if cell.row == "outcome.unable.needs_creation"
    ],
    "t4": [cell.code for cell in CATALOGUE.of_edition(E3, "t4")],
}
_OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
_LICENSING = "ar.t2.art20_5.administrative_licensing.decisions"


def _reading(
    table: str, *, blank: bool, mark: str, odd: str = "", before: str = ""
) -> tuple[Reading, list[str]]:
    """A report of 2021 as one cell a line, a mark behind the first number of a row; with `blank` the last but one was
    left blank. `odd` is put to the second number; `before` stands behind the row above. Also the codes of the row."""
    cells = truth(E3)
    row = _ROWS[table]
    texts = [str(cells[code]) for code in row]

    def change(drawn: Drawn) -> Drawn:
        rows: Drawn = []
        for drawn_row in drawn:
            printed = [text for text, _, _ in drawn_row]
            if printed[-len(texts) :] != texts:
                rows.append(drawn_row)
                continue
            if before:
                rows[-1] = [*rows[-1], (before, 1, 1)]
            first, second, *rest = printed[-len(texts) :]
            numbers = [first, mark, f"{odd}{second}", *rest]
            if blank:
                del numbers[-2]
            values: list[DrawnCell] = [(text, 1, 1) for text in numbers]
            rows.append([*drawn_row[: -len(texts)], *values])
        return rows

    return read([render("one cell a line", E3, cells, {table: change})], CATALOGUE), row


def _numbers(reading: Reading, codes: list[str]) -> list[Decimal | None]:
    return [value.number if (value := reading.value(code)) else None for code in codes]


@pytest.mark.parametrize("table", _ROWS)
@pytest.mark.parametrize("mark", _MARKS)
def test_the_mark_of_a_page_makes_up_for_no_blank_cell_of_its_row(table: str, mark: str) -> None:
    reading, row = _reading(table, blank=True, mark=mark)
    assert {(value := reading.value(code)) and value.status for code in row} == {"unreadable"}
    assert any(f.severity == "warning" and set(row) <= set(f.codes) for f in reading.findings)
    cells = truth(E3)
    others = [code for code in cells if code not in row]
    assert _numbers(reading, others) == [Decimal(str(cells[code])) for code in others]


@pytest.mark.parametrize("table", _ROWS)
@pytest.mark.parametrize("mark", _MARKS)
def test_the_mark_of_a_page_in_a_row_without_blanks_takes_nothing_from_it(table: str, mark: str) -> None:
    reading, _ = _reading(table, blank=False, mark=mark)
    cells = truth(E3)
    assert _numbers(reading, list(cells)) == [Decimal(str(number)) for number in cells.values()]


@pytest.mark.parametrize("table", ["t3", "t4"])
@pytest.mark.parametrize("odd", ["", "约"])
def test_a_bare_number_that_goes_on_with_the_pages_gives_up_its_row_where_no_sum_tells(
    table: str, odd: str
) -> None:
    reading, row = _reading(table, blank=True, mark="3", odd=odd, before="— 2 —")
    assert {(value := reading.value(code)) and value.status for code in row} == {"unreadable"}
    assert any(f.rule == "read.unreadable" and set(row) <= set(f.codes) for f in reading.findings)


@pytest.mark.parametrize(("printed", "read_as"), [("3", True), ("4", True), ("约4", False)])
def test_a_number_that_may_be_that_of_a_page_stays_where_the_sum_of_its_row_holds(
    printed: str, read_as: bool
) -> None:
    cells = truth(E3)
    row = _ROWS["t3"]
    own = [11, 3, 17, 29, 23, 19]
    own[1:3] = [3, int(printed[-1]) + 13]

    def change(drawn: Drawn) -> Drawn:
        texts = [str(cells[code]) for code in row]
        rows: Drawn = []
        for drawn_row in drawn:
            if [text for text, _, _ in drawn_row][-7:] == texts:
                rows[-1] = [*rows[-1], ("- 2 -", 1, 1)]
                numbers = [*map(str, own), str(sum(own))]
                if not read_as:
                    numbers[0] = f"约{numbers[0]}"
                values: list[DrawnCell] = [(text, 1, 1) for text in numbers]
                drawn_row = [*drawn_row[:-7], *values]
            rows.append(drawn_row)
        return rows

    reading = read([render("one cell a line", E3, cells, {"t3": change})], CATALOGUE)
    expected = [Decimal(number) for number in (*own, sum(own))] if read_as else [None] * 7
    assert _numbers(reading, row) == expected


def test_a_mark_that_is_all_that_a_row_prints_is_no_blank() -> None:
    lines = [
        "青溪县司法局2023年政府信息公开工作年度报告",
        "",
        "第二十条第（五）项",
        "信息内容",
        "本年处理决定数量",
    ]
    lines += [
        "行政许可",
        "3/9",
        "第二十条第（六）项",
        "信息内容",
        "本年处理决定数量",
        "行政处罚",
        "41",
        "行政强制",
        "52",
    ]
    lines += ["第二十条第（八）项", "信息内容", "本年收费金额（单位：万元）", "行政事业性收费", "6.5"]
    reading = read([to_document("\n".join(lines))], CATALOGUE)
    value = reading.value(_LICENSING)
    assert value is not None
    assert (value.status, value.raw) == ("unreadable", "3/9")


@pytest.mark.parametrize(
    ("text", "is_mark"),
    [
        ("3456/9", False),
        ("-3", False),
        ("3", False),
        ("3.5", False),
        ("345①", False),
        ("/", False),
        ("4567-", False),
    ],
)
def test_what_may_be_a_value_is_no_mark_of_a_page(text: str, is_mark: bool) -> None:
    assert is_page_mark(text) == is_mark


@pytest.mark.parametrize("sign", ["/", "—", "无"])
def test_a_bare_number_beside_signs_for_nothing_is_named_where_it_does_not_add_up(sign: str) -> None:
    cells = truth(E3)
    row = _ROWS["t3"]
    texts = [str(cells[code]) for code in row]

    def change(drawn: Drawn) -> Drawn:
        values: list[DrawnCell] = [(text, 1, 1) for text in ("11", sign, "3", "17", sign, sign, "28")]
        return [[*r[:-7], *values] if [t for t, _, _ in r][-7:] == texts else r for r in drawn]

    reading = read([render("one cell a line", E3, cells, {"t3": change})], CATALOGUE)
    doubted = [f for f in reading.findings if f.rule == "read.blank_in_doubt"]
    assert [set(f.codes) for f in doubted] == [set(row)]
    assert (doubted[0].printed, doubted[0].expected) == (Decimal(28), Decimal(31))


@pytest.mark.parametrize("at", range(5))
def test_a_bare_number_in_one_group_of_table_four_puts_the_blanks_of_the_others_in_doubt(at: int) -> None:
    """A number of a page in 行政复议, a blank lost in 复议后起诉: every zero between stands one place further on."""
    texts = ["3", "0", "0", "0", "3", *["0"] * 9]
    texts.insert(at, "8")
    lines = [
        "青溪县司法局2023年政府信息公开工作年度报告",
        "四、政府信息公开行政复议、行政诉讼情况",
        *("行政复议", "行政诉讼", *_OUTCOMES, "未经复议直接起诉", "复议后起诉", *_OUTCOMES, *_OUTCOMES),
        *texts,
        "五、存在的主要问题及改进情况",
    ]
    reading = read([to_document("\n\n".join(lines))], CATALOGUE)
    four = {value.code for value in reading.values if value.code.startswith("ar.t4.")}
    named = {code for finding in reading.findings if finding.severity == "warning" for code in finding.codes}
    unread = {v.code for v in reading.values if v.status in ("unreadable", "missing")}
    assert four <= named | unread


# The number of a page in front of a running head that was left from another year

_STALE = "青溪县司法局2021年政府信息公开工作年度报告"
_LAST = {
    (E3, "t2"): _LICENSING,
    (E3, "t3"): "ar.t3.outcome.unable.needs_creation.total",
    (E3, "t4"): "ar.t4.litigation_after_reconsideration.total",
    (E1, "stat"): "st.litigation.other",
}


@pytest.mark.parametrize("unit_behind", [False, True])
@pytest.mark.parametrize(("edition", "table"), _LAST)
def test_a_number_before_a_running_head_of_another_year_with_a_number_behind_it_is_in_doubt(
    edition: str, table: str, unit_behind: bool
) -> None:
    cells = truth(edition)
    code = _LAST[edition, table]
    text = str(cells[code])

    def change(drawn: Drawn) -> Drawn:
        rows: Drawn = []
        for row in drawn:
            printed = [cell[0] for cell in row]
            if text in printed:
                at = printed.index(text) - (unit_behind and table == "stat")
                printed[at:at] = ["4", _STALE]
            rows.append([(word, 1, 1) for word in printed])
        return rows

    reading = read([render("one cell a line", edition, cells, {table: change})], CATALOGUE)
    value = reading.value(code)
    assert value is not None
    assert (value.status, value.number) == ("unreadable", None)
    assert text in str(value.raw)
    assert any(f.severity == "warning" and code in f.codes for f in reading.findings)


def test_a_report_of_another_year_behind_the_last_row_puts_nothing_in_doubt() -> None:
    cells, others = truth(E3), truth(E3, 7)

    def change(drawn: Drawn) -> Drawn:
        other = next(t for _, t in drawn_tables(E3, others) if t[0] == drawn[0])
        return [*drawn, [(_STALE, 1, 1)], *other]

    reading = read([render("one cell a line", E3, cells, {"t2": change})], CATALOGUE)
    codes = [cell.code for cell in CATALOGUE.of_edition(E3, "t2")]
    assert _numbers(reading, codes) == [Decimal(str(cells[code])) for code in codes]
    assert {f.rule for f in reading.findings if f.severity == "warning"} == {"read.foreign_table"}
