"""What comes down from the backend: pages of the feed, and snapshots for a new beginning.

Everything is applied in the transaction that moves the cursor, chains are checked as they are read, and own
events are recognised by their identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from tthc_tui.core import events as ev
from tthc_tui.core.chain import GENESIS, canonical, chain
from tthc_tui.core.dossier import fold
from tthc_tui.core.sealing import SEAL
from tthc_tui.core.text import fold as fold_text
from tthc_tui.core.wire import FeedEvent, FeedPage, SnapshotDossier, WirePerson
from tthc_tui.store import law
from tthc_tui.store import sync_state as state
from tthc_tui.store.dossiers import millis, projection, reproject, unsealed
from tthc_tui.store.erasing import erase_known, erased
from tthc_tui.store.settings import get_setting, put_setting
from tthc_tui.store.sync_errors import BrokenChain, NewerEvents, SuddenlyEmpty
from tthc_tui.store.sync_outbox import renumber
from tthc_tui.store.sync_state import Snapshot
from tthc_tui.store.tables import DossierRow, EventRow, PersonRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_DOSSIER = DossierRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]

SERVER = "server"
"""The station of events the backend adds by itself: it will add them again where they are needed."""

_INSERT_EVENT = (
    "INSERT INTO event (id, dossier, version, kind, at, unit, officer, body, place, status, hash, gen)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'confirmed', ?, ?)"
)
_CONFIRM_EVENT = (
    "UPDATE event SET status = 'confirmed', body = ?, place = ?, hash = ?, gen = ?"
    " WHERE id = ? AND NOT (status = 'confirmed' AND place = ? AND hash = ? AND gen = ? AND body = ?)"
)
_INSERT_PERSON = (
    "INSERT INTO person (id, name, fold, kind, number, birth, sex, address, phone, email, salt)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO "
)
_TAKE_PERSON = _INSERT_PERSON + (
    "UPDATE SET name = excluded.name, fold = excluded.fold, kind = excluded.kind, number = excluded.number,"
    " birth = excluded.birth, sex = excluded.sex, address = excluded.address, phone = excluded.phone,"
    " email = excluded.email, salt = excluded.salt"
)
_TAKE_MASKED = _INSERT_PERSON + "NOTHING"  # never over clear data
_USED = (
    "INSERT INTO procedure_use (code, times) VALUES (?, 1)"
    " ON CONFLICT (code) DO UPDATE SET times = procedure_use.times + 1"
)


@dataclass(slots=True)
class _Work:
    """What one transaction will write."""

    gen: int
    inserts: list[tuple[Any, ...]] = field(default_factory=list)
    confirms: list[tuple[Any, ...]] = field(default_factory=list)
    persons: dict[str, WirePerson] = field(default_factory=dict)
    fresh: dict[str, list[ev.AnyEvent]] = field(default_factory=dict)  # dossiers not held here before
    touched: set[str] = field(default_factory=set)
    sealed: set[str] = field(default_factory=set)  # dossiers with texts that need their persons
    erased: list[ev.PersonErased] = field(default_factory=list)


def apply_page(connection: Connection, after: str, page: FeedPage, now: datetime) -> bool:
    """Take one page of the feed over, with its cursor; False when the file has moved on meanwhile.

    Raises BrokenChain or NewerEvents; nothing is taken over then.
    """
    if get_setting(connection, state.CURSOR) != after:
        return False  # another process on this file was faster
    histories: dict[str, list[FeedEvent]] = {}
    for item in page.events:
        histories.setdefault(str(_read(item).dossier), []).append(item)
    _apply(connection, histories, state.get_int(connection, state.GEN), whole=False)
    put_setting(connection, state.CURSOR, page.cursor)
    state.put_int(connection, state.HEAD, page.head)
    if not page.more:
        state.put_int(connection, state.DATA_AT, millis(now) or 0)
    return True


def begin_snapshot(connection: Connection, *, requeue: bool) -> Snapshot:
    """Start over from a snapshot: what it lacks afterwards is looked at by `finish_snapshot`."""
    gen = state.get_int(connection, state.GEN) + 1
    state.put_int(connection, state.GEN, gen)
    begun = Snapshot(gen, requeue)
    state.put_snapshot(connection, begun)
    return begun


def apply_snapshot(connection: Connection, begun: Snapshot, lines: Sequence[SnapshotDossier]) -> Snapshot:
    """Take some dossiers of a snapshot over and note how far it has come."""
    histories = {str(line.dossier): list(line.events) for line in lines}
    _apply(connection, histories, begun.gen, whole=True)
    last = lines[-1]
    reached = Snapshot(begun.gen, begun.requeue, begun.as_of, last.token, last.done, begun.total)
    state.put_snapshot(connection, reached)
    return reached


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


def _read(item: FeedEvent) -> ev.AnyEvent:
    try:
        return ev.event_from_json(item.event)
    except ValueError as error:
        raise NewerEvents(
            "Máy chủ gửi loại sự kiện mà bản chương trình này chưa biết: hãy cập nhật chương trình."
        ) from error


def _apply(connection: Connection, histories: dict[str, list[FeedEvent]], gen: int, *, whole: bool) -> None:
    work = _Work(gen)
    held = _held(connection, histories)
    for dossier, items in histories.items():
        _gather(work, dossier, items, held.get(dossier, {}), whole)
    _write(connection, work)
    for dossier in work.sealed & work.fresh.keys():
        work.fresh[dossier] = [unsealed(connection, event) for event in work.fresh[dossier]]
    _project_fresh(connection, work.fresh)
    for dossier in sorted(work.touched):
        reproject(connection, UUID(dossier))
    erase_known(connection, [str(person) for event in work.erased for person in event.persons])


def _held(connection: Connection, dossiers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The rows this file holds of these dossiers, by event."""
    asked = list(dossiers)
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(asked), 500):
        rows = connection.execute(
            select(_EVENT.c.id, _EVENT.c.dossier, _EVENT.c.place, _EVENT.c.hash).where(
                _EVENT.c.dossier.in_(asked[start : start + 500])
            )
        )
        for row in rows:
            found.setdefault(row.dossier, {})[row.id] = row
    return found


def _gather(work: _Work, dossier: str, items: list[FeedEvent], held: dict[str, Any], whole: bool) -> None:
    """Check the chain of one dossier and sort its events into new ones and known ones."""
    before = [row for row in held.values() if row.hash and row.place and row.place < items[0].place]
    head = GENESIS if whole or not before else max(before, key=lambda row: row.place).hash
    events = []
    for item in items:
        event = _read(item)
        head = chain(head, canonical(item.event))
        if head != item.chain or str(event.dossier) != dossier:
            raise BrokenChain(
                f"Lịch sử hồ sơ {dossier} do máy chủ gửi không khớp chuỗi băm tại sự kiện {event.id}: "
                "chưa nhận gì, hãy báo quản trị."
            )
        identity = str(event.id)
        events.append(event)
        if SEAL in item.event:
            work.sealed.add(dossier)
        if isinstance(event, ev.PersonErased):
            work.erased.append(event)
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
            work.persons[str(person.id)] = person
    if held or not isinstance(events[0], ev.Register):
        work.touched.add(dossier)
    else:
        work.fresh[dossier] = events


def _write(connection: Connection, work: _Work) -> None:
    run = connection.exec_driver_sql
    if work.inserts:
        run(_INSERT_EVENT, work.inserts)
    if work.confirms:
        known = [(row[4],) for row in work.confirms]
        run(_CONFIRM_EVENT, work.confirms)
        run("DELETE FROM outbox WHERE event = ?", known)
        run(
            "UPDATE conflict SET resolution = 'sent', told = 1 WHERE event = ? AND kind = 'refused'"
            " AND resolution = ''",
            known,
        )
    gone = erased(connection)
    people = [person for identity, person in work.persons.items() if identity not in gone]
    clear = [_person_row(person) for person in people if not person.masked]
    masked = [_person_row(person) for person in people if person.masked]
    if clear:
        run(_TAKE_PERSON, clear)
    if masked:
        run(_TAKE_MASKED, masked)


def _person_row(person: WirePerson) -> tuple[Any, ...]:
    return (
        str(person.id),
        person.name,
        fold_text(person.name),
        int(person.kind),
        person.number,
        person.birth,
        person.sex,
        person.address,
        person.phone,
        person.email,
        person.salt,
    )


def _project_fresh(connection: Connection, fresh: dict[str, list[ev.AnyEvent]]) -> None:
    """Projection and search text of dossiers seen for the first time, many at once."""
    if not fresh:
        return
    dossiers = [found for found in map(fold, fresh.values()) if found is not None]
    people = _people(connection, {str(one.applicant.id) for one in dossiers})
    first = (connection.execute(select(func.max(_DOSSIER.c.row))).scalar() or 0) + 1
    rows, words = [], []
    for number, dossier in enumerate(dossiers, first):
        name, folded, personal, phone = people.get(str(dossier.applicant.id), ("", "", "", ""))
        rows.append((number, *projection(dossier, name, personal, phone).values()))
        codes = " ".join(code for code in (dossier.code, *dossier.aliases) if code)
        words.append((number, folded, codes, phone, personal))
    columns = ("row", *projection(dossiers[0], "", "", "").keys())
    marks = ", ".join("?" * len(columns))
    listed = ", ".join(f'"{name}"' for name in columns)
    run = connection.exec_driver_sql
    run(f"INSERT INTO dossier ({listed}) VALUES ({marks})", rows)
    run("INSERT INTO dossier_search (rowid, name, code, phone, number) VALUES (?, ?, ?, ?, ?)", words)
    run(_USED, [(dossier.procedure.code,) for dossier in dossiers])
    law.project_many(connection, enumerate(dossiers, first))


def _people(connection: Connection, asked: set[str]) -> dict[str, tuple[str, str, str, str]]:
    ids = sorted(asked)
    found: dict[str, tuple[str, str, str, str]] = {}
    for start in range(0, len(ids), 500):
        rows = connection.execute(
            select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.fold, _PERSON.c.number, _PERSON.c.phone).where(
                _PERSON.c.id.in_(ids[start : start + 500])
            )
        )
        found.update({row.id: (row.name, row.fold, row.number, row.phone) for row in rows})
    return found
