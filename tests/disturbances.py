"""Reports of known numbers with what real pages put among them: page numbers, notes, tables and columns that are not the
form's, marks and units in cells. Each disturbance knows the truth of the page that it makes.

A report is a list of lines and drawn tables. A disturbance changes the list, and the truth where the page means
something else by its numbers: `None` is a cell that no number may be given for, a code left out is not printed.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from archive.text.document import Document
from archive.text.extract import extract
from archive.text.plain import to_document
from tests import forms
from tests.forms import BLANK, CATALOGUE, COLUMNS, E1, E2, E3, YEARS, Drawn, DrawnCell, Truth

Printed = dict[str, int | str | None]
Block = str | Drawn
NAME = "青溪县司法局"
SYNTAXES = ("html with spans", "html", "tabs", "tabs in place", "pipes", "one cell a line")


@dataclass
class Page:
    """A report under the hand of a disturbance. `tight` says that nothing parts a table of a text from the next line."""

    edition: str
    cells: Printed
    blocks: list[Block]
    chance: random.Random
    syntax: str
    tight: bool
    touched: set[str] = field(default_factory=set)
    scoped: dict[str, Printed] = field(default_factory=dict)

    @property
    def html(self) -> bool:
        """Whether the page is one of HTML, whose cells may hold markup."""
        return self.syntax.startswith("html")

    def tables(self) -> list[int]:
        """The indices of the tables among the blocks."""
        return [index for index, block in enumerate(self.blocks) if not isinstance(block, str)]

    def key(self, at: int) -> str:
        """Which table of the form the block is, as the reports are first laid out."""
        return "stat" if self.edition == E1 else ("t2", "t3", "t4")[self.tables().index(at)]

    def table(self, at: int) -> Drawn:
        """A table to be changed in place."""
        block = self.blocks[at]
        assert not isinstance(block, str)
        return block

    def find(self, *keys: str) -> int | None:
        """The block of one of these tables, None where the edition has none of them."""
        found = [at for at in self.tables() if self.key(at) in keys]
        return self.chance.choice(found) if found else None

    def touch(self, *rows: list[DrawnCell]) -> None:
        """Notes that the numbers of these rows are no longer where they were."""
        texts = {text for row in rows for text, _, _ in row if text}
        self.touched |= {code for code, number in self.cells.items() if str(number) in texts}

    def alone(self) -> dict[str, str]:
        """text -> code of the numbers that no two cells of the page print."""
        many = Counter(text for at in self.tables() for row in self.table(at) for text, _, _ in row)
        return {str(n): code for code, n in self.cells.items() if n not in ("", None) and many[str(n)] == 1}


Disturbance = Callable[[Page], bool]


def page(edition: str, cells: Truth, syntax: str, chance: random.Random) -> Page:
    """A report that nothing has disturbed."""
    blocks: list[Block] = []
    for heading, table in forms.drawn_tables(edition, cells):
        blocks += [heading, [list(row) for row in table]]
    return Page(edition, dict(cells), blocks, chance, syntax, chance.random() < 0.5)


def document(made: Page) -> Document:
    """The report as its syntax writes it."""
    title = f"{NAME}{YEARS[made.edition]}年政府信息公开工作年度报告"
    narrative = (
        "本局把公开当作日常工作来做，专人负责，按月清点，遇有疑问随时答复，全年没有遗漏，群众评价良好。"
    )
    end = "公开的栏目仍要充实。"
    if made.html:
        parts = [f"<h1>{title}</h1><h2>一、总体情况</h2><p>{narrative}</p>"]
        for block in made.blocks:
            if not isinstance(block, str):
                parts.append(html_table(block, made.syntax))
            else:
                parts.append(block if block.startswith("<table") else f"<p>{block}</p>")
        parts.append(f"<h2>五、存在的主要问题及改进情况</h2><p>{end}</p>")
        body = "".join(parts)
        return extract(f"<html><body><div id='zoom'>{body}</div></body></html>".encode())
    lines = [title, "", "一、总体情况", "", narrative, ""]
    for at, block in enumerate(made.blocks):
        if isinstance(block, str):
            parted = not made.tight or (at + 1 < len(made.blocks) and isinstance(made.blocks[at + 1], str))
            heading = block[:1] in "一二三四五六附" or parted
            lines += ["", block, ""] if heading else [block]
        else:
            lines += text_table(block, made.syntax)
    return to_document("\n".join([*lines, "", "五、存在的主要问题及改进情况", "", end]))


def html_table(table: Drawn, syntax: str) -> str:
    """A table of a page, with its spans or with a cell for every place."""
    rows = table
    if syntax != "html with spans":
        rows = [[(text, 1, 1) for text, _ in row] for row in forms.laid_out(table)]
    tds = ("".join(f'<td rowspan="{d}" colspan="{a}">{t}</td>' for t, d, a in row) for row in rows)
    return f"<table border='1'>{''.join(f'<tr>{cells}</tr>' for cells in tds)}</table>"


def text_table(table: Drawn, syntax: str) -> list[str]:
    """The lines of a table in a text."""
    return {
        "tabs": forms.tabs,
        "tabs in place": forms.tabs_in_place,
        "pipes": forms.pipes,
        "one cell a line": forms.one_a_line,
    }[syntax](table)


# What stands between the rows


_PAGE_NUMBERS = ("- {} -", "{}", "第{}页", "— {} —", "{} / 12", "第 {} 页 共 12 页", "－{}－", "-{}-")


def _cut(made: Page, at: int, y: int, *between: str) -> None:
    """Cuts a table in two in front of its row `y`."""
    table = made.table(at)
    made.touch(*table[max(y - 1, 0) : y + 1])
    made.blocks[at : at + 1] = [table[:y], *between, table[y:]]


def _foot(made: Page) -> list[str]:
    number = made.chance.choice(_PAGE_NUMBERS).format(made.chance.randrange(2, 12))
    running = f"{NAME}{YEARS[made.edition]}年政府信息公开工作年度报告"
    return made.chance.choice([[number], [number], [running], [number, running]])


def page_break(made: Page) -> bool:
    """A page ends between two rows; its number or the running head stands there."""
    at = made.chance.choice(made.tables())
    _cut(made, at, made.chance.randrange(1, len(made.table(at))), *_foot(made))
    return True


def page_break_in_a_row(made: Page) -> bool:
    """A page ends in the middle of a row."""
    at = made.chance.choice(made.tables())
    table = made.table(at)
    y = made.chance.randrange(1, len(table))
    row = table[y]
    if len(row) < 2:
        return False
    x = made.chance.randrange(1, len(row))
    first, second = row[:x], row[x:]
    if made.chance.random() < 0.5:
        first, second = first + [BLANK] * len(second), [BLANK] * len(first) + second
    made.touch(*table[y - 1 : y + 2])
    made.blocks[at : at + 1] = [[*table[:y], first], *_foot(made), [second, *table[y + 1 :]]]
    return True


def page_number_in_a_row(made: Page) -> bool:
    """A converter keeps the page number as a row of the table."""
    at = made.chance.choice(made.tables())
    table = made.table(at)
    y = made.chance.randrange(1, len(table))
    width = max(sum(a for _, _, a in row) for row in table)
    number = _foot(made)[0]
    cells = [[(number, 1, width)], [BLANK] * (width // 2) + [(number, 1, 1)], [(number, 1, 1)]]
    made.touch(*table[y - 1 : y + 1])
    table.insert(y, made.chance.choice(cells))
    return True


def page_number_for_a_blank(made: Page) -> bool:
    """In a stream the number of a page stands where a blank cell left nothing; the text counts its other pages too."""
    at = made.find("stat", "t2")
    if at is None or made.syntax != "one cell a line":
        return False
    numbers = made.alone()
    row = made.chance.choice([row for row in made.table(at) if row[-1][0] in numbers])
    number = made.chance.randrange(2, 6)
    text = row[-1][0]
    made.cells[numbers[text]] = ""
    made.touched.add(numbers[text])
    row[-1] = (str(number), *row[-1][1:])
    made.blocks.insert(0, made.chance.choice(_PAGE_NUMBERS).format(number - 1))
    made.blocks.insert(0, "全年召开会议研究公开工作，按月清点。")
    return True


_PAGE_MARKS = (
    "—{}—",
    "－{}－",
    "-{}-",
    "— {} —",
    "{}/12",
    "{} / 12",
    "{}页",
    "{}.",
    "{}、",
    "③",
    "{} of 12",
    "{}",
)


def page_mark_beside_a_blank(made: Page) -> bool:
    """In a stream a page ends within a row with blanks, which leave no line: the mark makes up for one of them."""
    if made.syntax != "one cell a line":
        return False
    at = made.chance.choice(made.tables())
    numbers = made.alone()
    row = made.chance.choice(
        [row for row in made.table(at) if sum(t in numbers for t, _, _ in row) > 1] or [[]]
    )
    places = [x for x, (text, _, _) in enumerate(row) if text in numbers]
    if not places:
        return page_number_for_a_blank(made)
    made.touch(row)
    blank, *others = made.chance.sample(places, 2 if len(places) < 4 else made.chance.choice((2, 2, 3)))
    number = made.chance.randrange(2, 6)
    mark = made.chance.choice(_PAGE_MARKS).format(number)
    if len(others) > 1:
        # A cell that is no number leaves no sum to tell by.
        x = others.pop()
        made.cells[numbers[row[x][0]]] = None
        row[x] = ("约" + row[x][0], *row[x][1:])
    made.cells[numbers[row[blank][0]]] = ""
    row[blank] = BLANK
    row[others[0]] = (f"{mark}\n{row[others[0]][0]}", *row[others[0]][1:])
    if mark == str(number):
        made.blocks.insert(0, made.chance.choice(_PAGE_NUMBERS).format(number - 1))
        made.blocks.insert(0, "全年召开会议研究公开工作，按月清点。")
    return True


_COMMENTS = (
    "注：本表数据含乡镇街道{}件",
    "备注：{}",
    "说明：其中{}件为上年转来",
    "以上数据截至12月31日",
    "（续表）",
    "填表人：张三  联系电话：0955-70686{}",
    "注：统计口径与上年一致。",
)


def comment_row(made: Page) -> bool:
    """A row of words that is no row of the form."""
    at = made.chance.choice(made.tables())
    table = made.table(at)
    y = made.chance.randrange(1, len(table) + 1)
    text = made.chance.choice(_COMMENTS).format(made.chance.randrange(2, 90))
    width = max(sum(a for _, _, a in row) for row in table)
    made.touch(*table[y - 1 : y + 1])
    table.insert(y, [(text, 1, width)])
    return True


# Tables and rows that are not the form's


def foreign_table(made: Page) -> bool:
    """A table of another year or body beside the right one, under a line that says so."""
    at = made.chance.choice(made.tables())
    key, year = made.key(at), YEARS[made.edition]
    other = forms.truth(made.edition, made.chance.choice((7, 8, 9)))
    drawn = next(
        t
        for k, t in zip(_KEYS[made.edition], forms.drawn_tables(made.edition, other), strict=True)
        if k == key
    )
    line = made.chance.choice(
        (
            f"附：{year - 1}年数据",
            f"{year - 1}年度情况表",
            "上年度数据",
            "去年同期数据",
            f"附件2：青溪县公证处{year}年政府信息公开情况统计表",
            "下属单位数据",
            f"附件：{NAME}{year - 1}年政府信息公开工作年度报告",
        )
    )
    table: Drawn = [list(row) for row in drawn[1]]
    if made.chance.random() < 0.3 and made.html:
        table.insert(0, [(line, 1, max(sum(a for _, _, a in row) for row in table))])
        made.blocks[len(made.blocks) :] = [table]
    else:
        made.blocks[len(made.blocks) :] = [line, table]
    return True


_KEYS = {E1: ("stat",), E2: ("t2", "t3", "t4"), E3: ("t2", "t3", "t4")}
_LOCAL_LABELS = (
    "其他行政权力",
    "行政确认",
    "政务服务事项",
    "公共企事业单位公开信息数",
    "政府网站信息更新量",
    "主动公开目录数",
)


def local_rows(made: Page) -> bool:
    """Rows that the office adds, with numbers."""
    at = made.find("stat", "t2", "t3")
    if at is None:
        return False
    table, key = made.table(at), made.key(at)
    for _ in range(made.chance.randint(1, 2)):
        y = made.chance.randrange(3 if key == "t3" else 2, len(table) + 1)
        label: DrawnCell = (made.chance.choice(_LOCAL_LABELS), 1, 1)
        numbers: list[DrawnCell] = [(str(made.chance.randrange(2, 900)), 1, 1) for _ in range(7)]
        if key == "t3":
            # A row within the span of a group has the columns that are left of it.
            row = [label, *numbers]
            if made.syntax == "html with spans":
                y = made.chance.choice((3, 4, 5, len(table)))
                row[0] = (label[0], 1, 3)
                y = 5 if y == len(table) else y
        elif key == "stat":
            row = [label, (made.chance.choice("件条个"), 1, 1), numbers[0]]
        else:
            width = len(table[y - 1]) - 1 if len(table[y - 1]) > 1 else 1
            row = [label, *numbers[:width]]
        made.touch(*table[y - 1 : y + 1])
        table.insert(y, row)
    return True


def extra_column(made: Page) -> bool:
    """A column that the form does not have, before or behind the others."""
    at = made.find("stat", "t2", "t3")
    if at is None:
        return False
    table, key = made.table(at), made.key(at)
    first = made.chance.random() < 0.4
    name = (
        made.chance.choice(("序号", "编号", "行次"))
        if first
        else made.chance.choice(
            ("备注", "上年数", "同比增减", "占比", "上年同期", "去年统计数", "小计", "累计数")
        )
    )
    for y, row in enumerate(table):
        text = str(y + 1) if first else str(made.chance.randrange(2, 99))
        if name == "备注":
            text = made.chance.choice(("", "", "含上年", "新增"))
        if y == 0:
            text = name
        if key == "t2" and row[0][0].startswith("第二十条"):
            text = "" if y else name
        if key == "t2" and row[0][0] == "信息内容":
            text = name
        if key == "t3" and 0 < y < 3:
            continue
        height = 3 if key == "t3" and y == 0 else 1
        row.insert(0 if first else len(row), (text, height, 1))
        made.touch(row)
    return True


def merged_tables(made: Page) -> bool:
    """Two tables drawn as one."""
    if made.edition == E1:
        return False
    one = made.chance.choice(made.tables()[:2])
    other = next(at for at in made.tables() if at > one)
    heading = made.blocks[one + 1]
    assert isinstance(heading, str)
    rows: Drawn = [[(heading, 1, 4)]] if made.chance.random() < 0.5 else []
    made.blocks[one : other + 1] = [[*made.table(one), *rows, *made.table(other)]]
    return True


def layout_table(made: Page) -> bool:
    """Tables in the cells of a table that lays out the page, with other words beside them."""
    if not made.html:
        return False
    for at in made.tables():
        inner = html_table(made.table(at), made.syntax)
        before, behind = made.chance.choice((("", ""), ("<p>见下表</p>", ""), ("", "<p>特此说明。</p>")))
        side = made.chance.choice(("", "<td>目录</td>", "<td>3</td>"))
        made.blocks[at] = f"<table><tr>{side}<td>{before}{inner}{behind}</td></tr></table>"
    return True


# Heads and columns


def columns_exchanged(made: Page) -> bool:
    """Two columns of table three or of table two change places, or the parts of table four."""
    at = made.find("t2", "t3", "t4")
    if at is None:
        return False
    table = made.table(at)
    changes: Mapping[str, tuple[forms.Change, ...]] = {
        "t3": (forms.swapped(*made.chance.sample(range(5), 2)), forms.total_first, forms.persons_last),
        "t4": (
            forms.litigation_first,
            forms.after_reconsideration_first,
            forms.pending_before_other,
            forms.total_of_the_outcomes_first,
        ),
        "t2": (_columns_of_two_exchanged,),
    }
    made.blocks[at] = made.chance.choice(changes[made.key(at)])(table)
    return True


def _columns_of_two_exchanged(table: Drawn) -> Drawn:
    """Table two with the last two columns of its first block exchanged."""
    rows = [list(row) for row in table]
    for row in rows[1:4]:
        row[2], row[3] = row[3], row[2]
    return rows


def one_row_for_three(made: Page) -> bool:
    """（六）其他处理 as one row in a form of 2021."""
    at = made.find("t3")
    if at is None or made.edition != E3:
        return False
    table, sums = made.table(at), []
    three = [row for row in CATALOGUE.rows if row.code.startswith("outcome.other_handling.")]
    for column in COLUMNS:
        codes = [f"ar.t3.{row.code}.{column}" for row in three]
        total = sum(int(str(made.cells.pop(code))) for code in codes)
        made.cells[f"ar.t3.outcome.other_handling.{column}"] = total
        sums.append((str(total), 1, 1))
    y = next(y for y, row in enumerate(table) if any(t == "（六）其他处理" for t, _, _ in row))
    # 三、本年度办理结果 spans two rows less.
    for row in table:
        row[:] = [(t, d - 2, a) if t == "三、本年度办理结果" else (t, d, a) for t, d, a in row]
    table[y : y + 3] = [[("（六）其他处理", 1, 2), *sums]]
    return True


def some_columns(made: Page) -> bool:
    """Table three with some of its columns only; what is not printed is nobody's number."""
    at = made.find("t3")
    if at is None:
        return False
    table = made.table(at)
    kept = made.chance.choice(
        ((0, 6), (0,), (6,), (0, 1, 6), (0, 1, 2, 3, 5, 6), (0, 1, 2, 3, 4, 6), (0, 5, 6))
    )
    five = [x for x in kept if 0 < x < 6]
    names = [t for t, _, _ in table[2]]
    top = [("自然人", 2, 1)] if 0 in kept else []
    top += [("法人或其他组织", 1, len(five))] if five else []
    top += [("总计", 2, 1)] if 6 in kept else []
    table[0] = [table[0][0] if five else (table[0][0][0], 2, 3), ("申请人情况", 1, len(kept))]
    table[1] = top if five else [(t, 1, a) for t, _, a in top]
    table[2:3] = [[(names[x - 1], 1, 1) for x in five]] if five else []
    for row in table[3 if five else 2 :]:
        row[-7:] = [row[-7:][x] for x in kept]
        if 6 in kept and len(kept) > 2:
            # An office that prints no column of a kind sums up those that it prints.
            total = sum(int(text) for text, _, _ in row[-len(kept) : -1])
            code = next(c for c, n in made.cells.items() if c.startswith("ar.t3.") and str(n) == row[-1][0])
            row[-1] = (str(total), 1, 1)
            made.cells[code] = total
    for code in [c for c in made.cells if c.startswith("ar.t3.")]:
        if COLUMNS.index(code.rsplit(".", 1)[1]) not in kept:
            del made.cells[code]
        else:
            made.touched.add(code)
    return True


def legal_persons_in_one(made: Page) -> bool:
    """Table three with one number for all of 法人或其他组织."""
    at = made.find("t3")
    if at is None:
        return False
    table = made.table(at)
    table[0] = [(table[0][0][0], 2, 3), ("申请人情况", 1, 3)]
    table[1:3] = [[("自然人", 1, 1), ("法人或其他组织", 1, 1), ("总计", 1, 1)]]
    for row in table[2:]:
        five = sum(int(text) for text, _, _ in row[-6:-1])
        row[-7:] = [row[-7], (str(five), 1, 1), row[-1]]
    for code in [c for c in made.cells if c.startswith("ar.t3.")]:
        if COLUMNS.index(code.rsplit(".", 1)[1]) not in (0, 6):
            del made.cells[code]
        else:
            made.touched.add(code)
    return True


def legal_persons_merged(made: Page) -> bool:
    """Table three whose rows print one number over the five columns of 法人或其他组织, under a head that has all five."""
    at = made.find("t3")
    if at is None:
        return False
    for row in made.table(at)[3:]:
        five = sum(int(text) for text, _, _ in row[-6:-1])
        row[-6:-1] = [(str(five), 1, 5)]
    for code in [c for c in made.cells if c.startswith("ar.t3.")]:
        made.touched.add(code)
        if COLUMNS.index(code.rsplit(".", 1)[1]) not in (0, 6):
            made.cells[code] = None
    return True


def head_lost(made: Page) -> bool:
    """Table three without some rows of its head."""
    at = made.find("t3")
    if at is None:
        return False
    table = made.table(at)
    lost = made.chance.choice(((0,), (1,), (2,), (1, 2), (0, 1, 2)))
    made.blocks[at] = [row for y, row in enumerate(table) if y not in lost]
    made.touched |= {code for code in made.cells if code.startswith("ar.t3.")}
    return True


_SCOPES = ("区政府", "区直单位", "乡镇街道")


def several_scopes(made: Page) -> bool:
    """The statistics table of a government that prints a column for each of its parts."""
    if made.edition != E1:
        return False
    at = made.tables()[0]
    table = made.table(at)
    total = made.chance.choice((None, "合计", "统计数"))
    names = [*_SCOPES, *([total] if total else [])]
    table[0] = [*table[0][:2], *((name, 1, 1) for name in names)]
    codes = [cell.code for cell in CATALOGUE.of_edition(E1)]
    cells, made.cells = made.cells, {}
    scopes = [forms.truth(E1, seed) for seed in (11, 12, 13)]
    for code, row in zip(codes, table[1:], strict=True):
        own = cells.get(code)
        texts = [""] * len(names)
        if own is not None:
            parts = [str(truth[code]) for truth in scopes]
            texts = [*parts, *([str(sum(map(int, parts)))] if total else [])]
            for name, text in zip(names, texts, strict=True):
                if name == "统计数":
                    made.cells[code] = int(text)
                else:
                    made.scoped.setdefault(name, {})[code] = int(text)
        row[2:] = [(text, 1, 1) for text in texts]
    return True


def another_total(made: Page) -> bool:
    """The statistics table with a second number column whose head says no more than 合计."""
    if made.edition != E1:
        return False
    table = made.table(made.tables()[0])
    first = made.chance.random() < 0.5
    other = forms.truth(E1, 14)
    for y, row in enumerate(table):
        code = CATALOGUE.of_edition(E1)[y - 1].code if y else ""
        text = str(other.get(code, ""))
        row.insert(2 if first else 3, ("合计" if y == 0 else text, 1, 1))
        if text and y:
            made.scoped.setdefault("合计", {})[code] = int(text)
    # 统计数 may be a part of 合计, or 合计 a sum over the years: the column of the form is 统计数.
    return True


def label_in_parts(made: Page) -> bool:
    """A label of the statistics table in two cells: 其中： in one of its own."""
    if made.edition != E1:
        return False
    table = made.table(made.tables()[0])
    wide = any("其中" in row[0][0] for row in table)
    for y, row in enumerate(table):
        label = row[0][0]
        if wide and label.startswith("其中"):
            head, rest = label[:2], label[2:].lstrip("：:")
            row[:1] = [(f"{head}：", 1, 1), (rest, 1, 1)]
        elif y and (at := label.find("、")) in range(1, 3) and made.chance.random() < 0.5:
            row[:1] = [(label[: at + 1], 1, 1), (label[at + 1 :], 1, 1)]
        else:
            row[0] = (label, 1, 2)
    return True


# What the cells hold


def _change_cells(made: Page, change: Callable[[str, str], tuple[str, int | str | None] | None]) -> bool:
    """Changes some numbers: `change` gives the new text and what is true of it, None where it does not fit."""
    numbers = made.alone()
    done = False
    at = made.chance.choice(made.tables())
    rows = [row for row in made.table(at) if any(text in numbers for text, _, _ in row)]
    for row in made.chance.sample(rows, min(len(rows), made.chance.randint(1, 4))):
        for x, (text, down, across) in enumerate(row):
            if text not in numbers or made.chance.random() < 0.5:
                continue
            code = numbers[text]
            changed = change(code, text)
            if changed is not None:
                row[x] = (changed[0], down, across)
                made.cells[code] = changed[1]
                made.touched.add(code)
                done = True
    return done


_FULL_WIDTH = str.maketrans("0123456789.,+-", "０１２３４５６７８９．，＋－")


def number_styles(made: Page) -> bool:
    """Full width, thousands separators, signs, units, blanks around."""

    def change(code: str, text: str) -> tuple[str, int | str | None] | None:
        money = CATALOGUE.by_code[code].value_type == "money"
        styles: list[str] = [text.translate(_FULL_WIDTH), f" {text}　", f"+{text}", f"\u200b{text}"]
        if not money:
            styles += [
                f"{int(text):,}",
                f"{text}件",
                f"{text} 项",
                f"{int(text):,}".translate(_FULL_WIDTH),
                _han(int(text)),
            ]
            minus = made.chance.choice(("-", "−", "－", "—"))
            if code.endswith("items_change"):
                return f"{minus}{text}", -int(text)
        return made.chance.choice(styles), made.cells[code]

    return _change_cells(made, change)


def _han(number: int) -> str:
    """A number in Chinese numerals."""
    digits, places = "零一二三四五六七八九", ("千", "百", "十", "")
    if number >= 10_000 or number < 2:
        return str(number)
    text = ""
    for figure, place in zip(f"{number:04d}", places, strict=True):
        text += digits[int(figure)] + (place if figure != "0" else "")
    while "零零" in text:
        text = text.replace("零零", "零")
    return text.strip("零")


_KEEPING = ("{}（其中修订 6 件）", "{}（含自然失效 9 件）", "{}（件）", "{} (含上年结转)", "{}（注）")
_DOUBTFUL = (
    "{}①",
    "{}（减）",
    "约{}",
    "{}（元）",
    "{}*",
    "{}余",
    "{}（上年数）",
    "{}/9",
    "{}-9",
    "{}万",
    "{} {}",
    "↓{}",
    "{}%",
    "{}.000",
)


def annotated(made: Page) -> bool:
    """Remarks and marks behind numbers: some leave the number what it is, others make another of it."""

    def change(code: str, text: str) -> tuple[str, int | str | None] | None:
        if CATALOGUE.by_code[code].value_type == "money":
            return None
        if made.chance.random() < 0.5:
            return made.chance.choice(_KEEPING).format(text), made.cells[code]
        doubtful = _DOUBTFUL if len(text) < 4 else _DOUBTFUL[:-1]
        return made.chance.choice(doubtful).format(text, made.chance.randrange(2, 9)), None

    return _change_cells(made, change)


def marked_up(made: Page) -> bool:
    """Numbers split over spans, struck out, hidden, raised, or drawn as pictures."""
    if not made.html:
        return False

    def change(code: str, text: str) -> tuple[str, int | str | None] | None:
        half = len(text) // 2
        first, second = text[:half], text[half:]
        same = (
            f"<span>{first}</span><span>{second}</span>",
            f"<b>{first}</b>{second}",
            f"<p>{text}</p>",
            f"{text}<span style='display:none'>5</span>",
            f"<font>{first}</font><font>{second}</font>&nbsp;",
            f"<!-- 5 -->{text}",
            f"<p>&nbsp;</p><p>{text}</p>",
            f"<input value='{text}'>",
        )
        doubtful = (
            f"<s>{text}</s>",
            f"<s>5</s>{text}",
            f"{text}<sup>2</sup>",
            "<img src='a.png'>",
            f"<img src='a.png'>{text}",
            f"{text}<br>5",
            f"<p>{text}</p><p>5</p>",
            f"<del>{text}</del>5",
        )
        if made.chance.random() < 0.5:
            return made.chance.choice(same), made.cells[code]
        shown = made.chance.choice(doubtful)
        # What is left when the struck text is gone is what the page means.
        return shown, None

    return _change_cells(made, change)


def units_told(made: Page) -> bool:
    """A unit of money in the head, the label, the caption, a note or the cell of the amount."""
    at = made.find("t2")
    if at is None:
        return False
    table = made.table(at)
    code = next(c for c in made.cells if c.startswith("ar.t2.") and c.endswith(".amount"))
    cell = CATALOGUE.by_code[code]
    text = str(made.cells[code])
    y = next(y for y, row in enumerate(table) if any(t == text for t, _, _ in row))
    head, row = table[y - 1], table[y]
    unit, times = made.chance.choice((("元", 10_000), ("万元", 1), ("亿元", None), ("千元", 10)))
    place = made.chance.choice(("head", "label", "caption", "cell", "note", "first row"))
    head[-1] = (head[-1][0].split("（")[0], *head[-1][1:])
    if place == "head":
        head[-1] = (f"{head[-1][0]}（单位：{unit}）", *head[-1][1:])
    elif place == "label":
        row[0] = (f"{row[0][0]}（{unit}）", *row[0][1:])
    elif place == "caption":
        made.blocks.insert(at, f"单位：{unit}")
    elif place == "first row":
        table.insert(0, [(f"单位：{unit}", 1, 4)])
    elif place == "cell":
        row[-1] = (f"{text}{unit}", *row[-1][1:])
    else:
        row[-1] = (f"{text}（{unit}）", *row[-1][1:])
    made.touched.add(code)
    if cell.unit is None:
        return True
    made.cells[code] = str(Decimal(text) / times) if times else str(Decimal(text) * 10_000)
    return True


def blanks(made: Page) -> bool:
    """Some numbers are not printed."""
    return _change_cells(made, lambda _, __: ("", ""))


DISTURBANCES: dict[str, Disturbance] = {
    "page break": page_break,
    "page break in a row": page_break_in_a_row,
    "page number as a row": page_number_in_a_row,
    "page number for a blank": page_number_for_a_blank,
    "page mark beside a blank": page_mark_beside_a_blank,
    "comment among the rows": comment_row,
    "table of another year or body": foreign_table,
    "local rows": local_rows,
    "extra column": extra_column,
    "two tables in one": merged_tables,
    "tables in a layout table": layout_table,
    "columns exchanged": columns_exchanged,
    "one row for three": one_row_for_three,
    "some columns only": some_columns,
    "legal persons in one column": legal_persons_in_one,
    "legal persons merged": legal_persons_merged,
    "head lost": head_lost,
    "several scopes": several_scopes,
    "two totals": another_total,
    "labels in parts": label_in_parts,
    "styles of numbers": number_styles,
    "annotated cells": annotated,
    "markup in cells": marked_up,
    "units": units_told,
    "blanks": blanks,
}
# What may come with any of them.
_SECOND = ("page break", "blanks", "comment among the rows", "styles of numbers", "page number as a row")


def disturbed(kind: str, syntax: str, edition: str, cells: Truth, chance: random.Random) -> Page | None:
    """A report with one disturbance, or with a second beside it; None where the edition or the syntax has no room."""
    made = page(edition, cells, syntax, chance)
    if not DISTURBANCES[kind](made):
        return None
    if made.tables() and all(len(made.table(at)) > 1 for at in made.tables()) and chance.random() < 0.4:
        DISTURBANCES[chance.choice(_SECOND)](made)
    return made


def cases(count: int, kinds: Iterable[str] = ()) -> Iterator[tuple[str, str, str, Page]]:
    """Each disturbance in each syntax, `count` times: its kind and syntax, a name and the page."""
    for kind in kinds or DISTURBANCES:
        for syntax in SYNTAXES:
            for case in range(count):
                name = f"{kind}/{syntax}/{case}"
                chance = random.Random(name)
                edition = (E1, E2, E3)[case % 3]
                made = disturbed(kind, syntax, edition, forms.truth(edition, 1 + case % 5), chance)
                if made is not None:
                    yield kind, syntax, name, made
