"""Worksheets to `Document`: what is visible of them, its tables told from the lines of text around them.

A worksheet knows no tables. Where it draws lines around cells, the rows with lines are the tables; where it draws none,
a row with one filled cell above or below the others is text. A blank row parts two tables.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archive.text.document import STAND_IN, Block, Cell, Document, Paragraph, Place, Table, raised, stand_in
from archive.text.white_space import fold

VERSION = "2"
MOST_CELLS = 200_000
MOST_COLUMNS = 500
# A report's table has 66 rows; a list of thousands is no report, and each row costs memory.
MOST_ROWS = 20_000
_TITLE = re.compile(
    r"(?:报告|年报|统计表|情况表|情况)(?:[（(].*[)）])?$|20\d\d\s*年|^附[件表]|^[（(]?单位[:：]|^填报单位"
)
# The heading of a part, alone in its row; the rows of table three begin with 一、 too.
_HEADING = re.compile(
    r"^[一二三四五六七八九十]+、[^，。；]{2,25}(?:情况|事项|措施)$|^附[表件][:：\d一二三四五]"
)
_NOTE = re.compile(r"^(?:注|备注|说明|填表|填报|审核|单位负责人|联系)")

_DELETED = "del"

# Row and column from 1.
At = tuple[int, int]


@dataclass
class Sheet:
    """A worksheet as its file keeps it. Rows and columns are counted from 1, spans as (top, left, bottom, right)."""

    name: str
    texts: dict[At, str] = field(default_factory=dict)
    ruled: set[At] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Effects:
    """What a font does to its text beside showing it."""

    struck: bool = False
    raised: bool = False
    unseen: bool = False

    def applied(self, text: str) -> str:
        """The text as a cell has it: what is struck or white on white leaves a stand-in, a raised figure is none of a number."""
        if (self.struck or self.unseen) and text.strip():
            return f" {stand_in(_DELETED if self.struck else 'unseen', text)} "
        return raised(text) if self.raised else text


def holds_struck_text(sheets: Iterable[Sheet]) -> bool:
    """Whether a visible sheet has text that is struck through."""
    mark = f"{STAND_IN}[{_DELETED}"
    return any(mark in text for sheet in sheets if not sheet.hidden for text in sheet.texts.values())


def to_document(
    sheets: Iterable[Sheet], media_type: str, extractor: str, remarks: Sequence[str] = ()
) -> Document:
    """The visible text and tables of a workbook, sheet after sheet.

    Rows and columns of a table count from its own first cell; the line of a place is the row in its sheet. Both leave out
    what is hidden. `meta` says which sheet a table stands in.
    """
    blocks: list[Block] = []
    said = list(remarks)
    named: dict[str, str] = {}
    tables = 0
    for sheet in sheets:
        if sheet.hidden:
            if any(fold(text) for text in sheet.texts.values()):
                said.append(f"the hidden sheet {sheet.name} was left out")
            continue
        if sheet.hidden_rows or sheet.hidden_columns:
            said.append(f"hidden rows or columns of the sheet {sheet.name} were left out")
        first = tables + 1
        for block in _blocks(_visible(sheet)):
            if isinstance(block, Table):
                tables += 1
                block = Table(tables, block.cells, drawn=True, place=block.place)
            blocks.append(block)
        if tables >= first:
            named[f"sheet of tables {first} to {tables}"] = sheet.name
    return Document(tuple(blocks), media_type, None, extractor, VERSION, meta=named, remarks=tuple(said))


@dataclass(frozen=True, slots=True)
class _Grid:
    """A sheet without its hidden rows and columns; `spans` gives height and width of the merged cells."""

    texts: Mapping[At, str]
    ruled: frozenset[At]
    spans: Mapping[At, tuple[int, int]]
    covered: frozenset[At]


def _visible(sheet: Sheet) -> _Grid:
    """The sheet as it is shown: what is hidden is gone, and the rest has closed up."""
    rows = _closed_up(sheet.hidden_rows)
    columns = _closed_up(sheet.hidden_columns)
    spans: dict[At, tuple[int, int]] = {}
    covered: set[At] = set()
    texts = dict(sheet.texts)
    used = (*sheet.texts, *sheet.ruled)
    lowest, rightmost = (
        max((row for row, _ in used), default=0),
        max((column for _, column in used), default=0),
    )
    for top, left, bottom, right in sheet.merged:
        # A merged cell may reach to the end of the sheet, whose cells beyond are none.
        bottom, right = min(bottom, lowest), min(right, rightmost)
        own_rows = [row for row in range(top, bottom + 1) if row not in sheet.hidden_rows]
        own_columns = [column for column in range(left, right + 1) if column not in sheet.hidden_columns]
        if not own_rows or not own_columns or len(covered) > MOST_CELLS:
            continue
        text = texts.pop((top, left), "")
        start = (rows(own_rows[0]), columns(own_columns[0]))
        spans[start] = (len(own_rows), len(own_columns))
        if text:
            texts[own_rows[0], own_columns[0]] = text
        covered.update((rows(r), columns(c)) for r in own_rows for c in own_columns)
        covered.discard(start)
    shown = {
        (rows(row), columns(column)): folded
        for (row, column), text in texts.items()
        if row not in sheet.hidden_rows and column not in sheet.hidden_columns and (folded := fold(text))
    }
    ruled = frozenset(
        (rows(row), columns(column))
        for row, column in sheet.ruled
        if row not in sheet.hidden_rows and column not in sheet.hidden_columns
    )
    # What stands under a merged cell is not shown.
    return _Grid(
        {at: text for at, text in shown.items() if at not in covered}, ruled, spans, frozenset(covered)
    )


def _closed_up(hidden: set[int]) -> Callable[[int], int]:
    """Numbers of rows or columns once the hidden ones are gone."""
    gone = sorted(hidden)
    return lambda number: number - bisect_left(gone, number)


def _blocks(grid: _Grid) -> Iterator[Block]:
    ruled = {row for row, _ in grid.ruled}
    filled: dict[int, list[int]] = {row: [] for row in ruled}
    for row, column in sorted(grid.texts):
        if column <= MOST_COLUMNS:
            filled.setdefault(row, []).append(column)
    run: list[int] = []
    for row in sorted(filled)[:MOST_ROWS]:
        heads = len(filled[row]) == 1 and _HEADING.search(grid.texts[row, filled[row][0]])
        if heads and run and row not in ruled:
            yield from _run(grid, run, filled, drawn=run[-1] in ruled)
            run = []
        if run and (row != run[-1] + 1 or (row in ruled) != (run[-1] in ruled)):
            yield from _run(grid, run, filled, drawn=run[-1] in ruled)
            run = []
        run.append(row)
    if run:
        yield from _run(grid, run, filled, drawn=run[-1] in ruled)


def _run(
    grid: _Grid, rows: Sequence[int], filled: Mapping[int, Sequence[int]], *, drawn: bool
) -> Iterator[Block]:
    """A run of rows without a gap: text before and behind, and a table between, if there is one."""

    def is_text(row: int, words: re.Pattern[str]) -> bool:
        """With lines around it, a row with one filled cell is text only if its words say so."""
        if len(filled[row]) > 1 or not filled[row]:
            return False
        return not drawn or bool(words.search(grid.texts[row, filled[row][0]]))

    if not any(filled[row] for row in rows):
        return
    first, last = 0, len(rows)
    while first < last and is_text(rows[first], _TITLE):
        first += 1
    while last > first and is_text(rows[last - 1], _NOTE):
        last -= 1
    yield from _lines(grid, rows[:first], filled)
    if first < last:
        yield _table(grid, rows[first:last])
    yield from _lines(grid, rows[last:], filled)


def _lines(grid: _Grid, rows: Iterable[int], filled: Mapping[int, Sequence[int]]) -> Iterator[Paragraph]:
    for row in rows:
        for column in filled[row]:
            yield Paragraph(grid.texts[row, column], Place(line=row))


def _table(grid: _Grid, rows: Sequence[int]) -> Table:
    """The rows as a table, from its first to its last column; a blank place is a cell without text."""
    inside = range(rows[0], rows[-1] + 1)
    used = [at for at in (*grid.texts, *grid.ruled) if at[0] in inside and at[1] <= MOST_COLUMNS]
    left = min(column for _, column in used)
    right = max(column + grid.spans.get((row, column), (1, 1))[1] - 1 for row, column in used)
    cells = []
    for row in rows:
        for column in range(left, min(right, MOST_COLUMNS) + 1):
            if (row, column) in grid.covered:
                continue
            down, across = grid.spans.get((row, column), (1, 1))
            cells.append(
                Cell(
                    grid.texts.get((row, column), ""),
                    row - rows[0] + 1,
                    column - left + 1,
                    min(down, rows[-1] - row + 1),
                    across,
                    Place(line=row),
                )
            )
    return Table(0, tuple(cells), drawn=True, place=Place(line=rows[0]))
