"""Handing results over: who collects, by which paper, one key; the next scan goes on."""

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
    scan,
    shown,
    through_sizes,
    type_text,
)

from tthc_tui.core import events as ev
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.states import State
from tthc_tui.desk import Desk

CARD_OF_AN = "079084001234|020123456|Phạm Văn An|12031984|Nam|12 Lê Lợi, phường Rạch Giá|01012021"
CARD_OF_HOA = "079184005678|020123457|Lê Thị Hoa|05061988|Nữ|34 Lê Lợi, phường Rạch Giá|01012021"


def returned(desk: Desk, dossier: Dossier) -> ev.Returned:
    """The event of the return."""
    last = desk.history(dossier.id)[-1]
    assert isinstance(last, ev.Returned)
    return last


async def test_scan_and_one_key_returns_and_the_next_scan_goes_on(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f5")
        await scan(pilot, day["ready"].code)
        assert "KẾT QUẢ: ĐÃ GIẢI QUYẾT" in shown(pilot.app)
        assert "PHẠM VĂN AN  079084001234  sinh 12/03/1984" in shown(pilot.app)
        await press(pilot, "f10")
        assert "Đã trả kết quả H15.50.05.13-261120-0001 (PHẠM VĂN AN)" in said(pilot.app)
        assert returned(desk, day["ready"]).collector is None
        await scan(pilot, day["late"].code)
        assert "CHƯA CÓ KẾT QUẢ: đang xử lý, quá hạn 3 ngày 1 giờ" in shown(pilot.app)


async def test_authorised_person_needs_the_paper_and_is_recorded(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f5")
        await scan(pilot, day["ready"].code)
        await scan(pilot, CARD_OF_HOA)
        assert "không phải người nộp" in said(pilot.app)
        await press(pilot, "f10")
        assert "hãy ghi giấy ủy quyền" in said(pilot.app)
        assert desk.dossier(day["ready"].id).state is State.DONE
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "authorisation"
        await type_text(pilot, "Giấy ủy quyền ngày 20/11/2026")
        await press(pilot, "f10")
        event = returned(desk, day["ready"])
        assert event.authorisation == "Giấy ủy quyền ngày 20/11/2026"
        with desk.store.read() as connection:
            from tthc_tui.store.dossiers import get_person

            assert event.collector is not None
            person = get_person(connection, event.collector.id)
        assert person is not None
        assert (person.name.upper(), person.number) == ("LÊ THỊ HOA", "079184005678")


async def test_card_of_the_applicant_is_confirmed_or_finds_the_dossier(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f5")
        await scan(pilot, CARD_OF_AN)
        assert "KẾT QUẢ: ĐÃ GIẢI QUYẾT" in shown(pilot.app)
        await scan(pilot, CARD_OF_AN)
        assert "Đúng chính chủ" in said(pilot.app)


async def test_lost_receipt_rating_and_signature_are_kept(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await press(pilot, "f5")
        await type_text(pilot, "pham van an")
        await press(pilot, "enter", "tab", "right", "tab", "tab")
        await type_text(pilot, "sổ 3 trang 15")
        await press(pilot, "tab", "5", "f10")
        event = returned(desk, day["ready"])
        assert event.receipt_lost
        assert (event.signature, event.rating) == ("sổ 3 trang 15", 5)


async def test_result_is_recorded_first_where_there_is_none(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "returning", dossier=str(day["new"].id))
        await press(pilot, "f10")
        assert "Không thể trả kết quả" in said(pilot.app)
        await press(pilot, "ctrl+r", "enter", "enter")
        assert "KẾT QUẢ: ĐÃ GIẢI QUYẾT" in shown(pilot.app)
        await press(pilot, "f10")
        assert desk.dossier(day["new"].id).state is State.RETURNED


async def test_undo_brings_the_result_back_to_the_desk(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "returning", dossier=str(day["ready"].id))
        await press(pilot, "f10", "ctrl+z")
        assert "Đã hoàn tác lần trả kết quả" in said(pilot.app)
        assert desk.dossier(day["ready"].id).state is State.DONE
        assert "KẾT QUẢ: ĐÃ GIẢI QUYẾT" in shown(pilot.app)


async def test_another_officer_returned_it_meanwhile(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]
) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "returning", dossier=str(day["ready"].id))
        desk.return_result(day["ready"].id)
        await press(pilot, "f10")
        assert "Không thể trả kết quả" in said(pilot.app)
        assert "ĐÃ TRẢ KẾT QUẢ lúc 08:42 23/11/2026" in shown(pilot.app)


async def test_every_size_stands(desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier]) -> None:
    async with at_work(desk, clock, tmp_path) as pilot:
        await open_screen(pilot, "returning", dossier=str(day["ready"].id))
        async for _ in through_sizes(pilot, lambda pilot: press(pilot, "right", "tab", "tab")):
            assert "người được ủy quyền" in shown(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(
    desk: Desk, clock: Any, tmp_path: Path, day: dict[str, Dossier], snap_compare: Any, size: tuple[int, int]
) -> None:
    async def before(pilot: Any) -> None:
        await ready(pilot)
        await open_screen(pilot, "returning", dossier=str(day["ready"].id))
        await press(pilot, "right")

    assert snap_compare(make_app(desk, clock, tmp_path), terminal_size=size, run_before=before)
