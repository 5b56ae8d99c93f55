"""The province that `benchmarks.server` measures: units, signed-in counters, a server process, a lean client."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.shared import ROOT, Station, free_port
from tthc_tui.core import wire
from tthc_tui.core.base import uuid7
from tthc_tui.core.site import Role, Unit
from tthc_tui.server import admin
from tthc_tui.server.auth import secret_hash
from tthc_tui.server.clock import now_ms
from tthc_tui.server.migrate import connected, migrate
from tthc_tui.server.settings import ServerSettings, to_environment

COMMUNES = 100
DAY = "261123"
LONG = 1 << 20  # the longest line of an answer


def units() -> list[Unit]:
    """A province of COMMUNES communes, each with its one-stop centre."""
    found = [Unit(id="tinh", name="UBND tỉnh", code="H15", kind="province")]
    for n in range(COMMUNES):
        commune, code = f"xa-{n}", f"H15.{n + 100}"
        found.append(Unit(id=commune, name=f"UBND xã {n}", code=code, parent="tinh", kind="commune"))
        found.append(
            Unit(id=f"mc-{n}", name=f"Trung tâm {n}", code=f"{code}.13", parent=commune, kind="centre")
        )
    return found


def make_province(url: str) -> None:
    """A migrated database with the units and one receiving officer in each centre, and one for the province."""
    migrate(url)
    with connected(url) as connection:
        admin.put_units(connection, units())
        for n in range(COMMUNES):
            admin.put_officer(
                connection, admin.NewOfficer(f"cb-{n}", f"Cán bộ {n}", f"mc-{n}", (Role.RECEIVING,))
            )
        admin.put_officer(connection, admin.NewOfficer("tinh", "Lãnh đạo", "tinh", (Role.LEADER,)))


def counters(url: str, count: int, communes: int = COMMUNES) -> list[Station]:
    """`count` new devices with open sessions, spread over the first `communes` centres."""
    devices, sessions, stations = [], [], []
    now = now_ms()
    expires = now + 12 * 3_600_000
    for n in range(count):
        officer, unit = f"cb-{n % communes}", f"mc-{n % communes}"
        device, token = str(uuid7(datetime.now(UTC))), os.urandom(16).hex()
        devices.append((device, f"quầy {n}", unit, "0" * 64, 1, "", now))
        sessions.append((secret_hash(token), officer, device, unit, now, expires))
        session = wire.Session(
            token=token,
            officer=officer,
            name=officer,
            unit=unit,
            roles=(Role.RECEIVING,),
            feed=unit,
            units=(unit,),
            epoch="",
            last_device_seq=0,
            server_time=datetime.now(UTC),
            expires_at=datetime.now(UTC) + timedelta(hours=12),
        )
        stations.append(Station(None, session))  # type: ignore[arg-type]
    with psycopg.connect(url) as connection:
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO device VALUES (%s, %s, %s, %s, %s, %s, %s)", devices)
        cursor.executemany("INSERT INTO session VALUES (%s, %s, %s, %s, %s, %s)", sessions)
    return stations


class ServerProcess:
    """`tthc serve` in a process of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        port = free_port()
        self.address = ("127.0.0.1", port)
        settings = ServerSettings(database=url, key_file=folder / "server.key", port=port)
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        env = {**os.environ, **to_environment(settings), "PYTHONPATH": path}
        program = "from tthc_tui.server.cli import run; from tthc_tui.server.settings import load_settings; run(load_settings())"
        self._log = (folder / "server.log").open("wb")
        self.process = subprocess.Popen([sys.executable, "-c", program], env=env, stderr=self._log)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.address[0]}:{self.address[1]}"

    def memory(self) -> int:
        """Bytes of memory it holds now."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def seconds(self) -> float:
        """Processor time it has used."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def wait(self) -> None:
        """Until it answers."""
        import httpx

        deadline = time.monotonic() + 30
        while True:
            try:
                if httpx.get(f"{self.url}{wire.PREFIX}/health", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(15)
        self._log.close()


@contextmanager
def serving(url: str, folder: Path) -> Iterator[ServerProcess]:
    """A running server on a database."""
    server = ServerProcess(url, folder)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


class Line:
    """One kept-open HTTP connection of one station: as little client as possible, so the server is measured."""

    def __init__(self, server: ServerProcess, station: Station) -> None:
        self.server = server
        self.station = station
        self.cursor = ""
        self._head = f"Host: bench\r\nAuthorization: Bearer {station.session.token}\r\n"
        self._turn = asyncio.Lock()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def _send(self, method: str, path: str, body: bytes) -> asyncio.StreamReader:
        if self._reader is None or self._writer is None or self._reader.at_eof():  # idle ones are hung up
            self.close()
            self._reader, self._writer = await asyncio.open_connection(*self.server.address, limit=LONG)
        text = f"{method} {wire.PREFIX}/{path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(text.encode() + body)
        return self._reader

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The body of a 200 answer; one call at a time."""
        async with self._turn:
            reader = await self._send(method, path, body)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            content = await reader.readexactly(length)
        assert head.split(b" ", 2)[1] == b"200", content.decode()
        return content

    async def push(self, body: bytes) -> bytes:
        """Push a ready body; the verdicts."""
        return await self.ask("POST", "events", body)

    async def feed(self) -> bytes:
        """The next page behind the cursor, which moves."""
        page = await self.ask("GET", f"feed?limit=1000&after={self.cursor}")
        self.cursor = page.rpartition(b'"cursor": "')[2].partition(b'"')[0].decode()
        return page

    async def hints(self) -> AsyncIterator[int]:
        """The heads told by the live stream."""
        reader = await self._send("GET", "live", b"")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n", 1)[0], head
        while line := await reader.readline():
            if line.startswith(b"data:"):
                yield int(line.partition(b'"head":')[2].partition(b",")[0])

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()


def body(station: Station) -> bytes:
    """What stands in a station's outbox as one push; the outbox is empty afterwards."""
    sent, station.outbox = station.outbox, []
    return wire.Push(events=tuple(sent), sent_at=datetime.now(UTC)).model_dump_json().encode()


def percentile(values: list[float], part: float = 0.95) -> float:
    """The value that `part` of all stay below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def code(station: Station, number: int) -> str:
    """A dossier code of a station's own centre."""
    agency = f"H15.{int(station.session.unit.partition('-')[2]) + 100}.13"
    return f"{agency}-{DAY}-{number:05d}"


def rows(url: str, sql: str) -> list[Any]:
    """The rows of one statement."""
    with psycopg.connect(url, autocommit=True) as connection:
        return list(connection.execute(sql).fetchall())  # type: ignore[call-overload]
