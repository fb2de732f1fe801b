"""Every rule of the catalogue made to hold, to fail with the number printed and the number expected, and to be open."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from gxstore.catalogue import Rule
from gxstore.reading.across import check_copies, check_years
from gxstore.reading.findings import check
from gxstore.reading.report import Checks, Fact, Finding, TableSeen, Value
from tests.forms import CATALOGUE, E1, E2, E3, truth

FAR = 10**7
TABLES = {E1: ("stat",), E2: ("t2", "t3", "t4"), E3: ("t2", "t3", "t4")}
BY_ID = {rule.id: rule for rule in CATALOGUE.rules}
COMPARED = [rule.id for rule in CATALOGUE.rules if rule.op in ("=", "<=", ">=") and not rule.years]
BETWEEN_YEARS = [rule.id for rule in CATALOGUE.rules if rule.years and rule.op != "see text"]
Numbers = dict[str, Decimal]


def _numbers(edition: str) -> Numbers:
    return {code: Decimal(str(number)) for code, number in truth(edition).items()}


def _checked(
    numbers: Mapping[str, Decimal], edition: str, facts: tuple[Fact, ...] = ()
) -> tuple[list[Finding], Checks]:
    values = [Value(code, "reported", number=number) for code, number in numbers.items()]
    findings, checks = check(values, facts, [TableSeen(key, edition) for key in TABLES[edition]], CATALOGUE)
    return list(findings), checks


def _of(rule: str, findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule]


def _sum(terms: tuple[str | int, ...], numbers: Mapping[str, Decimal]) -> Decimal:
    total = Decimal(0)
    for term in terms:
        sign = -1 if isinstance(term, str) and term.startswith("-") else 1
        total += term if isinstance(term, int) else sign * numbers[term.removeprefix("-")]
    return total


def _broken(rule: Rule, left: tuple[str, ...], numbers: Numbers) -> Numbers:
    """The numbers with the left side of an identity far off."""
    return {**numbers, left[0]: numbers[left[0]] + (-FAR if rule.op == ">=" else FAR)}


@pytest.mark.parametrize("rule_id", COMPARED)
def test_each_instance_of_a_rule_holds_fails_and_cannot_be_assessed(rule_id: str) -> None:
    rule = BY_ID[rule_id]
    tried = set()
    for edition in rule.editions:
        numbers = _numbers(edition)
        findings, before = _checked(numbers, edition)
        assert _of(rule_id, findings) == []
        for left, right in rule.instances():
            cells = {term.removeprefix("-") for term in (*left, *right) if isinstance(term, str)}
            if not cells <= numbers.keys():
                continue  # a row of the other edition
            tried.add(left)
            broken = _broken(rule, left, numbers)
            (finding,) = (f for f in _of(rule_id, _checked(broken, edition)[0]) if set(f.codes) == cells)
            assert (finding.printed, finding.expected) == (_sum(left, broken), _sum(right, numbers))
            assert finding.severity == rule.severity
            assert str(finding.printed) in finding.message
            findings, checks = _checked({c: n for c, n in numbers.items() if c != left[0]}, edition)
            assert [f for f in _of(rule_id, findings) if left[0] in f.codes] == []
            assert checks.not_assessable > before.not_assessable
    assert tried == {left for left, _ in rule.instances()}


def test_a_count_is_whole_and_not_negative_in_every_cell_that_counts() -> None:
    for edition in (E1, E2, E3):
        numbers = _numbers(edition)
        assert _of("count.integer", _checked(numbers, edition)[0]) == []
        for code in numbers:
            counts = CATALOGUE.by_code[code].value_type == "count"
            for wrong in (Decimal("-3"), Decimal("2.5")):
                found = _of("count.integer", _checked({**numbers, code: wrong}, edition)[0])
                assert [(f.codes, f.printed) for f in found] == [((code,), wrong)] * counts, code


def test_a_heading_carries_no_number() -> None:
    headings = [left[0] for left, _ in BY_ID["st.heading_empty"].instances()]
    for code in headings:
        numbers = {**_numbers(E1), code: Decimal(79)}
        (finding,) = _of("st.heading_empty", _checked(numbers, E1)[0])
        assert (finding.codes, finding.printed, finding.expected) == ((code,), 79, 0)
    tables = [TableSeen("stat", E1)]
    outcomes = {}
    for status in ("blank", "unreadable"):
        values = [Value(code, status, raw="") for code in headings]
        outcomes[status] = check(values, (), tables, CATALOGUE)[1]
    assert (outcomes["blank"].held, outcomes["unreadable"].held) == (len(headings), 0)
    assert outcomes["unreadable"].not_assessable - outcomes["blank"].not_assessable == len(headings)


@pytest.mark.parametrize("rule_id", BETWEEN_YEARS)
def test_each_instance_of_a_rule_between_years_holds_fails_and_cannot_be_assessed(rule_id: str) -> None:
    rule = BY_ID[rule_id]
    for left, right in rule.instances():
        before: Numbers = {}
        now: Numbers = {}
        for at, term in enumerate(term for term in right if isinstance(term, str)):
            # Where the whole right side is last year's, the catalogue marks no single term.
            of_last_year = "@" in term or rule.years.get("right") == -1
            (before if of_last_year else now)[term.removeprefix("-").removesuffix("@-1")] = Decimal(
                40 - 7 * at
            )
        expected = _sum(
            tuple(t.replace("@-1", "") if isinstance(t, str) else t for t in right), {**before, **now}
        )
        now[left[0]] = expected - _sum(left[1:], now)
        findings, checks = check_years(now, before, CATALOGUE)
        assert (_of(rule_id, findings), checks.held) == ([], 1)
        now[left[0]] += 1
        (finding,) = _of(rule_id, check_years(now, before, CATALOGUE)[0])
        assert (finding.printed, finding.expected) == (expected + 1, expected)
        assert left[0] in finding.codes
        assert finding.severity == "warning"
        findings, checks = check_years(now, {}, CATALOGUE)
        assert (_of(rule_id, findings), checks.held) == ([], 0)


def _told(code: str, value: object) -> Fact:
    return Fact(code, value, False, "同一句")  # type: ignore[arg-type]


_T3 = "ar.t3.{}.total"
_POWERS = "ar.t2.art20_5.administrative_licensing"
# rule -> facts, numbers that agree, numbers that do not, printed and expected, numbers that leave it open
_TEXT: dict[str, tuple[tuple[Fact, ...], dict[str, int], dict[str, int], tuple[int, int]]] = {
    "nar.no_application": (
        (_told("nar.no_application", True),),
        {_T3.format("new_received"): 0},
        {_T3.format("new_received"): 4},
        (4, 0),
    ),
    "nar.no_cases": (
        (_told("nar.no_cases", True),),
        {"ar.t4.reconsideration.total": 0},
        {"ar.t4.reconsideration.total": 3},
        (3, 0),
    ),
    "nar.applications_count": (
        (_told("nar.applications", 15),),
        {_T3.format("new_received"): 13, _T3.format("carried_in"): 2},
        {_T3.format("new_received"): 11, _T3.format("carried_in"): 2},
        (15, 11),
    ),
    "nar.powers": (
        (_told("nar.powers", {"行政许可": 6}),),
        {f"{_POWERS}.items_previous_year": 8, f"{_POWERS}.items_change": -2},
        {f"{_POWERS}.items_previous_year": 8, f"{_POWERS}.items_change": 1},
        (6, 9),
    ),
}


@pytest.mark.parametrize("rule_id", _TEXT)
def test_the_text_against_the_table_is_a_note_and_no_more(rule_id: str) -> None:
    facts, agree, differ, (printed, expected) = _TEXT[rule_id]

    def outcome(numbers: dict[str, int]) -> tuple[list[Finding], Checks]:
        return _checked({code: Decimal(number) for code, number in numbers.items()}, E2, facts)

    assert _of(rule_id, outcome(agree)[0]) == []
    (finding,) = _of(rule_id, outcome(differ)[0])
    assert (finding.severity, finding.printed, finding.expected) == ("note", printed, expected)
    findings, unknown = outcome({})
    assert _of(rule_id, findings) == []
    assert unknown.not_assessable == 1


def test_the_channels_told_in_one_sentence_are_held_against_their_total() -> None:
    def outcome(total: int, weibo: object) -> tuple[list[Finding], Checks]:
        facts = (_told("nar.proactive_total", total), _told("nar.website", 91), _told("nar.weibo", weibo))
        return _checked({}, E2, facts)

    findings, held = outcome(251, 160)
    assert findings == []
    (finding,) = outcome(170, 160)[0]
    assert (finding.rule, finding.severity, finding.printed, finding.expected) == (
        "nar.proactive_sum",
        "note",
        170,
        251,
    )
    findings, unknown = outcome(170, {"甲": 160})
    assert findings == []
    assert (held.held, unknown.held) == (1, 0)
    assert unknown.not_assessable == held.not_assessable + 1


def test_copies_agree_disagree_or_have_no_cell_in_common() -> None:
    code, other = _T3.format("new_received"), _T3.format("carried_in")

    def found(number: int, cell: str = code) -> list[tuple[str, object, object]]:
        copies = [("http://a/1", {code: Decimal(3)}), ("http://b/2", {cell: Decimal(number)})]
        return [(f.rule, f.printed, f.expected) for f in check_copies(copies, CATALOGUE)]

    assert found(3) == []
    assert found(4) == [("copies.disagree", 3, 4)]
    assert found(4, other) == []


# In test_reading_attribution.py: what the page says of its date.
_ELSEWHERE = {"meta.deadline"}


def test_no_rule_of_the_catalogue_is_without_a_test() -> None:
    tested = {
        *COMPARED,
        *BETWEEN_YEARS,
        *_TEXT,
        "nar.proactive_sum",
        "copies.disagree",
        "count.integer",
        "st.heading_empty",
    }
    assert tested | _ELSEWHERE == set(BY_ID)
