"""Times and spans of working time in the words officers use."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from tthc_tui.core.base import vietnam_time
from tthc_tui.core.calendar import WEEKDAYS, Minutes
from tthc_tui.core.procedure import Limit, LimitUnit

_UNITS = {
    LimitUnit.WORKING_DAY: "ngày làm việc",
    LimitUnit.DAY: "ngày",
    LimitUnit.HOUR: "giờ làm việc",
    LimitUnit.MONTH: "tháng",
}


def say_minutes(minutes: Minutes, day_minutes: int = 480) -> str:
    """An amount of working time in its two largest parts: "1 ngày 3 giờ", "2 giờ 5 phút", "25 phút".

    Part minutes are dropped; less than one minute is "dưới 1 phút", none at all "0 phút".
    `day_minutes` is how many working minutes make a day.
    """
    whole = int(minutes)
    if whole == 0:
        return "dưới 1 phút" if minutes > 0 else "0 phút"
    days, rest = divmod(whole, day_minutes)
    hours, rest = divmod(rest, 60)
    if days:
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    if hours:
        return f"{hours} giờ {rest} phút" if rest else f"{hours} giờ"
    return f"{rest} phút"


def say_remaining(
    minutes: Minutes, day_minutes: int = 480, paused: bool = False, overdue: bool = False
) -> str:
    """How long is left in working time: "còn 1 ngày 3 giờ", "quá hạn 2 ngày 1 giờ", "tạm dừng".

    `minutes` are working minutes, `day_minutes` those of a day. Negative ones are overdue. `overdue` is for 0 minutes: past the promise, but no working
    minute has run since (the evening after), said as "quá hạn"; otherwise 0 is "đến hạn".
    """
    if paused:
        return "tạm dừng"
    if minutes < 0:
        return f"quá hạn {say_minutes(-minutes, day_minutes)}"
    if minutes == 0:
        return "quá hạn" if overdue else "đến hạn"
    return f"còn {say_minutes(minutes, day_minutes)}"


def say_number(amount: Decimal | Fraction | int) -> str:
    """A number the Vietnamese way: decimal comma, whole ones of one digit with a leading zero ("03", "7,5")."""
    if amount == int(amount):
        return f"{int(amount):02}"
    return f"{float(amount):g}".replace(".", ",")


def say_money(amount: int) -> str:
    """A sum in whole đồng: 1234567 as "1.234.567 đồng"."""
    return f"{amount:,}".replace(",", ".") + " đồng"


def say_limit(limit: Limit) -> str:
    """A time limit as receipts print it: "03 ngày làm việc", "7,5 ngày làm việc", "trong ngày"."""
    if limit.amount == 0 and limit.unit in (LimitUnit.WORKING_DAY, LimitUnit.DAY):
        return "trong ngày"
    return f"{say_number(limit.amount)} {_UNITS[limit.unit]}"


def say_day(at: datetime) -> str:
    """Weekday and day: "thứ Ba 24/11/2026" (Vietnam time)."""
    local = vietnam_time(at)
    return f"{WEEKDAYS[local.weekday()]} {local:%d/%m/%Y}"


def say_instant(at: datetime, now: datetime) -> str:
    """An instant as seen from `now`: "16:30 hôm nay 24/11", "08:00 ngày mai 25/11", "16:30 thứ Sáu 27/11".

    Another year than that of `now` is written out. Both aware; read on the clocks of Vietnam.
    """
    local, today = vietnam_time(at), vietnam_time(now).date()
    near = {0: "hôm nay", 1: "ngày mai", -1: "hôm qua"}
    word = near.get((local.date() - today) // timedelta(days=1), WEEKDAYS[local.weekday()])
    return f"{local:%H:%M} {word} {local:%d/%m}" + (f"/{local.year}" if local.year != today.year else "")


def say_moment(at: datetime) -> str:
    """An instant in the wording of the official forms: "16 giờ 30 phút, ngày 24/11/2026" (Vietnam time)."""
    return f"{vietnam_time(at):%H giờ %M phút, ngày %d/%m/%Y}"
