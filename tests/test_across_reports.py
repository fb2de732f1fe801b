"""Rules between years and between copies."""

from decimal import Decimal

from gxstore import catalogue
from gxstore.reading.across import check_copies, check_years

CATALOGUE = catalogue.load()
COLUMNS = [column.code for column in CATALOGUE.columns]


def numbers(**figures: int) -> dict[str, Decimal]:
    return {code.replace("__", "."): Decimal(value) for code, value in figures.items()}


def carried(row: str, *figures: int) -> dict[str, Decimal]:
    return {f"ar.t3.{row}.{code}": Decimal(figure) for code, figure in zip(COLUMNS, figures, strict=True)}


def test_what_was_carried_forward_is_what_is_carried_in_column_by_column() -> None:
    findings, checks = check_years(
        carried("carried_in", 118, 3, 0, 0, 0, 0, 121),
        carried("carried_forward", 118, 3, 0, 0, 0, 0, 121),
        CATALOGUE,
    )
    assert findings == []
    assert checks.held == 7


def test_two_columns_that_offset_each_other_are_both_found_though_the_total_agrees() -> None:
    before = carried("carried_forward", 10, 5, 0, 0, 0, 7, 22)
    findings, _ = check_years(carried("carried_in", 9, 5, 0, 0, 0, 8, 22), before, CATALOGUE)
    assert [(f.rule, f.codes, f.printed, f.expected) for f in findings] == [
        ("yoy.carry", ("ar.t3.carried_in.natural_person",), 9, 10),
        ("yoy.carry", ("ar.t3.carried_in.other_organisation",), 8, 7),
    ]


def test_documents_in_force_follow_from_last_year_issued_and_repealed() -> None:
    now = numbers(
        ar__t2__art20_1__normative_documents__in_force=422,
        ar__t2__art20_1__normative_documents__issued=61,
        ar__t2__art20_1__normative_documents__repealed=59,
    )
    before = numbers(ar__t2__art20_1__normative_documents__in_force=420)
    assert check_years(now, before, CATALOGUE)[0] == []
    (finding,) = check_years(now, numbers(ar__t2__art20_1__normative_documents__in_force=421), CATALOGUE)[0]
    assert (finding.rule, finding.printed, finding.expected) == ("yoy.in_force", 422, 423)


def test_items_of_last_year_follow_from_last_years_items_and_change() -> None:
    row = "ar.t2.art20_5.administrative_licensing."
    before = {row + "items_previous_year": Decimal(6), row + "items_change": Decimal(-2)}
    assert check_years({row + "items_previous_year": Decimal(4)}, before, CATALOGUE)[0] == []
    (finding,) = check_years({row + "items_previous_year": Decimal(6)}, before, CATALOGUE)[0]
    assert (finding.rule, finding.severity, finding.expected) == ("yoy.items", "warning", 4)


def test_a_number_that_is_not_there_leaves_the_rule_unassessed() -> None:
    findings, checks = check_years(carried("carried_in", 1, 2, 3, 4, 5, 6, 21), {}, CATALOGUE)
    assert findings == []
    assert checks.held == 0
    assert checks.not_assessable > 7


def test_copies_that_print_different_numbers_are_told_apart_by_url() -> None:
    code = "ar.t3.new_received.total"
    copies = [
        ("http://a/1", {code: Decimal(3)}),
        ("http://b/2", {code: Decimal(4)}),
        ("http://c/3", {code: Decimal(3)}),
    ]
    (finding,) = check_copies(copies, CATALOGUE)
    assert (finding.rule, finding.severity, finding.codes) == ("copies.disagree", "warning", (code,))
    assert (finding.printed, finding.expected) == (3, 4)
    assert "http://b/2" in finding.message


def test_one_copy_disagrees_with_nobody() -> None:
    assert check_copies([("http://a/1", {"ar.t3.new_received.total": Decimal(3)})], CATALOGUE) == []
