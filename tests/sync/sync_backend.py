"""A backend in the test's own process: the real application on a SQLite file, and the files to begin from."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import text

from tthc_tui.core.site import Counter, Officer, Role, Route, Site, Unit
from tthc_tui.desk.people import found_site
from tthc_tui.server import admin
from tthc_tui.server.app import create_app
from tthc_tui.server.migrate import connected, migrate, new_epoch
from tthc_tui.server.settings import ServerSettings
from tthc_tui.store.catalog import import_catalog
from tthc_tui.store.sqlite import SqliteStore

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

    _routes: ClassVar[list[Any] | None] = None

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
        if not self.threads:  # one history after another: the framework works its routes out once
            type(self)._routes = app.router.routes = self._routes or app.router.routes
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

    def head(self) -> tuple[str, int]:
        """Epoch and length of its log."""
        reader = sqlite3.connect(self.path)
        found = reader.execute("SELECT epoch, head FROM log WHERE id = 1").fetchone()
        reader.close()
        return str(found[0]), int(found[1])

    def events(self) -> set[str]:
        """What its log holds."""
        reader = sqlite3.connect(self.path)
        found = {str(row[0]) for row in reader.execute("SELECT id FROM event")}
        reader.close()
        return found

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
