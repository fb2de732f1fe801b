"""Says that somebody works on a store, so that nobody upgrades it meanwhile: on PostgreSQL by an advisory lock, which
holds across hosts; beside an SQLite file by a lock on a file, which the system frees when its holder dies."""

import fcntl
import os
import re
import select
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import SQLAlchemyError

SUFFIX = ".in-use"
# Shared by those who work on the store, exclusive for an upgrade.
_KEY = 4_190_640_182
_WHO = "gxcrawl: "


class HoldLost(SQLAlchemyError):
    """The server has ended the session that held the store or a site: others may be let in since."""


@contextmanager
def occupied(engine: Engine, doing: str) -> Iterator[None]:
    """Work on a store, together with any number of others; an upgrade that is under way is waited for.

    Args:
        engine: the store.
        doing: what is being done, for whoever must wait: `harvest of ningxia`.
    """
    who = _who(doing)
    if engine.dialect.name == "sqlite":
        with _lock_file(engine).open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            file.write(who + "\n")
            file.flush()
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _bear_name(connection, who)
        connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), {"key": _KEY})
        with _held_by(connection, f"the store for this process ({doing})"):
            yield


@contextmanager
def reserved(engine: Engine, names: Iterable[str], doing: str) -> Iterator[tuple[str, str] | None]:
    """Keep things to oneself across all hosts that work on a store (a site, the hosts of its portals), or be told who
    has one of them. Only a store in PostgreSQL is shared by hosts: beside an SQLite file nothing is reserved.

    Yields:
        None where all were free, else the name of one that is not, and a few words on who has it.
    """
    if engine.dialect.name == "sqlite":
        yield None
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _bear_name(connection, _who(doing))
        with _held_by(connection, f"site and hosts for this process ({doing})"):
            for name in names:
                key = int.from_bytes(sha256(f"gxcrawl {name}".encode()).digest()[:8]) >> 1
                if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
                    yield name, _holder(connection, key)
                    return
            yield None


@contextmanager
def _held_by(connection: Connection, what: str) -> Iterator[None]:
    """Hold by a session, and begin no transaction on its engine once the server has ended that session (it was started
    anew, say), since the locks went with it and the pool would just connect again."""
    raw = connection.connection.driver_connection
    assert raw is not None
    errors = connection.dialect.loaded_dbapi.Error

    def is_silent() -> bool:
        # a poll of one's own: one that two threads share fails where both ask it at once
        waiting = select.poll()
        waiting.register(raw.fileno(), select.POLLIN)
        return not waiting.poll(0)

    def look(beginning: Connection) -> None:
        # an idle session has nothing to say but that it was ended: as long as it is silent, nothing is asked
        if beginning.connection.driver_connection is raw or (not raw.closed and is_silent()):
            return
        try:
            raw.execute("SELECT 1")
        except errors as error:
            raise HoldLost(
                f"The server has ended the session that held {what}, so that others may have been let in: type the same "
                "command again."
            ) from error

    event.listen(connection.engine, "begin", look)
    try:
        yield
    finally:
        event.remove(connection.engine, "begin", look)
        # the session goes with its locks and its name: it must not serve others from the pool
        connection.invalidate()


@contextmanager
def alone(connection: Connection) -> Iterator[str | None]:
    """Hold the store for oneself until the end, or be told who works on it.

    Args:
        connection: within a transaction that is committed before this ends; on PostgreSQL the lock is freed with it.

    Yields:
        None where nobody works on it, else a few words on who does.
    """
    if connection.dialect.name == "sqlite":
        with _lock_file(connection.engine).open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield _newest(file)
                return
            file.truncate(0)
            yield None
        return
    free = connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _KEY})
    yield None if free else _holder(connection, _KEY)


def _who(doing: str) -> str:
    return f"{doing}, process {os.getpid()} on {socket.gethostname()}"


def _bear_name(connection: Connection, who: str) -> None:
    """Let others see who has a session."""
    connection.execute(text("SELECT set_config('application_name', :who, false)"), {"who": (_WHO + who)[:63]})


def _lock_file(engine: Engine) -> Path:
    path = Path(engine.url.database or "store.db")
    return path.with_name(path.name + SUFFIX)


def _newest(file: IO[str]) -> str:
    """The last one to begin of those whose process lives."""
    file.seek(0)
    lines = [line for line in file.read().splitlines() if line]
    return next((line for line in reversed(lines) if _lives(line)), "another process")


def _lives(who: str) -> bool:
    said = re.search(r"process (\d+) on (.*)$", who)
    return said is not None and said[2] == socket.gethostname() and is_alive(int(said[1]))


def is_alive(process: int) -> bool:
    """Whether a process of this machine has that number, whoever's it is."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        return True
    return True


def _holder(connection: Connection, key: int) -> str:
    name = connection.scalar(
        text(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE :who AND pid IN (SELECT pid FROM "
            "pg_locks WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = :key) LIMIT 1"
        ),
        {"who": _WHO + "%", "key": key},
    )
    return name.removeprefix(_WHO) if name else "another process"
