"""Walks from home pages to report columns: bounded, polite, robots.txt obeyed, and only on the hosts that were named.

Nothing is kept: what is found goes into a site file, and a harvest by that file keeps the evidence.
"""

import heapq
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from archive.reader import UnreadableBody, decode
from archive.text.charset import decode as decode_text
from archive.text.confined import Confined
from archive.text.refusal import NotReadable
from crawler.discovery.leads import (
    BODY,
    COLUMN,
    FOLDER_OF_REPORT,
    LIST_OF_BODIES,
    Lead,
    bodies_named,
    is_source,
    leads,
)
from crawler.discovery.seen import (
    Sighting,
    Walk,
    cut_short,
    is_column,
    is_wanted,
    key_of,
    plain_host,
    without_shadows,
)
from crawler.families import FAMILIES, Ask, Served, recognise
from crawler.families.anchors import soup_of
from crawler.families.json_lists import is_json
from crawler.families.sublists import sublists_of
from crawler.gate import ForbiddenRequest
from crawler.links import body_named
from crawler.manners import RobotsUnreachable, scrapy_settings
from crawler.network import GuardedResolver
from crawler.settings import Settings
from crawler.sites import Network
from crawler.understanding import whose
from crawler.verdict import judge
from gxstore import catalogue, regions

log = logging.getLogger(__name__)

# Of one list so many pages and replies are read: the newest years tell whose it is, the rest the floor.
_MOST_LIST_PAGES = 12
# Where no title says whose reports they are, so many of them are looked into.
_SAMPLES = 2
_LARGEST_PAGE = 20_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a walk goes: pages asked for on each host, and links from the home page."""

    pages: int = 200
    depth: int = 6


def walk(
    starts: Iterable[str], settings: Settings, bounds: Bounds, *, delay: float, replica: str | None
) -> Walk:
    """Walk from home pages.

    Args:
        starts: URLs of home pages. Their hosts, with and without www, are the only ones that are asked.
        settings: contact, proxy, limits.
        bounds: how far to go.
        delay: seconds between two requests to a host.
        replica: URL of the replica's proxy where it stands for the portals.
    """
    starts = list(starts)
    hosts = {twin: Network() for start in starts for twin in _twins(urlsplit(start).netloc.lower())}
    found = Walk()
    process = CrawlerProcess(scrapy_settings(hosts, settings, delay=delay, replica=replica))
    with Confined(settings.reading_limits) as reader:
        process.crawl(
            DiscoverySpider, starts=starts, hosts=frozenset(hosts), bounds=bounds, reader=reader, found=found
        )
        process.start()
    found.sightings = without_shadows(found.sightings)
    return found


def _twins(host: str) -> tuple[str, str]:
    """A host with and without www: portals use either, often both."""
    return (host, host.removeprefix("www.")) if host.startswith("www.") else (host, f"www.{host}")


class DiscoverySpider(scrapy.Spider):
    """Asks for the best lead of each host first, one request at a time, and reads what looks like a column."""

    name = "discovery"

    def __init__(
        self,
        *,
        starts: list[str],
        hosts: frozenset[str],
        bounds: Bounds,
        reader: Confined,
        found: Walk,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._starts = starts
        self._hosts = hosts
        self._bounds = bounds
        self._reader = reader
        self.found = found
        self._seen: set[str] = set()
        self._moved: set[str] = set()
        self._waiting: dict[str, list[tuple[int, int, int, Lead]]] = {}
        self._under_way: dict[str, int] = {}
        self._count = 0
        self._catalogue, self._gazetteer = catalogue.load(), regions.load()

    async def start(self) -> AsyncIterator[Request]:
        """The home pages."""
        for url in self._starts:
            self._add(Lead(url if urlsplit(url).path else url + "/", 0), 0)
        for host in list(self._waiting):
            for request in self._next(host):
                yield request

    # ---- what is asked for next

    def _add(self, lead: Lead, depth: int) -> None:
        key = key_of(lead.url)
        if key in self._seen or depth > self._bounds.depth:
            return
        self._seen.add(key)
        self._count += 1
        host = plain_host(urlsplit(lead.url).netloc)
        heapq.heappush(self._waiting.setdefault(host, []), (-lead.rank, depth, self._count, lead))

    def _next(self, host: str) -> Iterator[Request]:
        """The best lead of a host, unless one is being asked for, or the bounds are reached."""
        waiting = self._waiting.get(host, [])
        if self._under_way.get(host) or not waiting:
            return
        if self._is_enough(host):
            self.found.left[host] = len(waiting)
            return
        _, depth, _, lead = heapq.heappop(waiting)
        self._under_way[host] = 1
        yield self._request(Ask(lead.url), {"lead": lead, "steps": depth, "host": host})

    def _is_enough(self, host: str) -> bool:
        return self.found.asked.get(host, 0) >= self._bounds.pages

    def _request(self, ask: Ask, meta: dict[str, Any]) -> Request:
        host = meta["host"]
        self.found.asked[host] = self.found.asked.get(host, 0) + 1
        return Request(
            ask.url,
            method=ask.method,
            body=ask.body,
            headers={"Referer": meta["lead"].url.partition("#")[0], **dict(ask.headers)}
            if meta.get("sighting")
            else {},
            meta={**meta, "ask": ask, "dont_redirect": True},
            callback=self.parse,
            errback=self.missed,
            dont_filter=True,
        )

    def _done(self, host: str) -> Iterator[Request]:
        self._under_way[host] = 0
        yield from self._next(host)

    # ---- what came back

    def parse(self, response: Response) -> Iterator[Request]:
        """A page or a reply: read, and the next one asked for."""
        meta, host = response.meta, response.meta["host"]
        try:
            yield from self._take(response, meta)
        except Exception as error:  # one odd page must not end a walk
            log.exception("reading %s failed", response.url)
            self.found.troubles.append(f"{response.url}: reading it failed: {type(error).__name__}")
        yield from self._done(host)

    def missed(self, failure: Failure) -> Iterator[Request]:
        """No reply came."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value
        host = urlsplit(request.url).hostname or ""
        if isinstance(error, RobotsUnreachable):
            said = f"robots.txt could not be had: {error.__cause__}"
        elif isinstance(error, ForbiddenRequest):
            said = str(error)
        elif led := GuardedResolver.refused.get(host):
            said = f"{led}; nothing was sent there"
        elif isinstance(error, IgnoreRequest):
            said = "robots.txt forbids it"
        else:
            said = f"no reply: {error}"
        self.found.troubles.append(f"{request.url}: {said}")
        yield from self._done(request.meta["host"])

    def _take(self, response: Response, meta: dict[str, Any]) -> Iterator[Request]:
        lead, depth, ask = meta["lead"], meta["steps"], meta["ask"]
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        headers = {
            name.decode("latin-1").lower(): values[0].decode("latin-1")
            for name, values in response.headers.items()
        }
        try:
            body = decode(response.body, headers.get("content-encoding"), _LARGEST_PAGE)
        except UnreadableBody as error:
            self.found.troubles.append(f"{response.url}: {error}")
            return
        host = urlsplit(response.url).hostname or ""
        verdict = judge(response.status, headers, body, host=host, hosts=self._hosts)
        if verdict.code == "moved" and verdict.target and "sighting" not in meta:
            self._follow(urljoin(response.url, verdict.target), lead, depth)
            return
        if verdict.code != "ok":
            if lead.rank == COLUMN or depth == 0 or verdict.code not in ("not_found", "soft_404"):
                self.found.troubles.append(f"{response.url}: {verdict.code}, {verdict.reason}")
            return
        if "sample_of" in meta:
            self._look_into(body, kind, meta)
            return
        text = decode_text(body, kind)[0]
        if sighting := meta.get("sighting"):
            if not is_json(text):
                self._follow_all(text, Lead(ask.url, lead.rank, lead.trail), depth, of_list=True)
            yield from self._read_on(sighting, text, ask, meta)
            return
        if parts := meta.get("parts"):
            yield from self._read_parts(parts, text, ask, meta)
            return
        if depth == 0:
            self.found.titles[plain_host(urlsplit(lead.url).netloc)] = _title(text)
        followed = self._follow_all(text, lead, depth)
        if not is_source(lead.url):
            yield from self._look(text, lead, meta, any(other.rank >= FOLDER_OF_REPORT for other in followed))

    def _follow_all(self, text: str, lead: Lead, depth: int, *, of_list: bool = False) -> list[Lead]:
        """Enter what a page leads to, and what it names."""
        followed, elsewhere = leads(text, lead, self._hosts)
        self.found.named |= bodies_named(text, lead)
        self.found.elsewhere |= elsewhere
        for other in followed:
            if not of_list or other.rank in (LIST_OF_BODIES, BODY):  # its entries are read as entries
                self._add(other, depth + 1)
        return followed

    def _follow(self, target: str, lead: Lead, depth: int) -> None:
        host = urlsplit(target).netloc.lower()
        if host in self._hosts:
            if key_of(target) == key_of(lead.url) and target not in self._moved:
                # From http to https, or to www: the same page to everybody but the server.
                self._moved.add(target)
                self._seen.discard(key_of(target))
            self._add(Lead(target, lead.rank + 1, lead.trail), depth)
        else:
            self.found.troubles.append(
                f"{lead.url}: it sends the reader to {target}, which is no host that was named"
            )

    # ---- columns

    def _look(self, text: str, lead: Lead, meta: dict[str, Any], leads_on: bool) -> Iterator[Request]:
        """Whether the page is a list that some family reads, and what it lists. What is named like a column of reports, is no
        list and leads to none is told."""
        known = recognise(text, lead.url)
        parts = (
            tuple(sublists_of(soup_of(text), lead.url, ())) if known is None and lead.rank == COLUMN else ()
        )
        if parts:
            yield self._request(Ask(parts[0]), {**meta, "parts": parts})
        elif known is None and lead.rank == COLUMN and not leads_on:
            self.found.troubles.append(
                f"{lead.url}: it is named {lead.trail[-1] if lead.trail else 'like a column'}, and no family reads a list there"
            )
        if known is not None:
            empty = Sighting(lead.url, known[0], dict(known[1]), None, lead.trail)
            yield from self._read_on(empty, text, Ask(lead.url), meta)

    def _read_parts(
        self, parts: tuple[str, ...], text: str, ask: Ask, meta: dict[str, Any]
    ) -> Iterator[Request]:
        """A column whose page holds nothing but the lists that it is parted into: its family is that of the first of them."""
        lead = meta["lead"]
        self._follow_all(text, Lead(ask.url, lead.rank, lead.trail), meta["steps"], of_list=True)
        if (known := recognise(text, ask.url)) is None:
            self.found.troubles.append(
                f"{lead.url}: no family reads the lists that it is parted into, like {ask.url}"
            )
            return
        empty = Sighting(lead.url, known[0], dict(known[1]), None, lead.trail)
        waiting = tuple(Ask(url) for url in parts[1:])
        following = {key: value for key, value in meta.items() if key != "parts"}
        yield from self._read_on(empty, text, ask, {**following, "waiting": waiting, "list_page": 2})

    def _read_on(self, sighting: Sighting, text: str, ask: Ask, meta: dict[str, Any]) -> Iterator[Request]:
        """Read a page or reply of a list, and ask for the next one while it may be a column."""
        page = FAMILIES[sighting.family].read(Served(text, ask, sighting.url, sighting.options))
        links = {link.url: link for link in (*sighting.links, *page.links)}
        sighting = replace(
            sighting,
            name=sighting.name or page.column_name,
            links=tuple(links.values()),
            stated=sighting.stated or page.stated_total,
        )
        number, waiting = meta.get("list_page", 1), (*meta.get("waiting", ()), *page.further)
        if number == 1 and not is_json(text):
            waiting += tuple(Ask(url) for url in sublists_of(soup_of(text), ask.url, links))
        wanted = page.is_entry or is_wanted(sighting) or is_column(sighting)
        if wanted and waiting and number < _MOST_LIST_PAGES and not self._is_enough(meta["host"]):
            following = {"sighting": sighting, "waiting": waiting[1:], "list_page": number + 1}
            yield self._request(waiting[0], {**meta, **following})
        else:
            cut = sighting.cut or page.trouble or cut_short(sighting, page, text, ask, len(waiting))
            yield from self._end_list(replace(sighting, cut=cut), meta)

    def _end_list(self, sighting: Sighting, meta: dict[str, Any]) -> Iterator[Request]:
        """A list has been read. Where no title says whose reports they are, some of them are looked into."""
        if not is_column(sighting):
            return
        if sighting.cut:
            self.found.troubles.append(
                f"{sighting.url}: the list was not read to its end, and the floor counts what was read: {sighting.cut}"
            )
        at = len(self.found.sightings)
        self.found.sightings.append(sighting)
        if not any(body_named(link.title) for link in sighting.reports):
            for link in sighting.reports[:_SAMPLES]:
                if urlsplit(link.url).netloc.lower() in self._hosts and not self._is_enough(meta["host"]):
                    yield self._request(Ask(link.url), {**meta, "sighting": sighting, "sample_of": at})

    def _look_into(self, body: bytes, kind: str, meta: dict[str, Any]) -> None:
        """Whose report a sample is."""
        at = meta["sample_of"]
        try:
            document = self._reader.extract(body, charset_hint=kind)
        except NotReadable:
            return
        if named := whose(document, meta["ask"].url, self._catalogue, self._gazetteer):
            sighting = self.found.sightings[at]
            self.found.sightings[at] = replace(sighting, bodies=(*sighting.bodies, named))


def _title(text: str) -> str:
    begin = text.lower().find("<title")
    inner = text[begin:].partition(">")[2].partition("<")[0] if begin >= 0 else ""
    return " ".join(inner.split())[:60]
