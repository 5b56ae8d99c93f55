"""Starting: paint first, data after; trouble is one sentence; other programs' changes are seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from counter_tools import burst, message, press, ready, screen_text, showing, until

from tthc_tui.app import CounterApp
from tthc_tui.config import Config

FIRST_PAINT = """
import asyncio, sys
from pathlib import Path
from tthc_tui.terminal import prepare_terminal
prepare_terminal(__import__("os").environ)
from tthc_tui.app import CounterApp
from tthc_tui.config import load_config

class Painted(CounterApp):
    def _open_store(self):
        heavy = ("sqlmodel", "sqlalchemy", "fpdf", "httpx", "escpos", "rapidfuzz", "holidays", "pydantic", "typer", "bogo")
        print(*[name for name in heavy if name in sys.modules], "end")
        self.exit()

async def main():
    async with Painted(load_config(Path(sys.argv[1]))).run_test() as pilot:
        await pilot.pause()

asyncio.run(main())
"""


def test_the_first_screen_is_painted_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.split() == ["end"]


async def test_text_typed_before_the_store_is_open_is_searched_when_it_is(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.desk is None
        await burst(pilot, "<f2>", "khai sinh")
        await until(pilot, lambda: "1.001193" in screen_text(pilot))


async def test_another_program_on_the_same_file_is_seen(counter, data_file: Path, clock) -> None:
    from dossier_day import receive

    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: "Hôm nay 0" in screen_text(pilot))
        with SqliteStore(data_file) as store:
            receive(Desk(store, clock, officer="hung"), "Vũ Thị Tám")
        await until(pilot, lambda: "Hôm nay 1" in screen_text(pilot) and "Vũ Thị Tám" in screen_text(pilot))


async def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path, clock) -> None:
    config = Config(data_dir=tmp_path, theme="toi")
    config.database.write_bytes(b"not a database" * 200)
    app = CounterApp(config, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(app.store_problem))
        assert "tthc doctor" in app.store_problem
        await press(pilot, "f4")
        assert "tthc doctor" in message(pilot)
        assert showing(pilot) == "HomeScreen"


async def test_an_unexpected_error_is_a_sentence_and_a_log_entry(counter, config: Config) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)

        def fails(desk: object) -> None:
            raise RuntimeError("boom")

        app.screen.work(fails, group="test")
        await until(pilot, lambda: "Có lỗi ngoài dự kiến (RuntimeError)" in message(pilot))
        assert "Traceback" not in screen_text(pilot)
        assert "boom" in config.log_file.read_text(encoding="utf-8")


async def test_an_error_of_one_key_ends_neither_the_program_nor_the_intake(counter, config: Config) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f4", *"dkks", "enter", *"079084001234")
        app.screen.action_explain = lambda: 1 / 0
        await press(pilot, "ctrl+g")
        await until(pilot, lambda: "ZeroDivisionError" in message(pilot))
        assert "Traceback" in config.log_file.read_text(encoding="utf-8")
        await press(pilot, "5")
        assert app.screen.query_one("#applicant-number").value == "0790840012345"


async def test_an_older_question_gets_no_answer(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        answers: list[str] = []
        for text in ("một", "hai", "ba"):
            app.screen.work(lambda desk, text=text: text, answers.append, group="question")
        await until(pilot, lambda: "ba" in answers)
        assert answers == ["ba"]


async def test_home_shows_what_waits(counter, data_file: Path, clock) -> None:
    from dossier_day import fill

    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        fill(Desk(store, clock, officer="lan"), clock)
    app = counter()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: "quá hạn" in screen_text(pilot))
        text = screen_text(pilot)
        assert "Nguyễn Thị Hoà" in text
        assert "Yêu cầu bổ sung giấy tờ 1" in text
        assert "Đã xử lý xong 1" in text
        await press(pilot, "enter")
        await until(pilot, lambda: showing(pilot) == "DetailScreen")


AHEAD = """
import asyncio, gc, sys, weakref
from datetime import timedelta
from pathlib import Path
from tthc_tui.pauses import Pauses
from tthc_tui.app import CounterApp
from tthc_tui.config import Config

async def until(pilot, done):
    while not done():
        await pilot.pause(0.05)

class Ring:
    def __init__(self):
        self.me = self

async def main():
    pauses = Pauses()
    pauses.begin()
    app = CounterApp(Config(data_dir=Path(sys.argv[1]), officer="lan", counter="07", lock_minutes=0))
    app.pauses = pauses
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.desk is not None)
        await pilot.press("f4")
        await until(pilot, lambda: app.get_screen("receipt").is_running)
        print(type(app.screen).__name__, app.focused.id)
        lost = [weakref.ref(Ring()) for _ in range(50)]
        rings = [Ring() for _ in range(200_000)]
        del rings
        app.last_key_at -= timedelta(seconds=10)
        await until(pilot, lambda: not any(ring() for ring in lost))
        await pilot.press(*"khai")
        await until(pilot, lambda: app.screen.query_one("LookupBox").text == "khai")
        print(type(app.screen).__name__, app.focused.id)

asyncio.run(main())
"""


def test_the_receipt_is_made_unseen_during_an_intake_and_garbage_goes_while_nobody_types(
    data_file: Path,
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", AHEAD, str(data_file.parent)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert ran.stdout.splitlines() == ["IntakeScreen intake-procedure"] * 2
