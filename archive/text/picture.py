"""Picture files that are pages: JPEG, PNG, TIFF (several pages), BMP and GIF, each page a scan.

The extra `gxcrawl[ocr]` reads them. Without it the document is pictures only, and says what to install: what the
pages print is then not known to be absent.
"""

import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any

from archive.text.document import Block, Document, Picture, Place
from archive.text.kind import kind_of
from archive.text.refusal import NoPage, NotReadable

if TYPE_CHECKING:
    from archive.text.scan_page import PageImage

EXTRACTOR = "picture"
VERSION = "1"
# Said in a finding behind the words "Of the file, ".
INSTALL = (
    "the pages are pictures and were not read, since the extra for them is not installed: "
    "type pip install 'gxcrawl[ocr]', then gxcrawl reparse"
)
MOST_PIXELS = 60_000_000
MOST_PAGES = 300
# Said behind the numbers of pages.
NO_TIME = (
    "since reading all pages takes longer than one file may: raise reading_cpu and reading_time in gxcrawl.toml, then "
    "type gxcrawl reparse"
)
_LONGEST = 20_000
# A picture that is lower or narrower shows no table that could be read; one about as high as wide and no larger is a code
# to be scanned or a seal.
_SMALLEST, _LARGEST_SQUARE = 100, 500
_GREYS = "L"


def can_recognise() -> bool:
    """Whether the extra is installed."""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2"))


def to_document(data: bytes) -> Document:
    """The document of a picture file. A place's box is in pixels of the picture as it is shown; of a moving picture
    the first image counts.

    Raises:
        NoPage: too small to be a page or a table, or a code to be scanned.
        NotReadable: damaged, cut off, or larger than a page can be.
    """
    media_type = kind_of(data).media_type
    if not can_recognise():
        _look_at(data)
        return Document(
            (Picture(place=Place(page=1)),), media_type, None, EXTRACTOR, VERSION, remarks=(INSTALL,)
        )
    from archive.text import recogniser, scan_page

    images = _Pages(data)
    pages = scan_page.read_pages(images)
    blocks: list[Block] = [block for page in pages for block in page]
    remarks: tuple[str, ...] = ()
    if images.met > len(pages):
        blocks.append(Picture(place=Place(page=len(pages) + 1)))
        why = f"a file is read up to page {MOST_PAGES}" if len(pages) == MOST_PAGES else NO_TIME
        remarks = (f"page {len(pages) + 1} and what follows it were not read, {why}",)
    version = f"{VERSION}/{scan_page.VERSION} ({recogniser.recogniser_version()})"
    return Document(tuple(blocks), media_type, None, EXTRACTOR, version, remarks=remarks)


class _Pages:
    """The pages of a picture file up to the bound; `met` counts those that it was asked for, and one beyond the bound."""

    def __init__(self, data: bytes) -> None:
        self.met = 0
        self._data = data

    def __iter__(self) -> "Iterator[PageImage]":
        for page in pages_of(self._data):
            self.met += 1
            if self.met > MOST_PAGES:
                return
            yield page


def _look_at(data: bytes) -> None:
    """Raises as `pages_of` does where the file is no page, by its first image."""
    next(_images(data), None)


def pages_of(data: bytes) -> "Iterator[PageImage]":
    """The pages of a picture file in grey, turned as the file says; of a moving picture the first image. No more are given
    than one beyond those that are read.

    Raises:
        NoPage, NotReadable: as `to_document`.
    """
    import numpy as np

    from archive.text.scan_page import PageImage

    for number, image in enumerate(_images(data), 1):
        yield PageImage(np.asarray(image, np.uint8), number)


def _images(data: bytes) -> Iterator[Any]:
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data)) as picture:
                frames: Any = ImageSequence.Iterator(picture) if picture.format == "TIFF" else (picture,)
                for frame in islice(frames, MOST_PAGES + 1):
                    _check(frame.width, frame.height)
                    yield _grey(ImageOps.exif_transpose(frame))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise NotReadable(_TOO_LARGE) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise NotReadable(
            f"The picture is damaged or cut off and cannot be read: {error}. Fetch it again."
        ) from error


_TOO_LARGE = f"The picture has more than {MOST_PIXELS:,} pixels, more than a page can have, and is not read."


def _check(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise NotReadable(_TOO_LARGE)
    if max(width, height) > _LONGEST:
        raise NotReadable(
            f"The picture is {max(width, height):,} pixels long, more than a page can be, and is not read."
        )
    if min(width, height) < _SMALLEST:
        raise NoPage(f"The picture has {width} by {height} pixels only: there is no report in it to read.")
    if max(width, height) <= _LARGEST_SQUARE and abs(width - height) * 20 <= width:
        raise NoPage(
            f"The picture has {width} by {height} pixels, as a code to be scanned or a seal has: there is no report in it "
            "to read."
        )


def _grey(picture: Any) -> Any:
    """The picture in grey on white: what is transparent is paper, what has other colours is how light it is."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(paper, picture)
    elif picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        low, high = picture.getextrema()
        scale = 255.0 / (high - low) if high > low else 1.0
        picture = picture.convert("F").point(lambda value: (value - low) * scale)
    return picture.convert("RGB").convert(_GREYS) if picture.mode == "CMYK" else picture.convert(_GREYS)
