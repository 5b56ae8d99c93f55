"""The receipt: printed, saved, undone, forwarded; the next citizen one key away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from counter_tools import (
    BIRTH,
    CARD,
    dossiers,
    message,
    press,
    ready,
    scan,
    screen_text,
    showing,
    text_of,
    until,
)
from textual.pilot import Pilot

from tthc_tui.app import CounterApp
from tthc_tui.core.states import State


async def received(pilot: Pilot[None]) -> None:
    """An intake of a birth registration, its receipt on screen."""
    await ready(pilot)
    await scan(pilot, CARD)
    await press(pilot, *"dkks", "enter", "asterisk", "f10")
    await until(pilot, lambda: showing(pilot) == "ReceiptScreen" and pilot.app.screen.view is not None)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_form_and_its_codes_are_on_screen(
    counter: Callable[[], CounterApp], size: tuple[int, int]
) -> None:
    app = counter()
    async with app.run_test(size=size) as pilot:
        await received(pilot)
        code = dossiers(pilot)[0].code
        await until(pilot, lambda: "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ" in screen_text(pilot))
        assert f"Mã hồ sơ: {code}" in text_of(pilot, "#receipt-text")
        await until(pilot, lambda: "█▀▀▀▀▀█" in screen_text(pilot))


async def test_printing_says_where_the_file_is_and_marks_reprints(counter, config) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await received(pilot)
        await press(pilot, "f7")
        await until(pilot, lambda: str(config.receipts_dir) in message(pilot) or "bản in" in message(pilot))
        await until(pilot, lambda: "đã in 1 lần" in text_of(pilot, "#receipt-state"))
        assert list(config.receipts_dir.glob("*.pdf"))
        await press(pilot, "f7")
        await until(pilot, lambda: "in lại lần 1" in message(pilot).lower())


async def test_a_disk_that_fills_before_printing_does_not_make_the_officer_doubt_the_dossier(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await received(pilot)

        def fill(connection: Any) -> None:
            connection.exec_driver_sql("CREATE TABLE ballast (body BLOB)")
            connection.exec_driver_sql("INSERT INTO ballast VALUES (zeroblob(100000))")
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        app.desk.store.write(fill)
        for _ in range(200):  # until not one print more finds room
            await press(pilot, "f7")
            await until(pilot, lambda: "Đang in" not in message(pilot))
            if "đầy" in message(pilot):
                break
        assert message(pilot).startswith("Hồ sơ đã lưu, việc in thì chưa xong. Ổ đĩa đã đầy")


async def test_undo_ends_with_the_grace_period(counter, clock) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await received(pilot)
        await until(pilot, lambda: "hoàn tác được trong" in text_of(pilot, "#receipt-state"))
        clock.forward(seconds=121)
        await until(pilot, lambda: "hoàn tác được trong" not in text_of(pilot, "#receipt-state"))
        await press(pilot, "ctrl+z")
        await until(pilot, lambda: "quá thời gian" in message(pilot))
        assert dossiers(pilot)[0].state is State.ACCEPTED


async def test_one_key_forwards_to_the_handling_unit_and_only_once(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await received(pilot)
        await press(pilot, "f6")
        await until(pilot, lambda: "Đã chuyển đến Bộ phận Tư pháp" in message(pilot))
        await until(pilot, lambda: app.screen.view.dossier.state is State.PROCESSING)
        await press(pilot, "f6")
        assert "Không chuyển được" in message(pilot)


async def test_the_full_stop_takes_the_next_citizen_with_the_same_procedure(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await received(pilot)
        await press(pilot, "full_stop")
        await until(pilot, lambda: showing(pilot) == "IntakeScreen" and app.screen.procedure is not None)
        assert app.screen.procedure.code == BIRTH
        assert app.screen.applicant.empty
        await press(pilot, "escape")
        assert showing(pilot) == "HomeScreen"
