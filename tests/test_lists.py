"""A page of a list, understood for a site: what is fetched, what is left aside, and where the list ends."""

import json
from typing import Any

from crawler.families.listing import MOST_PAGES
from crawler.lists import TakenList, further_pages, take_list
from crawler.sites import load_site
from gxstore.runs import Item

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
