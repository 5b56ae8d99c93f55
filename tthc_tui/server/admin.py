"""What administrators do: units and officers, devices, passwords, the catalogue."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from tthc_tui.core.site import Role, Site, Unit
from tthc_tui.server.auth import FORGET, HASHER, secret_hash
from tthc_tui.server.clock import now_ms
from tthc_tui.server.directory import Directory
from tthc_tui.server.postgres import CHANNEL

CODE_HOURS = 72
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without letters and digits that look alike


class AdminError(Exception):
    """It can't be done; `str()` is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """An officer to be added or changed."""

    id: str
    name: str
    unit: str
    roles: tuple[Role, ...] = (Role.RECEIVING,)


def put_units(connection: Connection, units: Iterable[Unit]) -> None:
    """Add or change units. A dossier of a unit becomes visible to the units now above it, with its history."""
    for unit in units:
        connection.execute(
            text(
                "INSERT INTO unit (id, name, code, parent, kind) VALUES (:id, :name, :code, :parent, :kind)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, code = excluded.code,"
                " parent = excluded.parent, kind = excluded.kind"
            ),
            unit.model_dump(include={"id", "name", "code", "parent", "kind"}),
        )
    _show_to_those_above(connection)
    _tell(connection)


def _show_to_those_above(connection: Connection) -> None:
    """Visibility that the tree of units now asks for, at one fresh place of the log, so that no cursor misses it."""
    lock = "" if connection.dialect.name == "sqlite" else " FOR UPDATE"
    head = int(connection.execute(text(f"SELECT head FROM log WHERE id = 1{lock}")).scalar_one())
    parents: dict[str, str] = {
        row.id: row.parent for row in connection.execute(text("SELECT id, parent FROM unit"))
    }
    tree = Directory(parents, {})
    added: dict[str, set[str]] = {}
    for unit in parents:
        for above in tree.above(unit)[1:]:
            fresh = connection.execute(
                text(
                    "INSERT INTO visibility (unit, dossier, since) SELECT :above, v.dossier, :since FROM visibility v"
                    " WHERE v.unit = :unit ON CONFLICT (unit, dossier) DO NOTHING RETURNING dossier"
                ),
                {"above": above, "unit": unit, "since": head + 1},
            )
            for (dossier,) in fresh:
                added.setdefault(dossier, set()).add(above)
    for dossier, units in added.items():
        row = connection.execute(
            text("SELECT seen_by FROM dossier WHERE id = :id"), {"id": dossier}
        ).scalar_one()
        seen_by = json.dumps(sorted({*json.loads(row), *units}), ensure_ascii=False)
        connection.execute(
            text("UPDATE dossier SET seen_by = :s WHERE id = :id"), {"s": seen_by, "id": dossier}
        )
    if added:  # a new head makes every process read the states again
        connection.execute(text("UPDATE log SET head = head + 1 WHERE id = 1"))


def put_officer(connection: Connection, officer: NewOfficer, password: str | None = None) -> None:
    """Add or change an officer; a None password leaves the old one. AdminError for an unknown unit or a short password."""
    known = connection.execute(text("SELECT 1 FROM unit WHERE id = :id"), {"id": officer.unit}).scalar()
    if not known:
        raise AdminError(f"Không có đơn vị mã “{officer.unit}”: hãy nạp tệp khai báo trung tâm trước.")
    if password is not None and len(password) < 8:
        raise AdminError("Mật khẩu phải có ít nhất 8 ký tự.")
    connection.execute(
        text(
            "INSERT INTO officer (id, name, unit, roles, password, active)"
            " VALUES (:id, :name, :unit, :roles, '', 1) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " unit = excluded.unit, roles = excluded.roles, active = 1"
        ),
        {
            "id": officer.id,
            "name": officer.name,
            "unit": officer.unit,
            "roles": json.dumps(sorted(officer.roles)),
        },
    )
    if password is not None:
        connection.execute(
            text("UPDATE officer SET password = :hash WHERE id = :id"),
            {"hash": HASHER.hash(password), "id": officer.id},
        )
        connection.execute(text("DELETE FROM session WHERE officer = :id"), {"id": officer.id})
    _tell(connection)


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
    for officer in site.officers:
        put_officer(connection, NewOfficer(officer.id, officer.name, officer.unit, tuple(officer.roles)))


def erase_person(connection: Connection, person: str) -> int:
    """Erase a person's data everywhere; the history keeps its commitments and still proves. How many copies went."""
    gone = connection.execute(text("DELETE FROM person WHERE id = :id RETURNING id"), {"id": person})
    return len(gone.all())


def _tell(connection: Connection) -> None:
    """Make running processes read what changed (they do so by themselves after a few seconds, too)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_notify('{CHANNEL}', :payload)"), {"payload": FORGET})
