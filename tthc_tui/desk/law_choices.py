"""Which of the finer legal steps a dossier can take now, each with the sentence against it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tthc_tui.core import events as ev
from tthc_tui.core import fees as money
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.parts import SUPPLEMENT_HOLD
from tthc_tui.core.roles import check_role
from tthc_tui.core.rules import acting, guard
from tthc_tui.core.site import Role
from tthc_tui.core.states import State
from tthc_tui.core.terms import next_step

if TYPE_CHECKING:
    from tthc_tui.desk import Desk

_PROBE = "…"


def law_choices(desk: Desk, dossier: Dossier) -> dict[str, str]:
    """For every step by name why it can't be taken now by this officer, "" where it can."""
    return {
        **_process(desk, dossier),
        **_decisions(desk, dossier),
        **_money(desk, dossier),
        **_rest(desk, dossier),
    }


def may(desk: Desk, action: type[ev.Action]) -> bool:
    """Whether the role of this officer permits an action, whatever the dossier."""
    return not _role(desk, action)


def _role(desk: Desk, action: type[ev.Action]) -> str:
    try:
        check_role(action, desk.actor.roles, desk.rights)
    except Refused as refusal:
        return refusal.reason
    return ""


def _law(desk: Desk, dossier: Dossier, action: ev.Action) -> str:
    """Why the law refuses `action` now, the officer's role aside."""
    event = ev.stamped(
        action,
        id=dossier.last_event,
        dossier=dossier.id,
        version=dossier.version,
        actor=acting(dossier, type(action), desk.actor),
        at=desk.now,
    )
    try:
        guard(dossier, event)
    except Refused as refusal:
        return desk.naming_holder(dossier, action, refusal).reason
    return ""


def _both(desk: Desk, dossier: Dossier, action: ev.Action) -> str:
    return _law(desk, dossier, action) or _role(desk, type(action))


def _process(desk: Desk, dossier: Dossier) -> dict[str, str]:
    step = dossier.step
    rules = desk.step_rules(dossier)
    following = next_step(rules, dossier)
    no_step = "Hồ sơ không có bước nào đang làm."
    asked = [one for one in dossier.consultations if one.answered_at is None]
    holds = [hold.code for hold in dossier.holds if hold.code != SUPPLEMENT_HOLD]
    earlier = [run for run in dossier.steps if run is not step and run.done_at is not None]
    found = {
        "assign": _both(desk, dossier, ev.Assign(to_officer=_PROBE)),
        "step_start": _both(desk, dossier, ev.StartStep(step=_PROBE)),
        "step_done": _both(desk, dossier, ev.FinishStep(step=step.step)) if step else no_step,
        "step_back": _both(
            desk,
            dossier,
            ev.ReturnStep(step=step.step, to_step=earlier[0].step if earlier else "", reason=_PROBE),
        )
        if step
        else no_step,
        "consult": _both(desk, dossier, ev.Consult(key=_PROBE, to_unit=_PROBE, question=_PROBE)),
        "consult_answer": _both(desk, dossier, ev.AnswerConsult(key=asked[0].key, answer=_PROBE))
        if asked
        else "Không có nội dung lấy ý kiến nào chờ trả lời.",
        "pause": _both(desk, dossier, ev.Pause(code=_PROBE, reason=_PROBE)),
        "payment": _both(desk, dossier, ev.Pause(code=_PROBE, reason=_PROBE, payment=True)),
        "resume": _both(desk, dossier, ev.Resume(code=holds[0]))
        if holds
        else "Hồ sơ không bị tạm dừng (chờ bổ sung thì dùng “Nhận bổ sung”).",
    }
    if not found["step_start"] and following is None:
        found["step_start"] = "Thủ tục này không còn bước nội bộ nào chưa làm."
    return found


def _decisions(desk: Desk, dossier: Dossier) -> dict[str, str]:
    """What may be decided here, or at least put before the leader."""
    later = max(dossier.due_at or desk.now, desk.now) + timedelta(minutes=1)
    extend = ev.Extend(due_at=later, reason=_PROBE, signed_by=_PROBE)
    stop = ev.Stop(reason=_PROBE, requested_at=desk.now)
    stop_law = _law(desk, dossier, stop)
    if dossier.state in (State.DONE, State.RETURNED):
        stop_law = "Hồ sơ đã có kết quả nên không dừng được (Nghị định 118/2025/NĐ-CP, Điều 21)."
    reasons = desk.closing_reasons(dossier)
    close_law = "" if reasons else _law(desk, dossier, ev.Close(code=_PROBE, reason=_PROBE))
    if not reasons and not close_law:
        close_law = "Danh mục của đơn vị không có lý do đóng nào hợp với trạng thái này."
    waiting = "" if dossier.proposal else "Hồ sơ này không có đề xuất nào chờ duyệt."
    leader = (
        "" if Role.LEADER in desk.officer.roles else "Bạn không được duyệt đề xuất: việc này của lãnh đạo."
    )
    return {
        "extend": _law(desk, dossier, extend) or _or_proposed(desk, dossier, ev.Extend),
        "stop": stop_law or _or_proposed(desk, dossier, ev.Stop),
        "close": close_law or _or_proposed(desk, dossier, ev.Close),
        "approve": waiting or leader,
        "decline": waiting or leader or _role(desk, ev.Decline),
        "correct": _correct(desk, dossier),
    }


def _or_proposed(desk: Desk, dossier: Dossier, action: type[ev.Action]) -> str:
    """The role's refusal, unless the officer may put the matter before the leader instead."""
    refusal = _role(desk, action)
    if not refusal:
        return ""
    proposing = _both(desk, dossier, ev.Propose(what=ev.Proposal.STOP, reason=_PROBE))
    return refusal if _role(desk, ev.Propose) else proposing


def _correct(desk: Desk, dossier: Dossier) -> str:
    return _both(desk, dossier, ev.Correct(reason=_PROBE, content=_PROBE))


def _money(desk: Desk, dossier: Dossier) -> dict[str, str]:
    sums = money.account(dossier)
    voided = "Hồ sơ này đã bị hủy (hoàn tác tiếp nhận), không thu thêm được." if dossier.voided else ""
    if not dossier.open and dossier.state is not State.RETURNED and not voided:
        voided = (
            f"Hồ sơ đã kết thúc ({dossier.state.label}), không thu thêm được; khoản đã thu thì hoàn tiền."
        )
    nothing = "Hồ sơ không còn khoản nào phải nộp." + (
        " Khoản chưa có mức: hãy ghi khoản thu trước." if sums.unknown else ""
    )
    left = sums.charged - sums.exempted - sums.paid + sums.refunded
    return {
        "pay": voided or ("" if sums.owed > 0 else nothing) or _role(desk, ev.PayFee),
        "charge": voided or _role(desk, ev.ChargeFee),
        "exempt": voided
        or ("" if left > 0 else "Không còn khoản nào để miễn, giảm.")
        or _role(desk, ev.ExemptFee),
        "refund": ("" if sums.paid > sums.refunded else "Hồ sơ chưa thu khoản nào để hoàn.")
        or _role(desk, ev.RefundFee),
    }


def _rest(desk: Desk, dossier: Dossier) -> dict[str, str]:
    planned = next((one for one in dossier.appointments if one.kept_at is None), None)
    sent = dossier.sendings[-1] if dossier.sendings else None
    hand = _both(desk, dossier, ev.HandResult(to_unit=_PROBE))
    if not hand and dossier.holder_unit != desk.officer.unit:
        hand = f"Kết quả đang ở {desk.site.unit_name(dossier.holder_unit)}, không phải đơn vị bạn."
    over = "" if dossier.open else f"Hồ sơ đã kết thúc ({dossier.state.label})."
    no_result = "" if dossier.state is State.DONE else "Hồ sơ chưa có kết quả hoặc đã trả, không gửi được."
    if not no_result and sent is not None and sent.state == "sent":
        no_result = "Đã gửi bưu chính, chưa có báo phát."
    return {
        "hand_result": hand,
        "appointment": _both(desk, dossier, ev.KeepAppointment(number=planned.number))
        if planned
        else "Hồ sơ này không có hẹn làm việc nào chưa ghi nhận.",
        "child": over
        or ("" if dossier.received_at else "Hồ sơ gốc chưa được tiếp nhận.")
        or _role(desk, ev.Receive),
        "tell": over or _role(desk, ev.Tell),
        "remind": over or _role(desk, ev.Remind),
        "post_send": no_result or _role(desk, ev.SendPost),
        "post_track": ("" if sent is not None else "Hồ sơ này chưa gửi bưu chính.")
        or _role(desk, ev.TrackPost),
        "certify": over
        or ("" if dossier.received_at else "Hồ sơ chưa được tiếp nhận.")
        or _role(desk, ev.Certify),
    }
