"""One dossier: who has it, how long is left, what happened, and only the legal next steps."""

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
    said,
    shown,
    text_of,
    through_sizes,
    type_text,
)

from tthc_tui.core.dossier import Dossier
from tthc_tui.core.site import ExceptionDay, ExceptionKind
from tthc_tui.core.states import State
from tthc_tui.desk import Desk


async def test_shows_holder_time_people_and_history(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path, (100, 40)) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["late"].id))
        lines = shown(pilot.app)
        assert "QUÁ HẠN 3 NGÀY 1 GIỜ" in lines
        assert "đang chuyển đến Bộ phận Tư pháp – Hộ tịch, chưa ký nhận" in lines
        assert "Nguyễn Thị Hoà  079184000001  ĐT 0903000001" in lines
        assert "Tiếp nhận hồ sơ" in lines
        assert "Giấy chứng sinh: 1 bản chính" in lines


async def test_what_is_not_legal_says_why(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["late"].id))
        assert "chưa xác nhận" in text_of(pilot.app, "#step-why")
        await press(pilot, "f6")
        assert "Hồ sơ đang trên đường bàn giao" in said(pilot.app)
        await press(pilot, "f5")
        assert pilot.app.screen.TITLE_VI == "Chi tiết hồ sơ"
        assert "Không thể trả kết quả" in said(pilot.app)


async def test_forward_prints_a_slip_and_undo_takes_it_back(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["new"].id))
        await press(pilot, "f6", "enter")
        assert "phiếu 0002/2026" in said(pilot.app)
        assert list((tmp_path / "bien-nhan").glob("ban-giao-*.pdf"))
        assert desk.dossier(day["new"].id).coming_to == "tu-phap"
        await press(pilot, "u")
        assert "Đã hoàn tác" in said(pilot.app)
        assert desk.dossier(day["new"].id).state is State.ACCEPTED
        assert "[đã hoàn tác] Chuyển đến" in shown(pilot.app)


async def test_supplement_request_once_then_only_with_a_reason(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["new"].id))
        await press(pilot, "f9", "f10")
        assert "Chưa chọn nội dung nào" in shown(pilot.app)
        await press(pilot, "space", "tab")
        await type_text(pilot, "Sửa ngày sinh trên tờ khai")
        await press(pilot, "enter", "f10")
        asked = desk.dossier(day["new"].id)
        assert asked.state is State.SUPPLEMENT
        assert "Sửa ngày sinh trên tờ khai" in asked.supplement_items
        assert len(asked.supplement_items) == 2
        assert "tạm dừng" in text_of(pilot.app, "#detail-title")
        await press(pilot, "f10", "enter")
        assert desk.dossier(day["new"].id).state is State.ACCEPTED
        await press(pilot, "f9", "space", "f10")
        assert "phải ghi lý do" in shown(pilot.app)
        await press(pilot, "tab", "tab", "tab")
        await type_text(pilot, "người nộp đề nghị")
        await press(pilot, "f10")
        assert desk.dossier(day["new"].id).supplements == 2


async def test_result_is_recorded_and_handed_on_to_the_return(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    desk.sign_in("minh")
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["late"].id))
        await press(pilot, "f10")
        assert "Đã nhận bàn giao" in said(pilot.app)
        await press(pilot, "f10", "enter")
        await type_text(pilot, "16/GKS")
        await press(pilot, "enter")
        assert desk.dossier(day["late"].id).state is State.DONE
        await press(pilot, "f5")
        assert "việc này của cán bộ tiếp nhận" in said(pilot.app)
        desk.sign_in("lan")
        await press(pilot, "n")
        await type_text(pilot, "báo người nộp")
        await press(pilot, "enter", "f10")
        assert pilot.app.screen.TITLE_VI == "Trả kết quả"
        assert "ĐÃ GIẢI QUYẾT" in shown(pilot.app)


async def test_withdraw_asks_for_the_reason_and_note_is_kept(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["new"].id))
        await press(pilot, "n")
        await type_text(pilot, "gọi lại buổi chiều")
        await press(pilot, "enter")
        assert "gọi lại buổi chiều" in shown(pilot.app)
        await press(pilot, *["down"] * 6, "enter", "enter")
        assert "không được để trống" in shown(pilot.app)
        await type_text(pilot, "nộp nhầm")
        await press(pilot, "enter")
        assert desk.dossier(day["new"].id).state is State.WITHDRAWN
        assert "Công dân yêu cầu rút hồ sơ" in text_of(pilot.app, "#detail-title")


async def test_reprint_is_marked(desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]) -> None:
    async with at_work(desk, clock, tmp_path, (120, 40)) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["new"].id))
        await press(pilot, "f7")
        assert "bien-nhan" in said(pilot.app)
        await press(pilot, "f7")
        assert said(pilot.app).startswith("In lại lần 1.")
        assert "(in lại lần 1)" in shown(pilot.app)


async def test_ledger_explains_and_a_changed_calendar_leaves_the_promise(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    off = ExceptionDay(day=clock.now.date(), kind=ExceptionKind.DAY_OFF, name="Nghỉ đột xuất")
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["new"].id))
        await press(pilot, "d")
        assert "Tiếp nhận lúc 08:12 thứ Hai 23/11/2026" in shown(pilot.app)
        assert "Ngày đã hẹn giữ nguyên" not in shown(pilot.app)
        await press(pilot, "escape")
        desk.save_site(desk.site.model_copy(update={"exceptions": (off,)}))
        await press(pilot, "d")
        await press(pilot, "pagedown")
        assert "Ngày đã hẹn giữ nguyên: 17 giờ 30 phút, ngày 23/11/2026" in shown(pilot.app)


async def test_another_officer_was_faster(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["new"].id))
        await press(pilot, "f6")
        desk.forward([day["new"].id], "dia-chinh")
        await press(pilot, "enter")
        assert "Hồ sơ đang trên đường bàn giao" in said(pilot.app)
        assert "Phòng Kinh tế, Hạ tầng và Đô thị, chưa ký nhận" in shown(pilot.app)


async def test_every_size_stands(desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "detail", dossier=str(day["asked"].id))
        async for _ in through_sizes(
            pilot, lambda pilot: press(pilot, "d", "escape", "f9", "escape", "down")
        ):
            assert "Trần Thị Bưởi" in shown(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(
    desk: Desk,
    clock: Any,
    tmp_path: Path,
    day: dict[str, Dossier],
    snap_compare: Any,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The short id is drawn from a random identity: it would differ in every picture.
    monkeypatch.setattr("tthc_tui.screens.detail_view.short_id", lambda identity: "123456789012")

    async def before(pilot: Any) -> None:
        await ready(pilot)
        await open_screen(pilot, "detail", dossier=str(day["asked"].id))

    assert snap_compare(make_app(desk, clock, tmp_path), terminal_size=size, run_before=before)
