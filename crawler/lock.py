"""One harvest of a site at a time: a lock file that the system frees when its holder dies."""

import fcntl
import os
import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from crawler.settings import Settings
from gxstore.database import StoreError, open_store
from gxstore.occupancy import is_alive, reserved


class SiteLocked(Exception):
    """Another process harvests the site; the sentence says which."""


@contextmanager
def site_lock(
    folder: Path, site: str, now: datetime, *, doing: str = "harvested", name: str | None = None
) -> Iterator[None]:
    """Hold the lock of a site (or of the scheduler, of a host, whose `name` is said then). It is freed at the end, or by the
    system when this process dies. `doing` is what it is held for, as whoever finds it held is told.

    Raises:
        SiteLocked: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{site}.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "used by another process"  # which has not yet said what it does
            raise SiteLocked(
                f"{name or site} is being {holder}. Wait until it has finished, then try again."
            ) from error
        file.truncate(0)
        file.write(f"{doing} by process {os.getpid()} since {now:%Y-%m-%d %H:%M} UTC")
        file.flush()
        yield
        file.truncate(0)


def harvested_by(folder: Path, site: str) -> str | None:
    """What a process of this machine is doing to a site at this moment, as `site_lock` was told; None where none holds it.
    A lock whose process is dead is not touched, so that asking does not keep a harvest from beginning."""
    try:
        with (folder / f"{site}.lock").open(encoding="utf-8") as file:
            holder = file.read().strip()
            found = re.search(r"process (\d+)", holder)
            return holder if found and is_alive(int(found[1])) and _is_held(file) else None
    except OSError:
        return None


def _is_held(file: IO[str]) -> bool:
    """Whether a process holds a lock: the number of one that was killed may be another one's by now."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


@contextmanager
def hosts_lock(folder: Path, hosts: Collection[str], now: datetime) -> Iterator[None]:
    """Hold hosts, so that no other process of this data folder asks them meanwhile: one request at a time goes to a host.

    Raises:
        SiteLocked: another process asks one of them.
    """
    with ExitStack() as held:
        for host in sorted(hosts):
            own = f"host-{host.replace(':', '+')}"
            held.enter_context(site_lock(folder, own, now, doing="asked", name=host))
        yield


@contextmanager
def hosts_to_oneself(settings: Settings, hosts: Collection[str], now: datetime, doing: str) -> Iterator[None]:
    """Hold hosts for a crawl that keeps nothing (a check of a site file, a discovery), against harvests and others of its kind.

    Raises:
        SiteLocked: another process asks one of them.
    """
    with ExitStack() as held:
        held.enter_context(hosts_lock(settings.data / "locks", hosts, now))
        try:
            engine = open_store(settings.database)
        except StoreError:  # nobody harvests into a store that cannot be used
            engine = None
        if engine is not None:
            taken = held.enter_context(reserved(engine, sorted(hosts), doing))
            if taken is not None:
                raise SiteLocked(
                    f"{taken[0]} is being asked ({taken[1]}). Wait until that has finished, then try again."
                )
        yield
