"""TRS list pages: links of the column, titles in full, dates, further pages."""

from datetime import date
from pathlib import Path

import pytest

from crawler.families.listing import Ask, ListPage, Served
from crawler.families.trs import read_list as read_served

URL = "http://www.nxlw.gov.cn/zwgk/lwssfj_29147/xxgknb_29150/"


def read_list(text: str, url: str) -> ListPage:
    return read_served(Served(text, Ask(url), URL))


def urls(found: ListPage) -> tuple[str, ...]:
    return tuple(ask.url for ask in found.further)


def page(items: str, script: str = "") -> str:
    return (
        '<html><head><meta name="ColumnName" content="政府信息公开年报"></head><body>'
        '<div class="side">最新<a href="../../gzdt/202501/t20250110_1.html">工作动态</a></div>'
        f"<ul>{items}</ul><script>{script}</script></body></html>"
    )


def item(href: str, text: str, shown: str = "2021-01-25", attributes: str = "") -> str:
    return f'<li><a href="{href}" {attributes}>{text}</a><span>{shown}</span></li>'


def test_links_of_the_column_are_taken_and_the_sidebar_is_not() -> None:
    found = read_list(
        page(item("./202101/t20210125_4.html", "灵武市司法局2020年政府信息公开工作年度报告")), URL
    )
    assert [(link.url, link.title, link.shown) for link in found.links] == [
        (URL + "202101/t20210125_4.html", "灵武市司法局2020年政府信息公开工作年度报告", date(2021, 1, 25))
    ]
    assert found.column_name == "政府信息公开年报"


def test_a_title_that_was_cut_short_is_taken_from_the_attribute() -> None:
    full = "灵武市司法局2020年政府信息公开工作年度报告"
    found = read_list(
        page(item("./202101/t20210125_4.html", "灵武市司法局2020年政府…", attributes=f'title="{full}"')), URL
    )
    assert found.links[0].title == full


def test_a_link_text_stands_above_an_attribute_that_names_another_place() -> None:
    found = read_list(
        page(item("./202101/t20210125_4.html", "长流乡2014年年度报告", attributes='title="奋发镇"')), URL
    )
    assert found.links[0].title == "长流乡2014年年度报告"


@pytest.mark.parametrize(
    "quoted", ["href='./202101/t20210125_4.html'", "title=x href=./202101/t20210125_4.html"]
)
def test_quoting_of_attributes_may_vary(quoted: str) -> None:
    assert len(read_list(page(f"<li><a {quoted}>年度报告</a></li>"), URL).links) == 1


@pytest.mark.parametrize("start", ["https://www.nxlw.gov.cn", "http://nxlw.gov.cn", "https://nxlw.gov.cn"])
def test_a_link_with_the_other_scheme_or_the_bare_host_is_the_same_page(start: str) -> None:
    href = start + "/zwgk/lwssfj_29147/xxgknb_29150/202101/t20210125_4.html"
    assert [link.url for link in read_list(page(item(href, "年度报告")), URL).links] == [
        URL + "202101/t20210125_4.html"
    ]


def test_a_link_to_another_host_is_not_of_the_column() -> None:
    href = "http://www.nxlw.gov.cn.example.com/zwgk/lwssfj_29147/xxgknb_29150/202101/t20210125_4.html"
    assert read_list(page(item(href, "年度报告")), URL).links == ()


def test_jiyuan_pages_have_no_date_folder() -> None:
    found = read_list(
        page(item("./t386928.html", "年度报告")), "http://www.jiyuan.gov.cn/zwgk/zfxxgk/zfxxgknb/"
    )
    assert [link.url for link in found.links] == [
        "http://www.jiyuan.gov.cn/zwgk/zfxxgk/zfxxgknb/t386928.html"
    ]


def test_page_two_is_index_1_after_a_call_counted_from_zero() -> None:
    found = read_list(page("", 'createPageHTML(3, 0, "index", "html");'), URL)
    assert (found.stated_pages, urls(found)) == (3, (URL + "index_1.html", URL + "index_2.html"))


def test_page_two_is_index_1_after_inline_variables() -> None:
    found = read_list(page("", "var currentPage = 0;//\nvar countPage = 2//共多少页"), URL)
    assert (found.stated_pages, urls(found)) == (2, (URL + "index_1.html",))


def test_a_later_page_names_no_further_pages() -> None:
    assert read_list(page("", 'createPageHTML(3, 1, "index", "html");'), URL + "index_1.html").further == ()
    assert read_list(page("", "var countPage = 2"), URL + "index_1.html").further == ()


def test_an_endless_list_is_bounded() -> None:
    assert len(read_list(page("", 'createPageHTML(99999, 0, "index", "html");'), URL).further) < 300


def test_a_date_that_is_no_day_is_no_date() -> None:
    assert (
        read_list(page(item("./202101/t20210125_4.html", "报告", "2021-02-31")), URL).links[0].shown is None
    )


def test_the_real_list_page_of_ordos_is_read_as_it_stands(shared: Path) -> None:
    text = (shared / "real" / "listpage_ordos_engebei_trs_xxgknb.html").read_text("utf-8")
    url = "http://egb.ordos.gov.cn/xxgk/xxgknb/index.html"
    found = read_list(text, url)
    assert len(found.links) == 10
    assert found.links[0].title == "鄂尔多斯市2019年政府信息公开工作年度报告"
    assert found.links[0].url == "http://egb.ordos.gov.cn/xxgk/xxgknb/202009/t20200903_2748784.html"
    assert found.links[0].shown == date(2020, 9, 3)
    assert found.links[6].shown == date(2018, 3, 26)  # the page shows another day than the URL
    assert (found.stated_pages, urls(found)) == (
        2,
        ("http://egb.ordos.gov.cn/xxgk/xxgknb/index_1.html",),
    )
    assert found.column_name == "信息公开年报"
