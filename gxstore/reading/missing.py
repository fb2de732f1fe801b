"""Why the cells of a table that was not read are missing: whether the agency printed none, or the reader lost it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from archive.text.document import (
    CUT_OFF,
    FRAMED,
    LOST_TABLE,
    NOT_SHOWN,
    PICTURE,
    PICTURE_NOT_HAD,
    Cell,
    Document,
    Heading,
    Paragraph,
)
from gxstore.catalogue import Catalogue
from gxstore.reading.grid import SURE_FROM
from gxstore.reading.report import Section, Value, Why

_TABLE_SECTIONS = {"t2": "proactive", "t3": "applications", "t4": "review_litigation", "stat": "appendix"}
_ATTACHED = re.compile(r"\.(?:docx?|wps|xlsx?|et|pdf|zip|rar|ofd)(?:$|[?#])", re.I)
_PICTURED_TEXT = 20
_CHARACTER = re.compile(r"[\u4e00-\u9fff]")
# Words of a table that stand together in no narrative.
_WORDS_OF = {
    "t2": ("第二十条第", "信息内容"),
    "t3": ("法律服务机构", "本年新收政府信息公开申请", "结转下"),
    "t4": ("结果维持", "尚未审结", "未经复议直接起诉"),
    "stat": ("收到申请数", "申请办结数"),
}

# A row of the table as it stands in the text where the columns were lost: a label of the form with its figures behind it.
# Of tables whose labels are set in several lines no label is whole.
_ROWS_OF = {
    "t3": re.compile(r"(?:本年新收|上年结转|结转下年度|予以公开)[^\d\n]{0,14}(?:\d[\d,.]*\s+){4,}\d"),
    "t4": re.compile(r"(?:\d[\d,.]*\s+){9,}\d"),
}


def why_missing(
    values: Sequence[Value], sections: Sequence[Section], documents: Sequence[Document], catalogue: Catalogue
) -> tuple[Value, ...]:
    """The values with `table_not_published` said only where nothing else can hold the table.

    A picture may be the table whose heading has nothing else under it, or any table of a page that has no headings, or
    the statistics table, which has none. A page of a file that is a picture may hold any of them, and so may an attachment
    or a frame that was not read, a table that was lost while the text was taken or whose words on a scan were not surely read,
    or what was cut off a file that goes beyond all
    bounds. Where a table was found on pages that are pictures, its missing rows may stand on one that was not read; where a
    table was lost, in that.
    A table that stands in the running text was published, and lost by us; so was one in a part of the page that is not
    shown: the panels of tabs are, until a script shows them.
    """
    if any(CUT_OFF in remark for document in documents for remark in document.remarks):
        return tuple(
            replace(value, why="lost_in_extraction") if value.status == "missing" else value
            for value in values
        )
    pages = any(picture.target is None for document in documents for picture in document.pictures())
    not_had = _remarked(documents, PICTURE_NOT_HAD)
    pictures = not_had or _remarked(documents, PICTURE)
    unread: Why = "attachment_not_captured" if not_had and not pages else "table_is_image"
    scanned = pages or (pictures and any(document.media_type.startswith("image/") for document in documents))
    attached = _remarked(documents, FRAMED) or any(
        _ATTACHED.search(link.target) for document in documents for link in document.links
    )
    in_text = tables_in_text(
        block.text
        for document in documents
        for block in document.blocks
        if isinstance(block, Heading | Paragraph)
    )
    hidden = [r for document in documents for r in document.remarks if r.startswith(NOT_SHOWN)]
    in_text |= {table for remark in hidden for table in tables_in_text([remark])}
    lost = _remarked(documents, LOST_TABLE) or any(_is_garbled(document) for document in documents)
    if not pages and not pictures and not attached and not in_text and not lost:
        return tuple(values)
    told = {s.key for s in sections if s.chars >= _PICTURED_TEXT}
    headed = {s.key for s in sections} - {"preamble", "unknown"}

    def may_be_pictured(table: str) -> bool:
        key = _TABLE_SECTIONS[table]
        return key not in told and (key in headed or not headed or table == "stat")

    def because(value: Value) -> Value:
        if value.why == "row_absent" and scanned:
            return replace(value, why=unread)
        if value.why == "row_absent" and lost:
            return replace(value, why="lost_in_extraction")
        if value.why != "table_not_published":
            return value
        why: Why = value.why
        table = catalogue.by_code[value.code].table
        if table in in_text:
            why = "lost_in_extraction"
        elif pages or (pictures and may_be_pictured(table)):
            why = unread
        elif attached:
            why = "attachment_not_captured"
        elif lost:
            why = "lost_in_extraction"
        return Value(value.code, "missing", unit=value.unit, why=why, scope=value.scope)

    return tuple(because(value) for value in values)


def _is_garbled(document: Document) -> bool:
    """Whether words of a scan were not surely read: they may be those of a table or of a row of it."""
    words: list[Cell | Paragraph] = [block for block in document.blocks if isinstance(block, Paragraph)]
    words += [cell for table in document.tables() for cell in table.cells]
    return any(
        piece.confidence is not None
        and piece.confidence < SURE_FROM
        and len(_CHARACTER.findall(piece.text)) > 1
        for piece in words
    )


def beside(documents: Sequence[Document]) -> list[str]:
    """What decides beside the text of the documents: attachments that were not read, pictures, tables that were lost."""
    links = [
        link.target for document in documents for link in document.links if _ATTACHED.search(link.target)
    ]
    said = [
        r
        for document in documents
        for r in document.remarks
        if r.startswith((FRAMED, LOST_TABLE, NOT_SHOWN, PICTURE, PICTURE_NOT_HAD)) or CUT_OFF in r
    ]
    pages = [
        "a page that is a picture" for document in documents for p in document.pictures() if p.target is None
    ]
    garbled = ["words of a scan are not sure" for document in documents if _is_garbled(document)]
    return [*links, *said, *pages, *garbled]


def _remarked(documents: Sequence[Document], beginning: str) -> bool:
    return any(remark.startswith(beginning) for document in documents for remark in document.remarks)


def tables_in_text(lines: Iterable[str]) -> set[str]:
    """The tables whose labels stand in the running text, the cells run together (`规章000行政规范性文件303`), or whose rows
    do, as of a table that is drawn without lines (`上年结转政府信息公开申请数量 10 10 2 11 23 21 77`)."""
    lines = list(lines)
    text = "".join("".join(line.split()) for line in lines)
    found = {table for table, words in _WORDS_OF.items() if all(word in text for word in words)}
    if any(_ROWS_OF["t3"].search(line) for line in lines):
        found.add("t3")
    if "复议后起诉" in text and any(_ROWS_OF["t4"].search(line) for line in lines):
        found.add("t4")
    return found
