"""The head of table three: the labels of its seven columns, and the order in which they stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gxstore.reading.grid import GridRow, Slot, is_label, is_prose
from gxstore.reading.labels import Labels, is_numeral, normalise

TABLE = tuple[int, int]
LEGAL_PERSONS = "法人或其他组织"
TOTAL = ("总计", "合计")
# The columns whose labels run over two rows of the head, beside the five below 法人或其他组织.
OVER_TWO_ROWS = ("natural_person", "total")
APPLICANTS = "申请人情况"
# Columns that some offices add; what stands under them is no number of the form.
_FOREIGN = frozenset({"序号", "代码", "编号", "行次", "小计", "备注", "单位"})
# Heads the row that numbers the columns.
_NUMERALS = "栏次"
_LONGEST_COLUMN = 6


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
        if LEGAL_PERSONS in printed:
            sides = self._beside_the_five(official, printed, five)
            if sides is None:
                return None
            left, right = sides
            names = [*left, *five, *right]
        elif (
            [name for name in names if name not in below] == [first, last]
            and all(self.names[name] is not self.names[five[0]] for name in (first, last))
        ) or (names[:2] == [first, last] and self.names[first].stream):
            # The label over the five is lost; the two beside it stand in a row of their own.
            names = [first, *five, last]
        if self.names[five[0]].stream and first in names and names.index(first) > names.index(five[0]):
            # 自然人 stands behind the five, or its label was met below theirs: a stream of cells cannot tell.
            return None
        if len(names) == len(official):
            return names
        # One label is lost: the six that are left must stand as they do in the form.
        in_order = names == [name for name in official if name in printed]
        return list(official) if in_order and len(names) == len(official) - 1 else None

    def _beside_the_five(
        self, official: Sequence[str], printed: Sequence[str], five: Sequence[str]
    ) -> tuple[list[str], list[str]] | None:
        """The columns left and right of the five, in a head that names 法人或其他组织; None where it does not tell.

        A label stands beside 法人或其他组织 if in one row with it, beside the five if in one row with them. A text without
        lines may have a row of its own for the two labels that are drawn halfway between both.
        """
        first, last = official[0], official[-1]
        upper, lower = self.names[LEGAL_PERSONS], self.names[five[0]]
        around = [name for name in printed if name not in five and name != LEGAL_PERSONS]
        left: list[str] = []
        for name in around:
            row = self.names[name]
            if row is upper or row.stream:
                before = LEGAL_PERSONS
            elif row is lower:
                before = five[0]
            elif [name for name in around if self.names[name] is row] == [first, last]:
                before = last
            elif (name == first) is (printed.index(name) < printed.index(LEGAL_PERSONS)):
                # Cut off from the row of 法人或其他组织 by a break, on the side where the form has it.
                before = LEGAL_PERSONS
            else:
                return None
            if printed.index(name) < printed.index(before):
                left.append(name)
        right = [name for name in around if name not in left]
        if printed.index(five[0]) < printed.index(LEGAL_PERSONS) and (left, right) != ([first], [last]):
            return None  # what stands over the five was met below them, and so may be what stands beside it
        if upper is lower or upper.stream:
            # All in one row, or in a stream: of two ways to see it both must say the same, or one what the form says.
            as_in_the_form = left in ([first], []) and right in ([last], [])
            if not as_in_the_form and [*left, *five, *right] != [n for n in printed if n != LEGAL_PERSONS]:
                return None
        return left, right

    def _together(self, five: Sequence[str]) -> bool:
        """Whether the parts of labels that were cut in two stand with the others of their row, and so in their order."""
        for name in self.torn:
            others = five if name in five else [other for other in self.names if other not in five]
            if any(self.names[other] is not self.names[name] for other in others) or self.names[name].stream:
                return False
        return True


@dataclass
class Heads:
    """The heads of table three as its rows go by: the one that counts, and one printed again behind a page break."""

    labels: Labels
    codes: list[str]
    head: Head = field(default_factory=Head)
    again: Head | None = None

    def forget(self) -> None:
        """Begins a further document, whose tables have heads of their own."""
        self.head, self.again = Head(), None

    def column(self, slot: Slot) -> str | None:
        """The column that a label of the head names, or 法人或其他组织, which stands over five of them."""
        name = normalise(slot.text)
        if name.startswith(LEGAL_PERSONS[:2]):
            return LEGAL_PERSONS
        found = self.labels.find("t3", "column", slot.text) or self.labels.cut("t3", "column", slot.text)
        return found[0] if found else None

    def take(self, row: GridRow, slot: Slot, *, begun: bool) -> bool:
        """Whether a slot is a label of the head; if so it is remembered. `begun` says that rows of the table went by."""
        name = self.column(slot)
        foreign = normalise(slot.text) in _FOREIGN
        if name is None and not foreign:
            return False
        if begun and self.again is None:
            self.again = Head()
        head = self.again or self.head
        if foreign:
            head.add_foreign(slot, row)
        if name is not None:
            behind = row.slots[row.slots.index(slot) + 1 :][:1]
            whole = self._is_whole(name, slot.text, *(slot.text + rest.text for rest in behind))
            head.add(name, slot, row, torn=not whole)
        return name is not None

    def take_foreign(self, row: GridRow, is_row: Callable[[str], object]) -> None:
        """Remembers the labels of a row of the head that are no column of the form, such as 事业单位 or 占比.

        What stands left of 自然人 or of 申请人情况 heads the labels of the rows. `is_row` tells the labels of rows.
        """
        labels = [slot for slot in row.slots if is_label(slot) and not is_prose(slot)]
        names = [self.column(slot) for slot in labels]
        plain = [normalise(slot.text) for slot in labels]
        if APPLICANTS not in plain and sum(name is not None for name in names) < 2:
            return
        if APPLICANTS in plain:
            first = plain.index(APPLICANTS)
        else:
            first = next(index for index, name in enumerate(names) if name is not None)
            if names[first] not in (*OVER_TWO_ROWS, LEGAL_PERSONS):
                first = 0
        head = self.again or self.head
        before = ""
        for name, text, slot in zip(names[first:], plain[first:], labels[first:], strict=True):
            if self._ends_the_head(slot, is_row):
                return
            if name is None and text and not self._of_the_head(before, slot):
                head.add_foreign(slot, row)
            before = text

    def _ends_the_head(self, slot: Slot, is_row: Callable[[str], object]) -> bool:
        """Whether the rows of the form begin with this label of a stream."""
        text = slot.text
        return bool(
            self.labels.find("t3", "group", text, exact=True)
            or is_row(text)
            or (len(normalise(text)) > _LONGEST_COLUMN and self.labels.begins("t3", text))
        )

    def _of_the_head(self, before: str, slot: Slot) -> bool:
        """Whether a label is one of the official head, or the rest of one that was cut in two."""
        text = normalise(slot.text)
        if (
            text in APPLICANTS
            or text == _NUMERALS
            or "勾稽" in text
            or slot.text.strip()[0] in "（("
            or is_numeral(slot.text)
        ):
            return True
        whole = before + text
        return (
            whole.startswith(LEGAL_PERSONS[:2])
            or text in LEGAL_PERSONS
            or self.labels.ends("t3", "column", text)
            or bool(self.labels.cut("t3", "column", whole))
        )

    def _is_whole(self, name: str, *texts: str) -> bool:
        """Whether a label of the head is printed whole, or its rest right behind its first part."""
        if name == LEGAL_PERSONS:
            return any("组织" in normalise(text) for text in texts)
        return any(name in self.labels.find("t3", "column", text) for text in texts)

    def settle(self) -> None:
        """A head printed again after a page break: the same as the first, or a new one, or reason for doubt."""
        again, self.again = self.again, None
        if again is None or (len(again.names) < 2 and not again.foreign):
            return
        before, now = self.head.order(self.codes), again.order(self.codes)
        names = [name for name in again.names if name != LEGAL_PERSONS]
        if now is None and not again.foreign and before is not None and len(names) < len(before):
            rest = iter(before)
            if all(name in rest for name in names):
                return
        self.head = again

    def columns(self, row: GridRow) -> list[int] | None:
        """Where the seven columns stand, if the head of a drawn table says so without doubt."""
        places = self.head.places.get(row.of)
        if not row.drawn or places is None:
            return None
        columns: list[int] = []
        for code in self.codes:
            if len(found := places.get(code, ())) != 1:
                return None
            columns.extend(found)
        if sorted(columns) != list(range(min(columns), min(columns) + 7)):
            return None
        return columns

    def order(self, row: GridRow) -> list[str] | None:
        """The columns from left to right: as drawn, else as printed."""
        if (columns := self.columns(row)) is not None:
            return [code for _, code in sorted(zip(columns, self.codes, strict=True))]
        return self.head.order(self.codes)

    def some_columns(self, row: GridRow) -> list[tuple[str, Slot]] | None:
        """The slots of a drawn table that has some of the seven columns only, each with its column.

        The labels of its head stand side by side, one over each number; 法人或其他组织 may stand for its five, and its
        number is none of theirs.
        """
        places = self.head.places.get(row.of, {})
        found = {code: places[code] for code in self.codes if code in places}
        if not row.drawn or not row.full or not 0 < len(found) < 7 or self.head.foreign or self.head.torn:
            return None
        if any(name not in OVER_TWO_ROWS for name in found) or LEGAL_PERSONS not in self.head.names:
            labelled = list(found.values())
        else:
            labelled = [*found.values(), places.get(LEGAL_PERSONS, set())]
        if any(len(columns) != 1 for columns in labelled):
            return None
        columns = [next(iter(one)) for one in labelled]
        if sorted(columns) != list(range(min(columns), min(columns) + len(columns))):
            return None
        by_column = {slot.column: slot for slot in row.slots}
        if any(
            column not in by_column
            or not by_column[column].own
            or by_column[column].cell.colspan > 1
            or is_label(by_column[column])
            for column in columns
        ):
            return None
        if any(slot.text and not is_label(slot) and slot.column not in columns for slot in row.slots):
            return None
        return [(code, by_column[next(iter(one))]) for code, one in found.items()]
