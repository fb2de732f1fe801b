"""A real PostgreSQL server on loopback for the tests: made in a folder of its own, thrown away at the end.

The server refuses to run as root, so as root it is run as the account `postgres` that its package makes.
"""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

import sqlalchemy as sa

from gxstore.database import upgrade_store

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")
TEMPLATE = "template_store"
BACKENDS = ("sqlite", "postgresql")


class Server:
    """A running server; `new` gives the URL of a fresh store in a database of its own. A `durable` one waits for the
    disk at every commit, as a real one does; the others are fast."""

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = () if durable else _FAST
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        on_path = shutil.which("initdb")
        assert found or on_path, "PostgreSQL is not installed. On Debian type: apt-get install postgresql"
        self.bin = found[-1] if found else Path(str(on_path)).parent
        self.version = int(self._output("postgres", "--version").split()[2].partition(".")[0])
        self._folder = Path(mkdtemp(prefix="gxcrawl-pg-"))
        self._made = 0

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "-U", "gxcrawl")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        options = " ".join(f"-c {option}" for option in self._settings)
        where = f"-h 127.0.0.1 -p {self.port} -k {self._folder}"
        self._run("pg_ctl", "-w", "-l", f"{self._folder}/log", "-o", f"{where} {options}", "start")
        self._admin(f"CREATE DATABASE {TEMPLATE}")
        upgrade_store(self.url(TEMPLATE))
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database of this server."""
        return f"postgresql+psycopg://gxcrawl@127.0.0.1:{self.port}/{database}"

    def new(self, *, empty: bool = False) -> str:
        """The URL of a new database: a store up to date, or with nothing in it."""
        self._made += 1
        name = f"store_{self._made}"
        self._admin(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {TEMPLATE}"))
        return self.url(name)

    def _admin(self, statement: str) -> None:
        engine = sa.create_engine(
            self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def _run(self, program: str, *words: str) -> None:
        command: Sequence[str] = [str(self.bin / program), "-D", f"{self._folder}/data", *words]
        account = "postgres" if os.geteuid() == 0 else None
        # files, no pipes: the server keeps what it inherits open
        with (self._folder / "out").open("a+b") as said:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=self._folder,
                user=account,
                group=account,
                extra_groups=[] if account else None,
                check=False,
            )
            said.seek(0)
            assert done.returncode == 0, f"{program}: {said.read().decode()}"

    def _output(self, program: str, *words: str) -> str:
        return subprocess.run([self.bin / program, *words], capture_output=True, text=True, check=True).stdout
