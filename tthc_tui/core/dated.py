"""Rows that hold from a day to a day, and the one way to ask which of them is in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from tthc_tui.core.base import Model

ALWAYS, FOREVER = date(2000, 1, 1), date(9999, 12, 31)


class Dated(Model):
    """A row with the first and the last day it holds."""

    valid_from: date = ALWAYS
    valid_to: date = FOREVER

    def holds(self, on: date) -> bool:
        """Whether the row is in effect on a day."""
        return self.valid_from <= on <= self.valid_to

    def why_not(self, on: date) -> str:
        """Since or from when the row does not hold on a day, in Vietnamese; "" where it does."""
        if on < self.valid_from:
            return f"chỉ có hiệu lực từ ngày {self.valid_from:%d/%m/%Y}"
        return f"hết hiệu lực từ sau ngày {self.valid_to:%d/%m/%Y}" if on > self.valid_to else ""


class Named(Dated):
    """A row known by its id. Several rows of one id are the same person or thing at different times."""

    id: str


D = TypeVar("D", bound=Dated)
N = TypeVar("N", bound=Named)


def in_force(rows: Iterable[D], on: date) -> list[D]:
    """The rows that hold on a day, in the order they were written."""
    return [row for row in rows if row.holds(on)]


def nearest(rows: Iterable[D], on: date) -> D | None:
    """The row that tells of a day: the last begun by then, before all of them the first to come; None of none.

    Of rows that do not overlap that is the one in force, where one is.
    """
    known = list(rows)
    begun = [row for row in known if row.valid_from <= on]
    if begun:
        return max(begun, key=lambda row: row.valid_from)
    return min(known, key=lambda row: row.valid_from, default=None)


def named(rows: Iterable[N], ident: str, on: date | None = None) -> N | None:
    """The row of an id as of a day (without one: the last to come); None for an unknown id."""
    mine = [row for row in rows if row.id == ident]
    return mine[0] if len(mine) == 1 else nearest(mine, on or FOREVER)


def one_each(rows: Sequence[N], on: date) -> Sequence[N]:
    """One row an id, the one that tells of a day, each where its id first stands."""
    groups: dict[str, list[N]] = {}
    for row in rows:
        groups.setdefault(row.id, []).append(row)
    if len(groups) == len(rows):
        return rows
    return tuple(found for group in groups.values() if (found := nearest(group, on)) is not None)


def how_many(rows: Iterable[Named]) -> int:
    """How many persons or things there are, each counted once whatever its rows."""
    return len({row.id for row in rows})


def together(one: Dated, other: Dated) -> tuple[date, date] | None:
    """The first and last day on which both rows hold; None where they never do."""
    begin, end = max(one.valid_from, other.valid_from), min(one.valid_to, other.valid_to)
    return (begin, end) if begin <= end else None


def unclear(one: Dated, other: Dated) -> bool:
    """Whether two rows about one matter leave open which holds: they begin together, or one ends within the other.

    A newer row over one that lasts longer, or over one without an end, is clear: it holds while it lasts.
    """
    first, second = sorted((one, other), key=lambda row: row.valid_from)
    if together(one, other) is None:
        return False
    return first.valid_from == second.valid_from or first.valid_to < second.valid_to
