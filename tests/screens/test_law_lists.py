"""Alerts, shift, messages, post, feedback, register, changed calendar: each list of work and its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from dossier_day import make_app, open_screen, press, ready, receive, said, settle, shown, type_text, until
from law_centre import building, in_house, law_site

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.site import ExceptionDay, ExceptionKind, Site
from tthc_tui.core.states import State
from tthc_tui.desk import Desk
from tthc_tui.desk.site_file import write_site_file

Showing = Callable[..., AbstractAsyncContextManager[Any]]
SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def site(site: Site) -> Site:
    return law_site(site)


@pytest.fixture
def showing(desk: Desk, clock: Any, tmp_path: Path) -> Showing:
    """A screen of the program at 80×24."""

    @asynccontextmanager
    async def show(name: str, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Any]:
        app = make_app(desk, clock, tmp_path)
        async with app.run_test(size=size) as pilot:
            await ready(pilot)
            await open_screen(pilot, name)
            yield pilot

    return show


def late_things(desk: Desk, clock: Any) -> None:
    """A dossier forwarded late, a step overdue, a promise about to be broken."""
    clock.now = datetime(2026, 11, 23, 8, 42, tzinfo=VIETNAM)
    in_house(desk, name="Trần Thị Bước")
    desk.sign_in("lan")
    building(desk, "Lê Thị Chậm")
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=VIETNAM)


async def test_alerts_tell_late_forwarding_from_late_steps(desk: Desk, clock: Any, showing: Showing) -> None:
    late_things(desk, clock)
    async with showing("alerts") as pilot:
        lines = shown(pilot.app)
        assert "Chuyển chậm 1" in lines
        assert "Quá hạn bước 1" in lines
        assert "Cần xin lỗi 2" in lines
        await press(pilot, "tab")
        assert "[Chuyển chậm 1]" in shown(pilot.app)
        assert "Lê Thị Chậm" in shown(pilot.app)
        assert pilot.app.screen.table.count == 1
        await press(pilot, "r")
        assert "Đã ghi đôn đốc" in said(pilot.app)
        await press(pilot, "f10")
        assert "Chuyển hồ sơ đến đơn vị" in shown(pilot.app)


async def test_an_alert_leads_straight_to_the_apology(desk: Desk, clock: Any, showing: Showing) -> None:
    late_things(desk, clock)
    async with showing("alerts") as pilot:
        await press(pilot, "x")
        assert pilot.app.screen_stack[-2].TITLE_VI == "Chi tiết hồ sơ"
        assert "Hẹn lại ngày trả kết quả (chỉ một lần)" in shown(pilot.app)


async def test_a_supplement_that_never_came_proposes_to_close(
    desk: Desk, clock: Any, showing: Showing
) -> None:
    dossier = building(desk)
    desk.request_supplement(dossier.id, ["Bản vẽ"], "thiếu")
    clock.now = datetime(2026, 12, 16, 9, 0, tzinfo=VIETNAM)
    async with showing("alerts") as pilot:
        await press(pilot, "tab")
        assert "– F10 ghi đã báo người nộp" in shown(pilot.app)
        await press(pilot, "tab")  # kinds of which there are none are passed over
        assert "[Quá hạn bổ sung 1]" in shown(pilot.app)
        assert "đề xuất đóng" in shown(pilot.app)
        await press(pilot, "f10")
        assert "quá hạn bổ sung hồ sơ" in shown(pilot.app)
        await press(pilot, "f10")
        assert desk.dossier(dossier.id).closing == "qua-han-bo-sung"


async def test_feedback_nobody_answered_in_time_is_among_the_alerts(
    desk: Desk, clock: Any, showing: Showing
) -> None:
    desk.log_feedback("Chờ quá lâu", sender="Bà Tư")
    clock.now = datetime(2026, 12, 9, 8, 0, tzinfo=VIETNAM)
    async with showing("alerts") as pilot:
        assert "Phản ánh quá hạn 1" in shown(pilot.app)


async def test_the_counts_break_between_kinds_beside_the_overdue_panel(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    late_things(desk, clock)
    app = make_app(desk, clock, tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await open_screen(pilot, "alerts")
        head = pilot.app.screen.query_one("#list-head")
        assert all(len(line) <= head.content_size.width for line in str(head.render()).splitlines())


async def test_a_leader_sees_first_what_waits_for_the_leader(
    desk: Desk, clock: Any, showing: Showing
) -> None:
    dossier = building(desk)
    late_things(desk, clock)
    desk.propose(dossier.id, ev.Proposal.CLOSE, "trùng", code="trung-ho-so")
    desk.sign_in("binh")
    async with showing("alerts") as pilot:
        assert pilot.app.screen.chosen.line.id == str(dossier.id)
        assert "chờ lãnh đạo duyệt – F10 duyệt đề xuất" in shown(pilot.app)


async def test_a_shift_opens_takes_money_balances_and_closes(
    desk: Desk, showing: Showing, tmp_path: Path
) -> None:
    async with showing("shift") as pilot:
        assert "Chưa mở ca: F10 mở ca. Tháng qua chưa có ca nào." in shown(pilot.app)
        assert "F10 Mở ca" in shown(pilot.app)
        await press(pilot, "f10", "backspace")
        await type_text(pilot, "500.000")
        await press(pilot, "enter")
        assert "tiền đầu ca 500.000 đồng" in said(pilot.app)
        desk.pay(building(desk).id)
        pilot.app.screen.look()
        await settle(pilot)
        assert "PHẢI CÓ 575.000 đồng tiền mặt" in shown(pilot.app)
        assert "F10 Kết ca" in shown(pilot.app)
        assert "Lệ phí" not in said(pilot.app)
        await press(pilot, "f10")
        await type_text(pilot, "570000")
        await press(pilot, "f10")
        assert "không khớp sổ" in shown(pilot.app)
        await press(pilot, "enter")
        await type_text(pilot, "trả nhầm tiền thừa")
        await press(pilot, "f10")
        assert "lệch thiếu 5.000 đồng" in said(pilot.app)
        assert list((tmp_path / "bien-nhan").glob("bang-ke-ca-*.pdf"))
        assert "Chưa mở ca" in shown(pilot.app)
        assert "570.000 đồng" in shown(pilot.app)


async def test_messages_wait_are_previewed_sent_and_dropped(
    desk: Desk, clock: Any, showing: Showing, tmp_path: Path
) -> None:
    building(desk)
    building(desk, "Lê Thị Năm", phone="0987654321")
    async with showing("outbox") as pilot:
        assert "Chờ gửi 2" in shown(pilot.app)
        assert "chưa gửi cho ai" in shown(pilot.app)
        await press(pilot, "t")
        assert "Sẽ gửi 2 tin (chưa gửi)" in shown(pilot.app)
        await press(pilot, "escape", "f10")
        assert "Không có tin nào đến giờ gửi" in said(pilot.app)  # the receipt can still be undone
        await press(pilot, "x")
        assert desk.notice_counts() == {"waiting": 1, "dropped": 1}
        clock.forward(minutes=3)
        await press(pilot, "f10")
        await until(pilot, lambda: desk.notice_counts() == {"sent": 1, "dropped": 1})
        assert "đã tiếp nhận hồ sơ" in next((tmp_path / "tin-nhan").glob("*.jsonl")).read_text("utf-8")
        await press(pilot, "r", "f10")
        await until(pilot, lambda: desk.notice_counts() == {"sent": 2})
        await press(pilot, "enter")
        assert "Đã gửi lúc" in shown(pilot.app)


async def test_results_go_by_post_with_one_list(desk: Desk, showing: Showing, tmp_path: Path) -> None:
    for name in ("Phạm Văn An", "Lê Thị Năm"):
        dossier = receive(desk, name, delivery=ev.Delivery.POST, delivery_address="12 Bờ Kè, Rạch Giá")
        desk.resolve(dossier.id)
    async with showing("post") as pilot:
        assert "[Chờ gửi 2]" in shown(pilot.app)
        await press(pilot, "space", "space", "f10")
        await type_text(pilot, "eb123456785vn")
        await press(pilot, "enter")
        await type_text(pilot, "eb123456785vn")
        await press(pilot, "enter")
        assert "vừa dùng cho bưu gửi khác" in shown(pilot.app)
        await press(pilot, "backspace", "backspace")
        await type_text(pilot, "us")
        await press(pilot, "enter")
        assert "Đã giao bưu chính 2 kết quả, phiếu BC-0001/2026" in said(pilot.app)
        assert list((tmp_path / "bien-nhan").glob("ban-giao-bc-BC-0001-2026*.pdf"))
        await press(pilot, "tab")
        assert "[Đang đi 2]" in shown(pilot.app)
        assert "EB123456785VN" in shown(pilot.app)
        await press(pilot, "f10", "f10")
        assert "Đã ghi tình trạng 1 bưu gửi" in said(pilot.app)
        assert "[Đang đi 1]" in shown(pilot.app)
    returned = [line.state for line in desk.lines(desk.find(_all()))]
    assert sorted(returned) == [State.DONE, State.RETURNED]


async def test_feedback_gets_a_clock_goes_on_and_is_answered(
    desk: Desk, clock: Any, showing: Showing
) -> None:
    async with showing("feedback") as pilot:
        await press(pilot, "n")
        await type_text(pilot, "Cán bộ hướng dẫn chưa rõ")
        await press(pilot, "enter", "right", "enter")
        await type_text(pilot, "tran van hung")
        await press(pilot, "f10")
        assert "Đã ghi phản ánh số 1, trả lời trước 08:42 08/12/2026" in said(pilot.app)
        assert "còn 10 ngày" in shown(pilot.app)
        await press(pilot, "f6")
        await type_text(pilot, "tu phap")
        await press(pilot, "enter")
        assert "Đã chuyển phản ánh số 1" in said(pilot.app)
        clock.now = datetime(2026, 12, 9, 9, 0, tzinfo=VIETNAM)
        pilot.app.screen.look()
        await settle(pilot)
        await until(pilot, lambda: "QUÁ HẠN 1" in shown(pilot.app))
        await press(pilot, "f10", "f10")
        assert "Chưa có “Trả lời”" in shown(pilot.app)
        await type_text(pilot, "Đã nhắc nhở, xin tiếp thu")
        await press(pilot, "f10")
        assert "(quá hạn)" in said(pilot.app)
        await press(pilot, "tab", "enter")
        assert "Trả lời: Đã nhắc nhở, xin tiếp thu" in shown(pilot.app)
    assert desk.feedback_list(open_only=False)[0].about_officer == "hung"


async def test_an_unknown_procedure_keeps_the_feedback_typed(showing: Showing) -> None:
    async with showing("feedback") as pilot:
        await press(pilot, "n")
        await type_text(pilot, "Thời hạn quá dài")
        await press(pilot, "enter", "enter")
        await type_text(pilot, "9.999999")
        await press(pilot, "f10")
        assert "9.999999" in shown(pilot.app)
        assert "Thời hạn quá dài" in shown(pilot.app)
        assert "Ghi phản ánh, kiến nghị" in shown(pilot.app)


async def test_the_register_of_a_period_and_field(desk: Desk, showing: Showing, tmp_path: Path) -> None:
    building(desk, "Phạm Văn Sổ")
    receive(desk, "Lê Thị Hộ Tịch")
    async with showing("register", (120, 40)) as pilot:
        assert "Phạm Văn Sổ" in shown(pilot.app)
        assert "Lê Thị Hộ Tịch" in shown(pilot.app)
        await press(pilot, "tab", "tab")
        await type_text(pilot, "h")
        await settle(pilot)
        while "Hộ tịch" not in shown(pilot.app).splitlines()[3]:
            await press(pilot, "right")
        assert "Phạm Văn Sổ" not in shown(pilot.app)
        await press(pilot, "f7")
        assert list((tmp_path / "bien-nhan").glob("so-theo-doi-*.pdf"))
        await press(pilot, "shift+tab")
        await type_text(pilot, "9")
        await press(pilot, "enter")
        assert "không đúng" in said(pilot.app)


async def test_a_changed_calendar_reports_and_moves_nothing(
    desk: Desk, showing: Showing, tmp_path: Path
) -> None:
    dossier = building(desk)
    day = ExceptionDay(day=date(2026, 11, 27), kind=ExceptionKind.DAY_OFF, name="nghỉ bão", source="CĐ 1")
    write_site_file(desk.site.model_copy(update={"exceptions": (day,)}), tmp_path / "moi.toml")
    async with showing("moved", (120, 40)) as pilot:
        await type_text(pilot, str(tmp_path / "khong-co.toml"))
        await press(pilot, "enter")
        assert "không đọc được tệp" in said(pilot.app)
        await press(pilot, "shift+tab", "ctrl+u")
        await type_text(pilot, str(tmp_path / "moi.toml"))
        await press(pilot, "enter")
        assert "1 hồ sơ có ngày hẹn khác" in shown(pilot.app)
        assert "muộn hơn 1 ngày" in shown(pilot.app)
        await press(pilot, "enter")
        assert pilot.app.screen.TITLE_VI == "Chi tiết hồ sơ"
    assert desk.dossier(dossier.id).due_at == dossier.due_at


async def test_every_list_is_one_palette_word_away(showing: Showing) -> None:
    wanted = {
        "ca lam": "Ca làm việc",
        "tin nhan": "Tin nhắn",
        "buu chinh": "Bưu chính",
        "phan anh": "Phản ánh, kiến nghị",
    }
    wanted |= {
        "so theo doi": "Sổ theo dõi hồ sơ",
        "lich thay doi": "Báo cáo lịch thay đổi",
        "canh bao": "Cảnh báo",
    }
    async with showing("home") as pilot:
        for typed, title in wanted.items():
            await press(pilot, "ctrl+p")
            await type_text(pilot, typed)
            await press(pilot, "enter")
            assert title == pilot.app.screen.TITLE_VI


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", ["alerts", "shift", "outbox", "post", "feedback", "register", "moved"])
def test_looks(
    desk: Desk, clock: Any, tmp_path: Path, snap_compare: Any, name: str, size: tuple[int, int]
) -> None:
    late_things(desk, clock)
    desk.open_shift(200_000)
    desk.pay(building(desk, "Đỗ Thị Phí").id)
    posted = receive(desk, "Ngô Văn Thư", delivery=ev.Delivery.POST, delivery_address="7 Lê Lợi, Hà Tiên")
    desk.resolve(posted.id)
    desk.log_feedback("Chờ lâu quá", subject="procedure", procedure="1.001193", sender="Lý Thị Sáu")

    async def before(pilot: Any) -> None:
        await ready(pilot)
        await open_screen(pilot, name)

    assert snap_compare(make_app(desk, clock, tmp_path), terminal_size=size, run_before=before)


def _all() -> Any:
    from tthc_tui.core.views import DossierQuery

    return DossierQuery()
