"""How long the reading of a file may go on: known in the process that `archive.text.confined` started, without end elsewhere.

Work that can be done in part (page after page of a scan) asks here before it goes on, so that a long file gives the
pages that there was time for, and says which were left, where it would else be ended and give nothing.
"""

import math
import time

# Of what is left, so much is kept back for what comes after the pages: judging them, and handing the text over.
_KEPT_BACK = 0.15

_cpu = math.inf
_clock = math.inf
_kept_back = 0.0


def grant(cpu: float, clock: float) -> None:
    """Allow the next file this many seconds of processor time of this process, and by the clock, from now."""
    global _cpu, _clock, _kept_back
    _cpu, _clock = time.process_time() + cpu, time.monotonic() + clock
    _kept_back = _KEPT_BACK * min(cpu, clock)


def allows(seconds: float) -> bool:
    """Whether work of so many seconds of one processor can still be done."""
    left = min(_cpu - time.process_time(), _clock - time.monotonic())
    return seconds <= left - _kept_back
