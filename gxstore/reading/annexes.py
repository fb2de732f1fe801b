"""Which of the files attached to a page belong to its report: the one that holds a table that the page lacks.

A page with all its tables is read alone, and a file that prints them again is a copy of the report, to be held against
it. Where tables are missing, the files that have them are read together with the page, as further sources.
"""

from collections.abc import Collection, Sequence

from archive.text.document import Document
from gxstore.catalogue import Catalogue
from gxstore.reading.agency import agency_in, is_of_another
from gxstore.reading.read import read
from gxstore.reading.report import Reading

# How far the grid of a format can be trusted; where two files print the same table, the first is taken.
_TRUST = (
    "text/html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/msword",
    "application/rtf",
    "application/pdf",
    "application/ofd",
)
_FEWEST_PARTS = 2


def choose_annexes(
    page: Document,
    files: Sequence[Document | None],
    shown: Collection[int],
    catalogue: Catalogue,
    further: Collection[int] = (),
    bodies: Collection[str] = (),
) -> tuple[int, ...]:
    """The files to be read together with a page, in the order in which they stand on it.

    Args:
        page: the page.
        files: the files attached to it and the pictures in it; None for one that could not be read.
        shown: the indices of the pictures. They are one file in several pieces, since a table goes on from one to the next:
            all of them belong to the page, or none.
        catalogue: the forms to read them by.
        further: the indices of the pages on which the text of the page goes on: they always belong to it, unless their
            titles name another year.
        bodies: the names of the body whose report the page is, as far as its list knows it.

    Returns:
        Their indices. A file whose title names another year or body than the page's never belongs to it. A file without any
        table belongs to it only where the page itself tells nothing.
    """
    of_page = read([page], catalogue).title_year
    going_on = [
        index
        for index in sorted(further)
        if (file := files[index]) is not None
        and (of_page is None or read([file], catalogue).title_year in (None, of_page))
    ]
    own = read([page, *(file for index in going_on if (file := files[index]) is not None)], catalogue)
    tables, parts = {table.key for table in own.tables}, _parts(own)
    year = own.title_year
    named = {*bodies, *([body] if (body := agency_in(own.title or "")) else [])}
    beside = [index for index, file in enumerate(files) if file is not None and index not in further]
    pieces = [[index] for index in beside if index not in shown]
    if pictures := [index for index in sorted(shown) if files[index] is not None]:
        pieces.append(pictures)
    chosen: list[int] = list(going_on)
    for indices in sorted(pieces, key=lambda piece: (_trust(files[piece[0]]), piece[0])):
        found = read([file for index in indices if (file := files[index]) is not None], catalogue)
        if year is not None and found.title_year is not None and found.title_year != year:
            continue
        if is_of_another(agency_in(found.title or ""), named):
            continue
        new = {table.key for table in found.tables} - tables
        if new or (len(parts) < _FEWEST_PARTS <= len(_parts(found))):
            chosen.extend(indices)
            tables |= new
            parts |= _parts(found)
    return tuple(sorted(chosen))


def _parts(reading: Reading) -> set[str]:
    return {section.key for section in reading.sections} - {"preamble", "unknown", "appendix"}


def _trust(file: Document | None) -> int:
    recognised = file is None or any(
        cell.confidence is not None for table in file.tables() for cell in table.cells
    )
    if file is None or recognised or file.media_type.startswith("image/"):
        return len(_TRUST) + 1
    return _TRUST.index(file.media_type) if file.media_type in _TRUST else len(_TRUST)
