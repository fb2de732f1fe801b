"""From home pages to a site file that finds the same reports as the bundled ones, and what a walk does not do."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crawler.discovery.leads import (
    BODY,
    COLUMN,
    FOLDER_OF_REPORT,
    LIST_OF_BODIES,
    SECTION,
    Lead,
    bodies_named,
    leads,
)
from crawler.discovery.seen import Sighting, Walk, cut_short
from crawler.discovery.sitefile import _may_be_called, site_file
from crawler.families import Ask, ListPage, recognise
from crawler.families.listing import ListedLink
from crawler.replica.server import Replica
from crawler.replica.world import World
from crawler.sites import load_site, load_site_file, site_names
from gxstore import regions

# Its firewall lets nobody in.
CLOSED = {"www.nx.gov.cn"}

_DISCOVER = """
import json, sys
from datetime import date
from crawler.discovery.sitefile import site_file
from crawler.discovery.walk import Bounds, walk
from crawler.settings import Settings
from gxstore import regions
name, starts, proxy, pages = json.loads(sys.argv[1])
found = walk(starts, Settings(), Bounds(pages), delay=0, replica=proxy)
sys.stdout.write(site_file(name, found, starts, regions.load(), date(2026, 11, 21), delay=0.0))
"""


def discovered(replica: Replica, name: str, starts: list[str], pages: int = 200) -> str:
    """The site file that a walk over these home pages makes, in a process of its own."""
    told = json.dumps([name, starts, replica.proxy_url, pages])
    done = subprocess.run(
        [sys.executable, "-c", _DISCOVER, told], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def home(world: World, host: str) -> str:
    return f"{'https' if world.portals[host].secure else 'http'}://{host}/"


@pytest.fixture(scope="module")
def everywhere(
    harvester: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Replica, Any, str]]:
    """One walk over the home pages of all portals of the replica, and one harvest by the file that it made."""
    folder = tmp_path_factory.mktemp("discovery")
    with Replica(*site_names()) as replica:
        starts = sorted({home(replica.world, portal.host) for portal in replica.world.portals.values()})
        text = discovered(replica, "everywhere", starts)
        (folder / "config" / "sites").mkdir(parents=True)
        (folder / "config" / "sites" / "everywhere.toml").write_text(text, "utf-8")
        made = harvester(folder / "data", replica.proxy_url, "everywhere", folder / "config")
        summary = made.run()
        assert not [reason for reason in summary["reasons"] if "floor" in reason]
        yield replica, made, text


HOSTS = sorted({portal.host for name in site_names() for portal in load_site(name).site.portal})


@pytest.mark.parametrize("host", [host for host in HOSTS if host not in CLOSED])
def test_the_site_file_made_from_a_home_page_finds_the_reports_that_are_there(
    everywhere: tuple[Replica, Any, str], host: str
) -> None:
    replica, made, _ = everywhere
    there = {
        replica.world.url(page)
        for page in replica.world.reports()
        if page.host == host and "unlisted" not in page.traits
    }
    rows = made.rows(
        "SELECT DISTINCT document_url.url FROM document_url JOIN document ON document.id = document_id"
        f" WHERE document.kind = 'report' AND document_url.url LIKE '%//{host}/%'"
    )
    assert {url for (url,) in rows} == there


def agreed(one: str, other: str) -> bool:
    """Whether two names are one body's: with its place or without."""
    return one.endswith(other) or other.endswith(one)


def test_the_bodies_are_those_whose_reports_they_are(everywhere: tuple[Replica, Any, str]) -> None:
    replica, made, _ = everywhere
    rows = made.rows(
        "SELECT DISTINCT document_url.url, agency_name.name FROM attribution JOIN report ON report.id = report_id"
        " JOIN agency_name ON agency_name.agency_id = report.agency_id JOIN reading_source USING (reading_id)"
        " JOIN version ON version.id = version_id JOIN document_url ON document_url.document_id = version.document_id"
    )
    names: dict[str, set[str]] = {}
    for url, name in rows:
        names.setdefault(url, set()).add(name)
    agencies = replica.world.agencies
    wrong = [
        (agencies[page.agency].name, names[url])
        for page in replica.world.reports()
        if (url := replica.world.url(page)) in names
        and not any(agreed(agencies[page.agency].name, name) for name in names[url])
    ]
    assert wrong == []


def test_the_file_says_what_was_seen_and_what_was_not(everywhere: tuple[Replica, Any, str]) -> None:
    _, _, text = everywhere
    site = tomllib.loads(text)
    assert all(portal["evidence"] == "seen" for portal in site["portal"])
    assert "waf, HTTP 405" in text
    assert "财政预决算" not in text
    assert "法治政府" not in text
    assert site["expect"]["reports"] > 100


def test_a_walk_asks_for_little_and_for_nothing_off_its_hosts(everywhere: tuple[Replica, Any, str]) -> None:
    replica, _, text = everywhere
    asked = next(line for line in text.splitlines() if line.startswith("# Pages asked for"))
    numbers = [int(part.rpartition(" ")[2].rstrip(".")) for part in asked.split(", ")]
    assert max(numbers) < 20
    assert {request.host for request in replica.requests} <= replica.hosts | {
        f"www.{host}" for host in replica.hosts
    }
    off = ("/rl/", "/bsfw/", "/xwzx/")
    assert not {request.path for request in replica.requests if request.path.startswith(off)}


def test_a_walk_stops_at_its_bound_and_says_so(tmp_path: Path) -> None:
    with Replica("ningxia") as replica:
        start = home(replica.world, "www.yinchuan.gov.cn")
        text = discovered(replica, "yinchuan", [start], pages=6)
        assert sum(request.path != "/robots.txt" for request in replica.requests) == 6
    assert "Not followed on yinchuan.gov.cn, since the bound was reached" in text
    path = tmp_path / "yinchuan.toml"
    path.write_text(text, "utf-8")
    assert len(load_site_file(path).site.portal[0].column) < 4


# ---- leads


def found(markup: str, trail: tuple[str, ...] = ()) -> list[Lead]:
    at = Lead("http://www.nxlw.gov.cn/zwgk/", SECTION, trail)
    return leads(f"<html><body>{markup}</body></html>", at, {"www.nxlw.gov.cn"})[0]


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("政府信息公开年报", COLUMN),
        ("政府信息公开年度报告", COLUMN),
        ("信息公开工作年度报告", COLUMN),
        ("政府信息公开", SECTION),
        ("政务公开", SECTION),
        ("法定主动公开内容", SECTION),
        ("法治政府建设年度报告", None),
        ("政府网站工作年度报表", None),
        ("部门预算公开", None),
        ("政府信息公开指南", None),
        ("领导之窗", None),
        ("财政局", None),
        ("灵武市第一中学2022年信息公开年度报告", None),
        ("登录", None),
    ],
)
def test_a_link_is_followed_by_its_name(name: str, rank: int | None) -> None:
    assert [lead.rank for lead in found(f'<a href="x/">{name}</a>')] == ([rank] if rank else [])


@pytest.mark.parametrize("name", ["财政局", "统计局", "卫生健康委员会", "崇兴镇", "城区街道办事处", "司法局"])
def test_a_body_is_followed_inside_a_section_alone(name: str) -> None:
    assert [lead.rank for lead in found(f'<a href="x/">{name}</a>', ("政务公开",))] == [BODY]
    assert found(f'<a href="x/">{name}</a>') == []


def test_a_report_in_the_news_leads_to_its_folder_and_not_to_itself() -> None:
    title = "灵武市司法局2022年政府信息公开工作年度报告"
    (lead,) = found(f'<a href="/zwgk/sfj/nb/202302/t20230208_1.html" title="{title}">灵武市司法…</a>')
    assert (lead.url, lead.rank) == ("http://www.nxlw.gov.cn/zwgk/sfj/nb/", FOLDER_OF_REPORT)


def test_links_that_are_no_pages_or_leave_the_hosts_are_not_followed() -> None:
    markup = "".join(
        f'<a href="{href}">政府信息公开年报</a>'
        for href in (
            "javascript:void(0)",
            "#top",
            "mailto:x@example.org",
            "nb.pdf",
            "http://[broken/",
            "ftp://www.nxlw.gov.cn/nb/",
            "http://127.0.0.1/nb/",
            "http://www.example.org/nb/",
        )
    )
    assert found(markup) == []


@pytest.mark.parametrize(
    "written",
    [
        "<select onchange='window.open(this.value)'><option>各部门</option><option value='/bm/b1/'>财政局</option></select>",
        "<li onclick=\"window.open('/bm/b1/')\">财政局</li>",
        "<a href='javascript:void(0)' onclick=\"location.href='/bm/b1/'\">财政局</a>",
        "<table><tr><td onclick=\"window.open('/bm/b1/')\">灵武市财政局</td></tr></table>",
        "<iframe src='/bm/b1/'></iframe>",
        "<script>var zNodes=[{id:3,pId:0,name:'财政局',url:'/bm/b1/',target:'_self'}];</script>",
        '<script>var t=[{"deptName":"\\u8d22\\u653f\\u5c40","linkUrl":"\\/bm\\/b1\\/"}];</script>',
        "<script>document.write(\"<li><a href='/bm/b1/'>财政局</a></li>\");</script>",
        "<li data-url='/bm/b1/' onclick='go(this)'>财政局</li>",
        "<a href='javascript:;' data-href='/bm/b1/'>财政局</a>",
        "<map><area shape='rect' href='/bm/b1/' alt='财政局'></map>",
    ],
)
def test_a_body_is_followed_however_the_section_leads_to_it(written: str) -> None:
    assert [lead.url for lead in found(written, ("政务公开",))] == ["http://www.nxlw.gov.cn/bm/b1/"]


def test_the_frames_of_a_set_are_the_page_and_a_choice_without_an_address_is_no_lead() -> None:
    assert [lead.url for lead in found("<frameset><frame src='left.html'></frameset>")] == [
        "http://www.nxlw.gov.cn/zwgk/left.html"
    ]
    assert found("<iframe src='/visitcount.html'></iframe>", ("政务公开",)) == []
    assert found("<option value='37'>财政局</option>", ("政务公开",)) == []


def test_a_tree_that_a_section_loads_is_looked_into_and_names_its_bodies() -> None:
    page = "<script src='/js/dept_tree.js'></script><script src='/js/jquery.js'></script><script>$.getJSON('bm.json')</script>"
    assert {lead.url for lead in found(page, ("政务公开",))} == {
        "http://www.nxlw.gov.cn/js/dept_tree.js",
        "http://www.nxlw.gov.cn/zwgk/bm.json",
    }
    at = Lead("http://www.nxlw.gov.cn/zwgk/bm.json", LIST_OF_BODIES, ("政务公开",))
    tree = '[{"name": "财政局", "url": "/bm/b1/"}, {"name": "市审计局", "id": 7}]'
    (lead,), _ = leads(tree, at, {"www.nxlw.gov.cn"})
    assert (lead.url, lead.trail[-1]) == ("http://www.nxlw.gov.cn/bm/b1/", "财政局")
    assert bodies_named(tree, at) == {"财政局", "市审计局"}


def test_the_bodies_of_a_section_are_named_and_those_of_other_portals_are_not() -> None:
    at = Lead("http://www.nxlw.gov.cn/zwgk/", SECTION, ("政务公开",))
    page = (
        "<a href='javascript:show(3)'>教育局</a><option value='37'>财政局</option><li onclick='show(4)'>审计局</li>"
        "<a href='http://www.nx.gov.cn/'>自治区统计局</a><a href='/zwgk/'>灵武市人民政府</a><p>民政局</p>"
    )
    assert bodies_named(page, at) == {"教育局", "财政局", "审计局"}
    assert bodies_named(page, Lead("http://www.nxlw.gov.cn/", 0)) == set()
    way = Sighting("http://www.nxlw.gov.cn/a/nb/", "trs", {}, None, ("政务公开", "市教育局", "年报"))
    title = ListedLink("http://www.nxlw.gov.cn/b/t1.html", "灵武市审计局2020年政府信息公开工作年度报告")
    several = Sighting("http://www.nxlw.gov.cn/b/", "trs", {}, None, (), (title,))
    assert Walk([way, several], named={"教育局", "财政局", "审计局"}).without_column == ["财政局"]


def test_a_column_parted_by_years_is_found_and_a_body_without_one_is_named(tmp_path: Path) -> None:
    root = "http://sfj.jiyuan.gov.cn"
    with Replica("henan") as replica:
        replica.serve(root + "/", "<a href='/zwgk/'>政务公开</a>".encode())
        replica.serve(
            root + "/zwgk/",
            "<a href='/zwgk/nb/'>政府信息公开年报</a><a href='javascript:show(3)'>市审计局</a>".encode(),
        )
        replica.serve(
            root + "/zwgk/nb/",
            "".join(f"<a href='./{year}n/'>{year}年</a>" for year in (2023, 2022, 2021)).encode(),
        )
        for year in (2023, 2022, 2021):
            row = f"<li><a href='./t{year}.html'>济源市司法局{year}年政府信息公开工作年度报告</a></li>"
            group = "<a href='./xz/'>各乡镇</a>" if year == 2023 else ""
            replica.serve(f"{root}/zwgk/nb/{year}n/", f"<ul>{row}</ul>{group}".encode())
        town = "".join(
            f"<li><a href='./t{number}.html'>济源市{name}2023年政府信息公开工作年度报告</a></li>"
            for number, name in ((77, "克井镇"), (78, "五龙口镇"))
        )
        replica.serve(f"{root}/zwgk/nb/2023n/xz/", f"<ul>{town}</ul>".encode())
        text = discovered(replica, "probe", [root + "/"])
    columns = {column["path"] for portal in tomllib.loads(text)["portal"] for column in portal["column"]}
    assert {"/zwgk/nb/", "/zwgk/nb/2023n/xz/"} <= columns
    assert "no column of theirs was found: 市审计局" in text


def test_other_hosts_of_the_domain_are_named_and_not_asked() -> None:
    at = Lead("http://www.jiyuan.gov.cn/", 0)
    page = '<a href="http://sfj.jiyuan.gov.cn/xxgk/">政府信息公开</a><a href="http://www.example.org/">政府信息公开</a>'
    assert leads(page, at, {"www.jiyuan.gov.cn"}) == ([], {"sfj.jiyuan.gov.cn"})


# ---- the site file


@pytest.mark.parametrize(
    ("alias", "name", "may"),
    [
        ("司法局", "灵武市司法局", True),
        ("财金局", "平潭综合实验区财政金融局", True),
        ("市文广旅局", "济源市文化广电和旅游局", True),
        ("兴庆区财政局", "兴庆区司法局", False),
        ("银川市人民政府", "银川市人民政府办公室", False),
        ("灵武市司法局", "灵武市司法局", False),
        ("审计局", "统计局", False),
    ],
)
def test_another_body_in_a_column_is_no_other_name_of_its_owner(alias: str, name: str, may: bool) -> None:
    assert _may_be_called(alias, name) is may


def test_what_a_portal_says_cannot_break_the_file_that_is_made_of_it(tmp_path: Path) -> None:
    evil = '"]\n[[known]]\x00\x7f \\ \u2028 \'\'\' """'
    links = tuple(
        ListedLink(
            f"http://www.nxlw.gov.cn/a/t{year}.html", f"{evil}灵武市司法局{year}年政府信息公开工作年度报告"
        )
        for year in range(2018, 2024)
    )
    seen = Sighting("http://www.nxlw.gov.cn/a/", "trs", {"endpoint": evil}, evil, (evil,), links)
    seen = replace(seen, family="trs_search")
    made = Walk([seen], {"nxlw.gov.cn": evil}, {"nxlw.gov.cn": 3}, [evil], {"x.gov.cn"}, {})
    text = site_file(
        "probe", made, ["http://www.nxlw.gov.cn/"], regions.load(), date(2026, 11, 21), delay=2.0
    )
    path = tmp_path / "probe.toml"
    path.write_text(text, "utf-8")
    site = load_site_file(path).site
    assert site.known == ()
    assert site.expect.reports >= 1


def test_a_real_list_page_is_recognised_for_what_it_is(shared: Path) -> None:
    page = (shared / "real" / "listpage_ordos_engebei_trs_xxgknb.html").read_text("utf-8", "replace")
    assert recognise(page, "http://ordosnewcity.gov.cn/xxgk/xxgknb/") == ("trs", {})


@pytest.mark.parametrize(
    "page", ["", "<html><body>灵武市人民政府</body></html>", "{}", "<html><a href='x.html'>年报</a></html>"]
)
def test_a_page_that_lists_nothing_is_of_no_family(page: str) -> None:
    assert recognise(page, "http://www.nxlw.gov.cn/") is None


def test_a_list_that_was_cut_short_is_named_beside_the_floor_that_counts_it() -> None:
    url = "http://sfj.a.example/nb/list.htm"
    reports = tuple(
        ListedLink(f"http://sfj.a.example/info/7/{year}.htm", f"试县司法局{year}年政府信息公开工作年度报告")
        for year in range(2014, 2019)
    )
    seen = Sighting(url, "boda", {}, "年报", ("年报",), reports)
    page = ListPage(reports)
    pager = "<a href=\"javascript:go(3,'u',2)\">下页</a>"
    cut = cut_short(seen, page, pager, Ask(url), 0)
    assert cut == "page 1 is not its last, for its link 下页 leads to a further page"
    assert cut_short(seen, page, "<span>共1页</span>", Ask(url), 0) is None
    assert cut_short(seen, page, "", Ask(url), 4) == "4 of its further pages were not asked for"
    assert (
        cut_short(replace(seen, stated=11), page, "", Ask(url), 0)
        == "it states 11 entries, and its pages gave 5"
    )
    walk = Walk(sightings=[replace(seen, cut=cut)], titles={"sfj.a.example": "试县司法局"})
    text = site_file("x", walk, [url], regions.load(), date(2026, 11, 21), delay=1.0)
    assert f"not the whole list: {cut}" in text
