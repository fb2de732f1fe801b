"""Reports of the replica as portals publish many: tables, whole pages and attachments that are nothing but pictures."""

import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin

from PIL import Image

from crawler.replica.article import Grid, blocks
from crawler.replica.markup import to_html
from crawler.replica.server import Replica
from crawler.replica.world import Changes, Page
from tests.scanned import Scanner

SCANNER = Scanner(150)
_STYLE = "@page { size: 21cm 29.7cm; margin: 1.5cm } td { font-size: 10pt } p { font-size: 12pt }"


class Printer:
    """Prints pages of HTML with LibreOffice, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pages(self, content: str, seed: int, scanner: Scanner = SCANNER) -> list[bytes]:
        """What is printed, scanned page by page, as JPEG files."""
        page = self.folder / f"{seed}.html"
        page.write_text(
            f"<html><head><meta charset='utf-8'><style>{_STYLE}</style></head><body>{content}</body></html>",
            "utf-8",
        )
        words = ["soffice", "--headless", f"-env:UserInstallation={(self.folder / 'profile').as_uri()}"]
        words += [
            "--infilter=HTML (StarWriter)",
            "--convert-to",
            "pdf",
            "--outdir",
            str(self.folder),
            str(page),
        ]
        subprocess.run(words, capture_output=True, check=True, timeout=240)
        return scanner.pages(page.with_suffix(".pdf").read_bytes(), seed)


def page_of(replica: Replica, agency: str, year: int) -> Page:
    """A report of the replica."""
    return next(p for p in replica.world.reports() if (p.agency, p.year) == (agency, year))


def serve_pictures(replica: Replica, page: Page, printer: Printer, *, tables_alone: bool) -> list[str]:
    """Serve a report with its tables, or its whole text, as pictures of pages; gives their URLs in order.

    Beside them stand what no table is: a code to be scanned, an icon of no stated size.
    """
    url = replica.world.url(page)
    found = blocks(replica.world, page, Changes())
    kept = to_html(found, page.style)
    words = [block for block in found if not isinstance(block, Grid)] if tables_alone else []
    printed = [block for block in found if isinstance(block, Grid)] if tables_alone else found
    files = printer.pages(to_html(printed, "plain"), page.year or 0)
    names = [f"W0202{page.year}{number:06}.jpg" for number in range(len(files))]
    images = "".join(
        f'<p align="center"><img src="./{name}" OLDSRC="{name}" style="width: 100%"></p>' for name in names
    )
    others = '<p><img src="/images/zj_2.png"><img src="./wx.png" title="扫一扫"></p>'
    served = _served(replica, url)
    assert kept in served
    replica.serve(url, served.replace(kept, to_html(words, "plain") + images + others).encode())
    for name, file in zip(names, files, strict=True):
        replica.serve(urljoin(url, name), file, headers=[("Content-Type", "image/jpeg")])
    replica.serve(urljoin(url, "/images/zj_2.png"), _square(60))
    replica.serve(urljoin(url, "./wx.png"), _square(258))
    return [urljoin(url, name) for name in names]


def serve_scanned_pdf(replica: Replica, page: Page, printer: Printer) -> str:
    """Serve a report as a page with nothing but a link to a PDF without text; gives the PDF's URL."""
    url = replica.world.url(page)
    found = blocks(replica.world, page, Changes())
    kept = to_html(found, page.style)
    first, *more = [
        Image.open(BytesIO(file)) for file in printer.pages(to_html(found, "plain"), page.year or 0)
    ]
    file = BytesIO()
    first.save(file, "PDF", resolution=SCANNER.dpi, save_all=True, append_images=more)
    served = _served(replica, url)
    assert kept in served
    replica.serve(
        url, served.replace(kept, f'<p>附件：<a href="./P02.pdf">{page.title}.pdf</a></p>').encode()
    )
    replica.serve(urljoin(url, "P02.pdf"), file.getvalue(), headers=[("Content-Type", "application/pdf")])
    return urljoin(url, "P02.pdf")


def _served(replica: Replica, url: str) -> str:
    from crawler.replica.pages import answer
    from crawler.replica.reply import Asked

    reply = answer(replica.world, Asked(url), Changes())
    assert reply is not None
    return reply.body.decode()


@cache
def _square(side: int) -> bytes:
    file = BytesIO()
    Image.effect_noise((side, side), 90).save(file, "PNG")
    return file.getvalue()
