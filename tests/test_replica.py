"""The replica answers as the real portals do: paging, markup, charsets, faults, and figures that add up."""

import gzip
import http.client
import io
import json
import re
import socket
import ssl
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from archive.text.extract import extract
from crawler.replica.article import Grid, blocks
from crawler.replica.attachments import docx
from crawler.replica.forms import TableKey, build, codes
from crawler.replica.pages import COUNTER_PAGES, answer
from crawler.replica.reply import Asked
from crawler.replica.server import Replica
from crawler.replica.world import (
    Changes,
    UnknownReplica,
    figures_of,
    load_world,
)
from gxstore.resources import config_path

SITES = ("ningxia", "henan", "shandong")
LINGWU = "http://www.nxlw.gov.cn/zwgk/zfbmzsjgxxgk/lwssfj_29147/xxgknb_29150/"


class Got:
    """A reply as it came off the wire: status, headers in lower case, body undecoded."""

    def __init__(self, reply: http.client.HTTPResponse) -> None:
        self.status = reply.status
        self.headers = {name.lower(): value for name, value in reply.getheaders()}
        self.wire = reply.read()

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.wire) if self.headers.get("content-encoding") == "gzip" else self.wire

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


def get(replica: Replica, url: str, method: str = "GET", **headers: str) -> Got:
    proxy, parts = urlsplit(replica.proxy_url), urlsplit(url)
    assert proxy.port is not None
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "https":
        context = ssl._create_unverified_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            "127.0.0.1", proxy.port, context=context, timeout=10
        )
        connection.set_tunnel(parts.netloc, 443)
        connection.request(method, path, headers=names)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
        connection.request(method, url, headers={"Host": parts.netloc, **names})
    try:
        return Got(connection.getresponse())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def ningxia() -> Iterator[Replica]:
    with Replica("ningxia") as replica:
        yield replica


def site_file(name: str) -> dict[str, Any]:
    return tomllib.loads((config_path("sites") / f"{name}.toml").read_text(encoding="utf-8"))


# What the site files promise


@pytest.mark.parametrize("site", SITES)
def test_every_host_of_a_site_file_is_answered(site: str) -> None:
    with Replica(site) as replica:
        for portal in site_file(site)["portal"]:
            for host in (portal["host"], *portal.get("also", ())):
                reply = get(replica, f"{portal['scheme']}://{host}/")
                assert reply.status == (405 if host == "www.nx.gov.cn" else 200), host


@pytest.mark.parametrize("site", SITES)
def test_every_column_of_a_site_file_lists_a_report_of_its_agency(site: str) -> None:
    content, world = site_file(site), load_world(site)
    for portal in content["portal"]:
        assert (portal["scheme"] == "https") == (
            world.portals[portal["host"]].secure or portal["host"] == "www.nx.gov.cn"
        )
        for column in portal["column"]:
            owners = {
                page.agency for page in world.listed(portal["host"], column["path"]) if page.kind == "report"
            }
            if portal["host"] == "www.nx.gov.cn":
                assert not owners
            else:
                assert owners == {column["agency"]} if "agency" in column else len(owners) > 1


@pytest.mark.parametrize("site", SITES)
def test_every_expected_agency_has_reports_and_no_column_of_the_replica_is_unknown(site: str) -> None:
    content, world = site_file(site), load_world(site)
    expected = {agency["slug"] for agency in content["agency"] if agency.get("expected", True)}
    assert {page.agency for page in world.reports()} == expected
    columns = {
        (portal["host"], column["path"]) for portal in content["portal"] for column in portal["column"]
    }
    assert {(page.host, page.column) for page in world.pages.values()} <= columns
    assert len(world.reports()) >= content["expect"]["reports"]


def test_the_replica_shows_what_the_evidence_shows() -> None:
    urls = {load_world("ningxia").url(page) for page in load_world("ningxia").pages.values()}
    for seen in (
        "https://www.yinchuan.gov.cn/xxgk/bmxxgkml/szfbgt/xxgknb_1840/202301/t20230128_3929475.html",
        LINGWU + "202501/t20250123_4802040.html",
        "http://www.nxhl.gov.cn/xxgk_7799/xzcxxgkml/lgz/xxgknb_21139/202302/t20230208_3948560.html",
        "http://www.spt.gov.cn/xxgk/zfxxgknb/2018/sptqzfxxgkgzndbg_61110/201712/t20171208_630219.html",
        "https://sycyy.yinchuan.gov.cn/zwgk/zfxxgknb/202601/t20260123_5149115.html",
    ):
        assert seen in urls


def test_an_unknown_site_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(UnknownReplica, match="henan, hunan, jiangsu"):
        Replica("atlantis")


# Lists


def test_a_list_is_paged_and_older_reports_stand_on_later_pages_only(ningxia: Replica) -> None:
    first = get(ningxia, LINGWU).text
    pages = int(re.search(r"var countPage = (\d+)", first).group(1))  # type: ignore[union-attr]
    assert pages == 4
    assert get(ningxia, LINGWU + "index.html").text == first
    later = [get(ningxia, f"{LINGWU}index_{number}.html").text for number in range(1, pages)]
    oldest = "灵武市司法局2014年政府信息公开工作年度报告"
    assert oldest not in first
    assert oldest in "".join(later)
    assert get(ningxia, f"{LINGWU}index_{pages}.html").status == 404
    links = [link for text in [first, *later] for link in re.findall(r"\./\d{6}/t\d{8}_\d+\.html", text)]
    assert len(links) == len(set(links)) == 19


def test_the_paging_call_counts_from_zero_as_on_trs_portals(ningxia: Replica) -> None:
    column = "https://www.yinchuan.gov.cn/xxgk/bmxxgkml/szfbgt/xxgknb_1840/"
    assert 'createPageHTML(3,0,"index","html")' in get(ningxia, column).text
    assert 'createPageHTML(3,2,"index","html")' in get(ningxia, column + "index_2.html").text


def test_the_inline_paging_has_the_variables_of_a_real_page(ningxia: Replica, shared: Path) -> None:
    real = (shared / "real" / "listpage_ordos_engebei_trs_xxgknb.html").read_text(encoding="utf-8")
    ours = get(ningxia, LINGWU).text
    for mark in (
        r"var currentPage = 0;//所在页从0开始",
        r"var countPage = \d+//共多少页",
        r'class="CurrChnlCls"',
        r'class="gl_list"',
    ):
        assert re.search(mark, real)
        assert re.search(mark, ours)


def test_a_column_holds_what_is_no_annual_report(ningxia: Replica) -> None:
    kinds = {page.kind for page in ningxia.world.pages.values()}
    assert kinds == {
        "report",
        "interpretation",
        "meeting",
        "rules",
        "self_check",
        "half_year",
        "reply",
        "other_agency",
    }


def test_titles_are_cut_short_and_links_quoted_in_several_ways(ningxia: Replica) -> None:
    text = get(ningxia, LINGWU).text + get(ningxia, LINGWU + "index_1.html").text
    assert "…</a>" in text
    assert re.search(r"<a title='[^']+' href='\./", text)
    assert re.search(r'<a href="\./[^"]+">', text)


def test_the_sidebar_links_to_reports_outside_the_column(ningxia: Replica) -> None:
    text = get(ningxia, LINGWU).text
    assert '<a href="/ztzl/zfxxgknb/202603/t20260330_5188021.html"' in text


# Pages


def test_each_page_of_each_site_is_served_but_the_two_faults_of_henan() -> None:
    for site in SITES:
        world = load_world(site)
        for page in world.pages.values():
            reply = answer(world, Asked(world.url(page)), Changes())
            assert reply is not None
            assert reply.status == (404 if page.kind == "dead" else 200)
            if page.kind != "dead" and page.kind != "soft_404":
                assert len(reply.body) > 2000


def test_a_report_prints_every_figure_of_its_form(ningxia: Replica) -> None:
    page = next(page for page in ningxia.world.reports() if (page.agency, page.year) == ("nx-sft", 2023))
    figures = figures_of("nx-sft")[2023]
    shown = [
        cell.text
        for block in blocks(ningxia.world, page, Changes())
        if isinstance(block, Grid)
        for row in block.rows
        for cell in row
        if cell.code
    ]
    assert sorted(shown) == sorted(figures[code] for code in codes("e3_2021"))
    text = re.sub(r"<[^>]+>", "", get(ningxia, ningxia.world.url(page)).text)
    assert figures["ar.t3.outcome.granted.natural_person"] in text


@pytest.mark.parametrize(
    ("table", "edition", "width"),
    [
        ("t2", "e2_2019", 4),
        ("t2", "e3_2021", 4),
        ("t3", "e2_2019", 10),
        ("t3", "e3_2021", 10),
        ("t4", "e3_2021", 15),
        ("stat", "e1_2014", 3),
    ],
)
def test_a_form_fills_its_rectangle_without_gap_or_overlap(table: TableKey, edition: Any, width: int) -> None:
    rows = build(table, edition, {})
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            area = {
                (number + down, column + right)
                for down in range(cell.rowspan)
                for right in range(cell.colspan)
            }
            assert not area & taken
            taken |= area
    assert taken == {(row, column) for row in range(len(rows)) for column in range(width)}


def test_the_editions_print_as_many_cells_as_the_law_asks() -> None:
    assert [len(codes(edition)) for edition in ("e1_2014", "e2_2019", "e3_2021")] == [65, 198, 200]


def test_the_codes_are_those_of_the_catalogue(shared: Path) -> None:
    catalogue = json.loads((shared / "formats" / "indicators.json").read_text(encoding="utf-8"))
    for edition in ("e1_2014", "e2_2019", "e3_2021"):
        known = {entry["code"] for entry in catalogue["indicators"] if edition in entry["editions"]}
        assert codes(edition) == known


def test_word_splits_numbers_over_spans(ningxia: Replica) -> None:
    page = next(page for page in ningxia.world.reports() if page.style == "word" and page.year == 2023)
    text = get(ningxia, ningxia.world.url(page)).text
    assert re.search(r'<span lang="EN-US"[^>]*>20</span>|<span lang="EN-US"[^>]*>2</span>', text)
    assert "MsoNormalTable" in text


def test_a_page_declared_gb2312_holds_a_character_that_only_gb18030_has(ningxia: Replica) -> None:
    page = next(page for page in ningxia.world.pages.values() if "gb2312" in page.traits)
    reply = get(ningxia, ningxia.world.url(page))
    assert reply.headers["content-type"] == "text/html"
    assert b"charset=gb2312" in reply.body
    assert "马䶮" in reply.body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode("gb2312")
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode("gbk")


def test_attachments_are_a_word_file_a_pdf_and_a_picture(ningxia: Replica) -> None:
    seen = set()
    for page in ningxia.world.pages.values():
        for kind, name in page.traits.items():
            if kind not in ("docx", "pdf", "jpg"):
                continue
            url = ningxia.world.url(page)
            assert f'href="./{name}"' in get(ningxia, url).text
            body = get(ningxia, urljoin(url, name)).body
            seen.add(kind)
            if kind == "docx":
                document = zipfile.ZipFile(io.BytesIO(body)).read("word/document.xml").decode()
                cell = figures_of(page.agency)[page.year or 0]["ar.t3.new_received.total"]
                assert f">{cell}</w:t>" in document
            elif kind == "pdf":
                grids = [block for block in blocks(ningxia.world, page, Changes()) if isinstance(block, Grid)]
                texts = [[cell.text for row in grid.rows for cell in row] for grid in grids]
                assert [[cell.text for cell in table.cells] for table in extract(body).tables()] == texts
            else:
                assert body[:2] + body[-2:] == b"\xff\xd8\xff\xd9"
    assert seen == {"docx", "pdf", "jpg"}


def test_the_word_file_is_a_grid_of_equal_rows(ningxia: Replica) -> None:
    page = next(page for page in ningxia.world.pages.values() if "docx" in page.traits)
    document = zipfile.ZipFile(io.BytesIO(docx(blocks(ningxia.world, page, Changes())))).read(
        "word/document.xml"
    )
    for table in re.findall(r"<w:tbl>.*?</w:tbl>", document.decode(), re.DOTALL):
        widths = {
            sum(int(width) for width in re.findall(r'gridSpan w:val="(\d+)"', row))
            for row in re.findall(r"<w:tr>.*?</w:tr>", table, re.DOTALL)
        }
        assert len(widths) == 1


def test_the_module_page_offers_the_years_and_each_year_is_a_report() -> None:
    with Replica("shandong") as replica:
        module = "http://www.weishan.gov.cn/module/xxgk/xxgkAnnualReport.jsp"
        form = get(replica, f"{module}?area=113708260043292687").text
        years = re.findall(r'<option value="(\d{4})"', form)
        assert years == ["2020", "2019", "2018", "2017", "2016"]
        assert "总体情况" not in form
        assert "公众号2个" in get(replica, f"{module}?fbtime=2018&area=113708260043292687").text
        assert get(replica, f"{module}?area=1").status == 404


# Behaviour on the wire


def test_https_is_reached_through_connect_and_http_is_sent_on_to_it(ningxia: Replica) -> None:
    url = "https://sft.nx.gov.cn/xxgk/zfxxgknb/"
    assert get(ningxia, url).status == 200
    moved = get(ningxia, url.replace("https", "http"))
    assert (moved.status, moved.headers["location"]) == (301, url)
    assert ningxia.requests[-2].scheme == "https"


def test_some_hosts_compress_some_send_chunks_and_some_do_neither(ningxia: Replica) -> None:
    packed = get(ningxia, "https://sft.nx.gov.cn/xxgk/zfxxgknb/", Accept_Encoding="gzip, deflate")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.wire[:4] == b"\x1f\x8b\x08\x00"
    assert packed.wire[4:8] == b"\0\0\0\0"
    assert packed.body == get(ningxia, "https://sft.nx.gov.cn/xxgk/zfxxgknb/").wire
    chunked = get(ningxia, "http://www.wuzhong.gov.cn/xxgk/zfxxgknb/")
    assert chunked.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in chunked.headers
    plain = get(ningxia, LINGWU, Accept_Encoding="gzip")
    assert int(plain.headers["content-length"]) == len(plain.wire)


def test_a_connection_is_kept_for_several_requests(ningxia: Replica) -> None:
    port = urlsplit(ningxia.proxy_url).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for path in ("", "index.html", "index_1.html", "nothing.html"):
        connection.request("GET", LINGWU + path, headers={"Host": "www.nxlw.gov.cn"})
        reply = connection.getresponse()
        reply.read()
        assert not reply.will_close
    connection.close()


def test_a_head_request_gets_the_headers_alone(ningxia: Replica) -> None:
    assert get(ningxia, LINGWU, "HEAD").wire == b""


def test_the_three_kinds_of_robots_txt(ningxia: Replica) -> None:
    assert get(ningxia, "https://sft.nx.gov.cn/robots.txt").body == b""
    assert b"Disallow: /admin/" in get(ningxia, "https://www.yinchuan.gov.cn/robots.txt").body
    missing = get(ningxia, "http://www.nxlw.gov.cn/robots.txt")
    assert (missing.status, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_host_of_no_portal_is_refused_with_a_clear_text(ningxia: Replica) -> None:
    for scheme in ("http", "https"):
        reply = get(ningxia, f"{scheme}://www.example.org/")
        assert reply.status == 502
        assert "does not answer for the host 'www.example.org'" in reply.text


@pytest.mark.parametrize("site", SITES)
def test_two_visits_give_the_same_bytes_but_on_the_counter_pages(site: str) -> None:
    with Replica(site) as replica:
        columns = {
            f"{'https' if portal.secure else 'http'}://{portal.host}{path}"
            for portal in replica.world.portals.values()
            for path in portal.columns
        }
        urls = columns | {replica.world.url(page) for page in replica.world.pages.values()}
        changed = set()
        for url in sorted(urls):
            first, second = (get(replica, url, Accept_Encoding="gzip") for _ in range(2))
            kind = replica.world.portals[urlsplit(url).hostname or ""].validators
            moving = {
                "date",
                *(("etag", "last-modified") if kind in ("changing", "present", "future") else ()),
            }
            headers = [{k: v for k, v in got.headers.items() if k not in moving} for got in (first, second)]
            if first.wire != second.wire:
                changed.add(url)
            else:
                assert headers[0] == headers[1]
        assert changed == {url for url in COUNTER_PAGES if urlsplit(url).hostname in replica.hosts}


def test_a_counter_stands_outside_the_report(ningxia: Replica) -> None:
    for url in COUNTER_PAGES:
        first, second = get(ningxia, url).text, get(ningxia, url).text
        count = r'<span id="hits">\d+</span>'
        assert first != second
        assert re.sub(count, "", first) == re.sub(count, "", second)


def test_a_counter_goes_on_from_the_visits_that_were_there_before() -> None:
    url = min(COUNTER_PAGES)
    shown = []
    for visited in (0, 500, 500):
        with Replica("ningxia", visited=visited) as replica:
            shown.append(int(re.findall(r'id="hits">(\d+)<', get(replica, url).text)[0]))
    assert shown[1] == shown[2] == shown[0] + 500


def test_another_process_serves_the_same_bytes() -> None:
    program = (
        "from hashlib import sha256;from crawler.replica.pages import *;from crawler.replica.world import *\n"
        "for s in ('ningxia','henan','shandong'):\n"
        " w=load_world(s);h=sha256()\n"
        " for p in w.pages.values():\n"
        "  h.update(answer(w,Asked(w.url(p)),Changes()).body)\n"
        " print(h.hexdigest())\n"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert len(runs.pop().split()) == 3


def test_stopping_frees_the_port_even_while_a_client_holds_its_connection() -> None:
    replica = Replica("shandong").start()
    port = urlsplit(replica.proxy_url).port
    held = socket.create_connection(("127.0.0.1", port), timeout=5)
    held.sendall(b"GET http://www.weishan.gov.cn/ HTTP/1.1\r\nHost: www.weishan.gov.cn\r\n\r\n")
    assert held.recv(12) == b"HTTP/1.1 200"
    replica.stop()
    with held:
        while held.recv(65536):
            pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with pytest.raises(RuntimeError, match="start"):
        _ = replica.proxy_url


# Faults


def test_the_first_portal_answers_everything_with_a_firewall_page(ningxia: Replica) -> None:
    pages = [get(ningxia, f"https://www.nx.gov.cn{path}") for path in ("/", "/zwgk/zfxxgknb/", "/robots.txt")]
    assert {page.status for page in pages} == {405}
    assert len({page.body for page in pages}) == 1
    assert "网防G01" in pages[0].text
    assert "eventID" in pages[0].text


def test_jiyuan_has_a_soft_404_and_a_dead_link_in_its_column() -> None:
    with Replica("henan") as replica:
        faults = {
            page.kind: replica.world.url(page)
            for page in replica.world.pages.values()
            if page.kind != "report"
        }
        listed = "".join(
            get(replica, f"http://www.jiyuan.gov.cn/zwgk/zfxxgk/zfxxgknb/{name}").text
            for name in ("", "index_1.html")
        )
        for kind in ("soft_404", "dead"):
            assert faults[kind].rpartition("/")[2] in listed
        soft = get(replica, faults["soft_404"])
        assert soft.status == 200
        assert len(soft.body) < 2000
        assert "页面不存在" in soft.text
        assert get(replica, faults["dead"]).status == 404
        assert re.fullmatch(r".*/t\d+\.html", faults["dead"])


# Changes between two harvests


def test_an_edit_changes_one_figure_and_nothing_else() -> None:
    with Replica("ningxia") as replica:
        url = replica.url_of("nx-sft", 2022)
        before = get(replica, url).text
        assert replica.edit("nx-sft", 2022, "ar.t4.reconsideration.upheld", "99999") == url
        after = get(replica, url).text
        assert after != before
        assert re.sub(r"<[^>]+>", "", after).count("99999") == 1
        replica.restore()
        assert get(replica, url).text == before
        with pytest.raises(KeyError, match="does not print"):
            replica.edit("nx-sft", 2022, "st.fees", "1")
        with pytest.raises(KeyError, match="no report of 1999"):
            replica.edit("nx-sft", 1999, "st.fees", "1")


def test_a_removed_page_is_gone_from_its_list_too() -> None:
    with Replica("ningxia") as replica:
        url = replica.url_of("nx-lingwu-sfj", 2024)
        replica.remove(url)
        assert get(replica, url).status == 404
        assert url.rpartition("/")[2] not in get(replica, LINGWU).text
        with pytest.raises(KeyError, match="no page"):
            replica.remove(LINGWU + "nothing.html")


def test_trouble_lasts_as_long_as_it_was_ordered() -> None:
    with Replica("ningxia") as replica:
        replica.fail(LINGWU, 2, 502)
        assert [get(replica, LINGWU).status for _ in range(3)] == [502, 502, 200]
        replica.fail(LINGWU, 1, 0)
        with pytest.raises(http.client.RemoteDisconnected):
            get(replica, LINGWU)
        assert [request.status for request in replica.requests] == [502, 502, 200, 0]
        replica.cut(LINGWU, 1)
        with pytest.raises(http.client.IncompleteRead):
            get(replica, LINGWU)
        assert get(replica, LINGWU).status == 200
