"""Reports whose markup is unusual: what a reader of the page sees is read, and nothing that he does not see."""

import html
from collections.abc import Callable

import pytest

from archive.text.document import Table
from archive.text.html import to_document
from gxstore import catalogue
from gxstore.reading.read import read
from gxstore.reading.report import Reading

CATALOGUE = catalogue.load()
TITLE = "青溪县司法局{}年政府信息公开工作年度报告"
STORY = "本局认真贯彻条例要求，专人负责，按月清点，公开工作有序推进，效果良好。"
HEAD = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]
TABLE_TWO = [
    ["第二十条第（一）项"],
    HEAD,
    ["规章", "255", "617", "506"],
    ["行政规范性文件", "220", "389", "632"],
    ["第二十条第（六）项"],
    ["信息内容", "本年处理决定数量"],
    ["行政处罚", "496"],
    ["行政强制", "651"],
]
PRINTED = {
    "ar.t2.art20_1.rules.issued": 255,
    "ar.t2.art20_1.rules.repealed": 617,
    "ar.t2.art20_1.rules.in_force": 506,
    "ar.t2.art20_1.normative_documents.issued": 220,
    "ar.t2.art20_1.normative_documents.repealed": 389,
    "ar.t2.art20_1.normative_documents.in_force": 632,
    "ar.t2.art20_6.administrative_penalty.decisions": 496,
    "ar.t2.art20_6.administrative_compulsion.decisions": 651,
}


def _page(body: str) -> Reading:
    document = to_document(f'<html><head><meta charset="utf-8"></head><body>{body}</body></html>'.encode())
    return read([document], CATALOGUE)


def _table(rows: list[list[str]], draw: Callable[[str], str] = html.escape) -> str:
    drawn = []
    for row in rows:
        span = f' colspan="{len(HEAD)}"' if len(row) == 1 else ""
        drawn.append("<tr>" + "".join(f"<td{span}>{draw(cell)}</td>" for cell in row) + "</tr>")
    return f"<table>{''.join(drawn)}</table>"


def _report(table: str, year: int = 2023) -> Reading:
    return _page(
        f"<p>{TITLE.format(year)}</p><p>一、总体情况</p><p>{STORY}</p><p>二、主动公开政府信息情况</p>{table}"
    )


def _numbers(reading: Reading) -> dict[str, int]:
    return {value.code: int(value.number) for value in reading.values if value.number is not None}


def _status(reading: Reading, code: str) -> tuple[str, str | None]:
    value = reading.value(code)
    assert value is not None
    return value.status, value.raw


def test_a_number_in_a_pre_is_read_as_printed() -> None:
    one = _report(_table(TABLE_TWO, lambda cell: f"<pre>{cell}</pre>" if cell == "506" else cell))
    assert _numbers(one) == PRINTED


@pytest.mark.parametrize(
    "pre", ["<pre>{}</pre>", "<pre>\n{}\n</pre>", "<pre><span>{}</span></pre>", "<pre><p>{}</p></pre>"]
)
def test_a_table_whose_cells_are_all_in_pre_is_read_as_printed(pre: str) -> None:
    assert _numbers(_report(_table(TABLE_TWO, pre.format))) == PRINTED


def test_two_lines_of_a_pre_in_a_cell_are_not_one_number() -> None:
    reading = _report(_table(TABLE_TWO, lambda cell: "<pre>50\n6</pre>" if cell == "506" else cell))
    assert _status(reading, "ar.t2.art20_1.rules.in_force") == ("unreadable", "50 6")


def _plain_report() -> str:
    rows = "\n".join("\t".join(row + [""] * (4 - len(row))) for row in TABLE_TWO)
    return (
        f"{TITLE.format(2023)}\n\n一、总体情况\n\n{STORY}\n\n二、主动公开政府信息情况\n\n{rows}\n\n三、其他\n"
    )


@pytest.mark.parametrize(
    "around",
    [
        "<pre>{}</pre>",
        "<div class=TRS_Editor><pre>{}</pre></div>",
        "<table><tr><td><pre>{}</pre></td></tr></table>",
        "<pre><span>{}</span></pre><p>打印</p>",
    ],
)
def test_a_report_in_one_pre_is_read_by_its_lines_and_tabs(around: str) -> None:
    reading = _page(around.format(_plain_report()))
    assert reading.title == TITLE.format(2023)
    assert _numbers(reading) == PRINTED
    where = next(v.where for v in reading.values if v.code == "ar.t2.art20_1.rules.issued")
    assert where is not None
    assert where.line == 1 + _plain_report().split("\n").index("规章\t255\t617\t506")


def test_what_stands_behind_a_pre_stays_behind_it() -> None:
    blocks = to_document("<p>前</p><pre>甲\n乙\t12\n丙\t34</pre>尾<p>后</p>".encode()).blocks
    assert [
        [c.text for c in b.cells] if isinstance(b, Table) else getattr(b, "text", None) for b in blocks
    ] == [
        "前",
        "甲",
        ["乙", "12", "丙", "34"],
        "尾",
        "后",
    ]


def test_a_reference_to_a_mark_of_ours_is_no_mark() -> None:
    reading = _report(_table(TABLE_TWO, lambda cell: cell.replace("506", "5&#xFDD0;&#64976;&#xfdd1;06")))
    assert _numbers(reading) == PRINTED


STATISTICS = [
    ["统计指标", "单位", "统计数"],
    ["一、主动公开情况", "——", ""],
    ["（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "条", "1415"],
    ["其中：主动公开规范性文件数", "条", "23"],
    ["制发规范性文件总数", "件", "29"],
    ["（二）通过不同渠道和方式公开政府信息的情况", "——", ""],
    ["1.政府公报公开政府信息数", "条", "31"],
    ["2.政府网站公开政府信息数", "条", "1307"],
]
IN_STATISTICS = {1415, 23, 29, 31, 1307}
BROKEN_ROWS = {
    "span": ("</tr><tr>", "</tr></span><span><tr>"),
    "div": ("</tr><tr>", "</tr></div><div><tr>"),
    "form": ("</tr><tr>", "</tr><form><tr>"),
    "no tr": ("</tr><tr>", "</tr>\n"),
    "a body in a span": ("<table><tr>", "<table><span><tbody><tr>"),
    "span around cells": ("</td><td>", "</td></span><span><td>"),
}


@pytest.mark.parametrize("broken", BROKEN_ROWS)
def test_stray_tags_between_rows_hide_no_row(broken: str) -> None:
    table = _table(STATISTICS).replace(*BROKEN_ROWS[broken])
    assert set(_numbers(_report(table, 2016)).values()) == IN_STATISTICS
    assert _numbers(_report(_table(TABLE_TWO).replace(*BROKEN_ROWS[broken]))) == PRINTED


def test_rows_of_a_table_in_a_cell_stay_in_that_table() -> None:
    inner = "<table><tr><td>甲</td><td>7</td></tr></span><span><tr><td>乙</td><td>8</td></tr></table>"
    rows = [["一", "1", "2"], ["二", "3", inner], ["三", "4", "5"], ["四", "6", "9"]]
    outer, nested = to_document(_table(rows, str).encode()).tables()
    assert [[cell.text for cell in row] for row in nested.rows()] == [["甲", "7"], ["乙", "8"]]
    assert [len(row) for row in outer.rows()] == [3, 3, 3, 3]


def test_rows_of_the_statistics_table_in_the_running_text_are_lost_in_extraction() -> None:
    lines = "".join(
        f"<p>{' '.join(row)}</p>"
        for row in [*STATISTICS, ["（一）收到申请数", "件", "41"], ["（二）申请办结数", "件", "43"]][1:]
    )
    reading = _report(lines, 2016)
    assert {(value.status, value.why) for value in reading.values} == {("missing", "lost_in_extraction")}
    assert "read.table_in_text" in {finding.rule for finding in reading.findings}
