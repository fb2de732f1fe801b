"""Pagers as portals write them: a list is followed to its end however its numbers are written, and whoever caps its pages."""

import json
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from crawler.families import FAMILIES, Ask, ListPage, Served

REPORT = "试县司法局2020年政府信息公开工作年度报告"
TRS = "http://sfj.a.example/zwgk/nb/"


def read(family: str, text: str, asked: Ask | str, start: str | None = None) -> ListPage:
    ask = Ask(asked) if isinstance(asked, str) else asked
    return FAMILIES[family].read(Served(text, ask, start or ask.url))


@pytest.mark.parametrize(
    "script",
    [
        'createPageHTML("3","0","index","html");',
        'createPageHTML (3, 0, "index", "html");',
        'createPageHTML(3, 0, "./index", ".html");',
        'CreatePageHTML(3, 0, "index", "html");',
        '//createPageHTML(1, 0, "index", "html");\ncreatePageHTML(3, 0, "index", "html");',
        'createPageHTML(9, 0, "zcjd", "html"); createPageHTML(3, 0, "index", "html");',
        'var all = 3, at = 0; createPageHTML(all, at, "index", "html");',
        "let currentPage=0, countPage='3';",
        "var currentPage = 0; var countPage = parseInt(3)//共多少页",
        'createPage(3, 0, "index", "html");',
        'var m_nRecordCount = "15"; var m_nPageSize = 5; var m_strPageExt="html";',
        '<!--\ncreatePageHTML(3, 0, "index", "html");\n//-->',
    ],
)
def test_the_call_of_a_static_list_is_read_however_it_is_written(script: str) -> None:
    old = '<!-- <script>createPageHTML(1, 0, "index", "html")</script> -->'
    found = read("trs", f"{old}<script>{script}</script>", TRS)
    assert [ask.url for ask in found.further] == [TRS + "index_1.html", TRS + "index_2.html"]


@pytest.mark.parametrize(("family", "name"), [("trs", "index_1.html"), ("ucap", "index_2.shtml")])
def test_a_static_list_whose_pager_is_a_plain_link_is_followed(family: str, name: str) -> None:
    (ask,) = read(family, f'<a href="{name}">下一页</a>', TRS).further
    assert (ask.url, ask.page) == (TRS + name, 2)
    assert read(family, f'<a href="{name}">下一页</a>', ask).further == ()


def test_a_boda_pager_of_numbers_alone_is_followed() -> None:
    url = "http://a.example/list.jsp?urltype=tree.TreeTempUrl&wbtreeid=1029"
    page = "".join(f'<a href="{url}&PAGENUM={number}">{number}</a>' for number in (1, 2, 3))
    (second,) = read("boda", page, url).further
    (third,) = read("boda", page, second).further
    assert parse_qs(urlsplit(third.url).query)["PAGENUM"] == ["3"]
    assert read("boda", page, third).further == ()


@pytest.mark.parametrize(
    ("link", "target", "argument"),
    [
        ('<a href=\'javascript:__doPostBack("P","2")\'>2</a>', "P", "2"),
        ("<a href=\"javascript:__doPostBack('G','Page$2')\">2</a>", "G", "Page$2"),
        ("<a href=\"javascript:__doPostBack('G','Page$Next')\">下一页</a>", "G", "Page$Next"),
        ("<a href=\"javascript:__doPostBack('lbNext','')\">下一页</a>", "lbNext", ""),
        ("<a href='#' onclick=\"__doPostBack('P','2')\">2</a>", "P", "2"),
        (
            '<a href=\'javascript:WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions("P", "2", true))\'>2</a>',
            "P",
            "2",
        ),
    ],
)
def test_a_postback_is_sent_as_its_link_says(link: str, target: str, argument: str) -> None:
    form = '<form action="nb.aspx"><input type="hidden" name="__VIEWSTATE" value="x">'
    (ask,) = read("aspnet", f"{form}{link}</form>", "http://a.example/nb.aspx").further
    sent = dict(parse_qsl(ask.body, keep_blank_values=True))
    assert (sent["__EVENTTARGET"], sent["__EVENTARGUMENT"]) == (target, argument)
    other = f"{form}<a href=\"javascript:__doPostBack('lbOut','')\">退出</a></form>"
    assert read("aspnet", other, "http://a.example/nb.aspx").further == ()


GK = "http://a.example/gkmlpt/api/all/2811?page=1&sid=7"


def gkmlpt(rows: int, **said: object) -> str:
    return json.dumps({**said, "articles": [{"title": REPORT, "url": f"/p/{n}.html"} for n in range(rows)]})


@pytest.mark.parametrize("said", [{"total": None}, {"total": 0}, {}])
def test_a_gkmlpt_list_without_a_total_goes_on_until_a_page_is_not_full(said: dict[str, object]) -> None:
    start = "http://a.example/gkmlpt/index#2811"
    (second,) = read("gkmlpt", gkmlpt(20, **said), GK, start).further
    (third,) = read("gkmlpt", gkmlpt(20, **said), second, start).further
    assert "page=3&" in third.url
    assert read("gkmlpt", gkmlpt(5, **said), third, start).further == ()
    counted = gkmlpt(20, **said, classify={"post_count": 45})
    assert read("gkmlpt", counted, GK, start).stated_total == 45


def test_a_gkmlpt_server_that_gives_fewer_than_a_hundred_is_asked_by_what_it_gives() -> None:
    assert len(read("gkmlpt", gkmlpt(20, total=45), GK, "http://a.example/gkmlpt/index#2811").further) == 2


@pytest.mark.parametrize(("said", "pages"), [({}, 1), ({"totalCount": 45}, 2), ({"pageCount": 3}, 2)])
def test_a_json_list_of_ucap_goes_on_whatever_it_calls_its_total(said: dict[str, int], pages: int) -> None:
    rows = [{"title": REPORT, "url": f"/202401/{n:032x}.shtml"} for n in range(20)]
    start = f"http://a.example/common/search/{'a' * 32}?_isJson=true&page=1"
    assert len(read("ucap", json.dumps({"data": {**said, "results": rows}}), start).further) == pages
    assert read("ucap", json.dumps({"data": {"results": rows[:7]}}), start).further == ()


def test_an_epoint_list_without_a_total_is_read_from_page_nought_and_from_page_one() -> None:
    start = "http://a.example/x.html?categorynum=003006"
    body = {"pageIndex": 0, "pageSize": 20}
    first = Ask("http://a.example/rest", "POST", json.dumps({"params": body, **body}), page=3)
    further = read("epoint", '{"custom": {"data": []}}', first, start).further
    assert [json.loads(ask.body)["pageIndex"] for ask in further] == [1, 2]
    rows = [{"infourl": f"/003/{n}.html", "title": REPORT} for n in range(10)]
    named = read("epoint", json.dumps({"custom": {"data": rows, "totalNum": 45}}), first, start)
    assert (named.stated_total, len(named.further)) == (45, 5)


def test_the_years_of_a_form_may_have_no_value_or_the_word_year() -> None:
    page = "<select name='fbtime'><option>2012年</option><option value='2013年'>x</option><option value='2014'>2014年</option></select>"
    found = read("hanweb_xxgk", page, "http://a.example/module/xxgk/xxgkAnnualReport.jsp?area=11")
    years = [parse_qs(urlsplit(link.url).query)["fbtime"][0] for link in found.links]
    assert years == ["2012年", "2013年", "2014"]
    assert [re.findall(r"^\d{4}", link.title)[0] for link in found.links] == ["2012", "2013", "2014"]


def test_a_link_beside_the_years_of_a_lonsun_column_does_not_stand_for_them() -> None:
    start = "http://a.example/public/column/12651?type=3"
    years = "".join(f'<a href="{start}&timeFrame={year}">{year}年</a>' for year in range(2011, 2016))
    beside = f'<a href="/public/6981/146422691.html">{REPORT}</a>'
    assert len(read("lonsun", years + beside, start).links) == 6


def test_a_lonsun_pager_by_script_is_followed_by_its_number() -> None:
    start = "http://a.example/public/column/24601?type=4&action=list"
    page = f'<ul class="doc_list"><a href="/public/6981/7.html">{REPORT}</a></ul><script>Ls.pagination({{pageCount:2}})</script>'
    (second,) = read("lonsun", page, start).further
    assert second.url == start + "&pageIndex=2"
    assert read("lonsun", page, second).further == ()


def test_a_truecms_script_may_assign_what_others_pass() -> None:
    page = "<script>var proxyUrl='/truecms/getMessage.do'; var totalRecord=15; x({columnid:'aa-bb'})</script>"
    (ask,) = read("truecms", page, "http://a.example/nb/nb.html").further
    assert parse_qs(urlsplit(ask.url).query)["columnId"] == ["aa-bb"]
