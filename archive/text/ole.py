"""OLE compound files (MS-CFB): what they hold is told by their directory of streams, never by a search for words.

Word and Excel of 1997-2003 and WPS keep their files in them, and so does every OOXML file with a password.
"""

from io import BytesIO

import olefile

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
