"""Table four of the six-section form: fifteen numbers in one row, three groups of five outcomes.

What stands over a number says whose it is: where the head is drawn, the spans of its cells; where the lines were
lost, the order in which its labels are printed. A head that says neither leaves the row unread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading.grid import GridRow, Slot, contiguous, is_label, labels_in, last_label
from gxstore.reading.labels import Labels
from gxstore.reading.number_runs import runs_together
from gxstore.reading.numbers import parse
from gxstore.reading.placing import Placed
from gxstore.reading.report import Finding

_RECONSIDERATION = "reconsideration"
_LITIGATION = "litigation"
_SUITS = ("litigation_direct", "litigation_after_reconsideration")
_OUTCOMES = 5


@dataclass(frozen=True, slots=True)
class _Name:
    """A label of the head: a group or an outcome."""

    key: str
    is_group: bool
    slot: Slot
    row: GridRow

    @property
    def columns(self) -> range:
        """The columns that the cell spans."""
        return range(self.slot.column, self.slot.column + self.slot.cell.colspan)


@dataclass
class TableFour:
    """Reads table four."""

    catalogue: Catalogue
    labels: Labels
    groups: list[_Name] = field(default_factory=list)
    outcomes: list[_Name] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    rows: list[tuple[GridRow, list[Slot]]] = field(default_factory=list)
    left_blank: GridRow | None = None

    def take(self, row: GridRow, placed: Placed) -> None:
        """Reads one row; nothing is placed before the last."""
        names = [name for slot in labels_in(row) if (name := self._name(slot, row)) is not None]
        # A head that is printed again after a page break, or doubled by a converter, says nothing new.
        if row.text() not in self.seen:
            self.seen.add(row.text())
            for name in names:
                if name.is_group:
                    self.before.setdefault(name.key, len(self.outcomes))
                (self.groups if name.is_group else self.outcomes).append(name)
        values = [slot for slot in row.slots[last_label(row) + 1 :] if slot.own]
        if not any(slot.text for slot in values):
            if row.drawn and not names and len(self.outcomes) == 3 * _OUTCOMES:
                self.left_blank = self.left_blank or row
            return
        if row.stream or not names:
            self.rows.append((row, values))
        else:
            placed.leave("t4", row)

    def _name(self, slot: Slot, row: GridRow) -> _Name | None:
        if found := self.labels.find("t4", "group", slot.text):
            return _Name(found[0], True, slot, row)
        if found := self.labels.find("t4", "column", slot.text, exact=True):
            return _Name(found[0], False, slot, row)
        return None

    def finish(self, placed: Placed) -> None:
        """Places the one row of numbers; two rows, or a count that is not fifteen, stay unread."""
        every = self.catalogue.of_table("t4")
        if not self.rows:
            self._place_blanks(placed)
            return
        whole = [(r, slots) for r, slots in self.rows if sum(bool(s.text) for s in slots) == len(every)]
        if whole and all(
            sum(bool(s.text) for s in slots) == 1 for r, slots in self.rows if (r, slots) not in whole
        ):
            # Beside fifteen numbers a single one is that of a page.
            self.rows = whole
        row, values = self.rows[0]
        if len({tuple(slot.text for slot in slots) for _, slots in self.rows}) > 1:
            slots = [slot for _, slots in self.rows for slot in slots]
            placed.unreadable(every, row, slots, "Table four has more than one row of numbers.")
            return
        under = self._under_head(row)
        found = under or contiguous(values)
        cells = (self._by_span() if under else None) or self._by_order()
        if found is None or len(found) != len(every) or runs_together(values, len(every)):
            # A run stays unread: each number of table four is in the sum of its own group and in no other identity.
            placed.unreadable(every, row, values, "Table four has not fifteen values under fifteen labels.")
            return
        if cells is None:
            placed.unreadable(
                every, row, values, "The head of table four does not say what its numbers count."
            )
            return
        if _moved(found):
            placed.unreadable(
                every,
                row,
                values,
                "A blank at the edge of table four, and a total beside it that does not fit.",
            )
            return
        if row.cut is not None:
            why = "The head of another report with a number behind it follows table four: its last may be that of a page."
            placed.unreadable(every, row, [*values, *row.cut.slots], why)
            return
        if placed.page_in_doubt(cells, row, found):
            return
        by_code = {cell.code: slot for cell, slot in zip(cells, found, strict=True)}
        for cell in every:
            placed.put(cell, row, by_code[cell.code])
        for start in range(0, len(every), _OUTCOMES):
            group = every[start : start + _OUTCOMES]
            placed.judge(group, [by_code[cell.code] for cell in group], stream=row.stream)
        if row.stream and (off := _first_off(cells, found)):
            why = (
                f"{off.label} of table four is not the sum of its group. In a text that lost its lines a blank leaves no trace: "
                "a number may stand in the place of one, and others have moved from group to group."
            )
            codes = tuple(cell.code for cell in every)
            placed.findings.append(Finding("read.blank_in_doubt", "warning", codes, None, None, why))
        for slot in (slot for slot in values if slot.text and slot not in found):
            placed.extra("t4", row, slot)

    def _place_blanks(self, placed: Placed) -> None:
        """A table that is printed and whose one row was left blank was published: its cells are blank, not missing."""
        row = self.left_blank
        slots = self._under_head(row) if row is not None else None
        cells = self._by_span() or self._by_order()
        if row is not None and slots is not None and cells is not None:
            for cell, slot in zip(cells, slots, strict=True):
                placed.put(cell, row, slot)

    def _by_span(self) -> list[Indicator] | None:
        """The cells from left to right where each outcome of a drawn head stands under one group."""
        cells: list[tuple[int, Indicator]] = []
        for name in self.outcomes:
            above = [
                group
                for group in self.groups
                if group.key != _LITIGATION
                and name.row.drawn
                and group.row.of == name.row.of
                and group.row.number < name.row.number
                and name.slot.column in group.columns
            ]
            cell = self.catalogue.cell("t4", above[-1].key, name.key) if above else None
            if cell is None:
                return None
            cells.append((name.slot.column, cell))
        cells.sort(key=lambda found: found[0])
        every = self.catalogue.of_table("t4")
        found = [cell for _, cell in cells]
        whole = {cell.code for cell in found} == {cell.code for cell in every} and len(found) == len(every)
        groups = [{cell.row for cell in found[start : start + _OUTCOMES]} for start in (0, 5, 10)]
        return found if whole and all(len(group) == 1 for group in groups) else None

    def _by_order(self) -> list[Indicator] | None:
        """The cells from left to right where the order of the labels leaves no choice."""
        order = [name.key for name in self.outcomes]
        five = order[:_OUTCOMES]
        if len(set(five)) != _OUTCOMES or order != five * 3:
            return None
        keys = list(dict.fromkeys(group.key for group in self.groups))
        suits = [key for key in keys if key in _SUITS]
        if len(suits) != len(_SUITS) or _RECONSIDERATION not in keys:
            # Two suits named: what stands before them is 行政复议, if five outcomes do.
            if len(suits) != len(_SUITS) or self.before[suits[0]] != _OUTCOMES:
                return None
            keys.insert(0, _RECONSIDERATION)
        first = next(key for key in keys if key == _RECONSIDERATION or key.startswith(_LITIGATION))
        reconsidered_first = first == _RECONSIDERATION
        # The outcomes of 行政复议 are printed in one row with the names of the suits, before or behind them.
        if self.before[suits[0]] not in ((0, _OUTCOMES) if reconsidered_first else (0,)):
            return None
        groups = [_RECONSIDERATION, *suits] if reconsidered_first else [*suits, _RECONSIDERATION]
        if reconsidered_first and self.before[suits[0]] == 0 and self._beside(suits[0]):
            return None
        cells = [self.catalogue.cell("t4", group, outcome) for group in groups for outcome in five]
        found = [cell for cell in cells if cell is not None]
        return found if len(found) == len(cells) else None

    def _beside(self, suit: str) -> bool:
        """Whether outcomes stand in the row of a suit's name, behind it."""
        row = next(group.row for group in self.groups if group.key == suit)
        return not row.stream and any(name.row is row for name in self.outcomes)

    def _under_head(self, row: GridRow) -> list[Slot] | None:
        """The slots under the fifteen outcomes, where the row is laid out as its head is."""
        columns = sorted({name.slot.column for name in self.outcomes})
        head = self.outcomes[-1].row if self.outcomes else row
        if len(columns) != 15 or row.stream or (head.of, len(head.slots)) != (row.of, len(row.slots)):
            return None
        by_column = {slot.column: slot for slot in row.slots}
        slots = [by_column[column] for column in columns if column in by_column]
        if len(slots) != 15 or not all(slot.own for slot in slots):
            return None
        if all(slot.text for slot in slots):
            return slots
        # A value beside the columns and a blank under them: the row does not stand as its head does. Padding at the
        # end, or a head that is not in one piece, says that cells were lost or doubled.
        beside = any(slot.text and not is_label(slot) and slot not in slots for slot in row.slots)
        in_one_piece = columns[-1] - columns[0] == 14
        return slots if in_one_piece and not beside and (row.drawn or slots[-1].text) else None


def _first_off(cells: Sequence[Indicator], slots: Sequence[Slot]) -> Indicator | None:
    """The first total, of a row whose numbers can all be read, that is not the sum of its group."""
    for start in range(0, len(cells), _OUTCOMES):
        group = list(zip(cells[start : start + _OUTCOMES], slots[start : start + _OUTCOMES], strict=True))
        numbers = [(cell.col == "total", parse(slot.text).number) for cell, slot in group]
        known = [(is_total, number) for is_total, number in numbers if number is not None]
        total = sum(number for is_total, number in known if is_total)
        if len(known) == _OUTCOMES and sum(number for _, number in known) != 2 * total:
            return next(cell for cell, _ in group if cell.col == "total")
    return None


def _moved(slots: Sequence[Slot]) -> bool:
    """Whether a blank stands at the edge of the row and a group that is whole does not add up: a cell was lost."""
    if slots[0].text and slots[-1].text:
        return False
    groups = [slots[start : start + _OUTCOMES] for start in range(0, len(slots), _OUTCOMES)]
    for group in groups:
        numbers = [parse(slot.text).number for slot in group]
        whole = [number for number in numbers if number is not None]
        # The total may be printed first: it is the number that the others add up to.
        if len(whole) == _OUTCOMES and max(whole) * 2 != sum(whole):
            return True
    return False
