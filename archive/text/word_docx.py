"""DOCX to `Document` (ISO/IEC 29500-1, WordprocessingML): the text as it stands on paper when all changes are accepted.

Read straight from the XML: python-docx knows no text boxes, tracked changes, content controls or automatic numbers, and
gives a merged cell once for every place it covers. Headers and footers are left out. Nothing is executed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml.etree import _Element as Element

from archive.text.document import (
    LOST_TABLE,
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
from archive.text.extract import extract
from archive.text.kind import HTML, TEXT, kind_of
from archive.text.package import Package, attribute, child, local
from archive.text.refusal import NotReadable
from archive.text.white_space import fold
from archive.text.word_looks import Look, Looks, has_ground, of_one_number
from archive.text.word_numbering import Numbering
from archive.text.word_rows import MOST_COLUMNS, NO_TEXT, cells_of, count, is_layout, is_left_out, rows_of
from archive.text.word_styles import Styles, is_on

EXTRACTOR = "gxcrawl-docx"
VERSION = "2"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_WORD = "a Word document (.docx)"
_MOST_CELLS = 200_000
_MOST_BLOCKS = 100_000
# Fields that show what their instruction says: they have no result.
_SHOWN_FIELD = re.compile(r"\s*(?:EQ|SYMBOL|MACROBUTTON|GOTOBUTTON)\b", re.IGNORECASE)
_CHANGES = ("del", "moveFrom")
_EMBEDDED = (HTML, TEXT, "multipart/related")
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
    related = package.related(main)
    parts = dict(related.values())
    reading = _Reading(package, parts, {number: part for number, (_, part) in related.items()})
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
    paragraph: Element | None = None
    pieces: list[tuple[str, Look | None]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    # The instructions of the fields that are open; None once the result has begun.
    fields: list[str | None] = field(default_factory=list)

    def add(self, text: str, look: Look | None = None) -> None:
        """Adds what is printed next."""
        self.pieces.append((text, look))

    def stand_in(self, kind: str, text: str = "") -> None:
        """Says in a cell that something else stands here."""
        if self.in_cell:
            self.add(f" {stand_in(kind, text)} ")

    def joined(self) -> str:
        """All that was added."""
        return "".join(of_one_number(self.pieces) if self.in_cell else (text for text, _ in self.pieces))


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

    def __init__(self, package: Package, parts: dict[str, str], by_id: Mapping[str, str]) -> None:
        self.blocks: list[Block] = []
        self.remarks: list[str] = []
        self._package, self._by_id = package, by_id
        self._styles = Styles(package.xml(parts["styles"]) if "styles" in parts else None)
        self._looks = Looks(self._styles)
        self._on_colour = False
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
                self._embedded(element)
            elif name == "AlternateContent":
                self.blocks_of(_chosen(element))
            elif name in NO_TEXT:
                self._changed = self._changed or name in _CHANGES
            else:
                self.blocks_of(element)

    def _embedded(self, element: Element) -> None:
        """A part of the text in another format (17.17.2), as programs write that make Word files of pages."""
        part = self._by_id.get(attribute(element, "id") or "")
        data = self._package.read(part) if part is not None else None
        kind = kind_of(data or b"")
        try:
            document = extract(data or b"") if kind.media_type in _EMBEDDED else None
        except NotReadable:
            document = None
        if document is None:
            self.remarks.append(
                f"{LOST_TABLE} a part of the text is embedded as {kind.word} and was not read"
            )
            return
        self.remarks += document.remarks
        for block in document.blocks:
            if isinstance(block, Table):
                self._tables += 1
                block = replace(block, index=self._tables)
            self.blocks.append(block)

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
        whole, self._carried = self._carried + text.pieces[0][0], ""
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
        properties = child(element, "pPr")
        text = _Text(in_cell, properties)
        number, level = self._styles.numbering(properties)
        written = self._numbering.next(number, level) if number is not None else ""
        self._runs(element, text)
        joined = text.joined()
        if written and joined.strip():
            joined = (
                f"{written} {joined}" if written[-1:].isalnum() or written.isascii() else written + joined
            )
        text.pieces = [(joined, None)]
        return text

    def _runs(self, parent: Element, text: _Text) -> None:
        look = None
        if local(parent) == "r":
            look = self._looks.of(child(parent, "rPr"), text.paragraph)
            if look.hidden:
                return
            unseen = look.white and text.in_cell and not self._on_colour and not has_ground(text.paragraph)
            if look.struck or unseen:
                self._left_out(parent, text, "del" if look.struck else "unseen")
                return
        self._pieces(parent, text, look)

    def _left_out(self, run: Element, text: _Text, why: str) -> None:
        """A run that is struck through, since the agency took it back, or in the colour of the paper."""
        inside = _Text(text.in_cell, text.paragraph, boxes=text.boxes)
        self._pieces(run, inside, None)
        if found := inside.joined().strip():
            if why == "del":
                self.remarks.append(STRUCK)
            text.stand_in(why, found)

    def _pieces(self, parent: Element, text: _Text, look: Look | None) -> None:
        for element in parent:
            name = local(element)
            if name == "t":
                written = element.text or ""
                text.add(raised(written) if look is not None and look.raised else written, look)
            elif name in ("tab", "ptab"):
                text.add("\t")
            elif name in ("br", "cr"):
                text.add(_BREAK)
            elif name == "noBreakHyphen":
                text.add("-")
            elif name == "sym":
                text.add(_symbol(attribute(element, "char")))
            elif name in ("footnoteReference", "endnoteReference"):
                self._notes[name.removesuffix("Reference") + "s"].append(attribute(element, "id") or "")
            elif name in ("drawing", "pict", "object"):
                self._floating(element, text)
            elif name == "fldChar":
                _field(attribute(element, "fldCharType"), text)
            elif name == "instrText":
                if text.fields and text.fields[-1] is not None:
                    text.fields[-1] += element.text or ""
            elif name == "AlternateContent":
                chosen = _chosen(element)
                if chosen is not None:
                    self._runs(chosen, text)
            elif name in NO_TEXT:
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
                self.remarks.append(f"{LOST_TABLE} an object of another program is embedded and was not read")

    # Tables

    def _table(self, element: Element) -> None:
        rows = [row for row in rows_of(element) if not is_left_out(row)]
        self._changed = self._changed or any(is_left_out(row) for row in rows_of(element))
        if is_layout(rows):
            for row in rows:
                for cell in cells_of(row):
                    self.blocks_of(cell)
            return
        shaded = self._styles.is_shaded(attribute(child(element, "tblPr", "tblStyle")))
        waiting = [self._grid(rows, shaded=shaded)]
        while waiting:
            cells = waiting.pop()
            inner = [table for cell in cells for table in cell.nested]
            if any(without_stand_ins(cell.text) for cell in cells):
                self._tables += 1
                grid = tuple(Cell(c.text, c.row, c.column, c.height, c.span) for c in cells)
                self.blocks.append(Table(self._tables, grid, drawn=True, place=Place()))
            for table in reversed(inner):
                waiting.append(self._grid(list(rows_of(table)), shaded=shaded))

    def _grid(self, rows: Sequence[Element], *, shaded: bool) -> list[_Open]:
        """The cells of a table; one that the rows below continue (vMerge) is one cell. `shaded`: its style may colour any."""
        cells: list[_Open] = []
        above: dict[int, _Open] = {}
        for number, row in enumerate(rows, 1):
            column = 1 + count(child(row, "trPr", "gridBefore"), least=0)
            current: dict[int, _Open] = {}
            last: _Open | None = None
            for element in cells_of(row):
                self._cells += 1
                if self._cells > _MOST_CELLS or column > MOST_COLUMNS:
                    self.remarks.append("a table is larger than any report's and was cut off")
                    return cells
                properties = child(element, "tcPr")
                span = min(count(child(properties, "gridSpan")), MOST_COLUMNS - column + 1)
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
                    self._on_colour = shaded or has_ground(properties)
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
                parts.extend(folded for line in text.pieces[0][0].split(_BREAK) if (folded := fold(line)))
                for box in text.boxes:
                    self._inside(box, parts, nested)
            elif name == "tbl":
                nested.append(element)
                parts.append(stand_in("table"))
            elif name == "AlternateContent":
                if (chosen := _chosen(element)) is not None:
                    self._inside(chosen, parts, nested)
            elif name == "altChunk":
                parts.append(stand_in("embedded"))
            elif name not in NO_TEXT:
                self._inside(element, parts, nested)


def _field(mark: str | None, text: _Text) -> None:
    """A field begins, goes on with its result, or ends."""
    if mark == "begin":
        text.fields.append("")
    elif text.fields and mark == "separate":
        text.fields[-1] = None
    elif text.fields and mark == "end":
        instruction = text.fields.pop()
        if instruction is not None and _SHOWN_FIELD.match(instruction):
            text.stand_in("field", instruction)


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


def _symbol(code: str | None) -> str:
    """A character of a symbol font: what it shows is known for the plain ones only."""
    try:
        number = int(code or "", 16)
    except ValueError:
        return "\ufffd"
    return chr(number) if 0x20 <= number < 0xD800 else "\ufffd"
