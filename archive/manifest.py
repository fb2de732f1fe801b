"""The manifest of the archive: a line with name and SHA-256 for each closed file, in the form of sha256sum."""

import fcntl
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from archive.reader import OPEN_SUFFIX

MANIFEST = "manifest-sha256.txt"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The digests of the sealed files by name; `broken` counts the lines that are no manifest lines, `torn` is the
    number of bytes of a last line that was never finished."""

    digests: Mapping[str, str]
    broken: int = 0
    torn: int = 0


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder; an absent one is empty. Of two lines for one file the first holds."""
    try:
        data = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return Manifest(MappingProxyType({}))
    *lines, last = data.split(b"\n")
    digests: dict[str, str] = {}
    broken = 0
    for line in lines:
        found = re.fullmatch(r"([0-9a-f]{64})  ([^/\\]+)", line.decode("utf-8", "replace"))
        if found is None or digests.get(found[2], found[1]) != found[1]:
            broken += 1
        else:
            digests[found[2]] = found[1]
    return Manifest(MappingProxyType(digests), broken, len(last))


def first_lines(folder: Path, count: int | None = None) -> tuple[int, str]:
    """How many whole lines the manifest begins with, at most `count` (None: all that there are), and the SHA-256 of them.

    Lines are only ever added, so what it began with once it begins with for ever.
    """
    try:
        lines = (folder / MANIFEST).read_bytes().split(b"\n")[:-1][:count]
    except FileNotFoundError:
        lines = []
    return len(lines), hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()


def add_to_manifest(folder: Path, file: str, digest: str) -> None:
    """Appends one line and puts it on disk; a file listed already with this digest is left as it is.

    A last line that a killed process did not finish is cut off first.
    """
    with (folder / MANIFEST).open("a+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        known = read_manifest(folder)
        if known.torn:
            stream.truncate(stream.seek(0, os.SEEK_END) - known.torn)
        if known.digests.get(file) != digest:
            stream.write(f"{digest}  {file}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())


def seal(folder: Path, file: str, digest: str) -> None:
    """Gives a file in progress its line in the manifest and its final name.

    The manifest first: were the process killed between the two steps, a file listed and still `.open` is known to
    be whole, while a file under its final name that no line vouches for is always damage. A file that is listed
    keeps its line, whatever `digest` is.
    """
    if file not in read_manifest(folder).digests:
        add_to_manifest(folder, file, digest)
    (folder / (file + OPEN_SUFFIX)).rename(folder / file)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
