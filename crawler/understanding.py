"""From the text of a page to what it says and whose report it is: the same when it is harvested and read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.exchange import asked_url
from archive.text.document import Document
from crawler.links import agency_named, normalise, short_form
from crawler.sites import Agency, Site
from gxstore.catalogue import Catalogue
from gxstore.reading.agency import is_of_another, same_body
from gxstore.reading.attribution import attribute
from gxstore.reading.read import read
from gxstore.reading.report import Attribution, Hint, Reading
from gxstore.regions import Gazetteer

SEVERAL = "the file is an archive of several reports, and a list can name it as one only: look at it by hand with gxcrawl parse"


@dataclass(frozen=True, slots=True)
class Understood:
    """A page read: its document, reading and attribution, and the site's agency whose report it is, if any."""

    document: Document
    reading: Reading
    attribution: Attribution
    agency: Agency | None

    @property
    def is_settled(self) -> bool:
        """Whether it is an annual report, of a known agency of the site and a known year."""
        return (
            self.attribution.is_annual_report
            and self.agency is not None
            and self.attribution.year is not None
        )


def understand(
    documents: Sequence[Document],
    url: str,
    context: Mapping[str, Any],
    site: Site,
    catalogue: Catalogue,
    gazetteer: Gazetteer,
) -> Understood:
    """Read one report.

    Args:
        documents: the page, and what else the report consists of.
        url: where the page was served.
        context: what the list said of it, as the ledger keeps it.
        site: the site whose portal served it.
        catalogue, gazetteer: the data that reading and attribution need.
    """
    reading = read(documents, catalogue)
    attribution = attribute(documents, reading, gazetteer, catalogue, _hint(url, context, site))
    return Understood(documents[0], reading, attribution, _agency(context, attribution, site))


def absolute(page: str, address: str) -> str | None:
    """An address as written on a page, as the URL that is asked for; None where it is none of the web, nor beside a page
    that was imported from a file."""
    try:
        whole = asked_url(urljoin(page, address).partition("#")[0])
        return whole if urlsplit(whole).scheme in ("http", "https", urlsplit(page).scheme) else None
    except ValueError:
        return None


def whose(document: Document, url: str, catalogue: Catalogue, gazetteer: Gazetteer) -> str | None:
    """The body whose annual report a page is, as the page itself says it; None where it is none or says nothing.

    Args:
        document, url, catalogue, gazetteer: as `understand` takes them.
    """
    found = attribute([document], read([document], catalogue), gazetteer, catalogue, Hint(url=url))
    return found.agency if found.is_annual_report else None


def _hint(url: str, context: Mapping[str, Any], site: Site) -> Hint:
    slug = context.get("agency")
    return Hint(
        link_text=context.get("title"),
        list_title=context.get("column_name"),
        column_agency=site.agency_by_slug(slug).name if slug else None,
        url=url,
        site_agencies={agency.name: agency.names() for agency in site.agency},
    )


def _agency(context: Mapping[str, Any], attribution: Attribution, site: Site) -> Agency | None:
    """The site's agency whose report it is. The column's owner stands unless the title itself names another, or, where no
    title names anybody, the page is signed by a body that cannot be the owner."""
    slug = context.get("agency")
    owner = site.agency_by_slug(slug) if slug else None
    printed = attribution.agency
    if owner is None:
        return agency_named(printed, site.agency, attribution.year) if printed else None
    if printed is None or attribution.agency_source not in ("title", "title_ocr", "signature"):
        told = attribution.evidence
        titled = next((one.says for one in told if (one.about, one.source) == ("agency", "title")), None)
        return None if is_of_another(titled, owner.names(attribution.year)) else owner
    # A signature with a place is not that of the 市司法局 of another place.
    placed = [
        name for name in owner.names(attribution.year) if name == owner.name or not owner.name.endswith(name)
    ]
    if attribution.agency_source == "signature" and any(same_body(printed, name) for name in placed):
        return owner
    plain = normalise(printed)
    if agency_named(plain, [owner], attribution.year) is not None or short_form(plain, owner):
        return owner
    return None
