"""Of which year a report is. The title, the statistics period, the signature, the text and the page each have a say;
the weight of the evidence decides, and a finding says what spoke against it."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from gxstore.reading.han import in_figures
from gxstore.reading.report import Evidence, Finding, Hint, Reading
from gxstore.reading.titles import impossible_year_in, year_in

# In quarters: what is below a whole vote settles nothing on its own.
_TITLE, _PERIOD, _SIGNATURE, _BODY, _LINK, _META, _URL = 12, 12, 6, 4, 4, 2, 1
_ENOUGH = 4
_YEARS = range(2007, 2101)
_SPOKEN_OF = re.compile(
    r"(?<!\d)(20[0-4]\d)年(?:度|以来|，|,|我|全|12月31日|政府信息公开(?:工作)?(?:年度报告|情况|。))"
)
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
    weights: Counter[int] = Counter()
    for _, year, weight in votes:
        if year in _YEARS:
            weights[year] += weight
    if not weights or max(weights.values()) < _ENOUGH:
        message = "Nothing on the page settles which year the report is of."
        return None, None, evidence, [Finding("attribution.no_year", "warning", (), None, None, message)]
    best = max(weights, key=lambda year: (weights[year], year == reading.title_year))
    source = next(source for source, year, _ in votes if year == best)
    return best, source, evidence, [*_impossible(reading, best, source), *_against(votes, best)]


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
        votes.append(("link", linked, _LINK))
    if published and published.month <= 6:
        votes.append(("meta", published.year - 1, _META))
    in_url = next((m for folder in _FOLDERS if (m := re.search(folder, hint.url or ""))), None)
    if in_url:
        votes.append(("url", int(in_url[1]) - 1, _URL))
    return votes


def _impossible(reading: Reading, best: int, source: str) -> list[Finding]:
    printed = impossible_year_in(reading.title) if reading.title else None
    if printed is None:
        return []
    message = f"The title prints the year {printed}, which cannot be; {best} was taken from the {source}."
    return [Finding("attribution.year_impossible", "warning", (), printed, best, message)]


def _against(votes: Sequence[tuple[str, int, int]], best: int) -> list[Finding]:
    return [
        Finding(
            "attribution.year",
            "warning" if source == "title" else "note",
            (),
            year,
            best,
            f"The {source} says {year}, the weight of the other evidence {best}.",
        )
        for source, year, weight in votes
        if year != best and weight >= _PERIOD
    ]


def _body_year(text: str) -> int | None:
    """The year that the first part of the text speaks of most."""
    years = Counter(_SPOKEN_OF.findall(in_figures(text[:1500])))
    ranked = years.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return int(ranked[0][0])
