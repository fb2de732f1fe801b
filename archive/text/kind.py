"""What a file is, told from its bytes: never from its name or its Content-Type, which lie too often.

A Word file named .html, an HTML error page named .pdf and a .doc that is RTF or MHTML are all real.
"""

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO

from archive.text.ole import SIGNATURE, streams

HTML = "text/html"
TEXT = "text/plain"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAX_NAMES = 2000
_OPEN_SHEET, _LONGEST_TYPE = b"application/vnd.oasis.opendocument.spreadsheet", 200


@dataclass(frozen=True, slots=True)
class FileKind:
    """A media type, and a plain word for messages."""

    media_type: str
    word: str


_BY_START: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF-", FileKind("application/pdf", "PDF")),
    (b"{\\rtf", FileKind("application/rtf", "RTF")),
    (b"Rar!\x1a\x07", FileKind("application/vnd.rar", "RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", FileKind("application/x-7z-compressed", "7-Zip archive")),
    (b"\x89PNG\r\n\x1a\n", FileKind("image/png", "PNG picture")),
    (b"\xff\xd8\xff", FileKind("image/jpeg", "JPEG picture")),
    (b"GIF87a", FileKind("image/gif", "GIF picture")),
    (b"GIF89a", FileKind("image/gif", "GIF picture")),
    (b"II*\x00", FileKind("image/tiff", "TIFF picture")),
    (b"MM\x00*", FileKind("image/tiff", "TIFF picture")),
    (b"BM", FileKind("image/bmp", "BMP picture")),
    (b"\x1f\x8b", FileKind("application/gzip", "gzip archive")),
)
_MIME_HEADER = re.compile(rb"(?:^|\n)(?:MIME-Version:|Content-Type:\s*multipart/)", re.IGNORECASE)
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|meta|title|div|table|script|p|span|h[1-6]|br|ul|center|font)[\s>/]",
    re.IGNORECASE,
)

# Word and Excel of 2003 in one XML file, and the flat form of .docx: named .doc and .xls as often as not.
_OFFICE_XML = re.compile(
    rb"<\?xml.*?(?:(<w:wordDocument|<pkg:package)|progid=\"(?:(Word)|Excel)\b)", re.DOTALL
)


def kind_of(data: bytes) -> FileKind:
    """The kind of a file from its bytes. Never raises."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return FileKind("application/x-empty", "empty file")
    head = data[:1024]
    if b"%PDF-" in head and not head.lstrip().startswith(b"<"):
        return _BY_START[0][1]  # a PDF may have rubbish before its header (ISO 32000-1, annex H)
    for start, kind in _BY_START:
        if head.startswith(start) and not (start == b"BM" and b"\x00" not in head[:32]):
            return kind
    if head.startswith(SIGNATURE):
        return _inside_ole(data)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _inside_zip(data)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or (0 in head and head.count(0) * 3 > len(head))
    text = data[:65536].replace(b"\x00", b"") if wide else data[:65536]
    if _MIME_HEADER.search(text[:2048]) and b"boundary=" in text[:8192].lower():
        return FileKind("multipart/related", "MHTML page")
    if found := _OFFICE_XML.search(text[:4096]):
        if found[1] or found[2]:
            return FileKind("application/vnd.ms-word.xml", "Word document (.xml)")
        return FileKind("application/vnd.ms-excel.xml", "Excel workbook (.xml)")
    if _MARKUP.search(text):
        return FileKind(HTML, "HTML page")
    if not wide and _is_binary(head):
        return FileKind("application/octet-stream", "binary file")
    return FileKind(TEXT, "text file")


def _is_binary(head: bytes) -> bool:
    """Control characters that no text holds. A NUL here and there is a fault of a text, many are a binary file."""
    strange = sum(1 for byte in head if byte < 32 and byte not in b"\t\n\r\f\x1b\x00")
    return strange * 50 > len(head) or head.count(0) * 20 > len(head)


def _inside_ole(data: bytes) -> FileKind:
    found = streams(data)
    if "WordDocument" in found:
        return FileKind("application/msword", "Word document (.doc)")
    if found & {"Workbook", "Book"}:
        return FileKind("application/vnd.ms-excel", "Excel workbook (.xls)")
    return FileKind("application/x-ole-storage", "OLE file")


def _inside_zip(data: bytes) -> FileKind:
    open_kind = b""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist()[:_MAX_NAMES])
            if "mimetype" in names and archive.getinfo("mimetype").file_size < _LONGEST_TYPE:
                open_kind = archive.read("mimetype").strip()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError):
        names = set()
    names = {name.replace("\\", "/").lstrip("/") for name in names}
    if any(name.startswith("word/document") for name in names):
        return FileKind(_WORD, "Word document (.docx)")
    if any(name.startswith("xl/workbook.") for name in names):
        return FileKind(_EXCEL, "Excel workbook (.xlsx)")
    if "OFD.xml" in names:
        return FileKind("application/ofd", "OFD document")
    if open_kind.startswith(_OPEN_SHEET):
        return FileKind(_OPEN_SHEET.decode(), "OpenDocument spreadsheet (.ods)")
    if {"mimetype", "content.xml"} <= names:
        return FileKind("application/vnd.oasis.opendocument", "OpenDocument file")
    if "[Content_Types].xml" in names:
        return FileKind("application/vnd.openxmlformats-officedocument", "Office file")
    return FileKind("application/zip", "ZIP archive")
