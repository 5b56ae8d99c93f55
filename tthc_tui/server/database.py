"""One way to speak to PostgreSQL and to SQLite: the same hand-written SQL, a few marks for what differs.

Statements name parameters `:like_this`. Marks: `{in:names}` – is one of the list `:names`; `{lock}` – hold the
rows until commit; `{greatest}` – the larger of two. Bulk rows travel as one JSON parameter in both.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import Any, Protocol

from pydantic_core import to_json
from sqlalchemy import BigInteger, Integer, Table

Row = tuple[Any, ...]
Statement = tuple[str, dict[str, Any]]

_MARK = re.compile(r"\{(in:(\w+)|lock|greatest)\}")
_NAME = re.compile(r"(?<![:\w]):([a-z_]\w*)")


class Unavailable(Exception):
    """The database can't be reached or refuses work for now; the call may be tried again."""


class Transaction(Protocol):
    """Statements on one connection."""

    async def many(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run statements in order, sent together where the database can; the rows of each."""
        ...

    async def rows(self, sql: str, **params: Any) -> list[Row]:
        """The rows of one statement."""
        ...

    async def commit(self, statements: Sequence[Statement] = ()) -> None:
        """Run the last statements of a writing block and commit with them, sent together where the database can.

        Nothing may follow; a block that ends without it commits by itself.
        """
        ...


class Database(Protocol):
    """A pool of connections."""

    kind: str

    async def open(self) -> None:
        """Connect; Unavailable when that fails."""
        ...

    async def close(self) -> None:
        """Let all connections go."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """A consistent view of the data, nothing written."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction: committed when the block ends, undone when it raises."""
        ...

    def notify(self, payload: str) -> list[Statement]:
        """Statements that tell every process of `payload` once the transaction is committed."""
        ...

    def listen(self) -> AsyncIterator[str]:
        """The payloads of `notify` from all processes, as long as the connection holds."""
        ...


@lru_cache(maxsize=512)
def for_postgres(sql: str) -> str:
    """A statement with its marks and parameters as PostgreSQL and psycopg take them."""
    marks = {"lock": "FOR UPDATE", "greatest": "GREATEST"}
    sql = _MARK.sub(lambda m: f"= ANY(:{m[2]})" if m[2] else marks[m[1]], sql.replace("%", "%%"))
    return _NAME.sub(r"%(\1)s", sql)


@lru_cache(maxsize=512)
def for_sqlite(sql: str) -> str:
    """A statement with its marks as SQLite takes them."""
    marks = {"lock": "", "greatest": "max"}
    return _MARK.sub(lambda m: f"IN (SELECT value FROM json_each(:{m[2]}))" if m[2] else marks[m[1]], sql)


@lru_cache(maxsize=128)
def _bulk_sql(kind: str, table: Table, columns: tuple[str, ...], conflict: str) -> str:
    names = ", ".join(columns)
    if kind == "postgres":
        types = {
            name: "bigint" if isinstance(table.c[name].type, BigInteger | Integer) else "text"
            for name in columns
        }
        picked = ", ".join(f"(r->>{n})::{types[name]}" for n, name in enumerate(columns))
        source = f"SELECT {picked} FROM jsonb_array_elements(:rows::jsonb) AS r"
    else:
        picked = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(columns)))
        source = f"SELECT {picked} FROM json_each(:rows) WHERE true"
    return f"INSERT INTO {table.name} ({names}) {source} {conflict}"


def bulk(
    kind: str, table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[Any]], conflict: str = ""
) -> list[Statement]:
    """One statement that inserts all `rows` ([] for none). `conflict` is an ON CONFLICT clause."""
    if not rows:
        return []
    return [(_bulk_sql(kind, table, columns, conflict), {"rows": to_json(rows).decode()})]
