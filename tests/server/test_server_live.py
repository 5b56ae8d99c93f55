"""Real server processes: live hints, two processes on one PostgreSQL, the command line."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import served
from httpx_sse import aconnect_sse
from server_tools import Station, code, sign_in
from typer.testing import CliRunner

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.server.cli import server_app
from tthc_tui.server.migrate import known_revisions
from tthc_tui.server.settings import ServerSettings, load_settings, to_environment

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(settings: ServerSettings) -> Iterator[str]:
    """A server in a process of its own; its address."""
    own = settings.model_copy(update={"port": free_port()})
    process = served.start(own)
    address = f"http://127.0.0.1:{own.port}"
    try:
        wait_until_healthy(address, process.is_alive)
        yield address
    finally:
        process.terminate()
        process.join(15)
        assert process.exitcode is not None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_until_healthy(address: str, alive: Callable[[], bool]) -> None:
    """Until the server answers; at once an error when its process is gone."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert alive()
        try:
            if httpx.get(f"{address}{wire.PREFIX}/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise AssertionError("the server did not start")


@asynccontextmanager
async def hints(station: Station) -> AsyncIterator[asyncio.Queue[wire.Grown]]:
    """The live hints a station gets."""
    heard: asyncio.Queue[wire.Grown] = asyncio.Queue()

    async def listen() -> None:
        async with aconnect_sse(
            station.http, "GET", f"{wire.PREFIX}/live", headers=station.headers, timeout=None
        ) as source:
            async for event in source.aiter_sse():
                if event.event == wire.LIVE_EVENT:
                    heard.put_nowait(wire.Grown.model_validate_json(event.data))

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(heard: asyncio.Queue[wire.Grown], head: int) -> int:
    """How many hints came until one told of `head`."""
    count = 0
    async with asyncio.timeout(5):
        while (await heard.get()).head < head:
            count += 1
    return count + 1


@pytest.mark.parametrize("kind", ["postgres"])
async def test_what_one_process_accepts_is_told_by_the_other(settings: ServerSettings) -> None:
    with serving(settings) as first, serving(settings) as second:
        async with httpx.AsyncClient(base_url=first) as one, httpx.AsyncClient(base_url=second) as two:
            lan = await sign_in(one, "lan")
            minh, bich = await sign_in(two, "minh"), await sign_in(two, "bich")
            async with hints(minh) as heard, hints(bich) as elsewhere:
                assert (await heard.get()).head == 0
                assert (await elsewhere.get()).head == 0
                lan.do(ev.Forward(to_unit="tu-phap-a"), lan.receive(code(1)))
                await lan.push()
                assert await until(heard, 2) == 1
                assert [e.place for e in (await minh.feed())[0]] == [1, 2]
                for number in range(2, 42):  # hints are gathered: at most ten a second
                    lan.do(ev.Forward(to_unit="tu-phap-a"), lan.receive(code(number)))
                    await lan.push()
                assert await until(heard, 82) < 40
                assert elsewhere.empty()
            assert [e.place for e in (await minh.feed())[0]] == list(range(1, 83))


async def test_a_live_stream_beats_and_ends_with_its_session(settings: ServerSettings) -> None:
    quick = settings.model_copy(update={"heartbeat_seconds": 0.05})
    with serving(quick) as address:
        async with httpx.AsyncClient(base_url=address) as http:
            lan = await sign_in(http, "lan")
            async with (
                asyncio.timeout(10),
                http.stream("GET", f"{wire.PREFIX}/live", headers=lan.headers, timeout=None) as stream,
            ):
                assert stream.headers["content-type"].startswith("text/event-stream")
                lines = stream.aiter_lines()
                beats = 0
                async for line in lines:
                    beats += line.startswith(":")
                    if beats == 2:
                        await http.delete(f"{wire.PREFIX}/session", headers=lan.headers)
                assert beats >= 2  # and the stream ended by itself


def test_an_administrator_sets_a_server_up_from_the_command_line(tmp_path: Path, kind: str) -> None:
    if kind != "sqlite":
        pytest.skip("one database is enough for the words of commands")
    runner = CliRunner()
    where = ["--database", f"sqlite:///{tmp_path / 's.db'}"]
    env = {"TTHC_SERVER_KEY_FILE": str(tmp_path / "s.key")}
    site = tmp_path / "site.toml"
    site.write_text(
        (ROOT / "tthc_tui" / "data" / "sample_site.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )

    def run(*args: str, given: str = "") -> Any:
        return runner.invoke(server_app, [*args, *where], input=given, env=env)

    assert run("init", "--site", str(site)).exit_code == 0
    assert (tmp_path / "s.key").stat().st_mode & 0o077 == 0
    assert run("migrate").output == f"Cơ sở dữ liệu đang ở bản {max(known_revisions())}.\n"
    from tthc_tui.desk.site_file import read_site_file

    officer = read_site_file(site).officers[0]
    added = run(
        "user", "add", officer.id, "--name", officer.name, "--unit", officer.unit, given="đủ dài 123\n"
    )
    assert added.output == f"Đã lưu cán bộ {officer.id}.\n"
    assert "Mã đăng ký máy" in run("device", "add", officer.unit).output
    copy = tmp_path / "copy.db"
    assert run("backup", str(copy)).exit_code == 0
    assert copy.stat().st_size > 10_000
    for wrong in (
        ("user", "add", "x", "--name", "X", "--unit", "không-có"),
        ("user", "add", "x", "--name", "X", "--unit", officer.unit, "--role", "vua"),
        ("device", "disable", "x"),
        ("backup", str(copy)),
    ):
        result = run(*wrong, given="mật khẩu dài\n")
        assert result.exit_code == 1
        assert str(result.exception).endswith(".")


def test_settings_come_from_a_file_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text('database = "sqlite:///a.db"\nport = 9000\nhost = "0.0.0.0"\n', encoding="utf-8")
    settings = load_settings(file, {"TTHC_SERVER_PORT": "9001"}, host="::1")
    assert (settings.database, settings.port, settings.host) == ("sqlite:///a.db", 9001, "::1")
    assert load_settings(None, to_environment(settings)) == settings


async def test_a_database_that_is_away_is_told_and_comes_back(settings: ServerSettings, kind: str) -> None:
    if kind != "postgres":
        pytest.skip("only a server can be away")
    import psycopg
    from server_tools import open_backend

    async with open_backend(settings) as backend:
        lan = await backend.station("lan")
        with psycopg.connect(settings.database, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        lan.receive(code(1))
        sent = list(lan.outbox)
        async with asyncio.timeout(10):
            while (answer := await lan.post(sent)).status_code != 200:
                assert answer.status_code == 503
                assert answer.headers["retry-after"] == "2"
        assert answer.json()["verdicts"][0]["seq"] == 1
        assert len((await lan.feed())[0]) == 1
