"""What came back: a pure judgement on one reply, before anything reads it.

A verdict that is not `ok` is captured and reported, and never parsed as a report nor taken for a deletion.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

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

_WAF = re.compile(
    rb"eventid|wangfang|\bwaf\b|_waf_|btwaf|yundun|safedog|safeline|yunsuo|wangzhan\.360|jiasule|yunaq|sangfor|"
    rb"your support id is|errors\.aliyun\.com|\xe7\xbd\x91\xe9\x98\xb2G01|\xcd\xf8\xb7\xc0G01|"
    rb"\xe5\x88\x9b\xe5\xae\x87\xe7\x9b\xbe|\xb4\xb4\xd3\xee\xb6\xdc",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    rb"\$_ts\b|__jsl_clearance|__jsluid|acw_sc__v2|cf-chl-|_cf_chl_opt|/TSPD/|wzwsquestion|wzws_reurl|"
    rb"YunSuoAutoJump|security_verify_data|document\.cookie\s*=.{0,200}location",
    re.DOTALL,
)
_MISSING_PAGE = re.compile(
    "页面(?:不存在|找不到|出错|丢失|走丢了|飞走了)|(?:页面|文件|内容|信息|网页|栏目|文章|链接)(?:已经?|可能已?|或已)?被?(?:删除|移除|下线|失效)或(?:者)?不存在|"
    "(?:找不到|无法找到|没有找到|未找到|未能找到)(?:您|你)?(?:要|所|想|正在)*(?:访问|请求|查看|浏览|查找)?的?(?:该|此|这个)?(?:页|网页|内容|文件|文章|资源)|"
    "您(?:要|所|想|正在)*(?:访问|查看|浏览|搜索|查找|请求|找)的(?:页面|网页|内容|信息|资源|文件|栏目)|"
    "(?:该|此|本)(?:页面|网页|信息|文章|内容|栏目|链接)(?:不存在|已(?:经)?被?(?:删除|移除|下线|失效|过期|撤销|停用|关闭))|"
    "(?:文件|内容|信息|数据|文章|栏目)不存在|已被删除|404 Not Found|Page Not Found|File not found",
    re.IGNORECASE,
)
_MISSING_TITLE = re.compile("404|不存在|找不到|出错|错误|Not Found|无法访问|提示", re.IGNORECASE)
_BROKEN = re.compile(
    r"50[0234]\s*-?\s*(?:Bad Gateway|Internal|Service|Gateway|Server)|HTTP Status 50\d|Internal Server Error|"
    "服务器(?:内部)?错误|服务(?:暂时)?不可用|(?:系统|网站|平台)(?:正在|升级|停机)*维护|正在维护|维护升级中|升级维护中|(?:系统|网站|平台)(?:正在)?升级(?:中|改造)|"
    r"系统(?:繁忙|异常)|暂停服务|OLE DB Provider|ODBC Driver|mysqli?_connect\(|Fatal error: |Welcome to nginx!|"
    "successfully installed Tomcat",
    re.IGNORECASE,
)
_BROWSER_CHECK = re.compile(
    "安全验证|人机验证|访问验证|行为验证|滑块|拖动.{0,6}滑|向右滑动|正在(?:检查|验证|检测)(?:您的)?浏览器|"
    "请(?:先)?完成.{0,6}验证|频繁.{0,20}验证码|输入.{0,6}验证码.{0,6}(?:继续|访问|浏览)|Just a moment|Checking your browser",
    re.IGNORECASE,
)
_BLOCKED_MESSAGE = re.compile(
    "被.{0,12}?(?:拦截|阻断|阻止)|访问(?:被|已)(?:拒绝|禁止)|访问(?:过于|太)?频繁|网防G01|安全狗|云防御|创宇盾|(?:网站|应用)防火墙|非法请求|D盾|疑似攻击|"
    "Request Rejected|support ID is|Access Denied",
    re.IGNORECASE,
)
# Only who stands elsewhere is let in: another network, another country, another program.
_ELSEWHERE = re.compile(
    "政务(?:外|内)网|微信客户端(?:中)?打开|地区.{0,6}不支持访问|IP.{0,12}(?:禁止|限制|is blocked)|(?:没有|无)(?:权限|权)(?:访问|查看|浏览)|"
    "没有.{0,4}访问权限",
    re.IGNORECASE,
)
# A portal that has been given up says so, and no more.
_CLOSED = re.compile(
    "(?:网站|本站|该站|平台)(?:现|已)?(?:经)?(?:永久|正式)?(?:下线|关闭|停用|停止(?:更新|服务|运行|维护))|网站已(?:经)?迁移"
)
_FOR_SALE = re.compile(
    "域名.{0,6}(?:出售|转让)|domain .{0,12}for sale|(?:网站|域名).{0,8}未.{0,4}备案", re.IGNORECASE
)
_INDECENT = re.compile(
    "成人(?:视频|电影|小说|网站)|无码|一区二区|国产精品|日韩av|欧美日韩|人妻|av(?:在线|天堂)", re.IGNORECASE
)
_SCRIPT_MOVE = re.compile(
    r"(?:window|self|top|document)?\.?location(?:\.href)?\s*(?:=\s*|\.(?:replace|assign)\s*\(\s*)"
    r"[\"'](?P<url>[^\"']+)[\"']"
)
_ALERT = re.compile(r"alert\(\s*[\"']([^\"']{1,200})")
_LOGIN_TITLE = re.compile("登录|登陆|身份认证|用户中心|login|log ?on|sign ?in", re.IGNORECASE)
_SCAN_TO_ENTER = re.compile("扫码|扫一扫|二维码登|请.{0,4}登[录陆]|未登[录陆]")
_ENTER_FIRST = re.compile("请先登[录陆]|重新登[录陆]|(?:会话|登[录陆]).{0,3}(?:过期|超时)")
_LOGIN_PATH = re.compile(
    r"/(?:cas|sso|oauth2?|passport|auth)(?:[/.?]|$)|/[\w-]*(?:log-?in|log-?on|sign-?in)[\w-]*(?:[/.;?]|$)",
    re.IGNORECASE,
)
_LOGIN_HOST = re.compile(r"^(?:sso|cas|passport|login|auth|iam|uaa|oauth|tyrz|sfrz)[\d-]*\.", re.IGNORECASE)
_BACK_AFTERWARDS = re.compile(
    r"(?:^|&)(?:return_?(?:url|to)|redirect_?(?:url|uri|to)?|service|backurl|goto)=", re.IGNORECASE
)
_OF_A_USER = re.compile(r"/(?:user|account|member|uc)(?:/|$)", re.IGNORECASE)
_IS_HTML = re.compile(rb"<(?:!doctype html|html|head|body|meta|div|p|table|script)\b", re.IGNORECASE)
# A reader of prose without markup, and of a reply that is data: what says that something is wrong is not longer.
_ONE_MESSAGE = 200
# A script that does little else than to send its reader on.
_SHORT_SCRIPT = 2000
# A page that asks to be loaded again after a longer time renews itself.
_SOON = 30
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
_XML_ERROR = re.compile(rb"<Error>.*?<Code>(?P<code>NoSuch\w+|AccessDenied)</Code>", re.DOTALL)
_OF_CODE: dict[str, Code] = {"404": "soft_404", "401": "login", "403": "refused"}
_IMAGE_TYPES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")

# What betting sites say of themselves on a domain that they took over. A report speaks of betting as of an evil.
_BETTING = re.compile(
    "博彩|彩票(?:平台|网站|投注|开奖)|体育(?:投注|博彩)|投注(?:平台|网站|网址|官网)|娱乐(?:城|官网|平台|场)|真人(?:娱乐|视讯|荷官|百家乐)|百家乐|"
    "老虎机|六合彩|时时彩|北京赛车|(?:开元|棋牌)(?:棋牌|游戏|官网|平台)|电子游艺|捕鱼(?:达人|游戏)|"
    "威尼斯人|新葡京|太阳城|澳门(?:赌场|皇冠|银河|永利|金沙)|皇冠(?:体育|足球|现金)|赌场|首存|彩金|返水|注册送|"
    "bet365|betway|ag亚游|[a-z]{2,6}体育(?:官网|下载|app)|开云(?:体育|官网)|乐鱼(?:体育|官网)|米兰(?:体育|官网)|华体会|爱游戏",
    re.IGNORECASE,
)
# Names of such sites that no office bears: one in a title is enough, two in a text.
_BETTING_NAME = re.compile(
    "皇冠(?:体育|足球|现金)|(?:开云|乐鱼|米兰|星空|九游|亚博|必威|万博|半岛|爱游戏|华体会)(?:体育|官网)|华体会|bet365|betway|ag亚游",
    re.IGNORECASE,
)
_AGAINST_BETTING = re.compile(
    "整治|打击|查处|查获|取缔|严禁|禁止|防范|反诈|涉赌|违法|非法|赌博机|案件|清理|治理|举报|警惕|篡改|暗链|黑链"
)
_AROUND = 60
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
        headers: names in lower case; values as text of their bytes (Latin-1).
        body: content-encoding undone.
        attachment: whether a file was asked for rather than a page.
        host: the name that was asked, without port; empty where it is not known.
        hosts: every host of the site: a page may name any of them as its own.
    """
    if 300 <= status < 400 and status != 304:
        return _judge_redirect(status, headers.get("location"))
    if status in (404, 410) or status >= 500:
        # The portal's own error page may bear the scripts of its firewall: it is the gate's only if it says nothing else.
        gate = _judge_bare(body) if _CHALLENGE.search(body) or _WAF.search(body) else None
        if gate is not None:
            return gate
    elif status != 200 and _CHALLENGE.search(body):
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
    if attachment and len(body) < _LEAST_FILE:
        return Verdict("empty", f"HTTP 200 with {len(body)} bytes where a file was expected")
    return _judge_page(body, attachment=attachment, host=host, hosts=hosts)


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
        _LOGIN_PATH.search(f"{parts.path}?")
        or _LOGIN_PATH.search(f"/{parts.fragment.lstrip('/!')}")
        or _LOGIN_HOST.match(host)
        or (_OF_A_USER.search(parts.path) and _BACK_AFTERWARDS.search(parts.query))
    )


def _judge_page(body: bytes, *, attachment: bool, host: str, hosts: Collection[str]) -> Verdict:
    if not _IS_HTML.search(body[:4096]):
        return _judge_bytes(body, attachment=attachment)
    page = seen(body, _MISSING_PAGE)
    verdict = (
        _judge_owner(page, host, hosts)
        or _judge_gate(page, body)
        or _judge_message(page)
        or _judge_way_on(page)
    )
    if verdict is not None:
        return verdict
    if not page.text and not page.shows_other and not page.has_data:
        return Verdict("empty", "HTTP 200, but the page holds no text")
    if attachment and _SAVED_BY_OFFICE not in body[:4096]:
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
    if start.startswith(b"<?xml") and (code := _XML_ERROR.search(body[:2000])):
        return Verdict(
            "refused" if b"Denied" in code["code"] else "soft_404",
            "HTTP 200, but the reply tells of an error",
        )
    shown = folded(words(re.sub("<[^>]*>", " ", decoded(body[:4096]))))
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
    if _MISSING_PAGE.search(told):
        return Verdict("soft_404", "HTTP 200, but the reply says that there is no such page")
    if _BROKEN.search(told):
        return Verdict("server_error", "HTTP 200, but the reply says that the portal does not work")
    if _BLOCKED_MESSAGE.search(told):
        return Verdict("waf", "HTTP 200, but the reply comes from a web application firewall")
    if _SCAN_TO_ENTER.search(told):
        return Verdict("login", "HTTP 200, but the reply asks who is there")
    return None


def _judge_owner(page: Page, host: str, hosts: Collection[str]) -> Verdict | None:
    """Whether somebody else than the portal's keeper speaks."""
    said = {
        found.group().lower() for found in _BETTING.finditer(page.text) if not _is_condemned(page.text, found)
    }
    in_title = [found for found in _BETTING.finditer(page.title) if not _is_condemned(page.title, found)]
    names = {word for word in said if _BETTING_NAME.fullmatch(word)}
    titled = any(_BETTING_NAME.match(found.group()) for found in in_title)
    # 爱游戏 is a plain phrase beside no such name.
    if (
        len(said) >= 4
        or (in_title and len(said) >= 2)
        or titled
        or (names and len(names | (said & {"爱游戏"})) >= 2)
    ):
        shown = sorted(said | {found.group() for found in in_title})[:3]
        return Verdict("taken_over", f"the page advertises betting ({', '.join(shown)})")
    if not page.is_content and len(set(_INDECENT.findall(f"{page.title} {page.text}"))) >= 2:
        return Verdict("taken_over", "the page advertises what no office does")
    if page.is_bare and _FOR_SALE.search(f"{page.title} {page.main}"):
        return Verdict("taken_over", "the page says that the name of the host is nobody's")
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


def _judge_message(page: Page) -> Verdict | None:
    """Whether the page only says that there is no such page, or that the portal does not work.

    What is in links and in the frame says nothing for it nor against it: every portal's menu leads to 政府信息公开年报. A title
    alone says nothing (seen: a report under the title 403), and neither do such words in a page that holds a report.
    """
    if page.is_content:
        return None
    told = _MISSING_PAGE.search(f"{page.title} {page.headings}")
    said = not page.names_report and _MISSING_PAGE.search(page.main)
    short = len(page.main) < 600
    # Some say it in a dialogue only, or in a picture.
    if not page.text:
        told = told or _MISSING_PAGE.search(" ".join(_ALERT.findall(page.scripts)))
    if page.title.strip().startswith("404") and not page.names_report and len(page.main) < _ONE_MESSAGE:
        return Verdict("soft_404", "HTTP 200, but the page is titled 404 and shows nothing")
    if told or (said and (short or _MISSING_TITLE.search(page.title))):
        return Verdict("soft_404", "HTTP 200, but the page says that there is no such page")
    if page.is_bare and _CLOSED.search(f"{page.title} {page.headings} {page.main}"):
        return Verdict("soft_404", "HTTP 200, but the page says that the portal has been given up")
    if page.is_bare and _BROKEN.search(f"{page.title} {page.headings} {page.main}"):
        return Verdict("server_error", "HTTP 200, but the page says that the portal does not work")
    return None


def _judge_way_on(page: Page) -> Verdict | None:
    """Whether the page only sends its reader on."""
    if page.is_content or page.names_report:
        return None
    target, how = None, "the page"
    if page.refresh and page.refresh_delay <= _SOON and len(page.main) < _ONE_MESSAGE:
        target = page.refresh
    elif page.is_bare and len(page.text) < 60 and len(page.scripts) < _SHORT_SCRIPT:
        found = _SCRIPT_MOVE.search(page.scripts)
        target, how = found["url"] if found else None, "a script"
    if target is None:
        return None
    if _is_login(target):
        return Verdict("login", f"{how} sends the reader on to {target}, where a password is asked for")
    return Verdict("moved", f"{how} sends the reader on to {target}", target)


def _judge_bare(body: bytes) -> Verdict | None:
    """Whether an error is the gate's and not the portal's."""
    if not _IS_HTML.search(body[:4096]):
        return None
    page = seen(body, _MISSING_PAGE)
    return None if _MISSING_PAGE.search(f"{page.title} {page.text}") else _judge_gate(page, body)


def _judge_gate(page: Page, body: bytes) -> Verdict | None:
    """Whether the page keeps its reader out. A gate stands alone: no report, no list, hardly a link."""
    if page.is_content or page.names_report:
        return None
    head = f"{page.title} {page.headings}"
    if page.asks_password and len(page.main) < 300 and (page.is_bare or _LOGIN_TITLE.search(page.title)):
        return Verdict("login", "the page asks for a password")
    if not page.is_bare:
        return None
    if _BROWSER_CHECK.search(f"{head} {page.main}"):
        return Verdict("challenge", "the page asks its reader to prove to be one")
    if len(page.text) < _ONE_MESSAGE and not page.shows_other and _CHALLENGE.search(body):
        return Verdict("challenge", "a script that asks for a browser, and hardly a word")
    if page.text and (
        _BLOCKED_MESSAGE.search(f"{head} {page.main}") or (_WAF.search(body) and "信息公开" not in page.title)
    ):
        return Verdict("waf", "the page comes from a web application firewall")
    if (_LOGIN_TITLE.search(head) and _SCAN_TO_ENTER.search(page.main)) or (
        len(page.main) < _ONE_MESSAGE and _ENTER_FIRST.search(page.main)
    ):
        return Verdict("login", "the page asks who is there")
    if len(page.main) < _ONE_MESSAGE and _ELSEWHERE.search(page.main):
        return Verdict("refused", "HTTP 200, but the page lets in only who comes from elsewhere")
    return None
