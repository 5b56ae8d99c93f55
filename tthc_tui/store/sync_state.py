"""What this file knows of its backend: address, device, how far the feed was read, clock offset."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, insert, select, text

from tthc_tui.core.link import Link, SyncStatus
from tthc_tui.store.driver import rows
from tthc_tui.store.settings import get_setting, put_setting
from tthc_tui.store.sync_tables import ConflictRow, LeaseRow, OutboxRow

_OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]
_CONFLICT = ConflictRow.__table__  # type: ignore[attr-defined]
_LEASE = LeaseRow.__table__  # type: ignore[attr-defined]

URL, CA, DEVICE, UNIT, USER, FEED = (
    "sync.url",
    "sync.ca",
    "sync.device",
    "sync.unit",
    "sync.user",
    "sync.feed",
)
NEXT_SEQ, CURSOR, GEN, SNAPSHOT = "sync.next_seq", "sync.cursor", "sync.gen", "sync.snapshot"
OFFSET, DATA_AT, HEAD, LOST, CATALOG = (
    "sync.offset_ms",
    "sync.data_at",
    "sync.head",
    "sync.lost",
    "sync.catalog",
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that is being downloaded. `requeue`: the log is another one, own events it lacks go again."""

    gen: int
    requeue: bool
    as_of: str = ""
    after: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Where the backend is and who this device is to it; "" for what is not set."""

    url: str
    ca: str
    device: str
    unit: str
    user: str


def enrolment(connection: Connection) -> Enrolment:
    """The link as it is set up."""
    values = _many(connection)
    return Enrolment(*(values.get(key, "") for key in (URL, CA, DEVICE, UNIT, USER)))


def device(connection: Connection) -> str:
    """This device's identity at the backend; "" while the file is its own authority."""
    return get_setting(connection, DEVICE)


def get_int(connection: Connection, key: str, default: int = 0) -> int:
    """A number kept as a setting."""
    value = get_setting(connection, key)
    return int(value) if value else default


def put_int(connection: Connection, key: str, value: int) -> None:
    """Keep a number as a setting."""
    put_setting(connection, key, str(value))


def next_seq(connection: Connection) -> int:
    """The next number of this device, taken in the transaction that stores its event."""
    number = get_int(connection, NEXT_SEQ, 1)
    put_int(connection, NEXT_SEQ, number + 1)
    return number


def enqueue(connection: Connection, event: str, dossier: str) -> dict[str, object]:
    """Put an event decided here into the outbox, in the transaction that stores it.

    Returns what its row says beside the rest; {} where the file is its own authority.
    """
    if not device(connection):
        return {}
    number = next_seq(connection)
    connection.execute(
        insert(_OUTBOX).values(device_seq=number, event=event, dossier=dossier, seen=seen(connection))
    )
    return {"device_seq": number, "status": "pending"}


def seen(connection: Connection) -> int:
    """How far the feed has been read: the `at` of the cursor."""
    cursor = get_setting(connection, CURSOR).split("-")
    return int(cursor[1]) if len(cursor) == 4 else 0


def snapshot(connection: Connection) -> Snapshot | None:
    """The snapshot under way, if any."""
    found = get_setting(connection, SNAPSHOT)
    return Snapshot(**json.loads(found)) if found else None


def put_snapshot(connection: Connection, state: Snapshot | None) -> None:
    """Keep how far the snapshot has come, or that it is over."""
    put_setting(connection, SNAPSHOT, json.dumps(asdict(state)) if state else "")


def offset(connection: Connection) -> timedelta:
    """Server time minus this machine's time, as learned last."""
    return timedelta(milliseconds=get_int(connection, OFFSET))


def read_status(connection: Connection, day: str) -> SyncStatus:
    """What the file says of the link; whether the backend answers is for the worker to add.

    `day` (yyyy-mm-dd) is today, whose free numbers are counted.
    """
    values = _many(connection)
    if not values.get(URL):
        return SyncStatus()
    waiting = connection.execute(
        select(func.count().label("waiting"), func.count(_OUTBOX.c.sent_at).label("sent")).select_from(
            _OUTBOX
        )
    ).one()
    oldest = connection.execute(
        text("SELECT at FROM event WHERE id = (SELECT event FROM outbox ORDER BY device_seq LIMIT 1)")
    ).scalar()
    conflicts = connection.execute(
        select(func.count()).select_from(_CONFLICT).where(_CONFLICT.c.resolution == "")
    ).scalar_one()
    left = connection.execute(
        select(func.coalesce(func.sum(_LEASE.c.last - _LEASE.c.next + 1), 0)).where(
            _LEASE.c.day == day, _LEASE.c.closed == 0
        )
    ).scalar_one()
    state = snapshot(connection)
    enrolled = bool(values.get(DEVICE))
    return SyncStatus(
        link=Link.STARTING if enrolled else Link.ENROL,
        url=values[URL],
        device=values.get(DEVICE, ""),
        user=values.get(USER, ""),
        feed=values.get(FEED, ""),
        outbox=int(waiting.waiting),
        sending=int(waiting.sent),
        oldest_waiting=_instant(oldest),
        conflicts=conflicts,
        numbers_left=int(left) if enrolled else None,
        offset_seconds=int(values.get(OFFSET) or 0) / 1000,
        data_at=_instant(int(values[DATA_AT])) if values.get(DATA_AT) else None,
        head=int(values.get(HEAD) or 0),
        downloaded=state.done if state else 0,
        to_download=state.total if state else 0,
        lost=int(values.get(LOST) or 0),
    )


def _many(connection: Connection) -> dict[str, str]:
    return dict(rows(connection, "SELECT key, value FROM setting WHERE key LIKE 'sync.%'"))


def _instant(value: int | None) -> datetime | None:
    from tthc_tui.core.base import VIETNAM

    return None if value is None else datetime.fromtimestamp(value / 1000, UTC).astimezone(VIETNAM)
