"""The pages of a PDF that hold no text, or none that can be taken, read as the scans they are."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.text.document import Block, Document, Picture, Table
from archive.text.picture import INSTALL, can_recognise

if TYPE_CHECKING:
    from archive.text.scan_page import PageImage

# A page costs 5 to 9 seconds of a core; more of them would outlast the time that reading a file may take (reading_cpu).
MOST_SCANS = 10
_DPI = 200
_MOST_PIXELS = 20_000_000


def with_scans(data: bytes, document: Document, unread: Mapping[int, str]) -> Document:
    """The document of a PDF with its pictures of pages recognised in their places; tables are counted anew.

    `unread` says of each such page, by its number, why its text was not taken: it is a picture, or its fonts do not say
    what they draw. A `Picture` without a target stands for it and stays where nothing was recognised: a remark says so, and
    another what to install. At most `MOST_SCANS` pages are read, the first ones.
    """
    if not unread:
        return document
    remarks = list(document.remarks)
    blocks, version = document.blocks, document.extractor_version
    left = set(unread)
    if can_recognise():
        from archive.text import recogniser, scan_page

        wanted = sorted(unread)[:MOST_SCANS]
        pages = dict(zip(wanted, scan_page.read_pages(_rendered(data, wanted)), strict=True))
        found = {number: page for number, page in pages.items() if not isinstance(page[0], Picture)}
        blocks = tuple(_numbered(_in_their_places(document, found)))
        left -= found.keys()
        version = f"{version}/scan {scan_page.VERSION} ({recogniser.recogniser_version()})"
    else:
        remarks.append(INSTALL)
    remarks += [f"the text of page {number} was not taken: {unread[number]}" for number in sorted(left)]
    if len(unread) > MOST_SCANS and can_recognise():
        remarks.append(f"only the first {MOST_SCANS} of {len(unread)} scanned pages were read")
    return replace(document, blocks=blocks, remarks=tuple(remarks), extractor_version=version)


def _in_their_places(document: Document, pages: Mapping[int, Sequence[Block]]) -> Iterator[Block]:
    for block in document.blocks:
        number = block.place.page if isinstance(block, Picture) and block.target is None else None
        if number is not None and number in pages:
            yield from pages[number]
        else:
            yield block


def _numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    index = 0
    for block in blocks:
        if isinstance(block, Table):
            index += 1
            yield replace(block, index=index)
        else:
            yield block


def _rendered(data: bytes, numbers: Sequence[int]) -> "Iterator[PageImage]":
    import numpy as np
    import pypdfium2

    from archive.text.scan_page import PageImage

    with pypdfium2.PdfDocument(data) as pdf:
        for number in numbers:
            page = pdf[number - 1]
            width, height = page.get_size()
            scale = min(_DPI / 72, math.sqrt(_MOST_PIXELS / max(width * height, 1.0)))
            grey = page.render(scale=scale, grayscale=True).to_numpy()
            yield PageImage(np.asarray(grey, np.uint8).reshape(grey.shape[:2]), number, 1 / scale)
            page.close()
