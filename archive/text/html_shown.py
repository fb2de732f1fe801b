"""What a browser shows of a page beside its plain text, and what it does not show.

A number may stand in a cell as a picture, a form field or a drawing; it may be struck out, or carry the mark of a note. None of that
may vanish from a cell of data or become a figure of its number: it leaves a stand-in (see `document.py`) where it stood, between two
noncharacters. Only cells of data tables keep it (`html_table.py`); running text and tables that lay out a page do without.
"""

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

from archive.text.document import STRUCK, raised, stand_in
from archive.text.files import file_called, file_shown
from archive.text.html_attributes import Attributes, Style, is_in
from archive.text.html_table import SHOWN, SHOWN_END, is_data_table, text_of
from archive.text.white_space import fold

_NO_TEXT = (
    *("script", "style", "noscript", "template", "iframe", "object", "embed", "applet", "select", "button"),
    *("input", "textarea", "svg", "math", "audio", "video", "canvas", "map", "link", "meta", "title"),
)
_SHOWS_NOTHING = frozenset(("style", "template", "map", "link", "meta", "title"))
_TEXT_FIELDS = frozenset(("", "text", "number", "tel"))
_LONGEST_FIELD = 40
_STRUCK = ("del", "s", "strike")
_RAISED = ("sup", "sub", "rt")
# In the class of what Word has deleted: msoDel, MsoDel.
_DELETED_IN_WORD = "soDel"
_WORDS = re.compile(r"[\u4e00-\u9fff]{2}")
_NOTED = "gx-shown"
CALLED = "gx-called"
"""The attribute of a link that stands for a script: of the report where it stands in its text, else of the page's frame."""
_CELLS = ("td", "th")
_TABLE_PARTS = frozenset(("table", "thead", "tbody", "tfoot", "tr", "td", "th"))
_INLINE = frozenset(("span", "font", "b", "i", "em", "strong", "u", "a"))
_LONGEST_NOTE_MARK = 3
_MOST_FRAMES = 5
# In pixels.
_LOWEST_FRAME = 40
# What an embedded file may be beside a report.
_PLAYED = re.compile(r"\.(?:swf|flv|mp[34]|wm[av]|avi|mov|wav|ogg|webm)(?:[?#]|$)", re.IGNORECASE)
# A table of the form has more cells in the source of a script; one that a script fills row by row has fewer.
_FEWEST_CELLS_IN_SOURCE = 30
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrt])")
_TAG = re.compile(r"<[^<>]*>")
# A part that is not shown is worth a word from so many sentences on.
_FEWEST_SENTENCES = 5


def drop_hidden(attributes: Attributes) -> tuple[str, ...]:
    """Takes out what a browser does not show. Gives the text of such parts as hold a data table or many sentences."""
    told: list[str] = []
    gone: set[Element] = set()
    # A table whose rows are hidden one by one, or all in its body, is told as one that is hidden itself.
    emptied = _tables_with_hidden_parts(attributes)
    for element, style in attributes.styled:
        if style.hides and element.getparent() is not None and element.tag != "body":
            if gone.isdisjoint(element.iterancestors()) and (text := _worth_telling(element)):
                told.append(text)
                gone.add(element)
            cut_out(element)
    for element, style in attributes.styled:
        # Such a size on a block only closes the gaps between its parts, which have sizes of their own.
        if (
            style.no_size
            and element.tag in _INLINE
            and not any(map(_has_its_own_size, element.iterdescendants("*")))
        ):
            if text := _worth_telling(element):
                told.append(text)
            cut_out(element)
    told += [
        text
        for table, text in emptied.items()
        if gone.isdisjoint((table, *table.iterancestors())) and not text_of(table).strip()
    ]
    return tuple(told)


def _tables_with_hidden_parts(attributes: Attributes) -> dict[Element, str]:
    """The data tables of which rows, cells or bodies are hidden, with their text."""
    found: dict[Element, str] = {}
    for element, style in attributes.styled:
        if style.hides and element.tag in _TABLE_PARTS and element.tag != "table":
            table = next(element.iterancestors("table"), None)
            if table is not None and table not in found and is_data_table(table):
                found[table] = fold(text_of(table))
    return found


def name_files_shown(root: Element) -> None:
    """Puts a link in the place of each frame, embedded object and script that shows a file: a page whose report is a PDF in a
    viewer then links to it, as others do."""
    for element in list(root.iter("iframe", "frame", "embed", "object", "script")):
        if element.tag == "script":
            file = None if element.get("src") else file_called(element.text or "")
        else:
            file = file_shown(element.get("src") or element.get("data") or "")
        if file is not None and element.getparent() is not None:
            behind, by_script = element.tail, element.tag == "script"
            element.clear()
            element.tag, element.tail = "a", behind
            element.set(CALLED if by_script else "href", file)


def _has_its_own_size(element: Element) -> bool:
    return bool(element.get("style") or element.get("class") or element.get("size"))


def tables_in_sources(root: Element) -> Iterator[str]:
    """The text of tables that stand in a template, a field of text or a script, where only a script could show them."""
    for element in root.iter("template", "noscript"):
        if next(element.iterancestors("template", "noscript"), None) is not None:
            continue
        if any(is_data_table(table) for table in element.iter("table")):
            yield fold(text_of(element))
    for element in root.iter("script", "textarea"):
        source = element.text or ""
        if source.count("<td") + source.count("\\u003ctd") < _FEWEST_CELLS_IN_SOURCE:
            continue
        source = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else "", source)
        if text := fold(_TAG.sub(" ", source[source.find("<td") :])):
            yield text


def frames_in(root: Element) -> tuple[str, ...]:
    """The addresses of the frames and embedded files that a page shows, as written; `srcdoc` stands for one whose page is
    written in it."""
    found = [
        "srcdoc" if frame.get("srcdoc") else (frame.get("src") or frame.get("data") or "").strip()
        for frame in root.iter("iframe", "frame", "embed", "object")
        if not _is_spacer(frame) and not _is_low(frame)
    ]
    pages = [
        each
        for each in found
        if each
        and not each.lower().startswith(("javascript:", "about:", "data:"))
        and not _PLAYED.search(each)
    ]
    return tuple(dict.fromkeys(pages))[:_MOST_FRAMES]


def drop_what_is_no_text(root: Element) -> None:
    """Takes out the elements whose content is no text of the page; those of cells are left empty, what they show noted."""
    for element in list(root.iter(*_NO_TEXT)):
        shown = ""
        if element.tag not in _SHOWS_NOTHING and _cell_of(element) is not None:
            shown = _shown(element)
        if shown:
            behind = fit(element.tail or "")
            element.clear()
            element.tag, element.tail = _NOTED, behind
            element.set("shown", fit(shown))
        else:
            cut_out(element)


def mark_what_is_no_number(part: Element, attributes: Attributes) -> Iterator[str]:
    """Struck text out, stand-ins for pictures in cells, and raised figures as such. Gives what is to be remarked."""
    marked = list(part.iter(_NOTED, "img", "a", *_STRUCK, *_RAISED))
    styled = list(attributes.styled_in(part))
    for element in marked:
        if element.tag == _NOTED:
            _put_behind(element, _wrapped(element.get("shown") or ""))
            cut_out(element)
    struck = [element for element in marked if element.tag in _STRUCK]
    struck += [element for element, style in styled if style.strikes]
    struck += [
        element
        for element, names in attributes.named
        if _DELETED_IN_WORD in names and element.tag not in _TABLE_PARTS and is_in(element, part)
    ]
    for element in struck:
        if _strike(element, part):
            yield STRUCK
    for image in marked:
        if image.tag == "img" and _cell_of(image) is not None and not _is_spacer(image):
            _put_behind(image, _wrapped(stand_in("img", image.get("alt") or "")))
    above_or_below = [element for element in marked if element.tag in _RAISED]
    above_or_below += [element for element, style in styled if style.raises]
    for element in above_or_below:
        if element.tag not in _TABLE_PARTS:
            _raise(element)
    for anchor in marked:
        if anchor.tag == "a" and _is_note_mark(anchor):
            _raise(anchor)
    for element, style in styled:
        if element is not part and (style.moved or style.turns):
            _mark_what_stands_elsewhere(element, style)


def _mark_what_stands_elsewhere(element: Element, style: Style) -> None:
    """Leaves a stand-in for a figure in a cell that a browser does not show, or shows elsewhere or turned round."""
    how = style.moved
    cell = element if element.tag in _CELLS else _cell_of(element)
    if cell is None or element.tag in _TABLE_PARTS.difference(_CELLS):
        return
    text = fold(text_of(element))
    if not any(map(str.isdecimal, text)) or _WORDS.search(text):
        return
    if style.turns and (
        element.tag == "bdo" or "override" in (element.get("style") or "").lower() or not text.isdecimal()
    ):
        how = "rtl"
    elif how == "turned" and len(element) < 2:
        how = None
    if how is None or (how == "colour" and _is_on_a_ground(element)):
        return
    if how in ("raised", "moved") and (element is cell or fold(text_of(cell)) == text):
        return  # the whole number stands a little higher, or to the right
    if how == "raised":
        _raise(element)
    elif element is cell:
        for inside in list(cell):
            cell.remove(inside)
        cell.text = _wrapped(stand_in(how, text))
    else:
        _put_behind(element, _wrapped(stand_in(how, text)))
        cut_out(element)


def _is_on_a_ground(element: Element) -> bool:
    """Whether a colour lies behind an element, so that white is seen on it."""
    return any(
        "background" in (around.get("style") or "").lower()
        or around.get("bgcolor")
        or around.get("background")
        for around in (element, *element.iterancestors())
    )


def is_in_data_cell(element: Element) -> bool:
    """Whether an element that is named like a part of the page stands in a cell of data, where it may be a number."""
    cell = _cell_of(element)
    if cell is None:
        return False
    table = next(cell.iterancestors("table"), None)
    return table is not None and is_data_table(table)


def put_stand_in(element: Element, kind: str) -> None:
    """Leaves a stand-in behind an element that is about to be cut out of a cell."""
    _put_behind(element, _wrapped(stand_in(kind)))


def cut_out(element: Element) -> None:
    """Removes an element and leaves the text behind it where it was."""
    parent = element.getparent()
    if parent is None:
        element.clear()
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = fit((parent.text or "") + element.tail)
        else:
            before.tail = fit((before.tail or "") + element.tail)
        element.tail = None
    parent.remove(element)


def _worth_telling(element: Element) -> str:
    for script in list(element.iter("script", "style", "noscript", "template")):
        cut_out(script)
    text = fold(text_of(element))
    holds_table = any(is_data_table(table) for table in element.iter("table"))
    return text if holds_table or text.count("。") >= _FEWEST_SENTENCES else ""


def _shown(element: Element) -> str:
    """What stands in for an element: what is printed in a text field; else a stand-in, with the text inside."""
    tag = str(element.tag)
    if tag == "input":
        kind = (element.get("type") or "").strip().lower()
        if kind == "hidden":
            return ""
        value = fold(element.get("value") or "")
        exact = kind in _TEXT_FIELDS
    elif tag == "textarea":
        value, exact = fold(text_of(element)), True
    elif tag == "select":
        options = list(element.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        value = fold(text_of(chosen[0] if chosen else element))
        exact = len(chosen) == 1 and element.get("multiple") is None
    else:
        value, exact = "" if tag == "script" else fold(text_of(element)), False
    if exact and 0 < len(value) <= _LONGEST_FIELD:
        return value
    return stand_in(tag, value)


def _strike(element: Element, part: Element) -> bool:
    """Takes struck text out, and says whether there was any. In a cell it leaves a stand-in."""
    if element is part or element.getparent() is None:
        return False
    cells = list(element.iter(*_CELLS))
    struck = False
    for cell in cells:
        if text := fold(text_of(cell)):
            for inside in list(cell):
                cell.remove(inside)
            cell.text, struck = _wrapped(stand_in("del", text)), True
    text = "" if cells else fold(text_of(element))
    if text:
        if _cell_of(element) is not None:
            _put_behind(element, _wrapped(stand_in("del", text)))
        cut_out(element)
    return struck or bool(text)


def _raise(element: Element) -> None:
    """Figures above or below the line become figures that no number has."""
    for inside in element.iter("*"):
        if inside.text:
            inside.text = raised(fit(inside.text))
        if inside.tail and inside is not element:
            inside.tail = raised(fit(inside.tail))


def _is_note_mark(anchor: Element) -> bool:
    """A short figure that is a link and touches a number, or a word where it leads to a place in the page itself."""
    target = (anchor.get("href") or "").strip()
    if not target:
        return False
    text = text_of(anchor).strip()
    if not text.isdecimal() or len(text) > _LONGEST_NOTE_MARK:
        return False
    before, after = _text_before(anchor)[-1:], (anchor.tail or "")[:1]
    in_cell, inner = _cell_of(anchor) is not None, target.startswith("#") and len(target) > 1
    if not in_cell and not inner:
        return False
    return before.isdecimal() or after.isdecimal() or (in_cell and inner and before.isalpha())


def _text_before(element: Element) -> str:
    """The text that stands right before an element in its line."""
    before = element.getprevious()
    parent = element.getparent()
    if before is not None:
        return before.tail or ("" if before.tag in ("br", "p", "div") else text_of(before))
    if parent is None:
        return ""
    return parent.text or (_text_before(parent) if parent.tag in _INLINE else "")


def _is_spacer(image: Element) -> bool:
    """A picture (or a frame) too small to show anything: it only keeps a cell open."""
    return any(
        (image.get(side) or "").strip().removesuffix("px") in ("0", "1", "2") for side in ("width", "height")
    )


def _is_low(frame: Element) -> bool:
    """A frame lower than a line or two, as visit counters stand in."""
    height = (frame.get("height") or "").strip().removesuffix("px")
    return height.isdecimal() and int(height) <= _LOWEST_FRAME


def _cell_of(element: Element) -> Element | None:
    return next(element.iterancestors(*_CELLS), None)


def _wrapped(text: str) -> str:
    return f"{SHOWN}{fit(text)}{SHOWN_END}"


def _put_behind(element: Element, shown: str) -> None:
    if shown:
        element.tail = shown + fit(element.tail or "")


_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def fit(text: str) -> str:
    """A text fit to be put back into the tree: a character reference may have brought in what is not."""
    return _UNFIT.sub("", text)
