"""A page of a list, understood for a site: what is fetched, what is left aside, and where the list ends."""

import json
from datetime import date
from typing import Any

import pytest

from crawler.families.anchors import soup_of
from crawler.families.listing import MOST_PAGES
from crawler.families.sublists import shown_by_script
from crawler.lists import TakenList, further_pages, take_list
from crawler.missed import is_due
from crawler.sites import load_site
from gxstore.frontier import Item

GUANGDONG = load_site("guangdong").site
SICHUAN = load_site("sichuan").site


def item(url: str, column: str, host: str, agency: str, **context: Any) -> Item:
    given = {"portal": host, "column": column, "area": None, "agency": agency, **context}
    return Item(url, "column", host, given)


def boda(text: str, page: int) -> tuple[Item, TakenList]:
    path = "/xxgk/czjnb.htm"
    asked = item(f"http://www.ms.gov.cn{path}", path, "www.ms.gov.cn", "sc-meishan-czj", page=page)
    return asked, take_list(asked, text, SICHUAN)


LINK = '<a href="/info/1034/{n}.htm">眉山市财政局20{n}年政府信息公开工作年度报告</a>'
NEXT = '<a href="/xxgk/czjnb/3.htm">下页</a>'


def test_a_link_to_another_host_is_left_aside_and_still_an_entry_of_the_list() -> None:
    path = "/zqhjj/gkmlpt/index#2811"
    api = "http://www.zhaoqing.gov.cn/zqhjj/gkmlpt/api/all/2811?page=1&sid=1"
    asked = item(api, path, "www.zhaoqing.gov.cn", "gd-zhaoqing-sthjj", page=2)
    report = {
        "title": "肇庆市生态环境局2020年政府信息公开工作年度报告",
        "url": "/zqhjj/gkmlpt/content/3/3255/post_1.html",
    }
    wechat = {
        "title": "肇庆市生态环境局2021年政府信息公开工作年度报告",
        "url": "https://mp.weixin.qq.com/s/x",
    }
    text = "\ufeff" + json.dumps({"total": 2, "articles": [report, wechat]})
    taken = take_list(asked, text, GUANGDONG)
    assert [found.context["year"] for found in taken.candidates] == [2020]
    ((aside, reason, _),) = taken.aside
    assert (aside.host, reason) == ("mp.weixin.qq.com", "off_site")
    assert (len(taken.listed), taken.told["total"]) == (2, 2)


def test_a_further_page_says_where_it_comes_from() -> None:
    asked, taken = boda(LINK.format(n=19) + NEXT, 1)
    (further,), trouble = further_pages(asked, taken, 1, SICHUAN)
    assert (further.url, further.context["page"], trouble) == (
        "http://www.ms.gov.cn/xxgk/czjnb/3.htm",
        2,
        None,
    )
    assert further.context["page_url"] == "http://www.ms.gov.cn/xxgk/czjnb.htm"


def test_a_list_that_never_ends_is_left_after_its_bound_with_a_reason() -> None:
    asked, taken = boda(LINK.format(n=19) + NEXT, MOST_PAGES + 1)
    further, trouble = further_pages(asked, taken, 1, SICHUAN)
    assert further == []
    assert trouble == f"the list goes on after {MOST_PAGES} pages: is it a trap?"


def test_a_list_that_gives_the_same_again_has_ended() -> None:
    asked, taken = boda(LINK.format(n=19) + NEXT, 5)
    assert further_pages(asked, taken, 0, SICHUAN) == ([], None)


def test_a_second_page_that_repeats_the_first_is_doubted() -> None:
    asked, taken = boda(LINK.format(n=19) + NEXT, 2)
    further, trouble = further_pages(asked, taken, 0, SICHUAN)
    assert further == []
    assert "does the portal heed the page's number?" in (trouble or "")


def test_a_column_without_any_link_is_useless_and_says_why() -> None:
    _, taken = boda("<html></html>", 1)
    assert taken.useless == "the list holds no link to any article: has the portal been rebuilt?"


def test_a_column_whose_page_another_family_reads_says_which() -> None:
    row = '<li><a href="./202101/t20210120_7.html">眉山市财政局2020年政府信息公开工作年度报告</a></li>'
    _, taken = boda(f"<ul>{row}</ul><script>createPageHTML(1, 0, 'index', 'htm')</script>", 1)
    assert (taken.useless or "").endswith("Its page is not one of the family boda, but of trs")


# ---- a column that is parted into lists


def sublists(beside: str) -> list[str]:
    """What further lists a column with one entry is found to lead to."""
    asked, taken = boda(LINK.format(n=19) + beside, 1)
    further, _ = further_pages(asked, taken, 1, SICHUAN)
    return [found.url.removeprefix("http://www.ms.gov.cn") for found in further]


@pytest.mark.parametrize(
    ("beside", "asked"),
    [
        ("<a href='nb/2018/'>2018年</a><a href='nb/2017/'>2017年度</a>", ["/xxgk/nb/2018/", "/xxgk/nb/2017/"]),
        ("<select><option value='nb/y2018.htm'>2018年</option><option value='2017'>2017年</option></select>",
         ["/xxgk/nb/y2018.htm"]),
        ("<a href='nb.htm?year=2018'>2018年</a><a href='nb.htm?day=7'>2017年</a><a href='nb.htm?c=4&y=2016'>2016年</a>",
         ["/xxgk/nb.htm?year=2018"]),
        ("<a href='lnnb.htm'>历年年报</a>", ["/xxgk/lnnb.htm"]),
        ("<a href='lsnb.htm'>历史政府信息公开年报</a>", ["/xxgk/lsnb.htm"]),
        ("<a href='old.htm'>2008-2015年年报</a>", ["/xxgk/old.htm"]),
        ("<a href='old.htm'>2014年度及以前政府信息公开工作报告</a>", ["/xxgk/old.htm"]),
        ("<iframe src='./older.htm'></iframe>", ["/xxgk/older.htm"]),
        ("<iframe src='./street/county.htm'></iframe>", ["/xxgk/street/county.htm"]),
        ("<iframe src='./visitcount.htm'></iframe><iframe src='/weather.htm'></iframe>", []),
        ("<a href='/zwgk/2018/'>2018年</a><a href='http://www.example.org/xxgk/2017/'>2017年</a>", []),
        ("<a href='czjnb.htm'>2018年</a><a href='2018.pdf'>2018年</a><a href='zd.htm'>信息公开制度</a>", []),
    ],
)  # fmt: skip
def test_the_lists_that_a_column_is_parted_into_are_asked_for(beside: str, asked: list[str]) -> None:
    assert sublists(beside) == asked


def test_a_column_that_is_nothing_but_its_years_or_a_frame_is_no_useless_one() -> None:
    for page, url in (
        ("<a href='2018/'>2018年</a>", "/xxgk/2018/"),
        ("<iframe src='/list.htm'></iframe>", "/list.htm"),
    ):
        asked, taken = boda(page, 1)
        (further,), _ = further_pages(asked, taken, 0, SICHUAN)
        assert (taken.useless, further.url) == (None, f"http://www.ms.gov.cn{url}")


def test_the_list_of_a_year_leads_to_no_lists_of_its_own_and_says_where_it_holds_nothing() -> None:
    asked, taken = boda("<a href='2018/'>2018年</a>", 1)
    (year,), _ = further_pages(asked, taken, 0, SICHUAN)
    same = "<a href='a/'>2017年</a>"
    own = take_list(year, LINK.format(n=18) + same, SICHUAN)
    assert (own.sublists, [found.context["year"] for found in own.candidates]) == ((), [2018])
    assert "sublist" not in own.candidates[0].context
    assert take_list(year, same, SICHUAN).understood.trouble is not None
    assert take_list(year, "<p>暂无内容</p>", SICHUAN).understood.trouble is None


@pytest.mark.parametrize(
    ("beside", "shown"),
    [
        ("<a href='javascript:getYear(2015)'>2015年</a>", [("2015年", (2015,))]),
        ("<li onclick='getYear(2015)'>2015</li><li onclick='getYear(2019)'>2019</li>", [("2015", (2015,))]),
        ("<a href='#'>2008-2010年年报</a>", [("2008-2010年年报", (2008, 2009, 2010))]),
        ("<select onchange='go()'><option value='2015'>2015年度</option></select>", [("2015年度", (2015,))]),
        ("<span onclick='more()'>历年年报</span>", [("历年年报", ())]),
        ("<select><option value='2015'>2015年</option></select><span>2014年</span>", []),
        ("<select onchange='go(this.value)'><option value='./2015/'>2015年</option></select>", []),
        ("<a href='javascript:;' onclick=\"location='./2015/'\">2015年</a><a href='2014/'>2014年</a>", []),
    ],
)
def test_years_that_only_a_script_shows_are_told_where_the_page_lists_no_report_of_them(
    beside: str, shown: list[tuple[str, tuple[int, ...]]]
) -> None:
    _, taken = boda(LINK.format(n=19) + beside, 1)
    assert list(taken.by_script) == shown


def test_the_list_of_one_year_bears_that_year_and_its_entries_do_not() -> None:
    asked, taken = boda(LINK.format(n=19) + "<a href='2018/'>2018年</a><a href='o/'>2008-2015年</a>", 1)
    year, span = further_pages(asked, taken, 1, SICHUAN)[0]
    assert (year.context["tab"], span.context.get("tab")) == (2018, None)
    assert "tab" not in take_list(year, LINK.format(n=18), SICHUAN).candidates[0].context


@pytest.mark.parametrize(
    ("slug", "day", "due"),
    [
        ("sc-meishan-czj", date(2027, 1, 31), False),
        ("sc-meishan-czj", date(2027, 2, 1), True),
        (None, date(2027, 2, 1), True),
        ("sc-meishan-zf", date(2027, 3, 31), False),
        ("sc-meishan-zf", date(2027, 4, 1), True),
    ],
)
def test_a_report_is_due_in_the_year_after_a_department_s_sooner_than_a_government_s(
    slug: str | None, day: date, due: bool
) -> None:
    assert is_due(2026, slug, SICHUAN, day) is due


# ---- links as pages write them


@pytest.mark.parametrize(
    "written",
    [
        '<a href="javascript:void(0)" onclick="window.open(\'/info/1034/18.htm\')">{t}</a>',
        '<a href="#" onclick="location.href=\'../info/1034/18.htm\'">{t}</a>',
        "<ul><li onclick=\"location='/info/1034/18.htm'\">{t}</li></ul>",
        '<a href="..\\info\\1034\\18.htm">{t}</a>',
        '<a href="HTTP://WWW.MS.GOV.CN/info/1034/18.htm">{t}</a>',
        '<a href="http://ms.gov.cn:80/info/1034/18.htm">{t}</a>',
        '<base href="http://www.ms.gov.cn/info/"><a href="1034/18.htm">{t}</a>',
    ],
)
def test_an_entry_is_taken_however_its_address_is_written(written: str) -> None:
    _, taken = boda(written.format(t="眉山市财政局2018年政府信息公开工作年度报告"), 1)
    assert [(found.url, found.context["year"]) for found in taken.candidates] == [
        ("http://www.ms.gov.cn/info/1034/18.htm", 2018)
    ]


@pytest.mark.parametrize(
    "onclick", ["gotoPage('/xxgk/czjnb.htm', 2)", "show('box')", "window.open('http://[x/')", "play(3)"]
)
def test_a_script_that_opens_no_page_makes_no_link(onclick: str) -> None:
    _, taken = boda(LINK.format(n=19) + f'<a href="#" onclick="{onclick}">政府信息公开</a>', 1)
    assert len(taken.listed) == 1


@pytest.mark.parametrize(
    ("address", "title", "reason"),
    [
        ("http://www.other.gov.cn/info/9/1.htm", "历年政府信息公开年度报告", "off_site"),
        ("/info/1034/77.htm", "眉山市民政局历年政府信息公开年度报告", "other_agency"),
        ("/info/1034/78.htm", "关于报送历年政府信息公开年度报告的通知", "not_a_report"),
        ("/info/1034/79.htm", "眉山市历史文化名城保护年度报告", "not_a_report"),
    ],
)
def test_what_gathers_no_older_reports_of_the_column_s_body_is_no_list_of_it(
    address: str, title: str, reason: str
) -> None:
    _, taken = boda(LINK.format(n=19) + f'<a href="{address}">{title}</a>', 1)
    assert taken.sublists == ()
    assert [found[1] for found in taken.aside] == [reason]


def test_the_history_of_a_town_is_no_list_of_its_older_reports() -> None:
    menu = '<a href="/xxgk/lswh.htm">历史文化</a><a href="/lsyg.htm">历史沿革</a><a href="/xxgk/ls.htm">历史年报</a>'
    _, taken = boda(LINK.format(n=19) + menu, 1)
    assert taken.sublists == (("http://www.ms.gov.cn/xxgk/ls.htm", "历史年报"),)
    assert taken.elsewhere == ()


def test_a_choice_of_years_counts_from_the_first_that_has_reports() -> None:
    years = "".join(f"<option>{year}</option>" for year in range(2003, 2012))
    soup = soup_of(f'<select onchange="go()">{years}</select>')
    assert list(shown_by_script(soup, "http://www.ms.gov.cn/xxgk/")) == ["2008", "2009", "2010", "2011"]


def test_a_number_of_pages_that_a_pager_bears_does_not_make_a_list_whole() -> None:
    links = "".join(LINK.format(n=year) for year in range(11, 16))
    pager = '<div class="pager" data-total="3"><span onclick="go(2)">下一页</span></div>'
    _, taken = boda(f"<ul>{links}</ul>{pager}", 1)
    assert taken.understood.stated_total is None
    assert "is not its last" in (taken.understood.trouble or "")
