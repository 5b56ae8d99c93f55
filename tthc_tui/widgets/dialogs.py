"""Questions only the law or money asks: keyboard only, safe on Esc, usable down to 20×5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tthc_tui.widgets.fields import LookupBox
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import Column, Row
from tthc_tui.widgets.vietnamese import clean

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """What all dialogs share: the frame, and that it goes on very small terminals so that the question stays."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > .dialog {
            width: 64; max-width: 100%; height: auto; max-height: 100%;
            background: $surface; color: $foreground; border: solid $border; padding: 0 1;
        }
        & > .dialog.-tall { height: 80%; }
        & .dialog-title { text-style: bold; color: $text-primary; width: 1fr; }
        & .dialog-body { height: auto; max-height: 12; }
        & .dialog-error { color: $text-error; text-style: bold; width: 1fr; height: auto; }
        & .dialog-keys { color: $text-muted; width: 1fr; }
        &.-tiny > .dialog { border: none; padding: 0; width: 100%; height: 100%; }
        &.-tiny .dialog-body { max-height: 2; }
    }
    """

    # A modal screen hides the keys of the app; these two belong to the field that is being asked for.
    BINDINGS = [
        Binding("f1", "app.help", "Trợ giúp", show=False, id="help", tooltip="Trợ giúp về ô đang chọn"),
        Binding("f12", "app.typing", "Kiểu gõ", show=False, id="typing", tooltip="Telex / VNI / tắt"),
    ]

    def on_resize(self) -> None:
        """Follow the size of the terminal."""
        self.set_class(self.app.size.width < 40 or self.app.size.height < 12, "-tiny")


class Confirm(Dialog[bool]):
    """A yes-or-no question. F10, Ctrl+S or Enter says yes; Esc says no.

    `enter_accepts=False` for what cannot be taken back: then only F10 or Ctrl+S says yes.
    """

    BINDINGS = [
        Binding("f10,ctrl+s", "answer(True)", "Đồng ý", id="dialog.accept"),
        Binding("escape", "answer(False)", "Không", id="dialog.cancel"),
        Binding("enter", "enter", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        body: str = "",
        *,
        yes: str = "Đồng ý",
        no: str = "Không",
        enter_accepts: bool = True,
    ) -> None:
        super().__init__()
        self._title, self._body, self._yes, self._no = clean(title), body, yes, no
        self.enter_accepts = enter_accepts

    def compose(self) -> ComposeResult:
        """Title, body, keys."""
        keys = f"{'Enter/' if self.enter_accepts else ''}F10 {self._yes}   Esc {self._no}"
        with Vertical(classes="dialog"):
            yield Label(self._title, classes="dialog-title", markup=False)
            if self._body:
                with VerticalScroll(classes="dialog-body", can_focus=False):
                    yield Static(_lines(self._body), markup=False)
            yield Label(keys, classes="dialog-keys", markup=False)

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)

    def action_enter(self) -> None:
        """Enter says yes where that is allowed."""
        if self.enter_accepts:
            self.dismiss(True)

    def action_scroll(self, by: int) -> None:
        """Move a long body."""
        for body in self.query(VerticalScroll):
            body.scroll_relative(y=by, animate=False)


class AskText(Dialog[str | None]):
    """Ask for one line of text. Enter, F10 or Ctrl+S accepts, Esc gives None.

    `check` returns a Vietnamese sentence where the text is not right yet, "" where it is.
    """

    BINDINGS = [
        Binding("f10,ctrl+s", "accept", "Đồng ý", id="dialog.accept"),
        Binding("escape", "cancel", "Bỏ qua", id="dialog.cancel"),
    ]

    def __init__(
        self,
        title: str,
        value: str = "",
        *,
        body: str = "",
        placeholder: str = "",
        required: bool = True,
        password: bool = False,
        max_length: int = 500,
        check: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self._title, self._body, self._required, self._check = clean(title), body, required, check
        self._initial = value
        self.field = VnInput(
            placeholder=placeholder, ident="dialog-text", password=password, max_length=max_length
        )

    def compose(self) -> ComposeResult:
        """Title, body, field, error, keys."""
        with Vertical(classes="dialog"):
            yield Label(self._title, classes="dialog-title", markup=False)
            if self._body:
                with VerticalScroll(classes="dialog-body", can_focus=False):
                    yield Static(_lines(self._body), markup=False)
            yield self.field
            yield Static("", classes="dialog-error", markup=False)
            yield Label("Enter Đồng ý   Esc Bỏ qua", classes="dialog-keys", markup=False)

    def on_mount(self) -> None:
        """The given text, cursor at its end."""
        self.field.value = self._initial
        self.field.cursor_position = len(self.field.value)
        self.field.focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    @on(VnInput.ErrorChanged)
    def _error(self, message: VnInput.ErrorChanged) -> None:
        self.query_one(".dialog-error", Static).update(message.text)

    def action_accept(self) -> None:
        """Close with the text, or say what is wrong with it."""
        text = self.field.value if self.field.password else self.field.text
        problem = "Ô này không được để trống." if self._required and not text.strip() else ""
        problem = problem or (self._check(text) if self._check else "")
        if problem:
            self.field.show_error(problem)
            return
        self.dismiss(text)

    def action_cancel(self) -> None:
        """Close without a text."""
        self.dismiss(None)


class Pick(Dialog[str | None]):
    """Choose one of a list, with a filter that minds neither accents nor spaces. Enter or F10 chooses, Esc: None."""

    BINDINGS = [
        Binding("f10,ctrl+s", "accept", "Chọn", id="dialog.accept"),
        Binding("escape", "cancel", "Bỏ qua", id="dialog.cancel"),
    ]

    def __init__(self, title: str, options: Sequence[tuple[str, str]], *, value: str = "") -> None:
        """`options` are (key, label) pairs; `value` is the key under the cursor at first."""
        super().__init__()
        self._title, self._value = clean(title), value
        self._rows = [Row(key, (clean(label),)) for key, label in options]
        self._folded: list[str] = []
        self.box = LookupBox(
            [Column("", 0)],
            placeholder="Gõ để lọc",
            ident="dialog-filter",
            show_header=False,
            empty_text="Không có dòng nào như vậy: xóa bớt chữ để xem lại.",
        )

    def compose(self) -> ComposeResult:
        """Title, filter with the list, keys."""
        with Vertical(classes="dialog -tall"):
            yield Label(self._title, classes="dialog-title", markup=False)
            yield self.box
            yield Label("Enter Chọn   Esc Bỏ qua", classes="dialog-keys", markup=False)

    def on_mount(self) -> None:
        """All options first."""
        self.box.field.focus()
        self.box.show_results("", self._rows)
        self.box.results.move_to_key(self._value)

    @on(LookupBox.Query)
    def _filter(self, query: LookupBox.Query) -> None:
        from tthc_tui.core.text import fold

        if not self._folded:
            self._folded = [fold(row.cells[0]) for row in self._rows]
        words = fold(query.text).split()
        found = [
            row
            for row, text in zip(self._rows, self._folded, strict=True)
            if all(word in text for word in words) or "".join(words) in text.replace(" ", "")
        ]
        self.box.show_results(query.text, found)

    @on(LookupBox.Chosen)
    def _chosen(self, chosen: LookupBox.Chosen) -> None:
        if chosen.row is not None:
            self.dismiss(chosen.row.key)

    def action_accept(self) -> None:
        """Choose the row under the cursor."""
        key = self.box.results.cursor_key
        if key is not None:
            self.dismiss(key)

    def action_cancel(self) -> None:
        """Close without choosing."""
        self.dismiss(None)


def _lines(text: str) -> str:
    """`text` with its lines kept and everything unprintable gone."""
    return "\n".join(clean(line) for line in text.splitlines())
