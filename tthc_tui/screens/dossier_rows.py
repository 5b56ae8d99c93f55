"""Dossiers as lines of a virtual list: shared by the dossier list, the monitor and the handover."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tthc_tui.core.link import SendState
from tthc_tui.core.states import CLOSED, State
from tthc_tui.core.views import DossierLine
from tthc_tui.store.errors import StoreError
from tthc_tui.widgets.rowlist import Column, Row, fit

if TYPE_CHECKING:
    from tthc_tui.desk import Desk

SHORT_STATES: Mapping[State, str] = {
    State.REJECTED: "Không tiếp nhận",
    State.SUPPLEMENT: "Yêu cầu bổ sung",
    State.PAYMENT: "Nghĩa vụ tài chính",
    State.WITHDRAWN: "Rút hồ sơ",
}
_PAGE = 200
_DOT = " · "
_SUMMARY = 78  # cells of a line on a terminal of 80 columns

COLUMNS = (
    Column("Mã hồ sơ", 14),
    Column("Người nộp", least=12),
    Column("Thủ tục", least=10),
    Column("Trạng thái", 15),
    Column("Thời gian", 21),
)
WIDE_COLUMNS = (Column("Mã hồ sơ", 24), *COLUMNS[1:], Column("Đang giữ", least=16))
_SEND = {SendState.SENDING: "»", SendState.WAITING: "↑", SendState.ATTENTION: "!"}
"""The state on the way to the backend where there is no room for its words; they stand below the list."""


def columns_for(width: int, *, linked: bool = False) -> tuple[Column, ...]:
    """The columns that a list of `width` cells has room for; `linked` adds where each dossier stands."""
    if not linked:
        return WIDE_COLUMNS if width >= 104 else COLUMNS
    return (*WIDE_COLUMNS, Column("Máy chủ", 9)) if width >= 118 else (Column("", 1), *COLUMNS)


def short_code(line: DossierLine) -> str:
    """The part of a code that tells dossiers of one centre apart: "13-261123-0001"."""
    return line.code.rpartition(".")[2] or line.short_id


def state_words(line: DossierLine) -> str:
    """The official name of the state, the long ones shortened; who has the dossier is another column."""
    return SHORT_STATES.get(line.state, line.state.label)


def colour_of(line: DossierLine, now: datetime) -> str:
    """The row state (a colour only; the words stand in the cells)."""
    if line.state in CLOSED:
        return "dim"
    if line.state is State.DONE:
        return "done"
    if not line.running or line.due_at is None:
        return "normal"
    if line.due_at < now:
        return "overdue"
    return "today" if line.due_at.date() == now.date() else "normal"


def holder_words(desk: Desk, line: DossierLine) -> str:
    """Who has it: the unit and the officer, or where it is on its way to."""
    if line.coming_to:
        return f"đang chuyển đến {desk.site.unit_name(line.coming_to)}"
    officer = desk.site.officer(line.holder_officer)
    unit = desk.site.unit_name(line.holder_unit)
    return f"{unit} ({officer.name})" if officer else unit


def dossier_row(
    desk: Desk,
    line: DossierLine,
    now: datetime,
    *,
    wide: bool = False,
    send: SendState = SendState.NONE,
) -> Row:
    """One dossier as a row; its key is its place in the local file."""
    left = desk.remaining_text(line, now)
    cells = [
        line.code or line.short_id if wide else short_code(line),
        line.applicant,
        desk.procedure_label(line),
        state_words(line),
        left,
    ]
    if wide:
        cells.append(holder_words(desk, line))
    if send is not SendState.NONE:
        cells = [*cells, send.label] if wide else [_SEND.get(send, ""), *cells]
    return Row(str(line.row), tuple(cells), colour_of(line, now))


def summary(
    desk: Desk, line: DossierLine, send: SendState = SendState.NONE, width: int = _SUMMARY
) -> tuple[str, str]:
    """Two lines of `width` cells on the dossier under the cursor: what its row had no room for.

    The promised date and the telephone number are never cut: a long name gives way, the number takes the
    second line.
    """
    code, phone = line.code or line.short_id, [f"ĐT {line.phone}"] if line.phone else []
    due = f"hẹn trả {line.due_at:%H:%M %d/%m/%Y}" if line.due_at else "chưa có ngày hẹn"
    sent = [send.label] if send.label else []
    more = [holder_words(desk, line), f"{line.procedure_code} {line.procedure}"]
    first = _DOT.join([code, line.applicant, *phone, due, *sent])
    if cell_len(first) <= width:
        return first, _cut(_DOT.join(more), width)
    room = width - cell_len(_DOT.join([code, "", due, *sent]))
    name = fit(line.applicant, min(cell_len(line.applicant), max(room, 1)))
    return _DOT.join([code, name, due, *sent]), _cut(_DOT.join([*phone, *more]), width)


def _cut(text: str, width: int) -> str:
    """A line that says where it is cut."""
    return fit(text, min(cell_len(text), width))


class DossierSource:
    """Rows by their places in the file, lines read a page at a time and kept until the data change."""

    def __init__(
        self,
        desk: Desk,
        rows: Sequence[int],
        make: Callable[[DossierLine], Row],
        first: Sequence[DossierLine] = (),
        sends: Mapping[str, SendState] | None = None,
    ) -> None:
        """`first` are lines that were already read (any of `rows`), `sends` their states on the way to the
        backend where those are shown."""
        self.desk = desk
        self.rows = rows if isinstance(rows, array) else array("q", rows)
        self._make = make
        self._lines: dict[int, DossierLine] = {line.row: line for line in first}
        self._sends = None if sends is None else dict(sends)

    @property
    def count(self) -> int:
        """How many dossiers."""
        return len(self.rows)

    def fetch(self, start: int, n: int) -> Sequence[Row]:
        """The rows from `start` on; one that vanished meanwhile says so."""
        wanted = self.rows[start : start + n]
        found = self.lines(wanted)
        return [self._make(found[row]) if row in found else _gone(row) for row in wanted]

    def index_of(self, key: str) -> int | None:
        """The place of a dossier, None where it is no longer in the list."""
        try:
            return self.rows.index(int(key))
        except ValueError:
            return None

    def line(self, key: str) -> DossierLine | None:
        """The dossier of a row."""
        return self.lines([int(key)]).get(int(key)) if key.isdigit() else None

    def lines(self, rows: Sequence[int]) -> dict[int, DossierLine]:
        """The dossiers of these rows; trouble with the file leaves them out."""
        missing = [row for row in rows if row not in self._lines]
        for start in range(0, len(missing), _PAGE):
            try:
                read = self.desk.lines(missing[start : start + _PAGE])
                if self._sends is not None:
                    self._sends.update(self.desk.send_states([line.id for line in read]))
            except StoreError:
                break
            self._lines.update((line.row, line) for line in read)
        return {row: self._lines[row] for row in rows if row in self._lines}

    def send(self, line: DossierLine) -> SendState:
        """Where a dossier that was read stands on its way to the backend; NONE where that is not shown."""
        return (self._sends or {}).get(line.id, SendState.NONE)


def _gone(row: int) -> Row:
    return Row(str(row), ("…", "không đọc được hồ sơ này", "", "", ""), "dim")
