"""What no seal covers, `gxcrawl verify` proves by what the archive and the site files say; what cannot be read in the archive
is named, and neither it nor a rebuild breaks off."""

import gzip
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archive.index import index_of, write_index
from archive.manifest import MANIFEST
from archive.reader import iter_records
from crawler.replica.server import Replica
from tests.conftest import Harvester
from tests.test_verify import ROWS_ONLY, verified

# What a run says in the end grows with what it met: a summary larger than any header.
_LONG = """
import crawler.harvest as h
h._by_portal = lambda *_: [{"host": "made long", "notes": ["本年度报告" * 40] * 700}]
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, harvester: type[Harvester]) -> Path:
    """A data folder with a site harvested twice, whose second run says at length how it ended; a report is gone by then."""
    with Replica("shandong") as replica:
        made = harvester(tmp_path_factory.mktemp("proved"), replica.proxy_url, "shandong")
        made.run()
        gone = replica.url_of("sd-weishan-sfj", 2018)
        replica.remove(gone)
        replica.serve(gone, b"<html><body><h1>404 Not Found</h1></body></html>", status=404)
        made.run(before=_LONG)
    with closing(sqlite3.connect(made.data / "store.db")) as connection:
        (long,) = connection.execute("SELECT max(length(summary)) FROM run").fetchone()
        assert long > 100_000  # characters, of three bytes
        assert connection.execute("SELECT count(gone_since) FROM document").fetchone() == (1,)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return made.data


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    data = tmp_path / "copy"
    shutil.copytree(sound / "archive", data / "archive")
    shutil.copy(sound / "store.db", data)
    return data


def edit(data: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data / "store.db")) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement


def messages(data: Path) -> str:
    return " | ".join(damage["message"] for damage in verified(data).damages)


def test_a_run_that_says_at_length_how_it_ended_is_sound_and_made_anew(copy: Path) -> None:
    assert verified(copy).damages == []
    made = Harvester(copy, None, "shandong")
    assert made.command("db", "rebuild").returncode == 0
    with (
        closing(sqlite3.connect(copy / "store-rebuilt.db")) as again,
        closing(sqlite3.connect(copy / "store.db")) as store,
    ):
        said = "SELECT id, outcome, json(summary) FROM run ORDER BY id"
        assert again.execute(said).fetchall() == store.execute(said).fetchall()


# Edits that are found apart, each by a sentence of its own, are made together: looking at all takes its time.
_EDITS = (
    {
        "UPDATE agency SET level = 'x'": "the body sd-weishan-sfj is not in the store as it was registered",
        "UPDATE agency_name SET agency_id = 2": "of sd-weishan-sfj is not in the store as it was registered",
        "UPDATE portal SET family = 'trsx'": "is not in the store as shandong registered it",
        "UPDATE site SET title = 'x'": "site shandong is called x in the store",
        "UPDATE document SET gone_since = '2020-01-02 03:04:05.000006' WHERE gone_since IS NULL": "gone since 2020",
        "UPDATE document_url SET url = url || 'x'": "when the store does not say so",
        "UPDATE frontier SET reason = 'x' WHERE run_id = 2 AND kind = 'column'": "ledger of run 2 (frontier)",
        "UPDATE listing SET report = 1 - report WHERE run_id = 1": "ledger of run 1 (listing)",
    },
    {
        "UPDATE agency SET slug = 'x'": "the body sd-weishan-sfj is gone from the store",
        "DELETE FROM portal": "is not in the store as shandong registered it",
        "UPDATE document SET site_id = 7": "of site 7, whose runs never captured it",
        "UPDATE document SET gone_since = NULL": "is not said to be gone",
        "DELETE FROM document_url": "when the store does not say so",
        "DELETE FROM frontier": "ledger of run 2 (frontier) is not what its archive says",
        "DELETE FROM listing": "ledger of run 1 (listing) is not what its archive says",
    },
    {
        "UPDATE document_url SET first_seen = '2019-01-02 03:04:05.000006'": "when no capture saw it",
        "DELETE FROM site": "the store does not know the site of run 1",
    },
    {
        "UPDATE agency_name SET main = 1 - main": "of sd-weishan-sfj is not in the store as it was registered",
        "UPDATE document_url SET last_seen = first_seen WHERE last_seen > first_seen": "does not say so",
    },
    {
        "INSERT INTO run SELECT 99, site_id, started, finished, outcome, narrowed, summary, tool_version, config_digest, vantage"
        " FROM run WHERE id = 2": "run 99 ended, and the archive has no file of it",
        "INSERT INTO document VALUES (99, 1, 'report', NULL, NULL)": "document 99 was shown by no capture",
    },
    {
        "UPDATE run SET site_id = 7": "the store does not know the site of run 1",
        "UPDATE document_url SET last_seen = 'never'": "cannot be read to its end",
    },
)


@pytest.mark.parametrize("edits", _EDITS)
def test_an_edited_row_that_bears_no_seal_is_found(copy: Path, edits: dict[str, str]) -> None:
    edit(copy, *edits)
    found = messages(copy)
    assert [said for said in edits.values() if said not in found] == []


def test_an_emptied_ledger_is_told_by_a_sample_that_does_not_open_its_file(copy: Path) -> None:
    from datetime import UTC, datetime

    from crawler.verifying import Scope

    nothing = Scope(since=datetime(2100, 1, 1, tzinfo=UTC))
    assert verified(copy, nothing).damages == []
    edit(copy, "DELETE FROM frontier")
    assert "the ledger of run 1 is empty" in str(verified(copy, nothing).damages)


# ---- what the archive says


def alter(data: Path, begins: bytes, how: Callable[[bytes], bytes | None], *, vouched: bool) -> None:
    """Alters the block of the first record whose block begins so, or takes the record out, with the length and digest of the
    record mended, and manifest and index if they are to vouch for it."""
    for path in sorted((data / "archive").glob("*.warc.gz")):
        for record in iter_records(path):
            if bytes(record.body).startswith(begins):
                before, content = hashlib.sha256(path.read_bytes()).hexdigest(), path.read_bytes()
                raw = gzip.decompress(content[record.offset : record.offset + record.length])
                head, _, block = raw.partition(b"\r\n\r\n")
                block = block[:-4]
                new, member = how(block), b""
                if new is not None:
                    assert new != block
                    for old, mended in (
                        (hashlib.sha256(block).hexdigest(), hashlib.sha256(new).hexdigest()),
                        (f"Content-Length: {len(block)}", f"Content-Length: {len(new)}"),
                    ):
                        assert old.encode() in head
                        head = head.replace(old.encode(), mended.encode())
                    whole = head + b"\r\n\r\n" + new + b"\r\n\r\n"
                    member = content[record.offset : record.offset + 10] + gzip.compress(whole, mtime=0)[10:]
                path.write_bytes(content[: record.offset] + member + content[record.offset + record.length :])
                if vouched:
                    manifest = data / "archive" / MANIFEST
                    after = hashlib.sha256(path.read_bytes()).hexdigest()
                    manifest.write_text(manifest.read_text().replace(before, after))
                    write_index(path.parent, path.name, index_of(path, path.name))
                return
    raise AssertionError(begins)


@pytest.mark.parametrize(
    ("about", "how"),
    [
        (b"run begun", lambda block: block.replace(b'{"', b'z"', 1)),
        (b"ledger", lambda block: block.partition(b"content: ")[0] + b"content: [7]\r\n"),
        (b"run ended", lambda block: block.partition(b"content: ")[0] + b'content: {"run": 1}\r\n'),
    ],
)
def test_a_statement_that_cannot_be_understood_is_named_by_verify_and_passed_over_by_rebuild(
    copy: Path, about: bytes, how: Callable[[bytes], bytes]
) -> None:
    alter(copy, b"gxcrawl: " + about, how, vouched=True)
    damages = verified(copy).damages
    assert "record_damaged" in {damage["kind"] for damage in damages}
    assert "cannot be understood" in str(damages)
    done = Harvester(copy, None, "shandong").here("db", "rebuild", "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    assert "cannot be understood" in str(told["troubles"])
    with closing(sqlite3.connect(copy / "store-rebuilt.db")) as again:
        assert again.execute("SELECT count(*) FROM run WHERE finished IS NULL").fetchone() in ((0,), (1,))


def test_a_ledger_taken_out_of_the_archive_is_missed_though_manifest_and_index_vouch(copy: Path) -> None:
    alter(copy, b"gxcrawl: ledger", lambda _: None, vouched=True)
    assert "does not say any more what the ledger of run 1 was" in messages(copy)


@pytest.mark.parametrize(
    ("begins", "old", "said"),
    [
        (b"gxcrawl: ledger", b'"done"', "the ledger of run 1 (frontier) is not what its archive says"),
        (b"gxcrawl: run ended", b'"run":1', "it speaks of run 8"),
        (b"shown: report", b'"year":20', "is not what the ledger of run 1 says"),
    ],
)
def test_what_was_altered_with_its_digests_mended_is_found(
    copy: Path, begins: bytes, old: bytes, said: str
) -> None:
    new = {b'"done"': b'"gone"', b'"run":1': b'"run":8', b'"year":20': b'"year":19'}[old]
    alter(copy, begins, lambda block: block.replace(old, new, 1), vouched=True)
    assert said in messages(copy)


def test_what_gxcrawl_did_not_leave_in_the_archive_is_named(copy: Path) -> None:
    archive = copy / "archive"
    twin = next(archive.glob("*.warc.gz")).name + ".open"
    orphan = "x-run1-20261127163449-00001.warc.gz.cdxj"
    for name in ("evil.txt", "foo.warc", "sub/a.warc.gz", orphan, "a.torn", twin):
        (archive / name).parent.mkdir(exist_ok=True)
        (archive / name).write_bytes(b"")
    found = {(damage["kind"], damage["file"]) for damage in verified(copy, ROWS_ONLY).damages}
    strange = ("evil.txt", "foo.warc", "sub", orphan, "a.torn", twin)
    assert found == {("file_unknown", name) for name in strange}


def test_what_a_kill_leaves_beside_the_files_is_no_damage(copy: Path) -> None:
    name = next((copy / "archive").glob("*.warc.gz")).name
    for suffix in (".torn", ".torn.2", ".cdxj.unfinished"):
        (copy / "archive" / (name + suffix)).write_bytes(b"left")
    assert verified(copy).damages == []


_FROM_A_REPORT = ("value", "section", "fact", "finding", "attribution", "reading_source")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(3, "attribution", "reading_id")], "is of no report"),
        ([(4, "reading", "id"), (3, "attribution", "reading_id")], "has no reading"),
    ],
)
def test_a_report_that_went_from_every_answer_together_with_its_seals_is_missed(
    copy: Path, rows: list[tuple[int, str, str]], said: str
) -> None:
    """Without any report being read again: a share of them only is, each time."""
    made = Harvester(copy, None, "shandong")
    (one,) = made.rows("SELECT max(reading_id) FROM attribution")[0]
    gone = [("DELETE FROM seal WHERE kind = 6 AND row_id = " + str(one))] if len(rows) > 1 else []
    for kind, table, column in rows:
        own = f"SELECT id FROM {table} WHERE {column} = {one}"
        gone.append(f"DELETE FROM seal WHERE kind = {kind} AND row_id IN ({own})")
    tables = _FROM_A_REPORT if len(rows) > 1 else ("attribution",)
    gone += [f"DELETE FROM {table} WHERE reading_id = {one}" for table in tables]
    gone += [f"DELETE FROM reading WHERE id = {one}"] if len(rows) > 1 else []
    for table in {*tables, "reading"} - {"finding"}:
        made.drop_guard(table)
    made.drop_guard("seal")
    made.execute(*gone)
    found = verified(copy, ROWS_ONLY).damages
    assert [damage["kind"] for damage in found] == ["reading_missing"], found
    assert said in found[0]["message"]
    # what is said to mend it does
    assert made.command("reparse").returncode == 0
    assert verified(copy, ROWS_ONLY).damages == []


def _edit_a_head(data: Path) -> str:
    """Another Date in the head of a response, of which the store has no column, with every digest made to match; returns the
    name of the file."""
    for path in sorted((data / "archive").glob("*.warc.gz")):
        content = path.read_bytes()
        for seen in iter_records(path):
            member = gzip.decompress(content[seen.offset : seen.offset + seen.length])
            if seen.type != "response" or b"\r\nDate: " not in member:
                continue
            fields, _, block = member.partition(b"\r\n\r\n")
            for year in range(1900, 2000):  # one whose member is as long as it was
                at = block.index(b"\r\nDate: ") + len("\r\nDate: Mon, 02 Jan ")
                other = block[:at] + str(year).encode() + block[at + 4 :]
                was, now = (hashlib.sha256(one[:-4]).hexdigest().encode() for one in (block, other))
                changed = gzip.compress(fields.replace(was, now) + b"\r\n\r\n" + other, mtime=0)
                if len(changed) == seen.length:
                    end = seen.offset + seen.length
                    path.write_bytes(content[: seen.offset] + changed + content[end:])
                    return path.name
    raise AssertionError("no response can be changed so")


def test_a_file_changed_together_with_its_line_and_index_is_found_once_an_audit_has_seen_them(
    copy: Path,
) -> None:
    made = Harvester(copy, None, "shandong")
    assert verified(copy).damages == []
    archive = copy / "archive"
    lines = (archive / MANIFEST).read_text()
    name = _edit_a_head(copy)
    old = next(line for line in lines.splitlines() if line.endswith(name))
    new = f"{hashlib.sha256((archive / name).read_bytes()).hexdigest()}  {name}"
    (archive / MANIFEST).write_text(lines.replace(old, new))
    write_index(archive, name, index_of(archive / name, name))
    for _ in range(2):  # it does not get used to it
        found = verified(copy).damages
        assert [damage["kind"] for damage in found] == ["manifest_damaged"]
        assert "lines any more that audit 1 saw" in found[0]["message"]
    said = made.here("status").stdout
    assert "1 damage was found" in said


def test_findings_that_went_together_with_their_seal_are_missed_once_an_audit_has_seen_them(
    copy: Path,
) -> None:
    made = Harvester(copy, None, "shandong")
    assert verified(copy, ROWS_ONLY).damages == []
    (one,) = made.rows("SELECT max(reading_id) FROM finding")[0]
    made.drop_guard("seal")
    gone = "DELETE FROM {} WHERE {} = " + str(one)
    made.execute(gone.format("finding", "reading_id"), gone.format("seal", "kind = 6 AND row_id"))
    for _ in range(2):
        (damage,) = verified(copy, ROWS_ONLY).damages
        assert damage["kind"] == "row_missing"
        assert "the seals of 1 rows of finding are gone since audit 1" in damage["message"]


def test_what_is_added_after_an_audit_is_no_damage(copy: Path) -> None:
    assert verified(copy).damages == []
    with Replica("shandong") as replica:
        Harvester(copy, replica.proxy_url, "shandong").run()
    (first,) = Harvester(copy, None, "shandong").rows("SELECT scope FROM audit")
    assert verified(copy).damages == []
    assert json.loads(first[0])["manifest"]["lines"] > 0
