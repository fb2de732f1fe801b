"""Packs an excerpt of the archive as one WACZ file (WACZ 1.1.1), which replay tools open as it is.

The same selection gives the same bytes: every name, order and time in it comes from what was captured.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from archive.excerpt import Excerpt, pieces
from archive.index import sorted_index

_VERSION = "1.1.1"
# The earliest time that a ZIP file can name: when it was packed is nobody's concern.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_LINES_IN_A_BLOCK = 1024
_UNFINISHED = ".unfinished"


def write_wacz(
    target: Path,
    folder: Path,
    chosen: Sequence[Excerpt],
    pages: Iterable[dict[str, str]],
    about: dict[str, str],
) -> None:
    """Writes a WACZ file, whole or not at all.

    Args:
        target: the file; it is written over.
        folder: the archive that the excerpts are taken from.
        chosen: the excerpts, in the order of their names.
        pages: what a reader may begin with: `id`, `url`, `ts` (as WARC-Date) and `title` of each.
        about: `title`, `description`, `created` (as WARC-Date) and `software`.

    Raises:
        DamagedRecord: the archive changed since the excerpts were chosen.
        OSError: it cannot be written.
    """
    index = sorted_index(line for excerpt in chosen for line in excerpt.replayed)
    blocks, directory = _compressed(index.splitlines(keepends=True))
    first = {"format": "json-pages-1.0", "id": "pages", "title": "Reports"}
    unfinished = target.with_name(target.name + _UNFINISHED)
    try:
        with ZipFile(unfinished, "w", ZIP_STORED, strict_timestamps=True) as out:
            resources = [_put(out, f"archive/{excerpt.name}", pieces(folder, excerpt)) for excerpt in chosen]
            resources.append(_put(out, "indexes/index.cdx.gz", [blocks]))
            resources.append(_put(out, "indexes/index.idx", [directory]))
            lines = [_json(first), *(_json(page) for page in pages)]
            resources.append(_put(out, "pages/pages.jsonl", ["".join(lines).encode()]))
            package = {
                "profile": "data-package",
                "wacz_version": _VERSION,
                **about,
                "resources": resources,
            }
            content = json.dumps(package, ensure_ascii=False, indent=2).encode()
            listed = _put(out, "datapackage.json", [content])
            digest = {"path": "datapackage.json", "hash": listed["hash"]}
            _put(out, "datapackage-digest.json", [json.dumps(digest).encode()])
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _put(out: ZipFile, path: str, content: Iterable[bytes]) -> dict[str, Any]:
    """Put a file into the package, uncompressed so that it can be read in place; returns its entry in the list."""
    info = ZipInfo(path, _NO_TIME)
    info.external_attr = 0o644 << 16
    info.create_system = 3
    digest, size = hashlib.sha256(), 0
    with out.open(info, "w", force_zip64=True) as stream:
        for piece in content:
            stream.write(piece)
            digest.update(piece)
            size += len(piece)
    name = path.rpartition("/")[2]
    return {"name": name.lower(), "path": path, "hash": f"sha256:{digest.hexdigest()}", "bytes": size}


def _compressed(lines: Sequence[str]) -> tuple[bytes, bytes]:
    """An index as gzip members of a thousand lines each, and the directory of their first keys."""
    data = b""
    directory = [f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': 'index.cdx.gz'})}\n"]
    for block in _blocks(lines):
        member = _gzip("".join(block).encode())
        place = json.dumps({"offset": len(data), "length": len(member), "digest": _sha256(member)})
        directory.append(f"{block[0].partition('{')[0].strip()} {place}\n")
        data += member
    return data, "".join(directory).encode()


def _blocks(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(lines), _LINES_IN_A_BLOCK):
        yield lines[at : at + _LINES_IN_A_BLOCK]


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def _sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(entry: dict[str, str]) -> str:
    return json.dumps(entry, ensure_ascii=False) + "\n"
