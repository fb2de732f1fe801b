"""Hanweb xxgk: one URL per agency and year."""

from crawler.families.hanweb_xxgk import read_list
from crawler.families.listing import Ask, Served

URL = "http://www.weishan.gov.cn/module/xxgk/xxgkAnnualReport.jsp?area=11370826057926779E"


def test_every_year_of_the_form_is_a_link_and_nothing_else_is() -> None:
    page = (
        '<form><select name="fbtime"><option value="">请选择</option><option value="2018">2018年</option>'
        '<option value="2017" selected>2017年</option></select><select name="area"><option value="2020">x</option></select></form>'
    )
    assert [link.url for link in read_list(Served(page, Ask(URL), URL)).links] == [
        URL + "&fbtime=2018",
        URL + "&fbtime=2017",
    ]


def test_a_page_without_the_form_lists_nothing() -> None:
    assert read_list(Served("<html><body>页面</body></html>", Ask(URL), URL)).links == ()
