"""Tra cứu thủ tục: search as you type; everything about the chosen procedure beside it."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tthc_tui.core.procedure import Procedure
from tthc_tui.screens.base import DataChanged
from tthc_tui.screens.procedure_search import ProcedureSearch
from tthc_tui.screens.procedure_view import SEARCH_COLUMNS, SUGGESTION, procedure_content
from tthc_tui.widgets.fields import LookupBox


class LookupScreen(ProcedureSearch):
    """A search box with its results, and the page of the procedure under the cursor."""

    TITLE_VI = "Tra cứu thủ tục"
    HELP_VI = (
        "Gõ tên thủ tục (không cần dấu), chữ viết tắt (dkks), mã hoặc lĩnh vực. ↑ ↓ chọn, Enter tiếp nhận "
        "thủ tục đang chọn, Tab sang phần chi tiết để cuộn bằng mũi tên, Ctrl+↑ Ctrl+↓ cuộn chi tiết khi đang gõ."
    )
    BAR = ("help", "receive", "scroll_page", "dossiers", "intake", "monitor", "back")
    CSS_PATH = ["base.tcss", "lookup.tcss"]
    BINDINGS = [
        Binding("ctrl+down", "scroll_page(1)", "Cuộn chi tiết", id="scroll_page", key_display="Ctrl+↓"),
        Binding("ctrl+up", "scroll_page(-1)", show=False, id="scroll_page_up"),
        Binding("f10,ctrl+s", "receive", "Tiếp nhận", id="receive", tooltip="Tiếp nhận thủ tục đang chọn"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._wanted = ""  # code of the procedure under the cursor
        self._shown: Procedure | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The box and the page."""
        yield LookupBox(
            SEARCH_COLUMNS,
            placeholder="Tên, chữ viết tắt, mã thủ tục hoặc lĩnh vực",
            ident="lookup-text",
            id="lookup-box",
            empty_text="Không tìm thấy thủ tục nào: thử ít chữ hơn hoặc gõ mã thủ tục.",
        )
        with VerticalScroll(id="lookup-page"):
            yield Static("", id="procedure", markup=False)

    def on_mount(self) -> None:
        """Ready to type; the procedures most asked for are there already."""
        box = self.query_one(LookupBox)
        box.field.focus()
        self._search("")

    def enter(self, procedure: str = "", typed: str = "", **wanted: object) -> None:
        """With a scanned code: search for it. With a letter typed on home: the rest of the word follows."""
        box = self.query_one(LookupBox)
        box.field.focus()
        if typed:
            box.field.value = ""
            box.field.replace(typed, 0, 0)
            return
        if procedure:
            box.field.value = procedure
        box.field.select_all()  # the next question takes the place of the last one

    def on_data_changed(self, message: DataChanged) -> None:
        """An import may have changed the procedure on screen."""
        if self._wanted:
            self._ask(self._wanted)

    @on(LookupBox.Highlighted)
    def _highlighted(self, message: LookupBox.Highlighted) -> None:
        message.stop()
        if message.row is None:
            self._wanted = ""
            self._show(None)
        elif message.row.key not in (SUGGESTION, self._wanted):
            self._wanted = message.row.key
            self.call_after_refresh(self._ask, self._wanted)  # the list first: a page takes longer to lay out

    def _ask(self, code: str) -> None:
        if code != self._wanted:
            return

        def show(procedure: Procedure) -> None:
            if code == self._wanted:
                self._show(procedure)

        self.work(lambda desk: desk.procedure(code), show, group="procedure")

    def _show(self, procedure: Procedure | None) -> None:
        """A procedure that is shown already stays where it was scrolled to."""
        if procedure == self._shown:
            return
        self._shown = procedure
        self.query_one("#procedure", Static).update(procedure_content(procedure) if procedure else "")
        self.query_one("#lookup-page", VerticalScroll).scroll_home(animate=False)

    @on(LookupBox.Chosen)
    def _chosen(self, message: LookupBox.Chosen) -> None:
        message.stop()
        if message.row is None:
            self.say("Không có thủ tục nào để chọn: hãy gõ tên hoặc mã thủ tục.", error=True)
        elif message.row.key == SUGGESTION:
            suggestion = message.row.cells[1].partition(": ")[2]
            message.box.field.value = suggestion
        else:
            self.counter_app.open_screen("intake", procedure=message.row.key)

    def action_receive(self) -> None:
        """Begin an intake of the procedure under the cursor."""
        row = self.query_one(LookupBox).results.cursor_row
        if row is None or row.key == SUGGESTION:
            self.say("Chưa chọn thủ tục: hãy gõ tên rồi chọn một dòng.", error=True)
        else:
            self.counter_app.open_screen("intake", procedure=row.key)

    def action_scroll_page(self, by: int) -> None:
        """Move the page while the search keeps the focus."""
        page = self.query_one("#lookup-page", VerticalScroll)
        page.scroll_relative(y=by * max(page.size.height - 2, 1), animate=False)
