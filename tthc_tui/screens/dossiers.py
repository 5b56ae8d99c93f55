"""Hồ sơ (F3): one box finds a dossier by whatever the citizen can tell; bulk actions on marked rows."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from tthc_tui.core.link import SendState
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierLine, DossierQuery
from tthc_tui.screens.base import CounterScreen, DataChanged, Ticked
from tthc_tui.screens.dossier_rows import (
    COLUMNS,
    WIDE_COLUMNS,
    DossierSource,
    columns_for,
    dossier_row,
    summary,
)
from tthc_tui.widgets.dialogs import Pick
from tthc_tui.widgets.fields import Choice, LabeledField
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import Row, RowList

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

_STATES = (("", "Tất cả"), ("open", "Đang giải quyết"), *((str(int(s)), s.label) for s in State))
_PERIODS = (
    ("", "Mọi lúc"),
    ("0", "Hôm nay"),
    ("6", "7 ngày qua"),
    ("29", "30 ngày qua"),
    ("year", "Năm nay"),
)
Found = tuple["array[int]", Sequence[DossierLine], Mapping[str, SendState]]
"""The places of what was found, some of its lines, where those stand on their way to the backend."""


class DossiersScreen(CounterScreen):
    """Find dossiers, filter, mark, act on many."""

    TITLE_VI = "Hồ sơ"
    HELP_VI = (
        "Gõ mã hồ sơ, số tra cứu nhanh, họ tên (không cần dấu), số điện thoại hoặc số định danh; Enter mở hồ sơ. "
        "Mất giấy hẹn: tìm theo tên, điện thoại hoặc số định danh rồi nhấn F5. Tab tới các ô lọc và danh sách. "
        "Trong danh sách: Space đánh dấu, F6 chuyển các hồ sơ đã đánh dấu, F10 nhận bàn giao, / về ô tìm."
    )
    BAR = ("help", "returning", "handover", "finish", "undo", "monitor", "back")
    CSS_PATH = ["base.tcss", "dossiers.tcss"]
    BINDINGS = [
        Binding("f5", "give", "Trả kết quả", id="returning", tooltip="Trả kết quả hồ sơ đang chọn"),
        Binding("f6", "forward", "Chuyển", id="handover", tooltip="Chuyển các hồ sơ đã đánh dấu"),
        Binding(
            "f10,ctrl+s",
            "accept",
            "Nhận bàn giao",
            id="finish",
            key_display="F10",
            tooltip="Nhận các hồ sơ đã đánh dấu",
        ),
        Binding(
            "ctrl+z,u",
            "undo",
            "Hoàn tác",
            id="undo",
            key_display="Ctrl+Z",
            tooltip="Hoàn tác lần chuyển hoặc nhận vừa rồi",
        ),
        Binding("slash", "search", "Tìm", id="dossiers.search", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._source: DossierSource | None = None
        self._limit_reached = False
        self._linked = False  # a backend is set up: each row says where its dossier stands
        self._done: tuple[str, ...] = ()  # what the last bulk action touched

    def compose_body(self) -> Iterable[Widget]:
        """Box, filters, list, the dossier under the cursor."""
        yield LabeledField(
            "Tìm hồ sơ", VnInput(placeholder="mã, họ tên, điện thoại, số định danh", ident="find")
        )
        with Horizontal(classes="filters"):
            yield Label("Trạng thái")
            yield Choice(_STATES, ident="filter-state")
            yield Label("Đơn vị giữ")
            yield Choice([("", "Tất cả")], ident="filter-unit")
        with Horizontal(classes="filters"):
            yield Label("Lĩnh vực")
            yield Choice([("", "Tất cả")], ident="filter-field")
            yield Label("Nhận")
            yield Choice(_PERIODS, ident="filter-period")
        yield RowList(COLUMNS, id="dossier-list", empty_text="Không có hồ sơ nào khớp: hãy gõ ít chữ hơn.")
        yield Static("", id="dossier-count", markup=False)
        yield Static("", id="summary-code", classes="summary", markup=False)
        yield Static("", id="summary-more", classes="summary", markup=False)

    def on_mount(self) -> None:
        """Everything, newest first, until something is typed."""
        self.query_one("#find", VnInput).focus()
        self.work(_filter_options, self._offer, group="filters")
        self._find()

    def on_resize(self) -> None:
        """Small terminals keep the box and the list."""
        self.set_class(self.app.size.height < 16, "-short")
        self._fit_columns()

    def enter(self, **wanted: Any) -> None:
        """`text` is looked for at once; `state`, `unit`, `field` set the filters."""
        for name in ("state", "unit", "field", "period"):
            if name in wanted:
                self.query_one(f"#filter-{name}", Choice).value = str(wanted[name])
        if "text" in wanted:
            self.query_one("#find", VnInput).value = str(wanted["text"])
        find = self.query_one("#find", VnInput)
        find.focus()
        find.select_all()  # the next citizen's name takes the place of the last one's

    # -- reading ------------------------------------------------------------------------------------

    @property
    def table(self) -> RowList:
        """The list."""
        return self.query_one("#dossier-list", RowList)

    def query_now(self) -> DossierQuery:
        """What box and filters ask for."""
        value = {name: self.query_one(f"#filter-{name}", Choice).value for name in ("state", "unit", "field")}
        state = value["state"]
        return DossierQuery(
            text=self.query_one("#find", VnInput).text,
            states=frozenset({State(int(state))}) if state.isdigit() else frozenset(),
            open_only=state == "open",
            unit=value["unit"],
            field=value["field"],
            received_from=_since(self.query_one("#filter-period", Choice).value, self.now),
        )

    def _find(self, *, keep: bool = False, then_open: bool = False) -> None:
        query, near = self.query_now(), self.table.cursor if keep else 0

        def job(desk: Desk) -> Found:
            rows = desk.find(query)
            start = max(min(near, len(rows)) - 60, 0)
            lines = desk.lines(rows[start : start + 120])
            return rows, lines, desk.send_states([line.id for line in lines])

        def show(found: Found) -> None:
            self._limit_reached = len(found[0]) >= query.limit
            self._show(*found, keep=keep)
            if then_open:
                self._after_search()

        self.work(job, show, group="find", hold=then_open)

    def _show(
        self,
        rows: array[int],
        lines: Sequence[DossierLine],
        sends: Mapping[str, SendState],
        *,
        keep: bool,
    ) -> None:
        assert self.desk is not None
        if sends:
            self._linked = any(state is not SendState.NONE for state in sends.values())
        self._source = DossierSource(self.desk, rows, self._row, lines, sends if self._linked else None)
        self._fit_columns()
        if keep:
            self.table.marks &= {str(row) for row in rows} if self.table.marks else set()
        self.table.set_source(self._source, keep=keep)
        self._count()
        self._summarise(self.table.cursor_row)

    def _row(self, line: DossierLine) -> Row:
        assert self.desk is not None
        wide = self.table.columns[0].width == WIDE_COLUMNS[0].width
        send = self._source.send(line) if self._source is not None else SendState.NONE
        return dossier_row(self.desk, line, self.now, wide=wide, send=send)

    def _fit_columns(self) -> None:
        columns = columns_for(self.table.size.width, linked=self._linked)
        if columns != self.table.columns:
            self.table.set_columns(columns)
            if self._source is not None:
                self.table.refresh_rows()

    def _count(self) -> None:
        count, marked = self.table.count, len(self.table.marks)
        most = " mới nhất: hãy gõ thêm hoặc lọc để thu hẹp" if self._limit_reached else ""
        marks = f" · đã đánh dấu {marked}: F6 chuyển, F10 nhận bàn giao" if marked else ""
        words = (
            f"{count:,} hồ sơ{most}{marks}".replace(",", ".", 1) if count >= 1000 else f"{count} hồ sơ{marks}"
        )
        self.query_one("#dossier-count", Static).update(words)

    def _summarise(self, row: Row | None) -> None:
        line = self._source.line(row.key) if row and self._source else None
        source = self._source
        width = self.query_one("#summary-code", Static).content_size.width
        words = summary(source.desk, line, source.send(line), width) if line and source else ("", "")
        self.query_one("#summary-code", Static).update(words[0])
        self.query_one("#summary-more", Static).update(words[1])

    def _offer(self, options: tuple[list[tuple[str, str]], list[tuple[str, str]]]) -> None:
        units, fields = options
        self.query_one("#filter-unit", Choice).set_options([("", "Tất cả"), *units])
        self.query_one("#filter-field", Choice).set_options([("", "Tất cả"), *fields])

    def on_data_changed(self, message: DataChanged | None = None) -> None:
        """The same question again; cursor and marks stay on their dossiers."""
        if self._source is not None:
            self._find(keep=True)

    def on_ticked(self, message: Ticked) -> None:
        """What is left ticks."""
        if self._source is not None:
            self.table.refresh_rows()

    # -- moving about -------------------------------------------------------------------------------

    @on(Input.Changed, "#find")
    def _typed(self) -> None:
        self._find()

    @on(Choice.Changed)
    def _filtered(self) -> None:
        self._find()

    @on(Input.Submitted, "#find")
    def _entered(self) -> None:
        self._find(then_open=True)

    def _after_search(self) -> None:
        if self.table.count == 1:
            self._open(0)
        elif self.table.count:
            self.table.focus()
        else:
            self.say("Không tìm thấy hồ sơ nào: hãy thử họ tên, số điện thoại hoặc số định danh.", error=True)

    @on(RowList.Highlighted)
    def _moved(self, message: RowList.Highlighted) -> None:
        self._summarise(message.row)

    @on(RowList.Marked)
    def _marked(self) -> None:
        self._count()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        self._open(self.table.cursor)

    def _open(self, at: int) -> None:
        row = self.table.row(at)
        line = self._source.line(row.key) if row and self._source else None
        if line is not None and self._source is not None:
            self.counter_app.open_screen("detail", dossier=line.id, rows=self._source.rows, at=at)

    def action_search(self) -> None:
        """Back to the box."""
        self.query_one("#find", VnInput).focus()

    # -- acting -------------------------------------------------------------------------------------

    def _chosen(self) -> list[str]:
        """The identities of the marked dossiers, or of the one under the cursor."""
        if self._source is None:
            return []
        lines = self._source.lines([int(key) for key in self.table.chosen()])
        return [line.id for line in lines.values()]

    def action_give(self) -> None:
        """F5: return the result of the dossier under the cursor."""
        row = self.table.cursor_row
        line = self._source.line(row.key) if row and self._source else None
        if line is None:
            self.counter_app.open_screen("returning")
        else:
            self.counter_app.open_screen("returning", dossier=line.id)

    def action_forward(self) -> None:
        """F6: one slip for all that is marked; the unit that handles most of them is offered first."""
        ids = self._chosen()
        if not ids:
            self.say("Chưa có hồ sơ nào để chuyển: hãy tìm rồi đánh dấu bằng Space.", error=True)
            return
        self.work(lambda desk: _target(desk, ids), lambda unit: self._ask_unit(ids, unit), group="target")

    def _ask_unit(self, ids: list[str], unit: str) -> None:
        assert self.desk is not None
        options = [(item.id, item.name) for item in self.desk.units()]

        def chosen(to_unit: str | None) -> None:
            if to_unit is not None:
                self._forward(ids, to_unit)

        self.app.push_screen(Pick(f"Chuyển {len(ids)} hồ sơ đến đơn vị", options, value=unit), chosen)

    def _forward(self, ids: list[str], to_unit: str) -> None:
        def job(desk: Desk) -> tuple[str, list[Dossier]]:
            return desk.forward_stack(ids, to_unit)

        def done(result: tuple[str, list[Dossier]]) -> None:
            slip, dossiers = result
            assert self.desk is not None
            name = self.desk.site.unit_name(to_unit)
            self._acted([str(one.id) for one in dossiers])
            self.say(
                f"Đã chuyển {len(dossiers)} hồ sơ đến {name}, phiếu {slip}. In phiếu ở chi tiết hồ sơ (F7); u hoàn tác.",
                severity="ok",
            )

        self.work(job, done, group="bulk", write=True)

    def action_accept(self) -> None:
        """F10: confirm that the marked dossiers arrived at this officer's unit."""
        ids = self._chosen()
        if not ids:
            self.say("Chưa có hồ sơ nào để nhận: hãy tìm rồi đánh dấu bằng Space.", error=True)
            return

        def done(dossiers: list[Dossier]) -> None:
            self._acted([str(one.id) for one in dossiers])
            self.say(f"Đã nhận bàn giao {len(dossiers)} hồ sơ. u hoàn tác.", severity="ok")

        self.work(lambda desk: desk.accept_handover(ids), done, group="bulk", write=True)

    def _acted(self, ids: Sequence[str]) -> None:
        self._done = tuple(ids)
        self.table.clear_marks()
        self._find(keep=True)

    def action_undo(self) -> None:
        """Take the last bulk action back."""
        if not self._done:
            self.say("Chưa có lần chuyển hoặc nhận nào ở màn hình này để hoàn tác.", error=True)
            return
        ids = self._done

        def done(dossiers: list[Dossier]) -> None:
            self._acted(())
            self.say(f"Đã hoàn tác {len(dossiers)} hồ sơ.", severity="ok")

        self.work(lambda desk: desk.undo_all(ids), done, group="bulk", write=True)


def _since(period: str, now: datetime) -> datetime | None:
    """From when on a dossier must have been received."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "year":
        return midnight.replace(month=1, day=1)
    return midnight - timedelta(days=int(period)) if period else None


def _filter_options(desk: Desk) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The units and fields to filter by; runs in a thread."""
    today = desk.now.date()  # those that are no more come last: their old dossiers are looked for, too
    units = sorted(desk.site.units, key=lambda unit: not unit.holds(today))
    return [(unit.id, unit.name) for unit in units], [(name, name) for name in desk.field_names() if name]


def _target(desk: Desk, ids: Sequence[str]) -> str:
    """The unit that handles most of these dossiers; runs in a thread."""
    units = Counter(desk.dossier(one).handling_unit for one in ids[:50])
    return units.most_common(1)[0][0] if units else ""
