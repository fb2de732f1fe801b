"""Takes the text out of a file: looks at what it is, and hands it to the reader for that kind.

A reader is a function from the bytes of a file to its `Document` that raises `NotReadable` with a sentence. It is imported
when the first file of its kind comes, so that a command that reads no PDF loads no PDF library.

What is done here is done in this very process. The bytes come from strangers and the libraries are in C: a
program gives them to `archive.text.confined`, which calls this in a process that may die.
"""

from collections.abc import Callable, Mapping
from importlib import import_module

from archive.text.document import Document
from archive.text.kind import HTML, TEXT, FileKind, kind_of
from archive.text.refusal import NotReadable, NotYetReadable

Reader = Callable[[bytes], Document]
HintedReader = Callable[[bytes, str | None], Document]

# Each as module and function. These two also take the charset that the server named.
_HINTED: Mapping[str, str] = {
    HTML: "archive.text.html:to_document",
    TEXT: "archive.text.plain:read_text",
}
# None: no reader yet.
READERS: Mapping[str, str | None] = {
    "application/pdf": "archive.text.pdf:to_document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "archive.text.word_docx:to_document",
    "application/msword": "archive.text.word_doc:to_document",
    "application/vnd.ms-word.xml": "archive.text.word_doc:xml_to_document",
    "application/vnd.ms-excel.xml": None,
    "application/vnd.oasis.opendocument": "archive.text.word_doc:odt_to_document",
    "application/vnd.oasis.opendocument.spreadsheet": None,
    "application/vnd.openxmlformats-officedocument": None,
    "application/rtf": "archive.text.word_doc:rtf_to_document",
    "multipart/related": "archive.text.mhtml:to_document",
    "application/vnd.ms-excel": "archive.text.sheet_xls:to_document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "archive.text.sheet_xlsx:to_document",
    "application/ofd": "archive.text.ofd:to_document",
    "application/zip": "archive.text.container:zip_to_document",
    "application/vnd.rar": "archive.text.container:rar_to_document",
    "application/x-7z-compressed": "archive.text.container:seven_zip_to_document",
    "application/x-ole-storage": "archive.text.ole:refuse",
    "image/png": "archive.text.picture:to_document",
    "image/jpeg": "archive.text.picture:to_document",
    "image/gif": "archive.text.picture:to_document",
    "image/tiff": "archive.text.picture:to_document",
    "image/bmp": "archive.text.picture:to_document",
}


def extract(data: bytes, *, media_type_hint: str | None = None, charset_hint: str | None = None) -> Document:
    """The `Document` of a file's bytes (content-encoding taken off). The same bytes give the same document.

    `media_type_hint` is the Content-Type served with it, looked at for its charset alone: the kind is told from the
    bytes. `charset_hint` is the charset that the server named, or its Content-Type.

    Raises:
        NotYetReadable: of a kind that this version, or this machine as it is set up, does not read.
        NotReadable: the file is empty, damaged, encrypted or no document at all.
    """
    kind = kind_of(data)
    hint = charset_hint or (media_type_hint if media_type_hint and "charset" in media_type_hint else None)
    if kind.media_type in _HINTED:
        hinted: HintedReader = _load(_HINTED[kind.media_type])
        return hinted(data, hint)
    if (name := READERS.get(kind.media_type)) is None:
        raise _refusal(kind)
    reader: Reader = _load(name)
    return reader(data)


def _load(name: str) -> Callable[..., Document]:
    module, _, function = name.partition(":")
    found: Callable[..., Document] = getattr(import_module(module), function)
    return found


def _refusal(kind: FileKind) -> NotReadable:
    if kind.media_type == "application/x-empty":
        return NotReadable("The file is empty: fetch it again, or look at the page that links to it.")
    if kind.media_type not in READERS:
        return NotReadable(f"This is a {kind.word}, no document: there is no report in it to read.")
    article = "an" if kind.word.startswith(("E", "O", "RTF", "MHTML")) else "a"
    return NotYetReadable(
        f"This is {article} {kind.word}, which this version does not read. Its bytes are kept as served."
    )
