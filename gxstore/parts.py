"""Cuts ids into parts that one statement can take: SQLite allows 32,766 parameters a statement, PostgreSQL 65,535."""

from collections.abc import Iterable, Iterator

AT_ONCE = 10_000


def in_parts(ids: Iterable[int], at_once: int = AT_ONCE) -> Iterator[list[int]]:
    """Some ids in order, at most so many at once."""
    ordered = sorted(ids)
    return (ordered[at : at + at_once] for at in range(0, len(ordered), at_once))
