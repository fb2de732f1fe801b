"""Brings sites, their portals and their bodies into the store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gxstore.models import EARLIEST, Agency, AgencyName, Portal, Site


@dataclass(frozen=True, slots=True)
class AgencyEntry:
    """An agency as the site file lists it; `formerly` holds names with their first and last report year."""

    slug: str
    name: str
    aliases: tuple[str, ...]
    region: str
    level: str
    function: str
    superior: str | None
    formerly: tuple[tuple[str, int | None, int | None], ...] = ()


def register_site(
    session: Session, name: str, title: str, portals: Mapping[str, str], agencies: Iterable[AgencyEntry]
) -> int:
    """Bring site, portals (host -> family) and agencies of a site file into the store; returns the site's id.

    An agency is known by its slug; names are added, never removed.
    """
    site = session.scalar(select(Site).where(Site.name == name))
    if site is None:
        site = Site(name=name, title=title)
        session.add(site)
    site.title = title
    session.flush()
    for host, family in portals.items():
        portal = session.scalar(select(Portal).where(Portal.host == host))
        if portal is None:
            session.add(Portal(site_id=site.id, host=host, family=family))
        else:
            portal.site_id, portal.family = site.id, family
    entries = list(agencies)
    rows: dict[str, Agency] = {}
    for entry in entries:
        agency = session.scalar(select(Agency).where(Agency.slug == entry.slug))
        if agency is None:
            agency = Agency(slug=entry.slug, level=entry.level, function=entry.function)
            session.add(agency)
        agency.level, agency.function = entry.level, entry.function
        session.flush()
        rows[entry.slug] = agency
        session.execute(update(AgencyName).where(AgencyName.agency_id == agency.id).values(main=False))
        for (text, region, since), (until, main) in names_of(entry).items():
            known = session.get(AgencyName, (text, region, since))
            if known is None:
                known = AgencyName(name=text, region=region, valid_from=since, main=False)
                session.add(known)
            known.agency_id, known.valid_to, known.main = agency.id, until, main
        session.flush()
    for entry in entries:
        if entry.superior:
            rows[entry.slug].superior_id = rows[entry.superior].id
    return site.id


def names_of(entry: AgencyEntry) -> dict[tuple[str, str, date], tuple[date | None, bool]]:
    """The names of a body as the store keeps them: name, region and first day -> last day, and whether it is the main one."""
    names: dict[tuple[str, str, date], tuple[date | None, bool]] = {}
    for position, text in enumerate((entry.name, *entry.aliases)):
        names.setdefault((text, entry.region, EARLIEST), (None, position == 0))
    for text, first, last in entry.formerly:
        key = text, entry.region, date(first, 1, 1) if first else EARLIEST
        names[key] = date(last, 12, 31) if last else None, names.get(key, (None, False))[1]
    return names
