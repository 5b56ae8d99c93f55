"""Proving histories offline: the hash chains of this file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from tthc_tui.core.chain import Break, Link, first_break
from tthc_tui.store.tables import EventRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved: events whose chain fits, dossiers they belong to, events not yet in any chain.

    `broken` names the first event that does not fit, None when all do.
    """

    events: int
    dossiers: int
    waiting: int
    broken: Break | None


def verify_file(connection: Connection) -> Proof:
    """Walk every chain the file holds; events that the backend has not confirmed have none yet."""
    seen: set[str] = set()
    count = waiting = 0

    def links() -> Iterator[Link]:
        nonlocal count, waiting
        rows = connection.execute(
            select(_EVENT.c.dossier, _EVENT.c.id, _EVENT.c.body, _EVENT.c.hash)
            .where(_EVENT.c.status == "confirmed")
            .order_by(_EVENT.c.place, _EVENT.c.pos)
            .execution_options(yield_per=1000)
        )
        for row in rows:
            if not row.hash:
                waiting += 1
                continue
            count += 1
            seen.add(row.dossier)
            yield Link(row.dossier, row.id, row.body, row.hash)

    broken = first_break(links())
    return Proof(count, len(seen), waiting, broken)
