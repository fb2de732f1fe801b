"""Fixtures that every part of the suite may use."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the research material beside the checkout: seeds, gold values, real pages.

    It is no part of the project. Where it is absent the tests that read it are skipped and say so; under CI that is
    a failure, since a skipped test would hide a hole.
    """
    if not SHARED.is_dir():
        message = f"the folder {SHARED.name}/ beside the checkout is absent, so the seeds cannot be read"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SHARED
