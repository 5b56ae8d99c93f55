"""`tthc deadline`: the one calculator of time limits, usable without any data file."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from tthc_tui.commands import values
from tthc_tui.commands.base import AsJson, iso, parse_time, show
from tthc_tui.core.base import Refused
from tthc_tui.core.hours import parse_sessions
from tthc_tui.core.procedure import Cutoff, CutoffKind, Limit, LimitUnit
from tthc_tui.core.site import CountingStyle, HoursRule
from tthc_tui.core.text import clean


def deadline(
    start: Annotated[
        str, typer.Option("--from", metavar="LÚC", help="Lúc tiếp nhận; không ghi múi giờ là giờ Việt Nam.")
    ],
    amount: Annotated[str, typer.Option("--amount", metavar="SỐ", help="Thời hạn; 0 ngày là trong ngày.")],
    unit: Annotated[LimitUnit, typer.Option("--unit", help="Ngày làm việc, ngày, giờ làm việc hay tháng.")],
    style: Annotated[
        CountingStyle, typer.Option("--style", help="clock: chạy từ lúc nhận; civil: theo Bộ luật Dân sự.")
    ] = CountingStyle.CLOCK,
    hours: Annotated[
        str, typer.Option("--hours", metavar="BUỔI", help="Giờ làm việc thứ Hai đến thứ Sáu.")
    ] = "07:30-11:30,13:30-17:30",
    saturday: Annotated[str, typer.Option("--saturday", metavar="BUỔI", help="Giờ làm việc thứ Bảy.")] = "",
    cutoff: Annotated[
        str,
        typer.Option("--cutoff", metavar="HH:MM", help="Nhận sau giờ này thì tính từ ngày làm việc kế tiếp."),
    ] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Giải thích từng bước.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tính ngày hẹn trả. Không cần tệp dữ liệu."""
    from tthc_tui.core.calendar import WorkCalendar
    from tthc_tui.core.deadline import compute_deadline
    from tthc_tui.core.duration import say_day, say_limit

    received = parse_time(start)
    limit = Limit(amount=_amount(amount), unit=unit)
    calendar = WorkCalendar(_hours(hours, saturday))
    found = compute_deadline(received, limit, calendar, style, _cutoff(cutoff))
    due = found.expected
    estimated = not all(calendar.national_table_known(year) for year in range(received.year, due.year + 1))
    data: dict[str, Any] = {
        "due_at": iso(due),
        "from": iso(received),
        "counts_from": iso(found.counts_from),
        "amount": str(limit.amount),
        "unit": str(unit),
        "style": str(style),
        "text": say_limit(limit),
        "holidays_estimated": estimated,
    }
    lines = [
        f"Hẹn trả: {due:%H:%M} {say_day(due)} ({say_limit(limit)} kể từ {received:%H:%M} {say_day(received)})"
    ]
    if explain:
        data["explain"] = [values.explained(line) for line in found.lines]
        lines += [f"  {line.text}" + (f" [{line.rule}]" if line.rule else "") for line in found.lines]
    if estimated:
        lines.append("Lưu ý: lịch nghỉ lễ của năm này chưa công bố, ngày nghỉ là dự kiến.")
    show(as_json, data, "\n".join(lines))


def _amount(text: str) -> Decimal:
    try:
        found = Decimal(clean(text).replace(",", "."))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise Refused(f"Thời hạn “{clean(text)[:20]}” phải là số không âm, ví dụ 3 hoặc 7,5.", "amount")
    return found


def _hours(weekdays: str, saturday: str) -> tuple[HoursRule, ...]:
    try:
        rules = [HoursRule(sessions=parse_sessions(weekdays))]
        if saturday:
            rules.append(HoursRule(weekdays=(5,), sessions=parse_sessions(saturday)))
    except ValueError as error:
        raise Refused(str(error), "hours") from error
    return tuple(rules)


def _cutoff(text: str) -> Cutoff:
    if not text:
        return Cutoff()
    try:
        at: time = datetime.strptime(clean(text), "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise Refused(f"Giờ chốt “{clean(text)[:20]}” không đúng: hãy viết như 15:00.", "cutoff") from None
    return Cutoff(kind=CutoffKind.AFTER_HOUR, at=at)


COMMANDS = {("", "deadline"): deadline}
