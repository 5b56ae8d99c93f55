"""The ledger of a deadline: how its date came about, in Vietnamese, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import AwareDatetime

from tthc_tui.core.base import Model, vietnam_time
from tthc_tui.core.calendar import WEEKDAYS, Span, moment
from tthc_tui.core.duration import say_day, say_limit, say_minutes, say_moment
from tthc_tui.core.procedure import CutoffKind, LimitUnit
from tthc_tui.core.site import CountingStyle, ExceptionKind

if TYPE_CHECKING:
    from tthc_tui.core.deadline import Deadline

FIRST_DAY_RULE = "Bộ luật Dân sự 2015, Điều 147 khoản 2"
MONTH_RULE = "Bộ luật Dân sự 2015, Điều 148 khoản 3"
DAY_OFF_RULE = "Bộ luật Dân sự 2015, Điều 148 khoản 5"
_DAY = timedelta(days=1)
_MICRO = timedelta(microseconds=1)


class LineKind(StrEnum):
    """What a line of the ledger tells."""

    RECEIVED = "received"
    STARTS = "starts"  # counted from a later moment than the receipt
    LIMIT = "limit"
    FIRST_DAY = "first_day"
    COUNTED = "counted"
    SKIPPED = "skipped"
    PAUSED = "paused"
    MOVED = "moved"  # an act that set another date: apology, restart, correction
    DUE = "due"


class ExplainLine(Model):
    """One line: the stretch it is about, the working time it counted, its words and the rule behind it.

    In CLOCK terms the `counted` of all lines add up to the limit. `end` is None for moments and for a
    pause that still lasts.
    """

    kind: LineKind
    start: AwareDatetime
    end: AwareDatetime | None = None
    counted: timedelta = timedelta(0)
    text: str
    rule: str = ""


def ledger(deadline: Deadline) -> tuple[ExplainLine, ...]:
    """All lines of a deadline in order of time."""
    by_calendar = deadline.limit.unit in (LimitUnit.DAY, LimitUnit.MONTH) and deadline.limit.amount > 0
    body = [*(_calendar_lines(deadline) if by_calendar else _working_lines(deadline)), *_pauses(deadline)]
    body.sort(key=lambda line: line.start)
    return (*_opening(deadline), *body, _closing(deadline))


# --- the first and the last lines ---


def _opening(deadline: Deadline) -> Iterator[ExplainLine]:
    received, start = deadline.received_at, deadline.counts_from
    yield ExplainLine(
        kind=LineKind.RECEIVED, start=received, text=f"Tiếp nhận lúc {received:%H:%M} {say_day(received)}"
    )
    if start != received:
        why, rule = _why_later(deadline)
        yield ExplainLine(
            kind=LineKind.STARTS,
            start=start,
            text=f"{why}: tính từ {start:%H:%M} {say_day(start)}",
            rule=rule,
        )
    yield ExplainLine(
        kind=LineKind.LIMIT,
        start=start,
        text=f"Thời hạn {say_limit(deadline.limit)}",
        rule=_unit_rule(deadline),
    )
    if _skips_first_day(deadline):
        yield ExplainLine(
            kind=LineKind.FIRST_DAY,
            start=start,
            text=f"Ngày đầu tiên {start:%d/%m/%Y} không tính",
            rule=FIRST_DAY_RULE,
        )


def _why_later(deadline: Deadline) -> tuple[str, str]:
    """Why counting starts after the receipt, and the rule for it."""
    received, cutoff = deadline.received_at, deadline.cutoff
    calendar, day = deadline.calendar, received.date()
    office = "tiếp nhận ngoài giờ tính từ đầu giờ làm việc kế tiếp"
    if not calendar.is_working_day(day):
        return f"Ngày nhận là ngày nghỉ ({calendar.why_off(day)})", cutoff.source or office
    if deadline.counts_from.date() == day or received >= calendar.close_of(day):
        return "Nhận ngoài giờ làm việc", cutoff.source or office
    if cutoff.kind is CutoffKind.LAST_MINUTES:
        last = say_minutes(cutoff.minutes or 60)
        return f"Nhận trong {last} cuối giờ làm việc", cutoff.source or "quy định của thủ tục"
    hour = f"{cutoff.at:%H:%M}" if cutoff.at else "giờ quy định"
    return f"Nhận sau {hour}", cutoff.source or "quy định của thủ tục"


def _unit_rule(deadline: Deadline) -> str:
    unit = deadline.limit.unit
    if deadline.limit.amount == 0:
        return "trả kết quả trong ngày, kết thúc theo giờ làm việc"
    if unit is LimitUnit.HOUR:
        return "tính giờ làm việc từ lúc nhận"
    if unit is LimitUnit.MONTH:
        return MONTH_RULE
    if unit is LimitUnit.DAY:
        return "ngày theo lịch, kể cả ngày nghỉ"
    if deadline.style is CountingStyle.CIVIL:
        return "ngày làm việc, kết thúc theo giờ làm việc của ngày cuối"
    return f"1 ngày làm việc = {say_minutes(deadline.day_minutes, 1 << 30)} làm việc"


def _skips_first_day(deadline: Deadline) -> bool:
    unit = deadline.limit.unit
    if deadline.limit.amount == 0 or unit is LimitUnit.HOUR:
        return False
    return unit is not LimitUnit.WORKING_DAY or deadline.style is CountingStyle.CIVIL


def _closing(deadline: Deadline) -> ExplainLine:
    if deadline.due_at is not None:
        return ExplainLine(
            kind=LineKind.DUE, start=deadline.due_at, text=f"Hẹn trả {say_moment(deadline.due_at)}"
        )
    since = _counting_ends(deadline)
    left = deadline.remaining(since).minutes
    return ExplainLine(
        kind=LineKind.DUE,
        start=since,
        text=f"Đang tạm dừng, còn {say_minutes(left, deadline.day_minutes)}: ngày hẹn định lại khi tiếp tục",
    )


def _counting_ends(deadline: Deadline) -> datetime:
    """Where the ledger ends: the promise, or the beginning of the pause that holds it."""
    if deadline.due_at is not None:
        return deadline.due_at
    return max(deadline.pauses[-1].start, deadline.counts_from)


def _pauses(deadline: Deadline) -> Iterator[ExplainLine]:
    for pause in deadline.pauses:
        if pause.start >= deadline.expected or (pause.end is not None and pause.end <= deadline.counts_from):
            continue
        start = vietnam_time(pause.start)
        text = f"Tạm dừng từ {start:%H:%M} {start:%d/%m/%Y}"
        if pause.end is not None:
            end = vietnam_time(pause.end)
            text += f" đến {end:%H:%M} {end:%d/%m/%Y}"
        reason = f": {pause.reason}" if pause.reason else ""
        yield ExplainLine(
            kind=LineKind.PAUSED,
            start=start,
            end=pause.end,
            text=text + reason,
            rule="thời gian tạm dừng không tính vào thời hạn",
        )


# --- working time ---


def _working_lines(deadline: Deadline) -> list[ExplainLine]:
    """A line for each day that counted and for each run of days off between the start and the end."""
    calendar, end = deadline.calendar, _counting_ends(deadline)
    start = deadline.counts_from
    if _skips_first_day(deadline):
        start = moment(start.date() + _DAY, 0)
    out: list[ExplainLine] = []
    day = deadline.received_at.date() + _DAY
    while day < deadline.counts_from.date():  # days off that the cut-off passes over
        if not calendar.is_working_day(day):
            _add_day_off(deadline, day, out)
        day += _DAY
    day = start.date()
    while day <= end.date():
        if not calendar.is_working_day(day):
            _add_day_off(deadline, day, out)
        elif spans := _counted_spans(deadline, day, start, end):
            out.append(_counted_line(deadline, day, spans))
        day += _DAY
    return out


def _counted_spans(deadline: Deadline, day: date, start: datetime, end: datetime) -> list[Span]:
    """The stretches of `day` between `start` and `end` that no pause takes out."""
    midnight = moment(day, 0)

    def micros(at: datetime) -> int:
        return (at - midnight) // _MICRO

    spans = [(max(a, micros(start)), min(b, micros(end))) for a, b in deadline.calendar.spans(day)]
    for pause in deadline.pauses:
        low = micros(pause.start)
        high = micros(pause.end) if pause.end is not None else micros(end)
        if high > low:
            spans = [part for a, b in spans for part in ((a, min(b, low)), (max(a, high), b))]
            spans = [(a, b) for a, b in spans if a < b]
    return [(a, b) for a, b in spans if a < b]


def _counted_line(deadline: Deadline, day: date, spans: list[Span]) -> ExplainLine:
    counted = sum(b - a for a, b in spans) * _MICRO
    hours = ", ".join(f"{moment(day, a):%H:%M}–{moment(day, b):%H:%M}" for a, b in spans)
    minutes = counted // timedelta(minutes=1)
    extra = deadline.calendar.exception(day)
    make_up = extra is not None and extra.kind is ExceptionKind.MAKE_UP
    return ExplainLine(
        kind=LineKind.COUNTED,
        start=moment(day, spans[0][0]),
        end=moment(day, spans[-1][1]),
        counted=counted,
        text=f"{_day_name(day)}: tính {say_minutes(minutes, 1 << 30)} ({hours})"
        + (f", {extra.name}" if extra and make_up else ""),
        rule=extra.source if extra and make_up else "",
    )


def _day_name(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day:%d/%m}"


def _add_day_off(deadline: Deadline, day: date, out: list[ExplainLine]) -> None:
    """Add a day off, joined to the line before when that is the same run with the same reason."""
    why = deadline.calendar.why_off(day)
    extra = deadline.calendar.exception(day)
    rule = extra.source if extra is not None and extra.kind is not ExceptionKind.MAKE_UP else "nghỉ hằng tuần"
    last = out[-1] if out else None
    if last and last.kind is LineKind.SKIPPED and last.rule == rule and last.end == moment(day, 0):
        first = last.start.date()
        if rule == "nghỉ hằng tuần":
            text = f"{last.text.removesuffix(': không tính')}, {_day_name(day)}: không tính"
        elif last.text.endswith(why):
            text = f"{first:%d/%m}–{day:%d/%m}: {why}"
        else:
            text = ""
        if text:
            out[-1] = last.model_copy(update={"end": moment(day + _DAY, 0), "text": text})
            return
    text = f"{_day_name(day)}: không tính" if rule == "nghỉ hằng tuần" else f"{_day_name(day)}: {why}"
    out.append(
        ExplainLine(
            kind=LineKind.SKIPPED, start=moment(day, 0), end=moment(day + _DAY, 0), text=text, rule=rule
        )
    )


# --- calendar time ---


def _calendar_lines(deadline: Deadline) -> list[ExplainLine]:
    """One line for the days counted through, and the days off that the end is moved over."""
    calendar, first = deadline.calendar, deadline.counts_from.date() + _DAY
    end = _counting_ends(deadline)
    last = min(deadline.last_day, end.date())
    days = (last - first).days + 1 - _days_paused(deadline, first, last)
    out: list[ExplainLine] = []
    if days > 0:
        out.append(
            ExplainLine(
                kind=LineKind.COUNTED,
                start=moment(first, 0),
                end=moment(last + _DAY, 0),
                text=f"Đếm {days} ngày liên tục từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}",
                rule=_unit_rule(deadline),
            )
        )
    day = last
    while day < end.date():
        why = calendar.why_off(day) or "tạm dừng"
        out.append(
            ExplainLine(
                kind=LineKind.SKIPPED,
                start=moment(day, 0),
                end=moment(day + _DAY, 0),
                text=f"{_day_name(day)} là ngày nghỉ ({why}): lùi sang ngày làm việc tiếp theo",
                rule=DAY_OFF_RULE,
            )
        )
        day += _DAY
    return out


def _days_paused(deadline: Deadline, first: date, last: date) -> int:
    return sum(
        max(0, (min(ends, last + _DAY) - max(begins, first)).days) for begins, ends in deadline.paused_days
    )
