"""From a request to the reply of the replica: pure, the same bytes each time but on the named counter pages."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from crawler.replica.article import Block, Grid, blocks
from crawler.replica.attachments import docx, jpeg, xlsx
from crawler.replica.dialects import serve_list
from crawler.replica.doors import LOOKALIKES, door
from crawler.replica.listing import Column, Sent
from crawler.replica.markup import to_html
from crawler.replica.pdf import pdf
from crawler.replica.reply import HTML, Asked, Reply
from crawler.replica.validators import unless_known
from crawler.replica.world import Changes, Page, Portal, World

PAGE_SIZE = 6

COUNTER_PAGES = frozenset(
    {
        "http://www.nxhl.gov.cn/xxgk_7799/xzcxxgkml/lgz/xxgknb_21139/202302/t20230208_3948560.html",
        "http://www.nxgy.gov.cn/zwgk/zfxxgknb/202502/t20250210_4620385.html",
        "http://www.shizuishan.gov.cn/zwgk/zfxxgknb/",
    }
)
"""The pages that count their visits in the body: they alone change between two visits."""

_CONTENT = {
    "gkmlpt": "article-content",
    "ucap": "pages_content",
    "boda": "v_news_content",
    "jpaas": "wzzw-article",
    "lonsun": "wzcon j-fontContent",
}
"""The class of the element that holds the text, by the layout of the family."""

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where on the replica a request leads."""

    world: World
    portal: Portal
    path: str
    query: str
    asked: Asked
    changes: Changes = field(default_factory=Changes)

    @property
    def visits(self) -> int | None:
        """The count that the page shows, or None where it counts nothing."""
        parts = urlsplit(self.asked.url)
        plain = f"{parts.scheme}://{self.portal.host}{self.path.removesuffix('index.html')}"
        return 1000 + crc32(plain.encode()) % 5000 + self.asked.visit if plain in COUNTER_PAGES else None


@cache
def _environment() -> Environment:
    folder = Path(__file__).resolve().parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def answer(world: World, asked: Asked, changes: Changes) -> Reply | None:
    """The reply to a request, or None where the host is not one of the world's.

    Args:
        world: the portals and their pages.
        asked: the absolute URL, how often it was asked for, and what was sent.
        changes: what was edited or removed since.
    """
    parts = urlsplit(asked.url)
    portal = world.portals.get(parts.hostname or "")
    if portal is None:
        return None
    if portal.fault == "waf":
        return Reply(405, _render("waf.html", host=portal.host).encode())
    if portal.secure and parts.scheme == "http":
        target = f"https://{parts.hostname}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        return Reply(301, b"", headers=(("Location", target),))
    place = _Place(world, portal, parts.path or "/", parts.query, asked, changes)
    reply = _robots(portal) if place.path == "/robots.txt" else _find(place)
    kind = changes.validators.get(portal.host, portal.validators)
    return unless_known(_with_manners(reply, portal), kind, asked)


def _with_manners(reply: Reply, portal: Portal) -> Reply:
    """The portal's way of sending: a large page compressed or in chunks."""
    textual = reply.media_type.startswith("text/") and len(reply.body) > 600
    return replace(reply, transfer=portal.transfer if textual else "plain")


def _robots(portal: Portal) -> Reply:
    if portal.robots == "missing":
        return _missing(portal)
    text = b"" if portal.robots == "empty" else b"User-agent: *\nDisallow: /admin/\n"
    return Reply(200, text, "text/plain")


def _missing(portal: Portal) -> Reply:
    return Reply(404, _render("missing.html", portal=portal).encode())


def _find(place: _Place) -> Reply:
    portal, path = place.portal, place.path
    if (portal.family != "trs" or portal.search) and (reply := _dialect(place)):
        return reply
    if path in ("/", "/index.html"):
        return _door(place) or _missing(portal)
    if path.endswith(".jsp") and path in portal.columns:
        return _module(place)
    folder, _, name = path.rpartition("/")
    if folder + "/" in portal.columns and (number := _page_number(name)) is not None:
        return _list(place, folder + "/", number)
    address = f"{path}?{place.query}" if place.query else path
    if page := place.world.pages.get((portal.host, address)) or place.world.pages.get((portal.host, path)):
        return _detail(place, page)
    for page in place.world.pages.values():
        if (
            page.host == portal.host
            and page.traits
            and path.rpartition("/")[0] == page.path.rpartition("/")[0]
        ):
            if page.traits.get("docx") == name:
                return Reply(
                    200,
                    docx(blocks(place.world, page, place.changes)),
                    _DOCX,
                    modified=_modified(place, page),
                )
            if page.traits.get("pdf") == name:
                return Reply(
                    200,
                    pdf(blocks(place.world, page, place.changes)),
                    "application/pdf",
                    modified=_modified(place, page),
                )
            if page.traits.get("xlsx") == name:
                return Reply(
                    200,
                    xlsx(blocks(place.world, page, place.changes)),
                    _XLSX,
                    modified=_modified(place, page),
                )
            if page.traits.get("jpg") == name:
                return Reply(200, jpeg(), "image/jpeg", modified=_modified(place, page))
    return _door(place) or _missing(portal)


def _door(place: _Place) -> Reply | None:
    """The home page, or a page between it and a column."""
    found = door(place.world, place.portal, place.path)
    if found is None:
        return None
    template = "home.html" if place.path in ("/", "/index.html") else "door.html"
    text = _render(template, portal=place.portal, door=found, lookalikes=LOOKALIKES)
    return Reply(200, text.encode())


def _dialect(place: _Place) -> Reply | None:
    """The answer of the portal's lists, as its family gives it."""
    world, portal = place.world, place.portal
    found = [
        Column(
            key,
            name,
            [page for page in world.listed(portal.host, key) if not _gone(place, page)],
            world.url,
        )
        for key, name in portal.columns.items()
    ]
    if portal.search and place.path == "/irs/front/search":
        found = [
            Column("", "", [page for page in world.pages.values() if page.host == portal.host], world.url)
        ]
    sent = Sent(
        place.asked.method,
        place.path,
        dict(parse_qsl(place.query, keep_blank_values=True)),
        place.asked.body,
        place.asked.referer,
    )
    answered = serve_list(portal, found, sent)
    if answered is None:
        return None
    text = answered.text
    if answered.is_page:
        column = next((column for column in found if column.is_page_of(sent)), found[0])
        text = _render("shell.html", portal=portal, column=column.name, content=Markup(text), visits=None)
    return Reply(answered.status, text.encode(), answered.media_type)


def _page_number(name: str) -> int | None:
    """0 for the first list page, 1 for index_1.html; None where the name is no list page's."""
    if name in ("", "index.html"):
        return 0
    number = name.removeprefix("index_").removesuffix(".html")
    return int(number) if name.startswith("index_") and number.isdecimal() and number != "0" else None


def _gone(place: _Place, page: Page) -> bool:
    return (page.host, page.path) in place.changes.removed


def _list(place: _Place, column: str, number: int) -> Reply:
    listed = [page for page in place.world.listed(place.portal.host, column) if not _gone(place, page)]
    count = max(1, -(-len(listed) // PAGE_SIZE))
    if number >= count:
        return _missing(place.portal)
    rows = listed[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
    text = _render(
        "list.html",
        portal=place.portal,
        column=place.portal.columns[column],
        path=column,
        anchors=[
            (_anchor(place.world, page, index), page.published.isoformat()) for index, page in enumerate(rows)
        ],
        count=count,
        current=number,
        latest=_latest(place),
        visits=place.visits,
    )
    return Reply(200, text.encode())


def _anchor(world: World, page: Page, index: int) -> Markup:
    """A link of a list in one of the ways seen: quotes of either kind, title first or absent, text cut short."""
    href = world.url(page) if "absolute" in page.traits else f"./{page.href}"
    title = escape(page.title)
    if len(page.title) > 22 and index % 2:
        return Markup(f'<a title="{title}" href="{href}" target="_blank">{escape(page.title[:18])}…</a>')
    ways = (
        f'<a href="{href}" target="_blank" title="{title}">{title}</a>',
        f"<a title='{title}' href='{href}' target=_blank>{title}</a>",
        f'<a href="{href}">{title}</a>',
    )
    return Markup(ways[(index // 2) % 3])


def _latest(place: _Place) -> list[tuple[str, str]]:
    """What the sidebar shows as new: links to elsewhere, one of them with the title of a report that a column lists too."""
    portal = place.portal
    year = max((page.year or 0 for page in place.world.reports() if page.host == portal.host), default=2025)
    return [
        ("/xwzx/zwyw/202610/t20261012_5301877.html", f"{portal.title}召开常务会议"),
        ("/ztzl/zfxxgknb/202603/t20260330_5188021.html", f"{portal.title}{year}年政府信息公开工作年度报告"),
        ("/xwzx/gsgg/202609/t20260918_5290034.html", "关于公开征求意见的公告"),
    ]


def _detail(place: _Place, page: Page) -> Reply:
    if page.kind == "dead" or _gone(place, page):
        return _missing(place.portal)
    if page.kind == "soft_404":
        return Reply(200, _render("soft_404.html", portal=place.portal).encode())
    text = _render("detail.html", **_shown(place, page))
    if "gb2312" in page.traits:
        body = text.replace("charset=utf-8", "charset=gb2312").encode("gb18030")
        return Reply(200, body, "text/html", modified=_modified(place, page))
    return Reply(200, text.encode(), HTML, modified=_modified(place, page))


def _on_the_page(place: _Place, page: Page) -> list[Block]:
    """The blocks of a page; where a workbook holds its tables they are not on it."""
    found = blocks(place.world, page, place.changes)
    return [block for block in found if not isinstance(block, Grid)] if "xlsx" in page.traits else found


def _shown(place: _Place, page: Page) -> dict[str, object]:
    agency = place.world.agencies.get(page.agency)
    column = place.portal.columns[page.column]
    return {
        "portal": place.portal,
        "column": column,
        "page": page,
        "content_class": _CONTENT.get(page.layout, ""),
        "source": agency.name if agency else place.portal.title,
        "content": Markup(to_html(_on_the_page(place, page), page.style)),
        "index_number": f"{crc32(page.path.encode()) % 10**9:09}/{page.shown.year}-{crc32(page.title.encode()) % 10**5:05}",
        "latest": _latest(place),
        "visits": place.visits,
    }


def _module(place: _Place) -> Reply:
    """Hanweb 大汉 xxgk: the form with the years, and below it the report of the year asked for."""
    asked = {key: values[0] for key, values in parse_qs(place.query).items()}
    pages = {}
    for page in place.world.listed(place.portal.host, place.path):
        own = {key: values[0] for key, values in parse_qs(page.href).items()}
        if own["area"] == asked.get("area") and not _gone(place, page):
            pages[own["fbtime"]] = page
    if not pages:
        return _missing(place.portal)
    page_asked = pages.get(asked.get("fbtime", ""))
    shown = (
        _shown(place, page_asked) if page_asked else {"portal": place.portal, "page": None, "visits": None}
    )
    text = _render(
        "module.html",
        **{**shown, "area": asked["area"], "years": sorted(pages, reverse=True), "path": place.path},
    )
    return Reply(200, text.encode())


def _modified(place: _Place, page: Page) -> datetime:
    """When a page was last changed: when it was published, or edited since."""
    edited = place.changes.edited.get((page.agency, page.year))
    return edited or datetime.combine(page.published, time(7, 30), UTC)


def _render(template: str, **names: object) -> str:
    return _environment().get_template(template).render(**names)
