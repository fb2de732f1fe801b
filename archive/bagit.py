"""Packs an excerpt of the archive as a bag (BagIt 1.0, RFC 8493): a folder with its own SHA-256 manifests.

The same selection gives the same bytes in every file.
"""

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from archive.excerpt import Excerpt, pieces
from archive.index import INDEX_SUFFIX, sorted_index

_UNFINISHED = ".unfinished"


def write_bag(target: Path, folder: Path, chosen: Sequence[Excerpt], about: Mapping[str, str]) -> None:
    """Writes a bag, whole or not at all; the WARC files with their indexes are its payload.

    Args:
        target: the folder that is to be the bag; it must not be there yet.
        folder: the archive that the excerpts are taken from.
        chosen: the excerpts, in the order of their names.
        about: the elements of `bag-info.txt` (RFC 8493, 2.2.2), but for Payload-Oxum.

    Raises:
        FileExistsError: the folder is there.
        DamagedRecord: the archive changed since the excerpts were chosen.
        OSError: it cannot be written.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already")
    unfinished = target.with_name(target.name + _UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "data" / "archive").mkdir(parents=True)
    try:
        payload: dict[str, tuple[str, int]] = {}
        for excerpt in chosen:
            path = f"data/archive/{excerpt.name}"
            payload[path] = _put(unfinished / path, pieces(folder, excerpt))
            index = sorted_index(excerpt.index).encode()
            payload[path + INDEX_SUFFIX] = _put(unfinished / (path + INDEX_SUFFIX), [index])
        octets = sum(size for _, size in payload.values())
        info = {**about, "Payload-Oxum": f"{octets}.{len(payload)}"}
        tags = {
            "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": "".join(f"{name}: {_one_line(value)}\n" for name, value in info.items()),
            "manifest-sha256.txt": _manifest({path: digest for path, (digest, _) in payload.items()}),
        }
        digests = {name: _put(unfinished / name, [text.encode()])[0] for name, text in tags.items()}
        _put(unfinished / "tagmanifest-sha256.txt", [_manifest(digests).encode()])
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _put(path: Path, content: Iterable[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as out:
        for piece in content:
            out.write(piece)
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def _manifest(digests: Mapping[str, str]) -> str:
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))


def _one_line(value: str) -> str:
    return " ".join(value.split())
