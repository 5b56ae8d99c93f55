"""The conflict tray: actions the backend did not take as they were, until an officer has decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert

from tthc_tui.core import events as ev
from tthc_tui.core.link import SendState
from tthc_tui.store.driver import scalar
from tthc_tui.store.sync_tables import ConflictRow, OutboxRow
from tthc_tui.store.tables import EventRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]
_CONFLICT = ConflictRow.__table__  # type: ignore[attr-defined]


def put_conflict(
    connection: Connection,
    event: str,
    dossier: str,
    kind: str,
    code: str,
    reason: str,
    winner: str,
    now: datetime,
) -> None:
    """Lay an entry into the tray; one of a kind for an event, the newest answer counts."""
    values = {
        "event": event,
        "dossier": dossier,
        "kind": kind,
        "code": code,
        "reason": reason,
        "winner": winner,
        "at": round(now.timestamp() * 1000),
        "resolution": "",
        "resolved_at": None,
        "resolved_by": "",
        "told": 0,
    }
    statement = insert(_CONFLICT).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["event", "kind"], set_=values))


def open_conflicts(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """The entries nobody has decided yet, oldest first, each with the text of its event (`body`)."""
    return connection.execute(
        select(_CONFLICT, _EVENT.c.body)
        .join(_EVENT, _EVENT.c.id == _CONFLICT.c.event)
        .where(_CONFLICT.c.resolution == "")
        .order_by(_CONFLICT.c.id)
    ).all()


def conflict(connection: Connection, number: int) -> tuple[str, str, ev.AnyEvent] | None:
    """(kind, reason, event) of one undecided entry; None when it is gone or decided."""
    row = connection.execute(
        select(_CONFLICT.c.kind, _CONFLICT.c.reason, _EVENT.c.body)
        .join(_EVENT, _EVENT.c.id == _CONFLICT.c.event)
        .where(_CONFLICT.c.id == number, _CONFLICT.c.resolution == "")
    ).first()
    return None if row is None else (row.kind, row.reason, ev.event_from_json(row.body))


def resolve(connection: Connection, number: int, how: str, officer: str, now: datetime) -> None:
    """Note what an officer decided; the backend is told with the next push."""
    connection.execute(
        update(_CONFLICT)
        .where(_CONFLICT.c.id == number)
        .values(resolution=how, resolved_at=round(now.timestamp() * 1000), resolved_by=officer)
    )


def settle(connection: Connection, event: str, how: str) -> None:
    """Close an entry that no officer has to decide here; the backend is told all the same."""
    connection.execute(
        update(_CONFLICT)
        .where(_CONFLICT.c.event == event, _CONFLICT.c.kind == "refused")
        .values(resolution=how)
    )


def blocking(connection: Connection, dossier: UUID) -> bool:
    """Whether a refused action of this dossier waits for a decision: nothing new goes through before it.

    What was refused only because it came behind that action does not hold the dossier by itself.
    """
    found = scalar(
        connection,
        "SELECT 1 FROM conflict WHERE dossier = ? AND resolution = '' AND kind = 'refused'"
        " AND code <> 'blocked' LIMIT 1",
        (str(dossier),),
    )
    return found is not None


def send_states(connection: Connection, dossiers: Sequence[str]) -> dict[str, SendState]:
    """How far each of these dossiers got on its way to the backend; NONE for one that stays on this machine."""
    states = dict.fromkeys(dossiers, SendState.SENT)
    for dossier in connection.execute(
        select(_EVENT.c.dossier).where(
            _EVENT.c.dossier.in_(dossiers), _EVENT.c.status == "confirmed", _EVENT.c.place.is_(None)
        )
    ).scalars():
        states[dossier] = SendState.NONE
    for row in connection.execute(
        select(_OUTBOX.c.dossier, _OUTBOX.c.sent_at).where(_OUTBOX.c.dossier.in_(dossiers))
    ):
        if states[row.dossier] is not SendState.WAITING:
            states[row.dossier] = SendState.SENDING if row.sent_at else SendState.WAITING
    for dossier in connection.execute(
        select(_CONFLICT.c.dossier).where(_CONFLICT.c.dossier.in_(dossiers), _CONFLICT.c.resolution == "")
    ).scalars():
        states[dossier] = SendState.ATTENTION
    return states


def winner_words(winner: str) -> tuple[str, str]:
    """(officer's name or id, kind of event) of the winner kept as JSON; ("", "") without one."""
    if not winner:
        return "", ""
    found = json.loads(winner)
    return found.get("officer_name") or found.get("officer", ""), found.get("kind", "")
