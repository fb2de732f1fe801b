"""Exports of the archive: the same bytes each time, with all that they refer to, accepted and replayed by others."""

import contextlib
import gzip
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from archive.index import index_of
from archive.posted import posted_query
from archive.reader import iter_records
from archive.surt import surt
from crawler.replica.server import Replica
from tests import browser


def picture(colour: browser.Colour) -> bytes:
    """A PNG of one colour."""
    file = BytesIO()
    Image.new("RGB", (12, 6), colour).save(file, "PNG")
    return file.getvalue()


# What a page needs to be shown, each with a colour of its own: the style sheet, the script, the picture.
RED, GREEN, BLUE = (221, 0, 17), (17, 170, 0), (0, 34, 204)
STYLE = b".header { background: #dd0011 } .logo img { width: 120px; height: 60px }"
SCRIPT = (
    b"addEventListener('DOMContentLoaded', function () { var box = document.querySelector('.menu');"
    b"box.style.background = '#11aa00'; document.body.setAttribute('data-logo', box.innerText.length); });"
)
NEEDED = {
    "http://www.weishan.gov.cn/images/gl.css": ("text/css", STYLE),
    "http://www.weishan.gov.cn/images/jquery.min.js": ("text/javascript", SCRIPT),
    "http://www.weishan.gov.cn/images/logo.png": ("image/png", picture(BLUE)),
}
TOOLS = Path(".venv-tools/bin").resolve()


def tool(name: str) -> Path:
    """A program of others; `make test` installs them, with their hashes."""
    path = TOOLS / name
    assert path.exists(), f"{name} is not installed: type make tools"
    return path


def accepted(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@dataclass(frozen=True)
class Held:
    """A site harvested twice, and where it lies."""

    made: Any
    exports: Path
    report: str

    @property
    def archive(self) -> Path:
        folder: Path = self.made.data / "archive"
        return folder

    def export(self, *words: str) -> Path:
        """Export in one form (the first word, `--wacz` or `--bagit`) and return where to."""
        form, *rest = words
        target = self.exports / f"{len(list(self.exports.iterdir()))}{'.wacz' if form == '--wacz' else ''}"
        done = self.made.here("archive", "export", form, str(target), *rest)
        assert done.returncode == 0, done.stderr
        return target


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, harvester: Any) -> Held:
    folder = tmp_path_factory.mktemp("export")
    (folder / "exports").mkdir()
    sites = folder / "config" / "sites"
    sites.mkdir(parents=True)
    for site in ("shandong", "henan"):
        shutil.copy(f"config/sites/{site}.toml", sites)
    with Replica("shandong") as replica:
        replica.tell_apart("strong")
        for url, (media_type, body) in NEEDED.items():
            replica.serve(url, body, headers=[("Content-Type", media_type)])
        made = harvester(folder / "data", replica.proxy_url, "shandong", sites.parent)
        made.run()
        made.run()
        report = replica.url_of("sd-weishan-sfj", 2018)
    return Held(made, folder / "exports", report)


@pytest.fixture(scope="module")
def second_run(held: Held) -> Path:
    """The WACZ file of the second run, whose captures are revisits of the first one's."""
    return held.export("--wacz", "--run", "2")


def unpacked(wacz: Path, folder: Path) -> Path:
    with ZipFile(wacz) as package:
        package.extractall(folder)
    return folder


def test_the_same_selection_gives_the_same_bytes(held: Held, second_run: Path) -> None:
    assert held.export("--wacz", "--run", "2").read_bytes() == second_run.read_bytes()
    one, two = (held.export("--bagit", "--agency", "微山县司法局") for _ in range(2))
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert [(one / path).read_bytes() for path in files] == [(two / path).read_bytes() for path in files]
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())


def test_a_whole_site_is_the_archives_files_as_they_are(held: Held, tmp_path: Path) -> None:
    folder = unpacked(held.export("--wacz", "--site", "shandong"), tmp_path)
    there = {path.name: path.read_bytes() for path in held.archive.glob("*.warc.gz")}
    assert {path.name: path.read_bytes() for path in (folder / "archive").iterdir()} == there


def test_an_export_holds_the_originals_that_its_revisits_refer_to(second_run: Path, tmp_path: Path) -> None:
    records = [
        record
        for path in sorted((unpacked(second_run, tmp_path) / "archive").iterdir())
        for record in iter_records(path)
    ]
    originals = {record.record_id for record in records if record.type == "response"}
    referred = {
        record.headers["warc-refers-to"].strip("<>") for record in records if record.type == "revisit"
    }
    assert referred
    assert referred <= originals


def test_an_agencys_export_is_its_reports_with_request_verdict_and_text_and_nothing_else(held: Held) -> None:
    bag = held.export("--bagit", "--agency", "sd-weishan-sfj")
    files = sorted((bag / "data" / "archive").glob("*.warc.gz"))
    assert all(path.name.endswith("-excerpt.warc.gz") for path in files)
    accepted(Path(os.sys.executable).with_name("warcio"), "check", *files)  # type: ignore[attr-defined]
    records = [record for path in files for record in iter_records(path)]
    captures = {record.record_id: record for record in records if record.type in ("response", "revisit")}
    documents = {url for (url,) in held.made.rows("SELECT url FROM document_url")}
    assert {record.url for record in captures.values()} == documents | NEEDED.keys()
    for kind in ("request", "metadata"):
        beside = {
            r.headers["warc-concurrent-to"].strip("<>")
            for r in records
            if r.type == kind and "warc-concurrent-to" in r.headers
        }
        assert beside == set(captures)
    texts = {record.record_id for record in records if record.type == "conversion"}
    assert texts == {known for (known,) in held.made.rows("SELECT conversion_record_id FROM version")}
    for path in files:
        assert path.with_name(path.name + ".cdxj").read_text("utf-8") == index_of(path, path.name)


def test_an_export_of_what_is_damaged_is_refused_and_leaves_nothing(
    held: Held, tmp_path: Path, harvester: Any
) -> None:
    shutil.copytree(held.made.data, tmp_path / "data")
    made = harvester(tmp_path / "data", "", "shandong", held.made.config)
    path = sorted((tmp_path / "data" / "archive").glob("*.warc.gz"))[0]
    whole = path.read_bytes()
    offset = next(record.offset for record in iter_records(path) if record.url == held.report)
    for damaged in (whole[:offset] + whole[offset + 3000 :], None):
        if damaged is None:
            path.unlink()
        else:
            path.write_bytes(damaged)
        for words in (("--wacz", "out.wacz"), ("--bagit", "bag")):
            target = tmp_path / words[1]
            done = made.here("archive", "export", words[0], str(target), "--run", "2")
            assert (done.returncode, "gxcrawl verify" in done.stderr) == (1, True), done.stderr
            assert "Traceback" not in done.stderr
    assert sorted(found.name for found in tmp_path.iterdir()) == ["data"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "--wacz FILE or --bagit FOLDER"),
        (("--wacz", "x.wacz", "--bagit", "x"), 2, "--wacz FILE or --bagit FOLDER"),
        (("--wacz", "x.wacz"), 2, "--site NAME, --agency NAME or --run NUMBER"),
        (("--wacz", "x.wacz", "--run", "9"), 2, "There is no run 9"),
        (("--wacz", "x.wacz", "--agency", "谁"), 2, "谁"),
        (("--wacz", "x.wacz", "--site", "henan"), 1, "Nothing of"),
        (("--wacz", ".", "--run", "1"), 1, "is there already"),
        (("--wacz", "/proc/x.wacz", "--run", "1"), 1, "cannot be written"),
    ],
)
def test_a_wish_that_cannot_be_met_is_said_so(
    held: Held, words: tuple[str, ...], code: int, said: str
) -> None:
    done = held.made.here("archive", "export", *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert not Path("x.wacz").exists()


def test_a_lost_index_is_made_anew(held: Held, tmp_path: Path, harvester: Any) -> None:
    shutil.copytree(held.made.data, tmp_path / "data")
    made = harvester(tmp_path / "data", "", "shandong", held.made.config)
    one, two = sorted((tmp_path / "data" / "archive").glob("*.cdxj"))
    right = one.read_bytes(), two.read_bytes()
    one.unlink()
    two.write_bytes(right[1][:-9])
    told = json.loads(made.here("verify", "--reread", "0", "--json").stdout)["damages"]
    assert [damage["kind"] for damage in told] == ["index_missing", "index_wrong"]
    done = made.here("archive", "index")
    assert (done.returncode, done.stdout.count("indexed: ")) == (0, 2)
    assert (one.read_bytes(), two.read_bytes()) == right
    assert made.here("archive", "index").stdout.count("indexed: ") == 0


# ---- what others say of it


def test_our_index_is_the_one_that_cdxj_indexer_writes(held: Held) -> None:
    files = sorted(held.archive.glob("*.warc.gz"))
    theirs = accepted(tool("cdxj-indexer"), "--sort", *files)
    ours = "".join(path.with_name(path.name + ".cdxj").read_text("utf-8") for path in files)
    assert sorted(theirs.splitlines()) == sorted(ours.splitlines())


HARD_URLS = """
import sys, json, random, surt
chance = random.Random(3)
urls = ["http://a.cn", "http://a.cn/?", "http://A.CN:80/%7Efoo/%25%32%35?x=%E4%B8%AD", "http://中国.cn/x", "http://a.cn/../x",
        "http://www2.a.cn/x?jsessionid=0123456789abcdef0123456789abcdef&z=1", "http://a.cn/x?z=1&b", "http://u:p@a.cn:81/",
        "http://a.cn/a//b/../c/./d/", "http://a.cn/中文/年报?标题=公开", "http://a.cn/x?a=1&a=0&", "https://a.cn:443/"]
letters, marks = "aB/.-_%20é年;=()+~!*',@:$|", "ab=&?%/年+C1"
for _ in range(3000):
    path = "".join(chance.choice(letters) for _ in range(chance.randrange(12)))
    query = "?" + "".join(chance.choice(marks) for _ in range(chance.randrange(9))) if chance.random() < .6 else ""
    port, host = chance.choice(["", ":80", ":443", ":99"]), chance.choice(["www.", "", "www3.", "WWW."])
    urls.append(f"http{chance.choice(['', 's'])}://{host}a.gov.cn{port}/{path}{query}")
json.dump([[url, surt.surt(url)] for url in urls], sys.stdout)
"""


def test_our_keys_are_those_of_the_replay_tools() -> None:
    pairs = json.loads(accepted(tool("python"), "-c", HARD_URLS))
    assert len(pairs) > 3000
    assert [(url, surt(url)) for url, _ in pairs] == [tuple(pair) for pair in pairs]


def test_wacz_validates_what_is_exported(held: Held, second_run: Path) -> None:
    for wacz in (second_run, held.export("--wacz", "--agency", "sd-weishan-sfj")):
        assert "is valid" in accepted(tool("wacz"), "validate", "-f", wacz)


def test_bagit_validates_a_bag_and_misses_a_changed_byte(held: Held) -> None:
    bag = held.export("--bagit", "--site", "shandong")
    accepted(tool("bagit.py"), "--validate", bag)
    oxum = re.search(r"Payload-Oxum: (\d+)\.(\d+)", (bag / "bag-info.txt").read_text())
    files = list((bag / "data").rglob("*.*"))
    assert oxum is not None
    assert (int(oxum[1]), int(oxum[2])) == (sum(path.stat().st_size for path in files), len(files))
    content = files[0].read_bytes()
    files[0].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    done = subprocess.run([tool("bagit.py"), "--validate", bag], capture_output=True, check=False)
    assert done.returncode != 0


@dataclass(frozen=True)
class Replaying:
    """pywb at work: the address of its collection, and what it says of each request."""

    address: str
    log: Path


@contextlib.contextmanager
def replaying(wacz: Path, folder: Path) -> Iterator[Replaying]:
    """Have pywb serve a WACZ file."""
    run = {"cwd": folder, "capture_output": True, "check": True}
    subprocess.run([tool("wb-manager"), "init", "held"], **run)  # type: ignore[call-overload]
    subprocess.run([tool("wb-manager"), "add", "--unpack-wacz", "held", wacz], **run)  # type: ignore[call-overload]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(tool("wayback")), "-b", "127.0.0.1", "-p", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(f"{address}/held/"):
                break
            time.sleep(0.2)
        yield Replaying(f"{address}/held", folder / "log")
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def replayed(second_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replaying]:
    """pywb, serving the WACZ file of the second run."""
    with replaying(second_run, tmp_path_factory.mktemp("pywb")) as served:
        yield served


def fetched(url: str, sent: bytes | None = None, media_type: str = "") -> bytes:
    asked = urllib.request.Request(url, sent, {"Content-Type": media_type} if sent is not None else {})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked) as reply:
        body: bytes = reply.read()
    return body


def test_pywb_replays_a_report_of_the_second_run_from_the_first_ones_bytes(
    held: Held, replayed: Replaying
) -> None:
    """The list was served once more, byte for byte; of the report the portal said that it has not changed."""
    (moment, digest), *_ = held.made.rows(
        f"SELECT fetched_at, payload_sha256 FROM capture WHERE url = '{held.report}' AND status = 304"
    )
    stamp = re.sub(r"\D", "", moment)[:14]
    as_served = fetched(f"{replayed.address}/{stamp}id_/{held.report}")
    assert digest == hashlib.sha256(as_served).hexdigest() or "微山县司法局".encode() in as_served
    rewritten = fetched(f"{replayed.address}/{stamp}mp_/{held.report}").decode()
    assert "政府信息公开" in rewritten
    assert (
        f"{replayed.address.rpartition('/')[0]}/held/" in rewritten
    )  # links lead into the replay, not to the portal


def test_an_excerpt_says_how_its_run_began_and_ended_and_not_what_it_listed_of_others(held: Held) -> None:
    bag = held.export("--bagit", "--agency", "sd-weishan-sfj")
    stated = [
        record.fields()["gxcrawl"]
        for path in sorted((bag / "data" / "archive").glob("*.warc.gz"))
        for record in iter_records(path)
        if record.type == "metadata" and "gxcrawl" in record.fields()
    ]
    assert set(stated) == {"run begun", "run ended"}


def test_a_browser_sees_the_replayed_page_with_style_script_and_picture_and_not_its_wreckage(
    held: Held, replayed: Replaying, tmp_path: Path
) -> None:
    (moment,), *_ = held.made.rows(
        f"SELECT fetched_at FROM capture WHERE url = '{held.report}' ORDER BY id DESC"
    )
    page = f"{replayed.address}/{re.sub(chr(92) + 'D', '', str(moment))[:14]}mp_/{held.report}"
    seen = browser.colours(page, tmp_path)
    assert seen.get(BLUE, 0) == 120 * 60, "the picture does not stand in its place and size"
    assert seen.get(RED, 0) > 10_000, "the style sheet does not colour the head"
    assert seen.get(GREEN, 0) > 5_000, "the script has not run"
    for url in NEEDED:
        asked = [line for line in replayed.log.read_text().splitlines() if f"_/{url} " in line]
        assert asked
        assert all('HTTP/1.1" 200 ' in line for line in asked), asked


def test_pywb_replays_each_page_of_a_list_that_was_asked_for_by_post(tmp_path: Path, harvester: Any) -> None:
    """Two bodies have their lists at one URL. In the second run both lists give the same bytes, so that one reply is a
    revisit of what was sent for something else."""
    searched = "https://www.pingtan.gov.cn/fjdzapp/search"
    with Replica("fujian") as replica:
        made = harvester(tmp_path / "data", replica.proxy_url, "fujian")
        made.run()
        replica.serve(searched, b'{"total": 0, "datas": []}', headers=[("Content-Type", "application/json")])
        made.run()
    wacz = tmp_path / "fujian.wacz"
    assert made.here("archive", "export", "--wacz", str(wacz), "--site", "fujian").returncode == 0
    assert "is valid" in accepted(tool("wacz"), "validate", "-f", wacz)
    files = sorted((tmp_path / "data" / "archive").glob("*.warc.gz"))
    records = {record.record_id: record for path in files for record in iter_records(path)}
    asked = [r for r in records.values() if r.type == "request" and (r.http_start or "").startswith("POST ")]
    assert len(asked) == 4
    replies = [records[request.headers["warc-concurrent-to"].strip("<>")] for request in asked]
    assert [reply.type for reply in replies] == ["response", "response", "response", "revisit"]
    theirs = accepted(tool("cdxj-indexer"), "--sort", "--post-append", *files).splitlines()
    with ZipFile(wacz) as package:
        ours = gzip.decompress(package.read("indexes/index.cdx.gz")).decode().splitlines()
    posted = [[line for line in lines if "__wb_method=post" in line] for lines in (ours, theirs)]
    assert [len(lines) for lines in posted] == [4, 3], "theirs takes no notice of what was sent for a revisit"
    assert set(posted[1]) < set(posted[0])
    (tmp_path / "pywb").mkdir()
    with replaying(wacz, tmp_path / "pywb") as served:
        for request, reply in zip(asked, replies, strict=True):
            stamp = re.sub(r"\D", "", reply.headers["warc-date"])[:14]
            whole = records[reply.headers.get("warc-refers-to", reply.record_id).strip("<>")].decoded()
            kind = request.http_header("content-type") or ""
            assert fetched(f"{served.address}/{stamp}id_/{searched}", request.body, kind) == whole


POSTED = """
import json, random, sys
from io import BytesIO
from pywb.warcserver.inputrequest import MethodQueryCanonicalizer
chance = random.Random(5)
form, text = "application/x-www-form-urlencoded; charset=UTF-8", "application/json;charset=UTF-8"
values = ["年报", "a b", 7, 2.0, 2.5, True, False, None, "", {"x": 1, "年": ["a", {"x": 3}]}, [1, 2, {"y": None}], [], {}]
cases = [(form, "a=1&b=%E5%B9%B4+x&c="), (form, "title=年报&page=1"), (form, "x" * 5000), (text, "not json"), (text, "[1, 2]"),
         ("text/xml", "<a/>"), ("", "a=1"), (form, "")]
for _ in range(200):
    fields = {chance.choice("abc"): chance.choice(values) for _ in range(4)}
    cases.append((text, json.dumps({**fields, "d": fields}, ensure_ascii=chance.random() < .5)))
bodies = [(kind, body.encode()) for kind, body in cases] + [(form, "标题=年报".encode("gb18030"))]
told = []
for kind, body in bodies:
    query = MethodQueryCanonicalizer("POST", kind, len(body), BytesIO(body)).query or ""
    told.append([kind, body.hex(), query if isinstance(query, str) else query.decode()])
json.dump(told, sys.stdout)
"""


def test_what_was_sent_is_told_as_the_replay_tools_tell_it() -> None:
    done = subprocess.run([tool("python"), "-c", POSTED], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert len(told) > 200
    for kind, body, query in told:
        assert (kind, body, posted_query(kind, bytes.fromhex(body))) == (kind, body, query)
