"""Prints of forms that belong to no single dossier: register (Mẫu 07), cash sheet. Never edited."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, Index, func, insert, select
from sqlmodel import Field

from tthc_tui.store.tables import Table


class PrintedSheetRow(Table, table=True):
    """One print; `key` tells the paper apart (a period, a shift), `reprint` is 0 for the first."""

    __tablename__ = "printed_sheet"
    __table_args__ = (Index("ix_printed_sheet", "form", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    form: str
    key: str
    at: int
    officer: str
    reprint: int


_ROW = PrintedSheetRow.__table__  # type: ignore[attr-defined]

# Written out, not taken from the table: a migration must do the same for ever.
STATEMENTS = (
    """CREATE TABLE printed_sheet (
        id INTEGER NOT NULL, form VARCHAR NOT NULL, "key" VARCHAR NOT NULL, at INTEGER NOT NULL,
        officer VARCHAR NOT NULL, reprint INTEGER NOT NULL, PRIMARY KEY (id))""",
    'CREATE INDEX ix_printed_sheet ON printed_sheet (form, "key")',
)


def to_version_5(connection: sqlite3.Connection) -> None:
    """Bring an open file of version 4 along, inside the caller's transaction."""
    for statement in STATEMENTS:
        connection.execute(statement)


def times(connection: Connection, form: str, key: str) -> int:
    """How often a paper was printed already."""
    query = select(func.count()).where(_ROW.c.form == form, _ROW.c.key == key)
    return int(connection.execute(query).scalar_one())


def add(connection: Connection, form: str, key: str, at: int, officer: str, reprint: int) -> None:
    """Keep one print; `at` in milliseconds since 1970 UTC."""
    connection.execute(insert(_ROW).values(form=form, key=key, at=at, officer=officer, reprint=reprint))
