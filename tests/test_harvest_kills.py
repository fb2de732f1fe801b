"""A harvest that is killed at any moment, or finds disk, archive or store shut, ends as an undisturbed one when it is
run again."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from archive.reader import iter_records
from crawler.replica.server import Replica
from tests.postgresql import BACKENDS

Made = tuple[Any, Replica]

# Run by the harvest's process first: it kills itself at the n-th passing of a place, as hard as any kill from outside
# and always at the same one.
_KILLED = """
import os
from archive.warc import WarcWriter
from crawler.keeping import Keeper
from gxstore import evidence
place, number, passed = {place!r}, {number}, 0
def deadly(owner, name, act):
    kept = getattr(owner, name)
    def passing(*arguments, **named):
        global passed
        passed += 1
        return act(kept, *arguments, **named) if passed == number else kept(*arguments, **named)
    setattr(owner, name, passing)
def die(*_, **__):
    os.kill(os.getpid(), 9)
def die_after(kept, *arguments, **named):
    kept(*arguments, **named)
    die()
def die_within(kept, writer, data):
    kept(writer, data[: len(data) // 2])
    die()
if place == "after the capture":
    deadly(Keeper, "keep", die_after)
elif place == "between archive and store":
    deadly(evidence, "add_capture", die)
elif place == "before the verdict":
    deadly(WarcWriter, "write_metadata", die)
elif place == "within a record":
    deadly(WarcWriter, "_put", die_within)
elif place == "between text and version":
    deadly(evidence, "add_version", die)
else:
    raise ValueError(place)
"""
_PLACES = (
    "after the capture",
    "between archive and store",
    "before the verdict",
    "within a record",
    "between text and version",
)

# What must be the same, however often the harvest was killed. The ids of rows and records, times and the number of
# captures may differ: what was being fetched in the moment of the kill is fetched again.
_SAME = {
    "each document once, with each of its versions": "SELECT url, document.kind, version.number, text_sha256 FROM"
    " document_url JOIN document ON document.id = document_id LEFT JOIN version USING (document_id) ORDER BY 1, 2, 3, 4",
    "each report once, with what was read": "SELECT slug, year, reading.title, reading.edition, agency_printed, scope,"
    " count(*) FROM report JOIN agency ON agency.id = agency_id JOIN attribution ON report_id = report.id"
    " JOIN reading ON reading.id = reading_id GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6",
    "each cell": "SELECT slug, year, code, value.scope, status, number, scale, raw, count(*) FROM value JOIN indicator ON"
    " indicator.id = indicator_id JOIN attribution USING (reading_id) JOIN report ON report.id = report_id"
    " JOIN agency ON agency.id = agency_id GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
    "each finding": "SELECT rule, message, count(*) FROM finding GROUP BY 1, 2 ORDER BY 1, 2",
    "each request and how it ended": "SELECT url, asked, state, verdict, result FROM frontier ORDER BY 1, 2",
    "each body": "SELECT DISTINCT url, status, verdict, truncated FROM capture WHERE verdict <> 'unjudged' ORDER BY 1, 2, 3",
}
_COUNTS = (
    "outcome",
    "found",
    "new",
    "changed",
    "unchanged",
    "gone",
    "left_aside",
    "blocked",
    "failed",
    "known",
    "reasons",
)


@dataclass(frozen=True)
class Ended:
    """What a harvest came to: the counts of its summary, and what the store holds."""

    counts: dict[str, Any]
    store: dict[str, list[tuple[Any, ...]]]
    captures: int
    texts: int


def ended(made: Any, summary: dict[str, Any]) -> Ended:
    return Ended(
        {name: summary[name] for name in _COUNTS},
        {what: made.rows(statement) for what, statement in _SAME.items()},
        summary["captures"],
        made.rows("SELECT count(*) FROM version")[0][0],
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, harvester: Any) -> Callable[[str], Ended]:
    """What a site's harvest comes to that nobody disturbs; each is made once, in SQLite, and holds for both databases."""
    known: dict[str, Ended] = {}

    def of(site: str) -> Ended:
        if site not in known:
            folder = tmp_path_factory.mktemp("undisturbed")
            with Replica(site) as replica:
                made = harvester(folder / "data", replica.proxy_url, site)
                known[site] = ended(made, made.run())
        return known[site]

    return of


def check_killed(made: Any, replica: Replica, usual: Ended, *kills: tuple[str, int]) -> None:
    """Kill a harvest so often, let it go on to its end, and hold all that it left against an undisturbed one."""
    finished: set[tuple[str]] = set()
    for place, number in kills:
        before = len(replica.requests)
        process = made.start(before=_KILLED.format(place=place, number=number))
        _, errors = process.communicate(timeout=300)
        assert process.returncode == -signal.SIGKILL, f"{place}, {number}: it was not reached. {errors}"
        assert not finished & {(request.url,) for request in replica.requests[before:]}
        finished = set(made.rows("SELECT url FROM frontier WHERE state = 'done'"))
    before = len(replica.requests)
    summary = check_goes_on(made, usual)
    assert summary["run"] == 1
    assert not finished & {(request.url,) for request in replica.requests[before:]}


def check_goes_on(made: Any, usual: Ended) -> dict[str, Any]:
    """Run the harvest to its end, and hold all that is left against an undisturbed one; returns its summary."""
    summary: dict[str, Any] = made.run()
    there = ended(made, summary)
    assert there.counts == usual.counts
    assert there.store == usual.store
    files = sorted((made.data / "archive").glob("*.warc.gz"))
    checked = subprocess.run(
        [Path(sys.executable).with_name("warcio"), "check", *files], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    verified = made.here("verify", "--json", "--reread", "0")
    assert (verified.returncode, json.loads(verified.stdout)["damages"]) == (0, [])
    # a capture of the store and a fetch in the archive are one and the same, with one and the same verdict
    records = [record for file in files for record in iter_records(file)]
    fetched = {record.record_id for record in records if record.type in ("response", "revisit")}
    told = {
        record.headers["warc-concurrent-to"].strip("<>"): record.fields()["verdict"]
        for record in records
        if record.type == "metadata" and "verdict" in record.fields()
    }
    stored = dict(made.rows("SELECT record_id, verdict FROM capture"))
    assert stored.keys() == fetched
    assert {key: verdict for key, verdict in stored.items() if verdict != "unjudged"} == told
    return summary


def drawn(seed: int, place: str, usual: Ended) -> int:
    """At which passing of a place to kill."""
    most = usual.texts if place == "between text and version" else usual.captures
    return random.Random(seed).randint(1, most)


@pytest.mark.parametrize("seed", range(12))
def test_a_harvest_killed_at_any_moment_goes_on_and_ends_as_an_undisturbed_one(
    on: Callable[..., Made], undisturbed: Callable[[str], Ended], seed: int
) -> None:
    place = _PLACES[seed % len(_PLACES)]
    usual = undisturbed("henan")
    check_killed(*on("henan"), usual, (place, drawn(seed, place, usual)))


def test_a_harvest_killed_again_and_again_ends_as_an_undisturbed_one(
    on: Callable[..., Made], undisturbed: Callable[[str], Ended]
) -> None:
    kills = [(place, 3) for place in _PLACES]
    check_killed(*on("henan"), undisturbed("henan"), *kills)


# ---- disk full, archive read-only, store locked


def obstructed(made: Any, *before: str) -> str:
    """Run the command behind another one, which must fail; returns what it says."""
    words = [*before, sys.executable, "-m", "crawler", "run", "--site", "henan", "--replica"]
    done = subprocess.run(words, env=made.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("backend", "largest", "full"),
    [("sqlite", 30_000, "store"), ("sqlite", 640_000, "store"), ("postgresql", 9_000, "archive")],
)
def test_a_full_disk_is_said_and_nothing_is_torn(
    on: Callable[..., Made], undisturbed: Callable[[str], Ended], largest: int, full: str
) -> None:
    made, _ = on("henan")
    usual = undisturbed("henan")
    for _ in range(2):
        said = obstructed(made, "prlimit", f"--fsize={largest}", "--")
        assert ("File too large" if full == "archive" else "disk") in said
        assert "same command again" in said
    check_goes_on(made, usual)


_READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.mark.parametrize("killed", [False, True])
def test_a_read_only_archive_is_said_and_nothing_is_torn(
    on: Callable[..., Made], undisturbed: Callable[[str], Ended], killed: bool
) -> None:
    made, _ = on("henan")
    usual = undisturbed("henan")
    archive = made.data / "archive"
    archive.mkdir(parents=True)
    if killed:
        made.start(before=_KILLED.format(place="within a record", number=9)).communicate()
    before = {path: path.read_bytes() for path in archive.iterdir()}
    archive.chmod(0o555)
    # root may write to any folder, but not through a mount that is read-only
    root = ("unshare", "-m", "sh", "-c", _READ_ONLY, str(archive)) if os.geteuid() == 0 else ()
    said = obstructed(made, *root)
    assert "Read-only file system" in said or "Permission denied" in said
    assert str(archive) in said
    assert {path: path.read_bytes() for path in archive.iterdir()} == before
    archive.chmod(0o755)
    check_goes_on(made, usual)


# Run by the harvest's process first: after some captures it waits until the test has done something.
_PAUSED = """
import os, time
from pathlib import Path
from crawler.keeping import Keeper
kept, seen, data = Keeper.keep, 0, Path(os.environ["GXCRAWL_DATA"])
def keep(*arguments, **named):
    global seen
    seen += 1
    if seen == 7:
        (data / "paused").touch()
        while not (data / "go-on").exists():
            time.sleep(0.02)
    return kept(*arguments, **named)
Keeper.keep = keep
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_locked_store_is_said_and_nothing_is_torn(
    on: Callable[..., Made], undisturbed: Callable[[str], Ended], backend: str
) -> None:
    made, _ = on("henan")
    usual = undisturbed("henan")
    made.data.mkdir()
    url = made.store or f"sqlite:///{made.data / 'store.db'}"
    # one second of patience, for the test's sake
    patience = "?options=-c%20lock_timeout%3D1s" if made.store else "?timeout=1"
    process = replace(made, store=url + patience).start(before=_PAUSED)
    while not (made.data / "paused").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    with sa.create_engine(url).connect() as connection:
        lock = "BEGIN IMMEDIATE" if backend == "sqlite" else "LOCK TABLE capture"
        connection.exec_driver_sql(lock)
        (made.data / "go-on").touch()
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "cannot go on, since archive or store cannot be written: " in errors
    assert ("database is locked" if backend == "sqlite" else "lock timeout") in errors
    check_goes_on(made, usual)


# ---- the long ones


ALL_CAPTURES = sorted(random.Random(20261121).sample(range(1, 200), 100))


@pytest.mark.soak
@pytest.mark.parametrize("number", ALL_CAPTURES)
@pytest.mark.parametrize("place", _PLACES[:2])
def test_a_long_harvest_killed_at_any_of_a_hundred_captures_ends_as_an_undisturbed_one(
    on: Callable[..., Made], undisturbed: Callable[[str], Ended], place: str, number: int
) -> None:
    check_killed(*on("ningxia"), undisturbed("ningxia"), (place, number))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 130))
def test_a_long_harvest_killed_within_a_record_a_verdict_or_a_text_ends_as_an_undisturbed_one(
    on: Callable[..., Made], undisturbed: Callable[[str], Ended], seed: int
) -> None:
    place = _PLACES[2:][seed % 3]
    usual = undisturbed("ningxia")
    check_killed(*on("ningxia"), usual, (place, drawn(seed, place, usual)))
