"""Enters rows through the driver, with statements made once: a report has hundreds of cells, and of the time that it takes to
enter them SQLAlchemy's own handling of each row and statement was the greater part."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.orm import Session

_Row = Mapping[str, Any]


class _Prepared(NamedTuple):
    """A statement as the driver takes it, what picks its parameters from a row, and by place what converts some of them."""

    statement: str
    pick: Callable[[_Row], tuple[Any, ...]]
    converters: Sequence[tuple[int, Callable[[Any], Any]]]


def enter_rows(session: Session, table: Table, rows: Sequence[_Row]) -> None:
    """Insert rows that all name the same columns, two at least, within the session's transaction; none is no trouble."""
    if rows:
        prepared = _prepared(session.get_bind().dialect, table, tuple(rows[0]), key=False)
        session.connection().exec_driver_sql(prepared.statement, _parameters(prepared, rows))


def enter_row(session: Session, table: Table, row: _Row) -> int:
    """Insert a row within the session's transaction; returns the key that the database gave it."""
    prepared = _prepared(session.get_bind().dialect, table, tuple(row), key=True)
    (parameters,) = _parameters(prepared, [row])
    made: int = session.connection().exec_driver_sql(prepared.statement, parameters).scalar_one()
    return made


def _parameters(prepared: _Prepared, rows: Sequence[_Row]) -> list[tuple[Any, ...]]:
    picked = list(map(prepared.pick, rows))
    # Of most cells what would be converted is a null, and stays one.
    converters = [
        (place, convert)
        for place, convert in prepared.converters
        if any(row[place] is not None for row in picked) or convert(None) is not None
    ]
    if not converters:
        return picked
    columns: list[Sequence[Any]] = list(zip(*picked, strict=True))
    for place, convert in converters:
        columns[place] = list(map(convert, columns[place]))
    return list(zip(*columns, strict=True))


@lru_cache(128)
def _prepared(dialect: Dialect, table: Table, names: tuple[str, ...], *, key: bool) -> _Prepared:
    """The statement that inserts rows of these columns, and gives the key back if asked for."""
    # With parameters in order, which cost a driver less than those by name. Without a key: inline, so that none is asked for.
    make: Any = type(dialect)
    in_order: Dialect = make(paramstyle="qmark" if dialect.paramstyle == "qmark" else "format")
    statement = insert(table).returning(*table.primary_key) if key else insert(table).inline()
    compiled = statement.compile(dialect=in_order, column_keys=list(names))
    order = compiled.positiontup
    assert order is not None
    converters = [
        (place, convert)
        for place, name in enumerate(order)
        if (convert := table.columns[name].type.dialect_impl(dialect).bind_processor(dialect)) is not None
    ]
    return _Prepared(compiled.string, itemgetter(*order), converters)
