"""The pages of a PDF that hold no text, or none that can be taken, read as the scans they are."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.text.document import Block, Document, Picture, Table
from archive.text.picture import INSTALL, can_recognise

if TYPE_CHECKING:
    from archive.text.scan_page import PageImage

# What a page costs is measured in benchmarks/text.py; more of them would outlast the time that reading a file may take.
MOST_SCANS = 15
_DPI = 200
_MOST_PIXELS = 20_000_000


def with_scans(data: bytes, document: Document) -> Document:
    """The document of a PDF with its pictures of pages recognised in their places; tables are counted anew.

    A `Picture` without a target stands for a page. Where the extra is not installed they stay, and a remark says what
    to install. At most `MOST_SCANS` are read, the first ones; a remark names the others.
    """
    numbers = [p.place.page for p in document.pictures() if p.target is None and p.place.page is not None]
    if not numbers:
        return document
    if not can_recognise():
        return replace(document, remarks=(*document.remarks, INSTALL))
    from archive.text import recogniser, scan_page

    wanted, left = numbers[:MOST_SCANS], numbers[MOST_SCANS:]
    read = dict(zip(wanted, scan_page.read_pages(_rendered(data, wanted)), strict=True))
    blocks: list[Block] = []
    for block in document.blocks:
        scanned = (
            read.pop(block.place.page, None) if isinstance(block, Picture) and block.place.page else None
        )
        blocks.extend([block] if scanned is None else scanned)
    remarks = document.remarks
    if left:
        remarks = (
            *remarks,
            f"{len(left)} scanned pages from page {left[0]} on were not read, there are too many",
        )
    version = f"{document.extractor_version}/scan {scan_page.VERSION} ({recogniser.recogniser_version()})"
    return replace(document, blocks=tuple(_numbered(blocks)), remarks=remarks, extractor_version=version)


def _numbered(blocks: Sequence[Block]) -> Iterator[Block]:
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
