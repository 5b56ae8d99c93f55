"""Values of lists: rows, columns, where rows come from, and text that fits its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rich.cells import cell_len, set_cell_size

STATES = ("overdue", "today", "risk", "normal", "done", "dim")
_GUTTER = 2  # "> " shows the cursor and "*" the mark where colours do not


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `key` names it for good, `state` (one of STATES) only colours it; the cells hold the words."""

    key: str
    cells: Sequence[str]
    state: str = "normal"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `width` 0 shares what is left, at least `least` cells."""

    title: str
    width: int = 0
    right: bool = False
    least: int = 8


@dataclass(frozen=True)
class ListState:
    """Cursor and marks of a list at one moment; a scan passing through is undone with it."""

    cursor: int
    marks: frozenset[str]
    top: int


class RowSource(Protocol):
    """Where rows come from. `fetch` may return fewer rows than asked; it is called for whole pages."""

    @property
    def count(self) -> int:
        """How many rows there are now."""
        ...

    def fetch(self, start: int, n: int) -> Sequence[Row]:
        """The rows from `start` on, at most `n`."""
        ...

    def index_of(self, key: str) -> int | None:
        """Where the row with this key stands now, None where it is gone or not known."""
        ...


@dataclass
class ListSource:
    """Rows that are all in memory."""

    rows: Sequence[Row] = ()
    _at: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def fetch(self, start: int, n: int) -> Sequence[Row]:
        """A slice of the rows."""
        return self.rows[start : start + n]

    def index_of(self, key: str) -> int | None:
        """The place of a key."""
        if not self._at:
            self._at = {row.key: at for at, row in enumerate(self.rows)}
        return self._at.get(key)


def fit(text: str, width: int, right: bool = False) -> str:
    """`text` in exactly `width` cells: cut with "…", filled with blanks, nothing unprintable."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    size = len(text) if text.isascii() else cell_len(text)
    if size > width:
        return set_cell_size(text, max(width - 1, 0)) + "…" * min(width, 1)
    return " " * (width - size) + text if right else text + " " * (width - size)


def share_width(columns: Sequence[Column], room: int) -> tuple[int, ...]:
    """The width of each column in a line of `room` cells: fixed ones first, the others share what is left."""
    widths, rest = [], sum(not column.width for column in columns)
    left = max(room - line_width([column.width for column in columns]), 0)
    for column in columns:
        if column.width:
            widths.append(column.width)
            continue
        share = max(column.least, left // rest)
        left, rest = max(left - share, 0), rest - 1
        widths.append(share)
    return tuple(widths)


def line_width(widths: Sequence[int]) -> int:
    """The width of a whole line: cursor and mark, the columns, a blank between each two."""
    return sum(widths) + _GUTTER + max(len(widths) - 1, 0)
