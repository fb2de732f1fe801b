"""The audit: no damage goes unseen, a sound archive has none, and it never falls over what it finds."""

import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.exchange import Exchange, Request, Response
from archive.fixity import Damage, ExpectedRecord, audit
from archive.manifest import MANIFEST, add_to_manifest, read_manifest
from archive.reader import iter_records
from archive.scan import GZIP_HEADER, scan
from archive.warc import Origin, RevisitTarget, Stored, WarcWriter

NOW = datetime(2026, 11, 21, tzinfo=UTC)
URL = "http://sft.nx.gov.cn/zwgk/t20260101_1.html"


def build(folder: Path, *, files: int = 1) -> list[ExpectedRecord]:
    """A small archive: per file a response with its request, verdict and text, and a revisit of it."""
    chance = random.Random(5)
    expected: list[ExpectedRecord] = []

    def note(stored: Stored, kind: str) -> None:
        expected.append(
            ExpectedRecord(stored.record_id, stored.file, stored.offset, stored.payload_digest, kind)
        )

    for run in range(files):
        with WarcWriter(
            folder,
            site="demo",
            run=run,
            origin=Origin("gxcrawl/test", "0" * 64, "direct"),
            clock=lambda: NOW,
            new_id=lambda: UUID(int=chance.getrandbits(128), version=4),
        ) as out:
            body = chance.randbytes(700)
            exchange = Exchange(Request("GET", URL), Response(200, "OK", [("Age", "1")], body), NOW)
            first = out.write_exchange(exchange)
            note(first, "response")
            out.write_metadata(first.record_id, {"verdict": "ok"})
            note(
                out.write_conversion(first.record_id, URL, "文字\n", extractor="x", version="1"), "conversion"
            )
            seen = RevisitTarget(first.record_id, URL, NOW, first.payload_digest)
            note(out.write_exchange(exchange, revisit_of=seen), "revisit")
    return expected


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[ExpectedRecord]]:
    folder = tmp_path_factory.mktemp("sound")
    return folder, build(folder)


def copy_of(sound: tuple[Path, list[ExpectedRecord]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(sound[0], tmp_path_factory.mktemp("copy") / "archive"))


def the_file(folder: Path) -> Path:
    return next(folder.glob("*.warc.gz"))


def kinds(damages: list[Damage]) -> set[str]:
    return {damage.kind for damage in damages}


def relist(folder: Path) -> None:
    """Writes the manifest anew: what the audit still finds, it finds without the help of whole-file digests."""
    import hashlib

    (folder / MANIFEST).unlink()
    for path in folder.glob("*.warc.gz"):
        add_to_manifest(folder, path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_sound_archive_has_no_damage(sound: tuple[Path, list[ExpectedRecord]]) -> None:
    folder, expected = sound
    assert len(expected) == 3
    assert audit(folder, expected) == []


def test_every_flipped_byte_of_a_file_is_found(
    sound: tuple[Path, list[ExpectedRecord]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = copy_of(sound, tmp_path_factory)
    file = the_file(folder)
    data = bytearray(file.read_bytes())
    for at in range(0, len(data), 7):
        data[at] ^= 0x41
        file.write_bytes(data)
        found = audit(folder, sound[1])
        assert "file_changed" in kinds(found), at
        data[at] ^= 0x41


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_a_flip_a_cut_or_a_lost_record_anywhere_is_found(
    sound: tuple[Path, list[ExpectedRecord]], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = copy_of(sound, tmp_path_factory)
    file = the_file(folder)
    whole = file.read_bytes()
    records = list(iter_records(file))
    how = data.draw(st.sampled_from(["flip", "cut", "delete", "double", "insert"]))
    at = data.draw(st.integers(0, len(whole) - 1))
    record = data.draw(st.sampled_from(records))
    end = record.offset + record.length
    changed = {
        "flip": whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :],
        "cut": whole[:at],
        "delete": whole[: record.offset] + whole[end:],
        "double": whole[:end] + whole[record.offset :],
        "insert": whole[:at] + data.draw(st.binary(min_size=1, max_size=40)) + whole[at:],
    }[how]
    file.write_bytes(changed)
    found = audit(folder, sound[1])
    assert found
    if data.draw(st.booleans()):
        relist(folder)
        found = audit(folder, sound[1])
        if how in ("double", "insert", "cut") and not (how == "cut" and at in {r.offset for r in records}):
            assert found
        if how == "delete" and record.record_id in {known.record_id for known in sound[1]}:
            assert found


def test_a_damaged_record_is_named_with_its_place_and_the_others_stay_sound(
    sound: tuple[Path, list[ExpectedRecord]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = copy_of(sound, tmp_path_factory)
    hit = sound[1][0]
    data = bytearray(the_file(folder).read_bytes())
    data[hit.offset + 500] ^= 0xFF
    the_file(folder).write_bytes(data)
    found = audit(folder, sound[1])
    assert kinds(found) == {"file_changed", "record_damaged"}
    (damage,) = (damage for damage in found if damage.kind == "record_damaged")
    assert (damage.file, damage.offset, damage.record_id) == (hit.file, hit.offset, hit.record_id)
    assert f"offset {hit.offset}" in damage.message


def test_a_flip_in_a_gzip_header_that_no_digest_of_a_record_sees_is_found(
    sound: tuple[Path, list[ExpectedRecord]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = copy_of(sound, tmp_path_factory)
    data = bytearray(the_file(folder).read_bytes())
    data[sound[1][0].offset + 4] ^= 1  # the time field of the gzip header
    the_file(folder).write_bytes(data)
    assert kinds(audit(folder, sound[1])) == {"file_changed", "record_damaged"}
    relist(folder)
    (damage,) = audit(folder, sound[1])
    assert (damage.kind, damage.record_id) == ("record_damaged", sound[1][0].record_id)
    assert "gzip header" in damage.message
    warcio = Path(sys.executable).with_name("warcio")
    assert (
        subprocess.run([warcio, "check", the_file(folder)], check=False, capture_output=True).returncode == 0
    )


def test_a_missing_file_is_named_with_every_record_it_held(tmp_path: Path) -> None:
    expected = build(tmp_path, files=2)
    lost = expected[0].file
    (tmp_path / lost).unlink()
    found = audit(tmp_path, expected)
    assert found[0].kind == "file_missing"
    assert found[0].file == lost
    assert [damage.record_id for damage in found[1:]] == [r.record_id for r in expected if r.file == lost]


def test_a_file_that_no_harvest_sealed_is_named(tmp_path: Path) -> None:
    expected = build(tmp_path)
    (tmp_path / MANIFEST).unlink()
    assert kinds(audit(tmp_path, expected)) == {"file_unlisted"}
    (tmp_path / "other.warc.gz").write_bytes(b"no WARC at all")
    assert {"file_unlisted", "record_damaged"} == kinds(audit(tmp_path, expected))


def test_a_record_deleted_with_a_manifest_to_match_is_missed_by_the_store(tmp_path: Path) -> None:
    expected = build(tmp_path)
    file = the_file(tmp_path)
    record = next(record for record in iter_records(file) if record.type == "revisit")
    data = file.read_bytes()
    file.write_bytes(data[: record.offset] + data[record.offset + record.length :])
    relist(tmp_path)
    (damage,) = audit(tmp_path, expected)
    assert (damage.kind, damage.record_id) == ("record_missing", record.record_id)


def test_a_capture_that_the_store_does_not_know_is_named_only_if_the_store_should_know_all(
    tmp_path: Path,
) -> None:
    expected = build(tmp_path)
    assert kinds(audit(tmp_path, expected[1:])) == {"record_unknown"}
    assert audit(tmp_path, expected[1:], complete=False) == []
    # the text and the verdict are ours to make again: only captures must be known
    assert audit(tmp_path, [known for known in expected if known.kind != "conversion"]) == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("offset", 3, "the store says offset 3"),
        ("payload_digest", "0" * 64, "another payload digest"),
        ("kind", "revisit", "is a response"),
    ],
)
def test_a_store_that_remembers_otherwise_is_named(
    tmp_path: Path, field: str, value: object, says: str
) -> None:
    from dataclasses import replace

    first, *others = build(tmp_path)
    found = audit(tmp_path, [replace(first, **{field: value}), *others])  # type: ignore[arg-type]
    assert len(found) == 1
    assert says in found[0].message
    assert found[0].record_id == first.record_id


def test_the_same_record_in_two_files_is_named(tmp_path: Path) -> None:
    build(tmp_path)
    file = the_file(tmp_path)
    shutil.copy(file, tmp_path / "copy.warc.gz")
    relist(tmp_path)
    found = audit(tmp_path, complete=False)
    assert kinds(found) == {"record_duplicate", "index_missing"}
    assert len(found) == 8


def test_a_digest_that_is_not_sha256_or_lies_is_named(tmp_path: Path) -> None:
    import gzip

    from warcio.warcwriter import WARCWriter

    with (tmp_path / "weak.warc.gz").open("wb") as stream:  # warcio as it is out of the box
        plain = WARCWriter(stream, gzip=True, warc_version="1.1")
        plain.write_record(plain.create_warc_record(URL, "resource", payload=stream_of(b"abc")))
    relist_empty(tmp_path)
    assert kinds(audit(tmp_path, complete=False)) == {"digest_weak"}
    shutil.rmtree(tmp_path)
    build(tmp_path)
    file = the_file(tmp_path)
    parts = list(iter_records(file))
    raw = file.read_bytes()
    out = b""
    for part in parts:
        member = gzip.decompress(raw[part.offset : part.offset + part.length])
        if part.type == "conversion":
            member = member.replace("文字".encode(), "文本".encode())
        out += GZIP_HEADER + gzip.compress(member, mtime=0)[len(GZIP_HEADER) :]
    file.write_bytes(out)
    relist(tmp_path)
    found = audit(tmp_path, complete=False)
    assert kinds(found) == {"record_damaged"}
    assert len(found) == 2  # block and payload


def test_a_running_harvest_is_no_damage_but_its_records_must_be_there(tmp_path: Path) -> None:
    expected = build(tmp_path)
    file = the_file(tmp_path)
    (tmp_path / MANIFEST).unlink()
    running = file.rename(file.with_name(file.name + ".open"))
    assert audit(tmp_path, expected) == []
    assert audit(tmp_path, []) == []
    whole = running.read_bytes()
    for half in (1, 9, 40, 300, 500):
        running.write_bytes(whole + whole[expected[0].offset :][:half])
        assert audit(tmp_path, expected) == [], half
    running.write_bytes(whole[: expected[-1].offset + 30])
    (damage,) = audit(tmp_path, expected)
    assert (damage.kind, damage.record_id) == ("record_damaged", expected[-1].record_id)


@pytest.mark.parametrize("tail", [b"\0" * 40 + b"1", b"no gzip at all", GZIP_HEADER + b"\xff" * 30])
def test_an_end_that_is_no_beginning_of_a_record_is_damage_in_a_running_harvest_too(
    tmp_path: Path, tail: bytes
) -> None:
    expected = build(tmp_path)
    file = the_file(tmp_path)
    (tmp_path / MANIFEST).unlink()
    running = file.rename(file.with_name(file.name + ".open"))
    end = running.stat().st_size
    running.write_bytes(running.read_bytes() + tail)
    (damage,) = audit(tmp_path, expected)
    assert (damage.kind, damage.offset) == ("record_damaged", end)


def test_what_a_living_harvest_appends_during_the_scan_is_left_out(tmp_path: Path) -> None:
    build(tmp_path)
    data = the_file(tmp_path).read_bytes()
    first, second, *_ = (record.offset for record in iter_records(the_file(tmp_path)))
    growing = tmp_path / "growing"
    growing.write_bytes(data[: second + 50])
    with growing.open("rb") as stream:
        walk = scan(stream)
        assert next(walk).offset == first
        with growing.open("ab") as more:
            more.write(data[second + 50 :])
        (tail,) = walk
    assert (tail.offset, tail.length, tail.unfinished) == (second, 50, True)


def test_a_missing_record_is_told_with_the_torn_file_that_may_hold_it(tmp_path: Path) -> None:
    expected = build(tmp_path)
    file = the_file(tmp_path)
    lost = expected[-1]
    data = file.read_bytes()
    file.write_bytes(data[: lost.offset])
    relist(tmp_path)
    (plain,) = audit(tmp_path, expected)
    assert ".torn" not in plain.message
    (tmp_path / f"{file.name}.torn").write_bytes(data[lost.offset :])
    (damage,) = audit(tmp_path, expected)
    assert (damage.kind, damage.record_id) == ("record_missing", lost.record_id)
    assert f"{file.name}.torn" in damage.message
    file.unlink()
    assert all(f"{file.name}.torn" in damage.message for damage in audit(tmp_path, expected))


def test_a_broken_manifest_is_named_and_read_as_far_as_it_goes(tmp_path: Path) -> None:
    expected = build(tmp_path)
    with (tmp_path / MANIFEST).open("ab") as manifest:
        manifest.write(b"nonsense\n\xff\xfe\n")
    assert read_manifest(tmp_path).broken == 2
    (damage,) = audit(tmp_path, expected)
    assert damage.kind == "manifest_damaged"


def test_an_empty_or_absent_archive_is_sound() -> None:
    assert audit(Path("/nonexistent/archive")) == []


@given(st.binary(max_size=400))
def test_the_audit_never_falls_over_what_a_file_holds(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("noise")
    (folder / "x.warc.gz").write_bytes(data)
    assert "file_unlisted" in kinds(audit(folder))


def test_the_audit_does_not_hold_a_record_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    size = 40_000_000
    with WarcWriter(
        tmp_path,
        site="big",
        run=1,
        origin=Origin("gxcrawl/test", "0" * 64, "direct"),
        clock=lambda: NOW,
        new_id=lambda: UUID(int=77, version=4),
    ) as out:
        out.write_exchange(Exchange(Request("GET", URL), Response(200, "OK", [], bytes(size)), NOW))
    tracemalloc.start()
    try:
        found = audit(tmp_path, complete=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kinds(found) == {"record_duplicate"}  # the id factory of this test knows only one id
    assert peak < 4_000_000


def stream_of(data: bytes) -> "object":
    from io import BytesIO

    return BytesIO(data)


def relist_empty(folder: Path) -> None:
    (folder / MANIFEST).touch()
    relist(folder)
