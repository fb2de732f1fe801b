"""A page that gathers the reports of several years as files (历年年报): each file is a report of its own. Pure."""

from typing import Any
from urllib.parse import urlsplit

from archive.text.document import Document
from archive.text.files import leads_to_file
from crawler.links import Aside, judge_link
from crawler.sites import Column, Site
from crawler.understanding import absolute
from gxstore.frontier import Item

# What is said of the page itself, and of none of its files.
_OF_THE_PAGE = ("doubtful", "moved_from", "redirects", "year")


def gathered(
    item: Item, document: Document, column: Column, site: Site
) -> tuple[list[Item], list[tuple[Item, str, str]]]:
    """The files of a page that is no report itself, each as if the list named it, and those that are left aside, with the
    reason's code and a detail; none where they are not of several years.

    Args:
        item: the page, whose list names no year of it.
        document: what was taken out of it.
        column, site: by whom its list is kept, to tell whose the files are.
    """
    if item.context.get("year") is not None:
        return [], []
    found: dict[str, Item] = {}
    aside: dict[str, tuple[Item, str, str]] = {}
    years: set[int] = set()
    context = {key: value for key, value in item.context.items() if key not in _OF_THE_PAGE}
    for link in document.links:
        target = absolute(item.url, link.target)
        if target is None or target in found or target in aside or not leads_to_file(target, link.text):
            continue
        portal, judged = site.portal_of(target), judge_link(link.text, column, site)
        host = portal.host if portal else urlsplit(target).netloc
        own: dict[str, Any] = {**context, "title": link.text, "page_url": item.url}
        if isinstance(judged, Aside):
            if judged.reason == "other_agency":
                detail = f"{link.text}: {judged.detail}"
                aside[target] = (Item(target, "report", host, own), judged.reason, detail)
            continue
        if judged.year is None:
            continue
        years.add(judged.year)
        own |= {"agency": judged.agency, "year": judged.year}
        file = Item(target, "report", host, own | ({"doubtful": True} if judged.doubtful else {}))
        if portal is None:
            aside[target] = (file, "off_site", f"{link.text}: it leads to a host that is not the site's")
        else:
            found[target] = file
    return (list(found.values()), list(aside.values())) if len(years) > 1 else ([], [])
