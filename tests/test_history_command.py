"""The past of reports as a researcher asks for it: a portal edits, moves and takes away pages between three harvests."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.replica.server import Replica
from tests.postgresql import BACKENDS

WHO, COLUMN = "hn-jiyuan-sfj", "http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/"
CODE, OTHER = "ar.t3.new_received.natural_person", "ar.t3.new_received.total"
WORDS = ("全年共主动公开", "全年共主动发布")
NEW = COLUMN + "t3999999.html"


@dataclass(frozen=True)
class Past:
    """Three harvests: the second saw an edited figure (2021), an edited sentence (2022), a page that moved (2020) and one
    that was gone (2019); before the third all was put back as it was."""

    made: Any
    urls: dict[int, str]
    ends: list[str]

    def told(self, *words: str) -> Any:
        done = self.made.here(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def shown(self, *words: str) -> str:
        done = self.made.here(*words)
        assert done.returncode == 0, done.stderr
        text: str = done.stdout
        return text


def served(replica: Replica, url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replica.proxy_url}))
    with opener.open(url) as reply:
        body: bytes = reply.read()
    return body.decode()


@pytest.fixture(scope="module", params=BACKENDS)
def past(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    harvester: Any,
    new_store: Callable[..., str],
) -> Iterator[Past]:
    folder = tmp_path_factory.mktemp("past")
    store = new_store(request.param, folder, empty=True) if request.param != "sqlite" else ""
    with Replica("henan") as replica:
        made = harvester(folder / "data", replica.proxy_url, "henan", None, store)
        urls = {year: replica.url_of(WHO, year) for year in range(2019, 2023)}
        ends = [made.run(portal="sfj.jiyuan.gov.cn")["finished"]]
        replica.edit(WHO, 2021, CODE, "7")
        page = served(replica, urls[2022])
        assert WORDS[0] in page
        replica.serve(urls[2022], page.replace(*WORDS).encode())
        replica.serve(NEW, served(replica, urls[2020]).encode())
        names = {year: url.rpartition("/")[2] for year, url in urls.items()}
        listed = served(replica, COLUMN).replace(names[2020], "t3999999.html").replace(names[2019], "t1.html")
        replica.serve(COLUMN, listed.encode())
        for year in (2019, 2020):
            replica.serve(urls[year], b"<html><body>404</body></html>", status=404)
        ends.append(made.run()["finished"])
        replica.restore()
        ends.append(made.run()["finished"])
        yield Past(made, urls, ends)


def events(told: Any) -> list[tuple[str, str]]:
    return [(event["document"], event["what"]) for event in told["events"]]


def test_a_silent_edit_that_was_taken_back_is_told_with_its_three_intervals(past: Past) -> None:
    told = past.told("history", WHO, "2021")
    assert events(told) == [("A", "first_seen"), ("A", "changed"), ("A", "changed_back")]
    (document,) = told["documents"]
    assert {v["version"]: len(v["intervals"]) for v in document["versions"]} == {1: 2, 2: 1}
    assert [capture["version"] for capture in told["captures"]] == [1, 2, 1]
    dates = {key: document["versions"][0][key] for key in ("signed", "claimed", "of_url")}
    assert dates == {"signed": "2022-01-12", "claimed": "2022-01-15", "of_url": None}
    shown = past.shown("history", WHO, "2021")
    for words in ("changed: version 2", "changed back: version 1 again", "first observed", "2022-01-12"):
        assert words in shown


def test_the_diff_shows_each_change_of_a_cell_with_the_records_of_both_sides(past: Past) -> None:
    told = past.told("diff", WHO, "2021")
    captures = past.told("history", WHO, "2021")["captures"]
    first, second = told["comparisons"]
    for step, pair in ((first, captures[0:2]), (second, captures[1:3])):
        assert step["cause"] == "portal"
        assert [step[side]["versions"][0]["version"] for side in ("from", "to")] == [
            c["version"] for c in pair
        ]
        assert [cell["code"] for cell in step["cells"]] == [CODE]
        assert step["sentences"] == []
    assert [first["from"]["versions"][0][key] for key in ("first_record", "url")] == [
        captures[0]["record_id"],
        past.urls[2021],
    ]
    (cell,) = first["cells"]
    assert (cell["after"]["value"], cell["before"]["value"] != 7) == (7, True)
    assert cell["after"]["where"]["row"] > 0
    shown = past.shown("diff", WHO, "2021")
    for words in (CODE, "自然人", "7 件", captures[1]["record_id"], "No sentence of the narrative changed."):
        assert words in shown


def test_the_diff_shows_a_changed_sentence_and_says_that_no_cell_changed(past: Past) -> None:
    step, _ = past.told("diff", WHO, "2022")["comparisons"]
    assert step["cells"] == []
    (change,) = step["sentences"]
    (before,), (after,) = change["before"], change["after"]
    assert before.startswith(WORDS[0])
    assert before.endswith("条。")
    assert after == before.replace(*WORDS)
    shown = past.shown("diff", WHO, "2022", "--from", "1", "--to", "a2")
    assert "No cell changed." in shown
    assert f"+ {after}" in shown


def test_between_two_times_with_the_same_text_nothing_changed_and_it_is_said_what_was_between(
    past: Past,
) -> None:
    shown = past.shown("diff", WHO, "2021", "--from", past.ends[0], "--to", past.ends[2])
    assert "Nothing changed" in shown
    assert "In between it showed another text once" in shown


def test_of_a_report_with_one_version_it_is_said_that_there_is_nothing_to_compare(past: Past) -> None:
    assert "one version, so there is nothing to compare" in past.shown("diff", WHO, "2019")


def test_a_moved_page_is_recognised_and_kept_apart_when_its_old_url_is_back(past: Past) -> None:
    by_then = past.told("history", WHO, "2020", "--observed-by", past.ends[1])
    ((move,), (a, b)) = by_then["moves"], by_then["documents"]
    assert (move["before"], move["url"], a["moved_to"]) == (past.urls[2020], NEW, "B")
    assert (a["gone"]["tries"], b["default"]) == (1, True)
    assert "no longer at" in past.shown("history", WHO, "2020", "--observed-by", past.ends[1])
    now = past.told("history", WHO, "2020")
    assert (now["moves"], [d["default"] for d in now["documents"]]) == ([], [True, False])
    assert ("A", "restored") in events(now)
    assert events(now)[-1] == ("B", "vanished")
    assert "Nothing changed" in past.shown("diff", WHO, "2020")


def test_a_vanished_page_that_came_back_is_told_with_its_tries(past: Past) -> None:
    told = past.told("history", WHO, "2019")
    assert events(told) == [("A", "first_seen"), ("A", "vanished"), ("A", "restored")]
    (absence,) = told["documents"][0]["absences"]
    assert (absence["tries"], absence["back"] is not None) == (1, True)
    assert "1 try until it was back" in past.shown("history", WHO, "2019")
    gone = past.shown("history", WHO, "2019", "--observed-by", past.ends[1])
    assert "gone since" in gone
    assert "still gone after 1 try" in gone


def test_a_query_answers_with_what_the_portal_had_shown_by_a_time(past: Past) -> None:
    asked = ("query", CODE, "--agency", WHO, "--years", "2021")
    now, by_then = past.told(*asked), past.told(*asked, "--observed-by", past.ends[1])
    assert by_then["points"][0]["value"] == 7 != now["points"][0]["value"]
    assert (now["observed_by"], by_then["observed_by"][:19]) == (None, past.ends[1][:19])
    assert any("t3." in finding for finding in by_then["points"][0]["findings"])
    assert "by the present rules" in past.shown(*asked, "--observed-by", past.ends[1])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("history", "nobody", "2021"), 2, "no agency 'nobody'"),
        (("history", WHO, "2031"), 1, "Years held: 2019, 2020, 2021"),
        (("history", WHO, "2021", "--observed-by", "2020-01-31"), 1, "was seen first on"),
        (("history", WHO, "2021", "--read-by", "2020-01-31"), 1, "was read first on"),
        (("history", WHO, "2021", "--observed-by", "2026-02-30"), 2, "is no date"),
        (("query", CODE, "--observed-by", "2199-01-01"), 2, "in the future"),
        (("diff", WHO, "2021", "--read-by", "soon"), 2, "is no date"),
        (("diff", WHO, "2021", "--from", "2021"), 2, "neither a date nor a version"),
        (("diff", WHO, "2021", "--to", "B9"), 2, "There are: A1, A2."),
        (("diff", WHO, "2021", "--from", "2020-01-31"), 1, "was seen first on"),
        (("query", CODE, "--read-by", "2020-01-31"), 1, "held by then"),
    ],
)
def test_bad_input_is_one_sentence_with_the_remedy(
    past: Past, words: tuple[str, ...], code: int, said: str
) -> None:
    done = past.made.here(*words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_days_the_wrong_way_round_are_refused_and_not_answered_backwards(past: Past) -> None:
    done = past.made.here("diff", WHO, "2021", "--from", past.ends[1], "--to", past.ends[0])
    assert (done.returncode, "Swap them" in done.stderr) == (2, True), done.stderr
    assert past.told("diff", WHO, "2021", "--from", past.ends[0], "--to", past.ends[1])["changed"]


def test_a_text_of_another_extractor_is_no_change_of_the_portal(tmp_path: Path, harvester: Any) -> None:
    other = """
from dataclasses import replace
from archive.text.document import Document, Paragraph
from crawler.intake import Intake
kept = Intake.text_of
def text_of(self, item, reply):
    found = kept(self, item, reply)
    if not isinstance(found, Document):
        return found
    return replace(found, blocks=(*found.blocks, Paragraph("责任编辑：甲")), extractor_version="999")
Intake.text_of = text_of
"""
    with Replica("shandong") as replica:
        made = harvester(tmp_path / "data", replica.proxy_url, "shandong")
        made.run()
        second = made.run(before=other)
        assert (second["changed"], second["new"]) == (0, 0)
        done = made.here("diff", "sd-weishan-sfj", "2019")
        assert (done.returncode, "the portal changed the text" in done.stdout) == (0, False)
        told = json.loads(made.here("history", "sd-weishan-sfj", "2019", "--json").stdout)
        assert ("A", "changed") not in events(told)
        again = json.loads(made.here("reparse", "--json").stdout)
        assert (again["failed"], again["versions"] >= second["found"]) == ([], True)


def test_a_day_names_all_of_itself_in_shanghai() -> None:
    from crawler.command.dates import span_of

    found = span_of("2026-01-31")
    assert found is not None
    begin, end = found
    assert begin == datetime.fromisoformat("2026-01-30T16:00:00+00:00")
    assert end - begin == timedelta(days=1) - timedelta(microseconds=1)
    assert span_of("2026-01-31T09:30") == span_of("2026-01-31 09:30+08:00")
    assert span_of("20260131T0930x") is None
