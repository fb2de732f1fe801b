"""Compares two stores, table by table, row by row, column by column."""

from typing import Any

import sqlalchemy as sa

from gxstore.models import Base

# Audits are records of what was looked at, made beside the archive.
APART = ("audit",)
Rows = list[dict[str, Any]]


def content(url: str) -> dict[str, Rows]:
    """Every row of every table, in the order of the keys."""
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in Base.metadata.sorted_tables
            if table.name not in APART
        }


def differences(one: str, other: str) -> list[str]:
    """What two stores differ in, a few words for each row; surrogate ids are compared like any column."""
    first, second = content(one), content(other)
    found = []
    for table in first:
        keys = [column.name for column in Base.metadata.tables[table].primary_key]
        rows = [{tuple(row[key] for key in keys): row for row in rows[table]} for rows in (first, second)]
        for key in sorted(rows[0].keys() | rows[1].keys(), key=str):
            here, there = rows[0].get(key), rows[1].get(key)
            if here is None or there is None:
                found.append(f"{table} {key} stands in one only: {here or there}")
            elif here != there:
                names = [name for name in here if here[name] != there[name]]
                found.append(
                    f"{table} {key}: " + "; ".join(f"{n}: {here[n]!r} / {there[n]!r}" for n in names)
                )
    return found
