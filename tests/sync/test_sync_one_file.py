"""Several programs on one file, each in step with the backend by itself: two officers, a monitor, a command."""

from __future__ import annotations

import threading

import httpx
import pytest
from sync_backend import Server, copy_file
from sync_tools import Station
from test_sync_rounds import New, both_sync, confirmed, receive

from tthc_tui.store import sync_download


def beside(station: Station) -> Station:
    """A second program on the same file."""
    return Station(station.folder, station.server, station.officer, station._clock).open()


def test_two_programs_that_begin_anew_at_once_lose_no_dossier(
    new_station: New, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_download, "SNAPSHOT_BATCH", 5)
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    for number in range(12):
        receive(hung, f"NGƯỜI THỨ {number}")
    monitor = beside(lan)
    both_sync(hung, lan, monitor)
    backup = server.path.with_name("backup.db")
    copy_file(server.path, backup)
    server.restore(backup)  # a new epoch: everybody begins again from a snapshot
    first_of_lan, second_of_monitor, second_of_lan = (threading.Event() for _ in range(3))

    def of_lan(done: int, total: int) -> None:
        if done == 5:
            first_of_lan.set()
            assert second_of_monitor.wait(20)
        elif done == 10:
            second_of_lan.set()

    def of_monitor(done: int, total: int) -> None:
        if done == 10:
            second_of_monitor.set()
            assert second_of_lan.wait(20)

    asked = monitor.network.handle_request

    def slow(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/feed"):  # lan hears that the log is another one meanwhile, and begins
            assert first_of_lan.wait(20)
        return asked(request)

    monkeypatch.setattr(monitor.network, "handle_request", slow)
    programs = [
        threading.Thread(target=lambda: lan.desk.sync_once(progress=of_lan)),
        threading.Thread(target=lambda: monitor.desk.sync_once(progress=of_monitor)),
    ]
    for program in reversed(programs):
        program.start()
    for program in programs:
        program.join(30)
    assert second_of_lan.is_set()
    assert lan.rows("SELECT status, count(*) FROM event GROUP BY status") == [("confirmed", 12)]
    lan.desk.sync_once()
    monitor.desk.sync_once()
    assert confirmed(lan) == confirmed(hung)
    assert lan.rows("SELECT count(*) FROM dossier") == [(12,)]
    monitor.close()
