"""The lines around every screen: title, live counts, keys, message. Each repaints only when it changed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tthc_tui.widgets.rowlist import fit
from tthc_tui.widgets.vietnamese import TYPING_LABELS, clean

_GAP = "  "
_NARROW = 40  # columns of a terminal too narrow to work in
_LOW = 12  # lines of a terminal too low to give up more than one for a sentence


class Bar(Widget):
    """One line of text pieces, each with a component class."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def pieces(self) -> list[tuple[str, str]]:
        """(text, component class or "") from left to right; a text "\\t" pushes the rest to the right.

        A bar that says nothing is an empty line.
        """
        return []

    def render_line(self, y: int) -> Strip:
        """The whole bar; what does not fit is cut with "…"."""
        width, pieces = self.size.width, self.pieces()
        used = sum(cell_len(text) for text, _ in pieces if text != "\t")
        fill = max(width - used, 1)
        segments: list[Segment] = []
        left = width
        for text, name in pieces:
            if left <= 0:
                break
            style = self.get_component_rich_style(name) if name else self.rich_style
            text = " " * fill if text == "\t" else text
            shown = fit(text, min(cell_len(text), left))
            segments.append(Segment(shown, style))
            left -= cell_len(shown)
        return Strip(segments).adjust_cell_length(width, self.rich_style)


class TitleBar(Bar):
    """TTHC · counter · officer · centre, and at the right the state of the link. Set the attributes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"title-bar--name", "title-bar--sync", "title-bar--stale"}
    DEFAULT_CSS = """
    TitleBar {
        background: $block-cursor-background; color: $block-cursor-foreground;
        & > .title-bar--name { text-style: bold; }
        & > .title-bar--sync { text-style: bold; }
        & > .title-bar--stale { background: $background; color: $text-warning; text-style: bold; }
    }
    """

    counter: reactive[str] = reactive("")
    officer: reactive[str] = reactive("")
    centre: reactive[str] = reactive("")
    sync: reactive[str] = reactive("")
    """Words with a glyph, such as "● trực tuyến  còn 14 số"."""
    stale: reactive[bool] = reactive(False)
    """The data may be behind the backend: the words turn amber."""

    def pieces(self) -> list[tuple[str, str]]:
        """Who works where; the state of the link is cut last."""
        if self.app.size.width < _NARROW or self.app.size.height < _LOW - 2:
            return [(" TTHC cần cỡ 80×24", "title-bar--name")]  # what is below shows only in part
        names = [clean(part) for part in (self.counter, self.officer, self.centre) if part]
        room = self.size.width - 7 - cell_len(self.sync) - 2
        who = " · ".join(names)
        return [
            (" TTHC  ", "title-bar--name"),
            (fit(who, min(cell_len(who), max(room, 0))), ""),
            ("\t", ""),
            (f"{clean(self.sync)} " if self.sync else "", f"title-bar--{'stale' if self.stale else 'sync'}"),
        ]


class StatusStrip(Bar):
    """Quá hạn 3 · Hôm nay 12 · Sắp trễ 5, and at the right an optional hint, typing mode and time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status-strip--overdue",
        "status-strip--today",
        "status-strip--risk",
        "status-strip--zero",
    }
    DEFAULT_CSS = """
    StatusStrip {
        background: $panel; color: $foreground;
        & > .status-strip--overdue { color: $text-error; text-style: bold; }
        & > .status-strip--today { color: $text-warning; text-style: bold; }
        & > .status-strip--risk { color: $text-accent; text-style: bold; }
        & > .status-strip--zero { color: $foreground; }
    }
    """

    overdue: reactive[int | None] = reactive[int | None](None)
    today: reactive[int | None] = reactive[int | None](None)
    risk: reactive[int | None] = reactive[int | None](None)
    typing: reactive[str] = reactive("off")
    """The typing mode: "off", "telex" or "vni"."""
    clock: reactive[str] = reactive("")
    """HH:MM; set it every second, it repaints once a minute."""
    hint: reactive[str] = reactive("")

    def pieces(self) -> list[tuple[str, str]]:
        """Counts not known yet show "…"."""
        counts = [("Quá hạn", self.overdue, "overdue"), ("Hôm nay", self.today, "today")]
        counts.append(("Sắp trễ", self.risk, "risk"))
        parts: list[tuple[str, str]] = []
        for label, count, name in counts:
            parts.append((" · " if parts else " ", ""))
            shown = "…" if count is None else f"{count:,}".replace(",", ".")
            parts.append((f"{label} {shown}", f"status-strip--{name if count else 'zero'}"))
        right = [clean(self.hint), TYPING_LABELS.get(self.typing, self.typing), self.clock]
        return [*parts, ("\t", ""), (_GAP.join(part for part in right if part) + " ", "")]


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key and its verb; `action` is run by a click."""

    key: str
    label: str
    enabled: bool = True
    action: str = ""


_KEY_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "delete": "Del",
    "question_mark": "?",
    "slash": "/",
    "full_stop": ".",
    "asterisk": "*",
    "plus": "+",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def key_label(key: str) -> str:
    """How a key is written for officers: F4, Ctrl+S, Esc."""
    if key in _KEY_NAMES:
        return _KEY_NAMES[key]
    return "+".join(
        _KEY_NAMES.get(part, part.upper() if part[:1] == "f" else part.capitalize())
        for part in key.split("+")
    )


class KeyBar(Bar):
    """The footer: at most eight keys with their verbs, from the active bindings or a given list."""

    MOST = 8
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--label", "key-bar--off"}
    DEFAULT_CSS = """
    KeyBar {
        background: $background; color: $foreground;
        & > .key-bar--key { color: $text-primary; text-style: bold; }
        & > .key-bar--label { color: $foreground; }
        & > .key-bar--off { color: $text-disabled; text-style: strike; }
    }
    """

    hints: reactive[tuple[KeyHint, ...]] = reactive[tuple[KeyHint, ...]](())

    def __init__(self, hints: Sequence[KeyHint] | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._given = hints is not None
        if hints is not None:
            self.set_reactive(KeyBar.hints, tuple(hints))

    def on_mount(self) -> None:
        """Follow the screen's bindings unless a list was given."""
        if not self._given:
            self.screen.bindings_updated_signal.subscribe(self, self._from_bindings)
            self.call_after_refresh(self._from_bindings, self.screen)

    def _from_bindings(self, screen: Any) -> None:
        if screen is not self.screen or not self.is_attached:
            return
        hints: dict[str, KeyHint] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.action not in hints and binding.description:
                key = binding.key_display or key_label(binding.key)
                hints[binding.action] = KeyHint(key, binding.description, active.enabled, binding.action)
        self.hints = tuple(sorted(hints.values(), key=_key_order))

    def shown(self) -> list[KeyHint]:
        """The hints that fit the width, at most eight: what can't be pressed now goes first, F10 and Esc last."""
        hints = list(self.hints)
        while hints and (
            len(hints) > self.MOST or sum(_hint_width(hint) for hint in hints) > max(self.size.width, 1)
        ):
            others = [hint for hint in hints if hint.key not in ("F10", "Esc")]
            off = [hint for hint in others if not hint.enabled]
            hints.remove((off or others or hints[:1])[-1])
        return hints

    def pieces(self) -> list[tuple[str, str]]:
        """Key and verb alternating; a disabled one is greyed and struck through."""
        parts: list[tuple[str, str]] = []
        for hint in self.shown():
            parts.append((f" {hint.key} ", "key-bar--key" if hint.enabled else "key-bar--off"))
            parts.append((hint.label, "key-bar--label" if hint.enabled else "key-bar--off"))
        return parts

    async def on_click(self, event: events.Click) -> None:
        """The verb under the mouse."""
        at = 0
        for hint in self.shown():
            at += _hint_width(hint)
            if event.x < at:
                if hint.action and hint.enabled:
                    await self.screen.run_action(hint.action)
                return


def _hint_width(hint: KeyHint) -> int:
    return cell_len(hint.key) + cell_len(hint.label) + 2


def _key_order(hint: KeyHint) -> tuple[int, int]:
    if hint.key[:1] == "F" and hint.key[1:].isdigit():
        return 0, int(hint.key[1:])
    return (2, 0) if hint.key == "Esc" else (1, 0)


def in_lines(parts: Sequence[str], width: int, between: str = " · ") -> list[str]:
    """Short phrases set in lines of `width` cells, broken between them and never inside one."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


_SEVERITY_WORDS = {"info": "", "ok": "Xong: ", "warning": "Chú ý: ", "error": "Lỗi: "}


def _lines(text: str, width: int) -> list[str]:
    """`text` set in lines; file names and codes keep their hyphens."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


class MessageLine(Bar):
    """What just happened, in one line, or up to three where the sentence needs them; an error rings the bell.

    The next key the officer presses clears it.
    """

    MOST = 3

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"message-line--{name}" for name in _SEVERITY_WORDS}
    DEFAULT_CSS = """
    MessageLine {
        background: $background; color: $foreground;
        & > .message-line--ok { color: $text-success; }
        & > .message-line--warning { color: $text-warning; text-style: bold; }
        & > .message-line--error { color: $text-error; text-style: bold; }
    }
    """

    text: reactive[str] = reactive("")
    severity: reactive[str] = reactive("info")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown_at = 0.0
        self._lines: list[str] = []

    def on_mount(self) -> None:
        """Listen for keys where the app tells of them."""
        signal = getattr(self.app, "key_signal", None)
        if signal is not None:
            signal.subscribe(self, self._key_pressed)

    def show(self, text: str, severity: str = "info") -> None:
        """Say `text`, one Vietnamese sentence; `severity` is info, ok, warning or error."""
        self.text, self.severity = clean(text), severity
        self._shown_at = events.Idle().time  # the clock that stamps keys
        self._wrap()
        if severity == "error":
            self.app.bell()

    def clear(self) -> None:
        """Say nothing."""
        self.text, self.severity = "", "info"
        self._wrap()

    def on_resize(self) -> None:
        """Another width, other lines."""
        self._wrap()

    def _wrap(self) -> None:
        """Set the sentence in lines; what to do must not be cut off with what is wrong."""
        whole = f"{_SEVERITY_WORDS.get(self.severity, '')}{self.text}" if self.text else ""
        most = self.MOST if self.app.size.height >= _LOW else 1
        width = self.size.width
        lines = _lines(whole, max(width - 1, 1)) if most > 1 and width else [whole]
        if len(lines) > most:
            lines[most - 1 :] = [" ".join(lines[most - 1 :])]
        self._lines = lines
        height = max(len(lines), 1)
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height
        self.refresh()

    def _key_pressed(self, event: events.Key) -> None:
        # Keys typed ahead were pressed before the message: they must not wipe it away unread.
        if self.text and event.time > self._shown_at:
            self.clear()

    def render_line(self, y: int) -> Strip:
        """The severity in words, then the sentence; a line too long all the same is cut with "…"."""
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        style = self.get_component_rich_style(f"message-line--{self.severity}")
        text = f" {self._lines[y]}"
        return Strip([Segment(fit(text, min(cell_len(text), width)), style)]).adjust_cell_length(
            width, self.rich_style
        )
