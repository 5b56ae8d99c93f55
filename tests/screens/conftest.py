"""What screen tests share: the real program on a real file, with a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tthc_tui.app import CounterApp
from tthc_tui.config import Config


@pytest.fixture(autouse=True)
def quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine that runs the tests decides what is painted."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Officer Lan at counter 07."""
    return Config(data_dir=tmp_path, officer="lan", counter="07", theme="toi", lock_minutes=0)


@pytest.fixture
def counter(data_file: Path, clock: Any, config: Config) -> Callable[[], CounterApp]:
    """Makes the program on the shipped catalogue; call it once a test."""
    assert config.database == data_file
    return lambda: CounterApp(config, clock=clock)


@pytest.fixture
def day(desk: Any, clock: Any) -> dict[str, Any]:
    """Dossiers in the states an officer meets."""
    from dossier_day import fill

    return fill(desk, clock)


@pytest.fixture
def opened(desk: Any, clock: Any, tmp_path: Path) -> Any:
    """The detail screen of a dossier at 80×24."""
    from dossier_day import at_work, open_screen

    @asynccontextmanager
    async def open_detail(dossier: Any) -> AsyncIterator[Any]:
        async with at_work(desk, clock, tmp_path) as pilot:
            await open_screen(pilot, "detail", dossier=str(dossier.id))
            yield pilot

    return open_detail
