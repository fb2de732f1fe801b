"""Cells in the store: exact numbers, raw text where it says more, places."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxstore import models
from gxstore.reading.report import Value, Where
from gxstore.readings import STATUSES, WHYS, decode_value, encode_value, scaled, unscaled

numbers = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=Decimal(-(10**12)), max_value=Decimal(10**12)
)


@given(numbers)
def test_a_number_comes_back_from_the_store_with_every_decimal(number: Decimal) -> None:
    again = unscaled(*scaled(number))
    assert again == number
    assert again.as_tuple().exponent == number.as_tuple().exponent


def test_a_number_with_a_positive_exponent_is_stored_whole() -> None:
    assert scaled(Decimal("1E+3")) == (1000, 0)


def test_what_is_no_finite_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no finite number"):
        scaled(Decimal("NaN"))


def stored(value: Value) -> models.Value:
    return models.Value(**encode_value(1, 2, value))


@given(numbers, st.sampled_from(["{}", " {}", "+{}", "{} 万元"]))
def test_the_raw_text_comes_back_whether_it_was_kept_or_not(number: Decimal, form: str) -> None:
    raw = form.format(number)
    row = stored(Value("x", "reported", raw=raw, number=number))
    assert (row.raw is None) == (raw == str(unscaled(*scaled(number))))
    assert decode_value(row).raw == raw


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_comes_back(status: str) -> None:
    assert decode_value(stored(Value("x", status))).status == status  # type: ignore[arg-type]


@pytest.mark.parametrize("why", WHYS)
def test_every_reason_for_a_missing_cell_comes_back(why: str) -> None:
    assert decode_value(stored(Value("x", "missing", why=why))).why == why  # type: ignore[arg-type]


def test_a_cell_that_was_not_found_has_no_place_and_is_placed_by_nothing() -> None:
    row = stored(Value("x", "missing", why="row_absent"))
    assert (row.placed_by, row.table_no, row.line) == (None, None, None)


def test_a_cells_place_is_kept() -> None:
    row = stored(
        Value("x", "reported", raw="7", number=Decimal(7), where=Where(1, 8, 3, line=48), scope="区直")
    )
    assert (row.table_no, row.row_no, row.column_no, row.line, row.scope) == (1, 8, 3, 48, "区直")
