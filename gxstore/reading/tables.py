"""The tables of a report: which they are, of which edition, and the value of every cell.

Rows are read in order over all tables, since a page break cuts one table into several and a layout table holds
several in one. A row says by its labels which table it belongs to; a row that does not say goes on with the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from archive.text.document import Document, Heading, Paragraph, Table
from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading import labels as label_index
from gxstore.reading.grid import GridRow, Slot, is_label, labels_in, rows_of
from gxstore.reading.labels import Labels, normalise
from gxstore.reading.number_runs import cut_off
from gxstore.reading.placing import Placed
from gxstore.reading.report import Aside, Finding, LocalEntry, TableSeen, Value, Why
from gxstore.reading.stat_table import StatTable
from gxstore.reading.table_four import TableFour
from gxstore.reading.table_three import TableThree
from gxstore.reading.table_two import TableTwo, unit_over

_KEYS = ("stat", "t2", "t3", "t4")
_SIGNS = {
    "stat": ("统计指标", "指标名称"),
    "t2": ("信息内容",),
    "t3": (
        "自然人",
        "科研机构",
        "法律服务机构",
        "申请人情况",
        "法人或其他组织",
        "本列数据的勾稽关系",
        "本列数据的勾嵇关系",
        "本年度办理结果",
    ),
    "t4": ("未经复议直接起诉", "复议后起诉"),
}


class _Reader(Protocol):
    def take(self, row: GridRow, placed: Placed) -> None: ...


@dataclass(frozen=True, slots=True)
class TablesRead:
    """What the tables gave. `values` has every cell of the editions observed, in the order of the form."""

    tables: tuple[TableSeen, ...]
    edition: str | None
    values: tuple[Value, ...]
    aside: tuple[Aside, ...]
    findings: tuple[Finding, ...]
    local: tuple[LocalEntry, ...]


def read_tables(documents: Sequence[Document], catalogue: Catalogue, year: int | None = None) -> TablesRead:
    """Reads all tables of the documents of one report; `year` is that of its title, where it names one."""
    labels = label_index.for_catalogue(catalogue)
    placed = Placed(catalogue)
    stat = StatTable(catalogue, labels, year, Placed(catalogue))
    two, three, four = (
        TableTwo(catalogue, labels, _captions(documents)),
        TableThree(catalogue, labels),
        TableFour(catalogue, labels),
    )
    readers: dict[str, _Reader] = {"stat": stat, "t2": two, "t3": three, "t4": four}
    current: str | None = None
    document = 0
    for row in rows_of(documents):
        if row.document != document:
            document, current = row.document, None
        for key, piece in _parts(row, current, labels):
            if key is not None:
                current = key
                for part in cut_off(piece, key, labels):
                    readers[key].take(part, placed)
    stat.finish(placed)
    three.finish(placed, two.edition())
    four.finish(placed)
    placed.finish()
    found = {table for code, _ in placed.values if (table := catalogue.by_code[code].table)}
    editions = _editions(found, two.edition(), three.edition(two.edition()))
    whole = _whole(editions)
    return TablesRead(
        tables=tuple(TableSeen(key, editions[key]) for key in _KEYS if key in found),
        edition=whole,
        values=tuple(_listed(placed, editions, whole, catalogue)),
        aside=tuple(placed.aside),
        findings=tuple(placed.findings),
        local=tuple(stat.local),
    )


def missing_values(edition: str, catalogue: Catalogue, why: Why = "table_not_published") -> tuple[Value, ...]:
    """Every cell of an edition as missing."""
    return tuple(_missing(indicator, why) for indicator in catalogue.of_edition(edition))


def _missing(indicator: Indicator, why: Why) -> Value:
    return Value(indicator.code, "missing", unit=indicator.unit, why=why)


def _captions(documents: Sequence[Document]) -> dict[tuple[int, int], str]:
    """The unit that the line directly over a table, or its first row, names, by document and table."""
    found: dict[tuple[int, int], str] = {}
    for number, document in enumerate(documents):
        for before, table in pairwise((None, *document.blocks)):
            if not isinstance(table, Table):
                continue
            over = [before.text] if isinstance(before, Heading | Paragraph) else []
            over += [cell.text for cell in table.cells if cell.row == 1]
            if units := list(filter(None, map(unit_over, over))):
                found[number, table.index] = units[0]
    return found


def _parts(row: GridRow, current: str | None, labels: Labels) -> list[tuple[str | None, GridRow]]:
    """The row with the table it belongs to. A stream's row is cut where the labels of another table begin."""
    if not row.stream:
        return [(_table_of(labels_in(row), current, labels), row)]
    pieces: list[tuple[str | None, list[Slot]]] = []
    for slot in row.slots:
        key = pieces[-1][0] if pieces else current
        if is_label(slot):
            key = _table_of([slot], key, labels)
        if pieces and pieces[-1][0] == key:
            pieces[-1][1].append(slot)
        else:
            pieces.append((key, [slot]))
    return [
        (key, GridRow(row.document, row.table, slots[0].cell.row, tuple(slots), 0, drawn=False, stream=True))
        for key, slots in pieces
    ]


def _table_of(slots: Sequence[Slot], current: str | None, labels: Labels) -> str | None:
    names = [normalise(slot.text).lstrip("(") for slot in slots]
    for key, signs in _SIGNS.items():
        if any(name.startswith(sign) for name in names for sign in signs):
            return key
    if any(name.startswith("第二十条") for name in names):
        return "t2"
    if current is not None and any(
        labels.find(current, kind, slot.text, exact=True)
        for slot in slots
        for kind in ("row", "column", "group")
    ):
        return current
    for key in _KEYS:
        kinds = ("row", "group") if key == "t4" else ("row",)
        for slot, name in zip(slots, names, strict=True):
            if len(name) >= 4 and any(labels.find(key, kind, slot.text, exact=True) for kind in kinds):
                return key
    if "结果维持" in names or "尚未审结" in names:
        return "t4"
    return current


def _editions(found: set[str], two: str | None, three: str | None) -> dict[str, str | None]:
    """The edition of each table found. Table four is the same in both editions and follows the others."""
    editions: dict[str, str | None] = {}
    if "stat" in found:
        editions["stat"] = "e1_2014"
    if "t2" in found:
        editions["t2"] = two
    if "t3" in found:
        editions["t3"] = three
    if "t4" in found:
        editions["t4"] = three or two
    return editions


def _whole(editions: dict[str, str | None]) -> str | None:
    """The edition of the report: that of table two, else of table three, else of the statistics table."""
    return next((edition for key in ("t2", "t3", "t4", "stat") if (edition := editions.get(key))), None)


def _listed(
    placed: Placed, editions: dict[str, str | None], whole: str | None, catalogue: Catalogue
) -> list[Value]:
    """Every cell of the editions observed, those that are missing too, and what else was printed."""
    if not editions:
        return []
    keys = list(editions)
    if whole is not None:
        keys = [*dict.fromkeys([*keys, *next(e.tables for e in catalogue.editions if e.code == whole)])]
    scopes = list(dict.fromkeys(scope for _, scope in placed.values)) or [None]
    values: list[Value] = []
    printed = set()
    for key in sorted(keys, key=_KEYS.index):
        edition = editions.get(key, whole)
        cells = list(catalogue.of_edition(edition, key)) if edition else list(catalogue.of_table(key))
        codes = {cell.code for cell in cells}
        cells += [cell for cell in catalogue.of_table(key) if cell.code not in codes]
        for cell in sorted(cells, key=lambda c: c.order):
            for scope in scopes if key == "stat" else [None]:
                value = placed.values.get((cell.code, scope))
                if value is not None:
                    values.append(value)
                    printed.add(cell.code)
                elif cell.code in codes and not (scope is None and len(scopes) > 1 and key == "stat"):
                    values.append(_absent(cell, key, scope, editions, placed))
    return values


def _absent(
    cell: Indicator, key: str, scope: str | None, editions: dict[str, str | None], placed: Placed
) -> Value:
    why: Why = "row_absent"
    if key not in editions:
        why = "table_not_published"
    elif key in placed.doubtful or cell.code in placed.doubtful:
        # A row of this table could not be told from others: it may be this one.
        why = "lost_in_extraction"
    return Value(cell.code, "missing", unit=cell.unit, why=why, scope=scope)
