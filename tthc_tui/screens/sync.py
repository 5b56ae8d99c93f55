"""Đồng bộ: link, outbox, numbers left, clock, printer, disk; the conflict tray with three keys an entry."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual import on, work
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Static

from tthc_tui.core.link import ConflictItem, LeaseLeft, Link, SyncStatus, say_age
from tthc_tui.screens.base import CounterScreen, DataChanged, Ticked
from tthc_tui.widgets.dialogs import AskText
from tthc_tui.widgets.rowlist import Column, Row, RowList

if TYPE_CHECKING:
    from datetime import datetime

    from tthc_tui.config import PrinterConfig
    from tthc_tui.desk import Desk

_PRINTERS = {
    "none": "chưa khai báo (biên nhận được lưu thành tệp)",
    "system": "máy in hệ thống",
    "device": "máy in nối trực tiếp",
    "folder": "in ra thư mục",
    "network": "máy in mạng",
}
_KINDS = {"refused": "Bị từ chối", "field": "Cùng sửa", "code_taken": "Trùng mã", "lost": "Thất lạc"}


@dataclass(frozen=True)
class SyncData:
    """Everything the screen shows, read at one moment."""

    status: SyncStatus
    leases: tuple[LeaseLeft, ...]
    conflicts: tuple[ConflictItem, ...]


class SyncScreen(CounterScreen):
    """What the link does, and what an officer has to decide."""

    TITLE_VI = "Đồng bộ"
    HELP_VI = (
        "Màn hình này cho biết máy có nối được máy chủ không, còn bao nhiêu thao tác chờ gửi, còn bao nhiêu số hồ sơ "
        "để dùng khi mất mạng. Thao tác máy chủ không nhận nằm ở danh sách dưới, kèm người đã làm trước: F10 làm "
        "lại trên hiện trạng, F9 giữ thành ghi chú của hồ sơ, Ctrl+D bỏ. Ctrl+R đồng bộ ngay, Ctrl+O đăng nhập "
        "máy chủ, Enter mở hồ sơ."
    )
    BAR = ("help", "sync.note", "finish", "sync.discard", "sync.now", "sync.login", "back")
    CSS_PATH = ["base.tcss", "sync.tcss"]
    BINDINGS = [
        Binding("f10,ctrl+s", "redo", "Làm lại", id="finish", key_display="F10"),
        Binding("f9", "note", "Ghi chú", id="sync.note", tooltip="Giữ thao tác này thành ghi chú của hồ sơ"),
        Binding("ctrl+d,delete", "discard", "Bỏ", id="sync.discard", key_display="Ctrl+D"),
        Binding("ctrl+r", "sync_now", "Đồng bộ ngay", id="sync.now"),
        Binding("ctrl+o", "login", "Đăng nhập", id="sync.login"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._data: SyncData | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The facts, the tray, the reason of the chosen entry."""
        yield Static("", id="sync-link", markup=False)
        yield Static("", id="sync-facts", markup=False)
        yield Static("Thao tác cần xử lý", classes="sync-head", markup=False)
        yield RowList(
            [
                Column("Loại", 10),
                Column("Mã hồ sơ", 24),
                Column("Thao tác", least=16),
                Column("Cán bộ", 16),
                Column("Lúc", 11),
            ],
            id="sync-tray",
            markable=False,
            empty_text="Không có thao tác nào cần xử lý.",
        )
        yield Static("", id="sync-why", markup=False)

    def on_mount(self) -> None:
        """Read at once."""
        self.query_one("#sync-tray", RowList).focus()
        self._read()

    def on_data_changed(self, message: DataChanged) -> None:
        """Something was stored: by the worker, an officer, another program."""
        self._read()

    def on_ticked(self, message: Ticked) -> None:
        """Ages and the state of the link move on by themselves."""
        self._read()

    def _read(self) -> None:
        def job(desk: Desk) -> SyncData:
            return SyncData(desk.sync_status(), tuple(desk.leases_left()), tuple(desk.conflicts()))

        self.work(job, self._show, group="sync")

    def _show(self, data: SyncData) -> None:
        if data.conflicts != (self._data.conflicts if self._data else None):
            self.query_one("#sync-tray", RowList).set_rows([_row(item) for item in data.conflicts])
        self._data = data
        link = self.query_one("#sync-link", Static)
        link.update(link_words(data.status))
        stale = data.status.stale(self.now)
        link.set_class(stale or data.status.link is not Link.ONLINE, "-stale")
        link.set_class(data.status.link is Link.ALONE, "-alone")
        self.query_one("#sync-facts", Static).update(
            facts(
                data, self.now, self.counter_app.config.printer, _free_disk(self.counter_app.config.data_dir)
            )
        )
        self._explain()
        self.refresh_bindings()

    @property
    def chosen(self) -> ConflictItem | None:
        """The entry under the cursor."""
        row = self.query_one("#sync-tray", RowList).cursor_row
        if row is None or self._data is None:
            return None
        return next((item for item in self._data.conflicts if str(item.id) == row.key), None)

    @on(RowList.Highlighted)
    def _moved(self, message: RowList.Highlighted) -> None:
        message.stop()
        self._explain()
        self.refresh_bindings()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        message.stop()
        if self.chosen is not None:
            self.counter_app.open_screen("detail", dossier=self.chosen.dossier)

    def _explain(self) -> None:
        item = self.chosen
        self.query_one("#sync-why", Static).update(why_words(item) if item else "")

    # -- keys ---------------------------------------------------------------------------------------

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Nothing to decide, or nothing to redo."""
        if action in ("redo", "note", "discard") and self.is_mounted:
            item = self.chosen
            if item is None:
                return "Không có thao tác nào cần xử lý."
            if action == "redo" and not item.can_redo:
                return (
                    "Thao tác này đã được máy chủ nhận: chỉ cần xem, rồi giữ ghi chú hoặc bỏ khỏi danh sách."
                )
        if action in ("sync_now", "login") and self._data and self._data.status.link is Link.ALONE:
            return "Máy này làm việc một mình, chưa khai báo máy chủ."
        return super().why_not(action, parameters)

    def action_redo(self) -> None:
        """Do it again on the present state."""
        self._decide("redo", "Đã làm lại trên hiện trạng.")

    def action_note(self) -> None:
        """Keep it as a remark in the history."""
        self._decide("note", "Đã giữ thành ghi chú của hồ sơ.")

    def action_discard(self) -> None:
        """Let it be."""
        self._decide("discard", "Đã bỏ thao tác này.")

    def _decide(self, how: Literal["redo", "note", "discard"], words: str) -> None:
        item = self.chosen
        if item is None:
            return

        def done(_: object) -> None:
            self.say(words, severity="ok")
            self._read()

        self.work(lambda desk: desk.resolve_conflict(item.id, how), done, group="decide", write=True)

    def action_sync_now(self) -> None:
        """Not wait for the next round."""
        self.say("Đang đồng bộ…")
        self.work(
            lambda desk: desk.sync_once(),
            lambda done: self.say(f"Đã gửi {done.pushed}, nhận {done.received} thao tác.", severity="ok"),
            group="now",
        )

    @work
    async def action_login(self) -> None:
        """User and password of the backend; the password is not kept."""
        status = self._data.status if self._data else SyncStatus()
        known = status.user or (self.desk.officer.id if self.desk else "")
        user = await self.app.push_screen_wait(AskText("Tên đăng nhập máy chủ", known, max_length=200))
        if user is None:
            return
        password = await self.app.push_screen_wait(
            AskText(f"Mật khẩu máy chủ của {user}", password=True, max_length=1000)
        )
        if password is not None:
            self.work(
                lambda desk: desk.sign_in_remote(user, password),
                lambda _: self.say("Đã đăng nhập máy chủ.", severity="ok"),
                group="login",
            )


def _row(item: ConflictItem) -> Row:
    cells = (
        _KINDS.get(item.kind, item.kind),
        item.code or "(số tạm)",
        item.what,
        item.officer,
        f"{item.at:%H:%M %d/%m}",
    )
    return Row(str(item.id), cells, "overdue" if item.kind == "refused" else "today")


def why_words(item: ConflictItem) -> str:
    """Why an entry lies in the tray and who was first."""
    first = f" Người làm trước: {item.winner}." if item.winner else ""
    whom = f"{item.applicant}: " if item.applicant else ""
    return f"{whom}{item.reason}{first}"


def link_words(status: SyncStatus) -> str:
    """The first line: how the link stands, and why it does not."""
    if status.link is Link.ALONE:
        return "● Một máy: dữ liệu chỉ nằm trên máy này. IT khai báo máy chủ bằng “tthc remote add”."
    words = f"{status.link.label}  {status.url}"
    if status.to_download:
        words += f"  đang tải {status.downloaded}/{status.to_download} hồ sơ"
    return f"{words}\n{status.problem}" if status.problem else words


def facts(data: SyncData, now: datetime, printer: PrinterConfig, free: int) -> str:
    """The lines of facts, aligned."""
    status = data.status
    age = say_age(now - status.data_at) if status.data_at else "chưa đồng bộ lần nào"
    stale = " (dữ liệu cũ)" if status.stale(now) else ""
    waiting = f"{status.outbox} thao tác"
    if status.oldest_waiting:
        waiting += f", lâu nhất từ {status.oldest_waiting:%H:%M %d/%m}"
    left = ", ".join(f"{one.agency} ngày {one.day[8:]}/{one.day[5:7]}: {one.left}" for one in data.leases)
    lines = [
        f"Ổ đĩa       còn {free / 1e9:.1f} GB{'' if free > 1e9 else ' (sắp đầy)'}",
        f"Máy in      {_PRINTERS.get(printer.kind, printer.kind)} {printer.target}".rstrip(),
    ]
    if status.link is Link.ALONE:
        return "\n".join(lines)
    linked = [
        f"Dữ liệu     {age}{stale}",
        f"Chờ gửi     {waiting}",
        f"Số còn lại  {left or 'không còn: biên nhận sẽ mang số tạm'}",
        f"Lệch giờ    {_offset(status.offset_seconds)}",
    ]
    if status.lost:
        linked.append(f"Chú ý       {status.lost} sự kiện không còn trên máy chủ, vẫn được giữ trong tệp")
    return "\n".join([*linked, *lines])


def _offset(seconds: float) -> str:
    if abs(seconds) < 2:
        return "không đáng kể"
    way = "chậm" if seconds > 0 else "nhanh"
    amount = f"{abs(seconds):.0f} giây" if abs(seconds) < 120 else f"{abs(seconds) / 60:.0f} phút"
    wrong = " – hãy chỉnh đồng hồ máy" if abs(seconds) > 300 else ""
    return f"đồng hồ máy này {way} {amount}; giờ ghi vào hồ sơ đã được chỉnh{wrong}"


def _free_disk(folder: object) -> int:
    try:
        return shutil.disk_usage(str(folder)).free
    except OSError:
        return 0
