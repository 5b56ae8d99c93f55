"""Stations in the test's own process: real code on real files, only the network between them and a backend is ours."""

from __future__ import annotations

import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.event import listens_for
from sync_backend import PASSWORD, UNIT_OF, URL, Server, copy_file

from tthc_tui.desk import Desk
from tthc_tui.store.remote import Remote
from tthc_tui.store.settings import put_setting
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_errors import SignInNeeded
from tthc_tui.store.sync_secrets import Secrets
from tthc_tui.store.sync_worker import SyncWorker


class Lost(Exception):
    """The simulated machine died here."""


class InPlace(Executor):
    """Does at once, in the caller's thread, what is handed over to other threads in earnest."""

    def submit(self, job: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The answer of `job`, already there."""
        future: Future[Any] = Future()
        try:
            future.set_result(job(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


@dataclass
class Weather:
    """How bad the network is: chances of one exchange."""

    lose_request: float = 0.0
    lose_answer: float = 0.0
    repeat: float = 0.0
    later: float = 0.0  # a copy of the request arrives once more, some exchanges later
    error: float = 0.0  # 500, or a captive portal's page
    off: bool = False


@dataclass
class Network(httpx.BaseTransport):
    """Between one station and the server."""

    server: Server
    chance: random.Random
    weather: Weather = field(default_factory=Weather)
    delayed: list[httpx.Request] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)  # what really happened

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange, as the weather lets it pass."""
        request.read()
        sky, draw = self.weather, self.chance.random
        if self.delayed and draw() < 0.3:
            self.count["request late, behind others"] += 1
            self._quietly(self.delayed.pop(self.chance.randrange(len(self.delayed))))
        if sky.off or draw() < sky.lose_request:
            self.count["no network" if sky.off else "request lost"] += 1
            raise httpx.ConnectError("no route", request=request)
        if draw() < sky.error:
            page = {"content-type": "text/html"}
            status = self.chance.choice([200, 302, 500, 502])
            self.count["a portal's page" if status < 500 else "answer 5xx"] += 1
            return httpx.Response(status, headers=page, text="<html>Đăng nhập Wi-Fi</html>", request=request)
        writing = request.method == "POST" and not request.url.path.endswith(("/session", "/devices"))
        if writing and draw() < sky.later:
            self.delayed.append(request)
        if writing and draw() < sky.repeat:
            self.count["request twice"] += 1
            self._quietly(request)
        answer = self.server.handle(request)
        self.count[f"answer {answer.status_code}"] += 1
        if draw() < sky.lose_answer:
            self.count["answer lost"] += 1
            raise httpx.ReadTimeout("no answer", request=request)
        return answer

    def _quietly(self, request: httpx.Request) -> None:
        try:
            self.server.handle(request)
        except httpx.HTTPError:
            return


class Kept:
    """An engine whose connection stays open: one thread does everything, so it is hardly ever asked for two."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction."""
        if self._connection is None:
            self._connection = self._engine.connect()
        if self._connection.in_transaction():
            with self._engine.begin() as other:
                yield other
        else:
            with self._connection.begin():
                yield self._connection

    def dispose(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()


class CrashingStore(SqliteStore):
    """A file whose machine can die at any commit: before it (nothing is kept) or right after (all is).

    Without `threads` jobs run in the caller's thread, and the disk is not waited for: what such a machine
    survives are deaths of the program, not of the power.
    """

    crash: Callable[[str], str] | None = None  # told what is stored

    def __init__(self, path: Path, *, threads: bool = True) -> None:
        self._threads = threads
        super().__init__(path)

    def _engine(self, begin: str, *, query_only: bool) -> Any:
        engine = super()._engine(begin, query_only=query_only)
        if self._threads:
            return engine
        self._share(engine)
        listens_for(engine, "connect")(lambda plain, _: plain.execute("PRAGMA synchronous = OFF"))
        return Kept(engine)

    _first: Engine | None = None

    @classmethod
    def _share(cls, engine: Engine) -> None:
        """Statements are written out in SQL once for all files of the process."""
        if cls._first is None:
            cls._first = create_engine("sqlite://")
            cls._first.connect().close()
        engine.dialect, engine._compiled_cache = cls._first.dialect, cls._first._compiled_cache

    def submit(self, job: Callable[[Connection], object]) -> Future[object]:  # type: ignore[override]
        """As the real one, unless `crash` says "before" or "after"."""
        return self._dying(job, self._submit)

    def _submit(self, job: Callable[[Connection], object]) -> Future[object]:
        if self._threads:
            return super().submit(job)
        writer, self._thread = self._thread, threading.current_thread()
        future: Future[object] = Future()
        self._do(job, future)
        self._thread = writer
        return future

    def write(self, job: Callable[[Connection], object]) -> object:  # type: ignore[override]
        """As the real one, unless `crash` says "before" or "after"; inside a job, too."""
        if self._current is not None and threading.current_thread() is self._thread:
            return self._dying(job, super().write)
        return self.submit(job).result()

    def _dying(self, job: Callable[[Connection], object], run: Callable[[Any], Any]) -> Any:
        when = self.crash(getattr(job, "func", job).__qualname__) if self.crash is not None else ""

        def dying(connection: Connection) -> object:
            job(connection)
            raise Lost

        if when == "before":
            return run(dying)
        result = run(job)
        if when == "after":
            raise Lost
        return result


class Station:
    """One installed copy: a folder, and the program that runs on it."""

    def __init__(
        self,
        folder: Path,
        server: Server,
        officer: str,
        clock: Callable[[], datetime],
        chance: random.Random | None = None,
    ) -> None:
        self.folder = folder
        self.server = server
        self.officer = officer
        self.skew = timedelta()
        self._clock = clock
        self.chance = chance or random.Random(0)
        self.network = Network(server, self.chance)
        self.desk: Desk
        self.store: CrashingStore

    @property
    def path(self) -> Path:
        """Its data file."""
        return self.folder / "tthc.db"

    def clock(self) -> datetime:
        """What the machine's own clock shows."""
        return self._clock() + self.skew

    def open(self) -> Station:
        """Start the program."""
        self.store = CrashingStore(self.path, threads=self.server.threads)
        self.desk = Desk(self.store, self.clock, officer=self.officer, counter="07")
        self._work()
        return self

    def _work(self) -> None:
        with self.store.read() as connection:
            url = connection.exec_driver_sql("SELECT value FROM setting WHERE key = 'sync.url'").scalar()
        if url:
            self.desk.worker = SyncWorker(
                self.store,
                self.clock,
                secrets=Secrets(self.folder, use_keyring=False),
                connect=partial(Remote, transport=self.network),
                chance=self.chance,
            )
            if not self.server.threads:
                self.desk.worker._numbers = InPlace()

    def close(self) -> None:
        """End the program."""
        self.desk.worker = None
        self.store.close()

    def join(self, user: str = "") -> Station:
        """Add the backend, enrol, sign in."""
        code = self.server.enrolment_code(UNIT_OF[self.officer])
        self.desk.remote_add(URL)
        self._work()
        self.desk.enrol(code, f"máy của {self.officer}")
        self.desk.sign_in_remote(user or self.officer, PASSWORD)
        return self

    def sign_in(self) -> None:
        """Sign in anew."""
        self.desk.sign_in_remote(self.officer, PASSWORD)

    def join_again(self) -> None:
        """Sign in; where the backend forgot this device (an old copy of it), IT enrols it anew."""
        try:
            self.sign_in()
        except SignInNeeded:
            self.desk.enrol(self.server.enrolment_code(UNIT_OF[self.officer]))
            self.sign_in()

    def new_identity(self) -> None:
        """A station set up from the same file is another station."""
        self.store.write(
            lambda connection: put_setting(connection, "station", f"tram-{self.chance.getrandbits(48):012x}")
        )
        self.desk = Desk(self.store, self.clock, officer=self.officer, counter="07")

    def copy_to(self, folder: Path) -> None:
        """The whole folder, as a cloned disk or a backup has it."""
        folder.mkdir(parents=True, exist_ok=True)
        copy_file(self.path, folder / "tthc.db")
        for other in self.folder.glob("*.json"):
            shutil.copy2(other, folder)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What the file says."""
        with self.store.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]
