"""Archives as other crawlers write them: WARC/1.0 with SHA-1 digests, as warcio makes them, chunked bodies left as they are."""

import json
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1, sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Crawled:
    """A capture: what another crawler fetched and when."""

    url: str
    date: str
    body: bytes
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    again: bool = False
    """Whether the crawler left the body away, having fetched it before: then only its digest is told."""
    before: tuple[str, str] = ("", "")
    resource: bool = False
    asked: bool = True


def chunked(body: bytes, size: int = 700) -> bytes:
    """A body in chunks (RFC 9112, 7.1)."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def warc(captures: Sequence[Crawled], *, packed: bool = True, version: str = "1.0") -> bytes:
    """A WARC file of some captures."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=packed, warc_version=version)
    writer.write_record(
        writer.create_warcinfo_record("c.warc", {"software": "Heritrix/3.4", "format": "WARC"})
    )
    for one in captures:
        dated = {"WARC-Date": one.date}
        if one.resource:
            kind = dict(one.headers)["Content-Type"]
            record = writer.create_warc_record(
                one.url, "resource", BytesIO(one.body), warc_content_type=kind, warc_headers_dict=dated
            )
            writer.write_record(record)
            continue
        http = StatusAndHeaders(one.status, list(one.headers), protocol="HTTP/1.1")
        if one.again:
            digest = f"sha1:{b32encode(sha1(one.body).digest()).decode()}"
            record = writer.create_revisit_record(
                one.url, digest, *one.before, http_headers=http, warc_headers_dict=dated
            )
        else:
            record = writer.create_warc_record(
                one.url, "response", BytesIO(one.body), http_headers=http, warc_headers_dict=dated
            )
        writer.write_record(record)
        if one.asked:
            asked = StatusAndHeaders("GET /x HTTP/1.1", [("Host", "h")], is_http_request=True)
            beside = {**dated, "WARC-Concurrent-To": record.rec_headers.get_header("WARC-Record-ID")}
            writer.write_record(
                writer.create_warc_record(
                    one.url, "request", BytesIO(), http_headers=asked, warc_headers_dict=beside
                )
            )
    return out.getvalue()


def record(kind: str, url: str, date: str, block: bytes, *more: tuple[str, str], number: int = 1) -> bytes:
    """One record with just these fields, as no library would write it."""
    fields = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"),
        ("WARC-Date", date),
        ("WARC-Target-URI", url),
        ("Content-Type", "application/http" if kind in ("response", "request") else "text/html"),
        *more,
        ("Content-Length", str(len(block))),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def wacz(path: Path, *files: bytes, lies: bool = False) -> Path:
    """A WACZ as browsertrix writes it, of some WARC files; one that `lies` gives the first another digest."""
    with ZipFile(path, "w") as package:
        listed = []
        for number, content in enumerate(files):
            name = f"archive/rec-{number}.warc.gz"
            package.writestr(name, content)
            digest = sha256(b"" if lies and number == 0 else content).hexdigest()
            listed.append({"path": name, "hash": f"sha256:{digest}", "bytes": len(content)})
        package.writestr("datapackage.json", json.dumps({"wacz_version": "1.1.1", "resources": listed}))
    return path
