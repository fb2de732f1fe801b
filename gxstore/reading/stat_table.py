"""The statistics table of 2014 to 2018, 政府信息公开情况统计表 (国办发〔2014〕32号): label, unit, number.

Some labels are printed twice (被依法纠错数, 其他情形数), under 四、行政复议 and 五、行政诉讼; the row above tells which.
Aggregating governments print several number columns; each is kept under the name of its column.
"""

from dataclasses import dataclass, field

from archive.text.document import Cell
from gxstore.catalogue import Catalogue, Indicator
from gxstore.reading.grid import GridRow, Slot, is_label, is_prose
from gxstore.reading.labels import Labels, is_numeral, normalise
from gxstore.reading.numbers import plain
from gxstore.reading.placing import Placed

_UNITS = frozenset({"条", "件", "次", "篇", "个", "人", "人次", "万元", "元", "项"})
_OWN_COLUMN = frozenset({"统计数", "统计数据", "数量", "数值", "统计值", "年末统计"})
_LABEL_COLUMN = frozenset({"统计指标", "指标名称", "指标", "项目"})
_UNIT_COLUMN = frozenset({"单位", "计量单位"})


@dataclass
class StatTable:
    """Reads the statistics table."""

    catalogue: Catalogue
    labels: Labels
    context: str = ""
    scopes: list[tuple[int, str | None]] = field(default_factory=list)
    head_width: int = 0
    half: str = ""

    def take(self, row: GridRow, placed: Placed) -> None:
        """Reads one row."""
        code: str | None = None
        unit: str | None = None
        text = ""
        odd = False
        last = -1
        for index, slot in enumerate(row.slots):
            if _is_unit(slot):
                if code is not None and unit is None:
                    unit, last = plain(slot.text), index
                continue
            if not is_label(slot) or is_prose(slot):
                continue
            name = normalise(slot.text)
            if name in _LABEL_COLUMN or name in _UNIT_COLUMN or name in _OWN_COLUMN:
                if name in _LABEL_COLUMN:
                    self._head(row)
                if not row.stream:
                    return
                continue
            last = index
            if is_numeral(slot.text) or name == "":
                continue
            text += slot.text
            for words in (slot.text, text, self.half + text):
                if found := self._row(words):
                    code, unit, text = found, None, ""
                    break
            else:
                odd = odd or code is not None
        after = list(row.slots[last + 1 :])
        if code is None:
            self.half = text if text and not any(slot.text for slot in after) else ""
            if text and any(slot.text for slot in after):
                # Provinces print rows of their own between the official ones.
                placed.leave("stat", row, harmless=unit is not None or any(map(_is_unit, row.slots)))
            elif any(slot.text and not _is_unit(slot) for slot in after):
                placed.leave("stat", row)
            return
        self.half = ""
        self.context = code
        if odd:
            cell = self.catalogue.by_code[code]
            placed.unreadable(
                [cell], row, row.slots, f"The row {cell.label} holds other words beside its number."
            )
            return
        self._place(self.catalogue.by_code[code], unit, row, after, placed)

    def _row(self, text: str) -> str | None:
        found = self.labels.find("stat", "row", text)
        if len(found) <= 1:
            return found[0] if found else None
        within = [code for code in found if code.rsplit(".", 1)[0] == _case_group(self.context)]
        return within[0] if len(within) == 1 else None

    def _head(self, row: GridRow) -> None:
        if row.stream:
            # Behind the last head cell comes the first label; nothing says where the head ends.
            self.scopes, self.head_width = [], 0
            return
        names = [(slot.column, normalise(slot.text)) for slot in row.slots if slot.text]
        values = [(c, n) for c, n in names if n not in _LABEL_COLUMN and n not in _UNIT_COLUMN]
        self.scopes = [(column, None if name in _OWN_COLUMN else name) for column, name in values]
        if len(self.scopes) == 1:
            self.scopes = [(self.scopes[0][0], None)]
        self.head_width = len(row.slots)

    def _place(
        self, cell: Indicator, unit: str | None, row: GridRow, after: list[Slot], placed: Placed
    ) -> None:
        header_unit = unit if unit in ("元", "万元") and unit != cell.unit else None
        own = [slot for slot in after if slot.own]
        filled = [slot for slot in own if slot.text]
        scopes = self.scopes or [(0, None)]
        if len(scopes) > 1:
            if self.head_width != len(row.slots) and len(filled) != len(scopes):
                for _, scope in scopes:
                    placed.unreadable([cell], row, after, _MANY.format(cell.label), scope)
                return
            by_column = {slot.column: slot for slot in row.slots}
            for position, (column, scope) in enumerate(scopes):
                slot = by_column[column] if self.head_width == len(row.slots) else filled[position]
                placed.put(cell, row, slot, scope=scope, header_unit=header_unit)
        elif len(filled) == 1:
            placed.put(cell, row, filled[0], header_unit=header_unit)
        elif filled:
            placed.unreadable([cell], row, after, _MANY.format(cell.label))
        elif own:
            placed.put(cell, row, own[0], header_unit=header_unit)
        elif unit is not None:
            # The unit is printed and nothing behind it; nothing else could have stood there.
            placed.put(cell, row, Slot(0, _after(row.slots[-1]), own=True), header_unit=header_unit)


_MANY = "The row {} has not one value for each number column."


def _after(slot: Slot) -> Cell:
    return Cell("", slot.cell.row, slot.cell.column, place=slot.cell.place)


def _is_unit(slot: Slot) -> bool:
    text = plain(slot.text)
    return text in _UNITS or (len(text) >= 2 and not text.strip("-"))


def _case_group(context: str) -> str:
    for group in ("st.reconsideration", "st.litigation"):
        if context == group or context.startswith(group + "."):
            return group
    return ""
