"""Small things that a report prints of itself: contact, statistics period, signature and its date."""

import re
from collections.abc import Sequence
from datetime import date

from gxstore.reading.han import in_figures
from gxstore.reading.report import Contact, Signature
from gxstore.reading.sections import Line
from gxstore.reading.titles import squeeze

_DAY = r"(\d{4})年(\d{1,2})月(\d{1,2})日"
_TO = r"(?:0时)?(?:起|始)?[，,]?(?:至|到|—|－|–|-|~|～)+"
_PERIOD = re.compile(_DAY + _TO + r"(?:(\d{4})年|(?:同|当)年)?(\d{1,2})月(\d{1,2})日")
_PERIOD_IN_POINTS = re.compile(
    r"(?<!\d)(\d{4})[./](\d{1,2})[./](\d{1,2})" + _TO + r"(?:(\d{4})[./])?(\d{1,2})[./](\d{1,2})(?!\d)"
)
_PERIOD_IN_MONTHS = re.compile(
    r"(\d{4})年(1)月份?" + _TO + r"(?:(\d{4})年|(?:同|当)年)?(12)月份?(?:底|末)?(?!\d)"
)
_PERIOD_WORDS = re.compile(r"统计|数据|期限|期间|时限|时间范围|涵盖|起止")
_SIGNED = re.compile(r"^" + _DAY + r"$")
_SIGNED_AFTER = re.compile(r"^(?P<agency>[\u4e00-\u9fff]{3,30}?)" + _DAY + r"$")
_SIGNED_IN_POINTS = re.compile(r"^(?P<agency>[\u4e00-\u9fff]{3,30})?(20\d\d)[-./](\d{1,2})[-./](\d{1,2})$")
# What a page prints behind the report: its lines have dates of their own.
_BEHIND_THE_REPORT = re.compile(
    r"^[【\[(（]?(?:[上下]一?[篇条]|前一[篇条]|后一[篇条]|相关(?:链接|阅读|文章|信息|报道))"
)
_AGENCY = re.compile(r"^[\u4e00-\u9fff（）()]{3,40}$")
_AGENCY_END = re.compile(
    r"(?:局|厅|委|委员会|办公室|处|院|政府|管委会|中心|总队|支队|大队|署|司|部|街道办事处|公室|协会|社|站|行)$"
)
_NEXT = r"(?=\s*(?:[；;，,、。]\s*)?(?:邮编|邮政编码|邮 ?编|联系电话|电话|传真|电子邮箱|电子邮件|邮箱|E-?mail|网址|$|[。；;，,]))"
_ADDRESS = re.compile(
    r"(?:(?:联系|办公|通信|通讯)?地\s*址\s*[:：]|(?:联系|办公|通信|通讯)地\s*址\s*[，,]|(?:联系|办公)地点\s*[:：])"
    r"\s*(?P<v>[^；;。]{4,60}?)" + _NEXT,
    re.I,
)
_POSTCODE = re.compile(r"(?:邮\s*编|邮政编码)\s*[:：，,]?\s*(?P<v>\d{6})(?!\d)")
_PHONE = re.compile(
    r"(?<!热线)(?<!举报)(?<!监督)(?<!投诉)(?:电\s*话|联系方式)\s*(?:号码)?\s*(?:[（(][^）)\d]{0,8}[)）]|[/、及]传\s*真)?\s*[:：，,]?\s*"
    r"(?P<v>(?:[（(]?0\d{2,3}[)）]?\s*[-—－–]*\s*)?\d{7,8}(?!\d))"
)
_EMAIL = re.compile(r"(?P<v>[A-Za-z0-9._%+-]+[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
# 请与某办公室保密与电子政务处联系: behind 请 the 与 may be part of the name, elsewhere the nearest one begins it.
_OFFICES = (
    re.compile(r"请(?:直接)?(?:与|向|同)(?P<v>[^，。；;（(]{3,40}?)(?:直接)?(?:联系|咨询|反映|垂询)"),
    re.compile(r"(?:可)?(?:直接)?(?:与|向|同)(?P<v>[^，。；;（(与]{3,40}?)(?:直接)?(?:联系|咨询|反映|垂询)"),
)
_LAST_LINES = 10


def read_contact(text: str) -> Contact | None:
    """Whom to ask about the report, None where it does not say."""
    address = _ADDRESS.search(text)
    postcode, phone, email = _POSTCODE.search(text), _PHONE.search(text), _EMAIL.search(text)
    if not any((address, postcode, phone, email)):
        return None
    office = next(
        (
            m["v"]
            for pattern in _OFFICES
            for m in pattern.finditer(text)
            if re.search(r"(?:室|科|处|局|办|股|中心|政府|厅|委)$", m["v"].strip())
        ),
        None,
    )
    return Contact(
        office=office.strip() if office else None,
        address=_balanced(address["v"].strip()) if address else None,
        postcode=postcode["v"] if postcode else None,
        phone=re.sub(r"\s", "", phone["v"]) if phone else None,
        email=email["v"].replace("＠", "@") if email else None,
    )


def _balanced(text: str) -> str:
    """The text without a closing bracket that belongs to the sentence around it."""
    if text and text[-1] in "）)" and sum(c in "（(" for c in text) < sum(c in "）)" for c in text):
        return text[:-1]
    return text


def read_period(text: str) -> tuple[date, date] | None:
    """The period that the report says its figures are of."""
    for sentence in re.split(r"[。；;\n]", text):
        folded = squeeze(sentence)
        if not _PERIOD_WORDS.search(folded):
            continue
        folded = in_figures(folded)
        if match := _PERIOD.search(folded) or _PERIOD_IN_POINTS.search(folded):
            year, month, day, to_year, to_month, to_day = match.groups()
        elif match := _PERIOD_IN_MONTHS.search(folded):
            year, month, to_year, to_month = match.groups()
            day, to_day = "1", "31"
        else:
            continue
        first, last = _date(year, month, day), _date(to_year or year, to_month, to_day)
        if first and last:
            return first, last
    return None


def read_signature(lines: Sequence[Line | None]) -> Signature:
    """The 落款 at the end: the last date on a line of its own, and the agency on the line before it."""
    tail = [squeeze(line.text) for line in [line for line in lines if line is not None][-_LAST_LINES:]]
    behind = next((index for index, line in enumerate(tail) if _BEHIND_THE_REPORT.match(line)), len(tail))
    tail = tail[:behind]
    for index in range(len(tail) - 1, -1, -1):
        text = in_figures(tail[index].strip("（）()"))
        if match := _SIGNED_AFTER.match(text):
            signed = _date(*match.groups()[1:])
            if signed and _AGENCY_END.search(match["agency"]):
                return Signature(match["agency"], signed)
        before = tail[index - 1] if index else ""
        named = _AGENCY.match(before) and _AGENCY_END.search(before)
        match = _SIGNED.match(text)
        signed = _date(*match.groups()) if match else None
        if signed is not None:
            return Signature(before if named else None, signed)
        # Figures alone are a signature only with the agency: a page prints its own dates so.
        if match := _SIGNED_IN_POINTS.match(text):
            agency = match["agency"] or (before if named else "")
            signed = _date(*match.groups()[1:])
            if signed and _AGENCY_END.search(agency):
                return Signature(agency, signed)
    if tail and _AGENCY.match(tail[-1]) and _AGENCY_END.search(tail[-1]) and len(tail) > 3:
        return Signature(tail[-1], None)
    return Signature()


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def parse_date(text: str) -> date | None:
    """A date as pages print it: 2023-01-30, 2022年01月18日, 2012.02.15, 2017- 01- 13 00: 00, 20210112."""
    folded = in_figures(squeeze(text))
    match = re.search(r"(20\d{2})[-./年](\d{1,2})[-./月](\d{1,2})", folded) or re.search(
        r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)", folded
    )
    return _date(*match.groups()) if match else None
