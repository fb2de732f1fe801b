"""Reads files of strangers in a process that may die: what a file does to it becomes a sentence, never a crash.

The process (`archive.text.worker`) lives on from file to file, since starting one costs more than reading a page. It
has limits on memory, time and what it may write and answer; it gets none of this program's environment but what it
needs to run (no passwords), and it is replaced when it dies, is stopped, or has read its share.
"""

import contextlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from types import TracebackType
from typing import IO, Any, Self

from archive.text import worker
from archive.text.document import Document, Table
from archive.text.refusal import GivenUp, NoPage, NotReadable, NotYetReadable
from archive.text.wire import Garbled, from_bytes

log = logging.getLogger(__name__)

_REFUSALS = {refusal.__name__: refusal for refusal in (NotReadable, NoPage, NotYetReadable, GivenUp)}
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")
_AT_ONCE = 1 << 20
_LONGEST_HEAD = 200
_PATIENCE = 10.0
_KEPT = "Its bytes are kept as served: look at it by hand, or raise {key} in gxcrawl.toml and type gxcrawl reparse."


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take.

    memory: bytes of address space. cpu: seconds of processor time. time: seconds by the clock, programs that the
    reader starts included. output: bytes of a document as it is handed over. disk: bytes of each temporary
    file. files: how many files one process reads before it is replaced.
    """

    memory: int = 2_000_000_000
    cpu: int = 120
    time: int = 300
    output: int = 64_000_000
    disk: int = 500_000_000
    files: int = 500


# What was recognised on pictures, by the digest of the bytes: it takes seconds a page, and a harvest asks twice, when a file
# comes and when it is read together with its page.
_RECOGNISED: dict[tuple[bytes, Limits], Document] = {}
_MOST_RECOGNISED = 200


class _Ended(Exception):
    """The reading process cannot answer any more; the sentence says why."""


class Confined:
    """Reads files in a process of its own. Usable from several threads, one file at a time; not over a fork.

    Close it, or use it in a `with`; where the program is killed, the process ends by itself.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process and whatever it has started. The next file starts a new one."""
        with self._lock:
            self._stop()
            if self._said is not None:
                self._said.close()
                self._said = None

    def extract(
        self, data: bytes, *, media_type_hint: str | None = None, charset_hint: str | None = None
    ) -> Document:
        """As `archive.text.extract.extract`, which see for the arguments.

        Raises:
            NotYetReadable, NotReadable: what `extract` raises.
            GivenUp: a limit was reached, or the process died of the file.
        """
        known = (sha256(data).digest(), self._limits)
        if known in _RECOGNISED:
            return _RECOGNISED[known]
        document = self._extract(data, media_type_hint, charset_hint)
        if _is_recognised(document):
            _RECOGNISED[known] = document
            for oldest in list(_RECOGNISED)[:-_MOST_RECOGNISED]:
                _RECOGNISED.pop(oldest, None)
        return document

    def _extract(self, data: bytes, media_type_hint: str | None, charset_hint: str | None) -> Document:
        head = {"size": len(data), "media_type_hint": media_type_hint, "charset_hint": charset_hint}
        request = json.dumps(head).encode() + b"\n"
        with self._lock:
            if self._read >= self._limits.files:
                self._stop()
            used = self._read > 0
            try:
                kind, answer = self._ask(request, data)
                if kind in (worker.MEMORY, worker.FAULT) and used:
                    raise _Ended("")  # what files before it have left behind counts too
            except _Ended as ended:
                if not used:
                    raise GivenUp(str(ended)) from None
                kind, answer = self._ask_anew(request, data)
            self._read += 1
            if kind == worker.MEMORY:
                self._stop()
                raise GivenUp(
                    f"Reading this file takes more than {self._limits.memory // 1_000_000:,} MB of memory, so it was given up. "
                    + _KEPT.format(key="reading_memory")
                )
        if kind == worker.FAULT:
            log.error("reading a file failed: %s", self._last_words())
            raise GivenUp(
                f"Reading this file failed: {_text(answer)}. The log says where. Its bytes are kept as served."
            )
        if refusal := _REFUSALS.get(kind):
            raise refusal(_text(answer))
        try:
            return from_bytes(answer)
        except Garbled as error:
            self.close()
            raise GivenUp(
                f"What the reading process answered is no document ({error}). The file's bytes are kept as served."
            ) from error

    def _ask_anew(self, request: bytes, data: bytes) -> tuple[str, bytes]:
        """In a fresh process, so that what becomes of a file does not depend on the files before it."""
        self._stop()
        try:
            return self._ask(request, data)
        except _Ended as ended:
            raise GivenUp(str(ended)) from None

    def _ask(self, request: bytes, data: bytes) -> tuple[str, bytes]:
        try:
            process = self._running()
        except OSError as error:
            raise _Ended(
                f"No process could be started to read this file: {error}. Its bytes are kept as served."
            ) from error
        try:
            return _Exchange(process, self._limits).ask(request, data)
        except TimeoutError:
            self._stop()
            raise _Ended(
                f"Reading this file takes longer than {self._limits.time} seconds, so it was given up. "
                + _KEPT.format(key="reading_time")
            ) from None
        except (EOFError, BrokenPipeError):
            raise _Ended(self._obituary(self._stop())) from None

    def _obituary(self, status: int) -> str:
        if status == 128 + signal.SIGXCPU:
            return (
                f"Reading this file takes more than {self._limits.cpu} seconds of processor time, so it was given up. "
                + _KEPT.format(key="reading_cpu")
            )
        log.error("a reading process ended with status %d: %s", status, self._last_words())
        how = f"with status {status}"
        if status > 128:
            with contextlib.suppress(ValueError):
                how = f"of {signal.Signals(status - 128).name}"
        return f"The process that read this file died {how}. The file's bytes are kept as served: look at it by hand."

    def _last_words(self) -> str:
        """The end of what the process and the libraries in it have printed."""
        if self._said is None:
            return ""
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - 4000))
        return self._said.read().decode("utf-8", "replace").strip()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            if self._said is not None:
                self._said.close()
            self._said = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process, and a while after it)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", worker.__name__, json.dumps(asdict(self._limits))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                bufsize=0,
                start_new_session=True,  # what the terminal sends to this program is not for it
            )
            self._read = 0
        return self._process

    def _stop(self) -> int:
        """Ends the process; returns its status."""
        process, self._process, self._read = self._process, None, 0
        if process is None:
            return 0
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()  # at which the warden ends the reader and all that it has started
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        return process.returncode


class _Exchange:
    """One request and its answer, by the clock: neither a process that does not listen nor one that does not
    answer can hold this one up."""

    def __init__(self, process: "subprocess.Popen[bytes]", limits: Limits) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        self._limits = limits
        self._deadline = time.monotonic() + limits.time
        os.set_blocking(self._in, False)

    def ask(self, request: bytes, data: bytes) -> tuple[str, bytes]:
        """Raises TimeoutError, and EOFError or BrokenPipeError where the process is gone."""
        for part in (request, data):
            self._write(part)
        received = b""
        while b"\n" not in received:
            received += self._receive()
            if len(received) > _AT_ONCE and b"\n" not in received[:_LONGEST_HEAD]:
                raise EOFError
        line, _, begun = received.partition(b"\n")
        head = _head(line)
        size = min(head["size"], self._limits.output)
        chunks, got = [begun], len(begun)
        while got < size:
            chunks.append(self._receive())
            got += len(chunks[-1])
        return head["kind"], b"".join(chunks)

    def _write(self, part: bytes) -> None:
        view = memoryview(part)
        with selectors.DefaultSelector() as selector:
            selector.register(self._in, selectors.EVENT_WRITE)
            while view:
                if not selector.select(self._left()):
                    raise TimeoutError
                view = view[os.write(self._in, view[:_AT_ONCE]) :]

    def _receive(self) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            if not selector.select(self._left()):
                raise TimeoutError
        if not (chunk := os.read(self._out, _AT_ONCE)):
            raise EOFError
        return chunk

    def _left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())


def forget_recognised() -> None:
    """Recognise every picture anew from now on."""
    _RECOGNISED.clear()


def _is_recognised(document: Document) -> bool:
    return any(
        getattr(part, "confidence", None) is not None
        for block in document.blocks
        for part in (block.cells[:1] if isinstance(block, Table) else (block,))
    )


def _head(line: bytes) -> Mapping[str, Any]:
    try:
        head = json.loads(line)
        return {"kind": str(head["kind"]), "size": int(head["size"])}
    except (ValueError, KeyError, TypeError) as error:
        raise EOFError from error


def _text(answer: bytes) -> str:
    return answer.decode("utf-8", "replace")
