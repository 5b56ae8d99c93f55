"""Tin nhắn: the outbox of notices to applicants – what waits, what went, what did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding

from tthc_tui.core.base import vietnam_time
from tthc_tui.screens.help import Reading
from tthc_tui.screens.work_list import Listing, WorkList
from tthc_tui.widgets.rowlist import Column, Row

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.store.notice_outbox import QueuedNotice

STATES = (
    ("", "Tất cả"),
    ("waiting", "Chờ gửi"),
    ("failed", "Không gửi được"),
    ("sent", "Đã gửi"),
    ("dropped", "Đã hủy"),
)
FOLDER = "tin-nhan"
_CHANNELS = {"sms": "SMS", "email": "Thư", "zalo": "Zalo"}
_COLOURS = {"waiting": "normal", "failed": "overdue", "sent": "done", "dropped": "dim"}


class OutboxScreen(WorkList):
    """Messages with their state; send, try again, give up, read."""

    TITLE_VI = "Tin nhắn"
    HELP_VI = (
        "Mỗi bước của hồ sơ có thể sinh tin nhắn theo mẫu của đơn vị. F10 gửi ngay những tin đến giờ gửi; tin không gửi "
        "được tự thử lại. r (Ctrl+R) gửi lại, x (Ctrl+X) không gửi, t (Ctrl+T) xem thử những gì sắp gửi mà chưa gửi, "
        "Enter xem tin, Tab lọc theo tình trạng."
    )
    BAR = ("help", "finish", "outbox.again", "outbox.drop", "outbox.preview", "outbox.state", "back")
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Tình trạng", 14),
        Column("Lúc", 11),
        Column("Kênh", 5),
        Column("Gửi đến", 14),
        Column("Nội dung", least=20),
    )
    EMPTY = "Không có tin nhắn nào."
    BINDINGS = [
        Binding("f10,ctrl+s", "send", "Gửi ngay", id="finish", key_display="F10"),
        Binding("ctrl+r,r", "again", "Gửi lại", id="outbox.again", key_display="r"),
        Binding("ctrl+x,x", "drop", "Không gửi", id="outbox.drop", key_display="x"),
        Binding("ctrl+t,t", "preview", "Xem thử", id="outbox.preview", key_display="t"),
        Binding("tab", "state(1)", "Lọc", id="outbox.state"),
        Binding("shift+tab", "state(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._state = ""

    def read(self, desk: Desk) -> Listing:
        """Counts by state, the gateway, the messages of the chosen state."""
        counts, found = desk.notice_counts(), desk.notices(state=self._state)
        parts = [
            f"[{label} {counts.get(state, 0)}]" if state == self._state else f"{label} {counts.get(state, 0)}"
            for state, label in STATES[1:]
        ]
        every = f"Tất cả {sum(counts.values())}"
        parts.insert(0, every if self._state else f"[{every}]")
        things = {str(one.id): one for one in found}
        return Listing(
            f"{' · '.join(parts)}\n{gateway_words(desk)}",
            [_row(one, desk.site.name) for one in found],
            things,
        )

    def more(self, thing: Any) -> str:
        """The whole text and the last fault."""
        notice: QueuedNotice = thing
        fault = f"\nLần {notice.tries}: {notice.error}" if notice.error else ""
        return f"{notice.body}{fault}"

    def action_state(self, by: int) -> None:
        """Tab: another state."""
        states = [state for state, _ in STATES]
        self._state = states[(states.index(self._state) + by) % len(states)]
        self.look(keep=False, hold=True)

    def action_send(self) -> None:
        """F10: what is due goes through the gateway."""
        folder = self.counter_app.config.data_dir / FOLDER
        self.say("Đang gửi…")
        self.act(lambda desk: desk.send_notices(folder), _sent)

    def action_again(self) -> None:
        """r: try a message again."""
        notice = self.chosen
        if notice is not None:
            self.act(
                lambda desk: desk.retry_notice(notice.id), lambda _: "Tin sẽ được gửi lại: F10 gửi ngay."
            )

    def action_drop(self) -> None:
        """x: do not send it."""
        notice = self.chosen
        if notice is not None:
            self.act(
                lambda desk: desk.drop_notice(notice.id), lambda _: "Tin này sẽ không được gửi; r để gửi lại."
            )

    def action_preview(self) -> None:
        """t: everything that waits, as it will go; nothing is sent."""

        def show(found: list[QueuedNotice]) -> None:
            texts = [f"{_CHANNELS.get(one.channel, one.channel)} {one.address}\n{one.body}" for one in found]
            body = "\n\n".join(texts) or "Không có tin nào đang chờ gửi."
            self.app.push_screen(Reading(f"Sẽ gửi {len(found)} tin (chưa gửi)", body))

        self.work(lambda desk: desk.notices(state="waiting"), show, group="preview", hold=True)

    def on_row_list_opened(self, message: Any) -> None:
        """Enter: one message in full."""
        notice: QueuedNotice | None = self.chosen
        if notice is None:
            return
        lines = [
            f"Tình trạng: {notice.label}" + (f", đã thử {notice.tries} lần" if notice.tries else ""),
            f"Gửi đến: {_CHANNELS.get(notice.channel, notice.channel)} {notice.address}",
            *([f"Tiêu đề: {notice.subject}"] if notice.subject else []),
            *([f"Đã gửi lúc: {vietnam_time(notice.sent_at):%H:%M %d/%m/%Y}"] if notice.sent_at else []),
            *([f"Lỗi lần cuối: {notice.error}"] if notice.error else []),
            "",
            notice.body,
        ]
        self.app.push_screen(Reading("Tin nhắn", "\n".join(lines)))


def gateway_words(desk: Desk) -> str:
    """Where messages go at this site."""
    gateway = desk.site.gateway
    if gateway.kind == "off":
        return "Cổng nhắn tin: đã tắt, tin chỉ được lưu."
    if gateway.kind == "http" and gateway.url:
        return "Cổng nhắn tin: gửi thật qua cổng đã khai báo."
    return f"Gửi thử: tin được ghi vào thư mục {FOLDER}, chưa gửi cho ai (chưa khai báo cổng nhắn tin)."


def _sent(outcome: tuple[int, int]) -> str:
    went, failed = outcome
    if not went and not failed:
        return "Không có tin nào đến giờ gửi."
    return f"Đã gửi {went} tin" + (f", {failed} tin không gửi được, sẽ tự thử lại." if failed else ".")


def _row(notice: QueuedNotice, centre: str) -> Row:
    """One message; the centre's name before its text would fill a small screen."""
    cells = (
        notice.label,
        f"{vietnam_time(notice.made_at):%H:%M %d/%m}",
        _CHANNELS.get(notice.channel, notice.channel),
        notice.address,
        notice.body.removeprefix(f"{centre}: "),
    )
    return Row(str(notice.id), cells, _COLOURS.get(notice.state, "normal"))
