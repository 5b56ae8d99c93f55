"""The local file: one writer thread with a queue, readers on connections of their own."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from tthc_tui.store import catalog_tables as catalog_tables  # their tables join the same metadata
from tthc_tui.store import law_tables as law_tables
from tthc_tui.store import sync_tables as sync_tables
from tthc_tui.store.driver import run
from tthc_tui.store.errors import StoreClosed, StoreDamaged, StoreError, StoreLocked, translate
from tthc_tui.store.migrations import migrate

T = TypeVar("T")
_STOP = object()
SWEEP_SECONDS = 0.2


class SqliteStore:
    """One open data file. Safe to call from any thread; several processes may hold the same file.

    Opening migrates an older file after a backup; raises a StoreError that says what to do when the
    file is damaged, newer than the program, read-only or locked.
    """

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        self.path = path
        self.after_write: Callable[[], None] | None = None  # called on the writer thread: must be quick
        self._busy = busy_seconds
        self._closed = False
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            migrate(path, busy_seconds)
            self._readers = self._engine("BEGIN", query_only=True)
            self._writer = self._engine("BEGIN IMMEDIATE", query_only=False)
            self._watch = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._watch_lock = threading.Lock()
        except (sqlite3.Error, OSError) as error:
            raise translate(error) from error
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._current: Connection | None = None  # of the job that runs on the writer thread
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()
        self._renew_clocks()

    def _renew_clocks(self) -> None:
        """Work out anew what an older program kept by other rules; a file that can't be written stays as it is."""
        from tthc_tui.store.dossiers import clocks_are_old, renew_clocks

        with suppress(StoreError, ValueError):
            with self.read() as connection:
                old = clocks_are_old(connection)
            if old:
                self.write(renew_clocks)

    def _engine(self, begin: str, *, query_only: bool) -> Engine:
        engine = create_engine(
            f"sqlite:///{self.path.as_posix()}",
            poolclass=QueuePool,
            pool_size=2,  # kept open; more at once open another for the moment
            connect_args={"check_same_thread": False, "timeout": self._busy},
        )

        @event.listens_for(engine, "connect")
        def _prepare(connection: sqlite3.Connection, record: object) -> None:
            connection.isolation_level = None  # transactions begin where we say, not where sqlite3 guesses
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            if query_only:
                connection.execute("PRAGMA query_only = ON")
                # KiB; the system keeps the file's pages anyway
                connection.execute("PRAGMA cache_size = -128")
            else:  # what is deleted or replaced leaves no bytes behind: personal data can be erased
                connection.execute("PRAGMA secure_delete = ON")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            run(connection, begin)

        return engine

    def write(self, job: Callable[[Connection], T]) -> T:
        """Run `job` in one durable transaction on the writer thread; its result, or its error, comes back.

        Whatever `job` raises rolls everything back. Errors of the file become StoreError. Called from inside
        a job it joins that job's transaction, and rolls back only its own part.
        """
        if threading.current_thread() is self._thread and self._current is not None:
            return _joined(self._current, job)
        return self.submit(job).result()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """Like `write`, but returns at once with a future."""
        if self._closed:
            raise StoreClosed("Chương trình đang đóng dữ liệu; thao tác này chưa được lưu.")
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future

    def _work(self) -> None:
        while (item := self._jobs.get()) is not _STOP:
            self._do(*item)

    def _do(self, job: Callable[[Connection], T], future: Future[T]) -> None:
        """One transaction, on the writer thread."""
        try:
            with self._writer.begin() as connection:
                self._current = connection
                result = job(connection)
            future.set_result(result)
        except Exception as error:  # noqa: BLE001 - handed to the caller, whatever it is
            future.set_exception(_known(error))
        finally:
            self._current = None
        if self.after_write is not None:
            self.after_write()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent moment of the file and can't write.

        Inside a job of the writer it is the job's own connection: a job reads what it wrote.
        """
        if self._closed:
            raise StoreClosed("Chương trình đang đóng dữ liệu.")
        if threading.current_thread() is self._thread and self._current is not None:
            yield self._current
            return
        try:
            with self._readers.begin() as connection:
                yield connection
        except Exception as error:
            known = _known(error)
            if known is error:
                raise
            raise known from error

    def data_version(self) -> int:
        """A number that changes whenever anything is committed to the file, here or by another process."""
        return int(self.peek("PRAGMA data_version"))

    def peek(self, statement: str) -> Any:
        """The first value of an answer as the file is now (None without one): for what every key asks again."""
        with self._watch_lock:
            if self._closed:
                raise StoreClosed("Chương trình đang đóng dữ liệu.")
            try:
                row = self._watch.execute(statement).fetchone()
            except sqlite3.Error as error:
                raise translate(error) from error
        return None if row is None else row[0]

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; empty when sound."""
        try:
            with closing(sqlite3.connect(self.path, timeout=self._busy)) as own:
                found = [str(row[0]) for row in own.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(str(translate(error))) from error
        return [] if found == ["ok"] else found

    def sweep(self) -> bool:
        """Empty the log beside the file, so that what was deleted is nowhere on the disk; whether it is empty.

        It can't be while somebody reads an older state, and whoever saves waits meanwhile: so briefly only.
        """
        try:
            with closing(sqlite3.connect(self.path, timeout=SWEEP_SECONDS, isolation_level=None)) as own:
                busy, _, _ = own.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            known = translate(error)
            if isinstance(known, StoreLocked):
                return False
            raise known from error
        return not busy

    def close(self) -> None:
        """Finish what was queued, then let go of the file."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(_STOP)
        self._thread.join()
        self._readers.dispose()
        self._writer.dispose()
        with self._watch_lock:
            self._watch.close()

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _joined(connection: Connection, job: Callable[[Connection], T]) -> T:
    """Run `job` inside a transaction that is open already; what it did is gone when it raises."""
    run(connection, "SAVEPOINT inner_job")  # savepoints of one name nest
    try:
        result = job(connection)
    except BaseException:
        run(connection, "ROLLBACK TO inner_job")
        run(connection, "RELEASE inner_job")
        raise
    run(connection, "RELEASE inner_job")
    return result


def _known(error: Exception) -> Exception:
    """Errors of the database as StoreError; everything else (Refused, …) as it is."""
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, StoreError):
        return error
    if isinstance(error, DBAPIError) and error.orig is not None:
        return translate(error.orig)
    if isinstance(error, sqlite3.Error | OSError):
        return translate(error)
    return error
