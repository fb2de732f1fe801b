"""Opens the store, tells how its schema stands to the code, and upgrades it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from alembic import command
from gxstore.catalogue import load as load_catalogue
from gxstore.models import EARLIEST, Indicator, Region
from gxstore.occupancy import alone, occupied
from gxstore.regions import load as load_regions
from gxstore.resources import migrations_path
from gxstore.seals import seal_unsealed_kinds

# Held while the schema is brought up to date, so that two processes do not do it at once (PostgreSQL).
_UPGRADE_LOCK = 4_190_640_181
# Seconds that a statement waits for another process that writes to the same SQLite file; the URL can say otherwise.
_PATIENCE = 10.0
# The same on PostgreSQL, where a lock is of a row or a table and an upgrade may take a while.
_PATIENCE_OF_SERVER = 60


class StoreError(Exception):
    """The store cannot be used as it is. The sentence says why, and what to do."""


def open_store(url: str, *, create: bool = False, older: bool = False) -> Engine:
    """An engine on an up-to-date store.

    Args:
        url: an SQLAlchemy URL; an SQLite file is in WAL mode from its making on.
        create: make the store where there is none yet. One that is older than the code is refused all the same:
            bringing it up to date is the operator's decision (`upgrade_store`).
        older: open one of an older gxcrawl too, to copy it.

    Raises:
        StoreError: the store is absent, no database or another program's, older or newer than the code, or out of
            reach.
    """
    with _understood(url):
        engine = engine_of(url, create=create)
        found, head = _looked_at(engine, url)
        if found == head or (older and found is not None):
            return engine
        if found is None and create:
            _upgrade(engine, in_place=False)
            return engine
        if found is None:
            raise StoreError(
                f"The store {shown(url)} is empty. Nothing was changed. Type: gxcrawl db upgrade"
            )
        raise StoreError(
            f"The store {shown(url)} is older than this gxcrawl (its schema is {found}, not {head}). Nothing was changed. "
            "Type gxcrawl db backup FILE to have a copy, then: gxcrawl db upgrade"
        )


def upgrade_store(url: str) -> tuple[str | None, str]:
    """Bring a store to the code's schema, or make it; returns the revision before and after.

    Raises:
        StoreError: it is no database or another program's, newer than the code, out of reach, or a harvest works on it.
    """
    with _understood(url):
        engine = engine_of(url, create=True)
        before, head = _looked_at(engine, url)
        _upgrade(engine, in_place=before is not None)
        engine.dispose()
        return before, head


@contextmanager
def working_on(url: str, doing: str, *, create: bool = False) -> Iterator[Engine]:
    """Open a store as `open_store` does and work on it for a while, in which nobody can upgrade it.

    Args:
        url, create: as `open_store` takes them.
        doing: what is being done, for whoever wants to upgrade it: `harvest of ningxia`.

    Raises:
        StoreError: as `open_store`, or it was upgraded just now.
    """
    engine = open_store(url, create=create)
    with ExitStack() as held:
        with _understood(url):
            held.enter_context(occupied(engine, doing))
            found, head = _looked_at(engine, url)
        if found != head:
            raise StoreError(f"The store {shown(url)} was upgraded just now: type the same command again.")
        yield engine


@contextmanager
def _understood(url: str) -> Iterator[None]:
    """Turns what a database driver says into a sentence with the remedy in it."""
    try:
        yield
    except (ArgumentError, ModuleNotFoundError) as error:
        raise StoreError(
            f"{url!r} is no database URL that gxcrawl knows. Give GXCRAWL_STORE_URL the form sqlite:///PATH or "
            "postgresql+psycopg://USER@HOST/NAME"
        ) from error
    except DatabaseError as error:
        raise StoreError(unusable(url, error)) from error


def _looked_at(engine: Engine, url: str) -> tuple[str | None, str]:
    """The schema that a store has and the one that the code wants; a newer or a foreign one is refused."""
    with engine.connect() as connection:
        found = _revision(connection)
        tables = inspect(connection).get_table_names()
    head = _head()
    if found is not None and found not in _known_revisions():
        raise StoreError(
            f"The store {shown(url)} was made by a newer gxcrawl (its schema is {found}, this version knows {head}). "
            "Nothing was changed. Install the newer version, or name another store with GXCRAWL_STORE_URL."
        )
    if found is None and tables:
        raise StoreError(
            f"The database {shown(url)} is not gxcrawl's: it holds tables of its own ({', '.join(tables[:3])}). Nothing "
            "was changed. Name another with GXCRAWL_STORE_URL."
        )
    return found, head


def engine_of(url: str, *, create: bool = False) -> Engine:
    """An engine on whatever lies at a URL, with the settings that a store needs; nothing is looked at yet.

    Raises:
        StoreError: an SQLite file is absent (and `create` is not given), or a folder.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        path = Path(parsed.database)
        if path.is_dir():
            raise StoreError(f"The store {path} is a folder. Name a file, or remove the folder.")
        if not path.exists():
            if not create:
                raise StoreError(
                    f"There is no store at {path} yet. A first harvest makes it: gxcrawl run --site NAME"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
    if parsed.get_backend_name() != "sqlite":
        asked = {} if "options" in parsed.query else {"options": f"-c lock_timeout={_PATIENCE_OF_SERVER}s"}
        return create_engine(url, pool_pre_ping=True, connect_args=asked)
    waiting = {} if "timeout" in parsed.query else {"timeout": _PATIENCE}
    engine = create_engine(url, connect_args=waiting)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Settings of the connection alone: nothing here writes to the file, which may be another program's."""
    cursor = connection.cursor()
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _upgrade(engine: Engine, *, in_place: bool) -> None:
    """Run the migrations and enter the catalogue's indicators and the divisions, all in one transaction.

    Processes that come at the same time wait for the first one, and then find nothing left to do. A store that was
    there before (`in_place`) is left alone while somebody works on it; one that is being made is nobody's yet.
    """
    config = _alembic_config()
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:  # kept in the file, and impossible within a transaction
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    # what is held alone is held until after the commit
    with ExitStack() as held, engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver opens no transaction for CREATE TABLE by itself.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        if in_place and (holder := held.enter_context(alone(connection))) is not None:
            raise StoreError(
                f"The store {shown(str(engine.url))} is being worked on ({holder}). Nothing was changed. Wait until that "
                "has ended, then try again."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        with Session(connection, join_transaction_mode="rollback_only") as session:
            _enter_indicators(session)
            _enter_regions(session)
            seal_unsealed_kinds(session)
            session.flush()


def _enter_indicators(session: Session) -> None:
    """Number the catalogue's indicators in the store, so that a value row can name them."""
    known = {row.code: row.id for row in session.scalars(select(Indicator))}
    for indicator in load_catalogue().indicators:
        if indicator.code not in known:
            session.add(Indicator(id=indicator.id, code=indicator.code))
        elif known[indicator.code] != indicator.id:
            raise StoreError(
                f"The store numbers the indicator {indicator.code} {known[indicator.code]}, the catalogue "
                f"{indicator.id}. Numbers are only ever added: mend config/catalogue."
            )


def _enter_regions(session: Session) -> None:
    """Enter the divisions and zones that the store does not know yet."""
    known = set(session.scalars(select(Region.code)))
    for region in load_regions().regions.values():
        if region.code not in known:
            session.add(
                Region(
                    code=region.code,
                    name=region.name,
                    parent=region.parent,
                    valid_from=_first_day(region.valid_from) or EARLIEST,
                    valid_to=_first_day(region.valid_to),
                )
            )


def _first_day(text: str | None) -> date | None:
    """The first day of what a date of a division says: a day, a month (2009-07) or a year."""
    if not text:
        return None
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_path()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _head() -> str:
    head = ScriptDirectory.from_config(_alembic_config()).get_current_head()
    assert head is not None
    return head


def _known_revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions()}


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def shown(url: str) -> str:
    """A store's URL as an operator may see it: the file's path, or the URL without its password."""
    parsed = make_url(url)
    return parsed.database or "" if parsed.get_backend_name() == "sqlite" else parsed.render_as_string()


def broken_pages(engine: Engine) -> list[str]:
    """What SQLite finds wrong in the structure of its own file, at most ten sentences; PostgreSQL looks after its own."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        try:
            said = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(10)")]
            said += [
                f"a row of {row[0]} refers to a row of {row[2]} that is not there"
                for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(10)
            ]
        except DatabaseError as error:
            return [str(error.orig)]
    return [sentence for sentence in said if sentence != "ok"]


def unusable(url: str, error: DBAPIError) -> str:
    """What a database driver said, as a sentence with the remedy in it."""
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if "not a database" in said:
        return f"{shown(url)} is no SQLite database. Nothing was changed. Name another file with GXCRAWL_STORE_URL."
    if "locked" in said or "lock timeout" in said:
        return f"The store {shown(url)} is locked by another process. Wait until it has finished, then try again."
    if "unable to open" in said:
        return (
            f"The store {shown(url)} cannot be opened ({said}). SQLite writes beside its file even to read it: see that you may write "
            "to its folder, or copy the store to another and name that with GXCRAWL_STORE_URL."
        )
    if "disk" in said or "readonly" in said or "space left" in said:
        return (
            f"The store {shown(url)} cannot be written ({said}). Nothing is half written: see that its disk has space and "
            "that you may write to it, then type the same command again."
        )
    return f"The store {shown(url)} cannot be used: {said}."
