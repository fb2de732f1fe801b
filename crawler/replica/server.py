"""The replica's server: a forward proxy on loopback that answers itself for every host of a site.

`GET http://host/path` is answered at once; `CONNECT host:443` is answered with a certificate made at start, and what
comes through the tunnel is answered likewise. It opens no connection to anywhere.
"""

import gzip
import socket
import ssl
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crawler.replica.certificate import server_context
from crawler.replica.forms import codes
from crawler.replica.pages import answer
from crawler.replica.reply import Asked, Reply
from crawler.replica.world import Changes, Page, Validators, World, edition_of, load_worlds

_CHUNK = 4096
_COUNTING_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was answered. `status` is 0 where the connection was cut on purpose."""

    scheme: str
    host: str
    path: str
    status: int
    authorization: str | None = None
    method: str = "GET"
    body: str = ""

    @property
    def url(self) -> str:
        """The URL asked for."""
        return f"{self.scheme}://{self.host}{self.path}"


class Replica:
    """Serves a site on 127.0.0.1; use as a context manager, or with `start()` and `stop()`.

    Args:
        sites: the names of sites that have data, for instance "ningxia"; several are served as one.
        port: 0 takes a free one.
        visited: how many visits the counter pages had before. By default the seconds since 2020, so that a counter
            goes on growing over replicas that are started one after another.

    Raises:
        UnknownReplica: there is no data for that site.
    """

    def __init__(self, *sites: str, port: int = 0, visited: int | None = None) -> None:
        self.world: World = load_worlds(sites)
        self.requests: list[Request] = []
        self._changes = Changes()
        self._visited = (
            int((datetime.now(UTC) - _COUNTING_SINCE).total_seconds()) if visited is None else visited
        )
        self._visits: Counter[str] = Counter()
        self._troubles: dict[str, list[int]] = {}
        self._cuts: Counter[str] = Counter()
        self._others: dict[str, Reply] = {}
        self._flaky: tuple[float, int] | None = None
        self._asked: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        """Per host the most requests that were ever under way at once, robots.txt among them."""
        self.pause = 0.0
        """Seconds that each answer takes, so that requests made at once are seen to be."""
        self._at_once: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin to serve. Starting twice is an error."""
        if self._server is not None:
            raise RuntimeError("The replica serves already; stop it before you start it again.")
        context = server_context(self.world.portals, datetime.now(UTC))
        self._server = _Server(self, self._port, context)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="replica", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """End serving and close every connection; a second call does nothing."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.close_all()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def proxy_url(self) -> str:
        """Where to send requests: `http://127.0.0.1:<port>`."""
        if self._server is None:
            raise RuntimeError("The replica does not serve; call start() first.")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that is answered for."""
        return frozenset(self.world.portals)

    def url_of(self, agency: str, year: int) -> str:
        """The URL of an agency's report. Raises KeyError where there is none."""
        return self.world.url(self._report(agency, year))

    def edit(self, agency: str, year: int, code: str, raw: str) -> str:
        """Print another figure from now on, as a portal that corrects a report does; returns the page's URL.

        Raises:
            KeyError: the agency has no report of that year, or its form does not print that indicator.
        """
        page = self._report(agency, year)
        if code not in codes(edition_of(year)):
            raise KeyError(f"the form of {year} does not print {code}")
        with self._lock:
            self._changes.figures.setdefault((agency, year), {})[code] = raw
            self._changes.edited[agency, year] = datetime.now(UTC)
        return self.world.url(page)

    def tell_apart(self, kind: Validators, *hosts: str) -> None:
        """Change how hosts (by their first name; all where none is named) tell a page from another text of it
        (`world.Portal`)."""
        with self._lock:
            for host in hosts or {portal.host for portal in self.world.portals.values()}:
                self._changes.validators[host] = kind

    def remove(self, url: str) -> None:
        """Take a page away: it answers 404 and its column no longer lists it. Raises KeyError where it is no page."""
        parts = urlsplit(url)
        host = self.world.portals[parts.hostname or ""].host
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if (host, path) not in self.world.pages:
            raise KeyError(f"{url} is no page of the replica")
        with self._lock:
            self._changes.removed.add((host, path))

    def restore(self) -> None:
        """Undo every `edit`, `remove`, `tell_apart`, `fail`, `cut` and `serve`."""
        with self._lock:
            self._changes = Changes()
            self._troubles.clear()
            self._cuts.clear()
            self._others.clear()
            self._flaky = None

    def flicker(self, share: float, seed: int) -> None:
        """From now on a share of the replies fails for once: 502, 503, or a connection closed without a word. Which,
        is drawn from the seed, the request and how often it was made, so that the order of requests does not matter."""
        with self._lock:
            self._flaky = (share, seed)
            self._asked.clear()

    def fail(self, url: str, times: int, status: int) -> None:
        """Answer the next requests of a URL with an error status; status 0 closes the connection without a word."""
        with self._lock:
            self._troubles[url] = [status] * times

    def cut(self, url: str, times: int) -> None:
        """Break off the next replies of a URL in the middle of the body."""
        with self._lock:
            self._cuts[url] = times

    def serve(
        self, url: str, body: bytes, *, status: int = 200, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Answer a URL with something else from now on: another page, a redirect, a robots.txt."""
        with self._lock:
            self._others[url] = Reply(status, body, headers=tuple(headers))

    def _report(self, agency: str, year: int) -> Page:
        for page in self.world.reports():
            if (page.agency, page.year) == (agency, year):
                return page
        raise KeyError(f"{agency} has no report of {year}")

    def _answer(self, asked: Asked, authorization: str | None = None) -> tuple[Reply, bool]:
        """The reply and whether it is to be broken off; notes the request. Status 0: say nothing."""
        url = asked.url
        parts = urlsplit(url)
        with self._lock:
            self._visits[url] += 1
            if (status := self._flickers(asked)) is not None:
                reply: Reply | None = _trouble(status)
            elif troubles := self._troubles.get(url):
                reply = _trouble(troubles.pop())
            elif url in self._others:
                reply = self._others[url]
            else:
                reply = self._page(asked)
            if reply is None:
                text = f"The replica of {self.world.site} does not answer for the host {parts.hostname!r}.\n"
                reply = Reply(502, text.encode(), "text/plain; charset=utf-8")
            cut = self._cuts[url] > 0
            self._cuts[url] -= cut
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            self.requests.append(
                Request(
                    parts.scheme, parts.netloc, path, reply.status, authorization, asked.method, asked.body
                )
            )
        return reply, cut

    @contextmanager
    def _under_way(self, host: str) -> Iterator[None]:
        """Counts a request to a host as long as its answer is made, and no longer: who has it may ask for the next."""
        with self._lock:
            self._at_once[host] += 1
            self.most_at_once[host] = max(self.most_at_once[host], self._at_once[host])
        time.sleep(self.pause)
        try:
            yield
        finally:
            with self._lock:
                self._at_once[host] -= 1

    def _flickers(self, asked: Asked) -> int | None:
        """The status of a reply that fails for once, None where it does not."""
        if self._flaky is None:
            return None
        share, seed = self._flaky
        key = f"{asked.method} {asked.url} {asked.body}"
        self._asked[key] += 1
        drawn = int.from_bytes(sha256(f"{seed} {self._asked[key]} {key}".encode()).digest()[:6]) / 2**48
        return (502, 503, 0)[int(drawn / share * 3)] if drawn < share else None

    def _page(self, asked: Asked) -> Reply | None:
        try:
            visit = self._visited + self._visits[asked.url]
            return answer(self.world, replace(asked, visit=visit), self._changes)
        except (
            Exception
        ):  # a mistake in the replica must be seen by whoever asked, and must not hang the connection
            return Reply(500, traceback.format_exc().encode(), "text/plain; charset=utf-8")


def _trouble(status: int) -> Reply:
    text = f"<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"
    return Reply(status, text.encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, replica: Replica, port: int, context: ssl.SSLContext) -> None:
        self.replica = replica
        self.context = context
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.discard(connection)

    def close_all(self) -> None:
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of the replica's."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    timeout = 60
    tunnel: str | None = None

    def setup(self) -> None:
        self.server.opened(self.request)
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            pass
        finally:
            self.server.closed(self.connection)
            self.connection.close()  # behind CONNECT it is another socket than the one that the server closes

    def log_message(self, format: str, *args: object) -> None:
        """Silent: `Replica.requests` is the log."""

    def do_CONNECT(self) -> None:
        self.send_response_only(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        plain = self.connection
        self.connection = self.server.context.wrap_socket(plain, server_side=True)
        self.server.closed(plain)
        self.server.opened(self.connection)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)
        self.tunnel = self.path.removesuffix(":443")
        self.close_connection = False

    def do_GET(self) -> None:
        self._reply(body=True)

    def do_HEAD(self) -> None:
        self._reply(body=False)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._reply(body=True, sent=self.rfile.read(length).decode("utf-8", "replace"))

    def _url(self) -> str:
        """The URL asked for, whichever way: absolute, through a tunnel, or to the replica as if it were the host."""
        if self.path.startswith(("http://", "https://")):
            return self.path
        host = self.headers.get("Host", "")
        return f"https://{self.tunnel}{self.path}" if self.tunnel else f"http://{host}{self.path}"

    def _reply(self, *, body: bool, sent: str = "") -> None:
        method = "GET" if self.command == "HEAD" else self.command
        asked = Asked(
            self._url(),
            1,
            method,
            sent,
            self.headers.get("Referer", ""),
            self.headers.get("If-None-Match", ""),
            self.headers.get("If-Modified-Since", ""),
        )
        with self.server.replica._under_way(urlsplit(asked.url).hostname or ""):
            reply, cut = self.server.replica._answer(asked, self.headers.get("Proxy-Authorization"))
        if reply.status == 0:
            self.close_connection = True
            return
        payload, headers = reply.body, list(reply.headers)
        if reply.transfer == "gzip" and "gzip" in self.headers.get("Accept-Encoding", ""):
            payload = gzip.compress(payload, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
        if reply.transfer == "gzip":
            headers.append(("Vary", "Accept-Encoding"))
        self.send_response(reply.status, HTTPStatus(reply.status).phrase)
        if reply.status != 304:
            self.send_header("Content-Type", reply.media_type)
        for name, value in headers:
            self.send_header(name, value)
        chunked = reply.transfer == "chunked"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.status != 304:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if body:
            self._send(payload, chunked=chunked, cut=cut)

    def _send(self, payload: bytes, *, chunked: bool, cut: bool) -> None:
        if cut:
            payload, self.close_connection = payload[: len(payload) // 2], True
        if not chunked:
            self.wfile.write(payload)
            return
        for start in range(0, len(payload), _CHUNK):
            piece = payload[start : start + _CHUNK]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if not cut:
            self.wfile.write(b"0\r\n\r\n")
