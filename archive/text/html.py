"""HTML to `Document`: the report found among the chrome of a portal page, its paragraphs and its tables.

How it works, since speed matters here: every block element gets a mark in front of its text and behind its end,
data tables are read and leave a mark in their place, then the text of the content is joined once by libxml2 and
cut at the marks. Python handles blocks and cells, never single spans; runs of text inside a block are joined
without a blank, since numbers are split over spans (`1</span><span>2` is 12).
"""

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from archive.text.charset import decode
from archive.text.document import Block, Document, Heading, Link, Paragraph, Table
from archive.text.html_content import (
    cut_out,
    drop_chrome,
    find_content,
    meta_tags,
    page_fields,
    page_title,
    without_date_lines,
)
from archive.text.html_table import END, MARK, TABLE, Grid, place_of, read_grid, text_of
from archive.text.white_space import fold

EXTRACTOR = "gxcrawl-html"
VERSION = "1"

_BLOCKS = [
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
    "hgroup",
    "hr",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
]
_NO_TEXT = [
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "embed",
    "applet",
    "select",
    "button",
    "input",
    "textarea",
    "svg",
    "math",
    "audio",
    "video",
    "canvas",
    "map",
    "link",
    "meta",
    "title",
]
# Tested in steps: most styles of a page exported from a word processor say nothing of display.
_MAY_HIDE = etree.XPath(
    "//*[@hidden or contains(@style, 'isplay') or contains(@style, 'isibility')"
    " or contains(@style, 'ISPLAY') or contains(@style, 'ISIBILITY')]"
)
_SIGNS_OF_HIDING = ("isplay", "isibility", "ISPLAY", "ISIBILITY", " hidden")
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_FILE = re.compile(r"\.(?:pdf|docx?|wps|xlsx?|et|ofd|zip|rar|rtf)(?:[?#]|$)", re.IGNORECASE)
_BEHIND = "-"
# What an XML tree cannot hold (XML 1.0, 2.2), and our own marks.
_FORBIDDEN = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff{MARK}{END}]")


def to_document(data: bytes, *, charset_hint: str | None = None) -> Document:
    """The report of an HTML page as a `Document`. Never raises on what a page may hold.

    `charset_hint` is the charset that the server named. Deterministic: the same bytes give the same document.
    """
    text, charset = decode(data, charset_hint)
    root = _parse(text)
    if root is None:
        remarks: tuple[str, ...] = ("the page holds no markup",)
        return Document((), "text/html", charset, EXTRACTOR, VERSION, remarks=remarks)
    title = page_title(root)
    meta = {name: fold(value) for name, value in meta_tags(root)}
    _drop_what_is_no_text(root, text)
    content = find_content(root)
    links: list[Link] = []
    pictures: list[str] = []
    inside, outside = _Reading(), _Reading()
    for part in content:
        drop_chrome(part)
        links.extend(_links(part))
        pictures.extend(
            f"picture: {target}" for image in part.iter("img") if (target := _target(image, "src"))
        )
        inside.take(part)
    for part in content:
        cut_out(part)
    known = {link.target for link in links}
    # attachments are often listed beside the text, not in it
    links.extend(link for link in _links(root) if _FILE.search(link.target) and link.target not in known)
    outside.take(root)
    blocks, lines = without_date_lines(inside.blocks)
    for name, value in page_fields(outside.blocks, lines):
        meta.setdefault(name, value)
    return Document(
        blocks,
        "text/html",
        charset,
        EXTRACTOR,
        VERSION,
        title=title,
        meta=meta,
        links=tuple(links),
        remarks=(*inside.remarks, *pictures),
    )


def _parse(text: str) -> Element | None:
    if _FORBIDDEN.search(text):
        text = _FORBIDDEN.sub("", text)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    root: Element | None
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None
    return root


def _drop_what_is_no_text(root: Element, text: str) -> None:
    for element in list(root.iter(*_NO_TEXT)):
        cut_out(element)
    if not any(sign in text for sign in _SIGNS_OF_HIDING):
        return
    for element in cast(list[Element], _MAY_HIDE(root)):
        hidden = element.get("hidden") is not None or _HIDES.search(element.get("style") or "")
        if hidden and element.getparent() is not None and element.tag != "body":
            cut_out(element)


class _Reading:
    """Reads parts of a page, one after the other, into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.remarks: list[str] = []
        self._grids: dict[int, Grid] = {}
        self._tables = 0

    def take(self, part: Element) -> None:
        """Adds the blocks of a part; the part's text is left full of marks."""
        marked = self._mark(part)
        tables = [(number, element) for number, element in enumerate(marked) if element.tag == "table"]
        for number, element in reversed(tables):  # the inner before the outer
            if (grid := read_grid(element)) is not None:
                self._grids[number] = grid
                tail = element.tail
                element.clear()
                element.text, element.tail = f"{MARK}{TABLE}{number}{END}", tail
        first, *pieces = text_of(part).split(MARK)
        self._add_text(first, part, 0)
        for piece in pieces:
            mark, _, text = piece.partition(END)
            if mark.startswith(TABLE):
                self._add_table(self._grids[int(mark[1:])])
            elif text and not text.isspace():
                element = marked[int(mark.removeprefix(_BEHIND))]
                parent = element.getparent() if mark.startswith(_BEHIND) else None
                self._add_text(text, element, _level(element if parent is None else parent))
        self._grids.clear()

    def _mark(self, part: Element) -> list[Element]:
        marked: list[Element] = []
        for number, element in enumerate(part.iter(*_BLOCKS)):
            marked.append(element)
            mark, behind = f"{MARK}{number}{END}", f"{MARK}{_BEHIND}{number}{END}"
            if element.tag == "br":
                parent = element.getparent()
                behind = " " if parent is not None and _level(parent) else behind
            else:
                element.text = mark + _clean(element.text)
                if element.tag == "pre":
                    _break_lines(element, mark)
            if element is not part:
                element.tail = behind + _clean(element.tail)
        return marked

    def _add_text(self, raw: str, element: Element, level: int) -> None:
        text = fold(raw)
        if not text:
            return
        if level:
            self.blocks.append(Heading(text, level, place_of(element)))
        else:
            self.blocks.append(Paragraph(text, place_of(element)))

    def _add_table(self, grid: Grid) -> None:
        if any(cell.text for cell in grid.cells):
            self._tables += 1
            self.blocks.append(Table(self._tables, grid.cells, drawn=True, place=grid.place))
            if grid.cut:
                self.remarks.append(f"table {self._tables} is larger than any report's and was cut off")
        for number in grid.nested:
            self._add_table(self._grids[number])


def _level(element: Element) -> int:
    tag = element.tag
    return (
        int(tag[1]) if isinstance(tag, str) and len(tag) == 2 and tag[0] == "h" and tag[1] in "123456" else 0
    )


def _clean(text: str | None) -> str:
    """A text fit to be put back into the tree: a character reference (`&#1;`) may have brought in what is not."""
    if not text:
        return ""
    return _FORBIDDEN.sub("", text) if _FORBIDDEN.search(text) else text


def _break_lines(pre: Element, mark: str) -> None:
    for element in pre.iter():
        if element.text:
            element.text = _clean(element.text).replace("\n", mark)
        if element.tail and element is not pre:
            element.tail = _clean(element.tail).replace("\n", mark)


def _links(part: Element) -> Iterator[Link]:
    seen: set[str] = set()
    for anchor in part.iter("a"):
        target = _target(anchor, "href")
        if target and target not in seen and not target.lower().startswith(("javascript:", "mailto:", "#")):
            seen.add(target)
            yield Link(target, fold(text_of(anchor) or anchor.get("title") or ""))


def _target(element: Element, attribute: str) -> str:
    return "".join((element.get(attribute) or "").split("\n")).strip()
