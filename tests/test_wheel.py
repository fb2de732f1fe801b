"""A wheel built from the tree and installed elsewhere finds its site files, catalogue, migrations and replica."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

PROBE = """
import gxstore, crawler
from crawler.replica.server import Replica
from crawler.settings import load_settings
from crawler.sites import load_site, site_names
from gxstore import catalogue, regions
from gxstore.database import open_store
assert "elsewhere" in gxstore.__file__, gxstore.__file__
assert "elsewhere" in crawler.__file__, crawler.__file__
assert load_site("ningxia").path.is_relative_to({target!r}), load_site("ningxia").path
assert len(catalogue.load().indicators) == 291
assert regions.load().region_of_agency("灵武市司法局") == "640181"
open_store(load_settings().database, create=True)
with Replica("shandong"):
    pass
print("found", *site_names())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "elsewhere"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    return target


def test_an_installed_wheel_finds_its_own_data(installed: Path, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GXCRAWL_")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(target=str(installed))],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shipped = sorted(path.stem for path in (ROOT / "config" / "sites").glob("*.toml"))
    assert done.stdout.split() == ["found", *shipped]


def test_the_installed_command_runs(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(installed / "bin" / "gxcrawl"), "sites", "list", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"ningxia"' in done.stdout
