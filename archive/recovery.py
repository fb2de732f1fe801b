"""Seals the files that a killed process left in progress, and cuts nothing off but what it had not finished."""

import fcntl
import hashlib
import os
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from archive.index import index_line, sorted_index, write_index
from archive.manifest import read_manifest, seal, sync_folder
from archive.reader import OPEN_SUFFIX, TORN_SUFFIX
from archive.scan import scan
from archive.warc import CannotWrite


@dataclass(frozen=True, slots=True)
class Recovered:
    """What `recover` did with one file: how many records that can be read it sealed, how many bytes of an unfinished
    one it put aside, and how many damaged places it found and sealed as they are: the audit names them."""

    file: str
    records: int
    torn_bytes: int
    sealed: bool
    damaged: int = 0


def recover(folder: Path) -> list[Recovered]:
    """Seals the files that a killed process left in progress. Files of a process that lives are left alone.

    An unfinished record at the end is cut off and kept beside as `….torn`; a file with nothing before it becomes a
    `.torn` file altogether. Any other damage, be it in the last record, was done to what had been written whole:
    nothing is cut on its account, the file is sealed as it is, and the audit names the place from then on. A file
    that the manifest lists was whole, and only gets its name. A manifest whose last line is torn is mended.

    Returns what was done, file by file.

    Raises:
        CannotWrite: a file cannot be sealed; it is left in progress.
    """
    done: list[Recovered] = []
    for path in sorted(folder.glob(f"*.warc.gz{OPEN_SUFFIX}")):
        try:
            with path.open("r+b") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                if path.exists():
                    done.append(_recover_one(folder, path, stream))
        except FileNotFoundError:
            continue  # its process lived, and has sealed it
        except OSError as error:
            raise CannotWrite(
                f"{path}, left by a killed process, cannot be sealed ({error.strerror}): see that there is space and "
                f"that you may write to it, then run again."
            ) from error
    return done


def _recover_one(folder: Path, path: Path, stream: BufferedRandom) -> Recovered:
    name = path.name.removesuffix(OPEN_SUFFIX)
    listed = name in read_manifest(folder).digests
    records = damaged = 0
    size = whole = stream.seek(0, 2)
    index: list[str] = []
    for seen in scan(stream):
        if seen.unfinished and not listed:
            whole = seen.offset
            continue
        if (line := index_line(name, seen)) is not None:
            index.append(line)
        records += seen.block_sha256 is not None
        damaged += seen.problem is not None
    if whole < size:
        _put_aside(folder, name, stream, whole)
    if whole == 0:
        path.unlink()
        sync_folder(folder)
        return Recovered(name, 0, size, sealed=False)
    stream.seek(0)
    write_index(folder, name, sorted_index(index))
    seal(folder, name, hashlib.file_digest(stream, "sha256").hexdigest())
    return Recovered(name, records, size - whole, sealed=True, damaged=damaged)


def _put_aside(folder: Path, name: str, stream: BufferedRandom, start: int) -> None:
    """Moves what stands at `start` and behind into a `.torn` file; it is there whole before it is cut off here."""
    stream.seek(start)
    with _unused(folder, name + TORN_SUFFIX).open("xb") as aside:
        while piece := stream.read(1 << 20):
            aside.write(piece)
        aside.flush()
        os.fsync(aside.fileno())
    sync_folder(folder)
    stream.truncate(start)
    os.fsync(stream.fileno())


def _unused(folder: Path, name: str) -> Path:
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{name}.{number}"
    return path
