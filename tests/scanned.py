"""Paper: reports rasterised, set askew, with noise and saved as a scanner saves them; and small tables drawn by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from archive.text.document import Cell, Document
from archive.text.scan_page import PageImage, read_pages

FONTS = Path("/usr/share/fonts")
SERIF = FONTS / "truetype/liberation/LiberationSerif-Regular.ttf"
SANS = FONTS / "truetype/liberation/LiberationSans-Regular.ttf"
HAN = FONTS / "opentype/noto/NotoSansCJK-Regular.ttc"
HAN_SERIF = FONTS / "opentype/noto/NotoSerifCJK-Regular.ttc"


@dataclass(frozen=True)
class Scanner:
    """How a page is scanned: resolution, skew in degrees, noise (standard deviation, of 255) and JPEG quality."""

    dpi: int = 200
    skew: float = 1.0
    noise: float = 10.0
    quality: int = 60

    def pages(self, pdf: bytes, seed: int) -> list[bytes]:
        """The pages of a PDF as JPEG files."""
        with pypdfium2.PdfDocument(pdf) as document:
            pages = [page.render(scale=self.dpi / 72).to_pil().convert("L") for page in document]
        return [self.scan(page, seed * 100 + number) for number, page in enumerate(pages)]

    def scan(self, page: Image.Image, seed: int) -> bytes:
        """A page as a JPEG file."""
        turned = page.rotate(self.skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
        chance = np.random.default_rng(seed)
        noisy = np.asarray(turned, np.float32) + chance.normal(0.0, self.noise, (turned.height, turned.width))
        file = BytesIO()
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=self.quality)
        return file.getvalue()


def document_of(pages: Sequence[bytes]) -> Document:
    """The document of scanned pages, one picture file each."""
    images = [
        PageImage(np.asarray(Image.open(BytesIO(page)).convert("L")), number)
        for number, page in enumerate(pages, 1)
    ]
    blocks = tuple(block for page in read_pages(images) for block in page)
    return Document(blocks, "image/jpeg", None, "picture", "test")


def drawn(
    rows: Sequence[Sequence[str]],
    *,
    font: Path = SERIF,
    size: int = 28,
    widths: Sequence[int] = (420, 170, 170, 170, 170, 170, 170),
    missing: Sequence[tuple[int, int]] = (),
    grey: int = 0,
) -> Image.Image:
    """A page with one ruled table. `missing` names places (row, column) without a line to their right."""
    high = size * 2
    page = Image.new("L", (1654, 400 + high * len(rows)), 255)
    pen = ImageDraw.Draw(page)
    figures, words = ImageFont.truetype(str(font), size), ImageFont.truetype(str(HAN_SERIF), size)
    left, top = 100, 200
    across = len(rows[0])
    edges = [left + sum(widths[:i]) for i in range(across + 1)]
    for y in range(len(rows) + 1):
        pen.line((edges[0], top + y * high, edges[-1], top + y * high), fill=0, width=2)
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            if (y, x - 1) not in missing:
                pen.line((edges[x], top + y * high, edges[x], top + (y + 1) * high), fill=0, width=2)
            used = figures if text.isascii() else words
            middle = ((edges[x] + edges[x + 1]) / 2, top + y * high + high / 2)
            if text:
                pen.text(middle, text, font=used, fill=grey, anchor="mm")
        pen.line((edges[-1], top + y * high, edges[-1], top + (y + 1) * high), fill=0, width=2)
    return page


def cells_of(page: bytes) -> dict[tuple[int, int], Cell]:
    """The cells of the one table of a page by row and column, from 0."""
    (table,) = document_of([page]).tables()
    return {(cell.row - 1, cell.column - 1): cell for cell in table.cells}
