"""What a killed process leaves: every whole record is sealed, only an unfinished one is cut off, damage is named."""

import fcntl
import gzip
import os
import random
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.exchange import Exchange, Request, Response
from archive.fixity import ExpectedRecord, audit
from archive.reader import iter_records, payload
from archive.recovery import recover
from archive.scan import GZIP_HEADER
from archive.warc import CannotWrite, Origin, WarcWriter

NOW = datetime(2026, 11, 21, 3, 4, 5, 250_000, tzinfo=UTC)
URL = "http://www.nxlw.gov.cn/zwgk/zfbmzsjgxxgk/lwssfj_29147/xxgknb_29150/202501/t20250123_4802040.html"
BODY = gzip.compress("<p>本年新收政府信息公开申请数量</p>".encode() * 40, mtime=0)


def exchange(body: bytes = BODY) -> Exchange:
    headers = [("Content-Type", "text/html"), ("Server", "nginx/1.20.1"), ("ETag", '"6791f8a5-3b82"')]
    return Exchange(Request("GET", URL, [("Accept", "*/*")]), Response(200, "OK", headers, body), NOW)


def writer(folder: Path) -> WarcWriter:
    chance = random.Random(0)
    return WarcWriter(
        folder,
        site="ningxia",
        run=7,
        origin=Origin("gxcrawl/0.1.0", "ab" * 32, "direct"),
        clock=lambda: NOW,
        new_id=lambda: UUID(int=chance.getrandbits(128), version=4),
    )


def sealed(folder: Path) -> Path:
    (file,) = folder.glob("*.warc.gz")
    return file


def abandon(out: WarcWriter) -> None:
    """What a killed process does: its file is closed by the system and nothing else happens."""
    assert out._out is not None
    out._out.close()
    out._out = None


def leave(folder: Path) -> list[ExpectedRecord]:
    """A file in progress with two captures, the first with its verdict; returns what the store knows of it."""
    out = writer(folder)
    stored = [out.write_exchange(exchange())]
    out.write_metadata(stored[0].record_id, {"verdict": "ok"})
    stored.append(out.write_exchange(exchange(b"second" * 40)))
    out.write_metadata(stored[1].record_id, {"verdict": "ok"})
    abandon(out)
    return [ExpectedRecord(s.record_id, s.file, s.offset, s.payload_digest, "response") for s in stored]


def the_open(folder: Path) -> Path:
    (file,) = folder.glob("*.open")
    return file


def contents(file: Path) -> list[tuple[int, str, bytes]]:
    return [(record.offset, record.record_id, record.body) for record in iter_records(file)]


KILLED = """
    import os, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from test_archive_recovery import exchange, writer
    out = writer(Path(sys.argv[2]))
    out.write_exchange(exchange())
    out.write_exchange(exchange(b"second"))
    print(out.bytes_written, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_file_left_by_a_killed_process_is_sealed_with_every_record_it_had(tmp_path: Path) -> None:
    here = Path(__file__).resolve()
    script = textwrap.dedent(KILLED)
    done = subprocess.run(
        [sys.executable, "-c", script, here.parent, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        cwd=here.parents[1],
        env={**os.environ, "PYTHONPATH": str(here.parents[1])},
    )
    assert done.returncode == -9, done.stderr
    (left,) = tmp_path.iterdir()
    assert left.stat().st_size == int(done.stdout)
    (what,) = recover(tmp_path)
    assert (what.records, what.torn_bytes, what.sealed) == (5, 0, True)
    assert sealed(tmp_path).name == what.file
    assert audit(tmp_path, complete=False) == []


@given(st.data())
def test_a_tail_torn_anywhere_is_cut_at_the_last_whole_record_and_kept_beside(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    out = writer(folder)
    first = out.write_exchange(exchange())
    whole = out.bytes_written
    out.write_exchange(exchange(b"second"))
    size = out.bytes_written
    abandon(out)
    (left,) = folder.iterdir()
    all_bytes = left.read_bytes()
    at = data.draw(st.integers(1, size - 1))
    left.write_bytes(all_bytes[:at])
    (what,) = recover(folder)
    kept = (folder / what.file).read_bytes() if what.sealed else b""
    torn = (folder / (what.file + ".torn")).read_bytes() if what.torn_bytes else b""
    assert kept + torn == all_bytes[:at]
    assert len(torn) == what.torn_bytes
    if at >= whole:
        assert payload(folder, first.file, first.offset) == BODY
    assert audit(folder, complete=False) == []
    assert recover(folder) == []


@given(st.data())
def test_zeros_that_a_power_cut_leaves_are_cut_like_a_torn_tail(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A file has its new length after a power cut, and zeros where what was written last had not come to the disk."""
    folder = tmp_path_factory.mktemp("zeros")
    out = writer(folder)
    out.write_exchange(exchange())
    whole = out.bytes_written
    out.write_exchange(exchange(b"second"))
    at = data.draw(st.integers(whole, out.bytes_written - 1) | st.just(whole))
    zeros = data.draw(st.sampled_from([16, 511, 1 << 17] + ([1] if at == whole else [])))
    abandon(out)
    left = the_open(folder)
    began = left.read_bytes()[:at]
    left.write_bytes(began + b"\0" * zeros)
    (what,) = recover(folder)
    ends = next(iter(folder.glob("*.torn"))).read_bytes()
    assert (what.damaged, what.sealed) == (0, True)
    kept = (folder / what.file).read_bytes()
    assert kept + ends == began + b"\0" * zeros
    assert len(kept) >= whole
    assert audit(folder, complete=False) == []


def test_a_living_harvest_is_left_alone(tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        out.write_exchange(exchange())
        assert recover(tmp_path) == []
        out.write_exchange(exchange())
    assert audit(tmp_path, complete=False) == []


def test_a_process_killed_between_manifest_and_name_is_mended(tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        out.write_exchange(exchange())
    file = sealed(tmp_path)
    file.rename(file.with_name(file.name + ".open"))
    assert [what.sealed for what in recover(tmp_path)] == [True]
    assert audit(tmp_path, complete=False) == []
    assert (tmp_path / "manifest-sha256.txt").read_text().count("\n") == 1


def places(where: str, length: int) -> range:
    """Offsets in a record of so many bytes."""
    return {
        "gzip header": range(len(GZIP_HEADER)),
        "front": range(10, 100, 13),
        "middle": range(100, length - 8, 41),
        "trailer": range(length - 8, length),
    }[where]


@pytest.mark.parametrize("flip", [0x01, 0x10, 0xFF])
@pytest.mark.parametrize("place", ["gzip header", "front", "middle", "trailer"])
@pytest.mark.parametrize("which", range(7))
def test_a_flip_in_any_record_is_found_before_and_for_ever_after_and_nothing_is_cut(
    tmp_path: Path, which: int, place: str, flip: int
) -> None:
    expected = leave(tmp_path)
    left = the_open(tmp_path)
    whole, before = left.read_bytes(), contents(left)
    records = list(iter_records(left))
    hit = records[which]
    for within in places(place, hit.length):
        data = bytearray(whole)
        data[hit.offset + within] ^= flip
        left.write_bytes(data)
        harmless = contents(left) == before and place != "gzip header"
        found = audit(tmp_path, expected)
        (what,) = recover(tmp_path)
        file = tmp_path / what.file
        assert file.read_bytes() == data
        assert not list(tmp_path.glob("*.torn*"))
        assert [entry for entry in before if entry[0] != hit.offset] == [
            entry for entry in contents(file) if entry[0] != hit.offset
        ]
        later = audit(tmp_path, expected)
        if harmless:  # a bit that deflate does not read, or a second way to write the same code
            assert (what.damaged, found, later) == (0, [], [])
        else:
            assert (what.sealed, what.damaged, what.torn_bytes) == (True, 1, 0)
            assert what.records == len(contents(file))
            assert [(damage.kind, damage.offset) for damage in found] == [("record_damaged", hit.offset)]
            assert later == found == audit(tmp_path, expected)
        file.unlink()
        (tmp_path / "manifest-sha256.txt").unlink()


@given(st.data())
def test_a_flip_anywhere_is_found_or_changes_nothing_that_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("flip")
    expected = leave(folder)
    left = the_open(folder)
    before, changed = contents(left), bytearray(left.read_bytes())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    left.write_bytes(changed)
    read = contents(left)
    found = audit(folder, expected)
    assert found or read == before
    (what,) = recover(folder)
    assert (folder / what.file).read_bytes() == changed
    assert audit(folder, expected) == found


def test_a_torn_end_behind_a_damaged_record_is_cut_and_the_damage_stays_named(tmp_path: Path) -> None:
    expected = leave(tmp_path)
    left = the_open(tmp_path)
    *_, last = iter_records(left)
    data = bytearray(left.read_bytes()[: last.offset + 99])
    data[expected[0].offset + 300] ^= 4
    left.write_bytes(data)
    (what,) = recover(tmp_path)
    assert (what.records, what.damaged, what.torn_bytes) == (5, 1, 99)
    assert (tmp_path / what.file).read_bytes() == data[: last.offset]
    assert (tmp_path / f"{what.file}.torn").read_bytes() == data[last.offset :]
    (damage,) = audit(tmp_path, expected)
    assert (damage.kind, damage.record_id) == ("record_damaged", expected[0].record_id)


def test_a_known_record_that_was_cut_short_is_missed_and_the_torn_file_named(tmp_path: Path) -> None:
    expected = leave(tmp_path)
    left = the_open(tmp_path)
    left.write_bytes(left.read_bytes()[: expected[1].offset + 200])
    assert [damage.kind for damage in audit(tmp_path, expected)] == ["record_damaged"]
    (what,) = recover(tmp_path)
    (damage,) = audit(tmp_path, expected)
    assert (damage.kind, damage.record_id) == ("record_missing", expected[1].record_id)
    assert f"{what.file}.torn" in damage.message


def test_a_file_with_nothing_but_an_unfinished_record_is_put_aside(tmp_path: Path) -> None:
    leave(tmp_path)
    left = the_open(tmp_path)
    data = left.read_bytes()[:200]
    left.write_bytes(data)
    (what,) = recover(tmp_path)
    assert (what.sealed, what.torn_bytes) == (False, 200)
    (aside,) = tmp_path.iterdir()
    assert (aside.name, aside.read_bytes()) == (f"{what.file}.torn", data)


def test_a_file_that_was_listed_and_then_damaged_keeps_its_line_and_is_named(tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        stored = out.write_exchange(exchange())
    file = sealed(tmp_path)
    data = bytearray(file.read_bytes())
    data[stored.offset + 300] ^= 1
    file.rename(file.with_name(file.name + ".open")).write_bytes(data[:-20])
    (what,) = recover(tmp_path)
    assert (what.damaged, what.torn_bytes) == (2, 0)
    assert file.read_bytes() == data[:-20]
    kinds = [damage.kind for damage in audit(tmp_path, complete=False)]
    assert kinds == ["file_changed", "record_damaged", "record_damaged"]


def test_a_file_that_cannot_be_sealed_is_left_in_progress_and_told_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(tmp_path)
    left = the_open(tmp_path)
    data = left.read_bytes()[:-30]
    left.write_bytes(data)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(CannotWrite, match=r"cannot be sealed .*No space left.*run again"):
            recover(tmp_path)
    assert left.read_bytes() == data
    (what,) = recover(tmp_path)
    assert what.sealed


def test_a_file_that_another_harvest_removes_before_it_is_locked_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    removed: list[str] = []

    def late(handle: int, how: int) -> None:
        if not removed:
            monkeypatch.setattr(fcntl, "flock", lock)
            removed.extend(what.file for what in recover(tmp_path))
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with writer(tmp_path) as out:
        stored = out.write_exchange(exchange())
    assert removed == ["ningxia-run7-20261121030405-00001.warc.gz"]
    assert payload(tmp_path, stored.file, stored.offset) == BODY


@pytest.mark.parametrize("killed", [False, True])
def test_index_and_manifest_are_on_disk_before_a_file_takes_its_final_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    out = writer(tmp_path)
    out.write_exchange(exchange())
    if killed:
        abandon(out)
    done: list[str] = []
    name = the_open(tmp_path).name.removesuffix(".open")
    fsync, rename = os.fsync, Path.rename

    def synced(handle: int) -> None:
        fsync(handle)
        done.append(f"on disk: {Path(f'/proc/self/fd/{handle}').readlink().name}")

    def renamed(path: Path, target: Path) -> Path:
        done.append(f"renamed: {path.name}")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    if killed:
        recover(tmp_path)
    else:
        out.close()
    wanted = [
        f"on disk: {name}.cdxj.unfinished",
        f"renamed: {name}.cdxj.unfinished",
        "on disk: manifest-sha256.txt",
        f"renamed: {name}.open",
        f"on disk: {tmp_path.name}",
    ]
    assert [step for step in done if step in wanted][-5:] == wanted
