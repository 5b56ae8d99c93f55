"""Every step a dossier can take, through the desk, as an officer sees it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.clocks import ClockKind
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import Channel
from tthc_tui.core.site import ExceptionDay, ExceptionKind, Officer, Role, Route, Site
from tthc_tui.core.site_rules import (
    AppointmentRule,
    ExemptionRule,
    Gateway,
    NoticeRule,
    StepRule,
    TariffRule,
)
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput

BUILDING = "1.013227"  # gia hạn giấy phép xây dựng: 05 working days
AN = PersonInput(name="Phạm Văn An", number="079084001234", phone="0912345678", address="12 Bờ Kè")


@pytest.fixture
def site(site: Site) -> Site:
    """The centre with a leader, a specialist at the building desk and rules of its own."""
    officers = (
        *site.officers,
        Officer(id="binh", name="Phạm Thanh Bình", unit="dia-chinh", roles=frozenset({Role.LEADER})),
        Officer(id="khoa", name="Đỗ Anh Khoa", unit="dia-chinh", roles=frozenset({Role.SPECIALIST})),
        Officer(id="sat", name="Vũ Thị Sát", unit="ttpvhcc", roles=frozenset({Role.SUPERVISOR})),
    )
    steps = (
        StepRule(procedure=BUILDING, id="tham-dinh", name="Thẩm định", amount=Decimal("0.5")),
        StepRule(procedure=BUILDING, id="ky", name="Ký duyệt", role="leader", amount=Decimal(1)),
    )
    return site.model_copy(update={"officers": officers, "steps": steps})


@pytest.fixture
def desk(desk: Desk) -> Desk:
    return desk


def take(desk: Desk, procedure: str = BUILDING, **more: Any) -> Dossier:
    """Receive a dossier with every paper of the list."""
    case = desk.procedure(procedure).case()
    papers = tuple(
        ev.PaperReceived(
            requirement=line.id,
            name=line.label,
            form=ev.PaperForm.LOOKED_UP if line.database else ev.PaperForm.ORIGINAL,
        )
        for line in case.requirements
        if line.kind != "note"
    )
    intake = Intake(procedure=procedure, applicant=AN, papers=papers).model_copy(update=more)
    return desk.receive(intake)


def at_unit(desk: Desk, dossier: Dossier, officer: str = "khoa") -> Dossier:
    """Forward to the building desk and let its officer take it over."""
    desk.forward([dossier.id], "dia-chinh")
    desk.sign_in(officer)
    return desk.accept_handover([dossier.id])[0]


def texts(desk: Desk, dossier: Dossier) -> list[str]:
    return [item.text for item in desk.detail(dossier.id).history]


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
    assert "Trả lại bước trước: thiếu bản vẽ mặt cắt" in texts(desk, dossier)


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
    desk.tell(dossier.id, "cần bổ sung bản vẽ", "phone")
    assert desk.alerts([ClockKind.TELL]) == []
    clock.now = datetime(2026, 12, 15, 9, 0, tzinfo=VIETNAM)
    assert [a.line.code for a in desk.closing_proposed()] == [dossier.code]
    closed = desk.close_dossier(dossier.id, "qua-han-bo-sung")
    assert (closed.state, closed.reason) == (State.STOPPED, "quá hạn bổ sung hồ sơ")
    assert desk.closing_proposed() == []


def test_the_term_restarts_after_a_supplement_or_moves_by_the_pause(desk: Desk, clock: Any) -> None:
    restarting = take(desk)
    desk.request_supplement(restarting.id, ["Tờ khai"])
    clock.now = datetime(2026, 11, 26, 10, 0, tzinfo=VIETNAM)
    assert desk.supplement(restarting.id).due_at == datetime(2026, 12, 3, 10, 0, tzinfo=VIETNAM)
    clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM)
    desk.correct_procedure(BUILDING, "on_supplement", "pause", source="QĐ 1/2026")
    moving = take(desk)
    clock.now = datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM)
    desk.request_supplement(moving.id, ["Tờ khai"])
    clock.now = datetime(2026, 11, 26, 10, 0, tzinfo=VIETNAM)
    moved = desk.supplement(moving.id)
    assert moved.due_at == datetime(2026, 12, 2, 10, 0, tzinfo=VIETNAM)
    explained = desk.explain(moving.id)
    assert explained is not None
    assert explained.due_at == moved.due_at


# --- decisions ---


def test_apology_is_called_for_one_working_day_before_and_given_once_by_a_leader(
    desk: Desk, clock: Any
) -> None:
    dossier = at_unit(desk, take(desk))
    clock.now = datetime(2026, 11, 27, 9, 0, tzinfo=VIETNAM)
    assert desk.alerts([ClockKind.APOLOGY]) == []
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=VIETNAM)
    assert [a.line.code for a in desk.alerts([ClockKind.APOLOGY])] == [dossier.code]
    new = desk.new_due(dossier, 2)
    with pytest.raises(Refused, match="việc này của lãnh đạo"):
        desk.extend(dossier.id, new, "chờ ý kiến thẩm định", signed_by="binh")
    desk.propose(dossier.id, ev.Proposal.EXTEND, "chờ ý kiến thẩm định", due_at=new)
    desk.sign_in("binh")
    assert [a.line.code for a in desk.proposals()] == [dossier.code]
    extended = desk.approve(dossier.id)
    assert (extended.due_at, extended.extended_from) == (new, dossier.due_at)
    assert desk.proposals() == []
    with pytest.raises(Refused, match="một lần"):
        desk.extend(dossier.id, new + timedelta(days=7), "lại chậm")
    paper = desk.document(dossier.id, "mau-04")
    assert paper.values["head"] == "Phạm Thanh Bình"
    assert new.strftime("%d/%m/%Y") in paper.values["new_due_at"]


def test_a_pause_after_the_apology_moves_the_new_date(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk), "binh")
    new = datetime(2026, 12, 4, 16, 0, tzinfo=VIETNAM)
    desk.extend(dossier.id, new, "chờ thẩm định")
    clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=VIETNAM)
    desk.pause(dossier.id, "xac-minh")
    clock.now = datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM)
    assert desk.resume(dossier.id).due_at == datetime(2026, 12, 4, 17, 0, tzinfo=VIETNAM)


def test_refusal_needs_the_head_where_the_site_says_so(desk: Desk) -> None:
    settings = desk.site.settings.model_copy(update={"rejection_approval": True})
    desk.save_site(desk.site.model_copy(update={"settings": settings}))
    intake = Intake(procedure=BUILDING, applicant=AN)
    with pytest.raises(Refused, match="lãnh đạo duyệt"):
        desk.refuse_intake(intake, "không đúng thẩm quyền")
    with pytest.raises(Refused, match="phải là lãnh đạo"):
        desk.refuse_intake(intake, "không đúng thẩm quyền", approved_by="hung")
    refused = desk.refuse_intake(intake, "không đúng thẩm quyền", approved_by="binh")
    assert refused.state is State.REJECTED
    assert desk.legal_grounds(refused)


def test_a_declined_proposal_leaves_the_dossier_as_it_was(desk: Desk) -> None:
    waiting = desk.receive_incomplete(Intake(procedure=BUILDING, applicant=AN), ["Đơn đề nghị"])
    desk.propose(waiting.id, ev.Proposal.REJECT, "không bổ sung được")
    with pytest.raises(Refused, match="đang chờ"):
        desk.propose(waiting.id, ev.Proposal.REJECT, "lần nữa")
    desk.sign_in("binh")
    after = desk.decline(waiting.id, "cho thêm thời gian")
    assert (after.state, after.proposal) == (State.SUPPLEMENT, None)
    desk.sign_in("lan")
    desk.propose(waiting.id, ev.Proposal.REJECT, "vẫn không bổ sung được")
    desk.sign_in("binh")
    assert desk.approve(waiting.id).state is State.REJECTED


def test_stop_only_while_no_decision_exists(desk: Desk) -> None:
    stopped = desk.stop(take(desk).id, "không còn nhu cầu", returned="bản chính giấy phép")
    assert stopped.state is State.STOPPED
    paper = desk.document(stopped.id)
    assert (paper.form.id, paper.values["returned"]) == ("stop", "bản chính giấy phép")
    decided = take(desk)
    desk.resolve(decided.id)
    with pytest.raises(Refused, match="Điều 21"):
        desk.stop(decided.id, "đổi ý")


def test_death_of_the_applicant_closes_with_the_sites_reason(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk), "binh")
    assert "nguoi-nop-chet" in {one.id for one in desk.closing_reasons(dossier)}
    closed = desk.close_dossier(dossier.id, "nguoi-nop-chet", "trích lục khai tử số 12")
    assert (closed.closing, closed.reason) == (
        "nguoi-nop-chet",
        "người nộp hồ sơ đã chết: trích lục khai tử số 12",
    )


def test_a_refused_action_says_which_role_may(desk: Desk) -> None:
    dossier = take(desk)
    desk.sign_in("sat")
    with pytest.raises(Refused) as refusal:
        desk.forward([dossier.id], "dia-chinh")
    assert "cán bộ tiếp nhận, cán bộ xử lý hoặc lãnh đạo" in refusal.value.reason
    rights = {"supervisor": ("AddNote", "Print", "Forward")}
    desk.save_site(desk.site.model_copy(update={"rights": rights}))
    assert desk.forward([dossier.id], "dia-chinh")[1][0].state is State.PROCESSING


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


# --- money ---


def test_the_cash_sheet_balances(desk: Desk, clock: Any) -> None:
    tariffs = (
        TariffRule(procedure=BUILDING, name="Lệ phí", amount=15_000),
        TariffRule(procedure=BUILDING, name="Lệ phí", amount=7_000, channel=Channel.ONLINE),
        TariffRule(procedure=BUILDING, name="Lệ phí", amount=0, free=True, group="hộ nghèo"),
        TariffRule(procedure=BUILDING, name="Lệ phí", amount=9_000, commune="Sơn Kiên"),
    )
    exemption = ExemptionRule(id="nguoi-co-cong", name="người có công", percent=50, ground="NQ 05/2025")
    desk.save_site(desk.site.model_copy(update={"tariffs": tariffs, "exemptions": (exemption,)}))
    shift = desk.open_shift(200_000)
    cash, bank, half = take(desk), take(desk), take(desk)
    online, poor = take(desk, channel=Channel.ONLINE), take(desk, group="hộ nghèo")
    assert [desk.account(one).charged for one in (cash, online, poor)] == [15_000, 7_000, 0]
    assert desk.account(take(desk, commune="Sơn Kiên")).charged == 9_000
    desk.pay(cash.id)
    with pytest.raises(Refused, match="không còn khoản"):
        desk.pay(cash.id)
    with pytest.raises(Refused, match="mã giao dịch"):
        desk.pay(bank.id, method=ev.PayMethod.BANK)
    desk.pay(bank.id, method=ev.PayMethod.BANK, reference="FT26327001")
    with pytest.raises(Refused, match="đã được ghi nhận"):
        desk.pay(online.id, method=ev.PayMethod.BANK, reference="FT26327001")
    desk.exempt(half.id, "nguoi-co-cong")
    with pytest.raises(Refused, match="lớn hơn số còn phải nộp"):
        desk.pay(half.id, 15_000)
    desk.pay(half.id)
    with pytest.raises(Refused, match="nhiều hơn số đã thu"):
        desk.refund(half.id, 8_000, "nộp thừa")
    desk.refund(half.id, 500, "nộp thừa")
    sheet = desk.shift_sheet()
    assert (sheet.total, sheet.expected) == (15_000 + 15_000 + 7_500 - 500, 200_000 + 15_000 + 7_500 - 500)
    with pytest.raises(Refused, match="không khớp"):
        desk.close_shift(sheet.expected - 1_000)
    clock.forward(hours=3)
    closed = desk.close_shift(sheet.expected - 1_000, note="trả nhầm tiền lẻ")
    assert closed.difference == -1_000
    paper = desk.cash_document(shift.id)
    assert paper.values["difference"] == "1.000 đồng (thiếu)"
    assert len(paper.tables["rows"]) == 4
    assert desk.current_shift() is None
    with desk.store.read() as connection:
        from tthc_tui.store import dossiers

        assert dossiers.compare(connection) == []


def test_fees_paid_at_the_intake_are_payments_with_numbers(desk: Desk) -> None:
    fee = ev.FeeCharge(name="Lệ phí", amount=10_000, paid=True)
    dossier = take(desk, fees=(fee,))
    assert desk.account(dossier).owed == 0
    assert dossier.payments[0].number == "000001/2026"
    assert desk.fee_slip(dossier.id).number == "000001/2026"


# --- notices, post, feedback ---


def test_notices_wait_for_the_undo_are_sent_once_and_tried_again(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    class Broken:
        def __init__(self) -> None:
            self.sent: list[str] = []
            self.broken = True

        def send(self, notice: Any) -> None:
            from tthc_tui.store.gateways import GatewayError

            if self.broken:
                raise GatewayError("mất mạng")
            self.sent.append(notice.body)

    gateway = Broken()
    dossier = take(desk)
    undone = take(desk)
    desk.undo(undone.id)
    assert desk.send_notices(tmp_path, gateway) == (0, 0)  # still within the time to undo
    clock.forward(minutes=3)
    assert desk.send_notices(tmp_path, gateway) == (0, 1)
    assert desk.send_notices(tmp_path, gateway) == (0, 0)  # waits before it tries again
    gateway.broken = False
    clock.forward(minutes=2)
    assert desk.send_notices(tmp_path, gateway) == (1, 0)
    assert dossier.code in gateway.sent[0]
    assert desk.notice_counts() == {"sent": 1, "dropped": 1}


def test_the_file_gateway_is_the_default_and_templates_are_the_sites(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    rules = (
        NoticeRule(on="resolved", text="{ten}: {ma} xong", channel="zalo"),
        NoticeRule(on="resolved", text="không gửi", channel="zalo", procedure="2.000884", enabled=False),
    )
    desk.save_site(desk.site.model_copy(update={"notices": rules, "gateway": Gateway(kind="file")}))
    done = desk.resolve(take(desk).id)
    desk.resolve(take(desk, "2.000884").id)
    clock.forward(minutes=3)
    assert desk.send_notices(tmp_path / "tin") == (1, 0)
    written = next((tmp_path / "tin").iterdir()).read_text(encoding="utf-8")
    assert f"Phạm Văn An: {done.code} xong" in written


def test_an_http_gateway_that_answers_500_is_tried_again(desk: Desk, clock: Any, tmp_path: Path) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    answers, seen = [500, 200], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.headers["Idempotency-Key"])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(answers.pop(0))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        config = Gateway(kind="http", url=f"http://127.0.0.1:{server.server_port}/sms")
        desk.save_site(desk.site.model_copy(update={"gateway": config}))
        take(desk)
        clock.forward(minutes=3)
        assert desk.send_notices(tmp_path) == (0, 1)
        assert "500" in desk.notices(state="waiting")[0].error
        clock.forward(minutes=3)
        assert desk.send_notices(tmp_path) == (1, 0)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert seen[0] == seen[1]


def test_results_go_by_post_with_a_list_and_come_back_or_arrive(desk: Desk, clock: Any) -> None:
    first, second = (take(desk, delivery=ev.Delivery.POST, delivery_address="Ấp 3") for _ in range(2))
    for dossier in (first, second):
        desk.resolve(dossier.id)
    assert [line.code for line in desk.post_waiting()] == [first.code, second.code]
    with pytest.raises(Refused, match="số hiệu riêng"):
        desk.send_post([(first.id, "EA1"), (second.id, "ea1")])
    slip, _ = desk.send_post([(first.id, "EA100VN"), (second.id, "EA101VN")])
    assert slip == "BC-0001/2026"
    assert desk.post_waiting() == []
    paper = desk.results_document([first.id, second.id], postal=True, number=slip)
    assert paper.tables["rows"][0][3:5] == ("có kết quả, bưu gửi EA100VN", "Phạm Văn An")
    arrived = desk.track_post(first.id, "delivered")
    assert arrived.state is State.RETURNED
    back = desk.track_post(second.id, "returned", note="không có người nhận")
    assert back.state is State.DONE
    assert desk.post_underway() == []
    assert desk.return_result(second.id).state is State.RETURNED


def test_feedback_has_ten_working_days_and_its_own_history(desk: Desk, clock: Any) -> None:
    said = desk.log_feedback("Chờ quá lâu", subject="officer", officer="hung", sender="Bà Tư")
    assert said.due_at == datetime(2026, 12, 8, 8, 42, tzinfo=VIETNAM)
    desk.forward_feedback(said.id, "tu-phap")
    clock.now = datetime(2026, 12, 9, 8, 0, tzinfo=VIETNAM)
    assert [one.id for one in desk.feedback_list(overdue=True)] == [said.id]
    answered = desk.answer_feedback(said.id, "Đã nhắc nhở cán bộ", justified=True)
    assert answered.late
    assert desk.feedback_list() == []
    with pytest.raises(Refused, match="đã được trả lời"):
        desk.answer_feedback(said.id, "lần nữa")
    found, history = desk.feedback(said.id)
    assert [event.kind for event in history] == ["logged", "forwarded", "answered"]
    assert found.number == 1


# --- forms and words ---


def test_control_sheet_and_register_tell_the_whole_way(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.consult(dossier.id, "tu-phap", "Ý kiến")
    clock.now = datetime(2026, 12, 2, 9, 0, tzinfo=VIETNAM)
    desk.resolve(dossier.id, number="55/GPXD")
    control = desk.document(dossier.id, "mau-06")
    assert control.values["partners"] == "Bộ phận Tư pháp – Hộ tịch"
    assert [row[4] for row in control.tables["steps"]] == ["trước hạn", "quá hạn"]
    desk.sign_in("lan")
    desk.return_result(dossier.id)
    register = desk.register_document(clock.now - timedelta(days=30), clock.now)
    assert register.tables["entries"][0][1] == dossier.code


def test_every_event_has_words_in_the_history(desk: Desk, clock: Any) -> None:
    from tthc_tui.desk.timeline import describe

    dossier = take(desk)
    samples: dict[str, Any] = {
        "fee_charged": {"name": "x", "amount": 1},
        "fee_paid": {"amount": 1, "number": "1"},
        "fee_refunded": {"amount": 1, "number": "1", "reason": "x"},
        "fee_exempted": {"name": "x", "amount": 1, "ground": "y"},
    }
    moment = {"due_at": clock.now, "requested_at": clock.now}
    shared = {
        "id": dossier.id,
        "dossier": dossier.id,
        "version": 1,
        "officer": "lan",
        "unit": "ttpvhcc",
        "station": "x",
        "at": clock.now,
    }
    values = {
        "step": "a",
        "to_step": "b",
        "reason": "r",
        "to_officer": "lan",
        "key": "k",
        "to_unit": "tu-phap",
        "question": "q",
        "answer": "a",
        "code": "c",
        "signed_by": "lan",
        "number": 1,
        "what": "extend",
        "about": "x",
        "text": "t",
        "state": "delivered",
    }
    for event in (*ev.PROCESS_EVENTS, *ev.MONEY_EVENTS):
        fields = {}
        for name in event.model_fields:
            if name in shared:
                fields[name] = shared[name]
            elif name in samples.get(event.model_fields["kind"].default, {}):
                fields[name] = samples[event.model_fields["kind"].default][name]
            elif event.model_fields[name].is_required():
                fields[name] = {**values, **moment}[name]
        if event in (ev.PostSent, ev.PostTracked):
            fields["number"] = "EA1"
        assert describe(event(**fields), desk.site), event.__name__  # type: ignore[arg-type]


def test_wording_of_forms_is_the_sites(desk: Desk) -> None:
    desk.save_site(desk.site.model_copy(update={"forms": {"forms": {"receipt": {"title": "PHIẾU HẸN"}}}}))
    assert desk.document(take(desk).id).form.title == "PHIẾU HẸN"


def test_routes_hold_from_their_day_on() -> None:
    later = Route(unit="b", valid_from=date(2027, 1, 1))
    centre = Site(name="x", agency_code="H15", unit="a", routes=(later,))
    assert centre.handling_unit("1", "f", date(2026, 12, 31)) == "a"
    assert centre.handling_unit("1", "f", date(2027, 1, 1)) == "b"


def test_jobs_inside_jobs_are_one_transaction(desk: Desk) -> None:
    def job(_: object) -> None:
        kept = take(desk)
        with pytest.raises(Refused):
            desk.forward([kept.id, kept.id], "dia-chinh")  # its own part rolls back
        assert desk.dossier(kept.id).state is State.ACCEPTED
        raise Refused("cả lô")

    with pytest.raises(Refused, match="cả lô"):
        desk.store.write(job)
    assert len(desk.find(DossierQuery())) == 0
