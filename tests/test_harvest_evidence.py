"""What a harvest must not be fooled by, and what it must say: pages that moved or were replaced, lists that were
rebuilt, replies that are too large, proxies, resumed runs."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.reader import iter_records
from crawler.replica.article import blocks
from crawler.replica.attachments import docx
from crawler.replica.server import Replica
from crawler.replica.world import Changes
from tests.pictured import page_of
from tests.postgresql import BACKENDS
from tests.stores import content, differences
from tests.test_rebuild import rebuilt, store_of

Made = tuple[Any, Replica]
HOME = "<html><head><title>济源市司法局</title></head><body>{}</body></html>".format(
    "".join(f'<li><a href="/{n}/">栏目{n}</a></li>' for n in range(60))
).encode()


def served(replica: Replica, url: str) -> bytes:
    """The body that the replica serves at a URL."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replica.proxy_url}))
    with opener.open(url) as reply:
        body: bytes = reply.read()
    return body


def own_config(tmp_path: Path, site: str, before: str, after: str) -> Path:
    """A config folder whose file of a site reads otherwise."""
    folder = tmp_path / "config" / "sites"
    folder.mkdir(parents=True, exist_ok=True)
    text = (Path("config/sites") / f"{site}.toml").read_text("utf-8")
    assert before in text
    (folder / f"{site}.toml").write_text(text.replace(before, after, 1), "utf-8")
    return folder.parent


# ---- pages that are not what they were


def test_a_home_page_at_a_reports_place_is_no_report_and_changes_no_number(on: Callable[..., Made]) -> None:
    made, replica = on("henan")
    made.first()
    url = replica.url_of("hn-jiyuan-sfj", 2021)
    replica.serve(url, HOME)
    second = made.run()
    assert second["outcome"] == "partial"
    assert any(url in reason for reason in second["reasons"])
    shown = made.command(
        "query", "ar.t3.new_received.total", "--agency", "hn-jiyuan-sfj", "--years", "2021", "--json"
    )
    (point,) = json.loads(shown.stdout)["points"]
    assert (point["status"], point["path"]["version"]) == ("reported", 1)


def test_a_home_page_at_a_listed_link_is_never_taken_for_a_report(on: Callable[..., Made]) -> None:
    made, replica = on("henan")
    url = replica.url_of("hn-jiyuan-sfj", 2021)
    replica.serve(url, HOME)
    summary = made.run()
    assert any(f"failed: {url}" in reason and "not_a_report" in reason for reason in summary["reasons"])
    assert made.rows(f"SELECT count(*) FROM document_url WHERE url = '{url}'") == [(0,)]


@pytest.mark.parametrize("target", ["/", "/index.html", "/zfxxgk/zfxxgknb/"])
def test_a_redirect_to_the_front_door_is_failed_and_no_report(on: Callable[..., Made], target: str) -> None:
    made, replica = on("henan")
    url = replica.url_of("hn-jiyuan-sfj", 2021)
    replica.serve(url, b"", status=302, headers=[("Location", target)])
    summary = made.run()
    assert any(f"failed: {url}" in reason and "a page of lists" in reason for reason in summary["reasons"])
    assert made.rows(
        "SELECT count(*) FROM report JOIN agency ON agency.id = agency_id WHERE slug = 'hn-jiyuan-sfj' AND year = 2021"
    ) == [(0,)]


def test_a_redirect_to_a_foreign_host_is_named_and_never_followed(on: Callable[..., Made]) -> None:
    made, replica = on("henan")
    url = replica.url_of("hn-jiyuan-sfj", 2021)
    replica.serve(url, b"", status=301, headers=[("Location", "http://www.casino.example/t1.html")])
    summary = made.run()
    assert any(
        "www.casino.example" in reason and "no host of this site" in reason for reason in summary["reasons"]
    )
    assert not any(request.host == "www.casino.example" for request in replica.requests)


def test_redirects_in_a_circle_end(on: Callable[..., Made]) -> None:
    made, replica = on("henan")
    url = replica.url_of("hn-jiyuan-sfj", 2021)
    for step in range(9):
        here = url if step == 0 else f"{url}?{step}"
        replica.serve(here, b"", status=302, headers=[("Location", f"{url}?{step + 1}")])
    summary = made.run()
    assert any("more than 5 redirects" in reason for reason in summary["reasons"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_page_that_sends_its_reader_on_once_and_then_answers_for_itself_changes_nothing_elsewhere(
    on: Callable[..., Made],
) -> None:
    made, replica = on("henan")
    made.first()
    url, other = replica.url_of("hn-jiyuan-sfj", 2021), replica.url_of("hn-jiyuan-sfj", 2020)
    aside = "http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/t999.html"
    page = served(replica, url)
    replica.serve(aside, page)
    replica.serve(url, b"", status=301, headers=[("Location", aside)])
    second = made.run()
    # it is held against what the page that leads there showed
    assert (second["new"], second["changed"]) == (0, 0)

    def told(*words: str) -> Any:
        return json.loads(made.here("history", "hn-jiyuan-sfj", "2021", *words, "--json").stdout)

    held = told()
    a, b = held["documents"]
    assert [(u["url"], d["default"]) for d in (a, b) for u in d["urls"]] == [(url, False), (aside, True)]
    assert (a["sent_on"]["to"], a["moved_to"], b["sent_on"]) == (aside, "B", None)
    assert [(e["document"], e["what"]) for e in held["events"]] == [
        ("A", "first_seen"),
        ("A", "sent_elsewhere"),
        ("B", "first_seen"),
    ]
    redirect = next(c for c in held["captures"] if c["status"] == 301)
    assert (redirect["url"], redirect["sent_to"]) == (url, aside)
    assert (
        f"sends the reader on to {aside}, which is B" in made.here("history", "hn-jiyuan-sfj", "2021").stdout
    )
    # both answer again, with texts of their own; another page is sent to the list for good
    replica.serve(url, page.replace("全年".encode(), "本年度".encode()))
    replica.serve(other, b"", status=302, headers=[("Location", "/zfxxgk/zfxxgknb/")])
    column = "http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/"
    name = re.escape(other.rpartition("/")[2])
    listed, taken = re.subn(
        rf"<li>(?:(?!</li>).)*{name}.*?</li>", "", served(replica, column).decode(), flags=re.S
    )
    assert taken == 1
    replica.serve(column, listed.encode())
    third, fourth = made.run(), made.run()
    assert (third["changed"], third["new"], third["gone"]) == (1, 0, 1)
    assert (fourth["changed"], fourth["new"], fourth["gone"]) == (0, 0, 0)
    assert fourth["left_aside"]["still_gone"] == 1
    held = told()
    assert [(e["document"], e["what"], e["version"]) for e in held["events"]] == [
        ("A", "first_seen", 1),
        ("A", "sent_elsewhere", None),
        ("B", "first_seen", 1),
        ("A", "restored", 2),
        ("A", "changed", 2),
    ]
    assert (held["moves"], [d["default"] for d in held["documents"]]) == ([], [True, False])
    (step,) = json.loads(made.here("diff", "hn-jiyuan-sfj", "2021", "--json").stdout)["comparisons"]
    assert (step["cause"], len(step["sentences"])) == ("portal", 1)
    assert made.here("verify", "--reread", "100").returncode == 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_file_of_a_page_that_moved_is_read_with_it_where_it_stands_now(
    on: Callable[..., Made], new_store: Callable[..., str], backend: str, tmp_path: Path
) -> None:
    made, replica = on("shandong")
    report = page_of(replica, "sd-weishan-sfj", 2019)
    url, file = replica.url_of("sd-weishan-sfj", 2019), "http://www.weishan.gov.cn/files/annex.docx"
    new = url.rpartition("/")[0] + "/art_1_99.html"
    title = "微山县司法局2019年政府信息公开工作年度报告"
    text = f'<h1>{title}</h1><p><a href="{file}">{title}</a></p>'
    page = f"<html><head><title>{title}</title></head><body>{text}</body></html>".encode()
    replica.serve(url, page)
    replica.serve(file, docx(blocks(replica.world, report, Changes())))

    def answer() -> tuple[Any, str]:
        words = (
            "query",
            "ar.t3.new_received.natural_person",
            "--agency",
            "sd-weishan-sfj",
            "--years",
            "2019",
        )
        (point,) = json.loads(made.here(*words, "--json").stdout)["points"]
        return point["value"], point["path"]["url"]

    made.run()
    number, place = answer()
    assert (number is not None, place) == (True, file)
    replica.serve(new, page)
    replica.serve(url, b"", status=301, headers=[("Location", new)])
    made.run()
    held = json.loads(made.here("history", "sd-weishan-sfj", "2019", "--json").stdout)
    (default,) = [document for document in held["documents"] if document["default"]]
    assert (answer()[0], [u["url"] for u in default["urls"]]) == (number, [new])
    assert [r["with_files"] for v in default["versions"] for r in v["readings"] if r["shown"]] == [1]
    # the file changes while the old page is away
    edited = Changes({("sd-weishan-sfj", 2019): {"ar.t3.new_received.natural_person": "7"}})
    replica.serve(file, docx(blocks(replica.world, report, edited)))
    made.run()
    assert answer()[0] == 7
    verified = made.here("verify", "--reread", "100")
    assert verified.returncode == 0, verified.stdout
    anew, told = rebuilt(made, new_store, backend, tmp_path)
    assert told["troubles"] == []
    assert differences(store_of(made), anew) == []


def test_a_report_that_loses_its_tables_is_said_to_have_lost_them(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    made.first()
    url = replica.url_of("sd-weishan-sfj", 2019)
    text = (
        "<html><head><meta name='ArticleTitle' content='微山县司法局2019年政府信息公开工作年度报告'></head><body><div id='zoom'>"
        "<p>微山县司法局2019年政府信息公开工作年度报告</p><p>一、总体情况</p><p>2019年，我局公开信息若干，未收到政府信息公开申请。</p>"
        "<p>五、存在的主要问题及改进情况</p><p>栏目更新不够及时，将加强。</p><p>六、其他需要报告的事项</p><p>无。</p></div></body></html>"
    )
    replica.serve(url, text.encode())
    second = made.run()
    assert (second["changed"], second["outcome"]) == (1, "partial")
    assert any(reason.startswith(f"changed: {url}") and "tables" in reason for reason in second["reasons"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_figure_that_is_changed_back_is_counted_as_changed(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    made.first()
    replica.edit("sd-weishan-sfj", 2019, "ar.t3.new_received.natural_person", "7")
    assert made.run()["changed"] == 1
    replica.restore()
    assert made.run()["changed"] == 1
    assert made.run()["changed"] == 0


# ---- lists that are not what they were


def test_a_column_that_was_rebuilt_is_noticed_though_the_old_pages_still_answer(
    on: Callable[..., Made],
) -> None:
    made, replica = on("henan")
    made.first()
    column = "http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/"
    replica.serve(
        column,
        b'<html><body><ul><li><a href="./t1.html">\xe5\xb7\xa5\xe4\xbd\x9c\xe5\x8a\xa8\xe6\x80\x81</a></li></ul></body></html>',
    )
    second = made.run()
    assert second["outcome"] == "partial"
    assert any(
        reason.startswith("fewer: the column sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/")
        for reason in second["reasons"]
    )
    assert any(reason.startswith("missing: no report of 济源市司法局") for reason in second["reasons"])
    assert second["gone"] == 0


def test_one_report_that_is_no_longer_listed_is_noticed(on: Callable[..., Made]) -> None:
    made, replica = on("henan")
    made.first()
    url = replica.url_of("hn-jiyuan-sfj", 2021)
    replica.remove(url)
    second = made.run()
    assert any(reason.startswith("fewer: the column") for reason in second["reasons"])


def test_an_agency_without_any_listed_report_is_missing(on: Callable[..., Made], tmp_path: Path) -> None:
    extra = (
        '[[agency]]\nslug = "hn-jiyuan-jyj"\nname = "济源市教育局"\nregion = "419001"\nlevel = "prefecture"\n'
        'function = "教育"\n\n[[portal]]\n'
    )
    made, _ = on("henan", own_config(tmp_path, "henan", "[[portal]]\n", extra))
    summary = made.run()
    assert any(
        "missing: no report of 济源市教育局 (hn-jiyuan-jyj)" in reason for reason in summary["reasons"]
    )


def test_a_file_on_a_foreign_host_is_left_aside_and_not_fetched(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    url = replica.url_of("sd-weishan-sfj", 2018)
    page = served(replica, url).decode()
    linked = page.replace("</p>", '<a href="http://files.example/W02019.doc">附件</a></p>', 1)
    replica.serve(url, linked.encode())
    summary = made.run()
    assert summary["left_aside"]["off_site"] == 1
    assert not any(request.host == "files.example" for request in replica.requests)


# ---- the way there


def test_a_reply_larger_than_allowed_is_said_to_be_too_large_and_not_forbidden(
    on: Callable[..., Made],
) -> None:
    made, _ = on("shandong")
    environment = {**made.environment(), "GXCRAWL_MAX_BODY": "3000"}
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "run", "--site", "shandong", "--replica", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    reasons = json.loads(done.stdout)["reasons"]
    assert any("too_large" in reason for reason in reasons)
    assert not any("robots" in reason for reason in reasons)


def test_a_robots_txt_that_fails_forbids_all(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    replica.fail("http://www.weishan.gov.cn/robots.txt", times=99, status=503)
    summary = made.run()
    assert (summary["outcome"], summary["blocked"]) == ("failed", 1)
    assert any("robots.txt" in reason for reason in summary["reasons"])
    assert {request.path for request in replica.requests} == {"/robots.txt"}


def test_a_robots_txt_that_forbids_the_column_is_obeyed_and_said(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    replica.serve("http://www.weishan.gov.cn/robots.txt", b"User-agent: *\nDisallow: /module/\n")
    summary = made.run()
    assert summary["blocked"] == 1
    assert {request.path for request in replica.requests} == {"/robots.txt"}


def test_a_request_in_the_archive_keeps_no_password_of_a_proxy(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    host = replica.proxy_url.removeprefix("http://")
    code = (
        "import os; os.environ['GXCRAWL_PROXY'] = 'http://oper:sekrit@" + host + "';"
        "from crawler.replica.server import Replica; import sys; from crawler.cli import main;"
        "sys.argv = ['gxcrawl', 'run', '--site', 'shandong', '--limit', '2', '--json']; main()"
    )
    done = made.python(code)
    summary = json.loads(done.stdout)
    assert summary["outcome"] == "ok", done.stderr
    assert made.rows("SELECT vantage FROM run") == [(f"not stated, through the proxy http://{host}",)]
    for path in (made.data / "archive").glob("*.warc.gz"):
        for record in iter_records(path):
            assert b"sekrit" not in record.body
            assert not any("sekrit" in value or "b3Blcjp" in value for _, value in record.http_headers)
    assert any(request.authorization == "Basic b3BlcjpzZWtyaXQ=" for request in replica.requests)


def test_a_proxy_of_the_environment_is_not_used(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    environment = {
        **made.environment(),
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "run", "--site", "shandong", "--replica", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout)["outcome"] == "ok", done.stderr


# ---- runs


def test_status_is_that_of_the_last_whole_run(on: Callable[..., Made]) -> None:
    made, _ = on("henan")
    made.first()
    assert made.run(portal="wglj.jiyuan.gov.cn")["outcome"] == "ok"
    told = made.command("status", "--json")
    (site,) = json.loads(told.stdout)
    assert (told.returncode, site["last_run"]["outcome"], site["narrowed_since"]) == (3, "partial", 1)
    shown = made.command("status", "henan")
    assert "left aside: " in shown.stdout


def test_a_store_write_that_fails_is_one_sentence_and_leaves_a_sound_archive_after_the_next_run(
    on: Callable[..., Made],
) -> None:
    made, _ = on("shandong")
    refusing = """
from sqlalchemy.exc import OperationalError
from gxstore import evidence
kept, seen = evidence.add_capture, []
def add_capture(*arguments):
    seen.append(1)
    if len(seen) == 4:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))
    return kept(*arguments)
evidence.add_capture = add_capture
"""
    process = made.start(before=refusing)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "disk I/O error. What was fetched before is kept" in errors
    assert made.run()["outcome"] == "ok"
    verified = made.command("verify")
    assert verified.returncode == 0, verified.stdout


def test_a_killed_run_is_not_gone_on_with_when_the_site_file_has_changed_and_the_archive_is_told(
    on: Callable[..., Made], new_store: Callable[..., str], backend: str, tmp_path: Path
) -> None:
    made, _ = on("shandong")
    killed = "from gxstore import evidence, runs\nimport os\nevidence.add_showing = lambda *a: os.kill(os.getpid(), 9)\n"
    made.start(before=killed).communicate()
    config = own_config(tmp_path, "shandong", "checked = 2026-11-20", "checked = 2026-11-21")
    changed = replace(made, config=config)
    again = changed.run()
    assert (again["run"], again["outcome"]) == (2, "ok")
    assert made.rows("SELECT outcome FROM run ORDER BY id") == [("failed",), ("ok",)]
    assert len(set(made.rows("SELECT config_digest FROM run"))) == 2
    anew, told = rebuilt(changed, new_store, backend, tmp_path)
    assert told["troubles"] == []
    assert differences(store_of(made), anew) == []
    assert changed.here("verify", "--reread", "0").returncode == 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_agency_that_is_renamed_keeps_its_slug_and_both_names_and_the_archive_proves_them(
    on: Callable[..., Made], new_store: Callable[..., str], backend: str, tmp_path: Path
) -> None:
    made, _ = on("shandong")
    made.first()
    config = own_config(
        tmp_path,
        "shandong",
        'name = "微山县司法局"',
        'name = "微山县司法和信访局"\naliases = ["微山县司法局"]',
    )
    text = (config / "sites" / "shandong.toml").read_text("utf-8")
    lines = text.splitlines()
    kept = [
        line
        for n, line in enumerate(lines)
        if not (line.startswith("aliases") and "微山县司法局" not in line)
    ]
    (config / "sites" / "shandong.toml").write_text("\n".join(kept) + "\n", "utf-8")
    replace(made, config=config).run()
    for name in ("sd-weishan-sfj", "微山县司法局", "微山县司法和信访局"):
        done = made.command("history", name, "2019", "--json")
        assert done.returncode == 0, done.stderr
    assert made.rows("SELECT name FROM agency_name WHERE main") == [("微山县司法和信访局",)]
    anew, told = rebuilt(made, new_store, backend, tmp_path)
    assert told["troubles"] == []
    old, new = content(store_of(made)), content(anew)
    for table in ("site", "portal", "agency", "agency_name"):
        assert old[table] == new[table] != [], table

    def damages() -> list[str]:
        # by a site file that is not the one of the newest run any more
        done = made.here("verify", "--reread", "0", "--json")
        return [damage["message"] for damage in json.loads(done.stdout)["damages"]]

    assert damages() == []
    region = made.rows("SELECT region FROM agency_name WHERE main")[0][0]
    for edit, back, said in (
        (
            "UPDATE agency SET slug = 'sd-weishan-jtj'",
            "UPDATE agency SET slug = 'sd-weishan-sfj'",
            "the body sd-weishan-sfj is gone from the store",
        ),
        (
            "UPDATE agency_name SET name = '微山县公安局' WHERE main",
            "UPDATE agency_name SET name = '微山县司法和信访局' WHERE main",
            "the name 微山县司法和信访局 of sd-weishan-sfj is not in the store as it was registered",
        ),
        (
            (
                "INSERT INTO agency_name (name, region, valid_from, agency_id, main) "
                f"SELECT '微山县公安局', '{region}', '1949-10-01', min(id), {'false' if made.store else 0} FROM agency"
            ),
            "DELETE FROM agency_name WHERE name = '微山县公安局'",
            "the name 微山县公安局 is in the store, and no run registered it",
        ),
        (
            "UPDATE agency SET credit_code = '113708260043421X8A'",
            "UPDATE agency SET credit_code = NULL",
            "the body sd-weishan-sfj is not in the store as it was registered",
        ),
    ):
        made.execute(edit)
        assert any(said in message for message in damages()), edit
        made.execute(back)
    assert damages() == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_first_harvests_at_once_make_one_store(on: Callable[..., Made]) -> None:
    with Replica("henan") as henan:
        two, _ = on("shandong")
        one = replace(two, proxy=henan.proxy_url, site="henan")
        processes = [one.start(), two.start()]
        for process in processes:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    assert one.rows("SELECT outcome FROM run ORDER BY outcome") == [("ok",), ("partial",)]
    assert one.command("verify").returncode == 0


def test_a_database_of_another_program_is_refused_and_left_alone(
    tmp_path: Path, gxcrawl: Any, harvester: Any
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "store.db")) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER)")
    environment = harvester(data, "", "shandong").environment()
    for words in (("run", "--site", "shandong", "--replica"), ("db", "upgrade"), ("status",)):
        done = gxcrawl(*words, environment=environment)
        assert (done.returncode, "is not gxcrawl's" in done.stderr) == (1, True), done.stderr
    with closing(sqlite3.connect(data / "store.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]


def test_one_broken_site_file_stops_no_other(on: Callable[..., Made], tmp_path: Path) -> None:
    folder = tmp_path / "config" / "sites"
    folder.mkdir(parents=True)
    shutil.copy("config/sites/shandong.toml", folder)
    (folder / "broken.toml").write_text("name = ", "utf-8")
    made, _ = on("shandong", folder.parent)
    done = made.command("run", "--due", "--replica")
    assert (done.returncode, "broken.toml is not valid TOML" in done.stderr) == (3, True)
    assert made.rows("SELECT outcome FROM run") == [("ok",)]
    for words in (("sites", "list"), ("schedule", "next")):
        listed = made.command(*words)
        assert "shandong" in listed.stdout
        assert "broken.toml" in listed.stderr


def test_a_due_run_that_ends_in_part_says_so_by_its_exit_code(on: Callable[..., Made]) -> None:
    made, _ = on("henan")
    assert made.command("run", "--due", "--site", "henan", "--replica").returncode == 3


def test_the_store_knows_the_regions_of_its_agencies(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    made.first()
    assert made.rows("SELECT name, parent FROM region WHERE code = '370826'") == [("微山县", "370800")]
    assert made.rows("SELECT count(*) FROM agency_name WHERE region NOT IN (SELECT code FROM region)") == [
        (0,)
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_verify_misses_no_conversion(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    made.first()
    made.drop_guard("version")
    made.execute("UPDATE version SET text_sha256 = replace(text_sha256, 'a', 'b')")
    done = made.command("verify")
    assert done.returncode == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_verify_finds_a_capture_that_the_store_has_lost(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    made.first()
    made.drop_guard("capture")
    made.execute(
        "DELETE FROM capture WHERE id = (SELECT max(id) FROM capture WHERE id NOT IN (SELECT capture_id FROM showing))"
    )
    done = made.command("verify")
    assert (done.returncode, "record unknown" in done.stdout) == (1, True)
