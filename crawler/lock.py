"""One harvest of a site at a time: a lock file that the system frees when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


class SiteLocked(Exception):
    """Another process harvests the site; the sentence says which."""


@contextmanager
def site_lock(folder: Path, site: str, now: datetime, *, doing: str = "harvested") -> Iterator[None]:
    """Hold the lock of a site (or of the scheduler); it is freed at the end, or by the system when this process dies.

    Raises:
        SiteLocked: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{site}.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise SiteLocked(
                f"{site} is being {doing} by {holder}. Wait until it has finished, then try again."
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()} since {now:%Y-%m-%d %H:%M} UTC")
        file.flush()
        yield
        file.truncate(0)
