"""What came back: a pure judgement on one reply, before anything reads it.

A verdict that is not `ok` is captured and reported, and never parsed as a report nor taken for a deletion.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from crawler import telltales as says
from crawler.families.anchors import is_file
from crawler.families.sublists import NO_LIST
from crawler.page_seen import Page, decoded, folded, seen, words

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

# A reader of prose without markup, and of a reply that is data: what says that something is wrong is not longer.
_ONE_MESSAGE = 200
# A script that does little else than to send its reader on.
_SHORT_SCRIPT = 2000
# A page that asks to be loaded again after a longer time renews itself.
_SOON = 30
# What a page says that says only that there is nothing, whatever its title.
_LONGEST_REFUSAL = 60
_LEAST_FILE = 8
_OF_ADDRESSES = "".join(map(chr, range(0x21, 0x7F)))
# A .doc or .xls that Word or Excel wrote as a page.
_SAVED_BY_OFFICE = b"urn:schemas-microsoft-com:office:"
_ERROR_DATA = 64_000
_DOCUMENT_TYPES = (
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"PK\x03\x04",
    b"{\\rtf",
    b"Rar!",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
)
_OF_CODE: dict[str, Code] = {"404": "soft_404", "401": "login", "403": "refused"}
_IMAGE_TYPES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")

_AROUND = 60


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
    file_will_do: bool = False,
    host: str = "",
    hosts: Collection[str] = (),
) -> Verdict:
    """Judge one reply.

    Args:
        status: the HTTP status.
        headers: names in lower case; values as text of their bytes (Latin-1).
        body: content-encoding undone.
        attachment: whether a file was asked for rather than a page.
        file_will_do: whether it may as well be a file of text: the address of a report may lead to its PDF.
        host: the name that was asked, without port; empty where it is not known.
        hosts: every host of the site: a page may name any of them as its own.
    """
    if 300 <= status < 400 and status != 304:
        return _judge_redirect(status, headers.get("location"))
    if status in (404, 410) or status >= 500:
        # The portal's own error page may bear the scripts of its firewall: it is the gate's only if it says nothing else.
        gate = _judge_bare(body) if says.CHALLENGE.search(body) or says.WAF.search(body) else None
        if gate is not None:
            return gate
    elif status != 200 and says.CHALLENGE.search(body):
        return Verdict("challenge", f"HTTP {status} with a script that asks for a browser")
    if status in (412, 512, 521) or (status == 202 and b"<script" in body[:20_000].lower()):
        return Verdict("challenge", f"HTTP {status}, as portals with a browser check answer")
    if 400 <= status < 500 and status not in (401, 404, 410) and _is_of_a_firewall(body[:20_000]):
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
        whole = attachment or (file_will_do and body.startswith(_DOCUMENT_TYPES))
        return Verdict("ok") if whole else Verdict("wrong_type", "a file where a page was expected")
    if attachment and len(body) < _LEAST_FILE:
        return Verdict("empty", f"HTTP 200 with {len(body)} bytes where a file was expected")
    return _judge_page(body, attachment=attachment, host=host, hosts=hosts)


def _is_of_a_firewall(body: bytes) -> bool:
    return bool(says.WAF.search(body) or says.TAKEN_FOR_AN_ATTACK.search(folded(decoded(body))))


def _judge_redirect(status: int, target: str | None) -> Verdict:
    # Some portals write the Chinese of an address into the header as it is, in UTF-8 or GBK: a browser sends it back so.
    target = quote((target or "").strip().encode("latin-1", "ignore"), safe=_OF_ADDRESSES)
    if not target:
        return Verdict("wrong_type", f"HTTP {status} without a target")
    if _is_login(target):
        return Verdict("login", f"HTTP {status} to {target}, where a password is asked for")
    return Verdict("moved", f"HTTP {status} to {target}", target)


def _is_login(target: str) -> bool:
    """Whether an address is one where a reader has to say who he is."""
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(
        says.LOGIN_PATH.search(f"{parts.path}?")
        or says.LOGIN_PATH.search(f"/{parts.fragment.lstrip('/!')}")
        or says.LOGIN_HOST.match(host)
        or (says.OF_A_USER.search(parts.path) and says.BACK_AFTERWARDS.search(parts.query))
    )


def _judge_page(body: bytes, *, attachment: bool, host: str, hosts: Collection[str]) -> Verdict:
    if not says.IS_HTML.search(body[:4096]):
        return _judge_bytes(body, attachment=attachment)
    page = seen(body, says.MISSING_PAGE)
    verdict = (
        _judge_owner(page, host, hosts)
        or _judge_gate(page, body)
        or _judge_message(page)
        or _judge_way_on(page, hosts)
    )
    if verdict is not None:
        return verdict
    if not page.text and not page.shows_other and not page.has_data:
        return Verdict("empty", "HTTP 200, but the page holds no text")
    is_report = page.is_content and page.names_report and not page.lists_reports
    if attachment and not is_report and _SAVED_BY_OFFICE not in body[:4096]:
        return Verdict("wrong_type", "a page where a file was expected")
    return Verdict("ok")


def _judge_bytes(body: bytes, *, attachment: bool) -> Verdict:
    """What is no page: data, a fragment of a page, prose, or the bytes of some file."""
    if b"\x00" in body[:1024] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return (
            Verdict("ok")
            if attachment
            else Verdict("wrong_type", "bytes that are no text where a page was expected")
        )
    start = body[:_ONE_MESSAGE].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[")) or body.strip() == b"null":
        verdict = _judge_data(body)
        if verdict is None and attachment:
            return Verdict("wrong_type", "data where a file was expected")
        return verdict or Verdict("ok")
    if start.startswith(b"<?xml") and (code := says.XML_ERROR.search(body[:2000])):
        return Verdict(
            "refused" if b"Denied" in code["code"] else "soft_404",
            "HTTP 200, but the reply tells of an error",
        )
    shown = folded(words(re.sub("<!--.*?-->|<[^>]*>", " ", decoded(body[:4096]), flags=re.DOTALL)))
    if not shown and not re.sub(rb"<!--.*?-->|\s", b"", body, flags=re.DOTALL):
        return Verdict("empty", "HTTP 200 with nothing but a remark of a program")
    if len(shown) >= _ONE_MESSAGE or b"<a " in body[:4096].lower():
        return Verdict("ok")
    return _of_message(shown) or (
        Verdict("wrong_type", "a few words where a file was expected")
        if attachment and 0 < len(shown) < 40
        else Verdict("ok")
    )


def _judge_data(body: bytes) -> Verdict | None:
    """Whether JSON tells of an error and gives nothing."""
    if len(body) > _ERROR_DATA:
        return None
    try:
        data = json.loads(decoded(body))
    except (ValueError, RecursionError):
        return None
    if data is None:
        return Verdict("empty", "HTTP 200 with a null")
    if not isinstance(data, dict) or any(value for value in data.values() if isinstance(value, dict | list)):
        return None
    code = next((str(data[name]) for name in ("code", "status", "errcode") if data.get(name)), "")
    told = folded(" ".join(value for value in data.values() if isinstance(value, str)))
    if len(told) > _ONE_MESSAGE:
        return None
    for verdict in (_OF_CODE.get(code), "server_error" if re.fullmatch("5[0-9]{2}", code) else None):
        if verdict is not None:
            return Verdict(verdict, f"HTTP 200, but the reply tells of an error ({code})")
    return _of_message(told)


def _of_message(told: str) -> Verdict | None:
    """The verdict on a reply that is one message and nothing else."""
    if says.MISSING_PAGE.search(told) or says.NOTHING_THERE.search(told):
        return Verdict("soft_404", "HTTP 200, but the reply says that there is no such page")
    if says.BROKEN.search(told):
        return Verdict("server_error", "HTTP 200, but the reply says that the portal does not work")
    if says.BLOCKED_MESSAGE.search(told):
        return Verdict("waf", "HTTP 200, but the reply comes from a web application firewall")
    if says.SCAN_TO_ENTER.search(told) or says.ENTER_FIRST.search(told):
        return Verdict("login", "HTTP 200, but the reply asks who is there")
    return None


def _judge_owner(page: Page, host: str, hosts: Collection[str]) -> Verdict | None:
    """Whether somebody else than the portal's keeper speaks."""
    said = {
        found.group().lower()
        for found in says.BETTING.finditer(page.text)
        if not _is_condemned(page.text, found)
    }
    in_title = [found for found in says.BETTING.finditer(page.title) if not _is_condemned(page.title, found)]
    names = {word for word in said if says.BETTING_NAME.fullmatch(word)}
    titled = any(says.BETTING_NAME.match(found.group()) for found in in_title)
    # 爱游戏 is a plain phrase beside no such name.
    if (
        len(said) >= 4
        or (in_title and len(said) >= 2)
        or titled
        or (names and len(names | (said & {"爱游戏"})) >= 2)
    ):
        shown = sorted(said | {found.group() for found in in_title})[:3]
        return Verdict("taken_over", f"the page advertises betting ({', '.join(shown)})")
    if not page.is_content and len(set(says.INDECENT.findall(f"{page.title} {page.text}"))) >= 2:
        return Verdict("taken_over", "the page advertises what no office does")
    if page.is_bare and says.FOR_SALE.search(f"{page.title} {page.main}"):
        return Verdict("taken_over", "the page says that the name of the host is nobody's")
    if len(says.PINYIN_INSERT.findall(page.text)) >= 5:
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
    return bool(says.AGAINST_BETTING.search(text[max(0, found.start() - _AROUND) : found.end() + _AROUND]))


def _is_official(host: str) -> bool:
    return host.lower().endswith(".gov.cn")


def _judge_message(page: Page) -> Verdict | None:
    """Whether the page only says that there is no such page, or that the portal does not work.

    What is in links and in the frame says nothing for it nor against it: every portal's menu leads to 政府信息公开年报. A title
    alone says nothing (seen: a report under the title 403), and neither do such words in a page that holds a report.
    """
    if page.is_content:
        return None
    told = says.MISSING_PAGE.search(f"{page.title} {page.headings}")
    said = not page.names_report and says.MISSING_PAGE.search(page.main)
    short = len(page.main) < 600
    # Some say it in a dialogue only, or in a picture.
    if not page.text:
        told = told or says.MISSING_PAGE.search(" ".join(says.ALERT.findall(page.scripts)))
    if page.title.strip().startswith("404") and not page.names_report and len(page.main) < _ONE_MESSAGE:
        return Verdict("soft_404", "HTTP 200, but the page is titled 404 and shows nothing")
    # Some bear the title of the report that is not there any more.
    alone = (
        not page.lists_reports
        and len(page.told) <= _LONGEST_REFUSAL
        and (
            says.MISSING_PAGE.search(first := page.told.partition("。")[0])
            or says.NOTHING_THERE.search(first)
        )
        and not says.TELLS_FIGURES.search(page.told)
    )
    if alone or told or (said and (short or says.MISSING_TITLE.search(page.title))):
        return Verdict("soft_404", "HTTP 200, but the page says that there is no such page")
    if page.is_bare and says.CLOSED.search(f"{page.title} {page.headings} {page.main}"):
        return Verdict("soft_404", "HTTP 200, but the page says that the portal has been given up")
    if page.is_bare and says.BROKEN.search(f"{page.title} {page.headings} {page.main}"):
        return Verdict("server_error", "HTTP 200, but the page says that the portal does not work")
    return None


def _moved_by_script(scripts: str) -> str | None:
    """Where scripts send a reader, as far as they say it in one piece."""
    if found := says.SCRIPT_MOVE.search(scripts):
        return found["url"]
    if found := says.SCRIPT_OPEN.search(scripts):
        return found["url"] or found["to"]
    if (named := says.MOVE_TO_NAME.search(scripts)) and (
        held := re.search(rf"\b{named['name']}\s*=\s*[\"']([^\"']+)[\"']", scripts)
    ):
        return held[1]
    return None


def _framed_from_elsewhere(page: Page, hosts: Collection[str]) -> str | None:
    """The page of a host that is none of the site's, shown in a frame; a viewer that is told which file to show is none."""
    known = {name.partition(":")[0] for name in hosts}
    for address in page.framed:
        try:
            parts = urlsplit(address)
        except ValueError:
            continue
        if (
            known
            and parts.hostname
            and parts.hostname not in known
            and "=http" not in address
            and not is_file(address)
            and not NO_LIST.search(address)
        ):
            return address if parts.scheme else f"http:{address}"
    return None


def _judge_way_on(page: Page, hosts: Collection[str]) -> Verdict | None:
    """Whether the page only sends its reader on."""
    if page.is_content:
        return None
    # The title of a report, or nothing at all, and a frame.
    titled = page.names_report or ("信息公开" in page.title and re.search(r"20\d\d", page.title))
    of_one = not page.told and not page.lists_reports and (titled or not page.links)
    if of_one and (framed := _framed_from_elsewhere(page, hosts)):
        return Verdict("moved", f"the page holds nothing but a frame that shows {framed}", framed)
    if page.names_report:
        return None
    target, how = None, "the page"
    if page.refresh and page.refresh_delay <= _SOON and len(page.main) < _ONE_MESSAGE:
        target = page.refresh
    elif page.is_bare and len(page.text) < 60 and len(page.scripts) < _SHORT_SCRIPT:
        target, how = _moved_by_script(page.scripts), "a script"
    if target is None:
        return None
    if _is_login(target):
        return Verdict("login", f"{how} sends the reader on to {target}, where a password is asked for")
    return Verdict("moved", f"{how} sends the reader on to {target}", target)


def _judge_bare(body: bytes) -> Verdict | None:
    """Whether an error is the gate's and not the portal's."""
    if not says.IS_HTML.search(body[:4096]):
        return None
    page = seen(body, says.MISSING_PAGE)
    return None if says.MISSING_PAGE.search(f"{page.title} {page.text}") else _judge_gate(page, body)


def _judge_gate(page: Page, body: bytes) -> Verdict | None:
    """Whether the page keeps its reader out. A gate stands alone: no report, no list, hardly a link."""
    if page.is_content or page.names_report:
        return None
    head = f"{page.title} {page.headings}"
    if page.asks_password and len(page.main) < 300 and (page.is_bare or says.LOGIN_TITLE.search(page.title)):
        return Verdict("login", "the page asks for a password")
    if not page.is_bare:
        return None
    if not page.text and says.TAKEN_FOR_AN_ATTACK.search(page.scripts):
        return Verdict("waf", "a script that says that the request was stopped")
    if says.BROWSER_CHECK.search(f"{head} {page.main}"):
        return Verdict("challenge", "the page asks its reader to prove to be one")
    if len(page.text) < _ONE_MESSAGE and not page.shows_other and says.CHALLENGE.search(body):
        return Verdict("challenge", "a script that asks for a browser, and hardly a word")
    if page.text and (
        says.BLOCKED_MESSAGE.search(f"{head} {page.main}")
        or (says.WAF.search(body) and "信息公开" not in page.title)
    ):
        return Verdict("waf", "the page comes from a web application firewall")
    if (says.LOGIN_TITLE.search(head) and says.SCAN_TO_ENTER.search(page.main)) or (
        len(page.main) < _ONE_MESSAGE and says.ENTER_FIRST.search(page.main)
    ):
        return Verdict("login", "the page asks who is there")
    if len(page.main) < _ONE_MESSAGE and says.ELSEWHERE.search(page.main):
        return Verdict("refused", "HTTP 200, but the page lets in only who comes from elsewhere")
    return None
