"""CMS families: pure functions from a list page to links and next pages. A portal names its family in the site file."""

from collections.abc import Mapping
from types import MappingProxyType

from crawler.families import hanweb_xxgk, trs
from crawler.families.listing import ListPage, ReadList

FAMILIES: Mapping[str, ReadList] = MappingProxyType(
    {"trs": trs.read_list, "hanweb_xxgk": hanweb_xxgk.read_list},
)

__all__ = ["FAMILIES", "ListPage", "ReadList"]
