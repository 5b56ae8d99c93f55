"""Calendars, cut-offs and short ways to ask for a deadline."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.deadline import compute_deadline
from tthc_tui.core.procedure import Cutoff, CutoffKind, Limit, LimitUnit
from tthc_tui.core.site import CountingStyle, HoursRule, Session

OFFICE = WorkCalendar([HoursRule()])
THANH_HOA = WorkCalendar(
    [
        HoursRule(
            sessions=(Session(start=time(7), end=time(11, 30)), Session(start=time(13, 30), end=time(17)))
        )
    ]
)
SATURDAYS = WorkCalendar(
    [HoursRule(), HoursRule(weekdays=(5,), sessions=(Session(start=time(7, 30), end=time(11, 30)),))]
)
CLOCK, CIVIL = CountingStyle.CLOCK, CountingStyle.CIVIL
AFTER_15 = Cutoff(kind=CutoffKind.AFTER_HOUR, at=time(15), source="1.001193")
LAST_HOUR = Cutoff(kind=CutoffKind.LAST_MINUTES, minutes=60)
AFTER_17 = Cutoff(kind=CutoffKind.OUT_OF_HOURS, at=time(17), starts=time(8))


def at(*parts: int) -> datetime:
    """A time on the clocks of Vietnam."""
    return datetime(*parts, tzinfo=VIETNAM)  # type: ignore[arg-type, misc]


def limit(amount: str, unit: str = "working_day") -> Limit:
    """A limit by its amount in words."""
    return Limit(amount=Decimal(amount), unit=LimitUnit(unit))


def due(received: datetime, amount: str, unit: str = "working_day", **more: object) -> datetime | None:
    """When a dossier received at a time is due."""
    calendar = more.pop("calendar", OFFICE)
    return compute_deadline(received, limit(amount, unit), calendar, **more).due_at  # type: ignore[arg-type]
