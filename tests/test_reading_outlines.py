"""The parts of a narrative in outlines that are restarted, nested, unnumbered, numbered otherwise, or run in."""

import pytest

from archive.text.document import Document, Heading, Paragraph
from archive.text.plain import to_document
from gxstore.reading.han import in_figures, numeral
from gxstore.reading.report import Section
from gxstore.reading.sections import Line, lines_of, read_sections

_SIX = (
    "总体情况",
    "主动公开政府信息情况",
    "收到和处理政府信息公开申请情况",
    "政府信息公开行政复议、行政诉讼情况",
    "存在的主要问题及改进情况",
    "其他需要报告的事项",
)
_KEYS = ["preamble", "overview", "proactive", "applications", "review_litigation", "problems", "other"]
_HAN = "一二三四五六七八九十"


def _sections(*paragraphs: str) -> tuple[Section, ...]:
    return read_sections(lines_of([to_document("\n\n".join(paragraphs))]), frozenset())


def _keys(*paragraphs: str) -> list[str]:
    return [section.key for section in _sections(*paragraphs)]


@pytest.mark.parametrize(
    "numbers",
    [
        [f"{n}、" for n in _HAN],
        [f"{n}." for n in range(1, 7)],
        [f"{n}、" for n in range(1, 7)],
        [f"（{n}）" for n in _HAN],
        [f"({n})" for n in _HAN],
        [f"第{n}部分 " for n in _HAN],
        ["一、"] * 6,
        ["一、", "二、", "三、", "一、", "二、", "三、"],
        [""] * 6,
    ],
)
def test_six_parts_are_found_however_they_are_numbered(numbers: list[str]) -> None:
    told = [
        text
        for number, words in zip(numbers, _SIX, strict=False)
        for text in (number + words, "本局按月更新。")
    ]
    sections = _sections("本报告分六个部分。", *told)
    assert [section.key for section in sections] == _KEYS
    assert [section.text for section in sections[1:]] == ["本局按月更新。"] * 6


@pytest.mark.parametrize("numbers", [[f"{n}、" for n in _HAN], [f"{n}、" for n in range(1, 7)]])
@pytest.mark.parametrize("mark", ["。", "："])
def test_a_heading_with_its_part_on_the_same_line_is_cut(numbers: list[str], mark: str) -> None:
    told = [
        f"{number}{words}{mark}2023年，本局按月更新，共{at}次。"
        for at, (number, words) in enumerate(zip(numbers, _SIX, strict=False))
    ]
    sections = _sections(*told)
    assert [section.key for section in sections] == _KEYS
    assert [section.heading for section in sections[1:]] == [
        n + w for n, w in zip(numbers, _SIX, strict=False)
    ]
    assert [section.text for section in sections[1:]] == [
        f"2023年，本局按月更新，共{at}次。" for at in range(6)
    ]


def test_a_run_in_sentence_whose_number_does_not_go_on_is_text() -> None:
    assert _keys("一、总体情况", "做了三件事。", "一、主动公开。按月更新。", "三、依申请公开。没有。") == [
        "preamble",
        "overview",
    ]


def test_bracketed_parts_inside_numbered_ones_are_no_parts() -> None:
    assert _keys(
        "一、总体情况",
        "（一）主动公开情况",
        "79条。",
        "（二）依申请公开情况",
        "没有。",
        "（三）存在问题",
        "二、主动公开政府信息情况",
        "有。",
    ) == ["preamble", "overview", "proactive"]


def test_numbered_points_inside_bracketed_parts_are_no_parts() -> None:
    assert _keys(
        "（一）概述",
        "按月更新。",
        "（二）主动公开情况",
        "1、网站公开平台建设",
        "有。",
        "2、公开栏建设",
        "有。",
        "（三）依申请公开情况",
        "没有。",
    ) == ["preamble", "overview", "proactive", "applications"]


def test_a_second_count_nested_in_a_part_is_text() -> None:
    sections = _sections(
        *(
            "一、总体情况",
            "（三）平台建设",
            "一、网站公开平台建设",
            "按月更新。",
            "二、公开栏建设",
            "按季更新。",
        ),
        *("二、主动公开政府信息情况", "有。", "三、收到和处理政府信息公开申请情况", "没有。"),
    )
    assert [section.key for section in sections] == ["preamble", "overview", "proactive", "applications"]
    assert [section.heading for section in sections[2:]] == [
        "二、主动公开政府信息情况",
        "三、收到和处理政府信息公开申请情况",
    ]


def test_ten_parts_and_four_parts_have_their_keys() -> None:
    ten = (
        *(
            "概述",
            "组织领导和制度建设情况",
            "重点领域政府信息公开情况",
            "政策解读和回应关切情况",
            "主动公开政府信息情况",
        ),
        *(
            "政府信息公开申请办理情况",
            "政府信息公开收费及减免情况",
            "行政复议和行政诉讼情况",
            "存在的问题及改进",
            "附表",
        ),
    )
    found = _keys(
        *(text for number, words in zip(_HAN, ten, strict=True) for text in (f"{number}、{words}", "有。"))
    )
    assert found == [
        *("preamble", "overview", "organisation", "key_areas", "interpretation", "proactive"),
        *("applications", "fees", "review_litigation", "problems", "appendix"),
    ]
    four = ("主动公开情况", "依申请公开情况", "存在问题和改进措施", "其他事项")
    assert _keys(
        *(text for number, words in zip(_HAN, four, strict=False) for text in (f"{number}、{words}", "有。"))
    ) == [*("preamble", "proactive", "applications", "problems", "other")]


def test_the_number_of_an_annex_and_its_name_are_one_heading() -> None:
    sections = _sections(
        "一、总体情况", "按月更新。", "附件1：", "2011年政府信息公开情况统计表", "附件2", "正文。"
    )
    assert [(s.key, s.heading) for s in sections[2:]] == [
        ("appendix", "附件1：2011年政府信息公开情况统计表"),
        ("appendix", "附件2"),
    ]


def test_a_point_that_names_no_part_is_text_where_points_number_the_parts() -> None:
    told = (
        "1、总体情况",
        "有。",
        "2、主动公开情况",
        "有。",
        "3、依申请公开情况",
        "没有。",
        "4、按月更新栏目",
        "有。",
    )
    assert _keys(*told) == ["preamble", "overview", "proactive", "applications"]


def test_two_numbered_points_alone_make_no_outline() -> None:
    assert _keys("本局工作如下。", "1、主动公开情况", "有。", "2、依申请公开情况", "没有。") == ["preamble"]


def test_marked_headings_without_numbers_name_parts() -> None:
    marked = [
        Line("工作概况", 1, 0, marked=True),
        Line("有。", 2, 0, marked=False),
        Line("公开平台的建设", 3, 0, marked=True),
    ]
    assert [s.key for s in read_sections(marked, frozenset())] == ["preamble", "overview", "proactive"]
    unmarked = [Line(line.text, line.number, 0, marked=False) for line in marked]
    assert [s.key for s in read_sections(unmarked, frozenset())] == ["preamble", "overview"]


def test_a_marked_line_without_a_number_is_no_part_among_numbered_ones() -> None:
    texts = ("一、总体情况", "公开平台的建设", "二、主动公开政府信息情况")
    marked = [Line(text, number, 0, marked=True) for number, text in enumerate(texts, 1)]
    assert [s.key for s in read_sections(marked, frozenset())] == ["preamble", "overview", "proactive"]
    assert read_sections(marked, frozenset())[1].text == "公开平台的建设"


def test_lines_know_whether_they_were_marked_as_headings() -> None:
    document = to_document("x")
    blocks = (Heading("一、总体情况", 1), Paragraph("正文。"))
    lines = lines_of([type(document)(blocks, "text/html", None, "t", "1")])
    assert [line.marked for line in lines if line] == [True, False]


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("二〇一九年度", "2019年度"),
        ("二○一○年四月十日", "2010年4月10日"),
        ("二零二一年十二月三十一日", "2021年12月31日"),
        ("二O二一年元月一日", "2021年1月1日"),
        ("二〇二〇年十一月二十日", "2020年11月20日"),
        ("一九九九年", "1999年"),
        ("三年以来", "三年以来"),
        ("十四个五年规划", "十四个五年规划"),
        ("一月", "一月"),
        ("2020年1月", "2020年1月"),
    ],
)
def test_chinese_dates_are_written_in_figures(text: str, figures: str) -> None:
    assert in_figures(text) == figures


@pytest.mark.parametrize(
    ("text", "number"), [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("甲", None), ("", None)]
)
def test_chinese_numerals_are_numbers(text: str, number: int | None) -> None:
    assert numeral(text) == number


@pytest.mark.parametrize("mark", ["", "，", ",", " "])
@pytest.mark.parametrize("numerals", [_HAN[:6], "123456"])
def test_official_headings_are_found_where_the_mark_behind_their_numeral_is_lost_or_another(
    numerals: str, mark: str
) -> None:
    blocks = []
    for numeral_, heading in zip(numerals, _SIX, strict=True):
        blocks += [Paragraph(f"{numeral_}{mark}{heading}"), Paragraph("本局按条例的要求办理，没有遗漏。")]
    document = Document(tuple(blocks), "text/html", "utf-8", "test", "1")
    sections = read_sections(lines_of([document]), frozenset())
    assert [section.key for section in sections] == _KEYS
