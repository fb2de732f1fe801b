"""Blocks as the markup that portals publish: clean HTML, or the span soup that Word's export leaves behind."""

import re
from collections.abc import Iterable
from html import escape
from typing import Literal

from crawler.replica.article import Block, Grid, Line
from crawler.replica.forms import FormCell, Row

Style = Literal["plain", "word"]

_ALIGN = {"paragraph": "text-indent: 2em;", "heading": "text-indent: 2em;", "centre": "text-align: center;"}
_SONG = "font-family: 仿宋_GB2312; font-size: 16pt;"
_CELL = "border: 1pt solid windowtext; padding: 0pt 5.4pt; mso-border-alt: 0.5pt solid windowtext;"


def to_html(blocks: Iterable[Block], style: Style) -> str:
    """The blocks one after another, each on its own line."""
    return "\n".join(
        _table(block, style) if isinstance(block, Grid) else _line(block, style) for block in blocks
    )


def _line(line: Line, style: Style) -> str:
    align = _ALIGN.get(line.stands, "text-align: right;")
    parts = [(part, number % 2 == 1) for number, part in enumerate(line.text.split("**"))]
    text = "".join(
        f"<strong>{_runs(part, style)}</strong>" if bold or line.stands == "heading" else _runs(part, style)
        for part, bold in parts
        if part
    )
    kind = ' class="MsoNormal"' if style == "word" else ""
    return f'<p{kind} style="{align}">{text}</p>'


def _runs(text: str, style: Style) -> str:
    """Text as runs. Word gives digits a run of their own, and a number typed in two goes falls into two runs."""
    if style == "plain":
        return escape(text, quote=False)
    out = []
    for run in re.findall(r"[0-9]+|[^0-9]+", text):
        if not run.isdecimal():
            out.append(f'<span style="{_SONG}">{escape(run, quote=False)}</span>')
            continue
        cuts = (run[:1], run[1:]) if len(run) in (2, 4) else (run[:2], run[2:]) if len(run) > 4 else (run,)
        out.extend(f'<span lang="EN-US" style="{_SONG}">{cut}</span>' for cut in cuts)
    return "".join(out)


def _table(grid: Grid, style: Style) -> str:
    kind = (
        ' class="MsoNormalTable" style="border-collapse: collapse; border: none;"' if style == "word" else ""
    )
    rows = "\n".join(_row(row, style) for row in grid.rows)
    return f'<table{kind} border="1" cellspacing="0" cellpadding="0"><tbody>\n{rows}\n</tbody></table>'


def _row(row: Row, style: Style) -> str:
    kind = ' style="height: 28.95pt;"' if style == "word" else ""
    return f"<tr{kind}>" + "".join(_cell(cell, style) for cell in row) + "</tr>"


def _cell(cell: FormCell, style: Style) -> str:
    spans = (f' colspan="{cell.colspan}"' if cell.colspan > 1 else "") + (
        f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
    )
    if style == "plain":
        return f"<td{spans}>{escape(cell.text, quote=False)}</td>"
    text = _runs(cell.text, style) or "<span>&nbsp;</span>"
    return f'<td{spans} valign="center" style="{_CELL}"><p class="p" style="margin: 0pt;">{text}</p></td>'
