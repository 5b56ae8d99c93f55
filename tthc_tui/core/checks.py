"""What each event must hold beside the state of its dossier: reasons, dates, signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.parts import SUPPLEMENT_HOLD
from tthc_tui.core.states import State


def _check_forward(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Forwarded | ev.ResultHanded)
    if not event.to_unit:
        raise Refused("Chưa chọn đơn vị nhận: hãy chọn đơn vị rồi chuyển lại.", "unit")
    if dossier.coming_to:
        raise Refused("Hồ sơ đang trên đường bàn giao, đơn vị nhận chưa xác nhận.", "pending")


def _check_hand_result(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.ResultHanded)
    _check_forward(dossier, event)
    if event.to_unit == dossier.holder_unit:
        raise Refused("Kết quả đang ở chính đơn vị này: hãy chọn đơn vị khác.", "unit")


def _check_supplement(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.SupplementRequested)
    if not event.items:
        raise Refused("Phiếu yêu cầu bổ sung phải nêu ít nhất một nội dung.", "items")
    if dossier.supplements and not event.again_reason:
        raise Refused(
            "Chỉ được yêu cầu bổ sung một lần (Nghị định 118/2025/NĐ-CP, Điều 11); "
            "yêu cầu lần nữa phải ghi lý do.",
            "again",
        )


def _check_reason(dossier: Dossier, event: ev.Event) -> None:
    if not getattr(event, "reason", ""):
        raise Refused("Phải ghi lý do trước khi thực hiện.", "reason")


def _check_resolve(dossier: Dossier, event: ev.Event) -> None:
    if dossier.coming_to:
        raise Refused("Hồ sơ đang trên đường bàn giao, đơn vị nhận chưa xác nhận.", "pending")


def _check_return(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Returned)
    if dossier.coming_to:
        raise Refused("Kết quả đang trên đường bàn giao, đơn vị nhận chưa xác nhận.", "pending")
    if event.collector is not None and not event.authorisation:
        raise Refused("Người nhận thay phải có giấy ủy quyền: hãy ghi giấy ủy quyền.", "authorisation")
    if event.rating is not None and not 1 <= event.rating <= 5:
        raise Refused("Mức hài lòng phải từ 1 đến 5.", "rating")


def _check_approval(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Rejected)
    if event.needs_approval and not event.approved_by:
        raise Refused(
            "Từ chối hồ sơ ở nơi này phải được lãnh đạo duyệt: hãy chọn lãnh đạo duyệt hoặc trình lãnh đạo.",
            "approval",
        )


def _check_not_held(dossier: Dossier, event: ev.Event) -> None:
    if dossier.holds and dossier.state is not State.SUPPLEMENT:
        why = "; ".join(hold.reason for hold in dossier.holds)
        raise Refused(f"Hồ sơ đang tạm dừng tính thời hạn ({why}): hãy cho tính tiếp trước.", "held")


def _check_step_started(dossier: Dossier, event: ev.Event) -> None:
    if dossier.step is not None:
        raise Refused(f"Bước “{dossier.step.name}” chưa xong: hãy hoàn thành bước đó trước.", "step")


def _check_step(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.StepDone | ev.StepReturned)
    if dossier.step is None or dossier.step.step != event.step:
        raise Refused("Bước này không phải là bước đang làm: hãy mở lại hồ sơ để xem.", "step")


def _check_step_returned(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.StepReturned)
    _check_step(dossier, event)
    if not any(run.step == event.to_step and run is not dossier.step for run in dossier.steps):
        raise Refused("Chỉ trả lại được bước đã làm trước đó.", "step")


def _check_assign(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Assigned)
    if not event.to_officer:
        raise Refused("Chưa chọn cán bộ: hãy chọn người được phân công.", "officer")


def _check_consult(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Consulted)
    if not event.to_unit or not event.question.strip():
        raise Refused("Lấy ý kiến phải nêu đơn vị phối hợp và nội dung.", "consult")
    if any(one.key == event.key for one in dossier.consultations):
        raise Refused("Nội dung lấy ý kiến này đã được gửi rồi.", "exists")


def _check_answer(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.ConsultAnswered)
    asked = next((one for one in dossier.consultations if one.key == event.key), None)
    if asked is None:
        raise Refused("Không có nội dung lấy ý kiến này trong hồ sơ.", "unknown")
    if asked.answered_at is not None:
        raise Refused("Nội dung lấy ý kiến này đã được trả lời rồi.", "exists")


def _check_pause(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Paused)
    if event.code == SUPPLEMENT_HOLD:
        raise Refused(
            "Chờ bổ sung hồ sơ không phải là lý do tạm dừng: hãy lập phiếu yêu cầu bổ sung.", "reason"
        )
    if any(hold.code == event.code for hold in dossier.holds):
        raise Refused(f"Hồ sơ đã tạm dừng vì lý do này rồi ({event.reason}).", "exists")


def _check_resume(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Resumed)
    if event.code == SUPPLEMENT_HOLD:
        raise Refused("Hồ sơ đang chờ bổ sung: hãy dùng “nhận bổ sung”.", "supplement")
    if not any(hold.code == event.code for hold in dossier.holds):
        raise Refused("Hồ sơ không tạm dừng vì lý do này: hãy mở lại hồ sơ để xem.", "unknown")


def _check_extend(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Extended)
    if dossier.extended:
        raise Refused("Chỉ được hẹn lại ngày trả kết quả một lần; hồ sơ này đã hẹn lại.", "again")
    if dossier.due_at is None:
        raise Refused("Hồ sơ không có ngày hẹn trả nên không có gì để hẹn lại.", "due")
    if not event.signed_by:
        raise Refused(
            "Văn bản xin lỗi phải do thủ trưởng cơ quan giải quyết ký: hãy chọn người ký.", "signer"
        )
    if event.due_at <= max(dossier.due_at, event.at):
        raise Refused("Ngày hẹn lại phải sau ngày hẹn cũ và sau lúc này: hãy chọn ngày khác.", "due")


def _check_appointment(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.AppointmentKept)
    planned = next((one for one in dossier.appointments if one.number == event.number), None)
    if planned is None:
        raise Refused(f"Hồ sơ này không có hẹn lần {event.number}.", "unknown")
    if planned.kept_at is not None:
        raise Refused(f"Hẹn lần {event.number} đã được ghi nhận rồi.", "exists")


def _check_propose(dossier: Dossier, event: ev.Event) -> None:
    if dossier.proposal is not None:
        raise Refused(f"Đề xuất {dossier.proposal.what.label} đang chờ lãnh đạo duyệt.", "exists")


def _check_decline(dossier: Dossier, event: ev.Event) -> None:
    if dossier.proposal is None:
        raise Refused("Hồ sơ này không có đề xuất nào chờ duyệt.", "unknown")


def _check_correct(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Corrected)
    if dossier.received_at is None:
        raise Refused(
            "Hồ sơ chưa có giấy tiếp nhận nên không cần đính chính: hãy sửa khi tiếp nhận.", "state"
        )
    if not ev.edited_fields(event):
        raise Refused("Chưa thay đổi nội dung nào: hãy sửa ít nhất một mục.", "empty")
    start = event.received_at or dossier.received_at
    if event.due_at is not None and event.due_at <= start:
        raise Refused("Ngày hẹn trả phải sau thời điểm tiếp nhận: hãy kiểm tra lại.", "due")
    if event.received_at is not None and dossier.forwarded_at and event.received_at > dossier.forwarded_at:
        raise Refused("Thời điểm tiếp nhận phải trước lúc chuyển hồ sơ: hãy kiểm tra lại.", "date")
    _check_date_by_hand(dossier, event)


def _check_date_by_hand(dossier: Dossier, event: ev.Corrected) -> None:
    """A later date that nothing but the correction gives is no way round the apology (law.md §1.3)."""
    if event.due_at is None or event.received_at or event.limit or event.without_term:
        return
    if dossier.due_at is None or dossier.holds or event.due_at <= dossier.due_at:
        return
    if dossier.state is State.DONE:
        raise Refused("Hồ sơ đã có kết quả nên không lùi được ngày hẹn trả.", "due")
    if event.at > dossier.due_at:
        raise Refused("Hồ sơ đã quá ngày hẹn: hãy xin lỗi và hẹn lại thay vì đính chính ngày hẹn.", "due")


def held_by(dossier: Dossier, unit: str) -> bool:
    """Whether a unit may go on with a dossier: it holds it, or received it and is the one that solves it."""
    at_counter = dossier.handling_unit in ("", dossier.receiving_unit)
    return unit == dossier.holder_unit or (at_counter and unit == dossier.receiving_unit)


def _check_holder(dossier: Dossier, event: ev.Event) -> None:
    if not held_by(dossier, event.unit):
        raise Refused(
            "Hồ sơ đang do đơn vị khác giữ: chỉ đơn vị đang giữ hồ sơ mới làm được việc này.", "holder"
        )


def _check_involved(dossier: Dossier, event: ev.Event) -> None:
    if event.unit not in (dossier.receiving_unit, dossier.handling_unit, dossier.holder_unit):
        raise Refused(
            "Hồ sơ không do đơn vị bạn tiếp nhận, giải quyết hay đang giữ: việc này của các đơn vị đó.",
            "involved",
        )


def _check_answering(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.ConsultAnswered)
    asked = next((one for one in dossier.consultations if one.key == event.key), None)
    if asked is not None and event.unit not in (asked.unit, dossier.holder_unit, dossier.receiving_unit):
        raise Refused(
            "Chỉ đơn vị được lấy ý kiến, đơn vị đang giữ hồ sơ hoặc nơi tiếp nhận ghi được ý kiến trả lời.",
            "holder",
        )


CHECKS: Mapping[type[ev.Event], tuple[Callable[[Dossier, ev.Event], None], ...]] = {
    ev.Rejected: (_check_reason, _check_approval),
    ev.Forwarded: (_check_forward, _check_holder),
    ev.ResultHanded: (_check_hand_result, _check_holder),
    ev.SupplementRequested: (_check_supplement, _check_involved),
    ev.Resolved: (_check_resolve, _check_holder, _check_not_held),
    ev.Returned: (_check_return,),
    ev.Withdrawn: (_check_reason,),
    ev.StepStarted: (_check_step_started, _check_holder),
    ev.StepDone: (_check_step, _check_holder),
    ev.StepReturned: (_check_reason, _check_step_returned, _check_holder),
    ev.Assigned: (_check_assign, _check_holder),
    ev.Consulted: (_check_consult, _check_holder),
    ev.ConsultAnswered: (_check_answer, _check_answering),
    ev.Paused: (_check_reason, _check_pause, _check_involved),
    ev.Resumed: (_check_resume, _check_involved),
    ev.Extended: (_check_reason, _check_not_held, _check_extend),
    ev.AppointmentKept: (_check_appointment, _check_involved),
    ev.Stopped: (_check_reason,),
    ev.Closed: (_check_reason,),
    ev.Proposed: (_check_reason, _check_propose, _check_involved),
    ev.Declined: (_check_reason, _check_decline),
    ev.Corrected: (_check_reason, _check_correct),
}

OF_UNIT: frozenset[type[ev.Event]] = frozenset(
    event for event, checks in CHECKS.items() if {_check_holder, _check_involved} & set(checks)
)
"""What a unit does with a dossier by its part in it, or the leader of a unit above in its name."""
