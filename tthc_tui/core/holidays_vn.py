"""National days off and working Saturdays of Vietnam, per year.

The `holidays` library knows the statutory days (Labour Code 2019, art. 112) and most announced swaps;
what it lacks or what must not depend on its version stands here, dated, with the notice it comes from.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib import import_module
from threading import Lock
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from tthc_tui.core.site import ExceptionDay, ExceptionKind

if TYPE_CHECKING:
    from holidays import HolidayBase

LABOUR_CODE = "Bộ luật Lao động 2019, Điều 112"
_IN_LIEU = "Bộ luật Lao động 2019, Điều 111 khoản 3"
_YEARLY_NOTICE = "thông báo nghỉ lễ, Tết hằng năm"
_CULTURE_DAY = "Nghị quyết 28/2026/QH16"

LAST_ANNOUNCED_YEAR = 2026
"""The last year whose notices (Tết, swaps) are in the table; later years are the library's estimates."""


def _swap(off: date, work: date, source: str) -> tuple[ExceptionDay, ExceptionDay]:
    """A swapped working day: `off` is free, `work` (a Saturday) is worked instead."""
    return (
        ExceptionDay(
            day=off, kind=ExceptionKind.DAY_OFF, name=f"nghỉ hoán đổi (làm bù {work:%d/%m/%Y})", source=source
        ),
        ExceptionDay(
            day=work, kind=ExceptionKind.MAKE_UP, name=f"làm bù cho ngày {off:%d/%m/%Y}", source=source
        ),
    )


def _tet(first: date, last: date, source: str) -> tuple[ExceptionDay, ...]:
    """The days of Tết Âm lịch that the yearly notice fixes."""
    days = (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
    return tuple(
        ExceptionDay(day=d, kind=ExceptionKind.HOLIDAY, name="Nghỉ Tết Âm lịch", source=source) for d in days
    )


NATIONAL_OVERRIDES: tuple[ExceptionDay, ...] = (
    *_tet(date(2025, 1, 27), date(2025, 1, 31), "8726/VPCP-KGVX"),
    *_swap(date(2025, 5, 2), date(2025, 4, 26), "8726/VPCP-KGVX"),
    *_swap(date(2026, 1, 2), date(2026, 1, 10), "12729/VPCP-KGVX"),
    *_tet(date(2026, 2, 16), date(2026, 2, 20), "9441/TB-BNV, 9859/VPCP-KGVX"),
    *_swap(date(2026, 8, 31), date(2026, 8, 22), "9441/TB-BNV, 9859/VPCP-KGVX"),
)

_NAMES = (
    ("Dương lịch", "Nghỉ Tết Dương lịch"),
    ("Tết", "Nghỉ Tết Âm lịch"),
    ("Hùng Vương", "Giỗ Tổ Hùng Vương"),
    ("Chiến thắng", "Ngày Chiến thắng 30/4"),
    ("Lao động", "Quốc tế Lao động 01/5"),
    ("Quốc khánh", "Nghỉ Quốc khánh"),
    ("Văn hóa", "Ngày Văn hóa Việt Nam"),
)


def _from_library(day: date, label: str) -> ExceptionDay:
    """A day of the library in the words and kinds of this program."""
    if "thay cho" in label:
        name = f"nghỉ hoán đổi (làm bù {label.rsplit(' ', 1)[-1].rstrip(')')})"
        return ExceptionDay(day=day, kind=ExceptionKind.DAY_OFF, name=name, source=_YEARLY_NOTICE)
    name = next((ours for theirs, ours in _NAMES if theirs in label), label)
    # Which days around the fixed ones are free is announced year by year.
    announced_yearly = "Âm lịch" in name or ("Quốc khánh" in name and day.day != 2)
    if day.year > LAST_ANNOUNCED_YEAR and announced_yearly:
        name += " (dự kiến)"
    if "nghỉ bù" in label:
        name = f"nghỉ bù ({name.removeprefix('Nghỉ ').removeprefix('Ngày ')})"
        return ExceptionDay(day=day, kind=ExceptionKind.DAY_OFF, name=name, source=_IN_LIEU)
    source = _CULTURE_DAY if "Văn hóa" in name else LABOUR_CODE
    return ExceptionDay(day=day, kind=ExceptionKind.HOLIDAY, name=name, source=source)


_LOADING = Lock()  # several threads may ask for their first calendar at once


def _vietnam() -> type[HolidayBase]:
    """The library's calendar of Vietnam, loaded when a calendar is really asked.

    The package of all countries imports each of them (0.1 s, 10 MiB); here it stands empty while one is read.
    """
    import holidays

    whole, wanted = "holidays.countries", "holidays.countries.vietnam"
    with _LOADING:
        stand_in = whole not in sys.modules
        if stand_in:
            package = ModuleType(whole)
            package.__path__ = [os.path.join(folder, "countries") for folder in holidays.__path__]
            sys.modules[whole] = package
        try:
            found: type[HolidayBase] = import_module(wanted).Vietnam
        finally:
            if stand_in:
                del sys.modules[whole]
    return found


@lru_cache(maxsize=256)
def national_exceptions(year: int) -> Mapping[date, ExceptionDay]:
    """Every national exception day of `year`: nghỉ lễ, nghỉ bù or hoán đổi, làm bù; our table wins."""
    # A swap announced with next year's first days may be worked off in this December.
    library = _vietnam()(years=(year, year + 1), language="vi")
    days: dict[date, ExceptionDay] = {}
    for day in getattr(library, "weekend_workdays", ()):
        if day.year == year:
            days[day] = ExceptionDay(
                day=day, kind=ExceptionKind.MAKE_UP, name="làm bù", source=_YEARLY_NOTICE
            )
    for day, label in library.items():
        if day.year == year:
            days[day] = _from_library(day, label)
    days.update({extra.day: extra for extra in NATIONAL_OVERRIDES if extra.day.year == year})
    return MappingProxyType(days)
