"""A small writer of PDF (ISO 32000-1): prose and ruled tables on A4 pages. The same bytes each time.

The font is one of Adobe's for Simplified Chinese, which every reader brings along (ISO 32000-1, 9.7.5.2): nothing is
embedded, as in many files that portals publish.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from crawler.replica.article import Block, Grid, Line
from crawler.replica.forms import FormCell

A4 = (595.3, 841.9)
_MARGIN = 56.0
_SIZE, _SMALL, _LARGE = 10.5, 9.0, 15.0
_PADDING = 4.0
_LEADING = 1.5
_SYSTEM = b"<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
_BOX = b"/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93"
_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>",
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo %b/DW 1000/W[1 95 500]/FontDescriptor 5 0 R>>"
    % _SYSTEM,
    b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6%b>>" % _BOX,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its content stream and its size in points; `resources` and `entries` are added to its dictionaries."""

    content: bytes
    size: tuple[float, float] = A4
    resources: bytes = b""
    entries: bytes = b""


def pdf(blocks: Iterable[Block]) -> bytes:
    """The blocks as a PDF; tables break between rows, and merged cells are drawn again behind a break."""
    layout = _Layout()
    for block in blocks:
        if isinstance(block, Grid):
            layout.table(block)
        else:
            layout.line(block)
    return assemble([Sheet("\n".join(page).encode("ascii")) for page in layout.pages])


def assemble(
    sheets: Sequence[Sheet], catalog: bytes = b"", objects: Mapping[int, bytes] | None = None
) -> bytes:
    """The pages as a file with a cross-reference table. The font is `/F1`.

    `catalog` is added to the catalogue; `objects` are further objects by their number, which must follow the others.
    """
    first = 6
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(sheets)))
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(sheets)}>>".encode(),
        *_FONT,
    ]
    for index, sheet in enumerate(sheets):
        wide, high = sheet.size
        bodies.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {wide} {high}]/Contents {first + 2 * index + 1} 0 R".encode()
            + b"/Resources<</Font<</F1 3 0 R>>"
            + sheet.resources
            + b">>"
            + sheet.entries
            + b">>"
        )
        bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(sheet.content), sheet.content))
    numbered = dict(enumerate(bodies, 1)) | dict(objects or {})
    out = bytearray(b"%PDF-1.5\n%\xe4\xe5\xe6\xe7\n")
    offsets = []
    for number in sorted(numbered):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, numbered[number])
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(numbered) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(numbered) + 1, start)
    return bytes(out)


def show(text: str, x: float, y: float, size: float = _SIZE) -> str:
    """The operators that show a text; y grows upwards from the foot of the page."""
    return f"BT /F1 {size} Tf {x:.2f} {y:.2f} Td <{text.encode('utf-16-be').hex()}> Tj ET"


def width_of(text: str, size: float = _SIZE) -> float:
    """The width of a text in points."""
    return sum(size if ord(c) > 0x7E else size / 2 for c in text)


def wrapped(text: str, room: float, size: float) -> list[str]:
    """The text in lines that find room; at least one, which may be empty. Figures are not broken."""
    lines = [""]
    for part in _unbroken(text):
        if lines[-1] and width_of(lines[-1] + part, size) > room:
            lines.append("")
        lines[-1] += part
    return lines


def _unbroken(text: str) -> Iterator[str]:
    held = ""
    for character in text:
        if held and not (held[-1].isascii() and character.isascii()):
            yield held
            held = ""
        held += character
    if held:
        yield held


@dataclass(slots=True)
class _Box:
    """A cell where it lies in the grid."""

    cell: FormCell
    row: int
    column: int
    lines: list[str] = field(default_factory=list)


class _Layout:
    def __init__(self) -> None:
        self.pages: list[list[str]] = []
        self._y = 0.0
        self._turn()

    def _turn(self) -> None:
        if self.pages:
            self._number()
        self.pages.append([])
        self._y = A4[1] - _MARGIN

    def _number(self) -> None:
        text = f"— {len(self.pages)} —"
        self.pages[-1].append(show(text, (A4[0] - width_of(text, _SMALL)) / 2, 30, _SMALL))

    def line(self, line: Line) -> None:
        size = {"heading": 12.0, "centre": _LARGE}.get(line.stands, _SIZE)
        room = A4[0] - 2 * _MARGIN
        text = line.text.replace("**", "")
        indent = 2 * size if line.stands == "paragraph" else 0.0
        for part in wrapped("　　" + text if indent else text, room, size):
            if self._y - size * _LEADING < _MARGIN:
                self._turn()
            self._y -= size * _LEADING
            left = _MARGIN
            if line.stands == "centre":
                left += (room - width_of(part, size)) / 2
            elif line.stands == "right":
                left += room - width_of(part, size)
            self.pages[-1].append(show(part, left, self._y + 0.2 * size, size))
        self._y -= 0.3 * size

    def table(self, grid: Grid) -> None:
        boxes = list(_boxes(grid))
        columns = max(box.column + box.cell.colspan for box in boxes)
        xs = _columns(boxes, columns)
        for box in boxes:
            room = xs[box.column + box.cell.colspan] - xs[box.column] - 2 * _PADDING
            box.lines = wrapped(box.cell.text, room, _SMALL)
        heights = _heights(boxes, len(grid.rows))
        first = 0
        while first < len(heights):
            last, high = first, 0.0
            while last < len(heights) and self._y - high - heights[last] > _MARGIN:
                high += heights[last]
                last += 1
            if last == first:
                self._turn()
                continue
            self._rows(boxes, xs, heights, first, last)
            first = last
            if first < len(heights):
                self._turn()
        self._y -= _SIZE

    def _rows(
        self, boxes: Sequence[_Box], xs: Sequence[float], heights: Sequence[float], first: int, last: int
    ) -> None:
        ys = [self._y - high for high in (0.0, *accumulate(heights[first:last]))]
        out = self.pages[-1]
        for box in boxes:
            top, bottom = max(box.row, first), min(box.row + box.cell.rowspan, last)
            if top >= bottom:
                continue
            left, right = xs[box.column], xs[box.column + box.cell.colspan]
            high, low = ys[top - first], ys[bottom - first]
            out.append(f"0.5 w {left:.2f} {low:.2f} {right - left:.2f} {high - low:.2f} re S")
            if box.row < first:
                continue
            y = (high + low) / 2 + len(box.lines) * _SMALL * 1.2 / 2
            for line in box.lines:
                y -= _SMALL * 1.2
                out.append(show(line, left + (right - left - width_of(line, _SMALL)) / 2, y + 2, _SMALL))
        self._y = ys[-1]


def _boxes(grid: Grid) -> Iterator[_Box]:
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(grid.rows):
        x = 0
        for cell in row:
            while (y, x) in taken:
                x += 1
            taken.update(
                (y + down, x + across) for down in range(cell.rowspan) for across in range(cell.colspan)
            )
            yield _Box(cell, y, x)


def _columns(boxes: Sequence[_Box], columns: int) -> list[float]:
    """The borders of the columns: each wide by its longest text, within reason."""
    wanted = [3.0] * columns
    for box in boxes:
        if box.cell.colspan == 1:
            wanted[box.column] = max(wanted[box.column], min(14.0, len(box.cell.text)))
    whole = A4[0] - 2 * _MARGIN
    return [_MARGIN, *(_MARGIN + whole * part / sum(wanted) for part in accumulate(wanted))]


def _heights(boxes: Sequence[_Box], rows: int) -> list[float]:
    heights = [_SMALL * 1.2 + 2 * _PADDING] * rows
    for box in sorted(boxes, key=lambda box: box.cell.rowspan):
        need = len(box.lines) * _SMALL * 1.2 + 2 * _PADDING
        span = slice(box.row, box.row + box.cell.rowspan)
        short = need - sum(heights[span])
        if short > 0:
            heights[box.row + box.cell.rowspan - 1] += short
    return heights
