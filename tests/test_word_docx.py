"""What stands on paper of a Word file: merged cells, text boxes, tracked changes, automatic numbers, notes."""

import contextlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.text.document import LOST_TABLE, Document, Heading, Table
from archive.text.extract import extract
from archive.text.refusal import NotReadable
from tests.office_files import docx, p, part, r, tbl, tc, zipped


def texts(document: Document) -> list[str]:
    return [block.text for block in document.blocks if not isinstance(block, Table)]  # type: ignore[union-attr]


def cells(document: Document, number: int = 0) -> list[tuple[str, int, int, int, int]]:
    table = list(document.tables())[number]
    return [(c.text, c.row, c.column, c.rowspan, c.colspan) for c in table.cells]


def test_merged_cells_are_one_cell_each() -> None:
    document = extract(
        docx(
            tbl(
                tc("甲", '<w:vMerge w:val="restart"/>') + tc("乙", '<w:gridSpan w:val="2"/>') + tc("丙"),
                tc("", "<w:vMerge/>") + tc("1") + tc("2") + tc("3"),
                tc("", "<w:vMerge/>")
                + tc("4")
                + tc("5", '<w:hMerge w:val="restart"/>')
                + tc("", "<w:hMerge/>"),
            )
        )
    )
    assert cells(document) == [
        ("甲", 1, 1, 3, 1),
        ("乙", 1, 2, 1, 2),
        ("丙", 1, 4, 1, 1),
        ("1", 2, 2, 1, 1),
        ("2", 2, 3, 1, 1),
        ("3", 2, 4, 1, 1),
        ("4", 3, 2, 1, 1),
        ("5", 3, 3, 1, 2),
    ]


def test_a_row_that_begins_further_right_leaves_its_columns_empty() -> None:
    row = '<w:trPr><w:gridBefore w:val="2"/></w:trPr>' + tc("7") + tc("8")
    document = extract(docx(tbl(tc("a") + tc("b") + tc("c") + tc("d"), row)))
    assert cells(document)[4:] == [("7", 2, 3, 1, 1), ("8", 2, 4, 1, 1)]


def test_paragraphs_and_line_breaks_of_a_cell_are_parted_by_a_blank() -> None:
    two = f"{p('1')}{p('2')}"
    broken = f"<w:p>{r('3')}<w:r><w:br/></w:r>{r('4')}</w:p>"
    split = f"<w:p>{r('5')}{r('6')}</w:p>"
    assert [c[0] for c in cells(extract(docx(tbl(tc(two) + tc(broken) + tc(split)))))] == ["1 2", "3 4", "56"]


def test_a_nested_table_follows_its_table_and_a_frame_is_opened_up() -> None:
    inner = tbl(tc("x") + tc("1") + tc("9"), tc("y") + tc("2") + tc("8"), tc("z") + tc("3") + tc("7"))
    rows = [tc(f"{n}") + tc("b") + tc("c") for n in range(4)]
    outer = tbl(*rows, tc(f"{p('里')}{inner}{p('外')}") + tc("b") + tc("c"))
    document = extract(docx(outer))
    assert [len(table.cells) for table in document.tables()] == [15, 9]
    assert cells(document)[12][0] == "里 \ufffc[table] 外"
    framed = extract(docx(tbl(tc(f"{p('年度报告')}{inner}"))))
    assert texts(framed) == ["年度报告"]
    assert [len(table.cells) for table in framed.tables()] == [9]


BOX = "<w:txbxContent>{}</w:txbxContent>"
ALTERNATE = (
    '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{0}</wps:txbx></w:drawing></mc:Choice>'
    "<mc:Fallback><w:pict><v:textbox>{0}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
)


def test_a_text_box_is_read_once_and_after_its_paragraph() -> None:
    box = BOX.format(p("框内") + tbl(tc("a") + tc("1") + tc("2"), tc("b") + tc("3") + tc("4")))
    document = extract(docx(f"<w:p>{r('段落')}<w:r>{ALTERNATE.format(box)}</w:r></w:p>{p('后文')}"))
    assert texts(document) == ["段落", "框内", "后文"]
    assert len(list(document.tables())) == 1
    older = extract(
        docx(f"<w:p><w:r><w:pict><v:textbox>{BOX.format(p('旧框'))}</v:textbox></w:pict></w:r></w:p>")
    )
    assert texts(older) == ["旧框"]


def test_deleted_text_is_not_read_and_inserted_text_is() -> None:
    changed = (
        f"<w:p>{r('收到')}<w:del><w:r><w:delText>12</w:delText></w:r></w:del><w:ins>{r('13')}</w:ins>{r('件')}</w:p>"
        f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{r('前半')}</w:p>{p('后半')}"
    )
    gone = "<w:trPr><w:del/></w:trPr>" + tc("删") + tc("1") + tc("1")
    kept = "<w:trPr><w:ins/></w:trPr>" + tc("留") + tc("2") + tc("2")
    document = extract(docx(changed + tbl(gone, kept, tc("原") + tc("3") + tc("3"))))
    assert texts(document) == ["收到13件", "前半后半"]
    assert [c[0] for c in cells(document)] == ["留", "2", "2", "原", "3", "3"]
    assert any("tracked changes" in remark for remark in document.remarks)


SHOWN = '<w:vanish w:val="0"/>'
RAISED = '<w:vertAlign w:val="superscript"/>'


def test_hidden_text_field_codes_and_headers_are_not_read() -> None:
    body = (
        f"<w:p>{r('显')}{r('隐', '<w:vanish/>')}{r('示', SHOWN)}"
        "<w:r><w:instrText>HYPERLINK x</w:instrText></w:r></w:p>"
    )
    document = extract(docx(body, header=part("hdr", p("页眉"))))
    assert texts(document) == ["显示"]


def test_a_raised_figure_is_the_mark_of_a_note_and_no_digit() -> None:
    raised = f"<w:p>{r('12')}{r('1', RAISED)}</w:p>"
    assert cells(extract(docx(tbl(tc(raised) + tc("b") + tc("c")))))[0][0] == "12¹"


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ("<w:r><w:drawing><a:blip/></w:drawing></w:r>", "\ufffc[drawing]"),
        (r("58") + "<w:r><w:pict><v:imagedata/></w:pict></w:r>", "58 \ufffc[pict]"),
        (r("5") + r("8", "<w:strike/>"), "5 \ufffc[del 8]"),
        (r("5") + r("8", "<w:dstrike/>"), "5 \ufffc[del 8]"),
        (r("5") + r("8", '<w:strike w:val="0"/>'), "58"),
        (r("5") + r("8", '<w:vertAlign w:val="subscript"/>'), "5⁸"),
    ],
)
def test_a_cell_says_what_it_shows_that_is_no_plain_text(runs: str, text: str) -> None:
    assert cells(extract(docx(tbl(tc(f"<w:p>{runs}</w:p>") + tc("b") + tc("c")))))[0][0] == text
    in_text = texts(extract(docx(p("文") + f"<w:p>{runs}</w:p>")))
    assert not any("\ufffc" in line for line in in_text)


def test_the_end_of_a_row_cut_by_a_page_is_a_table_though_it_stands_alone() -> None:
    assert len(list(extract(docx(tbl(tc("") + tc("8")))).tables())) == 1
    assert len(list(extract(docx(tbl(tc("左栏") + tc("右栏")))).tables())) == 0


def test_footnotes_come_last() -> None:
    body = f'<w:p>{r("正文")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>{p("末段")}'
    notes = part(
        "footnotes",
        f'<w:footnote w:id="2">{p("注释")}</w:footnote><w:footnote w:id="3">{p("无人引用")}</w:footnote>',
    )
    assert texts(extract(docx(body, footnotes=notes))) == ["正文", "末段", "注释"]


def level(number: int, kind: str, text: str, *, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def listed(text: str, at: int = 0, number: int = 1) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>')


def numbering(*levels: str, more: str = "") -> str:
    return part(
        "numbering",
        f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{more}',
    )


def test_automatic_numbers_are_given_back() -> None:
    levels = (
        level(0, "chineseCounting", "%1、"),
        level(1, "japaneseCounting", "（%2）"),
        level(2, "decimal", "%3."),
    )
    body = [
        listed("总体情况"),
        listed("主动公开", 1),
        listed("细目", 2),
        listed("细目二", 2),
        listed("申请", 1),
    ]
    body += [listed("主动公开政府信息情况"), listed("制度", 1)]
    assert texts(extract(docx("".join(body), numbering=numbering(*levels)))) == [
        "一、总体情况",
        "（一）主动公开",
        "1. 细目",
        "2. 细目二",
        "（二）申请",
        "二、主动公开政府信息情况",
        "（一）制度",
    ]


def test_a_list_of_its_own_begins_anew_where_the_file_says_so() -> None:
    again = (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = (
        listed("甲") + listed("乙") + listed("丙", number=2) + listed("丁", number=3) + listed("无", number=0)
    )
    found = texts(extract(docx(body, numbering=numbering(level(0, "decimal", "%1）"), more=again))))
    assert found == ["1）甲", "2）乙", "1）丙", "2）丁", "无"]


def test_a_number_in_an_unknown_format_is_left_out_and_remarked() -> None:
    document = extract(docx(listed("总体情况"), numbering=numbering(level(0, "thaiCounting", "%1、"))))
    assert texts(document) == ["总体情况"]
    assert any("thaiCounting" in remark for remark in document.remarks)


def test_a_style_makes_headings_and_numbers_them() -> None:
    styles = part(
        "styles",
        '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="2"/>'
        '<w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="2"><w:basedOn w:val="1"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="t"><w:name w:val="Title"/></w:style>',
    )
    body = p("年度报告", '<w:pStyle w:val="t"/>') + p("总体情况", '<w:pStyle w:val="1"/>')
    document = extract(
        docx(body, styles=styles, numbering=numbering(level(0, "chineseCountingThousand", "%1、")))
    )
    assert document.blocks == (Heading("年度报告", 1), Heading("一、总体情况", 1))


def test_content_controls_links_and_formulas_hide_nothing() -> None:
    inside = (
        f"<w:sdt><w:sdtContent>{p('控件')}</w:sdtContent></w:sdt>"
        f"<w:p><w:hyperlink>{r('链接')}</w:hyperlink><w:smartTag>{r('标记')}</w:smartTag></w:p>"
    )
    row = f"<w:sdt><w:sdtContent>{tc('a')}</w:sdtContent></w:sdt>" + tc("1") + tc("2")
    document = extract(docx(inside + tbl(row)))
    assert texts(document) == ["控件", "链接标记"]
    assert [c[0] for c in cells(document)] == ["a", "1", "2"]


# ---- hostile files

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "哈"}">' for n in range(10))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (zipped({"word/document.xml": f"<!DOCTYPE d [{LAUGHS}]><d>&l9;</d>"}), "declares a document type"),
        (zipped({"word/document.xml": "<w:document"}), "no sound XML"),
        (zipped({"word/document.xml": "<d/>"}), "without a text"),
        (zipped({"word/document.xml": b" " * (65 << 20)}), "inflates to more than 64 MB"),
        (docx(p("年报"))[:400], "cut off or damaged"),
    ],
    ids=["entities", "no xml", "no text", "bomb", "cut off"],
)
def test_a_hostile_word_file_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(NotReadable, match=sentence):
        extract(data)


def test_a_word_file_in_an_encrypted_zip_is_refused() -> None:
    data = bytearray(docx(p("年报")))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    with pytest.raises(NotReadable, match="protected by a password"):
        extract(bytes(data))


def test_macros_are_not_run_and_named() -> None:
    parts: dict[str, str | bytes] = {
        "word/vbaProject.bin": b"x",
        "word/document.xml": part("document", f"<w:body>{p('年报')}</w:body>"),
    }
    document = extract(zipped(parts))
    assert document.remarks == ("the file holds macros, which were not run",)


@given(st.data())
def test_a_damaged_word_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    whole = bytearray(docx(p("年报") + tbl(tc("a") + tc("1") + tc("2"))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NotReadable):
        extract(bytes(whole))


# What a run looks like


def _number(runs: str, properties: str = "", cell: str = "") -> str:
    """The text of a cell with such runs, the first of a row of three."""
    content = f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{runs}</w:p>"
    return cells(extract(docx(tbl(tc(content, cell) + tc("b") + tc("c")), styles=STYLES)))[0][0]


STYLES = part(
    "styles",
    '<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="21"/></w:rPr></w:rPrDefault></w:docDefaults>'
    '<w:style w:type="character" w:styleId="base"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="note"><w:basedOn w:val="base"/></w:style>'
    '<w:style w:type="character" w:styleId="gone"><w:rPr><w:strike/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="secret"><w:rPr><w:vanish/></w:rPr></w:style>',
)


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ('<w:sz w:val="12"/>', "12\ufffc[small 7]"),
        ('<w:sz w:val="18"/>', "127"),  # a figure that somebody put right in another size
        ('<w:position w:val="6"/>', "12⁷"),
        ('<w:color w:val="FFFFFF"/>', "12 \ufffc[unseen 7]"),
        ('<w:color w:val="auto" w:themeColor="background1"/>', "12 \ufffc[unseen 7]"),
        ('<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F497D"/>', "127"),
        ('<w:color w:val="FFFFFF"/><w:highlight w:val="blue"/>', "127"),
        ('<w:rStyle w:val="note"/>', "12⁷"),
        ('<w:rStyle w:val="gone"/>', "12 \ufffc[del 7]"),
        ('<w:rStyle w:val="gone"/><w:strike w:val="0"/>', "127"),
    ],
)
def test_a_figure_that_looks_otherwise_than_its_number_is_none_of_it(properties: str, text: str) -> None:
    assert _number(r("12") + r("7", properties)) == text


def test_a_number_that_is_small_or_raised_as_a_whole_is_a_number() -> None:
    for properties in ('<w:sz w:val="10"/>', '<w:position w:val="4"/>'):
        assert _number(r("12", properties)) == "12"
        assert _number(r("1", properties) + r("2", properties)) == "12"


def test_a_white_number_in_a_shaded_cell_is_seen_and_text_hidden_by_a_style_is_not() -> None:
    white = r("12", '<w:color w:val="FFFFFF"/>')
    assert _number(white, cell='<w:shd w:val="clear" w:fill="4472C4"/>') == "12"
    assert _number(white, cell='<w:shd w:val="clear" w:fill="auto"/>') == "\ufffc[unseen 12]"
    assert _number(r("12"), '<w:pStyle w:val="secret"/>') == ""
    assert _number(r("12", SHOWN), '<w:pStyle w:val="secret"/>') == "12"


def _field(instruction: str, result: str | None) -> str:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    shown = "" if result is None else mark("separate") + r(result)
    return f"{mark('begin')}<w:r><w:instrText>{instruction}</w:instrText></w:r>{shown}{mark('end')}"


def test_a_field_shows_its_result_and_one_without_may_show_its_instruction() -> None:
    assert _number(_field("=SUM(LEFT)", "46")) == "46"
    assert _number(_field("eq \\o\\ac(○,46)", None)).startswith("\ufffc[field")
    assert _number(r("46") + _field('XE "word"', None)) == "46"


def _with_part(name: str, content: bytes) -> bytes:
    """A Word file whose text is a paragraph, and a part in another format (17.17.2)."""
    body = p("前言") + '<w:altChunk xmlns:r="urn:r" r:id="rIdA"/>' + p("后记")
    whole = docx(body, altered="")
    files = {
        n: zipfile.ZipFile(io.BytesIO(whole)).read(n) for n in zipfile.ZipFile(io.BytesIO(whole)).namelist()
    }
    files["word/_rels/document.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rIdA" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="{name}"/></Relationships>'
    ).encode()
    return zipped({**files, f"word/{name}": content})


ROWS = [["规章", "12", "7", "58"], ["行政规范性文件", "34", "9", "61"], ["行政许可", "5", "46", "13"]]
PAGE = (
    "<html><body><p>一、总体情况</p><p>全年没有遗漏，群众评价良好，专人负责，按月清点，及时答复每一件申请。</p><table border=1>"
    + "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in ROWS)
    + "</table><p>下一年继续改进工作，充实公开的栏目，加强培训。</p></body></html>"
)


@pytest.mark.parametrize("as_mhtml", [False, True])
def test_a_page_that_is_embedded_as_the_text_is_read(as_mhtml: bool) -> None:
    """As programs write that make Word files of pages: the whole text in one part, HTML or MHTML."""
    page = f'<meta charset="utf-8">{PAGE}'
    if as_mhtml:
        page = (
            'MIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="b"\n\n--b\n'
            f'Content-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n\n{page}\n--b--\n'
        )
    document = extract(_with_part("afchunk.mht", page.encode()))
    assert [text[:6] for text in texts(document)] == [
        "前言",
        "一、总体情况",
        "全年没有遗漏",
        "下一年继续改",
        "后记",
    ]
    assert [c[0] for c in cells(document)] == [text for row in ROWS for text in row]
    assert document.remarks == ()


def test_a_part_that_is_embedded_in_a_format_that_is_not_read_may_hold_the_tables() -> None:
    document = extract(_with_part("afchunk.bin", b"\x00\x01\x02" * 300))
    assert document.remarks[0].startswith(LOST_TABLE)
    assert texts(document) == ["前言", "后记"]
