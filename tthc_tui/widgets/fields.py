"""Rows of forms: a labelled field, a choice of a few options, a search box with its results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Label

from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import Column, ListSource, Row, RowList, RowSource, fit
from tthc_tui.widgets.vietnamese import clean


class LabeledField(Horizontal):
    """A label and its field on one line; what is wrong with the field stands behind it in words."""

    DEFAULT_CSS = """
    LabeledField {
        height: 1; width: 1fr;
        & > .field-label { width: auto; min-width: 12; padding: 0 1 0 1; color: $foreground; }
        & > VnInput { width: 1fr; min-width: 8; }
        & > .field-error { width: auto; max-width: 50%; color: $text-error; text-style: bold; padding: 0 1; display: none; }
        &.-error > .field-error { display: block; }
    }
    """

    def __init__(
        self,
        label: str,
        field: VnInput | None = None,
        *,
        label_width: int = 0,
        id: str | None = None,
        classes: str | None = None,
        **options: Any,
    ) -> None:
        """`field`, or the `options` of a new `VnInput`; `label_width` aligns labels of several rows."""
        super().__init__(id=id, classes=classes)
        self.field = field or VnInput(**options)
        self._label = Label(clean(label), classes="field-label", markup=False)
        if label_width:
            self._label.styles.width = label_width
            self._label.styles.min_width = label_width
        self._error = Label("", classes="field-error", markup=False)

    def compose(self) -> ComposeResult:
        """Label, field, error."""
        yield self._label
        yield self.field
        yield self._error

    @on(VnInput.ErrorChanged)
    def _show_error(self, message: VnInput.ErrorChanged) -> None:
        self._error.update(message.text)
        self.set_class(bool(message.text), "-error")


class Choice(Widget, can_focus=True):
    """One of a few options on one line: arrows and Space walk round, a typed letter jumps to the option that begins with it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--value", "choice--hint"}
    DEFAULT_CSS = """
    Choice {
        height: 1; width: 1fr; background: $surface; color: $foreground;
        &:focus { background: $panel; text-style: bold; }
        & > .choice--value { color: $foreground; }
        & > .choice--hint { color: $text-muted; }
        &:focus > .choice--value {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
    }
    """
    BINDINGS = [
        Binding("right,space", "step(1)", "Kế tiếp", show=False),
        Binding("left", "step(-1)", "Trước", show=False),
        Binding("home", "edge(0)", "Đầu", show=False),
        Binding("end", "edge(-1)", "Cuối", show=False),
    ]

    value: reactive[str] = reactive("", init=False)

    @dataclass
    class Changed(Message):
        """Another option was chosen."""

        choice: Choice
        value: str

        @property
        def control(self) -> Choice:
            """The selector."""
            return self.choice

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        value: str = "",
        *,
        ident: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`options` are (value, label) pairs; `value` the one to begin with (the first otherwise)."""
        super().__init__(id=id or ident, classes=classes)
        self.options = tuple((option, clean(label)) for option, label in options)
        self.set_reactive(Choice.value, value or (self.options[0][0] if self.options else ""))

    @property
    def label(self) -> str:
        """The label of the chosen option."""
        return dict(self.options).get(self.value, self.value)

    @property
    def needed(self) -> int:
        """The cells that the chosen option takes, and one to keep apart from what follows."""
        return cell_len(self.label) + len("‹  › ") + len(self._hint)

    def set_options(self, options: Sequence[tuple[str, str]], value: str = "") -> None:
        """Offer other options; the value stays where it still exists and none is given."""
        self.options = tuple((option, clean(label)) for option, label in options)
        values = [option for option, _ in self.options]
        if value in values or self.value not in values:
            self.value = value if value in values else (values[0] if values else "")
        self.refresh()

    def watch_value(self) -> None:
        """Tell the form."""
        self.post_message(self.Changed(self, self.value))

    def snapshot(self) -> str:
        """What `restore` needs."""
        return self.value

    def restore(self, value: str) -> None:
        """Undo what was chosen since `snapshot`."""
        self.value = value

    def action_step(self, by: int) -> None:
        """The next or previous option, round and round."""
        if self.options:
            self.value = self.options[(self._at() + by) % len(self.options)][0]

    def action_edge(self, at: int) -> None:
        """The first or the last option."""
        if self.options:
            self.value = self.options[at][0]

    def on_key(self, event: events.Key) -> None:
        """A letter or digit jumps to the next option that begins with it, accents aside."""
        if not event.is_printable or event.character is None or event.character == " ":
            return
        from tthc_tui.core.text import fold

        wanted, start = fold(event.character), self._at()
        following = [
            self.options[(start + step) % len(self.options)] for step in range(1, len(self.options) + 1)
        ]
        words = [(option, fold(label).split()) for option, label in following]
        begins = [option for option, parts in words if wanted and parts and parts[0].startswith(wanted)]
        # "qua bưu chính" is looked for under b as well, where no option begins with it.
        begins = begins or [
            option for option, parts in words if wanted and any(p.startswith(wanted) for p in parts)
        ]
        if begins:
            event.stop()
            self.value = begins[0]

    def on_click(self) -> None:
        """A click goes on to the next option."""
        self.action_step(1)

    def _at(self) -> int:
        return next((at for at, (option, _) in enumerate(self.options) if option == self.value), 0)

    @property
    def _hint(self) -> str:
        return f" {self._at() + 1}/{len(self.options)}" if len(self.options) > 1 else ""

    def render_line(self, y: int) -> Strip:
        """‹ Thông thường › 1/3."""
        width = self.size.width
        hint = self._hint
        text = fit(self.label, min(cell_len(self.label), max(width - 4 - len(hint), 1)))
        segments = [
            Segment(f"‹ {text} ›", self.get_component_rich_style("choice--value")),
            Segment(hint, self.get_component_rich_style("choice--hint")),
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)


class LookupBox(Vertical):
    """A search field with its results below; the field keeps the focus, arrows move in the results.

    The screen answers every `Query` with `show_results(query, …)`. Enter typed before the answer has come
    waits for it (and following keys with it), so that a burst "khai sinh, Enter" chooses the right row.
    """

    DEFAULT_CSS = """
    LookupBox { height: 1fr; & > RowList { height: 1fr; } }
    """
    BINDINGS = [
        Binding("down", "walk('move', 1)", "Xuống", show=False, priority=True),
        Binding("up", "walk('move', -1)", "Lên", show=False, priority=True),
        Binding("pagedown", "walk('page', 1)", "Trang sau", show=False, priority=True),
        Binding("pageup", "walk('page', -1)", "Trang trước", show=False, priority=True),
    ]

    @dataclass
    class Query(Message):
        """The text to look for changed; answer with `show_results(text, …)`."""

        box: LookupBox
        text: str

        def can_replace(self, message: Message) -> bool:
            """Only the last text of a burst is worth searching."""
            return isinstance(message, LookupBox.Query) and message.box is self.box

        @property
        def control(self) -> LookupBox:
            """The box."""
            return self.box

    @dataclass
    class Chosen(Message):
        """Enter on a result; `text` is what stands in the field, `row` None where nothing was found."""

        box: LookupBox
        row: Row | None
        text: str

        @property
        def control(self) -> LookupBox:
            """The box."""
            return self.box

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another result."""

        box: LookupBox
        row: Row | None

        @property
        def control(self) -> LookupBox:
            """The box."""
            return self.box

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        placeholder: str = "",
        ident: str | None = None,
        empty_text: str = "Không tìm thấy.",
        show_header: bool = True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`ident` names the field; the box itself is `id`."""
        super().__init__(id=id, classes=classes)
        self.field = VnInput(placeholder=placeholder, ident=ident)
        self.results = RowList(columns, markable=False, empty_text=empty_text, show_header=show_header)
        self.results.can_focus = False
        self.results.driven = True
        self._answered: str | None = None
        self._enter_waits = False

    def compose(self) -> ComposeResult:
        """The field above its results."""
        yield self.field
        yield self.results

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.field.text

    def focus(self, scroll_visible: bool = True) -> Self:
        """The field takes the focus."""
        self.field.focus(scroll_visible)
        return self

    def show_results(self, query: str, rows: Sequence[Row] | RowSource) -> None:
        """The answer to a `Query`; an answer to an older text is dropped."""
        if query != self.field.text:
            return
        source = ListSource(rows) if isinstance(rows, Sequence) else rows
        self._answered = query
        self.results.set_source(source, keep=False)
        if self._enter_waits:
            self._choose()
            self._stop_waiting()

    def no_answer(self, query: str) -> None:
        """The search for `query` came to nothing: an Enter that waits for it keeps no further key waiting."""
        if query == self.field.text and self._enter_waits:
            self._stop_waiting()

    def clear(self) -> None:
        """Empty the field and the results."""
        self.field.value = ""

    @on(Input.Changed)
    def _ask(self, event: Input.Changed) -> None:
        event.stop()
        if self.field.text != self._answered or not self.field.text:
            self.post_message(self.Query(self, self.field.text))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if self._answered == self.field.text:
            self._choose()
        elif not self._enter_waits:
            self._enter_waits = True
            hold = getattr(self.app, "hold_keys", None)
            if hold is not None:
                hold()
            self.post_message(self.Query(self, self.field.text))

    @on(RowList.Highlighted)
    def _moved(self, event: RowList.Highlighted) -> None:
        event.stop()
        self.post_message(self.Highlighted(self, event.row))

    @on(RowList.Opened)
    def _clicked(self, event: RowList.Opened) -> None:
        event.stop()
        self._choose()

    def _choose(self) -> None:
        self.post_message(self.Chosen(self, self.results.cursor_row, self.field.text))

    def _stop_waiting(self) -> None:
        self._enter_waits = False
        release = getattr(self.app, "release_keys", None)
        if release is not None:
            release()

    def on_unmount(self) -> None:
        """A box that goes away keeps no key waiting."""
        if self._enter_waits:
            self._stop_waiting()

    def action_walk(self, how: str, by: int) -> None:
        """Move in the results while the field keeps the focus."""
        if how == "page":
            self.results.action_page(by)
        else:
            self.results.action_move(by)
