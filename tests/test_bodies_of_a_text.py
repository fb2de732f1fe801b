"""A page whose frame changes while its text stays: its cells stand on other lines of another body, and nothing is damaged."""

from collections.abc import Callable
from typing import Any

from tests.test_rebuild import served

WHO = "sd-weishan-sfj"


def test_an_older_capture_with_a_longer_frame_and_the_same_text_damages_nothing(
    on: Callable[..., Any],
) -> None:
    made, replica = on("shandong")
    made.run()
    url = replica.url_of(WHO, 2020)
    page = made.data / "page.html"
    page.write_bytes(served(replica, url).replace(b"<body", b"\n\n<!-- a banner -->\n<body", 1))
    done = made.here("import", "--replica", "--url", url, "--date", "2023-03-03", str(page))
    assert done.returncode == 0, done.stderr
    done = made.here("verify", "--reread", "100")
    assert (done.returncode, "sound" in done.stdout) == (0, True), done.stdout
    done = made.here(
        "query", "ar.t3.new_received.total", "--agency", WHO, "--years", "2019-2020", "--explain"
    )
    one, other = done.stdout.split(" 2020: ")
    assert ("of the source" in one, "of the source" in other) == (True, False)
