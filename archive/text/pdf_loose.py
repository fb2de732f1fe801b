"""Tables that are drawn without lines, or with some of them: cells are placed by where their words stand.

A row is a line of numbers with the label that stands beside it, a column is where numbers stand below each other, under the
words of its head. Nothing is guessed: where a label, a head or a number might belong to two, where a head is missing, or
where the numbers do not add up as those of a form do, the lines stay running text and the table is said to be lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from archive.text.document import Box, Cell, Place
from archive.text.pdf_glyphs import TextLine, Word

NUMBER = re.compile(r"[+\-−－]?\d[\d,，]*(?:\.\d+)?(?:万?元|[件项条])?|[/／]|[—–-]{1,2}|无")
_NUMBERING = re.compile(
    r"[（(][一二三四五六七八九十\d]+[)）]|\d{1,2}[.．、]|[一二三四五六七八九十]+[、.．]|[①-⑳]"
)
_ITEM = re.compile(r"(\d{1,2})[.．、]")
_GROUP = re.compile(r"[（(][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+[、.．]")
# Of the size of type: how far lines of one label stand apart at most, a label its numbers, and numbers of one line off it.
_LEADING, _CLOSE, _OFF = 0.65, 0.5, 0.4
# A line that is no row ends a table: so many characters at the margin of the page are running text.
_LONG, _MARGIN = 8, 3.0
_FEWEST_WIDE = 5
_ADD_UP = 0.9
_PAGE = 100_000.0


@dataclass(frozen=True, slots=True)
class LineOnPage:
    """A line of text, the page that it stands on, and the left margin of that page."""

    line: TextLine
    page: int
    left: float


@dataclass(frozen=True, slots=True)
class LooseTable:
    """A table that was found: which lines it takes, from and to before, and its cells, which lie in rows but have no columns
    of their own: each stands behind the one before it."""

    first: int
    end: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word, or words put together; `box` counts pages from above each other, `place` is where it stands."""

    text: str
    box: Box
    size: float
    place: Place

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


class _Unsure(Exception):
    """Something in the table might be read in two ways."""


def loose_tables(lines: Sequence[LineOnPage]) -> tuple[list[LooseTable], list[int]]:
    """The tables among lines that follow each other and stand in no table with lines, and the pages with
    rows of numbers that could not be made out."""
    found = []
    unsure: list[_Piece] = []
    for first, end in _regions(lines):
        pieces = [_piece(word, each) for each in lines[first:end] for word in each.line.words]
        try:
            rows = _rows(pieces)
        except _Unsure:
            unsure += pieces
            continue
        cells = [
            Cell(piece.text, row, column, place=piece.place)
            for row, own in enumerate(rows, 1)
            for column, piece in enumerate(own, 1)
        ]
        found.append(LooseTable(first, end, tuple(cells)))
    numbers = [piece for piece in unsure if NUMBER.fullmatch(piece.text) and piece.text[-1].isdecimal()]
    if len(numbers) > 2 and len(_lines(numbers)) > 1:
        return found, sorted({piece.place.page or 0 for piece in numbers})
    return found, []


def _regions(lines: Sequence[LineOnPage]) -> Iterator[tuple[int, int]]:
    """From where to where lines stand in columns, some of them numbers."""
    member = _members(lines)
    start = 0
    for at in range(len(lines) + 1):
        if at < len(lines) and member[at]:
            continue
        if any(_first_number(each) is not None for each in lines[start:at]):
            yield start, at
        start = at + 1


def _members(lines: Sequence[LineOnPage]) -> list[bool]:
    """Which lines may be some of a table: those that look like it, and a long line of a label that is set so close to its
    numbers, and to their left, that it can be nothing else."""
    member = [_is_of_table(each) for each in lines]
    for order in (range(1, len(lines)), range(len(lines) - 2, -1, -1)):
        step = -1 if order.step > 0 else 1
        edge: float | None = None  # where the numbers begin that the line before stands beside
        for at in order:
            before = lines[at + step]
            edge = (_first_number(before) or edge) if member[at + step] else None
            upper, lower = sorted((before, lines[at]), key=lambda each: (each.page, each.line.box[1]))
            close = lower.page == upper.page and (
                lower.line.box[1] - upper.line.box[3] < _CLOSE * lower.line.size
            )
            if not member[at] and edge is not None and close and lines[at].line.box[2] < edge:
                member[at] = True
    return member


def _first_number(each: LineOnPage) -> float | None:
    """Where the first number of a line begins."""
    return next((word.box[0] for word in each.line.words if NUMBER.fullmatch(word.text)), None)


def _is_of_table(each: LineOnPage) -> bool:
    """Whether a line may be one of a table: words apart from each other, numbers last; or a short one, or one away from the
    margin, as labels and heads are broken."""
    words = each.line.words
    numbers = [bool(NUMBER.fullmatch(word.text)) for word in words]
    if any(before and not after for before, after in pairwise(numbers)):
        return False
    if len(words) > 1:
        return True
    away = each.line.box[0] - each.left > _MARGIN * each.line.size
    return away or len(each.line.text) < _LONG


def _piece(word: Word, each: LineOnPage) -> _Piece:
    left, top, right, bottom = word.box
    below = each.page * _PAGE
    place = Place(page=each.page, box=tuple(round(side, 1) for side in word.box))  # type: ignore[arg-type]
    return _Piece(word.text, (left, top + below, right, bottom + below), each.line.size, place)


def _rows(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """The rows of a region.

    Raises:
        _Unsure: something might be read in two ways.
    """
    numbers = _lines([piece for piece in pieces if NUMBER.fullmatch(piece.text)])
    words = [piece for piece in pieces if not NUMBER.fullmatch(piece.text)]
    is_wide = max(map(len, numbers)) >= _FEWEST_WIDE
    return _wide(numbers, words) if is_wide else _narrow(numbers, words)


def _lines(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces of one height, from top to bottom, each line from left to right."""
    found: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle[1]):
        if found and piece.middle[1] - found[-1][0].middle[1] < _OFF * piece.size:
            found[-1].append(piece)
        else:
            found.append([piece])
    return [sorted(line, key=lambda piece: piece.box[0]) for line in found]


def _wide(rows: Sequence[list[_Piece]], words: Sequence[_Piece]) -> list[list[_Piece]]:
    """Rows of many numbers under a head, with labels to their left."""
    wide = max(map(len, rows))
    full = [row for row in rows if len(row) == wide]
    columns = [(min(row[k].box[0] for row in full), max(row[k].box[2] for row in full)) for k in range(wide)]
    if any(one[1] >= other[0] for one, other in pairwise(columns)) or not _adds_up(full):
        raise _Unsure
    edges = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    first = rows[0][0].box[1]
    below = [piece for piece in words if piece.box[1] >= first - _OFF * piece.size]
    if any(piece.box[2] > columns[0][0] for piece in below):
        raise _Unsure
    edge = max((piece.box[2] for piece in below), default=0.0)
    beside = [piece for piece in words if piece.middle[0] <= edge]
    above = [piece for piece in words if piece.middle[0] > edge]
    around = [replace(full[0][k], box=(left, first, right, first)) for k, (left, right) in enumerate(columns)]
    heads, spanning = _heads(above, around)
    labels = _labels(rows, _chains(beside, ()))
    # A word over several columns that stands alone tells none of them from the others.
    made = [line for line in _lines(spanning) if len(line) > 1]
    if labels[0][1] is not None:
        heads = [replace(labels[0][1], text=""), *heads]
    made.append(heads)
    for row, (group, label) in zip(rows, labels, strict=True):
        if group is not None:
            made.append([group])
        made.append([*([label] if label is not None else []), *_in_columns(row, edges, columns, label)])
    return made


def _heads(above: Sequence[_Piece], columns: Sequence[_Piece]) -> tuple[list[_Piece], list[_Piece]]:
    """The head of each column, put together from its lines, and the words that span several."""
    spanning = [piece for piece in above if _spans(piece, above)]
    own: list[list[_Piece]] = []
    for piece in sorted((p for p in above if p not in spanning), key=lambda piece: piece.box[0]):
        if own and piece.box[0] < max(other.box[2] for other in own[-1]):
            own[-1].append(piece)
        else:
            own.append([piece])
    heads = []
    for pieces in own:
        lines = _lines(pieces)
        if any(len(line) > 1 for line in lines):
            raise _Unsure
        parts = [line[0] for line in lines]
        while any(one.box[3] + _LEADING * one.size < other.box[1] for one, other in pairwise(parts)):
            spanning.append(parts.pop(0))  # what stands apart above the head is one of several columns
        heads.append(_joined(parts))
    if len(heads) != len(columns):
        raise _Unsure
    for at, column in enumerate(columns):
        off = [_aligned(head, column) for head in heads]
        if min(off) != off[at] or sorted(off)[1] < 2 * off[at]:
            raise _Unsure
    return heads, spanning


def _spans(piece: _Piece, others: Sequence[_Piece]) -> bool:
    """Whether a word of the head stands over two or more that stand beside each other."""
    below = [
        other
        for other in others
        if other.middle[1] - piece.middle[1] > _OFF * piece.size
        and min(piece.box[2], other.box[2]) - max(piece.box[0], other.box[0]) > 1
    ]
    return any(one.box[2] <= other.box[0] + 1 for one in below for other in below)


def _in_columns(
    row: Sequence[_Piece],
    edges: Sequence[float],
    columns: Sequence[tuple[float, float]],
    label: _Piece | None,
) -> list[_Piece]:
    """The numbers of a row, with an empty cell where a column has none."""
    if len(row) == len(columns):
        return list(row)
    placed: dict[int, _Piece] = {}
    for piece in row:
        left, right = (sum(edge < side for edge in edges) for side in (piece.box[0], piece.box[2]))
        if left != right or left in placed:
            raise _Unsure
        placed[left] = piece
    blank = replace(row[0], text="", place=(label or row[0]).place)
    return [placed.get(column, blank) for column in range(len(columns))]


def _adds_up(rows: Sequence[Sequence[_Piece]]) -> bool:
    """Whether the last number of nearly every row, or of each five, is the sum of the others before it."""
    for size in {len(rows[0]), 5}:
        if len(rows[0]) % size:
            continue
        sums = [
            sum(_value(piece) for piece in row[at : at + size - 1]) == _value(row[at + size - 1])
            for row in rows
            for at in range(0, len(row), size)
        ]
        if sum(sums) >= _ADD_UP * len(sums):
            return True
    return False


def _value(piece: _Piece) -> float:
    digits = re.sub(r"[^\d.]", "", piece.text)
    return float(digits) if digits else 0.0


def _chains(words: Sequence[_Piece], rows: Sequence[Sequence[_Piece]]) -> list[_Piece]:
    """Labels, each put together from its lines: one with a number of its own begins a new label, what stands close below a
    line goes on with it, on the next page too; but two words on the
    lines of two of the rows given are two."""
    chains: list[list[_Piece]] = []
    levels = [row[0].middle[1] for row in rows]

    def row_of(word: _Piece) -> int | None:
        near = (at for at, y in enumerate(levels) if abs(y - word.middle[1]) < _OFF * word.size)
        return next(near, None)

    def are_two(chain: Sequence[_Piece], word: _Piece) -> bool:
        own = row_of(word)
        return own is not None and any(row_of(other) not in (None, own) for other in chain)

    for word in sorted(words, key=lambda word: (word.box[1], word.box[0])):
        over = (
            []
            if _NUMBERING.match(word.text)
            else [chain for chain in chains if _goes_on(chain[-1], word, words) and not are_two(chain, word)]
        )
        if len(over) > 1:
            raise _Unsure
        if over:
            over[0].append(word)
        else:
            chains.append([word])
    return [_joined(chain) for chain in chains]


def _goes_on(last: _Piece, word: _Piece, words: Sequence[_Piece]) -> bool:
    if not _is_over(last, word):
        return False
    if last.place.page == word.place.page:
        return -0.2 * word.size <= word.box[1] - last.box[3] < _LEADING * word.size
    # The last of its column on one page, and the first on the next.
    return word.place.page == (last.place.page or 0) + 1 and not any(
        last.box[3] < other.box[1] and other.box[3] < word.box[1] and _is_over(other, word) for other in words
    )


def _is_over(one: _Piece, other: _Piece) -> bool:
    shared = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    return shared >= 0.5 * min(one.box[2] - one.box[0], other.box[2] - other.box[0])


def _joined(lines: Sequence[_Piece]) -> _Piece:
    boxes = [line.box for line in lines]
    box = (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
    return _Piece("".join(line.text for line in lines), box, lines[0].size, lines[0].place)


def _labels(
    rows: Sequence[Sequence[_Piece]], chains: Sequence[_Piece]
) -> list[tuple[_Piece | None, _Piece | None]]:
    """For each row its label, and the label of the group that begins with it, where one does."""
    found: list[_Piece | None] = []
    for row in rows:
        y = row[0].middle[1]
        beside = [chain for chain in chains if chain.box[1] <= y <= chain.box[3]]
        label = max(beside, key=lambda chain: chain.box[2], default=None)
        if label is not None and any(
            c is not label and min(c.box[2], label.box[2]) - max(c.box[0], label.box[0]) > 1 for c in beside
        ):
            raise _Unsure
        found.append(label)
    first = rows[0][0].middle[1]
    if len(rows) == 1 and found == [None]:
        return [(None, None)] if all(chain.box[3] < first for chain in chains) else _fail()
    if any(label is None for label in found) or len({id(label) for label in found}) != len(found):
        raise _Unsure
    own = {id(label) for label in found}
    left = [chain for chain in chains if id(chain) not in own and chain.box[3] > first]
    groups = _groups([label for label in found if label is not None], left)
    return [(groups.get(index), label) for index, label in enumerate(found)]


def _fail() -> list[tuple[_Piece | None, _Piece | None]]:
    raise _Unsure


def _groups(labels: Sequence[_Piece], left: Sequence[_Piece]) -> dict[int, _Piece]:
    """The labels that stand before several rows, by the first row of each: rows counted from 1 have one of them beside them,
    and what is left over spans groups of rows."""
    runs: list[tuple[int, int]] = []
    for index, label in enumerate(labels):
        item = _ITEM.match(label.text)
        number = int(item[1]) if item else 0
        if number == 1:
            runs.append((index, index))
        elif number and runs and runs[-1][1] == index - 1 and number == index - runs[-1][0] + 1:
            runs[-1] = runs[-1][0], index
        elif number:
            raise _Unsure
    groups: dict[int, _Piece] = {}
    for chain in left:
        if not _GROUP.match(chain.text):
            raise _Unsure
        inside = [
            first
            for first, last in runs
            if labels[first].box[1] - 1 <= chain.middle[1] <= labels[last].box[3] + 1
        ]
        if chain.text[0] in "（(" and len(inside) == 1 and inside[0] not in groups:
            groups[inside[0]] = chain
        elif chain.text[0] in "（(":
            raise _Unsure
    if left and len(groups) != len(runs):
        raise _Unsure
    return groups


def _narrow(numbers: Sequence[list[_Piece]], words: Sequence[_Piece]) -> list[list[_Piece]]:
    """Rows of a label and few numbers, each under the words of the head above it."""
    chains = _chains(words, numbers)
    taken: dict[int, int] = {}
    rows: list[list[_Piece]] = []
    for index, row in enumerate(numbers):
        y = row[0].middle[1]
        beside = [chain for chain in chains if chain.box[1] <= y <= chain.box[3]]
        if not beside or any(taken.setdefault(id(chain), index) != index for chain in beside):
            raise _Unsure
        cells = sorted([*beside, *row], key=lambda piece: piece.box[0])
        if any(one.box[2] > other.box[0] + 1 for one, other in pairwise(cells)) or cells[0] in row:
            raise _Unsure
        rows.append(cells)
    others = _lines([chain for chain in chains if id(chain) not in taken])
    made: list[list[_Piece]] = []
    head: list[_Piece] = []
    is_number = {id(piece) for row in numbers for piece in row}
    for row in sorted([*others, *rows], key=lambda row: row[-1].middle[1]):
        if any(id(piece) in is_number for piece in row):
            made.append(_under(head, row))
        else:
            head = row if len(row) > 1 else head
            made.append(row)
    return made


def _under(head: Sequence[_Piece], row: Sequence[_Piece]) -> list[_Piece]:
    """The cells of a row in the columns of its head, the label in the first; empty where there is none."""
    if len(head) < len(row):
        raise _Unsure
    found: dict[int, _Piece] = {0: row[0]}
    for piece in row[1:]:
        near = sorted(range(1, len(head)), key=lambda column: _aligned(head[column], piece))
        apart = [_aligned(head[column], piece) for column in near[:2]]
        if near[0] in found or (len(apart) == 2 and apart[0] * 2 > apart[1]):
            raise _Unsure
        found[near[0]] = piece
    blank = replace(row[0], text="")
    return [found.get(column, blank) for column in range(len(head))]


def _aligned(head: _Piece, piece: _Piece) -> float:
    """How far a cell is off its head: it is set to the left, in the middle or to the right as that is."""
    return min(
        abs(head.middle[0] - piece.middle[0]),
        abs(head.box[0] - piece.box[0]),
        abs(head.box[2] - piece.box[2]),
    )
