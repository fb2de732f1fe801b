"""What a page needs to be shown: found in the page and in its style sheets, captured once, and replayed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive.reader import iter_records
from crawler.replica.server import Replica
from crawler.requisites import of_page, of_style

PAGE = """<html><head><base href="/zwgk/"><link rel="stylesheet" href="../css/a.css"><link rel="canonical" href="/x">
<script src="//static.gov.cn/j.js"></script><script>var a = 1;</script>
<style>@import "b.css"; .a { background: url('i/bg.png') }</style></head>
<body background="/i/body.gif"><img src="i/1.jpg#x"><img src="i/1.jpg"><img src="data:image/png;base64,AA">
<td style="background:url( i/td.png )"></td><a href="/t1.html">a</a><img src="http://[bad"></body></html>"""


def test_style_sheets_scripts_and_images_of_a_page_are_named_once_with_their_whole_address() -> None:
    found = of_page(PAGE, "http://www.a.gov.cn/t/1.html")
    assert sorted(found) == [
        "http://static.gov.cn/j.js",
        "http://www.a.gov.cn/css/a.css",
        "http://www.a.gov.cn/i/body.gif",
        "http://www.a.gov.cn/zwgk/b.css",
        "http://www.a.gov.cn/zwgk/i/1.jpg",
        "http://www.a.gov.cn/zwgk/i/bg.png",
        "http://www.a.gov.cn/zwgk/i/td.png",
    ]


def test_a_style_sheet_names_images_and_further_style_sheets() -> None:
    css = ".a{background:url(../i/a.png)} @import url(\"b.css\"); @import 'c.css'; .b{background:url(data:x)}"
    assert of_style(css, "http://a.cn/css/a.css") == [
        "http://a.cn/i/a.png",
        "http://a.cn/css/b.css",
        "http://a.cn/css/c.css",
    ]


def with_requisites(tmp_path: Path, wanted: str) -> Path:
    """A config folder whose site file says this of what its pages need."""
    folder = tmp_path / "config" / "sites"
    folder.mkdir(parents=True)
    text = Path("config/sites/shandong.toml").read_text("utf-8")
    (folder / "shandong.toml").write_text(
        text.replace("[expect]", f"[requisites]\n{wanted}\n\n[expect]", 1), "utf-8"
    )
    return folder.parent


def test_nothing_that_a_page_needs_is_asked_for_where_the_site_file_turns_it_off(
    on: Callable[..., tuple[Any, Replica]], tmp_path: Path
) -> None:
    made, replica = on("shandong", with_requisites(tmp_path, "keep = false"))
    assert made.run()["outcome"] == "ok"
    assert not [request for request in replica.requests if request.path.startswith("/images/")]


def test_what_a_report_page_needs_is_captured_once_within_its_bounds_and_makes_no_trouble(
    on: Callable[..., tuple[Any, Replica]], tmp_path: Path
) -> None:
    made, replica = on("shandong", with_requisites(tmp_path, "max_bytes = 1000"))
    host = "http://www.weishan.gov.cn"
    css = b".header { background: url(bg.png) } @import url(http://elsewhere.example/x.css);"
    replica.serve(f"{host}/images/gl.css", css, headers=[("Content-Type", "text/css")])
    replica.serve(
        f"{host}/images/bg.png", b"\x89PNG\r\n\x1a\n" + bytes(200), headers=[("Content-Type", "image/png")]
    )
    replica.serve(f"{host}/images/jquery.min.js", b"x" * 5000, headers=[("Content-Type", "text/javascript")])
    first = made.run()
    assert (first["outcome"], first["found"], first["reasons"]) == ("ok", 5, [])
    asked = [request.path for request in replica.requests if request.path.startswith("/images/")]
    assert asked.count("/images/gl.css") == 1
    assert asked.count("/images/bg.png") == 1
    assert not any(request.host == "elsewhere.example" for request in replica.requests)
    held = {
        record.url: record
        for path in (made.data / "archive").glob("*.warc.gz")
        for record in iter_records(path)
        if record.type == "response"
    }
    assert held[f"{host}/images/gl.css"].body == css
    cut = held[f"{host}/images/jquery.min.js"]
    assert (cut.headers["warc-truncated"], len(cut.body) < 5000) == ("length", True)
    replica.requests.clear()
    second = made.run()
    assert (second["outcome"], second["unchanged"]) == ("ok", 5)
    again = [request.path for request in replica.requests]
    assert "/images/gl.css" not in again
    assert "/images/bg.png" not in again
    assert made.here("verify", "--reread", "0").returncode == 0
