"""Facts told in the narrative, each with the sentence that tells it.

Tables are no narrative: `计1条` in a label is no count. A rule that is not sure stays silent; a wrong fact is worse
than none. Numbers in the tables are never taken from here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gxstore.reading.report import Fact, FactValue

_COUNT = r"(?P<n>\d+(?:\.\d+)?)\s*(?P<wan>万)?\s*(?P<approx>余|多)?\s*"
_ITEMS = r"(?:条|篇|件|则)"
_PUBLISH = r"(?:公开|发布|推送|推发|刊发|上传|更新)"
_CHANNEL = re.compile(
    r"网站|网页|平台|微信|公众号|微博|新媒体|抖音|头条|客户端|专栏|栏目|政务公开栏|报纸|电视|电台|广播|公报|解读"
)
_WEBSITE = re.compile(
    r"(?:门户网站|政府网站?|政务公开平台|信息公开平台|官方网站|官网|网站)(?P<between>[^，。；;\d]{0,60}?)"
    + _COUNT
    + _ITEMS
)
_SOCIAL = (
    r"(?P<between>[^。；;]{0,90}?)"
    + _PUBLISH
    + r"[^，。；;\d]{0,24}?(?:\d+\s*期)?"
    + _COUNT
    + r"(?:条|篇|则)"
)
_WECHAT = re.compile(r"(?:微信公众号|微信公众平台|微信|公众号)" + _SOCIAL)
_WEIBO = re.compile(r"微博" + _SOCIAL)
_NEW_MEDIA = re.compile(
    r"新媒体" + r"(?P<between>[^，。；;\d]{0,20}?)" + _PUBLISH + r"[^，。；;\d]{0,16}?" + _COUNT + _ITEMS
)
_TOTAL = re.compile(
    r"(?P<lead>(?:累计|共计|共|合计|总计)?[^，。；;\d]{0,6}?(?P<own>主动)?(?:公开|发布)(?P<between>[^，。；;\d]{0,14}?)信息(?:条?数)?[^，。；;\d]{0,8}?)"
    + _COUNT
    + r"(?:条|件|篇)(?P<after>[，,。；;]?\s*其中)?"
)
_FOLLOWERS = re.compile(r"(?P<word>关注|订阅|粉丝)[^，。；;\d]{0,14}?" + _COUNT + r"(?:余)?(?:人|名|位|个)?")
_NO_APPLICATION = re.compile(
    r"(?:未|没有|无)(?:曾)?(?:收到|接到|接收到?|受理)(?P<what>[^，。；;！]{0,60}?)申请(?P<after>[^，。；;、]{0,8})"
)
_APPLICATIONS = re.compile(
    r"(?<!未)(?<!没有)(?<!未曾)(?:收到|受理|接收|接到)(?P<what>[^，。；;\d]{0,24}?)申请(?P<after>[^，。；;\d]{0,8}?)"
    r"(?P<n>\d+)\s*[件条宗起份]"
)
_NO_CASES = re.compile(
    r"(?:(?:未|没有)(?:曾)?(?:发生|出现|产生|收到|引发|引起|因|被|涉及|有)|无(?:因|被|涉及|行政复议|政府信息公开行政复议))"
    r"(?P<what>[^。；;]{0,60}?)(?:诉讼|应诉)(?P<after>[^。；;，]{0,10})"
)
_NO_FEE = re.compile(r"(?:未|没有)(?P<what>[^，。；;]{0,14}?)收取(?:过|任何|了)?[^，。；;]{0,24}?(?:费|费用)")
_FEE = re.compile(
    r"(?:(?P<cases>\d+)\s*件[^。；;]{0,24}?)?(?P<no>未|没有)?[^，。；;]{0,4}收取了?(?:政府)?(?:信息(?:公开)?)?(?:信息)?处理费"
    r"[^\d。；;]{0,8}(?P<n>\d+(?:\.\d+)?)\s*(?P<unit>万元|元)"
)
_ISSUED = re.compile(
    r"(?:行政发文|制发(?:行政)?(?:公文|文件)|印发(?:公文|文件)|发文)[^，。；;\d]{0,4}"
    + _COUNT
    + r"(?:件|份|篇)"
)
_DISCLOSED = re.compile(r"公开[，,]?(?:共计|共|计)" + _COUNT + r"(?:件|份|篇)")
_INTERPRETED = re.compile(
    r"(?:发布|制作|推送|推出|公开)[^，。；;\d]{0,10}解读(?:信息|材料|稿件|文章|类?信息)?[^，。；;\d]{0,4}"
    + _COUNT
    + r"(?:条|篇|件|个|次|份|则)"
)
_POWER = re.compile(
    r"(?P<kind>行政(?:许可|处罚|强制|给付|检查|奖励|裁决|确认|征收|征用)|其[他它]类?)(?:职权|权力|事项|类)*(?P<n>\d+)\s*项"
)
_NPC = re.compile(r"人大(?:代表)?[^，。；;\d]{0,14}?建议[^，。；;\d]{0,4}(?P<n>\d+)\s*件")
_CPPCC = re.compile(r"政协(?:委员)?[^，。；;\d]{0,14}?提案[^，。；;\d]{0,4}(?P<n>\d+)\s*件")
_WITHHELD = re.compile(
    r"不予公开的?(?:政府)?信息(?:主要|均|都|全部|一律)?(?:是|为|属于|属|包括|涉及)[^。；;]{4,}"
)
_ACCOUNTS = re.compile(
    r"(?:微信公众号|公众号|政务新媒体(?:账号|帐号)?)(?P<n>\d+)个[，,：:（(]?(?P<names>[^，。；;）)]{0,60})"
)
_HOTLINE = re.compile(r"热线(?:电话)?\s*[（(：:]?\s*(?P<n>\d{3,4}-\d{7,8}|\d{7,8}|1\d{4})")


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of the narrative; `before` is the text of its paragraph up to it."""

    text: str
    before: str


def read_facts(paragraphs: Sequence[str]) -> tuple[Fact, ...]:
    """The facts that paragraphs tell, at most one of each code (followers: one an account)."""
    told = [sentence for paragraph in paragraphs for sentence in _sentences(paragraph)]
    facts: list[Fact] = []
    for rule in _RULES:
        facts.extend(rule(told))
    return tuple(facts)


def _sentences(paragraph: str) -> Iterator[Told]:
    text = _close_numbers(paragraph)
    at = 0
    for match in re.finditer(r"[^。！？!?]*[。！？!?]|[^。！？!?]+$", text):
        if match[0].strip():
            yield Told(match[0].strip(), text[:at])
        at = match.end()


def _close_numbers(text: str) -> str:
    """White space around figures taken away: `2019 年`, `118 条`."""
    return re.sub(
        r"(?<=[^\x00-\x7f])\s+(?=\d)|(?<=\d)\s+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])",
        "",
        text,
    )


def _number(match: re.Match[str]) -> int | float:
    value = float(match["n"]) * (10_000 if match.groupdict().get("wan") else 1)
    return int(value) if value == int(value) else value


def _fact(
    code: str,
    value: FactValue,
    sentence: Told,
    *,
    approx: bool = False,
    detail: Mapping[str, object] | None = None,
) -> Fact:
    return Fact(code, value, approx, _quote(sentence.text), detail or {})


def _quote(text: str) -> str:
    return text if len(text) <= 240 else text[:239] + "…"


def _approx(match: re.Match[str]) -> bool:
    lead = match.string[max(0, match.start("n") - 4) : match.start("n")]
    return (
        bool(match["approx"])
        or bool(re.search(r"突破|超过?|近|约|逾|多达?$", lead))
        or match.string[match.end() - 1] == "余"
    )


def _total(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        for match in _TOTAL.finditer(sentence.text):
            segment = re.split(r"[，,；;：:]", sentence.text[: match.start("n")])[-1]
            sum_words = re.search(r"累计|共计|共|合计|总计|全年共", match["lead"])
            # 发布信息N条，其中…: the parts that follow show that this is the whole.
            if not (match["own"] or sum_words or match["after"]):
                continue
            if _CHANNEL.search(segment) or re.search(r"解读|申请|其中|重点领域", segment):
                continue
            if not match["own"] and _CHANNEL.search(sentence.text[: match.start()]):
                continue
            yield _fact("nar.proactive_total", _number(match), sentence, approx=_approx(match))
            return


def _website(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        for match in _WEBSITE.finditer(sentence.text):
            between = match["between"]
            if not re.search(_PUBLISH, between) or re.search(
                r"微信|公众号|微博|新媒体|抖音|解读|收到|回复|留言|咨询", between
            ):
                continue
            yield _fact("nar.website", _number(match), sentence, approx=_approx(match))
            return


def _social(code: str, pattern: re.Pattern[str], others: str) -> Callable[[Sequence[Told]], Iterator[Fact]]:
    def rule(told: Sequence[Told]) -> Iterator[Fact]:
        for sentence in told:
            for match in pattern.finditer(sentence.text):
                if re.search(others, match["between"]) or "解读" in match[0]:
                    continue
                yield _fact(code, _number(match), sentence, approx=_approx(match))
                return

    return rule


def _followers(told: Sequence[Told]) -> Iterator[Fact]:
    seen = set()
    for sentence in told:
        for match in _FOLLOWERS.finditer(sentence.text):
            if not re.search(r"[人名位]$", match[0]) and match["word"] != "粉丝":
                continue
            accounts = re.findall(
                r"微信|公众号|微博|抖音", sentence.before[-400:] + sentence.text[: match.start()]
            )
            account = {"公众号": "微信"}.get(accounts[-1], accounts[-1]) if accounts else None
            if account in seen:
                continue
            seen.add(account)
            detail = {"account": account} if account else {}
            yield _fact("nar.followers", _number(match), sentence, approx=_approx(match), detail=detail)


def _no_application(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        for match in _NO_APPLICATION.finditer(sentence.text):
            if re.search(r"复议|诉讼|投诉|举报|许可|法律援助|公证", match["what"] + match["after"]):
                continue
            if not re.search(r"公开|政府信息|依申请", sentence.text):
                continue
            if re.search(r"[除其]他?$|以外|之外", sentence.text[: match.start()][-3:]):
                continue
            yield _fact("nar.no_application", True, sentence)
            return


def _applications(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        for match in _APPLICATIONS.finditer(sentence.text):
            segment = re.split(r"[，,；;]", sentence.text[: match.end()])[-1]
            if re.search(r"复议|诉讼|许可|援助|公证|调解|未收到|没有收到|赔偿|仲裁", segment):
                continue
            if not re.search(r"公开|政府信息", segment + sentence.text[match.end() : match.end() + 12]):
                continue
            yield _fact("nar.applications", int(match["n"]), sentence)
            return


def _no_cases(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        for match in _NO_CASES.finditer(sentence.text):
            if "复议" not in match[0] or re.search(r"[1-9]\d*\s*[件起宗]", match[0]):
                continue
            yield _fact("nar.no_cases", True, sentence, detail={"reconsideration": 0, "litigation": 0})
            return


def _no_fee(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        if _NO_FEE.search(sentence.text):
            yield _fact("nar.no_fee", True, sentence)
            return


def _fee(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        for match in _FEE.finditer(sentence.text):
            if match["no"]:
                continue
            detail: dict[str, object] = {"unit": match["unit"]}
            if match["cases"]:
                detail["cases"] = int(match["cases"])
            value = float(match["n"])
            number = int(value) if value == int(value) else value
            yield _fact("nar.information_processing_fee", number, sentence, detail=detail)
            return


def _documents(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        if match := _ISSUED.search(sentence.text):
            yield _fact("nar.documents_issued", _number(match), sentence, approx=_approx(match))
            if disclosed := _DISCLOSED.search(sentence.text, match.end()):
                yield _fact(
                    "nar.documents_disclosed", _number(disclosed), sentence, approx=_approx(disclosed)
                )
            return


def _interpretations(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        if match := _INTERPRETED.search(sentence.text):
            yield _fact("nar.interpretations", _number(match), sentence, approx=_approx(match))
            return


def _powers(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        found = {m["kind"]: int(m["n"]) for m in _POWER.finditer(sentence.text)}
        if len(found) >= 2 and re.search(r"职权|权力|权责", sentence.text):
            yield _fact("nar.powers", found, sentence)
            return


def _proposals(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        npc, cppcc = _NPC.search(sentence.text), _CPPCC.search(sentence.text)
        if npc and cppcc:
            yield _fact("nar.proposals", {"npc": int(npc["n"]), "cppcc": int(cppcc["n"])}, sentence)
            return


def _withheld(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        if match := _WITHHELD.search(sentence.text):
            yield Fact("nar.withheld", match[0], approx=False, quote=match[0])
            return


def _accounts(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        if match := _ACCOUNTS.search(sentence.text):
            words = match["names"].lstrip("分别为是有：:")
            names = [name.strip('“”"《》 ') for name in re.split(r"[、和及]", words) if name.strip()]
            number = int(match["n"])
            detail: dict[str, object] = {"names": names} if len(names) == number else {}
            yield _fact("nar.accounts", number, sentence, detail=detail)
            return


def _hotline(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in told:
        if match := _HOTLINE.search(sentence.text):
            yield _fact("nar.hotline", match["n"], sentence)
            return


_RULES: tuple[Callable[[Sequence[Told]], Iterator[Fact]], ...] = (
    _total,
    _website,
    _social("nar.wechat", _WECHAT, r"微博|网站|抖音"),
    _social("nar.weibo", _WEIBO, r"微信|公众号|网站|抖音"),
    _social("nar.new_media", _NEW_MEDIA, r"微信|公众号|微博"),
    _followers,
    _no_application,
    _applications,
    _no_cases,
    _no_fee,
    _fee,
    _documents,
    _interpretations,
    _powers,
    _proposals,
    _withheld,
    _accounts,
    _hotline,
)
