"""Questions that several screens ask: a procedure of the catalogue, an instant, a sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Label

from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.deadline import end_of_today
from tthc_tui.core.moments import parse_moment
from tthc_tui.screens.procedure_view import SEARCH_COLUMNS, SUGGESTION, hit_rows
from tthc_tui.widgets.dialogs import Dialog
from tthc_tui.widgets.fields import LookupBox
from tthc_tui.widgets.vietnamese import clean

if TYPE_CHECKING:
    from tthc_tui.core.calendar import WorkCalendar
    from tthc_tui.screens.base import CounterScreen


class PickProcedure(Dialog[str | None]):
    """Choose a procedure by name, initials or code, searched as at the look-up screen. Esc gives None."""

    DEFAULT_CSS = "PickProcedure > .dialog { width: 100; & RowList { overflow-x: hidden; } }"
    BINDINGS = [
        Binding("f10,ctrl+s", "accept", "Chọn", id="dialog.accept"),
        Binding("escape", "cancel", "Bỏ qua", id="dialog.cancel"),
    ]

    def __init__(self, title: str, screen: CounterScreen, text: str = "") -> None:
        """`screen` does the searching; `text` stands in the box at first."""
        super().__init__()
        self._title, self._from, self._text = clean(title), screen, text
        self.box = LookupBox(
            SEARCH_COLUMNS, placeholder="Thủ tục: tên, chữ viết tắt hoặc mã", ident="dialog-procedure"
        )

    def compose(self) -> ComposeResult:
        """Title, box with its results, keys."""
        with Vertical(classes="dialog -tall"):
            yield Label(self._title, classes="dialog-title", markup=False)
            yield self.box
            yield Label("Enter Chọn   Esc Bỏ qua", classes="dialog-keys", markup=False)

    def on_mount(self) -> None:
        """The likeliest first."""
        self.box.field.value = self._text
        self.box.field.focus()
        self._search(self._text)

    @on(LookupBox.Query)
    def _asked(self, message: LookupBox.Query) -> None:
        message.stop()
        self._search(message.text)

    def _search(self, text: str) -> None:
        def show(result: Any) -> None:
            if self.is_attached:
                self.box.show_results(text, hit_rows(result))

        self._from.work(lambda desk: desk.search(text, limit=60), show, group="pick-procedure")

    @on(LookupBox.Chosen)
    def _chosen(self, message: LookupBox.Chosen) -> None:
        message.stop()
        if message.row is None:
            return
        if message.row.key == SUGGESTION:
            self.box.field.value = message.row.cells[1].partition(": ")[2]
        else:
            self.dismiss(message.row.key)

    def action_accept(self) -> None:
        """The row under the cursor."""
        key = self.box.results.cursor_key
        if key is not None and key != SUGGESTION:
            self.dismiss(key)

    def action_cancel(self) -> None:
        """None chosen."""
        self.dismiss(None)


def moment_or_none(text: str) -> datetime | None:
    """A typed instant, None for an empty text; Refused where it is none."""
    return parse_moment(text) if text.strip() else None


def day_end(text: str, calendar: WorkCalendar) -> datetime | None:
    """A typed instant at which something ends: a day without an hour means the end of its office hours."""
    at = moment_or_none(text)
    if at is None or ":" in text:
        return at
    day = calendar.local_day(at)
    return calendar.close_of(day) if calendar.is_working_day(day) else end_of_today(calendar, at)


def promised(text: str, calendar: WorkCalendar) -> datetime | None:
    """The same for a date that is promised to somebody: Refused where the office is closed that day."""
    at = day_end(text, calendar)
    day = calendar.local_day(at) if at is not None else None
    if day is not None and not calendar.is_working_day(day):
        raise Refused(
            f"Ngày {day:%d/%m/%Y} là ngày nghỉ ({calendar.why_off(day)}): hãy hẹn vào ngày làm việc.", "day"
        )
    return at


def wrong_moments(
    *names: str, read: Callable[[str], datetime | None] = moment_or_none
) -> Callable[[Mapping[str, str]], str]:
    """A check of a form: the sentence against the first of these answers that `read` refuses."""

    def check(answers: Mapping[str, str]) -> str:
        for name in names:
            try:
                read(answers[name])
            except Refused as refusal:
                return refusal.reason
        return ""

    return check


def say_typed(at: datetime) -> str:
    """An instant as `parse_moment` reads it back: 16:30 24/11/2026."""
    return f"{vietnam_time(at):%H:%M %d/%m/%Y}"


def sum_of(text: str) -> int:
    """Whole đồng as typed in a numeric field; an empty one is 0."""
    digits = "".join(letter for letter in text if letter.isdigit())
    return int(digits) if digits else 0
