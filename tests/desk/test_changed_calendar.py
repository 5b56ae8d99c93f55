"""A calendar that changes after the receipt moves no promise unsaid: not in the ledger, not through a pause."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from law_tools import at_unit, take, texts

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.site import ExceptionDay, ExceptionKind, Site
from tthc_tui.desk import Desk

OFF = ExceptionDay(day=date(2026, 11, 27), kind=ExceptionKind.DAY_OFF, name="nghỉ bù")
PROMISED = datetime(2026, 12, 1, 8, 42, tzinfo=VIETNAM)
A_DAY_LATER = datetime(2026, 12, 2, 8, 42, tzinfo=VIETNAM)


def with_day_off(site: Site, day: date = OFF.day) -> Site:
    return site.model_copy(update={"exceptions": (OFF.model_copy(update={"day": day}),)})


def ledger(desk: Desk, dossier: Dossier) -> list[str]:
    return [line.text for line in desk.promise(dossier.id)]


def test_the_ledger_of_a_running_dossier_ends_with_what_was_promised(desk: Desk) -> None:
    dossier = take(desk)
    desk.save_site(with_day_off(desk.site))
    lines = ledger(desk, dossier)
    assert lines[-2] == "Theo lịch làm việc hiện nay thì là 08 giờ 42 phút, ngày 02/12/2026"
    assert (
        lines[-1]
        == "Ngày hẹn trả hiện nay: 08 giờ 42 phút, ngày 01/12/2026 (lịch đổi không tự dời ngày đã hẹn)"
    )
    assert desk.dossier(dossier.id).due_at == PROMISED


def test_a_paused_dossier_is_in_the_report_with_the_date_that_going_on_would_give(
    desk: Desk, clock: Any
) -> None:
    dossier = at_unit(desk, take(desk))
    clock.now = datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
    desk.pause(dossier.id, "xac-minh")
    clock.now = datetime(2026, 11, 25, 13, 30, tzinfo=VIETNAM)
    (found,) = desk.calendar_report(desk.site, with_day_off(desk.site))
    assert (found.code, found.paused, found.promised) == (dossier.code, True, PROMISED)
    assert found.would_be == datetime(2026, 12, 2, 11, 30, tzinfo=VIETNAM)
    assert found.minutes == 480
    late = with_day_off(desk.site, date(2026, 12, 25))
    assert desk.calendar_report(desk.site, late) == []


def test_a_day_off_behind_the_printed_date_is_reported_when_going_on_would_meet_it(
    desk: Desk, clock: Any
) -> None:
    dossier = at_unit(desk, take(desk))
    clock.now = datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
    desk.pause(dossier.id, "nghia-vu-tai-chinh")
    clock.now = datetime(2026, 12, 7, 8, 42, tzinfo=VIETNAM)
    (found,) = desk.calendar_report(desk.site, with_day_off(desk.site, date(2026, 12, 9)))
    assert (found.code, found.minutes) == (dossier.code, 480)


def test_who_waits_for_papers_whose_term_begins_anew_has_no_date_to_move(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.request_supplement(dossier.id, ["Bản vẽ"], "thiếu")
    assert desk.calendar_report(desk.site, with_day_off(desk.site)) == []


def test_going_on_says_what_the_changed_calendar_does(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    clock.now = datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
    desk.pause(dossier.id, "xac-minh")
    desk.save_site(with_day_off(desk.site))
    said = "Lịch làm việc đã đổi từ khi hẹn: hẹn trả 08 giờ 42 phút, ngày 01/12/2026 nay tính là 08 giờ 42 phút, ngày 02/12/2026"
    assert f"{said}; áp dụng khi tính tiếp" in ledger(desk, dossier)
    assert desk.calendar_moved(desk.dossier(dossier.id)) == A_DAY_LATER
    clock.now = datetime(2026, 11, 26, 8, 42, tzinfo=VIETNAM)
    resumed = desk.resume(dossier.id)
    assert resumed.due_at == datetime(2026, 12, 3, 8, 42, tzinfo=VIETNAM)
    assert f"{said}; đã áp dụng khi tính tiếp lúc 08:42 thứ Năm 26/11/2026" in ledger(desk, dossier)
    assert any("lịch làm việc đã đổi từ khi hẹn" in text for text in texts(desk, dossier))
    assert desk.calendar_moved(resumed) is None
    assert ledger(desk, dossier)[-1] == "Hẹn trả 08 giờ 42 phút, ngày 03/12/2026"


def test_nothing_is_said_where_the_calendar_stayed(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    for hour, act, code in (
        (9, desk.pause, "niem-yet"),
        (10, desk.pause, "xac-minh"),
        (11, desk.resume, "niem-yet"),
        (14, desk.pause, "giam-dinh"),
        (15, desk.resume, "xac-minh"),
        (16, desk.resume, "giam-dinh"),
    ):
        clock.now = datetime(2026, 11, 25, hour, 5, tzinfo=VIETNAM)
        now = act(dossier.id, code)
        assert desk.calendar_moved(now) is None, hour
        assert not any("đã đổi từ khi hẹn" in line for line in ledger(desk, dossier))


def test_a_signed_date_is_not_moved_by_the_calendar_when_it_goes_on(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("binh")
    desk.extend(dossier.id, datetime(2026, 12, 4, 9, 0, tzinfo=VIETNAM), "chờ ý kiến")
    clock.now = datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
    desk.pause(dossier.id, "xac-minh")
    desk.save_site(with_day_off(desk.site))
    clock.now = datetime(2026, 11, 26, 8, 42, tzinfo=VIETNAM)
    assert desk.resume(dossier.id).due_at == datetime(2026, 12, 7, 9, 0, tzinfo=VIETNAM)
