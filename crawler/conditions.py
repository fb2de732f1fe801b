"""Asks for a page that is held already only if it has changed, and never takes the portal's word for it altogether.

ETag and Last-Modified (RFC 9110, 8.8) stand in the archived headers of the last whole capture; nothing else is kept of
them. A share of the pages is fetched whole in every run, and a portal whose word is found to be wrong is asked for whole
pages from then on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from archive.exchange import Response
from archive.reader import UnreadableRecord, read_record
from archive.warc import RevisitTarget
from crawler.sites import Site
from gxstore import evidence
from gxstore.frontier import Item, Ledger

CONDITIONAL = ("If-None-Match", "If-Modified-Since")
_LONGEST = 500
# RFC 9110, 8.8.2.2: a date that is hardly older than the reply may stand for two texts. Pages made anew for each
# request bear the present, or the future.
_SETTLED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a reply says by which a later one may be known to be the same; None where it says nothing of use."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def condition(self) -> dict[str, str]:
        """The fields of a request for the page, unless it is still that one (RFC 9110, 13.1)."""
        values = (self.etag, self.last_modified)
        return {name: value for name, value in zip(CONDITIONAL, values, strict=True) if value}

    def same(self, other: "Validators") -> str | None:
        """What would have had the server say that nothing has changed, as a person may read it; None where nothing
        would."""
        if self.etag or other.etag:
            same = self.etag and other.etag and self.etag.removeprefix("W/") == other.etag.removeprefix("W/")
            return f"ETag {self.etag}" if same else None
        same = self.last_modified and self.last_modified == other.last_modified
        return f"Last-Modified {self.last_modified}" if same else None


def validators_of(headers: Mapping[str, str], fetched_at: datetime) -> Validators:
    """The validators of a reply.

    Args:
        headers: its header fields, names in lower case.
        fetched_at: when it came, in UTC; stands for its Date where it says none.
    """
    etag = headers.get("etag", "").strip()
    modified = _moment(headers.get("last-modified"))
    served = _moment(headers.get("date")) or fetched_at
    is_of_use = modified is not None and modified <= served - _SETTLED
    return Validators(
        etag if etag and len(etag) <= _LONGEST and etag.isprintable() else None,
        headers["last-modified"].strip() if is_of_use else None,
    )


def is_drawn(url: str, turn: int, share: float) -> bool:
    """Whether a page is fetched whole this time, whatever its portal says.

    Every URL has its place on a circle by lot, and each turn takes the next `share` of the circle: after `1 / share`
    turns every page has been fetched whole.

    Args:
        url: the page's.
        turn: how many whole harvests of its site came before.
        share: 0 to 1.
    """
    place = int.from_bytes(hashlib.sha256(url.encode()).digest()[:6]) / 2**48
    return (place - turn * share) % 1.0 < share


@dataclass(frozen=True, slots=True)
class Condition:
    """That a page is asked for only if it has changed: the fields that say so, and where the body lies that a 304
    speaks of."""

    headers: Mapping[str, str]
    held_id: int
    target: RevisitTarget
    file: str
    offset: int


class Conditions:
    """The conditions of one run.

    Args:
        engine: the store.
        archive: the folder of the WARC files.
        site: the site file.
        ledger: the run's; portals that were found wrong before the run was killed stay so.
        turn: how many whole harvests of the site came before.
    """

    def __init__(self, engine: Engine, archive: Path, site: Site, *, ledger: Ledger, turn: int) -> None:
        self._engine = engine
        self._archive = archive
        self._site = site
        self._turn = turn
        self.doubted = {item.host for item in ledger.told("same_validator")}

    def of(self, item: Item, url: str) -> Condition | None:
        """On what condition a page or file is asked for; None where it is to be had whole.

        It is where its last capture was not whole and well, or the archive cannot give back what it held.
        """
        if item.kind not in ("report", "attachment") or item.method != "GET" or self._wants_whole(item, url):
            return None
        with Session(self._engine) as session:
            found = evidence.last_whole(session, url)
            if found is None:
                return None
            last, held = found
            headers = self._validators(last.warc_file, last.warc_offset, last.fetched_at).condition
            if not headers:
                return None
            target = RevisitTarget(held.record_id, held.url, held.fetched_at, held.payload_sha256)
            return Condition(headers, held.id, target, held.warc_file, held.warc_offset)

    def held(self, condition: Condition) -> Response | None:
        """What the archive holds of a page that has not changed, as it was served; None where it is not there whole."""
        try:
            record = read_record(self._archive, condition.file, condition.offset)
        except (OSError, UnreadableRecord):
            return None
        if hashlib.sha256(record.body).hexdigest() != condition.target.payload_digest:
            return None
        return Response(record.http_status or 0, "", record.http_headers, record.body)

    def proved_wrong(self, item: Item, url: str, moment: datetime, validators: Validators) -> str | None:
        """Whether a page that was fetched whole and has another text bears the validator of the capture before: then
        its portal would have said that nothing has changed, and is not asked so again. Returns the validator."""
        if not self._may_ask(item.url):
            return None
        with Session(self._engine) as session:
            found = evidence.last_whole(session, url, before=moment)
            if found is None:
                return None
            last, _ = found
            same = self._validators(last.warc_file, last.warc_offset, last.fetched_at).same(validators)
        if same:
            self.doubted.add(item.host)
        return same

    def _wants_whole(self, item: Item, url: str) -> bool:
        return (
            not self._may_ask(item.url)
            or item.host in self.doubted
            or is_drawn(url, self._turn, self._site.refetch.sample)
        )

    def _may_ask(self, url: str) -> bool:
        portal = self._site.portal_of(url)
        return portal is not None and portal.network.conditional

    def _validators(self, file: str, offset: int, fetched_at: datetime) -> Validators:
        try:
            record = read_record(self._archive, file, offset)
        except (OSError, UnreadableRecord):
            return Validators()
        return validators_of({name.lower(): value for name, value in record.http_headers}, fetched_at)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
