"""Reading in a process that may die: the same document as in this process, and a sentence for whatever goes wrong."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.text.confined import Confined, Limits, forget_recognised
from archive.text.document import Cell, Document, Heading, Link, Paragraph, Picture, Place, Table
from archive.text.extract import extract
from archive.text.refusal import GivenUp, NotReadable
from archive.text.wire import Garbled, from_bytes, to_bytes
from tests.scanned import Scanner, drawn

PAGE = (
    "<html><body><div id=zoom><h1>海原县水务局2021年年度报告</h1><p>全年公开12件。</p>"
    "<table><tr><td>a<td rowspan=2>7</table></div></body></html>"
)
# Readers that do what a hostile file makes a library do. They stand in a module of their own on the path.
FAULTY = """
import ctypes, os, subprocess, sys, time
from archive.text.document import Document, Paragraph
from archive.text.refusal import NotReadable
held = []
def read(data):
    what, _, rest = data[5:].partition(b" ")
    print("noise among the answers", flush=True)
    if what == b"crash":
        ctypes.string_at(0)
    if what == b"exit":
        os._exit(7)
    if what == b"loop":
        while True: pass
    if what == b"sleep":
        time.sleep(600)
    if what == b"eat":
        held.append(bytearray(10_000_000_000))
    if what == b"hoard":
        held.append(bytearray(int(rest)))
    if what == b"long":
        return Document((Paragraph("x" * 3_000_000),), "application/pdf", None, "faulty", "1")
    if what == b"raise":
        raise KeyError("Pages")
    if what == b"refuse":
        raise NotReadable("It is encrypted.")
    if what == b"office":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open(rest.decode(), "w").write(str(child.pid))
        open(os.path.join(os.environ["TMPDIR"], "left"), "w").write("x")
        open(rest.decode() + ".folder", "w").write(os.environ["TMPDIR"])
        time.sleep(600)
    if what == b"environment":
        return Document((Paragraph(" ".join(sorted(os.environ))),), "application/pdf", None, "faulty", "1")
    return Document((Paragraph(str(os.getpid())),), "application/pdf", None, "faulty", "1")
"""


def _pdf(what: str) -> bytes:
    return b"%PDF-" + what.encode()


@pytest.fixture
def confined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Confined]]:
    """Makes a `Confined` whose PDF reader is the faulty one."""
    (tmp_path / "faulty.py").write_text(FAULTY)
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'archive.text.worker' in sys.orig_argv:\n"
        "    import archive.text.extract as e\n"
        "    e.READERS = {**e.READERS, 'application/pdf': 'faulty:read'}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with contextlib.ExitStack() as stack:
        yield lambda **limits: stack.enter_context(Confined(Limits(**limits)))


def _gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has reaped yet has ended too."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def _wait_for(path: Path) -> str:
    for _ in range(400):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f"{path.name} was not written")


def test_the_document_is_the_same_as_read_in_this_process() -> None:
    with Confined() as reader:
        there, here = reader.extract(PAGE.encode()), extract(PAGE.encode())
        assert there == here
        assert there.digest == here.digest
        text = reader.extract("全年公开12件。".encode("gbk"), charset_hint="text/html; charset=gb2312")
        assert (text.charset, text.text()) == ("gb18030", "全年公开12件。\n")


def test_two_processes_take_the_same_text() -> None:
    digests = set()
    for _ in range(2):
        with Confined() as reader:
            digests.add(to_bytes(reader.extract(PAGE.encode())))
    assert len(digests) == 1


def test_a_document_comes_back_from_bytes_as_it_was() -> None:
    place = Place(3, 2, (1.5, 2.0, 30.25, 40.0))
    document = Document(
        (
            Heading("一、总体情况", 2, place),
            Paragraph("半个字\ud83d", Place(line=4)),
            Table(1, (Cell("7", 1, 1, 2, 3, place, 0.75), Cell("", 1, 4)), True, place),
            Picture("./W02.jpg", place),
            Picture(),
        ),
        "application/pdf",
        None,
        "x",
        "1",
        title="年报",
        meta={"发布日期": "2022-01-02"},
        links=(Link("a.pdf", "附件"),),
        remarks=("picture: ./W02.jpg",),
    )
    assert from_bytes(to_bytes(document)) == document


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"blocks":[["x"]]}', b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_document_are_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Garbled):
        from_bytes(data)


@pytest.mark.parametrize(
    ("what", "limits", "said"),
    [
        ("crash", {}, "died of SIGSEGV"),
        ("exit", {}, "with status 7"),
        ("loop", {"cpu": 1}, "more than 1 seconds of processor time"),
        ("sleep", {"time": 1}, "longer than 1 seconds"),
        ("eat", {}, "more than 2,000 MB of memory"),
        ("long", {"output": 1_000_000}, "more than any report"),
        ("raise", {}, "KeyError: 'Pages'"),
    ],
)
def test_what_a_file_does_to_its_reader_is_a_sentence(
    confined: Callable[..., Confined], what: str, limits: dict[str, int], said: str
) -> None:
    reader = confined(**limits)
    with pytest.raises(GivenUp) as trouble:
        reader.extract(_pdf(what))
    assert said in str(trouble.value)
    assert str(trouble.value).endswith(".")
    assert reader.extract(PAGE.encode()) == extract(PAGE.encode())  # and the next file is read


def test_a_refusal_stays_what_it_was(confined: Callable[..., Confined]) -> None:
    with pytest.raises(NotReadable, match="It is encrypted") as refusal:
        confined().extract(_pdf("refuse"))
    assert not isinstance(refusal.value, GivenUp)


def test_one_process_reads_its_share_and_is_replaced(confined: Callable[..., Confined]) -> None:
    reader = confined(files=3)
    pids = [reader.extract(_pdf("plain")).text() for _ in range(7)]
    assert [len(set(pids[i : i + 3])) for i in (0, 3, 6)] == [1, 1, 1]
    assert len(set(pids)) == 3


def test_what_becomes_of_a_file_does_not_depend_on_the_files_before_it(
    confined: Callable[..., Confined],
) -> None:
    reader = confined(memory=600_000_000)
    reader.extract(_pdf("hoard 300000000"))
    reader.extract(_pdf("hoard 300000000"))  # has room in a fresh process alone
    with pytest.raises(GivenUp, match="memory"):
        reader.extract(_pdf("hoard 900000000"))


def test_a_page_too_large_for_the_memory_allowed_is_given_up_and_never_empty() -> None:
    with Confined(Limits(memory=300_000_000)) as reader, pytest.raises(GivenUp, match="memory"):
        reader.extract(b"<html><body><div id=zoom>" + b"<p>abc</p>" * 1_500_000)


def test_a_page_is_read_where_the_system_allows_less_than_the_settings() -> None:
    reading = (
        "import resource, sys; from archive.text.confined import Confined, Limits\n"
        "for what, most in ((resource.RLIMIT_FSIZE, 500_000), (resource.RLIMIT_CPU, 60)):\n"
        "    resource.setrlimit(what, (most, most))\n"
        "with Confined(Limits()) as confined: print(confined.extract(sys.stdin.buffer.read()).text())"
    )
    done = subprocess.run(
        [sys.executable, "-c", reading], input=PAGE.encode(), capture_output=True, check=True
    )
    assert "全年公开12件" in done.stdout.decode()


def test_a_reader_killed_from_outside_is_replaced_and_the_file_read(
    confined: Callable[..., Confined],
) -> None:
    reader = confined()
    os.kill(int(reader.extract(_pdf("plain")).text()), signal.SIGKILL)
    assert reader.extract(PAGE.encode()) == extract(PAGE.encode())


def test_the_reader_gets_nothing_of_the_environment_that_it_does_not_need(
    confined: Callable[..., Confined], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GXCRAWL_PROXY", "http://user:secret@proxy.example:3128")
    names = confined().extract(_pdf("environment")).text().split()
    assert "PATH" in names
    assert not [name for name in names if "PROXY" in name.upper()]


def test_several_threads_share_one_reader(confined: Callable[..., Confined]) -> None:
    reader = confined()
    found: list[Document] = []
    threads = [threading.Thread(target=lambda: found.append(reader.extract(PAGE.encode()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [extract(PAGE.encode())] * 8


def test_a_program_started_by_a_reader_ends_with_it_and_its_folder_goes(
    confined: Callable[..., Confined], tmp_path: Path
) -> None:
    note = tmp_path / "office"
    with pytest.raises(GivenUp, match="longer than 2 seconds"):
        confined(time=2).extract(_pdf(f"office {note}"))
    assert _gone(int(note.read_text()))
    assert not Path(Path(f"{note}.folder").read_text()).exists()


def test_killing_the_program_leaves_no_process_behind(
    confined: Callable[..., Confined], tmp_path: Path
) -> None:
    note = tmp_path / "office"
    code = (
        "import sys; from archive.text.confined import Confined\n"
        "Confined().extract(b'%PDF-office ' + sys.argv[1].encode())"
    )
    program = subprocess.Popen([sys.executable, "-c", code, str(note)], env=dict(os.environ))
    child = int(_wait_for(note))
    folder = Path(_wait_for(Path(f"{note}.folder")))
    reader = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
    warden = int(Path(f"/proc/{reader}/stat").read_text().rpartition(")")[2].split()[1])
    program.kill()
    program.wait()
    assert _gone(child)
    assert _gone(reader)
    assert _gone(warden)
    assert not folder.exists()


def test_the_warden_loads_no_library_that_reads_files() -> None:
    code = "import json, sys, archive.text.worker; print(json.dumps(sorted(sys.modules)))"
    modules = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert not {"lxml", "lxml.etree", "archive.text.html", "archive.text.extract"} & set(modules)


def test_pages_that_cannot_be_read_are_reasons_of_the_run_and_leave_no_process(on: Any) -> None:
    made, _ = on("shandong")
    before = "import os; os.environ['GXCRAWL_READING_MEMORY'] = '35000000'\n"
    process = made.start(before=before)
    out, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    summary = json.loads(out)
    assert summary["outcome"] == "failed"
    assert summary["new"] == 0
    assert summary["failed"] > 0
    assert any("given_up" in reason for reason in summary["reasons"])
    assert made.rows("SELECT count(*) FROM capture WHERE verdict = 'ok'")[0][0] > 0  # the evidence is kept
    assert not _readers_of(process.pid)


def test_a_harvest_killed_leaves_no_reader_behind(on: Any) -> None:
    made, _ = on("shandong")
    process = made.start()
    readers: list[int] = []
    while process.poll() is None and not readers:
        readers = _readers_of(process.pid)
        time.sleep(0.01)
    assert readers
    process.kill()
    process.communicate()
    assert all(_gone(pid) for pid in readers)


def _readers_of(pid: int) -> list[int]:
    """The reading processes that a process has started."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if b"archive.text.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def test_a_scan_is_recognised_once_however_often_it_is_asked_for() -> None:
    data = Scanner().scan(
        drawn([["信息内容", "本年处理决定数量"], ["行政许可", "529"]], widths=(500, 500)), 2
    )
    forget_recognised()
    with Confined() as first, Confined() as second:
        found = first.extract(data)
        begun = time.monotonic()
        assert second.extract(data) is found
        assert time.monotonic() - begun < 0.1
    forget_recognised()
    with Confined() as third:
        again = third.extract(data)
    assert again == found
    assert again is not found
