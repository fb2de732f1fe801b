"""Where the numbers of a form go while its tables are read, and what stood beside them.

A cell that is printed twice alike is taken once; printed twice with different numbers it is unreadable.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading.grid import GridRow, Slot
from gxstore.reading.numbers import parse
from gxstore.reading.report import Aside, Finding, Value, Where


@dataclass
class Placed:
    """What has been placed so far. Grows while the rows go by; only `read_tables` holds it."""

    catalogue: Catalogue
    values: dict[tuple[str, str | None], Value] = field(default_factory=dict)
    aside: list[Aside] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    recent: list[tuple[str, str | None]] = field(default_factory=list)
    recent_row: tuple[int, int, int] | None = None

    def put(
        self,
        indicator: Indicator | None,
        row: GridRow,
        slot: Slot,
        *,
        scope: str | None = None,
        header_unit: str | None = None,
    ) -> None:
        """Places the slot's text as the value of the indicator; None where the form has no such cell."""
        if indicator is None:
            if slot.text:
                self.aside.append(Aside("t2", slot.text, row.where(slot)))
            return
        money = indicator.value_type == "money"
        printed = parse(slot.text, indicator.unit, money=money, header_unit=header_unit)
        status = printed.status
        if indicator.value_type == "heading" and status == "not_applicable":
            status = "blank"
        self._keep(
            Value(
                code=indicator.code,
                status=status,
                raw=slot.text,
                number=printed.number if status == "reported" else None,
                unit=printed.unit,
                printed_unit=printed.printed_unit,
                note=printed.note,
                scope=scope,
                where=row.where(slot),
            )
        )
        if self.recent_row != (row.document, row.table, row.number):
            self.recent, self.recent_row = [], (row.document, row.table, row.number)
        self.recent.append((indicator.code, scope))
        if status == "unreadable":
            self.doubt(
                (indicator.code,), f"The cell {indicator.label} prints {slot.text!r}, which is no number."
            )

    def unreadable(
        self,
        indicators: Iterable[Indicator],
        row: GridRow,
        slots: Sequence[Slot],
        why: str,
        scope: str | None = None,
    ) -> None:
        """Marks cells whose numbers are on the page but whose places are in doubt; the text is kept as it stood."""
        raw = " ".join(slot.text for slot in slots if slot.text)
        where: Where | None = row.where(slots[0]) if slots else row.where(row.slots[-1])
        marked = []
        for indicator in indicators:
            marked.append(indicator.code)
            self._keep(
                Value(indicator.code, "unreadable", raw=raw, unit=indicator.unit, scope=scope, where=where)
            )
        self.doubt(tuple(marked), why)

    def doubt(self, codes: tuple[str, ...], message: str) -> None:
        """A warning about cells that were not read."""
        self.findings.append(Finding("read.unreadable", "warning", codes, None, None, message))

    def leave(self, table: str, row: GridRow, *, harmless: bool = False) -> None:
        """Leaves a row aside that the form does not have. Where it may be a row of the form, the table is doubtful."""
        slots = [slot for slot in row.slots if slot.text]
        if not slots:
            return
        self.aside.append(Aside(table, row.text(), row.where(slots[0])))
        if not harmless:
            self.doubtful.add(table)
        self._doubt_blanks(row)
        self.findings.append(
            Finding(
                "read.row_aside",
                "info" if harmless else "warning",
                (),
                None,
                None,
                f"A row of table {table} was left aside, its label is not in the form: {row.text()[:80]}",
            )
        )

    def _doubt_blanks(self, row: GridRow) -> None:
        """A row of numbers without a label may be the second half of the row before: its blanks are in doubt."""
        taken = [key for key in self.recent if self.values[key].status == "blank"]
        for key in taken:
            blank = self.values[key]
            self.values[key] = replace(blank, status="unreadable", raw=row.text())
        if taken:
            self.doubt(
                tuple(code for code, _ in taken),
                f"A row without a label follows their row: {row.text()[:80]}",
            )

    def extra(self, table: str, row: GridRow, slot: Slot) -> None:
        """Leaves a single cell aside that stands under no label."""
        self.aside.append(Aside(table, slot.text, row.where(slot)))
        message = f"A cell of table {table} stands under no label and was left aside: {slot.text}"
        self.findings.append(Finding("read.extra_cell", "info", (), None, None, message))

    def _keep(self, value: Value) -> None:
        key = (value.code, value.scope)
        before = self.values.get(key)
        if before is None:
            self.values[key] = value
            return
        same = (before.status, before.number, before.unit) == (value.status, value.number, value.unit)
        if same and value.status != "unreadable":
            return
        raw = " / ".join(text for text in (before.raw, value.raw) if text is not None)
        self.values[key] = Value(
            value.code, "unreadable", raw=raw, unit=before.unit, scope=value.scope, where=before.where
        )
        self.doubt((value.code,), f"The cell {value.code} is printed more than once, and differently: {raw}")
