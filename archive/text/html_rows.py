"""Rows and cells of HTML tables that stray tags keep from their table: put where a browser puts them.

A browser ignores a `<span>` or `</div>` between two rows, and begins the row that the source forgot (HTML 13.2.6.4.9 to
13.2.6.4.15); libxml2 keeps the tag around the rows, and leaves the cells without one.
"""

import re

from lxml.etree import _Element as Element

from archive.text.html_shown import fit

_ROW_FORGOTTEN = re.compile(
    rb"(</tr\s*>|<(?:tbody|thead|tfoot)\b[^<>]*>)(\s*)(?=<t[dh][\s>/])", re.IGNORECASE
)
_SECTIONS = ("tbody", "thead", "tfoot")
_CELLS = ("td", "th")
# What a section, a row or a cell stands in where nothing is astray, and what it may be put in.
_IN_PLACE = {
    **dict.fromkeys(_SECTIONS, ("table",)),
    "tr": ("table", *_SECTIONS),
    **dict.fromkeys(_CELLS, ("tr",)),
}
_PARENTS = {**_IN_PLACE, **dict.fromkeys(_CELLS, ("tr", "table", *_SECTIONS))}


def rows_begun(source: bytes) -> bytes:
    """The source with a `<tr>` in front of a cell that follows the end of a row: the tree does not tell where one ended."""
    return _ROW_FORGOTTEN.sub(rb"\1\2<tr>", source)


def put_rows_in_place(root: Element) -> None:
    """Takes away what stands between a table and its rows, or a row and its cells; cells without a row get one.

    Where no table is around a row or a cell, it stays as it is.
    """
    for astray in [element for element in root.iter(*_IN_PLACE) if _is_astray(element)]:
        between: list[Element] = []
        for around in astray.iterancestors():
            if around.tag in ("table", *_SECTIONS, "tr", *_CELLS):
                break
            between.append(around)
        else:
            continue
        if around.tag not in _PARENTS[str(astray.tag)]:
            continue
        for element in between:
            _unwrap(element)
        if astray.tag in _CELLS and around.tag != "tr":
            _put_in_a_row(astray)


def _is_astray(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag not in _IN_PLACE[str(element.tag)]


def _put_in_a_row(cell: Element) -> None:
    """Puts a cell and the cells that follow it in a row of their own."""
    parent = cell.getparent()
    if parent is None or parent.tag not in ("table", *_SECTIONS):
        return
    row = parent.makeelement("tr")
    row.sourceline = cell.sourceline
    cell.addprevious(row)
    while (following := row.getnext()) is not None and following.tag in _CELLS:
        row.append(following)


def _unwrap(element: Element) -> None:
    """Takes an element away and leaves its text and its children where they were."""
    parent = element.getparent()
    if parent is None:
        return
    _add_text(element, element.text)
    for child in list(element):
        element.addprevious(child)
    _add_text(element, element.tail)
    element.tail = None
    parent.remove(element)


def _add_text(element: Element, text: str | None) -> None:
    """Adds a text in front of an element."""
    before, parent = element.getprevious(), element.getparent()
    if not text:
        return
    text = fit(text)
    if before is not None:
        before.tail = fit(before.tail or "") + text
    elif parent is not None:
        parent.text = fit(parent.text or "") + text
