"""A store made anew of the archive is the store that the harvests made, in every row of every table."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.replica.server import Replica
from tests.postgresql import BACKENDS
from tests.stores import content, differences

Made = tuple[Any, Replica]
KILLED_BEFORE = {
    "the capture is in the store": "evidence.add_capture = kill",
    "it is told what the capture showed": "evidence.add_showing = kill",
    "the store has what it showed": "evidence.has_committed = kill",
}


def store_of(made: Any) -> str:
    return made.store or f"sqlite:///{made.data / 'store.db'}"


def rebuilt(made: Any, new_store: Callable[..., str], backend: str, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """A store made anew of what the harvests archived, and what the command said."""
    if backend == "sqlite":
        done = made.command("db", "rebuild", "--json")
        url = f"sqlite:///{made.data / 'store-rebuilt.db'}"
    else:
        url = new_store(backend, tmp_path, empty=True)
        done = replace(made, store=url).command("db", "rebuild", "--json")
    assert done.stdout, done.stderr
    return url, json.loads(done.stdout)


def test_several_harvests_with_changes_are_told_by_the_archive_in_every_row(
    on: Callable[..., Made], new_store: Callable[..., str], backend: str, tmp_path: Path
) -> None:
    made, replica = on("henan")
    made.run()
    replica.edit("hn-jiyuan-sfj", 2021, "ar.t3.new_received.natural_person", "7")
    made.run()
    replica.restore()
    made.run()
    url = replica.url_of("hn-jiyuan-sfj", 2021)
    replica.remove(url)
    made.run()
    replica.restore()
    made.run(year=2021)
    made.run()
    again, said = rebuilt(made, new_store, backend, tmp_path)
    assert said["troubles"] == []
    assert len(content(store_of(made))["run"]) == 6
    assert differences(store_of(made), again) == []
