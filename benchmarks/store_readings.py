"""Recording readings beside a bare `executemany` of the same rows in the same transactions, on SQLite and PostgreSQL.

    python benchmarks/store_readings.py [REPORTS]     # 1,000; 10,000 take some minutes on each database

Each report is one transaction, as in a harvest. The baseline inserts just the rows that the store holds afterwards,
seals and findings too, into a store of its own, through the driver alone: what it does not pay for is everything that the
store does around them. The two take turns, a hundred reports each, so that what else the machine does hits both. Prints
their ratio (at most 2.5), and what a cell takes on disk, indexes and all.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from archive.text.extract import extract
from crawler.replica.pages import answer
from crawler.replica.reply import Asked
from crawler.replica.world import Changes, load_world
from gxstore import catalogue, readings, regions
from gxstore.database import open_store, upgrade_store
from gxstore.models import Agency, Base, Document, Site, Version
from gxstore.reading.attribution import attribute
from gxstore.reading.read import read
from gxstore.reading.report import Attribution, Hint, Reading
from gxstore.seals import KINDS
from tests.postgresql import Server

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TABLES = ("report", "reading", "reading_source", "value", "section", "fact", "finding", "attribution", "seal")
OF_REPORT = KINDS.index("report")
AT_ONCE = 100
Work = list[tuple[Reading, Attribution, str]]
Rows = dict[str, list[tuple[Any, ...]]]


def read_reports() -> Work:
    """Every report of the replica that is a page of its own, read once."""
    world, known, gazetteer = load_world("ningxia"), catalogue.load(), regions.load()
    found: Work = []
    for page in world.reports():
        reply = answer(world, Asked(world.url(page), 1), Changes())
        if reply is None or not reply.body.strip():
            continue
        try:
            document = extract(reply.body)
        except Exception:  # a page that serves a fault
            continue
        reading = read([document], known)
        told = attribute([document], reading, gazetteer, known, Hint())
        if told.is_annual_report and told.year is not None and reading.tables:
            found.append((reading, told, page.agency))
    return found


def prepared(url: str, reports: int) -> sa.Engine:
    """A store with a site, its agencies, and a document with one version for each report to come."""
    engine = open_store(url)
    with Session(engine) as session, session.begin():
        session.add(Site(id=1, name="bench", title="bench"))
        session.add_all(
            Agency(id=number + 1, slug=f"a{number}", level="county", function="x")
            for number in range(reports // 8 + 1)
        )
        session.flush()
        session.execute(
            sa.insert(Document), [{"id": n, "site_id": 1, "kind": "report"} for n in range(1, reports + 1)]
        )
        session.execute(
            sa.insert(Version),
            [
                {
                    "id": n,
                    "document_id": n,
                    "number": 1,
                    "text_sha256": f"{n:064x}",
                    "extractor": "x",
                    "extractor_version": "1",
                    "conversion_record_id": f"urn:uuid:{n}",
                    "warc_file": "f",
                    "warc_offset": n,
                }
                for n in range(1, reports + 1)
            ],
        )
    return engine


def by_us(engine: sa.Engine, work: Work, numbers: range) -> None:
    """Enter some readings through the store."""
    for number in numbers:
        reading, told, _ = work[(number - 1) % len(work)]
        with Session(engine) as session, session.begin():
            readings.keep(session, [number], reading, told, f"a{(number - 1) // 8}", NOW)


def rows_by_report(engine: sa.Engine, numbers: range, known: int) -> list[Rows]:
    """The rows that were just entered for each reading, table by table, as the driver takes them.

    Args:
        numbers: the ids of the readings; their attributions bear the same.
        known: the last report that there was before them.
    """
    found: dict[int, Rows] = {number: {} for number in numbers}
    first_of: dict[int, int] = {}
    with engine.connect() as connection:
        raw = connection.connection.cursor()
        raw.execute(
            "SELECT report_id, min(reading_id) FROM attribution "
            f"WHERE report_id > {known} AND reading_id BETWEEN {numbers[0]} AND {numbers[-1]} GROUP BY report_id"
        )
        first_of.update(raw.fetchall())
        for table in TABLES:
            columns = [column.name for column in Base.metadata.tables[table].columns]
            cast = [
                f"{c}::text" if engine.dialect.name != "sqlite" and is_json(table, c) else c for c in columns
            ]
            key = {"report": "id", "reading": "id", "attribution": "reading_id", "seal": "row_id"}.get(
                table, "reading_id"
            )
            within = f"{key} BETWEEN {numbers[0]} AND {numbers[-1]}"
            of_report = f"{key} > {known}" if table == "report" else f"kind = {OF_REPORT} AND {key} > {known}"
            where = {"report": of_report, "seal": f"kind <> {OF_REPORT} AND {within} OR {of_report}"}.get(
                table, within
            )
            raw.execute(f"SELECT {', '.join(cast)} FROM {table} WHERE {where}")
            at, kind = columns.index(key), columns.index("kind") if table == "seal" else None
            for row in raw.fetchall():
                of = table == "report" or (kind is not None and row[kind] == OF_REPORT)
                found[first_of[row[at]] if of else row[at]].setdefault(table, []).append(tuple(row))
    return list(found.values())


def is_json(table: str, column: str) -> bool:
    """Whether a column holds JSON, which the driver must be handed as text."""
    return isinstance(Base.metadata.tables[table].columns[column].type, sa.JSON)


def by_driver(engine: sa.Engine, rows: list[Rows]) -> None:
    """Insert the same rows in the same transactions through the driver alone."""
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    statements = {}
    for table in TABLES:
        columns = [column.name for column in Base.metadata.tables[table].columns]
        marks = ", ".join(f"{mark}::json" if mark == "%s" and is_json(table, c) else mark for c in columns)
        statements[table] = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for report in rows:
            for table, some in report.items():
                cursor.executemany(statements[table], some)
            connection.commit()
    finally:
        connection.close()


def size_of(engine: sa.Engine) -> int:
    """Bytes of the tables that readings fill, with their indexes."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


@dataclass
class Spent:
    """Seconds by the clock, and seconds of this process (what a server computes is not among them)."""

    clock: float = 0.0
    user: float = 0.0

    def on(self, work: Callable[[], object]) -> None:
        """Add what one piece of work takes."""
        clock, user = time.perf_counter(), os.times().user
        work()
        self.clock += time.perf_counter() - clock
        self.user += os.times().user - user

    def line(self, name: str, reports: int) -> str:
        """As it is printed."""
        each = self.clock / reports * 1000
        return f"  {name:17} {self.clock:7.2f} s   {each:6.2f} ms a report, {self.user / reports * 1000:5.2f} ms of them user CPU"


def places(server: Server, folder: Path) -> dict[str, Iterator[str]]:
    """Fresh stores of either kind, up to date."""

    def files() -> Iterator[str]:
        for number in range(99):
            url = f"sqlite:///{folder / f'{number}.db'}"
            upgrade_store(url)
            yield url

    return {"SQLite": files(), "PostgreSQL": iter(server.new, "")}


def count(engine: sa.Engine, table: str) -> int:
    """How many rows a table has."""
    with engine.connect() as connection:
        rows = sa.select(sa.func.count()).select_from(Base.metadata.tables[table])
        return int(connection.execute(rows).scalar_one())


def main() -> int:
    """Measure and print; 1 where the bound is not kept."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    work = read_reports()
    worst = 0.0
    with Server(durable=True) as server, TemporaryDirectory(prefix="gxcrawl-bench-") as name:
        for kind, stores in places(server, Path(name)).items():
            ours, bare = Spent(), Spent()
            engine, other = prepared(next(stores), reports), prepared(next(stores), reports)
            before = size_of(engine)
            for first in range(1, reports + 1, AT_ONCE):
                numbers = range(first, min(first + AT_ONCE, reports + 1))
                known = count(engine, "report")
                ours.on(lambda: by_us(engine, work, numbers))  # noqa: B023
                rows = rows_by_report(engine, numbers, known)
                bare.on(lambda: by_driver(other, rows))  # noqa: B023
            grown, cells = size_of(engine) - before, count(engine, "value")
            differing = [table for table in TABLES if count(engine, table) != count(other, table)]
            assert not differing, f"not the same rows were entered: {differing}"
            engine.dispose()
            other.dispose()
            ratio = ours.clock / bare.clock
            worst = max(worst, ratio)
            print(f"{kind}: {reports:,} reports, {cells:,} cells, {grown / cells:.1f} bytes a cell")
            print(bare.line("bare executemany", reports))
            print(ours.line("the store", reports))
            print(f"  {ratio:4.2f} times (at most 2.5)")
    return int(worst > 2.5)


if __name__ == "__main__":
    sys.exit(main())
