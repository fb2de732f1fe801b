"""What a seal is made over is written faster than by `json.dumps`, and is the same to the character: stores exist."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxstore.sealed_text import rows_as_text
from gxstore.seals import KINDS, seal_of, seal_of_findings

texts = st.text(st.characters() | st.characters(categories=["Cs"]) | st.sampled_from('%s"\\\n'), max_size=4)
plain = st.integers() | texts | st.booleans() | st.floats()
times = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])) | st.dates()
nested = st.recursive(
    plain | st.none(),
    lambda some: st.lists(some, max_size=2) | st.dictionaries(texts, some, max_size=2),
    max_leaves=4,
)
# One kind of value in a column, as a table has it, or a few equal ones, or whatever an edited file may hold.
columns = st.sampled_from(
    [
        st.none(),
        st.integers(),
        st.sampled_from([0, 7]),
        st.none() | st.integers(),
        texts,
        st.sampled_from(["件", "%s"]),
        st.none() | texts,
        st.sampled_from([0, False, 1, True, 1.0]),
        times,
        nested,
    ]
)


def written(value: object) -> str:
    """How a seal writes a time or a date."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    assert isinstance(value, date)
    return value.isoformat()


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows that name the same columns."""
    kinds = draw(st.dictionaries(st.sampled_from(["reading_id", "b", "a_9", "a", "z"]), columns, min_size=1))
    row = st.fixed_dictionaries(kinds)
    return draw(st.lists(row, max_size=5))


@given(tables())
def test_rows_are_written_as_json_writes_them_sorted_and_without_nulls(rows: list[dict[str, Any]]) -> None:
    kept = [{name: value for name, value in row.items() if value is not None} for row in rows]
    expected = json.dumps(kept, ensure_ascii=False, sort_keys=True, default=written, separators=(",", ":"))
    assert rows_as_text(rows) == expected


@pytest.mark.parametrize("rows", [[{"a": b"7"}], [{"a": 1}, {"a": b"7"}], [{"a": None}, {"a": b"7"}]])
def test_what_json_cannot_hold_is_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(TypeError, match="cannot be sealed"):
        rows_as_text(rows)


def test_a_seal_is_what_it_was_in_the_stores_there_are() -> None:
    """The text is spelled out: it is what every store was sealed by so far."""
    sealed = seal_of(
        "reading",
        7,
        {
            "id": 7,
            "made_at": datetime(2026, 11, 21, 8, tzinfo=UTC),
            "tables": [["t2", "e3_2021"]],
            "title": None,
        },
        {
            "value": [
                {"reading_id": 7, "indicator_id": 12, "scope": "", "raw": "五", "box": None},
                {"reading_id": 7, "indicator_id": 3, "scope": "", "raw": None, "box": [1.5, 2.0]},
            ],
            "reading_source": [{"reading_id": 7, "position": 0, "version_id": 4}],
            "fact": [],
        },
    )
    text = (
        '[{"id":7,"made_at":"2026-11-21T08:00:00+00:00","tables":[["t2","e3_2021"]]},'
        '["reading_source",[{"position":0,"reading_id":7,"version_id":4}]],'
        '["value",[{"box":[1.5,2.0],"indicator_id":3,"reading_id":7,"scope":""},'
        '{"indicator_id":12,"raw":"五","reading_id":7,"scope":""}]]]'
    )
    assert sealed == {"kind": KINDS.index("reading"), "row_id": 7, "sha256": sha256(text.encode()).digest()}
    rule = {"reading_id": 7, "codes": ["c"], "printed": None}
    (findings,) = seal_of_findings(
        7, [{**rule, "rule": "sum"}, {**rule, "rule": "rate", "codes": ["c", "a"]}]
    )
    text = '[{"codes":["c","a"],"reading_id":7,"rule":"rate"},{"codes":["c"],"reading_id":7,"rule":"sum"}]'
    assert findings == {"kind": KINDS.index("finding"), "row_id": 7, "sha256": sha256(text.encode()).digest()}
    assert seal_of_findings(7, []) == []
