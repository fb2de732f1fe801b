"""From the bytes of an HTML report to its Document and to its reading, beside lxml and pandas on the same bytes.

Prints, for report pages of about 150 KB, 1.5 MB and 5 MB: the best of several runs for lxml's bare parse, for
`pandas.read_html`, for `extract`, and for `extract` and `read` together, each as a ratio to the bare parse. All runs
alternate in one process. What to look for: `extract and read` at most 10 times the bare parse at 150 KB, at least 5 times
faster than pandas there, and a cost per byte that does not grow with the page.
"""

import io
import time
from collections.abc import Callable

import pandas as pd
from lxml import etree

from archive.text.extract import extract
from crawler.replica.pages import Asked, answer
from crawler.replica.world import Changes, load_world
from gxstore import catalogue
from gxstore.reading.read import read

ROUNDS = 7
SIZES = (150_000, 1_500_000, 5_000_000)


def page(size: int) -> bytes:
    """A report page of the replica, a paragraph of its narrative repeated until the page has that many bytes."""
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


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    known = catalogue.load()
    for size in SIZES:
        data = page(size)
        works: dict[str, Callable[[], object]] = {
            "lxml, bare parse": lambda data=data: etree.fromstring(  # type: ignore[misc]
                data, etree.HTMLParser(encoding="utf-8", huge_tree=True)
            ),
            "pandas.read_html": lambda data=data: pd.read_html(io.BytesIO(data)),  # type: ignore[misc]
            "extract": lambda data=data: extract(data),  # type: ignore[misc]
            "extract and read": lambda data=data: read([extract(data)], known),  # type: ignore[misc]
        }
        times = {name: float("inf") for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                times[name] = min(times[name], seconds(work))
        base, ours = times["lxml, bare parse"], times["extract and read"]
        print(f"HTML report of {len(data):,} bytes")
        for name, best in times.items():
            print(f"  {name:<18} {best * 1000:8.2f} ms   {best / base:5.1f} times the bare parse")
        print(
            f"  extract and read is {times['pandas.read_html'] / ours:.1f} times as fast as pandas.read_html, "
            f"{ours / len(data) * 1e9:.0f} ns a byte"
        )


if __name__ == "__main__":
    main()
