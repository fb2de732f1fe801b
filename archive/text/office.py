"""Runs LibreOffice and antiword over one file: each run has a folder, a profile and a time limit of its own.

Macros are off, links to other files are not followed, and where the system allows it the process has no network. It dies
with the process that started it. Nothing is shared between runs, so that one file cannot spoil the next.
"""

import contextlib
import ctypes
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from archive.text.refusal import NotReadable, NotYetReadable

SECONDS = 60
INSTALL = "apt-get install libreoffice-writer-nogui libreoffice-calc-nogui antiword"
_OFFICE = (Path("/usr/lib/libreoffice/program/soffice.bin"), Path("/opt/libreoffice/program/soffice.bin"))
# What LibreOffice ends with when it has made its profile and wants to be started again (desktop/source/app).
_START_AGAIN = 81
_NO_USER, _NO_NETWORK = 0x10000000, 0x40000000  # unshare(2): CLONE_NEWUSER, CLONE_NEWNET
_DIE_WITH_PARENT = 1  # prctl(2): PR_SET_PDEATHSIG
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>1</value></prop>
<prop oor:name="ODFRecalcMode" oor:op="fuse"><value>1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetProxyType" oor:op="fuse"><value>1</value></prop>
<prop oor:name="ooInetHTTPProxyName" oor:op="fuse"><value>127.0.0.1</value></prop>
<prop oor:name="ooInetHTTPProxyPort" oor:op="fuse"><value>9</value></prop></item>
</oor:items>
"""
_libc = ctypes.CDLL(None, use_errno=True)


def to_docx(data: bytes, suffix: str, word: str) -> bytes:
    """A file that LibreOffice Writer opens, as DOCX.

    Args:
        data: its bytes.
        suffix: the ending that its kind has (`.doc`, `.rtf`).
        word: what to call it in a message, with its article.

    Raises:
        NotYetReadable: LibreOffice is not installed here.
        NotReadable: it could not open the file, or took too long.
    """
    program = office()
    if program is None:
        raise NotYetReadable(
            f"This is {word}, which needs LibreOffice to be read ({INSTALL}; the next harvest then reads it). "
            "Its bytes are kept as served."
        )
    with tempfile.TemporaryDirectory(prefix="gxcrawl-office-") as folder:
        home = Path(folder)
        (home / "profile" / "user").mkdir(parents=True)
        (home / "profile" / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        (home / f"file{suffix}").write_bytes(data)
        words = [
            *(str(program), "--headless", "--nologo", "--norestore", "--nodefault", "--nolockcheck"),
            f"-env:UserInstallation={(home / 'profile').as_uri()}",
            *(
                "--convert-to",
                "docx:MS Word 2007 XML",
                "--outdir",
                str(home / "out"),
                str(home / f"file{suffix}"),
            ),
        ]
        ended = _run(words, home, word)
        if ended.returncode == _START_AGAIN:
            ended = _run(words, home, word)
        made = home / "out" / "file.docx"
        if not made.is_file():
            raise NotReadable(
                f"This is {word} that LibreOffice could not open (exit {ended.returncode}): "
                "it may be damaged or protected by a password; look at it by hand."
            )
        return made.read_bytes()


def antiword(data: bytes) -> str | None:
    """The text that antiword takes out of a Word 97-2003 file, the cells of its tables parted by `|`.

    None where antiword is not installed, or cannot read the file.
    """
    program = shutil.which("antiword")
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="gxcrawl-office-") as folder:
        home = Path(folder)
        (home / "file.doc").write_bytes(data)
        try:
            ended = _run(
                [program, "-w", "0", "-m", "UTF-8.txt", str(home / "file.doc")],
                home,
                "a Word document (.doc)",
            )
        except NotReadable:
            return None
    return ended.stdout.decode("utf-8", "replace") if ended.returncode == 0 else None


def office() -> Path | None:
    """The LibreOffice of this machine: the program itself, since its wrapper would outlive a kill."""
    found = next((path for path in _OFFICE if path.is_file()), None)
    if found is None and (wrapper := shutil.which("soffice")):
        found = Path(wrapper).resolve().with_name("soffice.bin")
    return found if found is not None and found.is_file() else None


@cache
def version() -> str:
    """The version of the LibreOffice of this machine, as short as `lo7.4`; `lo` where it does not say."""
    program = office()
    about = program.with_name("bootstraprc") if program is not None else None
    text = about.read_text("utf-8", "replace") if about is not None and about.is_file() else ""
    found = re.search(r"^ProductKey=\D*([\d.]{1,8})", text, re.MULTILINE)
    return f"lo{found[1]}" if found else "lo"


def _run(words: Sequence[str], home: Path, word: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {
        "HOME": str(home),
        "TMPDIR": str(home),
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
    }
    try:
        return subprocess.run(
            words,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
            preexec_fn=_shut_in,
        )
    except subprocess.TimeoutExpired as error:
        raise NotReadable(
            f"This is {word} that took {Path(words[0]).stem} more than {SECONDS} seconds: it is not read; look at it by hand."
        ) from error


@cache
def can_shut_off_network() -> bool:
    """Whether this system lets a process without privileges have a network of its own, with nothing in it."""
    shut = "import ctypes, sys; l = ctypes.CDLL(None); sys.exit(l.unshare(%d) and l.unshare(%d))"
    words = [sys.executable, "-c", shut % (_NO_NETWORK, _NO_USER | _NO_NETWORK)]
    return subprocess.run(words, check=False).returncode == 0


def _shut_in() -> None:
    """In the child, before the program starts: no network if the system allows it, and death with the parent."""
    with contextlib.suppress(OSError, AttributeError):
        if _libc.unshare(_NO_NETWORK) != 0:
            _libc.unshare(_NO_USER | _NO_NETWORK)
    with contextlib.suppress(OSError, AttributeError):
        _libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
