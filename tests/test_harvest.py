"""The main job on the replica: from the portal to a number that can be traced, twice over."""

import csv
import gzip
import json
import shutil
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from archive.reader import iter_records, payload, read_record
from archive.text.document import Table
from archive.text.extract import extract
from crawler.replica.pages import COUNTER_PAGES
from crawler.replica.server import Replica
from crawler.replica.world import DATA
from gxstore.catalogue import load as load_catalogue

YEARS = range(2014, 2026)


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with Replica("ningxia") as served:
        yield served


@dataclass(frozen=True)
class Twice:
    """Ningxia harvested twice from an unchanged replica."""

    harvester: Any
    first: dict[str, Any]
    second: dict[str, Any]
    growth: int

    @property
    def archive(self) -> Path:
        folder: Path = self.harvester.data / "archive"
        return folder

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.harvester.rows(statement)
        return rows


def archive_size(data: Path) -> int:
    return sum(path.stat().st_size for path in (data / "archive").iterdir())


@pytest.fixture(scope="module")
def twice(replica: Replica, tmp_path_factory: pytest.TempPathFactory, harvester: Any) -> Twice:
    made = harvester(tmp_path_factory.mktemp("ningxia"), replica.proxy_url, "ningxia")
    first = made.run()
    before = archive_size(made.data)
    second = made.run()
    return Twice(made, first, second, archive_size(made.data) - before)


def truth(slug: str) -> dict[tuple[int, str], str]:
    """The figures of an agency as the replica prints them: (year, code) -> printed text."""
    with (DATA / "agencies" / f"{slug}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(int(year), row["code"]): text for row in rows for year, text in row.items() if year != "code"}


# ---- what was found


def test_ningxia_is_ok_with_one_known_trouble(twice: Twice) -> None:
    first = twice.first
    assert (first["outcome"], first["known"], first["reasons"]) == ("ok", 1, [])
    assert (first["new"], first["changed"], first["unchanged"]) == (first["found"], 0, 0)
    assert (first["blocked"], first["failed"], first["gone"]) == (0, 0, 0)
    assert "www.nx.gov.cn" in first["acknowledged"][0]


def test_every_report_of_the_replica_is_found_and_nothing_else(twice: Twice, replica: Replica) -> None:
    there = {(page.agency, page.year) for page in replica.world.reports() if page.host != "www.nx.gov.cn"}
    found = twice.rows(
        "SELECT agency.slug, report.year FROM report JOIN agency ON agency.id = report.agency_id"
    )
    assert set(found) == there


def test_four_agencies_on_three_portals_have_all_years_of_all_three_forms(twice: Twice) -> None:
    rows = twice.rows(
        "SELECT agency.slug, report.year, substr(url, 1, instr(substr(url, 9), '/') + 8) FROM report"
        " JOIN agency ON agency.id = report.agency_id JOIN attribution ON attribution.report_id = report.id"
        " JOIN reading_source USING (reading_id) JOIN version ON version.id = version_id"
        " JOIN document_url USING (document_id)"
    )
    whole = {slug for slug, _, _ in rows if {year for own, year, _ in rows if own == slug} >= set(YEARS)}
    assert len(whole) >= 4
    assert len({host for slug, _, host in rows if slug in whole}) >= 3


def test_what_is_no_annual_report_is_left_aside_with_its_reason(twice: Twice, replica: Replica) -> None:
    aside = dict(twice.rows("SELECT url, verdict FROM frontier WHERE state = 'left_aside'"))
    for page in replica.world.pages.values():
        if page.kind == "other_agency":
            assert aside[replica.world.url(page)] == "other_agency"
        elif page.kind not in ("report", "dead", "soft_404") and page.host != "www.nx.gov.cn":
            assert aside[replica.world.url(page)] == "not_a_report"
    assert twice.first["left_aside"] == {
        reason: sum(verdict == reason for verdict in aside.values()) for reason in sorted(set(aside.values()))
    }


def test_every_number_in_the_store_is_the_number_that_was_printed(twice: Twice) -> None:
    rows = twice.rows(
        "SELECT agency.slug, report.year, indicator.code, status, value.number, scale, raw, document.kind FROM value"
        " JOIN indicator ON indicator.id = indicator_id JOIN attribution USING (reading_id)"
        " JOIN report ON report.id = attribution.report_id JOIN agency ON agency.id = report.agency_id"
        " JOIN reading_source USING (reading_id) JOIN version ON version.id = version_id"
        " JOIN document ON document.id = document_id WHERE position = 0"
    )
    compared = copied = 0
    figures = {slug: truth(slug) for slug in {row[0] for row in rows}}
    for slug, year, code, status, number, scale, raw, kind in rows:
        printed = figures[slug].get((year, code), "")
        if status == 0:
            shown = raw if raw is not None else str(Decimal(number).scaleb(-scale))
            assert shown == printed, (slug, year, code)
            compared += kind == "report"
            copied += kind == "attachment"
        elif (status, slug, year) == (5, "nx-yinchuan-sswj", 2023):
            continue  # what was read of the page alone, before its workbook was there
        else:
            assert printed in ("", "/", "—", "——", "无"), (slug, year, code, printed, status)
    printed_numbers = sum(
        any(letter.isdigit() for letter in text)
        for slug in figures
        for (year, code), text in figures[slug].items()
        if not code.startswith("nar.")
    )
    assert compared == printed_numbers
    assert compared > 20_000
    assert copied == 4 * 200  # three Word files and a PDF beside pages print the report again


def test_the_facts_of_the_narrative_are_those_that_were_written(twice: Twice) -> None:
    rows = twice.rows(
        "SELECT agency.slug, report.year, fact.code, fact.value FROM fact JOIN attribution USING (reading_id)"
        " JOIN report ON report.id = attribution.report_id JOIN agency ON agency.id = report.agency_id"
    )
    found = {(slug, year, code): json.loads(value)["value"] for slug, year, code, value in rows}
    reports = {(slug, year) for slug, year, _ in found}
    written = {
        (slug, year, code): True if text == "true" else int(text)
        for slug in {slug for slug, _ in reports}
        for (year, code), text in truth(slug).items()
        if code.startswith("nar.") and text and (slug, year) in reports
    }
    assert len(written) > 400
    assert {key: found.get(key) for key in written} == written


# ---- evidence


def test_a_second_harvest_of_the_unchanged_replica_finds_nothing_new(twice: Twice) -> None:
    second = twice.second
    assert (second["outcome"], second["new"], second["changed"]) == ("ok", 0, 0)
    assert second["unchanged"] == second["found"] == twice.first["found"]
    assert twice.rows("SELECT count(*), max(number) FROM version") == [
        (twice.rows("SELECT count(DISTINCT document_id) FROM version")[0][0], 1)
    ]


def test_in_the_second_harvest_only_the_counter_pages_are_no_revisits(twice: Twice) -> None:
    again = twice.rows("SELECT url FROM capture WHERE run_id = 2 AND revisit_of IS NULL")
    assert {url.partition("://")[2] for (url,) in again} == {
        url.partition("://")[2] for url in COUNTER_PAGES & served(twice)
    }
    assert again
    assert twice.rows("SELECT count(*) FROM version WHERE warc_file LIKE '%run2%'") == [(0,)]
    kinds = [record.type for path in twice.archive.glob("*run2*.warc.gz") for record in iter_records(path)]
    assert "conversion" not in kinds
    assert kinds.count("response") == len(again)


def served(twice: Twice) -> set[str]:
    plain = {url.partition("://")[2] for (url,) in twice.rows("SELECT url FROM capture")}
    return {url for url in COUNTER_PAGES if url.partition("://")[2] in plain or url in plain}


def test_a_revisit_costs_at_most_a_kilobyte_and_a_half(twice: Twice) -> None:
    revisits = twice.rows("SELECT count(*) FROM capture WHERE run_id = 2 AND revisit_of IS NOT NULL")[0][0]
    sizes = []
    for path in twice.archive.glob("*run2*.warc.gz"):
        records = list(iter_records(path))
        named = {record.record_id for record in records if record.type == "revisit"}
        sizes = [
            record.length
            for record in records
            if record.record_id in named or record.headers.get("warc-concurrent-to", "").strip("<>") in named
        ]
        assert len(named) == revisits
    assert len(sizes) == 3 * revisits
    assert sum(sizes) / revisits <= 1536


def test_the_archive_satisfies_warcio_and_every_digest_is_sha_256(twice: Twice) -> None:
    files = sorted(twice.archive.glob("*.warc.gz"))
    assert len(files) == 2
    for path in files:
        checked = subprocess.run(
            [Path(sys.executable).parent / "warcio", "check", "-v", path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout
        for record in iter_records(path):
            digests = [value for name, value in record.headers.items() if name.endswith("-digest")]
            assert digests
            assert all(value.startswith("sha256:") for value in digests)


def test_a_records_payload_is_byte_for_byte_what_the_replica_served(twice: Twice, replica: Replica) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": replica.proxy_url, "https": replica.proxy_url}),
        urllib.request.HTTPSHandler(context=trusting),
    )
    compressed = 0
    counters = {url.partition("://")[2] for url in COUNTER_PAGES}
    captures = twice.rows(
        "SELECT url, status, warc_file, warc_offset FROM capture WHERE run_id = 1 AND status = 200"
    )
    for url, _, file, offset in captures:
        if url.partition("://")[2] in counters or url in COUNTER_PAGES:
            continue
        with opener.open(urllib.request.Request(url, headers={"Accept-Encoding": "gzip, deflate"})) as reply:
            body = reply.read()
            encoded = reply.headers.get("Content-Encoding") == "gzip"
        assert payload(twice.archive, file, offset) == body, url
        assert (read_record(twice.archive, file, offset).http_header("content-encoding") == "gzip") == encoded
        compressed += encoded and gzip.decompress(body) != body
    assert compressed > 20


def test_everything_that_was_asked_is_in_the_archive_refusals_and_robots_too(
    twice: Twice, replica: Replica
) -> None:
    asked = {(request.host, request.path) for request in replica.requests}
    kept = {
        (url.split("/")[2], "/" + url.split("/", 3)[3])
        for (url,) in twice.rows("SELECT DISTINCT url FROM capture")
    }
    assert kept <= asked
    assert ("www.nx.gov.cn", "/robots.txt") in kept
    assert twice.rows("SELECT DISTINCT verdict FROM capture WHERE url LIKE 'https://www.nx.gov.cn/%'") == [
        ("waf",)
    ]


def test_every_capture_has_its_verdict_as_a_metadata_record(twice: Twice) -> None:
    told = {}
    for path in twice.archive.glob("*.warc.gz"):
        for record in iter_records(path):
            if record.type == "metadata" and "verdict" in record.fields():
                told[record.headers["warc-concurrent-to"].strip("<>")] = record.fields()["verdict"]
    rows = dict(twice.rows("SELECT record_id, verdict FROM capture"))
    assert told == rows


def test_every_number_leads_back_to_a_cell_that_holds_its_text(twice: Twice) -> None:
    rows = twice.rows(
        "SELECT capture.warc_file, capture.warc_offset, table_no, row_no, column_no, number, scale, raw, line"
        " FROM value JOIN reading_source ON reading_source.reading_id = value.reading_id AND position = value.source"
        " JOIN showing USING (version_id)"
        " JOIN capture ON capture.id = capture_id AND revisit_of IS NULL AND run_id = 1 WHERE value.status = 0"
    )
    tables: dict[tuple[str, int], dict[int, Table]] = {}
    for file, offset, table_no, row_no, column_no, number, scale, raw, line in rows:
        if (file, offset) not in tables:
            record = read_record(twice.archive, file, offset)
            tables[file, offset] = {table.index: table for table in extract(record.decoded()).tables()}
        shown = raw if raw is not None else str(Decimal(number).scaleb(-scale))
        (cell,) = [
            c for c in tables[file, offset][table_no].cells if (c.row, c.column) == (row_no, column_no)
        ]
        assert cell.text == shown
        assert cell.place.line == line
    assert len(rows) > 20_000


def test_the_tables_of_a_workbook_are_read_with_the_page_that_it_is_attached_to(twice: Twice) -> None:
    """银川市商务局 2023: the page has the narrative, the workbook the tables; --explain leads to the workbook."""
    rows = twice.rows(
        "SELECT reading_id, count(*) FROM reading_source JOIN attribution USING (reading_id)"
        " JOIN report ON report.id = report_id JOIN agency ON agency.id = agency_id"
        " WHERE slug = 'nx-yinchuan-sswj' AND year = 2023 GROUP BY reading_id ORDER BY 2"
    )
    assert [count for _, count in rows] == [1, 2]
    done = twice.harvester.command(
        "query",
        "ar.t3.new_received.total",
        "--agency",
        "nx-yinchuan-sswj",
        "--years",
        "2023",
        "--json",
        "--explain",
    )
    (point,) = json.loads(done.stdout)["points"]
    assert point["raw"] == truth("nx-yinchuan-sswj")[2023, "ar.t3.new_received.total"]
    assert point["path"]["url"].endswith(".xlsx")
    assert (point["path"]["table"], point["path"]["extractor"].split()[0]) == (2, "gxcrawl-xlsx")
    sections = twice.rows(f"SELECT key FROM section WHERE reading_id = {rows[1][0]}")
    assert ("problems",) in sections


# ---- the commands on what was harvested


def test_verify_finds_the_archive_sound(twice: Twice) -> None:
    done = twice.harvester.command("verify")
    assert (done.returncode, "All is sound" in done.stdout) == (0, True), done.stdout


@pytest.mark.parametrize("damage", ["flip", "header", "record", "file", "manifest"])
def test_verify_finds_and_names_damage(twice: Twice, tmp_path: Path, harvester: Any, damage: str) -> None:
    data = tmp_path / "data"
    shutil.copytree(twice.harvester.data, data)
    path = sorted((data / "archive").glob("*.warc.gz"))[0]
    body = bytearray(path.read_bytes())
    if damage == "file":
        path.unlink()
    elif damage == "manifest":
        (data / "archive" / "manifest-sha256.txt").unlink()
    else:
        records = list(iter_records(path))
        victim = records[len(records) // 2]
        if damage == "record":
            del body[victim.offset : victim.offset + victim.length]
        else:
            body[victim.offset + (5 if damage == "header" else victim.length // 2)] ^= 4
        path.write_bytes(body)
    done = harvester(data, "", "ningxia").command("verify")
    assert done.returncode == 1
    assert path.name in done.stdout


def test_explain_prints_the_way_to_the_cell(twice: Twice) -> None:
    done = twice.harvester.command(
        "query",
        "ar.t2.art20_5.other_external_services.items_change",
        "--agency",
        "中卫市司法局",
        "--years",
        "2020",
        "--explain",
    )
    assert done.returncode == 0, done.stderr
    for said in (
        "printed as '+7'",
        "ningxia-run1-",
        "offset",
        "urn:uuid:",
        "SHA-256",
        "table 1, row 8, column 3",
    ):
        assert said in done.stdout, done.stdout


def test_a_series_runs_over_years_and_agencies(twice: Twice) -> None:
    done = twice.harvester.command("query", "ar.t3.new_received.total", "--json")
    points = {(point["agency"], point["year"]): point["value"] for point in json.loads(done.stdout)["points"]}
    figures = truth("nx-zhongwei-sfj")
    for year in range(2019, 2026):
        assert str(points["nx-zhongwei-sfj", year]) == figures[year, "ar.t3.new_received.total"]
    assert ("nx-zhongwei-sfj", 2018) not in points


def test_history_shows_both_captures_and_one_version(twice: Twice) -> None:
    captures = json.loads(twice.harvester.command("history", "灵武市司法局", "2018", "--json").stdout)[
        "captures"
    ]
    assert [(shown["run"], shown["version"], shown["revisit"]) for shown in captures] == [
        (1, 1, False),
        (2, 1, True),
    ]


def test_status_says_that_all_is_well_only_when_it_is(twice: Twice) -> None:
    done = twice.harvester.command("status", "--json")
    (site,) = json.loads(done.stdout)
    assert (done.returncode, site["last_run"]["outcome"], site["due"]) == (0, "ok", False)


def test_the_catalogues_indicators_are_those_of_the_store(twice: Twice) -> None:
    assert dict(twice.rows("SELECT code, id FROM indicator")) == {
        i.code: i.id for i in load_catalogue().indicators
    }
