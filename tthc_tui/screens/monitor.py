"""Giám sát quá hạn (F8): live from the local file; grouped, drilled into, on the wall, exported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Digits, Label, Static

from tthc_tui.core.views import DossierLine, DueCounts
from tthc_tui.desk.monitoring import MonitorView
from tthc_tui.screens.base import CounterScreen, DataChanged, Ticked
from tthc_tui.screens.dossier_rows import COLUMNS, DossierSource, columns_for, dossier_row, summary
from tthc_tui.screens.monitor_view import (
    BUCKETS,
    GROUP_COLUMNS,
    GROUPS,
    READ_AGAIN_SECONDS,
    Asked,
    age_seconds,
    age_words,
    exported,
    group_row,
    grouped_number,
    wanted_group,
)
from tthc_tui.widgets.rowlist import Column, ListSource, Row, RowList

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

_WALL_PAGE_SECONDS = 15
_EXPORT_FOLDER = "xuat"


class MonitorList(RowList):
    """The list of the monitor: `g` groups here, and on the wall no cursor is shown."""

    BINDINGS = [Binding("g", "screen.group", show=False)]
    quiet = False

    def _strip(self, cells: Sequence[str], gutter: str, style: Style, width: int) -> Strip:
        return super()._strip(cells, "  " if self.quiet else gutter, style, width)

    def _style(self, name: str) -> Style:
        return Style.null() if self.quiet and name.startswith("cursor") else super()._style(name)


class MonitorScreen(CounterScreen):
    """What is late and what will be, every second."""

    TITLE_VI = "Giám sát quá hạn"
    HELP_VI = (
        "Tab hoặc phím 1–4 đổi nhóm Quá hạn, Hôm nay, Sắp trễ, Tất cả. g (Ctrl+G) gom theo đơn vị, cán bộ, lĩnh vực, "
        "thủ tục; Enter mở nhóm rồi mở hồ sơ, Esc lùi lại. f (Ctrl+F) chỉ hiện nhóm có hồ sơ trễ hoặc sắp trễ. "
        "5 (Ctrl+A) các cảnh báo khác: chuyển chậm, quá hạn bước, cần xin lỗi… x (Ctrl+X) xin lỗi, hẹn lại. "
        "r (Ctrl+R) ghi đôn đốc, w (Ctrl+W) chế độ màn hình lớn, e (Ctrl+E) xuất CSV."
    )
    BAR = (
        "help",
        "monitor.group",
        "monitor.faults",
        "monitor.remind",
        "monitor.extend",
        "monitor.wall",
        "monitor.export",
        "back",
    )
    SHOWS_OVERDUE = False
    CSS_PATH = ["base.tcss", "monitor.tcss"]
    BINDINGS = [
        Binding("tab", "bucket(1)", "Nhóm hạn", id="monitor.bucket", show=False),
        Binding("shift+tab", "bucket(-1)", show=False),
        *(Binding(str(at), f"show_bucket({at})", show=False) for at in range(1, 5)),
        Binding(
            "5,ctrl+a",
            "alerts",
            "Cảnh báo",
            id="monitor.alerts",
            show=False,
            tooltip="Chuyển chậm, quá hạn bước…",
        ),
        Binding(
            "ctrl+x,x",
            "extend",
            "Hẹn lại",
            id="monitor.extend",
            key_display="x",
            tooltip="Xin lỗi và hẹn lại",
        ),
        Binding("f8", "group", "Gom theo", id="monitor", show=False),
        Binding(
            "ctrl+g,g",
            "group",
            "Gom",
            id="monitor.group",
            key_display="g",
            tooltip="Gom theo đơn vị, cán bộ…",
        ),
        Binding("ctrl+f,f", "faults", "Chỉ trễ", id="monitor.faults", key_display="f"),
        Binding("ctrl+r,r", "remind", "Đôn đốc", id="monitor.remind", key_display="r"),
        Binding("ctrl+w,w", "wall", "Màn hình lớn", id="monitor.wall", key_display="w"),
        Binding("ctrl+e,e", "export", "Xuất CSV", id="monitor.export", key_display="e"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._asked_for = Asked()
        self._view: MonitorView | None = None
        self._source: DossierSource | None = None
        self._names: dict[tuple[str, str], str] = {}
        self._shown_due: DueCounts | None = None
        self._alerts = 0

    def compose_body(self) -> Iterable[Widget]:
        """Figures for the wall, buckets, list, the dossier under the cursor."""
        with Horizontal(id="wall"):
            for bucket, title in BUCKETS[:3]:
                with Vertical(id=f"wall-{bucket}", classes="wall-figure"):
                    yield Label(title.upper())
                    yield Digits("0", id=f"figure-{bucket}")
        yield Static("", id="buckets", markup=False)
        yield Static("", id="monitor-about", markup=False)
        yield MonitorList(COLUMNS, id="monitor-list", markable=False, empty_text="Không có hồ sơ nào.")
        yield Static("", id="monitor-summary", markup=False)

    def on_mount(self) -> None:
        """Overdue dossiers first."""
        self.table.focus()
        self._read()

    def on_resize(self) -> None:
        """Small terminals keep the buckets and the list."""
        self.set_class(self.app.size.height < 12, "-short")
        self._fit_columns()

    def enter(self, **wanted: Any) -> None:
        """`bucket` is overdue, today, risk or all."""
        if "bucket" in wanted:
            self._ask(bucket=str(wanted["bucket"]))
        self.table.focus()

    @property
    def table(self) -> MonitorList:
        """The list."""
        return self.query_one("#monitor-list", MonitorList)

    # -- reading ------------------------------------------------------------------------------------

    def _ask(self, **changes: Any) -> None:
        """Ask another question; the list starts at its top."""
        self._asked_for = replace(self._asked_for, **changes)
        self._read(keep=False)

    def _read(self, *, keep: bool = True) -> None:
        asked, names = self._asked_for, self._names
        near = self.table.cursor if keep else 0

        def job(desk: Desk) -> tuple[MonitorView, dict[tuple[str, str], str]]:
            view = desk.monitor(asked.query, asked.grouped)
            if keep and near > 60:
                view = replace(view, first=tuple(desk.lines(view.rows[near - 60 : near + 60])))
            by, keys = asked.by, [group.key for group in view.groups] + ([asked.key] if asked.key else [])
            fresh = {(by, key): desk.group_name(by, key) for key in keys if (by, key) not in names}
            return view, fresh

        self.work(job, lambda found: self._took(asked, found, keep), group="monitor")
        self.work(lambda desk: sum(desk.alert_counts().values()), self._count_alerts, group="alerts")

    def _count_alerts(self, count: int) -> None:
        self._alerts = count
        self._tell()

    def _took(self, asked: Asked, found: tuple[MonitorView, dict[tuple[str, str], str]], keep: bool) -> None:
        if asked != self._asked_for or self.desk is None:
            return
        view, names = found
        old, self._view = self._view, view
        self._names.update(names)
        self._shown_due = view.counts
        if asked.grouped:
            self._source = None
            self._set_columns(GROUP_COLUMNS)
            groups = [group for group in view.groups if wanted_group(group, asked)]
            rows = [group_row(self._names[asked.by, group.key], group) for group in groups]
            self.table.set_rows(rows) if keep else self.table.set_source(ListSource(rows), keep=False)
        elif not (keep and self._source and old and old.rows == view.rows and old.first == view.first):
            self._source = DossierSource(self.desk, view.rows, self._row, view.first)
            self._fit_columns()
            self.table.set_source(self._source, keep=keep)
        self._tell()
        self._summarise(self.table.cursor_row)
        self.refresh_bindings()  # what can be done to a row, now that there are some

    def _row(self, line: DossierLine) -> Row:
        assert self.desk is not None
        return dossier_row(self.desk, line, self.now, wide=len(self.table.columns) > len(COLUMNS))

    def _fit_columns(self) -> None:
        if self._source is not None:
            self._set_columns(columns_for(self.table.size.width))

    def _set_columns(self, columns: Sequence[Column]) -> None:
        if tuple(columns) != self.table.columns:
            self.table.set_columns(columns)
            if self._source is not None:
                self.table.refresh_rows()

    def on_data_changed(self, message: DataChanged | None = None) -> None:
        """A commit, of this program or another: read again, the cursor stays on its row."""
        self._read()

    def refresh_live(self) -> None:
        """The counts of the centre changed by the clock alone: a promised date has just passed."""
        super().refresh_live()
        due = self.counter_app.live.due
        if due is not None and self._shown_due is not None and due != self._shown_due:
            self._shown_due = due
            self._read()

    def on_ticked(self, message: Ticked) -> None:
        """What is left ticks; only lines whose words change are painted."""
        if self._source is not None:
            self.table.refresh_rows()
        self._tell()
        second = message.now.second
        if self._view and age_seconds(self._view.at, message.now) >= READ_AGAIN_SECONDS and second % 5 == 0:
            self._read()
        if self.has_class("-wall") and second % _WALL_PAGE_SECONDS == 0:
            self._turn_page()

    # -- telling ------------------------------------------------------------------------------------

    def _tell(self) -> None:
        view, asked = self._view, self._asked_for
        if view is None:
            return
        counts = {"overdue": view.counts.overdue, "today": view.counts.today, "risk": view.counts.at_risk}
        parts = []
        for at, (bucket, title) in enumerate(BUCKETS, 1):
            words = f"{at} {title} {grouped_number(counts[bucket])}" if bucket in counts else f"{at} {title}"
            parts.append(f"[{words}]" if bucket == asked.bucket else f" {words} ")
        parts.append(f" 5 Cảnh báo {grouped_number(self._alerts)} ")
        _put(self.query_one("#buckets", Static), " ".join(parts))
        _put(self.query_one("#monitor-about", Static), self._about(view, asked))
        for bucket, count in counts.items():
            figure = self.query_one(f"#figure-{bucket}", Digits)
            if figure.value != str(count):
                figure.update(str(count))

    def _about(self, view: MonitorView, asked: Asked) -> str:
        if asked.key is not None:
            what = f"{dict(GROUPS)[asked.by]} {self._names.get((asked.by, asked.key), asked.key)} (Esc lùi)"
        else:
            what = f"xem theo {dict(GROUPS)[asked.by]}"
        shown = f"{grouped_number(self.table.count)} {'nhóm' if asked.grouped else 'hồ sơ'}"
        faults = " · chỉ nhóm trễ" if asked.grouped and asked.faults else ""
        leave = " · w thoát" if self.has_class("-wall") else ""
        return f"Dữ liệu {age_words(view.at, self.now)} · {shown} · {what}{faults}{leave}"

    @on(RowList.Highlighted)
    def _moved(self, message: RowList.Highlighted) -> None:
        self._summarise(message.row)

    def _summarise(self, row: Row | None) -> None:
        words = ""
        if row is not None and self._source is not None:
            line = self._source.line(row.key)
            width = self.query_one("#monitor-summary", Static).content_size.width
            words = "\n".join(summary(self._source.desk, line, width=width)) if line else ""
        _put(self.query_one("#monitor-summary", Static), words)

    def _turn_page(self) -> None:
        table = self.table
        page = max(table.size.height - 2, 1)
        last = max(table.count - page, 0)
        top = table.scroll_offset.y
        table.move_to(0 if top >= last else min(top + 2 * page - 1, table.count - 1))

    # -- keys ---------------------------------------------------------------------------------------

    def action_bucket(self, by: int) -> None:
        """Tab: the next bucket."""
        names = [bucket for bucket, _ in BUCKETS]
        self._ask(bucket=names[(names.index(self._asked_for.bucket) + by) % len(names)])

    def action_show_bucket(self, at: int) -> None:
        """1 to 4: a bucket."""
        self._ask(bucket=BUCKETS[at - 1][0])

    def action_group(self) -> None:
        """g: the next way of grouping."""
        names = [by for by, _ in GROUPS]
        self._ask(by=names[(names.index(self._asked_for.by) + 1) % len(names)], key=None)

    def action_faults(self) -> None:
        """f: only groups in which something is late or will be."""
        self._ask(faults=not self._asked_for.faults)
        self.say("Chỉ hiện nhóm có hồ sơ trễ hoặc sắp trễ." if self._asked_for.faults else "Hiện mọi nhóm.")

    async def action_back(self) -> None:
        """Esc: off the wall, out of the group, then back."""
        if self.has_class("-wall"):
            self.action_wall()
        elif self._asked_for.key is not None:
            self._ask(key=None)
        else:
            await self.counter_app.back()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        message.stop()
        if self._asked_for.grouped:
            self._ask(key=message.row.key)
        elif self._source is not None:
            line = self._source.line(message.row.key)
            if line is not None:
                rows, at = self._source.rows, self.table.cursor
                self.counter_app.open_screen("detail", dossier=line.id, rows=rows, at=at)

    def action_wall(self) -> None:
        """w: figures to be read from across the hall; once more to go back."""
        self.toggle_class("-wall")
        wall = self.has_class("-wall")
        self.table.can_focus = not wall
        self.table.quiet = wall
        self.set_focus(None if wall else self.table)

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Reminders go to one dossier, faults are of groups."""
        if action == "faults" and not self._asked_for.grouped:
            return "Phím f dùng khi đang xem theo nhóm: nhấn g để gom."
        if action in ("remind", "extend") and (self._asked_for.grouped or self._source is None):
            what = "Đôn đốc" if action == "remind" else "Hẹn lại"
            return f"{what} từng hồ sơ: hãy Enter mở nhóm rồi chọn hồ sơ."
        return ""

    def action_remind(self) -> None:
        """r: urge whoever holds the dossier; it is kept in its history."""
        row = self.table.cursor_row
        line = self._source.line(row.key) if row and self._source else None
        if line is None:
            self.say("Không có hồ sơ nào để đôn đốc.", error=True)
            return

        def done(dossier: Dossier) -> None:
            assert self.desk is not None
            holder = self.desk.site.unit_name(dossier.holder_unit)
            self.say(f"Đã ghi đôn đốc {holder} vào hồ sơ {dossier.code}.", severity="ok")

        self.work(lambda desk: desk.remind(line.id), done, group="remind", write=True)

    def action_alerts(self) -> None:
        """5: everything beside the promised date that should have been done."""
        self.counter_app.open_screen("alerts")

    def action_extend(self) -> None:
        """x: apologise for the dossier under the cursor and promise a new date."""
        row = self.table.cursor_row
        line = self._source.line(row.key) if row and self._source else None
        if line is None:
            self.say("Không có hồ sơ nào để hẹn lại.", error=True)
        else:
            self.counter_app.open_screen("detail", dossier=line.id, act="extend")

    def action_export(self) -> None:
        """e: the dossiers of this bucket and group as a table for other programs."""
        query = self._asked_for.query
        folder = self.counter_app.config.data_dir / _EXPORT_FOLDER
        self.say("Đang xuất…")
        self.work(lambda desk: exported(desk, query, folder), self._exported, group="export")

    def _exported(self, outcome: tuple[Path | None, str]) -> None:
        path, problem = outcome
        if path is None:
            self.say(f"Không ghi được tệp vào {_EXPORT_FOLDER}: {problem}.", error=True)
        else:
            self.say(f"Đã xuất vào {_EXPORT_FOLDER}/{path.name} (trong {path.parent.parent}).", severity="ok")


def _put(widget: Static, text: str) -> None:
    """Change the words only where they differ: nothing is painted for nothing."""
    if str(widget.render()) != text:
        widget.update(text)
