"""How the counter's screens look: 80×24 and 120×40, a standing clock, the same people and numbers every time."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from counter_tools import CARD, press, ready, scan, screen_text, settle, showing, text_of, until
from textual.pilot import Pilot

SIZES = [(80, 24), (120, 40)]


@pytest.fixture(autouse=True)
def same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Identities are drawn by chance; here they are counted, or every short id would look different."""
    numbers = count(1)
    monkeypatch.setattr("tthc_tui.core.base.secrets.randbits", lambda bits: next(numbers))


@pytest.fixture
def filled(data_file: Path, clock: Any) -> Path:
    """Dossiers in the states an officer meets."""
    from dossier_day import fill

    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        fill(Desk(store, clock, officer="lan"), clock)
    return data_file


async def quiet(pilot: Pilot[Any]) -> None:
    """Everything asked for has been painted."""
    await settle(pilot)
    await until(pilot, lambda: pilot.app.live.due is not None)
    await until(pilot, lambda: all(w.is_finished for w in pilot.app.workers if w.group != "watch"))
    await settle(pilot)


@pytest.mark.parametrize("size", SIZES)
def test_home(snap_compare: Any, counter: Any, filled: Path, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await ready(pilot)
        await until(pilot, lambda: "quá hạn 3 ngày" in screen_text(pilot))
        await quiet(pilot)

    assert snap_compare(counter(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES)
def test_lookup(snap_compare: Any, counter: Any, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await ready(pilot)
        await press(pilot, "f2", *"khai", "space", *"sinh")
        await until(pilot, lambda: "1.001193" in text_of(pilot, "#procedure"))
        await quiet(pilot)

    assert snap_compare(counter(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES)
def test_intake(snap_compare: Any, counter: Any, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await ready(pilot)
        await press(pilot, "f4", *"dkks", "enter")
        await scan(pilot, CARD)
        await press(pilot, "1", "2")
        await until(pilot, lambda: "Hẹn trả" in text_of(pilot, "#intake-due"))
        await quiet(pilot)

    assert snap_compare(counter(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES)
def test_receipt(snap_compare: Any, counter: Any, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await ready(pilot)
        await scan(pilot, CARD)
        await press(pilot, *"dkks", "enter", "asterisk", "f10")
        await until(pilot, lambda: showing(pilot) == "ReceiptScreen")
        await until(pilot, lambda: "Hôm nay 1" in screen_text(pilot))
        await quiet(pilot)

    assert snap_compare(counter(), terminal_size=size, run_before=before)
