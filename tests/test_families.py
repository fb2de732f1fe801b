"""CMS families: pages and replies as portals serve them, in; links, totals and further requests, out."""

import json
import re
from datetime import date
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from crawler.families import FAMILIES, Ask, ListPage, Served, recognise
from crawler.families.listing import MOST_PAGES

REPORT = "试县司法局2020年政府信息公开工作年度报告"


def read(
    family: str, text: str, asked: Ask | str, start: str | None = None, options: dict[str, str] | None = None
) -> ListPage:
    ask = Ask(asked) if isinstance(asked, str) else asked
    return FAMILIES[family].read(Served(text, ask, start or ask.url, options or {}))


def urls(found: ListPage) -> list[str]:
    return [ask.url for ask in found.further]


def titles(found: ListPage) -> list[str]:
    return [link.title for link in found.links]


# ---- static lists


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>7</td><td>{t}</td><td>试县司法局</td><td>2021-01-20</td><td><a href='./202101/t20210120_7.html'>查看</a></td></tr>",
        "<li><span>{t}</span> 2021年1月20日 <a href='./202101/t20210120_7.html'>[详细]</a></li>",
        "<li><a href='./202101/t20210120_7.html'><img src='x.jpg'></a><p>{t}</p></li>",
        "<li><a href='./202101/t20210120_7.html'><img src='x.jpg'></a>{t}</li>",
        "<li><a href='./202101/t20210120_7.html'><img src='x.jpg' alt='{t}'></a></li>",
        "<li><a href='./202101/t20210120_7.html'>{t}</a><a href='./202101/t20210120_7.html'>查看</a></li>",
    ],
)
def test_a_link_that_says_nothing_itself_is_titled_by_its_row(row: str) -> None:
    found = read("trs", f"<table>{row.format(t=REPORT)}</table>", "http://sfj.a.example/nb/")
    assert titles(found) == [REPORT]


def test_a_file_beside_a_titled_link_is_not_titled_by_it() -> None:
    row = f"<li><a href='./202101/t20210120_7.html'>{REPORT}</a> <a href='./202101/t20210120_8.html'>下载</a></li>"
    assert titles(read("trs", row, "http://sfj.a.example/nb/")) == [REPORT, "下载"]


def test_page_two_of_hunan_is_index_2_and_its_rows_are_the_total() -> None:
    start = "http://sft.hunan.gov.cn/sft/xxgk_71079/nb/"
    page = (
        f'<ul><li><a href="./202401/t20240119_32629990.html">{REPORT}</a><span>2024-01-19</span></li></ul>'
        "<script>createPageHTML('paging',3,1,'index','html',50);</script>"
    )
    found = read("trs", page, start)
    assert titles(found) == [REPORT]
    assert urls(found) == [start + "index_2.html", start + "index_3.html"]
    assert (found.stated_pages, found.stated_total) == (3, 50)
    later = read("trs", page.replace("3,1,", "3,2,"), start + "index_2.html")
    assert later.further == ()


def test_a_trs_call_may_state_its_entries_last() -> None:
    found = read("trs", 'createPageHTML(2,0,"index","shtml","black2",36);', "http://a.example/x/")
    assert (urls(found), found.stated_total) == (["http://a.example/x/index_1.shtml"], 36)


def test_a_column_whose_list_goes_on_behind_a_search_states_more_than_trs_reads() -> None:
    page = f"<dl><dd><a href=\"./202503/t20250310_97791.htm\">{REPORT}</a></dd></dl><script>pagebar:{{recordCount: '20'}}</script>"
    found = read("trs", page, "https://www.pingtan.gov.cn/zwgk/zfxxgk/zfxxgknb/")
    assert (len(found.links), found.stated_total) == (1, 20)


def test_a_list_with_a_search_behind_it_that_states_no_number_is_a_trouble_under_the_plain_family() -> None:
    page = LIST_MODEL.replace("recordCount: '20', ", "")
    assert "trs_search" in (read("trs", page, PINGTAN).trouble or "")


def test_the_search_behind_a_list_is_followed_though_it_states_no_pages_and_never_taken_for_its_end() -> None:
    ask = Ask("https://www.pingtan.gov.cn/fjdzapp/search", "POST", "channelid=1&page=1&prepage=75", page=2)
    row = {"doctitle": REPORT, "chnldocurl": "https://www.pingtan.gov.cn/t20200101_7.htm"}
    (following,) = read("trs_search", json.dumps({"data": [row]}), ask, PINGTAN).further
    assert dict(parse_qsl(following.body))["page"] == "2"
    assert read("trs_search", json.dumps({"data": []}), following, PINGTAN).further == ()
    assert "nothing that can be read" in (read("trs_search", '{"code": 500}', ask, PINGTAN).trouble or "")


def test_the_second_page_of_an_shtml_list_bears_the_name_of_the_list() -> None:
    start = "http://www.a.example/xjnlk/c112945/xxgk_list.shtml"
    page = (
        f'<li><a href="/xjnlk/c112945/202401/{"a" * 32}.shtml">{REPORT}</a></li>'
        f'<li><a href="/other/202401/{"b" * 32}.shtml">别栏目</a></li><li><a href="xxgk_list_2.shtml">2</a></li>'
        '<a href="xxgk_list_12.shtml">尾页</a>'
        "<script>createPageHTML('page_div',2,1,'xxgk_list','shtml',12);</script>"
    )
    found = read("ucap", page, start)
    assert titles(found) == [REPORT]
    assert urls(found) == ["http://www.a.example/xjnlk/c112945/xxgk_list_2.shtml"]
    assert found.stated_total == 12


def test_an_endless_list_is_bounded_and_says_so() -> None:
    for family, text, url in (
        ("trs", 'createPageHTML(99999, 0, "index", "html");', "http://a.example/x/"),
        ("ucap", "createPageHTML('p',99999,1,'l','shtml',9);", "http://a.example/x/l.shtml"),
        (
            "boda",
            '<a href="?totalpage=99999&PAGENUM=2&wbtreeid=1">2</a>',
            "http://a.example/l.jsp?wbtreeid=1",
        ),
    ):
        found = read(family, text, url)
        assert len(found.further) < MOST_PAGES
        assert found.trouble is not None
        assert "99999 pages" in found.trouble


# ---- TRS with a search behind

PINGTAN = "https://www.pingtan.gov.cn/zwgk/zfxxgk/zfxxgknb/"
LIST_MODEL = """<script>var SiteInfo = { searchId: 200210, //默认的文档检索频道的ID
};</script><script>
        require(["list2.trsapi", "tools"], function(listModel, tools) {
            listModel({
                quickMode: "动静结合",
                maxStaticIndex: 1,
                listArgs: {
                    channelid: SiteInfo.searchId,
                    classsql: "" || "chnlid=1813",
                    sortfield: "-docorderpri,-docreltime"
                },
                pagebar: { prepage: 10, recordCount: '20', pgTemp: "pgBar_xxgk.html" } }); });</script>"""


def test_the_search_behind_a_trs_list_is_asked_with_the_arguments_of_the_page() -> None:
    static = f'<dl><dd><a href="./202503/t20250310_97791.htm" title="{REPORT}">{REPORT}</a></dd><dd>2025-03-10</dd></dl>'
    found = read("trs_search", static + LIST_MODEL, PINGTAN)
    assert found.links[0].shown == date(2025, 3, 10)
    (ask,) = found.further
    assert (ask.url, ask.method) == ("https://www.pingtan.gov.cn/fjdzapp/search", "POST")
    assert dict(parse_qsl(ask.body)) == {
        "channelid": "200210",
        "classsql": "chnlid=1813",
        "sortfield": "-docorderpri,-docreltime",
        "page": "1",
        "prepage": "75",
    }
    assert found.stated_total == 20
    for name in ("data", "docs"):
        row = {
            "doctitle": f"<em>{REPORT}</em>",
            "chnldocurl": "http://www.pingtan.gov.cn/zwgk/zfxxgk/zfxxgknb/201204/t20120401_80678.htm",
            "docreltime": "2012-04-01 10:11:12",
        }
        reply = read("trs_search", json.dumps({name: [row], "pageCount": 3}), ask, PINGTAN)
        assert [(link.url, link.title, link.shown) for link in reply.links] == [
            (PINGTAN + "201204/t20120401_80678.htm", REPORT, date(2012, 4, 1))
        ]
        assert [dict(parse_qsl(further.body))["page"] for further in reply.further] == ["2", "3"]


def test_a_search_that_states_fewer_pages_than_its_entries_fill_is_followed_further() -> None:
    (ask,) = read("trs_search", LIST_MODEL, PINGTAN).further
    row = {"doctitle": REPORT, "chnldocurl": "./201204/t20120401_8.htm"}
    rows = [{**row, "chnldocurl": f"./201204/t20120401_{n}.htm"} for n in range(7)]
    (second,) = read(
        "trs_search", json.dumps({"data": rows, "pageCount": 1, "count": 20}), ask, PINGTAN
    ).further
    assert dict(parse_qsl(second.body))["page"] == "2"
    (third,) = read(
        "trs_search", json.dumps({"data": rows, "pageCount": 1, "count": 20}), second, PINGTAN
    ).further
    enough = json.dumps({"data": rows, "pageCount": 1, "count": 21})
    assert read("trs_search", enough, third, PINGTAN).further == ()
    nothing = json.dumps({"data": [], "pageCount": 1, "count": 20})
    assert read("trs_search", nothing, second, PINGTAN).further == ()
    assert read("trs_search", json.dumps({"data": rows, "pageCount": 1}), ask, PINGTAN).further == ()


def test_a_list_page_that_names_no_search_is_a_trouble_of_its_family() -> None:
    assert read("trs_search", "<ul></ul>", PINGTAN).trouble is not None


# ---- Hanweb

COLUMN = "http://www.a.example/col/col61490/index.html"
RECORD = "<record><![CDATA[\n<li><a href='/art/2021/1/31/art_61490_{n}.html' title='{t}'>{t}</a><span>2021-01-31</span></li>]]></record>"
NEXT_GROUP = (
    '<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&appid=1&appid=1&webid=39&path=/&columnid=61490'
    '&unitid=247686&webname=试县&permissiontype=0"></a>]]></nextgroup>'
)


def records(numbers: range) -> str:
    return "".join(RECORD.format(n=number, t=f"{REPORT}{number}") for number in numbers)


def jpage(numbers: range, total: int) -> str:
    return (
        f'<div id="247686"><script type="text/xml"><datastore>{NEXT_GROUP}<recordset>{records(numbers)}</recordset>'
        f"</datastore></script></div><script>$('#247686').jpage({{totalRecord:{total},perPage:15,"
        "proxyUrl:'/module/web/jpage/dataproxy.jsp'});</script>"
    )


def reply(numbers: range, total: int) -> str:
    return (
        f"<datastore><totalrecord>{total}</totalrecord><totalpage>9</totalpage>{NEXT_GROUP}"
        f"<recordset>{records(numbers)}</recordset></datastore>"
    )


def test_a_jpage_list_is_asked_for_in_both_ways_that_servers_understand() -> None:
    found = read("hanweb_jpage", jpage(range(45), 130), COLUMN)
    assert (len(found.links), found.stated_total) == (45, 130)
    (ask,) = found.further
    query = dict(parse_qsl(urlsplit(ask.url).query))
    assert (ask.method, query) == (
        "POST",
        {"page": "1", "startrecord": "1", "endrecord": "100", "perpage": "100"},
    )
    body = dict(parse_qsl(ask.body))
    assert (body["columnid"], body["unitid"], body["webid"], body["webname"]) == (
        "61490",
        "247686",
        "39",
        "试县",
    )
    second = read("hanweb_jpage", reply(range(100), 130), ask, COLUMN)
    (ask,) = second.further
    assert dict(parse_qsl(urlsplit(ask.url).query))["startrecord"] == "101"
    assert read("hanweb_jpage", reply(range(100, 130), 130), ask, COLUMN).further == ()


@pytest.mark.parametrize(
    "script",
    [
        "proxyUrl:'/module/web/jpage/dataproxy.jsp',ajaxParam:{col:1,appid:1,webid:39,path:'/',columnid:61490,unitid:'247686'}",
        "proxyUrl:'/module/web/jpage/dataproxy.jsp?col=1&appid=1&webid=39&path=/&columnid=61490&unitid=247686'",
    ],
)
def test_a_jpage_list_that_names_no_next_group_is_asked_for_by_what_its_script_says(script: str) -> None:
    page = jpage(range(45), 130)
    page = re.sub(r"<nextgroup>.*?</nextgroup>", "", page).replace(
        "proxyUrl:'/module/web/jpage/dataproxy.jsp'", script
    )
    (ask,) = read("hanweb_jpage", page, COLUMN).further
    fields = dict(parse_qsl(ask.body))
    assert ask.url.startswith("http://www.a.example/module/web/jpage/dataproxy.jsp?page=1&startrecord=1&")
    assert (fields["columnid"], fields["unitid"], fields["webid"]) == ("61490", "247686", "39")


def test_a_jpage_server_that_gives_fewer_than_asked_for_is_asked_for_as_many_as_it_gives() -> None:
    (ask,) = read("hanweb_jpage", jpage(range(45), 130), COLUMN).further
    got, page = 0, ask
    while True:
        query = {key: int(value) for key, value in parse_qsl(urlsplit(page.url).query)}
        size = min(query["perpage"], 40)
        first = (query["page"] - 1) * size
        assert first == (query["startrecord"] - 1 if query["page"] > 1 else 0)
        found = read("hanweb_jpage", reply(range(first, min(first + size, 130)), 130), page, COLUMN)
        got += len(found.links)
        if not found.further:
            break
        (page,) = found.further
    assert got == 130


def test_a_short_jpage_list_stands_in_its_page() -> None:
    assert read("hanweb_jpage", jpage(range(8), 8), COLUMN).further == ()


def test_a_jpaas_list_is_the_unit_of_the_page() -> None:
    start = "https://www.a.example/zwgk/nb/index.html"
    unit = (
        '<script type="text/javascript" src="/AuthorizedRead/unitbuild.js" '
        "url=\"/api-gateway/jpaas-publish-server/front/page/build/unit\" queryData=\"{{'webId':'3630','tplSetId':'x',"
        "'pageType':'column','tagId':'{tag}','editType':'null','pageId':'p','parseType':'bulidstatic'}}\"></script>"
    )
    page = "".join(unit.format(tag=tag) for tag in ("头部内容", "当前栏目list", "页脚"))
    (ask,) = read("hanweb_jpaas", page, start).further
    query = {key: values[0] for key, values in parse_qs(urlsplit(ask.url).query).items()}
    assert (query["tagId"], json.loads(query["paramJson"])) == ("当前栏目list", {"pageNo": 1, "pageSize": 15})
    (other,) = read("hanweb_jpaas", page, start, options={"tag": "页脚"}).further
    assert parse_qs(urlsplit(other.url).query)["tagId"] == ["页脚"]
    href = "/zwgk/nb/art/2023/art_bb2bd4d8ca484b79b0fab2c756cd6fe9.html"
    markup = f"<ul><li class='clearfix'><a href='{href}' title='{REPORT}'>{REPORT}</a><span>2023-01-20</span></li></ul>"
    paged = markup + "<div class='pagination' rows='15' count='43'></div>"
    found = read("hanweb_jpaas", json.dumps({"success": True, "data": {"html": paged}}), ask, start)
    assert [(link.url, link.title) for link in found.links] == [("https://www.a.example" + href, REPORT)]
    assert (found.stated_total, found.stated_pages, len(found.further)) == (43, 3, 2)
    unpaged = read("hanweb_jpaas", json.dumps({"data": {"html": markup}}), ask, start)
    assert len(unpaged.further) == 1
    assert read("hanweb_jpaas", json.dumps({"data": {"html": "<ul></ul>"}}), ask, start).further == ()


def test_a_list_of_the_xxgk_module_is_posted_for_page_by_page() -> None:
    start = "http://www.a.example/col/col1256283/index.html"
    page = (
        '<iframe src="/module/xxgk/tree.jsp?area=1115000001151201XD&amp;divid=div1686&amp;jdid=2"></iframe>'
    )
    assert recognise(page, start) == ("hanweb_search", {})
    found = read("hanweb_search", page, start)
    (ask,) = found.further
    assert (ask.url, ask.method, found.is_entry) == (
        "http://www.a.example/module/xxgk/search.jsp",
        "POST",
        True,
    )
    fields = dict(parse_qsl(ask.body, keep_blank_values=True))
    assert (fields["area"], fields["divid"], fields["jdid"], fields["currpage"], fields["fbtime"]) == (
        "1115000001151201XD",
        "div1686",
        "2",
        "1",
        "-1",
    )
    row = (
        f'<tr class="tr_main_value_odd"><td>1</td><td><a href="/art/2021/1/25/art_1256283_58.html" mc="{REPORT}">试县…</a></td>'
        "<td>2021-01-25</td></tr>"
    )
    pager = "<tr><td class='tb_title'>&nbsp;&nbsp;共3页&nbsp;</td></tr>"
    got = read("hanweb_search", f"<table>{row}{pager}</table>", ask, start)
    assert [(link.url, link.title, link.shown) for link in got.links] == [
        ("http://www.a.example/art/2021/1/25/art_1256283_58.html", REPORT, date(2021, 1, 25))
    ]
    assert [dict(parse_qsl(further.body))["currpage"] for further in got.further] == ["2", "3"]
    assert got.stated_pages == 3
    assert read("hanweb_search", f"<table>{row}{pager}</table>", got.further[0], start).further == ()
    (unpaged,) = read("hanweb_search", f"<table>{row}</table>", got.further[0], start).further
    assert dict(parse_qsl(unpaged.body))["currpage"] == "3"
    assert read("hanweb_search", "<table></table>", unpaged, start).further == ()
    nameless = read("hanweb_search", "<script src='/module/xxgk/tree.jsp?divid=div1'></script>", start)
    assert "neither area nor infotypeId" in (nameless.trouble or "")
    (told,) = read("hanweb_search", page, start, options={"infotypeId": "B001"}).further
    assert dict(parse_qsl(told.body))["infotypeId"] == "B001"


def test_a_publishing_server_that_reports_a_failure_is_a_trouble_and_not_the_end_of_the_list() -> None:
    unit = "https://www.a.example/api?pageId=p&paramJson=%7B%22pageNo%22%3A3%7D"
    found = read(
        "hanweb_jpaas", json.dumps({"success": False, "message": "系统繁忙", "data": None}), Ask(unit, page=4)
    )
    assert "系统繁忙" in (found.trouble or "")


def test_a_jpaas_list_that_comes_in_its_page_names_its_unit_where_its_pages_are_turned() -> None:
    start = "https://www.a.example/zwgk/nb/index.html"
    query = "{'webId':'8d82','pageId':'7df2','parseType':'buildstatic','pageType':'column','tagId':'当前栏目_list','tplSetId':'2097'}"
    page = (
        "<ul><li class='cf'><a class='fl' href='/zwgk/nb/art/2025/art_ab12.html' title='…'></a></li></ul>"
        f'<div class="pagination" querydata="{query}" rows="24" unitid="当前栏目_list" count="53" pageno="1" '
        'uniturl="/api-gateway/jpaas-publish-server/front/page/build/unit"></div>'
    )
    assert recognise(page, start) == ("hanweb_jpaas", {})
    found = read("hanweb_jpaas", page, start)
    (ask,) = found.further
    asked = {key: values[0] for key, values in parse_qs(urlsplit(ask.url).query).items()}
    assert (asked["pageId"], json.loads(asked["paramJson"])) == ("7df2", {"pageNo": 1, "pageSize": 24})
    assert found.is_entry
    assert found.trouble is None
    reply = read("hanweb_jpaas", json.dumps({"success": True, "data": {"html": page}}), ask, start)
    pages = [json.loads(parse_qs(urlsplit(further.url).query)["paramJson"][0]) for further in reply.further]
    assert pages == [{"pageNo": 2, "pageSize": 24}, {"pageNo": 3, "pageSize": 24}]


def test_a_jpaas_list_of_one_page_has_its_links_in_the_page() -> None:
    start = "https://www.a.example/col/col1229743683/index.html"
    own = ("/art/2026/3/17/art_1229743683_58950.html", "/col/col1229743683/art/2026/art_99f2702a.html")
    other = ("/art/2026/3/17/art_1229000001_58950.html", "/col/col7/art/2026/art_99f2702a.html")
    page = "".join(f"<a href='{href}'>{REPORT}</a>" for href in own + other)
    found = read("hanweb_jpaas", page, start)
    assert [link.url for link in found.links] == ["https://www.a.example" + href for href in own]
    assert found.trouble is None
    rebuilt = read("hanweb_jpaas", "<a href='/art/2026/3/17/art_1229000001_58950.html'>新闻</a>", start)
    assert (rebuilt.links, "names no unit" in (rebuilt.trouble or "")) == ((), True)


# ---- 南方网


def test_a_gkmlpt_column_is_the_fragment_of_its_address() -> None:
    start = "http://www.zhaoqing.gov.cn/zqhjj/gkmlpt/index#2811"
    found = read("gkmlpt", '<script>window._CONFIG = { SID: "758003", TREE: [] }</script>', start)
    assert (urls(found), found.is_entry) == (
        ["http://www.zhaoqing.gov.cn/zqhjj/gkmlpt/api/all/2811?page=1&sid=758003"],
        True,
    )
    article = {
        "id": 3255421,
        "title": REPORT,
        "url": "http://www.zhaoqing.gov.cn/zqhjj/gkmlpt/content/3/3255/post_3255421.html",
        "date": 1611500400,
        "created_at": "2021-01-24 23:00:00",
    }
    elsewhere = {"id": 2, "title": "图解", "url": "https://mp.weixin.qq.com/s/abc", "date": 1611500400}
    body = {
        "classify": {"id": 2811, "name": "年报", "post_count": 203},
        "total": 203,
        "articles": [article, elsewhere],
    }
    read_reply = read("gkmlpt", json.dumps(body), found.further[0], start)
    assert read_reply.links[0].shown == date(2021, 1, 24)
    assert read_reply.links[1].url.startswith("https://mp.weixin.qq.com/")
    assert (read_reply.stated_total, read_reply.stated_pages, len(read_reply.further)) == (203, 3, 2)
    assert "page=3&" in read_reply.further[1].url
    assert read("gkmlpt", json.dumps(body), read_reply.further[0], start).further == ()


def test_a_gkmlpt_page_without_its_number_is_a_trouble() -> None:
    assert read("gkmlpt", 'SID: "1"', "http://a.example/gkmlpt/index").trouble is not None
    assert read("gkmlpt", "<html></html>", "http://a.example/gkmlpt/index#1").trouble is not None


# ---- 开普云 behind JSON


def test_the_json_list_of_ucap_is_paged_by_what_the_server_gives() -> None:
    start = f"http://www.a.example/common/search/{'f' * 32}?_isAgg=true&_isJson=true&_pageSize=50&_template=index&page=1"
    row = {
        "title": REPORT,
        "url": "//www.a.example/a/202101/x.shtml",
        "publishedTimeStr": "2021-01-25 17:18:49",
        "channelName": "年报",
    }
    found = read("ucap", json.dumps({"data": {"total": 63, "rows": 20, "results": [row] * 20}}), start)
    assert found.links[0].url == "http://www.a.example/a/202101/x.shtml"
    assert (found.stated_total, len(found.further), found.column_name) == (63, 3, "年报")
    assert parse_qs(urlsplit(found.further[-1].url).query)["page"] == ["4"]


# ---- Lonsun

LONSUN = "http://www.a.example/public/column/24601?type=4&action=list&nav=3&catId=34482303"


def test_a_lonsun_list_goes_on_while_it_links_to_a_higher_page() -> None:
    page = (
        f'<table class="r_xh_b clearfix"><tr><td><div class="title"><a href="/public/6981/146422691.html" title="{REPORT}">'
        f'{REPORT}</a></div><p class="subTitle"><span>成文日期：2021-01-25</span></p></td></tr></table>'
        '<div class="side"><a href="/public/6981/1.html">最新</a></div><div>共31条'
        '<a href="/public/column/24601?type=4&amp;action=list&amp;nav=3&amp;catId=34482303&amp;pageIndex=2">下一页</a></div>'
    )
    found = read("lonsun", page, LONSUN)
    assert [(link.url, link.shown) for link in found.links] == [
        ("http://www.a.example/public/6981/146422691.html", date(2021, 1, 25))
    ]
    assert urls(found) == [LONSUN + "&pageIndex=2"]
    assert found.stated_total == 31
    assert read("lonsun", page, LONSUN + "&pageIndex=2", LONSUN).further == ()


def test_the_years_of_a_lonsun_column_are_its_reports() -> None:
    start = "http://www.a.example/public/column/12651?type=3&nav=5&sub=4"
    page = "".join(
        f'<a href="/public/column/12651?type=3&nav=5&sub=4&timeFrame={year}&hasContent=true">{year}年</a>'
        for year in (2021, 2020)
    )
    found = read("lonsun", page, start)
    assert titles(found) == ["2021年政府信息公开工作年度报告", "2020年政府信息公开工作年度报告"]


def test_a_lonsun_label_is_posted_to_until_it_gives_nothing() -> None:
    form = "labelName=publicInfoList&siteId=6784211&organId=6595721&catIds=6717425&pageSize=15&pageIndex=1&fileNum="
    first = FAMILIES["lonsun"].first("http://hrss.a.example/site/label/8888", {"form": form})
    assert (first.method, dict(parse_qsl(first.body, keep_blank_values=True))["fileNum"]) == ("POST", "")
    rows = f'<table class="r_xh_b"><tr><td><a href="http://hrss.a.example/public/1/2.html">{REPORT}</a></td></tr></table>'
    found = read("lonsun", rows, first)
    assert dict(parse_qsl(found.further[0].body))["pageIndex"] == "2"
    assert read("lonsun", "暂无相关信息", found.further[0]).further == ()


@pytest.mark.parametrize(
    "script",
    [
        (
            '$.post("/site/label/8888?IsAjax=1&dataType=html", {labelName: "publicInfoList", siteId: "4704161", pageIndex: 4, '
            'organId: "33", isDate: true, catId: "", file: "/xsxxgk/publicInfoList-xs"});'
        ),
        (
            "load('/site/label/8888?siteId=4704161&amp;labelName=publicInfoList&amp;pageIndex=4&amp;organId=33&amp;isDate=true&amp;catId="
            "&amp;file=%2Fxsxxgk%2FpublicInfoList-xs');"
        ),
    ],
)
def test_a_lonsun_page_whose_script_asks_for_its_list_is_asked_likewise(script: str) -> None:
    url = "http://xsxxgk.a.example/nb/index.html"
    page = f"<html><div id='list'></div><script>{script}</script></html>"
    assert recognise(page, url) == ("lonsun", {})
    (ask,) = read("lonsun", page, url).further
    assert (ask.url, ask.method) == ("http://xsxxgk.a.example/site/label/8888", "POST")
    assert dict(parse_qsl(ask.body, keep_blank_values=True)) == {
        "labelName": "publicInfoList",
        "siteId": "4704161",
        "pageIndex": "1",
        "organId": "33",
        "isDate": "true",
        "catId": "",
        "file": "/xsxxgk/publicInfoList-xs",
    }


# ---- Epoint


def test_an_epoint_list_is_found_over_the_script_that_names_the_site() -> None:
    start = "http://sthj.a.example/dynamic/zwgk/govInfoPub.html?deptcode=&categorynum=003006"
    (script,) = read("epoint", "<html></html>", start).further
    assert script.url == "http://sthj.a.example/js/webBuilderCommon.js"
    guid = "3373428a-5c73-4318-83c9-32cf98fea0d3"
    text = f'var siteInfo={{"siteGuid":"{guid}","projectName":"/EWB-FRONT"}};'
    (ask,) = read("epoint", text, script, start).further
    assert ask.url == "http://sthj.a.example/EWB-FRONT/rest/lightfrontaction/getgovinfolist"
    body = json.loads(ask.body)
    assert (body["siteGuid"], body["params"]["categorynum"], body["pageIndex"]) == (guid, "003006", 0)
    row = {
        "infourl": "/003/003006/20210113/x.html",
        "title": "试县…",
        "realtitle": REPORT,
        "infodate": "2021-01-13",
    }
    found = read("epoint", json.dumps({"custom": {"total": 43, "data": [row]}}), ask, start)
    assert [(link.url, link.title) for link in found.links] == [
        ("http://sthj.a.example/003/003006/20210113/x.html", REPORT)
    ]
    assert [json.loads(further.body)["pageIndex"] for further in found.further] == [1, 2, 3]
    assert read("epoint", "var x=1;", script, start).trouble is not None
    options = {"site_guid": "g", "project": "EWB_YK_Mid"}
    (direct,) = read("epoint", "<html></html>", start, options=options).further
    assert direct.url == "http://sthj.a.example/EWB_YK_Mid/rest/lightfrontaction/getgovinfolist"


# ---- TrueCMS


def test_a_truecms_list_is_asked_for_by_jsonp_twenty_at_a_time() -> None:
    start = "https://jyj.a.example/ntsjyj/nb/nb.html"
    href = "/ntsjyj/nb/content/852694c8-396b-4bcb-bf74-24b8ec291008.html"
    page = (
        f'<div id="initData" style="display:none"><ul><li><a href="{href}" title="{REPORT}">{REPORT}</a><span>2021-01-25</span>'
        "</li></ul></div><script>$('#msgList').jpage({totalRecord:\"41\",proxyUrl:'/truecms/messageController/getMessage.do',"
        "perPage:20,ajaxParam:{columnId:'852694c8-396b-4bcb-bf74-24b8ec291008'}});</script>"
    )
    found = read("truecms", page, start)
    assert (titles(found), found.stated_total) == ([REPORT], 41)
    (ask,) = found.further
    assert parse_qs(urlsplit(ask.url).query)["endrecord"] == ["20"]
    rows = "".join(f"<record><![CDATA[<li><a href='{href}'>{REPORT}</a></li>]]></record>" for _ in range(20))
    store = f"<datastore><totalrecord>41</totalrecord><recordset>{rows}</recordset></datastore>"
    got = read("truecms", f"cb({json.dumps({'result': store})});", ask, start)
    assert parse_qs(urlsplit(got.further[0].url).query)["startrecord"] == ["21"]
    last = Ask(got.further[0].url.replace("startrecord=21", "startrecord=41"))
    assert read("truecms", json.dumps({"result": store}), last, start).further == ()
    assert read("truecms", 'cb({"result":""})', ask, start).trouble is not None


# ---- 博达


def test_a_boda_list_states_its_pages_in_the_links_of_the_pager() -> None:
    start = "http://www.a.example/list.jsp?urltype=tree.TreeTempUrl&wbtreeid=5069"
    page = (
        f'<li><a href="content.jsp?urltype=news.NewsContentUrl&amp;wbtreeid=5069&amp;wbnewsid=1161616">{REPORT}</a></li>'
        '<a href="list.jsp?urltype=tree.TreeTempUrl&amp;wbtreeid=1">首页</a>共23条 1/3 '
        '<a href="?totalpage=3&amp;PAGENUM=2&amp;urltype=tree.TreeTempUrl&amp;wbtreeid=5069">下页</a>'
    )
    found = read("boda", page, start)
    assert (titles(found), found.stated_pages, found.stated_total) == ([REPORT], 3, 23)
    assert [parse_qs(urlsplit(url).query)["PAGENUM"] for url in urls(found)] == [["2"], ["3"]]
    assert read("boda", page, found.further[0], start).further == ()


def test_a_static_boda_list_counts_backwards() -> None:
    page = f'<a href="info/1034/57393.htm">{REPORT}</a><a href="nb/3.htm">下页</a><a href="nb/1.htm">尾页</a>'
    found = read("boda", page, "http://www.a.example/nb.htm")
    assert (titles(found), urls(found)) == ([REPORT], ["http://www.a.example/nb/3.htm"])


# ---- ASP.NET


def test_an_aspnet_list_is_paged_by_its_address() -> None:
    start = "https://hrss.a.example/InfoPublic.aspx?cid=1019&pid=971&page=1&kw="
    page = (
        f'<a href="/NewsView.aspx?NewsID=33&ClassID=1019">{REPORT}</a><a href="/InfoPublic.aspx?cid=1020&id=7">别栏目</a>'
        '<a href="InfoPublic.aspx?cid=1019&amp;pid=971&amp;page=3&amp;kw=">尾页</a> 总记录：23'
    )
    found = read("aspnet", page, start)
    assert (titles(found), found.stated_total) == ([REPORT], 23)
    assert urls(found) == ["https://hrss.a.example/InfoPublic.aspx?cid=1019&pid=971&page=2&kw="]


def test_an_aspnet_pager_is_posted_back_with_the_hidden_fields_of_its_page() -> None:
    start = "http://12345.a.example/xzbmweb/gknb.aspx"
    page = (
        '<form method="post" action="./gknb.aspx"><input type="hidden" name="__VIEWSTATE" value="/wEPDw==" />'
        f'<input type="hidden" name="__EVENTVALIDATION" value="ab" /><a href="detail.aspx?id=3">{REPORT}</a>'
        "<a href=\"javascript:__doPostBack('CaseGgfwAll1$Pager','2')\">2</a>"
        "<a href=\"javascript:__doPostBack('CaseGgfwAll1$Pager','3')\">尾页</a></form>"
    )
    found = read("aspnet", page, start)
    (ask,) = found.further
    assert (ask.url, ask.page) == (start, 2)
    assert dict(parse_qsl(ask.body)) == {
        "__VIEWSTATE": "/wEPDw==",
        "__EVENTVALIDATION": "ab",
        "__EVENTTARGET": "CaseGgfwAll1$Pager",
        "__EVENTARGUMENT": "2",
    }
    assert read("aspnet", page, Ask(start, "POST", page=3)).further == ()
    narrowed = read("aspnet", page, start, options={"link": r"nothing"})
    assert narrowed.links == ()


# ---- IGS


@pytest.mark.parametrize("kind", ["listAndBox", "list"])
def test_the_search_of_a_portal_is_asked_page_by_page(kind: str) -> None:
    start = "https://www.nx.gov.cn/irs/front/search"
    first = FAMILIES["igs"].first(start, {"code": "183d935ed77", "data_type": "19", "tenant": "10"})
    body = json.loads(first.body)
    assert (body["orderBy"], body["searchBy"], body["pageNo"], body["tenantId"]) == ("time", "title", 1, "10")
    row = {
        "title_no_tag": REPORT,
        "title": "<em>x</em>",
        "url": "http://www.nx.gov.cn/a/t1.html",
        "time": "2021-01-25",
    }
    rows = [{"data": row}] if kind == "listAndBox" else [row]
    answer = {
        "data": {"middle": {kind: rows}, "pager": {"pageNo": 1, "pageSize": 20, "pageCount": 3, "total": 43}}
    }
    found = read("igs", json.dumps(answer), first)
    assert [(link.url, link.title) for link in found.links] == [("https://www.nx.gov.cn/a/t1.html", REPORT)]
    assert [json.loads(ask.body)["pageNo"] for ask in found.further] == [2, 3]
    refused = read("igs", json.dumps({"msg": "排序方式不能为空", "data": None}), first)
    assert "排序方式不能为空" in (refused.trouble or "")


# ---- endpoints that other portals of known families have


def test_a_list_of_was5_is_read_from_its_own_address_with_its_broken_lines_and_without_its_last_row() -> None:
    start = (
        "http://jyt.a.example/was5/web/search?channelid=203116&templet=docs.jsp&sortfield=-docorderpri%2C-docreltime"
        "&classsql=chnlid%3D30170&prepage=75&page=1"
    )
    row = (
        '{"title":"试县司法局2020年政府信息公开\n工作年度报告","content":"一、\r\n二、","url":"/jyt/xxgk/nb/202101/t20210125_7.htm",'
        '"pubtime":"2021-01-25 10:11:12","time":"2021-01-26","fileno":""}'
    )
    text = f'{{"count":"151","pagenum":"3",\n"docs":[{row},\n{{"title":"文章标题","url":"","time":""}}]}}'
    assert recognise(text, start) == ("trs_search", {})
    found = read("trs_search", text, start)
    assert [(link.url, link.shown) for link in found.links] == [
        ("http://jyt.a.example/jyt/xxgk/nb/202101/t20210125_7.htm", date(2021, 1, 25))
    ]
    assert titles(found) == ["试县司法局2020年政府信息公开 工作年度报告"]
    assert found.stated_total == 151
    assert urls(found) == [start.replace("&page=1", f"&page={number}") for number in (2, 3)]
    assert read("trs_search", text, found.further[0], start).further == ()


def test_an_epoint_list_of_a_named_category_is_asked_for_by_form_from_page_nought() -> None:
    start = "https://ggzyjyw.a.example/xxgk/003/zfxxgk.html"
    shell = "<script src='/js/webBuilderCommon.js'></script>"
    assert recognise(shell, "http://a.example/jyxx/003001/003001002/transInfo.html") == (
        "epoint",
        {"category": "003001002"},
    )
    assert recognise(shell, start) == ("epoint", {})
    options = {"category": "003002", "site_guid": "7eb5f7f1-9041-43ad-8e13-8fcb82ea831a"}
    (ask,) = read("epoint", "<html></html>", start, options=options).further
    assert (
        ask.url == "https://ggzyjyw.a.example/EpointWebBuilder/rest/frontAppCustomAction/getPageInfoListNew"
    )
    sent = json.loads(dict(parse_qsl(ask.body))["params"])
    assert (sent["categoryNum"], sent["siteGuid"], sent["pageIndex"]) == (
        "003002",
        "7eb5f7f1-9041-43ad-8e13-8fcb82ea831a",
        0,
    )
    row = {
        "categorynum": "003002",
        "infotype": "News",
        "strcomment": None,
        "infoid": "f54b0234-836b-44e8-8e5e-5cdc8ca6094b",
        "title": REPORT,
        "titletype": "Text",
        "infourl": "/xxgk/003/003002/20210125/f54b0234-836b-44e8-8e5e-5cdc8ca6094b.html",
        "customtitle": None,
        "urlname": "linkurl",
        "infodate": "2021-01-25",
    }
    reply = {
        "controls": [],
        "custom": {"count": 43, "infodata": [row]},
        "status": {"code": 1, "text": "操作成功"},
    }
    found = read("epoint", json.dumps(reply), ask, start, options)
    assert [(link.url, link.title, link.shown) for link in found.links] == [
        ("https://ggzyjyw.a.example" + str(row["infourl"]), REPORT, date(2021, 1, 25))
    ]
    asked = [json.loads(dict(parse_qsl(further.body))["params"]) for further in found.further]
    assert (found.stated_total, asked) == (43, [{**sent, "pageIndex": number} for number in (1, 2, 3)])


def test_the_search_of_ucap_is_asked_page_by_page_from_nought() -> None:
    start = "https://www.a.example/search5/search/s"
    first = FAMILIES["ucap_search"].first(start, {"site_code": "2310000002", "place": "1"})
    sent = dict(parse_qsl(first.body, keep_blank_values=True))
    assert (first.method, sent["siteCode"], sent["searchWord"], sent["pageNum"], sent["wordPlace"]) == (
        "POST",
        "2310000002",
        "政府信息公开工作年度报告",
        "0",
        "1",
    )
    row = {
        "title": "试县司法局2020年<span style='color:red'>政府信息公开</span>工作年度报告&nbsp;",
        "url": "http://www.a.example/sfj/nb/202101/c04_75158.shtml",
        "pubDate": "2021-01-25 17:18:49",
        "siteName": "试县人民政府",
    }
    reply = {"siteName": "试县", "searchResultAll": {"total": 43, "searchTotal": [row] * 10}}
    found = read("ucap_search", json.dumps(reply), first)
    assert {(link.url, link.title, link.shown) for link in found.links} == {
        ("https://www.a.example/sfj/nb/202101/c04_75158.shtml", REPORT, date(2021, 1, 25))
    }
    # Ten came where twenty were asked for.
    assert [dict(parse_qsl(ask.body))["pageNum"] for ask in found.further] == ["1", "2", "3", "4", "5"]
    assert (found.stated_total, [ask.page for ask in found.further]) == (43, [2, 3, 4, 5, 6])
    assert read("ucap_search", json.dumps(reply), found.further[0], start).further == ()
    of_taxes = {
        "searchResultAll": {"searchTotal": [{**row, "pubDate": "null", "cwrq": "2021-01-22 00:00:00"}]}
    }
    (unstated,) = read("ucap_search", json.dumps(of_taxes), first).further
    assert dict(parse_qsl(unstated.body))["pageNum"] == "1"
    refused = read("ucap_search", json.dumps({"code": 500, "msg": "未找到站点信息"}), first)
    assert "未找到站点信息" in (refused.trouble or "")
