"""A `Document` as bytes and back: how it comes out of the process that read the file.

JSON, since what is made from it must be a document and nothing else, whatever has become of the process that wrote it.
"""

import json
from typing import Any

from archive.text.document import Block, Cell, Document, Heading, Link, Paragraph, Picture, Place, Table

_NOWHERE = Place()


class Garbled(Exception):
    """The bytes are no document."""


def to_bytes(document: Document) -> bytes:
    """A document as bytes; `from_bytes` gives an equal one back."""
    fields = {
        "blocks": [_block(block) for block in document.blocks],
        "media_type": document.media_type,
        "charset": document.charset,
        "extractor": document.extractor,
        "extractor_version": document.extractor_version,
        "title": document.title,
        "meta": dict(document.meta),
        "links": [[link.target, link.text] for link in document.links],
        "remarks": document.remarks,
        "files": document.files,
    }
    return json.dumps(fields, separators=(",", ":")).encode("ascii")


def from_bytes(data: bytes) -> Document:
    """The document that `to_bytes` was given.

    Raises:
        Garbled: these bytes were not made by `to_bytes`.
    """
    try:
        fields = json.loads(data)
        fields["blocks"] = tuple(_block_of(block) for block in fields["blocks"])
        fields["links"] = tuple(Link(target, text) for target, text in fields["links"])
        fields["remarks"] = tuple(fields["remarks"])
        fields["files"] = tuple((name, start) for name, start in fields["files"])
        return Document(**fields)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Garbled(str(error)) from error


def _block(block: Block) -> list[Any]:
    match block:
        case Paragraph(text, place, confidence):
            return ["p", text, _place(place), *([] if confidence is None else [confidence])]
        case Heading(text, level, place):
            return ["h", text, level, _place(place)]
        case Table(index, cells, drawn, place):
            return ["t", index, [_cell(cell) for cell in cells], drawn, _place(place)]
        case Picture(target, place):
            return ["i", target, _place(place)]


def _cell(cell: Cell) -> list[Any]:
    fields = [cell.text, cell.row, cell.column, cell.rowspan, cell.colspan, _place(cell.place)]
    return fields if cell.confidence is None else [*fields, cell.confidence]


def _place(place: Place) -> list[Any] | None:
    if place is _NOWHERE:
        return None
    return [place.line, place.page, place.box]


def _block_of(fields: list[Any]) -> Block:
    match fields:
        case ["p", text, place, *confidence]:
            return Paragraph(text, _place_of(place), *confidence)
        case ["h", text, level, place]:
            return Heading(text, level, _place_of(place))
        case ["t", index, cells, drawn, place]:
            return Table(index, tuple(_cell_of(cell) for cell in cells), drawn, _place_of(place))
        case ["i", target, place]:
            return Picture(target, _place_of(place))
    raise ValueError(f"no block begins with {fields[:1]}")


def _cell_of(fields: list[Any]) -> Cell:
    text, row, column, rowspan, colspan, place, *confidence = fields
    return Cell(text, row, column, rowspan, colspan, _place_of(place), *confidence)


def _place_of(fields: list[Any] | None) -> Place:
    if fields is None:
        return _NOWHERE
    line, page, box = fields
    return Place(line, page, None if box is None else tuple(box))
