"""Links that lead to the page of another report, or of another year: each is named, and no year of theirs counts as given."""

import urllib.request
from collections.abc import Callable
from datetime import date
from typing import Any

from crawler.judging import Judged, Listed, judge_run
from crawler.misled import astray
from crawler.missed import years_given
from crawler.narrowing import Narrowing
from crawler.replica.server import Replica
from crawler.sites import Known, load_site
from gxstore.frontier import LedgerRow

TODAY = date(2026, 11, 21)
SLUG = "hn-jiyuan-sfj"
HENAN = load_site("henan").site


def row(url: str, year: int | None = None, **values: Any) -> LedgerRow:
    """A report of the list, as the ledger has it; `shows` is the year that its page says."""
    context = {"portal": "sfj.jiyuan.gov.cn", "column": "/zfxxgk/zfxxgknb/", "agency": SLUG, "listed": True}
    context |= {"year": year, "title": f"济源市司法局{year or ''}年政府信息公开工作年度报告"}
    context |= values.pop("context", {})
    told = values.pop("told", None)
    if (shows := values.pop("shows", None)) is not None:
        told = {
            "shows": {
                "agency": SLUG,
                "year": shows,
                "title_year": values.pop("titled", shows),
                "text": f"t{shows}",
            }
        }
    given = {"state": "done", "verdict": "ok", "result": "new" if told else None, "reason": None} | values
    return LedgerRow(url=url, kind="report", host="sfj.jiyuan.gov.cn", context=context, told=told, **given)


def moved(url: str, year: int | None, target: str, **context: Any) -> LedgerRow:
    return row(url, year, verdict="moved", told={"moved_to": target}, context=context, result=None)


def served(replica: Replica, url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replica.proxy_url}))
    with opener.open(url) as reply:
        body: bytes = reply.read()
    return body


def judged(rows: list[LedgerRow], *known: Known) -> Judged:
    expect = HENAN.expect.model_copy(update={"reports": 0, "first_year": 2100})
    bodies = tuple(body.model_copy(update={"expected": False}) for body in HENAN.agency)
    site = HENAN.model_copy(update={"expect": expect, "agency": bodies, "known": known})
    return judge_run(site, Narrowing(), rows, {SLUG: {2024}}, Listed(), TODAY)


def codes(found: Judged) -> list[str]:
    return [reason.partition(":")[0] for reason in found.reasons]


def test_a_link_that_leads_to_the_page_of_another_report_is_named_and_its_year_is_not_given() -> None:
    rows = [row("new", 2024, shows=2024), moved("old", 2017, "new")]
    found = judged(rows)
    assert found.outcome == "partial"
    (reason,) = found.reasons
    assert reason.startswith(
        "moved: old (济源市司法局2017年政府信息公开工作年度报告): it sends the reader to the page of another"
    )
    assert f"new, that of {SLUG} for 2024" in reason
    assert years_given(rows, {}) == {SLUG: {2024}}


def test_a_link_that_leads_to_the_very_report_under_its_other_address_is_no_trouble() -> None:
    rows = [row("https", 2017, shows=2017), moved("http", 2017, "https")]
    assert (judged(rows).outcome, years_given(rows, {})) == ("ok", {SLUG: {2017}})


def test_a_link_without_a_year_that_leads_to_a_listed_report_is_named() -> None:
    assert codes(judged([row("new", 2024, shows=2024), moved("old", None, "new")])) == ["moved"]


def test_an_acknowledged_page_that_many_links_lead_to_covers_none_of_them() -> None:
    missing = row("404", 2015, state="known", verdict="soft_404", context={"moved_from": "a"})
    first = row("a", 2015, verdict="moved", told={"moved_to": "404", "brought": True}, result=None)
    rows = [missing, first, moved("b", 2016, "404"), moved("c", 2017, "404")]
    assert [trouble.url for trouble in astray(rows)] == ["a", "b", "c"]
    known = Known(url="b", verdict="moved", until=date(2027, 1, 1), why="x")
    found = judged(rows, known)
    assert (len(found.reasons), len(found.acknowledged)) == (2, 1)


def test_a_held_report_that_leads_to_the_newest_is_named_and_one_that_had_gone_is_not() -> None:
    rows = [row("new", 2024, shows=2024), moved("held", 2018, "new", listed=False)]
    assert codes(judged(rows)) == ["moved"]
    assert codes(judged([rows[0], moved("held", 2018, "new", listed=False, gone=True)])) == []


def test_links_that_lead_in_a_circle_or_nowhere_are_named() -> None:
    assert [trouble.url for trouble in astray([moved("a", 2015, "b"), moved("b", 2016, "a")])] == ["a", "b"]
    assert [trouble.url for trouble in astray([moved("a", 2015, "lost")])] == ["a"]


# ---- the page of another year


def test_a_page_of_another_year_than_the_list_names_is_said_and_the_named_year_is_not_given() -> None:
    rows = [row("a", 2024, shows=2024), row("b", 2022, shows=2024)]
    found = judged(rows)
    assert codes(found) == ["other_year_shown"]
    assert "named as of 2022, and the page is that of 2024" in found.reasons[0]
    assert years_given(rows, {}) == {SLUG: {2024}}
    known = Known(url="b", verdict="other_year_shown", until=date(2027, 1, 1), why="x")
    assert judged(rows, known).outcome == "ok"


def test_a_title_that_the_page_prints_itself_is_the_agencys_slip_and_no_trouble_of_the_list() -> None:
    rows = [row("a", 2022, shows=2021, titled=2022)]
    assert (judged(rows).outcome, years_given(rows, {})) == ("ok", {SLUG: {2022}})


def test_a_list_whose_titles_name_the_year_of_publication_is_a_remark() -> None:
    rows = [row(f"r{year}", year + 1, shows=year) for year in (2018, 2019, 2020)]
    found = judged(rows)
    assert found.outcome == "ok"
    assert any("name the year after that of each report" in note for note in found.notes)
    assert years_given(rows, {}) == {SLUG: {2018, 2019, 2020}}
    assert codes(judged([*rows, row("a", 2024, shows=2024)])) == ["other_year_shown"] * 3


def test_one_report_under_several_addresses_is_a_reason_where_the_titles_name_no_year() -> None:
    found = judged([row("a", 2024, shows=2024), row("b", shows=2024), row("c", shows=2024)])
    assert codes(found) == ["same_report"]
    assert "a, b, c" in found.reasons[0]
    twice = judged([row("a", 2024, shows=2024), row("b", 2024, shows=2024)])
    assert twice.outcome == "ok"
    assert any("under several addresses: a, b" in note for note in twice.notes)


# ---- from the portal on


def test_a_harvest_names_each_listed_report_that_leads_elsewhere_or_gives_another_years_page(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("ningxia")
    host = "www.nxlw.gov.cn"
    assert made.run(portal=host)["outcome"] == "ok"
    listed = made.rows(
        "SELECT url FROM frontier WHERE kind = 'report' AND state = 'done' AND result IS NOT NULL ORDER BY url"
    )
    (first,), (second,), (third,), *_, (newest,) = listed
    page = served(replica, newest)
    refresh = f'<html><head><meta http-equiv="refresh" content="0;url={newest}"></head></html>'
    replica.serve(first, b"", status=302, headers=[("Location", newest)])
    replica.serve(second, refresh.encode())
    replica.serve(third, page)
    again = made.run(portal=host)
    assert again["outcome"] == "partial"
    named = sorted((reason.split(":")[0], reason.split()[1]) for reason in again["reasons"])
    assert named == [("moved", first), ("moved", second), ("other_year_shown", third)]
