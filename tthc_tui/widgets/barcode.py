"""Codes on screen: Code 128 in half cells where the width allows, and QR. Black on white whatever the theme."""

from __future__ import annotations

from typing import Literal

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

INK = Style(color="#000000", bgcolor="#ffffff")  # never from the theme: inverted bars do not scan
_BAR_ROWS = 3

Kind = Literal["bars", "qr"]


class BarcodeView(Widget):
    """The code of a dossier as bars: the whole code, else its short id, else a QR, as the room allows.

    The line under the bars says in words what they hold. Where nothing fits, only that line is shown.
    """

    DEFAULT_CSS = "BarcodeView { width: 1fr; height: auto; min-height: 1; }"

    def __init__(
        self, code: str = "", short_id: str = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.code = code
        self.short_id = short_id
        self._made: dict[tuple[Kind, str], list[str]] = {}

    def show(self, code: str, short_id: str = "") -> None:
        """Show another code."""
        if (code, short_id) != (self.code, self.short_id):
            self.code, self.short_id = code, short_id
            self._made.clear()
            self.refresh(layout=True)

    def choose(self, width: int, height: int) -> tuple[list[str], str]:
        """(rows, text they hold) that fit `width` × `height` cells, the words below not counted."""
        for text in (self.code, self.short_id):
            rows = self._rows("bars", text)
            if rows and len(rows[0]) <= width and len(rows) <= height:
                return rows, text
        rows = self._rows("qr", self.code or self.short_id)
        if rows and len(rows[0]) <= width and len(rows) <= height:
            return rows, self.code or self.short_id
        return [], ""

    def _rows(self, kind: Kind, text: str) -> list[str]:
        if not text:
            return []
        if (kind, text) not in self._made:
            from tthc_tui.printing import codes

            try:
                made = codes.half_cell_rows(text, _BAR_ROWS) if kind == "bars" else codes.qr_half_blocks(text)
            except ValueError:
                made = []  # a code that cannot be drawn is still shown in words
            self._made[kind, text] = made
        return self._made[kind, text]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Bars or QR and the words below."""
        return len(self.choose(width, max(viewport.height - 2, 1))[0]) + 1

    def render_line(self, y: int) -> Strip:
        """One line: ink on white, centred."""
        width = self.size.width
        rows, held = self.choose(width, max(self.size.height - 1, 0))
        if y < len(rows):
            return _centred(rows[y], width, INK, self.rich_style)
        if y == len(rows):
            words = held or self.code or self.short_id
            words = words if held in (self.code, "") else f"{held}  ({self.code})"
            return _centred(words[:width], width, self.rich_style, self.rich_style)
        return Strip.blank(width, self.rich_style)


class QRView(Widget):
    """A QR of any text, with its quiet zone."""

    DEFAULT_CSS = "QRView { width: auto; height: auto; }"

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.text = text
        self._rows: list[str] | None = None

    def show(self, text: str) -> None:
        """Show another text."""
        if text != self.text:
            self.text, self._rows = text, None
            self.refresh(layout=True)

    @property
    def rows(self) -> list[str]:
        """The lines of half blocks; none where the text is empty or too long for a QR."""
        if self._rows is None:
            from tthc_tui.printing import codes

            try:
                self._rows = codes.qr_half_blocks(self.text) if self.text else []
            except ValueError:
                self._rows = []
        return self._rows

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The side of the QR in cells."""
        return len(self.rows[0]) if self.rows else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Two modules a cell."""
        return len(self.rows)

    def render_line(self, y: int) -> Strip:
        """One line of the QR."""
        if y < len(self.rows):
            return _centred(self.rows[y], self.size.width, INK, self.rich_style)
        return Strip.blank(self.size.width, self.rich_style)


def _centred(text: str, width: int, style: Style, around: Style) -> Strip:
    left = max((width - len(text)) // 2, 0)
    segments = [Segment(" " * left, around), Segment(text, style)]
    return Strip(segments).adjust_cell_length(width, around)
