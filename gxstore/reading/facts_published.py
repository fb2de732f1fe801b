"""What the narrative tells of what was published: how much, where, read by how many."""

import re
from collections.abc import Callable, Iterator, Sequence

from gxstore.reading.report import Fact
from gxstore.reading.told import (
    COUNT,
    OF_A_SYSTEM,
    SOME_BODIES,
    Told,
    approx,
    clause_to,
    fact,
    number,
    of_its_year,
    risen,
    telling,
    year_told,
)

_ITEMS = r"(?:条|篇|件|则)"
_PUBLISH = r"(?:公开|发布|推送|推发|刊发|上传|更新)"
_CHANNEL = re.compile(
    r"网站|网页|平台|微信|公众号|微博|新媒体|抖音|头条|客户端|专栏|栏目|政务公开栏|报纸|电视|电台|广播|公报|解读"
)
_WEBSITE = re.compile(
    r"(?:门户网站|政府网站?|政务公开平台|信息公开平台|官方网站|官网|网站)(?P<between>[^，。；;\d]{0,60}?)"
    + COUNT
    + _ITEMS
)
# 主动公开规章13件，行政规范性文件60件: one kind among others is not what a website published.
_ONE_KIND = re.compile(r"(?:规章|规范性文件|[^等，、]{1,6}类(?:信息)?)$")
_ANOTHER_KIND = re.compile(r"[，,、和及][^，,、。；;\d其包]{2,14}\d+(?:余)?" + _ITEMS)
_SOCIAL = (
    r"(?P<between>[^。；;]{0,90}?)" + _PUBLISH + r"[^，。；;\d]{0,24}?(?:\d+\s*期)?" + COUNT + r"(?:条|篇|则)"
)
_WECHAT = re.compile(r"(?:微信公众号|微信公众平台|微信|公众号)" + _SOCIAL)
_WEIBO = re.compile(r"微博" + _SOCIAL)
_NEW_MEDIA = re.compile(
    r"新媒体" + r"(?P<between>[^，。；;\d]{0,20}?)" + _PUBLISH + r"[^，。；;\d]{0,16}?" + COUNT + _ITEMS
)
_TOTAL = re.compile(
    r"(?P<lead>(?:累计|共计|共|合计|总计)?[^，。；;\d]{0,6}?(?P<own>主动)?(?:公开|发布|公布)(?P<between>(?:(?!公开|发布|公布)[^，。；;\d]){0,14}?)信息(?:条?数)?[^，。；;\d]{0,8}?)"
    + COUNT
    + r"(?:条|件|篇)(?P<after>[，,。；;]?\s*其中)?"
)
# 主动公开 N 条 is the whole only where nothing narrows it: 财政预决算信息, 重大项目信息 are parts.
_ANY_KIND = re.compile(
    r"^(?:[了的]|政府|政务|各类|各种|各项|类|有关|相关|工作|全部|所有|有效|等|司法行政|司法|(?:全|本|我)(?:省|市|州|县|区|旗|镇|乡|局|级)?|各级|各?(?:单位|部门))*$|(?:等|各类|各种)(?:政府|政务)?$"
)
_NOT_THE_WHOLE = re.compile(
    r"解读|申请|其中|重点领域|电子化|电子版|纸质|规范性文件|超期|逾期|不予|暂不|未|撤销|删除|目录|拟|应(?:当)?(?:主动)?公开(?!尽)"
)
_PRODUCED = re.compile(
    r"(?:制作|获取|形成|产生|生成|信息总)[^，。；;公]{0,20}\d+(?:余)?(?:条|件|篇)[，,；;]?其中$"
)
_ITS_OWN_PART = re.compile(
    r"[^。]{0,30}(?:其中[，,：:]?|[，,；;])(?:我|本)(?:局|厅|委|办|院|单位|机关|部门)(?:[^，。；;]{0,12}公开|[^，。；;]{0,12}发布|[^，。；;\d]{0,8}\d)"
)
# A paragraph on one field counts its own items: （10）推进重大建设项目信息公开。…全年共发布信息291条.
_OF_ONE_FIELD = re.compile(
    r"(?:推进|加强|做好|深化)(?!政府信息|政务)[^。；，]{2,24}信息公开|重点公开|重点领域"
)
_FOLLOWERS = re.compile(r"(?P<word>关注|订阅|粉丝)[^，。；;\d]{0,14}?" + COUNT + r"(?:余)?(?:人|名|位|个)?")
_ACCOUNTS = re.compile(
    r"(?:微信公众号|公众号|政务新媒体(?:账号|帐号)?)(?P<n>\d+)个[，,：:（(]?(?P<names>[^，。；;）)]{0,60})"
)
_ISSUED = re.compile(
    r"(?:行政发文|制发(?:行政)?(?:公文|文件)|印发(?:公文|文件)|发文)[^，。；;\d]{0,4}"
    + COUNT
    + r"(?:件|份|篇)"
)
_DISCLOSED = re.compile(r"公开[，,]?(?:共计|共|计)" + COUNT + r"(?:件|份|篇)")
_INTERPRETED = re.compile(
    r"(?:发布|制作|推送|推出|公开)[^，。；;\d]{0,10}解读(?:信息|材料|稿件|文章|类?信息)?[^，。；;\d]{0,4}"
    + COUNT
    + r"(?:条|篇|件|个|次|份|则)"
)


def _total(told: Sequence[Told]) -> Iterator[Fact]:
    # 主动公开N条 says outright what 共发布信息N条 may say of a part: it is looked for in the whole text first.
    for outright in (True, False):
        for sentence in telling(told, "信息"):
            found = []
            for match in _TOTAL.finditer(sentence.text):
                year = year_told(sentence, match.start("n"))
                if year is None or bool(match["own"]) != outright or not _is_total(match, sentence):
                    continue
                last = risen(match)
                whole = fact("nar.proactive_total", number(last), sentence, last, approx=approx(last))
                found.append((year, whole))
            if found:
                yield from of_its_year(found)
                return


def _is_total(match: re.Match[str], sentence: Told) -> bool:
    """Whether a number of items is that of all: not of a channel, a kind or some bodies."""
    before = sentence.so_far(match.start("n"))
    clause = clause_to(sentence.text, match.start("n"))
    of_all = re.sub(r"^.*其中", "", clause)
    among_produced = clause.startswith("其中") and bool(_PRODUCED.search(before[: len(before) - len(of_all)]))
    sum_words = re.search(r"累计|共计|共|合计|总计|全年共", match["lead"])
    # 发布信息N条，其中…: the parts that follow show that this is the whole.
    if not (match["own"] or sum_words or match["after"]):
        return False
    if SOME_BODIES.search(clause) or OF_A_SYSTEM.search(clause):
        return False
    if _CHANNEL.search(clause) or not _ANY_KIND.search(match["between"]):
        return False
    if _NOT_THE_WHOLE.search(of_all if among_produced else clause):
        return False
    # 全市…5120条，其中我局…118条: the first is not the body's own.
    if re.search(r"全[省市州县区旗]", clause) and _ITS_OWN_PART.match(sentence.text, match.end("n")):
        return False
    if re.match(r"[^，。；;]{0,6}(?:相比|相较|的基础)", sentence.text[match.end("n") : match.end("n") + 20]):
        return False
    if match["own"]:
        return True
    so_far = sentence.so_far(match.start())
    return not _CHANNEL.search(so_far) and not _OF_ONE_FIELD.search(sentence.before + so_far)


def _website(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "网", "平台"):
        for match in _WEBSITE.finditer(sentence.text):
            between = match["between"]
            if not re.search(_PUBLISH, between) or re.search(
                r"微信|公众号|微博|新媒体|抖音|解读|收到|回复|留言|咨询|申请", between
            ):
                continue
            if _ONE_KIND.search(between) and _ANOTHER_KIND.match(sentence.text, match.end()):
                continue
            if year_told(sentence, match.start("n")) is None:
                continue
            last = risen(match)
            yield fact("nar.website", number(last), sentence, last, approx=approx(last))
            return


def _social(
    code: str, words: tuple[str, ...], pattern: re.Pattern[str], others: str
) -> Callable[[Sequence[Told]], Iterator[Fact]]:
    def rule(told: Sequence[Told]) -> Iterator[Fact]:
        for sentence in telling(told, *words):
            for match in pattern.finditer(sentence.text):
                if re.search(others, match["between"]) or "解读" in match[0]:
                    continue
                # 微博微信公开信息2148条 is of both.
                if re.search(rf"(?:{others})[、和及与]?$", sentence.so_far(match.start())):
                    continue
                if year_told(sentence, match.start("n")) is None:
                    continue
                yield fact(code, number(match), sentence, match, approx=approx(match))
                return

    return rule


def _followers(told: Sequence[Told]) -> Iterator[Fact]:
    seen = set()
    for sentence in telling(told, "关注", "订阅", "粉丝"):
        for match in _FOLLOWERS.finditer(sentence.text):
            if not re.search(r"[人名位]$", match[0]) and match["word"] != "粉丝":
                continue
            accounts = re.findall(
                r"微信|公众号|微博|抖音", sentence.before[-400:] + sentence.so_far(match.start())
            )
            account = {"公众号": "微信"}.get(accounts[-1], accounts[-1]) if accounts else None
            if account in seen:
                continue
            seen.add(account)
            detail = {"account": account} if account else {}
            yield fact("nar.followers", number(match), sentence, match, approx=approx(match), detail=detail)


def _accounts(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "公众号", "新媒体"):
        for match in _ACCOUNTS.finditer(sentence.text):
            if re.search(r"关停|注销|清理|整合|关闭|停用", clause_to(sentence.text, match.start())):
                continue
            words = match["names"].lstrip("分别为是有：:")
            if re.search(r"\d个", words):
                continue  # 微信公众号1个、政务微博2个: the number is of one kind among others
            names = [name.strip('“”"《》 ') for name in re.split(r"[、和及]", words) if name.strip()]
            accounts = int(match["n"])
            detail: dict[str, object] = {"names": names} if len(names) == accounts else {}
            yield fact("nar.accounts", accounts, sentence, match, detail=detail)
            return


def _documents(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "发文", "制发", "印发"):
        if match := _ISSUED.search(sentence.text):
            if year_told(sentence, match.start("n")) is None:
                continue
            last = risen(match)
            yield fact("nar.documents_issued", number(last), sentence, last, approx=approx(last))
            if disclosed := _DISCLOSED.search(sentence.text, match.end()):
                count, about = number(disclosed), approx(disclosed)
                yield fact("nar.documents_disclosed", count, sentence, disclosed, approx=about)
            return


def _interpretations(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "解读"):
        for match in _INTERPRETED.finditer(sentence.text):
            if year_told(sentence, match.start("n")) is None:
                continue
            yield fact("nar.interpretations", number(match), sentence, match, approx=approx(match))
            return


PUBLISHED: tuple[Callable[[Sequence[Told]], Iterator[Fact]], ...] = (
    _total,
    _website,
    _social("nar.wechat", ("微信", "公众号"), _WECHAT, r"微博|网站|抖音"),
    _social("nar.weibo", ("微博",), _WEIBO, r"微信|公众号|网站|抖音"),
    _social("nar.new_media", ("新媒体",), _NEW_MEDIA, r"微信|公众号|微博"),
    _followers,
    _accounts,
    _documents,
    _interpretations,
)
