"""What every CMS family gives back from a list page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link of the list itself: absolute URL, full title, and the date shown beside it."""

    url: str
    title: str
    shown: date | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """One list page understood: its links, the further pages of the same list, the name of the column if shown, and
    the number of pages that the list itself states."""

    links: tuple[ListedLink, ...]
    next_pages: tuple[str, ...] = ()
    column_name: str | None = None
    stated_pages: int | None = None


# From the decoded text of a page and the URL that it was served at.
ReadList = Callable[[str, str], ListPage]
