"""A run's ledger as it goes into the archive at the run's end, and back into a store that is made of the archive.

It is no evidence, but the next harvest stands on it: what every list named, what was left aside, and what the lists
said of a page, which reading it again needs. The page that a file belongs to is named by its URL alone: the number of a document
says nothing outside of one store.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from archive.exchange import json_octets
from gxstore.evidence import document_at
from gxstore.models import Base, DocumentUrl, Frontier, Listing

_TABLES = (Frontier, Listing)
# Rows read from the store at a time: a run may have a hundred thousand.
_AT_ONCE = 1000


def ledger_text(session: Session, run_id: int) -> bytes:
    """The ledger of a run as the text of a JSON object: table -> rows, without the run's number and without nulls. Written
    row by row: as objects, the hundred thousand rows of a large run would take more than all else that it holds."""
    tables = (
        b"%s:[%s]"
        % (json_octets(name), b",".join(json_octets(_plain(row)) for row in _rows(session, name, run_id)))
        for name in (model.__tablename__ for model in _TABLES)
    )
    return b"{%s}" % b",".join(tables)


def restore_ledger(session: Session, run_id: int, content: Mapping[str, Any]) -> None:
    """Put a ledger of which `ledger_text` gave the text in the place of whatever a run's ledger holds."""
    for model in _TABLES:
        table = Base.metadata.tables[model.__tablename__]
        session.execute(delete(model).where(model.run_id == run_id))
        names = [column.name for column in table.columns if column.name != "run_id"]
        rows = [
            {
                "run_id": run_id,
                **{name: _back(name, row.get(name)) for name in names},
                **_parent(session, row),
            }
            for row in content.get(table.name, [])
        ]
        if rows:
            session.execute(insert(table), rows)


def _rows(session: Session, name: str, run_id: int) -> Iterator[Mapping[str, Any]]:
    table = Base.metadata.tables[name]
    order = [column for column in table.primary_key if column.name != "run_id"]
    query = select(table).where(table.c.run_id == run_id).order_by(*order)
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)).mappings():
        yield dict(row)


def wrong_parents(session: Session, run_id: int) -> Sequence[str]:
    """The files on a run's ledger that are said to belong to a document which never stood where their page does."""
    parent = Frontier.context["parent"].as_integer()
    page = Frontier.context["page_url"].as_string()
    stands_there = exists().where(DocumentUrl.document_id == parent, DocumentUrl.url == page)
    return session.scalars(
        select(Frontier.url).where(
            Frontier.run_id == run_id, Frontier.kind == "attachment", parent.is_not(None), ~stands_there
        )
    ).all()


def without_parent(context: Mapping[str, Any]) -> dict[str, Any]:
    """What was known of a request beforehand, without the number of a document."""
    return {key: value for key, value in context.items() if key != "parent"}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    plain = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None and name != "run_id"
    }
    return {**plain, "context": without_parent(row["context"])} if "context" in plain else plain


def _parent(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    """The context of a file, with the number that the page which it belongs to has in this store."""
    if row.get("kind") != "attachment" or not (url := row["context"].get("page_url")):
        return {}
    page = document_at(session, url)
    return {"context": {**without_parent(row["context"]), **({"parent": page.id} if page else {})}}


def _back(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name == "lease_until" and value is not None else value
