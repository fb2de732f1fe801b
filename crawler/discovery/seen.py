"""What a walk saw: the columns that list reports, and what it could not look at. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.discovery.leads import is_named_like_a_column
from crawler.families import Ask, ListPage
from crawler.families.anchors import soup_of
from crawler.families.going_on import goes_on
from crawler.families.json_lists import is_json
from crawler.families.listing import ListedLink
from crawler.links import body_named, names_report, normalise


@dataclass(frozen=True, slots=True)
class Sighting:
    """A column that lists reports.

    Attributes:
        url: where it begins, as the site file is to have it.
        family, options: the CMS that serves it, and what its family needs to be told.
        name: what the page calls it, if it does.
        trail: the names of the links that led to it.
        links: what it was seen to list.
        stated: the number of entries that it states itself.
    """

    url: str
    family: str
    options: dict[str, str]
    name: str | None
    trail: tuple[str, ...]
    links: tuple[ListedLink, ...] = ()
    stated: int | None = None
    cut: str | None = None
    """Why what was seen is not the whole list, where it is not."""
    bodies: tuple[str, ...] = ()
    """The bodies that the reports looked into name as their own."""

    @property
    def reports(self) -> tuple[ListedLink, ...]:
        """The links that are named like annual reports."""
        return tuple(link for link in self.links if names_report(link.title))


@dataclass(slots=True)
class Walk:
    """What a walk came to."""

    sightings: list[Sighting] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    """Per host the title of its home page."""
    asked: dict[str, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)
    """Per host the links that were not followed, since the bounds were reached."""
    named: set[str] = field(default_factory=set)
    """The bodies that the sections of the portals name as their own."""

    @property
    def without_column(self) -> list[str]:
        """The bodies that are named, and of which no column that was found tells: neither the way there nor a title."""
        told = {name for seen in self.sightings for name in (*seen.trail, *seen.bodies)}
        told |= {body_named(link.title) or "" for seen in self.sightings for link in seen.reports}
        names = [plain for name in told if len(plain := normalise(name)) > 1]
        return sorted(
            body
            for body in self.named
            if not any(_is_short_of(body, name) or _is_short_of(name, body) for name in names)
        )


def _is_short_of(short: str, name: str) -> bool:
    """Whether a name is another with characters left out: 省国资委, 省国有资产监督管理委员会."""
    rest = iter(name)
    return all(character in rest for character in short)


def cut_short(sighting: Sighting, page: ListPage, text: str, ask: Ask, waiting: int) -> str | None:
    """Why a list of which no more is asked for was not read to its end; None where nothing says so."""
    if waiting:
        return f"{waiting} of its further pages were not asked for"
    if sighting.stated is not None and len(sighting.links) < sighting.stated:
        return f"it states {sighting.stated} entries, and its pages gave {len(sighting.links)}"
    if is_json(text) or not page.links or page.further:
        return None
    sign = goes_on(soup_of(text), ask.url, ask.page, len(page.links))
    return f"page {ask.page} is not its last, for {sign}" if sign else None


def is_wanted(sighting: Sighting) -> bool:
    names = (sighting.name or "", *sighting.trail[-1:])
    return any(is_named_like_a_column(name) for name in names)


def is_column(sighting: Sighting) -> bool:
    """Whether a list is one of annual reports: it holds some, and is named so or holds little else."""
    reports, links = len(sighting.reports), len(sighting.links)
    return reports > 0 and (is_wanted(sighting) or (reports >= 2 and reports * 3 >= links))


def without_shadows(sightings: Iterable[Sighting]) -> list[Sighting]:
    """The sightings without those that show nothing but what others, nearer to the reports, list as well."""
    kept: list[Sighting] = []
    for sighting in sorted(
        sightings, key=lambda seen: (-len(urlsplit(seen.url).path), len(seen.url), seen.url)
    ):
        own = {key_of(link.url) for link in sighting.reports}
        others = {key_of(link.url) for other in kept for link in other.reports}
        if own - others:
            kept.append(sighting)
    return sorted(kept, key=lambda seen: (urlsplit(seen.url).netloc, seen.url))


def key_of(url: str) -> str:
    """A URL as it is told from others: not by scheme, www, or the name of a folder's page."""
    parts = urlsplit(url)
    path = parts.path.removesuffix("index.html").removesuffix("index.htm") or "/"
    return f"{plain_host(parts.netloc)}{path}?{parts.query}#{parts.fragment}"


def plain_host(host: str) -> str:
    """A host without www."""
    return host.lower().removeprefix("www.")
