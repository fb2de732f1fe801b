"""Site files: what an operator says about a site, in `config/sites/<name>.toml`.

A site is a set of portals that are harvested together. The file says where to look and what to expect there; it never
says how: that is the CMS family's (crawler/families).
"""

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crawler.families import FAMILIES, Ask, Family
from gxstore.resources import config_path

Evidence = Literal["seen", "inferred"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Host = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*(:\d+)?$")]


class SiteError(Exception):
    """A site file is absent or cannot be used. The sentence names file and key, and the remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expect(_Part):
    """The floor of a full run: below it the run fails."""

    reports: int = Field(ge=1)
    first_year: int = Field(ge=2003, le=2100)


class Manners(_Part):
    """Seconds between two requests to one host, and the hours (Asia/Shanghai) in which the scheduler may start."""

    delay: float = Field(default=2.0, ge=0)
    window: str | None = Field(default=None, pattern=r"^\d{2}:\d{2}-\d{2}:\d{2}$")


class Requisites(_Part):
    """Whether the style sheets, scripts and images of report pages are captured too, once, so that a replay shows the
    page as it was; and the bytes that one of them may have at most."""

    keep: bool = False
    max_bytes: int = Field(default=2_000_000, ge=1)


class Refetch(_Part):
    """The share of the pages that each whole harvest fetches whole, though their portals would say that they have not
    changed. After `1 / sample` harvests every page has been."""

    sample: float = Field(default=0.1, gt=0, le=1)


class Yearly(_Part):
    """When the yearly refetch is due (Asia/Shanghai). Departments publish by 31 January, governments by 31 March
    (政府信息公开条例, 2019, art. 49), so the default is the tenth of April."""

    month: int = Field(default=4, ge=1, le=12)
    day: int = Field(default=10, ge=1, le=28)
    hour: int = Field(default=2, ge=0, le=23)


class Former(_Part):
    """A name that a body bore, with the first and the last report year under it where they are known. Outside of
    these years the name may be another body's."""

    name: str
    first_year: int | None = Field(default=None, ge=2003, le=2100)
    last_year: int | None = Field(default=None, ge=2003, le=2100)


class Agency(_Part):
    """A public body of the site. `expected` says that its reports must be found."""

    slug: Slug
    name: str
    aliases: tuple[str, ...] = ()
    formerly: tuple[Former, ...] = ()
    region: str
    level: Literal["province", "prefecture", "county", "township"]
    function: str
    superior: Slug | None = None
    expected: bool = True

    def names(self, year: int | None = None) -> tuple[str, ...]:
        """Every name that it has, and those that it bore in a report year (in any year where none is given)."""
        former = (
            old.name
            for old in self.formerly
            if year is None or (old.first_year or year) <= year <= (old.last_year or year)
        )
        return (self.name, *self.aliases, *former)


class AgencyList(_Part):
    """Where the list of expected agencies was taken from, and when."""

    source: str
    date: date


class Column(_Part):
    """A list to look in. `agency` is left out where the column holds the reports of several bodies.

    `also` names other bodies of the site whose reports stand in it too: a predecessor's, a subordinate's.
    `path` may have a query, and the fragment that gkmlpt tells its columns by. `family` is said where it is not the
    portal's: the search of a portal (igs) stands beside its columns. `options` are the family's.
    """

    path: str = Field(pattern=r"^/")
    agency: Slug | None = None
    also: tuple[Slug, ...] = ()
    area: str | None = None
    family: str | None = None
    options: dict[str, str] = {}
    evidence: Evidence
    note: str | None = None


class Network(_Part):
    """What a portal needs that others do not. Each allowance in use is told with every capture.

    legacy_tls: TLS 1.0, small DH keys, SHA-1 signatures. sni: False where the server breaks off when it is told the
    name that it is asked for (`unrecognized name`). referer: True where it answers only requests that say which page
    they come from. conditional: False where its word that a page has not changed (HTTP 304) is worth nothing, so that
    it is asked for whole pages always.
    """

    legacy_tls: bool = False
    sni: bool = True
    referer: bool = False
    conditional: bool = True


class Portal(_Part):
    """A host, the CMS family that serves it, and its columns."""

    host: Host
    also: tuple[Host, ...] = ()
    scheme: Literal["http", "https"]
    family: str
    evidence: Evidence
    note: str | None = None
    network: Network = Network()
    column: tuple[Column, ...] = Field(min_length=1)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name that the portal answers to."""
        return (self.host, *self.also)

    def start_url(self, column: Column) -> str:
        """The URL where reading a column begins."""
        query = f"?{urlencode({'area': column.area})}" if column.area else ""
        return f"{self.scheme}://{self.host}{column.path}{query}"

    def family_of(self, column: Column) -> Family:
        """The family that reads a column: its own, else the portal's."""
        return FAMILIES[column.family or self.family]

    def first_ask(self, column: Column) -> Ask:
        """The request that reading a column begins with."""
        return self.family_of(column).first(self.start_url(column), column.options)

    def source(self, column: Column) -> str:
        """What the store calls a column: host, path, and the area where it has one."""
        return f"{self.host}{column.path}" + (f"?area={column.area}" if column.area else "")


class Known(_Part):
    """A trouble that the operator acknowledges: it is counted apart and makes no run partial, until its date."""

    url: str | None = None
    host: Host | None = None
    verdict: str
    until: date
    why: str

    @model_validator(mode="after")
    def _names_something(self) -> "Known":
        if (self.url is None) == (self.host is None):
            raise ValueError("give either url or host")
        return self

    def covers(self, url: str, verdict: str, today: date) -> bool:
        """Whether this trouble explains a verdict met at a URL today."""
        if verdict != self.verdict or today > self.until:
            return False
        return url == self.url if self.url else urlsplit(url).netloc == self.host


class Site(_Part):
    """A whole site file."""

    name: Slug
    title: str
    region: str
    publisher: str
    notes: str
    checked: date
    expect: Expect
    manners: Manners = Manners()
    requisites: Requisites = Requisites()
    refetch: Refetch = Refetch()
    schedule: Yearly = Yearly()
    agencies: AgencyList
    agency: tuple[Agency, ...] = Field(min_length=1)
    portal: tuple[Portal, ...] = Field(min_length=1)
    known: tuple[Known, ...] = ()

    @model_validator(mode="after")
    def _names_agree(self) -> "Site":
        slugs = [agency.slug for agency in self.agency]
        for slug in slugs:
            if slugs.count(slug) > 1:
                raise ValueError(f"agency {slug} is given twice")
        hosts = [host for portal in self.portal for host in portal.hosts]
        for host in hosts:
            if hosts.count(host) > 1:
                raise ValueError(f"host {host} is given twice")
        for portal in self.portal:
            for family in (portal.family, *(column.family for column in portal.column)):
                if family is not None and family not in FAMILIES:
                    raise ValueError(
                        f"portal {portal.host}: family {family!r} is unknown; known are {', '.join(sorted(FAMILIES))}"
                    )
            for column in portal.column:
                _options_fit(portal, column)
                for owner in (column.agency, *column.also):
                    if owner and owner not in slugs:
                        raise ValueError(
                            f"portal {portal.host}: column {column.path} names the agency {owner!r}, "
                            "which has no [[agency]] of its own"
                        )
        for agency in self.agency:
            if agency.superior and agency.superior not in slugs:
                raise ValueError(
                    f"agency {agency.slug}: superior {agency.superior!r} has no [[agency]] of its own"
                )
        return self

    @property
    def networks(self) -> dict[str, Network]:
        """What each host of the site needs of the network."""
        return {host: portal.network for portal in self.portal for host in portal.hosts}

    @property
    def hosts(self) -> frozenset[str]:
        """The allow-list: every host of the site, and no other is ever asked."""
        return frozenset(host for portal in self.portal for host in portal.hosts)

    def portal_of(self, url: str) -> Portal | None:
        """The portal that serves a URL, or None where its host is not the site's."""
        host = urlsplit(url).netloc.lower()
        return next((portal for portal in self.portal if host in portal.hosts), None)

    def agency_by_slug(self, slug: str) -> Agency:
        """The agency of that slug. Raises KeyError."""
        for agency in self.agency:
            if agency.slug == slug:
                return agency
        raise KeyError(slug)


def _options_fit(portal: Portal, column: Column) -> None:
    """Raises ValueError where a column has an option that its family does not know, or lacks one that it needs."""
    name, family = column.family or portal.family, portal.family_of(column)
    for option in column.options:
        if option not in family.options:
            known = ", ".join(sorted(family.options)) or "none"
            raise ValueError(
                f"portal {portal.host}: column {column.path} has the option {option!r}, which the family {name} does "
                f"not know; it knows {known}"
            )
    if missing := sorted(family.needed - set(column.options)):
        raise ValueError(
            f"portal {portal.host}: column {column.path} lacks the option {missing[0]!r}, which the family {name} needs"
        )


@dataclass(frozen=True, slots=True)
class LoadedSite:
    """A site file as read: the site, the file, and the SHA-256 of its bytes (the run's config digest)."""

    site: Site
    path: Path
    digest: str


def site_names() -> list[str]:
    """The names of all sites that have a file, sorted."""
    # Beside a site file may stand its check (crawler.checking).
    return sorted(path.stem for path in config_path("sites").glob("*.toml") if "." not in path.stem)


def load_site(name: str) -> LoadedSite:
    """Read the site file of that name.

    Raises:
        SiteError: there is none (the nearest name is suggested), it is not TOML, or a key is wrong.
    """
    path = config_path("sites") / f"{name}.toml"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        names = site_names()
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names)}."
        raise SiteError(f"There is no site {name!r} in {path.parent}. {hint}")
    return load_site_file(path)


def load_sites(names: Iterable[str]) -> tuple[list[Site], list[str]]:
    """The sites of those names, and a sentence for each whose file cannot be used: one broken file stops no other."""
    sites: list[Site] = []
    problems: list[str] = []
    for name in names:
        try:
            sites.append(load_site(name).site)
        except SiteError as error:
            problems.append(str(error))
    return sites, problems


def load_site_file(path: Path) -> LoadedSite:
    """Read a site file by its path.

    Raises:
        SiteError: the file is not TOML, or a key is missing, unknown or wrong.
    """
    try:
        data = path.read_bytes()
        content = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SiteError(f"{path} is not valid TOML: {error}. Mend the file and try again.") from error
    except OSError as error:
        raise SiteError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        site = Site.model_validate(content)
    except ValidationError as error:
        raise SiteError(
            f"{path}: " + "; ".join(_plain(problem) for problem in error.errors()[:5]) + "."
        ) from error
    if site.name != path.stem:
        raise SiteError(f"{path}: key name: it says {site.name!r}, but the file is called {path.name}.")
    return LoadedSite(site, path, hashlib.sha256(data).hexdigest())


def _plain(problem: Mapping[str, object]) -> str:
    """One pydantic problem as a plain sentence part that names the key as the operator wrote it."""
    location = problem["loc"]
    assert isinstance(location, tuple)
    key = ""
    for part in location:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else str(part)
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f"key {key} is unknown"
    if kind == "missing":
        return f"key {key} is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"key {key}: {message}" if key else message
