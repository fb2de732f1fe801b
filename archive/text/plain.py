"""Plain text, and the Markdown that converters write, as a `Document`.

Text has lost the lines of its tables; what is left of them are tabs, pipes, pipes on lines of their own, a pipe behind
each cell, or one cell a line. Each is recognised by its shape alone and becomes a table with `drawn=False`: a grid whose columns cannot be
trusted. A stream of single cells becomes a table of one column. Sentences that a page break cut in two are joined.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from archive.text import bounds
from archive.text.charset import decode
from archive.text.closed_cells import closed_cells
from archive.text.document import Block, Cell, Document, Heading, Paragraph, Place, Table

EXTRACTOR = "plain"
EXTRACTOR_VERSION = "3"

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_SEPARATOR = re.compile(r"^\s*\|?[\s:|]*-{2,}[\s:|-]*\|?\s*$")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_NUMBERED = re.compile(r"^[#*\s]*(?:[一二三四五六七八九十]+\s*[、.．]|[—–-]、)")
_ITEM = re.compile(
    r"^[#*\s]*(?:[（(][一二三四五六七八九十\d]+[)）]|\d+\s*[.．、)]|[①-⑩]|[一二三四五六七八九十]+是)"
)
_VALUE = re.compile(
    r"^(?:[+\-−－]?[\d０-９][\d０-９,，.．\s]*(?:件|条|项|次|个|人|人次|篇|份|元|万元|件次)?|[/／\\]|[—–－-]{1,4}|无)$"
)
_NUMBER = re.compile(r"[\d０-９]")
_UNIT = re.compile(r"^(?:条|件|次|篇|个|人|人次|万元|元|项)$")
_PEELED = re.compile(r"统计表|年度报告|工作报告|^附[件表录]|[:：]$|^单位[:：]")
_ENDS = "。！？；：…!?;:”』」》）)"
_LONGEST_CELL = 60
_HEADING_DISTANCE = 6
_FEWEST_VALUES = 3
_WIDEST_ROW = 24
_LONGEST_ROW = 30
_MOST_CLOSED = 2_000


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: tuple[str, ...]


def read_text(data: bytes, charset_hint: str | None = None) -> Document:
    """The document that the bytes of a plain text hold; `charset_hint` is the charset that the server named."""
    return to_document(*decode(data, charset_hint))


def to_document(text: str, charset: str = "utf-8") -> Document:
    """The document that a plain text holds.

    Args:
        text: the decoded text; line ends of any kind.
        charset: the encoding it was decoded from, kept as said.

    Returns:
        A document of media type text/plain; each place has its line, counted from 1.
    """
    remarks = ["NUL characters were left out"] if "\0" in text else []
    if len(text) > bounds.CHARACTERS:
        text = text[: bounds.CHARACTERS]
        remarks.append(bounds.TOO_LONG)
    clean = text.removeprefix("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    lines = [_Line(number, line.replace("\f", "")) for number, line in enumerate(clean.split("\n"), 1)]
    if len(lines) > bounds.BLOCKS:
        del lines[bounds.BLOCKS :]
        remarks.append(bounds.TOO_MANY_BLOCKS)
    blocks: list[Block] = []
    tables = 0
    room = bounds.CELLS
    for block in _join(list(_blocks(lines))):
        if isinstance(block, Table):
            tables += 1
            if len(block.cells) > room:
                remarks.append(bounds.TOO_MANY_CELLS)
                break
            room -= len(block.cells)
            block = Table(tables, block.cells, drawn=False, place=block.place)
        blocks.append(block)
    return Document(
        blocks=tuple(blocks),
        media_type="text/plain",
        charset=charset,
        extractor=EXTRACTOR,
        extractor_version=EXTRACTOR_VERSION,
        remarks=tuple(remarks),
    )


def _blocks(lines: Sequence[_Line]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        for take in (_take_closed, _take_pipes, _take_alternating, _take_tabs, _take_stream):
            taken, rows = take(lines, at)
            if taken:
                if rows:
                    yield _table(rows)
                at += taken
                break
        else:
            if block := _prose(lines[at]):
                yield block
            at += 1


def _table(rows: Sequence[_Row]) -> Table:
    cells = tuple(
        Cell(text, number, column, place=Place(line=row.line))
        for number, row in enumerate(rows, 1)
        for column, text in enumerate(row.cells, 1)
    )
    return Table(0, cells, drawn=False, place=Place(line=rows[0].line))


def _prose(line: _Line) -> Heading | Paragraph | None:
    text = line.text.strip()
    if marked := _HEADING.match(text):
        folded = _fold(marked[2])
        return Heading(folded, len(marked[1]), Place(line=line.number)) if folded else None
    folded = _fold(text)
    return Paragraph(folded, Place(line=line.number)) if folded else None


def _fold(text: str) -> str:
    return " ".join(_EMPHASIS.sub(r"\2", text).split())


# Tables with tabs


def _is_tabbed(line: str) -> bool:
    return "\t" in line.strip(" ")


def _has_inner_tab(line: str) -> bool:
    return "\t" in line.strip()


def _take_tabs(lines: Sequence[_Line], at: int) -> tuple[int, list[_Row]]:
    end = at
    while end < len(lines) and (_is_tabbed(lines[end].text) or _between(lines, at, end, _is_tabbed)):
        end += 1
    run = lines[at:end]
    # A paragraph that begins with a tab is no table.
    if not any(_has_inner_tab(line.text) for line in run):
        return 0, []
    return end - at, [
        _Row(line.number, tuple(_fold(c) for c in line.text.split("\t")[: bounds.COLUMNS])) for line in run
    ]


def _between(lines: Sequence[_Line], start: int, at: int, is_row: Callable[[str], bool]) -> bool:
    """Whether a line without a separator stands directly between two rows: a label that fills its row."""
    if at == start:
        return False
    text = lines[at].text.strip()
    if text != "|" and _is_value(text):
        return True  # the second half of the row above
    followed = at + 1 < len(lines) and is_row(lines[at + 1].text)
    return bool(text) and followed and _is_cell(text) and not _HEADING.match(text)


# Tables with pipes


def _is_piped(line: str) -> bool:
    text = line.strip()
    return text != "|" and (text.startswith("|") or (text.count("|") >= 1 and " | " in f" {text} "))


def _take_pipes(lines: Sequence[_Line], at: int) -> tuple[int, list[_Row]]:
    rows: list[_Row] = []
    separated = False
    end = at
    while end < len(lines):
        text = lines[end].text.strip()
        if _SEPARATOR.match(text) and "|" in text:
            # The syntax asks for a header row; converters write an empty one where there is none.
            if rows and not any(rows[-1].cells):
                rows.pop()
            separated = True
            end += 1
        elif _is_piped(text):
            taken = _wrapped(lines, end) if text.startswith("|") else 1
            whole = "\n".join(line.text.strip() for line in lines[end : end + taken])
            rows.append(_Row(lines[end].number, _split_pipes(whole)))
            end += taken
        elif _between(lines, at, end, _is_piped) and (rows or separated):
            rows.append(_Row(lines[end].number, (_fold(text),)))
            end += 1
        else:
            break
    if end == at or not (len(rows) > 1 or separated or (rows and lines[at].text.strip().startswith("|"))):
        return 0, []
    return end - at, rows


def _wrapped(lines: Sequence[_Line], at: int) -> int:
    """How many lines the row that begins here takes: a cell with a line break in it cuts its row in two."""
    if lines[at].text.strip().endswith("|"):
        return 1
    for taken in range(1, _LONGEST_ROW):
        if at + taken >= len(lines):
            return 1
        text = lines[at + taken].text.strip()
        if not text or text.startswith("|"):
            return 1
        if text.endswith("|"):
            return taken + 1
    return 1


def _split_pipes(row: str) -> tuple[str, ...]:
    parts = re.split(r"(?<!\\)\|", row.strip())
    if row.strip().startswith("|"):
        parts = parts[1:]
    if row.strip().endswith("|") and len(parts) > 1:
        parts = parts[:-1]
    return tuple(
        _fold(re.sub(r"<br\s*/?>", " ", part.replace("\\|", "|"))) for part in parts[: bounds.COLUMNS]
    )


def _take_closed(lines: Sequence[_Line], at: int) -> tuple[int, list[_Row]]:
    if lines[at].text.count("|") != 1 or not lines[at].text.rstrip().endswith("|"):
        return 0, []
    if _is_bare_pipe(lines[at]) and at and _is_bare_pipe(lines[at - 1]):
        return 0, []  # a row begins with the first of its blank cells
    taken, rows = closed_cells([line.text for line in lines[at : at + _MOST_CLOSED]], 0)
    return taken, [
        _Row(lines[at + row[0][0]].number, tuple(_fold(text) for _, text in row[: bounds.COLUMNS]))
        for row in rows
    ]


def _is_bare_pipe(line: _Line) -> bool:
    return line.text.strip() == "|"


def _take_alternating(lines: Sequence[_Line], at: int) -> tuple[int, list[_Row]]:
    """Cells and pipes on lines of their own; two cells without a pipe between begin a new row."""
    end = at
    pipes = 0
    gap = 0
    while end < len(lines):
        text = lines[end].text.strip()
        if text == "|":
            pipes += 1
            gap = 0
        elif not text:
            gap += 1
        elif _is_cell(text) and gap < 2 and _pipe_near(lines, end) and not _is_section(lines, end):
            gap = 0
        else:
            break
        end += 1
    if pipes < _FEWEST_VALUES or lines[at].text.strip() == "":
        return 0, []
    rows: list[list[_Line]] = []
    open_cell = False
    fresh = True
    for line in lines[at:end]:
        text = line.text.strip()
        if not text:
            continue
        if text == "|":
            if open_cell and not fresh:
                rows[-1].append(_Line(line.number, ""))
            open_cell = bool(rows)
            fresh = False
        elif open_cell:
            rows[-1].append(line)
            open_cell = False
            fresh = False
        else:
            rows.append([line])
            fresh = False
    if any(len(row) > _WIDEST_ROW for row in rows):
        # Rows end in a pipe too: nothing says where one row ends, so this is a stream of cells.
        return end - at, [_Row(c.number, (_fold(c.text),)) for row in rows for c in row if c.text.strip()]
    return end - at, [_Row(row[0].number, tuple(_fold(c.text) for c in row)) for row in rows]


def _pipe_near(lines: Sequence[_Line], at: int) -> bool:
    nearby = [line.text.strip() for line in lines[max(0, at - 2) : at + 3]]
    return "|" in nearby


# One cell a line


def _is_cell(text: str) -> bool:
    return len(text) <= _LONGEST_CELL and text[-1:] not in "。；！？;!?" and "。" not in text


def _take_stream(lines: Sequence[_Line], at: int) -> tuple[int, list[_Row]]:
    """A run of short lines, values among them. It ends at a sentence, a marked heading or a numbered section."""
    if not lines[at].text.strip():
        return 0, []
    run: list[_Line] = []
    end = at
    while end < len(lines):
        text = lines[end].text.strip()
        if text and (
            not _is_cell(text) or _HEADING.match(text) or _is_tabbed(lines[end].text) or "|" in text
        ):
            break
        if text and run and _is_section(lines, end):
            break
        if text:
            run.append(lines[end])
        end += 1
        if len(run) == 1 and _is_section(lines, end - 1):
            return 0, []
    values = [index for index, line in enumerate(run) if _is_value(line.text.strip())]
    if sum(1 for index in values if _NUMBER.search(run[index].text)) < _FEWEST_VALUES:
        return 0, []
    if _PEELED.search(run[0].text.strip()) and not _is_value(run[0].text.strip()):
        return 0, []
    last = values[-1]
    while last + 1 < len(run) and _belongs(run[last + 1].text.strip()):
        last += 1
    taken = next(index for index in range(at, end) if lines[index] is run[last]) + 1 - at
    return taken, [_Row(line.number, (_fold(line.text),)) for line in run[: last + 1]]


def _is_value(text: str) -> bool:
    return bool(_VALUE.match(text))


def _belongs(text: str) -> bool:
    """Whether a line after the last value is still a cell: an item with a blank value, or its unit."""
    return bool(_ITEM.match(text) or _UNIT.match(text)) and not re.search(r"[，,]", text)


def _is_section(lines: Sequence[_Line], at: int) -> bool:
    """Whether a numbered line is a section heading: a row label has its values right behind it."""
    if not _NUMBERED.match(lines[at].text.strip()):
        return False
    seen = 0
    for line in lines[at + 1 :]:
        text = line.text.strip()
        if not text or text == "|":
            continue
        if _is_value(text) or _is_tabbed(line.text):
            return seen + 1 >= _HEADING_DISTANCE
        if not _is_cell(text):
            return True
        seen += 1
        if seen >= _HEADING_DISTANCE:
            return True
    return True


# Sentences over page breaks


def _join(blocks: Sequence[Block]) -> Iterator[Block]:
    held: Block | None = None
    for block in blocks:
        if isinstance(held, Paragraph) and isinstance(block, Paragraph) and _continues(held.text, block.text):
            gap = (
                " " if held.text[-1].isascii() and held.text[-1].isalnum() and block.text[0].isascii() else ""
            )
            held = Paragraph(held.text + gap * (not block.text[0].isdigit()) + block.text, held.place)
            continue
        if held is not None:
            yield held
        held = block
    if held is not None:
        yield held


def _continues(first: str, second: str) -> bool:
    """Whether `second` goes on with the sentence that `first` broke off."""
    if first[-1] in _ENDS and not (first[-1] in "）)”》" and second[0] in "，,。；;、)）"):
        return False
    if _NUMBERED.match(second) or _ITEM.match(second) or (second[0] in "（(" and _ITEM.match(second)):
        return False
    if _NUMBERED.match(first) and not re.search(r"[，,。；;]", first):
        # A long heading, its last characters carried over to the next page.
        return len(first) >= 18 and len(second) <= 4 and second != "无" and not re.search(r"[。，\d]", second)
    if re.fullmatch(r"[\d年月日\s〇○零一二三四五六七八九十]+", second):
        return False
    unclosed = sum(c in "（(《“" for c in first) > sum(c in "）)》”" for c in first)
    return unclosed or bool(re.search(r"[，,。；;]", first))
