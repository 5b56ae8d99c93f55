"""What administrators do: units and officers, devices, passwords, the catalogue."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection, text

from tthc_tui.core.dated import ALWAYS, FOREVER, in_force
from tthc_tui.core.site import Role, Site, Unit
from tthc_tui.server.auth import FORGET, HASHER, secret_hash
from tthc_tui.server.clock import now_ms, today
from tthc_tui.server.directory import Account
from tthc_tui.server.postgres import CHANNEL
from tthc_tui.server.tree import show_to_those_above

CODE_HOURS = 72
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without letters and digits that look alike


class AdminError(Exception):
    """It can't be done; `str()` is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """A posting of an officer, to be added or changed."""

    id: str
    name: str
    unit: str
    roles: tuple[Role, ...] = (Role.RECEIVING,)
    valid_from: date = ALWAYS
    valid_to: date = FOREVER


def put_units(connection: Connection, units: Iterable[Unit]) -> None:
    """Add or change units: all rows of an id take the place of those it had.

    A dossier of a unit becomes visible to the units now above it, with its history.
    """
    rows = list(units)
    for ident in dict.fromkeys(unit.id for unit in rows):
        connection.execute(text("DELETE FROM unit WHERE id = :id"), {"id": ident})
    for unit in rows:
        connection.execute(
            text(
                "INSERT INTO unit (id, valid_from, valid_to, name, code, parent, kind)"
                " VALUES (:id, :valid_from, :valid_to, :name, :code, :parent, :kind)"
            ),
            unit.model_dump(
                mode="json", include={"id", "valid_from", "valid_to", "name", "code", "parent", "kind"}
            ),
        )
    show_to_those_above(connection, today())
    _tell(connection)


def put_officer(connection: Connection, officer: NewOfficer, password: str | None = None) -> None:
    """Add an officer, or change the posting in force; a None password leaves the old one.

    Past postings and those to come stay. AdminError for an unknown unit or a short password.
    """
    day, postings = today(), _postings(connection, officer.id)
    now = next(iter(in_force(postings, day)), None)
    if now is not None:
        officer = replace(officer, valid_from=now.valid_from, valid_to=now.valid_to)
    elif postings:  # back again: from today until a posting that is already entered
        later = min((one.valid_from for one in postings if one.valid_from > day), default=None)
        until = later - timedelta(days=1) if later else FOREVER
        officer = replace(officer, valid_from=day, valid_to=until)
    others = [
        NewOfficer(one.id, one.name, one.unit, tuple(one.roles), one.valid_from, one.valid_to)
        for one in postings
        if one is not now
    ]
    put_postings(connection, [*others, officer])
    if password is not None:
        if len(password) < 8:
            raise AdminError("Mật khẩu phải có ít nhất 8 ký tự.")
        connection.execute(
            text("UPDATE officer SET password = :hash WHERE id = :id"),
            {"hash": HASHER.hash(password), "id": officer.id},
        )
        connection.execute(text("DELETE FROM session WHERE officer = :id"), {"id": officer.id})
    _tell(connection)


def _postings(connection: Connection, officer: str) -> list[Account]:
    rows = connection.execute(text("SELECT * FROM officer WHERE id = :id"), {"id": officer}).mappings()
    return [Account.model_validate({**row, "roles": json.loads(row["roles"])}) for row in rows]


def put_postings(connection: Connection, officers: Iterable[NewOfficer]) -> None:
    """All postings of the officers named, in place of those they had; passwords stay. AdminError for an unknown unit."""
    rows = list(officers)
    passwords: dict[str, str] = {}
    for ident in dict.fromkeys(one.id for one in rows):
        found = connection.execute(
            text("DELETE FROM officer WHERE id = :id RETURNING password"), {"id": ident}
        ).scalars()
        passwords[ident] = next((password for password in found.all() if password), "")
    for one in rows:
        known = connection.execute(text("SELECT 1 FROM unit WHERE id = :id"), {"id": one.unit}).first()
        if not known:
            raise AdminError(f"Không có đơn vị mã “{one.unit}”: hãy nạp tệp khai báo trung tâm trước.")
        connection.execute(
            text(
                "INSERT INTO officer (id, valid_from, valid_to, name, unit, roles, password, active)"
                " VALUES (:id, :valid_from, :valid_to, :name, :unit, :roles, :password, 1)"
            ),
            {
                "id": one.id,
                "valid_from": one.valid_from.isoformat(),
                "valid_to": one.valid_to.isoformat(),
                "name": one.name,
                "unit": one.unit,
                "roles": json.dumps(sorted(one.roles)),
                "password": passwords[one.id],
            },
        )


def disable_officer(connection: Connection, officer: str) -> None:
    """The officer can't sign in any more and open sessions end. AdminError for an unknown one."""
    changed = connection.execute(
        text("UPDATE officer SET active = 0 WHERE id = :id RETURNING id"), {"id": officer}
    )
    if changed.first() is None:
        raise AdminError(f"Không có cán bộ mã “{officer}”.")
    connection.execute(text("DELETE FROM session WHERE officer = :id"), {"id": officer})
    _tell(connection)


def disable_device(connection: Connection, device: str) -> None:
    """The device is shut out and its sessions end. AdminError for an unknown one."""
    changed = connection.execute(
        text("UPDATE device SET active = 0 WHERE id = :id RETURNING id"), {"id": device}
    )
    if changed.first() is None:
        raise AdminError(f"Không có máy mã “{device}”.")
    connection.execute(text("DELETE FROM session WHERE device = :id"), {"id": device})
    _tell(connection)


def enrolment_code(connection: Connection, unit: str, hours: int = CODE_HOURS) -> str:
    """A one-time code for a device of `unit`, good for `hours`. AdminError for an unknown unit."""
    if not connection.execute(text("SELECT 1 FROM unit WHERE id = :id"), {"id": unit}).scalar():
        raise AdminError(f"Không có đơn vị mã “{unit}”.")
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
    connection.execute(
        text("INSERT INTO enrolment (code, unit, expires_at) VALUES (:code, :unit, :expires)"),
        {"code": secret_hash(code), "unit": unit, "expires": now_ms() + hours * 3_600_000},
    )
    return code


def load_site(connection: Connection, site: Site) -> None:
    """Units and officers of a site file; officers keep their passwords and need one where they have none."""
    put_units(connection, site.units)
    put_postings(
        connection,
        [
            NewOfficer(one.id, one.name, one.unit, tuple(one.roles), one.valid_from, one.valid_to)
            for one in site.officers
        ],
    )
    _tell(connection)


def erase_person(connection: Connection, person: str) -> int:
    """Erase a person's data everywhere; the history keeps its commitments and still proves. How many copies went."""
    gone = connection.execute(text("DELETE FROM person WHERE id = :id RETURNING id"), {"id": person})
    return len(gone.all())


def _tell(connection: Connection) -> None:
    """Make running processes read what changed (they do so by themselves after a few seconds, too)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_notify('{CHANNEL}', :payload)"), {"payload": FORGET})
