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
from gxstore.reading.applicants import LEGAL_PERSONS, OVER_TWO_ROWS, TABLE, TOTAL, Heads
from gxstore.reading.grid import GridRow, Slot, contiguous, is_label, is_prose
from gxstore.reading.labels import Labels, is_numeral, normalise
from gxstore.reading.number_runs import Identities, Numbers, may_hide_numbers, pieces_of, runs_together
from gxstore.reading.numbers import parse
from gxstore.reading.placing import Placed
from gxstore.reading.report import Finding

_T = TypeVar("_T")
# A row that its layout does not place: its code, the slots behind its label, the columns from left to right.
_Waiting = tuple[str, GridRow, list[Slot], list[str] | None]
_SIX = "outcome.other_handling"
_ALL = "outcome.total"
# A row that sums up its group is no row of the form.
_SUBTOTAL = "小计"
_FEWEST_ROWS = 3
_FEWEST_SUMS = 5
# Words that are printed where a number should be are few and short.
_MOST_WORDS, _LONGEST_WORD = 3, 8


@dataclass
class TableThree:
    """Reads table three."""

    catalogue: Catalogue
    labels: Labels
    group: str | None = None
    begun: bool = False
    half: tuple[str, GridRow] | None = None
    unnamed: GridRow | None = None
    above: set[TABLE] = field(default_factory=set)
    by_head: set[tuple[TABLE, int]] = field(default_factory=set)
    bundle: int = 0
    waiting: list[_Waiting] = field(default_factory=list)
    starts: dict[tuple[TABLE, int, int], set[int]] = field(default_factory=dict)
    seen_rows: list[str] = field(default_factory=list)
    blank_group: tuple[GridRow, list[Slot]] | None = None
    ones: list[GridRow] = field(default_factory=list)
    total: tuple[GridRow, str | None] | None = None
    codes: list[str] = field(init=False)
    heads: Heads = field(init=False)

    def __post_init__(self) -> None:
        self.codes = [column.code for column in self.catalogue.columns]
        self.heads = Heads(self.labels, self.codes)

    def take(self, row: GridRow, placed: Placed) -> None:
        """Reads one row."""
        if row.bundle != self.bundle:
            self.bundle, self.begun = row.bundle, False
            self.heads.forget()
        if self._is_subtotal(row):
            placed.leave("t3", row, harmless=True)
            return
        code, last, label = self._label(row)
        after = [slot for slot in row.slots[last + 1 :] if slot.own]
        has_values = any(slot.text for slot in after)
        if code is None:
            self.heads.take_foreign(row, self._row)
            self._numbers_without_a_label(row)
            self._without_row(row, last, has_values, placed)
            return
        if not has_values and (code == _SIX or _is_column_label(row)):
            if code == _SIX and len(after) >= len(self.codes):
                self.blank_group = (row, after)
            return
        if row.stream:
            self.heads.take_foreign(row, self._row)
        self.half = None
        self.begun = True
        self.heads.settle()
        self.seen_rows.append(code)
        if code == _SIX:
            self.ones.append(row)
        if code == _ALL:
            self._take_total(row, after, placed)
        placed.took("t3", "row", label, code, self.labels)
        self._place(code, row, after, placed)
        self.unnamed = None

    def _is_subtotal(self, row: GridRow) -> bool:
        """Whether a row sums up its group under a label that the form does not have; keeps the group in mind."""
        labels = [slot for slot in row.slots if is_label(slot)]
        if not (self.begun and labels and normalise(labels[-1].text) == _SUBTOTAL):
            return False
        if not any(slot.text for slot in row.slots[row.slots.index(labels[-1]) + 1 :]):
            return False
        for slot in labels:
            if groups := self.labels.find("t3", "group", slot.text, exact=True):
                self.group = groups[0]
        return True

    def _label(self, row: GridRow) -> tuple[str | None, int, str]:
        """The row that the labels name, the index of the last label, and the words; keeps the group in mind."""
        code: str | None = None
        text = words = ""
        last = -1
        head_alone = (
            not any(slot.text and not is_label(slot) for slot in row.slots)
            and sum(self.heads.column(slot) is not None for slot in row.slots if is_label(slot)) > 1
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
                code = _SIX if groups[0] == _SIX else None
                continue
            total_of_a_head = head_alone and normalise(slot.text) in TOTAL
            found = None if total_of_a_head else self._row(slot.text) or self._row(text)
            if found:
                code, words, text = found, text, ""
            elif self.heads.take(row, slot, begun=self.begun):
                text = ""
            elif code == _SIX:
                # The numbers are those of a row under （六） that the form does not have, and not the one row of 2019.
                code = None
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
            return f"{_SIX}.other" if self.group == _SIX and self.begun else None
        if name in TOTAL:
            return _ALL if self.begun else None
        found = self.labels.find("t3", "row", text)
        return found[0] if found else None

    def _numbers_without_a_label(self, row: GridRow) -> None:
        """Remembers numbers that stand above the next label; the numerals of the columns (1 to 7) are none."""
        texts = [slot.text for slot in row.slots if slot.text and not is_label(slot)]
        numerals = [str(number) for number in range(1, len(texts) + 1)]
        if len(texts) < 2 or texts == numerals:
            return
        if not row.stream:
            self.unnamed = row
        elif any(self.heads.column(slot) is not None for slot in row.slots if is_label(slot)):
            # Each label of the stream has its numbers in front of it.
            self.above.add(row.of)

    def _without_row(self, row: GridRow, last: int, has_values: bool, placed: Placed) -> None:
        if not (has_values or may_hide_numbers(row)) or not self.begun:
            return
        if last >= 0 and self.half is not None and self.half[1] is row:
            return
        placed.leave("t3", row)

    def _place(self, code: str, row: GridRow, after: list[Slot], placed: Placed) -> None:
        cells = self.catalogue.across(code)
        order = self.heads.order(row)
        if row.of in self.above or (self.unnamed is not None and not any(slot.text for slot in after)):
            why = f"Numbers without a label stand above the row {code}, and may be its own."
            placed.unreadable(cells, row, [s for s in (self.unnamed or row).slots if not is_label(s)], why)
            placed.doubtful.add("t3")
            return
        if (some := self.heads.some_columns(row)) is not None:
            for column, slot in some:
                placed.put(cells[self.codes.index(column)], row, slot)
            return
        if order is None and any(slot.text for slot in after):
            why = f"The head above the row {code} does not say the order of its columns."
            placed.unreadable(cells, row, after, why)
            placed.doubtful.add("t3")
            return
        run = runs_together(after, len(self.codes))
        slots = None if run else self._by_head(row) or self._by_count(row, after, order or self.codes)
        if slots is None:
            if self._out_of_place(row, after, after):
                self.by_head.add((row.of, row.number))
            self.waiting.append((code, row, after, order))
            return
        self._put(cells, row, slots, placed)

    def _put(self, cells: Sequence[Indicator], row: GridRow, slots: Sequence[Slot], placed: Placed) -> None:
        if placed.page_in_doubt(cells, row, slots):
            return
        for cell, slot in zip(cells, slots, strict=True):
            placed.put(cell, row, slot)
        placed.judge(cells, slots, stream=row.stream)

    def _take_total(self, row: GridRow, after: Sequence[Slot], placed: Placed) -> None:
        """Withdraws a total that was the sum of its group alone (合计 under （六）), once another follows it."""
        cells = self.catalogue.across(_ALL)
        if self.total is not None:
            before, group = self.total
            printed = [slot.text for slot in after if slot.text]
            if printed != [slot.text for slot in before.slots if slot.text and not is_label(slot)] and all(
                self._sums_up(cell, group, placed) for cell in cells
            ):
                placed.withdraw("t3", cells, [before])
        self.total = (row, self.group)

    def _sums_up(self, cell: Indicator, group: str | None, placed: Placed) -> bool:
        """Whether the number placed in a cell of the total is the sum of the cells of a group above it."""
        total = placed.values.get((cell.code, None))
        rows = [
            value
            for (code, scope), value in placed.values.items()
            if group
            and scope is None
            and code.startswith(f"ar.t3.{group}.")
            and code.endswith(f".{cell.col}")
        ]
        if total is None or not rows or any(value.status == "unreadable" for value in rows):
            return False
        return total.number == sum(value.number or Decimal(0) for value in rows)

    def _by_head(self, row: GridRow) -> list[Slot] | None:
        columns = self.heads.columns(row)
        if columns is None or not row.full:
            return None
        by_column = {slot.column: slot for slot in row.slots}
        slots = [by_column[column] for column in columns if column in by_column]
        if len(slots) != 7:
            return None
        outside = [slot for slot in row.slots if slot.column not in columns and slot.text]
        if any(not slot.own or slot.cell.colspan > 1 for slot in slots):
            return None
        words = [slot for slot in slots if is_label(slot)]
        if words and not (len(words) <= _MOST_WORDS and self._are_no_labels(words, row, min(columns))):
            return None
        beside = [slot for slot in outside if not is_label(slot)]
        if beside and not self._stays_beside(row, slots, beside):
            return None
        return slots

    def _are_no_labels(self, words: Sequence[Slot], row: GridRow, first: int) -> bool:
        """Whether words in the columns of a drawn table are printed in the place of numbers (暂无, O), and no label: that of
        the row stands in front of the columns."""
        labelled = any(slot.column < first and is_label(slot) and self._row(slot.text) for slot in row.slots)
        return labelled and not any(
            len("".join(slot.text.split())) > _LONGEST_WORD
            or self.labels.find("t3", "row", slot.text)
            or self.labels.find("t3", "group", slot.text)
            or self.labels.begins("t3", slot.text)
            for slot in words
        )

    def _stays_beside(self, row: GridRow, slots: Sequence[Slot], beside: Sequence[Slot]) -> bool:
        """Whether what stands outside the seven columns is no number of theirs that has moved out of its place."""
        if any(slot.column not in self.heads.head.others.get(row.of, ()) for slot in beside):
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
        columns = self.heads.columns(row)
        if columns is None or {slot.column for slot in seven} == set(columns):
            return False
        return len(after) != 7 or bool(self.heads.head.others.get(row.of))

    def _total_is_a_number(self, slots: Sequence[Slot]) -> bool:
        """Whether the last of seven can be the total of the others: a remark behind them (/, 无, 100%) is none."""
        if parse(slots[-1].text).number is not None:
            return True
        return all(parse(slot.text).number is None for slot in slots)

    def _ordered(self, slots: Sequence[_T], order: list[str]) -> list[_T]:
        return [slots[order.index(code)] for code in self.codes]

    def finish(self, placed: Placed, of_table_two: str | None) -> None:
        """Settles the rows with blanks by the places of their sister rows, then runs of numbers, else gives them up.

        `of_table_two` is the edition that table two shows.
        """
        self._one_row_beside_three(placed)
        self._settle_blank_group(placed)
        self._settle_six_columns(placed)
        runs: list[_Waiting] = []
        for code, row, after, order in self.waiting:
            depth = row.slots.index(after[0]) if after else len(row.slots)
            starts = self.starts.get((row.of, len(row.slots), depth), set())
            if (row.of, row.number) in self.by_head or self._has_six_columns():
                # The head says where its numbers belong, and they do not stand there; or it has no label for one of
                # seven places, and no row has seven numbers.
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
            run = runs_together(after, len(self.codes))
            if not run and len(window) == 7 and not any(slot.text for slot in outside):
                slots = self._ordered(window, order or self.codes)
                if _adds_up(row, slots):
                    self._put(self.catalogue.across(code), row, slots, placed)
                    continue
            runs.append((code, row, after, order))
        identities = Identities(self.catalogue, self.edition(of_table_two))
        if runs:
            self._settle_runs(runs, placed, identities)
        self._answer_doubts(placed, identities)
        self._doubt_one_for_five(placed)

    def _answer_doubts(self, placed: Placed, identities: Identities) -> None:
        """A row whose total was left blank has no sum of its own; the sums of its columns answer for it.

        A number that had moved would be missing from the sum of one column and too many in that of another.
        """
        numbers = placed.by_labels() | {
            value.code: Decimal(0)
            for value in placed.values.values()
            if value.status == "blank" and value.scope is None
        }
        placed.findings[:] = [
            finding
            for finding in placed.findings
            if finding.rule != "read.blank_in_doubt"
            or finding.printed is not None
            or not identities.hold_across(
                finding.codes, [code for code in finding.codes if not code.endswith(".total")], numbers
            )
        ]

    def _settle_six_columns(self, placed: Placed) -> None:
        """Places the rows of a table that prints six of the seven columns: six labels in order, six numbers in each row,
        and in nearly all of them the last is the sum of the others. A row where it is not stays unread."""
        printed = [code for code in self.codes if code in self.heads.head.names]
        if not self._has_six_columns() or printed[-1] != OVER_TWO_ROWS[-1]:
            return
        rows = [(code, row, contiguous(after) or []) for code, row, after, order in self.waiting if order]
        adding = [
            (code, row, slots)
            for code, row, slots in rows
            if len(slots) == 6
            and None not in (numbers := [parse(slot.text).number for slot in slots])
            and sum(filter(None, numbers[:-1])) == numbers[-1]
        ]
        if len(adding) < _FEWEST_SUMS or len(adding) * 10 < len(rows) * 9:
            return
        for code, row, slots in adding:
            for column, slot in zip(printed, slots, strict=True):
                placed.put(self.catalogue.across(code)[self.codes.index(column)], row, slot)
        done = {id(row) for _, row, _ in adding}
        self.waiting = [waiting for waiting in self.waiting if id(waiting[1]) not in done]

    def _has_six_columns(self) -> bool:
        """Whether the head prints six labels and no row seven numbers."""
        return len(self.heads.head.names.keys() - {LEGAL_PERSONS}) == len(self.codes) - 1 and not self.starts

    def _doubt_one_for_five(self, placed: Placed) -> None:
        """Doubts a first column of 法人或其他组织 beside which the other four are blank from the first row to the last.

        A cell that spans the five, laid out without its span, looks the same.
        """
        five = [code for code in self.heads.head.order(self.codes) or () if code not in OVER_TWO_ROWS]
        rows = [
            [placed.values[cell.code, None] for cell in self.catalogue.across(row) if cell.col in five]
            for row in dict.fromkeys(self.seen_rows)
            if all((cell.code, None) in placed.values for cell in self.catalogue.across(row))
        ]
        read = [value for row in rows if all(v.status != "unreadable" for v in row) for value in row]
        filled = [value.code for value in read if value.status != "blank"]
        if len(filled) >= _FEWEST_ROWS and all(code.endswith(f".{five[0]}") for code in filled):
            codes = tuple(value.code for row in rows for value in row)
            why = f"Only the first of the five columns of {LEGAL_PERSONS} has numbers: they may be those of all five."
            placed.findings.append(Finding("read.blank_in_doubt", "warning", codes, None, None, why))

    def _one_row_beside_three(self, placed: Placed) -> None:
        """Numbers beside （六）其他处理 alone, where 2. or 3. are printed too, are not the one row of 2019: of the three
        rows of 2021 they may be the first, its label left blank, or their sum. They stay unread."""
        if not self.ones or not any(code.startswith(f"{_SIX}.") for code in self.seen_rows):
            return
        self.seen_rows = [code for code in self.seen_rows if code != _SIX]
        self.waiting = [waiting for waiting in self.waiting if waiting[0] != _SIX]
        placed.withdraw("t3", self.catalogue.across(_SIX), self.ones)

    def _settle_blank_group(self, placed: Placed) -> None:
        """（六）其他处理 with seven blanks is the one row of the 2019 form, unless its three rows of 2021 are printed."""
        if self.blank_group is None or any(code.startswith(_SIX) for code in self.seen_rows):
            return
        self.seen_rows.append(_SIX)
        self._place(_SIX, *self.blank_group, placed)

    def _settle_runs(self, runs: Sequence[_Waiting], placed: Placed, identities: Identities) -> None:
        """Places the runs that the identities settle, one by one: none is proof of another."""
        numbers = placed.by_labels()
        printed = Counter(code for code, *_ in runs)
        for code, row, after, order in runs:
            cells = self.catalogue.across(code)
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
            if found is None or slot.shared:
                return None
            pieces.extend((piece, slot) for piece in found)
        codes = [f"ar.t3.{code}.{column}" for column in order]
        split = identities.place([piece for piece, _ in pieces], codes, numbers)
        return [(number, pieces[index][1]) for number, index in split] if split else None

    def edition(self, of_table_two: str | None) -> str | None:
        """The edition by the rows under （六）其他处理; one row alone is printed in both."""
        if any(code.startswith(f"{_SIX}.") for code in self.seen_rows):
            return "e3_2021"
        if _SIX in self.seen_rows:
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
