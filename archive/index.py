"""The CDXJ index of a WARC file: where to find which URL at which time, for replay tools.

One index lies beside each closed file, `<file>.cdxj`: a line for each response, revisit and resource, sorted by key (SURT) and
time, in the form that cdxj-indexer and pywb write and read. It holds nothing that the file does not, so it can be
made anew at any time; the audit says where it is absent or wrong.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from archive.posted import url_of_posted
from archive.scan import Scanned, bare_id, scan
from archive.surt import surt

INDEX_SUFFIX = ".cdxj"
# Beside it while it is being written.
UNFINISHED_SUFFIX = ".unfinished"
_INDEXED = frozenset({"response", "revisit", "resource"})


def index_line(
    file: str, seen: Scanned, *, offset: int | None = None, posted: tuple[str, str] | None = None
) -> str | None:
    """The line of a record without its line end; None for a record that no index holds. `offset` is its place in
    `file` where that is another than the one it was seen at; `posted` the method and what was sent (`posted_query`), for an
    index that files the replies to POSTs apart."""
    kind = seen.headers.get("warc-type", "")
    url = seen.headers.get("warc-target-uri")
    if seen.block_sha256 is None or kind not in _INDEXED or url is None:
        return None
    # a resource is no HTTP message: its own type is in the record, and replay tools show it as if it had been served well
    served = kind != "resource"
    written = seen.http_field("content-type") if served else seen.headers.get("content-type")
    media_type = (written or "unk").partition(";")[0].strip()
    entry = {
        "url": bare_id(url),
        "mime": "warc/revisit" if kind == "revisit" else media_type,
        # as the indexers of others have it: a record without an HTTP message has no status
        **({"status": str(seen.http_status or "")} if seen.http_head or not served else {}),
        "digest": seen.headers.get("warc-payload-digest", ""),
        "length": str(seen.length),
        "offset": str(seen.offset if offset is None else offset),
        "filename": file,
    }
    key = surt(entry["url"])
    if posted is not None:
        key = surt(url_of_posted(entry["url"], *posted))
        entry |= {"requestBody": posted[1], "method": posted[0]}
    digits = "".join(char for char in seen.headers.get("warc-date", "") if char.isdigit())[:14]
    return f"{key} {digits} {json.dumps(entry, ensure_ascii=False)}"


def sorted_index(lines: Iterable[str]) -> str:
    """Index lines as the text of an index, sorted by their bytes."""
    return "".join(line + "\n" for line in sorted(lines, key=str.encode))


def index_of(path: Path, file: str) -> str:
    """The index of a WARC file, made from the file alone; `file` is the name that it has once it is closed."""
    with path.open("rb") as stream:
        return sorted_index(line for seen in scan(stream) if (line := index_line(file, seen)) is not None)


def mend_indexes(folder: Path) -> list[str]:
    """Writes the index of every closed file that has none or a wrong one; returns the names of these files."""
    mended = []
    for path in sorted(folder.glob("*.warc.gz")):
        text = index_of(path, path.name)
        there = path.with_name(path.name + INDEX_SUFFIX)
        if not there.exists() or there.read_bytes() != text.encode():
            write_index(folder, path.name, text)
            mended.append(path.name)
    return mended


def write_index(folder: Path, file: str, text: str) -> None:
    """Puts the index of a file beside it, whole or not at all."""
    unfinished = folder / (file + INDEX_SUFFIX + UNFINISHED_SUFFIX)
    with unfinished.open("wb") as stream:
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.rename(folder / (file + INDEX_SUFFIX))
