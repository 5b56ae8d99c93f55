"""Proving a whole server: every chain, every state's head, every signed checkpoint, the log's own order."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tthc_tui.core.base import Model
from tthc_tui.core.chain import (
    Break,
    Link,
    SignedCheckpoint,
    checkpoints_trouble,
    first_break,
    heads_digest,
)
from tthc_tui.core.events import event_from_json
from tthc_tui.server.app import open_database
from tthc_tui.server.checkpoints import read_row, signature_good
from tthc_tui.server.database import Database, Row
from tthc_tui.server.settings import ServerSettings

STEP = 5_000  # places read at once


class ServerProof(Model):
    """What was proved. `trouble` is a Vietnamese sentence on the first thing that does not fit, "" when all does."""

    events: int = 0
    dossiers: int = 0
    checkpoints: int = 0
    unsigned: int = 0  # events behind the last checkpoint
    trouble: str = ""
    broken: Break | None = None


async def verify_server(settings: ServerSettings, *, key: str = "") -> ServerProof:
    """Prove the database of `settings`. `key` (hex) is the public key checkpoints must be signed with, if known.

    Memory grows with the number of dossiers, not of events.
    """
    database = open_database(settings)
    await database.open()
    try:
        return await verify_database(database, key=key)
    finally:
        await database.close()


async def verify_database(database: Database, *, key: str = "") -> ServerProof:
    """The same on an open database."""
    async with database.reading() as tx:
        ((head,),) = await tx.rows("SELECT head FROM log WHERE id = 1")
        ((top,),) = await tx.rows("SELECT coalesce(max(place), 0) FROM event")
        rows = await tx.rows("SELECT body, signature, key FROM checkpoint ORDER BY number")
    signed = [read_row((row[0], row[1], row[2])) for row in rows]
    trouble = checkpoints_trouble(signed, lambda item: signature_good(item, key))
    if top > head:
        trouble = trouble or f"Nhật ký có sự kiện ở vị trí {top}, sau vị trí cuối {head}: nhật ký đã bị sửa."
    if trouble:
        return ServerProof(trouble=trouble)
    heads: dict[str, str] = {}
    grown: dict[str, str] = {}
    waiting = list(signed)
    events = since_last = in_segment = reached = 0
    empty: list[int] = []
    async for row in _events(database, head):
        place, identity, dossier, body, chained, kind, unit = row
        empty += range(reached + 1, place)
        reached = place
        while waiting and place > waiting[0].checkpoint.place:
            trouble = _digest_trouble(waiting.pop(0), grown, in_segment)
            grown, in_segment, since_last = {}, 0, 0
            if trouble:
                return ServerProof(events=events, dossiers=len(heads), trouble=trouble)
        broken = first_break([Link(dossier, identity, body, chained)], heads) or _column_break(
            identity, dossier, body, kind, unit
        )
        if broken is not None:
            return ServerProof(events=events, dossiers=len(heads), trouble=broken.sentence, broken=broken)
        grown[dossier] = chained
        events, in_segment, since_last = events + 1, in_segment + 1, since_last + 1
    for checkpoint in waiting:
        trouble = _digest_trouble(checkpoint, grown, in_segment)
        grown, in_segment, since_last = {}, 0, 0
        if trouble:
            return ServerProof(events=events, dossiers=len(heads), trouble=trouble)
    empty += range(reached + 1, head + 1)
    trouble = await _states_trouble(database, heads) or await _empty_trouble(database, empty)
    return ServerProof(
        events=events, dossiers=len(heads), checkpoints=len(signed), unsigned=since_last, trouble=trouble
    )


async def _events(database: Database, head: int) -> AsyncIterator[Row]:
    """All events up to `head`, in the order of the log."""
    for low in range(0, head, STEP):
        async with database.reading() as tx:
            rows = await tx.rows(
                "SELECT place, id, dossier, body, chain, kind, unit FROM event"
                " WHERE place > :low AND place <= :high ORDER BY place",
                low=low,
                high=min(low + STEP, head),
            )
        for row in rows:
            yield row


def _column_break(identity: str, dossier: str, body: str, kind: str, unit: str) -> Break | None:
    """What stands beside an event must be what stands in it."""
    event = event_from_json(body)
    if (str(event.id), str(event.dossier), event.kind, event.unit) == (identity, dossier, kind, unit):
        return None
    return Break(
        dossier=dossier, event=identity, sentence=f"Sự kiện {identity} không khớp với các cột ghi cạnh nó."
    )


def _digest_trouble(item: SignedCheckpoint, grown: dict[str, str], events: int) -> str:
    checkpoint = item.checkpoint
    same = (checkpoint.heads, checkpoint.dossiers, checkpoint.events) == (
        heads_digest(grown.items()),
        len(grown),
        events,
    )
    return (
        ""
        if same
        else f"Nhật ký không khớp với mốc ký số {checkpoint.number}: có sự kiện bị thêm, bớt hoặc sửa."
    )


async def _empty_trouble(database: Database, places: list[int]) -> str:
    """A place without an event is one where dossiers that were there already came into more units' feeds."""
    for place in places:
        async with database.reading() as tx:
            shown = await tx.rows(
                "SELECT 1 FROM visibility v WHERE v.since = :place AND EXISTS"
                " (SELECT 1 FROM event e WHERE e.dossier = v.dossier AND e.place < :place) LIMIT 1",
                place=place,
            )
        if not shown:
            return f"Nhật ký thiếu sự kiện ở vị trí {place}: có sự kiện bị xóa."
    return ""


async def _states_trouble(database: Database, heads: dict[str, str]) -> str:
    """The rows of dossiers must stand at the heads of their chains."""
    last, seen = "", 0
    while True:
        async with database.reading() as tx:
            rows = await tx.rows(
                "SELECT id, chain FROM dossier WHERE id > :last ORDER BY id LIMIT 5000", last=last
            )
        for identity, chained in rows:
            if heads.get(identity, chained) != chained:
                return f"Trạng thái của hồ sơ {identity} không khớp với lịch sử của nó."
        seen += len(rows)
        if len(rows) < 5000:
            missing = len(heads) > seen
            return "Có hồ sơ mất trạng thái trên máy chủ." if missing else ""
        last = rows[-1][0]
