"""The commands about site files: list, show, try against the portals, begin a new one, find one from a home page."""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.markup import escape
from rich.table import Table

from crawler import answers
from crawler.checking import (
    SUFFIX,
    columns_checked,
    expected_of,
    not_as_expected,
    not_filled_in,
    show_columns,
    without_place,
)
from crawler.command.fetching import harvest_site, replica_for
from crawler.command.terminal import (
    DONE,
    FAILED,
    OUTCOME_EXIT,
    PARTIAL,
    USAGE,
    JsonOption,
    ReplicaOption,
    err,
    now,
    open_settings,
    out,
    print_json,
    say,
)
from crawler.discovery.seen import Walk
from crawler.discovery.sitefile import check_file, site_file
from crawler.discovery.skeleton import SKELETON, SKELETON_CHECK
from crawler.discovery.walk import Bounds, walk
from crawler.lock import hosts_to_oneself
from crawler.narrowing import Narrowing
from crawler.schedule import SHANGHAI
from crawler.sites import Site, load_site, load_site_file, load_sites, site_names
from crawler.tables import show_table
from gxstore import regions
from gxstore.database import open_store
from gxstore.frontier import Ledger
from gxstore.resources import own_config

_BOUNDS = Bounds()

sites_app = typer.Typer(help="Site files: list, show, try, begin, find.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Enter this group of commands."""
    app.add_typer(sites_app, name="sites")


def sites_or_say() -> tuple[list[Site], list[str]]:
    """All sites whose file can be used, and what is wrong with the others, which is said."""
    sites, problems = load_sites(site_names())
    for problem in problems:
        err.print(f"gxcrawl: {escape(problem)}", soft_wrap=True)
    return sites, problems


@sites_app.command("list")
def sites_list(as_json: JsonOption = False) -> None:
    """The sites that have a file."""
    sites, problems = sites_or_say()
    if as_json:
        print_json([_site_json(site) for site in sites])
    else:
        _print_sites(sites)
    if problems:
        raise typer.Exit(PARTIAL)


def _print_sites(sites: Sequence[Site]) -> None:
    table = Table("site", "title", "portals", "agencies", "floor", "columns seen", "file of")
    for one in map(_site_json, sites):
        floor = f"{one['floor']} from {one['first_year']}"
        seen = f"{one['columns_seen']} of {one['columns']}"
        numbers = str(one["portals"]), str(one["agencies"])
        table.add_row(one["name"], escape(one["title"]), *numbers, floor, seen, one["checked"])
    show_table(out, table)


def _site_json(site: Site) -> dict[str, Any]:
    columns = [column for portal in site.portal for column in portal.column]
    return {
        "name": site.name,
        "title": site.title,
        "portals": len(site.portal),
        "agencies": sum(agency.expected for agency in site.agency),
        "floor": site.expect.reports,
        "first_year": site.expect.first_year,
        "columns": len(columns),
        "columns_seen": sum(column.evidence == "seen" for column in columns),
        "checked": str(site.checked),
    }


@sites_app.command("show")
def sites_show(name: str, as_json: JsonOption = False) -> None:
    """One site file: its portals, columns and acknowledged troubles."""
    loaded = load_site(name)
    if as_json:
        print_json({"path": str(loaded.path), **loaded.site.model_dump(mode="json")})
    else:
        answers.show_site(out, loaded)


@sites_app.command("check")
def sites_check(name: str, replica: ReplicaOption = False, as_json: JsonOption = False) -> None:
    """Try a site file against its portals: read every column's lists, hold them against NAME.check.toml, fetch no report,
    keep nothing."""
    settings = open_settings()
    loaded = load_site(name)
    expected = expected_of(loaded.path)
    with (
        hosts_to_oneself(settings, loaded.site.hosts, now(), f"check of {name}"),
        TemporaryDirectory(prefix="gxcrawl-") as folder,
    ):
        there = settings.moved_to(Path(folder))
        summary = harvest_site(there, loaded, Narrowing(lists_only=True), replica=replica)
        rows = Ledger(open_store(there.database), summary["run"]).rows()
    columns = columns_checked(rows)
    wrong = not_as_expected(expected, rows)
    left = not_filled_in(loaded.site, expected)
    reasons = [*summary["reasons"], *wrong, *left, *without_place(loaded.site)]
    outcome = "failed" if wrong or left else summary["outcome"]
    if as_json:
        checked = {"site": name, "outcome": outcome, "expected": len(expected), "columns": columns}
        print_json({**checked, "reasons": reasons})
    else:
        show_columns(out, name, columns, reasons)
        if expected:
            said = (
                f"{len(expected) - len(wrong)} of {len(expected)} reports of the check file are as it says."
            )
        else:
            said = (
                f"There is no check file that names a report: nothing was held against the lists. Enter a few reports of "
                f"each column in {loaded.path.with_name(name + SUFFIX)}."
            )
        out.print(said, soft_wrap=True)
    raise typer.Exit(OUTCOME_EXIT[outcome])


@sites_app.command("new")
def sites_new(name: str) -> None:
    """Write a commented skeleton of a site file, and a check beside it that fails until both are filled in."""
    path = _free_path(name, "another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    day = f"{now().astimezone(SHANGHAI):%Y-%m-%d}"
    path.write_text(SKELETON.format(name=name, day=day), "utf-8")
    path.with_name(name + SUFFIX).write_text(SKELETON_CHECK.format(name=name), "utf-8")
    load_site_file(path)
    out.print(f"Written: {path} and {name}{SUFFIX} beside it.", soft_wrap=True)
    out.print(
        f"Fill in both, then type gxcrawl sites check {name}: it fails until the site file is filled in and each report of "
        "the check file is listed."
    )


@sites_app.command("discover")
def sites_discover(
    urls: Annotated[
        list[str], typer.Argument(metavar="URL...", help="Home pages of the portals of one site.")
    ],
    name: Annotated[str | None, typer.Option(help="The site's name; by default the first host's.")] = None,
    pages: Annotated[int, typer.Option(min=2, help="At most so many pages of each host.")] = _BOUNDS.pages,
    depth: Annotated[
        int, typer.Option(min=1, help="At most so many links from the home page.")
    ] = _BOUNDS.depth,
    delay: Annotated[float, typer.Option(min=0.5, help="Seconds between two requests to a host.")] = 2.0,
    replica: ReplicaOption = False,
    as_json: JsonOption = False,
) -> None:
    """Walk from home pages to the columns of annual reports, and write a site file that can be run, with a check."""
    settings = open_settings()
    starts = [_home(url) for url in urls]
    name = name or _name_of(starts[0])
    path = _free_path(name, "another name with --name")
    hosts = frozenset(urlsplit(start).netloc for start in starts)
    with (
        hosts_to_oneself(settings, hosts, now(), f"discovery of {name}"),
        replica_for(name, hosts, replica=replica) as proxy,
    ):
        found = walk(starts, settings, Bounds(pages, depth), delay=delay, replica=proxy)
    if not found.sightings:
        for trouble in found.troubles:
            err.print(f"  {escape(trouble)}", soft_wrap=True)
        if found.elsewhere:
            err.print(f"  linked, and not asked: {', '.join(sorted(found.elsewhere))}", soft_wrap=True)
        say(
            f"No column of annual reports was found from {', '.join(starts)} within {pages} pages a host. Give the URL of "
            "the page that lists the departments or of a host that is linked, or more --pages, or begin a file with gxcrawl sites new.",
            FAILED,
        )
    today = now().astimezone(SHANGHAI).date()
    text = site_file(name, found, starts, regions.load(), today, delay=delay)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    loaded = load_site_file(path)
    path.with_name(name + SUFFIX).write_text(check_file(loaded.site, found), "utf-8")
    if as_json:
        print_json(_told(path, found))
    else:
        _print_walk(path, name, found)
    raise typer.Exit(PARTIAL if found.troubles or found.left or found.without_column else DONE)


def _told(path: Path, found: Walk) -> dict[str, Any]:
    columns = [
        {"url": seen.url, "family": seen.family, "reports": len(seen.reports), "links": len(seen.links)}
        for seen in found.sightings
    ]
    told = {"file": str(path), "columns": columns, "asked": found.asked, "troubles": found.troubles}
    without = found.without_column
    return {
        **told,
        "not_followed": found.left,
        "elsewhere": sorted(found.elsewhere),
        "without_column": without,
    }


def _print_walk(path: Path, name: str, found: Walk) -> None:
    table = Table("column", "family", "reports", "links", "by")
    for seen in found.sightings:
        numbers = str(len(seen.reports)), str(len(seen.links))
        table.add_row(escape(seen.url), seen.family, *numbers, escape(" > ".join(seen.trail[-3:])))
    show_table(out, table)
    for trouble in found.troubles:
        out.print(f"  trouble: {escape(trouble)}", soft_wrap=True)
    for host, number in found.left.items():
        out.print(f"  {host}: {number} links were not followed, since the bound of pages was reached")
    if found.elsewhere:
        out.print(f"  linked, and not asked: {', '.join(sorted(found.elsewhere))}", soft_wrap=True)
    if without := found.without_column:
        out.print(
            f"  named by the portal, and no column of theirs was found: {escape(', '.join(without))}",
            soft_wrap=True,
        )
    out.print(
        f"Written: {path} and {name}{SUFFIX} beside it. Look at them, then: gxcrawl sites check {name}",
        soft_wrap=True,
    )


def _home(url: str) -> str:
    full = url if "://" in url else f"http://{url}"
    parts = urlsplit(full)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        say(f"{url!r} is no address of a portal. Give one like http://www.nxzw.gov.cn/", USAGE)
    return parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/").geturl()


def _name_of(url: str) -> str:
    labels = (urlsplit(url).hostname or "").removeprefix("www.").removesuffix(".gov.cn").split(".")
    return re.sub(r"[^a-z0-9]+", "-", "-".join(labels)).strip("-") or "site"


def _free_path(name: str, way_out: str) -> Path:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        say(f"{name!r} is no name for a site: use small letters, digits and hyphens.", USAGE)
    path = own_config("sites", f"{name}.toml")
    if path.exists() or name in site_names():
        say(f"There is a site {name} already. Remove its file, or give {way_out}.", USAGE)
    return path
