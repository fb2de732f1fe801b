"""What came back: a pure judgement on one reply, before anything reads it.

A verdict that is not `ok` is captured and reported, and never parsed as a report nor taken for a deletion.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
    "given_up",
]

# The portal keeps us out: nothing is wrong with the report.
BLOCKED: frozenset[Code] = frozenset({"challenge", "waf", "login", "refused", "robots"})

_WAF = re.compile(rb"eventID|wangfang|waf|\xe7\xbd\x91\xe9\x98\xb2G01|\xcd\xf8\xb7\xc0G01", re.IGNORECASE)
_CHALLENGE = re.compile(rb"\$_ts\b|__jsl_clearance|__jsluid|document\.cookie\s*=.{0,200}location", re.DOTALL)
_MISSING_PAGE = re.compile(
    "页面不存在|页面找不到|找不到(?:您|你)?(?:要|所)?(?:访问|请求|查看)?的?(?:页面|网页|内容)|您访问的页面|"
    "该页面已(?:删除|下线)|文件不存在|内容不存在|已被删除|404 Not Found|Page Not Found"
)
_META_REFRESH = re.compile(
    rb"<meta[^>]+http-equiv\s*=\s*[\"']?refresh[^>]+url\s*=\s*[\"']?(?P<url>[^\"'>\s]+)", re.IGNORECASE
)
_LOGIN = re.compile(r"<input[^>]+type\s*=\s*[\"']?password", re.IGNORECASE)
# A page that only says that there is no page is short (seen: under 2 kB); a report never is.
_SHORT = 4096
_DOCUMENT_TYPES = (b"%PDF", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"{\\rtf", b"Rar!")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement, a plain sentence on why, and where a moved page has gone."""

    code: Code
    reason: str = ""
    target: str | None = None


def judge(status: int, headers: Mapping[str, str], body: bytes, *, attachment: bool = False) -> Verdict:
    """Judge one reply.

    Args:
        status: the HTTP status.
        headers: names in lower case.
        body: content-encoding undone.
        attachment: whether a file was asked for rather than a page.
    """
    if status in (301, 302, 303, 307, 308):
        target = headers.get("location")
        return (
            Verdict("moved", f"HTTP {status} to {target}", target)
            if target
            else Verdict("wrong_type", f"HTTP {status} without a target")
        )
    if _CHALLENGE.search(body[:20_000]) and (status in (202, 412, 512, 521) or len(body) < _SHORT):
        return Verdict("challenge", f"HTTP {status} with a script that asks for a browser")
    if status in (412, 512, 521):
        return Verdict("challenge", f"HTTP {status}, as portals with a browser check answer")
    if status in (403, 405):
        if _WAF.search(body):
            return Verdict("waf", f"HTTP {status} from a web application firewall")
        return Verdict("refused", f"HTTP {status}")
    if status == 401:
        return Verdict("login", "HTTP 401")
    if status in (404, 410):
        return Verdict("not_found", f"HTTP {status}")
    if status >= 500:
        return Verdict("server_error", f"HTTP {status}")
    if status != 200:
        return Verdict("wrong_type", f"HTTP {status}")
    if not body.strip():
        return Verdict("empty", "HTTP 200 with an empty body")
    if body.startswith(_DOCUMENT_TYPES):
        return Verdict("ok") if attachment else Verdict("wrong_type", "a file where a page was expected")
    return _judge_page(body, attachment=attachment)


def _judge_page(body: bytes, *, attachment: bool) -> Verdict:
    is_html = bool(
        re.search(rb"<(?:!doctype html|html|head|body|meta|div|p|table)\b", body[:4096], re.IGNORECASE)
    )
    if len(body) < _SHORT and is_html:
        text = _decoded(body)
        if _MISSING_PAGE.search(text):
            return Verdict("soft_404", "HTTP 200, but the page says that there is no such page")
        if found := _META_REFRESH.search(body):
            target = found["url"].decode("ascii", "replace")
            return Verdict("moved", f"the page sends the reader on to {target}", target)
        if _LOGIN.search(text):
            return Verdict("login", "the page asks for a password")
        if _WAF.search(body) and len(body) < 2048:
            return Verdict("waf", "HTTP 200, but the page comes from a web application firewall")
    if attachment and is_html:
        return Verdict("wrong_type", "a page where a file was expected")
    return Verdict("ok")


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")
