"""What a harvest says when all is not well: faults of portals, changed and vanished pages, locks, floors."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.fixity import audit
from crawler.lock import SiteLocked, site_lock
from crawler.replica.server import Replica

Made = tuple[Any, Replica]


# ---- 济源: a soft 404 and a dead link


def test_jiyuan_is_partial_and_names_the_soft_404_and_the_dead_link(
    on: Callable[..., Made], tmp_path: Path
) -> None:
    made, _ = on("henan")
    done = made.command("run", "--site", "henan", "--replica", "--json")
    summary = json.loads(done.stdout)
    assert (done.returncode, summary["outcome"], summary["failed"]) == (3, "partial", 2)
    assert len(summary["reasons"]) == 2
    soft, dead = sorted(summary["reasons"], key=lambda reason: "soft_404" not in reason)
    assert "soft_404" in soft
    assert "not_found, HTTP 404" in dead
    urls = {url for (url,) in made.rows("SELECT url FROM document_url")}
    for reason in (soft, dead):
        url = reason.split()[1]
        assert url not in urls
        assert made.rows(f"SELECT count(*) FROM capture WHERE url = '{url}'") == [(1,)]
    assert (summary["gone"], made.rows("SELECT count(*) FROM document WHERE gone_since IS NOT NULL")) == (
        0,
        [(0,)],
    )
    told = made.command("status")
    assert told.returncode == 3
    assert "partial" in told.stdout


def test_a_report_whose_title_names_no_place_is_the_columns_agencys(on: Callable[..., Made]) -> None:
    made, _ = on("henan")
    made.first()
    rows = made.rows(
        "SELECT agency.slug, reading.title, agency_printed, agency_source FROM report JOIN agency ON agency.id = agency_id"
        " JOIN attribution ON attribution.report_id = report.id JOIN reading ON reading.id = reading_id"
        " WHERE year = 2019 AND slug = 'hn-jiyuan-sfj'"
    )
    ((_, title, printed, source),) = rows
    assert title.startswith("司法局")
    assert (printed, source) == ("济源市司法局", "body")


# ---- changed, vanished, moved


def test_a_figure_that_the_portal_changes_silently_makes_a_second_version(on: Callable[..., Made]) -> None:
    made, replica = on("ningxia")
    made.run(portal="www.nxzw.gov.cn")
    code = "ar.t3.new_received.natural_person"
    url = replica.edit("nx-zhongwei-sfj", 2022, code, "7")
    second = made.run(portal="www.nxzw.gov.cn")
    assert (second["new"], second["changed"]) == (0, 1)
    captures = json.loads(made.command("history", "nx-zhongwei-sfj", "2022", "--json").stdout)["captures"]
    assert [(shown["url"], shown["version"]) for shown in captures if shown["kind"] == "report"] == [
        (url, 1),
        (url, 2),
    ]
    points = json.loads(
        made.command("query", code, "--agency", "nx-zhongwei-sfj", "--years", "2022", "--json").stdout
    )
    (point,) = points["points"]
    assert (point["value"], point["path"]["version"]) == (7, 2)
    assert any(finding.startswith("t3.row_total") for finding in point["findings"])


def test_a_carry_over_that_no_longer_agrees_with_last_year_is_found_and_mended_with_the_page(
    on: Callable[..., Made],
) -> None:
    made, replica = on("ningxia")
    made.run(portal="www.nxzw.gov.cn")
    assert made.rows("SELECT count(*) FROM finding WHERE report_id IS NOT NULL") == [(0,)]
    replica.edit("nx-zhongwei-sfj", 2022, "ar.t3.carried_forward.natural_person", "7")
    made.run(portal="www.nxzw.gov.cn")
    found = made.rows(
        "SELECT slug, year, rule FROM finding JOIN report ON report.id = report_id JOIN agency ON agency.id = agency_id"
    )
    assert found == [("nx-zhongwei-sfj", 2023, "yoy.carry")]
    shown = made.command(
        "query",
        "ar.t3.carried_in.natural_person",
        "--agency",
        "nx-zhongwei-sfj",
        "--years",
        "2023",
        "--explain",
    )
    assert "yoy.carry" in shown.stdout
    replica.restore()
    made.run(portal="www.nxzw.gov.cn")
    assert made.rows("SELECT count(*) FROM finding WHERE report_id IS NOT NULL") == [(0,)]


def test_a_text_that_comes_back_is_the_first_version_again(on: Callable[..., Made]) -> None:
    made, replica = on("ningxia")
    for code in (None, "7", None):
        replica.restore()
        if code:
            replica.edit("nx-zhongwei-sfj", 2023, "ar.t3.new_received.natural_person", code)
        made.run(portal="www.nxzw.gov.cn", year=2023)
    captures = json.loads(made.command("history", "nx-zhongwei-sfj", "2023", "--json").stdout)["captures"]
    assert [shown["version"] for shown in captures if shown["kind"] == "report"] == [1, 2, 1]


def test_a_page_that_is_unlisted_and_answers_404_is_gone_and_its_number_stays(
    on: Callable[..., Made],
) -> None:
    made, replica = on("henan")
    made.first()
    url = replica.url_of("hn-jiyuan-sfj", 2021)
    replica.remove(url)
    second = made.run()
    assert (second["gone"], second["outcome"]) == (1, "partial")
    assert any(reason.startswith(f"gone: {url}") for reason in second["reasons"])
    assert made.rows("SELECT count(*) FROM document WHERE gone_since IS NOT NULL") == [(1,)]
    held = made.command(
        "query", "ar.t3.new_received.total", "--agency", "hn-jiyuan-sfj", "--years", "2021", "--json"
    )
    assert len(json.loads(held.stdout)["points"]) == 1
    replica.restore()
    third = made.run()
    assert (third["gone"], third["new"]) == (0, 0)
    assert made.rows("SELECT count(*) FROM document WHERE gone_since IS NOT NULL") == [(0,)]


def test_a_narrowed_run_calls_nothing_gone_and_judges_no_floor(on: Callable[..., Made]) -> None:
    made, replica = on("henan")
    made.first()
    replica.remove(replica.url_of("hn-jiyuan-sfj", 2021))
    second = made.run(year=2020)
    assert (second["gone"], second["failed"], second["outcome"], second["reasons"]) == (0, 0, "ok", [])
    assert second["left_aside"]["other_year"] > 0
    assert 0 < second["found"] < 15


def test_at_most_so_many_reports_are_fetched_as_were_asked_for(on: Callable[..., Made]) -> None:
    made, replica = on("ningxia")
    summary = made.run(limit=5)
    pages = {request.url for request in replica.requests} & {
        replica.world.url(page) for page in replica.world.reports()
    }
    assert len(pages) == 5
    assert summary["left_aside"]["over_limit"] > 100


def test_a_dry_run_reads_lists_and_keeps_nothing(on: Callable[..., Made]) -> None:
    made, _ = on("henan")
    done = made.command("run", "--site", "henan", "--replica", "--dry-run", "--json")
    summary = json.loads(done.stdout)
    assert (done.returncode, summary["found"], summary["left_aside"]["not_fetched"]) == (0, 0, 17)
    assert (summary["run"], summary["dry_run"]) == (None, True)
    assert not (made.data / "store.db").exists()
    assert not (made.data / "archive").exists()


# ---- faults on the way


def test_an_error_that_passes_is_asked_again_and_every_reply_is_kept(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    url = replica.url_of("sd-weishan-sfj", 2018)
    replica.fail(url, times=2, status=502)
    summary = made.run()
    assert (summary["failed"], summary["outcome"]) == (0, "ok")
    kept = made.rows(f"SELECT status, verdict FROM capture WHERE url = '{url}' ORDER BY id")
    assert kept == [(502, "server_error"), (502, "server_error"), (200, "ok")]


def test_an_error_that_stays_is_failed_and_named(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    url = replica.url_of("sd-weishan-sfj", 2018)
    replica.fail(url, times=99, status=503)
    summary = made.run()
    assert summary["failed"] == 1
    assert any(url in reason and "HTTP 503" in reason for reason in summary["reasons"])


def test_a_connection_that_is_closed_without_a_word_is_failed_and_named(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    url = replica.url_of("sd-weishan-sfj", 2018)
    replica.fail(url, times=99, status=0)
    summary = made.run()
    assert any(url in reason and "unreachable, no reply: " in reason for reason in summary["reasons"])
    assert not any("Failure" in reason for reason in summary["reasons"])


def test_a_body_that_was_cut_off_is_kept_as_truncated_and_asked_again(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    url = replica.url_of("sd-weishan-sfj", 2018)
    replica.cut(url, times=1)
    summary = made.run()
    assert summary["outcome"] == "ok"
    kept = made.rows(f"SELECT truncated, verdict FROM capture WHERE url = '{url}' ORDER BY id")
    assert kept == [("disconnect", "truncated"), (None, "ok")]


def test_a_list_that_fails_is_not_an_empty_portal(on: Callable[..., Made]) -> None:
    made, replica = on("henan")
    made.first()
    replica.fail("http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/", times=99, status=500)
    second = made.run()
    assert second["outcome"] == "partial"
    assert second["gone"] == 0
    assert any("sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/: server_error" in reason for reason in second["reasons"])
    assert second["found"] == 15


def test_a_run_below_its_floor_fails(on: Callable[..., Made], tmp_path: Path) -> None:
    config = tmp_path / "config"
    (config / "sites").mkdir(parents=True)
    text = Path("config/sites/shandong.toml").read_text("utf-8")
    floor = next(line for line in text.splitlines() if line.startswith("reports = "))
    (config / "sites" / "shandong.toml").write_text(text.replace(floor, "reports = 400"), "utf-8")
    made, _ = on("shandong", config)
    done = made.command("run", "--site", "shandong", "--replica", "--json")
    summary = json.loads(done.stdout)
    assert (done.returncode, summary["outcome"]) == (1, "failed")
    assert any("at least 400 expected" in reason for reason in summary["reasons"])


# ---- locks


def wait_for_captures(made: Any, number: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if made.rows("SELECT count(*) FROM capture")[0][0] >= number:
                return
        except Exception:  # the store is being made
            pass
        time.sleep(0.02)
    raise AssertionError("the harvest did not begin")


def test_two_harvests_of_one_site_at_a_time_are_refused_by_name(on: Callable[..., Made]) -> None:
    made, _ = on("ningxia")
    process = made.start()
    wait_for_captures(made, 3)
    second = made.command("run", "--site", "ningxia", "--replica")
    assert second.returncode == 1
    assert f"is being harvested by process {process.pid}" in second.stderr
    process.communicate()
    assert process.returncode == 0


def test_what_the_holder_of_a_lock_does_is_told_and_not_what_was_to_be_done(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 27, 19, 22, tzinfo=UTC)
    with (
        site_lock(tmp_path, "henan", moment),
        pytest.raises(
            SiteLocked, match=r"henan is being harvested by process \d+ since 2026-11-27 19:22 UTC"
        ),
        site_lock(tmp_path, "henan", moment, doing="imported into"),
    ):
        pass


@pytest.mark.parametrize("backend", ["postgresql"])
def test_two_harvests_of_one_site_from_two_hosts_are_refused_by_name(
    on: Callable[..., Made], tmp_path: Path
) -> None:
    made, _ = on("ningxia")
    process = made.start()
    wait_for_captures(made, 3)
    elsewhere = replace(made, data=tmp_path / "elsewhere")
    second = elsewhere.command("run", "--site", "ningxia", "--replica")
    assert second.returncode == 1
    assert f"ningxia is being harvested (harvest of ningxia, process {process.pid} on " in second.stderr
    assert not (tmp_path / "elsewhere" / "archive").exists()
    assert elsewhere.rows("SELECT count(*) FROM run") == [(1,)]
    process.kill()
    process.communicate()


def test_the_replicas_figures_never_come_into_a_store_of_real_portals(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    made.first()
    real = made.command("run", "--site", "shandong")
    assert (real.returncode, "whose figures are made up" in real.stderr) == (1, True)
    made.execute("UPDATE run SET vantage = 'Beijing'")
    pretended = made.command("run", "--site", "shandong", "--replica")
    assert (pretended.returncode, "holds harvests of real portals" in pretended.stderr) == (1, True)
    assert made.rows("SELECT count(*) FROM run") == [(1,)]


def test_an_archive_folder_that_cannot_be_written_is_said_so(on: Callable[..., Made]) -> None:
    made, _ = on("shandong")
    made.data.mkdir()
    (made.data / "archive").write_text("a file where the folder should be")
    done = made.command("run", "--site", "shandong", "--replica")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(made.data / "archive") in done.stderr


# ---- the schedule


def test_due_sites_are_harvested_by_cron_and_then_are_due_no_more(
    on: Callable[..., Made], tmp_path: Path
) -> None:
    made, _ = on("shandong")
    first = made.command("run", "--due", "--site", "shandong", "--replica")
    assert first.returncode == 0, first.stderr
    assert "shandong: due, no harvest since" in first.stderr
    again = made.command("run", "--due", "--site", "shandong", "--replica")
    assert (again.returncode, "not due, harvested since" in again.stderr) == (0, True)
    assert made.rows("SELECT count(*) FROM run") == [(1,)]


def test_the_scheduler_harvests_what_is_due_when_it_starts(on: Callable[..., Made], tmp_path: Path) -> None:
    config = tmp_path / "config"
    (config / "sites").mkdir(parents=True)
    (config / "sites" / "shandong.toml").write_bytes(Path("config/sites/shandong.toml").read_bytes())
    made, _ = on("shandong", config)
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler", "schedule", "start", "--replica"],
        env=made.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not finished(made):
        time.sleep(0.2)
    jobs = made.command("schedule", "list")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert finished(made)
    assert "yearly harvest of shandong" in jobs.stdout
    told = json.loads(made.command("schedule", "next", "--json").stdout)
    assert [entry["due"] for entry in told] == [False]


def finished(made: Any) -> bool:
    try:
        return bool(made.rows("SELECT count(*) FROM run WHERE outcome = 'ok'")[0][0])
    except Exception:  # the store is being made
        return False


def test_the_archive_is_sound_after_troubles_too(on: Callable[..., Made]) -> None:
    made, replica = on("shandong")
    url = replica.url_of("sd-weishan-sfj", 2018)
    replica.cut(url, times=1)
    replica.fail(url, times=1, status=502)
    made.run()
    assert audit(made.data / "archive", complete=False) == []
