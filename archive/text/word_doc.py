"""DOC, WPS and RTF to `Document`: LibreOffice turns them into DOCX, and antiword says whether rows were lost on the way.

LibreOffice flattens a table now and then: its cells run together in one line. A number that antiword sees in a row, and
that stands in no table of ours, is such a loss. antiword gives up tables of ten columns, so it is asked in this
direction only; what it does not see, the reader finds by the labels of a table in running text. The numbers of the
tables that did come through are not in doubt.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from archive.text import office, word_docx
from archive.text.document import LOST_TABLE, Document
from archive.text.ole import is_protected_word
from archive.text.refusal import NotReadable

EXTRACTOR = "gxcrawl-doc"
VERSION = "2"
DOC = "application/msword"
RTF = "application/rtf"
_NUMBER = re.compile(r"[+\-]?\d[\d,]*(?:\.\d+)?")


def to_document(data: bytes) -> Document:
    """The text and tables of a Word 97-2003 file (.doc, .wps).

    Raises:
        NotYetReadable: LibreOffice is not installed here.
        NotReadable: the file is damaged, or protected by a password.
    """
    word = "a Word document (.doc)"
    if is_protected_word(data):
        raise NotReadable(f"This is {word} that is protected by a password: ask the agency for an open one.")
    document = _converted(data, ".doc", word, DOC)
    text = office.antiword(data)
    remarks = list(document.remarks)
    if text is None:
        remarks.append("antiword could not be asked whether table rows were lost (apt-get install antiword)")
    elif lost := (_cells(text) - _numbers_in_tables(document)).total():
        remarks.append(
            f"{LOST_TABLE} antiword sees {lost} numbers in table rows that LibreOffice gives in no table"
        )
    return replace(document, remarks=tuple(remarks))


def rtf_to_document(data: bytes) -> Document:
    """The text and tables of an RTF file, whatever it is named.

    Raises:
        NotYetReadable: LibreOffice is not installed here.
        NotReadable: the file is damaged.
    """
    return _converted(data, ".rtf", "an RTF file", RTF)


def xml_to_document(data: bytes) -> Document:
    """The text and tables of a Word document in a single XML file (Word 2003, or the flat form of .docx).

    Raises:
        NotYetReadable: LibreOffice is not installed here.
        NotReadable: the file is damaged.
    """
    return _converted(data, ".xml", "a Word document (.xml)", "application/vnd.ms-word.xml")


def odt_to_document(data: bytes) -> Document:
    """The text and tables of an OpenDocument text.

    Raises:
        NotYetReadable: LibreOffice is not installed here.
        NotReadable: the file is damaged, or no text document.
    """
    return _converted(data, ".odt", "an OpenDocument file", "application/vnd.oasis.opendocument")


def _converted(data: bytes, suffix: str, word: str, media_type: str) -> Document:
    if suffix == ".xml" and b"<!ENTITY" in data:
        raise NotReadable(f"This is {word} that declares entities, which no report needs: it is not read.")
    document = word_docx.to_document(office.to_docx(data, suffix, word))
    if not document.blocks:
        raise NotReadable(f"This is {word} in which LibreOffice finds no text: look at it by hand.")
    return replace(
        document,
        media_type=media_type,
        extractor=EXTRACTOR,
        # The text is LibreOffice's as much as ours: another version of it may give another text.
        extractor_version=f"{VERSION}+{office.version()}",
    )


def _cells(text: str) -> Counter[str]:
    """The numbers that stand alone in a cell of antiword's rows."""
    return _numbers(cell for line in text.split("\n") if "|" in line for cell in line.split("|"))


def _numbers_in_tables(document: Document) -> Counter[str]:
    return _numbers(
        piece for table in document.tables() for cell in table.cells for piece in cell.text.split()
    )


def _numbers(texts: Iterable[str]) -> Counter[str]:
    return Counter(found for text in texts if _NUMBER.fullmatch(found := text.strip()))
