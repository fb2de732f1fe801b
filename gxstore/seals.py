"""Seals the rows of evidence: a SHA-256 over all columns of a row, entered with it and never changed.

The triggers refuse changes made through a connection, and the WARC files say what was captured; but a value edited in
the database file, by a person or by a failing disk, would bear neither trace. The audit makes every digest anew.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from json import dumps
from operator import itemgetter
from typing import Any, Literal

from sqlalchemy import Table, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gxstore.models import Base, Seal
from gxstore.sealed_text import rows_as_text

KINDS = ("capture", "version", "showing", "attribution", "reading", "report", "finding")
"""The tables whose rows are sealed, by the number that stands for them in `seal`; only ever added to. Of the findings
those of a reading are, together; those of a report are made anew with every harvest."""

_PARTS = ("reading_source", "value", "section", "fact")
_AT_ONCE = 250

Trouble = Literal["row_missing", "row_unsealed", "row_changed"]


@dataclass(frozen=True, slots=True)
class RowDamage:
    """A row of evidence that is not as it was entered: what is wrong, table, key, and a sentence for a person."""

    kind: Trouble
    table: str
    row: int
    message: str


def seal(session: Session, kind: str, row_id: int) -> None:
    """Seal a row just as the store holds it now, within the transaction that enters it."""
    session.flush()
    ((_, digest),) = _digests(session, kind, row_id, row_id).items()
    session.add(Seal(kind=KINDS.index(kind), row_id=row_id, sha256=digest))


def seal_of(
    kind: str, row_id: int, row: Mapping[str, Any], parts: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, Any]:
    """The seal of what is just being entered, as a row of `seal`, which spares it the reading back.

    Args:
        kind, row_id: the row.
        row: its columns by name, but for those that are null; the key too.
        parts: the rows that hang on it, by table; all of one table name the same columns.
    """
    content = [_elements([row])]
    if kind == "reading":
        content += _parts_as_text((part, parts.get(part, ())) for part in _PARTS)
    return _row_of(kind, row_id, _digest(content))


def seal_of_findings(reading_id: int, findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The seal of the findings of a reading that are just being entered; a reading without any needs none."""
    if not findings:
        return []
    return [_row_of("finding", reading_id, _digest([_elements(_in_order(_table("finding"), findings))]))]


def _row_of(kind: str, row_id: int, digest: bytes) -> dict[str, Any]:
    return {"kind": KINDS.index(kind), "row_id": row_id, "sha256": digest}


def seal_unsealed_kinds(session: Session) -> None:
    """Seal every row of the tables of which none is sealed, since the store was made before they were: from now on they
    stay what they are."""
    known = set(session.scalars(select(Seal.kind).distinct()))
    for kind in (kind for number, kind in enumerate(KINDS) if number not in known):
        for low, high in _batches(session, kind):
            for row_id, digest in _digests(session, kind, low, high).items():
                session.add(Seal(kind=KINDS.index(kind), row_id=row_id, sha256=digest))
            session.flush()


def broken_seals(session: Session) -> Iterator[RowDamage]:
    """Every row that is not as it was sealed, every seal without its row, and every row that bears none."""
    for kind in KINDS:
        for low, high in _batches(session, kind):
            known = select(Seal.row_id, Seal.sha256).where(
                Seal.kind == KINDS.index(kind), Seal.row_id.between(low, high)
            )
            seals = {row_id: digest for row_id, digest in session.execute(known)}  # noqa: C416 - a row is no pair
            found = _digests_or_none(session, kind, low, high)
            for row_id in sorted(seals.keys() | found.keys()):
                if (trouble := _trouble(seals.get(row_id), found, row_id)) is not None:
                    yield RowDamage(trouble, kind, row_id, f"{kind} {row_id} {_SAYS[trouble]}")


def sealed_rows(session: Session) -> dict[str, int]:
    """How many seals there are, by the kind of row that they are of."""
    found = session.execute(select(Seal.kind, func.count()).group_by(Seal.kind).order_by(Seal.kind))
    return {KINDS[kind]: number for kind, number in found if 0 <= kind < len(KINDS)}


_SAYS: dict[Trouble, str] = {
    "row_missing": "was entered and is gone: restore the store from a copy.",
    "row_unsealed": "stands in the store, but gxcrawl did not enter it.",
    "row_changed": "is not as it was entered: restore the store from a copy, or look at it beside the archive.",
}


def _trouble(sealed: bytes | None, found: Mapping[int, bytes | None], row_id: int) -> Trouble | None:
    if row_id not in found:
        return "row_missing"
    if sealed is None:
        return "row_unsealed"
    return None if sealed == found[row_id] else "row_changed"


def _batches(session: Session, kind: str) -> Iterator[tuple[int, int]]:
    """Ranges of keys that hold all rows and all seals of a kind."""
    key = _key(_table(kind))
    ends = [
        *session.execute(select(func.min(key), func.max(key))).one(),
        *session.execute(
            select(func.min(Seal.row_id), func.max(Seal.row_id)).where(Seal.kind == KINDS.index(kind))
        ).one(),
    ]
    known = [end for end in ends if end is not None]
    if known:
        for low in range(min(known), max(known) + 1, _AT_ONCE):
            yield low, low + _AT_ONCE - 1


def _digests_or_none(session: Session, kind: str, low: int, high: int) -> dict[int, bytes | None]:
    """As `_digests`, but a row that cannot even be read any more (no JSON, no time, another type) has None."""
    try:
        return dict(_digests(session, kind, low, high))
    except (ValueError, TypeError, DBAPIError):
        session.rollback()
        if low == high:
            return {low: None}
        middle = (low + high) // 2
        return _digests_or_none(session, kind, low, middle) | _digests_or_none(
            session, kind, middle + 1, high
        )


def _digests(session: Session, kind: str, low: int, high: int) -> dict[int, bytes]:
    """The digest of every row whose key lies in a range. Parts of a reading that is gone make one of their own."""
    contents: dict[int, list[str]] = defaultdict(list)
    for row_id, own in _rows(session, _table(kind), low, high).items():
        contents[row_id].append(_elements(_in_order(_table(kind), own)))
    for part in _PARTS if kind == "reading" else ():
        for row_id, own in _rows(session, _table(part), low, high).items():
            contents[row_id] += _parts_as_text([(part, own)])
    return {row_id: _digest(content) for row_id, content in contents.items()}


def _elements(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as elements of what is sealed."""
    return rows_as_text(rows)[1:-1]


def _parts_as_text(parts: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> Iterator[str]:
    """The rows of each part in order, with its name before them, as one element; a part without any is none."""
    for part, rows in parts:
        if rows:
            yield f'["{part}",{rows_as_text(_in_order(_table(part), rows))}]'


def _digest(elements: Iterable[str]) -> bytes:
    """SHA-256 of a JSON list."""
    return sha256(f"[{','.join(elements)}]".encode("utf-8", "surrogatepass")).digest()


def _rows(session: Session, table: Table, low: int, high: int) -> dict[int, list[dict[str, Any]]]:
    """The rows of a table by the first column of their key."""
    key = _key(table)
    names = tuple(table.columns.keys())
    place = names.index(key.name)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(select(table).where(key.between(low, high))):
        found[row[place]].append(dict(zip(names, row, strict=True)))
    return found


def _in_order(table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Rows in the order of their keys, which is not left to a database's collation."""
    if table.name == "finding":  # their numbers say nothing, and are given by the database
        kept = [{name: row[name] for name in row if name != "id"} for row in rows]
        return sorted(kept, key=_without_nulls) if len(kept) > 1 else kept
    return sorted(rows, key=_by_key(table)) if len(rows) > 1 else rows


def _without_nulls(row: Mapping[str, Any]) -> str:
    return dumps({name: value for name, value in row.items() if value is not None}, sort_keys=True)


@lru_cache
def _by_key(table: Table) -> Callable[[Mapping[str, Any]], Any]:
    return itemgetter(*[column.name for column in table.primary_key])


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _key(table: Table) -> Any:
    return table.columns.reading_id if table.name == "finding" else next(iter(table.primary_key.columns))
