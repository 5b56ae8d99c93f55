"""Export the pictures of the guides from the program itself: `python docs/pictures.py`.

The sample centre at a quarter to nine on a Tuesday, typed at as an officer would.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tthc_tui.terminal import prepare_terminal

prepare_terminal({})
TESTS = Path(__file__).parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "screens")]

from counter_tools import press, ready, scan, settle, showing, until  # noqa: E402

from tthc_tui.app import CounterApp  # noqa: E402
from tthc_tui.core.base import VIETNAM  # noqa: E402
from tthc_tui.sample import ensure_demo  # noqa: E402

NOW = datetime(2026, 11, 17, 8, 44, tzinfo=VIETNAM)
CARD = "079084001234|023456789|Phạm Văn An|12031984|Nam|12 Nguyễn Trung Trực, phường An Hòa Trung|01062021"
FOLDER = Path(__file__).parent


async def draw(folder: Path) -> None:
    """Walk through an intake and save each screen."""
    config = replace(ensure_demo(folder, NOW), theme="sang")
    app = CounterApp(config, clock=lambda: NOW)
    async with app.run_test(size=(120, 34)) as pilot:

        async def save(name: str) -> None:
            await settle(pilot)
            await until(pilot, lambda: all(w.is_finished for w in app.workers if w.group != "watch"))
            await settle(pilot)
            (FOLDER / f"{name}.svg").write_text(app.export_screenshot(title="tthc"), encoding="utf-8")

        await ready(pilot)
        await until(pilot, lambda: app.live.due is not None)
        await save("home")
        await press(pilot, "f2", *"kết hôn")
        await save("lookup")
        await press(pilot, "escape", "f4", *"khai sinh", "enter")
        await scan(pilot, CARD)
        await press(pilot, "asterisk")
        await save("intake")
        await press(pilot, "f10")
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        await save("receipt")
        await press(pilot, "f8")
        await save("monitor")
        await press(pilot, "enter")
        await save("monitor-group")
        await press(pilot, "f3", *"châu", "enter")
        await save("dossiers")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(draw(Path(scratch)))
