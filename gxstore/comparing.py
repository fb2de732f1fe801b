"""Holds a report against the year before and against its other copies, and keeps what does not agree.

These findings belong to the report, not to a reading: they are made anew, with a digest of what they were made of,
whenever one of the readings they rest on has changed. The rows say what holds of all that is known; what held by an
earlier day is worked out anew from the readings of that day, by the present rules (`findings_otherwise`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gxstore import models
from gxstore.as_of import AsOf
from gxstore.catalogue import Catalogue
from gxstore.copies import Copy, Key, copies
from gxstore.parts import in_parts
from gxstore.reading.across import check_copies, check_years
from gxstore.reading.report import Finding
from gxstore.readings import PLACED_BY, digest_of, finding_row, unscaled

_BY_LABELS = PLACED_BY.index("labels")
# How many agencies are compared at once: all numbers of all their reports are held in memory meanwhile, some 90 kB each.
_AGENCIES_AT_ONCE = 10
Numbers = Mapping[str, Decimal]


def compare_reports(session: Session, agency_ids: Iterable[int], catalogue: Catalogue) -> int:
    """Make the findings of all reports of some agencies anew; returns how many there are now."""
    made = 0
    for some in in_parts(set(agency_ids), _AGENCIES_AT_ONCE):
        published = copies(session, some)
        numbers = _numbers(session, {copy.reading_id for own in published.values() for copy in own})
        for part in in_parts(own[0].report_id for own in published.values()):
            session.execute(delete(models.Finding).where(models.Finding.report_id.in_(part)))
        for key, own in published.items():
            digest = digest_of([_inputs(published, key), catalogue.digest])
            for finding in _findings(published, key, numbers, catalogue):
                session.add(finding_row(finding, digest, report_id=own[0].report_id))
                made += 1
        session.flush()
    return made


def findings_otherwise(
    session: Session,
    agencies: Collection[int],
    years: tuple[int, int] | None,
    as_of: AsOf,
    catalogue: Catalogue,
) -> dict[Key, list[Finding]]:
    """The findings between reports as they would have been by two dates, for the reports whose readings were others then
    than now; of all other reports the kept findings hold.

    Args:
        agencies, years: whose reports, as `copies` takes them.
        as_of: the two dates.
        catalogue: the present rules.
    """
    before = (years[0] - 1, years[1]) if years else None
    then = copies(session, agencies, before, as_of)
    now = copies(session, agencies, before)
    others = [key for key in then if _inputs(then, key) != _inputs(now, key)]
    asked = {reading for key in others for reading in _inputs(then, key)}
    numbers = _numbers(session, asked)
    return {key: _findings(then, key, numbers, catalogue) for key in others}


def _before(key: Key) -> Key:
    return key[0], key[1] - 1


def _compared(own: list[Copy]) -> list[Copy]:
    """The copy shown by default and those that still answer: what is gone contradicts nothing."""
    return [copy for copy in own if copy.answers or copy is own[0]]


def _inputs(published: Mapping[Key, list[Copy]], key: Key) -> list[int]:
    """The readings that the findings of a report rest on."""
    own = _compared(published.get(key, []))
    return [copy.reading_id for copy in (*own, *published.get(_before(key), [])[:1])]


def _findings(
    published: Mapping[Key, list[Copy]], key: Key, numbers: Mapping[int, Numbers], catalogue: Catalogue
) -> list[Finding]:
    own = _compared(published[key])
    findings = check_copies([(copy.url, numbers.get(copy.reading_id, {})) for copy in own], catalogue)
    if _before(key) in published:
        before = published[_before(key)][0]
        shown = numbers.get(own[0].reading_id, {})
        findings += check_years(shown, numbers.get(before.reading_id, {}), catalogue)[0]
    return findings


def _numbers(session: Session, readings: Iterable[int]) -> Mapping[int, Numbers]:
    """The numbers that some readings print for the body itself, by code; those placed by identities prove nothing."""
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for some in in_parts(readings):
        for reading, code, number, scale in session.execute(
            select(models.Value.reading_id, models.Indicator.code, models.Value.number, models.Value.scale)
            .join(models.Indicator, models.Indicator.id == models.Value.indicator_id)
            .where(
                models.Value.reading_id.in_(some),
                models.Value.scope == "",
                models.Value.number.is_not(None),
                models.Value.placed_by == _BY_LABELS,
            )
        ):
            if number is not None and scale is not None:
                found[reading][code] = unscaled(number, scale)
    return found
