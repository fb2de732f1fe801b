"""`Document`, the narrow waist: every file format becomes one, and nothing above it knows file formats.

A document is its blocks in reading order. A table is a grid of cells with their spans; whether its columns stand
as they were drawn (`drawn=True`: HTML, Word, Excel, ruled PDF) or were lost to a flattening (`drawn=False`: text
with tabs, pipes or one cell a line) is said, because only the first may be read by column alone.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

Box = tuple[float, float, float, float]

# A remark that begins so says that the file holds a table whose cells did not come through.
LOST_TABLE = "table lost:"
# One that begins so gives the text of a part of the page that is not shown, and was not read.
NOT_SHOWN = "not shown:"
# One that begins so gives the address of a picture that may be a page or a table, which was not looked at.
PICTURE = "picture:"
# One that begins so gives the address of such a picture that could not be had.
PICTURE_NOT_HAD = "picture not captured:"
# One that begins so gives the address of a frame that may hold what a page without tables lacks; it is a page of its own.
FRAMED = "in a frame:"
# Words of a remark where a file was not read to its end.
CUT_OFF = "cut off"
STRUCK = "text that is struck through was not read"

# U+FFFC, the object replacement character (Unicode 23.8): here stood what is no text. What it was follows in brackets.
STAND_IN = "\ufffc"
_STAND_IN = re.compile(f"{STAND_IN}(?:\\[[^\\[\\]]*\\])?")
_LONGEST_STAND_IN = 40
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_NO_TEXT_AT_ALL = re.compile(r"[\[\]\ufffc\ufdd0-\ufdef]")


def stand_in(kind: str, text: str = "") -> str:
    """What a cell says of something in it that is no text: its kind, and the text it has (`\ufffc[button 12]`).

    No reader takes a cell with one for a number, nor for a blank; a label is the same with it as without.
    """
    inside = " ".join(_NO_TEXT_AT_ALL.sub(" ", f"{kind} {text}").split())
    return f"{STAND_IN}[{inside[:_LONGEST_STAND_IN]}]"


def without_stand_ins(text: str) -> str:
    """The text without what stands in for things that are no text."""
    return " ".join(_STAND_IN.sub(" ", text).split()) if STAND_IN in text else text


def raised(text: str) -> str:
    """Text that stands above or below the line: its figures as superscripts, which are figures of no number.

    A raised figure is the mark of a note: 12 with a raised 1 is not 121.
    """
    if any(char.isnumeric() and unicodedata.category(char) == "Lo" for char in text):
        return f"[{text}]"
    return "".join(_RAISED[unicodedata.decimal(char)] if char.isdecimal() else char for char in text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of text stood: source line and page counted from 1, box in points (left, top, right, bottom)."""

    line: int | None = None
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as marked up by its format; `level` from 1, as marked (it cannot be trusted for nesting)."""

    text: str
    level: int
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of running text, inner white space folded. `confidence` is as in `Cell`."""

    text: str
    place: Place = Place()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as published: its text, and its top left position in the grid, row and column counted from 1.

    `confidence` is how sure a recogniser is of the text, from 0 to 1; None where the text was not recognised but read.
    """

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    place: Place = Place()
    confidence: float | None = None


_ROW_AND_COLUMN = attrgetter("row", "column")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as published. `index` counts the tables of the document from 1."""

    index: int
    cells: tuple[Cell, ...]
    drawn: bool
    place: Place = Place()

    @property
    def height(self) -> int:
        """Number of rows, spans included."""
        return max((cell.row + cell.rowspan - 1 for cell in self.cells), default=0)

    @property
    def width(self) -> int:
        """Number of columns, spans included."""
        return max((cell.column + cell.colspan - 1 for cell in self.cells), default=0)

    def rows(self) -> list[list[Cell]]:
        """The cells row by row, each in the row where it begins, from left to right."""
        lines: list[list[Cell]] = [[] for _ in range(self.height)]
        for cell in sorted(self.cells, key=_ROW_AND_COLUMN):
            lines[cell.row - 1].append(cell)
        return lines


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that stands where text or a table might: what it shows was not read, so what is not found in the
    document is not known to be absent. `target` is its address as written, None where it lies in the file itself
    (a scanned page of a PDF). It has no text and does not count for the digest.
    """

    target: str | None = None
    place: Place = Place()


Block = Heading | Paragraph | Table | Picture


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside the main content: its target as written, and its text."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """What was taken out of a file.

    `title` is the title of the page or file as published (without the site's name), `meta` holds what the page says
    of itself outside the report (meta tags by their name; the rows of an information table and the date line by
    their label, white space removed). Neither counts for the digest: the digest is that of the report's text. `files` names
    the files of an archive, each with the place of its first block.
    """

    blocks: tuple[Block, ...]
    media_type: str
    charset: str | None
    extractor: str
    extractor_version: str
    title: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    remarks: tuple[str, ...] = ()
    files: tuple[tuple[str, int], ...] = ()

    def tables(self) -> Iterator[Table]:
        """The tables in reading order."""
        for block in self.blocks:
            if isinstance(block, Table):
                yield block

    def pictures(self) -> Iterator[Picture]:
        """The pictures in reading order."""
        for block in self.blocks:
            if isinstance(block, Picture):
                yield block

    def pictured(self) -> tuple[str, ...]:
        """The addresses, as written, of the pictures in the page that may be pages or tables and were not looked at."""
        return tuple(r.removeprefix(PICTURE).strip() for r in self.remarks if r.startswith(PICTURE))

    def text(self) -> str:
        """The report's text, one block a line; a table gives one line a row, cells parted by tabs. Ends in a newline."""
        lines: list[str] = []
        for block in self.blocks:
            if isinstance(block, Table):
                lines.extend("\t".join([cell.text for cell in row]) for row in block.rows())
            elif not isinstance(block, Picture):
                lines.append(block.text)
        return "".join(line + "\n" for line in lines)

    @property
    def digest(self) -> str:
        """SHA-256 of `text()` in UTF-8, as lower-case hex."""
        return hashlib.sha256(self.text().encode("utf-8", "surrogatepass")).hexdigest()
