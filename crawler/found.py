"""What to make of something that a file held: how it is judged, whether it is an annual report, and of whom. Pure, but for
the reading itself, which is done in a process of its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from archive.foreign import Foreign
from archive.reader import TooLarge, UnreadableBody, decode
from archive.text.document import Document
from archive.text.kind import HTML, TEXT, kind_of
from crawler.links import agency_named, year_in
from crawler.sites import Agency, LoadedSite
from crawler.understanding import SEVERAL, understand
from crawler.verdict import Verdict, judge
from gxstore.catalogue import Catalogue
from gxstore.reading.attribution import attribute
from gxstore.reading.bundled import reports_in
from gxstore.reading.read import read
from gxstore.reading.report import Hint
from gxstore.regions import Gazetteer

# What a page is made of beside its text: never a report, and never read.
_PAGE_PART = re.compile(
    r"^(?:text/(?:css|javascript)|(?:application|text)/(?:x-)?(?:javascript|json|ecmascript|font.*)|font/|audio/|video/|"
    r"image/|application/(?:wasm|vnd\.ms-fontobject|manifest))",
    re.IGNORECASE,
)
_PUBLISHED = ("http", "https", "ftp", "file")
_PAGES = (HTML, TEXT)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was said of the files that are imported: whose they are (with the site), of which year, where they stood and when
    they were fetched; and whether they are the replica's."""

    agency: Agency | None = None
    site: LoadedSite | None = None
    year: int | None = None
    url: str | None = None
    date: datetime | None = None
    replica: bool = False


@dataclass(frozen=True, slots=True)
class Aside:
    """Why something is not taken: a short code, and a sentence part."""

    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Something found, judged: its verdict and its body with the content-encoding taken off."""

    verdict: Verdict
    body: bytes
    is_page: bool


def judge_found(found: Foreign, hosts: frozenset[str], max_body: int) -> Judged:
    """The verdict on something found, as the harvest would give it. What is no HTTP message was served by nobody and can be
    neither refused nor a soft 404."""
    data = found.body.data
    if found.truncated:
        return Judged(Verdict("truncated", f"the crawler cut it off ({found.truncated})"), data, is_page=True)
    try:
        body = decode(data, found.fields.get("content-encoding"), max_body)
    except TooLarge as error:
        return Judged(Verdict("too_large", str(error)), b"", is_page=True)
    except UnreadableBody as error:
        return Judged(Verdict("wrong_type", str(error)), b"", is_page=True)
    is_page = kind_of(body).media_type in _PAGES
    if not body.strip() and found.status in (0, 200):
        return Judged(Verdict("empty", "it holds nothing"), body, is_page)
    if not found.head:
        return Judged(Verdict("ok"), body, is_page)
    if found.status == 206:
        return Judged(Verdict("truncated", "a part of a body (HTTP 206)"), body, is_page)
    host = urlsplit(found.url).hostname or ""
    verdict = judge(
        found.status, found.fields, body, attachment=not is_page, host=host, hosts=hosts or frozenset({host})
    )
    return Judged(verdict, body, is_page)


def is_page_part(found: Foreign) -> bool:
    """Whether something is a style sheet, a script, a picture of a page or the like, by what the server said of it; or a
    note of the crawler (`dns:`, `metadata:`), which no portal published."""
    if urlsplit(found.url).scheme not in _PUBLISHED:
        return True
    return bool(_PAGE_PART.match(found.fields.get("content-type", "") if found.head else found.content_type))


def title_of(found: Foreign, wanted: Wanted) -> str | None:
    """What stands for the title under which a list would have named it: a file's own name, and the year that was said."""
    name = PurePosixPath(found.source.path.replace("\\", "/")).stem if found.kind == "file" else None
    if wanted.year is not None and year_in(name or "") is None:
        return f"{wanted.year}年政府信息公开工作年度报告"
    return name


def whose(
    document: Document,
    url: str,
    title: str | None,
    wanted: Wanted,
    sites: Sequence[LoadedSite],
    catalogue: Catalogue,
    gazetteer: Gazetteer,
) -> tuple[LoadedSite, Agency] | Aside:
    """The site and the agency whose report a document is, or why it is not taken.

    Who imports it may say whose it is: that stands for the column of a list, and does not outweigh a title that names
    another. Without that, text and URL decide: the site of the URL's host is asked first, then every other.
    """
    if wanted.agency is not None and wanted.site is not None:
        context = {"title": title, "agency": wanted.agency.slug}
        found = understand([document], url, context, wanted.site.site, catalogue, gazetteer)
        told, agency = found.attribution, found.agency
        site: LoadedSite | None = wanted.site
        whose_else = f"its title names {told.agency}, which is not {wanted.agency.name}"
    else:
        reading = read([document], catalogue)
        own = next((loaded for loaded in sites if loaded.site.portal_of(url)), None)
        names = {agency.name: agency.names() for agency in own.site.agency} if own else {}
        hint = Hint(link_text=title, url=url, site_agencies=names)
        told = attribute([document], reading, gazetteer, catalogue, hint)
        site, agency = _known(told.agency, told.year, own, sites)
        whose_else = (
            f"it is of {told.agency}, which no site file knows"
            if told.agency
            else "it does not say whose it is: say it with --agency"
        )
    if len(reports_in(document, catalogue)) != 1:
        return Aside("not_a_report", SEVERAL)
    if not told.is_annual_report:
        return Aside("not_a_report", told.reason or "it is no annual report")
    if agency is None or site is None:
        return Aside("other_agency", whose_else)
    if told.year is None:
        return Aside("no_year", "neither title nor text says its year: say it with --year")
    if wanted.year is not None and told.year != wanted.year:
        return Aside("other_year", f"it is of {told.year}")
    # as it is going to be read once it is taken
    context = {"title": title, "agency": agency.slug}
    found = understand([document], url, context, site.site, catalogue, gazetteer)
    if found.agency is None:
        return Aside("other_agency", f"it is not of {agency.name} alone, by what it says and who signs it")
    return site, agency


def _known(
    printed: str | None, year: int | None, own: LoadedSite | None, sites: Sequence[LoadedSite]
) -> tuple[LoadedSite | None, Agency | None]:
    if printed is None:
        return None, None
    for some in ([own] if own else [], [loaded for loaded in sites if loaded is not own]):
        hits = [
            (loaded, agency)
            for loaded in some
            if (agency := agency_named(printed, loaded.site.agency, year)) is not None
        ]
        if len({agency.slug for _, agency in hits}) == 1:
            return hits[0]
    return None, None
