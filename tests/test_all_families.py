"""A harvest over every CMS family at once: what is there is found, nothing else is, whatever fails on the way."""

import json
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.reader import iter_records
from crawler.families import FAMILIES
from crawler.replica.server import Replica
from crawler.replica.world import World, load_worlds
from crawler.sites import load_site
from gxstore.resources import config_path

SITES = (
    "anhui",
    "fujian",
    "guangdong",
    "guizhou",
    "hainan",
    "heilongjiang",
    "hunan",
    "jiangsu",
    "liaoning",
    "sichuan",
    "yunnan",
    "zhejiang",
)
# What a harvest must not be: the setting is put back before Scrapy sees it.
_SEVERAL_AT_ONCE = """
import crawler.harvest as harvesting
kept = harvesting.scrapy_settings
harvesting.scrapy_settings = lambda *a, **k: kept(*a, **k) | {{"CONCURRENT_REQUESTS_PER_DOMAIN": {}, "DOWNLOAD_DELAY": 0}}
"""
HEAD = """
name = "families"
title = "试"
region = "000000"
publisher = "x"
notes = "x"
checked = 2026-11-21
[expect]
reports = 200
first_year = 2018
[manners]
delay = 0
[agencies]
source = "x"
date = 2026-11-21
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled configuration with one more site: all others of this suite as one, so that one harvest does."""
    folder = tmp_path_factory.mktemp("families") / "config"
    shutil.copytree(config_path("."), folder)
    bodies = [(config_path("sites") / f"{site}.toml").read_text("utf-8") for site in SITES]
    parts = [body[body.index("[[agency]]") :] for body in bodies]
    (folder / "sites" / "families.toml").write_text(HEAD + "\n".join(parts), "utf-8")
    return folder


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with Replica(*SITES) as served:
        yield served


@pytest.fixture(scope="module")
def world() -> World:
    return load_worlds(SITES)


@pytest.fixture(scope="module")
def harvested(
    replica: Replica, config: Path, tmp_path_factory: pytest.TempPathFactory, harvester: Any
) -> Any:
    made = harvester(tmp_path_factory.mktemp("families"), replica.proxy_url, "families", config)
    return made, made.run(), list(replica.requests)


def found_by(made: Any) -> set[tuple[str, int]]:
    return set(
        made.rows("SELECT agency.slug, report.year FROM report JOIN agency ON agency.id = report.agency_id")
    )


def there(world: World) -> set[tuple[str, int]]:
    return {(page.agency, page.year or 0) for page in world.reports()}


def test_every_family_has_two_agencies_with_eight_years_in_the_replica(world: World) -> None:
    years: dict[str, Counter[str]] = {}
    for site in (*SITES, "ningxia"):
        for portal in load_site(site).site.portal:
            for column in portal.column:
                own = years.setdefault(column.family or portal.family, Counter())
                for page in (world if site in SITES else load_worlds([site])).reports():
                    way = portal.family_of(column).way
                    if page.host == portal.host and (way == "search" or page.column == column.path):
                        own[page.agency] += 2018 <= (page.year or 0) <= 2025
    assert set(years) == set(FAMILIES)
    for family, counted in years.items():
        assert sum(number >= 8 for number in counted.values()) >= 2, (family, counted)


def test_the_replica_plays_the_faults_of_lists_and_portals_that_are_known() -> None:
    everything = load_worlds([*SITES, "ningxia", "henan", "shandong"])
    portals = {portal.host: portal for portal in everything.portals.values()}.values()
    assert {portal.robots for portal in portals} == {"missing", "empty", "admin"}
    assert {portal.transfer for portal in portals} == {"plain", "gzip", "chunked"}
    assert {portal.quirk for portal in portals} == {
        "",
        "page",  # startrecord is ignored
        "capped",  # fewer records than asked for
        "off",  # the interface is switched off
        "no_count",
        "from_one",
        "params",
        "label",
        "years",
        "postback",
        "was5",  # the list is the reply of another search
        "category",  # the list of a category, by another interface
    }
    assert {portal.fault for portal in portals} == {"", "waf"}
    assert {portal.secure for portal in portals} == {True, False}
    kinds = Counter(page.kind for page in everything.pages.values())
    assert all(
        kinds[kind] >= 1
        for kind in (
            "dead",
            "soft_404",
            "other_agency",
            "interpretation",
            "rules",
            "self_check",
            "half_year",
            "meeting",
            "reply",
        )
    )
    assert kinds["report"] > 400
    traits = {trait for page in everything.pages.values() for trait in page.traits}
    assert traits >= {
        "unlisted",
        "unsearched",
        "gb2312",
        "absolute",
        "docx",
        "pdf",
        "xlsx",
        "jpg",
        "no_table",
    }


def test_all_reports_of_all_families_are_found_and_nothing_else(harvested: Any, world: World) -> None:
    made, summary, _ = harvested
    assert summary["failed"] == summary["blocked"] == 0, summary["reasons"]
    assert found_by(made) == there(world)


def test_a_former_name_is_kept_with_its_years(harvested: Any) -> None:
    made, _, _ = harvested
    known = made.rows(
        "SELECT slug, valid_from, valid_to, main FROM agency_name JOIN agency ON agency.id = agency_id"
        " WHERE name = '深圳市地方金融监督管理局'"
    )
    assert known == [("gd-shenzhen-jrj", "1949-10-01", "2023-12-31", 0)]
    asked = made.command(
        "query",
        "ar.t3.new_received.total",
        "--agency",
        "深圳市地方金融监督管理局",
        "--years",
        "2024",
        "--json",
    )
    assert [point["year"] for point in json.loads(asked.stdout)["points"]] == [2024]


def test_what_only_the_search_finds_is_named_and_taken(harvested: Any, world: World) -> None:
    _, summary, _ = harvested
    (hidden,) = [page for page in world.reports() if "unlisted" in page.traits]
    (unsearched,) = [page for page in world.reports() if "unsearched" in page.traits]
    (reason,) = summary["reasons"]
    assert reason.startswith(f"unlisted: only the search of www.anshun.gov.cn found {world.url(hidden)}")
    assert summary["outcome"] == "partial"
    assert any(world.url(unsearched) in note for note in summary["notes"])


def test_no_page_that_is_no_report_is_taken_for_one(harvested: Any, world: World) -> None:
    made, _, _ = harvested
    aside = dict(made.rows("SELECT url, verdict FROM frontier WHERE state = 'left_aside'"))
    for page in world.pages.values():
        if page.kind != "report":
            expected = "other_agency" if page.kind == "other_agency" else "not_a_report"
            assert aside[world.url(page)] == expected, page.title


def test_each_column_gave_as_many_entries_as_it_states(harvested: Any) -> None:
    made, _, _ = harvested
    given = dict(made.rows("SELECT source, count(*) FROM listing GROUP BY source"))
    stated = made.rows(
        "SELECT json_extract(context, '$.portal') || json_extract(context, '$.column'), max(json_extract(told, '$.total'))"
        " FROM frontier WHERE kind = 'column' AND json_extract(context, '$.column') NOT LIKE '%front/search'"
        " GROUP BY 1 HAVING max(json_extract(told, '$.total')) IS NOT NULL"
    )
    assert len(stated) > 15
    for source, total in stated:
        assert given[source] == total, source


def test_a_request_with_a_body_is_in_the_archive_with_its_body(harvested: Any) -> None:
    made, _, requests = harvested
    posted = {(request.path, request.body) for request in requests if request.method == "POST"}
    assert len(posted) > 8
    kept = set()
    for path in (made.data / "archive").glob("*.warc.gz"):
        for record in iter_records(path):
            if record.type == "request" and (record.http_start or "").startswith("POST "):
                assert record.http_start is not None
                headers = {name.lower(): value for name, value in record.http_headers}
                assert headers["content-length"] == str(len(record.body))
                assert headers["content-type"].startswith("application/")
                kept.add((record.http_start.split(" ")[1], record.body.decode()))
    assert kept == posted


def test_nothing_was_asked_for_twice(harvested: Any) -> None:
    _, _, requests = harvested
    asked = Counter((request.url, request.method, request.body) for request in requests)
    assert {key: number for key, number in asked.items() if number > 1 and "robots.txt" not in key[0]} == {}


def test_no_host_is_asked_for_two_things_at_once(harvested: Any, replica: Replica) -> None:
    asked = {request.host for request in harvested[2]}
    assert len(asked) > 20
    assert {host: replica.most_at_once[host] for host in asked} == dict.fromkeys(asked, 1)


@pytest.mark.parametrize("at_once", [1, 4])
def test_the_count_of_requests_at_once_sees_them(
    on: Callable[..., tuple[Any, Replica]], at_once: int
) -> None:
    made, replica = on("shandong")
    replica.pause = 0.03
    more = "" if at_once == 1 else _SEVERAL_AT_ONCE.format(at_once)
    made.run(before=more)
    assert (replica.most_at_once["www.weishan.gov.cn"] > 1) is (at_once > 1)


@pytest.mark.parametrize("seed", [7, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (11, 12, 13))])
def test_with_a_fifth_of_all_replies_failing_the_same_is_found(
    replica: Replica, config: Path, tmp_path: Path, harvester: Any, world: World, harvested: Any, seed: int
) -> None:
    _, first, _ = harvested
    before = len(replica.requests)
    replica.flicker(0.2, seed=seed)
    try:
        made = harvester(tmp_path / "data", replica.proxy_url, "families", config)
        summary = made.run()
    finally:
        replica.restore()
    failed = [request for request in replica.requests[before:] if request.status in (0, 502, 503)]
    assert len(failed) > 60
    assert found_by(made) == there(world)
    assert (summary["outcome"], summary["reasons"], summary["found"]) == (
        first["outcome"],
        first["reasons"],
        first["found"],
    )


KILLS = [(45, 62), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(8))]


def finished_by(made: Any) -> set[tuple[str, str, str]]:
    """The requests that the ledger knows to be finished: URL, method and body, the latter two empty for a plain GET."""
    rows = made.rows("SELECT url, request FROM frontier WHERE state IN ('done', 'left_aside', 'failed')")
    return {
        (url.partition("#")[0], *(json.loads(sent)[key] if sent else "" for key in ("method", "body")))
        for url, sent in rows
    }


@pytest.mark.parametrize("kills", KILLS)
def test_killed_at_any_moment_it_goes_on_and_makes_no_finished_request_twice(
    on: Callable[..., tuple[Any, Replica]], kills: tuple[int, ...] | int
) -> None:
    made, replica = on("jiangsu")
    drawn = sorted(random.Random(kills).sample(range(2, 75), 4)) if isinstance(kills, int) else kills
    finished: set[tuple[str, str, str]] = set()
    for wanted in (*drawn, None):
        asked_before = len(replica.requests)
        process = made.start()
        if wanted is None:
            out, errors = process.communicate()
            assert process.returncode == 0, errors
        else:
            end = time.monotonic() + 120
            while len(replica.requests) < wanted and process.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        again = {
            (request.url, *((request.method, request.body) if request.method == "POST" else ("", "")))
            for request in replica.requests[asked_before:]
        }
        assert again & finished == set()
        if (made.data / "store.db").is_file() and made.rows(
            "SELECT 1 FROM sqlite_master WHERE name = 'frontier'"
        ):
            finished |= finished_by(made)
    assert any(method == "POST" for _, method, _ in finished)
    summary = json.loads(out)
    assert (summary["run"], summary["outcome"], summary["reasons"]) == (1, "ok", [])
    assert found_by(made) == there(replica.world)
