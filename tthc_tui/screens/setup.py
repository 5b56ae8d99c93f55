"""Thiết lập lần đầu: the centre's name, agency code, counter and officer, or a site file that has them all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input, Static

from tthc_tui.screens.base import CounterScreen
from tthc_tui.widgets.fields import LabeledField
from tthc_tui.widgets.inputs import VnInput

if TYPE_CHECKING:
    from tthc_tui.desk import Desk

_FIELDS = (
    ("name", "Tên trung tâm", "Trung tâm Phục vụ hành chính công phường …", True),
    ("agency", "Mã định danh đơn vị", "ví dụ H15.50.05.13", False),
    ("counter", "Quầy", "ví dụ Quầy 07", True),
    ("officer", "Họ tên cán bộ", "", True),
    ("parent", "Cơ quan chủ quản", "UBND phường … (dòng đầu của biểu mẫu; có thể để trống)", True),
    ("place", "Địa danh", "in trước ngày tháng, ví dụ Rạch Giá; có thể để trống", True),
    ("file", "Hoặc tệp đơn vị", "đường dẫn tệp .toml; nếu có thì không cần các ô trên", False),
)
_LABEL = 22


class SetupScreen(CounterScreen):
    """Four fields (and two that forms are headed with), or one file; F10 begins the work."""

    TITLE_VI = "Thiết lập lần đầu"
    HELP_VI = (
        "Nhập tên trung tâm như in trên biểu mẫu, mã định danh của đơn vị (phần đầu mã hồ sơ, theo Quyết định "
        "20/2020/QĐ-TTg), tên quầy và họ tên cán bộ; cơ quan chủ quản và địa danh in ở đầu biểu mẫu, có thể để trống; hoặc đường dẫn tệp đơn vị do quản trị cung cấp."
    )
    BAR = ("help", "begin", "quit")
    SHOWS_OVERDUE = False
    CSS_PATH = ["base.tcss", "setup.tcss"]
    BINDINGS = [
        Binding("f10,ctrl+s", "begin", "Bắt đầu", id="begin", tooltip="Lưu và bắt đầu làm việc"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._store: Any = None

    def compose_body(self) -> Iterable[Widget]:
        """A word of welcome, the fields."""
        yield Static(
            "Máy này chưa được thiết lập. Nhập các thông tin dưới đây rồi nhấn F10; "
            "mọi thứ khác có thể bổ sung sau.",
            id="setup-intro",
            markup=False,
        )
        for name, label, hint, vietnamese in _FIELDS:
            field = VnInput(
                ident=f"setup-{name}", placeholder=hint, vietnamese=vietnamese, upper=name == "agency"
            )
            yield LabeledField(label, field, label_width=_LABEL)

    def enter(self, store: Any = None, **_: Any) -> None:
        """`store` is the open file of a centre still to be named."""
        if store is not None:
            self._store = store
            self.refresh_bindings()
        self._field("name").focus()

    def _field(self, name: str) -> VnInput:
        return self.query_one(f"#setup-{name}", VnInput)

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "setup-file" and event.value.strip():
            self.action_begin()
        else:
            self.focus_next()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if isinstance(event.input, VnInput) and event.input.error and event.input.text:
            event.input.clear_error()

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """There is nothing to begin with before the file is open."""
        return "Đang mở dữ liệu, chờ một giây…" if action == "begin" and self._store is None else ""

    def action_begin(self) -> None:
        """Keep the site, import the shipped catalogue, open the desk."""
        values = {name: self._field(name).text for name, *_ in _FIELDS}
        self.say("Đang thiết lập và nạp danh mục thủ tục…")
        app, store = self.counter_app, self._store

        def job(_: Any) -> Desk:
            from tthc_tui.desk.opening import new_site, start_site

            if values["file"]:
                from tthc_tui.desk.site_file import read_site_file

                site = read_site_file(Path(values["file"]).expanduser())
            else:
                site = new_site(
                    values["name"],
                    values["agency"],
                    values["counter"],
                    values["officer"],
                    parent=values["parent"],
                    place=values["place"],
                )
            return start_site(store, site, app.config, app.clock)

        self.work_without_desk(job, self._begun, failed=self._refused)

    async def _begun(self, desk: Desk) -> None:
        await self.counter_app.begin_with(desk)

    def _refused(self, sentence: str) -> None:
        field = getattr(self.last_error, "details", {}).get("field", "")
        if field:
            self._field(field).show_error("")
            self._field(field).focus()
        elif self._field("file").text:
            self._field("file").focus()

    async def action_back(self) -> None:
        """There is nothing to go back to yet."""
        self.say("Hãy nhập thông tin rồi nhấn F10, hoặc Ctrl+Q để thoát.")
