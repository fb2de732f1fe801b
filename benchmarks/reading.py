"""From the bytes of an HTML report to its Document and to its reading, beside lxml and pandas on the same bytes.

Two report pages of about 150 KB: one that is long because of its narrative, and one that is long because a word processor
wrote its tables, a style of 300 bytes in every cell; then the first at 1.5 MB and 5 MB. Prints the best of several runs for
lxml's bare parse, for `pandas.read_html` with each of its two parsers, for `extract`, and for `extract` and `read` together, each
as a ratio to the bare parse. All runs alternate in one process and are counted in seconds of the processor.

Each run pays for the memory that it frees: the allocator (glibc) puts the chunks of a freed tree together when next a large block is
asked for, which at 5 MB takes as long as half a parse, and would be charged to whatever runs after the bare parse.

What to look for: `extract and read` at most 10 times the bare parse at 150 KB, and a cost per byte that does not grow with the
page. pandas with html5lib, the parser that it falls back to, takes 7 to 10 times as long as we do; with lxml, which it tries first,
it takes three to four bare parses and knows no cell of what it reads, which no reader that parses the page once can undercut
by much.
"""

import io
import re
import time
from collections.abc import Callable, Iterator

import pandas as pd
from lxml import etree

from archive.text.extract import extract
from crawler.replica.pages import answer
from crawler.replica.reply import Asked
from crawler.replica.world import Changes, load_world
from gxstore import catalogue
from gxstore.reading.read import read

ROUNDS = 7
_LARGE = 1 << 16
SIZES = (150_000, 1_500_000, 5_000_000)


def report() -> str:
    """A report page of the replica."""
    world = load_world("ningxia")
    found = next(page for page in world.reports() if (page.agency, page.year) == ("nx-xingqing-sfj", 2023))
    reply = answer(world, Asked(world.url(found), 1), Changes())
    assert reply is not None
    return reply.body.decode("utf-8")


def long_narrative(size: int) -> bytes:
    """The page with a paragraph of its narrative repeated until it has that many bytes."""
    text = report()
    start = text.index("<p", text.index("一、总体情况"))
    end = text.index("</p>", start) + len("</p>")
    paragraph = text[start:end]
    copies = max(0, (size - len(text.encode())) // len(paragraph.encode()))
    return (text[:end] + paragraph * copies + text[end:]).encode()


def word_tables(size: int) -> bytes:
    """The page with the markup that a word processor puts around each cell, as long as fits that many bytes."""
    text = report()
    cell = re.compile(r"<(td|th)([^>]*)>(.*?)</\1>", re.DOTALL)
    each = (size - len(text.encode())) // len(cell.findall(text))
    around = (
        '<p class="MsoNormal" style="text-align:center"><span style="font-family:宋体;font-size:10.5pt">',
        "</span></p>",
    )
    border = "border-right:1.0pt solid windowtext;mso-border-right-alt:0.5pt solid windowtext;"
    style = (border * 9)[: max(0, each - len("".join(around).encode()) - len(' style=""'))]

    def dressed(match: re.Match[str]) -> str:
        return f'<{match[1]}{match[2]} style="{style}">{around[0]}{match[3]}{around[1]}</{match[1]}>'

    return cell.sub(dressed, text).encode()


def pages() -> Iterator[tuple[str, bytes]]:
    """The pages to measure on."""
    yield "a long narrative", long_narrative(SIZES[0])
    yield "tables from a word processor", word_tables(SIZES[0])
    for size in SIZES[1:]:
        yield "a long narrative", long_narrative(size)


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes, until the memory that it used is in order again."""
    started = time.process_time()
    work()
    bytes(_LARGE)
    return time.process_time() - started


def main() -> None:
    """Measure and print."""
    known = catalogue.load()
    for what, data in pages():
        works: dict[str, Callable[[], object]] = {
            "lxml, bare parse": lambda data=data: etree.fromstring(  # type: ignore[misc]
                data, etree.HTMLParser(encoding="utf-8", huge_tree=True)
            ),
            "pandas, lxml": lambda data=data: pd.read_html(io.BytesIO(data)),  # type: ignore[misc]
            "extract": lambda data=data: extract(data),  # type: ignore[misc]
            "extract and read": lambda data=data: read([extract(data)], known),  # type: ignore[misc]
        }
        if len(data) < 2 * SIZES[0]:
            works["pandas, html5lib"] = lambda data=data: pd.read_html(io.BytesIO(data), flavor="bs4")  # type: ignore[misc]
        times = {name: float("inf") for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                times[name] = min(times[name], seconds(work))
        base, ours = times["lxml, bare parse"], times["extract and read"]
        print(f"HTML report of {len(data):,} bytes, {what}")
        for name, best in times.items():
            print(f"  {name:<18} {best * 1000:8.2f} ms   {best / base:5.1f} times the bare parse")
        for name in ("pandas, lxml", "pandas, html5lib"):
            if name in times:
                print(f"  {name} takes {times[name] / ours:.1f} times as long as extract and read")
        print(f"  {ours / len(data) * 1e9:.0f} ns a byte")


if __name__ == "__main__":
    main()
