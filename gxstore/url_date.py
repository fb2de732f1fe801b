"""The date that a URL itself carries: the day on which the portal's CMS put the page there. One of the four dates of a report,
and evidence of nothing else: a page that is moved gets the day of the move."""

import re
from datetime import date

# As the CMS families write it, the most telling first: TRS, Hanweb and open folders, files of TRS, compact folders.
_SHAPES = (
    re.compile(r"/t(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)_\d+\.s?html?"),
    re.compile(r"/(?P<y>20\d\d)[/-](?P<m>\d{1,2})[/-](?P<d>\d{1,2})/"),
    re.compile(r"/[PW]0(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)\d+\.\w+"),
    re.compile(r"/(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)/"),
)


def date_in_url(url: str) -> date | None:
    """The day in a URL; None where it carries none, a month alone, or a day that does not exist."""
    for shape in _SHAPES:
        if found := shape.search(url):
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                continue
    return None
