"""Appending events, and the projection that follows them in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.chain import GENESIS, canonical, chain
from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier, evolve, fold
from tthc_tui.core.people import Person, PersonKind
from tthc_tui.core.sealing import SEAL, open_texts, seal, unseal
from tthc_tui.core.states import RUNNING
from tthc_tui.core.text import fold as fold_text
from tthc_tui.store import law, sync_state, sync_tray
from tthc_tui.store.driver import column, driver, first, insert_sql, run, run_many, scalar
from tthc_tui.store.errors import Conflict
from tthc_tui.store.settings import get_setting, put_setting
from tthc_tui.store.tables import DossierRow, EventRow, PersonRow, UseRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_DOSSIER = DossierRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_USE = UseRow.__table__  # type: ignore[attr-defined]
# Statements of every single action go to the driver as they are: building them anew costs more than running.
_HISTORY = (
    "SELECT body FROM event WHERE dossier = ? AND status IN ('confirmed', 'pending')"
    " ORDER BY status = 'pending', place, pos"
)
_LAST_HASH = "SELECT hash FROM event WHERE dossier = ? ORDER BY pos DESC LIMIT 1"
_VERSION = "SELECT version FROM dossier WHERE id = ?"
_NEW_EVENT = (
    "INSERT INTO event (id, dossier, version, kind, at, unit, officer, body, device_seq, status, hash) VALUES"
    " (:id, :dossier, :version, :kind, :at, :unit, :officer, :body, :device_seq, :status, :hash)"
)
_NEW_DOSSIER = insert_sql(_DOSSIER, without="row") + " RETURNING row"
_SEARCHED = "SELECT name, fold, number, phone FROM person WHERE id = ?"
_FORGET_WORDS = "DELETE FROM dossier_search WHERE rowid = ?"
_WORDS = "INSERT INTO dossier_search (rowid, name, code, phone, number) VALUES (?, ?, ?, ?, ?)"
_SALT = "SELECT salt FROM person WHERE id = ?"
CLOCK_RULES = "clock_rules"
_PERSON_FIELDS = tuple(Person.model_fields)
_PERSON_OF = f"SELECT {', '.join(_PERSON_FIELDS)} FROM person WHERE id = ?"
_KEEP_PERSON = f"{insert_sql(_PERSON)} ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}"
    for name in _PERSON.columns.keys()  # noqa: SIM118 - not a dict
)


def millis(at: datetime | None) -> int | None:
    """An aware instant as the file keeps it: whole milliseconds since 1970 UTC."""
    return None if at is None else round(at.timestamp() * 1000)


def history(connection: Connection, dossier: UUID) -> list[ev.AnyEvent]:
    """All events of a dossier that count: confirmed ones in the order of the backend's log (or of this file,
    where it is alone), then what still waits for the backend. Empty when it is not known here."""
    events = [read_event(connection, body) for body in column(connection, _HISTORY, (str(dossier),))]
    while events and not isinstance(events[0], ev.Register):
        del events[0]  # the receipt was refused: what was done on top of it hangs in the air
    return events


def read_event(connection: Connection, body: str) -> ev.AnyEvent:
    """A stored event with its personal texts readable, "" where the persons they are about were erased."""
    event = ev.event_from_json(body)
    return unsealed(connection, event) if SEAL in body else event


def unsealed(connection: Connection, event: ev.AnyEvent) -> ev.AnyEvent:
    """`event` with its personal texts readable, as far as this file holds the persons."""
    return unseal(event, lambda person: scalar(connection, _SALT, (str(person),)) or "")


def _sealed(connection: Connection, dossier: Dossier | None, event: ev.AnyEvent) -> ev.AnyEvent:
    """`event` as it is stored: its personal texts can be read with the data of the persons alone."""
    if not open_texts(event):
        return event
    applicant = dossier.applicant.id if dossier else event.dossier  # the first event names its own
    agent = dossier.agent.id if dossier and dossier.agent else None
    try:
        return seal(event, applicant, agent, lambda person: scalar(connection, _SALT, (str(person),)) or "")
    except KeyError:
        raise Refused(
            "Dữ liệu cá nhân của hồ sơ này đã được xóa: không ghi thêm tên hoặc địa chỉ được, hãy để trống ô đó.",
            "erased",
        ) from None


def load(connection: Connection, dossier: UUID) -> Dossier | None:
    """The dossier as its events make it, or None."""
    return fold(history(connection, dossier))


_PASSED = ("forwarded", "result_handed", "post_sent")


def passed_together(connection: Connection, at: datetime, slip: str) -> list[UUID]:
    """The dossiers or results handed over, or given to the post, at one moment with one slip; undone ones left out."""
    rows = connection.execute(
        select(_EVENT.c.dossier, _EVENT.c.body).where(_EVENT.c.at == millis(at), _EVENT.c.kind.in_(_PASSED))
    ).all()
    sent = [(UUID(row.dossier), ev.event_from_json(row.body)) for row in rows]
    return [
        dossier
        for dossier, event in sent
        if isinstance(event, ev.Forwarded | ev.ResultHanded | ev.PostSent)
        and event.slip == slip
        and event.id not in undone(history(connection, dossier))
    ]


def undone(events: Iterable[ev.AnyEvent]) -> set[UUID]:
    """The identities of the events that were taken back."""
    return {event.event for event in events if isinstance(event, ev.Undone)}


def append(connection: Connection, dossier: Dossier | None, events: Sequence[ev.AnyEvent]) -> Dossier:
    """Store `events`, decided on `dossier`, and bring the projection along; the dossier after them.

    `events` is not empty. With a backend each goes into the outbox in the same transaction. Raises Conflict
    when somebody else changed the dossier since it was read, Refused while the conflict tray holds it.
    """
    before, about = dossier, str(events[0].dossier)
    stored = scalar(connection, _VERSION, (about,))
    if (stored or 0) != (dossier.version if dossier else 0):
        raise Conflict("Hồ sơ vừa được người khác cập nhật; hãy xem lại trạng thái mới rồi làm lại.")
    if sync_tray.blocking(connection, events[0].dossier):
        raise Refused(
            "Hồ sơ này có thao tác bị máy chủ từ chối: hãy xử lý ở màn hình Đồng bộ trước.", "attention"
        )
    rows = []
    for event in events:
        rows.append(_event_row(_sealed(connection, dossier, event)))
        dossier = evolve(dossier, event)
    if sync_state.device(connection):
        for row in rows:
            row.update(sync_state.enqueue(connection, row["id"], about))
    else:  # this file is its own authority: it chains the history itself
        _chain_up(rows, scalar(connection, _LAST_HASH, (about,)))
    run_many(connection, _NEW_EVENT, rows)
    for event in events:
        if isinstance(event, ev.Received | ev.Registered):
            count_use(connection, event.procedure.code)
    assert dossier is not None  # there was at least one event
    project(connection, dossier, before)
    return dossier


def _event_row(event: ev.AnyEvent) -> dict[str, Any]:
    return {
        "id": str(event.id),
        "dossier": str(event.dossier),
        "version": event.version,
        "kind": event.kind,
        "at": millis(event.at),
        "unit": event.unit,
        "officer": event.officer,
        "body": ev.event_to_json(event),
        "device_seq": None,
        "status": "confirmed",
        "hash": "",
    }


def _chain_up(rows: Iterable[dict[str, Any]], last: str | None) -> None:
    """Hash events behind the last one of their dossier (None: there is none); not where that one has no hash."""
    for row in rows:
        if last == "":
            return
        row["hash"] = last = chain(last or GENESIS, canonical(row["body"]))


def count_use(connection: Connection, code: str, times: int = 1) -> None:
    """Note that a procedure was received here: it becomes more popular in search."""
    run(
        connection,
        "INSERT INTO procedure_use (code, times) VALUES (?, ?)"
        " ON CONFLICT (code) DO UPDATE SET times = times + excluded.times",
        (code, times),
    )


def project(connection: Connection, dossier: Dossier, before: Dossier | None = None) -> None:
    """Write the projection row of `dossier`, its search text, its clocks and payments.

    `before` is what the file says of it already: what did not change since is left alone.
    """
    if before is not None and _found_by(before) == _found_by(dossier):
        values = projection(dossier, "", "", "")
        known = projection(before, "", "", "")
        row = _rewrite(
            connection, {key: value for key, value in values.items() if value != known[key]}, dossier
        )
        assert row is not None  # `before` was read from this file
        law.project_law(connection, row, dossier, before)
        return
    name, folded, number, phone = first(connection, _SEARCHED, (str(dossier.applicant.id),)) or ("",) * 4
    values = projection(dossier, name, number, phone)
    row = _rewrite(connection, values, dossier)
    fresh = row is None
    if row is None:
        row = int(scalar(connection, _NEW_DOSSIER, values))
    else:
        run(connection, _FORGET_WORDS, (row,))
    codes = " ".join(code for code in (dossier.code, *dossier.aliases) if code)
    run(connection, _WORDS, (row, folded, codes, phone, number))
    law.project_law(connection, row, dossier, fresh=fresh)


def _rewrite(connection: Connection, values: Mapping[str, Any], dossier: Dossier) -> int | None:
    """Change these columns of the row of `dossier`; its number, None where there is no row yet."""
    changes = ", ".join(f"{name} = :{name}" for name in values)  # an index is touched only where it must be
    found = scalar(
        connection,
        f"UPDATE dossier SET {changes} WHERE id = :the_id RETURNING row",
        {**values, "the_id": str(dossier.id)},
    )
    return None if found is None else int(found)


def _found_by(dossier: Dossier) -> tuple[object, ...]:
    """What a search finds a dossier by, beside the person's own data."""
    return dossier.applicant, dossier.code, dossier.aliases


def reproject(connection: Connection, dossier: UUID) -> Dossier | None:
    """Make the projection of one dossier say what its events say; None when nothing of it counts any more."""
    found = load(connection, dossier)
    if found is not None:
        project(connection, found)
        return found
    row = scalar(connection, "DELETE FROM dossier WHERE id = ? RETURNING row", (str(dossier),))
    run(connection, _FORGET_WORDS, (row,))
    if row is not None:
        law.forget(connection, row)
    return None


def renew_clocks(connection: Connection) -> None:
    """Work the clocks of open dossiers out anew where a program with other rules kept them.

    A dossier whose events can't be read keeps the clocks it has; `tthc db check` names it.
    """
    for row, identity in driver(connection).execute("SELECT row, id FROM dossier WHERE open = 1").fetchall():
        with suppress(ValueError):
            found = load(connection, UUID(identity))
            if found is not None:
                law.project_law(connection, row, found)
    put_setting(connection, CLOCK_RULES, law.CLOCK_RULES)


def clocks_are_old(connection: Connection) -> bool:
    """Whether the clocks in the file are those of a program with other rules."""
    return get_setting(connection, CLOCK_RULES) != law.CLOCK_RULES


def projection(dossier: Dossier, name: str, number: str, phone: str) -> dict[str, Any]:
    """The row of the `dossier` table for a dossier and its applicant."""
    return {
        "id": str(dossier.id),
        "short_id": short_id(dossier.id),
        "code": dossier.code,
        "version": dossier.version,
        "state": int(dossier.state),
        "open": int(dossier.open),
        "running": int(
            dossier.open
            and dossier.state in RUNNING
            and dossier.due_at is not None
            and dossier.paused_at is None
        ),
        "procedure_code": dossier.procedure.code,
        "procedure_name": dossier.procedure.name,
        "field_name": dossier.procedure.field_name,
        "applicant": str(dossier.applicant.id),
        "applicant_name": name,
        "applicant_number": number,
        "applicant_phone": phone,
        "receiving_unit": dossier.receiving_unit,
        "handling_unit": dossier.handling_unit,
        "holder_unit": dossier.holder_unit,
        "holder_officer": dossier.holder_officer,
        "coming_to": dossier.coming_to if dossier.open else "",
        "slip": dossier.slip,
        "registered_at": millis(dossier.registered_at),
        "received_at": millis(dossier.received_at),
        "due_at": millis(dossier.due_at),
        "paused_at": millis(dossier.paused_at),
        "resolved_at": millis(dossier.resolved_at),
        "closed_at": millis(dossier.closed_at),
        "last_at": millis(dossier.last_at),
        "last_officer": dossier.last_officer,
        "root": str(dossier.root) if dossier.root and dossier.root != dossier.id else "",
    }


def put_person(connection: Connection, person: Person) -> None:
    """Keep (or replace) personal data; the name is folded for search."""
    values = {**person.model_dump(mode="json"), "fold": fold_text(person.name)}
    run(connection, _KEEP_PERSON, values)


def get_person(connection: Connection, person: UUID) -> Person | None:
    """The personal data behind a reference; None when erased or not held here."""
    row = first(connection, _PERSON_OF, (str(person),))
    if row is None:
        return None
    fields = dict(zip(_PERSON_FIELDS, row, strict=True))
    return Person(**{**fields, "id": UUID(fields["id"]), "kind": PersonKind(fields["kind"])})


def person_numbered(connection: Connection, number: str) -> Person | None:
    """The newest applicant with this personal number: their data need not be typed again."""
    if not number:
        return None
    row = connection.execute(
        select(_PERSON.c.id).where(_PERSON.c.number == number).order_by(_PERSON.c.id.desc()).limit(1)
    ).scalar()
    return get_person(connection, UUID(row)) if row else None


def rebuild(connection: Connection) -> int:
    """Make the whole projection anew from the events; returns how many dossiers there are."""
    connection.execute(text("DELETE FROM dossier_search"))
    connection.execute(delete(_DOSSIER))
    connection.execute(delete(_USE))
    law.forget(connection)
    count = 0
    for dossier in _all_folded(connection):
        project(connection, dossier)
        count_use(connection, dossier.procedure.code)
        count += 1
    return count


def compare(connection: Connection) -> list[str]:
    """The ids of dossiers whose projection differs from what their events say; empty when all agree."""
    rows = {row["id"]: row for row in connection.execute(select(_DOSSIER)).mappings()}
    wrong = []
    for dossier in _all_folded(connection):
        row = rows.pop(str(dossier.id), None)
        person = get_person(connection, dossier.applicant.id)
        expected = projection(
            dossier,
            person.name if person else "",
            person.number if person else "",
            person.phone if person else "",
        )
        differs = row is None or any(row[key] != value for key, value in expected.items())
        if row is None or differs or law.wrong_clocks(connection, row["row"], dossier):
            wrong.append(str(dossier.id))
    return wrong + sorted(rows)


def _all_folded(connection: Connection) -> Iterable[Dossier]:
    """Every dossier, in the order in which it first appeared."""
    first = select(_EVENT.c.dossier).group_by(_EVENT.c.dossier).order_by(func.min(_EVENT.c.pos))
    ids = connection.execute(first)
    for row in ids.all():
        dossier = load(connection, UUID(row.dossier))
        if dossier is not None:
            yield dossier
