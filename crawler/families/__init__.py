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
    hanweb_search,
    hanweb_xxgk,
    igs,
    lonsun,
    trs,
    trs_search,
    truecms,
    ucap,
    ucap_search,
)
from crawler.families.listing import Ask, Family, ListPage, Served

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "trs": Family(trs.read_list, recognises=trs.recognises),
        "trs_search": Family(
            trs_search.read_list, options=frozenset({"endpoint"}), recognises=trs_search.recognises
        ),
        "hanweb_jpage": Family(hanweb_jpage.read_list, recognises=hanweb_jpage.recognises),
        "hanweb_jpaas": Family(
            hanweb_jpaas.read_list, options=frozenset({"tag"}), recognises=hanweb_jpaas.recognises
        ),
        "hanweb_xxgk": Family(hanweb_xxgk.read_list, recognises=hanweb_xxgk.recognises),
        "hanweb_search": Family(
            hanweb_search.read_list,
            options=frozenset({"infotypeId", "jdid", "area"}),
            recognises=hanweb_search.recognises,
        ),
        "gkmlpt": Family(gkmlpt.read_list, recognises=gkmlpt.recognises),
        "ucap": Family(ucap.read_list, recognises=ucap.recognises),
        "lonsun": Family(
            lonsun.read_list, lonsun.first, options=frozenset({"form"}), recognises=lonsun.recognises
        ),
        "epoint": Family(
            epoint.read_list,
            options=frozenset({"site_guid", "project", "category"}),
            recognises=epoint.recognises,
        ),
        "truecms": Family(truecms.read_list, recognises=truecms.recognises),
        "boda": Family(boda.read_list, recognises=boda.recognises),
        "aspnet": Family(aspnet.read_list, options=frozenset({"link"}), recognises=aspnet.recognises),
        "igs": Family(
            igs.read_list,
            igs.first,
            options=frozenset({"code", "data_type", "tenant", "words"}),
            needed=frozenset({"code", "data_type"}),
            way="search",
        ),
        "ucap_search": Family(
            ucap_search.read_list,
            ucap_search.first,
            options=frozenset({"site_code", "words", "place"}),
            needed=frozenset({"site_code"}),
            way="search",
        ),
    },
)

# A page of these looks like others as well: the plainest is tried last.
_PLAIN = ("ucap", "aspnet", "boda", "trs")


def recognise(page: str, url: str) -> tuple[str, Mapping[str, str]] | None:
    """The family that a list page is of, with the options that its column needs; None where none knows it.

    Args:
        page: the decoded text of the page.
        url: where it was served, with its fragment.
    """
    for name in sorted(
        FAMILIES, key=lambda name: (name in _PLAIN, _PLAIN.index(name) if name in _PLAIN else 0)
    ):
        if (options := FAMILIES[name].recognises(page, url)) is not None:
            return name, options
    return None


__all__ = ["FAMILIES", "Ask", "Family", "ListPage", "Served", "recognise"]
