"""Deadlines: when a dossier must be done, how long is left, and why.

This is the only place where a time limit becomes a date. Legal sources: Decree 118/2025/NĐ-CP and the
procedures' own texts for limits and cut-offs, Civil Code 2015 art. 146-148 for terms in days and months.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from pydantic import AwareDatetime

from tthc_tui.core.base import Model, vietnam_time
from tthc_tui.core.calendar import CalendarError, WorkCalendar, moment
from tthc_tui.core.ledger import ExplainLine, ledger
from tthc_tui.core.procedure import Cutoff, CutoffKind, Limit, LimitUnit
from tthc_tui.core.site import CountingStyle

_MINUTE = 60_000_000  # microseconds
_DAY = timedelta(days=1)
_MAX_DAYS = 36_600  # a century: beyond the calendar in any unit


class Pause(Model):
    """A stretch in which the term does not run; `end` None while it lasts."""

    start: AwareDatetime
    end: AwareDatetime | None = None
    reason: str = ""


class Remaining(NamedTuple):
    """What is left of a term: whole working minutes (negative: overdue by), as of one moment.

    `overdue` also tells the evening after the promise, when no working minute has run yet.
    """

    minutes: int
    paused: bool = False
    overdue: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A promised date and everything it was counted from; times are aware, on the clocks of Vietnam.

    `due_at` is None while an open pause holds the term. `counts_from` is the receipt after the
    cut-off. `pauses` are merged and in order. `expected` is what `due_at` would be without the open pause.
    """

    due_at: datetime | None
    received_at: datetime
    counts_from: datetime
    limit: Limit
    style: CountingStyle
    cutoff: Cutoff
    pauses: tuple[Pause, ...]
    day_minutes: int
    expected: datetime
    calendar: WorkCalendar = field(repr=False, compare=False)

    @property
    def lines(self) -> tuple[ExplainLine, ...]:
        """The ledger: how the date came about, line by line, in order of time."""
        return ledger(self)

    @property
    def last_day(self) -> date:
        """The last day of a term in days or months before it is moved off a day off; else the day it ends."""
        if self.limit.unit not in (LimitUnit.DAY, LimitUnit.MONTH) or self.limit.amount == 0:
            return self.expected.date()
        return last_calendar_day(self.calendar, self.counts_from, self.limit, self.pauses)

    @property
    def paused_days(self) -> list[tuple[date, date]]:
        """The calendar days that pauses take out of a term in days or months."""
        return paused_days(self.pauses)

    def explain(self) -> list[ExplainLine]:
        """Each stretch counted, each day off skipped, each pause, the cut-off, with the rule behind it."""
        return list(self.lines)

    def remaining(self, at: datetime) -> Remaining:
        """Working time left at `at`; minutes inside pauses do not run."""
        now = vietnam_time(at)
        held = next((p for p in self.pauses if p.start <= now and (p.end is None or now < p.end)), None)
        paused = held is not None and held.start < self.expected
        if now > self.expected and not paused:
            late = self.calendar.worked_between(now, self.expected)
            return Remaining(_whole_minutes(late), False, True, self.due_at)
        start = max(held.start if held is not None and paused else now, self.counts_from)
        left = self.calendar.worked_between(start, self.expected)
        left -= paused_micros(self.calendar, self.pauses, start, self.expected)
        return Remaining(_whole_minutes(left), paused, False, self.due_at)


def remaining_until(calendar: WorkCalendar, due_at: datetime, now: datetime) -> Remaining:
    """What is left until an already promised `due_at`: the fast path of lists and the monitor."""
    return Remaining(_whole_minutes(calendar.worked_between(now, due_at)), False, now > due_at, due_at)


def _whole_minutes(micros: int) -> int:
    return micros // _MINUTE if micros >= 0 else -(-micros // _MINUTE)


def merge_pauses(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Pauses in order of time, overlapping ones joined with all their reasons, empty ones dropped."""
    valid = [p for p in pauses if p.end is None or p.start < p.end]
    out: list[Pause] = []
    for pause in sorted(valid, key=lambda p: (p.start, p.reason, p.end is None, p.end or p.start)):
        start, end = vietnam_time(pause.start), pause.end and vietnam_time(pause.end)
        last = out[-1] if out else None
        if last is None or (last.end is not None and last.end < start):
            out.append(Pause(start=start, end=end, reason=pause.reason))
            continue
        ends = None if last.end is None or end is None else max(last.end, end)
        reasons = sorted({*filter(None, last.reason.split("; ")), *filter(None, pause.reason.split("; "))})
        out[-1] = Pause(start=last.start, end=ends, reason="; ".join(reasons))
    return tuple(out)


def paused_micros(calendar: WorkCalendar, pauses: Sequence[Pause], start: datetime, end: datetime) -> int:
    """Working time inside closed (merged) pauses between two instants."""
    total = 0
    for pause in pauses:
        low, high = max(pause.start, start), min(pause.end or end, end)
        if pause.end is not None and low < high:
            total += calendar.worked_between(low, high)
    return total


# --- the start ---


def counting_start(received_at: datetime, calendar: WorkCalendar, cutoff: Cutoff) -> datetime:
    """From when a receipt counts: itself, or a later opening by the cut-off or outside office hours.

    "Sau 15 giờ" is strictly after; the last minutes of office hours include their first instant.
    """
    received = vietnam_time(received_at)
    day = received.date()
    if not calendar.is_working_day(day):
        opening = calendar.open_of(calendar.next_working_day(day))
        return _starting(opening, cutoff, calendar)
    if cutoff.kind is CutoffKind.OUT_OF_HOURS and received < calendar.open_of(day):
        return _starting(calendar.open_of(day), cutoff, calendar)
    if _is_late(received, calendar, cutoff):
        return _starting(calendar.open_of(calendar.next_working_day(day)), cutoff, calendar)
    start = calendar.next_open(received)
    return start if start.date() == day else _starting(start, cutoff, calendar)


def _is_late(received: datetime, calendar: WorkCalendar, cutoff: Cutoff) -> bool:
    """Whether the cut-off moves a receipt of this working day to the next one."""
    close = calendar.close_of(received.date())
    if cutoff.kind is CutoffKind.LAST_MINUTES:
        return received >= close - timedelta(minutes=cutoff.minutes or 60)
    if cutoff.kind is CutoffKind.NONE:
        return False
    if cutoff.at is None:
        return received > close
    return received > datetime.combine(received.date(), cutoff.at, received.tzinfo)


def _starting(opening: datetime, cutoff: Cutoff, calendar: WorkCalendar) -> datetime:
    """The opening, or the later hour of that day which the cut-off names."""
    if cutoff.kind is not CutoffKind.OUT_OF_HOURS or cutoff.starts is None:
        return opening
    named = datetime.combine(opening.date(), cutoff.starts, opening.tzinfo)
    return calendar.next_open(max(opening, named))


# --- the end ---


def compute_deadline(
    received_at: datetime,
    limit: Limit,
    calendar: WorkCalendar,
    style: CountingStyle = CountingStyle.CLOCK,
    cutoff: Cutoff = Cutoff(),  # noqa: B008 - a frozen value
    pauses: Sequence[Pause] = (),
    day_minutes: int = 480,
) -> Deadline:
    """The deadline of a dossier received at `received_at` (aware).

    CLOCK: working days are `day_minutes` working minutes each, running from the receipt; hours likewise.
    CIVIL (Civil Code art. 147, 148): the first day is not counted, the term ends with office hours of
    the last working day; a fraction is that share of the last day; hours run from the receipt.
    Plain days and months are calendar time in both styles: first day not counted, an end on a day off
    moves to the end of the next working day, month ends clamp. 0 days is the end of the effective day.
    Working time inside pauses does not count; calendar terms move by whole calendar days.
    Raises CalendarError (Vietnamese sentence) for amounts or dates out of range.
    """
    if limit.amount < 0:
        raise CalendarError("Thời hạn không được là số âm; hãy kiểm tra thời hạn của thủ tục.")
    if day_minutes <= 0:
        raise CalendarError("Số phút của một ngày làm việc phải lớn hơn 0; hãy kiểm tra cấu hình.")
    received = vietnam_time(received_at)
    start = counting_start(received, calendar, cutoff)
    merged = merge_pauses(pauses)
    closed = [pause for pause in merged if pause.end is not None]
    end_of = _ending(limit, style, calendar, day_minutes)
    expected = end_of(start, closed)
    open_pause = merged[-1] if merged and merged[-1].end is None else None
    held = open_pause is not None and open_pause.start < expected
    return Deadline(
        due_at=None if held else expected,
        received_at=received,
        counts_from=start,
        limit=limit,
        style=style,
        cutoff=cutoff,
        pauses=merged,
        day_minutes=day_minutes,
        expected=expected,
        calendar=calendar,
    )


def _ending(
    limit: Limit, style: CountingStyle, calendar: WorkCalendar, day_minutes: int
) -> Callable[[datetime, Sequence[Pause]], datetime]:
    """How a term of this kind finds its end from its start and the closed pauses."""
    amount = Fraction(limit.amount)
    if amount > _MAX_DAYS * 8:
        raise CalendarError("Thời hạn quá dài; hãy kiểm tra thời hạn của thủ tục.")
    if limit.unit is LimitUnit.HOUR:
        return lambda start, pauses: _run(calendar, start, ceil(amount * 60 * _MINUTE), pauses)
    if amount == 0:
        return lambda start, pauses: _run(calendar, start, _rest_of_day(calendar, start), pauses)
    if limit.unit in (LimitUnit.DAY, LimitUnit.MONTH):
        return lambda start, pauses: _calendar_term(calendar, start, limit, pauses)
    if style is CountingStyle.CIVIL:
        return lambda start, pauses: _civil_days(calendar, start, amount, pauses)
    return lambda start, pauses: _run(calendar, start, ceil(amount * day_minutes * _MINUTE), pauses)


def _rest_of_day(calendar: WorkCalendar, start: datetime) -> int:
    return calendar.worked_between(start, calendar.close_of(start.date()))


def _run(calendar: WorkCalendar, start: datetime, micros: int, pauses: Sequence[Pause]) -> datetime:
    """The instant when `micros` of working time outside the pauses have run since `start`."""
    left, now = micros, start
    for pause in pauses:
        if pause.end is None or pause.end <= now:
            continue
        if pause.start > now:
            runs = calendar.worked_between(now, pause.start)
            if runs >= left:
                break
            left -= runs
        now = vietnam_time(pause.end)
    return calendar.add_micros(now, left)


def _civil_days(
    calendar: WorkCalendar, start: datetime, amount: Fraction, pauses: Sequence[Pause]
) -> datetime:
    """Working days after the first one; a day that is partly paused counts for the rest of it."""
    day, left = start.date(), amount
    while True:
        day = calendar.next_working_day(day)
        opens, closes = calendar.open_of(day), calendar.close_of(day)
        whole = calendar.worked_between(opens, closes)
        share = 1 - Fraction(paused_micros(calendar, pauses, opens, closes), whole)
        if share >= left:
            break
        left -= share
    if amount.denominator == 1:
        return closes
    return _run(calendar, opens, ceil(left * whole), pauses)


def calendar_days(first: date, limit: Limit) -> int:
    """How many calendar days a term in days or months lasts that begins on `first` (not counted).

    Months end on the same day of the month or its last day (Civil Code art. 148); a part of a month is
    that part of 30 days (art. 146), part days round up. CalendarError where it ends beyond the calendar.
    """
    if limit.unit is LimitUnit.DAY:
        return ceil(limit.amount)
    whole, part = divmod(Fraction(limit.amount), 1)
    year, month = divmod(first.year * 12 + first.month - 1 + int(whole), 12)
    if year > date.max.year - 1:
        raise CalendarError("Thời hạn quá dài; hãy kiểm tra thời hạn của thủ tục.")
    day = min(first.day, months.monthrange(year, month + 1)[1])
    return (date(year, month + 1, day) - first).days + ceil(part * 30)


def paused_days(pauses: Sequence[Pause]) -> list[tuple[date, date]]:
    """The calendar days that closed (merged) pauses take out: from the first day, without the last."""
    pairs = [(vietnam_time(p.start).date(), vietnam_time(p.end).date()) for p in pauses if p.end is not None]
    return [(first, end) for first, end in pairs if first < end]


def last_calendar_day(calendar: WorkCalendar, start: datetime, limit: Limit, pauses: Sequence[Pause]) -> date:
    """The last day of a calendar term, before days off are looked at; pauses move it by whole days."""
    first = start.date()
    last = first + calendar_days(first, limit) * _DAY
    for pause in pauses:
        if pause.end is None or pause.end <= start:
            continue
        begins, ends = vietnam_time(max(pause.start, start)), vietnam_time(pause.end)
        ran_out = (
            begins.date() == last and calendar.is_working_day(last) and begins >= calendar.close_of(last)
        )
        if begins.date() > last or ran_out:
            break
        last += ends.date() - begins.date()
    return last


def _calendar_term(
    calendar: WorkCalendar, start: datetime, limit: Limit, pauses: Sequence[Pause]
) -> datetime:
    last = day = last_calendar_day(calendar, start, limit, pauses)
    away = paused_days(pauses)
    # A term that ends on a day off ends with the next working day on which it runs (art. 148).
    while not calendar.is_working_day(day) or (day > last and any(a <= day < b for a, b in away)):
        day += _DAY
    return calendar.close_of(day)


def moved_by_pauses(
    calendar: WorkCalendar, stands_from: datetime, due_at: datetime, pauses: Iterable[Pause]
) -> datetime:
    """A date set by hand at `stands_from`, moved by the working time of the closed pauses since then.

    The date itself when nothing was paused: what is printed stands.
    """
    since = [
        Pause(start=max(pause.start, stands_from), end=pause.end, reason=pause.reason)
        for pause in pauses
        if pause.end is not None and pause.end > stands_from and pause.start < due_at
    ]
    if not since:
        return due_at
    start = calendar.next_open(stands_from)
    return _run(calendar, start, max(calendar.worked_between(start, due_at), 0), merge_pauses(since))


# --- other clocks of a dossier ---


class ForwardDue(NamedTuple):
    """By when a received dossier must go on: its electronic file and its papers.

    `at_once` is True when the electronic file goes immediately, False when with the next working day.
    """

    at_once: bool
    electronic: datetime
    paper: datetime


def forward_due(
    received_at: datetime,
    calendar: WorkCalendar,
    cutoff: time = time(15, 0),
    paper_days: int = 1,
    style: CountingStyle = CountingStyle.CLOCK,
    day_minutes: int = 480,
) -> ForwardDue:
    """When a dossier must be forwarded (Decree 118/2025/NĐ-CP; QĐ 2028/QĐ-UBND Cao Bằng 11/2025).

    Electronic: at once, or at the start of the next working day when received after `cutoff`; papers:
    within `paper_days` working days of the receipt, each of `day_minutes` working minutes. The times are
    aware; `cutoff` is Vietnam's. CalendarError as `compute_deadline`.
    """
    rule = Cutoff(kind=CutoffKind.AFTER_HOUR, at=cutoff)
    received = vietnam_time(received_at)
    electronic = counting_start(received, calendar, rule)
    papers = Limit(amount=Decimal(paper_days), unit=LimitUnit.WORKING_DAY)
    paper = compute_deadline(received, papers, calendar, style, day_minutes=day_minutes)
    return ForwardDue(electronic.date() == received.date(), electronic, paper.expected)


def end_of_today(calendar: WorkCalendar, now: datetime) -> datetime:
    """The last instant of today in Vietnam: what is due until then is due today, whichever desk's hours."""
    return moment(calendar.local_day(now), 0) + _DAY - timedelta(microseconds=1)


def at_risk_until(calendar: WorkCalendar, now: datetime, minutes: int) -> datetime:
    """The instant `minutes` of working time ahead: what is due until then is at risk."""
    return calendar.add_minutes(now, minutes)
