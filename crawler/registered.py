"""Holds what the store says of sites, portals and bodies against what the runs registered, as the archive tells it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.registering import Registration
from crawler.sites import LoadedSite, SiteError, load_site
from gxstore.models import Agency, AgencyName, Portal, Run, Site
from gxstore.site_bodies import names_of

_MEND = "restore the store from a copy."
Name = tuple[str, str, date]
"""A name, its region, and the first day on which it holds."""


@dataclass
class _Registered:
    """What the runs of one site registered, one after the other: names are added and never taken away, and of each body the
    last has the word."""

    title: str = ""
    hosts: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)
    names: dict[Name, tuple[str, date | None, bool]] = field(default_factory=dict)

    def add(self, registration: Registration) -> None:
        self.title = registration.title
        self.hosts.update(registration.families)
        for body in registration.bodies:
            above = body.superior or self.bodies.get(body.slug, ("", "", None))[2]
            self.bodies[body.slug] = body.level, body.function, above
            for key, (slug, until, _) in self.names.items():
                if slug == body.slug:
                    self.names[key] = slug, until, False
            for key, (until, main) in names_of(body).items():
                self.names[key] = body.slug, until, main


def wrongly_registered(session: Session, began: Mapping[int, Mapping[str, Any]]) -> Iterator[str]:
    """What the store says otherwise of sites, hosts and bodies than the runs registered, a sentence each.

    What a run registered is in what it said when it began. Where that is not known (the run was of an earlier gxcrawl, or its
    file is not looked at), the site file tells it, if it is still the one by which the run went; otherwise nothing is
    judged that the site's runs registered up to then, nor what no known run registered. A body, a host or a name that several sites
    registered is left out, since whichever ran last has the word.

    Args:
        session: the store.
        began: what runs, by their numbers, said when they began.
    """
    sites = {site.id: site for site in session.scalars(select(Site).order_by(Site.id))}
    files = {site.name: _file(site.name) for site in sites.values()}
    found: dict[int, _Registered] = {}
    all_known = True
    for run in session.scalars(select(Run).order_by(Run.id)):
        if run.site_id not in sites:
            all_known = False
            continue
        try:
            registration = _registration(run, began.get(run.id, {}), files[sites[run.site_id].name])
        except ValueError as error:
            yield f"run {run.id} began, and {error}"
            registration = None
        if registration is None:
            all_known = False
            found[run.site_id] = _Registered()
        else:
            found.setdefault(run.site_id, _Registered()).add(registration)
    for site in sites.values():
        if site.id not in found:
            yield f"the site {site.name} is in the store, and no run was of it: {_MEND}"
    yield from _wrong_sites(session, sites, found)
    yield from _wrong_bodies(session, list(found.values()))
    if all_known:
        yield from _never_registered(session, list(found.values()))


def _file(name: str) -> LoadedSite | None:
    try:
        return load_site(name)
    except SiteError:
        return None


def _registration(run: Run, said: Mapping[str, Any], file: LoadedSite | None) -> Registration | None:
    told = Registration.told(said)
    if told is None and file is not None and run.config_digest == file.digest:
        return Registration.of(file.site)
    return told


def _wrong_sites(
    session: Session, sites: Mapping[int, Site], found: Mapping[int, _Registered]
) -> Iterator[str]:
    hosts = Counter(host for one in found.values() for host in one.hosts)
    portals = {portal.host: portal for portal in session.scalars(select(Portal))}
    for number, one in found.items():
        site = sites[number]
        if one.title and site.title != one.title:
            yield f"site {site.name} is called {site.title} in the store and was registered as {one.title}: {_MEND}"
        for host, family in one.hosts.items():
            portal = portals.get(host)
            if hosts[host] == 1 and (portal is None or (portal.site_id, portal.family) != (number, family)):
                yield f"the portal {host} is not in the store as {site.name} registered it: {_MEND}"


def _wrong_bodies(session: Session, found: Sequence[_Registered]) -> Iterator[str]:
    bodies = {row.slug: row for row in session.scalars(select(Agency))}
    slugs = {row.id: row.slug for row in bodies.values()}
    names = {_key(row): row for row in session.scalars(select(AgencyName))}
    told = Counter(slug for one in found for slug in one.bodies)
    named = Counter(key for one in found for key in one.names)
    for one in found:
        for slug, (level, function, superior) in one.bodies.items():
            if told[slug] > 1:
                continue
            row = bodies.get(slug)
            if row is None:
                yield f"the body {slug} is gone from the store: {_MEND}"
                continue
            above = slugs.get(row.superior_id) if row.superior_id is not None else None
            # nothing enters these three yet
            empty = (row.credit_code, row.predecessor_id, row.successor_id) == (None, None, None)
            if (row.level, row.function, above, empty) != (level, function, superior, True):
                yield f"the body {slug} is not in the store as it was registered: {_MEND}"
        for key, (slug, until, main) in one.names.items():
            name = names.get(key)
            if named[key] > 1 or told[slug] > 1:
                continue
            if name is None or (slugs.get(name.agency_id), name.valid_to, name.main) != (slug, until, main):
                yield f"the name {key[0]} of {slug} is not in the store as it was registered: {_MEND}"


def _never_registered(session: Session, found: Sequence[_Registered]) -> Iterator[str]:
    for row in session.scalars(select(Agency).order_by(Agency.id)):
        if not any(row.slug in one.bodies for one in found):
            yield f"the body {row.slug} is in the store, and no run registered it: {_MEND}"
    for name in session.scalars(select(AgencyName).order_by(AgencyName.name)):
        if not any(_key(name) in one.names for one in found):
            yield f"the name {name.name} is in the store, and no run registered it: {_MEND}"
    for portal in session.scalars(select(Portal).order_by(Portal.id)):
        if not any(portal.host in one.hosts for one in found):
            yield f"the portal {portal.host} is in the store, and no run registered it: {_MEND}"


def _key(name: AgencyName) -> Name:
    return name.name, name.region, name.valid_from
