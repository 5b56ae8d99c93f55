"""The list of papers (thành phần hồ sơ) an officer ticks while the papers lie on the desk."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tthc_tui.core.events import PaperForm
from tthc_tui.widgets.papers import (
    FORMS,
    SHORT_FORMS,
    CheckLine,
    PaperState,
    blank_state,
    database_text,
    needs,
    remarks,
)
from tthc_tui.widgets.rows import fit

__all__ = ["FORMS", "CheckLine", "Checklist", "PaperForm", "PaperState"]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line on screen: of a paper (`index`), or a heading or continuation (`text`)."""

    text: str = ""
    index: int = -1
    first: bool = False


class Checklist(ScrollView, can_focus=True):
    """Papers with a tick each.

    Digits and the numeric pad toggle: 1–9 the line of that number, 0 line 10; lines beyond are reached with
    the arrows and Space. `f` changes the form, `+`/`-` the count, Enter or → shows the whole text, `n` notes.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "checklist--header",
        "checklist--cursor",
        "checklist--ticked",
        "checklist--missing",
        "checklist--database",
        "checklist--group",
    }
    DEFAULT_CSS = """
    Checklist {
        background: $background; color: $foreground; height: 1fr; scrollbar-size-vertical: 1;
        overflow-x: hidden;
        & > .checklist--header { color: $text-primary; text-style: bold underline; }
        & > .checklist--cursor { background: $panel; text-style: bold; }
        &:focus > .checklist--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
        & > .checklist--ticked { color: $text-success; }
        & > .checklist--missing { color: $foreground; }
        & > .checklist--database { color: $text-muted; }
        & > .checklist--group { color: $text-accent; text-style: bold; }
    }
    """
    BINDINGS = [
        Binding("down,j", "move(1)", "Xuống", show=False),
        Binding("up,k", "move(-1)", "Lên", show=False),
        Binding("pagedown", "move(8)", "Trang sau", show=False),
        Binding("pageup", "move(-8)", "Trang trước", show=False),
        Binding("home,g", "move(-9999)", "Đầu", show=False),
        Binding("end,G", "move(9999)", "Cuối", show=False),
        Binding("space", "tick", "Nhận", show=False),
        Binding("f", "form", "Hình thức", show=False),
        Binding("plus,equals_sign", "count(1)", "Thêm bản", show=False),
        Binding("minus", "count(-1)", "Bớt bản", show=False),
        Binding("enter,right", "unfold", "Xem đủ", show=False),
        Binding("left", "fold", "Thu lại", show=False),
        Binding("n", "notes", "Ghi chú", show=False),
        *(Binding(str(digit), f"number({digit or 10})", show=False) for digit in range(10)),
    ]

    @dataclass
    class Changed(Message):
        """A tick, form or count changed; `state` holds every line."""

        checklist: Checklist
        state: Mapping[str, PaperState]

        @property
        def control(self) -> Checklist:
            """The checklist."""
            return self.checklist

    @dataclass
    class Blocked(Message):
        """A key asked for what is not allowed; `reason` is one Vietnamese sentence."""

        checklist: Checklist
        reason: str

    def __init__(
        self, lines: Sequence[CheckLine] = (), *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.lines: tuple[CheckLine, ...] = ()
        self.show_notes = False
        self.cursor = 0  # index into `lines`
        self._state: dict[str, PaperState] = {}
        self._unfolded: set[str] = set()
        self._entries: list[_Entry] = []
        self._numbers: dict[str, int] = {}
        self._take(lines, {})

    # -- values in and out --------------------------------------------------------------------------

    def set_lines(self, lines: Sequence[CheckLine], state: Mapping[str, PaperState] | None = None) -> None:
        """Show another list; ticks of lines with the same id stay unless `state` is given."""
        self._take(lines, self._state if state is None else state)
        self._lay_out()

    def _take(self, lines: Sequence[CheckLine], state: Mapping[str, PaperState]) -> None:
        # Lines of a group stand together, groups in the order of their first line.
        groups = list(dict.fromkeys(line.group for line in lines))
        self.lines = tuple(sorted(lines, key=lambda line: groups.index(line.group)))
        self._state = {line.id: state.get(line.id) or blank_state(line) for line in self.lines}
        self._numbers = {
            line.id: at for at, line in enumerate((li for li in self.lines if li.kind != "note"), 1)
        }
        self._unfolded.clear()
        self.cursor = next((at for at, line in enumerate(self.lines) if line.kind != "note"), 0)

    def state(self) -> dict[str, PaperState]:
        """What was received of every line, by id."""
        return dict(self._state)

    def number(self, line_id: str) -> int:
        """The number a line has on screen; 0 for a note."""
        return self._numbers.get(line_id, 0)

    def missing(self) -> list[CheckLine]:
        """Needed lines not received; of alternatives the first, where none of them is."""
        lacking: list[CheckLine] = []
        judged: set[str] = set()
        for line in self.lines:
            if not line.one_of:
                if line.demanded and not self._state[line.id].ticked:
                    lacking.append(line)
            elif line.one_of not in judged:
                judged.add(line.one_of)
                same = [other for other in self.lines if other.one_of == line.one_of]
                settled = any(other.database or self._state[other.id].ticked for other in same)
                if not settled and any(other.demanded for other in same):
                    lacking.append(next(other for other in same if other.demanded))
        return lacking

    def tick(self, line_id: str, ticked: bool = True) -> None:
        """Set the tick of a line; a line a database replaces stays as it is and says why."""
        line = next((li for li in self.lines if li.id == line_id and li.kind != "note"), None)
        if line is None or self._state[line_id].ticked == ticked:
            return
        if line.database:
            reason = f"Giấy tờ này khai thác từ {line.database}, không yêu cầu người dân nộp."
            self.post_message(self.Blocked(self, reason))
            return
        self._change(line, ticked=ticked)

    @property
    def cursor_line(self) -> CheckLine | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if 0 <= self.cursor < len(self.lines) else None

    def snapshot(self) -> tuple[dict[str, PaperState], int]:
        """What `restore` needs (a scan passing through)."""
        return dict(self._state), self.cursor

    def restore(self, saved: tuple[dict[str, PaperState], int]) -> None:
        """Undo what was toggled since `snapshot`."""
        changed = saved[0] != self._state
        self._state, self.cursor = dict(saved[0]), saved[1]
        self.refresh()
        if changed:
            self.post_message(self.Changed(self, self.state()))

    def _change(self, line: CheckLine, **values: object) -> None:
        self._state[line.id] = replace(self._state[line.id], **values)  # type: ignore[arg-type]
        self.refresh()
        self.post_message(self.Changed(self, self.state()))

    # -- keys ---------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Move the cursor over the lines shown."""
        shown = [entry.index for entry in self._entries if entry.first]
        if shown:
            at = shown.index(self.cursor) if self.cursor in shown else 0
            self._go_to(shown[max(0, min(at + by, len(shown) - 1))])

    def action_number(self, number: int) -> None:
        """Toggle the line with this number and put the cursor there."""
        for at, line in enumerate(self.lines):
            if self._numbers.get(line.id) == number:
                self._go_to(at)
                self.tick(line.id, not self._state[line.id].ticked)
                return

    def action_tick(self) -> None:
        """Toggle the line under the cursor."""
        line = self.cursor_line
        if line is not None:
            self.tick(line.id, not self._state[line.id].ticked)

    def action_form(self) -> None:
        """The next form of the paper under the cursor; choosing a form receives it."""
        line = self.cursor_line
        if line is None or line.kind == "note" or line.database:
            return
        state = self._state[line.id]
        circle = (*FORMS, PaperForm.SHOWN) if line.kind == "present" else FORMS
        form = circle[(circle.index(state.form) + 1) % len(circle)] if state.form in circle else circle[0]
        self._change(line, form=form if state.ticked else state.form, ticked=True)

    def action_count(self, by: int) -> None:
        """One copy more or fewer, 1 to 99."""
        line = self.cursor_line
        if line is None or line.kind == "note" or line.database:
            return
        state = self._state[line.id]
        self._change(line, count=max(1, min(99, state.count + (by if state.ticked else 0))), ticked=True)

    def action_unfold(self) -> None:
        """Show or hide the whole text of the line under the cursor."""
        line = self.cursor_line
        if line is not None:
            self._unfolded ^= {line.id}
            self._lay_out()

    def action_fold(self) -> None:
        """Hide the whole text."""
        line = self.cursor_line
        if line is not None:
            self._unfolded.discard(line.id)
            self._lay_out()

    def action_notes(self) -> None:
        """Show or hide the notes the source lists among the papers."""
        self.show_notes = not self.show_notes
        self._lay_out()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a click on the box toggles."""
        at = self.scroll_offset.y + event.y - 1
        if event.y < 1 or not 0 <= at < len(self._entries) or self._entries[at].index < 0:
            return
        self._go_to(self._entries[at].index)
        if 4 <= event.x <= 8 and self._entries[at].first:
            self.action_tick()

    def _go_to(self, index: int) -> None:
        self.cursor = index
        at = next((i for i, entry in enumerate(self._entries) if entry.first and entry.index == index), 0)
        top, height = self.scroll_offset.y, max(self.size.height - 1, 1)
        if at < top:
            self.scroll_to(y=max(at - 1, 0) if at < 2 else at, animate=False, immediate=True)
        elif at >= top + height:
            self.scroll_to(y=at - height + 1, animate=False, immediate=True)
        self.refresh()

    # -- painting -----------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """First layout."""
        self._lay_out()

    def on_resize(self) -> None:
        """Wrap again."""
        self._lay_out()
        self._go_to(self.cursor)

    def _columns(self) -> tuple[int, int, int]:
        """Widths of the three columns: label, required, received."""
        room = max((self.scrollable_content_region.width or self.size.width) - 8, 10)
        need, got = (13, 16) if room >= 60 else (0, min(12, room // 3))
        return max(room - need - got - 2, 6), need, got

    def _lay_out(self) -> None:
        """The lines on screen, from the papers, the unfolded texts and the groups."""
        width = max(self.size.width - 10, 20)
        entries: list[_Entry] = []
        group = ""
        for index, line in enumerate(self.lines):
            if line.kind == "note" and not self.show_notes:
                continue
            if line.group and line.group != group:
                entries.append(_Entry(text=line.group))
            group = line.group
            entries.append(_Entry(index=index, first=True))
            if line.id in self._unfolded:
                whole = " ".join([line.full or line.label, *remarks(line, self._state[line.id])])
                entries.extend(_Entry(text=part, index=index) for part in textwrap.wrap(whole, width))
        self._entries = entries
        self.virtual_size = Size(max(self.size.width, 1), len(entries) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        label, need, got = self._columns()
        if y == 0:
            titles = f"  {fit('Thành phần hồ sơ', label + 6)} "
            titles += f"{fit('Yêu cầu', need)} {fit('Nhận', got)}" if need else fit("Nhận", got)
            return self._line(titles, "header", width)
        at = self.scroll_offset.y + y - 1
        if at >= len(self._entries):
            return Strip.blank(width, self.rich_style)
        entry = self._entries[at]
        if entry.index < 0:
            return self._line("  " + entry.text, "group", width)
        here = entry.index == self.cursor
        if not entry.first:
            return self._line(" " * 8 + entry.text, "database", width, here)
        line = self.lines[entry.index]
        state = self._state[line.id]
        if line.kind == "note":
            return self._line(f"{'>' if here else ' '}      {line.label}", "database", width, here)
        return self._line(self._row(line, state, here), self._class(line, state), width, here)

    def _row(self, line: CheckLine, state: PaperState, here: bool) -> str:
        label, need, got = self._columns()
        box = "[·]" if line.database else "[x]" if state.ticked else "[ ]"
        start = f"{'>' if here else ' '}{self._numbers[line.id]:>2} {box} "
        if line.database:
            return start + database_text(line, label + need + got + (2 if need else 1))
        name = ("một trong: " if line.one_of else "") + line.label
        if line.needed is False and "nếu" not in line.label.casefold():
            name += " (nếu có)"
        received = f"{state.count} {SHORT_FORMS[state.form]}" if state.ticked else "–"
        cells = [fit(name, label), *([fit(needs(line), need)] if need else []), fit(received, got)]
        return start + " ".join(cells)

    def _class(self, line: CheckLine, state: PaperState) -> str:
        if line.database:
            return "database"
        return "ticked" if state.ticked else "missing"

    def _line(self, text: str, name: str, width: int, here: bool = False) -> Strip:
        style = self.get_component_rich_style(f"checklist--{name}")
        if here:
            style += self.get_component_rich_style("checklist--cursor")
        return Strip([Segment(fit(text, width), style)], width)
