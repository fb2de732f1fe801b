"""Pages a second of a harvest of the replica, beside a bare Scrapy spider that only downloads the same pages.

The harvest keeps every reply in the archive, judges and reads it, and enters it in the store; the bare spider throws it
away. Both ask the same replica (a process of its own) for the same URLs through the same proxy, with the same delay, one
request at a time to a host, sixteen in all. The bare spider knows every URL beforehand and obeys no robots.txt (which is among
the URLs); the harvest must find them first. Interpreters and imports are not counted; making the store, sealing the archive and judging
the run are. Rounds alternate, so that both meet the same machine; the best of each counts. On a machine that does other
work the ratio says little, since the harvest computes and the bare spider waits: the load is printed beside it.
What to look for: at a delay of a second, half of what portals are spared with by default, the harvest has at least 0.7 of
the bare spider's pages a second. Without any delay, which no portal is ever asked, the ratio shows what archive, store
and reading cost.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 2
SITE = "ningxia"
DELAY = 1.0

_HARVEST = """
import json, sys, time, uuid
from datetime import UTC, datetime
from pathlib import Path
import crawler.harvest as h
from crawler.narrowing import Narrowing
from crawler.settings import Settings
from crawler.sites import load_site
proxy, folder, delay = json.loads(sys.argv[1])
plain = h.scrapy_settings
h.scrapy_settings = lambda *a, **k: plain(*a, **k) | {"DOWNLOAD_DELAY": delay, "RANDOMIZE_DOWNLOAD_DELAY": False}
around = h.Surroundings(
    Settings(data=Path(folder)), lambda: datetime.now(UTC), uuid.uuid4, lambda *_: None, proxy
)
begun = time.perf_counter()
done = h.harvest(load_site("SITE"), Narrowing(), around)
print(json.dumps([done["captures"], time.perf_counter() - begun]))
""".replace("SITE", SITE)

_BARE = """
import json, sys, time
import scrapy
from scrapy.crawler import CrawlerProcess
proxy, urls, delay = json.load(sys.stdin)
class Bare(scrapy.Spider):
    name = "bare"
    got = 0
    async def start(self):
        for url in urls:
            yield scrapy.Request(url, meta={"proxy": proxy, "dont_redirect": True}, dont_filter=True)
    def parse(self, response):
        Bare.got += 1
process = CrawlerProcess({
    "LOG_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": delay,
    "RANDOMIZE_DOWNLOAD_DELAY": False, "ROBOTSTXT_OBEY": False, "HTTPERROR_ALLOW_ALL": True, "RETRY_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False, "USER_AGENT": "bare",
})
process.crawl(Bare)
begun = time.perf_counter()
process.start()
print(json.dumps([Bare.got, time.perf_counter() - begun]))
"""


def harvest(proxy: str, delay: float) -> tuple[int, float, list[str]]:
    """Captures, seconds, and the URLs asked for, robots.txt among them."""
    with tempfile.TemporaryDirectory() as folder:
        told = json.dumps([proxy, folder, delay])
        done = subprocess.run(
            [sys.executable, "-c", _HARVEST, told], capture_output=True, text=True, check=True
        )
        with sqlite3.connect(Path(folder) / "store.db") as store:
            urls = [url for (url,) in store.execute("SELECT url FROM capture ORDER BY id")]
    number, seconds = json.loads(done.stdout)
    return number, seconds, urls


def bare(proxy: str, urls: list[str], delay: float) -> tuple[int, float]:
    """Replies and seconds of the bare spider."""
    told = json.dumps([proxy, urls, delay])
    done = subprocess.run(
        [sys.executable, "-c", _BARE], input=told, capture_output=True, text=True, check=True
    )
    number, seconds = json.loads(done.stdout)
    return number, seconds


def main() -> None:
    """Measure and print."""
    words = [sys.executable, "-m", "crawler.replica", SITE]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as replica:
        assert replica.stdout is not None
        proxy = replica.stdout.readline().split()[1]
        try:
            print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
            for delay in (DELAY, 0.0):
                best = {"harvest": 0.0, "bare": 0.0}
                for _ in range(ROUNDS):
                    number, seconds, urls = harvest(proxy, delay)
                    best["harvest"] = max(best["harvest"], number / seconds)
                    number, seconds = bare(proxy, urls, delay)
                    best["bare"] = max(best["bare"], number / seconds)
                print(f"{len(urls)} replies of {SITE}, delay {delay} s")
                print(f"  bare Scrapy spider {best['bare']:8.1f} pages a second")
                print(
                    f"  harvest            {best['harvest']:8.1f} pages a second, {best['harvest'] / best['bare']:.2f} of it"
                )
        finally:
            replica.terminate()


if __name__ == "__main__":
    main()
