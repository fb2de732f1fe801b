"""Enters many rows of a table at once, through the driver: a report has hundreds of cells, and of the time that it takes to
enter them SQLAlchemy's own handling of each row was the greater part."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.orm import Session

_Row = Mapping[str, Any]


def enter_rows(session: Session, table: Table, rows: Sequence[_Row]) -> None:
    """Insert rows that all name the same columns, within the session's transaction; none is no trouble."""
    if not rows:
        return
    statement, shaped = _prepared(session.get_bind().dialect, table, tuple(rows[0]))
    session.connection().exec_driver_sql(statement, [shaped(row) for row in rows])


@lru_cache(64)
def _prepared(dialect: Dialect, table: Table, names: tuple[str, ...]) -> tuple[str, Callable[[_Row], Any]]:
    """The statement as the driver takes it, and what makes of a row the parameters for it."""
    # inline: no key that the database gives is asked for
    compiled = insert(table).inline().compile(dialect=dialect, column_keys=list(names))
    converters = {
        name: convert
        for name in names
        if (convert := table.columns[name].type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    order = getattr(compiled, "positiontup", None)
    if not order:
        return compiled.string, lambda row: {
            **row,
            **{name: convert(row[name]) for name, convert in converters.items()},
        }
    pick = itemgetter(*order)
    places = [(order.index(name), convert) for name, convert in converters.items()]

    def in_order(row: _Row) -> Sequence[Any]:
        found = list(pick(row))
        for place, convert in places:
            found[place] = convert(found[place])
        return tuple(found)

    return compiled.string, in_order if places else pick
