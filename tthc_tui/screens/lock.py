"""Khóa máy, đăng nhập: a PIN stands between a passer-by and the counter; the work below stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tthc_tui.core.base import Refused
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import Column, Row, RowList
from tthc_tui.widgets.scan import Scanned

if TYPE_CHECKING:
    from tthc_tui.app import CounterApp
    from tthc_tui.core.site import Officer


class LockScreen(ModalScreen[None]):
    """Choose the officer with ↑ ↓ or by a card, type the PIN, Enter. Nothing else works meanwhile."""

    CSS_PATH = "lock.tcss"
    BINDINGS = [
        Binding("up", "walk(-1)", show=False, priority=True),
        Binding("down", "walk(1)", show=False, priority=True),
        Binding("f10,ctrl+s", "accept", "Mở khóa"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._busy = False

    def compose(self) -> ComposeResult:
        """Centre, officers, PIN."""
        with Vertical(id="lock"):
            yield Label("Máy đang khóa", id="lock-title", markup=False)
            yield Label("", id="lock-centre", markup=False)
            yield RowList(
                [Column("Cán bộ", least=16), Column("Nhiệm vụ", 26)],
                id="lock-officers",
                markable=False,
                show_header=False,
                empty_text="Chưa có cán bộ nào trong danh sách.",
            )
            yield VnInput(ident="lock-pin", password=True, placeholder="Mã PIN", max_length=12)
            yield Static("", id="lock-error", markup=False)
            yield Label("↑ ↓ chọn cán bộ   Enter mở khóa   Ctrl+Q thoát", id="lock-keys", markup=False)

    @property
    def counter_app(self) -> CounterApp:
        """The app, typed."""
        return cast("CounterApp", self.app)

    def on_mount(self) -> None:
        """All officers, the one who worked last under the cursor."""
        desk = self.counter_app.desk
        assert desk is not None
        self.query_one("#lock-centre", Label).update(desk.site.name)
        officers = self.query_one(RowList)
        officers.can_focus = False
        officers.set_rows([self._row(officer) for officer in desk.officers()])
        officers.move_to_key(self.counter_app.officer_id)
        self.query_one(VnInput).focus()

    def _row(self, officer: Officer) -> Row:
        roles = ", ".join(sorted(role.label for role in officer.roles))
        return Row(officer.id, (officer.name, officer.title or roles))

    def on_scanned(self, message: Scanned) -> None:
        """An officer's card chooses the officer; a PIN is still asked for where one is set."""
        message.stop()
        desk = self.counter_app.desk
        card = message.text.split("|")[0]
        found = next((o for o in desk.officers() if o.card and o.card == card), None) if desk else None
        if found is None:
            self._say("Thẻ này không phải thẻ của cán bộ nào trong danh sách.")
            return
        self.query_one(RowList).move_to_key(found.id)
        if not found.pin_hash:
            self.action_accept()

    def action_walk(self, by: int) -> None:
        """Another officer."""
        self.query_one(RowList).action_move(by)
        self._say("")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def action_accept(self) -> None:
        """Check the PIN off the event loop: the hash takes its time on purpose."""
        officer = self.query_one(RowList).cursor_key
        pin = self.query_one(VnInput).value
        if officer is None or self._busy:
            return
        self._busy = True
        self.counter_app.hold_keys()
        self.app.run_worker(lambda: self._check(officer, pin), thread=True, exit_on_error=False, group="lock")

    def _check(self, officer: str, pin: str) -> None:
        """In a thread."""
        app = self.counter_app
        try:
            assert app.desk is not None
            app.desk.sign_in(officer, pin)
            problem = ""
        except Refused as refusal:
            problem = refusal.reason
        except Exception as error:  # noqa: BLE001 - one sentence, whatever went wrong
            problem = app.sentence_for(error)
        app.call_later(self._checked, officer, problem)

    async def _checked(self, officer: str, problem: str) -> None:
        self._busy = False
        try:
            if problem:
                self.query_one(VnInput).value = ""
                self._say(problem)
                self.app.bell()
            else:
                self.counter_app.signed_in(officer)
                self.dismiss(None)
        finally:
            self.counter_app.release_keys()

    def _say(self, text: str) -> None:
        self.query_one("#lock-error", Static).update(text)
