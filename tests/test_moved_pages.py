"""What a harvest says of a portal that was rebuilt: the same reports at other addresses are neither new nor gone."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from crawler.replica.server import Replica
from tests.stores import differences
from tests.test_rebuild import served

WHO, HOST = "hn-jiyuan-sfj", "sfj.jiyuan.gov.cn/zfxxgk/zfxxgknb/"
YEARS = range(2019, 2024)
EDITED = 2022
"""That report was edited when the portal was rebuilt, so its text is another: its page has not moved."""


def rebuilt(replica: Replica, way: str) -> dict[str, str]:
    """Rebuild one portal so that its list leads to other addresses; returns the new URL of each old one."""
    column = "http://" + HOST
    listed = served(replica, column).decode()
    moves = {}
    for year in YEARS:
        old = replica.url_of(WHO, year)
        new = old.replace("http:", "https:") if way == "https" else f"{column}t10000{year}.html"
        moves[old] = new
        if year == EDITED:
            replica.edit(WHO, year, "ar.t3.new_received.natural_person", "97")
        replica.serve(new, served(replica, old))
        listed = listed.replace(old.rpartition("/")[2], new.rpartition("/")[2])
    for old, new in moves.items():
        if way == "https":
            replica.serve(old, b"", status=301, headers=[("Location", new)])
        elif way == "404":
            replica.serve(old, b"<html><body><h1>404</h1></body></html>", status=404)
    if way == "https":
        replica.serve(column, b"", status=301, headers=[("Location", "https://" + HOST)])
        column = "https://" + HOST
    replica.serve(column, listed.encode())
    return moves


@pytest.mark.parametrize("way", ["404", "https"])
def test_reports_at_other_addresses_are_told_as_moved_and_neither_as_new_nor_as_gone(
    on: Callable[..., tuple[Any, Replica]], way: str
) -> None:
    made, replica = on("henan")
    first = made.first()
    moves = rebuilt(replica, way)
    second = made.run()
    assert (first["new"], first["moved"], second["changed"], second["moved"]) == (15, 0, 0, 4), second
    assert (second["new"], second["unchanged"]) == (1, 14)
    gone = [reason for reason in second["reasons"] if reason.startswith("gone: ")]
    assert (second["gone"], len(gone)) == ((1, 1) if way == "404" else (0, 0))
    old, new = sorted(moves.items())[0]
    assert f"moved, with the same text: {old} stands at {new} now, and 3 more likewise" in second["notes"]
    third = made.run()
    assert [third[key] for key in ("new", "changed", "unchanged", "moved", "gone")] == [0, 0, 15, 0, 0]
    done = made.here("db", "rebuild")
    assert done.returncode == 0, done.stderr
    again = f"sqlite:///{made.data / 'store-rebuilt.db'}"
    if not made.store:
        assert differences(f"sqlite:///{made.data / 'store.db'}", again) == []
    verified = made.here("verify", "--reread", "100")
    assert verified.returncode == 0, verified.stdout


def scan(grey: int) -> bytes:
    """A scanned page of which nothing can be read."""
    out = BytesIO()
    Image.new("L", (300, 420), grey).save(out, "PNG")
    return out.getvalue()


def test_a_scan_that_is_gone_has_not_moved_to_the_scan_of_another_year(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    column = "http://" + HOST
    pages = {year: replica.url_of(WHO, year) for year in (2019, 2020)}
    alone = {year: served(replica, url) for year, url in pages.items()}
    scans = {year: f"{column}{year}.png" for year in pages}

    def attach(year: int) -> None:
        text, _, rest = alone[year].decode().rpartition("</table>")
        link = f'<p>附件：<a href="{scans[year]}">年度报告.png</a></p>'
        replica.serve(pages[year], f"{text}</table>{link}{rest}".encode())
        replica.serve(scans[year], scan(year % 100), headers=[("Content-Type", "image/png")])

    attach(2019)
    assert made.run()["new"] == 16
    replica.serve(pages[2019], alone[2019])
    replica.serve(scans[2019], b"<html><body><h1>404</h1></body></html>", status=404)
    attach(2020)
    second = made.run()
    assert [second[key] for key in ("new", "moved", "gone")] == [1, 0, 1], second
