"""A researcher finds the code of a cell, and is told where the form of other years has it under another one."""

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from crawler.cli import app
from crawler.indicators import find_indicator, indicators_with, other_forms, years_absent
from crawler.missed import spans
from gxstore import query
from gxstore.catalogue import Indicator
from gxstore.database import open_store
from gxstore.models import Agency, AgencyName
from gxstore.query import AgencyRow
from gxstore.reading.report import Value
from tests import kept
from tests.test_tables import point


def known(code: str) -> Indicator:
    found = find_indicator(code)
    assert isinstance(found, Indicator)
    return found


def test_words_find_indicators_in_chinese_and_english_with_the_totals_first() -> None:
    assert indicators_with("新收")[0].code == "ar.t3.new_received.total"
    assert {one.code for one in indicators_with("litigation UPHELD")} >= {"st.litigation.upheld"}
    assert indicators_with("no such word") == []
    assert len(indicators_with("")) == len(
        json.loads(CliRunner().invoke(app, ["query", "--list", "--json"]).stdout)
    )


def test_what_is_no_indicator_is_answered_with_the_way_to_the_list() -> None:
    for text in ("foo", "新收", "ar.t3.new_recieved.total"):
        said = find_indicator(text)
        assert isinstance(said, str)
        assert "gxcrawl query --list" in said
    assert "ar.t3.new_received.total" in str(find_indicator("新收"))


def test_the_list_names_the_forms_with_their_papers_and_an_empty_one_is_bad_usage() -> None:
    done = CliRunner().invoke(app, ["query", "--list", "新收"])
    assert done.exit_code == 0
    for said in (
        "ar.t3.new_received.total",
        "件",
        "e2_2019: 年度报告格式（试行）, reports of 2019-2020",
        "60号",
    ):
        assert said in done.stdout
    assert CliRunner().invoke(app, ["query", "--list", "nosuchword"]).exit_code == 2


@pytest.mark.parametrize(
    ("code", "span", "said"),
    [
        (
            "ar.t3.new_received.total",
            (2016, 2020),
            [
                "The form of 2016-2018 (e1_2014) does not print this cell. Of the same matter it has st.application.received (close)."
            ],
        ),
        (
            "st.litigation",
            (2018, 2019),
            [
                (
                    "The form of 2019 (e2_2019) does not print this cell. Of the same matter it has "
                    "ar.t4.litigation_direct.total + ar.t4.litigation_after_reconsideration.total (close)."
                )
            ],
        ),
        ("ar.t3.new_received.total", (2019, 2025), []),
        ("ar.t3.new_received.total", None, []),
    ],
)
def test_the_form_of_other_years_is_told_with_what_it_prints_of_the_same_matter(
    code: str, span: tuple[int, int] | None, said: list[str]
) -> None:
    assert other_forms(known(code), span) == said


def test_a_part_of_a_sum_is_called_one() -> None:
    (said,) = other_forms(known("ar.t4.litigation_direct.total"), (2018, 2018))
    assert (
        "st.litigation (close, of ar.t4.litigation_direct.total + ar.t4.litigation_after_reconsideration.total)"
        in said
    )


def test_years_that_were_asked_for_and_are_not_held_are_named() -> None:
    agency = AgencyRow(1, "a", "试县司法局", "640324")
    absent = years_absent((2014, 2022), [point(agency, year, 17) for year in (2018, 2019, 2021)])
    assert (absent, spans(absent)) == ([2014, 2015, 2016, 2017, 2020, 2022], "2014-2017, 2020, 2022")
    assert years_absent(None, []) == []


@pytest.fixture
def asked(tmp_path: Path, gxcrawl: Any) -> Callable[..., Any]:
    """`gxcrawl query` on a store that knows one agency and no report."""
    with Session(open_store(f"sqlite:///{tmp_path / 'store.db'}", create=True)) as session, session.begin():
        session.add(Agency(id=1, slug="nx-tongxin-sfj", level="county", function="司法"))
        session.flush()
        name = {"name": "同心县司法局", "region": "640324", "valid_from": date(1949, 10, 1)}
        session.add(AgencyName(**name, agency_id=1, main=True))
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GXCRAWL_")}
    environment = {**clean, "GXCRAWL_DATA": str(tmp_path)}
    return lambda *words: gxcrawl("query", "ar.t3.new_received.total", *words, environment=environment)


def test_a_site_that_is_unknown_or_not_held_is_not_answered_with_another_reason(
    asked: Callable[..., Any],
) -> None:
    for site, said in (("hennan", "Did you mean 'henan'?"), ("henan", "gxcrawl run --site henan")):
        done = asked("--site", site)
        assert (done.returncode, said in done.stderr, done.stdout) == (2, True, ""), done.stderr
        assert "No agency is known yet" not in done.stderr


def test_the_confidence_of_a_number_and_its_reports_title_come_out_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "Value", partial(Value, confidence=0.973))
    made = kept.Keeper(open_store(f"sqlite:///{tmp_path / 'store.db'}", create=True))
    moment = datetime(2026, 3, 1, 2, tzinfo=UTC)
    made.shows(made.run(moment), "http://a/t20260115_1.html", moment, "text", {kept.CODE: 17})
    with Session(made.engine) as session:
        (found,) = query.series(session, kept.CODE, query.find_agencies(session, "a"))
    assert (found.value, found.confidence) == (Decimal(17), 0.973)
    assert (found.title, found.signed) == ("title", None)
