"""Table two of the six-section form: blocks by clause of art. 20 of the 条例 (国办公开办函〔2019〕60号, 〔2021〕30号).

A row is found by its label, its numbers by the labels of the columns above it: by place where the row is laid out as
its head is, else only where the count after the label leaves no choice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading.grid import GridRow, Slot, contiguous, labels_in, last_label
from gxstore.reading.labels import Labels, normalise
from gxstore.reading.number_runs import may_hide_numbers, runs_together
from gxstore.reading.numbers import plain, unit_named
from gxstore.reading.placing import Placed

# 填报单位 is an office.
_CAPTION = re.compile(r"(?:^|[(,;、])(?:计量|金额|货币)?单位:([^():]+)\)?$")
_COMMENT = re.compile(r"\((.*)\)")
_EARLY = frozenset(
    ("newly_made", "newly_disclosed", "total_disclosed", "items_previous_year", "items_change", "projects")
)
_LATE = frozenset(("issued", "repealed", "in_force"))


@dataclass
class TableTwo:
    """Reads table two: blocks by clause of art. 20 of the 条例, each with its own column labels.

    `captions` has the units that stand over tables: (document, table) -> unit. `astray` says that the numbers of the
    block may be those of other rows or columns: why. `own` is the label of a column in the head of the block that the form
    does not have: as many numbers as the form has columns may then be others than those of its columns.
    """

    catalogue: Catalogue
    labels: Labels
    captions: Mapping[tuple[int, int], str] = field(default_factory=dict)
    caption: str | None = None
    astray: str | None = None
    own: str | None = None
    columns: list[tuple[str, int]] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    head: tuple[tuple[int, int], int, int] | None = None
    seen_columns: list[str] = field(default_factory=list)
    seen_rows: list[str] = field(default_factory=list)

    def take(self, row: GridRow, placed: Placed) -> None:
        """Reads one row."""
        code: str | None = None
        label_slot: Slot | None = None
        fragments = ""
        in_head = False
        self.caption = self.captions.get(row.of, self.caption)
        for slot in labels_in(row):
            name = normalise(slot.text)
            if name.startswith("第二十条"):
                self.columns, self.head, fragments, self.astray, self.own = [], None, "", None, None
                code = None if row.stream else code
            elif name == "信息内容":
                self.columns, fragments, in_head, self.astray, self.own = [], "", True, None, None
                code = None if row.stream else code
                self.head = (row.of, len(row.slots), slot.column)
            elif found := self._column(slot, fragments):
                if in_head and fragments and self._named(fragments + slot.text) is None:
                    self.own = fragments
                self.columns.append((found, slot.column))
                self.seen_columns.append(found)
                fragments = ""
            elif unit := unit_over(slot.text):
                if self.columns and code is None:
                    self.units[self.columns[-1][0]] = unit
                else:
                    self.caption = unit
            elif rows := self.labels.find("t2", "row", fragments + slot.text) or self.labels.find(
                "t2", "row", slot.text
            ):
                if (
                    row.stream
                    and in_head
                    and fragments
                    and not self.labels.find("t2", "row", fragments + slot.text)
                ):
                    self.astray = f"A column of its own stands among those of table two: {fragments}"
                code, label_slot, fragments = rows[0], slot, ""
            else:
                fragments += slot.text
        if in_head and fragments and code is None and not row.stream:
            self.own = fragments
        if code is None:
            values = [slot for slot in row.slots[last_label(row) + 1 :] if slot.text]
            if values and in_head and row.stream:
                self.astray = f"A number stands behind the head of its columns: {values[0].text}"
            if (values or may_hide_numbers(row)) and not in_head:
                if not labels_in(row):
                    placed.doubt_recent(row, "Numbers without a label follow their row")
                elif self.labels.begins("t2", fragments):
                    placed.loose = row
                placed.leave("t2", row)
            return
        if label_slot is not None:
            self.seen_rows.append(code)
            placed.took("t2", "row", label_slot.text, code, self.labels)
            self._place(code, row, label_slot, placed)

    def _column(self, slot: Slot, before: str) -> str | None:
        for words in (before + slot.text, slot.text):
            if found := self._named(words):
                self.units.pop(found, None)
                comment = _COMMENT.search(plain(words)) if found == "amount" else None
                if unit := unit_named(words) or (comment and comment[1]):
                    self.units[found] = unit
                return found
        return None

    def _named(self, words: str) -> str | None:
        """The column of the form that words name."""
        found = self.labels.find("t2", "column", words) or self.labels.find(
            "t2", "column", words.split("（")[0].split("(")[0]
        )
        return found[0] if found else None

    def _place(self, code: str, row: GridRow, label: Slot, placed: Placed) -> None:
        wanted = [self.catalogue.cell("t2", code, column) for column, _ in self.columns]
        cells = [cell for cell in wanted if cell is not None]
        after = [slot for slot in row.slots[row.slots.index(label) + 1 :] if slot.own]
        if not cells:
            placed.leave("t2", row)
            return
        if {column for column, _ in self.columns} not in self._forms(code):
            placed.doubtful.add("t2")
            placed.unreadable(
                cells, row, after, f"The columns above the row {label.text} are not those of the form."
            )
            return
        if self.astray is not None:
            placed.unreadable(cells, row, after, self.astray)
            return
        if runs_together(after, len(wanted)):
            # No identity of the form joins the numbers of a row of table two: nothing can say where a run is cut.
            why = f"The row {label.text} holds several numbers in one cell."
            placed.unreadable(cells, row, after, why)
            return
        if (aligned := self._aligned(row, label)) is not None:
            pairs = list(zip(wanted, aligned, strict=True))
            rest = [slot for slot in after if slot not in aligned and slot.text]
        elif self.own is not None:
            why = f"A column of its own stands among those of table two: {self.own}"
            placed.unreadable(cells, row, after, why)
            return
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
            if cell is not None:
                placed.put(cell, row, slot, header_unit=self._unit(cell, label))
            elif slot.text:
                placed.extra("t2", row, slot)

    def _unit(self, cell: Indicator, label: Slot) -> str | None:
        """The unit that the column, the row or the caption names; several that differ are no unit to read in."""
        beside = [unit_named(label.text), self.caption]
        if cell.value_type != "money":
            # An amount beside the label or over the table is that of the row's other cell.
            beside = [unit for unit in beside if unit is not None and not unit.endswith("元")]
        named = dict.fromkeys(unit for unit in (self.units.get(cell.col), *beside) if unit)
        return "/".join(named) or None

    def _forms(self, code: str) -> list[set[str]]:
        """The columns that a row has in each edition."""
        cells = [cell for cell in self.catalogue.of_table("t2") if cell.row == code]
        return [{c.col for c in cells if edition in c.editions} for edition in ("e2_2019", "e3_2021")]

    def _aligned(self, row: GridRow, label: Slot) -> list[Slot] | None:
        """The slots under the column labels, where the row is laid out as its head is."""
        if self.head is None or row.stream:
            return None
        table, width, start = self.head
        if table != row.of or len(row.slots) != width or label.column != start:
            return None
        places = [column for _, column in self.columns]
        if len(set(places)) != len(places) or min(places) <= start:
            return None  # the head itself is in pieces
        by_column = {slot.column: slot for slot in row.slots}
        slots = [by_column.get(column) for column in places]
        found = [slot for slot in slots if slot is not None and slot.own]
        if len(found) != len(slots):
            return None
        # A table that lost its lines is padded at the end: with the last value gone, any may be.
        if not row.drawn and not found[-1].text and any(slot.text for slot in found):
            return None
        return found

    def edition(self) -> str | None:
        """The edition that the column labels show."""
        votes = sum(c in _LATE for c in self.seen_columns) - sum(c in _EARLY for c in self.seen_columns)
        if "amount" in self.seen_columns and "art20_9.centralised_procurement" not in self.seen_rows:
            votes += 1
        if votes == 0:
            return None
        return "e3_2021" if votes > 0 else "e2_2019"

    def mixed(self) -> bool:
        """Whether columns of both editions were seen."""
        return not (_EARLY.isdisjoint(self.seen_columns) or _LATE.isdisjoint(self.seen_columns))


def unit_over(text: str) -> str | None:
    """The unit that a caption over a table names (单位：元), None where the text is none or names what is counted."""
    match = _CAPTION.search("".join(plain(text).split()))
    return unit_named(match[1]) if match else None
