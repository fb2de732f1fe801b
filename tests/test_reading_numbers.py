"""What a cell prints: the number as printed, or no number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxstore.reading.numbers import json_number, looks_like_value, parse


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        (" 17 ", "17"),
        ("１５１３", "1513"),
        ("1,513", "1513"),
        ("1，513,007", "1513007"),
        ("+7", "7"),
        ("-3", "-3"),
        ("−3", "-3"),
        ("－3", "-3"),
        ("0件", "0"),
        ("0条", "0"),
        ("0件次", "0"),
        ("7笔", "7"),
        ("121.2505", "121.2505"),
        ("59237.2449", "59237.2449"),
        ("十二", "12"),
        ("二百零三", "203"),
        ("三件", "3"),
        ("〇", "0"),
        ("\u200b5\u00a0", "5"),
    ],
)
def test_a_number_is_read_as_printed(text: str, number: str) -> None:
    printed = parse(text, "件")
    assert (printed.status, printed.number) == ("reported", Decimal(number))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", "blank"),
        (" \u3000\u00a0", "blank"),
        ("/", "not_applicable"),
        ("／", "not_applicable"),
        ("——", "not_applicable"),
        ("—", "not_applicable"),
        ("-", "not_applicable"),
        ("－", "not_applicable"),
        ("不适用", "not_applicable"),
        ("无", "none"),
    ],
)
def test_nothing_is_not_zero(text: str, status: str) -> None:
    printed = parse(text, "件")
    assert (printed.status, printed.number) == (status, None)


@pytest.mark.parametrize(
    "text",
    [
        "0 0",
        "00",
        "007",
        "1 2",
        "1,51",
        "1.2.3",
        "若干",
        "77余",
        "约20",
        "一",
        "3-4",
        "无申请",
        "12a",
        "①",
        "22①",
        "22²",
        "三四",
        "十百",
    ],
)
def test_what_could_be_two_numbers_or_part_of_one_is_unreadable(text: str) -> None:
    assert parse(text, "件").status == "unreadable"
    assert parse(text, "件").number is None


def test_a_remark_beside_the_number_is_kept_as_a_note() -> None:
    printed = parse("22（其中修订 16 件）", "件")
    assert (printed.number, printed.note) == (Decimal(22), "（其中修订 16 件）")


@pytest.mark.parametrize(
    ("text", "unit", "number", "in_unit", "printed"),
    [
        ("10.78 万元", "万元", "10.78", "万元", "万元"),
        ("251000元", "万元", "25.1", "万元", "元"),
        ("1亿元", "万元", "10000", "万元", "亿元"),
        ("251000元", None, "251000", "元", "元"),
        ("80 万元", None, "80", "万元", "万元"),
        ("121.2505", None, "121.2505", None, None),
        ("5.5", "万元", "5.5", "万元", None),
    ],
)
def test_an_amount_is_converted_to_the_unit_of_the_form_where_it_has_one(
    text: str, unit: str | None, number: str, in_unit: str | None, printed: str | None
) -> None:
    found = parse(text, unit, money=True)
    assert (found.status, found.number) == ("reported", Decimal(number))
    assert (found.unit, found.printed_unit) == (in_unit, printed)


def test_an_amount_in_pieces_is_unreadable() -> None:
    assert parse("5件", "万元", money=True).status == "unreadable"


@pytest.mark.parametrize("text", ["5万元", "12元", "三万元", "1亿元"])
def test_an_amount_is_no_count(text: str) -> None:
    assert (parse(text, "件").status, parse(text, "件").number) == ("unreadable", None)


@pytest.mark.parametrize("text", ["三件", "5条", "十二项"])
def test_a_count_is_no_amount(text: str) -> None:
    found = parse(text, "万元", money=True)
    assert (found.status, found.number) == ("unreadable", None)


def test_an_amount_in_chinese_numerals_is_converted_too() -> None:
    assert parse("五千元", "万元", money=True).number == Decimal("0.5")


def test_a_unit_of_another_kind_in_the_head_makes_the_number_unreadable() -> None:
    assert parse("5", "件", header_unit="万元").status == "unreadable"
    assert parse("5", "万元", money=True, header_unit="件").status == "unreadable"


@pytest.mark.parametrize("text", ["2015年", "2016年度"])
def test_a_year_is_a_label(text: str) -> None:
    assert not looks_like_value(text)


def test_a_unit_in_the_head_of_the_column_counts_as_printed() -> None:
    found = parse("477.35", None, money=True, header_unit="万元")
    assert (found.number, found.unit, found.printed_unit) == (Decimal("477.35"), "万元", "万元")


@pytest.mark.parametrize("text", ["", "0", "/", "无", "10.78 万元", "0 0 0", "22（其中修订 16 件）", "约20"])
def test_values_do_not_look_like_labels(text: str) -> None:
    assert looks_like_value(text)


@pytest.mark.parametrize(
    "text", ["1.属于国家秘密", "3.其他", "（七）总计", "一、", "四、结转下年度继续办理", "第二十条第（一）项"]
)
def test_labels_do_not_look_like_values(text: str) -> None:
    assert not looks_like_value(text)


def test_json_has_whole_numbers_as_integers() -> None:
    assert (json_number(Decimal("7.0")), json_number(Decimal("10.78")), json_number(None)) == (7, 10.78, None)


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_a_plain_decimal_comes_back_exactly(number: Decimal) -> None:
    assert parse(f"{number:f}", None, money=True).number == number


@given(st.integers(min_value=0, max_value=10**12))
def test_separators_change_nothing(number: int) -> None:
    assert parse(f"{number:,}", "件").number == parse(str(number), "件").number == number


def test_a_number_longer_than_any_count_is_unreadable_and_not_lost() -> None:
    assert parse("12345678901234").number == 12345678901234
    for text in ("123456789012345", "9" * 40, "0." + "0" * 30 + "1", "99,999,999,999,999,999"):
        assert parse(text).status == "unreadable", text


@pytest.mark.parametrize(
    ("text", "number"), [("38000（元）", "3.8"), ("38000（单位：元）", "3.8"), ("2.5（亿元）", "25000")]
)
def test_a_unit_in_the_remark_is_the_unit_of_the_amount(text: str, number: str) -> None:
    assert parse(text, "万元", money=True, header_unit="万元").number == Decimal(number)


@pytest.mark.parametrize(
    "text", ["8（元）", "8（万件）", "8（单位：万）", "8（减）", "8（同比下降）", "8（去年同期）"]
)
def test_a_remark_that_makes_another_number_of_it_makes_it_unreadable(text: str) -> None:
    assert (parse(text, "件").status, parse(text, "件").number) == ("unreadable", None)


@pytest.mark.parametrize("text", ["8（美元）", "8元（万元）", "8（件）"])
def test_an_amount_whose_unit_is_in_doubt_is_unreadable(text: str) -> None:
    assert parse(text, "万元", money=True).status == "unreadable"


@pytest.mark.parametrize("text", ["○", "二百六", "四千七", "2.000"])
def test_a_value_that_may_be_two_numbers_is_a_value_and_unreadable(text: str) -> None:
    assert looks_like_value(text)
    assert (parse(text, "件").status, parse(text, "件").number) == ("unreadable", None)


def test_thousands_of_yuan_in_the_head_are_converted() -> None:
    assert parse("47", "万元", money=True, header_unit="千元").number == Decimal("4.7")
    assert parse("47", "万元", money=True, header_unit="百万元").number == Decimal(4700)
