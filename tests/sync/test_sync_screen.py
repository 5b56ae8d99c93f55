"""The sync screen: what the link does in words, and three keys for each entry of the tray."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from sync_tools import Station
from test_sync_rounds import New, both_sync, receive
from textual.widgets import Static

from tthc_tui.app import CounterApp
from tthc_tui.config import Config
from tthc_tui.core.states import State
from tthc_tui.widgets.rowlist import RowList

sys.path.append(str(Path(__file__).parent.parent / "screens"))
from counter_tools import message, press, ready, settle, until


@pytest.fixture(autouse=True)
def quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


def with_a_conflict(new_station: New) -> tuple[Station, Any]:
    """Hung's machine, where forwarding a withdrawn dossier was refused."""
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    dossier = receive(lan)
    both_sync(lan, hung)
    lan.desk.withdraw(dossier.id, "không còn nhu cầu")
    hung.desk.forward([dossier.id], "tu-phap")
    both_sync(lan, hung)
    assert len(hung.desk.conflicts()) == 1
    hung.store.close()
    return hung, dossier


def program(station: Station) -> CounterApp:
    return CounterApp(Config(data_dir=station.folder, officer="hung", theme="toi", lock_minutes=0))


def shown(pilot: Any, selector: str) -> str:
    return str(pilot.app.screen.query_one(selector, Static).content)


async def test_the_tray_names_the_winner_and_takes_a_decision(new_station: New) -> None:
    hung, dossier = with_a_conflict(new_station)
    app = program(hung)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await app.go("sync")
        await settle(pilot)
        await until(pilot, lambda: "Nguyễn Thị Lan" in shown(pilot, "#sync-why"))
        assert "Công dân yêu cầu rút hồ sơ" in shown(pilot, "#sync-why")
        await until(pilot, lambda: "ngoại tuyến" in shown(pilot, "#sync-link"))
        assert "Không nối được máy chủ" in shown(pilot, "#sync-link")
        facts = shown(pilot, "#sync-facts")
        for words in ("Chờ gửi     0 thao tác", "Số còn lại  H15.50.05", "Máy in", "Ổ đĩa", "Lệch giờ"):
            assert words in facts
        await press(pilot, "f10")
        await until(pilot, lambda: "không thể" in message(pilot).lower())
        assert app.desk is not None
        assert len(app.desk.conflicts()) == 1
        await press(pilot, "f9")
        await until(pilot, lambda: app.screen.query_one("#sync-tray", RowList).cursor_row is None)
        assert "ghi chú" in message(pilot)
        assert app.desk.dossier(dossier.id).state is State.WITHDRAWN
        await until(pilot, lambda: "chờ gửi 1" in app.sync_words)
        await press(pilot, "f9")
        assert "Không có thao tác nào" in message(pilot)


async def test_alone_the_screen_says_so(new_station: New) -> None:
    alone = new_station("a", "hung", joined=False)
    alone.store.close()
    app = program(alone)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await app.go("sync")
        await until(pilot, lambda: "Một máy" in shown(pilot, "#sync-link"))
        await press(pilot, "ctrl+r")
        assert "chưa khai báo máy chủ" in message(pilot)
        assert app.sync_words == "● một máy"
