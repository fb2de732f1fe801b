"""DOCX to `Document` (ISO/IEC 29500-1, WordprocessingML): the text as it stands on paper when all changes are accepted.

Read straight from the XML: python-docx knows no text boxes, tracked changes, content controls or automatic numbers, and
gives a merged cell once for every place it covers. Headers and footers are left out. Nothing is executed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from archive.text.document import (
    STRUCK,
    Block,
    Cell,
    Document,
    Heading,
    Paragraph,
    Place,
    Table,
    raised,
    stand_in,
    without_stand_ins,
)
from archive.text.html_table import is_remnant
from archive.text.package import Package, attribute, child, local
from archive.text.refusal import NotReadable
from archive.text.white_space import fold
from archive.text.word_numbering import Numbering
from archive.text.word_styles import Styles, is_on

EXTRACTOR = "gxcrawl-docx"
VERSION = "1"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_WORD = "a Word document (.docx)"
_MOST_CELLS = 200_000
_MOST_BLOCKS = 100_000
_MOST_COLUMNS = 500
_LONG_CELL = 300
# What holds no text that stands on paper; everything else is looked into.
_NO_TEXT = frozenset(
    ("del", "moveFrom", "rt", "delText", "instrText", "pPr", "rPr", "sdtPr", "sdtEndPr", "sectPr")
)
_CHANGES = ("del", "moveFrom")
_BREAK = "\ufdd0"  # a noncharacter: never part of a text


def to_document(data: bytes) -> Document:
    """The text, headings and tables of a .docx or .docm file, in the order of the text.

    A table that only frames the page is opened up; a nested table follows the table that it stands in; the text of a
    text box follows its paragraph; footnotes and endnotes come last.

    Raises:
        NotReadable: the file is damaged, protected, or no Word document at all.
    """
    package = Package(data, _WORD)
    main = package.part_of_kind("", "officeDocument") or "word/document.xml"
    root = package.xml(main)
    if root is None or local(root) != "document":
        raise NotReadable(f"This is {_WORD} without a text in it: look at it by hand.")
    parts = dict(package.related(main).values())
    reading = _Reading(package, parts)
    reading.blocks_of(child(root, "body"))
    reading.notes(package, parts)
    reading.remark(package)
    return Document(
        tuple(reading.blocks),
        MEDIA_TYPE,
        None,
        EXTRACTOR,
        VERSION,
        remarks=tuple(dict.fromkeys(reading.remarks)),
    )


@dataclass
class _Text:
    """What a paragraph holds: its text (with marks for line breaks), and the boxes that float over it.

    In a cell, what is no text leaves a stand-in (see `document.py`).
    """

    in_cell: bool = False
    parts: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)

    def stand_in(self, kind: str, text: str = "") -> None:
        """Says in a cell that something else stands here."""
        if self.in_cell:
            self.parts.append(f" {stand_in(kind, text)} ")


@dataclass
class _Open:
    """A cell under way: it grows while the rows below continue it."""

    text: str
    row: int
    column: int
    span: int
    nested: list[Element]
    height: int = 1


class _Reading:
    """Reads one file into blocks, from its first paragraph to its last."""

    def __init__(self, package: Package, parts: dict[str, str]) -> None:
        self.blocks: list[Block] = []
        self.remarks: list[str] = []
        self._styles = Styles(package.xml(parts["styles"]) if "styles" in parts else None)
        numbering = package.xml(parts["numbering"]) if "numbering" in parts else None
        self._numbering = Numbering(numbering, self._styles.number_of_style)
        self._notes: dict[str, list[str]] = {"footnotes": [], "endnotes": []}
        self._tables = 0
        self._cells = 0
        self._carried = ""
        self._changed = False

    def blocks_of(self, parent: Element | None) -> None:
        """Adds the paragraphs and tables that stand directly in an element, or in containers in it."""
        for element in parent if parent is not None else ():
            name = local(element)
            if len(self.blocks) > _MOST_BLOCKS:
                self.remarks.append(f"the file has more than {_MOST_BLOCKS} paragraphs; the rest was cut off")
                break
            if name == "p":
                self._paragraph(element)
            elif name == "tbl":
                self._table(element)
            elif name == "altChunk":
                self.remarks.append("a part of the text is embedded in another format and was not read")
            elif name == "AlternateContent":
                self.blocks_of(_chosen(element))
            elif name in _NO_TEXT:
                self._changed = self._changed or name in _CHANGES
            else:
                self.blocks_of(element)

    def notes(self, package: Package, parts: dict[str, str]) -> None:
        """Adds the footnotes and endnotes that the text refers to, in the order of the references."""
        for kind, wanted in self._notes.items():
            root = package.xml(parts[kind]) if wanted and kind in parts else None
            by_id = {attribute(note, "id"): note for note in root} if root is not None else {}
            for number in list(wanted):
                self.blocks_of(by_id.get(number))

    def remark(self, package: Package) -> None:
        """Says what a reader of the text should know of the file."""
        if self._carried:
            self.blocks.append(Paragraph(self._carried))
        if self._changed:
            self.remarks.append(
                "the file holds tracked changes: what was inserted is read, what was deleted is not"
            )
        if self._numbering.unknown:
            kinds = ", ".join(sorted(self._numbering.unknown))
            self.remarks.append(f"automatic numbers of an unknown format ({kinds}) are not given back")
        if any(name.lower().endswith("vbaproject.bin") for name in package.names()):
            self.remarks.append("the file holds macros, which were not run")

    # Paragraphs

    def _paragraph(self, element: Element) -> None:
        text = self._text(element)
        whole = self._carried + text.parts[0] if text.parts else self._carried
        self._carried = ""
        properties = child(element, "pPr")
        if is_on(
            child(properties, "rPr", "del")
        ):  # the paragraph's end was deleted: the next one goes on with it
            self._carried, self._changed = whole, True
        else:
            level = self._styles.outline_level(properties)
            for line in whole.split(_BREAK):
                if folded := fold(line):
                    self.blocks.append(Paragraph(folded) if level is None else Heading(folded, level + 1))
        for box in text.boxes:
            self.blocks_of(box)

    def _text(self, element: Element, *, in_cell: bool = False) -> _Text:
        """The text of a paragraph with its automatic number, as one part."""
        text = _Text(in_cell)
        properties = child(element, "pPr")
        number, level = self._styles.numbering(properties)
        written = self._numbering.next(number, level) if number is not None else ""
        self._runs(element, text)
        joined = "".join(text.parts)
        if written and joined.strip():
            joined = (
                f"{written} {joined}" if written[-1:].isalnum() or written.isascii() else written + joined
            )
        text.parts = [joined]
        return text

    def _runs(self, parent: Element, text: _Text) -> None:
        is_raised = False
        if local(parent) == "r":
            run = child(parent, "rPr")
            if is_on(child(run, "vanish")):
                return
            is_raised = attribute(child(run, "vertAlign")) in ("superscript", "subscript")
            if is_on(child(run, "strike")) or is_on(child(run, "dstrike")):
                self._struck(parent, text)
                return
        self._pieces(parent, text, is_raised=is_raised)

    def _struck(self, run: Element, text: _Text) -> None:
        """A run that is struck through: the agency took it back."""
        inside = _Text(text.in_cell, boxes=text.boxes)
        self._pieces(run, inside)
        if struck := "".join(inside.parts).strip():
            self.remarks.append(STRUCK)
            text.stand_in("del", struck)

    def _pieces(self, parent: Element, text: _Text, *, is_raised: bool = False) -> None:
        for element in parent:
            name = local(element)
            if name == "t":
                written = element.text or ""
                text.parts.append(raised(written) if is_raised else written)
            elif name in ("tab", "ptab"):
                text.parts.append("\t")
            elif name in ("br", "cr"):
                text.parts.append(_BREAK)
            elif name == "noBreakHyphen":
                text.parts.append("-")
            elif name == "sym":
                text.parts.append(_symbol(attribute(element, "char")))
            elif name in ("footnoteReference", "endnoteReference"):
                self._notes[name.removesuffix("Reference") + "s"].append(attribute(element, "id") or "")
            elif name in ("drawing", "pict", "object"):
                self._floating(element, text)
            elif name == "AlternateContent":
                chosen = _chosen(element)
                if chosen is not None:
                    self._runs(chosen, text)
            elif name in _NO_TEXT:
                self._changed = self._changed or name in _CHANGES
            else:
                self._runs(element, text)

    def _floating(self, element: Element, text: _Text) -> None:
        """A drawing: the text boxes in it, and whether there is a picture."""
        found = list(_outermost(element, "txbxContent"))
        text.boxes.extend(found)
        if not found:
            text.stand_in(local(element))
            kinds = {local(inside) for inside in element.iter()}
            if kinds & {"blip", "imagedata"}:
                self.remarks.append("picture: in the text of the file")
            if "OLEObject" in kinds:
                self.remarks.append("an object of another program is embedded and was not read")

    # Tables

    def _table(self, element: Element) -> None:
        rows = [row for row in _rows(element) if not _is_left_out(row)]
        self._changed = self._changed or any(_is_left_out(row) for row in _rows(element))
        if _is_layout(rows):
            for row in rows:
                for cell in _cells(row):
                    self.blocks_of(cell)
            return
        waiting = [self._grid(rows)]
        while waiting:
            cells = waiting.pop()
            inner = [table for cell in cells for table in cell.nested]
            if any(without_stand_ins(cell.text) for cell in cells):
                self._tables += 1
                grid = tuple(Cell(c.text, c.row, c.column, c.height, c.span) for c in cells)
                self.blocks.append(Table(self._tables, grid, drawn=True, place=Place()))
            for table in reversed(inner):
                waiting.append(self._grid(list(_rows(table))))

    def _grid(self, rows: Sequence[Element]) -> list[_Open]:
        """The cells of a table; one that the rows below continue (vMerge) is one cell."""
        cells: list[_Open] = []
        above: dict[int, _Open] = {}
        for number, row in enumerate(rows, 1):
            column = 1 + _count(child(row, "trPr", "gridBefore"), least=0)
            current: dict[int, _Open] = {}
            last: _Open | None = None
            for element in _cells(row):
                self._cells += 1
                if self._cells > _MOST_CELLS or column > _MOST_COLUMNS:
                    self.remarks.append("a table is larger than any report's and was cut off")
                    return cells
                properties = child(element, "tcPr")
                span = min(_count(child(properties, "gridSpan")), _MOST_COLUMNS - column + 1)
                merge = child(properties, "vMerge")
                across = child(properties, "hMerge")
                over = above.get(column)
                if across is not None and attribute(across) != "restart" and last is not None:
                    last.span += span  # the older way to merge cells side by side
                elif (
                    merge is not None
                    and attribute(merge) != "restart"
                    and over is not None
                    and over.span == span
                ):
                    over.height = number - over.row + 1
                    current[column] = last = over
                else:
                    text, nested = self._cell(element)
                    last = _Open(text, number, column, span, nested)
                    cells.append(last)
                    if merge is not None:
                        current[column] = last
                column += span
            above = current
        return cells

    def _cell(self, element: Element) -> tuple[str, list[Element]]:
        """The text of a cell, its paragraphs parted by a blank, and the tables in it."""
        parts: list[str] = []
        nested: list[Element] = []
        self._inside(element, parts, nested)
        return " ".join(parts), nested

    def _inside(self, parent: Element, parts: list[str], nested: list[Element]) -> None:
        for element in parent:
            name = local(element)
            if name == "p":
                text = self._text(element, in_cell=True)
                parts.extend(folded for line in text.parts[0].split(_BREAK) if (folded := fold(line)))
                for box in text.boxes:
                    self._inside(box, parts, nested)
            elif name == "tbl":
                nested.append(element)
                parts.append(stand_in("table"))
            elif name == "AlternateContent":
                if (chosen := _chosen(element)) is not None:
                    self._inside(chosen, parts, nested)
            elif name not in _NO_TEXT:
                self._inside(element, parts, nested)


def _chosen(element: Element) -> Element | None:
    """Of the branches of mc:AlternateContent the one that a program of today shows: the other says the same again."""
    choice = child(element, "Choice")
    return choice if choice is not None and len(choice) else child(element, "Fallback")


def _outermost(element: Element, name: str) -> Iterator[Element]:
    """The descendants of a name that do not stand inside one another, a branch of mc:AlternateContent once."""
    for inner in element:
        own = local(inner)
        if own == name:
            yield inner
        elif own == "AlternateContent":
            if (chosen := _chosen(inner)) is not None:
                yield from _outermost(chosen, name)
        else:
            yield from _outermost(inner, name)


def _rows(table: Element) -> Iterator[Element]:
    yield from _inner(table, "tr")


def _cells(row: Element) -> Iterator[Element]:
    yield from _inner(row, "tc")


def _inner(parent: Element, name: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, those in content controls too."""
    for element in parent:
        own = local(element)
        if own == name:
            yield element
        elif own not in _NO_TEXT:
            yield from _inner(element, name)


def _is_left_out(row: Element) -> bool:
    """A row that was deleted, or is hidden."""
    properties = child(row, "trPr")
    return is_on(child(properties, "del")) or is_on(child(properties, "hidden"))


def _is_layout(rows: Iterable[Element]) -> bool:
    """A table that frames the page rather than holding data: one cell, one column of running text, or one that has
    little but other tables in it. The same question as in html_table.py."""
    sizes: list[list[int]] = []
    texts: list[str] = []
    nesting = 0
    for row in rows:
        cells = list(_cells(row))
        row_texts = [
            "".join("".join((t.text or "").split()) for t in c.iter() if local(t) == "t") for c in cells
        ]
        texts.extend(row_texts)
        sizes.append([len(text) for text in row_texts])
        nesting += sum(1 for cell in cells if any(local(inner) == "tbl" for inner in cell.iter()))
    flat = [size for row in sizes for size in row]
    widest = max(map(len, sizes), default=0)
    if widest <= 1:
        return len(flat) < 3 or bool(nesting) or sum(flat) > 20 * len(flat)
    if len(sizes) == 1 and widest < 3:
        return not (widest == 2 and is_remnant(texts))
    if nesting:
        return sum(1 for row in sizes if len(row) >= 3) < 3 or nesting * 4 > len(flat)
    return max(flat) >= _LONG_CELL and max(flat) * 10 >= 7 * sum(flat)


def _count(element: Element | None, *, least: int = 1) -> int:
    written = attribute(element) or ""
    return max(least, min(int(written), _MOST_COLUMNS)) if written.isascii() and written.isdigit() else least


def _symbol(code: str | None) -> str:
    """A character of a symbol font: what it shows is known for the plain ones only."""
    try:
        number = int(code or "", 16)
    except ValueError:
        return "\ufffd"
    return chr(number) if 0x20 <= number < 0xD800 else "\ufffd"
