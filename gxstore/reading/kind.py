"""Whether a text is an annual report at all, and of whom its figures are."""

import re
from collections.abc import Sequence

from archive.text.document import PICTURE, PICTURE_NOT_HAD, Document
from gxstore.reading.missing import names_a_file
from gxstore.reading.report import Hint, Reading, Scope
from gxstore.reading.titles import squeeze, uncovered

_REPORT = re.compile(r"信息公开.{0,12}?(?:报告|年报)")
_NOT_REPORT = (
    (r"报告[^（(]{0,6}(?:说明|勘误)", "it tells of a report and is none"),
    (r"报告[^（(]{0,6}(?:模板|模版|样式|格式|范本)", "it is a pattern to be filled in"),
    ("解读|图解", "it explains a report and is none (解读)"),
    ("自查", "it is a self-inspection (自查报告)"),
    ("半年", "it covers half a year"),
    ("季度|月度|月报|[一二三四]季", "it covers less than a year"),
    ("要点|计划|方案|安排", "it is a plan of work"),
    ("制度|办法|规定|规范|指南|目录|指引|细则", "it is a rule or a guide"),
    ("通知|的函|回函|答复|复函|批复", "it is a letter or a notice"),
    ("考核|评估|评议|测评|整改|清单", "it is an assessment or a list"),
    ("培训|会议|座谈|动态", "it is news"),
)
_EXPLAINS = re.compile(r"^(?:一图|图解|图说|数说|长图|解读)|[读看]懂")
_HALF = re.compile(r"上半年|下半年|[一二三四]季度")
# A line that heads a document of some kind: 石嘴山市司法局2020年法治政府建设年度报告.
_HEADS_A_DOCUMENT = re.compile(
    r"(?:报告|年报|总结|白皮书|指南|指引|目录|办法|制度|规定|规范|细则|方案|计划|要点|意见|通知|通报|公告|解读|清单)"
    r"(?:[（(].{0,12}[)）])?$"
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|tiff?)$", re.IGNORECASE)
_LONGEST_TITLE = 60
_FIRST_LINES = 6
_FEWEST_CHARS = 120
# What the shortest reports say at least, in sentences: what was disclosed, and what was asked for.
_DISCLOSED = re.compile(
    r"公开[^。；]{0,20}?(?:\d+|[零一二三四五六七八九十百两]+)余?(?:条|件|次|份|篇|项)[^。]{0,60}。"
)
_ASKED_FOR = re.compile(r"(?:未|没有|无|收到|接到|受理)[^。；]{0,24}申请[^。]{0,40}。")
_OWN_BODY = re.compile(
    r"统计范围[^。；]{0,12}(?:本单位|本机关|本局|本厅|局机关|厅机关)|"
    r"(?:仅|只)(?:统计|包括|含)(?:本单位|本机关|局机关)|不(?:包括|含|包含)(?:下级|下属|各乡镇|各部门|所属)"
)
_JURISDICTION = re.compile(
    r"统计范围[^。；]{0,20}(?:各级行政机关|所辖|辖区内|本行政区域)|"
    r"全(?:省|区|市|州|盟|县)各级(?:行政机关|政府)[^。；]{0,20}(?:汇总|统计|编制)"
)
_WITH_DEPARTMENTS = re.compile(
    r"(?:汇总|综合)[^。；]{0,20}(?:各部门|各相关部门|各有关单位|市级部门|县级部门|区级部门|各乡镇|各街道|各单位)|"
    r"(?:各部门|各相关部门|各乡镇|各街道|市直部门|县直部门|区直部门)[^。；]{0,40}(?:汇总|编制)"
)


def why_no_report(
    documents: Sequence[Document], reading: Reading, text: str, hint: Hint, year: int | None
) -> str | None:
    """Why a text is no annual report, None where it is one.

    Args:
        documents: the documents that were read.
        reading: what was read of them.
        text: the narrative without white space.
        hint: what the crawler knows of the page.
        year: the year that was settled.
    """
    page = next((squeeze(d.title) for d in documents if d.title), "")
    title = reading.title or ""
    keys = {section.key for section in reading.sections} - {"preamble", "unknown"}
    full = bool(reading.tables) or len(keys) >= 4
    link = hint.link_text or ""
    for words in (title, page, squeeze(link)):
        # A notice that prints the report in full is the report; one that only sends it is not.
        if words and (reason := _not_by_title(uncovered(words) if full else words)):
            return reason
    if len(reading.titles) >= 3 and not reading.tables and len(keys) < 3:
        return "it is a list of reports"
    # A page may hold nothing but its title and files, or pictures, that are the report.
    attached = year is not None and any(
        any(names_a_file(found) or _PICTURE_FILE.search(found.target) for found in document.links)
        or any(remark.startswith((PICTURE, PICTURE_NOT_HAD)) for remark in document.remarks)
        for document in documents
    )
    # What a list says of a link is no title of the page: a home page may stand where the report stood.
    listed = _REPORT.search(squeeze(link)) and (reading.tables or len(keys) >= 2 or attached)
    if not title and not listed:
        return _why_not_untitled(reading, text, keys)
    if reading.period and (reading.period[1] - reading.period[0]).days < 300:
        return "it covers less than a year"
    if reading.tables or len(keys) >= 2:
        return None
    if attached:
        return None
    if _DISCLOSED.search(text) and _ASKED_FOR.search(text):
        return None
    if len(text) < _FEWEST_CHARS:
        return "the page holds a title and no report"
    if not re.search(r"主动公开|依申请|申请公开", text):
        return "its text says nothing of disclosure or requests"
    return None


def scope_of(text: str) -> Scope:
    """Of whom the figures are, as far as the text says; never assumed."""
    if _OWN_BODY.search(text):
        return "own_body"
    if _JURISDICTION.search(text):
        return "jurisdiction"
    if _WITH_DEPARTMENTS.search(text):
        return "government_with_departments"
    return "unknown"


def _why_not_untitled(reading: Reading, text: str, keys: set[str]) -> str | None:
    """A text without a report's title passes on its tables or its parts, if no other title heads it."""
    for line in _first_lines(reading):
        if re.search(r"信息公开|政务公开", line) and (reason := _not_by_title(line)):
            return reason
        if _HEADS_A_DOCUMENT.search(line):
            return f"its title is that of another document ({line})"
    if len(reading.tables) >= 2:
        return None
    if (
        len(keys) >= 4
        and {"proactive", "applications"} <= keys
        and re.search(r"年度报告|年报|20\d\d年", text)
    ):
        return None
    return "its title is not that of an annual report"


def _first_lines(reading: Reading) -> list[str]:
    first = reading.sections[0] if reading.sections else None
    if first is None or first.key != "preamble":
        return []
    lines = [squeeze(line) for line in first.text.splitlines()[:_FIRST_LINES]]
    return [
        line for line in lines if len(line) <= _LONGEST_TITLE and not re.search(r"[。；，;,]|[：:]$", line)
    ]


def _not_by_title(title: str) -> str | None:
    if not re.search(r"信息公开|政务公开", title):
        return None
    tail = title[max(title.find("信息公开"), 0) :]
    if _EXPLAINS.search(title):
        return "it explains a report and is none (解读)"
    if _HALF.search(title):
        return "it covers less than a year"
    for pattern, reason in _NOT_REPORT:
        if re.search(pattern, tail):
            return reason
    return None
