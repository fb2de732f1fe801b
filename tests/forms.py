"""Forms with known numbers, drawn and flattened: what the tests of the reader and docs/accuracy.md are made from.

The numbers of a truth are all different within a table and none is zero, and every identity of the form holds, so a
mix-up of rows or columns shows and a clean layout has no finding.
"""

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from archive.text.document import Document
from archive.text.extract import extract
from archive.text.plain import to_document
from gxstore import catalogue as catalogue_module
from gxstore.reading.report import Reading, Value

CATALOGUE = catalogue_module.load()
COLUMNS = [column.code for column in CATALOGUE.columns]
E1, E2, E3 = "e1_2014", "e2_2019", "e3_2021"
YEARS = {E1: 2016, E2: 2020, E3: 2023}
Truth = dict[str, int | str]

# A table as drawn: rows of (text, rowspan, colspan).
DrawnCell = tuple[str, int, int]
Drawn = list[list[DrawnCell]]
BLANK: DrawnCell = ("", 1, 1)


# Truths


def truth(edition: str, seed: int = 1) -> Truth:
    """Numbers for every cell of an edition, different and not zero, for which every identity holds."""
    for attempt in range(500):
        numbers = random.Random(f"{edition}/{seed}/{attempt}")
        found = (
            _stat(numbers)
            if edition == E1
            else {
                **_two(edition, numbers),
                **_three(edition, iter(numbers.sample(range(11, 4000), 400))),
                **_four(numbers),
            }
        )
        by_table: dict[str, list[int | str]] = {}
        for code, number in found.items():
            if code == "st.application.concluded":
                continue
            by_table.setdefault(CATALOGUE.by_code[code].table, []).append(number)
        if all(len(set(cells)) == len(cells) for cells in by_table.values()):
            return found
    raise AssertionError("no truth with different numbers was found")


def few_requests(edition: str, seed: int = 1) -> Truth:
    """The numbers of a small office: table three holds figures below ten for the most part, and many zeros."""
    for attempt in range(500):
        numbers = random.Random(f"few/{edition}/{seed}/{attempt}")
        many = numbers.choice((0.0, 0.05, 0.1, 0.2))
        pool = (numbers.choice((1, 1, 2, 3)) if numbers.random() < many else 0 for _ in itertools.count())
        three = _three(edition, pool)
        if all(int(number) >= 0 for number in three.values()):
            return {**truth(edition, seed), **three}
    raise AssertionError("no truth without a negative number was found")


def _three(edition: str, pool: Iterator[int]) -> Truth:
    rows = [row.code for row in CATALOGUE.rows if edition in row.editions]
    outcomes = [row for row in rows if row.startswith("outcome.") and row != "outcome.total"]
    cells = {
        (row, column): next(pool)
        for row in (*outcomes, "carried_forward", "carried_in")
        for column in COLUMNS[:-1]
    }
    for column in COLUMNS[:-1]:
        cells["outcome.total", column] = sum(cells[row, column] for row in outcomes)
        cells["new_received", column] = (
            cells["outcome.total", column] + cells["carried_forward", column] - cells["carried_in", column]
        )
    for row in rows:
        cells[row, "total"] = sum(cells[row, column] for column in COLUMNS[:-1])
    return {f"ar.t3.{row}.{column}": cells[row, column] for row in rows for column in COLUMNS}


def _two(edition: str, numbers: random.Random) -> Truth:
    cells = CATALOGUE.of_edition(edition, "t2")
    found: Truth = dict(
        zip((cell.code for cell in cells), numbers.sample(range(20, 900), len(cells)), strict=True)
    )
    for name in ("rules", "normative_documents"):
        low, middle, high = sorted(numbers.sample(range(901, 1999), 3))
        if edition == E2:
            order = {"newly_made": middle, "newly_disclosed": low, "total_disclosed": high}
        else:
            order = {"issued": middle, "repealed": low, "in_force": high}
        found |= {f"ar.t2.art20_1.{name}.{column}": number for column, number in order.items()}
    money = (
        "ar.t2.art20_9.centralised_procurement.amount"
        if edition == E2
        else "ar.t2.art20_8.administrative_charges.amount"
    )
    found[money] = f"{numbers.randrange(2000, 9000)}.{numbers.randrange(101, 999, 2)}"
    return found


def _four(numbers: random.Random) -> Truth:
    found: Truth = {}
    pool = iter(numbers.sample(range(3, 900), 12))
    for group in ("reconsideration", "litigation_direct", "litigation_after_reconsideration"):
        parts = {name: next(pool) for name in ("upheld", "corrected", "other", "pending")}
        found |= {f"ar.t4.{group}.{name}": number for name, number in parts.items()}
        found[f"ar.t4.{group}.total"] = sum(parts.values())
    return found


def _stat(numbers: random.Random) -> Truth:
    cells = [c for c in CATALOGUE.of_edition(E1) if not c.heading_row]
    found: dict[str, int] = dict(
        zip((c.code for c in cells), numbers.sample(range(5, 2000), len(cells)), strict=True)
    )
    sums = {rule.id: rule for rule in CATALOGUE.rules}
    for name in (
        "st.refused",
        "st.replied",
        "st.received",
        "st.staff",
        "st.reconsideration",
        "st.litigation",
    ):
        rule = sums[name]
        found[rule.left[0]] = sum(found[str(term)] for term in rule.right)
    # 申请办结数 and 申请答复数 agree by a rule: the one pair of cells that may not differ.
    replied = found["st.application.replied"]
    extended = numbers.randrange(2100, 2500)
    found["st.application.concluded"] = replied
    found["st.application.concluded.extended"] = extended
    found["st.application.concluded.on_time"] = replied - extended
    found["st.application.received.online"] += replied
    found["st.application.received"] += replied
    channels = [c for c in found if c.startswith("st.proactive.by_channel.")]
    found["st.proactive.items"] = max(found[c] for c in channels) + 7
    found["st.proactive.items.normative_documents"] = 4
    for name in ("press_conferences", "online_interviews"):
        found[f"st.response.by_channel.{name}"] = found[f"st.response.by_channel.{name}.by_principal"] + 2003
    return dict(found)


# The form as drawn


def shown(code: str, cells: Truth) -> str:
    """The cell's text."""
    return str(cells.get(code, ""))


def draw_two(edition: str, cells: Truth) -> Drawn:
    """Table two of an edition."""
    blocks: list[tuple[str, list[str], list[tuple[str, str, list[str]]]]]
    if edition == E2:
        items = ["上一年项目数量", "本年增/减", "处理决定数量"]
        codes = ["items_previous_year", "items_change", "decisions"]
        blocks = [
            (
                "第二十条第（一）项",
                ["本年新制作数量", "本年新公开数量", "对外公开总数量"],
                [
                    ("规章", "art20_1.rules", ["newly_made", "newly_disclosed", "total_disclosed"]),
                    (
                        "规范性文件",
                        "art20_1.normative_documents",
                        ["newly_made", "newly_disclosed", "total_disclosed"],
                    ),
                ],
            ),
            (
                "第二十条第（五）项",
                items,
                [
                    ("行政许可", "art20_5.administrative_licensing", codes),
                    ("其他对外管理服务事项", "art20_5.other_external_services", codes),
                ],
            ),
            (
                "第二十条第（六）项",
                items,
                [
                    ("行政处罚", "art20_6.administrative_penalty", codes),
                    ("行政强制", "art20_6.administrative_compulsion", codes),
                ],
            ),
            (
                "第二十条第（八）项",
                items[:2],
                [("行政事业性收费", "art20_8.administrative_charges", codes[:2])],
            ),
            (
                "第二十条第（九）项",
                ["采购项目数量", "采购总金额"],
                [("政府集中采购", "art20_9.centralised_procurement", ["projects", "amount"])],
            ),
        ]
    else:
        first = ["issued", "repealed", "in_force"]
        blocks = [
            (
                "第二十条第（一）项",
                ["本年制发件数", "本年废止件数", "现行有效件数"],
                [("规章", "art20_1.rules", first), ("行政规范性文件", "art20_1.normative_documents", first)],
            ),
            (
                "第二十条第（五）项",
                ["本年处理决定数量"],
                [("行政许可", "art20_5.administrative_licensing", ["decisions"])],
            ),
            (
                "第二十条第（六）项",
                ["本年处理决定数量"],
                [
                    ("行政处罚", "art20_6.administrative_penalty", ["decisions"]),
                    ("行政强制", "art20_6.administrative_compulsion", ["decisions"]),
                ],
            ),
            (
                "第二十条第（八）项",
                ["本年收费金额（单位：万元）"],
                [("行政事业性收费", "art20_8.administrative_charges", ["amount"])],
            ),
        ]
    table: Drawn = []
    for title, head, rows in blocks:
        spans = {1: [3], 2: [1, 2], 3: [1, 1, 1]}[len(head)]
        table.append([(title, 1, 4)])
        table.append(
            [("信息内容", 1, 1), *((label, 1, span) for label, span in zip(head, spans, strict=True))]
        )
        for label, row, columns in rows:
            values = [shown(f"ar.t2.{row}.{column}", cells) for column in columns]
            table.append(
                [(label, 1, 1), *((value, 1, span) for value, span in zip(values, spans, strict=True))]
            )
    return table


_GROUPS = {
    "outcome.refused.state_secret": ("（三）不予公开", 8),
    "outcome.unable.not_held": ("（四）无法提供", 3),
    "outcome.not_handled.petition_complaint": ("（五）不予处理", 5),
    "outcome.other_handling.overdue_correction": ("（六）其他处理", 3),
}


def draw_three(edition: str, cells: Truth) -> Drawn:
    """Table three of an edition, with its three rows of head and three columns of labels."""
    rows = [row for row in CATALOGUE.rows if edition in row.editions]
    outcomes = [row for row in rows if row.code.startswith("outcome.")]
    labels = [column.label for column in CATALOGUE.columns]
    table: Drawn = [
        [
            ("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 3, 3),
            ("申请人情况", 1, 7),
        ],
        [("自然人", 2, 1), ("法人或其他组织", 1, 5), ("总计", 2, 1)],
        [(label, 1, 1) for label in labels[1:-1]],
    ]
    for row in rows:
        line: list[DrawnCell] = []
        if row.code in ("new_received", "carried_in", "carried_forward"):
            line.append((row.label, 1, 3))
        else:
            if row is outcomes[0]:
                line.append(("三、本年度办理结果", len(outcomes), 1))
            if row.code in _GROUPS:
                label, height = _GROUPS[row.code]
                line.append((label, height, 1))
            line.append((row.label, 1, 1 if row.code.count(".") == 2 else 2))
        line.extend((shown(f"ar.t3.{row.code}.{column}", cells), 1, 1) for column in COLUMNS)
        table.append(line)
    return table


def draw_four(cells: Truth) -> Drawn:
    """Table four, fifteen columns."""
    outcomes = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    return [
        [("行政复议", 1, 5), ("行政诉讼", 1, 10)],
        [*((name, 2, 1) for name in outcomes), ("未经复议直接起诉", 1, 5), ("复议后起诉", 1, 5)],
        [(name, 1, 1) for name in outcomes * 2],
        [(shown(cell.code, cells), 1, 1) for cell in CATALOGUE.of_table("t4")],
    ]


def draw_stat(cells: Truth) -> Drawn:
    """The statistics table."""
    head: Drawn = [[("统计指标", 1, 1), ("单位", 1, 1), ("统计数", 1, 1)]]
    return head + [
        [(c.label, 1, 1), (c.unit or "——", 1, 1), ("" if c.heading_row else shown(c.code, cells), 1, 1)]
        for c in CATALOGUE.of_edition(E1)
    ]


def drawn_tables(edition: str, cells: Truth) -> list[tuple[str, Drawn]]:
    """The headings and tables of a report."""
    if edition == E1:
        return [("附表：政府信息公开情况统计表", draw_stat(cells))]
    return [
        ("二、主动公开政府信息情况", draw_two(edition, cells)),
        ("三、收到和处理政府信息公开申请情况", draw_three(edition, cells)),
        ("四、政府信息公开行政复议、行政诉讼情况", draw_four(cells)),
    ]


# Layouts


def laid_out(table: Drawn) -> list[list[tuple[str, bool]]]:
    """The table as a full grid: text and whether the cell begins there."""
    grid: dict[tuple[int, int], tuple[str, bool]] = {}
    for y, row in enumerate(table):
        x = 0
        for text, down, across in row:
            while (y, x) in grid:
                x += 1
            for dy in range(down):
                for dx in range(across):
                    grid[y + dy, x + dx] = (text if (dy, dx) == (0, 0) else "", (dy, dx) == (0, 0))
    width = max(x for _, x in grid) + 1
    return [[grid.get((y, x), ("", True)) for x in range(width)] for y in range(len(table))]


def shifted(table: Drawn) -> list[list[str]]:
    """Cells in order with the places of a rowspan kept and those of a colspan put at the end, as converters do."""
    grid = laid_out(table)
    rows = []
    for y, row in enumerate(grid):
        kept: list[str] = []
        across = {text: span for text, _, span in table[y] if text}
        lost = 0
        x = 0
        while x < len(row):
            text, begins = row[x]
            kept.append(text)
            span = across.get(text, 1) if begins and text else 1
            lost += span - 1
            x += span
        rows.append(kept + [""] * lost)
    return rows


Change = Callable[[Drawn], Drawn]


def tables_of(edition: str, cells: Truth, changes: Mapping[str, Change]) -> list[tuple[str, Drawn]]:
    """The headings and tables of a report, each table (`stat`, `t2`, `t3`, `t4`) as `changes` makes it."""
    keys = ["stat"] if edition == E1 else ["t2", "t3", "t4"]
    tables = zip(keys, drawn_tables(edition, cells), strict=True)
    return [(title, changes[key](table) if key in changes else table) for key, (title, table) in tables]


def as_html(edition: str, tables: list[tuple[str, Drawn]], *, spans: bool = True) -> Document:
    """A page whose tables are drawn; without spans every place has a cell of its own."""
    return extract(as_page(edition, tables, spans=spans))


def as_page(edition: str, tables: list[tuple[str, Drawn]], *, spans: bool = True) -> bytes:
    """The page itself, in UTF-8."""
    parts = [f"<h1>{_title(edition)}</h1>", "<h2>一、总体情况</h2>", f"<p>{_NARRATIVE}</p>"]
    for heading, table in tables:
        parts.append(f"<h2>{heading}</h2><table border='1'>")
        if spans:
            for row in table:
                tds = "".join(f'<td rowspan="{d}" colspan="{a}">{text}</td>' for text, d, a in row)
                parts.append(f"<tr>{tds}</tr>")
        else:
            parts.extend(
                f"<tr>{''.join(f'<td>{text}</td>' for text, _ in row)}</tr>" for row in laid_out(table)
            )
        parts.append("</table>")
    parts.append("<h2>五、存在的主要问题及改进情况</h2><p>公开的栏目仍要充实。</p>")
    page = (
        f"<html><head><meta charset='utf-8'></head><body><div id='zoom'>{''.join(parts)}</div></body></html>"
    )
    return page.encode()


def as_text(
    edition: str, tables: list[tuple[str, Drawn]], flatten: Callable[[Drawn], Iterable[str]]
) -> Document:
    """Plain text, its tables flattened."""
    lines = [_title(edition), "", "一、总体情况", "", _NARRATIVE, ""]
    for heading, table in tables:
        lines += [heading, "", *flatten(table), ""]
    lines += ["五、存在的主要问题及改进情况", "", "公开的栏目仍要充实。"]
    return to_document("\n".join(lines))


def _title(edition: str) -> str:
    return f"青溪县司法局{YEARS[edition]}年政府信息公开工作年度报告"


_NARRATIVE = "本局把公开当作日常工作来做，专人负责，按月清点，遇有疑问随时答复，全年没有遗漏，群众评价良好。"


def tabs(table: Drawn) -> list[str]:
    """Tab-separated, shifted."""
    return ["\t".join(row) for row in shifted(table)]


def tabs_in_place(table: Drawn) -> list[str]:
    """Tab-separated, every cell where it was drawn."""
    return ["\t".join(text for text, _ in row) for row in laid_out(table)]


def tabs_broken(table: Drawn) -> list[str]:
    """Tab-separated, cut by a page break before the last rows."""
    lines = tabs(table)
    cut = max(len(lines) - 4, 3)
    return [*lines[:cut], "", *lines[cut:]]


def pipes(table: Drawn) -> list[str]:
    """Pipes with a separator row."""
    rows = shifted(table)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]


def pipes_broken(table: Drawn) -> list[str]:
    """Pipes, cut by a page break; the second part has an empty head."""
    lines = pipes(table)
    cut = max(len(lines) - 4, 4)
    width = lines[cut].count("|") - 1
    return [*lines[:cut], "", "|" + " |" * width, "|" + "---|" * width, *lines[cut:]]


def pipes_with_line_breaks(table: Drawn) -> list[str]:
    """Pipes whose longer labels have a line break in them."""
    lines = []
    for row in shifted(table):
        cells = [
            text[:4] + "\n" + text[4:] if len(text) > 6 and not text[0].isdigit() else text for text in row
        ]
        lines.extend(("| " + " | ".join(cells) + " |").split("\n"))
    return lines


def open_pipes(table: Drawn) -> list[str]:
    """Cells with pipes between them and none outside."""
    return [" | ".join(text for text, _, _ in row) for row in table]


def one_a_line(table: Drawn) -> list[str]:
    """One cell a line; blank cells are gone."""
    return [text for row in table for text, _, _ in row if text]


def one_a_line_spaced(table: Drawn) -> list[str]:
    """One cell a line with a blank line between."""
    return [line for text in one_a_line(table) for line in (text, "")]


def alternating(table: Drawn) -> list[str]:
    """Cell and pipe on alternate lines, rows parted by a missing pipe."""
    lines: list[str] = []
    for row in table:
        for index, (text, _, _) in enumerate(row):
            lines += [text] if index == 0 else ["|", text]
    return [line for line in lines if line]


def alternating_stream(table: Drawn) -> list[str]:
    """Cell and pipe on alternate lines, with a pipe at the end of each row too."""
    return [line for text in one_a_line(table) for line in (text, "|")]


def closed_cells(table: Drawn) -> list[str]:
    """A pipe behind each cell, on its line; as many pipes at the end of a row as its cells take columns more."""
    width = max(sum(across for _, _, across in row) for row in table)
    lines: list[str] = []
    for row in table:
        lines += [f"{text} |" if text else "|" for text, _, _ in row]
        if fill := width - len(row):
            lines.append("|" * fill)
    return lines


FLAT: dict[str, Callable[[Drawn], list[str]]] = {
    "tabs": tabs,
    "tabs in place": tabs_in_place,
    "tabs over a page break": tabs_broken,
    "pipes": pipes,
    "pipes over a page break": pipes_broken,
    "pipes with line breaks": pipes_with_line_breaks,
    "open pipes": open_pipes,
    "one cell a line": one_a_line,
    "one cell a line, spaced": one_a_line_spaced,
    "alternating": alternating,
    "alternating stream": alternating_stream,
    "a pipe behind each cell": closed_cells,
}
LAYOUTS = ("html", "html without spans", *FLAT)


def render(layout: str, edition: str, cells: Truth, changes: Mapping[str, Change] | None = None) -> Document:
    """A report in a layout, its tables drawn as `changes` says."""
    tables = tables_of(edition, cells, changes or {})
    if layout.startswith("html"):
        return as_html(edition, tables, spans=layout == "html")
    return as_text(edition, tables, FLAT[layout])


def silently_wrong(reading: Reading, cells: Truth) -> list[Value]:
    """Values that are not as printed, not given up, and named by no warning or error."""
    named = {c for f in reading.findings if f.severity in ("warning", "error") for c in f.codes}
    wrong = []
    for value in reading.values:
        if CATALOGUE.by_code[value.code].heading_row or value.code in named:
            continue
        printed = cells.get(value.code)
        if value.number is None:
            right = value.status in ("unreadable", "missing") or printed is None
        else:
            right = printed is not None and value.number == Decimal(str(printed))
        if not right:
            wrong.append(value)
    return wrong


def wrong_cells(reading: Reading, edition: str, cells: Truth) -> list[tuple[str, Value | None, object]]:
    """The cells that did not come back as they are."""
    got = {value.code: value for value in reading.values}
    wrong: list[tuple[str, Value | None, object]] = []
    for cell in CATALOGUE.of_edition(edition):
        value = got.get(cell.code)
        expected = cells.get(cell.code)
        if cell.heading_row:
            continue
        if value is None or value.number != Decimal(str(expected)) or value.status != "reported":
            wrong.append((cell.code, value, expected))
    return wrong


# Layouts gone wrong: a cell comes back right, or is given up, or is named by a warning


def spoil(rows: Drawn, kind: str, chance: random.Random) -> Drawn:
    """The rows of a table with one thing done to their layout; every number printed stays as it is."""
    rows = [list(row) for row in rows]
    y = chance.randrange(len(rows))
    row = rows[y]
    blanks = [x for x, (text, _, _) in enumerate(row) if not text]
    labels = [x for x, (text, _, _) in enumerate(row) if text and not text[0].isdigit()]
    cut = chance.randrange(1, len(row)) if len(row) > 1 else 0
    if kind == "blank dropped" and blanks:
        del row[chance.choice(blanks)]
    elif kind == "blank doubled" and blanks:
        row.insert(chance.choice(blanks), BLANK)
    elif kind == "blank put in":
        row.insert(chance.randrange(len(row) + 1), BLANK)
    elif kind == "shifted":
        row.insert(0, BLANK)
    elif kind == "row split" and cut:
        rows[y : y + 1] = [row[:cut], row[cut:]]
    elif kind == "row split in place" and cut:
        rows[y : y + 1] = [row[:cut] + [BLANK] * (len(row) - cut), [BLANK] * cut + row[cut:]]
    elif kind == "rows merged" and y + 1 < len(rows):
        rows[y : y + 2] = [row + rows[y + 1]]
    elif kind == "head repeated":
        rows[y:y] = [list(head) for head in rows[:3]]
    elif kind == "label lost" and labels:
        row[chance.choice(labels)] = BLANK
    elif kind == "separator lost" and cut:
        row[cut - 1 : cut + 1] = [(row[cut - 1][0] + row[cut][0], 1, 1)]
    elif kind == "row doubled":
        rows.insert(y, list(row))
    elif kind == "row lost":
        del rows[y]
    elif kind == "label cut" and labels:
        x = chance.choice(labels)
        half = len(row[x][0]) // 2
        first, second = row[x][0][:half], row[x][0][half:]
        rows[y : y + 1] = [[BLANK] * x + [(first, 1, 1)], [*row[:x], (second, 1, 1), *row[x + 1 :]]]
    return rows


SPOILS = (
    "blank dropped",
    "blank doubled",
    "blank put in",
    "shifted",
    "row split",
    "row split in place",
    "rows merged",
    "head repeated",
    "label lost",
    "separator lost",
    "row doubled",
    "row lost",
    "label cut",
)


SYNTAXES = ("tabs", "pipes", "padded pipes", "one cell a line", "html", "html with spans")


@dataclass(frozen=True)
class Spoilt:
    """A report with one table spoilt, and the cells whose row or head is no longer as it was."""

    document: Document
    touched: frozenset[str]


def spoilt(edition: str, cells: Truth, syntax: str, kind: str, chance: random.Random) -> Spoilt:
    """A report in a syntax, one of its tables spoilt in one way, once or twice."""
    keys = ["stat"] if edition == E1 else ["t2", "t3", "t4"]
    tables = drawn_tables(edition, cells)
    which = chance.randrange(len(tables))
    lines = [_title(edition), "", "一、总体情况", "", _NARRATIVE, ""]
    page = [f"<h1>{_title(edition)}</h1><p>{_NARRATIVE}</p>"]
    in_place = chance.random() < 0.5
    touched: frozenset[str] = frozenset()
    for number, (heading, table) in enumerate(tables):
        rows = table
        if syntax != "html with spans":
            flat_rows = [[text for text, _ in row] for row in laid_out(table)] if in_place else shifted(table)
            rows = [[(text, 1, 1) for text in row] for row in flat_rows]
        if number == which:
            before = rows
            for _ in range(chance.randint(1, 2)):
                rows = spoil(rows, kind, chance)
            touched = _touched(keys[number], before, rows, cells)
        width = max(map(len, rows))
        texts = [[text for text, _, _ in row] for row in rows]
        flat = {
            "tabs": ["\t".join(row) for row in texts],
            "pipes": ["| " + " | ".join(row) + " |" for row in texts],
            "padded pipes": ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in texts],
            "one cell a line": [text for row in texts for text in row if text],
        }
        lines += [heading, "", *flat.get(syntax, []), ""]
        tds = ("".join(f'<td rowspan="{d}" colspan="{a}">{t}</td>' for t, d, a in row) for row in rows)
        page.append(f"<h2>{heading}</h2><table>{''.join(f'<tr>{cell}</tr>' for cell in tds)}</table>")
    if syntax.startswith("html"):
        html = f"<html><body><div id='zoom'>{''.join(page)}</div></body></html>"
        return Spoilt(extract(html.encode()), touched)
    end = ["五、存在的主要问题及改进情况", "", "公开的栏目仍要充实。"]
    return Spoilt(to_document("\n".join([*lines, *end])), touched)


def _touched(table: str, before: Drawn, after: Drawn, cells: Truth) -> frozenset[str]:
    """The cells of a table whose own row, or a row of the head above it, is not there as it was."""
    of_number = {str(cells[c.code]): c.code for c in CATALOGUE.of_table(table) if c.code in cells}
    heads = {"stat": 1, "t3": 3, "t4": 3}.get(table, 0)
    whole = all(row in after for row in before[:heads])
    found: set[str] = set()
    for row in before[heads:]:
        if table == "t2" and row[0][0].startswith("第二十条"):
            whole = row in after
        elif table == "t2" and row[0][0] == "信息内容":
            whole = whole and row in after
        elif not whole or row not in after:
            found |= {of_number[text] for text, _, _ in row if text in of_number}
    return frozenset(found)


# Columns and groups in another order than the form's


def litigation_first(table: Drawn) -> Drawn:
    """Table four with 行政诉讼 left of 行政复议."""
    head, names, outcomes, values = _copy(table)
    return [head[::-1], [*names[5:], *names[:5]], outcomes, [*values[5:], *values[:5]]]


def after_reconsideration_first(table: Drawn) -> Drawn:
    """Table four with 复议后起诉 left of 未经复议直接起诉."""
    head, names, outcomes, values = _copy(table)
    return [head, [*names[:5], names[6], names[5]], outcomes, [*values[:5], *values[10:], *values[5:10]]]


def pending_before_other(table: Drawn) -> Drawn:
    """Table four with 尚未审结 left of 其他结果 in every group."""
    table = _copy(table)
    for row, starts in ((table[1], (0,)), (table[2], (0, 5)), (table[3], (0, 5, 10))):
        for start in starts:
            row[start + 2], row[start + 3] = row[start + 3], row[start + 2]
    return table


def total_of_the_outcomes_first(table: Drawn) -> Drawn:
    """Table four with 总计 left of the outcomes in every group."""
    table = _copy(table)
    for row, starts in ((table[1], (0,)), (table[2], (0, 5)), (table[3], (0, 5, 10))):
        for start in starts:
            row[start : start + 5] = [row[start + 4], *row[start : start + 4]]
    return table


def swapped(one: int, other: int) -> Change:
    """Table three with two of the five columns of 法人或其他组织 exchanged, head and numbers."""

    def change(table: Drawn) -> Drawn:
        table = _copy(table)
        table[2][one], table[2][other] = table[2][other], table[2][one]
        for row in table[3:]:
            row[-6 + one], row[-6 + other] = row[-6 + other], row[-6 + one]
        return table

    return change


def total_first(table: Drawn) -> Drawn:
    """Table three with 总计 left of all others."""
    table = _copy(table)
    table[1] = [table[1][2], *table[1][:2]]
    return [*table[:3], *([*row[:-7], row[-1], *row[-7:-1]] for row in table[3:])]


def persons_last(table: Drawn) -> Drawn:
    """Table three with 法人或其他组织 left of 自然人."""
    table = _copy(table)
    table[1] = [table[1][1], table[1][0], table[1][2]]
    return [*table[:3], *([*row[:-7], *row[-6:-1], row[-7], row[-1]] for row in table[3:])]


# Rows of table three whose cells lost what stood between them

RUNS = ("blanks", "a blank lost", "glued", "two cells glued", "glued to the label")


def run_together(y: int, kind: str, chance: random.Random) -> Change:
    """Table three with the seven numbers of its row `y` (from 0, behind the head) run together."""

    def change(table: Drawn) -> Drawn:
        table = _copy(table)
        row = table[3 + y]
        label, texts = row[:-7], [text for text, _, _ in row[-7:] if text]
        at = chance.randrange(1, max(len(texts), 2))
        lost = " ".join(texts[:at]) + " ".join(texts[at:])
        cells = {
            "blanks": [" ".join(texts)],
            "a blank lost": [lost],
            "glued": ["".join(texts)],
            "two cells glued": [*texts[: at - 1], "".join(texts[at - 1 : at + 1]), *texts[at + 1 :]],
            "glued to the label": [],
        }[kind]
        if kind == "glued to the label":
            label = [*label[:-1], (label[-1][0] + lost, *label[-1][1:])]
        table[3 + y] = [*label, *((text, 1, 1) for text in cells)]
        return table

    return change


def misprinted(text: str, chance: random.Random) -> str:
    """A number with one figure wrong, added, lost or exchanged, or one too many."""
    figure = str(chance.randrange(10))
    return str(
        int(
            chance.choice(
                (text[:-1] + figure, text + figure, text[:-1] or "0", text[::-1], figure, str(int(text) + 1))
            )
        )
    )


def _copy(table: Drawn) -> Drawn:
    return [list(row) for row in table]
