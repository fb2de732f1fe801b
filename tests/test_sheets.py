"""What is visible of a worksheet, as its cells show it: in .xlsx, and in the .xls that LibreOffice makes of it."""

import io
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.drawing.image import Image as SheetImage
from openpyxl.styles import Border, Font, PatternFill, Side
from PIL import Image

from archive.text.document import PICTURE, STRUCK, Document, Paragraph, Place, Table, stand_in
from archive.text.extract import extract
from archive.text.refusal import NotReadable
from archive.text.sheet_format import BUILT_IN, shown
from gxstore.reading.read import read
from tests.forms import CATALOGUE
from tests.office_files import convert, zipped

THIN = Border(*[Side(style="thin")] * 4)


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (12.0, "General", "12"),
        (12.0, "", "12"),
        (12.0, "@", "12"),
        (12.0, "0_ ", "12"),
        (-12, r"0_);[Red]\(0\)", "(12)"),
        (0, BUILT_IN[41], "-"),
        (0, "0;-0;;@", ""),
        (0, "#", ""),
        (1234.5, BUILT_IN[43], "1,234.50"),
        (-1234.5, BUILT_IN[41], "-1,235"),
        (0.125, "0.00%", "12.50%"),
        (7, "+0;-0", "+7"),
        (-7, "+0;-0", "-7"),
        (121.2505, "0.00", "121.25"),
        (121.2505, "General", "121.2505"),
        (0.1 + 0.2, "General", "0.3"),
        (5, '0"件"', "5件"),
        (5, 'General"件"', "5件"),
        (5, "[$¥-804]#,##0.00", "¥5.00"),
        (5.25, "0.0##", "5.25"),
        (3, "000", "003"),
        (44561, BUILT_IN[14], "2021-12-31"),
        (44561, "[DBNum1]yyyy年m月d日", "2021-12-31"),
        (0.5, "h:mm", "12:00:00"),
        (-0.2, "0", "0"),
    ],
)
def test_a_number_is_written_as_its_cell_shows_it(value: float, code: str, text: str) -> None:
    assert shown(value, code) == text


@pytest.mark.parametrize(
    "code", ["0,", "# ?/?", "0.00E+00", "[DBNum1]General", "[>=100]0;0.0", "[format 163]", "d0"]
)
def test_a_format_that_is_not_understood_gives_no_number(code: str) -> None:
    assert shown(1234567, code) == f"1234567 [{code}]"


@given(st.floats(-1e12, 1e12), st.text('0#?,.;%_*"\\[]@-+件 GDBNumh', max_size=12))
def test_any_format_gives_a_text(value: float, code: str) -> None:
    shown(value, code)


def workbook(*, lines: bool = True) -> bytes:
    """A statistics sheet with a title, hidden parts, merged cells, formats and formulas."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "统计表"
    rows: list[list[object]] = [
        ["青溪县司法局2016年政府信息公开情况统计表"],
        [],
        ["统计指标", None, "单位", "统计数"],
        ["一、主动公开情况", "规范性文件", "件", 12.0],
        [None, "隐藏的行", "件", 99],
        [None, "收费", "万元", 121.2505],
        ["二、申请", "总数", "件", 0],
        ["三、比例", "满意度", None, 0.125],
        ["四、日期", "截止", None, date(2016, 12, 31)],
        ["五、空", "无", None, None],
    ]
    for row in rows:
        sheet.append(row)
    sheet["D6"].number_format = "0.00"
    sheet["D7"].number_format = BUILT_IN[41]
    sheet["D8"].number_format = "0.0%"
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("A3:B3")
    sheet.merge_cells("A4:A6")
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["C"].hidden = True
    if lines:
        for line in sheet["A3:D10"]:
            for cell in line:
                cell.border = THIN
    secret = book.create_sheet("底稿")
    secret["A1"] = 7
    secret.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def grid(document: Document) -> list[tuple[str, int, int, int, int]]:
    (table,) = document.tables()
    return [(c.text, c.row, c.column, c.rowspan, c.colspan) for c in table.cells]


SHOWN = [
    ("统计指标", 1, 1, 1, 2),
    ("统计数", 1, 3, 1, 1),
    ("一、主动公开情况", 2, 1, 2, 1),
    ("规范性文件", 2, 2, 1, 1),
    ("12", 2, 3, 1, 1),
    ("收费", 3, 2, 1, 1),
    ("121.25", 3, 3, 1, 1),
    ("二、申请", 4, 1, 1, 1),
    ("总数", 4, 2, 1, 1),
    ("-", 4, 3, 1, 1),
    ("三、比例", 5, 1, 1, 1),
    ("满意度", 5, 2, 1, 1),
    ("12.5%", 5, 3, 1, 1),
    ("四、日期", 6, 1, 1, 1),
    ("截止", 6, 2, 1, 1),
    ("2016-12-31", 6, 3, 1, 1),
    ("五、空", 7, 1, 1, 1),
    ("无", 7, 2, 1, 1),
    ("", 7, 3, 1, 1),
]


@pytest.mark.parametrize("to", ["xlsx", "xls"])
def test_what_is_visible_of_a_sheet_is_read_as_it_is_shown(to: str) -> None:
    data = workbook() if to == "xlsx" else convert({"a.xlsx": workbook()}, "xls")["a"]
    document = extract(data)
    assert document.blocks[0] == Paragraph("青溪县司法局2016年政府信息公开情况统计表", Place(line=1))
    assert grid(document) == SHOWN
    assert "the hidden sheet 底稿 was left out" in document.remarks
    assert "hidden rows or columns of the sheet 统计表 were left out" in document.remarks
    assert document.meta == {"sheet of tables 1 to 1": "统计表"}


def test_without_lines_a_blank_row_and_the_title_part_text_from_table() -> None:
    document = extract(workbook(lines=False))
    assert [type(block) for block in document.blocks][-1] is Table
    assert len(document.blocks) == 2


def sheet_xml(rows: str, more: str = "") -> bytes:
    """A workbook written by hand, with what openpyxl cannot write."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    return zipped(
        {
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{kinds}"><sheets><sheet name="表" r:id="a"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships {package}><Relationship Id="a" Type="{kinds}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="b" Type="{kinds}/sharedStrings" Target="s.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{rows}</sheetData>{more}</worksheet>",
            "xl/s.xml": f"<sst {main}><si><r><t>12</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>1</t></r>"
            "<rPh><t>jian</t></rPh></si></sst>",
        }
    )


def test_a_formula_without_a_result_is_neither_blank_nor_zero() -> None:
    row = "<row><c><f>SUM(A1:A9)</f></c><c><f>1+1</f><v>2</v></c><c><f>X</f><v></v></c><c t='e'><v>#REF!</v></c></row>"
    assert [cell[0] for cell in grid(extract(sheet_xml(row)))] == ["=SUM(A1:A9)", "2", "=X", "#REF!"]


def test_a_raised_figure_and_a_reading_aid_are_no_digits() -> None:
    row = "<row><c t='s'><v>0</v></c><c t='s'><v>9</v></c><c t='inlineStr'><is><t>甲</t></is></c><c t='b'><v>1</v></c></row>"
    assert [cell[0] for cell in grid(extract(sheet_xml(row)))] == ["12¹", "#string 9", "甲", "TRUE"]


def _as(to: str, book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue() if to == "xlsx" else convert({"a.xlsx": file.getvalue()}, "xls")["a"]


@pytest.mark.parametrize("to", ["xlsx", "xls"])
def test_what_is_struck_in_a_sheet_is_no_number_and_a_raised_cell_is_none(to: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "行政许可"
    sheet["B1"] = CellRichText(TextBlock(InlineFont(strike=True), "7"), "23")
    sheet["C1"], sheet["D1"], sheet["E1"] = 418, 56, 91
    sheet["C1"].font, sheet["D1"].font = Font(strike=True), Font(vertAlign="superscript")
    sheet["E1"].font = Font(strike=False)
    document = extract(_as(to, book))
    assert [cell[0] for cell in grid(document)] == [
        "行政许可",
        f"{stand_in('del', '7')} 23",
        stand_in("del", "418"),
        "⁵⁶" if to == "xlsx" else "56",  # LibreOffice raises no number in .xls
        "91",
    ]
    assert document.remarks == (STRUCK,)


@pytest.mark.parametrize("to", ["xlsx", "xls"])
def test_what_is_white_on_paper_is_no_number_and_on_a_colour_it_is_one(to: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for column, value in enumerate(("行政许可", 418, 56, 91), 1):
        sheet.cell(1, column, value)
    sheet["B1"].font = sheet["C1"].font = Font(color="FFFFFF")
    sheet["C1"].fill = PatternFill("solid", fgColor="1F497D")
    document = extract(_as(to, book))
    assert [cell[0] for cell in grid(document)] == ["行政许可", stand_in("unseen", "418"), "56", "91"]


@pytest.mark.parametrize("to", ["xlsx", "xls"])
def test_a_nought_of_a_sheet_that_shows_none_is_blank(to: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for column, value in enumerate(("行政许可", 0, 56, "0"), 1):
        sheet.cell(1, column, value)
    sheet.sheet_view.showZeros = False
    assert [cell[0] for cell in grid(extract(_as(to, book)))] == ["行政许可", "", "56", "0"]


@pytest.mark.parametrize("to", ["xlsx", "xls"])
def test_a_picture_in_a_sheet_may_be_the_table_that_is_missing(to: str) -> None:
    drawn = io.BytesIO()
    Image.effect_noise((300, 200), 90).save(drawn, "PNG")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for text in ("青溪县司法局2022年政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况"):
        sheet.append([text])
    sheet.add_image(SheetImage(drawn), "A4")
    document = extract(_as(to, book))
    assert any(remark.startswith(PICTURE) for remark in document.remarks)
    whys = {value.why for value in read([document], CATALOGUE).values if value.code.startswith("ar.t3.")}
    assert whys == {"table_is_image"}


def test_a_sheet_larger_than_any_report_is_cut_off_and_says_so() -> None:
    row = "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c></row><row r='900000'><c r='ZZZ900000'><v>3</v></c></row>"
    merged = "<mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells>"
    document = extract(sheet_xml(row, merged))
    assert any("cut off" in remark for remark in document.remarks)


def test_a_workbook_without_sheets_is_refused() -> None:
    with pytest.raises(NotReadable, match="without sheets"):
        extract(zipped({"xl/workbook.xml": "<x/>"}))


@given(st.data())
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    whole = bytearray(_XLSX)
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        extract(bytes(whole))
    except NotReadable:
        return


_XLSX = workbook()
