"""A list page is never taken for the whole list because its pager could not be read: what it says of itself is told."""

import pytest

from crawler.families.anchors import pager_total, soup_of
from crawler.families.going_on import goes_on
from crawler.lists import TakenList, further_pages, take_list
from crawler.sites import load_site
from gxstore.frontier import Item

SICHUAN = load_site("sichuan").site
PATH = "/xxgk/czjnb.htm"
URL = f"http://www.ms.gov.cn{PATH}"
ROWS = "".join(
    f'<li><a href="/info/1034/{year}.htm">眉山市财政局{year}年政府信息公开工作年度报告</a></li>'
    for year in (2019, 2020, 2021)
)


def taken(pager: str, rows: str = f"<ul>{ROWS}</ul>", page: int = 1) -> tuple[Item, TakenList]:
    context = {
        "portal": "www.ms.gov.cn",
        "column": PATH,
        "area": None,
        "agency": "sc-meishan-czj",
        "page": page,
    }
    item = Item(URL, "column", "www.ms.gov.cn", context)
    return item, take_list(item, f"<html><body>{rows}{pager}</body></html>", SICHUAN)


GOES_ON = [
    "<a href=\"javascript:gotopage(3,'u',2)\">下页</a>",
    '<a href="#" onclick="gotoPage(2)">下一页</a>',
    '<a href="javascript:;" paged="2">下一页</a>',
    '<a href="czjnb/4.htm"><img alt="末页"></a>',
    '<a href="czjnb/2.htm">&gt;</a>',
    '<a href="czjnb/2.htm">2</a>',
    '<a href="czjnb/4.htm">尾页</a>',
    "<a href=\"javascript:__doPostBack('Next','')\">Next</a>",
    "<span>共 3 页</span>",
    "<span>第1页/共3页</span>",
    "<script>Ls.pagination({pageCount:3,pageIndex:1})</script>",
    "<script>let currentPage=0, countPage='3'</script>",
    '<span class="next" onclick="goPage(2)">&gt;&gt;</span>',
    '<button onclick="goPage(2)">下一页</button>',
    '<a href="javascript:;" class="more">查看更多</a>',
    '<div class="more" onclick="loadMore()">加载更多</div>',
    '<input type="hidden" id="totalPage" value="3"/>',
    '<script>laypage({cont:"page",pages:3,curr:1,jump:function(o){}})</script>',
    '<script>$("#page").paging({pageNo:1, pages: "3"})</script>',
    "<script>var currentPage = 0; var countPage = parseInt(3)//共多少页</script>",
    '<div id="pages"><script>createPage(3,0);</script></div>',
    '<script>var maxPageItems = "3";</script>',
    '<script>pagination("pg", 3, 1, "index");</script>',
    '<div class="pagination" data-pages="3"></div><script src="/js/pager.js"></script>',
    "<div>Page 1/3</div>",
    '<select onchange="location.href=this.value"><option value="./">1</option><option value="czjnb/2.htm">2</option></select>',
    '<select id="toPage"><option>1</option><option>2</option><option>3</option></select>',
    '<input type="image" src="next.gif" alt="下一页" onclick="goPage(2)">',
]


@pytest.mark.parametrize("pager", GOES_ON)
def test_a_page_that_says_it_goes_on_is_incomplete_where_its_family_knows_no_way(pager: str) -> None:
    item, found = taken(pager)
    further, trouble = further_pages(item, found, 3, SICHUAN)
    assert further == []
    assert "page 1 of the list is not its last" in (trouble or "")


ENDS = [
    "",
    '<a class="next disabled" href="czjnb/2.htm"><i class="icon-right"></i></a>',
    '<a class="next" href="javascript:;"></a><a class="slide-next" href="#"></a>',
    '<a href="/xw/index.html">查看更多</a><a href="/">更多&gt;&gt;</a>',
    '<button onclick="search()">搜索</button><span onclick="zoom(12)">小</span>',
    '<input type="hidden" id="totalPage" value="1"/>',
    '<script>laypage({cont:"page",pages:1,curr:1})</script>',
    '<span>共1页</span><a href="javascript:gotopage(2)">下页</a>',
    "<span>第1页/共1页</span><a href='czjnb/2.htm'>尾页</a>",
    '<a href="czjnb.htm">下一页</a><a href="czjnb.htm">尾页</a>',
    '<a href="?PAGENUM=1">尾页</a>',
    '<a href="javascript:void(0)">下一页</a><a href="#">&gt;</a><a>尾页</a>',
    '<a class="page-disabled" href="czjnb/2.htm">下一页</a>',
    '<li class="disabled"><a href="javascript:go(2)">下一页</a></li>',
    '<div>共3条<a href="javascript:go(2)">下一页</a></div>',
    "<script>/* pageCount: 3 */ // var countPage = 3\nvar countPage = 1;</script>",
    "<!-- <a href='czjnb/2.htm'>下一页</a> 共3页 -->",
    '<a href="/calendar/2026/11/27.html">27</a><a href="http://elsewhere.example/2.htm">下一页</a>',
    '<div class="crumbs"><a href="/">首页</a> <a href="/other/">&gt;</a></div>',
    "<div>共56条评论</div>",
    "<select name='month'>" + "".join(f"<option>{n}</option>" for n in range(1, 13)) + "</select>",
    '<select id="pageSize"><option>10</option><option>20</option></select>',
    "<script>createPage(1,0); getList(15,1); function createPage(3, 0) {}</script>",
    '<div class="pagination" data-total="3" data-pages="1"></div><div data-count="56">评论</div>',
]


@pytest.mark.parametrize("pager", ENDS)
def test_a_page_that_does_not_go_on_raises_no_alarm(pager: str) -> None:
    assert goes_on(soup_of(ROWS + pager), URL, 1, 3) is None


def test_the_last_page_of_a_list_raises_no_alarm() -> None:
    pager = '<a href="?page=1">1</a><a href="?page=2">2</a><a href="?page=3">3</a><a href="?page=3">下一页</a>第3页/共3页'
    assert goes_on(soup_of(pager), URL + "?page=3", 3, 5) is None
    assert goes_on(soup_of(pager.replace("第3页", "第2页")), URL + "?page=2", 2, 5) is not None


def test_the_total_of_a_pager_is_told_from_that_of_a_sidebar() -> None:
    page = "<div class=side>留言共 97 条</div><div>共 15 条 <a href=x>下一页</a></div>"
    assert pager_total(soup_of(page)) == 15
    assert pager_total(soup_of("<div class=side>留言共 97 条</div>")) is None


def test_links_beside_a_list_count_nothing_against_its_total() -> None:
    news = "".join(f'<li><a href="/info/1040/{n}.htm">我市召开大会之{n}</a></li>' for n in range(61, 71))
    list_and_side = f'<ul class="list">{ROWS}</ul><div class="side"><ul>{news}</ul></div>'
    _, found = taken("<div>共13条 第1页</div>", list_and_side)
    assert (found.told["links"], found.told["of_list"], found.told["total"]) == (13, 3, 13)
    _, flat = taken("<div>共13条 第1页</div>", ROWS + news)
    assert flat.told["of_list"] == 3
    # A list in several parts of the same kind is one list, and its first row may look otherwise.
    parts = f'<ul class="list">{ROWS}</ul><ul class="list">{news}</ul>'
    assert taken("", parts)[1].told["of_list"] == 13


def test_the_doubt_about_the_number_of_a_page_does_not_count_pages_without_entries() -> None:
    more = '<a href="czjnb/9.htm">下页</a>'
    item, found = taken(more, page=5)
    again = Item(item.url, "column", item.host, {**item.context, "gave": 1})
    assert "heed the page's number" in (further_pages(again, found, 0, SICHUAN)[1] or "")
    (following,), _ = further_pages(again, found, 3, SICHUAN)
    assert following.context["gave"] == 2


@pytest.mark.parametrize(
    "pager",
    [
        '<div class="pagination" data-total="7" data-size="5"></div>',
        '<div class="pagination" rows="5" count="7"></div>',
        '<el-pagination layout="prev, pager, next" :total="7"></el-pagination>',
    ],
)
def test_the_total_that_the_markup_of_a_pager_bears_is_the_lists(pager: str) -> None:
    assert taken(pager)[1].understood.stated_total == 7


@pytest.mark.parametrize(
    "script",
    [
        'laypage.render({elem: "page", count: 7, limit: 5});',
        '$("#page").pagination({total: 7, pageSize: 5, onSelectPage: function () {}});',
        '$(".M-box").pagination({"totalData": "7", "showData": 5})',
    ],
)
def test_the_total_that_a_script_gives_its_pager_is_the_lists(script: str) -> None:
    assert taken(f'<div id="page"></div><script>{script}</script>')[1].understood.stated_total == 7


def test_a_count_that_no_pager_is_given_is_no_total() -> None:
    assert taken("<script>var count = 7; show({count: 9})</script>")[1].understood.stated_total is None


@pytest.mark.parametrize(
    "pager",
    [
        '<a class="next" href="czjnb/2.htm"><i class="icon-right"></i></a>',
        '<a href="czjnb/2.htm"><i class="pagination-next"></i></a>',
    ],
)
def test_a_next_page_that_is_drawn_and_not_written_is_followed(pager: str) -> None:
    item, found = taken(pager)
    (further,), trouble = further_pages(item, found, 3, SICHUAN)
    assert (further.url, trouble) == ("http://www.ms.gov.cn/xxgk/czjnb/2.htm", None)
