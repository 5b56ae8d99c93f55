"""The law's finer steps in the officer's hands: what is asked, what is said, what is kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from dossier_day import press, said, settle, shown, type_text
from law_centre import BUILDING, Opened, building, choose, fill_in, in_house, law_site

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.site import Site
from tthc_tui.core.states import State
from tthc_tui.desk import Desk


@pytest.fixture
def site(site: Site) -> Site:
    return law_site(site)


async def test_pause_and_resume_move_the_promise(desk: Desk, clock: Any, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "tam dung")
        assert "niêm yết" in shown(pilot.app)
        await press(pilot, "f10")
        assert "Thời hạn đã tạm dừng" in said(pilot.app)
        assert "Tạm dừng   niêm yết" in shown(pilot.app)
        clock.now = datetime(2026, 11, 25, 8, 42, tzinfo=VIETNAM)
        await choose(pilot, "tinh tiep")
        assert "Thời hạn tính tiếp. Hẹn trả" in said(pilot.app)
    after = desk.dossier(dossier.id)
    assert after.holds == ()
    assert after.due_at == datetime(2026, 12, 2, 8, 42, tzinfo=VIETNAM)


async def test_a_financial_duty_is_state_six(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "nghia vu")
        await fill_in(pilot, "thông báo số 12/TB-CCT", "")
        assert desk.dossier(dossier.id).state is State.PAYMENT
        assert "thông báo số 12/TB-CCT" in shown(pilot.app)


async def test_a_wrong_date_is_said_in_the_form_and_nothing_is_lost(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "tam dung")
        await fill_in(pilot, "", "xin ý kiến Sở", "31/02/2027")
        assert "Thời điểm “31/02/2027” không đúng" in shown(pilot.app)
        assert "xin ý kiến Sở" in shown(pilot.app)
        assert desk.dossier(dossier.id).holds == ()


async def test_the_leader_apologises_with_a_date_the_engine_proposes(
    desk: Desk, opened: Opened, tmp_path: Path
) -> None:
    dossier = in_house(desk, "binh")
    async with opened(dossier) as pilot:
        await choose(pilot, "xin loi")
        assert "thêm 1 ngày làm việc: 08:42 02/12/2026" in shown(pilot.app)
        await press(pilot, "down", "enter")
        await fill_in(pilot, "", "chờ kết quả đo đạc", "")
        after = desk.dossier(dossier.id)
        assert after.due_at == datetime(2026, 12, 3, 8, 42, tzinfo=VIETNAM)
        assert after.extended
        assert list((tmp_path / "bien-nhan").glob("mau-04-*.pdf"))
        await press(pilot, "ctrl+o")
        await type_text(pilot, "xin loi")
        assert "Xin lỗi, hẹn lại – chưa được" in shown(pilot.app)  # once only, and it says so
        await press(pilot, "enter")
        assert "hồ sơ này đã hẹn lại" in said(pilot.app)


async def test_an_officer_puts_it_before_the_leader_who_approves(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "xin loi")
        await press(pilot, "enter")
        assert "Trình lãnh đạo hẹn lại" in shown(pilot.app)
        await fill_in(pilot, "", "chờ đo đạc")
        assert "Đã trình lãnh đạo" in said(pilot.app)
        assert "Chờ duyệt  Đỗ Anh Khoa trình gia hạn" in shown(pilot.app)
        desk.sign_in("binh")
        pilot.app.screen._read()
        await settle(pilot)
        await choose(pilot, "duyet de xuat")
        assert "Duyệt đề xuất gia hạn" in shown(pilot.app)
        await press(pilot, "enter")  # Enter alone approves nothing
        assert not desk.dossier(dossier.id).extended
        await press(pilot, "f10")
        assert desk.dossier(dossier.id).extended


async def test_the_leader_sends_a_proposal_back(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "dong ho so")
        await press(pilot, "right", "enter")
        await type_text(pilot, "trùng hồ sơ cũ")
        await press(pilot, "enter")
        assert "Đã trình lãnh đạo đóng hồ sơ" in said(pilot.app)
        desk.sign_in("binh")
        pilot.app.screen._read()
        await settle(pilot)
        await choose(pilot, "khong duyet")
        await type_text(pilot, "chưa đủ căn cứ")
        await press(pilot, "enter")
    assert desk.dossier(dossier.id).proposal is None
    assert desk.dossier(dossier.id).open


async def test_stop_on_request_prints_mau_05_and_ends(desk: Desk, opened: Opened, tmp_path: Path) -> None:
    dossier = building(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "dung giai quyet")
        await fill_in(pilot, "đổi ý, không xây nữa")
        await press(pilot, "f10")
        assert desk.dossier(dossier.id).state is State.STOPPED
        assert list((tmp_path / "bien-nhan").glob("mau-05-*.pdf"))


async def test_close_for_a_reason_of_the_list(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk, "binh")
    async with opened(dossier) as pilot:
        await choose(pilot, "dong ho so")
        await press(pilot, "f10")  # nobody is declared dead by a key that was pressed once too often
        assert "Chưa có “Lý do”: hãy chọn." in shown(pilot.app)
        await press(pilot, "right")
        assert "người nộp hồ sơ đã chết" in shown(pilot.app)
        assert "quá hạn bổ sung" not in shown(pilot.app)  # no supplement was asked for
        await press(pilot, "f10")
    after = desk.dossier(dossier.id)
    assert (after.state, after.closing) == (State.STOPPED, "nguoi-nop-chet")


async def test_a_closing_that_came_too_late_is_said_and_the_form_comes_back(
    desk: Desk, opened: Opened
) -> None:
    dossier = in_house(desk, "binh")
    async with opened(dossier) as pilot:
        await choose(pilot, "dong ho so")
        await press(pilot, "right", "enter")
        await type_text(pilot, "người nộp không đến")
        desk.resolve(dossier.id)
        await press(pilot, "f10")
        assert "Không thể đóng hồ sơ" in shown(pilot.app)
        assert "người nộp không đến" in shown(pilot.app)
        assert desk.dossier(dossier.id).state is State.DONE


async def test_steps_assignment_and_going_back(desk: Desk, clock: Any, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        assert "Bước       Thẩm định (Đỗ Anh Khoa), hạn 14:42 hôm nay" in shown(pilot.app)
        await choose(pilot, "phancong")  # a specialist may not, and hears whose work it is
        assert "việc này của lãnh đạo" in said(pilot.app)
        await press(pilot, "f10")  # the running step comes before the result
        await type_text(pilot, "đủ điều kiện")
        await press(pilot, "enter")
        assert "Đang làm bước “Ký duyệt”" in said(pilot.app)
        desk.sign_in("binh")
        pilot.app.screen._read()
        await settle(pilot)
        await choose(pilot, "tra lai buoc")
        await fill_in(pilot, "thiếu bản vẽ mặt cắt")
        assert "Đang làm bước “Thẩm định”" in said(pilot.app)
        await choose(pilot, "phan cong")
        await type_text(pilot, "binh")
        await press(pilot, "enter")
        assert "Đã phân công cho Phạm Thanh Bình" in said(pilot.app)
        clock.forward(hours=9)
        pilot.app.screen._read()
        await settle(pilot)
        assert "QUÁ HẠN BƯỚC" in shown(pilot.app)
        assert "QUÁ HẠN " not in shown(pilot.app).splitlines()[1]  # the dossier itself is in time


async def test_consulting_another_unit_and_its_answer(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "xin y kien")
        await type_text(pilot, "tu phap")
        await press(pilot, "enter")
        await fill_in(pilot, "Có tranh chấp thừa kế không?", "")
        assert "Đã gửi xin ý kiến" in said(pilot.app)
        await choose(pilot, "tra loi phoi hop")
        await fill_in(pilot, "Không có tranh chấp")
        await press(pilot, "right", "enter")
    asked = desk.dossier(dossier.id).consultations[0]
    assert (asked.answer, asked.agrees) == ("Không có tranh chấp", True)


async def test_money_is_waived_taken_and_given_back(desk: Desk, opened: Opened, tmp_path: Path) -> None:
    dossier = building(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "mien")
        await press(pilot, "enter")
        assert "Đã miễn, giảm 37.500 đồng" in said(pilot.app)
        await choose(pilot, "thu phi")
        assert "còn phải nộp 37.500 đồng" in shown(pilot.app)
        await press(pilot, "enter", "right", "f10")
        assert "phải ghi mã giao dịch" in shown(pilot.app)
        await press(pilot, "left", "f10")
        assert list((tmp_path / "bien-nhan").glob("phieu-thu-*.pdf"))
        assert "đã thu 37.500 đồng" in shown(pilot.app)
        await choose(pilot, "hoan tien")
        await fill_in(pilot, "", "thu nhầm")
        await press(pilot, "f10")
        assert "Đã hoàn 37.500 đồng" in said(pilot.app)
    assert [one.amount for one in desk.dossier(dossier.id).payments] == [37_500, -37_500]


async def test_a_corrected_name_gets_a_receipt_that_replaces_the_first(
    desk: Desk, opened: Opened, tmp_path: Path
) -> None:
    dossier = building(desk, "Phạm Van An")
    async with opened(dossier) as pilot:
        await choose(pilot, "dinh chinh")
        await press(pilot, "enter")
        await press(pilot, *["backspace"] * len("Phạm Van An"))
        await type_text(pilot, "Phạm Văn An")
        await press(pilot, "f10")
        assert "Chưa có “Lý do đính chính”" in shown(pilot.app)
        await type_text(pilot, "gõ thiếu dấu")
        await press(pilot, "enter")
        assert "thay giấy số 1" in said(pilot.app)
        assert "Phạm Văn An" in shown(pilot.app)
    after = desk.dossier(dossier.id)
    assert (after.number, after.replaces) == (2, 1)


async def test_a_corrected_procedure_is_found_by_name(desk: Desk, opened: Opened) -> None:
    dossier = building(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "dinh chinh")
        await press(pilot, "down", "enter")
        await type_text(pilot, "1.013228")
        await press(pilot, "enter")
        await type_text(pilot, "chọn nhầm thủ tục")
        await press(pilot, "enter")
    assert desk.dossier(dossier.id).procedure.code == "1.013228"


async def test_a_chained_dossier_is_linked_to_its_root(desk: Desk, opened: Opened) -> None:
    dossier = building(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "lien thong")
        await type_text(pilot, "1.013228")
        await press(pilot, "enter")
        assert "Đã mở hồ sơ liên thông" in said(pilot.app)
    assert [line.procedure_code for line in desk.chain(dossier.id)] == ["1.013228"]


async def test_an_appointment_is_kept_and_the_applicant_told(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "buoi hen")
        assert "hẹn lần 1: kiểm tra thực địa" in shown(pilot.app)
        await press(pilot, "enter")
        await choose(pilot, "da bao")
        await fill_in(pilot, "", "ngày đo đạc", "", "")
        assert "Đã ghi việc báo người nộp" in said(pilot.app)
    assert desk.dossier(dossier.id).appointments[0].kept_at is not None


async def test_refusal_waits_for_the_leader_where_the_site_wants_it(desk: Desk, opened: Opened) -> None:
    settings = desk.site.settings.model_copy(update={"rejection_approval": True})
    desk.save_site(desk.site.model_copy(update={"settings": settings}))
    dossier = desk.register(_intake())
    async with opened(dossier) as pilot:
        await pilot.app.screen.run_action("reject")
        await settle(pilot)
        assert "Căn cứ pháp lý" in shown(pilot.app)
        await type_text(pilot, "can cu khac")
        await press(pilot, "enter")
        await fill_in(pilot, "không thuộc thẩm quyền", "Điều 8 Nghị định 118/2025/NĐ-CP", "")
        assert "Đã trình lãnh đạo" in said(pilot.app)
    assert desk.dossier(dossier.id).state is State.NEW


async def test_a_refused_step_says_which_role_may(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk)
    desk.sign_in("sat")
    async with opened(dossier) as pilot:
        await pilot.app.screen.run_action("pause")
        await settle(pilot)
        assert "Bạn không được tạm dừng tính thời hạn: việc này của" in said(pilot.app)
        assert "lãnh đạo" in said(pilot.app)


async def test_the_ledger_of_an_extended_dossier_ends_at_the_new_date(desk: Desk, opened: Opened) -> None:
    dossier = in_house(desk, "binh")
    desk.extend(dossier.id, datetime(2026, 12, 3, 8, 42, tzinfo=VIETNAM), "chờ kết quả đo đạc")
    async with opened(dossier) as pilot:
        await press(pilot, "d")
        await press(pilot, "pagedown", "pagedown", "pagedown")
        await settle(pilot)
        words = " ".join(shown(pilot.app).replace("│", " ").split())
        assert "Người ký: Phạm Thanh Bình" in words
        assert "Ngày hẹn trả hiện nay: 08 giờ 42 phút, ngày 03/12/2026" in words


def _intake() -> Any:
    from tthc_tui.desk.intake_form import Intake, PersonInput

    return Intake(procedure=BUILDING, applicant=PersonInput(name="Lê Thị Năm"))
