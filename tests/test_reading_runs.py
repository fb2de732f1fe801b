"""Runs of numbers: placed where the identities of row and columns agree on one split, unreadable else."""

import io
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from archive.text.document import Document
from archive.text.extract import extract
from archive.text.plain import to_document
from crawler.answers import series_json
from crawler.display import explanation, series_table
from gxstore import models, regions
from gxstore.query import AgencyRow, Point
from gxstore.query import Path as WayBack
from gxstore.reading.attribution import attribute
from gxstore.reading.json_form import to_json
from gxstore.reading.number_runs import Identities, pieces_of, splits
from gxstore.reading.read import read
from gxstore.reading.report import Reading
from gxstore.readings import decode_value, encode_value
from tests.accuracy import Tally, runs, tallies
from tests.forms import CATALOGUE, COLUMNS, E3, Change, Drawn, Truth, render, truth

_CARRIED = "ar.t3.carried_in"
_CARRIED_IN = "二、上年结转政府信息公开申请数量"
_BALANCE = ("一、本年新收政府信息公开申请数量", "（七）总计", "四、结转下年度继续办理")


def _report(row: Sequence[str], cells: Truth, *, y: int = 1, layout: str = "tabs") -> Reading:
    """A report of 2021's form in which the numbers of one row of table three (from 0) are the texts given."""
    return read([_document({y: row}, cells, layout)], CATALOGUE)


def _document(rows: dict[int, Sequence[str]], cells: Truth, layout: str = "tabs") -> Document:
    def change(table: Drawn) -> Drawn:
        table = [list(line) for line in table]
        for y, texts in rows.items():
            table[3 + y] = [*table[3 + y][:-7], *((text, 1, 1) for text in texts)]
        return table

    changes: dict[str, Change] = {"t3": change}
    return render(layout, E3, cells, changes)


def _small(**carried: int) -> Truth:
    """A report with no request but those carried in from the year before, and settled: one outcome, one total."""
    cells = dict(truth(E3)) | {code: 0 for code in truth(E3) if code.startswith("ar.t3.")}
    for column, number in carried.items():
        for row in ("carried_in", "outcome.granted", "outcome.total"):
            cells[f"ar.t3.{row}.{column}"] = number
            cells[f"ar.t3.{row}.total"] = int(cells[f"ar.t3.{row}.total"]) + number
    return cells


def _row(reading: Reading, row: str = _CARRIED) -> list[tuple[str, Decimal | None, str]]:
    values = [reading.value(f"{row}.{column}") for column in COLUMNS]
    return [(v.status, v.number, v.placed_by) for v in values if v is not None]


_UNREAD = [("unreadable", None, "labels")] * 7


def _placed(*numbers: int) -> list[tuple[str, Decimal | None, str]]:
    return [("reported", Decimal(number), "identities") for number in numbers]


@pytest.mark.parametrize("layout", ["tabs", "tabs in place", "pipes", "one cell a line", "html"])
def test_a_run_with_one_blank_lost_is_placed_by_row_and_columns(layout: str) -> None:
    reading = _report(["0 0 0 0 0 00"], _small(), layout=layout)
    assert _row(reading) == _placed(0, 0, 0, 0, 0, 0, 0)
    reading = _report(
        ["0 2 0 0 1 03"], _small(commercial_enterprise=2, legal_service_organisation=1), layout=layout
    )
    assert _row(reading) == _placed(0, 2, 0, 0, 1, 0, 3)


def test_numbers_of_several_figures_are_placed_where_blanks_part_them() -> None:
    cells = _small(natural_person=12, other_organisation=30)
    assert _row(_report(["12 0 0 0 0 30 42"], cells)) == _placed(12, 0, 0, 0, 0, 30, 42)
    assert _row(_report(["12 0 0 00 30 42"], cells)) == _placed(12, 0, 0, 0, 0, 30, 42)


def test_a_glued_run_of_numbers_of_several_figures_is_unreadable_though_its_identities_fit() -> None:
    cells = _small(natural_person=12, other_organisation=30)
    assert _row(_report(["12 0 0 0 03042"], cells)) == _UNREAD
    assert _row(_report(["12", "0", "0", "0", "0", "3042"], cells)) == _UNREAD
    assert _row(_report(["120000 30 42"], cells)) == _UNREAD


def test_a_figure_with_a_zero_glued_behind_it_may_be_a_larger_number_and_is_not_cut() -> None:
    cells = _small(natural_person=2)
    assert _row(_report(["20 0 0 0 0 2"], cells)) == _UNREAD
    assert _row(_report(["2 0 0 0 0 02"], cells)) == _placed(2, 0, 0, 0, 0, 0, 2)


def test_a_run_whose_row_sum_alone_fits_is_unreadable() -> None:
    cells = _small()
    assert _row(_report(["0 1 0 0 0 01"], cells)) == _UNREAD


def test_a_run_whose_columns_alone_fit_is_unreadable() -> None:
    cells = _small(commercial_enterprise=1) | {
        "ar.t3.outcome.total.total": 3,
        "ar.t3.outcome.granted.total": 3,
    }
    assert _row(_report(["0 1 0 0 0 03"], cells)) == _UNREAD


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("neighbour", ["new_received", "outcome.total", "carried_forward"])
def test_a_misprint_in_any_neighbour_of_a_run_leaves_it_unread(neighbour: str, column: str) -> None:
    cells = _small(commercial_enterprise=1) | {f"ar.t3.{neighbour}.{column}": 7}
    reading = _report(["0 1 0 0 0 01"], cells)
    assert _row(reading) == _UNREAD
    value = reading.value(f"{_CARRIED}.other_organisation")
    assert value is not None
    assert value.raw == "0 1 0 0 0 01"


def test_two_runs_that_meet_in_a_column_are_no_proof_of_each_other() -> None:
    document = _document({0: ["0 0 0 0 0 00"], 1: ["0 0 0 0 0 00"]}, _small())
    reading = read([document], CATALOGUE)
    assert _row(reading) == _row(reading, "ar.t3.new_received") == _UNREAD


def test_runs_that_meet_in_no_identity_are_placed_each_on_its_own() -> None:
    document = _document({1: ["0 0 0 0 0 00"], 4: ["0 0 0 0 0 00"]}, _small())
    reading = read([document], CATALOGUE)
    assert _row(reading) == _row(reading, "ar.t3.outcome.refused.state_secret") == _placed(*[0] * 7)


def test_a_neighbour_that_is_blank_or_absent_proves_nothing() -> None:
    cells = _small() | {"ar.t3.carried_forward.other_organisation": ""}
    assert _row(_report(["0 0 0 0 0 00"], cells, layout="html")) == _UNREAD


def test_identities_that_placed_a_run_are_not_assessed_and_never_hold() -> None:
    whole = read([_document({}, _small())], CATALOGUE).checks
    placed = _report(["0 0 0 0 0 00"], _small()).checks
    # The row's own sum and the balance of seven columns.
    assert (whole.held - placed.held, placed.not_assessable - whole.not_assessable) == (1 + 7, 1 + 7)
    assert whole.failed == placed.failed == 0


def test_a_run_is_placed_in_the_order_in_which_the_head_prints_its_columns() -> None:
    def swapped_with_a_run(table: Drawn) -> Drawn:
        table = [list(line) for line in table]
        table[2][0], table[2][1] = table[2][1], table[2][0]
        for line in table[3:]:
            line[-6], line[-5] = line[-5], line[-6]
        table[4] = [*table[4][:-7], ("0 0 2 0 0 02", 1, 1)]
        return table

    cells = _small(commercial_enterprise=2)
    reading = read([render("tabs", E3, cells, {"t3": swapped_with_a_run})], CATALOGUE)
    assert _row(reading) == _placed(0, 2, 0, 0, 0, 0, 2)


def test_a_row_printed_as_two_different_runs_is_unreadable() -> None:
    def doubled(table: Drawn) -> Drawn:
        label = table[4][:-7]
        return [*table[:4], [*label, ("0 0 0 0 0 00", 1, 1)], [*label, ("0 1 0 0 0 01", 1, 1)], *table[5:]]

    assert {
        status for status, *_ in _row(read([render("tabs", E3, _small(), {"t3": doubled})], CATALOGUE))
    } == {"unreadable"}


def test_a_run_keeps_the_text_and_the_place_of_its_cell() -> None:
    value = _report(["0 0 0 0 0 00"], _small()).value(f"{_CARRIED}.other_organisation")
    assert value is not None
    assert value.raw == "0 0 0 0 0 00"
    assert value.where is not None
    stored = decode_value(models.Value(**encode_value(1, 2, value)))
    assert (stored.value, stored.raw, stored.placed_by) == (Decimal(0), "0 0 0 0 0 00", "identities")


def test_the_mark_is_in_the_json_of_a_reading() -> None:
    document = _document({1: ["0 0 0 0 0 00"]}, _small())
    reading = read([document], CATALOGUE)
    printed = to_json({}, reading, attribute([document], reading, regions.load(), CATALOGUE))
    marked = [value["code"] for value in printed["values"] if value["placed_by"] == "identities"]
    assert marked == [f"{_CARRIED}.{column}" for column in COLUMNS]


def test_every_answer_for_people_and_machines_shows_the_mark(tmp_path: Path, gxcrawl: Any) -> None:
    numbers = ("0 0 0 0 0 00", "自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计")
    rows = [
        f"\t{numbers[1]}",
        *(f"{label}\t" + "\t".join("0" * 7) for label in _BALANCE),
        f"{_CARRIED_IN}\t{numbers[0]}",
    ]
    path = tmp_path / "report.txt"
    path.write_text(
        "\n".join(["青溪县司法局2023年政府信息公开工作年度报告", "", "一、总体情况", "", "略。", "", *rows]),
        "utf-8",
    )
    done = gxcrawl("parse", "--json", str(path), environment=dict(os.environ))
    marked = [v["code"] for v in json.loads(done.stdout)["values"] if v["placed_by"] == "identities"]
    assert marked == [f"{_CARRIED}.{column}" for column in COLUMNS]
    assert "identities" in gxcrawl("parse", str(path), environment=dict(os.environ)).stdout


@pytest.mark.parametrize("placed_by", ["labels", "identities"])
def test_a_series_and_its_explanation_show_the_mark(placed_by: str) -> None:
    way = WayBack(
        **{
            **dict.fromkeys(
                ("url", "vantage", "warc_file", "record_id", "payload_sha256", "text_sha256"), "x"
            ),
            **dict.fromkeys(("conversion_file", "extractor", "reader_version", "catalogue_digest"), "x"),
            **dict.fromkeys(("warc_offset", "version", "conversion_offset", "table", "row", "column"), 1),
            "fetched_at": datetime(2024, 2, 1, tzinfo=UTC),
            "line": None,
            "page": None,
            "box": None,
        }  # type: ignore[arg-type]
    )
    agency = AgencyRow(1, "qx-sfj", "青溪县司法局", "640000")
    number = (Decimal(4), "0 4 0 0 0 04", "件", placed_by, E3, (), way)
    point = Point(agency, 2023, f"{_CARRIED}.total", None, "reported", None, *number)
    said = io.StringIO()
    series_table(Console(file=said, width=200), "上年结转", [point], "件")
    explanation(Console(file=said, width=200), point)
    marked = placed_by == "identities"
    assert ("4~" in said.getvalue()) == ("placed by" in said.getvalue()) == marked
    assert series_json(CATALOGUE.by_code[point.code], [point])["points"][0]["placed_by"] == placed_by


# Runs beside blanks, and glued to labels


def test_a_run_in_the_first_cell_of_a_drawn_row_makes_no_blanks_of_the_others() -> None:
    reading = _report(["0 1 0 0 0 02", "", "", "", "", "", ""], _small(), layout="html")
    assert _row(reading) == _UNREAD


@pytest.mark.parametrize("glue", ["", " "])
def test_a_run_glued_to_its_label_is_not_swallowed_by_it(glue: str) -> None:
    def change(table: Drawn) -> Drawn:
        table = [list(line) for line in table]
        for y in (4, 6):
            *before, (label, down, across) = table[y][:-7]
            table[y] = [*before, (f"{label}{glue}0 0 0 0 0 00", down, across)]
        return table

    for layout in ("tabs", "tabs in place", "html", "one cell a line"):
        reading = read([render(layout, E3, _small(), {"t3": change})], CATALOGUE)
        assert _row(reading) == _placed(*[0] * 7), layout
        # （二）部分公开（…）: a label with a comment.
        assert _row(reading, "ar.t3.outcome.partly_granted") == _placed(*[0] * 7), layout


@pytest.mark.parametrize("row", ["outcome.other_handling.other", "outcome.total"])
def test_a_run_glued_to_a_label_that_only_its_group_tells_is_cut_off_too(row: str) -> None:
    y = [r.code for r in CATALOGUE.rows if E3 in r.editions].index(row)

    def change(table: Drawn) -> Drawn:
        table = [list(line) for line in table]
        *before, (label, down, across) = table[3 + y][:-7]
        table[3 + y] = [*before, (f"{label} 0 0 0 0 0 00", down, across)]
        return table

    assert _row(read([render("tabs", E3, _small(), {"t3": change})], CATALOGUE), f"ar.t3.{row}") == _placed(
        *[0] * 7
    )


def test_numbers_with_units_behind_a_label_and_its_comment_are_not_swallowed() -> None:
    def change(table: Drawn) -> Drawn:
        table = [list(line) for line in table]
        *before, (label, down, across) = table[6][:-7]
        table[6] = [*before, (f"{label}3件 0件", down, across), *[("", 1, 1)] * 7]
        return table

    reading = read([render("html", E3, _small(), {"t3": change})], CATALOGUE)
    found = [value for value in reading.values if value.code.startswith("ar.t3.outcome.partly_granted.")]
    assert {(value.status, value.why) for value in found} == {("missing", "lost_in_extraction")}


def test_numbers_behind_the_label_of_a_statistics_row_are_no_cell_of_its_own() -> None:
    rows = "统计指标\t单位\t统计数\n一、主动公开情况\t——\t\n主动公开规范性文件数\t条\t4\n制发规范性文件总数412\t\t"
    value = read([to_document(rows)], CATALOGUE).value("st.proactive.normative_documents_issued")
    assert value is not None
    assert value.number is None


@pytest.mark.parametrize(
    "texts", [["0 1 0 0 0", "", "", "", "", "", "1"], ["0 1 0 0", "", "", "", "0 01", "", ""]]
)
def test_a_run_with_empty_cells_in_it_is_unreadable_as_a_whole(texts: list[str]) -> None:
    for layout in ("html", "html without spans", "tabs"):
        assert _row(_report(texts, _small(commercial_enterprise=1), layout=layout)) == _UNREAD


def test_a_page_of_runs_under_one_label_costs_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    place = Identities.place

    def counted(self: Identities, *args: Any) -> Any:
        asked.append(args)
        return place(self, *args)

    def many(table: Drawn) -> Drawn:
        label = table[4][:-7]
        return [*table[:4], *([*label, (f"0 0 0 0 {at} 0{at}", 1, 1)] for at in range(500)), *table[5:]]

    monkeypatch.setattr(Identities, "place", counted)
    _report(["0 0 0 0 0 00"], _small())
    assert len(asked) == 1
    reading = read([render("tabs", E3, _small(), {"t3": many})], CATALOGUE)
    assert len(asked) == 1
    assert {status for status, *_ in _row(reading)} == {"unreadable"}


_HEAD_TWO = "第二十条第（一）项\n信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"


@pytest.mark.parametrize(
    ("rows", "raws"),
    [
        ("规章000\t行政规范性文件303\t\t", ("000", "303")),
        ("规章000行政规范性文件303\t", ("000", "303")),
        ("规章0 0 0\n行政规范性文件3 03\t\t", ("0 0 0", "3 03")),
        ("规章\t0 0 0\t\t\n行政规范性文件\t303", ("0 0 0", "303")),
    ],
)
def test_no_identity_cuts_a_run_of_table_two_and_its_text_is_kept(rows: str, raws: tuple[str, str]) -> None:
    reading = read([to_document(_HEAD_TWO + rows)], CATALOGUE)
    for row, raw in zip(("rules", "normative_documents"), raws, strict=True):
        for column in ("issued", "repealed", "in_force"):
            value = reading.value(f"ar.t2.art20_1.{row}.{column}")
            assert value is not None
            assert (value.status, value.raw) == ("unreadable", raw)


def test_a_run_in_a_drawn_row_of_table_two_makes_no_blanks_beside_it() -> None:
    head = "".join(
        f"<td>{label}</td>" for label in ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数")
    )
    page = (
        f"<table><tr><td colspan=4>第二十条第（一）项</td></tr><tr>{head}</tr>"
        "<tr><td>规章</td><td>0 0 0</td><td></td><td></td></tr>"
        "<tr><td>行政规范性文件3</td><td>1</td><td>9</td><td></td></tr></table>"
    )
    reading = read([extract(f"<html><body>{page}</body></html>".encode())], CATALOGUE)
    found = [value for value in reading.values if value.code.startswith("ar.t2.art20_1.")]
    assert len(found) == 6
    assert {value.status for value in found} == {"unreadable"}


def test_a_label_with_numbers_and_their_units_in_it_may_be_any_row_of_table_two() -> None:
    reading = read([to_document(_HEAD_TWO + "规章3件5件9件\t\n行政规范性文件\t3\t1\t9")], CATALOGUE)
    value = reading.value("ar.t2.art20_1.rules.issued")
    assert value is not None
    assert (value.status, value.why) == ("missing", "lost_in_extraction")


def test_a_row_behind_a_glued_one_keeps_its_own_numbers() -> None:
    reading = read([to_document(_HEAD_TWO + "规章000\t行政规范性文件\t3\t1\t9")], CATALOGUE)
    value = reading.value("ar.t2.art20_1.normative_documents.in_force")
    assert value is not None
    assert (value.number, value.placed_by) == (Decimal(9), "labels")
    rules = reading.value("ar.t2.art20_1.rules.issued")
    assert rules is not None
    assert (rules.status, rules.raw) == ("unreadable", "000")


def test_a_number_with_a_blank_in_it_puts_no_other_in_doubt_where_all_cells_are_filled() -> None:
    reading = read([to_document(_HEAD_TWO + "规章\t1 234\t5\t6")], CATALOGUE)
    found = [reading.value(f"ar.t2.art20_1.rules.{column}") for column in ("issued", "repealed", "in_force")]
    assert [value.number if value else None for value in found] == [None, 5, 6]


def test_fifteen_numbers_of_table_four_in_one_cell_are_unreadable_and_make_no_blanks() -> None:
    def change(table: Drawn) -> Drawn:
        return [*table[:3], [("0 " * 14 + "0", 1, 1), *[("", 1, 1)] * 14]]

    for layout in ("html", "tabs", "pipes"):
        reading = read([render(layout, E3, _small(), {"t4": change})], CATALOGUE)
        assert {v.status for v in reading.values if v.code.startswith("ar.t4.")} == {"unreadable"}


def test_numbers_of_several_columns_in_one_cell_of_the_statistics_table_make_no_blanks() -> None:
    page = (
        "<table><tr><td>统计指标</td><td>单位</td><td>区政府</td><td>区直单位</td><td>乡镇街道</td></tr>"
        "<tr><td>（一）收到申请数</td><td>件</td><td>3 4 5</td><td></td><td></td></tr></table>"
    )
    reading = read([extract(f"<html><body>{page}</body></html>".encode())], CATALOGUE)
    found = [value for value in reading.values if value.code == "st.application.received"]
    assert {value.scope for value in found} == {"区政府", "区直单位", "乡镇街道"}
    assert {value.status for value in found} == {"unreadable"}


def test_tables_run_together_in_the_text_are_lost_by_us_and_not_unpublished() -> None:
    text = (
        "青溪县司法局2022年政府信息公开工作年度报告\n\n二、主动公开政府信息情况\n\n"
        "第二十条第（一）项信息内容本年制发件数本年废止件数现行有效件数规章000行政规范性文件303\n\n"
        "三、收到和处理政府信息公开申请情况\n\n本局没有收到申请。\n"
    )
    reading = read([to_document(text)], CATALOGUE)
    by_table = {CATALOGUE.by_code[v.code].table: v.why for v in reading.values}
    assert by_table == {"t2": "lost_in_extraction", "t3": "table_not_published", "t4": "table_not_published"}
    assert [f.severity for f in reading.findings if f.rule == "read.table_in_text"] == ["warning"]


# The parts


@pytest.mark.parametrize("text", ["22①", "1,234 5", "+7 0", "10.78 0", "3件 0", "1 2 件", "", "/", "0 — 0"])
def test_what_is_more_than_figures_and_blanks_is_no_run(text: str) -> None:
    assert pieces_of(text) is None


def test_full_width_figures_and_odd_blanks_are_figures_and_blanks() -> None:
    assert pieces_of("０　１\u00a02") == ["0", "1", "2"]


@given(st.lists(st.text("0129", min_size=1, max_size=9), max_size=60), st.integers(0, 7))
def test_a_split_uses_every_figure_once_and_there_are_few(pieces: list[str], count: int) -> None:
    found = list(splits(pieces, count))
    assert len(found) == len(set(found)) <= 2**count
    for split in found:
        assert len(split) == count
        assert list(split) == sorted(split)
        assert set(split) == set(range(len(pieces)))


def test_a_leading_zero_and_more_figures_than_any_count_has_make_no_number() -> None:
    assert list(splits(["007"], 1)) == []
    assert list(splits(["007"], 3)) == [(0, 0, 0)]
    assert list(splits(["1" * 9], 1)) == [(0,)]
    assert list(splits(["1" * 10], 1)) == []


def test_without_an_edition_only_what_both_forms_have_is_asked() -> None:
    zeros = {f"ar.t3.{row.code}.{column}": Decimal(0) for row in CATALOGUE.rows for column in COLUMNS}
    outcome = [f"ar.t3.outcome.granted.{column}" for column in COLUMNS]
    carried = [f"{_CARRIED}.{column}" for column in COLUMNS]
    pieces = ["0"] * 6 + ["0"]
    assert Identities(CATALOGUE, None).place(pieces, outcome, zeros) is None
    assert Identities(CATALOGUE, E3).place(pieces, outcome, zeros) is not None
    assert Identities(CATALOGUE, None).place(pieces, carried, zeros) is not None


# Many


def _assert_none_is_wrong(found: dict[str, Tally]) -> None:
    for name, tally in found.items():
        assert tally.by_identities["wrong"] == 0, (name, tally.wrong[:2])
        assert tally.wrong == [], name


def test_runs_beside_misprints_and_blanks_are_placed_right_or_not_at_all() -> None:
    found = tallies(runs(4))
    _assert_none_is_wrong(found)
    plain = [tally for name, tally in found.items() if name.endswith("nothing else")]
    assert all(tally.every["right"] > 0.99 * tally.every.total() for tally in plain)
    assert sum(tally.by_identities["right"] for tally in plain) > 0.6 * sum(tally.touched for tally in plain)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_runs_beside_misprints_and_blanks_are_placed_right_or_not_at_all() -> None:
    _assert_none_is_wrong(tallies(runs(300)))
