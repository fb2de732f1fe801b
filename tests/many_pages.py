"""A portal with as many reports as wanted, on loopback, to see what a harvest takes that has no end."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from crawler.replica.pages import answer
from crawler.replica.reply import Asked
from crawler.replica.world import Changes, load_world

SITE = "many"
YEARS = range(2021, 2026)
HOSTS = 8
_LISTED = 50
# One column: each of the five years this often, as a portal that publishes a report at several addresses does.
_COPIES = 20
_PAGES = len(YEARS) * _COPIES
_LETTERS = "科教民财人自住交水农商文卫审林体统医信城"
_HEAD = 'name = "many"\ntitle = "many"\nregion = "640000"\npublisher = "made up"\nnotes = ""\nchecked = 2026-11-20\n'


def name_of(agency: int) -> str:
    """The name of a body, another for each number."""
    first, second = divmod(agency, len(_LETTERS))
    return f"灵武市{_LETTERS[first % len(_LETTERS)]}{_LETTERS[second]}局"


def site_file(pages: int) -> str:
    """A site file for that many report pages, a hundred to each body."""
    agencies = range(pages // _PAGES)
    parts = [_HEAD, f"[expect]\nreports = {len(agencies) * _PAGES}\nfirst_year = {YEARS[0]}"]
    parts.append("[manners]\ndelay = 0\n\n[agencies]\nsource = 'made up'\ndate = 2026-11-20")
    parts += [
        f'[[agency]]\nslug = "a{number}"\nname = "{name_of(number)}"\nregion = "640181"\nlevel = "county"\nfunction = "x"'
        for number in agencies
    ]
    for host in range(HOSTS):
        columns = [number for number in agencies if number % HOSTS == host]
        if columns:
            parts.append(
                f'[[portal]]\nhost = "p{host}.gov.cn"\nscheme = "http"\nfamily = "trs"\nevidence = "seen"'
            )
        parts += [f'[[portal.column]]\npath = "/c{n}/"\nagency = "a{n}"\nevidence = "seen"' for n in columns]
    return "\n\n".join(parts)


class _Pages:
    """Reports of the replica under other names and with other figures, and lists of them."""

    def __init__(self) -> None:
        world = load_world("ningxia")
        self._reports = {}
        for page in world.reports():
            if page.agency == "nx-lingwu-sfj" and page.year in YEARS:
                reply = answer(world, Asked(world.url(page)), Changes())
                assert reply is not None
                # Without the files attached to it: they are no pages.
                self._reports[page.year] = re.sub(r"<a [^>]*\.docx.*?</a>", "", reply.body.decode())

    def __call__(self, path: str) -> str | None:
        if found := re.fullmatch(r"/c(\d+)/(?:index(?:_(\d+))?\.html)?", path):
            return self._list(int(found[1]), int(found[2] or 0))
        if found := re.fullmatch(r"/c(\d+)/t(\d+)\.html", path):
            agency, page = int(found[1]), int(found[2])
            text = self._reports[YEARS[page % len(YEARS)]]
            return text.replace("灵武市司法局", name_of(agency)).replace("</body>", f"<i>{page}</i></body>")
        return None

    def _list(self, agency: int, number: int) -> str:
        rows = "".join(
            f'<li><a href="./t{page}.html">{name_of(agency)}{YEARS[page % len(YEARS)]}年政府信息公开工作年度报告</a></li>'
            for page in range(number * _LISTED, (number + 1) * _LISTED)
        )
        count = -(-_PAGES // _LISTED)
        paging = f'<script>createPageHTML({count}, {number}, "index", "html");</script>'
        return f"<html><head><title>年报</title></head><body><ul>{rows}</ul>{paging}</body></html>"


@contextmanager
def served() -> Iterator[str]:
    """Serve them, as the replica does; gives the address to ask."""
    pages = _Pages()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            text = pages(urlsplit(self.path).path)
            body = (text or "").encode()
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def config(folder: Path, pages: int) -> Path:
    """A config folder with the site file."""
    sites = folder / "config" / "sites"
    sites.mkdir(parents=True)
    (sites / f"{SITE}.toml").write_text(site_file(pages), "utf-8")
    return sites.parent
