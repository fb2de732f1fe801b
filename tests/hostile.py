"""A real server on loopback that serves a replica's pages as a portal would, and misbehaves where it is told to.

Unlike the replica it is no proxy: it is reached by name and address, which a stub of the name service gives out, so
that what a harvest does about names, addresses, TLS and broken replies can be seen on real connections.
"""

import ssl
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dh, rsa
from cryptography.x509.oid import NameOID

from crawler.replica.pages import answer
from crawler.replica.reply import Asked, Reply
from crawler.replica.world import Changes, load_world

Fault = Callable[["Handler", Reply], None]

# RFC 2409, 6.2: the second Oakley group, of 1024 bits, as old portals use it.
_SMALL_GROUP = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD"
    "3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F"
    "24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)


@dataclass
class Portal:
    """What a server does: whose pages it serves, what it does otherwise by path, and what it was asked."""

    site: str
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Host header and path of every request."""
    referers: dict[str, str] = field(default_factory=dict)
    address: str = "127.0.0.1"
    port: int = 0

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.asked]


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    portal: Portal
    scheme: str

    def log_message(self, format: str, *args: object) -> None:
        """Silent: `Portal.asked` is the log."""

    def do_GET(self) -> None:
        host = self.headers.get("Host", "")
        self.portal.asked.append((host, self.path))
        if "Referer" in self.headers:
            self.portal.referers[self.path] = self.headers["Referer"]
        reply = answer(
            load_world(self.portal.site),
            Asked(f"{self.scheme}://{host.partition(':')[0]}{self.path}"),
            Changes(),
        )
        fault = self.portal.faults.get(self.path)
        if fault is not None:
            fault(self, reply or Reply(404, b""))
        else:
            self.send(reply or Reply(502, b"no such host"))

    def send(self, reply: Reply, *extra: tuple[str, str], length: int | None = None) -> None:
        """Send a reply; `length` is what it says of its length, -1 for nothing."""
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        for name, value in (*reply.headers, *extra):
            self.send_header(name, value)
        if length != -1:
            self.send_header("Content-Length", str(len(reply.body) if length is None else length))
        self.end_headers()
        self.wfile.write(reply.body)


@contextmanager
def serving(portal: Portal, context: ssl.SSLContext | None = None) -> Iterator[Portal]:
    """Serve a portal on its address; 0 takes a free port."""
    made: dict[str, Any] = {"portal": portal, "scheme": "https" if context else "http"}
    kind = type("Bound", (Handler,), made)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that goes away, or that will not have our TLS, is what is to be seen."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            if context is not None:
                request = context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)

    server = Server((portal.address, portal.port), kind)
    portal.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()


def old_tls(*, newest: ssl.TLSVersion, refuse_names: bool = False) -> ssl.SSLContext:
    """TLS as an old portal has it: DH of 1024 bits, a self-signed RSA certificate for another name, and on demand a
    server that breaks off when it is told the name it is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DHE-RSA-AES128-SHA:@SECLEVEL=0")
    with warnings.catch_warnings():  # that it is old is what is wanted of it
        warnings.simplefilter("ignore")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
        parameters = dh.DHParameterNumbers(_SMALL_GROUP, 2).parameters()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "old.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(9), now + timedelta(9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("old.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    with tempfile.TemporaryDirectory() as folder:
        chain, group = Path(folder) / "chain.pem", Path(folder) / "dh.pem"
        chain.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + certificate.public_bytes(pem)
        )
        group.write_bytes(parameters.parameter_bytes(pem, serialization.ParameterFormat.PKCS3))
        context.load_cert_chain(chain)
        context.load_dh_params(str(group))
    if refuse_names:
        context.sni_callback = lambda _socket, told, _context: (
            ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if told else None
        )
    return context


def names(addresses: dict[str, list[str]], *, public: str) -> str:
    """Code for a harvest's process: a stub of the name service, and one loopback address that passes for public.

    Args:
        addresses: per host the addresses that it leads to, one after another; the last one stays.
        public: the address that stands for the public internet; what is not on loopback stays out of reach.
    """
    return f"""
import socket
ADDRESSES = {addresses!r}
asked_system = socket.getaddrinfo
def getaddrinfo(host, port, *rest, **named):
    known = ADDRESSES.get(host)
    if known is None:
        if host.startswith("127."):
            return asked_system(host, port, *rest, **named)
        raise socket.gaierror(f"no such name here: {{host}}")
    address = known.pop(0) if len(known) > 1 else known[0]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
socket.getaddrinfo = getaddrinfo  # before Twisted is imported, which takes the function as it finds it
import crawler.guard, crawler.network
judged = crawler.guard.address_problem
crawler.network.address_problem = lambda text: None if text == {public!r} else judged(text)
"""
