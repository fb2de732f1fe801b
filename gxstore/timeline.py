"""Tells what happened to a document from its captures alone: seen first, changed, changed back, moved, vanished, restored.

Pure, and ordered by when each capture was made, never by when it came into the store: an older capture that is imported
late stands at its own place in time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gxstore.copies import NOT_THERE

What = Literal[
    "first_seen",
    "changed",
    "changed_back",
    "read_otherwise",
    "unreadable",
    "other_report",
    "this_report",
    "moved",
    "sent_elsewhere",
    "vanished",
    "restored",
    "replaced",
]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One capture of a document: `document` is null where the reply was not taken as one, `version` where no text was.

    `entered_late` says that the capture is older than the run that brought it, so that it was imported; `sent_to` where the
    reply sends the reader on to, if that is known.
    """

    fetched_at: datetime
    url: str
    kind: str
    status: int
    verdict: str
    version: int | None
    revisit: bool
    run: int
    record_id: str
    payload_sha256: str
    document: int | None
    entered_late: bool
    sent_to: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a document, when it was first seen to have happened.

    `url` is where; `before` the URL of which a move leads away; `sent_to` where the reader is sent on to; `version` what was
    shown from then on; `since` the last time that it was seen otherwise, so that the change itself lies between the two;
    `record_id` the capture that shows it.
    """

    at: datetime
    what: What
    document: int
    url: str
    record_id: str
    version: int | None = None
    since: datetime | None = None
    before: str | None = None
    tries: int | None = None
    sent_to: str | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A time over which a version was shown without a break that was seen: its first and last sighting, and when something
    else, or nothing, was seen in its place first (null while it stands)."""

    version: int
    first: datetime
    last: datetime
    sightings: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Absence:
    """A time over which the page was not there: the last good capture, the first that was told that there is none, how often
    it was tried from then on, and the last try."""

    last_good: datetime
    since: datetime
    tries: int
    last_try: datetime
    back: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to one document; `sent_on` is the redirect that stands in its place, if one does, as it was seen first."""

    events: tuple[Event, ...]
    intervals: tuple[Interval, ...]
    absences: tuple[Absence, ...]
    urls: tuple[tuple[str, datetime, datetime], ...]
    sent_on: Sighting | None = None

    @property
    def gone(self) -> Absence | None:
        """The absence that goes on, if any."""
        return self.absences[-1] if self.absences and self.absences[-1].back is None else None


@dataclass(slots=True)
class _State:
    """What is known on the way through the captures of a document."""

    document: int
    of_report: Collection[int] | None
    events: list[Event] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    urls: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    payloads: dict[int, set[str]] = field(default_factory=dict)
    good: Sighting | None = None
    shown: Sighting | None = None
    away: set[str] = field(default_factory=set)
    sent_on: Sighting | None = None
    replaced: bool = False
    # a run that was killed fetches a page again that it had kept and not understood
    shown_in: frozenset[tuple[int, str]] = frozenset()

    def tell(self, what: What, at: Sighting, **more: object) -> None:
        self.events.append(
            Event(at.fetched_at, what, self.document, at.url, at.record_id, **more)  # type: ignore[arg-type]
        )


def timeline(
    document: int, sightings: Sequence[Sighting], of_report: Collection[int] | None = None
) -> Timeline:
    """What happened to a document.

    Args:
        document: its id.
        sightings: its captures, in any order.
        of_report: the numbers of the versions that are the report asked for; None where all are taken for it.
    """
    shown_in = frozenset((one.run, one.url) for one in sightings if one.document is not None)
    state = _State(document, of_report, shown_in=shown_in)
    for sighting in sorted(sightings, key=lambda one: (one.fetched_at, one.record_id)):
        if sighting.document is None:
            _not_shown(state, sighting)
        else:
            _shown(state, sighting)
    if state.good is not None:
        _sent_on(state, state.good)
    return Timeline(
        tuple(sorted(state.events, key=lambda event: (event.at, event.record_id))),
        tuple(state.intervals),
        tuple(state.absences),
        tuple((url, first, last) for url, (first, last) in state.urls.items()),
        state.sent_on,
    )


def _shown(state: _State, now: Sighting) -> None:
    good = state.good
    if good is None:
        state.tell("first_seen", now, version=now.version)
    else:
        _back(state, good, now)
        if now.url != good.url and (good.url in state.away or now.url not in state.urls):
            state.tell("moved", now, before=good.url, since=good.fetched_at, version=now.version)
    _text(state, now)
    first, _ = state.urls.get(now.url, (now.fetched_at, now.fetched_at))
    state.urls[now.url] = (first, now.fetched_at)
    state.away.discard(now.url)
    state.good, state.sent_on, state.replaced = now, None, False


def _sent_on(state: _State, good: Sighting) -> None:
    """The redirect that stands in the place of what was seen last is told, and that nothing is shown there from then on."""
    if state.sent_on is not None:
        state.tell("sent_elsewhere", state.sent_on, since=good.fetched_at, sent_to=state.sent_on.sent_to)
        _end_interval(state, state.sent_on)


def _back(state: _State, good: Sighting, now: Sighting) -> None:
    if now.url == good.url:
        _sent_on(state, good)
    if state.absences and state.absences[-1].back is None:
        gone = state.absences[-1]
        state.absences[-1] = Absence(gone.last_good, gone.since, gone.tries, gone.last_try, now.fetched_at)
        if now.url == good.url:
            state.tell("restored", now, version=now.version, since=gone.last_try, tries=gone.tries)
    elif state.replaced or (state.sent_on is not None and now.url == good.url):
        state.tell("restored", now, version=now.version, since=good.fetched_at)


def _text(state: _State, now: Sighting) -> None:
    """What became of the text: the same bytes with another text are a change of our extractor, not of the portal."""
    before = state.shown
    if now.version is None:
        if state.good is not None and state.good.payload_sha256 != now.payload_sha256:
            state.tell("unreadable", now, since=state.good.fetched_at)
            _end_interval(state, now)
        return
    if before is not None and before.version != now.version:
        assert before.version is not None
        known = now.version in state.payloads
        same_bytes = now.payload_sha256 in state.payloads[before.version]
        what: What = "read_otherwise" if same_bytes else "changed_back" if known else "changed"
        if state.of_report is not None and now.version not in state.of_report:
            what = "other_report"
        elif state.of_report is not None and before.version not in state.of_report:
            what = "this_report"
        state.tell(what, now, version=now.version, since=before.fetched_at)
        _end_interval(state, now)
    last = state.intervals[-1] if state.intervals else None
    if last is not None and last.until is None:
        state.intervals[-1] = Interval(last.version, last.first, now.fetched_at, last.sightings + 1, None)
    else:
        state.intervals.append(Interval(now.version, now.fetched_at, now.fetched_at, 1, None))
    state.payloads.setdefault(now.version, set()).add(now.payload_sha256)
    state.shown = now


def _end_interval(state: _State, now: Sighting) -> None:
    if state.intervals and state.intervals[-1].until is None:
        last = state.intervals[-1]
        state.intervals[-1] = Interval(last.version, last.first, last.last, last.sightings, now.fetched_at)


def _not_shown(state: _State, now: Sighting) -> None:
    """A reply that was not the document. That a page was refused or broken says nothing of it."""
    good = state.good
    if good is None:
        return
    if now.verdict in NOT_THERE:
        state.away.add(now.url)
    if now.url != good.url:
        return
    if now.verdict == "moved" and state.sent_on is None and (now.run, now.url) not in state.shown_in:
        state.sent_on = now
    elif now.verdict == "not_found":
        last = state.absences[-1] if state.absences else None
        if last is not None and last.back is None:
            state.absences[-1] = Absence(last.last_good, last.since, last.tries + 1, now.fetched_at)
        else:
            state.absences.append(Absence(good.fetched_at, now.fetched_at, 1, now.fetched_at))
            state.tell("vanished", now, since=good.fetched_at)
            _end_interval(state, state.sent_on or now)
    elif now.verdict == "ok" and not state.replaced and (now.run, now.url) not in state.shown_in:
        state.replaced = True
        state.tell("replaced", now, since=good.fetched_at)
        _end_interval(state, state.sent_on or now)


@dataclass(frozen=True, slots=True)
class Move:
    """A report page that is gone, or sends the reader on, while a new URL shows the same text: two documents, kept apart, and
    recognised as one that moved."""

    at: datetime
    old: int
    new: int
    before: str
    url: str
    record_id: str
    last_good: datetime


def moves(sightings: Mapping[int, Sequence[Sighting]], texts: Mapping[tuple[int, int], str]) -> list[Move]:
    """The moves from one document to another.

    A page has moved where another one, seen first after it was seen last, shows the text that it showed last, and it has
    not been there since. While both answer they are two copies, and nothing is said to have moved.

    Args:
        sightings: the captures of each document of a report.
        texts: the digest of the text by document and number of version.
    """
    shown = {
        document: sorted(
            (one for one in own if one.version is not None and one.document == document),
            key=lambda one: (one.fetched_at, one.record_id),
        )
        for document, own in sightings.items()
    }
    found: list[Move] = []
    for new, seen in shown.items():
        if not seen:
            continue
        first = seen[0]
        olds: list[tuple[datetime, Move]] = []
        for old, own in shown.items():
            before = [one for one in own if one.fetched_at < first.fetched_at]
            if old == new or not before or before[-1] is not own[-1]:
                continue
            last = before[-1]
            away = [
                one
                for one in sightings[old]
                if one.url == last.url and one.verdict in NOT_THERE and one.fetched_at > last.fetched_at
            ]
            if away and texts.get((old, last.version or 0)) == texts.get((new, first.version or 0)):
                move = Move(first.fetched_at, old, new, last.url, first.url, first.record_id, last.fetched_at)
                olds.append((last.fetched_at, move))
        if olds:
            found.append(max(olds, key=lambda pair: (pair[0], -pair[1].old))[1])
    return sorted(found, key=lambda move: (move.at, move.record_id))
