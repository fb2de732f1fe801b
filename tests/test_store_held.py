"""Who works on a store holds it: what is done once the server has let go of it, and whom an upgrade names."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crawler.replica.server import Replica
from gxstore.database import StoreError, engine_of, open_store, upgrade_store, working_on
from gxstore.models import Site
from gxstore.occupancy import HoldLost, reserved
from tests.test_harvest_kills import _PAUSED
from tests.test_store_schema import WORKING

END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND application_name LIKE 'gxcrawl: %'"
)


def end_holding_sessions(url: str) -> int:
    """What a server that is started anew does, or a firewall: returns how many sessions were ended."""
    with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
        return len(connection.exec_driver_sql(END_SESSIONS.replace("%", "%%")).all())


@contextmanager
def site_reserved(url: str) -> Iterator[sa.Engine]:
    engine = open_store(url)
    with reserved(engine, ["henan"], "harvest of henan") as taken:
        assert taken is None
        yield engine


@contextmanager
def store_held(url: str) -> Iterator[sa.Engine]:
    with working_on(url, "harvest of henan") as engine:
        yield engine


def sites(engine: sa.Engine) -> int:
    with Session(engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Site)) or 0


def test_two_threads_may_begin_at_once(new_store: Callable[..., str], tmp_path: Path) -> None:
    with site_reserved(new_store("postgresql", tmp_path)) as engine, ThreadPoolExecutor(4) as threads:
        counted = list(threads.map(lambda _: sites(engine), range(1500)))
    assert counted == [0] * 1500


@pytest.mark.parametrize("held", [store_held, site_reserved])
def test_nothing_more_is_entered_once_the_server_has_let_go(
    held: Callable[..., Any], new_store: Callable[..., str], tmp_path: Path
) -> None:
    url = new_store("postgresql", tmp_path)
    with held(url) as engine:
        assert sites(engine) == 0
        assert end_holding_sessions(url) == 1
        time.sleep(0.2)
        for _ in range(2):
            with pytest.raises(HoldLost, match="type the same command again"):
                sites(engine)
    assert sites(engine) == 0


def test_a_harvest_whose_hold_was_lost_stops_and_is_gone_on_with(
    harvester: Any, new_store: Callable[..., str], tmp_path: Path
) -> None:
    url = new_store("postgresql", tmp_path, empty=True)
    with Replica("shandong") as replica:
        made = harvester(tmp_path / "data", replica.proxy_url, "shandong", None, url)
        made.data.mkdir()
        process = made.start(before=_PAUSED)
        while not (made.data / "paused").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        assert end_holding_sessions(url) == 2
        time.sleep(0.2)
        (made.data / "go-on").touch()
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 1
        assert "The server has ended the session that held" in errors
        again = made.run()
    assert (again["run"], again["new"], again["outcome"]) == (1, 5, "ok")
    assert made.here("verify", "--reread", "0").returncode == 0


def test_an_upgrade_names_who_lives_and_not_who_came_last(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    open_store(url, create=True).dispose()
    harvest = subprocess.Popen([sys.executable, "-c", WORKING, url], stdout=subprocess.PIPE, text=True)
    assert harvest.stdout is not None
    assert harvest.stdout.readline() == "working\n"
    later = subprocess.Popen(
        [sys.executable, "-c", WORKING.replace("ningxia", "henan"), url], stdout=subprocess.PIPE, text=True
    )
    assert later.stdout is not None
    assert later.stdout.readline() == "working\n"
    os.kill(later.pid, signal.SIGKILL)
    later.communicate()
    with engine_of(url).begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0005_audit'"))
    try:
        with pytest.raises(StoreError, match=rf"worked on \(harvest of ningxia, process {harvest.pid} on "):
            upgrade_store(url)
    finally:
        harvest.kill()
        harvest.communicate()
