"""Cảnh báo: every clock beside the promised date that has run out, one kind apart from another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding

from tthc_tui.core.clocks import ALERTS, ClockKind
from tthc_tui.core.duration import say_instant
from tthc_tui.core.site import Role
from tthc_tui.screens.dossier_rows import short_code, summary
from tthc_tui.screens.work_list import Listing, WorkList, in_lines
from tthc_tui.widgets.rowlist import Column, Row

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.desk.process import Alert

TITLES = {
    ClockKind.CHECK: "Chậm kiểm tra",
    ClockKind.FORWARD: "Chuyển chậm",
    ClockKind.STEP: "Quá hạn bước",
    ClockKind.CONSULT: "Chậm phối hợp",
    ClockKind.TELL: "Chưa báo người nộp",
    ClockKind.SUPPLEMENT: "Quá hạn bổ sung",
    ClockKind.APPOINTMENT: "Đến hẹn làm việc",
    ClockKind.PAUSE: "Hết tạm dừng",
    ClockKind.APOLOGY: "Cần xin lỗi",
    ClockKind.APOLOGY_NOW: "Cần xin lỗi ngay",
    ClockKind.PROPOSAL: "Chờ duyệt",
    ClockKind.REMINDED: "Được đôn đốc",
    ClockKind.CHILD: "Liên thông trễ",
    ClockKind.HAND: "Chậm trả kết quả",
    ClockKind.POST_BACK: "Bưu gửi trả lại",
}
_ACTS = {
    ClockKind.FORWARD: "forward",
    ClockKind.STEP: "step_done",
    ClockKind.CONSULT: "consult_answer",
    ClockKind.TELL: "tell",
    ClockKind.SUPPLEMENT: "close",
    ClockKind.APPOINTMENT: "appointment",
    ClockKind.PAUSE: "resume",
    ClockKind.APOLOGY: "extend",
    ClockKind.APOLOGY_NOW: "extend",
    ClockKind.PROPOSAL: "approve",
    ClockKind.POST_BACK: "post_send",
}
"""What F10 begins for an alert, as the detail screen calls it."""
_DOES = {
    "forward": "chuyển hồ sơ",
    "step_done": "ghi xong bước",
    "consult_answer": "ghi trả lời phối hợp",
    "tell": "ghi đã báo người nộp",
    "close": "đề xuất đóng hồ sơ",
    "appointment": "ghi nhận buổi hẹn",
    "resume": "tính tiếp thời hạn",
    "extend": "xin lỗi và hẹn lại",
    "approve": "duyệt đề xuất",
    "post_send": "gửi bưu chính lại",
}
"""The same in words."""


class AlertsScreen(WorkList):
    """What should have been done by now; F10 begins just that."""

    TITLE_VI = "Cảnh báo"
    HELP_VI = (
        "Mỗi dòng là một việc lẽ ra phải làm rồi: chuyển chậm, quá hạn bước (khác với quá hạn hồ sơ), chậm trả lời phối "
        "hợp, chưa báo người nộp, quá hạn bổ sung (đề xuất đóng), sắp trễ hẹn (xin lỗi và hẹn lại trước một ngày làm "
        "việc), chờ duyệt. F10 làm ngay việc đó, r (Ctrl+R) đôn đốc, x (Ctrl+X) xin lỗi và hẹn lại, Tab chỉ xem một "
        "loại, Enter mở hồ sơ."
    )
    BAR = ("help", "finish", "alerts.remind", "alerts.extend", "alerts.kind", "monitor", "back")
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Cảnh báo", 18),
        Column("Mã hồ sơ", 14),
        Column("Người nộp", least=12),
        Column("Ở đâu", least=10),
        Column("Hạn", 20),
    )
    EMPTY = "Không có cảnh báo nào."
    BINDINGS = [
        Binding("f10,ctrl+s", "do", "Làm ngay", id="finish", key_display="F10"),
        Binding("ctrl+r,r", "remind", "Đôn đốc", id="alerts.remind", key_display="r"),
        Binding("ctrl+x,x", "extend", "Hẹn lại", id="alerts.extend", key_display="x"),
        Binding("tab", "kind(1)", "Loại", id="alerts.kind"),
        Binding("shift+tab", "kind(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._kind: ClockKind | None = None
        self._present: tuple[ClockKind, ...] = ()

    def enter(self, **wanted: Any) -> None:
        """`kind` shows one kind of alert only."""
        if "kind" in wanted:
            self._kind = ClockKind(wanted["kind"]) if wanted["kind"] else None
            self.look(keep=False)

    def read(self, desk: Desk) -> Listing:
        """Counts of every kind, the alerts of the chosen one."""
        counts, now = desk.alert_counts(), desk.now
        alerts = desk.alerts([self._kind] if self._kind else ())
        if Role.LEADER in desk.officer.roles:  # what only they can do stands first
            alerts.sort(key=lambda alert: alert.kind is not ClockKind.PROPOSAL)
        self._present = tuple(kind for kind in ALERTS if counts[kind])
        parts = [
            f"[Tất cả {sum(counts.values())}]" if self._kind is None else f"Tất cả {sum(counts.values())}"
        ]
        for kind in ALERTS:
            if counts[kind] or kind is self._kind:
                words = f"{TITLES[kind]} {counts[kind]}"
                parts.append(f"[{words}]" if kind is self._kind else words)
        if late := len(desk.feedback_list(overdue=True)):
            parts.append(f"Phản ánh quá hạn {late} (xem Phản ánh)")
        things = {f"{alert.line.id} {alert.kind} {alert.key}": alert for alert in alerts}
        rows = [Row(key, _cells(desk, alert, now), _state(alert, now)) for key, alert in things.items()]
        width = self.table.size.width or self.app.size.width  # the overdue panel may stand beside it
        return Listing(in_lines(parts, width - 2), rows, things)

    def more(self, thing: Any) -> str:
        """The whole alert and the dossier."""
        assert self.desk is not None
        alert: Alert = thing
        do = _DOES.get(_ACTS.get(alert.kind, ""), "")
        what = f"{alert.text}" + (f" – F10 {do}" if do else "")
        return "\n".join((what, *summary(self.desk, alert.line)))

    def action_kind(self, by: int) -> None:
        """Tab: the next kind of which there are any."""
        kinds: list[ClockKind | None] = [
            None,
            *(kind for kind in ALERTS if kind in self._present or kind is self._kind),
        ]
        self._kind = kinds[(kinds.index(self._kind) + by) % len(kinds)]
        self.look(keep=False, hold=True)

    def on_row_list_opened(self, message: Any) -> None:
        """Enter: the dossier."""
        self._open("")

    def action_do(self) -> None:
        """F10: what the alert calls for."""
        if self.chosen is not None:
            self._open(_ACTS.get(self.chosen.kind, ""))

    def action_extend(self) -> None:
        """x: apologise and extend."""
        self._open("extend")

    def action_remind(self) -> None:
        """r: urge whoever holds it."""
        alert = self.chosen
        if alert is None:
            self.say("Không có hồ sơ nào để đôn đốc.", error=True)
            return
        self.act(
            lambda desk: desk.remind(alert.line.id), lambda done: f"Đã ghi đôn đốc vào hồ sơ {done.code}."
        )

    def _open(self, act: str) -> None:
        if self.chosen is not None:
            self.counter_app.open_screen("detail", dossier=self.chosen.line.id, act=act)


_SOON = (
    ClockKind.APOLOGY,
    ClockKind.APOLOGY_NOW,
    ClockKind.APPOINTMENT,
    ClockKind.PROPOSAL,
    ClockKind.REMINDED,
)


_CALLS = (ClockKind.PROPOSAL, ClockKind.REMINDED, ClockKind.APPOINTMENT)
"""They began to wait at their time: no date was broken."""


def _cells(desk: Desk, alert: Alert, now: Any) -> tuple[str, ...]:
    officer = desk.site.officer(alert.officer)
    where = officer.name if officer else desk.site.unit_name(alert.unit)
    return (
        TITLES[alert.kind],
        short_code(alert.line),
        alert.line.applicant,
        where,
        say_instant(alert.due_at, now),
    )


def _state(alert: Alert, now: Any) -> str:
    return "risk" if alert.kind in _SOON and (alert.kind in _CALLS or alert.due_at > now) else "overdue"
