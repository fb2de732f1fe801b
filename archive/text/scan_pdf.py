"""The pages of a PDF that hold no text, or none that can be taken, read as the scans they are."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.text.document import Block, Document, Picture, Table
from archive.text.picture import INSTALL, NO_TIME, can_recognise

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

    from archive.text.scan_page import PageImage

_DPI, _LEAST_DPI, _MOST_DPI = 200, 100, 400
_FILLS = 0.8
_MOST_PIXELS = 20_000_000


def with_scans(data: bytes, document: Document, unread: Mapping[int, str]) -> Document:
    """The document of a PDF with its pictures of pages recognised in their places; tables are counted anew.

    `unread` says of each such page, by its number, why its text was not taken: it is a picture, or its fonts do not say
    what they draw. A `Picture` without a target stands for it and stays where nothing was recognised: a remark says so, and
    another what to install. Where time or memory do not last for all of them, the first are read and a remark says so.
    """
    if not unread:
        return document
    remarks = list(document.remarks)
    blocks, version = document.blocks, document.extractor_version
    left = set(unread)
    if can_recognise():
        from archive.text import recogniser, scan_page

        wanted = sorted(unread)
        pages = dict(zip(wanted, scan_page.read_pages(_rendered(data, wanted)), strict=False))
        found = {number: page for number, page in pages.items() if not isinstance(page[0], Picture)}
        blocks = tuple(_numbered(_in_their_places(document, found)))
        left &= pages.keys() - found.keys()
        if len(pages) < len(wanted):
            numbers = shown_numbers(wanted[len(pages) :])
            remarks.append(f"the scanned pages {numbers} were not read, {NO_TIME}")
        version = f"{version}/scan {scan_page.VERSION} ({recogniser.recogniser_version()})"
    else:
        remarks.append(INSTALL)
    remarks += [f"the text of page {number} was not taken: {unread[number]}" for number in sorted(left)]
    return replace(document, blocks=blocks, remarks=tuple(remarks), extractor_version=version)


def shown_numbers(numbers: Sequence[int]) -> str:
    """Numbers in order as a person writes them: `11 to 14, 17`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


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
            scale = min(_scale_of_scan(page, width), math.sqrt(_MOST_PIXELS / max(width * height, 1.0)))
            grey = page.render(scale=scale, grayscale=True).to_numpy()
            yield PageImage(np.asarray(grey, np.uint8).reshape(grey.shape[:2]), number, 1 / scale)
            page.close()


def _scale_of_scan(page: "PdfPage", width: float) -> float:
    """Pixels to a point, so that the picture that fills a page is drawn with the pixels that it has: drawn with others its
    thin lines come out in pieces. `_DPI` where no picture fills the page."""
    import pypdfium2

    try:
        for found in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=2):
            left, _, right, _ = found.get_bounds()
            across, down = found.get_px_size()
            if right - left >= width * _FILLS and min(across, down) > 0:
                return float(min(max(across / (right - left), _LEAST_DPI / 72), _MOST_DPI / 72))
    except pypdfium2.PdfiumError:
        pass
    return _DPI / 72
