"""OFD to `Document` (GB/T 33190-2016): text objects in reading order, and tables from the lines that are drawn.

A page of fixed layout knows no paragraphs and no tables. Lengths are millimetres from the top left in the file, and
points here. Templates are drawn under their page. Signatures, annotations and actions are not looked at.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lxml.etree import _Element as Element

from archive.text.document import Block, Document, Paragraph, Picture, Place, Table
from archive.text.ofd_tables import Glyph, Grid, Stroke, grids, lines, table
from archive.text.package import Package, attribute, child, children, local
from archive.text.refusal import NotReadable
from archive.text.white_space import fold

EXTRACTOR = "gxcrawl-ofd"
VERSION = "1"
MEDIA_TYPE = "application/ofd"
_WORD = "an OFD document"
_POINTS = 72 / 25.4
_MOST_PAGES = 300
_MOST_GLYPHS = 400_000
# A filled shape thinner than this is a drawn line.
_THIN = 0.8
_LARGE = 0.25
_PAGE_NUMBER = re.compile(r"[-—–\s]*(?:第\s*)?\d{1,3}(?:\s*页)?(?:\s*[/／]\s*\d{1,3})?[-—–\s]*")
_FOOT = 0.9
_OPERATOR = re.compile(r"([A-Za-z])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")

Matrix = tuple[float, float, float, float, float, float]
_PLAIN: Matrix = (1, 0, 0, 1, 0, 0)


def to_document(data: bytes) -> Document:
    """The text and tables of an OFD file, page after page; each block has its page, and tables and cells their box.

    Raises:
        NotReadable: the file is damaged, encrypted, or has more pages than any report.
    """
    package = Package(data, _WORD)
    root = package.xml("OFD.xml")
    if root is None:
        raise NotReadable(f"This is {_WORD} without OFD.xml in it: look at it by hand.")
    if any("encryptions.xml" in name.lower() for name in package.names()):
        raise NotReadable(f"This is {_WORD} that is encrypted: ask the agency for an open one.")
    blocks: list[Block] = []
    remarks: list[str] = []
    tables = pages = 0
    for body in children(root, "DocBody"):
        main = child(body, "DocRoot")
        for page in _pages(package, (main.text or "") if main is not None else ""):
            pages += 1
            if pages > _MOST_PAGES:
                remarks.append(f"the file has more than {_MOST_PAGES} pages; the rest was cut off")
                break
            for block in _blocks(page, pages, tables):
                tables += isinstance(block, Table)
                blocks.append(block)
    if not pages:
        raise NotReadable(f"This is {_WORD} without any page: look at it by hand.")
    return Document(tuple(blocks), MEDIA_TYPE, None, EXTRACTOR, VERSION, remarks=tuple(remarks))


@dataclass
class _Page:
    """What is drawn on a page, in points."""

    width: float = 595.0
    height: float = 842.0
    glyphs: list[Glyph] = field(default_factory=list)
    across: list[Stroke] = field(default_factory=list)
    down: list[Stroke] = field(default_factory=list)
    pictured: bool = False


def _pages(package: Package, root_name: str) -> Iterator[_Page]:
    main = root_name.strip().lstrip("/")
    document = package.xml(main)
    folder = posixpath.dirname(main)
    common = child(document, "CommonData")
    size = _numbers(child(common, "PageArea", "PhysicalBox"))
    templates = {
        attribute(entry, "ID"): attribute(entry, "BaseLoc") for entry in children(common, "TemplatePage")
    }
    for entry in children(child(document, "Pages"), "Page"):
        name = attribute(entry, "BaseLoc") or ""
        content = package.xml(_at(folder, name))
        if content is None:
            raise NotReadable(f"This is {_WORD} whose page {name} is not in it: fetch it again.")
        own = _numbers(child(content, "Area", "PhysicalBox")) or size
        page = _Page()
        if len(own) == 4:
            page.width, page.height = own[2] * _POINTS, own[3] * _POINTS
        for used in children(content, "Template"):
            location = templates.get(attribute(used, "TemplateID"))
            beneath = package.xml(_at(folder, location)) if location else None
            if beneath is not None:
                _draw(child(beneath, "Content"), page)
        _draw(child(content, "Content"), page)
        yield page


def _at(folder: str, name: str) -> str:
    """A location of the file: from its root where it begins with a slash, else beside the document (7.3)."""
    return name.lstrip("/") if name.startswith("/") else posixpath.normpath(posixpath.join(folder, name))


def _draw(parent: Element | None, page: _Page) -> None:
    for element in parent if parent is not None else ():
        name = local(element)
        if attribute(element, "Visible") == "false":
            continue
        if name == "TextObject":
            _text(element, page)
        elif name == "PathObject":
            _path(element, page)
        elif name == "ImageObject":
            box = _numbers_of(attribute(element, "Boundary"))
            area = box[2] * box[3] * _POINTS**2 if len(box) == 4 else 0.0
            page.pictured = page.pictured or area > _LARGE * page.width * page.height
        elif name in ("Layer", "PageBlock"):
            _draw(element, page)


def _text(element: Element, page: _Page) -> None:
    box = _numbers_of(attribute(element, "Boundary"))
    size = _number(attribute(element, "Size")) or 0.0
    if len(box) != 4 or size <= 0:
        return
    matrix = _matrix(element)
    scale = abs(matrix[0]) or abs(matrix[1]) or 1.0
    high = size * (abs(matrix[3]) or abs(matrix[2]) or 1.0)
    stretch = _number(attribute(element, "HScale")) or 1.0
    x = y = 0.0
    for code in children(element, "TextCode"):
        text = code.text or ""
        x = _number(attribute(code, "X")) if attribute(code, "X") is not None else x
        y = _number(attribute(code, "Y")) if attribute(code, "Y") is not None else y
        right, below = (
            _steps(attribute(code, "DeltaX"), len(text)),
            _steps(attribute(code, "DeltaY"), len(text)),
        )
        at_x, at_y = x, y
        for index, letter in enumerate(text):
            if len(page.glyphs) >= _MOST_GLYPHS:
                raise NotReadable(f"This is {_WORD} with more text than any report: it is not read.")
            wide = size * stretch * (0.5 if letter.isascii() else 1.0)
            step = right[index] if index < len(right) else 0.0 if below else wide
            left, base = _apply(matrix, at_x, at_y)
            left, base = left + box[0], base + box[1]
            drawn = min(wide, step) * scale if step > 0 else wide * scale
            page.glyphs.append(
                Glyph(letter, _points(left, base - 0.85 * high, left + drawn, base + 0.15 * high))
            )
            at_x += step
            at_y += below[index] if index < len(below) else 0.0


def _path(element: Element, page: _Page) -> None:
    """The straight lines of a path along an axis; a thin filled shape is one too."""
    box = _numbers_of(attribute(element, "Boundary"))
    if len(box) != 4:
        return
    matrix = _matrix(element)
    data = child(element, "AbbreviatedData")
    found = list(_segments((data.text or "") if data is not None else ""))
    points = [_apply(matrix, *point) for segment in found for point in segment]
    if not points:
        return
    placed = [(x + box[0], y + box[1]) for x, y in points]
    if attribute(element, "Stroke") != "false":
        for (x1, y1), (x2, y2) in zip(placed[::2], placed[1::2], strict=True):
            _stroke(page, x1, y1, x2, y2)
    elif attribute(element, "Fill") == "true":
        xs, ys = [x for x, _ in placed], [y for _, y in placed]
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
        if bottom - top <= _THIN or right - left <= _THIN:
            flat = bottom - top < right - left
            middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
            _stroke(page, *((left, middle_y, right, middle_y) if flat else (middle_x, top, middle_x, bottom)))


def _stroke(page: _Page, x1: float, y1: float, x2: float, y2: float) -> None:
    x1, y1, x2, y2 = (value * _POINTS for value in (x1, y1, x2, y2))
    if abs(y1 - y2) < 1 <= abs(x1 - x2):
        page.across.append(Stroke((y1 + y2) / 2, min(x1, x2), max(x1, x2)))
    elif abs(x1 - x2) < 1 <= abs(y1 - y2):
        page.down.append(Stroke((x1 + x2) / 2, min(y1, y2), max(y1, y2)))


def _segments(data: str) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The straight pieces of a path (9.2): S and M begin, L draws, C closes; curves only move on."""
    operands = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
    operator, held = "", list[float]()
    start = at = (0.0, 0.0)
    for match in _OPERATOR.finditer(data):
        if match[1]:
            operator, held = match[1], []
        else:
            held.append(float(match[2]))
        if operator not in operands or len(held) < operands[operator]:
            continue
        if operator == "C":
            if at != start:
                yield at, start
            at = start
        elif operator in ("S", "M"):
            start = at = (held[0], held[1])
        else:
            if operator == "L":
                yield at, (held[0], held[1])
            at = (held[-2], held[-1])
        if operator == "C":
            operator = ""
        held = []


def _blocks(page: _Page, number: int, tables: int) -> Iterator[Block]:
    found = grids(page.across, page.down)
    free = [
        glyph for glyph in page.glyphs if glyph.text.strip() and not any(grid.holds(glyph) for grid in found)
    ]
    tops: list[tuple[float, Block]] = []
    for grid in found:
        block = table(grid, page.glyphs, index=0, page=number)
        # A frame around text is no table, and neither are the lines under a heading.
        if len(block.cells) > 2 and any(cell.text for cell in block.cells):
            tops.append((grid.ys[0], block))
        else:
            free += [glyph for glyph in page.glyphs if glyph.text.strip() and grid.holds(glyph)]
    for top, text in _paragraphs(page.width, free, found):
        if not (top > _FOOT * page.height and _PAGE_NUMBER.fullmatch(text)):
            tops.append((top, Paragraph(text, Place(page=number))))
    if not page.glyphs and page.pictured:
        yield Picture(place=Place(page=number))
    for _, drawn in sorted(tops, key=lambda pair: pair[0]):
        if isinstance(drawn, Table):
            tables += 1
            yield replace(drawn, index=tables)
        else:
            yield drawn


def _paragraphs(width: float, glyphs: Sequence[Glyph], found: Sequence[Grid]) -> Iterator[tuple[float, str]]:
    """Lines of text put together: one that reaches the right edge goes on in the next that begins at the left edge."""
    rows = _rows(glyphs)
    if not rows:
        return
    left = min(row[0].box[0] for row in rows)
    # Short lines alone do not show where the right edge is; margins are much the same on both sides.
    right = max(row[-1].box[2] for row in rows)
    if right < width - left - 3 * (rows[0][0].box[3] - rows[0][0].box[1]):
        right = width - left
    held, top, reaches, bottom = "", 0.0, False, 0.0
    for row in rows:
        text = fold(" ".join(lines(row)))
        high = row[0].box[3] - row[0].box[1]
        parted = any(bottom <= grid.ys[0] <= row[0].box[1] + high for grid in found)
        if held and reaches and row[0].box[0] - left < high and not parted:
            held += text
        else:
            if held:
                yield top, held
            held, top = text, row[0].box[1]
        reaches = right - row[-1].box[2] < 1.5 * high
        bottom = row[0].box[3]
    yield top, held


def _rows(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda glyph: (glyph.middle[1], glyph.box[0])):
        if rows and abs(glyph.middle[1] - rows[-1][0].middle[1]) < (glyph.box[3] - glyph.box[1]) / 2:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    return [sorted(row, key=lambda glyph: glyph.box[0]) for row in rows]


def _steps(written: str | None, most: int) -> list[float]:
    """The distances between characters; `g 3 4.5` stands for three times 4.5 (11.3)."""
    out: list[float] = []
    words = iter((written or "").split())
    for word in words:
        if word == "g":
            count, value = _number(next(words, None)), _number(next(words, None))
            out.extend([value] * min(int(count), most))
        else:
            out.append(_number(word))
        if len(out) >= most:
            break
    return out[:most]


def _matrix(element: Element) -> Matrix:
    found = _numbers_of(attribute(element, "CTM"))
    return (found[0], found[1], found[2], found[3], found[4], found[5]) if len(found) == 6 else _PLAIN


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _points(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left * _POINTS, top * _POINTS, right * _POINTS, bottom * _POINTS


def _numbers(element: Element | None) -> list[float]:
    return _numbers_of(element.text if element is not None else None)


def _numbers_of(text: str | None) -> list[float]:
    return [_number(word) for word in (text or "").split()]


def _number(text: str | None) -> float:
    """A number of the file; what is none counts as 0, as viewers have it."""
    try:
        found = float(text or "")
    except ValueError:
        return 0.0
    return found if abs(found) < 1e6 else 0.0
