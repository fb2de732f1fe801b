"""What the narrative tells of requests for information: how many, at what fee, and what came of them."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from gxstore.reading.han import numeral
from gxstore.reading.report import Fact
from gxstore.reading.told import (
    OF_A_SYSTEM,
    SOME_BODIES,
    Told,
    clause_to,
    fact,
    number,
    of_an_earlier_year,
    of_its_year,
    telling,
    with_exceptions,
    year_told,
)

_NEAR = 120
_NO_APPLICATION = re.compile(
    r"(?:未|没有|无)(?:曾)?(?:收到|接到|接收到?|受理)(?P<what>[^，。；;！]{0,60}?)申请(?P<after>[^，。；;]{0,20})"
)
# What is said of a request is none: 未收到…申请答复不满意的反映, 未收到申请以外的….
_ABOUT_REQUESTS = re.compile(
    r"答复|办理|处理|回复|不服|超期|引起|引发|提起|投诉|举报|反映|意见|异议|以外|之外|撤销|收费|费用"
)
# 没有收到不符合要求的申请 says nothing of the others.
_OF_SOME_KIND = re.compile(
    r"不|未|非|超期|逾期|重复|反复|恶意|滥用|违|大量|符合|答复|办理|处理|回复|撤|收费|费用|属于|涉密|秘密|隐私"
)
# One way of asking is not every way: 未收到书面申请，收到网上申请4件.
_ONE_WAY = re.compile(r"书面|网上|网络|在线|信函|当面|现场|电子邮件|邮件|口头|传真|纸质")
_EVERY_WAY = re.compile(r"任何|各种|各类|等|或|和|、|一切|所有")
_RECEIVED = re.compile(r"(?<!未)(?<!没有)(?:收到|受理|接到)[^，。；;\d]{0,16}[1-9]\d*[件条宗起份]")
_APPLICATIONS = re.compile(
    r"(?<!未)(?<!没有)(?<!未曾)(?:收到|受理|接收|接到)(?P<what>[^，。；;\d]{0,24}?)申请(?P<after>[^，。；;\d]{0,8}?)"
    r"(?<![\d,第])(?P<n>\d{1,3}(?:,\d{3})+|\d+|[一二三四五六七八九十百]+)\s*[件条宗起份]"
)
# 收到申请由8件增至12件
_APPLICATIONS_RISEN = re.compile(
    r"(?<!未)(?<!没有)(?:收到|受理|接收|接到)[^，。；;\d]{0,16}(?:信息公开|公开信息|依申请公开)的?申请[^，。；;\d]{0,6}[由从]"
    r"[^，。；;]{0,12}?\d+\s*[件条宗份][^，。；;\d]{0,3}(?:增|升|降|减)[^，。；;\d]{0,4}[至到为](?P<n>\d+)\s*[件条宗份]"
)
# 收到3件，均为2022年结转
_ALL_CARRIED = re.compile(
    r"[，,（(]?[^，。；;]{0,6}(?:均|全部|全|都)[为是系属][^，。；;]{0,12}(?:结转|上一?年|去年|往年)"
)
# 全市共收到申请1256件，我局收到12件: the first is not the body's own.
_OF_A_WHOLE = re.compile(r"全[省市州县区旗盟]|全系统|辖区")
_OWN_REQUESTS = re.compile(
    r"(?:我|本)(?:局|厅|委|办|院|单位|机关|部门|中心|镇|乡|街道)[^，。；;]{0,12}(?:收到|受理|接到|\d+[件条宗份])"
)
_NO_REQUESTS = re.compile(r"满意|评价|同比|环比|[较比]|下降|上升|增[加长]|减少|由|从")
_OF_SEVERAL_KINDS = re.compile(r"(?:建议|提案|许可|信访|投诉|举报|咨询)[^，。；;]{0,8}[和及与、]")
_APPLICATIONS_AFTER = re.compile(
    r"(?<!未)(?<!没有)(?:收到|受理|接收|接到)(?P<what>[^，。；;\d]{0,8}?)(?P<n>\d+)\s*[件条宗份](?:政府)?(?:信息公开|公开信息|依申请公开)?的?申请"
)
_NO_CASES = re.compile(
    r"(?:(?:未|没有)(?:曾)?(?:发生|出现|产生|收到|引发|引起|因|被|涉及|有)|无(?:因|被|涉及|行政复议|政府信息公开行政复议))"
    r"(?P<what>[^。；;]{0,60}?)(?:诉讼|应诉)(?P<after>[^。；;，]{0,10})"
)
# 未发生因答复不及时引起的行政复议: there may have been others. 对答复不服 is what any case is about.
_SOME_REASON = re.compile(r"不(?!服)|未|超期|逾期|失误|失职|错误|违|泄|程序|瑕疵")
_ALSO_NONE = re.compile(r"(?:未|没有|无)(?:曾)?(?:发生|出现|产生|收到|引发|引起|被|提起|有)?")
# 全县未发生…，我局发生行政诉讼1件; …，但上年结转1起
_SOME_CASES = re.compile(r"(?:复议|诉讼|应诉|结转)[^，。；;\d]{0,8}[1-9]\d*\s*[件起宗]")
_LOST_CASES = re.compile(r"败诉|纠错|纠正|被纠|撤销|违法|胜诉|超期|应诉率")
_NO_FEE = re.compile(
    r"(?:未|没有|无)(?P<what>[^，。；;]{0,14}?)收取(?:过|任何|了)?[^，。；;]{0,24}?(?:费|费用)"
    r"|(?<!有)(?:没有|无)(?:政府信息(?:公开)?)?收费(?:[及和与、]减免)?的?情况"
)
_FEE = re.compile(
    r"收取了?(?:政府)?(?:信息(?:公开)?)?(?:信息)?处理费[^\d。；;]{0,8}(?P<n>\d+(?:\.\d+)?)\s*(?P<unit>万元|元)"
)
# 未收取信息处理费100元以上的申请, 未违规收取费用: there may have been fees.
_SOME_FEE = re.compile(r"违|超|不合理|不当|乱|额外|另行|重复|高额|除")
_LIMITED = re.compile(r"[^，。；;]{0,20}?(?:\d|以上|以下|超|的.{0,8}申请)")
_CASES = re.compile(r"(?P<cases>\d+)\s*[件份条宗](?![^，,。；;]*(?:未|没有))")
_WITHHELD = re.compile(
    r"不予公开的?(?:政府)?信息(?:主要|均|都|全部|一律)?(?:是|为|属于|属|包括|涉及)[^。；;]{4,}"
)


def _no_application(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "申请"):
        for match in _NO_APPLICATION.finditer(sentence.text):
            what, after = match["what"], match["after"]
            if re.search(r"\d|超过|以上|多于", what):
                continue  # 未收到超过3件的申请
            if _OF_SOME_KIND.search(what) or with_exceptions(sentence, match.start()):
                continue
            if re.search(r"复议|诉讼|投诉|举报|许可|法律援助|公证", what + after.split("、")[0]):
                continue
            about = sentence.so_far(match.end()) + sentence.text[match.end() : match.end() + _NEAR]
            if not re.search(r"公开|政府信息|依申请", about):
                continue
            if _ABOUT_REQUESTS.search(after.split("、")[0]) or (
                _ONE_WAY.search(what) and not _EVERY_WAY.search(what + after)
            ):
                continue
            clause = clause_to(sentence.text, match.start())
            if SOME_BODIES.search(clause) or re.search(r"[除其]他?$|以外|之外", clause[-3:]):
                continue
            received = _RECEIVED.search(sentence.text, match.end(), match.end() + _NEAR)
            if received and _requests(Told(sentence.text[match.start() : received.end()], sentence.before)):
                continue
            if re.search(r"去年|上年|上一年|往年", clause) or of_an_earlier_year(sentence, match.start()):
                continue
            yield fact("nar.no_application", True, sentence, match)
            return


def _requests(sentence: Told) -> list[tuple[int, Fact]]:
    """What a sentence tells of requests received, with the year told."""
    found: list[tuple[int, Fact]] = []
    if "申请" not in sentence.text:
        return found
    for match in _APPLICATIONS.finditer(sentence.text):
        clause = clause_to(sentence.text, match.start("n")) + match[0][match.start("n") - match.start() :]
        if re.search(r"复议|诉讼|许可|援助|公证|调解|未收到|没有收到|赔偿|仲裁", clause):
            continue
        if _NO_REQUESTS.search(match["after"]) or _OF_SEVERAL_KINDS.search(match["what"]):
            continue
        told_of = clause + sentence.text[match.end() : match.end() + 12]
        # 未收到书面的政府信息公开申请，收到网上申请4件: the clause before says of what.
        asked_before = _ONE_WAY.search(match["what"]) and re.search(
            r"信息公开申请|公开政府信息", sentence.so_far(match.start())
        )
        if not (re.search(r"公开|政府信息", told_of) or asked_before):
            continue
        if SOME_BODIES.search(clause) or OF_A_SYSTEM.search(clause):
            continue
        if not _is_own(sentence, match):
            continue
        year = year_told(sentence, match.start("n"))
        if year is not None:
            count = numeral(match["n"]) if not match["n"][0].isdecimal() else int(match["n"].replace(",", ""))
            if count is not None:
                found.append((year, fact("nar.applications", count, sentence, match)))
    for match in _APPLICATIONS_RISEN.finditer(sentence.text):
        if _is_own(sentence, match) and not SOME_BODIES.search(clause_to(sentence.text, match.start())):
            found.append((0, fact("nar.applications", int(match["n"]), sentence, match)))
    for match in _APPLICATIONS_AFTER.finditer(sentence.text):
        told_of = sentence.before + sentence.so_far(match.end())
        if SOME_BODIES.search(clause_to(sentence.text, match.start())) or not re.search(
            r"信息公开的?申请|依申请公开", told_of
        ):
            continue
        if not _is_own(sentence, match):
            continue
        year = year_told(sentence, match.start("n"))
        if year is not None:
            found.append((year, fact("nar.applications", int(match["n"]), sentence, match)))
    return found


def _is_own(sentence: Told, match: re.Match[str]) -> bool:
    """Whether a number of requests may be that of the year's new ones of the body itself."""
    if _ALL_CARRIED.match(sentence.text, match.end()):
        return False
    beside = f"{sentence.so_far(match.start())}。{sentence.text[match.end() : match.end() + _NEAR]}"
    clause = clause_to(sentence.text, match.start("n"))
    return not (_OF_A_WHOLE.search(clause) and _OWN_REQUESTS.search(beside))


def _applications(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence, following in zip_longest(told, told[1:]):
        found = _requests(sentence)
        if found and following and _OF_A_WHOLE.search(sentence.text) and _OWN_REQUESTS.search(following.text):
            return
        if found:
            yield from of_its_year(found)
            return


def _no_cases(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "诉讼", "应诉"):
        for match in _NO_CASES.finditer(sentence.text):
            after = sentence.text[match.start("after") : match.start("after") + _NEAR]
            rest = re.split(r"[，,；;。]", after)[0]
            if "复议" not in match[0] or re.search(r"[1-9]\d*\s*[件起宗]", match[0] + rest):
                continue
            reason, *others = match["what"].split("复议")
            if _SOME_REASON.search(reason) or _SOME_REASON.search(_ALSO_NONE.sub("", "".join(others))):
                continue
            if with_exceptions(sentence, match.start()):
                continue
            if _LOST_CASES.search(match[0] + rest) or _SOME_CASES.search(after):
                continue
            yield fact("nar.no_cases", True, sentence, match, detail={"reconsideration": 0, "litigation": 0})
            return


def _no_fee(told: Sequence[Told]) -> Iterator[Fact]:
    if any(charged.value for charged in _fee(told)):
        return
    for sentence in telling(told, "收取", "收费"):
        for match in _NO_FEE.finditer(sentence.text):
            # 对12件申请未收取费用 says nothing of the others.
            if re.search(r"\d+[件份条宗]", clause_to(sentence.text, match.start())):
                continue
            if re.match(r"(?:以外|之外|外)", sentence.text[match.end() : match.end() + 2]):
                continue
            if _SOME_FEE.search(match[0]) or _LIMITED.match(sentence.text, match.end()):
                continue
            if with_exceptions(sentence, match.start()):
                continue
            yield fact("nar.no_fee", True, sentence, match)
            return


def _fee(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "收取"):
        for match in _FEE.finditer(sentence.text):
            clause = clause_to(sentence.text, match.start())
            if re.search(r"未|没有|不予?$", clause) or year_told(sentence, match.start("n")) is None:
                continue
            detail: dict[str, object] = {"unit": match["unit"]}
            before = sentence.so_far(match.start()).removesuffix(clause).rstrip("，,")
            asked = re.search(r"收费|计费|缴费", noticed := clause_to(before, len(before)))
            if cases := _CASES.search(clause) or (_CASES.search(noticed) if asked else None):
                detail["cases"] = int(cases["cases"])
            yield fact("nar.information_processing_fee", number(match), sentence, match, detail=detail)
            return


def _withheld(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "不予公开"):
        if match := _WITHHELD.search(sentence.text):
            yield Fact("nar.withheld", match[0], approx=False, quote=match[0])
            return


REQUESTED: tuple[Callable[[Sequence[Told]], Iterator[Fact]], ...] = (
    _no_application,
    _applications,
    _no_cases,
    _no_fee,
    _fee,
    _withheld,
)
