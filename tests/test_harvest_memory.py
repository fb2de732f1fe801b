"""What a harvest takes in memory does not grow with the pages that it fetches."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests import many_pages

# Notes what the process holds (statm: resident pages) each time that some more documents are done.
_MEASURED = """
import json, os, atexit, resource
import crawler.intake as intake
held, done, end = [], 0, intake.Intake.end
def resident():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize()
def counted(self, item, *rest, **more):
    global done
    if item.kind == "report":
        done += 1
        if done % EVERY == 0:
            held.append(resident())
    return end(self, item, *rest, **more)
intake.Intake.end = counted
def tell():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with open("NOTES", "w") as notes:
        json.dump({"held": held, "peak": peak}, notes)
atexit.register(tell)
"""
_TENTHS = 10
# In bytes a page, over what is there after the first tenth.
_GROWTH = 1000
# The end of a run looks at its whole ledger, and at all copies of ten bodies' reports at once.
_PEAK = 4000


def memory_over(pages: int, tmp_path: Path, harvester: Any) -> tuple[float, float]:
    """Bytes that each further page adds while pages are fetched, and at the end of the run."""
    notes = tmp_path / "notes.json"
    before = _MEASURED.replace("EVERY", str(pages // _TENTHS)).replace("NOTES", str(notes))
    with many_pages.served() as proxy:
        made = harvester(tmp_path / "data", proxy, many_pages.SITE, many_pages.config(tmp_path, pages))
        process = made.start(before=before)
        out, errors = process.communicate()
    assert process.returncode == 0, errors
    summary = json.loads(out)
    assert (summary["found"], summary["failed"]) == (pages, 0), summary
    told = json.loads(notes.read_text())
    held = told["held"]
    assert len(held) == _TENTHS
    further = pages * (_TENTHS - 2) / _TENTHS
    # The middle of three values of each end, since what is resident goes up and down.
    growth = (sorted(held[-3:])[1] - sorted(held[1:4])[1]) / (further * 0.75)
    return growth, (told["peak"] - held[1]) / pages


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
def test_memory_is_flat_over_fifty_thousand_pages(tmp_path: Path, harvester: Any) -> None:
    growth, peak = memory_over(50_000, tmp_path, harvester)
    print(f"{growth:.0f} bytes a page while fetching, {peak:.0f} at the end")  # noqa: T201
    assert growth < _GROWTH
    assert peak < _PEAK


def test_a_harvest_of_made_up_pages_finds_each_of_them(tmp_path: Path, harvester: Any) -> None:
    """A sample of the above: too few pages to tell how memory grows, enough to see that it is measured."""
    memory_over(100, tmp_path, harvester)
