"""OFD to `Document` (GB/T 33190-2016): pages of fixed layout, read as those of a PDF are.

What a page draws is told in the words of a page of a PDF (`ofd_drawing.py`); lines of text, tables, page breaks and
figures that are none of a number follow from it by the same rules. Templates are drawn under their page.
Signatures, annotations and actions are not looked at.
"""

import posixpath
from collections.abc import Iterator

from lxml.etree import _Element as Element

from archive.text.document import LOST_TABLE, Document
from archive.text.ofd_drawing import POINTS, DrawnPage, Resources, numbers_of
from archive.text.package import Package, attribute, child, children, local
from archive.text.pdf_flow import blocks_of
from archive.text.pdf_page import Page, read_page
from archive.text.refusal import NotReadable
from archive.text.ruled import TooManyLines

EXTRACTOR = "gxcrawl-ofd"
VERSION = "2"
MEDIA_TYPE = "application/ofd"
_WORD = "an OFD document"
_MOST_PAGES = 300
_A4 = 210.0, 297.0
# Pictures without transparency (the others are laid over text as seals are).
_OPAQUE = (".jpg", ".jpeg", ".bmp", ".jb2")


def to_document(data: bytes) -> Document:
    """The text and tables of an OFD file, page after page; each block has its page, and tables and cells their box.

    Raises:
        NotReadable: the file is damaged, encrypted, or has more pages or lines than any report.
    """
    package = Package(data, _WORD)
    root = package.xml("OFD.xml")
    if root is None:
        raise NotReadable(f"This is {_WORD} without OFD.xml in it: look at it by hand.")
    if any("encryptions.xml" in name.lower() for name in package.names()):
        raise NotReadable(f"This is {_WORD} that is encrypted: ask the agency for an open one.")
    pages: list[Page] = []
    remarks: list[str] = []
    for body in children(root, "DocBody"):
        main = child(body, "DocRoot")
        for page in _pages(package, (main.text or "") if main is not None else "", len(pages)):
            if len(pages) == _MOST_PAGES:
                remarks.append(f"the file has more than {_MOST_PAGES} pages; the rest was cut off")
                break
            if page.composite:
                remarks.append(f"{LOST_TABLE} a composite object on page {page.page_number} was not read")
            try:
                pages.append(read_page(page))
            except TooManyLines as error:
                raise NotReadable(
                    f"This is {_WORD} that draws {error} on one page: it is not read."
                ) from error
    if not pages:
        raise NotReadable(f"This is {_WORD} without any page: look at it by hand.")
    for read in pages:
        remarks += read.remarks
        if read.unread:
            remarks.append(f"the text of page {read.number} was not taken: {read.unread}")
    blocks, said = blocks_of(pages)
    return Document(tuple(blocks), MEDIA_TYPE, None, EXTRACTOR, VERSION, remarks=(*remarks, *said))


def _pages(package: Package, root_name: str, before: int) -> Iterator[DrawnPage]:
    main = root_name.strip().lstrip("/")
    document = package.xml(main)
    folder = posixpath.dirname(main)
    common = child(document, "CommonData")
    size = _box(child(common, "PageArea", "PhysicalBox"))
    templates = {
        attribute(entry, "ID"): attribute(entry, "BaseLoc") for entry in children(common, "TemplatePage")
    }
    resources = _resources(package, folder, common)
    for number, entry in enumerate(children(child(document, "Pages"), "Page"), before + 1):
        name = attribute(entry, "BaseLoc") or ""
        content = package.xml(_at(folder, name))
        if content is None:
            raise NotReadable(f"This is {_WORD} whose page {name} is not in it: fetch it again.")
        own = _box(child(content, "Area", "PhysicalBox")) or size
        wide, high = own[2:] if len(own) == 4 else _A4
        page = DrawnPage(number, wide * POINTS, high * POINTS, resources)
        for used in children(content, "Template"):
            location = templates.get(attribute(used, "TemplateID"))
            beneath = package.xml(_at(folder, location)) if location else None
            if beneath is not None:
                page.draw(child(beneath, "Content"))
        page.draw(child(content, "Content"))
        yield page


def _resources(package: Package, folder: str, common: Element | None) -> Resources:
    """The parameters and pictures of a document, from the files that it names (7.9)."""
    parameters: dict[str, Element] = {}
    opaque: set[str] = set()
    for kind in ("PublicRes", "DocumentRes"):
        for named in children(common, kind):
            root = package.xml(_at(folder, (named.text or "").strip()))
            for entry in root.iter() if root is not None else ():
                number = attribute(entry, "ID") or ""
                if local(entry) == "DrawParam":
                    parameters[number] = entry
                elif local(entry) == "MultiMedia":
                    file = child(entry, "MediaFile")
                    if file is not None and (file.text or "").strip().lower().endswith(_OPAQUE):
                        opaque.add(number)
    return Resources(parameters, frozenset(opaque))


def _at(folder: str, name: str) -> str:
    """A location of the file: from its root where it begins with a slash, else beside the document (7.3)."""
    return name.lstrip("/") if name.startswith("/") else posixpath.normpath(posixpath.join(folder, name))


def _box(element: Element | None) -> list[float]:
    return numbers_of(element.text if element is not None else None)
