"""What every command shares: consoles, options, exit codes, the settings with their log, and how things are said."""

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from crawler.settings import Settings, SettingsError, load_settings

DONE, FAILED, USAGE, PARTIAL = 0, 1, 2, 3
OUTCOME_EXIT = {"ok": DONE, "partial": PARTIAL, "failed": FAILED}

# A table that goes into a file or a pipe is not squeezed into eighty columns.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False)

SiteOption = Annotated[str | None, typer.Option("--site", help="Name of a site file, for instance ningxia.")]
ReplicaOption = Annotated[
    bool, typer.Option("--replica", help="Ask the bundled replica on loopback instead of the portals.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def say(sentence: str, code: int) -> NoReturn:
    """Say what is wrong, in one sentence, and end with that exit code."""
    err.print(f"gxcrawl: {escape(sentence)}", soft_wrap=True)
    sys.exit(code)


class _Log(logging.FileHandler):
    """The log file, opened when there is something to say. Where it cannot be, the command says what is wrong all the same."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:  # the file cannot be opened
            self.handleError(record)


def open_settings(data: Path | None = None) -> Settings:
    """The settings, with the log opened in the data folder (or in another one, for the demo)."""
    settings = load_settings()
    if data is not None:
        settings = settings.moved_to(data)
    folder = settings.data / "log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = _Log(folder / "gxcrawl.log", encoding="utf-8", delay=True)
    except OSError as error:
        raise SettingsError(
            f"The data folder {settings.data} cannot be written: {error.strerror}. Name another with GXCRAWL_DATA."
        ) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.raiseExceptions = (
        False  # a disk that is full for the log is full for the rest too, which says so plainly
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("scrapy", "twisted", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return settings


def now() -> datetime:
    """The clock of the command, in UTC."""
    return datetime.now(UTC)


def print_json(value: object) -> None:
    """Print one object as one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
