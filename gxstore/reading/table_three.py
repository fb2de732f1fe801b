"""Table three of the six-section form: rows of requests by the kind of applicant, seven columns.

A row is found by its label within its group. Its seven numbers are found by place where the head is drawn, else by
their count and the order in which the head prints its labels; without a head that says the order they stay unread.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading.applicants import APPLICANTS, LEGAL_PERSONS, OVER_TWO_ROWS, TABLE, TOTAL, Head
from gxstore.reading.grid import GridRow, Slot, contiguous, is_label, is_prose
from gxstore.reading.labels import Labels, is_numeral, normalise
from gxstore.reading.number_runs import Identities, Numbers, may_hide_numbers, pieces_of, runs_together
from gxstore.reading.numbers import parse
from gxstore.reading.placing import Placed
from gxstore.reading.report import Finding

_T = TypeVar("_T")
# A row that its layout does not place: its code, the slots behind its label, the columns from left to right.
_Waiting = tuple[str, GridRow, list[Slot], list[str] | None]
# Columns that some offices add; what stands under them is no number of the form.
_FOREIGN = frozenset({"序号", "代码", "编号", "行次", "小计", "备注", "单位"})
# Heads the row that numbers the columns.
_NUMERALS = "栏次"
_LONGEST_COLUMN = 6
_FEWEST_ROWS = 3


@dataclass
class TableThree:
    """Reads table three."""

    catalogue: Catalogue
    labels: Labels
    group: str | None = None
    begun: bool = False
    head: Head = field(default_factory=Head)
    again: Head | None = None
    half: tuple[str, GridRow] | None = None
    unnamed: GridRow | None = None
    above: set[TABLE] = field(default_factory=set)
    by_head: set[tuple[TABLE, int]] = field(default_factory=set)
    bundle: int = 0
    waiting: list[_Waiting] = field(default_factory=list)
    starts: dict[tuple[TABLE, int, int], set[int]] = field(default_factory=dict)
    seen_rows: list[str] = field(default_factory=list)
    blank_group: tuple[GridRow, list[Slot]] | None = None

    def take(self, row: GridRow, placed: Placed) -> None:
        """Reads one row."""
        if row.bundle != self.bundle:
            self.bundle, self.head, self.again, self.begun = row.bundle, Head(), None, False
        code, last, label = self._label(row)
        after = [slot for slot in row.slots[last + 1 :] if slot.own]
        has_values = any(slot.text for slot in after)
        if code is None:
            self._foreign_labels(row)
            self._numbers_without_a_label(row)
            self._without_row(row, last, has_values, placed)
            return
        if not has_values and (code == "outcome.other_handling" or _is_column_label(row)):
            if code == "outcome.other_handling" and len(after) >= len(self._codes()):
                self.blank_group = (row, after)
            return
        if row.stream:
            self._foreign_labels(row)
        self.half = None
        self.begun = True
        self._settle_head()
        self.seen_rows.append(code)
        placed.took("t3", "row", label, code, self.labels)
        self._place(code, row, after, placed)
        self.unnamed = None

    def _label(self, row: GridRow) -> tuple[str | None, int, str]:
        """The row that the labels name, the index of the last label, and the words; keeps the group in mind."""
        code: str | None = None
        text = words = ""
        last = -1
        head_alone = (
            not any(slot.text and not is_label(slot) for slot in row.slots)
            and sum(self._column(slot) is not None for slot in row.slots if is_label(slot)) > 1
        )
        for index, slot in enumerate(row.slots):
            if not is_label(slot) or is_prose(slot):
                continue
            last = index
            if is_numeral(slot.text):
                continue
            text += slot.text
            if groups := self.labels.find("t3", "group", slot.text, exact=True):
                self.group, text = groups[0], ""
                code = "outcome.other_handling" if groups[0] == "outcome.other_handling" else None
                continue
            total_of_a_head = head_alone and normalise(slot.text) in TOTAL
            found = None if total_of_a_head else self._row(slot.text) or self._row(text)
            if found:
                code, words, text = found, text, ""
            elif self._in_head(row, slot):
                text = ""
        if code is None and text and self.half is not None:
            found = self._row(self.half[0] + text)
            if found:
                return found, last, self.half[0] + text
        if code is None and text and self.begun and self.labels.begins("t3", text):
            self.half = (text, row)
        return code, last, words

    def _row(self, text: str) -> str | None:
        name = normalise(text)
        if name in ("其他", "其它"):
            return (
                "outcome.other_handling.other"
                if self.group == "outcome.other_handling" and self.begun
                else None
            )
        if name in TOTAL:
            return "outcome.total" if self.begun else None
        found = self.labels.find("t3", "row", text)
        return found[0] if found else None

    def _column(self, slot: Slot) -> str | None:
        name = normalise(slot.text)
        if name.startswith(LEGAL_PERSONS[:2]):
            return LEGAL_PERSONS
        found = self.labels.find("t3", "column", slot.text) or self.labels.cut("t3", "column", slot.text)
        return found[0] if found else None

    def _in_head(self, row: GridRow, slot: Slot) -> bool:
        """Whether a slot is a label of the head; if so it is remembered."""
        name = self._column(slot)
        foreign = normalise(slot.text) in _FOREIGN
        if name is None and not foreign:
            return False
        if self.begun and self.again is None:
            self.again = Head()
        head = self.again or self.head
        if foreign:
            head.add_foreign(slot, row)
        if name is not None:
            behind = row.slots[row.slots.index(slot) + 1 :][:1]
            whole = self._is_whole(name, slot.text, *(slot.text + rest.text for rest in behind))
            head.add(name, slot, row, torn=not whole)
        return name is not None

    def _foreign_labels(self, row: GridRow) -> None:
        """Remembers the labels of a row of the head that are no column of the form, such as 事业单位 or 占比.

        What stands left of 自然人 or of 申请人情况 heads the labels of the rows.
        """
        labels = [slot for slot in row.slots if is_label(slot) and not is_prose(slot)]
        names = [self._column(slot) for slot in labels]
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
            if self._ends_the_head(slot):
                return
            if name is None and text and not self._of_the_head(before, slot):
                head.add_foreign(slot, row)
            before = text

    def _ends_the_head(self, slot: Slot) -> bool:
        """Whether the rows of the form begin with this label of a stream."""
        text = slot.text
        return bool(
            self.labels.find("t3", "group", text, exact=True)
            or self._row(text)
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

    def _numbers_without_a_label(self, row: GridRow) -> None:
        """Remembers numbers that stand above the next label; the numerals of the columns (1 to 7) are none."""
        texts = [slot.text for slot in row.slots if slot.text and not is_label(slot)]
        numerals = [str(number) for number in range(1, len(texts) + 1)]
        if len(texts) < 2 or texts == numerals:
            return
        if not row.stream:
            self.unnamed = row
        elif any(self._column(slot) is not None for slot in row.slots if is_label(slot)):
            # Each label of the stream has its numbers in front of it.
            self.above.add(row.of)

    def _is_whole(self, name: str, *texts: str) -> bool:
        """Whether a label of the head is printed whole, or its rest right behind its first part."""
        if name == LEGAL_PERSONS:
            return any("组织" in normalise(text) for text in texts)
        return any(name in self.labels.find("t3", "column", text) for text in texts)

    def _settle_head(self) -> None:
        """A head printed again after a page break: the same as the first, or a new one, or reason for doubt."""
        again, self.again = self.again, None
        if again is None or (len(again.names) < 2 and not again.foreign):
            return
        before, now = self.head.order(self._codes()), again.order(self._codes())
        names = [name for name in again.names if name != LEGAL_PERSONS]
        if now is None and not again.foreign and before is not None and len(names) < len(before):
            rest = iter(before)
            if all(name in rest for name in names):
                return
        self.head = again

    def _without_row(self, row: GridRow, last: int, has_values: bool, placed: Placed) -> None:
        if not (has_values or may_hide_numbers(row)) or not self.begun:
            return
        if last >= 0 and self.half is not None and self.half[1] is row:
            return
        placed.leave("t3", row)

    def _columns(self, row: GridRow) -> list[int] | None:
        """Where the seven columns stand, if the head of a drawn table says so without doubt."""
        if not row.drawn:
            return None
        places = self.head.places.get(row.of, {})
        if any(len(places.get(code, ())) != 1 for code in self._codes()):
            return None
        columns = [next(iter(places[code])) for code in self._codes()]
        if sorted(columns) != list(range(min(columns), min(columns) + 7)):
            return None
        return columns

    def _some_columns(self, row: GridRow) -> list[tuple[str, Slot]] | None:
        """The slots of a drawn table that has some of the seven columns only, each with its column.

        The labels of its head stand side by side, one over each number; 法人或其他组织 may stand for its five, and its
        number is none of theirs.
        """
        places = self.head.places.get(row.of, {})
        found = {code: places[code] for code in self._codes() if code in places}
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

    def _place(self, code: str, row: GridRow, after: list[Slot], placed: Placed) -> None:
        cells = self._cells(code)
        order = self._order(row)
        if row.of in self.above or (self.unnamed is not None and not any(slot.text for slot in after)):
            why = f"Numbers without a label stand above the row {code}, and may be its own."
            placed.unreadable(cells, row, [s for s in (self.unnamed or row).slots if not is_label(s)], why)
            placed.doubtful.add("t3")
            return
        if (some := self._some_columns(row)) is not None:
            for column, slot in some:
                placed.put(cells[self._codes().index(column)], row, slot)
            return
        if order is None and any(slot.text for slot in after):
            why = f"The head above the row {code} does not say the order of its columns."
            placed.unreadable(cells, row, after, why)
            placed.doubtful.add("t3")
            return
        run = runs_together(after, len(self._codes()))
        slots = None if run else self._by_head(row) or self._by_count(row, after, order or self._codes())
        if slots is None:
            if self._out_of_place(row, after, after):
                self.by_head.add((row.of, row.number))
            self.waiting.append((code, row, after, order))
            return
        self._put(cells, row, slots, placed)

    def _put(self, cells: list[Indicator], row: GridRow, slots: Sequence[Slot], placed: Placed) -> None:
        for cell, slot in zip(cells, slots, strict=True):
            placed.put(cell, row, slot)
        placed.judge(cells, slots)

    def _cells(self, code: str) -> list[Indicator]:
        cells = [self.catalogue.cell("t3", code, column) for column in self._codes()]
        return [cell for cell in cells if cell is not None]

    def _order(self, row: GridRow) -> list[str] | None:
        """The columns from left to right: as drawn, else as printed."""
        if (columns := self._columns(row)) is not None:
            return [code for _, code in sorted(zip(columns, self._codes(), strict=True))]
        return self.head.order(self._codes())

    def _by_head(self, row: GridRow) -> list[Slot] | None:
        columns = self._columns(row)
        if columns is None or not row.full:
            return None
        by_column = {slot.column: slot for slot in row.slots}
        slots = [by_column[column] for column in columns if column in by_column]
        if len(slots) != 7:
            return None
        outside = [slot for slot in row.slots if slot.column not in columns and slot.text]
        if any(not slot.own or slot.cell.colspan > 1 or is_label(slot) for slot in slots):
            return None
        beside = [slot for slot in outside if not is_label(slot)]
        if beside and not self._stays_beside(row, slots, beside):
            return None
        return slots

    def _stays_beside(self, row: GridRow, slots: Sequence[Slot], beside: Sequence[Slot]) -> bool:
        """Whether what stands outside the seven columns is no number of theirs that has moved out of its place."""
        if any(slot.column not in self.head.others.get(row.of, ()) for slot in beside):
            return False
        if all(slot.text for slot in slots):
            return True
        numbers = [parse(slot.text).number or Decimal(0) for slot in slots]
        return bool(numbers[-1]) and sum(numbers[:-1]) == numbers[-1]

    def _by_count(self, row: GridRow, after: list[Slot], order: list[str]) -> list[Slot] | None:
        """Seven values in a row behind the label leave no choice; nor do seven places and no value."""
        filled = contiguous(after)
        if filled is not None and len(filled) == 7:
            if self._out_of_place(row, after, filled):
                return None
            if not self._total_is_a_number(self._ordered(filled, order)):
                return None
            depth = row.slots.index(after[0])
            key = (row.of, len(row.slots), depth)
            self.starts.setdefault(key, set()).add(row.slots.index(filled[0]))
            return self._ordered(filled, order)
        if not row.stream and not any(slot.text for slot in after) and len(after) >= 7:
            return after[:7]
        return None

    def _out_of_place(self, row: GridRow, after: Sequence[Slot], seven: Sequence[Slot]) -> bool:
        """Whether the drawn head says that the seven belong elsewhere.

        A row of a table cut by a page lacks the labels that reach over several rows, and so stands further left: that
        is no doubt where the seven are all that stands behind its label.
        """
        columns = self._columns(row)
        if columns is None or {slot.column for slot in seven} == set(columns):
            return False
        return len(after) != 7 or bool(self.head.others.get(row.of))

    def _total_is_a_number(self, slots: Sequence[Slot]) -> bool:
        """Whether the last of seven can be the total of the others: a remark behind them (/, 无, 100%) is none."""
        if parse(slots[-1].text).number is not None:
            return True
        return all(parse(slot.text).number is None for slot in slots)

    def _ordered(self, slots: Sequence[_T], order: list[str]) -> list[_T]:
        return [slots[order.index(code)] for code in self._codes()]

    def _codes(self) -> list[str]:
        return [column.code for column in self.catalogue.columns]

    def finish(self, placed: Placed, of_table_two: str | None) -> None:
        """Settles the rows with blanks by the places of their sister rows, then runs of numbers, else gives them up.

        `of_table_two` is the edition that table two shows.
        """
        self._settle_blank_group(placed)
        runs: list[_Waiting] = []
        for code, row, after, order in self.waiting:
            depth = row.slots.index(after[0]) if after else len(row.slots)
            starts = self.starts.get((row.of, len(row.slots), depth), set())
            if (row.of, row.number) in self.by_head:
                # The head says where its numbers belong, and they do not stand there.
                window = []
            elif len(starts) == 1 and row.full and not row.stream:
                start = next(iter(starts))
                window = [slot for slot in row.slots[start : start + 7] if slot.own]
            elif not starts and not row.stream and (row.full or _closed_by_a_number(row, after)):
                # No sister row to learn from: seven places behind the label, and the row is as long as the others,
                # or ends in a number, so that no place at its end was put there to fill it up.
                window = after
            else:
                window = []
            outside = [slot for slot in after if slot not in window]
            run = runs_together(after, len(self._codes()))
            if not run and len(window) == 7 and not any(slot.text for slot in outside):
                slots = self._ordered(window, order or self._codes())
                if _adds_up(row, slots):
                    self._put(self._cells(code), row, slots, placed)
                    continue
            runs.append((code, row, after, order))
        if runs:
            self._settle_runs(runs, placed, Identities(self.catalogue, self.edition(of_table_two)))
        self._doubt_one_for_five(placed)

    def _doubt_one_for_five(self, placed: Placed) -> None:
        """Doubts a first column of 法人或其他组织 beside which the other four are blank from the first row to the last.

        A cell that spans the five, laid out without its span, looks the same.
        """
        five = [code for code in self.head.order(self._codes()) or () if code not in OVER_TWO_ROWS]
        rows = [
            [placed.values[cell.code, None] for cell in self._cells(row) if cell.col in five]
            for row in dict.fromkeys(self.seen_rows)
            if all((cell.code, None) in placed.values for cell in self._cells(row))
        ]
        read = [value for row in rows if all(v.status != "unreadable" for v in row) for value in row]
        filled = [value.code for value in read if value.status != "blank"]
        if len(filled) >= _FEWEST_ROWS and all(code.endswith(f".{five[0]}") for code in filled):
            codes = tuple(value.code for row in rows for value in row)
            why = f"Only the first of the five columns of {LEGAL_PERSONS} has numbers: they may be those of all five."
            placed.findings.append(Finding("read.blank_in_doubt", "warning", codes, None, None, why))

    def _settle_blank_group(self, placed: Placed) -> None:
        """（六）其他处理 with seven blanks is the one row of the 2019 form, unless its three rows of 2021 are printed."""
        if self.blank_group is None or any(
            code.startswith("outcome.other_handling") for code in self.seen_rows
        ):
            return
        self.seen_rows.append("outcome.other_handling")
        self._place("outcome.other_handling", *self.blank_group, placed)

    def _settle_runs(self, runs: Sequence[_Waiting], placed: Placed, identities: Identities) -> None:
        """Places the runs that the identities settle, one by one: none is proof of another."""
        numbers = placed.by_labels()
        printed = Counter(code for code, *_ in runs)
        for code, row, after, order in runs:
            cells = self._cells(code)
            split = None
            if printed[code] == 1 and order is not None:
                split = self._split(code, after, order, identities, numbers)
            if split is None:
                label = next((slot.text for slot in reversed(row.slots) if is_label(slot)), "")
                why = f"The row {label} has not seven values, and nothing says which are missing."
                placed.unreadable(cells, row, after, why)
                continue
            for cell, (number, slot) in zip(cells, self._ordered(split, order or []), strict=True):
                placed.put_by_identities(cell, row, slot, number)

    def _split(
        self, code: str, after: Sequence[Slot], order: list[str], identities: Identities, numbers: Numbers
    ) -> list[tuple[Decimal, Slot]] | None:
        """The numbers of a run from left to right, each with its slot, if it is one and its identities settle it."""
        filled = contiguous(after)
        pieces: list[tuple[str, Slot]] = []
        for slot in filled or ():
            found = pieces_of(slot.text)
            if found is None:
                return None
            pieces.extend((piece, slot) for piece in found)
        codes = [f"ar.t3.{code}.{column}" for column in order]
        split = identities.place([piece for piece, _ in pieces], codes, numbers)
        return [(number, pieces[index][1]) for number, index in split] if split else None

    def edition(self, of_table_two: str | None) -> str | None:
        """The edition by the rows under （六）其他处理; one row alone is printed in both."""
        if any(code.startswith("outcome.other_handling.") for code in self.seen_rows):
            return "e3_2021"
        if "outcome.other_handling" in self.seen_rows:
            return of_table_two or "e2_2019"
        return of_table_two


def _is_column_label(row: GridRow) -> bool:
    """Whether 其他 or 总计 stands in the row without a numeral: the label of a column in a head printed again."""
    return any("".join(slot.text.split()) in ("其他", *TOTAL) for slot in row.slots)


def _closed_by_a_number(row: GridRow, after: Sequence[Slot]) -> bool:
    """Whether what stands behind the label of a row without lines is seven places, the last of them filled."""
    return not row.drawn and len(after) == 7 and bool(after[-1].text)


def _adds_up(row: GridRow, slots: Sequence[Slot]) -> bool:
    """Whether a row with blanks can stand as it does: its total is printed; where the lines of the table are lost,
    what is printed adds up to it, since a padded row that lost a cell looks like one with a blank at its end."""
    if not slots[-1].text:
        return False
    numbers = [parse(slot.text).number or Decimal(0) for slot in slots]
    return row.drawn or sum(numbers[:-1]) == numbers[-1]
