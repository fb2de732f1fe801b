"""What a foreign archive says of a page besides its text: that it was the same again, that it was not found, that it moved."""

import json
from base64 import b32encode
from dataclasses import replace
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from archive.foreign import plain_url
from archive.reader import iter_records
from crawler.replica.server import Replica
from tests.foreign import record
from tests.stores import differences
from tests.test_rebuild import served

WHO, YEAR = "hn-jiyuan-sfj", 2021
CODE = "ar.t3.new_received.natural_person"
HOST = "http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb"
OLD, NEW = f"{HOST}/t3454170.html", f"{HOST}/t4999999.html"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
GONE = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<html><body><h1>404</h1></body></html>"
MOVED = b"HTTP/1.1 301 Moved Permanently\r\nLocation: %b\r\n\r\n" % NEW.encode()


@pytest.fixture(scope="module")
def page() -> bytes:
    with Replica("henan") as replica:
        return served(replica, replica.url_of(WHO, YEAR))


@pytest.fixture(scope="module")
def edited() -> bytes:
    """The page with another figure in it."""
    with Replica("henan") as replica:
        replica.edit(WHO, YEAR, CODE, "7")
        return served(replica, replica.url_of(WHO, YEAR))


@pytest.fixture
def made(tmp_path: Path, harvester: Any) -> Any:
    return harvester(tmp_path / "data", None, "henan")


def day(month: int) -> str:
    return f"2023-{month:02d}-10T04:00:00Z"


def seen(number: int, url: str, block: bytes, *more: tuple[str, str], kind: str = "response") -> bytes:
    """A record of what was seen on the tenth of the month of that number."""
    http = ("Content-Type", "application/http")  # of several fields of one name the last one counts
    return record(kind, url, day(number), block, http, *more, number=number)


def take(made: Any, folder: Path, *records: bytes) -> tuple[int, dict[str, Any]]:
    file = folder / "crawl.warc"
    file.write_bytes(b"".join(records))
    done = made.here("import", "--json", str(file))
    return done.returncode, json.loads(done.stdout)


def happened(made: Any) -> list[tuple[str, str]]:
    events = json.loads(made.here("history", WHO, str(YEAR), "--json").stdout)["events"]
    return [(event["what"], event["at"][5:7]) for event in events]


def answer(made: Any, by: str) -> list[int]:
    words = ("query", CODE, "--agency", WHO, "--years", str(YEAR), "--json", "--observed-by", by)
    return [point["value"] for point in json.loads(made.here(*words).stdout)["points"]]


def rebuilt_alike(made: Any) -> None:
    done = made.here("db", "rebuild")
    assert done.returncode == 0, done.stdout
    kept = f"sqlite:///{made.data / 'store.db'}"
    assert differences(kept, f"sqlite:///{made.data / 'store-rebuilt.db'}") == []
    verified = made.here("verify", "--reread", "100")
    assert verified.returncode == 0, verified.stdout


def test_that_a_known_page_was_not_found_is_evidence_whoever_saw_it(
    made: Any, page: bytes, edited: bytes, tmp_path: Path
) -> None:
    records = [
        seen(1, OLD, HEAD + page),
        seen(2, NEW, HEAD + page),
        seen(3, OLD, GONE),
        seen(4, NEW, HEAD + edited),
        seen(5, OLD, b"HTTP/1.1 410 Gone\r\n\r\n"),
        seen(6, f"{HOST}/never_a_report.html", GONE),
    ]
    code, said = take(made, tmp_path, *reversed(records))
    assert (code, said["captures"], said["left_aside"]) == (0, 5, {"not_found": 1})
    assert happened(made) == [
        ("first_seen", "01"),
        ("first_seen", "02"),
        ("vanished", "03"),
        ("changed", "04"),
    ]
    history = made.here("history", WHO, str(YEAR)).stdout
    assert "still gone after 2 tries" in history
    # both copies answered in February; only the newer one does in April
    assert [answer(made, f"2023-{month:02d}-15") for month in (2, 4)] == [[8], [7]]
    code, said = take(made, tmp_path, *records)
    assert (code, said["captures"], said["known"]) == (0, 0, 5)
    rebuilt_alike(made)


def test_that_a_known_page_sends_its_reader_on_is_evidence_too(
    made: Any, page: bytes, edited: bytes, tmp_path: Path
) -> None:
    take(made, tmp_path, seen(1, OLD, HEAD + page), seen(2, NEW, HEAD + edited))
    code, said = take(made, tmp_path, seen(3, OLD, MOVED))
    assert (code, said["captures"], said["left_aside"]) == (0, 1, {})
    assert ("sent_elsewhere", "03") in happened(made)
    assert answer(made, "2023-03-15") == [7]
    rebuilt_alike(made)


def revisit(number: int, body: bytes, head: bytes, *more: tuple[str, str]) -> bytes:
    digest = f"sha1:{b32encode(sha1(body).digest()).decode()}"
    told = (("WARC-Refers-To-Target-URI", OLD), ("WARC-Refers-To-Date", day(1)))
    return seen(number, OLD, head, ("WARC-Payload-Digest", digest), *told, *more, kind="revisit")


def test_a_revisit_counts_only_for_the_body_that_it_names(
    made: Any, page: bytes, edited: bytes, tmp_path: Path
) -> None:
    original = seen(1, OLD, HEAD + page)
    code, said = take(made, tmp_path, original, revisit(2, page, HEAD), revisit(3, edited, HEAD))
    assert (code, said["captures"], said["left_aside"]) == (3, 2, {"no_original": 1})
    assert made.rows("SELECT fetched_at FROM capture WHERE revisit_of IS NOT NULL") == [
        ("2023-02-10 04:00:00.000000",)
    ]


def test_a_servers_word_that_nothing_has_changed_counts_as_the_harvests_own_does(
    made: Any, page: bytes, tmp_path: Path
) -> None:
    unchanged = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
    code, said = take(made, tmp_path, seen(1, OLD, HEAD + page), revisit(2, b"", unchanged))
    assert (code, said["captures"], said["left_aside"]) == (0, 2, {})
    assert made.rows("SELECT status, verdict FROM capture WHERE revisit_of IS NOT NULL") == [(304, "ok")]
    # with a 304 in it replay tools would show an empty page
    records = [one for file in (made.data / "archive").glob("*.warc.gz") for one in iter_records(file)]
    (written,) = (one for one in records if one.type == "revisit")
    assert (written.body, written.http_status) == (b"", 304)
    assert ["304 Not Modified", '"a"'] in [
        [one.fields().get(f"http-{name}") for name in ("status", "etag")]
        for one in records
        if one.type == "metadata"
    ]
    rebuilt_alike(made)
    exported = tmp_path / "own.wacz"
    made.here("archive", "export", "--wacz", str(exported), "--site", "henan")
    other = replace(made, data=tmp_path / "other")
    assert other.here("import", str(exported)).returncode == 0
    assert other.rows("SELECT status, fetched_at FROM capture") == made.rows(
        "SELECT status, fetched_at FROM capture"
    )


def test_the_revisits_of_wget_are_taken_whose_block_digest_is_that_of_nothing(
    made: Any, page: bytes, tmp_path: Path
) -> None:
    nothing = f"sha1:{b32encode(sha1(b'').digest()).decode()}"
    more = (("WARC-Block-Digest", nothing), ("WARC-Truncated", "length"))
    code, said = take(made, tmp_path, seen(1, OLD, HEAD + page), revisit(2, page, HEAD, *more))
    assert (code, said["captures"], said["damaged"]) == (0, 2, [])
    assert made.rows("SELECT DISTINCT truncated FROM capture") == [(None,)]
    rebuilt_alike(made)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://sfj.jiyuan.gov.cn:80/a.html#top", "http://sfj.jiyuan.gov.cn/a.html"),
        ("HTTPS://SFJ.Jiyuan.gov.cn:443/A.html?b=C", "https://sfj.jiyuan.gov.cn/A.html?b=C"),
        ("http://sfj.jiyuan.gov.cn:8080/a/", "http://sfj.jiyuan.gov.cn:8080/a/"),
        ("http://sfj.jiyuan.gov.cn", "http://sfj.jiyuan.gov.cn/"),
        (
            "http://a.gov.cn/年报 [1].html?题=公开",
            "http://a.gov.cn/%E5%B9%B4%E6%8A%A5%20%5B1%5D.html?%E9%A2%98=%E5%85%AC%E5%BC%80",
        ),
        ("http://a.gov.cn/%C4%EA(1).html", "http://a.gov.cn/%C4%EA(1).html"),
        ("dns:www.jiyuan.gov.cn", "dns:www.jiyuan.gov.cn"),
        ("file:///sha256-7f/A.html", "file:///sha256-7f/A.html"),
    ],
)
def test_an_address_is_what_was_asked_for_however_a_crawler_wrote_it(written: str, asked: str) -> None:
    assert plain_url(written) == asked


@pytest.mark.parametrize("since", [b"", GONE], ids=["there", "gone"])
def test_a_plain_file_of_unknown_time_is_not_what_a_known_page_shows_now(
    made: Any, page: bytes, edited: bytes, tmp_path: Path, since: bytes
) -> None:
    """An old copy that somebody saved must not answer in the place of what the portal showed since."""
    told = [seen(1, OLD, HEAD + edited), *([seen(2, OLD, since)] if since else [])]
    assert take(made, tmp_path, *told)[0] == 0
    before = made.here("history", WHO, str(YEAR), "--json").stdout
    saved = tmp_path / "saved.html"
    saved.write_bytes(page)

    def brought(*words: str) -> tuple[int, dict[str, Any]]:
        done = made.here("import", "--json", str(saved), "--url", OLD, *words)
        return done.returncode, json.loads(done.stdout)

    code, said = brought()
    assert (code, said["captures"], said["left_aside"]) == (3, 0, {"undated": 1})
    assert "--date" in said["aside"][0]["why"]
    assert made.here("history", WHO, str(YEAR), "--json").stdout == before
    code, said = brought("--date", "2022-05-06")
    assert (code, said["captures"], said["changed"]) == (0, 1, 0)
    events = json.loads(made.here("history", WHO, str(YEAR), "--json").stdout)["events"]
    assert [event["what"] for event in events] == ["first_seen", "changed", *(["vanished"] if since else [])]
    assert brought()[1]["known"] == 1, "of a body that is held nothing is new, whatever its time"
