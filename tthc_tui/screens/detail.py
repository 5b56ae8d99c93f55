"""Chi tiết hồ sơ: who has it, how long is left, what happened, and the legal next steps only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Rule, Static

from tthc_tui.core import events as ev
from tthc_tui.core.states import State
from tthc_tui.screens.base import DataChanged, Ticked
from tthc_tui.screens.detail_law import LawSteps
from tthc_tui.screens.detail_law_view import LAW_STEPS, law_rows
from tthc_tui.screens.detail_view import (
    STEPS,
    DetailData,
    head_lines,
    step_label,
    step_rows,
    story,
    title_line,
)
from tthc_tui.widgets.rowlist import Column, RowList

_ACTIONS = {step.action: step for step in STEPS}


class DetailScreen(LawSteps):
    """One dossier. `enter(dossier=…, rows=…, at=…, act=…)`: `[` and `]` walk through `rows`; `act` is begun at once."""

    TITLE_VI = "Chi tiết hồ sơ"
    HELP_VI = (
        "Bên phải là các việc làm tiếp được với hồ sơ; việc chưa được phép mờ đi và có lý do ở dòng dưới. "
        "Mũi tên và Enter thực hiện, hoặc phím ghi cạnh mỗi việc; F10 làm việc kế tiếp hợp lệ. "
        "Ctrl+O tìm mọi việc khác theo tên (tạm dừng, hẹn lại, thu phí, đính chính, phối hợp…). "
        "Tab sang lịch sử để cuộn. [ và ] mở hồ sơ trước, sau trong danh sách. d giải thích ngày hẹn, u hoàn tác."
    )
    BAR = ("help", "returning", "handover", "print", "supplement", "finish", "detail.more", "undo", "back")
    CSS_PATH = ["base.tcss", "detail.tcss"]
    BINDINGS = [
        Binding("f5", "give", "Trả kết quả", id="returning", tooltip="Trả kết quả hồ sơ này"),
        Binding("f6", "forward", "Chuyển", id="handover", tooltip="Chuyển hồ sơ đến đơn vị xử lý"),
        Binding("f7", "print", "In", id="print", tooltip="In hoặc in lại giấy tờ của hồ sơ"),
        Binding("f9", "supplement", "Bổ sung", id="supplement", tooltip="Yêu cầu bổ sung (Mẫu số 02)"),
        Binding("f10,ctrl+s", "next_step", "Kế tiếp", id="finish", key_display="F10"),
        Binding("ctrl+z,u", "undo", "Hoàn tác", id="undo", key_display="Ctrl+Z"),
        Binding("d,ctrl+d", "explain", "Vì sao", id="detail.explain", show=False),
        Binding("n,ctrl+n", "note", "Ghi chú", id="detail.note", show=False),
        Binding(
            "ctrl+o,m", "more", "Khác", id="detail.more", key_display="Ctrl+O", tooltip="Tìm việc làm được"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[int] = ()
        self._at = 0
        self._wanted_act = ""

    def compose_body(self) -> Iterable[Widget]:
        """Head, story, steps, the reason against the step under the cursor."""
        yield Static("", id="detail-title", markup=False)
        yield Static("", id="detail-head", markup=False)
        yield Rule(id="detail-rule")
        with Horizontal(id="detail-body"):
            with VerticalScroll(id="story"):
                yield Static("", id="story-text", markup=False)
            yield RowList(
                [Column("", 3), Column("", least=12)],
                id="steps",
                markable=False,
                show_header=False,
                empty_text="",
            )
        yield Static("", id="step-why", markup=False)

    def on_mount(self) -> None:
        """Steps take the keys first."""
        self.query_one("#steps", RowList).focus()

    def on_resize(self) -> None:
        """Small terminals keep the title and the steps."""
        self.set_class(self.app.size.height < 14 or self.app.size.width < 60, "-short")
        self.set_class(self.app.size.height < 8, "-tiny")

    def enter(self, **wanted: Any) -> None:
        """Show `dossier`; `rows` and `at` are the list it was opened from."""
        if "dossier" not in wanted:
            return
        self._rows, self._at = wanted.get("rows", ()), int(wanted.get("at", 0))
        self._wanted_act = str(wanted.get("act", ""))
        self._open(str(wanted["dossier"]))

    # -- reading ------------------------------------------------------------------------------------

    def _open(self, dossier: str) -> None:
        if dossier != self._dossier_id:
            self._dossier_id, self._data = dossier, None
            self.query_one("#story", VerticalScroll).scroll_home(animate=False)
            self.query_one("#steps", RowList).move_to(0)
        self._read()

    def _show(self, data: DetailData) -> None:
        super()._show(data)
        desk = self.desk
        assert desk is not None
        self.query_one("#detail-head", Static).update(head_lines(desk, data.detail, self.now))
        self.query_one("#story-text", Static).update(story(data.detail))
        self.query_one("#steps", RowList).set_rows(
            [
                *step_rows(data.against, self._next, data.detail.dossier.state),
                *law_rows(data.law, self._next),
            ]
        )
        self._tell_time()
        self._tell_why()
        self.refresh_bindings()
        act, self._wanted_act = self._wanted_act, ""
        if act:
            self.call_after_refresh(self.run_action, act)

    def _tell_time(self) -> None:
        if self._data is not None and self.desk is not None:
            text = title_line(self.desk, self._data.detail.dossier, self.now, self._data.send)
            title = self.query_one("#detail-title", Static)
            if str(title.render()) != text:
                title.update(text)

    @on(RowList.Highlighted, "#steps")
    def _tell_why(self) -> None:
        action = self.query_one("#steps", RowList).cursor_key or ""
        self.query_one("#step-why", Static).update(self.why_not(action) or f"Enter: {self._label(action)}")

    def on_data_changed(self, message: DataChanged | None = None) -> None:
        """Somebody may have worked on it."""
        self._read()

    def on_ticked(self, message: Ticked) -> None:
        """What is left ticks; an undo runs out."""
        self._tell_time()
        data, desk = self._data, self.desk
        if data is None or desk is None or data.against.get(ev.Undo, "…"):
            return
        dossier = data.detail.dossier
        grace = desk.site.settings.undo_seconds
        if (message.now - dossier.last_at).total_seconds() > grace:
            self._read()

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why a step can't be taken now."""
        if self._data is None:
            return ""
        if action == "next_step":
            return "" if self._next else "Không có việc kế tiếp nào cho hồ sơ này ở đơn vị của bạn."
        if action in LAW_STEPS:
            return self._data.law.get(action, "")
        step = _ACTIONS.get(action)
        if step is None or step.kind is None:
            return "Hồ sơ này chưa có giấy nào để in." if action == "print" and not self._forms() else ""
        return self._data.against.get(step.kind, "")

    def verb(self, name: str, description: str) -> str:
        """F10 says which step it takes."""
        done = self.dossier is not None and self.dossier.state is State.DONE
        if name == "handover" and done:
            return "Bàn giao"
        if name != "finish" or not self._next:
            return description
        short = {"forward": "Bàn giao" if done else "Chuyển", "give": "Trả KQ"}  # F5, F6 say it in full
        return short.get(self._next) or self._label(self._next)

    def _label(self, action: str) -> str:
        step, dossier = _ACTIONS.get(action), self.dossier
        if step is not None and dossier is not None:
            return step_label(step, dossier.state)
        return LAW_STEPS.get(action, "tìm mọi việc khác theo tên")

    # -- moving about -------------------------------------------------------------------------------

    @on(RowList.Opened, "#steps")
    async def _chosen(self, message: RowList.Opened) -> None:
        message.stop()
        await self.run_action(message.row.key)

    def action_previous(self) -> None:
        """[ : the dossier before this one in the list it was opened from."""
        self._walk(-1)

    def action_next(self) -> None:
        """] : the dossier after it."""
        self._walk(1)

    def _walk(self, by: int) -> None:
        to = self._at + by
        if not 0 <= to < len(self._rows):
            self.say("Đây là hồ sơ đầu danh sách." if by < 0 else "Đây là hồ sơ cuối danh sách.")
            return
        row = self._rows[to]

        def show(lines: Sequence[Any]) -> None:
            if lines:
                self._at = to
                self._open(lines[0].id)

        self.work(lambda desk: desk.lines([row]), show, group="walk", hold=True)
