"""What a reader sees of a page: its message apart from its frame, and whether it holds a report or a list of them.

Size tells nothing: an error stands in a frame of 400 links, a browser check in 60 kB of script, and a report of a township
in 2 kB. So scripts, links and the frame are set aside, and what is left is judged.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from lxml.etree import iterwalk
from lxml.html import HtmlElement, HTMLParser, document_fromstring

_LOOKED_AT = 1_000_000
_UNSEEN = frozenset({"script", "style", "noscript", "textarea", "title", "template"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_INLINE = frozenset(
    {"a", "b", "big", "em", "font", "i", "ins", "label", "mark", "o", "s", "small", "span", "strong", "sub"}
    | {"sup", "tt", "u", "del", "img", "input"}
)
_FRAME_TAGS = frozenset({"nav", "header", "footer", "aside", "select", "button"})
_FRAME_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|header|footer|foot|top|topbar|sidebar|crumbs?|breadcrumb|copyright|friendlinks?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_REFRESH = re.compile(
    r"^\s*(?P<delay>\d*)[\d.]*\s*[;,\s]\s*(?:url\s*=)?\s*[\"']?\s*(?P<url>[^\"'>\s;]+)", re.IGNORECASE
)
_DATA_IN_SCRIPT = re.compile("信息公开|datastore|dataproxy|createPageHTML|<record", re.IGNORECASE)

_SECTION = re.compile("^[（(]?(?P<number>[一二三四五六七八九])[）)]?[、.．]")
_FIGURE = re.compile(r"^-?\d+(?:\.\d+)?%?$")
_OWN_REPORT = re.compile("(?:19|20)[0-9]{2}.{0,40}?信息公开.{0,12}?(?:报告|年报)|信息公开条例")
_ENTRY = re.compile(
    "(?:19|20)[0-9]{2}(?:.{0,40}?(?:信息公开|政务公开).{0,12}?(?:报告|年报)|年?度?(?:年度报告|年报|报告))|年度报告.{0,6}20[0-9]{2}"
)
_SENTENCE = 30
# What a page prints around an article that is none of it: when it was published, by whom, how often it was looked at.
_FURNITURE = re.compile(
    "^(?:发布|公开|成文|更新)?(?:时间|日期)|^来源|^(?:信息)?(?:作者|编辑|责编)|浏览|阅读(?:次数|量)?[:：]|点击|字(?:体|号)|打印|关闭|分享|"
    "^(?:当前|您(?:现在)?的?)位置|扫一扫|^[\\W\\d]*$|^[大中小\\W]+$"
)
_LONGEST_TITLE = 80
_FILE = re.compile(r"\.(?:docx?|wps|pdf|ofd|xlsx?|et|rtf|zip|rar|7z)(?:$|[?&#])", re.IGNORECASE)
# What a report has at least, whatever else is wrong with its page: two sections, or six figures, or this much prose (the
# longest error page seen, of IIS, has 250 characters).
_SECTIONS, _FIGURES, _PROSE = 2, 6, 400
_FEW_LINKS = 15

_TRADITIONAL = (
    "訪問頁麵見網尋無錯誤請維護內這個當資訊號連結關閉刪過處經將發務統開體娛樂門銀場電遊藝註冊機視時賽車達陽龍賭贏"
    "財進賬獎贈詢據條報總況動驗證碼馬滿蘭魚亞壇團檔遷轉棄線暫後啟戲納現戶該攔絕試稱載塊瀏覽檢確認錄陸斷導異帳級構"
)
_SIMPLIFIED = (
    "访问页面见网寻无错误请维护内这个当资讯号连结关闭删过处经将发务统开体娱乐门银场电游艺注册机视时赛车达阳龙赌赢"
    "财进账奖赠询据条报总况动验证码马满兰鱼亚坛团档迁转弃线暂后启戏纳现户该拦绝试称载块浏览检确认录陆断导异帐级构"
)
_FOLDED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_IS_TRADITIONAL = re.compile(f"[{_TRADITIONAL}]")


@dataclass(frozen=True, slots=True)
class Page:
    """What a reader sees of a page, and what its head says; traditional characters as simplified ones.

    `text` is all that is seen; `main` what is neither link nor frame; `headings` those outside the frame. `is_content` tells
    whether it holds what a report is made of, `names_report` whether `main` speaks of a report of some year or `text` links
    to one, `lists_reports` whether it is that. `told` is what `main` says beside the title of a report and what stands around
    every article; `framed` are the addresses of other pages shown in it, where it shows no picture and leads to no file.
    """

    title: str
    text: str
    main: str
    headings: str
    scripts: str
    refresh: str | None
    refresh_delay: int
    domain: str
    asks_password: bool
    shows_other: bool
    has_data: bool
    links: int
    is_content: bool
    names_report: bool
    lists_reports: bool
    told: str
    framed: tuple[str, ...]

    @property
    def is_bare(self) -> bool:
        """Whether the page shows hardly more than one message: no report, no list, no portal."""
        return (
            not self.is_content and not self.names_report and self.links < _FEW_LINKS and len(self.main) < 300
        )


class _Block(NamedTuple):
    text: str
    in_link: bool
    in_frame: bool
    is_heading: bool


def seen(body: bytes, message: "re.Pattern[str]") -> Page:
    """Parse a page once and tell what a reader sees of it.

    Args:
        body: content-encoding undone.
        message: what an error page says: sentences that say it are not counted for a report's prose.
    """
    root = document_fromstring(
        folded(decoded(body[:_LOOKED_AT])).encode(), parser=HTMLParser(encoding="utf-8")
    )
    metas = {
        str(meta.get("name") or meta.get("http-equiv") or "").lower(): str(meta.get("content") or "")
        for meta in root.iter("meta")
        if not any(parent.tag == "noscript" for parent in meta.iterancestors())
    }
    canonical = [str(link.get("href") or "") for link in root.iter("link") if link.get("rel") == "canonical"]
    refresh = _REFRESH.search(metas.get("refresh", ""))
    blocks = _blocks(root)
    own = [block.text for block in blocks if not block.in_link]
    outside = [block for block in blocks if not block.in_link and not block.in_frame]
    links = [block.text for block in blocks if block.in_link]
    main = " ".join(block.text for block in outside)
    text = " ".join(block.text for block in blocks)
    if not main and len(links) < _FEW_LINKS:
        main = text
    scripts = [script.text or "" for script in root.iter("script")]
    scripts += [str(body.get("onload")) for body in root.iter("body") if body.get("onload")]
    listed = any(_ENTRY.search(link) for link in links)
    kept = scripts + ["".join(map(str, part.itertext())) for part in root.iter("textarea", "template")]
    return Page(
        title=" ".join(words("".join(map(str, title.itertext()))) for title in root.iter("title")),
        text=text,
        main=main,
        headings=" ".join(block.text for block in blocks if block.is_heading and not block.in_frame),
        scripts="\n".join(scripts),
        refresh=refresh["url"] if refresh else None,
        refresh_delay=int(refresh["delay"][:6] or 0) if refresh else 0,
        domain=_host_of(metas.get("sitedomain") or next(iter(canonical), "")),
        asks_password=any(str(field.get("type")).lower() == "password" for field in root.iter("input")),
        shows_other=any(True for _ in root.iter("frame", "iframe", "img", "embed", "object")),
        has_data=any(_DATA_IN_SCRIPT.search(part) for part in kept),
        links=len(links),
        is_content=_is_content(own, message),
        names_report=bool(_OWN_REPORT.search(main)) or listed,
        lists_reports=listed,
        told=" ".join(
            block.text
            for block in outside
            if not _FURNITURE.search(block.text)
            and not (
                len(block.text) <= _LONGEST_TITLE
                and _OWN_REPORT.search(block.text)
                and "。" not in block.text
            )
        ),
        framed=_framed(root),
    )


def _framed(root: HtmlElement) -> tuple[str, ...]:
    """What the page shows in frames within its text; nothing where that has a picture, or the page leads to a file."""
    if any(True for _ in root.iter("embed", "object")) or any(map(_is_in_text, root.iter("img"))):
        return ()
    if any(_FILE.search(str(link.get("href") or "")) for link in root.iter("a")):
        return ()
    frames = (frame for frame in root.iter("frame", "iframe") if _is_in_text(frame))
    return tuple(str(frame.get("src")) for frame in frames if frame.get("src"))


def _is_in_text(node: HtmlElement) -> bool:
    """Whether an element stands outside of the frame around what a page says."""
    return not any(_is_frame(parent, str(parent.tag)) for parent in node.iterancestors())


def _is_content(own: list[str], message: "re.Pattern[str]") -> bool:
    """Whether texts outside links are what a report is made of."""
    numbers = {found["number"] for text in own if (found := _SECTION.match(text))}
    if len(numbers) >= _SECTIONS and any("公开" in text for text in own):
        return True
    if sum(1 for text in own if _FIGURE.match(text)) >= _FIGURES:
        return True
    prose = (
        text for text in own if len(text) >= _SENTENCE and "。" in text and not message.search(text[:40])
    )
    return sum(map(len, prose)) >= _PROSE


def _blocks(root: HtmlElement) -> list[_Block]:
    """The texts that a reader sees, as they stand in blocks; a link is a block of its own."""
    blocks: list[_Block] = []
    parts: list[str] = []
    frames: list[bool] = []
    unseen = frame = link = heading = 0

    def flush() -> None:
        if parts:
            text = words("".join(parts))
            parts.clear()
            if text:
                blocks.append(_Block(text, link > 0, frame > 0, heading > 0))

    for event, node in iterwalk(root, events=("start", "end", "comment"), tag=None):
        if event == "comment":
            told = node.tail
        else:
            tag = node.tag if isinstance(node.tag, str) else ""
            if event == "start":
                step, told = 1, node.text
                frames.append(_is_frame(node, tag))
                of_frame = frames[-1]
            else:
                step, told = -1, node.tail
                of_frame = frames.pop()
            if of_frame or tag == "a" or tag not in _INLINE:
                flush()
                if of_frame:
                    frame += step
                if tag == "a":
                    link += step
                elif tag in _UNSEEN:
                    unseen += step
                elif tag in _HEADINGS:
                    heading += step
        if told and not unseen:
            parts.append(told)
    flush()
    return blocks


def _is_frame(node: HtmlElement, tag: str) -> bool:
    """Whether an element is of the frame around what a page says, or is not shown."""
    if tag in _FRAME_TAGS:
        return True
    if tag in ("body", "html") or not (given := node.attrib):
        return False
    name, id_, style = given.get("class"), given.get("id"), given.get("style")
    return bool(
        (name and _FRAME_NAME.search(name))
        or (id_ and _FRAME_NAME.search(id_))
        or (style and _HIDDEN.search(style))
    )


def folded(text: str) -> str:
    """Traditional characters as simplified ones, as far as messages and advertisements use them."""
    return text.translate(_FOLDED) if _IS_TRADITIONAL.search(text) else text


def words(text: str) -> str:
    """A text with single spaces."""
    return " ".join(text.split())


def decoded(body: bytes) -> str:
    """A body as text: UTF-8, or GB 18030."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")


def _host_of(address: str) -> str:
    return (
        address.strip()
        .lower()
        .partition("://")[2 if "://" in address else 0]
        .partition("/")[0]
        .partition(":")[0]
    )
