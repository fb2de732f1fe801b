"""The seals: an honest store breaks none, and no row of evidence is edited, lost or slipped in unseen."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from alembic import command
from crawler.replica.server import Replica
from gxstore import database
from gxstore.database import open_store, upgrade_store
from gxstore.models import APPEND_ONLY, Base
from gxstore.seals import KINDS, RowDamage, broken_seals, sealed_rows
from tests.postgresql import BACKENDS

EDITED = [*(table for table in APPEND_ONLY if table not in ("seal", "audit")), "report", "finding"]


@pytest.fixture(scope="module", params=BACKENDS)
def store(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    harvester: Any,
    new_store: Callable[..., str],
) -> str:
    """A harvested store, whose guards are taken off; every test mends what it breaks."""
    folder = tmp_path_factory.mktemp("sealed")
    url = "" if request.param == "sqlite" else new_store(request.param, folder, empty=True)
    with Replica("shandong") as replica:
        made = harvester(folder / "data", replica.proxy_url, "shandong", store=url)
        made.run()
        made.run()
    for table in APPEND_ONLY:
        made.drop_guard(table)
    return url or f"sqlite:///{made.data / 'store.db'}"


def broken(url: str) -> list[RowDamage]:
    with Session(open_store(url)) as session:
        return list(broken_seals(session))


def test_every_row_of_an_honest_store_is_sealed_and_none_is_broken(store: str) -> None:
    assert broken(store) == []
    with Session(open_store(store)) as session:
        findings = Base.metadata.tables["finding"].c.reading_id
        rows = session.scalar(sa.select(sa.func.count(findings.distinct()))) or 0
        assert rows > 0
        rows += sum(
            session.scalar(sa.select(sa.func.count()).select_from(Base.metadata.tables[kind])) or 0
            for kind in KINDS
            if kind != "finding"
        )
        assert sum(sealed_rows(session).values()) == rows > 30


def sealed(rows: sa.Table) -> sa.Select[Any]:
    """The rows of a table that are sealed: of the findings those of readings."""
    return sa.select(rows).where(rows.c.reading_id.is_not(None) if rows.name == "finding" else sa.true())


def other(value: Any, column: sa.Column[Any], chance: random.Random) -> Any:
    """Another value for a column."""
    if value is None or isinstance(value, dict | list):
        kinds: dict[type, Any] = {int: 7, str: "edited", dict: {"edited": 1}}
        return kinds.get(column.type.python_type) if value is None else [*value, "edited"]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + (1000 if column.primary_key else chance.choice([-1, 1, 10]))
    if isinstance(value, str):
        return value[:-1] + chance.choice("甲x") if value[-1:] not in "甲x" else value[:-1]
    return value.replace(year=value.year - 1)


def damaged_by_one_edit(url: str, table: str, chance: random.Random) -> tuple[str, list[RowDamage]]:
    """Edits one column of one row, sees what the seals say of it, and takes the edit back."""
    rows = Base.metadata.tables[table]
    keys = list(rows.primary_key.columns)
    engine = open_store(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        connection.commit()
        row = chance.choice(connection.execute(sealed(rows)).all())._mapping
        # keys too, but for the id that tells which row is meant
        column = chance.choice([c for c in rows.columns if not (c.primary_key and len(keys) == 1)])
        value = other(row[column.name], column, chance)
        where = sa.and_(*(key == row[key.name] for key in keys))
        if value == row[column.name] or value is None:
            return "", []
        with Session(connection) as session:
            try:
                connection.execute(sa.update(rows).where(where).values({column.name: value}))
            except sa.exc.IntegrityError:
                return "", []
            found = list(broken_seals(session))
            connection.rollback()
    engine.dispose()
    return f"{table}.{column.name}: {row[column.name]!r} -> {value!r}", found


@pytest.mark.parametrize("table", EDITED)
def test_one_edited_column_of_one_row_is_found(store: str, table: str) -> None:
    chance = random.Random(table)
    for _ in range(8):
        edit, found = damaged_by_one_edit(store, table, chance)
        assert bool(found) == bool(edit), edit


@pytest.mark.parametrize("table", EDITED)
def test_a_deleted_row_is_found(store: str, table: str) -> None:
    rows = Base.metadata.tables[table]
    engine = open_store(store)
    with engine.connect() as connection, Session(connection) as session:
        row = connection.execute(sealed(rows)).first()
        assert row is not None
        sqlite = engine.dialect.name == "sqlite"
        connection.rollback()
        connection.exec_driver_sql(
            "PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role = replica"
        )
        connection.commit()
        where = [key == row._mapping[key.name] for key in rows.primary_key.columns]
        connection.execute(sa.delete(rows).where(*where))
        assert list(broken_seals(session)) != []
        connection.rollback()


def test_a_row_that_gxcrawl_did_not_enter_is_found(store: str) -> None:
    with open_store(store).connect() as connection, Session(connection) as session:
        showing = Base.metadata.tables["showing"]
        capture = sa.select(sa.func.max(Base.metadata.tables["capture"].c.id))
        free = connection.scalar(
            sa.select(Base.metadata.tables["capture"].c.id)
            .where(Base.metadata.tables["capture"].c.id.not_in(sa.select(showing.c.capture_id)))
            .limit(1)
        )
        assert connection.scalar(capture) is not None
        connection.execute(sa.insert(showing).values(capture_id=free, document_id=1, version_id=None))
        assert [(d.kind, d.table, d.row) for d in broken_seals(session)] == [
            ("row_unsealed", "showing", free)
        ]
        connection.rollback()


def test_a_row_that_cannot_be_read_any_more_is_named_and_the_others_are_looked_at(store: str) -> None:
    if not store.startswith("sqlite"):
        return  # PostgreSQL lets no such value in
    with open_store(store).connect() as connection, Session(connection) as session:
        connection.exec_driver_sql("UPDATE reading SET tables = 'no json' WHERE id = 2")
        connection.exec_driver_sql("UPDATE capture SET fetched_at = 'never' WHERE id = 3")
        connection.commit()
        assert [(d.kind, d.table, d.row) for d in broken_seals(session)] == [
            ("row_changed", "capture", 3),
            ("row_changed", "reading", 2),
        ]


OLD_ROW = {
    "site": "INSERT INTO site (id, name, title) VALUES (1, 'x', 'x')",
    "run": "INSERT INTO run (id, site_id, started, narrowed, tool_version, config_digest, vantage) "
    "VALUES (1, 1, '2026-01-01 00:00:00.000000', '{}', 't', 'd', 'v')",
    "capture": "INSERT INTO capture (id, record_id, run_id, url, fetched_at, status, verdict, payload_sha256, "
    "payload_length, warc_file, warc_offset) VALUES (1, 'urn:uuid:1', 1, 'http://a.cn/', "
    "'2026-01-01 00:00:00.000000', 200, 'ok', 'ab', 2, 'f', 0)",
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_rows_of_a_store_made_before_there_were_seals_are_sealed_by_the_upgrade(
    backend: str, tmp_path: Path, new_store: Callable[..., str]
) -> None:
    url = new_store(backend, tmp_path, empty=True)
    engine = database.engine_of(url, create=True)
    with engine.begin() as connection:
        config = database._alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with engine.begin() as connection:
        for statement in OLD_ROW.values():
            connection.exec_driver_sql(statement)
    engine.dispose()
    assert upgrade_store(url)[0] == "0001"
    assert broken(url) == []
    with Session(open_store(url)) as session:
        assert sealed_rows(session) == {"capture": 1}
