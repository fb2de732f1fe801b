"""Pages that hold nothing but their title and files, none of which could be read: no report was taken there. Pure."""

from collections.abc import Iterator, Sequence

from crawler.missed import Trouble, hollow_pages, is_listed, named
from gxstore.frontier import LedgerRow

_NAMED = ("failed", "blocked", "gone", "known", "open", "leased")


def emptied(rows: Sequence[LedgerRow]) -> tuple[list[Trouble], list[str]]:
    """A reason for each listed page of which nothing was read, unless the trouble of its files is one; a remark for each
    other file that could not be read."""
    hollow = hollow_pages(rows)
    troubles = [
        Trouble(
            "no_text",
            row.url,
            f"{named(row)}: the page holds its title and files, and nothing was read in these{said}",
        )
        for row in rows
        if is_listed(row)
        and (files := hollow.get(row.url)) is not None
        and not any(file.state in _NAMED for file in files)
        for said in [_said(files)]
    ]
    return troubles, list(_remarks(rows))


def _remarks(rows: Sequence[LedgerRow]) -> Iterator[str]:
    for row in rows:
        unread = (row.told or {}).get("unread")
        if row.kind == "attachment" and row.state == "done" and unread and not row.context.get("picture"):
            yield f"{named(row)} could not be read: {unread}"


def _said(files: Sequence[LedgerRow]) -> str:
    told = [f"{file.url}: {file.reason}" for file in files if file.reason]
    return f" ({'; '.join(told[:2])})" if told else ""
