"""What a list page says of its further pages and entries itself, whatever its family makes of it. Pure.

A family reads the pagers that it knows. A portal that writes its pager in another way must not have its first page taken
for the whole list: a link to a next page that nobody followed, a number of pages above that of the page, or a number of
entries above those listed is looked for here, in the markup and in the scripts of the page, and told.

Not a sign: a link that is switched off or leads to the page itself, `javascript:void(0)`, and whatever contradicts 共1页.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import Script

from crawler.families.anchors import NOWHERE, as_the_column, host_of, pager_total
from crawler.families.listing import MOST_PAGES, Ask
from crawler.families.page_calls import code_of

_NEXT = re.compile(
    r"(?:下|后)(?:一)?[页頁]|(?:尾|末|最后一|最末)[页頁]|next(?:\s*page)?|last(?:\s*page)?", re.IGNORECASE
)
_FOLLOWING = re.compile(r"(?:下|后)(?:一)?[页頁]|next(?:\s*page)?", re.IGNORECASE)
_ARROW = re.compile(r"[>›»≫]{1,2}|&gt;")
_EDGES = " \t\r\n\xa0[]［］<>›»→|"
_PAGES = re.compile(
    r"第?\s*(?P<now>\d{1,4})\s*页?\s*/\s*共?\s*(?P<of>\d{1,4})\s*页|(?:共|总计)\s*(?:有|计)?\s*(?P<all>\d{1,4})\s*页"
    r"|总页数\s*[:：]?\s*(?P<told>\d{1,4})"
)
_ENGLISH_PAGES = re.compile(r"\bpage\s+(?P<now>\d{1,4})\s*(?:/|of)\s*(?P<of>\d{1,4})\b", re.IGNORECASE)
_SCRIPT_PAGES = re.compile(
    r"\b(?:m_n)?(?:page_?count|total_?pages?|count_?pages?|max_?pages?(?:items)?)\b[\"']?\s*[:=]\s*"
    r"(?:parseInt\s*\(\s*)?[\"']?(\d{1,4})\b",
    re.IGNORECASE,
)
# A pager that is drawn by its number of pages and the present one: `createPage(3, 0)`, `pagination("pg", 3, 1)`.
_DRAWN_PAGES = re.compile(
    r"(?<!function )\b(?:createPage\w*|pagination|paging|showPages?|pageHtml)\s*\(\s*(?:[\"'][\w#.-]*[\"']\s*,\s*)?"
    r"(\d{1,4})\s*,\s*[01]\s*[,)]",
    re.IGNORECASE,
)
_SCRIPT_TOTAL = re.compile(
    r"\b(?:m_n)?(?:record_?count|total_?records?|total_?count|totalRows?)\b[\"']?\s*[:=]\s*[\"']?(\d{1,6})\b",
    re.IGNORECASE,
)
_PAGE_KEY = re.compile(
    r"^(?:page|pagenum|pageno|page_?index|paged|currpage|currentpage|curpage|p)$", re.IGNORECASE
)
_DATA_PAGE = re.compile(r"^(?:data-)?(?:paged?|page-?(?:index|num|no)|p)$", re.IGNORECASE)
_OFF = re.compile(r"(?:^|[-_])(?:disabled?|no|off|none)$|disabled", re.IGNORECASE)
_POSTED = re.compile(r"__doPostBack|WebForm_DoPostBackWithOptions", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])[\"']?(\d{1,3})[\"']?(?![\w.])")
_FOLDER_PAGE = re.compile(r"(?:index|default)(?:_0)?\.s?html?", re.IGNORECASE)
# A pager that a script draws is given its pages or entries: `laypage({pages: 2})`, `laypage.render({count: 10, limit: 5})`.
_PAGER_CALL = re.compile(
    r"\b\w*(?:pag(?:e|ing|inat)\w*)(?:\.\w+)?\s*\(\s*(?:[\w\"'#.]+\s*,\s*)?\{(?P<given>[^{}]*)", re.IGNORECASE
)
_PAGES_GIVEN = re.compile(r"(?<!\w)[\"']?pages[\"']?\s*:\s*[\"']?(\d{1,4})\b")
_TOTAL_GIVEN = re.compile(
    r"(?<!\w)[\"']?(?:count|total|totalCounts?|totalData|totalNumber|totalSize|dataCount)[\"']?\s*:\s*[\"']?(\d{1,6})\b"
)
_PAGER_NAME = re.compile(r"pag(?:er|ing|inat)", re.IGNORECASE)
_TOTAL_BORNE = re.compile(
    r"(?:data-|:)?(?:total|count|total-?(?:count|records?|rows?)|record-?count)", re.IGNORECASE
)
_PAGES_BORNE = re.compile(r"(?:data-|:)?(?:pages|page-?count|total-?pages?)", re.IGNORECASE)
_MORE = re.compile(r"(?:点击)?(?:加载|查看|显示|浏览)更多|加载下一页")
_NEXT_CLASS = re.compile(
    r"(?:^|[-_])(?:next(?:[-_]?(?:page|btn|link))?|(?:page|pager|pagination|btn)[-_]?next)$|nextpage$",
    re.IGNORECASE,
)
_BUTTONS = ("a", "span", "button", "li", "div", "i", "em", "input")
_ROW = frozenset(
    {"a", "b", "dd", "dt", "em", "font", "h3", "h4", "i", "li", "p", "span", "strong", "td", "tr"}
)


def scripts_of(soup: BeautifulSoup) -> str:
    """All scripts of a page, without what is commented out."""
    return "\n".join(code_of(str(script.string or "")) for script in soup.find_all("script"))


def _said_to_scripts(soup: BeautifulSoup) -> str:
    """All scripts of a page, and the hidden fields that they read, written as variables."""
    fields = [
        f"{field.get('id') or field.get('name')}={field.get('value') or ''}"
        for field in soup.find_all("input", attrs={"type": "hidden"})
    ]
    return "\n".join((scripts_of(soup), *fields))


def _given_to_pager(script: str, wanted: re.Pattern[str]) -> int | None:
    """The number that a script gives the pager which it draws."""
    calls = (wanted.search(call["given"]) for call in _PAGER_CALL.finditer(script))
    return next((int(found[1]) for found in calls if found), None)


def _given_by_markup(soup: BeautifulSoup, wanted: re.Pattern[str]) -> int | None:
    """The number that the element which a script draws the pager into bears: `<div class="pagination" data-total="10">`."""
    for element in soup.find_all(_is_pager):
        for key, value in element.attrs.items():
            if wanted.fullmatch(key) and str(value).isdecimal():
                return int(str(value))
    return None


def _is_pager(element: Tag) -> bool:
    names = (element.name, str(element.get("id") or ""), *(element.get("class") or ()))
    return any(_PAGER_NAME.search(str(name)) for name in names)


def total_of(soup: BeautifulSoup) -> int | None:
    """The number of entries that a pager, or else a script of the page, states; None where none does."""
    if (said := pager_total(soup)) is not None:
        return said
    if (said := _given_by_markup(soup, _TOTAL_BORNE)) is not None:
        return said
    script = _said_to_scripts(soup)
    found = _SCRIPT_TOTAL.search(script)
    return int(found[1]) if found else _given_to_pager(script, _TOTAL_GIVEN)


def goes_on(soup: BeautifulSoup, url: str, number: int, entries: int) -> str | None:
    """A sentence where a page of a list says that there are further ones, None where it does not.

    Args:
        soup: the page.
        url: where it was served.
        number: which page of its list it is, from 1.
        entries: how many entries its list has on it.
    """
    total = total_of(soup)
    # What an element bears may count its pages: it proves the list whole only where it is the number of the entries.
    is_sure = pager_total(soup) is not None or _given_by_markup(soup, _TOTAL_BORNE) is None
    if number == 1 and total is not None and (entries == total or (is_sure and entries > total)):
        return None
    if (said := stated_pages(soup, number)) is not None:
        now, pages = said
        return f"it says that it is page {now} of {pages}" if now < pages else None
    if (last := _last_choice(soup)) > number:
        return f"it lets its reader choose among {last} pages"
    for element in soup.find_all(_BUTTONS):
        if element.name != "a" and (not element.has_attr("onclick") or element.find("a")):
            continue
        if sign := _leads_on(element, url, number) or _gives_more(element):
            return f"its link {sign} leads to a further page"
    return None


def _last_choice(soup: BeautifulSoup) -> int:
    """The last of the pages among which a `<select>` that speaks of pages, or of addresses of pages, lets a reader choose; 0
    where there is none."""
    last = 0
    for choice in soup.find_all("select"):
        options = choice.find_all("option")
        labels = [option.get_text(strip=True) for option in options]
        if len(labels) < 2 or labels != [str(page) for page in range(1, len(labels) + 1)]:
            continue
        written = " ".join(str(choice.get(key) or "") for key in ("id", "name", "class", "onchange"))
        led = all(re.search(r"[/.]", str(option.get("value") or "")) for option in options[1:])
        if led or re.search(r"page|goto|jump", written, re.IGNORECASE):
            last = max(last, len(labels))
    return last


def _gives_more(element: Tag) -> str | None:
    """The words of a button by which a script puts further entries below those of the page; a link to elsewhere is none."""
    words = " ".join(element.get_text().split())
    href = str(element.get("href") or "").strip()
    by_script = href.lower().startswith("javascript:") or NOWHERE.match(href)
    return words if by_script and _MORE.fullmatch(words) and not is_off(element) else None


def next_link(soup: BeautifulSoup, asked: Ask) -> tuple[Ask, ...]:
    """The next page, where a plain link of the pager below or beside the page leads to it; last pages and numbers lead on too
    little or too far."""
    for anchor in soup.find_all("a", href=True):
        href = str(anchor["href"]).strip()
        if not names_next(anchor) or is_off(anchor):
            continue
        try:
            target = urljoin(asked.url, href).partition("#")[0]
            there, own = urlsplit(target), urlsplit(asked.url)
        except ValueError:
            continue
        if there.scheme not in ("http", "https") or host_of(there) != host_of(own):
            continue
        if _plain(there.path, there.query, 0) != _plain(own.path, own.query, 0):
            return (Ask(as_the_column(target, asked.url), page=asked.page + 1),)
    return ()


def entries_of_the_list(
    soup: BeautifulSoup, base: str, urls: Collection[str], is_report: Callable[[str], bool]
) -> int:
    """How many of a page's links stand in its list and not in a sidebar: where the reports stand, or most of them.

    Args:
        soup: the page.
        base: where it was served.
        urls: the links that its family took.
        is_report: whether a link is taken for a report.
    """
    places: dict[str, set[object]] = {}
    for anchor in soup.find_all("a", href=True):
        try:
            target = as_the_column(urljoin(base, str(anchor["href"]).strip()).partition("#")[0], base)
        except ValueError:
            continue
        if target in urls:
            places.setdefault(target, set()).add(_place(anchor, target))
    links = Counter(place for own in places.values() for place in own)
    reports = Counter(place for url, own in places.items() if is_report(url) for place in own)
    if not reports:
        return len(urls)
    most = max(reports.values())
    lists = {place for place, named in reports.items() if named == most or named * 2 >= links[place]}
    beside = sum(not (own & lists) for own in places.values())
    return len(urls) - beside


def _place(anchor: Tag, target: str) -> object:
    """Where a link stands: the elements around its row; on a page without any, the kind of its address."""
    around = tuple(
        (parent.name, " ".join(parent.get("class") or ()), str(parent.get("id") or ""))
        for parent in anchor.parents
        if parent.name not in _ROW and parent.name not in ("[document]", "html", "body", "form")
    )
    parts = urlsplit(target)
    folder = parts.path.rpartition("/")[0]
    names = tuple(sorted(key for key, _ in parse_qsl(parts.query)))
    return around or (folder, names)


def stated_pages(soup: BeautifulSoup, number: int) -> tuple[int, int] | None:
    """The page's own number and that of all pages, where text or script state the latter."""
    if found := _PAGES.search(_shown_text(soup)):
        pages = int(found["of"] or found["all"] or found["told"])
        return int(found["now"]) if found["now"] else number, pages
    if found := _ENGLISH_PAGES.search(_shown_text(soup)):
        return int(found["now"]), int(found["of"])
    script = _said_to_scripts(soup)
    if found := _SCRIPT_PAGES.search(script) or _DRAWN_PAGES.search(script):
        return number, int(found[1])
    given = _given_to_pager(script, _PAGES_GIVEN) or _given_by_markup(soup, _PAGES_BORNE)
    return None if given is None else (number, given)


def _shown_text(soup: BeautifulSoup) -> str:
    return " ".join(
        str(text).strip() for text in soup.find_all(string=True) if not isinstance(text, (Comment, Script))
    )


def _leads_on(anchor: Tag, url: str, number: int) -> str | None:
    """The name of a link that leads to a further page, None where it leads to none."""
    label = " ".join(anchor.get_text().split())
    word = next((name for name in _names(anchor) if _NEXT.fullmatch(name.strip(_EDGES))), None)
    if word is None and _ARROW.fullmatch(label):
        word = label
    digits = int(label) if label.isdecimal() and len(label) <= 3 else 0
    if (word is None and not number < digits <= MOST_PAGES) or is_off(anchor):
        return None
    href = str(anchor.get("href") or "").strip()
    script = str(anchor.get("onclick") or "")
    if href.lower().startswith("javascript:") or NOWHERE.match(href):
        called = f"{script} {'' if NOWHERE.match(href) else href}"
        told = [int(found) for found in _NUMBER.findall(called)]
        told += [
            int(str(value))
            for key, value in anchor.attrs.items()
            if _DATA_PAGE.match(key) and str(value).isdecimal()
        ]
        if digits:
            return label if digits in told or digits - 1 in told or f"${digits}" in called else None
        posts = bool(_POSTED.search(called))
        return word if posts or any(number < page <= MOST_PAGES for page in told) else None
    try:
        target, own = urlsplit(urljoin(url, href)), urlsplit(url)
    except ValueError:
        return None
    if target.scheme not in ("http", "https") or host_of(target) != host_of(own):
        return None
    if _plain(target.path, target.query, number) == _plain(own.path, own.query, number):
        return None
    pages = dict(parse_qsl(target.query)).get("totalpage", "")
    if pages.isdecimal() and int(pages) <= number:
        return None
    folder = own.path.rpartition("/")[0] + "/"
    near = target.path == own.path or target.path.startswith(folder)
    if digits:
        ending = target.path.rpartition("/")[2] + "?" + target.query
        has = {int(found) for found in re.findall(r"(?<!\d)\d{1,3}(?!\d)", ending)}
        return label if near and has & {digits, digits - 1} else None
    if _ARROW.fullmatch(word or "") and not near:
        return None
    return word


def _names(anchor: Tag) -> tuple[str, str, str, str]:
    """What a link is called: its text, its title, the text of its picture, and `next` where it has no words and its classes say
    so."""
    image = anchor.find("img")
    text = " ".join(anchor.get_text().split()) or str(anchor.get("value") or anchor.get("alt") or "")
    classes = [
        *(anchor.get("class") or ()),
        *(name for i in anchor.find_all("i") for name in i.get("class") or ()),
    ]
    drawn = "next" if not text and any(_NEXT_CLASS.search(str(name)) for name in classes) else ""
    return text, str(anchor.get("title") or ""), str(image.get("alt") or "") if image else "", drawn


def names_next(anchor: Tag) -> bool:
    """Whether a link is called the next page."""
    return any(_FOLLOWING.fullmatch(name.strip(_EDGES)) for name in _names(anchor))


def is_off(anchor: Tag) -> bool:
    """Whether a link of a pager is switched off, by itself or by its row."""
    for element in (anchor, anchor.parent):
        if element is not None and any(_OFF.search(name) for name in element.get("class") or ()):
            return True
    return anchor.has_attr("disabled")


def _plain(path: str, query: str, number: int) -> tuple[str, str]:
    """An address by which a page is known from another, without the number of this page or an earlier one."""
    pairs = [
        (key, value)
        for key, value in parse_qsl(query, keep_blank_values=True)
        if not (_PAGE_KEY.match(key) and (not value.isdecimal() or int(value) <= number))
        and key.lower() not in ("totalpage", "total")
    ]
    folder, _, name = path.rpartition("/")
    return f"{folder}/{'' if _FOLDER_PAGE.fullmatch(name) else name}", urlencode(sorted(pairs))
