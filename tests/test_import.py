"""`gxcrawl import`: what other crawlers and people kept comes in as evidence, once, and is read like a harvest."""

import json
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from archive.reader import Record, iter_records
from crawler.replica.server import Replica
from tests.foreign import Crawled, chunked, record, wacz, warc
from tests.office_files import docx, p
from tests.postgresql import BACKENDS
from tests.stores import differences
from tests.test_rebuild import served

HOST = "http://www.weishan.gov.cn"
REPORT = f"{HOST}/art/2021/1/20/art_1_77.html"
FIRST, SECOND = "2021-02-03T04:05:06Z", "2022-03-04T05:06:07Z"


@pytest.fixture(scope="module")
def pages() -> dict[int, bytes]:
    """The report pages of a body, by year, as the replica serves them."""
    with Replica("shandong") as replica:
        return {year: served(replica, replica.url_of("sd-weishan-sfj", year)) for year in (2018, 2019)}


@pytest.fixture
def made(tmp_path: Path, harvester: Any, backend: str, new_store: Any) -> Any:
    store = new_store(backend, tmp_path, empty=True) if backend != "sqlite" else ""
    return harvester(tmp_path / "data", None, "shandong", store=store)


def imported(made: Any, *words: str | Path) -> tuple[int, dict[str, Any]]:
    done = made.here("import", "--json", "--by", "a librarian", *map(str, words))
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def records(made: Any, *kinds: str) -> list[Record]:
    files = sorted((made.data / "archive").glob("*.warc.gz"))
    return [record for path in files for record in iter_records(path) if record.type in kinds]


def everything(made: Any) -> dict[str, bytes]:
    kept = {path.name: path.read_bytes() for path in (made.data / "archive").iterdir()}
    tables = ("run", "capture", "showing", "version", "document", "reading", "frontier", "seal", "finding")
    return kept | {
        table: repr(made.rows(f"SELECT * FROM {table} ORDER BY 1, 2")).encode() for table in tables
    }


def as_crawled(pages: dict[int, bytes]) -> list[Crawled]:
    """A crawl with all that a foreign archive may do: chunks left on, a body fetched again, a resource, parts of pages."""
    html = ("Content-Type", "text/html; charset=utf-8")
    return [
        Crawled(
            REPORT,
            FIRST,
            chunked(pages[2019]),
            headers=(html, ("Transfer-Encoding", "chunked"), ("X-Odd", "1")),
        ),
        Crawled(REPORT, SECOND, chunked(pages[2019]), headers=(html,), again=True, before=(REPORT, FIRST)),
        Crawled(f"{HOST}/old/2018.html", FIRST, pages[2018], headers=(html,), resource=True),
        Crawled(f"{HOST}/style.css", FIRST, b"p { color: red }", headers=(("Content-Type", "text/css"),)),
        Crawled(
            "dns:www.weishan.gov.cn",
            FIRST,
            b"www 1.2.3.4",
            headers=(("Content-Type", "text/dns"),),
            resource=True,
        ),
        Crawled(f"{HOST}/gone.html", FIRST, b"<html>404 Not Found</html>", status="404 Not Found"),
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_foreign_archive_is_taken_with_its_bytes_its_time_and_where_it_came_from(
    made: Any, pages: dict[int, bytes], tmp_path: Path, new_store: Any, backend: str
) -> None:
    file = tmp_path / "crawl.warc.gz"
    file.write_bytes(warc(as_crawled(pages)))
    code, said = imported(made, file)
    assert (code, said["captures"], said["new"], said["damaged"]) == (0, 3, 2, [])
    assert said["left_aside"] == {"not_found": 1, "page_part": 2}
    (response,), (revisit,), (resource,) = (
        records(made, kind) for kind in ("response", "revisit", "resource")
    )
    assert response.body == pages[2019]
    assert (response.http_start, response.http_header("X-Odd")) == ("HTTP/1.1 200 OK", "1")
    assert response.http_header("Transfer-Encoding") is None
    assert response.headers["warc-date"] == "2021-02-03T04:05:06.000Z"
    assert (revisit.headers["warc-refers-to"], revisit.headers["warc-date"]) == (
        f"<{response.record_id}>",
        "2022-03-04T05:06:07.000Z",
    )
    assert (resource.body, resource.headers["content-type"]) == (pages[2018], "text/html; charset=utf-8")
    told = {
        record.headers["warc-concurrent-to"]: record.fields()
        for record in records(made, "metadata")
        if "source" in record.fields()
    }
    fields = told[f"<{response.record_id}>"]
    assert (fields["imported-by"], fields["source"], fields["source-sha256"]) == (
        "a librarian",
        str(file),
        said["sources"][0]["sha256"],
    )
    assert fields["source-record"].startswith("urn:uuid:")
    assert "request" not in fields
    assert told[f"<{resource.record_id}>"]["request"] == "not there"
    assert len(records(made, "request")) == 2
    verified = made.here("verify", "--reread", "100")
    assert verified.returncode == 0, verified.stdout
    before = everything(made)
    code, said = imported(made, file)
    assert (code, said["captures"], said["known"], said["runs"]) == (0, 0, 3, [])
    assert everything(made) == before
    again = (
        new_store(backend, tmp_path, empty=True)
        if made.store
        else f"sqlite:///{made.data / 'store-rebuilt.db'}"
    )
    done = (replace(made, store=again) if made.store else made).here("db", "rebuild")
    assert done.returncode == 0, done.stdout
    assert differences(made.store or f"sqlite:///{made.data / 'store.db'}", again) == []


@pytest.mark.parametrize(("packed", "version"), [(False, "1.0"), (True, "1.1"), (False, "1.1")])
def test_the_form_of_the_archive_makes_no_difference(
    made: Any, pages: dict[int, bytes], tmp_path: Path, packed: bool, version: str
) -> None:
    file = tmp_path / ("crawl.warc.gz" if packed else "crawl.warc")
    file.write_bytes(warc(as_crawled(pages), packed=packed, version=version))
    _, said = imported(made, file)
    assert (said["captures"], said["new"], said["damaged"]) == (3, 2, [])


def test_a_wacz_is_taken_and_what_it_says_of_its_files_is_looked_at(
    made: Any, pages: dict[int, bytes], tmp_path: Path
) -> None:
    one, two = as_crawled(pages)[0], as_crawled(pages)[2]
    path = wacz(tmp_path / "site.wacz", warc([one]), warc([two]))
    code, said = imported(made, path)
    assert (code, said["captures"], said["damaged"]) == (0, 2, [])
    code, said = imported(made, wacz(tmp_path / "lying.wacz", warc([one]), warc([two]), lies=True))
    assert (code, said["captures"], len(said["damaged"])) == (3, 0, 1)
    assert "not what its datapackage.json says" in said["damaged"][0]


def test_what_a_harvest_has_is_not_taken_again(tmp_path: Path, harvester: Any) -> None:
    with Replica("shandong") as replica:
        made = harvester(tmp_path / "data", replica.proxy_url, "shandong")
        made.run()
    assert (
        made.here("archive", "export", "--wacz", str(tmp_path / "own.wacz"), "--site", "shandong").returncode
        == 0
    )
    before = everything(made)
    code, said = imported(made, "--replica", tmp_path / "own.wacz")
    assert (code, said["captures"], said["known"]) == (0, 0, 5)
    assert everything(made) == before
    refused = made.here("import", str(tmp_path / "own.wacz"))
    assert (refused.returncode, "figures are made up" in refused.stderr) == (2, True)


def test_a_folder_brings_a_page_with_the_files_that_it_links_to(
    made: Any, pages: dict[int, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    (folder / "files").mkdir(parents=True)
    page = pages[2018].replace(b"</p>", b'<a href="files/annex.docx">annex</a></p>', 1)
    (folder / "2018.html").write_bytes(page)
    (folder / "files" / "annex.docx").write_bytes(docx(p("微山县司法局2019年政府信息公开工作年度报告")))
    (folder / ".hidden").write_bytes(b"x")
    code, said = imported(made, folder)
    assert (code, said["captures"], said["new"], said["left_aside"]) == (0, 2, 2, {})
    kinds = made.rows("SELECT kind, parent_id FROM document ORDER BY id")
    assert kinds == [("report", None), ("attachment", 1)]
    urls = [url for (url,) in made.rows("SELECT url FROM capture ORDER BY id")]
    assert urls[0].startswith("file:///sha256-")
    assert urls[1] == urls[0].replace("2018.html", "files/annex.docx")
    before = everything(made)
    folder.rename(tmp_path / "elsewhere")
    code, said = imported(made, tmp_path / "elsewhere")
    assert (code, said["captures"], said["known"]) == (0, 0, 2)
    assert everything(made) == before


def test_a_plain_file_bears_the_time_that_is_told_and_never_its_own(
    made: Any, pages: dict[int, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "2018.html"
    file.write_bytes(pages[2018])
    subprocess.run(["touch", "-d", "2001-01-01", file], check=True)
    code, said = imported(made, file, "--url", REPORT, "--date", "2020-06-07", "--agency", "微山县司法局")
    assert (code, said["captures"]) == (0, 1)
    (record,) = records(made, "resource")
    assert (record.url, record.headers["warc-date"]) == (REPORT, "2020-06-06T16:00:00.000Z")
    assert record.content_type == "text/html", "else a replay hands it over as a file to be saved"
    assert imported(made, file, "--url", REPORT)[1]["known"] == 1
    other = tmp_path / "other.html"
    other.write_bytes(pages[2019])
    imported(made, other)
    year = made.rows("SELECT max(fetched_at) FROM capture")[0][0]
    assert str(year) > "2025"


def test_whose_it_is_is_decided_by_its_words_or_told(
    made: Any, pages: dict[int, bytes], tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.html"
    stranger.write_bytes(pages[2018].decode().replace("微山县司法局", "无名县司法局").encode())
    code, said = imported(made, stranger)
    assert (code, said["left_aside"]) == (3, {"other_agency": 1})
    assert "无名县司法局" in said["aside"][0]["why"]
    ours = tmp_path / "ours.html"
    ours.write_bytes(pages[2018])
    code, said = imported(made, ours, "--agency", "hn-jiyuan-sfj")
    assert (code, said["left_aside"]) == (3, {"other_agency": 1})
    code, said = imported(made, ours, "--year", "2017")
    assert said["left_aside"] == {"other_year": 1}
    code, said = imported(made, ours, "--agency", "sd-weishan-sfj", "--year", "2018")
    assert (code, said["captures"]) == (0, 1)
    unknown = made.here("import", str(ours), "--agency", "微山县司法所")
    assert (unknown.returncode, "Did you mean '微山县司法局'?" in unknown.stderr) == (2, True)


def test_a_damaged_archive_is_taken_as_far_as_it_goes(
    made: Any, pages: dict[int, bytes], tmp_path: Path
) -> None:
    whole = warc(as_crawled(pages)[:1] + as_crawled(pages)[2:])
    file = tmp_path / "torn.warc.gz"
    file.write_bytes(whole[: len(warc(as_crawled(pages)[:1])) + 300])
    code, said = imported(made, file)
    assert (code, said["captures"], len(said["damaged"])) == (3, 1, 1)
    assert "taken as far as it goes" in said["damaged"][0]
    plain = warc(as_crawled(pages)[2:3], packed=False)
    file.write_bytes(plain.replace("一、".encode(), "二、".encode(), 1))
    code, said = imported(made, file)
    assert (code, said["captures"]) == (3, 0)
    assert "another block digest than it says" in said["damaged"][0]


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def _odd(page: bytes) -> dict[str, tuple[bytes, str]]:
    """Archives that say of a page what cannot be so, and why it is not taken."""
    whole, half = _HEAD + b"\r\n" + page, len(page) // 2
    other = ("WARC-Payload-Digest", "sha1:" + "A" * 32)
    short = _HEAD + b"Content-Length: %d\r\n\r\n" % len(page) + page[:half]
    in_chunks = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    cut, stopped = chunked(page)[:-90], chunked(page).removesuffix(b"0\r\n\r\n")
    first = record("response", REPORT, FIRST, whole[:half], ("WARC-Segment-Number", "1"))
    rest = record("continuation", REPORT, FIRST, whole[half:], ("WARC-Segment-Number", "2"), number=2)
    arc = b"filedesc://x.arc 0.0.0.0 20220301000000 text/plain 76\n1 0 InternetArchive\n\n"
    return {
        "another_payload.warc": (
            record("response", REPORT, FIRST, whole, other),
            "WARC-Payload-Digest names",
        ),
        "short.warc": (record("response", REPORT, FIRST, short), "cut it off"),
        "cut_in_a_chunk.warc": (record("response", REPORT, FIRST, in_chunks + cut), "cut it off"),
        "stopped_between_chunks.warc": (record("response", REPORT, FIRST, in_chunks + stopped), "cut it off"),
        "segments.warc": (first + rest, "several segments"),
        "future.warc": (
            record("response", REPORT, "2999-01-01T00:00:00Z", whole),
            "2999-01-01, which cannot be",
        ),
        "old.warc": (
            record("response", REPORT, "1970-01-01T00:00:00Z", whole),
            "1970-01-01, which cannot be",
        ),
        "text.warc": (record("conversion", REPORT, FIRST, page), "it holds no capture"),
        "x.arc": (arc + page, "it is an ARC file"),
    }


@pytest.mark.parametrize("name", list(_odd(b"")))
def test_what_an_archive_cannot_rightly_say_is_told_and_not_taken(
    made: Any, pages: dict[int, bytes], tmp_path: Path, name: str
) -> None:
    content, why = _odd(pages[2019])[name]
    (tmp_path / name).write_bytes(content)
    code, said = imported(made, tmp_path / name)
    assert (code, said["captures"]) == (3, 0)
    assert why in json.dumps([said["damaged"], said["aside"]], ensure_ascii=False)


def test_a_request_that_its_response_names_comes_with_it_and_a_redirect_without_a_body_is_no_loss(
    made: Any, pages: dict[int, bytes], tmp_path: Path
) -> None:
    asked = b"GET /art HTTP/1.1\r\nHost: h\r\n\r\n"
    beside = ("WARC-Concurrent-To", "<urn:uuid:00000000-0000-4000-8000-000000000007>")
    moved = b"HTTP/1.1 302 Found\r\nLocation: " + REPORT.encode() + b"\r\n\r\n"
    file = tmp_path / "crawl.warc"
    file.write_bytes(
        record("response", f"{HOST}/old.html", FIRST, moved, number=3)
        + record("response", REPORT, FIRST, _HEAD + b"\r\n" + pages[2019], beside)
        + record("request", REPORT, FIRST, asked, number=7)
    )
    code, said = imported(made, file)
    assert (code, said["captures"], said["left_aside"]) == (0, 1, {"moved": 1})
    (request,) = records(made, "request")
    assert request.http_start == "GET /art HTTP/1.1"


def test_a_web_archive_beside_the_archive_folder_of_a_wacz_is_read_too(
    made: Any, pages: dict[int, bytes], tmp_path: Path
) -> None:
    file = wacz(tmp_path / "crawl.wacz", warc(as_crawled(pages)[:1]))
    with ZipFile(file, "a") as package:
        package.writestr("more/b.warc.gz", warc(as_crawled(pages)[2:3]))
    code, said = imported(made, file)
    assert (code, said["captures"]) == (0, 2)


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("empty.html", b"", 3, "it is empty"),
        (
            "notice.html",
            "<html><body><h1>通知</h1><p>明天放假。</p></body></html>".encode(),
            3,
            "no annual report",
        ),
        ("no.wacz", b"PK\x05\x06" + bytes(18), 3, "it is called .wacz and is none"),
        ("no.warc.gz", b"something", 3, "it is called .warc and is none"),
        ("junk.bin", bytes(range(256)), 3, "not readable"),
    ],
)
def test_what_is_no_report_is_left_aside_with_the_reason_and_nothing_is_added(
    made: Any, tmp_path: Path, name: str, content: bytes, code: int, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = made.here("import", str(tmp_path / name))
    assert done.returncode == code
    assert said in done.stdout
    assert "Nothing was added" in done.stdout
    assert not (made.data / "archive").exists()


def test_a_path_that_is_not_there_is_refused_before_anything_is_taken(
    made: Any, pages: dict[int, bytes], tmp_path: Path
) -> None:
    (tmp_path / "2018.html").write_bytes(pages[2018])
    done = made.here("import", str(tmp_path / "2018.html"), str(tmp_path / "missing.html"))
    assert (done.returncode, "missing.html does not exist" in done.stderr) == (2, True)
    assert not (made.data / "archive").exists()


# Kills the import at the n-th call of something, before or after it is done.
DIES = """
import os, sys
from archive.warc import WarcWriter
from gxstore import evidence, readings
import crawler.import_run as import_run
def dies(owner, name, number, after):
    kept, calls = getattr(owner, name), []
    def replaced(*arguments, **named):
        calls.append(1)
        if len(calls) == number and not after:
            os.kill(os.getpid(), 9)
        done = kept(*arguments, **named)
        if len(calls) == number:
            os.kill(os.getpid(), 9)
        return done
    setattr(owner, name, replaced)
"""
SOAK = pytest.mark.soak


@pytest.mark.parametrize(
    "death",
    [
        "evidence, 'add_showing', 1, False",
        "WarcWriter, '_put', 1, True",  # the archive has a warcinfo record alone
        "WarcWriter, 'write_found', 2, True",
        pytest.param("WarcWriter, '_put', 1, False", marks=SOAK),
        pytest.param("WarcWriter, '_put', 2, True", marks=SOAK),
        pytest.param("WarcWriter, 'write_found', 1, False", marks=SOAK),
        pytest.param("WarcWriter, 'write_metadata', 1, True", marks=SOAK),
        pytest.param("evidence, 'add_capture', 2, True", marks=SOAK),
        pytest.param("readings, 'keep', 2, False", marks=SOAK),
        pytest.param("import_run, 'read_pages', 1, False", marks=SOAK),
        pytest.param("import_run, 'compare_reports', 1, False", marks=SOAK),
        pytest.param("WarcWriter, 'write_statement', 2, True", marks=SOAK),
        pytest.param("WarcWriter, 'write_statement', 3, True", marks=SOAK),
    ],
)
def test_an_import_that_is_killed_takes_the_rest_the_next_time_and_a_rebuild_says_the_same(
    made: Any, pages: dict[int, bytes], tmp_path: Path, new_store: Callable[..., str], death: str
) -> None:
    file = tmp_path / "crawl.warc.gz"
    file.write_bytes(warc(as_crawled(pages)))
    words = f"sys.argv = ['gxcrawl', 'import', {str(file)!r}]\nfrom crawler.cli import main\nmain()"
    assert made.python(f"{DIES}\ndies({death})\n{words}").returncode == -signal.SIGKILL
    code, said = imported(made, file)
    assert (code, said["captures"] + said["known"] >= 3) == (0, True)
    assert made.rows("SELECT count(*) FROM capture WHERE verdict = 'ok'") == [(3,)]
    assert made.rows("SELECT count(*) FROM showing") == [(3,)]
    assert made.rows("SELECT count(*) FROM report") == [(2,)]
    assert made.rows("SELECT count(*) FROM run WHERE finished IS NULL") == [(0,)]
    before = everything(made)
    code, said = imported(made, file)
    assert (code, said["captures"], said["known"], everything(made) == before) == (0, 0, 3, True)
    verified = made.here("verify", "--reread", "100")
    assert verified.returncode == 0, verified.stdout
    store = made.store or f"sqlite:///{made.data / 'store.db'}"
    again = f"sqlite:///{made.data / 'store-rebuilt.db'}"
    if made.store:
        again = new_store("postgresql", tmp_path, empty=True)
    rebuilt = (replace(made, store=again) if made.store else made).here("db", "rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert differences(store, again) == []
