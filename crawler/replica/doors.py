"""The way in: a portal's home page and the pages between it and its report columns, with the chrome, the menus and the
look-alikes that real ones have."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

from crawler.replica.world import Portal, World

Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Door:
    """A page that leads on: its name and what it links to, as address and text."""

    name: str
    links: tuple[Link, ...]


LOOKALIKES: tuple[Link, ...] = (
    ("/ztzl/fzzf/", "法治政府建设年度报告"),
    ("/zwgk/czzj/ysjs/", "财政预决算公开"),
    ("/zwgk/tjxx/tjnj/", "统计年鉴"),
    ("/gywm/wzgznb/", "政府网站工作年度报表"),
    ("/zwgk/zfgzbg/", "政府工作报告"),
    ("/qynb/", "企业年度报告公示"),
)
"""Columns whose names come near to that of the report column; they list reports of other kinds, or nothing."""

_FIRST = "/zwgk/"
_HUB = "/zwgk/zfxxgk/"


def door(world: World, portal: Portal, path: str) -> Door | None:
    """The page at a path between home page and column; None where there is none.

    Args:
        world: whose columns are looked up.
        portal: the portal that is asked.
        path: the path asked for; `index.html` and nothing are the same.
    """
    folder = path.removesuffix("index.html")
    if folder == "/":
        return Door(portal.title, _children(world, portal, "/"))
    if folder in dict(LOOKALIKES):
        years = range(2018, 2026)
        name = dict(LOOKALIKES)[folder]
        kind = name.removesuffix("公示")
        return Door(
            name,
            tuple(
                (f"./{year}04/t{year}0401_{year}77.html", f"{portal.title}{year - 1}年{kind}")
                for year in years
            ),
        )
    links = _children(world, portal, folder)
    return Door(_name(world, portal, folder), links) if links else None


def starts(world: World, portal: Portal) -> Iterator[tuple[str, str]]:
    """Where reading each column begins, and whose it is: the body of its reports where there is one, else nobody."""
    for key in portal.columns:
        listed = [page for page in world.listed(portal.host, key) if page.kind == "report"]
        areas = sorted({area for page in listed for area in parse_qs(page.href).get("area", [])})
        for area in areas or [""]:
            own = {page.agency for page in listed if not area or area in page.href}
            agency = world.agencies.get(own.pop()) if len(own) == 1 else None
            yield f"{key}?area={area}" if area else key, agency.name if agency else ""


def _ancestors(start: str) -> list[str]:
    """The folders above a column, from the first: those of its own address where it is a folder, else two usual ones."""
    if not start.endswith("/"):
        return [_FIRST, _HUB]
    parts = start.strip("/").split("/")[:-1]
    return ["/" + "/".join(parts[: number + 1]) + "/" for number in range(len(parts))] or [_FIRST]


def _children(world: World, portal: Portal, folder: str) -> tuple[Link, ...]:
    found: dict[str, str] = {}
    for start, _ in starts(world, portal):
        chain = ["/", *_ancestors(start), start]
        if folder in chain[:-1]:
            child = chain[chain.index(folder) + 1]
            key = start.partition("?")[0] if "?area=" in start else start
            found.setdefault(child, portal.columns[key] if child == start else _name(world, portal, child))
    return tuple(found.items())


def _name(world: World, portal: Portal, folder: str) -> str:
    """What a folder on the way is called: by the one body whose columns lie below it, else by its depth."""
    owners = {owner for start, owner in starts(world, portal) if folder in _ancestors(start)}
    if len(owners) == 1 and (owner := owners.pop()) and owner != portal.title and folder.count("/") > 3:
        return owner
    names = {2: "政务公开", 3: "政府信息公开"}
    return names.get(folder.count("/"), "部门信息公开目录" if folder.count("/") == 4 else "法定主动公开内容")
