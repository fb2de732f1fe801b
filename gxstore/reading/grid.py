"""Tables as rows of slots, whatever they were flattened into.

A drawn table has its spans laid out, so that a slot's column is where it stood on the page. A table that lost its
lines keeps its cells in order. A stream of single cells is cut into rows where a label follows a value.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from archive.text.document import Block, Cell, Document, Paragraph, Table
from gxstore.reading.labels import is_numeral
from gxstore.reading.numbers import looks_like_value, plain
from gxstore.reading.page_marks import is_page_mark, may_be_pages
from gxstore.reading.report import Where

_MOST_SLOTS = 400_000
_WIDEST_SPAN = 100
_LONGEST_CELL = 200
# Lines of a page's head and foot that may stand between the two halves of a row.
_FURNITURE = 3
_LONGEST_FURNITURE = 40
_PAGE = re.compile(r"-+ ?\d+ ?-+")
_RUNNING_HEAD = re.compile(
    r"信息公开.{0,12}(?:报告|年报)(?:[(（].*)?$|(?:[局厅委]|委员会|政府|办公室|街道|办事处|镇|乡)$"
)
# What a recogniser is less sure of than this is kept as printed and never taken for a number. Measured on held-out
# scans: docs/accuracy.md.
SURE_FROM = 0.6
_NO_LABEL = 1_000_000
_WORD = re.compile(r"[\u4e00-\u9fff]{2}")


@dataclass(eq=False, slots=True)
class Slot:
    """A place in a row. `own` is False where a cell of a row above or of a column to the left reaches in; `text` is that
    of the cell, empty where another place owns it; `words` says that it holds words rather than a value; `glued` that
    its figures stood in the cell of the label before them; `page` that it may be the number of a page; `doubtful` that
    a recogniser was not sure of it; `shared` that its number stands in a cell over several rows or columns of the form, and
    belongs to none of them. A doubtful text without any word is a number misread."""

    column: int
    cell: Cell
    own: bool
    glued: bool = False
    page: bool = False
    shared: bool = False
    text: str = field(init=False)
    words: bool = field(init=False)
    doubtful: bool = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.cell.text.strip() if self.own else ""
        confidence = self.cell.confidence
        self.doubtful = confidence is not None and confidence < SURE_FROM
        self.words = bool(self.text) and not looks_like_value(self.text)
        if self.doubtful and self.words:
            self.words = bool(_WORD.search(self.text))


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row. `width` is the number of places that most rows of its table have; `full` says that this row has it.

    `bundle` is the document that a table in this one may go on from: pages that are a picture each follow one another.

    `behind` is a value that stands alone behind its table, where it is the last row: the number of the page, or that of
    the row, cut off by the end of the page.

    `cut` is what a stream goes on with, a number without a label, behind a line in between that names another report or
    body: it may be the row's own number, and what the row holds that of the page.
    """

    document: int
    table: int
    number: int
    slots: tuple[Slot, ...]
    width: int
    drawn: bool
    stream: bool
    bundle: int
    behind: str = ""
    cut: "GridRow | None" = None

    @property
    def of(self) -> tuple[int, int]:
        """The document and the table that the row is in."""
        return (self.document, self.table)

    @property
    def full(self) -> bool:
        """Whether the row has as many places as most rows of its table: none was lost or doubled."""
        return len(self.slots) == self.width

    def where(self, slot: Slot) -> Where:
        """The place of a slot's cell."""
        cell = slot.cell
        return Where(
            table=self.table,
            row=cell.row,
            column=cell.column,
            line=cell.place.line,
            page=cell.place.page,
            box=cell.place.box,
            document=self.document,
        )

    def text(self) -> str:
        """The cells of the row, as published."""
        return " | ".join(slot.text for slot in self.slots if slot.text)


def rows_of(documents: Sequence[Document]) -> Iterator[GridRow]:
    """The rows of all tables in reading order."""
    for number, (document, bundle) in enumerate(zip(documents, bundles(documents), strict=True)):
        for at, table in enumerate(document.blocks):
            if not isinstance(table, Table) or not table.cells:
                continue
            stream = not table.drawn and table.width == 1
            pages = may_be_pages(document.blocks, at, table.cells) if stream else frozenset[int]()
            rows = _stream(number, table, bundle, pages) if stream else _grid(number, table, bundle)
            last = next(rows, None)
            for row in rows:
                if last is not None:
                    yield last
                last = row
            if last is not None:
                yield replace(last, behind=_value_behind(document.blocks, at))


def _value_behind(blocks: Sequence[Block], at: int) -> str:
    """The values that stand alone on the lines behind a table, a page's head and foot among them."""
    found: list[str] = []
    for block in blocks[at + 1 : at + 1 + _FURNITURE]:
        if not isinstance(block, Paragraph) or len(block.text) > _LONGEST_FURNITURE:
            break
        if looks_like_value(block.text) and any(map(_is_figure, block.text)):
            found.append(block.text)
    return " ".join(text for text in found if not _PAGE.fullmatch(plain(text)))


def _is_figure(char: str) -> bool:
    return char.isdecimal() or char in "零〇两一二三四五六七八九十"


def bundles(documents: Sequence[Document]) -> list[int]:
    """For each document the first of its bundle: pages that are a picture each follow one another, others stand alone."""
    found: list[int] = []
    for number, document in enumerate(documents):
        follows = number and _is_picture(document) and _is_picture(documents[number - 1])
        found.append(found[-1] if follows else number)
    return found


def _is_picture(document: Document) -> bool:
    return document.media_type.startswith("image/")


def _grid(document: int, table: Table, bundle: int) -> Iterator[GridRow]:
    height = max(cell.row for cell in table.cells)
    width = min(table.width, max(cell.column for cell in table.cells) + _WIDEST_SPAN)
    spanned = table.drawn and height * width <= _MOST_SLOTS
    lines: dict[int, dict[int, Slot]] = {}
    for cell in table.cells:
        # A cell always stands where it begins, whatever spans reach over it.
        lines.setdefault(cell.row, {})[cell.column] = Slot(cell.column, cell, own=True)
    for cell in table.cells if spanned else ():
        if cell.rowspan == cell.colspan == 1:
            continue
        down = min(cell.rowspan, height - cell.row + 1)
        across = min(cell.colspan, _WIDEST_SPAN)
        for row in range(cell.row, cell.row + down):
            line = lines.setdefault(row, {})
            for column in range(cell.column, cell.column + across):
                if column not in line:
                    line[column] = Slot(column, cell, own=False)
    if spanned:
        _share(table.cells, lines, height)
    usual = Counter(len(line) for line in lines.values()).most_common(1)[0][0]
    for row in sorted(lines):
        slots = tuple(lines[row][column] for column in sorted(lines[row]))
        if any(slot.own for slot in slots):
            yield GridRow(document, table.index, row, slots, usual, table.drawn, False, bundle)


def _share(cells: Sequence[Cell], lines: dict[int, dict[int, Slot]], height: int) -> None:
    """Marks the places of a number that reaches over several rows with labels of their own: it is that of none of them.

    Where it reaches over a blank row, or one that goes on with its own label, it is that of its row.
    """
    tall = [
        cell
        for cell in cells
        if cell.rowspan > 1 and looks_like_value(cell.text) and any(map(_is_figure, cell.text))
    ]
    if not tall:
        return
    labelled = {
        row: min(
            (slot.column for slot in line.values() if slot.words and _WORD.search(slot.text)),
            default=_NO_LABEL,
        )
        for row, line in lines.items()
    }
    for cell in tall:
        covered = range(cell.row + 1, min(cell.row + cell.rowspan, height + 1))
        if all(labelled[row] >= cell.column for row in covered):
            continue
        for row in range(cell.row, cell.row + len(covered) + 1):
            for column in range(cell.column, cell.column + min(cell.colspan, _WIDEST_SPAN)):
                if lines[row][column].cell is cell:
                    first = column == cell.column
                    lines[row][column] = Slot(column, cell, own=first, shared=True)


def _stream(document: int, table: Table, bundle: int, pages: frozenset[int]) -> Iterator[GridRow]:
    held: list[Slot] = []
    after_value = False
    marks = _marks(table.cells)
    for index, cell in enumerate(table.cells):
        if index in marks:
            continue
        is_value = looks_like_value(cell.text)
        if after_value and not is_value and cell.text.strip():
            yield GridRow(document, table.index, held[0].cell.row, tuple(held), 0, False, True, bundle)
            held = []
        held.append(Slot(len(held) + 1, cell, own=True, page=index in pages))
        after_value = is_value and (after_value or bool(cell.text.strip()))
    if held:
        yield GridRow(document, table.index, held[0].cell.row, tuple(held), 0, False, True, bundle)


def _marks(cells: Sequence[Cell]) -> frozenset[int]:
    """The cells of a stream (by index) that are the marks of pages among the values of a row, and no cells of it.

    A mark without a value beside it may be all that the row prints: it stays, and cannot be read.
    """
    found: set[int] = set()
    marks = {index for index, cell in enumerate(cells) if is_page_mark(cell.text)}
    for is_run, run in groupby(
        range(len(cells)), key=lambda index: index in marks or looks_like_value(cells[index].text)
    ):
        filled = {index for index in run if cells[index].text.strip()}
        if is_run and filled - marks:
            found |= filled & marks
    return frozenset(found)


def is_prose(slot: Slot) -> bool:
    """Whether a slot holds running text: a layout table around the report."""
    return len(slot.text) > _LONGEST_CELL


def is_running_head(row: GridRow) -> bool:
    """Whether a row of a stream begins with the head of a page: the title of a report, or the name of a body."""
    first = next((slot for slot in row.slots if slot.words), None)
    return row.stream and first is not None and bool(_RUNNING_HEAD.search("".join(first.text.split())))


def last_label(row: GridRow) -> int:
    """The index of the last slot that holds a label, -1 if none does."""
    return max((index for index, slot in enumerate(row.slots) if is_label(slot)), default=-1)


def is_label(slot: Slot) -> bool:
    """Whether a slot holds words rather than a value."""
    return slot.words


def labels_in(row: GridRow) -> list[Slot]:
    """The slots of a row that hold labels; the numeral of a split label is none."""
    return [slot for slot in row.slots if slot.words and not is_numeral(slot.text) and not is_prose(slot)]


def contiguous(slots: Sequence[Slot]) -> list[Slot] | None:
    """The filled slots, if no blank cell stands between them. A place that another cell covers is no blank cell."""
    own = [slot for slot in slots if slot.own]
    filled = [index for index, slot in enumerate(own) if slot.text]
    if filled and filled[-1] - filled[0] + 1 != len(filled):
        return None
    return [own[index] for index in filled]
