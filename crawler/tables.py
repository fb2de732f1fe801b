"""Tables that are never cut: a date, a number, a digest or a URL is shown whole or the table takes another form."""

import re
from collections.abc import Iterator

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

# What may not be broken over lines: a run of plain characters, as a date, a number or a URL is. Chinese may be, anywhere.
_WORD = re.compile(r"[!-~]+")
_CHINESE = 8
# Padding and rules of a column; a table has one rule more.
_EDGES = 3
_UNBOUND = 100_000


def show_table(console: Console, table: Table) -> None:
    """Print a table. Where the console is too narrow, lines are broken between words; where it is too narrow for the
    words, each row is printed as a list of its cells, one a line."""
    columns = [(_least(column), _most(console, column)) for column in table.columns]
    room = console.width - _EDGES * len(columns) - 1
    if sum(most for _, most in columns) <= room:
        console.print(table)
    elif sum(least for least, _ in columns) <= room:
        for column, width in zip(table.columns, _widths(columns, room), strict=True):
            column.width, column.overflow = width, "fold"
        console.print(table)
    else:
        _as_lists(console, table)


def _texts(column: Column) -> Iterator[Text]:
    for cell in (column.header, *column.cells):
        yield Text.from_markup(cell) if isinstance(cell, str) else Text(str(cell))


def _least(column: Column) -> int:
    longest = 0
    for text in _texts(column):
        words = [len(word) for word in _WORD.findall(text.plain)]
        longest = max(longest, *words, min(text.cell_len, _CHINESE))
    return longest


def _most(console: Console, column: Column) -> int:
    free = console.options.update(max_width=_UNBOUND)
    return max(Measurement.get(console, free, text).maximum for text in _texts(column))


def _widths(columns: list[tuple[int, int]], room: int) -> list[int]:
    """Each column gets what its words need; what is left goes to those that would use it, one by one."""
    widths = [least for least, _ in columns]
    for _ in range(room - sum(widths)):
        lacking = [at for at, (_, most) in enumerate(columns) if widths[at] < most]
        widths[min(lacking, key=lambda at: widths[at])] += 1
    return widths


def _as_lists(console: Console, table: Table) -> None:
    if table.title:
        console.print(table.title, style="bold")
    heads = [Text.from_markup(str(column.header)).plain for column in table.columns]
    wide = max(map(len, heads))
    for row in zip(*(column.cells for column in table.columns), strict=True):
        shown = [(head, str(cell)) for head, cell in zip(heads, row, strict=True) if str(cell)]
        for number, (head, cell) in enumerate(shown):
            lead = "- " if number == 0 else "  "
            first, *others = cell.split("\n")
            console.print(f"{lead}{head:<{wide}}  {first}", soft_wrap=True, highlight=False)
            for other in others:
                console.print(f"  {'':<{wide}}  {other}", soft_wrap=True, highlight=False)
