"""Many new dossiers at once: what is known without the file is made beside the writer, the rest in few statements.

Each statement writes hundreds of rows, so that the writer does not ask for its turn among the threads after
every one of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain as joined
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

from tthc_tui.core import events as ev
from tthc_tui.core.dossier import Dossier, fold
from tthc_tui.core.text import fold as fold_text
from tthc_tui.core.wire import WirePerson
from tthc_tui.store import law
from tthc_tui.store.dossiers import projection, unsealed
from tthc_tui.store.driver import driver, run, scalar
from tthc_tui.store.erasing import erased
from tthc_tui.store.tables import DossierRow

_SIZES = (400, 100, 20, 5, 1)  # rows of one statement; few sizes, so that SQLite need not read each anew

_EVENT = (
    "event (id, dossier, version, kind, at, unit, officer, body, place, hash, gen)"  # status is 'confirmed'
)
_PERSON = "person (id, name, fold, kind, number, birth, sex, address, phone, email, salt)"
_CLEAR = "ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}"
    for name in ("name", "fold", "kind", "number", "birth", "sex", "address", "phone", "email", "salt")
)
_MASKED = "ON CONFLICT (id) DO NOTHING"  # never over clear data
_OF_APPLICANT = ("applicant_name", "applicant_number", "applicant_phone")
_OF_DOSSIER = tuple(
    name
    for name in DossierRow.__table__.columns.keys()  # type: ignore[attr-defined]  # noqa: SIM118
    if name not in ("row", *_OF_APPLICANT)
)
_DOSSIER = f"dossier ({', '.join(('row', *_OF_DOSSIER, *_OF_APPLICANT))})"
_own_values = itemgetter(*_OF_DOSSIER)
_SEARCH = "dossier_search (rowid, name, code, phone, number)"
_USE = "procedure_use (code, times)"
_USED = "ON CONFLICT (code) DO UPDATE SET times = procedure_use.times + excluded.times"
_APPLICANTS = "SELECT id, name, fold, number, phone FROM person WHERE id IN (SELECT value FROM json_each(?))"
_NOBODY = ("", "", "", "", "")


class Fresh(NamedTuple):
    """A dossier this file does not hold yet, folded, with the values of its row but for the applicant's.

    `sealed` are its events where they have texts that only the salts of this file can read.
    """

    dossier: Dossier
    values: tuple[Any, ...]
    applicant: str
    codes: str
    sealed: tuple[ev.AnyEvent, ...]

    @classmethod
    def of(cls, events: Sequence[ev.AnyEvent], *, sealed: bool) -> Fresh:
        """The dossier of a whole history, which begins with a registration."""
        dossier = fold(events)
        assert dossier is not None  # it has events
        codes = " ".join(code for code in (dossier.code, *dossier.aliases) if code)
        values = _own_values(projection(dossier, "", "", ""))
        return cls(dossier, values, str(dossier.applicant.id), codes, tuple(events) if sealed else ())


@dataclass(slots=True)
class People:
    """Rows of persons sent down, by identity."""

    clear: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    masked: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def add(self, person: WirePerson) -> None:
        """The newest data of a person win."""
        identity = str(person.id)
        (self.masked if person.masked else self.clear)[identity] = (
            identity,
            person.name,
            fold_text(person.name),
            int(person.kind),
            person.number,
            person.birth,
            person.sex,
            person.address,
            person.phone,
            person.email,
            person.salt,
        )


def insert_rows(
    connection: Connection, into: str, rows: Sequence[tuple[Any, ...]], conflict: str = ""
) -> None:
    """Insert rows into `into`, a table with the names of its columns; `conflict` is an ON CONFLICT clause."""
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            part = rows[start : start + size]
            run(connection, _insert_sql(into, len(part[0]), size, conflict), list(joined(*part)))
            start += size


@lru_cache(maxsize=64)
def _insert_sql(into: str, width: int, rows: int, conflict: str) -> str:
    marks = f"({', '.join('?' * width)})"
    return f"INSERT INTO {into} VALUES {', '.join([marks] * rows)} {conflict}"


def insert_events(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Confirmed events: (id, dossier, version, kind, at, unit, officer, body, place, hash, gen)."""
    insert_rows(connection, _EVENT, rows)


def keep_people(connection: Connection, people: People) -> None:
    """Keep the persons sent down, but for those erased here."""
    gone = erased(connection)
    for rows, conflict in ((people.clear, _CLEAR), (people.masked, _MASKED)):
        insert_rows(connection, _PERSON, [row for key, row in rows.items() if key not in gone], conflict)


def project_new(connection: Connection, fresh: Iterable[Fresh]) -> None:
    """Projection, search text, clocks and payments of dossiers the file does not hold; their persons are kept already."""
    new = [_readable(connection, one) for one in fresh]
    if not new:
        return
    wanted = json.dumps(sorted({one.applicant for one in new}))
    people = {row[0]: row for row in driver(connection).execute(_APPLICANTS, (wanted,))}
    first = (scalar(connection, "SELECT max(row) FROM dossier") or 0) + 1
    rows, words = [], []
    for number, one in enumerate(new, first):
        _, name, folded, personal, phone = people.get(one.applicant, _NOBODY)
        rows.append((number, *one.values, name, personal, phone))
        words.append((number, folded, one.codes, phone, personal))
    insert_rows(connection, _DOSSIER, rows)
    insert_rows(connection, _SEARCH, words)
    used = Counter(one.dossier.procedure.code for one in new)
    insert_rows(connection, _USE, list(used.items()), _USED)
    law.project_many(connection, ((number, one.dossier) for number, one in enumerate(new, first)))


def _readable(connection: Connection, one: Fresh) -> Fresh:
    if not one.sealed:
        return one
    return Fresh.of([unsealed(connection, event) for event in one.sealed], sealed=False)
