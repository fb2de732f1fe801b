"""The rules of the catalogue run over one reading. A rule judges numbers as printed and changes none.

Three outcomes: an identity holds, fails, or cannot be assessed, because one of its cells is no number or was placed
with the help of identities. Only a failure is a finding. Rules between years and between copies need other readings
and are assessed where those are at hand.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from gxstore.catalogue import Catalogue, Rule
from gxstore.reading.report import Checks, Fact, Finding, TableSeen, Value

_OPS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": lambda left, right: left == right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}
_Numbers = Mapping[str, Decimal]


def check(
    values: Sequence[Value], facts: Sequence[Fact], tables: Sequence[TableSeen], catalogue: Catalogue
) -> tuple[tuple[Finding, ...], Checks]:
    """Runs every rule that one report can answer, for each scope on its own."""
    findings: list[Finding] = []
    outcomes = [0, 0, 0]
    for scope in dict.fromkeys(value.scope for value in values):
        own = [value for value in values if value.scope == scope]
        numbers = {v.code: v.number for v in own if v.number is not None and v.placed_by == "labels"}
        for rule in catalogue.rules:
            if not _is_arithmetic(rule, tables):
                continue
            for finding in _run(rule, numbers, own, catalogue):
                if isinstance(finding, Finding):
                    findings.append(finding)
                    outcomes[1] += 1
                else:
                    outcomes[0 if finding else 2] += 1
    own = [v for v in values if v.scope is None and v.placed_by == "labels"]
    for text_finding in _text_against_table(facts, {v.code: v.number for v in own if v.number is not None}):
        if isinstance(text_finding, Finding):
            findings.append(text_finding)
            outcomes[1] += 1
        else:
            outcomes[0 if text_finding else 2] += 1
    return tuple(findings), Checks(*outcomes)


def _is_arithmetic(rule: Rule, tables: Sequence[TableSeen]) -> bool:
    """Whether a rule can be run over one report: it compares numbers, of one year, of an edition that was seen."""
    if not rule.left or rule.years or rule.op not in (*_OPS, "integer>=0", "blank or 0"):
        return False
    seen = {table.edition for table in tables}
    return bool(seen & set(rule.editions)) or None in seen


def _run(
    rule: Rule, numbers: _Numbers, values: Sequence[Value], catalogue: Catalogue
) -> list[Finding | bool]:
    if rule.op == "integer>=0":
        return [_whole(rule, value, catalogue) for value in values if value.number is not None]
    if rule.op == "blank or 0":
        known = {value.code for value in values if value.status not in ("unreadable", "missing")}
        return [
            _finding(rule, (code,), numbers[code], Decimal(0), catalogue)
            if numbers.get(code)
            else code in known
            for left, _ in rule.instances()
            for code in left
        ]
    return [compare(rule, left, right, numbers, catalogue) for left, right in rule.instances()]


def _whole(rule: Rule, value: Value, catalogue: Catalogue) -> Finding | bool:
    number = value.number
    assert number is not None
    if catalogue.by_code[value.code].value_type != "count" or (number >= 0 and number == int(number)):
        return True
    return _finding(rule, (value.code,), number, None, catalogue)


def compare(
    rule: Rule, left: tuple[str, ...], right: tuple[str | int, ...], numbers: _Numbers, catalogue: Catalogue
) -> Finding | bool:
    """A finding if the identity fails, True if it holds, False if it cannot be assessed."""
    terms = one_row_for_three(right, numbers)
    printed, expected = _sum(left, numbers), _sum(terms, numbers)
    if printed is None or expected is None:
        return False
    if _OPS[rule.op](printed, expected):
        return True
    codes = tuple(_code(term) for term in (*left, *terms) if isinstance(term, str) and "@" not in term)
    return _finding(rule, codes, printed, expected, catalogue)


def one_row_for_three(terms: tuple[str | int, ...], numbers: _Numbers) -> tuple[str | int, ...]:
    """The terms of a sum; where a 2021 form prints （六）其他处理 as one row, that row stands for its three."""
    if len(terms) < 3:
        return terms
    three = [t for t in terms if isinstance(t, str) and ".outcome.other_handling." in t and t.count(".") == 5]
    if len(three) != 3 or any(term in numbers for term in three):
        return terms
    column = three[0].rsplit(".", 1)[1]
    return (*(t for t in terms if t not in three), f"ar.t3.outcome.other_handling.{column}")


def _code(term: str) -> str:
    return term.removeprefix("-")


def _sum(terms: Sequence[str | int], numbers: _Numbers) -> Decimal | None:
    total = Decimal(0)
    for term in terms:
        if isinstance(term, int):
            total += term
            continue
        number = numbers.get(code := _code(term))
        if number is None:
            return None
        total += number if code == term else -number
    return total


def _finding(
    rule: Rule, codes: tuple[str, ...], printed: Decimal, expected: Decimal | None, catalogue: Catalogue
) -> Finding:
    label = catalogue.by_code[codes[0]].label
    against = f", where the rule gives {expected}" if expected is not None else ""
    return Finding(
        rule.id, rule.severity, codes, printed, expected, f"{label} prints {printed}{against}: {rule.text}."
    )


# The narrative against the tables: notes only, since an office may speak of itself and print its government's table.


def _text_against_table(facts: Sequence[Fact], numbers: _Numbers) -> list[Finding | bool]:
    told = {fact.code: fact for fact in facts}
    return [
        *_no_application(told, numbers),
        *_no_cases(told, numbers),
        *_applications(told, numbers),
        *_proactive_sum(told),
        *_powers(told, numbers),
    ]


def _note(
    rule: str, codes: Sequence[str], printed: Decimal | int | None, expected: Decimal | int | None, text: str
) -> Finding:
    return Finding(rule, "note", tuple(codes), printed, expected, text)


def _no_application(told: Mapping[str, Fact], numbers: _Numbers) -> list[Finding | bool]:
    received = next(
        (c for c in ("ar.t3.new_received.total", "st.application.received") if c in numbers), None
    )
    if "nar.no_application" not in told or "nar.applications" in told:
        return []
    if received is None:
        return [False]
    if numbers[received] == 0:
        return [True]
    text = f"The narrative says that no request was received, the table prints {numbers[received]}."
    return [_note("nar.no_application", ("nar.no_application", received), numbers[received], 0, text)]


def _no_cases(told: Mapping[str, Fact], numbers: _Numbers) -> list[Finding | bool]:
    if "nar.no_cases" not in told:
        return []
    totals = [
        *(
            f"ar.t4.{g}.total"
            for g in ("reconsideration", "litigation_direct", "litigation_after_reconsideration")
        ),
        "st.reconsideration",
        "st.litigation",
    ]
    printed = [code for code in totals if code in numbers]
    if not printed:
        return [False]
    findings: list[Finding | bool] = [
        _note(
            "nar.no_cases",
            ("nar.no_cases", code),
            numbers[code],
            0,
            f"The narrative says that there was no case, the table prints {numbers[code]}.",
        )
        for code in printed
        if numbers[code] != 0
    ]
    return findings or [True]


def _applications(told: Mapping[str, Fact], numbers: _Numbers) -> list[Finding | bool]:
    fact = told.get("nar.applications")
    if fact is None or not isinstance(fact.value, int):
        return []
    new, carried, total = (
        numbers.get(f"ar.t3.{row}.total") for row in ("new_received", "carried_in", "outcome.total")
    )
    code = "ar.t3.new_received.total"
    if new is None and "st.application.received" in numbers:
        code, new = "st.application.received", numbers["st.application.received"]
    if new is None:
        return [False]
    meant = {new, total} | ({new + carried} if carried is not None else set())
    if fact.value in meant:
        return [True]
    text = f"The narrative counts {fact.value} requests, the table prints {new} new ones."
    return [_note("nar.applications_count", ("nar.applications", code), fact.value, new, text)]


def _of_the_total(part: Fact, total: Fact) -> bool:
    """Whether a channel is told of in the sentence of the total: elsewhere a report counts posts on their own."""
    return part.quote == total.quote


def _proactive_sum(told: Mapping[str, Fact]) -> list[Finding | bool]:
    total = told.get("nar.proactive_total")
    media = ("nar.new_media",) if "nar.new_media" in told else ("nar.wechat", "nar.weibo")
    parts = [told[code] for code in ("nar.website", *media) if code in told]
    if (
        total is None
        or any(not _of_the_total(part, total) for part in parts)
        or len(parts) < 2
        or not isinstance(total.value, int)
    ):
        return []
    numbers = [part.value for part in parts if isinstance(part.value, int)]
    if len(numbers) != len(parts):
        return [False]
    if sum(numbers) == total.value:
        return [True]
    text = f"The narrative counts {total.value} items in all, its channels add up to {sum(numbers)}."
    return [_note("nar.proactive_sum", ("nar.proactive_total",), total.value, sum(numbers), text)]


def _powers(told: Mapping[str, Fact], numbers: _Numbers) -> list[Finding | bool]:
    fact = told.get("nar.powers")
    if fact is None or not isinstance(fact.value, Mapping):
        return []
    outcomes: list[Finding | bool] = []
    for kind, row in (
        ("行政许可", "ar.t2.art20_5.administrative_licensing"),
        ("行政处罚", "ar.t2.art20_6.administrative_penalty"),
        ("行政强制", "ar.t2.art20_6.administrative_compulsion"),
    ):
        if kind not in fact.value:
            continue
        codes = (f"{row}.items_previous_year", f"{row}.items_change")
        if any(code not in numbers for code in codes):
            outcomes.append(False)
            continue
        items = numbers[codes[0]] + numbers[codes[1]]
        if items == fact.value[kind]:
            outcomes.append(True)
            continue
        text = f"The narrative counts {fact.value[kind]} powers of {kind}, the table gives {items}."
        outcomes.append(_note("nar.powers", ("nar.powers", *codes), fact.value[kind], items, text))
    return outcomes
