"""Whether an action is allowed, and what it becomes: the one place where a dossier's life is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.checks import CHECKS, OF_UNIT
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.fees import check_money
from tthc_tui.core.roles import DEFAULT_RIGHTS, Rights, check_role
from tthc_tui.core.site import Role
from tthc_tui.core.states import CLOSED, TRANSITIONS, State

TARGET: Mapping[type[ev.Event], State] = {
    ev.Registered: State.NEW,
    ev.Received: State.ACCEPTED,
    ev.Accepted: State.ACCEPTED,
    ev.Rejected: State.REJECTED,
    ev.Forwarded: State.PROCESSING,
    ev.SupplementRequested: State.SUPPLEMENT,
    ev.Resolved: State.DONE,
    ev.Returned: State.RETURNED,
    ev.Withdrawn: State.WITHDRAWN,
    ev.Stopped: State.STOPPED,
}
"""The state a transition leads to; a supplement leads back to where the dossier was."""

_WORKING = frozenset({State.ACCEPTED, State.PROCESSING})
_HELD = frozenset({State.ACCEPTED, State.PROCESSING, State.SUPPLEMENT, State.PAYMENT})
_OPEN = frozenset(State) - CLOSED

IN_PLACE: Mapping[type[ev.Event], frozenset[State]] = {
    ev.StepStarted: _WORKING,
    ev.StepDone: frozenset({State.PROCESSING}),
    ev.StepReturned: frozenset({State.PROCESSING}),
    ev.Assigned: _HELD,
    ev.Consulted: _WORKING,
    ev.ConsultAnswered: _OPEN,
    ev.Extended: _WORKING,
    ev.AppointmentKept: _HELD,
    ev.Proposed: _OPEN - {State.DONE},
    ev.Declined: _OPEN,
    ev.Corrected: _HELD | {State.DONE},
    ev.Resumed: _HELD,
    ev.ResultHanded: frozenset({State.DONE}),
}
"""Events that leave the state as it is (a resumption leaves 6 for 4), and where they may happen."""

_VERB: Mapping[type[ev.Event], str] = {
    ev.Accepted: "tiếp nhận",
    ev.Rejected: "từ chối",
    ev.Forwarded: "chuyển",
    ev.HandoverAccepted: "nhận bàn giao",
    ev.SupplementRequested: "yêu cầu bổ sung",
    ev.Supplemented: "nhận bổ sung",
    ev.Resolved: "ghi kết quả",
    ev.Returned: "trả kết quả",
    ev.Withdrawn: "rút",
    ev.Undone: "hoàn tác",
    ev.StepStarted: "bắt đầu bước xử lý",
    ev.StepDone: "hoàn thành bước xử lý",
    ev.StepReturned: "trả lại bước trước",
    ev.Assigned: "phân công",
    ev.Consulted: "lấy ý kiến phối hợp",
    ev.ConsultAnswered: "trả lời phối hợp",
    ev.Paused: "tạm dừng tính thời hạn",
    ev.Resumed: "tính tiếp thời hạn",
    ev.Extended: "hẹn lại ngày trả",
    ev.AppointmentKept: "ghi nhận buổi hẹn",
    ev.Stopped: "dừng giải quyết",
    ev.Closed: "đóng hồ sơ",
    ev.Proposed: "trình lãnh đạo",
    ev.Declined: "không duyệt đề xuất",
    ev.Corrected: "đính chính",
    ev.ResultHanded: "bàn giao kết quả",
}


def decide(
    dossier: Dossier | None,
    action: ev.Action,
    actor: ev.Actor,
    at: datetime,
    *,
    new_id: Callable[[], UUID],
    dossier_id: UUID | None = None,
    rights: Rights = DEFAULT_RIGHTS,
) -> list[ev.AnyEvent]:
    """The events that `action` becomes; raises Refused with a Vietnamese reason when it is not allowed.

    `at` is aware. `new_id` makes event identities; `dossier_id` is needed only for a new dossier.
    `rights` says which role may do what at this site.
    """
    check_role(type(action), actor.roles, rights)
    target = dossier.id if dossier else dossier_id or new_id()
    event = ev.stamped(
        action,
        id=new_id(),
        dossier=target,
        version=dossier.version if dossier else 0,
        actor=acting(dossier, type(action), actor),
        at=at,
    )
    guard(dossier, event)
    check_money(dossier, event)
    return [event]


def acting(dossier: Dossier | None, action: type[ev.Action], actor: ev.Actor) -> ev.Actor:
    """For which unit somebody acts: a leader does a lower unit's work with what it holds in that unit's name."""
    leads = dossier is not None and Role.LEADER in actor.roles and dossier.holder_unit in actor.over
    if dossier is not None and leads and ev.EVENT_OF[action] in OF_UNIT:
        return actor.model_copy(update={"unit": dossier.holder_unit})
    return actor


def guard(dossier: Dossier | None, event: ev.Event) -> None:
    """Raise Refused when `event` may not happen to `dossier`; the server asks the same of what it receives."""
    if isinstance(event, ev.Registered | ev.Received):
        if dossier is not None:
            raise Refused("Hồ sơ này đã được ghi nhận rồi.", "exists")
        return
    if dossier is None:
        raise Refused("Không tìm thấy hồ sơ này trên máy.", "unknown")
    if isinstance(event, ev.ADDITIVE):
        return
    if dossier.voided:
        raise Refused("Hồ sơ này đã bị hủy (hoàn tác tiếp nhận), không làm gì thêm được.", "voided")
    if isinstance(event, ev.Undone):
        _guard_undo(dossier, event)
        return
    if isinstance(event, ev.HandoverAccepted) and not dossier.coming_to and dossier.open:
        raise Refused("Hồ sơ không trên đường bàn giao nên không có gì để nhận.", "state")
    if not _reachable(dossier, event):
        raise Refused(
            f"Không thể {_VERB[type(event)]}: hồ sơ đang ở trạng thái “{dossier.state.label}”.", "state"
        )
    for check in CHECKS.get(type(event), ()):
        check(dossier, event)


def allowed(dossier: Dossier) -> tuple[type[ev.Action], ...]:
    """The actions the state of a dossier permits, for menus; details may still refuse one."""
    actions = []
    for action, event in ev.EVENT_OF.items():
        if (
            event in _VERB
            and event is not ev.Undone
            and not dossier.voided
            and _state_permits(dossier, event)
        ):
            actions.append(action)
    return tuple(actions)


def _reachable(dossier: Dossier, event: ev.Event) -> bool:
    if isinstance(event, ev.Closed):
        return State(event.state) in TRANSITIONS[dossier.state]
    if isinstance(event, ev.Paused) and event.payment:
        return dossier.state is State.PAYMENT or State.PAYMENT in TRANSITIONS[dossier.state]
    return _state_permits(dossier, type(event))


def _state_permits(dossier: Dossier, event: type[ev.Event]) -> bool:
    if event is ev.HandoverAccepted:
        return bool(dossier.coming_to) and dossier.state not in CLOSED
    if event is ev.Supplemented:
        return dossier.state is State.SUPPLEMENT and dossier.received_at is not None
    if event is ev.Forwarded:  # not while papers or a payment are awaited; between units the state stays
        return dossier.state in (State.ACCEPTED, State.PROCESSING)
    if event is ev.Accepted and dossier.received_at is not None:
        return False
    if event in IN_PLACE:
        return dossier.state in IN_PLACE[event]
    if event is ev.Paused:
        return dossier.state in (State.ACCEPTED, State.PROCESSING, State.PAYMENT)
    if event is ev.Closed:
        return bool(TRANSITIONS[dossier.state] & {State.REJECTED, State.WITHDRAWN, State.STOPPED})
    return TARGET[event] in TRANSITIONS[dossier.state]


def _guard_undo(dossier: Dossier, event: ev.Undone) -> None:
    if event.event != dossier.last_event:
        raise Refused("Chỉ hoàn tác được thao tác cuối cùng của hồ sơ.", "undo")
    if event.officer != dossier.last_officer:
        raise Refused("Chỉ người vừa thao tác mới hoàn tác được.", "undo")
    if event.at - dossier.last_at > timedelta(seconds=event.grace_seconds):
        raise Refused("Đã quá thời gian cho phép hoàn tác.", "undo")
