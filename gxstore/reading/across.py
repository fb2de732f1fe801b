"""The rules between reports: one year against the year before, one published copy against another.

Pure functions over numbers as printed. Three outcomes, as within one report: a rule holds, fails (a finding), or
cannot be assessed because a number is not there.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from gxstore.catalogue import Catalogue
from gxstore.reading.findings import compare
from gxstore.reading.report import Checks, Finding

Numbers = Mapping[str, Decimal]
_BEFORE = "@-1"


def check_years(numbers: Numbers, before: Numbers, catalogue: Catalogue) -> tuple[list[Finding], Checks]:
    """The rules that join a year's report to the report of the year before.

    Args:
        numbers: code -> number as printed, of the year.
        before: the same, of the year before.
        catalogue: its rules with `years` are run, column by column; a code marked `@-1` is one of the year before.

    Returns:
        The findings, on the cells of the year itself, and how all instances came out.
    """
    joined = {**numbers, **{code + _BEFORE: number for code, number in before.items()}}
    findings: list[Finding] = []
    held = unknown = 0
    for rule in catalogue.rules:
        if not rule.years or rule.op == "see text":
            continue
        for left, right in rule.instances():
            terms = right
            if rule.years.get("right") == -1:
                terms = tuple(term + _BEFORE if isinstance(term, str) else term for term in right)
            outcome = compare(rule, left, terms, joined, catalogue)
            if isinstance(outcome, Finding):
                findings.append(outcome)
            elif outcome:
                held += 1
            else:
                unknown += 1
    return findings, Checks(held, len(findings), unknown)


def check_copies(copies: Sequence[tuple[str, Numbers]], catalogue: Catalogue) -> list[Finding]:
    """Cells for which two published copies of one report print different numbers.

    Args:
        copies: URL and numbers (code -> number as printed) of each copy, the one shown by default first.
        catalogue: for the rule and the labels.
    """
    if len(copies) < 2:
        return []
    rule = next(rule for rule in catalogue.rules if rule.id == "copies.disagree")
    (shown_at, shown), *others = copies
    findings = []
    for url, numbers in others:
        for code in shown:
            if code in numbers and numbers[code] != shown[code]:
                label = catalogue.by_code[code].label
                findings.append(
                    Finding(
                        rule.id,
                        rule.severity,
                        (code,),
                        shown[code],
                        numbers[code],
                        f"{label} is {shown[code]} at {shown_at} and {numbers[code]} at {url}.",
                    )
                )
    return findings
