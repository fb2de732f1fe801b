"""What an operator narrows a run to."""

from dataclasses import dataclass

from crawler.sites import Site


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What an operator narrowed a run to. A narrowed run judges no floor and calls nothing gone."""

    portal: str | None = None
    year: int | None = None
    limit: int | None = None
    lists_only: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the run is not narrowed at all."""
        return self == Narrowing()

    def hosts_of(self, site: Site) -> frozenset[str]:
        """Every name of every portal of a site that is asked."""
        return frozenset(
            host for portal in site.portal if self.portal in (None, *portal.hosts) for host in portal.hosts
        )
