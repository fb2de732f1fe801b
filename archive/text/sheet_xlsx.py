"""XLSX to `Document` (ISO/IEC 29500-1, SpreadsheetML), read straight from the XML.

What a cell shows depends on its format, a formula without a saved result must not pass for a blank or a zero, and only
the lines around cells tell a table from the text above it. calamine gives none of the three, and openpyxl refuses
many files that WPS writes because of their styles.
"""

import re
from dataclasses import dataclass

from lxml.etree import _Element as Element

from archive.text.document import PICTURE, STRUCK, Document
from archive.text.package import Package, attribute, child, children, local
from archive.text.refusal import NotReadable
from archive.text.sheet_format import BUILT_IN, shown
from archive.text.sheets import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, At, Effects, Sheet, holds_struck_text
from archive.text.sheets import to_document as sheets_to_document
from archive.text.word_styles import is_on

EXTRACTOR = "gxcrawl-xlsx"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORD = "an Excel workbook (.xlsx)"
_PLAIN = Effects()
_NAME = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def to_document(data: bytes) -> Document:
    """The visible sheets of a workbook, each cell as it is shown; a formula gives the result that was saved with it.

    A formula without a saved result stands as `=…`, which is no number. Struck text, and what is white on paper, leaves a
    stand-in, and a raised figure is one that no number has.

    Raises:
        NotReadable: the file is damaged, protected, or no workbook.
    """
    package = Package(data, _WORD)
    main = package.part_of_kind("", "officeDocument") or "xl/workbook.xml"
    root = package.xml(main)
    if root is None or local(root) != "workbook":
        raise NotReadable(
            f"This is {_WORD} without sheets that can be read: save it as .xlsx, or look at it by hand."
        )
    parts = package.related(main)
    by_kind = dict(parts.values())
    remarks: list[str] = []
    book = _Book(
        _shared_strings(package.xml(by_kind["sharedStrings"]) if "sharedStrings" in by_kind else None),
        _styles(package.xml(by_kind["styles"]) if "styles" in by_kind else None),
        attribute(child(root, "workbookPr"), "date1904") in ("1", "true"),
    )
    sheets = []
    for entry in children(child(root, "sheets"), "sheet"):
        kind, part = parts.get(attribute(entry, "id") or "", ("", ""))
        if kind != "worksheet":
            continue  # a chart or a macro sheet
        name = attribute(entry, "name") or ""
        hidden = attribute(entry, "state") in ("hidden", "veryHidden")
        sheets.append(_sheet(package.xml(part), name, book, remarks, hidden=hidden))
        if not hidden and any(
            local(shape) in ("pic", "oleObj")
            for drawn, drawing in package.related(part).values()
            if drawn == "drawing" and (found := package.xml(drawing)) is not None
            for shape in found.iter()
        ):
            remarks.append(f"{PICTURE} in the sheet {name}")
    if any(name.lower().endswith("vbaproject.bin") for name in package.names()):
        remarks.append("the file holds macros, which were not run")
    if holds_struck_text(sheets):
        remarks.append(STRUCK)
    return sheets_to_document(sheets, MEDIA_TYPE, EXTRACTOR, remarks)


@dataclass(frozen=True, slots=True)
class _Style:
    """What a cell's style says: the format of its number, whether lines are drawn around it, and its font's effects."""

    code: str = "General"
    ruled: bool = False
    effects: Effects = _PLAIN


@dataclass(frozen=True, slots=True)
class _Book:
    """What the sheets of a workbook share."""

    strings: list[str]
    styles: list[_Style]
    since_1904: bool


def _shared_strings(root: Element | None) -> list[str]:
    return [_rich_text(item) for item in children(root, "si")]


def _rich_text(item: Element) -> str:
    """The text of a string; its reading aid (rPh) and what is struck are none of it, a raised figure is the mark of a note."""
    out = []
    for part in item:
        if local(part) == "t":
            out.append(part.text or "")
        elif local(part) == "r":
            text = "".join(t.text or "" for t in children(part, "t"))
            out.append(_effects(child(part, "rPr")).applied(text))
    return _ESCAPED.sub(lambda match: _character(int(match[1], 16)), "".join(out))


def _effects(font: Element | None, *, on_colour: bool = False) -> Effects:
    """What a font does to its text (18.4.10, 18.8.36): strikes it through, sets it off the line, or in the colour of paper."""
    return Effects(
        is_on(child(font, "strike")),
        attribute(child(font, "vertAlign")) in ("superscript", "subscript"),
        not on_colour and _is_white(child(font, "color")),
    )


def _is_white(colour: Element | None) -> bool:
    if (attribute(colour, "rgb") or "").upper()[-6:] == "FFFFFF":
        return True
    if attribute(colour, "indexed") in ("1", "9"):
        return True
    return attribute(colour, "theme") == "0" and not (attribute(colour, "tint") or "").startswith("-")


def _character(code: int) -> str:
    """A character that XML cannot hold or that was written by its number (18.4.12, ST_Xstring)."""
    return chr(code) if code in (9, 10, 13) or 0x20 <= code < 0xD800 else ""


def _styles(root: Element | None) -> list[_Style]:
    codes = dict(BUILT_IN)
    for entry in children(child(root, "numFmts"), "numFmt"):
        number = attribute(entry, "numFmtId") or ""
        if number.isdecimal():
            codes[int(number)] = attribute(entry, "formatCode") or "General"
    ruled = [
        any(attribute(side, "style") not in (None, "none") for side in border if local(side) != "diagonal")
        for border in children(child(root, "borders"), "border")
    ]
    fonts = list(children(child(root, "fonts"), "font"))
    filled = [
        attribute(child(fill, "patternFill"), "patternType") not in (None, "none")
        or child(fill, "gradientFill") is not None
        for fill in children(child(root, "fills"), "fill")
    ]
    found = []
    for entry in children(child(root, "cellXfs"), "xf"):
        font = _whole(attribute(entry, "fontId"))
        style, border = _whole(attribute(entry, "numFmtId")), _whole(attribute(entry, "borderId"))
        # A number that no format has: what the cell shows is not known.
        code = codes.get(style, f"[format {style}]")
        fill = _whole(attribute(entry, "fillId"))
        effects = _effects(
            fonts[font] if font < len(fonts) else None, on_colour=fill < len(filled) and filled[fill]
        )
        found.append(_Style(code, border < len(ruled) and ruled[border], effects))
    return found


def _sheet(root: Element | None, name: str, book: _Book, remarks: list[str], *, hidden: bool) -> Sheet:
    found = Sheet(name, hidden=hidden)
    if root is None:
        raise NotReadable(f"This is {_WORD} whose sheet {name} is not in it: fetch it again.")
    for columns in children(child(root, "cols"), "col"):
        if attribute(columns, "hidden") in ("1", "true"):
            last = min(_whole(attribute(columns, "max")), MOST_COLUMNS)
            found.hidden_columns.update(range(_whole(attribute(columns, "min")), last + 1))
    shows_zeros = attribute(child(root, "sheetViews", "sheetView"), "showZeros") not in ("0", "false")
    number = 0
    for row in children(child(root, "sheetData"), "row"):
        number = _whole(attribute(row, "r")) or number + 1
        if number > MOST_ROWS or len(found.texts) > MOST_CELLS:
            remarks.append(f"the sheet {name} is larger than any report's and was cut off")
            break
        if attribute(row, "hidden") in ("1", "true"):
            found.hidden_rows.add(number)
        column = 0
        for cell in children(row, "c"):
            named = _place(attribute(cell, "r"))
            column = named[1] if named else column + 1
            if column > MOST_COLUMNS:
                break
            style = _style(cell, book)
            if style.ruled:
                found.ruled.add((number, column))
            if text := _text(cell, style, book, shows_zeros=shows_zeros):
                found.texts[number, column] = style.effects.applied(text)
    for entry in children(child(root, "mergeCells"), "mergeCell"):
        first, _, opposite = (attribute(entry, "ref") or "").partition(":")
        start, end = _place(first), _place(opposite)
        if start and end:
            found.merged.append((*start, *end))
    return found


def _style(cell: Element, book: _Book) -> _Style:
    number = _whole(attribute(cell, "s"))
    return book.styles[number] if number < len(book.styles) else _Style()


def _text(cell: Element, style: _Style, book: _Book, *, shows_zeros: bool) -> str:
    kind = attribute(cell, "t") or "n"
    value = child(cell, "v")
    written = (value.text or "").strip() if value is not None else ""
    formula = child(cell, "f")
    if kind == "inlineStr":
        item = child(cell, "is")
        return _rich_text(item) if item is not None else ""
    if kind == "s":
        at = int(written) if written.isdecimal() else -1
        return book.strings[at] if 0 <= at < len(book.strings) else f"#string {written}"
    if kind == "str":
        return value.text or "" if value is not None else ""
    if not written:
        # A formula that was never computed shows what its program makes of it: no blank, and no zero.
        return f"={formula.text or ''}" if formula is not None else ""
    if kind == "b":
        return "TRUE" if written == "1" else "FALSE"
    if kind != "n":
        return written  # an error, or a date in ISO 8601
    try:
        if not shows_zeros and float(written) == 0:
            return ""
        return shown(float(written), style.code, since_1904=book.since_1904)
    except ValueError:
        return written


def _place(name: str | None) -> At | None:
    """Row and column of a cell's name: C5 is (5, 3)."""
    match = _NAME.fullmatch(name or "")
    if match is None:
        return None
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0
