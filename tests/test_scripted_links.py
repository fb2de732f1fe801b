"""Links in the source of scripts, whatever else stands there."""

import time

import pytest

from crawler.discovery.scripted import scripted_links


@pytest.mark.parametrize("beginning", ["<a href=x ", "<a ", "<a href=x", "href=x "])
def test_links_that_never_end_are_passed_over_in_linear_time(beginning: str) -> None:
    source = beginning * 20_000 + "<a href='/zwgk/jyj/' target=_blank><b>教育局</b></a>"
    began = time.process_time()
    assert list(scripted_links(source)) == [("教育局", "/zwgk/jyj/")]
    assert time.process_time() - began < 2
