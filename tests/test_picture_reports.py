"""Reports whose tables, pages or attachments are pictures, from the portal to the number and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crawler.replica.forms import codes
from crawler.replica.server import Replica
from crawler.replica.world import edition_of
from gxstore import query
from gxstore.query import Point
from gxstore.reading.numbers import parse
from tests.pictured import Printer, page_of, serve_pictures, serve_scanned_pdf

AGENCY = "hi-zjt"
# Of one year each: tables that are pictures, nothing but pictures, a PDF without text, and pictures that are not had.
TABLES, PAGES, FILE, LOST = 2023, 2019, 2021, 2022


@dataclass(frozen=True)
class Harvested:
    made: Any
    replica: Replica
    summary: dict[str, Any]

    def cells(self, year: int) -> dict[str, Point]:
        """The cells of a year's report, as they are shown."""
        engine = sa.create_engine(f"sqlite:///{self.made.data / 'store.db'}")
        with Session(engine) as session:
            (agency,) = query.find_agencies(session, AGENCY)
            return {point.code: point for point in query.report_cells(session, agency, year)}

    def printed(self, year: int) -> dict[str, str]:
        """What the report prints in each cell of its form."""
        figures = self.replica.world.figures(AGENCY)[year]
        return {code: figures.get(code, "") for code in codes(edition_of(year))}


@pytest.fixture(scope="module")
def harvested(tmp_path_factory: pytest.TempPathFactory, harvester: Any) -> Iterator[Harvested]:
    folder = tmp_path_factory.mktemp("pictures")
    printer = Printer(folder)
    with Replica("hainan") as replica:
        serve_pictures(replica, page_of(replica, AGENCY, TABLES), printer, tables_alone=True)
        serve_pictures(replica, page_of(replica, AGENCY, PAGES), printer, tables_alone=False)
        serve_scanned_pdf(replica, page_of(replica, AGENCY, FILE), printer)
        for url in serve_pictures(replica, page_of(replica, AGENCY, LOST), printer, tables_alone=True):
            replica.fail(url, 9, 404)
        made = harvester(folder / "data", replica.proxy_url, "hainan")
        yield Harvested(made, replica, made.run())


@pytest.mark.parametrize("year", [TABLES, PAGES, FILE])
def test_a_report_of_pictures_gives_its_numbers_and_none_that_is_wrong(
    harvested: Harvested, year: int
) -> None:
    printed, found = harvested.printed(year), harvested.cells(year)
    assert found.keys() == printed.keys()
    wrong = {
        code: (point.status, point.raw, printed[code])
        for code, point in found.items()
        if point.status != "unreadable"
        and (point.status, point.value)
        != (parse(printed[code], point.unit).status, parse(printed[code], point.unit).number)
    }
    assert wrong == {}
    assert sum(point.status != "unreadable" for point in found.values()) >= 0.98 * len(found)


def test_a_number_leads_to_the_picture_it_stands_in(harvested: Harvested) -> None:
    page = harvested.replica.url_of(AGENCY, TABLES)
    pictures = {point.path.url for point in harvested.cells(TABLES).values()}
    assert len(pictures) >= 2
    assert all(url.startswith(urljoin(page, "W0202")) and url.endswith(".jpg") for url in pictures)
    assert {point.path.url for point in harvested.cells(FILE).values()} == {
        urljoin(harvested.replica.url_of(AGENCY, FILE), "P02.pdf")
    }


def test_cells_of_pictures_that_could_not_be_had_are_missing_for_that(harvested: Harvested) -> None:
    assert {(point.status, point.why) for point in harvested.cells(LOST).values()} == {
        ("missing", "attachment_not_captured")
    }
    assert harvested.summary["outcome"] == "partial"
    assert sum(".jpg" in reason for reason in harvested.summary["reasons"]) >= 1


def test_what_is_no_table_is_fetched_once_and_never_read(harvested: Harvested) -> None:
    left = harvested.made.rows(
        "SELECT url, reason FROM frontier WHERE url LIKE '%/wx.png' OR url LIKE '%/zj_2.png'"
    )
    assert left
    assert all("pixels" in reason for _, reason in left)
