"""Makes a store anew of the archive alone.

From the WARC files come the runs, what they captured, what it showed, and their ledgers; from the site files, the catalogue
and the divisions of the config folder the sites, agencies, indicators and regions; the readings are made by the present
reader. What a store has beside that (audits, jobs of the scheduler, readings of earlier readers) is not made again.
"""

import fcntl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from archive.account import RunAccount, in_order, runs_told, strange_files, texts_of
from archive.reader import OPEN_SUFFIX
from archive.text.confined import Confined, Limits
from crawler.replaying import Replay, read_pages
from crawler.rereading import keep_told, sources
from gxstore import catalogue
from gxstore.comparing import compare_reports
from gxstore.database import StoreError, engine_of, open_store, shown
from gxstore.models import Agency, Capture, Reading, Run

# Events that are entered in one transaction: few enough to lose little, enough to be quick.
_AT_ONCE = 200
_SILENT = "rebuilt from an archive that says neither what this run's captures showed nor how it ended"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuilt store holds: runs, captures and readings; and what could not be known or read, a sentence each."""

    runs: int
    captures: int
    readings: int
    troubles: tuple[str, ...]


def place_beside(url: str) -> str:
    """Where a store is rebuilt: at `url` itself if none is there; beside a store in SQLite; never over one.

    Raises:
        StoreError: there is a store in PostgreSQL, or one that was rebuilt beside already.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = engine_of(url)
        with engine.connect() as connection:
            taken = inspect(connection).get_table_names()
        engine.dispose()
        if taken:
            raise StoreError(
                f"The database {shown(url)} holds tables. Nothing was changed. Name an empty one with GXCRAWL_STORE_URL."
            )
        return url
    path = Path(parsed.database or "")
    if not path.exists():
        return url
    beside = path.with_name(f"{path.stem}-rebuilt{path.suffix}")
    if beside.exists():
        raise StoreError(
            f"{beside} is there already. Nothing was changed. Move it aside, then type it again."
        )
    return f"sqlite:///{beside}"


def rebuild(
    url: str,
    archive: Path,
    *,
    limits: Limits,
    now: Callable[[], datetime],
    tell: Callable[[int, int], None],
) -> Rebuilt:
    """Make a store of an archive where there is none.

    Args:
        url: the store to be made.
        archive: the folder of the WARC files.
        limits: what reading one file may take.
        now: the clock, in UTC.
        tell: is told how many of how many captures are entered.

    Raises:
        StoreError: the archive holds nothing or is being written, or the store cannot be made.
        SiteError: a site of the archive has no site file.
    """
    _refuse_while_written(archive)
    accounts = runs_told(archive)
    if not accounts:
        raise StoreError(
            f"There is no WARC file of a run in {archive}: no store can be made of it. Name another with --from."
        )
    troubles = [f"{damage}; it was passed over" for account in accounts for damage in account.damages]
    troubles += [f"{file} is of no run of gxcrawl and was not looked at" for file in strange_files(archive)]
    told = [account for account in accounts if account.first is not None]
    numbers = [account.run for account in told for _ in account.beginnings or (None,)]
    if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise StoreError(
            f"The archive {archive} holds two runs with the number {twice[0]}: it is put together from two stores. "
            "Rebuild each from its own files."
        )
    total = sum(account.captures for account in accounts)
    unfinished = _unfinished(url)
    engine = open_store(unfinished, create=True)
    try:
        with Confined(limits) as reader:
            replay = Replay(archive, reader, limits, texts_of(accounts), anew=True)
            entered = 0
            with Session(engine) as session:
                for number, event in enumerate(in_order(archive, accounts), 1):
                    replay.enter(session, event)
                    if number % _AT_ONCE == 0:
                        session.commit()
                        entered = session.scalar(select(func.count(Capture.id))) or 0
                        tell(entered, total)
                session.commit()
                troubles += replay.troubles
                _close_silent(session, accounts, troubles)
                session.commit()
                if not all(replay.reads(account.run) for account in accounts):
                    _read_the_rest(session, archive, limits, now())
                    session.commit()
                found = Rebuilt(
                    session.scalar(select(func.count(Run.id))) or 0,
                    session.scalar(select(func.count(Capture.id))) or 0,
                    session.scalar(select(func.count(Reading.id))) or 0,
                    tuple(troubles),
                )
        _go_on_counting(engine)
    finally:
        engine.dispose()
    if unfinished != url:
        _file_of(unfinished).rename(_file_of(url))
    return found


def _unfinished(url: str) -> str:
    """Where the store lies while it is made: in SQLite under a name of its own, and what another attempt left is removed."""
    if make_url(url).get_backend_name() != "sqlite":
        return url
    path = _file_of(url).with_name(_file_of(url).name + ".unfinished")
    for suffix in ("", "-wal", "-shm", ".in-use"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return f"sqlite:///{path}"


def _file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


def _refuse_while_written(archive: Path) -> None:
    for path in sorted(archive.glob(f"*.warc.gz{OPEN_SUFFIX}")):
        with path.open("rb") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    f"A harvest is writing {path.name}: wait until it has ended, then type it again."
                ) from error


def _close_silent(session: Session, accounts: list[RunAccount], troubles: list[str]) -> None:
    """Close the runs of a gxcrawl that told the archive neither its beginning nor its end, and say which they are."""
    for account in accounts:
        # one that says how it ended told its beginning too, which cannot be read any more: that was named
        if account.began or account.ended or account.first is None:
            continue
        run = session.get_one(Run, account.run)
        run.finished, run.outcome = account.last, "failed"
        run.summary = {"reasons": [_SILENT]}
        troubles.append(
            f"run {account.run} of {account.site}: its archive was written by a gxcrawl that did not tell what its "
            f"{account.captures} captures showed, nor how it ended; they are entered, with their verdicts, and nothing is read"
        )


def _read_the_rest(session: Session, archive: Path, limits: Limits, now: datetime) -> None:
    """Read by the present reader what runs with another reader captured."""
    for told in read_pages(sources(session, archive), limits):
        keep_told(session, told, now)
    compare_reports(session, session.scalars(select(Agency.id)), catalogue.load())


def _go_on_counting(engine: Engine) -> None:
    """Runs were entered with the numbers that they had: the next one on PostgreSQL must be counted on from them."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence('run', 'id'), (SELECT max(id) FROM run))")
            )
