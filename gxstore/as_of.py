"""The two dates that a question may carry: what the portal had shown by then, and what our readers had made of it by then.

They are apart on purpose. When a portal showed something is the time of the capture (`fetched_at`), whenever and by
whatever way it came into the store: an older capture that is imported today counts for its own day. What we understood
of it is as old as the reading (`made_at`): by a day before the reader was mended, the number is the one that it read then.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from gxstore.models import Capture, Reading

Time = InstrumentedAttribute[datetime]


@dataclass(frozen=True, slots=True)
class AsOf:
    """Both dates are moments that still count; None asks for all that is held."""

    observed_by: datetime | None = None
    read_by: datetime | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether anything may be left out."""
        return self != AsOf()

    def observed(self, column: Time = Capture.fetched_at) -> list[ColumnElement[bool]]:
        """The conditions on the time of a capture."""
        return [] if self.observed_by is None else [column <= self.observed_by]

    def read(self, column: Time = Reading.made_at) -> list[ColumnElement[bool]]:
        """The conditions on the time of a reading, or of an attribution."""
        return [] if self.read_by is None else [column <= self.read_by]


ALL = AsOf()
