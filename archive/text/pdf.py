"""PDF (ISO 32000-2) to `Document`: text in reading order, ruled tables; pages that are pictures are read as scans.

pdfplumber (pdfminer) interprets the drawing operators; it has no scripting and follows no action, so that nothing in
a file is ever executed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfpage import PDFPage
from pdfminer.psexceptions import PSException
from pdfplumber.utils.exceptions import PdfminerException

from archive.text.document import Document
from archive.text.pdf_flow import blocks_of
from archive.text.pdf_glyphs import turn_of
from archive.text.pdf_layers import SeenPage
from archive.text.pdf_page import Page, read_page
from archive.text.refusal import NotReadable
from archive.text.ruled import TooManyLines
from archive.text.scan_pdf import with_scans

EXTRACTOR = "gxcrawl-pdf"
VERSION = "4"
MEDIA_TYPE = "application/pdf"
# The longest report known has some 60 pages.
MOST_PAGES = 300
_TAIL = 2048
_LONGEST = 300


def to_document(data: bytes) -> Document:
    """The report of a PDF. Each place has its page, and its box in points from the page's top left corner.

    Raises:
        NotReadable: encrypted, cut off, damaged, without pages, or with more pages than any report.
    """
    if b"%%EOF" not in data.rstrip(b"\x00\r\n\t ")[-_TAIL:]:
        raise NotReadable(
            "This PDF is cut off: the mark at its end is missing. Fetch it again, or look at it by hand."
        )
    with _opened(data) as pdf:
        pages = list(_pages(pdf))
    if not pages:
        raise NotReadable("This PDF has no page: look at it by hand.")
    blocks, said = blocks_of(pages)
    remarks = (*(remark for page in pages for remark in page.remarks), *said)
    document = Document(tuple(blocks), MEDIA_TYPE, None, EXTRACTOR, VERSION, remarks=remarks)
    return with_scans(data, document, {page.number: page.unread for page in pages if page.unread})


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    try:
        with pdfplumber.open(BytesIO(data)) as pdf:
            number = 0
            for number, _ in enumerate(PDFPage.create_pages(pdf.doc), 1):
                if number > MOST_PAGES:
                    raise NotReadable(
                        f"This PDF has more than {MOST_PAGES} pages, as no report does: it is not read. Its bytes are kept "
                        "as served."
                    )
            yield pdf
    except TooManyLines as error:
        raise NotReadable(
            f"This PDF draws {error} on one page, more than any table: it is not read."
        ) from error
    except PdfminerException as error:
        raise _refusal(error.args[0] if error.args else error) from error
    except (PDFException, PSException) as error:
        raise _refusal(error) from error


def _refusal(error: BaseException) -> Exception:
    """What is said of a file that pdfminer cannot interpret; it wraps whatever went wrong."""
    if isinstance(error, MemoryError):
        return error
    if isinstance(error, PDFPasswordIncorrect | PDFEncryptionError):
        return NotReadable(
            "This PDF is encrypted and asks for a password: it cannot be read. Its bytes are kept as served."
        )
    said = f"{type(error).__name__}: {error}"[:_LONGEST]
    return NotReadable(f"This PDF is damaged ({said}): fetch it again, or look at it by hand.")


def _pages(pdf: Any) -> Iterator[Page]:
    for found in pdf.pages:
        page = SeenPage(found)
        upright = _upright(page)
        yield read_page(upright)
        for each in (page, upright):
            each.close()  # what it holds of a page is many times what is kept of it


def _upright(page: SeenPage) -> SeenPage:
    """The page as it is held to read it: some are shown on their side or on their head."""
    turn = turn_of(page.chars)
    if not turn:
        return page
    turned = (page.rotation + turn) % 360
    page.page_obj.rotate = turned
    page.page_obj.attrs["Rotate"] = turned
    return SeenPage(page)
