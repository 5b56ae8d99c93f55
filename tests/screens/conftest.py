"""What screen tests share: the real program on a real file, with a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tthc_tui.app import CounterApp
from tthc_tui.config import Config
from tthc_tui.core.base import VIETNAM


@pytest.fixture(autouse=True)
def quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine that runs the tests decides what is painted."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(scope="session")
def catalog_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data file with the shipped catalogue and nobody's centre yet; copied, because importing takes its time."""
    from tthc_tui.desk.opening import CATALOG
    from tthc_tui.store.catalog import import_catalog
    from tthc_tui.store.sqlite import SqliteStore

    path = tmp_path_factory.mktemp("catalog") / "tthc.db"
    at = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
    with SqliteStore(path) as store:
        store.write(lambda connection: import_catalog(connection, [CATALOG], at))
    return path


@pytest.fixture
def data_file(catalog_file: Path, tmp_path: Path, site: Any) -> Path:
    """The same with the centre of the tests in it."""
    from tthc_tui.desk.people import found_site
    from tthc_tui.store.sqlite import SqliteStore

    path = tmp_path / "tthc.db"
    shutil.copy(catalog_file, path)
    with SqliteStore(path) as store:
        found_site(store, site)
    return path


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Officer Lan at counter 07."""
    return Config(data_dir=tmp_path, officer="lan", counter="07", theme="toi", lock_minutes=0)


@pytest.fixture
def counter(data_file: Path, clock: Any, config: Config) -> Callable[[], CounterApp]:
    """Makes the program on the shipped catalogue; call it once a test."""
    assert config.database == data_file
    return lambda: CounterApp(config, clock=clock)
