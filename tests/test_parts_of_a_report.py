"""What a report page has beside its text: files behind scripts, viewers and download addresses, annexes that are pages, and the
pages on which a long text goes on."""

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from archive.text.html import to_document
from crawler.attachments import AS_PAGE, files_of
from crawler.continued import further_pages_of
from crawler.replica.server import Replica
from gxstore import catalogue
from gxstore.reading.annexes import choose_annexes
from gxstore.readings import STATUSES, WHYS
from gxstore.runs import Item

PAGE = "http://sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/t2706933.html"
HOST = "http://sfj.jiyuan.gov.cn"
TITLE = "济源市司法局2016年政府信息公开工作年度报告"
OFFICE = "urn:schemas-microsoft-com:office:office"
TEXT = (
    "<p>一、总体情况</p><p>2016年，济源市司法局认真贯彻条例，主动公开政府信息321条，其中通过网站公开298条。</p>"
    * 4
)


def served(replica: Replica, url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replica.proxy_url}))
    with opener.open(url) as reply:
        body: bytes = reply.read()
    return body.decode()


def parts(beside: str, below: str = "") -> list[tuple[str, bool]]:
    """The addresses that a report page's attachments are asked of, and whether as pages."""
    page = (
        f"<html><head><title>{TITLE}</title></head><body><div class='TRS_Editor'><h1>{TITLE}</h1>{TEXT}{beside}</div>"
        f"{below}</body></html>"
    )
    document = to_document(page.encode(), "utf-8")
    item = Item(PAGE, "report", "sfj.jiyuan.gov.cn", {"title": TITLE})
    return [
        (found.url.removeprefix(HOST), bool(found.context.get(AS_PAGE)))
        for found in files_of(item, document, 7)
    ]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("<a href='/module/download/downfile.jsp?classid=0&filename=8ab37.doc'>统计表</a>", "filename=8ab37.doc"),
        (
            "<li>附件【<a href='/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=13&wbfileid=99'>统计表.xls</a>】",
            "wbfileid=99",
        ),
        ("<a href='/virtual_attach_file.vsb?afc=1&oid=2&nid=4&e=.doc'>统计表</a>", "e=.doc"),
        ("<a href='/download?id=77'>政府信息公开情况统计表.xls</a>", "/download?id=77"),
        ("<a href='/attachment/889'>点击下载</a>", "/attachment/889"),
        ("<iframe src='/pdfjs/web/viewer.html?file=/zwgk/P020170120.pdf'></iframe>", "/zwgk/P020170120.pdf"),
        ("<iframe src='https://view.example.com/?furl=http%3A%2F%2Fsfj.jiyuan.gov.cn%2FP1.doc'></iframe>", "/P1.doc"),
        ("<iframe src='./P020170121.pdf'></iframe>", "/zfxxgk/zfxxgknb/P020170121.pdf"),
        ("<embed src='./P020170122.pdf'>", "/zfxxgk/zfxxgknb/P020170122.pdf"),
        ("<object data='./P020170123.pdf' type='application/pdf'></object>", "/zfxxgk/zfxxgknb/P020170123.pdf"),
        ("<a href='#' onclick=\"window.open('./P020170124.doc')\">附件</a>", "/zfxxgk/zfxxgknb/P020170124.doc"),
        ("<a href=\"javascript:downfile('./P020170125.xls')\">附件</a>", "/zfxxgk/zfxxgknb/P020170125.xls"),
        ("<script>PDFObject.embed('./P020170126.pdf', '#pdf');</script>", "/zfxxgk/zfxxgknb/P020170126.pdf"),
    ],
)  # fmt: skip
def test_a_file_is_asked_for_however_the_page_leads_to_it(written: str, asked: str) -> None:
    ((url, as_page),) = parts(written)
    assert (url.endswith(asked), as_page) == (True, False)


def test_an_annex_that_is_a_page_and_a_frame_of_the_portal_are_asked_for_as_pages() -> None:
    annex = "<p>附件：<a href='./t99.html'>政府信息公开情况统计表</a></p><iframe src='./table.html'></iframe>"
    beside = (
        "<iframe src='/visitcount.html'></iframe><iframe src='http://weather.example.com/x.html'></iframe>"
    )
    assert parts(annex + beside) == [
        ("/zfxxgk/zfxxgknb/t99.html", True),
        ("/zfxxgk/zfxxgknb/table.html", True),
    ]


@pytest.mark.parametrize(
    "beside",
    [
        "<a href='./t98.html'>政府信息公开指南</a>",
        "<a href='/search?q=1'>公开目录</a>",
        "<a href='javascript:window.print()'>打印</a>",
        "<iframe src='javascript:false'></iframe>",
        "<script>var editor = '/js/edit.js', page = './t97.html';</script>",
    ],
)
def test_links_to_other_pages_are_no_attachments(beside: str) -> None:
    assert parts(beside) == []


def test_a_script_of_the_frame_of_a_page_names_no_attachment_of_its_report() -> None:
    assert parts("", "<div class='footer'><script>help('/help/manual.pdf');</script></div>") == []


@pytest.mark.parametrize(
    ("pager", "names"),
    [
        ('<script>createPageHTML(3, 0, "t2706933", "html");</script>', ["t2706933_1", "t2706933_2"]),
        ("<a href='t2706933_2.html'>2</a> <a href='t2706933_3.html'>3</a>", ["t2706933_2", "t2706933_3"]),
        ("<a href='./t2706933_1.html'>下一页</a><a href='./t2706933_3.html'>尾页</a>",
         ["t2706933_1", "t2706933_2", "t2706933_3"]),
        ('<script>createPageHTML(3, 0, "index", "html");</script>', []),
        ("<a href='t2706934_2.html'>2</a><a href='t2706934.html'>下一篇</a>", []),
        ("<p>下一页</p>", []),
    ],
)  # fmt: skip
def test_the_further_pages_of_an_article_bear_its_name_and_a_number(pager: str, names: list[str]) -> None:
    folder = PAGE.rpartition("/")[0]
    assert further_pages_of(f"<html><body>{pager}</body></html>", PAGE) == tuple(
        f"{folder}/{name}.html" for name in names
    )


def test_a_further_page_leads_to_no_further_pages_of_its_own() -> None:
    page = "<a href='t2706933_2.html'>2</a><a href='t2706933_1.html'>1</a>"
    assert further_pages_of(page, PAGE.replace(".html", "_1.html")) == ()


def test_a_further_page_whose_title_names_another_year_is_no_part_of_the_report(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    _, replica = on("henan")
    whole = served(replica, PAGE)
    head, tail = whole[: whole.index("三、收到和处理")], whole[whole.index("三、收到和处理") :]
    page, older, rest = (
        to_document(text.encode(), "utf-8") for text in (head, whole.replace("2019", "2018"), f"<p>{tail}")
    )
    assert choose_annexes(page, [older, rest], (), catalogue.load(), (0, 1)) == (1,)


def test_a_report_on_two_pages_is_read_as_one_and_one_whose_second_page_is_gone_says_so(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    whole = served(replica, PAGE)
    cut = whole.index("三、收到和处理")
    head, tail = whole[:cut], whole[cut:]
    pager = "<p><a href='t2706933_1.html'>2</a><a href='t2706933_1.html'>下一页</a></p></div></body></html>"
    replica.serve(PAGE, (head + pager).encode())
    replica.serve(PAGE.replace(".html", "_1.html"), f"<html><body><div>{tail}".encode())
    other = PAGE.replace("t2706933", "t3082769")
    page = served(replica, other)
    replica.serve(
        other, page[: page.index("三、收到和处理")].encode() + pager.replace("t2706933", "t3082769").encode()
    )
    summary = made.run()
    assert any(
        "t3082769_1.html (a further page of the text): not_found" in reason for reason in summary["reasons"]
    )
    cells = made.rows(
        "SELECT report.year, status, COALESCE(why, -1), COUNT(*) FROM report JOIN attribution ON report.id = report_id"
        " JOIN value USING (reading_id) JOIN indicator ON indicator.id = indicator_id JOIN agency ON agency.id = agency_id"
        " WHERE agency.slug = 'hn-jiyuan-sfj' AND report.year IN (2019, 2020) AND code LIKE 'ar.t3.%'"
        " AND reading_id IN (SELECT MAX(reading_id) FROM attribution GROUP BY report_id) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    lost = WHYS.index("lost_in_extraction")
    assert cells == [
        (2019, STATUSES.index("reported"), -1, 161),
        (2020, STATUSES.index("missing"), lost, 161),
    ]


def test_a_file_of_another_body_is_no_part_of_the_report_though_the_page_names_nobody(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    title = "2019年政府信息公开工作年度报告"
    files = {
        name: served(replica, PAGE).replace("司法局", body).replace("<html", f"<html xmlns:o='{OFFICE}'", 1)
        for name, body in (("a.doc", "民政局"), ("b.doc", "司法局"))
    }
    links = "".join(f"<p><a href='{name}'>{title}.doc</a></p>" for name in files)
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{links}</body></html>"
    replica.serve(PAGE, page.encode())
    for name, text in files.items():
        replica.serve(PAGE.rpartition("/")[0] + f"/{name}", text.encode())
    made.run(portal="sfj.jiyuan.gov.cn")
    read = made.rows(
        "SELECT url, COUNT(*) FROM report JOIN attribution ON report.id = report_id JOIN value USING (reading_id)"
        " JOIN reading_source USING (reading_id) JOIN version ON version.id = version_id"
        " JOIN document_url USING (document_id) JOIN agency ON agency.id = agency_id"
        f" WHERE slug = 'hn-jiyuan-sfj' AND year = 2019 AND status = {STATUSES.index('reported')} GROUP BY url ORDER BY url"
    )
    assert [(url.rpartition("/")[2], number > 100) for url, number in read] == [
        ("b.doc", True),
        ("t2706933.html", True),
    ]


def test_each_file_of_a_page_that_gathers_several_years_is_a_report(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    folder, gathering = PAGE.rpartition("/")[0] + "/", "司法局历年政府信息公开年报"
    whole = served(replica, PAGE).replace("<html", f"<html xmlns:o='{OFFICE}'", 1)
    listed = served(replica, folder)
    assert "司法局2019年政府信息公开工作年度报告" in listed
    replica.serve(folder, listed.replace("司法局2019年政府信息公开工作年度报告", gathering).encode())
    links = "".join(f"<p><a href='a{year}.doc'>{year}年年报</a></p>" for year in (2011, 2012))
    guide = "<a href='zn.doc'>政府信息公开指南</a>"
    page = (
        f"<html><head><title>{gathering}</title></head><body><h1>{gathering}</h1>{links}{guide}</body></html>"
    )
    replica.serve(PAGE, page.encode())
    for year in (2011, 2012):
        replica.serve(
            f"{folder}a{year}.doc", whole.replace("2020", f"{year + 1}").replace("2019", f"{year}").encode()
        )
    summary = made.run(portal="sfj.jiyuan.gov.cn")
    years = made.rows(
        "SELECT year, url FROM report JOIN attribution ON report.id = report_id JOIN reading_source USING (reading_id)"
        " JOIN version ON version.id = version_id JOIN document_url USING (document_id) WHERE url LIKE '%.doc' ORDER BY 1"
    )
    assert years == [(year, f"{folder}a{year}.doc") for year in (2011, 2012)]
    assert not any("t2706933" in reason for reason in summary["reasons"])
    assert not any(request.url.endswith("zn.doc") for request in replica.requests)
