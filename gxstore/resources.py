"""Finds the project's own data: site files, catalogue, divisions and migrations.

One resolver for a checkout and for an installed wheel. `GXCRAWL_CONFIG` names another config folder; what it does
not hold is taken from the project's own.
"""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "_bundled"
_HOME = _BUNDLED if _BUNDLED.is_dir() else _PACKAGE.parent


class ResourceMissing(Exception):
    """A file of the project's own data is not where it should be."""


def config_path(*parts: str) -> Path:
    """The path of a file or folder in the config folder, for instance `config_path("sites")`.

    Looks in `GXCRAWL_CONFIG` first, then in the project's own config folder.

    Raises:
        ResourceMissing: neither holds it, or `GXCRAWL_CONFIG` names no folder; the sentence names the places.
    """
    own = _HOME / "config"
    named = os.environ.get("GXCRAWL_CONFIG")
    if named and not Path(named).is_dir():
        raise ResourceMissing(
            f"GXCRAWL_CONFIG names {named}, which is no folder. Make it, or unset the variable."
        )
    places = [Path(named)] if named else []
    for folder in [*places, own]:
        path = folder.joinpath(*parts)
        if path.exists():
            return path
    looked = " and ".join(str(folder) for folder in [*places, own])
    raise ResourceMissing(
        f"{'/'.join(parts)} is not in {looked}. Set GXCRAWL_CONFIG to a folder that holds it, or install gxcrawl again."
    )


def own_config(*parts: str) -> Path:
    """Where a config file of the operator's own is to be written: in `GXCRAWL_CONFIG`, else in the checkout's folder.

    Raises:
        ResourceMissing: an installed gxcrawl has no folder that an update would not take away, and none is named.
    """
    named = os.environ.get("GXCRAWL_CONFIG")
    if named is None and _BUNDLED.is_dir():
        raise ResourceMissing(
            "An installed gxcrawl is not written into. Copy the folder config of the project, name it with GXCRAWL_CONFIG, "
            "and try again."
        )
    return (Path(named) if named else _HOME / "config").joinpath(*parts)


def migrations_path() -> Path:
    """The folder of the alembic migrations."""
    return _HOME / "alembic"
