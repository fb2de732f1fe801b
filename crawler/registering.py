"""What a run makes known of its site to the store before it begins: title, hosts and bodies, as the site file has them. The
archive is told the same, since site files change and names decide whose report a page is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from crawler.sites import Site
from gxstore.site_bodies import AgencyEntry, register_site


@dataclass(frozen=True, slots=True)
class Registration:
    """A site's title, the CMS family of each of its hosts, and its bodies."""

    title: str
    families: Mapping[str, str]
    bodies: tuple[AgencyEntry, ...]

    @classmethod
    def of(cls, site: Site) -> "Registration":
        """What a site file has."""
        families = {host: portal.family for portal in site.portal for host in portal.hosts}
        bodies = tuple(
            AgencyEntry(
                a.slug,
                a.name,
                a.aliases,
                a.region,
                a.level,
                a.function,
                a.superior,
                tuple((old.name, old.first_year, old.last_year) for old in a.formerly),
            )
            for a in site.agency
        )
        return cls(site.title, families, bodies)

    @classmethod
    def told(cls, said: Mapping[str, Any]) -> "Registration | None":
        """What a run said when it began; None where it did not say it.

        Raises:
            ValueError: it cannot be understood.
        """
        if "registered" not in said:
            return None
        try:
            content = said["registered"]
            bodies = tuple(
                AgencyEntry(
                    **{
                        **body,
                        "aliases": tuple(map(str, body["aliases"])),
                        "formerly": tuple((name, first, last) for name, first, last in body["formerly"]),
                    }
                )
                for body in content["bodies"]
            )
            return cls(str(content["title"]), dict(content["families"]), bodies)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"what was registered cannot be understood: {error}") from error

    def content(self) -> dict[str, Any]:
        """As the statement of a run's beginning holds it, under `registered`."""
        return {
            "title": self.title,
            "families": dict(self.families),
            "bodies": [asdict(body) for body in self.bodies],
        }

    def enter(self, session: Session, site: str) -> int:
        """Bring it into the store; returns the site's id."""
        return register_site(session, site, self.title, self.families, self.bodies)
