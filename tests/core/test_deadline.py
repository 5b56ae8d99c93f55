"""Deadlines, their ledger and the words for them."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from deadline_tools import AFTER_15, AFTER_17, CIVIL, CLOCK, LAST_HOUR, OFFICE, SATURDAYS, at, due, limit

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.calendar import CalendarError, WorkCalendar
from tthc_tui.core.deadline import (
    Pause,
    at_risk_until,
    compute_deadline,
    end_of_today,
    forward_due,
    merge_pauses,
    remaining_until,
)
from tthc_tui.core.duration import say_instant, say_limit, say_minutes, say_moment, say_remaining
from tthc_tui.core.ledger import LineKind
from tthc_tui.core.procedure import Cutoff, CutoffKind, Limit, LimitUnit
from tthc_tui.core.site import CountingStyle, HoursRule, Session


@pytest.mark.parametrize(
    ("received", "amount", "expected"),
    [
        (at(2026, 11, 19, 14, 20), "3", at(2026, 11, 25, 14, 20)),  # over a weekend and 24/11
        (at(2025, 12, 31, 9), "1", at(2026, 1, 5, 9)),  # 02/01 is swapped
        (at(2026, 1, 9, 9), "1", at(2026, 1, 10, 9)),  # 10/01 is a working Saturday
        (at(2026, 2, 13, 9), "2", at(2026, 2, 24, 9)),  # Tết
        (at(2026, 8, 28, 16), "1", at(2026, 9, 3, 16)),
        (at(2026, 11, 16, 7, 30), "1", at(2026, 11, 16, 17, 30)),  # ends with the session
        (at(2026, 11, 16, 7, 30), "0.5", at(2026, 11, 16, 11, 30)),
        (at(2026, 11, 16, 8), "7.5", at(2026, 11, 26, 14)),
        (at(2026, 11, 16, 8), "0.25", at(2026, 11, 16, 10)),
        (at(2026, 11, 16, 8), "6.25", at(2026, 11, 25, 10)),
        (at(2026, 11, 21, 9), "1", at(2026, 11, 23, 17, 30)),  # received on a Saturday
        (at(2026, 11, 16, 12), "0.25", at(2026, 11, 16, 15, 30)),
        (at(2026, 11, 16, 9), "0", at(2026, 11, 16, 17, 30)),
    ],
)
def test_working_days_by_the_clock(received: datetime, amount: str, expected: datetime) -> None:
    assert due(received, amount) == expected


@pytest.mark.parametrize(
    ("received", "amount", "expected"),
    [
        (at(2026, 11, 19, 14, 20), "3", at(2026, 11, 25, 17, 30)),
        (at(2025, 12, 31, 9), "1", at(2026, 1, 5, 17, 30)),
        (at(2026, 1, 9, 9), "1", at(2026, 1, 10, 17, 30)),
        (at(2026, 11, 16, 8), "7.5", at(2026, 11, 27, 11, 30)),
        (at(2026, 11, 16, 8), "0.25", at(2026, 11, 17, 9, 30)),
        (at(2026, 11, 16, 8), "0.75", at(2026, 11, 17, 15, 30)),
        (at(2026, 11, 20, 18), "1", at(2026, 11, 25, 17, 30)),  # counts as received on Monday 23/11
        (at(2026, 11, 16, 9), "0", at(2026, 11, 16, 17, 30)),
    ],
)
def test_working_days_by_the_civil_code(received: datetime, amount: str, expected: datetime) -> None:
    assert due(received, amount, style=CIVIL) == expected


def test_a_saturday_morning_is_a_working_day_of_its_desk() -> None:
    assert due(at(2026, 11, 27, 9), "1", style=CIVIL, calendar=SATURDAYS) == at(2026, 11, 28, 11, 30)
    assert due(at(2026, 11, 27, 16, 30), "1", calendar=SATURDAYS) == at(2026, 11, 30, 10, 30)


def test_a_day_is_eight_hours_whatever_the_sessions() -> None:
    short = WorkCalendar(
        [HoursRule(sessions=(Session(start=time(8), end=time(11)), Session(start=time(13), end=time(16))))]
    )
    assert due(at(2026, 11, 16, 8), "1", calendar=short) == at(2026, 11, 17, 10)
    assert due(at(2026, 11, 16, 8), "1", calendar=short, day_minutes=360) == at(2026, 11, 16, 16)


@pytest.mark.parametrize("style", [CLOCK, CIVIL])
@pytest.mark.parametrize(
    ("received", "amount", "unit", "expected"),
    [
        (at(2026, 11, 23, 16), "4", "hour", at(2026, 11, 25, 10)),
        (at(2026, 11, 16, 8), "0.5", "hour", at(2026, 11, 16, 8, 30)),
        (at(2026, 11, 16, 8), "3", "day", at(2026, 11, 19, 17, 30)),
        (at(2026, 11, 16, 8), "5", "day", at(2026, 11, 23, 17, 30)),  # ends on a Saturday
        (at(2026, 11, 16, 8), "8", "day", at(2026, 11, 25, 17, 30)),  # ends on 24/11
        (at(2026, 2, 10, 8), "6", "day", at(2026, 2, 23, 17, 30)),  # ends in Tết
        (at(2026, 1, 5, 8), "5", "day", at(2026, 1, 10, 17, 30)),  # ends on a working Saturday
        (at(2025, 12, 31, 8), "2", "month", at(2026, 3, 2, 17, 30)),  # 28/02 is a Saturday
        (at(2026, 3, 31, 8), "1", "month", at(2026, 5, 4, 17, 30)),  # 30/04 and what follows are off
        (at(2026, 5, 29, 8), "1", "month", at(2026, 6, 29, 17, 30)),
        (at(2026, 5, 29, 8), "0.5", "month", at(2026, 6, 15, 17, 30)),  # half a month is 15 days
        (at(2026, 11, 16, 8), "0", "day", at(2026, 11, 16, 17, 30)),
    ],
)
def test_hours_days_and_months(
    style: CountingStyle, received: datetime, amount: str, unit: str, expected: datetime
) -> None:
    assert due(received, amount, unit, style=style) == expected


@pytest.mark.parametrize(
    ("cutoff", "received", "starts"),
    [
        (Cutoff(), at(2026, 11, 16, 17, 29), at(2026, 11, 16, 17, 29)),
        (Cutoff(), at(2026, 11, 16, 17, 30), at(2026, 11, 17, 7, 30)),
        (Cutoff(), at(2026, 11, 16, 6), at(2026, 11, 16, 7, 30)),
        (AFTER_15, at(2026, 11, 16, 14, 59), at(2026, 11, 16, 14, 59)),
        (AFTER_15, at(2026, 11, 16, 15, 0), at(2026, 11, 16, 15, 0)),  # "sau 15 giờ"
        (AFTER_15, at(2026, 11, 16, 15, 1), at(2026, 11, 17, 7, 30)),
        (AFTER_15, at(2026, 11, 23, 15, 1), at(2026, 11, 25, 7, 30)),
        (AFTER_15, at(2026, 11, 22, 9), at(2026, 11, 23, 7, 30)),
        (LAST_HOUR, at(2026, 11, 16, 16, 29), at(2026, 11, 16, 16, 29)),
        (LAST_HOUR, at(2026, 11, 16, 16, 30), at(2026, 11, 17, 7, 30)),
        (AFTER_17, at(2026, 11, 16, 16, 59), at(2026, 11, 16, 16, 59)),
        (AFTER_17, at(2026, 11, 16, 17, 1), at(2026, 11, 17, 8)),
        (AFTER_17, at(2026, 11, 24, 9), at(2026, 11, 25, 8)),
        (AFTER_17, at(2026, 11, 25, 3), at(2026, 11, 25, 8)),
        (AFTER_17, at(2026, 11, 25, 7, 45), at(2026, 11, 25, 7, 45)),
    ],
)
def test_cut_offs(cutoff: Cutoff, received: datetime, starts: datetime) -> None:
    deadline = compute_deadline(received, limit("1"), OFFICE, cutoff=cutoff)
    assert deadline.counts_from == starts
    assert deadline.due_at == OFFICE.add_minutes(starts, 480)
    told = [line for line in deadline.explain() if line.kind is LineKind.STARTS]
    assert bool(told) == (starts != received)


def test_the_same_day_with_a_cut_off() -> None:
    assert due(at(2026, 11, 20, 14), "0", cutoff=AFTER_15) == at(2026, 11, 20, 17, 30)
    assert due(at(2026, 11, 20, 16), "0", cutoff=AFTER_15) == at(2026, 11, 23, 17, 30)


# --- pauses ---


def test_a_pause_moves_the_clock_by_its_working_time() -> None:
    pause = Pause(start=at(2026, 11, 20, 16, 30), end=at(2026, 11, 23, 8, 30), reason="chờ thuế")
    assert due(at(2026, 11, 20, 9), "1", pauses=[pause]) == at(2026, 11, 23, 11)
    nightly = Pause(start=at(2026, 11, 20, 17, 30), end=at(2026, 11, 23, 7, 30))
    assert due(at(2026, 11, 20, 9), "1", pauses=[nightly]) == due(at(2026, 11, 20, 9), "1")
    before = Pause(start=at(2026, 11, 20, 7), end=at(2026, 11, 20, 10))
    assert due(at(2026, 11, 20, 9), "0.5", pauses=[before]) == at(2026, 11, 20, 16)


def test_pauses_in_civil_and_calendar_terms() -> None:
    pause = Pause(start=at(2026, 11, 17, 10), end=at(2026, 11, 19, 10))
    assert due(at(2026, 11, 16, 9), "3", style=CIVIL, pauses=[pause]) == at(2026, 11, 23, 17, 30)
    assert due(at(2026, 11, 16, 9), "3", "day", pauses=[pause]) == at(
        2026, 11, 23, 17, 30
    )  # 19 + 2 = Saturday
    assert due(at(2026, 11, 16, 9), "2", "day", pauses=[pause]) == at(2026, 11, 20, 17, 30)
    same_day = Pause(start=at(2026, 11, 17, 10), end=at(2026, 11, 17, 16))
    assert due(at(2026, 11, 16, 9), "3", "day", pauses=[same_day]) == at(2026, 11, 19, 17, 30)
    weekend = Pause(start=at(2026, 11, 22, 9), end=at(2026, 11, 23, 10))
    assert due(at(2026, 11, 16, 9), "5", "day", pauses=[weekend]) == at(2026, 11, 23, 17, 30)
    later = Pause(start=at(2026, 11, 22, 9), end=at(2026, 11, 25, 10))
    assert due(at(2026, 11, 16, 9), "5", "day", pauses=[later]) == at(2026, 11, 25, 17, 30)


def test_an_open_pause_leaves_no_date_but_the_time_left() -> None:
    pause = Pause(start=at(2026, 11, 20, 10), reason="nghĩa vụ tài chính")
    deadline = compute_deadline(at(2026, 11, 20, 9), limit("1"), OFFICE, pauses=[pause])
    assert deadline.due_at is None
    left = deadline.remaining(at(2026, 12, 20, 9))
    assert (left.minutes, left.paused, left.overdue) == (420, True, False)
    assert "tạm dừng, còn 7 giờ" in deadline.explain()[-1].text
    late = Pause(start=at(2026, 11, 27, 9))
    overdue = compute_deadline(at(2026, 11, 20, 9), limit("1"), OFFICE, pauses=[late])
    assert overdue.due_at == at(2026, 11, 23, 9)
    assert overdue.remaining(at(2026, 11, 28, 9)).overdue


def test_overlapping_pauses_count_once() -> None:
    pauses = [
        Pause(start=at(2026, 11, 16, 9), end=at(2026, 11, 16, 11), reason="a"),
        Pause(start=at(2026, 11, 16, 10), end=at(2026, 11, 17, 9), reason="b"),
        Pause(start=at(2026, 11, 16, 10), end=at(2026, 11, 16, 10, 30), reason="a"),
    ]
    whole = [Pause(start=at(2026, 11, 16, 9), end=at(2026, 11, 17, 9), reason="a; b")]
    assert merge_pauses(pauses) == tuple(whole)
    assert due(at(2026, 11, 16, 8), "2", pauses=pauses) == due(at(2026, 11, 16, 8), "2", pauses=whole)


# --- the ledger in words ---


def test_the_ledger_names_days_off_and_their_rules() -> None:
    deadline = compute_deadline(at(2025, 12, 31, 15, 20), limit("3"), OFFICE, cutoff=AFTER_15)
    lines = [(line.text, line.rule) for line in deadline.explain()]
    assert lines[0][0] == "Tiếp nhận lúc 15:20 thứ Tư 31/12/2025"
    assert lines[1] == ("Nhận sau 15:00: tính từ 07:30 thứ Hai 05/01/2026", "1.001193")
    assert lines[-1][0] == "Hẹn trả 17 giờ 30 phút, ngày 07/01/2026"
    deadline = compute_deadline(at(2025, 12, 31, 14, 20), limit("8"), OFFICE)
    lines = [(line.text, line.rule) for line in deadline.explain()]
    assert ("thứ Năm 01/01: Nghỉ Tết Dương lịch", "Bộ luật Lao động 2019, Điều 112") in lines
    assert ("thứ Sáu 02/01: nghỉ hoán đổi (làm bù 10/01/2026)", "12729/VPCP-KGVX") in lines
    assert ("thứ Bảy 03/01, Chủ nhật 04/01: không tính", "nghỉ hằng tuần") in lines
    assert any("thứ Bảy 10/01" in text and "làm bù" in text for text, _ in lines)


def test_the_ledger_of_tet_and_of_calendar_days() -> None:
    texts = [line.text for line in compute_deadline(at(2026, 2, 13, 9), limit("2"), OFFICE).explain()]
    assert "16/02–20/02: Nghỉ Tết Âm lịch" in texts
    lines = compute_deadline(at(2026, 11, 16, 8), limit("5", "day"), OFFICE).explain()
    texts = [line.text for line in lines]
    assert "Ngày đầu tiên 16/11/2026 không tính" in texts
    assert "Đếm 5 ngày liên tục từ 17/11/2026 đến 21/11/2026" in texts
    assert sum("là ngày nghỉ" in text for text in texts) == 2
    assert any("Điều 148 khoản 5" in line.rule for line in lines)


# --- other clocks ---


def test_forwarding() -> None:
    early = forward_due(at(2026, 11, 23, 9), OFFICE)
    assert early == (True, at(2026, 11, 23, 9), at(2026, 11, 25, 9))
    late = forward_due(at(2026, 11, 23, 15, 30), OFFICE)
    assert late == (False, at(2026, 11, 25, 7, 30), at(2026, 11, 25, 15, 30))
    assert forward_due(at(2026, 11, 23, 15, 30), OFFICE, cutoff=time(16), paper_days=2).at_once


def test_thresholds_of_the_monitor() -> None:
    assert end_of_today(OFFICE, at(2026, 11, 23, 9)).date() == date(2026, 11, 23)
    assert at(2026, 11, 23, 17, 30) < end_of_today(OFFICE, at(2026, 11, 23, 18)) < at(2026, 11, 24)
    assert at_risk_until(OFFICE, at(2026, 11, 23, 9), 480) == at(2026, 11, 25, 9)
    assert remaining_until(OFFICE, at(2026, 11, 25, 9), at(2026, 11, 23, 9, 0, 30)).minutes == 479


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (at(2026, 11, 23, 9), "còn 1 ngày"),
        (at(2026, 11, 20, 14), "còn 1 ngày 5 giờ"),
        (at(2026, 11, 23, 17, 5), "còn 1 giờ 55 phút"),
        (at(2026, 11, 25, 8, 35), "còn 25 phút"),
        (at(2026, 11, 25, 8, 59, 30), "đến hạn"),
        (at(2026, 11, 25, 9), "đến hạn"),
        (at(2026, 11, 25, 9, 0, 30), "quá hạn"),
        (at(2026, 11, 27, 10), "quá hạn 2 ngày 1 giờ"),
    ],
)
def test_remaining_in_words(now: datetime, said: str) -> None:
    deadline = compute_deadline(at(2026, 11, 20, 9), limit("2"), OFFICE)  # due 25/11 09:00
    left = deadline.remaining(now)
    assert say_remaining(left.minutes, paused=left.paused, overdue=left.overdue) == said


def test_words() -> None:
    assert say_remaining(-5, paused=True) == "tạm dừng"
    assert say_minutes(485) == "1 ngày"
    assert say_minutes(485, 420) == "1 ngày 1 giờ"
    assert say_limit(limit("3")) == "03 ngày làm việc"
    assert say_limit(limit("7.5")) == "7,5 ngày làm việc"
    assert say_limit(limit("15.0")) == "15 ngày làm việc"
    assert say_limit(limit("0")) == "trong ngày"
    assert say_limit(limit("30", "day")) == "30 ngày"
    assert say_limit(limit("8", "hour")) == "08 giờ làm việc"
    assert say_limit(limit("1", "month")) == "01 tháng"
    now = at(2026, 11, 24, 9)
    assert say_instant(at(2026, 11, 24, 16, 30), now) == "16:30 hôm nay 24/11"
    assert say_instant(at(2026, 11, 25, 8), now) == "08:00 ngày mai 25/11"
    assert say_instant(at(2026, 11, 23, 23, 59), now) == "23:59 hôm qua 23/11"
    assert say_instant(at(2026, 11, 27, 16, 30), now) == "16:30 thứ Sáu 27/11"
    assert say_instant(at(2027, 1, 6, 16, 30), now) == "16:30 thứ Tư 06/01/2027"
    assert say_moment(at(2026, 11, 24, 8, 5)) == "08 giờ 05 phút, ngày 24/11/2026"


@pytest.mark.parametrize("unit", list(LimitUnit))
def test_impossible_limits_get_a_sentence(unit: LimitUnit) -> None:
    for amount in ("-1", "99999999", "1e12"):
        with pytest.raises(CalendarError) as error:
            due(at(2026, 11, 16, 9), amount, unit.value)
        assert str(error.value).endswith(".")


def test_ledger_names_the_holiday_that_the_cut_off_passes_over() -> None:
    received = datetime(2026, 11, 23, 15, 1, tzinfo=VIETNAM)
    cutoff = Cutoff(kind=CutoffKind.AFTER_HOUR, at=time(15, 0))
    same_day = Limit(amount=Decimal(0), unit=LimitUnit.WORKING_DAY)
    deadline = compute_deadline(received, same_day, WorkCalendar((HoursRule(),)), cutoff=cutoff)
    assert deadline.due_at == datetime(2026, 11, 25, 17, 30, tzinfo=VIETNAM)
    skipped = [line.text for line in deadline.explain() if line.kind is LineKind.SKIPPED]
    assert len(skipped) == 1
    assert "24/11" in skipped[0]
