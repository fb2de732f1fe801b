"""Attachments beside a report: a small .docx copy of it, and a picture. The same bytes each time."""

import io
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape

from crawler.replica.article import Block, Grid
from crawler.replica.forms import Row

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
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
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", document),
        ):
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


def jpeg() -> bytes:
    """A grey picture of 8 by 8 points (ITU-T T.81, baseline, one component)."""
    quantisers = b"\xff\xdb\x00\x43\x00" + bytes([1] * 64)
    frame = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    codes = b"".join(b"\xff\xc4\x00\x14" + bytes([table, 1, *[0] * 15, 0]) for table in (0x00, 0x10))
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x3f"
    return b"\xff\xd8" + quantisers + frame + codes + scan + b"\xff\xd9"
