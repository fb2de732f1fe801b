"""Text from outside, however long and whatever it holds, comes into both databases alike and ends no harvest."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from archive.text import recogniser, scan_page
from archive.text.extract import extract
from crawler.replica.pages import answer
from crawler.replica.reply import Asked
from crawler.replica.server import Replica
from crawler.replica.world import Changes, load_world
from gxstore import catalogue, models, readings, regions
from gxstore.database import open_store
from gxstore.frontier import Item, Ledger
from gxstore.models import Agency, Base, Document, Frontier, Listing, Run, Site, Version
from gxstore.reading.attribution import attribute
from gxstore.reading.read import read
from gxstore.reading.report import (
    Attribution,
    Contact,
    Evidence,
    Fact,
    Finding,
    Hint,
    LocalEntry,
    Reading,
    Section,
    Value,
    Where,
)
from gxstore.seals import broken_seals, seal
from gxstore.storable import LONGEST_URL, named_url, storable, storable_scope, trouble_of_url
from tests.postgresql import BACKENDS

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOSTILE = {
    "long": "标" * 30_000,
    "with NUL": "标题\0的后半",
    "with half a character": "标题\ud83d的后半\udc00",
    "all at once": "\0\ud800标" * 9_000,
}
both = pytest.mark.parametrize("backend", BACKENDS)
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


@pytest.fixture
def engine(tmp_path: Path, backend: str, new_store: Callable[..., str]) -> Iterator[sa.Engine]:
    """A store with a site, an agency, a run and a version."""
    engine = open_store(new_store(backend, tmp_path))
    with Session(engine) as session, session.begin():
        session.add(Site(id=1, name="a", title="a"))
        session.add(Agency(id=1, slug="a", level="county", function="x"))
        session.flush()
        session.add(
            Run(id=1, site_id=1, started=NOW, narrowed={}, tool_version="x", config_digest="x", vantage="x")
        )
        session.add(Document(id=1, site_id=1, kind="report"))
        session.flush()
        session.add(
            Version(
                id=1,
                document_id=1,
                number=1,
                text_sha256="0" * 64,
                extractor="x",
                extractor_version="1",
                conversion_record_id="urn:uuid:1",
                warc_file="f",
                warc_offset=1,
            )
        )
        seal(session, "version", 1)
    yield engine
    engine.dispose()


def plain() -> tuple[Reading, Attribution]:
    """A report of the replica, read."""
    world, known = load_world("shandong"), catalogue.load()
    reply = answer(world, Asked(world.url(next(iter(world.reports()))), 1), Changes())
    assert reply is not None
    document = extract(reply.body)
    reading = read([document], known)
    return reading, attribute([document], reading, regions.load(), known, Hint())


def hostile_reading(text: str) -> tuple[Reading, Attribution]:
    """The same with a text in every place that takes one from outside."""
    reading, told = plain()
    first, *others = reading.values
    where = Where(1, 2, 3)
    return (
        replace(
            reading,
            title=text,
            values=(
                *others,
                replace(
                    first,
                    status="unreadable",
                    number=None,
                    raw=text,
                    note=text,
                    printed_unit=text,
                    where=where,
                ),
                *(Value(first.code, "blank", scope=text + end, where=where) for end in "甲乙"),
            ),
            sections=(Section("overview", text, text, 7, text),),
            facts=(Fact("nar.website", text, False, text, {"name": text}),),
            contact=Contact(text, text, text, text, text),
            findings=(
                Finding("r", "note", (), text, text, text),
                Finding("r", "note", (), 3, Decimal("2.5"), "x"),
            ),
            local=(LocalEntry(text, text, text, text, where),),
        ),
        replace(
            told,
            agency=text,
            publisher=text,
            year=2020,
            signed=date(2021, 1, 25),
            evidence=(Evidence("agency", "title", text),),
            findings=(Finding("r", "note", (), None, None, text),),
        ),
    )


@both
@hostile
def test_a_reading_with_hostile_text_everywhere_is_kept_sealed_and_found_again(
    engine: sa.Engine, text: str
) -> None:
    reading, told = hostile_reading(text)
    with Session(engine) as session, session.begin():
        kept = readings.keep(session, [1], reading, told, "a", NOW)
    with Session(engine) as session:
        assert list(broken_seals(session)) == []
        assert list(readings.differences(session, kept.reading_id, reading, told)) == []
        assert readings.same_reading(session, [1], reading, told) == kept.reading_id
        raw = session.scalars(sa.select(models.Value.raw).where(models.Value.printed_unit.is_not(None))).all()
        assert raw == [storable(text)]
        scopes = set(session.scalars(sa.select(models.Value.scope).where(models.Value.scope != "")))
        assert len(scopes) == 2
        heading, number = session.execute(sa.select(models.Section.heading, models.Section.number)).one()
        assert (heading, number) == (storable(text[:400]), storable(text))
        (attribution,) = session.scalars(sa.select(models.Attribution))
        assert (attribution.agency_printed, attribution.publisher) == (storable(text), storable(text))
    with Session(engine) as session, session.begin():
        assert not readings.keep(session, [1], reading, told, "a", NOW).added


@both
def test_a_reading_may_be_kept_of_an_agency_that_the_session_has_not_yet_entered(engine: sa.Engine) -> None:
    reading, told = plain()
    with Session(engine) as session, session.begin():
        session.add(Agency(id=2, slug="b", level="county", function="y"))
        kept = readings.keep(session, [1], reading, replace(told, year=2020), "b", NOW)
    with Session(engine) as session:
        assert session.get_one(models.Report, kept.report_id).agency_id == 2


@both
@hostile
def test_the_ledger_takes_any_address_host_and_reason(engine: sa.Engine, text: str) -> None:
    ledger = Ledger(engine, 1)
    good = Item("http://a.gov.cn/1.html", "report", "a.gov.cn", {"title": text})
    bad = Item(f"http://a.gov.cn/{text}.html", "report", text, {"title": text})
    picture = replace(bad, url=bad.url + ".png", kind="requisite")
    aside = replace(bad, url=bad.url + "?aside")
    assert ledger.add([good, bad, picture, bad]) == [good]
    ledger.leave_aside(aside, "not_a_report", text)
    ledger.finish(good, "failed", verdict="forbidden_address", reason=text)
    assert ledger.list_links("a.gov.cn/", 1, {good.url: True, bad.url: True}) == 2
    assert ledger.list_links("a.gov.cn/", 2, {good.url: True, bad.url: True}) == 0
    rows = {row.url: row for row in ledger.rows()}
    assert [rows[named_url(item.url)].state for item in (good, bad, picture, aside)] == [
        "failed",
        "failed",
        "left_aside",
        "left_aside",
    ]
    failed = rows[named_url(bad.url)]
    assert (failed.verdict, "its address" in str(failed.reason)) == ("unusable_url", True)
    assert rows[good.url].reason == storable(text[:400])
    assert ledger.reopen() == []
    with Session(engine) as session:
        assert len(session.scalars(sa.select(Listing)).all()) == 2
        assert session.get_one(Frontier, (1, good.url, "")).context == {"title": text}


@given(st.text(alphabet=st.characters(), max_size=40), st.integers(0, 90))
def test_an_address_is_asked_for_as_it_is_or_named_by_something_that_can_be_kept(
    text: str, times: int
) -> None:
    from scrapy.http import Request

    url = "http://a.gov.cn/" + text * times
    named = named_url(url)
    assert trouble_of_url(named) is None or len(named.encode()) < LONGEST_URL
    if trouble_of_url(url) is None:
        assert named == url
        assert len(Request(url).url) <= LONGEST_URL
    else:
        assert named != url
        assert storable(named) == named
        assert named_url(url + "x") != named


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=500))
def test_a_columns_name_in_a_key_stays_short_and_its_own(name: str) -> None:
    kept = storable_scope(name)
    assert len(kept.encode()) < 1000
    assert storable(kept) == kept
    assert len(storable(name)) > 200 or kept == storable(name)


@both
def test_a_text_that_a_recogniser_took_is_kept_with_its_version(engine: sa.Engine) -> None:
    by = f"4/scan {scan_page.VERSION} ({recogniser.recogniser_version()})"
    with Session(engine) as session, session.begin():
        document = session.scalars(sa.select(Version.document_id)).first()
        assert document is not None
        session.add(
            Version(
                id=71,
                document_id=document,
                number=72,
                text_sha256="ab" * 32,
                extractor="gxcrawl-pdf",
                extractor_version=by,
                conversion_record_id="urn:uuid:7",
                warc_file="henan-run1-20261121000000-00000.warc.gz",
                warc_offset=73,
            )
        )
    with Session(engine) as session:
        assert by in session.scalars(sa.select(Version.extractor_version)).all()


@pytest.mark.parametrize("backend", ["postgresql"])
def test_postgresql_limits_no_text_but_what_the_models_limit(engine: sa.Engine) -> None:
    limited = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.String) and column.type.length is not None
    }
    with engine.connect() as connection:
        there = connection.exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND character_maximum_length IS NOT NULL AND table_name <> 'alembic_version'"
        )
        assert {tuple(row) for row in there} == limited


@both
def test_a_page_and_a_list_with_overlong_text_end_no_harvest(on: Callable[..., tuple[Any, Replica]]) -> None:
    made, replica = on("shandong")
    url = replica.url_of("sd-weishan-sfj", 2018)
    page = next(page for page in replica.world.reports() if replica.world.url(page) == url)
    reply = answer(replica.world, Asked(url, 1), Changes())
    assert reply is not None
    long = "微" * 900
    body = reply.body.decode().replace("一、", f"一、{long}", 1)
    body = body.replace("</body>", f'<p><a href="/{long}.doc">{long}附件</a></p></body>')
    assert long in body
    replica.serve(url, body.encode(), headers=[("Content-Type", "text/html; charset=utf-8")])
    summary = made.run()
    assert (summary["run"], summary["failed"], summary["outcome"]) == (1, 1, "partial")
    assert summary["found"] == 5
    (reason,) = summary["reasons"]
    assert "unusable_url" in reason
    assert "bytes long" in reason
    assert page.year == 2018
    verified = made.here("verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["damages"]) == (0, [])
