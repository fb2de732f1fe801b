"""Rows and cells of a table of a Word file, and whether the table holds data or frames the page."""

from collections.abc import Iterable, Iterator

from lxml.etree import _Element as Element

from archive.text.html_table import is_remnant
from archive.text.package import attribute, child, local
from archive.text.word_styles import is_on

MOST_COLUMNS = 500
_LONG_CELL = 300
# What holds no text that stands on paper; everything else is looked into.
NO_TEXT = frozenset(("del", "moveFrom", "rt", "delText", "pPr", "rPr", "sdtPr", "sdtEndPr", "sectPr"))


def rows_of(table: Element) -> Iterator[Element]:
    """The rows of a table."""
    yield from _inner(table, "tr")


def cells_of(row: Element) -> Iterator[Element]:
    """The cells of a row."""
    yield from _inner(row, "tc")


def _inner(parent: Element, name: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, those in content controls too."""
    for element in parent:
        own = local(element)
        if own == name:
            yield element
        elif own not in NO_TEXT:
            yield from _inner(element, name)


def is_left_out(row: Element) -> bool:
    """A row that was deleted, or is hidden."""
    properties = child(row, "trPr")
    return is_on(child(properties, "del")) or is_on(child(properties, "hidden"))


def is_layout(rows: Iterable[Element]) -> bool:
    """A table that frames the page rather than holding data: one cell, one column of running text, or one that has
    little but other tables in it. The same question as in html_table.py."""
    sizes: list[list[int]] = []
    texts: list[str] = []
    nesting = 0
    for row in rows:
        cells = list(cells_of(row))
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


def count(element: Element | None, *, least: int = 1) -> int:
    """The number that an element gives, at least `least` and at most as many as a table has columns."""
    written = attribute(element) or ""
    return max(least, min(int(written), MOST_COLUMNS)) if written.isascii() and written.isdigit() else least
