"""`gxcrawl verify`: every kind of damage is found, an honest archive has none, and what was found is remembered."""

import gzip
import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.manifest import MANIFEST
from archive.reader import iter_records
from archive.scan import GZIP_HEADER
from archive.text.confined import Limits
from crawler.replica.server import Replica
from crawler.verifying import Scope, Verified
from crawler.verifying import verify as prove
from gxstore.database import open_store
from gxstore.models import Base
from tests.postgresql import BACKENDS

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SEALED = (
    "capture",
    "version",
    "showing",
    "attribution",
    "reading",
    "reading_source",
    "value",
    "section",
    "fact",
)
# Rows that have no guard, since they are made anew or in the course of things, and are proved all the same.
PROVED = ("report", "finding", "indicator", "seal")
ROWS_ONLY = Scope(readings=0)


def verified(data: Path, scope: Scope = ROWS_ONLY) -> Verified:
    engine = open_store(f"sqlite:///{data / 'store.db'}")
    try:
        return prove(engine, data / "archive", scope, limits=Limits(), now=lambda: NOW, tell=lambda _: None)
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, harvester: Any) -> Path:
    """A data folder with a site harvested twice, in several files, and the guards of its store taken off."""
    with Replica("shandong") as replica:
        made = harvester(tmp_path_factory.mktemp("sound"), replica.proxy_url, "shandong")
        small = "import os; os.environ['GXCRAWL_WARC_SIZE'] = '9000'\n"
        for _ in range(2):
            _, errors = made.start(before=small).communicate(timeout=120)
        assert len(list((made.data / "archive").glob("*.warc.gz"))) > 3, errors
    for table in (*SEALED, "seal", "audit"):
        made.drop_guard(table)
    folder: Path = made.data
    return folder


@dataclass(frozen=True)
class Bench:
    """A copy of the sound folder that is damaged, verified, and put in order again."""

    sound: Path
    copy: Path

    def again(self) -> Path:
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.sound / "archive", self.copy / "archive")
        shutil.copy(self.sound / "store.db", self.copy)
        return self.copy


@pytest.fixture
def bench(sound: Path, tmp_path: Path) -> Bench:
    with closing(sqlite3.connect(sound / "store.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Bench(sound, tmp_path / "copy")


def warc(data: Path, chance: random.Random) -> Path:
    return chance.choice(sorted((data / "archive").glob("*.warc.gz")))


def flip(path: Path, at: int, chance: random.Random) -> str:
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return f"a flipped bit at {at} of {path.name}"


def flip_anywhere(data: Path, chance: random.Random) -> str:
    path = warc(data, chance)
    return flip(path, chance.randrange(path.stat().st_size), chance)


def flip_in_a_gzip_header(data: Path, chance: random.Random) -> str:
    path = warc(data, chance)
    return flip(path, chance.choice(list(iter_records(path))).offset + chance.randrange(11), chance)


def flip_in_the_manifest(data: Path, chance: random.Random) -> str:
    path = data / "archive" / MANIFEST
    return flip(path, chance.randrange(path.stat().st_size), chance)


def flip_in_an_index(data: Path, chance: random.Random) -> str:
    path = warc(data, chance)
    path = path.with_name(path.name + ".cdxj")
    return flip(path, chance.randrange(path.stat().st_size), chance)


def flip_in_a_field_of_a_record(data: Path, chance: random.Random) -> str:
    """As if a byte had been wrong before it was packed: the gzip member is sound, its field is not."""
    path = warc(data, chance)
    record = chance.choice(list(iter_records(path)))
    content = path.read_bytes()
    inside = bytearray(gzip.decompress(content[record.offset : record.offset + record.length]))
    fields = bytes(inside[: inside.index(b"\r\n\r\n")]).split(b"\r\n")
    which = chance.randrange(len(fields))
    at = sum(len(field) + 2 for field in fields[:which]) + chance.randrange(len(fields[which]))
    inside[at] ^= 1 << chance.randrange(8)
    member = GZIP_HEADER + gzip.compress(bytes(inside), mtime=0)[len(GZIP_HEADER) :]
    path.write_bytes(content[: record.offset] + member + content[record.offset + record.length :])
    return f"a flipped bit in {fields[which]!r} of a {record.type} in {path.name}"


def open_again(data: Path, chance: random.Random) -> tuple[Path, list[Any]]:
    """The state after a kill: one of the files is in progress, and nothing vouches for it but its records."""
    path = warc(data, chance)
    manifest = data / "archive" / MANIFEST
    lines = [line for line in manifest.read_text().splitlines(keepends=True) if path.name not in line]
    manifest.write_text("".join(lines))
    path.with_name(path.name + ".cdxj").unlink()
    left = path.rename(path.with_name(path.name + ".open"))
    return left, [(record.offset, record.record_id, record.body) for record in iter_records(left)]


def flip_in_an_open_file(data: Path, chance: random.Random) -> str:
    left, before = open_again(data, chance)
    said = flip(left, chance.randrange(left.stat().st_size), chance)
    after = [(record.offset, record.record_id, record.body) for record in iter_records(left)]
    header = any(0 <= int(said.split()[4]) - offset < len(GZIP_HEADER) for offset, *_ in before)
    # a bit that deflate does not read: not a byte of what was kept has changed
    return said if after != before or header else ""


def cut_an_open_file(data: Path, chance: random.Random) -> str:
    left, _ = open_again(data, chance)
    size = chance.randrange(left.stat().st_size)
    left.write_bytes(left.read_bytes()[:size])
    return f"{left.name} cut at {size}"


def delete_an_open_file(data: Path, chance: random.Random) -> str:
    left, _ = open_again(data, chance)
    left.unlink()
    return f"{left.name} deleted"


def delete_a_line_of_the_manifest(data: Path, chance: random.Random) -> str:
    path = data / "archive" / MANIFEST
    lines = path.read_text().splitlines(keepends=True)
    gone = lines.pop(chance.randrange(len(lines)))
    path.write_text("".join(lines))
    return f"the line {gone!r} deleted from the manifest"


def swap_two_lines_of_the_manifest(data: Path, chance: random.Random) -> str:
    path = data / "archive" / MANIFEST
    rows = [line.split("  ") for line in path.read_text().splitlines()]
    one, two = chance.sample(range(len(rows)), 2)
    rows[one][0], rows[two][0] = rows[two][0], rows[one][0]
    path.write_text("".join("  ".join(row) + "\n" for row in rows))
    return f"the digests of {rows[one][1]} and {rows[two][1]} swapped"


def delete_a_line_of_an_index(data: Path, chance: random.Random) -> str:
    path = chance.choice([path for path in (data / "archive").glob("*.cdxj") if path.stat().st_size])
    lines = path.read_bytes().splitlines(keepends=True)
    gone = lines.pop(chance.randrange(len(lines)))
    path.write_bytes(b"".join(lines))
    return f"the line {gone[:60]!r} deleted from {path.name}"


def truncate(data: Path, chance: random.Random) -> str:
    path = warc(data, chance)
    size = chance.randrange(path.stat().st_size)
    path.write_bytes(path.read_bytes()[:size])
    return f"{path.name} cut at {size}"


def delete_a_record(data: Path, chance: random.Random) -> str:
    path = warc(data, chance)
    record = chance.choice(list(iter_records(path)))
    content = path.read_bytes()
    path.write_bytes(content[: record.offset] + content[record.offset + record.length :])
    return f"a {record.type} deleted from {path.name}"


def delete_a_record_and_vouch_for_it(data: Path, chance: random.Random) -> str:
    """Somebody mends manifest and index after the deed: the store still knows."""
    import hashlib

    from archive.index import index_of, write_index

    path = warc(data, chance)
    kinds = ("response", "revisit", "request", "metadata", "conversion")
    record = chance.choice([record for record in iter_records(path) if record.type in kinds])
    if record.type in ("request", "metadata") and "concurrent-to" not in str(record.headers):
        return ""
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    content = path.read_bytes()
    path.write_bytes(content[: record.offset] + content[record.offset + record.length :])
    manifest = data / "archive" / MANIFEST
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(manifest.read_text().replace(before, after))
    write_index(path.parent, path.name, index_of(path, path.name))
    return f"a {record.type} deleted from {path.name}, manifest and index made to match"


def delete_a_file(data: Path, chance: random.Random) -> str:
    path = chance.choice(sorted((data / "archive").iterdir()))
    path.unlink()
    return f"{path.name} deleted"


def swap_two_files(data: Path, chance: random.Random) -> str:
    one, two = chance.sample(sorted((data / "archive").glob("*.warc.gz")), 2)
    aside = one.with_name("aside")
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    return f"{one.name} and {two.name} swapped"


def slip_in_a_file(data: Path, chance: random.Random) -> str:
    path = warc(data, chance)
    shutil.copy(path, path.with_name("more-" + path.name))
    return f"a copy of {path.name} slipped in"


def edit_a_row(data: Path, chance: random.Random) -> str:
    table = chance.choice((*SEALED, *PROVED))
    return edit(data, chance, table)


def edit(data: Path, chance: random.Random, table: str) -> str:
    """Edits one column of one row of a table; says nothing where the database would not have it."""
    columns = [c.name for c in Base.metadata.tables[table].columns if not c.primary_key or table == "value"]
    column = chance.choice(columns or ["version_id"])
    with closing(sqlite3.connect(data / "store.db")) as connection, connection:
        order = ", ".join(c.name for c in Base.metadata.tables[table].primary_key)
        rows = connection.execute(
            f"SELECT {order}, {column} FROM {table} WHERE {of_a_reading(table)} ORDER BY {order}"
        ).fetchall()
        *key, value = chance.choice(rows)
        # a further figure behind a moment's last one would be no other moment
        edited: Any = f"1{str(value)[1:]}" if str(value)[:1] == "2" else f"{value or ''}0"
        if isinstance(value, int):
            edited = value + chance.choice([1, -1])
        elif isinstance(value, bytes):
            edited = bytes([value[0] ^ 1]) + value[1:]
        where = " AND ".join(f"{c.name} = ?" for c in Base.metadata.tables[table].primary_key)
        try:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (edited, *key))
        except sqlite3.IntegrityError:  # another row bears that key
            return ""
    return f"{table}.{column} {key} edited: {value!r} -> {edited!r}"


def edit_an_attribution(data: Path, chance: random.Random) -> str:
    return edit(data, chance, "attribution")


def edit_a_finding(data: Path, chance: random.Random) -> str:
    return edit(data, chance, "finding")


def of_a_reading(table: str) -> str:
    """Findings of reports are made anew by every harvest, and are not sealed."""
    return "reading_id IS NOT NULL" if table == "finding" else "true"


def delete_a_row(data: Path, chance: random.Random) -> str:
    table = chance.choice((*SEALED, *PROVED))
    with closing(sqlite3.connect(data / "store.db")) as connection, connection:
        where = " AND ".join(f"{c.name} = ?" for c in Base.metadata.tables[table].primary_key)
        keys = ", ".join(c.name for c in Base.metadata.tables[table].primary_key)
        rows = connection.execute(
            f"SELECT {keys} FROM {table} WHERE {of_a_reading(table)} ORDER BY {keys}"
        ).fetchall()
        key = chance.choice(rows)
        connection.execute(f"DELETE FROM {table} WHERE {where}", key)
    return f"{table} {key} deleted"


DAMAGES: tuple[Callable[[Path, random.Random], str], ...] = (
    flip_anywhere,
    flip_in_a_gzip_header,
    flip_in_the_manifest,
    flip_in_an_index,
    truncate,
    delete_a_record,
    delete_a_record_and_vouch_for_it,
    delete_a_file,
    swap_two_files,
    slip_in_a_file,
    edit_a_row,
    edit_a_row,
    delete_a_row,
    edit_an_attribution,
    edit_a_finding,
    flip_in_a_field_of_a_record,
    flip_in_an_open_file,
    cut_an_open_file,
    delete_an_open_file,
    delete_a_line_of_the_manifest,
    swap_two_lines_of_the_manifest,
    delete_a_line_of_an_index,
)


def unseen(bench: Bench, seeds: range) -> list[str]:
    """The damages of some seeds that `verify` does not find."""
    missed = []
    for seed in seeds:
        chance = random.Random(seed)
        data = bench.again()
        said = DAMAGES[seed % len(DAMAGES)](data, chance)
        if said and not verified(data).damages:
            missed.append(f"{seed}: {said}")
    return missed


def test_an_honest_archive_is_sound_with_every_report_read_again(bench: Bench) -> None:
    found = verified(bench.again(), Scope())
    assert found.damages == []
    assert found.counts["readings"] == 5
    assert found.counts["records"] > 15
    assert found.counts["rows"] > 30


def test_a_hundred_damages_of_every_kind_are_all_found(bench: Bench) -> None:
    assert unseen(bench, range(5 * len(DAMAGES))) == []


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_a_thousand_damages_of_every_kind_are_all_found(bench: Bench) -> None:
    assert unseen(bench, range(1000, 1000 + 46 * len(DAMAGES))) == []


@pytest.mark.parametrize("edit", ["value", "section", "fact"])
def test_an_edited_reading_whose_seal_was_edited_with_it_is_found_by_reading_again(
    bench: Bench, edit: str
) -> None:
    from sqlalchemy.orm import Session

    from gxstore.models import Seal
    from gxstore.seals import KINDS, seal

    data = bench.again()
    statements = {
        "value": "UPDATE value SET number = number + 1 WHERE (reading_id, indicator_id) IN "
        "(SELECT reading_id, indicator_id FROM value WHERE number > 0 AND reading_id = 1 LIMIT 1)",
        "section": "UPDATE section SET chars = chars + 1 WHERE reading_id = 1 AND position = 0",
        "fact": "UPDATE fact SET quote = 'x' WHERE rowid = (SELECT min(rowid) FROM fact)",
    }
    with closing(sqlite3.connect(data / "store.db")) as connection, connection:
        (reading,) = (
            connection.execute("SELECT reading_id FROM fact ORDER BY rowid").fetchone()
            if edit == "fact"
            else (1,)
        )
        connection.execute(statements[edit])
        connection.execute(
            "DELETE FROM seal WHERE kind = ? AND row_id = ?", (KINDS.index("reading"), reading)
        )
    engine = open_store(f"sqlite:///{data / 'store.db'}")
    with Session(engine) as session, session.begin():
        seal(session, "reading", reading)
        assert session.get(Seal, (KINDS.index("reading"), reading)) is not None
    engine.dispose()
    assert verified(data).damages == []
    found = verified(data, Scope(readings=1)).damages
    assert [damage["kind"] for damage in found] == ["reading_differs"]
    assert edit in found[0]["message"]


def test_a_store_file_with_a_damaged_page_is_named_and_the_archive_looked_at_all_the_same(
    bench: Bench,
) -> None:
    data = bench.again()
    warc(data, random.Random(1)).unlink()
    content = bytearray((data / "store.db").read_bytes())
    with closing(sqlite3.connect(data / "store.db")) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'region'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content[(root - 1) * size : (root - 1) * size + 300] = bytes(300)
    (data / "store.db").write_bytes(content)
    kinds = {damage["kind"] for damage in verified(data).damages}
    assert {"store_damaged", "file_missing"} <= kinds


def test_a_sample_is_chosen_by_its_seed_and_sees_what_is_missing_everywhere(bench: Bench) -> None:
    data = bench.again()
    files = sorted((data / "archive").glob("*.warc.gz"))
    for path in files:
        flip(path, 200, random.Random(2))
    some = Scope(files=0.4, readings=0, seed=5)
    found = {damage["file"] for damage in verified(data, some).damages}
    assert found == {damage["file"] for damage in verified(data, some).damages}
    assert 0 < len(found) < len(files)
    files[0].unlink()
    assert any(damage["kind"] == "file_missing" for damage in verified(data, some).damages)


def test_only_files_with_captures_since_a_day_are_opened(bench: Bench) -> None:
    data = bench.again()
    flip(warc(data, random.Random(1)), 200, random.Random(2))
    later = Scope(since=datetime(2100, 1, 1, tzinfo=UTC), readings=0)
    found = verified(data, later)
    assert (found.damages, found.counts["files"]) == ([], 0)


# ---- the command, and what is remembered


def test_a_day_to_come_is_no_day_to_look_at_files_since(on: Callable[..., Any]) -> None:
    made, _ = on("shandong")
    made.first()
    done = made.here("verify", "--since", "2099-01-01")
    assert (done.returncode, "lies in the future" in done.stderr, "sound" in done.stdout) == (2, True, False)
    assert made.rows("SELECT * FROM audit") == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_damage_is_remembered_and_told_by_status_until_it_is_seen_mended(on: Callable[..., Any]) -> None:
    made, _ = on("shandong")
    made.first()
    (path,) = (made.data / "archive").glob("*.warc.gz")
    whole = path.read_bytes()
    flip(path, 900, random.Random(1))
    done = made.here("verify", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["audit"], told["scope"]["whole"]) == (1, 1, True)
    assert {damage["kind"] for damage in told["damages"]} >= {"file_changed"}
    path.write_bytes(whole)
    assert made.here("verify", "--sample", "0").returncode == 0
    status = made.here("status")
    assert (status.returncode, "damages were found on" in status.stdout) == (1, True)
    assert made.here("verify", "--reread", "100").returncode == 0
    status = made.here("status", "--json")
    (site,) = json.loads(status.stdout)
    assert (status.returncode, site["verified"]["damages"]) == (0, 0)
    assert made.rows("SELECT damaged > 0 FROM audit ORDER BY id") in (
        [(1,), (0,), (0,)],
        [(True,), (False,), (False,)],
    )
