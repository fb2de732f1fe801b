"""The tables of a report: which they are, of which edition, and the value of every cell.

Rows are read in order over all tables, since a page break cuts one table into several and a layout table holds
several in one. A row says by its labels which table it belongs to; a row that does not say goes on with the one before.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Protocol

from archive.text.document import Document, Heading, Paragraph, Table
from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading import labels as label_index
from gxstore.reading.grid import GridRow, Slot, is_label, labels_in, rows_of
from gxstore.reading.labels import Labels, normalise
from gxstore.reading.number_runs import cut_off
from gxstore.reading.numbers import COUNT_UNITS, MONEY_UNITS, plain
from gxstore.reading.placing import Placed
from gxstore.reading.report import Aside, Finding, LocalEntry, TableSeen, Value, Why
from gxstore.reading.stat_table import StatTable
from gxstore.reading.table_four import TableFour
from gxstore.reading.table_three import TableThree
from gxstore.reading.table_two import TableTwo, unit_over
from gxstore.reading.whose import Own, Whose, apart, lines_over, title_beside

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
# What stands in the form's own table and in no local one.
_SURE_SIGNS = {"t2": "第二十条", "t3": "申请人情况"}
_BEGIN_A_HEAD = frozenset(("统计指标", "指标名称", "指标", "项目", "序号", "信息内容", "申请人情况"))
# The head of a table that holds years against each other: 项目 | 2022年 | 2023年 | 增减.
_A_YEAR = re.compile(r"(20[0-4]\d)年?(?:度|全年)?(?:数据?|情况|数量)?")
_FEWEST_ROWS = 4
_LONGEST_NAME = 40
_TRANSITION = 2019
# A row with its table; and one that is not the report's own, with why.
_Piece = tuple[str, GridRow]
_Foreign = tuple[GridRow, str, str]


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


def read_tables(
    documents: Sequence[Document], catalogue: Catalogue, year: int | None, own: Own
) -> TablesRead:
    """Reads all tables of the documents of one report; `year` is that of its title, where it names one.

    A table told to be of another year or body, or of another edition than its year asks for while that one stands
    too, is left aside whole with a warning (`read.foreign_table`).
    """
    labels = label_index.for_catalogue(catalogue)
    captions = _captions(documents)
    pieces, foreign = _own_pieces(documents, labels, own)
    read = _Read(catalogue, labels, year, captions, pieces)
    if other := _of_another_edition(read, pieces, catalogue, year):
        foreign.extend(other)
        out = {id(row) for row, _, _ in other}
        pieces = [piece for piece in pieces if id(piece[1]) not in out]
        read = _Read(catalogue, labels, year, captions, pieces)
    placed = read.placed
    found = read.found
    editions = _editions(found, read.two.edition(), read.three.edition(read.two.edition()))
    whole = _whole(editions)
    aside, warned = _left_aside(foreign)
    return TablesRead(
        tables=tuple(TableSeen(key, editions[key]) for key in _KEYS if key in found),
        edition=whole,
        values=tuple(_listed(placed, editions, whole, catalogue)),
        aside=(*placed.aside, *aside),
        findings=(*placed.findings, *warned),
        local=tuple(read.stat.local),
    )


class _Read:
    """Rows given to the readers of their tables; what they placed."""

    def __init__(
        self,
        catalogue: Catalogue,
        labels: Labels,
        year: int | None,
        captions: Mapping[tuple[int, int], str],
        pieces: Sequence[_Piece],
    ) -> None:
        self.placed = Placed(catalogue)
        self.stat = StatTable(catalogue, labels, year, Placed(catalogue))
        self.two, self.three = TableTwo(catalogue, labels, captions), TableThree(catalogue, labels)
        four = TableFour(catalogue, labels)
        readers: dict[str, _Reader] = {"stat": self.stat, "t2": self.two, "t3": self.three, "t4": four}
        for key, row in pieces:
            for part in cut_off(row, key, labels):
                readers[key].take(part, self.placed)
            placed = self.stat.placed if key == "stat" else self.placed
            placed.behind(row)
            placed.at_cut(row)
        self.stat.finish(self.placed)
        self.three.finish(self.placed, self.two.edition())
        four.finish(self.placed)
        self.placed.finish()
        codes = (code for code, _ in self.placed.values)
        self.found = {table for code in codes if (table := catalogue.by_code[code].table)}


def _own_pieces(
    documents: Sequence[Document], labels: Labels, own: Own
) -> tuple[list[_Piece], list[_Foreign]]:
    """The rows of the report's own tables with the table they belong to, and the rows of tables that are not its own."""
    over = lines_over(documents, own)
    known = own.follow()
    pieces: list[_Piece] = []
    foreign: list[_Foreign] = []
    current: str | None = None
    of: tuple[int, int] | None = None
    block = bundle = 0
    blocks: dict[int, int] = {}
    caught = False
    rows = _by_panel(list(rows_of(documents)))
    compared = _comparing_years(rows)
    for row in rows:
        if row.bundle != bundle:
            current, bundle = None, row.bundle
            known.begin(bundle, title_beside(documents[bundle]))
        if row.of != of:
            of = row.of
            block += apart(over[of])
            for line, own_title in over[of].lines:
                known.line(line, title=own_title)
        for caption, part in _at_captions(row, known, labels):
            if caption:
                known.line(part.text())
                current = None
                caught = part.stream
                continue
            if caught and pieces and pieces[-1][1].of == part.of and _goes_on(part):
                of_table, last = pieces[-1]
                pieces[-1] = of_table, replace(last, cut=part)
                blocks[id(pieces[-1][1])] = blocks[id(last)]
            caught = False
            for key, piece in _parts(part, current, labels):
                if key is not None:
                    current = key
                    blocks[id(piece)] = block
                    if row.of in compared:
                        foreign.append((piece, key, f"its columns are years, {compared[row.of]}"))
                    elif known.foreign is not None:
                        foreign.append((piece, key, f"it stands under {known.foreign!r}"))
                    else:
                        pieces.append((key, piece))
    strays = _strays(pieces, blocks, labels)
    foreign.extend((row, key, "only a row or two of it have labels of the form") for key, row in strays)
    out = {id(row) for _, row in strays}
    return [piece for piece in pieces if id(piece[1]) not in out], foreign


def _by_panel(rows: Sequence[GridRow]) -> list[GridRow]:
    """The rows with tables that stand side by side in one (统计指标 | 单位 | 统计数 | 统计指标 | 单位 | 统计数) one below the other."""
    found: list[GridRow] = []
    for _, group in groupby(rows, key=lambda row: row.of):
        table = list(group)
        starts = next((columns for row in table if len(columns := _panels_of(row)) > 1), [])
        if not starts:
            found.extend(table)
            continue
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            first = start if start != starts[0] else 0
            for row in table:
                slots = tuple(s for s in row.slots if s.column >= first and (end is None or s.column < end))
                if any(slot.own for slot in slots):
                    width = row.width - len(row.slots) + len(slots)
                    found.append(replace(row, slots=slots, width=width, behind="" if end else row.behind))
    return found


def _panels_of(row: GridRow) -> list[int]:
    """The columns in which tables begin that stand side by side, by the head that each has."""
    if row.stream:
        return []
    return [slot.column for slot in row.slots if slot.own and normalise(slot.text) in _SIGNS["stat"]]


def _comparing_years(rows: Sequence[GridRow]) -> dict[tuple[int, int], str]:
    """The tables that hold the years against each other, with the years, by document and table. The form's own table has a
    head of its own."""
    heads: dict[tuple[int, int], tuple[str, ...]] = {}
    for row in rows:
        if row.of not in heads and not row.stream:
            names = [slot.text for slot in row.slots if slot.text]
            if len(names) > 1:
                heads[row.of] = tuple(
                    dict.fromkeys(
                        match[1]
                        for name in names
                        if len(name) <= _LONGEST_NAME and (match := _A_YEAR.fullmatch(normalise(name)))
                    )
                )
    years = {of: found for of, found in heads.items() if len(found) > 1}
    formal = {row.of for row in rows if row.of in years and any(map(_is_sign, row.slots))}
    return {of: "、".join(found) for of, found in years.items() if of not in formal}


def _is_sign(slot: Slot) -> bool:
    name = normalise(slot.text) if 0 < len(slot.text) <= _LONGEST_NAME else ""
    return any(name.startswith(sign) for signs in _SIGNS.values() for sign in signs)


def _at_captions(row: GridRow, known: Whose, labels: Labels) -> Iterator[tuple[bool, GridRow]]:
    """The row, or the parts of a stream's row, each with whether it is a caption that says whose the rows below are."""
    filled = [slot for slot in row.slots if slot.text]
    if not row.stream:
        yield len(filled) == 1 and _is_caption(filled[0], known, labels), row
        return
    held: list[Slot] = []
    in_head = False
    for slot in row.slots:
        # Behind the first label of a head a year is that of a column.
        in_head = in_head or normalise(slot.text) in _BEGIN_A_HEAD
        if in_head or not _is_caption(slot, known, labels):
            held.append(slot)
            continue
        if held:
            yield False, _of_stream(row, held)
            held = []
        yield True, _of_stream(row, [slot])
    if held:
        yield False, row if len(held) == len(row.slots) else _of_stream(row, held)


def _goes_on(row: GridRow) -> bool:
    """Whether a stream's row begins with a number, or with a unit, rather than with a label."""
    first = next((slot for slot in row.slots if slot.text), None)
    return first is not None and (not is_label(first) or plain(first.text) in (*COUNT_UNITS, *MONEY_UNITS))


def _is_caption(slot: Slot, known: Whose, labels: Labels) -> bool:
    return (
        is_label(slot)
        and known.turns(slot.text)
        and not any(labels.find(key, kind, slot.text) for key in _KEYS for kind in ("row", "column", "group"))
    )


def _of_stream(row: GridRow, slots: Sequence[Slot]) -> GridRow:
    """Some of the slots of a stream's row as a row of their own."""
    behind = row.behind if slots[-1] is row.slots[-1] else ""
    return replace(row, number=slots[0].cell.row, slots=tuple(slots), behind=behind)


def _strays(pieces: Sequence[_Piece], blocks: dict[int, int], labels: Labels) -> list[_Piece]:
    """The rows of local tables with a row or two of the form and no other sign of it, where its own table stands too.

    Tables with no text between them are one: a page break cut them.
    """
    rows: dict[tuple[str, int], list[GridRow]] = {}
    for key, row in pieces:
        if key in _SURE_SIGNS:
            rows.setdefault((key, blocks[id(row)]), []).append(row)
    strays: list[_Piece] = []
    for key, sign in _SURE_SIGNS.items():
        signed: set[int] = set()
        small: set[int] = set()
        for block in (block for of, block in rows if of == key):
            names = [slot for row in rows[key, block] for slot in labels_in(row)]
            known = {c for slot in names for c in labels.find(key, "row", slot.text, exact=True)}
            if any(normalise(slot.text).lstrip("(").startswith(sign) for slot in names):
                signed.add(block)
            elif len(known) < _FEWEST_ROWS:
                small.add(block)
        # What follows the form's table may be its rest, cut off by a page with much on it.
        if signed:
            strays += [
                (key, row) for block in sorted(small) if block < min(signed) for row in rows[key, block]
            ]
    return strays


def _of_another_edition(
    read: _Read, pieces: Sequence[_Piece], catalogue: Catalogue, year: int | None
) -> list[_Foreign]:
    """The rows of the tables of another edition than the year asks for, where tables of the one it asks for stand too.

    For 2019 the old statistics table and the new form were printed side by side: the new was asked for in November.
    """
    asked = catalogue.edition_of_year(year) if year else None
    if asked is None or year == _TRANSITION:
        return []
    others: set[str] = set()
    if "stat" in read.found and read.found - {"stat"}:
        others = set(_KEYS) - set(asked.tables)
    why = f"the form of {year} is {asked.code}"
    foreign = [(row, key, why) for key, row in pieces if key in others]
    if "t2" in others or not read.two.mixed():
        return foreign
    tables: dict[tuple[int, int], TableTwo] = {}
    scratch = Placed(catalogue)
    for key, row in pieces:
        if key == "t2":
            table = tables.setdefault(row.of, TableTwo(catalogue, label_index.for_catalogue(catalogue)))
            table.take(row, scratch)
    editions = {of: table.edition() for of, table in tables.items()}
    if asked.code not in editions.values():
        return foreign
    last: str | None = asked.code
    shown: dict[tuple[int, int], str | None] = {}
    for of, edition in editions.items():
        last = shown[of] = edition or last
    return foreign + [(row, key, why) for key, row in pieces if key == "t2" and shown[row.of] != asked.code]


def _left_aside(foreign: Sequence[_Foreign]) -> tuple[list[Aside], list[Finding]]:
    """The rows kept as text, and one warning for each table and what disowns it."""
    aside: list[Aside] = []
    count: Counter[tuple[str, str]] = Counter()
    for row, key, why in foreign:
        slots = [slot for slot in row.slots if slot.text]
        if slots:
            aside.append(Aside(key, row.text(), row.where(slots[0])))
            count[key, why] += 1
    return aside, [
        Finding(
            "read.foreign_table",
            "warning",
            (),
            why,
            None,
            f"A table {key} of {rows} rows is not this report's own and was left aside: {why}.",
        )
        for (key, why), rows in count.items()
    ]


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
    return [(key, _of_stream(row, slots)) for key, slots in pieces]


def _table_of(slots: Sequence[Slot], current: str | None, labels: Labels) -> str | None:
    names = [normalise(slot.text).lstrip("(") for slot in slots]
    for key, signs in _SIGNS.items():
        if any(name.startswith(signs) for name in names):
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
