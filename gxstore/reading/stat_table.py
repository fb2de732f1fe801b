"""The statistics table of 2014 to 2018, 政府信息公开情况统计表 (国办发〔2014〕32号): label, unit, number.

Some labels are printed twice (被依法纠错数, 其他情形数), under 四、行政复议 and 五、行政诉讼; the row above tells which.
Aggregating governments print several number columns; each is kept under the name of its column. Lists of an office's
own (2008 to 2013, and later where the form was not used) share a label or two with it and are kept as printed.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from archive.text.document import Cell
from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading.grid import GridRow, Slot, is_label, is_prose
from gxstore.reading.labels import Labels, is_numeral, normalise
from gxstore.reading.number_runs import runs_together
from gxstore.reading.numbers import COUNT_UNITS, MONEY_UNITS, plain
from gxstore.reading.placing import Placed
from gxstore.reading.report import Finding, LocalEntry

_UNITS = frozenset(COUNT_UNITS) | frozenset(MONEY_UNITS)
_OWN_COLUMN = re.compile(
    r"(?:年末|本年度?|当年)?(?:统计数据?|统计值|数量|数值|统计|合计数)|本年度?数?|当年数?"
)
_YEAR_COLUMN = re.compile(r"((?:19|20)\d{2})年?度?(?:统计数据?|统计值|数量|数值|数)?")
_OTHER_YEAR = re.compile(
    r"历年|(?<!本年)(?<!年度)(?<!全年)(?<!当年)累计|上年|上一年|去年|往年|前年|上期|以来|同比|同期|增减|增长|增幅"
    r"|比率|比例|占比|百分比|%|率$|季度?|半年|计划|目标|任务|预算|预计"
)
# Months are a part of the year unless they are all twelve.
_MONTHS = re.compile(r"\d月|[一二三四五六七八九十]月|月份")
_ALL_MONTHS = re.compile(r"(?<!\d)1月?(?:1日|份)?[至到~]?12月")
_SERIAL = re.compile(r"序号|代码|编号|行次|栏次|指标代码")
_REMARK = re.compile(r"备注|说明|注释?|填报(?:单位|部门|说明)?")
_BODY = re.compile(
    r"本级|全[省市县区州旗]|政府|单位|部门|乡|镇|街道|[省市县区]直|机关|汇总|合计|总计|[局委办厅院]$"
)
_TOTAL = re.compile(r"汇总数?|合计数?|总计|总数")
_LABEL_COLUMN = frozenset({"统计指标", "指标名称", "指标", "项目"})
_UNIT_COLUMN = frozenset({"单位", "计量单位"})
# A label this long is no chance likeness between a list of an office's own and the form.
_OWN_MARK = 10
_LIKE = 0.5

_Role = Literal["own", "scope", "other", "alien", "serial", "remark"]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column behind the labels: what its numbers are, and the scope they are kept under."""

    place: int
    name: str
    role: _Role


@dataclass
class StatTable:
    """Reads the statistics table. `year` is that of the report's title."""

    catalogue: Catalogue
    labels: Labels
    year: int | None
    placed: Placed
    context: str = ""
    columns: list[_Column] = field(default_factory=list)
    width: int = 0
    numbered: bool = False
    in_head: bool = False
    half: str = ""
    shifted: bool = False
    matched: set[str] = field(default_factory=set)
    marked: bool = False
    foreign: list[tuple[str, GridRow]] = field(default_factory=list)
    local: list[LocalEntry] = field(default_factory=list)

    def take(self, row: GridRow, placed: Placed) -> None:  # noqa: ARG002
        """Reads one row; what it holds is placed in `finish`, once it is known which form this is."""
        code: str | None = None
        label: Slot | None = None
        unit: Slot | None = None
        text = ""
        odd = False
        passed = False
        last = -1
        for index, slot in enumerate(row.slots):
            if _is_unit(slot):
                if (code is not None or text) and unit is None:
                    unit, last = slot, index
                continue
            if not is_label(slot) or is_prose(slot):
                continue
            if index + 1 < len(row.slots) and _is_unit(row.slots[index + 1]):
                # In a stream nothing else says where the head ends: what a unit follows is the label of a row.
                self.in_head = False
            if self._head(row, slot):
                if not row.stream:
                    return
                text = ""
                continue
            if is_numeral(slot.text) or normalise(slot.text) == "":
                if code is None and not text:
                    last = index
                # Behind a label it is no numeral of one but a value that cannot be read: （12）, 一.
                continue
            last = index
            text += slot.text
            for words in (slot.text, text, self.half + text):
                if found := self._row(words):
                    passed = passed or (code is not None and not self.catalogue.by_code[code].heading_row)
                    code, label, unit, text = found, slot, None, ""
                    self.in_head = False
                    self.placed.took("stat", "row", words, code, self.labels)
                    break
            else:
                odd = odd or code is not None
        self.in_head = False
        after = list(row.slots[last + 1 :])
        filled = any(slot.text for slot in after)
        self._keep(row, label.text if label else text, unit, after)
        if code is None:
            self._without_row(row, text, unit, filled)
            return
        cut_unit = plain(self.half)[-1:] in ("万", "亿")
        self.half = ""
        self.context = code
        cell = self.catalogue.by_code[code]
        self.matched.add(code)
        dashes = unit is not None and not plain(unit.text).strip("-")
        self.marked = self.marked or dashes or (label is not None and len(normalise(label.text)) >= _OWN_MARK)
        if row.stream and cell.heading_row:
            # In a stream a number behind a heading may be that of the row below, and so on to the next heading.
            self.shifted = filled
        if row.stream and not cell.heading_row and (self.shifted or (passed and not filled)):
            why = f"The number of {cell.label} may stand before its label, or be that of another row."
            self.placed.unreadable([cell], row, row.slots, why)
            return
        if odd or (cut_unit and unit is not None):
            why = f"The row {cell.label} holds other words beside its number, or its unit is cut in two."
            self.placed.unreadable([cell], row, row.slots, why)
            return
        assert label is not None
        between = row.slots[row.slots.index(label) + 1 : row.slots.index(unit)] if unit is not None else ()
        self._place(cell, unit, row, [slot for slot in between if slot.text], after)

    def _without_row(self, row: GridRow, text: str, unit: Slot | None, filled: bool) -> None:
        self.half = text if text and not filled else ""
        if text and filled:
            # Provinces print rows of their own between the official ones; `finish` says whether this may be one.
            self.foreign.append((text, row))
            if self.labels.begins("stat", text):
                # The second half of the label may follow, with no number of its own.
                self.placed.loose = row
            harmless = unit is not None or any(map(_is_unit, row.slots))
            self.placed.leave("stat", row, harmless=harmless)
        elif filled or any(slot.text and not is_label(slot) for slot in row.slots):
            # A number that belongs to no label may be that of the row before, whose own is then a page number.
            self.placed.doubt_recent(row, "A number without a label follows their row")
            self.placed.leave("stat", row)

    def _row(self, text: str) -> str | None:
        found = self.labels.find("stat", "row", text)
        if len(found) <= 1:
            return found[0] if found else None
        within = [code for code in found if code.rsplit(".", 1)[0] == _case_group(self.context)]
        return within[0] if len(within) == 1 else None

    def _head(self, row: GridRow, slot: Slot) -> bool:
        """Whether a slot is part of the head; the head of a row of cells is read whole."""
        name = normalise(slot.text)
        if name in _LABEL_COLUMN:
            self.columns, self.width, self.in_head = [], len(row.slots), row.stream
            self.numbered = row.stream and self.numbered
            if not row.stream:
                names = [
                    (s.column, normalise(s.text)) for s in row.slots if s.text and s.column > slot.column
                ]
                self.columns = [
                    _Column(column, words, self._role(words))
                    for column, words in names
                    if words not in _UNIT_COLUMN
                ]
            return True
        if name in _UNIT_COLUMN:
            return True
        if row.stream and _SERIAL.fullmatch(name):
            self.numbered = True
            return True
        if not row.stream:
            return bool(_OWN_COLUMN.fullmatch(name))
        in_head = self.in_head and not is_numeral(slot.text) and not self._row(slot.text)
        if in_head:
            self.columns.append(_Column(len(self.columns), name, self._role(name)))
        return in_head

    def _role(self, name: str) -> _Role:
        if _OWN_COLUMN.fullmatch(name):
            return "own"
        if year := _YEAR_COLUMN.fullmatch(name):
            return "own" if self.year is not None and int(year[1]) == self.year else "other"
        if _SERIAL.fullmatch(name):
            return "serial"
        if _REMARK.fullmatch(name):
            return "remark"
        if _OTHER_YEAR.search(name) or (_MONTHS.search(name) and not _ALL_MONTHS.search(name)):
            return "alien"
        return "scope" if _BODY.search(name) else "other"

    def _numbers(self) -> list[tuple[_Column, str | None]]:
        """The columns to read, and the scope of each; none where the head leaves it open which is the report's."""
        counted = [c for c in self.columns if c.role not in ("serial", "remark")]
        if len(counted) == 1:
            return [(counted[0], None)] if counted[0].role != "alien" else []
        own = [c for c in counted if c.role == "own"]
        scopes = [c for c in counted if c.role == "scope"]
        if len(own) > 1:
            return []
        return [*((c, None) for c in own), *((c, c.name) for c in scopes)]

    def _place(
        self, cell: Indicator, unit: Slot | None, row: GridRow, between: list[Slot], after: list[Slot]
    ) -> None:
        printed = plain(unit.text) if unit is not None else None
        # The unit of the row counts where it is of another kind than the cell, or another measure of money.
        money = cell.value_type == "money"
        foreign = printed in MONEY_UNITS or (money and printed in COUNT_UNITS)
        header_unit = printed if foreign and printed != cell.unit else None
        beside = [slot for slot in [*between, *after] if slot.own and slot.text]
        numbers = self._numbers()
        slots = self._by_column(row, [*between, *after], beside)
        alone = len(self.columns) <= 1 and (bool(numbers) or not self.columns)
        if alone and not self.numbered and (slots is None or not beside):
            self._place_one(cell, unit, row, between, after, header_unit)
            return
        if not numbers or slots is None or runs_together((slots[c.place] for c, _ in numbers), len(numbers)):
            for scope in [scope for _, scope in numbers] or [None]:
                where = [*between, *after] or [row.slots[-1]]
                self.placed.unreadable([cell], row, where, _MANY.format(cell.label), scope)
            return
        over = Counter(id(slots[c.place].cell) for c in self.columns if c.role not in ("serial", "remark"))
        for column, scope in numbers:
            slot = slots[column.place]
            if over[id(slot.cell)] > 1 and slot.cell.text.strip():
                slot = Slot(slot.column, slot.cell, own=True, shared=True)
            self.placed.put(cell, row, slot, scope=scope, header_unit=header_unit)
        for column in self._left_aside():
            if slots[column.place].text:
                self.placed.extra("stat", row, slots[column.place], quiet=True)

    def _left_aside(self) -> list[_Column]:
        taken = [column for column, _ in self._numbers()]
        return [column for column in self.columns if column.role in _ASIDE and column not in taken]

    def _by_column(self, row: GridRow, behind: list[Slot], filled: list[Slot]) -> dict[int, Slot] | None:
        """The slot of each column behind the label: by place where the row is as wide as its head, else by count."""
        if self.numbered or not self.columns:
            return None
        if not row.stream and self.width == len(row.slots):
            by_column = {slot.column: slot for slot in behind}
            found = {c.place: by_column[c.place] for c in self.columns if c.place in by_column}
            whole = len(found) == len(self.columns) and all(slot in found.values() for slot in filled)
            return found if whole else None
        if len(filled) != len(self.columns):
            return None
        return {column.place: slot for column, slot in zip(self.columns, filled, strict=True)}

    def _place_one(
        self,
        cell: Indicator,
        unit: Slot | None,
        row: GridRow,
        between: list[Slot],
        after: list[Slot],
        header_unit: str | None,
    ) -> None:
        """Places the one number of a row that no head, or a head of one number, stands over."""
        filled = [slot for slot in after if slot.own and slot.text]
        if between or len(filled) > 1:
            self.placed.unreadable([cell], row, [*between, *after], _MANY.format(cell.label))
        elif filled:
            self.placed.put(cell, row, filled[0], header_unit=header_unit)
        elif after:
            self.placed.put(cell, row, after[0], header_unit=header_unit)
        elif unit is not None:
            # The unit is printed and nothing behind it; nothing else could have stood there.
            self.placed.put(cell, row, Slot(0, _nothing(unit), own=True), header_unit=header_unit)

    def _keep(self, row: GridRow, label: str, unit: Slot | None, after: list[Slot]) -> None:
        """Keeps the row as printed, in case the table turns out to be a list of the office's own."""
        filled = [slot for slot in after if slot.text]
        names = (
            [c.name for c in self.columns] if len(self.columns) == len(filled) > 1 else [None] * len(filled)
        )
        words = plain(unit.text) if unit is not None else None
        if label:
            self.local.extend(
                LocalEntry(label, words, name, slot.text, row.where(slot))
                for name, slot in zip(names, filled, strict=True)
            )

    def finish(self, placed: Placed) -> None:
        """Hands over what was read, or, where the table is not the official form, only says so."""
        if not self.matched and not self.foreign:
            placed.merge(self.placed)
            return
        few = len(self.matched) <= len(self.foreign)
        if few and not (self.marked and 3 * len(self.matched) >= len(self.foreign)):
            message = (
                f"A statistics table is not the form of 2014 to 2018 ({len(self.matched)} of its rows are): "
                "it was kept as printed."
            )
            placed.findings.append(Finding("read.local_table", "info", (), None, None, message))
            return
        placed.merge(self.placed)
        self.local = []
        absent = [c for c in self.catalogue.of_table("stat") if c.code not in self.matched]
        for text, _ in self.foreign:
            like = [cell for cell in absent if _alike(normalise(text), normalise(cell.label))]
            if not like:
                continue
            placed.doubtful.update(cell.code for cell in like)
            names = "、".join(cell.label for cell in like[:3])
            placed.doubt(
                tuple(cell.code for cell in like),
                f"A row was left aside that may be one of the form which was not found: {text} ({names})",
            )
        others = [column.name for column in self._left_aside()]
        if others:
            message = f"Columns of the statistics table were left aside: {'、'.join(others)}."
            placed.findings.append(Finding("read.other_column", "info", (), None, None, message))
        self._doubt_two_totals(placed)
        stale = next(
            (c.name for c, _ in self._numbers() if c.role == "other" and _YEAR_COLUMN.fullmatch(c.name)), None
        )
        if stale is not None and self.year is not None:
            message = f"The numbers of the statistics table stand under {stale}, in a report of {self.year}."
            codes = tuple(code for code, _ in self.placed.values)
            placed.findings.append(Finding("read.stale_column", "warning", codes, stale, self.year, message))

    def _doubt_two_totals(self, placed: Placed) -> None:
        """Two columns that may each be the report's own: 统计数 and 合计, with no other to say what is summed up."""
        numbers = self._numbers()
        if [scope for _, scope in numbers if scope is None or not _TOTAL.fullmatch(scope)] != [None]:
            return
        total = next((scope for _, scope in numbers if scope is not None), None)
        if total is None:
            return
        own = {code: value.number for (code, scope), value in self.placed.values.items() if scope is None}
        codes = tuple(
            code
            for (code, scope), value in self.placed.values.items()
            if scope == total and own.get(code) != value.number
        )
        if codes:
            message = (
                f"The statistics table has two columns that may be the report's own; {total} is the other."
            )
            placed.findings.append(Finding("read.two_totals", "warning", codes, None, None, message))


_ASIDE = ("other", "alien")
_MANY = "The row {} has not one value for each number column."


def _alike(text: str, label: str) -> bool:
    """Whether two labels share so many of their words that one may stand for the other."""
    words = {text[at : at + 2] for at in range(len(text) - 1)}
    return bool(words) and sum(word in label for word in words) / len(words) >= _LIKE


def _nothing(slot: Slot) -> Cell:
    return Cell("", slot.cell.row, slot.cell.column, place=slot.cell.place)


def _is_unit(slot: Slot) -> bool:
    text = plain(slot.text)
    return text in _UNITS or (len(text) >= 2 and not text.strip("-"))


def _case_group(context: str) -> str:
    for group in ("st.reconsideration", "st.litigation"):
        if context == group or context.startswith(group + "."):
            return group
    return ""
