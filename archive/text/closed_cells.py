"""Tables whose cells stand on lines of their own, each closed by a pipe, as some converters write them.

    行政许可 |
    460 |
    ||

A cell that spans columns is followed, at the end of its row, by as many pipes as it takes columns more. So all rows
have the same number of places, the first row tells how many, and where the rows end is found by counting. Lines that
do not come out even are no such table.
"""

import re
from collections.abc import Sequence

_PIPES = re.compile(r"\|+")
_LONGEST_CELL = 60
_LONGEST_PIECE = 12
_WIDEST = 100
_FEWEST_ROWS = 3

ClosedRow = list[tuple[int, str]]


def closed_cells(lines: Sequence[str], at: int) -> tuple[int, list[ClosedRow]]:
    """How many lines the table that begins at `at` takes, and its rows, each cell with the index of its line.

    Places that a wider cell takes are left out, as a drawn table leaves them out; blank cells are kept.
    """
    first = next((line for text in lines[at : at + _WIDEST] if (line := text.strip()) != "|"), "")
    if not _closes_a_cell(first):
        return 0, []
    tokens, end = _tokens(lines, at)
    width = _width(tokens)
    rows: list[ClosedRow] = []
    row: ClosedRow = []
    used = 0
    for index, text, places in tokens:
        if not used and not text and rows:
            return 0, []
        used += places
        if used > width:
            return 0, []
        if text or places == 1:
            row.append((index, text))
        if used == width:
            rows.append(row)
            row, used = [], 0
    if row:
        # The text was cut off in the middle of a row.
        rows.append(row)
    return (end - at, rows) if len(rows) >= _FEWEST_ROWS else (0, [])


def _tokens(lines: Sequence[str], at: int) -> tuple[list[tuple[int, str, int]], int]:
    """Cells and pipes in order, each with the index of its line and the places it takes, and where they end."""
    tokens: list[tuple[int, str, int]] = []
    pieces: list[str] = []
    index, end = at, at
    while index < len(lines):
        line = lines[index].strip()
        if _PIPES.fullmatch(line) and not pieces:
            tokens.append((index, "", len(line)))
        elif _closes_a_cell(line):
            tokens.append((index - len(pieces), " ".join([*pieces, line[:-1].rstrip()]), 1))
            pieces = []
        elif (
            line
            and "|" not in line
            and len(line) <= _LONGEST_PIECE
            and not re.match(r"[#一二三四五六]", line)
        ):
            # The first piece of a cell with a line break in it.
            pieces.append(line)
            index += 1
            continue
        else:
            break
        index += 1
        end = index
    return tokens, end


def _closes_a_cell(line: str) -> bool:
    return 1 < len(line) <= _LONGEST_CELL and line.endswith("|") and line.count("|") == 1


def _width(tokens: Sequence[tuple[int, str, int]]) -> int:
    """How many places a row has: the cells of the first row and the pipes that fill it up. 0 where nothing tells.

    The first row may begin with blank cells, each with a pipe of its own.
    """
    begun = False
    for cells, (_, text, places) in enumerate(tokens):
        begun = begun or bool(text)
        if not text and (begun or places > 1):
            return cells + places if begun and places > 1 and cells + places <= _WIDEST else 0
    return 0
