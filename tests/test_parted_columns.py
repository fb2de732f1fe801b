"""A column that is parted into lists: what one of them names again, or states of itself, stands for no other."""

import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from crawler.replica.server import Replica

COLUMN = "http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/"
YEARS = range(2023, 2007, -1)


def serve(replica: Replica, address: str, years: Sequence[int], beside: str) -> None:
    """A list of the reports of some years, with what stands beside it."""
    entries = "".join(
        f'<li><a href="{COLUMN}b/t{year}.html">济源市司法局{year}年政府信息公开工作年度报告</a></li>'
        for year in years
    )
    replica.serve(
        address, f"<html><body><div class='list'><ul>{entries}</ul>{beside}</div></body></html>".encode()
    )


def reports(replica: Replica) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replica.proxy_url}))
    with opener.open(f"{COLUMN}t2706933.html") as reply:
        page = reply.read().decode()
    for year in YEARS:
        replica.serve(f"{COLUMN}b/t{year}.html", page.replace("2019", str(year)).encode())


def given(made: Any) -> int:
    ((number,),) = made.rows(
        "SELECT COUNT(*) FROM frontier WHERE kind = 'report' AND result IS NOT NULL AND url LIKE '%/zfxxgknb/b/t%'"
    )
    return int(number)


def own(summary: dict[str, Any]) -> list[str]:
    return [reason for reason in summary["reasons"] if "sfj.jiyuan" in reason]


def test_a_list_is_followed_to_its_end_though_the_lists_of_its_years_name_its_entries_first(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)
    years = "".join(f"<a href='{COLUMN}{year}/'>{year}年</a>" for year in YEARS[8:12])
    for year in YEARS[8:12]:
        replica.serve(
            f"{COLUMN}{year}/",
            f"<ul><li><a href='./t{year}.html'>济源市司法局{year}年政府信息公开工作年度报告</a></li></ul>".encode(),
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replica.proxy_url}))
        with opener.open(f"{COLUMN}b/t{year}.html") as reply:
            replica.serve(f"{COLUMN}{year}/t{year}.html", reply.read())
    for number in range(4):
        entries = "".join(
            f'<li><a href="{COLUMN}{year if year in YEARS[8:12] else "b"}/t{year}.html">'
            f"济源市司法局{year}年政府信息公开工作年度报告</a></li>"
            for year in YEARS[4 * number : 4 * number + 4]
        )
        further = f"<a href='{COLUMN}index_{number + 1}.html'>下一页</a>" if number < 3 else ""
        address = COLUMN + (f"index_{number}.html" if number else "")
        replica.serve(address, f"<div class='list'><ul>{entries}</ul>{further}{years}</div>".encode())
    assert own(made.run()) == []
    assert given(made) == 12
    ((elsewhere,),) = made.rows(
        "SELECT COUNT(*) FROM frontier WHERE kind = 'report' AND result IS NOT NULL AND url LIKE '%/zfxxgknb/20__/t%'"
    )
    assert elsewhere == 4


def test_a_part_that_gives_again_what_the_list_gave_repeats_nothing(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)

    def pager(pages: int, number: int) -> str:
        return f'<script>createPageHTML({pages}, {number}, "index", "html");</script>'

    serve(replica, COLUMN, YEARS[:10], pager(2, 0) + "<a href='./b/'>历年年报</a>")
    serve(replica, f"{COLUMN}index_1.html", YEARS[10:], pager(2, 1))
    for number in range(4):
        address = f"{COLUMN}b/" + (f"index_{number}.html" if number else "")
        serve(replica, address, YEARS[4 * number : 4 * number + 4], pager(4, number))
    assert own(made.run()) == []
    assert given(made) == len(YEARS)


def test_what_one_part_lacks_of_what_it_states_another_does_not_make_up_for(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)
    serve(replica, COLUMN, YEARS[:8], "<div class='page'>共8条</div><a href='./b/'>历年年报</a>")
    serve(replica, f"{COLUMN}b/", YEARS[8:11], "<div class='page'>共7条</div>")
    assert own(made.run()) == [
        f"shortfall: the list {COLUMN}b/ states 7 entries, and its pages gave 3",
    ]
    assert given(made) == 11


def test_older_reports_that_a_column_leads_to_elsewhere_are_told_and_years_behind_a_query_are_read(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)
    beside = "<a href='../lnnb/'>历年年报</a><a href='./list.html?y=2015'>2015年</a><a href='./list.html?y=7'>2014年</a>"
    serve(replica, COLUMN, YEARS[:8], beside)
    serve(replica, f"{COLUMN}list.html?y=2015", [2015], "")
    summary = made.run()
    assert own(summary) == []
    assert given(made) == 9
    (note,) = [note for note in summary["notes"] if "历年年报" in note]
    assert "leads to http://sfj.jiyuan.gov.cn/zfxxgk/lnnb/ (历年年报), which was not read" in note


def test_the_tab_of_a_year_that_is_not_due_may_be_empty_and_that_of_another_year_may_not(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)
    running = datetime.now(UTC).year
    serve(replica, COLUMN, YEARS, f"<a href='./a/'>{running}年</a><a href='./b/'>2011年</a>")
    for tab in ("a", "b"):
        serve(replica, f"{COLUMN}{tab}/", [], "<p>济源市司法局 政府信息公开年报</p>")
    (reason,) = own(made.run())
    assert reason.startswith(f"incomplete: {COLUMN}b/: ")


def test_years_that_a_column_shows_by_a_script_are_named_where_no_list_gave_their_reports(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)
    running = datetime.now(UTC).year
    tabs = "".join(
        f"<li onclick='getYear({year})'>{year}年</li>" for year in (running, *YEARS[:8], YEARS[8], YEARS[9])
    )
    serve(replica, COLUMN, YEARS[:8], tabs + "<a href='javascript:more()'>历年年报</a>")
    summary = made.run()
    (reason,) = own(summary)
    assert reason.startswith(
        "by_script: the column sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/ shows 2014-2015 by a script (2015年, 2014年)"
    )
    (note,) = [note for note in summary["notes"] if "历年年报" in note]
    assert note.endswith("leads to older reports (历年年报) by a script, which is not followed")


def test_older_reports_on_another_host_are_told_whatever_stands_in_brackets_beside_their_name(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)
    serve(replica, COLUMN, YEARS[:8], "<a href='http://old.jiyuan.gov.cn/nb/'>历年年报（2015年以前）</a>")
    assert any("leads to http://old.jiyuan.gov.cn/nb/ (历年年报" in note for note in made.run()["notes"])


def test_an_entry_that_gathers_the_older_reports_is_read_as_a_list_of_them(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)
    gathers = "<li><a href='./202001/t7.html'>济源市司法局历年政府信息公开工作年度报告汇总</a></li>"
    serve(replica, COLUMN, YEARS[:8], f"<ul>{gathers}</ul>")
    serve(replica, f"{COLUMN}202001/t7.html", YEARS[8:], "")
    assert own(made.run()) == []
    assert given(made) == len(YEARS)


def test_a_report_whose_row_leads_to_the_page_of_another_year_is_missed(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    reports(replica)
    slip = f"<li><a href='{COLUMN}b/t2012.html'>济源市司法局2011年政府信息公开工作年度报告</a></li>"
    serve(replica, COLUMN, [2013, 2012, 2010], slip)
    (reason,) = own(made.run())
    assert reason.startswith("beside: sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/ links to ")
    assert "as to the report of hn-jiyuan-sfj for 2011" in reason
