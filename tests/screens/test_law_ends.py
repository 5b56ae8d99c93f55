"""How the detail screen speaks of what is over, of what waits, and of what F10 does next."""

from __future__ import annotations

import pytest
from dossier_day import press, said, settle, shown, type_text
from law_centre import Opened, building, in_house, law_site

from tthc_tui.core import events as ev
from tthc_tui.core.site import Site
from tthc_tui.core.states import State
from tthc_tui.desk import Desk
from tthc_tui.printing.render import render


@pytest.fixture
def site(site: Site) -> Site:
    return law_site(site)


async def test_a_stopped_dossier_says_when_and_why_and_asks_for_nothing(desk: Desk, opened: Opened) -> None:
    """Neither the supplement nor the fee is asked for any more, and F7 offers the notice (Mẫu 05)."""
    dossier = building(desk)
    desk.request_supplement(dossier.id, ["Bản vẽ mặt cắt"], "bản nộp bị mờ")
    desk.stop(dossier.id, "không còn nhu cầu")
    async with opened(dossier) as pilot:
        text = shown(pilot.app)
        assert "Kết thúc   08:42 23/11/2026: không còn nhu cầu" in text
        assert "Tạm dừng  " not in text
        assert "Cần bổ sung" not in text
        assert "CÒN PHẢI THU" not in text
        await press(pilot, "f7")
        assert "> Thông báo dừng giải quyết hồ sơ (Mẫu số 05)" in shown(pilot.app)
        await press(pilot, "escape")
        await press(pilot, "ctrl+o")
        await type_text(pilot, "thuphi")
        await press(pilot, "enter")
        assert "Hồ sơ đã kết thúc" in said(pilot.app)


async def test_what_a_dossier_waits_for_has_its_day(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    desk.consult(dossier.id, "tu-phap", "Có tranh chấp thừa kế?")
    desk.request_supplement(dossier.id, ["Bản vẽ mặt cắt"])
    async with opened(dossier) as pilot:
        text = shown(pilot.app)
        assert "Tạm dừng   chờ bổ sung hồ sơ, hạn 08:42 thứ Ba 15/12" in text
        assert "Phối hợp   chờ Bộ phận Tư pháp – Hộ tịch, hạn 08:42 thứ Sáu 27/11" in text


async def test_f10_says_what_it_does_and_steps_come_before_the_result(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        assert "F10 Xong bước" in shown(pilot.app)
        for _ in ("Thẩm định", "Ký duyệt"):
            await press(pilot, "f10")
            await press(pilot, "enter")
        assert "F10 Ghi kết quả" in shown(pilot.app)
        assert "Hoàn thành bước “Ký duyệt”" in desk.detail(dossier.id).history[-1].text


async def test_the_leader_s_f10_approves_and_shows_the_ground(desk: Desk, opened: Opened) -> None:
    dossier = building(desk)
    desk.request_supplement(dossier.id, ["Bản vẽ"])
    desk.propose(dossier.id, ev.Proposal.REJECT, "trái quy hoạch", ground="Luật Xây dựng, Điều 93")
    async with opened(dossier) as pilot:
        assert "Duyệt đề xuất" not in shown(pilot.app).splitlines()[-1]
        desk.sign_in("binh")
        pilot.app.screen._read()
        await settle(pilot)
        assert "F10 Duyệt đề xuất" in shown(pilot.app)
        await press(pilot, "f10")
        assert "Căn cứ: Luật Xây dựng, Điều 93" in shown(pilot.app)
        await press(pilot, "f10")
        assert desk.dossier(dossier.id).state is State.REJECTED


async def test_at_80_columns_what_can_be_pressed_stands_in_the_footer(desk: Desk, opened: Opened) -> None:
    dossier = building(desk)
    async with opened(dossier) as pilot:
        keys = shown(pilot.app).splitlines()[-1]
        assert "F9 Bổ sung" in keys
        assert "Ctrl+O Khác" in keys
        assert "F5 Trả kết quả" not in keys  # there is no result yet
        desk.resolve(dossier.id)
        pilot.app.screen._read()
        await settle(pilot)
        keys = shown(pilot.app).splitlines()[-1]
        assert "F5 Trả kết quả" in keys
        assert "F9" not in keys


async def test_a_day_without_an_hour_ends_with_the_office_and_is_never_a_day_off(
    desk: Desk, opened: Opened
) -> None:
    dossier = in_house(desk, "binh")
    async with opened(dossier) as pilot:
        await press(pilot, "ctrl+o")
        await type_text(pilot, "xinloi")
        await press(pilot, "enter")
        await type_text(pilot, "ngay khac")
        await press(pilot, "enter")
        await type_text(pilot, "06/12/2026")
        await press(pilot, "enter")
        await type_text(pilot, "chờ đo đạc")
        await press(pilot, "f10")
        assert "Ngày 06/12/2026 là ngày nghỉ (Chủ nhật)" in shown(pilot.app)
        await press(pilot, "shift+tab", *["backspace"] * 10)
        await type_text(pilot, "07/12/2026")
        await press(pilot, "f10")
        due = desk.dossier(dossier.id).due_at
        assert due is not None
        assert f"{due:%H:%M %d/%m/%Y}" == "17:30 07/12/2026"
        await press(pilot, "ctrl+o")
        await type_text(pilot, "tamdung")
        await press(pilot, "enter", "tab", "tab")
        await type_text(pilot, "01/12/2026")
        await press(pilot, "f10")
        assert "hạn 17:30 thứ Ba 01/12" in shown(pilot.app)


async def test_a_second_slip_says_why_papers_are_asked_for_again(desk: Desk) -> None:
    dossier = building(desk)
    desk.request_supplement(dossier.id, ["Đơn"])
    desk.supplement(dossier.id)
    desk.request_supplement(dossier.id, ["Bản vẽ"], "bản nộp bị mờ", again_reason="phát hiện khi thẩm định")
    document = desk.document(dossier.id, "mau-02")
    text = " ".join(render(document, "text")[0].decode().split())
    assert "bản nộp bị mờ. Phải yêu cầu bổ sung lần nữa vì: phát hiện khi thẩm định" in text
    assert "Yêu cầu bổ sung lần nữa: Bản vẽ" in desk.detail(dossier.id).history[-1].text


async def test_a_slip_without_a_typed_reason_has_the_usual_one(desk: Desk, opened: Opened) -> None:
    dossier = building(desk)
    async with opened(dossier) as pilot:
        await press(pilot, "f9")
        await press(pilot, "space", "f10")
    assert desk.dossier(dossier.id).reason == "Hồ sơ chưa đầy đủ theo quy định"
