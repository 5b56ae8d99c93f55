"""The clocks and the money of dossiers in the file: kept beside the projection, read for alerts and shifts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.clocks import Clock, ClockKind, clocks
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.events_money import PayMethod
from tthc_tui.core.parts import Payment
from tthc_tui.store.driver import first, insert_sql, run, run_many
from tthc_tui.store.law_tables import ClockRow, PaymentRow, ShiftRow
from tthc_tui.store.tables import DossierRow

_CLOCK = ClockRow.__table__  # type: ignore[attr-defined]
_PAYMENT = PaymentRow.__table__  # type: ignore[attr-defined]
_SHIFT = ShiftRow.__table__  # type: ignore[attr-defined]
_D = DossierRow.__table__  # type: ignore[attr-defined]

CLOCK_RULES = "4"
"""Raised whenever `core.clocks` gives other clocks for the same events: files then get theirs anew."""

_NO_CLOCKS = "DELETE FROM clock WHERE row = ?"
_NEW_CLOCK = insert_sql(_CLOCK)
_NO_PAYMENTS = "DELETE FROM payment WHERE row = ?"
_NEW_PAYMENT = insert_sql(_PAYMENT)
_SHIFT_FIELDS = tuple(_SHIFT.columns.keys())
_OPEN_SHIFT = f"SELECT {', '.join(_SHIFT_FIELDS)} FROM shift WHERE officer = ? AND closed_at IS NULL"


def millis(at: datetime) -> int:
    """An aware instant in whole milliseconds since 1970 UTC."""
    return round(at.timestamp() * 1000)


def instant(value: int) -> datetime:
    """The aware instant of whole milliseconds since 1970 UTC, on the clocks of Vietnam."""
    return datetime.fromtimestamp(value / 1000, VIETNAM)


def project_law(
    connection: Connection, row: int, dossier: Dossier, before: Dossier | None = None, *, fresh: bool = False
) -> None:
    """Write the clocks and payments of a dossier; what is as it was `before` is left alone.

    `fresh`: the file holds none of them yet.
    """
    running = clocks(dossier)
    if before is None or clocks(before) != running:
        if not fresh:
            run(connection, _NO_CLOCKS, (row,))
        run_many(connection, _NEW_CLOCK, [_clock_row(row, clock) for clock in running])
    if before is not None and before.payments == dossier.payments:
        return
    if not fresh:
        run(connection, _NO_PAYMENTS, (row,))
    run_many(connection, _NEW_PAYMENT, [payment_row(row, payment) for payment in dossier.payments])


def project_many(connection: Connection, dossiers: Iterable[tuple[int, Dossier]]) -> None:
    """Write the clocks and payments of many (row, dossier) of which the file holds none yet."""
    running: list[dict[str, Any]] = []
    paid: list[dict[str, Any]] = []
    for row, dossier in dossiers:
        running += [_clock_row(row, clock) for clock in clocks(dossier)]
        paid += [payment_row(row, payment) for payment in dossier.payments]
    run_many(connection, _NEW_CLOCK, running)
    run_many(connection, _NEW_PAYMENT, paid)


def _clock_row(row: int, clock: Clock) -> dict[str, Any]:
    return {
        "row": row,
        "kind": str(clock.kind),
        "key": clock.key,
        "unit": clock.unit,
        "officer": clock.officer,
        "due_at": millis(clock.due_at),
    }


def payment_row(row: int, payment: Payment) -> dict[str, Any]:
    """A payment as the file keeps it."""
    return {
        **{name: getattr(payment, name) for name in Payment.model_fields},
        "event": str(payment.event),
        "at": millis(payment.at),
        "method": str(payment.method),
        "row": row,
    }


def forget(connection: Connection, row: int | None = None) -> None:
    """Take the clocks and payments of one dossier, or of all, out of the file."""
    for table in (_CLOCK, _PAYMENT):
        connection.execute(delete(table) if row is None else delete(table).where(table.c.row == row))


def alerts(
    connection: Connection, until: Mapping[ClockKind, datetime], unit: str = "", officer: str = ""
) -> list[tuple[ClockKind, str, str, str, int, datetime]]:
    """Clocks that have run out: (kind, key, unit, officer, dossier row, due), the longest overdue first.

    `until` names the kinds asked for and the instant before which each must be due.
    """
    if not until:
        return []
    due = [(_CLOCK.c.kind == str(kind)) & (_CLOCK.c.due_at < millis(at)) for kind, at in until.items()]
    query = select(_CLOCK).where(or_(*due)).order_by(_CLOCK.c.due_at, _CLOCK.c.row)
    if unit:
        query = query.where(_CLOCK.c.unit == unit)
    if officer:
        query = query.where(_CLOCK.c.officer.in_((officer, "")))
    return [
        (ClockKind(row.kind), row.key, row.unit, row.officer, row.row, instant(row.due_at))
        for row in connection.execute(query)
    ]


def alert_counts(
    connection: Connection, until: Mapping[ClockKind, datetime], unit: str = ""
) -> dict[ClockKind, int]:
    """How many clocks of each kind have run out."""
    counts: dict[ClockKind, int] = {}
    for kind, at in until.items():
        query = select(func.count()).where(_CLOCK.c.kind == str(kind), _CLOCK.c.due_at < millis(at))
        if unit:
            query = query.where(_CLOCK.c.unit == unit)
        counts[kind] = int(connection.execute(query).scalar_one())
    return counts


def wrong_clocks(connection: Connection, row: int, dossier: Dossier) -> bool:
    """Whether the file's clocks or payments of a dossier differ from what its events say."""
    kept = {
        (c.kind, c.key, c.unit, c.officer, c.due_at)
        for c in connection.execute(select(_CLOCK).where(_CLOCK.c.row == row))
    }
    meant = {(str(c.kind), c.key, c.unit, c.officer, millis(c.due_at)) for c in clocks(dossier)}
    paid = {
        (p.event, p.amount)
        for p in connection.execute(select(_PAYMENT.c.event, _PAYMENT.c.amount).where(_PAYMENT.c.row == row))
    }
    return kept != meant or paid != {(str(p.event), p.amount) for p in dossier.payments}


def children(connection: Connection, root: UUID) -> list[int]:
    """The rows of the dossiers of an inter-agency chain, the first received first."""
    return list(
        connection.execute(select(_D.c.row).where(_D.c.root == str(root)).order_by(_D.c.row)).scalars()
    )


# --- money ---


def payments(
    connection: Connection,
    *,
    shift: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    officer: str = "",
) -> list[tuple[Payment, str, str]]:
    """Payments in order of time, each with the code of its dossier and the applicant's name."""
    query = select(_PAYMENT, _D.c.code, _D.c.applicant_name).join(_D, _D.c.row == _PAYMENT.c.row)
    if shift:
        query = query.where(_PAYMENT.c.shift == shift)
    if since:
        query = query.where(_PAYMENT.c.at >= millis(since))
    if until:
        query = query.where(_PAYMENT.c.at < millis(until))
    if officer:
        query = query.where(_PAYMENT.c.officer == officer)
    found = connection.execute(query.order_by(_PAYMENT.c.at, _PAYMENT.c.number)).mappings()
    return [(_payment(row), row["code"], row["applicant_name"]) for row in found]


def _payment(row: Any) -> Payment:
    fields = {name: row[name] for name in Payment.model_fields}
    return Payment(
        **{
            **fields,
            "event": UUID(row["event"]),
            "at": instant(row["at"]),
            "method": PayMethod(row["method"]),
        }
    )


def open_shift(connection: Connection, officer: str) -> dict[str, Any] | None:
    """The shift an officer has open, or None."""
    row = first(connection, _OPEN_SHIFT, (officer,))
    return dict(zip(_SHIFT_FIELDS, row, strict=True)) if row else None


def get_shift(connection: Connection, shift: str) -> dict[str, Any] | None:
    """A shift by its identity, or None."""
    row = connection.execute(select(_SHIFT).where(_SHIFT.c.id == shift)).mappings().first()
    return dict(row) if row else None


def shifts(connection: Connection, since: datetime) -> list[dict[str, Any]]:
    """The shifts opened since an instant, the newest first."""
    query = select(_SHIFT).where(_SHIFT.c.opened_at >= millis(since)).order_by(_SHIFT.c.opened_at.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


def put_shift(connection: Connection, values: Mapping[str, Any]) -> None:
    """Keep a newly opened shift."""
    connection.execute(insert(_SHIFT).values(**values))


def set_opening(connection: Connection, shift: str, opening: int) -> None:
    """Tell what lay in the drawer when a shift began by itself."""
    connection.execute(update(_SHIFT).where(_SHIFT.c.id == shift).values(opening=opening, note=""))


def close_shift(connection: Connection, shift: str, values: Mapping[str, Any]) -> bool:
    """Close a shift that is still open; False when somebody closed it already."""
    done = connection.execute(
        update(_SHIFT).where(_SHIFT.c.id == shift, _SHIFT.c.closed_at.is_(None)).values(**values)
    )
    return bool(done.rowcount)


def reference_used(connection: Connection, method: str, reference: str) -> bool:
    """Whether a payment with this reference is recorded already."""
    query = select(func.count()).where(
        _PAYMENT.c.reference == reference, _PAYMENT.c.method == method, _PAYMENT.c.amount > 0
    )
    return bool(connection.execute(query).scalar_one())


def identities(connection: Connection, rows: Iterable[int]) -> list[UUID]:
    """The identities of dossiers by their rows, in the same order; rows that are gone are left out."""
    wanted = [int(row) for row in rows]
    found: dict[int, str] = {}
    for start in range(0, len(wanted), 500):
        part = select(_D.c.row, _D.c.id).where(_D.c.row.in_(wanted[start : start + 500]))
        found |= dict(connection.execute(part).all())
    return [UUID(found[row]) for row in wanted if row in found]
