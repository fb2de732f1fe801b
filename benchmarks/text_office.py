"""From the bytes of an office file to its Document, beside the common library doing the same file with less.

One report of 2021, made by the replica (.docx, .xlsx) and by LibreOffice (.xls, .doc). Prints files per second of the processor,
and the ratio of our time to that of the library which opens the same bytes and takes every cell: python-docx, openpyxl,
xlrd. For .doc the baseline is the bare conversion by LibreOffice, in seconds of the clock, since that is another process.
An OFD (drawn by the tests), and the report's page in a ZIP and as MHTML, stand beside what opens them and parses what is
in them: zipfile or email, and lxml.

What to look for: a ratio well below 1 for .docx and .xlsx, at most 4 for .xls, and about 1 for .doc, which asks antiword
too. A page costs in a ZIP or as MHTML what it costs alone (`benchmarks/text.py`); for an OFD no library does the half of it,
its ratio says how much more than parsing it is to put its characters into cells.
"""

import email
import io
import quopri
import time
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import xlrd
from lxml import etree

from archive.text import office
from archive.text.extract import extract
from crawler.replica import attachments
from crawler.replica.article import blocks
from crawler.replica.pages import answer
from crawler.replica.reply import Asked
from crawler.replica.world import Changes, load_world
from tests.office_files import reports, zipped
from tests.test_ofd import Writer
from tests.test_ofd import report as drawn_report

ROUNDS = 15


def best(work: Callable[[], object], rounds: int, clock: Callable[[], float]) -> float:
    """The shortest of several runs, in seconds."""
    found = []
    for _ in range(rounds):
        start = clock()
        work()
        found.append(clock() - start)
    return min(found)


def python_docx(data: bytes) -> list[list[str]]:
    """Every cell of a .docx as python-docx gives it."""
    return [
        [cell.text for cell in row.cells]
        for table in docx.Document(io.BytesIO(data)).tables
        for row in table.rows
    ]


def by_openpyxl(data: bytes) -> list[object]:
    """Every cell of an .xlsx as openpyxl gives it."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return [row for sheet in book for row in sheet.iter_rows(values_only=True)]


def by_xlrd(data: bytes) -> list[object]:
    """Every cell of an .xls as xlrd gives it, formats included, as we need them."""
    book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
    return [sheet.row_values(row) for sheet in book.sheets() for row in range(sheet.nrows)]


def by_zipfile(data: bytes) -> list[object]:
    """Every part of an archive, parsed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return [(etree.fromstring if name.endswith(".xml") else etree.HTML)(part) for name, part in parts.items()]


def by_email(data: bytes) -> list[object]:
    """Every page of an MHTML file, parsed."""
    parts = email.message_from_bytes(data).walk()
    pages = [part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/html"]
    return [etree.HTML(page) for page in pages if isinstance(page, bytes)]


def mhtml(page: bytes) -> bytes:
    """A page as Word and browsers save it in one file."""
    head = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n--b\r\n'
    )
    kind = b'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head + kind + quopri.encodestring(page) + b"\r\n--b--\r\n"


def main() -> None:
    """Print the table."""
    world = load_world("ningxia")
    page = next(page for page in world.reports() if (page.agency, page.year) == ("nx-xingqing-sfj", 2023))
    report = blocks(world, page, Changes())
    reply = answer(world, Asked(world.url(page), 1), Changes())
    assert reply is not None
    doc = reports("doc")["e3_2021"]
    cases: list[tuple[str, bytes, str, Callable[[bytes], object], int, Callable[[], float]]] = [
        (".docx", attachments.docx(report), "python-docx", python_docx, ROUNDS, time.process_time),
        (".xlsx", attachments.xlsx(report), "openpyxl", by_openpyxl, ROUNDS, time.process_time),
        (".xls", reports("xls")["e3_2021"], "xlrd", by_xlrd, ROUNDS, time.process_time),
        (".ofd", drawn_report("e3_2021", Writer()), "zipfile, lxml", by_zipfile, ROUNDS, time.process_time),
        (".zip", zipped({"report.html": reply.body}), "zipfile, lxml", by_zipfile, ROUNDS, time.process_time),
        (".mht", mhtml(reply.body), "email, lxml", by_email, ROUNDS, time.process_time),
        (
            ".doc",
            doc,
            "LibreOffice alone",
            lambda data: office.to_docx(data, ".doc", "a file"),
            3,
            time.perf_counter,
        ),
    ]
    print(f"{'file':6} {'bytes':>8} {'files/s':>8}   ratio to")
    for name, data, baseline, bare, rounds, clock in cases:
        ours = best(lambda data=data: extract(data), rounds, clock)  # type: ignore[misc]
        theirs = best(lambda data=data, bare=bare: bare(data), rounds, clock)  # type: ignore[misc]
        print(f"{name:6} {len(data):8} {1 / ours:8.1f}   {ours / theirs:.2f} {baseline}")


if __name__ == "__main__":
    main()
