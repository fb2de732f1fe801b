"""The process that reads files of strangers: run by `archive.text.confined`, never by hand.

It is two. The warden reads nothing that comes from outside: it waits until the reader has died or the program that asked
has, however it died, and then kills whatever the reader has started (an office suite) and removes its temporary
folder. The reader, its child, takes one file after the other from standard input and answers on standard output.

A request is a line of JSON, {"size", "media_type_hint", "charset_hint"}, and that many bytes. An answer is a line
{"kind", "size"} and that many bytes: of kind `document` as `archive.text.wire` writes it, of another a sentence.
"""

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import traceback
from typing import BinaryIO, NoReturn

# What the program that asks tells apart. The last two are of this process, the others of the file.
REFUSALS = ("NotReadable", "NoPage", "NotYetReadable", "GivenUp")
MEMORY, FAULT, DOCUMENT = "memory", "fault", "document"
_SIGNAL = 128


def main() -> NoReturn:
    """Start the reader and watch it. The exit status is the reader's, 128 and its number for a signal."""
    limits = json.loads(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="gxcrawl-reading-")
    living, life = os.pipe()  # closed by the system when the reader is gone, and by nobody else
    reader = os.fork()
    if reader == 0:
        os.close(living)
        os.setpgid(0, 0)
        os.environ["TMPDIR"] = os.environ["HOME"] = tempfile.tempdir = folder
        with contextlib.suppress(BrokenPipeError):
            _serve(limits)
        os._exit(0)
    os.close(life)
    with contextlib.suppress(OSError):  # the reader was faster
        os.setpgid(reader, reader)
    poll = select.poll()
    poll.register(0, 0)  # nothing to read here: only that nobody can write any more
    poll.register(living, 0)
    poll.poll()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(reader, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1])
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(_SIGNAL - status if status < 0 else status)


def _serve(limits: dict[str, int]) -> None:
    # What a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for what, limit in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["disk"]),
        (resource.RLIMIT_CORE, 0),
    ):
        _limit(what, limit)
    requests = sys.stdin.buffer
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(request["size"])
        _allow_time(limits["cpu"], limits["time"])
        kind, answer = _answer(data, request, limits["output"])
        _send(answers, kind, answer)
        del data, answer
        if kind == MEMORY:  # what else has failed silently is unknown
            return


def _allow_time(seconds: int, clock: int) -> None:
    """Processor time for one more file; beyond it the system kills this process. What can be done in part is told."""
    from archive.text.allowance import grant

    grant(seconds, clock)
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _limit(resource.RLIMIT_CPU, until)


def _limit(what: int, limit: int) -> None:
    """Only the soft limit: an office suite started from here has limits of its own. Never more than the system allows."""
    most = resource.getrlimit(what)[1]
    resource.setrlimit(what, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _answer(data: bytes, request: dict[str, str | None], most: int) -> tuple[str, bytes]:
    # Imported here, so that the warden stays small and holds no code that reads files.
    from archive.text.extract import extract
    from archive.text.refusal import NotReadable
    from archive.text.wire import to_bytes

    try:
        document = extract(
            data, media_type_hint=request["media_type_hint"], charset_hint=request["charset_hint"]
        )
        answer = to_bytes(document)
    except NotReadable as refusal:
        return type(refusal).__name__, str(refusal).encode()
    except MemoryError:
        return MEMORY, b""
    except Exception as error:
        traceback.print_exc()
        return FAULT, f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace")[:2000]
    if len(answer) > most:
        sentence = f"It holds {len(answer):,} bytes of text, more than any report; {most:,} are allowed."
        return "GivenUp", sentence.encode()
    return DOCUMENT, answer


def _send(answers: BinaryIO, kind: str, answer: bytes) -> None:
    answers.write(json.dumps({"kind": kind, "size": len(answer)}).encode() + b"\n")
    answers.write(answer)
    answers.flush()


if __name__ == "__main__":
    main()
