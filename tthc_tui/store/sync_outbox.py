"""The outbox: events decided here, in the order of this device, until the backend's verdict is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from tthc_tui.core import events as ev
from tthc_tui.core.base import Model
from tthc_tui.core.people import Person, PersonRef
from tthc_tui.core.wire import Push, Verdict, WireEvent
from tthc_tui.store import sync_state as state
from tthc_tui.store.dossiers import get_person, reproject
from tthc_tui.store.driver import column, first, rows, run, scalar
from tthc_tui.store.settings import get_setting
from tthc_tui.store.sync_tables import ConflictRow, OutboxRow
from tthc_tui.store.sync_tray import put_conflict, settle
from tthc_tui.store.tables import EventRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]
_CONFLICT = ConflictRow.__table__  # type: ignore[attr-defined]

_WAITS = (
    "SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM conflict"
    " WHERE resolution <> '' AND kind = 'refused' AND told = 0)"
)
_OLDEST = (
    "SELECT o.device_seq, o.seen, e.body FROM outbox o JOIN event e ON e.id = o.event"
    " ORDER BY o.device_seq LIMIT ?"
)
_SETTLED = "SELECT event FROM conflict WHERE resolution <> '' AND kind = 'refused' AND told = 0 ORDER BY id LIMIT 1000"
_BEING_SENT = "UPDATE outbox SET sent_at = ?, tries = tries + 1 WHERE device_seq <= ?"
_JUDGED = "SELECT dossier, status, json_extract(body, '$.station') FROM event WHERE id = ?"

BATCH_BYTES = 4 * 1024 * 1024
"""How much one push may weigh: well below what the server takes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One push made ready: its body, and the device that numbered it."""

    device: str
    push: Push


def adopt(connection: Connection, without: Collection[str] = ()) -> None:
    """Put everything no backend has yet into the outbox, oldest first, ahead of what waits; numbered from 1.

    Called when the file gets a device identity. Dossiers in `without` stay as they are, on this machine alone.
    """
    alone = connection.execute(
        select(_EVENT.c.id, _EVENT.c.dossier)
        .where(_EVENT.c.status == "confirmed", _EVENT.c.place.is_(None))
        .order_by(_EVENT.c.pos)
    ).all()
    renumber(connection, 1, [(row.id, row.dossier) for row in alone if row.dossier not in without])


def renumber(connection: Connection, first: int, before: Sequence[tuple[str, str]] = ()) -> None:
    """Number the whole outbox anew from `first`; `before` (event, dossier) go ahead of what waits."""
    waiting = connection.execute(
        select(_OUTBOX.c.event, _OUTBOX.c.dossier, _OUTBOX.c.seen).order_by(_OUTBOX.c.device_seq)
    ).all()
    ahead = {event for event, _ in before}
    entries = [(event, dossier, 0) for event, dossier in before]
    entries += [(row.event, row.dossier, row.seen) for row in waiting if row.event not in ahead]
    connection.execute(delete(_OUTBOX))
    _put(
        connection,
        [
            {"device_seq": first + n, "event": event, "dossier": dossier, "seen": seen}
            for n, (event, dossier, seen) in enumerate(entries)
        ],
    )
    state.put_int(connection, state.NEXT_SEQ, first + len(entries))


def _put(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    connection.execute(insert(_OUTBOX), rows)
    connection.exec_driver_sql(
        "UPDATE event SET device_seq = ?, status = 'pending', place = NULL, hash = '' WHERE id = ?",
        [(row["device_seq"], row["event"]) for row in rows],
    )


def waits(connection: Connection) -> bool:
    """Whether there is something to push: an event, or a refusal that was settled."""
    return bool(scalar(connection, _WAITS))


def next_batch(connection: Connection, now: datetime, most: int) -> Batch | None:
    """The oldest waiting events, at most `most`, marked as being sent; None when there is nothing to tell."""
    waiting = rows(connection, _OLDEST, (most,))
    settled = tuple(UUID(event) for event in column(connection, _SETTLED))
    if not waiting and not settled:
        return None
    events: list[WireEvent] = []
    weight = 0
    for number, seen, body in waiting:
        weight += len(body.encode())
        if events and weight > BATCH_BYTES:
            break
        persons = tuple(_persons(connection, body))
        events.append(WireEvent(event=body, device_seq=number, seen=seen, persons=persons))
    if events:
        run(connection, _BEING_SENT, (round(now.timestamp() * 1000), events[-1].device_seq))
    return Batch(state.device(connection), Push(events=tuple(events), resolved=settled))


def not_sent(connection: Connection) -> None:
    """No answer came: what was being sent waits again."""
    connection.execute(update(_OUTBOX).where(_OUTBOX.c.sent_at.is_not(None)).values(sent_at=None))


def apply_verdicts(
    connection: Connection, batch: Batch, verdicts: Iterable[Verdict], now: datetime
) -> tuple[int, int]:
    """Keep the backend's verdicts and let the view follow; (accepted, refused). Safe to apply twice."""
    gen = state.get_int(connection, state.GEN)
    here = get_setting(connection, "station")
    touched: set[str] = set()
    accepted = refused = 0
    for verdict in verdicts:
        event = str(verdict.event)
        judged = first(connection, _JUDGED, (event,))
        waiting = run(connection, "DELETE FROM outbox WHERE event = ?", (event,))
        if judged is None or judged[1] != "pending" or not waiting:
            continue  # the feed, or another process on this file, was faster
        dossier, _, station = judged
        touched.add(dossier)
        values: dict[str, Any]
        if verdict.verdict == "refused":
            refused += 1
            carried = station != here  # its own station hears the same and has it in its tray
            values = {"status": "lost" if carried else "refused"}
            winner = verdict.winner.model_dump_json() if verdict.winner else ""
            put_conflict(connection, event, dossier, "refused", verdict.code, verdict.reason, winner, now)
            if carried:
                settle(connection, event, "lost")
        elif verdict.verdict == "duplicate":
            accepted += 1
            values = {"status": "duplicate"}
        else:
            accepted += 1
            values = {"status": "confirmed", "place": verdict.seq, "gen": gen}
            for flag in verdict.flags:
                winner = flag.winner.model_dump_json() if flag.winner else ""
                reason = f"{flag.old_code} → {flag.code}" if flag.code else ", ".join(flag.fields)
                if flag.kind.value != "clock":  # the clock is shown on the sync screen, no decision to make
                    put_conflict(connection, event, dossier, flag.kind.value, flag.code, reason, winner, now)
        connection.execute(update(_EVENT).where(_EVENT.c.id == event).values(values))
    told = [str(event) for event in batch.push.resolved]
    if told:
        connection.execute(update(_CONFLICT).where(_CONFLICT.c.event.in_(told)).values(told=1))
    for dossier in sorted(touched):
        reproject(connection, UUID(dossier))
    return accepted, refused


def set_aside(connection: Connection, event: UUID, reason: str, now: datetime) -> None:
    """An event the backend will never take as it is (forged or damaged): into the tray, others go on."""
    row = connection.execute(select(_EVENT.c.dossier).where(_EVENT.c.id == str(event))).first()
    connection.execute(delete(_OUTBOX).where(_OUTBOX.c.event == str(event)))
    if row is None:
        return
    connection.execute(update(_EVENT).where(_EVENT.c.id == str(event)).values(status="refused"))
    put_conflict(connection, str(event), row.dossier, "refused", "other_bytes", reason, "", now)
    reproject(connection, UUID(row.dossier))


def _persons(connection: Connection, body: str) -> Iterator[Person]:
    for ref in person_refs(ev.event_from_json(body)):
        person = get_person(connection, ref.id)
        if person is not None and person.salt and person.ref() == ref:
            yield person


def person_refs(value: object) -> Iterator[PersonRef]:
    """The people an event speaks of, however deep they stand in it."""
    if isinstance(value, PersonRef):
        yield value
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            yield from person_refs(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from person_refs(item)
