"""The catalogue: every cell that a yearly report (政府信息公开工作年度报告) can print, as typed data.

It is the project's own data in `config/catalogue/annual_report/`: the forms of 国办发〔2014〕32号,
国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号, their rules, the crosswalk between them, the parts and facts of
the narrative. `load()` reads it once and checks that it holds together.

Codes and ids are append-only: a code is never given a new meaning, and `ids.csv` only grows, since the store keeps
the small integers of `ids.csv` and not the codes.
"""

from functools import cache

from gxstore.catalogue.files import read_folder
from gxstore.catalogue.types import (
    Catalogue,
    CatalogueError,
    Column,
    CrosswalkLine,
    Edition,
    FactCode,
    Group,
    Indicator,
    Row,
    Rule,
    SectionKey,
    Side,
)
from gxstore.resources import config_path

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Column",
    "CrosswalkLine",
    "Edition",
    "FactCode",
    "Group",
    "Indicator",
    "Row",
    "Rule",
    "SectionKey",
    "Side",
    "load",
    "read_folder",
]


@cache
def load() -> Catalogue:
    """The catalogue of the yearly report, read once.

    Raises:
        CatalogueError: a file is broken, or a code is named that is not there.
        ResourceMissing: the folder is not there.
    """
    return read_folder(config_path("catalogue", "annual_report"))
