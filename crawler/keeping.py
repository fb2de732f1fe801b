"""Keeps a reply as evidence: written to the archive first, then judged, then entered as a capture."""

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from archive.exchange import Exchange, Response
from archive.reader import TooLarge, UnreadableBody, decode
from archive.warc import RevisitTarget, WarcWriter
from crawler.conditions import Condition, Conditions, Validators, validators_of
from crawler.verdict import Verdict, judge
from gxstore import evidence
from gxstore.evidence import CaptureEntry

# No list and no report comes near this, and reading a page takes ten times its size of memory.
_LARGEST_PAGE = 20_000_000
_CUT_OFF = {
    "disconnect": "the connection broke before the body was whole",
    "time": "the body was not whole when the time allowed for it was over",
}
_NOT_GIVEN_BACK = "HTTP 304 for a page that the archive does not give back whole: run gxcrawl verify"


@dataclass(frozen=True, slots=True)
class Kept:
    """A reply that is safe in the archive and in the store.

    `not_modified`: it is the word of the portal that the page has not changed; the body is the one held. `validators`
    are those of a reply to a request that made no condition.
    """

    capture_id: int
    record_id: str
    url: str
    fetched_at: datetime
    verdict: Verdict
    body: bytes
    content_type: str
    payload_sha256: str
    not_modified: bool = False
    validators: Validators | None = None
    revisit: bool = False


class Keeper:
    """Keeps the replies of one run.

    Args:
        engine: the store.
        writer: the run's WARC writer.
        run_id: the run in the store.
        conditions: which pages are asked for only if they have changed.
        hosts: the site's own hosts.
        max_body: the most bytes that a body may have, once decompressed.
    """

    def __init__(
        self,
        engine: Engine,
        writer: WarcWriter,
        *,
        run_id: int,
        conditions: Conditions,
        hosts: Set[str],
        max_body: int,
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._run_id = run_id
        self._conditions = conditions
        self._hosts = hosts
        self._max_body = max_body

    def keep(
        self,
        exchange: Exchange,
        *,
        attachment: bool = False,
        file_will_do: bool = False,
        connection: Mapping[str, str] | None = None,
        condition: Condition | None = None,
    ) -> Kept:
        """Write a fetch to the archive, judge it, and enter the capture; a body kept before becomes a revisit, and so
        does the word that it has not changed, which is judged as that body is.

        Args:
            exchange: the fetch.
            attachment: whether a file was asked for rather than a page.
            file_will_do: whether it may as well be a file.
            connection: what is to be told of the connection it came through, as fields of the metadata record.
            condition: on which it was asked for.
        """
        response = exchange.response
        url = exchange.request.url
        held = self._conditions.held(condition) if condition and response.status == 304 else None
        shown = held or response
        headers = _fields(shown)
        digest = hashlib.sha256(shown.body).hexdigest()
        target: RevisitTarget | None = None
        revisit_of: int | None = None
        if condition and held:
            target, revisit_of = condition.target, condition.held_id
        elif not exchange.truncated:
            target, revisit_of = self._held_before(url, digest, response.status)
        stored = self._writer.write_exchange(exchange, revisit_of=target)
        verdict, body = self._judge(replace(exchange, response=shown), headers, attachment, file_will_do)
        if condition and response.status == 304 and held is None:
            verdict = Verdict("wrong_type", _NOT_GIVEN_BACK)
        reason = {"reason": verdict.reason} if verdict.reason else {}
        said = _said_of_it(response) if held else {}
        fields = {"verdict": verdict.code, **reason, **said, **(connection or {})}
        self._writer.write_metadata(stored.record_id, fields)
        with Session(self._engine) as session, session.begin():
            capture_id = evidence.add_capture(
                session,
                self._run_id,
                CaptureEntry(
                    record_id=stored.record_id,
                    url=url,
                    fetched_at=exchange.fetched_at,
                    status=response.status,
                    verdict=verdict.code,
                    payload_sha256=digest,
                    payload_length=len(shown.body),
                    truncated=exchange.truncated,
                    warc_file=stored.file,
                    warc_offset=stored.offset,
                    revisit_of=revisit_of,
                ),
            )
        return Kept(
            capture_id,
            stored.record_id,
            url,
            exchange.fetched_at,
            verdict,
            body,
            headers.get("content-type", ""),
            digest,
            not_modified=held is not None,
            validators=None if condition else validators_of(headers, exchange.fetched_at),
            revisit=revisit_of is not None,
        )

    def _held_before(self, url: str, digest: str, status: int) -> tuple[RevisitTarget | None, int | None]:
        with Session(self._engine) as session:
            found = evidence.original_capture(session, url, digest, status)
            if found is None:
                return None, None
            target = RevisitTarget(found.record_id, found.url, found.fetched_at, found.payload_sha256)
            return target, found.id

    def _judge(
        self, exchange: Exchange, headers: dict[str, str], attachment: bool, file_will_do: bool
    ) -> tuple[Verdict, bytes]:
        response, limit = (
            exchange.response,
            self._max_body if attachment else min(self._max_body, _LARGEST_PAGE),
        )
        if exchange.truncated == "length":
            return Verdict("too_large", f"the reply has more than the {self._max_body} bytes allowed"), b""
        if exchange.truncated:
            return Verdict(
                "truncated", _CUT_OFF.get(exchange.truncated, "the body is not whole")
            ), response.body
        try:
            body = decode(response.body, headers.get("content-encoding"), limit)
        except TooLarge as error:
            return Verdict("too_large", str(error)), b""
        except UnreadableBody as error:
            return Verdict("wrong_type", str(error)), b""
        verdict = judge(
            response.status,
            headers,
            body,
            attachment=attachment,
            file_will_do=file_will_do,
            host=urlsplit(exchange.request.url).hostname or "",
            hosts=self._hosts,
        )
        return verdict, body


def _fields(response: Response) -> dict[str, str]:
    """The header fields of a reply by name in lower case; the last of several of one name."""
    return {_text(name).lower(): _text(value) for name, value in response.headers}


def _said_of_it(response: Response) -> dict[str, str]:
    """What a 304 said, as fields of the metadata record: its record has no place for it (archive/warc.py)."""
    return {
        "http-status": f"{response.status} {response.reason}",
        **{f"http-{name}": value for name, value in _fields(response).items()},
    }


def _text(part: bytes | str) -> str:
    return part if isinstance(part, str) else part.decode("latin-1")
