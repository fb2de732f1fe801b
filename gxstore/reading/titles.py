"""The report's title: it is cut over lines, repeated, lacks the agency, or stands in the page's head only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gxstore.reading.han import in_figures
from gxstore.reading.sections import Line

_REPORT = re.compile(r"信息公开.{0,12}?(?:报告|年报)")
_WHOLE = re.compile(
    r"^.{0,60}信息公开(?:工作)?(?:情况)?(?:的)?.{0,8}?(?:年度)?(?:工作)?(?:报告|年报)"
    r"(?:[（(].{0,12}[)）]|[-—]*20\d\d(?:年度?)?)?$"
)
_TAIL = re.compile(r"^(?:\d{4}年)?度?(?:政府)?信息公开")
_AGENCY = re.compile(
    r"(?:局|厅|委|办|处|院|府|会|中心|队|署|司|部|省|市|县|区|旗|乡|镇|街道|公室|园|集团|公司|学校|大学)$"
)
_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)年?")
_DATE_BEHIND = re.compile(r"\d{1,2}月")
_SEVERAL = re.compile(r"(?<!\d)20[0-4]\d(?:年度?)?[-—–－~～至到、和及与]+20[0-4]\d(?!\d)")
_IMPOSSIBLE = re.compile(r"(?<!\d)(\d+)(?=年)")
_COVER = re.compile(
    r"^(?:.{0,30}关于)?(?:印发|公布|发布|公开|报送|转发|呈报)《(?P<title>[^《》]+)》的?.{0,6}$"
)
# The line of a block of particulars (标 题：…, 信息名称：…) prints its label before the title.
_LABEL = re.compile(r"^(?:(?:文章|信息|公文|文件|报告)?(?:标题|名称)|题名)[:：]")
_LATEST = 12
_LONGEST = 70


@dataclass(frozen=True, slots=True)
class Titles:
    """The title as put together (white space removed), all candidates, and the lines that hold it."""

    title: str | None
    candidates: tuple[str, ...]
    lines: frozenset[int]


def find_titles(lines: Sequence[Line | None], page_title: str | None) -> Titles:
    """Looks for the title among the first lines; the title of the page is the second choice.

    Args:
        lines: the narrative in reading order.
        page_title: the title of the page or file, without the site's name.
    """
    candidates: list[str] = []
    taken: set[int] = set()
    index = 0
    while index < min(len(lines), _LATEST):
        at = lines[index]
        if at is None or re.match(r"^\s*[一—]\s*、", at.text):
            break
        length = _title_at(lines, index)
        if length:
            parts = [line.text for line in lines[index : index + length] if line is not None]
            candidates.append(uncovered(_unlabelled(squeeze("".join(parts)))))
            taken.update(range(index, index + length))
            index += length
        else:
            index += 1
    page = None
    if page_title and _REPORT.search(squeeze(page_title)):
        page = uncovered(_unlabelled(squeeze(page_title)))
    best = max(candidates, key=_completeness, default=None)
    if page and (best is None or _completeness(page) > _completeness(best)):
        best = page
    return Titles(best, tuple(dict.fromkeys([*candidates, *([page] if page else [])])), frozenset(taken))


def squeeze(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def uncovered(title: str) -> str:
    """The report's own title where another is put around it: 关于印发《…年度报告》的通知. Else the title itself."""
    match = _COVER.match(title)
    return match["title"] if match and _WHOLE.match(match["title"]) else title


def _unlabelled(title: str) -> str:
    """The title without the label of the particulars it was printed under."""
    return _LABEL.sub("", title)


def year_in(title: str) -> int | None:
    """The first year that a title names, None if it names none, several, or one that cannot be (202020年).

    The year of a date comes last: 关于2024年1月公布2023年度….
    """
    whole = in_figures(squeeze(title))
    found = list(_YEAR.finditer(whole))
    if not found or several_years_in(title):
        return None
    of_no_date = [match for match in found if not _DATE_BEHIND.match(whole, match.end())]
    return int((of_no_date or found)[0][1])


def several_years_in(title: str) -> str | None:
    """The years that a title joins (2022-2023年), None where it names one or none."""
    match = _SEVERAL.search(in_figures(squeeze(title)))
    return match[0] if match else None


def impossible_year_in(title: str) -> str | None:
    """The year that a title prints where it cannot be one (202020年, 2102年), None where there is none such."""
    if year_in(title) is not None or several_years_in(title):
        return None
    return next((m[1] for m in _IMPOSSIBLE.finditer(in_figures(squeeze(title))) if len(m[1]) >= 3), None)


def _title_at(lines: Sequence[Line | None], index: int) -> int:
    """How many lines from here make a title: one, or up to three short ones."""
    texts: list[str] = []
    for length in range(1, 4):
        line = lines[index + length - 1] if index + length - 1 < len(lines) else None
        if line is None or not 0 < len(line.text) <= _LONGEST or re.search(r"[。；，,]", line.text):
            return 0
        texts.append(squeeze(line.text))
        whole = "".join(texts)
        if not (_WHOLE.match(whole) or (_COVER.match(whole) and uncovered(whole) != whole)) or not _fits(
            texts
        ):
            continue
        return length
    return 0


def _fits(texts: Sequence[str]) -> bool:
    """Whether the lines before the last can be the agency and the year of a title."""
    if len(texts) == 1:
        return True
    head = "".join(texts[:-1])
    return not _WHOLE.match(head) and (
        bool(_AGENCY.search(head))
        or bool(re.search(r"年度?$", head))
        or not _TAIL.match(in_figures(texts[-1]))
    )


def _completeness(title: str) -> tuple[int, int]:
    """A title with agency and year is worth more than one without."""
    plain = in_figures(title)
    has_agency = bool(
        re.match(r"(?!\d)(?!关于)[^\d]{3,}", plain) or re.search(r"年度?[^\d]{3,}(?:局|厅|委|府|办)", plain)
    )
    return (bool(year_in(title)) + has_agency, -len(title))
