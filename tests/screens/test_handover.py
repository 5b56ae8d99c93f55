"""Handing a stack over: one numbered slip, and the receiver sees differences at once."""

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
    scan,
    settle,
    shown,
    text_of,
    through_sizes,
)

from tthc_tui.core.dossier import Dossier
from tthc_tui.core.states import State
from tthc_tui.desk import Desk


@pytest.fixture
def stack(desk: Desk, day: dict[str, Dossier]) -> list[Dossier]:
    """Three dossiers on one slip to the justice unit; the day's late one came with an earlier slip."""
    made = [receive(desk, f"Người Thứ {n}", f"07908400010{n}") for n in range(3)]
    desk.forward([one.id for one in made], "tu-phap")
    return made


async def test_scanned_stack_becomes_one_slip_that_prints(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f6")
        await press(pilot, "f10")
        assert "Chưa quét hồ sơ nào" in said(pilot.app)
        await scan(pilot, day["new"].code)
        await scan(pilot, day["kept"].code)
        assert "Chồng hồ sơ: 2 trong 2 chờ chuyển · đến Bộ phận Tư pháp – Hộ tịch" in shown(pilot.app)
        await press(pilot, "f10")
        assert "Phiếu 0002/2026: đã chuyển 2 hồ sơ" in said(pilot.app)
        assert {desk.dossier(day[name].id).slip for name in ("new", "kept")} == {"0002/2026"}
        assert (tmp_path / "bien-nhan" / "ban-giao-0002-2026.pdf").stat().st_size > 1000
        assert "Không có hồ sơ nào chờ chuyển" in shown(pilot.app)
        await press(pilot, "ctrl+z")
        assert "Đã hoàn tác bàn giao 2 hồ sơ" in said(pilot.app)
        assert desk.dossier(day["new"].id).state is State.ACCEPTED


async def test_what_can_not_go_is_not_ticked_and_says_why(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    reasons = {"late": "đang chuyển đến", "asked": "không chuyển được", "ready": "không chuyển được"}
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f6")
        for name, words in reasons.items():
            await scan(pilot, day[name].code)
            assert words in said(pilot.app)
            assert "Chồng hồ sơ: 0" in shown(pilot.app)


async def test_receiver_sees_missing_and_surplus_and_accepts_what_is_there(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier], stack: list[Dossier]
) -> None:
    desk.sign_in("minh")
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f6", "f6")
        assert "0/4 hồ sơ" in text_of(pilot.app, "#differences")
        await scan(pilot, stack[0].code)
        assert text_of(pilot.app, "#differences") == "Đã thấy 1/3 hồ sơ của phiếu 0002/2026 · thiếu 2"
        await scan(pilot, stack[1].code)
        await scan(pilot, day["new"].code)
        assert "thừa, đang ở Trung tâm Phục vụ hành chính công" in said(pilot.app)
        assert text_of(pilot.app, "#differences").endswith("thiếu 1 · thừa 1")
        assert "– chưa thấy" in shown(pilot.app)
        assert "! thừa" in shown(pilot.app)
        await press(pilot, "f10")
        assert "Đã nhận bàn giao 2 hồ sơ của phiếu 0002/2026; còn thiếu 1: 13-261123-0004" in said(pilot.app)
        assert [desk.dossier(one.id).holder_unit for one in stack] == ["tu-phap", "tu-phap", "ttpvhcc"]
        assert desk.dossier(day["new"].id).holder_unit == "ttpvhcc"


async def test_whole_stack_matches_and_can_be_ticked_by_hand(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier], stack: list[Dossier]
) -> None:
    desk.sign_in("minh")
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f6", "f6")
        for one in stack[:2]:
            await scan(pilot, one.code)
        pilot.app.screen.query_one("#stack").focus()
        pilot.app.screen.query_one("#stack").move_to_key(str(stack[2].id))
        await press(pilot, "space")
        assert text_of(pilot.app, "#differences") == "Đã thấy 3/3 hồ sơ của phiếu 0002/2026 · khớp"


async def test_a_stack_for_another_unit_is_not_accepted(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    desk.forward([day["new"].id], "dia-chinh")
    desk.sign_in("minh")
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "handover", direction="in")
        await scan(pilot, day["new"].code)
        assert "được chuyển cho Phòng Kinh tế, Hạ tầng và Đô thị, không phải đơn vị bạn" in said(pilot.app)
        await press(pilot, "f10")
        assert desk.dossier(day["new"].id).coming_to == "dia-chinh"


async def test_a_burst_of_scans_loses_none(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier], stack: list[Dossier]
) -> None:
    from textual import events

    desk.sign_in("minh")
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "handover", direction="in")
        for one in stack:
            for letter in one.code:
                pilot.app.post_message(events.Key(letter, letter))
            pilot.app.post_message(events.Key("enter", "\r"))
        await settle(pilot)
        assert "Đã thấy 3/3" in text_of(pilot.app, "#differences")


async def test_another_officer_sent_one_of_the_stack_meanwhile(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f6")
        await scan(pilot, day["new"].code)
        pilot.app.screen.work = _just_before(
            pilot.app.screen, lambda: desk.forward([day["new"].id], "dia-chinh")
        )
        await press(pilot, "f10")
        assert "Hồ sơ đang trên đường bàn giao" in said(pilot.app)
        assert desk.dossier(day["new"].id).coming_to == "dia-chinh"


def _just_before(screen: Any, meanwhile: Any) -> Any:
    """The screen's own `work`, with something happening between the key and the job."""
    work = type(screen).work

    def wrapped(*args: Any, **options: Any) -> None:
        screen.__dict__.pop("work", None)
        meanwhile()
        work(screen, *args, **options)

    return wrapped


async def test_every_size_stands(desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f6")
        async for _ in through_sizes(pilot, lambda pilot: scan(pilot, day["new"].code)):
            assert "Chồng hồ sơ: 1" in shown(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(
    desk: Desk,
    clock: Any,
    tmp_path: Path,
    day: dict[str, Dossier],
    stack: list[Dossier],
    snap_compare: Any,
    size: tuple[int, int],
) -> None:
    desk.sign_in("minh")

    async def before(pilot: Any) -> None:
        await ready(pilot)
        await open_screen(pilot, "handover", direction="in")
        await scan(pilot, stack[0].code)
        await scan(pilot, day["new"].code)

    assert snap_compare(make_app(desk, clock, tmp_path), terminal_size=size, run_before=before)


async def test_results_go_back_to_the_counter_with_a_slip_that_prints(
    desk: Desk, clock: Any, tmp_path: Path, stack: list[Dossier]
) -> None:
    desk.sign_in("minh")
    desk.accept_handover([one.id for one in stack])
    for one in stack:
        desk.resolve(one.id)
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "handover", direction="results")
        assert "Chồng kết quả: 0 trong 3 chờ giao" in shown(pilot.app)
        await scan(pilot, stack[0].code)
        await scan(pilot, stack[1].code)
        assert "2 trong 3 chờ giao · đến Trung tâm Phục vụ hành chính công" in shown(pilot.app)
        await press(pilot, "f10")
        assert "Phiếu KQ-0001/2026: đã giao 2 kết quả cho Trung tâm" in said(pilot.app)
        assert (tmp_path / "bien-nhan" / "ban-giao-kq-KQ-0001-2026.pdf").stat().st_size > 1000
        await press(pilot, "f7")
        assert desk.results_slip(stack[0].id).reprint_no == 2
        await press(pilot, "ctrl+z")
        assert "Đã hoàn tác bàn giao 2 hồ sơ" in said(pilot.app)
        assert {desk.dossier(one.id).coming_to for one in stack} == {""}
        assert {desk.dossier(one.id).state for one in stack} == {State.DONE}


async def test_the_counter_sees_results_among_what_comes(
    desk: Desk, clock: Any, tmp_path: Path, stack: list[Dossier]
) -> None:
    desk.sign_in("minh")
    desk.accept_handover([one.id for one in stack])
    desk.resolve(stack[0].id)
    desk.hand_results([stack[0].id])
    desk.sign_in("lan")
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f6", "f6")
        await scan(pilot, stack[1].code)
        assert "thừa" in said(pilot.app)
        await scan(pilot, stack[0].code)
        assert " KQ-0001/2026 " in shown(pilot.app).split("Bên giao")[1].split("Đã thấy")[0], (
            "the number whole"
        )
        await press(pilot, "f10")
        assert "Đã nhận bàn giao 1 hồ sơ của phiếu KQ-0001/2026" in said(pilot.app)
        assert desk.dossier(stack[0].id).holder_unit == "ttpvhcc"


async def test_a_specialist_is_told_where_the_result_goes(
    desk: Desk, clock: Any, tmp_path: Path, stack: list[Dossier]
) -> None:
    desk.sign_in("minh")
    desk.accept_handover([one.id for one in stack])
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=stack[0].id)
        await press(pilot, "f10", "enter", "enter")
        assert "Đã ghi kết quả. F6 bàn giao kết quả về nơi tiếp nhận." in said(pilot.app)
        assert desk.dossier(stack[0].id).state == State.DONE
