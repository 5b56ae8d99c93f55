"""What holds for every deadline, whatever is received when."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations

from deadline_tools import (
    AFTER_15,
    AFTER_17,
    CLOCK,
    LAST_HOUR,
    OFFICE,
    SATURDAYS,
    THANH_HOA,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.deadline import (
    Pause,
    compute_deadline,
)
from tthc_tui.core.ledger import LineKind
from tthc_tui.core.procedure import Cutoff, Limit, LimitUnit
from tthc_tui.core.site import CountingStyle

received_times = st.datetimes(
    datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(VIETNAM)  # noqa: DTZ001
)  # fmt: skip
units = st.sampled_from(LimitUnit)
styles = st.sampled_from(CountingStyle)
calendars = st.sampled_from([OFFICE, THANH_HOA, SATURDAYS])
cutoffs = st.sampled_from([Cutoff(), AFTER_15, LAST_HOUR, AFTER_17])
amounts = st.integers(0, 120).map(lambda quarters: Decimal(quarters) / 4)


@st.composite
def terms(draw: st.DrawFn) -> tuple[datetime, list[Pause]]:
    received = draw(received_times)
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        start = received + timedelta(minutes=draw(st.integers(-600, 30_000)))
        pauses.append(
            Pause(start=start, end=start + timedelta(minutes=draw(st.integers(0, 12_000))), reason="x")
        )
    return received, pauses


@given(terms(), amounts, units, styles, calendars, cutoffs)
@settings(max_examples=150, deadline=None)
def test_what_holds_for_every_deadline(
    term: tuple[datetime, list[Pause]],
    amount: Decimal,
    unit: LimitUnit,
    style: CountingStyle,
    calendar: WorkCalendar,
    cutoff: Cutoff,
) -> None:
    received, pauses = term
    limited = Limit(amount=amount, unit=unit)
    first = compute_deadline(received, limited, calendar, style, cutoff, pauses)
    assert first.due_at is not None
    assert first.counts_from >= received
    assert calendar.is_working(first.counts_from)
    assert first.due_at >= first.counts_from
    # No result on a non-working minute: it is in office hours or their very end.
    assert calendar.is_working(first.due_at) or calendar.is_working(first.due_at - timedelta(microseconds=1))
    for other in permutations(pauses):
        assert compute_deadline(received, limited, calendar, style, cutoff, other) == first
    without = compute_deadline(received, limited, calendar, style, cutoff)
    assert without.due_at is not None
    assert first.due_at >= without.due_at
    lines = first.explain()
    assert lines[0].kind is LineKind.RECEIVED
    assert lines[-1].start == first.due_at
    assert all(line.text.isprintable() for line in lines)


@given(terms(), amounts, st.sampled_from([LimitUnit.WORKING_DAY, LimitUnit.HOUR]), calendars, cutoffs)
@settings(max_examples=100, deadline=None)
def test_the_ledger_adds_up_to_the_limit(
    term: tuple[datetime, list[Pause]],
    amount: Decimal,
    unit: LimitUnit,
    calendar: WorkCalendar,
    cutoff: Cutoff,
) -> None:
    received, pauses = term
    amount += Decimal("0.25")
    deadline = compute_deadline(received, Limit(amount=amount, unit=unit), calendar, CLOCK, cutoff, pauses)
    counted = sum((line.counted for line in deadline.explain()), timedelta())
    assert counted == timedelta(hours=float(amount) * (8 if unit is LimitUnit.WORKING_DAY else 1))


@given(terms(), amounts, units, styles, st.integers(0, 40_000))
@settings(max_examples=80, deadline=None)
def test_remaining_time_only_falls(
    term: tuple[datetime, list[Pause]], amount: Decimal, unit: LimitUnit, style: CountingStyle, later: int
) -> None:
    received, pauses = term
    deadline = compute_deadline(received, Limit(amount=amount, unit=unit), OFFICE, style, pauses=pauses)
    assert deadline.due_at is not None
    earlier = deadline.remaining(received + timedelta(minutes=later // 2))
    now = deadline.remaining(received + timedelta(minutes=later))
    assert now.minutes <= earlier.minutes
    at_due = deadline.remaining(deadline.due_at)
    assert at_due.minutes == 0 or at_due.paused
    assert not at_due.overdue
