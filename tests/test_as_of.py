"""What a question is answered with: ordered by when the portal showed it and not by when it came in, by two dates, for any
number of reports."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gxstore import catalogue, diff, query
from gxstore.as_of import ALL, AsOf
from gxstore.comparing import compare_reports
from gxstore.copies import copies
from gxstore.database import open_store
from gxstore.history import History, history
from gxstore.models import Attribution, Base, Capture, Document, DocumentUrl, Finding, Reading
from gxstore.query import Point
from gxstore.reading.report import Finding as Doubt
from gxstore.seals import broken_seals
from tests.kept import CODE, Keeper
from tests.postgresql import BACKENDS

pytestmark = pytest.mark.parametrize("backend", BACKENDS)

DAY = datetime(2026, 3, 1, 2, tzinfo=UTC)
U, V, FILE = "http://a/t20260115_1.html", "http://a/t20260301_2.html", "http://a/P020260115000000001.xls"


def day(number: float) -> datetime:
    return DAY + timedelta(days=number)


@pytest.fixture
def made(tmp_path: Path, backend: str, new_store: Callable[..., str]) -> Keeper:
    return Keeper(open_store(new_store(backend, tmp_path)))


def points(made: Keeper, as_of: AsOf = ALL, years: tuple[int, int] | None = None) -> list[Point]:
    with Session(made.engine) as session:
        return query.series(session, CODE, query.find_agencies(session, None), years, as_of)


def numbers(made: Keeper, as_of: AsOf = ALL) -> dict[tuple[str, int], int]:
    return {(p.agency.slug, p.year): int(p.value) for p in points(made, as_of) if p.value is not None}


def past(made: Keeper, as_of: AsOf = ALL) -> History:
    with Session(made.engine) as session:
        (agency,) = query.find_agencies(session, "a")
        held = history(session, agency.id, 2021, as_of)
        assert held is not None
        return held


def what(held: History) -> list[tuple[str, str]]:
    return [(held.labels()[event.document], event.what) for event in held.events]


# ---- order


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_late_import_stands_at_its_place_in_time_whatever_the_order_of_entry(
    made: Keeper, order: tuple[int, ...]
) -> None:
    shown = [(day(1), "first", 3), (day(2), "second", 5), (day(3), "third", 8)]
    for number in order:
        at, text, value = shown[number]
        made.shows(made.run(day(20)), U, at, text, {CODE: value})
    assert numbers(made) == {("a", 2021): 8}
    held = past(made)
    assert [capture.fetched_at for capture in held.captures] == [day(1), day(2), day(3)]
    assert [(event.what, event.at) for event in held.events] == [
        ("first_seen", day(1)),
        ("changed", day(2)),
        ("changed", day(3)),
    ]
    assert all(capture.entered_late for capture in held.captures)
    with Session(made.engine) as session:
        (seen,) = session.scalars(sa.select(DocumentUrl))
        assert (seen.first_seen, seen.last_seen) == (day(1), day(3))
    assert numbers(made, AsOf(day(2.5))) == {("a", 2021): 5}
    assert numbers(made, AsOf(day(0.5))) == {}


def test_a_text_that_came_back_is_the_one_shown_though_a_later_version_has_a_higher_number(
    made: Keeper,
) -> None:
    for number, (text, value) in enumerate([("one", 3), ("two", 5), ("one", 3)], 1):
        made.shows(made.run(day(number)), U, day(number), text, {CODE: value})
    assert numbers(made) == {("a", 2021): 3}
    (point,) = points(made)
    assert (point.path.version, point.path.fetched_at) == (1, day(1))


def test_the_harvest_after_a_late_import_is_held_against_what_was_shown_last(made: Keeper) -> None:
    assert made.shows(made.run(day(10)), U, day(10), "new", {CODE: 5}) is None
    assert made.shows(made.run(day(11)), U, day(2), "old", {CODE: 3}) is None
    assert made.shows(made.run(day(12)), U, day(12), "new", {CODE: 5}) == "unchanged"
    assert made.shows(made.run(day(13)), U, day(3), "old", {CODE: 3}) == "unchanged"


def test_an_older_capture_that_is_imported_does_not_bring_a_vanished_page_back(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 5})
    made.answers(made.run(day(4)), U, day(4), 404, "not_found")
    made.gone(U, day(4))
    made.shows(made.run(day(9)), U, day(2), "text", {CODE: 5})
    with Session(made.engine) as session:
        assert session.scalars(sa.select(Document.gone_since)).all() == [day(4)]
    made.shows(made.run(day(10)), U, day(10), "text", {CODE: 5})
    with Session(made.engine) as session:
        assert session.scalars(sa.select(Document.gone_since)).all() == [None]


def test_the_capture_that_a_number_leads_to_is_the_earliest_with_its_bytes_and_was_there_by_then(
    made: Keeper,
) -> None:
    made.shows(made.run(day(5)), U, day(5), "text", {CODE: 5}, body="visits 5")
    made.shows(made.run(day(6)), U, day(3), "text", {CODE: 5}, body="visits 3")
    assert [point.path.fetched_at for point in points(made)] == [day(3)]
    made.shows(made.run(day(7)), U, day(7), "text", {CODE: 5}, body="visits 5")
    assert [point.path.fetched_at for point in points(made, AsOf(day(6)))] == [day(3)]


def test_a_text_of_which_only_revisits_are_held_has_a_way_back(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "old extractor", {CODE: 5}, body="page")
    made.shows(made.run(day(2)), U, day(2), "new extractor", {CODE: 5}, body="page", extractor_version="2")
    assert [(point.path.version, point.path.fetched_at) for point in points(made)] == [(2, day(2))]
    assert what(past(made)) == [("A", "first_seen"), ("A", "read_otherwise")]


# ---- two dates


def test_what_was_read_by_a_day_is_what_the_reader_of_that_day_read(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    made.read(["text"], {CODE: 5}, day(6), reader="2")
    assert numbers(made) == {("a", 2021): 5}
    assert numbers(made, AsOf(read_by=day(5))) == {("a", 2021): 3}
    assert numbers(made, AsOf(read_by=day(0.5))) == {}
    assert numbers(made, AsOf(observed_by=day(2))) == {("a", 2021): 5}


def test_a_page_is_not_read_with_a_file_that_had_not_been_seen_by_then(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "page", {CODE: 3})
    made.shows(made.run(day(4)), FILE, day(4), "file", {}, kind="attachment", parent=made.document(U))
    made.read(["page", "file"], {CODE: 5}, day(4))
    assert numbers(made) == {("a", 2021): 5}
    assert numbers(made, AsOf(day(2))) == {("a", 2021): 3}


def test_a_reading_counts_for_the_report_that_it_was_attributed_to_last(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3}, agency="a")
    made.read(["text"], {CODE: 3}, day(5), agency="b")
    assert numbers(made) == {("b", 2021): 3}
    assert numbers(made, AsOf(read_by=day(4))) == {("a", 2021): 3}


def test_a_reading_that_is_attributed_to_its_first_report_again_is_of_that_report_again(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3}, agency="a")
    for at, agency in ((3, "b"), (5, "a"), (6, "a"), (7, "b"), (9, "a")):
        made.read(["text"], {CODE: 3}, day(at), agency=agency)
        assert numbers(made) == {(agency, 2021): 3}
    assert numbers(made, AsOf(read_by=day(4))) == {("b", 2021): 3}
    assert numbers(made, AsOf(read_by=day(6))) == {("a", 2021): 3}
    assert numbers(made, AsOf(read_by=day(8))) == {("b", 2021): 3}
    with Session(made.engine) as session:
        # said again, it is not entered again
        assert session.scalar(sa.select(sa.func.count()).select_from(Attribution)) == 5
        assert session.scalar(sa.select(sa.func.count()).select_from(Reading)) == 1
        assert list(broken_seals(session)) == []


def test_doubts_between_reports_are_those_of_the_readings_of_that_day(made: Keeper) -> None:
    for url, value in ((U, 3), (V, 3)):
        made.shows(made.run(day(1)), url, day(1), f"{url} 3", {CODE: value})
    made.shows(made.run(day(5)), V, day(5), f"{V} 7", {CODE: 7})
    with Session(made.engine) as session, session.begin():
        assert compare_reports(session, {1, 2}, catalogue.load()) == 1
    assert [point.findings for point in points(made, AsOf(day(2)))] == [()]
    (now,), (then,) = points(made), points(made, AsOf(day(6)))
    assert len(now.findings) == 1
    assert "copies.disagree" in now.findings[0]
    assert then.findings == now.findings
    made.shows(made.run(day(8)), V, day(8), f"{V} 3", {CODE: 3})
    with Session(made.engine) as session, session.begin():
        assert compare_reports(session, {1, 2}, catalogue.load()) == 0
    assert [point.findings for point in points(made)] == [()]
    assert [point.findings for point in points(made, AsOf(day(6)))] == [now.findings]


def test_a_doubt_about_a_reading_is_as_old_as_the_reading(made: Keeper) -> None:
    doubt = Doubt("t3.sum", "error", (CODE,), 3, 4, "the sum is 4")
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3}, findings=(doubt,))
    made.read(["text"], {CODE: 4}, day(6), reader="2")
    assert [point.findings for point in points(made)] == [()]
    assert [point.findings for point in points(made, AsOf(read_by=day(2)))] == [("t3.sum: the sum is 4",)]


def test_the_year_before_counts_as_it_was_by_then(made: Keeper) -> None:
    carried, left = "ar.t3.carried_in.natural_person", "ar.t3.carried_forward.natural_person"
    made.shows(made.run(day(1)), U, day(1), "2021", {left: 3}, year=2021)
    made.shows(made.run(day(1)), V, day(1), "2022", {carried: 3}, year=2022)
    made.shows(made.run(day(5)), U, day(5), "2021 edited", {left: 9}, year=2021)
    with Session(made.engine) as session, session.begin():
        assert compare_reports(session, {1, 2}, catalogue.load()) == 1

    def found(as_of: AsOf) -> list[tuple[str, ...]]:
        with Session(made.engine) as session:
            agencies = query.find_agencies(session, "a")
            return [p.findings for p in query.series(session, carried, agencies, (2022, 2022), as_of)]

    assert [len(findings) for findings in found(ALL)] == [1]
    assert found(AsOf(day(2))) == [()]


# ---- pages that moved, vanished, came back


def test_a_report_that_moved_is_shown_from_its_new_url_and_its_old_one_contradicts_nothing(
    made: Keeper,
) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    second = made.run(day(4))
    made.shows(second, V, day(4), "text", {CODE: 3})
    made.answers(second, U, day(4.1), 404, "not_found")
    made.shows(made.run(day(6)), V, day(6), "edited", {CODE: 8})
    with Session(made.engine) as session, session.begin():
        assert compare_reports(session, {1, 2}, catalogue.load()) == 0
    assert numbers(made) == {("a", 2021): 8}
    held = past(made)
    assert [(m.before, m.url, m.at) for m in held.moves] == [(U, V, day(4))]
    assert what(held) == [("A", "first_seen"), ("B", "first_seen"), ("A", "vanished"), ("B", "changed")]
    assert [d.moved_to is not None for d in held.documents] == [True, False]
    # by the day before, nothing had moved yet
    assert numbers(made, AsOf(day(2))) == {("a", 2021): 3}
    assert past(made, AsOf(day(2))).moves == ()


def test_a_page_that_once_sends_its_reader_on_is_never_one_with_the_page_it_leads_to(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    second = made.run(day(4))
    made.answers(second, U, day(4), 302, "moved")
    made.shows(second, V, day(4.1), "text", {CODE: 3})
    by_then = past(made)
    assert what(by_then) == [("A", "first_seen"), ("A", "sent_elsewhere"), ("B", "first_seen")]
    assert [(m.before, m.url) for m in by_then.moves] == [(U, V)]
    with Session(made.engine) as session:
        (own,) = copies(session, [1]).values()
    assert [(copy.url, copy.answers) for copy in own] == [(V, True), (U, False)]
    for number in (6, 7, 8):
        run = made.run(day(number))
        made.shows(run, U, day(number), "other", {CODE: 5})
        made.shows(run, V, day(number + 0.1), "text", {CODE: 3})
    made.shows(made.run(day(9)), U, day(2), "text", {CODE: 3})  # an older capture comes in late
    held = past(made)
    told = {label: [one for at, one in what(held) if at == label] for label in held.labels().values()}
    assert told == {"A": ["first_seen", "sent_elsewhere", "restored", "changed"], "B": ["first_seen"]}
    assert held.moves == ()
    (a, b) = held.documents
    assert [len(version.intervals) for version in a.versions] == [1, 1]
    assert a.versions[0].intervals[0].until == day(4)
    assert (a.timeline.sent_on, b.versions[0].intervals[0].sightings) == (None, 4)


def test_a_store_that_holds_two_pages_as_one_document_tells_them_apart_from_now_on(made: Keeper) -> None:
    """As an earlier gxcrawl entered a page whose URL sent the reader on to another."""
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    second = made.run(day(4))
    made.answers(second, U, day(4), 301, "moved")
    document = made.document(U)
    with Session(made.engine) as session, session.begin():
        session.add(DocumentUrl(document_id=document, url=V, first_seen=day(4), last_seen=day(4)))
    made.shows(second, V, day(4.1), "text", {CODE: 3})
    assert what(past(made)) == [("A", "first_seen"), ("A", "moved")]
    for number in (6, 7):
        run = made.run(day(number))
        made.shows(run, U, day(number), "other", {CODE: 5})
        made.shows(run, V, day(number + 0.1), "text", {CODE: 3})
    assert what(past(made)) == [("A", "first_seen"), ("A", "moved"), ("B", "first_seen")]
    assert made.document(V) == document != made.document(U)


def test_two_pages_that_both_answer_are_two_copies_and_nothing_has_moved(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    second = made.run(day(4))
    made.shows(second, V, day(4), "text", {CODE: 3})
    made.shows(second, U, day(4.1), "text", {CODE: 3})
    held = past(made)
    assert (held.moves, len(held.documents)) == ((), 2)
    with Session(made.engine) as session:
        (own,) = copies(session, [1]).values()
    assert [(copy.url, copy.answers) for copy in own] == [(U, True), (V, True)]


def test_a_vanished_report_is_still_answered_with_and_known_to_be_gone(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    for number in (4, 8, 12):
        made.answers(made.run(day(number)), U, day(number), 404, "not_found")
    assert numbers(made) == {("a", 2021): 3}
    (document,) = past(made).documents
    gone = document.timeline.gone
    assert gone is not None
    assert (gone.last_good, gone.since, gone.tries, gone.last_try) == (day(1), day(4), 3, day(12))
    by_then = past(made, AsOf(day(9))).documents[0].timeline.gone
    assert by_then is not None
    assert by_then.tries == 2


def test_a_file_of_which_nobody_knows_where_it_stood_takes_nothing_from_a_vanished_page(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    file = "file:///sha256-0/saved.html"
    made.shows(made.run(day(2)), file, day(2), "saved", {CODE: 4})
    assert numbers(made) == {("a", 2021): 3}
    made.answers(made.run(day(4)), U, day(4), 404, "not_found")
    assert numbers(made) == {("a", 2021): 3}
    other, third = (CODE.replace("total", who) for who in ("natural_person", "commercial_enterprise"))
    made.shows(made.run(day(5)), f"{file}2", day(5), "saved whole", {CODE: 5, other: 6})
    assert numbers(made) == {("a", 2021): 5}, "the one with the most numbers read"
    made.shows(made.run(day(6)), U + "2", day(6), "text again", {CODE: 7})
    assert numbers(made) == {("a", 2021): 5}
    made.shows(made.run(day(7)), U + "3", day(7), "text with more", {CODE: 8, other: 9, third: 2})
    assert numbers(made) == {("a", 2021): 8}


def test_a_page_that_shows_another_report_now_is_told_so_and_comes_after_one_that_shows_this_one(
    made: Keeper,
) -> None:
    made.shows(made.run(day(1)), U, day(1), "of 2021", {CODE: 3}, year=2021)
    made.shows(made.run(day(2)), V, day(2), "of 2021, copied", {CODE: 4}, year=2021)
    assert numbers(made) == {("a", 2021): 3}
    made.shows(made.run(day(5)), U, day(5), "of 2022", {CODE: 8}, year=2022)
    assert numbers(made) == {("a", 2021): 4, ("a", 2022): 8}
    assert numbers(made, AsOf(day(3))) == {("a", 2021): 3}
    held = past(made)
    assert what(held) == [("A", "first_seen"), ("B", "first_seen"), ("A", "other_report")]
    assert [document.shows_another_report for document in held.documents] == [True, False]


def test_the_copy_that_showed_the_report_first_is_not_one_that_showed_another_before(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "of 2020", {CODE: 3}, year=2020)
    made.shows(made.run(day(2)), V, day(2), "of 2021", {CODE: 5}, year=2021)
    made.shows(made.run(day(4)), U, day(4), "of 2021, copied", {CODE: 8}, year=2021)
    assert numbers(made)["a", 2021] == 5
    assert ("A", "this_report") in what(past(made))


def test_the_four_dates_stand_beside_each_other(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    (document,) = past(made).documents
    (version,) = document.versions
    assert str(version.of_url) == "2026-01-15"
    assert (version.signed, version.claimed, version.first_observed) == (None, None, day(1))


# ---- what changed


def compared(made: Keeper, texts: dict[str, str], as_of: AsOf = ALL) -> list[diff.Comparison]:
    with Session(made.engine) as session:
        held = past(made, as_of)
        steps = diff.states(session, 1, 2021, held, as_of)
        return [
            diff.compare(session, 1, 2021, one, other, as_of, lambda *_: "")
            for one, other in zip(steps, steps[1:] or steps, strict=False)
        ]


def said(change: diff.CellChange) -> tuple[str, object, object]:
    before, after = (at and at.cell.value for at in (change.before, change.after))
    return change.code, before, after


def test_a_silent_edit_is_told_cell_by_cell_with_the_captures_of_both_sides(made: Keeper) -> None:
    other = "ar.t3.new_received.natural_person"
    made.shows(made.run(day(1)), U, day(1), "one", {CODE: 3, other: 2})
    made.shows(made.run(day(3)), U, day(3), "two", {CODE: 5, other: 2})
    (step,) = compared(made, {})
    assert [said(change) for change in step.cells] == [(CODE, 3, 5)]
    assert (step.cause, step.one_reader, step.by_reader) == ("portal", True, ())
    assert [side.proofs[0].first_seen for side in (step.before, step.after)] == [day(1), day(3)]


def test_versions_held_against_each_other_the_wrong_way_round_are_told_so(made: Keeper) -> None:
    for number, text in enumerate(("one", "two"), 1):
        made.shows(made.run(day(number)), U, day(number), text, {CODE: number})
    with Session(made.engine) as session:
        first, last = diff.states(session, 1, 2021, past(made))
        ways = [
            diff.compare(session, 1, 2021, *sides, ALL, lambda *_: "")
            for sides in ((first, last), (last, first))
        ]
    assert [way.is_backwards for way in ways] == [False, True]
    made.shows(made.run(day(3)), U, day(3), "one", {CODE: 1})
    with Session(made.engine) as session:
        _, two, again = diff.states(session, 1, 2021, past(made))
        assert not diff.compare(session, 1, 2021, two, again, ALL, lambda *_: "").is_backwards


def test_what_a_later_reader_reads_otherwise_is_no_change_of_the_portal(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "one", {CODE: 3})
    made.read(["one"], {CODE: 4}, day(2), reader="2")
    (step,) = compared(made, {})
    assert step.is_empty
    assert [[said(cell) for cell in change.cells] for change in step.by_reader] == [[(CODE, 3, 4)]]
    # and by a day on which the second reader had not read it, there is nothing at all
    (earlier,) = compared(made, {}, AsOf(read_by=day(1.5)))
    assert (earlier.is_empty, earlier.by_reader) == (True, ())


def test_two_texts_are_held_against_each_other_as_one_reader_has_read_both(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "one", {CODE: 3}, reader="1")
    made.read(["one"], {CODE: 30}, day(2), reader="2")
    made.shows(made.run(day(3)), U, day(3), "two", {CODE: 5}, reader="1")
    (step,) = compared(made, {})
    assert [said(change) for change in step.cells] == [(CODE, 3, 5)]
    assert (step.one_reader, step.before.reader.version, step.after.reader.version) == (True, "1", "1")


def test_two_texts_that_no_reader_has_both_read_are_said_to_be_so(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "one", {CODE: 3}, reader="1")
    made.shows(made.run(day(3)), U, day(3), "two", {CODE: 5}, reader="2")
    (step,) = compared(made, {})
    assert (step.cause, step.one_reader) == ("portal", False)


@pytest.mark.parametrize(("body", "cause"), [("page", "extractor"), ("another page", "undetermined")])
def test_another_text_by_another_extractor_is_told_apart(made: Keeper, body: str, cause: str) -> None:
    made.shows(made.run(day(1)), U, day(1), "one", {CODE: 3}, body="page")
    made.shows(made.run(day(3)), U, day(3), "two", {CODE: 3}, body=body, extractor_version="2")
    (step,) = compared(made, {})
    assert step.cause == cause


def test_a_page_that_moved_without_a_change_has_not_changed(made: Keeper) -> None:
    made.shows(made.run(day(1)), U, day(1), "text", {CODE: 3})
    second = made.run(day(4))
    made.shows(second, V, day(4), "text", {CODE: 3})
    made.answers(second, U, day(4.1), 404, "not_found")
    (step,) = compared(made, {})
    assert (step.is_empty, step.cause) == (True, "none")


# ---- many reports


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[int]]:
    """The number of parameters of each statement that is sent meanwhile."""
    sent: list[int] = []

    def note(_c: Any, _cursor: Any, _s: str, parameters: Any, _ctx: Any, many: bool) -> None:
        sent.append(0 if many else len(parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def fill(engine: sa.Engine, reports: int) -> None:
    """Reports of one cell each, ten years an agency, two captures a report."""
    table, start = Base.metadata.tables, {"first_seen": day(1), "last_seen": day(2)}
    agencies = reports // 10
    none = {"verdict": "ok", "status": 200, "payload_length": 1, "warc_file": "f", "warc_offset": 0}
    numbers_ = range(1, reports + 1)
    chance = random.Random(7)
    with engine.begin() as connection:
        code = connection.execute(
            sa.select(table["indicator"].c.id).where(table["indicator"].c.code == CODE)
        ).scalar_one()

        def put(name: str, rows: list[dict[str, Any]]) -> None:
            connection.execute(sa.insert(table[name]), rows)

        first = 100
        ids = range(first, first + agencies)
        put("agency", [{"id": n, "slug": f"s{n}", "level": "county", "function": "x"} for n in ids])
        since = datetime(1949, 10, 1, tzinfo=UTC).date()
        name = {"region": "640100", "valid_from": since, "main": True}
        put("agency_name", [{"agency_id": n, "name": f"局{n}", **name} for n in ids])
        put("run", [{"id": 9, "site_id": 1, "started": day(1), "narrowed": {}, "tool_version": "t", "config_digest": "",
                     "vantage": "v"}])  # fmt: skip
        put(
            "report",
            [
                {"id": n, "agency_id": first + (n - 1) // 10, "year": 2010 + n % 10, "kind": "annual"}
                for n in numbers_
            ],
        )
        put("document", [{"id": n, "site_id": 1, "kind": "report"} for n in numbers_])
        put("document_url", [{"document_id": n, "url": f"http://a/{n}", **start} for n in numbers_])
        put("version", [{"id": n, "document_id": n, "number": 1, "text_sha256": f"{n}", "extractor": "h",
                         "extractor_version": "1", "conversion_record_id": f"c{n}", "warc_file": "f", "warc_offset": 0}
                        for n in numbers_])  # fmt: skip
        for visit in (0, 1):
            shift = visit * reports
            put("capture", [{"id": n + shift, "record_id": f"r{n + shift}", "run_id": 9, "url": f"http://a/{n}",
                             "fetched_at": day(1 + visit + chance.random() / 9), "payload_sha256": f"{n}", **none}
                            for n in numbers_])  # fmt: skip
            put("showing", [{"capture_id": n + shift, "document_id": n, "version_id": n} for n in numbers_])
        put("reading", [{"id": n, "digest": f"{n}", "reader_version": "1", "catalogue_digest": "c", "made_at": day(1),
                         "tables": [], "local": []} for n in numbers_])  # fmt: skip
        put("reading_source", [{"reading_id": n, "position": 0, "version_id": n} for n in numbers_])
        put("attribution", [{"reading_id": n, "report_id": n, "rules_version": "1", "digest": f"{n}", "made_at": day(1),
                             "scope": "unknown", "evidence": []} for n in numbers_])  # fmt: skip
        put("value", [{"reading_id": n, "indicator_id": code, "scope": "", "status": 0, "number": n, "scale": 0,
                       "placed_by": 0} for n in numbers_])  # fmt: skip


@pytest.mark.parametrize(
    ("reports", "bound"),
    [(10_000, ALL), (1_000, AsOf(day(1.5))), (1_000, AsOf(read_by=day(5)))],
    ids=["now", "observed", "read"],
)
def test_a_series_over_ten_thousand_reports_takes_a_handful_of_statements(
    made: Keeper, reports: int, bound: AsOf
) -> None:
    fill(made.engine, reports)
    with counted(made.engine) as sent:
        found = points(made, bound)
    assert {int(p.value or 0) for p in found} == set(range(1, reports + 1))
    assert len(found) == reports
    assert len(sent) < 20, len(sent)


def test_no_statement_has_more_parameters_than_the_databases_allow(
    made: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(made.engine, 300)
    monkeypatch.setattr("gxstore.parts.AT_ONCE", 40)
    monkeypatch.setattr("gxstore.parts.in_parts.__defaults__", (40,))
    with counted(made.engine) as sent:
        assert len(points(made, AsOf(day(1.5)))) == 300
        with Session(made.engine) as session, session.begin():
            compare_reports(session, range(100, 130), catalogue.load())
    assert max(sent) <= 40 + 8


def test_findings_of_many_reports_are_made_with_a_handful_of_statements(made: Keeper) -> None:
    fill(made.engine, 2_000)
    bodies = range(100, 300)
    with counted(made.engine) as sent, Session(made.engine) as session, session.begin():
        compare_reports(session, bodies, catalogue.load())
    # 2,000 reports, a handful for each ten of the 200 bodies
    assert len(sent) <= len(bodies) / 10 * 5, len(sent)
    with Session(made.engine) as session:
        assert session.scalar(sa.select(sa.func.count(Capture.id))) == 4_000
        assert session.scalar(sa.select(sa.func.count(Finding.id))) == 0
