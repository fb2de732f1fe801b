"""Reports that a list leaves out though no request fails: each is taken, or named as a reason of the run."""

import urllib.request
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from crawler.judging import Judged, Listed, judge_run
from crawler.links import Aside, Candidate, judge_link
from crawler.narrowing import Narrowing
from crawler.replica.article import blocks
from crawler.replica.pdf import pdf
from crawler.replica.server import Replica
from crawler.replica.world import Changes
from crawler.sites import Column, load_site
from gxstore.frontier import LedgerRow

TODAY = date(2026, 11, 21)
COLUMN = "http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/"
SOURCE = "sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/"
HOME = (
    b"<html><head><title>x</title></head><body>"
    + b"".join(b'<a href="/%d/">%d</a>' % (n, n) for n in range(70))
    + b"</body></html>"
)


def served(replica: Replica, url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replica.proxy_url}))
    with opener.open(url) as reply:
        body: bytes = reply.read()
    return body.decode()


def named(whose: str, year: int) -> str:
    return f"{whose}{year}年政府信息公开工作年度报告"


def test_what_a_list_leaves_out_is_taken_or_named(on: Callable[..., tuple[Any, Replica]]) -> None:
    made, replica = on("henan")
    listed, beside = (
        [],
        f'<div class="side"><a href="/ztzl/nb/t9.html">{named("济源市司法局", 2016)}</a></div>',
    )
    for href, title in (
        ("./202503/P020250301516162.pdf", named("济源市司法局", 2023)),
        ("http://files.example.org/a/t20190101_7.html", named("济源市司法局", 2018)),
        ("./t11.html", named("济源市政府法制办", 2015)),
        ("./t12.html", named("济源市政府法制办", 2014)),
        ("./t13.html", named("济源市政府法制办", 2022)),
        ("./t14.html", named("济源市人民政府", 2013)),
        ("./t15.html", named("济源市人民政府", 2020)),
    ):
        listed.append(f'<li><a href="{href}" title="{title}">{title[:12]}…</a></li>')
    more = "<ul>" + "".join(listed) + '</ul><script>createPageHTML(2, 0, "index", "html");</script>' + beside
    first = served(replica, COLUMN).replace("createPageHTML", "unused")
    replica.serve(COLUMN, first.replace("</body>", f"{more}</body>").encode())
    replica.serve(f"{COLUMN}index_1.html", HOME)
    page = next(
        page for page in replica.world.reports() if (page.agency, page.year) == ("hn-jiyuan-sfj", 2023)
    )
    file = pdf(blocks(replica.world, page, Changes()))
    replica.serve(f"{COLUMN}202503/P020250301516162.pdf", file, headers=[("Content-Type", "application/pdf")])
    summary = made.run()
    assert summary["outcome"] == "partial"
    own = [reason for reason in summary["reasons"] if "sfj.jiyuan" in reason or "files.example" in reason]
    assert sorted(reason.partition(":")[0] for reason in own) == [
        "beside",
        "beside",
        "incomplete",
        "misplaced",
        "other_name",
    ]
    for words in (
        "page 2, which the list announces itself, gives no link to any article",
        "http://files.example.org/a/t20190101_7.html as to the report of hn-jiyuan-sfj for 2018",
        "http://sfj.jiyuan.gov.cn/ztzl/nb/t9.html as to the report of hn-jiyuan-sfj for 2016",
        "济源市政府法制办 for 2014-2015, and none of 济源市司法局",
        "济源市人民政府 (hn-jiyuan-zf) for 2013",
    ):
        assert any(words in reason for reason in own), words
    taken = made.rows("SELECT state, result FROM frontier WHERE url LIKE '%P020250301516162.pdf'")
    assert taken == [("done", "new")]
    assert made.rows(
        "SELECT DISTINCT report.year FROM report JOIN attribution ON report.id = report_id JOIN reading_source USING (reading_id)"
        " JOIN version ON version.id = version_id JOIN document_url ON document_url.document_id = version.document_id"
        " WHERE url LIKE '%P020250301516162.pdf'"
    ) == [(2023,)]
    assert "no list gave a report of 济源市司法局 (hn-jiyuan-sfj) for 2024-2025" in summary["notes"]


# ---- one by one

HENAN = load_site("henan").site


def row(url: str, kind: str = "report", **values: Any) -> LedgerRow:
    context = {"portal": "sfj.jiyuan.gov.cn", "column": "/zfxxgk/zfxxgknb/", "agency": "hn-jiyuan-sfj"}
    context |= {"listed": kind == "report"} | values.pop("context", {})
    given = {"state": "done", "verdict": "ok", "result": None, "told": None, "reason": None} | values
    return LedgerRow(url=url, asked="", kind=kind, host="sfj.jiyuan.gov.cn", context=context, **given)


def report(year: int, *, listed: bool = True) -> LedgerRow:
    return row(f"r{year}", result="unchanged", context={"year": year, "listed": listed})


def judged(rows: list[LedgerRow], years: set[int], now: dict[str, bool], before: int = 0) -> Judged:
    site = HENAN.model_copy(
        update={"expect": HENAN.expect.model_copy(update={"reports": 1, "first_year": 2100})}
    )
    others = [body.model_copy(update={"expected": body.slug == "hn-jiyuan-sfj"}) for body in site.agency]
    site = site.model_copy(update={"agency": tuple(others)})
    listed = Listed({SOURCE: now}, {SOURCE: before})
    return judge_run(site, Narrowing(), rows, {"hn-jiyuan-sfj": years}, listed, TODAY)


def test_a_list_that_prunes_its_oldest_reports_is_a_remark_while_they_still_answer() -> None:
    rows = [
        row(COLUMN, "column"),
        report(2024),
        report(2025),
        report(2019, listed=False),
        report(2020, listed=False),
    ]
    found = judged(rows, {2024, 2025}, {"r2024": True, "r2025": True}, before=4)
    assert (found.outcome, found.reasons) == ("ok", [])
    assert any(
        "listed 4 reports before and 2 now; the 2 older ones still answer" in note for note in found.notes
    )


@pytest.mark.parametrize("year", [2025, None])
def test_a_list_that_no_longer_has_a_newer_report_is_a_reason_though_it_still_answers(
    year: int | None,
) -> None:
    gone = row("r", result="unchanged", context={"year": year, "listed": False})
    found = judged([row(COLUMN, "column"), report(2024), gone], {2024}, {"r2024": True}, before=2)
    assert [reason.partition(":")[0] for reason in found.reasons] == ["fewer"]


def test_a_shrunken_list_whose_older_reports_are_gone_is_a_reason() -> None:
    gone = row("r2019", state="gone", verdict="not_found", context={"year": 2019, "listed": False})
    found = judged([row(COLUMN, "column"), report(2025), gone], {2025}, {"r2025": True}, before=2)
    assert [reason.partition(":")[0] for reason in found.reasons] == ["gone", "fewer"]


def test_a_column_with_entries_but_no_report_is_a_reason() -> None:
    found = judged([row(COLUMN, "column")], {2025}, {"a": False, "b": False})
    no_report = f"no_report: the column {SOURCE} lists 2 entries, none named like a report of its body"
    assert found.reasons[0] == no_report


def test_a_report_that_failed_is_no_gap_in_the_years() -> None:
    failed = row("r2023", state="failed", verdict="not_found", context={"year": 2023})
    found = judged([row(COLUMN, "column"), report(2022), failed], {2022}, {"r2022": True, "r2023": True})
    assert found.notes == ["no list gave a report of 济源市司法局 (hn-jiyuan-sfj) for 2024-2025"]


@pytest.mark.parametrize(
    "body",
    [
        "国家统计局济源调查队",
        "济源市考核办公室",
        "济源市干部培训中心",
        "济源市政府法制办公室",
        "济源市地质调查局",
    ],
)
def test_the_name_of_a_body_does_not_make_its_report_something_else(body: str) -> None:
    shared = Column(path="/x/", evidence="seen")
    assert judge_link(f"{body}2020年政府信息公开工作年度报告", shared, HENAN) == Candidate(None, 2020)


def test_a_place_stands_for_its_government_and_not_for_a_body_of_that() -> None:
    ningxia = load_site("ningxia").site
    column = Column(path="/x/", agency="nx-yinchuan-sgzw", evidence="seen")
    assert isinstance(judge_link("银川市2025年政府信息公开工作年度报告", column, ningxia), Aside)
    government = Column(path="/x/", agency="nx-wuzhong-zf", evidence="seen")
    assert isinstance(judge_link("吴忠市2025年政府信息公开工作年度报告", government, ningxia), Candidate)


def test_a_page_that_is_no_report_is_a_reason_where_its_year_is_not_given() -> None:
    def fetched(year: int | None) -> LedgerRow:
        why = "x: its title is not that of an annual report"
        return row("doubt", state="left_aside", verdict="not_a_report", reason=why, context={"year": year})

    def codes(year: int | None) -> list[str]:
        found = judged([row(COLUMN, "column"), report(2022), fetched(year)], {2022}, {"r2022": True})
        return [reason.partition(":")[0] for reason in found.reasons]

    assert (codes(2022), codes(2021), codes(None)) == ([], ["not_a_report"], ["not_a_report"])
    title = row("news", state="left_aside", verdict="not_a_report", reason="the title says 制度")
    assert judged([row(COLUMN, "column"), report(2022), title], {2022}, {"r2022": True}).reasons == []
