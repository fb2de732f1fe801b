"""What a run says of its own completeness: totals that lists state, columns that shrink, two ways to the same reports."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alembic import command
from crawler.judging import Judged, Listed, judge_run
from crawler.narrowing import Narrowing
from crawler.replica.server import Replica
from crawler.sites import Site, load_site
from gxstore import database
from gxstore.database import open_store, upgrade_store
from gxstore.frontier import Item, Ledger, LedgerRow

TODAY = date(2026, 11, 21)
GUIZHOU = load_site("guizhou").site
ZF, SFJ, SEARCH = (
    f"www.anshun.gov.cn{path}"
    for path in ("/zwgk/zfxxgk/zfxxgknb/", "/zwgk/zfxxgk/bmxxgk/sfj/zfxxgknb/", "/irs/front/search")
)


def row(url: str, kind: str, column: str, **values: Any) -> LedgerRow:
    context = {"portal": "www.anshun.gov.cn", "column": column.partition("cn")[2], "listed": kind == "report"}
    given = {"state": "done", "verdict": "ok", "result": None, "told": None, "reason": None} | values
    return LedgerRow(url=url, asked="", kind=kind, host="www.anshun.gov.cn", context=context, **given)


def lists(**told: Any) -> list[LedgerRow]:
    """The first page of each list of 安顺, one of them with what it says of itself."""
    return [row(f"https://{source}", "column", source, told=told or None) for source in (ZF, SFJ, SEARCH)]


def reports(*urls: str) -> list[LedgerRow]:
    return [row(url, "report", ZF, result="new") for url in urls]


def judged(
    rows: list[LedgerRow],
    now: dict[str, dict[str, bool]],
    before: dict[str, int] | None = None,
    site: Site = GUIZHOU,
) -> Judged:
    lenient = site.model_copy(update={"expect": site.expect.model_copy(update={"reports": 1}), "agency": ()})
    return judge_run(lenient, Narrowing(), rows, {"x": {2018}}, Listed(now, before or {}), TODAY)


def acknowledged(**known: Any) -> Site:
    made = {"until": date(2027, 1, 1), "why": "x", **known}
    return Site.model_validate({**GUIZHOU.model_dump(), "known": [made]})


BOTH = {"a": True, "b": True}


def test_a_column_whose_pages_gave_what_it_states_is_whole() -> None:
    assert judged(lists(total=2) + reports("a", "b"), {ZF: BOTH, SFJ: BOTH, SEARCH: BOTH}).reasons == []


def test_a_column_that_states_more_than_its_pages_gave_falls_short_and_says_by_how_much() -> None:
    found = judged(lists(total=63) + reports("a", "b"), {ZF: BOTH, SFJ: BOTH, SEARCH: BOTH})
    assert found.outcome == "partial"
    assert found.reasons[0] == f"shortfall: the column {ZF} states 63 entries, and its pages gave 2"
    assert not any(SEARCH in reason for reason in found.reasons)


def test_a_column_that_gave_nothing_is_empty_though_every_request_was_answered() -> None:
    found = judged(lists() + reports("a"), {ZF: {"a": True}, SEARCH: {"a": True}})
    assert found.reasons == [f"empty: the column {SFJ} gave no entry at all: is it the right one?"]


def test_a_column_of_which_a_page_failed_is_named_for_that_page_alone() -> None:
    rows = [
        *lists(total=63)[:1],
        row("p2", "column", ZF, state="failed", verdict="server_error"),
        *reports("a"),
    ]
    assert [reason.partition(":")[0] for reason in judged(rows, {ZF: {"a": True}}).reasons] == ["failed"]


def test_a_page_of_a_list_that_is_asked_for_by_post_is_named_by_its_number() -> None:
    failed = row("https://x/search", "column", ZF, state="failed", verdict="server_error", reason="HTTP 502")
    failed = replace(failed, asked="0" * 64, context={**failed.context, "page": 3})
    rows = [*lists(), failed, *reports("a", "b")]
    (reason,) = judged(rows, {ZF: BOTH, SFJ: BOTH, SEARCH: BOTH}).reasons
    assert reason == f"failed: https://x/search (page 3 of {ZF}): server_error, HTTP 502"


def test_a_column_that_shrank_once_stays_named_and_not_only_in_the_run_after() -> None:
    rows = lists() + reports("a", "b")
    now = {ZF: BOTH, SFJ: BOTH, SEARCH: BOTH}
    (reason,) = judged(rows, now, {ZF: 8, SFJ: 2}).reasons
    assert reason == f"fewer: the column {ZF} listed 8 reports before and 2 now"


def test_a_shrunken_column_that_the_site_file_acknowledges_makes_no_run_partial() -> None:
    rows = lists() + reports("a", "b")
    now = {ZF: BOTH, SFJ: BOTH, SEARCH: BOTH}
    site = acknowledged(url=f"https://{ZF}", verdict="fewer")
    found = judged(rows, now, {ZF: 8}, site)
    assert (found.outcome, found.reasons) == ("ok", [])
    assert found.acknowledged[0].startswith("fewer: ")
    past = acknowledged(url=f"https://{ZF}", verdict="fewer", until=date(2026, 11, 20))
    assert judged(rows, now, {ZF: 8}, past).outcome == "partial"


def test_what_only_one_of_two_ways_found_is_named() -> None:
    found = judged(
        lists() + reports("a", "b", "c"),
        {ZF: {"a": True, "b": True}, SFJ: {"d": True}, SEARCH: {"b": True, "c": True}},
    )
    assert found.reasons == ["unlisted: only the search of www.anshun.gov.cn found c; no column lists it"]
    assert found.notes == ["the search of www.anshun.gov.cn does not find a, which a column lists"]


def test_a_search_that_failed_proves_nothing_about_the_columns() -> None:
    rows = [*lists()[:2], row("s", "column", SEARCH, state="failed", verdict="refused"), *reports("a")]
    found = judged(rows, {ZF: {"a": True}, SFJ: {"d": True}})
    assert found.notes == []
    assert [reason.partition(":")[0] for reason in found.reasons] == ["failed"]


def test_a_hit_that_is_no_report_of_the_site_is_no_gap_of_its_columns() -> None:
    rows = [*lists(), *reports("a"), row("z", "report", SEARCH, state="left_aside", verdict="other_agency")]
    assert judged(rows, {ZF: {"a": True}, SFJ: {"d": True}, SEARCH: {"a": True, "z": True}}).reasons == []


def test_a_list_with_a_search_behind_it_under_the_plain_family_is_partial_and_not_silent(
    on: Callable[..., tuple[Any, Replica]], tmp_path: Path
) -> None:
    folder = tmp_path / "config" / "sites"
    folder.mkdir(parents=True)
    text = (
        Path("config/sites/fujian.toml").read_text("utf-8").replace('family = "trs_search"', 'family = "trs"')
    )
    (folder / "fujian.toml").write_text(text, "utf-8")
    made, _ = on("fujian", folder.parent)
    summary = made.run()
    assert summary["outcome"] in ("partial", "failed")
    short = [
        reason
        for reason in summary["reasons"]
        if reason.startswith("shortfall: the column www.pingtan.gov.cn")
    ]
    assert len(short) == 2
    assert all("and its pages gave 10" in reason for reason in short)
    checked = made.command("sites", "check", "fujian", "--replica")
    assert checked.returncode != 0
    assert checked.stdout.count("shortfall: the column www.pingtan.gov.cn") == 2


def test_a_store_of_the_first_schema_keeps_what_its_lists_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with sa.create_engine(url).begin() as connection:
        config = database._alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with closing(sqlite3.connect(tmp_path / "store.db")) as store:
        store.execute("INSERT INTO site (id, name, title) VALUES (1, 'x', 'x')")
        store.execute(
            "INSERT INTO run (id, site_id, started, narrowed, tool_version, config_digest, vantage)"
            " VALUES (1, 1, '2026-01-01', '{}', 'x', 'x', 'x')"
        )
        for number, (kind, state, listed) in enumerate(
            (
                ("report", "done", "true"),
                ("report", "left_aside", "true"),
                ("report", "done", "false"),
                ("column", "done", "false"),
            )
        ):
            context = f'{{"portal": "h", "column": "/c/", "area": null, "listed": {listed}}}'
            store.execute(
                "INSERT INTO frontier (run_id, url, kind, host, state, context) VALUES (1, ?, ?, 'h', ?, ?)",
                (f"u{number}", kind, state, context),
            )
        store.commit()
    assert upgrade_store(url)[1] == database._head()
    open_store(url).dispose()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        assert connection.execute("SELECT source, url, report FROM listing ORDER BY url").fetchall() == [
            ("h/c/", "u0", 1),
            ("h/c/", "u1", 0),
        ]
        assert connection.execute("SELECT count(*), max(asked) FROM frontier").fetchall() == [(4, "")]


def test_a_report_that_the_column_of_another_body_named_first_is_taken_from_its_own(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'store.db'}", create=True)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO site (id, name, title) VALUES (1, 'x', 'x')"))
        connection.execute(
            sa.text(
                "INSERT INTO run (id, site_id, started, narrowed, tool_version, config_digest, vantage)"
                " VALUES (1, 1, '2026-01-01', '{}', 'x', 'x', 'x')"
            )
        )
    ledger = Ledger(engine, 1)
    theirs = Item("http://h/t1.html", "report", "h", {"agency": "a", "listed": True})
    own = Item("http://h/t1.html", "report", "h", {"agency": "b", "listed": True, "year": 2020})
    ledger.leave_aside(theirs, "other_agency", "the title names b")
    assert ledger.add([own]) == [own]
    assert [(row.state, row.context["agency"]) for row in ledger.rows()] == [("open", "b")]
    # Once a list has taken it, another list's doubt changes nothing, nor does the page's own word.
    ledger.leave_aside(theirs, "other_agency", "the title names b")
    assert [row.state for row in ledger.rows()] == ["open"]
    ledger.finish(own, "left_aside", verdict="other_agency", reason="the page is of c")
    assert ledger.add([own]) == []
    engine.dispose()
