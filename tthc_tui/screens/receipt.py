"""Biên nhận: the official form on screen with its codes; print, save, undo, forward, next citizen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tthc_tui.core.codes import short_id
from tthc_tui.core.duration import say_instant
from tthc_tui.core.form_names import form_title
from tthc_tui.core.states import State
from tthc_tui.screens.base import CounterScreen, DataChanged, Ticked
from tthc_tui.widgets.barcode import BarcodeView, QRView

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk


@dataclass(frozen=True)
class ReceiptView:
    """The form of one dossier, drawn for the width it is shown in."""

    dossier: Dossier
    form: str
    lines: tuple[str, ...]
    qr: str
    printed: int
    undo_until: datetime
    unit_name: str


class FormView(VerticalScroll):
    """Where the form is read; tells when its room changed."""

    class Fitted(Message):
        """The room changed."""

    def on_resize(self) -> None:
        """The screen draws the form anew."""
        self.post_message(self.Fitted())


class ReceiptScreen(CounterScreen):
    """What the citizen takes home, before and after it is printed."""

    TITLE_VI = "Biên nhận"
    HELP_VI = (
        "F7 in (in lại được ghi rõ là bản in lại), Ctrl+E lưu PDF, F6 chuyển ngay đến đơn vị giải quyết, "
        "u hoặc Ctrl+Z hoàn tác khi giấy chưa rời bàn, dấu chấm (.) tiếp nhận tiếp cùng thủ tục, F4 phiếu mới."
    )
    BAR = ("help", "forward", "print", "repeat", "undo", "intake", "save_pdf", "back")
    CSS_PATH = ["base.tcss", "receipt.tcss"]
    BINDINGS = [
        Binding("f7", "print", "In", id="print", tooltip="In giấy tiếp nhận hoặc phiếu"),
        Binding("ctrl+e", "save_pdf", "Lưu PDF", id="save_pdf", tooltip="Lưu thành tệp PDF"),
        Binding("f6", "forward", "Chuyển ngay", id="forward", tooltip="Chuyển đến đơn vị giải quyết"),
        Binding("ctrl+z,u", "undo", "Hoàn tác", id="undo", tooltip="Hoàn tác thao tác vừa làm"),
        Binding(
            "full_stop,f10,ctrl+s",
            "repeat",
            "Tiếp tục",
            id="repeat",
            key_display=".",
            tooltip="Tiếp nhận tiếp cùng thủ tục",
        ),
    ]

    room: ClassVar[int] = 44  # columns the form had last: what is drawn ahead mostly fits at once

    def __init__(self) -> None:
        super().__init__()
        self._dossier = ""
        self.view: ReceiptView | None = None
        self._width = 0

    def compose_body(self) -> Iterable[Widget]:
        """The state in one line, the form beside the QR, the bars below."""
        yield Static("", id="receipt-state", markup=False)
        with Horizontal(id="receipt-middle"):
            with FormView(id="receipt-form"):
                yield Static("", id="receipt-text", markup=False)
            with Vertical(id="receipt-side"):
                yield QRView(id="receipt-qr")
        yield BarcodeView(id="receipt-bars")

    def enter(self, dossier: str = "", view: ReceiptView | None = None, **_: Any) -> None:
        """Show the form of this dossier; `view` where it is drawn already."""
        if not dossier:
            return
        self._dossier = dossier
        self.query_one("#receipt-form").focus()
        if view is not None:
            self._width = ReceiptScreen.room
            self._show(view)
        else:
            self._read(hold=True)

    def on_data_changed(self, message: DataChanged) -> None:
        """Printed, forwarded, undone: show it."""
        if self._dossier:
            self._read()

    @on(FormView.Fitted)
    def _fit(self, message: FormView.Fitted) -> None:
        """The form is set for the width it has; the QR beside it comes and goes."""
        message.stop()
        if self._dossier and self._room() not in (0, self._width):
            self._read()

    def _room(self) -> int:
        return max(self.query_one("#receipt-form").scrollable_content_region.width - 2, 0)

    def _read(self, hold: bool = False) -> None:
        dossier, self._width = self._dossier, self._room()
        width = ReceiptScreen.room = max(self._width, 20)
        self.work(lambda desk: read_receipt(desk, dossier, width), self._show, group="receipt", hold=hold)

    def _show(self, view: ReceiptView) -> None:
        self.view = view
        self.query_one("#receipt-text", Static).update("\n".join(view.lines))
        self.query_one("#receipt-qr", QRView).show(view.qr)
        number = short_id(view.dossier.id)
        self.query_one("#receipt-bars", BarcodeView).show(view.dossier.code, number)
        self._show_state(self.now)
        self.refresh_bindings()

    def _show_state(self, now: datetime) -> None:
        view = self.view
        if view is None:
            return
        dossier = view.dossier
        parts = [
            dossier.code or _no_code(view),
            "đã hủy" if dossier.voided else dossier.state.label,
        ]
        if dossier.due_at is not None and dossier.open:
            parts.append(f"hẹn trả {say_instant(dossier.due_at, now)}")
        parts.append(f"đã in {view.printed} lần" if view.printed else "chưa in (F7)")
        left = int((view.undo_until - now).total_seconds())
        if left > 0 and not dossier.voided:
            parts.append(f"hoàn tác được trong {left // 60}:{left % 60:02d} (u)")
        self.query_one("#receipt-state", Static).update(" · ".join(part for part in parts if part))

    def on_ticked(self, message: Ticked) -> None:
        """The seconds in which it can still be undone."""
        if self.view is not None and (message.now - self.view.undo_until) < timedelta(seconds=2):
            self._show_state(message.now)

    # -- keys ---------------------------------------------------------------------------------------

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """What the state of the dossier forbids."""
        view = self.view
        if view is None:
            return "Chưa có biên nhận nào." if action in ("print", "save_pdf", "forward", "undo") else ""
        if view.dossier.voided and action in ("print", "save_pdf", "forward", "undo"):
            return "Hồ sơ này đã bị hủy (hoàn tác tiếp nhận)."
        if action == "forward":
            if view.dossier.state is not State.ACCEPTED:
                return f"Không chuyển được: hồ sơ đang ở trạng thái “{view.dossier.state.label}”."
            if view.dossier.handling_unit in ("", view.dossier.holder_unit):
                return "Hồ sơ do chính đơn vị này giải quyết, không phải chuyển."
        return ""

    def action_print(self) -> None:
        """Print, or say where the file is."""
        app, dossier = self.counter_app, self._dossier
        self.say("Đang in…")
        self.work(
            lambda desk: desk.print_form(dossier, app.config.printer.to_printer(), app.config.receipts_dir),
            self._printed,
            group="print",
            write=True,
            failed=lambda sentence: self.say(f"Hồ sơ đã lưu, việc in thì chưa xong. {sentence}", error=True),
        )

    def _printed(self, job: Any) -> None:
        again = f"Bản in lại lần {job.reprint}. " if job.reprint else ""
        self.say(f"{again}{job.delivery.message}", severity="ok" if job.delivery.ok else "error")

    def action_save_pdf(self) -> None:
        """Keep the form as a PDF, without printing it."""
        app, dossier = self.counter_app, self._dossier

        def job(desk: Desk) -> Any:
            from tthc_tui.printing.output import Printer, print_document

            form = desk.form_of(desk.dossier(dossier))
            document = desk.document(dossier, form)
            name = f"{form}-{document.code or document.short_id}"
            return print_document(document, Printer(kind="none", format="pdf"), app.config.receipts_dir, name)

        def saved(delivery: Any) -> None:
            text = f"Đã lưu PDF: {delivery.path}" if delivery.ok else delivery.message
            self.say(text, severity="ok" if delivery.ok else "error")

        self.work(job, saved, group="pdf", hold=True)

    def action_forward(self) -> None:
        """Send it on to the unit that handles it, with a numbered slip."""
        assert self.view is not None
        dossier, unit, name = self._dossier, self.view.dossier.handling_unit, self.view.unit_name
        self.work(
            lambda desk: desk.forward([dossier], unit),
            lambda done: self.say(f"Đã chuyển đến {name}, phiếu bàn giao {done[0]}.", severity="ok"),
            group="forward",
            write=True,
        )

    def action_undo(self) -> None:
        """Take the last action back; an undone receipt brings the intake back as it was typed."""
        dossier = self._dossier

        async def undone(found: Dossier) -> None:
            if found.voided:
                await self.counter_app.go("home")
                await self.counter_app.go("intake", restore=True)
                self.counter_app.screen_say(
                    f"Đã hủy tiếp nhận {found.code or ''}: phiếu còn nguyên để sửa.".replace("  ", " ")
                )
            else:
                self.say("Đã hoàn tác thao tác vừa làm.", severity="ok")

        self.work(lambda desk: desk.undo(dossier), undone, group="undo", write=True)

    async def action_repeat(self) -> None:
        """The next citizen with the same procedure."""
        await self.counter_app.go("home")
        await self.counter_app.go("intake", again=True)

    async def action_back(self) -> None:
        """The citizen is served: home, not back into the blank intake."""
        await self.counter_app.go("home")


def _no_code(view: ReceiptView) -> str:
    """A receipt without a code is provisional and says so; other papers need none."""
    if view.dossier.received_at is None:
        return form_title(view.form, numbered=False)
    return f"SỐ TẠM {short_id(view.dossier.id)}: mã hồ sơ chính thức sẽ có khi đồng bộ"


def read_receipt(desk: Desk, dossier: str, width: int) -> ReceiptView:
    """The form as text of this width, and its codes; runs in a thread."""
    from tthc_tui.printing.codes import qr_content
    from tthc_tui.printing.plain import screen_lines

    detail = desk.detail(dossier)
    found = detail.dossier
    form = desk.form_of(found)
    printed = found.prints.get(form, 0)
    # As the paper in the citizen's hand is, not as the next copy would be marked.
    document = desk.document(dossier, form).model_copy(update={"reprint_no": max(printed - 1, 0)})
    qr = qr_content(document.code, document.lookup_url) if document.code else document.short_id
    return ReceiptView(
        found,
        form,
        tuple(screen_lines(document, width)),
        qr,
        printed,
        found.last_at + timedelta(seconds=desk.site.settings.undo_seconds),
        desk.site.unit_name(found.handling_unit),
    )
