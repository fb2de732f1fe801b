"""Pages become one document: what stands on every page is dropped, lines become paragraphs, and a table that
goes on over a page break is one table, with the row that the break cut in two put together again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from archive.text.document import Block, Box, Cell, Heading, Paragraph, Picture, Place, Table
from archive.text.pdf_page import Page, PageTable, TextLine, is_full, joined, padding_of

# Where headers and footers stand: so much of the page at either end.
_EDGE = 0.2
_PAGE_NUMBER = re.compile(
    r"^(?:[-—–－·~\s]*\d{1,3}[-—–－·~\s]*|第\s*\d{1,3}\s*页(?:[,，/\s]*共\s*\d{1,3}\s*页)?|\d{1,3}\s*/\s*\d{1,3}|Page\s*\d+.*)$",
    re.IGNORECASE,
)
_SAME_BORDER = 3.0
_LARGER = 1.12
_MOST_HEAD = 4
# What begins a label of its own, and never the second half of one.
_NUMBERING = re.compile(
    r"^(?:[（(][一二三四五六七八九十\d]+[)）]|\d+[.．、]|[一二三四五六七八九十]+[、.．]|[①-⑳])"
)
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Part:
    """A cell on its way into a table: rows counted from 0, left and right border from the table's left border."""

    row: int
    rowspan: int
    left: float
    right: float
    lines: tuple[TextLine, ...]
    text: str
    place: Place
    room: float

    @property
    def bottom(self) -> int:
        return self.row + self.rowspan


@dataclass(frozen=True, slots=True)
class _Piece:
    """A table as far as it has been put together."""

    parts: tuple[_Part, ...]
    height: int
    width: float

    def borders(self) -> set[int]:
        """The inner borders of columns, in coarse steps, and those beside them."""
        at = {round(side) for part in self.parts for side in (part.left, part.right)}
        return {place + off for place in at for off in (-2, -1, 0, 1, 2)}


def blocks_of(pages: Sequence[Page]) -> list[Block]:
    """The blocks of a document, tables counted from 1. A page that is a picture gives a `Picture`."""
    furniture = _furniture(pages)
    body = _body_size(pages)
    blocks: list[Block | _Piece] = []
    held: list[TextLine] = []
    held_page = 0

    def flush() -> None:
        blocks.extend(_paragraphs(held, body, margins, held_page))
        held.clear()

    margins = (0.0, 0.0)
    for page in pages:
        if page.unread:
            flush()
            blocks.append(Picture(place=Place(page=page.number, box=(0.0, 0.0, page.width, page.height))))
            continue
        lines = [line for line in page.lines if (page.number, line) not in furniture]
        if not lines and not page.tables:
            continue
        goes_on = (
            bool(held) and bool(lines) and not (page.tables and page.tables[0].ruled.box[1] < lines[0].box[1])
        )
        if not goes_on:
            flush()
        own = _margins(page, lines)
        first = True
        for item in sorted((*lines, *page.tables), key=_top):
            if isinstance(item, TextLine):
                if not held:
                    margins, held_page = own, page.number
                elif first:
                    # over the page break: as if the page went on
                    if not _goes_on(held[-1], item, margins, own, body):
                        flush()
                        margins, held_page = own, page.number
                held.append(item)
            else:
                flush()
                piece = _piece(item, page.number)
                last = blocks[-1] if blocks else None
                if first and isinstance(last, _Piece) and (whole := _continued(last, piece)):
                    blocks[-1] = whole
                else:
                    blocks.append(piece)
            first = False
    flush()
    return list(_numbered(blocks))


def _top(item: TextLine | PageTable) -> tuple[float, float]:
    box = item.box if isinstance(item, TextLine) else item.ruled.box
    return box[1], box[0]


# What stands on every page


def _furniture(pages: Sequence[Page]) -> set[tuple[int, TextLine]]:
    """Page numbers, and lines at the edge of a page that stand at the same place of another."""
    found: set[tuple[int, TextLine]] = set()
    seen: dict[tuple[str, int, int], list[tuple[int, TextLine]]] = {}
    for page in pages:
        found.update((page.number, line) for line in _footer(page))
        for line in page.lines:
            at_end = line.box[1] > page.height * (1 - _EDGE)
            if not at_end and line.box[3] > page.height * _EDGE:
                continue
            bare = re.sub(r"\d+", "0", line.text)
            seen.setdefault((bare, round(line.box[1] / 4), round(page.height)), []).append(
                (page.number, line)
            )
    for places in seen.values():
        if len({number for number, _ in places}) > 1:
            found.update(places)
    return found


def _footer(page: Page) -> Iterator[TextLine]:
    """The page number at the foot of a page, and the lines directly above it."""
    below: TextLine | None = None
    for line in sorted(page.lines, key=lambda line: -line.box[3]):
        if line.box[1] < page.height * (1 - _EDGE):
            return
        is_footer = (
            _PAGE_NUMBER.match(line.text) if below is None else below.box[1] - line.box[3] < 1.6 * below.size
        )
        if not is_footer:
            return
        yield line
        below = line


# Text


def _body_size(pages: Sequence[Page]) -> float:
    sizes = [line.size for page in pages for line in page.lines for _ in line.text]
    return median(sizes) if sizes else 0.0


def _margins(page: Page, lines: Sequence[TextLine]) -> tuple[float, float]:
    """Left and right end of the text of a page."""
    boxes = [line.box for line in lines] or [table.ruled.box for table in page.tables]
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    # The margins of a page are alike, and a page of short lines would show none.
    return left, max(right, page.width - left)


def _goes_on(
    before: TextLine, line: TextLine, margins: tuple[float, float], own: tuple[float, float], body: float
) -> bool:
    """Whether a line goes on with the sentence of the line before."""
    room = margins[1] - before.box[0]
    full = is_full(before, room, 2.2 * before.size)
    indented = line.box[0] - own[0] > 1.2 * line.size
    alike = abs(before.size - line.size) < 0.6
    return full and alike and not indented


def _paragraphs(
    lines: Sequence[TextLine], body: float, margins: tuple[float, float], page: int
) -> Iterator[Block]:
    held: list[TextLine] = []
    for line in lines:
        if held and not _same_paragraph(held, line, margins, body):
            yield _block(held, body, page)
            held = []
        held.append(line)
    if held:
        yield _block(held, body, page)


def _same_paragraph(
    held: Sequence[TextLine], line: TextLine, margins: tuple[float, float], body: float
) -> bool:
    before = held[-1]
    if before.size > _LARGER * body and abs(before.size - line.size) < 0.6:
        # a title over two lines is set in the middle or from the margin, and seldom full
        near = 0 <= line.box[1] - before.box[3] < 0.6 * line.size
        return near and not _NUMBERING.match(line.text)
    return _goes_on(before, line, margins, margins, body)


def _block(lines: Sequence[TextLine], body: float, page: int) -> Block:
    text = ""
    for line in lines:
        both = (
            text[-1:].isascii() and text[-1:].isalpha() and line.text[0].isascii() and line.text[0].isalpha()
        )
        text += (" " if both else "") + line.text
    place = Place(page=page, box=_around([line.box for line in lines]))
    if lines[0].size > _LARGER * body:
        return Heading(text, 1, place)
    return Paragraph(text, place)


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


# Tables


def _piece(table: PageTable, page: int) -> _Piece:
    left, padding = table.ruled.xs[0], padding_of(table)
    parts = []
    for cell in table.cells:
        box = cell.ruled.box
        room = box[2] - box[0] - 2 * padding
        place = Place(page=page, box=tuple(round(side, 1) for side in box))  # type: ignore[arg-type]
        parts.append(
            _Part(
                cell.ruled.row,
                cell.ruled.rowspan,
                box[0] - left,
                box[2] - left,
                cell.lines,
                joined(cell.lines, room),
                place,
                room,
            )
        )
    return _Piece(tuple(parts), len(table.ruled.ys) - 1, table.ruled.xs[-1] - left)


def _continued(upper: _Piece, lower: _Piece) -> _Piece | None:
    """Two pieces as one table, None where the second is another one."""
    if abs(upper.width - lower.width) > _SAME_BORDER:
        return None
    if not (_inner(lower) <= upper.borders() or _inner(upper) <= lower.borders()):
        return None
    lower = _without_head(upper, lower)
    pairs = _facing(upper, lower)
    if pairs is not None and _is_cut(pairs):
        return _sewn(upper, lower, pairs)
    return _stacked(upper, lower)


def _inner(piece: _Piece) -> set[int]:
    return {round(side) for part in piece.parts for side in (part.left, part.right)}


def _without_head(upper: _Piece, lower: _Piece) -> _Piece:
    """The second piece without the rows of head that are printed again after a break."""
    again = 0
    for row in range(min(_MOST_HEAD, upper.height, lower.height - 1)):
        first, second = ([part for part in piece.parts if part.row == row] for piece in (upper, lower))
        if [_shape(part) for part in first] != [_shape(part) for part in second]:
            break
        again = row + 1
    head = [part for part in lower.parts if part.row < again]
    texts = [part.text for part in head if part.text]
    if (
        len(texts) < 2
        or all(_FIGURE.search(text) for text in texts)
        or any(part.bottom > again for part in head)
    ):
        return lower
    parts = tuple(replace(part, row=part.row - again) for part in lower.parts if part.row >= again)
    return _Piece(parts, lower.height - again, lower.width)


def _shape(part: _Part) -> tuple[int, int, int, int, str]:
    return part.row, part.rowspan, round(part.left / 3), round(part.right / 3), part.text


def _facing(upper: _Piece, lower: _Piece) -> list[tuple[_Part, _Part]] | None:
    """The cells on both sides of the break, where their borders are the same; None where they are not."""
    above = sorted((p for p in upper.parts if p.bottom == upper.height), key=lambda p: p.left)
    below = sorted((p for p in lower.parts if p.row == 0), key=lambda p: p.left)
    if len(above) != len(below):
        return None
    for a, b in zip(above, below, strict=True):
        if abs(a.left - b.left) > _SAME_BORDER or abs(a.right - b.right) > _SAME_BORDER:
            return None
    return list(zip(above, below, strict=True))


def _is_cut(pairs: Sequence[tuple[_Part, _Part]]) -> bool:
    """Whether the break goes through a row: the words of a cell go on below it, and no cell has figures on both sides."""
    full = [(a, b) for a, b in pairs if a.text and b.text]
    if any(not _goes_on_below(a, b) for a, b in full):
        return False
    if full:
        return True
    # One side of a row that has words above and its figures below, or nothing at all on one side.
    above, below = [a for a, _ in pairs if a.text], [b for _, b in pairs if b.text]
    if not above or not below:
        return all(a.rowspan == 1 for a, _ in pairs) if not above else True
    return not any(_FIGURE.fullmatch(a.text[-1]) and len(a.text) < 8 for a in above) and all(
        not _is_words(b) for b in below
    )


def _is_words(part: _Part) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]{2}", part.text))


def _goes_on_below(above: _Part, below: _Part) -> bool:
    if _NUMBERING.match(below.text) or not above.lines:
        return False
    if above.text[-1].isdigit() and below.text[0].isdigit():
        return False
    last = above.lines[-1]
    return is_full(last, above.room, 2.2 * last.size)


def _sewn(upper: _Piece, lower: _Piece, pairs: Sequence[tuple[_Part, _Part]]) -> _Piece:
    """The last row above and the first below as one."""
    shift = upper.height - 1
    merged = {
        id(a): replace(
            a,
            rowspan=a.rowspan + b.rowspan - 1,
            lines=a.lines + b.lines,
            text=a.text + b.text,
            place=a.place if a.text or not b.text else b.place,
        )
        for a, b in pairs
    }
    taken = {id(b) for _, b in pairs}
    parts = [merged.get(id(part), part) for part in upper.parts]
    parts += [replace(part, row=part.row + shift) for part in lower.parts if id(part) not in taken]
    return _Piece(tuple(parts), upper.height + lower.height - 1, upper.width)


def _stacked(upper: _Piece, lower: _Piece) -> _Piece:
    """The second piece below the first; a label that spans rows on both sides is one."""
    parts = list(upper.parts)
    for part in lower.parts:
        moved = replace(part, row=part.row + upper.height)
        if part.row == 0:
            for index, above in enumerate(parts):
                if (
                    above.bottom == upper.height
                    and abs(above.left - part.left) <= _SAME_BORDER
                    and abs(above.right - part.right) <= _SAME_BORDER
                    and (above.rowspan > 1 or part.rowspan > 1)
                    and (not part.text or _goes_on_below(above, part))
                    and not _FIGURE.fullmatch(above.text[-1:])
                ):
                    parts[index] = replace(
                        above,
                        rowspan=above.rowspan + part.rowspan,
                        lines=above.lines + part.lines,
                        text=above.text + part.text,
                    )
                    break
            else:
                parts.append(moved)
        else:
            parts.append(moved)
    return _Piece(tuple(parts), upper.height + lower.height, upper.width)


def _numbered(blocks: Sequence[Block | _Piece]) -> Iterator[Block]:
    index = 0
    for block in blocks:
        if isinstance(block, _Piece):
            index += 1
            yield _table(block, index)
        else:
            yield block


def _table(piece: _Piece, index: int) -> Table:
    borders: list[float] = []
    for side in sorted({side for part in piece.parts for side in (part.left, part.right)}):
        if not borders or side - borders[-1] > _SAME_BORDER:
            borders.append(side)

    def column(side: float) -> int:
        return min(range(len(borders)), key=lambda place: abs(borders[place] - side))

    cells = []
    for part in sorted(piece.parts, key=lambda part: (part.row, part.left)):
        left, right = column(part.left), column(part.right)
        cells.append(Cell(part.text, part.row + 1, left + 1, part.rowspan, max(1, right - left), part.place))
    return Table(index, tuple(cells), drawn=True, place=cells[0].place)


_ = pairwise
