"""The reports in an archive (ZIP, RAR, 7z): one with its annexes, or those of several bodies or years.

The numbers of two reports must never stand in one reading. Files are told to be of different reports by what they print:
titles or signatures of other bodies or years, or another number in the same cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from archive.text.document import Document
from gxstore.catalogue import Catalogue
from gxstore.reading.agency import agency_in, same_body
from gxstore.reading.read import read

MIXED = (
    "Its files print different numbers in the same cells and do not say whose report each is, so that none was read: unpack "
    "it and read them one by one."
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of an archive: its document, and what it says of whose report it is."""

    name: str
    document: Document
    is_report: bool
    year: int | None
    bodies: tuple[str, ...]
    numbers: dict[tuple[str, str | None], Decimal]

    def is_apart_from(self, other: "_Part") -> bool:
        """Whether two files cannot be of one report."""
        if self.year is not None and other.year is not None and self.year != other.year:
            return True
        if self.bodies and other.bodies and not same_body(self.bodies[0], other.bodies[0]):
            return True
        return any(other.numbers.get(key, number) != number for key, number in self.numbers.items())


def reports_in(document: Document, catalogue: Catalogue) -> tuple[Document, ...]:
    """The reports in a file, each as a document whose tables keep their numbers; mostly one, the file itself.

    A file of an archive of several reports that does not say whose it is (a bare table) belongs to none, and a remark of each
    report names it. Empty where the files contradict each other and none says whose it is.
    """
    if len(document.files) < 2:
        return (document,)
    parts = _parts(document, catalogue)
    if not any(one.is_apart_from(other) for i, one in enumerate(parts) for other in parts[:i]):
        return (document,)
    groups: list[list[_Part]] = []
    left: list[str] = []
    for part in parts:
        if not part.is_report:
            left.append(part.name)
            continue
        fitting = [group for group in groups if not any(part.is_apart_from(other) for other in group)]
        if fitting:
            fitting[0].append(part)
        else:
            groups.append([part])
    return tuple(_joined(document, group, len(groups), left) for group in groups)


def _parts(document: Document, catalogue: Catalogue) -> list[_Part]:
    starts = [start for _, start in document.files]
    parts = []
    for (name, start), stop in zip(document.files, [*starts[1:], len(document.blocks)], strict=True):
        own = replace(document, blocks=document.blocks[start:stop], files=(), meta={}, remarks=())
        reading = read([own], catalogue)
        title = reading.title or ""
        named = [body for body in (agency_in(title), reading.signature.agency) if body]
        numbers = {(v.code, v.scope): v.number for v in reading.values if v.number is not None}
        is_report = bool("公开" in title or named)
        parts.append(_Part(name, own, is_report, reading.title_year, tuple(named), numbers))
    return parts


def _joined(document: Document, group: Sequence[_Part], count: int, left: Sequence[str]) -> Document:
    names = ", ".join(part.name for part in group)
    remarks = [f"it holds {count} reports; this one is {names}"]
    remarks += [
        f"its file {name} does not say to which of the reports it belongs, and was not read" for name in left
    ]
    blocks = tuple(block for part in group for block in part.document.blocks)
    return replace(document, blocks=blocks, files=(), remarks=(*document.remarks, *remarks))
