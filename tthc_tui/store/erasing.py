"""Erasing a person from this file: the data and its key go, the history stays and still proves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection, delete, or_, select

from tthc_tui.store.dossiers import reproject
from tthc_tui.store.law_tables import NoticeRow
from tthc_tui.store.settings import get_setting, put_setting
from tthc_tui.store.tables import DossierRow, PersonRow, SettingRow

if TYPE_CHECKING:
    from tthc_tui.store.sqlite import SqliteStore

_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_DOSSIER = DossierRow.__table__  # type: ignore[attr-defined]
_NOTICE = NoticeRow.__table__  # type: ignore[attr-defined]
_SETTING = SettingRow.__table__  # type: ignore[attr-defined]

_MARK = "erased."
_SWEEP = "sweep"


def dossiers_of(connection: Connection, number: str) -> tuple[list[str], list[UUID]]:
    """The persons with this personal number, and the dossiers they applied for or were authorised in."""
    persons = list(connection.execute(select(_PERSON.c.id).where(_PERSON.c.number == number)).scalars())
    return persons, _naming(connection, persons)


def _naming(connection: Connection, persons: list[str]) -> list[UUID]:
    """The dossiers with an event that names one of `persons`."""
    found: dict[str, None] = {}
    for person in persons:
        rows = connection.exec_driver_sql(
            "SELECT DISTINCT dossier FROM event WHERE instr(body, ?) > 0", (person,)
        )
        found.update(dict.fromkeys(rows.scalars()))
    return [UUID(one) for one in found]


def erase_known(connection: Connection, persons: list[str]) -> None:
    """Erase those of `persons` whose erasing the backend tells of, here too; all are remembered."""
    if persons:
        erase(connection, persons, _naming(connection, persons))
        put_setting(connection, _SWEEP, "1")


def sweep(store: SqliteStore) -> None:
    """After `erase_known`: let nothing of it stay on the disk."""
    with store.read() as connection:
        due = get_setting(connection, _SWEEP)
    if due:
        store.write(lambda connection: put_setting(connection, _SWEEP, ""))
        store.sweep()


def erase(connection: Connection, persons: list[str], dossiers: list[UUID]) -> int:
    """Erase these persons (and what `dossiers` say of them in lists, search and messages); how many messages went.

    Each is remembered by identity alone, so that the backend's copy does not bring the data back.
    """
    addresses = [
        address
        for row in connection.execute(
            select(_PERSON.c.phone, _PERSON.c.email).where(_PERSON.c.id.in_(persons))
        )
        for address in row
        if address
    ]
    own = select(_DOSSIER.c.id).where(_DOSSIER.c.applicant.in_(persons))
    gone = connection.execute(
        delete(_NOTICE).where(or_(_NOTICE.c.dossier.in_(own), _NOTICE.c.address.in_(addresses)))
    )
    connection.execute(delete(_PERSON).where(_PERSON.c.id.in_(persons)))
    for person in persons:
        put_setting(connection, f"{_MARK}{person}", "1")
    for dossier in dossiers:
        reproject(connection, dossier)
    connection.exec_driver_sql(
        "INSERT INTO dossier_search (dossier_search) VALUES ('optimize')"
    )  # words, too
    return int(gone.rowcount)


def erased(connection: Connection) -> frozenset[str]:
    """The identities of the persons erased from this file."""
    keys = connection.execute(select(_SETTING.c.key).where(_SETTING.c.key.startswith(_MARK))).scalars()
    return frozenset(key.removeprefix(_MARK) for key in keys)
