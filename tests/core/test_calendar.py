"""Office hours, days off and arithmetic in working time."""

import subprocess
import sys
import time as clock
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.calendar import CalendarError, WorkCalendar
from tthc_tui.core.site import ExceptionDay, ExceptionKind, HoursRule, Session

OFFICE = WorkCalendar([HoursRule()])
MORNING = (Session(start=time(7), end=time(11)),)
DESKS = (
    OFFICE,
    WorkCalendar([HoursRule(), HoursRule(weekdays=(5,), sessions=MORNING)]),
    WorkCalendar(
        [
            HoursRule(
                sessions=(Session(start=time(7), end=time(11, 30)), Session(start=time(13, 30), end=time(17)))
            )
        ]
    ),
    WorkCalendar([HoursRule(sessions=MORNING)], with_national=False),
)
desks = st.sampled_from(DESKS)
instants = st.datetimes(
    datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(VIETNAM)  # noqa: DTZ001
)  # fmt: skip


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=VIETNAM)  # type: ignore[arg-type, misc]


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range(366) if (first + timedelta(days=n)).year == year]


def d(text: str) -> set[date]:
    """Days of the form "1/1 27-31/1" without a year, in 2000, moved by the caller."""
    found = set()
    for part in text.split():
        span, month = part.split("/")
        low, _, high = span.partition("-")
        found |= {date(2000, int(month), n) for n in range(int(low), int(high or low) + 1)}
    return found


@pytest.mark.parametrize(
    ("year", "off", "worked"),
    [
        (2025, "1/1 27-31/1 7/4 30/4 1-2/5 1-2/9", "26/4"),
        (2026, "1-2/1 16-20/2 27/4 30/4 1/5 31/8 1-2/9 24/11", "10/1 22/8"),
    ],
)
def test_the_official_years(year: int, off: str, worked: str) -> None:
    odd = {day for day in days_of(year) if OFFICE.is_working_day(day) != (day.weekday() < 5)}
    assert odd == {day.replace(year=year) for day in d(off) | d(worked)}


def test_make_up_saturdays_are_worked_like_the_day_they_replace() -> None:
    saturdays = WorkCalendar([HoursRule(), HoursRule(weekdays=(5,), sessions=MORNING)])
    for day in (date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)):
        for desk in (OFFICE, saturdays):
            hours = [(a.time(), b.time()) for a, b in desk.sessions(day)]
            assert hours == [(time(7, 30), time(11, 30)), (time(13, 30), time(17, 30))]
    for day in (date(2025, 5, 2), date(2026, 1, 2), date(2026, 8, 31)):
        assert OFFICE.sessions(day) == ()


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 11, 24), "Ngày Văn hóa Việt Nam"),
        (date(2026, 2, 18), "Nghỉ Tết Âm lịch"),
        (date(2026, 1, 2), "nghỉ hoán đổi (làm bù 10/01/2026)"),
        (date(2026, 4, 27), "nghỉ bù (Giỗ Tổ Hùng Vương)"),
        (date(2026, 11, 28), "thứ Bảy"),
        (date(2026, 11, 29), "Chủ nhật"),
        (date(2027, 2, 5), "Nghỉ Tết Âm lịch (dự kiến)"),
        (date(2026, 11, 25), ""),
    ],
)
def test_why_a_day_is_off(day: date, why: str) -> None:
    assert OFFICE.why_off(day) == why


def test_swaps_name_their_notice() -> None:
    for day in (date(2026, 1, 2), date(2026, 1, 10)):
        extra = OFFICE.exception(day)
        assert extra is not None
        assert extra.source == "12729/VPCP-KGVX"


def test_the_site_goes_before_the_national_table() -> None:
    desk = WorkCalendar(
        [HoursRule()],
        [
            ExceptionDay(day=date(2026, 1, 2), kind=ExceptionKind.MAKE_UP, name="trực", source="QĐ 1"),
            ExceptionDay(
                day=date(2026, 1, 10), kind=ExceptionKind.DAY_OFF, name="nghỉ bù trực", source="QĐ 1"
            ),
            ExceptionDay(
                day=date(2027, 2, 11), kind=ExceptionKind.HOLIDAY, name="Nghỉ Tết Âm lịch", source="TB"
            ),
        ],
    )
    assert desk.is_working_day(date(2026, 1, 2))
    assert desk.why_off(date(2026, 1, 10)) == "nghỉ bù trực"
    assert desk.national_table_known(2027)
    assert not OFFICE.national_table_known(2027)
    assert OFFICE.national_table_known(2026)


def test_without_the_national_days_only_the_hours_count() -> None:
    desk = WorkCalendar([HoursRule()], with_national=False)
    assert desk.is_working_day(date(2026, 1, 2))
    assert not desk.is_working_day(date(2026, 1, 10))


def test_hours_change_by_date_and_field() -> None:
    summer = (Session(start=time(7), end=time(11)), Session(start=time(14), end=time(17)))
    rules = [
        HoursRule(valid_from=date(2026, 4, 15), sessions=summer),
        HoursRule(),
        HoursRule(weekdays=(5,), sessions=MORNING, field="Cư trú"),
        HoursRule(weekdays=(5,), sessions=(), valid_from=date(2026, 7, 1), field="Cư trú"),
    ]
    plain, residence = WorkCalendar(rules), WorkCalendar(rules, field="Cư trú")
    assert plain.open_of(date(2026, 4, 14)) == at(2026, 4, 14, 7, 30)
    assert plain.open_of(date(2026, 4, 15)) == at(2026, 4, 15, 7)
    assert not plain.is_working_day(date(2026, 3, 14))
    assert residence.close_of(date(2026, 3, 14)) == at(2026, 3, 14, 11)
    assert residence.close_of(date(2026, 4, 15)) == at(2026, 4, 15, 17)
    assert not residence.is_working_day(date(2026, 7, 4))


def test_opening_and_closing() -> None:
    assert OFFICE.is_working(at(2026, 11, 23, 7, 30))
    assert not OFFICE.is_working(at(2026, 11, 23, 11, 30))
    assert not OFFICE.is_working(at(2026, 11, 24, 9))
    assert OFFICE.is_working(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))  # 08:00 in Vietnam
    assert OFFICE.next_open(at(2026, 11, 23, 9)) == at(2026, 11, 23, 9)
    assert OFFICE.next_open(at(2026, 11, 23, 12)) == at(2026, 11, 23, 13, 30)
    assert OFFICE.next_open(at(2026, 11, 23, 17, 30)) == at(2026, 11, 25, 7, 30)
    assert OFFICE.next_working_day(date(2025, 12, 31)) == date(2026, 1, 5)
    with pytest.raises(CalendarError, match="không làm việc"):
        OFFICE.close_of(date(2026, 11, 24))


def test_a_term_that_ends_with_a_session_ends_there() -> None:
    assert OFFICE.add_minutes(at(2026, 11, 23, 9, 30), 120) == at(2026, 11, 23, 11, 30)
    assert OFFICE.add_minutes(at(2026, 11, 23, 9, 30), 360) == at(2026, 11, 23, 17, 30)
    assert OFFICE.add_minutes(at(2026, 11, 23, 9, 30), 361) == at(2026, 11, 25, 7, 31)
    assert OFFICE.add_minutes(at(2026, 11, 25, 7, 31), -1) == at(2026, 11, 25, 7, 30)
    assert OFFICE.add_minutes(at(2026, 11, 25, 7, 30), -1) == at(2026, 11, 23, 17, 29)
    assert OFFICE.add_minutes(at(2026, 11, 24, 9), 0) == at(2026, 11, 25, 7, 30)
    assert OFFICE.add_minutes(at(2026, 11, 23, 11, 30), 0) == at(2026, 11, 23, 11, 30)


def test_working_time_over_the_turn_of_years() -> None:
    assert OFFICE.minutes_between(at(2025, 12, 31, 16, 30), at(2026, 1, 5, 8, 30)) == 120
    assert OFFICE.minutes_between(at(2026, 1, 5, 8, 30), at(2025, 12, 31, 16, 30)) == -120
    assert OFFICE.minutes_between(at(2026, 1, 5, 8, 0, 0), at(2026, 1, 5, 8, 0, 20)) == Fraction(1, 3)


@given(desks, instants, st.fractions(Fraction(1, 1000), 40_000, max_denominator=1000))
@settings(max_examples=150, deadline=None)
def test_adding_and_measuring_back_agree(desk: WorkCalendar, start: datetime, minutes: Fraction) -> None:
    end = desk.add_minutes(start, minutes)
    measured = desk.minutes_between(start, end)
    assert 0 <= measured - minutes < Fraction(1, 60_000_000)
    assert desk.is_working(end - timedelta(microseconds=1))
    assert desk.minutes_between(end, start) == -measured


@given(desks, instants, st.integers(1, 40_000))
@settings(max_examples=100, deadline=None)
def test_going_back_and_measuring_agree(desk: WorkCalendar, start: datetime, minutes: int) -> None:
    begin = desk.add_minutes(start, -minutes)
    assert desk.minutes_between(begin, start) == minutes
    assert desk.is_working(begin)


@given(desks, instants, st.integers(0, 5000), st.integers(1, 5000))
@settings(max_examples=100, deadline=None)
def test_adding_in_two_steps_is_adding_once(desk: WorkCalendar, start: datetime, one: int, two: int) -> None:
    assert desk.add_minutes(desk.add_minutes(start, one), two) == desk.add_minutes(start, one + two)


@given(desks, instants, instants)
@settings(max_examples=60, deadline=None)
def test_measuring_agrees_with_counting_minute_by_minute(
    desk: WorkCalendar, a: datetime, b: datetime
) -> None:
    a = a.replace(second=0, microsecond=0)
    b = a + timedelta(minutes=int((b - a).total_seconds() // 60) % 7000)
    minutes = int((b - a).total_seconds() // 60)
    counted = sum(desk.is_working(a + timedelta(minutes=n)) for n in range(minutes))
    assert desk.minutes_between(a, b) == counted


def test_times_without_zone_and_far_days_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        OFFICE.minutes_between(datetime(2026, 1, 5, 8), at(2026, 1, 5, 9))  # noqa: DTZ001
    for wrong in (at(1990, 1, 1), at(3000, 1, 1)):
        with pytest.raises(CalendarError, match="ngoài lịch làm việc"):
            OFFICE.next_open(wrong)
    with pytest.raises(CalendarError, match="giờ làm việc"):
        WorkCalendar([], with_national=False).add_minutes(at(2026, 1, 5, 8), 1)
    with pytest.raises(CalendarError):
        OFFICE.add_minutes(at(2026, 1, 5, 8), 10**9)


def test_the_clock_is_cheap() -> None:
    now = at(2026, 11, 20, 10)
    dues = [now + timedelta(hours=n) for n in range(-500, 500)]
    OFFICE.minutes_between(now, dues[0])
    best = min(_timed(now, dues) for _ in range(5))
    assert best < 0.05, "a thousand remaining times a second must cost a few milliseconds"


def _timed(now: datetime, dues: list[datetime]) -> float:
    begin = clock.perf_counter()
    for due in dues:
        OFFICE.worked_between(now, due)
    return clock.perf_counter() - begin


def test_a_calendar_loads_one_country_and_leaves_the_others_to_be_found() -> None:
    code = (
        "import sys; from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "from tthc_tui.core.holidays_vn import national_exceptions as of\n"
        "with Pool(8) as pool: assert all(pool.map(of, [2026, 2027, 2025, 2024] * 2))\n"
        "many = sum(name.startswith('holidays.countries.') for name in sys.modules);"
        "import holidays; print(many, holidays.country_holidays('LA', years=2026).country)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "LA"]
