"""Whether a page came whole: one whose bytes end in the middle lacks tables that the agency did publish."""

import re

from archive.text.document import stand_in
from archive.text.html_table import SHOWN, SHOWN_END

CUT_SHORT = "the page breaks off in its middle, as if cut off on the way: what is missing may stand in what did not come"
_ENDS = re.compile(rb"</(?:html|body)\b", re.IGNORECASE)
_BEGUN_OR_ENDED = re.compile(rb"<(/?)(table|div|form|script)\b", re.IGNORECASE)
_AFTER_A_CELL = re.compile(rb"</(?:td|th|tr|thead|tbody|tfoot|table)\s*>\s*\Z", re.IGNORECASE)
_NEAR_THE_END = 4096


def marked_where_cut(source: bytes) -> bytes | None:
    """The source (UTF-8) of a page that breaks off, without the tag it breaks off in, its last cell marked as no whole
    number.

    None for a page that ends: with `</body>` or `</html>`, or with every table and block closed that it began.
    """
    if _ENDS.search(source, max(len(source) - _NEAR_THE_END, 0)) or _ENDS.search(source):
        return None
    opened, closed = source.rfind(b"<"), source.rfind(b">")
    begins = source[opened + 1 : opened + 2]
    in_a_tag = opened > closed and (begins.isalpha() or begins in b"/!")
    if not in_a_tag and not _is_open(source):
        return None
    whole = source[:opened] if in_a_tag else source
    if _AFTER_A_CELL.search(whole, max(len(whole) - 200, 0)):
        return whole
    return whole + f"{SHOWN}{stand_in('cut off')}{SHOWN_END}".encode()


def _is_open(source: bytes) -> bool:
    """Whether a table or a block was begun more often than ended."""
    depth: dict[bytes, int] = {}
    for end, name in _BEGUN_OR_ENDED.findall(source):
        depth[name.lower()] = depth.get(name.lower(), 0) + (-1 if end else 1)
    return any(count > 0 for count in depth.values())
