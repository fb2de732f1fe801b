"""Recording readings beside a bare `executemany` of the same rows in the same transactions, on SQLite and PostgreSQL.

    python benchmarks/store_readings.py [REPORTS]

Each report is one transaction, as in a harvest. The baseline inserts just the rows that the store holds afterwards,
seals and findings too, through the driver alone: what it does not pay for is everything that the store does around
them. Prints the best of two rounds, as a ratio (at most 2.5), and what a cell takes on disk, indexes and all.
"""

import sys
import time
from collections.abc import Callable, Iterator
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
from tests.postgresql import Server

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TABLES = ("report", "reading", "reading_source", "value", "section", "fact", "finding", "attribution", "seal")
Work = list[tuple[Reading, Attribution, str]]


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


def by_us(engine: sa.Engine, work: Work, reports: int) -> None:
    """Enter every reading through the store."""
    for number in range(reports):
        reading, told, _ = work[number % len(work)]
        with Session(engine) as session, session.begin():
            readings.keep(session, [number + 1], reading, told, f"a{number // 8}", NOW)


def rows_by_report(engine: sa.Engine, reports: int) -> list[dict[str, list[tuple[Any, ...]]]]:
    """The rows that were entered for each report, table by table, as the driver takes them."""
    found: list[dict[str, list[tuple[Any, ...]]]] = [{} for _ in range(reports)]
    names = {"report": "id", "reading": "id", "attribution": "reading_id", "seal": "row_id"}
    with engine.connect() as connection:
        raw = connection.connection.cursor()
        for table in TABLES:
            columns = [column.name for column in Base.metadata.tables[table].columns]
            cast = [
                f"{c}::text" if engine.dialect.name != "sqlite" and is_json(table, c) else c for c in columns
            ]
            raw.execute(f"SELECT {', '.join(cast)} FROM {table}")
            at = columns.index(names.get(table, "reading_id"))
            for row in raw.fetchall():
                found[(row[at] - 1) % reports].setdefault(table, []).append(tuple(row))
    return found


def is_json(table: str, column: str) -> bool:
    """Whether a column holds JSON, which the driver must be handed as text."""
    return isinstance(Base.metadata.tables[table].columns[column].type, sa.JSON)


def by_driver(engine: sa.Engine, rows: list[dict[str, list[tuple[Any, ...]]]]) -> None:
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


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def places(server: Server, folder: Path) -> dict[str, Iterator[str]]:
    """Fresh stores of either kind, up to date."""

    def files() -> Iterator[str]:
        for number in range(99):
            url = f"sqlite:///{folder / f'{number}.db'}"
            upgrade_store(url)
            yield url

    return {"SQLite": files(), "PostgreSQL": iter(server.new, "")}


def main() -> int:
    """Measure and print; 1 where the bound is not kept."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    work = read_reports()
    worst = 0.0
    with Server(durable=True) as server, TemporaryDirectory(prefix="gxcrawl-bench-") as name:
        for kind, stores in places(server, Path(name)).items():
            ours = bare = float("inf")
            for _ in range(2):
                engine = prepared(next(stores), reports)
                before = size_of(engine)
                ours = min(ours, seconds(lambda: by_us(engine, work, reports)))  # noqa: B023
                grown = size_of(engine) - before
                rows = rows_by_report(engine, reports)
                with engine.connect() as connection:
                    cells = connection.scalar(
                        sa.select(sa.func.count()).select_from(Base.metadata.tables["value"])
                    )
                engine.dispose()
                other = prepared(next(stores), reports)
                bare = min(bare, seconds(lambda: by_driver(other, rows)))  # noqa: B023
                other.dispose()
            worst = max(worst, ours / bare)
            print(f"{kind}: {reports} reports, {cells:,} cells")
            print(f"  bare executemany  {bare:7.2f} s   {bare / reports * 1000:6.2f} ms a report")
            print(
                f"  the store         {ours:7.2f} s   {ours / reports * 1000:6.2f} ms a report, {ours / bare:4.2f} times "
                f"(at most 2.5), {grown / (cells or 1):5.1f} bytes a cell"
            )
    return int(worst > 2.5)


if __name__ == "__main__":
    sys.exit(main())
