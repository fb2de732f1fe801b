"""The store's schema: migrations and models agree, evidence is append-only, other revisions are refused."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.orm import Session

from alembic import command
from gxstore import database, resources
from gxstore.catalogue import load as load_catalogue
from gxstore.database import StoreError, open_store, upgrade_store, working_on
from gxstore.models import APPEND_ONLY, Base, UtcTime
from gxstore.occupancy import alone
from gxstore.seals import broken_seals
from tests.postgresql import BACKENDS
from tests.stores import content

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


@pytest.fixture
def url(tmp_path: Path, backend: str, new_store: Callable[..., str]) -> str:
    """A place where no store is yet."""
    return new_store(backend, tmp_path, empty=True)


@pytest.fixture
def engine(tmp_path: Path, backend: str, new_store: Callable[..., str]) -> sa.Engine:
    """A store that is up to date."""
    return open_store(new_store(backend, tmp_path))


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_first_harvest_makes_the_store_and_the_next_opens_it(url: str) -> None:
    open_store(url, create=True).dispose()
    open_store(url).dispose()
    assert upgrade_store(url) == (database._head(), database._head())


def test_every_indicator_has_its_number_in_the_store(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        rows = {code: number for number, code in connection.exec_driver_sql("SELECT id, code FROM indicator")}
    assert rows == {indicator.code: indicator.id for indicator in load_catalogue().indicators}


def anything(column: sa.Column[Any]) -> object:
    """A value that a column takes."""
    kinds: dict[type, object] = {int: 1, bool: True, str: "1", bytes: b"1", date: date(2020, 1, 1)}
    return (
        datetime(2020, 1, 1, tzinfo=UTC)
        if isinstance(column.type, UtcTime)
        else kinds.get(column.type.python_type, {})
    )


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_rows_of_evidence_cannot_be_changed_or_removed(engine: sa.Engine, table: str) -> None:
    rows = Base.metadata.tables[table]
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        # the row refers to nothing that is there: only what happens to it afterwards is of interest
        connection.exec_driver_sql(
            "PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role = replica"
        )
        connection.commit()
        connection.execute(sa.insert(rows).values({column.name: anything(column) for column in rows.columns}))
        if not sqlite:
            connection.exec_driver_sql("SET session_replication_role = origin")
        connection.commit()
        first = next(iter(rows.columns))
        for change in (sa.update(rows).values({first.name: anything(first)}), sa.delete(rows)):
            with pytest.raises(sa.exc.DBAPIError, match="evidence"):
                connection.execute(change)
            connection.rollback()
        assert connection.scalar(sa.select(sa.func.count()).select_from(rows)) == 1


LATER_REVISION = """
revision = "9998"
down_revision = "{head}"


def upgrade() -> None:
    from alembic import op

    op.execute("CREATE TABLE later (id INTEGER)")
"""


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Install a newer gxcrawl, whose schema is one revision ahead."""
    head = database._head()
    folder = tmp_path / "alembic"
    shutil.copytree(resources.migrations_path(), folder)
    (folder / "versions" / "9998_later.py").write_text(LATER_REVISION.format(head=head))
    return lambda: monkeypatch.setattr(database, "migrations_path", lambda: folder)


def test_an_older_store_is_refused_with_the_remedy_and_brought_up_by_it(
    url: str, later: Callable[[], None]
) -> None:
    open_store(url, create=True).dispose()
    head = database._head()
    later()
    for create in (False, True):
        with pytest.raises(StoreError, match=r"older than this gxcrawl .* gxcrawl db upgrade"):
            open_store(url, create=create)
    assert upgrade_store(url) == (head, "9998")
    open_store(url)


@pytest.mark.parametrize("revision", ["0001", "0003_frontier_request", "0005_audit"])
def test_a_store_of_each_revision_keeps_every_row_when_it_is_upgraded(
    url: str, revision: str, harvester: Any, tmp_path: Path
) -> None:
    harvested = harvester(tmp_path / "harvested", None, "shandong")
    harvested.first()
    rows = content(f"sqlite:///{harvested.data / 'store.db'}")
    engine = database.engine_of(url, create=True)
    with engine.begin() as connection:
        config = database._alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        there = sa.MetaData()
        there.reflect(connection)
        for table in (
            table for table in Base.metadata.sorted_tables if table.name in there.tables.keys() & rows
        ):
            names = there.tables[table.name].columns.keys()
            then = sa.Table(
                table.name, sa.MetaData(), *(sa.Column(name, table.c[name].type) for name in names)
            )
            own = [{name: row[name] for name in names} for row in rows[table.name]]
            # a report's seal and a finding's came after this revision
            own = [row for row in own if table.name != "seal" or row["kind"] < 5]
            if own:
                connection.execute(sa.insert(then), own)
    engine.dispose()
    assert upgrade_store(url) == (revision, database._head())
    after = content(url)
    for name, before in rows.items():
        if name == "seal":
            continue
        # what a list says of itself, and the page of it that named a report, were not kept at first
        lost = {"told", "request", "page", "source"} if revision == "0001" else set()
        if name == "listing" and lost:
            before = [row for row in before if row["report"]]
        kept = [
            [{key: value for key, value in row.items() if key not in lost} for row in those]
            for those in (before, after[name])
        ]
        assert kept[0] == kept[1], name
    assert len(after["value"]) > 300
    with Session(open_store(url)) as session:
        assert list(broken_seals(session)) == []


WORKING = """
import sys, time
from gxstore.database import working_on
with working_on(sys.argv[1], "harvest of ningxia"):
    print("working", flush=True)
    time.sleep(600)
"""


def test_an_upgrade_is_refused_while_a_harvest_runs_and_done_when_it_has_been_killed(
    url: str, later: Callable[[], None]
) -> None:
    open_store(url, create=True).dispose()
    harvests = [
        subprocess.Popen([sys.executable, "-c", WORKING, url], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for harvest in harvests:
        assert harvest.stdout is not None
        assert harvest.stdout.readline() == "working\n"
    later()
    for harvest in harvests:
        with pytest.raises(StoreError, match=r"worked on \(harvest of ningxia, process \d+"):
            upgrade_store(url)
        harvest.kill()
        harvest.communicate()
    deadline = time.monotonic() + 20
    while True:  # the server may need a moment to see that its client is gone
        try:
            assert upgrade_store(url)[1] == "9998"
            break
        except StoreError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_harvest_waits_for_an_upgrade_and_refuses_the_store_it_did_not_expect(
    url: str, later: Callable[[], None]
) -> None:
    engine = open_store(url, create=True)
    seen: list[str] = []

    def work() -> None:
        try:
            with working_on(url, "harvest of ningxia"):
                seen.append("worked")
        except StoreError as error:
            seen.append(str(error))

    worker = threading.Thread(target=work)
    with ExitStack() as held, engine.begin() as connection:
        assert held.enter_context(alone(connection)) is None
        worker.start()
        time.sleep(0.3)
        assert seen == []
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9997'")
    worker.join(timeout=20)
    assert len(seen) == 1
    assert "newer gxcrawl" in seen[0]


def test_a_newer_store_is_refused_by_every_way_in(url: str) -> None:
    engine = open_store(url, create=True)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for way in (open_store, upgrade_store):
        with pytest.raises(StoreError, match="made by a newer gxcrawl"):
            way(url)


def test_a_database_of_another_program_is_refused_and_not_touched(url: str) -> None:
    engine = database.engine_of(url, create=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE customers (id INTEGER)")
    engine.dispose()
    for way in (open_store, upgrade_store):
        with pytest.raises(StoreError, match="is not gxcrawl's"):
            way(url)
    with database.engine_of(url).connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["customers"]
