"""The outbox of notices: kept in the transaction of the event they tell of, sent later, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert

from tthc_tui.core.notices import Notice
from tthc_tui.store.law import instant, millis
from tthc_tui.store.law_tables import NoticeRow

_NOTICE = NoticeRow.__table__  # type: ignore[attr-defined]
_CLAIM = timedelta(minutes=5)  # a sender that died is given up after this
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class QueuedNotice:
    """One message in the outbox. `state` is waiting, sent, failed or dropped; times are aware."""

    id: int
    dossier: str
    event: str
    kind: str
    channel: str
    address: str
    subject: str
    body: str
    state: str
    tries: int
    made_at: datetime
    next_at: datetime
    sent_at: datetime | None
    error: str

    @property
    def label(self) -> str:
        """The state in Vietnamese."""
        return {
            "waiting": "chờ gửi",
            "sent": "đã gửi",
            "failed": "gửi không được",
            "dropped": "đã hủy",
        }.get(self.state, self.state)


def put(
    connection: Connection,
    dossier: UUID,
    event: UUID,
    kind: str,
    notice: Notice,
    at: datetime,
    wait: timedelta,
) -> None:
    """Keep a message; the same event never makes the same message twice."""
    statement = insert(_NOTICE).values(
        dossier=str(dossier),
        event=str(event),
        kind=kind,
        channel=notice.channel,
        address=notice.address,
        subject=notice.subject,
        body=notice.body,
        state="waiting",
        tries=0,
        made_at=millis(at),
        next_at=millis(at + wait),
        error="",
    )
    connection.execute(statement.on_conflict_do_nothing())


def drop_of(connection: Connection, event: UUID) -> None:
    """The event was taken back: what waits because of it is not sent."""
    connection.execute(
        update(_NOTICE)
        .where(_NOTICE.c.event == str(event), _NOTICE.c.state == "waiting")
        .values(state="dropped")
    )


def drop_overtaken(connection: Connection, dossier: UUID, kinds: Sequence[str] | None) -> None:
    """What waits of these kinds (None: of every kind) about a dossier is no longer true and is not sent."""
    if kinds is not None and not kinds:
        return
    waiting = update(_NOTICE).where(_NOTICE.c.dossier == str(dossier), _NOTICE.c.state == "waiting")
    if kinds is not None:
        waiting = waiting.where(_NOTICE.c.kind.in_(kinds))
    connection.execute(waiting.values(state="dropped"))


def claim(connection: Connection, at: datetime, limit: int) -> list[QueuedNotice]:
    """Take messages whose time has come; no other process gets them for five minutes."""
    due = (
        select(_NOTICE.c.id)
        .where(_NOTICE.c.state == "waiting", _NOTICE.c.next_at <= millis(at))
        .order_by(_NOTICE.c.next_at, _NOTICE.c.id)
        .limit(limit)
    )
    ids = list(connection.execute(due).scalars())
    if not ids:
        return []
    connection.execute(
        update(_NOTICE)
        .where(_NOTICE.c.id.in_(ids))
        .values(next_at=millis(at + _CLAIM), tries=_NOTICE.c.tries + 1)
    )
    return find(connection, ids=ids)


def sent(connection: Connection, notice: int, at: datetime) -> None:
    """The gateway took the message."""
    connection.execute(
        update(_NOTICE).where(_NOTICE.c.id == notice).values(state="sent", sent_at=millis(at), error="")
    )


def failed(connection: Connection, notice: QueuedNotice, at: datetime, error: str, tries: int) -> None:
    """The gateway did not take it: try again after 1, 2, 4… minutes, give up after `tries`."""
    wait = min(timedelta(minutes=2 ** min(notice.tries - 1, 12)), _LONGEST_WAIT)
    over = notice.tries >= tries
    connection.execute(
        update(_NOTICE)
        .where(_NOTICE.c.id == notice.id)
        .values(state="failed" if over else "waiting", next_at=millis(at + wait), error=error[:300])
    )


def set_state(connection: Connection, notice: int, state: str, at: datetime) -> bool:
    """Send again ("waiting") or give up ("dropped") a message by hand; False when it was sent already."""
    values: dict[str, object] = {"state": state, "next_at": millis(at)}
    if state == "waiting":
        values["tries"] = 0
    done = connection.execute(
        update(_NOTICE).where(_NOTICE.c.id == notice, _NOTICE.c.state != "sent").values(**values)
    )
    return bool(done.rowcount)


def find(
    connection: Connection,
    *,
    dossier: str = "",
    state: str = "",
    ids: list[int] | None = None,
    limit: int = 1000,
) -> list[QueuedNotice]:
    """Messages, the newest first (those of `ids` in their order of making)."""
    query = select(_NOTICE).limit(limit)
    query = query.order_by(_NOTICE.c.id if ids is not None else _NOTICE.c.id.desc())
    if dossier:
        query = query.where(_NOTICE.c.dossier == dossier)
    if state:
        query = query.where(_NOTICE.c.state == state)
    if ids is not None:
        query = query.where(_NOTICE.c.id.in_(ids))
    return [
        QueuedNotice(
            **{
                **row,
                "made_at": instant(row["made_at"]),
                "next_at": instant(row["next_at"]),
                "sent_at": instant(row["sent_at"]) if row["sent_at"] is not None else None,
            }
        )
        for row in connection.execute(query).mappings()
    ]


def counts(connection: Connection) -> dict[str, int]:
    """How many messages there are in each state."""
    query = select(_NOTICE.c.state, func.count()).group_by(_NOTICE.c.state)
    return {state: int(number) for state, number in connection.execute(query)}
