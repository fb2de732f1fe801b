"""Why a table is missing: that the office published none is said only where nothing on the page can hold it."""

from dataclasses import replace

import pytest

from archive.text.document import Document, Heading, Link, Paragraph
from archive.text.extract import extract
from gxstore.reading.attribution import attribute
from gxstore.reading.read import read
from gxstore.regions import load
from tests.forms import CATALOGUE, E1, E3, render, truth
from tests.office_files import docx, p

TITLE = "海原县水务局2023年政府信息公开工作年度报告"
TOLD = "2023年本局共收到政府信息公开申请12件，均已按期办结，申请人没有异议，具体情况见图。"
TABLE = (
    "<table><tr><td>第二十条第（一）项</td></tr><tr><td>信息内容</td><td>本年制发件数</td></tr>"
    + "<tr><td>规章</td><td>3</td><td>5</td><td>8</td></tr>" * 10
    + "</table>"
)


def _page(under: str) -> bytes:
    """A report whose headings stand as the form has them, with `under` below that of the requests."""
    return (
        f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><p>一、总体情况</p>"
        "<p>本局认真贯彻条例的要求，专人负责，按月清点，公开工作有序推进。</p>"
        f"<p>二、主动公开政府信息情况</p><p>本年按规定公开，没有遗漏，具体情况见后文说明。</p>{under}"
        "<p>三、收到和处理政府信息公开申请情况</p><p>本年按规定受理，没有遗漏，全部按期办结并存档。</p>"
        "<p>五、存在的主要问题及改进情况</p><p>栏目仍要充实。</p><p>六、其他需要报告的事项</p><p>无。</p></body></html>"
    ).encode()


def _why(data: bytes) -> set[str | None]:
    return {value.why for value in read([extract(data)], CATALOGUE).values}


def test_a_page_without_anything_that_may_hold_a_table_publishes_none() -> None:
    assert _why(_page(f"<p>{TOLD}</p>")) == {"table_not_published"}


@pytest.mark.parametrize("under", [f"<p>{TOLD}</p><img src=W02.png>", f"<img src=W02.png><p>{TOLD}</p>"])
def test_a_picture_may_hold_a_table_whatever_the_text_beside_it_says(under: str) -> None:
    assert _why(_page(under)) == {"table_is_image"}


@pytest.mark.parametrize(
    "under",
    [
        '<p>附件：<a href="/system/_content/download.jsp?urltype=news.DownloadAttachUrl&wbfileid=23">见表</a></p>',
        '<p><a href="/cms/9a8b7c">附件1</a></p>',
        '<p><a href="/cms/9a8b7c">政府信息公开情况统计表</a></p>',
        '<p><a href="/cms/9a8b7c">二〇二三年.xls</a></p>',
        "<p>（统计表见附件）</p>",
        "<p>附件：政府信息公开情况统计表</p>",
        "<p>详细数字见附表。</p>",
        '<embed src="/2023/nb.pdf">',
        '<object data="/2023/nb" type="application/pdf"></object>',
        '<p><a href="./P0202.ceb">政府信息公开年报</a></p>',
        '<p><a href="./P0202.docm">政府信息公开年报</a></p>',
        '<p><a href="./P0202.mht">政府信息公开年报</a></p>',
        '<p><a href="./W0202.jpg">政府信息公开年报</a></p>',
        '<p><a href="./P0202.pdf;jsessionid=7F">政府信息公开年报</a></p>',
        '<p><a href="./P0202.pdf%20">政府信息公开年报</a></p>',
        '<p><a href="javascript:down(41)">二〇二三年年报.pdf</a></p>',
    ],
)
def test_a_table_may_stand_in_a_file_that_is_linked_shown_or_spoken_of(under: str) -> None:
    assert _why(_page(under)) == {"attachment_not_captured"}


def test_a_film_on_the_page_is_no_file_that_may_hold_a_table() -> None:
    assert _why(_page('<embed src="/2023/hy.swf">')) == {"table_not_published"}


def test_an_embedded_file_is_a_link_that_can_be_followed() -> None:
    document = extract(_page('<embed src="/2023/nb.pdf">'))
    assert Link("/2023/nb.pdf", "") in document.links


def test_a_table_that_the_text_announces_below_and_does_not_have_is_lost() -> None:
    assert _why(_page("<p>办理的具体情况如下表：</p>")) == {"lost_in_extraction"}


@pytest.mark.parametrize(
    "under",
    [
        "<template>{}</template>",
        "<noscript>{}</noscript>",
        "<textarea>{}</textarea>",
        "<textarea style='display:none'>{}</textarea>",
        "<script type='text/html'>{}</script>",
        "<script>var content='{}';document.write(content);</script>",
    ],
)
def test_a_table_that_only_a_script_can_show_is_lost_and_told(under: str) -> None:
    reading = read([extract(_page(under.format(TABLE)))], CATALOGUE)
    of_two = [value for value in reading.values if value.code.startswith("ar.t2.")]
    assert {value.why for value in of_two} == {"lost_in_extraction"}
    assert any(
        "Table t2" in finding.message and finding.severity == "warning" for finding in reading.findings
    )


@pytest.mark.parametrize("parts", [("<tr",), ("<td",), ("<tbody",)])
def test_a_table_whose_parts_are_all_hidden_is_lost_and_told(parts: tuple[str, ...]) -> None:
    table = TABLE.replace("<table>", "<table><tbody>").replace("</table>", "</tbody></table>")
    for part in parts:
        table = table.replace(part, f'{part} style="display:none"')
    of_two = [v for v in read([extract(_page(table))], CATALOGUE).values if v.code.startswith("ar.t2.")]
    assert {value.why for value in of_two} == {"lost_in_extraction"}


def test_a_table_in_text_of_no_size_is_lost_and_told() -> None:
    table = f'<span style="font-size:0px">{TABLE}</span>'
    of_two = [v for v in read([extract(_page(table))], CATALOGUE).values if v.code.startswith("ar.t2.")]
    assert {value.why for value in of_two} == {"lost_in_extraction"}


def test_a_worksheet_embedded_in_a_word_file_may_be_the_table() -> None:
    sheet = '<o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" Type="Embed" ProgID="Excel.Sheet.12"/>'
    parts = [p(TITLE), p("一、总体情况"), p(TOLD), f"<w:p><w:r><w:object>{sheet}</w:object></w:r></w:p>"]
    assert _why(docx("".join(parts))) == {"lost_in_extraction"}


def test_the_markup_in_a_script_that_fills_a_list_says_nothing() -> None:
    script = "<script>rows+='<tr><td>'+item.信息公开+'</td><td>'+item.date+'</td></tr>'</script>"
    reading = read([extract(_page(script))], CATALOGUE)
    assert {value.why for value in reading.values} == {"table_not_published"}
    assert not any(finding.rule == "read.document" for finding in reading.findings)


def test_a_title_with_a_file_that_has_no_ending_is_a_report() -> None:
    link = Link("/system/_content/download.jsp?wbfileid=23", "海原县水务局年报")
    document = Document(
        (Heading(TITLE, 1), Paragraph("附件")), "text/html", "utf-8", "test", "1", links=(link,)
    )
    reading = read([document], CATALOGUE)
    assert attribute([document], reading, load(), CATALOGUE, None).is_annual_report


def test_tables_without_a_single_number_are_told() -> None:
    cells = truth(E3, 8)
    blank = dict.fromkeys(cells, "")
    first = next(code for code in cells if code.startswith("ar.t4."))
    for filled, told in (({}, True), ({first: 3}, False), ({first: "/"}, False)):
        reading = read([render("html", E3, {**blank, **filled}, {})], CATALOGUE)
        assert any(finding.rule == "read.all_blank" for finding in reading.findings) is told


@pytest.mark.parametrize(
    ("behind", "why"),
    [
        ("", "lost_in_extraction"),
        ("<img src=W02.png>", "table_is_image"),
        ("<a href=t.xls>表</a>", "attachment_not_captured"),
    ],
)
@pytest.mark.parametrize(("edition", "table", "rows"), [(E3, "t3", 14), (E1, "stat", 40)])
def test_a_table_that_ends_before_its_totals_was_cut(
    edition: str, table: str, rows: int, behind: str, why: str
) -> None:
    cells = truth(edition, 8)
    whole = render("html", edition, cells, {table: lambda drawn: drawn[:rows]})
    linked = extract(f"<html><body><p>文</p>{behind}</body></html>".encode())
    document = replace(whole, links=linked.links, remarks=(*whole.remarks, *linked.remarks))
    reading = read([document], CATALOGUE)
    missing = [
        v for v in reading.values if v.status == "missing" and CATALOGUE.by_code[v.code].table == table
    ]
    assert {value.why for value in missing} == {why}
    (told,) = [finding for finding in reading.findings if finding.rule == "read.table_cut"]
    assert set(told.codes) == {value.code for value in missing}
