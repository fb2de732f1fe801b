"""Pages a second from the bytes of a file to its Document, by format, beside the bare library on the same bytes.

One report of the replica in each format. For each: pages a second for the bare library (what it takes to get text and tables out
of it), for `extract` in this process, and for `Confined.extract`, which does the same in a process that may die and is what
gxcrawl uses; the ratios are to the bare library. All runs alternate; the best of several is taken, by the clock, since a
part of the work is done in another process.

A scan is one of its pages at 200 dpi, beside rapidocr doing the whole of that page (its finder and its reader, no tables): it
reads every cell twice, by the same networks, and looks at the shapes of its figures.

What to look for: `extract` of a PDF no slower than the bare library's text and tables, less than 3 ms more for an HTML page
that is read in a process of its own, and a scan in no more time than rapidocr.
"""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pdfplumber
import pypdfium2
from lxml import etree
from rapidocr import RapidOCR

from archive.text.confined import Confined, forget_recognised
from archive.text.extract import extract
from crawler.replica.article import blocks
from crawler.replica.pages import answer
from crawler.replica.pdf import pdf
from crawler.replica.reply import Asked
from crawler.replica.world import Changes, load_world

ROUNDS, ROUNDS_OF_SCANS = 7, 3
DPI = 200


@dataclass(frozen=True)
class Format:
    """A file, how many pages it has, and what the bare library does with it."""

    name: str
    data: bytes
    pages: int
    library: str
    bare: Callable[[bytes], object]
    rounds: int = ROUNDS


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
        Format("scan", scanned(printed, pages), 1, "rapidocr", bare_rapidocr, ROUNDS_OF_SCANS),
    ]


def scanned(data: bytes, page: int) -> bytes:
    """One page of a PDF as a scanner would save it."""
    with pypdfium2.PdfDocument(data) as document:
        image = document[page - 1].render(scale=DPI / 72).to_pil().convert("L")
    file = io.BytesIO()
    image.save(file, "JPEG", quality=60)
    return file.getvalue()


@cache
def rapidocr() -> Callable[..., object]:
    """The library as it comes, on one thread as ours is."""
    found: Callable[..., object] = RapidOCR(
        params={"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
    )
    return found


def bare_rapidocr(data: bytes) -> object:
    """All lines of text that the library finds on a page."""
    return rapidocr()(data)


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
            for _ in range(each.rounds):
                for name, work in works.items():
                    forget_recognised()
                    best[name] = min(best[name], seconds(work))
            print(f"{each.name}, {each.pages} pages, {len(each.data):,} bytes")
            for name, took in best.items():
                speed, ratio = each.pages / took, took / best[each.library]
                print(
                    f"  {name:<11} {speed:8.2f} pages a second   {ratio:5.2f} times the time of {each.library}"
                )
            more = 1000 * (best["confined"] - best["extract"]) / each.pages
            print(f"  a process of its own costs {more:.1f} ms a page")


if __name__ == "__main__":
    main()
