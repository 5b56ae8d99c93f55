"""Official code numbers on loan from the backend: taken one by one, refilled at half, given up at day close."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects.sqlite import insert

from tthc_tui.core.base import uuid7, vietnam_time
from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.codes import format_code
from tthc_tui.core.events import Actor, Recode, stamped
from tthc_tui.core.link import LeaseLeft
from tthc_tui.core.site import Site
from tthc_tui.core.states import CLOSED
from tthc_tui.core.wire import Lease, LeaseAsk
from tthc_tui.store.dossiers import append, load
from tthc_tui.store.driver import column, rows, scalar
from tthc_tui.store.law import instant
from tthc_tui.store.settings import get_setting
from tthc_tui.store.sync_tables import LeaseRow
from tthc_tui.store.sync_tray import blocking

_LEASE = LeaseRow.__table__  # type: ignore[attr-defined]
_LENT = (
    "SELECT agency, day, sum(last - next + 1) FROM lease"
    " WHERE closed = 0 AND day >= ? AND last > first GROUP BY agency, day"
)
_BUSIEST = "SELECT agency FROM lease GROUP BY agency ORDER BY sum(next - first) DESC, agency"
# Not those taken back, nor those an answer to the backend is owed for; a copied disk gets another name, and what it
# sent is its own all the same. Days are those of Vietnam, seven hours ahead.
_WITHOUT_CODE = f"""
SELECT id, handling_unit, received_at FROM (
  SELECT d.id, d.handling_unit, d.received_at, row_number() OVER (
      PARTITION BY d.handling_unit, (d.received_at + 25200000) / 86400000 ORDER BY d.received_at, d.id) AS n
    FROM dossier d
    WHERE d.code = '' AND d.received_at IS NOT NULL
      AND (d.open = 1 OR d.state IN ({", ".join(str(int(state)) for state in sorted(CLOSED))}))
      AND EXISTS (SELECT 1 FROM event e WHERE e.dossier = d.id AND e.kind IN ('received', 'accepted')
        AND e.status = 'confirmed'
        AND (e.device_seq IS NOT NULL OR json_extract(e.body, '$.station') = :station))
      AND NOT EXISTS (SELECT 1 FROM conflict c WHERE c.dossier = d.id AND c.resolution = ''
        AND c.kind = 'refused' AND c.code <> 'blocked')
) WHERE n <= 100
"""
_OPEN_OF_PAST = "SELECT 1 FROM lease WHERE closed <> 1 AND day < ? LIMIT 1"

BLOCK = 20
"""Numbers of one block; a new one is asked for when half is used."""
DAYS_AHEAD = 2
MOST_AGENCIES = 6


def take_code(connection: Connection, agency: str, day: date) -> str:
    """The next official code out of the lent numbers; "" when none is left (a provisional receipt).

    Must run in the transaction that stores the intake: a number is used exactly when its dossier is.
    A number asked for this very dossier goes first, so that blocks stay for bad days.
    """
    row = connection.execute(
        select(_LEASE.c.id, _LEASE.c.next)
        .where(
            _LEASE.c.agency == agency,
            _LEASE.c.day == day.isoformat(),
            _LEASE.c.closed == 0,
            _LEASE.c.next <= _LEASE.c.last,
        )
        .order_by(_LEASE.c.last > _LEASE.c.first, _LEASE.c.first)
        .limit(1)
    ).first()
    if row is None:
        return ""
    connection.execute(update(_LEASE).where(_LEASE.c.id == row.id).values(next=row.next + 1))
    return format_code(agency, day, row.next)


def put_leases(connection: Connection, leases: Iterable[Lease]) -> None:
    """Keep blocks that were lent; one that is known already keeps what was used of it."""
    for lease in leases:
        statement = insert(_LEASE).values(
            agency=lease.agency,
            day=lease.day.isoformat(),
            first=lease.first,
            last=lease.last,
            next=lease.first,
            closed=0,
        )
        connection.execute(statement.on_conflict_do_nothing())


def wanted(connection: Connection, site: Site, today: date) -> list[LeaseAsk]:
    """The blocks to ask for: agencies of this counter, today and the next two working days, where half is used."""
    left = {(agency, day): count for agency, day, count in rows(connection, _LENT, (today.isoformat(),))}
    return [
        LeaseAsk(agency=agency, day=day, count=BLOCK)
        for day in lease_days(site, today)
        for agency in agencies(connection, site.on(day))
        if left.get((agency, day.isoformat()), 0) <= BLOCK // 2
    ][:20]


def agencies(connection: Connection, site: Site) -> list[str]:
    """The agencies this counter gives codes of: the busiest of late first, then those its routes lead to.

    `site` as it stands on the day the codes are for.
    """
    used = column(connection, _BUSIEST)
    units = (site.unit_named(route.unit) for route in site.routes)
    known = [site.agency_code, *used, *(unit.code for unit in units if unit and unit.code)]
    return list(dict.fromkeys(known))[:MOST_AGENCIES]


def lease_days(site: Site, today: date) -> list[date]:
    """Today and the next two working days."""
    calendar = WorkCalendar(site.hours, site.exceptions)
    days = [today]
    while len(days) <= DAYS_AHEAD:
        days.append(calendar.next_working_day(days[-1]))
    return days


def left(connection: Connection, agency: str, day: date) -> int:
    """How many numbers of (agency, day) may still be taken."""
    found = select(func.coalesce(func.sum(_LEASE.c.last - _LEASE.c.next + 1), 0)).where(
        _LEASE.c.agency == agency, _LEASE.c.day == day.isoformat(), _LEASE.c.closed == 0
    )
    return int(connection.execute(found).scalar_one())


def past(connection: Connection, today: date) -> bool:
    """Whether blocks of days before `today` are still open."""
    return scalar(connection, _OPEN_OF_PAST, (today.isoformat(),)) is not None


def begin_closing(connection: Connection, today: date) -> list[tuple[int, Lease]]:
    """(row, unused rest) of the blocks of days before `today`, from now on used no more.

    They stay on the list until `close_leases`, so that an unanswered call is made again.
    """
    over = (_LEASE.c.closed != 1, _LEASE.c.day < today.isoformat())
    connection.execute(update(_LEASE).where(*over).values(closed=2))
    rows = connection.execute(select(_LEASE).where(*over).order_by(_LEASE.c.id))
    return [
        (
            row.id,
            Lease(agency=row.agency, day=date.fromisoformat(row.day), first=row.next, last=row.last),
        )
        for row in rows
    ]


def close_leases(connection: Connection, rows: Iterable[int]) -> None:
    """Never take from these blocks again."""
    connection.execute(update(_LEASE).where(_LEASE.c.id.in_(list(rows))).values(closed=1))


def drop_leases(connection: Connection) -> None:
    """All blocks belong to another copy of this station: use none of them, give none back."""
    connection.execute(text("UPDATE lease SET closed = 1"))


def leases_left(connection: Connection, today: date) -> list[LeaseLeft]:
    """How many numbers are left, by agency and day, from today on."""
    rows = connection.execute(
        select(_LEASE.c.agency, _LEASE.c.day, func.sum(_LEASE.c.last - _LEASE.c.next + 1).label("left"))
        .where(_LEASE.c.closed == 0, _LEASE.c.day >= today.isoformat())
        .group_by(_LEASE.c.agency, _LEASE.c.day)
        .order_by(_LEASE.c.day, _LEASE.c.agency)
    )
    return [LeaseLeft(row.agency, row.day, row.left) for row in rows]


class Provisional(NamedTuple):
    """A dossier received here on a provisional receipt: its handling unit, and when it was received."""

    dossier: UUID
    unit: str
    received_at: datetime


def without_code(connection: Connection) -> list[Provisional]:
    """Those that may have an official code and have none, at most a hundred of a unit and day.

    So many of one agency can't keep another's from their codes.
    """
    found = rows(connection, _WITHOUT_CODE, {"station": get_setting(connection, "station")})
    return [Provisional(UUID(dossier), unit, instant(at)) for dossier, unit, at in found]


def agency_of(site: Site, waiting: Provisional) -> str:
    """The agency whose codes a dossier gets: its handling unit's, or the centre's own, on the day of receipt."""
    site = site.on(vietnam_time(waiting.received_at).date())
    unit = site.unit_named(waiting.unit)
    return unit.code if unit and unit.code else site.agency_code


def give_code(connection: Connection, dossier: UUID, station: str, agency: str, now: datetime) -> bool:
    """Give a dossier its official code out of the lent numbers; False when there is none, or no need any more."""
    present = load(connection, dossier)
    if present is None or present.code or present.received_at is None or present.voided:
        return False
    if blocking(connection, dossier):
        return False
    code = take_code(connection, agency, vietnam_time(present.received_at).date())
    if not code:
        return False
    who = Actor(officer=present.receiving_officer, unit=present.receiving_unit, station=station)
    event = stamped(
        Recode(code=code), id=uuid7(now), dossier=present.id, version=present.version, actor=who, at=now
    )
    append(connection, present, [event])
    return True
