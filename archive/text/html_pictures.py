"""Which pictures in the content of a page may be a page of its report or a table of it, as far as the page says.

What a picture measures is known for sure only when it is here (`archive.text.picture`); icons, seals and codes to be
scanned that the page itself gives away are not asked for.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from archive.text.files import ends_like_a_file

# A table of the form is wider and higher than this in any picture that can be read.
_NARROWEST, _LOWEST = 200, 80
_LARGEST_SQUARE = 400
# Where pages that load their pictures late keep the address, the first that is there.
_ADDRESSES = ("data-original", "data-src", "data-lazy-src", "src", "oldsrc")
_PICTURE = re.compile(r"\.(?:jpe?g|png|tiff?|bmp)$", re.IGNORECASE)
_NO_PAGE = re.compile(
    r"(?:^|[^a-z])(?:icons?|logos?|ewm|erweima|qr_?codes?|spacer|filetypeimages|emoticons?|emoji)(?:[^a-z]|$)",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(px)?\s*(?:$|;|!)")
_STYLED = {side: re.compile(rf"(?:^|[;\s]){side}\s*:([^;]*)", re.IGNORECASE) for side in ("width", "height")}


def pictures_in(content: Element) -> Iterator[str]:
    """The addresses, as written and each once, of the pictures that may be pages or tables, in the order of the page.

    Left out are: what is named or sized like an icon, a code to be scanned or a seal, and what only stands for a file
    that it links to. A picture that links to a picture is a small one of that.
    """
    seen: set[str] = set()
    for image in content.iter("img"):
        linked = _linked(image)
        if ends_like_a_file(linked):
            continue
        is_small = bool(_PICTURE.search(_path(linked)))
        address = linked if is_small else _address(image)
        if not address or address in seen or _NO_PAGE.search(_path(address)):
            continue
        if is_small or _has_room(image):
            seen.add(address)
            yield address


def _address(image: Element) -> str:
    written = ("".join((image.get(name) or "").split("\n")).strip() for name in _ADDRESSES)
    found = [address for address in written if address]
    outside = [address for address in found if not address.lower().startswith("data:")]
    if outside:
        return outside[0]
    # The picture lies in the page itself; its bytes are no address.
    return found[0].partition(",")[0] if found else ""


def _has_room(image: Element) -> bool:
    width, height = _size(image, "width"), _size(image, "height")
    if (width is not None and width < _NARROWEST) or (height is not None and height < _LOWEST):
        return False
    return not (width and height and width <= _LARGEST_SQUARE and abs(width - height) * 10 <= width)


def _size(image: Element, side: str) -> int | None:
    """What the page says of a side, in pixels; None where it says nothing, or a share of something else."""
    styled = _STYLED[side].search(image.get("style") or "")
    for said in (styled[1] if styled else "", image.get(side) or ""):
        if found := _LENGTH.match(said):
            return int(found[1])
    return None


def _linked(image: Element) -> str:
    """What a picture links to, empty where it links to nothing."""
    anchor = next(image.iterancestors("a"), None)
    return "".join(((anchor.get("href") if anchor is not None else None) or "").split("\n")).strip()


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""
