"""What on a page may lead to a report column. Pure: a page in, links worth following out, the best first.

A portal's home page links to hundreds of pages. Only what is named like the way to reports is followed: the column
itself (政府信息公开年报), the sections above it (政府信息公开, 政务公开), and, inside these, lists of bodies and the bodies
themselves (部门信息公开, 市民委, 立岗镇).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from bs4 import Tag

from crawler.discovery.scripted import borne_links, loaded_by, scripted_links, scripts_in
from crawler.families.anchors import full_title, soup_of
from crawler.families.json_lists import is_json
from crawler.families.sublists import NO_LIST
from crawler.links import names_report, normalise

# How good a lead is; Scrapy asks for the better first.
COLUMN, FOLDER_OF_REPORT, SECTION, LIST_OF_BODIES, BODY = 60, 50, 40, 30, 20

_COLUMN = re.compile(
    r"信息公开(?:工作)?(?:年度)?(?:工作)?(?:报告|年报)|公开年报|年度报告|^年报$|年报专栏|信息公开年度"
)
_SECTION = re.compile(
    r"^(?:政府|政务|法定)?(?:信息|政务|主动)?公开(?:专栏|平台|目录|内容|栏目|专题)?$|政府信息公开|法定主动公开|信息公开目录|信息公开专栏|政务公开"
)
_LIST_OF_BODIES = re.compile(
    r"(?:部门|单位|机构|乡镇|镇街|街道|县区|区县|市县|各县|各部门|各乡镇|市直|区直|县直|直属|派出)[^，。]{0,12}$|"
    r"^(?:部门|乡镇|街道|县区|单位)(?:及|、|和|信息|政务|公开)"
)
_BODY = re.compile(r"(?:局|厅|委|委员会|办|办公室|政府|镇|乡|街道|办事处|管委会)$")
# What bodies and other things alike are called; 新闻中心 is no body.
_PERHAPS_BODY = re.compile(r"(?:中心|园区|开发区|总队|支队|社|院)$")
# Names that come near: reports of other kinds, and what belongs to the section without leading to reports.
_OTHER = re.compile(
    r"预算|决算|财政|法治政府|统计|年鉴|企业|网站.{0,4}(?:报表|年度)|政府工作报告|社会责任|环境|质量|卫生|审计|执法|"
    r"指南|制度|解读|依申请|申请公开|公告|新闻|动态|会议|意见箱|领导|招聘|人事|采购|招标|规划|应急|政策|文件|登录|注册|"
    r"半年|季度|月报|督查|信箱|投诉|评价|无障碍|繁体|English"
)
_FILES = re.compile(
    r"\.(?:docx?|pdf|xlsx?|wps|et|ofd|zip|rar|jpe?g|png|gif|mp4|apk|css|js|ico)$", re.IGNORECASE
)
_MONTH = re.compile(r"/(?:20\d{4}|20\d\d/\d{1,2}(?:/\d{1,2})?)/$")
_LONGEST_NAME = 30
_GOVERNMENT = re.compile(r"(?:.{0,12}[省市县区州旗盟])?(?:人民)?政府")


@dataclass(frozen=True, slots=True)
class Lead:
    """A page to look at: its URL (with fragment), how good a lead it is, and the names of the links that led to it."""

    url: str
    rank: int
    trail: tuple[str, ...] = ()


def leads(page: str, at: Lead, hosts: Collection[str]) -> tuple[list[Lead], set[str]]:
    """The links worth following, each once, and the other hosts of the same domain that links like these lead to.

    Args:
        page: the text of the page.
        at: how the page was come to.
        hosts: the hosts that may be asked.
    """
    found: dict[str, Lead] = {}
    elsewhere: set[str] = set()
    for name, target in _written(page, at):
        rank = _rank(name, at)
        if rank == 0:
            continue
        host = urlsplit(target).netloc.lower()
        if host not in hosts:
            if any(_domain(host) == _domain(own) for own in hosts):
                elsewhere.add(host)
            continue
        if rank == FOLDER_OF_REPORT:
            folder = _MONTH.sub("/", urljoin(target, "./"))
            if urlsplit(folder).path == "/":
                continue
            lead = Lead(folder, rank, at.trail)
        else:
            lead = Lead(target, rank, (*at.trail, name))
        known = found.get(lead.url)
        if known is None or known.rank < lead.rank:
            found[lead.url] = lead
    for loaded in _loaded(page, at) if at.trail else ():
        if urlsplit(loaded).netloc.lower() in hosts:
            found.setdefault(loaded, Lead(loaded, LIST_OF_BODIES, at.trail))
    return sorted(found.values(), key=lambda lead: -lead.rank), elsewhere


def _written(page: str, at: Lead) -> Iterator[tuple[str, str]]:
    """Every name and absolute address on a page: of its links, choices and frames, of what bears an address, and in its scripts."""
    if is_source(at.url) or is_json(page) or page.lstrip().startswith("["):
        for name, written in scripted_links(page):
            if written and (target := _resolved(written, at.url)):
                yield name, target
        return
    soup = soup_of(page)
    for anchor in soup.find_all(("a", "area", "iframe", "frame", "option")):
        if (target := _target(anchor, at.url)) is not None:
            yield _name(anchor, at), target
    for element, written in borne_links(soup):
        if target := _resolved(written, at.url):
            yield _name(element, at), target
    for name, address in scripted_links(scripts_in(soup)):
        if address and (target := _resolved(address, at.url)):
            yield name, target


def _loaded(page: str, at: Lead) -> Iterator[str]:
    if is_source(at.url) or is_json(page):
        return
    for written in loaded_by(soup_of(page)):
        try:
            yield urljoin(at.url, written)
        except ValueError:
            continue


def is_source(url: str) -> bool:
    """Whether an address is that of a script or of data rather than of a page."""
    return bool(re.search(r"\.(?:js|json)$", urlsplit(url).path, re.IGNORECASE))


def bodies_named(page: str, at: Lead) -> set[str]:
    """The bodies that a section of a portal names as its own: by a link, a choice, a row that a script opens, or an object of a
    script. Links to other hosts name no body of the portal.

    Args:
        page: the text of the page.
        at: how the page was come to.
    """
    if not at.trail:
        return set()
    if is_source(at.url) or is_json(page):
        return {name for name, _ in scripted_links(page) if _is_own_body(name)}
    soup = soup_of(page)
    host = urlsplit(at.url).netloc.lower().removeprefix("www.")
    named = {name for name, _ in scripted_links(scripts_in(soup)) if _is_own_body(name)}
    for element in soup.find_all(("a", "option", "li", "dd", "td", "span", "p")):
        by_script = any(key.startswith(("on", "data-")) for key in element.attrs)
        if element.name not in ("a", "option") and (not by_script or element.find("a")):
            continue
        target = _target(element, at.url)
        if target is not None and urlsplit(target).netloc.lower().removeprefix("www.") != host:
            continue
        if _is_own_body(name := _name(element, at)):
            named.add(normalise(name))
    return named


def _is_own_body(name: str) -> bool:
    plain = normalise(name)
    return is_named_like_a_body(plain) and not _GOVERNMENT.fullmatch(plain) and len(plain) > 2


def is_named_like_a_column(name: str) -> bool:
    """Whether a column's or link's name is one that report columns have."""
    plain = normalise(name)
    return bool(_COLUMN.search(plain)) and not _OTHER.search(plain)


def is_named_like_a_body(name: str) -> bool:
    """Whether a name looks like a public body's."""
    plain = normalise(name)
    return (
        bool(_BODY.search(plain)) and len(plain) <= _LONGEST_NAME and not re.search(r"公开|信息|目录", plain)
    )


def _rank(name: str, at: Lead) -> int:
    plain = normalise(name)
    if not plain or len(plain) > 60:
        return 0
    if re.search(r"20\d\d|二[〇○零]", plain) and _COLUMN.search(plain):
        return FOLDER_OF_REPORT if names_report(plain) else 0  # the report of a school, or on something else
    # 财政局, 统计局, 卫生健康委: a body may be named after what is no column. Bodies and their lists are everywhere;
    # only inside a section do they lead to columns.
    if at.trail and is_named_like_a_body(plain):
        return BODY
    if _OTHER.search(plain) or len(plain) > _LONGEST_NAME:
        return 0
    if _COLUMN.search(plain):
        return COLUMN
    if _SECTION.search(plain):
        return SECTION
    return LIST_OF_BODIES if at.trail and _LIST_OF_BODIES.search(plain) else 0


def _target(anchor: Tag, base: str) -> str | None:
    href = str(anchor.get("href") or anchor.get("src") or anchor.get("value") or "").strip()
    if anchor.name == "option" and not re.search(r"[/.]", href):
        return None  # a choice that is no address
    return _resolved(href, base)


def _resolved(href: str, base: str) -> str | None:
    if not href or href.lower().startswith(("javascript:", "mailto:", "tel:", "data:", "#")):
        return None
    try:
        parts = urlsplit(urljoin(base, href))
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or _FILES.search(parts.path):
        return None
    # A fragment is part of the address where a script draws the column by it (gkmlpt), and nowhere else.
    fragment = parts.fragment if "/gkmlpt/" in parts.path else ""
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/", fragment=fragment))


def _name(anchor: Tag, at: Lead) -> str:
    if anchor.name in ("iframe", "frame"):
        # a frame of a set is the page, and so is what a section shows in one; elsewhere its address must speak of disclosure
        address = str(anchor.get("src"))
        shown = anchor.name == "frame" or (at.trail and not NO_LIST.search(address))
        return "信息公开专栏" if shown or re.search(r"gk|list|nb", address) else ""
    name = full_title(anchor)
    title = str(anchor.get("title") or "").strip()
    image = anchor.find("img")
    drawn = image.get("alt") if isinstance(image, Tag) else anchor.get("alt")
    return name or title or str(drawn or "")


def _domain(host: str) -> str:
    return ".".join(host.partition(":")[0].removeprefix("www.").split(".")[-3:])
