"""Reports as LibreOffice prints them: one of each edition, on pages that break them in every way. One run of the
office makes all of them, for every test of every worker of the suite.
"""

import fcntl
import random
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests import forms
from tests.forms import E1, E2, E3, Drawn

# Size and orientation of the page, width of the columns of labels. Narrow labels wrap, and rows break inside.
LAYOUTS = {
    "portrait": ("21cm 29.7cm", "2cm", None),
    "landscape": ("29.7cm 21cm", "2cm", None),
    # so short that rows break inside, and every table lies on several pages
    "narrow": ("21cm 14.85cm", "1.2cm", "1.1cm"),
}
EDITIONS = (E1, E2, E3)
NAMES = tuple(f"{edition}-{layout}" for edition in EDITIONS for layout in LAYOUTS)
FOOTER = "海原县水务局年度报告"


def edition_of(name: str) -> str:
    """The edition of a report by its name."""
    return name.partition("-")[0]


def page(name: str) -> str:
    """The page of HTML that is printed."""
    edition, _, layout = name.partition("-")
    size, margin, narrow = LAYOUTS[layout]
    drawn = forms.tables_of(edition, forms.truth(edition), {})
    parts = [f"<h1>{forms._title(edition)}</h1>", "<h2>一、总体情况</h2>", f"<p>{forms._NARRATIVE}</p>"]
    for heading, table in drawn:
        parts += [f"<h2>{heading}</h2>", _table(table, narrow)]
    parts.append("<h2>五、存在的主要问题及改进情况</h2><p>公开的栏目仍要充实。</p>")
    footer = (
        f"<div title='footer'><p align='center'>{FOOTER}</p><p align='center'>"
        "<sdfield type='PAGE' subtype='RANDOM' format='PAGE'>1</sdfield></p></div>"
    )
    style = f"@page {{ size: {size}; margin: {margin} }} td, th {{ font-size: 9pt }}"
    return f"<html><head><meta charset='utf-8'><style>{style}</style></head><body>{''.join(parts)}{footer}</body></html>"


def _table(table: Drawn, narrow: str | None) -> str:
    width = f" width='{narrow}' style='width: {narrow}'" if narrow else ""
    rows = []
    for row in table:
        cells = "".join(
            f'<td rowspan="{down}" colspan="{across}"{width if not text.isdigit() else ""}>{text}</td>'
            for text, down, across in row
        )
        rows.append(f"<tr>{cells}</tr>")
    return f"<table border='1' cellspacing='0' cellpadding='2'>{''.join(rows)}</table>"


@cache
def rendered(name: str, to: str = "pdf") -> bytes:
    """The report of that name as a file of LibreOffice: `pdf`."""
    # Workers of one run of the suite share the folder; its name holds what the pages are made from.
    pages = {own: page(own).encode() for own in NAMES}
    folder = Path(tempfile.gettempdir()) / f"gxcrawl-rendered-{forms.CATALOGUE.digest[:8]}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / f"{name}.{to}"
        same = (folder / f"{name}.html").exists() and (folder / f"{name}.html").read_bytes() == pages[name]
        if not (made.exists() and same):
            for own, content in pages.items():
                (folder / f"{own}.html").write_bytes(content)
            _convert(folder, [folder / f"{own}.html" for own in NAMES], to)
        return made.read_bytes()


_FONTS = ("Noto Sans CJK SC", "Noto Serif CJK SC", "Liberation Serif", "Liberation Sans", "Liberation Mono")
_PAPERS = ((21, 29.7), (29.7, 21), (29.7, 42), (14.8, 21), (21.6, 27.9), (18.4, 26))


def printed_by_lot(seed: int, ruling: str | None = None) -> tuple[str, forms.Truth, bytes]:
    """A report on paper, in a typeface and with columns that the seed draws: its edition, its cells, and the PDF.

    `ruling` is the style of the cells of a table without lines around them: with none, or with some.
    """
    lot = random.Random(seed)
    edition = lot.choice([E1, E2, E3])
    cells = forms.truth(edition, seed)
    (wide, high), margin = lot.choice(_PAPERS), lot.choice([1, 1.5, 2.5])
    size, font, padding = lot.choice([8, 9, 10.5, 12, 14]), lot.choice(_FONTS), lot.choice([0, 2, 5])
    size = min(size, 9) if wide < 16 else size
    narrow = lot.choice([None, "0.9cm", "1.3cm", "2cm"])
    align, border = lot.choice(["left", "center", "right"]), lot.choice([1, 1, 2])
    parts = [f"<h1>{forms._title(edition)}</h1><h2>一、总体情况</h2><p>{forms._NARRATIVE}</p>"]
    for heading, table in forms.tables_of(edition, cells, {}):
        rows = _table(table, narrow).partition(">")[2].replace("<td ", f'<td align="{align}" ')
        share = lot.choice(["", ' width="100%"', ' width="80%"'])
        kind = f"<table border='{border}' cellspacing='0' cellpadding='{padding}'{share}>"
        parts.append(f"<h2>{heading}</h2>{kind}{rows}")
    parts.append("<h2>五、存在的主要问题及改进情况</h2><p>公开的栏目仍要充实。</p>")
    if ruling is not None:
        around = re.compile("<table border='[12]'")
        parts = [
            around.sub("<table border='0'", part).replace("<td ", f'<td style="{ruling}" ') for part in parts
        ]
    style = f"@page {{ size: {wide}cm {high}cm; margin: {margin}cm }} body, td {{ font-family: '{font}'; font-size: {size}pt }}"
    content = (
        f"<html><head><meta charset='utf-8'><style>{style}</style></head><body>{''.join(parts)}</body></html>"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "report.html").write_text(content, "utf-8")
        _convert(folder, [folder / "report.html"], "pdf")
        return edition, cells, (folder / "report.pdf").read_bytes()


def _convert(folder: Path, files: list[Path], to: str) -> None:
    words = ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    words += ["--infilter=HTML (StarWriter)", "--convert-to", to, "--outdir", str(folder), *map(str, files)]
    subprocess.run(words, capture_output=True, check=True, timeout=240)
