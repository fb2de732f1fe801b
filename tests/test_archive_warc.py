"""The archive's files: what is written, what is read back, and what survives a killed process."""

import gzip
import hashlib
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.exchange import Exchange, Header, Request, Response, header_lines
from archive.fixity import audit
from archive.manifest import read_manifest
from archive.reader import (
    Record,
    UnreadableBody,
    UnreadableRecord,
    decode,
    decoded_body,
    iter_records,
    payload,
    read_record,
)
from archive.scan import GZIP_HEADER
from archive.warc import CannotWrite, Origin, RevisitTarget, Stored, WarcWriter

NOW = datetime(2026, 11, 21, 3, 4, 5, 250_000, tzinfo=UTC)
URL = "http://www.nxlw.gov.cn/zwgk/zfbmzsjgxxgk/lwssfj_29147/xxgknb_29150/202501/t20250123_4802040.html"
REQUEST_HEADERS: list[Header] = [
    (b"Host", b"www.nxlw.gov.cn"),
    (b"User-Agent", b"gxcrawl/0.1.0 (+https://example.org/gxcrawl; gxcrawl@example.org)"),
    (b"Accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    (b"Accept-Language", b"zh-CN,zh;q=0.9"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"Referer", b"http://www.nxlw.gov.cn/zwgk/zfbmzsjgxxgk/lwssfj_29147/xxgknb_29150/"),
    (b"Connection", b"keep-alive"),
    (b"Cache-Control", b"no-cache"),
    (b"Pragma", b"no-cache"),
    (b"Upgrade-Insecure-Requests", b"1"),
]
RESPONSE_HEADERS: list[Header] = [
    ("Server", "nginx/1.20.1"),
    ("Date", "Sat, 21 Nov 2026 03:04:05 GMT"),
    ("Content-Type", "text/html"),
    ("Content-Length", "15234"),
    ("Last-Modified", "Thu, 23 Jan 2025 08:11:01 GMT"),
    ("Connection", "keep-alive"),
    ("Vary", "Accept-Encoding"),
    ("ETag", '"6791f8a5-3b82"'),
    ("Content-Encoding", "gzip"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-XSS-Protection", "1; mode=block"),
    ("Accept-Ranges", "bytes"),
]
BODY = gzip.compress("<p>本年新收政府信息公开申请数量</p>".encode() * 40, mtime=0)


def exchange(body: bytes = BODY, *, url: str = URL, headers: list[Header] | None = None) -> Exchange:
    response = Response(200, "OK", RESPONSE_HEADERS if headers is None else headers, body)
    return Exchange(Request("GET", url, REQUEST_HEADERS), response, NOW, ip="10.1.2.3")


def ids(seed: int = 0) -> Callable[[], UUID]:
    chance = random.Random(seed)
    return lambda: UUID(int=chance.getrandbits(128), version=4)


def writer(folder: Path, *, run: int = 7, max_bytes: int = 1 << 30, seed: int = 0) -> WarcWriter:
    origin = Origin("gxcrawl/0.1.0", "ab" * 32, "direct")
    return WarcWriter(
        folder,
        site="ningxia",
        run=run,
        origin=origin,
        clock=lambda: NOW,
        new_id=ids(seed),
        max_bytes=max_bytes,
    )


def target(stored: Stored) -> RevisitTarget:
    return RevisitTarget(stored.record_id, URL, NOW, stored.payload_digest)


def sealed(folder: Path) -> Path:
    (file,) = folder.glob("*.warc.gz")
    return file


def write_some(folder: Path) -> dict[str, Stored]:
    with writer(folder) as out:
        response = out.write_exchange(exchange())
        conversion = out.write_conversion(
            response.record_id, URL, "文字\n", extractor="gxcrawl-html", version="1"
        )
        revisit = out.write_exchange(exchange(), revisit_of=target(response))
        metadata = out.write_metadata(revisit.record_id, {"verdict": "ok", "attempt": 1})
    return {"response": response, "revisit": revisit, "metadata": metadata, "conversion": conversion}


def test_warcio_accepts_every_file_with_all_its_digests(tmp_path: Path) -> None:
    write_some(tmp_path)
    tool = Path(sys.executable).with_name("warcio")
    done = subprocess.run(
        [tool, "check", "-v", sealed(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # all but the revisit, whose payload is elsewhere: warcio checks neither of its digests
    assert done.stdout.count("digest pass") == 6
    assert done.stdout.count("digest present but not checked (revisit)") == 1


def test_a_payload_read_by_gzip_and_eye_alone_is_byte_for_byte_what_was_served(tmp_path: Path) -> None:
    stored = write_some(tmp_path)["response"]
    raw = (tmp_path / stored.file).read_bytes()[stored.offset : stored.offset + stored.length]
    head, http, body = gzip.decompress(raw).split(b"\r\n\r\n", 2)
    assert body == BODY + b"\r\n\r\n"
    assert b"WARC-Type: response" in head
    assert b"Content-Encoding: gzip" in http
    assert payload(tmp_path, stored.file, stored.offset) == BODY
    assert stored.payload_digest == hashlib.sha256(BODY).hexdigest()


@given(st.binary(max_size=3000))
def test_any_body_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    with writer(folder) as out:
        stored = out.write_exchange(exchange(body, headers=[]))
    assert payload(folder, stored.file, stored.offset) == body
    assert audit(folder, complete=False) == []


def test_every_digest_of_every_record_is_sha256(tmp_path: Path) -> None:
    write_some(tmp_path)
    records = list(iter_records(sealed(tmp_path)))
    assert len(records) == 7
    for record in records:
        assert record.headers["warc-block-digest"].startswith("sha256:")
        wanted = record.type in ("response", "revisit", "conversion")
        assert record.headers.get("warc-payload-digest", "").startswith("sha256:") == wanted, record.type
    assert b"sha1" not in gzip.decompress(sealed(tmp_path).read_bytes())


def test_a_revisit_holds_the_headers_and_refers_to_the_body(tmp_path: Path) -> None:
    stored = write_some(tmp_path)
    record = read_record(tmp_path, stored["revisit"].file, stored["revisit"].offset)
    assert record.body == b""
    assert record.http_status == 200
    assert record.http_header("etag") == '"6791f8a5-3b82"'
    assert record.headers["warc-profile"].endswith("/warc/1.1/revisit/identical-payload-digest")
    assert record.headers["warc-refers-to"] == f"<{stored['response'].record_id}>"
    assert record.headers["warc-refers-to-target-uri"] == URL
    assert record.headers["warc-refers-to-date"] == "2026-11-21T03:04:05.250Z"
    assert stored["revisit"].payload_digest == stored["response"].payload_digest
    with pytest.raises(UnreadableBody, match=stored["response"].record_id):
        payload(tmp_path, record.file, record.offset)


def test_a_body_that_is_another_one_is_no_revisit(tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        first = out.write_exchange(exchange())
        with pytest.raises(ValueError, match="no revisit"):
            out.write_exchange(exchange(b"changed"), revisit_of=target(first))


def test_a_304_is_a_revisit_whose_payload_is_the_body_it_speaks_of(tmp_path: Path) -> None:
    word = replace(exchange(b""), response=Response(304, "Not Modified", [("ETag", '"5"')]))
    with writer(tmp_path) as out:
        first = out.write_exchange(exchange())
        again = out.write_exchange(word, revisit_of=target(first))
        alone = out.write_exchange(word)
        twice = out.write_exchange(word, revisit_of=target(alone))
    kept = {
        stored.record_id: read_record(tmp_path, stored.file, stored.offset)
        for stored in (again, alone, twice)
    }
    record = kept[again.record_id]
    assert record.headers["warc-profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert (record.type, record.http_status, record.http_headers, record.body) == ("revisit", 304, (), b"")
    assert again.payload_digest == first.payload_digest
    # A 304 that speaks of nothing held is a response like any other, and one that comes again is the same body again.
    assert (kept[alone.record_id].type, kept[alone.record_id].http_status) == ("response", 304)
    assert kept[twice.record_id].headers["warc-profile"].endswith("/identical-payload-digest")
    changed = replace(word, response=Response(304, "Not Modified", [], b"body"))
    with writer(tmp_path) as out, pytest.raises(ValueError, match="no revisit"):
        out.write_exchange(changed, revisit_of=target(first))


def test_a_revisit_with_its_request_and_verdict_takes_less_than_one_and_a_half_kilobytes(
    tmp_path: Path,
) -> None:
    with writer(tmp_path) as out:
        first = out.write_exchange(exchange())
        before = out.bytes_written
        again = out.write_exchange(exchange(), revisit_of=target(first))
        out.write_metadata(again.record_id, {"verdict": "ok", "media-type": "text/html"})
        assert out.bytes_written - before <= 1536


def test_records_of_one_capture_point_at_each_other_and_have_ids_of_their_own(tmp_path: Path) -> None:
    stored = write_some(tmp_path)
    records = {record.offset: record for record in iter_records(sealed(tmp_path))}
    assert len({record.record_id for record in records.values()}) == 7
    asked = [record for record in records.values() if record.type == "request"]
    assert [record.headers["warc-concurrent-to"] for record in asked] == [
        f"<{stored['response'].record_id}>",
        f"<{stored['revisit'].record_id}>",
    ]
    verdict = records[stored["metadata"].offset]
    assert verdict.headers["warc-concurrent-to"] == f"<{stored['revisit'].record_id}>"
    assert verdict.fields() == {"verdict": "ok", "attempt": "1"}
    assert all(UUID(record.record_id.removeprefix("urn:uuid:")) for record in records.values())


def test_the_request_is_kept_as_it_was_sent(tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        sent = Request(
            "POST", "https://www.nx.gov.cn/irs/front/search?x=1#top", REQUEST_HEADERS, b'{"pageNo":1}'
        )
        out.write_exchange(Exchange(sent, Response(200, "OK"), NOW))
    request = next(record for record in iter_records(sealed(tmp_path)) if record.type == "request")
    assert request.http_start == "POST /irs/front/search?x=1 HTTP/1.1"
    assert request.body == b'{"pageNo":1}'
    assert request.http_headers[0] == ("Host", "www.nx.gov.cn".replace("nx", "nxlw"))
    assert request.headers["warc-payload-digest"].endswith(hashlib.sha256(request.body).hexdigest())


def test_the_conversion_carries_text_and_extractor_and_the_digest_of_the_text(tmp_path: Path) -> None:
    stored = write_some(tmp_path)["conversion"]
    record = read_record(tmp_path, stored.file, stored.offset)
    assert record.body.decode() == "文字\n"
    assert record.headers["x-extractor"] == "gxcrawl-html/1"
    assert record.headers["content-type"] == "text/plain;charset=utf-8"
    assert stored.payload_digest == hashlib.sha256("文字\n".encode()).hexdigest()


def test_transfer_encoding_is_not_recorded_and_the_warcinfo_says_so(tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        stored = out.write_exchange(exchange(headers=[(b"transfer-encoding", b"chunked"), (b"Age", b"3")]))
    assert read_record(tmp_path, stored.file, stored.offset).http_headers == (("Age", "3"),)
    info = next(iter_records(sealed(tmp_path)))
    assert info.type == "warcinfo"
    fields = info.fields()
    assert fields["software"] == "gxcrawl/0.1.0"
    assert fields["config-digest"] == "ab" * 32
    assert fields["robots"] == "obey"
    assert "Transfer-Encoding" in fields["note"]
    assert "order and case of header fields" in fields["note"]
    assert info.headers["warc-filename"] == stored.file


def test_a_body_that_was_cut_off_says_why(tmp_path: Path) -> None:
    with writer(tmp_path) as out:
        stored = out.write_exchange(replace(exchange(b"<p>"), truncated="disconnect"))
    assert read_record(tmp_path, stored.file, stored.offset).headers["warc-truncated"] == "disconnect"


def test_header_bytes_are_kept_but_cannot_forge_a_field() -> None:
    lines = b"".join(header_lines([(b"X-Name", b"\xb9\xab\r\nSet-Cookie: a=b"), ("é", "ü")]))
    assert lines == b"X-Name: \xb9\xab  Set-Cookie: a=b\r\n\xe9: \xfc\r\n"


def test_a_moment_without_zone_or_in_another_zone_is_refused() -> None:
    for moment in (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))):  # noqa: DTZ001
        with pytest.raises(ValueError, match="UTC"):
            replace(exchange(), fetched_at=moment)


def test_a_file_in_progress_is_read_by_its_final_name(tmp_path: Path) -> None:
    out = writer(tmp_path)
    stored = out.write_exchange(exchange())
    assert [path.name for path in tmp_path.iterdir()] == [stored.file + ".open"]
    assert payload(tmp_path, stored.file, stored.offset) == BODY
    out.close()
    assert payload(tmp_path, stored.file, stored.offset) == BODY
    assert stored.file == "ningxia-run7-20261121030405-00001.warc.gz"
    digest = hashlib.sha256((tmp_path / stored.file).read_bytes()).hexdigest()
    assert (tmp_path / "manifest-sha256.txt").read_text() == f"{digest}  {stored.file}\n"


def test_what_was_written_is_on_disk_before_the_call_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync

    def watched(handle: int) -> None:
        synced.append(os.fstat(handle).st_size)
        real(handle)

    monkeypatch.setattr(os, "fsync", watched)
    out = writer(tmp_path)
    out.write_exchange(exchange())
    size = next(tmp_path.glob("*.open")).stat().st_size
    assert synced[-1] == size == out.bytes_written
    out.close()


def test_a_file_is_closed_at_its_size_and_an_exchange_stays_with_its_verdict(tmp_path: Path) -> None:
    with writer(tmp_path, max_bytes=4000) as out:
        places = []
        for _ in range(4):
            stored = out.write_exchange(exchange())
            verdict = out.write_metadata(stored.record_id, {"verdict": "ok"})
            places.append((stored.file[-13:], verdict.file == stored.file))
    assert [serial for serial, _ in places] == [
        "00001.warc.gz",
        "00001.warc.gz",
        "00002.warc.gz",
        "00002.warc.gz",
    ]
    assert all(together for _, together in places)
    assert len(read_manifest(tmp_path).digests) == len(list(tmp_path.glob("*.warc.gz")))
    assert audit(tmp_path, complete=False) == []


def test_two_runs_at_the_same_second_never_share_a_file(tmp_path: Path) -> None:
    with writer(tmp_path, seed=1) as first, writer(tmp_path, seed=2) as second:
        one, two = first.write_exchange(exchange()), second.write_exchange(exchange())
    with writer(tmp_path, seed=3) as third:
        three = third.write_exchange(exchange())
    assert len({one.file, two.file, three.file}) == 3


def test_nothing_is_left_of_a_record_that_did_not_fit_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = writer(tmp_path)
    first = out.write_exchange(exchange())
    size = out.bytes_written
    real = os.fsync

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite, match="free some space"):
        out.write_exchange(exchange(b"x" * 5000))
    monkeypatch.setattr(os, "fsync", real)
    assert next(tmp_path.glob("*.open")).stat().st_size == size
    second = out.write_exchange(exchange(b"y"))
    out.close()
    assert payload(tmp_path, first.file, first.offset) == BODY
    assert payload(tmp_path, second.file, second.offset) == b"y"
    assert audit(tmp_path, complete=False) == []


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_where_the_folder_should_be_is_refused_with_a_remedy(tmp_path: Path, below: str) -> None:
    (tmp_path / "archive").write_text("a file")
    folder = tmp_path / "archive" / below
    with pytest.raises(CannotWrite, match=r"No file can be made in .*archive.*see that it is a folder"):
        writer(folder).write_exchange(exchange())


def test_a_folder_that_may_not_be_written_to_is_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(CannotWrite, match=r"Permission denied\): see that it is a folder"):
        writer(tmp_path).write_exchange(exchange())


def test_every_record_begins_with_the_same_gzip_header_whatever_the_zlib(tmp_path: Path) -> None:
    write_some(tmp_path)
    data = sealed(tmp_path).read_bytes()
    assert all(data[record.offset :].startswith(GZIP_HEADER) for record in iter_records(sealed(tmp_path)))
    assert data.count(GZIP_HEADER) == len(list(iter_records(sealed(tmp_path))))


def test_a_torn_line_of_the_manifest_is_mended_by_the_next_one(tmp_path: Path) -> None:
    write_some(tmp_path)
    with (tmp_path / "manifest-sha256.txt").open("a") as manifest:
        manifest.write("0123abc")
    assert [damage.kind for damage in audit(tmp_path, complete=False)] == ["manifest_damaged"]
    with writer(tmp_path, run=8, seed=8) as out:
        out.write_exchange(exchange())
    assert audit(tmp_path, complete=False) == []


def test_content_encodings_are_taken_off_on_request() -> None:
    text = b"text " * 100
    for header, body in {
        "gzip": gzip.compress(text),
        "x-gzip": gzip.compress(text[:250]) + gzip.compress(text[250:]),
        "deflate": zlib.compress(text),
        "Deflate ": zlib.compress(text)[2:-4],
        "deflate, gzip": gzip.compress(zlib.compress(text)),
        "identity": text,
    }.items():
        assert decode(body, header) == text, header
    assert decode(text, "gzip") == text  # labelled gzip, never compressed
    assert decode(text, None) == text


def test_a_decompression_bomb_is_refused_at_its_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000, 9)
    with pytest.raises(UnreadableBody, match="larger than 1000000 bytes"):
        decode(bomb, "gzip", 1_000_000)
    with pytest.raises(UnreadableBody, match="larger than"):
        decode(gzip.compress(bomb), "gzip, gzip", 1_000_000)


def test_a_broken_cut_off_or_foreign_encoding_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableBody, match="cut off"):
        decode(BODY[:-20], "gzip")
    with pytest.raises(UnreadableBody, match="damaged"):
        decode(BODY[:10] + b"\xff" * 40, "gzip")
    with pytest.raises(UnreadableBody, match="'br'"):
        decode(b"abc", "br")
    stored = write_some(tmp_path)["response"]
    assert decoded_body(tmp_path, stored.file, stored.offset).startswith("<p>本年".encode())
    with pytest.raises(UnreadableBody, match="larger than 10 bytes"):
        decoded_body(tmp_path, stored.file, stored.offset, max_bytes=10)


def test_a_place_without_a_record_is_refused_in_a_sentence(tmp_path: Path) -> None:
    stored = write_some(tmp_path)["response"]
    with pytest.raises(UnreadableRecord, match=f"{stored.file} at offset 1"):
        read_record(tmp_path, stored.file, 1)
    with pytest.raises(FileNotFoundError):
        read_record(tmp_path, "other.warc.gz", 0)


def test_records_know_their_url_and_length(tmp_path: Path) -> None:
    write_some(tmp_path)
    records: list[Record] = list(iter_records(sealed(tmp_path)))
    assert sum(record.length for record in records) == sealed(tmp_path).stat().st_size
    assert {record.url for record in records} == {None, URL}
