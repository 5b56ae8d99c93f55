"""Finding dossiers by whatever a citizen can tell, and acting on marked ones."""

from __future__ import annotations

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
    type_text,
)

from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.states import State
from tthc_tui.desk import Desk


async def test_one_box_finds_by_anything_and_enter_opens(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    known = ("do van dat", "Đỗ Văn Đạt", "dat do", "079084000002", "261117-0002", short_id(day["kept"].id))
    async with at_work(desk, clock, tmp_path) as pilot:
        for typed in known:
            await press(pilot, "f3")
            pilot.app.screen.query_one("#find").value = ""
            await type_text(pilot, typed)
            assert text_of(pilot.app, "#dossier-count") == "1 hồ sơ", typed
            await press(pilot, "enter")
            assert pilot.app.screen.TITLE_VI == "Chi tiết hồ sơ"
            assert day["kept"].code in shown(pilot.app)


async def test_lost_receipt_goes_from_the_name_to_the_return(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f3")
        await type_text(pilot, "0912345678")
        await press(pilot, "f5")
        assert pilot.app.screen.TITLE_VI == "Trả kết quả"
        assert "PHẠM VĂN AN  079084001234" in shown(pilot.app)


async def test_nothing_found_says_so_and_keeps_the_text(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f3")
        await type_text(pilot, "khongco")
        await press(pilot, "enter")
        assert "Không tìm thấy hồ sơ nào" in said(pilot.app)
        assert "khongco" in shown(pilot.app)


async def test_filters_narrow_and_remaining_time_ticks(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        screen = await open_screen(pilot, "dossiers", state=str(int(State.ACCEPTED)))
        await settle(pilot)
        assert text_of(pilot.app, "#dossier-count") == "2 hồ sơ"
        assert "còn 6 giờ 48 phút" in shown(pilot.app)
        clock.forward(minutes=5)
        screen.on_ticked(type("Tick", (), {"now": pilot.app.now})())
        await settle(pilot)
        assert "còn 6 giờ 43 phút" in shown(pilot.app)
        await press(pilot, "escape")
        await open_screen(pilot, "dossiers", state="open", period="0")
        await settle(pilot)
        assert text_of(pilot.app, "#dossier-count") == "1 hồ sơ"


async def test_marked_dossiers_go_with_one_slip_and_come_back_on_undo(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "dossiers", state=str(int(State.ACCEPTED)))
        await press(pilot, "enter")
        await press(pilot, "space", "space", "f6")
        await press(pilot, "enter")
        assert "Đã chuyển 2 hồ sơ đến Bộ phận Tư pháp – Hộ tịch" in said(pilot.app)
        sent = [desk.dossier(day[name].id) for name in ("kept", "new")]
        assert {one.coming_to for one in sent} == {"tu-phap"}
        assert len({one.slip for one in sent}) == 1
        await press(pilot, "ctrl+z")
        assert "Đã hoàn tác 2 hồ sơ" in said(pilot.app)
        assert {desk.dossier(day[name].id).state for name in ("kept", "new")} == {State.ACCEPTED}


async def test_all_or_none_when_one_marked_dossier_can_not_go(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "dossiers")
        await press(pilot, "enter", "space", "space", "f6", "enter")
        assert day["asked"].code in said(pilot.app)
        assert desk.dossier(day["new"].id).state is State.ACCEPTED


async def test_bulk_accept_by_the_receiving_unit(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    more = receive(desk, "Cao Thị Bảy", "079184000008")
    desk.forward([more.id], "tu-phap")
    desk.sign_in("minh")
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "dossiers", state=str(int(State.PROCESSING)))
        await press(pilot, "enter", "space", "space", "f10")
        assert "Đã nhận bàn giao 2 hồ sơ" in said(pilot.app)
        assert {desk.dossier(one).holder_unit for one in (more.id, day["late"].id)} == {"tu-phap"}


async def test_brackets_walk_through_the_list_in_the_detail(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f3", "enter", "enter")
        assert day["new"].code in text_of(pilot.app, "#detail-title")
        await press(pilot, "]")
        assert day["asked"].code in text_of(pilot.app, "#detail-title")
        await press(pilot, "[", "[")
        assert "hồ sơ đầu danh sách" in said(pilot.app)


async def test_every_size_stands(desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f3", "enter")
        async for _ in through_sizes(
            pilot, lambda pilot: press(pilot, "down", "space"), [(20, 5), (40, 12), (200, 60)]
        ):
            assert "đã đánh dấu" in text_of(pilot.app, "#dossier-count")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier], snap_compare: Any, size: tuple[int, int]
) -> None:
    async def before(pilot: Any) -> None:
        await ready(pilot)
        await press(pilot, "f3", "enter", "space")

    assert snap_compare(make_app(desk, clock, tmp_path), terminal_size=size, run_before=before)
