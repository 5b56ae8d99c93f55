"""Erasing a person from the backend and, through the feed, from every station (Law 91/2025/QH15).

The data and the salts go; the events stay, hold no more than commitments and sealed texts, and still prove. Each
dossier gets an event of the server's own that says so, and why. The identities are remembered, so that a station
that was away can't bring the data back (a trigger on the table, see migration 0002).
"""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import NamedTuple

import psycopg
from psycopg import sql

from tthc_tui.core import events as ev
from tthc_tui.core.text import clean
from tthc_tui.server.admin import AdminError
from tthc_tui.server.clock import now_ms
from tthc_tui.server.database import Database, Transaction, Unavailable
from tthc_tui.server.directory import DirectoryKeeper
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.writer import Writer

_NUMBER = re.compile(r"[0-9A-Za-z./-]{1,40}")
MOST_REASON = 500
SWEEP_SECONDS = 60.0  # for who still reads an older state


class Erased(NamedTuple):
    """What was erased: copies of the person's data, in how many dossiers."""

    persons: int
    dossiers: int


async def erase_person(database: Database, number: str, reason: str, by: str = "") -> Erased:
    """Erase everybody with this personal number; `by` names the administrator in the list of erasings.

    AdminError without a reason, for a number that can be none, or when nobody has it.
    """
    wanted, why = clean(number), clean(reason)
    if not why or len(why) > MOST_REASON:
        raise AdminError(
            f"Lý do xóa phải có và không quá {MOST_REASON} ký tự: hãy ghi căn cứ hoặc số văn bản yêu cầu."
        )
    if not _NUMBER.fullmatch(wanted):
        raise AdminError("Số định danh chỉ gồm chữ, số và các dấu . / -: hãy kiểm tra lại.")
    keeper = DirectoryKeeper(database, 0)
    writer = Writer(database, keeper)
    directory = await keeper.get()
    async with database.writing() as tx:
        await tx.rows(
            "SELECT head FROM log WHERE id = 1 {lock}"
        )  # nothing is pushed between looking and erasing
        found = await _copies(tx, wanted)
        if not found:
            raise AdminError("Không có người nào mang số này trên máy chủ: hãy kiểm tra số định danh.")

        def said(dossier: str) -> ev.Action:
            persons = tuple(sorted({person for at, person in found if at == dossier}))
            return ev.ErasePerson.model_validate({"persons": persons, "reason": why})

        dossiers = sorted({dossier for dossier, _ in found})
        await writer.append_own(tx, {dossier: said(dossier) for dossier in dossiers}, directory)
        persons = sorted({person for _, person in found})
        at = now_ms()
        await tx.many(
            [
                (
                    "INSERT INTO erased (id, at, reason, officer) VALUES (:id, :at, :reason, :officer)"
                    " ON CONFLICT (id) DO NOTHING",
                    {"id": person, "at": at, "reason": why, "officer": clean(by)},
                )
                for person in persons
            ]
        )
        await tx.rows("DELETE FROM person WHERE id {in:ids}", ids=persons)
    return Erased(len(found), len(dossiers))


async def _copies(tx: Transaction, number: str) -> list[tuple[str, str]]:
    """(dossier, person) of all data with this number."""
    rows = await tx.rows(
        "SELECT dossier, id, data FROM person WHERE data LIKE :like", like=f'%"number":"{number}"%'
    )
    return sorted({(row[0], row[1]) for row in rows if json.loads(row[2])["number"] == number})


def sweep(settings: ServerSettings) -> None:
    """Let no deleted byte stay in the database's own files; Unavailable while that can't be done."""
    if settings.sqlite_path is not None:
        try:
            with closing(
                sqlite3.connect(settings.sqlite_path, timeout=SWEEP_SECONDS, isolation_level=None)
            ) as file:
                file.execute("VACUUM")
                busy, _, _ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise Unavailable(str(error)) from error
        if busy:
            raise Unavailable(
                "Đã xóa, nhưng chương trình khác đang đọc tệp dữ liệu cũ nên phần còn lại trên đĩa chưa mất: hãy khởi "
                "động lại máy chủ, khi dừng nó tự xóa phần đó."
            )
        return
    try:
        with psycopg.connect(settings.database, autocommit=True) as connection:
            connection.execute(sql.SQL("VACUUM person"))
    except psycopg.Error as error:
        raise Unavailable(str(error)) from error
