"""Runs of numbers: a row whose cells have lost what stood between them (`0 0 0 0 0 00`, `1000001`).

The identities of the form may say where such numbers belong, never what they are. A run is placed only where two
kinds of identity agree on it that share no cell but those of the run: the row's own (总计 is the sum of the others),
and for every single cell one that joins it to rows which were placed by their labels (第一项加第二项之和，等于第三项加第四项之和;
总计 of the outcomes). One misprint in the table cannot make both agree on a wrong split: a misprint elsewhere
breaks the row's sum, a misprint in the run breaks its column.

What is glued without a blank is cut into single figures or not at all: `123` may be 1|23 or 12|3, and stays unread.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from gxstore.catalogue import Catalogue, Rule
from gxstore.reading.findings import compare, one_row_for_three
from gxstore.reading.numbers import parse, plain
from gxstore.reading.report import Finding

_FIGURES = re.compile(r"[0-9]+(?: [0-9]+)*")
# No office counts more requests than this many figures say.
_LONGEST = 9
Numbers = Mapping[str, Decimal]
_Instance = tuple[Rule, tuple[str, ...], tuple[str | int, ...]]


def is_run(text: str) -> bool:
    """Whether a cell holds figures, and blanks perhaps, that are not one number: `0 0 0`, `00`."""
    return pieces_of(text) is not None and parse(text).status == "unreadable"


def pieces_of(text: str) -> list[str] | None:
    """The figures of a cell between its blanks; None where it holds anything else (a sign, a unit, a footnote mark)."""
    clean = plain(text)
    if not _FIGURES.fullmatch(clean) or any(unicodedata.category(char) == "No" for char in text):
        return None
    return clean.split(" ")


def splits(pieces: Sequence[str], count: int) -> Iterator[tuple[int, ...]]:
    """The ways to read the pieces as `count` numbers: for each number, the index of the piece that it is taken from.

    A piece is one number (without a leading zero) or is cut into its figures; so there are at most 2 ** count ways.
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
        for rest in splits(before, count - many) if many <= count else ():
            yield (*rest, *(len(before),) * many)


def _numbers(pieces: Sequence[str], split: Sequence[int]) -> list[Decimal]:
    found: list[Decimal] = []
    for index, piece in enumerate(pieces):
        found.extend(map(Decimal, piece if split.count(index) > 1 else [piece]))
    return found


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
            numbers: code -> number, for every cell of the form that was placed by its labels and is not in doubt.

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
