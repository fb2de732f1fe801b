"""What an operator narrows a run to."""

from dataclasses import dataclass


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
