"""Who may do what: a table of data, and the sentence that names the role an action needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.site import Role, Site

Rights = Mapping[Role, frozenset[str]]
"""For each role the names of the actions it may take (the events' `kind` is the same deed in the past)."""

ACTIONS: Mapping[str, type[ev.Action]] = {action.__name__: action for action in ev.EVENT_OF}
"""Every action by its name, as the site's `rights` write it."""

_EVERYBODY = {"AddNote", "Print", "Undo", "Tell", "Recode"}
_COUNTER = {
    "Register", "Receive", "Accept", "Reject", "Forward", "AcceptHandover", "RequestSupplement", "Supplement",
    "Resolve", "Return", "Withdraw", "Stop", "Close", "Correct", "KeepAppointment", "Propose", "Pause", "Resume",
    "SendPost", "TrackPost", "HandResult", "Certify", "Remind", "ChargeFee", "PayFee", "RefundFee", "ExemptFee",
    "StartStep", "FinishStep", "Consult", "AnswerConsult",
}  # fmt: skip
_DESK = {
    "Forward", "AcceptHandover", "RequestSupplement", "Supplement", "Resolve", "Propose", "Pause", "Resume",
    "StartStep", "FinishStep", "ReturnStep", "HandResult", "Certify", "Consult", "AnswerConsult", "ChargeFee", "KeepAppointment",
}  # fmt: skip

DEFAULT_RIGHTS: Rights = {
    Role.RECEIVING: frozenset(_EVERYBODY | _COUNTER),
    Role.SPECIALIST: frozenset(_EVERYBODY | _DESK),
    Role.LEADER: frozenset(ACTIONS) - {"ErasePerson", "VoidNumbers"},  # these two are the backend's own
    Role.SUPERVISOR: frozenset({"AddNote", "Print", "Remind"}),
    Role.ADMIN: frozenset({"AddNote", "Print"}),
}


def site_rights(site: Site) -> Rights:
    """The rights at a site: the default table with the rows the site writes itself."""
    own = {Role(role): frozenset(names) for role, names in site.rights.items()}
    return {**DEFAULT_RIGHTS, **own}


def units_below(site: Site, unit: str) -> frozenset[str]:
    """The ids of all units under a unit, at any depth."""
    parents = {one.id: one.parent for one in site.units}
    found: set[str] = set()
    rising = {unit}
    while rising:
        rising = {one for one, parent in parents.items() if parent in rising} - found - {unit}
        found |= rising
    return frozenset(found)


def check_role(
    action: type[ev.Action], roles: Iterable[Role], rights: Rights = DEFAULT_RIGHTS, verb: str = ""
) -> None:
    """Refused, naming the roles that may, when none of `roles` may take `action`."""
    name = action.__name__
    if any(name in rights.get(role, frozenset()) for role in roles):
        return
    check_one_of([role for role in Role if name in rights.get(role, frozenset())], (), verb or said(action))


def check_one_of(may: Iterable[Role], roles: Iterable[Role], verb: str) -> None:
    """Refused, naming the roles that may, when none of `roles` is one of them: for what is no act on a dossier."""
    allowed = [role for role in Role if role in set(may)]
    if set(allowed) & set(roles):
        return
    names = [role.label for role in allowed]
    who = ", ".join(names[:-1]) + (" hoặc " if len(names) > 1 else "") + names[-1] if names else ""
    raise Refused(
        f"Bạn không được {verb}: việc này của {who or 'người được phân quyền'}.", "role", roles=tuple(names)
    )


def said(action: type[ev.Action]) -> str:
    """What an action does, as a Vietnamese verb."""
    return _SAID.get(action.__name__, "làm việc này")


_SAID = {
    "Register": "ghi nhận hồ sơ",
    "Receive": "tiếp nhận hồ sơ",
    "Accept": "tiếp nhận hồ sơ",
    "Reject": "từ chối hồ sơ",
    "Forward": "chuyển hồ sơ",
    "AcceptHandover": "nhận bàn giao",
    "RequestSupplement": "yêu cầu bổ sung",
    "Supplement": "nhận bổ sung",
    "Resolve": "ghi kết quả",
    "Return": "trả kết quả",
    "Withdraw": "ghi nhận rút hồ sơ",
    "Undo": "hoàn tác",
    "StartStep": "bắt đầu bước xử lý",
    "FinishStep": "hoàn thành bước xử lý",
    "ReturnStep": "trả lại bước trước",
    "Assign": "phân công cán bộ",
    "Consult": "lấy ý kiến phối hợp",
    "AnswerConsult": "trả lời phối hợp",
    "Pause": "tạm dừng tính thời hạn",
    "Resume": "cho tính tiếp thời hạn",
    "Extend": "hẹn lại ngày trả kết quả",
    "Stop": "dừng giải quyết hồ sơ",
    "Close": "đóng hồ sơ",
    "Propose": "trình lãnh đạo",
    "Decline": "bác đề xuất",
    "Correct": "đính chính",
    "Remind": "đôn đốc",
    "HandResult": "bàn giao kết quả",
    "Certify": "lập phiếu chứng thực",
    "SendPost": "gửi bưu chính",
    "TrackPost": "ghi tình trạng bưu gửi",
    "ChargeFee": "ghi phí, lệ phí",
    "PayFee": "thu tiền",
    "RefundFee": "hoàn tiền",
    "ExemptFee": "miễn, giảm phí",
    "AddNote": "ghi chú",
    "Print": "in biểu mẫu",
    "Tell": "báo cho người nộp",
    "KeepAppointment": "ghi nhận buổi hẹn",
    "Recode": "cấp lại mã hồ sơ",
    "VoidNumbers": "hủy số hồ sơ chưa dùng",
    "ErasePerson": "xóa dữ liệu cá nhân trên máy chủ",
}
