"""Reading the archive again: nothing changes without a reason, and what changes is listed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.replica.server import Replica

# A reader that takes every cell of one row for blank, as a later version of ours might read otherwise.
READS_OTHERWISE = """
from dataclasses import replace
import gxstore.reading.read as reading
kept = reading.read
def read(documents, catalogue):
    found = kept(documents, catalogue)
    values = tuple(
        replace(v, status="blank", number=None, raw="") if v.code == "ar.t3.new_received.total" else v
        for v in found.values
    )
    return replace(found, values=values, digest=found.digest[::-1], reader_version="later")
reading.read = read
"""
REPARSE = """
import sys
from crawler.cli import main
sys.argv = ["gxcrawl", "reparse", "--json", "--jobs", "2"]
main()
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, harvester: Any) -> Iterator[Any]:
    with Replica("henan") as replica:
        harvest = harvester(tmp_path_factory.mktemp("reparse"), replica.proxy_url, "henan")
        harvest.run()
        yield harvest


def evidence(made: Any) -> list[Any]:
    tables = ("capture", "version", "showing", "document", "document_url")
    return [made.rows(f"SELECT * FROM {table}") for table in tables]


def test_the_same_reader_adds_nothing(made: Any) -> None:
    before = (evidence(made), made.rows("SELECT * FROM value"), made.rows("SELECT * FROM attribution"))
    done = made.command("reparse", "--json", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["versions"], found["added"], found["failed"], found["errata"]) == (15, 0, [], [])
    assert (
        evidence(made),
        made.rows("SELECT * FROM value"),
        made.rows("SELECT * FROM attribution"),
    ) == before


def test_verify_says_how_many_reports_an_earlier_reader_read(made: Any) -> None:
    later = "import sys, crawler.verifying as v\nv.READER_VERSION = 'later'\nfrom crawler.cli import main\n"
    done = made.python(later + "sys.argv = ['gxcrawl', 'verify', '--reread', '100']\nmain()")
    assert (done.returncode, "0 reports read again, 15 not compared" in " ".join(done.stdout.split())) == (
        0,
        True,
    )


def test_another_reader_adds_readings_and_lists_what_changed(made: Any) -> None:
    before, kept = evidence(made), made.rows("SELECT * FROM value")
    done = made.python(READS_OTHERWISE + REPARSE)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["added"] == 15
    assert {erratum["code"] for erratum in found["errata"]} == {"ar.t3.new_received.total"}
    assert len(found["errata"]) == 14
    assert all((erratum["before"], erratum["after"])[1] == "blank" for erratum in found["errata"])
    assert evidence(made) == before
    assert set(kept) < set(made.rows("SELECT * FROM value"))


def test_what_a_harvest_read_anew_is_told_by_it_and_listed_by_reparse(harvester: Any, tmp_path: Path) -> None:
    """After an upgrade the yearly harvest may come before anybody types reparse."""
    with Replica("shandong") as replica:
        made = harvester(tmp_path / "data", replica.proxy_url, "shandong")
        first = made.run()
        shutil.copytree(made.data, tmp_path / "aside")
        second = made.run(before=READS_OTHERWISE)
        third = made.run(before=READS_OTHERWISE)
    assert (second["new"], second["changed"], second["unchanged"]) == (0, 0, first["found"])
    told = [[note for note in run["notes"] if "gxcrawl reparse" in note] for run in (first, second, third)]
    assert [len(notes) for notes in told] == [0, 1, 0]
    assert told[1][0].startswith(f"{first['found']} texts")
    at_once = harvester(tmp_path / "aside", None, "shandong").python(READS_OTHERWISE + REPARSE)
    errata = json.loads(at_once.stdout)["errata"]
    assert {erratum["code"] for erratum in errata} == {"ar.t3.new_received.total"}
    for _ in range(2):  # it can be had again
        done = made.python(READS_OTHERWISE + REPARSE)
        found = json.loads(done.stdout)
        assert (done.returncode, found["added"], found["errata"]) == (0, 0, errata)


def test_only_the_site_asked_for_is_read(made: Any) -> None:
    found = json.loads(made.command("reparse", "--json", "--site", "ningxia").stdout)
    assert found["versions"] == 0


def test_what_cannot_be_read_is_named_and_the_rest_is_read(made: Any, tmp_path: Path, harvester: Any) -> None:
    shutil.copytree(made.data, tmp_path / "data")
    (path,) = (tmp_path / "data" / "archive").glob("*.warc.gz")
    offset = made.rows("SELECT min(warc_offset) FROM capture JOIN showing ON capture.id = capture_id")[0][0]
    body = bytearray(path.read_bytes())
    body[offset + 400] ^= 1
    path.write_bytes(body)
    damaged = harvester(tmp_path / "data", "", "henan")
    done = damaged.command("reparse", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, len(found["failed"]), found["versions"]) == (3, 1, 15)
    assert path.name in found["failed"][0]
