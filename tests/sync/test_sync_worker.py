"""The worker beside the screens: whatever happens to the line, it says so soon and goes on by itself."""

from __future__ import annotations

import queue
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from sync_backend import Server
from sync_tools import Network, Station, Weather
from test_sync_rounds import New, receive

from tthc_tui.core.link import Link
from tthc_tui.server.migrate import connected
from tthc_tui.store import remote, sync_worker
from tthc_tui.store.sync_worker import SyncWorker


class LiveStream(httpx.SyncByteStream):
    """A live stream that says what it is told, until it is cut."""

    def __init__(self) -> None:
        self.lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def __iter__(self) -> Iterator[bytes]:
        while (line := self.lines.get()) is not None:
            yield line
        raise httpx.ReadError("cut")


class Line(Network):
    """A network that carries the live stream too."""

    streams: list[LiveStream]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/live") or self.weather.off or self.weather.error:
            return super().handle_request(request)
        self.streams.append(LiveStream())
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=self.streams[-1])

    def cut(self) -> None:
        """The line breaks now."""
        self.weather = Weather(off=True)
        while self.streams:
            self.streams.pop().lines.put(None)


def until(holds: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait until something holds; how long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds
        time.sleep(0.01)
    return time.monotonic() - began


@pytest.fixture
def working(new_station: New) -> Iterator[tuple[Station, Line, SyncWorker]]:
    """A station whose worker runs and hears the live stream."""
    lan = new_station("a", "lan")
    lan.network = line = Line(lan.server, lan.chance)
    line.streams = []
    lan._work()
    lan.desk.start_sync()
    worker = lan.desk.worker
    assert worker is not None
    until(lambda: worker.hearing)
    yield lan, line, worker
    line.cut()
    lan.desk.stop_sync()


def link(station: Station) -> Link:
    return station.desk.sync_status().link


def test_a_line_that_breaks_is_told_at_once_and_comes_back_by_itself(
    working: tuple[Station, Line, SyncWorker],
) -> None:
    lan, line, worker = working
    line.cut()
    until(lambda: link(lan) is Link.OFFLINE, 5)
    dossier = receive(lan)
    assert dossier.code
    assert lan.desk.sync_status().outbox == 1
    line.weather = Weather()
    until(lambda: link(lan) is Link.ONLINE and not lan.desk.sync_status().outbox)
    until(lambda: worker.hearing)


def test_a_portal_that_answers_for_the_backend_is_named_and_nothing_is_taken_from_it(
    working: tuple[Station, Line, SyncWorker],
) -> None:
    lan, line, worker = working
    line.cut()
    line.weather = Weather(error=1.0)
    receive(lan)
    until(lambda: link(lan) is Link.OFFLINE)
    until(lambda: "Trang khác trả lời" in lan.desk.sync_status().problem, 30)
    assert lan.desk.sync_status().outbox == 1
    line.weather = Weather()
    worker.poke()
    until(lambda: link(lan) is Link.ONLINE and not lan.desk.sync_status().outbox)


def test_a_session_that_was_revoked_asks_for_the_password_and_loses_nothing(
    working: tuple[Station, Line, SyncWorker], server: Server
) -> None:
    lan, line, _ = working
    with connected(f"sqlite:///{server.path}") as connection:
        connection.exec_driver_sql("DELETE FROM session")
    server.restart()
    line.cut()
    line.weather = Weather()
    dossier = receive(lan)
    until(lambda: link(lan) is Link.SIGN_IN)
    assert "đăng nhập" in lan.desk.sync_status().problem
    assert "cần đăng nhập" in lan.desk.sync_words()
    lan.desk.note(dossier.id, "người nộp gọi lại")
    assert lan.desk.sync_status().outbox == 2
    lan.sign_in()
    until(lambda: link(lan) is Link.ONLINE and not lan.desk.sync_status().outbox)


def test_a_machine_that_slept_asks_anew_over_new_connections(
    working: tuple[Station, Line, SyncWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, line, worker = working
    before, asked, awake, slept = worker.remote._client, line.count["answer 200"], time.time, 0.0
    monkeypatch.setattr(sync_worker.time, "time", lambda: awake() + slept)

    def wakes() -> bool:
        nonlocal slept
        slept += 3600
        worker._wake.set()
        return worker.remote._client not in (before, None)

    until(wakes)
    until(lambda: line.count["answer 200"] > asked)


def test_an_officer_does_not_wait_for_a_connection_that_is_half_open(
    new_station: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = new_station("a", "lan")
    hole = socket.create_server(("127.0.0.1", 0))  # takes connections and never says a word
    monkeypatch.setattr(remote, "ANSWER_SECONDS", 1.0)
    lan.desk.remote_add(f"http://localhost:{hole.getsockname()[1]}")
    lan.desk.worker = None
    lan.desk.start_sync()
    worker = lan.desk.worker
    worker._link = Link.ONLINE  # the line was good until now
    began = time.monotonic()
    for _ in range(3):
        assert receive(lan).code
    assert time.monotonic() - began < 3 * 0.3 + 2
    until(lambda: "quá chậm" in lan.desk.sync_status().problem)
    assert link(lan) is Link.OFFLINE
    began = time.monotonic()
    lan.desk.stop_sync()
    assert time.monotonic() - began < 3
    hole.close()
