"""What lies beside the data file of a person who was erased: saved papers, messages written out, older copies.

Which papers and messages have to go is noted in the transaction of the erasing and done after it (`erasing.sweep`),
so that a program that is killed in between finishes it later.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, select

from tthc_tui.core.base import vietnam_time
from tthc_tui.core.codes import short_id
from tthc_tui.store.dossiers import history, load
from tthc_tui.store.law_tables import PaymentRow
from tthc_tui.store.settings import get_setting, put_setting
from tthc_tui.store.tables import DossierRow

PAPERS, MESSAGES = "bien-nhan", "tin-nhan"
"""Folders beside the data file: forms that were printed, and messages of the gateway that sends nothing."""

Doomed = dict[str, list[str]]
"""`papers`: how names of files end, `days`: days (YYYYMMDD) whose registers go, `messages`: their identities."""

_KEY = "sweep.files"
_REGISTER = re.compile(r"so-theo-doi-(\d{8})-(\d{8})")
_OTHER = re.compile(r"[^A-Za-z0-9]+")
_DOSSIER = DossierRow.__table__  # type: ignore[attr-defined]
_PAYMENT = PaymentRow.__table__  # type: ignore[attr-defined]
_CHUNK = 1 << 20


def add(connection: Connection, dossiers: Iterable[UUID], messages: Collection[str]) -> None:
    """Note the papers that name these dossiers and these messages (`event-channel`) as to be deleted."""
    noted = doomed(connection) or {"papers": [], "days": [], "messages": []}
    for identity in dossiers:
        found = load(connection, identity)
        if found is None:
            continue
        slips = [getattr(event, "slip", "") for event in history(connection, identity)]
        row = select(_PAYMENT.c.shift).join(_DOSSIER, _DOSSIER.c.row == _PAYMENT.c.row)
        shifts = connection.execute(row.where(_DOSSIER.c.id == str(identity))).scalars()
        names = [found.code, *found.aliases, short_id(identity), *slips, *(shift[-8:] for shift in shifts)]
        noted["papers"] += [_OTHER.sub("-", name).strip("-") for name in names if name]
        if found.received_at is not None:
            noted["days"].append(f"{vietnam_time(found.received_at):%Y%m%d}")
    noted["messages"] += messages
    put_setting(connection, _KEY, json.dumps({name: sorted(set(items)) for name, items in noted.items()}))


def doomed(connection: Connection) -> Doomed:
    """What still has to be deleted; empty for nothing."""
    text = get_setting(connection, _KEY)
    found: Doomed = json.loads(text) if text else {}
    return found


def forget(connection: Connection, deleted: Doomed) -> None:
    """These are gone; what was noted meanwhile stays."""
    if doomed(connection) == deleted:
        put_setting(connection, _KEY, "")


def remove(folder: Path, wanted: Doomed) -> bool:
    """Delete in the folders beside a data file what is `wanted`; False where a file could not be deleted now."""
    if not wanted:
        return True
    try:
        for paper in _papers(folder, wanted):
            paper.unlink(missing_ok=True)
        for file in sorted((folder / MESSAGES).glob("*.jsonl")):
            _without(file, set(wanted["messages"]))
    except OSError:  # open in another program
        return False
    return True


def _papers(folder: Path, wanted: Doomed) -> Iterator[Path]:
    """Saved papers of the dossiers: their own, the slips and cash sheets they stand in, registers of their days."""
    endings = tuple(f"-{name}" for name in wanted["papers"])
    for file in sorted((folder / PAPERS).glob("*")):
        register = _REGISTER.match(file.stem)
        if register:
            gone = any(register[1] <= day <= register[2] for day in wanted["days"])
        else:
            gone = _OTHER.sub("-", file.stem).endswith(endings)
        if gone and file.is_file():
            yield file


def _without(file: Path, messages: set[str]) -> None:
    """Write a file of messages anew without some of them."""
    lines = file.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not any(f'"{message}"'.encode() in line for message in messages)]
    if len(kept) == len(lines):
        return
    handle, temporary = tempfile.mkstemp(prefix=".tin-", dir=file.parent)
    with os.fdopen(handle, "wb") as fresh:
        fresh.writelines(kept)
        fresh.flush()
        os.fsync(fresh.fileno())
    os.replace(temporary, file)


def upgrade_copies(database: Path, words: Collection[str]) -> list[Path]:
    """The copies made before upgrades of `database` that say any of `words`."""
    found = sorted(database.parent.glob(f"{database.stem}.truoc-nang-cap-v*{database.suffix}"))
    return [file for file in found if says(file, words)]


def delete_copies(copies: Iterable[Path]) -> list[Path]:
    """Delete copies of the data file with what SQLite kept beside them; those that could not be deleted."""
    left = []
    for file in copies:
        try:
            for name in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
                name.unlink(missing_ok=True)
        except OSError:
            left.append(file)
    return left


def says(file: Path, words: Collection[str]) -> bool:
    """Whether any of `words` stands in a file's bytes."""
    wanted = [word.encode() for word in words if word]
    overlap = max(map(len, wanted), default=1) - 1
    tail = b""
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            if any(word in tail + chunk for word in wanted):
                return True
            tail = (tail + chunk)[-overlap:] if overlap else b""
    return False
