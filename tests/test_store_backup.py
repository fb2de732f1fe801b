"""Copies of the store: whole, restorable, and never over something else."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alembic import command
from gxstore import database
from gxstore.backup import back_up, restore
from gxstore.database import StoreError, open_store, upgrade_store
from gxstore.models import Base
from tests.postgresql import BACKENDS


def everything(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    with open_store(url).connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_store_comes_back_from_its_copy_with_every_row_and_every_guard(
    on: Callable[..., Any], tmp_path: Path, backend: str, new_store: Callable[..., str]
) -> None:
    made, _ = on("shandong")
    made.first()
    copy = tmp_path / "copies" / "store.copy"
    done = made.here("db", "backup", str(copy))
    assert done.returncode == 0, done.stderr
    original = made.store or f"sqlite:///{made.data / 'store.db'}"
    (tmp_path / "restored").mkdir()
    again = new_store(backend, tmp_path / "restored", empty=True)
    for words in (("db", "restore", str(copy)), ("verify",)):
        done = replace(made, store=again).here(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    rows = everything(again)
    rows.pop("audit", None)
    kept = everything(original)
    kept.pop("audit", None)
    assert rows == kept
    assert len(rows["value"]) > 300
    with pytest.raises(sa.exc.DBAPIError, match="evidence"), open_store(again).begin() as connection:
        connection.exec_driver_sql("DELETE FROM capture")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_copy_is_never_written_over_a_file_and_never_restored_over_a_store(
    tmp_path: Path, backend: str, new_store: Callable[..., str]
) -> None:
    url = new_store(backend, tmp_path)
    copy = tmp_path / "copy"
    back_up(url, copy)
    with pytest.raises(StoreError, match="is there already"):
        back_up(url, copy)
    with pytest.raises(StoreError, match="Nothing was changed"):
        restore(url, copy)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("what", ["absent", "nonsense", "cut", "other"])
def test_a_copy_that_cannot_be_restored_leaves_no_store_behind(
    tmp_path: Path, backend: str, what: str, new_store: Callable[..., str]
) -> None:
    copy = tmp_path / "copy"
    if what == "cut":
        back_up(new_store(backend, tmp_path), copy)
        copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    elif what == "other":
        other = next(name for name in BACKENDS if name != backend)
        back_up(new_store(other, tmp_path), copy)
    elif what == "nonsense":
        copy.write_bytes(b"no copy of anything" * 99)
    (tmp_path / "new").mkdir()
    url = new_store(backend, tmp_path / "new", empty=True)
    with pytest.raises(StoreError) as said:
        restore(url, copy)
    assert "Traceback" not in str(said.value)
    assert list((tmp_path / "new").iterdir()) == []
    with pytest.raises(StoreError, match=r"no store|is empty"):
        open_store(url)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_store_of_an_older_gxcrawl_is_copied_before_it_is_upgraded(
    tmp_path: Path, backend: str, new_store: Callable[..., str]
) -> None:
    url, copy = new_store(backend, tmp_path, empty=True), tmp_path / "copy"
    with database.engine_of(url, create=True).begin() as connection:
        config = database._alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003_frontier_request")
    with pytest.raises(StoreError, match=r"gxcrawl db backup FILE .* gxcrawl db upgrade"):
        open_store(url)
    back_up(url, copy)
    (tmp_path / "again").mkdir()
    again = new_store(backend, tmp_path / "again", empty=True)
    assert restore(again, copy) == "0003_frontier_request"
    assert upgrade_store(again)[0] == "0003_frontier_request"
    open_store(again)


def test_what_a_killed_harvest_left_beside_the_store_before_is_not_mixed_into_the_restored_one(
    tmp_path: Path,
) -> None:
    path, copy = tmp_path / "store.db", tmp_path / "copy"
    url = f"sqlite:///{path}"
    upgrade_store(url)
    back_up(url, copy)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("INSERT INTO site (id, name, title) VALUES (7, 'late', 'late')")
        connection.commit()
        # as a kill leaves it: a connection that is closed clears it away
        left = path.with_name("store.db-wal").read_bytes()
    path.unlink()
    path.with_name("store.db-wal").write_bytes(left)
    with pytest.raises(StoreError, match=r"store.db-wal is left of a store .* Nothing was changed"):
        restore(url, copy)
    assert not path.exists()
    path.with_name("store.db-wal").rename(tmp_path / "aside")
    restore(url, copy)
    assert everything(url)["site"] == []


def test_a_copy_of_another_programs_file_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE customers (id INTEGER)")
    with pytest.raises(StoreError, match="no copy of a gxcrawl store"):
        restore(f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "other.db")
    assert not (tmp_path / "store.db").exists()


def test_a_server_without_its_programs_beside_us_is_said_plainly(
    tmp_path: Path, new_store: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_store("postgresql", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"pg_dump is not installed.*apt-get install postgresql-client"):
        back_up(url, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []
