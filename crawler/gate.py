"""The gate that every request passes, robots.txt and what it redirects to among them: only hosts that were named, only
public ones, through the operator's proxy where there is one, and only so many bytes back."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Request

from crawler.guard import name_problem
from crawler.sites import Network

NETWORKS = "GXCRAWL_NETWORKS"
"""Scrapy setting: the hosts that may be asked (with port where they have one), and what each needs of the network."""
PROXY = "GXCRAWL_PROXY"
"""Scrapy setting: URL of the proxy and the value of Proxy-Authorization, each None where there is none."""
MAX_BODY = "GXCRAWL_MAX_BODY"
"""Scrapy setting: the most bytes of a reply."""

# Without its robots.txt a whole portal is lost for the run, so it is asked for more often than a page.
_ROBOTS_RETRIES = 5


class ForbiddenRequest(IgnoreRequest):
    """A request that must not leave this machine; the sentence says why."""


class GateMiddleware:
    """A downloader middleware next to the network. `request.meta["cut"]` is `length` where a reply was too large, for the
    site or by the request's own `max_body`."""

    def __init__(
        self, hosts: Mapping[str, Network], proxy: tuple[str | None, str | None], max_body: int
    ) -> None:
        self._hosts = hosts
        self._proxy, self._authorization = proxy
        self._max_body = max_body

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GateMiddleware":
        """Made by Scrapy."""
        settings = crawler.settings
        gate = cls(settings[NETWORKS], settings[PROXY], settings.getint(MAX_BODY))
        crawler.signals.connect(gate.on_headers, signal=signals.headers_received)
        crawler.signals.connect(gate.on_bytes, signal=signals.bytes_received)
        return gate

    def process_request(self, request: Request) -> None:
        """Judge where the request goes, and route it. Raises ForbiddenRequest."""
        parts = urlsplit(request.url)
        host = parts.netloc.lower()
        if problem := name_problem(parts.hostname or ""):
            raise ForbiddenRequest(f"{host} is {problem}")
        if host not in self._hosts:
            raise ForbiddenRequest(f"{host} is no host of this site")
        if parts.path == "/robots.txt":
            request.meta.setdefault("max_retry_times", _ROBOTS_RETRIES)
        if self._proxy:
            request.meta["proxy"] = self._proxy
            if self._authorization:
                request.headers["Proxy-Authorization"] = self._authorization

    def on_headers(self, body_length: int | str, request: Request) -> None:
        """A reply begins: one that says that it is too large is not read at all. Twisted gives text for an unknown length."""
        request.meta.update(received=0, cut=None)
        if isinstance(body_length, int) and body_length > request.meta.get("max_body", self._max_body):
            self._stop(request)

    def on_bytes(self, data: bytes, request: Request) -> None:
        """A part of a body has come: what has grown too large is cut off."""
        request.meta["received"] += len(data)
        if request.meta["received"] > request.meta.get("max_body", self._max_body):
            self._stop(request)

    @staticmethod
    def _stop(request: Request) -> None:
        request.meta["cut"] = "length"
        raise StopDownload(fail=False)
