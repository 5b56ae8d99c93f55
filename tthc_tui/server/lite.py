"""SQLite for a trial: one writing connection on its own thread, readers on another, news within the process."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tthc_tui.server.database import Row, Statement, Transaction, Unavailable, for_sqlite

_NOTIFY = "-- notify"


class LiteTransaction:
    """Statements on one connection, run on its thread."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread
        self.news: list[str] = []
        self.committed = False

    async def many(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run statements in order; the rows of each."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, statements)

    async def rows(self, sql: str, **params: Any) -> list[Row]:
        """The rows of one statement."""
        return (await self.many([(sql, params)]))[0]

    async def commit(self, statements: Sequence[Statement] = ()) -> None:
        """Run the last statements and commit."""
        if not self.committed:
            await self.many([*statements, ("COMMIT", {})])
            self.committed = True

    async def rollback(self) -> None:
        """Undo everything, unless it is committed: whoever was stopped can't know how far the thread came."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._undo)

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        results: list[list[Row]] = []
        for sql, params in statements:
            if sql == _NOTIFY:
                self.news.append(params["payload"])
                results.append([])
                continue
            plain = {name: json.dumps(v) if isinstance(v, list | tuple) else v for name, v in params.items()}
            results.append(self._connection.execute(for_sqlite(sql), plain).fetchall())
        return results


class Lite:
    """One SQLite file. News reaches listeners of this process only; other processes poll."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads: list[ThreadPoolExecutor] = []
        self._connections: list[sqlite3.Connection] = []
        self._locks: list[asyncio.Lock] = []
        self._listeners: set[asyncio.Queue[str]] = set()

    async def open(self) -> None:
        """Open the file; Unavailable when that fails."""
        loop = asyncio.get_running_loop()
        for _ in range(2):  # one that writes, one that reads
            thread = ThreadPoolExecutor(1, thread_name_prefix="tthc-sqlite")
            self._threads.append(thread)
            self._locks.append(asyncio.Lock())
            try:
                self._connections.append(await loop.run_in_executor(thread, self._connect))
            except sqlite3.Error as error:
                raise Unavailable(str(error)) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")
        return connection

    async def close(self) -> None:
        """Close the file."""
        loop = asyncio.get_running_loop()
        for thread, connection in zip(self._threads, self._connections, strict=False):
            await loop.run_in_executor(thread, connection.close)
        for thread in self._threads:
            thread.shutdown()
        self._threads, self._connections, self._locks = [], [], []

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """A view that does not change while it is read."""
        async with self._block(1, "BEGIN") as transaction:
            yield transaction

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """A transaction, the only one that writes."""
        async with self._block(0, "BEGIN IMMEDIATE") as transaction:
            yield transaction
        for payload in transaction.news:
            for queue in self._listeners:
                queue.put_nowait(payload)

    @asynccontextmanager
    async def _block(self, which: int, begin: str) -> AsyncIterator[LiteTransaction]:
        async with self._locks[which]:
            transaction = LiteTransaction(self._connections[which], self._threads[which])
            try:
                try:
                    await transaction.rows(begin)
                    yield transaction
                    await transaction.commit()
                except BaseException:
                    await asyncio.shield(transaction.rollback())
                    raise
            except sqlite3.OperationalError as error:
                raise Unavailable(str(error)) from error

    def notify(self, payload: str) -> list[Statement]:
        """Handed to the listeners of this process after the commit."""
        return [(_NOTIFY, {"payload": payload})]

    async def listen(self) -> AsyncIterator[str]:
        """The payloads sent in this process."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield ""
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)
