"""Pages a second from the bytes of a file to its Document, by format, beside the bare library on the same bytes.

One report of the replica in each format. For each: pages a second for the bare library (what it takes to get text and tables out
of it), for `extract` in this process, and for `Confined.extract`, which does the same in a process that may die and is what
gxcrawl uses; the ratios are to the bare library. All runs alternate; the best of several is taken, by the clock, since a
part of the work is done in another process.

What to look for: `extract` of a PDF no slower than the bare library's text and tables, and less than 3 ms more for an HTML page
that is read in a process of its own.
"""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass

import pdfplumber
from lxml import etree

from archive.text.confined import Confined
from archive.text.extract import extract
from crawler.replica.article import blocks
from crawler.replica.pages import answer
from crawler.replica.pdf import pdf
from crawler.replica.reply import Asked
from crawler.replica.world import Changes, load_world

ROUNDS = 7


@dataclass(frozen=True)
class Format:
    """A file, how many pages it has, and what the bare library does with it."""

    name: str
    data: bytes
    pages: int
    library: str
    bare: Callable[[bytes], object]


def formats() -> list[Format]:
    """One report in each format."""
    world = load_world("ningxia")
    found = next(page for page in world.reports() if (page.agency, page.year) == ("nx-xingqing-sfj", 2023))
    reply = answer(world, Asked(world.url(found), 1), Changes())
    assert reply is not None
    printed = pdf(blocks(world, found, Changes()))
    with pdfplumber.open(io.BytesIO(printed)) as opened:
        pages = len(opened.pages)
    return [
        Format("HTML", reply.body, 1, "lxml", etree.HTML),
        Format("PDF", printed, pages, "pdfplumber", bare_pdf),
    ]


def bare_pdf(data: bytes) -> object:
    """Text and tables of every page."""
    with pdfplumber.open(io.BytesIO(data)) as opened:
        return [(page.extract_text(), page.extract_tables()) for page in opened.pages]


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    with Confined() as confined:
        for each in formats():
            works: dict[str, Callable[[], object]] = {
                each.library: lambda each=each: each.bare(each.data),  # type: ignore[misc]
                "extract": lambda each=each: extract(each.data),  # type: ignore[misc]
                "confined": lambda each=each: confined.extract(each.data),  # type: ignore[misc]
            }
            best = dict.fromkeys(works, float("inf"))
            for _ in range(ROUNDS):
                for name, work in works.items():
                    best[name] = min(best[name], seconds(work))
            print(f"{each.name}, {each.pages} pages, {len(each.data):,} bytes")
            for name, took in best.items():
                speed, ratio = each.pages / took, took / best[each.library]
                print(
                    f"  {name:<11} {speed:8.1f} pages a second   {ratio:5.2f} times the time of {each.library}"
                )
            more = 1000 * (best["confined"] - best["extract"]) / each.pages
            print(f"  a process of its own costs {more:.1f} ms a page")


if __name__ == "__main__":
    main()
