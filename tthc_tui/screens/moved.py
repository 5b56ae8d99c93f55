"""Báo cáo lịch thay đổi: which promised dates another calendar would give differently. Nothing is moved."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input

from tthc_tui.core.base import vietnam_time
from tthc_tui.core.duration import say_minutes
from tthc_tui.screens.work_list import Listing, WorkList
from tthc_tui.widgets.fields import LabeledField
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import Column, Row

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.desk.corrections import MovedDate

_ASK = "Nhập đường dẫn tệp khai báo có lịch mới rồi Enter. Ngày đã hẹn không tự đổi."


class MovedScreen(WorkList):
    """The running dossiers that a new site file would have promised otherwise."""

    TITLE_VI = "Báo cáo lịch thay đổi"
    HELP_VI = (
        "So lịch làm việc đang dùng với lịch trong tệp khai báo mới (TOML): hồ sơ nào sẽ có ngày hẹn khác. Ngày đã in "
        "trên giấy hẹn không tự đổi; hồ sơ đang tạm dừng (~) theo lịch mới từ khi tính tiếp. Enter mở hồ sơ để đính chính hoặc xin lỗi, hẹn lại."
    )
    BAR = ("help", "finish", "back")
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Mã hồ sơ", 14),
        Column("Đã hẹn", 16),
        Column("Theo lịch mới", 17),
        Column("Chênh", 18),
        Column("Thủ tục", least=10),
    )
    FIRST = "#site-file"
    EMPTY = "Không có hồ sơ nào bị ảnh hưởng."
    BINDINGS = [Binding("f10,ctrl+s", "compare", "So lịch", id="finish", key_display="F10")]

    def compose_filters(self) -> Iterable[Widget]:
        """The path of the new site file."""
        yield LabeledField(
            "Tệp khai báo",
            VnInput(ident="site-file", vietnamese=False, placeholder="ví dụ /home/…/trung-tam-2027.toml"),
        )

    def read(self, desk: Desk) -> Listing:
        """The report, once a file was named."""
        path = self._path
        if not path:
            return Listing(_ASK)
        from tthc_tui.desk.site_file import read_site_file

        moved = desk.calendar_report(desk.whole_site, read_site_file(Path(path).expanduser()))
        things = {str(one.dossier): one for one in moved}
        head = f"{len(moved)} hồ sơ có ngày hẹn khác đi theo lịch mới. Ngày đã hẹn giữ nguyên."
        if paused := sum(one.paused for one in moved):
            head += f" {paused} hồ sơ đang tạm dừng (~): ngày nếu tính tiếp lúc này."
        return Listing(head, [_row(desk, one) for one in moved], things)

    _path = ""

    @on(Input.Submitted, "#site-file")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_compare()

    def action_compare(self) -> None:
        """Compare the calendar in use with that of the file."""
        self._path = self.query_one("#site-file", VnInput).text
        if not self._path:
            self.say("Chưa có đường dẫn tệp khai báo: hãy nhập.", error=True)
            return
        self.table.focus()
        self.look(keep=False, hold=True)

    def on_row_list_opened(self, message: Any) -> None:
        """Enter: the dossier."""
        if self.chosen is not None:
            self.counter_app.open_screen("detail", dossier=str(self.chosen.dossier))


def _row(desk: Desk, one: MovedDate) -> Row:
    later = "muộn hơn " if one.minutes > 0 else "sớm hơn "
    cells = (
        one.code.rpartition(".")[2],
        f"{vietnam_time(one.promised):%H:%M %d/%m/%Y}",
        f"{'~' if one.paused else ''}{vietnam_time(one.would_be):%H:%M %d/%m/%Y}",
        later + say_minutes(abs(one.minutes), desk.site.settings.day_minutes),
        one.procedure,
    )
    return Row(str(one.dossier), cells, "risk" if one.minutes > 0 else "today")
