"""XLS and WPS .et (MS-XLS, BIFF5 and BIFF8) to `Document`, by xlrd: the only reader that tells formats and lines."""

import io
from collections.abc import Iterator

import xlrd

from archive.text.document import PICTURE, STRUCK, Document
from archive.text.refusal import NotReadable
from archive.text.sheet_format import plain, shown
from archive.text.sheets import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Effects, Sheet, holds_struck_text
from archive.text.sheets import to_document as sheets_to_document

EXTRACTOR = "gxcrawl-xls"
MEDIA_TYPE = "application/vnd.ms-excel"
_WORD = "an Excel workbook (.xls)"
# How the pictures begin that a workbook keeps as they were (MS-ODRAW 2.2.27): PNG, and JPEG of both kinds.
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1")
_WHITE = (255, 255, 255)


def to_document(data: bytes) -> Document:
    """The visible sheets of a workbook, each cell as it is shown; a formula gives the result that was saved with it.

    Raises:
        NotReadable: the file is damaged, or protected by a password.
    """
    try:
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
        )
        remarks: list[str] = []
        sheets = [_sheet(book, sheet, remarks) for sheet in book.sheets()]
    except Exception as error:  # on a damaged file xlrd ends with whatever its parser met
        if "encrypted" in str(error).lower():
            raise NotReadable(
                f"This is {_WORD} that is protected by a password: ask for an open one."
            ) from error
        raise NotReadable(
            f"This is {_WORD} that is cut off or damaged ({type(error).__name__}: {error}): "
            "fetch it again, or look at it by hand."
        ) from error
    if holds_struck_text(sheets):
        remarks.append(STRUCK)
    if any(mark in data for mark in _PICTURES):
        remarks.append(f"{PICTURE} in the workbook")
    return sheets_to_document(sheets, MEDIA_TYPE, EXTRACTOR, remarks)


def _sheet(book: xlrd.Book, sheet: xlrd.sheet.Sheet, remarks: list[str]) -> Sheet:
    found = Sheet(sheet.name, hidden=sheet.visibility != 0)
    if sheet.nrows > MOST_ROWS:
        remarks.append(
            f"the sheet {sheet.name} has {sheet.nrows} rows, more than any report; the rest was cut off"
        )
    for row, column in _places(sheet):
        if len(found.texts) > MOST_CELLS:
            remarks.append(f"the sheet {sheet.name} is larger than any report's and was cut off")
            break
        cell = sheet.cell(row, column)
        at = (row + 1, column + 1)
        style = book.xf_list[cell.xf_index] if cell.xf_index is not None else None
        if style is not None and _has_lines(style.border):
            found.ruled.add(at)
        on_colour = style is not None and style.background.fill_pattern != 0
        effects = _effects(book, style.font_index if style is not None else -1, on_colour=on_colour)
        if text := _text(book, sheet, cell):
            runs = sheet.rich_text_runlist_map.get((row, column)) if cell.ctype == xlrd.XL_CELL_TEXT else None
            found.texts[at] = _in_runs(book, text, runs or [], effects, on_colour=on_colour)
    found.merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells]
    found.hidden_rows = {row + 1 for row, about in sheet.rowinfo_map.items() if about.hidden}
    found.hidden_columns = {
        column + 1 for column, about in sheet.colinfo_map.items() if about.hidden and column < MOST_COLUMNS
    }
    return found


def _places(sheet: xlrd.sheet.Sheet) -> Iterator[tuple[int, int]]:
    for row in range(min(sheet.nrows, MOST_ROWS)):
        yield from ((row, column) for column in range(min(sheet.row_len(row), MOST_COLUMNS)))


def _has_lines(border: xlrd.formatting.XFBorder) -> bool:
    return bool(
        border.left_line_style or border.right_line_style or border.top_line_style or border.bottom_line_style
    )


def _text(book: xlrd.Book, sheet: xlrd.sheet.Sheet, cell: xlrd.sheet.Cell) -> str:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        if not sheet.show_zero_values and float(cell.value) == 0:
            return ""
        style = book.xf_list[cell.xf_index] if cell.xf_index is not None else None
        about = book.format_map.get(style.format_key) if style is not None else None
        code = about.format_str if about is not None else "General"
        return shown(float(cell.value), code, since_1904=book.datemode == 1)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, f"#ERROR {plain(float(cell.value))}"))
    return ""


def _effects(book: xlrd.Book, number: int, *, on_colour: bool) -> Effects:
    """What the font of that number does to its text."""
    if not 0 <= number < len(book.font_list):
        return Effects()
    font = book.font_list[number]
    white = book.colour_map.get(font.colour_index) == _WHITE
    return Effects(bool(font.struck_out), font.escapement in (1, 2), white and not on_colour)


def _in_runs(
    book: xlrd.Book, text: str, runs: list[tuple[int, int]], own: Effects, *, on_colour: bool
) -> str:
    """A text that begins in the cell's own font and goes on in those of its runs: 12 with a raised 1 is not 121."""
    ends = [start for start, _ in runs] + [len(text)]
    out = own.applied(text[: ends[0]])
    for (start, font), end in zip(runs, ends[1:], strict=True):
        out += _effects(book, font, on_colour=on_colour).applied(text[start:end])
    return out
