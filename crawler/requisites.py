"""What a page needs to be shown as it was: style sheets, scripts and images that it or its style sheets name.

Pure: text in, URLs out. They are captured once, so that a replay shows the page and not its wreckage; nothing is read
from them.
"""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from archive.exchange import asked_url

_URL = re.compile(r"url\(\s*(['\"]?)([^'\")]+)\1\s*\)|@import\s+(['\"])([^'\"]+)\3", re.IGNORECASE)
_SHOWN = frozenset({"stylesheet", "icon", "shortcut"})


def of_page(text: str, url: str) -> list[str]:
    """The absolute URLs that an HTML page names as style sheets, scripts, images and backgrounds; each once, in order."""
    page = BeautifulSoup(text, "lxml")
    base = page.find("base", href=True)
    from_here = urljoin(url, str(base["href"])) if isinstance(base, Tag) else url
    return _absolute(_named(page), from_here)


def of_style(text: str, url: str) -> list[str]:
    """The absolute URLs of the images, fonts and further style sheets that a style sheet names."""
    return _absolute(_in_style(text), url)


def _named(page: BeautifulSoup) -> Iterator[str]:
    for tag in page.find_all(["link", "script", "img", "input", "style", "td", "table", "body"]):
        if tag.name == "link":
            if _SHOWN & {word.lower() for word in tag.get_attribute_list("rel") if word}:
                yield str(tag.get("href") or "")
        elif tag.name == "style":
            yield from _in_style(tag.get_text())
        else:
            yield str(tag.get("background" if tag.name in ("td", "table", "body") else "src") or "")
    for tag in page.find_all(style=True):
        yield from _in_style(str(tag["style"]))


def _in_style(text: str) -> Iterator[str]:
    return (found[2] or found[4] for found in _URL.finditer(text))


def _absolute(targets: Iterator[str], url: str) -> list[str]:
    found: dict[str, None] = {}
    for target in targets:
        try:
            whole = asked_url(urljoin(url, target.strip()).partition("#")[0]) if target.strip() else ""
            if urlsplit(whole).scheme in ("http", "https"):
                found[whole] = None
        except ValueError:  # no URL at all
            continue
    return list(found)
