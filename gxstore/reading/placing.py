"""Where the numbers of a form go while its tables are read, and what stood beside them.

A cell that is printed twice alike is taken once; printed twice with different numbers it is unreadable.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from gxstore.catalogue import Catalogue, Indicator
from gxstore.catalogue.types import Severity
from gxstore.reading.grid import GridRow, Slot, is_running_head
from gxstore.reading.labels import Labels
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
    loose: GridRow | None = None
    above: GridRow | None = None
    differing: dict[str, list[str]] = field(default_factory=dict)

    def put(
        self,
        indicator: Indicator,
        row: GridRow,
        slot: Slot,
        *,
        scope: str | None = None,
        header_unit: str | None = None,
    ) -> None:
        """Places the slot's text as the value of the indicator. A place that another cell covers has none."""
        if not slot.own:
            why = f"The number of {indicator.label} stands in a cell that covers other rows too."
            self.unreadable([indicator], row, [slot], why, scope)
            return
        money = indicator.value_type == "money"
        printed = parse(slot.text, indicator.unit, money=money, header_unit=header_unit)
        # In tables three and four the whole row is given up (`page_in_doubt`), or the sums have told.
        page = slot.page and indicator.table in ("t2", "stat")
        unsure = slot.doubtful or page or slot.shared
        status = "unreadable" if unsure else printed.status
        if indicator.value_type == "heading" and status == "not_applicable":
            status = "blank"
        self._begin(row)
        raw = slot.text
        if status == "blank" and self.above is not None and indicator.value_type != "heading":
            status, raw = "unreadable", self.above.text()
            self.doubt((indicator.code,), f"Numbers without a label stand above their row: {raw[:80]}")
        self._keep(
            Value(
                code=indicator.code,
                status=status,
                raw=raw,
                number=printed.number if status == "reported" else None,
                unit=printed.unit,
                printed_unit=printed.printed_unit,
                note=printed.note,
                confidence=slot.cell.confidence,
                scope=scope,
                where=row.where(slot),
            )
        )
        self.recent.append((indicator.code, scope))
        if page:
            why = f"The number {slot.text} of {indicator.label} may be that of a page: it is missing among the others."
            self.doubt((indicator.code,), why)
        elif slot.shared:
            why = f"The number {slot.text} of {indicator.label} stands in a cell over several rows or columns: it is that of none."
            self.doubt((indicator.code,), why)
        elif unsure:
            self.doubt(
                (indicator.code,),
                f"The cell {indicator.label} of a scanned table is read as {slot.text!r}, and not surely "
                f"({slot.cell.confidence:.2f}): look at the page.",
            )
        elif printed.status == "unreadable":
            self.doubt(
                (indicator.code,), f"The cell {indicator.label} prints {slot.text!r}, which is no number."
            )

    def _begin(self, row: GridRow) -> None:
        """Forgets the row before, but for what it may have left to this one."""
        if self.recent_row != (row.document, row.table, row.number):
            self.recent, self.recent_row = [], (row.document, row.table, row.number)
            self.above, self.loose = self.loose, None

    def put_by_identities(self, indicator: Indicator, row: GridRow, slot: Slot, number: Decimal) -> None:
        """Places a number of a run. Its text is that of the cell on the page, which holds other numbers too."""
        value = Value(
            indicator.code,
            "reported",
            raw=slot.text,
            number=number,
            unit=indicator.unit,
            placed_by="identities",
            where=row.where(slot),
        )
        self._keep(value)

    def by_labels(self) -> dict[str, Decimal]:
        """code -> number of the report's own cells that were placed by their labels alone."""
        return {
            value.code: value.number
            for value in self.values.values()
            if value.number is not None and value.placed_by == "labels" and value.scope is None
        }

    def unreadable(
        self,
        indicators: Iterable[Indicator],
        row: GridRow,
        slots: Sequence[Slot],
        why: str,
        scope: str | None = None,
    ) -> None:
        """Marks cells whose numbers are on the page but whose places are in doubt; the text is kept as it stood."""
        self._begin(row)
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
        if is_running_head(row):
            # The number in front of it is that of the page, perhaps, and this one that of the row before.
            self.doubt_recent(row, "The head of a page with a number behind it follows their row")
        self._doubt_blanks(row.text())
        why = "its label is not in the form"
        self._tell_aside(table, row, why, "info" if harmless else "warning")

    def withdraw(self, table: str, cells: Sequence[Indicator], rows: Sequence[GridRow]) -> None:
        """Leaves rows aside that were placed, once others show that the cells are none of this table's."""
        codes = {cell.code for cell in cells}
        for key in [key for key in self.values if key[0] in codes]:
            del self.values[key]
        self.differing = {
            of: kept
            for of, found in self.differing.items()
            if (kept := [code for code in found if code not in codes])
        }
        self.findings = [finding for finding in self.findings if not codes & {*finding.codes}]
        self.doubtful.add(table)
        for row in rows:
            self.aside.append(
                Aside(table, row.text(), row.where(next(slot for slot in row.slots if slot.text)))
            )
            self._tell_aside(table, row, "the rows beside it show that it has no label of its own", "warning")

    def _tell_aside(self, table: str, row: GridRow, why: str, severity: Severity) -> None:
        message = f"A row of table {table} was left aside, {why}: {row.text()[:80]}"
        self.findings.append(Finding("read.row_aside", severity, (), None, None, message))

    def behind(self, row: GridRow) -> None:
        """A value stands alone behind the table: it may be that of the last row, whose blanks are in doubt then."""
        if row.behind and self.recent_row == (row.document, row.table, row.number):
            self._doubt_blanks(row.behind)

    def at_cut(self, row: GridRow) -> None:
        """Takes back what the row placed where the head of a page names another report and a number goes on behind it."""
        if row.cut is not None and self.recent_row == (row.document, row.table, row.number):
            self.doubt_recent(row.cut, "The head of another report with a number behind it follows their row")

    def _doubt_blanks(self, text: str) -> None:
        """Numbers without a label may be the second half of the row before: its blanks are in doubt."""
        taken = [
            key
            for key in self.recent
            if self.values[key].status == "blank" and not self.catalogue.by_code[key[0]].heading_row
        ]
        for key in taken:
            blank = self.values[key]
            self.values[key] = replace(blank, status="unreadable", raw=text)
        if taken:
            self.doubt(
                tuple(code for code, _ in taken),
                f"Numbers without a label follow their row: {text[:80]}",
            )

    def doubt_recent(self, row: GridRow, why: str) -> None:
        """Takes back what was placed last: the row that follows shows that its place is in doubt.

        What it holds may as well be that of the row below: a blank there is in doubt too.
        """
        self.loose = row
        for key in self.recent:
            raw = f"{self.values[key].raw} {row.text()}".strip()
            self.values[key] = replace(self.values[key], status="unreadable", number=None, raw=raw)
        if self.recent:
            self.doubt(tuple(code for code, _ in self.recent), f"{why}: {row.text()[:80]}")

    def merge(self, other: "Placed") -> None:
        """Takes over what was placed elsewhere."""
        for value in other.values.values():
            self._keep(value)
        self.aside.extend(other.aside)
        self.findings.extend(other.findings)
        self.doubtful |= other.doubtful
        for table, codes in other.differing.items():
            self.differing.setdefault(table, []).extend(codes)

    def extra(self, table: str, row: GridRow, slot: Slot, *, quiet: bool = False) -> None:
        """Leaves a single cell aside that stands under no label of the form; `quiet` where the column says so once."""
        self.aside.append(Aside(table, slot.text, row.where(slot)))
        if quiet:
            return
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
        self.differing.setdefault(self.catalogue.by_code[value.code].table, []).append(value.code)

    def took(self, table: str, kind: str, text: str, code: str, labels: Labels) -> None:
        """Notes that a label was taken for another than it prints, where it is misprinted."""
        if not labels.find(table, kind, text, exact=True) and labels.find(table, kind, text):
            message = (
                f"The label {text} of table {table} was taken for {code}, the nearest label of the form."
            )
            finding = Finding("read.label_taken", "note", (), text, code, message)
            if finding not in self.findings:
                self.findings.append(finding)

    def judge(self, cells: Sequence[Indicator], slots: Sequence[Slot], *, stream: bool) -> None:
        """Doubts the places of numbers among which blanks stand, if what is printed is not its own total.

        In a `stream` a blank leaves no line, and the number of a page may stand for it: there signs for nothing (/, —, 无),
        with which no sum of the form is assessed, are judged as blanks are.
        The identity judges the places only: with a blank the numbers may have moved by one, or not.
        """
        total = next(slot for cell, slot in zip(cells, slots, strict=True) if cell.col == "total")
        filled = [slot for slot in slots if slot.text]
        signs = stream and any(parse(slot.text).status in ("none", "not_applicable") for slot in filled)
        if (len(filled) == len(slots) and not signs) or not filled:
            return
        numbers = {id(slot): parse(slot.text).number or Decimal(0) for slot in filled}
        parts = sum(numbers[id(slot)] for slot in filled if slot is not total)
        if parts == numbers.get(id(total), Decimal(0)):
            return
        self.findings.append(
            Finding(
                "read.blank_in_doubt",
                "warning",
                tuple(cell.code for cell in cells),
                numbers.get(id(total)),
                parts,
                f"Blanks or signs for nothing stand beside {cells[0].label}, and what is printed does not add up to its total: "
                "a number may have moved.",
            )
        )

    def page_in_doubt(self, indicators: Sequence[Indicator], row: GridRow, slots: Sequence[Slot]) -> bool:
        """Whether a number of a stream's row of tables three and four may be that of a page; the row is unreadable then.

        With a blank in the row such a number moves the others. The sums tell, if all their numbers can be read: the
        places of the slots are those of the indicators.
        """
        if not any(slot.page for slot in slots):
            return False
        groups: dict[str, list[tuple[bool, Decimal | None]]] = {}
        for cell, slot in zip(indicators, slots, strict=True):
            groups.setdefault(cell.row, []).append((cell.col == "total", parse(slot.text).number))
        if all(_adds_up(group) for group in groups.values()):
            return False
        pages = " ".join(slot.text for slot in slots if slot.page)
        why = (
            f"The number {pages} in the row of {indicators[0].label} may be that of a page: "
            "it is missing among the others, and no sum says that it is none."
        )
        self.unreadable(indicators, row, slots, why)
        return True

    def finish(self) -> None:
        """One warning for each table that prints cells more than once, and differently."""
        for table, codes in self.differing.items():
            found = list(dict.fromkeys(codes))
            raw = self.values[next(key for key in self.values if key[0] == found[0])].raw
            self.doubt(
                tuple(found),
                f"Table {table} prints {len(found)} cells more than once, and differently; the first is {raw}.",
            )


def _adds_up(numbers: Sequence[tuple[bool, Decimal | None]]) -> bool:
    """Whether the numbers, each with whether it is the total, can all be read and add up."""
    known = [(is_total, number) for is_total, number in numbers if number is not None]
    total = sum(number for is_total, number in known if is_total)
    return len(known) == len(numbers) and sum(number for _, number in known) == 2 * total
