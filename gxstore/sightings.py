"""Holds where and when the store says documents were seen, and since when gone, against the captures that say so."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.exchange import utc_text
from gxstore.models import Capture, Document, DocumentUrl, Run, Showing

_MEND = "restore the store from a copy, or make it anew with gxcrawl db rebuild."


@dataclass(frozen=True, slots=True)
class Gone:
    """That a capture (by its record id) said that the page at a URL is gone, and when that was found out."""

    record_id: str
    url: str
    at: datetime


def wrong_sightings(session: Session, shown_at: Mapping[str, str], gone: Sequence[Gone]) -> Iterator[str]:
    """What the store says otherwise of the places of documents, a sentence each.

    Args:
        session: the store.
        shown_at: where what a capture (by its record id) showed stands, if that is not the URL that was captured.
        gone: what the archive tells of pages that were gone, all of it.
    """
    seen: dict[int, dict[str, set[datetime]]] = defaultdict(lambda: defaultdict(set))
    sites: dict[int, set[int]] = defaultdict(set)
    newest: dict[int, int] = defaultdict(int)
    rows = session.execute(
        select(
            Showing.document_id, Capture.record_id, Capture.url, Capture.fetched_at, Capture.id, Run.site_id
        )
        .join(Capture, Capture.id == Showing.capture_id)
        .join(Run, Run.id == Capture.run_id)
        .execution_options(yield_per=1000)
    )
    for document, record_id, url, moment, capture, site in rows:
        seen[document][shown_at.get(record_id, url)].add(moment)
        sites[document].add(site)
        newest[document] = max(newest[document], capture)
    places: dict[tuple[int, str], list[DocumentUrl]] = defaultdict(list)
    for place in session.scalars(select(DocumentUrl)):
        places[place.document_id, place.url].append(place)
    yield from _wrong_places(seen, places)
    captures: dict[str, int] = {}
    for at in range(0, len(gone), 500):
        named = [one.record_id for one in gone[at : at + 500]]
        for record_id, capture in session.execute(
            select(Capture.record_id, Capture.id).where(Capture.record_id.in_(named))
        ):
            captures[record_id] = capture
    told: dict[str, list[Gone]] = defaultdict(list)
    for one in gone:
        told[one.url].append(one)
    lived_there: dict[str, set[int]] = defaultdict(set)
    for document, urls in seen.items():
        for url in urls:
            lived_there[url].add(document)
    for row in session.scalars(select(Document).order_by(Document.id)):
        if row.id not in seen:
            yield f"document {row.id} was shown by no capture: gxcrawl did not enter it."
            continue
        if row.site_id not in sites[row.id]:
            yield f"document {row.id} is said to be of site {row.site_id}, whose runs never captured it: {_MEND}"
        last = max(max(moments) for moments in seen[row.id].values())
        since = [one for url in seen[row.id] for one in told[url] if one.at >= last]
        if row.gone_since is not None:
            if utc_text(row.gone_since) not in {utc_text(one.at) for one in since}:
                yield f"document {row.id} is said to be gone since {row.gone_since.isoformat()}, the archive does not say so: {_MEND}"
        elif any(
            # a sighting that came in later may have brought it back, and another document may have stood there
            lived_there[one.url] == {row.id} and captures.get(one.record_id, 0) > newest[row.id]
            for one in since
        ):
            yield f"document {row.id} is not said to be gone, the archive says it was gone when last asked for: {_MEND}"


def _wrong_places(
    seen: Mapping[int, Mapping[str, set[datetime]]], places: Mapping[tuple[int, str], Sequence[DocumentUrl]]
) -> Iterator[str]:
    for document, urls in sorted(seen.items()):
        for url, moments in sorted(urls.items()):
            rows = places.get((document, url), ())
            if not all(any(row.first_seen <= at <= row.last_seen for row in rows) for at in moments):
                yield f"document {document} was seen at {url} when the store does not say so: {_MEND}"
    for (document, url), rows in sorted(places.items()):
        moments = seen.get(document, {}).get(url, set())
        if any(not {row.first_seen, row.last_seen} <= moments for row in rows):
            yield f"document {document} is said to have been seen at {url} at a time when no capture saw it: {_MEND}"
