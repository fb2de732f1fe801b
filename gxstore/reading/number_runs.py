"""Runs of numbers: a row whose cells have lost what stood between them (`0 0 0 0 0 00`, `0 1 0 0 0 01`).

The identities of the form may say where such numbers belong, never what they are. A run is placed only where two
kinds of identity agree on it that share no cell but those of the run: the row's own (总计 is the sum of the others),
and for every single cell one that joins it to rows which were placed by their labels (第一项加第二项之和，等于第三项加第四项之和;
总计 of the outcomes). The columns name one number for each cell, so a wrong split needs them to be wrong: a misprint
in another row breaks the row's sum, and one in the run leaves figures that its columns do not name.

What is glued without a blank is cut into single figures or not at all: `123` may be 1|23 or 12|3. Nor is `20` cut: with
a blank cell in the row it may be one number, a misprint of the 2 that the column names.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from gxstore.catalogue import Catalogue, Rule
from gxstore.reading.findings import compare, one_row_for_three
from gxstore.reading.grid import GridRow, Slot
from gxstore.reading.labels import Labels
from gxstore.reading.numbers import plain
from gxstore.reading.report import Finding

_TABLES = ("t2", "t3")
_FIGURES = re.compile(r"[0-9]+(?: [0-9]+)*")
_SEVERAL = re.compile(r"[+\-]?[0-9][0-9.,]*(?: [+\-]?[0-9][0-9.,]*)+|0[0-9]+")
_FIGURES_AT_THE_END = re.compile(r"\d\D{0,2}$")
_LARGER = re.compile(r"[1-9]0")
_LABEL_AND_FIGURES = re.compile(r"([^0-9０-９]+)([0-9０-９][0-9０-９\s]*)")
_ONE_LABEL_AND_FIGURES = re.compile(r"^(.*[^0-9０-９\s])(\s*[0-9０-９][0-9０-９\s]*)$")
# No office counts more requests than this many figures say.
_LONGEST = 9
Numbers = Mapping[str, Decimal]
_Instance = tuple[Rule, tuple[str, ...], tuple[str | int, ...]]


def runs_together(slots: Iterable[Slot], count: int) -> bool:
    """Whether fewer than `count` cells are filled and one of them holds several numbers, or one stood with a label.

    With all of them filled, a number with a blank in it (`1 234`) puts no other in doubt.
    """
    filled = [slot for slot in slots if slot.text]
    return any(slot.glued for slot in filled) or (
        len(filled) < count and any(_SEVERAL.fullmatch(plain(slot.text)) for slot in filled)
    )


def cut_off(row: GridRow, table: str, labels: Labels) -> list[GridRow]:
    """The row with figures that are glued to a label of the table's rows in slots of their own (`规章000`).

    A cell may hold several rows so (`规章000行政规范性文件303`): each label behind such figures begins a row.
    """
    if table not in _TABLES or not any(slot.words and slot.text[-1].isdigit() for slot in row.slots):
        return [row]
    rows: list[list[Slot]] = [[]]
    for slot in row.slots:
        pairs = _pairs(slot.text, table, labels) if slot.words else []
        if not pairs:
            if rows[-1] and rows[-1][-1].glued and slot.words:
                rows.append([])
            rows[-1].append(slot)
            continue
        for index, (label, figures) in enumerate(pairs):
            if index or (rows[-1] and rows[-1][-1].glued):
                rows.append([])
            rows[-1] += [
                Slot(slot.column, replace(slot.cell, text=label), own=True),
                Slot(slot.column, replace(slot.cell, text=figures), own=True, glued=True),
            ]
    return [replace(row, slots=tuple(slots)) for slots in rows] if any(s.glued for s in rows[0]) else [row]


def may_hide_numbers(row: GridRow) -> bool:
    """Whether a label of the row ends in figures, so that its numbers may stand there: `规章3件5件9件`."""
    return any(slot.words and _FIGURES_AT_THE_END.search(slot.text) for slot in row.slots)


def pieces_of(text: str) -> list[str] | None:
    """The figures of a cell between its blanks; None where it holds anything else (a sign, a unit, a footnote mark)."""
    clean = plain(text)
    if not _FIGURES.fullmatch(clean) or any(unicodedata.category(char) == "No" for char in text):
        return None
    return clean.split(" ")


def splits(pieces: Sequence[str], count: int) -> Iterator[tuple[int, ...]]:
    """The ways to read the pieces as `count` numbers: for each number, the index of the piece that it is taken from.

    A piece is one number (without a leading zero) or is cut into its figures, unless a part of it ends in zeros as a
    larger number may; so there are at most 2 ** count ways.
    """
    if len(pieces) > count:
        return
    if not pieces:
        if not count:
            yield ()
        return
    *before, last = pieces
    for many in dict.fromkeys((1, len(last))):
        if many == 1 and len(last) > 1 and (last[0] == "0" or len(last) > _LONGEST):
            continue
        if many > 1 and _LARGER.search(last):
            continue
        for rest in splits(before, count - many) if many <= count else ():
            yield (*rest, *(len(before),) * many)


def _numbers(pieces: Sequence[str], split: Sequence[int]) -> list[Decimal]:
    found: list[Decimal] = []
    for index, piece in enumerate(pieces):
        found.extend(map(Decimal, piece if split.count(index) > 1 else [piece]))
    return found


def _pairs(text: str, table: str, labels: Labels) -> list[tuple[str, str]]:
    """Label and figures, again and again to the end of the text; empty unless each label is one of the table's rows."""
    for pattern in (_LABEL_AND_FIGURES, _ONE_LABEL_AND_FIGURES):
        found = pattern.findall(text)
        whole = "".join(part for pair in found for part in pair) == text
        if found and whole and all(labels.find(table, "row", label, exact=True) for label, _ in found):
            return [(label.strip(), figures.strip()) for label, figures in found]
    return []


class Identities:
    """The sums of the form that judge where the numbers of a run belong."""

    def __init__(self, catalogue: Catalogue, edition: str | None) -> None:
        """Takes the identities of an edition; where it is not known, those that every six-section form has."""
        asked = {edition} if edition else {e.code for e in catalogue.editions if "t3" in e.tables}
        self._catalogue = catalogue
        self._instances: list[_Instance] = [
            (rule, left, right)
            for rule in catalogue.rules
            if rule.op == "=" and rule.severity == "error" and not rule.years and asked <= set(rule.editions)
            for left, right in rule.instances()
        ]

    def place(
        self, pieces: Sequence[str], codes: Sequence[str], numbers: Numbers
    ) -> list[tuple[Decimal, int]] | None:
        """The numbers of a run in the order of its cells, each with the index of its piece.

        Args:
            pieces: what the row prints behind its label, in order.
            codes: the cells of the row, in the order in which their columns are printed.
            numbers: code -> number, for every cell that was placed by its labels.

        Returns:
            None unless exactly one split satisfies the identities of the row and, cell by cell, those of the columns.
        """
        own = dict.fromkeys(codes, Decimal(0))
        touching = [i for i in self._instances if own.keys() & _cells(i, {**numbers, **own})]
        found = [
            (split, values)
            for split in splits(pieces, len(codes))
            if self._agree(
                dict(zip(codes, values := _numbers(pieces, split), strict=True)), numbers, touching
            )
        ]
        if len(found) != 1:
            return None
        split, values = found[0]
        return list(zip(values, split, strict=True))

    def hold_across(self, row: Collection[str], asked: Collection[str], numbers: Numbers) -> bool:
        """Whether each cell asked about stands in a sum over other rows than its own, and all such sums hold.

        Args:
            row: the cells of the row.
            asked: those of them that are asked about.
            numbers: code -> number; a sum that needs one left out does not hold.
        """
        answered = set[str]()
        for rule, left, right in self._instances:
            cells = _cells((rule, left, right), numbers)
            if cells <= set(row) or not cells & set(asked):
                continue
            if compare(rule, left, right, numbers, self._catalogue) is not True:
                return False
            answered |= cells
        return set(asked) <= answered

    def _agree(self, run: Numbers, numbers: Numbers, touching: Sequence[_Instance]) -> bool:
        every = {**numbers, **run}
        along, across = False, set[str]()
        for rule, left, right in touching:
            outcome = compare(rule, left, right, every, self._catalogue)
            if isinstance(outcome, Finding):
                return False
            cells = _cells((rule, left, right), every)
            if cells <= run.keys():
                along = outcome
            elif outcome:
                across |= cells & run.keys()
        return along and across == run.keys()


def _cells(instance: _Instance, numbers: Numbers) -> set[str]:
    """The cells that an identity joins."""
    _, left, right = instance
    terms = (*left, *one_row_for_three(right, numbers))
    return {term.removeprefix("-") for term in terms if isinstance(term, str)}
