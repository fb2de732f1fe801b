"""Of which year a report is. The title, the statistics period, the signature, the text and the page each have a say;
the weight of the evidence decides, and a finding says what spoke against it."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from gxstore.reading.han import in_figures
from gxstore.reading.report import Evidence, Finding, Hint, Reading
from gxstore.reading.titles import impossible_year_in, several_years_in, squeeze, year_in

# In quarters: what is below a whole vote settles nothing on its own.
# The text and the signature together outweigh a title that was copied from the year before, neither of them alone.
_TITLE, _PERIOD, _SIGNATURE, _BODY, _LINK, _META, _URL = 9, 9, 6, 4, 4, 2, 1
_ENOUGH = 4
_SPOKEN_OF = re.compile(
    r"(?<!\d)(20[0-4]\d)年(?:度|以来|，|,|我|全|12月31日|政府信息公开(?:工作)?(?:年度报告|情况|。))"
)
# A document that the text names bears the year of its own subject: 《区信访局2020年度部门决算公开报告》.
_OTHER_DOCUMENT = re.compile(r"《(?![^《》]*信息公开)[^《》]{1,80}》")
# The 政府信息公开条例 of 2007 came into force in 2008.
_FIRST, _LAST = 2008, 2100
_FOLDERS = (r"/t(20\d{2})(0[1-6])\d{2}_", r"/(20\d{2})[-/]?(0[1-6])(?:[-/]?\d{2})?/")


def find_year(
    reading: Reading, text: str, published: date | None, hint: Hint
) -> tuple[int | None, str | None, list[Evidence], list[Finding]]:
    """The year and its source, the evidence, and findings on what contradicts it.

    Args:
        reading: for title, period and signature.
        text: the narrative without white space.
        published: when the page says that it was published.
        hint: the text and address of the link.
    """
    votes = _votes(reading, text, published, hint)
    evidence = [Evidence("year", source, str(year)) for source, year, _ in votes]
    latest = _latest(reading, votes, published)
    weights: Counter[int] = Counter()
    for _, year, weight in votes:
        if _FIRST <= year <= latest:
            weights[year] += weight
    if not weights or max(weights.values()) < _ENOUGH:
        message = "Nothing on the page settles which year the report is of."
        return None, None, evidence, [Finding("attribution.no_year", "warning", (), None, None, message)]
    best = max(weights, key=lambda year: (weights[year], year == reading.title_year))
    source = next(source for source, year, _ in votes if year == best)
    findings = [*_impossible(reading, best, source, latest), *_against(votes, best, latest, text)]
    return best, source, evidence, findings


def _latest(reading: Reading, votes: Sequence[tuple[str, int, int]], published: date | None) -> int:
    """The last year that the report can be of: no report is published or signed before its year.

    A date that both the title and the text or period gainsay is the one that is wrong.
    """
    dated = published or reading.signature.signed
    if dated is None:
        return _LAST
    told = {year for source, year, _ in votes if source in ("body", "period")}
    if (
        reading.title_year is not None
        and dated.year < reading.title_year <= _LAST
        and reading.title_year in told
    ):
        return _LAST
    return dated.year


def _votes(reading: Reading, text: str, published: date | None, hint: Hint) -> list[tuple[str, int, int]]:
    votes: list[tuple[str, int, int]] = []
    if reading.title_year:
        votes.append(("title", reading.title_year, _TITLE))
    if reading.period and (reading.period[0].month, reading.period[1].month) == (1, 12):
        votes.append(("period", reading.period[1].year, _PERIOD))
    if reading.signature.signed and reading.signature.signed.month <= 6:
        votes.append(("signature", reading.signature.signed.year - 1, _SIGNATURE))
    if (told := _body_year(text)) is not None:
        votes.append(("body", told, _BODY))
    if hint.link_text and (linked := year_in(hint.link_text)):
        # A link that prints the title says it a second time.
        same = squeeze(hint.link_text) == squeeze(reading.title or "") or linked == reading.title_year
        votes.append(("link", linked, 0 if same else _LINK))
    if published and published.month <= 6:
        votes.append(("meta", published.year - 1, _META))
    in_url = next((m for folder in _FOLDERS if (m := re.search(folder, hint.url or ""))), None)
    if in_url:
        votes.append(("url", int(in_url[1]) - 1, _URL))
    return votes


def _impossible(reading: Reading, best: int, source: str, latest: int) -> list[Finding]:
    title = reading.title or ""
    if several := several_years_in(title):
        message = f"The title names several years, {several}; {best} was taken from the {source}."
        return [Finding("attribution.year", "warning", (), several, best, message)]
    printed = impossible_year_in(title)
    if reading.title_year is not None and not _FIRST <= reading.title_year <= latest:
        printed = str(reading.title_year)
    if printed is None:
        return []
    message = f"The title prints the year {printed}, which cannot be; {best} was taken from the {source}."
    return [Finding("attribution.year_impossible", "warning", (), printed, best, message)]


def _against(votes: Sequence[tuple[str, int, int]], best: int, latest: int, text: str) -> list[Finding]:
    """A warning for each part of the report itself that speaks of another year. A text that speaks of both years
    compares them."""
    parts = ("title", "period", "signature", "body")
    both = str(best) in _spoken_of(text)
    return [
        Finding(
            "attribution.year",
            "warning",
            (),
            year,
            best,
            f"The {source} says {year}, the weight of the other evidence {best}.",
        )
        for source, year, _ in votes
        if year != best
        and source in parts
        and not (source == "body" and both)
        and not (source == "title" and not _FIRST <= year <= latest)
    ]


def _body_year(text: str) -> int | None:
    """The year that the first part of the text speaks of most."""
    years = Counter(_spoken_of(text[:1500]))
    ranked = years.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return int(ranked[0][0])


def _spoken_of(text: str) -> list[str]:
    """The years that a text speaks of, without those in the names of other documents."""
    return _SPOKEN_OF.findall(in_figures(_OTHER_DOCUMENT.sub("", text)))
