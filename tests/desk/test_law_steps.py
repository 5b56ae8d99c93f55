"""Every step a dossier can take, through the desk, as an officer sees it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from law_tools import AN, BUILDING, at_unit, take, texts

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.clocks import ClockKind
from tthc_tui.core.procedure import Channel
from tthc_tui.core.site import ExceptionDay, ExceptionKind, Site
from tthc_tui.core.site_rules import (
    AppointmentRule,
)
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake

# --- clocks ---


def test_a_late_forwarding_is_an_alert_until_it_is_forwarded(desk: Desk, clock: Any) -> None:
    received = take(desk)
    assert received.forward_by == datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)  # the 24th is a holiday
    assert desk.alerts([ClockKind.FORWARD]) == []
    clock.now = datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM)
    assert [(a.line.code, a.text) for a in desk.alerts([ClockKind.FORWARD])] == [
        (received.code, "chuyển hồ sơ chậm")
    ]
    desk.forward([received.id], "dia-chinh")
    assert desk.alerts([ClockKind.FORWARD]) == []


def test_online_dossiers_go_on_at_once_or_with_the_next_working_day_after_three(
    desk: Desk, clock: Any
) -> None:
    clock.now = datetime(2026, 11, 23, 15, 0, tzinfo=VIETNAM)
    assert take(desk, channel=Channel.ONLINE).forward_by == datetime(2026, 11, 23, 16, 0, tzinfo=VIETNAM)
    clock.now = datetime(2026, 11, 23, 15, 1, tzinfo=VIETNAM)
    assert take(desk, channel=Channel.ONLINE).forward_by == datetime(2026, 11, 25, 8, 30, tzinfo=VIETNAM)


def test_steps_begin_by_themselves_and_have_their_own_due_time(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    assert dossier.step is not None
    assert (dossier.step.step, dossier.step.officer) == ("tham-dinh", "khoa")
    assert dossier.step.due_at == datetime(2026, 11, 23, 14, 42, tzinfo=VIETNAM)
    clock.now = datetime(2026, 11, 23, 15, 0, tzinfo=VIETNAM)
    late = desk.alerts([ClockKind.STEP])
    assert [(a.key, a.unit) for a in late] == [("tham-dinh", "dia-chinh")]
    assert desk.due_counts().overdue == 0  # the step is late, the dossier is not
    after = desk.finish_step(dossier.id)
    assert after.step is not None
    assert after.step.step == "ky"
    assert after.steps[0].late
    assert desk.alerts([ClockKind.STEP]) == []


def test_a_step_goes_back_to_an_earlier_one_by_the_leader_with_the_reason(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.finish_step(dossier.id)
    desk.sign_in("lan")
    with pytest.raises(Refused, match=r"cán bộ xử lý hoặc lãnh đạo"):
        desk.return_step(dossier.id, "tham-dinh", "thiếu bản vẽ")
    desk.sign_in("binh")
    clock.forward(hours=1)
    back = desk.return_step(dossier.id, "tham-dinh", "thiếu bản vẽ mặt cắt")
    assert back.step is not None
    assert back.step.step == "tham-dinh"
    assert back.step.due_at == datetime(2026, 11, 23, 15, 42, tzinfo=VIETNAM)
    assert "Trả lại bước “Thẩm định”: thiếu bản vẽ mặt cắt" in texts(desk, dossier)


def test_undoing_the_takeover_undoes_the_step_that_began_with_it(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    back = desk.undo(dossier.id)
    assert (back.coming_to, back.steps) == ("dia-chinh", ())


def test_only_a_leader_assigns_and_only_within_the_unit(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    with pytest.raises(Refused, match="việc này của lãnh đạo"):
        desk.assign(dossier.id, "khoa")
    desk.sign_in("binh")
    with pytest.raises(Refused, match="không thuộc đơn vị"):
        desk.assign(dossier.id, "minh")
    assert desk.assign(dossier.id, "khoa").holder_officer == "khoa"


def test_cooperating_units_work_in_parallel_with_their_own_time(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.consult(dossier.id, "tu-phap", "Xác nhận quyền sử dụng", days=1)
    asked = desk.consult(dossier.id, "ttpvhcc", "Tình trạng cư trú", days=2)
    clock.now = datetime(2026, 11, 25, 10, 0, tzinfo=VIETNAM)
    assert [a.unit for a in desk.alerts([ClockKind.CONSULT])] == ["tu-phap"]
    answered = desk.answer_consult(dossier.id, asked.consultations[0].key, "Đúng", agrees=True)
    assert desk.alerts([ClockKind.CONSULT]) == []
    with pytest.raises(Refused, match="đã được trả lời"):
        desk.answer_consult(dossier.id, answered.consultations[0].key, "Sai")


# --- pauses ---


def test_a_pause_stops_the_clock_and_moves_the_date_by_working_time_only(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    assert dossier.due_at == datetime(2026, 12, 1, 8, 42, tzinfo=VIETNAM)
    clock.now = datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
    paid = desk.pause(dossier.id, "nghia-vu-tai-chinh")
    assert paid.state is State.PAYMENT
    clock.now = datetime(2026, 11, 26, 20, 0, tzinfo=VIETNAM)  # 25th from 8:42 and the whole 26th: 15 h 12
    resumed = desk.resume(dossier.id)
    assert resumed.state is State.PROCESSING
    assert resumed.due_at == datetime(2026, 12, 2, 17, 30, tzinfo=VIETNAM)
    explained = desk.explain(dossier.id)
    assert explained is not None
    assert explained.due_at == resumed.due_at


def test_overlapping_pauses_count_once_and_the_date_waits_for_the_last(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=VIETNAM)
    desk.pause(dossier.id, "niem-yet")
    clock.now = datetime(2026, 11, 25, 10, 0, tzinfo=VIETNAM)
    desk.pause(dossier.id, "xac-minh")
    with pytest.raises(Refused, match="nhiều lý do"):
        desk.resume(dossier.id)
    clock.now = datetime(2026, 11, 25, 11, 0, tzinfo=VIETNAM)
    first = desk.resume(dossier.id, "niem-yet")
    assert (first.due_at, first.paused_at is not None) == (dossier.due_at, True)
    with pytest.raises(Refused, match="tạm dừng"):
        desk.resolve(dossier.id)
    clock.now = datetime(2026, 11, 25, 11, 30, tzinfo=VIETNAM)
    last = desk.resume(dossier.id)
    assert desk.calendar().minutes_between(dossier.due_at, last.due_at) == 3 * 60 + 30
    assert desk.due_counts().overdue == 0


def test_a_paused_dossier_is_in_no_overdue_list(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.pause(dossier.id, "xac-minh")
    clock.now = datetime(2026, 12, 20, 9, 0, tzinfo=VIETNAM)
    assert desk.due_counts().overdue == 0
    assert desk.remaining_text(desk.dossier(dossier.id)) == "tạm dừng"


def test_planned_appointments_are_not_the_apology(desk: Desk, site: Site, clock: Any) -> None:
    rules = tuple(
        AppointmentRule(procedure=BUILDING, number=n, amount=Decimal(days), purpose=purpose)
        for n, days, purpose in ((1, 3, "nhận thông báo thuế"), (2, 2, "nhận kết quả"))
    )
    desk.save_site(desk.site.model_copy(update={"appointments": rules}))
    dossier = take(desk)
    assert [a.due_at for a in dossier.appointments] == [datetime(2026, 11, 27, 8, 42, tzinfo=VIETNAM), None]
    clock.now = datetime(2026, 11, 27, 8, 0, tzinfo=VIETNAM)
    assert [a.key for a in desk.alerts([ClockKind.APPOINTMENT])] == ["1"]
    kept = desk.keep_appointment(dossier.id, 1)
    assert kept.appointments[1].due_at == datetime(2026, 12, 1, 8, 0, tzinfo=VIETNAM)
    assert not kept.extended
    with pytest.raises(Refused, match="đã được ghi nhận"):
        desk.keep_appointment(dossier.id, 1)


# --- supplements ---


def test_a_supplement_not_brought_in_time_is_proposed_for_closing(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    asked = desk.request_supplement(dossier.id, ["Bản vẽ mặt cắt"], "thiếu")
    assert asked.supplement_until == datetime(2026, 12, 15, 8, 42, tzinfo=VIETNAM)
    assert asked.tell_by == datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
    desk.sign_in("lan")
    with pytest.raises(Refused, match="chưa quá hạn"):
        desk.close_dossier(dossier.id, "qua-han-bo-sung")
    clock.now = datetime(2026, 11, 26, 8, 0, tzinfo=VIETNAM)
    assert [a.kind for a in desk.alerts([ClockKind.TELL])] == [ClockKind.TELL]
    desk.tell(dossier.id, "cần bổ sung bản vẽ", "phone", subject="supplement")
    assert desk.alerts([ClockKind.TELL]) == []
    clock.now = datetime(2026, 12, 15, 9, 0, tzinfo=VIETNAM)
    assert [a.line.code for a in desk.alerts([ClockKind.SUPPLEMENT])] == [dossier.code]
    closed = desk.close_dossier(dossier.id, "qua-han-bo-sung")
    assert (closed.state, closed.reason) == (State.STOPPED, "quá hạn bổ sung hồ sơ")
    assert desk.alerts([ClockKind.SUPPLEMENT]) == []


def test_the_term_restarts_after_a_supplement_or_moves_by_the_pause(desk: Desk, clock: Any) -> None:
    restarting = take(desk)
    desk.request_supplement(restarting.id, ["Tờ khai"])
    clock.now = datetime(2026, 11, 26, 10, 0, tzinfo=VIETNAM)
    assert desk.supplement(restarting.id).due_at == datetime(2026, 12, 3, 10, 0, tzinfo=VIETNAM)
    clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM)
    desk.sign_in("binh")
    desk.correct_procedure(BUILDING, "on_supplement", "pause", source="QĐ 1/2026")
    desk.sign_in("lan")
    moving = take(desk)
    clock.now = datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM)
    desk.request_supplement(moving.id, ["Tờ khai"])
    clock.now = datetime(2026, 11, 26, 10, 0, tzinfo=VIETNAM)
    moved = desk.supplement(moving.id)
    assert moved.due_at == datetime(2026, 12, 2, 10, 0, tzinfo=VIETNAM)
    explained = desk.explain(moving.id)
    assert explained is not None
    assert explained.due_at == moved.due_at


# --- chains, papers, corrections ---


def test_a_chain_of_dossiers_is_counted_once_and_its_parts_are_found(desk: Desk, clock: Any) -> None:
    root = take(desk)
    child = desk.receive_child(root.id, "2.000884", papers=take(desk, "2.000884").papers)
    grandchild = desk.receive_child(child.id, BUILDING, papers=root.papers)
    assert (child.root, grandchild.root) == (root.id, root.id)
    assert sum(desk.overview().states.values()) == 2
    assert desk.overview().received_today == 2
    assert {line.code for line in desk.chain(child.id)} == {child.code, grandchild.code}
    assert len(desk.find(DossierQuery())) == 4
    clock.now = datetime(2026, 12, 20, 9, 0, tzinfo=VIETNAM)
    assert desk.due_counts().overdue == 2
    assert len(desk.alerts([ClockKind.CHILD])) == 2


def test_a_paper_a_database_replaces_is_demanded_only_with_a_reason(desk: Desk) -> None:
    code, line = next(
        (code, line)
        for code in ("1.001193", "1.004194", "2.000635", "1.004873")
        for line in desk.procedure(code).case().requirements
        if line.database
    )
    case = desk.procedure(code).case()
    papers = tuple(
        ev.PaperReceived(requirement=one.id, name=one.label)
        for one in case.requirements
        if one.kind != "note" and not one.database
    )
    demanded = ev.PaperReceived(requirement=line.id, name=line.label)
    with pytest.raises(Refused, match=r"66\.7"):
        desk.receive(Intake(procedure=code, applicant=AN, papers=(*papers, demanded)))
    why = demanded.model_copy(update={"demanded": "dữ liệu sai năm sinh"})
    received = desk.receive(Intake(procedure=code, applicant=AN, papers=(*papers, why)))
    assert received.papers[-1].demanded == "dữ liệu sai năm sinh"
    with pytest.raises(Refused, match="không được yêu cầu nộp"):
        desk.request_supplement(received.id, [line.label])
    assert (
        desk.request_supplement(received.id, [line.label], demanded="dữ liệu sai").state is State.SUPPLEMENT
    )


def test_a_correction_gives_a_new_receipt_and_the_history_keeps_both(desk: Desk, clock: Any) -> None:
    dossier = take(desk)
    clock.forward(minutes=30)
    with pytest.raises(Refused, match="lý do"):
        desk.correct(dossier.id, "", procedure="1.013226")
    with pytest.raises(Refused, match="ít nhất một mục"):
        desk.correct(dossier.id, "nhầm")
    after = desk.correct(
        dossier.id,
        "chọn nhầm thủ tục",
        procedure="1.013226",
        applicant=AN.model_copy(update={"name": "Lê An"}),
    )
    assert (after.procedure.code, after.replaces) == ("1.013226", dossier.number)
    assert after.number == dossier.number + 1
    assert after.due_at is not None
    assert after.due_at > dossier.due_at  # type: ignore[operator] - 9 working days instead of 5
    paper = desk.document(dossier.id, "mau-01")
    assert (paper.replaces, paper.number, paper.reprint_no) == (str(dossier.number), str(after.number), 0)
    assert paper.values["applicant"] == "Lê An"
    assert any(f"thay số {dossier.number}" in text for text in texts(desk, dossier))
    assert desk.find(DossierQuery(text="le an"))
    moved = desk.correct(dossier.id, "ghi sai giờ nhận", received_at=clock.now - timedelta(minutes=40))
    assert moved.received_at == clock.now - timedelta(minutes=40)


def test_a_changed_calendar_reports_and_moves_nothing(desk: Desk) -> None:
    dossier, quick = take(desk), take(desk, "2.000884")
    day_off = ExceptionDay(day=date(2026, 11, 27), kind=ExceptionKind.DAY_OFF, name="nghỉ bù")
    new = desk.site.model_copy(update={"exceptions": (day_off,)})
    report = desk.calendar_report(desk.site, new)
    assert [(one.code, one.promised, one.minutes) for one in report] == [(dossier.code, dossier.due_at, 480)]
    assert quick.code not in {one.code for one in report}
    desk.save_site(new)
    assert desk.dossier(dossier.id).due_at == dossier.due_at


def test_a_new_day_off_under_a_signed_date_or_in_a_chain_is_reported_too(desk: Desk, clock: Any) -> None:
    signed = at_unit(desk, take(desk))
    desk.sign_in("binh")
    desk.extend(signed.id, datetime(2026, 12, 4, 9, 0, tzinfo=VIETNAM), "chờ ý kiến")
    desk.sign_in("lan")
    child = take(desk, root=take(desk).id)
    day_off = ExceptionDay(day=date(2026, 12, 4), kind=ExceptionKind.DAY_OFF, name="nghỉ bù")
    report = desk.calendar_report(desk.site, desk.site.model_copy(update={"exceptions": (day_off,)}))
    monday = datetime(2026, 12, 7, 17, 30, tzinfo=VIETNAM)
    assert [(one.code, one.would_be) for one in report] == [(signed.code, monday)]
    earlier = day_off.model_copy(update={"day": date(2026, 11, 27)})
    report = desk.calendar_report(desk.site, desk.site.model_copy(update={"exceptions": (earlier,)}))
    assert child.code in {one.code for one in report}
    assert signed.code not in {one.code for one in report}


def test_a_dossier_sent_online_is_looked_at_within_eight_working_hours(desk: Desk, clock: Any) -> None:
    clock.now = datetime(2026, 11, 22, 21, 0, tzinfo=VIETNAM)  # a Sunday night
    online = desk.register(Intake(procedure=BUILDING, applicant=AN, channel=Channel.ONLINE))
    assert online.check_by == datetime(2026, 11, 23, 17, 30, tzinfo=VIETNAM)
    clock.now = datetime(2026, 11, 23, 17, 30, tzinfo=VIETNAM)
    assert desk.alerts([ClockKind.CHECK])[0].line.id == str(online.id)
    assert desk.alerts()[0].text == "chậm kiểm tra hồ sơ trực tuyến"
    procedure = desk.procedure(BUILDING)
    papers = tuple(
        ev.PaperReceived(requirement=line.id, name=line.label) for line in procedure.case().requirements
    )
    taken = desk.accept_completed(online.id, papers)
    assert taken.state is State.ACCEPTED
    assert desk.alerts([ClockKind.CHECK]) == []
    brought = desk.register(Intake(procedure=BUILDING, applicant=AN))
    assert brought.check_by is None


def test_a_step_passed_on_in_its_middle_warns_who_holds_it_now(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.forward([dossier.id], "tu-phap")
    desk.sign_in("minh")
    taken = desk.accept_handover([dossier.id])[0]
    assert taken.step is not None
    clock.now = datetime(2026, 11, 25, 15, 0, tzinfo=VIETNAM)
    assert [(a.unit, a.officer) for a in desk.alerts([ClockKind.STEP])] == [("tu-phap", "minh")]
