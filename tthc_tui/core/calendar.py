"""The working calendar of a desk: when its office hours run, and arithmetic in working time.

Everything is counted in whole microseconds on the clocks of Vietnam (UTC+7, no summer time), so adding
and measuring agree exactly. Office hours are half-open: at the closing minute the desk is closed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from tthc_tui.core.base import VIETNAM, vietnam_time
from tthc_tui.core.holidays_vn import LAST_ANNOUNCED_YEAR, national_exceptions
from tthc_tui.core.site import ExceptionDay, ExceptionKind, HoursRule

FIRST_YEAR, LAST_YEAR = 2000, 2100
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")

_MINUTE = 60_000_000  # microseconds
_MONDAY, _SATURDAY = 0, 5

Minutes = int | Fraction | Decimal
Span = tuple[int, int]  # microseconds since midnight


class CalendarError(ValueError):
    """A time the calendar cannot answer for; the message is one Vietnamese sentence."""


class _Year(NamedTuple):
    """Working time of one year: `before[i]` is what lies before its day i, `before[-1]` the whole year."""

    first: int  # ordinal of 1 January
    before: list[int]

    @property
    def total(self) -> int:
        return self.before[-1]


def _micros(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, empty ones dropped, overlapping or touching ones joined."""
    out: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


def moment(day: date, micros: int) -> datetime:
    """The aware instant `micros` microseconds after midnight of `day` in Vietnam."""
    return datetime.combine(day, time(), VIETNAM) + timedelta(microseconds=micros)


class WorkCalendar:
    """Office hours of one desk or lĩnh vực; never changes, so its answers are cached.

    `hours`: for each weekday the newest of the rules in force on the day holds; a rule of this `field`
    goes before a general one; a rule without sessions closes its weekdays. `exceptions` of
    the site go before the national days, which are used unless `with_national` is False. Times passed
    in must be aware (ValueError otherwise); days outside 2000-2100 raise CalendarError.
    """

    def __init__(
        self,
        hours: Sequence[HoursRule],
        exceptions: Sequence[ExceptionDay] = (),
        field: str = "",
        with_national: bool = True,
    ) -> None:
        self.field = field
        self.with_national = with_national
        usable = [rule for rule in hours if rule.field in ("", field)]
        # Best rule last: of this field, then newest, then as written.
        usable.sort(key=lambda rule: (rule.field == field and field != "", rule.valid_from))
        self._rules = tuple(reversed(usable))
        self._site = {extra.day: extra for extra in exceptions}
        self._days: dict[date, tuple[Span, ...]] = {}
        self._years: dict[int, _Year] = {}
        self._last: tuple[datetime, tuple[int, int]] | None = None

    # --- one day ---

    def exception(self, day: date) -> ExceptionDay | None:
        """The exception that holds on `day`, the site's before the national one; None on an ordinary day."""
        if day in self._site or not self.with_national:
            return self._site.get(day)
        return national_exceptions(day.year).get(day)

    def spans(self, day: date) -> tuple[Span, ...]:
        """Office hours of `day` in microseconds since midnight, in order, disjoint; () when closed."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._find_spans(day)
        return found

    def _find_spans(self, day: date) -> tuple[Span, ...]:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise CalendarError(
                f"Ngày {day:%d/%m/}{day.year:04} nằm ngoài lịch làm việc ({FIRST_YEAR}–{LAST_YEAR}); "
                "hãy kiểm tra lại ngày."
            )
        extra = self.exception(day)
        if extra is None:
            return self._ruled(day, day.weekday())
        if extra.kind is not ExceptionKind.MAKE_UP:
            return ()
        # A make-up Saturday is worked like the weekday it replaces, also where Saturdays have own hours.
        weekday = day.weekday()
        own = self._ruled(day, weekday) if weekday < _SATURDAY else ()
        return own or self._ruled(day, _MONDAY)

    def _ruled(self, day: date, weekday: int) -> tuple[Span, ...]:
        for rule in self._rules:
            if weekday in rule.weekdays and rule.holds(day):
                return _merged((_micros(s.start), _micros(s.end)) for s in rule.sessions)
        return ()

    def sessions(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Office hours of `day` as aware pairs (opening, closing)."""
        return tuple((moment(day, start), moment(day, end)) for start, end in self.spans(day))

    def is_working_day(self, day: date) -> bool:
        """Whether the desk opens at all on `day`."""
        return bool(self.spans(day))

    def why_off(self, day: date) -> str:
        """Why the desk is closed on `day`, in Vietnamese ("thứ Bảy", "Nghỉ Tết Âm lịch"); "" if open."""
        if self.spans(day):
            return ""
        extra = self.exception(day)
        if extra is not None and extra.kind is not ExceptionKind.MAKE_UP:
            return extra.name
        return WEEKDAYS[day.weekday()] if day.weekday() >= _SATURDAY else "không có giờ làm việc"

    def open_of(self, day: date) -> datetime:
        """The first opening of `day`; CalendarError on a day off."""
        return moment(day, self._spans_or_fail(day)[0][0])

    def close_of(self, day: date) -> datetime:
        """The last closing of `day`, the end of its office hours; CalendarError on a day off."""
        return moment(day, self._spans_or_fail(day)[-1][1])

    def _spans_or_fail(self, day: date) -> tuple[Span, ...]:
        spans = self.spans(day)
        if not spans:
            raise CalendarError(f"Ngày {day:%d/%m/%Y} không làm việc ({self.why_off(day)}).")
        return spans

    def local_day(self, at: datetime) -> date:
        """The day that `at` falls on in Vietnam."""
        return vietnam_time(at).date()

    def national_table_known(self, year: int) -> bool:
        """Whether the days off of `year` are announced ones.

        False means estimates: warn that the year's notice is missing. A site makes a year known by
        entering its holidays (at least one exception of kind HOLIDAY).
        """
        return year <= LAST_ANNOUNCED_YEAR or any(
            extra.kind is ExceptionKind.HOLIDAY and extra.day.year == year for extra in self._site.values()
        )

    # --- looking around ---

    def is_working(self, at: datetime) -> bool:
        """Whether office hours run at `at`: the opening minute does, the closing one does not."""
        local = vietnam_time(at)
        now = _micros(local.time())
        return any(start <= now < end for start, end in self.spans(local.date()))

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`; CalendarError where none comes any more."""
        following = day + timedelta(days=1)
        while not self.spans(following):
            following += timedelta(days=1)
        return following

    def next_open(self, at: datetime) -> datetime:
        """`at` itself while office hours run, else the next opening."""
        local = vietnam_time(at)
        now = _micros(local.time())
        for start, end in self.spans(local.date()):
            if now < end:
                return local if now >= start else moment(local.date(), start)
        return self.open_of(self.next_working_day(local.date()))

    # --- working time ---

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            if not FIRST_YEAR <= year <= LAST_YEAR:
                raise CalendarError(
                    f"Thời hạn vượt ra ngoài lịch làm việc ({FIRST_YEAR}–{LAST_YEAR}); "
                    "hãy kiểm tra thời hạn và giờ làm việc đã khai."
                )
            first = date(year, 1, 1).toordinal()
            before = [0]
            for ordinal in range(first, date(year, 12, 31).toordinal() + 1):
                day = date.fromordinal(ordinal)
                before.append(before[-1] + sum(end - start for start, end in self.spans(day)))
            found = self._years[year] = _Year(first, before)
        return found

    def _mark(self, at: datetime) -> tuple[int, int]:
        """The year of `at` and the working time since its start."""
        local = vietnam_time(at)
        day = local.date()
        year = self._year(day.year)
        now = _micros(local.time())
        passed = sum(min(now, end) - start for start, end in self.spans(day) if start < now)
        return day.year, year.before[day.toordinal() - year.first] + passed

    def worked_between(self, a: datetime, b: datetime) -> int:
        """Working microseconds from `a` to `b`; negative when `b` is earlier."""
        last = self._last
        if last is None or last[0] is not a:  # a monitor measures many dossiers from one "now"
            last = self._last = (a, self._mark(a))
        (year_a, mark_a), (year_b, mark_b) = last[1], self._mark(b)
        low, high = sorted((year_a, year_b))
        years = sum(self._year(year).total for year in range(low, high))
        return mark_b - mark_a + (years if year_a <= year_b else -years)

    def minutes_between(self, a: datetime, b: datetime) -> int | Fraction:
        """Working minutes from `a` to `b`, exact; negative when `b` is earlier."""
        micros = self.worked_between(a, b)
        whole, rest = divmod(micros, _MINUTE)
        return Fraction(micros, _MINUTE) if rest else whole

    def add_minutes(self, start: datetime, minutes: Minutes) -> datetime:
        """The instant when `minutes` of working time have run since `start` (part microseconds round up).

        A term that runs out at the end of a session ends there, not at the start of the next one.
        Negative minutes go back, to the start of a session rather than the end of the one before.
        Zero gives `start` itself in office hours (closing instant included), else the next opening.
        """
        return self.add_micros(start, ceil(Fraction(minutes) * _MINUTE))

    def add_micros(self, start: datetime, micros: int) -> datetime:
        """`add_minutes` in whole microseconds."""
        if micros > 0:
            return self._forward(start, micros)
        if micros < 0:
            return self._back(start, -micros)
        local = vietnam_time(start)
        if any(end == _micros(local.time()) for _, end in self.spans(local.date())):
            return local
        return self.next_open(start)

    def _forward(self, start: datetime, micros: int) -> datetime:
        year, mark = self._mark(start)
        target = mark + micros
        while target > (table := self._year(year)).total:
            target -= table.total
            year += 1
        index = bisect_left(table.before, target) - 1  # the day on which the target is reached
        day = date.fromordinal(table.first + index)
        rest = target - table.before[index]
        for begin, end in self.spans(day):
            if rest <= end - begin:
                return moment(day, begin + rest)
            rest -= end - begin
        raise AssertionError("the year's sums disagree with its days")

    def _back(self, start: datetime, micros: int) -> datetime:
        year, mark = self._mark(start)
        target = mark - micros
        while target < 0:
            year -= 1
            target += self._year(year).total
        table = self._year(year)
        index = bisect_right(table.before, target) - 1
        day = date.fromordinal(table.first + index)
        rest = target - table.before[index]
        for begin, end in self.spans(day):
            if rest < end - begin:
                return moment(day, begin + rest)
            rest -= end - begin
        raise AssertionError("the year's sums disagree with its days")
