"""What came back: a pure judgement on one reply, before anything reads it.

A verdict that is not `ok` is captured and reported, and never parsed as a report nor taken for a deletion.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from lxml.etree import iterwalk
from lxml.html import HtmlElement, HTMLParser, document_fromstring

Code = Literal[
    "ok",
    "moved",
    "soft_404",
    "not_found",
    "challenge",
    "waf",
    "login",
    "refused",
    "robots",
    "empty",
    "wrong_type",
    "server_error",
    "truncated",
    "too_large",
    "not_a_report",
    "unreachable",
    "taken_over",
    "forbidden_address",
    "given_up",
]

# The portal keeps us out: nothing is wrong with the report.
BLOCKED: frozenset[Code] = frozenset({"challenge", "waf", "login", "refused", "robots"})

_WAF = re.compile(
    rb"eventid|wangfang|\bwaf\b|_waf_|btwaf|yundun|safedog|safeline|yunsuo|wangzhan\.360|jiasule|yunaq|sangfor|"
    rb"your support id is|errors\.aliyun\.com|\xe7\xbd\x91\xe9\x98\xb2G01|\xcd\xf8\xb7\xc0G01|"
    rb"\xe5\x88\x9b\xe5\xae\x87\xe7\x9b\xbe",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    rb"\$_ts\b|__jsl_clearance|__jsluid|acw_sc__v2|cf-chl-|document\.cookie\s*=.{0,200}location", re.DOTALL
)
_MISSING_PAGE = re.compile(
    "页面不存在|页面找不到|找不到(?:您|你)?(?:要|所)?(?:访问|请求|查看)?的?(?:页面|网页|内容)|"
    "您(?:要)?(?:访问|查看|浏览)的(?:页面|内容|信息)|该(?:页面|信息|文章|内容)(?:已|不)|文件不存在|内容不存在|信息不存在|"
    "已被删除|页面出错|404 Not Found|Page Not Found|File not found",
    re.IGNORECASE,
)
_MISSING_TITLE = re.compile("404|不存在|找不到|出错|错误|Not Found|无法访问|提示", re.IGNORECASE)
_REFRESH_URL = re.compile(r"url\s*=\s*[\"']?\s*(?P<url>[^\"'>\s;]+)", re.IGNORECASE)
_SCRIPT_MOVE = re.compile(
    r"(?:window|self|top|document)?\.?location(?:\.href)?\s*(?:=\s*|\.(?:replace|assign)\s*\(\s*)"
    r"[\"'](?P<url>[^\"']+)[\"']"
)
_LOGIN_TITLE = re.compile("登录|登陆|身份认证|login|sign in", re.IGNORECASE)
_LOGIN_PATH = re.compile(
    r"/(?:cas|sso|oauth2?|passport|login|signin|auth)(?:[/.]|$)|/\w*login\w*\.\w+$", re.IGNORECASE
)
_IS_HTML = re.compile(rb"<(?:!doctype html|html|head|body|meta|div|p|table|script)\b", re.IGNORECASE)
_REPORT = re.compile(r"信息公开.{0,12}?(?:年度报告|工作报告|年报)")

# Pages that only say that something is wrong hold little text (seen: under 2 kB); a page with its frame a little more.
_SHORT = 4096
_LOOKED_AT = 1_000_000
_UNSEEN = frozenset({"script", "style", "noscript", "textarea", "title", "template"})
_LITTLE_TEXT = 600
_FRAMED_TEXT = 3000
_DOCUMENT_TYPES = (
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"PK\x03\x04",
    b"{\\rtf",
    b"Rar!",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
)
_IMAGE_TYPES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")

# What betting sites say of themselves on a domain that they took over. A report speaks of betting as of an evil.
_BETTING = re.compile(
    "博彩|彩票(?:平台|网站|投注|开奖)|体育(?:投注|博彩)|投注(?:平台|网站|网址|官网)|娱乐(?:城|官网|平台|场)|真人(?:娱乐|视讯|荷官|百家乐)|百家乐|"
    "老虎机|六合彩|时时彩|北京赛车|(?:开元|棋牌)(?:棋牌|游戏|官网|平台)|电子游艺|捕鱼(?:达人|游戏)|"
    "威尼斯人|新葡京|太阳城|澳门(?:赌场|皇冠|银河|永利|金沙)|皇冠(?:体育|足球|现金)|赌场|首存|彩金|返水|注册送|"
    "bet365|betway|ag亚游|[a-z]{2,6}体育(?:官网|下载|app)|开云(?:体育|官网)|乐鱼(?:体育|官网)|米兰(?:体育|官网)",
    re.IGNORECASE,
)
_AGAINST_BETTING = re.compile(
    "整治|打击|查处|查获|取缔|严禁|禁止|防范|反诈|涉赌|违法|非法|赌博机|案件|清理|治理|举报|警惕"
)
_AROUND = 24
# Clones write a Han character with its pinyin behind it (根據(jù)), to look new to a search engine.
_PINYIN_INSERT = re.compile(r"[\u4e00-\u9fff][(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement, a plain sentence on why, and where a moved page has gone."""

    code: Code
    reason: str = ""
    target: str | None = None


def judge(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    attachment: bool = False,
    host: str = "",
    hosts: Collection[str] = (),
) -> Verdict:
    """Judge one reply.

    Args:
        status: the HTTP status.
        headers: names in lower case.
        body: content-encoding undone.
        attachment: whether a file was asked for rather than a page.
        host: the name that was asked, without port; empty where it is not known.
        hosts: every host of the site: a page may name any of them as its own.
    """
    if 300 <= status < 400 and status != 304:
        return _judge_redirect(status, headers.get("location"))
    if _CHALLENGE.search(body[:20_000]) and (status in (202, 412, 512, 521) or len(body) < _SHORT):
        return Verdict("challenge", f"HTTP {status} with a script that asks for a browser")
    if status in (412, 512, 521) or (status == 202 and b"<script" in body[:20_000].lower()):
        return Verdict("challenge", f"HTTP {status}, as portals with a browser check answer")
    if 400 <= status < 500 and status not in (401, 404, 410) and _WAF.search(body[:20_000]):
        return Verdict("waf", f"HTTP {status} from a web application firewall")
    if status in (403, 405, 418, 429):
        return Verdict("refused", f"HTTP {status}")
    if status in (401, 407):
        return Verdict("login", f"HTTP {status}")
    if status in (404, 410):
        return Verdict("not_found", f"HTTP {status}")
    if status >= 500:
        return Verdict("server_error", f"HTTP {status}")
    if status == 304:
        return Verdict("wrong_type", "HTTP 304, though nothing was said of a page that is held already")
    if status != 200:
        return Verdict("wrong_type", f"HTTP {status}")
    if not body.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return Verdict("empty", "HTTP 200 with an empty body")
    if body.startswith(_DOCUMENT_TYPES) or body.startswith(_IMAGE_TYPES):
        return Verdict("ok") if attachment else Verdict("wrong_type", "a file where a page was expected")
    return _judge_page(body, attachment=attachment, host=host, hosts=hosts)


def _judge_redirect(status: int, target: str | None) -> Verdict:
    if not target:
        return Verdict("wrong_type", f"HTTP {status} without a target")
    if _LOGIN_PATH.search(urlsplit(target).path):
        return Verdict("login", f"HTTP {status} to {target}, where a password is asked for")
    return Verdict("moved", f"HTTP {status} to {target}", target)


def _judge_page(body: bytes, *, attachment: bool, host: str, hosts: Collection[str]) -> Verdict:
    if not _IS_HTML.search(body[:4096]):
        binary = b"\x00" in body[:1024] and not body.startswith((b"\xff\xfe", b"\xfe\xff"))
        return (
            Verdict("wrong_type", "bytes that are no text where a page was expected")
            if binary and not attachment
            else Verdict("ok")
        )
    page = _understood(body)
    verdict = (
        _judge_owner(page, host, hosts)
        or _judge_message(page)
        or _judge_way_on(page, len(body))
        or _judge_gate(page, body)
    )
    if verdict is not None:
        return verdict
    if not page.text and len(body) < _SHORT and not page.frames:
        return Verdict("empty", "HTTP 200, but the page holds no text")
    if attachment:
        return Verdict("wrong_type", "a page where a file was expected")
    return Verdict("ok")


@dataclass(frozen=True, slots=True)
class _Page:
    """What a reader sees of a page, and what its head says."""

    title: str
    text: str
    headings: str
    scripts: str
    refresh: str | None
    domain: str
    asks_password: bool
    frames: bool


def _understood(body: bytes) -> _Page:
    root = document_fromstring(_decoded(body[:_LOOKED_AT]).encode(), parser=HTMLParser(encoding="utf-8"))
    metas = {
        str(meta.get("name") or meta.get("http-equiv") or "").lower(): str(meta.get("content") or "")
        for meta in root.iter("meta")
        if not any(parent.tag == "noscript" for parent in meta.iterancestors())
    }
    links = [str(link.get("href") or "") for link in root.iter("link") if link.get("rel") == "canonical"]
    refresh = _REFRESH_URL.search(metas.get("refresh", ""))
    return _Page(
        title=" ".join(_words(_inner(title)) for title in root.iter("title")),
        text=_words(" ".join(_seen(root))),
        headings=" ".join(_words(_inner(part)) for part in root.iter("h1", "h2", "h3", "h4")),
        scripts="\n".join(script.text or "" for script in root.iter("script")),
        refresh=refresh["url"] if refresh else None,
        domain=_host_of(metas.get("sitedomain") or next(iter(links), "")),
        asks_password=any(str(field.get("type")).lower() == "password" for field in root.iter("input")),
        frames=any(True for _ in root.iter("frame", "iframe")),
    )


def _seen(element: HtmlElement) -> Iterator[str]:
    """The texts that a reader sees."""
    for event, node in iterwalk(element, events=("start", "end", "comment"), tag=None):
        if event == "start" and node.tag not in _UNSEEN:
            yield node.text or ""
        elif event in ("end", "comment"):
            yield node.tail or ""


def _inner(element: HtmlElement) -> str:
    return "".join(str(part) for part in element.itertext())


def _host_of(address: str) -> str:
    return (
        address.strip()
        .lower()
        .partition("://")[2 if "://" in address else 0]
        .partition("/")[0]
        .partition(":")[0]
    )


def _words(text: str) -> str:
    return " ".join(text.split())


def _judge_owner(page: _Page, host: str, hosts: Collection[str]) -> Verdict | None:
    """Whether somebody else than the portal's keeper speaks."""
    words = {
        found.group().lower() for found in _BETTING.finditer(page.text) if not _is_condemned(page.text, found)
    }
    in_title = [found for found in _BETTING.finditer(page.title) if not _is_condemned(page.title, found)]
    if len(words) >= 4 or (in_title and len(words) >= 2):
        return Verdict("taken_over", f"the page advertises betting ({', '.join(sorted(words)[:3])})")
    if len(_PINYIN_INSERT.findall(page.text)) >= 5:
        return Verdict(
            "taken_over", "the page is a copy as betting sites make them: characters with their pinyin behind"
        )
    if host and page.domain and not _is_official(host) and _is_official(page.domain):
        known = {name.partition(":")[0] for name in hosts} - {host}
        if page.domain not in known:
            return Verdict(
                "taken_over", f"the page says that it belongs to {page.domain}, but {host} served it"
            )
    return None


def _is_condemned(text: str, found: "re.Match[str]") -> bool:
    """Whether the words around a betting word are those of somebody who acts against it."""
    return bool(_AGAINST_BETTING.search(text[max(0, found.start() - _AROUND) : found.end() + _AROUND]))


def _is_official(host: str) -> bool:
    return host.lower().endswith(".gov.cn")


def _judge_message(page: _Page) -> Verdict | None:
    """Whether the page only says that there is no such page. A frame around the message does not change that; a title
    alone says nothing (seen: a report under the title 403)."""
    told = _MISSING_PAGE.search(f"{page.title} {page.headings}") is not None
    said = _MISSING_PAGE.search(page.text) is not None
    speaks_of_report = _REPORT.search(page.text) is not None
    little, some = len(page.text) < _LITTLE_TEXT, len(page.text) < _FRAMED_TEXT
    if (little and (told or (said and not speaks_of_report))) or (
        some and not speaks_of_report and (told or (said and _MISSING_TITLE.search(page.title)))
    ):
        return Verdict("soft_404", "HTTP 200, but the page says that there is no such page")
    return None


def _judge_way_on(page: _Page, size: int) -> Verdict | None:
    """Whether the page only sends its reader on."""
    if page.refresh and len(page.text) < _LITTLE_TEXT:
        return Verdict("moved", f"the page sends the reader on to {page.refresh}", page.refresh)
    if size < _SHORT and len(page.text) < 60 and (found := _SCRIPT_MOVE.search(page.scripts)):
        return Verdict("moved", f"a script sends the reader on to {found['url']}", found["url"])
    return None


def _judge_gate(page: _Page, body: bytes) -> Verdict | None:
    """Whether the page keeps its reader out."""
    little = len(page.text) < _LITTLE_TEXT and not _REPORT.search(page.text)
    if page.asks_password and little and (len(body) < _SHORT or _LOGIN_TITLE.search(page.title)):
        return Verdict("login", "the page asks for a password")
    if little and len(body) < _SHORT and _WAF.search(body):
        return Verdict("waf", "HTTP 200, but the page comes from a web application firewall")
    return None


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")
