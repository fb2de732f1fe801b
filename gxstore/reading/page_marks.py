"""The numbers of pages among the cells of a stream, one cell a line, where a blank cell leaves no line.

There such a number fills the place of a blank and moves every number between. A mark that is no value (— 3 —, 3 / 9, 3页,
3., ③) is no cell. A bare number may be either: it may be that of a page where it is missing among those around it.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from archive.text.document import Block, Cell, Paragraph
from gxstore.reading.numbers import plain

_PAGE_NUMBER = re.compile(r"(?:-+ ?|第 ?)?(\d{1,3})(?: ?-+| ?页.{0,8}| ?(?:/|of) ?\d{1,3})?")
# -3 is a number.
_MARK = re.compile(
    r"\d{1,3} ?(?:/|of) ?\d{1,3}|-+ ?\d{1,3} ?-+|\d{1,3} ?-+|第? ?\d{1,3} ?页.{0,8}|\d{1,3} ?[.、]"
)
_CIRCLED = re.compile("[\u2460-\u2473\u3251-\u325f\u32b1-\u32bf\u24eb-\u24ff\u2776-\u2793]")
_MOST_PAGES = 20
# Blocks within which a page ends.
_NEAR = 80


def is_page_mark(text: str) -> bool:
    """Whether a line can be the mark of a page and cannot be the value of a cell."""
    if _CIRCLED.fullmatch(text.strip()):
        return True
    return bool(_MARK.fullmatch(plain(text)))


def may_be_pages(blocks: Sequence[Block], at: int, cells: Sequence[Cell]) -> frozenset[int]:
    """The cells of a stream (by index) that may be the numbers of pages, in the place of a blank cell that left nothing.

    They hold a number that is missing among those of the pages before and behind.

    Args:
        blocks: the document.
        at: which of its blocks the stream is.
        cells: the stream.
    """
    known = [(-1, next(filter(None, map(_page_number, reversed(blocks[max(0, at - _NEAR) : at]))), 0))]
    known += [
        (index, number)
        for index, cell in enumerate(cells)
        if (not index or not cell.text.strip().isdecimal()) and (number := _page_named(cell.text))
    ]
    known.append((len(cells), next(filter(None, map(_page_number, blocks[at + 1 : at + 1 + _NEAR])), 0)))
    found: set[int] = set()
    for (start, before), (end, behind) in pairwise(known):
        if before or behind:
            missing = set(map(str, range(before + 1, behind or before + 2)[:_MOST_PAGES]))
            found |= {index for index in range(start + 1, end) if plain(cells[index].text) in missing}
    return frozenset(found)


def _page_named(text: str) -> int:
    found = _PAGE_NUMBER.fullmatch(plain(text))
    return int(found[1]) if found else 0


def _page_number(block: Block) -> int:
    """The number of the page that a line holds and nothing else, 0 where it holds none."""
    return _page_named(block.text) if isinstance(block, Paragraph) else 0
