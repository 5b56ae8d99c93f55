"""A question with several fields: text and choices in one dialog, keyboard only, safe on Esc."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Static

from tthc_tui.widgets.dialogs import Dialog
from tthc_tui.widgets.fields import Choice
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.vietnamese import clean

Answers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a form. With `options` ((value, label) pairs) it is a choice, else a text field."""

    name: str
    label: str
    value: str = ""
    options: Sequence[tuple[str, str]] = ()
    required: bool = False
    numeric: bool = False
    vietnamese: bool = True
    placeholder: str = ""
    max_length: int = 500


class FormDialog(Dialog[Answers | None]):
    """Ask for several values. Enter goes to the next field and accepts on the last; F10 accepts, Esc gives None.

    `check` gets the answers and returns one Vietnamese sentence where they can't be right yet, "" where they can.
    """

    DEFAULT_CSS = """
    FormDialog {
        & > .dialog { width: 76; }
        & .form-parts { height: auto; max-height: 16; scrollbar-size-vertical: 1; }
        & .form-line { height: 1; width: 1fr; }
        & .form-line Label { height: 1; text-wrap: nowrap; }
        & .form-line VnInput { width: 1fr; }
        & .form-line Choice { width: 1fr; }
        &.-tiny .dialog-body { display: none; }
        &.-tiny .form-parts { height: 1fr; }
    }
    """
    BINDINGS = [
        Binding("f10,ctrl+s", "accept", "Đồng ý", id="dialog.accept"),
        Binding("escape", "cancel", "Bỏ qua", id="dialog.cancel"),
        Binding("enter", "next", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        title: str,
        parts: Sequence[Part],
        *,
        body: str = "",
        yes: str = "Đồng ý",
        problem: str = "",
        check: Callable[[Mapping[str, str]], str] | None = None,
    ) -> None:
        """`problem` is said at once: why the same answers were refused before."""
        super().__init__()
        self._title, self._body, self._yes, self._check = clean(title), body, yes, check
        self._problem = problem
        self._parts = tuple(parts)
        self._fields: dict[str, VnInput | Choice] = {part.name: _field(part) for part in self._parts}

    def compose(self) -> ComposeResult:
        """Title, body, one line a part, what is wrong, keys."""
        width = min(max((len(part.label) for part in self._parts), default=0) + 2, 26)
        with Vertical(classes="dialog"):
            yield Label(self._title, classes="dialog-title", markup=False)
            if self._body:
                with VerticalScroll(classes="dialog-body", can_focus=False):
                    body = "\n".join(clean(line) for line in self._body.splitlines())
                    yield Static(body, markup=False)
            with VerticalScroll(classes="form-parts", can_focus=False):
                for part in self._parts:
                    with Horizontal(classes="form-line"):
                        label = Label(clean(part.label), markup=False)
                        label.styles.width = width
                        yield label
                        yield self._fields[part.name]
            yield Static(self._problem, classes="dialog-error", markup=False)
            yield Label(
                f"Enter Ô kế   ← → Chọn   F10 {self._yes}   Esc Bỏ qua", classes="dialog-keys", markup=False
            )

    def on_mount(self) -> None:
        """The first field takes the keys; a choice of one thing only has nothing to ask."""
        asking = [self._fields[part.name] for part in self._parts if len(part.options) != 1]
        for field in (asking or list(self._fields.values()))[:1]:
            field.focus()

    @property
    def answers(self) -> Answers:
        """What stands in the fields now."""
        return {
            name: field.value if isinstance(field, Choice) else field.text
            for name, field in self._fields.items()
        }

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_next()

    @on(VnInput.ErrorChanged)
    def _error(self, message: VnInput.ErrorChanged) -> None:
        self._tell(message.text)

    def action_next(self) -> None:
        """The next field; on the last one all is accepted."""
        fields = list(self._fields.values())
        if not fields or self.focused is fields[-1]:
            self.action_accept()
        else:
            self.focus_next()

    def action_accept(self) -> None:
        """Close with the answers, or say what is missing and go there."""
        answers = self.answers
        for part in self._parts:
            if part.required and not answers[part.name].strip():
                self._tell(f"Chưa có “{part.label}”: hãy {'chọn' if part.options else 'nhập'}.")
                self._fields[part.name].focus()
                self.app.bell()
                return
        problem = self._check(answers) if self._check else ""
        if problem:
            self._tell(problem)
            self.app.bell()
            return
        self.dismiss(answers)

    def action_cancel(self) -> None:
        """Nothing happened."""
        self.dismiss(None)

    def _tell(self, sentence: str) -> None:
        self.query_one(".dialog-error", Static).update(sentence)


def _field(part: Part) -> VnInput | Choice:
    if part.options:
        return Choice(part.options, part.value, ident=f"form-{part.name}")
    return VnInput(
        part.value,
        part.placeholder,
        ident=f"form-{part.name}",
        numeric=part.numeric,
        vietnamese=part.vietnamese,
        max_length=part.max_length,
        select_on_focus=part.numeric or not part.vietnamese,  # a figure typed takes the offered one's place
    )
