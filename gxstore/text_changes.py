"""Which sentences of a narrative, and which rows of its tables, are others than before. Pure; the texts are those of conversion
records: a block a line, a row of a table with tabs between its cells."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_END = re.compile(r"(?<=[。！？!?；;])")


@dataclass(frozen=True, slots=True)
class TextChange:
    """A stretch of text that is another now; empty on one side where it was added or taken out. The lines are where it
    begins in either text, from 1."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    line_before: int
    line_after: int


@dataclass(frozen=True, slots=True)
class TextChanges:
    """What changed in the sentences, and in the rows of tables (cells parted by tabs)."""

    sentences: tuple[TextChange, ...]
    rows: tuple[TextChange, ...]


def compare_texts(before: str, after: str) -> TextChanges:
    """What changed from one text to another."""
    return TextChanges(
        tuple(_changes(list(_sentences(before)), list(_sentences(after)))),
        tuple(_changes(list(_rows(before)), list(_rows(after)))),
    )


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" not in line:
            yield from ((number, part.strip()) for part in _END.split(line) if part.strip())


def _rows(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line:
            yield number, line


def _changes(before: Sequence[tuple[int, str]], after: Sequence[tuple[int, str]]) -> Iterator[TextChange]:
    old, new = [text for _, text in before], [text for _, text in after]
    # rows of zeros are many and alike: none of them is passed over as common
    for kind, start, end, start_new, end_new in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield TextChange(
                tuple(old[start:end]),
                tuple(new[start_new:end_new]),
                _at(before, start),
                _at(after, start_new),
            )


def _at(lines: Sequence[tuple[int, str]], position: int) -> int:
    if position < len(lines):
        return lines[position][0]
    return lines[-1][0] + 1 if lines else 1
