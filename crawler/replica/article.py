"""The text of a page as blocks: prose from `data/prose/<name>.txt`, tables from the forms, figures from the data.

In a prose file a line is a paragraph; `## ` begins a heading, `^` a centred line, `@t2` (or t3, t4, stat) stands for
a table, `@sign` for the signature (落款) with its date. Jinja fills in figures and names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crawler.replica.forms import Row, TableKey, build
from crawler.replica.world import DATA, Agency, Changes, Figures, Page, World, edition_of


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text and how it stands on the page."""

    text: str
    stands: Literal["paragraph", "heading", "centre", "right"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Grid:
    """One table."""

    rows: tuple[Row, ...]


Block = Line | Grid

_TABLES: dict[str, TableKey] = {"@stat": "stat", "@t2": "t2", "@t3": "t3", "@t4": "t4"}
# What a body calls itself, by the end of its name; the first that fits.
_WE = (
    ("局", "我局"),
    ("厅", "我厅"),
    ("委", "我委"),
    ("委员会", "我委"),
    ("办公室", "我办"),
    ("镇人民政府", "我镇"),
)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(DATA / "prose"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=False,
    )


def blocks(world: World, page: Page, changes: Changes) -> list[Block]:
    """The blocks of a page's main content, in reading order."""
    agency = world.agencies.get(page.agency) or Agency("", _named_in(page.title), "750000")
    figures = _figures(world, page, changes)
    prose = page.prose or page.kind
    text = (
        _environment()
        .get_template(f"{prose}.txt")
        .render(
            agency=agency.name,
            we=next((we for end, we in _WE if agency.name.endswith(end)), "本单位"),
            year=page.year,
            f=figures,
            office=f"{agency.name}办公室" if not agency.name.endswith("办公室") else agency.name,
            address=f"{agency.name}机关院内",
            postcode=agency.postcode,
            phone=f"0{agency.postcode[:3]}-{2000000 + int(agency.postcode) % 7919}",
            email=f"{page.agency or 'office'}@mail.example.cn",
        )
    )
    return list(_parsed(text, page, agency, figures))


def _parsed(text: str, page: Page, agency: Agency, figures: Figures) -> Iterator[Block]:
    if "title_in_body" in page.traits:
        yield Line(page.title, "centre")
    edition = edition_of(page.year or 2020)
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if table := _TABLES.get(line):
            yield Grid(build(table, edition, figures))
        elif line.startswith("@sign"):
            yield Line(line.removeprefix("@sign").strip() or agency.name, "right")
            if page.signed:
                yield Line(in_words(page.signed), "right")
        elif line.startswith("## "):
            yield Line(line.removeprefix("## "), "heading")
        elif line.startswith("^"):
            yield Line(line.removeprefix("^"), "centre")
        else:
            yield Line(line)
    if "gb2312" in page.traits:
        # 䶮 is in GB18030 and in neither GB2312 nor GBK.
        yield Line("（联系人：马䶮）", "right")


def _figures(world: World, page: Page, changes: Changes) -> Figures:
    if page.year is None or not page.agency:
        return {}
    own = world.figures(page.agency).get(page.year, {})
    return {**own, **changes.figures.get((page.agency, page.year), {})}


def _named_in(title: str) -> str:
    """The body that a title begins with, up to its year."""
    return title.partition("20")[0].strip() or "办公室"


def in_words(day: date) -> str:
    """A date as a signature writes it: 2021年1月25日."""
    return f"{day.year}年{day.month}月{day.day}日"
