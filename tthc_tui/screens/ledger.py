"""Vì sao hẹn ngày đó: every stretch that was counted or left out, with the rule behind it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from tthc_tui.core.duration import say_moment

if TYPE_CHECKING:
    from tthc_tui.core.deadline import Deadline


class LedgerScreen(ModalScreen[None]):
    """The ledger of a deadline. Arrows scroll, Esc closes."""

    CSS_PATH = "ledger.tcss"
    BINDINGS = [
        Binding("escape,enter,d,f10", "close", "Đóng", id="ledger.close"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, deadline: Deadline | None, promised: datetime | None) -> None:
        """`promised` is the date on the receipt; it stands even where the calendar now gives another."""
        super().__init__()
        self._lines = tuple(ledger_lines(deadline, promised))

    def compose(self) -> ComposeResult:
        """Title, lines, keys."""
        with Vertical(id="ledger"):
            yield Label("Cách tính ngày hẹn trả", classes="ledger-title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static("\n".join(self._lines), id="ledger-lines", markup=False)
            yield Label("↑ ↓ cuộn   Esc Đóng", classes="ledger-keys", markup=False)

    def action_close(self) -> None:
        """Back to the dossier."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Move through a long ledger."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def ledger_lines(deadline: Deadline | None, promised: datetime | None) -> Iterable[str]:
    """The ledger in words, and what is promised where that differs."""
    if deadline is None:
        yield "Thủ tục này chưa công bố thời hạn, hoặc hồ sơ chưa được tiếp nhận: không có ngày hẹn để giải thích."
        return
    for line in deadline.lines:
        yield f"• {line.text}"
        if line.rule:
            yield f"    {line.rule}"
    if promised is not None and deadline.due_at is not None and deadline.due_at != promised:
        yield ""
        yield f"Theo lịch làm việc hiện nay kết quả là {say_moment(deadline.due_at)}."
        yield f"Ngày đã hẹn giữ nguyên: {say_moment(promised)}."
