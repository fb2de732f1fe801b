"""Headless Chromium, which sees what a person would; it reaches loopback and nothing else."""

import shutil
import subprocess
from pathlib import Path

from PIL import Image

Colour = tuple[int, int, int]

_ALONE = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
    ),
    *("--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)


def _seen(address: str, folder: Path, *words: str) -> str:
    program = shutil.which("chromium")
    assert program is not None, "Chromium is not installed. On Debian type: apt-get install chromium"
    profile = folder / "profile"
    done = subprocess.run(
        [program, *_ALONE, f"--user-data-dir={profile}", "--virtual-time-budget=20000", *words, address],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def colours(address: str, folder: Path, *, size: tuple[int, int] = (900, 700)) -> dict[Colour, int]:
    """How many points of the page's picture have which colour; the picture stays in the folder as `page.png`."""
    picture = folder / "page.png"
    _seen(address, folder, f"--screenshot={picture}", f"--window-size={size[0]},{size[1]}")
    with Image.open(picture) as image:
        counted = image.convert("RGB").getcolors(size[0] * size[1])
    assert counted is not None
    return {colour: number for number, colour in counted if isinstance(colour, tuple)}  # type: ignore[misc]
