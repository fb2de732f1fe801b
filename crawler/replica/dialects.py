"""How the lists of the CMS families other than plain TRS are served: pages, replies, and what each server insists on.

Pure. The shapes are those that crawler/families names its sources for; what a server does beside (ignoring a parameter,
capping a page, wanting a Referer) stands in `quirk` of the portal (data/<site>/portals.toml).
"""

from collections.abc import Callable, Mapping, Sequence

from crawler.replica import scripted_lists, searches, static_lists
from crawler.replica.listing import Answer, Column, Sent
from crawler.replica.world import Portal

Serve = Callable[[Portal, Sequence[Column], Sent], Answer | None]


def serve_list(portal: Portal, columns: Sequence[Column], sent: Sent) -> Answer | None:
    """The answer of a portal's lists to a request, None where it is for no list."""
    for name in (portal.family, *(("igs", "search5") if portal.search else ())):
        if (serve := _DIALECTS.get(name)) and (answer := serve(portal, columns, sent)):
            return answer
    return None


_DIALECTS: Mapping[str, Serve] = {
    "trs_search": scripted_lists.trs_search,
    "hunan": static_lists.from_one,
    "ucap": static_lists.from_one,
    "ucap_json": static_lists.ucap_json,
    "hanweb_jpage": scripted_lists.jpage,
    "hanweb_search": scripted_lists.xxgk_search,
    "hanweb_jpaas": scripted_lists.jpaas,
    "gkmlpt": scripted_lists.gkmlpt,
    "lonsun": scripted_lists.lonsun,
    "epoint": scripted_lists.epoint,
    "truecms": scripted_lists.truecms,
    "boda": static_lists.boda,
    "aspnet": static_lists.aspnet,
    "igs": searches.igs,
    "search5": searches.search5,
}
