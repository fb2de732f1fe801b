"""CMS families: pure functions from a list page or reply to links and further requests. A portal names its family in
the site file, a column may name another."""

from collections.abc import Mapping
from types import MappingProxyType

from crawler.families import (
    aspnet,
    boda,
    epoint,
    gkmlpt,
    hanweb_jpaas,
    hanweb_jpage,
    hanweb_xxgk,
    igs,
    lonsun,
    trs,
    trs_search,
    truecms,
    ucap,
)
from crawler.families.listing import Ask, Family, ListPage, Served

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "trs": Family(trs.read_list),
        "trs_search": Family(trs_search.read_list, options=frozenset({"endpoint"})),
        "hanweb_jpage": Family(hanweb_jpage.read_list),
        "hanweb_jpaas": Family(hanweb_jpaas.read_list, options=frozenset({"tag"})),
        "hanweb_xxgk": Family(hanweb_xxgk.read_list),
        "gkmlpt": Family(gkmlpt.read_list),
        "ucap": Family(ucap.read_list),
        "lonsun": Family(lonsun.read_list, lonsun.first, options=frozenset({"form"})),
        "epoint": Family(epoint.read_list, options=frozenset({"site_guid", "project"})),
        "truecms": Family(truecms.read_list),
        "boda": Family(boda.read_list),
        "aspnet": Family(aspnet.read_list, options=frozenset({"link"})),
        "igs": Family(
            igs.read_list,
            igs.first,
            options=frozenset({"code", "data_type", "tenant", "words"}),
            needed=frozenset({"code", "data_type"}),
            way="search",
        ),
    },
)

__all__ = ["FAMILIES", "Ask", "Family", "ListPage", "Served"]
