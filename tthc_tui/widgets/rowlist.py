"""A list of any length: only the lines on screen are ever read or painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tthc_tui.widgets.rows import STATES, Column, ListSource, Row, RowSource, fit

__all__ = ["PAGE", "STATES", "Column", "ListSource", "ListState", "Row", "RowList", "RowSource", "fit"]

PAGE = 200
_READING = "Đang đọc dữ liệu…"
_GUTTER = 2  # "> " shows the cursor and "*" the mark where colours do not


@dataclass(frozen=True)
class ListState:
    """Cursor and marks at one moment; a scan passing through is undone with it."""

    cursor: int
    marks: frozenset[str]
    top: int


class RowList(ScrollView, can_focus=True):
    """A virtual list with a cursor and marks. `set_rows` for short lists, `set_source` for endless ones."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--header",
        "row-list--cursor",
        "row-list--cursor-blurred",
        "row-list--mark",
        "row-list--empty",
        *(f"row-list--{state}" for state in STATES),
    }
    DEFAULT_CSS = """
    RowList {
        background: $background; color: $foreground; height: 1fr;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
        & > .row-list--header { color: $text-primary; text-style: bold underline; }
        & > .row-list--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
        & > .row-list--cursor-blurred { background: $panel; text-style: bold; }
        & > .row-list--overdue { color: $text-error; text-style: bold; }
        & > .row-list--today { color: $text-warning; }
        & > .row-list--risk { color: $text-accent; }
        & > .row-list--done { color: $text-success; }
        & > .row-list--dim { color: $text-muted; }
        & > .row-list--mark { text-style: bold; }
        & > .row-list--empty { color: $text-muted; }
    }
    """
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

    # More or fewer rows change the scrollbar, not the places of other widgets (see `_measure`).
    virtual_size = Reactive(Size(0, 0), layout=False)
    cursor: reactive[int] = reactive(0, repaint=False, init=False)

    @dataclass
    class Opened(Message):
        """Enter or a double click on a row."""

        list: RowList
        row: Row

        @property
        def row_key(self) -> str:
            """The key of the row."""
            return self.row.key

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

    def __init__(
        self,
        columns: Sequence[Column] = (),
        *,
        source: RowSource | None = None,
        markable: bool = True,
        show_header: bool = True,
        empty_text: str = "Không có gì để hiển thị.",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.markable = markable
        self.show_header = show_header
        self.empty_text = empty_text
        self._filled = source is not None
        self.driven = False  # moved by another widget that has the focus: the cursor shows as focused
        self.marks: set[str] = set()
        self._source: RowSource = source or ListSource()
        self._count = self._source.count
        self._pages: LRUCache[int, Sequence[Row]] = LRUCache(64)
        self._widths: tuple[int, ...] = ()
        self._told: tuple[str, int] | None = None

    # -- values in ----------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many rows the list shows."""
        return self._count

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

    def row(self, index: int) -> Row | None:
        """The row at `index`, None outside the list."""
        if not 0 <= index < self._count:
            return None
        page, at = divmod(index, PAGE)
        rows = self._pages.get(page)
        if rows is None:
            rows = self._source.fetch(page * PAGE, PAGE)
            self._pages[page] = rows
        return rows[at] if at < len(rows) else None

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

    @property
    def _header_height(self) -> int:
        return 1 if self.show_header and self.columns else 0

    @property
    def _body_height(self) -> int:
        return max(self.scrollable_content_region.height - self._header_height, 1)

    def cursor_visible(self, index: int) -> bool:
        """Whether the row at `index` is on screen."""
        return self.scroll_offset.y <= index < self.scroll_offset.y + self._body_height

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

    def _measure(self) -> None:
        room = self.scrollable_content_region.width or self.size.width
        flexible = [column for column in self.columns if not column.width]
        fixed = sum(column.width for column in self.columns) + _GUTTER + max(len(self.columns) - 1, 0)
        left = max(room - fixed, 0)
        widths, rest = [], len(flexible)
        for column in self.columns:
            if column.width:
                widths.append(column.width)
                continue
            share = max(column.least, left // rest)
            left, rest = max(left - share, 0), rest - 1
            widths.append(share)
        self._widths = tuple(widths)
        total = sum(widths) + _GUTTER + max(len(widths) - 1, 0)
        self.virtual_size = Size(max(total, 1), self._count + self._header_height)
        if self.styles.auto_dimensions:
            self.refresh(layout=True)
        elif self.container_size:
            self._scroll_update(self.virtual_size)  # lays out where the scrollbar comes or goes

    def _visible_rows(self) -> list[Row | None]:
        top = self.scroll_offset.y
        return [self.row(index) for index in range(top, min(top + self._body_height, self._count))]

    def _refresh_index(self, index: int) -> None:
        line = index - self.scroll_offset.y + self._header_height
        if self._header_height <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        if y == 0 and self._header_height:
            titles = [column.title for column in self.columns]
            return self._strip(titles, "  ", self._style("header"), width)
        index = self.scroll_offset.y + y - self._header_height
        row = self.row(index)
        if row is None:
            if index == 0 and not self._count:
                # That there is nothing may be said only once somebody has looked.
                words = self.empty_text if self._filled or not self.empty_text else _READING
                text = set_cell_size("  " + words, width)
                return Strip([Segment(text, self._style("empty"))], width)
            return Strip.blank(width, self.rich_style)
        style = self._style(row.state if row.state in STATES else "normal")
        marked = row.key in self.marks
        if marked:
            style += self._style("mark")
        here = index == self.cursor
        if here:
            style += self._style("cursor" if self.has_focus or self.driven else "cursor-blurred")
        return self._strip(row.cells, (">" if here else " ") + ("*" if marked else " "), style, width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"row-list--{name}")

    def _strip(self, cells: Sequence[str], gutter: str, style: Style, width: int) -> Strip:
        parts = [
            fit(cell, size, column.right)
            for cell, size, column in zip(cells, self._widths, self.columns, strict=False)
        ]
        text = gutter + " ".join(parts)
        left = self.scroll_offset.x
        return Strip([Segment(text, style)]).crop_extend(left, left + width, style)
