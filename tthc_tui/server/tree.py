"""Visibility that follows the tree of units, also where a unit gets another parent from a day on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection, text

from tthc_tui.core.site import Unit
from tthc_tui.server.clock import today
from tthc_tui.server.database import Database, Unavailable
from tthc_tui.server.directory import UNITS_SQL, directory_on

log = logging.getLogger("tthc.server")
LOOK_SECONDS = 30
_WAITING = "SELECT 1 FROM unit WHERE shown = 0 AND valid_from <= :day LIMIT 1"


def show_to_those_above(connection: Connection, day: date) -> None:
    """Visibility that the tree of units asks for on a day, at one fresh place of the log, so that no cursor misses it."""
    lock = "" if connection.dialect.name == "sqlite" else " FOR UPDATE"
    head = int(connection.execute(text(f"SELECT head FROM log WHERE id = 1{lock}")).scalar_one())
    units = [Unit(**row) for row in connection.execute(text(UNITS_SQL)).mappings()]
    tree = directory_on(units, (), (), day)
    added: dict[str, set[str]] = {}
    for unit in tree.parents:
        for above in tree.above(unit)[1:]:
            fresh = connection.execute(
                text(
                    "INSERT INTO visibility (unit, dossier, since) SELECT :above, v.dossier, :since FROM visibility v"
                    " WHERE v.unit = :unit ON CONFLICT (unit, dossier) DO NOTHING RETURNING dossier"
                ),
                {"above": above, "unit": unit, "since": head + 1},
            )
            for (dossier,) in fresh:
                added.setdefault(dossier, set()).add(above)
    for dossier, seers in added.items():
        row = connection.execute(
            text("SELECT seen_by FROM dossier WHERE id = :id"), {"id": dossier}
        ).scalar_one()
        seen_by = json.dumps(sorted({*json.loads(row), *seers}), ensure_ascii=False)
        connection.execute(
            text("UPDATE dossier SET seen_by = :s WHERE id = :id"), {"s": seen_by, "id": dossier}
        )
    if added:  # a new head makes every process read the states again
        connection.execute(text("UPDATE log SET head = head + 1 WHERE id = 1"))
    connection.execute(
        text("UPDATE unit SET shown = 1 WHERE shown = 0 AND valid_from <= :day"), {"day": day.isoformat()}
    )


def follow_tree(url: str, day: date) -> None:
    """The same on a connection of its own, where a row of a unit has begun that was not looked at yet."""
    from tthc_tui.server.migrate import connected

    with connected(url) as connection:
        if connection.execute(text(_WAITING), {"day": day.isoformat()}).first() is not None:
            show_to_those_above(connection, day)


async def keep_tree(database: Database, url: str, changed: Callable[[], None]) -> None:
    """As long as the server runs: when a unit's new row begins, those above it see its dossiers."""
    while True:
        try:
            day = today()
            async with database.reading() as tx:
                waiting = await tx.rows(_WAITING, day=day.isoformat())
            if waiting:
                await asyncio.to_thread(follow_tree, url, day)
                changed()
        except Unavailable:
            log.warning("units not looked at: database unavailable")
        await asyncio.sleep(LOOK_SECONDS)
