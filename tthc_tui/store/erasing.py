"""Erasing a person from this file: the data and its key go, the history stays and still proves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, delete, or_, select

from tthc_tui.store import erased_files, feedback
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
_DUE, _DONE = "sweep.due", "sweep.done"  # erasings so far, and how many of them left nothing on the disk
BY_BACKEND = "theo việc xóa trên máy chủ"


class Known(NamedTuple):
    """What tells a person: the identities they have here, their numbers, names, phones and e-mail addresses."""

    persons: list[str]
    numbers: set[str]
    names: set[str]
    phones: set[str]
    emails: set[str]

    @property
    def words(self) -> frozenset[str]:
        """What a file that still holds the person says somewhere, and hardly any other file."""
        return frozenset({*self.persons, *self.numbers, *self.phones, *self.emails})


def with_number(connection: Connection, number: str) -> Known:
    """Everybody who has this personal number; nobody for ""."""
    found = select(_PERSON.c.id).where(_PERSON.c.number == number, _PERSON.c.number != "")
    return _known(connection, list(connection.execute(found).scalars()))


def _known(connection: Connection, persons: Collection[str]) -> Known:
    found = select(_PERSON.c.id, _PERSON.c.number, _PERSON.c.name, _PERSON.c.phone, _PERSON.c.email)
    rows = connection.execute(found.where(_PERSON.c.id.in_(persons))).all()
    parts = [{row[at] for row in rows if row[at]} for at in range(1, 5)]
    return Known([row.id for row in rows], *parts)


def naming(connection: Connection, persons: Iterable[str]) -> list[UUID]:
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
    if not persons:
        return
    dossiers, known = naming(connection, persons), _known(connection, persons)
    sent = feedback.sent_by(connection, phones=known.phones, names=known.names, dossiers=dossiers)
    erase(connection, persons, dossiers)
    feedback.erase_sender(connection, sent, BY_BACKEND)


def sweep(store: SqliteStore) -> bool:
    """Let nothing of what was erased stay on the disk; False while something does, it is then to be tried again.

    Saved papers and messages of the person go, then the log beside the file.
    """
    with store.read() as connection:
        due = get_setting(connection, _DUE)
        if due == get_setting(connection, _DONE):
            return True
        doomed = erased_files.doomed(connection)
    if not erased_files.remove(store.path.parent, doomed):
        return False
    if doomed:
        store.write(lambda connection: erased_files.forget(connection, doomed))
    if not store.sweep():
        return False
    store.write(lambda connection: put_setting(connection, _DONE, due))
    return True


def to_be_swept(connection: Connection) -> None:
    """Something was erased in this transaction: what is left of it on the disk has to go (`sweep`)."""
    put_setting(connection, _DUE, str(int(get_setting(connection, _DUE) or 0) + 1))


def erase(connection: Connection, persons: list[str], dossiers: list[UUID]) -> int:
    """Erase these persons (and what `dossiers` say of them in lists, search and messages); how many messages went.

    Each is remembered by identity alone, so that the backend's copy does not bring the data back.
    """
    known = _known(connection, persons)
    own = select(_DOSSIER.c.id).where(_DOSSIER.c.applicant.in_(persons))
    messages = or_(_NOTICE.c.dossier.in_(own), _NOTICE.c.address.in_({*known.phones, *known.emails}))
    sent = connection.execute(select(_NOTICE.c.event, _NOTICE.c.channel).where(messages)).all()
    erased_files.add(connection, dossiers, [f"{row.event}-{row.channel}" for row in sent])
    connection.execute(delete(_NOTICE).where(messages))
    connection.execute(delete(_PERSON).where(_PERSON.c.id.in_(persons)))
    for person in persons:
        put_setting(connection, f"{_MARK}{person}", "1")
    for dossier in dossiers:
        reproject(connection, dossier)
    connection.exec_driver_sql(
        "INSERT INTO dossier_search (dossier_search) VALUES ('optimize')"
    )  # words, too
    to_be_swept(connection)
    return len(sent)


def erased(connection: Connection) -> frozenset[str]:
    """The identities of the persons erased from this file."""
    keys = connection.execute(select(_SETTING.c.key).where(_SETTING.c.key.startswith(_MARK))).scalars()
    return frozenset(key.removeprefix(_MARK) for key in keys)
