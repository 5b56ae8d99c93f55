"""PostgreSQL through psycopg 3: an asynchronous pool, statements sent in pipelines, LISTEN on one connection."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncCursor, IsolationLevel
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from tthc_tui.server.database import Row, Statement, Transaction, Unavailable, for_postgres

CHANNEL = "tthc"


_KEYED = """
SET jit = off; SET max_parallel_workers_per_gather = 0; SET enable_hashjoin = off; SET enable_mergejoin = off
"""
"""Every question goes by keys and takes a page: starting workers or hashing a table costs more than the answer."""


async def _configure(connection: AsyncConnection[Row]) -> None:
    await connection.execute(_KEYED)


class PostgresTransaction:
    """Statements on one connection of the pool. Where it writes, BEGIN goes out with the first of them."""

    def __init__(self, connection: AsyncConnection[Row], *, writes: bool = False) -> None:
        self._connection = connection
        self._first = writes
        self._open = False

    async def many(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run statements in order in one pipeline; the rows of each ([] where it returns none)."""
        if len(statements) == 1 and not self._first:
            cursor = await self._execute(*statements[0])
            return [await cursor.fetchall() if cursor.description else []]
        return await self._pipeline(statements, last=False)

    async def rows(self, sql: str, **params: Any) -> list[Row]:
        """The rows of one statement."""
        return (await self.many([(sql, params)]))[0]

    async def commit(self, statements: Sequence[Statement] = ()) -> None:
        """Run the last statements and make everything durable, in one exchange; nothing may follow."""
        if statements or self._open:
            await self._pipeline(statements, last=True)

    async def rollback(self) -> None:
        """Undo what was begun; a lost connection has undone it by itself."""
        if self._open:
            with contextlib.suppress(psycopg.Error):
                await self._connection.rollback()

    async def _pipeline(self, statements: Sequence[Statement], *, last: bool) -> list[list[Row]]:
        async with self._connection.pipeline() as pipeline:
            if self._first:
                self._first, self._open = False, True
                await self._connection.execute("BEGIN", prepare=False)
            cursors = [await self._execute(sql, params) for sql, params in statements]
            if last:
                await self._connection.execute("COMMIT", prepare=False)
            await pipeline.sync()
            found = [await cursor.fetchall() if cursor.description else [] for cursor in cursors]
        self._open = self._open and not last
        return found

    async def _execute(self, sql: str, params: dict[str, Any]) -> AsyncCursor[Row]:
        plain = {name: _array(v) if isinstance(v, list) else v for name, v in params.items()}
        return await self._connection.execute(for_postgres(sql), plain)


def _array(values: list[Any]) -> str:
    """A list as PostgreSQL writes arrays: far cheaper than finding the type of each element."""
    quoted = (
        '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else str(value)
        for value in values
    )
    return "{" + ",".join(quoted) + "}"


class Postgres:
    """A pool on one database (`url` may name several hosts with target_session_attrs=read-write)."""

    kind = "postgres"

    def __init__(self, url: str, *, size: int = 8) -> None:
        self._url = url
        self._pool: AsyncConnectionPool[AsyncConnection[Row]] = AsyncConnectionPool(
            url,
            min_size=2,
            max_size=size,
            open=False,
            timeout=5,
            kwargs={"autocommit": True},
            configure=_configure,
            name="tthc",
        )

    async def open(self) -> None:
        """Connect; Unavailable when the server does not answer within ten seconds."""
        try:
            await self._pool.open(wait=True, timeout=10)
        except PoolTimeout as error:
            await self._pool.close()
            raise Unavailable("PostgreSQL không trả lời: hãy kiểm tra máy chủ cơ sở dữ liệu.") from error

    async def close(self) -> None:
        """Let all connections go."""
        await self._pool.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """One connection, each statement seeing what was committed before it."""
        async with self._connection() as connection:
            yield PostgresTransaction(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """A transaction at READ COMMITTED; order comes from the locked counter row."""
        async with self._connection() as connection:
            transaction = PostgresTransaction(connection, writes=True)
            try:
                yield transaction
                await transaction.commit()
            except BaseException:
                await transaction.rollback()
                raise

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[Row]]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise Unavailable(type(error).__name__) from error

    def notify(self, payload: str) -> list[Statement]:
        """Sent to all listeners at commit."""
        return [(f"SELECT pg_notify('{CHANNEL}', :payload)", {"payload": payload})]

    async def listen(self) -> AsyncIterator[str]:
        """The payloads sent by all processes; Unavailable when the connection is lost."""
        try:
            connection = await AsyncConnection.connect(
                self._url,
                autocommit=True,
                keepalives=1,
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
            )
        except psycopg.Error as error:
            raise Unavailable(type(error).__name__) from error
        try:
            await connection.set_isolation_level(IsolationLevel.READ_COMMITTED)
            await connection.execute(f"LISTEN {CHANNEL}")
            yield ""  # listening now: whatever was missed before is to be looked up
            async for note in connection.notifies():
                yield note.payload
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable(type(error).__name__) from error
        finally:
            await connection.close()
