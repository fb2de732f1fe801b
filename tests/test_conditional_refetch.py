"""A page that is held is asked for only if it has changed; the portal's word is kept as evidence and not trusted."""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.reader import iter_records
from crawler.conditions import CONDITIONAL, Validators, is_drawn, validators_of
from crawler.replica.reply import HTML, Asked, Reply
from crawler.replica.server import Replica
from crawler.replica.validators import unless_known
from crawler.replica.world import Validators as Kind
from tests.stores import differences
from tests.test_harvest_evidence import own_config

NOW = datetime(2026, 4, 10, 2, 30, tzinfo=UTC)
SAMPLE = 0.25
CODE = "ar.t3.new_received.natural_person"


def written(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def sampled(tmp_path: Path, site: str) -> Path:
    return own_config(tmp_path, site, "[expect]", f"[refetch]\nsample = {SAMPLE}\n\n[expect]")


# ---- the lot


@given(st.lists(st.text(min_size=1), min_size=1, max_size=30), st.floats(0.01, 1), st.integers(0, 50))
def test_after_enough_turns_every_page_was_fetched_whole(urls: list[str], share: float, first: int) -> None:
    turns = range(first, first + int(1 / share) + 2)
    assert all(any(is_drawn(url, turn, share) for turn in turns) for url in urls)


def test_the_lot_takes_its_share_and_another_one_the_next_time() -> None:
    urls = [f"http://www.yinchuan.gov.cn/xxgk/t{number}.html" for number in range(4000)]
    drawn = [{url for url in urls if is_drawn(url, turn, 0.1)} for turn in (3, 4, 3)]
    assert drawn[0] == drawn[2]
    assert not drawn[0] & drawn[1]
    assert all(340 < len(some) < 460 for some in drawn)


# ---- what a page is told from another text by


def test_a_date_that_no_text_can_be_told_by_is_no_validator() -> None:
    dates = {
        written(NOW - timedelta(days=900)): True,
        written(NOW - timedelta(seconds=61)): True,
        written(NOW - timedelta(seconds=59)): False,
        written(NOW): False,
        written(NOW + timedelta(days=4)): False,
        "2026-01-02 03:04:05": False,
        "": False,
    }
    for date, is_of_use in dates.items():
        found = validators_of({"last-modified": date, "etag": '"7f"'}, NOW)
        assert found == Validators('"7f"', date if is_of_use else None), date


def test_the_servers_own_clock_says_what_is_the_present() -> None:
    wrong = NOW + timedelta(days=30)
    headers = {"last-modified": written(wrong), "date": written(wrong)}
    assert validators_of(headers, NOW) == Validators()
    headers["date"] = written(wrong + timedelta(days=1))
    assert validators_of(headers, NOW).last_modified == written(wrong)


def test_an_etag_that_cannot_be_sent_back_is_no_validator() -> None:
    for etag in ("", '"a\nb"', '"' + 600 * "a" + '"'):
        assert validators_of({"etag": etag}, NOW).condition == {}


@given(
    st.sampled_from(sorted(set(get_args(Kind)) - {"frozen", ""})),
    st.binary(max_size=9),
    st.binary(max_size=9),
    st.integers(1, 5),
)
def test_an_honest_server_never_says_that_another_text_is_the_same(
    kind: Kind, before: bytes, after: bytes, days: int
) -> None:
    """Whatever the replica's servers do with validators, a changed page comes whole; `frozen` alone is a liar."""
    modified = datetime(2024, 3, 5, 7, 30, tzinfo=UTC)
    first = unless_known(Reply(200, before, HTML, modified=modified), kind, Asked("http://a.cn/1", 1))
    known = validators_of({name.lower(): value for name, value in first.headers}, datetime.now(UTC))
    asked = Asked("http://a.cn/1", 2, "GET", "", "", *(known.condition.get(name, "") for name in CONDITIONAL))
    later = modified if before == after else modified + timedelta(days=days)
    again = unless_known(Reply(200, after, HTML, modified=later), kind, asked)
    if before != after or kind not in ("strong", "weak", "date"):
        assert (again.status, again.body) == (200, after)
    else:
        assert (again.status, again.body) == (304, b"")


# ---- a refetch


@dataclasses.dataclass(frozen=True)
class Refetched:
    """A site harvested twice, with a report edited and one removed in between."""

    made: Any
    first: dict[str, Any]
    second: dict[str, Any]
    edited: str

    def records(self, kind: str, run: int = 2) -> Iterator[Any]:
        for path in (self.made.data / "archive").glob(f"*-run{run}-*.warc.gz"):
            yield from (record for record in iter_records(path) if record.type == kind)


@pytest.fixture(scope="module")
def refetched(tmp_path_factory: pytest.TempPathFactory, harvester: Any) -> Iterator[Refetched]:
    folder = tmp_path_factory.mktemp("refetched")
    with Replica("henan") as replica:
        replica.tell_apart("strong", "sfj.jiyuan.gov.cn")
        replica.tell_apart("weak", "www.jiyuan.gov.cn")
        replica.tell_apart("date", "wglj.jiyuan.gov.cn")
        made = harvester(folder / "data", replica.proxy_url, "henan", sampled(folder, "henan"))
        first = made.run()
        replica.edit("hn-jiyuan-sfj", 2021, CODE, "17")
        yield Refetched(made, first, made.run(), replica.url_of("hn-jiyuan-sfj", 2021))


def pages(made: Any, run: int) -> dict[str, tuple[int, int, int]]:
    """Status, length of the body as the portal sent it, and version, of each page and file of a report in a run."""
    rows = made.rows(
        "SELECT url, status, CASE status WHEN 304 THEN 0 ELSE payload_length END, version_id FROM capture"
        f" JOIN showing ON capture_id = capture.id WHERE run_id = {run}"
    )
    return {url: tuple(row) for url, *row in rows}


def test_a_yearly_refetch_of_unchanged_reports_costs_as_many_small_requests(refetched: Refetched) -> None:
    before, after = pages(refetched.made, 1), pages(refetched.made, 2)
    assert before.keys() == after.keys()
    whole = {url for url in before if is_drawn(url, 1, SAMPLE)} | {refetched.edited}
    assert 1 < len(whole) < len(before) / 2
    assert {url for url, (status, _, _) in after.items() if status == 200} == whole
    first = sum(length for url, (_, length, _) in before.items() if url not in whole)
    again = sum(length for url, (_, length, _) in after.items() if url not in whole)
    assert first > 300_000
    assert again < first / 100
    # what the pages need to be shown was captured with them, once
    ((needed,),) = refetched.made.rows("SELECT count(*) FROM capture WHERE url LIKE '%/images/%'")
    assert refetched.second["captures"] == refetched.first["captures"] - needed
    assert refetched.second["not_modified"] == len(before) - len(whole)


def test_what_has_not_changed_counts_as_unchanged_and_shows_the_version_it_showed(
    refetched: Refetched,
) -> None:
    second = refetched.second
    assert (second["new"], second["changed"], second["unchanged"]) == (0, 1, second["found"] - 1)
    before, after = pages(refetched.made, 1), pages(refetched.made, 2)
    assert {url for url in before if before[url][2] != after[url][2]} == {refetched.edited}
    assert second["reasons"] == refetched.first["reasons"]


def test_the_run_counts_the_bytes_that_were_served(refetched: Refetched) -> None:
    rows = refetched.made.rows("SELECT sum(payload_length) FROM capture WHERE run_id = 2 AND status <> 304")
    assert refetched.second["bytes"] == rows[0][0] < refetched.first["bytes"] / 2


def test_what_the_servers_word_stood_for_is_told_by_the_archive(refetched: Refetched, tmp_path: Path) -> None:
    made = refetched.made
    if made.store:
        return  # tests/test_rebuild.py has PostgreSQL
    copy = tmp_path / "archive"
    shutil.copytree(made.data / "archive", copy)
    beside = dataclasses.replace(made, data=tmp_path)
    assert beside.here("db", "rebuild", "--json").returncode == 0
    assert differences(f"sqlite:///{made.data / 'store.db'}", f"sqlite:///{tmp_path / 'store.db'}") == []


def test_a_304_is_kept_as_a_revisit_by_the_servers_word(refetched: Refetched) -> None:
    originals = {record.record_id: record for record in refetched.records("response", run=1)}
    requests = {r.headers["warc-concurrent-to"].strip("<>"): r for r in refetched.records("request")}
    told = {
        r.headers["warc-concurrent-to"].strip("<>"): r.fields()
        for r in refetched.records("metadata")
        if "verdict" in r.fields()
    }
    number = 0
    for record in refetched.records("revisit"):
        if not record.headers["warc-profile"].endswith("/warc/1.1/revisit/server-not-modified"):
            continue
        number += 1
        original = originals[record.headers["warc-refers-to"].strip("<>")]
        assert (record.http_status, record.body, record.headers["content-length"]) == (304, b"", "0")
        for name in ("target-uri", "date"):
            assert record.headers[f"warc-refers-to-{name}"] == original.headers[f"warc-{name}"]
        assert record.headers["warc-payload-digest"] == original.headers["warc-payload-digest"]
        asked, said = requests[record.record_id], told[record.record_id]
        assert (said["verdict"], said["http-status"]) == ("ok", "304 Not Modified")
        for name, condition in (("ETag", CONDITIONAL[0]), ("Last-Modified", CONDITIONAL[1])):
            assert asked.http_header(condition) == original.http_header(name)
            assert said.get(f"http-{name.lower()}") == original.http_header(name)
        assert asked.http_header(CONDITIONAL[1])
    assert number == refetched.second["not_modified"]


def test_lists_and_robots_txt_are_never_asked_for_on_a_condition(refetched: Refetched) -> None:
    asked = {r.url for r in refetched.records("request") if any(r.http_header(name) for name in CONDITIONAL)}
    assert asked == {url for url in pages(refetched.made, 1) if not is_drawn(url, 1, SAMPLE)}


def test_the_commands_cope_with_the_servers_word(refetched: Refetched) -> None:
    made = refetched.made
    done = made.here("verify", "--reread", "1")
    assert (done.returncode, "All is sound" in done.stdout) == (0, True), done.stdout
    shown = json.loads(made.here("history", "济源市司法局", "2020", "--json").stdout)["captures"]
    assert [(c["run"], c["status"], c["verdict"], c["version"], c["revisit"]) for c in shown] == [
        (1, 200, "ok", 1, False),
        (2, 304, "ok", 1, True),
    ]
    words = ("query", CODE, "--agency", "hn-jiyuan-sfj", "--years", "2020-2021", "--json", "--explain")
    points = json.loads(made.here(*words).stdout)["points"]
    assert [(p["path"]["version"], "-run1-" in p["path"]["warc_file"]) for p in points] == [
        (1, True),
        (2, False),
    ]
    done = made.here("reparse", "--jobs", "1", "--json")
    assert json.loads(done.stdout)["errata"] == [], done.stderr


# ---- a word that is not to be trusted


def lots(replica: Replica, turn: int) -> tuple[tuple[str, int], tuple[str, int]]:
    """A report that is drawn to be fetched whole and one that is not, on one host."""
    reports = [page for page in replica.world.reports() if page.host == "sfj.jiyuan.gov.cn"]
    drawn = [page for page in reports if is_drawn(replica.world.url(page), turn, SAMPLE)]
    other = [page for page in reports if page not in drawn and page.year and page.year > 2018]
    chosen = next(page for page in drawn if page.year and page.year > 2018), other[0]
    return tuple((page.agency, page.year or 0) for page in chosen)  # type: ignore[return-value]


def test_a_portal_whose_word_is_found_wrong_is_named_and_asked_for_whole_pages(
    on: Callable[..., tuple[Any, Replica]], tmp_path: Path
) -> None:
    made, replica = on("henan", sampled(tmp_path, "henan"))
    replica.tell_apart("frozen")
    made.run()
    drawn, other = lots(replica, 1)
    for agency, year in (drawn, other):
        replica.edit(agency, year, CODE, "17")
    second = made.run()
    # Both are seen: what the portal had said before it was found out was asked for once more.
    assert second["changed"] == 2
    (reason,) = [reason for reason in second["reasons"] if reason.startswith("lied: ")]
    assert any(replica.url_of(*edited) in reason for edited in (drawn, other))
    assert "sfj.jiyuan.gov.cn cannot be believed" in reason
    assert 'ETag "' in reason
    assert second["outcome"] == "partial"
    last = made.rows(
        "SELECT status FROM capture WHERE id IN (SELECT max(id) FROM capture WHERE run_id = 2"
        " AND url LIKE 'http://sfj.jiyuan.gov.cn/%' AND verdict = 'ok' GROUP BY url)"
    )
    assert {status for (status,) in last} == {200}
    # Another portal of the site is believed as before.
    assert second["not_modified"] > 0
    assert made.here("verify").returncode == 0


def test_a_portal_that_the_site_file_calls_unreliable_is_never_asked_on_a_condition(
    on: Callable[..., tuple[Any, Replica]], tmp_path: Path
) -> None:
    config = own_config(
        tmp_path,
        "shandong",
        "[[portal.column]]",
        "[portal.network]\nconditional = false\n\n[[portal.column]]",
    )
    made, replica = on("shandong", config)
    replica.tell_apart("frozen")
    made.run()
    replica.edit("sd-weishan-sfj", 2019, CODE, "17")
    second = made.run()
    assert (second["changed"], second["not_modified"], second["reasons"]) == (1, 0, [])


def test_a_304_that_nobody_asked_for_is_no_report(on: Callable[..., tuple[Any, Replica]]) -> None:
    made, replica = on("shandong")
    replica.tell_apart("strong")
    url = replica.url_of("sd-weishan-sfj", 2019)
    replica.serve(url, b"", status=304)
    for _ in range(2):
        summary = made.run()
        assert (summary["failed"], summary["outcome"]) == (1, "partial")
        assert any(url in reason and "wrong_type, HTTP 304" in reason for reason in summary["reasons"])
    assert made.rows(f"SELECT DISTINCT verdict FROM capture WHERE url = '{url}'") == [("wrong_type",)]
    replica.restore()
    assert made.run()["new"] == 1
    assert made.here("verify").returncode == 0


def test_a_page_that_was_not_had_whole_or_well_is_asked_for_without_condition(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("shandong")
    replica.tell_apart("strong")
    cut, soft = replica.url_of("sd-weishan-sfj", 2019), replica.url_of("sd-weishan-sfj", 2020)
    replica.cut(cut, times=99)
    made.run()
    replica.restore()
    replica.tell_apart("strong")
    replica.serve(soft, "<html><title>提示</title><body>您访问的页面不存在</body></html>".encode())
    assert made.run()["new"] == 1
    replica.restore()
    replica.tell_apart("frozen")
    third = made.run()
    assert (third["new"], third["failed"]) == (0, 0)
    asked = {
        (run, record.url)
        for run in (2, 3)
        for path in (made.data / "archive").glob(f"*-run{run}-*.warc.gz")
        for record in iter_records(path)
        if record.type == "request" and record.http_header("If-None-Match")
    }
    assert (2, cut) not in asked
    assert (3, soft) not in asked
    assert (2, soft) in asked
    assert (3, cut) in asked


def test_a_304_for_bytes_that_the_archive_does_not_give_back_is_not_believed(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    """The original is damaged, a revisit of it is whole: its validators are there, the body is not."""
    made, replica = on("shandong")
    made.first()
    replica.tell_apart("strong")
    made.run()
    url = replica.url_of("sd-weishan-sfj", 2019)
    (path,) = (made.data / "archive").glob("*-run1-*.warc.gz")
    offset, length = next((r.offset, r.length) for r in iter_records(path) if r.url == url)
    data = bytearray(path.read_bytes())
    data[offset + length // 2] ^= 16
    path.write_bytes(data)
    third = made.run()
    assert any(url in reason and "gxcrawl verify" in reason for reason in third["reasons"])
    assert third["outcome"] == "partial"
