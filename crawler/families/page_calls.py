"""The paging of static lists: what the script at the foot of a page says of its further pages.

Five forms are seen, most of them under one name:

    createPageHTML(3, 0, "index", "html")                       TRS: total, current from 0; page 2 = index_1.html
    createPageHTML(7, 0, "index", "shtml", "black2", 136)       the same with a style and the number of entries
    createPage(2, 0, "index", "html")                           the same by another name (贵阳)
    createPageHTML('paging', 25, 1, 'index', 'html', 500)       湖南: current from 1; page 2 = index_2.html
    createPageHTML('page_div', 10, 1, 'dezlist', 'shtml', 149)  开普云, Sohu CMS: page 2 = dezlist_2.shtml

and the inline variables `var currentPage = 0; var countPage = 2` (攀枝花: `countPage = parseInt(2)`) or
`m_nRecordCount = "15"; m_nPageSize = 5` (TRS). Portals write them in many ways: numbers in quotes or in variables, a space before
the bracket, `"./index"`, other capitals, an older call left behind in a comment, a second call for another list on the page. So the
arguments are read one by one, and comments are not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from crawler.families.listing import MOST_PAGES, Ask
from crawler.families.paging import too_many

_CALL = re.compile(r"(?<!function )\bcreatePage(?:HTML)?\s*\(([^()]*)\)", re.IGNORECASE)
_ARGUMENT = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w$.]*))\s*(?:,|$)")
_NAME = re.compile(r"[\w-]+")
_MARKUP_COMMENT = re.compile(r"<script\b.*?</script\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_FIELD = re.compile(r"[\"']?(\w+)[\"']?\s*:\s*(?:[\"']([^\"']*)[\"']|([^\s\"',{}]+))")
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'\\])//[^\n]*", re.DOTALL)


def code_of(text: str) -> str:
    """A script, or a page with its scripts, without what is commented out. (A script may itself stand in `<!--`.)"""
    kept = _MARKUP_COMMENT.sub(lambda found: "" if found[0].startswith("<!--") else found[0], text)
    return _COMMENT.sub(" ", kept)


def fields_in(body: str) -> dict[str, str]:
    """The fields of an object that a script sends, from what stands between its braces: `columnid: 77278, path: '/'`."""
    return {name: quoted or plain for name, quoted, plain in _FIELD.findall(body)}


@dataclass(frozen=True, slots=True)
class Paging:
    """What a list says of itself: its pages, its entries where it says so, and the requests for the further pages
    (none on a later page)."""

    pages: int
    total: int | None
    further: tuple[Ask, ...]

    @property
    def trouble(self) -> str | None:
        """A sentence where not all stated pages are asked for."""
        return too_many(self.pages)


def paging_of(text: str, url: str) -> Paging | None:
    """The paging that a page's script states, None where it states none.

    Args:
        text: the page.
        url: where it was served.
    """
    code = code_of(text)
    said = _by_call(code, url) or _by_variables(code, url)
    if said is None:
        return None
    if not said.is_first:
        return Paging(said.pages, said.total, ())
    last = min(said.pages, MOST_PAGES)
    numbers = range(2, last + 1) if said.from_one else range(1, last)
    further = tuple(
        Ask(urljoin(url, f"{said.name}_{number}.{said.ending}"), page=page)
        for page, number in enumerate(numbers, 2)
    )
    return Paging(said.pages, said.total, further)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one call, or the variables of a page, say."""

    pages: int
    total: int | None
    name: str
    ending: str
    is_first: bool
    from_one: bool


def _by_call(code: str, url: str) -> _Said | None:
    """What the call for this list says: the one under the name of the page, else the one with the most pages."""
    calls = [
        said
        for found in _CALL.finditer(code)
        if (said := _of_arguments([_value(argument, code) for argument in _arguments(found[1])]))
    ]
    own = re.sub(r"(?:_\d+)?\.\w+$", "", urlsplit(url).path.rpartition("/")[2]) or "index"
    named = [said for said in calls if said.name == own]
    return max(named or calls, key=lambda said: said.pages, default=None)


def _of_arguments(values: list[str]) -> _Said | None:
    if len(values) >= 4 and values[0].isdecimal() and values[1].isdecimal():
        pages, current, name, ending, *rest = values
        from_one = False
    elif len(values) >= 5 and values[1].isdecimal() and values[2].isdecimal():
        _, pages, current, name, ending, *rest = values
        from_one = True
    else:
        return None
    name, ending = name.removeprefix("./"), ending.removeprefix(".")
    if not _NAME.fullmatch(name) or not _NAME.fullmatch(ending):
        return None
    total = next((int(value) for value in rest if value.isdecimal()), None)
    return _Said(int(pages), total, name, ending, int(current) <= from_one, from_one)


def _arguments(text: str) -> Iterator[tuple[str, bool]]:
    """The arguments of a call, each with whether it stands in quotes."""
    at = 0
    while at < len(text) and (found := _ARGUMENT.match(text, at)):
        double, single, plain = found.groups()
        yield double if double is not None else single if single is not None else plain, plain is None
        at = found.end()


def _value(argument: tuple[str, bool], code: str) -> str:
    """An argument, with a variable's value for its name."""
    text, is_quoted = argument
    if is_quoted or text.isdecimal() or not text:
        return text
    return _assigned(code, text) or text


def _assigned(code: str, name: str) -> str | None:
    found = re.search(rf"\b{re.escape(name)}\s*=\s*(?:parseInt\s*\(\s*)?[\"']?([\w./-]+)", code)
    return found[1] if found else None


def _by_variables(code: str, url: str) -> _Said | None:
    """What the variables of a page say of it; its file's name tells whether it is the first."""
    file = urlsplit(url).path.rpartition("/")[2]
    records, size = _assigned(code, "m_nRecordCount") or "", _assigned(code, "m_nPageSize") or ""
    count = _assigned(code, "countPage") or ""
    total = int(records) if records.isdecimal() else None
    if count.isdecimal():
        pages = int(count)
    elif total is not None and size.isdecimal() and int(size):
        pages = max(1, -(-total // int(size)))
    else:
        return None
    name = _assigned(code, "m_strPageName") or "index"
    ending = (_assigned(code, "m_strPageExt") or file.rpartition(".")[2] or "html").removeprefix(".")
    return _Said(pages, total, name, ending, file in ("", f"{name}.{ending}"), from_one=False)
