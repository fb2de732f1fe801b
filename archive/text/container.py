"""Archives (ZIP, RAR, 7z) as the files in them: unpacked in memory and within bounds, nothing is ever written to disk."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from archive.text.charset import decode
from archive.text.document import Block, Document, Table
from archive.text.extract import extract
from archive.text.kind import kind_of
from archive.text.refusal import NotReadable, NotYetReadable

EXTRACTOR = "gxcrawl-container"
VERSION = "1"
# A remark that begins so names a file of the archive that was not read, and why.
NOT_READ = "file not read:"
_ZIP = "application/zip"
_KINDS = {
    _ZIP: "a ZIP archive",
    "application/vnd.rar": "a RAR archive",
    "application/x-7z-compressed": "a 7-Zip archive",
}
_FORMATS = {b"Rar!\x1a\x07\x01\x00": "rar5", b"Rar!\x1a\x07\x00": "rar", b"7z\xbc\xaf\x27\x1c": "7zip"}
MOST_FILES = 300
MOST_BYTES = 128 << 20
INSTALL = "apt-get install libarchive13"
# What systems and programs leave in an archive beside the files that were packed.
_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|~\$)", re.IGNORECASE)
_CHUNK = 1 << 20
_UTF8_NAME = 0x800  # APPNOTE.TXT, 4.4.4: general purpose bit 11


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its name with the folders before it, and its bytes."""

    name: str
    data: bytes


def members(data: bytes, word: str, *, is_zip: bool) -> tuple[Member, ...]:
    """The files in an archive, in the order of their names; folders and litter are left out.

    Args:
        data: the archive.
        word: what to call it in a message, with its article.
        is_zip: whether it is a ZIP file; anything else is left to libarchive.

    Raises:
        NotYetReadable: libarchive is not installed here.
        NotReadable: it is damaged, protected by a password, or holds more than an attachment may.
    """
    found: list[Member] = []
    left = MOST_BYTES
    for name, take in _zip(data, word) if is_zip else _libarchive(data, word):
        if len(found) >= MOST_FILES:
            raise NotReadable(
                f"This is {word} of more than {MOST_FILES} files: no report is packed so; look at it by hand."
            )
        content = take(left)
        left -= len(content)
        if left < 0:
            raise NotReadable(
                f"This is {word} that unpacks to more than {MOST_BYTES >> 20} MB, as no report does: it is not read."
            )
        found.append(Member(name, content))
    return tuple(sorted(found, key=lambda member: member.name))


def zip_to_document(data: bytes) -> Document:
    """The files of a ZIP archive as one document. Raises NotReadable as `members` and `joined` do."""
    return _read(data, "application/zip", "a ZIP archive")


def rar_to_document(data: bytes) -> Document:
    """The files of a RAR archive (RAR4 or RAR5) as one document. Raises NotReadable as `members` and `joined` do."""
    return _read(data, "application/vnd.rar", "a RAR archive")


def seven_zip_to_document(data: bytes) -> Document:
    """The files of a 7-Zip archive as one document. Raises NotReadable as `members` and `joined` do."""
    return _read(data, "application/x-7z-compressed", "a 7-Zip archive")


def _read(data: bytes, media_type: str, word: str) -> Document:
    """An archive in an archive is opened too, but no deeper."""

    def read(inner: bytes) -> Document:
        kind = kind_of(inner).media_type
        if kind not in _KINDS:
            return extract(inner)
        return joined(members(inner, _KINDS[kind], is_zip=kind == _ZIP), _flat, kind, _KINDS[kind])

    return joined(members(data, word, is_zip=media_type == _ZIP), read, media_type, word)


def _flat(data: bytes) -> Document:
    if kind_of(data).media_type in _KINDS:
        raise NotReadable("It is an archive in an archive in an archive, which is not opened.")
    return extract(data)


def joined(
    packed: Iterable[Member], read: Callable[[bytes], Document], media_type: str, word: str
) -> Document:
    """All that can be read of the files in an archive as one document, file after file; `meta` names each.

    Nothing is dropped: a file that cannot be read is named in a remark with the reason. The tables keep their order, so
    that `meta` tells which file a table stands in.

    Args:
        packed: the files.
        read: takes the text out of one of them; raises NotReadable.
        media_type, word: what the archive is.

    Raises:
        NotReadable: not one of the files can be read; the sentence says why for each.
    """
    blocks: list[Block] = []
    remarks: list[str] = []
    named: dict[str, str] = {}
    refusals: list[str] = []
    tables = 0
    files: list[tuple[str, int]] = []
    taken: set[str] = set()
    for member in packed:
        try:
            document = read(member.data)
        except NotReadable as error:
            refusals.append(f"{member.name}: {error}")
            continue
        if document.digest in taken:
            named[f"file {member.name}"] = "the same text once more"
            continue
        taken.add(document.digest)
        read_by = f"{document.extractor} {document.extractor_version}"
        named[f"file {member.name}"] = f"from table {tables + 1} on, by {read_by}"
        remarks.extend(document.remarks)
        # An archive in the archive stands for its files.
        inner = document.files or (("", 0),)
        files += [(f"{member.name}/{name}".rstrip("/"), len(blocks) + start) for name, start in inner]
        for block in document.blocks:
            if isinstance(block, Table):
                tables += 1
                block = replace(block, index=tables)
            blocks.append(block)
    if not taken:
        said = " ".join(refusals) or "It is empty."
        raise NotReadable(f"This is {word} in which no file can be read. {said}")
    remarks.extend(f"{NOT_READ} {refusal}" for refusal in refusals)
    return Document(
        tuple(blocks),
        media_type,
        None,
        EXTRACTOR,
        VERSION,
        meta=named,
        remarks=tuple(remarks),
        files=tuple(files),
    )


def _zip(data: bytes, word: str) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise NotReadable(f"This is {word} that is cut off or damaged ({error}): fetch it again.") from error
    for info in archive.infolist():
        name = _name(info)
        if info.is_dir() or _LITTER.search(name):
            continue

        def take(most: int, info: zipfile.ZipInfo = info, name: str = name) -> bytes:
            try:
                with archive.open(info) as file:
                    return file.read(most + 1)
            except (zipfile.BadZipFile, ValueError, RuntimeError, OSError, EOFError, zlib.error) as error:
                if "password" in str(error):
                    raise NotReadable(
                        f"This is {word} whose file {name} is protected by a password."
                    ) from error
                raise NotReadable(
                    f"This is {word} whose file {name} is damaged ({error}): fetch it again."
                ) from error

        yield name, take


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a file. Without the flag for UTF-8 it is in the code page of whoever packed it: mostly GBK."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    return decode(info.orig_filename.encode("cp437", "replace"))[0].replace("\\", "/")


def _libarchive(data: bytes, word: str) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    try:
        import libarchive
        from libarchive.exception import ArchiveError
    except (ImportError, OSError, TypeError, AttributeError) as error:  # the shared library is not there
        raise NotYetReadable(
            f"This is {word}, which needs libarchive to be read ({INSTALL}; the next harvest then reads it). "
            "Its bytes are kept as served."
        ) from error
    try:
        # Without the format named, an archive that ends with a stored .docx would be taken for a ZIP file.
        with libarchive.memory_reader(data, format_name=_format(data)) as archive:
            for number, entry in enumerate(archive):
                name = str(entry.pathname or f"file {number}").replace("\\", "/")
                if not (entry.isdir or entry.issym or entry.islnk or _LITTER.search(name)):
                    yield name, _blocks(entry, ArchiveError, word)
    except (ArchiveError, UnicodeError, OSError, ValueError) as error:
        raise _damaged(error, word) from error


def _format(data: bytes) -> str:
    return next((name for start, name in _FORMATS.items() if data.startswith(start)), "all")


def _blocks(entry: Any, archive_error: type[Exception], word: str) -> Callable[[int], bytes]:
    def take(most: int) -> bytes:
        out = bytearray()
        try:
            for block in entry.get_blocks(_CHUNK):
                out += block
                if len(out) > most:
                    break
        except (archive_error, OSError, ValueError) as error:
            raise _damaged(error, word) from error
        return bytes(out)

    return take


def _damaged(error: Exception, word: str) -> NotReadable:
    if re.search(r"encrypt|passphrase|password", str(error), re.IGNORECASE):
        return NotReadable(f"This is {word} that is protected by a password.")
    said = str(error).partition(" (errno=")[0]
    return NotReadable(f"This is {word} that is cut off or damaged ({said}): fetch it again.")
