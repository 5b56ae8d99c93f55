"""Sổ theo dõi hồ sơ (Mẫu 07): the register of a period, of one field or all, on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from tthc_tui.core.base import Refused
from tthc_tui.core.moments import parse_moment
from tthc_tui.screens.base import CounterScreen
from tthc_tui.screens.work_list import printed_sheet
from tthc_tui.widgets.fields import Choice, LabeledField
from tthc_tui.widgets.inputs import VnInput

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.printing.document import Document


class RegisterScreen(CounterScreen):
    """From, to, field; below it the register as it will be printed."""

    TITLE_VI = "Sổ theo dõi hồ sơ"
    HELP_VI = (
        "Sổ theo dõi hồ sơ (Mẫu số 07, Thông tư 03/2025/TT-VPCP) của một lĩnh vực hoặc tất cả, từ ngày đến hết ngày. "
        "Enter hoặc F10 lập sổ, F7 in (hoặc lưu tệp khi chưa có máy in), Tab xuống sổ để cuộn."
    )
    BAR = ("help", "print", "finish", "back")
    CSS_PATH = ["base.tcss", "register.tcss"]
    BINDINGS = [
        Binding("f10,ctrl+s", "make", "Lập sổ", id="finish", key_display="F10"),
        Binding("f7", "print", "In sổ", id="print"),
    ]

    def compose_body(self) -> Iterable[Widget]:
        """Period, field, the register."""
        yield LabeledField("Từ ngày", VnInput(ident="register-from", vietnamese=False), label_width=13)
        yield LabeledField("Đến ngày", VnInput(ident="register-to", vietnamese=False), label_width=13)
        with Horizontal(classes="register-line"):
            yield Label("Lĩnh vực", markup=False)
            yield Choice([("", "Tất cả")], ident="register-field")
        with VerticalScroll(id="register-view"):
            yield Static("", id="register-text", markup=False)

    def on_mount(self) -> None:
        """This month so far."""
        self.query_one("#register-from", VnInput).value = f"01/{self.now:%m/%Y}"
        self.query_one("#register-to", VnInput).value = f"{self.now:%d/%m/%Y}"
        self.query_one("#register-from", VnInput).focus()
        self.work(lambda desk: desk.field_names(), self._offer, group="fields")

    def on_resize(self) -> None:
        """The register is as wide as the screen."""
        self.call_after_refresh(self.action_make)

    def _offer(self, names: Any) -> None:
        options = [("", "Tất cả"), *((name, name) for name in names if name)]
        self.query_one("#register-field", Choice).set_options(options)

    def _period(self) -> tuple[datetime, datetime, str] | None:
        """The period to the last moment of its last day, and the field; None (and a sentence) where a date is none."""
        bounds: list[datetime] = []
        for name in ("from", "to"):
            field = self.query_one(f"#register-{name}", VnInput)
            try:
                at = parse_moment(field.text)
            except Refused as refusal:
                self.say(refusal.reason, error=True)
                field.focus()
                return None
            bounds.append(at.replace(hour=0, minute=0, second=0, microsecond=0))
        if bounds[1] < bounds[0]:
            self.say("Ngày cuối ở trước ngày đầu: hãy kiểm tra lại.", error=True)
            return None
        return (
            bounds[0],
            bounds[1] + timedelta(days=1, milliseconds=-1),
            self.query_one("#register-field", Choice).value,
        )

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()
        self.action_make()

    @on(Choice.Changed)
    def _field_changed(self) -> None:
        self.action_make()

    def action_make(self) -> None:
        """F10: the register on screen."""
        period = self._period()
        if period is None:
            return

        def show(text: str) -> None:
            self.query_one("#register-text", Static).update(text)

        width = self.query_one("#register-view").size.width - 4  # its padding and scrollbar
        self.work(lambda desk: _as_text(register(desk, *period), width), show, group="register")

    def action_print(self) -> None:
        """F7: the register on paper."""
        period = self._period()
        if period is None:
            return
        config, name = self.counter_app.config, f"so-theo-doi-{period[0]:%Y%m%d}-{period[1]:%Y%m%d}"

        def printed(outcome: tuple[str, bool]) -> None:
            self.say(outcome[0], severity="ok" if outcome[1] else "warning")

        self.say("Đang lập sổ…")
        self.work(
            lambda desk: printed_sheet(
                desk,
                lambda desk: register(desk, *period),
                config,
                name,
                "mau-07",
                f"{name} {period[2]}".strip(),
            ),
            printed,
            group="print",
        )


def register(desk: Desk, since: datetime, until: datetime, field: str) -> Document:
    """Mẫu 07 of the time from `since` to before `until`."""
    return desk.register_document(since, until, field)


def _as_text(document: Document, width: int) -> str:
    from tthc_tui.printing.plain import to_text

    return to_text(document, width)
