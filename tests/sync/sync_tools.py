"""A backend and stations in one process: real code on real files, only the network between them is ours."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable, MutableMapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.event import listens_for

from tthc_tui.core.site import Counter, Officer, Role, Route, Site, Unit
from tthc_tui.desk import Desk
from tthc_tui.desk.people import found_site
from tthc_tui.server import admin
from tthc_tui.server.app import create_app
from tthc_tui.server.migrate import connected, migrate, new_epoch
from tthc_tui.server.settings import ServerSettings
from tthc_tui.store.catalog import import_catalog
from tthc_tui.store.remote import Remote
from tthc_tui.store.settings import put_setting
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_errors import SignInNeeded
from tthc_tui.store.sync_secrets import Secrets
from tthc_tui.store.sync_worker import SyncWorker

URL = "http://localhost:8460"
PASSWORD = "mật khẩu dài 8"
AGENCY, HANDLING = "H15.50.05.13", "H15.50.05.14"
KHAI_SINH = "1.001193"
CATALOG = Path(__file__).parents[2] / "tthc_tui" / "data" / "catalog" / "ho-tich.toml"

UNITS = (
    Unit(id="tinh", name="UBND tỉnh", code="H15", kind="province"),
    Unit(id="phuong", name="UBND phường Rạch Giá", code="H15.50.05", parent="tinh", kind="commune"),
    Unit(id="ttpvhcc", name="Trung tâm PVHCC", code=AGENCY, parent="phuong", kind="centre"),
    Unit(id="tu-phap", name="Bộ phận Tư pháp", code=HANDLING, parent="phuong"),
)
OFFICERS = (
    Officer(id="lan", name="Nguyễn Thị Lan", unit="ttpvhcc"),
    Officer(id="hung", name="Trần Văn Hùng", unit="ttpvhcc"),
    Officer(id="minh", name="Lê Quang Minh", unit="tu-phap", roles=frozenset({Role.LEADER})),
    Officer(id="thu", name="Phạm Thu", unit="phuong", roles=frozenset({Role.LEADER})),
)
SITE = Site(
    name="Trung tâm Phục vụ hành chính công phường Rạch Giá",
    parent="UBND phường Rạch Giá",
    place="Rạch Giá",
    agency_code=AGENCY,
    unit="ttpvhcc",
    units=UNITS,
    officers=OFFICERS,
    counters=(Counter(id="07", name="Quầy 07"),),
    routes=(Route(unit="tu-phap", field="Hộ tịch"),),
)
UNIT_OF = {officer.id: officer.unit for officer in OFFICERS}


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


class OneThread(asyncio.SelectorEventLoop):
    """A loop whose executors work in place: a history is then one thread, and its seed decides everything."""

    def run_in_executor(self, executor: Any, job: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """As the real one, without a thread."""
        future = self.create_future()
        try:
            future.set_result(job(*args))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


def make_server_file(path: Path) -> None:
    """A server database in a file."""
    make_server(f"sqlite:///{path}")


def make_server(url: str) -> None:
    """A migrated server database with units and officers, all with one cheap password hash."""
    migrate(url)
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with connected(url) as connection:
        admin.put_units(connection, UNITS)
        for one in OFFICERS:
            admin.put_officer(connection, admin.NewOfficer(one.id, one.name, one.unit, tuple(one.roles)))
        connection.execute(text("UPDATE officer SET password = :p"), {"p": cheap})


def make_station_file(path: Path) -> None:
    """A set-up station file holding a small real catalogue."""
    with SqliteStore(path) as store:
        found_site(store, SITE)
        at = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        store.write(lambda connection: import_catalog(connection, [CATALOG], at))


def copy_file(source: Path, target: Path) -> None:
    """A sound copy of a SQLite file, also while it is open."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    reader, writer = sqlite3.connect(source), sqlite3.connect(target)
    reader.backup(writer)
    writer.close()
    reader.close()


class Server:
    """The real application on a SQLite file; it can be stopped, started and set back to an older copy."""

    def __init__(self, path: Path, *, threads: bool = True) -> None:
        self.path = path
        self.threads = threads
        self.loop = asyncio.new_event_loop() if threads else OneThread()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        if threads:
            self._thread.start()
        self._lifespan: object = None
        self.app: FastAPI | None = None

    def start(self) -> None:
        """Open the file and serve."""
        settings = ServerSettings(
            database=f"sqlite:///{self.path}",
            key_file=self.path.with_suffix(".key"),
            requests_per_second=1e6,
            burst=10**6,
            sign_ins_per_minute=1e6,
            sign_in_failures=10**6,
            checkpoint_hours=1e6,
        )
        app = create_app(settings)
        self._lifespan = app.router.lifespan_context(app)
        self._run(self._lifespan.__aenter__())  # type: ignore[attr-defined]
        self.app = app

    def stop(self) -> None:
        """Stop serving; calls fail as with a server that is switched off."""
        if self.app is not None:
            self.app = None
            self._run(self._lifespan.__aexit__(None, None, None))  # type: ignore[attr-defined]

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        if self.threads:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
        self.loop.close()

    def restart(self) -> None:
        """Off and on again."""
        self.stop()
        self.start()

    def restore(self, backup: Path) -> None:
        """Set the database back to an older copy, as IT does: with a new epoch."""
        self.stop()
        copy_file(backup, self.path)
        new_epoch(f"sqlite:///{self.path}")
        self.start()

    def enrolment_code(self, unit: str) -> str:
        """A one-time code for a new device."""
        with connected(f"sqlite:///{self.path}") as connection:
            return admin.enrolment_code(connection, unit)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; ConnectError while switched off."""
        if self.app is None:
            raise httpx.ConnectError("refused", request=request)
        return self._run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        """The answer of the application to one whole request."""
        assert self.app is not None
        given = [{"type": "http.request", "body": request.content, "more_body": False}]
        told: list[dict[str, Any]] = []
        ended = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not given:  # the caller hangs up when it has the whole answer
                await ended.wait()
                return {"type": "http.disconnect"}
            return given.pop()

        async def send(message: MutableMapping[str, Any]) -> None:
            told.append(dict(message))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                ended.set()

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "server": (request.url.host, request.url.port),
            "client": ("127.0.0.1", 123),
            "root_path": "",
        }
        await self.app(scope, receive, send)
        body = b"".join(message.get("body", b"") for message in told[1:])
        return httpx.Response(told[0]["status"], headers=told[0]["headers"], content=body, request=request)

    def _run(self, coroutine: object) -> object:  # type: ignore[misc]
        if not self.threads:
            return self.loop.run_until_complete(coroutine)  # type: ignore[arg-type]
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)  # type: ignore[arg-type]


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
    exchanges: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange, as the weather lets it pass."""
        self.exchanges += 1
        request.read()
        sky, draw = self.weather, self.chance.random
        if self.delayed and draw() < 0.3:
            self._quietly(self.delayed.pop(self.chance.randrange(len(self.delayed))))
        if sky.off or draw() < sky.lose_request:
            raise httpx.ConnectError("no route", request=request)
        if draw() < sky.error:
            page = {"content-type": "text/html"}
            status = self.chance.choice([200, 302, 500, 502])
            return httpx.Response(status, headers=page, text="<html>Đăng nhập Wi-Fi</html>", request=request)
        writing = request.method == "POST" and not request.url.path.endswith(("/session", "/devices"))
        if writing and draw() < sky.later:
            self.delayed.append(request)
        if writing and draw() < sky.repeat:
            self._quietly(request)
        answer = self.server.handle(request)
        if draw() < sky.lose_answer:
            raise httpx.ReadTimeout("no answer", request=request)
        return answer

    def _quietly(self, request: httpx.Request) -> None:
        try:
            self.server.handle(request)
        except httpx.HTTPError:
            return


class CrashingStore(SqliteStore):
    """A file whose machine can die at any commit: before it (nothing is kept) or right after (all is).

    Without `threads` jobs run in the caller's thread, and the disk is not waited for: what such a machine
    survives are deaths of the program, not of the power.
    """

    crash: Callable[[], str] | None = None

    def __init__(self, path: Path, *, threads: bool = True) -> None:
        self._threads = threads
        super().__init__(path)

    def _engine(self, begin: str, *, query_only: bool) -> Engine:
        engine = super()._engine(begin, query_only=query_only)
        if not self._threads:
            self._share(engine)
            listens_for(engine, "connect")(lambda plain, _: plain.execute("PRAGMA synchronous = OFF"))
        return engine

    _first: Engine | None = None

    @classmethod
    def _share(cls, engine: Engine) -> None:
        """Statements are written out in SQL once for all files of the process."""
        if cls._first is None:
            cls._first = create_engine("sqlite://")
            cls._first.connect().close()
        engine.dialect, engine._compiled_cache = cls._first.dialect, cls._first._compiled_cache

    def submit(self, job: Callable[[Connection], object]) -> Future[object]:  # type: ignore[override]
        """As the real one, unless `crash()` says "before" or "after"."""
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
        """As the real one, unless `crash()` says "before" or "after"; inside a job, too."""
        if self._current is not None and threading.current_thread() is self._thread:
            return self._dying(job, super().write)
        return self.submit(job).result()

    def _dying(self, job: Callable[[Connection], object], run: Callable[[Any], Any]) -> Any:
        when = self.crash() if self.crash is not None else ""

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
