"""A wording entered in December stands on the screen from midnight of its first day, and not a minute before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from counter_tools import CARD, dossiers, press, ready, scan, screen_text, showing, until
from textual.pilot import Pilot

from tthc_tui.app import CounterApp
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.site import Change, Officer
from tthc_tui.desk import Desk

FIRST = date(2027, 1, 1)
OLD, NEW = "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "PHIẾU HẸN KIỂU MỚI"


async def receive(pilot: Pilot[Any], count: int) -> None:
    """One more birth registration, its receipt on screen."""
    await press(pilot, "f4")
    await until(pilot, lambda: showing(pilot) == "IntakeScreen")
    await scan(pilot, CARD)
    await press(pilot, *"dkks", "enter", "asterisk", "f10")
    await until(pilot, lambda: showing(pilot) == "ReceiptScreen" and pilot.app.screen.view is not None)
    await until(pilot, lambda: len(dossiers(pilot)) == count)


async def test_wording_and_heading_switch_at_midnight_and_a_reprint_keeps_the_old(
    counter: Callable[[], CounterApp], desk: Desk, clock: Any
) -> None:
    change = Change(
        valid_from=FIRST,
        forms={"forms": {"receipt": {"title": NEW}}},
        centre={"name": "Trung tâm phường Mới"},
    )
    desk.save_site(desk.whole_site.model_copy(update={"changes": (change,)}))
    clock.now = datetime(2026, 12, 31, 23, 59, tzinfo=VIETNAM)
    app = counter()
    async with app.run_test(size=(100, 40)) as pilot:
        await ready(pilot)
        await receive(pilot, 1)
        await until(pilot, lambda: OLD in screen_text(pilot))
        assert "phường Rạch Giá" in screen_text(pilot).splitlines()[0]
        clock.now = datetime(2027, 1, 1, tzinfo=VIETNAM)
        await until(pilot, lambda: "phường Mới" in screen_text(pilot).splitlines()[0])
        old = app.desk.document(dossiers(pilot)[0].id)
        assert (old.form.title, "Rạch Giá" in old.letterhead.centre) == (OLD, True)
        await receive(pilot, 2)
        await until(pilot, lambda: NEW in screen_text(pilot))
        assert OLD not in screen_text(pilot)


async def test_who_moved_is_listed_once_at_the_sign_in_and_who_is_gone_not_at_all(
    counter: Callable[[], CounterApp], desk: Desk, clock: Any
) -> None:
    whole = desk.whole_site
    lan, hung, minh = whole.officers
    eve = FIRST - timedelta(days=1)
    officers = (
        lan.model_copy(update={"valid_to": eve}),
        lan.model_copy(update={"valid_from": FIRST, "unit": "tu-phap", "title": "Công chức hộ tịch"}),
        hung.model_copy(update={"valid_to": eve}),
        minh,
        Officer(id="moi", name="Đinh Thị Mới", unit="ttpvhcc", valid_from=FIRST),
    )
    desk.save_site(whole.model_copy(update={"officers": officers}))
    clock.now = datetime(2026, 12, 31, 16, 0, tzinfo=VIETNAM)
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await app.run_action("app.lock")
        await until(pilot, lambda: showing(pilot) == "LockScreen" and "Trần Văn Hùng" in screen_text(pilot))
        assert screen_text(pilot).count("Nguyễn Thị Lan") == 1
        assert "Đinh Thị Mới" not in screen_text(pilot)
        await press(pilot, "enter")
        await until(pilot, lambda: showing(pilot) != "LockScreen")
        clock.now = datetime(2027, 1, 4, 8, 0, tzinfo=VIETNAM)
        await app.run_action("app.lock")
        await until(pilot, lambda: showing(pilot) == "LockScreen" and "Đinh Thị Mới" in screen_text(pilot))
        assert screen_text(pilot).count("Nguyễn Thị Lan") == 1
        assert "Công chức hộ tịch" in screen_text(pilot)
        assert "Trần Văn Hùng" not in screen_text(pilot)
