"""Holds what the store says of sites, portals and bodies against the site files that they were registered from."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from crawler.replaying import entries_of, families_of
from crawler.sites import LoadedSite, SiteError, load_site
from gxstore.models import Agency, AgencyName, Portal, Run, Site
from gxstore.runs import AgencyEntry, names_of

_MEND = "restore the store from a copy."


def wrongly_registered(session: Session) -> Iterator[str]:
    """What the store says otherwise than the site files, a sentence each.

    A site is held against its file where that is still the file that its newest run was registered by; a body or a
    host that several site files list is left out, since whichever ran last has the word.
    """
    newest = {row.site_id: row for row in session.scalars(select(Run).order_by(Run.id))}
    files: list[tuple[Site | None, LoadedSite]] = []
    for site in session.scalars(select(Site).order_by(Site.id)):
        try:
            loaded = load_site(site.name)
        except SiteError:
            yield from _lost_file(site, newest)
            continue
        files.append((site if _is_as_run(newest.get(site.id), loaded) else None, loaded))
    slugs = Counter(agency.slug for _, loaded in files for agency in loaded.site.agency)
    hosts = Counter(host for _, loaded in files for host in loaded.site.hosts)
    names = Counter(
        key for _, loaded in files for entry in entries_of(loaded.site) for key in names_of(entry)
    )
    for row, loaded in files:
        if row is None:
            continue
        if row.title != loaded.site.title:
            yield f"site {row.name} is called {row.title} in the store and {loaded.site.title} in its file: {_MEND}"
        for host, family in families_of(loaded.site).items():
            portal = session.scalar(select(Portal).where(Portal.host == host))
            if hosts[host] == 1 and (portal is None or (portal.site_id, portal.family) != (row.id, family)):
                yield f"the portal {host} is not in the store as in the file of {row.name}: {_MEND}"
        for entry in entries_of(loaded.site):
            if slugs[entry.slug] == 1:
                yield from _wrong_body(session, entry, names)


def _is_as_run(run: Run | None, loaded: LoadedSite) -> bool:
    return run is not None and run.config_digest == loaded.digest


def _lost_file(site: Site, newest: dict[int, Run]) -> Iterator[str]:
    """A site without a run was never registered by one: its name has been edited."""
    if site.id not in newest:
        yield f"the site {site.name} was never harvested and has no file: {_MEND}"


def _wrong_body(session: Session, entry: AgencyEntry, names: Counter[tuple[str, str, date]]) -> Iterator[str]:
    superior = aliased(Agency)
    row = session.execute(
        select(Agency, superior.slug)
        .outerjoin(superior, superior.id == Agency.superior_id)
        .where(Agency.slug == entry.slug)
    ).first()
    if row is None:
        yield f"the body {entry.slug} is gone from the store: {_MEND}"
        return
    agency, above = row
    # a superior that the file does not name any more stays, as do names that earlier files gave
    if (agency.level, agency.function) != (entry.level, entry.function) or (
        entry.superior is not None and above != entry.superior
    ):
        yield f"the body {entry.slug} is not in the store as in its site file: {_MEND}"
    held = {
        (name.name, name.region, name.valid_from): (name.valid_to, name.main)
        for name in session.scalars(select(AgencyName).where(AgencyName.agency_id == agency.id))
    }
    for key, told in names_of(entry).items():
        if names[key] == 1 and held.get(key) != told:
            yield f"the name {key[0]} of {entry.slug} is not in the store as in its site file: {_MEND}"
