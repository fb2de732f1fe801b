"""What stands in a table is never cut: a date, a number, a digest or a URL is whole at every width of a terminal."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from crawler import answers, display
from crawler.tables import show_table
from gxstore import catalogue
from gxstore.query import AgencyRow, Path, Point

URL = "http://www.nxlw.gov.cn/zwgk/zfbmzsjgxxgk/lwssfj_29147/xxgknb_29150/201903/t20190309_2369058.html"
RECORD = "urn:uuid:93582972-408a-410f-a7e9-45632c9db4c0"
PATH = Path(
    url=URL,
    fetched_at=datetime(2026, 11, 27, 21, 27, 6, 965000, tzinfo=UTC),
    vantage="a desk in 中卫",
    warc_file="a.warc.gz",
    warc_offset=11,
    record_id=RECORD,
    payload_sha256="7448c8cd",
    version=1,
    text_sha256="06fdc8c7",
    conversion_offset=12,
    conversion_file="b.warc.gz",
    extractor="gxcrawl-html 3",
    reader_version="12",
    catalogue_digest="b1f0cbded0e4",
    table=2,
    row=4,
    column=10,
    line=73,
    page=None,
    box=None,
)


def at(width: int) -> Console:
    return Console(file=StringIO(), width=width, highlight=False)


def printed(console: Console) -> str:
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def point(agency: AgencyRow, year: int, value: int) -> Point:
    code = "ar.t3.new_received.total"
    return Point(
        agency,
        year,
        code,
        None,
        "reported",
        None,
        Decimal(value),
        str(value),
        "件",
        "labels",
        "e2_2019",
        (),
        PATH,
    )


@given(
    width=st.integers(20, 240),
    cells=st.lists(
        st.sampled_from(
            ["2026-11-28 05:27", RECORD, URL, "宁夏回族自治区司法厅", "12834", "it was seen first", ""]
        ),
        min_size=4,
        max_size=4,
    ),
)
def test_no_word_of_a_table_is_cut_at_any_width(width: int, cells: list[str]) -> None:
    table = Table("first seen", "record", "agency", "what", title="captures")
    table.add_row(*cells)
    console = at(width)
    show_table(console, table)
    said = printed(console)
    assert "…" not in said
    for cell in cells:
        for word in re.findall(r"[!-~]+", cell):
            assert word in said, said
        chinese = re.findall(r"[一-鿿]", cell)
        assert all(said.count(sign) for sign in chinese), said


def test_a_table_that_fits_is_a_table_and_one_that_does_not_is_a_list_of_its_cells() -> None:
    table = Table("record", "status", "note")
    table.add_row(RECORD, "200", "")
    wide, narrow = at(90), at(40)
    show_table(wide, table)
    assert "┃ record" in printed(wide)
    show_table(narrow, table)
    assert printed(narrow) == f"- record  {RECORD}\n  status  200\n"


def test_numbers_of_many_years_are_told_in_parts_on_a_narrow_terminal() -> None:
    agency = AgencyRow(1, "nx-sft", "宁夏回族自治区司法厅", "640000")
    numbers = {year: 12003 + 7 * year for year in range(2008, 2026)}
    console = at(80)
    display.series_table(console, "x", [point(agency, year, value) for year, value in numbers.items()], "件")
    said = printed(console)
    assert all(f" {value} " in said for value in numbers.values()), said
    assert said.count("宁夏回族自治区司法厅") == 3
    assert max(map(len, said.splitlines())) <= 80


@pytest.mark.parametrize(
    ("whys", "said"),
    [
        (["table_not_published", "row_absent"], "missing: 1 table not published, 1 row absent\n"),
        (
            ["table_not_published", "lost_in_extraction", "lost_in_extraction"],
            (
                "missing: 2 lost in extraction, 1 table not published; all but a table not published and a row absent are "
                "ours, not the agency's"
            ),
        ),
    ],
)
def test_what_is_missing_is_told_with_whose_doing_it_is(whys: list[str], said: str) -> None:
    agency = AgencyRow(1, "a", "试县司法局", "640324")
    console = at(80)
    gone = [
        replace(point(agency, 2019 + at, 0), value=None, raw=None, status="missing", why=why)
        for at, why in enumerate(whys)
    ]
    display.series_table(console, "x", gone, "件")
    assert said in printed(console)


def test_an_agency_that_was_asked_for_has_its_line_though_nothing_of_it_is_held() -> None:
    held, lacking = AgencyRow(1, "a", "试县司法局", "640324"), AgencyRow(2, "b", "试县统计局", "640324")
    console = at(80)
    display.series_table(console, "x", [point(held, 2020, 17)], "件", [held, lacking])
    (line,) = [line for line in printed(console).splitlines() if "试县统计局" in line]
    assert line.replace(" ", "") == "│试县统计局│·│"


@pytest.mark.parametrize(
    "said",
    [
        "agency      nx-sft, region 640000",
        "cell asked  ar.t3.new_received.total",
        "title       试县司法局2020年政府信息公开工作年度报告",
        "signed      2021-01-25",
        "published   2021-01-27, as the page claims",
        "confidence  0.973 of 1, read off a scan",
        "report form e2_2019: 年度报告格式（试行）, 国办公开办函〔2019〕60号",
        "fetched     2026-11-28 05:27:06 Asia/Shanghai (20261127212706 UTC for replay tools), from: a desk in 中卫",
        f"page        {URL}",
        f"record      {RECORD}, SHA-256 7448c8cd",
    ],
)
def test_an_explanation_holds_what_a_citation_needs(said: str) -> None:
    console = at(80)
    cell = replace(
        point(AgencyRow(1, "nx-sft", "宁夏回族自治区司法厅", "640000"), 2020, 17),
        title="试县司法局2020年政府信息公开工作年度报告",
        signed=date(2021, 1, 25),
        published=date(2021, 1, 27),
        confidence=0.973,
    )
    display.explanation(console, cell)
    (told,) = answers.series_json(catalogue.load().indicators[0], [cell])["points"]
    assert (told["title"], told["signed"], told["published"]) == (cell.title, "2021-01-25", "2021-01-27")
    assert told["confidence"] == 0.973
    assert said in printed(console)
