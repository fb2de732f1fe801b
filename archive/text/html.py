"""HTML to `Document`: the report found among the chrome of a portal page, its paragraphs and its tables.

How it works, since speed matters here: every block element gets a mark in front of its text and behind its end,
data tables are read and leave a mark in their place, then the text of the content is joined once by libxml2 and
cut at the marks. Python handles blocks and cells, never single spans; runs of text inside a block are joined
without a blank, since numbers are split over spans (`1</span><span>2` is 12).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from lxml import etree
from lxml.etree import _Element as Element

from archive.text import bounds, plain
from archive.text.charset import decode
from archive.text.document import (
    FRAMED,
    NOT_SHOWN,
    PICTURE,
    Block,
    Document,
    Heading,
    Link,
    Paragraph,
    Table,
    without_stand_ins,
)
from archive.text.files import ends_like_a_file, file_called
from archive.text.html_attributes import attributes_of
from archive.text.html_content import (
    HEADS,
    drop_chrome,
    find_content,
    meta_tags,
    names_a_report,
    page_fields,
    page_titles,
    without_date_lines,
)
from archive.text.html_end import CUT_SHORT, marked_where_cut
from archive.text.html_pictures import pictures_in
from archive.text.html_rows import put_rows_in_place, rows_begun
from archive.text.html_shown import (
    CALLED,
    cut_out,
    drop_hidden,
    drop_what_is_no_text,
    frames_in,
    mark_what_is_no_number,
    name_files_shown,
    tables_in_sources,
)
from archive.text.html_styles import write_page_styles
from archive.text.html_table import (
    END,
    LINE,
    MARK,
    TABLE,
    Grid,
    line_of,
    place_at,
    read_grid,
    table_parts,
    text_of,
    without_shown,
)
from archive.text.white_space import fold

EXTRACTOR = "gxcrawl-html"
VERSION = "3"

_BLOCKS = (
    *(
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
    ),
    *(
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
    ),
    *("hgroup", "hr", "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "ul"),
)
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_TABLE_PARTS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")
_SECTIONS = ("thead", "tbody", "tfoot")
_NOWHERE = re.compile(r"javascript:|mailto:|#|$", re.IGNORECASE)
_BEHIND = "-"
_NESTED = re.compile(rb"(<(div|span|font|center|section|b)>)\s*(?:<\2>\s*){20,}", re.IGNORECASE)
_MOST_NOT_SHOWN = 20_000
_MOST_PARTS_NOT_SHOWN = 20
_MOST_PICTURES = 60
# A `<pre>` is laid out by its lines and tabs: it is read as a plain text is, unless it holds one of these.
_NOT_IN_PLAIN = ("table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl")
_PLAIN = "P"
_ANY_MARK = re.compile(f"{MARK}[^{END}]*{END}")
# What an XML tree cannot hold (XML 1.0, 2.2).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The same in the source (UTF-8). A page may hold none of the noncharacters U+FDD0 to U+FDDF either, as such or as a
# reference: they are our marks.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
_NONCHARACTERS = re.compile(rb"\xef(?:\xb7[\x90-\x9f]|\xbf[\xbe\xbf])")
_REFERS_TO_A_MARK = re.compile(
    rb"&#(?:0*649(?:7[6-9]|8\d|9[01])(?!\d)|x0*fdd[0-9a-f](?![0-9a-f]));?", re.IGNORECASE
)
_NOTHING = "\u200b".encode()


def to_document(data: bytes, charset_hint: str | None = None) -> Document:
    """The report of an HTML page as a `Document`. Raises nothing but MemoryError, whatever a page may hold.

    `charset_hint` is the charset that the server named. Deterministic: the same bytes give the same document.
    """
    text, charset = decode(data, charset_hint)
    root, remarks = _parse(text.encode())
    if root is None:
        return Document((), "text/html", charset, EXTRACTOR, VERSION, remarks=remarks)
    heads = list(root.iter(*HEADS))
    meta = meta_tags(heads)
    title, second_best = page_titles(heads, meta)
    write_page_styles(root, (head for head in heads if head.tag == "style"))
    attributes = attributes_of(root)
    not_shown = (*islice(tables_in_sources(root), _MOST_PARTS_NOT_SHOWN), *drop_hidden(attributes))
    name_files_shown(root)
    framed = frames_in(root)
    drop_what_is_no_text(root)
    remarks = (*remarks, *_drop_what_is_too_much(root))
    content = find_content(root, attributes)
    links: list[Link] = []
    pictures: list[str] = []
    inside, outside = _Reading(), _Reading()
    said: list[str] = []
    for part in content:
        said.extend(mark_what_is_no_number(part, attributes))
        drop_chrome(part, attributes)
        links.extend(_links(part, CALLED))
        pictures.extend(pictures_in(part))
        inside.take(part)
    for part in content:
        cut_out(part)
    known = {link.target for link in links}
    # attachments are often listed beside the text, not in it
    links.extend(link for link in _links(root) if ends_like_a_file(link.target) and link.target not in known)
    outside.take(root)
    blocks, lines = without_date_lines(inside.blocks)
    for name, value in page_fields(outside.blocks, lines):
        meta.setdefault(name, value)
    if title is None:
        named = [meta.get(label, "") for label in ("名称", "信息名称", "标题")]
        title = next((name for name in named if names_a_report(name)), second_best)
    return Document(
        blocks,
        "text/html",
        charset,
        EXTRACTOR,
        VERSION,
        title=title,
        meta=meta,
        links=tuple(links),
        remarks=(
            *remarks,
            *inside.remarks,
            *dict.fromkeys(said),
            *(f"{NOT_SHOWN} {hidden[:_MOST_NOT_SHOWN]}" for hidden in not_shown[:_MOST_PARTS_NOT_SHOWN]),
            *(f"{PICTURE} {address}" for address in list(dict.fromkeys(pictures))[:_MOST_PICTURES]),
            *_too_many(pictures),
            *(f"{FRAMED} {address}" for address in framed if not any(_tables(blocks))),
        ),
    )


def _tables(blocks: Sequence[Block]) -> Iterator[Block]:
    return (block for block in blocks if isinstance(block, Table))


def _too_many(pictures: Sequence[str]) -> Iterator[str]:
    if len(set(pictures)) > _MOST_PICTURES:
        yield f"the page has more than {_MOST_PICTURES} large pictures; the rest were not looked at"


def _parse(source: bytes) -> tuple[Element | None, tuple[str, ...]]:
    """The tree of a page in UTF-8, and what is to be remarked of it."""
    source = _NONCHARACTERS.sub(b"", source.translate(None, _CONTROLS))
    said: tuple[str, ...] = ()
    if (cut := marked_where_cut(source)) is not None:
        source, said = cut, (CUT_SHORT,)
    source = rows_begun(source)
    if b"&#" in source:
        source = _REFERS_TO_A_MARK.sub(_NOTHING, source)
    root, too_deep = _tree(source)
    if too_deep:
        # Blocks that hold nothing but one another are one: no text stands between them.
        root, too_deep = _tree(_NESTED.sub(rb"\1", source))
        said = (*said, "it holds blocks nested hundreds deep, which were read as one")
    if root is None:
        return None, ("the page holds no markup",)
    put_rows_in_place(root)
    if too_deep:
        return root, (*said, "the page is nested too deep; what stands deeper was cut off")
    return root, said


def _tree(source: bytes) -> tuple[Element | None, bool]:
    """The tree of a page, and whether it is nested deeper than the parser goes."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    root: Element | None
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError:
        root = None
    if any(error.type_name == "ERR_NO_MEMORY" for error in parser.error_log):
        raise MemoryError  # what libxml2 hands over then is a page cut off
    return root, any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)


def _drop_what_is_too_much(root: Element) -> Iterator[str]:
    """Cuts off the table cells beyond the bound, in reading order, and says so."""
    beyond = list(islice(root.iter("td", "th"), bounds.CELLS, None))
    for cell in beyond:
        cut_out(cell)
    if beyond:
        yield bounds.TOO_MANY_CELLS


class _Reading:
    """Reads parts of a page, one after the other, into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.remarks: list[str] = []
        self._grids: list[Grid] = []
        self._marked: list[tuple[int | None, int]] = []
        self._plain: list[tuple[Document, int]] = []
        self._tables = 0
        self._room = bounds.CHARACTERS

    def take(self, part: Element) -> None:
        """Adds the blocks of a part; the part's text is left full of marks."""
        tables: list[Element] = []
        for element in part.iter(*_BLOCKS, "table", "tr"):
            if element.tag == "table":
                tables.append(element)
            elif element.tag != "tr":
                if not _is_alone_in_its_cell(element):
                    self._mark(element, part)
            elif not _is_row_of_a_table(element):
                for stray in (element, *element):
                    self._mark(stray, part)
        for table in reversed(tables):  # the inner before the outer
            grid = read_grid(table)
            if grid is None:
                for element in table_parts(table):
                    self._mark(element, part)
                continue
            tail = table.tail
            table.clear()
            table.text, table.tail = f"{MARK}{TABLE}{len(self._grids)}{END}", tail
            self._grids.append(grid)
        for pre in list(part.iter("pre")):
            self._read_plain(pre)
        for element in part.iter(*_TABLE_PARTS):  # what is left lays out the page
            self._mark(element, part)
        whole = text_of(part)
        if len(whole) > bounds.CHARACTERS:
            whole = whole[: bounds.CHARACTERS]
            before, _, last = whole.rpartition(MARK)
            whole = whole if END in last else before or last
            self.remarks.append(bounds.TOO_LONG)
        first, *pieces = whole.split(MARK)
        self._add_text(first, line_of(part), 0)
        for piece in pieces:
            mark, _, text = piece.partition(END)
            line: int | None = None
            level = 0
            if mark.startswith(TABLE):
                self._add_table(self._grids[int(mark[1:])])
            elif mark.startswith(_PLAIN):
                self._add_plain(*self._plain[int(mark[1:])])
            else:
                line, level = self._marked[abs(int(mark))]
            if text and not text.isspace():
                self._add_text(text, line, 0 if mark.startswith(_BEHIND) else level)
            if len(self.blocks) > bounds.BLOCKS:
                self.remarks.append(bounds.TOO_MANY_BLOCKS)
                break

    def _mark(self, element: Element, part: Element) -> None:
        """Puts a mark in front of an element's text and one behind its end, unless they are there."""
        text = element.text
        if text and text.startswith(MARK) and element is not part:
            if element.tag == "table" and element.tail and not element.tail.startswith(MARK):
                element.tail = f"{MARK}{_BEHIND}{len(self._marked)}{END}" + _clean(element.tail)
                self._marked.append((line_of(element), 0))
            return
        number = len(self._marked)
        tag = str(element.tag)
        self._marked.append((line_of(element), _LEVELS.get(tag, 0)))
        behind = f"{MARK}{_BEHIND}{number}{END}"
        if tag == "br":
            parent = element.getparent()
            if parent is not None and parent.tag in _LEVELS:
                behind = " "
        else:
            front = f"{MARK}{number}{END}"
            element.text = front + _clean(text) if text else front
            if tag == "pre":
                _break_lines(element)
        if element is not part:
            tail = element.tail
            element.tail = behind + _clean(tail) if tail else behind

    def _read_plain(self, pre: Element) -> None:
        """Reads a `<pre>` outside the cells of data, and leaves a mark in its place."""
        if (
            next(pre.iterancestors("pre"), None) is not None
            or next(pre.iter(*_NOT_IN_PLAIN), None) is not None
        ):
            return
        whole = text_of(pre)
        text = without_shown(_ANY_MARK.sub(LINE, _ANY_MARK.sub("", whole, count=1)).replace(LINE, "\n"))
        if len(text) > self._room:
            text = text[: self._room]
            self.remarks.append(bounds.TOO_LONG)
        self._room -= len(text)
        tail = pre.tail
        pre.clear()
        pre.text, pre.tail = f"{MARK}{_PLAIN}{len(self._plain)}{END}", tail
        self._plain.append((plain.to_document(text), line_of(pre) or 1))

    def _add_plain(self, document: Document, first_line: int) -> None:
        self.remarks.extend(document.remarks)
        for block in document.blocks:
            line = first_line + (block.place.line or 1) - 1
            if isinstance(block, Table):
                self._tables += 1
                cells = tuple(
                    replace(cell, place=place_at(first_line + (cell.place.line or 1) - 1))
                    for cell in block.cells
                )
                block = Table(self._tables, cells, drawn=False, place=place_at(line))
            else:
                block = replace(block, place=place_at(line))
            self.blocks.append(block)

    def _add_text(self, raw: str, line: int | None, level: int) -> None:
        if LINE in raw:
            for number, piece in enumerate(raw.split(LINE)):
                self._add_text(piece, line and line + number, level)
            return
        text = fold(without_shown(raw))
        if text and level:
            self.blocks.append(Heading(text, level, place_at(line)))
        elif text:
            self.blocks.append(Paragraph(text, place_at(line)))

    def _add_table(self, grid: Grid) -> None:
        waiting = [grid]
        while waiting:
            grid = waiting.pop()
            waiting.extend(self._grids[number] for number in reversed(grid.nested))
            if not any(without_stand_ins(cell.text) for cell in grid.cells):
                continue
            self._tables += 1
            self.blocks.append(Table(self._tables, grid.cells, drawn=True, place=grid.place))
            if grid.cut:
                self.remarks.append(f"table {self._tables} is larger than any report's and was cut off")


def _is_alone_in_its_cell(element: Element) -> bool:
    """A paragraph that is all of a cell needs no marks of its own; most paragraphs of a report are such."""
    if element.tag not in ("p", "div") or (element.tail and not element.tail.isspace()):
        return False
    cell = element.getparent()
    return (
        cell is not None
        and cell.tag in ("td", "th")
        and len(cell) == 1
        and not (cell.text and cell.text.strip())
    )


def _is_row_of_a_table(row: Element) -> bool:
    parent = row.getparent()
    if parent is not None and parent.tag in _SECTIONS:
        parent = parent.getparent()
    return parent is not None and parent.tag == "table"


def _clean(text: str) -> str:
    """A text fit to be put back into the tree: a character reference (`&#1;`) may have brought in what is not."""
    return _FORBIDDEN.sub("", text) if _FORBIDDEN.search(text) else text


def _break_lines(pre: Element) -> None:
    """Puts a sign in the place of each line break: what is folded later would lose them."""
    for element in pre.iter():
        if element.text:
            element.text = _clean(element.text).replace("\n", LINE)
        if element.tail and element is not pre:
            element.tail = _clean(element.tail).replace("\n", LINE)


def _links(part: Element, called: str = "href") -> Iterator[Link]:
    """The links of a part of a page, each once; where a script is called instead, the file that it is given. `called` names the
    attribute that stands for the scripts in the part, where they count."""
    seen: set[str] = set()
    for anchor in part.iter("a"):
        target = _target(anchor, "href") or _target(anchor, called)
        if _NOWHERE.match(target):
            target = file_called(f"{target} {_target(anchor, 'onclick')}") or ""
        if target and target not in seen:
            seen.add(target)
            yield Link(target, fold(text_of(anchor) or anchor.get("title") or ""))


def _target(element: Element, attribute: str) -> str:
    return "".join((element.get(attribute) or "").split("\n")).strip()
