"""The store's schema: migrations and models agree, evidence is append-only, other revisions are refused."""

import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import alembic
from gxstore import database, resources
from gxstore.catalogue import load as load_catalogue
from gxstore.database import StoreError, open_store, upgrade_store
from gxstore.models import APPEND_ONLY, Base


def store_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'store.db'}"


def test_the_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    engine = open_store(store_url(tmp_path), create=True)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_store_is_in_wal_mode_with_foreign_keys(tmp_path: Path) -> None:
    with open_store(store_url(tmp_path), create=True).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_values_are_narrow_rows_without_a_rowid(tmp_path: Path) -> None:
    with open_store(store_url(tmp_path), create=True).connect() as connection:
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'value'").scalar_one()
    assert "WITHOUT ROWID" in made


def test_every_indicator_has_its_number_in_the_store(tmp_path: Path) -> None:
    with open_store(store_url(tmp_path), create=True).connect() as connection:
        rows = {code: number for number, code in connection.exec_driver_sql("SELECT id, code FROM indicator")}
    assert rows == {indicator.code: indicator.id for indicator in load_catalogue().indicators}


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_rows_of_evidence_cannot_be_changed_or_removed(tmp_path: Path, table: str) -> None:
    open_store(store_url(tmp_path), create=True).dispose()
    connection = sqlite3.connect(tmp_path / "store.db")
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('1' for _ in columns)})"
    )
    with pytest.raises(sqlite3.IntegrityError, match="evidence"):
        connection.execute(f"UPDATE {table} SET {columns[0]} = 2")
    with pytest.raises(sqlite3.IntegrityError, match="evidence"):
        connection.execute(f"DELETE FROM {table}")


def test_a_store_that_is_absent_is_said_to_be_absent_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no store at .* gxcrawl run"):
        open_store(store_url(tmp_path))
    assert list(tmp_path.iterdir()) == []


LATER_REVISION = """
revision = "9998"
down_revision = "{head}"


def upgrade() -> None:
    from alembic import op

    op.execute("CREATE TABLE later (id INTEGER)")
"""


def test_an_older_store_is_refused_with_the_remedy_and_brought_up_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = store_url(tmp_path)
    open_store(url, create=True).dispose()
    head = database._head()
    versions = resources.migrations_path()
    later = tmp_path / "alembic"
    shutil.copytree(versions, later)
    (later / "versions" / "9998_later.py").write_text(LATER_REVISION.format(head=head))
    monkeypatch.setattr(database, "migrations_path", lambda: later)
    for create in (False, True):
        with pytest.raises(StoreError, match=r"older than this gxcrawl .* gxcrawl db upgrade"):
            open_store(url, create=create)
    assert upgrade_store(url) == (head, "9998")
    open_store(url)


def test_a_newer_store_is_refused_by_every_way_in(tmp_path: Path) -> None:
    engine = open_store(store_url(tmp_path), create=True)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for way in (open_store, upgrade_store):
        with pytest.raises(StoreError, match="made by a newer gxcrawl"):
            way(store_url(tmp_path))


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(
        b"this is no database, and it is long enough to be looked at as one" * 40
    )
    with pytest.raises(StoreError, match="no SQLite database"):
        open_store(store_url(tmp_path))


def test_a_folder_in_place_of_the_store_is_said_to_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    with pytest.raises(StoreError, match="is a folder"):
        open_store(store_url(tmp_path), create=True)


def test_the_migrations_folder_does_not_shadow_the_library() -> None:
    assert alembic.__file__ is not None
    assert "site-packages" in alembic.__file__
