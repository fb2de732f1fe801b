"""From where captures were made: the replica's made-up figures never stand beside evidence."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gxstore.models import Run

# What a run of the replica says of where it was made. Its figures are made up, but for a few published ones.
REPLICA_VANTAGE = "the bundled replica on loopback"


class MixedStore(Exception):
    """Figures of the replica and figures of real portals would come into one store; the sentence says which way out."""


def is_replica(vantage: str) -> bool:
    """Whether what a run captured is the replica's, harvested or imported."""
    return vantage.startswith(REPLICA_VANTAGE)


def refuse_mixture(session: Session, store: str, *, replica: bool) -> None:
    """A store holds either the replica or real portals: made-up figures must never stand beside evidence.

    Args:
        store: the store, as it may be shown.
        replica: whether what is to come is the replica's.

    Raises:
        MixedStore: the store holds the other.
    """
    vantages = set(session.scalars(select(Run.vantage).distinct()))
    if replica and not all(map(is_replica, vantages)):
        raise MixedStore(
            f"The store {store} holds harvests of real portals. The replica's figures are made up and must not stand "
            "beside them: name another folder, for instance GXCRAWL_DATA=demo gxcrawl run --replica …"
        )
    if not replica and any(map(is_replica, vantages)):
        raise MixedStore(
            f"The store {store} holds harvests of the replica, whose figures are made up. Name another folder for real "
            "portals with GXCRAWL_DATA, or remove this one."
        )
