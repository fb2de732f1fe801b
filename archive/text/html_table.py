"""Tables of HTML as grids, and the question whether a table holds data or only lays out the page.

Spans follow the HTML standard (4.9.12): a rowspan ends with the table, 0 means to its end; both are bounded, so
that `rowspan="99999999"` costs nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml.etree import _Element as Element

from archive.text import bounds
from archive.text.document import Cell, Place, stand_in
from archive.text.white_space import fold

# Noncharacters (Unicode 23.7): allowed in XML trees, and never part of a text.
MARK, END, TABLE = "\ufdd0", "\ufdd1", "T"
# A line break of a `<pre>`.
LINE = "\ufdd4"
# Around what a cell shows that is no plain text: see `html_shown.py`.
SHOWN, SHOWN_END = "\ufdd2", "\ufdd3"
_A_MARK = re.compile(f"{LINE}|{MARK}[^{END}]*{END}|{SHOWN}[^{SHOWN_END}]*{SHOWN_END}")
_AROUND_SHOWN = re.compile(f"[{SHOWN}{SHOWN_END}]")
_ALL_SHOWN = re.compile(f"{SHOWN}[^{SHOWN_END}]*{SHOWN_END}|[{SHOWN}{SHOWN_END}]")
_SPAN = re.compile(r"\s*\+?(\d{1,9})")
_LONG_CELL = 300
_SHORT_CELL = 20
_ONLY_A_NUMBER = re.compile(r"[+\-－]?\d[\d,.，．]*%?")


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a data table, the numbers of the tables nested in it, and where it stood."""

    cells: tuple[Cell, ...]
    nested: tuple[int, ...]
    place: Place
    cut: bool = False


Row = Sequence[tuple[Element, str]]


def read_grid(table: Element) -> Grid | None:
    """The grid of a data table whose text is marked (see `html.py`), null where the table only lays out the page."""
    rows = _rows(table)
    return None if _is_layout(table, rows) else _grid(table, rows)


def is_data_table(table: Element) -> bool:
    """Whether a table holds data: it has rows, and does not only lay out the page."""
    rows = _rows(table)
    return len(rows) > 1 and not _is_layout(table, rows)


def without_shown(text: str) -> str:
    """Running text without what stands in it that is no plain text."""
    return _ALL_SHOWN.sub("", text) if SHOWN in text or SHOWN_END in text else text


def text_of(element: Element) -> str:
    """All text inside an element, joined without anything between."""
    # five times faster than joining `itertext()`
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def line_of(element: Element) -> int | None:
    """The source line of an element."""
    return element.sourceline  # type: ignore[return-value]  # a gap in the stubs


@lru_cache(maxsize=1024)
def place_at(line: int | None) -> Place:
    """A source line as a place; libxml2 counts no further than 65,535."""
    return Place(line=line if line is not None and 0 < line < 65535 else None)


def table_parts(table: Element) -> Iterator[Element]:
    """A table with its own sections, rows and cells, not those of tables nested in it."""
    yield table
    for child in table:
        if child.tag in ("tbody", "thead", "tfoot", "tr", "td", "th"):
            yield child
            for row in child:
                if row.tag in ("tr", "td", "th"):
                    yield row
                    yield from (cell for cell in row if row.tag == "tr" and cell.tag in ("td", "th"))


def _rows(table: Element) -> list[Row]:
    return [[(cell, text_of(cell)) for cell in tr if cell.tag in ("td", "th")] for tr in _row_elements(table)]


def _row_elements(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("tbody", "thead", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _is_layout(table: Element, rows: Sequence[Row]) -> bool:
    """A table lays out the page if it has no grid to speak of: one cell, one column of running text, one cell that
    holds most of the text, or other tables in nearly all of it."""
    if table.get("role") == "presentation":
        return True
    widest = max((len(row) for row in rows), default=0)
    texts = [text for row in rows for _, text in row]
    if len(rows) == 1 and widest == 2 and _is_remnant(table, texts):
        return False
    if widest <= 1:
        return len(texts) < 3 or sum(map(_size, texts)) > 20 * len(texts)
    if len(rows) == 1 and widest < 3:
        return True
    if next(table.iterdescendants("table"), None) is not None:
        nesting = sum(1 for row in rows for cell, _ in row if next(cell.iter("table"), None) is not None)
        return sum(1 for row in rows if len(row) >= 3) < 3 or nesting * 4 > len(texts)
    if max(map(len, texts)) < _LONG_CELL:
        return False
    sizes = [_size(text) for text in texts]
    return max(sizes) >= _LONG_CELL and max(sizes) * 10 >= 7 * sum(sizes)


def is_remnant(texts: Sequence[str]) -> bool:
    """Whether cells (their text without white space) may be the end of a row that a page break cut off: short ones, and
    one of them a number and nothing else. A table of such a row alone holds data: it may have the figures of a number."""
    return max(map(len, texts)) <= _SHORT_CELL and any(map(_ONLY_A_NUMBER.fullmatch, texts))


def _is_remnant(table: Element, texts: Sequence[str]) -> bool:
    if not is_remnant(["".join(_A_MARK.sub("", text).split()) for text in texts]):
        return False
    around = next(table.iterancestors("table"), None)
    return around is None or not is_data_table(around)  # in a cell of data it is that cell's text


def _grid(table: Element, rows: Sequence[Row]) -> Grid:
    cut = False
    cells: list[Cell] = []
    nested: list[int] = []
    taken: dict[int, int] = {}  # column -> last row that a cell from above reaches into
    for number, row in enumerate(rows, start=1):
        column = 1
        for element, raw in row:
            while taken.get(column, 0) >= number:
                column += 1
            colspan = rowspan = 1
            if (written := element.get("colspan")) is not None:
                colspan = _span(written, most=bounds.COLUMNS)
            if (written := element.get("rowspan")) is not None:
                rowspan = _span(written, most=len(rows) - number + 1, zero_is_most=True)
            if column + colspan - 1 > bounds.COLUMNS:
                colspan = bounds.COLUMNS - column + 1
                if colspan < 1:
                    cut = True
                    break
            text = _cell_text(raw, nested)
            if len(text) > bounds.CELL_CHARACTERS:
                text, cut = text[: bounds.CELL_CHARACTERS], True
            cells.append(Cell(text, number, column, rowspan, colspan, place_at(line_of(element))))
            if rowspan > 1:
                for covered in range(column, column + colspan):
                    taken[covered] = number + rowspan - 1
            column += colspan
    return Grid(tuple(cells), tuple(nested), place_at(line_of(table)), cut)


def _span(written: str, *, most: int, zero_is_most: bool = False) -> int:
    found = _SPAN.match(written)
    value = int(found[1]) if found else 1
    if value == 0:
        return most if zero_is_most else 1
    return min(value, most)


def _cell_text(raw: str, nested: list[int]) -> str:
    """The text of a cell: its paragraphs parted by a blank, since `1` above `2` is not 12."""
    if SHOWN in raw:
        raw = _AROUND_SHOWN.sub(" ", raw)
    if LINE in raw:
        raw = raw.replace(LINE, f"{MARK}{END}")
    if MARK not in raw:
        return fold(raw)
    parts: list[str] = []
    first, *pieces = raw.split(MARK)
    if first and (text := fold(first)):
        parts.append(text)
    for piece in pieces:
        mark, _, after = piece.partition(END)
        if mark.startswith(TABLE):
            nested.append(int(mark[1:]))
            parts.append(stand_in("table"))
        if after and (text := fold(after)):
            parts.append(text)
    return " ".join(parts)


def _size(raw: str) -> int:
    """The number of characters of a cell's text, without white space and marks."""
    return len("".join(_A_MARK.sub("", raw).split()))
