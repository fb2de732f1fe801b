"""Writing captures beside bare warcio, and the file pass of the audit beside `gzip -t` and `sha256sum`.

Prints the best of several alternating rounds, each as a ratio to its baseline. Writing: the same records (response,
request, metadata) with the same SHA-256 digests and as many fsyncs, written by warcio alone; at most 1.3 times its time.
Verifying: `audit` of closed files with their indexes beside both programs on the same files; at most 1.5.
"""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.exchange import Exchange, Request, Response, utc_text
from archive.fixity import audit
from archive.warc import Origin, WarcWriter
from crawler.replica.pages import answer
from crawler.replica.reply import Asked
from crawler.replica.world import Changes, load_world

ROUNDS = 5
CAPTURES = 400
NOW = datetime(2026, 11, 21, tzinfo=UTC)
HEADERS = [("Server", "nginx"), ("Content-Type", "text/html; charset=utf-8"), ("Vary", "Accept-Encoding")]


def exchanges() -> list[Exchange]:
    """Report pages of the replica, filled up to the size of real ones (about 40 KB, not compressed by the server)."""
    world = load_world("ningxia")
    chance = random.Random(1)
    words = [
        chr(chance.randrange(0x4E00, 0x9FA5)) + chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(2000)
    ]
    found = []
    reports = list(world.reports())
    for number in range(CAPTURES):
        page = reports[number % len(reports)]
        reply = answer(world, Asked(world.url(page), 1), Changes())
        assert reply is not None
        filling = "".join(chance.choices(words, k=4000)).encode()
        body = reply.body + b"<p>" + filling + b"</p>"
        request = Request("GET", world.url(page), [("Host", "a.gov.cn"), ("User-Agent", "gxcrawl/bench")])
        found.append(Exchange(request, Response(200, "OK", HEADERS, body), NOW))
    return found


def by_us(folder: Path, work: list[Exchange]) -> None:
    """Write all captures with their verdicts."""
    chance = random.Random(2)
    with WarcWriter(
        folder,
        site="bench",
        run=1,
        origin=Origin("gxcrawl/bench", "0" * 64, "loopback"),
        clock=lambda: NOW,
        new_id=lambda: UUID(int=chance.getrandbits(128), version=4),
    ) as out:
        for exchange in work:
            stored = out.write_exchange(exchange)
            out.write_metadata(stored.record_id, {"verdict": "ok"})


def by_warcio(folder: Path, work: list[Exchange]) -> None:
    """The same records with the same digests, put on disk as often: after each exchange and after each verdict."""
    folder.mkdir()
    chance = random.Random(2)
    with (folder / "bare.warc.gz").open("wb") as stream:
        out = WARCWriter(stream, gzip=True, warc_version="1.1")

        def write(
            kind: str, block: bytes, payload: bytes | None, media_type: str, url: str, beside: str
        ) -> str:
            record_id = f"<urn:uuid:{UUID(int=chance.getrandbits(128), version=4)}>"
            headers = {
                "WARC-Record-ID": record_id,
                "WARC-Date": utc_text(NOW),
                "WARC-Block-Digest": "sha256:" + hashlib.sha256(block).hexdigest(),
            }
            if payload is not None:
                headers["WARC-Payload-Digest"] = "sha256:" + hashlib.sha256(payload).hexdigest()
            if beside:
                headers["WARC-Concurrent-To"] = beside
            if kind == "response":
                head, _, body = block.partition(b"\r\n\r\n")
                first, *fields = head.decode().split("\r\n")
                protocol, _, status = first.partition(" ")
                pairs = [tuple(field.split(": ", 1)) for field in fields]
                record = out.create_warc_record(
                    url,
                    kind,
                    BytesIO(body),
                    len(body),
                    media_type,
                    headers,
                    http_headers=StatusAndHeaders(status, pairs, protocol),
                )
            else:
                record = out.create_warc_record(url, kind, BytesIO(block), len(block), media_type, headers)
            out.write_record(record)
            return record_id

        for exchange in work:
            url, body = exchange.request.url, exchange.response.body
            head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS)
            block = b"HTTP/1.1 200 OK\r\n" + head.encode() + b"\r\n" + body
            first = write("response", block, body, "application/http;msgtype=response", url, "")
            asked = b"GET / HTTP/1.1\r\nHost: a.gov.cn\r\nUser-Agent: gxcrawl/bench\r\n\r\n"
            write("request", asked, None, "application/http;msgtype=request", url, first)
            stream.flush()
            os.fsync(stream.fileno())
            write("metadata", b"verdict: ok\r\n", None, "application/warc-fields", url, first)
            stream.flush()
            os.fsync(stream.fileno())


def by_programs(folder: Path) -> None:
    """Both programs on every file."""
    files = sorted(folder.glob("*.warc.gz"))
    subprocess.run(["gzip", "-t", *files], check=True)
    subprocess.run(["sha256sum", *files], check=True, stdout=subprocess.DEVNULL)


def audited(folder: Path) -> None:
    """The file pass; it must find nothing."""
    assert audit(folder, complete=False) == []


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> int:
    """Measure and print; 1 where a bound is not kept."""
    work = exchanges()
    size = sum(len(exchange.response.body) for exchange in work)
    best = dict.fromkeys(("ours", "warcio", "audit", "programs"), float("inf"))
    with TemporaryDirectory(prefix="gxcrawl-bench-") as name:
        for number in range(ROUNDS):
            ours, bare = Path(name) / f"ours{number}", Path(name) / f"bare{number}"
            best["ours"] = min(best["ours"], seconds(lambda: by_us(ours, work)))  # noqa: B023
            best["warcio"] = min(best["warcio"], seconds(lambda: by_warcio(bare, work)))  # noqa: B023
        for _ in range(2 * ROUNDS):
            best["programs"] = min(best["programs"], seconds(lambda: by_programs(ours)))
            best["audit"] = min(best["audit"], seconds(lambda: audited(ours)))
    writing, verifying = best["ours"] / best["warcio"], best["audit"] / best["programs"]
    print(f"Archive: {len(work)} captures, {size:,} bytes of bodies")
    print(f"  bare warcio, same digests and fsyncs  {best['warcio']:6.2f} s")
    print(
        f"  WarcWriter                            {best['ours']:6.2f} s   {writing:4.2f} times (at most 1.3)"
    )
    print(f"  gzip -t and sha256sum                 {best['programs']:6.2f} s")
    print(
        f"  audit                                 {best['audit']:6.2f} s   {verifying:4.2f} times (at most 1.5)"
    )
    return int(writing > 1.3 or verifying > 1.5)


if __name__ == "__main__":
    sys.exit(main())
