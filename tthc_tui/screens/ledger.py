"""Vì sao hẹn ngày đó: every stretch that was counted or left out, with the rule behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from tthc_tui.core.duration import say_moment

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.core.ledger import ExplainLine
    from tthc_tui.desk import Desk


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

    def __init__(self, lines: Sequence[str]) -> None:
        """`lines` are the words of `dossier_ledger`."""
        super().__init__()
        self._lines = tuple(lines)

    def compose(self) -> ComposeResult:
        """Title, lines, keys."""
        with Vertical(id="ledger"):
            yield Label("Cách tính ngày hẹn trả", classes="ledger-title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static("\n".join(self._lines), id="ledger-lines", markup=False)
            yield Label("↑ ↓ cuộn   Esc Đóng", classes="ledger-keys", markup=False)

    def on_resize(self) -> None:
        """What does not fit is scrolled: title, keys and border keep their lines."""
        self.query_one(VerticalScroll).styles.max_height = max(3, self.app.size.height * 9 // 10 - 4)

    def action_close(self) -> None:
        """Back to the dossier."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Move through a long ledger."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def dossier_ledger(desk: Desk, dossier: Dossier) -> list[str]:
    """Why a dossier is promised for its date, in words; runs in a thread."""
    deadline = None if dossier.fixed_due is not None else desk.explain(dossier.id)
    return list(ledger_lines(desk.promise(dossier.id), deadline and deadline.due_at, dossier.due_at))


def ledger_lines(
    lines: Sequence[ExplainLine], counted: datetime | None, promised: datetime | None
) -> Iterable[str]:
    """The ledger in words; where the calendar of today counts to another date, that the promise stands."""
    if not lines:
        yield "Thủ tục này chưa công bố thời hạn, hoặc hồ sơ chưa được tiếp nhận: không có ngày hẹn để giải thích."
        return
    for line in lines:
        yield f"• {line.text}"
        if line.rule:
            yield f"    {line.rule}"
    if promised is not None and counted is not None and counted != promised:
        yield ""
        yield f"Theo lịch làm việc hiện nay kết quả là {say_moment(counted)}."
        yield f"Ngày đã hẹn giữ nguyên: {say_moment(promised)}."
