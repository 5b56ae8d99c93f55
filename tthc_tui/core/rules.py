"""Whether an action is allowed, and what it becomes: the one place where a dossier's life is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
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
}
"""The state a transition leads to; a supplement leads back to where the dossier was."""

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
}


def decide(
    dossier: Dossier | None,
    action: ev.Action,
    actor: ev.Actor,
    at: datetime,
    *,
    new_id: Callable[[], UUID],
    dossier_id: UUID | None = None,
) -> list[ev.AnyEvent]:
    """The events that `action` becomes; raises Refused with a Vietnamese reason when it is not allowed.

    `at` is aware. `new_id` makes event identities; `dossier_id` is needed only for a new dossier.
    """
    target = dossier.id if dossier else dossier_id or new_id()
    event = ev.stamped(
        action,
        id=new_id(),
        dossier=target,
        version=dossier.version if dossier else 0,
        actor=actor,
        at=at,
    )
    guard(dossier, event)
    return [event]


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
    if not _reachable(dossier, event):
        raise Refused(
            f"Không thể {_VERB[type(event)]}: hồ sơ đang ở trạng thái “{dossier.state.label}”.", "state"
        )
    for check in _CHECKS.get(type(event), ()):
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
    return _state_permits(dossier, type(event))


def _state_permits(dossier: Dossier, event: type[ev.Event]) -> bool:
    if event is ev.HandoverAccepted:
        return bool(dossier.coming_to) and dossier.state not in CLOSED
    if event is ev.Supplemented:
        return dossier.state is State.SUPPLEMENT and dossier.received_at is not None
    if event is ev.Forwarded and dossier.state is State.PROCESSING:
        return True  # on from one unit to the next: the state stays
    if event is ev.Accepted and dossier.received_at is not None:
        return False
    return TARGET[event] in TRANSITIONS[dossier.state]


def _guard_undo(dossier: Dossier, event: ev.Undone) -> None:
    if event.event != dossier.last_event:
        raise Refused("Chỉ hoàn tác được thao tác cuối cùng của hồ sơ.", "undo")
    if event.officer != dossier.last_officer:
        raise Refused("Chỉ người vừa thao tác mới hoàn tác được.", "undo")
    if event.at - dossier.last_at > timedelta(seconds=event.grace_seconds):
        raise Refused("Đã quá thời gian cho phép hoàn tác.", "undo")


def _check_forward(dossier: Dossier, event: ev.Event) -> None:
    assert isinstance(event, ev.Forwarded)
    if not event.to_unit:
        raise Refused("Chưa chọn đơn vị nhận: hãy chọn đơn vị rồi chuyển lại.", "unit")
    if dossier.coming_to:
        raise Refused("Hồ sơ đang trên đường bàn giao, đơn vị nhận chưa xác nhận.", "pending")


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
    if event.collector is not None and not event.authorisation:
        raise Refused("Người nhận thay phải có giấy ủy quyền: hãy ghi giấy ủy quyền.", "authorisation")
    if event.rating is not None and not 1 <= event.rating <= 5:
        raise Refused("Mức hài lòng phải từ 1 đến 5.", "rating")


_CHECKS: Mapping[type[ev.Event], tuple[Callable[[Dossier, ev.Event], None], ...]] = {
    ev.Rejected: (_check_reason,),
    ev.Forwarded: (_check_forward,),
    ev.SupplementRequested: (_check_supplement,),
    ev.Resolved: (_check_resolve,),
    ev.Returned: (_check_return,),
    ev.Withdrawn: (_check_reason,),
}
