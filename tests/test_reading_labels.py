"""A misprinted label is taken for the one it is nearest to, whatever the search leaves out to be quick."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxstore.reading import labels
from gxstore.reading.labels import for_catalogue
from tests.forms import CATALOGUE


def _plainly(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


@given(st.text("甲乙丙", max_size=9), st.text("甲乙丙", max_size=9))
def test_the_distance_is_that_of_levenshtein(one: str, other: str) -> None:
    assert labels._distance(one, other) == _plainly(one, other)


def test_labels_without_end_are_looked_up_with_few_distances_and_little_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = for_catalogue(CATALOGUE)
    label = "收到当面申请数量合计"
    chance = random.Random(3)
    names = ["".join(chance.sample([chr(0x4E00 + i) for i in range(900)], len(label))) for _ in range(3_000)]
    measured = 0
    plain = labels._distance

    def counted(one: str, other: str) -> int:
        nonlocal measured
        measured += 1
        return plain(one, other)

    monkeypatch.setattr(labels, "_distance", counted)
    monkeypatch.setattr(labels, "_MOST_KEPT", 1_000)
    monkeypatch.setattr(known, "_found", {})
    for name in names:
        assert known.find("stat", "row", name) == ()
    assert measured < len(names) / 10
    assert len(known._found) <= 1_000
