"""What happened to a page, told from its captures: whatever order they came in, and nothing that was not seen."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxstore.text_changes import compare_texts
from gxstore.timeline import Sighting, moves, timeline
from gxstore.url_date import date_in_url

DAY = datetime(2026, 3, 1, 2, tzinfo=UTC)
U, V = "http://a/1.html", "http://a/2.html"


def seen(
    day: int,
    version: int | None = None,
    *,
    url: str = U,
    verdict: str = "ok",
    body: str | None = None,
    document: int | None = 7,
    run: int | None = None,
) -> Sighting:
    status = {"ok": 200, "moved": 301, "not_found": 404}.get(verdict, 500)
    return Sighting(
        DAY + timedelta(days=day),
        url,
        "report",
        status,
        verdict,
        version,
        False,
        day if run is None else run,
        f"urn:{day}:{url}",
        body or f"text {version}",
        document,
        False,
    )


def lost(day: int, verdict: str = "not_found", *, url: str = U, run: int | None = None) -> Sighting:
    return seen(day, url=url, verdict=verdict, document=None, run=run)


def told(sightings: Sequence[Sighting]) -> list[tuple[int, str, int | None]]:
    return [((e.at - DAY).days, e.what, e.version) for e in timeline(7, sightings).events]


def test_a_text_that_comes_back_is_told_as_changed_back_with_three_intervals() -> None:
    captures = [seen(1, 1), seen(2, 2), seen(3, 2), seen(5, 1)]
    assert told(captures) == [(1, "first_seen", 1), (2, "changed", 2), (5, "changed_back", 1)]
    assert [(i.version, (i.first - DAY).days, (i.last - DAY).days, i.sightings, i.until is None)
            for i in timeline(7, captures).intervals] == [(1, 1, 1, 1, False), (2, 2, 3, 2, False), (1, 5, 5, 1, True)]  # fmt: skip


def test_other_bytes_with_the_same_text_are_no_event() -> None:
    assert told([seen(1, 1, body="visits 4"), seen(2, 1, body="visits 9")]) == [(1, "first_seen", 1)]


def test_another_text_of_the_same_bytes_is_our_extractors_and_no_change_of_the_page() -> None:
    assert told([seen(1, 1, body="page"), seen(2, 2, body="page")])[1:] == [(2, "read_otherwise", 2)]


def test_a_page_that_vanishes_and_comes_back_is_told_with_its_tries() -> None:
    captures = [seen(1, 1), lost(2), lost(3, "server_error"), lost(4), lost(6), seen(8, 1)]
    assert told(captures)[1:] == [(2, "vanished", None), (8, "restored", 1)]
    (absence,) = timeline(7, captures).absences
    assert [(m - DAY).days for m in (absence.last_good, absence.since, absence.last_try)] == [1, 2, 6]
    assert (absence.tries, absence.back) == (3, DAY + timedelta(days=8))
    assert timeline(7, captures).gone is None
    gone = timeline(7, captures[:-1]).gone
    assert gone is not None
    assert (gone.tries, gone.back) == (3, None)


def test_a_refused_or_broken_page_has_not_vanished() -> None:
    assert told([seen(1, 1), lost(2, "waf"), lost(3, "server_error"), lost(4, "soft_404")]) == [
        (1, "first_seen", 1)
    ]


def test_a_redirect_to_a_new_url_of_the_same_document_is_a_move() -> None:
    captures = [seen(1, 1), lost(2, "moved", run=2), seen(3, 1, url=V, run=2)]
    (_, moved) = timeline(7, captures).events
    assert (moved.what, moved.before, moved.url) == ("moved", U, V)
    assert [url for url, _, _ in timeline(7, captures).urls] == [U, V]


def test_a_dead_old_url_of_a_page_that_moved_has_not_vanished() -> None:
    captures = [seen(1, 1), lost(2, "moved", run=2), seen(3, 1, url=V, run=2), lost(4), lost(5)]
    assert [what for _, what, _ in told(captures)] == ["first_seen", "moved"]
    assert timeline(7, captures).gone is None


def test_a_redirect_that_leads_to_no_report_is_told_as_such() -> None:
    assert told([seen(1, 1), lost(2, "moved")])[1:] == [(2, "sent_elsewhere", None)]


def test_something_else_in_the_pages_place_is_told_and_ends_the_interval() -> None:
    captures = [seen(1, 1), lost(2, "ok"), lost(3, "ok"), seen(4, 1)]
    assert told(captures)[1:] == [(2, "replaced", None), (4, "restored", 1)]
    assert [i.sightings for i in timeline(7, captures).intervals] == [1, 1]


def test_a_capture_that_a_killed_run_did_not_come_to_read_is_no_event() -> None:
    assert told([seen(1, 1), lost(2, "ok", run=9), seen(3, 1, run=9)]) == [(1, "first_seen", 1)]


def test_replies_before_the_first_sighting_are_no_event() -> None:
    assert told([lost(1), seen(2, 1)]) == [(2, "first_seen", 1)]


def test_a_text_that_can_no_longer_be_taken_is_told() -> None:
    assert told([seen(1, 1), seen(2, None, body="other")])[1:] == [(2, "unreadable", None)]


def test_another_report_at_the_same_url_is_told_as_another_report() -> None:
    events = timeline(7, [seen(1, 1), seen(2, 2)], of_report={1}).events
    assert [event.what for event in events] == ["first_seen", "other_report"]


@st.composite
def captures(draw: st.DrawFn) -> list[Sighting]:
    found = []
    for day in range(1, draw(st.integers(2, 9))):
        url = draw(st.sampled_from((U, V)))
        version = draw(st.sampled_from((None, 1, 2, 3)))
        verdict = draw(st.sampled_from(("ok", "not_found", "moved", "waf")))
        found.append(seen(day, version, url=url) if version else lost(day, verdict, url=url))
    return found


@given(captures(), st.randoms(use_true_random=False))
def test_the_order_in_which_captures_came_in_changes_nothing(
    found: list[Sighting],
    chance: Random,
) -> None:
    other = list(found)
    chance.shuffle(other)
    assert timeline(7, other) == timeline(7, found)
    assert moves({7: other}, {}) == moves({7: found}, {})


@given(captures())
def test_every_sighting_of_a_text_lies_in_exactly_one_interval(found: list[Sighting]) -> None:
    line = timeline(7, found)
    assert sum(i.sightings for i in line.intervals) == sum(one.version is not None for one in found)
    for earlier, later in pairwise(line.intervals):
        assert earlier.until is not None
        assert earlier.last < earlier.until <= later.first
    changes = [e for e in line.events if e.what in ("changed", "changed_back")]
    versions = [i.version for i in line.intervals]
    assert len(changes) == sum(a != b for a, b in pairwise(versions))


# ---- moves from one document to another

TEXTS = {(7, 1): "x", (8, 1): "x", (8, 2): "y"}


def at_v(day: int, version: int = 1) -> Sighting:
    return seen(day, version, url=V, document=8)


@pytest.mark.parametrize("verdict", ["not_found", "moved"])
def test_the_same_text_at_a_new_url_while_the_old_one_is_gone_is_a_move(verdict: str) -> None:
    (move,) = moves({7: [seen(1, 1), lost(4, verdict)], 8: [at_v(3)]}, TEXTS)
    assert (move.old, move.new, move.before, move.url) == (7, 8, U, V)
    assert move.at == DAY + timedelta(days=3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([seen(1, 1), seen(4, 1)], [at_v(3)]),
        ([seen(1, 1), lost(2), seen(4, 1)], [at_v(3)]),
        ([seen(1, 1), lost(4, "waf")], [at_v(3)]),
        ([seen(1, 1), lost(4)], [at_v(3, 2)]),
        ([seen(1, 1), lost(4)], [at_v(0), at_v(3)]),
    ],
    ids=[
        "both answer",
        "the old one is back",
        "the old one is refused",
        "another text",
        "the other was there first",
    ],
)
def test_what_is_no_move(old: list[Sighting], new: list[Sighting]) -> None:
    assert moves({7: old, 8: new}, TEXTS) == []


# ---- dates of URLs, changes of texts


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.gov.cn/zfxxgk/202301/t20230128_3929475.html", date(2023, 1, 28)),
        ("http://a.gov.cn/art/2021/1/31/art_61490_1.html", date(2021, 1, 31)),
        ("http://a.gov.cn/P020220115398765432109.pdf", date(2022, 1, 15)),
        ("http://a.gov.cn/003/003006/20210113/8b.html", date(2021, 1, 13)),
        ("http://a.gov.cn/202401/5273b59a2b03e17ff90d07de0293e18f.shtml", None),
        ("http://a.gov.cn/t20231328_3929475.html", None),
        ("http://a.gov.cn/t3454170.html", None),
    ],
)
def test_the_day_in_a_url_is_read_where_there_is_one(url: str, day: date | None) -> None:
    assert date_in_url(url) == day


def test_changed_sentences_and_rows_are_told_with_their_lines_and_nothing_else() -> None:
    before = "标题\n今年主动公开91条。受理申请3件。\n项目\t数量\n收入\t12\n完。\n"
    after = "标题\n今年主动公开94条。受理申请3件。\n项目\t数量\n收入\t15\n完。新增一句。\n"
    found = compare_texts(before, after)
    assert [(c.before, c.after, c.line_before) for c in found.sentences] == [
        (("今年主动公开91条。",), ("今年主动公开94条。",), 2),
        ((), ("新增一句。",), 6),
    ]
    assert [(c.before, c.after, c.line_after) for c in found.rows] == [(("收入\t12",), ("收入\t15",), 4)]


@given(
    st.lists(st.sampled_from(["甲。", "乙；丙。", "行\t1", "行\t2"])),
    st.lists(st.sampled_from(["甲。", "行\t1"])),
)
def test_a_text_differs_from_itself_in_nothing_and_from_others_in_something(
    a: list[str], b: list[str]
) -> None:
    one, other = ("".join(line + "\n" for line in lines) for lines in (a, b))
    same = compare_texts(one, one)
    assert (same.sentences, same.rows) == ((), ())
    if sorted(a) != sorted(b):
        found = compare_texts(one, other)
        assert found.sentences or found.rows
