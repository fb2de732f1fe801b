"""Whose a report is, from the list to the answer: former names, missing places, copies, offices that publish for others, other
bodies' reports in a column, and folders that lie about the year."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crawler.replica.server import Replica
from crawler.replica.world import Agency, Page

SFJ, ZF = "sfj.jiyuan.gov.cn", "www.jiyuan.gov.cn"
ANNUAL = "年政府信息公开工作年度报告"
FORMERLY = """
[[agency.formerly]]
name = "济源市法制局"
last_year = 2018
"""


def bodies() -> list[Agency]:
    """The bodies behind the pages, as their own pages call them."""
    return [
        Agency("old", "济源市法制局", "459000", "nx-zhongwei-sfj"),
        Agency("ours", "本局", "459000", "nx-zhongwei-sfj"),
        Agency("placeless", "司法局", "459000", "nx-zhongwei-sfj"),
        Agency("reprint", "济源市司法局", "459000", "nx-lingwu-sfj"),
        Agency("school", "济源市教育局", "459000", "nx-zhongwei-sfj"),
        Agency("office", "济源市人民政府办公室", "459000", "nx-zhongwei-sfj"),
    ]


def pages(replica: Replica) -> list[Page]:
    """The pages beside those that the replica has."""
    own = {page.year: page for page in replica.world.reports() if page.agency == "hn-jiyuan-sfj"}
    government = next(page for page in replica.world.reports() if page.agency == "hn-jiyuan-zf")

    def made(
        agency: str, year: int, title: str, href: str, like: Page = own[2020], prose: str = "e1-b"
    ) -> Page:
        day = date(year + 1, 1, 20)
        changed = replace(like, agency=agency, year=year, title=title, href=href, prose=prose)
        return replace(changed, published=day, shown=day, signed=day, traits={})

    return [
        made("old", 2018, f"济源市法制局2018{ANNUAL}", "t18.html"),
        made("old", 2024, f"济源市法制局2024{ANNUAL}", "t24.html", prose="e3-a"),
        made("ours", 2017, f"2017{ANNUAL}", "t17.html"),
        made("placeless", 2016, f"司法局2016{ANNUAL}", "t16.html"),
        replace(own[2021], href="t99021.html"),
        replace(own[2022], href="t99022.html", host=ZF, column=government.column),
        made("reprint", 2023, own[2023].title, "t99023.html", like=own[2023], prose=own[2023].prose),
        made("school", 2020, f"济源市教育局2020{ANNUAL}", "t20.html", prose="e2-b"),
        made("school", 2014, f"2014{ANNUAL}", "t13.html"),
        replace(
            made("placeless", 2015, f"司法局2015{ANNUAL}", "2019/201901/t20190117_15.html"),
            published=date(2019, 1, 17),
        ),
        made("office", 2014, f"济源市人民政府2014{ANNUAL}", "t14.html", like=government),
    ]


@pytest.fixture(scope="module")
def harvested(harvester: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("identity")
    sites = folder / "config" / "sites"
    sites.mkdir(parents=True)
    text = Path("config/sites/henan.toml").read_text("utf-8")
    for before, after in (
        ('superior = "hn-jiyuan-zf"\n', f'superior = "hn-jiyuan-zf"\n{FORMERLY}'),
        ('agency = "hn-jiyuan-zf"\n', 'agency = "hn-jiyuan-zf"\nalso = ["hn-jiyuan-sfj"]\n'),
    ):
        assert before in text
        text = text.replace(before, after, 1)
    (sites / "henan.toml").write_text(text, "utf-8")
    with Replica("henan") as replica:
        assert isinstance(replica.world.pages, dict)
        assert isinstance(replica.world.agencies, dict)
        replica.world.agencies.update({body.slug: body for body in bodies()})
        replica.world.pages.update({(page.host, page.path): page for page in pages(replica)})
        made = harvester(folder / "data", replica.proxy_url, "henan", folder / "config")
        yield made, made.run()


def documents(made: Any, slug: str, year: int) -> set[str]:
    """The URLs at which a body's report of a year was found."""
    rows = made.rows(
        "SELECT document_url.url FROM report JOIN agency ON agency.id = agency_id JOIN attribution ON report_id = report.id"
        " JOIN reading_source USING (reading_id) JOIN version ON version.id = version_id"
        " JOIN document_url ON document_url.document_id = version.document_id"
        f" WHERE slug = '{slug}' AND year = {year}"
    )
    return {url.partition("://")[2] for (url,) in rows}


def asked(made: Any, agency: str, years: str) -> list[dict[str, Any]]:
    done = made.here("query", "ar.t3.new_received.total", "--agency", agency, "--years", years, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    points: list[dict[str, Any]] = json.loads(done.stdout)["points"]
    return points


def test_a_report_under_a_former_name_is_the_bodys_in_the_years_of_that_name(harvested: Any) -> None:
    made, _ = harvested
    assert documents(made, "hn-jiyuan-sfj", 2018) == {f"{SFJ}/zfxxgk/zfxxgknb/t18.html"}
    printed = made.rows(
        "SELECT agency_printed FROM attribution JOIN report ON report.id = report_id JOIN agency ON agency.id = agency_id"
        " WHERE slug = 'hn-jiyuan-sfj' AND year = 2018"
    )
    assert printed == [("济源市法制局",)]


def test_a_former_name_in_a_later_year_is_not_the_bodys_and_the_run_says_so(harvested: Any) -> None:
    made, summary = harvested
    assert documents(made, "hn-jiyuan-sfj", 2024) == set()
    assert any("lists reports of 济源市法制局 for 2024" in reason for reason in summary["reasons"])


def test_a_page_that_another_body_signs_is_not_the_columns_though_no_title_names_anybody(
    harvested: Any,
) -> None:
    made, summary = harvested
    assert documents(made, "hn-jiyuan-sfj", 2014) == set()
    assert any("lists reports of 济源市教育局 for 2014" in reason for reason in summary["reasons"])


def test_a_body_is_asked_for_by_any_of_its_names(harvested: Any) -> None:
    made, _ = harvested
    points = [
        asked(made, name, "2021") for name in ("济源市司法局", "济源产城融合示范区司法局", "济源市法制局")
    ]
    assert points[0]
    assert points[0] == points[1] == points[2]


@pytest.mark.parametrize(("year", "page"), [(2017, "t17.html"), (2016, "t16.html")])
def test_a_report_that_says_only_our_bureau_or_leaves_out_the_place_is_the_columns(
    harvested: Any, year: int, page: str
) -> None:
    made, _ = harvested
    assert documents(made, "hn-jiyuan-sfj", year) == {f"{SFJ}/zfxxgk/zfxxgknb/{page}"}


def test_the_same_report_at_two_addresses_is_one_report_of_two_documents(harvested: Any) -> None:
    made, _ = harvested
    found = documents(made, "hn-jiyuan-sfj", 2021)
    assert len(found) == 2
    assert f"{SFJ}/zfxxgk/zfxxgknb/t99021.html" in found
    assert len(asked(made, "济源市司法局", "2021")) == 1


def test_the_same_report_on_two_portals_is_one_report_of_two_documents(harvested: Any) -> None:
    made, _ = harvested
    found = documents(made, "hn-jiyuan-sfj", 2022)
    assert {url.partition("/")[0] for url in found} == {SFJ, ZF}
    assert len(asked(made, "济源市司法局", "2022")) == 1


def test_copies_that_disagree_are_a_finding_of_the_report_and_copies_that_agree_are_none(
    harvested: Any,
) -> None:
    made, _ = harvested
    rows = made.rows(
        "SELECT DISTINCT year FROM finding JOIN report ON report.id = finding.report_id JOIN agency ON agency.id = agency_id"
        " WHERE slug = 'hn-jiyuan-sfj' AND rule LIKE '%cop%'"
    )
    assert rows == [(2023,)]


def test_another_bodys_report_in_the_column_is_left_aside(harvested: Any) -> None:
    made, _ = harvested
    assert made.rows("SELECT state, verdict FROM frontier WHERE url LIKE '%/t20.html'") == [
        ("left_aside", "other_agency")
    ]
    assert not any("t20.html" in url for url in documents(made, "hn-jiyuan-sfj", 2020))


def test_a_folder_that_lies_about_the_year_is_not_believed(harvested: Any) -> None:
    made, _ = harvested
    assert documents(made, "hn-jiyuan-sfj", 2015) == {f"{SFJ}/zfxxgk/zfxxgknb/2019/201901/t20190117_15.html"}
    assert not any("t20190117_15" in url for url in documents(made, "hn-jiyuan-sfj", 2019))


def test_an_office_that_publishes_its_governments_report_is_the_publisher_and_not_the_subject(
    harvested: Any,
) -> None:
    made, _ = harvested
    rows = made.rows(
        "SELECT slug, publisher FROM attribution JOIN report ON report.id = report_id JOIN agency ON agency.id = agency_id"
        " WHERE year = 2014"
    )
    assert rows == [("hn-jiyuan-zf", "济源市人民政府办公室")]
