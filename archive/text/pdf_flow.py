"""Pages become one document: what stands on every page is dropped, lines become paragraphs, and a table that goes on
over a page break is one table.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from archive.text.document import LOST_TABLE, Block, Box, Heading, Paragraph, Picture, Place, Table
from archive.text.pdf_glyphs import TextLine
from archive.text.pdf_loose import LineOnPage, LooseTable, loose_tables
from archive.text.pdf_page import Page, PageTable, is_full
from archive.text.pdf_table import NUMBERING, Piece, continued, piece_of, table_of

# Where headers and footers stand: so much of the page at either end.
_EDGE = 0.2
_PAGE_NUMBER = re.compile(
    r"[-—–－·~\s]*\d{1,3}[-—–－·~\s]*|第\s*\d{1,3}\s*页(?:[,，/\s]*共\s*\d{1,3}\s*页)?|\d{1,3}\s*/\s*\d{1,3}|Page\s*\d+.*",
    re.IGNORECASE,
)
# A heading is set larger than the text by so much, and of one size by so many points.
_LARGER = 1.12
_SAME_SIZE = 0.6
# In characters: what is left free at the end of a line that was broken for want of room (a full stop may not begin the
# next one), and what a paragraph is indented by at least.
_LEFT_FREE = 2.2
_INDENT = 1.2


@dataclass(frozen=True, slots=True)
class _Set:
    """A line as it is set on its page: from which margin to which."""

    line: TextLine
    page: int
    left: float
    right: float


def blocks_of(pages: Sequence[Page]) -> tuple[list[Block], list[str]]:
    """The blocks of a document, tables counted from 1, and remarks. A page whose text was not taken gives a `Picture`."""
    body = _body_size(pages)
    found: list[Block | Piece] = []
    held: list[_Set] = []
    lost: list[int] = []

    def end_paragraph() -> None:
        if held:
            found.append(_paragraph(held, body))
            held.clear()

    for page, item in _with_loose_tables(list(_items(pages)), lost):
        if isinstance(item, LooseTable):
            end_paragraph()
            found.append(Table(0, item.cells, drawn=False, place=item.cells[0].place))
            continue
        if isinstance(item, _Set):
            if held and not _goes_on(held[-1], item, body):
                end_paragraph()
            held.append(item)
            continue
        end_paragraph()
        if isinstance(item, Picture):
            found.append(item)
            continue
        piece = piece_of(item, page.number)
        last = found[-1] if found else None
        # Two tables of one page are two, even where nothing stands between them.
        whole = (
            continued(last, piece)
            if isinstance(last, Piece) and last.last_page == page.number - 1 and item is page.tables[0]
            else None
        )
        if whole is not None:
            found[-1] = whole
        else:
            found.append(piece)
    end_paragraph()
    remarks = [
        f"{LOST_TABLE} on page {page} numbers stand in rows, of which nothing sure says what they are"
        for page in sorted(set(lost))
    ]
    return list(_numbered(found)), remarks


def _with_loose_tables(
    items: Sequence[tuple[Page, "_Set | PageTable | Picture"]], lost: list[int]
) -> Iterator[tuple[Page, "_Set | PageTable | Picture | LooseTable"]]:
    """The items with the lines that make a table without lines as one (`archive.text.pdf_loose`); `lost` takes the pages of
    those that could not be made out."""
    at = 0
    while at < len(items):
        end = at
        while end < len(items) and isinstance(items[end][1], _Set):
            end += 1
        run = [
            LineOnPage(each.line, each.page, each.left) for _, each in items[at:end] if isinstance(each, _Set)
        ]
        done = at
        tables, unsure = loose_tables(run)
        lost += unsure
        for table in tables:
            yield from items[done : at + table.first]
            yield items[at + table.first][0], table
            done = at + table.end
        yield from items[done : end + 1]
        at = end + 1


def _items(pages: Sequence[Page]) -> Iterator[tuple[Page, "_Set | PageTable | Picture"]]:
    """What stands on the pages, in reading order."""
    dropped = _furniture(pages)
    for page in pages:
        if page.unread:
            yield page, Picture(place=Place(page=page.number, box=(0.0, 0.0, page.width, page.height)))
            continue
        lines = [line for line in page.lines if (page.number, line) not in dropped]
        boxes = [line.box for line in lines] or [table.ruled.box for table in page.tables]
        if not boxes:
            continue
        left = min(box[0] for box in boxes)
        # The margins of a page are alike, and a page of short lines would show no right one.
        right = max(page.width - left, *(box[2] for box in boxes))
        placed: list[tuple[Box, _Set | PageTable]] = [
            (line.box, _Set(line, page.number, left, right)) for line in lines
        ]
        placed += [(table.ruled.box, table) for table in page.tables]
        for _, item in sorted(placed, key=lambda pair: (pair[0][1], pair[0][0])):
            yield page, item


def _furniture(pages: Sequence[Page]) -> set[tuple[int, TextLine]]:
    """Page numbers, and the outermost lines of a page as far as another page has the same at the same place."""
    seen = Counter(key for page in pages for key in {_look(line, page) for line in page.lines})
    found: set[tuple[int, TextLine]] = set()
    for page in pages:
        found.update((page.number, line) for line in _foot(page))
        inwards = sorted(page.lines, key=lambda line: line.box[1])
        for lines in (inwards, inwards[::-1]):
            for line in lines:
                at_edge = line.box[3] <= page.height * _EDGE or line.box[1] >= page.height * (1 - _EDGE)
                if not at_edge or (seen[_look(line, page)] < 2 and (page.number, line) not in found):
                    break
                found.add((page.number, line))
    return found


def _look(line: TextLine, page: Page) -> tuple[str, int, int]:
    """What a line has in common with the same line of another page: its place, and its text but for the page number."""
    bare = re.sub(rf"(?<!\d){page.number}(?!\d)", "#", line.text)
    return bare, round(line.box[1] / 4), round(page.height)


def _foot(page: Page) -> Iterator[TextLine]:
    """The page number at the foot of a page, and a line close above it."""
    lines = sorted(page.lines, key=lambda line: -line.box[3])[:2]
    if lines and lines[0].box[1] > page.height * (1 - _EDGE) and _PAGE_NUMBER.fullmatch(lines[0].text):
        yield lines[0]
        if len(lines) == 2 and lines[0].box[1] - lines[1].box[3] < 1.6 * lines[0].size:
            yield lines[1]


def _body_size(pages: Sequence[Page]) -> float:
    sizes = [line.size for page in pages for line in page.lines for _ in line.text]
    return median(sizes) if sizes else 0.0


def _goes_on(before: _Set, after: _Set, body: float) -> bool:
    """Whether a line goes on with the sentence of the line before."""
    first, second = before.line, after.line
    if abs(first.size - second.size) > _SAME_SIZE:
        return False
    if first.size > _LARGER * body and before.page == after.page:
        # A title over two lines is set in the middle, and seldom full.
        return 0 <= second.box[1] - first.box[3] < 0.6 * second.size and not NUMBERING.match(second.text)
    indented = second.box[0] - after.left > _INDENT * second.size
    return is_full(first, before.right - first.box[0], _LEFT_FREE * first.size) and not indented


def _paragraph(lines: Sequence[_Set], body: float) -> Block:
    text = ""
    for each in lines:
        letters = text[-1:] + each.line.text[:1]
        text += " " if len(letters) == 2 and letters.isascii() and letters.isalpha() else ""
        text += each.line.text
    boxes = [each.line.box for each in lines if each.page == lines[0].page]
    box = (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
    place = Place(page=lines[0].page, box=box)
    return Heading(text, 1, place) if lines[0].line.size > _LARGER * body else Paragraph(text, place)


def _numbered(blocks: Sequence[Block | Piece]) -> Iterator[Block]:
    index = 0
    for block in blocks:
        if isinstance(block, Piece) and len(block.parts) == 1:
            if text := block.parts[0].text:  # a box around a line
                yield Paragraph(text, block.parts[0].place)
        elif isinstance(block, Piece | Table):
            index += 1
            yield table_of(block, index) if isinstance(block, Piece) else replace(block, index=index)
        else:
            yield block
