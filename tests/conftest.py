"""Fixtures that every part of the suite may use."""

import atexit
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from hypothesis import settings
from typer.testing import CliRunner

from crawler.cli import app
from crawler.replica.server import Replica
from gxstore.database import upgrade_store
from tests.postgresql import BACKENDS, Server

# Speed is for the benchmarks; a busy machine must not fail a test. Under CI the examples are the same each time.
settings.register_profile("gxcrawl", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("gxcrawl")

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the research material beside the checkout: seeds, gold values, real pages.

    It is no part of the project. Where it is absent the tests that read it are skipped and say so; under CI that is
    a failure, since a skipped test would hide a hole.
    """
    if not SHARED.is_dir():
        message = f"the folder {SHARED.name}/ beside the checkout is absent, so the seeds cannot be read"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SHARED


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of this process's own, started when a test first asks for it."""
    with Server() as server:
        yield server


@pytest.fixture(scope="session")
def new_store(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Make stores: `new_store(backend, folder)` gives the URL of one that is up to date, or with `empty=True` of a
    place where none is yet."""

    def make(backend: str, folder: Path, *, empty: bool = False) -> str:
        if backend == "postgresql":
            server: Server = request.getfixturevalue("postgresql")
            return server.new(empty=empty)
        url = f"sqlite:///{folder / 'store.db'}"
        if not empty:
            upgrade_store(url)
        return url

    return make


@pytest.fixture(scope="session")
def backend() -> str:
    """The database that stores of this test lie in. A test runs on both if it is marked
    `pytest.mark.parametrize("backend", BACKENDS)`; with GXCRAWL_TEST_STORE=postgresql every test runs on that one."""
    return os.environ.get("GXCRAWL_TEST_STORE", BACKENDS[0])


# Scrapy's reactor runs once in a process, so every harvest of a test has a process of its own; the replica that it
# talks to stays with the test, which can edit it between two harvests.
_HARVEST = """
import json, sys, uuid
from datetime import UTC, datetime
from pathlib import Path
from crawler.harvest import Surroundings, harvest
from crawler.narrowing import Narrowing
from crawler.settings import load_settings
from crawler.sites import load_site
site, proxy, narrowing = json.loads(sys.argv[1])
settings = load_settings()
around = Surroundings(settings, lambda: datetime.now(UTC), uuid.uuid4, lambda *_: None, proxy)
print(json.dumps(harvest(load_site(site), Narrowing(**narrowing), around)))
"""


@dataclass(frozen=True)
class Harvester:
    """Harvests a site from a running replica into a data folder, in a process of its own. The store lies in the data
    folder, or where `store` says (an SQLAlchemy URL)."""

    data: Path
    proxy: str | None
    site: str
    config: Path | None = None
    store: str = ""

    def environment(self) -> dict[str, str]:
        """The environment of a `gxcrawl` process that works on this data folder."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GXCRAWL_")}
        own = {"GXCRAWL_DATA": str(self.data)} | ({"GXCRAWL_CONFIG": str(self.config)} if self.config else {})
        return kept | own | ({"GXCRAWL_STORE_URL": self.store} if self.store else {})

    def start(self, *, before: str = "", **narrowing: Any) -> "subprocess.Popen[str]":
        """Begin a harvest and leave it running. `before` is code that its process runs first."""
        told = json.dumps([self.site, self.proxy, narrowing])
        return subprocess.Popen(
            [sys.executable, "-c", before + _HARVEST, told],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *, before: str = "", **narrowing: Any) -> dict[str, Any]:
        """Harvest to the end; returns the summary."""
        process = self.start(before=before, **narrowing)
        out, errors = process.communicate(timeout=900)  # a busy machine must not fail a test
        assert process.returncode == 0, errors
        summary: dict[str, Any] = json.loads(out)
        return summary

    def first(self) -> dict[str, Any]:
        """What `run` leaves and returns in an empty data folder while the replica is as it came: harvested once in this
        process for each site, and copied. The replica at `proxy` is asked for nothing."""
        assert self.config is None and not self.data.exists()  # noqa: PT018
        if self.store:
            return self.run()
        kept, summary = _first_harvest(self.site)
        shutil.copytree(kept, self.data)
        return dict(summary)

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the `gxcrawl` command on this data folder."""
        return gxcrawl(*words, environment=self.environment())

    def here(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the `gxcrawl` command in this process, which spares it the two seconds of its start. Only for commands
        that harvest nothing: Scrapy's reactor runs once in a process."""
        root = logging.getLogger()
        handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
        try:
            with patch.dict(os.environ, self.environment(), clear=True):
                done = CliRunner().invoke(app, list(words))
        finally:
            root.handlers[:], logging.raiseExceptions = handlers, raising
            root.setLevel(level)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    def python(self, code: str) -> "subprocess.CompletedProcess[str]":
        """Run code in a process that works on this data folder."""
        words = [sys.executable, "-c", code]
        return subprocess.run(words, env=self.environment(), capture_output=True, text=True, check=False)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the store says."""
        return self.execute(statement)

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        """Does something to the store behind gxcrawl's back, in one transaction; returns the rows of the last."""
        engine = sa.create_engine(
            self.store or f"sqlite:///{self.data / 'store.db'}", poolclass=sa.pool.NullPool
        )
        with engine.begin() as connection:
            for statement in statements:
                done = connection.exec_driver_sql(statement.replace("%", "%%") if self.store else statement)
            return [tuple(row) for row in done] if done.returns_rows else []

    def drop_guard(self, table: str) -> None:
        """Let rows of a table of evidence be changed: what damages a store does not ask."""
        if self.store:
            self.execute(f"DROP TRIGGER {table}_refuses_changes ON {table}")
        else:
            self.execute(f"DROP TRIGGER {table}_refuses_update", f"DROP TRIGGER {table}_refuses_delete")


@cache
def _first_harvest(site: str) -> tuple[Path, dict[str, Any]]:
    """A data folder as the first harvest of a site's untouched replica leaves it, and the summary of that harvest."""
    folder = tempfile.TemporaryDirectory(prefix="gxcrawl-first-")
    atexit.register(folder.cleanup)
    with Replica(site) as replica:
        made = Harvester(Path(folder.name) / "data", replica.proxy_url, site)
        return made.data, made.run()


@pytest.fixture(scope="session")
def harvester() -> type[Harvester]:
    """The means to harvest a replica."""
    return Harvester


@pytest.fixture
def on(
    tmp_path: Path, backend: str, new_store: Callable[..., str]
) -> Iterator[Callable[..., tuple[Harvester, Replica]]]:
    """Serve a site's replica, to be harvested into an empty data folder: `made, replica = on("henan")`."""
    running: list[Replica] = []
    store = new_store(backend, tmp_path, empty=True) if backend != "sqlite" else ""

    def make(site: str, config: Path | None = None) -> tuple[Harvester, Replica]:
        replica = Replica(site).start()
        running.append(replica)
        return Harvester(tmp_path / "data", replica.proxy_url, site, config, store), replica

    yield make
    for replica in running:
        replica.stop()


def gxcrawl(*words: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run the `gxcrawl` command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "crawler", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session", name="gxcrawl")
def gxcrawl_command() -> Any:
    """The `gxcrawl` command in a process of its own."""
    return gxcrawl
