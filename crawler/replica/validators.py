"""How the replica's portals tell a page from another text of it, and answer who asks only for what has changed: truthfully,
or as badly as servers are seen to (RFC 9110, 8.8 and 13.1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from crawler.replica.reply import Asked, Reply
from crawler.replica.world import Validators

_AHEAD = timedelta(days=400)


def unless_known(reply: Reply, kind: Validators, asked: Asked) -> Reply:
    """A reply with its validators, or the 304 that stands for it where the request names them.

    Args:
        reply: the whole reply.
        kind: how the portal goes about it (`world.Portal`).
        asked: the request.
    """
    if not kind or reply.status != 200:
        return reply
    etag, modified = _validators(reply, kind, asked)
    said = (*([("ETag", etag)] if etag else []), *([("Last-Modified", _http(modified))] if modified else []))
    if kind != "ignoring" and _is_known(asked, etag, modified):
        return Reply(304, b"", headers=(*reply.headers, *said))
    return replace(reply, headers=(*reply.headers, *said))


def _validators(reply: Reply, kind: Validators, asked: Asked) -> tuple[str, datetime | None]:
    digest = sha256(reply.body).hexdigest()[:16]
    if kind == "weak":
        return f'W/"{digest}"', reply.modified
    if kind == "date":
        return "", reply.modified
    if kind == "changing":
        return f'"{asked.visit:x}-{digest}"', reply.modified
    if kind in ("present", "future"):
        return "", datetime.now(UTC) + (_AHEAD if kind == "future" else timedelta())
    if kind == "frozen":
        return f'"{sha256(asked.url.encode()).hexdigest()[:16]}"', reply.modified
    return f'"{digest}"', reply.modified


def _is_known(asked: Asked, etag: str, modified: datetime | None) -> bool:
    """Whether the one who asks has the page already; a date is looked at only where no ETag is named (13.2.2)."""
    if asked.if_none_match:
        named = [part.strip().removeprefix("W/") for part in asked.if_none_match.split(",")]
        return etag.removeprefix("W/") in named
    if not asked.if_modified_since or modified is None:
        return False
    return modified.replace(microsecond=0) <= parsedate_to_datetime(asked.if_modified_since)


def _http(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
