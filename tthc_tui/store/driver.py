"""Statements of every single action, given to SQLite's driver as they are.

SQLAlchemy takes longer to prepare such a statement than SQLite takes to run it. They run in the transaction
of the connection they are given; an error is a sqlite3.Error, which the store turns into a StoreError.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

Values = Sequence[Any] | Mapping[str, Any]


def driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection beneath one of the store's."""
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def run(connection: Connection, statement: str, values: Values = ()) -> int:
    """Run a statement that answers with no rows; how many rows it changed."""
    return driver(connection).execute(statement, values).rowcount


def run_many(connection: Connection, statement: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Run a statement that answers with no rows once for each of `rows`."""
    driver(connection).executemany(statement, rows)


def first(connection: Connection, statement: str, values: Values = ()) -> tuple[Any, ...] | None:
    """The first row of the answer, or None."""
    cursor = driver(connection).execute(statement, values)
    try:
        return cast("tuple[Any, ...] | None", cursor.fetchone())
    finally:
        cursor.close()  # a statement left half read would hold up the commit


def scalar(connection: Connection, statement: str, values: Values = ()) -> Any:
    """The first value of the first row, or None."""
    row = first(connection, statement, values)
    return None if row is None else row[0]


def column(connection: Connection, statement: str, values: Values = ()) -> list[Any]:
    """The first value of every row."""
    return [row[0] for row in driver(connection).execute(statement, values)]


def rows(connection: Connection, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """Every row of the answer."""
    return driver(connection).execute(statement, values).fetchall()


def insert_sql(table: Table, *, without: str = "") -> str:
    """The INSERT of a whole row by the names of its columns, but for the one the file numbers itself."""
    names = [name for name in table.columns.keys() if name != without]  # noqa: SIM118 - not a dict
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"
