"""The first keys of the day: a look-up from home, a PIN that nothing gets past, codes told apart in the panel."""

from __future__ import annotations

from pathlib import Path

from counter_tools import (
    CARD,
    burst,
    dossiers,
    field,
    press,
    ready,
    scan,
    screen_text,
    settle,
    showing,
    until,
)

from tthc_tui.app import CounterApp
from tthc_tui.config import Config
from tthc_tui.screens.lock import LockScreen


async def test_a_word_typed_on_home_is_looked_up(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, *"khai")
        await until(pilot, lambda: showing(pilot) == "LookupScreen")
        assert field(pilot, "lookup-text") == "khai"
        await press(pilot, "escape", *"gks")
        await until(pilot, lambda: showing(pilot) == "LookupScreen")
        assert field(pilot, "lookup-text") == "gks"


async def test_an_abbreviation_and_enter_typed_before_anything_is_open_reach_the_procedure(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.desk is None
        await burst(pilot, "dkks", "<enter>")
        await until(pilot, lambda: showing(pilot) == "IntakeScreen" and "1.001193" in screen_text(pilot))


async def test_a_scan_on_home_is_still_a_scan(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await scan(pilot, CARD)
        await until(pilot, lambda: showing(pilot) == "IntakeScreen")
        assert field(pilot, "applicant-name") == "PHẠM VĂN AN"


async def test_keys_typed_before_the_lock_stands_do_nothing_behind_it(
    counter, data_file: Path, clock
) -> None:
    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        Desk(store, clock, officer="lan").set_pin("lan", "2468")
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.desk is None
        await burst(pilot, "<f4>", "dkks", "<enter>")
        await until(pilot, lambda: app.desk is not None and isinstance(app.screen, LockScreen))
        await settle(pilot)
        assert isinstance(app.screen, LockScreen)
        assert [type(screen).__name__ for screen in app.screen_stack] == ["HomeScreen", "LockScreen"]
        await press(pilot, *"2468", "enter")
        await until(pilot, lambda: showing(pilot) == "HomeScreen")


async def test_a_pin_typed_at_once_opens_the_lock(counter, data_file: Path, clock) -> None:
    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        Desk(store, clock, officer="lan").set_pin("lan", "2468")
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await burst(pilot, "2468", "<enter>", "<f4>")
        await until(pilot, lambda: showing(pilot) == "IntakeScreen")


async def test_the_panel_tells_dossiers_of_two_agencies_apart(counter, data_file: Path, clock) -> None:
    from dossier_day import fill

    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore
    from tthc_tui.widgets.overdue import OverduePanel

    with SqliteStore(data_file) as store:
        fill(Desk(store, clock, officer="lan"), clock)
    app = counter()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: bool(app.live.items))
        agencies = {line.id: line.code.split("-")[0].split(".")[-1] for line in dossiers(pilot) if line.code}
        for item in app.live.items:
            assert item.code_tail.startswith(f"{agencies[item.key]}-")
        await settle(pilot)
        shown = "\n".join(text for text, _ in app.screen.query_one(OverduePanel).lines(30))
        assert all(item.code_tail in shown for item in app.live.items)


async def test_help_names_the_keys_of_neighbours_only_where_there_are_some(
    counter, data_file: Path, clock
) -> None:
    from dossier_day import fill

    from tthc_tui.desk import Desk
    from tthc_tui.screens.help import keys_of
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        fill(Desk(store, clock, officer="lan"), clock)
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        assert "Hồ sơ trước" not in keys_of(app.screen)
        await until(pilot, lambda: "quá hạn" in screen_text(pilot))
        await press(pilot, "f1")
        assert "Danh sách:" in app.screen.text
        assert "j k" not in app.screen.text
        await press(pilot, "escape", "enter")
        await until(pilot, lambda: showing(pilot) == "DetailScreen")
        assert "Hồ sơ trước" in keys_of(app.screen)


async def test_help_of_the_set_up_names_no_key_that_does_nothing_there(tmp_path: Path, clock) -> None:
    app = CounterApp(Config(data_dir=tmp_path, theme="toi"), clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: showing(pilot) == "SetupScreen")
        await press(pilot, "f1")
        assert "mã định danh" in app.screen.text
        assert "F5 trả kết quả" not in app.screen.text
