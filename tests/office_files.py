"""Office files for the tests: some by LibreOffice itself, some written by hand where a single thing must be in them."""

import io
import struct
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from archive.text import office
from tests.forms import E1, E2, E3, as_page, drawn_tables, truth

EDITIONS = (E1, E2, E3)
# How LibreOffice is told to make a file from a page of HTML: the filter that writes it, and the one that reads the page.
_WRITER, _CALC = "HTML (StarWriter)", "HTML (StarCalc)"
_FILTERS = {
    "docx": ("MS Word 2007 XML", _WRITER),
    "doc": ("MS Word 97", _WRITER),
    "rtf": ("Rich Text Format", _WRITER),
    "odt": ("writer8", _WRITER),
    "xlsx": ("Calc MS Excel 2007 XML", _CALC),
    "xls": ("MS Excel 97", _CALC),
}
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMESPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def convert(files: Mapping[str, bytes], to: str, *, infilter: str | None = None) -> dict[str, bytes]:
    """Files by name, converted by one run of LibreOffice: by the stem of their name."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, data in files.items():
            (home / name).write_bytes(data)
        words = ["soffice", "--headless", f"-env:UserInstallation={(home / 'profile').as_uri()}"]
        words += [f"--infilter={infilter}"] if infilter else []
        words += ["--convert-to", f"{to}:{_FILTERS[to][0]}", "--outdir", str(home / "out")]
        words += [str(home / name) for name in files]
        subprocess.run(words, capture_output=True, check=True, timeout=120)
        return {Path(name).stem: (home / "out" / f"{Path(name).stem}.{to}").read_bytes() for name in files}


@cache
def reports(to: str) -> dict[str, bytes]:
    """One report of each edition, made by LibreOffice from the page of HTML with the same numbers."""
    assert office.office() is not None, f"the tests need LibreOffice and antiword: {office.INSTALL}"
    pages = {
        f"{edition}.html": as_page(edition, drawn_tables(edition, truth(edition))) for edition in EDITIONS
    }
    return convert(pages, to, infilter=_FILTERS[to][1])


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def docx(body: str, **parts: str) -> bytes:
    """A Word file with that body; `parts` are further parts of the text (`numbering`, `styles`, `footnotes`)."""
    related = "".join(
        f'<Relationship Id="r{name}" Type="{_RELATIONSHIP}/{name}" Target="{name}.xml"/>' for name in parts
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    files = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}">{related}</Relationships>',
    }
    files |= {f"word/{name}.xml": content for name, content in parts.items()}
    return zipped(files)


def part(name: str, content: str) -> str:
    """The XML of a part."""
    return f"<w:{name} {_NAMESPACES}>{content}</w:{name}>"


def p(text: str, properties: str = "") -> str:
    """A paragraph."""
    inner = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{inner}{r(text)}</w:p>"


def r(text: str, properties: str = "") -> str:
    """A run."""
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def tbl(*rows: str) -> str:
    """A table of rows."""
    return f"<w:tbl><w:tblPr/>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def tc(text: str, properties: str = "") -> str:
    """A cell with one paragraph, or with the markup given."""
    content = text if text.startswith("<w:") else p(text)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def ole(*names: str) -> bytes:
    """An OLE compound file (MS-CFB) whose root holds empty streams of these names."""
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    entries = [_entry("Root Entry", 5, child=1 if names else free)]
    entries += [
        _entry(name, 2, right=at + 1 if at < len(names) else free) for at, name in enumerate(names, 1)
    ]
    while len(entries) % 4:
        entries.append(bytes(128))
    sectors = len(entries) // 4
    chain = [fat_sector, *(2 + at for at in range(sectors - 1)), end]
    fat = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    return header + fat + b"".join(entries)


def _entry(name: str, kind: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child)
    return head.ljust(116, b"\0") + struct.pack("<IQ", 0xFFFFFFFE, 0)


def rar4(files: Mapping[str, bytes]) -> bytes:
    """A RAR 4 archive of stored files (the format of the technical note of RAR 2.9 to 4)."""
    out = b"Rar!\x1a\x07\x00" + _block(0x73, 0, bytes(6))
    for name, data in files.items():
        path = name.encode()
        fields = struct.pack(
            "<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), 0x58000000, 20, 0x30, len(path), 0x81A4
        )
        out += _block(0x74, 0x8000, fields + path) + data
    return out + _block(0x7B, 0x4000, b"")


def _block(kind: int, flags: int, fields: bytes) -> bytes:
    body = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body


def rar5(files: Mapping[str, bytes]) -> bytes:
    """A RAR 5 archive of stored files (the technical note of RAR 5.0)."""
    out = b"Rar!\x1a\x07\x01\x00" + _block5(b"\x01\x00\x00")
    for name, data in files.items():
        path = name.encode()
        fields = (
            b"\x02\x02"
            + _vint(len(data))
            + b"\x04"
            + _vint(len(data))
            + b"\x20"
            + struct.pack("<I", zlib.crc32(data))
        )
        out += _block5(fields + b"\x00\x00" + _vint(len(path)) + path) + data
    return out + _block5(b"\x05\x00\x00")


def _block5(fields: bytes) -> bytes:
    body = _vint(len(fields)) + fields
    return struct.pack("<I", zlib.crc32(body)) + body


def _vint(number: int) -> bytes:
    out = bytearray()
    while True:
        out.append((number & 0x7F) | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(out)
