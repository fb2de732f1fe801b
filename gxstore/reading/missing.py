"""Why the cells of a table that was not read are missing: whether the agency printed none, or the reader lost it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile, zip_longest

from archive.text.document import (
    CUT_OFF,
    FRAMED,
    LOST_TABLE,
    NOT_SHOWN,
    PICTURE,
    PICTURE_NOT_HAD,
    Block,
    Cell,
    Document,
    Heading,
    Link,
    Paragraph,
    Table,
)
from archive.text.files import leads_to_annex, words_name_a_file
from gxstore.catalogue import Catalogue
from gxstore.reading.grid import SURE_FROM
from gxstore.reading.report import Value, Why

_CHARACTER = re.compile(r"[\u4e00-\u9fff]")
# What an address says that gives files, whatever the words of its link.
_GIVES_FILES = re.compile(r"down_?load|downfile|wbfileid|attach", re.I)
# A picture that is linked to, not shown, may be a page of the report.
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|tiff?|bmp|gif)(?:[?#]|$)", re.I)
# What the text says of a table that it does not have: 统计表见附件, 附件：政府信息公开情况统计表, 具体情况如下表.
_TABLE_ATTACHED = re.compile(
    r"表[^。；]{0,12}(?:见|在)附[件表录]|(?:见|参见|参阅)附[件表录][^。；]{0,12}(?:$|[。；）)]|[^。；]{0,20}表)|表[^。；]{0,4}附后"
    r"|^[(（]?附[件表录]?[\d一二三四五]{0,2}[:：.、]?[^。；]{0,40}(?:统计表|情况表|报表)[)）]?$"
)
_TABLE_BELOW = re.compile(r"[如见](?:以?下|下列|后|附)(?:统计)?表|下表")
# A table of so many cells that lacks so many at its end was cut: no office leaves out the totals and all that follows.
_ENDS = {"t3": (56, 21), "stat": (20, 8)}
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
    values: Sequence[Value], documents: Sequence[Document], catalogue: Catalogue
) -> tuple[Value, ...]:
    """The values with `table_not_published` said only where nothing else can hold the table.

    A picture may be any of them, whatever stands beside it: a sentence under the heading and the table below it as a
    picture is the commonest way of all. So may a page of a file that is a picture, an attachment or a frame that was not read
    or is only spoken of, a table that was lost while the text was taken or whose words on a scan were not surely read, or what
    was cut off a file that goes beyond all bounds. Where a table was found on pages that are pictures, its missing rows may
    stand on one that was not read; where a table was lost, in that.
    A table that stands in the running text was published, and lost by us; so was one in a part of the page that is not
    shown: the panels of tabs are, until a script shows them.
    """
    if all(value.status != "missing" for value in values):
        return tuple(values)
    cut = set(cut_short(values, catalogue))
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
    lines = [
        block.text
        for document in documents
        for block in document.blocks
        if isinstance(block, Heading | Paragraph)
    ]
    linked = _remarked(documents, FRAMED) or any(
        names_a_file(link) for document in documents for link in document.links
    )
    attached = linked or any(_announces(document.blocks) for document in documents)
    in_text = tables_in_text(lines)
    hidden = [r for document in documents for r in document.remarks if r.startswith(NOT_SHOWN)]
    in_text |= {table for remark in hidden for table in tables_in_text([remark])}
    torn = _remarked(documents, LOST_TABLE) or any(_is_garbled(document) for document in documents)
    lost = torn or (
        any(_TABLE_BELOW.search("".join(line.split())) for line in lines)
        and not any(isinstance(block, Table) for document in documents for block in document.blocks)
    )
    if not pages and not pictures and not attached and not in_text and not lost and not cut:
        return tuple(values)

    def because(value: Value) -> Value:
        if value.why == "row_absent" and scanned:
            return replace(value, why=unread)
        if value.why == "row_absent" and torn:
            return replace(value, why="lost_in_extraction")
        if value.code in cut:
            held: Why = "attachment_not_captured" if linked else "lost_in_extraction"
            return replace(value, why=unread if pictures else held)
        if value.why != "table_not_published":
            return value
        why: Why = value.why
        table = catalogue.by_code[value.code].table
        if table in in_text:
            why = "lost_in_extraction"
        elif pages or pictures:
            why = unread
        elif attached:
            why = "attachment_not_captured"
        elif lost:
            why = "lost_in_extraction"
        return Value(value.code, "missing", unit=value.unit, why=why, scope=value.scope)

    return tuple(because(value) for value in values)


def cut_short(values: Sequence[Value], catalogue: Catalogue) -> tuple[str, ...]:
    """The cells that are missing at the end of a table of which much was read."""
    found: list[str] = []
    for table, (read, fewest) in _ENDS.items():
        cells = [value for value in values if catalogue.by_code[value.code].table == table]
        absent = list(takewhile(lambda value: value.status == "missing", reversed(cells)))
        if len(absent) >= fewest and sum(value.status != "missing" for value in cells) >= read:
            found.extend(value.code for value in reversed(absent))
    return tuple(found)


def beside(documents: Sequence[Document]) -> list[str]:
    """What decides beside the text of the documents: attachments that were not read, pictures, tables that were lost."""
    links = [link.target for document in documents for link in document.links if names_a_file(link)]
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


def _announces(blocks: Sequence[Block]) -> bool:
    """Whether a line says that a table is attached, or names a file. The caption right over a table announces none but that."""
    return any(
        isinstance(line, Heading | Paragraph)
        and not isinstance(following, Table)
        and (_TABLE_ATTACHED.search("".join(line.text.split())) or words_name_a_file(line.text))
        for line, following in zip_longest(blocks, blocks[1:])
    )


def names_a_file(link: Link) -> bool:
    """Whether a link in the text of a report leads to a file that may hold a part of it."""
    return leads_to_annex(link.target, link.text) or bool(
        _GIVES_FILES.search(link.target) or _PICTURE_FILE.search(link.target)
    )


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
