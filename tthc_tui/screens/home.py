"""Bàn làm việc: what waits for this officer; every verb is one key from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import events, on
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Static

from tthc_tui.core.states import State
from tthc_tui.core.views import DossierLine, DossierQuery, DueQuery, Overview
from tthc_tui.screens.base import CounterScreen, DataChanged, Ticked
from tthc_tui.screens.dossier_rows import SHORT_STATES, state_words
from tthc_tui.widgets.rowlist import Column, Row, RowList
from tthc_tui.widgets.status import in_lines

if TYPE_CHECKING:
    from tthc_tui.desk import Desk

_DUE_ROWS = 60
_RECENT_ROWS = 20
_WAITING_STATES = (State.NEW, State.ACCEPTED, State.PROCESSING, State.SUPPLEMENT, State.PAYMENT, State.DONE)
_SHORTEST_STATES = {**SHORT_STATES, State.SUPPLEMENT: "Bổ sung"}
_STATE_LINES = 2
_BUCKETS = {"overdue": "overdue", "today": "today", "risk": "risk"}


@dataclass(frozen=True)
class HomeData:
    """Everything home shows, read at one moment."""

    overview: Overview
    due: tuple[Row, ...]
    recent: tuple[Row, ...]
    reminded: int = 0  # dossiers this officer was urged about


class HomeList(RowList, inherit_bindings=False):
    """A list moved by arrows alone: on home a letter begins a look-up."""

    BINDINGS = [
        replace(one, key=",".join(key for key in one.key.split(",") if len(key) > 1))
        for one in RowList.BINDINGS
        if isinstance(one, Binding)
    ]


class HomeScreen(CounterScreen):
    """Counts, the most pressing dossiers, the last receipts. A letter begins a look-up."""

    TITLE_VI = "Bàn làm việc"
    HELP_VI = (
        "Bàn làm việc cho biết hồ sơ nào đang chờ. Gõ chữ là tra cứu thủ tục ngay. Mỗi việc là một phím: "
        "F2 tra cứu thủ tục, F3 tìm hồ sơ, F4 tiếp nhận, F5 trả kết quả, F6 bàn giao, F8 giám sát quá hạn. Quét mã ở đâu cũng được: mã hồ sơ "
        "mở hồ sơ, thẻ căn cước mở phiếu tiếp nhận, mã thủ tục mở thủ tục. Enter mở hồ sơ đang chọn. "
        "Ctrl+A cảnh báo, Ctrl+T ca làm việc, Ctrl+N tin nhắn, Ctrl+U bưu chính, Ctrl+F phản ánh, Ctrl+R sổ theo dõi."
    )
    BAR = ("help", "lookup", "dossiers", "intake", "returning", "handover", "monitor", "repeat")
    CSS_PATH = ["base.tcss", "home.tcss"]
    BINDINGS = [
        Binding("ctrl+a", "app.go('alerts')", "Cảnh báo", id="home.alerts", show=False, tooltip="Cảnh báo"),
        Binding(
            "ctrl+t", "app.go('shift')", "Ca làm việc", id="home.shift", show=False, tooltip="Ca làm việc"
        ),
        Binding("ctrl+n", "app.go('outbox')", "Tin nhắn", id="home.outbox", show=False, tooltip="Tin nhắn"),
        Binding("ctrl+u", "app.go('post')", "Bưu chính", id="home.post", show=False, tooltip="Bưu chính"),
        Binding(
            "ctrl+f", "app.go('feedback')", "Phản ánh", id="home.feedback", show=False, tooltip="Phản ánh"
        ),
        Binding(
            "ctrl+r",
            "app.go('register')",
            "Sổ theo dõi",
            id="home.register",
            show=False,
            tooltip="Sổ theo dõi",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._minute = ""
        self._states: Mapping[State, int] = {}

    def compose_body(self) -> Iterable[Widget]:
        """Two lines of counts, two lists."""
        yield Static("", id="home-today", markup=False)
        yield Static("", id="home-states", markup=False)
        yield Static("Cần làm trước", classes="home-head", markup=False)
        yield HomeList(
            [
                Column("Còn lại", 21),
                Column("Mã hồ sơ", 24),
                Column("Người nộp", least=14),
                Column("Thủ tục", least=12),
            ],
            id="home-due",
            markable=False,
            empty_text="Không có hồ sơ quá hạn, đến hạn hôm nay hoặc sắp trễ.",
        )
        yield Static("Mới tiếp nhận", classes="home-head", markup=False)
        yield HomeList(
            [
                Column("Nhận lúc", 11),
                Column("Mã hồ sơ", 24),
                Column("Người nộp", least=14),
                Column("Trạng thái", 18),
            ],
            id="home-recent",
            markable=False,
            show_header=False,
            empty_text="Chưa tiếp nhận hồ sơ nào. Nhấn F4 để tiếp nhận.",
        )

    def on_mount(self) -> None:
        """Read as soon as there is something to read from."""
        self.query_one("#home-due", RowList).focus()
        self._read()

    def on_key(self, event: events.Key) -> None:
        """A small letter begins a look-up; digits and capitals may be the beginning of a scan."""
        letter = event.character or ""
        if not (letter.isalpha() and letter.islower()) or event.key in self.active_bindings:
            return
        event.stop()
        self.counter_app.open_screen("lookup", typed=letter)

    def on_data_changed(self, message: DataChanged) -> None:
        """Read everything again."""
        self._read()

    def on_ticked(self, message: Ticked) -> None:
        """What is left changes by the minute."""
        minute = f"{message.now:%d %H:%M}"
        if minute != self._minute and self.desk is not None:
            self._minute = minute
            self._read()

    def data_unusable(self, sentence: str) -> None:
        """The sentence stays where the counts would be; the lists do not claim that nothing waits."""
        self.query_one("#home-today", Static).update(sentence)
        for table in self.query(RowList):
            table.empty_text = "Chưa đọc được dữ liệu."
            table.set_rows(())

    def _read(self) -> None:
        self.work(read_home, self._show, group="home")

    def _show(self, data: HomeData) -> None:
        overview = data.overview
        today = [
            f"Hôm nay: tiếp nhận {overview.received_today}",
            f"đã trả {overview.returned_today}",
            f"chờ nhận bàn giao {overview.coming}",
            *([f"ĐƯỢC ĐÔN ĐỐC {data.reminded} (Ctrl+A)"] if data.reminded else []),
        ]
        self.query_one("#home-today", Static).update(" · ".join(today))
        self._states = overview.states
        self._tell_states()
        self.query_one("#home-due", RowList).set_rows(data.due)
        recent = self.query_one("#home-recent", RowList)
        recent.set_rows(data.recent)
        if not recent.has_focus:
            recent.move_to(0)  # the dossier received last is the one looked for

    def _tell_states(self) -> None:
        """The counts by state in two lines, none apart from its name; the official names where they fit."""
        shown = self.query_one("#home-states", Static)
        width = max(shown.content_size.width, 1)
        lines: list[str] = []
        for names in ({}, SHORT_STATES, _SHORTEST_STATES):
            counts = [f"{names.get(s, s.label)} {self._states.get(s, 0)}" for s in _WAITING_STATES]
            lines = in_lines(counts, width)
            if len(lines) <= _STATE_LINES:
                break
        shown.update("\n".join(lines))

    def on_resize(self) -> None:
        """Another width divides the counts otherwise."""
        if self._states:
            self.call_after_refresh(self._tell_states)

    @on(RowList.Opened)
    def _open(self, message: RowList.Opened) -> None:
        message.stop()
        self.counter_app.open_screen("detail", dossier=message.row.key)


def read_home(desk: Desk) -> HomeData:
    """Everything home shows; runs in a thread."""
    from tthc_tui.core.clocks import ClockKind  # of the rules: not before the first screen

    due = []
    for bucket, state in _BUCKETS.items():
        lines = desk.pressing(DueQuery(bucket), _DUE_ROWS - len(due))
        due += [_due_row(desk, line, state) for line in lines]
    recent = desk.lines(desk.find(DossierQuery(limit=_RECENT_ROWS)))
    reminded = len(desk.alerts([ClockKind.REMINDED], unit=desk.officer.unit, officer=desk.officer.id))
    return HomeData(desk.overview(), tuple(due), tuple(_recent_row(line) for line in recent), reminded)


def _due_row(desk: Desk, line: DossierLine, state: str) -> Row:
    cells = (
        desk.remaining_text(line),
        line.code or line.short_id,
        line.applicant,
        desk.procedure_label(line),
    )
    return Row(line.id, cells, state)


def _recent_row(line: DossierLine) -> Row:
    at = f"{line.received_at:%H:%M %d/%m}" if line.received_at else "chưa nhận"
    return Row(line.id, (at, line.code or line.short_id, line.applicant, state_words(line)))
