"""Misreads, mishaps and a careless hand: one clear sentence each, nothing done that nobody asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from counter_tools import (
    BIRTH,
    CARD,
    burst,
    field,
    message,
    press,
    ready,
    scan,
    screen_text,
    settle,
    showing,
    text_of,
)
from counter_tools import until as until_true

from tthc_tui.app import CounterApp
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import RowList
from tthc_tui.widgets.status import MessageLine

SIZE = (80, 24)


async def said(pilot: Any, words: str) -> None:
    await until_true(pilot, lambda: words in message(pilot))


async def test_a_card_read_badly_is_told_and_does_nothing(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        await scan(pilot, "079084001234|02345")
        await said(pilot, "không phải mã QR của thẻ căn cước")
        assert showing(pilot) in ("HomeScreen", "IntakeScreen")


async def test_an_unknown_barcode_is_told_and_opens_nothing(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "f4")
        await burst(pilot, BIRTH, "<enter>", CARD, "<enter>", "12", "<f10>")
        await until_true(pilot, lambda: showing(pilot) == "ReceiptScreen")
        await press(pilot, "escape")
        await until_true(pilot, lambda: pilot.app.screen.query_one("#home-due", RowList).count > 0)
        for code in ("111111111111", "0790840012340790840012340790"):
            await scan(pilot, code)
            await said(pilot, "Không nhận ra mã vừa quét")
            assert showing(pilot) == "HomeScreen"


async def test_the_enter_of_a_scanner_does_not_throw_an_intake_away(
    counter: Callable[[], CounterApp],
) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        await scan(pilot, CARD)
        await until_true(pilot, lambda: showing(pilot) == "IntakeScreen")
        await press(pilot, "ctrl+q")
        await scan(pilot, "xyz-not-a-code")
        assert showing(pilot) == "Confirm"
        await press(pilot, "escape")
        assert "PHẠM VĂN AN" in screen_text(pilot)


async def test_a_long_sentence_is_shown_whole(counter: Callable[[], CounterApp]) -> None:
    sentence = "Dữ liệu đang bị chương trình khác giữ; chưa lưu gì, hãy thử lại sau vài giây hoặc báo người quản trị."
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        pilot.app.screen.say(sentence, error=True)
        await settle(pilot)
        assert sentence in " ".join(screen_text(pilot).split())
        line = pilot.app.screen.query_one(MessageLine)
        await until_true(pilot, lambda: line.size.height == 2)
        await press(pilot, "down")
        await until_true(pilot, lambda: line.size.height == 1)


async def test_no_list_claims_to_be_empty_before_anybody_looked(config: Any, clock: Any) -> None:
    connection = sqlite3.connect(config.database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    async with CounterApp(config, clock=clock).run_test(size=SIZE) as pilot:
        assert "Không có hồ sơ quá hạn" not in screen_text(pilot)
        await said(pilot, "phiên bản mới hơn")
        await settle(pilot)
        shown = " ".join(screen_text(pilot).split())
        assert "Không có hồ sơ quá hạn" not in shown
        assert "Chưa tiếp nhận hồ sơ nào" not in shown
        assert "phiên bản mới hơn của chương trình tạo ra" in shown
        await scan(pilot, CARD)
        await said(pilot, "phiên bản mới hơn")
        assert showing(pilot) == "HomeScreen"


async def test_before_the_centre_is_named_every_verb_says_so(config: Any, clock: Any, tmp_path: Path) -> None:
    async with CounterApp(replace(config, data_dir=tmp_path / "new"), clock=clock).run_test(
        size=SIZE
    ) as pilot:
        await until_true(pilot, lambda: showing(pilot) == "SetupScreen")
        assert "đang mở dữ liệu" not in screen_text(pilot)
        for key in ("f2", "f3", "f4", "f5", "f6", "f8"):
            await press(pilot, key)
            await said(pilot, "chưa được thiết lập")
            assert showing(pilot) == "SetupScreen"
            await press(pilot, "down")
        await scan(pilot, CARD)
        await said(pilot, "chưa được thiết lập")
        assert field(pilot, "setup-name") == ""


async def test_help_names_keys_as_they_are_printed_on_them(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=(80, 60)) as pilot:
        await ready(pilot)
        await press(pilot, "question_mark")
        shown = screen_text(pilot)
        assert "question" not in shown.lower()
        assert "? " in shown


async def test_the_palette_speaks_vietnamese_in_single_width(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "ctrl+p")
        await burst(pilot, "zzzz")
        await until_true(pilot, lambda: "Không có lệnh nào khớp" in screen_text(pilot))
        assert "No matches" not in screen_text(pilot)
        assert "🔎" not in screen_text(pilot)


async def test_trouble_that_stays_does_not_fill_the_log(counter: Callable[[], CounterApp]) -> None:
    app = counter()
    log = app.config.log_file

    def logged() -> int:
        return log.read_text(encoding="utf-8").count("unexpected error") if log.exists() else 0

    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        app.desk.store.close()  # from now on every reading fails
        app._tick()
        await until_true(pilot, lambda: logged() > 0)
        before = logged()
        for _ in range(8):
            app._tick()
            await settle(pilot)
            await until_true(pilot, lambda: not app._counting)
        assert logged() - before <= 1


async def test_nothing_comes_to_lie_on_top_of_the_lock(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        pilot.app.desk.set_pin("lan", "2468")
        await press(pilot, "ctrl+l")
        assert showing(pilot) == "LockScreen"
        await burst(pilot, "<ctrl+p>", "tim ho so", "<enter>")
        await scan(pilot, CARD)
        for key in ("f1", "f2", "f3", "f4", "f8", "f12", "question_mark", "escape", "ctrl+p"):
            await press(pilot, key)
        pilot.app.open_screen("monitor")
        await settle(pilot)
        assert showing(pilot) == "LockScreen"
        assert len(pilot.app.screen_stack) == 2


async def test_an_intake_of_another_officer_is_not_taken_over_unseen(
    counter: Callable[[], CounterApp],
) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        await scan(pilot, CARD)
        await press(pilot, "ctrl+l")
        await press(pilot, "down", "enter")
        await said(pilot, "do Nguyễn Thị Lan nhập")
        assert "Trần Văn Hùng" in message(pilot)
        assert "PHẠM VĂN AN" in screen_text(pilot)


def test_settings_that_could_not_be_read_are_kept_for_whoever_mends_them(tmp_path: Path) -> None:
    from tthc_tui.config import load_config, save_config

    broken = '[printer]\nkind = "device"\ntarget = "/dev/usb/lp0"\n[printer]\n'
    (tmp_path / "config.toml").write_text(broken, encoding="utf-8")
    for _ in range(2):
        config = load_config(tmp_path)
        save_config(replace(config, typing_mode="telex"))
    assert load_config(tmp_path).typing_mode == "telex"
    assert (tmp_path / "config-loi.toml").read_text(encoding="utf-8") == broken


async def test_a_terminal_too_small_says_what_it_should_be(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        await scan(pilot, CARD)
        await pilot.resize_terminal(20, 5)
        await settle(pilot)
        assert "cần cỡ 80×24" in screen_text(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        shown = screen_text(pilot)
        assert "cần cỡ" not in shown
        assert "PHẠM VĂN AN" in shown


async def test_home_names_the_monitor_among_its_keys_at_eighty_columns(
    counter: Callable[[], CounterApp],
) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        foot = screen_text(pilot).splitlines()[-1]
        for key in ("F1", "F2", "F3", "F4", "F5", "F6", "F8 Giám sát"):
            assert key in foot


async def test_the_first_print_is_no_reprint_on_the_screen_either(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=(80, 60)) as pilot:
        await ready(pilot)
        await press(pilot, "f4")
        await burst(pilot, BIRTH, "<enter>", CARD, "<enter>", "12", "<f10>", "<f7>")
        await until_true(pilot, lambda: "đã in 1 lần" in text_of(pilot, "#receipt-state"))
        assert "IN LẠI" not in screen_text(pilot)
        await press(pilot, "f7")
        await until_true(pilot, lambda: "đã in 2 lần" in text_of(pilot, "#receipt-state"))
        assert "IN LẠI LẦN 1" in screen_text(pilot)


async def test_home_shows_the_dossier_received_last_though_the_list_was_full_before(
    counter: Callable[[], CounterApp],
) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        recent = pilot.app.screen.query_one("#home-recent", RowList)

        async def receive() -> None:
            await press(pilot, "f4")
            await burst(pilot, BIRTH, "<enter>", CARD, "<enter>", "12", "<f10>")
            await until_true(pilot, lambda: showing(pilot) == "ReceiptScreen")
            await press(pilot, "escape")

        for number in range(1, 8):
            await receive()
            await until_true(pilot, lambda number=number: recent.count == number)
        assert recent.count > recent.scrollable_content_region.height
        assert (recent.cursor, recent.scroll_offset.y) == (0, 0)
        assert "-0007" in text_of_row(recent, 0)


def text_of_row(table: RowList, index: int) -> str:
    row = table.row(index)
    return " ".join(row.cells) if row else ""


async def test_a_command_key_deletes_nothing_that_was_typed(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "f4")
        await burst(pilot, BIRTH, "<enter>")
        await scan(pilot, CARD)
        screen = pilot.app.screen
        number = screen.query_one("#applicant-number", VnInput)
        number.focus()
        number.select_all()
        await press(pilot, "ctrl+d")
        assert field(pilot, "applicant-number") == "079084001234"
        await press(pilot, "ctrl+a")
        assert "[x] Tờ khai đăng ký khai sinh" in screen_text(pilot)


async def test_help_and_the_way_of_typing_work_inside_a_question(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "f4")
        await burst(pilot, BIRTH, "<enter>")
        await scan(pilot, CARD)
        await press(pilot, "ctrl+r")
        await burst(pilot, "thieeus ", gap=0.1)
        await press(pilot, "f1")
        shown = screen_text(pilot)
        for words in ("Trợ giúp – câu hỏi đang mở", "F12", "Đồng ý"):
            assert words in shown
        await press(pilot, "escape", "f12")
        assert "Telex  08:42" in screen_text(pilot)
        await burst(pilot, "thieeus", gap=0.1)
        assert "thieeus thiếu" in screen_text(pilot)


async def test_a_search_taken_up_again_is_replaced_by_typing(counter: Callable[[], CounterApp]) -> None:
    async with counter().run_test(size=SIZE) as pilot:
        await ready(pilot)
        for key, box in (("f2", "lookup-text"), ("f3", "find")):
            await press(pilot, key)
            await burst(pilot, "dkks", gap=0.1)
            await press(pilot, "escape", key)
            assert field(pilot, box) == "dkks"
            await burst(pilot, "khai", gap=0.1)
            assert field(pilot, box) == "khai"
