"""OLE compound files (MS-CFB): what they hold is told by their directory of streams, never by a search for words.

Word and Excel of 1997-2003 and WPS keep their files in them, and so does every OOXML file with a password.
"""

from io import BytesIO
from typing import NoReturn

import olefile

from archive.text.refusal import NotReadable

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IS_ENCRYPTED = 0x0100  # MS-DOC, 2.5.2 FibBase: fEncrypted
_FLAGS_AT = 10


def streams(data: bytes) -> frozenset[str]:
    """The names of the streams and storages at the root of the file, empty where its directory cannot be read."""
    try:
        with olefile.OleFileIO(BytesIO(data), raise_defects=olefile.DEFECT_FATAL) as file:
            return frozenset(path[0] for path in file.listdir(streams=True, storages=True))
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, MemoryError):
        return frozenset()


def is_protected_word(data: bytes) -> bool:
    """Whether the Word document in the file is encrypted by a password."""
    try:
        with olefile.OleFileIO(BytesIO(data)) as file:
            head = file.openstream("WordDocument").read(_FLAGS_AT + 2)
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError):
        return False
    return bool(int.from_bytes(head[_FLAGS_AT : _FLAGS_AT + 2], "little") & _IS_ENCRYPTED)


def refuse(data: bytes) -> NoReturn:
    """Says why an OLE file that is neither Word nor Excel is not read.

    Raises:
        NotReadable: always.
    """
    found = streams(data)
    if "EncryptedPackage" in found:
        raise NotReadable(
            "This is an Office document that is protected by a password: ask the agency for an open one."
        )
    if "PowerPoint Document" in found:
        raise NotReadable("This is a PowerPoint presentation (.ppt), which no report is: it is not read.")
    if not found:
        raise NotReadable(
            "This is an OLE file (.doc, .xls, .wps) that is cut off or damaged: fetch it again."
        )
    held = ", ".join(sorted(name for name in found if name.isprintable())[:8])
    raise NotReadable(
        f"This is an OLE file that holds no Word document and no workbook (it holds {held}): perhaps a WPS or Works file "
        "of before 2000. Save it as .docx by hand, then: gxcrawl parse FILE."
    )
