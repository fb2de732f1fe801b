"""The text that a seal is made over: rows as JSON, their columns by name and sorted, a null left out.

It is what `json.dumps` says of such rows, character by character. But a report has hundreds of cells, all shaped alike, and
the names, the order and the nulls are the same for a whole column; so the text is made column by column, which takes half
the time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import Any


def rows_as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """A JSON list of the rows, in the order given.

    Args:
        rows: all name the same columns; numbers, texts, times (aware), dates, and whatever JSON can hold.

    Raises:
        TypeError: JSON cannot hold a value.
    """
    if not rows:
        return "[]"
    # What is the same in every row is part of the form, only the rest is filled in, row by row.
    form: list[str] = []
    filled: list[Sequence[Any]] = []
    for name in sorted(rows[0]):
        column = [row[name] for row in rows]
        kinds = set(map(type, column))
        head = f',"{name}":'
        if type(None) in kinds:
            if len(kinds) > 1:
                form.append("%s")
                filled.append(["" if value is None else head + _text(value) for value in column])
        elif kinds in _ALIKE and column.count(column[0]) == len(column):
            form.append((head + _text(column[0])).replace("%", "%%"))
        else:
            form.append(head + "%s")
            filled.append(
                column if kinds == {int} else _texts(column) if kinds == {str} else list(map(_text, column))
            )
    whole = "".join(form)
    each = [whole % row for row in zip(*filled, strict=True)] if filled else [whole % ()] * len(rows)
    return f"[{','.join(['{' + row[1:] + '}' for row in each])}]"


def _texts(column: Sequence[str]) -> list[str]:
    """Texts as JSON; a unit or a key is one of a few."""
    known = {value: encode_basestring(value) for value in set(column)}
    return [known[value] for value in column]


def _text(value: Any) -> str:
    """A value as JSON."""
    kind = type(value)
    if kind is int:
        return str(value)
    return encode_basestring(value) if kind is str else _ENCODER.encode(value)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} cannot be sealed")


_ENCODER = JSONEncoder(ensure_ascii=False, sort_keys=True, default=_plain, separators=(",", ":"))
# Kinds of which two that are equal are written alike.
_ALIKE: tuple[set[type], ...] = ({int}, {str})
