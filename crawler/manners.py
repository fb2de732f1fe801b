"""Manners: how Scrapy is set for a harvest, and how robots.txt is understood."""

from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from archive.reader import UnreadableBody, decode
from crawler.gate import MAX_BODY, NETWORKS, PROXY
from crawler.network import EXEMPT_HOST, TLS_OF_HOSTS
from crawler.settings import Settings
from crawler.sites import Network

# RFC 9309, 2.5: at least 500 KiB must be read.
_LARGEST_ROBOTS = 2_000_000
# Without any delay Scrapy 2.19 starts all that waits for a host at once, whatever its CONCURRENT_REQUESTS_PER_DOMAIN: its
# downloader counts a request as under way only when its task begins to run.
_LEAST_DELAY = 0.001
_FORBID_ALL = b"User-agent: *\nDisallow: /\n"
TOOL = f"gxcrawl/{version('gxcrawl')}"


MIDDLEWARES: Mapping[str, int | None] = MappingProxyType(
    {
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "crawler.manners.RobotsMiddleware": 100,
        "crawler.gate.GateMiddleware": 980,
    }
)
HARVEST_MIDDLEWARES: Mapping[str, int | None] = MappingProxyType(
    {**MIDDLEWARES, "crawler.spider.KeepMiddleware": 990}
)
"""A harvest keeps every reply besides."""


def scrapy_settings(
    hosts: Mapping[str, Network], settings: Settings, *, delay: float, replica: str | None
) -> dict[str, Any]:
    """How Scrapy is set: our manners, and nothing that would act behind our back.

    Args:
        hosts: the hosts that may be asked, and what each needs of the network.
        settings: contact, proxy and limits.
        delay: seconds between two requests to a host.
        replica: URL of the replica's proxy where it stands for the portals; it needs no sparing.
    """
    proxy = replica or settings.proxy_url
    authorization = None if replica else settings.proxy_authorization
    contact = f" (+{settings.contact})" if settings.contact else ""
    return {
        "USER_AGENT": f"{TOOL}{contact}",
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": "gxcrawl",
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": max(0.0 if replica else delay, _LEAST_DELAY),
        "AUTOTHROTTLE_ENABLED": replica is None,
        "AUTOTHROTTLE_START_DELAY": max(delay, 0.1),
        "DOWNLOAD_TIMEOUT": settings.timeout,
        # Limits of size are the gate's: what had come until then is not thrown away.
        "DOWNLOAD_MAXSIZE": 0,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": False,
        "RETRY_TIMES": 2,
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        # Only the proxy of gxcrawl.toml is used, since only that one is recorded.
        "HTTPPROXY_ENABLED": False,
        # The ledger knows what was asked for; a second filter in memory would lose redirects.
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "TWISTED_DNS_RESOLVER": "crawler.network.GuardedResolver",
        "DOWNLOAD_HANDLERS": {
            **dict.fromkeys(("http", "https"), "crawler.network.Handler"),
            **dict.fromkeys(("data", "file", "ftp", "s3")),
        },
        EXEMPT_HOST: urlsplit(proxy).hostname if proxy else None,
        TLS_OF_HOSTS: {host.partition(":")[0]: network for host, network in hosts.items()},
        NETWORKS: dict(hosts),
        PROXY: (proxy, authorization),
        MAX_BODY: settings.max_body,
        "DOWNLOADER_MIDDLEWARES": dict(MIDDLEWARES),
        # The intake takes the encoding off, within bounds; a second time here would only cost.
        "COMPRESSION_ENABLED": False,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9",
            # What can be undone again when the archive is read.
            "Accept-Encoding": "gzip, deflate",
        },
        "TELNETCONSOLE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "LOG_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        "LOG_INSTALL_ROOT_HANDLER": False,
    }


class RobotsUnreachable(IgnoreRequest):
    """No robots.txt could be had of a host, so nothing is asked of it. The cause is what went wrong."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's own, but for two things: a robots.txt that answers with a server error, or cannot be had at all, forbids
    all (RFC 9309, 2.3.1.4), and its content-encoding is taken off here. One that sends us to a host that is not the
    site's is as good as none."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unreachable: dict[str, Exception] = {}
        self._failed: set[str] = set()
        crawler.signals.connect(self.forget_failures, signal=signals.spider_idle)

    def forget_failures(self) -> None:
        """When the queue is empty: a robots.txt that could not be had is asked for again with what is asked again."""
        for netloc in (*self._unreachable, *self._failed):
            self._parsers.pop(netloc, None)
        self._unreachable.clear()
        self._failed.clear()

    async def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """See RobotsTxtMiddleware. Raises RobotsUnreachable too."""
        await super().process_request(request, spider)
        error = self._unreachable.get(urlsplit(request.url).netloc)
        if error is not None and not request.meta.get("dont_obey_robotstxt"):
            raise RobotsUnreachable from error

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            self._failed.add(netloc)
        encoding = response.headers.get("Content-Encoding") or b""
        try:
            body = decode(response.body, encoding.decode("latin-1"), _LARGEST_ROBOTS)
        except UnreadableBody:
            body = _FORBID_ALL
        response = response.replace(body=_FORBID_ALL if response.status >= 500 else body)
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if not isinstance(exc, IgnoreRequest):
            self._unreachable[netloc] = exc
        super()._robots_error(exc, netloc)
