"""`gxcrawl status` and what `verify` leaves behind: an operator is told what is under way, what was in part, and what is not."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from crawler import schedule
from crawler.cli import app
from crawler.command import proving
from crawler.command.terminal import out
from crawler.lock import harvested_by, site_lock
from crawler.schedule import due_sites
from crawler.sites import load_site
from crawler.verifying import Scope, Verified
from gxstore.audits import add_audit, audits_told
from gxstore.database import open_store
from gxstore.models import Run
from gxstore.models import Site as SiteRow

BEGUN = datetime(2026, 5, 3, 1, 30, tzinfo=UTC)
RUN = {"site_id": 1, "started": BEGUN, "tool_version": "t", "config_digest": "d", "vantage": "v"}
WHOLE: dict[str, Any] = {"portal": None, "year": None, "limit": None}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a store that knows the site henan, and nothing else."""
    monkeypatch.setenv("GXCRAWL_DATA", str(tmp_path))
    engine = open_store(f"sqlite:///{tmp_path / 'store.db'}", create=True)
    with Session(engine) as session, session.begin():
        session.add(SiteRow(id=1, name="henan", title="河南省"))
    return tmp_path


@pytest.fixture
def enter(data: Path) -> Callable[..., None]:
    """Enters a row into that store."""

    def into(row: Any) -> None:
        with Session(open_store(f"sqlite:///{data / 'store.db'}")) as session, session.begin():
            session.add(row)

    return into


def gxcrawl(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def test_a_run_that_was_killed_is_told_with_the_way_to_go_on(enter: Callable[..., None], data: Path) -> None:
    enter(Run(**RUN, narrowed=WHOLE))
    done = gxcrawl("status", "henan")
    assert (done.exit_code, done.exception and not isinstance(done.exception, SystemExit)) == (3, False)
    assert "not finished" in done.stdout
    assert "it was stopped. What it fetched is kept. To go on: gxcrawl run --site henan" in done.stdout
    (told,) = json.loads(gxcrawl("status", "henan", "--json").stdout)
    assert (told["last_run"]["finished"], told["under_way"], told["left_aside"]) == (None, None, [])


def test_a_run_that_is_under_way_is_told_with_the_process_that_does_it(
    enter: Callable[..., None], data: Path
) -> None:
    enter(Run(**RUN, narrowed=WHOLE))
    with site_lock(data / "locks", "henan", BEGUN):
        done = gxcrawl("status", "henan")
        (told,) = json.loads(gxcrawl("status", "--json").stdout)
    assert "under way" in done.stdout
    assert "stopped" not in done.stdout
    assert f"henan is being harvested by process {os.getpid()} since 2026-05-03 01:30 UTC." in done.stdout
    assert f"process {os.getpid()}" in told["under_way"]


def test_a_lock_whose_process_died_is_held_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "henan.lock").write_text("harvested by process 4194305 since 2026-05-03 01:30 UTC")
    assert harvested_by(tmp_path, "henan") is None
    assert harvested_by(tmp_path, "shandong") is None
    # its number is another process's now
    (tmp_path / "henan.lock").write_text(f"harvested by process {os.getppid()} since 2026-05-03 01:30 UTC")
    assert harvested_by(tmp_path, "henan") is None


def test_a_killed_run_that_a_later_one_closed_is_told_as_failed(enter: Callable[..., None]) -> None:
    killed = {"reasons": ["it was killed, and was not gone on with"]}
    enter(Run(**RUN, narrowed=WHOLE, finished=BEGUN + timedelta(hours=1), outcome="failed", summary=killed))
    done = gxcrawl("status", "henan")
    assert done.exit_code == 1, done.exception
    assert "run 1: failed\n  it was killed, and was not gone on with" in done.stdout


def test_what_a_narrowed_run_met_is_told_and_an_import_is_called_one(enter: Callable[..., None]) -> None:
    ended = {**RUN, "finished": BEGUN + timedelta(minutes=4), "outcome": "partial"}
    met = {"reasons": ["blocked: http://www.jiyuan.gov.cn/: waf"]}
    enter(Run(**ended, narrowed={**WHOLE, "portal": "www.jiyuan.gov.cn"}, summary=met))
    shown = gxcrawl("status", "henan").stdout
    assert "never run" not in shown
    assert (
        "run 1, narrowed to portal www.jiyuan.gov.cn: partial\n  blocked: http://www.jiyuan.gov.cn/: waf"
        in shown
    )
    enter(Run(**{**ended, "outcome": "ok"}, narrowed={"import": True}, summary={"reasons": []}))
    assert "run 2, an import: ok" in gxcrawl("status", "henan").stdout


def test_a_site_that_was_harvested_in_part_is_not_said_to_be_harvested(
    enter: Callable[..., None], data: Path
) -> None:
    site = load_site("henan").site
    after = schedule.last_moment(site.schedule, BEGUN)
    engine = open_store(f"sqlite:///{data / 'store.db'}")
    enter(Run(**{**RUN, "started": after}, finished=after, outcome="partial", narrowed=WHOLE))
    (due,) = due_sites(engine, [site], BEGUN)
    assert (due.due, due.why.startswith("harvested in part (run 1 was partial) since")) == (False, True), due
    later = after + timedelta(hours=3)
    enter(Run(**{**RUN, "started": later}, finished=later, outcome="ok", narrowed=WHOLE))
    enter(Run(**{**RUN, "started": later}, finished=later, outcome="partial", narrowed=WHOLE))
    assert due_sites(engine, [site], BEGUN)[0].why.startswith("harvested since")


COUNTS = {"files": 3, "records": 41, "rows": 97, "readings": 2, "read_otherwise": 0}


@pytest.mark.parametrize(
    ("audits", "said"),
    [
        ([], "Archive and store have not been verified yet"),
        ([(True, COUNTS, 0)], "were verified on 2026-05-03 09:30, and sound: 3 files, 41 records"),
        (
            [(False, {**COUNTS, "files": 0}, 0)],
            "in part on 2026-05-03 09:30, and what was looked at is sound: 0 files",
        ),
        ([(False, COUNTS, 0)], "All of it was last looked at never yet."),
        ([(True, COUNTS, 0), (False, COUNTS, 0)], "All of it was last looked at on 2026-05-03 09:30."),
        ([(True, COUNTS, 1)], "1 damage was found on 2026-05-03 09:30"),
    ],
)
def test_status_says_how_much_was_verified_and_when_all_of_it_was(
    data: Path, audits: list[tuple[bool, dict[str, int], int]], said: str
) -> None:
    with Session(open_store(f"sqlite:///{data / 'store.db'}")) as session, session.begin():
        for number, (whole, counts, damaged) in enumerate(audits):
            moment = BEGUN + timedelta(days=number) if whole else BEGUN
            add_audit(
                session,
                started=moment,
                finished=moment,
                tool_version="t",
                scope={"whole": whole},
                counts=counts,
                damages=[{"kind": "file_changed"}] * damaged,
            )
    assert said in gxcrawl("status").stdout
    with Session(open_store(f"sqlite:///{data / 'store.db'}")) as session:
        told = audits_told(session)
    assert (told.whole is not None) == any(whole for whole, _, _ in audits)


def test_an_audit_that_looked_at_nothing_does_not_call_it_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GXCRAWL_DATA", str(tmp_path))
    open_store(f"sqlite:///{tmp_path / 'store.db'}", create=True)
    nothing = gxcrawl("verify").stdout
    assert "Nothing is held yet, so there was nothing to look at: 0 files" in nothing
    assert "sound" not in nothing
    none = gxcrawl("verify", "--since", "2020-01-01").stdout
    assert "No file and no report was looked at, since none fits: 0 files" in none


def test_a_lost_file_is_not_told_once_for_each_of_its_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(out, "print", lambda *what, **_: said.append(str(what[0]) if what else ""))
    monkeypatch.setattr(proving, "show_table", lambda _, table: said.extend(table.columns[0].cells))
    damage = {"file": "a.warc.gz", "offset": 1, "record_id": "urn:uuid:1", "message": "It is gone."}
    damages = [{**damage, "kind": "file_missing"}, *[{**damage, "kind": "record_missing"}] * 4000]
    proving._show(Verified(7, COUNTS, damages), "archive", Scope(1, 0.05, None, 1))
    assert said.count("file missing") == 1
    assert said.count("record missing") == 10
    assert "and 3,990 more of the kind record missing: --json lists all" in said
