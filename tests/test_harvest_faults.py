"""The machine fails under a harvest: a full disk, a folder that may not be written, a store that another one holds.
Each is told in one sentence, tears nothing, and the same command goes on when the machine is well again."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from crawler.replica.server import Replica

Made = tuple[Any, Replica]

# No file may grow beyond so many bytes: the system refuses the write as it does on a full disk.
FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))\n"

# Root may write anywhere; without these capabilities it is a user like any other (capset, Linux).
NO_ROOT = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
head = (ctypes.c_uint32 * 2)(0x20080522, 0)
data = (ctypes.c_uint32 * 6)()
assert libc.capget(head, data) == 0
for word in (0, 1):
    data[word] &= ~0b110
assert libc.capset(head, data) == 0
"""


COMMAND = """
import sys
from crawler.cli import main
sys.argv = ["gxcrawl", "run", "--site", "shandong", "--replica", "--json"]
main()
"""


def told(made: Any, before: str) -> str:
    """What `gxcrawl run` says when it fails: one sentence, without a traceback."""
    done = made.python(before + COMMAND)
    assert done.returncode == 1, done.stdout + done.stderr
    sentence: str = done.stderr.strip().splitlines()[-1]
    assert sentence.startswith("gxcrawl: ")
    assert "Traceback" not in done.stderr
    assert "should not" not in sentence
    return sentence


def all_is_well(made: Any) -> None:
    """The next harvest is whole, and nothing is torn."""
    summary = made.run()
    assert (summary["outcome"], summary["run"], summary["found"]) == ("ok", 1, 5)
    done = made.here("verify")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "backend", ["postgresql"]
)  # whose files are another process's: only the archive does not fit
def test_a_disk_that_is_full_for_the_archive_ends_the_harvest_with_its_reason(
    on: Callable[..., Made],
) -> None:
    made, _ = on("shandong")
    sentence = told(made, FULL.format(9_000))
    assert ".warc.gz.open cannot be written (File too large): free some space" in sentence
    assert "type the same command again" in sentence
    all_is_well(made)


def test_a_disk_that_is_full_for_the_store_ends_the_harvest_with_its_reason(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    assert made.here("db", "upgrade").returncode == 0
    size = (made.data / "store.db").stat().st_size
    sentence = told(made, FULL.format(size // 4))
    assert "disk" in sentence or "File too large" in sentence, sentence
    all_is_well(made)


def test_an_archive_folder_that_may_not_be_written_is_named_before_anything_is_fetched(
    on: Callable[..., Made],
) -> None:
    made, _ = on("shandong")
    archive = made.data / "archive"
    archive.mkdir(parents=True)
    archive.chmod(0o555)
    sentence = told(made, NO_ROOT)
    assert f"No file can be made in {archive} (Permission denied)" in sentence
    assert list(archive.iterdir()) == []
    archive.chmod(0o755)
    all_is_well(made)


def test_a_store_that_another_process_holds_ends_the_harvest_with_its_reason(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    assert made.here("db", "upgrade").returncode == 0
    store = made.data / "store.db"
    hurried = made.environment() | {"GXCRAWL_STORE_URL": f"sqlite:///{store}?timeout=0.2"}
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sentence = told(made, f"import os; os.environ.update({hurried!r})\n")
        assert f"The store {store} is locked by another process. Wait until it has finished" in sentence
    all_is_well(made)
