"""The overdue monitor: live, grouped, drilled into, exported."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dossier_day import (
    at_work,
    make_app,
    open_screen,
    press,
    ready,
    receive,
    said,
    settle,
    shown,
    text_of,
    through_sizes,
    until,
)

from tthc_tui.core.dossier import Dossier
from tthc_tui.desk import Desk

ROOT = Path(__file__).parents[2]


async def test_longest_overdue_first_with_the_time_in_words(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "monitor")
        lines = shown(pilot.app)
        assert "[1 Quá hạn 2]" in lines
        assert "Nguyễn Thị H" in lines
        assert "quá hạn 3 ngày 1 giờ" in lines
        assert "Lý Thị Sáu" not in lines
        await press(pilot, "2")
        assert "Lý Thị Sáu" in shown(pilot.app)
        assert "còn 6 giờ 48 phút" in shown(pilot.app)


async def test_a_dossier_becomes_overdue_by_the_clock_alone(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    clock.now = clock.now.replace(hour=17, minute=29, second=55)
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "monitor")
        assert "Lý Thị Sáu" not in shown(pilot.app)
        clock.forward(seconds=10)
        await until(pilot, lambda: "Lý Thị Sáu" in shown(pilot.app))
        assert "[1 Quá hạn 3]" in shown(pilot.app)


async def test_groups_drill_down_and_back(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    desk.note(day["late"].id, "để hồ sơ có lịch sử")
    async with at_work(desk, clock, tmp_path) as pilot:
        screen = await open_screen(pilot, "monitor")
        await press(pilot, "g")
        assert "xem theo đơn vị" in text_of(pilot.app, "#monitor-about")
        assert [screen.table.row(0).cells[n] for n in (1, 2, 4)] == ["2", "1", "3"]
        await press(pilot, "enter")
        assert "Nguyễn Thị H" in shown(pilot.app)
        assert "(Esc lùi)" in text_of(pilot.app, "#monitor-about")
        await press(pilot, "escape")
        assert screen.table.row(0).cells[0] == "Trung tâm Phục vụ hành chính công"
        await press(pilot, "ctrl+g", "ctrl+g", "ctrl+g")
        assert screen.table.row(0).cells[0] == "1.001193  Đăng ký khai sinh"
        await press(pilot, "enter", "enter")
        assert pilot.app.screen.TITLE_VI == "Chi tiết hồ sơ"
        assert day["late"].code in shown(pilot.app)


async def test_what_another_process_saves_shows_and_the_cursor_stays(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier], data_file: Path
) -> None:
    app = make_app(desk, clock, tmp_path)
    program = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}, {str(Path(__file__).parent)!r}]
from datetime import datetime
from pathlib import Path
from dossier_day import receive
from tthc_tui.desk import Desk
from tthc_tui.store.sqlite import SqliteStore
with SqliteStore(Path({str(data_file)!r})) as store:
    desk = Desk(store, lambda: datetime.fromisoformat("2026-11-16T08:00:00+07:00"), officer="hung")
    receive(desk, "Người Ở Quầy Khác", "079084000077")
"""
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        screen = await open_screen(pilot, "monitor")
        await press(pilot, "down")
        assert "Đỗ Văn Đạt" in text_of(app, "#monitor-summary")
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
        await until(pilot, lambda: "Người Ở Quầ" in shown(app))
        assert "[1 Quá hạn 3]" in shown(app)
        assert screen.table.cursor == 2
        assert "Đỗ Văn Đạt" in text_of(app, "#monitor-summary")


async def test_reminder_is_kept_in_the_history(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "monitor")
        await press(pilot, "r")
        assert "Đã ghi đôn đốc" in said(pilot.app)
        assert desk.detail(day["late"].id).history[-1].text.startswith("Đôn đốc: ")
        await press(pilot, "g", "r")
        assert "Đôn đốc từng hồ sơ" in said(pilot.app)


async def test_export_is_safe_for_spreadsheets(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    clock.forward(days=-5)
    receive(desk, "=HYPERLINK(1)", "079084000099")
    clock.forward(days=5)
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "monitor")
        await press(pilot, "e")
        assert "Đã xuất vào xuat/giam-sat-overdue-" in said(pilot.app)
    (path,) = (tmp_path / "xuat").glob("*.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["Chủ hồ sơ"] for row in rows] == ["Nguyễn Thị Hoà", "Đỗ Văn Đạt", "'=HYPERLINK(1)"]
    assert rows[0]["Thời gian còn lại"] == "quá hạn 3 ngày 1 giờ"


async def test_wall_shows_figures_and_no_cursor(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path, (120, 40)) as pilot:
        await open_screen(pilot, "monitor")
        assert "> H15.50" in shown(pilot.app)
        await press(pilot, "w")
        assert "QUÁ HẠN" in shown(pilot.app)
        assert "> H15.50" not in shown(pilot.app)
        assert "Esc Quay lại" not in shown(pilot.app)
        await press(pilot, "escape")
        assert "> H15.50" in shown(pilot.app)


async def test_every_size_stands(desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "monitor")
        async for _ in through_sizes(
            pilot, lambda pilot: press(pilot, "g", "enter", "w", "w"), [(20, 5), (80, 24), (200, 60)]
        ):
            assert "quá hạn 3 ngày" in shown(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier], snap_compare: Any, size: tuple[int, int]
) -> None:
    async def before(pilot: Any) -> None:
        await ready(pilot)
        await open_screen(pilot, "monitor")
        await until(pilot, lambda: pilot.app.live.due is not None and not pilot.app._counting)
        await until(pilot, lambda: all(w.is_finished for w in pilot.app.workers if w.group != "watch"))
        await settle(pilot)

    assert snap_compare(make_app(desk, clock, tmp_path), terminal_size=size, run_before=before)
