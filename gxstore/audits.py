"""The record of every audit: what was looked at, when, and what was wrong. Rows are only ever added."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gxstore.models import Audit

_KEPT = 1000


def add_audit(
    session: Session,
    *,
    started: datetime,
    finished: datetime,
    tool_version: str,
    scope: dict[str, Any],
    counts: dict[str, Any],
    damages: list[dict[str, Any]],
) -> int:
    """Enter an audit; returns its number. Of the damages the first thousand are kept, and how many there were."""
    row = Audit(
        started=started,
        finished=finished,
        tool_version=tool_version,
        scope=scope,
        counts=counts,
        damages=damages[:_KEPT],
        damaged=len(damages),
    )
    session.add(row)
    session.flush()
    return row.id


def last_audit(session: Session) -> Audit | None:
    """The audit that says how archive and store stand: the newest one, unless an earlier one found damage that no audit
    of the whole has found mended since."""
    newest: Audit | None = None
    for row in session.scalars(select(Audit).order_by(Audit.id.desc())):
        if row.damaged:
            return row
        newest = newest or row
        if row.scope.get("whole"):
            break
    return newest


@dataclass(frozen=True, slots=True)
class Audits:
    """The audit that says how archive and store stand, and the newest one that looked at all of it."""

    telling: Audit | None
    whole: Audit | None


def audits_told(session: Session) -> Audits:
    """What the audits say of archive and store as they stand."""
    rows = session.scalars(select(Audit).order_by(Audit.id.desc()))
    return Audits(last_audit(session), next((row for row in rows if row.scope.get("whole")), None))


@dataclass(frozen=True, slots=True)
class Seen:
    """What an audit that found nothing wrong saw of what only ever grows: of the archive's manifest the number of its lines and
    the SHA-256 of them, of the store the number of seals of each kind of row."""

    audit: int
    manifest_lines: int
    manifest_sha256: str
    seals: Mapping[str, int]


def seen_content(manifest_lines: int, manifest_sha256: str, seals: Mapping[str, int]) -> dict[str, Any]:
    """What an audit saw, as its record keeps it within its scope, for `last_seen`."""
    manifest = {"lines": manifest_lines, "sha256": manifest_sha256}
    return {"manifest": manifest, "seals": dict(seals)}


def last_seen(session: Session) -> Seen | None:
    """What the newest audit that found nothing wrong saw; None where none has said it."""
    for row in session.scalars(select(Audit).where(Audit.damaged == 0).order_by(Audit.id.desc())):
        if seen := row.scope.get("manifest"):
            return Seen(row.id, seen["lines"], seen["sha256"], row.scope.get("seals", {}))
    return None
