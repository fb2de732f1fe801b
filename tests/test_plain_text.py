"""Plain text becomes blocks: joined sentences, headings, and tables of every flattening."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.text.document import Block, Heading, Paragraph, Table
from archive.text.plain import to_document


def _blocks(text: str) -> tuple[Block, ...]:
    return to_document(text).blocks


def _cells(table: Block) -> list[list[str]]:
    assert isinstance(table, Table)
    return [[cell.text for cell in row] for row in table.rows()]


def _texts(text: str) -> list[str]:
    return [block.text for block in _blocks(text) if isinstance(block, Heading | Paragraph)]


def test_a_document_says_what_it_is_and_where_each_block_stood() -> None:
    document = to_document("\n# 题目\n\n第一段。\n甲\t乙\n丙\t3\n", "gb18030")
    assert (document.media_type, document.charset, document.extractor) == ("text/plain", "gb18030", "plain")
    heading, paragraph, table = document.blocks
    assert heading == Heading("题目", 1, heading.place)
    assert [heading.place.line, paragraph.place.line, table.place.line] == [2, 4, 5]
    assert isinstance(table, Table)
    assert [(c.text, c.row, c.column, c.place.line) for c in table.cells] == [
        ("甲", 1, 1, 5),
        ("乙", 1, 2, 5),
        ("丙", 2, 1, 6),
        ("3", 2, 2, 6),
    ]
    assert not table.drawn


def test_a_sentence_cut_by_a_page_break_is_joined() -> None:
    assert _texts("本局一年来整理目录，并按月\n\n更新栏目。") == ["本局一年来整理目录，并按月更新栏目。"]
    assert _texts("地址：青溪县前进路（电影院东侧\n\n三楼), 邮编: 100000。") == [
        "地址：青溪县前进路（电影院东侧三楼), 邮编: 100000。"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "青溪县司法局\n\n2018年政府信息公开工作年度报告",
        "一、概述\n\n本局一年来整理目录，按月更新。",
        "本局整理了目录，按月更新。\n\n随后做了核对。",
        "本局整理了目录，按月更新\n\n二、主动公开政府信息情况",
        "本局整理了目录，按月更新\n\n（一）平台",
        "六、其他需要报告的事项\n\n无",
        "青溪县司法局\n\n2021年1月25日",
    ],
)
def test_what_only_looks_cut_stays_apart(text: str) -> None:
    assert len(_texts(text)) == 2


def test_the_tail_of_a_long_heading_is_joined() -> None:
    assert _texts("八、因政府信息公开申请提起行政复议、行政诉讼的情\n\n况") == [
        "八、因政府信息公开申请提起行政复议、行政诉讼的情况"
    ]


def test_marks_of_emphasis_are_no_text() -> None:
    assert _texts("## **二、重点领域**\n\n**一是**整理。") == ["二、重点领域", "一是整理。"]


def test_a_blank_line_ends_a_table_and_blank_cells_are_kept() -> None:
    first, second = _blocks("甲\t\t3\n\t乙\t\n\n丙\t4")
    assert _cells(first) == [["甲", "", "3"], ["", "乙", ""]]
    assert _cells(second) == [["丙", "4"]]
    assert isinstance(first, Table)
    assert isinstance(second, Table)
    assert (first.index, second.index) == (1, 2)


def test_a_paragraph_that_begins_with_a_tab_is_no_table() -> None:
    assert _texts("\t本局整理了目录。") == ["本局整理了目录。"]


def test_separators_and_the_empty_head_of_a_fragment_are_no_rows() -> None:
    (table,) = _blocks("| 甲 | 乙 |\n|---|---|\n| 3 | 4 |")
    assert _cells(table) == [["甲", "乙"], ["3", "4"]]
    (fragment,) = _blocks("| | |\n|---|---|\n| 丙 | 5 |\n|---|---|")
    assert _cells(fragment) == [["丙", "5"]]


def test_a_row_with_a_line_break_in_a_cell_is_one_row() -> None:
    (table,) = _blocks("| 本年新\n制作数量 | 7 |\n| 乙 | 8 |")
    assert _cells(table) == [["本年新 制作数量", "7"], ["乙", "8"]]


def test_pipes_between_cells_alone_make_rows_too() -> None:
    (table,) = _blocks("规章 | 3 | 4\n行政许可\n行政处罚 | 5 | 6")
    assert _cells(table) == [["规章", "3", "4"], ["行政许可"], ["行政处罚", "5", "6"]]


def test_a_pipe_in_a_sentence_is_no_table() -> None:
    assert len(_texts("见 a|b 一栏。")) == 1


def test_cells_and_pipes_on_alternate_lines_make_rows() -> None:
    (table,) = _blocks("规章\n|\n3\n|\n4\n行政许可\n|\n5\n|\n6")
    assert _cells(table) == [["规章", "3", "4"], ["行政许可", "5", "6"]]


def test_an_empty_cell_between_two_pipes_is_kept() -> None:
    (table,) = _blocks("规章\n|\n|\n4\n行政许可\n|\n5\n|\n6")
    assert _cells(table) == [["规章", "", "4"], ["行政许可", "5", "6"]]


def test_one_cell_a_line_becomes_a_table_of_one_column() -> None:
    heading, table, paragraph = _blocks(
        "二、主动公开政府信息情况\n信息内容\n本年制发件数\n本年废止件数\n现行有效件数\n规章\n3\n4\n5\n行政规范性文件\n6\n7\n8\n"
        "后面是一句话，它有句号。"
    )
    assert isinstance(heading, Paragraph)
    assert [row[0] for row in _cells(table)][-4:] == ["行政规范性文件", "6", "7", "8"]
    assert isinstance(paragraph, Paragraph)


def test_a_numbered_label_with_its_value_is_no_heading() -> None:
    (table,) = _blocks(
        "一、本年新收政府信息公开申请数量\n3\n4\n二、上年结转政府信息公开申请数量\n5\n6\n四、结转下年度继续办理\n7\n8"
    )
    assert len(_cells(table)) == 9


def test_short_lines_without_values_are_no_table() -> None:
    assert len(_texts("青溪县司法局\n概述\n2018年\n附件")) == 4


def test_line_ends_of_any_kind_count_alike() -> None:
    assert to_document("甲\r\n乙\r丙\n").text() == to_document("甲\n乙\n丙").text()


def test_nul_characters_are_left_out_and_said() -> None:
    document = to_document("\ufeff甲\0乙。")
    assert document.text() == "甲乙。\n"
    assert document.remarks


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="一二、（）。|\t\n -#*3年件甲", max_size=120))
def test_no_text_makes_it_fail_and_no_character_is_lost(text: str) -> None:
    document = to_document(text)
    kept = set("".join(document.text().split()))
    assert kept >= set("".join(text.split())) - set("|-#* ")
    indices = [table.index for table in document.tables()]
    assert indices == list(range(1, len(indices) + 1))
    assert document.digest == to_document(text).digest


_CLOSED = (
    "类别 |",
    "|||",
    "名称 |",
    "甲 |",
    "乙 |",
    "合计 |",
    "林场 |",
    "3 |",
    "|",
    "3 |",
    "苗圃",
    "一号 |",
    "7 |",
    "||",
)


def test_a_pipe_behind_each_cell_ends_rows_where_their_places_come_out_even() -> None:
    before, table, after = _blocks("\n".join(("一、情况", *_CLOSED, "二、说明")))
    assert _cells(table) == [
        ["类别"],
        ["名称", "甲", "乙", "合计"],
        ["林场", "3", "", "3"],
        ["苗圃 一号", "7"],
    ]
    assert isinstance(table, Table)
    assert [row[0].place.line for row in table.rows()] == [2, 4, 8, 12]
    assert [block.text for block in (before, after) if isinstance(block, Paragraph)] == [
        "一、情况",
        "二、说明",
    ]


def test_a_text_that_breaks_off_keeps_the_cells_of_its_last_row() -> None:
    (table,) = _blocks("\n".join(_CLOSED[:8]))
    assert _cells(table)[-1] == ["林场", "3"]


def test_closed_cells_may_begin_with_blank_ones_whose_labels_are_lost() -> None:
    (table,) = _blocks("\n".join(["|", "类别 |", "||", *_CLOSED[2:]]))
    assert _cells(table)[:2] == [["", "类别"], ["名称", "甲", "乙", "合计"]]


@pytest.mark.parametrize(
    "lines",
    [
        [*_CLOSED[:8], "||||", *_CLOSED[8:]],  # more places than the first row has
        [*_CLOSED[:7], "||||", "林场 |", "3 |"],  # a row that begins with a filler
        [_CLOSED[0], *_CLOSED[2:8]],  # nothing tells how many places a row has
    ],
)
def test_closed_cells_that_do_not_come_out_even_are_not_cut_into_rows(lines: list[str]) -> None:
    rows = [row for block in _blocks("\n".join(lines)) if isinstance(block, Table) for row in _cells(block)]
    assert ["名称", "甲", "乙", "合计"] not in rows
