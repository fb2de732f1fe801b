"""The two dates that every question takes, and how they are read."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from crawler.command.terminal import USAGE, now, say
from crawler.schedule import SHANGHAI
from gxstore.as_of import AsOf

ObservedBy = Annotated[
    str | None,
    typer.Option(
        "--observed-by",
        metavar="DATE",
        help="Only what the portals had shown by the end of that day (or minute: 2026-01-31T09:30), Asia/Shanghai.",
    ),
]
ReadBy = Annotated[
    str | None,
    typer.Option(
        "--read-by",
        metavar="DATE",
        help="Only what our readers had made of it by the end of that day (or minute).",
    ),
]
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)?")
_SECOND = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)?")
_TICK = timedelta(microseconds=1)


def as_of(observed_by: str | None, read_by: str | None) -> AsOf:
    """Both dates of a question; says so and ends where one is no date or lies in the future."""
    return AsOf(
        moment_or_say("--observed-by", observed_by) if observed_by is not None else None,
        moment_or_say("--read-by", read_by) if read_by is not None else None,
    )


def moment_or_say(option: str, text: str) -> datetime:
    """The last moment of what a text names; says so and ends where it is no date, or one to come."""
    today = now()
    found = span_of(text)
    if found is None:
        say(
            f"{option} {text!r} is no date. Write 2026-01-31 for the end of that day, or 2026-01-31T09:30 (Asia/Shanghai).",
            USAGE,
        )
    # today, and the minute that it is, have begun and may be asked for
    if found[0] > today:
        say(
            f"{option} {text} lies in the future, and what will be known by then cannot be told. Leave it out for all that "
            "is held.",
            USAGE,
        )
    return found[1]


def span_of(text: str) -> tuple[datetime, datetime] | None:
    """The first and the last moment of the day, minute or second that a text names; None where it names none. What names no
    zone is Asia/Shanghai."""
    text = text.strip()
    length = None
    if _DAY.fullmatch(text):
        length = timedelta(days=1)
    elif _MINUTE.fullmatch(text):
        length = timedelta(minutes=1)
    elif _SECOND.fullmatch(text):
        length = timedelta(seconds=1)
    try:
        begin = datetime.fromisoformat(text)
        begin = begin if begin.tzinfo else begin.replace(tzinfo=SHANGHAI)
        return begin, begin + (length - _TICK if length else timedelta(0))
    except (ValueError, OverflowError):
        return None
