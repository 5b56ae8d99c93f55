"""The server's clock."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

from tthc_tui.core.base import vietnam_time


def now_ms() -> int:
    """Whole milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def today() -> date:
    """The day it is in Vietnam."""
    return from_ms(now_ms()).date()


def from_ms(at: int) -> datetime:
    """An instant kept in milliseconds, on the clocks of Vietnam."""
    return vietnam_time(datetime.fromtimestamp(at / 1000, UTC))
