"""From the bytes of an HTML report to its Document and to its reading, as a ratio to lxml merely parsing them.

Prints, for a report page of about 150 KB and for one of ten times the size: the best of several runs for the bare parse,
for `extract`, and for `extract` and `read` together. The baseline and the measured runs alternate in one process.
"""

import time
from collections.abc import Callable

from lxml import etree

from archive.text.extract import extract
from crawler.replica.pages import Asked, answer
from crawler.replica.world import Changes, load_world
from gxstore import catalogue
from gxstore.reading.read import read

ROUNDS = 7
SIZE = 150_000


def page(size: int) -> bytes:
    """A report page of the replica, its narrative repeated until the page has that many bytes."""
    world = load_world("ningxia")
    report = next(page for page in world.reports() if (page.agency, page.year) == ("nx-xingqing-sfj", 2023))
    reply = answer(world, Asked(world.url(report), 1), Changes())
    assert reply is not None
    text = reply.body.decode("utf-8")
    start = text.index("<p", text.index("一、总体情况"))
    end = text.index("</p>", start) + len("</p>")
    paragraph = text[start:end]
    copies = max(0, (size - len(reply.body)) // len(paragraph.encode()))
    return (text[:end] + paragraph * copies + text[end:]).encode()


def best(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    known = catalogue.load()
    for size in (SIZE, 10 * SIZE):
        data = page(size)
        works: dict[str, Callable[[], object]] = {
            "lxml, bare parse": lambda data=data: etree.fromstring(
                data, etree.HTMLParser(encoding="utf-8", huge_tree=True)
            ),  # type: ignore[misc]
            "extract": lambda data=data: extract(data),  # type: ignore[misc]
            "extract and read": lambda data=data: read([extract(data)], known),  # type: ignore[misc]
        }
        times = {name: float("inf") for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                times[name] = min(times[name], best(work))
        base = times["lxml, bare parse"]
        print(f"HTML report of {len(data):,} bytes")
        for name, seconds in times.items():
            print(f"  {name:<18} {seconds * 1000:8.2f} ms   {seconds / base:5.1f} times the bare parse")


if __name__ == "__main__":
    main()
