"""A page that gathers the reports of several years: which of its files are taken, and which are left aside and why."""

from archive.text.html import to_document
from crawler.gathered import gathered
from crawler.lists import column_of
from crawler.sites import load_site
from gxstore.frontier import Item

SICHUAN = load_site("sichuan").site
PAGE = "http://www.ms.gov.cn/info/1034/77.htm"


def file(address: str, title: str) -> str:
    return f'<p><a href="{address}">{title}</a></p>'


def test_no_file_of_a_gathering_page_is_lost_without_a_word_nor_doubted_for_the_page_s_sake() -> None:
    context = {
        "portal": "www.ms.gov.cn",
        "column": "/xxgk/czjnb.htm",
        "area": None,
        "agency": "sc-meishan-czj",
        "year": None,
        "listed": True,
        "doubtful": True,
        "redirects": 2,
    }
    item = Item(PAGE, "report", "www.ms.gov.cn", context)
    body = (
        file("/system/11.pdf", "2011年政府信息公开年度报告")
        + file("/system/12.pdf", "眉山市民政局2012年政府信息公开年度报告")
        + file("http://old.example.gov.cn/13.pdf", "2013年政府信息公开年度报告")
        + file("/system/zn.pdf", "政府信息公开指南")
    )
    _, column = column_of(item, SICHUAN)
    files, aside = gathered(item, to_document(body.encode(), "utf-8"), column, SICHUAN)
    assert [(own.url, own.context["year"]) for own in files] == [("http://www.ms.gov.cn/system/11.pdf", 2011)]
    assert not {"doubtful", "redirects"} & files[0].context.keys()
    assert [(own.host, why) for own, why, _ in aside] == [
        ("www.ms.gov.cn", "other_agency"),
        ("old.example.gov.cn", "off_site"),
    ]
