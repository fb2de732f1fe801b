"""What the replica serves, read from small data files: portals, agencies, pages, and the figures of each report.

`data/<site>/portals.toml` says how a portal looks and behaves, `data/<site>/pages.csv` has one row a page,
`data/agencies/<slug>.csv` one row an indicator and one column a report year, as printed.
"""

import csv
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

DATA = Path(__file__).resolve().parent / "data"

Kind = Literal[
    "report",
    "other_agency",
    "interpretation",
    "meeting",
    "rules",
    "self_check",
    "half_year",
    "reply",
    "soft_404",
    "dead",
]
Validators = Literal["", "strong", "weak", "date", "changing", "ignoring", "present", "future", "frozen"]
Edition = Literal["e1_2014", "e2_2019", "e3_2021"]
Figures = Mapping[str, str]


class UnknownReplica(Exception):
    """There is no replica of that site."""


@dataclass(frozen=True, slots=True)
class Portal:
    """A host: its names, what its pages are called, and how it behaves.

    `validators` is how it tells a page from another text of it, and answers who asks for it only if it has changed:
    `strong` and `weak` with an ETag of the body and a date, `date` with the date of publication alone, all three
    truthfully; `changing` with another ETag in each reply; `ignoring` with a whole page whatever is asked; `present` and
    `future` with a date that is no page's; `frozen` with an ETag of the address, so that a page never seems to change.
    """

    host: str
    title: str
    columns: Mapping[str, str]
    also: tuple[str, ...] = ()
    slogan: str = ""
    robots: Literal["missing", "empty", "admin"] = "missing"
    transfer: Literal["plain", "gzip", "chunked"] = "plain"
    lists: Literal["create_page", "inline", "definition"] = "create_page"
    validators: Validators = ""
    secure: bool = False
    fault: Literal["", "waf"] = ""
    family: str = "trs"
    per_page: int = 6
    quirk: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Agency:
    """A body as its own reports call it, and where it can be reached. `figures` names the body whose figures its
    reports print, where it has none of its own."""

    slug: str
    name: str
    postcode: str
    figures: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that a column lists. `published` is the date of the list and of the URL, `shown` that of the page itself."""

    host: str
    column: str
    href: str
    kind: Kind
    agency: str
    year: int | None
    title: str
    published: date
    shown: date
    signed: date | None
    layout: Literal["ueditor", "editor", "zoom", "xxgk", "gkmlpt", "ucap", "boda", "jpaas", "lonsun"]
    style: Literal["plain", "word"]
    prose: str
    traits: Mapping[str, str]

    @property
    def path(self) -> str:
        """Path and query on the host."""
        if self.layout == "xxgk":
            return f"{self.column}?{self.href}"
        return self.href if self.href.startswith("/") else self.column + self.href


@dataclass(frozen=True, slots=True)
class World:
    """A site's portals by every host name, its agencies, and its pages by host and path in the order of the lists."""

    site: str
    portals: Mapping[str, Portal]
    agencies: Mapping[str, Agency]
    pages: Mapping[tuple[str, str], Page]

    def url(self, page: Page) -> str:
        """The URL of a page under the portal's first name."""
        return f"{'https' if self.portals[page.host].secure else 'http'}://{page.host}{page.path}"

    def figures(self, slug: str) -> Mapping[int, Figures]:
        """The figures that a body's reports print, by report year."""
        agency = self.agencies.get(slug)
        return figures_of((agency.figures if agency else "") or slug)

    def listed(self, host: str, column: str) -> list[Page]:
        """The pages that a column lists, newest first; `unlisted` ones only a search finds."""
        pages = [
            page
            for page in self.pages.values()
            if (page.host, page.column) == (host, column) and "unlisted" not in page.traits
        ]
        return sorted(pages, key=lambda page: (page.published, page.href), reverse=True)

    def reports(self) -> list[Page]:
        """The pages that are annual reports of the column's own body."""
        return [page for page in self.pages.values() if page.kind == "report"]


@dataclass(slots=True)
class Changes:
    """What a test changes between two harvests: figures by agency and year and when that was,
    pages that are gone, and how a host (by its
    first name) tells pages from others."""

    figures: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)
    removed: set[tuple[str, str]] = field(default_factory=set)
    edited: dict[tuple[str, int | None], datetime] = field(default_factory=dict)
    validators: dict[str, Validators] = field(default_factory=dict)


def edition_of(year: int) -> Edition:
    """The form that a report year asks for: 国办发〔2014〕32号, 国办公开办函〔2019〕60号, 国办公开办函〔2021〕30号."""
    return "e1_2014" if year <= 2018 else "e2_2019" if year <= 2020 else "e3_2021"


@cache
def figures_of(slug: str) -> Mapping[int, Figures]:
    """Code to printed text, by report year; empty where the agency has no figures."""
    path = DATA / "agencies" / f"{slug}.csv"
    if not path.is_file():
        return MappingProxyType({})
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    years = [int(year) for year in rows[0][1:]]
    columns = zip(years, zip(*(row[1:] for row in rows[1:]), strict=True), strict=True)
    codes = [row[0] for row in rows[1:]]
    return MappingProxyType(
        {year: MappingProxyType(dict(zip(codes, cells, strict=True))) for year, cells in columns}
    )


@cache
def load_world(site: str) -> World:
    """The world of a site.

    Raises:
        UnknownReplica: no data for that site; the sentence names those that have some.
    """
    folder = DATA / site
    if not (folder / "portals.toml").is_file():
        names = ", ".join(sorted(path.parent.name for path in DATA.glob("*/portals.toml")))
        raise UnknownReplica(f"There is no replica of the site {site!r}. There are: {names}.")
    content = tomllib.loads((folder / "portals.toml").read_text(encoding="utf-8"))
    portals = [Portal(**{**entry, "also": tuple(entry.get("also", ()))}) for entry in content["portal"]]
    with (folder / "pages.csv").open(encoding="utf-8", newline="") as file:
        pages = [_page(row) for row in csv.DictReader(file)]
    return World(
        site=site,
        portals={name: portal for portal in portals for name in (portal.host, *portal.also)},
        agencies={entry["slug"]: Agency(**entry) for entry in content["agency"]},
        pages={(page.host, page.path): page for page in pages},
    )


def load_worlds(sites: Sequence[str]) -> World:
    """Several sites as one world, for a harvest over all of them. Raises UnknownReplica as `load_world` does."""
    worlds = [load_world(site) for site in sites]
    return World(
        site="+".join(sites),
        portals={name: portal for world in worlds for name, portal in world.portals.items()},
        agencies={slug: agency for world in worlds for slug, agency in world.agencies.items()},
        pages={key: page for world in worlds for key, page in world.pages.items()},
    )


def sites_answering(name: str, hosts: Collection[str]) -> list[str]:
    """The sites with data that stand for a site: the one of that name, else those that answer for one of its hosts.

    Raises:
        UnknownReplica: there is none.
    """
    known = sorted(path.parent.name for path in DATA.glob("*/portals.toml"))
    if name in known:
        return [name]
    found = [site for site in known if not load_world(site).portals.keys().isdisjoint(hosts)]
    if not found:
        raise UnknownReplica(
            f"The replica does not answer for {', '.join(sorted(hosts))}. It has: {', '.join(known)}."
        )
    return found


def _page(row: dict[str, str]) -> Page:
    traits = dict(part.partition("=")[::2] for part in row["traits"].split(",") if part)
    return Page(
        host=row["host"],
        column=row["column"],
        href=row["href"],
        kind=row["kind"],  # type: ignore[arg-type]
        agency=row["agency"],
        year=int(row["year"]) if row["year"] else None,
        title=row["title"],
        published=date.fromisoformat(row["published"]),
        shown=date.fromisoformat(row["shown"]),
        signed=date.fromisoformat(row["signed"]) if row["signed"] else None,
        layout=row["layout"],  # type: ignore[arg-type]
        style=row["style"],  # type: ignore[arg-type]
        prose=row["prose"],
        traits=traits,
    )
