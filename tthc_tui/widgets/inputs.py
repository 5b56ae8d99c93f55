"""The text field of every form: always NFC, safe against pastes, with its own Telex and VNI typing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.widgets import Input
from textual.widgets._input import Selection

from tthc_tui.widgets.vietnamese import clean, compose, composes, nfc, one_line, uncompose, word_before

_DIGIT_FILLERS = frozenset(" .-()")  # how people write phone numbers; dropped from a numeric field
_COMMANDS = frozenset({"ctrl+a", "ctrl+d", "ctrl+e"})  # Home, Delete and End do the same


def _without(binding: Binding, keys: frozenset[str]) -> Binding:
    """The binding with these keys taken from it; each has another one."""
    return replace(binding, key=",".join(key for key in binding.key.split(",") if key not in keys))


@dataclass(frozen=True)
class FieldState:
    """What a field held at one moment; `VnInput.restore` brings it back."""

    value: str
    selection: Selection
    error: str
    word: str
    raw: str
    end: int


class VnInput(Input, inherit_bindings=False):
    """A one-line field whose value is NFC however it arrived: typed, pasted, scanned or set by the program.

    `ident` becomes the widget id unless `id` is given. `vietnamese=False` keeps Telex and VNI out (codes,
    phones); `numeric` admits digits only; `upper` upper-cases when the field is left (and in `text`);
    `max_length` counts letters, 0 is no limit. The typing mode is read from `app.typing_mode`.
    """

    DEFAULT_CSS = """
    VnInput {
        background: $surface;
        color: $foreground;
        &:focus { background: $panel; background-tint: $foreground 0%; text-style: bold; }
        &.-error { color: $text-error; text-style: underline; }
        &:disabled { text-style: dim; }
        &:ansi { background: $surface; color: $foreground; text-style: underline; }
        &:ansi:focus { text-style: bold underline; }
    }
    """

    # Letters with Ctrl that screens give a meaning must not delete what was typed.
    BINDINGS = [_without(binding, _COMMANDS) for binding in Input.BINDINGS if isinstance(binding, Binding)]
    # How long the text is moves nothing outside the field: a letter must not lay the whole screen out anew.
    virtual_size = Reactive(Size(0, 0), layout=False)
    error: reactive[str] = reactive("", init=False)
    """The sentence that says what is wrong with this field, "" while nothing is."""

    @dataclass
    class ErrorChanged(Message):
        """The error of a field came, changed or went ("")."""

        field: VnInput
        text: str

        @property
        def control(self) -> VnInput:
            """The field."""
            return self.field

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        *,
        ident: str | None = None,
        vietnamese: bool = True,
        numeric: bool = False,
        upper: bool = False,
        max_length: int = 0,
        compact: bool = True,
        id: str | None = None,
        **options: Any,
    ) -> None:
        self._word = self._raw = ""
        self._word_end = -1
        self.ident = ident or id or ""
        self.numeric = numeric
        self.upper = upper
        self.vietnamese = vietnamese and not numeric and not options.get("password", False)
        options.setdefault("select_on_focus", False)
        super().__init__(
            clean(value), placeholder, max_length=max_length, compact=compact, id=id or ident, **options
        )
        self.cursor_blink = False

    @property
    def text(self) -> str:
        """The value as it is to be kept: ends trimmed, inner spaces single, upper case where asked."""
        text = " ".join(self.value.split())
        return text.upper() if self.upper else text

    def validate_value(self, value: str) -> str:
        """Every way into `value` passes here: NFC, one line, no control characters."""
        return clean(value)

    def replace(self, text: str, start: int, end: int) -> None:
        """Put `text` in place of the letters from `start` to `end`; combining marks join the letter before."""
        value = self.value
        start, end = sorted((max(0, start), min(len(value), end)))
        text = self._allowed(clean(text))
        head, tail = nfc(value[:start] + text), value[end:]
        if self.max_length and len(head) + len(tail) > self.max_length:
            head = head[: max(self.max_length - len(tail), min(start, len(head)))]
            self.show_error(f"Ô này nhận nhiều nhất {self.max_length} ký tự.")
        elif self.error and text:
            self.clear_error()
        self.value = head + tail
        self.cursor_position = len(head)

    def show_error(self, text: str) -> None:
        """Mark the field as wrong; `text` is one Vietnamese sentence on what to do."""
        self.error = text

    def clear_error(self) -> None:
        """The field is right again."""
        self.error = ""

    def snapshot(self) -> FieldState:
        """What `restore` needs to undo anything typed from here on (a scan passing through)."""
        return FieldState(self.value, self.selection, self.error, self._word, self._raw, self._word_end)

    def restore(self, state: FieldState) -> None:
        """Bring back a state taken by `snapshot`."""
        self.value = state.value
        self.selection = state.selection
        self.error = state.error
        self._word, self._raw, self._word_end = state.word, state.raw, state.end

    def watch_error(self, text: str) -> None:
        """Show the state and tell the form."""
        self.set_class(bool(text), "-error")
        self.post_message(self.ErrorChanged(self, text))

    def restricted(self) -> None:
        """No bell: a scan passing through a numeric field would ring fifty times."""

    async def _on_key(self, event: events.Key) -> None:
        mode = getattr(self.app, "typing_mode", "off")
        if mode == "off" or not self.vietnamese or not event.is_printable or event.character is None:
            return
        self._restart_blink()
        if not self.selection.is_empty:
            self.delete_selection()
        if self._type_vietnamese(event.character, mode):
            event.stop()
            event.prevent_default()

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        start, end = sorted(self.selection)
        self.replace(one_line(event.text), start, end)

    def _on_blur(self, event: events.Blur) -> None:
        self._forget_word()
        if self.upper and self.value != self.value.upper():
            self.value = self.value.upper()

    def action_delete_left(self) -> None:
        """Backspace: one letter goes, and with it the keys that made it."""
        cursor = self.cursor_position
        alive = self.selection.is_empty and self._alive(cursor)
        word, raw = (self._word, self._raw) if alive else ("", "")
        super().action_delete_left()
        if word:
            self._word, self._raw = uncompose(word, raw)
            self._word_end = self.cursor_position if self._word else -1

    def _type_vietnamese(self, key: str, mode: str) -> bool:
        """Type one key through the engine; False where the key is not part of a syllable."""
        cursor = self.cursor_position
        if self._alive(cursor):
            word, raw = self._word, self._raw
        else:
            word = raw = word_before(self.value, cursor)
            if not word and cursor and self.value[cursor - 1].isalnum():
                self._forget_word()
                return False
        if not composes(key, word, mode):
            self._forget_word()
            return False
        new_word, new_raw = compose(word, raw, key, mode)
        if self.max_length and len(self.value) - len(word) + len(new_word) > self.max_length:
            return False
        self.replace(new_word, cursor - len(word), cursor)
        self._word, self._raw, self._word_end = new_word, new_raw, self.cursor_position
        return True

    def _alive(self, cursor: int) -> bool:
        """Whether the syllable being composed still stands before the cursor."""
        size = len(self._word)
        return bool(size) and cursor == self._word_end and self.value[cursor - size : cursor] == self._word

    def _forget_word(self) -> None:
        self._word = self._raw = ""
        self._word_end = -1

    def _allowed(self, text: str) -> str:
        """What of `text` this field takes; letters in a numeric field leave a sentence instead."""
        if not self.numeric:
            return text
        digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
        if any(letter not in _DIGIT_FILLERS for letter in text if not letter.isdigit()):
            self.show_error("Ô này chỉ nhận chữ số.")
        return digits
