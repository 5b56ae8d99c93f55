"""Locking, the first start, the keys that work everywhere, the palette."""

from __future__ import annotations

import pytest
from counter_tools import (
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
    until,
)

from tthc_tui.app import CounterApp
from tthc_tui.config import Config, load_config


async def test_the_first_start_asks_and_then_works(tmp_path, clock) -> None:
    app = CounterApp(Config(data_dir=tmp_path, theme="toi"), clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: showing(pilot) == "SetupScreen")
        await settle(pilot)
        await press(pilot, "f10")
        await until(pilot, lambda: "Chưa có tên trung tâm" in message(pilot))
        await burst(
            pilot,
            "Trung tâm PVHCC phường Tân Lập",
            "<tab>",
            "sai mã",
            "<tab>",
            "Quầy 01",
            "<tab>",
            "Lê Thị Mơ",
        )
        await press(pilot, "f10")
        await until(pilot, lambda: "Mã định danh đơn vị" in message(pilot))
        app.screen.query_one("#setup-agency").value = "H15.50.05"
        await press(pilot, "f10")
        await until(pilot, lambda: showing(pilot) == "HomeScreen")
        assert "Lê Thị Mơ" in screen_text(pilot)
        await burst(pilot, "<f2>", "khai sinh")
        await until(pilot, lambda: "1.001193" in screen_text(pilot))
    again = CounterApp(load_config(tmp_path), clock=clock)
    async with again.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        assert showing(pilot) == "HomeScreen"
        assert again.who[:2] == ("Quầy 01", "Lê Thị Mơ")


async def test_what_is_typed_before_the_first_start_asks_lands_in_its_fields(tmp_path, clock) -> None:
    app = CounterApp(Config(data_dir=tmp_path, theme="toi"), clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.desk is None
        assert showing(pilot) == "HomeScreen"
        lines = (
            "Một cửa xã Thạnh Lộc",
            "H15.50.05.13",
            "Quầy 01",
            "Lê Thị Mơ",
            "UBND xã Thạnh Lộc",
            "Thạnh Lộc",
        )
        await burst(pilot, *(part for line in lines for part in (line, "<enter>")), "<f10>")
        await until(pilot, lambda: app.desk is not None and "Lê Thị Mơ" in screen_text(pilot))
        assert showing(pilot) == "HomeScreen"
        assert app.desk.site.name == lines[0]
        await burst(pilot, "<f4>", "dkks", "<enter>")
        await scan(pilot, CARD)
        await press(pilot, "asterisk", "f10")
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        await until(pilot, lambda: "UBND XÃ THẠNH LỘC" in screen_text(pilot))
        assert "Thạnh Lộc, ngày 23 tháng 11 năm 2026" in screen_text(pilot)


async def test_a_pin_stands_before_the_work_and_the_work_stays(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        app.desk.set_pin("lan", "2468")
        await burst(pilot, "<f2>", "khai sinh")
        await press(pilot, "ctrl+l")
        assert showing(pilot) == "LockScreen"
        await press(pilot, "f4", "escape")
        assert showing(pilot) == "LockScreen"
        await burst(pilot, "1111", "<enter>")
        await until(pilot, lambda: "PIN không đúng" in text_of(pilot, "#lock-error"))
        await burst(pilot, "2468", "<enter>")
        await until(pilot, lambda: showing(pilot) == "LookupScreen")
        assert field(pilot, "lookup-text") == "khai sinh"


async def test_another_officer_signs_in(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "ctrl+l", "down", "enter")
        await until(pilot, lambda: showing(pilot) == "HomeScreen")
        assert app.desk.officer.id == "hung"
        assert "Trần Văn Hùng" in screen_text(pilot)


async def test_an_idle_counter_locks_itself(data_file, config, clock) -> None:
    from dataclasses import replace

    app = CounterApp(replace(config, lock_minutes=5), clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        clock.forward(minutes=6)
        await until(pilot, lambda: showing(pilot) == "LockScreen")


async def test_a_clock_set_back_does_not_leave_an_idle_counter_open(data_file, config, clock) -> None:
    from dataclasses import replace

    app = CounterApp(replace(config, lock_minutes=5), clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        clock.forward(days=-1)
        app._tick()
        await settle(pilot)
        assert showing(pilot) == "HomeScreen"
        clock.forward(minutes=6)
        app._tick()
        await until(pilot, lambda: showing(pilot) == "LockScreen")


async def test_the_wall_stays_open_and_asks_who_is_there_at_the_first_key(data_file, config, clock) -> None:
    from dataclasses import replace

    app = CounterApp(replace(config, lock_minutes=5), clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await press(pilot, "f8")
        await until(pilot, lambda: showing(pilot) == "MonitorScreen")
        await press(pilot, "w")
        await until(pilot, lambda: app.screen.has_class("-wall"))
        clock.forward(hours=30)
        app._tick()
        await settle(pilot)
        assert showing(pilot) == "MonitorScreen"
        await press(pilot, "w")
        await until(pilot, lambda: showing(pilot) == "LockScreen")


@pytest.mark.parametrize(
    ("key", "screen"),
    [
        ("f2", "LookupScreen"),
        ("f3", "DossiersScreen"),
        ("f4", "IntakeScreen"),
        ("f5", "ReturningScreen"),
        ("f6", "HandoverScreen"),
        ("f8", "MonitorScreen"),
    ],
)
async def test_verbs_work_from_any_screen_and_escape_comes_back(counter, key: str, screen: str) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        for origin in ("home", "lookup", "monitor"):
            await app.go(origin)
            await settle(pilot)
            await press(pilot, key)
            assert showing(pilot) == screen
        for _ in app.screen_stack[1:]:
            await press(pilot, "escape")
        assert showing(pilot) == "HomeScreen"


@pytest.mark.parametrize("key", ["f7", "f9", "f10", "ctrl+z"])
async def test_a_key_without_use_says_so(counter, key: str) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, key)
        assert message(pilot)


async def test_a_greyed_key_says_why(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", "f10")
        assert "Chưa chọn thủ tục" in message(pilot)


async def test_help_names_the_part_in_focus_and_the_keys(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *"dkks", "enter", "ctrl+down", "f1")
        assert showing(pilot) == "Reading"
        assert app.screen.text.startswith("Thành phần hồ sơ: phím số")
        assert "Phiếu từ chối tiếp nhận (Mẫu 03)" in app.screen.text
        await press(pilot, "escape")
        assert showing(pilot) == "IntakeScreen"


async def test_the_typing_mode_goes_round_and_is_remembered(counter, config) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f12")
        assert "Telex" in message(pilot)
        await burst(pilot, "<f2>", "ddaatj coc")
        assert field(pilot, "lookup-text") == "đật coc"
        assert load_config(config.data_dir).typing_mode == "telex"


async def test_a_sites_own_keymap_is_followed(data_file, config, clock, site) -> None:
    from tthc_tui.desk.people import found_site
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        found_site(store, site.model_copy(update={"keymap": {"lookup": "ctrl+k"}}))
    app = CounterApp(config, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "ctrl+k")
        assert showing(pilot) == "LookupScreen"


async def test_the_palette_finds_commands_without_accents(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "ctrl+p", *"tra cuu")
        await until(pilot, lambda: "Tra cứu thủ tục" in screen_text(pilot))
        await press(pilot, "enter")
        await until(pilot, lambda: showing(pilot) != "CommandPalette")
        if showing(pilot) != "LookupScreen":
            await press(pilot, "enter")
        await until(pilot, lambda: showing(pilot) == "LookupScreen")


@pytest.mark.parametrize("screen", ["home", "lookup", "intake", "monitor", "dossiers"])
async def test_every_screen_survives_a_tiny_terminal(counter, screen: str) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await app.go(screen)
        await settle(pilot)
        await pilot.resize_terminal(20, 5)
        await settle(pilot)
        await press(pilot, "down", "tab")
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        await until(pilot, lambda: "Sắp trễ" in screen_text(pilot))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 9), (20, 5)])
async def test_pages_of_the_palette_never_end_the_program(counter, size: tuple[int, int]) -> None:
    app = counter()
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        for typed in ("", "kh", "xyz"):
            await burst(
                pilot, "<ctrl+p>", typed, "<pagedown>", "<pagedown>", "<pageup>", "<pagedown>", "<escape>"
            )
            await burst(pilot, "<escape>", "<escape>")
        await press(pilot, "f2")
        assert showing(pilot) == "LookupScreen"
