"""A ZIP package of XML parts, as OOXML (ISO/IEC 29500-2) and OFD (GB/T 33190-2016) are: opened within bounds.

What is inflated is bounded part by part, whatever the directory of the file says, and XML is parsed without entities:
neither format allows a document type declaration, so a part that has one is refused.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import cast
from urllib.parse import unquote

from lxml import etree
from lxml.etree import _Element as Element

from archive.text.refusal import NotReadable

MOST_PARTS = 20_000
# A report's largest part is some 3 MB; a hundred times that much is no report.
MOST_BYTES = 64 << 20
# Where a document type would have to stand; without one an entity cannot be declared.
_PROLOG = 1 << 16


class Package:
    """A package in memory.

    Args:
        data: the bytes of the ZIP file.
        word: what to call the file in a message, with its article: `a Word document (.docx)`.

    Raises:
        NotReadable: it is no sound ZIP file, or has more parts than any document.
    """

    def __init__(self, data: bytes, word: str) -> None:
        self._word = word
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
            raise NotReadable(
                f"This is {word} that is cut off or damaged ({error}): fetch it again, or look at it by hand."
            ) from error
        names = self._zip.namelist()
        if len(names) > MOST_PARTS:
            raise NotReadable(f"This is {word} of {len(names)} parts; no report has more than {MOST_PARTS}.")
        # WPS writes parts with a leading slash now and then, old tools with backslashes; names differ in case alone.
        self._names = {name.replace("\\", "/").lstrip("/").lower(): name for name in reversed(names)}
        self._inflated = 0

    def __contains__(self, name: str) -> bool:
        return name.lstrip("/").lower() in self._names

    def names(self) -> list[str]:
        """The names of all parts, in the order of the file."""
        return [name.replace("\\", "/").lstrip("/") for name in self._zip.namelist()]

    def read(self, name: str) -> bytes | None:
        """The bytes of a part, None where there is no such part.

        Raises:
            NotReadable: it is encrypted, damaged, or inflates beyond all bounds.
        """
        own = self._names.get(name.lstrip("/").lower())
        if own is None:
            return None
        try:
            with self._zip.open(own) as part:
                data = part.read(MOST_BYTES - self._inflated + 1)
        except (zipfile.BadZipFile, ValueError, RuntimeError, OSError, EOFError, zlib.error) as error:
            if "password" in str(error):
                raise NotReadable(f"This is {self._word} that is protected by a password.") from error
            raise NotReadable(
                f"This is {self._word} whose part {name} is cut off or damaged ({error}): fetch it again."
            ) from error
        self._inflated += len(data)
        if self._inflated > MOST_BYTES:
            raise NotReadable(
                f"This is {self._word} that inflates to more than {MOST_BYTES >> 20} MB, as no report does: "
                "it is not read any further."
            )
        return data

    def xml(self, name: str) -> Element | None:
        """The root of an XML part, None where there is no such part.

        Raises:
            NotReadable: it is no XML, or declares a document type (and with it entities).
        """
        data = self.read(name)
        if data is None:
            return None
        if b"<!DOCTYPE" in data[:_PROLOG].replace(b"\x00", b""):
            raise NotReadable(
                f"This is {self._word} whose part {name} declares a document type, which the format forbids: "
                "it is not read."
            )
        parser = etree.XMLParser(
            resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise NotReadable(
                f"This is {self._word} whose part {name} is no sound XML ({error}): look at it by hand."
            ) from error
        return cast(Element, root)

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """The internal relationships of a part (of the package itself for `""`): id -> (last word of its type, part)."""
        folder, _, own = name.lstrip("/").rpartition("/")
        root = self.xml(posixpath.join(folder, "_rels", f"{own}.rels"))
        if root is None:
            return {}
        found = {}
        for element in root:
            target, kind = element.get("Target", ""), element.get("Type", "")
            if element.get("TargetMode") != "External" and target:
                part = posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")
                found[element.get("Id", "")] = (kind.rpartition("/")[2], part)
        return found

    def part_of_kind(self, name: str, kind: str) -> str | None:
        """The first part that `name` relates to by a type that ends so (`styles`, `officeDocument`)."""
        return next((part for own, part in self.related(name).values() if own == kind), None)


def local(element: Element) -> str:
    """The name of an element without its namespace: the strict and the transitional one are read alike."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The child elements of that local name."""
    if element is not None:
        for child in element:
            if local(child) == name:
                yield child


def child(element: Element | None, *names: str) -> Element | None:
    """The first descendant along a path of local names."""
    for name in names:
        element = next(children(element, name), None)
    return element


def attribute(element: Element | None, name: str = "val") -> str | None:
    """An attribute by its local name."""
    if element is None:
        return None
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None
