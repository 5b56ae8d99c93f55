"""Yêu cầu bổ sung (Mẫu 02): everything that is missing at once, from the published list and in free words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tthc_tui.widgets.dialogs import Dialog
from tthc_tui.widgets.fields import LabeledField
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import Column, Row, RowList

REASON = "Hồ sơ chưa đầy đủ theo quy định"
"""What the slip gives as its reason unless the officer writes another."""


@dataclass(frozen=True)
class SupplementRequest:
    """What the slip asks for."""

    items: tuple[str, ...]
    reason: str
    again_reason: str = ""


@dataclass(frozen=True)
class SupplementLine:
    """One line of the published list: `missing` is asked for unless the officer unmarks it."""

    text: str
    missing: bool = False
    received: bool = False
    database: str = ""  # the national database that replaces the paper

    @property
    def words(self) -> str:
        """The line as the list shows it."""
        if self.database:
            return f"{self.text} – khai thác từ {self.database}: muốn yêu cầu phải ghi lý do"
        return f"{self.text} (đã nhận)" if self.received else self.text


class SupplementDialog(ModalScreen[SupplementRequest | None]):
    """Space marks papers, Enter in the field adds a line in free words, F10 makes the slip, Esc changes nothing."""

    CSS_PATH = "supplement.tcss"
    BINDINGS = [
        *Dialog.BINDINGS,
        Binding("f10,ctrl+s", "accept", "Lập phiếu", id="dialog.accept"),
        Binding("escape", "cancel", "Bỏ qua", id="dialog.cancel"),
    ]

    def __init__(self, papers: Sequence[SupplementLine], *, again: bool) -> None:
        """`papers` is the published list; `again`: one request was made already."""
        super().__init__()
        self._lines = {line.text: line for line in papers}
        self._papers = list(self._lines)
        self._free: list[str] = []
        self._again = again

    def compose(self) -> ComposeResult:
        """Papers, free line, reasons, keys."""
        with Vertical(id="supplement"):
            yield Label("Yêu cầu bổ sung, hoàn thiện hồ sơ (Mẫu số 02)", classes="title", markup=False)
            if self._again:
                yield Label(
                    "Chỉ được yêu cầu bổ sung một lần (Nghị định 118/2025/NĐ-CP, Điều 11): lần này phải ghi lý do.",
                    id="again-rule",
                    markup=False,
                )
            yield RowList(
                [Column("Nội dung cần bổ sung (Space chọn)", least=20)],
                id="papers",
                empty_text="Thủ tục không có thành phần hồ sơ: ghi nội dung ở ô dưới.",
            )
            yield LabeledField(
                "Nội dung khác",
                VnInput(placeholder="gõ rồi Enter để thêm dòng", ident="free"),
                label_width=15,
            )
            yield LabeledField(
                "Lý do",
                VnInput(placeholder=f"để trống: {REASON}", ident="reason", max_length=500),
                label_width=15,
            )
            if self._again:
                yield LabeledField("Lý do lần nữa", VnInput(ident="again", max_length=500), label_width=15)
            yield Static("", id="problem", markup=False)
            yield Label("Space Chọn  Tab Ô kế  F10 Lập phiếu  Esc Bỏ qua", classes="keys", markup=False)

    def on_mount(self) -> None:
        """All lines; what is missing is chosen already, for the one request must name everything."""
        self.query_one("#papers", RowList).marks = {
            line.text for line in self._lines.values() if line.missing
        }
        self._show()
        self.query_one("#papers", RowList).focus()

    def _show(self) -> None:
        self.query_one("#papers", RowList).set_rows(
            [
                *(Row(line.text, (line.words,)) for line in self._lines.values()),
                *(Row(text, (text,)) for text in self._free),
            ]
        )

    @on(Input.Submitted, "#free")
    def _add(self, event: Input.Submitted) -> None:
        event.stop()
        field = self.query_one("#free", VnInput)
        text, papers = field.text, self.query_one("#papers", RowList)
        if not text:
            self.query_one("#reason", VnInput).focus()
            return
        if text not in (*self._papers, *self._free):
            self._free.append(text)
        papers.marks.add(text)
        self._show()
        field.value = ""

    @on(Input.Submitted, "#reason,#again")
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def action_accept(self) -> None:
        """Close with the request, or say what is missing."""
        free = self.query_one("#free", VnInput).text
        marks = self.query_one("#papers", RowList).marks
        items = [text for text in (*self._papers, *self._free) if text in marks]
        if free and free not in items:
            items.append(free)
        again = self.query_one("#again", VnInput).text if self._again else ""
        problem = ""
        if not items:
            problem = "Chưa chọn nội dung nào: hãy đánh dấu bằng Space hoặc ghi ở ô Nội dung khác."
        elif self._again and not again:
            problem = "Yêu cầu lần nữa phải ghi lý do ở ô Lý do lần nữa."
        if problem:
            self.query_one("#problem", Static).update(problem)
            self.app.bell()
            return
        reason = self.query_one("#reason", VnInput).text or REASON
        self.dismiss(SupplementRequest(tuple(items), reason, again))

    def action_cancel(self) -> None:
        """Nothing happened."""
        self.dismiss(None)
