"""A list of any length: only the lines on screen are ever read or painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.message import Message

from tthc_tui.widgets.rowpaint import PAGE, RowPainter
from tthc_tui.widgets.rows import STATES, Column, ListSource, ListState, Row, RowSource, fit

__all__ = ["PAGE", "STATES", "Column", "ListSource", "ListState", "Row", "RowList", "RowSource", "fit"]


class RowList(RowPainter, can_focus=True):
    """A virtual list with a cursor and marks. `set_rows` for short lists, `set_source` for endless ones."""

    BINDINGS = [
        Binding("down,j", "move(1)", "Xuống", show=False),
        Binding("up,k", "move(-1)", "Lên", show=False),
        Binding("pagedown", "page(1)", "Trang sau", show=False),
        Binding("pageup", "page(-1)", "Trang trước", show=False),
        Binding("home,g", "jump(0)", "Đầu danh sách", show=False),
        Binding("end,G", "jump(-1)", "Cuối danh sách", show=False),
        Binding("left", "side(-8)", "Sang trái", show=False),
        Binding("right", "side(8)", "Sang phải", show=False),
        Binding("space", "mark", "Đánh dấu", show=False),
        Binding("enter", "open", "Mở", show=False),
    ]

    @dataclass
    class Opened(Message):
        """Enter or a double click on a row."""

        list: RowList
        row: Row

        @property
        def control(self) -> RowList:
            """The list."""
            return self.list

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row (None where the list is empty)."""

        list: RowList
        row: Row | None
        index: int

        def can_replace(self, message: Message) -> bool:
            """Of a burst of moves only the last matters."""
            return isinstance(message, RowList.Highlighted) and message.list is self.list

        @property
        def control(self) -> RowList:
            """The list."""
            return self.list

    @dataclass
    class Marked(Message):
        """The marks changed; `keys` are all marked rows."""

        list: RowList
        keys: frozenset[str]

        @property
        def control(self) -> RowList:
            """The list."""
            return self.list

    # -- values in ----------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; the cursor stays on its row where that is still there."""
        self.set_source(ListSource(rows))

    def set_source(self, source: RowSource, *, keep: bool = True) -> None:
        """Show another source; `keep` leaves the cursor on the row with the same key, else it goes to the top."""
        self._filled = True
        if not keep:
            self.marks.clear()
            self._show(source, 0)
            return
        self._show(source, self._place_in(source, self.cursor_row))

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Change the columns."""
        self.columns = tuple(columns)
        self._measure()
        self.refresh()

    def refresh_rows(self) -> None:
        """Read the source again; only lines that changed are painted, cursor and marks stay on their rows."""
        self._show(self._source, self._place_in(self._source, self.cursor_row))

    def _place_in(self, source: RowSource, row: Row | None) -> int:
        if row is not None:
            found = source.index_of(row.key)
            if found is not None:
                return found
        return min(self.cursor, max(source.count - 1, 0))

    def _show(self, source: RowSource, cursor: int) -> None:
        before = self._visible_rows()
        old_cursor, old_count, old_top = self.cursor, self._count, self.scroll_offset.y
        self._source, self._count = source, source.count
        self._pages.clear()
        self.set_reactive(RowList.cursor, max(0, min(cursor, self._count - 1)))
        if self._count != old_count:
            self._measure()
        if self.cursor != old_cursor and self.cursor_visible(old_cursor):
            self.scroll_to(y=max(0, old_top + self.cursor - old_cursor), animate=False, immediate=True)
        self._scroll_to_cursor()
        after = self._visible_rows()
        if old_top != self.scroll_offset.y or len(before) != len(after) or not after:
            self.refresh()
        else:
            for line, (old, new) in enumerate(zip(before, after, strict=True)):
                at = self.scroll_offset.y + line
                if old != new or (at in (old_cursor, self.cursor) and old_cursor != self.cursor):
                    self._refresh_index(at)
        self._tell()

    # -- values out ---------------------------------------------------------------------------------

    @property
    def cursor_row(self) -> Row | None:
        """The row under the cursor."""
        return self.row(self.cursor)

    @property
    def cursor_key(self) -> str | None:
        """The key under the cursor."""
        row = self.cursor_row
        return row.key if row else None

    def chosen(self) -> list[str]:
        """The marked keys, or the key under the cursor where nothing is marked: what an action works on."""
        if self.marks:
            return sorted(self.marks)
        return [self.cursor_key] if self.cursor_key is not None else []

    def clear_marks(self) -> None:
        """Take all marks away."""
        if self.marks:
            self.marks.clear()
            self.refresh()
            self.post_message(self.Marked(self, frozenset()))

    def move_to(self, index: int) -> None:
        """Put the cursor on a row (clamped) and scroll it into view."""
        self.cursor = max(0, min(index, self._count - 1))

    def move_to_key(self, key: str) -> bool:
        """Put the cursor on the row with this key; False where it is not in the list."""
        found = self._source.index_of(key)
        if found is not None:
            self.move_to(found)
        return found is not None

    def snapshot(self) -> ListState:
        """What `restore` needs."""
        return ListState(self.cursor, frozenset(self.marks), self.scroll_offset.y)

    def restore(self, state: ListState) -> None:
        """Undo moves and marks made since `snapshot`."""
        self.marks = set(state.marks)
        self.move_to(state.cursor)
        self.scroll_to(y=state.top, animate=False, immediate=True)
        self.refresh()

    # -- keys and mouse -----------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Up or down."""
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """A screenful up or down."""
        self.move_to(self.cursor + by * max(self._body_height - 1, 1))

    def action_jump(self, to: int) -> None:
        """First (0) or last (-1) row."""
        self.move_to(self._count - 1 if to else 0)

    def action_side(self, by: int) -> None:
        """Scroll sideways where the columns are wider than the screen."""
        self.scroll_to(x=self.scroll_offset.x + by, animate=False, immediate=True)

    def action_mark(self) -> None:
        """Mark or unmark the row and go on to the next."""
        row = self.cursor_row
        if row is None or not self.markable:
            return
        self.marks ^= {row.key}
        self._refresh_index(self.cursor)
        self.post_message(self.Marked(self, frozenset(self.marks)))
        self.action_move(1)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        row = self.cursor_row
        if row is not None:
            self.post_message(self.Opened(self, row))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click opens."""
        index = self.scroll_offset.y + event.y - self._header_height
        if event.y < self._header_height or not 0 <= index < self._count:
            return
        self.move_to(index)
        if event.chain == 2:
            self.action_open()

    # -- painting -----------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """First measure."""
        self._measure()
        self._tell()

    def on_resize(self) -> None:
        """Share the width again and keep the cursor in view."""
        self._measure()
        self._scroll_to_cursor()

    def on_focus(self) -> None:
        """The cursor looks different with focus."""
        self._refresh_index(self.cursor)

    def on_blur(self) -> None:
        """The cursor looks different without focus."""
        self._refresh_index(self.cursor)

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines, scroll when the cursor leaves the screen."""
        self._refresh_index(old)
        self._refresh_index(new)
        self._scroll_to_cursor()
        self._tell()

    def _tell(self) -> None:
        row = self.cursor_row
        told = (row.key if row else "", self.cursor)
        if told != self._told and self.is_attached:
            self._told = told
            self.post_message(self.Highlighted(self, row, self.cursor))

    def _scroll_to_cursor(self) -> None:
        top, height = self.scroll_offset.y, self._body_height
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)
