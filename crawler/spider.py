"""The one spider, and the downloader middleware that keeps every reply before anything else sees it.

The spider is driven by site file and family; it carries requests and replies between the ledger and the intake and
decides nothing. The middleware stands next to the network (priority 990), where bodies still have their
content-encoding, and sees redirects, robots.txt, refusals and retries too.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import scrapy
from OpenSSL import SSL
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from archive.exchange import Exchange, Header, Truncation
from archive.exchange import Request as SentRequest
from archive.exchange import Response as ServedResponse
from archive.reader import stops_short
from crawler.attachments import AS_PAGE
from crawler.conditions import CONDITIONAL
from crawler.families.anchors import is_file
from crawler.gate import ForbiddenRequest
from crawler.intake import UNWRITABLE, Intake
from crawler.keeping import Kept
from crawler.manners import RobotsUnreachable
from crawler.network import TIMED_OUT, GuardedResolver
from crawler.sites import Site
from crawler.verdict import Verdict
from gxstore.runs import Item, Ledger

log = logging.getLogger(__name__)

Some = TypeVar("Some")

_ASKED_AGAIN = 2
_TLS_REMEDY = "If a browser opens the page, try [portal.network] with legacy_tls = true or sni = false, or the scheme http"


class HarvestSpider(scrapy.Spider):
    """Feeds Scrapy from the ledger and hands every reply to the intake."""

    name = "harvest"

    def __init__(
        self,
        *,
        intake: Intake,
        ledger: Ledger,
        site: Site,
        later: Callable[[], list[Item]],
        now: Callable[[], datetime],
        proxy: str | None,
        keeper: Executor,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.intake = intake
        self.ledger = ledger
        self.site = site
        self.hosts = site.hosts
        self.allowed_domains = sorted(host.partition(":")[0] for host in site.hosts)
        self.now = now
        self.proxy = proxy
        self._later = later
        self._keeper = keeper
        self.broken: Exception | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "HarvestSpider":
        """Made by Scrapy."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_idle, signal=signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Requests for all that the ledger holds open."""
        for request in self._requests(self.ledger.reopen()):
            yield request

    def beside(self, work: Callable[[], Some]) -> "asyncio.Future[Some]":
        """Have something kept or entered beside the reactor, one thing after the other: neither disk nor reading makes a
        portal wait that has its turn."""
        return asyncio.wrap_future(self._keeper.submit(work))

    def give_up(self, error: Exception) -> None:
        """Archive or store cannot be written: nothing more is fetched, and the ledger stays as it is."""
        log.error("the harvest cannot go on", exc_info=error)
        if self.broken is None:
            self.broken = error
            assert self.crawler.engine is not None
            self.crawler.engine.close_spider(self, "broken")

    def on_idle(self) -> None:
        """When the queue is empty: what is to be asked for last (harvest._later)."""
        if self.broken:
            return
        requests = self._requests(self._later())
        for request in requests:
            assert self.crawler.engine is not None
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        """A reply: the middleware has kept it, the intake understands it.

        Its text is taken beside the reactor: a scan takes minutes, in which other portals must not run into time-outs.
        """
        item: Item = response.meta["item"]
        kept: Kept = response.meta["kept"]
        text = await maybe_deferred_to_future(deferToThread(self.intake.text_of, item, kept))
        if self.broken:
            return
        try:
            requests = await self.beside(lambda: self._requests(self.intake.take(item, kept, text)))
        except UNWRITABLE as error:
            self.give_up(error)
            return
        for request in requests:
            yield request

    def missed(self, failure: Failure) -> None:
        """No reply came, or robots.txt forbade asking."""
        request: Request = failure.request  # type: ignore[attr-defined]
        item: Item = request.meta["item"]
        error = failure.value
        if self.broken:
            return
        host = urlsplit(request.url).hostname or ""
        led = str(error) if isinstance(error, ForbiddenRequest) else GuardedResolver.refused.get(host)
        if led is not None:
            self.intake.miss(item, Verdict("forbidden_address", f"{led}; nothing was sent there"))
            return
        if isinstance(error, RobotsUnreachable):
            cause = _said(error.__cause__)
            self.intake.miss(item, Verdict("unreachable", f"robots.txt could not be had: {cause}"))
            return
        if isinstance(error, IgnoreRequest) and "robots.txt" in str(error):
            self.intake.miss(item, Verdict("robots", "robots.txt forbids fetching it, or could not be had"))
            return
        if isinstance(error, IgnoreRequest):
            self.intake.miss(item, Verdict("too_large", f"{_said(error)}"))
            return
        log.error("fetching %s failed", request.url, exc_info=error)
        self.intake.miss(item, Verdict("unreachable", f"no reply: {_said(error)}"))

    def _requests(self, items: list[Item]) -> list[Request]:
        if items:
            self.ledger.lease(items, self.now())
        return [self._request(item) for item in items]

    def _request(self, item: Item) -> Request:
        meta: dict[str, Any] = {"item": item, "dont_redirect": True}
        if most := item.context.get("max_bytes"):
            meta["max_body"] = most
        headers = dict(item.headers)
        if referer := self._referer(item):
            headers["Referer"] = referer.partition("#")[0]
        # Reports before further list pages, so that a run that is cut short has whole reports.
        priority = {"column": 0, "report": 1, "attachment": 2, "requisite": -1}[item.kind]
        return Request(
            item.url,
            method=item.method,
            body=item.body,
            callback=self.parse,
            errback=self.missed,
            meta=meta,
            headers=headers,
            priority=priority,
        )

    def _referer(self, item: Item) -> str | None:
        """The page that an item was found on: told for attachments always, for the rest where the portal needs it."""
        if page := item.context.get("page_url"):
            return str(page)
        portal = self.site.portal_of(item.url)
        if portal is None or not portal.network.referer:
            return None
        if item.kind == "column":
            return f"{portal.scheme}://{portal.host}/"
        return next(
            (
                portal.start_url(column)
                for column in portal.column
                if column.path == item.context.get("column")
            ),
            None,
        )


class KeepMiddleware:
    """Keeps every exchange as it came off the wire."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "KeepMiddleware":
        """Made by Scrapy."""
        return cls(crawler)

    @property
    def _spider(self) -> HarvestSpider:
        spider = self._crawler.spider
        assert isinstance(spider, HarvestSpider)
        return spider

    def process_request(self, request: Request) -> None:
        """Say on which condition a page is asked for: as late as can be, since a portal may have lost our trust while
        the request waited."""
        item: Item | None = request.meta.get("item")
        if item is None:
            return
        try:
            condition = self._spider.intake.conditions.of(item, request.url.partition("#")[0])
        except UNWRITABLE as error:
            self._spider.give_up(error)
            raise IgnoreRequest("the harvest cannot go on") from error
        request.meta["condition"] = condition
        for name in CONDITIONAL:
            request.headers.pop(name, None)
        if condition is not None:
            request.headers.update(condition.headers)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Archive the reply before any parser sees it, and leave what is known of it for the spider."""
        item: Item | None = request.meta.get("item")
        exchange = Exchange(
            request=SentRequest(
                request.method, request.url.partition("#")[0], _sent_headers(request), request.body
            ),
            response=ServedResponse(
                response.status,
                _reason(response.status),
                _headers(response),
                response.body,
                _protocol(response),
            ),
            fetched_at=self._spider.now(),
            ip=None if self._spider.proxy or response.ip_address is None else str(response.ip_address),
            truncated=_truncated(request, response),
        )
        # A list may name a file as a report, and a report may go on over further pages.
        attachment = (
            item is not None
            and not item.context.get(AS_PAGE)
            and (item.kind in ("attachment", "requisite") or is_file(item.url))
        )
        keep = partial(
            self._spider.intake.keeper.keep,
            exchange,
            attachment=attachment,
            file_will_do=item is not None and item.kind == "report",
            connection=request.meta.get("connection") or {},
            condition=request.meta.get("condition"),
        )
        try:
            request.meta["kept"] = await self._spider.beside(keep)
        except UNWRITABLE as error:
            self._spider.give_up(error)
            raise IgnoreRequest("the harvest cannot go on") from error
        # A body that was cut off is kept as it is, and asked for again.
        again = request.meta.get("cut_off", 0) + 1
        if exchange.truncated in ("disconnect", "time") and again <= _ASKED_AGAIN:
            return request.replace(meta={**request.meta, "cut_off": again}, dont_filter=True)
        return response


def _truncated(request: Request, response: Response) -> Truncation | None:
    """Why a body was cut off, if it was."""
    if TIMED_OUT in response.flags:
        return "time"
    if "download_stopped" in response.flags:
        return "length" if request.meta.get("cut") == "length" else "unspecified"
    if "dataloss" in response.flags:
        return "disconnect"
    coding = (response.headers.get("Content-Encoding") or b"").decode("latin-1")
    return "disconnect" if stops_short(response.body, coding) else None


def _said(error: BaseException | None) -> str:
    """What a download error says, without the wrappings of the libraries it came through, and the remedy where the site
    file has one."""
    while error is not None:
        inner = error.__cause__ or next(iter(getattr(error, "reasons", [])), None)
        cause = inner.value if isinstance(inner, Failure) else inner
        if not isinstance(cause, BaseException):
            break
        error = cause
    if isinstance(error, SSL.Error):
        parts = error.args[0] if error.args and isinstance(error.args[0], list) else []
        why = ", ".join(str(part[-1]) for part in parts) or "it broke off"
        return f"no TLS connection ({why}). {_TLS_REMEDY}"
    return str(error) or type(error).__name__


def _headers(message: Request | Response) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, values in message.headers.items() for value in values]


def _sent_headers(request: Request) -> list[Header]:
    """What the portal was sent. Host and Content-Length are added below Scrapy; what was said to a proxy is not the
    portal's concern."""
    sent: list[Header] = [
        header for header in _headers(request) if header[0].lower() != b"proxy-authorization"
    ]
    if request.body:
        sent.append(("Content-Length", str(len(request.body))))
    return [("Host", urlsplit(request.url).netloc), *sent]


def _protocol(response: Response) -> str:
    return response.protocol or "HTTP/1.1"


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
