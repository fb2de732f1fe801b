"""Takes the text out of a file: looks at what it is, and hands it to the extractor for that kind."""

from archive.text import charset, html, plain
from archive.text.document import Document
from archive.text.kind import HTML, TEXT, FileKind, kind_of


class NotReadable(Exception):
    """A file in which there is no report to read: empty, or of a kind that holds no text."""


class NotYetReadable(NotReadable):
    """A file that may hold a report, of a kind that this version does not read. Its capture is kept."""


_HOLDS_NO_TEXT = frozenset({"application/x-empty", "application/octet-stream", "application/gzip"})


def extract(data: bytes, *, media_type_hint: str | None = None, charset_hint: str | None = None) -> Document:
    """The `Document` of a file's bytes (content-encoding taken off).

    `media_type_hint` (a Content-Type) settles only whether a text without any markup is HTML; `charset_hint` is the
    charset that the server named, or its Content-Type.

    Raises:
        NotYetReadable: PDF, Word, Excel, pictures, archives: this version does not read them.
        NotReadable: the file is empty or no document at all.
    """
    kind = kind_of(data)
    hint = charset_hint or (media_type_hint if media_type_hint and "charset" in media_type_hint else None)
    if kind.media_type == HTML:
        return html.to_document(data, charset_hint=hint)
    if kind.media_type == TEXT:
        text, name = charset.decode(data, hint)
        return plain.to_document(text, name)
    raise _refusal(kind)


def _refusal(kind: FileKind) -> NotReadable:
    if kind.media_type == "application/x-empty":
        return NotReadable("The file is empty: fetch it again, or look at the page that links to it.")
    if kind.media_type in _HOLDS_NO_TEXT:
        return NotReadable(f"This is a {kind.word}, no document: there is no report in it to read.")
    article = "an" if kind.word.startswith(("E", "O", "RTF", "MHTML")) else "a"
    return NotYetReadable(
        f"This is {article} {kind.word}; this version reads HTML and text only. Its bytes are kept as served."
    )
