"""The painting half of a list: rows read by pages from a source, columns measured, one line at a time painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.reactive import Reactive, reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tthc_tui.widgets.rows import STATES, Column, ListSource, Row, RowSource, fit, line_width, share_width

PAGE = 50
_READING = "Đang đọc dữ liệu…"


class RowPainter(ScrollView):
    """What a list looks like, given its source, cursor and marks."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--header",
        "row-list--cursor",
        "row-list--cursor-blurred",
        "row-list--mark",
        "row-list--empty",
        *(f"row-list--{state}" for state in STATES),
    }
    DEFAULT_CSS = """
    RowPainter {
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
    # More or fewer rows change the scrollbar, not the places of other widgets (see `_measure`).
    virtual_size = Reactive(Size(0, 0), layout=False)
    cursor: reactive[int] = reactive(0, repaint=False, init=False)

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

    @property
    def count(self) -> int:
        """How many rows the list shows."""
        return self._count

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
    def _header_height(self) -> int:
        return 1 if self.show_header and self.columns else 0

    @property
    def _body_height(self) -> int:
        return max(self.scrollable_content_region.height - self._header_height, 1)

    def cursor_visible(self, index: int) -> bool:
        """Whether the row at `index` is on screen."""
        return self.scroll_offset.y <= index < self.scroll_offset.y + self._body_height

    def _measure(self) -> None:
        room, height = self.size
        lines = self._count + self._header_height
        # Said before the scrollbar comes or goes: no event tells of it, and shared columns give it its cell.
        bar = self.styles.overflow_y == "auto" and lines > height and not self.styles.auto_dimensions
        self._widths = share_width(self.columns, room - bar * self.styles.scrollbar_size_vertical)
        total = line_width(self._widths)
        self.virtual_size = Size(max(total, 1), lines)
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
