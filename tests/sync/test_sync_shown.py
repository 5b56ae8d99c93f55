"""What screens say of the link: where each dossier stands, how old the data are; alone they say nothing."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sync_tools import Station
from test_sync_rounds import New, both_sync, receive
from textual.widgets import Static

from tthc_tui.app import CounterApp
from tthc_tui.config import Config
from tthc_tui.core.views import DossierQuery
from tthc_tui.store import sync_state
from tthc_tui.widgets.rowlist import RowList
from tthc_tui.widgets.status import TitleBar

sys.path.append(str(Path(__file__).parent.parent / "screens"))
from counter_tools import ready, until


@pytest.fixture(autouse=True)
def quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


def program(station: Station, officer: str = "lan") -> CounterApp:
    station.store.close()
    return CounterApp(Config(data_dir=station.folder, officer=officer, theme="toi", lock_minutes=0))


def painted(pilot: Any, selector: str) -> list[str]:
    """The lines of a widget as they stand on the screen."""
    widget = pilot.app.screen.query_one(selector)
    return [widget.render_line(y).text for y in range(widget.size.height)]


def line_with(lines: list[str], words: str) -> str:
    return next((line for line in lines if words in line), "")


def summary(app: CounterApp) -> str:
    """The first line on the dossier the cursor is on."""
    return str(app.screen.query_one("#summary-code", Static).content)


def three_dossiers(new_station: New) -> Station:
    """One the backend has, one that waits, one the backend refused something of."""
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    for name in ("TRẦN GỬI RỒI", "LÊ BỊ CHẶN"):
        receive(lan, name)
    both_sync(lan, hung)
    found = hung.desk.lines(hung.desk.find(DossierQuery()))
    blocked = next(line for line in found if line.applicant == "LÊ BỊ CHẶN")
    lan.desk.withdraw(blocked.id, "không còn nhu cầu")
    hung.desk.forward([blocked.id], "tu-phap")
    both_sync(lan, hung)
    hung.network.weather.off = True
    receive(hung, "PHẠM CÒN CHỜ")
    return hung


@pytest.mark.parametrize("width", [80, 170])
async def test_the_list_says_where_each_dossier_stands(new_station: New, width: int) -> None:
    app = program(three_dossiers(new_station), "hung")
    async with app.run_test(size=(width, 24)) as pilot:
        await ready(pilot)
        await app.go("dossiers")
        table = app.screen.query_one("#dossier-list", RowList)
        await until(pilot, lambda: bool(line_with(painted(pilot, "#dossier-list"), "TRẦN GỬI RỒI")))
        lines = painted(pilot, "#dossier-list")
        marks = ("đã gửi", "chờ gửi", "cần xử lý") if width > 120 else ("", "↑", "!")
        for name, mark in zip(("TRẦN GỬI RỒI", "PHẠM CÒN CHỜ", "LÊ BỊ CHẶN"), marks, strict=True):
            assert mark in line_with(lines, name)
        assert not any(mark in line_with(lines, "TRẦN GỬI RỒI") for mark in ("↑", "»", "!"))
        words = []
        for at in range(table.count):
            before = summary(app) if at else ""
            table.move_to(at)
            await until(pilot, lambda shown=before: summary(app) not in ("", shown))  # each has its own code
            words.append(summary(app).split(" · ")[-1])
        assert sorted(words) == ["chờ gửi", "cần xử lý", "đã gửi"]


async def test_the_dossier_says_that_it_waits_for_the_backend(new_station: New) -> None:
    lan = new_station("a", "lan")
    lan.network.weather.off = True
    dossier = receive(lan)
    app = program(lan)
    async with app.run_test(size=(100, 24)) as pilot:
        await ready(pilot)
        await app.go("detail", dossier=str(dossier.id))
        await until(pilot, lambda: "· chờ gửi ·" in str(pilot.app.screen.query_one("#detail-title").content))


async def test_a_machine_alone_speaks_of_no_backend(new_station: New) -> None:
    alone = new_station("a", "lan", joined=False)
    dossier = receive(alone)
    app = program(alone)
    async with app.run_test(size=(140, 24)) as pilot:
        await ready(pilot)
        await app.go("dossiers")
        await until(pilot, lambda: bool(line_with(painted(pilot, "#dossier-list"), "PHẠM VĂN AN")))
        shown = [*painted(pilot, "#dossier-list"), str(app.screen.query_one("#summary-code").content)]
        assert not any("gửi" in line or "Máy chủ" in line for line in shown)
        await app.go("detail", dossier=str(dossier.id))
        await until(pilot, lambda: dossier.code in str(pilot.app.screen.query_one("#detail-title").content))
        assert "gửi" not in str(pilot.app.screen.query_one("#detail-title").content)
        assert not app.screen.query_one(TitleBar).stale


async def test_old_data_are_amber_and_their_age_is_told(new_station: New) -> None:
    lan = new_station("a", "lan")
    old = datetime.now(UTC) - timedelta(hours=3, minutes=5)
    lan.store.write(
        lambda connection: sync_state.put_int(connection, sync_state.DATA_AT, round(old.timestamp() * 1000))
    )
    left = lan.desk.sync_status().numbers_left
    app = program(lan)
    async with app.run_test(size=(120, 24)) as pilot:
        await ready(pilot)
        title = app.screen.query_one(TitleBar)
        await until(pilot, lambda: "dữ liệu 3 giờ trước" in title.render_line(0).text)
        assert f"còn {left} số" in title.render_line(0).text
        amber = title.get_component_rich_style("title-bar--stale").color
        age = next(part for part in title.render_line(0) if "3 giờ" in part.text)
        assert age.style is not None
        assert age.style.color == amber != title.get_component_rich_style("title-bar--sync").color
        home = app.screen.query_one("#home-today", Static)
        await until(pilot, lambda: bool(str(home.content)))
        assert "dữ liệu" not in str(home.content)  # the title line says it, once
