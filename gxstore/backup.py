"""Copies a store into one file, and makes a store of such a file again.

SQLite is copied by its own backup interface, so that a harvest may go on meanwhile; PostgreSQL by pg_dump in its
custom format. A copy gets its name only when it is whole, and nothing is ever written over.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect, make_url

from gxstore.database import StoreError, engine_of, open_store, shown

_UNFINISHED = ".unfinished"
# What SQLite plays back into whatever store it lies beside.
_JOURNALS = ("-wal", "-journal")
_DUMP_BEGINS = b"PGDMP"
_SQLITE_BEGINS = b"SQLite format 3\0"


def back_up(url: str, target: Path) -> int:
    """Copy a store into a file that is not there yet; returns its size in bytes. One of an older gxcrawl is copied as it is:
    whoever is going to upgrade it wants a copy first.

    Raises:
        StoreError: the store cannot be used, the file is there, cannot be written, or pg_dump is absent or fails.
    """
    engine = open_store(url, older=True)
    if target.exists():
        raise StoreError(f"{target} is there already. Nothing was written. Name another file.")
    unfinished = target.with_name(target.name + _UNFINISHED)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if engine.dialect.name == "sqlite":
            _copy_sqlite(Path(engine.url.database or ""), unfinished)
        else:
            # --no-owner, --no-privileges: the copy can be restored by whoever has a database to put it in
            words = ("--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished}")
            _tool("pg_dump", url, *words)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreError(f"The copy {target} cannot be written: {said}. Nothing of it is left.") from error
    except StoreError:
        unfinished.unlink(missing_ok=True)
        raise
    return target.stat().st_size


def restore(url: str, source: Path) -> str:
    """Make a store of a copy, where there is none; returns the revision of its schema.

    The copy is looked at whole first. A copy of an older gxcrawl is restored as it is: `upgrade_store` comes after it.

    Raises:
        StoreError: there is a store already, the copy is absent, damaged or of the other database, or pg_restore is
            absent or fails.
    """
    try:
        with source.open("rb") as file:
            begins = file.read(len(_SQLITE_BEGINS))
    except OSError as error:
        raise StoreError(f"The copy {source} cannot be read: {error.strerror}.") from error
    if make_url(url).get_backend_name() == "sqlite":
        if begins != _SQLITE_BEGINS:
            raise StoreError(f"{source} is no copy of a store in SQLite, and {shown(url)} would be one.")
        path = Path(make_url(url).database or "")
        if path.exists():
            raise StoreError(
                f"There is a store at {path}. Nothing was changed. Move it aside first, with {path.name}-wal where there is one."
            )
        for left in (path.with_name(path.name + end) for end in _JOURNALS):
            if left.exists():
                raise StoreError(
                    f"{left} is left of a store that lay at {path}, and would be mixed into the restored one. Nothing was "
                    "changed. Put it beside the store that it belongs to, then try again."
                )
        _restore_sqlite(source, path)
    else:
        if not begins.startswith(_DUMP_BEGINS):
            raise StoreError(f"{source} is no copy of a store in PostgreSQL, and {shown(url)} would be one.")
        engine = engine_of(url)
        if _tables(engine):
            raise StoreError(
                f"The database {shown(url)} holds tables. Nothing was changed. Name an empty one with GXCRAWL_STORE_URL."
            )
        # one transaction: the store is there whole, or not at all
        words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source))
        _tool("pg_restore", url, *words)
        engine.dispose()
    engine = engine_of(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    engine.dispose()
    return str(found)


def _copy_sqlite(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as store, closing(sqlite3.connect(target)) as copy:
        store.backup(copy)
        # one file: the copy must not need a journal beside it
        copy.execute("PRAGMA journal_mode=DELETE")
        _check_whole(copy, target)


def _restore_sqlite(source: Path, path: Path) -> None:
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, unfinished)
        with closing(sqlite3.connect(unfinished)) as copy:
            _check_whole(copy, source)
            tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "capture", "reading"} <= tables:
                raise StoreError(f"{source} is no copy of a gxcrawl store. Nothing was changed.")
            copy.execute("PRAGMA journal_mode=WAL")
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(path)
    except (OSError, sqlite3.Error) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreError(
            f"{source} cannot be made a store at {path}: {said}. Nothing was changed."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    said = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if said != ["ok"]:
        raise StoreError(f"{path} is damaged: {'; '.join(said)}. Take another copy.")


def _tables(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return inspect(connection).get_table_names()


def _tool(program: str, url: str, *words: str) -> None:
    """Run a program of PostgreSQL on a database. The password goes by the environment: arguments are seen by all."""
    parsed = make_url(url)
    plain = parsed.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(parsed.password)} if parsed.password else {})}
    try:
        done = subprocess.run(
            [program, f"--dbname={plain}", *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise StoreError(
            f"{program} is not installed. On Debian type: apt-get install postgresql-client (of the server's version or newer)"
        ) from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason was given"])[0]
        raise StoreError(f"{program} failed: {said}. Nothing was changed.")
