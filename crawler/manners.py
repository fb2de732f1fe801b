"""Manners: how Scrapy is set for a harvest, and how robots.txt is understood."""

from importlib.metadata import version
from typing import Any

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Request, Response

from crawler.settings import Settings
from crawler.sites import Site

TOOL = f"gxcrawl/{version('gxcrawl')}"


def scrapy_settings(site: Site, settings: Settings, *, polite: bool) -> dict[str, Any]:
    """How Scrapy is set for a harvest: our manners, and nothing that would act behind the ledger's back.

    Args:
        site: its delay between two requests to a host.
        settings: contact and limits.
        polite: False for the replica alone, which needs no sparing.
    """
    contact = f" (+{settings.contact})" if settings.contact else ""
    return {
        "USER_AGENT": f"{TOOL}{contact}",
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": "gxcrawl",
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": site.manners.delay if polite else 0,
        "AUTOTHROTTLE_ENABLED": polite,
        "AUTOTHROTTLE_START_DELAY": max(site.manners.delay, 0.1),
        "DOWNLOAD_TIMEOUT": settings.timeout,
        "DOWNLOAD_MAXSIZE": settings.max_body,
        "DOWNLOAD_FAIL_ON_DATALOSS": False,
        "RETRY_TIMES": 2,
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        # Only the proxy of gxcrawl.toml is used, since only that one is recorded.
        "HTTPPROXY_ENABLED": False,
        # The ledger knows what was asked for; a second filter in memory would lose redirects.
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawler.manners.RobotsMiddleware": 100,
            "crawler.spider.KeepMiddleware": 990,
        },
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


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's own, but for one thing: a robots.txt that answers with a server error forbids all (RFC 9309, 2.3.1.4)."""

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            response = response.replace(body=b"User-agent: *\nDisallow: /\n")
        await super()._parse_robots(response, netloc, request)
