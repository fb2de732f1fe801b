"""A store made anew of the archive is the store that the harvests made, in every row of every table."""

import json
import os
import signal
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.lock import site_lock
from crawler.replica.server import Replica
from tests.office_files import docx, p
from tests.postgresql import BACKENDS
from tests.stores import content, differences

Made = tuple[Any, Replica]


def store_of(made: Any) -> str:
    return made.store or f"sqlite:///{made.data / 'store.db'}"


def served(replica: Replica, url: str) -> bytes:
    """The body that the replica serves at a URL."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replica.proxy_url}))
    with opener.open(url) as reply:
        body: bytes = reply.read()
    return body


def remove(url: str) -> None:
    """Take a rebuilt store away."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink()


def rebuilt(
    made: Any, new_store: Callable[..., str], backend: str, tmp_path: Path
) -> tuple[str, dict[str, Any]]:
    """A store made anew of what the harvests archived, and what the command said."""
    if backend == "sqlite":
        done = made.command("db", "rebuild", "--json")
        url = f"sqlite:///{made.data / 'store-rebuilt.db'}"
    else:
        url = new_store(backend, tmp_path, empty=True)
        done = replace(made, store=url).command("db", "rebuild", "--json")
    assert done.stdout, done.stderr
    return url, json.loads(done.stdout)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_several_harvests_saw_is_made_anew_of_the_archive_in_every_row(
    on: Callable[..., Made], new_store: Callable[..., str], backend: str, tmp_path: Path
) -> None:
    made, replica = on("shandong")
    with_file, moving = replica.url_of("sd-weishan-sfj", 2018), replica.url_of("sd-weishan-sfj", 2019)
    page = served(replica, with_file)
    replica.serve(with_file, page.replace(b"</p>", b'<a href="/files/copy.docx">copy</a></p>', 1))
    copy = docx(
        p("微山县司法局2019年政府信息公开工作年度报告") + p("一、总体情况") + p("2019年，共公开信息77条。")
    )
    replica.serve("http://www.weishan.gov.cn/files/copy.docx", copy)
    made.run()
    replica.edit("sd-weishan-sfj", 2019, "ar.t3.new_received.natural_person", "7")
    made.run()
    replica.restore()  # A, B, A, and the file that was attached is linked no more
    made.run()
    other = "http://www.weishan.gov.cn/art/2020/1/20/art_1_99.html"
    replica.serve(other, served(replica, moving))
    replica.serve(moving, b"", status=301, headers=[("Location", other)])
    replica.remove(with_file)
    made.run()
    replica.restore()
    made.run(year=2019)
    replica.remove(with_file)
    replica.serve(with_file, b"<html><body><h1>404 Not Found</h1></body></html>", status=404)
    made.run()
    before = content(store_of(made))
    assert any(row["gone_since"] for row in before["document"])
    assert {row["kind"] for row in before["document"]} == {"report", "attachment"}
    assert len({row["number"] for row in before["version"]}) == 2
    assert len(before["document_url"]) == len(before["document"])
    again, said = rebuilt(made, new_store, backend, tmp_path)
    assert said["troubles"] == []
    assert differences(store_of(made), again) == []


DIES = """
import os
from archive.warc import WarcWriter
from gxstore import evidence
def dies(owner, name, number, told=lambda *_: True, after=False):
    kept, seen = getattr(owner, name), []
    def replaced(*arguments, **named):
        now = told(*arguments) and (seen.append(1) or len(seen) == number)
        if now and not after:
            os.kill(os.getpid(), 9)
        done = kept(*arguments, **named)
        if now:
            os.kill(os.getpid(), 9)
        return done
    setattr(owner, name, replaced)
def shows(writer, of, fields):
    return "shown" in fields
"""
DEATHS = {
    "the run is in the store alone": 'dies(WarcWriter, "write_statement", 1)',
    "a capture has no verdict": 'dies(WarcWriter, "write_metadata", 7)',
    "a verdict is not in the store": 'dies(evidence, "add_capture", 5)',
    "it is not known what a revisit shows": 'dies(evidence, "see_document", 1)',
    "a text is told, and not what showed it": 'dies(WarcWriter, "write_metadata", 1, shows)',
    "what a capture showed is told and not in the store": 'dies(WarcWriter, "write_metadata", 1, shows, after=True)',
    "the ledger is told and not the end": 'dies(WarcWriter, "write_statement", 2, after=True)',
    "the end is told and not in the store": 'dies(WarcWriter, "write_statement", 3, after=True)',
}


@pytest.mark.parametrize(
    "death",
    [
        "what a capture showed is told and not in the store",
        "it is not known what a revisit shows",
        *(
            pytest.param(death, marks=pytest.mark.soak)
            for death in DEATHS
            if "showed is" not in death and "revisit" not in death
        ),
    ],
)
def test_a_harvest_that_dies_between_two_writes_is_gone_on_with_as_the_archive_tells_it(
    on: Callable[..., Made], new_store: Callable[..., str], backend: str, tmp_path: Path, death: str
) -> None:
    made, replica = on("shandong")
    made.first()
    replica.edit("sd-weishan-sfj", 2019, "ar.t3.new_received.natural_person", "7")
    process = made.start(before=DIES + DEATHS[death] + "\n")
    _, errors = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, errors
    again, said = rebuilt(made, new_store, backend, tmp_path)
    assert said["troubles"] == []
    assert made.run()["outcome"] == "ok"
    remove(again)
    again, said = rebuilt(made, new_store, backend, tmp_path)
    assert said["troubles"] == []
    assert differences(store_of(made), again) == []
    verified = made.command("verify")
    assert verified.returncode == 0, verified.stdout


# Writes as a gxcrawl did that told the archive verdicts alone.
SILENT = """
from archive.warc import WarcWriter
kept = WarcWriter.write_metadata
WarcWriter.write_statement = lambda *_, **__: None
def write_metadata(writer, of, fields, **named):
    return None if "shown" in fields else kept(writer, of, fields, **named)
WarcWriter.write_metadata = write_metadata
"""
SHOWN = (
    "SELECT capture.record_id, document.kind, version.number, version.text_sha256 FROM capture"
    " JOIN showing ON capture.id = capture_id JOIN document ON document.id = showing.document_id"
    " LEFT JOIN version ON version.id = version_id WHERE run_id = 2 ORDER BY 1"
)


def test_a_run_that_told_the_archive_less_is_named_and_takes_nothing_from_the_runs_after_it(
    on: Callable[..., Made], new_store: Callable[..., str], backend: str, tmp_path: Path
) -> None:
    made, _ = on("shandong")
    made.run(before=SILENT)
    assert made.run()["unchanged"] == 5
    again, said = rebuilt(made, new_store, backend, tmp_path)
    (trouble,) = said["troubles"]
    assert trouble.startswith("run 1 of shandong: its archive was written by a gxcrawl that did not tell")
    old, new = content(store_of(made)), content(again)
    assert [row["record_id"] for row in old["capture"]] == [row["record_id"] for row in new["capture"]]
    assert [row["verdict"] for row in old["capture"]] == [row["verdict"] for row in new["capture"]]
    there = replace(made, store=again)
    assert there.rows(SHOWN) == made.rows(SHOWN) != []
    cells = "SELECT count(*) FROM value JOIN reading ON reading.id = reading_id"
    assert there.rows(cells) == made.rows(cells)
    assert new["run"][0]["outcome"] == "failed"
    assert there.rows("SELECT count(*) FROM report") == made.rows("SELECT count(*) FROM report")


def test_a_store_is_never_made_over_another_and_only_of_an_archive(
    on: Callable[..., Made], backend: str, tmp_path: Path
) -> None:
    made, _ = on("shandong")
    nothing = made.here("db", "rebuild", "--from", str(tmp_path / "missing"))
    assert (nothing.returncode, "There is no folder" in nothing.stderr) == (2, True)
    (tmp_path / "empty").mkdir()
    empty = made.command("db", "rebuild", "--from", str(tmp_path / "empty"))
    assert (empty.returncode, "no store can be made of it" in empty.stderr) == (1, True)
    made.run()
    before = made.rows("SELECT * FROM capture")
    if backend == "sqlite":
        assert made.here("db", "rebuild").returncode == 0
    second = made.command("db", "rebuild")
    assert (second.returncode, "Nothing was changed" in second.stderr) == (1, True)
    assert made.rows("SELECT * FROM capture") == before


def test_of_two_that_make_a_store_anew_the_second_is_told_of_the_first(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    made.first()
    with site_lock(made.data / "locks", "db-rebuild", datetime.now(UTC), doing="made anew"):
        second = made.command("db", "rebuild")
    assert second.returncode == 1
    assert f"the store is being made anew by process {os.getpid()}" in second.stderr
    assert list(made.data.glob("*rebuilt*")) == []


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("UPDATE run SET outcome = 'partial'", "run 1 says outcome ok, the store says partial"),
        ("UPDATE run SET vantage = 'elsewhere'", "the store says elsewhere"),
        ("UPDATE document SET kind = 'attachment'", "the store says attachment"),
    ],
)
def test_verify_holds_what_the_archive_says_of_a_run_against_the_store(
    on: Callable[..., Made], edit: str, said: str
) -> None:
    made, _ = on("shandong")
    made.first()
    assert made.here("verify", "--reread", "0").returncode == 0
    made.execute(edit)
    done = made.here("verify", "--reread", "0", "--json")
    assert done.returncode == 1
    assert any(said in damage["message"] for damage in json.loads(done.stdout)["damages"])


def test_two_sites_entered_in_another_order_bear_other_numbers_and_every_answer_is_the_same(
    on: Callable[..., Made],
    new_store: Callable[..., str],
    backend: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two sites that are harvested at once are entered as they come: a rebuild need not meet them in the same order."""
    import crawler.rebuilding as rebuilding
    from archive.account import events

    (tmp_path / "again").mkdir()
    made, replica = on("shandong")
    page = replica.url_of("sd-weishan-sfj", 2018)
    report = served(replica, page)
    replica.serve(page, report.replace(b"</p>", b'<a href="/files/copy.docx">copy</a></p>', 1))
    replica.serve(
        "http://www.weishan.gov.cn/files/copy.docx",
        docx(
            p("微山县司法局2018年政府信息公开工作年度报告")
            + p("一、总体情况")
            + p("2018年，共公开信息77条。")
        ),
    )
    made.run()
    other, _ = on("hainan")
    other.run()
    agencies = [slug for (slug,) in made.rows("SELECT slug FROM agency ORDER BY slug")]
    reports = made.rows("SELECT slug, year FROM report JOIN agency ON agency.id = agency_id ORDER BY 1, 2")

    def files(url: str) -> list[tuple[int, str, str, bool]]:
        """The files on the ledger: run, URL, the page's URL, and whether the document named as its page stands there."""
        held = content(url)
        places = {row["document_id"]: row["url"] for row in held["document_url"]}
        return [
            (row["run_id"], row["url"], context["page_url"], places[context["parent"]] == context["page_url"])
            for row in held["frontier"]
            if row["kind"] == "attachment" and "parent" in (context := row["context"])
        ]

    def answers(store: Any) -> dict[str, str]:
        words: list[tuple[str, ...]] = [
            ("query", "ar.t3.new_received.total", "--agency", slug) for slug in agencies
        ]
        words += [("history", slug, str(year)) for slug, year in reports]
        words += [("diff", slug, str(year)) for slug, year in reports[:1]]
        words += [("status",)]
        return {" ".join(one): store.here(*one, "--json").stdout for one in words}

    def the_other_way_round(folder: Path, accounts: Any) -> Any:
        for account in sorted(accounts, key=lambda one: -one.run):
            yield from events(folder, account)

    said, known = answers(made), [row["record_id"] for row in content(store_of(made))["capture"]]
    assert all(said.values())
    assert {right for *_, right in files(store_of(made))} == {True}
    monkeypatch.setattr(rebuilding, "in_order", the_other_way_round)
    url = new_store(backend, tmp_path / "again", empty=True)
    again = replace(made, store=url)
    assert again.here("db", "rebuild").returncode == 0
    assert [row["record_id"] for row in content(url)["capture"]] != known  # in the order of their numbers
    assert files(url) == files(store_of(made))
    assert answers(again) == said
    verified = again.here("verify", "--reread", "100")
    assert verified.returncode == 0, verified.stdout
    (context,) = [row["context"] for row in content(url)["frontier"] if "parent" in row["context"]]
    wrong = json.dumps({**context, "parent": context["parent"] + 1})
    again.execute(f"UPDATE frontier SET context = '{wrong}' WHERE kind = 'attachment'")
    assert "belongs to another page" in again.here("verify", "--reread", "0").stdout
