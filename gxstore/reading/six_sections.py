"""Tables two, three and four of the six-section form (国办公开办函〔2019〕60号, 国办公开办函〔2021〕30号).

A row is found by its label within its group. Its numbers are found by column where the columns can be trusted, else
only where the count after the label leaves no choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading.grid import GridRow, Slot, is_label, is_prose, last_label
from gxstore.reading.labels import Labels, is_numeral, normalise
from gxstore.reading.numbers import parse
from gxstore.reading.placing import Placed

_TABLE = tuple[int, int]


def _table(row: GridRow) -> _TABLE:
    return (row.document, row.table)


def labels_in(row: GridRow) -> list[Slot]:
    """The slots of a row that hold labels; the numeral of a split label is none."""
    return [slot for slot in row.slots if is_label(slot) and not is_numeral(slot.text) and not is_prose(slot)]


def contiguous(slots: Sequence[Slot]) -> list[Slot] | None:
    """The filled slots, if no blank one stands between them."""
    filled = [index for index, slot in enumerate(slots) if slot.text]
    if filled and filled[-1] - filled[0] + 1 != len(filled):
        return None
    return [slots[index] for index in filled]


# Table two


@dataclass
class TableTwo:
    """Reads table two: blocks by clause of art. 20 of the 条例, each with its own column labels."""

    catalogue: Catalogue
    labels: Labels
    columns: list[tuple[str, int]] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    head: tuple[_TABLE, int, int] | None = None
    seen_columns: list[str] = field(default_factory=list)
    seen_rows: list[str] = field(default_factory=list)

    def take(self, row: GridRow, placed: Placed) -> None:
        """Reads one row."""
        code: str | None = None
        label_slot: Slot | None = None
        fragments = ""
        in_head = False
        for slot in labels_in(row):
            name = normalise(slot.text)
            if name.startswith("第二十条"):
                self.columns, self.head, fragments = [], None, ""
            elif name == "信息内容":
                self.columns, fragments, in_head = [], "", True
                self.head = (_table(row), len(row.slots), slot.column)
            elif found := self._column(slot, fragments):
                self.columns.append((found, slot.column))
                self.seen_columns.append(found)
                fragments = ""
            elif rows := self.labels.find("t2", "row", fragments + slot.text) or self.labels.find(
                "t2", "row", slot.text
            ):
                code, label_slot, fragments = rows[0], slot, ""
            else:
                fragments += slot.text
        if code is None:
            values = [slot for slot in row.slots[last_label(row) + 1 :] if slot.text]
            if values and not in_head:
                placed.leave("t2", row)
            return
        if label_slot is not None:
            self.seen_rows.append(code)
            self._place(code, row, label_slot, placed)

    def _column(self, slot: Slot, before: str) -> str | None:
        text = before + slot.text
        for words in (text, slot.text):
            found = self.labels.find("t2", "column", words) or self.labels.find(
                "t2", "column", words.split("（")[0].split("(")[0]
            )
            if found:
                inner = normalise(words)
                for unit in ("万元", "亿元", "元"):
                    if unit in inner:
                        self.units[found[0]] = unit
                        break
                return found[0]
        return None

    def _place(self, code: str, row: GridRow, label: Slot, placed: Placed) -> None:
        wanted = [self.catalogue.cell("t2", code, column) for column, _ in self.columns]
        cells = [cell for cell in wanted if cell is not None]
        after = list(row.slots[row.slots.index(label) + 1 :])
        if not cells:
            placed.leave("t2", row)
            return
        if {column for column, _ in self.columns} not in self._forms(code):
            placed.doubtful.add("t2")
            placed.unreadable(
                cells, row, after, f"The columns above the row {label.text} are not those of the form."
            )
            return
        if (aligned := self._aligned(row, label)) is not None:
            pairs = list(zip(wanted, aligned, strict=True))
            rest = [slot for slot in after if slot not in aligned and slot.text]
        else:
            filled = contiguous(after)
            if filled is not None and len(filled) == len(wanted):
                pairs, rest = list(zip(wanted, filled, strict=True)), []
            elif filled == [] and len(after) >= len(wanted):
                pairs, rest = list(zip(wanted, after, strict=False)), []
            else:
                placed.unreadable(
                    cells, row, after, f"The row {label.text} has not one value for each of its columns."
                )
                return
        if rest:
            placed.unreadable(cells, row, after, f"The row {label.text} has more values than columns.")
            return
        for cell, slot in pairs:
            placed.put(cell, row, slot, header_unit=self.units.get(cell.col) if cell else None)

    def _forms(self, code: str) -> list[set[str]]:
        """The columns that a row has in each edition."""
        cells = [cell for cell in self.catalogue.of_table("t2") if cell.row == code]
        return [{c.col for c in cells if edition in c.editions} for edition in ("e2_2019", "e3_2021")]

    def _aligned(self, row: GridRow, label: Slot) -> list[Slot] | None:
        """The slots under the column labels, where the row is laid out as its head is."""
        if self.head is None or row.stream:
            return None
        table, width, start = self.head
        if table != _table(row) or len(row.slots) != width or label.column != start:
            return None
        by_column = {slot.column: slot for slot in row.slots}
        slots = [by_column.get(column) for _, column in self.columns]
        found = [slot for slot in slots if slot is not None and slot.own]
        if len(found) != len(slots):
            return None
        # A table that lost its lines is padded at the end: with the last value gone, any may be.
        if not row.drawn and not found[-1].text and any(slot.text for slot in found):
            return None
        return found

    def edition(self) -> str | None:
        """The edition that the column labels show."""
        early = {
            "newly_made",
            "newly_disclosed",
            "total_disclosed",
            "items_previous_year",
            "items_change",
            "projects",
        }
        late = {"issued", "repealed", "in_force"}
        votes = sum(c in late for c in self.seen_columns) - sum(c in early for c in self.seen_columns)
        if "amount" in self.seen_columns and "art20_9.centralised_procurement" not in self.seen_rows:
            votes += 1
        if votes == 0:
            return None
        return "e3_2021" if votes > 0 else "e2_2019"


def _is_column_label(row: GridRow) -> bool:
    """Whether 其他 or 总计 stands in the row without a numeral: the label of a column in a head printed again."""
    return any("".join(slot.text.split()) in ("其他", "总计", "合计") for slot in row.slots)


def _adds_up(row: GridRow, window: Sequence[Slot]) -> bool:
    """Whether a row with blanks can stand as it does: its total is printed; where the lines of the table are lost,
    what is printed adds up to it, since a padded row that lost a cell looks like one with a blank at its end."""
    if not window[-1].text:
        return False
    numbers = [parse(slot.text).number or Decimal(0) for slot in window]
    return row.drawn or sum(numbers[:-1]) == numbers[-1]


# Table three


@dataclass
class TableThree:
    """Reads table three: rows of requests by the kind of applicant, seven columns."""

    catalogue: Catalogue
    labels: Labels
    group: str | None = None
    heads: dict[_TABLE, dict[str, set[int]]] = field(default_factory=dict)
    table: _TABLE | None = None
    begun: bool = False
    orders: dict[_TABLE, list[str]] = field(default_factory=dict)
    half: tuple[str, GridRow] | None = None
    waiting: list[tuple[str, GridRow, list[Slot]]] = field(default_factory=list)
    starts: dict[tuple[_TABLE, int, int], set[int]] = field(default_factory=dict)
    seen_rows: list[str] = field(default_factory=list)

    def take(self, row: GridRow, placed: Placed) -> None:
        """Reads one row."""
        if _table(row) != self.table:
            before, self.table = self.table, _table(row)
            # A fragment after a page break goes on under the head of the table before it.
            if before in self.orders:
                self.orders.setdefault(self.table, self.orders[before])
        code, last = self._label(row)
        if not self.begun and not row.stream:
            self._order(row)
        after = list(row.slots[last + 1 :])
        has_values = any(slot.text for slot in after)
        if code is None:
            self._without_row(row, last, has_values, placed)
            return
        if not has_values and (code == "outcome.other_handling" or _is_column_label(row)):
            return
        self.half = None
        self.begun = True
        self.seen_rows.append(code)
        self._place(code, row, after, placed)

    def _label(self, row: GridRow) -> tuple[str | None, int]:
        """The row that the labels name, and the index of the last label; keeps the group in mind."""
        code: str | None = None
        text = ""
        last = -1
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
            found = self._row(slot.text) or self._row(text)
            if found:
                code, text = found, ""
            elif self._head(row, slot):
                text = ""
        if code is None and text and self.half is not None:
            found = self._row(self.half[0] + text)
            if found:
                return found, last
        if code is None and text and self.begun and self.labels.begins("t3", text):
            self.half = (text, row)
        return code, last

    def _row(self, text: str) -> str | None:
        name = normalise(text)
        if name in ("其他", "其它"):
            return (
                "outcome.other_handling.other"
                if self.group == "outcome.other_handling" and self.begun
                else None
            )
        if name in ("总计", "合计"):
            return "outcome.total" if self.begun else None
        found = self.labels.find("t3", "row", text)
        return found[0] if found else None

    def _head(self, row: GridRow, slot: Slot) -> bool:
        found = self.labels.find("t3", "column", slot.text)
        if not found or self.begun:
            return bool(found)
        head = self.heads.setdefault(_table(row), {})
        if slot.cell.colspan == 1:
            head.setdefault(found[0], set()).add(slot.column)
        return True

    def _order(self, row: GridRow) -> None:
        """A head that prints all seven columns in one row says their order."""
        named = [found[0] for slot in row.slots if (found := self.labels.find("t3", "column", slot.text))]
        if sorted(named) == sorted(self._codes()):
            self.orders[_table(row)] = named

    def _without_row(self, row: GridRow, last: int, has_values: bool, placed: Placed) -> None:
        if not has_values or not self.begun:
            return
        if last >= 0 and self.half is not None and self.half[1] is row:
            return
        numbers = [slot for slot in row.slots[last + 1 :] if slot.text]
        if numbers:
            placed.leave("t3", row)

    def _columns(self, row: GridRow) -> list[int] | None:
        """Where the seven columns stand, if the head of a drawn table says so without doubt."""
        if not row.drawn:
            return None
        head = self.heads.get(_table(row), {})
        if len(head) != 7 or any(len(columns) != 1 for columns in head.values()):
            return None
        places = [next(iter(head[column.code])) for column in self.catalogue.columns]
        if sorted(places) != list(range(min(places), min(places) + 7)):
            return None
        return places

    def _place(self, code: str, row: GridRow, after: list[Slot], placed: Placed) -> None:
        cells = self._cells(code)
        slots = self._by_head(row) or self._by_count(row, after)
        if slots is not None:
            for cell, slot in zip(cells, slots, strict=True):
                placed.put(cell, row, slot)
            return
        self.waiting.append((code, row, after))

    def _cells(self, code: str) -> list[Indicator]:
        cells = [self.catalogue.cell("t3", code, column.code) for column in self.catalogue.columns]
        return [cell for cell in cells if cell is not None]

    def _by_head(self, row: GridRow) -> list[Slot] | None:
        columns = self._columns(row)
        if columns is None or not row.full:
            return None
        by_column = {slot.column: slot for slot in row.slots}
        slots = [by_column[column] for column in columns if column in by_column]
        if len(slots) != 7:
            return None
        outside = [slot for slot in row.slots if slot.column not in columns]
        if any(not slot.own or slot.cell.colspan > 1 or is_label(slot) for slot in slots):
            return None
        if any(slot.text and not is_label(slot) for slot in outside):
            return None
        return slots

    def _by_count(self, row: GridRow, after: list[Slot]) -> list[Slot] | None:
        """Seven values in a row behind the label leave no choice; so do seven places of which the last is filled."""
        filled = contiguous(after)
        own = [slot for slot in after if slot.own]
        if filled is not None and len(filled) == 7:
            self._learn(row, after, filled[0])
            return self._ordered(row, filled)
        if not row.stream and not any(slot.text for slot in after) and len(own) >= 7:
            return own[:7]
        return None

    def _ordered(self, row: GridRow, slots: list[Slot]) -> list[Slot]:
        """The slots in the catalogue's order of columns; a head that prints 总计 first says so."""
        order = self.orders.get(_table(row)) if not row.stream else None
        if (columns := self._columns(row)) is not None:
            order = [code for _, code in sorted(zip(columns, self._codes(), strict=True))]
        if order is None:
            return slots
        return [slots[order.index(code)] for code in self._codes()]

    def _codes(self) -> list[str]:
        return [column.code for column in self.catalogue.columns]

    def _learn(self, row: GridRow, after: list[Slot], first: Slot) -> None:
        depth = row.slots.index(after[0])
        self.starts.setdefault((_table(row), len(row.slots), depth), set()).add(row.slots.index(first))

    def finish(self, placed: Placed) -> None:
        """Settles the rows with blanks by the places of their sister rows, else gives them up."""
        for code, row, after in self.waiting:
            cells = self._cells(code)
            depth = row.slots.index(after[0]) if after else len(row.slots)
            starts = self.starts.get((_table(row), len(row.slots), depth), set())
            if len(starts) == 1 and row.full and not row.stream:
                start = next(iter(starts))
                window = list(row.slots[start : start + 7])
                outside = [slot for slot in row.slots[depth:] if slot not in window]
            elif not starts and row.full and not row.stream:
                # No sister row to learn from: seven places behind the label, and the row is as long as the others.
                window, outside = [slot for slot in after if slot.own], []
            else:
                window, outside = [], []
            if len(window) == 7 and not any(slot.text for slot in outside) and _adds_up(row, window):
                for cell, slot in zip(cells, self._ordered(row, window), strict=True):
                    placed.put(cell, row, slot)
                continue
            label = row.slots[depth - 1].text if depth else ""
            placed.unreadable(
                cells,
                row,
                after,
                f"The row {label} has not seven values, and nothing says which are missing.",
            )

    def edition(self, of_table_two: str | None) -> str | None:
        """The edition by the rows under （六）其他处理; one row alone is printed in both."""
        if any(code.startswith("outcome.other_handling.") for code in self.seen_rows):
            return "e3_2021"
        if "outcome.other_handling" in self.seen_rows:
            return of_table_two or "e2_2019"
        return of_table_two


# Table four


@dataclass
class TableFour:
    """Reads table four: fifteen columns, three groups of five, one row of numbers."""

    catalogue: Catalogue
    labels: Labels
    groups: list[str] = field(default_factory=list)
    outcomes: dict[int, str] = field(default_factory=dict)
    stream_outcomes: list[str] = field(default_factory=list)
    width: tuple[_TABLE, int] | None = None
    rows: list[tuple[GridRow, list[Slot]]] = field(default_factory=list)

    def take(self, row: GridRow, placed: Placed) -> None:  # noqa: ARG002
        """Reads one row; nothing is placed before the last."""
        named = False
        for slot in labels_in(row):
            groups = self.labels.find("t4", "group", slot.text)
            if groups:
                named = True
                if groups[0] not in self.groups:
                    self.groups.append(groups[0])
            elif found := self.labels.find("t4", "column", slot.text, exact=True):
                named = True
                self.outcomes[slot.column] = found[0]
                self.stream_outcomes.append(found[0])
                self.width = (_table(row), len(row.slots))
        values = [slot for slot in row.slots[last_label(row) + 1 :] if slot.own]
        if any(slot.text for slot in values) and (row.stream or not named):
            self.rows.append((row, values))

    def finish(self, placed: Placed) -> None:
        """Places the one row of numbers; two rows, or a count that is not fifteen, stay unread."""
        cells = list(self.catalogue.of_table("t4"))
        if not self.rows:
            return
        row, values = self.rows[0]
        if len(self.rows) > 1:
            texts = {tuple(slot.text for slot in slots) for _, slots in self.rows}
            if len(texts) > 1:
                every = [slot for _, slots in self.rows for slot in slots]
                placed.unreadable(cells, row, every, "Table four has more than one row of numbers.")
                return
        slots = self._by_head(row) or contiguous(values)
        if slots is None or len(slots) != 15 or not self._regular():
            placed.unreadable(cells, row, values, "Table four has not fifteen values under fifteen labels.")
            return
        for cell, slot in zip(cells, slots, strict=True):
            placed.put(cell, row, slot)
        for slot in (slot for slot in values if slot.text and slot not in slots):
            placed.extra("t4", row, slot)

    def _regular(self) -> bool:
        """Whether the outcomes, as far as they were found, come in the order of the form."""
        order = ["upheld", "corrected", "other", "pending", "total"]
        found = self._in_order()
        return not found or found == order * 3

    def _in_order(self) -> list[str]:
        by_column = [self.outcomes[column] for column in sorted(self.outcomes)]
        return by_column if len(by_column) == 15 else []

    def _by_head(self, row: GridRow) -> list[Slot] | None:
        if self.width != (_table(row), len(row.slots)) or row.stream or not self._in_order():
            return None
        by_column = {slot.column: slot for slot in row.slots}
        slots = [by_column[column] for column in sorted(self.outcomes) if column in by_column]
        if len(slots) != 15 or not all(slot.own for slot in slots):
            return None
        beside = any(slot.text and not is_label(slot) and slot not in slots for slot in row.slots)
        if all(slot.text for slot in slots):
            return slots
        # A value beside the columns and a blank under them: the row does not stand as its head does. Padding at the
        # end, or a head that is not in one piece, says that cells were lost or doubled.
        columns = sorted(self.outcomes)
        in_one_piece = columns[-1] - columns[0] == 14
        return slots if in_one_piece and not beside and (row.drawn or slots[-1].text) else None
