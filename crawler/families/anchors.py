"""Links as list pages write them: titles cut short, dates beside them, one host under several spellings."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from bs4 import BeautifulSoup, Tag

from archive.text.files import ends_like_a_file
from crawler.families.listing import ListedLink

_DATE = re.compile(r"(?P<year>20\d\d)\s*[-./年]\s*(?P<month>\d{1,2})\s*[-./月]\s*(?P<day>\d{1,2})")
_TOTAL = re.compile(
    r"(?:总记录数?|总条数|总数)\s*[:：]?\s*(\d+)|(?:共|总计|合计)\s*(?:有|计)?\s*(\d+)\s*(?:条记录|条|篇|个?记录)"
)
_PAGER = re.compile(r"pag(?:e|ing|ination)", re.IGNORECASE)
_PAGER_DEPTH = 3
_LONGEST_PAGER = 300
NOWHERE = re.compile(r"^(?:javascript:\s*(?:void\s*\(?\s*0?\s*\)?)?\s*;*|#)?$", re.IGNORECASE)
"""An `href` that leads nowhere by itself."""
_ROWS = frozenset({"li", "p", "td", "tr", "dd", "span", "div", "button"})
_SHORTEST_TITLE = 2
_GENERIC = re.compile(
    r"[\[［【(（]?\s*(?:请?点击)?(?:查看|浏览|阅读|打开|下载|进入)?(?:详细|详情|全文|原文|内容|正文|附件|信息)?\s*[\]］】)）]?"
)
"""What a link is called that leaves its title to the row around it."""
_ROW_OF_ONE = frozenset({"span", "p", "td", "tr", "li", "dd", "dl", "div"})
_SHORTEST_ROW, _LONGEST_ROW = 6, 120
_DAY = re.compile(rf"{_DATE.pattern}日?")
_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\\s<>])+)\1""")
_ADDRESS = re.compile(
    r"(?:https?:)?//\w|\.{0,2}/[\w.]|[\w./-]+\.(?:s?html?|jspx?|do|action|aspx?|php|pdf|docx?|xlsx?|wps)(?:[?#]|$)",
    re.IGNORECASE,
)
_NUMBER_GIVEN = re.compile(r"[(,]\s*[\"']?\d{1,4}[\"']?\s*[,)]")
_CHINA = timezone(timedelta(hours=8))


def soup_of(markup: str) -> BeautifulSoup:
    """Markup of a portal, broken or not, as a tree in which every link says where it leads: by the page's own `<base>`, with the
    slashes the right way, and by the address that its script opens where it has none itself."""
    soup = BeautifulSoup(markup, "lxml")
    base = soup.find("base", href=True)
    start = str(base["href"]).strip() if isinstance(base, Tag) else ""
    for element in soup.find_all(_clickable):
        href = str(element.get("href") or "").strip().replace("\\", "/")
        if element.name == "a" and not NOWHERE.match(href) and not href.lower().startswith("javascript:"):
            element["href"] = _joined(start, href)
        elif address := _opened(element, href):
            element.name = "a"
            element["href"] = _joined(start, address)
    return soup


def _clickable(element: Tag) -> bool:
    return element.name == "a" or (element.has_attr("onclick") and element.name in _ROWS)


def _joined(start: str, href: str) -> str:
    try:
        return urljoin(start, href) if start else href
    except ValueError:
        return href


def _opened(element: Tag, href: str) -> str | None:
    """The address that the script of a link or row opens, where it is no pager's and holds no link of its own."""
    label = element.get_text(strip=True)
    if (element.name != "a" and element.find("a")) or len(label) < _SHORTEST_TITLE or label.isdecimal():
        return None
    return address_called(f"{element.get('onclick') or ''} {'' if NOWHERE.match(href) else href}")


def address_called(script: str) -> str | None:
    """The address of the page that a script opens: `window.open('./t20160120_99.html')`; None where it names none, or a number
    beside it, as the scripts of pagers do."""
    if _NUMBER_GIVEN.search(script):
        return None
    return next((found[2] for found in _QUOTED.finditer(script) if _ADDRESS.match(found[2])), None)


def listed_links(tree: Tag, base: str, accept: Callable[[str], bool]) -> tuple[ListedLink, ...]:
    """The links of a list, each once, under the longest title that it has.

    Args:
        tree: the page, or the part of it that is the list.
        base: the URL that relative links are resolved against.
        accept: whether an absolute URL is an article's.
    """
    links: dict[str, ListedLink] = {}
    for anchor in tree.find_all("a", href=True):
        href = str(anchor["href"]).strip()
        if href.lower().startswith(("javascript:", "#", "mailto:")):
            continue
        try:
            target = as_the_column(urljoin(base, href).partition("#")[0], base)
        except ValueError:  # a broken IPv6 host: no link at all
            continue
        if not accept(target):
            continue
        listed = ListedLink(target, full_title(anchor) or _title_drawn(anchor), date_beside(anchor))
        if _GENERIC.fullmatch(listed.title):
            listed = replace(listed, title=_title_beside(anchor) or listed.title)
        seen = links.get(target)
        if seen is None or len(seen.title) < len(listed.title):
            links[target] = listed
    return tuple(links.values())


def merged(links: Iterable[ListedLink]) -> tuple[ListedLink, ...]:
    """Links of several parts of one list, each URL once."""
    found: dict[str, ListedLink] = {}
    for link in links:
        found.setdefault(link.url, link)
    return tuple(found.values())


def as_the_column(target: str, column: str) -> str:
    """A target on the column's own host, written with or without www and with either scheme (both seen on one page of
    银川 and 兴庆), as the column writes it; any other target as it is."""
    there, here = urlsplit(target), urlsplit(column)
    if same_host(target, column):
        return urlunsplit(there._replace(scheme=here.scheme, netloc=here.netloc))
    return target


def same_host(target: str, other: str) -> bool:
    """Whether two addresses are of one host, written with or without www, in capitals, or with the port that its scheme has
    anyway."""
    return host_of(urlsplit(target)) == host_of(urlsplit(other))


def host_of(parts: SplitResult) -> str:
    """The host and port of an address, in the one way of writing it that is compared."""
    host = (parts.hostname or "").removeprefix("www.")
    port = parts.port
    return host if port is None or port == {"http": 80, "https": 443}.get(parts.scheme) else f"{host}:{port}"


def is_file(url: str) -> bool:
    """Whether a URL is named like a file that may hold a report, rather than a page."""
    return ends_like_a_file(url)


def full_title(anchor: Tag) -> str:
    """The title of a listed link: its text, or the `title` attribute where that tells more: the text was cut short, is a part
    of it (2014年), or does not speak of disclosure as it does."""
    text = re.sub(r"\s+", " ", anchor.get_text()).strip()
    attribute = re.sub(r"\s+", " ", str(anchor.get("title") or "")).strip()
    if text.endswith(("…", "...", "..")):
        return max(attribute, text, key=len) if attribute.endswith(("…", "...", "..")) else attribute or text
    plain, whole = re.sub(r"\s", "", text), re.sub(r"\s", "", attribute)
    tells_more = plain in whole or ("公开" in whole and "公开" not in plain)
    return attribute if len(whole) > len(plain) and tells_more else text or attribute


def _title_drawn(anchor: Tag) -> str:
    """What the picture of a link without words stands for."""
    image = anchor.find("img")
    return " ".join(str(image.get("alt") or "").split()) if isinstance(image, Tag) else ""


def _title_beside(anchor: Tag) -> str | None:
    """The words of the row of a link that says 查看 or nothing, where the row has no other link."""
    node = anchor.parent
    while node is not None and node.name in _ROW_OF_ONE:
        if len(node.find_all("a")) > 1:
            return None
        cells = [
            child.get_text(" ")
            for child in node.find_all(True, recursive=False)
            if child is not anchor and not child.find("a")
        ]
        whole = node.get_text(" ").replace(anchor.get_text(" "), " ", 1)
        words = max((" ".join(_DAY.sub(" ", text).split()) for text in cells or [whole]), key=len)
        if _SHORTEST_ROW <= len(words) <= _LONGEST_ROW:
            return words
        node = node.parent
    return None


def date_beside(anchor: Tag) -> date | None:
    """The date in the smallest surrounding element that holds this link and no other."""
    node: Tag | None = anchor
    while node is not None and node.name not in ("body", "html"):
        if len(node.find_all("a", href=True)) > 1:
            return None
        outside = node.get_text(" ").replace(anchor.get_text(" "), " ", 1)
        if found := date_in(outside):
            return found
        node = node.parent
    return None


def date_in(text: str) -> date | None:
    """The first date of a text, None where it has none or names no day of the calendar."""
    found = _DATE.search(text)
    if not found:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def date_of_seconds(seconds: object) -> date | None:
    """The day in China of a Unix time, as the JSON lists give it; None where it is none."""
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC).astimezone(_CHINA).date()
    except (ValueError, OverflowError, OSError):
        return None


def column_name(soup: Tag) -> str | None:
    """The column's name from its meta tag, else the last crumb of the breadcrumb."""
    meta = soup.find("meta", attrs={"name": re.compile("^ColumnName$", re.IGNORECASE)})
    if isinstance(meta, Tag) and (content := str(meta.get("content") or "").strip()):
        return content
    crumbs = soup.select("a.CurrChnlCls")
    return crumbs[-1].get_text().strip() if crumbs else None


def total_said(soup: Tag) -> int | None:
    """The number of entries that a page says its list has (共63条, 总记录数：63): in its pager, else anywhere."""
    if (said := pager_total(soup)) is not None:
        return said
    found = _TOTAL.search(soup.get_text(" "))
    return int(found[1] or found[2]) if found else None


def pager_total(soup: Tag) -> int | None:
    """The number of entries that a pager states: words beside 下一页 or a number of pages, and not those of a sidebar."""
    for text in soup.find_all(string=re.compile("条|篇|记录|总数|[共总]")):
        node: Tag | None = text.parent
        for _ in range(_PAGER_DEPTH):
            if node is None or node.name in ("script", "style", "body", "html"):
                break
            around = node.get_text(" ")
            if len(around) > _LONGEST_PAGER:
                break
            found = _TOTAL.search(around)
            after = node.find_next_sibling()
            alone = _TOTAL.fullmatch(around.strip()) and after is not None and after.name == "script"
            if found and (alone or "页" in around or _PAGER.search(" ".join(node.get("class") or ()))):
                return int(found[1] or found[2])
            node = node.parent
    return None
