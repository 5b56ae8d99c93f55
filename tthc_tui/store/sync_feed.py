"""What comes down from the backend, page by page of the feed.

Everything is applied in the transaction that moves the cursor, chains are checked as they are read, and own
events are recognised by their identity.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from tthc_tui.core import events as ev
from tthc_tui.core.chain import GENESIS, canonical, chain
from tthc_tui.core.sealing import SEAL
from tthc_tui.core.wire import FeedEvent, FeedPage
from tthc_tui.store import sync_state as state
from tthc_tui.store.dossiers import millis, reproject
from tthc_tui.store.driver import rows
from tthc_tui.store.erasing import erase_known
from tthc_tui.store.settings import get_setting, put_setting
from tthc_tui.store.sync_errors import BrokenChain, NewerEvents
from tthc_tui.store.sync_rows import Fresh, People, insert_events, keep_people, project_new

_HELD = "SELECT id, dossier, place, hash FROM event WHERE dossier IN (SELECT value FROM json_each(?))"
_CONFIRM_EVENT = (
    "UPDATE event SET status = 'confirmed', body = ?, place = ?, hash = ?, gen = max(gen, ?)"
    " WHERE id = ? AND NOT (status = 'confirmed' AND place = ? AND hash = ? AND gen >= ? AND body = ?)"
)
"""A generation never goes back: two programs of one file may each take a snapshot over at the same time."""


class _Held(NamedTuple):
    """An event of the file."""

    id: str
    dossier: str
    place: int | None
    hash: str


@dataclass(slots=True)
class _Work:
    """What one transaction will write."""

    gen: int
    inserts: list[tuple[Any, ...]] = field(default_factory=list)
    confirms: list[tuple[Any, ...]] = field(default_factory=list)
    people: People = field(default_factory=People)
    fresh: list[Fresh] = field(default_factory=list)  # dossiers not held here before
    touched: set[str] = field(default_factory=set)
    erased: list[str] = field(default_factory=list)  # persons


def apply_page(connection: Connection, after: str, page: FeedPage, now: datetime) -> bool:
    """Take one page of the feed over, with its cursor; False when the file has moved on meanwhile.

    Raises BrokenChain or NewerEvents; nothing is taken over then.
    """
    if get_setting(connection, state.CURSOR) != after:
        return False  # another process on this file was faster
    histories: dict[str, list[FeedEvent]] = {}
    for item in page.events:
        histories.setdefault(str(read_event(item).dossier), []).append(item)
    apply_histories(connection, histories, state.get_int(connection, state.GEN), whole=False)
    put_setting(connection, state.CURSOR, page.cursor)
    state.put_int(connection, state.HEAD, page.head)
    if not page.more:
        state.put_int(connection, state.DATA_AT, millis(now) or 0)
    return True


def read_event(item: FeedEvent) -> ev.AnyEvent:
    """The event sent; NewerEvents when this program does not know it."""
    try:
        return ev.event_from_json(item.event)
    except ValueError as error:
        raise NewerEvents(
            "Máy chủ gửi loại sự kiện mà bản chương trình này chưa biết: hãy cập nhật chương trình."
        ) from error


def broken(dossier: str, event: ev.AnyEvent) -> BrokenChain:
    """What is said of a history that does not prove itself from `event` on."""
    return BrokenChain(
        f"Lịch sử hồ sơ {dossier} do máy chủ gửi không khớp chuỗi băm tại sự kiện {event.id}: "
        "chưa nhận gì, hãy báo quản trị."
    )


def apply_histories(
    connection: Connection, histories: dict[str, list[FeedEvent]], gen: int, *, whole: bool
) -> None:
    """Join events sent down, by dossier, with what the file holds of them; BrokenChain.

    `whole`: they are whole histories (of the snapshot `gen`), else what follows those held.
    """
    work = _Work(gen)
    held = _held(connection, histories)
    for dossier, items in histories.items():
        _gather(work, dossier, items, held.get(dossier, {}), whole)
    _write(connection, work)
    project_new(connection, work.fresh)
    for dossier in sorted(work.touched):
        reproject(connection, UUID(dossier))
    erase_known(connection, work.erased)


def _held(connection: Connection, dossiers: Iterable[str]) -> dict[str, dict[str, _Held]]:
    """The rows this file holds of these dossiers, by event."""
    asked = list(dossiers)
    found: dict[str, dict[str, _Held]] = {}
    for start in range(0, len(asked), 500):
        part = json.dumps(asked[start : start + 500])
        for row in map(_Held._make, rows(connection, _HELD, (part,))):
            found.setdefault(row.dossier, {})[row.id] = row
    return found


def _gather(work: _Work, dossier: str, items: list[FeedEvent], held: dict[str, _Held], whole: bool) -> None:
    """Check the chain of one dossier and sort its events into new ones and known ones."""
    before = [row for row in held.values() if row.hash and row.place and row.place < items[0].place]
    head = GENESIS if whole or not before else max(before, key=lambda row: row.place or 0).hash
    events, sealed = list[ev.AnyEvent](), False
    for item in items:
        event = read_event(item)
        head = chain(head, canonical(item.event))
        if head != item.chain or str(event.dossier) != dossier:
            raise broken(dossier, event)
        identity = str(event.id)
        events.append(event)
        sealed = sealed or SEAL in item.event
        if isinstance(event, ev.PersonErased):
            work.erased += map(str, event.persons)
        if identity in held:
            same = (item.place, head, work.gen, item.event)
            work.confirms.append((item.event, item.place, head, work.gen, identity, *same))
        else:
            work.inserts.append(
                (
                    identity,
                    dossier,
                    event.version,
                    event.kind,
                    millis(event.at),
                    event.unit,
                    event.officer,
                    item.event,
                    item.place,
                    head,
                    work.gen,
                )
            )
        for person in item.persons:
            work.people.add(person)
    if held or not isinstance(events[0], ev.Register):
        work.touched.add(dossier)
    else:
        work.fresh.append(Fresh.of(events, sealed=sealed))


def _write(connection: Connection, work: _Work) -> None:
    run = connection.exec_driver_sql
    insert_events(connection, work.inserts)
    if work.confirms:
        known = [(row[4],) for row in work.confirms]
        run(_CONFIRM_EVENT, work.confirms)
        run("DELETE FROM outbox WHERE event = ?", known)
        run(
            "UPDATE conflict SET resolution = 'sent', told = 1 WHERE event = ? AND kind = 'refused'"
            " AND resolution = ''",
            known,
        )
    keep_people(connection, work.people)
