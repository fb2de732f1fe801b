"""A store that is not of its archive any more is not harvested into: two runs of one number, or revisits of bodies that are
not there, could never be told apart again."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crawler import same_archive
from crawler.replica.server import Replica
from gxstore.database import StoreError, open_store
from gxstore.models import Run, Site
from tests.stores import differences
from tests.test_harvest_kills import _PAUSED

Made = tuple[Any, Replica]


@pytest.fixture
def made_and_replica(harvester: Any, tmp_path: Path) -> Iterator[Made]:
    """A data folder with a store in SQLite, whose file can be changed for another, and the replica that it is harvested from."""
    with Replica("shandong") as replica:
        yield harvester(tmp_path / "data", replica.proxy_url, "shandong"), replica


def swap(made: Any, copy: Path | None) -> None:
    """Take the store away, and restore another in its place."""
    for left in made.data.glob("store.db*"):
        left.unlink()
    if copy is not None:
        restored = made.here("db", "restore", str(copy))
        assert restored.returncode == 0, restored.stderr


def refused(made: Any) -> str:
    """What a harvest says that is refused; it leaves the archive as it is."""
    archive = made.data / "archive"
    before = {path.name: path.read_bytes() for path in archive.iterdir()} if archive.exists() else None
    with pytest.raises(StoreError) as said:
        made.here("run", "--site", made.site, "--replica")
    assert before == (
        {path.name: path.read_bytes() for path in archive.iterdir()} if archive.exists() else None
    )
    return str(said.value)


def test_a_store_older_than_its_archive_is_refused_and_the_one_made_anew_goes_on(
    made_and_replica: Made, tmp_path: Path
) -> None:
    made, replica = made_and_replica
    made.first()
    copy = tmp_path / "copy"
    assert made.here("db", "backup", str(copy)).returncode == 0
    replica.edit("sd-weishan-sfj", 2019, "ar.t3.new_received.natural_person", "7")
    assert made.run()["changed"] == 1
    for store in (copy, None):  # an older copy, and none at all
        swap(made, store)
        said = refused(made)
        assert f"run {2 if store else 1} of shandong, which the store" in said
        assert "gxcrawl db rebuild" in said
    page = tmp_path / "page.html"
    page.write_text("<html><body><h1>微山县司法局2020年政府信息公开工作年度报告</h1></body></html>", "utf-8")
    with pytest.raises(StoreError, match="which the store"):
        made.here("import", str(page), "--replica")
    swap(made, None)
    assert made.here("db", "rebuild").returncode == 0
    again = made.run()
    assert (again["run"], again["unchanged"], again["outcome"]) == (3, 5, "ok")
    assert made.here("verify", "--reread", "0").returncode == 0


def test_an_archive_that_is_not_there_is_refused_and_one_that_lost_a_file_is_not(
    made_and_replica: Made, tmp_path: Path
) -> None:
    made, _ = made_and_replica
    made.run(before="import os; os.environ['GXCRAWL_WARC_SIZE'] = '4000'\n")
    archive = made.data / "archive"
    archive.rename(tmp_path / "unmounted")
    for empty in (False, True):
        if empty:
            archive.mkdir()
        assert "holds none of the captures of the store" in refused(made)
    archive.rmdir()
    (tmp_path / "unmounted").rename(archive)
    max(archive.glob("*.warc.gz")).unlink()
    assert made.run()["run"] == 2


def test_a_copy_taken_while_a_harvest_ran_and_restored_after_its_end_goes_on_where_that_ended(
    made_and_replica: Made, tmp_path: Path
) -> None:
    made, _ = made_and_replica
    made.data.mkdir()
    copy = tmp_path / "copy"
    process = made.start(before=_PAUSED)
    while not (made.data / "paused").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    assert made.here("db", "backup", str(copy)).returncode == 0
    (made.data / "go-on").touch()
    assert process.communicate(timeout=300) and process.returncode == 0  # noqa: PT018
    swap(made, copy)
    again = made.run()
    assert (again["run"], again["unchanged"], again["outcome"]) == (2, 5, "ok")
    verified = made.here("verify", "--reread", "0", "--json")
    assert json.loads(verified.stdout)["damages"] == []
    assert made.command("db", "rebuild").returncode == 0
    assert differences(*(f"sqlite:///{made.data / name}" for name in ("store.db", "store-rebuilt.db"))) == []


def test_two_runs_of_one_number_are_never_made_one(
    harvester: Any, made_and_replica: Made, tmp_path: Path
) -> None:
    made, replica = made_and_replica
    made.first()
    other = harvester(tmp_path / "other", replica.proxy_url, "shandong")
    other.run()
    shutil.copytree(other.data / "archive", made.data / "archive", dirs_exist_ok=True)
    swap(made, None)
    done = made.command("db", "rebuild")
    assert (done.returncode, "holds two runs with the number 1" in done.stderr) == (1, True)
    assert not (made.data / "store.db").exists()


def test_a_store_made_anew_beside_a_file_that_a_kill_left_empty_is_not_refused(
    made_and_replica: Made,
) -> None:
    made, _ = made_and_replica
    made.first()
    archive = made.data / "archive"
    (archive / "shandong-run2-20261127230000-00000.warc.gz.open").write_bytes(b"\x1f\x8b\x08\0")
    swap(made, None)
    assert made.here("db", "rebuild").returncode == 0
    same_archive.refuse_other_archive(open_store(f"sqlite:///{made.data / 'store.db'}"), archive)


def test_a_run_that_another_process_begins_at_the_same_moment_is_no_strange_one(
    made_and_replica: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = made_and_replica
    made.first()
    archive, engine = made.data / "archive", open_store(f"sqlite:///{made.data / 'store.db'}")

    def begin() -> None:
        with Session(engine) as session, session.begin():
            site = Site(name="henan", title="河南")
            session.add(site)
            session.flush()
            first = session.get_one(Run, 1)
            kept = {"narrowed": {}, "tool_version": "1", "config_digest": "2", "vantage": first.vantage}
            session.add(Run(id=2, site_id=site.id, started=first.started, **kept))
        written = next(archive.glob("shandong-run1-*.warc.gz")).read_bytes()
        (archive / "henan-run2-20261127230000-00000.warc.gz.open").write_bytes(written)

    class Looking(Session):
        def __exit__(self, *how: Any) -> None:
            super().__exit__(*how)
            begin()

    monkeypatch.setattr(same_archive, "Session", Looking)
    same_archive.refuse_other_archive(engine, archive)
