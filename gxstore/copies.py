"""Says which published copies of a report there are, and which of them is the report: the stated rule of the store.

Everything is ordered by when a portal showed it, never by when it came into the store.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Exists, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from gxstore.as_of import ALL, AsOf
from gxstore.models import (
    Attribution,
    Capture,
    Document,
    Reading,
    ReadingSource,
    Report,
    Showing,
    Value,
    Version,
)
from gxstore.parts import in_parts

# A page that answers so is not where it was. Everything else (refused, broken, another page in its place) proves nothing.
NOT_THERE = ("not_found", "moved")
NOWHERE = "file:"
"""How the URL of a file begins that no portal is known to have served."""

Key = tuple[int, int]
"""Agency id and year."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One published copy of a report: the page or file, and the reading of the version that it showed last.

    `versions` are those that the reading was made of, the page first; `shown` says when each was shown last, `first` when a
    version of this report was shown first there. `answers` is false where the page was not there any more after that, or
    showed another report.
    """

    report_id: int
    reading_id: int
    document_id: int
    versions: tuple[int, ...]
    shown: tuple[datetime, ...]
    made_at: datetime
    first: datetime
    url: str = ""
    answers: bool = True

    @property
    def newness(self) -> tuple[tuple[datetime, ...], datetime, int]:
        """The order in which readings of one document follow each other.

        A reading is as new as its sources, the page first: of two that share the page, the one whose annex came last.
        """
        return self.shown, self.made_at, self.reading_id


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a document stands: when it was shown last, its URL then, when it last was not there, and the version shown
    last, if that was read at all."""

    kind: str
    last: datetime
    url: str
    read_version: int | None
    not_there: datetime | None = None

    def answers(self, version: int) -> bool:
        """Whether it still shows a report, whose last version that is."""
        is_there = self.not_there is None or self.not_there <= self.last
        return is_there and self.read_version in (None, version)


def copies(
    session: Session, agencies: Collection[int], years: tuple[int, int] | None = None, as_of: AsOf = ALL
) -> dict[Key, list[Copy]]:
    """Every copy of the reports of some agencies, by (agency id, year); the one shown by default comes first.

    The stated rule: what still answers before what does not; pages before attachments; then the document with the most
    numbers read; then the one first seen. A file that was imported, of which nobody knows where it stood, neither answers nor
    has gone: it goes with the best of the others. Of each document the version shown last, and of that version the newest
    reading. A reading of a page with its annexes is one copy, that of the page. A reading counts for the report that it
    was attributed to last.

    Args:
        agencies: their ids, any number of them.
        years: first and last year; None for all.
        as_of: only what had been shown, and what had been read, by these dates.
    """
    latest: dict[tuple[Key, int], Copy] = {}
    first: dict[tuple[Key, int], datetime] = {}
    for key, copy in candidates(session, agencies, years, as_of):
        place = (key, copy.document_id)
        first[place] = min(copy.first, first.get(place, copy.first))
        if place not in latest or copy.newness > latest[place].newness:
            latest[place] = copy
    standing = _standing(session, {copy.document_id for copy in latest.values()}, as_of)
    found: dict[Key, list[Copy]] = defaultdict(list)
    for (key, document), copy in latest.items():
        where = standing[document]
        answers = where.answers(copy.versions[0])
        found[key].append(replace(copy, first=first[key, document], url=where.url, answers=answers))
    rivals = {copy.reading_id for own in found.values() if len(own) > 1 for copy in own}
    numbers = _numbers_read(session, rivals)

    def ranked(own: list[Copy]) -> list[Copy]:
        one_answers = any(copy.answers for copy in own if not copy.url.startswith(NOWHERE))

        def rank(copy: Copy) -> tuple[bool, bool, int, datetime, str]:
            answers = one_answers if copy.url.startswith(NOWHERE) else copy.answers
            is_file = standing[copy.document_id].kind != "report"
            return not answers, is_file, -numbers.get(copy.reading_id, 0), copy.first, copy.url

        return sorted(own, key=rank)

    return {key: ranked(own) for key, own in sorted(found.items())}


def candidates(
    session: Session, agencies: Collection[int], years: tuple[int, int] | None = None, as_of: AsOf = ALL
) -> Iterator[tuple[Key, Copy]]:
    """Every reading of the reports of some agencies whose sources had all been shown, by (agency id, year); neither URL
    nor standing is filled in. Arguments as `copies` takes them."""
    own = aliased(ReadingSource)
    sources = (
        select(func.count())
        .select_from(own)
        .where(own.reading_id == Reading.id)
        .correlate(Reading)
        .scalar_subquery()
    )
    query = (
        select(
            Report.id,
            Report.agency_id,
            Report.year,
            Reading.id,
            Reading.made_at,
            sources,
            Version.id,
            Version.document_id,
            func.max(Capture.fetched_at),
            func.min(Capture.fetched_at),
        )
        .join(Attribution, Attribution.report_id == Report.id)
        .join(Reading, Reading.id == Attribution.reading_id)
        .join(ReadingSource, ReadingSource.reading_id == Reading.id)
        .join(Version, Version.id == ReadingSource.version_id)
        .join(Showing, Showing.version_id == Version.id)
        .join(Capture, Capture.id == Showing.capture_id)
        .where(
            *as_of.observed(),
            *as_of.read(Reading.made_at),
            *as_of.read(Attribution.made_at),
            ~attributed_otherwise_since(as_of),
        )
        .group_by(Report.id, Reading.id, ReadingSource.position, Version.id)
        .order_by(Report.id, Reading.id, ReadingSource.position)
    )
    if years is not None:
        query = query.where(Report.year.between(*years))
    for some in in_parts(agencies):
        under_way: dict[tuple[int, int], tuple[Key, int, Copy]] = {}
        for (
            report,
            agency,
            year,
            reading,
            made_at,
            whole,
            version,
            document,
            shown,
            first,
        ) in session.execute(query.where(Report.agency_id.in_(some))):
            key, _, copy = under_way.get((report, reading)) or (
                (agency, year),
                whole,
                Copy(report, reading, document, (), (), made_at, first),
            )
            copy = replace(copy, versions=(*copy.versions, version), shown=(*copy.shown, shown))
            under_way[report, reading] = (key, whole, copy)
        # a reading of a page and an annex says nothing of a day on which the annex had not been seen
        yield from ((key, copy) for key, whole, copy in under_way.values() if len(copy.versions) == whole)


def attributed_otherwise_since(as_of: AsOf) -> Exists:
    """The condition that an attribution's reading was attributed to another report later on: then it is not this
    report's any more."""
    newer = aliased(Attribution)
    return exists().where(
        newer.reading_id == Attribution.reading_id,
        newer.report_id != Attribution.report_id,
        or_(
            newer.made_at > Attribution.made_at,
            and_(newer.made_at == Attribution.made_at, newer.id > Attribution.id),
        ),
        *as_of.read(newer.made_at),
    )


def _standing(session: Session, documents: Iterable[int], as_of: AsOf) -> Mapping[int, _Standing]:
    place = func.row_number().over(
        partition_by=Showing.document_id, order_by=[Capture.fetched_at.desc(), Capture.record_id.desc()]
    )
    shown = (
        select(Showing.document_id, Showing.version_id, Capture.url, Capture.fetched_at, place.label("place"))
        .join(Capture, Capture.id == Showing.capture_id)
        .where(*as_of.observed())
    )
    found: dict[int, _Standing] = {}
    for some in in_parts(documents):
        last = shown.where(Showing.document_id.in_(some)).subquery()
        was_read = exists().where(
            ReadingSource.version_id == last.c.version_id,
            ReadingSource.position == 0,
            ReadingSource.reading_id == Reading.id,
            *as_of.read(),
        )
        for document, kind, seen, url, version, read in session.execute(
            select(Document.id, Document.kind, last.c.fetched_at, last.c.url, last.c.version_id, was_read)
            .join(last, last.c.document_id == Document.id)
            .where(last.c.place == 1)
        ):
            found[document] = _Standing(kind, seen, url, version if read else None)
        for document, when in session.execute(
            select(last.c.document_id, func.max(Capture.fetched_at))
            .join(Capture, Capture.url == last.c.url)
            .where(last.c.place == 1, Capture.verdict.in_(NOT_THERE), *as_of.observed())
            .group_by(last.c.document_id)
        ):
            found[document] = replace(found[document], not_there=when)
    return found


def _numbers_read(session: Session, readings: Iterable[int]) -> Mapping[int, int]:
    """How many numbers each of some readings has."""
    found: dict[int, int] = {}
    for some in in_parts(readings):
        rows = session.execute(
            select(Value.reading_id, func.count(Value.number))
            .where(Value.reading_id.in_(some))
            .group_by(Value.reading_id)
        )
        found.update((reading, number) for reading, number in rows)
    return found
