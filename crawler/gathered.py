"""A page that gathers the reports of several years as files (历年年报): each file is a report of its own. Pure."""

from typing import Any

from archive.text.document import Document
from archive.text.files import leads_to_file
from crawler.links import Candidate, judge_link
from crawler.sites import Column, Site
from crawler.understanding import absolute
from gxstore.runs import Item


def gathered(item: Item, document: Document, column: Column, site: Site) -> list[Item]:
    """The files of a page that is no report itself, each as if the list named it; none where they are not of several years.

    Args:
        item: the page, whose list names no year of it.
        document: what was taken out of it.
        column, site: by whom its list is kept, to tell whose the files are.
    """
    if item.context.get("year") is not None:
        return []
    found: dict[str, Item] = {}
    years: set[int] = set()
    for link in document.links:
        target = absolute(item.url, link.target)
        if target is None or target in found or not leads_to_file(target, link.text):
            continue
        portal, judged = site.portal_of(target), judge_link(link.text, column, site)
        if portal is None or not isinstance(judged, Candidate) or judged.year is None:
            continue
        years.add(judged.year)
        own: dict[str, Any] = {
            "title": link.text,
            "agency": judged.agency,
            "year": judged.year,
            "page_url": item.url,
        }
        doubt = {"doubtful": True} if judged.doubtful else {}
        found[target] = Item(target, "report", portal.host, {**item.context, **own, **doubt})
    return list(found.values()) if len(years) > 1 else []
