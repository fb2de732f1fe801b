"""Opens the store, tells how its schema stands to the code, and upgrades it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from alembic import command
from gxstore.catalogue import load as load_catalogue
from gxstore.models import Indicator
from gxstore.resources import migrations_path


class StoreError(Exception):
    """The store cannot be used as it is. The sentence says why, and what to do."""


def open_store(url: str, *, create: bool = False) -> Engine:
    """An engine on an up-to-date store.

    Args:
        url: an SQLAlchemy URL; SQLite files are opened in WAL mode.
        create: make the store where there is none yet. One that is older than the code is refused all the same:
            bringing it up to date is the operator's decision (`upgrade_store`).

    Raises:
        StoreError: the store is absent, no database, older or newer than the code, or out of reach.
    """
    with _understood(url):
        engine = _engine(url, create=create)
        found, head = _revision(engine), _head()
        if found == head:
            return engine
        _refuse_newer(url, found)
        if found is None and create:
            _upgrade(engine)
            return engine
        what = (
            "is empty" if found is None else f"is older than this gxcrawl (its schema is {found}, not {head})"
        )
        raise StoreError(
            f"The store {shown(url)} {what}. Nothing was changed. Copy it aside, then type: gxcrawl db upgrade"
        )


def upgrade_store(url: str) -> tuple[str | None, str]:
    """Bring a store to the code's schema, or make it; returns the revision before and after.

    Raises:
        StoreError: it is no database, newer than the code, or out of reach.
    """
    with _understood(url):
        engine = _engine(url, create=True)
        before = _revision(engine)
        _refuse_newer(url, before)
        _upgrade(engine)
        return before, _head()


@contextmanager
def _understood(url: str) -> Iterator[None]:
    """Turns what a database driver says into a sentence with the remedy in it."""
    try:
        yield
    except ArgumentError as error:
        raise StoreError(
            f"{url!r} is no database URL. Give GXCRAWL_STORE_URL the form sqlite:///PATH or postgresql+psycopg://…"
        ) from error
    except DatabaseError as error:
        raise StoreError(_unusable(url, error)) from error


def _refuse_newer(url: str, found: str | None) -> None:
    if found is not None and found not in _known_revisions():
        raise StoreError(
            f"The store {shown(url)} was made by a newer gxcrawl (its schema is {found}, this version knows {_head()}). "
            "Nothing was changed. Install the newer version, or name another store with GXCRAWL_STORE_URL."
        )


def _engine(url: str, *, create: bool) -> Engine:
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
    engine = create_engine(url)
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _upgrade(engine: Engine) -> None:
    """Run the migrations, and number the catalogue's indicators so that a value row can name them."""
    config = _alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with Session(engine) as session, session.begin():
        known = {row.code: row.id for row in session.query(Indicator)}
        for indicator in load_catalogue().indicators:
            if indicator.code not in known:
                session.add(Indicator(id=indicator.id, code=indicator.code))
            elif known[indicator.code] != indicator.id:
                raise StoreError(
                    f"The store numbers the indicator {indicator.code} {known[indicator.code]}, the catalogue "
                    f"{indicator.id}. Numbers are only ever added: mend config/catalogue."
                )


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


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def shown(url: str) -> str:
    """A store's URL as an operator may see it: the file's path, or the URL without its password."""
    parsed = make_url(url)
    return parsed.database or "" if parsed.get_backend_name() == "sqlite" else parsed.render_as_string()


def _unusable(url: str, error: DatabaseError) -> str:
    cause = error.orig
    if isinstance(cause, sqlite3.DatabaseError) and "not a database" in str(cause):
        return f"{shown(url)} is no SQLite database. Nothing was changed. Name another file with GXCRAWL_STORE_URL."
    if "locked" in str(cause):
        return f"The store {shown(url)} is locked by another process. Wait until it has finished, then try again."
    return f"The store {shown(url)} cannot be opened: {str(cause).strip().splitlines()[0]}."
