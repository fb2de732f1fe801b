"""Attachments beside a report: a small .docx copy of it, its tables as an .xlsx, a picture. The same bytes each time."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from crawler.replica.article import Block, Grid
from crawler.replica.forms import Row

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_EXCEL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STYLES = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_SIDES = "".join(f'<{side} style="thin"/>' for side in ("left", "right", "top", "bottom"))
_LINES = (
    f'<styleSheet xmlns="{_EXCEL}"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill/></fill></fills>'
    f'<borders count="2"><border/><border>{_SIDES}</border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf borderId="1" applyBorder="1"/></cellXfs></styleSheet>'
)
_TYPES = (
    f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
)
_RELATIONS = (
    f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>'
)


def docx(blocks: Iterable[Block]) -> bytes:
    """The blocks as a Word file (ECMA-376), with merged cells as gridSpan and vMerge."""
    body = "".join(_table(block) if isinstance(block, Grid) else _paragraph(block.text) for block in blocks)
    document = f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return _package({"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "word/document.xml": document})


def _package(parts: Mapping[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return file.getvalue()


def _paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text.replace("**", ""))}</w:t></w:r></w:p>'


def _table(grid: Grid) -> str:
    rows = []
    hanging: dict[int, tuple[int, int]] = {}  # column -> (rows still covered from above, width)
    for row in grid.rows:
        rows.append(f"<w:tr>{_cells(row, hanging)}</w:tr>")
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def _cells(row: Row, hanging: dict[int, tuple[int, int]]) -> str:
    out: list[str] = []
    column, own = 0, iter(row)
    cell = next(own, None)
    while cell is not None or column in hanging:
        if column in hanging:
            left, width = hanging.pop(column)
            out.append(_cell("", width, "<w:vMerge/>"))
            if left > 1:
                hanging[column] = (left - 1, width)
            column += width
            continue
        assert cell is not None
        out.append(_cell(cell.text, cell.colspan, '<w:vMerge w:val="restart"/>' if cell.rowspan > 1 else ""))
        below = column
        column += cell.colspan
        if cell.rowspan > 1:
            hanging[below] = (cell.rowspan - 1, cell.colspan)
        cell = next(own, None)
    return "".join(out)


def _cell(text: str, width: int, merge: str) -> str:
    return f'<w:tc><w:tcPr><w:gridSpan w:val="{width}"/>{merge}</w:tcPr>{_paragraph(text)}</w:tc>'


def xlsx(blocks: Iterable[Block]) -> bytes:
    """The tables among the blocks as a workbook (ECMA-376), a sheet each, with lines around its cells."""
    sheets = [_sheet(block) for block in blocks if isinstance(block, Grid)]
    numbers = range(1, len(sheets) + 1)
    names = "".join(f'<sheet name="表{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_KIND}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    related += f'<Relationship Id="s" Type="{_KIND}/styles" Target="styles.xml"/>'
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_SHEET}"/>' for n in numbers
    )
    return _package(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/>{types}'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK}"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_STYLES}"/></Types>',
            "_rels/.rels": _RELATIONS.replace("word/document.xml", "xl/workbook.xml").partition("?>")[2],
            "xl/workbook.xml": f'<workbook xmlns="{_EXCEL}" xmlns:r="{_KIND}"><sheets>{names}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
            "xl/styles.xml": _LINES,
            **{f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in zip(numbers, sheets, strict=True)},
        }
    )


def _sheet(grid: Grid) -> str:
    taken: set[tuple[int, int]] = set()
    rows, merged = [], []
    for y, row in enumerate(grid.rows, 1):
        cells: dict[int, str] = {}
        x = 1
        for cell in row:
            while (y, x) in taken:
                x += 1
            cells[x] = f'<c r="{_column(x)}{y}" s="1" t="inlineStr"><is><t>{escape(cell.text)}</t></is></c>'
            taken.update((y + i, x + k) for i in range(cell.rowspan) for k in range(cell.colspan))
            if cell.rowspan * cell.colspan > 1:
                merged.append(f"{_column(x)}{y}:{_column(x + cell.colspan - 1)}{y + cell.rowspan - 1}")
            x += cell.colspan
        for _, column in (at for at in taken if at[0] == y):
            cells.setdefault(column, f'<c r="{_column(column)}{y}" s="1"/>')
        rows.append(f'<row r="{y}">{"".join(cells[at] for at in sorted(cells))}</row>')
    joined = "".join(f'<mergeCell ref="{reference}"/>' for reference in merged)
    joined = f"<mergeCells>{joined}</mergeCells>" if joined else ""
    return f'<worksheet xmlns="{_EXCEL}"><sheetData>{"".join(rows)}</sheetData>{joined}</worksheet>'


def _column(number: int) -> str:
    return chr(ord("A") + number - 1)  # no form is wider than fifteen columns


def jpeg() -> bytes:
    """A grey picture of 8 by 8 points (ITU-T T.81, baseline, one component)."""
    quantisers = b"\xff\xdb\x00\x43\x00" + bytes([1] * 64)
    frame = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    codes = b"".join(b"\xff\xc4\x00\x14" + bytes([table, 1, *[0] * 15, 0]) for table in (0x00, 0x10))
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x3f"
    return b"\xff\xd8" + quantisers + frame + codes + scan + b"\xff\xd9"
