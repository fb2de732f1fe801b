"""A row of a scanned table that the page break went through is made whole, by the rules for a PDF whose text is there
(`pdf_table.py`): what stands below the break is taken to the row above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.text.document import Cell, Place, Table
from archive.text.pdf_glyphs import TextLine
from archive.text.pdf_table import Part, Piece, cut_row
from archive.text.scan_cells import CellRead
from archive.text.scan_lines import RuledTable

# Points to a pixel of a page that was brought to the usual size (A4 at 200 dpi).
_POINTS = 72 / 200
# What a cell leaves free beside its text, and the height of a letter to that of its ink.
_PADDING, _LETTER = 0.5, 1.1


@dataclass(frozen=True, slots=True)
class ScannedTable:
    """A table of a scanned page as it was ruled and read, and as a block; the cells of all three stand in one order."""

    ruled: RuledTable
    reads: Sequence[CellRead]
    table: Table

    def piece(self) -> Piece:
        """The table as a piece that can be compared with that of another page: lengths in points, on straight pages."""
        left, _, right, _ = self.ruled.box
        parts = tuple(
            _part(read, cell, left) for read, cell in zip(self.reads, self.table.cells, strict=True)
        )
        return Piece(parts, self.table.height, (right - left) * _POINTS, self.table.place.page or 0)


def made_whole(upper: ScannedTable, lower: ScannedTable) -> tuple[Table, Table] | None:
    """Both tables, the row that the page break cut whole in the upper one; None where it cut none.

    A cell of that row is as sure as the less sure of its halves.
    """
    above, below = upper.piece(), lower.piece()
    if lower.table.height < 2 or not (pairs := cut_row(above, below)):
        return None
    at = {id(part): index for index, part in enumerate(above.parts)}
    under = {id(part): index for index, part in enumerate(below.parts)}
    cells = list(upper.table.cells)
    for one, other in pairs:
        place = at[id(one)]
        cells[place] = _joined(cells[place], lower.table.cells[under[id(other)]])
    rest = [
        replace(
            cell,
            row=max(cell.row - 1, 1),
            rowspan=cell.rowspan - (cell.row == 1),
            text=cell.text * (cell.row > 1),
        )
        for cell in lower.table.cells
        if cell.row > 1 or cell.rowspan > 1
    ]
    return replace(upper.table, cells=tuple(cells)), replace(lower.table, cells=tuple(rest))


def _part(read: CellRead, cell: Cell, table_left: int) -> Part:
    left, _, right, _ = read.cell.box
    high, wide = read.crops[-1].shape if read.crops else (0, 0)
    size = high * _POINTS * _LETTER
    last = TextLine("", (0.0, 0.0, wide * _POINTS, high * _POINTS), size) if read.crops else None
    return Part(
        cell.row - 1,
        cell.rowspan,
        (left - table_left) * _POINTS,
        (right - table_left) * _POINTS,
        cell.text,
        last,
        (right - left) * _POINTS - _PADDING * size,
        Place(page=cell.place.page),
    )


def _joined(above: Cell, below: Cell) -> Cell:
    known = [each.confidence for each in (above, below) if each.confidence is not None]
    return replace(
        above,
        text=above.text + below.text,
        place=above.place if above.text or not below.text else below.place,
        confidence=min(known, default=None),
    )
