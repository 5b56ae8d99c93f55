"""Looking procedures up: as you type, with everything an officer must know beside the result."""

from __future__ import annotations

from counter_tools import burst, field, message, press, ready, scan, screen_text, showing, text_of, until

from tthc_tui.widgets.fields import LookupBox


async def test_results_and_details_follow_what_is_typed(counter) -> None:
    app = counter()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f2>", "ket hon")
        await until(pilot, lambda: "Đăng ký kết hôn" in screen_text(pilot))
        await until(pilot, lambda: "Thành phần hồ sơ" in text_of(pilot, "#procedure"))
        page = text_of(pilot, "#procedure")
        for part in ("Thời hạn giải quyết", "Phí, lệ phí", "Căn cứ pháp lý", "Nguồn"):
            assert part in page
        first = app.screen.query_one(LookupBox).results.cursor_key
        await press(pilot, "down")
        assert app.screen.query_one(LookupBox).results.cursor_key != first


async def test_doubts_of_the_source_stand_beside_the_values(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        doubts = app.desk.procedure("1.001193").doubts
        assert doubts
        await burst(pilot, "<f2>", "1.001193")
        await until(pilot, lambda: "Cần đối chiếu" in text_of(pilot, "#procedure"))


async def test_enter_begins_an_intake_of_the_highlighted_procedure(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f2>", "dkks", "<enter>")
        await until(pilot, lambda: showing(pilot) == "IntakeScreen")
        assert app.screen.procedure.code == "1.001193"


async def test_a_slip_of_the_finger_offers_what_was_meant(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f2>", "khai sihn")
        await until(pilot, lambda: "Có phải ý bạn" in screen_text(pilot))
        results = app.screen.query_one(LookupBox).results
        while results.cursor_key != "?":
            await press(pilot, "down")
        await press(pilot, "enter")
        await until(pilot, lambda: field(pilot, "lookup-text") == "khai sinh")
        assert showing(pilot) == "LookupScreen"


async def test_nothing_found_is_said(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f2>", "qqqqzzzz", "<enter>")
        assert "Không có thủ tục nào để chọn" in message(pilot)
        assert showing(pilot) == "LookupScreen"


async def test_a_scanned_procedure_code_opens_its_page(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await scan(pilot, "1.001193")
        await until(pilot, lambda: showing(pilot) == "LookupScreen")
        await until(pilot, lambda: "Đăng ký khai sinh" in text_of(pilot, "#procedure"))
