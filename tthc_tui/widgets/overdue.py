"""The panel of late dossiers at the right of wide screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tthc_tui.widgets.rowlist import fit

GROUPS = (("overdue", "Quá hạn"), ("today", "Hôm nay"), ("risk", "Sắp trễ"))
WIDE = 120  # columns from which the panel is shown
_CODE = 16  # cells for a code: day, number and a group of the agency


@dataclass(frozen=True, slots=True)
class OverdueItem:
    """One dossier: the end of its code, the applicant, and the time left or late in words."""

    key: str
    code_tail: str
    name: str
    remaining: str
    state: str = "overdue"


class OverduePanel(Widget):
    """Overdue, due today, at risk: the most pressing first, as many as fit. Values and ticks come from outside.

    The panel hides itself on screens narrower than 120 columns; each group gets its share of the lines.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"overdue-panel--{state}" for state, _ in GROUPS} | {
        "overdue-panel--quiet"
    }
    DEFAULT_CSS = """
    OverduePanel {
        dock: right; width: 40; height: 1fr; background: $surface; color: $foreground;
        border-left: solid $border-blurred; padding: 0 0 0 1;
        & > .overdue-panel--overdue { color: $text-error; text-style: bold; }
        & > .overdue-panel--today { color: $text-warning; text-style: bold; }
        & > .overdue-panel--risk { color: $text-accent; text-style: bold; }
        & > .overdue-panel--quiet { color: $text-muted; }
        &.-narrow { display: none; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.items: tuple[OverdueItem, ...] = ()
        self.totals: dict[str, int] = {}
        self._drawn: tuple[object, list[tuple[str, str]]] | None = None  # (what it was drawn from, lines)

    def show(self, items: Sequence[OverdueItem], totals: dict[str, int] | None = None) -> None:
        """Show these dossiers; `totals` counts each state where more exist than were given."""
        new = tuple(items)
        counted = totals or {state: sum(item.state == state for item in new) for state, _ in GROUPS}
        if (new, counted) != (self.items, self.totals):
            self.items, self.totals = new, counted
            self.refresh()

    def on_mount(self) -> None:
        """Follow the width of the terminal."""
        # A hidden widget gets no resize event, so the screen tells.
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self._fit_screen())
        self._fit_screen()

    def _fit_screen(self) -> None:
        self.set_class(self.app.size.width < WIDE, "-narrow")

    def lines(self, height: int) -> list[tuple[str, str]]:
        """(text, state) of the lines that fit `height`."""
        groups = [(state, title, [i for i in self.items if i.state == state]) for state, title in GROUPS]
        free = max(height - len(groups), 0)
        shares = _shares([len(items) for *_, items in groups], free)
        lines: list[tuple[str, str]] = []
        for (state, title, items), share in zip(groups, shares, strict=True):
            total = max(self.totals.get(state, 0), len(items))
            lines.append((f"{title} {total}", state if total else "quiet"))
            cut = share < total
            for item in items[: max(share - 1, 0) if cut else share]:
                lines.append((self._line(item), ""))
            if cut and share:
                lines.append((f"  … và {total - share + 1} hồ sơ nữa", "quiet"))
        return lines[:height]

    def _line(self, item: OverdueItem) -> str:
        width = self.size.width
        tail = fit(item.code_tail, min(cell_len(item.code_tail), _CODE))
        words = item.remaining.removeprefix("quá hạn ").removeprefix("còn ")  # the heading says which
        left = fit(words, min(cell_len(words), 16))
        name = fit(item.name, max(width - cell_len(tail) - cell_len(left) - 3, 0))
        return f" {tail} {name} {left}"

    def render_line(self, y: int) -> Strip:
        """One line of the panel."""
        width = self.size.width
        drawn_from = (self.items, self.totals, self.size)
        if self._drawn is None or self._drawn[0] != drawn_from:  # once for all lines, not once for each
            self._drawn = drawn_from, self.lines(self.size.height)
        lines = self._drawn[1]
        if y >= len(lines):
            return Strip.blank(width, self.rich_style)
        text, state = lines[y]
        style = self.get_component_rich_style(f"overdue-panel--{state}") if state else self.rich_style
        return Strip([Segment(fit(text, width), style)], width)


def _shares(wanted: list[int], free: int) -> list[int]:
    """How many lines each group gets: all it wants where there is room, else a fair part, leftovers first come."""
    shares = [0] * len(wanted)
    while free > 0 and any(want > share for want, share in zip(wanted, shares, strict=True)):
        for at, want in enumerate(wanted):
            if free and want > shares[at]:
                shares[at] += 1
                free -= 1
    return shares
