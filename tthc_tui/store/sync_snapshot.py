"""A new beginning: the snapshot of a feed, taken over by a station that may hold some of it already.

`prepare` reads, proves and folds dossiers and needs no file, so it runs while the writer stores those before;
`apply_batch` is the short transaction that stores them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from tthc_tui.core import events as ev
from tthc_tui.core.chain import GENESIS, canonical, chain
from tthc_tui.core.sealing import SEAL
from tthc_tui.core.wire import FeedEvent, SnapshotDossier
from tthc_tui.store import sync_state as state
from tthc_tui.store.dossiers import millis, reproject
from tthc_tui.store.driver import column
from tthc_tui.store.erasing import erase_known
from tthc_tui.store.settings import get_setting, put_setting
from tthc_tui.store.sync_errors import SuddenlyEmpty
from tthc_tui.store.sync_feed import apply_histories, broken, read_event
from tthc_tui.store.sync_outbox import renumber
from tthc_tui.store.sync_rows import Fresh, People, insert_events, keep_people, project_new
from tthc_tui.store.sync_state import Snapshot
from tthc_tui.store.tables import EventRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]

SERVER = "server"
"""The station of events the backend adds by itself: it will add them again where they are needed."""

_HELD = "SELECT DISTINCT dossier FROM event WHERE dossier IN (SELECT value FROM json_each(?))"


def begin_snapshot(connection: Connection, *, requeue: bool) -> Snapshot:
    """Start over from a snapshot: what it lacks afterwards is looked at by `finish_snapshot`."""
    gen = state.get_int(connection, state.GEN) + 1
    state.put_int(connection, state.GEN, gen)
    begun = Snapshot(gen, requeue)
    state.put_snapshot(connection, begun)
    return begun


@dataclass(slots=True)
class Batch:
    """Some dossiers of a snapshot, proved, ready to be stored; `reached` is how far the snapshot is with them."""

    reached: Snapshot
    histories: dict[str, tuple[FeedEvent, ...]] = field(default_factory=dict)
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    fresh: dict[str, Fresh] = field(default_factory=dict)
    people: People = field(default_factory=People)
    erased: list[str] = field(default_factory=list)


def prepare(lines: Sequence[SnapshotDossier], begun: Snapshot) -> Batch:
    """Read `lines` (not empty) and prove their chains; BrokenChain or NewerEvents."""
    last = lines[-1]
    batch = Batch(Snapshot(begun.gen, begun.requeue, begun.as_of, last.token, last.done, begun.total))
    for line in lines:
        _prepare(batch, line.dossier, line.events)
    return batch


def _prepare(batch: Batch, identity: UUID, items: tuple[FeedEvent, ...]) -> None:
    dossier = str(identity)
    batch.histories[dossier] = items
    head, sealed = GENESIS, False
    events: list[ev.AnyEvent] = []
    rows = batch.rows[dossier] = []
    for item in items:
        text = item.event
        event = read_event(item)
        head = chain(head, canonical(text))
        if head != item.chain or event.dossier != identity:
            raise broken(dossier, event)
        rows.append(
            (
                str(event.id),
                dossier,
                event.version,
                event.kind,
                millis(event.at),
                event.unit,
                event.officer,
                text,
                item.place,
                head,
                batch.reached.gen,
            )
        )
        events.append(event)
        sealed = sealed or SEAL in text
        if isinstance(event, ev.PersonErased):
            batch.erased += map(str, event.persons)
        for person in item.persons:
            batch.people.add(person)
    if isinstance(events[0], ev.Register):
        batch.fresh[dossier] = Fresh.of(events, sealed=sealed)


def apply_batch(connection: Connection, batch: Batch) -> None:
    """Store a batch and note how far the snapshot has come; dossiers held here already are joined event by event."""
    asked = json.dumps(list(batch.histories))
    known = set(column(connection, _HELD, (asked,))) | (batch.histories.keys() - batch.fresh.keys())
    if not known:
        rows = list(batch.rows.values())
    else:
        rows = [rows for dossier, rows in batch.rows.items() if dossier not in known]
    insert_events(connection, [row for part in rows for row in part])
    keep_people(connection, batch.people)
    project_new(connection, (one for dossier, one in batch.fresh.items() if dossier not in known))
    if known:
        joined = {dossier: list(items) for dossier, items in batch.histories.items() if dossier in known}
        apply_histories(connection, joined, batch.reached.gen, whole=True)
    erase_known(connection, batch.erased)
    state.put_snapshot(connection, batch.reached)


def check_not_emptied(connection: Connection, dossiers: int) -> None:
    """SuddenlyEmpty when a backend that had dossiers offers none: somebody has to confirm that first."""
    held = connection.execute(
        select(func.count()).select_from(_EVENT).where(_EVENT.c.place.is_not(None))
    ).scalar_one()
    if held and not dossiers:
        raise SuddenlyEmpty(
            "Máy chủ không còn hồ sơ nào trong khi máy này đang giữ hồ sơ của máy chủ: chưa thay đổi gì, "
            "hãy báo quản trị; nếu đúng là máy chủ mới thì chạy “tthc sync --once --accept-empty”."
        )


def finish_snapshot(
    connection: Connection, begun: Snapshot, cursor: str, now: datetime, units: frozenset[str]
) -> tuple[int, int]:
    """The snapshot is complete: go on from `cursor`. (events put into the outbox again, events lost).

    Events the backend no longer has, when the log is another one: they go up again, before everything that
    waits, in the order they had: own ones, and those of others where this station may speak for all who acted
    (`units` is its scope), because their machine may be gone. What remains no longer counts here, but stays in
    the file.
    """
    missing = connection.execute(
        select(
            _EVENT.c.id,
            _EVENT.c.dossier,
            _EVENT.c.unit,
            func.json_extract(_EVENT.c.body, "$.station").label("station"),
        )
        .where(_EVENT.c.status == "confirmed", _EVENT.c.place.is_not(None), _EVENT.c.gen < begun.gen)
        .order_by(_EVENT.c.place)
    ).all()
    strange = {row.dossier for row in missing if row.unit not in units}
    here = get_setting(connection, "station")
    again = {
        row.id: row.dossier
        for row in missing
        if begun.requeue and row.station != SERVER and (row.station == here or row.dossier not in strange)
    }
    lost = [row.id for row in missing if row.id not in again]
    for event in lost:
        connection.exec_driver_sql(
            "UPDATE event SET status = 'lost', place = NULL, hash = '' WHERE id = ?", (event,)
        )
    if again:
        renumber(connection, state.get_int(connection, state.NEXT_SEQ, 1), list(again.items()))
    for dossier in sorted({row.dossier for row in missing}):
        reproject(connection, UUID(dossier))
    state.put_snapshot(connection, None)
    state.put_int(connection, state.LOST, len(lost) if begun.requeue else 0)
    put_setting(connection, state.CURSOR, cursor)
    state.put_int(connection, state.DATA_AT, millis(now) or 0)
    return len(again), len(lost)
