"""Holds a report against the year before and against its other copies, and keeps what does not agree.

These findings belong to the report, not to a reading: they are made anew, with a digest of what they were made of,
whenever one of the readings they rest on has changed.
"""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gxstore import models
from gxstore.catalogue import Catalogue
from gxstore.query import Copy, copies
from gxstore.reading.across import check_copies, check_years
from gxstore.reading.report import Finding
from gxstore.readings import PLACED_BY, digest_of, finding_row, unscaled

_BY_LABELS = PLACED_BY.index("labels")


def compare_reports(session: Session, agency_ids: Iterable[int], catalogue: Catalogue) -> int:
    """Make the findings of all reports of some agencies anew; returns how many there are now."""
    return sum(_compare_agency(session, agency, catalogue) for agency in sorted(set(agency_ids)))


def _compare_agency(session: Session, agency_id: int, catalogue: Catalogue) -> int:
    made = 0
    published = copies(session, {agency_id})
    numbers = {key: _numbers(session, found[0]) for key, found in published.items()}
    for (agency, year), found in sorted(published.items()):
        findings = check_copies([(copy.url, _numbers(session, copy)) for copy in found], catalogue)
        before = (agency, year - 1)
        if before in numbers:
            findings += check_years(numbers[agency, year], numbers[before], catalogue)[0]
        inputs = [copy.reading_id for copy in (*found, *published.get(before, [])[:1])]
        made += _replace(session, found[0].report_id, findings, inputs, catalogue)
    return made


def _replace(
    session: Session, report_id: int, findings: list[Finding], inputs: list[int], catalogue: Catalogue
) -> int:
    session.execute(delete(models.Finding).where(models.Finding.report_id == report_id))
    digest = digest_of([inputs, catalogue.digest])
    for finding in findings:
        session.add(finding_row(finding, digest, report_id=report_id))
    session.flush()
    return len(findings)


def _numbers(session: Session, copy: Copy) -> dict[str, Decimal]:
    """The numbers that a copy prints for the body itself, by code; those placed by identities prove nothing."""
    rows = session.execute(
        select(models.Indicator.code, models.Value.number, models.Value.scale)
        .join(models.Value, models.Value.indicator_id == models.Indicator.id)
        .where(
            models.Value.reading_id == copy.reading_id,
            models.Value.scope == "",
            models.Value.number.is_not(None),
            models.Value.placed_by == _BY_LABELS,
        )
    )
    return {
        code: unscaled(number, scale)
        for code, number, scale in rows
        if number is not None and scale is not None
    }
