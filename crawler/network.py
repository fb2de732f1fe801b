"""How connections are made: only to public addresses, with the TLS that a portal's site file allows, and what came of
a reply that was cut off is never lost.

This is Scrapy's own HTTP/1.1 handler and Twisted's own resolver, each with one thing added. Scrapy is pinned to one
minor version, since its handler has no public seam for either.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from OpenSSL import SSL, crypto
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from scrapy.utils._download_handlers import make_response, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet._sslverify import ClientTLSOptions
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from twisted.internet.ssl import CertificateOptions, TLSVersion, platformTrust
from zope.interface import implementer

from crawler.guard import address_problem

TLS_OF_HOSTS = "GXCRAWL_TLS"
"""Scrapy setting: per host, in lower case and without port, the TLS that its site file allows (`Network`)."""
EXEMPT_HOST = "GXCRAWL_EXEMPT_HOST"
"""Scrapy setting: the one host that may have any address: the operator's proxy, or the replica's."""

TIMED_OUT = "timed_out"
"""Flag of a response whose body was cut off because the time allowed for it was over."""

# SSL_OP_LEGACY_SERVER_CONNECT; the module ssl names it from Python 3.12 on.
_OP_LEGACY_SERVER_CONNECT = 0x4
_LEGACY_CIPHERS = b"ALL:!aNULL:!eNULL:@SECLEVEL=0"
# What X509_verify_cert says, in words (openssl-verification-options(1)).
_CERTIFICATE_PROBLEMS = {
    9: "not valid yet",
    10: "expired",
    18: "self-signed",
    19: "its chain ends in an authority that this machine does not know",
    20: "its issuer is not known to this machine",
    21: "its chain is not complete",
}


# ---- addresses


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Passes on the addresses that may be asked; says why when none is left."""

    def __init__(self, receiver: Any, host: str, refused: dict[str, str]) -> None:
        self._receiver = receiver
        self._host = host
        self._refused = refused
        self._passed = False
        self._problem = ""

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: object) -> None:  # noqa: N802
        text = str(getattr(address, "host", ""))
        if problem := address_problem(text):
            self._problem = f"{self._host} leads to {text}, {problem}"
            return
        self._passed = True
        self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._problem and not self._passed:
            self._refused[self._host] = self._problem
        else:
            self._refused.pop(self._host, None)
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Twisted's resolver without the addresses that are nobody's portal.

    Every connection asks it anew and is made to exactly the addresses that it passed on, so that a name whose address
    changes between two looks, a redirect, or an address written into a URL comes no further.
    """

    refused: ClassVar[dict[str, str]] = {}
    """Why a host could not be asked, by host; kept for the class, since a process has one reactor."""

    def __init__(self, reactor: Any, exempt: str | None) -> None:
        self._reactor = reactor
        self._resolver = reactor.nameResolver
        self._exempt = exempt

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":
        """Made by Scrapy."""
        return cls(reactor, crawler.settings.get(EXEMPT_HOST))

    def install_on_reactor(self) -> None:
        """Called by Scrapy once."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[Any] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """See IHostnameResolver."""
        exempt = hostName == self._exempt
        receiver = resolutionReceiver if exempt else _PublicOnly(resolutionReceiver, hostName, self.refused)
        return self._resolver.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


# ---- TLS


class _Options(CertificateOptions):
    """Certificate options of one portal. Renegotiation as before RFC 5746 is common on portals, and always allowed."""

    legacy = False

    def _makeContext(self, skipCiphers: bool = False) -> SSL.Context:  # noqa: N802, N803
        context = super()._makeContext(skipCiphers)
        context.set_options(_OP_LEGACY_SERVER_CONNECT)
        if self.legacy:
            context.set_cipher_list(_LEGACY_CIPHERS)
        return context


class _Portal(ClientTLSOptions):
    """Connects whatever the certificate says, and notes what it says.

    Reports are public and nothing secret is sent; a portal whose certificate has run out must still be read. Whether
    the certificate proved the host is told with every capture.
    """

    problems: ClassVar[WeakKeyDictionary[SSL.Connection, str]] = WeakKeyDictionary()

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: N802, N803
        connection = super().clientConnectionForTLS(tlsProtocol)
        connection.set_verify(SSL.VERIFY_PEER, self._note)
        return connection

    def _note(
        self, connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, _: int
    ) -> bool:
        if error:
            self.problems.setdefault(connection, _CERTIFICATE_PROBLEMS.get(error, f"OpenSSL error {error}"))
        elif depth == 0:
            kind = DNS_ID if self._hostnameIsDnsName else IPAddress_ID
            try:
                verify_service_identity(extract_patterns(certificate), [kind(self._hostnameASCII)], [])
            except (CertificateError, VerificationError, ValueError):
                self.problems.setdefault(connection, f"not made out for {self._hostnameASCII}")
        return True


class _Contexts(_ScrapyClientContextFactory):
    """The TLS of each portal, by the name of its host."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__()
        self._hosts: Mapping[str, Any] = settings.get(TLS_OF_HOSTS) or {}

    def creatorForNetloc(self, hostname: bytes | str, port: int) -> Any:  # noqa: ARG002, N802
        """See IPolicyForHTTPS; a tunnel gives the name as text."""
        name = hostname if isinstance(hostname, str) else hostname.decode("ascii")
        allowed = self._hosts.get(name.lower())
        legacy = allowed is not None and allowed.legacy_tls
        # Through pyOpenSSL 26 a context cannot be changed any more once a connection was made from it: one for each.
        options = _Options(
            trustRoot=platformTrust(),  # type: ignore[no-untyped-call]
            fixBrokenPeers=True,
            **({"insecurelyLowerMinimumTo": TLSVersion.TLSv1_0} if legacy else {}),
        )
        options.legacy = legacy
        server_name = None if allowed is None or allowed.sni else False
        return _Portal(options._makeTLSConnection, name, sendServerName=server_name)


def _said_of(connection: SSL.Connection, allowed: Any) -> dict[str, str]:
    """What a capture's metadata says of the connection that it came through."""
    problem = _Portal.problems.get(connection)
    said = {
        "tls": f"{connection.get_protocol_version_name()} {connection.get_cipher_name()}",
        "certificate": f"does not prove the host: {problem}" if problem else "proves the host",
    }
    allowances = [
        *(["legacy TLS"] if allowed is not None and allowed.legacy_tls else []),
        *(["no server name"] if allowed is not None and not allowed.sni else []),
    ]
    return said | ({"tls-allowed": ", ".join(allowances)} if allowances else {})


# ---- the handler


class _Agent(_ScrapyAgent):
    """Scrapy's agent, but for two things: a body that takes too long is given back as far as it came, and what the
    connection was is left in `request.meta["connection"]`."""

    reader: Any = None
    tls: Mapping[str, Any]

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        transport: Any = getattr(txresponse._transport, "_producer", None)
        handle = transport.getHandle() if hasattr(transport, "getHandle") else None
        if isinstance(handle, SSL.Connection):
            allowed = self.tls.get((urlsplit(request.url).hostname or "").lower())
            request.meta["connection"] = _said_of(handle, allowed)
        finished = super()._cb_bodyready(txresponse, request)
        self.reader = getattr(txresponse, "_bodyProtocol", None)
        return finished

    def _cb_timeout(self, result: Any, request: Request, url: str, timeout: float) -> Any:
        try:
            return super()._cb_timeout(result, request, url, timeout)
        except DownloadTimeoutError:
            reply: Any = self._txresponse
            if self.reader is None:
                raise
            version = reply.version
            return make_response(
                url=url,
                status=int(reply.code),
                headers=self._headers_from_twisted_response(reply),
                body=self.reader._bodybuf.getvalue(),
                flags=[TIMED_OUT],
                certificate=self.reader._certificate,
                ip_address=self.reader._ip_address,
                protocol=f"{version[0].decode()}/{version[1]}.{version[2]}",
            )


class Handler(HTTP11DownloadHandler):
    """Downloads over HTTP/1.1, with the TLS of each portal and `_Agent` for every request."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contextFactory: Any = _Contexts(crawler.settings)
        self._tls: Mapping[str, Any] = crawler.settings.get(TLS_OF_HOSTS) or {}

    async def download_request(self, request: Request) -> Response:
        """Called by Scrapy for every request."""
        agent = _Agent(
            contextFactory=self._contextFactory,
            pool=self._pool,
            fail_on_dataloss=False,
            crawler=self._crawler,
        )
        agent.tls = self._tls
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))
