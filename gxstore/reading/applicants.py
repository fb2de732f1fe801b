"""The head of table three: the labels of its seven columns, and the order in which they stand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gxstore.reading.grid import GridRow, Slot
from gxstore.reading.labels import normalise

TABLE = tuple[int, int]
LEGAL_PERSONS = "法人或其他组织"
TOTAL = ("总计", "合计")
# The columns whose labels run over two rows of the head, beside the five below 法人或其他组织.
OVER_TWO_ROWS = ("natural_person", "total")
APPLICANTS = "申请人情况"


@dataclass
class Head:
    """The labels of a head in the order of printing; a label printed again counts once."""

    names: dict[str, GridRow] = field(default_factory=dict)
    places: dict[TABLE, dict[str, set[int]]] = field(default_factory=dict)
    torn: set[str] = field(default_factory=set)
    others: dict[TABLE, set[int]] = field(default_factory=dict)
    foreign: bool = False

    def add(self, name: str, slot: Slot, row: GridRow, *, torn: bool) -> None:
        if torn and name not in self.names:
            self.torn.add(name)
        self.names.setdefault(name, row)
        if slot.cell.colspan == 1:
            self.places.setdefault(row.of, {}).setdefault(name, set()).add(slot.column)

    def add_foreign(self, slot: Slot, row: GridRow) -> None:
        """A label that is none of the form's: its column is no column of the form."""
        self.foreign = True
        self.others.setdefault(row.of, set()).update(range(slot.column, slot.column + slot.cell.colspan))

    def order(self, official: Sequence[str]) -> list[str] | None:
        """The columns from left to right, None where the head does not tell.

        The official head prints them over two rows: 法人或其他组织 stands for the five below it.
        """
        first, last = official[0], official[-1]
        printed = list(self.names)
        if {first, last} <= self.names.keys() and printed.index(last) < printed.index(first):
            if self.names[last].stream:
                # 总计 is printed in the first row of the head, on the far right, or it leads the columns: a stream of
                # cells cannot tell.
                return None
            if self.names[last] is not self.names[first]:
                return self._total_in_the_row_above(official)
        return self._in_printed_order(official, list(self.names))

    def _total_in_the_row_above(self, official: Sequence[str]) -> list[str] | None:
        """The columns where 总计 stands in a row above 自然人: it closes or leads them as it stands beside 申请人情况,
        else as it stands to the right or left of 自然人."""
        first, last = official[0], official[-1]
        six = self._in_printed_order(official[:-1], [name for name in self.names if name != last])
        if six is None:
            return None
        above = self.names[last]
        total = next((s.column for s in above.slots if normalise(s.text) in TOTAL), None)
        beside = next((s.column for s in above.slots if normalise(s.text) == APPLICANTS), None)
        if beside is None:
            columns = self.places.get(self.names[first].of, {}).get(first, set())
            beside = min(columns, default=None)
        if total is None or beside is None or total == beside:
            return None
        return [*six, last] if total > beside else [last, *six]

    def _in_printed_order(self, official: Sequence[str], printed: Sequence[str]) -> list[str] | None:
        first, last = official[0], official[-1]
        below = [name for name in official if name not in OVER_TWO_ROWS]
        names = [name for name in printed if name != LEGAL_PERSONS]
        five = [name for name in names if name in below]
        if self.foreign or not five or not self._together(five):
            return None
        around = [name for name in names if name not in below]
        if LEGAL_PERSONS in printed:
            before = printed.index(LEGAL_PERSONS)
            at = sum(1 for name in around if printed.index(name) < before)
            names = [*around[:at], *five, *around[at:]]
        elif names[:2] == [first, last] and (
            self.names[first].stream or self.names[first] is not self.names[five[0]]
        ):
            # The label over the five is lost; 总计 stands in the row above them, behind them all.
            names = [first, *five, last]
        if len(names) == len(official):
            return names
        # One label is lost: the six that are left must stand as they do in the form.
        in_order = names == [name for name in official if name in printed]
        return list(official) if in_order and len(names) == len(official) - 1 else None

    def _together(self, five: Sequence[str]) -> bool:
        """Whether the parts of labels that were cut in two stand with the others of their row, and so in their order."""
        for name in self.torn:
            others = five if name in five else [other for other in self.names if other not in five]
            if any(self.names[other] is not self.names[name] for other in others) or self.names[name].stream:
                return False
        return True
