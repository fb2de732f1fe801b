"""HTML pages as portals publish them: the report among the chrome, its tables as drawn, its text as read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.text.document import (
    FRAMED,
    NOT_SHOWN,
    STRUCK,
    Document,
    Heading,
    Paragraph,
    Table,
    stand_in,
)
from archive.text.html import to_document
from archive.text.html_end import CUT_SHORT

META = """<meta name="SiteName" content="某县人民政府"/><meta name="ColumnName" content="政府信息公开年报"/>
<meta name="ArticleTitle" content="某县司法局2023年政府信息公开工作年度报告"/>
<meta name="PubDate" content="2024-01-08 15:34"/>"""
HEADER = """<div class="header"><ul><li><a href="/">首页</a></li><li><a href="/zwgk/">政务公开</a></li></ul></div>
<div class="breadcrumb">当前位置：<a href="../" class="CurrChnlCls">政府信息公开年报</a></div>"""
INFO = """<table class="xxgk"><tr><td>索 引 号：</td><td>640181-104/2024-00012</td><td>发布机构</td><td>某县司法局</td></tr>
<tr><td>发文日期：</td><td>2024-01-08</td><td>名&nbsp;&nbsp;称</td><td>某县司法局年报</td></tr></table>"""
DATE_LINE = """<div class="article_extend"><span>来源：某县司法局</span><span>发布时间：2024-01-08 15:34</span>
<span>浏览次数：<em id="hits">1234</em></span></div>"""
FOOTER = """<div class="article_attachment"><ul><li><a href="./W020240108.docx">附件下载</a></li></ul></div>
<div class="footer"><p>主办单位：某县人民政府办公室 网站标识码：6401810001</p></div>"""
REPORT = """<p style="text-indent:2em">本报告根据《中华人民共和国政府信息公开条例》编制，统计期限自<span>20</span>\
<span>23</span>年1月1日起。</p>
<p><strong>一、总体情况</strong></p><p>全年主动公开信息<span lang="EN-US">1</span><span>2</span>条，其中网站<b>9</b>条。</p>"""
TABLE = """<table border="1"><tbody>
<tr><td colspan="2" rowspan="2">（本列数据的勾稽关系）</td><td colspan="2">申请人情况</td><td rowspan="2">总计</td></tr>
<tr><td><p>自然人</p></td><td><p>商业</p><p>企业</p></td></tr>
<tr><td rowspan="2">三、本年度办理结果</td><td>（一）予以公开</td><td>11</td><td>12</td><td>23</td></tr>
<tr><td>（二）部分公开</td><td>31</td><td>32</td><td>63</td></tr></tbody></table>"""


def page(
    content: str, *, head: str = META, before: str = HEADER + INFO + DATE_LINE, after: str = FOOTER
) -> bytes:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"/>{head}<title>某县司法局2023年政府信息公开工作年度报告'
        f"_政府信息公开年报_某县人民政府</title><script>var a='<p>脚本</p>';</script></head><body>{before}"
        f'<div class="main">{content}</div>{after}</body></html>'
    ).encode()


def read(content: str, container: str = '<div class="TRS_Editor">{}</div>') -> Document:
    return to_document(page(container.format(content)))


def the_table(html: str) -> Table:
    (table,) = read(REPORT + html).tables()
    return table


def grid(table: Table) -> list[list[tuple[str, int, int, int]]]:
    return [[(cell.text, cell.column, cell.rowspan, cell.colspan) for cell in row] for row in table.rows()]


CONTAINERS = [
    '<div class="TRS_Editor">{}</div>',
    "<div class=TRS_Editor>{}</div>",
    '<div class="view TRS_UEDITOR trs_paper_default trs_web">{}</div>',
    '<div id="zoom">{}</div>',
    '<td id="Zoom">{}</td>',
    '<div id="UCAP-CONTENT">{}</div>',
    '<div id="ivs_content">{}</div>',
    '<div class="v_news_content">{}</div>',
    '<div class="wzzw-article">{}</div>',
    '<div class="article-content">{}</div>',
    '<div class="article_content article_content_01"><div class=TRS_Editor>{}</div></div>',
    '<div id="zoom"><div class="TRS_Editor"><div class="Custom_UnionStyle">{}</div></div></div>',
    '<div class="whatever">{}</div>',
    "<table><tr><td>左栏</td><td>{}</td></tr></table>",
    "{}",
]


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_report_is_found_in_any_container_once_and_without_the_chrome(container: str) -> None:
    lines = read(REPORT * 6 + TABLE, container).text().splitlines()
    assert lines[-4:] == [
        "（本列数据的勾稽关系）\t申请人情况\t总计",
        "自然人\t商业 企业",
        "三、本年度办理结果\t（一）予以公开\t11\t12\t23",
        "（二）部分公开\t31\t32\t63",
    ]
    once = [
        "本报告根据《中华人民共和国政府信息公开条例》编制，统计期限自2023年1月1日起。",
        "一、总体情况",
        "全年主动公开信息12条，其中网站9条。",
    ]
    assert [line for line in lines[:-4] if line != "左栏"] == once * 6


def test_the_digest_does_not_change_with_a_visit_counter_or_the_date_line() -> None:
    digests = {
        to_document(page(content, before=before, after=after)).digest
        for content, before, after in [
            (f"<div id=zoom>{REPORT}</div>", HEADER + DATE_LINE, FOOTER),
            (f"<div id=zoom>{REPORT}</div>", HEADER + DATE_LINE.replace("1234", "1235"), FOOTER),
            (f"<div id=zoom>{REPORT}</div>", HEADER, FOOTER + "<p>您是第 77 位访客</p>"),
            (f"<div id=zoom>{DATE_LINE}{REPORT}</div>", HEADER, FOOTER),
            (f"<div id=zoom><p>发布日期:2021-01-12&nbsp;&nbsp; 点击数: 99</p>{REPORT}</div>", HEADER, FOOTER),
            (f"<div id=zoom>{REPORT}<p>（浏览次数：<span>12</span>）</p></div>", HEADER, FOOTER),
            (f"<div id=zoom>{REPORT}<div class='share'>分享到：微信 微博</div></div>", HEADER, FOOTER),
        ]
    }
    assert len(digests) == 1


def test_a_sentence_of_the_report_that_speaks_of_visits_or_dates_stays() -> None:
    lines = [
        "网站全年访问量12345人次，发布时间准确。",
        "2024年1月8日",
        "来源于各单位的信息公开数据。",
        "日期和时间以公开为准",
    ]
    text = read("".join(f"<p>{line}</p>" for line in lines)).text()
    assert text.splitlines() == lines


def test_what_the_page_says_of_itself_is_meta_and_not_text() -> None:
    document = read(REPORT)
    assert document.title == "某县司法局2023年政府信息公开工作年度报告"
    assert document.meta["PubDate"] == "2024-01-08 15:34"
    assert document.meta["索引号"] == "640181-104/2024-00012"
    assert document.meta["发布机构"] == "某县司法局"
    assert document.meta["发文日期"] == "2024-01-08"
    assert document.meta["名称"] == "某县司法局年报"
    assert document.meta["来源"] == "某县司法局"
    assert document.meta["发布时间"] == "2024-01-08 15:34"
    assert "索引号" not in document.text()
    assert "2024-01-08" not in document.text()
    assert document.media_type == "text/html"
    assert document.charset == "utf-8"


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("来源:X局 时间:2017-01-12 10:01", {"来源": "X局", "时间": "2017-01-12 10:01"}),
        ("发布日期:2021-01-12    点击数:", {"发布日期": "2021-01-12"}),
        (
            "日期:2020-01-15 08:30信息来源:区司法局字体:[大 中 小]",
            {"日期": "2020-01-15 08:30", "信息来源": "区司法局"},
        ),
        ("• 索 引 号:XM02104-08-00", {"索引号": "XM02104-08-00"}),
        ("文号: 无文号", {"文号": "无文号"}),
        ("【发布时间】：2023-01-28", {"发布时间": "2023-01-28"}),
    ],
)
def test_the_date_lines_that_portals_print_are_taken_apart(line: str, fields: dict[str, str]) -> None:
    document = to_document(page(f"<div id=zoom>{REPORT}</div>", before=f"<div>{line}</div>"))
    assert {name: document.meta.get(name) for name in fields} == fields


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        (META, "", "某县司法局2023年政府信息公开工作年度报告"),
        ("", "<h1>某局2023年政府信息公开工作年度报告</h1>", "某局2023年政府信息公开工作年度报告"),
        ("", "", "某县司法局2023年政府信息公开工作年度报告"),
        (
            '<meta name="ArticleTitle" content="某县司法局2023年政府…">',
            "<h2>某局2023年政府信息公开年报</h2>",
            "某局2023年政府信息公开年报",
        ),
    ],
)
def test_the_title_is_taken_from_meta_heading_or_page_without_the_site(
    head: str, heading: str, title: str
) -> None:
    assert to_document(page(f"<div id=zoom>{REPORT}</div>", head=head, before=heading)).title == title


def test_a_title_in_the_information_table_is_better_than_that_of_the_site() -> None:
    info = INFO.replace("某县司法局年报", "2023年政府信息公开工作年度报告")
    data = page(f"<div id=zoom>{REPORT}</div>", head="", before=info).decode()
    start, end = data.index("<title>"), data.index("</title>")
    site = f"{data[:start]}<title>某县人民政府 政府信息公开年报{data[end:]}"
    assert to_document(site.encode()).title == "2023年政府信息公开工作年度报告"


def test_a_signature_with_its_date_stays_in_the_text() -> None:
    end = "<p>某县司法局</p><p class=footer>2024年1月8日</p><p>日期：2024年1月8日</p>"
    assert read(REPORT + end).text().splitlines()[-3:] == ["某县司法局", "2024年1月8日", "日期：2024年1月8日"]


def test_a_wrong_page_title_does_not_hide_the_heading() -> None:
    data = page(f"<div id=zoom>{REPORT}</div>", head="", before="<h1>某局2019年政府信息公开年报</h1>")
    start, end = data.index(b"<title>"), data.index(b"</title>")
    assert to_document(data[:start] + b"<title>403" + data[end:]).title == "某局2019年政府信息公开年报"


def test_numbers_split_over_spans_are_one_number_and_numbers_of_two_paragraphs_are_two() -> None:
    table = the_table(
        "<table><tr><td><p><span>1</span><span>2</span></p></td><td><p>1</p><p>2</p></td><td>1<br>2</td></tr>"
        "<tr><td>3<o:p></o:p></td><td><font>4</font>5</td><td>6 <span>7</span></td></tr></table>"
    )
    assert [[cell.text for cell in row] for row in table.rows()] == [["12", "1 2", "1 2"], ["3", "45", "6 7"]]


def test_spans_give_every_cell_its_place_in_the_grid() -> None:
    assert grid(the_table(TABLE)) == [
        [("（本列数据的勾稽关系）", 1, 2, 2), ("申请人情况", 3, 1, 2), ("总计", 5, 2, 1)],
        [("自然人", 3, 1, 1), ("商业 企业", 4, 1, 1)],
        [
            ("三、本年度办理结果", 1, 2, 1),
            ("（一）予以公开", 2, 1, 1),
            ("11", 3, 1, 1),
            ("12", 4, 1, 1),
            ("23", 5, 1, 1),
        ],
        [("（二）部分公开", 2, 1, 1), ("31", 3, 1, 1), ("32", 4, 1, 1), ("63", 5, 1, 1)],
    ]
    table = the_table(TABLE)
    assert (table.height, table.width, table.drawn, table.index) == (4, 5, True, 1)


@pytest.mark.parametrize("span", ["99999999", "0", "-3", "x", "", "2.7", "9" * 40])
def test_a_span_that_cannot_be_meant_is_bounded(span: str) -> None:
    table = the_table(
        f'<table><tr><td rowspan="{span}">a</td><td>1</td></tr><tr><td>2</td><td>3</td></tr></table>'
    )
    assert table.height == 2
    wide = the_table(
        f'<table><tr><td>b</td><td colspan="{span}">a</td></tr><tr><td>2</td><td>3</td></tr></table>'
    )
    assert wide.width <= 500


def test_a_table_that_lays_out_the_page_is_opened_and_the_data_table_in_it_kept() -> None:
    inner = TABLE + "<p>五、存在的主要问题</p>" + TABLE
    document = read(
        f"<table width=900><tr><td>导航</td><td><table><tr><td>{REPORT}{inner}</td></tr></table></td></tr></table>"
    )
    kinds = [type(block).__name__ for block in document.blocks]
    assert kinds == ["Paragraph"] * 4 + ["Table", "Paragraph", "Table"]
    assert [table.index for table in document.tables()] == [1, 2]


def test_a_data_table_nested_in_a_data_table_becomes_a_table_of_its_own() -> None:
    nested = "<table><tr><td>x</td><td>7</td></tr><tr><td>y</td><td>8</td></tr></table>"
    rows = "".join(
        f"<tr><td>行{n}</td><td>{n}1</td><td>{n}2</td><td>{nested if n == 2 else n}</td></tr>"
        for n in range(1, 5)
    )
    outer, inner = read(REPORT + f"<table>{rows}</table>").tables()
    assert [[cell.text for cell in row] for row in outer.rows()][1] == ["行2", "21", "22", "\ufffc[table]"]
    assert [[cell.text for cell in row] for row in inner.rows()] == [["x", "7"], ["y", "8"]]


@pytest.mark.parametrize(
    "cell",
    [
        "<table><tr><td>1</td><td>2</td></tr></table>",
        "<table><td>1</td><td>2</td></table>",
        "<div><tr><td>1</td><td>2</td></tr></div>",
        "<ul><li>1</li><li>2</li></ul>",
        "1<div>2</div>",
        "<dl><dt>1<dd>2</dl>",
    ],
)
def test_numbers_that_stand_apart_in_one_cell_never_become_one_number(cell: str) -> None:
    rows = "".join(f"<tr><td>行{n}</td><td>{n}</td><td>{cell}</td></tr>" for n in range(3, 7))
    assert (
        "12"
        not in read(REPORT.replace("<span lang", "<i lang") + f"<table>{rows}</table>")
        .text()
        .split("网站9条")[1]
    )


def test_a_table_after_a_paragraph_left_open_is_still_a_table() -> None:
    assert the_table(f"<p>附表：<o:p></o:p></p>\n<p>\n{TABLE}").width == 5


def test_a_flattened_column_of_short_cells_is_a_table_and_a_column_of_prose_is_not() -> None:
    short = "".join(f"<tr><td>{word}</td></tr>" for word in ("指标", "单位", "数量", "12"))
    assert the_table(f"<table>{short}</table>").height == 4
    prose = "".join(f"<tr><td>{'公开工作持续推进，成效明显。' * 4}{n}</td></tr>" for n in range(4))
    assert list(read(f"<table>{prose}</table>").tables()) == []


def test_breaks_part_paragraphs_and_blanks_are_folded() -> None:
    document = read(
        "<p>第一行<br>第二行<br/>&nbsp;&nbsp;第三　　行</p><p>按\n照规定，公开 \n 20 条，1\n2</p><p>&nbsp;</p><div>甲<p>乙</p>丙</div>"
    )
    assert document.text().splitlines() == [
        "第一行",
        "第二行",
        "第三 行",
        "按照规定，公开 20 条，1 2",
        "甲",
        "乙",
        "丙",
    ]


def test_headings_are_marked_as_headings_and_what_follows_them_is_not() -> None:
    document = read(f"<h2>一、<br>总体情况</h2>后文{REPORT}")
    assert document.blocks[0] == Heading("一、 总体情况", 2, document.blocks[0].place)
    assert document.blocks[1] == Paragraph("后文", document.blocks[1].place)


def test_what_is_not_shown_is_not_read() -> None:
    document = read(
        "<p>公开<!-- 注释 -->信息<span style='DISPLAY : none'>8</span>9条</p><script>document.write('7')</script>"
        "<style>p{}</style><p hidden>6</p><div style='visibility:hidden'>5</div><p>&lt;!--[if !supportLists]--&gt;（三）"
        "&lt;!--[endif]--&gt;其他</p><![if !supportMisalignedColumns]><p>\u200b末\ufeff尾</p>" + REPORT
    )
    assert document.text().splitlines()[:3] == ["公开信息9条", "（三）其他", "末尾"]


def cell_of(markup: str) -> str:
    """The text of a cell of data with this markup in it."""
    rows = "".join(
        f"<tr><td>行{n}</td><td>{n}</td><td>{markup if n == 4 else n}</td></tr>" for n in range(3, 7)
    )
    return the_table(f"<table>{rows}</table>").rows()[1][2].text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('<img src="w.png">', "\ufffc[img]"),
        ('<img src="w.png" alt="58">', "\ufffc[img 58]"),
        ("7<img src=w.png>", "7 \ufffc[img]"),
        ("<img src=w.gif width=1 height=1>", ""),
        ("<input value=' 58 '>", "58"),
        ("<input type=number value=58 readonly>", "58"),
        ("<input type=text>", "\ufffc[input]"),
        ("<input type=checkbox value=58>", "\ufffc[input 58]"),
        ("<input type=hidden value=58>", ""),
        ("<textarea>58</textarea>", "58"),
        ("<select><option>57<option selected>58</select>", "58"),
        ("<select><option>57<option>58</select>", "\ufffc[select 5758]"),
        ("<button>58</button>", "\ufffc[button 58]"),
        ("<svg><text>58</text></svg>", "\ufffc[svg 58]"),
        ("<math><mn>58</mn></math>", "\ufffc[math 58]"),
        ("<iframe src=x></iframe>", "\ufffc[iframe]"),
        ("<object>58</object>", "\ufffc[object 58]"),
        ("<script>document.write(58)</script>", "\ufffc[script]"),
        ("<style>p{}</style>58", "58"),
        ("<span class=hits>58</span>", "58"),
        ("<em id=next>58</em>", "58"),
        ("5<sup>8</sup>", "5⁸"),
        ("5<sub>8</sub>", "5₈".replace("₈", "⁸")),
        ("十<sup>二</sup>", "十[二]"),
        ("5<span style='vertical-align: super'>８</span>", "5⁸"),
        ("5<a href='#n8'>8</a>", "5⁸"),
        ("5<span><a href='note.html'>8</a></span>", "5⁸"),
        ("<a href='#n8'>58</a>", "58"),
        ("5<del>8</del>", "5 \ufffc[del 8]"),
        ("<s>8</s>5", "\ufffc[del 8] 5"),
        ("5<span style='color:red;text-decoration: line-through'>8</span>", "5 \ufffc[del 8]"),
        ("5<strike></strike>8", "58"),
        ("5<span style='mso-hide:all'>8</span>", "5"),
        ("5<span style='font-size:0'>8</span>", "5"),
        ("<div style='font-size:0'><span style='font-size:14px'>58</span></div>", "58"),
        ("5<span style='font-size:0.8em'>8</span>", "58"),
        ("<table><tr><td>58</td></tr></table>", "58"),
        ("&#xFDD2;5&#xFDD3;", "5"),
    ],
)
def test_a_cell_says_what_it_shows_that_is_no_plain_text(markup: str, text: str) -> None:
    assert cell_of(markup) == text


def test_running_text_and_layout_tables_hold_no_stand_ins() -> None:
    marked = "<p>共5条<img src=w.png><del>8</del><script>x()</script><input value=6>，其中<b>3</b>条。</p>"
    for content in (marked, f"<table><tr><td>{marked}</td></tr></table>"):
        document = read(REPORT + content)
        assert document.text().splitlines()[-1] == "共5条，其中3条。"
        assert STRUCK in document.remarks


def test_a_struck_row_says_so_in_each_of_its_cells() -> None:
    rows = "<tr><td>甲</td><td>1</td><td>2</td></tr><tr style='text-decoration:line-through'><td>乙</td><td>3</td><td>4</td></tr>"
    table = the_table(f"<table>{rows}</table>")
    assert [cell.text for cell in table.rows()[1]] == ["\ufffc[del 乙]", "\ufffc[del 3]", "\ufffc[del 4]"]


def test_a_counter_in_an_information_table_leaves_no_number_that_changes_with_each_visit() -> None:
    info = "<table><tr><td>索引号</td><td>0951-2</td><td>甲</td></tr>"
    info += "<tr><td>浏览次数</td><td><i class=hits>{}</i></td><td>乙</td></tr></table>"
    digests = {read(REPORT * 3 + info.format(count)).digest for count in (7, 8)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("css", "hidden"),
    [
        (".nb{display:none}", True),
        ("p,span.nb , b{color:red;VISIBILITY: HIDDEN}", True),
        ("#n1 { font-size: 0 }", True),
        ("td > .nb{display:none}", True),
        ("table .nb{display:none}", True),
        ("<!-- .x{color:red} .nb{DISPLAY:NONE} -->", True),
        ("@media print{.x{color:red}} .nb{display:none}", True),
        ("@import url(a.css); .nb{display:none}", True),
        (".nb{display:none} span.nb{display:inline}", False),
        (".nb{display:none !important} span.nb{display:inline}", True),
        (".nb{display:none} .nb{display:inline}", False),
        ("@media print{.nb{display:none}}", False),
        (".nb:hover{display:none}", False),
        (".mb{display:none}", False),
        ("b.nb{display:none}", False),
        ("p > .nb{display:none}", False),
        (".nb{opacity:0.5}", False),
    ],
)
def test_what_the_styles_of_the_page_hide_is_no_part_of_a_number(css: str, hidden: bool) -> None:
    table = TABLE.replace("<td>31<", "<td><span class='a nb' id=n1>7</span>31<")
    row = the_table(f"<style>{css}</style>{table}").rows()[3]
    assert [cell.text for cell in row] == ["（二）部分公开", "31" if hidden else "731", "32", "63"]


def test_what_an_element_says_of_itself_goes_before_the_styles_of_the_page() -> None:
    table = TABLE.replace("<td>31<", "<td><span class=nb style='display:inline'>7</span>31<")
    for css in (
        "<style>{}</style>",
        "<style media=print>{}</style>",
        "<noscript><style>{}</style></noscript>",
    ):
        row = the_table(css.format(".nb{display:none}") + table).rows()[3]
        assert row[1].text == "731"


@pytest.mark.parametrize("css", ["/* a */ .nb{opacity:0!important}", ".nb{position:absolute;left:-9999px}"])
def test_what_the_styles_of_the_page_draw_out_of_sight_is_no_digit(css: str) -> None:
    table = TABLE.replace("<td>31<", "<td><span class='a nb'>7</span>31<")
    row = the_table(f"<style>{css}</style>{table}").rows()[3]
    assert row[1].text == f"{stand_in('hidden', '7')} 31"


@pytest.mark.parametrize(
    ("css", "seen"),
    [
        (".nb{color:#FFF}", False),
        (".nb{color:white} body{background:#fff}", False),
        (".nb{color:#ffffff} td{background-color:#1f497d}", True),
        (".nb{color:#fff} #t{background:none}", False),
        (".nb{color:#fff} .nb{color:#333}", True),
        (".nb{background-color:#fff}", True),
    ],
)
def test_what_the_styles_of_the_page_set_in_white_on_white_is_no_digit(css: str, seen: bool) -> None:
    table = TABLE.replace("<td>31<", "<td id=t><span class='a nb'>7</span>31<")
    row = the_table(f"<style>{css}</style>{table}").rows()[3]
    assert row[1].text == ("731" if seen else f"{stand_in('colour', '7')} 31")


def test_what_the_styles_of_the_page_strike_or_raise_is_no_digit() -> None:
    css = "<style>.del{text-decoration:line-through}.up{vertical-align:super}</style>"
    table = TABLE.replace("<td>31<", "<td><span class=del>7</span>31<").replace(
        "<td>32<", "<td>32<i class=up>1</i><"
    )
    assert [cell.text for cell in the_table(css + table).rows()[3]][1:3] == ["\ufffc[del 7] 31", "32¹"]


def test_a_page_that_breaks_off_says_so_and_its_last_number_is_none() -> None:
    whole = page(f'<div class="TRS_Editor">{REPORT}{TABLE}</div>')
    assert to_document(whole).remarks == ()
    for end in (b"<td>6", b"<td>63<", b"<td>63<b", b"<td>63<b>1</"):
        cut = whole[: whole.index(b"<td>63")] + end
        document = to_document(cut)
        (table,) = document.tables()
        assert table.rows()[3][-1].text.endswith(stand_in("cut off"))
        assert document.remarks == (CUT_SHORT,)
    document = to_document(whole[: whole.index(b"<td>63")])
    (table,) = document.tables()
    assert [cell.text for cell in table.rows()[3]] == ["（二）部分公开", "31", "32"]
    assert document.remarks == (CUT_SHORT,)


def test_a_part_of_a_page_that_closes_what_it_opens_is_whole() -> None:
    assert to_document(f"<div>{REPORT}{TABLE}</div>".encode()).remarks == ()
    document = to_document("<p>甲<乙".encode())  # no tag begins so (HTML 13.2.5.6)
    assert document.remarks == ()
    assert document.text() == "甲<乙\n"


def test_a_report_inside_thousands_of_blocks_is_read() -> None:
    document = read("<div>" * 30_000 + REPORT + TABLE)
    assert [table.height for table in document.tables()] == [4]
    assert any("nested" in remark for remark in document.remarks)


def test_the_frames_of_a_page_without_a_table_are_told() -> None:
    frame = "<iframe src='/t3.html'></iframe><iframe src='/counter' width=0></iframe><iframe src='/hits.jsp' width=60 height=20></iframe>"
    assert read(REPORT + frame).remarks == (f"{FRAMED} /t3.html",)
    assert read(REPORT + TABLE + frame).remarks == ()


def test_a_hidden_table_is_told_and_a_hidden_menu_is_not() -> None:
    menu = "<div style='display:none'><ul><li>首页</li><li>政务公开</li></ul></div>"
    assert not any(remark.startswith(NOT_SHOWN) for remark in read(REPORT + menu).remarks)
    for hidden in ("style='display:none'", "hidden", "style='visibility: hidden'"):
        document = read(f"{REPORT}<div {hidden}><p style='display:none'>附</p>{TABLE}</div>")
        assert list(document.tables()) == []
        (remark,) = [remark for remark in document.remarks if remark.startswith(NOT_SHOWN)]
        assert "三、本年度办理结果" in remark


@pytest.mark.parametrize(
    ("row", "is_table"),
    [
        ("<td></td><td>8</td>", True),
        ("<td>处罚</td><td>8</td>", True),
        ("<td>上一页</td><td>下一页</td>", False),
    ],
)
def test_the_end_of_a_row_cut_by_a_page_is_a_table_though_it_stands_alone(row: str, is_table: bool) -> None:
    tables = list(read(f"{REPORT}{TABLE}<p>—3—</p><table><tr>{row}</tr></table>").tables())
    assert len(tables) == 1 + is_table


def test_blocks_and_cells_know_their_source_line() -> None:
    data = b"<html><body><div id=zoom>\n<p>one</p>\n<p>two<br>\nthree</p>\n<table>\n"
    data += b"<tr><td>a</td><td>1</td></tr>\n<tr><td>b</td>\n<td>2</td></tr></table></div>"
    one, two, three, table = to_document(data).blocks
    assert [block.place.line for block in (one, two, three, table)] == [2, 3, 3, 5]
    assert isinstance(table, Table)
    assert [cell.place.line for cell in table.cells] == [6, 6, 7, 8]


def test_links_of_the_content_and_files_beside_it_are_given_as_written() -> None:
    document = read(
        f'{REPORT}<p><a href="./W02024.xls">附表</a> <a href="javascript:void(0)">x</a> <a href="#top">y</a></p>'
    )
    assert [(link.target, link.text) for link in document.links] == [
        ("./W02024.xls", "附表"),
        ("./W020240108.docx", "附件下载"),
    ]


def test_pictures_in_the_content_are_remarked() -> None:
    assert read(REPORT + '<p><img src="./W020240108365515915162.jpg"></p>').remarks == (
        "picture: ./W020240108365515915162.jpg",
    )


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ('<img src="./W02.jpg" width="800">', "./W02.jpg"),
        ('<img src="./W02.jpg" style="width:100%;height:auto">', "./W02.jpg"),
        ('<img src="/images/loading.gif" data-original="./W02.jpg">', "./W02.jpg"),
        ('<img data-src="./W02.jpg">', "./W02.jpg"),
        ('<a href="./W02.jpg"><img src="./s_W02.jpg" width="120"></a>', "./W02.jpg"),
        ('<img src="data:image/png;base64,iVBORw0KGgo=">', "data:image/png;base64"),
        ('<img src="./W02.jpg" width="16" height="16">', None),
        ('<img src="./W02.jpg" style="height: 40px">', None),
        ('<img src="./W02.jpg" width="258" height="258">', None),
        ('<img src="/images/icon_doc.gif">', None),
        ('<img src="/ueditor/dialogs/attachment/fileTypeImages/x.gif">', None),
        ('<img src="./ewm.png">', None),
        ('<a href="./f.docx"><img src="./w.png"></a>', None),
        ('<div class="ewm"><img src="./W02.jpg"></div>', None),
        ("<img>", None),
    ],
)
def test_a_picture_is_one_that_may_be_a_table_by_its_place_name_and_size(
    image: str, address: str | None
) -> None:
    assert read(f"{REPORT}<p>{image}</p>").pictured() == ((address,) if address else ())


def test_more_pictures_than_a_report_has_are_not_looked_at_and_this_is_said() -> None:
    document = read(REPORT + "".join(f'<p><img src="{n}.jpg"></p>' for n in range(70)))
    assert len(document.pictured()) == 60
    assert "more than 60 large pictures" in document.remarks[-1]


def test_two_containers_side_by_side_are_both_read_in_order() -> None:
    document = to_document(
        page(f'<div class="TRS_Editor">{REPORT}</div><div class="TRS_Editor">{TABLE}</div>')
    )
    assert [type(block).__name__ for block in document.blocks] == ["Paragraph"] * 3 + ["Table"]


def test_an_empty_container_in_the_chrome_is_not_taken_for_the_report() -> None:
    banner = '<div class="TRS_Editor"><embed src="top.swf"></div><div id="zoom"></div>'
    document = to_document(page(f'<div class="con">{REPORT * 4}</div>', before=banner + HEADER))
    assert "全年主动公开信息12条，其中网站9条。" in document.text()
    assert "首页" not in document.text()


def test_a_real_list_page_is_read_without_the_banner_container(shared: object) -> None:
    from pathlib import Path

    data = (Path(str(shared)) / "real" / "listpage_ordos_engebei_trs_xxgknb.html").read_bytes()
    document = to_document(data)
    targets = [link.target for link in document.links]
    assert "./202009/t20200903_2748784.html" in targets
    assert "鄂尔多斯市2019年政府信息公开工作年度报告\t2020-09-03" in document.text()


def test_the_same_bytes_give_the_same_document() -> None:
    data = page(f"<div id=zoom>{REPORT}{TABLE}</div>")
    assert to_document(data) == to_document(data)
    assert to_document(data).digest == to_document(data).digest
    assert to_document(data).extractor == "gxcrawl-html"


SCRAPS = [
    *"<>/=\"' \n\0\ufdd0\x01一1",
    "<td>",
    "<table>",
    "<p>",
    "</p>",
    "<tr>",
    "</table>",
    "&#1;",
    "&#xFDD0;",
    "<br>",
]


@given(
    st.lists(
        st.sampled_from([*SCRAPS, "<a href=x>", "<div id=zoom>", "<div>", "<ul class=share>"]), max_size=60
    ).map("".join)
)
def test_no_markup_makes_it_raise_or_differ(text: str) -> None:
    data = text.encode()
    assert to_document(data) == to_document(data)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    to_document(data).text().encode()
    to_document(b"<p>" + data).digest  # noqa: B018


cell_texts = st.lists(st.integers(0, 99999), min_size=3, max_size=8)


@given(
    st.lists(cell_texts, min_size=2, max_size=8).filter(lambda rows: len({len(row) for row in rows}) == 1),
    st.randoms(),
)
def test_every_number_of_a_drawn_table_stands_where_it_was_drawn(
    rows: list[list[int]], chance: object
) -> None:
    wrappers = [
        "{}",
        "<p>{}</p>",
        "<p><span>{}</span></p>",
        "<div>\n {}\n</div>",
        "<font>{}</font>",
        "<p><b>{}</b><o:p></o:p></p>",
    ]
    markup = "".join(
        "<tr>"
        + "".join(
            f"<td>{wrappers[(number + column) % len(wrappers)].format(number)}</td>"
            for column, number in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    table = the_table(f"<table>{markup}</table>")
    assert [[int(cell.text) for cell in row] for row in table.rows()] == rows


@pytest.mark.parametrize(
    "data",
    [
        b"<table><tr><td>" * 60_000 + b"x",
        b"<div>" * 60_000 + b"x",
        b"<table>" + b"<tr><td rowspan=99999999 colspan=99999999>1<td>2</tr>" * 2000,
        b"<table>" + b"<tr><td>1<td>2</tr>" * 60_000,
        b"<div class=TRS_Editor>" * 20_000 + b"x",
        b"<div id=zoom>" + b"<table><tr><td>a<td>1<td>2<tr><td>b<td>3<td>4<tr><td>c<td>5<td>" * 3000,
        b"<pre>" + b"1 2 3\n" * 200_000,
    ],
    ids=["nested tables", "nested blocks", "spans", "rows", "containers", "tables in cells", "lines"],
)
@pytest.mark.timeout(60)
def test_hostile_markup_ends_and_says_what_was_cut_off(data: bytes) -> None:
    document = to_document(data)
    cut_off = any("cut off" in remark for remark in document.remarks)
    assert cut_off or document.text()


def test_tables_are_counted_through_the_document_in_reading_order() -> None:
    tables = list(read(REPORT + TABLE + "<p>四、</p>" + TABLE + TABLE).tables())
    assert [table.index for table in tables] == [1, 2, 3]
    assert all((one.place.line or 0) <= (two.place.line or 0) for one, two in pairwise(tables))


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ('<span style="color:#fff">9</span>81', "\ufffc[colour 9] 81"),
        ('<font style="COLOR: transparent">9</font>81', "\ufffc[colour 9] 81"),
        ('<span style="color:rgba(1,2,3,0)">9</span>81', "\ufffc[colour 9] 81"),
        ('<span style="opacity:0">9</span>81', "\ufffc[hidden 9] 81"),
        ('<span style="position:absolute;left:-9999px">9</span>81', "\ufffc[hidden 9] 81"),
        ('<span style="clip:rect(0,0,0,0);position:absolute">9</span>81', "\ufffc[hidden 9] 81"),
        ('<span style="display:inline-block;width:0;overflow:hidden">9</span>81', "\ufffc[hidden 9] 81"),
        ('<span style="margin-left:-100pt">9</span>81', "\ufffc[hidden 9] 81"),
        ('<SPAN STYLE="MARGIN-LEFT : -100PT">9</SPAN>81', "\ufffc[hidden 9] 81"),
        ('9<span style="position:absolute">81</span>', "9 \ufffc[moved 81]"),
        ('<span style="float:right">9</span>81', "\ufffc[moved 9] 81"),
        ('<p style="display:flex;flex-direction:row-reverse"><b>9</b><b>81</b></p>', "\ufffc[turned 981]"),
        ('981<span style="position:relative;top:-5pt">2</span>', "981²"),
        ('<span class="MsoDel">66</span>981', "\ufffc[del 66] 981"),
        ("<ruby>981<rt>2</rt></ruby>", "981²"),
        ('<bdo dir="rtl">189</bdo>', "\ufffc[rtl 189]"),
        ('<i style="direction:rtl;unicode-bidi:bidi-override">189</i>', "\ufffc[rtl 189]"),
        ('<span dir="rtl">-981</span>', "\ufffc[rtl -981]"),
        # What is seen where it stands is read.
        ('<span style="color:#fff;background:#00f">981</span>', "981"),
        ('<span style="background-color:#fff;color:#000">981</span>', "981"),
        ('<span style="color:white">本级</span>', "本级"),
        ('<span style="opacity:0.5">981</span>', "981"),
        ('<p style="position:relative;top:-5pt">981</p>', "981"),
        ('98<span style="position:relative;top:-.5pt">1</span>', "981"),
        ('<p style="position:absolute">981</p>', "981"),
        ('<p style="width:0">981</p>', "981"),
        ('<p dir="rtl">981</p>', "981"),
    ],
)
def test_what_is_unseen_or_shown_elsewhere_is_no_figure_of_a_number(shown: str, text: str) -> None:
    table = the_table(TABLE.replace("<td>31</td>", f"<td>{shown}</td>"))
    assert [cell.text for cell in table.rows()[3]] == ["（二）部分公开", text, "32", "63"]


def test_a_reference_to_a_control_character_beside_a_hidden_part_stops_nothing() -> None:
    (block,) = to_document("<p>甲<i hidden>6</i>&#2;12<script>x</script>&#1;3</p>".encode()).blocks
    assert isinstance(block, Paragraph)
    assert block.text == "甲123"
