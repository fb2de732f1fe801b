"""Reports of earlier runs that no list names any more are asked for all the same."""

from collections.abc import Callable
from typing import Any

from crawler.replica.server import Replica
from tests.test_moved_pages import HOST, WHO
from tests.test_rebuild import served


def test_a_report_held_before_that_a_list_names_as_another_bodys_is_asked_for_all_the_same(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    made.first()
    column, held = "http://" + HOST, replica.url_of(WHO, 2021)
    listed = served(replica, column).decode()
    name = held.rpartition("/")[2]
    (entry,) = [line for line in listed.split("<a ") if name in line]
    replica.serve(column, listed.replace(entry, entry.replace("司法局", "公安局")).encode())
    replica.serve(held, b"<html><body><h1>404</h1></body></html>", status=404)
    second = made.run()
    assert (second["gone"], second["unchanged"]) == (1, 14), second
