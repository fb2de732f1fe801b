"""The store as an SQLite file: how it is made, and what is no such file."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

import alembic
from gxstore.database import StoreError, open_store, unusable, upgrade_store


def store_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'store.db'}"


def test_the_store_is_in_wal_mode_with_foreign_keys(tmp_path: Path) -> None:
    with open_store(store_url(tmp_path), create=True).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000


def test_values_are_narrow_rows_without_a_rowid(tmp_path: Path) -> None:
    with open_store(store_url(tmp_path), create=True).connect() as connection:
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'value'").scalar_one()
    assert "WITHOUT ROWID" in made


def test_a_file_of_another_program_is_left_byte_for_byte_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE customers (id INTEGER)")
    before = path.read_bytes()
    for way in (open_store, upgrade_store):
        with pytest.raises(StoreError, match="is not gxcrawl's"):
            way(store_url(tmp_path))
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["store.db"]


def test_a_store_that_is_absent_is_said_to_be_absent_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no store at .* gxcrawl run"):
        open_store(store_url(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(
        b"this is no database, and it is long enough to be looked at as one" * 40
    )
    with pytest.raises(StoreError, match="no SQLite database"):
        open_store(store_url(tmp_path))


def test_a_store_in_a_read_only_folder_is_told_with_what_to_do() -> None:
    said = unusable(
        "sqlite:////mnt/store.db",
        OperationalError("", {}, sqlite3.OperationalError("unable to open database file")),
    )
    assert "you may write to its folder" in said


def test_a_folder_in_place_of_the_store_is_said_to_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    with pytest.raises(StoreError, match="is a folder"):
        open_store(store_url(tmp_path), create=True)


def test_a_store_that_another_process_writes_to_is_said_to_be_locked(tmp_path: Path) -> None:
    url = store_url(tmp_path)
    open_store(url, create=True).dispose()
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another process"):
            upgrade_store(url + "?timeout=0.1")


def test_the_migrations_folder_does_not_shadow_the_library() -> None:
    assert alembic.__file__ is not None
    assert "site-packages" in alembic.__file__
