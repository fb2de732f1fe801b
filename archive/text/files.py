"""Which addresses on a page lead to a file rather than to another page, by how they and their links are written. Pure.

Portals name files in three ways: by the end of the path (`./P020170120.doc`), by a value of the query
(`/module/download/downfile.jsp?classid=0&filename=8ab3….xls` of Hanweb, `/virtual_attach_file.vsb?…&e=.doc` of Boda), or
only by the words of the link, often behind an address that speaks of a download (`/system/_content/download.jsp?urltype=
news.DownloadAttachUrl&…&wbfileid=99` of Boda, `/attachment/889`).
"""

import re
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

# With the kinds that Word, Excel and WPS save beside their usual ones, and .ceb of Founder Apabi, which nothing here reads.
_KINDS = "pdf|do[ct][xm]?|wp[st]|xl[st][xmb]?|ett?|ofd|zip|rar|7z|rtf|od[ts]|mht(?:ml)?|ceb"
_ENDING = re.compile(rf"\.(?:{_KINDS})$", re.IGNORECASE)
_DOWNLOAD = re.compile(r"down_?(?:load|file)|attach", re.IGNORECASE)
_PAGE = re.compile(r"\.(?:s?html?|jhtml|xhtml)$", re.IGNORECASE)
_NAMED_IN_WORDS = re.compile(rf"\.(?:{_KINDS})(?![a-z0-9])", re.IGNORECASE)
_SAID_IN_WORDS = re.compile(r"附[件表]|下载")
_ANNEX = re.compile(r"附[件表录]|(?:统计|情况|报)表[)）】\]]?$")
_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\\s<>])+)\1""")


def ends_like_a_file(address: str) -> bool:
    """Whether the path of an address, or a value of its query, ends like the name of a file."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    # `/P0.pdf;jsessionid=…` and `/P0.pdf%20` are files too.
    if _ENDING.search(unquote(parts.path.partition(";")[0]).strip()):
        return True
    return any(_ENDING.search(value) for _, value in parse_qsl(parts.query))


def leads_to_file(address: str, words: str = "") -> bool:
    """Whether a link leads to a file.

    Args:
        address: as written.
        words: the words of the link: where the address names no file, they do, or it speaks of a download and they of an annex.
    """
    if ends_like_a_file(address):
        return True
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    if _PAGE.search(parts.path):
        return False
    by_download = _SAID_IN_WORDS.search(words) and _DOWNLOAD.search(f"{parts.path}?{parts.query}")
    return words_name_a_file(words) or bool(by_download)


def words_name_a_file(words: str) -> bool:
    """Whether words name a file, as those of a link do that only a script follows (`二〇二三年.xls`)."""
    return bool(_NAMED_IN_WORDS.search(words))


def leads_to_annex(address: str, words: str) -> bool:
    """Whether a link in the text of a report leads to an annex of it: a file, or a page that its words call an annex or a table."""
    return leads_to_file(address, words) or bool(_ANNEX.search("".join(words.split())))


def file_shown(address: str) -> str | None:
    """The file that a frame or an embedded object shows, None where it shows a page: its own address, or, where a viewer stands
    between (`/pdfjs/web/viewer.html?file=/zwgk/P0.pdf`), the address that this is given."""
    try:
        parts = urlsplit(address.strip())
        for _, value in parse_qsl(parts.query):
            if ends_like_a_file(value) and (_PAGE.search(parts.path) or re.match(r"https?:|\.{0,2}/", value)):
                return urljoin(address.strip(), value)
    except ValueError:
        return None
    return address.strip() if _ENDING.search(parts.path) else None


def file_called(script: str) -> str | None:
    """The first file that a script names in quotes: `window.open('./P020170120.doc')`; None where it names none."""
    return next((found[2] for found in _QUOTED.finditer(script) if ends_like_a_file(found[2])), None)
