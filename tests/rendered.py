"""Reports as LibreOffice prints them: one of each edition, on pages that break them in every way. One run of the
office makes all of them, for every test of every worker of the suite.
"""

import fcntl
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


def _convert(folder: Path, files: list[Path], to: str) -> None:
    words = ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    words += ["--infilter=HTML (StarWriter)", "--convert-to", to, "--outdir", str(folder), *map(str, files)]
    subprocess.run(words, capture_output=True, check=True, timeout=240)
