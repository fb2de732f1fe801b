"""`gxcrawl sites new`, `discover` and `check`: what an operator types to take a portal in."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from crawler.checking import (
    Expected,
    columns_checked,
    expected_of,
    not_as_expected,
    not_filled_in,
    show_columns,
    without_place,
)
from crawler.command.sites import _home, sites_new
from crawler.lock import hosts_lock
from crawler.narrowing import Narrowing
from crawler.replica.world import UnknownReplica, sites_answering
from crawler.sites import SiteError, load_site, load_site_file, site_names
from gxstore.frontier import LedgerRow


@pytest.fixture
def command(tmp_path: Path, gxcrawl: Any) -> Any:
    """Run `gxcrawl` with an empty data folder and a config folder of its own."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GXCRAWL_")}
    folders = {"GXCRAWL_DATA": str(tmp_path / "data"), "GXCRAWL_CONFIG": str(tmp_path / "config")}
    (tmp_path / "config" / "sites").mkdir(parents=True)
    return lambda *words: gxcrawl(*words, environment={**clean, **folders})


def test_a_site_is_discovered_checked_and_harvested_without_a_hand_on_its_file(
    command: Any, tmp_path: Path
) -> None:
    found = command("sites", "discover", "WWW.nxlw.gov.cn", "--replica", "--json")
    assert found.returncode == 0, found.stderr
    told = json.loads(found.stdout)
    assert [(column["family"], column["reports"] > 4) for column in told["columns"]] == [("trs", True)]
    path = tmp_path / "config" / "sites" / "nxlw.toml"
    assert told["file"] == str(path)
    assert [agency.name for agency in load_site_file(path).site.agency] == ["灵武市司法局"]
    checked = command("sites", "check", "nxlw", "--replica", "--json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(checked.stdout)["expected"] == 2
    check = path.with_name("nxlw.check.toml")
    check.write_text(check.read_text("utf-8").replace("/t20", "/t19", 1), "utf-8")
    missed = command("sites", "check", "nxlw", "--replica")
    assert missed.returncode == 1
    assert "not listed: http://www.nxlw.gov.cn/" in missed.stdout
    assert "1 of 2 reports of the check file" in missed.stdout

    harvested = command("run", "--site", "nxlw", "--replica", "--json")
    assert json.loads(harvested.stdout)["outcome"] == "ok", harvested.stdout


def test_a_site_is_told_to_machines_as_it_is_on_the_screen(command: Any, tmp_path: Path) -> None:
    shutil.copy("config/sites/henan.toml", tmp_path / "config" / "sites")
    (told,) = json.loads(command("sites", "list", "--json").stdout)
    columns = [column for portal in load_site("henan").site.portal for column in portal.column]
    assert (told["floor"], told["first_year"], told["agencies"], told["columns"]) == (
        3,
        2018,
        3,
        len(columns),
    )
    assert told["columns_seen"] == sum(column.evidence == "seen" for column in columns)
    shown = command("sites", "list").stdout
    assert "last checked" not in shown  # no portal was asked for it
    assert all(str(value) in shown for value in told.values())
    site = json.loads(command("sites", "show", "henan", "--json").stdout)
    assert [portal["host"] for portal in site["portal"]] == [
        portal.host for portal in load_site("henan").site.portal
    ]


def test_a_taken_name_is_answered_with_a_way_out_that_the_command_has(command: Any, tmp_path: Path) -> None:
    shutil.copy("config/sites/henan.toml", tmp_path / "config" / "sites")
    assert "give another name." in command("sites", "new", "henan").stderr
    found = command("sites", "discover", "http://www.jiyuan.gov.cn/", "--name", "henan", "--replica")
    assert "another name with --name" in found.stderr


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config folder of one's own, for what is called in this process."""
    monkeypatch.setenv("GXCRAWL_CONFIG", str(tmp_path))
    return tmp_path / "sites"


def refused(capsys: pytest.CaptureFixture[str], call: Callable[[], object]) -> str:
    with pytest.raises(SystemExit) as ended:
        call()
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_new_site_is_a_skeleton_and_a_check_that_no_portal_can_pass(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sites_new("probe")
    loaded = load_site_file(config / "probe.toml")
    expected = expected_of(loaded.path)
    assert not_as_expected(expected, []) == [f"not listed: {expected[0].url}, which the check file expects"]
    assert loaded.site.hosts == {"www.example.invalid"}
    assert "probe" in site_names()
    assert "probe.check" not in site_names()
    before = (config / "probe.toml").read_bytes()
    assert "There is a site probe already" in refused(capsys, lambda: sites_new("probe"))
    assert (config / "probe.toml").read_bytes() == before
    assert "is no name for a site" in refused(capsys, lambda: sites_new("../probe"))
    with pytest.raises(UnknownReplica, match=r"does not answer for www\.example\.invalid"):
        sites_answering("probe", loaded.site.hosts)


def test_a_check_says_what_is_not_filled_in_and_which_place_and_body_nobody_knows(config: Path) -> None:
    sites_new("probe")
    path = config / "probe.toml"
    expected = expected_of(path)
    keys = ["title", "publisher", "notes", "agencies.source", "agency.name", "portal.host"]
    said = not_filled_in(load_site_file(path).site, expected)
    assert [sentence.removeprefix("not filled in: ").partition(" ")[0] for sentence in said] == keys
    assert without_place(load_site_file(path).site) == [
        "the region of the site, agency probe-zf is 000000: enter the code of its place"
    ]
    text = path.read_text("utf-8").replace("REPLACE ME", "灵武市").replace("000000", "640181")
    for old in ("Who publishes", "What is odd", "Where the list", "www.example.invalid"):
        text = text.replace(old, "www.nxlw.gov.cn" if "." in old else "Seen: " + old)
    path.write_text(text, "utf-8")
    site = load_site_file(path).site
    assert (not_filled_in(site, expected), without_place(site)) == ([], [])
    assert not_filled_in(site, [Expected(url="a", agency="lw")]) == [
        "the check file names the agency lw, which the site file does not have"
    ]


def test_the_years_of_a_column_are_shown_with_their_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        row(str(year), portal="www.nxlw.gov.cn", column="/a/", year=year) for year in (2015, 2016, 2018, 2021)
    ]
    show_columns(Console(width=200), "probe", columns_checked(rows), [])
    assert "2015-2016, 2018, 2021" in capsys.readouterr().out


def test_a_check_file_with_a_wrong_key_is_refused_with_file_and_key(config: Path) -> None:
    config.mkdir()
    (config / "probe.check.toml").write_text('[[report]]\nurl = "x"\nyaer = 2023\n', "utf-8")
    with pytest.raises(SiteError, match=r"probe\.check\.toml: key report\.0\.yaer"):
        expected_of(config / "probe.toml")


def test_a_portal_without_a_column_is_said_so_and_leaves_no_file(command: Any, tmp_path: Path) -> None:
    done = command("sites", "discover", "http://www.nx.gov.cn/", "--replica")
    assert done.returncode == 1
    assert "No column of annual reports was found" in done.stderr
    assert "waf, HTTP 405" in done.stderr
    assert list((tmp_path / "config" / "sites").iterdir()) == []


@pytest.mark.parametrize("url", ["ftp://www.nxlw.gov.cn/", "http://user:word@www.nxlw.gov.cn/", "http:///x"])
def test_an_address_that_is_none_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is no address of a portal" in refused(capsys, lambda: _home(url))


def test_a_bare_host_is_the_address_of_its_home_page() -> None:
    assert _home("WWW.nxlw.gov.cn") == "http://www.nxlw.gov.cn/"
    assert _home("https://www.nxlw.gov.cn/main.html") == "https://www.nxlw.gov.cn/main.html"


# ---- what a check holds


def row(url: str, verdict: str = "not_fetched", **context: Any) -> LedgerRow:
    return LedgerRow(
        url=url,
        host="www.nxlw.gov.cn",
        kind="report",
        verdict=verdict,
        state="left_aside",
        context=context,
        reason="a reason",
    )


def test_a_check_names_what_is_not_listed_left_aside_or_understood_otherwise() -> None:
    rows = [
        row("a", agency="sfj", year=2023),
        row("b", verdict="other_agency"),
        row("c", agency="zf", year=2022),
    ]
    expected = [Expected(url=url, agency="sfj", year=2023) for url in "abcd"]
    said = not_as_expected(expected, rows)
    assert [sentence.partition(":")[0] for sentence in said] == [
        "left aside",
        "understood otherwise",
        "not listed",
    ]
    assert (
        said[1] == "understood otherwise: c is of agency zf and year 2022, the check file says sfj and 2023"
    )
    assert not_as_expected([Expected(url="a")], rows) == []


def test_a_home_page_that_sends_its_reader_to_https_is_walked_from_there(command: Any) -> None:
    found = command("sites", "discover", "ws.xz.gov.cn", "--replica", "--json")
    assert found.returncode == 0, found.stderr
    (column,) = json.loads(found.stdout)["columns"]
    assert (column["family"], column["url"].partition("://")[0]) == ("epoint", "https")
    assert column["reports"] >= 8


# ---- beside a harvest


@pytest.mark.parametrize(
    "words",
    [
        ("sites", "check", "ningxia", "--replica"),
        ("sites", "discover", "www.nxlw.gov.cn", "--replica", "--name", "another"),
        ("run", "--site", "ningxia", "--dry-run", "--replica"),
        ("run", "--site", "ningxia", "--replica"),
    ],
)
def test_a_host_that_another_process_asks_is_not_asked_meanwhile(
    command: Any, tmp_path: Path, words: tuple[str, ...]
) -> None:
    shutil.copy(load_site("ningxia").path, tmp_path / "config" / "sites")
    with hosts_lock(tmp_path / "data" / "locks", ["www.nxlw.gov.cn"], datetime(2026, 11, 21, tzinfo=UTC)):
        done = command(*words)
    assert done.returncode == 1
    assert f"www.nxlw.gov.cn is being asked by process {os.getpid()} since 2026-11-21" in done.stderr


def test_the_other_names_of_a_portal_are_kept_to_oneself_too() -> None:
    site = load_site("ningxia").site
    assert Narrowing().hosts_of(site) == site.hosts
    portal = next(portal for portal in site.portal if portal.also)
    assert Narrowing(portal=portal.also[0]).hosts_of(site) == {portal.host, *portal.also}


def test_a_check_without_a_check_file_says_that_nothing_was_held_against_the_lists(
    command: Any, tmp_path: Path
) -> None:
    assert command("sites", "discover", "www.nxlw.gov.cn", "--replica").returncode == 0
    (tmp_path / "config" / "sites" / "nxlw.check.toml").unlink()
    said = command("sites", "check", "nxlw", "--replica").stdout
    assert "There is no check file that names a report" in said
    assert "0 of 0" not in said
